package follow_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sitrep/follow"
	"sitrep/store"
	"sitrep/store/memory"
)

// A witness is a follower that notes what it sees, and fails as it is told.
type witness struct {
	saw   []string                                  // "record@elapsed state"
	fail  func(try int, r store.Record) error       // nil for no failures
	also  func(ctx context.Context, r store.Record) // what else it does
	tries map[uint64]int
	began time.Time
}

func (w *witness) Name() string { return "witness" }

func (w *witness) Handle(ctx context.Context, r store.Record, state []byte) ([]byte, error) {
	if w.tries == nil {
		w.tries = map[uint64]int{}
	}
	w.tries[r.Seq]++
	w.saw = append(w.saw, fmt.Sprintf("%d@%s %s", r.Seq, time.Since(w.began), state))
	if w.also != nil {
		w.also(ctx, r)
	}
	if w.fail != nil {
		if err := w.fail(w.tries[r.Seq], r); err != nil {
			return []byte("lost"), err
		}
	}
	return fmt.Appendf(nil, "s%d", r.Seq), nil
}

// A picky witness is a Chooser too.
type picky struct{ witness }

func (p *picky) Wants(kind string) bool { return kind != "dull" }

// A retry is an error that says when to come back.
type retry time.Duration

func (r retry) Error() string             { return "not now" }
func (r retry) RetryAfter() time.Duration { return time.Duration(r) }

var errAway = errors.New("it is away")

// A scene is a log in memory and a runner over it.
type scene struct {
	*testing.T
	log    *store.Log
	runner *follow.Runner
	cancel context.CancelFunc
	ended  chan error
}

func newScene(t *testing.T) *scene {
	l := store.New(memory.New(), nil)
	return &scene{T: t, log: l}
}

func (s *scene) append(kinds ...string) {
	s.Helper()
	for _, kind := range kinds {
		_, imported := strings.CutPrefix(kind, "imported ")
		if _, err := s.log.Append(s.Context(), "INC-1", "", store.Record{Kind: kind, Data: []byte("{}"), Imported: imported}); err != nil {
			s.Fatal(err)
		}
	}
}

// start runs a follower and lets it come to rest.
func (s *scene) start(f follow.Follower, o *follow.Options) {
	s.Helper()
	if w, ok := f.(*witness); ok {
		w.began = time.Now()
	}
	if p, ok := f.(*picky); ok {
		p.began = time.Now()
	}
	ctx, cancel := context.WithCancel(s.Context())
	s.runner, s.cancel, s.ended = follow.New(s.log, f, o), cancel, make(chan error, 1)
	go func() { s.ended <- s.runner.Run(ctx) }()
	s.runner.Ready(ctx)
	synctest.Wait()
}

// stop ends the runner, which must not call that an error.
func (s *scene) stop() {
	s.Helper()
	s.cancel()
	if err := <-s.ended; err != nil {
		s.Errorf("ended with %v", err)
	}
}

// cursor is what is kept of the follower.
func (s *scene) cursor(name string) string {
	s.Helper()
	seq, state, err := s.log.Cursor(s.Context(), name)
	if err != nil {
		s.Fatal(err)
	}
	return fmt.Sprintf("%d %s", seq, state)
}

// play runs a test in a bubble in which time is free.
func play(t *testing.T, name string, test func(s *scene)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newScene(t)
			test(s)
			if s.cancel != nil {
				s.cancel()
			}
			synctest.Wait()
			if err := s.log.Close(); err != nil && !errors.Is(err, store.ErrClosed) {
				t.Error(err)
			}
		})
	})
}

