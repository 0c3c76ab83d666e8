package discord

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"sitrep/incident"
)

// names says what people call what Discord names by number.
type names interface {
	person(id string) string // "" if nobody knows
	role(id string) string
	channel(id string) string
}

// token is what Discord writes for a name: a person, a role, a channel, an
// emoji of the guild, an instant, a command.
var token = regexp.MustCompile(`<(?:@!?(\d+)|@&(\d+)|#(\d+)|a?:(\w+):(\d+)|t:(-?\d{1,13})(?::[a-zA-Z])?|/([^:<>]+):\d+)>`)

// read turns a message's text into one that can be read anywhere, and the spans
// that say whom and what it names. Instants are written in the zone. What has
// no name yet is written as such; its span keeps the id, so that it can be
// named later.
func read(text string, mentions []mentionIn, n names, zone *time.Location) (string, []incident.Span) {
	text = clean(text)
	if zone == nil {
		zone = time.UTC
	}
	var b strings.Builder
	var spans []incident.Span
	span := func(kind, id, sign, name, unknown string) {
		start := b.Len()
		b.WriteString(sign + orElse(name, unknown))
		spans = append(spans, incident.Span{Start: start, End: b.Len(), Kind: kind, ID: id, Name: name})
	}
	rest := 0
	for _, m := range token.FindAllStringSubmatchIndex(text, -1) {
		group := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return text[m[2*i]:m[2*i+1]]
		}
		b.WriteString(text[rest:m[0]])
		rest = m[1]
		switch {
		case group(1) != "":
			id := group(1)
			name := ""
			for _, x := range mentions {
				if x.ID == id {
					name = nameOf(&x.userIn, x.Member)
				}
			}
			span("person", personID(id), "@", orElse(name, n.person(id)), "someone")
		case group(2) != "":
			span("group", Name+"/"+group(2), "@", strings.TrimPrefix(n.role(group(2)), "@"), "a group")
		case group(3) != "":
			span("channel", Name+"/"+group(3), "#", n.channel(group(3)), "a channel")
		case group(5) != "":
			span("emoji", Name+"/"+group(5), ":", group(4), "")
			b.WriteByte(':')
			spans[len(spans)-1].End = b.Len()
		case group(6) != "":
			sec, err := strconv.ParseInt(group(6), 10, 64)
			if err != nil {
				b.WriteString(group(0))
				break
			}
			b.WriteString(time.Unix(sec, 0).In(zone).Format("2006-01-02 15:04 MST"))
		default:
			b.WriteString("/" + group(7))
		}
	}
	b.WriteString(text[rest:])
	return b.String(), spans
}

// people are whom the spans of a text name.
func people(spans []incident.Span) []incident.Person {
	var out []incident.Person
	for _, s := range spans {
		if s.Kind == "person" && s.Name != "" {
			out = append(out, incident.Person{ID: s.ID, Name: s.Name})
		}
	}
	return out
}

// whole is everything that a message says: its text, what it forwards, its
// embeds (alerts come in them), its poll and stickers.
func (m *messageIn) whole() string {
	var parts []string
	if m.Content != nil && *m.Content != "" {
		parts = append(parts, *m.Content)
	}
	for _, s := range m.Snapshots {
		if s.Message.Content != "" {
			parts = append(parts, s.Message.Content)
		}
	}
	for _, e := range m.Embeds {
		if e.Type != "" && e.Type != "rich" { // what Discord found behind a link
			continue
		}
		lines := add(nil, []string{e.Title, e.Description})
		for _, f := range e.Fields {
			lines = append(lines, strings.TrimSpace(f.Name+": "+f.Value))
		}
		if len(lines) == 0 && e.URL != "" {
			lines = append(lines, e.URL)
		}
		parts = add(parts, []string{strings.Join(lines, "\n")})
	}
	if m.Poll != nil && m.Poll.Question.Text != "" {
		parts = append(parts, "Poll: "+m.Poll.Question.Text)
	}
	for _, s := range m.Stickers {
		parts = append(parts, "["+s.Name+"]")
	}
	return strings.Join(parts, "\n")
}

// files are the message's attachments, and those of what it forwards.
func (m *messageIn) files() []incident.File {
	all := m.Files
	for _, s := range m.Snapshots {
		all = append(all[:len(all):len(all)], s.Message.Files...)
	}
	var out []incident.File
	for _, f := range all {
		out = append(out, incident.File{Name: clean(f.Name), Type: f.Type, Size: f.Size, Link: f.URL})
	}
	return out
}

// personID is a person's id outside Discord.
func personID(id string) string { return Name + "/" + id }

// nameOf is what people call somebody in the guild.
func nameOf(u *userIn, m *memberIn) string {
	name := ""
	if m != nil {
		name = m.Nick
		if u == nil {
			u = m.User
		}
	}
	if u != nil {
		name = orElse(name, orElse(u.Global, u.Name))
	}
	return strings.Join(strings.Fields(clean(name)), " ")
}

// personOf is who somebody is.
func personOf(u *userIn, m *memberIn) incident.Person {
	if u == nil && m != nil {
		u = m.User
	}
	if u == nil {
		return incident.Person{}
	}
	return incident.Person{ID: personID(u.ID), Name: nameOf(u, m)}
}
