package config

import (
	"cmp"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// The words of chat.slack.
const (
	ModeSocket = "socket"
	ModeHTTP   = "http"

	AudienceTeam   = "team"
	AudiencePublic = "public"

	RoomChannel = "channel"
	RoomThread  = "thread" // in the announcement channel
	RoomNone    = "none"
)

// Slack's ids: a letter that says what it is, then at least two of these; real
// ones have eight or more.
var (
	channelID = regexp.MustCompile(`^[CG][A-Z0-9]{2,}$`)
	groupID   = regexp.MustCompile(`^S[A-Z0-9]{2,}$`)
)

// On reports whether the workspace is configured at all.
func (s *Slack) On() bool { return s.BotToken.IsSet() }

// RoomFor is where an incident of a severity is worked on: [RoomChannel],
// [RoomThread] or [RoomNone].
func (s *Slack) RoomFor(severity string) string {
	for _, x := range s.Severities {
		if strings.EqualFold(x.Severity, severity) && x.Room != "" {
			return x.Room
		}
	}
	return cmp.Or(s.Room, RoomChannel)
}

// threads reports whether any incident is worked on in a thread.
func (s *Slack) threads() bool {
	for _, x := range s.Severities {
		if x.Room == RoomThread {
			return true
		}
	}
	return s.Room == RoomThread
}

// Groups are the ids of the user groups to bring in, by severity. Those under
// "" are for every incident.
func (s *Slack) Groups() map[string][]string {
	out := map[string][]string{}
	if len(s.Invite) > 0 {
		out[""] = s.Invite
	}
	for _, x := range s.Severities {
		if len(x.Invite) > 0 {
			out[strings.ToLower(x.Severity)] = x.Invite
		}
	}
	return out
}

// slack holds that the workspace is configured whole or not at all.
func (k *checker) slack(c *Config) {
	const at = "chat.slack"
	s := &c.Chat.Slack
	if !s.On() {
		none := Default(nil)
		none.setDir(c.dir) // where the file lies says nothing of what is in it
		if !reflect.DeepEqual(*s, none.Chat.Slack) {
			k.problem(at, "is configured, but bot_token is missing; say where it is, or remove the rest (sitrep setup slack says how to get one)")
			return
		}
	}
	k.choice(at+".mode", s.Mode, ModeSocket, ModeHTTP)
	k.choice(at+".audience", s.Audience, AudienceTeam, AudiencePublic)
	k.choice(at+".room", s.Room, RoomChannel, RoomThread, RoomNone)
	switch {
	case !s.On():
	case s.Mode == ModeSocket && !s.AppToken.IsSet():
		k.problem(at+".app_token", "is missing; mode socket needs it to reach Slack")
	case s.Mode == ModeHTTP && !s.SigningSecret.IsSet():
		k.problem(at+".signing_secret", "is missing; mode http needs it to know Slack's requests from forged ones")
	}
	k.address(at+".listen", s.Listen)
	k.url(at+".url", s.URL)
	if strings.HasPrefix(s.URL, "http://") {
		k.problem(at+".url", "is %q; Slack calls only https", short(s.URL))
	}
	if s.On() && s.Mode == ModeHTTP {
		k.ownPort(at+".listen", s.Listen, c)
	}
	if s.Announce != "" && !channelID.MatchString(s.Announce) {
		k.problem(at+".announce", "is %q; write the channel's id, such as C0123456789, which stands at the end of its details in Slack", short(s.Announce))
	}
	if s.Announce == "" && s.On() && s.Audience == AudiencePublic {
		k.problem(at+".announce", "is missing; a public workspace hears what is published in that channel")
	}
	if s.Announce == "" && s.threads() {
		k.problem(at+".announce", "is missing; room: thread opens its threads in that channel")
	}
	k.groups(at+".invite", s.Invite)
	if s.Emoji != "" && strings.ContainsAny(s.Emoji, ": \t\n") {
		k.problem(at+".emoji", "is %q; write the short name of one emoji, without colons, such as pushpin", short(s.Emoji))
	}
	k.slackSeverities(c)
}

func (k *checker) slackSeverities(c *Config) {
	s := &c.Chat.Slack
	seen := unique{}
	for i, x := range s.Severities {
		path := fmt.Sprintf("chat.slack.severities[%d]", i)
		k.severity(path+".severity", x.Severity, c)
		k.unique(seen, x.Severity, path+".severity")
		if x.Room != "" {
			k.choice(path+".room", x.Room, RoomChannel, RoomThread, RoomNone)
		}
		k.groups(path+".invite", x.Invite)
	}
}

// severity holds that a value is one of the severities.
func (k *checker) severity(path, value string, c *Config) {
	var known []string
	for _, x := range c.Severities {
		known = append(known, x.Name)
	}
	switch near := nearest(value, known); {
	case value == "":
		k.problem(path, "is missing; write one of %s", orList(known))
	case contains(known, value):
	case near != "":
		k.problem(path, "is %q, which is no severity; did you mean %s?", short(value), near)
	default:
		k.problem(path, "is %q, which is no severity; write %s", short(value), orList(known))
	}
}

// choice holds that a value is one of a few words.
func (k *checker) choice(path, value string, words ...string) {
	if !slices.Contains(words, value) {
		k.problem(path, "is %q; write %s", short(value), orList(words))
	}
}

func (k *checker) groups(path string, ids []string) {
	for i, id := range ids {
		if !groupID.MatchString(id) {
			k.problem(fmt.Sprintf("%s[%d]", path, i), "is %q; write the user group's id, such as S0123456789, which stands in its menu in Slack", short(id))
		}
	}
}
