package fakeslack

import (
	"context"
	"errors"
	"io"
	"log"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
)

func workspace() Workspace {
	return Workspace{
		Users: []User{
			{ID: "U0ADA", Name: "ada", Real: "Ada Lovelace", Email: "ada@example.com", TZ: "Europe/Berlin"},
			{ID: "U0BEN", Name: "ben"},
			{ID: "U0STRANGER", Name: "eve", TeamID: "T0OTHER"},
		},
		Bot:      User{ID: "U0BOT", Name: "sitrep"},
		Channels: []Channel{{ID: "C0GENERAL", Name: "general", Members: []string{"ada", "ben", "sitrep"}}, {ID: "C0ELSE", Name: "elsewhere", Members: []string{"ada"}}},
		Groups:   []Group{{ID: "S0OPS", Handle: "ops", Name: "Operations", Members: []string{"ben"}}},
	}
}

// api makes the real library's client, in process.
func api(f *Fake) *slack.Client {
	return slack.New(f.BotToken(), slack.OptionAppLevelToken(f.AppToken()), slack.OptionAPIURL(f.URL()), slack.OptionHTTPClient(f.Client()), slack.OptionLog(log.New(io.Discard, "", 0)))
}

// an app is a bot made with the real library: it hands what arrives to on, one
// at a time, and acknowledges with what on returns.
type app struct {
	*slack.Client
	socket *socketmode.Client
	stop   func()
}

func run(t *testing.T, f *Fake, inProcess bool, on func(a *app, e socketmode.Event) (answer any, ack bool)) *app {
	t.Helper()
	a := &app{Client: api(f)}
	opts := []socketmode.Option{socketmode.OptionLog(log.New(io.Discard, "", 0))}
	if inProcess {
		opts = append(opts, socketmode.OptionDialer(f.Dialer()))
	} else {
		a.Client = slack.New(f.BotToken(), slack.OptionAppLevelToken(f.AppToken()), slack.OptionAPIURL(f.URL()))
	}
	a.socket = socketmode.New(a.Client, opts...)
	ctx, cancel := context.WithCancel(t.Context())
	var ended, read = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		if err := a.socket.RunContext(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("the socket ended: %v", err)
		}
	}()
	go func() {
		defer close(read)
		for {
			select {
			case e := <-a.socket.Events:
				if e.Request == nil || e.Type == socketmode.EventTypeHello {
					continue
				}
				if answer, ack := on(a, e); ack {
					var err error
					if answer == nil {
						err = a.socket.Ack(*e.Request)
					} else {
						err = a.socket.Ack(*e.Request, answer)
					}
					if err != nil {
						t.Errorf("acknowledge: %v", err)
					}
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	a.stop = func() {
		cancel()
		<-ended
		<-read
	}
	return a
}

// inner is the event inside an Events API envelope.
func event(e socketmode.Event) any {
	out, is := e.Data.(slackevents.EventsAPIEvent)
	if !is {
		return nil
	}
	return out.InnerEvent.Data
}

// The whole way, over real sockets: a command is typed and acknowledged, the bot
// posts, edits, and reads its words back.
func TestOverAListener(t *testing.T) {
	f := New(workspace(), nil)
	f.Listen()
	defer f.Close()
	theWholeWay(t, f, false)
}

// The same in a bubble, where time is free and everything stays in process.
func TestInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := New(workspace(), nil)
		defer f.Close()
		start := time.Now()
		theWholeWay(t, f, true)
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("took %v of the bubble's time", d)
		}
	})
}

func theWholeWay(t *testing.T, f *Fake, inProcess bool) {
	posted := make(chan string, 1)
	a := run(t, f, inProcess, func(a *app, e socketmode.Event) (any, bool) {
		if cmd, is := e.Data.(slack.SlashCommand); is {
			_, ts, err := a.PostMessage(cmd.ChannelID, slack.MsgOptionText("declared: "+cmd.Text, false),
				slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "sitrep", EventPayload: map[string]any{"key": "k1"}}))
			if err != nil {
				t.Errorf("post: %v", err)
			}
			if _, _, _, err := a.UpdateMessage(cmd.ChannelID, ts, slack.MsgOptionText("declared, and edited: "+cmd.Text, false)); err != nil {
				t.Errorf("update: %v", err)
			}
			posted <- ts
			return map[string]any{"text": "Done."}, true
		}
		return nil, true
	})
	defer a.stop()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for f.Sockets() == 0 {
		f.pause(ctx, t)
	}
	d := f.Slash("ada", "general", "/incident", "declare checkout fails")
	ts := <-posted
	if _, err := d.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	told := f.Told("ada", "general")
	if len(told) != 1 || told[0].Read != "Done." {
		t.Fatalf("ada was told %+v", told)
	}
	if len(f.Told("ben", "general")) != 0 {
		t.Error("ben sees what only ada was told")
	}
	p := f.Look(Ref{"C0GENERAL", ts})
	if p.Read != "declared, and edited: declare checkout fails" || p.Edits != 1 || !p.Bot || p.Metadata != "sitrep" {
		t.Errorf("the message reads %+v", p)
	}
	h, err := a.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: "C0GENERAL", IncludeAllMetadata: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Messages) != 1 || h.Messages[0].Text != p.Text || h.Messages[0].Metadata.EventPayload["key"] != "k1" || h.Messages[0].Edited == nil {
		t.Errorf("history gives %+v", h.Messages)
	}
	if err := f.Idle(ctx); err != nil {
		t.Error(err)
	}
}

