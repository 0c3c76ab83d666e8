package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"sitrep/store"
)

// dense: Seq has no gap over the log, N none within a stream.
func dense(f *fixture) {
	next := map[string]uint64{}
	for i := range 30 {
		stream := fmt.Sprint("INC-", i%3)
		rs := f.append(stream, "", event("a", "1"), event("b", "2"))
		for j, r := range rs {
			next[stream]++
			if want := uint64(2*i + j + 1); r.Seq != want || r.N != next[stream] || r.Stream != stream {
				f.Fatalf("record %d of %s is numbered Seq %d, N %d of %s", j, stream, r.Seq, r.N, r.Stream)
			}
		}
	}
	for i, r := range f.all("") {
		if r.Seq != uint64(i)+1 {
			f.Fatalf("record %d has Seq %d", i+1, r.Seq)
		}
	}
	f.verified()
}

// conflict: who decided on an older past decides again, loses no number, and
// gives up after five times.
func conflict(f *fixture) {
	other := store.New(f.raw, nil) // as another process would
	decisions := 0
	rs, err := f.log.Update(f.ctx, "INC-1", "", func(p store.Past) ([]store.Record, error) {
		if decisions++; decisions <= 2 {
			if _, err := other.Append(f.ctx, "INC-1", "", event("meanwhile", "")); err != nil {
				return nil, err
			}
		}
		return []store.Record{event("decided", fmt.Sprint(p.Last()))}, nil
	})
	f.must(err)
	if decisions != 3 || string(rs[0].Data) != "2" || rs[0].N != 3 || rs[0].Seq != 3 {
		f.Fatalf("%d decisions, the last at %s, kept as N %d, Seq %d; want 3, 2, 3, 3", decisions, rs[0].Data, rs[0].N, rs[0].Seq)
	}
	decisions = 0
	_, err = f.log.Update(f.ctx, "INC-1", "", func(store.Past) ([]store.Record, error) {
		decisions++
		_, err := other.Append(f.ctx, "INC-1", "", event("meanwhile", ""))
		return []store.Record{event("never", "")}, err
	})
	f.mustBe(err, store.ErrConflict)
	if decisions != 5 {
		f.Fatalf("%d decisions before giving up, want 5", decisions)
	}
	if rep := f.verified(); rep.Records != 8 {
		f.Fatalf("%d records, want 8: a refused append left something", rep.Records)
	}
}

// empty: a decision that says nothing, and one that fails, write nothing.
func empty(f *fixture) {
	rs, err := f.log.Update(f.ctx, "INC-1", "k", func(store.Past) ([]store.Record, error) { return nil, nil })
	if err != nil || len(rs) != 0 {
		f.Fatalf("got %v, %v; want nothing", rs, err)
	}
	refusal := errors.New("already resolved")
	_, err = f.log.Update(f.ctx, "INC-1", "k", func(store.Past) ([]store.Record, error) { return []store.Record{event("a", "")}, refusal })
	f.mustBe(err, refusal)
	if rs, err := f.log.Append(f.ctx, "INC-1", "k"); err != nil || len(rs) != 0 {
		f.Fatalf("append of nothing gave %v, %v", rs, err)
	}
	if len(f.all("")) != 0 {
		f.Fatal("something was written")
	}
	if rs, err := f.log.Seen(f.ctx, "k"); err != nil || len(rs) != 0 {
		f.Fatalf("key of nothing was kept: %v, %v", rs, err)
	}
}

