package eval

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"sitrep/incident"
)

// A Telling is a way in which an incident reaches the bot.
type Telling string

// The tellings.
const (
	// Page tells the rows as public updates with their status, as whoever posts
	// to the page does.
	Page Telling = "page"
	// Room tells the rows as messages in the incident's room. Nobody gives a
	// command after declaring it.
	Room Telling = "room"
	// Channel tells what was really said in the room, verbatim.
	Channel Telling = "channel"
)

// Tell writes the story of a case; "" if it has nothing to tell in this way.
func (c *Case) Tell(how Telling) string {
	switch how {
	case Page:
		return c.page()
	case Room:
		return c.room()
	case Channel:
		return c.channel()
	}
	return ""
}

// page tells what customers read.
func (c *Case) page() string {
	rows := c.rows()
	if len(rows) == 0 {
		return ""
	}
	var b strings.Builder
	names := c.names()
	line(&b, *rows[0].At, "#ops", "support", "/incident declare -- "+oneLine(c.Title))
	last := incident.Status("")
	for i, r := range rows {
		status, before := "", last
		if s, ok := incident.ParseStatus(r.Status); ok {
			status, last = string(s), s
		}
		if before == incident.Resolved && last != incident.Investigating {
			status, last = string(before), before // more is said after the end: a review, a correction
		}
		if i == 0 && last == "" {
			status, last = string(incident.Investigating), incident.Investigating
		}
		cmd := "/incident update " + status
		if i == 0 {
			cmd += ` title:"` + strings.ReplaceAll(oneLine(c.Title), `"`, "'") + `"`
		}
		if a := c.affects(r, i == 0, names); a != "" {
			cmd += ` affects:"` + a + `"`
		}
		if before == incident.Resolved && last != incident.Resolved {
			line(&b, *r.At, "#incident", "support", "/incident reopen it is not over")
		}
		line(&b, *r.At, "#incident", "support", cmd+" -- "+r.Body)
	}
	return b.String()
}

// affects says how a row changes components. The first attaches those that
// only the incident as a whole names.
func (c *Case) affects(r Row, first bool, names []string) string {
	var out, told []string
	for _, x := range r.Components {
		name := strings.Join(strings.Fields(x.Name), " ")
		if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) {
			continue
		}
		told = append(told, strings.ToLower(name))
		if st, ok := incident.ParseComponentState(x.To); ok {
			out = append(out, fmt.Sprintf("%s=%s", name, st))
		}
	}
	if first {
		for _, n := range names {
			if !slices.Contains(told, strings.ToLower(n)) {
				out = append(out, n)
			}
		}
	}
	return strings.Join(out, ", ")
}

// room tells the rows as what people said.
func (c *Case) room() string {
	rows := c.rows()
	if len(rows) == 0 {
		return ""
	}
	var b strings.Builder
	affects := ""
	if names := c.names(); len(names) > 0 {
		affects = ` affects:"` + strings.Join(names, ", ") + `"`
	}
	line(&b, *rows[0].At, "#ops", "oncall", "/incident declare"+affects+" -- "+oneLine(c.Title))
	for _, r := range rows {
		line(&b, *r.At, "#incident", "oncall", r.Body)
	}
	return b.String()
}

// channel tells what was said.
func (c *Case) channel() string {
	if len(c.Chat) == 0 {
		return ""
	}
	said := slices.Clone(c.Chat)
	slices.SortStableFunc(said, func(a, b Message) int { return a.At.Compare(b.At) })
	var b strings.Builder
	line(&b, said[0].At, "#ops", "bot", "/incident declare -- "+oneLine(c.Title))
	for _, m := range said {
		line(&b, m.At, "#incident", author(m.Author), m.Text)
	}
	return b.String()
}

// author makes a name one that a story can say.
func author(name string) string {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\n[]!>~", r) {
			return '_'
		}
		return r
	}, strings.TrimPrefix(strings.TrimSpace(name), "@"))
	if name == "" {
		return "somebody"
	}
	return name
}

// line writes one line of a story. What the text breaks off is continued.
func line(b *strings.Builder, at time.Time, room, who, text string) {
	if strings.TrimSpace(text) == "" {
		return
	}
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	fmt.Fprintf(b, "%s  %s  @%s  %s\n", at.Truncate(time.Second).Format(time.RFC3339), room, who, strings.ReplaceAll(text, "\n", "\n\t"))
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
