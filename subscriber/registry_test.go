package subscriber

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"sitrep/follow"
	"sitrep/store"
	"sitrep/store/memory"
)

// opened is a registry that follows a new log, whose clock stands until it is
// moved.
type opened struct {
	*Registry
	log   *store.Log
	clock time.Time
}

func open(t testing.TB) *opened {
	t.Helper()
	l := store.New(memory.New(), nil)
	o := &opened{log: l, clock: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	l.Now = func() time.Time { return o.clock }
	o.Registry = NewRegistry(l)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	run := follow.New(l, o.Registry, &follow.Options{Projection: true})
	go func() { done <- run.Run(ctx) }()
	run.Ready(ctx)
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return o
}

// joins asks for an address and confirms it.
func (o *opened) joins(t testing.TB, address string, c Choice) *Subscriber {
	t.Helper()
	if err := o.Ask(t.Context(), Asked{Channel: Mail, Address: address, Choice: c}); err != nil {
		t.Fatal(err)
	}
	s := o.Find(Mail, address)
	s, err := o.Confirm(t.Context(), Link{Purpose: ToConfirm, ID: s.ID, Ask: s.Ask})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSubscribing(t *testing.T) {
	o := open(t)
	ctx := t.Context()
	if err := o.Ask(ctx, Asked{Channel: Mail, Address: "jane@example.com", Language: "fr", Choice: Choice{Components: []string{"api", "api"}}}); err != nil {
		t.Fatal(err)
	}
	s := o.Find(Mail, "Jane@Example.com")
	if s == nil || s.Active() || s.Number != 0 {
		t.Fatalf("asked: %+v", s)
	}
	first := Link{Purpose: ToConfirm, ID: s.ID, Ask: s.Ask}
	s, err := o.Confirm(ctx, first)
	if err != nil || !s.Active() || s.Number != 1 || s.Language != "fr" || !same(s.Choice, Choice{Components: []string{"api"}}) {
		t.Fatalf("confirmed: %+v, %v", s, err)
	}
	last := s.Last
	if s, err = o.Confirm(ctx, first); err != nil || s.Last != last {
		t.Fatalf("confirmed again: %+v, %v", s, err)
	}
	if err := o.Ask(ctx, Asked{Channel: Mail, Address: "jane@example.com", Choice: Choice{Incidents: []string{"x1"}}}); err != nil {
		t.Fatal(err)
	}
	if now := o.Get(s.ID); !now.Active() || !same(now.Choice, s.Choice) {
		t.Fatalf("to be asked again changed something: %+v", now)
	}
	again := o.Get(s.ID)
	if s, err = o.Confirm(ctx, Link{Purpose: ToConfirm, ID: s.ID, Ask: again.Ask}); err != nil || !same(s.Choice, Choice{Components: []string{"api"}, Incidents: []string{"x1"}}) {
		t.Fatalf("more: %+v, %v", s, err)
	}
	if s, err = o.Change(ctx, s.ID, Choice{}); err != nil || !s.Choice.All() {
		t.Fatalf("changed: %+v, %v", s, err)
	}
	if err := o.Quarantine(ctx, s.ID, "550 no such user"); err != nil || o.Get(s.ID).Active() {
		t.Fatalf("quarantined: %+v, %v", o.Get(s.ID), err)
	}
	if s, err = o.Release(ctx, s.ID); err != nil || !s.Active() {
		t.Fatalf("released: %+v, %v", s, err)
	}
	for range 2 {
		if err := o.Leave(ctx, s.ID, "one-click"); err != nil || o.Get(s.ID).Active() {
			t.Fatalf("left: %+v, %v", o.Get(s.ID), err)
		}
	}
	if _, err := o.Change(ctx, s.ID, Choice{Components: []string{"web"}}); !errors.Is(err, ErrGone) {
		t.Fatalf("changed after leaving: %v", err)
	}
	o.Each(0, func(got *Subscriber) bool {
		if got.ID != s.ID || got.Number != 1 {
			t.Errorf("numbered: %+v", got)
		}
		return true
	})
	if n := o.Count(Mail); n != 0 {
		t.Errorf("%d are told", n)
	}
}

// TestPestering: one address is sent at most three requests a day, whoever asks.
func TestPestering(t *testing.T) {
	o := open(t)
	ask := func() uint64 {
		t.Helper()
		if err := o.Ask(t.Context(), Asked{Channel: Mail, Address: "jane@example.com"}); err != nil {
			t.Fatal(err)
		}
		return o.Find(Mail, "jane@example.com").Last
	}
	for i, want := range []uint64{1, 2, 3, 3, 3} {
		if got := ask(); got != want {
			t.Errorf("request %d left %d records, want %d", i+1, got, want)
		}
		o.clock = o.clock.Add(time.Hour)
	}
	o.clock = o.clock.Add(24 * time.Hour)
	if got := ask(); got != 4 {
		t.Errorf("a day later there are %d records", got)
	}
}

// TestErasing: nothing of who left is in the log or in what is kept beside it,
// and everybody else keeps their number.
func TestErasing(t *testing.T) {
	o := open(t)
	ctx := t.Context()
	jane := o.joins(t, "jane@example.com", Choice{})
	eve := o.joins(t, "eve@example.com", Choice{})
	if err := o.Ask(ctx, Asked{Channel: Mail, Address: "silent@example.com"}); err != nil {
		t.Fatal(err)
	}
	if got := o.Forgettable(o.clock); len(got) != 0 {
		t.Fatalf("to be forgotten at once: %v", got)
	}
	if err := o.Leave(ctx, jane.ID, "page"); err != nil {
		t.Fatal(err)
	}
	o.clock = o.clock.Add(25 * time.Hour)
	ids := o.Forgettable(o.clock)
	if len(ids) != 2 {
		t.Fatalf("to be forgotten: %v", ids)
	}
	if err := o.Erase(ctx, ids, "", "left"); err != nil {
		t.Fatal(err)
	}
	if o.Get(jane.ID) != nil || o.Find(Mail, "jane@example.com") != nil || o.Find(Mail, "silent@example.com") != nil {
		t.Error("they are still known")
	}
	var whole []byte
	for after := uint64(0); ; {
		rs, err := o.log.Read(ctx, "", after, 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(rs) == 0 {
			break
		}
		for _, r := range rs {
			whole = fmt.Append(whole, r.Stream, r.Actor, r.Key, string(r.Data), "\n")
			after = r.Seq
		}
	}
	_, saved, err := o.log.Cursor(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	for _, kept := range []string{string(whole), string(saved)} {
		for _, address := range []string{"jane@", "silent@"} {
			if strings.Contains(kept, address) {
				t.Errorf("%s is still there", address)
			}
		}
		if !strings.Contains(kept, "eve@") {
			t.Error("eve is gone")
		}
	}
	if _, err := o.log.Verify(ctx); err != nil {
		t.Errorf("the chain does not hold: %v", err)
	}
	if got := o.Get(eve.ID); got == nil || got.Number != 2 {
		t.Errorf("eve: %+v", got)
	}
	late := o.joins(t, "jane@example.com", Choice{})
	if late.ID == jane.ID || late.Number != 3 {
		t.Errorf("jane came back as %+v", late)
	}
	// The log folded from its beginning says the same.
	if fresh := refolded(t, o.log); !reflect.DeepEqual(fresh.byID, o.byID) || len(fresh.numbers) != 3 {
		t.Errorf("from the beginning: %v", fresh.byID)
	}
}

func refolded(t testing.TB, l *store.Log) *Registry {
	t.Helper()
	r := NewRegistry(l)
	for after := uint64(0); ; {
		rs, err := l.Read(t.Context(), "", after, 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(rs) == 0 {
			return r
		}
		for _, rec := range rs {
			if _, err := r.Handle(t.Context(), rec, nil); err != nil {
				t.Fatal(err)
			}
			after = rec.Seq
		}
	}
}

// TestRegistryAgrees does things at random, and holds the registry to a fold
// from the beginning and to one from a snapshot.
func TestRegistryAgrees(t *testing.T) {
	for seed := range uint64(20) {
		o := open(t)
		ctx := t.Context()
		random := rand.New(rand.NewPCG(seed, 1))
		for range 120 {
			o.clock = o.clock.Add(time.Duration(random.IntN(180)) * time.Minute)
			address := fmt.Sprintf("p%d@example.com", random.IntN(8))
			s := o.Find(Mail, address)
			var err error
			switch n := random.IntN(12); {
			case s == nil || n < 3:
				err = o.Ask(ctx, Asked{Channel: Mail, Address: address, Choice: Choice{Components: []string{fmt.Sprint(n)}}})
			case n < 6:
				_, err = o.Confirm(ctx, Link{Purpose: ToConfirm, ID: s.ID, Ask: s.Ask})
			case n < 8:
				_, err = o.Change(ctx, s.ID, Choice{Incidents: []string{fmt.Sprint(n)}})
			case n == 8:
				err = o.Leave(ctx, s.ID, "page")
			case n == 9:
				err = o.Quarantine(ctx, s.ID, "no")
			case n == 10:
				_, err = o.Release(ctx, s.ID)
			default:
				err = o.Erase(ctx, o.Forgettable(o.clock), "", "")
			}
			if err != nil && !errors.Is(err, ErrGone) {
				t.Fatal(err)
			}
		}
		fresh := refolded(t, o.log)
		if !reflect.DeepEqual(fresh.byID, o.byID) || !reflect.DeepEqual(fresh.byKey, o.byKey) || !reflect.DeepEqual(fresh.numbers, o.numbers) {
			t.Fatalf("seed %d: the fold from the beginning is another:\n%v\n%v", seed, fresh.byID, o.byID)
		}
		seq, saved, err := o.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		kept := NewRegistry(o.log)
		if _, err := kept.Restore(seq, saved); err != nil || !reflect.DeepEqual(kept.byKey, o.byKey) || !reflect.DeepEqual(kept.numbers, o.numbers) {
			t.Fatalf("seed %d: the snapshot gives another: %v", seed, err)
		}
	}
}
