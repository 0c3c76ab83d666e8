package incident

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A deed is an event of a stream.
type deed struct {
	stream string
	ev     Event
}

// history applies events to a board, record by record, and returns the next Seq.
func history(b *Board, ds []deed) {
	n := map[string]uint64{}
	for i, d := range ds {
		n[d.stream]++
		m := Meta{Seq: uint64(i + 1), N: n[d.stream], Recorded: after(i + 1), When: after(i + 1), By: ana}
		ev := d.ev
		if x, ok := ev.(is); ok {
			ev, m.Redacted = x.Event, x.Redacted
		}
		b.Apply(d.stream, m, ev)
	}
}

// aDay is a history with something of everything, in several streams.
func aDay() []deed {
	ds := []deed{
		{"page", PageConfigured{Page: page}},
		{"INC-1", Declared{Number: 1, Title: "one", Severity: "sev1"}},
		{"INC-1", RoomOpened{Room: Place{Platform: "a", ID: "r1"}}},
		{"INC-1/room", said("k1", "hello")},
		{"INC-1/room", Reacted{Key: "k1", Emoji: "eyes"}},
		{"INC-2", Declared{Number: 2, Title: "two"}},
		{"INC-2", RoomOpened{Room: Place{Platform: "a", ID: "r2"}}},
		{"INC-2", RoomOpened{Room: Place{Platform: "b", ID: "r1"}}},
		{"INC-2", aTold},
		{"clock", ClockStepped{From: after(9), To: after(3)}},
		{"MNT-1", MaintenanceScheduled{Number: 1, Code: "m", Title: "disks", Body: "soon", From: after(60), Until: after(90), Shown: after(1), Affects: []ComponentChange{{ID: "c2", Name: "API"}}}},
		{"MNT-1", MaintenanceMoved{Code: "m2", Status: InProgress, Body: "now", Shown: after(60)}},
		{"log", Erased{Seqs: []uint64{99}}},
		{"local/x", Unknown{Was: "local.kept"}},
	}
	for _, kind := range Kinds() {
		switch kind {
		case "declared", "page.configured", "clock.stepped", "log.redacted", "maintenance.scheduled", "maintenance.moved":
		default:
			ds = append(ds, deed{"INC-2", filled(kind)})
		}
	}
	return ds
}

// state is the board's, as bytes.
func state(t testing.TB, b *Board) string {
	t.Helper()
	_, s, err := b.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	return string(s)
}

// Wherever a board is saved and restored, what follows makes the same of it as
// one fold from the beginning.
func TestBoardSnapshot(t *testing.T) {
	day := aDay()
	whole := NewBoard()
	history(whole, day)
	want := state(t, whole)
	for cut := range day {
		first := NewBoard()
		history(first, day[:cut])
		seq, kept, err := first.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		if seq != uint64(cut) {
			t.Fatalf("after %d records the snapshot is of %d", cut, seq)
		}
		b := NewBoard()
		if !b.Restore(kept) {
			t.Fatalf("the snapshot of %d is not taken back", cut)
		}
		if got := state(t, b); got != string(kept) {
			t.Fatalf("restored after %d:\n%s\nwant\n%s", cut, got, kept)
		}
		n := map[string]uint64{}
		for i, d := range day {
			if n[d.stream]++; i >= cut {
				b.Apply(d.stream, Meta{Seq: uint64(i + 1), N: n[d.stream], Recorded: after(i + 1), When: after(i + 1), By: ana}, d.ev)
			}
		}
		if got := state(t, b); got != want {
			t.Fatalf("cut at %d:\n%s\nwant\n%s", cut, got, want)
		}
	}
}

