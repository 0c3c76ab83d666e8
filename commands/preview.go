package commands

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"sitrep/bot"
	"sitrep/incident"
	"sitrep/store"
)

// subject is what a preview is about: an incident, or planned work.
type subject struct {
	id       string
	previews incident.Previews
	updates  int // how many are public
}

func (c *call) subject() subject {
	if c.work != nil {
		return subject{c.work.ID, c.work.Previews, len(c.work.Updates)}
	}
	return subject{c.in.ID, c.in.Previews, c.in.Heard()}
}

// confirm adds to what is decided that its preview went out, if it had one.
func (c *call) confirm(in *incident.Incident, evs []incident.Event, err error) ([]incident.Event, error) {
	if err != nil || c.preview == 0 {
		return evs, err
	}
	closed, err := in.Previews.Publish(in.ID, c.preview, in.Heard())
	if err != nil {
		return nil, err
	}
	return append(evs, closed), nil
}

// opened is the preview of a command, as it is kept until somebody confirms it.
func (c *call) opened(over int) incident.PreviewOpened {
	p := incident.PreviewOpened{Verb: c.verb.Name, Sub: c.sub, Args: maps.Clone(c.vals), Text: c.text, Over: over}
	if c.vals["at"] != "" { // "-20m" means what it meant when it was written
		if t, _, err := c.instant("at"); err == nil {
			p.Args["at"] = t.Format(time.RFC3339Nano)
		}
	}
	for _, key := range []string{"from", "until"} { // and the same for planned work
		if c.vals[key] == "" {
			continue
		}
		quiet := *c
		if t, err := quiet.ahead(key); err == nil {
			p.Args[key] = t.Format(time.RFC3339Nano)
		}
	}
	if text := c.vals["next"]; text != "" && !isDuration(text) { // and a clock time what its author's clock shows
		if t, err := c.promise("next"); err == nil {
			p.Args["next"] = t.Format(time.RFC3339Nano)
		}
	}
	if c.verb.Name == "postmortem" && c.in != nil { // what is confirmed is this text, and not what stands there then
		p.Text, p.Args["version"] = c.in.Report.Text("customer"), "customer"
	}
	return p
}

// preview keeps the words as a draft and shows its author what customers would
// see. Nothing is public by it.
func (r *Runner) preview(ctx context.Context, c *call, notes []string, decide func(*incident.Incident) ([]incident.Event, []string, error)) (bot.Message, error) {
	sim := c.in
	if c.in.Drill { // a drill shows it and keeps nothing
		sim = c.in.Clone()
		sim.Drill = false
	}
	evs, warn, err := decide(sim)
	if err != nil {
		return nil, err
	}
	notes = append(notes, warn...)
	if c.in.Drill {
		p, err := r.previewOf(ctx, c, sim, evs, 0, notes)
		p.Drill, p.Buttons = true, nil
		return p, err
	}
	if c.seen > 0 {
		return r.previewOf(ctx, c, sim, evs, c.seen, notes)
	}
	for _, p := range c.in.Previews.Waiting() {
		if p.Verb == c.verb.Name && p.Sub == c.sub && p.Meta.By.ID != c.req.By.ID {
			notes = append(notes, fmt.Sprintf("It takes the place of what %s wrote and nobody has published: %s", p.Meta.By, clip(p.Text, 120)))
		}
	}
	d, err := r.record(ctx, c, incident.Meta{}, func(in *incident.Incident) ([]incident.Event, error) {
		return []incident.Event{c.opened(in.Heard())}, nil
	})
	if err != nil {
		return nil, err
	}
	n := numberOf(d.in.Previews, d.last)
	if d.repeat && n > 0 && d.in.Previews[n-1].How != "" { // asked again after it was confirmed: so is the answer
		c.in = d.in
		return r.confirmed(ctx, c, n)
	}
	return r.previewOf(ctx, c, sim, evs, n, notes)
}

// numberOf is the number of the preview that record seq opened.
func numberOf(ps incident.Previews, seq uint64) int {
	for _, p := range ps {
		if p.Meta.Seq == seq {
			return p.Number
		}
	}
	return 0
}

