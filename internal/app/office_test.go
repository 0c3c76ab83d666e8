package app_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sitrep/bot/slack"
	"sitrep/internal/app"
	"sitrep/internal/fakeslack"
	"sitrep/store"
	"sitrep/store/memory"
)

// An office is a workspace of Slack with sitrep in it. It lives in a bubble, in
// which waiting costs nothing.
type office struct {
	*testing.T
	*fakeslack.Fake
	a *app.App
}

// inOffice makes an office with the people ana, ben and eva and the channels ops and
// incidents, runs it as yml says, and closes it at the end of the test.
func inOffice(t *testing.T, yml string, o *fakeslack.Options) *office {
	t.Helper()
	m := slack.NewManifest(nil)
	w := fakeslack.Workspace{Scopes: m.OAuth.Scopes.Bot, Events: m.Settings.Events.Bot}
	for _, name := range []string{"ana", "ben", "eva"} {
		w.Users = append(w.Users, fakeslack.User{ID: "U0" + strings.ToUpper(name), Name: name, TZ: "Europe/Lisbon"})
	}
	for _, name := range []string{"ops", "incidents"} {
		w.Channels = append(w.Channels, fakeslack.Channel{ID: "C0" + strings.ToUpper(name), Name: name, Members: []string{"ana", "ben", "eva", "sitrep"}})
	}
	f := fakeslack.New(w, o)
	a := app.New(store.New(memory.New(), nil), configured(t, []byte(yml)), nil)
	p, err := a.Slack(f.BotToken(), f.AppToken(), "", slack.Options{API: f.URL(), Client: f.Client(), Dialer: f.Dialer()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := a.Start(ctx, "office", p); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- a.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-served, a.Stop()); err != nil {
			t.Error(err)
		}
		f.Close()
	})
	o1 := &office{t, f, a}
	o1.pass(2 * time.Second)
	return o1
}

// pass lets time go by until nothing happens any more.
func (o *office) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// entries are the texts of what was said and noted in an incident, as it stands.
func (o *office) entries(id string) string {
	o.Helper()
	tl, err := o.a.Runner.Timeline(o.Context(), id, 0)
	if err != nil {
		o.Fatal(err)
	}
	var lines []string
	for _, e := range tl.Chronological() {
		if e.Kind != "message.said" && e.Kind != "note.added" || e.Withdrawn {
			continue
		}
		line := e.By.Name + ": " + e.Text
		if e.Marked() {
			line += " [marked]"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// read is all that the bot has posted in a channel.
func (o *office) read(where string) string {
	var lines []string
	for _, m := range o.Seen(where) {
		if m.Bot {
			lines = append(lines, m.Read)
		}
	}
	return strings.Join(lines, "\n")
}

const quietPage = "page:\n  name: Shop\n  time_zone: Europe/Lisbon\n"

// A thread is made the room of an incident by naming the bot in it: what was
// said in it comes in, at its own times; what goes on beside it stays out; and
// a verb there is about that incident, with marks on its replies.
func TestThreadIsAdopted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := inOffice(t, quietPage, nil)
		root := o.Type("ops", "ana", "checkout answers 500")
		first := o.Reply(root, "ben", "since the deploy", false)
		o.pass(time.Minute)
		o.Slash("ana", "ops", "/incident", "declare sev2 checkout fails")
		o.pass(5 * time.Second)
		o.Reply(root, "ana", "<@"+o.BotID()+"> adopt INC-1", false)
		o.pass(5 * time.Second)
		o.Reply(root, "eva", "rolling back", false)
		o.Type("ops", "eva", "lunch?")
		o.Reply(root, "ben", "<@"+o.BotID()+"> note the rollback began", false)
		o.React(first, "eva", "pushpin")
		o.pass(5 * time.Second)
		want := "ana: checkout answers 500\nben: since the deploy [marked]\n"
		got := o.entries("INC-1")
		if !strings.HasPrefix(got, want) || !strings.Contains(got, "eva: rolling back") || !strings.Contains(got, "ben: the rollback began") || strings.Contains(got, "lunch") {
			t.Errorf("the timeline has:\n%s", got)
		}
		if o.Look(first).Reactions["pushpin"] != 2 {
			t.Error("the mark was not confirmed")
		}
		for _, m := range o.Seen("ops") {
			if m.Bot && m.Only == "" && m.Thread == "" {
				t.Errorf("this stands in the channel: %s", m.Read)
			}
		}
		o.Outage(true)
		o.Reply(root, "eva", "rolled back", false)
		o.pass(time.Minute)
		o.Outage(false)
		o.pass(3 * time.Minute)
		if got := o.entries("INC-1"); !strings.Contains(got, "eva: rolled back") || strings.Contains(got, "lunch") {
			t.Errorf("after an outage the timeline has:\n%s", got)
		}
	})
}

