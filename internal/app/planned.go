package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sitrep/commands"
	"sitrep/incident"
	"sitrep/recurrence"
	"sitrep/store"
)

// nextPlanned is when the clock does something with planned work next; zero is
// never.
func (a *App) nextPlanned() time.Time {
	var next time.Time
	for _, w := range a.Board.Maintenances() {
		if t := w.NextDue(); !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	for _, w := range a.unfollowed() {
		if _, ok := following(w, a.Log.Now()); ok {
			return a.Log.Now()
		}
	}
	return next
}

// plan does what is due of planned work: reminds people, begins it, ends it, and
// announces the next time of what repeats. Several processes may call it at
// once: each step is recorded once, as the work is then.
func (a *App) plan(ctx context.Context) error {
	now := a.Log.Now()
	page := a.Board.Page()
	for _, w := range a.Board.Maintenances() {
		code := func(n int) string { return incident.Code(page.ID, w.ID+"/update", uint64(n)) } //nolint:gosec // counts from 1
		if len(w.Due(now, code)) == 0 {
			continue
		}
		key := fmt.Sprintf("planned/%s/%d/%s/%d", w.ID, w.LastN, w.Status, w.NextDue().UnixMilli())
		rs, err := a.Log.Update(ctx, w.ID, key, func(past store.Past) ([]store.Record, error) {
			now2, err := a.Runner.Planned(w.ID, past)
			if err != nil {
				return nil, err
			}
			return commands.Records(incident.Meta{}, now2.Due(now, code)...)
		})
		if err != nil {
			return fmt.Errorf("record what is due of %s: %w", w.ID, err)
		}
		if err := a.folded(ctx, rs); err != nil {
			return err
		}
	}
	for _, w := range a.unfollowed() {
		if err := a.again(ctx, w, now); err != nil {
			return err
		}
	}
	return nil
}

// folded waits until the board has what was recorded, so that it is not looked
// at as it was before.
func (a *App) folded(ctx context.Context, rs []store.Record) error {
	if len(rs) == 0 {
		return nil
	}
	return a.Board.Await(ctx, rs[len(rs)-1].Seq)
}

// unfollowed lists the last time of each series that is over and may be followed
// by another.
func (a *App) unfollowed() []*incident.Maintenance {
	last := map[string]*incident.Maintenance{}
	for _, w := range a.Board.Maintenances() {
		if s := w.Series(); s != "" && (last[s] == nil || w.Planned.From.After(last[s].Planned.From)) {
			last[s] = w
		}
	}
	var out []*incident.Maintenance
	for _, w := range a.Board.Maintenances() { // in their order
		if last[w.Series()] == w && w.Over() && !w.Last {
			out = append(out, w)
		}
	}
	return out
}

// following is when planned work happens again after one of its times: the first
// that is not over yet. ok is false if its rule has ended.
func following(w *incident.Maintenance, now time.Time) (at time.Time, ok bool) {
	zone, err := time.LoadLocation(w.Planned.Repeats.Zone)
	if err != nil {
		return at, false // it was known where it was written; nobody can count on its clock here
	}
	rule, err := recurrence.Parse(w.Planned.Repeats.Rule, w.Planned.Repeats.Start.In(zone))
	if err != nil {
		return at, false // it was accepted by another version
	}
	after := w.Planned.From
	if ended := now.Add(-w.Planned.Until.Sub(after)); ended.After(after) {
		after = ended
	}
	return rule.Next(after)
}

// again announces the next time of what repeats, under a number of its own. It is
// announced quietly: people are told before it begins.
func (a *App) again(ctx context.Context, w *incident.Maintenance, now time.Time) error {
	at, ok := following(w, now)
	if !ok {
		return nil
	}
	page := a.Board.Page()
	n := 1
	for _, other := range a.Board.Maintenances() {
		n = max(n, other.Number+1)
	}
	ev := w.Planned // what was moved or put into people's hands was so this once
	moved := at.Sub(ev.From)
	ev.From, ev.Until, ev.Shown, ev.Quiet = at.UTC(), ev.Until.Add(moved), now.UTC(), true
	if !ev.Remind.IsZero() {
		ev.Remind = ev.Remind.Add(moved)
	}
	key := fmt.Sprintf("series/%s/%d", w.Series(), at.UnixMilli()) // several processes announce it once
	for ; ; n++ {
		id := incident.MaintenanceRef(n)
		ev.Number, ev.Code = n, incident.Code(page.ID, id+"/update", 1)
		rs, err := a.Log.Update(ctx, id, key, func(past store.Past) ([]store.Record, error) {
			if past.Last() > 0 {
				return nil, errNumberTaken
			}
			return commands.Records(incident.Meta{}, ev)
		})
		if errors.Is(err, errNumberTaken) {
			continue
		}
		if err != nil {
			return fmt.Errorf("announce the next time of %s: %w", w.Series(), err)
		}
		return a.folded(ctx, rs)
	}
}

// errNumberTaken says that planned work of that number is announced already, or
// being written.
var errNumberTaken = errors.New("the number is taken")
