package slack

import (
	"fmt"
	"strconv"
	"strings"

	api "github.com/slack-go/slack"

	"sitrep/bot"
	"sitrep/incident"
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

// card is what a commander would have written by hand: what, how bad, since
// when, who leads, what customers know, what is next.
func (r *Renderer) card(s *sheet, c bot.Card) {
	zone := r.zone(c.Zone)
	s.head(c.Incident + " " + c.Title)
	s.text(r.standing(s, c)...)
	switch {
	case !c.Public:
		s.text(plain("Customers have been told nothing."))
	default:
		s.text(plain("Customers were told "), plain("(%s, ", clip(c.LastLabel, oneName)), at(c.LastWordAt, zone), plain("):"))
		s.keep(roomAfterWords, maxMessageBlocks/2)
		s.quote(c.LastWord)
		s.keep(0, 0)
	}
	switch {
	case !c.Public || c.NextWord.IsZero():
	case c.Overdue:
		s.text(plain("⏰ "), bold("The next word is overdue"), plain(": it was promised for "), at(c.NextWord, zone), plain("."))
	default:
		s.text(plain("The next word is due "), at(c.NextWord, zone), plain("."))
	}
	for i, t := range c.Theories {
		if i == maxTheories {
			s.small(plain("Theories: and %d more.", len(c.Theories)-i))
			break
		}
		s.small(append([]piece{plain("Theory: ")}, s.brief(t, oneLine*2/3)...)...)
	}
	for i, n := range c.Waiting {
		if i == maxWaiting {
			s.small(plain("Previews that wait: and %d more.", len(c.Waiting)-i))
			break
		}
		r.waiting(s, c.Incident, n, i)
	}
	for i, u := range c.Undelivered {
		if i == maxUndelivered {
			s.small(plain("Not delivered: and %d more.", len(c.Undelivered)-i))
			break
		}
		s.text(append([]piece{plain("⚠️ ")}, s.brief(u, oneLine)...)...)
	}
}

// How much of each a card shows: it stays a card.
const (
	maxTheories    = 3
	maxWaiting     = 3
	maxUndelivered = 3
	maxAffected    = 12
	oneName        = 80   // how wide a name is
	oneLine        = 250  // how wide a line of a card is
	roomAfterWords = 3500 // for what follows what customers were told
)

// standing is the lines of a card that are always there.
func (r *Renderer) standing(s *sheet, c bot.Card) []piece {
	zone := r.zone(c.Zone)
	ps := []piece{plain("%s", icon(c.State)), bold(clip(c.State, oneName))}
	if c.Severity == "" {
		ps = append(ps, plain(", severity not set"))
	} else {
		ps = append(ps, plain(", "), bold(clip(c.Severity, oneName)))
	}
	since := ", declared "
	if c.StartedKnown {
		since = ", since "
	}
	ps = append(ps, plain("%s", since), at(c.Started, zone))
	if !c.Ended.IsZero() {
		ps = append(ps, plain(", ended "), at(c.Ended, zone))
	}
	switch {
	case c.Drill:
		ps = append(ps, plain("\n🧪 A drill: nothing of it becomes public."))
	case c.Private:
		ps = append(ps, plain("\n🔒 Private: only the people in it see it."))
	}
	if c.Leader == "" {
		ps = append(ps, plain("\n"), bold("Nobody leads."))
	} else {
		ps = append(ps, plain("\n"), bold(clip(c.Leader, oneName)), plain(" leads."))
	}
	if len(c.Affected) > 0 {
		ps = append(ps, plain("\nAffected: "))
		ps = append(ps, affected(s, c.Affected)...)
	}
	return ps
}

// affected lists components with their states in words.
func affected(s *sheet, cs []incident.ComponentChange) []piece {
	var ps []piece
	for i, a := range cs {
		if i == maxAffected {
			s.cut = true
			return append(ps, plain(" and %d more.", len(cs)-i))
		}
		if i > 0 {
			ps = append(ps, plain(", "))
		}
		ps = append(ps, bold(clip(a.Name, oneName)))
		if a.New != "" {
			ps = append(ps, plain(" %s", clip(strings.ToLower(a.New.Label()), oneName)))
		}
	}
	return append(ps, plain("."))
}

// waiting is a line with a button: somebody must decide.
func (r *Renderer) waiting(s *sheet, in string, number, i int) {
	t := section(fmt.Sprintf("⏳ Preview %d waits to be published or discarded.", number))
	if e := button(bot.Button{Label: "Look at it", Command: "look " + in + " " + strconv.Itoa(number)}, in, 1000+i); e != nil {
		t.Accessory = api.NewAccessory(e)
	}
	s.add(t)
}

// announcement is one short message: what happened, and what customers read,
// verbatim.
func (r *Renderer) announcement(s *sheet, a bot.Announcement) {
	ps := []piece{bold(clip(strings.TrimSpace(a.Incident+" "+a.Title), 2*oneLine)), plain("\n")}
	s.text(append(ps, s.brief(a.Text, 4*oneLine)...)...)
	s.keep(2*frame+oneLine, 1)
	s.quote(a.Quote)
	s.keep(0, 0)
	switch {
	case a.Incident == "":
		foot := []piece{plain("📣 "), at(a.At, r.zone(a.Zone))}
		if isWeb(a.Link) {
			foot = append(foot, plain(" · "), link(a.Link, ""))
		}
		s.small(foot...)
	case a.Public:
		s.small(plain("📣 Public, "), at(a.At, r.zone(a.Zone)))
	default:
		s.small(plain("Internal, "), at(a.At, r.zone(a.Zone)))
	}
}

// catchUp is what a room was not told, each thing with its own time: what
// customers were told shortened, since the page has it whole.
func (r *Renderer) catchUp(s *sheet, c bot.CatchUp) {
	zone := r.zone(c.Zone)
	s.text(bold(clip(c.Incident+" "+c.Title, 2*oneLine)), plain("\nWhat happened since "), at(c.Since(), zone), plain(" and could not be said here then:"))
	for i, x := range c.Missed {
		if i == maxMissed {
			s.cut = true
			s.text(plain("And %d more.", len(c.Missed)-i))
			break
		}
		ps := []piece{at(x.At, zone), plain(" ")}
		if x.Public {
			ps = append(ps, plain("📣 "))
		}
		ps = append(ps, s.brief(x.Text, oneLine)...)
		if x.Quote != "" {
			ps = append(ps, plain(" “"))
			ps = append(ps, words(clip(strings.Join(strings.Fields(x.Quote), " "), oneLine))...) // the page has it whole
			ps = append(ps, plain("”"))
		}
		s.text(ps...)
	}
}

// maxMissed is how many things a room is told at once that it was not told in
// time; the timeline has them all.
const maxMissed = 20

// line is one line in the thread of a card.
func (r *Renderer) line(s *sheet, l bot.Line) {
	var ps []piece
	if l.Entry > 0 {
		ps = append(ps, code("T"+strconv.Itoa(l.Entry)), plain(" "))
	}
	ps = append(ps, at(l.At, r.zone(l.Zone)), plain(" "))
	if l.By != "" {
		ps = append(ps, bold(l.By), plain(": "))
	}
	s.text(append(ps, words(l.Text)...)...)
}