// key: the same key returns the same records, and the decision is not asked.
func key(f *fixture) {
	decide := func(store.Past) ([]store.Record, error) {
		return []store.Record{event("a", "1"), event("b", "2"), event("c", "3")}, nil
	}
	first, err := f.log.Decide(f.ctx, "INC-1", "slack/1", decide)
	f.must(err)
	if first.Repeat || first.Records[0].Key != "slack/1" || first.Records[0].Count != 3 || first.Records[1].Key != "" || first.Records[1].Count != 0 {
		f.Fatalf("first: %+v", first)
	}
	f.append("INC-1", "", event("between", ""))
	again, err := f.log.Decide(f.ctx, "INC-1", "slack/1", func(store.Past) ([]store.Record, error) {
		f.Error("the decision was asked again")
		return nil, nil
	})
	f.must(err)
	if !again.Repeat {
		f.Error("a repeat is not called one")
	}
	f.same("repeat", again.Records, first.Records)
	f.same("append under the key", f.append("INC-2", "slack/1", event("x", "")), first.Records)
	seen, err := f.log.Seen(f.ctx, "slack/1")
	f.must(err)
	f.same("seen", seen, first.Records)
	if seen, err := f.log.Seen(f.ctx, "slack/2"); err != nil || len(seen) != 0 {
		f.Fatalf("an unused key is seen: %v, %v", seen, err)
	}
	if seen, err := f.log.Seen(f.ctx, ""); err != nil || len(seen) != 0 {
		f.Fatalf("no key is seen: %v, %v", seen, err)
	}
	if rep := f.verified(); rep.Records != 4 {
		f.Fatalf("%d records, want 4", rep.Records)
	}
}

// keyAfterMove: a late retry is answered though the stream has moved on.
func keyAfterMove(f *fixture) {
	first := f.append("INC-1", "k", event("resolved", ""))
	for range 3 {
		f.append("INC-1", "", event("more", ""))
	}
	rs, err := f.log.Update(f.ctx, "INC-1", "k", func(store.Past) ([]store.Record, error) {
		return nil, errors.New("already resolved")
	})
	f.must(err)
	f.same("late retry", rs, first)
}

// keyRace: a key used while another decides on it is written once.
func keyRace(f *fixture) {
	other := store.New(f.raw, nil)
	var first []store.Record
	res, err := f.log.Decide(f.ctx, "INC-1", "k", func(store.Past) (rs []store.Record, err error) {
		first, err = other.Append(f.ctx, "INC-1", "k", event("theirs", ""))
		return []store.Record{event("ours", "")}, err
	})
	f.must(err)
	if !res.Repeat {
		f.Error("a repeat is not called one")
	}
	f.same("race", res.Records, first)
	f.verified()
}

