package config

import (
	"fmt"
	"reflect"
	"regexp"
)

// snowflake is what Discord's ids look like: 64 bits in decimal. Those that were
// given since 2015 have 17 digits or more.
var snowflake = regexp.MustCompile(`^[0-9]{17,20}$`)

// On reports whether the server is configured at all.
func (d *Discord) On() bool { return d.Token.IsSet() }

// discord holds that the server is configured whole or not at all.
func (k *checker) discord(c *Config) {
	const at = "chat.discord"
	d := &c.Chat.Discord
	if !d.On() {
		rest := *d
		rest.Token = Secret{}
		if !reflect.DeepEqual(rest, Default(nil).Chat.Discord) {
			k.problem(at, "is configured, but token is missing; say where it is, or remove the rest (docs/discord.md says how to get one)")
		}
		return
	}
	k.choice(at+".audience", d.Audience, AudienceTeam, AudiencePublic)
	k.choice(at+".rooms.kind", d.Rooms.Kind, "thread", "forum", "channel")
	switch {
	case d.Audience == AudiencePublic && d.Announce == "":
		k.problem(at+".announce", "is missing; a public server hears what is published in that channel")
	case d.Audience == AudienceTeam && d.Rooms.Kind != "channel" && d.Rooms.Channel == "":
		k.problem(at+".rooms.channel", "is missing; write the id of the channel in which rooms are opened")
	case d.Audience == AudienceTeam && d.Rooms.Kind == "forum" && d.Rooms.Private == "":
		k.problem(at+".rooms.private", "is missing; a forum has no private posts, so private incidents need a text channel")
	}
	if d.Server == "" {
		k.problem(at+".server", "is missing; write the server's id, a long number in quotes")
	}
	ids := map[string]string{".server": d.Server, ".announce": d.Announce, ".rooms.channel": d.Rooms.Channel, ".rooms.private": d.Rooms.Private}
	for i, r := range d.Roles {
		ids[fmt.Sprintf(".roles[%d]", i)] = r
	}
	for key, id := range ids {
		if id != "" && !snowflake.MatchString(id) {
			k.problem(at+key, "is %q; write an id, which has 17 to 20 digits: User Settings, Advanced, Developer Mode, then right click, Copy ID", short(id))
		}
	}
}
