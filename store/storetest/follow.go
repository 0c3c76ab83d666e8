package storetest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"sitrep/store"
)

// concurrent: many writers of one stream lose nothing and see each other.
func concurrent(f *fixture) {
	const writers, each = 8, 25
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				_, err := f.log.Update(f.ctx, "INC-1", fmt.Sprint(w, "/", i), func(p store.Past) ([]store.Record, error) {
					rs, err := p.Since(0)
					if err == nil && uint64(len(rs)) != p.Last() {
						err = fmt.Errorf("the past has %d records and ends at %d", len(rs), p.Last())
					}
					return []store.Record{event("a", fmt.Sprint(p.Last()))}, err
				})
				if err != nil {
					f.Error(err)
				}
			}
		})
	}
	wg.Wait()
	rs := f.all("INC-1")
	if len(rs) != writers*each {
		f.Fatalf("%d records, want %d", len(rs), writers*each)
	}
	for i, r := range rs {
		if string(r.Data) != fmt.Sprint(i) {
			f.Fatalf("record %d was decided at %s", i+1, r.Data)
		}
	}
	f.verified()
}

// follow: with six writers, one reader sees every Seq once and in order: no
// record appears behind its cursor.
func follow(f *fixture) {
	const writers, each = 6, 40
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				rs := []store.Record{event("a", ""), event("b", "")}
				if _, err := f.log.Append(f.ctx, fmt.Sprint("INC-", w), "", rs[:1+i%2]...); err != nil {
					f.Error(err)
				}
			}
		})
	}
	const total = writers * each * 3 / 2
	for after := uint64(0); after < total; {
		changed := f.log.Changed()
		rs, err := f.log.Read(f.ctx, "", after, 0)
		f.must(err)
		for _, r := range rs {
			if r.Seq != after+1 {
				f.Fatalf("record %d came after %d", r.Seq, after)
			}
			after = r.Seq
		}
		if len(rs) == 0 {
			select {
			case <-changed:
			case <-time.After(30 * time.Second):
				f.Fatalf("nothing comes after %d", after)
			}
		}
	}
	wg.Wait()
	f.verified()
}

// changed: the channel is closed by a commit, and by nothing else.
func changed(f *fixture) {
	isClosed := func(c <-chan struct{}) bool {
		select {
		case <-c:
			return true
		default:
			return false
		}
	}
	before := f.log.Changed()
	f.append("INC-1", "k", event("a", ""))
	if !isClosed(before) {
		f.Error("a commit was not told")
	}
	before = f.log.Changed()
	f.append("INC-1", "k", event("a", ""))
	f.must(f.log.SetCursor(f.ctx, "c", 1, nil))
	if isClosed(before) {
		f.Error("a repeat or a cursor was told as a commit")
	}
}

// past: a decision reads from any record on, and no further than it was told.
func past(f *fixture) {
	rs := make([]store.Record, store.MaxRead+44)
	for i := range rs {
		rs[i] = event("a", fmt.Sprint(i))
	}
	want := f.append("INC-1", "", rs...)
	f.append("INC-2", "", event("b", ""))
	_, err := f.log.Update(f.ctx, "INC-1", "", func(p store.Past) ([]store.Record, error) {
		if p.Last() != uint64(len(want)) {
			f.Errorf("last is %d, want %d", p.Last(), len(want))
		}
		for _, n := range []uint64{0, 1, 255, 256, 299, 300, 301, store.Any} {
			got, err := p.Since(n)
			if err != nil {
				return nil, err
			}
			f.same(fmt.Sprint("since ", n), got, want[min(n, uint64(len(want))):])
		}
		if _, err := store.New(f.raw, nil).Append(f.ctx, "INC-1", "", event("later", "")); err != nil {
			return nil, err
		}
		got, err := p.Since(uint64(len(want)) - 1)
		if len(got) != 1 {
			f.Errorf("since the last but one: %d records, want 1", len(got))
		}
		return nil, err
	})
	f.must(err)
}

