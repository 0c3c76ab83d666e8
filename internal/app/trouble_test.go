package app_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sitrep/bot"
	"sitrep/bot/local"
	"sitrep/incident"
	"sitrep/internal/app"
	"sitrep/internal/config"
	"sitrep/store"
	"sitrep/store/bolt"
	"sitrep/store/memory"
)

// A wall is a platform that can only be posted to, and whose rooms can be gone.
type wall struct {
	mu    sync.Mutex
	gone  bool
	posts []string
}

func (*wall) Name() string { return "wall" }

func (*wall) Serve(ctx context.Context, _ bot.Handler) error {
	<-ctx.Done()
	return nil
}

func (w *wall) Post(_ context.Context, p bot.Post) (bot.Ref, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gone {
		return bot.Ref{}, errors.New("the channel is archived")
	}
	w.posts = append(w.posts, bot.Text(p.Message, time.UTC))
	return bot.Ref{Channel: p.To, ID: fmt.Sprint(len(w.posts))}, nil
}

func (w *wall) Edit(_ context.Context, _ bot.Ref, _ bot.Message) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gone {
		return errors.New("the channel is archived")
	}
	return nil
}

func (*wall) OpenRoom(_ context.Context, in *incident.Incident, _ []incident.Person) (bot.Channel, string, error) {
	return bot.Channel{Platform: "wall", ID: in.ID, Name: "#" + strings.ToLower(in.ID)}, "", nil
}

func (w *wall) told(words string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.posts, func(s string) bool { return strings.Contains(s, words) })
}

// run starts an app with a local room and a wall on a log, and returns what ends
// it again.
func run(t *testing.T, l *store.Log, mark string, w *wall) (*app.App, *local.Platform, func()) {
	t.Helper()
	a := app.New(l, config.Default(time.UTC), &app.Options{Watermark: mark})
	room := a.Room(&local.Options{Channels: []string{"ops"}})
	ctx, cancel := context.WithCancel(context.Background())
	if err := room.Open(ctx); err != nil {
		t.Fatal(err)
	}
	if err := a.Start(ctx, "test", room, w); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- a.Serve(ctx) }()
	return a, room, func() {
		t.Helper()
		cancel()
		if err := errors.Join(<-served, a.Stop()); err != nil {
			t.Error(err)
		}
	}
}

func file(t *testing.T, path string) *store.Log {
	t.Helper()
	d, err := bolt.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return store.New(d, nil)
}

// A backup in the place of the file that was in use is noticed: chat platforms
// are told nothing, the room on this machine works, and when somebody says so
// the others are told what they missed.
func TestOlderLogTellsNobodyUntilResumed(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	path, mark := filepath.Join(dir, "sitrep.db"), app.WatermarkPath(filepath.Join(dir, "sitrep.db"))
	first := &wall{}
	a, room, end := run(t, file(t, path), mark, first)
	say(t, a, room, "ops", "d", "/incident declare sev1 it is down")
	var backup bytes.Buffer
	if err := a.Log.Backup(ctx, &backup); err != nil {
		t.Fatal(err)
	}
	say(t, a, room, "inc-1", "n", "/incident note lost with the disk")
	if !first.told("lost with the disk") || a.Older() != "" {
		t.Fatalf("the wall was told %q; older: %s", first.posts, a.Older())
	}
	end()
	a, _, end = run(t, file(t, path), mark, &wall{})
	if a.Older() != "" {
		t.Fatalf("a restart is taken for a restore: %s", a.Older())
	}
	end()

	if err := os.WriteFile(path, backup.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	w := &wall{}
	a, room, end = run(t, file(t, path), mark, w)
	if !strings.Contains(a.Older(), "older than its last run") {
		t.Fatalf("the restore is not noticed: %q", a.Older())
	}
	say(t, a, room, "inc-1", "r", "/incident note after the restore")
	say(t, a, room, "ops", "d2", "/incident declare another thing")
	if len(w.posts) != 0 {
		t.Fatalf("the wall was told %q", w.posts)
	}
	if u := strings.Join(a.Undelivered("INC-1"), " "); !strings.Contains(u, "sitrep log resume") {
		t.Errorf("the card says %q", u)
	}
	end()
	a, room, end = run(t, file(t, path), mark, w)
	if a.Older() == "" {
		t.Fatal("a restart forgets that nobody has accepted the log")
	}
	var said bytes.Buffer
	if err := a.Resume(ctx, &said); err != nil {
		t.Fatal(err)
	}
	say(t, a, room, "inc-1", "m", "/incident note and on")
	for _, words := range []string{"after the restore", "and on", "another thing"} {
		if !w.told(words) {
			t.Errorf("after %q the wall was not told of %q: %q", said.String(), words, w.posts)
		}
	}
	end()
	a, _, end = run(t, file(t, path), mark, w)
	if a.Older() != "" {
		t.Errorf("after it was accepted: %s", a.Older())
	}
	end()

	// Another log altogether, which is longer.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	l := file(t, path)
	for i := range 200 {
		if _, err := l.Append(ctx, "local/ops", fmt.Sprint(i), store.Record{Kind: "local.said", Data: []byte(`{"kind":"said"}`)}); err != nil {
			t.Fatal(err)
		}
	}
	a, _, end = run(t, l, mark, w)
	if !strings.Contains(a.Older(), "not the log that was in use") {
		t.Errorf("another log: %q", a.Older())
	}
	end()
	l = file(t, path)
	if err := app.ResumeLog(ctx, l, path, &said); err != nil {
		t.Fatal(err)
	}
	a, _, end = run(t, l, mark, w)
	if a.Older() != "" {
		t.Errorf("accepted while it was not in use: %q", a.Older())
	}
	end()
}

// What a follower gave up on is said on the card, also after a restart; and
// nothing of another incident's troubles is.
func TestWhatCouldNotBeDeliveredIsRemembered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sitrep.db")
	w := &wall{}
	a, room, end := run(t, file(t, path), "", w)
	say(t, a, room, "ops", "d", "/incident declare sev1 it is down")
	say(t, a, room, "ops", "e", "/incident declare sev1 something else")
	w.mu.Lock()
	w.gone = true
	w.mu.Unlock()
	for i := range 3 {
		say(t, a, room, "inc-1", fmt.Sprint("n", i), "/incident note hello")
	}
	check := func() {
		t.Helper()
		u := a.Undelivered("INC-1")
		if len(u) != 1 || !strings.Contains(u[0], "the channel is archived") {
			t.Errorf("the card says %q", u)
		}
		if u := a.Undelivered("INC-2"); len(u) != 0 {
			t.Errorf("the other card says %q", u)
		}
		if n := len(a.Board.Get("INC-1").Failures); n != 1 {
			t.Errorf("it was recorded %d times", n)
		}
	}
	check()
	end()
	a, _, end = run(t, file(t, path), "", w)
	check()
	end()
}

