package follow

import (
	"context"
	"time"

	"sitrep/store"
)

// hold waits until a record has been kept back for as long as it is to be. The
// clock may have been set back since it was recorded: it never waits longer
// than that from now.
func (r *Runner) hold(ctx context.Context, rec store.Record) error {
	now := r.log.Now()
	left := min(rec.At.Add(r.o.Hold).Sub(now), r.o.Hold)
	if left <= 0 {
		return nil
	}
	r.change(func(s *Status) { s.Held = now.Add(left) })
	defer r.change(func(s *Status) { s.Held = time.Time{} })
	t := time.NewTimer(left)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
