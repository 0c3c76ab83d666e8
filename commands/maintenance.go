package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sitrep/bot"
	"sitrep/incident"
	"sitrep/instant"
	"sitrep/store"
)

func maintenance(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	if c.sub == "" || c.sub == "list" {
		return r.listPlanned(c), nil
	}
	if err := r.may(Publish, c.req.By, nil); err != nil {
		return nil, err
	}
	if c.sub == "schedule" {
		return schedule(ctx, r, c)
	}
	step := r.step
	switch c.sub {
	case "update":
		step = r.said
	case "move":
		step = r.moved
	}
	n, ok := incident.ParseMaintenanceRef(c.vals["number"])
	if !ok {
		return nil, incident.Problemf("which-maintenance", "Say which: maintenance %s MNT-1. See them with: maintenance list.", c.sub)
	}
	id := incident.MaintenanceRef(n)
	w := r.maintenance(id)
	if w == nil {
		return nil, incident.Problemf("no-maintenance", "There is no %s. See what is planned with: maintenance list.", id)
	}
	notify, err := c.answer("notify", true)
	if err != nil {
		return nil, err
	}
	decide, receipt, err := step(c, w, notify)
	if err != nil {
		return nil, err
	}
	if !c.confirmed {
		evs, err := decide(w)
		if err != nil {
			return nil, err
		}
		return r.previewPlanned(ctx, c, w, evs)
	}
	d, err := r.recordPlanned(ctx, c, id, decide)
	if err != nil {
		return nil, err
	}
	rc := d.receipt(receipt)
	rc.Public, rc.Notes = true, append(rc.Notes, c.remarks...)
	return rc, nil
}

// A planStep decides what a command does to planned work.
type planStep = func(*incident.Maintenance) ([]incident.Event, error)

// code is the public id of the next update of planned work.
func (c *call) code(w *incident.Maintenance) string {
	return incident.Code(c.page.ID, w.ID+"/update", uint64(len(w.Updates)+1))
}

// step begins planned work, verifies, completes or cancels it.
func (r *Runner) step(c *call, w *incident.Maintenance, notify bool) (decide planStep, receipt string, err error) {
	to := map[string]incident.Status{"start": incident.InProgress, "verify": incident.Verifying, "complete": incident.Completed, "cancel": incident.Canceled}[c.sub]
	series, err := c.answer("series", false)
	if err != nil {
		return nil, "", err
	}
	if series && (to != incident.Canceled || w.Series() == "") {
		return nil, "", incident.Problemf("no-series", "series:yes goes with maintenance cancel, for work that repeats: this time and all that follow are canceled.")
	}
	receipt = fmt.Sprintf("%s is %s, and customers see it.", w.ID, strings.ToLower(to.Label()))
	if w.Series() != "" && to == incident.Canceled {
		receipt += " The next time is not canceled by it."
		if series {
			receipt = fmt.Sprintf("%s and all that would follow it are canceled, and customers see it.", w.ID)
		}
	}
	return func(w *incident.Maintenance) ([]incident.Event, error) {
		return w.Move(to, c.text, c.present().UTC(), !notify, series, c.code(w))
	}, receipt, nil
}

// said tells customers something of planned work in between.
func (r *Runner) said(c *call, w *incident.Maintenance, notify bool) (decide planStep, receipt string, err error) {
	return func(w *incident.Maintenance) ([]incident.Event, error) {
		return w.Say(c.text, c.present().UTC(), !notify, c.code(w))
	}, fmt.Sprintf("Customers read that of %s.", w.ID), nil
}

