package app

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"
	"unicode/utf8"

	"sitrep/incident"
	"sitrep/store"
)

// ArchiveFormat names the form of an archive and its version.
const ArchiveFormat = "sitrep-incident/1"

// An ArchiveManifest is manifest.json of an archive: what it is of, and what
// each file in it must be.
type ArchiveManifest struct {
	Format   string        `json:"format"`
	Incident string        `json:"incident"`
	Title    string        `json:"title"`
	Private  bool          `json:"private,omitempty"`
	Page     string        `json:"page"`   // what the page there is called
	Origin   string        `json:"origin"` // names the incident wherever it is read: the hash chain after its first record
	Made     time.Time     `json:"made"`
	Records  int           `json:"records"`
	Last     uint64        `json:"last"` // the newest record of it
	Sum      string        `json:"sum"`  // the hash chain after that
	Files    []ArchiveFile `json:"files"`
}

// An ArchiveFile is one file of an archive.
type ArchiveFile struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// An archivedRecord is a line of records.jsonl.
type archivedRecord struct {
	Seq      uint64          `json:"seq"`
	Room     bool            `json:"room,omitempty"` // it is of the stream of what was said
	N        uint64          `json:"n"`
	At       time.Time       `json:"at"`
	Actor    string          `json:"actor,omitempty"`
	Kind     string          `json:"kind"`
	Redacted bool            `json:"redacted,omitempty"`
	Data     json.RawMessage `json:"data,omitempty"`
	Bytes    []byte          `json:"bytes,omitempty"` // instead of Data, where that is no JSON
	Sum      string          `json:"sum"`
}

// An EntryLine is an entry of a timeline as a line of JSON.
type EntryLine struct {
	Ref       string    `json:"ref"`
	At        time.Time `json:"at"`
	Recorded  time.Time `json:"recorded"`
	Kind      string    `json:"kind"`
	Author    string    `json:"author"`
	Room      string    `json:"room"`
	Text      string    `json:"text"`
	Marked    bool      `json:"marked"`
	Withdrawn bool      `json:"withdrawn"`
	Thread    string    `json:"thread,omitempty"`
}

// TimelineLine returns an entry as a line of JSON has it.
func TimelineLine(t *incident.Timeline, e *incident.Entry) EntryLine {
	l := EntryLine{
		Ref: e.Ref(), At: e.At.UTC(), Recorded: e.Recorded.UTC(), Kind: e.Kind, Author: e.By.String(), Room: e.In.Name,
		Text: e.Text, Marked: e.Marked(), Withdrawn: e.Withdrawn,
	}
	if p := t.Entry(e.Thread); p != nil {
		l.Thread = p.Ref()
	}
	return l
}

// fileLine is a line of files.jsonl: a file that somebody showed. The file itself
// is where it was; only what is known of it is taken along.
type fileLine struct {
	Ref    string `json:"ref"`
	Author string `json:"author"`
	incident.File
}

// Archive writes an incident with everything that belongs to it as a zip: its
// records, the timeline, the postmortem in its versions and every text that they
// ever were, what is known of the files that were shown, and the hashes of all
// that. Unarchive reads it back.
func (a *App) Archive(ctx context.Context, in *incident.Incident, w io.Writer) error {
	rs, err := a.recordsOf(ctx, in.ID)
	if err != nil {
		return err
	}
	if len(rs) == 0 {
		return incident.Problemf("no-incident", "There is no %s.", in.ID)
	}
	last := rs[len(rs)-1]
	z := &archiver{zip: zip.NewWriter(w), at: last.At}
	z.manifest = ArchiveManifest{
		Format: ArchiveFormat, Incident: in.ID, Title: in.Title, Private: in.Private, Page: a.Board.Page().Name, Origin: rs[0].Sum.String(),
		Made: a.Log.Now().UTC(), Records: len(rs), Last: last.Seq, Sum: last.Sum.String(),
	}
	if err := jsonLines(z, "records.jsonl", rs, func(r store.Record) any { return archived(r, in.ID) }); err != nil {
		return err
	}
	if err := a.archiveReadable(ctx, in, z); err != nil {
		return err
	}
	return z.close()
}

