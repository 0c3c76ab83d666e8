// Package follow runs followers: named cursors over the log, each at its own
// pace. Everything that leaves the process is one, and so is everything that
// is computed from the log and kept.
//
// # Invariants
//
// A follower sees every record once in order, and again after a crash if its
// cursor was not saved yet: what it does must bear being done twice. Its
// cursor and its state are saved together, at once where it has effects that
// would show twice, else with the next commit. A failing follower stops nobody but itself: it tries
// the same record again with growing pauses, and passes it only when trying
// again is useless ([Permanent]), and then says so in its log and its [Status].
// A panic in Handle is a permanent error; elsewhere it ends the follower.
//
// What tells customers can be held: each record for so long after it was
// recorded, which keeps their order and adds up to no more.
//
// With no cursor yet, a follower with effects starts at the head of the log, so
// that a new destination is not told of old incidents; a projection starts at
// the first record. Records of an import are passed by followers with effects.
//
// # Concurrency
//
// A follower's methods are called by one goroutine, that of [Runner.Run].
// Status, Wait, Pause and Resume may be called from any.
package follow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"sitrep/store"
)

// A Follower handles records one by one.
type Follower interface {
	// Name is the name of its cursor: stable, since its place in the log is kept
	// under it.
	Name() string
	// Handle does what the record asks for and returns the state to keep. An
	// error is tried again later, unless it is Permanent.
	Handle(ctx context.Context, r store.Record, state []byte) ([]byte, error)
}

// A Chooser is a follower that wants some kinds of records only. The others
// are passed without being handled.
type Chooser interface {
	// Wants reports whether records of this kind are to be handled.
	Wants(kind string) bool
}

// A Projection is a follower that keeps its state itself and can be asked for
// it, because to return it for every record would be too much.
type Projection interface {
	// Restore takes a saved state over, which is the state after record seq. It
	// returns the record to go on after: seq, or 0 if the state is of no use.
	Restore(seq uint64, state []byte) (uint64, error)
	// Snapshot returns the state and the record it is the state after.
	Snapshot() (seq uint64, state []byte, err error)
	// CaughtUp is called whenever the end of the log is reached.
	CaughtUp(ctx context.Context)
}

// Options are the optional parts of a Runner. Nil and the zero value give a
// follower with effects.
type Options struct {
	Projection bool          // it has no effects: it starts at the first record and sees imports
	Repeatable bool          // doing a record twice shows nothing twice: its place is kept with the next commit
	Backoff    time.Duration // the first pause after an error; 1 s if zero, doubling to MaxBackoff
	MaxBackoff time.Duration // 1 min if zero
	SaveEvery  uint64        // a Projection's snapshot is saved after so many records; 20,000 if zero
	Paused     bool          // it does nothing until Resume
	// Hold keeps every record back for so long after it was recorded, so that
	// somebody can take back what it says before the follower tells anybody. A
	// stop in between does not begin it anew.
	Hold time.Duration
	// GaveUp is told of every record that the follower gave up on, and why. An
	// error is tried again like the follower's own: a record is passed only when
	// somebody has been told. Nil tells the log only.
	GaveUp func(ctx context.Context, r store.Record, why error) error
	Log    *slog.Logger
}

// A Status says where a follower is.
type Status struct {
	Name    string
	Seq     uint64    // the last record that it is done with
	Failing string    // why it is not going on; "" if it is
	Since   time.Time // since when it is failing
	Tries   int       // how often it tried the record; 0 if it has ended
	Retry   time.Time // when it tries again; zero if it has ended
	At      uint64    // the record that it fails on
	Stream  string    // that record's stream
	Paused  bool
	Held    time.Time // until when it keeps a record back; zero if it does not
	Passed  []Passed  // what it gave up on since it was started, the last ones

	busy bool // a Worker is at work
}

// mended says that the follower is not failing any more.
func (s *Status) mended() {
	s.Failing, s.Since, s.Tries, s.Retry, s.At, s.Stream = "", time.Time{}, 0, time.Time{}, 0, ""
}

// Passed is a record that a follower gave up on.
type Passed struct {
	Seq  uint64
	Why  string
	When time.Time
}

// keptPassed is how many given-up records a Status names.
const keptPassed = 20

// passedAtOnce is how many records that it does not want a follower passes by
// before its place is kept. So many are read again at a start, in milliseconds.
const passedAtOnce = 1024

