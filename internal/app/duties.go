package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sitrep/commands"
	"sitrep/follow"
	"sitrep/incident"
	"sitrep/store"
)

// duties says by when the postmortem of a resolved incident is due, as its
// severity asks, and wakes whoever reminds people of it.
type duties struct{ app *App }

func (d *duties) Name() string { return "duties" }

func (d *duties) Wants(kind string) bool {
	switch kind {
	case incident.StateChanged{}.Kind(), incident.SeverityChanged{}.Kind(), incident.Reopened{}.Kind(), incident.PostmortemDue{}.Kind(),
		incident.MaintenanceScheduled{}.Kind(), incident.MaintenanceMoved{}.Kind(), incident.MaintenanceRescheduled{}.Kind(), incident.PublicImported{}.Kind(),
		incident.PostmortemReturned{}.Kind(), incident.PostmortemReviewAsked{}.Kind(), incident.PostmortemUnpublished{}.Kind(), incident.PostmortemReopened{}.Kind():
		return true
	}
	return false
}

func (d *duties) Handle(ctx context.Context, r store.Record, state []byte) ([]byte, error) {
	if err := d.app.Board.Await(ctx, r.Seq); err != nil { // whoever is woken looks at the board
		return state, err
	}
	d.app.wake()
	if r.Kind != (incident.StateChanged{}).Kind() && r.Kind != (incident.SeverityChanged{}).Kind() {
		return state, nil
	}
	in := d.app.Board.Get(r.Stream)
	if in == nil || in.LastN < r.N {
		return state, nil
	}
	key := fmt.Sprintf("%s/%d/%s", d.Name(), r.Seq, incident.PostmortemDue{}.Kind())
	return state, d.app.decideAlone(ctx, r.Stream, key, func(in *incident.Incident) []incident.Event {
		return in.DuePostmortem(in.Severity, d.app.dueAfter(in.Severity))
	})
}

// dueAfter is how long after the resolve the postmortem of a severity is due; 0
// if it has no date.
func (a *App) dueAfter(severity string) time.Duration {
	for _, s := range a.cfg.Severities {
		if s.Name == severity {
			return s.Due
		}
	}
	return 0
}

// decideAlone appends what is decided on an incident as it is now, by nobody in
// particular. No event is nothing to append.
func (a *App) decideAlone(ctx context.Context, stream, key string, decide func(*incident.Incident) []incident.Event) error {
	_, err := a.Log.Update(ctx, stream, key, func(past store.Past) ([]store.Record, error) {
		in, err := a.Runner.Current(stream, past)
		if err != nil {
			return nil, err
		}
		return commands.Records(incident.Meta{}, decide(in)...)
	})
	if err != nil {
		return fmt.Errorf("record what is due of %s: %w", stream, err)
	}
	return nil
}

// wake makes whoever reminds people look again at what is due next.
func (a *App) wake() {
	select {
	case a.woken <- struct{}{}:
	default: // it is about to look anyway
	}
}

// NextReminder is when the clock has something to do next, now at the earliest:
// to remind somebody, to begin or end planned work. Zero is never.
func (a *App) NextReminder() time.Time {
	var next time.Time
	for _, in := range a.Board.All() {
		if t := in.NextReminder(); !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	if t := a.nextPlanned(); !t.IsZero() && (next.IsZero() || t.Before(next)) {
		next = t
	}
	if now := a.Log.Now(); !next.IsZero() && next.Before(now) {
		next = now // it is late
	}
	return next
}

// Remind records every reminder that is due by now, and what the clock does with
// planned work; people are told by their followers. Of several that were missed only the last is said. It may be
// called by several processes at once: each reminder is recorded once.
func (a *App) Remind(ctx context.Context) error {
	now := a.Log.Now()
	for _, in := range a.Board.All() {
		evs := in.Remind(now)
		if len(evs) == 0 {
			continue
		}
		e := evs[0].(incident.PostmortemReminded) //nolint:forcetypeassert // Remind gives nothing else
		key := fmt.Sprintf("reminder/%s/%d/%d", in.ID, e.Due.UnixMilli(), e.At.UnixMilli())
		if err := a.decideAlone(ctx, in.ID, key, func(in *incident.Incident) []incident.Event { return in.Remind(now) }); err != nil {
			return err
		}
	}
	return a.plan(ctx)
}

// longestNap is how long the one who reminds sleeps at most: a clock that is set
// forward must not keep a reminder for long.
const longestNap = time.Hour

// remind reminds people whenever something is due, until ctx is done. What
// cannot be recorded is tried again a minute later.
func (a *App) remind(ctx context.Context) {
	for {
		nap := longestNap
		if a.Older() != "" {
			nap = time.Minute // nobody is told anything before somebody has looked: see Resume
		} else if err := errors.Join(a.Remind(ctx), a.RetireRooms(ctx)); err != nil && ctx.Err() == nil {
			a.slog.Warn("a reminder could not be recorded; it is tried again in a minute", "error", err)
			nap = time.Minute
		} else if next := earlier(a.NextReminder(), a.nextRetired()); !next.IsZero() {
			nap = min(max(next.Sub(a.Log.Now()), time.Second), longestNap)
		}
		t := time.NewTimer(nap)
		select {
		case <-t.C:
		case <-a.woken:
			t.Stop()
		case <-ctx.Done():
			t.Stop()
			return
		}
	}
}

var _ follow.Chooser = (*duties)(nil)
