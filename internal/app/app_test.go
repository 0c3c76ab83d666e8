package app_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sitrep/bot/local"
	"sitrep/incident"
	"sitrep/internal/app"
	"sitrep/internal/config"
	"sitrep/secret"
	"sitrep/store"
	"sitrep/store/bolt"
)

// open starts an app with its local room on a file.
func open(t *testing.T, path string) (*app.App, *local.Platform) {
	t.Helper()
	d, err := bolt.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := secret.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	a := app.New(store.New(d, nil), config.Default(time.UTC), &app.Options{Masker: m})
	room := a.Room(&local.Options{Channels: []string{"ops"}})
	ctx, cancel := context.WithCancel(context.Background())
	if err := room.Open(ctx); err != nil {
		t.Fatal(err)
	}
	if err := a.Start(ctx, "test", room); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- a.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return a, room
}

// say says or commands something in the room, and waits until everybody who
// follows has done their part.
func say(t *testing.T, a *app.App, room *local.Platform, channel, key, text string) {
	t.Helper()
	if _, err := room.Perform(context.Background(), channel, "local/"+channel+"/"+key, local.PersonOf("ana"), nil, text, ""); err != nil {
		t.Fatal(err)
	}
	if err := a.Settle(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// No byte of a secret, and no byte of what was erased, is in the file: in
// whichever stream, snapshot or draft.
func TestSecretsAndErasedWordsAreNotInTheFile(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "sitrep.db")
	a, room := open(t, path)
	const token = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
	say(t, a, room, "ops", "d", "/incident declare sev1 it is down "+token)
	say(t, a, room, "inc-1", "m1", "the token is "+token)
	say(t, a, room, "inc-1", "m2", "Frau Mustermann from Musterstadt called")
	say(t, a, room, "inc-1", "n", "/incident note "+token)
	say(t, a, room, "inc-1", "p", "/incident postmortem draft")
	tl, err := a.Runner.Timeline(ctx, "INC-1", 0)
	if err != nil {
		t.Fatal(err)
	}
	var entry *incident.Entry
	for _, e := range tl.Entries() {
		if strings.Contains(e.Text, "Mustermann") {
			entry = e
		}
	}
	if entry == nil {
		t.Fatal("the message is not in the timeline")
	}
	var said bytes.Buffer
	if err := a.Redact(ctx, "INC-1", entry.Ref(), "asked for by the customer", local.PersonOf("ana"), &said); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(said.String(), "Backups") {
		t.Errorf("what is not covered is not said: %s", said.String())
	}
	if _, err := a.Log.Verify(ctx); err != nil {
		t.Errorf("after the redaction: %v", err)
	}
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
	file := fileOf(t, path)
	for _, word := range []string{token, "Mustermann"} {
		if bytes.Contains(file, []byte(word)) {
			t.Errorf("the file has %q in it", word)
		}
	}
}

// What was erased is not in what the local room shows of it either, nor in the
// room's memory: the line of a note, the announcement and the card of an update.
func TestErasedInTheRoomToo(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "sitrep.db")
	a, room := open(t, path)
	say(t, a, room, "ops", "d", "/incident declare sev1 it is down")
	say(t, a, room, "inc-1", "n", "/incident note call Zebulon on his phone")
	if _, err := room.Say(ctx, local.Utterance{Channel: "inc-1", Key: "local/inc-1/u", By: local.PersonOf("ana"), Text: `/incident update title:"Trouble" affects:website=down The office in Yankeetown is flooded`}); err != nil {
		t.Fatal(err)
	}
	if err := a.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	page := func() string {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/c/inc-1", nil)
		r.AddCookie(&http.Cookie{Name: "sitrep_who", Value: "ana"})
		room.Handler().ServeHTTP(w, r)
		return w.Body.String()
	}
	if p := page(); !strings.Contains(p, "Zebulon") || !strings.Contains(p, "Yankeetown") {
		t.Fatal("the room does not show what it should before")
	}
	tl, err := a.Runner.Timeline(ctx, "INC-1", 0)
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	for _, e := range tl.Entries() {
		if strings.Contains(e.Text, "Zebulon") || strings.Contains(e.Text, "Yankeetown") {
			if err := a.Redact(ctx, "INC-1", e.Ref(), "asked for", local.PersonOf("ana"), &said); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !strings.Contains(said.String(), "The public title went with it") {
		t.Errorf("what else is gone is not said: %s", said.String())
	}
	for _, wrong := range []string{"T1x", "T1-5", "T99", "T2", ""} {
		if err := a.Redact(ctx, "INC-1", wrong, "x", local.PersonOf("ana"), &said); err == nil {
			t.Errorf("%q was erased", wrong)
		}
	}
	if p := page(); strings.Contains(p, "Zebulon") || strings.Contains(p, "Yankeetown") {
		t.Error("the room still shows it")
	}
	say(t, a, room, "inc-1", "after", "/incident note and on")
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
	file := fileOf(t, path)
	for _, word := range []string{"Zebulon", "Yankeetown"} {
		if bytes.Contains(file, []byte(word)) {
			t.Errorf("the file has %q in it", word)
		}
	}
}

// Reading a room back adds nothing that its timeline has already.
func TestReconcilingAddsNothingTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sitrep.db")
	a, room := open(t, path)
	say(t, a, room, "ops", "d", "/incident declare sev1 it is down")
	say(t, a, room, "inc-1", "m1", "kept")
	before, err := a.Runner.Timeline(context.Background(), "INC-1", 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Reconcile(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := a.Settle(context.Background()); err != nil {
		t.Fatal(err)
	}
	after, err := a.Runner.Timeline(context.Background(), "INC-1", 0)
	if err != nil {
		t.Fatal(err)
	}
	if before.Len() != after.Len() {
		t.Errorf("reconciling what is there already made %d entries of %d", after.Len(), before.Len())
	}
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
}

func fileOf(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
