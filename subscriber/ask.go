package subscriber

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"sitrep/store"
)

// askedPerDay is how often one address is sent a request to confirm within a
// day: enough for who lost the first, too few to pester somebody with.
const askedPerDay = 3

// ErrGone: there is no such subscriber any more.
var ErrGone = errors.New("there is no such subscriber any more")

// Ask records that somebody asked for an address, clean as CleanMail or
// CleanWebhook gives it, to be told. What happens, and how it is answered, does
// not tell whether the address subscribes. One that was asked for too often
// today is not asked again, and nothing is recorded.
func (r *Registry) Ask(ctx context.Context, a Asked) error {
	r.asking.Lock()
	defer r.asking.Unlock()
	a.Choice = a.Choice.tidy()
	id := rand.Text()
	if s := r.Find(a.Channel, a.Address); s != nil {
		if r.log.Now().Sub(s.Asked) < 24*time.Hour && s.Recent+1 >= askedPerDay {
			return nil
		}
		id = s.ID
	}
	rec, err := record(KindAsked, a)
	if err != nil {
		return err
	}
	rs, err := r.log.Append(ctx, Prefix+id, "", rec)
	if err != nil {
		return fmt.Errorf("record the request: %w", err)
	}
	return r.Await(ctx, rs[0].Seq)
}

// Wanted is what a subscriber will hear of who confirms by a link: what was
// asked for then, and what is wanted already, since to ask for more takes nothing
// away. The error is [ErrGone] if the request was erased meanwhile.
func (r *Registry) Wanted(ctx context.Context, k Link) (Choice, error) {
	if k.Ask == 0 {
		return Choice{}, ErrGone
	}
	rs, err := r.log.Read(ctx, Prefix+k.ID, k.Ask-1, 1)
	if err != nil {
		return Choice{}, err
	}
	s := r.Get(k.ID)
	if len(rs) == 0 || rs[0].Kind != KindAsked || rs[0].Redacted || s == nil {
		return Choice{}, ErrGone
	}
	asked, err := decode[Asked](rs[0])
	if err != nil {
		return Choice{}, err
	}
	if s.Number > 0 && s.Left.IsZero() {
		return asked.Choice.With(s.Choice), nil
	}
	return asked.Choice, nil
}

// Confirm does what the owner of a link to confirm wants. It may be done again,
// with the same end. The error is [ErrGone] if the request was erased meanwhile.
func (r *Registry) Confirm(ctx context.Context, k Link) (*Subscriber, error) {
	return r.update(ctx, k.ID, func(s *Subscriber) (string, any, error) {
		want, err := r.Wanted(ctx, k)
		if err != nil || s.Active() && same(want, s.Choice) {
			return "", nil, err
		}
		return KindConfirmed, Confirmed{Ask: k.Ask, Choice: want}, nil
	})
}

// Change sets what a subscriber wants.
func (r *Registry) Change(ctx context.Context, id string, c Choice) (*Subscriber, error) {
	c = c.tidy()
	return r.update(ctx, id, func(s *Subscriber) (string, any, error) {
		switch {
		case s.Number == 0 || !s.Left.IsZero():
			return "", nil, ErrGone
		case same(c, s.Choice):
			return "", nil, nil
		}
		return KindChanged, Changed{Choice: c}, nil
	})
}

// Leave ends a subscription; how says by which way. It may be done again, and to
// one that is gone already: the end is the same.
func (r *Registry) Leave(ctx context.Context, id, how string) error {
	_, err := r.update(ctx, id, func(s *Subscriber) (string, any, error) {
		if !s.Left.IsZero() {
			return "", nil, nil
		}
		return KindLeft, Left{How: how}, nil
	})
	if errors.Is(err, ErrGone) {
		return nil
	}
	return err
}

// Quarantine stops trying an address, whose answer why is; without the address
// itself. Whoever confirms again releases it.
func (r *Registry) Quarantine(ctx context.Context, id, why string) error {
	_, err := r.update(ctx, id, func(s *Subscriber) (string, any, error) {
		if !s.Active() {
			return "", nil, nil
		}
		return KindQuarantined, Quarantined{Why: why}, nil
	})
	if errors.Is(err, ErrGone) {
		return nil
	}
	return err
}

// Release tries a quarantined address again.
func (r *Registry) Release(ctx context.Context, id string) (*Subscriber, error) {
	return r.update(ctx, id, func(s *Subscriber) (string, any, error) {
		if s.Stopped == "" {
			return "", nil, nil
		}
		return KindReleased, Released{}, nil
	})
}

// update appends one event to a subscriber's stream, or none for the kind "",
// and returns the subscriber after it.
func (r *Registry) update(ctx context.Context, id string, decide func(*Subscriber) (string, any, error)) (*Subscriber, error) {
	rs, err := r.log.Update(ctx, Prefix+id, "", func(past store.Past) ([]store.Record, error) {
		if err := r.awaitN(ctx, id, past.Last()); err != nil {
			return nil, err
		}
		s := r.Get(id)
		if s == nil {
			return nil, ErrGone
		}
		kind, event, err := decide(s)
		if err != nil || kind == "" {
			return nil, err
		}
		rec, err := record(kind, event)
		return []store.Record{rec}, err
	})
	if err != nil {
		return nil, err
	}
	if len(rs) > 0 {
		if err := r.Await(ctx, rs[len(rs)-1].Seq); err != nil {
			return nil, err
		}
	}
	s := r.Get(id)
	if s == nil {
		return nil, ErrGone
	}
	return s, nil
}

// awaitN returns when the subscriber's stream is folded up to its nth record, or
// it is known to be gone.
func (r *Registry) awaitN(ctx context.Context, id string, n uint64) error {
	for {
		r.mu.RLock()
		s, moved := r.byID[id], r.moved
		r.mu.RUnlock()
		if n == 0 || s != nil && s.Last >= n {
			return nil
		}
		head, err := r.log.Head(ctx, "")
		if err != nil {
			return err
		}
		r.mu.RLock()
		behind := r.seq < head.Seq
		r.mu.RUnlock()
		if !behind {
			return nil // it was erased
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func same(a, b Choice) bool {
	equal := func(x, y []string) bool {
		if len(x) != len(y) {
			return false
		}
		for i := range x {
			if x[i] != y[i] {
				return false
			}
		}
		return true
	}
	return equal(a.Components, b.Components) && equal(a.Incidents, b.Incidents)
}
