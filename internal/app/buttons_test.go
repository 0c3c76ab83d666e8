package app_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sitrep/bot/slack"
	"sitrep/internal/fakeslack"
)

// Every button of a card and of a receipt does what it says: a button carries its
// incident, and its command names it too.
func TestEveryButton(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := inOffice(t, quietPage+"chat:\n  slack:\n    bot_token: {env: X}\n    app_token: {env: Y}\n    announce: C0INCIDENTS\n", nil)
		o.Slash("ana", "ops", "/incident", "declare checkout fails")
		o.pass(5 * time.Second)
		room, _ := o.a.Board.Get("INC-1").RoomOn(slack.Name)
		press := func(who string, m fakeslack.Post, label string) {
			t.Helper()
			before := len(o.Told(who, room.ID)) + len(o.Told(who, "ops")) + len(o.Told(who, "incidents"))
			for _, b := range m.Buttons {
				if b.Label != label {
					continue
				}
				o.Press(who, m.Ref, b.Label)
				o.pass(3 * time.Second)
				told := slices.Concat(o.Told(who, room.ID), o.Told(who, "ops"), o.Told(who, "incidents"))
				for _, x := range told {
					if strings.Contains(x.Read, "There is no") || strings.Contains(x.Read, "Say which") {
						t.Errorf("%s is answered with: %s", label, x.Read)
					}
				}
				if modal := o.Modal(who); modal != nil {
					o.CloseModal(modal)
					o.pass(time.Second)
				} else if len(told) == before {
					t.Errorf("%s is answered with nothing", label)
				}
				return
			}
			t.Errorf("there is no button %q in %s", label, m.Read)
		}
		receipt := o.Told("ana", "ops")[0]
		press("ana", receipt, "sev2")
		if got := o.a.Board.Get("INC-1").Severity; got != "sev2" {
			t.Errorf("the severity is %q", got)
		}
		for _, where := range []string{room.ID, "incidents"} {
			for _, label := range []string{"Tell customers", "State", "Severity", "Catch me up"} {
				press("ben", o.card(where), label)
			}
		}
		press("ana", o.card(room.ID), "Take it")
		if got := o.a.Board.Get("INC-1").Commander().Name; got != "ana" {
			t.Errorf("%q leads", got)
		}
		o.Slash("ana", room.ID, "/incident", "handover <@U0EVA>")
		o.pass(5 * time.Second)
		for _, m := range o.Seen(room.ID) {
			if m.Bot && len(m.Buttons) > 0 && m.Buttons[0].Label == "Accept" {
				o.Press("eva", m.Ref, "Accept")
			}
		}
		o.pass(5 * time.Second)
		if got := o.a.Board.Get("INC-1").Commander().Name; got != "eva" {
			t.Errorf("%q leads after the handover", got)
		}
		o.Slash("ana", room.ID, "/incident", "resolve it was the pool")
		o.pass(5 * time.Second)
		for _, label := range []string{"Catch me up", "Postmortem", "Reopen"} {
			press("ben", o.card(room.ID), label)
		}
	})
}

// Publish publishes the words that stand above it, and no others: of two people
// who have written at once the first is told that theirs was replaced.
func TestPublishIsOfItsOwnWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := inOffice(t, quietPage, nil)
		o.Slash("ana", "ops", "/incident", "declare sev2 checkout fails")
		o.pass(5 * time.Second)
		room, _ := o.a.Board.Get("INC-1").RoomOn(slack.Name)
		o.Slash("ana", room.ID, "/incident", `update title:"Checkout" the words of ana`)
		o.pass(2 * time.Second)
		mine := o.Modal("ana")
		o.Slash("ben", room.ID, "/incident", `update title:"Checkout" the words of ben`)
		o.pass(2 * time.Second)
		if mine == nil || o.Modal("ben") == nil {
			t.Fatal("there are no previews")
		}
		if _, err := o.Submit(mine); err != nil {
			t.Fatal(err)
		}
		o.pass(5 * time.Second)
		if in := o.a.Board.Get("INC-1"); len(in.Updates) != 0 {
			t.Errorf("ana's Publish has published %q", in.Updates[0].Body)
		}
		if m := o.Modal("ana"); m == nil || !strings.Contains(m.Read, "replaced") {
			if told := o.Told("ana", room.ID); len(told) == 0 || !strings.Contains(told[len(told)-1].Read, "replaced") {
				t.Errorf("ana is not told why: %+v, %+v", m, told)
			}
		}
		if _, err := o.Submit(o.Modal("ben")); err != nil {
			t.Fatal(err)
		}
		o.pass(5 * time.Second)
		if in := o.a.Board.Get("INC-1"); len(in.Updates) != 1 || in.Updates[0].Body != "the words of ben" {
			t.Errorf("published is %+v", in.Updates)
		}
	})
}

// card is the newest card of the bot in a channel.
func (o *office) card(where string) fakeslack.Post {
	o.Helper()
	var card fakeslack.Post
	for _, m := range o.Seen(where) {
		if m.Bot && m.Only == "" && len(m.Buttons) > 2 {
			card = m
		}
	}
	if card.TS == "" {
		o.Fatalf("there is no card in %s", where)
	}
	return card
}

// The preview of a mended text shows the text.
func TestPreviewOfAnEdit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := inOffice(t, quietPage, nil)
		o.Slash("ana", "ops", "/incident", "declare sev2 checkout fails")
		o.pass(5 * time.Second)
		room, _ := o.a.Board.Get("INC-1").RoomOn(slack.Name)
		for _, text := range []string{`update title:"Checkout" We look into it.`, "update We have found it.", "update edit 1 We look into it now."} {
			o.Slash("ana", room.ID, "/incident", text)
			o.pass(2 * time.Second)
			m := o.Modal("ana")
			words := text[strings.LastIndex(text, "We "):]
			if m == nil || !strings.Contains(m.Read, words) {
				t.Fatalf("the preview of %q shows %+v", text, m)
			}
			if _, err := o.Submit(m); err != nil {
				t.Fatal(err)
			}
			o.pass(2 * time.Second)
		}
		if got := o.a.Board.Get("INC-1").Updates[0].Body; got != "We look into it now." {
			t.Errorf("published is %q", got)
		}
	})
}

// A private incident is not taken into a channel that others can read.
func TestPrivateIsNotAdoptedInPublic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := inOffice(t, quietPage, nil)
		o.Slash("ana", "ops", "/incident", "declare sev2 private:yes a key leaked")
		o.pass(5 * time.Second)
		o.Slash("ana", "incidents", "/incident", "adopt INC-1")
		o.pass(5 * time.Second)
		told := o.Told("ana", "incidents")
		if len(told) != 1 || !strings.Contains(told[0].Read, "can be read by the 4 people in #incidents, and by everybody else in the workspace") {
			t.Errorf("told was %+v", told)
		}
		if got := o.read("incidents"); strings.Contains(got, "a key leaked") && !strings.Contains(got, "is private, and what is said") {
			t.Errorf("in the public channel stands:\n%s", got)
		}
		where := o.Fake.Open("quiet-corner", "ana", true)
		o.Slash("ana", where, "/incident", "adopt INC-1")
		o.pass(5 * time.Second)
		if n := len(o.a.Board.Get("INC-1").Rooms); n != 1 || !strings.Contains(o.Told("ana", where)[0].Read, "invite the bot") {
			t.Errorf("it has %d rooms", n) // the bot is not in that channel, and says so
		}
	})
}
