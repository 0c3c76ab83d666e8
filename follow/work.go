package follow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"sitrep/store"
)

// A Worker is a follower whose records ask for more than one of them may take:
// Handle notes in the state what is to be done, and Work does it part by part,
// with its state kept after each. Records come in between, and while it fails, so
// that what is new is known before what is old is done.
type Worker interface {
	// Work does a part of what the state says is to be done. It returns the state
	// to keep, also with an error, which is tried again with growing pauses; and
	// when there is more to do: at once for 0, later for a positive time, after
	// the next record for a negative one.
	Work(ctx context.Context, state []byte) (next []byte, again time.Duration, err error)
}

// job is a worker and when it is its turn.
type job struct {
	w     Worker
	ready bool             // now
	wake  <-chan time.Time // then; nil if only a record or a resume can tell
	tries int              // how often it failed in a row
	pause time.Duration
}

// waking is when it is the worker's turn again; never for none.
func (j *job) waking() <-chan time.Time {
	if j == nil {
		return nil
	}
	return j.wake
}

// renew says that a record is about to be handled, which may ask for something.
// It is no reason to try again what fails before its time.
func (r *Runner) renew(j *job) {
	if j != nil && j.tries == 0 {
		j.ready = true
		r.change(func(s *Status) { s.busy = true }) // until it was at work: see Wait
	}
}

// turn lets the worker work, if it is its turn, until there is nothing left or a
// record has come, and returns its state, which is kept.
func (r *Runner) turn(ctx context.Context, j *job, seq uint64, state []byte) ([]byte, error) {
	defer r.change(func(s *Status) { s.busy = false })
	if err := r.unpaused(ctx); err != nil {
		return state, err
	}
	for j.ready {
		next, again, why := r.part(ctx, j.w, state)
		if err := r.done(ctx, seq, state, next); err != nil {
			return next, err
		}
		state = next
		j.ready, j.wake = false, nil
		switch {
		case ctx.Err() != nil:
			return state, ctx.Err()
		case why != nil:
			r.failed(j, why)
			return state, nil
		case again > 0:
			j.wake = time.After(again)
		case again == 0:
			j.ready = true
		}
		if j.tries > 0 {
			j.tries = 0
			r.change((*Status).mended)
		}
		head, err := r.log.Head(ctx, "")
		if err != nil {
			return state, err
		}
		if head.Seq > seq { // what is new first
			return state, nil
		}
	}
	return state, nil
}

// done keeps what a part of the work has changed, also where the follower is
// being stopped.
func (r *Runner) done(ctx context.Context, seq uint64, was, is []byte) error {
	if bytes.Equal(was, is) {
		return nil
	}
	if ctx.Err() != nil {
		return r.log.SetCursor(context.WithoutCancel(ctx), r.f.Name(), seq, is)
	}
	return r.place(ctx, store.Record{Seq: seq}, is, r.log.SetCursor)
}

// failed says that the work fails, and when it is tried again.
func (r *Runner) failed(j *job, why error) {
	j.tries++
	if j.pause *= 2; j.tries == 1 {
		j.pause = r.o.Backoff
	}
	j.pause = min(j.pause, r.o.MaxBackoff)
	pause := j.pause
	var a after
	if errors.As(why, &a) && a.RetryAfter() > 0 {
		pause = a.RetryAfter()
	}
	now := r.log.Now()
	r.slog.Warn("work not done, trying again", "follower", r.f.Name(), "try", j.tries, "after", pause, "error", why)
	r.change(func(s *Status) {
		if s.Failing == "" {
			s.Since = now
		}
		s.Failing, s.Tries, s.Retry, s.At, s.Stream = why.Error(), j.tries, now.Add(pause), 0, ""
	})
	j.wake = time.After(pause)
}

// part is Work, where a panic is an error.
func (r *Runner) part(ctx context.Context, w Worker, state []byte) (next []byte, again time.Duration, err error) {
	defer func() {
		if p := recover(); p != nil {
			r.slog.Error("follower panicked", "follower", r.f.Name(), "panic", p, "stack", string(debug.Stack()))
			next, err = state, fmt.Errorf("panic: %v", p)
		}
	}()
	return w.Work(ctx, state)
}
