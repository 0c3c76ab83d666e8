package follow_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sitrep/store"
)

// A heap is a worker: each record leaves three stones, and Work takes one away.
// Its state is the stones, an "o" each.
type heap struct {
	did   []string // "what@elapsed"
	fail  func(part int) error
	pause time.Duration // between stones
	part  int
	began time.Time
	also  func(part int)
}

func (h *heap) Name() string { return "heap" }

func (h *heap) note(what string) {
	h.did = append(h.did, fmt.Sprintf("%s@%s", what, time.Since(h.began)))
}

func (h *heap) Handle(_ context.Context, r store.Record, state []byte) ([]byte, error) {
	h.note(fmt.Sprint("record ", r.Seq))
	return append(state, "ooo"...), nil
}

func (h *heap) Work(_ context.Context, state []byte) ([]byte, time.Duration, error) {
	if len(state) == 0 {
		return state, -1, nil
	}
	h.part++
	if h.also != nil {
		h.also(h.part)
	}
	if h.fail != nil {
		if err := h.fail(h.part); err != nil {
			h.note("failed")
			return state, 0, err
		}
	}
	h.note(fmt.Sprint("stone ", len(state)))
	return state[:len(state)-1], h.pause, nil
}

func heaps(s *scene, h *heap) *heap {
	h.began = time.Now()
	s.start(h, nil)
	return h
}

// What is noted is done part by part, each kept; a stop in between loses
// nothing, and a record that comes in between is handled first.
func TestWork(t *testing.T) {
	play(t, "", func(s *scene) {
		h := heaps(s, &heap{pause: 10 * time.Second})
		s.append("a")
		synctest.Wait()
		s.want(h.did, []string{"record 1@0s", "stone 3@0s"})
		if got := s.cursor("heap"); !strings.Contains(got, "oo") || strings.Contains(got, "ooo") {
			t.Errorf("kept %q", got)
		}
		time.Sleep(5 * time.Second)
		s.stop()
		h = heaps(s, &heap{})
		synctest.Wait()
		s.want(h.did, []string{"stone 2@0s", "stone 1@0s"})
		h.did = nil
		h.also = func(part int) {
			if part == 3 {
				s.append("c")
			}
		}
		s.append("b")
		synctest.Wait()
		s.want(h.did, []string{"record 2@0s", "stone 3@0s", "record 3@0s", "stone 5@0s", "stone 4@0s", "stone 3@0s", "stone 2@0s", "stone 1@0s"})
	})
}

// Work that fails is tried again with growing pauses, or when it asks to, or when
// somebody resumes the follower; records are handled meanwhile.
func TestWorkThatFails(t *testing.T) {
	play(t, "", func(s *scene) {
		h := heaps(s, &heap{fail: func(part int) error {
			switch {
			case part == 3:
				return retry(time.Minute)
			case part < 6:
				return errAway
			}
			return nil
		}})
		s.append("a")
		time.Sleep(500 * time.Millisecond)
		s.append("b")
		synctest.Wait()
		if st := s.runner.Status(); st.Seq != 2 || st.Tries != 1 || !strings.Contains(st.Failing, errAway.Error()) {
			t.Errorf("status: %+v", st)
		}
		time.Sleep(70 * time.Second)
		s.runner.Resume()
		synctest.Wait()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if st := s.runner.Status(); st.Failing != "" {
			t.Errorf("it still fails: %+v", st)
		}
		got := strings.Join(h.did, ", ")
		want := "record 1@0s, failed@0s, record 2@500ms, failed@1s, failed@3s, failed@1m3s, failed@1m10.5s, stone 6@"
		if !strings.HasPrefix(got, want) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

// A panic at work is an error, and the follower lives.
func TestWorkThatPanics(t *testing.T) {
	play(t, "", func(s *scene) {
		h := heaps(s, &heap{fail: func(part int) error {
			if part == 1 {
				panic("stone too heavy")
			}
			return nil
		}})
		s.append("a")
		synctest.Wait()
		if st := s.runner.Status(); !strings.Contains(st.Failing, "stone too heavy") {
			t.Errorf("status: %+v", st)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if st := s.runner.Status(); st.Failing != "" || len(h.did) != 4 {
			t.Errorf("status: %+v, did %q", st, h.did)
		}
	})
}

// Whoever waits for a record waits for the work that it left, too.
func TestWaitForWork(t *testing.T) {
	play(t, "", func(s *scene) {
		h := heaps(s, &heap{})
		for range 50 {
			s.append("a")
			head, err := s.log.Head(s.Context(), "")
			if err != nil {
				t.Fatal(err)
			}
			if err := s.runner.Wait(s.Context(), head.Seq); err != nil && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			if n := h.part; n != int(3*head.Seq) {
				t.Fatalf("after record %d, %d stones are gone", head.Seq, n)
			}
		}
	})
}
