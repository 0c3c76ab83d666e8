package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"sitrep/instant"
	"sitrep/store"
)

// A Watermark says how far a log had come when it was last in use. It stands
// in a file of its own beside the log's, so that a backup put in the log's
// place is noticed: what the lost records led to was posted already, and the
// numbers that are given again were given before.
type Watermark struct {
	Seq uint64    `json:"seq"`
	Sum store.Sum `json:"sum"`
	At  time.Time `json:"at"`
}

// WatermarkPath is where the watermark of a log's file is kept.
func WatermarkPath(db string) string { return db + ".mark" }

// markEvery is how often the watermark is brought up to date at most: a backup
// is older than that, or nothing that matters is lost with it.
const markEvery = time.Second

func (m Watermark) write(path string) error {
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	next := path + ".new"
	if err := os.WriteFile(next, append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("write the watermark: %w", err)
	}
	if err := os.Rename(next, path); err != nil {
		return fmt.Errorf("write the watermark: %w", err)
	}
	return nil
}

// older compares a log with the watermark at path. It returns a sentence if
// the log is not the one that was last in use, or lacks records of it; "" if
// all is well, or there is no watermark, or the log is new.
func older(ctx context.Context, l *store.Log, path string, zone *time.Location) (string, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the watermark: %w", err)
	}
	var m Watermark
	if err := json.Unmarshal(b, &m); err != nil {
		return "", fmt.Errorf("read the watermark %s: %w. Remove it if this is the log that you mean", path, err)
	}
	head, err := l.Head(ctx, "")
	if err != nil || head.Seq == 0 || m.Seq == 0 {
		return "", err
	}
	if head.Seq < m.Seq {
		return fmt.Sprintf("This log is older than its last run: it ends with record %d, and there were %d on %s.", head.Seq, m.Seq, instant.Stamp(m.At, zone)), nil
	}
	rs, err := l.Read(ctx, "", m.Seq-1, 1)
	if err != nil {
		return "", err
	}
	if len(rs) == 1 && rs[0].Sum != m.Sum {
		return fmt.Sprintf("This is not the log that was in use here on %s: record %d is another.", instant.Stamp(m.At, zone), m.Seq), nil
	}
	return "", nil
}

// Older says in a sentence why nothing is sent to chat platforms; "" if it is.
func (a *App) Older() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.older
}

// Resume lets the followers go on that Start has paused, and failing ones try
// again at once, and says so to w.
func (a *App) Resume(ctx context.Context, w io.Writer) error {
	if err := a.note(ctx); err != nil {
		return err
	}
	a.mu.Lock()
	was := a.older
	a.older = ""
	for _, r := range a.runners {
		r.Resume()
	}
	a.mu.Unlock()
	if a.prose != nil {
		a.prose.wake()
	}
	text := "Nothing was paused. What waits to be delivered is tried again now.\n"
	if was != "" {
		text = "Chat platforms are told again, of what they missed first.\n"
	}
	_, err := io.WriteString(w, text)
	return err
}

// note brings the watermark up to date with the log.
func (a *App) note(ctx context.Context) error {
	head, err := a.Log.Head(ctx, "")
	if err != nil || a.mark == "" || head.Seq == 0 {
		return err
	}
	return Watermark{Seq: head.Seq, Sum: head.Sum, At: a.Log.Now()}.write(a.mark)
}

// ResumeLog accepts a log that is not in use as the one to go on with: the next
// start pauses nothing.
func ResumeLog(ctx context.Context, l *store.Log, db string, w io.Writer) error {
	head, err := l.Head(ctx, "")
	if err != nil {
		return err
	}
	if err := (Watermark{Seq: head.Seq, Sum: head.Sum, At: l.Now()}).write(WatermarkPath(db)); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s is the log to go on with. The next start tells chat platforms what they missed.\n", db)
	return err
}

// watermark is the follower that keeps the watermark.
type watermark struct {
	app  *App
	last time.Time
}

func (w *watermark) Name() string { return "watermark" }

func (w *watermark) Handle(_ context.Context, r store.Record, state []byte) ([]byte, error) {
	if now := w.app.Log.Now(); now.Sub(w.last) >= markEvery || now.Before(w.last) {
		if err := (Watermark{Seq: r.Seq, Sum: r.Sum, At: r.At}).write(w.app.mark); err != nil {
			return state, err
		}
		w.last = now
	}
	return state, nil
}
