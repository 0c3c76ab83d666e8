package app_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sitrep/bot/discord"
	"sitrep/bot/slack"
	"sitrep/internal/config"
	"sitrep/internal/fakediscord"
	"sitrep/internal/fakeslack"
	"sitrep/internal/story"
)

// Rooms are put away a while after the last word in them, and are brought back
// when the incident is reopened: in Slack, where a bot cannot, by a new channel
// that leads to the old one.
func TestRoomsAreRetired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, yml := story.Seed()
		time.Sleep(time.Until(time.Date(2020, 9, 9, 16, 0, 0, 0, time.UTC)))
		h := openHomes(t, yml, func(c *config.Config, _ *fakediscord.Server) { c.Rooms.ArchiveAfter = 4 * time.Hour })
		h.inDiscord("oncall", h.ops, "declare sev3 the queue is slow")
		h.until(time.Now().Add(time.Minute))
		h.inSlack("oncall", h.room(slack.Name), "rename the mail queue is slow")
		h.until(time.Now().Add(time.Minute))
		channel, thread := h.room(slack.Name), h.room(discord.Name)
		inSlack := func() fakeslack.Room { return h.slack.Room(channel) }
		inDiscord := func() fakediscord.Channel {
			c, ok := h.disc.Channel(thread)
			if !ok {
				t.Fatal("the thread is gone")
			}
			return c
		}
		if s, d := inSlack().Name, inDiscord().Name; s != "inc-1-the-mail-queue-is-slow" || d != "INC-1 the mail queue is slow" {
			t.Errorf("renamed, the rooms are called %q and %q", s, d)
		}
		h.inDiscord("oncall", thread, "resolve it was the cron job")
		ended := time.Now()
		h.until(ended.Add(2 * time.Hour))
		h.slack.Type(channel, "dba", "it was this line: 0 * * * *") // people talk on
		h.until(ended.Add(5 * time.Hour))
		if inSlack().Archived || inDiscord().Thread.Locked {
			t.Fatal("the rooms were put away, though something was said in one of them three hours ago")
		}
		h.until(ended.Add(7 * time.Hour))
		if c := inDiscord(); !inSlack().Archived || !c.Thread.Archived || !c.Thread.Locked {
			t.Fatalf("the rooms are not put away: %+v, %+v", inSlack(), c.Thread)
		}
		if s, d := h.shown("to work on it again, type /incident reopen INC-1"); s != 1 || d != 1 {
			t.Errorf("goodbye was said %d times in Slack and %d times in Discord", s, d)
		}

		h.inDiscord("dba", h.ops, "reopen INC-1 it is slow again")
		h.until(time.Now().Add(time.Minute))
		if c := inDiscord(); c.Thread.Archived || c.Thread.Locked || h.room(discord.Name) != thread {
			t.Errorf("the thread was not brought back: %+v", c.Thread)
		}
		in := h.app.Board.Get("INC-1")
		now, ok := in.RoomOn(slack.Name)
		if !ok || now.ID == channel {
			t.Fatalf("it has no new channel in Slack: %+v", in.Rooms)
		}
		old := channel
		channel = now.ID
		var words string
		for _, m := range h.slack.Seen(channel) {
			words += m.Text + "\n"
		}
		if !strings.Contains(words, "What was said before is in") || !strings.Contains(words, old) {
			t.Errorf("the new channel does not lead to the old one: %s", words)
		}
		if in, ok := in.RoomOn(discord.Name); !ok || in.ID != thread {
			t.Errorf("on Discord it is worked on in %+v", in)
		}
		if u := h.app.Undelivered("INC-1"); len(u) > 0 {
			t.Errorf("not delivered: %q", u)
		}
		h.stop()
	})
}

