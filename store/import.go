package store

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Sizes of the commits of an import: whole appends, up to about this much.
const (
	importRecords = 10_000
	importBytes   = 8 << 20
)

// Import reads what [Export] wrote into a log, which keeps the records byte for
// byte. The log is empty, or holds the beginning of the same history, which is
// then continued: an import that was interrupted is simply run again. The
// records are held to what Verify promises before any is kept, and the cursors
// are set last, none of them back. It returns ErrConflict if the log has another
// history, goes further than the export, or still has what the export says was
// erased; and ErrDamaged, naming the line, if the export is not whole.
func Import(ctx context.Context, l *Log, r io.Reader) error {
	d, ok := l.driver.(Loader)
	if !ok {
		return fmt.Errorf("import: %w", errors.ErrUnsupported)
	}
	head, err := l.Head(ctx, "")
	if err != nil {
		return err
	}
	im := importer{log: l, to: d, head: head, verify: verifier{ends: make(map[string]uint64)}}
	in := bufio.NewReaderSize(r, 1<<16)
	for {
		text, err := in.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return fmt.Errorf("import: %w", err)
		}
		if len(bytes.TrimSpace(text)) > 0 {
			im.line++
			if err := im.take(ctx, text); err != nil {
				return fmt.Errorf("import, line %d: %w", im.line, err)
			}
		}
		if err == io.EOF {
			break
		}
	}
	if err := im.finish(ctx); err != nil {
		return fmt.Errorf("import, line %d: %w", im.line, err)
	}
	return nil
}

// An importer takes an export line by line.
type importer struct {
	log    *Log
	to     Loader
	line   int
	head   Head // of the log as far as loaded
	verify verifier

	waiting []Record // verified, not yet loaded
	bytes   int
	cursors []Cursor
	began   bool
	ended   bool
}

func (im *importer) take(ctx context.Context, text []byte) error {
	var in line
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return fmt.Errorf("%w: more than one object in a line", ErrDamaged)
	}
	switch {
	case im.ended:
		return fmt.Errorf("%w: something follows the end", ErrDamaged)
	case !im.began:
		if in.Log == nil {
			return fmt.Errorf("%w: this is not an export of a log", ErrDamaged)
		}
		if in.Log.Format > exportFormat {
			return ErrFormat
		}
		if in.Log.Format < 1 {
			return fmt.Errorf("%w: there is no format %d", ErrDamaged, in.Log.Format)
		}
		im.began = true
		return nil
	case in.Record != nil:
		return im.record(ctx, in.Record)
	case in.Cursor != nil:
		im.cursors = append(im.cursors, Cursor{Name: in.Cursor.Name, Seq: in.Cursor.Seq, State: in.Cursor.State})
		return checkCursor(in.Cursor.Name)
	case in.End != nil:
		return im.end(in.End)
	}
	return fmt.Errorf("%w: the line is empty", ErrDamaged)
}

func (im *importer) record(ctx context.Context, in *recordLine) error {
	r, err := in.record()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err := (Batch{Stream: r.Stream, Key: r.Key, Records: []Record{r}}).check(); err != nil {
		return err
	}
	if err := im.verify.next(r); err != nil {
		return err
	}
	if r.Seq <= im.head.Seq {
		if r.Seq == im.head.Seq && r.Sum != im.head.Sum {
			return fmt.Errorf("%w: the log holds another history", ErrConflict)
		}
		return im.erasedHere(ctx, r)
	}
	im.waiting = append(im.waiting, r)
	im.bytes += len(r.Data)
	if im.verify.left == 0 && (len(im.waiting) >= importRecords || im.bytes >= importBytes) {
		return im.load(ctx)
	}
	return nil
}

// erasedHere makes sure that what was erased where the export comes from is not
// kept here: an import appends, and cannot erase.
func (im *importer) erasedHere(ctx context.Context, r Record) error {
	if !r.Redacted {
		return nil
	}
	ours, err := im.log.Read(ctx, "", r.Seq-1, 1)
	if err != nil {
		return err
	}
	if len(ours) == 1 && !ours[0].Redacted {
		return fmt.Errorf("%w: record %d was erased since this log was made from an earlier export; import into a new file, and remove this one", ErrConflict, r.Seq)
	}
	return nil
}

// load commits what is waiting: whole appends.
func (im *importer) load(ctx context.Context) error {
	if len(im.waiting) == 0 {
		return nil
	}
	if err := im.newKeys(ctx); err != nil {
		return err
	}
	if err := im.to.Load(ctx, im.head, im.waiting); err != nil {
		return err
	}
	im.head = im.waiting[len(im.waiting)-1].Head()
	im.waiting, im.bytes = nil, 0
	im.log.notify()
	return nil
}

// newKeys checks that no idempotency key comes twice; sums cannot tell.
func (im *importer) newKeys(ctx context.Context) error {
	keys := make(map[string]bool)
	for _, r := range im.waiting {
		if r.Key == "" {
			continue
		}
		seen, err := im.log.Seen(ctx, r.Key)
		if err != nil {
			return err
		}
		if len(seen) > 0 || keys[r.Key] {
			return &Damage{r.Seq, r.Stream, fmt.Sprintf("its key %q was there before", r.Key)}
		}
		keys[r.Key] = true
	}
	return nil
}

func (im *importer) end(in *endLine) error {
	if err := im.verify.end(); err != nil {
		return err
	}
	if in.Records != im.verify.head.Seq || Sum(in.Sum) != im.verify.head.Sum || in.Cursors != len(im.cursors) {
		return fmt.Errorf("%w: %d records and %d cursors were exported, %d and %d are here",
			ErrDamaged, in.Records, in.Cursors, im.verify.head.Seq, len(im.cursors))
	}
	im.ended = true
	return nil
}

// finish loads the rest and sets the cursors that are further than the log's
// own. A log that has gone further than the export is refused.
func (im *importer) finish(ctx context.Context) error {
	if !im.ended {
		return fmt.Errorf("%w: the export has no end", ErrDamaged)
	}
	if im.head.Seq > im.verify.head.Seq {
		return fmt.Errorf("%w: the log goes further than the export", ErrConflict)
	}
	if err := im.load(ctx); err != nil {
		return err
	}
	for _, c := range im.cursors {
		own, _, err := im.log.Cursor(ctx, c.Name)
		if err != nil {
			return err
		}
		if own > c.Seq {
			continue // its follower was here before, and what it did would be done again
		}
		if err := im.log.SetCursor(ctx, c.Name, c.Seq, c.State); err != nil {
			return err
		}
	}
	return nil
}
