package storetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sitrep/store"
)

// timeStamps: UTC, whole milliseconds, one stamp an append, never from a caller.
func timeStamps(f *fixture) {
	zone := time.FixedZone("CDT", -5*3600)
	now := f.clock(time.Date(2020, 9, 9, 11, 15, 0, 123_456_789, zone))
	want := time.Date(2020, 9, 9, 16, 15, 0, 123_000_000, time.UTC)
	r := event("a", "\xff\x00")
	r.At = now.AddDate(1, 0, 0)
	rs := f.append("INC-1", "", r, event("b", ""))
	rs = append(rs, f.all("INC-1")...)
	for _, r := range rs {
		if !r.At.Equal(want) || r.At.Location() != time.UTC {
			f.Fatalf("recorded at %v, want %v", r.At, want)
		}
	}
	*now = time.Date(1969, 12, 31, 23, 59, 59, 0, time.UTC) // before the epoch
	f.append("INC-1", "", event("c", ""))
	f.verified()
}

// clockSmallStep: a clock that goes back a little is held, without a word.
func clockSmallStep(f *fixture) {
	start := time.Date(2020, 9, 9, 16, 15, 10, 0, time.UTC)
	now := f.clock(start)
	f.append("INC-1", "", event("a", ""))
	*now = start.Add(-store.MaxClamp + time.Millisecond)
	if rs := f.append("INC-1", "", event("b", "")); !rs[0].At.Equal(start) || rs[0].Seq != 2 {
		f.Fatalf("a step back under the limit gave %s", show(rs[0]))
	}
	*now = start.Add(time.Second)
	if rs := f.append("INC-1", "", event("c", "")); !rs[0].At.Equal(*now) {
		f.Fatalf("afterwards the clock is not followed: %s", show(rs[0]))
	}
	if rep := f.verified(); rep.ClockSteps != 0 || rep.Records != 3 {
		f.Fatalf("report %+v", rep)
	}
}

// clockStep: a clock that goes back far is believed, and that is recorded in the
// same commit; the append's own records are returned.
func clockStep(f *fixture) {
	start := time.Date(2020, 9, 9, 16, 15, 10, 0, time.UTC)
	now := f.clock(start)
	f.append("INC-1", "", event("a", ""))
	*now = start.Add(-store.MaxClamp)
	rs := f.append("INC-1", "k", event("b", "1"), event("c", "2"))
	if len(rs) != 2 || rs[0].Seq != 3 || rs[0].N != 2 || !rs[0].At.Equal(*now) || rs[0].Key != "k" {
		f.Fatalf("the append's own records are %v", rs)
	}
	seen, err := f.log.Seen(f.ctx, "k")
	f.must(err)
	f.same("seen", seen, rs)
	step := f.all("")[1]
	var what store.ClockStep
	f.must(json.Unmarshal(step.Data, &what))
	if step.Kind != store.ClockStepped || step.Stream != store.ClockStream || step.N != 1 || !step.At.Equal(*now) ||
		!what.From.Equal(start) || !what.To.Equal(*now) {
		f.Fatalf("the step is recorded as %s", show(step))
	}
	if string(step.Data) != `{"from":"2020-09-09T16:15:10Z","to":"2020-09-09T16:15:08Z"}` {
		f.Fatalf("the step's data is %s", step.Data)
	}
	*now = now.Add(-time.Hour)
	f.append("INC-1", "", event("d", ""))
	if rep := f.verified(); rep.ClockSteps != 2 || rep.Records != 6 {
		f.Fatalf("report %+v", rep)
	}
}

// clockStepInClock: the step is numbered even where the append is to its stream.
func clockStepInClock(f *fixture) {
	now := f.clock(time.Date(2020, 9, 9, 16, 0, 0, 0, time.UTC))
	f.append(store.ClockStream, "", event("a", ""))
	*now = now.Add(-time.Hour)
	if rs := f.append(store.ClockStream, "", event("b", "")); rs[0].N != 3 {
		f.Fatalf("numbered %d, want 3", rs[0].N)
	}
	f.verified()
}