// previewOf builds the preview: the incident as it would be public.
func (r *Runner) previewOf(ctx context.Context, c *call, in *incident.Incident, evs []incident.Event, number int, notes []string) (bot.Preview, error) {
	sim := in.Clone()
	m := incident.Meta{By: c.req.By, Recorded: c.now, When: c.present(), N: in.LastN}
	for _, ev := range evs {
		sim.Apply(m, ev)
	}
	p := bot.Preview{Incident: in.ID, Number: number, Verb: c.verb.Name, Notes: notes, Zone: c.zone, Update: -1, Buttons: c.confirmButtons(in, number)}
	if pub := sim.Public(c.page); pub != nil {
		p.Public = *pub
		if !pub.Next.IsZero() && !pub.Next.Equal(in.NextWord()) {
			p.Notes = append(p.Notes, "Customers are promised the next word by "+c.soon(pub.Next)+".")
		}
		changed := 0 // the number of the update that is new, or is mended
		if len(sim.Updates) > len(in.Updates) {
			changed = len(sim.Updates)
		}
		for _, ev := range evs {
			if e, ok := ev.(incident.UpdateEdited); ok {
				changed = e.Number
			}
		}
		for i, u := range pub.Updates {
			if changed > 0 && u.Number == changed {
				p.Update = i
			}
		}
	}
	words := c.text
	if c.verb.Listed { // it says what changed, in no words of its author's
		words = ""
	}
	if c.verb.Name == "postmortem" && c.sub == "publish" {
		words = in.Report.Text("customer")
	}
	if words == "" {
		words = c.vals["public"]
	}
	if r.o.Lint != nil && words != "" {
		var err error
		judged := in
		if in.Open() && !sim.Open() { // words that end it are not held against it that it goes on
			judged = in.Clone()
			judged.Status = sim.Status
		}
		if p.Findings, err = r.o.Lint.Lint(ctx, judged, words); err != nil {
			return p, err
		}
	}
	return p, nil
}

// confirmButtons are what can be done with a preview of an incident.
func (c *call) confirmButtons(in *incident.Incident, number int) []bot.Button {
	all := confirmButtons(in.ID, number)
	if c.verb.Name != "postmortem" {
		return all
	}
	if c.sub == "unpublish" {
		return []bot.Button{{Label: "Take it off the page", Command: all[0].Command, Style: bot.Danger}, {Label: "Leave it there", Command: all[3].Command}}
	}
	if in.Report.Published != nil {
		all[1] = bot.Button{Label: "Publish and tell", Command: all[0].Command + " notify:yes"}
	}
	return all
}

func confirmButtons(id string, number int) []bot.Button {
	ref := fmt.Sprintf("%s %d", id, number)
	return []bot.Button{
		{Label: "Publish", Command: "publish " + ref, Style: bot.Primary},
		{Label: "Publish quietly", Command: "publish " + ref + " notify:no"},
		{Label: "Edit", Command: "revise " + ref},
		{Label: "Cancel", Command: "discard " + ref},
	}
}

// waiting finds the preview that a button is about. A Problem that it is over
// comes with the preview.
func (c *call) waiting() (incident.Preview, error) {
	s := c.subject()
	if n, ok := number(c.vals["number"]); ok {
		return s.previews.Find(s.id, n)
	}
	open := s.previews.Waiting()
	if len(open) == 0 {
		return incident.Preview{}, incident.Problemf("nothing-waits", "Nothing of %s waits to be published. Write something with: update <text>.", s.id)
	}
	if len(open) != 1 {
		return incident.Preview{}, incident.Problemf("which-preview", "Say which preview of %s: it has a number.", s.id)
	}
	return open[0], nil
}

// publish confirms a preview: somebody has seen what customers will read.
func publish(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	p, err := c.waiting()
	if err != nil && p.How != "published" {
		return nil, err
	}
	return r.confirmed(ctx, c, p.Number)
}

// confirmed publishes preview n of what c is about. Asked again, by anybody, it
// answers with what it came to.
func (r *Runner) confirmed(ctx context.Context, c *call, n int) (bot.Message, error) {
	s := c.subject()
	p, err := s.previews.Find(s.id, n)
	if err == nil && c.in != nil && stale(p, s, c.in) != "" { // what was published with it may be half seen: its end comes after its words
		head, e := r.log.Head(ctx, c.in.ID)
		if e == nil {
			e = r.board.Await(ctx, head.Seq)
		}
		if e != nil {
			return nil, e
		}
		c.in = r.board.Get(c.in.ID)
		s = c.subject()
		p, err = s.previews.Find(s.id, n)
	}
	if err != nil && p.How != "published" {
		return nil, err
	}
	again := c.replay(r, p)
	if err := r.may(again.verb.Needs, c.req.By, c.in); err != nil {
		return nil, err
	}
	tell, err := c.answer("notify", !strings.EqualFold(strings.Trim(c.text, ". "), "quietly"))
	if err != nil {
		return nil, err
	}
	switch _, said := c.vals["notify"]; {
	case !tell:
		again.vals["notify"] = "no"
	case said:
		again.vals["notify"] = "yes"
	}
	if why := stale(p, s, c.in); p.How == "" && why != "" { // look again
		again.confirmed = false
		msg, err := again.verb.run(ctx, r, again)
		if pv, ok := msg.(bot.Preview); ok {
			pv.Notes = append([]string{why + " Look at it again before you publish."}, pv.Notes...)
			return pv, err
		}
		return msg, err
	}
	again.confirmed, again.preview = true, p.Number
	msg, err := again.verb.run(ctx, r, again)
	if rc, ok := msg.(bot.Receipt); ok && rc.Repeat {
		rc.Notes = append(rc.Notes, "It was published before; nothing was published twice.")
		return rc, err
	}
	return msg, err
}

