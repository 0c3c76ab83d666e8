package follow_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sitrep/follow"
	"sitrep/store"
)

// A tally is a projection: it counts records by kind.
type tally struct {
	seq      uint64
	count    int
	caughtUp []uint64
	handled  int
	useless  bool // it does not take its snapshot back
}

func (c *tally) Name() string { return "tally" }

func (c *tally) Handle(_ context.Context, r store.Record, state []byte) ([]byte, error) {
	if state != nil {
		return nil, follow.Permanent(errors.New("a projection keeps its state itself"))
	}
	c.seq, c.count, c.handled = r.Seq, c.count+1, c.handled+1
	return []byte("not kept"), nil
}

func (c *tally) Restore(seq uint64, state []byte) (uint64, error) {
	if c.useless || len(state) == 0 {
		return 0, nil
	}
	if _, err := fmt.Sscan(string(state), &c.count); err != nil {
		return 0, err
	}
	c.seq = seq
	return seq, nil
}

func (c *tally) Snapshot() (uint64, []byte, error) { return c.seq, fmt.Append(nil, c.count), nil }
func (c *tally) CaughtUp(context.Context)          { c.caughtUp = append(c.caughtUp, c.seq) }

func TestProjection(t *testing.T) {
	play(t, "", func(s *scene) {
		s.append("a", "imported b", "c")
		first := &tally{}
		s.start(first, &follow.Options{Projection: true})
		if first.count != 3 || s.runner.Status().Seq != 3 || !slices.Equal(first.caughtUp, []uint64{3}) {
			s.Errorf("%+v at %d", first, s.runner.Status().Seq)
		}
		if got := s.cursor("tally"); got != "0 " {
			s.Errorf("a snapshot was kept early: %q", got)
		}
		s.append("d")
		if err := s.runner.Wait(s.Context(), 4); err != nil {
			s.Error(err)
		}
		s.stop()
		if got := s.cursor("tally"); got != "4 4" {
			s.Errorf("when it ended, %q was kept", got)
		}

		s.append("e")
		second := &tally{}
		s.start(second, &follow.Options{Projection: true})
		if second.count != 5 || second.handled != 1 {
			s.Errorf("it went on to %d, handling %d", second.count, second.handled)
		}
		s.stop()

		third := &tally{useless: true}
		s.start(third, &follow.Options{Projection: true})
		if third.count != 5 || third.handled != 5 {
			s.Errorf("without a snapshot it came to %d, handling %d", third.count, third.handled)
		}
		s.stop()
	})
	play(t, "saved on the way", func(s *scene) {
		s.append(slices.Repeat([]string{"a"}, 300)...)
		s.start(&tally{}, &follow.Options{Projection: true, SaveEvery: 100})
		if got := s.cursor("tally"); got != "300 300" && got != "256 256" {
			s.Errorf("on the way %q was kept", got)
		}
	})
}

// A panic in a projection's own methods ends it with an error, and nobody
// waits for it for ever.
func TestProjectionPanics(t *testing.T) {
	for _, where := range []string{"Restore", "CaughtUp"} {
		play(t, where, func(s *scene) {
			s.append("a")
			s.start(&clumsy{where: where}, &follow.Options{Projection: true})
			if err := <-s.ended; err == nil || !strings.Contains(err.Error(), "panicked: "+where) {
				s.Errorf("it ended with %v", err)
			}
			if err := s.runner.Wait(s.Context(), 1); err != nil || s.runner.Status().Failing == "" {
				s.Errorf("waiting: %v; status %+v", err, s.runner.Status())
			}
		})
	}
}

// clumsy is a projection that panics in one of its methods.
type clumsy struct {
	tally
	where string
}

func (c *clumsy) Restore(seq uint64, state []byte) (uint64, error) {
	if c.where == "Restore" {
		panic("Restore")
	}
	return c.tally.Restore(seq, state)
}

func (c *clumsy) CaughtUp(context.Context) {
	if c.where == "CaughtUp" {
		panic("CaughtUp")
	}
}

// Wait says that a projection is there only when it has caught up.
func TestProjectionCatchesUpBeforeWaitReturns(t *testing.T) {
	play(t, "", func(s *scene) {
		c := &tally{}
		s.start(c, &follow.Options{Projection: true})
		for seq := uint64(1); seq <= 5; seq++ {
			s.append("a")
			if err := s.runner.Wait(s.Context(), seq); err != nil {
				s.Fatal(err)
			}
			if last := c.caughtUp[len(c.caughtUp)-1]; last < seq {
				s.Fatalf("record %d is there, and it caught up with %d", seq, last)
			}
		}
	})
}