// fill writes a log with a bit of everything.
func (f *fixture) fill() {
	f.Helper()
	now := f.clock(time.Date(2020, 9, 9, 16, 15, 0, 0, time.UTC))
	imported := event("old", `{"text":"<b>&amp; \u2028"}`)
	imported.Imported = true
	f.append("INC-1", "slack/1", event("declared", `{"title":"MariaDB crashed"}`), event("role.taken", ""))
	f.append("INC-1/room", "", imported, event("bytes", "\xff\x00"), event("text", "tab\tline\nÜmlaut"))
	*now = now.Add(-time.Hour)
	f.append("INC-2", "slack/2", event("declared", ""))
	f.append("INC-1", "slack/3", event("secret", "AKIA-very-secret-bytes"))
	f.must(f.log.SetCursor(f.ctx, "mail", 3, []byte("\x00state")))
	f.must(f.log.DeferCursor(f.ctx, "board", 5, []byte(`{"open":2}`)))
}

// verify: a sound log is found sound, with the right counts.
func verify(f *fixture) {
	if rep := f.verified(); rep != (store.Report{}) {
		f.Fatalf("report on nothing: %+v", rep)
	}
	f.fill()
	h, err := f.log.Head(f.ctx, "")
	f.must(err)
	want := store.Report{Records: 8, Streams: 4, ClockSteps: 1, Head: h}
	if rep := f.verified(); rep != want {
		f.Fatalf("report %+v, want %+v", rep, want)
	}
}

// redact: data and salt are gone, the rest and the chain stand, and it is on
// record.
func redact(f *fixture) {
	if _, ok := f.raw.(store.Redactor); !ok {
		f.Skip("the driver is no Redactor")
	}
	f.fill()
	before := f.all("")
	by := store.Record{Stream: "INC-1", Actor: "U9", Kind: "redacted", Key: "r1", Data: []byte(`{"seqs":[8,2],"why":"customer data"}`)}
	changed := f.log.Changed()
	f.must(f.log.Redact(f.ctx, []uint64{8, 2, 8}, by))
	select {
	case <-changed:
	default:
		f.Error("the redaction was not told as a commit")
	}
	after := f.all("")
	want := store.Clone(before)
	for _, seq := range []int{2, 8} {
		r := &want[seq-1]
		r.Data, r.Salt, r.Redacted = nil, nil, true
	}
	if len(after) != 9 || after[8].Kind != "redacted" || after[8].Actor != "U9" || after[8].Stream != "INC-1" || string(after[8].Data) != string(by.Data) {
		f.Fatalf("the redaction is not on record: %v", after)
	}
	f.same("after redaction", after[:8], want)
	if rep := f.verified(); rep.Redacted != 2 {
		f.Fatalf("report %+v", rep)
	}
	f.must(f.log.Redact(f.ctx, []uint64{8}, by)) // delivered again
	if n := len(f.all("")); n != 9 {
		f.Fatalf("%d records after a repeat, want 9", n)
	}
	by.Key = ""
	f.must(f.log.Redact(f.ctx, []uint64{8, 9}, by)) // once more, and of a redaction
	if rep := f.verified(); rep.Redacted != 3 || rep.Records != 10 {
		f.Fatalf("report %+v", rep)
	}
	f.append("INC-1", "", event("on it goes", ""))
	f.absent("AKIA-very-secret-bytes")
	seq, state, err := f.log.Cursor(f.ctx, "mail")
	f.must(err)
	if seq != 3 || string(state) != "\x00state" {
		f.Fatalf("the cursor is %d, %q", seq, state)
	}
	f.again()
	f.verified()
	if seen, err := f.log.Seen(f.ctx, "slack/3"); err != nil || len(seen) != 1 || !seen[0].Redacted {
		f.Fatalf("the key of a redacted record gives %v, %v", seen, err)
	}
	f.absent("AKIA-very-secret-bytes")
}

// absent fails if a driver's files hold text.
func (f *fixture) absent(text string) {
	f.Helper()
	f.must(filepath.WalkDir(f.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err == nil && bytes.Contains(b, []byte(text)) {
			f.Errorf("%s still holds %q", path, text)
		}
		return err
	}))
}