func TestBoardRefusesAnotherVersion(t *testing.T) {
	for _, kept := range []string{"", "null", "{", "[]", `{"version":0}`, `{"version":2,"seq":9}`, `{"version":"1"}`} {
		b := NewBoard()
		history(b, aDay())
		if b.Restore([]byte(kept)) {
			t.Errorf("%q was taken over", kept)
		}
		if b.Seq() != 0 || len(b.All()) != 0 || b.Entries("INC-1") != 0 || b.Entry("INC-1", 2) != 0 {
			t.Errorf("%q left something on the board", kept)
		}
		history(b, aDay()) // it can be folded from the beginning
		if len(b.All()) != 2 {
			t.Errorf("after %q the board has %d incidents", kept, len(b.All()))
		}
	}
}

// A snapshot that was handed out never changes, whatever happens after.
func TestBoardCopiesOnWrite(t *testing.T) {
	type handed struct {
		at   int
		in   any
		then string
	}
	show := func(v any) string {
		s, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(s)
	}
	b := NewBoard()
	n := map[string]uint64{}
	var out []handed
	for i, d := range append(aDay(), aDay()...) {
		n[d.stream]++
		b.Apply(d.stream, Meta{Seq: uint64(i + 1), N: n[d.stream], Recorded: after(i + 1), When: after(i + 1), By: ana}, d.ev)
		for _, in := range b.All() {
			out = append(out, handed{i, in, show(in)})
		}
		for _, w := range b.Maintenances() {
			out = append(out, handed{i, w, show(w)})
		}
	}
	for _, h := range out {
		if is := show(h.in); is != h.then {
			t.Fatalf("handed out after %d:\n%s\nis now\n%s", h.at, h.then, is)
		}
	}
}

func TestBoardFinds(t *testing.T) {
	b := NewBoard()
	if b.Last() != 0 || b.Get("INC-1") != nil || b.ByRoom(Place{}) != nil {
		t.Error("an empty board has something")
	}
	history(b, aDay()[:14])
	if b.Last() != 2 || b.Get("INC-1").Title != "one" || b.Get("INC-3") != nil {
		t.Error("incidents are not found by id")
	}
	if all := b.All(); len(all) != 2 || all[0].Number != 2 {
		t.Errorf("all: %v", all)
	}
	for room, want := range map[Place]string{{Platform: "a", ID: "r1", Name: "any"}: "INC-1", {Platform: "b", ID: "r1"}: "INC-2", {Platform: "a", ID: "r3"}: "", {}: ""} {
		got := ""
		if in := b.ByRoom(room); in != nil {
			got = in.ID
		}
		if got != want {
			t.Errorf("in %v: %q, want %q", room, got, want)
		}
	}
	if p := b.Page(); p.Name != "Test" {
		t.Errorf("the page is %+v", p)
	}
	var codes []string
	for _, p := range b.Publication().List() {
		codes = append(codes, p.Title)
	}
	if got := strings.Join(codes, ", "); got != "Checkout fails, disks" {
		t.Errorf("public: %s", got)
	}
}

// A channel that was used for two incidents belongs to the newer one.
func TestBoardByRoomReused(t *testing.T) {
	b := NewBoard()
	room := Place{Platform: "a", ID: "ops"}
	history(b, []deed{{"INC-9", Declared{Number: 9}}, {"INC-9", RoomOpened{Room: room}}, {"INC-10", Declared{Number: 10}}, {"INC-10", RoomOpened{Room: room}}, {"INC-10", RoomClosed{Room: room}}})
	if in := b.ByRoom(room); in == nil || in.ID != "INC-10" {
		t.Errorf("found %+v", in)
	}
}

// The board counts the entries that a timeline numbers.
func TestBoardNumbersEntries(t *testing.T) {
	b := NewBoard()
	history(b, aDay())
	for _, id := range []string{"INC-1", "INC-2"} {
		tl := NewTimeline()
		for i, d := range aDay() {
			if strings.TrimSuffix(d.stream, "/room") == id {
				tl.Apply(Meta{Seq: uint64(i + 1), Recorded: after(i + 1), When: after(i + 1)}, d.ev)
			}
		}
		if b.Entries(id) != tl.Len() || tl.Len() == 0 {
			t.Errorf("%s has %d entries, its timeline %d", id, b.Entries(id), tl.Len())
		}
		for seq := range uint64(len(aDay()) + 2) {
			want := 0
			if e := tl.BySeq(seq); e != nil {
				want = e.Number
			}
			if got := b.Entry(id, seq); got != want {
				t.Errorf("%s: record %d is T%d, want T%d", id, seq, got, want)
			}
		}
	}
}

