package store_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sitrep/store"
	"sitrep/store/memory"
)

func event(kind, data string) store.Record {
	return store.Record{Actor: "U1", Kind: kind, Data: []byte(data)}
}

// TestSums holds the chain to figures that were worked out apart from this code,
// from the layout in the package comment (Python's hashlib), so that the layout
// cannot change unseen.
func TestSums(t *testing.T) {
	l := store.New(memory.New(), &store.Options{Salts: strings.NewReader("0123456789abcdefABCDEFGHIJKLMNOP")})
	l.Now = func() time.Time { return time.Date(2020, 9, 9, 16, 15, 0, 0, time.UTC) }
	defer l.Close()
	first, err := l.Append(t.Context(), "INC-1", "slack/1", event("declared", "MariaDB crashed"))
	if err != nil {
		t.Fatal(err)
	}
	second, err := l.Append(t.Context(), "INC-1/room", "", store.Record{Kind: "old", Imported: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		got  store.Sum
		want string
	}{
		{"first DataSum", first[0].DataSum, "940cafe45fb40ddea43f18531cc555476678e637a94f268a540c3de54e19df20"},
		{"first Sum", first[0].Sum, "6093f309fc416f1a202065aa4ea2d1d7679a2e8c587d85e63cd40c2912d9b9da"},
		{"second DataSum", second[0].DataSum, "e7e8b89c2721d290cc5f55425491ecd6831355e91063f20b39c22f9ec6a71f91"},
		{"second Sum", second[0].Sum, "d6a050c073f606533bb8cead987772ff314c65abaaeb2456d2d3b31f80c304e5"},
	} {
		if c.got.String() != c.want {
			t.Errorf("%s is %s, want %s", c.name, c.got, c.want)
		}
	}
}

// TestDeferredCursor: without a commit to go with, it is saved after a second.
func TestDeferredCursor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := memory.New()
		l := store.New(d, nil)
		if err := l.DeferCursor(t.Context(), "board", 3, []byte("s")); err != nil {
			t.Fatal(err)
		}
		saved := func() uint64 {
			synctest.Wait()
			seq, _, err := d.Cursor(t.Context(), "board")
			if err != nil {
				t.Fatal(err)
			}
			return seq
		}
		time.Sleep(999 * time.Millisecond)
		if n := saved(); n != 0 {
			t.Fatalf("saved as %d too early", n)
		}
		time.Sleep(time.Millisecond)
		if n := saved(); n != 3 {
			t.Fatalf("saved as %d after a second, want 3", n)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// badCursors is a driver that cannot save cursors for a while.
type badCursors struct {
	store.Driver
	bad atomic.Bool
}

var errBad = errors.New("bad disk")

func (d *badCursors) SetCursor(ctx context.Context, name string, seq uint64, state []byte) error {
	if d.bad.Load() {
		return errBad
	}
	return d.Driver.SetCursor(ctx, name, seq, state)
}

// TestDeferredCursorFails: nothing is forgotten, and it is saved as soon as that
// is possible again.
func TestDeferredCursorFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &badCursors{Driver: memory.New()}
		d.bad.Store(true)
		l := store.New(d, nil)
		if err := l.DeferCursor(t.Context(), "board", 3, nil); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if err := l.DeferCursor(t.Context(), "page", 4, nil); err != nil {
			t.Fatal(err)
		}
		if seq, _, err := l.Cursor(t.Context(), "board"); err != nil || seq != 3 {
			t.Fatalf("cursor is %d, %v; want 3", seq, err)
		}
		d.bad.Store(false)
		time.Sleep(time.Second)
		synctest.Wait()
		for name, want := range map[string]uint64{"board": 3, "page": 4} {
			if seq, _, err := d.Cursor(t.Context(), name); err != nil || seq != want {
				t.Fatalf("%s is %d, %v; want %d", name, seq, err, want)
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestUpdateWaits: updates of one stream wait for each other, those of others do
// not, and who waits can give up.
func TestUpdateWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := store.New(memory.New(), nil)
		defer l.Close()
		var mu sync.Mutex
		order := ""
		say := func(what string) {
			mu.Lock()
			defer mu.Unlock()
			order += what
		}
		go l.Update(t.Context(), "INC-1", "", func(store.Past) ([]store.Record, error) {
			time.Sleep(time.Minute)
			say("first ")
			return []store.Record{event("a", "")}, nil
		})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := l.Update(ctx, "INC-1", "", func(store.Past) ([]store.Record, error) { say("never "); return nil, nil }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want a deadline", err)
		}
		if _, err := l.Update(t.Context(), "INC-2", "", func(store.Past) ([]store.Record, error) { say("other "); return nil, nil }); err != nil {
			t.Error(err)
		}
		if _, err := l.Update(t.Context(), "INC-1", "", func(p store.Past) ([]store.Record, error) { say(fmt.Sprint("after ", p.Last())); return nil, nil }); err != nil {
			t.Error(err)
		}
		if want := "other first after 1"; order != want {
			t.Errorf("order is %q, want %q", order, want)
		}
	})
}

// tampered is a driver that changes what it reads.
type tampered struct {
	store.Driver
	change func(*store.Record)
}

func (d *tampered) Read(ctx context.Context, stream string, after uint64, limit int) ([]store.Record, error) {
	rs, err := d.Driver.Read(ctx, stream, after, limit)
	kept := rs[:0]
	for _, r := range rs {
		if d.change(&r); r.Seq != 0 {
			kept = append(kept, r)
		}
	}
	return kept, err
}

// TestVerify: whatever is not as it was written is found, and the record named.
func TestVerify(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*store.Record) // of record 5, which begins an append of two
		want   string
	}{
		{"data", func(r *store.Record) { r.Data = []byte("forged") }, "record 5 in INC-2: its data is not what was recorded"},
		{"data and its sum", func(r *store.Record) { r.Data = nil; r.DataSum = store.Sum{} }, "record 5 in INC-2: its data"},
		{"salt", func(r *store.Record) { r.Salt[0]++ }, "record 5 in INC-2: its data"},
		{"time", func(r *store.Record) { r.At = r.At.Add(time.Millisecond) }, "record 5 in INC-2: its sum"},
		{"actor", func(r *store.Record) { r.Actor = "U2" }, "record 5 in INC-2: its sum"},
		{"kind", func(r *store.Record) { r.Kind = "b" }, "record 5 in INC-2: its sum"},
		{"kind and actor, moved", func(r *store.Record) { r.Actor, r.Kind = "U", "1a" }, "record 5 in INC-2: its sum"},
		{"key", func(r *store.Record) { r.Key = "other" }, "record 5 in INC-2: its sum"},
		{"imported", func(r *store.Record) { r.Imported = true }, "record 5 in INC-2: its sum"},
		{"count", func(r *store.Record) { r.Count = 1 }, "record 5 in INC-2: its sum"},
		{"stream", func(r *store.Record) { r.Stream = "INC-3" }, "record 5 in INC-3: its sum"},
		{"number", func(r *store.Record) { r.N++ }, "record 5 in INC-2: its sum"},
		{"sum", func(r *store.Record) { r.Sum[5]++ }, "record 5 in INC-2: its sum"},
		{"redacted on the sly", func(r *store.Record) { r.Redacted = true }, "record 5 in INC-2: it is redacted, but its data is there"},
		{"missing", func(r *store.Record) { r.Seq = 0 }, "record 5: it is missing; record 6 follows record 4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &tampered{Driver: memory.New(), change: func(*store.Record) {}}
			l := store.New(d, nil)
			defer l.Close()
			for i := range 4 {
				if _, err := l.Append(t.Context(), fmt.Sprint("INC-", 1+i%2), fmt.Sprint("k", i), []store.Record{event("a", "x"), event("a", "y")}[:1+i%2]...); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := l.Verify(t.Context()); err != nil {
				t.Fatal(err)
			}
			d.change = func(r *store.Record) {
				if r.Seq == 5 {
					c.change(r)
				}
			}
			_, err := l.Verify(t.Context())
			var bad *store.Damage
			if !errors.Is(err, store.ErrDamaged) || !errors.As(err, &bad) || bad.Seq != 5 || !strings.HasPrefix(err.Error(), c.want) {
				t.Fatalf("got %v, want %s", err, c.want)
			}
		})
	}
}