// redactRefused: what is not there cannot be redacted, and then nothing is.
func redactRefused(f *fixture) {
	if _, ok := f.raw.(store.Redactor); !ok {
		f.Skip("the driver is no Redactor")
	}
	f.fill()
	want := f.all("")
	by := store.Record{Stream: "INC-1", Kind: "redacted"}
	for _, seqs := range [][]uint64{{0}, {1, 9}, {store.Any}} {
		f.mustBe(f.log.Redact(f.ctx, seqs, by), store.ErrInvalid)
	}
	f.mustBe(f.log.Redact(f.ctx, []uint64{1}, store.Record{Kind: "redacted"}), store.ErrInvalid)
	f.same("after refusals", f.all(""), want)
}

// compact: nothing is lost by it.
func compact(f *fixture) {
	if _, ok := f.raw.(store.Compacter); !ok {
		f.Skip("the driver is no Compacter")
	}
	f.fill()
	f.must(f.log.SetCursor(f.ctx, "search", 1, []byte("state-that-is-purged")))
	f.must(f.log.SetCursor(f.ctx, "search", 1, nil))
	want := f.export(f.log)
	f.must(f.log.Compact(f.ctx))
	if got := f.export(f.log); !bytes.Equal(got, want) {
		f.Fatalf("after compaction:\n%s\nbefore:\n%s", got, want)
	}
	f.absent("state-that-is-purged")
	f.append("INC-1", "", event("on it goes", ""))
	f.verified()
}

// roundTrip: export and import give the same bytes, through any driver.
func roundTrip(f *fixture) {
	f.fill()
	f.must(f.log.Redact(f.ctx, []uint64{2}, store.Record{Stream: "INC-1", Kind: "redacted"}))
	want := f.export(f.log)

	mem := f.other()
	f.must(store.Import(f.ctx, mem, bytes.NewReader(want)))
	if got := f.export(mem); !bytes.Equal(got, want) {
		f.Fatalf("from memory:\n%s\nwant:\n%s", got, want)
	}
	back := newFixture(f.T, f.open, f.o)
	f.must(store.Import(f.ctx, back.log, bytes.NewReader(want)))
	if got := f.export(back.log); !bytes.Equal(got, want) {
		f.Fatalf("from the driver:\n%s\nwant:\n%s", got, want)
	}
	back.same("records", back.all(""), f.all(""))
	back.verified()
	rs, err := back.log.Append(f.ctx, "INC-1", "slack/1", event("again", ""))
	f.must(err)
	if len(rs) != 2 || rs[0].Kind != "declared" {
		f.Fatalf("a key did not survive: %v", rs)
	}
	back.append("INC-1", "", event("on it goes", ""))
	back.verified()
}

// importContinues: an import that was interrupted is run again, and a longer
// export of the same history adds what is new.
func importContinues(f *fixture) {
	src := f.other()
	put := func(n int) {
		for i := range n {
			_, err := src.Append(f.ctx, "INC-1", fmt.Sprint(i, "/", n), event("a", "1"), event("b", "2"))
			f.must(err)
		}
	}
	put(5)
	f.must(store.Import(f.ctx, f.log, bytes.NewReader(f.export(src))))
	put(600)
	f.must(src.SetCursor(f.ctx, "mail", 4, nil))
	long := f.export(src)
	f.must(store.Import(f.ctx, f.log, bytes.NewReader(long)))
	f.must(store.Import(f.ctx, f.log, bytes.NewReader(long)))
	if got := f.export(f.log); !bytes.Equal(got, long) {
		f.Fatal("the export of what was imported differs")
	}
	f.verified()
}

