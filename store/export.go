package store

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"
	"unicode/utf8"
)

// exportFormat is the number in the first line of an export.
const exportFormat = 1

// line is one line of an export; exactly one of its parts is there. The first
// line is the format, then come the records in the order of Seq, then the
// cursors in the order of their names, then the end, which says what should have
// come: an export that was cut short is not taken for a whole one.
type line struct {
	Log    *logLine    `json:"log,omitempty"`
	Record *recordLine `json:"record,omitempty"`
	Cursor *cursorLine `json:"cursor,omitempty"`
	End    *endLine    `json:"end,omitempty"`
}

type logLine struct {
	Format int `json:"format"`
}

// recordLine is a record. Data that is text is given as "data", other data in
// base64 as "bytes"; an absent "data" is empty data.
type recordLine struct {
	Seq      uint64 `json:"seq"`
	Stream   string `json:"stream"`
	N        uint64 `json:"n"`
	At       string `json:"at"`
	Actor    string `json:"actor,omitempty"`
	Kind     string `json:"kind"`
	Key      string `json:"key,omitempty"`
	Count    int    `json:"count,omitempty"`
	Imported bool   `json:"imported,omitempty"`
	Redacted bool   `json:"redacted,omitempty"`
	Data     string `json:"data,omitempty"`
	Bytes    []byte `json:"bytes,omitempty"`
	Salt     []byte `json:"salt,omitempty"`
	DataSum  hexSum `json:"data_sum"`
	Sum      hexSum `json:"sum"`
}

type cursorLine struct {
	Name  string `json:"name"`
	Seq   uint64 `json:"seq"`
	State []byte `json:"state,omitempty"`
}

type endLine struct {
	Records uint64 `json:"records"`
	Cursors int    `json:"cursors"`
	Sum     hexSum `json:"sum"`
}

// hexSum is a Sum in hexadecimal.
type hexSum Sum

func (s hexSum) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, s[:]), nil }

func (s *hexSum) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	if err != nil || len(b) != len(s) {
		return fmt.Errorf("%q is not a SHA-256 sum", text)
	}
	*s = hexSum(b)
	return nil
}

// atLayout is RFC 3339 in UTC with whole milliseconds, always written out.
const atLayout = "2006-01-02T15:04:05.000Z"

// Export writes the log as JSON lines: its records, then all cursors and their
// states. The same log gives the same bytes from every driver. It reads while
// others write, and no exported cursor is ahead of the exported records.
func Export(ctx context.Context, l *Log, w io.Writer) error {
	out := bufio.NewWriter(w)
	x := exporter{log: l, enc: json.NewEncoder(out)}
	x.enc.SetEscapeHTML(false)
	if err := x.run(ctx); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// An exporter writes a log line by line.
type exporter struct {
	log  *Log
	enc  *json.Encoder
	head Head // the last record written
}

func (x *exporter) run(ctx context.Context) error {
	if err := x.enc.Encode(line{Log: &logLine{Format: exportFormat}}); err != nil {
		return err
	}
	if err := x.records(ctx); err != nil {
		return err
	}
	cursors, err := x.log.allCursors(ctx)
	if err != nil {
		return err
	}
	for _, c := range cursors {
		if c.Seq > x.head.Seq { // it moved on while the records were written
			if err := x.records(ctx); err != nil {
				return err
			}
		}
	}
	for _, c := range cursors {
		if err := x.enc.Encode(line{Cursor: &cursorLine{Name: c.Name, Seq: c.Seq, State: c.State}}); err != nil {
			return err
		}
	}
	return x.enc.Encode(line{End: &endLine{Records: x.head.Seq, Cursors: len(cursors), Sum: hexSum(x.head.Sum)}})
}

// records writes the records after the last written, up to the present head:
// whole appends.
func (x *exporter) records(ctx context.Context) error {
	head, err := x.log.Head(ctx, "")
	if err != nil {
		return err
	}
	for x.head.Seq < head.Seq {
		rs, err := x.log.Read(ctx, "", x.head.Seq, int(min(head.Seq-x.head.Seq, MaxRead)))
		if err != nil {
			return err
		}
		if len(rs) == 0 {
			return &Damage{Seq: x.head.Seq + 1, What: "it is missing"}
		}
		for _, r := range rs {
			if err := x.enc.Encode(line{Record: newRecordLine(r)}); err != nil {
				return err
			}
			x.head = r.Head()
		}
	}
	return nil
}

func newRecordLine(r Record) *recordLine {
	out := &recordLine{
		Seq: r.Seq, Stream: r.Stream, N: r.N, At: r.At.Format(atLayout),
		Actor: r.Actor, Kind: r.Kind, Key: r.Key, Count: r.Count,
		Imported: r.Imported, Redacted: r.Redacted,
		Salt: r.Salt, DataSum: hexSum(r.DataSum), Sum: hexSum(r.Sum),
	}
	if utf8.Valid(r.Data) {
		out.Data = string(r.Data)
	} else {
		out.Bytes = r.Data
	}
	return out
}

func (r *recordLine) record() (Record, error) {
	at, err := time.Parse(atLayout, r.At)
	if err != nil {
		return Record{}, err
	}
	out := Record{
		Seq: r.Seq, Stream: r.Stream, N: r.N, At: at.UTC(),
		Actor: r.Actor, Kind: r.Kind, Key: r.Key, Count: r.Count,
		Imported: r.Imported, Redacted: r.Redacted,
		Data: r.Bytes, Salt: r.Salt, DataSum: Sum(r.DataSum), Sum: Sum(r.Sum),
	}
	if r.Data != "" {
		out.Data = []byte(r.Data)
	}
	return out, nil
}