// Declaring from a message brings the thread of the message along, from its
// beginning; the incident has a channel of its own.
func TestDeclareFromMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := inOffice(t, quietPage, nil)
		o.Type("ops", "eva", "good morning")
		root := o.Type("ops", "ana", "checkout answers 500")
		reply := o.Reply(root, "ben", "the pool is exhausted", false)
		o.pass(time.Minute)
		o.MessageShortcut("ben", reply, "declare_from")
		o.pass(time.Second)
		m := o.Modal("ben")
		if m == nil {
			t.Fatal("no form was opened")
		}
		if v := m.Field("text").Value; len(v) != 1 || v[0] != "the pool is exhausted" {
			t.Errorf("the title is filled with %q", v)
		}
		if _, err := o.Submit(m); err != nil {
			t.Fatal(err)
		}
		o.pass(5 * time.Second)
		in := o.a.Board.Get("INC-1")
		if in == nil {
			t.Fatal("nothing was declared")
		}
		room, ok := in.RoomOn(slack.Name)
		if !ok || room.Within != "" {
			t.Errorf("it is worked on in %+v", room)
		}
		o.Reply(root, "eva", "restarting it", false)
		o.pass(time.Second)
		o.Type(room.ID, "ana", "I take it")
		o.pass(5 * time.Second)
		want := "ana: checkout answers 500\nben: the pool is exhausted\neva: restarting it\nana: I take it"
		if got := o.entries("INC-1"); got != want {
			t.Errorf("the timeline has:\n%s\nnot:\n%s", got, want)
		}
		if got := o.Told("ben", "ops"); len(got) != 1 || got[0].Thread != root.TS || !strings.Contains(got[0].Read, "Declared INC-1") {
			t.Errorf("ben was told %+v", got)
		}
	})
}

// Where the configuration says so, an incident is worked on in a thread of the
// announcement channel: one card, on which the thread hangs. A private one has
// a channel all the same.
func TestThreadForASeverity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := inOffice(t, quietPage+"chat:\n  slack:\n    bot_token: {env: X}\n    app_token: {env: Y}\n    announce: C0INCIDENTS\n    severities: [{severity: sev3, room: thread}]\n", nil)
		o.Slash("ana", "ops", "/incident", "declare sev3 a report is late")
		o.pass(5 * time.Second)
		room, ok := o.a.Board.Get("INC-1").RoomOn(slack.Name)
		if !ok || room.Within != "C0INCIDENTS" {
			t.Fatalf("it is worked on in %+v", room)
		}
		var cards []fakeslack.Post
		for _, m := range o.Seen("incidents") {
			if m.Bot && m.Thread == "" {
				cards = append(cards, m)
			}
		}
		if len(cards) != 1 || !strings.Contains(cards[0].Read, "a report is late") {
			t.Fatalf("in the channel stand %+v", cards)
		}
		root := cards[0].Ref
		o.Reply(root, "ben", "the queue is stuck", false)
		o.Type("incidents", "eva", "not about it")
		o.Reply(root, "ana", "<@"+o.BotID()+"> role commander @ben", false)
		o.pass(5 * time.Second)
		if got := o.entries("INC-1"); got != "ben: the queue is stuck" && !strings.HasPrefix(got, "ben: the queue is stuck\nana: ") {
			t.Errorf("the timeline has:\n%s", got)
		}
		if got := o.Look(root).Read; !strings.Contains(got, "ben") {
			t.Errorf("the card is not up to date: %s", got)
		}
		var thread []string
		for _, m := range o.Seen("incidents") {
			if m.Bot && m.Only == "" && m.Thread == root.TS {
				thread = append(thread, m.Read)
			}
		}
		if len(thread) != 1 || !strings.Contains(thread[0], "commander") {
			t.Errorf("in the thread stand %q", thread)
		}
		o.Slash("ana", "ops", "/incident", "declare sev3 private:yes a key leaked")
		o.pass(5 * time.Second)
		if room, ok := o.a.Board.Get("INC-2").RoomOn(slack.Name); !ok || room.Within != "" || !o.Room(room.ID).Private {
			t.Errorf("the private one is worked on in %+v", room)
		}
	})
}

