package fakeslack

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
)

// The library can read every event there is, of public and private channels.
func TestTheLibraryReadsEveryEvent(t *testing.T) {
	for _, private := range []bool{false, true} {
		t.Run(fmt.Sprint("private ", private), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := New(workspace(), &Options{Unlimited: true})
				defer f.Close()
				got := map[string]int{}
				a := &app{Client: api(f)}
				a.socket = socketmode.New(a.Client, socketmode.OptionDialer(f.Dialer()))
				ended := make(chan error, 1)
				go func() { ended <- a.socket.RunContext(t.Context()) }()
				go func() {
					for {
						select {
						case e := <-a.socket.Events:
							switch {
							case e.Type == socketmode.EventTypeErrorBadMessage:
								t.Errorf("not understood: %v: %s", e.Data.(*socketmode.ErrorBadMessage).Cause, e.Data.(*socketmode.ErrorBadMessage).Message)
							case e.Type == socketmode.EventTypeEventsAPI:
								inner := e.Data.(slackevents.EventsAPIEvent).InnerEvent
								kind := inner.Type
								if m, is := inner.Data.(*slackevents.MessageEvent); is {
									kind += "/" + m.SubType
								}
								got[kind]++
								if err := a.socket.Ack(*e.Request); err != nil {
									t.Error(err)
								}
							}
						case <-t.Context().Done():
							return
						}
					}
				}()
				synctest.Wait()
				id := f.Open("inc-1", "ada", private)
				f.Join(id, "sitrep", "ada")
				f.Join(id, "eve", "")
				root := f.Say(id, "eve", "look")
				f.Reply(root, "ada", "where?", false)
				f.Unfurl(root, "A page")
				f.Edit(root, "look here")
				f.React(root, "ada", "eyes")
				f.Unreact(root, "ada", "eyes")
				f.Pin(root, "ada")
				f.Unpin(root, "ada")
				f.Delete(root)
				f.Delete(f.Share(id, "ada", "", File{Name: "a.txt", Data: []byte("a")}))
				f.Post(id, Alert{Name: "Pager", Attachments: `[{"title":"CPU","text":"high","fields":[{"title":"Host","value":"a1"}]}]`})
				f.SetTopic(id, "ada", "SEV 1")
				f.Leave(id, "eve")
				f.Rename(id, "ada", "inc-1-done")
				f.Archive(id, "ada")
				f.Unarchive(id, "ada")
				if !private {
					f.MakePrivate(id, "ada")
				}
				if _, err := a.CreateConversation(slack.CreateConversationParams{ChannelName: "inc-2", IsPrivate: private}); err != nil {
					t.Error(err)
				}
				f.Leave(id, "sitrep")
				f.Join(id, "sitrep", "ada")
				f.Remove(id, "ada")
				f.Deactivate("ben")
				f.OpenHome("ada")
				f.Say(f.Direct("ada"), "ada", "hello")
				if err := f.Idle(t.Context()); err != nil {
					t.Error(err)
				}
				synctest.Wait()
				for _, d := range f.Deliveries() {
					if d.Tries() != 1 {
						t.Errorf("%s needed %d tries", d.Type, d.Tries())
					}
				}
				if len(got) < 24 || got["message/message_changed"] != 3 || got["message/message_deleted"] != 1 {
					t.Errorf("only these arrived: %v", got)
				}
				if p := f.Seen("inc-2"); len(p) != 0 {
					t.Errorf("a new channel shows %+v", p)
				}
				f.Revoke()
				<-ended
			})
		})
	}
}

// A token may do in private channels only what it was given for them.
func TestScopesGoByKindOfChannel(t *testing.T) {
	w := workspace()
	w.Scopes = []string{"channels:history", "channels:manage", "im:history"}
	w.Channels = append(w.Channels, Channel{ID: "C0PRIVATE", Name: "secret", Private: true, Members: []string{"ada", "sitrep"}})
	f := New(w, nil)
	defer f.Close()
	c := api(f)
	read := func(where string) error {
		_, err := c.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: where})
		return err
	}
	create := func(private bool) error {
		_, err := c.CreateConversation(slack.CreateConversationParams{ChannelName: "inc-1", IsPrivate: private})
		return err
	}
	for what, x := range map[string]struct {
		err  error
		want string
	}{
		"public": {read("C0GENERAL"), ""}, "private": {read("C0PRIVATE"), "missing_scope"}, "direct": {read(f.Direct("ada")), ""},
		"create private": {create(true), "missing_scope"}, "create public": {create(false), ""},
	} {
		if code(x.err) != x.want {
			t.Errorf("%s: %v, not %q", what, x.err, x.want)
		}
	}
}