func TestBoardForgetsOldEntryNumbers(t *testing.T) {
	b := NewBoard()
	const said = 3 * recentEntries
	for i := range uint64(said) {
		b.Apply("INC-1/room", Meta{Seq: i + 1, N: i + 1}, MessageSaid{Text: "x"})
	}
	if n := b.Entry("INC-1", said); n != said {
		t.Errorf("the newest is T%d", n)
	}
	if n := b.Entry("INC-1", said-recentEntries+1); n != said-recentEntries+1 {
		t.Errorf("%d entries back it is T%d", recentEntries-1, n)
	}
	if len(b.recent["INC-1"]) > 2*recentEntries {
		t.Errorf("%d numbers are kept", len(b.recent["INC-1"]))
	}
}

// Steps of the clock concern the incidents that were open, and those that are
// opened again.
func TestBoardTellsClockSteps(t *testing.T) {
	b := NewBoard()
	history(b, []deed{
		{"clock", ClockStepped{From: after(1), To: after(0)}},
		{"INC-1", Declared{Number: 1}},
		{"INC-2", Declared{Number: 2}},
		{"INC-1", StateChanged{Status: Resolved}},
		{"clock", ClockStepped{From: after(5), To: after(2)}},
	})
	if n := len(b.Get("INC-1").Steps); n != 0 {
		t.Errorf("the resolved incident knows %d steps", n)
	}
	if got := b.Get("INC-2").Steps; len(got) != 1 || got[0].Seq != 5 {
		t.Errorf("the open incident knows %v", got)
	}
	b.Apply("INC-1", Meta{Seq: 6, N: 3}, Reopened{})
	b.Apply("INC-1", Meta{Seq: 7, N: 4, When: after(1)}, StateChanged{Status: Resolved})
	if got := b.Get("INC-1").Steps; len(got) != 1 || got[0].Seq != 5 {
		t.Errorf("the reopened incident knows %v", got)
	}
}

func TestBoardAwait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBoard()
		var wg sync.WaitGroup
		var mu sync.Mutex
		var came []string
		for _, seq := range []uint64{2, 1, 3} {
			wg.Go(func() {
				if err := b.Await(t.Context(), seq); err != nil {
					t.Error(err)
				}
				mu.Lock()
				came = append(came, fmt.Sprint(seq))
				mu.Unlock()
			})
		}
		moved := b.Moved()
		for seq := range uint64(3) {
			synctest.Wait()
			mu.Lock()
			if len(came) != int(seq) {
				t.Errorf("after record %d, %v came through", seq, came)
			}
			mu.Unlock()
			if seq == 1 {
				b.Pass(seq + 1)
			} else {
				b.Apply("page", Meta{Seq: seq + 1}, PageConfigured{})
			}
		}
		wg.Wait()
		select {
		case <-moved:
		default:
			t.Error("Moved was not closed")
		}
		if err := b.Await(t.Context(), 3); err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := b.Await(ctx, 4); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waiting for what never comes ended with %v", err)
		}
	})
}

// Readers and the writer do not meet; the race detector is the judge.
func TestBoardConcurrently(t *testing.T) {
	b := NewBoard()
	var wg sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				b.Publication().List()
				b.ByRoom(Place{Platform: "a", ID: "r1"})
				b.Last()
				for _, in := range b.All() {
					in.Metrics()
				}
				if _, _, err := b.Snapshot(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 3 {
		history(b, aDay())
	}
	close(done)
	wg.Wait()
}