// archiveReadable adds what people read: nothing of it is needed to read the
// archive back.
func (a *App) archiveReadable(ctx context.Context, in *incident.Incident, z *archiver) error {
	t, err := a.Runner.Timeline(ctx, in.ID, 0)
	if err != nil {
		return err
	}
	if err := jsonLines(z, "timeline.jsonl", t.Entries(), func(e *incident.Entry) any { return TimelineLine(t, e) }); err != nil {
		return err
	}
	var files []fileLine
	for _, e := range t.Entries() {
		if e.Withdrawn || e.Redacted {
			continue
		}
		for _, f := range e.Files {
			files = append(files, fileLine{e.Ref(), e.By.String(), f})
		}
	}
	if err := jsonLines(z, "files.jsonl", files, func(f fileLine) any { return f }); err != nil {
		return err
	}
	for _, x := range []struct{ name, version, format string }{
		{"postmortem.md", "internal", "md"}, {"postmortem.html", "internal", "html"}, {"postmortem.json", "internal", "json"}, {"customers.md", "customer", "md"},
	} {
		if x.version == "customer" && in.Report.Text("customer") == "" {
			continue
		}
		var b bytes.Buffer
		if err := a.WriteReport(ctx, &b, in, x.version, x.format); err != nil {
			return err
		}
		if err := z.file(x.name, b.Bytes()); err != nil {
			return err
		}
	}
	for _, version := range []string{"internal", "customer"} {
		vs, err := reports{a}.Versions(ctx, in, version)
		if err != nil {
			return err
		}
		for i, v := range vs {
			if err := z.file(fmt.Sprintf("texts/%s-%03d.md", version, i+1), []byte(v.Text)); err != nil {
				return err
			}
		}
	}
	return nil
}

// recordsOf reads both streams of an incident, in the order of recording.
func (a *App) recordsOf(ctx context.Context, id string) ([]store.Record, error) {
	var out []store.Record
	for _, stream := range []string{id, incident.RoomStream(id)} {
		for after := uint64(0); ; {
			rs, err := a.Log.Read(ctx, stream, after, store.MaxRead)
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", stream, err)
			}
			if len(rs) == 0 {
				break
			}
			out, after = append(out, rs...), rs[len(rs)-1].N
		}
	}
	slices.SortFunc(out, func(x, y store.Record) int { return cmp.Compare(x.Seq, y.Seq) })
	return out, nil
}

func archived(r store.Record, id string) archivedRecord {
	out := archivedRecord{Seq: r.Seq, Room: r.Stream != id, N: r.N, At: r.At.UTC(), Actor: r.Actor, Kind: r.Kind, Redacted: r.Redacted, Sum: r.Sum.String()}
	if json.Valid(r.Data) && utf8.Valid(r.Data) {
		out.Data = r.Data
	} else {
		out.Bytes = r.Data
	}
	return out
}

// An archiver writes the files of an archive and notes what they are.
type archiver struct {
	zip      *zip.Writer
	at       time.Time // when the files were changed last, as far as anybody asks
	manifest ArchiveManifest
}

func (z *archiver) file(name string, content []byte) error {
	w, err := z.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: z.at})
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if _, err := w.Write(content); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	sum := sha256.Sum256(content)
	z.manifest.Files = append(z.manifest.Files, ArchiveFile{Name: name, Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:])})
	return nil
}

// close writes the manifest, which is the last file, and ends the archive.
func (z *archiver) close() error {
	b, err := json.MarshalIndent(z.manifest, "", "  ")
	if err != nil {
		return err
	}
	if err := z.file(manifestName, append(b, '\n')); err != nil {
		return err
	}
	return z.zip.Close()
}

const manifestName = "manifest.json"

// jsonLines writes a file with a line of JSON for each of a list.
func jsonLines[T any](z *archiver, name string, list []T, line func(T) any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for _, x := range list {
		if err := enc.Encode(line(x)); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return z.file(name, b.Bytes())
}
