package follow_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sitrep/follow"
)

// What is held is handled so long after it was recorded, in order, and not later
// because of what came before it; a stop does not begin it anew.
func TestHold(t *testing.T) {
	play(t, "", func(s *scene) {
		f, w := choosy()
		began := time.Now()
		s.start(f, &follow.Options{Hold: 30 * time.Second})
		s.append("a")
		time.Sleep(10 * time.Second)
		s.append("b", "dull")
		synctest.Wait()
		if st := s.runner.Status(); !st.Held.Equal(began.Add(30*time.Second)) || st.Seq != 0 || st.Failing != "" {
			s.Errorf("while it holds: %+v", st)
		}
		if err := s.runner.Wait(s.Context(), 2); err != nil {
			s.Error(err) // what is held is not waited for
		}
		time.Sleep(15 * time.Second)
		s.stop()
		s.want(w.saw, nil)

		f, w = choosy()
		s.start(f, &follow.Options{Hold: 30 * time.Second}) // at 25 s
		time.Sleep(20 * time.Second)
		synctest.Wait()
		s.want(w.saw, []string{"1@5s ", "2@15s s1"})
		if st := s.runner.Status(); !st.Held.IsZero() || st.Seq != 3 {
			s.Errorf("afterwards: %+v", st)
		}
		s.append("c")
		synctest.Wait()
		s.stop() // one that holds ends too
	})
}

// A clock that was set back holds nothing longer than it is to be.
func TestHoldAfterTheClockWasSetBack(t *testing.T) {
	play(t, "", func(s *scene) {
		w := &witness{}
		var back atomic.Bool
		s.log.Now = func() time.Time {
			if back.Load() {
				return time.Now()
			}
			return time.Now().Add(time.Hour)
		}
		s.start(w, &follow.Options{Hold: 30 * time.Second})
		s.append("a")
		synctest.Wait()
		back.Store(true)
		time.Sleep(20 * time.Second)
		s.stop() // begun anew, it sees a record of the next hour
		s.start(w, &follow.Options{Hold: 30 * time.Second})
		time.Sleep(31 * time.Second)
		synctest.Wait()
		if len(w.saw) != 1 {
			s.Errorf("it still waits: %+v", s.runner.Status())
		}
	})
}
