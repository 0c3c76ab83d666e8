package app

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"sitrep/commands"
	"sitrep/incident"
	"sitrep/store"
)

// maxArchived is how much of an archive's file is read, unpacked: 512 MiB. The
// records of 100,000 messages are about 50.
const maxArchived = 512 << 20

// Unarchived says what reading an archive came to.
type Unarchived struct {
	Manifest ArchiveManifest
	ID       string // what the incident is called here
	New      int    // records that were not here yet
	Known    int    // records that were
	Left     int    // records that mean nothing here: rooms, previews, reminders
}

// Unarchive brings an incident over from an archive, under the next number here,
// every record marked imported: nobody is told of it, no room there is one here,
// and nothing of it is on this page. Its entries keep their numbers. Done again
// it adds nothing, and with a later archive only what is new.
//
// The board must be followed (see Follow). An error that is a Problem says what
// is wrong with the archive; nothing, or a part that the same archive completes,
// was recorded then.
func (a *App) Unarchive(ctx context.Context, r io.ReaderAt, size int64) (Unarchived, error) {
	manifest, records, err := readArchive(r, size)
	if err != nil {
		return Unarchived{}, err
	}
	done := Unarchived{Manifest: manifest}
	im := &unarchiver{app: a, manifest: manifest, prefix: "archive/" + manifest.Origin, seqs: map[uint64]uint64{}, done: &done}
	if err := im.begin(ctx, records[0]); err != nil {
		return done, err
	}
	for _, rec := range records {
		if err := im.take(ctx, rec); err != nil {
			return done, err
		}
	}
	return done, im.flush(ctx)
}

// readArchive reads what an archive must have, and holds each of its files
// against the manifest.
func readArchive(r io.ReaderAt, size int64) (ArchiveManifest, []archivedRecord, error) {
	var m ArchiveManifest
	broken := func(format string, args ...any) (ArchiveManifest, []archivedRecord, error) {
		return m, nil, incident.Problemf("bad-archive", "This is no archive of an incident that can be read: "+format+".", args...)
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return broken("it is no zip file")
	}
	files := map[string]*zip.File{}
	for _, f := range z.File {
		files[f.Name] = f
	}
	read := func(name string) ([]byte, error) {
		f := files[name]
		if f == nil {
			return nil, fmt.Errorf("%s is missing", name)
		}
		rc, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("%s cannot be read", name)
		}
		b, err := io.ReadAll(io.LimitReader(rc, maxArchived+1))
		if err = errors.Join(err, rc.Close()); err != nil {
			return nil, fmt.Errorf("%s is damaged", name)
		}
		if len(b) > maxArchived {
			return nil, fmt.Errorf("%s is longer than %d MiB", name, maxArchived>>20)
		}
		return b, nil
	}
	b, err := read(manifestName)
	if err != nil {
		return broken("%v", err)
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return broken("%s says nothing that is known", manifestName)
	}
	if m.Format != ArchiveFormat {
		return broken("its form is %q, and this version reads %s", clipped(m.Format), ArchiveFormat)
	}
	var records []byte
	for _, f := range m.Files {
		b, err := read(f.Name)
		if err != nil {
			return broken("%v", err)
		}
		if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != f.SHA256 {
			return broken("%s is not what the manifest says it is; somebody has changed it, or it was damaged on its way", f.Name)
		}
		if f.Name == "records.jsonl" {
			records = b
		}
	}
	var out []archivedRecord
	last := uint64(0)
	lines := bufio.NewScanner(bytes.NewReader(records))
	lines.Buffer(nil, maxArchived)
	for lines.Scan() {
		var x archivedRecord
		if err := json.Unmarshal(lines.Bytes(), &x); err != nil {
			return broken("line %d of records.jsonl is no record", len(out)+1)
		}
		if x.Seq <= last || x.Kind == "" {
			return broken("line %d of records.jsonl is out of order", len(out)+1)
		}
		out, last = append(out, x), x.Seq
	}
	if len(out) == 0 || len(out) != m.Records || m.Origin == "" || out[0].Sum != m.Origin {
		return broken("its records are not those that the manifest tells of")
	}
	return m, out, nil
}

