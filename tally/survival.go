package tally

import (
	"cmp"
	"slices"
	"time"
)

// A Survival is how long follow-ups stay open: the Kaplan-Meier estimate of the
// share that is still open so long after it was added.
type Survival struct {
	Done, Open int
	Steps      []Step
	Censored   []time.Duration // how long the open ones have been so, the shortest first
	// HalfLife is after how long half of them are done; 0 if fewer than half ever
	// were, and then Beyond is the longest that was looked at.
	HalfLife, Beyond time.Duration
}

// A Step is a fall of the curve.
type Step struct {
	After time.Duration `json:"after"`
	Open  float64       `json:"open"` // the share that is open from then on
}

// A lifetime is how long a follow-up has been open, and whether it is done.
type lifetime struct {
	length time.Duration
	done   bool
}

// survival estimates the curve. At one length, those that are done count before
// those that are open, which were seen to be open up to then.
func survival(ls []lifetime) Survival {
	slices.SortFunc(ls, func(a, b lifetime) int { return cmp.Compare(a.length, b.length) })
	s, share := Survival{}, 1.0
	for i := 0; i < len(ls); {
		at, done, n := ls[i].length, 0, 0
		for ; i+n < len(ls) && ls[i+n].length == at; n++ {
			if ls[i+n].done {
				done++
			} else {
				s.Censored = append(s.Censored, ls[i+n].length)
			}
		}
		if done > 0 {
			share *= 1 - float64(done)/float64(len(ls)-i)
			s.Steps = append(s.Steps, Step{After: at, Open: share})
			if share <= 0.5+1e-9 && s.HalfLife == 0 {
				s.HalfLife = max(at, time.Millisecond)
			}
		}
		s.Done, s.Open, s.Beyond = s.Done+done, s.Open+n-done, at
		i += n
	}
	return s
}
