package app_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sitrep/bot"
	"sitrep/bot/local"
	"sitrep/internal/app"
)

// who is like whom is said in the room as it is declared, and in the draft, with
// what was left to do. What is private is named nowhere.
func TestPrecedents(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "sitrep.db")
	a, room := open(t, path)
	say(t, a, room, "ops", "1", `/incident declare sev2 affects:website=down Cards are refused at Checkout`)
	say(t, a, room, "inc-1", "2", "the gateway says: connection reset by peer")
	say(t, a, room, "inc-1", "3", "/incident action add Alert on the pool of the gateway @ben")
	say(t, a, room, "inc-1", "4", "/incident resolve")
	say(t, a, room, "ops", "5", `/incident declare sev2 private:yes affects:website=down Cards of Mustermann are refused at Checkout`)
	say(t, a, room, "ops", "6", `/incident declare sev1 affects:website=down All cards are refused at Checkout: connection reset by peer`)
	told := func(id, words string) bool {
		t.Helper()
		r, ok := a.Board.Get(id).RoomOn(local.Name)
		if !ok {
			t.Fatalf("%s has no room", id)
		}
		return strings.Contains(pageOf(room, r.ID), words)
	}
	if !told("INC-3", "This looks like INC-1") || !told("INC-3", "Alert on the pool of the gateway") {
		t.Errorf("the room of INC-3 does not say what it is like")
	}
	if told("INC-3", "like INC-2") { // ana, who looks, sees its title in the list
		t.Error("the room of INC-3 names a private incident")
	}
	if told("INC-1", "This looks like") {
		t.Error("the first incident is like another")
	}

	in := a.Board.Get("INC-3")
	d, err := a.Draft(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(d.Markdown, "## Similar incidents\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, want := range []string{"INC-1, “Cards are refused at Checkout”", "It was on Website too. [T1] [INC-1]", "Both showed “connection reset by peer”", "“Alert on the pool of the gateway” (with ben)"} {
		if !strings.Contains(section, want) {
			t.Errorf("the draft does not say %q:\n%s", want, section)
		}
	}
	if strings.Contains(d.Markdown, "Mustermann") || strings.Contains(d.Customer, "INC-1") {
		t.Error("the draft says what it must not")
	}
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
}

// pageOf is what the local room shows of a channel.
func pageOf(room *local.Platform, channel string) string {
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/c/"+channel, nil)
	r.AddCookie(&http.Cookie{Name: "sitrep_who", Value: "ana"})
	room.Handler().ServeHTTP(w, r)
	return w.Body.String()
}

// What was erased of a past incident is not kept by those that are like it.
func TestPrecedentsErased(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "sitrep.db")
	a, room := open(t, path)
	say(t, a, room, "ops", "1", `/incident declare affects:website=down Cards are refused at Checkout`)
	say(t, a, room, "inc-1", "2", "/incident action add Call Zebulon about the gateway")
	say(t, a, room, "inc-1", "3", "the proxy: NO HEALTHY UPSTREAM")
	say(t, a, room, "ops", "4", `/incident declare affects:website=down Cards are refused again at Checkout`)
	say(t, a, room, "inc-2", "5", "/incident postmortem draft")
	tl, err := a.Runner.Timeline(ctx, "INC-1", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range tl.Entries() {
		if strings.Contains(e.Text, "Zebulon") || strings.Contains(e.Text, "UPSTREAM") {
			if err := a.Redact(ctx, "INC-1", e.Ref(), "asked for", local.PersonOf("ana"), &bytes.Buffer{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"Zebulon", "HEALTHY UPSTREAM"} {
		if bytes.Contains(fileOf(t, path), []byte(word)) {
			t.Errorf("the file has %q in it", word)
		}
	}
}

// What was said in rooms is known after a restart, from the snapshot.
func TestPrecedentsAfterARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sitrep.db")
	var a *app.App
	var room *local.Platform
	a, room = open(t, path)
	say(t, a, room, "ops", "1", "/incident declare Mails arrive late")
	say(t, a, room, "inc-1", "2", "smtp: 421 Too many connections")
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
	a, room = open(t, path)
	say(t, a, room, "ops", "3", "/incident declare The warehouse says too many connections")
	r, _ := a.Board.Get("INC-2").RoomOn(local.Name)
	if !strings.Contains(pageOf(room, r.ID), "This looks like INC-1") {
		t.Error("what was said before the restart is forgotten")
	}
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
}

// The command tells the figures of a month, and says what it takes.
func TestFigures(t *testing.T) {
	ctx := context.Background()
	a, room := open(t, filepath.Join(t.TempDir(), "sitrep.db"))
	say(t, a, room, "ops", "1", "/incident declare sev2 Cards are refused")
	say(t, a, room, "ops", "2", "/incident declare private:yes Mustermann is gone")
	for text, want := range map[string]string{"figures": "1 incident was declared.", "metrics 1999-Q1": "No incident was declared.", "figures soon": "write 2026-09 or 2026-Q3"} {
		m, err := a.Runner.Handle(ctx, bot.Request{Key: text, By: local.PersonOf("ana"), In: bot.Channel{Platform: "cli", ID: "cli"}, Do: bot.Command{Text: text}})
		if err != nil {
			t.Fatal(err)
		}
		if got := bot.Text(m, time.UTC); !strings.Contains(got, want) || strings.Contains(got, "Mustermann") {
			t.Errorf("%s: %s", text, got)
		}
	}
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
}
