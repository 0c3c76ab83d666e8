package config

import "time"

// Default is what sitrep runs with when there is no file: a page called
// "Status" in the given zone (nil is UTC) with the components Website and API.
func Default(zone *time.Location) *Config {
	if zone == nil {
		zone = time.UTC
	}
	return &Config{
		Page: Page{
			Name:       "Status",
			TimeZone:   Zone{zone},
			Hold:       30 * time.Second,
			Components: []Component{{Name: "Website"}, {Name: "API"}},
		},
		Severities: []Severity{
			{Name: "sev1", Description: "Down, or losing data, for most customers.", Postmortem: Required, Due: 3 * day},
			{Name: "sev2", Description: "An important part is down or badly degraded, or some customers cannot work.", Postmortem: Required, Due: 5 * day},
			{Name: "sev3", Description: "Degraded, with a way around it.", Postmortem: Optional},
			{Name: "sev4", Description: "Hardly noticeable; worth writing down.", Postmortem: None},
		},
		Roles: []Role{
			{Name: "commander", Aliases: []string{"lead", "ic", "incident-commander"},
				Instructions: "You decide. Keep everybody to one thing at a time, and hand over before you are tired."},
			{Name: "communications", Aliases: []string{"comms"},
				Instructions: "You write what customers read. Say what they notice, what we do, and when they hear from us next."},
			{Name: "scribe", Aliases: []string{"notes"},
				Instructions: "You keep the record: decisions, theories and times. Mark the messages that tell the story."},
			{Name: "operations", Aliases: []string{"ops"},
				Instructions: "You change the system. Say what you are about to do before you do it."},
		},
		Command:  Command{Name: "incident"},
		Timeline: Timeline{Emoji: "pushpin"},
		Postmortem: Postmortem{Template: "ours", Model: Model{
			URL: "https://api.openai.com/v1", Passages: []string{"summary", "course", "customer"}, Shape: "schema",
			Window: 12_000, Answer: 6_000, Silence: time.Minute, Wait: 5 * time.Minute, Stream: true, Price: Price{Currency: "USD"},
		}},
		Chat: Chat{
			Local:   Local{Channels: []string{"ops"}},
			Slack:   Slack{Mode: ModeSocket, Listen: "127.0.0.1:8082", Audience: AudienceTeam, Room: RoomChannel},
			Discord: Discord{Audience: AudienceTeam, Listen: "127.0.0.1:8083", Rooms: DiscordRooms{Kind: "thread"}},
		},
		Rooms:  Rooms{ArchiveAfter: 7 * 24 * time.Hour},
		Mail:   Mail{Security: SecurityStartTLS},
		Listen: Listen{Page: "127.0.0.1:8080", Room: "127.0.0.1:8081"},
	}
}

// day is a day of a due date.
const day = 24 * time.Hour

// What a severity asks of a resolved incident.
const (
	Required = "required"
	Optional = "optional"
	None     = "none"
)
