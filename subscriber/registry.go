package subscriber

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"sitrep/follow"
	"sitrep/store"
)

// name is the name of the registry's cursor and snapshot.
const name = "subscribers"

// A Registry is all subscribers: the fold over their streams, and what can be
// done to one. It is a follower of the log (follow.Projection) and is of use
// once it has caught up.
type Registry struct {
	log    *store.Log
	asking sync.Mutex // one request at a time: each looks for the address first

	mu      sync.RWMutex
	seq     uint64 // the last record of it that was folded
	byID    map[string]*Subscriber
	byKey   map[string]*Subscriber // by channel and address
	numbers []*Subscriber          // by Number-1; nil for one that is gone
	moved   chan struct{}          // closed when seq moves
}

// NewRegistry returns the registry of an empty log.
func NewRegistry(l *store.Log) *Registry {
	r := &Registry{log: l, moved: make(chan struct{})}
	r.clear()
	return r
}

func (r *Registry) clear() {
	r.byID, r.byKey, r.numbers = map[string]*Subscriber{}, map[string]*Subscriber{}, nil
}

// Name is the name of its cursor.
func (r *Registry) Name() string { return name }

// Handle folds one record. It takes those of other streams too, and passes them
// by, so that its snapshot is never far behind the log.
func (r *Registry) Handle(_ context.Context, rec store.Record, _ []byte) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.move(rec.Seq)
	if !strings.HasPrefix(rec.Kind, "subscriber") {
		return nil, nil
	}
	if err := r.fold(rec); err != nil {
		return nil, follow.Permanent(err)
	}
	return nil, nil
}

func (r *Registry) move(seq uint64) {
	r.seq = max(r.seq, seq)
	close(r.moved)
	r.moved = make(chan struct{})
}

// fold is called with mu held.
func (r *Registry) fold(rec store.Record) error {
	if rec.Kind == KindErased {
		e, err := decode[Erased](rec)
		for _, id := range e.IDs {
			r.remove(r.byID[id])
		}
		return err
	}
	id := Of(rec.Stream)
	if id == "" {
		return nil
	}
	was := r.byID[id]
	if was == nil {
		was = &Subscriber{ID: id}
	}
	s := *was
	s.Last = rec.N
	if err := s.apply(rec); err != nil {
		return err
	}
	if rec.Kind == KindConfirmed && s.Number == 0 {
		r.numbers = append(r.numbers, nil)
		s.Number = len(r.numbers)
	}
	if s.Address == "" { // erased, as a later record will say; its number stays its own
		r.byID[id] = &s
		return nil
	}
	r.keep(&s)
	return nil
}

// apply changes s by one record.
func (s *Subscriber) apply(rec store.Record) error {
	switch rec.Kind {
	case KindAsked:
		e, err := decode[Asked](rec)
		if err != nil || rec.Redacted {
			return err
		}
		if rec.At.Sub(s.Asked) < 24*time.Hour && s.Ask > 0 {
			s.Recent++
		} else {
			s.Recent = 0
		}
		s.Channel, s.Address, s.Language = e.Channel, e.Address, e.Language
		s.Ask, s.Pending, s.Asked = rec.N, e.Choice, rec.At
	case KindConfirmed:
		e, err := decode[Confirmed](rec)
		if err != nil {
			return err
		}
		s.Choice, s.Since, s.Left, s.Stopped, s.Recent = e.Choice, rec.At, time.Time{}, "", 0
	case KindChanged:
		e, err := decode[Changed](rec)
		if err != nil {
			return err
		}
		s.Choice = e.Choice
	case KindLeft:
		s.Left = rec.At
	case KindQuarantined:
		e, err := decode[Quarantined](rec)
		if err != nil {
			return err
		}
		if s.Stopped = e.Why; s.Stopped == "" {
			s.Stopped = "refused"
		}
	case KindReleased:
		s.Stopped = ""
	}
	return nil
}

