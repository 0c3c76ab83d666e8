package commands

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"sitrep/bot"
	"sitrep/incident"
	"sitrep/store"
)

// fresh is how young an open incident is to be offered for joining before a
// second one is declared.
const fresh = 20 * time.Minute

// maxTitle is the longest internal title, in characters. A longer one is text:
// a channel's topic holds 250 (Slack).
const maxTitle = 200

func declare(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	title := strings.Join(strings.Fields(c.text), " ")
	if title == "" {
		if c.req.Interactive {
			return *r.form(c), nil
		}
		return nil, incident.Problemf("title-missing", "Say what is wrong: declare [sev2] <title>.")
	}
	ev := incident.Declared{Title: title}
	var notes []string
	if n := len([]rune(title)); n > maxTitle {
		ev.Title = clip(title, maxTitle)
		notes = append(notes, fmt.Sprintf("The title was cut to %d characters; the whole text is kept as a note.", maxTitle))
	}
	var err error
	sev := c.vals["severity"]
	if word, _ := cutVerb(title); sev == "" && looksLikeSeverity.MatchString(word) {
		sev = word
	}
	if sev != "" {
		s, ok := r.severity(sev)
		if !ok {
			return nil, incident.Problemf("bad-severity", "There is no severity %q. Known are %s.", sev, joined(r.severityNames(), "and"))
		}
		if s != "none" {
			ev.Severity = s
		}
	}
	if ev.Affects, err = components(c.page, c.vals["affects"]); err != nil {
		return nil, err
	}
	if ev.Private, err = c.answer("private", false); err != nil {
		return nil, err
	}
	if ev.Drill, err = c.answer("drill", false); err != nil {
		return nil, err
	}
	when, whenNotes, err := c.instant("at")
	if err != nil {
		return nil, err
	}
	notes = append(notes, whenNotes...)

	var along []incident.Event
	if c.req.In.Within != "" && r.board.ByRoom(c.req.In) == nil { // what was said before there was an incident belongs to it
		along = append(along, incident.RoomOpened{Room: c.req.In, Adopted: true, Aside: true})
		notes = append(notes, fmt.Sprintf("What is said in %s is kept with it, from its beginning.", c.req.In.Name))
	}
	others := r.similar(c, ev)
	d, err := r.declare(ctx, c, ev, at(when), strings.TrimSpace(c.text), along)
	if err != nil {
		return nil, err
	}
	rc := d.receipt("")
	e, _ := d.events[0].(incident.Declared)
	what := "Declared"
	if e.Drill {
		what = "Declared a drill,"
	}
	rc.Text = fmt.Sprintf("%s %s: %s%s.", what, d.in.ID, strings.TrimRight(e.Title, "."), affectedWords(e.Affects))
	rc.Notes = notes
	if e.Severity == "" {
		rc.Notes = append(rc.Notes, "Its severity is not set.")
		for _, s := range r.severityNames() {
			if len(rc.Buttons) < 4 {
				rc.Buttons = append(rc.Buttons, bot.Button{Label: s, Command: "severity " + d.in.ID + " " + s})
			}
		}
	} else {
		rc.Text = fmt.Sprintf("%s %s (%s): %s%s.", what, d.in.ID, e.Severity, strings.TrimRight(e.Title, "."), affectedWords(e.Affects))
	}
	for _, o := range others {
		if o.ID == d.in.ID {
			continue // asked a second time
		}
		rc.Notes = append(rc.Notes, fmt.Sprintf("%s is open already: %s. If it is the same, join it.", o.ID, o.Title))
		rc.Buttons = append(rc.Buttons, bot.Button{Label: "Merge into " + o.ID, Command: "merge " + d.in.ID + " into " + o.ID})
	}
	if len(rc.Buttons) > 5 {
		rc.Buttons = rc.Buttons[:5]
	}
	return rc, nil
}

// declare tries the next number until one is free: another process may have
// taken it. along are the conversations that are brought along.
func (r *Runner) declare(ctx context.Context, c *call, ev incident.Declared, when incident.Meta, whole string, along []incident.Event) (done, error) {
	taken := errors.New("the number is taken")
	for n := r.board.Last() + 1; ; n++ {
		ev.Number = n
		evs := []incident.Event{ev}
		if len([]rune(whole)) > maxTitle {
			evs = append(evs, incident.NoteAdded{Text: whole})
		}
		evs = append(evs, along...)
		d, err := r.recordIn(ctx, c, incident.Ref(n), when, func(past store.Past) ([]incident.Event, error) {
			if past.Last() > 0 {
				return nil, taken
			}
			return evs, nil
		})
		if !errors.Is(err, taken) {
			return d, err
		}
	}
}

// looksLikeSeverity finds a severity that is none here: "sev9" is no title.
var looksLikeSeverity = regexp.MustCompile(`(?i)^sev-?[0-9]$`)

// offered is how many incidents a declaration is told of.
const offered = 2

// similar lists the open incidents that could be the same: on one of the same
// components, then the very young ones.
func (r *Runner) similar(c *call, ev incident.Declared) []*incident.Incident {
	if ev.Drill {
		return nil
	}
	var same, young []*incident.Incident
	for _, in := range r.board.All() {
		switch {
		case !in.Open() || in.Drill || in.Private != ev.Private || !r.Visible(c.req.By, in):
		case slices.ContainsFunc(in.Affects, func(b incident.ComponentChange) bool {
			return slices.ContainsFunc(ev.Affects, func(a incident.ComponentChange) bool { return a.ID == b.ID })
		}):
			same = append(same, in)
		case c.now.Sub(in.Declared.Recorded) < fresh:
			young = append(young, in)
		}
	}
	out := append(same, young...)
	return out[:min(len(out), offered)]
}

func affectedWords(cs []incident.ComponentChange) string {
	if len(cs) == 0 {
		return ""
	}
	parts := make([]string, len(cs))
	for i, c := range cs {
		parts[i] = c.Name
		if c.New != "" {
			parts[i] += " (" + strings.ToLower(c.New.Label()) + ")"
		}
	}
	return ", affecting " + joined(parts, "and")
}
