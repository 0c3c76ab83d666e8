// Package storetest holds every store driver to the same promises: a conformance
// suite, a fault suite and a model suite. A driver's test is three lines:
//
//	func TestDriver(t *testing.T) {
//		storetest.Run(t, func(t testing.TB, dir string) store.Driver { … }, nil)
//	}
//
// Each case opens its own log in a folder of its own and uses it through a
// store.Log, as everyone does. Powers that a driver lacks are skipped by name.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"sitrep/store"
	"sitrep/store/memory"
)

// Open opens the log that a driver keeps in the folder dir. Opening the same dir
// again, after Close, opens the same log.
type Open func(t testing.TB, dir string) store.Driver

// Options say what a driver is exempt from. Nil and the zero value: nothing.
type Options struct {
	// Volatile: the log is gone after Close, so nothing is opened again.
	Volatile bool
}

// Run holds a driver to everything that is promised of drivers.
func Run(t *testing.T, open Open, o *Options) {
	if o == nil {
		o = &Options{}
	}
	cases := []struct {
		name string
		run  func(*fixture)
	}{
		{"Dense", dense}, {"Conflict", conflict}, {"Empty", empty}, {"Key", key}, {"KeyAfterMove", keyAfterMove},
		{"KeyRace", keyRace}, {"Atomic", atomicAppend}, {"Streams", streams}, {"PrefixStreams", prefixStreams},
		{"Limits", limits}, {"Invalid", invalid}, {"Canceled", canceled}, {"Closed", closed},
		{"Time", timeStamps}, {"ClockSmallStep", clockSmallStep}, {"ClockStep", clockStep}, {"ClockStepInClock", clockStepInClock},
		{"Cursor", cursor}, {"DeferCursor", deferCursor}, {"Concurrent", concurrent}, {"Follow", follow},
		{"Changed", changed}, {"Owns", owns}, {"BigPayload", bigPayload}, {"Head", head}, {"Past", past},
		{"Verify", verify}, {"Redact", redact}, {"RedactRefused", redactRefused}, {"Compact", compact},
		{"RoundTrip", roundTrip}, {"ImportContinues", importContinues}, {"ImportRefuses", importRefuses},
		{"Hold", hold}, {"Reopen", reopen}, {"Backup", backup},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.run(newFixture(t, open, o)) })
	}
	t.Run("Faults", func(t *testing.T) { faults(t, open, o) })
	t.Run("Model", func(t *testing.T) { model(t, open, o) })
}

// A fixture is one case's log.
type fixture struct {
	*testing.T
	ctx  context.Context
	open Open
	o    *Options
	dir  string
	log  *store.Log
	raw  store.Driver
}

func newFixture(t *testing.T, open Open, o *Options) *fixture {
	t.Helper()
	f := &fixture{T: t, ctx: t.Context(), open: open, o: o, dir: t.TempDir()}
	f.start()
	t.Cleanup(func() {
		if err := f.log.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return f
}

func (f *fixture) start() {
	f.raw = f.open(f.T, f.dir)
	f.log = store.New(f.raw, nil)
}

// again closes the log and opens it anew; a volatile one is skipped.
func (f *fixture) again() {
	f.Helper()
	if f.o.Volatile {
		f.Skip("the driver keeps nothing after Close")
	}
	f.must(f.log.Close())
	f.start()
}

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// mustBe fails unless err is the target.
func (f *fixture) mustBe(err, target error) {
	f.Helper()
	if !errors.Is(err, target) {
		f.Fatalf("got error %v, want %v", err, target)
	}
}

// event is a record as a caller gives it.
func event(kind, data string) store.Record {
	return store.Record{Actor: "U1", Kind: kind, Data: []byte(data)}
}

func (f *fixture) append(stream, key string, rs ...store.Record) []store.Record {
	f.Helper()
	out, err := f.log.Append(f.ctx, stream, key, rs...)
	f.must(err)
	return out
}

// all reads a whole stream, or the whole log for "".
func (f *fixture) all(stream string) []store.Record {
	f.Helper()
	return readAll(f.T, f.log, stream)
}

func readAll(t testing.TB, l *store.Log, stream string) []store.Record {
	t.Helper()
	var all []store.Record
	for after := uint64(0); ; {
		rs, err := l.Read(context.Background(), stream, after, 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(rs) == 0 {
			return all
		}
		all = append(all, rs...)
		after = rs[len(rs)-1].N
		if stream == "" {
			after = rs[len(rs)-1].Seq
		}
	}
}

// verified fails unless the whole log is as promised.
func (f *fixture) verified() store.Report {
	f.Helper()
	rep, err := f.log.Verify(f.ctx)
	f.must(err)
	return rep
}

// same fails unless two lists of records are equal in every field.
func (f *fixture) same(what string, got, want []store.Record) {
	f.Helper()
	if err := diff(got, want); err != nil {
		f.Fatalf("%s: %v", what, err)
	}
}

// diff says how two lists of records differ.
func diff(got, want []store.Record) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d records, want %d", len(got), len(want))
	}
	for i := range got {
		if g, w := show(got[i]), show(want[i]); g != w {
			return fmt.Errorf("record %d\n got %s\nwant %s", i, g, w)
		}
	}
	return nil
}

// show prints every field of a record.
func show(r store.Record) string {
	return fmt.Sprintf("%d %s/%d %s actor=%q kind=%q key=%q count=%d imported=%t redacted=%t data=%q salt=%x datasum=%s sum=%s",
		r.Seq, r.Stream, r.N, r.At.Format(time.RFC3339Nano), r.Actor, r.Kind, r.Key, r.Count, r.Imported, r.Redacted, r.Data, r.Salt, r.DataSum, r.Sum)
}

// export returns the log's export.
func (f *fixture) export(l *store.Log) []byte {
	f.Helper()
	var out bytes.Buffer
	f.must(store.Export(f.ctx, l, &out))
	return out.Bytes()
}

// other returns an empty log in memory.
func (f *fixture) other() *store.Log {
	l := store.New(memory.New(), nil)
	f.Cleanup(func() {
		if err := l.Close(); err != nil {
			f.Errorf("close: %v", err)
		}
	})
	return l
}

// clock sets the log's clock to a fixed time, which the test may move.
func (f *fixture) clock(at time.Time) *time.Time {
	now := at
	f.log.Now = func() time.Time { return now }
	return &now
}
