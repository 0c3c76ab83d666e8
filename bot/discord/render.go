package discord

import (
	"net/url"
	"strings"
	"time"

	"sitrep/bot"
)

// A renderer turns messages into letters.
type renderer struct {
	zone    *time.Location // the page's; of every time that has none of its own
	command string         // the command's name, without the slash
	base    string         // where the web room is; "" if nowhere
	// severities are what an incident's can be, for the menu on its card; with
	// none, or more than a menu holds, there is a button instead.
	severities []string
}

// A sheet is a letter being written: one line that a notification shows, then
// a frame with the rest.
type sheet struct {
	head   []string // above the frame
	title  string
	body   []string // in the frame
	foot   string
	color  int
	second *embed // another frame, already within its limits
	bs     []bot.Button
	links  []component
	menus  []component // each in a row of its own, under the buttons
	flags  int
	cut    bool // something did not fit
}

// say adds a line above the frame; nothing adds nothing.
func (s *sheet) say(lines ...string) { s.head = add(s.head, lines) }

// text adds a line in the frame.
func (s *sheet) text(lines ...string) { s.body = add(s.body, lines) }

func add(to, lines []string) []string {
	for _, l := range lines {
		if l != "" {
			to = append(to, l)
		}
	}
	return to
}

// render makes the letter of a message.
func (r renderer) render(m bot.Message) letter {
	var s sheet
	r.write(&s, m)
	l := letter{Flags: s.flags}
	head := strings.Join(s.head, "\n")
	l.Content = clip(head, maxContent)
	e := embed{Title: clip(s.title, maxTitle), Description: strings.Join(s.body, "\n"), Color: s.color}
	s.cut = s.cut || l.Content != head || e.Title != s.title
	if d := clip(e.Description, maxDescription); d != e.Description {
		e.Description, s.cut = d, true
	}
	if s.foot != "" {
		e.Footer = &footer{clip(s.foot, 200)}
	}
	if strings.TrimSpace(e.Title+e.Description) != "" {
		l.Embeds = append(l.Embeds, e)
	}
	if s.second != nil {
		l.Embeds = append(l.Embeds, *s.second)
	}
	if s.cut {
		l.Files = []file{{ID: "0", Name: "whole.txt", body: bot.Text(m, r.zone)}}
	}
	l.Components, l.commands = rows(s.bs, s.links, maxParts-len(s.menus))
	for _, m := range s.menus {
		l.Components = append(l.Components, component{Type: kindRow, Components: []component{m}})
	}
	if strings.TrimSpace(l.Content) == "" && len(l.Embeds) == 0 {
		l.Content = "(no text)"
	}
	return l
}

func (r renderer) write(s *sheet, m bot.Message) {
	switch m := m.(type) {
	case nil:
	case bot.Receipt:
		r.receipt(s, m)
	case bot.Card:
		r.card(s, m)
	case bot.Announcement:
		r.announcement(s, m)
	case bot.Line:
		r.line(s, m)
	case bot.CatchUp:
		r.catchUp(s, m)
	case bot.Reminder:
		s.say("⏰ " + bold(m.Incident, 40) + " " + line(m.Text, 1500) + " Due " + on(m.Due, r.or(m.Zone)) + ".")
		s.cut = units(m.Text) > 1500
		s.bs = m.Buttons
	case bot.Preview:
		r.preview(s, m)
	case bot.DraftReady:
		s.say("📝 " + bold(m.Incident, 40) + " " + line(m.Text, 1500))
		s.cut = units(m.Text) > 1500
		s.bs = m.Buttons
		if at := r.base + m.Path; strings.HasPrefix(m.Path, "/") && isWeb(at) {
			s.links = append(s.links, component{Type: kindButton, Style: 5, Label: "Read it", URL: at})
		}
	case bot.Problem:
		r.problem(s, m)
	case bot.Help:
		r.help(s, m)
	case bot.Reading:
		r.reading(s, m)
	case bot.Form:
		r.form(s, m)
	}
}

// isWeb reports whether Discord takes an address for a button: of the web, with
// a host that has a dot in it, and not too long.
func isWeb(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && strings.Contains(u.Hostname(), ".") && units(u.String()) <= maxURL
}

// maxURL is the longest address of a button.
const maxURL = 512

func (r renderer) or(own *time.Location) *time.Location {
	switch {
	case own != nil:
		return own
	case r.zone != nil:
		return r.zone
	}
	return time.UTC
}
