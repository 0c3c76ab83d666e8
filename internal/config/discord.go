package config

import (
	"cmp"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"reflect"
	"regexp"
	"strings"
)

// snowflake is what Discord's ids look like: 64 bits in decimal. Those that were
// given since 2015 have 17 digits or more.
var snowflake = regexp.MustCompile(`^[0-9]{17,20}$`)

// Where an incident of a severity is worked on, beside [RoomChannel],
// [RoomThread] and [RoomNone].
const RoomForum = "forum"

// RoomFor is where an incident of a severity is worked on, and in which channel,
// forum or category; "" leaves the latter to rooms.
func (d *Discord) RoomFor(severity string) (kind, channel string) {
	for _, x := range d.Severities {
		if strings.EqualFold(x.Severity, severity) {
			return cmp.Or(x.Room, d.Rooms.Kind), x.Channel
		}
	}
	return d.Rooms.Kind, ""
}

func (k *checker) discordSeverities(c *Config) {
	d := &c.Chat.Discord
	seen := unique{}
	for i, x := range d.Severities {
		path := fmt.Sprintf("chat.discord.severities[%d]", i)
		k.severity(path+".severity", x.Severity, c)
		k.unique(seen, x.Severity, path+".severity")
		if x.Room != "" {
			k.choice(path+".room", x.Room, RoomThread, RoomForum, RoomChannel, RoomNone)
		}
		kind, channel := d.RoomFor(x.Severity)
		switch {
		case channel != "" || d.Audience == AudiencePublic:
		case (kind == RoomThread || kind == RoomForum) && kind != d.Rooms.Kind:
			k.problem(path+".channel", "is missing; write the id of the channel in which such rooms are opened")
		}
		if kind == RoomForum && d.Rooms.Private == "" && d.Rooms.Kind != RoomForum {
			k.problem("chat.discord.rooms.private", "is missing; a forum has no private posts, so private incidents need a text channel")
		}
	}
}

func (k *checker) discordTags(c *Config) {
	known := []string{"canceled", "merged"}
	for _, s := range c.Severities {
		known = append(known, s.Name)
	}
	known = append(known, "investigating", "identified", "monitoring", "resolved")
	seen := unique{}
	for i, t := range c.Chat.Discord.Rooms.Tags {
		path := fmt.Sprintf("chat.discord.rooms.tags[%d]", i)
		if !contains(known, t.Of) {
			k.problem(path+".of", "is %q; write a severity or a state: %s", short(t.Of), orList(known))
		}
		if t.Tag == "" {
			k.problem(path+".tag", "is missing; write what the tag is called in the forum")
		}
		k.unique(seen, t.Of, path+".of")
	}
}

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
	for i, s := range d.Severities {
		ids[fmt.Sprintf(".severities[%d].channel", i)] = s.Channel
	}
	k.discordSeverities(c)
	k.discordTags(c)
	if d.PublicKey != "" {
		if key, err := hex.DecodeString(d.PublicKey); err != nil || len(key) != ed25519.PublicKeySize {
			k.problem(at+".public_key", "is %q; copy the 64 hexadecimal digits from the developer portal, page General Information", short(d.PublicKey))
		}
		k.address(at+".listen", d.Listen)
		k.ownPort(at+".listen", d.Listen, c)
	}
	for key, id := range ids {
		if id != "" && !snowflake.MatchString(id) {
			k.problem(at+key, "is %q; write an id, which has 17 to 20 digits: User Settings, Advanced, Developer Mode, then right click, Copy ID", short(id))
		}
	}
}
