package app

import (
	"slices"
	"strings"
	"time"

	"sitrep/bot/discord"
	"sitrep/commands"
	"sitrep/incident"
	"sitrep/internal/config"
)

// Discord makes the adapter of a Discord server over this app: one of the
// platforms to Start with. What o leaves out and the app has is filled in.
func (a *App) Discord(token, server string, o *discord.Options) (*discord.Platform, error) {
	var opts discord.Options
	if o != nil {
		opts = *o
	}
	if opts.Command == "" {
		opts.Command = a.cfg.Command.Name
	}
	c := a.cfg.Chat.Discord
	opts.Roles, opts.Public = c.Roles, c.Audience == config.AudiencePublic
	opts.Rooms, opts.Severities = DiscordRooms(c)
	opts.PublicKey, opts.Announce = c.PublicKey, c.Announce
	if opts.Now == nil {
		opts.Now = func() time.Time { return a.Log.Now() }
	}
	if len(opts.Mark) == 0 && a.cfg.Timeline.Emoji != "" {
		opts.Mark = []string{a.cfg.Timeline.Emoji}
	}
	if opts.Log == nil {
		opts.Log = a.slog
	}
	return discord.New(token, server, glance{a}, a.Runner, a.discordVerbs(), &opts)
}

// DiscordRooms says where rooms are opened on a server, and which severities
// have theirs elsewhere.
func DiscordRooms(c config.Discord) (discord.Rooms, map[string]discord.Rooms) {
	all := discord.Rooms{Kind: discord.RoomKind(c.Rooms.Kind), Channel: c.Rooms.Channel, Private: c.Rooms.Private, Public: c.Rooms.Public, Tags: map[string]string{}}
	for _, t := range c.Rooms.Tags {
		all.Tags[strings.ToLower(t.Of)] = t.Tag
	}
	by := map[string]discord.Rooms{}
	for _, s := range c.Severities {
		if kind, channel := c.RoomFor(s.Severity); kind != config.RoomNone {
			by[strings.ToLower(s.Severity)] = discord.Rooms{Kind: discord.RoomKind(kind), Channel: channel}
		}
	}
	return all, by
}

// discordVerbs is the table of verbs as data: Discord has room for 25 side by
// side, so the rarest stand in a group.
func (a *App) discordVerbs() []discord.Verb {
	rare := []string{"cancel", "merge", "unmerge", "link", "rename", "asof", "search", "adopt"}
	yesNo := []string{"yes", "no"}
	choices := map[string][]string{"private": yesNo, "drill": yesNo, "notify": yesNo, "applies": yesNo, "confirm": {"yes"}, "version": {"internal", "customer"}, "impact": {"none", "minor", "major", "critical"}}
	for _, s := range incident.Statuses() {
		choices["status"] = append(choices["status"], string(s))
	}
	for _, s := range a.cfg.Severities {
		choices["severity"] = append(choices["severity"], s.Name)
	}
	typed := []string{"affects", "who", "target", "into", "number", "name", "role"} // what is completed while it is typed
	var out []discord.Verb
	for _, v := range commands.Table() {
		if v.Hidden {
			continue
		}
		d := discord.Verb{Name: v.Name, Summary: v.Summary, Text: v.Text, Alone: v.Alone, Rare: slices.Contains(rare, v.Name)}
		for _, s := range v.Subs {
			d.Subs = append(d.Subs, s.Name)
		}
		for _, k := range v.Keys {
			d.Options = append(d.Options, discord.Option{Name: k.Name, Help: k.Help, Choices: choices[k.Name], Complete: slices.Contains(typed, k.Name)})
		}
		out = append(out, d)
	}
	return out
}