// In the thread of an incident's announcement a verb is about that incident.
func TestMentionUnderAnAnnouncement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := inOffice(t, quietPage+"chat:\n  slack:\n    bot_token: {env: X}\n    app_token: {env: Y}\n    announce: C0INCIDENTS\n", nil)
		o.Slash("ana", "ops", "/incident", "declare sev1 one")
		o.Slash("ana", "ops", "/incident", "declare sev1 two")
		o.pass(5 * time.Second)
		for _, m := range o.Seen("incidents") {
			if m.Bot && strings.Contains(m.Read, "INC-1") && m.Thread == "" {
				o.Reply(m.Ref, "ben", "<@"+o.BotID()+"> note from the announcement", false)
				o.Reply(m.Ref, "ben", "<@"+o.BotID()+"> note INC-2 about the other", false)
				o.Reply(m.Ref, "ben", "not a command", false)
			}
		}
		o.pass(5 * time.Second)
		if got := o.entries("INC-1"); got != "ben: from the announcement" {
			t.Errorf("INC-1 has:\n%s", got)
		}
		if got := o.entries("INC-2"); got != "ben: about the other" {
			t.Errorf("INC-2 has:\n%s", got)
		}
	})
}

// Somebody is chosen from Slack's own list of people.
func TestRoleIsGivenInAModal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := inOffice(t, quietPage, nil)
		o.Slash("ana", "ops", "/incident", "declare sev2 checkout fails")
		o.pass(5 * time.Second)
		o.Slash("ana", "ops", "/incident", "form INC-1 role")
		o.pass(time.Second)
		m := o.Modal("ana")
		if m == nil {
			t.Fatal("no form was opened")
		}
		if v := m.Field("who").Value; len(v) != 1 || v[0] != "U0ANA" {
			t.Errorf("the list is filled with %q", v)
		}
		o.Fill(m, map[string]any{"role": "scribe", "who": "U0BEN"})
		if _, err := o.Submit(o.Modal("ana")); err != nil {
			t.Fatal(err)
		}
		o.pass(time.Second)
		if who := o.a.Board.Get("INC-1").Roles["scribe"]; who.ID != "slack/U0BEN" || who.Name != "ben" {
			t.Errorf("the scribe is %+v", who)
		}
	})
}

// An incident that becomes private goes on in a private channel with those who
// have a part in it; the old one is told where nothing is said, and archived; and
// the new one is told what was readable, and by whom.
func TestPrivateLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := inOffice(t, quietPage+"people: [{name: Eva Lang, slack: U0EVA}]\nchat:\n  slack:\n    bot_token: {env: X}\n    app_token: {env: Y}\n", nil)
		o.Slash("ana", "ops", "/incident", "declare sev2 a key leaked")
		o.pass(5 * time.Second)
		old, _ := o.a.Board.Get("INC-1").RoomOn(slack.Name)
		o.Slash("ana", old.ID, "/incident", "role scribe <@U0EVA>")
		o.pass(5 * time.Second)
		if m := o.Room(old.ID).Members; !slices.Contains(m, "eva") {
			t.Errorf("eva took a role and was not brought in: %v", m)
		}
		o.Type(old.ID, "ben", "it is the one of billing")
		o.pass(time.Second)
		o.Fail(fakeslack.Fault{Method: "conversations.archive", Status: 503, Times: 1})
		o.Slash("ana", old.ID, "/incident", "private on")
		o.pass(2 * time.Minute)
		in := o.a.Board.Get("INC-1")
		room, ok := in.RoomOn(slack.Name)
		if !ok || room.ID == old.ID || !o.Room(room.ID).Private {
			t.Fatalf("it goes on in %+v; %+v", room, o.a.Undelivered("INC-1"))
		}
		if m := o.Room(room.ID).Members; !slices.Contains(m, "ana") || !slices.Contains(m, "eva") || slices.Contains(m, "ben") {
			t.Errorf("in the private room are %v", m)
		}
		if !o.Room(old.ID).Archived || !in.Closed(old) {
			t.Error("the old room is still open")
		}
		for where, want := range map[string]string{old.ID: "is private now, and goes on in a room of its own", room.ID: "can be read by the 4 people in #inc-1-a-key-leaked, and by everybody else in the workspace"} {
			if n := strings.Count(o.read(where), want); n != 1 {
				t.Errorf("%q is said %d times in:\n%s", want, n, o.read(where))
			}
		}
		n := 0
		tl, err := o.a.Runner.Timeline(t.Context(), "INC-1", 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range tl.Chronological() {
			if e.Kind == "room.closed" {
				n++
			}
		}
		if n > 1 {
			t.Errorf("that the room was closed is recorded %d times", n)
		}
		o.Unarchive(old.ID, "ben")
		o.Type(room.ID, "eva", "rotated")
		o.pass(5 * time.Second)
		if now, _ := o.a.Board.Get("INC-1").RoomOn(slack.Name); now.ID != room.ID {
			t.Error("unarchiving the old channel took the incident back into it")
		}
	})
}

