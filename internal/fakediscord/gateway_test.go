package fakediscord_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"

	"sitrep/internal/fakediscord"
)

// patience is how long a thing may take that takes milliseconds.
const patience = 20 * time.Second

const intents = discordgo.IntentGuilds | discordgo.IntentGuildMessages | discordgo.IntentGuildMessageReactions | discordgo.IntentMessageContent

// start starts a fake and a session of the real library that is pointed at it.
func start(t *testing.T, o *fakediscord.Options) (*fakediscord.Server, *discordgo.Session) {
	t.Helper()
	f := fakediscord.Start(o)
	t.Cleanup(f.Close)
	return f, session(t, f)
}

func session(t *testing.T, f *fakediscord.Server) *discordgo.Session {
	t.Helper()
	s, err := discordgo.New("Bot " + fakediscord.Token)
	if err != nil {
		t.Fatal(err)
	}
	s.Client = &http.Client{Transport: f.Transport(), Timeout: patience}
	s.Dialer, s.LogLevel = f.Dialer(), -1
	s.Identify.Intents = intents
	s.ShouldReconnectOnError, s.ShouldRetryOnRateLimit, s.SyncEvents = false, false, true
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// open opens the session's gateway and returns the events that come.
func open(t *testing.T, s *discordgo.Session) <-chan *discordgo.Event {
	t.Helper()
	events := make(chan *discordgo.Event, 100)
	s.AddHandler(func(_ *discordgo.Session, e *discordgo.Event) { events <- e })
	s.AddHandler(func(*discordgo.Session, *discordgo.Disconnect) { events <- &discordgo.Event{Type: "gone"} })
	if err := s.Open(); err != nil {
		t.Fatal(err)
	}
	return events
}

// await returns the next event of a kind.
func await(t *testing.T, events <-chan *discordgo.Event, kind string) *discordgo.Event {
	t.Helper()
	late := time.After(patience)
	for {
		select {
		case e := <-events:
			if e.Type == kind {
				return e
			}
		case <-late:
			t.Fatalf("no %s came", kind)
		}
	}
}

func TestGatewayTellsWhatHappens(t *testing.T) {
	f, s := start(t, nil)
	ana := f.AddUser("ana")
	ops := f.AddChannel("ops", fakediscord.TextChannel, nil)
	heart := f.AddEmoji("heart")
	events := open(t, s)
	if g := await(t, events, "GUILD_CREATE").Struct.(*discordgo.GuildCreate); len(g.Channels) != 1 || g.Channels[0].Name != "ops" || len(g.Roles) != 2 {
		t.Errorf("the guild is %+v", g.Guild)
	}
	m := f.Say(ana.ID, ops.ID, "the database is down", nil)
	if got := await(t, events, "MESSAGE_CREATE").Struct.(*discordgo.MessageCreate); got.Content != "the database is down" || got.Author.Username != "ana" || got.GuildID != f.GuildID() {
		t.Errorf("the message is %+v", got.Message)
	}
	f.Edit(ops.ID, m.ID, "the replica is down")
	if got := await(t, events, "MESSAGE_UPDATE").Struct.(*discordgo.MessageUpdate); got.Content != "the replica is down" || got.EditedTimestamp == nil {
		t.Errorf("edited: %+v", got.Message)
	}
	f.React(ana.ID, ops.ID, m.ID, "📌")
	f.React(ana.ID, ops.ID, m.ID, "heart:"+heart.ID)
	if got := await(t, events, "MESSAGE_REACTION_ADD").Struct.(*discordgo.MessageReactionAdd); got.Emoji.Name != "📌" || got.UserID != ana.ID {
		t.Errorf("reaction: %+v", got)
	}
	f.Unreact(ana.ID, ops.ID, m.ID, "heart:"+heart.ID)
	if got := await(t, events, "MESSAGE_REACTION_REMOVE").Struct.(*discordgo.MessageReactionRemove); got.Emoji.ID != heart.ID {
		t.Errorf("reaction: %+v", got)
	}
	if err := f.Pin(ana.ID, ops.ID, m.ID); err != nil {
		t.Fatal(err)
	}
	await(t, events, "CHANNEL_PINS_UPDATE")
	if got := await(t, events, "MESSAGE_CREATE").Struct.(*discordgo.MessageCreate); got.Type != discordgo.MessageTypeChannelPinnedMessage || got.MessageReference.MessageID != m.ID {
		t.Errorf("pinned: %+v", got.Message)
	}
	f.Delete(ops.ID, m.ID)
	if got := await(t, events, "MESSAGE_DELETE").Struct.(*discordgo.MessageDelete); got.ID != m.ID {
		t.Errorf("deleted: %+v", got.Message)
	}
	a, b := f.Say(ana.ID, ops.ID, "a", nil), f.Say(ana.ID, ops.ID, "b", nil)
	f.Delete(ops.ID, a.ID, b.ID)
	if got := await(t, events, "MESSAGE_DELETE_BULK").Struct.(*discordgo.MessageDeleteBulk); len(got.Messages) != 2 {
		t.Errorf("deleted: %+v", got)
	}
}

// What happens while the bot is away comes when it resumes; after op 9 it
// begins anew and what happened meanwhile is lost to the gateway.
func TestGatewayResumes(t *testing.T) {
	f, s := start(t, nil)
	ana, ops := f.AddUser("ana"), f.AddChannel("ops", 0, nil)
	events := open(t, s)
	await(t, events, "GUILD_CREATE")

	f.AskReconnect()
	await(t, events, "gone")
	f.Say(ana.ID, ops.ID, "while you were away", nil)
	if err := s.Open(); err != nil {
		t.Fatal(err)
	}
	if got := await(t, events, "MESSAGE_CREATE").Struct.(*discordgo.MessageCreate); got.Content != "while you were away" {
		t.Errorf("resumed with %+v", got.Message)
	}
	await(t, events, "RESUMED")
	if n := f.Identifies(); n != 1 {
		t.Errorf("it identified %d times", n)
	}

	f.AskReconnect()
	await(t, events, "gone")
	f.ForgetSessions()
	if err := s.Open(); err != nil {
		t.Fatal(err)
	}
	await(t, events, "READY")
	if n := f.Identifies(); n != 2 {
		t.Errorf("it identified %d times", n)
	}
}

func TestGatewayCloseCodes(t *testing.T) {
	for _, tt := range []struct {
		name string
		set  func(*fakediscord.Server, *discordgo.Session)
		want int
	}{
		{"a wrong token", func(_ *fakediscord.Server, s *discordgo.Session) { s.Identify.Token = "Bot wrong" }, fakediscord.CloseAuth},
		{"an intent that was not granted", func(f *fakediscord.Server, _ *discordgo.Session) { f.GrantIntents(-1) }, fakediscord.CloseNotAllowed},
		{"an intent that there is none", func(_ *fakediscord.Server, s *discordgo.Session) { s.Identify.Intents = 1 << 30 }, fakediscord.CloseBadIntents},
		{"any other", func(f *fakediscord.Server, _ *discordgo.Session) { f.RefuseIdentify(4010) }, 4010},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, s := start(t, nil)
			tt.set(f, s)
			var ce *websocket.CloseError
			if err := s.Open(); !errors.As(err, &ce) || ce.Code != tt.want {
				t.Errorf("opening ends with %v, want %d", err, tt.want)
			}
		})
	}
}