// An app hears only what it subscribes to.
func TestSubscriptions(t *testing.T) {
	w := workspace()
	w.Events = []string{"message.channels"}
	f := New(w, nil)
	defer f.Close()
	m := f.Say("general", "ada", "<@U0BOT> look")
	f.React(m, "ada", "eyes")
	if d := f.Deliveries(); len(d) != 1 || d[0].Type != "message" {
		t.Errorf("%d deliveries", len(d))
	}
}

// A connection that dies without a word is noticed by the missing pings, and
// what was sent over it comes again.
func TestFrozenSocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := New(workspace(), nil)
		defer f.Close()
		var got atomic.Int32
		a := run(t, f, true, func(_ *app, e socketmode.Event) (any, bool) {
			if textOfMessage(e) != "" {
				got.Add(1)
			}
			return nil, true
		})
		defer a.stop()
		synctest.Wait()
		f.Freeze(true)
		f.Say("general", "ada", "x")
		time.Sleep(50 * time.Second)
		if got.Load() != 0 {
			t.Error("it arrived over a dead socket")
		}
		f.Freeze(false)
		time.Sleep(2 * time.Minute)
		if got.Load() == 0 || f.Sockets() != 1 {
			t.Errorf("arrived %d times over %d sockets", got.Load(), f.Sockets())
		}
		if err := f.Idle(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// What only one person saw does not survive their reload; what a message notifies
// is told apart from what it merely shows.
func TestReloadAndPings(t *testing.T) {
	f := New(workspace(), nil)
	defer f.Close()
	c := api(f)
	if _, err := c.PostEphemeral("C0GENERAL", "U0ADA", slack.MsgOptionText("only you", false)); err != nil {
		t.Fatal(err)
	}
	f.Reload("ben")
	if len(f.Told("ada", "general")) != 1 {
		t.Error("ben's reload took what ada was told")
	}
	f.Reload("ada")
	if len(f.Told("ada", "general")) != 0 {
		t.Error("an ephemeral survived a reload")
	}
	section := func(s string) slack.MsgOption {
		return slack.MsgOptionBlocks(slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", s, false, false), nil, nil))
	}
	for _, x := range []struct {
		opts []slack.MsgOption
		read string
		want []string
	}{
		{[]slack.MsgOption{slack.MsgOptionText("@channel &lt;!channel&gt; <#C0GENERAL>", false)}, "@channel <!channel> #general", nil},
		{[]slack.MsgOption{slack.MsgOptionText("<!channel> <@U0BEN> <!subteam^S0OPS>", false)}, "@channel @ben @ops", []string{"channel", "ben", "ops"}},
		{[]slack.MsgOption{slack.MsgOptionText("<!here>", false), section("since <!date^1599683940^{time}|20:39 UTC> <@U0ADA>")}, "since 20:39 UTC @ada", []string{"ada"}},
	} {
		_, ts, err := c.PostMessage("C0GENERAL", x.opts...)
		if err != nil {
			t.Fatal(err)
		}
		if p := f.Look(Ref{"C0GENERAL", ts}); p.Read != x.read || !slices.Equal(p.Pings, x.want) {
			t.Errorf("reads %q and notifies %v, not %q and %v", p.Read, p.Pings, x.read, x.want)
		}
	}
}

// What a person types is stored as Slack stores it, with the block that comes
// along, and reads as it was typed.
func TestTyping(t *testing.T) {
	f := New(workspace(), nil)
	defer f.Close()
	for typed, want := range map[string]string{
		"a < b & c":                            "a &lt; b &amp; c",
		"@ada and @ops, see #general (#nope)":  "<@U0ADA> and <!subteam^S0OPS|@ops>, see <#C0GENERAL|general> (#nope)",
		"look at https://x.test/a?b=1&c=2.":    "look at <https://x.test/a?b=1&amp;c=2>.",
		"@here: mail me at me@ada.test, @eve.": "<!here>: mail me at me@ada.test, <@U0STRANGER>.",
		"größer als ¥100? 結帳が失敗":               "größer als ¥100? 結帳が失敗",
	} {
		p := f.Look(f.Type("general", "ben", typed))
		if p.Text != want || p.Read != typed || !strings.Contains(string(p.Blocks), "rich_text_section") {
			t.Errorf("%q is stored as %q with %s, and reads %q", typed, p.Text, p.Blocks, p.Read)
		}
		if bad := CheckBlocks(p.Blocks); len(bad) > 0 {
			t.Errorf("%s: %v", p.Blocks, bad)
		}
	}
	m := f.Say("general", "ada", "since <!date^1599683940^{time}|20:39 UTC>")
	f.Edit(m, "no, <https://x.test|here>")
	if p := f.Look(m); p.Read != "no, here" || strings.Contains(string(p.Blocks), "20:39") {
		t.Errorf("after an edit it reads %q with %s", p.Read, p.Blocks)
	}
}

// Options that the app gives are asked for.
func TestSuggestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := New(workspace(), nil)
		defer f.Close()
		a := run(t, f, true, func(a *app, e socketmode.Event) (any, bool) {
			in, is := e.Data.(slack.InteractionCallback)
			if !is {
				return nil, true
			}
			if in.Type == slack.InteractionTypeBlockSuggestion {
				return slack.OptionsResponse{Options: []*slack.OptionBlockObject{slack.NewOptionBlockObject("c1", words(in.Value+"out"), nil)}}, true
			}
			view := modal("Affects")
			view.Submit = words("Go")
			view.Blocks.BlockSet = []slack.Block{slack.NewInputBlock("c", words("Component"), nil, slack.NewOptionsSelectBlockElement("external_select", words("Which?"), "component"))}
			if _, err := a.OpenView(in.TriggerID, view); err != nil {
				t.Error(err)
			}
			return nil, true
		})
		defer a.stop()
		synctest.Wait()
		f.Shortcut("ada", "affects")
		synctest.Wait()
		ack, err := f.Suggest(f.Modal("ada"), "component", "check").Wait(t.Context())
		if err != nil || !strings.Contains(string(ack), "checkout") {
			t.Errorf("offered %s, %v", ack, err)
		}
	})
}