func clipped(s string) string {
	if rs := []rune(s); len(rs) > 60 {
		return string(rs[:59]) + "…"
	}
	return s
}

// An unarchiver appends the records of an archive, in batches of one stream.
type unarchiver struct {
	app      *App
	manifest ArchiveManifest
	prefix   string            // of the keys
	stream   string            // the incident's
	through  uint64            // the last record there that was brought before
	seqs     map[uint64]uint64 // records there -> here
	updates  []int             // by the number of an update there, less one: its number here; 0 if it was erased
	told     int               // how many updates there are here
	done     *Unarchived

	batch []store.Record
	of    []uint64 // the records there
	into  string   // the stream of the batch
}

// batchSize is how many records are appended at once.
const batchSize = 256

// begin finds the stream that was begun by an earlier import, or begins one.
func (im *unarchiver) begin(ctx context.Context, first archivedRecord) error {
	a := im.app
	seen, err := a.Log.Seen(ctx, im.prefix)
	if err != nil {
		return err
	}
	if len(seen) > 0 {
		im.stream, im.done.ID = seen[0].Stream, seen[0].Stream
		return im.known(ctx)
	}
	ev := incident.Brought{From: im.manifest.Page, ID: im.manifest.Incident, At: im.manifest.Made, Last: im.manifest.Last, Sum: im.manifest.Sum}
	taken := errors.New("the number is taken")
	for n := a.nextNumber(false); ; n++ {
		rs, err := a.Log.Update(ctx, incident.Ref(n), im.prefix, func(past store.Past) ([]store.Record, error) {
			if past.Last() > 0 {
				return nil, taken
			}
			return importedRecords(incident.Meta{When: first.At}, ev)
		})
		if errors.Is(err, taken) {
			continue
		}
		if err != nil {
			return err
		}
		im.stream, im.done.ID = rs[0].Stream, rs[0].Stream
		return nil
	}
}

// known finds what an earlier import has brought.
func (im *unarchiver) known(ctx context.Context) error {
	rs, err := im.app.recordsOf(ctx, im.stream)
	if err != nil {
		return err
	}
	for _, r := range rs {
		span, ok := strings.CutPrefix(r.Key, im.prefix+"/")
		if !ok {
			continue
		}
		for i, s := range strings.Split(span, ",") { // the records of one append, in their order
			seq, err := strconv.ParseUint(s, 36, 64)
			if err != nil {
				return fmt.Errorf("read the key %s: %w", r.Key, err)
			}
			im.seqs[seq] = r.Seq + uint64(i) //nolint:gosec // a place in an append
			im.through = max(im.through, seq)
		}
	}
	return nil
}

// take adds a record to the batch, as it is here.
func (im *unarchiver) take(ctx context.Context, x archivedRecord) error {
	stream := im.stream
	if x.Room {
		stream = incident.RoomStream(im.stream)
	}
	if x.Kind == (incident.EntryCorrected{}).Kind() { // it names a record, which must have its number here
		if err := im.flush(ctx); err != nil {
			return err
		}
	}
	rec, ok, err := im.translated(x)
	if err != nil {
		return err
	}
	switch {
	case !ok:
		im.done.Left++
		return nil
	case im.seqs[x.Seq] > 0 || x.Seq <= im.through:
		im.done.Known++
		return nil
	}
	key := 0
	for _, seq := range im.of {
		key += len(strconv.FormatUint(seq, 36)) + 1
	}
	if stream != im.into || len(im.batch) == batchSize || len(im.prefix)+key+32 > store.MaxKey {
		if err := im.flush(ctx); err != nil {
			return err
		}
	}
	im.into, im.batch, im.of = stream, append(im.batch, rec), append(im.of, x.Seq)
	return nil
}

// flush appends the batch.
func (im *unarchiver) flush(ctx context.Context) error {
	if len(im.batch) == 0 {
		return nil
	}
	names := make([]string, len(im.of))
	for i, seq := range im.of {
		names[i] = strconv.FormatUint(seq, 36)
	}
	rs, err := im.app.Log.Append(ctx, im.into, im.prefix+"/"+strings.Join(names, ","), im.batch...)
	if err != nil {
		return fmt.Errorf("bring over records of %s: %w", im.manifest.Incident, err)
	}
	for i, r := range rs {
		im.seqs[im.of[i]] = r.Seq
	}
	im.done.New += len(rs)
	im.batch, im.of = nil, nil
	return im.app.awaitLast(ctx, rs)
}

