package commands

import (
	"context"
	"fmt"
	"time"

	"sitrep/bot"
	"sitrep/incident"
	"sitrep/store"
)

// done is what a command has come to: what its receipt is made from, whether it
// was just recorded or is asked for again.
type done struct {
	in     *incident.Incident // after it
	events []incident.Event
	first  incident.Meta // of the first event
	last   uint64        // the last record
	entry  int           // the timeline entry that it made; 0 if none
	repeat bool
}

// record decides on an incident, appends once, and returns what came of it. A
// request that was answered before gives what it gave then.
func (r *Runner) record(ctx context.Context, c *call, when incident.Meta, decide func(*incident.Incident) ([]incident.Event, error)) (done, error) {
	return r.recordIn(ctx, c, c.in.ID, when, func(past store.Past) ([]incident.Event, error) {
		in, err := r.Current(c.in.ID, past)
		if err != nil {
			return nil, err
		}
		return decide(in)
	})
}

// Current is an incident as the log has it at the end of its past: the board's,
// brought up to date with what it has not seen yet.
func (r *Runner) Current(id string, past store.Past) (*incident.Incident, error) {
	in := r.board.Get(id)
	if in == nil {
		in = incident.New(id)
	}
	if in.LastN >= past.Last() {
		return in, nil
	}
	rs, err := past.Since(in.LastN)
	if err != nil {
		return nil, err
	}
	in = in.Clone()
	for _, rec := range rs {
		m, ev, err := Decode(rec)
		if err != nil {
			return nil, err
		}
		in.Apply(m, ev)
	}
	return in, nil
}

func (r *Runner) recordIn(ctx context.Context, c *call, stream string, when incident.Meta, decide func(store.Past) ([]incident.Event, error)) (done, error) {
	meta := incident.Meta{By: c.req.By, In: c.req.In, When: when.When, Claimed: when.Claimed}
	if meta.When.IsZero() {
		meta.When = c.req.When
	}
	res, err := r.log.Decide(ctx, stream, c.key(stream), func(past store.Past) ([]store.Record, error) {
		evs, err := decide(past)
		if err != nil {
			return nil, err
		}
		return Records(meta, evs...)
	})
	if err != nil {
		return done{}, err
	}
	d := done{repeat: res.Repeat}
	for i, rec := range res.Records {
		m, ev, err := Decode(rec)
		if err != nil {
			return done{}, err
		}
		if i == 0 {
			d.first = m
		}
		d.events = append(d.events, ev)
		d.last = rec.Seq
		stream = rec.Stream
	}
	if err := r.board.Await(ctx, d.last); err != nil {
		return done{}, fmt.Errorf("recorded as %d, but the board did not follow: %w", d.last, err)
	}
	d.in = r.board.Get(stream)
	for _, rec := range res.Records {
		if n := r.board.Entry(rec.Stream, rec.Seq); n > 0 && d.entry == 0 {
			d.entry = n
		}
	}
	return d, nil
}

// key is the idempotency key of what the command records on stream. Confirming
// a preview has the preview's own, so that it is published once, whoever
// presses and however often.
func (c *call) key(stream string) string {
	if c.preview > 0 {
		return fmt.Sprintf("%s/preview/%d/published", stream, c.preview)
	}
	return c.req.Key
}

// Records returns events as records that can be appended.
func Records(m incident.Meta, evs ...incident.Event) ([]store.Record, error) {
	out := make([]store.Record, 0, len(evs))
	for _, ev := range evs {
		data, err := incident.Encode(m, ev)
		if err != nil {
			return nil, err
		}
		out = append(out, store.Record{Actor: m.By.ID, Kind: ev.Kind(), Data: data})
	}
	return out, nil
}

// Decode reads the event that a record keeps.
func Decode(rec store.Record) (incident.Meta, incident.Event, error) {
	return incident.Decode(incident.Header{
		Seq: rec.Seq, N: rec.N, Recorded: rec.At, Kind: rec.Kind, Imported: rec.Imported, Redacted: rec.Redacted,
	}, rec.Data)
}

// receipt starts the answer to what was done.
func (d done) receipt(text string) bot.Receipt {
	rc := bot.Receipt{Text: text, Seq: d.last, Repeat: d.repeat}
	if d.in != nil {
		rc.Incident = d.in.ID
	}
	return rc
}

// told reports whether customers read something of it.
func (d done) told() bool {
	for _, ev := range d.events {
		if _, ok := ev.(incident.UpdatePosted); ok {
			return true
		}
	}
	return false
}

// tag names the entry that was made: " (T12)".
func (d done) tag() string {
	if d.entry == 0 {
		return ""
	}
	return fmt.Sprintf(" (T%d)", d.entry)
}

// at is the meta of something that happened at a stated instant.
func at(t time.Time) incident.Meta {
	if t.IsZero() {
		return incident.Meta{}
	}
	return incident.Meta{When: t, Claimed: true}
}