// moved gives planned work another window, or changes who begins and ends it.
func (r *Runner) moved(c *call, w *incident.Maintenance, notify bool) (decide planStep, receipt string, err error) {
	e := incident.MaintenanceRescheduled{Manual: w.Manual, Body: c.text, Shown: c.present().UTC(), Quiet: !notify}
	if c.vals["from"] != "" {
		if e.From, err = c.ahead("from"); err != nil {
			return nil, "", err
		}
	}
	from := e.From
	if from.IsZero() {
		from = w.From
	}
	if c.vals["for"] != "" || c.vals["until"] != "" {
		if e.Until, err = c.until(from); err != nil {
			return nil, "", err
		}
	}
	until := e.Until
	if until.IsZero() {
		until = from.Add(w.Until.Sub(w.From))
	}
	auto, err := c.answer("auto", !w.Manual)
	if err != nil {
		return nil, "", err
	}
	e.Manual = !auto
	if e.Remind = w.Remind; from.Equal(w.From) && c.vals["remind"] == "" {
		// it stays when people are reminded, or were
	} else if e.Remind, err = c.reminder(from, w.From.Sub(w.Remind), !w.Remind.IsZero()); err != nil {
		return nil, "", err
	}
	if c.text == "" { // the new window is what there is to say
		e.Body = fmt.Sprintf("This maintenance is planned for %s to %s now.", instant.Stamp(from, c.zone), instant.Stamp(until, c.zone))
		if from.Equal(w.From) && until.Equal(w.Until) {
			e.Quiet = true // only who begins and ends it has changed, which is nothing for customers
			e.Body = fmt.Sprintf("This maintenance is planned for %s to %s, as before.", instant.Stamp(from, c.zone), instant.Stamp(until, c.zone))
		}
	}
	receipt = fmt.Sprintf("%s is planned for %s to %s.", w.ID, instant.Stamp(from, c.zone), instant.Stamp(until, c.zone))
	if e.Manual {
		receipt += " It begins and ends when somebody says so."
	}
	return func(w *incident.Maintenance) ([]incident.Event, error) {
		e.Code = c.code(w)
		return w.Reschedule(e, c.present())
	}, receipt, nil
}

// recordPlanned is record for planned work.
func (r *Runner) recordPlanned(ctx context.Context, c *call, id string, decide func(*incident.Maintenance) ([]incident.Event, error)) (done, error) {
	return r.recordIn(ctx, c, id, incident.Meta{}, func(past store.Past) ([]incident.Event, error) {
		w, err := r.Planned(id, past)
		if err != nil {
			return nil, err
		}
		evs, err := decide(w)
		if err != nil || c.preview == 0 {
			return evs, err
		}
		closed, err := w.Previews.Publish(id, c.preview, len(w.Updates))
		if err != nil {
			return nil, err
		}
		return append(evs, closed), nil
	})
}

func (r *Runner) maintenance(id string) *incident.Maintenance { return r.board.Maintenance(id) }

// Planned is planned work as the log has it; past must be that of its stream.
func (r *Runner) Planned(id string, past store.Past) (*incident.Maintenance, error) {
	w := r.maintenance(id)
	if w == nil {
		w = incident.NewMaintenance(id)
	}
	if w.LastN >= past.Last() {
		return w, nil
	}
	rs, err := past.Since(w.LastN)
	if err != nil {
		return nil, err
	}
	w = w.Clone()
	for _, rec := range rs {
		m, ev, err := Decode(rec)
		if err != nil {
			return nil, err
		}
		w.Apply(m, ev)
	}
	return w, nil
}