func (s *scene) want(got, want []string) {
	s.Helper()
	if !slices.Equal(got, want) {
		s.Errorf("saw\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		name   string
		fail   func(try int, r store.Record) error
		saw    []string
		cursor string
		passed []string // "seq why"
	}{
		{"none", nil, []string{"1@0s ", "2@0s s1"}, "2 s2", nil},
		{"temporary: the pauses double up to their limit", func(try int, r store.Record) error {
			if r.Seq == 1 && try < 7 {
				return errAway
			}
			return nil
		}, []string{"1@0s ", "1@1s ", "1@3s ", "1@7s ", "1@15s ", "1@25s ", "1@35s ", "2@35s s1"}, "2 s2", nil},
		{"the pauses begin anew with the next record", func(try int, r store.Record) error {
			if try < 3 {
				return errAway
			}
			return nil
		}, []string{"1@0s ", "1@1s ", "1@3s ", "2@3s s1", "2@4s s1", "2@6s s1"}, "2 s2", nil},
		{"asked to come back later", func(try int, r store.Record) error {
			if r.Seq == 1 && try < 3 {
				return fmt.Errorf("wrapped: %w", retry(90*time.Second))
			}
			return nil
		}, []string{"1@0s ", "1@1m30s ", "1@3m0s ", "2@3m0s s1"}, "2 s2", nil},
		{"asked to come back, but not when", func(try int, r store.Record) error {
			if r.Seq == 1 && try < 2 {
				return retry(0)
			}
			return nil
		}, []string{"1@0s ", "1@1s ", "2@1s s1"}, "2 s2", nil},
		{"permanent: passed, with the state from before", func(_ int, r store.Record) error {
			if r.Seq == 1 {
				return fmt.Errorf("wrapped: %w", follow.Permanent(errAway))
			}
			return nil
		}, []string{"1@0s ", "2@0s "}, "2 s2", []string{"1 wrapped: it is away"}},
		{"temporary, then permanent", func(try int, r store.Record) error {
			switch {
			case r.Seq == 2:
				return nil
			case try == 1:
				return errAway
			}
			return follow.Permanent(errAway)
		}, []string{"1@0s ", "1@1s ", "2@1s "}, "2 s2", []string{"1 it is away"}},
		{"a panic is permanent", func(_ int, r store.Record) error {
			if r.Seq == 2 {
				panic("oh")
			}
			return nil
		}, []string{"1@0s ", "2@0s s1"}, "2 s1", []string{"2 panic: oh"}},
	} {
		play(t, tt.name, func(s *scene) {
			w := &witness{fail: tt.fail}
			s.start(w, &follow.Options{MaxBackoff: 10 * time.Second})
			s.append("a", "b")
			if err := s.runner.Wait(s.Context(), 2); err != nil {
				s.Fatal(err)
			}
			time.Sleep(time.Hour) // free in a bubble: longer than all pauses together
			synctest.Wait()
			s.want(w.saw, tt.saw)
			if got := s.cursor("witness"); got != tt.cursor {
				s.Errorf("the cursor is %q, want %q", got, tt.cursor)
			}
			st := s.runner.Status()
			var passed []string
			for _, p := range st.Passed {
				passed = append(passed, fmt.Sprintf("%d %s", p.Seq, p.Why))
			}
			s.want(passed, tt.passed)
			st.Passed = nil
			if want := (follow.Status{Name: "witness", Seq: 2}); fmt.Sprint(st) != fmt.Sprint(want) {
				s.Errorf("status %+v, want %+v", st, want)
			}
		})
	}
}

func TestStatusWhileFailing(t *testing.T) {
	play(t, "", func(s *scene) {
		away := true
		w := &witness{fail: func(int, store.Record) error {
			if away {
				return errAway
			}
			return nil
		}}
		s.start(w, nil)
		s.append("a")
		began := time.Now()
		time.Sleep(5 * time.Second) // tried at 0, 1 and 3 s
		synctest.Wait()
		st := s.runner.Status()
		if st.Failing != "it is away" || st.Tries != 3 || st.At != 1 || st.Seq != 0 || !st.Since.Equal(began) || !st.Retry.Equal(began.Add(7*time.Second)) {
			s.Errorf("status %+v", st)
		}
		if err := s.runner.Wait(s.Context(), 1); err != nil {
			s.Error(err) // a failing follower is not waited for
		}
		away = false
		s.runner.Resume() // tries again at once
		synctest.Wait()
		if got := time.Since(began); got != 5*time.Second {
			s.Errorf("resumed after %s", got)
		}
		if st := s.runner.Status(); st.Failing != "" || st.Seq != 1 || !st.Retry.IsZero() || !st.Since.IsZero() {
			s.Errorf("mended, its status is %+v", st)
		}
	})
}

func TestOnlyTheLastPassedAreNamed(t *testing.T) {
	play(t, "", func(s *scene) {
		s.start(&witness{fail: func(int, store.Record) error { return follow.Permanent(errAway) }}, nil)
		s.append(slices.Repeat([]string{"a"}, 25)...)
		synctest.Wait()
		if ps := s.runner.Status().Passed; len(ps) != 20 || ps[0].Seq != 6 || ps[19].Seq != 25 || ps[0].When.IsZero() {
			s.Errorf("passed: %+v", ps)
		}
	})
}

func TestPause(t *testing.T) {
	play(t, "", func(s *scene) {
		w := &witness{}
		s.start(w, nil)
		s.append("a")
		synctest.Wait()
		s.runner.Pause()
		s.append("b", "c")
		time.Sleep(time.Hour)
		synctest.Wait()
		if st := s.runner.Status(); st.Seq != 1 || !st.Paused || len(w.saw) != 1 {
			s.Errorf("paused, it is at %d and saw %v", st.Seq, w.saw)
		}
		if err := s.runner.Wait(s.Context(), 3); err != nil {
			s.Error(err) // a paused follower is not waited for
		}
		s.runner.Resume()
		synctest.Wait()
		if st := s.runner.Status(); st.Seq != 3 || st.Paused {
			s.Errorf("resumed, it is at %d", st.Seq)
		}
		s.runner.Pause()
		s.append("d")
		synctest.Wait()
		s.stop() // a paused follower ends too
	})
}

func TestWhereItStarts(t *testing.T) {
	for _, tt := range []struct {
		name   string
		f      func() (follow.Follower, *witness)
		o      *follow.Options
		before []string
		after  []string
		saw    []string
		cursor string
	}{
		{"with effects, at the head", plain, nil, []string{"a", "b"}, []string{"c"}, []string{"3@0s "}, "3 s3"},
		{"with effects, in an empty log", plain, nil, nil, []string{"a"}, []string{"1@0s "}, "1 s1"},
		{"a projection, at the first record", plain, &follow.Options{Projection: true}, []string{"a", "b"}, []string{"c"}, []string{"1@0s ", "2@0s s1", "3@0s s2"}, "3 s3"},
		{"effects pass what was imported", plain, nil, nil, []string{"imported a", "b"}, []string{"2@0s "}, "2 s2"},
		{"a projection does not", plain, &follow.Options{Projection: true}, nil, []string{"imported a", "b"}, []string{"1@0s ", "2@0s s1"}, "2 s2"},
		{"what is not wanted is passed", choosy, nil, nil, []string{"dull", "a", "dull", "b", "dull"}, []string{"2@0s ", "4@0s s2"}, "4 s4"},
	} {
		play(t, tt.name, func(s *scene) {
			s.append(tt.before...)
			f, w := tt.f()
			s.start(f, tt.o)
			s.append(tt.after...)
			if err := s.runner.Wait(s.Context(), uint64(len(tt.before)+len(tt.after))); err != nil {
				s.Error(err)
			}
			synctest.Wait()
			s.want(w.saw, tt.saw)
			if got := s.cursor(f.Name()); got != tt.cursor {
				s.Errorf("the cursor is %q, want %q", got, tt.cursor)
			}
		})
	}
}

func plain() (follow.Follower, *witness) {
	w := &witness{}
	return w, w
}

func choosy() (follow.Follower, *witness) {
	p := &picky{}
	return p, &p.witness
}

// A follower that was there misses nothing that happened while it was away,
// however early it went.
func TestGoesOnWhereItWas(t *testing.T) {
	for _, before := range []int{0, 1, 3} {
		play(t, fmt.Sprintf("after %d records", before), func(s *scene) {
			w := &witness{}
			s.start(w, nil)
			s.append(slices.Repeat([]string{"a"}, before)...)
			synctest.Wait()
			s.stop()
			s.append("b", "c")
			w.saw = nil
			s.start(w, nil)
			if len(w.saw) != 2 || !strings.HasPrefix(w.saw[0], fmt.Sprintf("%d@", before+1)) {
				s.Errorf("saw %v", w.saw)
			}
		})
	}
}

// A crash after Handle and before the cursor is kept is seen as the same record
// again, with the state from before.
func TestCrashBeforeTheCursor(t *testing.T) {
	play(t, "", func(s *scene) {
		d := &brittle{Driver: memory.New()}
		s.log = store.New(d, nil)
		w := &witness{}
		s.start(w, nil)
		s.append("a")
		synctest.Wait()
		d.broken.Store(true)
		s.append("b")
		synctest.Wait()
		if st := s.runner.Status(); st.Seq != 1 || !strings.Contains(st.Failing, "it is away") || st.At != 2 {
			s.Errorf("its status is %+v", st)
		}
		s.stop()
		d.broken.Store(false)
		s.start(w, nil)
		s.want(w.saw, []string{"1@0s ", "2@0s s1", "2@0s s1"})
		if got := s.cursor("witness"); got != "2 s2" {
			s.Errorf("the cursor is %q", got)
		}
	})
}

// A follower whose place cannot be kept for a while is there when it can, and
// does nothing a second time.
func TestPlaceIsKeptWhenThereIsRoomAgain(t *testing.T) {
	play(t, "", func(s *scene) {
		d := &brittle{Driver: memory.New()}
		s.log = store.New(d, nil)
		w := &witness{}
		s.start(w, nil)
		d.broken.Store(true)
		s.append("a", "b")
		time.Sleep(time.Hour)
		d.broken.Store(false)
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(w.saw) != 2 || s.cursor("witness") != "2 s2" || s.runner.Status().Failing != "" {
			s.Errorf("saw %v; the cursor is %q; its status %+v", w.saw, s.cursor("witness"), s.runner.Status())
		}
		s.stop()
	})
}

// A brittle driver cannot keep cursors while it is broken.
type brittle struct {
	store.Driver
	broken atomic.Bool
}

func (b *brittle) SetCursor(ctx context.Context, name string, seq uint64, state []byte) error {
	if b.broken.Load() {
		return errAway
	}
	return b.Driver.SetCursor(ctx, name, seq, state)
}

func TestStopsInTheMiddle(t *testing.T) {
	play(t, "of a pause", func(s *scene) {
		s.start(&witness{fail: func(int, store.Record) error { return errAway }}, nil)
		s.append("a")
		synctest.Wait()
		s.stop()
	})
	play(t, "of a record", func(s *scene) {
		w := &witness{also: func(ctx context.Context, _ store.Record) { <-ctx.Done() }, fail: func(int, store.Record) error { return context.Canceled }}
		s.start(w, nil)
		s.append("a")
		synctest.Wait()
		s.stop()
		if got := s.cursor("witness"); got != "0 " {
			s.Errorf("the cursor is %q", got)
		}
	})
	play(t, "before it is waited for", func(s *scene) {
		s.start(&witness{}, nil)
		ctx, cancel := context.WithCancel(s.Context())
		cancel()
		if err := s.runner.Wait(ctx, 9); !errors.Is(err, context.Canceled) {
			s.Errorf("Wait ended with %v", err)
		}
		follow.New(s.log, &witness{}, nil).Ready(ctx) // never started: ends with ctx
		s.stop()
	})
}

// A closed log is an error of Run, in words that name the follower.
func TestLogIsClosed(t *testing.T) {
	play(t, "", func(s *scene) {
		if err := s.log.Close(); err != nil {
			s.Fatal(err)
		}
		s.start(&witness{}, nil)
		if err := <-s.ended; !errors.Is(err, store.ErrClosed) || !strings.Contains(err.Error(), "witness") {
			s.Errorf("it ended with %v", err)
		}
	})
}

// What is given up is told first; while that cannot be kept, the record waits.
func TestGivingUpIsTold(t *testing.T) {
	play(t, "", func(s *scene) {
		s.append("a", "b")
		var told []string
		fails := 2
		w := &witness{fail: func(_ int, r store.Record) error {
			if r.Seq == 1 {
				return follow.Permanent(errors.New("gone"))
			}
			return nil
		}}
		s.start(w, &follow.Options{Projection: true, GaveUp: func(_ context.Context, r store.Record, why error) error {
			if fails > 0 {
				fails--
				return errors.New("disk full")
			}
			told = append(told, fmt.Sprintf("%d %v", r.Seq, why))
			return nil
		}})
		time.Sleep(time.Minute)
		synctest.Wait()
		if !slices.Equal(told, []string{"1 gone"}) || s.runner.Status().Seq != 2 || s.runner.Status().Failing != "" {
			s.Errorf("told %q; status %+v", told, s.runner.Status())
		}
	})
}
