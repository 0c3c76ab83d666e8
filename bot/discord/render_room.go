package discord

import (
	"fmt"
	"strings"

	"sitrep/bot"
	"sitrep/incident"
)

// How much of each a card shows: it stays a card.
const (
	maxTheories    = 3
	maxWaiting     = 3
	maxUndelivered = 3
	maxAffected    = 12
	maxWord        = 1200 // of the last public update
)

// icon is what a state looks like beside its words, which say the same.
func icon(state string) string {
	st, _ := incident.ParseStatus(state)
	switch st {
	case incident.Investigating:
		return "🔴 "
	case incident.Identified:
		return "🟠 "
	case incident.Monitoring:
		return "🔵 "
	case incident.Resolved:
		return "✅ "
	}
	return "⚪ "
}

// color is the same for the frame: the page's own colours.
func color(state string) int {
	st, _ := incident.ParseStatus(state)
	switch st {
	case incident.Investigating:
		return 0xBD0812
	case incident.Identified:
		return 0xB1440E
	case incident.Monitoring:
		return 0x1D70B8
	case incident.Resolved:
		return 0x00703C
	}
	return 0
}

// card is what a commander would have written by hand: what, how bad, since
// when, who leads, what customers know, what is next.
func (r renderer) card(s *sheet, c bot.Card) {
	zone := r.or(c.Zone)
	s.color = color(c.State)
	s.say(heading(c.Incident, c.Title)) // above the frame, so that a notification shows it
	s.cut = units(c.Title) > 200
	severity := "severity not set"
	if c.Severity != "" {
		severity = bold(c.Severity, 60)
	}
	since := "declared "
	if c.StartedKnown {
		since = "since "
	}
	standing := icon(c.State) + bold(c.State, 60) + ", " + severity + ", " + since + on(c.Started, zone)
	if !c.Ended.IsZero() {
		standing += ", ended " + at(c.Ended, zone)
	}
	s.text(standing + ".")
	switch {
	case c.Drill:
		s.text("🧪 A drill: nothing of it becomes public.")
	case c.Private:
		s.text("🔒 Private: only the people in it see it.")
	}
	if c.Leader == "" {
		s.text("**Nobody leads.**")
	} else {
		s.text(bold(c.Leader, 100) + " leads.")
	}
	s.text(affected("Affected: ", c.Affected))
	if !c.Public {
		s.text("Customers have been told nothing.")
	} else {
		s.text("Customers were told at "+at(c.LastWordAt, zone)+", "+orElse(bold(c.LastLabel, 60), "as follows")+":", quote(c.LastWord, maxWord))
		s.cut = s.cut || units(c.LastWord) > maxWord
		switch {
		case c.NextWord.IsZero():
		case c.Overdue:
			s.text("⏰ **The next word is overdue**: it was promised for " + at(c.NextWord, zone) + ".")
		default:
			s.text("The next word is due " + at(c.NextWord, zone) + ".")
		}
	}
	for i, t := range c.Theories {
		if i == maxTheories {
			s.text(small(fmt.Sprintf("%d more theories are open.", len(c.Theories)-i)))
			break
		}
		s.text(small("Theory: " + line(t, 200)))
	}
	r.choices(s, c)
	for i, n := range c.Waiting {
		if i == maxWaiting {
			s.text(fmt.Sprintf("⏳ %d more previews wait.", len(c.Waiting)-i))
			break
		}
		s.text(fmt.Sprintf("⏳ Preview %d waits to be published or discarded.", n))
		s.bs = append(s.bs[:len(s.bs):len(s.bs)], bot.Button{Label: fmt.Sprintf("Look at preview %d", n), Command: fmt.Sprintf("look %s %d", c.Incident, n)})
	}
	for i, u := range c.Undelivered {
		if i == maxUndelivered {
			s.text(small(fmt.Sprintf("%d more things could not be delivered.", len(c.Undelivered)-i)))
			break
		}
		s.text("⚠️ " + line(u, 300))
	}
}