// An incident that becomes private goes on, in both homes, in rooms that only
// those who have a part in it can read.
func TestPrivateInTwoHomes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, yml := story.Seed()
		time.Sleep(time.Until(time.Date(2020, 9, 9, 16, 0, 0, 0, time.UTC)))
		h := openHomes(t, yml, nil)
		h.inSlack("oncall", "ops", "declare sev2 a key leaked")
		h.until(time.Now().Add(time.Minute))
		thread := h.room(discord.Name)
		h.inDiscord("dba", thread, "role commander <@"+h.users["dba"]+">")
		h.inDiscord("dba", thread, "private on")
		h.until(time.Now().Add(time.Minute))
		in := h.app.Board.Get("INC-1")
		there, ok := in.RoomOn(discord.Name)
		if !ok || there.ID == thread {
			t.Fatalf("it goes on in %+v", in.Rooms)
		}
		c, _ := h.disc.Channel(there.ID)
		if people := h.disc.People(there.ID); c.Type != fakediscord.PrivateThread || !slices.Contains(people, h.users["dba"]) || !slices.Contains(people, h.users["oncall"]) || len(people) != 3 {
			t.Errorf("the private room is %+v with %v", c, people)
		}
		if c, _ := h.disc.Channel(thread); !c.Thread.Locked {
			t.Errorf("the old room is %+v", c.Thread)
		}
		words := ""
		for _, m := range h.disc.Ours(there.ID) {
			words += m.Content + "\n"
		}
		if !strings.Contains(words, "can be read by everybody who can read #incidents") {
			t.Errorf("the private room is not told who could read: %s", words)
		}
		if there, ok := in.RoomOn(slack.Name); !ok || !h.slack.Room(there.ID).Private {
			t.Errorf("in Slack it goes on in %+v", there)
		}
		if u := h.app.Undelivered("INC-1"); len(u) > 0 {
			t.Errorf("not delivered: %q", u)
		}
		h.stop()
	})
}

// Without the intent to read what is said, commands work all the same, what is
// added by hand is kept, and the cards say what is lost.
func TestDiscordWithoutContent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, yml := story.Seed()
		time.Sleep(time.Until(time.Date(2020, 9, 9, 16, 0, 0, 0, time.UTC)))
		h := openHomes(t, yml, func(_ *config.Config, f *fakediscord.Server) { f.GrantIntents(-1) })
		h.inDiscord("oncall", h.ops, "declare sev2 the queue is slow")
		h.until(time.Now().Add(time.Minute))
		thread := h.room(discord.Name)
		unread := h.disc.Say(h.users["dba"], thread, "nobody reads this", nil)
		lifted := h.disc.Say(h.users["dba"], thread, "the disk is full", nil)
		if _, err := h.disc.Menu(h.users["oncall"], thread, lifted.ID, "Add to timeline").Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.slack.Type(h.room(slack.Name), "dba", "in Slack it is read")
		h.until(time.Now().Add(time.Minute))
		tl, err := h.app.Runner.Timeline(t.Context(), "INC-1", 0)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range tl.Entries() {
			if e.IsMessage() {
				got = append(got, e.Text)
			}
		}
		if want := []string{"the disk is full", "in Slack it is read"}; !slices.Equal(got, want) {
			t.Errorf("kept were %q (%s was not to be), want %q", got, unread.Content, want)
		}
		h.inSlack("oncall", h.room(slack.Name), "severity sev1") // so that the cards are drawn anew
		h.until(time.Now().Add(time.Minute))
		if s, d := h.shown("Message Content Intent"); s != 1 || d != 1 {
			t.Errorf("what is lost stands on %d cards in Slack and %d in Discord", s, d)
		}
		h.stop()
	})
}

// What was said, marked and taken back on Discord while it was away is found
// when it is back, whether or not sitrep was started anew meanwhile.
func TestTakenBackOnDiscord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, yml := story.Seed()
		time.Sleep(time.Until(time.Date(2020, 9, 9, 16, 0, 0, 0, time.UTC)))
		h := openHomes(t, yml, nil)
		h.inDiscord("oncall", h.ops, "declare sev2 the queue is slow")
		h.until(time.Now().Add(time.Minute))
		thread := h.room(discord.Name)
		ana := h.users["dba"]
		stays, goes := h.disc.Say(ana, thread, "this stays", nil), h.disc.Say(ana, thread, "this goes", nil)
		h.disc.React(ana, thread, stays.ID, "📌")
		h.until(time.Now().Add(time.Minute))
		h.disc.Outage(true)
		h.disc.Delete(thread, goes.ID)
		h.disc.Unreact(ana, thread, stays.ID, "📌")
		h.disc.React(h.users["scribe"], thread, stays.ID, "📌")
		h.disc.Say(ana, thread, "and this is new", nil)
		h.until(time.Now().Add(30 * time.Minute)) // longer than a session is kept
		h.disc.Outage(false)
		h.until(time.Now().Add(5 * time.Minute))
		tl, err := h.app.Runner.Timeline(t.Context(), "INC-1", 0)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range tl.Entries() {
			if !e.IsMessage() {
				continue
			}
			line := e.Text
			if e.Withdrawn {
				line += ", withdrawn"
			}
			for _, m := range e.Marks {
				line += ", marked by " + m.By.Name
			}
			got = append(got, line)
		}
		if want := []string{"this stays, marked by scribe", "this goes, withdrawn", "and this is new"}; !slices.Equal(got, want) {
			t.Errorf("the timeline has %q, want %q", got, want)
		}
		h.stop()
	})
}
