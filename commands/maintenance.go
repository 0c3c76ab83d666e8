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
	switch c.sub {
	case "schedule":
		return schedule(ctx, r, c)
	case "", "list":
		return r.planned(c), nil
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
	quiet, err := c.answer("notify", true)
	if err != nil {
		return nil, err
	}
	d, err := r.recordIn(ctx, c, id, incident.Meta{}, func(past store.Past) ([]incident.Event, error) {
		now := r.maintenance(id)
		if past.Last() != now.LastN { // decided elsewhere meanwhile
			return nil, incident.Problemf("busy", "%s was changed at the same moment. Look at it and try again.", id)
		}
		return now.Move(to, c.text, c.present().UTC(), !quiet, incident.Code(c.page.ID, id+"/update", past.Last()+1))
	})
	if err != nil {
		return nil, err
	}
	rc := d.receipt(fmt.Sprintf("%s is %s, and customers see it.", id, strings.ToLower(to.Label())))
	rc.Public, rc.Incident = true, ""
	return rc, nil
}

func (r *Runner) maintenance(id string) *incident.Maintenance {
	for _, w := range r.board.Maintenances() {
		if w.ID == id {
			return w
		}
	}
	return nil
}

func schedule(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	title := strings.TrimSpace(c.vals["title"])
	if title == "" || c.text == "" {
		if c.req.Interactive {
			return *r.form(c), nil
		}
		return nil, incident.Problemf("words-missing", `Say what customers read: maintenance schedule from:"2026-12-01 22:00" for:90m title:"…" <text>.`)
	}
	from, err := c.planned("from")
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
	} else if until, err = c.planned("until"); err != nil {
		return nil, err
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
	taken := errors.New("the number is taken")
	n := 1
	for _, w := range r.board.Maintenances() {
		n = max(n, w.Number+1)
	}
	for ; ; n++ {
		id := incident.MaintenanceRef(n)
		ev := incident.MaintenanceScheduled{Number: n, Code: incident.Code(c.page.ID, id+"/update", 1), Title: title, Body: c.text, From: from, Until: until, Affects: affects, Shown: c.present().UTC(), Quiet: !notify}
		d, err := r.recordIn(ctx, c, id, incident.Meta{}, func(past store.Past) ([]incident.Event, error) {
			if past.Last() > 0 {
				return nil, taken
			}
			return []incident.Event{ev}, nil
		})
		if errors.Is(err, taken) {
			continue
		}
		if err != nil {
			return nil, err
		}
		rc := d.receipt(fmt.Sprintf("%s is announced on the page: %s, %s to %s.", id, title, instant.Stamp(from, c.zone), instant.Stamp(until, c.zone)))
		rc.Public, rc.Incident = true, ""
		return rc, nil
	}
}

// planned reads a time that lies ahead: a date and a clock time, or RFC 3339.
func (c *call) planned(key string) (time.Time, error) {
	text := strings.TrimSpace(c.vals[key])
	if text == "" {
		return time.Time{}, incident.Problemf("time-missing", `Say when, with the date: %s:"2026-12-01 22:00".`, key)
	}
	zone := c.zone
	if c.req.Zone != nil {
		zone = c.req.Zone
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UTC(), nil
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04"} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, incident.Problemf("bad-time", `Planned times need a date: %s:"2026-12-01 22:00", or RFC 3339. %q is neither.`, key, text)
}

func (r *Runner) planned(c *call) bot.Message {
	s := bot.Section{}
	for _, w := range r.board.Maintenances() {
		s.Lines = append(s.Lines, fmt.Sprintf("%s %s: %s, %s to %s", w.ID, w.Title, strings.ToLower(w.Status.Label()), instant.Stamp(w.From, c.zone), instant.Stamp(w.Until, c.zone)))
	}
	if len(s.Lines) == 0 {
		s.Lines = []string{"Nothing is planned."}
	}
	return bot.Reading{Title: "Planned work", Sections: []bot.Section{s}}
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
	if other := r.board.ByRoom(c.req.In); other != nil {
		return nil, incident.Problemf("is-room", "This channel is the room of %s already.", other.ID)
	}
	c.in = in
	d, err := r.record(ctx, c, incident.Meta{}, func(*incident.Incident) ([]incident.Event, error) {
		return []incident.Event{incident.RoomOpened{Room: c.req.In, Adopted: true}}, nil
	})
	if err != nil {
		return nil, err
	}
	return d.receipt(fmt.Sprintf("%s is a room of %s now%s. What was said here before follows at its own times.", c.req.In.Name, in.ID, d.tag())), nil
}
