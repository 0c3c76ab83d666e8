package app

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"sitrep/bot"
	"sitrep/bot/local"
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
	number, err := strconv.Atoi(strings.TrimPrefix(strings.ToUpper(entry), "T"))
	if err != nil {
		return incident.Problemf("no-entry", "%q is no entry. Write T12: one at a time, since it cannot be undone.", entry)
	}
	e := t.Entry(number)
	if e == nil {
		return incident.Problemf("no-entry", "%s has no entry T%d; the last is T%d.", in.ID, number, t.Len())
	}
	if e.Kind == (incident.RoomOpened{}).Kind() {
		return incident.Problemf("no-words", "T%d holds no words of anybody: it says where %s is worked on.", number, in.ID)
	}
	words := []string{e.Text}
	for _, v := range e.Versions {
		words = append(words, v.Text)
	}
	seqs := []uint64{e.Seq}
	update := 0 // the public update that the entry is; its edits repeat its text
	for _, u := range in.Updates {
		if u.Meta.Seq == e.Seq {
			update = u.Number
			words = append(append(words, u.Body), u.Prior...)
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
	retold, err := a.retold(ctx, in)
	if err != nil {
		return err
	}
	seqs = append(seqs, retold...)
	own, err := a.shownOf(ctx, in, e, seqs, words)
	if err != nil {
		return err
	}
	seqs = append(seqs, own...)
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
	if state, err = a.index.Snapshot(); err != nil {
		return err
	}
	if err := a.Log.SetCursor(ctx, "precedents", seq, state); err != nil {
		return err
	}
	if err := a.Log.Compact(ctx); err != nil {
		return fmt.Errorf("rewrite the file: %w", err)
	}
	for _, p := range a.platforms {
		if l, ok := p.(*local.Platform); ok {
			l.Forget()
		}
	}
	if _, err := fmt.Fprintf(w, "T%d of %s is erased, with what was made from it (%d records). Backups and exports made before still have it: erase them too. Chat platforms keep their own copy.\n", number, in.ID, len(seqs)); err != nil {
		return err
	}
	return consequences(w, in, a.Board.Get(in.ID))
}

// consequences says what an incident is otherwise, now that a record of it is
// gone.
func consequences(w io.Writer, was, is *incident.Incident) error {
	var lines []string
	if is.Status != was.Status {
		lines = append(lines, fmt.Sprintf("What it recorded is gone too: %s counts as %s now, was %s. Where that is wrong, say it again with: state, resolve or reopen.", is.ID, is.Status, was.Status))
	}
	if is.Private && !was.Private {
		lines = append(lines, fmt.Sprintf("Whether %s is private cannot be told any more, so it counts as private until: private off.", is.ID))
	}
	if is.PublicTitle != was.PublicTitle {
		lines = append(lines, fmt.Sprintf("The public title went with it: customers read %q now. Give it one again with: update title:\"…\" <text>.", "Incident"))
	}
	for i := range is.Updates {
		if i < len(was.Updates) && is.Updates[i].Body != was.Updates[i].Body && !is.Updates[i].Meta.Redacted {
			lines = append(lines, fmt.Sprintf("Update %d has the text again that stood there before it was edited. Mend it with: update edit %d <text>.", i+1, i+1))
		}
	}
	for _, l := range lines {
		if _, err := fmt.Fprintln(w, l); err != nil {
			return err
		}
	}
	return nil
}

// shownOf finds what the local room keeps of an entry: the message itself with
// all that was done to it, what was posted about the records seqs or repeats the
// words, and every card, which is made anew.
func (a *App) shownOf(ctx context.Context, in *incident.Incident, e *incident.Entry, seqs []uint64, words []string) ([]uint64, error) {
	rooms := map[string]bool{e.In.ID: e.In.Platform == local.Name}
	for _, r := range in.Rooms {
		rooms[r.ID] = rooms[r.ID] || r.Platform == local.Name
	}
	about := func(it local.Item) bool {
		if e.Key != "" && (it.Key == e.Key || it.Of == e.Key) {
			return true
		}
		if it.Kind != local.Posted && it.Kind != local.Changed {
			return false
		}
		for _, seq := range seqs {
			if strings.Contains(it.Key, fmt.Sprintf("/rooms-told:%s/%d/", local.Name, seq)) {
				return true
			}
		}
		m, err := bot.Decode(it.Shown)
		if _, card := m.(bot.Card); err != nil || card {
			return true
		}
		text := bot.Text(m, time.UTC)
		return slices.ContainsFunc(words, func(s string) bool { return strings.TrimSpace(s) != "" && strings.Contains(text, s) })
	}
	var out []uint64
	for room, ours := range rooms {
		if !ours {
			continue
		}
		if err := a.items(ctx, room, func(r store.Record, it local.Item) {
			if about(it) {
				out = append(out, r.Seq)
			}
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// retold finds what other incidents have kept of this one: their drafts, and the
// line in their room, which name it as one that they are like. A new draft can be
// made.
func (a *App) retold(ctx context.Context, of *incident.Incident) ([]uint64, error) {
	var out []uint64
	for _, in := range a.Board.All() {
		if in.ID == of.ID {
			continue
		}
		err := a.each(ctx, in.ID, func(r store.Record, ev incident.Event) {
			if d, ok := ev.(incident.PostmortemDrafted); ok && strings.Contains(d.Markdown, "["+of.ID+"]") {
				out = append(out, r.Seq)
			}
		})
		if err != nil {
			return nil, err
		}
		room, ok := in.RoomOn(local.Name)
		if !ok {
			continue
		}
		if err := a.items(ctx, room.ID, func(r store.Record, it local.Item) {
			m, err := bot.Decode(it.Shown)
			if l, line := m.(bot.Line); err == nil && line && l.Entry == 0 && strings.Contains(l.Text, of.ID+" ") {
				out = append(out, r.Seq)
			}
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// items reads what the local room keeps of a channel, but for what is erased.
func (a *App) items(ctx context.Context, room string, do func(store.Record, local.Item)) error {
	for after := uint64(0); ; {
		rs, err := a.Log.Read(ctx, localPrefix+room, after, store.MaxRead)
		if err != nil {
			return err
		}
		if len(rs) == 0 {
			return nil
		}
		for _, r := range rs {
			after = r.N
			if r.Redacted {
				continue
			}
			it, err := item(r)
			if err != nil {
				return err
			}
			do(r, it)
		}
	}
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
