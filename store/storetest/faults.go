package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"sitrep/store"
)

// ErrInjected is the error of an injected fault.
var ErrInjected = errors.New("injected fault")

// A Fault is what happens to one write.
type Fault int

// The faults: an error before anything is written, an error though it was
// written, and the same two where the process dies at that moment.
const (
	FailBefore Fault = iota + 1
	FailAfter
	CrashBefore
	CrashAfter
)

func (f Fault) String() string {
	return [...]string{"none", "error before", "error after", "crash before", "crash after"}[f]
}

// A Faulty driver passes everything on to the driver in it, until it is armed:
// the next write then fails. After a crash it is of no use, as a dead process is
// not. It has none of the optional powers, so it also shows that a log works
// without.
type Faulty struct {
	store.Driver

	mu    sync.Mutex
	fault Fault
	dead  bool
}

// Arm makes the next write fail.
func (d *Faulty) Arm(f Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fault = f
}

func (d *Faulty) write(do func() error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead {
		return ErrInjected
	}
	fault := d.fault
	d.fault = 0
	d.dead = fault == CrashBefore || fault == CrashAfter
	switch fault {
	case FailBefore, CrashBefore:
		return ErrInjected
	case FailAfter, CrashAfter:
		return errors.Join(ErrInjected, store.ErrUnknown, do())
	}
	return do()
}

// Append implements store.Driver.
func (d *Faulty) Append(ctx context.Context, b store.Batch) (rs []store.Record, err error) {
	err = d.write(func() (err error) { rs, err = d.Driver.Append(ctx, b); return err })
	if err != nil {
		return nil, err
	}
	return rs, nil
}

// SetCursor implements store.Driver.
func (d *Faulty) SetCursor(ctx context.Context, name string, seq uint64, state []byte) error {
	return d.write(func() error { return d.Driver.SetCursor(ctx, name, seq, state) })
}

// faults: after any fault in any write, what was acknowledged is there, what was
// not is there whole or not at all, and the same call under the same key does it
// exactly once.
func faults(t *testing.T, open Open, o *Options) {
	ops := []struct {
		name string
		run  func(*fixture) error
		once bool // done again, it leaves the same
	}{
		{"Append", func(f *fixture) error {
			_, err := f.log.Append(f.ctx, "INC-1", "k", event("a", "1"), event("b", "2"))
			return err
		}, true},
		{"Update", func(f *fixture) error {
			_, err := f.log.Update(f.ctx, "INC-1", "k", func(p store.Past) ([]store.Record, error) {
				return []store.Record{event("a", fmt.Sprint(p.Last())), event("b", "")}, nil
			})
			return err
		}, true},
		{"Update with a deferred cursor", func(f *fixture) error {
			if err := f.log.DeferCursor(f.ctx, "board", 2, nil); err != nil {
				return err
			}
			_, err := f.log.Update(f.ctx, "INC-1", "k", func(p store.Past) ([]store.Record, error) {
				return []store.Record{event("a", fmt.Sprint(p.Last())), event("b", "")}, nil
			})
			return err
		}, true},
		{"SetCursor", func(f *fixture) error { return f.log.SetCursor(f.ctx, "mail", 2, []byte("s")) }, false},
	}
	for _, op := range ops {
		for _, fault := range []Fault{FailBefore, FailAfter, CrashBefore, CrashAfter} {
			t.Run(fmt.Sprint(op.name, "/", fault), func(t *testing.T) {
				f := newFixture(t, open, o)
				faulty := &Faulty{Driver: f.raw}
				f.log = store.New(faulty, nil)
				acked := f.append("INC-1", "first", event("acked", "x"), event("acked", "y"))

				faulty.Arm(fault)
				f.mustBe(op.run(f), ErrInjected)
				if faulty.dead { // the process is gone with all it had in memory
					if !o.Volatile {
						f.must(f.raw.Close())
						f.raw = open(t, f.dir)
					}
					faulty = &Faulty{Driver: f.raw}
					f.log = store.New(faulty, nil)
				}
				rs := f.all("")
				f.same("what was acknowledged", rs[:2], acked)
				if n := len(rs); n != 2 && n != 4 {
					f.Fatalf("%d records: an append is half there", n)
				}
				f.verified()

				f.must(op.run(f))
				f.must(op.run(f))
				rs = f.all("")
				if want := 4; op.once && len(rs) != want {
					f.Fatalf("%d records after trying again, want %d", len(rs), want)
				}
				f.verified()
				if seq, _, err := f.log.Cursor(f.ctx, "mail"); !op.once && (err != nil || seq != 2) {
					f.Fatalf("cursor is %d, %v", seq, err)
				}
			})
		}
	}
}