// pageSize is how many records are read at once.
const pageSize = 256

// Permanent marks an error that trying again cannot mend.
func Permanent(err error) error { return &permanent{err} }

type permanent struct{ err error }

func (p *permanent) Error() string { return p.err.Error() }
func (p *permanent) Unwrap() error { return p.err }

// after is implemented by errors that know when trying again makes sense.
type after interface{ RetryAfter() time.Duration }

// A Runner runs one follower.
type Runner struct {
	log  *store.Log
	f    Follower
	o    Options
	slog *slog.Logger

	passed uint64 // records that were not wanted; Run's own

	mu      sync.Mutex
	status  Status
	moved   chan struct{} // closed when status.Seq or status.Failing changes
	resumed chan struct{}
	ready   chan struct{} // closed when it knows where it goes on, or cannot
}

// New returns a runner of f over l.
func New(l *store.Log, f Follower, o *Options) *Runner {
	r := &Runner{log: l, f: f, moved: make(chan struct{}), resumed: make(chan struct{}), ready: make(chan struct{})}
	if o != nil {
		r.o = *o
	}
	if r.o.Backoff == 0 {
		r.o.Backoff = time.Second
	}
	if r.o.MaxBackoff == 0 {
		r.o.MaxBackoff = time.Minute
	}
	if r.o.SaveEvery == 0 {
		r.o.SaveEvery = 20_000
	}
	r.slog = r.o.Log
	if r.slog == nil {
		r.slog = slog.New(slog.DiscardHandler)
	}
	r.status.Name, r.status.Paused = f.Name(), r.o.Paused
	return r
}

// Status returns where the follower is now.
func (r *Runner) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.status
	s.Passed = append([]Passed(nil), s.Passed...)
	return s
}

// Pause stops the follower before its next record, until Resume.
func (r *Runner) Pause() { r.change(func(s *Status) { s.Paused = true }) }

// Resume lets a paused follower go on, and a failing one try again at once.
func (r *Runner) Resume() {
	r.mu.Lock()
	r.status.Paused = false
	close(r.resumed)
	r.resumed = make(chan struct{})
	r.mu.Unlock()
}

// Ready returns when Run knows where the follower goes on, or ctx is done: from
// then on it misses nothing.
func (r *Runner) Ready(ctx context.Context) {
	select {
	case <-r.ready:
	case <-ctx.Done():
	}
}