// What was deleted, edited or marked while Slack was away is found when it is
// back: messages, answers, emoji put on and taken off.
func TestTakenBackWhileAway(t *testing.T) {
	for name, o := range map[string]*fakeslack.Options{"as usual": nil, "fifteen messages a minute": {Distributed: true}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := inOffice(t, quietPage, o)
				o.Slash("ana", "ops", "/incident", "declare sev2 checkout fails")
				o.pass(5 * time.Second)
				room, _ := o.a.Board.Get("INC-1").RoomOn(slack.Name)
				var all []fakeslack.Ref
				for _, text := range []string{"stays", "goes", "is mended", "is marked", "was marked", "a thread"} {
					all = append(all, o.Type(room.ID, "ben", text))
					o.pass(time.Second)
				}
				answer := o.Reply(all[5], "eva", "goes too", false)
				o.React(all[4], "eva", "pushpin")
				for i := range 20 {
					o.Type(room.ID, "eva", fmt.Sprint("filler ", i))
					o.pass(time.Second)
				}
				o.pass(time.Minute)
				o.Outage(true)
				o.pass(10 * time.Minute)
				o.Delete(all[1])
				o.Edit(all[2], "is mended now")
				o.React(all[3], "ana", "pushpin")
				o.Unreact(all[4], "eva", "pushpin")
				o.Delete(answer)
				o.Type(room.ID, "ana", "said meanwhile")
				o.Outage(false)
				o.pass(90 * time.Second)
				o.Slash("ana", room.ID, "/incident", "note the bot answers while it reads back")
				o.pass(5 * time.Second)
				if got := o.entries("INC-1"); !strings.Contains(got, "the bot answers") {
					t.Error("a command waits for the history to be read")
				}
				o.pass(time.Hour)
				got := o.entries("INC-1")
				for _, want := range []string{"ben: stays", "ben: is mended now", "ben: is marked [marked]", "ben: was marked", "ben: a thread", "ana: said meanwhile"} {
					if !slices.Contains(strings.Split(got, "\n"), want) {
						t.Errorf("there is no %q in:\n%s", want, got)
					}
				}
				if strings.Contains(got, "goes") {
					t.Errorf("what was deleted is still there:\n%s", got)
				}
				if n := strings.Count(got, "filler"); n != 20 {
					t.Errorf("%d of 20 others are left", n)
				}
				if o.Look(all[3]).Reactions["pushpin"] != 2 {
					t.Error("the mark was not confirmed")
				}
			})
		})
	}
}

// What a person does to a channel is in the record, and is left as it is.
func TestChannelIsRenamedByAPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := inOffice(t, quietPage, nil)
		o.Slash("ana", "ops", "/incident", "declare sev2 checkout fails")
		o.pass(5 * time.Second)
		room, _ := o.a.Board.Get("INC-1").RoomOn(slack.Name)
		o.Slash("ana", room.ID, "/incident", "rename payments fail")
		o.pass(5 * time.Second)
		if got := o.Room(room.ID).Name; got != "inc-1-payments-fail" {
			t.Errorf("the room of a renamed incident is called %q", got)
		}
		o.Rename(room.ID, "ben", "inc-1-bens-name")
		o.MakePrivate(room.ID, "ben")
		o.pass(5 * time.Second)
		o.Slash("ana", room.ID, "/incident", "rename something else")
		o.Slash("ana", room.ID, "/incident", "state identified")
		o.pass(5 * time.Second)
		if got := o.Room(room.ID).Name; got != "inc-1-bens-name" {
			t.Errorf("the room that ben has named is called %q", got)
		}
		if r := o.a.Board.Get("INC-1").Rooms[0]; !r.Named || r.Name != "#inc-1-bens-name" {
			t.Errorf("recorded is %+v", r)
		}
		rs, err := o.a.Log.Read(t.Context(), "INC-1", 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, r := range rs {
			if r.Kind == "room.changed" {
				n++
			}
		}
		if n != 2 {
			t.Errorf("%d changes are recorded, of 2", n)
		}
	})
}