// head: the head of the log and of each stream.
func head(f *fixture) {
	for _, stream := range []string{"", "INC-1"} {
		h, err := f.log.Head(f.ctx, stream)
		f.must(err)
		if h != (store.Head{}) {
			f.Fatalf("head of nothing is %+v", h)
		}
	}
	a := f.append("INC-1", "", event("a", ""), event("a", ""))
	b := f.append("INC-2", "", event("a", ""))
	for stream, want := range map[string]store.Record{"": b[0], "INC-1": a[1], "INC-2": b[0]} {
		h, err := f.log.Head(f.ctx, stream)
		f.must(err)
		if h != want.Head() {
			f.Errorf("head of %q is %+v, want %+v", stream, h, want.Head())
		}
	}
}

// cursor: kept with its state, replaced, moved back, and apart from others.
func cursor(f *fixture) {
	check := func(name string, wantSeq uint64, wantState string) {
		f.Helper()
		seq, state, err := f.log.Cursor(f.ctx, name)
		f.must(err)
		if seq != wantSeq || string(state) != wantState {
			f.Fatalf("cursor %s is %d, %q; want %d, %q", name, seq, state, wantSeq, wantState)
		}
	}
	check("mail", 0, "")
	f.must(f.log.SetCursor(f.ctx, "mail", 7, []byte("a\x00b")))
	f.must(f.log.SetCursor(f.ctx, "mail/2", 1, nil))
	check("mail", 7, "a\x00b")
	check("mail/2", 1, "")
	f.must(f.log.SetCursor(f.ctx, "mail", 3, nil))
	check("mail", 3, "")
	names, err := f.log.Cursors(f.ctx)
	f.must(err)
	if fmt.Sprint(names) != "[mail mail/2]" {
		f.Fatalf("cursors are %q", names)
	}
	f.again()
	check("mail", 3, "")
	check("mail/2", 1, "")
}

// deferCursor: seen at once, saved with the next commit, and at Close.
func deferCursor(f *fixture) {
	stored := func(name string) uint64 {
		f.Helper()
		seq, _, err := f.raw.Cursor(f.ctx, name)
		f.must(err)
		return seq
	}
	f.must(f.log.DeferCursor(f.ctx, "board", 1, []byte("x")))
	f.must(f.log.DeferCursor(f.ctx, "board", 2, []byte("y")))
	f.must(f.log.DeferCursor(f.ctx, "page", 2, nil))
	if seq, state, err := f.log.Cursor(f.ctx, "board"); err != nil || seq != 2 || string(state) != "y" {
		f.Fatalf("deferred cursor reads as %d, %q, %v", seq, state, err)
	}
	f.append("INC-1", "k", event("a", ""))
	if stored("board") != 2 || stored("page") != 2 {
		f.Fatal("the commit did not carry the deferred cursors")
	}
	f.must(f.log.DeferCursor(f.ctx, "board", 3, nil))
	f.append("INC-1", "k", event("a", "")) // a repeat commits nothing, and must not lose it
	if seq, _, err := f.log.Cursor(f.ctx, "board"); err != nil || seq != 3 {
		f.Fatalf("cursor is %d, %v after a repeat; want 3", seq, err)
	}
	f.must(f.log.DeferCursor(f.ctx, "board", 4, nil))
	f.must(f.log.SetCursor(f.ctx, "board", 5, nil))
	f.append("INC-1", "", event("a", ""))
	if stored("board") != 5 {
		f.Fatalf("cursor is %d: a deferred one came after a later one", stored("board"))
	}
	f.must(f.log.DeferCursor(f.ctx, "board", 6, nil))
	f.again()
	if stored("board") != 6 {
		f.Fatalf("cursor is %d after Close, want 6", stored("board"))
	}
}

// hold: one at a time has a name, and who waits can give up.
func hold(f *fixture) {
	held, release, err := f.log.Hold(f.ctx, "mail")
	f.must(err)
	_, other, err := f.log.Hold(f.ctx, "page")
	f.must(err)
	other()
	ctx, cancel := context.WithCancel(f.ctx)
	waiting := make(chan error, 1)
	go func() {
		_, _, err := f.log.Hold(ctx, "mail")
		waiting <- err
	}()
	cancel()
	f.mustBe(<-waiting, context.Canceled)
	if held.Err() != nil {
		f.Fatal("the hold was lost")
	}
	release()
	release() // harmless
	if held.Err() == nil {
		f.Fatal("the hold outlives its release")
	}
	_, release, err = f.log.Hold(f.ctx, "mail")
	f.must(err)
	release()
}