// pause lets other goroutines go on; a test has no better way to wait for a
// library's connection.
func (f *Fake) pause(ctx context.Context, t *testing.T) {
	t.Helper()
	tick := time.NewTimer(10 * time.Millisecond)
	defer tick.Stop()
	select {
	case <-tick.C:
	case <-ctx.Done():
		t.Fatal("nobody connected")
	}
}

// What people do arrives as events, in order, as the library reads them.
func TestWhatPeopleDoArrives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := New(workspace(), nil)
		defer f.Close()
		var got []string
		a := run(t, f, true, func(_ *app, e socketmode.Event) (any, bool) {
			switch ev := event(e).(type) {
			case *slackevents.MessageEvent:
				switch ev.SubType {
				case "message_changed":
					got = append(got, "changed "+ev.PreviousMessage.Text+" to "+ev.Message.Text)
				case "message_deleted":
					got = append(got, "deleted "+ev.PreviousMessage.Text)
				default:
					got = append(got, "message "+ev.SubType+" "+ev.Text)
				}
			case *slackevents.AppMentionEvent:
				got = append(got, "mention "+ev.Text)
			case *slackevents.ReactionAddedEvent:
				got = append(got, "reaction "+ev.Reaction+" on "+ev.Item.Timestamp)
			case *slackevents.ReactionRemovedEvent:
				got = append(got, "no reaction "+ev.Reaction)
			case *slackevents.PinAddedEvent:
				got = append(got, "pin "+ev.Item.Message.Text)
			case *slackevents.PinRemovedEvent:
				got = append(got, "unpin")
			case *slackevents.MemberJoinedChannelEvent:
				got = append(got, "joined "+ev.User)
			case *slackevents.ChannelRenameEvent:
				got = append(got, "renamed "+ev.Channel.Name)
			case *slackevents.ChannelArchiveEvent:
				got = append(got, "archived")
			case *slackevents.AppHomeOpenedEvent:
				got = append(got, "home "+ev.User)
			default:
				t.Errorf("%v arrives as %T", e.Request.Payload, ev)
			}
			return nil, true
		})
		synctest.Wait()
		m := f.Say("general", "ben", "it is <@U0BOT> down")
		r := f.Reply(m, "ada", "since when?", true)
		f.Edit(m, "it is down")
		f.React(r, "ben", "pushpin")
		f.Unreact(r, "ben", "pushpin")
		f.Pin(m, "ada")
		f.Unpin(m, "ada")
		f.Delete(r)
		f.Share("general", "ben", "the log", File{Name: "crash.log", Data: []byte("panic")})
		f.Post("general", Alert{Name: "Pager", Text: "CPU"})
		f.Say("elsewhere", "ada", "the bot is not here, and hears nothing")
		f.Join("general", "eve", "ada")
		f.Rename("general", "ada", "all-hands")
		f.OpenHome("ada")
		f.Archive("all-hands", "ada")
		synctest.Wait()
		a.stop()
		want := []string{"message  it is <@U0BOT> down", "mention it is <@U0BOT> down", "message thread_broadcast since when?",
			"changed it is <@U0BOT> down to it is down", "reaction pushpin on " + r.TS, "no reaction pushpin", "pin it is down", "unpin", "deleted since when?",
			"message file_share the log", "message bot_message CPU", "message channel_join <@U0STRANGER> has joined the channel", "joined U0STRANGER",
			`message channel_name has renamed the channel from "general" to "all-hands"`, "renamed all-hands", "home U0ADA",
			"message channel_archive archived the channel", "archived"}
		if !slices.Equal(got, want) {
			t.Errorf("arrived:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}