// atomicAppend: readers never see a part of an append.
func atomicAppend(f *fixture) {
	const size, rounds = 7, 40
	done := make(chan error, 1)
	go func() {
		for range rounds {
			rs := make([]store.Record, size)
			for i := range rs {
				rs[i] = event("part", fmt.Sprint(i))
			}
			if _, err := f.log.Append(f.ctx, "INC-1", "", rs...); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for running := true; running; {
		select {
		case err := <-done:
			f.must(err)
			running = false
		default:
		}
		head, err := f.log.Head(f.ctx, "")
		f.must(err)
		rs, err := f.log.Read(f.ctx, "INC-1", head.Seq-min(head.Seq, size), 0)
		f.must(err)
		if len(rs) < store.MaxRead && len(rs)%size != 0 { // a full page may end within an append
			f.Fatalf("%d records of appends of %d are to be seen", len(rs), size)
		}
	}
	f.verified()
}

// streams: reading one stream gives its records and no others.
func streams(f *fixture) {
	for i := range 300 {
		f.append(fmt.Sprint("INC-", i%2), "", event("a", fmt.Sprint(i)))
	}
	for s := range 2 {
		stream := fmt.Sprint("INC-", s)
		rs := f.all(stream)
		if len(rs) != 150 {
			f.Fatalf("%s has %d records, want 150", stream, len(rs))
		}
		for i, r := range rs {
			if r.N != uint64(i)+1 || r.Stream != stream || string(r.Data) != fmt.Sprint(2*i+s) {
				f.Fatalf("record %d of %s is %s", i+1, stream, show(r))
			}
		}
	}
	if rs := f.all("INC-9"); len(rs) != 0 {
		f.Fatalf("a stream of nothing has %d records", len(rs))
	}
}

// prefixStreams: a name that begins another is not mixed up with it.
func prefixStreams(f *fixture) {
	names := []string{"INC-1", "INC-10", "INC-1/room", "INC", "INC-1\x01", "INC-1\U0010ffff", "Störung 1", strings.Repeat("n", store.MaxName)}
	for round := range 3 {
		for _, name := range names {
			f.append(name, "", event("a", fmt.Sprint(name, round)))
		}
	}
	for _, name := range names {
		rs := f.all(name)
		if len(rs) != 3 {
			f.Fatalf("%q has %d records, want 3", name, len(rs))
		}
		for i, r := range rs {
			if string(r.Data) != fmt.Sprint(name, i) {
				f.Fatalf("record %d of %q is %q", i+1, name, r.Data)
			}
		}
		h, err := f.log.Head(f.ctx, name)
		f.must(err)
		if h != rs[2].Head() {
			f.Fatalf("head of %q is %+v", name, h)
		}
	}
	f.verified()
}

// limits: a read keeps to its limit and to MaxRead, and to the end.
func limits(f *fixture) {
	rs := make([]store.Record, store.MaxRead+10)
	for i := range rs {
		rs[i] = event("a", "")
	}
	f.append("INC-1", "", rs...)
	for _, stream := range []string{"", "INC-1"} {
		for _, c := range []struct {
			after uint64
			limit int
			want  int
		}{
			{0, 1, 1}, {0, 10, 10}, {0, 0, store.MaxRead}, {0, -1, store.MaxRead}, {0, 1 << 20, store.MaxRead},
			{store.MaxRead, 0, 10}, {store.MaxRead + 9, 5, 1}, {store.MaxRead + 10, 5, 0}, {1 << 40, 5, 0}, {store.Any, 5, 0},
		} {
			got, err := f.log.Read(f.ctx, stream, c.after, c.limit)
			f.must(err)
			if len(got) != c.want || len(got) > 0 && got[0].Seq != c.after+1 {
				f.Errorf("read %q after %d, limit %d: %d records, want %d", stream, c.after, c.limit, len(got), c.want)
			}
		}
	}
}

// invalid: what no driver could keep is refused before any sees it.
func invalid(f *fixture) {
	ok := event("a", "")
	for _, c := range []struct {
		name, stream, key string
		r                 store.Record
	}{
		{"no stream", "", "", ok},
		{"zero byte in stream", "a\x00b", "", ok},
		{"long stream", strings.Repeat("s", store.MaxName+1), "", ok},
		{"stream not UTF-8", "\xff", "", ok},
		{"zero byte in key", "a", "k\x00", ok},
		{"long key", "a", strings.Repeat("k", store.MaxKey+1), ok},
		{"no kind", "a", "", store.Record{}},
		{"long kind", "a", "", store.Record{Kind: strings.Repeat("k", store.MaxName+1)}},
		{"actor not UTF-8", "a", "", store.Record{Kind: "a", Actor: "\xc0"}},
		{"too much data", "a", "", store.Record{Kind: "a", Data: make([]byte, store.MaxData+1)}},
	} {
		_, err := f.log.Append(f.ctx, c.stream, c.key, c.r)
		if !errors.Is(err, store.ErrInvalid) {
			f.Errorf("%s: got %v, want ErrInvalid", c.name, err)
		}
	}
	f.mustBe(f.log.SetCursor(f.ctx, "", 1, nil), store.ErrInvalid)
	f.mustBe(f.log.DeferCursor(f.ctx, "a\x00", 1, nil), store.ErrInvalid)
	if len(f.all("")) != 0 {
		f.Fatal("something was written")
	}
}

// canceled: a caller who has gone writes nothing.
func canceled(f *fixture) {
	ctx, cancel := context.WithCancel(f.ctx)
	cancel()
	_, err := f.log.Append(ctx, "INC-1", "", event("a", ""))
	f.mustBe(err, context.Canceled)
	_, err = f.log.Update(ctx, "INC-1", "", func(store.Past) ([]store.Record, error) { return []store.Record{event("a", "")}, nil })
	f.mustBe(err, context.Canceled)
	_, err = f.log.Read(ctx, "", 0, 0)
	f.mustBe(err, context.Canceled)
	f.mustBe(f.log.SetCursor(ctx, "c", 1, nil), context.Canceled)
	if len(f.all("")) != 0 {
		f.Fatal("something was written")
	}
}

// closed: a closed log says so, and may be closed again.
func closed(f *fixture) {
	f.append("INC-1", "k", event("a", ""))
	f.must(f.log.Close())
	_, err := f.log.Append(f.ctx, "INC-1", "", event("a", ""))
	f.mustBe(err, store.ErrClosed)
	_, err = f.log.Read(f.ctx, "", 0, 0)
	f.mustBe(err, store.ErrClosed)
	_, err = f.log.Seen(f.ctx, "k")
	f.mustBe(err, store.ErrClosed)
	_, err = f.log.Head(f.ctx, "")
	f.mustBe(err, store.ErrClosed)
	_, _, err = f.log.Cursor(f.ctx, "c")
	f.mustBe(err, store.ErrClosed)
	f.mustBe(f.log.SetCursor(f.ctx, "c", 1, nil), store.ErrClosed)
	f.mustBe(f.log.DeferCursor(f.ctx, "c", 1, nil), store.ErrClosed)
}

// owns: callers may scribble on what they gave and what they got.
func owns(f *fixture) {
	scribble := func(rs []store.Record) {
		for _, r := range rs {
			for i := range r.Data {
				r.Data[i] = '#'
			}
			for i := range r.Salt {
				r.Salt[i] = 0
			}
		}
	}
	given := []store.Record{event("a", "hello")}
	got, err := f.log.Append(f.ctx, "INC-1", "k", given...)
	f.must(err)
	scribble(given)
	if string(got[0].Data) != "hello" {
		f.Fatalf("what was returned is what was given: %q", got[0].Data)
	}
	want := store.Clone(got)
	scribble(got)
	for range 2 {
		rs, err := f.log.Read(f.ctx, "", 0, 0)
		f.must(err)
		f.same("read of the log", rs, want)
		scribble(rs)
		rs, err = f.log.Read(f.ctx, "INC-1", 0, 0)
		f.must(err)
		f.same("read of the stream", rs, want)
		scribble(rs)
		rs, err = f.log.Seen(f.ctx, "k")
		f.must(err)
		f.same("seen", rs, want)
		scribble(rs)
		rs, err = f.log.Append(f.ctx, "INC-1", "k", event("again", ""))
		f.must(err)
		f.same("repeat", rs, want)
		scribble(rs)
	}
	for _, set := range []func(context.Context, string, uint64, []byte) error{f.log.SetCursor, f.log.DeferCursor} {
		state := []byte("state")
		f.must(set(f.ctx, "c", 1, state))
		state[0] = '#'
		for range 2 {
			_, state, err := f.log.Cursor(f.ctx, "c")
			f.must(err)
			if string(state) != "state" {
				f.Fatalf("state is %q", state)
			}
			state[0] = '#'
		}
	}
	f.verified()
}

// bigPayload: the largest record is kept whole, among others, with any bytes.
func bigPayload(f *fixture) {
	big := bytes.Repeat([]byte("0123456789abcde\x00"), store.MaxData/16)
	if testing.Short() {
		big = big[:1<<20]
	}
	want := f.append("INC-1", "", event("small", ""), store.Record{Kind: "big", Data: big}, store.Record{Kind: "bytes", Data: []byte("\xff\xfe\x00")})
	if !bytes.Equal(want[1].Data, big) || want[0].Data != nil {
		f.Fatal("the data is not what was given")
	}
	f.same("read", f.all("INC-1"), want)
	f.verified()
}