// translated is a record as it is here; ok is false if it means nothing here.
func (im *unarchiver) translated(x archivedRecord) (rec store.Record, ok bool, err error) {
	data := []byte(x.Data)
	if x.Data == nil {
		data = x.Bytes
	}
	m, ev, err := commands.Decode(store.Record{Seq: x.Seq, N: x.N, At: x.At, Kind: x.Kind, Data: data, Redacted: x.Redacted})
	if err != nil {
		return rec, false, incident.Problemf("bad-archive", "Record %d of %s cannot be read: %v.", x.Seq, im.manifest.Incident, err)
	}
	if x.Redacted {
		if !incident.Enters(ev) {
			return rec, false, nil
		}
		if _, update := ev.(incident.UpdatePosted); update {
			im.updates = append(im.updates, 0)
		}
		ev = incident.NoteAdded{Text: "[erased]"} // so that every entry keeps its number
		return im.encoded(x, incident.Meta{When: x.At}, ev)
	}
	switch e := ev.(type) {
	case incident.PreviewOpened, incident.PreviewClosed, incident.RoomClosed, incident.DeliveryFailed, incident.PostmortemDue, incident.PostmortemReminded, incident.Brought:
		return rec, false, nil
	case incident.Unknown:
		return store.Record{Actor: x.Actor, Kind: x.Kind, Data: data, Imported: true}, true, nil
	case incident.RoomOpened: // that room is not one here
		return im.encoded(x, m, incident.NoteAdded{Text: incident.Words(e)})
	case incident.Declared:
		e.Number, _ = incident.ParseRef(im.stream)
		return im.encoded(x, m, e)
	case incident.MergedInto:
		e.Into = im.elsewhere(e.Into)
		return im.encoded(x, m, e)
	case incident.Absorbed:
		e.From = im.elsewhere(e.From)
		return im.encoded(x, m, e)
	case incident.LinkAdded:
		e.Target = im.elsewhere(e.Target)
		return im.encoded(x, m, e)
	case incident.UpdatePosted:
		im.told++
		im.updates = append(im.updates, im.told)
	case incident.UpdateEdited:
		if e.Number < 1 || e.Number > len(im.updates) || im.updates[e.Number-1] == 0 {
			return rec, false, nil
		}
		e.Number = im.updates[e.Number-1]
		return im.encoded(x, m, e)
	case incident.UpdateWithdrawn:
		if e.Number < 1 || e.Number > len(im.updates) || im.updates[e.Number-1] == 0 {
			return rec, false, nil
		}
		e.Number = im.updates[e.Number-1]
		return im.encoded(x, m, e)
	case incident.EntryCorrected:
		e.Of = im.seqs[e.Of]
		return im.encoded(x, m, e)
	}
	data, err = stamped(data, m.When)
	return store.Record{Actor: x.Actor, Kind: x.Kind, Data: data, Imported: true}, true, err
}

func (im *unarchiver) encoded(x archivedRecord, m incident.Meta, ev incident.Event) (store.Record, bool, error) {
	data, err := incident.Encode(m, ev)
	return store.Record{Actor: x.Actor, Kind: ev.Kind(), Data: data, Imported: true}, true, err
}

// elsewhere is another incident of where this one came from: its number is
// another incident's here.
func (im *unarchiver) elsewhere(ref string) string {
	if n, ok := incident.ParseRef(ref); ok && strings.HasPrefix(strings.ToUpper(ref), "INC") {
		return incident.Ref(n) + " of " + im.manifest.Page
	}
	return ref
}

// stamped is the data of a record that says when it happened: here it is
// recorded at another time. Everything else in it stays as it was, also what
// this version does not know.
func stamped(data []byte, when time.Time) ([]byte, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, fmt.Errorf("read a record: %w", err)
	}
	if fields == nil {
		fields = map[string]json.RawMessage{}
	}
	at, err := json.Marshal(when.UTC())
	if err != nil {
		return nil, fmt.Errorf("write a time: %w", err)
	}
	fields["when"] = at
	return json.Marshal(fields)
}
