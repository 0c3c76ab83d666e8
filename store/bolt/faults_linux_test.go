package bolt_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sitrep/store"
	"sitrep/store/bolt"
)

// TestSystemCalls makes every system call of every kind of write fail once, and
// then for as long as the disk is bad, and holds the driver to the truth: what it
// says was kept is kept, what it says was not is not, and where it says that it
// does not know, trying again under the same key does it exactly once. After
// each the log works on without being opened anew by its owner.
func TestSystemCalls(t *testing.T) {
	out, err := child(t.Context(), "faults", t.TempDir()).Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}

// A faultOp is a kind of write. It can be repeated and is then done once.
type faultOp struct {
	name string
	run  func(context.Context, *store.Log) error
	done func(context.Context, *store.Log) (bool, error)
}

var bigData = strings.Repeat("x", 3<<20) // more than the file grows at a time

func faultOps() []faultOp {
	seen := func(ctx context.Context, l *store.Log) (bool, error) {
		rs, err := l.Seen(ctx, "k")
		return len(rs) > 0, err
	}
	return []faultOp{
		{"append", func(ctx context.Context, l *store.Log) error {
			_, err := l.Append(ctx, "INC-1", "k", event("a", "1"), event("b", "2"))
			return err
		}, seen},
		{"append that makes the file grow", func(ctx context.Context, l *store.Log) error {
			_, err := l.Append(ctx, "INC-1", "k", event("a", bigData))
			return err
		}, seen},
		{"cursor", func(ctx context.Context, l *store.Log) error {
			return l.SetCursor(ctx, "mail", 2, []byte("s"))
		}, func(ctx context.Context, l *store.Log) (bool, error) {
			seq, _, err := l.Cursor(ctx, "mail")
			return seq == 2, err
		}},
		{"redaction", func(ctx context.Context, l *store.Log) error {
			return l.Redact(ctx, []uint64{2}, store.Record{Stream: "INC-1", Kind: "redacted", Key: "k"})
		}, func(ctx context.Context, l *store.Log) (bool, error) {
			rs, err := l.Read(ctx, "", 1, 1)
			return err == nil && rs[0].Redacted, err
		}},
	}
}

// faultsChild runs with a saboteur in place.
func faultsChild(args []string) error {
	s, err := newSaboteur()
	if err != nil {
		return err
	}
	var total tally
	for _, errno := range []syscall.Errno{syscall.EIO, syscall.ENOSPC} {
		for _, lasting := range []bool{false, true} {
			for _, op := range faultOps() {
				var sum tally
				for n := 1; ; n++ {
					dir := filepath.Join(args[0], fmt.Sprintf("%d-%t-%s-%d", errno, lasting, op.name, n))
					f := faultRun{s: s, op: op, errno: errno, lasting: lasting, n: n, tally: &sum}
					reached, err := f.run(dir)
					if err != nil {
						return fmt.Errorf("%s, %v at call %d, lasting %t: %w", op.name, errno, n, lasting, err)
					}
					if !reached {
						break
					}
				}
				fmt.Printf("%-32s %-24v lasting=%-5t %v\n", op.name, errno, lasting, sum)
				total.kept += sum.kept
				total.refused += sum.refused
				total.unknown += sum.unknown
			}
		}
	}
	// All three answers must have been given, or this test shows nothing.
	if total.kept == 0 || total.refused == 0 || total.unknown == 0 {
		return fmt.Errorf("some answer was never given: %v", total)
	}
	return nil
}

// A tally counts what was answered although a system call failed.
type tally struct{ kept, refused, unknown int }

func (t tally) String() string {
	return fmt.Sprintf("kept all the same: %d, refused: %d, unknown: %d", t.kept, t.refused, t.unknown)
}

type faultRun struct {
	s       *saboteur
	op      faultOp
	errno   syscall.Errno
	lasting bool
	n       int
	*tally
}

// run makes the nth system call of the op fail. It reports whether there is one.
func (f faultRun) run(dir string) (reached bool, err error) {
	ctx := context.Background()
	if err := os.Mkdir(dir, 0o700); err != nil {
		return false, err
	}
	path := filepath.Join(dir, "sitrep.db")
	d, err := bolt.Open(path, &bolt.Options{IndexEvery: 3}) // so that the op makes it due
	if err != nil {
		return false, err
	}
	l := store.New(d, nil)
	acked, err := l.Append(ctx, "INC-1", "first", event("acked", "1"), event("acked", "2"))
	if err != nil {
		return false, err
	}

	f.s.arm(f.n, f.lasting, func() syscall.Errno { return f.errno })
	said := f.op.run(ctx, l)
	rs, readErr := readAll(ctx, l) // while the disk is bad
	done, doneErr := f.op.done(ctx, l)
	if reached = f.s.disarm(); !reached {
		return false, errors.Join(said, l.Close())
	}
	if readErr != nil || doneErr != nil {
		return true, fmt.Errorf("reading must go on: %w", errors.Join(readErr, doneErr))
	}
	if len(rs) < 2 || rs[0].Sum != acked[0].Sum || rs[1].Sum != acked[1].Sum {
		return true, errors.New("what was acknowledged is gone")
	}
	// A redaction that is committed, but could not rewrite the file, says so.
	redacted := f.op.name == "redaction" && said != nil && done
	switch {
	case said == nil:
		f.kept++
		if !done {
			return true, errors.New("it says that it was kept, and it was not")
		}
	case errors.Is(said, store.ErrUnknown):
		f.unknown++
		if len(rs) > 2 {
			return true, errors.New("a reader sees what may not be on the disk")
		}
	default:
		f.refused++
		if done && !redacted {
			return true, fmt.Errorf("it says %q, and it was kept", said)
		}
		if (f.errno == syscall.ENOSPC) != errors.Is(said, store.ErrFull) {
			return true, fmt.Errorf("a wrong name for the error: %w", said)
		}
	}

	// The disk is well again: the same call does it, exactly once.
	for range 2 {
		if err := f.op.run(ctx, l); err != nil {
			return true, fmt.Errorf("trying again: %w", err)
		}
	}
	if err := f.holds(ctx, l, dir); err != nil {
		return true, err
	}
	if err := l.Close(); err != nil {
		return true, err
	}
	if d, err = bolt.Open(path, nil); err != nil {
		return true, fmt.Errorf("opening it again: %w", err)
	}
	l = store.New(d, nil)
	if err := f.holds(ctx, l, dir); err != nil {
		return true, fmt.Errorf("opened again: %w", err)
	}
	return true, errors.Join(l.Close(), os.RemoveAll(dir))
}

// holds checks the whole log after the op was done.
func (f faultRun) holds(ctx context.Context, l *store.Log, dir string) error {
	rep, err := l.Verify(ctx)
	if err != nil {
		return err
	}
	want := uint64(2)
	if rs, err := l.Seen(ctx, "k"); err != nil {
		return err
	} else {
		want += uint64(len(rs))
	}
	if rep.Records != want {
		return fmt.Errorf("%d records, want %d", rep.Records, want)
	}
	if done, err := f.op.done(ctx, l); err != nil || !done {
		return fmt.Errorf("it is not there: %w", errors.Join(err, errors.New("after trying again")))
	}
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) != 1 {
		err = fmt.Errorf("%d files are left, want 1", len(entries))
	}
	return err
}