// TestVerifyCut: an append of which only a part is there is found.
func TestVerifyCut(t *testing.T) {
	d := &tampered{Driver: memory.New(), change: func(*store.Record) {}}
	l := store.New(d, nil)
	defer l.Close()
	if _, err := l.Append(t.Context(), "INC-1", "", event("a", ""), event("b", "")); err != nil {
		t.Fatal(err)
	}
	d.change = func(r *store.Record) {
		if r.Seq == 2 {
			r.Seq = 0
		}
	}
	_, err := l.Verify(t.Context())
	if want := "record 2 in INC-1: it is missing; the append at record 1 has 2 records"; err == nil || err.Error() != want {
		t.Fatalf("got %v, want %s", err, want)
	}
}

// FuzzImport: no input makes an import panic or leave a log that does not
// verify.
func FuzzImport(f *testing.F) {
	l := store.New(memory.New(), &store.Options{Salts: strings.NewReader(strings.Repeat("salt", 400))})
	for i := range 3 {
		if _, err := l.Append(context.Background(), "INC-1", fmt.Sprint("k", i), event("a", "x"), event("b", "\xff")); err != nil {
			f.Fatal(err)
		}
	}
	if err := l.SetCursor(context.Background(), "mail", 2, []byte("s")); err != nil {
		f.Fatal(err)
	}
	var good bytes.Buffer
	if err := store.Export(context.Background(), l, &good); err != nil {
		f.Fatal(err)
	}
	f.Add(good.Bytes())
	f.Add([]byte("{\"log\":{\"format\":1}}\n{\"end\":{\"records\":0,\"cursors\":0,\"sum\":\"" + hex.EncodeToString(make([]byte, 32)) + "\"}}"))
	f.Add([]byte("{"))
	f.Fuzz(func(t *testing.T, in []byte) {
		l := store.New(memory.New(), nil)
		defer l.Close()
		err := store.Import(t.Context(), l, bytes.NewReader(in))
		if _, bad := l.Verify(t.Context()); bad != nil {
			t.Fatalf("import said %v and left a log that does not verify: %v", err, bad)
		}
	})
}
