package app_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"sitrep/bot"
	"sitrep/bot/discord"
	"sitrep/incident"
	"sitrep/internal/app"
	"sitrep/internal/config"
	"sitrep/internal/fakediscord"
	"sitrep/store"
	"sitrep/store/memory"
)

// An incident that is run from Discord, with Discord away for a while: the same
// timeline, page and card as anywhere.
func TestIncidentOnDiscord(t *testing.T) {
	f := fakediscord.Start(nil)
	defer f.Close()
	ana, ben := f.AddUser("ana"), f.AddUser("ben")
	ops := f.AddChannel("ops", fakediscord.TextChannel, nil)
	rooms := f.AddChannel("incidents", fakediscord.TextChannel, []fakediscord.Overwrite{{ID: f.GuildID(), Deny: fakediscord.ViewChannel}, {ID: f.Bot().ID, Type: 1, Allow: fakediscord.ViewChannel}})
	cfg := config.Default(time.UTC)
	cfg.Chat.Discord.Rooms.Channel = rooms.ID
	a := app.New(store.New(memory.New(), nil), cfg, &app.Options{Instance: "test"})
	p, err := a.Discord(fakediscord.Token, f.GuildID(), &discord.Options{Transport: f.Transport(), Dialer: f.Dialer(), Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context(), "", p); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Serve(ctx) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	if err := f.AwaitConnected(ctx, true); err != nil {
		t.Fatal(err)
	}
	ask := func(i *fakediscord.Interaction, want string) fakediscord.Answer {
		t.Helper()
		got, err := i.Wait(ctx)
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		if got.Message != nil {
			text = got.Message.Content
			for _, e := range got.Message.Embeds {
				text += "\n" + e.Title + "\n" + e.Description
			}
		}
		if !strings.Contains(text, want) || got.Message != nil && !got.Only {
			t.Fatalf("answered %q, want %q", text, want)
		}
		if err := a.Settle(ctx); err != nil {
			t.Fatal(err)
		}
		return got
	}
	until := func(what string, so func() bool) {
		t.Helper()
		late := time.After(20 * time.Second)
		for tick := time.NewTicker(time.Millisecond); !so(); {
			select {
			case <-tick.C:
			case <-late:
				t.Fatalf("not seen: %s", what)
			}
		}
	}

	ask(f.Slash(ana.ID, ops.ID, "incident declare", map[string]any{"text": "checkout is failing", "severity": "sev1"}), "Declared INC-1 (sev1)")
	in := a.Board.Get("INC-1")
	if len(in.Rooms) != 1 || in.Rooms[0].Platform != "discord" {
		t.Fatalf("its rooms are %+v", in.Rooms)
	}
	room := in.Rooms[0].ID
	said := f.Say(ben.ID, room, "mysqld restarted by itself", nil)
	f.Again(room, said.ID)
	f.React(ana.ID, room, said.ID, "📌")
	ask(f.Slash(ana.ID, room, "incident role", map[string]any{"role": "commander", "who": "<@" + ben.ID + ">"}), "ben is commander")
	if c := a.Board.Get("INC-1").Commander(); c.ID != "discord/"+ben.ID {
		t.Errorf("the commander is %+v", c)
	}

	quiet := f.AddUser("quiet") // and has never said a word
	ask(f.Slash(ana.ID, room, "incident role", map[string]any{"role": "scribe", "who": "@Quiet"}), "quiet is scribe")
	if c := a.Board.Get("INC-1").Roles["scribe"]; c.ID != "discord/"+quiet.ID {
		t.Errorf("the scribe is %+v", c)
	}

	// The severity and the state are chosen on the card, which shows them.
	menu := func(custom string) []fakediscord.Option {
		for _, row := range f.Ours(room)[0].Components {
			for _, c := range row.Components {
				if c.CustomID == custom {
					return c.Options
				}
			}
		}
		t.Fatalf("the card has no menu %s: %+v", custom, f.Ours(room)[0].Components)
		return nil
	}
	if m := menu("s|severity"); len(m) != 4 || m[0].Label != "Severity: sev1" || !m[0].Default || m[1].Default {
		t.Errorf("the severities are %+v", m)
	}
	ask(f.Choose(ana.ID, f.Ours(room)[0], "s|severity", menu("s|severity")[2].Value), "sev3")
	ask(f.Choose(ana.ID, f.Ours(room)[0], "s|state", menu("s|state")[1].Value), "dentified")
	if in := a.Board.Get("INC-1"); in.Severity != "sev3" || in.Status != incident.Identified {
		t.Errorf("it is %s, %s", in.Severity, in.Status)
	}
	until("the card", func() bool { return menu("s|severity")[2].Default && menu("s|state")[1].Default })

	// Two taps for the first public word, and a form between them.
	card := f.Ours(room)[0]
	preview := ask(f.Press(ana.ID, card, "Tell customers"), "Customers will read")
	edit := f.Press(ana.ID, *preview.Message, "Edit")
	ask(edit, "")
	filled, err := edit.Fill(map[string]string{"text": "We see failing payments."})
	if err != nil {
		t.Fatal(err)
	}
	preview = ask(filled, "We see failing payments.")
	ask(f.Press(ana.ID, *preview.Message, "Publish"), "Public: customers see this.")

	// Discord is away: the record goes on, and Discord hears of it afterwards.
	f.Fail(503)
	before := len(f.Ours(room))
	if _, err := a.Runner.Handle(ctx, requestOf("severity INC-1 sev2")); err != nil {
		t.Fatal(err)
	}
	if got := a.Board.Get("INC-1").Severity; got != "sev2" {
		t.Errorf("the severity is %s", got)
	}
	f.Fail(0)
	until("what happened while Discord was away", func() bool { return len(f.Ours(room)) == before+1 })

	resolve := f.Slash(ana.ID, room, "incident resolve", nil)
	ask(resolve, "")
	if filled, err = resolve.Fill(map[string]string{"text": "Payments work again."}); err != nil {
		t.Fatal(err)
	}
	ask(f.Press(ana.ID, *ask(filled, "Payments work again.").Message, "Publish"), "Public")
	until("the card", func() bool { return strings.Contains(f.Ours(room)[0].Embeds[0].Description, "Resolved") })
	if n := len(f.Ours(room)); !f.Ours(room)[0].Pinned || n != before+2 {
		t.Errorf("the room shows %d messages, the card pinned: %v", n, f.Ours(room)[0].Pinned)
	}

	read := func() string {
		tl, err := a.Runner.Timeline(ctx, "INC-1", 0)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, e := range tl.Entries() {
			if e.Kind != (incident.RoomOpened{}).Kind() {
				b.WriteString(e.By.String() + ": " + e.Text + strings.Repeat(" 📌", len(e.Marks)) + "\n")
			}
		}
		return b.String()
	}
	want := "ana: declared (sev1): checkout is failing\nben: mysqld restarted by itself 📌\nana: ben is commander\nana: quiet is scribe\nana: set the severity to sev3\nana: set the state to identified\nana: told customers (investigating): We see failing payments.\nana: set the state to investigating\ncli: set the severity to sev2\nana: told customers (resolved): Payments work again.\nana: set the state to resolved\n"
	got := read()
	if got != want {
		t.Errorf("the timeline is\n%s\nwant\n%s", got, want)
	}
	if err := a.Reconcile(ctx); err != nil {
		t.Error(err)
	}
	if again := read(); again != got {
		t.Errorf("read back, it is\n%s", again)
	}
}

// requestOf is a command that is typed elsewhere.
func requestOf(text string) bot.Request {
	return bot.Request{Key: "cli/" + text, By: incident.Person{ID: "cli/1", Name: "cli"}, Do: bot.Command{Text: text}}
}
