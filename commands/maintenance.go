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
	to := map[string]incident.Status{"start": incident.InProgress, "verify": incident.Verifying, "complete": incident.Completed, "cancel": incident.Canceled}[c.sub]
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
	move := func(w *incident.Maintenance) ([]incident.Event, error) {
		return w.Move(to, c.text, c.present().UTC(), !notify, incident.Code(c.page.ID, id+"/update", uint64(len(w.Updates)+1)))
	}
	if !c.confirmed {
		evs, err := move(w)
		if err != nil {
			return nil, err
		}
		return r.previewPlanned(ctx, c, w, evs)
	}
	d, err := r.recordPlanned(ctx, c, id, move)
	if err != nil {
		return nil, err
	}
	rc := d.receipt(fmt.Sprintf("%s is %s, and customers see it.", id, strings.ToLower(to.Label())))
	rc.Public = true
	return rc, nil
}

// recordPlanned is record for planned work.
func (r *Runner) recordPlanned(ctx context.Context, c *call, id string, decide func(*incident.Maintenance) ([]incident.Event, error)) (done, error) {
	return r.recordIn(ctx, c, id, incident.Meta{}, func(past store.Past) ([]incident.Event, error) {
		w, err := r.planned(id, past)
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

func (r *Runner) maintenance(id string) *incident.Maintenance {
	for _, w := range r.board.Maintenances() {
		if w.ID == id {
			return w
		}
	}
	return nil
}

// planned is planned work as the log has it.
func (r *Runner) planned(id string, past store.Past) (*incident.Maintenance, error) {
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
	var until time.Time
	if d := c.vals["for"]; d != "" && c.vals["until"] == "" {
		length, err := time.ParseDuration(strings.ReplaceAll(d, "min", "m"))
		if err != nil || length <= 0 {
			return nil, incident.Problemf("bad-for", "Write how long it takes as for:90m or for:2h; %q is neither.", d)
		}
		until = from.Add(length)
	} else if until, err = c.ahead("until"); err != nil {
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
	scheduled := func(id string) incident.MaintenanceScheduled {
		n, _ := incident.ParseMaintenanceRef(id)
		return incident.MaintenanceScheduled{Number: n, Code: incident.Code(c.page.ID, id+"/update", 1), Title: title, Body: c.text, From: from, Until: until, Affects: affects, Shown: c.present().UTC(), Quiet: !notify}
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

// ahead reads a time that lies ahead, with its date, and notes how it was
// understood where that is not plain.
func (c *call) ahead(key string) (time.Time, error) {
	text := strings.TrimSpace(c.vals[key])
	if text == "" {
		return time.Time{}, incident.Problemf("time-missing", `Say when, with the date: %s:"2026-12-01 22:00".`, key)
	}
	r, err := instant.Parse(text, instant.Context{Now: c.present(), Author: c.req.Zone, Page: c.zone, Planned: true})
	if err != nil || r.IsInterval() || !strings.Contains(text, "-") || strings.HasPrefix(text, "-") {
		return time.Time{}, incident.Problemf("bad-time", `Planned times need a date: %s:"2026-12-01 22:00", or RFC 3339. %q has none that can be read.`, key, text)
	}
	for _, n := range r.Notes {
		c.remarks = append(c.remarks, n.Text)
	}
	return r.From.UTC(), nil
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
		s.Lines = append(s.Lines, fmt.Sprintf("%s %s: %s, %s to %s", w.ID, w.Title, strings.ToLower(w.Status.Label()), instant.Stamp(w.From, c.zone), instant.Stamp(w.Until, c.zone)))
	}
	if len(s.Lines) == 0 {
		s.Lines = []string{"Nothing is planned."}
	}
	return bot.Reading{Title: "Planned work", Sections: []bot.Section{s}, Buttons: buttons}
}

// adopt makes the channel where it is said a room of the incident. A follower
// brings the channel's history in, at its original times.
func adopt(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	n, ok := incident.ParseRef(c.vals["target"])
	if c.in != nil {
		n, ok = c.in.Number, true
	}
	if !ok {
		return nil, incident.Problemf("target-missing", "Say of which incident: adopt INC-n.")
	}
	in := r.board.Get(incident.Ref(n))
	if in == nil || !r.Visible(c.req.By, in) {
		return nil, incident.Problemf("no-incident", "There is no %s. See the open ones with: list.", incident.Ref(n))
	}
	if c.req.In.ID == "" {
		return nil, incident.Problemf("no-channel", "This is no channel. Say it in the channel that is to be the room of %s.", in.ID)
	}
	c.in = in
	d, err := r.record(ctx, c, incident.Meta{}, func(*incident.Incident) ([]incident.Event, error) {
		switch other := r.board.ByRoom(c.req.In); {
		case other == nil || other.ID != in.ID && other.Closed(c.req.In):
		case !r.Visible(c.req.By, other):
			return nil, incident.Problemf("is-room", "This channel is the room of an incident already.")
		default:
			return nil, incident.Problemf("is-room", "This channel is the room of %s already.", other.ID)
		}
		return []incident.Event{incident.RoomOpened{Room: c.req.In, Adopted: true}}, nil
	})
	if err != nil {
		return nil, err
	}
	return d.receipt(fmt.Sprintf("%s is a room of %s now%s. What was said here before follows at its own times.", c.req.In.Name, in.ID, d.tag())), nil
}