// stale says why a preview is not what would be published now; "" if it is.
func stale(p incident.Preview, s subject, in *incident.Incident) string {
	switch {
	case p.Over != s.updates:
		return "Another update went out since this was written."
	case p.Verb == "postmortem" && p.Sub == "publish" && in != nil && p.Text != in.Report.Text("customer"):
		return "The customer version was changed since this was shown."
	}
	return ""
}

// replay turns a preview back into the command that it was.
func (c *call) replay(r *Runner, p incident.Preview) *call {
	again := *c
	v, _ := Find(r.table, p.Verb)
	again.args = args{verb: v, sub: p.Sub, vals: maps.Clone(p.Args), text: p.Text}
	if again.vals == nil {
		again.vals = map[string]string{}
	}
	again.preview = 0
	return &again
}

func discard(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	p, err := c.waiting()
	if err != nil && p.How != "discarded" { // it may be this very request that discarded it
		return nil, err
	}
	s := c.subject()
	text := fmt.Sprintf("Preview %d of %s is discarded. Nothing was published.", p.Number, s.id)
	if c.work != nil {
		d, err := r.recordIn(ctx, c, s.id, incident.Meta{}, func(past store.Past) ([]incident.Event, error) {
			w, err := r.Planned(s.id, past)
			if err != nil {
				return nil, err
			}
			closed, err := w.Previews.Discard(s.id, p.Number)
			return []incident.Event{closed}, err
		})
		if err != nil {
			return nil, err
		}
		return d.receipt(text), nil
	}
	d, err := r.record(ctx, c, incident.Meta{}, func(in *incident.Incident) ([]incident.Event, error) {
		closed, err := in.Previews.Discard(s.id, p.Number)
		return []incident.Event{closed}, err
	})
	if err != nil {
		return nil, err
	}
	return d.receipt(text), nil
}

// look shows a waiting preview again: to whoever comes to it later, or after a
// reload. Nothing is recorded by it.
func look(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	p, err := c.waiting()
	if err != nil {
		return nil, err
	}
	again := c.replay(r, p)
	if err := r.may(again.verb.Needs, c.req.By, c.in); err != nil {
		return nil, err
	}
	again.seen, again.confirmed = p.Number, false
	return again.verb.run(ctx, r, again)
}

func revise(_ context.Context, r *Runner, c *call) (bot.Message, error) {
	p, err := c.waiting()
	if err != nil {
		return nil, err
	}
	f := r.form(c.replay(r, p))
	if f == nil {
		return nil, incident.Problemf("no-form", "Type the command again: %s %s.", p.Verb, p.Text)
	}
	return *f, nil
}

// previewPlanned is preview for planned work: evs are what confirming it would
// record on the work as it is now.
func (r *Runner) previewPlanned(ctx context.Context, c *call, w *incident.Maintenance, evs []incident.Event) (bot.Message, error) {
	number := c.seen
	if number == 0 {
		c.vals["number"] = w.ID
		d, err := r.recordIn(ctx, c, w.ID, incident.Meta{}, func(past store.Past) ([]incident.Event, error) {
			now, err := r.Planned(w.ID, past)
			if err != nil {
				return nil, err
			}
			if w.LastN == 0 && now.LastN > 0 {
				return nil, errTaken
			}
			return []incident.Event{c.opened(len(now.Updates))}, nil
		})
		if err != nil {
			return nil, err
		}
		w = r.maintenance(w.ID)
		number = numberOf(w.Previews, d.last)
	}
	sim := w.Clone()
	for _, ev := range evs {
		sim.Apply(incident.Meta{By: c.req.By, Recorded: c.now, When: c.present(), N: w.LastN}, ev)
	}
	p := bot.Preview{Incident: w.ID, Number: number, Verb: c.verb.Name, Notes: c.remarks, Zone: c.zone, Update: -1, Buttons: confirmButtons(w.ID, number)}
	if pub := sim.Public(c.page); pub != nil {
		p.Public, p.Update = *pub, 0
	}
	return p, nil
}

// errTaken says that another process, or another request, was given the number
// that was about to be used.
var errTaken = errors.New("the number is taken")