// importRefuses: what is not a whole and true export is refused by line.
func importRefuses(f *fixture) {
	src := f.other()
	for i := range 4 {
		_, err := src.Append(f.ctx, "INC-1", fmt.Sprint("k", i), event("a", "text 1"), event("b", "text 2"))
		f.must(err)
	}
	good := strings.SplitAfter(strings.TrimSuffix(string(f.export(src)), "\n"), "\n")
	edit := func(change func(lines []string) []string) io.Reader {
		return strings.NewReader(strings.Join(change(append([]string(nil), good...)), ""))
	}
	for _, c := range []struct {
		name string
		in   io.Reader
		want error
	}{
		{"nothing", strings.NewReader(""), store.ErrDamaged},
		{"not an export", strings.NewReader("hello\n"), store.ErrDamaged},
		{"another JSON", strings.NewReader("{\"a\":1}\n"), store.ErrDamaged},
		{"newer", edit(func(l []string) []string { l[0] = "{\"log\":{\"format\":2}}\n"; return l }), store.ErrFormat},
		{"no beginning", edit(func(l []string) []string { return l[1:] }), store.ErrDamaged},
		{"cut short", edit(func(l []string) []string { return l[:len(l)-1] }), store.ErrDamaged},
		{"cut in a line", edit(func(l []string) []string { l[8] = l[8][:20]; return l[:9] }), store.ErrDamaged},
		{"cut in an append", edit(func(l []string) []string { return append(l[:4], l[len(l)-1]) }), store.ErrDamaged},
		{"a record missing", edit(func(l []string) []string { return append(l[:3], l[4:]...) }), store.ErrDamaged},
		{"a record twice", edit(func(l []string) []string { return append(l[:3], l[2:]...) }), store.ErrDamaged},
		{"data changed", edit(func(l []string) []string { l[5] = strings.Replace(l[5], "text 1", "text 3", 1); return l }), store.ErrDamaged},
		{"header changed", edit(func(l []string) []string { l[5] = strings.Replace(l[5], `"actor":"U1"`, `"actor":"U2"`, 1); return l }), store.ErrDamaged},
		{"more after the end", edit(func(l []string) []string { return append(l, "\n", l[1]) }), store.ErrDamaged},
		{"an empty object", edit(func(l []string) []string { l[2] = "{}\n"; return l }), store.ErrDamaged},
		{"two things in a line", edit(func(l []string) []string { l[2] = strings.TrimSpace(l[2]) + l[3]; return l }), store.ErrDamaged},
	} {
		err := store.Import(f.ctx, f.log, c.in)
		if !errors.Is(err, c.want) {
			f.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
	f.verified()
	f.must(store.Import(f.ctx, f.log, edit(func(l []string) []string { return l })))

	elsewhere := f.other()
	_, err := elsewhere.Append(f.ctx, "INC-1", "", event("another history", ""))
	f.must(err)
	before := f.export(elsewhere)
	f.mustBe(store.Import(f.ctx, elsewhere, edit(func(l []string) []string { return l })), store.ErrConflict)
	if !bytes.Equal(f.export(elsewhere), before) {
		f.Fatal("an import that was refused changed the log")
	}
	f.append("INC-1", "", event("further", ""))
	f.mustBe(store.Import(f.ctx, f.log, edit(func(l []string) []string { return l })), store.ErrConflict)
}

// reopen: everything is there after Close, and goes on.
func reopen(f *fixture) {
	f.fill()
	want := f.export(f.log)
	f.again()
	if got := f.export(f.log); !bytes.Equal(got, want) {
		f.Fatalf("opened again:\n%s\nwant:\n%s", got, want)
	}
	f.verified()
	f.append("INC-1", "", event("on it goes", ""))
	f.verified()
}

// backup: the copy opens as a log, made while writing goes on.
func backup(f *fixture) {
	if _, ok := f.raw.(store.Backuper); !ok {
		f.Skip("the driver is no Backuper")
	}
	f.fill()
	want := f.export(f.log)
	var copied bytes.Buffer
	f.must(f.log.Backup(f.ctx, &copied))
	f.append("INC-1", "", event("later", ""))

	entries, err := os.ReadDir(f.dir)
	f.must(err)
	if len(entries) != 1 {
		f.Fatalf("the driver keeps %d files; this case knows one", len(entries))
	}
	restored := &fixture{T: f.T, ctx: f.ctx, open: f.open, o: f.o, dir: f.TempDir()}
	f.must(os.WriteFile(filepath.Join(restored.dir, entries[0].Name()), copied.Bytes(), 0o600))
	restored.start()
	defer func() { f.must(restored.log.Close()) }()
	if got := f.export(restored.log); !bytes.Equal(got, want) {
		f.Fatalf("the copy holds:\n%s\nwant:\n%s", got, want)
	}
	restored.verified()
}