func schedule(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	title := strings.TrimSpace(c.vals["title"])
	if title == "" || c.text == "" {
		if c.req.Interactive {
			return *r.form(c), nil
		}
		return nil, incident.Problemf("words-missing", `Say what customers read: maintenance schedule from:"2026-12-01 22:00" for:90m title:"…" <text>.`)
	}
	from, err := c.ahead("from")
	if err != nil {
		return nil, err
	}
	until, err := c.until(from)
	if err != nil {
		return nil, err
	}
	if !until.After(c.present()) {
		return nil, incident.Problemf("bad-until", "It would be over already. Give from: and for: (or until:) that lie ahead.")
	}
	if !until.After(from) {
		return nil, incident.Problemf("bad-until", "It would end before it begins. Give until: a later time than from:.")
	}
	affects, err := components(c.page, c.vals["affects"])
	if err != nil {
		return nil, err
	}
	notify, err := c.answer("notify", true)
	if err != nil {
		return nil, err
	}
	auto, err := c.answer("auto", true)
	if err != nil {
		return nil, err
	}
	remind, err := c.reminder(from, time.Hour, true)
	if err != nil {
		return nil, err
	}
	repeats, err := r.repeats(c, from, until)
	if err != nil {
		return nil, err
	}
	scheduled := func(id string) incident.MaintenanceScheduled {
		n, _ := incident.ParseMaintenanceRef(id)
		ev := incident.MaintenanceScheduled{
			Number: n, Code: incident.Code(c.page.ID, id+"/update", 1), Title: title, Body: c.text, From: from, Until: until, Affects: affects,
			Shown: c.present().UTC(), Quiet: !notify, Remind: remind, Manual: !auto, Repeats: repeats,
		}
		if repeats.Rule != "" {
			ev.Repeats.Series = id
		}
		return ev
	}
	if n, ok := incident.ParseMaintenanceRef(c.vals["number"]); ok { // its preview has been given the number
		return r.schedule(ctx, c, incident.MaintenanceRef(n), scheduled)
	}
	n := 1
	for _, w := range r.board.Maintenances() {
		n = max(n, w.Number+1)
	}
	for ; ; n++ {
		msg, err := r.schedule(ctx, c, incident.MaintenanceRef(n), scheduled)
		if errors.Is(err, errTaken) {
			continue
		}
		return msg, err
	}
}

// schedule announces work under a number, or shows it to its author first. The
// error is errTaken if the number is another's.
func (r *Runner) schedule(ctx context.Context, c *call, id string, scheduled func(id string) incident.MaintenanceScheduled) (bot.Message, error) {
	if !c.confirmed {
		w := r.maintenance(id)
		if w == nil {
			w = incident.NewMaintenance(id)
		}
		if w.Status != "" && c.seen == 0 {
			return nil, incident.Problemf("announced", "%s is announced already. Its steps are start, verify, complete and cancel.", id)
		}
		return r.previewPlanned(ctx, c, w, []incident.Event{scheduled(id)})
	}
	d, err := r.recordPlanned(ctx, c, id, func(w *incident.Maintenance) ([]incident.Event, error) {
		if c.preview == 0 && w.LastN > 0 {
			return nil, errTaken
		}
		return []incident.Event{scheduled(id)}, nil
	})
	if err != nil {
		return nil, err
	}
	ev := scheduled(id)
	rc := d.receipt(fmt.Sprintf("%s is announced on the page: %s, %s to %s.", id, ev.Title, instant.Stamp(ev.From, c.zone), instant.Stamp(ev.Until, c.zone)))
	rc.Public, rc.Notes = true, c.remarks
	return rc, nil
}

func (r *Runner) listPlanned(c *call) bot.Message {
	s := bot.Section{}
	var buttons []bot.Button
	for _, w := range r.board.Maintenances() {
		for _, p := range w.Previews.Waiting() {
			s.Lines = append(s.Lines, fmt.Sprintf("%s: preview %d waits to be published or discarded.", w.ID, p.Number))
			buttons = append(buttons, bot.Button{Label: fmt.Sprintf("Look at %s", w.ID), Command: fmt.Sprintf("look %s %d", w.ID, p.Number)})
		}
		if w.Status == "" {
			continue // nobody was told of it yet
		}
		line := fmt.Sprintf("%s %s: %s, %s to %s", w.ID, w.Title, strings.ToLower(w.Status.Label()), instant.Stamp(w.From, c.zone), instant.Stamp(w.Until, c.zone))
		if rule := w.Planned.Repeats.Rule; rule != "" && !w.Over() {
			line += ", repeats by " + rule
		}
		if w.Manual && !w.Over() {
			line += ", begins and ends by hand"
		}
		s.Lines = append(s.Lines, line)
	}
	if len(s.Lines) == 0 {
		s.Lines = []string{"Nothing is planned."}
	}
	return bot.Reading{Title: "Planned work", Sections: []bot.Section{s}, Buttons: buttons}
}
