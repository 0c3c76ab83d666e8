package app

import (
	"context"
	"fmt"
	"strings"

	"sitrep/commands"
	"sitrep/follow"
	"sitrep/incident"
	"sitrep/status"
	"sitrep/store"
)

// projection keeps the board, and with it the page, up to date with the log.
type projection struct {
	app    *App
	public *incident.Publication
	dirty  bool // something that the page may show has changed
}

// Name is the name of its cursor and snapshot.
func (p *projection) Name() string { return "board" }

// Handle folds one record into the board.
func (p *projection) Handle(_ context.Context, r store.Record, _ []byte) ([]byte, error) {
	if strings.HasPrefix(r.Stream, localPrefix) { // the local room's own record
		p.app.Board.Pass(r.Seq)
		return nil, nil
	}
	m, ev, err := commands.Decode(r)
	if err != nil {
		p.app.Board.Pass(r.Seq) // it is reported as given up; the log goes on
		return nil, follow.Permanent(fmt.Errorf("record %d: %w", r.Seq, err))
	}
	if e, ok := ev.(incident.Erased); ok {
		if err := p.forget(e); err != nil {
			return nil, err
		}
	}
	p.app.Board.Apply(r.Stream, m, ev)
	switch ev.(type) {
	case incident.UpdatePosted, incident.UpdateEdited, incident.UpdateWithdrawn, incident.PostmortemPublished, incident.PostmortemUnpublished,
		incident.PrivacyChanged, incident.MaintenanceScheduled, incident.MaintenanceMoved, incident.MaintenanceRescheduled, incident.PageConfigured, incident.PublicImported, incident.Erased:
		p.dirty = true
	}
	return nil, nil
}

// forget is what a redaction asks of the board: it holds nothing that was read
// from the erased records, since it is folded anew from the log as it is now.
func (p *projection) forget(incident.Erased) error { return p.app.refold() }

// Restore takes a snapshot over.
func (p *projection) Restore(seq uint64, state []byte) (uint64, error) {
	p.dirty = true
	if !p.app.Board.Restore(state) {
		return 0, nil
	}
	return seq, nil
}

// Snapshot returns the board's state.
func (p *projection) Snapshot() (uint64, []byte, error) { return p.app.Board.Snapshot() }

// CaughtUp gives the page what has changed since.
func (p *projection) CaughtUp(context.Context) {
	if !p.dirty {
		return
	}
	p.dirty = false
	c := status.Content{Page: p.app.Board.Page(), Incidents: p.public.List()}
	for _, i := range c.Incidents {
		if i.Changed.After(c.Updated) {
			c.Updated = i.Changed
		}
	}
	if c.Updated.IsZero() { // nothing ever happened but the page itself
		c.Updated = p.app.Board.PageAt()
	}
	p.app.Site.Set(c)
}

// refold builds the board again from the whole log up to where it is.
func (a *App) refold() error {
	ctx := context.Background()
	fresh := incident.NewBoard()
	through := a.Board.Seq()
	for seq := uint64(0); seq < through; {
		rs, err := a.Log.Read(ctx, "", seq, 256)
		if err != nil {
			return fmt.Errorf("fold the log again: %w", err)
		}
		if len(rs) == 0 {
			break
		}
		for _, r := range rs {
			if r.Seq > through {
				break
			}
			m, ev, err := commands.Decode(r)
			if err != nil || strings.HasPrefix(r.Stream, localPrefix) {
				fresh.Pass(r.Seq)
			} else {
				fresh.Apply(r.Stream, m, ev)
			}
			seq = r.Seq
		}
	}
	_, state, err := fresh.Snapshot()
	if err != nil {
		return err
	}
	a.Board.Restore(state)
	return nil
}
