package notify_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sitrep/bot"
	"sitrep/follow"
	"sitrep/incident"
	"sitrep/notify"
	"sitrep/store"
)

var (
	declared = incident.Declared{Number: 1, Title: "down", Severity: "sev2"}
	told     = incident.UpdatePosted{Code: "u1", Status: incident.Investigating, Title: "Checkout fails", Body: "We look."}
	card     = `room-INC-1 [down sev2, Investigating, nobody leads, told ""]`
)

func TestRoomIsOpenedOnce(t *testing.T) {
	newHouse(t, func(h *house) {
		p := newHall("chat")
		h.start(p)
		p.set(func(p *hall) { p.loses = 1 }) // opened, but nobody hears of it
		h.happen("INC-1", declared)
		if in := h.board.Get("INC-1"); len(in.Rooms) != 0 {
			t.Fatalf("recorded before it was known: %+v", in.Rooms)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		in := h.board.Get("INC-1")
		if len(in.Rooms) != 1 || in.Rooms[0].ID != "room-INC-1" || in.Rooms[0].Name != "#INC-1-ana" || in.Rooms[0].Ref != "ref" {
			t.Fatalf("rooms: %+v", in.Rooms)
		}
		h.heard(p, card)

		// The record of the declaration is handled again: nothing is doubled.
		for _, name := range []string{"rooms:chat", "rooms-told:chat"} {
			if err := h.log.SetCursor(t.Context(), name, 1, nil); err != nil {
				t.Fatal(err)
			}
		}
		before := head(h)
		h.start(p)
		if now := head(h); now != before {
			t.Errorf("the log went on from %d to %d", before, now)
		}
		h.heard(p, card)
	})
}

func head(h *house) uint64 {
	x, err := h.log.Head(h.Context(), "")
	if err != nil {
		h.Fatal(err)
	}
	return x.Seq
}

// The room that a crash between the platform's answer and the record left
// unknown is found again, and recorded once.
func TestRoomIsRecordedOnce(t *testing.T) {
	newHouse(t, func(h *house) {
		p := newHall("chat")
		h.start(p)
		h.happen("INC-1", declared)
		h.stop()
		h.stop = func() {}
		rooms := notify.NewRooms(h.log, folded(h, 1), p, p, nil) // a board that has not seen the room yet
		rs, err := h.log.Read(t.Context(), "INC-1", 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		before := head(h)
		if _, err := rooms.Handle(t.Context(), rs[0], nil); err != nil {
			t.Fatal(err)
		}
		if now := head(h); now != before || len(p.rooms) != 1 {
			t.Errorf("the log went from %d to %d, and there are %d rooms", before, now, len(p.rooms))
		}
	})
}

// folded is a board of the first records of the log.
func folded(h *house, through uint64) *incident.Board {
	b := incident.NewBoard()
	rs, err := h.log.Read(h.Context(), "", 0, int(through))
	if err != nil {
		h.Fatal(err)
	}
	for _, r := range rs {
		m, ev, err := decode(r)
		if err != nil {
			h.Fatal(err)
		}
		b.Apply(r.Stream, m, ev)
	}
	return b
}

// Who sees what: everybody, the thread, or nobody.
func TestTellerSays(t *testing.T) {
	ben := incident.Person{ID: "local/ben", Name: "ben"}
	for _, tt := range []struct {
		name string
		evs  []incident.Event
		want []string // after the card
	}{
		{"a published update", []incident.Event{told}, []string{"room-INC-1 ana told customers (update 1, investigating): > We look."}},
		{"its number", []incident.Event{told, told}, []string{"room-INC-1 ana told customers (update 1, investigating): > We look.", "room-INC-1 ana told customers (update 2, investigating): > We look."}},
		{"a severity", []incident.Event{incident.SeverityChanged{Severity: "sev1", Why: "worse"}}, []string{"room-INC-1 ana set the severity to sev1: worse."}},
		{"a commander", []incident.Event{incident.RoleAssigned{Role: "commander", Who: ben}}, []string{"room-INC-1 ben is commander."}},
		{"another role", []incident.Event{incident.RoleAssigned{Role: "scribe", Who: ben}}, []string{"room-INC-1 in the thread of 1: T3 ana: ben is scribe"}},
		{"a handover", []incident.Event{incident.HandoverOffered{Role: "commander", To: ben}, incident.HandoverAccepted{Role: "commander"}},
			[]string{"room-INC-1 ana offered commander to ben. (Accept: handover INC-1 accept commander)", "room-INC-1 ana took commander over."}},
		{"resolved", []incident.Event{incident.StateChanged{Status: incident.Resolved, Text: "it holds"}}, []string{"room-INC-1 ana resolved INC-1: it holds"}},
		{"resolved, with no words", []incident.Event{incident.StateChanged{Status: incident.Resolved}}, []string{"room-INC-1 ana resolved INC-1."}},
		{"resolved in public is said once", []incident.Event{incident.UpdatePosted{Status: incident.Resolved, Title: "x", Body: "Fixed."}, incident.StateChanged{Status: incident.Resolved}},
			[]string{"room-INC-1 ana told customers (update 1, resolved): > Fixed."}},
		{"reopened", []incident.Event{incident.StateChanged{Status: incident.Resolved}, incident.Reopened{Why: "again"}}, []string{"room-INC-1 ana resolved INC-1.", "room-INC-1 ana reopened the incident: again."}},
		{"canceled", []incident.Event{incident.CanceledBy{Why: "a test"}}, []string{"room-INC-1 ana canceled the incident: a test."}},
		{"merged and unmerged", []incident.Event{incident.MergedInto{Into: "INC-2"}, incident.Unmerged{}}, []string{"room-INC-1 ana merged the incident into INC-2.", "room-INC-1 ana made the incident its own again."}},
		{"the postmortem", []incident.Event{incident.PostmortemPublished{Body: "x"}}, []string{"room-INC-1 ana published the postmortem."}},
		{"a sentence ends once", []incident.Event{incident.Reopened{Why: "It fails again."}}, []string{"room-INC-1 ana reopened the incident: It fails again."}},
		{"a state, a note, a theory, an action, a milestone", []incident.Event{
			incident.StateChanged{Status: incident.Monitoring}, incident.NoteAdded{Text: "n"}, incident.TheoryAdded{Text: "the disk"},
			incident.ActionAdded{Text: "add a test"}, incident.MilestoneRecorded{Name: incident.Detected, At: time.Unix(0, 0)},
		}, []string{
			"room-INC-1 in the thread of 1: T3 ana: set the state to monitoring", "room-INC-1 in the thread of 1: T4 ana: n", "room-INC-1 in the thread of 1: T5 ana: theory: the disk",
			"room-INC-1 in the thread of 1: T6 ana: follow-up: add a test", "room-INC-1 in the thread of 1: T7 ana: milestone detected",
		}},
		{"what nobody needs to read there", []incident.Event{
			told, incident.UpdateEdited{Number: 1, Body: "mended"}, incident.PreviewOpened{Verb: "update"}, incident.PreviewClosed{Preview: 1, How: "discarded"},
			incident.PostmortemAsked{}, incident.PostmortemDrafted{}, incident.PostmortemEdited{}, incident.EntryMarked{Entry: 1}, incident.EntryStruck{Entry: 1}, incident.EntryCorrected{Entry: 1},
		}, []string{"room-INC-1 ana told customers (update 1, investigating): > We look."}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			newHouse(t, func(h *house) {
				p := newHall("chat")
				h.start(p)
				h.happen("INC-1", declared)
				h.happen("INC-1", tt.evs...)
				got := p.heard()
				if len(got) == 0 {
					t.Fatal("no card")
				}
				h.heard(p, append([]string{got[0]}, tt.want...)...)
				if in, c := h.board.Get("INC-1"), cards(t, h)["INC-1"]; c.N != in.LastN {
					t.Errorf("the card shows record %d of %d", c.N, in.LastN)
				}
			})
		})
	}
}

// cards is what the teller keeps.
func cards(t *testing.T, h *house) map[string]struct{ N uint64 } {
	t.Helper()
	_, state, err := h.log.Cursor(t.Context(), "rooms-told:chat")
	if err != nil {
		t.Fatal(err)
	}
	var s struct{ Cards map[string]struct{ N uint64 } }
	if err := json.Unmarshal(state, &s); err != nil {
		t.Fatal(err)
	}
	return s.Cards
}

// A platform that was away for an hour gets one card in its newest state, and
// every word for everybody, in order.
func TestTellerAfterAnOutage(t *testing.T) {
	newHouse(t, func(h *house) {
		p := newHall("chat")
		h.start(p)
		h.happen("INC-1", declared)
		h.heard(p, card)
		p.set(func(p *hall) { p.away = true })
		time.Sleep(3 * time.Second)
		h.happen("INC-1", told, incident.SeverityChanged{Severity: "sev1"}, incident.NoteAdded{Text: "n"}, incident.RoleAssigned{Role: "commander", Who: ana})
		time.Sleep(time.Hour)
		h.heard(p, card)
		if s := h.runners[1].Status(); s.Failing == "" || s.Tries < 50 {
			t.Errorf("after an hour: %+v", s)
		}
		p.set(func(p *hall) { p.away = false })
		time.Sleep(time.Minute)
		synctest.Wait()
		h.heard(p,
			`room-INC-1 [down sev1, Investigating, ana leads, told "We look."]`,
			"room-INC-1 missed: ana told customers (update 1, investigating): > We look.; ana set the severity to sev1.; ana: n; ana is commander.")
		if edits := p.posts[0].edits; edits != 1 {
			t.Errorf("the card was edited %d times", edits)
		}
		if s := h.runners[1].Status(); s.Failing != "" || len(s.Passed) != 0 {
			t.Errorf("mended: %+v", s)
		}
	})
}

func TestTellerWaitsAsLongAsItIsAsked(t *testing.T) {
	newHouse(t, func(h *house) {
		p := newHall("chat")
		h.start(p)
		h.happen("INC-1", declared)
		p.set(func(p *hall) { p.away, p.wait = true, 10*time.Minute })
		h.happen("INC-1", told)
		calls := p.calls
		time.Sleep(9 * time.Minute)
		synctest.Wait()
		if p.calls != calls {
			t.Errorf("it asked %d times meanwhile", p.calls-calls)
		}
	})
}

// Whichever record a crash makes the teller see again, and whether or not the
// platform answers, nothing is said twice.
func TestTellerIsNotDoubled(t *testing.T) {
	newHouse(t, func(h *house) {
		p := newHall("chat")
		h.start(p)
		type place struct {
			seq   uint64
			state []byte
		}
		var kept []place
		for _, ev := range []incident.Event{declared, told, incident.NoteAdded{Text: "n"}, incident.RoleAssigned{Role: "commander", Who: ana}} {
			seq, state, err := h.log.Cursor(t.Context(), "rooms-told:chat")
			if err != nil {
				t.Fatal(err)
			}
			kept = append(kept, place{seq, state})
			h.happen("INC-1", ev)
		}
		want := p.heard()
		for _, k := range kept[1:] {
			h.stop()
			h.stop = func() {}
			if err := h.log.SetCursor(t.Context(), "rooms-told:chat", k.seq, k.state); err != nil {
				t.Fatal(err)
			}
			p.set(func(p *hall) { p.loses = 2 })
			h.start(p)
			time.Sleep(time.Minute)
			synctest.Wait()
			h.heard(p, want...)
		}
	})
}

// An update that follows the room at once is told as an update, not also as
// what was told before there was a room.
func TestUpdateThatFollowsTheRoom(t *testing.T) {
	newHouse(t, func(h *house) {
		p := newHall("chat")
		h.start(p)
		p.set(func(p *hall) { p.away = true })
		h.happen("INC-1", declared)
		h.happen("INC-1", incident.RoomOpened{Room: incident.Place{Platform: "chat", ID: "ops"}, Adopted: true}, told)
		p.set(func(p *hall) { p.away = false })
		time.Sleep(time.Minute)
		synctest.Wait()
		h.heard(p, `ops [down sev2, Investigating, nobody leads, told "We look."]`, "ops ana told customers (update 1, investigating): > We look.")
	})
}

func TestTellerGoesOnAfterARestart(t *testing.T) {
	newHouse(t, func(h *house) {
		p := newHall("chat")
		h.start(p)
		h.happen("INC-1", declared, told)
		h.stop()
		h.stop = func() {}
		h.happen("INC-1", incident.SeverityChanged{Severity: "sev1"})
		h.start(p)
		h.heard(p,
			`room-INC-1 [down sev1, Investigating, nobody leads, told "We look."]`,
			"room-INC-1 ana told customers (update 1, investigating): > We look.",
			"room-INC-1 ana set the severity to sev1.")
	})
}

// A room that is opened late is told what customers know, not every step.
func TestRoomOpenedLate(t *testing.T) {
	newHouse(t, func(h *house) {
		p := newHall("chat")
		p.away = true
		h.start(p)
		h.happen("INC-1", declared, told, incident.NoteAdded{Text: "n"}, incident.UpdatePosted{Status: incident.Identified, Body: "Found."}, incident.SeverityChanged{Severity: "sev1"})
		time.Sleep(time.Hour)
		h.heard(p)
		p.set(func(p *hall) { p.away = false })
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		h.heard(p,
			`room-INC-1 [down sev1, Investigating, nobody leads, told "Found."]`,
			"room-INC-1 ana told customers (update 2, identified): > Found.")
	})
}

// An incident is told in its own room on each platform, and nowhere else.
func TestTellerTellsOnlyTheRoom(t *testing.T) {
	newHouse(t, func(h *house) {
		p, q := newHall("chat"), newHall("other")
		h.start(p, q)
		private := declared
		private.Private, private.Title = true, "a breach"
		h.happen("INC-1", private, incident.SeverityChanged{Severity: "sev1"})
		h.happen("INC-2", incident.Declared{Number: 2, Title: "b"})
		h.happen("INC-1/room", incident.MessageSaid{Key: "k", Text: "quiet"}, incident.Reacted{Key: "k"})
		h.happen("MNT-1", incident.MaintenanceScheduled{Number: 1, Title: "m"})
		for _, x := range []*hall{p, q} {
			for _, post := range x.posts {
				if in := h.board.ByRoom(post.To); in == nil || post.To.Platform != x.name {
					t.Errorf("%s heard %+v", x.name, post.Post)
				}
			}
			h.heard(x,
				`room-INC-1 [a breach sev1, Investigating, nobody leads, told ""]`,
				"room-INC-1 ana set the severity to sev1.",
				`room-INC-2 [b , Investigating, nobody leads, told ""]`)
		}
	})
}

// A room that is gone costs its own messages, and nobody else's.
func TestRoomThatIsGone(t *testing.T) {
	newHouse(t, func(h *house) {
		p := newHall("chat")
		h.start(p)
		h.happen("INC-1", declared)
		h.happen("INC-2", incident.Declared{Number: 2, Title: "b"})
		p.set(func(p *hall) { p.gone["room-INC-1"] = true })
		h.happen("INC-1", told)
		h.happen("INC-2", incident.SeverityChanged{Severity: "sev1"})
		h.heard(p, card, `room-INC-2 [b sev1, Investigating, nobody leads, told ""]`, "room-INC-2 ana set the severity to sev1.")
		s := h.runners[1].Status()
		if s.Failing != "" || len(s.Passed) != 1 || s.Passed[0].Why != "post the card of INC-1: channel_not_found" {
			t.Errorf("status: %+v", s)
		}
	})
}

// A card that somebody deleted is posted again.
func TestCardThatIsGone(t *testing.T) {
	newHouse(t, func(h *house) {
		p := newHall("chat")
		h.start(p)
		h.happen("INC-1", declared)
		p.set(func(p *hall) { p.posts[0].id = "deleted" })
		h.happen("INC-1", incident.NoteAdded{Text: "n"}, incident.NoteAdded{Text: "o"})
		h.heard(p, card, card, "room-INC-1 in the thread of 2: T3 ana: n", "room-INC-1 in the thread of 2: T4 ana: o")
	})
}

func TestErasedIsNotTold(t *testing.T) {
	newHouse(t, func(h *house) {
		p := newHall("chat")
		h.start(p)
		h.happen("INC-1", declared)
		p.set(func(p *hall) { p.away = true })
		rs := h.happen("INC-1", incident.SeverityChanged{Severity: "sev1", Why: "secret"}, incident.NoteAdded{Text: "secret"})
		if err := h.log.Redact(t.Context(), []uint64{rs[0].Seq, rs[1].Seq}, store.Record{Stream: "log", Kind: incident.Erased{}.Kind(), Data: []byte(`{"event":{"seqs":[1]}}`)}); err != nil {
			t.Fatal(err)
		}
		h.stop() // what was read before the erasure is not kept over a restart
		h.stop = func() {}
		p.set(func(p *hall) { p.away = false })
		h.start(p)
		h.heard(p, card)
	})
}

// What is kept does not grow for ever, and an old incident can still be told.
func TestTellerForgetsOldCards(t *testing.T) {
	newHouse(t, func(h *house) {
		p := newHall("chat")
		h.start(p)
		for n := 1; n <= 210; n++ {
			h.happen(incident.Ref(n), incident.Declared{Number: n, Title: fmt.Sprint("no ", n)})
		}
		kept := cards(t, h)
		if _, old := kept["INC-10"]; len(kept) < 10 || len(kept) > 200 || old {
			t.Errorf("%d cards are kept", len(kept))
		}
		h.happen("INC-1", incident.NoteAdded{Text: "n"})
		got := p.heard()
		if want := "room-INC-1 in the thread of 211: T3 ana: n"; got[len(got)-1] != want {
			t.Errorf("heard %q, want %q", got[len(got)-1], want)
		}
	})
}

// A channel for the team has one card of every incident, kept current; of a
// private one nothing is left there but its number.
func TestAnnouncedToTheTeam(t *testing.T) {
	newHouse(t, func(h *house) {
		p := newHall("chat")
		to := incident.Place{Platform: "chat", ID: "announcements", Name: "#announcements"}
		h.run(notify.NewAnnouncer(h.board, p, to, false, nil), nil)
		h.happen("INC-1", declared)
		h.happen("INC-2", incident.Declared{Number: 2, Title: "payroll leaked", Private: true})
		h.happen("INC-3", incident.Declared{Number: 3, Title: "exercise", Drill: true})
		h.happen("INC-1", incident.SeverityChanged{Severity: "sev1"})
		p.set(func(p *hall) {
			if len(p.posts) != 1 || p.posts[0].edits != 1 || p.posts[0].To.ID != "announcements" {
				t.Fatalf("posted: %+v", p.posts)
			}
			if c, ok := p.posts[0].Message.(bot.Card); !ok || c.Severity != "sev1" || c.Incident != "INC-1" {
				t.Errorf("announced: %+v", p.posts[0].Message)
			}
		})
		h.happen("INC-1", incident.PrivacyChanged{Private: true})
		p.set(func(p *hall) {
			if a, ok := p.posts[0].Message.(bot.Announcement); !ok || a.Title != "INC-1" || strings.Contains(a.Text, "down") {
				t.Errorf("of a private incident it says %+v", p.posts[0].Message)
			}
		})
	})
}

// A channel for the public hears what customers are told, under the title that
// they read, and nothing else.
func TestAnnouncedToThePublic(t *testing.T) {
	newHouse(t, func(h *house) {
		p := newHall("chat")
		h.run(notify.NewAnnouncer(h.board, p, incident.Place{Platform: "chat", ID: "news"}, true, nil), nil)
		h.happen("INC-1", declared)
		h.happen("INC-1", incident.NoteAdded{Text: "it is db1"})
		h.happen("INC-1", told)
		h.happen("INC-1", incident.UpdatePosted{Code: "u2", Status: incident.Identified, Body: "quiet", Quiet: true})
		h.happen("INC-1", incident.PrivacyChanged{Private: true})
		h.happen("INC-1", incident.UpdatePosted{Code: "u3", Status: incident.Identified, Body: "of a private one"})
		p.set(func(p *hall) {
			if len(p.posts) != 1 {
				t.Fatalf("posted: %+v", p.posts)
			}
			if a, ok := p.posts[0].Message.(bot.Announcement); !ok || a.Incident != "" || a.Title != "Checkout fails" || a.Quote != "We look." || strings.Contains(a.Text, "down") {
				t.Errorf("announced: %+v", p.posts[0].Message)
			}
		})
	})
}

// Of a mended text customers hear only where that was asked for.
func TestCorrectionsAreToldWhenAsked(t *testing.T) {
	newHouse(t, func(h *house) {
		p := newHall("chat")
		h.run(notify.NewAnnouncer(h.board, p, incident.Place{Platform: "chat", ID: "news"}, true, nil), nil)
		h.happen("INC-1", declared, told, incident.UpdateEdited{Number: 1, Body: "We are looking."}, incident.UpdateEdited{Number: 1, Body: "We look again.", Notify: true})
		h.heard(p, `news Investigating > We look.`, `news Investigating, corrected > We look again.`)
	})
}

// A quiet room has its card, and hears what customers are told and the end.
func TestQuietRoom(t *testing.T) {
	newHouse(t, func(h *house) {
		p := newHall("chat")
		h.run(notify.NewTeller(h.board, p, &notify.Options{Quiet: true}), nil)
		h.happen("INC-1", declared)
		h.happen("INC-1", incident.RoomOpened{Room: incident.Place{Platform: "chat", ID: "room-INC-1"}})
		h.happen("INC-1", incident.SeverityChanged{Severity: "sev1"})
		h.happen("INC-1", incident.NoteAdded{Text: "a note"})
		h.happen("INC-1", told)
		h.happen("INC-1", incident.StateChanged{Status: incident.Resolved})
		p.set(func(p *hall) {
			if len(p.posts) != 3 {
				t.Fatalf("posted: %+v", p.posts)
			}
		})
	})
}

// What is told to customers in chat is held, and is not told if it was undone
// meanwhile; what is told to the team is not held.
func TestAnnouncementsAreHeld(t *testing.T) {
	newHouse(t, func(h *house) {
		p := newHall("chat")
		h.start(p)
		a := notify.NewAnnouncer(h.board, p, incident.Place{Platform: "chat", ID: "news"}, true, nil)
		h.run(a, &follow.Options{Hold: 30 * time.Second})
		h.happen("INC-1", declared, told)
		if got := p.in("news"); len(got) != 0 {
			t.Fatalf("told at once: %q", got)
		}
		time.Sleep(10 * time.Second)
		h.happen("INC-1", incident.UpdateWithdrawn{Number: 1}, incident.UpdatePosted{Code: "u2", Status: incident.Investigating, Title: "Checkout fails", Body: "We look again."})
		time.Sleep(29 * time.Second)
		if got := p.in("news"); len(got) != 0 {
			t.Fatalf("told what was undone, or too early: %q", got)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := p.in("news"); len(got) != 1 || !strings.Contains(got[0], "We look again.") {
			t.Errorf("told: %q", got)
		}
		if got := p.in("room-INC-1"); !slices.ContainsFunc(got, func(s string) bool {
			return strings.Contains(s, "ana withdrew update 1 from the page, before anybody was notified.")
		}) {
			t.Errorf("the room heard %q", got)
		}
	})
}

// What happens to planned work is announced to customers and the team alike, also
// what the clock did; what was withdrawn from it meanwhile is not.
func TestPlannedWorkIsAnnounced(t *testing.T) {
	for _, public := range []bool{true, false} {
		newHouse(t, func(h *house) {
			p := newHall("chat")
			h.run(notify.NewAnnouncer(h.board, p, incident.Place{Platform: "chat", ID: "news"}, public, nil), nil)
			from, until := time.Date(2026, 12, 1, 22, 0, 0, 0, time.UTC), time.Date(2026, 12, 1, 23, 30, 0, 0, time.UTC)
			later := from.AddDate(0, 0, 1)
			h.happen("MNT-1", incident.MaintenanceScheduled{Number: 1, Code: "u1", Title: "Upgrade", Body: "We upgrade.", From: from, Until: until, Shown: from.Add(-time.Hour)},
				incident.MaintenanceReminded{From: from.Add(-time.Hour)}, // it was moved since
				incident.MaintenanceReminded{From: from},
				incident.MaintenanceMoved{Code: "u2", Status: incident.Scheduled, Body: "All is ready.", Shown: from},
				incident.MaintenanceMoved{Code: "u3", Status: incident.Scheduled, Body: "Not for everybody.", Shown: from, Quiet: true},
				incident.MaintenanceRescheduled{Code: "u4", From: later, Until: later.Add(time.Hour), Body: "A day later.", Shown: from},
				incident.MaintenanceReminded{From: later, Missed: true},
				incident.MaintenanceMoved{Code: "u5", Status: incident.InProgress, Body: "It begins.", Shown: from},
				incident.MaintenanceMoved{Code: "u6", Status: incident.Canceled, Body: "Not now.", Shown: from})
			title := ""
			if !public { // customers see it as the announcement's own
				title = "Upgrade: "
			}
			h.heard(p,
				`news `+title+`Planned maintenance, Dec 01, 2026 - 22:00 UTC to Dec 01, 2026 - 23:30 UTC. > We upgrade.`,
				`news `+title+`Reminder: planned for Dec 01, 2026 - 22:00 UTC to Dec 01, 2026 - 23:30 UTC.`,
				`news `+title+`Update > All is ready.`,
				`news `+title+`Planned maintenance, moved to Dec 02, 2026 - 22:00 UTC to Dec 02, 2026 - 23:00 UTC. > A day later.`,
				`news `+title+`In progress > It begins.`,
				`news `+title+`Canceled > Not now.`)
		})
	}
}