// Wait returns when the follower is done with record seq, or is failing, or
// keeps a record back, or is paused, or ctx is done. Only the last is an error.
func (r *Runner) Wait(ctx context.Context, seq uint64) error {
	for {
		r.mu.Lock()
		there, moved := r.status.Seq >= seq && !r.status.busy || r.status.Failing != "" || !r.status.Held.IsZero() || r.status.Paused, r.moved
		r.mu.Unlock()
		if there {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Run follows the log until ctx is done, and then returns nil. An error means
// that the log itself cannot be read or the cursor not be kept; it is in the
// Status too. Run is called once.
func (r *Runner) Run(ctx context.Context) error {
	err := r.guarded(ctx)
	if err != nil {
		r.change(func(s *Status) {
			s.Failing, s.Since, s.Tries, s.Retry, s.At, s.Stream = err.Error(), r.log.Now(), 0, time.Time{}, 0, ""
		})
	}
	return err
}

// guarded is run, where a panic outside of Handle (in a projection's own
// methods) is an error.
func (r *Runner) guarded(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			r.slog.Error("follower panicked", "follower", r.f.Name(), "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("follower %s panicked: %v", r.f.Name(), p)
		}
	}()
	return r.run(ctx)
}

func (r *Runner) run(ctx context.Context) error {
	seq, state, err := func() (uint64, []byte, error) {
		defer close(r.ready)
		return r.start(ctx)
	}()
	if err != nil {
		return fmt.Errorf("start follower %s: %w", r.f.Name(), err)
	}
	projection, _ := r.f.(Projection)
	var j *job
	if w, ok := r.f.(Worker); ok {
		j = &job{w: w, ready: true}
	}
	saved := seq
	defer func() {
		if projection == nil {
			return
		}
		if err := r.snapshot(context.WithoutCancel(ctx), projection); err != nil {
			r.slog.Error("snapshot not saved; the next start folds the log from further back", "follower", r.f.Name(), "error", err)
		}
	}()
	for {
		changed := r.log.Changed() // before reading, so that no commit is missed
		rs, err := r.log.Read(ctx, "", seq, pageSize)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("follower %s reads after %d: %w", r.f.Name(), seq, err)
		}
		for _, rec := range rs {
			r.renew(j)
			if state, err = r.one(ctx, rec, state); err != nil {
				if ctx.Err() != nil {
					return nil
				}
				return err
			}
			seq = rec.Seq
		}
		if projection != nil && seq-saved >= r.o.SaveEvery {
			if err := r.snapshot(ctx, projection); err != nil { // the last one stands; this one is tried again later
				r.slog.Warn("snapshot not saved yet", "follower", r.f.Name(), "seq", seq, "error", err)
			}
			saved = seq
		}
		if len(rs) > 0 {
			continue
		}
		if projection != nil {
			projection.CaughtUp(ctx)
			r.change(func(s *Status) { s.Seq = seq })
		}
		resumed := r.again()
		if j != nil {
			if state, err = r.turn(ctx, j, seq, state); err != nil {
				if ctx.Err() != nil {
					return nil
				}
				return err
			}
			if j.ready {
				continue
			}
		}
		select {
		case <-changed:
		case <-j.waking():
			j.ready = true
		case <-resumed:
			if j != nil {
				j.ready = true
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// again returns a channel that is closed when somebody resumes the follower.
func (r *Runner) again() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.resumed
}

// start finds where the follower goes on.
func (r *Runner) start(ctx context.Context) (seq uint64, state []byte, err error) {
	seq, state, err = r.log.Cursor(ctx, r.f.Name())
	if err != nil {
		return 0, nil, err
	}
	switch p, ok := r.f.(Projection); {
	case ok:
		if seq, err = p.Restore(seq, state); err != nil {
			return 0, nil, err
		}
		state = nil
	case seq == 0 && !r.o.Projection:
		if seq, err = r.head(ctx); err != nil {
			return 0, nil, err
		}
	}
	if _, ok := r.f.(Projection); !ok { // a projection is there once it has caught up: see run
		r.change(func(s *Status) { s.Seq = seq })
	}
	return seq, state, nil
}

// head is where a follower with effects starts that has no cursor yet. It is
// kept at once, even at the beginning of an empty log: else a restart before
// the first record is done would start after it.
func (r *Runner) head(ctx context.Context) (uint64, error) {
	kept, err := r.log.Cursors(ctx)
	switch {
	case errors.Is(err, errors.ErrUnsupported): // nobody can tell: then it is new
	case err != nil:
		return 0, err
	case slices.Contains(kept, r.f.Name()):
		return 0, nil
	}
	head, err := r.log.Head(ctx, "")
	if err != nil {
		return 0, err
	}
	return head.Seq, r.log.SetCursor(ctx, r.f.Name(), head.Seq, nil)
}

// one brings the follower past one record.
func (r *Runner) one(ctx context.Context, rec store.Record, state []byte) ([]byte, error) {
	_, projection := r.f.(Projection)
	keep := r.log.SetCursor
	if r.o.Projection || r.o.Repeatable {
		keep = r.log.DeferCursor
	}
	if c, ok := r.f.(Chooser); ok && !c.Wants(rec.Kind) || rec.Imported && !r.o.Projection && !projection {
		// It did nothing that would show twice, so its place is kept now and then
		// only: with every message that it passes by, its state would be written
		// again.
		if r.passed++; r.passed%passedAtOnce != 0 {
			if projection {
				return nil, nil
			}
			r.change(func(s *Status) { s.Seq = rec.Seq })
			return state, nil
		}
		keep = r.log.DeferCursor
	} else {
		next, err := r.handle(ctx, rec, state)
		if err != nil {
			return nil, err
		}
		state = next
	}
	if projection {
		return nil, nil // its snapshot is the cursor; "done" is said when it has caught up
	}
	if err := r.place(ctx, rec, state, keep); err != nil {
		return nil, err
	}
	r.change(func(s *Status) { s.Seq = rec.Seq })
	return state, nil
}

// place keeps the follower's place, trying until it can: a disk that is full has
// room again some time, and the follower must be there then.
func (r *Runner) place(ctx context.Context, rec store.Record, state []byte, keep func(context.Context, string, uint64, []byte) error) error {
	pause := r.o.Backoff
	for try := 1; ; try++ {
		err := keep(ctx, r.f.Name(), rec.Seq, state)
		switch {
		case err == nil:
			if try > 1 {
				r.change((*Status).mended)
			}
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, store.ErrClosed), errors.Is(err, store.ErrInvalid):
			return fmt.Errorf("follower %s keeps its place at %d: %w", r.f.Name(), rec.Seq, err)
		}
		if err := r.rest(ctx, rec, try, pause, fmt.Errorf("keep the place: %w", err)); err != nil {
			return err
		}
		pause = min(2*pause, r.o.MaxBackoff)
	}
}

// handle tries a record until it is done, given up, or ctx is done.
func (r *Runner) handle(ctx context.Context, rec store.Record, state []byte) ([]byte, error) {
	if err := r.hold(ctx, rec); err != nil {
		return nil, err
	}
	pause := r.o.Backoff
	for try := 1; ; try++ {
		if err := r.unpaused(ctx); err != nil {
			return nil, err
		}
		next, err := r.try(ctx, rec, state)
		if err == nil {
			if try > 1 {
				r.change((*Status).mended)
			}
			return next, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var p *permanent
		given := errors.As(err, &p)
		if given && r.o.GaveUp != nil {
			if told := r.o.GaveUp(ctx, rec, err); told != nil {
				err, given = fmt.Errorf("%w; and that could not be kept: %w", err, told), false
			}
		}
		if given {
			r.slog.Error("record given up", "follower", r.f.Name(), "seq", rec.Seq, "kind", rec.Kind, "error", err)
			r.change(func(s *Status) {
				s.mended()
				s.Passed = append(s.Passed, Passed{Seq: rec.Seq, Why: err.Error(), When: r.log.Now()})
				if len(s.Passed) > keptPassed {
					s.Passed = s.Passed[len(s.Passed)-keptPassed:]
				}
			})
			return state, nil
		}
		if err := r.rest(ctx, rec, try, pause, err); err != nil {
			return nil, err
		}
		pause = min(2*pause, r.o.MaxBackoff)
	}
}

// rest says that a try has failed, and waits for the next: as long as the error
// asks for, or pause, or until somebody resumes the follower.
func (r *Runner) rest(ctx context.Context, rec store.Record, try int, pause time.Duration, why error) error {
	var a after
	if errors.As(why, &a) && a.RetryAfter() > 0 {
		pause = a.RetryAfter()
	}
	now := r.log.Now()
	r.slog.Warn("record not delivered, trying again", "follower", r.f.Name(), "seq", rec.Seq, "kind", rec.Kind, "try", try, "after", pause, "error", why)
	var resumed chan struct{}
	r.change(func(s *Status) {
		if s.Failing == "" {
			s.Since = now
		}
		s.Failing, s.Tries, s.At, s.Stream, s.Retry = why.Error(), try, rec.Seq, rec.Stream, now.Add(pause)
		resumed = r.resumed // whoever sees it fail can resume it
	})
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-t.C:
	case <-resumed:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// try handles a record once; a panic is a permanent error.
func (r *Runner) try(ctx context.Context, rec store.Record, state []byte) (next []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			r.slog.Error("follower panicked", "follower", r.f.Name(), "seq", rec.Seq, "panic", p, "stack", string(debug.Stack()))
			err = Permanent(fmt.Errorf("panic: %v", p))
		}
	}()
	return r.f.Handle(ctx, rec, state)
}

func (r *Runner) unpaused(ctx context.Context) error {
	for {
		r.mu.Lock()
		paused, resumed := r.status.Paused, r.resumed
		r.mu.Unlock()
		if !paused {
			return nil
		}
		select {
		case <-resumed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (r *Runner) snapshot(ctx context.Context, p Projection) error {
	seq, state, err := p.Snapshot()
	if err != nil {
		return fmt.Errorf("follower %s: %w", r.f.Name(), err)
	}
	if err := r.log.SetCursor(ctx, r.f.Name(), seq, state); err != nil {
		return fmt.Errorf("follower %s keeps its snapshot of %d: %w", r.f.Name(), seq, err)
	}
	return nil
}

func (r *Runner) change(f func(*Status)) {
	r.mu.Lock()
	f(&r.status)
	close(r.moved)
	r.moved = make(chan struct{})
	r.mu.Unlock()
}
