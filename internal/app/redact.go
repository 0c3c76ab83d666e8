package app

import (
	"context"
	"fmt"
	"io"
	"strings"

	"sitrep/commands"
	"sitrep/incident"
	"sitrep/store"
)

// Redact erases a timeline entry of an incident for good: the bytes go, with
// those of every edit of it, and the hash chain still holds. It is itself
// recorded. Then the board and the page are made anew without it, and the file
// is rewritten, since free pages keep bytes. Backups made before are not
// covered, and w is told so.
func (a *App) Redact(ctx context.Context, id, entry, why string, by incident.Person, w io.Writer) error {
	n, ok := incident.ParseRef(id)
	in := a.Board.Get(incident.Ref(n))
	if !ok || in == nil {
		return incident.Problemf("no-incident", "There is no %s.", id)
	}
	if err := a.Runner.MayRedact(by, in); err != nil {
		return err
	}
	t, err := a.Runner.Timeline(ctx, in.ID, 0)
	if err != nil {
		return err
	}
	var number int
	if _, err := fmt.Sscanf(strings.ToUpper(entry), "T%d", &number); err != nil {
		return incident.Problemf("no-entry", "%q is no entry. Write T12.", entry)
	}
	e := t.Entry(number)
	if e == nil {
		return incident.Problemf("no-entry", "%s has no entry T%d; the last is T%d.", in.ID, number, t.Len())
	}
	seqs := []uint64{e.Seq}
	update := 0 // the public update that the entry is; its edits repeat its text
	for _, u := range in.Updates {
		if u.Meta.Seq == e.Seq {
			update = u.Number
		}
	}
	for _, stream := range []string{in.ID, incident.RoomStream(in.ID)} {
		err := a.each(ctx, stream, func(r store.Record, ev incident.Event) {
			switch x := ev.(type) {
			case incident.MessageEdited:
				if e.Key != "" && x.Key == e.Key {
					seqs = append(seqs, r.Seq)
				}
			case incident.EntryCorrected:
				if x.Entry == number {
					seqs = append(seqs, r.Seq)
				}
			case incident.UpdateEdited:
				if update > 0 && x.Number == update {
					seqs = append(seqs, r.Seq)
				}
			case incident.PreviewOpened: // the words before they were published, or instead
				if update > 0 {
					seqs = append(seqs, r.Seq)
				}
			case incident.PostmortemDrafted: // it may quote the entry; a new one can be drafted
				seqs = append(seqs, r.Seq)
			}
		})
		if err != nil {
			return err
		}
	}
	if e.Key != "" { // the local room has its own record of what was said
		for after := uint64(0); ; {
			items, err := a.Log.Read(ctx, localPrefix+e.In.ID, after, 256)
			if err != nil {
				return err
			}
			if len(items) == 0 {
				break
			}
			for _, r := range items {
				after = r.N
				if it, err := item(r); err == nil && (it.Key == e.Key || it.Of == e.Key) {
					seqs = append(seqs, r.Seq)
				}
			}
		}
	}
	rs, err := commands.Records(incident.Meta{By: by}, incident.Erased{Seqs: seqs, Why: why})
	if err != nil {
		return err
	}
	rs[0].Stream = "log"
	if err := a.Log.Redact(ctx, seqs, rs[0]); err != nil {
		return fmt.Errorf("erase T%d of %s: %w", number, in.ID, err)
	}
	if err := a.Settle(ctx); err != nil {
		return err
	}
	seq, state, err := a.Board.Snapshot() // the kept one may quote what was erased
	if err != nil {
		return err
	}
	if err := a.Log.SetCursor(ctx, "board", seq, state); err != nil {
		return err
	}
	if err := a.Log.Compact(ctx); err != nil {
		return fmt.Errorf("rewrite the file: %w", err)
	}
	_, err = fmt.Fprintf(w, "T%d of %s is erased, with what was made from it (%d records). Backups and exports made before still have it: erase them too. Chat platforms keep their own copy.\n", number, in.ID, len(seqs))
	return err
}

// each reads a stream from its beginning.
func (a *App) each(ctx context.Context, stream string, do func(store.Record, incident.Event)) error {
	for after := uint64(0); ; {
		rs, err := a.Log.Read(ctx, stream, after, 256)
		if err != nil {
			return fmt.Errorf("read %s: %w", stream, err)
		}
		if len(rs) == 0 {
			return nil
		}
		for _, r := range rs {
			_, ev, err := commands.Decode(r)
			if err != nil {
				return err
			}
			do(r, ev)
			after = r.N
		}
	}
}
