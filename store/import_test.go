package store_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"sitrep/store"
	"sitrep/store/memory"
)

// forgetful is a driver that forgets keys, and so takes one twice.
type forgetful struct{ store.Driver }

func (d forgetful) Append(ctx context.Context, b store.Batch) ([]store.Record, error) {
	b.Key = "" // the driver looks there, and the seal sets it from its own copy
	return d.Driver.Append(ctx, b)
}

func (d forgetful) Seen(context.Context, string) ([]store.Record, error) { return nil, nil }

func (d forgetful) Cursors(context.Context) ([]string, error) { return nil, nil }

// TestImportKeyTwice: an export in which a key comes twice, which its sums cannot
// tell, is refused, also where the two are in different commits.
func TestImportKeyTwice(t *testing.T) {
	ctx := t.Context()
	src := store.New(forgetful{memory.New()}, nil)
	defer src.Close()
	var short, long bytes.Buffer
	for _, out := range []*bytes.Buffer{&short, &long} {
		if _, err := src.Append(ctx, "INC-1", "k", event("a", "")); err != nil {
			t.Fatal(err)
		}
		if err := store.Export(ctx, src, out); err != nil {
			t.Fatal(err)
		}
	}
	for _, before := range [][]byte{nil, short.Bytes()} {
		l := store.New(memory.New(), nil)
		if before != nil {
			if err := store.Import(ctx, l, bytes.NewReader(before)); err != nil {
				t.Fatal(err)
			}
		}
		if err := store.Import(ctx, l, bytes.NewReader(long.Bytes())); !errors.Is(err, store.ErrDamaged) {
			t.Errorf("got %v, want ErrDamaged", err)
		}
		if _, err := l.Verify(ctx); err != nil {
			t.Error(err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}
