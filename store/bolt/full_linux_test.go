package bolt_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"sitrep/store"
	"sitrep/store/bolt"
)

// TestDiskFull fills a small disk: the append that does not fit is refused and
// named so, reading goes on, the log can even be opened, and once there is room
// the next append works, without anything being restarted.
func TestDiskFull(t *testing.T) {
	t.Run("ext4", func(t *testing.T) {
		d := newDisk(t, 32)
		diskFull(t, d.mount(t))
		d.unmount(t)
	})
	t.Run("tmpfs", func(t *testing.T) {
		dir := t.TempDir()
		if err := unix.Mount("none", dir, "tmpfs", 0, "size=24m"); err != nil {
			t.Skipf("this test mounts a file system of its own, and may not: %v", err)
		}
		defer func() {
			if err := unix.Unmount(dir, 0); err != nil {
				t.Error(err)
			}
		}()
		diskFull(t, dir)
	})
}

func diskFull(t *testing.T, dir string) {
	ctx := t.Context()
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 8<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "sitrep.db")
	l := store.New(open(t, path), nil)
	payload := string(make([]byte, 64<<10))
	acked := 0
	var err error
	for ; err == nil; acked++ {
		_, err = l.Append(ctx, "INC-1", fmt.Sprint("k", acked), event("a", payload))
	}
	acked--
	if !errors.Is(err, store.ErrFull) || acked < 50 {
		t.Fatalf("after %d appends: %v; want ErrFull", acked, err)
	}
	for range 3 {
		if _, err := l.Append(ctx, "INC-1", "again", event("a", payload+payload)); !errors.Is(err, store.ErrFull) {
			t.Fatalf("still full: got %v, want ErrFull", err)
		}
	}
	if err := l.Compact(ctx); !errors.Is(err, store.ErrFull) {
		t.Fatalf("rewriting on a full disk: got %v, want ErrFull", err)
	}
	verify := func(want int) {
		t.Helper()
		rep, err := l.Verify(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if rep.Records != uint64(want) {
			t.Fatalf("%d records, want %d", rep.Records, want)
		}
	}
	verify(acked)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	d, err := bolt.Open(path, nil)
	if err != nil {
		t.Fatalf("open on a full disk: %v", err)
	}
	l = store.New(d, nil)
	verify(acked)
	if _, err := l.Append(ctx, "INC-1", "again", event("a", payload+payload)); !errors.Is(err, store.ErrFull) {
		t.Fatalf("still full: got %v, want ErrFull", err)
	}

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(ctx, "INC-1", "again", event("a", payload+payload)); err != nil {
		t.Fatalf("there is room again: %v", err)
	}
	verify(acked + 1)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}