// A thousand commands at once are all acknowledged in time, over real sockets.
func TestBurst(t *testing.T) {
	f := New(workspace(), nil)
	f.Listen()
	defer f.Close()
	var stops []func()
	for range 2 {
		stops = append(stops, run(t, f, false, func(*app, socketmode.Event) (any, bool) { return nil, true }).stop)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for f.Sockets() < 2 {
		f.pause(ctx, t)
	}
	var all []*Delivery
	for i := range 1000 {
		all = append(all, f.Slash("ada", "general", "/incident", fmt.Sprint("declare ", i)))
	}
	for _, d := range all {
		if _, err := d.Wait(ctx); err != nil {
			t.Fatal(err)
		}
	}
	for _, stop := range stops {
		stop()
	}
}

// Some events never come; history has them.
func TestLostEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := New(workspace(), nil)
		defer f.Close()
		var got atomic.Int32
		a := run(t, f, true, func(*app, socketmode.Event) (any, bool) { got.Add(1); return nil, true })
		defer a.stop()
		synctest.Wait()
		f.Disturb(Disturbance{Lose: 4})
		for range 100 {
			f.Say("general", "ada", "x")
		}
		if err := f.Idle(t.Context()); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		h, err := a.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: "C0GENERAL", Limit: 200})
		if n := got.Load(); err != nil || n < 60 || n > 90 || len(h.Messages) != 100 {
			t.Errorf("%d of %d arrived, %v", n, len(h.Messages), err)
		}
	})
}

// How much the fake itself costs: a command there and back over a real socket.
func BenchmarkSlash(b *testing.B) {
	f := New(workspace(), nil)
	f.Listen()
	defer f.Close()
	c := slack.New(f.BotToken(), slack.OptionAppLevelToken(f.AppToken()), slack.OptionAPIURL(f.URL()))
	s := socketmode.New(c)
	go func() { _ = s.RunContext(b.Context()) }() // ends with the benchmark
	go func() {
		for e := range s.Events {
			if e.Type == socketmode.EventTypeSlashCommand && s.Ack(*e.Request) != nil {
				b.Error("not acknowledged")
			}
		}
	}()
	for f.Sockets() == 0 {
		time.Sleep(time.Millisecond)
	}
	for b.Loop() {
		if _, err := f.Slash("ada", "general", "/incident", "list").Wait(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