// choices are a card's buttons. What has few values is chosen from a menu
// instead of typed into a form, one that shows what it is now; only the end is
// asked for its words.
func (r renderer) choices(s *sheet, c bot.Card) {
	for _, b := range c.Buttons {
		switch {
		case b.Command == "form "+c.Incident+" severity" && len(r.severities) > 0 && len(r.severities) <= maxChoices:
			m := component{Type: kindMenu, CustomID: pressMenu + "|severity", Placeholder: "Set the severity"}
			for _, x := range r.severities {
				m.Options = append(m.Options, option{Label: "Severity: " + plain(x, 60, "?"), Value: "severity " + c.Incident + " " + x, Default: strings.EqualFold(x, c.Severity)})
			}
			s.menus = append(s.menus, m)
		case b.Command == "form "+c.Incident+" state":
			m := component{Type: kindMenu, CustomID: pressMenu + "|state", Placeholder: "Set the state"}
			now, _ := incident.ParseStatus(c.State)
			for _, x := range incident.Statuses() {
				o := option{Label: "State: " + x.Label(), Value: "state " + c.Incident + " " + string(x), Default: x == now}
				if x == incident.Resolved {
					o.Label, o.Value = "State: Resolved…", "form "+c.Incident+" resolve"
				}
				m.Options = append(m.Options, o)
			}
			s.menus = append(s.menus, m)
		default:
			s.bs = append(s.bs, b)
		}
	}
}

// heading is the first line of a card.
func heading(id, title string) string { return "### " + strings.TrimSpace(id+" "+line(title, 200)) }

// affected lists components with their states in words; "" if there are none.
func affected(before string, cs []incident.ComponentChange) string {
	var parts []string
	for i, a := range cs {
		if i == maxAffected {
			return before + strings.Join(parts, ", ") + fmt.Sprintf(" and %d more.", len(cs)-i)
		}
		part := bold(a.Name, 80)
		if a.New != "" {
			part += " " + line(strings.ToLower(a.New.Label()), 60)
		}
		parts = append(parts, strings.TrimSpace(part))
	}
	if len(parts) == 0 {
		return ""
	}
	return before + strings.Join(parts, ", ") + "."
}

// announcement is one short message: what happened above the frame, so that a
// notification shows it, and what customers read in it, verbatim.
func (r renderer) announcement(s *sheet, a bot.Announcement) {
	sign := ""
	if a.Public {
		sign = "📣 "
	}
	if a.Incident == "" {
		s.say(sign + bold(a.Title, 300) + ": " + line(a.Text, 900))
		s.color = color(a.Text)
		s.cut = units(a.Text) > 900
	} else {
		s.say(sign + bold(a.Incident, 40) + " " + line(a.Text, 1200))
		s.cut = units(a.Text) > 1200
	}
	if a.Quote != "" {
		s.text(clean(a.Quote)) // without the internal title: it is not what customers read
	}
	switch {
	case a.At.IsZero():
	case a.Incident == "":
		foot := at(a.At, r.or(a.Zone))
		if isWeb(a.Link) {
			foot += " · <" + a.Link + ">"
		}
		s.say(small(foot))
	default:
		s.say(small(map[bool]string{true: "Public, ", false: "Internal, "}[a.Public] + at(a.At, r.or(a.Zone))))
	}
	s.bs = a.Buttons
}

// maxMissed is how many things a room is told at once that it was not told in
// time: so many fit one message. The timeline has them all.
const maxMissed = 8

// catchUp is what a room was not told, each thing with its own time: what
// customers were told shortened, since the page has it whole.
func (r renderer) catchUp(s *sheet, c bot.CatchUp) {
	zone := r.or(c.Zone)
	lines := []string{bold(c.Incident, 40) + " What happened since " + at(c.Since(), zone) + " and could not be said here then:"}
	each := 1600/max(1, min(len(c.Missed), maxMissed)) - 60 // a time takes sixty
	for i, x := range c.Missed {
		if i == maxMissed {
			s.cut = true
			lines = append(lines, fmt.Sprintf("And %d more.", len(c.Missed)-i))
			break
		}
		sign, quote := "", ""
		if x.Public {
			sign = "📣 "
		}
		if x.Quote != "" {
			quote = " “" + line(x.Quote, max(60, each-min(80, len(x.Text)))) + "”"
		}
		lines = append(lines, at(x.At, zone)+" "+sign+line(x.Text, 80)+quote)
		s.cut = s.cut || units(x.Text) > 80 // the page has the quote whole
	}
	s.say(strings.Join(lines, "\n"))
	s.bs = c.Buttons
}

// line is one line in the thread of a card. It notifies nobody.
func (r renderer) line(s *sheet, l bot.Line) {
	s.flags = silent
	var parts []string
	if l.Entry > 0 {
		parts = append(parts, fmt.Sprintf("`T%d`", l.Entry))
	}
	parts = append(parts, at(l.At, r.or(l.Zone)))
	if l.By != "" {
		parts = append(parts, bold(l.By, 80)+":")
	}
	text := escape(clip(l.Text, 1600))
	s.cut = units(l.Text) > 1600
	s.say(strings.TrimSpace(strings.Join(parts, " ") + " " + text))
}