// A full disk refuses a command in words, reading goes on, and when there is
// room the same command is taken, without a restart.
func TestDiskFullIsSaidAndReadingGoesOn(t *testing.T) {
	d := &filling{Driver: memory.New()}
	a, room, end := run(t, store.New(d, nil), "", &wall{})
	say(t, a, room, "ops", "d", "/incident declare sev1 it is down")
	ask := func(key, text string) string {
		t.Helper()
		m, err := room.Perform(context.Background(), "inc-1", "local/inc-1/"+key, local.PersonOf("ana"), nil, text, "")
		if err != nil {
			return err.Error()
		}
		return bot.Text(m, time.UTC)
	}
	d.full.Store(true)
	if got := ask("n", "/incident note hello"); !strings.Contains(got, "not recorded: the disk is full") {
		t.Errorf("a note on a full disk: %s", got)
	}
	if got := ask("s", "/incident status"); !strings.Contains(got, "it is down") {
		t.Errorf("status on a full disk: %s", got)
	}
	d.full.Store(false)
	if got := ask("n", "/incident note hello"); !strings.Contains(got, "Noted in INC-1") {
		t.Errorf("the same note when there is room: %s", got)
	}
	end()
}

// filling is a driver whose disk can be full.
type filling struct {
	store.Driver
	full atomic.Bool
}

func (f *filling) Append(ctx context.Context, b store.Batch) ([]store.Record, error) {
	if f.full.Load() {
		return nil, fmt.Errorf("write: %w", store.ErrFull)
	}
	return f.Driver.Append(ctx, b)
}

func (f *filling) SetCursor(ctx context.Context, name string, seq uint64, state []byte) error {
	if f.full.Load() {
		return fmt.Errorf("write: %w", store.ErrFull)
	}
	return f.Driver.SetCursor(ctx, name, seq, state)
}

// A channel that is made the room of an incident brings its history, with its
// own times, threads, edits and withdrawals, once.
func TestAdoptedHistory(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	var mu sync.Mutex
	l := store.New(memory.New(), nil)
	l.Now = func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}
	later := func(d time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(d)
	}
	a := app.New(l, config.Default(time.UTC), nil)
	room := a.Room(&local.Options{Channels: []string{"ops", "war-room"}, Now: l.Now})
	ctx, cancel := context.WithCancel(context.Background())
	if err := room.Open(ctx); err != nil {
		t.Fatal(err)
	}
	if err := a.Start(ctx, "test", room); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- a.Serve(ctx) }()
	defer func() {
		cancel()
		if err := errors.Join(<-served, a.Stop()); err != nil {
			t.Error(err)
		}
	}()
	say(t, a, room, "war-room", "m1", "the database is slow")
	later(3 * time.Minute)
	if _, err := room.Perform(ctx, "war-room", "local/war-room/m2", local.PersonOf("ben"), nil, "since the deploy", "local/war-room/m1"); err != nil {
		t.Fatal(err)
	}
	later(10 * time.Minute)
	say(t, a, room, "ops", "d", "/incident declare sev2 slow database")
	later(time.Minute)
	say(t, a, room, "war-room", "a", "/incident adopt INC-1")
	say(t, a, room, "war-room", "m3", "here we go on")
	tl, err := a.Runner.Timeline(ctx, "INC-1", 0)
	if err != nil {
		t.Fatal(err)
	}
	one, two, three := tl.ByKey("local/war-room/m1"), tl.ByKey("local/war-room/m2"), tl.ByKey("local/war-room/m3")
	if one == nil || two == nil || three == nil {
		t.Fatalf("the history is not all there: %v %v %v", one, two, three)
	}
	if got := one.At.Format("15:04"); got != "09:00" {
		t.Errorf("the first message is of %s", got)
	}
	if got := two.At.Format("15:04"); got != "09:03" || two.Thread != one.Number || two.By.Name != "ben" {
		t.Errorf("the reply is of %s by %s to T%d", got, two.By, two.Thread)
	}
	before := tl.Len()
	if err := errors.Join(a.Reconcile(ctx), a.Settle(ctx)); err != nil {
		t.Fatal(err)
	}
	if tl, err = a.Runner.Timeline(ctx, "INC-1", 0); err != nil || tl.Len() != before {
		t.Errorf("read back again it has %d entries, was %d (%v)", tl.Len(), before, err)
	}
}