// keep puts s in the place of what was there. It is called with mu held.
func (r *Registry) keep(s *Subscriber) {
	r.byID[s.ID] = s
	r.byKey[key(s.Channel, s.Address)] = s
	if s.Number > 0 {
		r.numbers[s.Number-1] = s
	}
}

// remove is called with mu held; s may be nil.
func (r *Registry) remove(s *Subscriber) {
	if s == nil {
		return
	}
	delete(r.byID, s.ID)
	if k := key(s.Channel, s.Address); r.byKey[k] != nil && r.byKey[k].ID == s.ID {
		delete(r.byKey, k)
	}
	if s.Number > 0 {
		r.numbers[s.Number-1] = nil
	}
}

// state is what a snapshot keeps.
type state struct {
	Version int           `json:"version"`
	Seq     uint64        `json:"seq"`
	Numbers int           `json:"numbers"` // how many were given
	All     []*Subscriber `json:"all"`
}

// stateVersion changes when an old snapshot cannot be read any more; the log is
// folded from its beginning then.
const stateVersion = 1

// Snapshot returns the registry as bytes and the record that it is the state
// after.
func (r *Registry) Snapshot() (seq uint64, saved []byte, err error) {
	r.mu.RLock()
	st := state{Version: stateVersion, Seq: r.seq, Numbers: len(r.numbers), All: make([]*Subscriber, 0, len(r.byID))}
	for _, s := range r.byID {
		st.All = append(st.All, s)
	}
	r.mu.RUnlock()
	saved, err = json.Marshal(st)
	if err != nil {
		return 0, nil, fmt.Errorf("snapshot the subscribers: %w", err)
	}
	return st.Seq, saved, nil
}

// Restore takes a snapshot over.
func (r *Registry) Restore(seq uint64, saved []byte) (uint64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clear()
	var st state
	if len(saved) == 0 || json.NewDecoder(bytes.NewReader(saved)).Decode(&st) != nil || st.Version != stateVersion {
		return 0, nil
	}
	r.numbers = make([]*Subscriber, st.Numbers)
	for _, s := range st.All {
		r.keep(s)
	}
	r.move(st.Seq)
	return seq, nil
}

// CaughtUp does nothing: what is folded is there at once.
func (r *Registry) CaughtUp(context.Context) {}

// Await returns when a record is folded, or when ctx is done, which is its only
// error.
func (r *Registry) Await(ctx context.Context, seq uint64) error {
	for {
		r.mu.RLock()
		there, moved := r.seq >= seq, r.moved
		r.mu.RUnlock()
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

// Get returns a subscriber by its id; nil if there is none.
func (r *Registry) Get(id string) *Subscriber {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if s := r.byID[id]; s != nil && s.Address != "" {
		return s
	}
	return nil
}

// Find returns the subscriber with an address; nil if there is none.
func (r *Registry) Find(c Channel, address string) *Subscriber {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.byKey[key(c, address)]
}

// Each calls f with all that ever were confirmed and are there still, in the
// order of their numbers, after the given one, until f returns false. f must not
// call the registry.
func (r *Registry) Each(after int, f func(*Subscriber) bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, s := range r.numbers[min(after, len(r.numbers)):] {
		if s != nil && !f(s) {
			return
		}
	}
}

// All calls f with everybody there is, also who has not confirmed, in no
// particular order. f must not call the registry.
func (r *Registry) All(f func(*Subscriber)) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, s := range r.byID {
		if s.Address != "" {
			f(s)
		}
	}
}

// Now is the log's clock.
func (r *Registry) Now() time.Time { return r.log.Now() }

// Count returns how many are told of what happens, by channel.
func (r *Registry) Count(c Channel) int {
	n := 0
	r.Each(0, func(s *Subscriber) bool {
		if s.Channel == c && s.Active() {
			n++
		}
		return true
	})
	return n
}