// A bot that may not read content gets it only where it is meant.
func TestContentIsWithheld(t *testing.T) {
	f, s := start(t, &fakediscord.Options{Intents: -1})
	s.Identify.Intents &^= discordgo.IntentMessageContent
	ana, ops := f.AddUser("ana"), f.AddChannel("ops", 0, nil)
	events := open(t, s)
	await(t, events, "GUILD_CREATE")
	f.Say(ana.ID, ops.ID, "not for you", nil)
	f.Say(ana.ID, ops.ID, "for <@"+f.Bot().ID+">", nil)
	if got := await(t, events, "MESSAGE_CREATE").Struct.(*discordgo.MessageCreate); got.Content != "" {
		t.Errorf("it reads %q", got.Content)
	}
	if got := await(t, events, "MESSAGE_CREATE").Struct.(*discordgo.MessageCreate); got.Content == "" {
		t.Error("what names it is withheld")
	}
}

func TestHeartbeatIsAnswered(t *testing.T) {
	f, s := start(t, &fakediscord.Options{Heartbeat: 20 * time.Millisecond})
	events := open(t, s)
	await(t, events, "GUILD_CREATE")
	f.StopAcks(true)
	await(t, events, "gone") // the library notices
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := f.AwaitConnected(ctx, false); err != nil {
		t.Error(err)
	}
}
