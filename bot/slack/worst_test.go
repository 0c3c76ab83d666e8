package slack_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sitrep/bot"
	"sitrep/bot/slack"
	"sitrep/incident"
	"sitrep/internal/fakeslack"
)

// The worst moments: Slack says nothing, asks to wait, or loses an answer; we are
// slow, or fail, or are stopped. They are played in a bubble, in which waiting
// costs nothing.

// Who Slack does not tell of commands nothing, unless the delivery says that they
// are one of us.
func TestNobodyIsTakenForOneOfUs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := workspace()
		w.Users = append(w.Users, fakeslack.User{ID: "U0XTR", Name: "xtr", TeamID: "T0OTHER"})
		w.Channels[0].Members = append(w.Channels[0].Members, "xtr")
		w.Channels[0].Shared = true
		f := fakeslack.New(w, &fakeslack.Options{Unlimited: true})
		h := serveIn(t, f)
		f.Fail(fakeslack.Fault{Method: "users.info", RetryAfter: 30 * time.Second})
		f.Type("ops", "xtr", "@sitrep declare sev1 we own you")
		f.Slash("ana", "ops", "/incident", "status")
		h.pass(2 * time.Second)
		var lines []string
		for _, r := range h.requests() {
			if c, ok := r.Do.(bot.Command); ok {
				lines = append(lines, c.Text)
			}
		}
		if got := strings.Join(lines, "; "); got != "status" {
			t.Errorf("commanded was %q", got)
		}
	})
}

// A Slack that hangs at the start is waited for.
func TestSlackHangsAtTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fakeslack.New(workspace(), &fakeslack.Options{Unlimited: true})
		f.Fail(fakeslack.Fault{Method: "auth.test", Hang: time.Minute, Times: 2})
		h := serveIn(t, f)
		h.pass(3 * time.Minute)
		if f.Sockets() != 2 {
			t.Errorf("%d sockets are open", f.Sockets())
		}
	})
}

// An invitation that Slack does not answer is made again, with the room.
func TestSlackHangsWhileARoomIsOpened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fakeslack.New(workspace(), &fakeslack.Options{Unlimited: true})
		h := serveIn(t, f)
		f.Fail(fakeslack.Fault{Method: "conversations.invite", Hang: time.Minute, Times: 1})
		in := incident.New("INC-1")
		in.Title = "x"
		people := []incident.Person{{ID: "slack/U0ANA"}}
		if _, _, err := h.p.OpenRoom(t.Context(), in, people); !errors.Is(err, bot.ErrTemporary) {
			t.Fatalf("nobody was invited, and that is %v", err)
		}
		room, _, err := h.p.OpenRoom(t.Context(), in, people)
		if err != nil || !strings.Contains(fmt.Sprint(f.Room(room.ID).Members), "ana") {
			t.Errorf("in the room are %v (%v)", f.Room(room.ID).Members, err)
		}
	})
}

// What comes while we stop is not taken, and is not acknowledged either.
func TestStoppingTakesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fakeslack.New(workspace(), &fakeslack.Options{Unlimited: true, HTTP: &fakeslack.HTTPMode{Events: "http://sitrep/slack/events", Client: http.DefaultClient}})
		defer f.Close()
		p, err := slack.New(f.BotToken(), &board{}, &slack.Options{SigningSecret: f.SigningSecret(), API: f.URL(), Client: f.Client()})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		release, done := make(chan bool), make(chan error, 1)
		go func() {
			done <- p.Serve(ctx, func(context.Context, bot.Request) (bot.Message, error) { <-release; return nil, nil })
		}()
		send := func(ts string) int {
			body := fmt.Sprintf(`{"type":"event_callback","team_id":%q,"event_id":"E%s","event":{"type":"message","channel":"C0OPS","channel_type":"channel","user":"U0ANA","text":"hi","ts":%q}}`, f.TeamID(), ts, ts)
			r := httptest.NewRequest(http.MethodPost, "http://sitrep/slack/events", strings.NewReader(body))
			r.Header = f.Signature(time.Now(), []byte(body))
			w := httptest.NewRecorder()
			p.Handler().ServeHTTP(w, r)
			return w.Code
		}
		synctest.Wait()
		first := make(chan int, 1)
		go func() { first <- send("946684801.000100") }()
		synctest.Wait()
		cancel()
		synctest.Wait()
		if code := send("946684802.000100"); code != http.StatusServiceUnavailable {
			t.Errorf("a message that is not kept is answered with %d", code)
		}
		close(release)
		if code := <-first; code != http.StatusOK {
			t.Errorf("the message that was kept is answered with %d", code)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// What was begun before we stop is answered and acknowledged.
func TestStoppingAnswersWhatWasBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fakeslack.New(workspace(), &fakeslack.Options{Unlimited: true})
		defer f.Close()
		p := join(t, f, &board{}, slack.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		release, done := make(chan bool), make(chan error, 1)
		go func() {
			done <- p.Serve(ctx, func(context.Context, bot.Request) (bot.Message, error) {
				<-release
				return bot.Receipt{Text: "Declared INC-1."}, nil
			})
		}()
		time.Sleep(time.Second)
		d := f.Slash("ana", "ops", "/incident", "declare x")
		synctest.Wait()
		cancel()
		time.Sleep(100 * time.Millisecond)
		close(release)
		if err := <-done; err != nil {
			t.Error(err)
		}
		if _, err := d.Wait(t.Context()); err != nil {
			t.Errorf("it was recorded, and: %v", err)
		}
		if told := f.Told("ana", "ops"); len(told) != 1 || !strings.Contains(told[0].Read, "Declared INC-1.") {
			t.Errorf("its author was told %+v", told)
		}
	})
}

// A modal whose answer takes longer than Slack waits shows it when it is there:
// what is wrong with what was typed, or the next modal. So does one whose answer
// is longer than an acknowledgement can be.
func TestModalIsAnsweredInTheEnd(t *testing.T) {
	form := bot.Form{Verb: "update", Incident: "INC-1", Title: "Tell customers", Submit: "Preview", Fields: []bot.Field{{Name: "text", Label: "What customers read", Long: true}}}
	wrong := form
	wrong.Fields = []bot.Field{{Name: "text", Label: "What customers read", Long: true, Value: "the text of an hour", Error: "There is no component Chekout."}}
	preview := bot.Preview{Incident: "INC-1", Number: 1, Verb: "update", Public: incident.Public{Title: "T", Updates: []incident.PublicUpdate{{Number: 1, Body: strings.Repeat("words for customers ", 1200)}}},
		Buttons: []bot.Button{{Label: "Publish", Command: "publish INC-1 1", Style: bot.Primary}}}
	for name, tt := range map[string]struct {
		takes  time.Duration
		answer bot.Message
		want   func(m *fakeslack.Modal) bool
	}{
		"slow and wrong": {5 * time.Second, bot.Problem{Code: "unknown-component", Text: "There is no component Chekout.", Field: "text", Form: &wrong}, func(m *fakeslack.Modal) bool {
			return strings.Contains(m.Read, "no component Chekout") && m.Field("text").Value[0] == "the text of an hour"
		}},
		"slow and done":    {5 * time.Second, bot.Receipt{Text: "Noted in INC-1."}, func(m *fakeslack.Modal) bool { return strings.Contains(m.Read, "Noted in INC-1.") }},
		"a long preview":   {0, preview, func(m *fakeslack.Modal) bool { return m.Submit == "Publish" }},
		"slow and preview": {5 * time.Second, preview, func(m *fakeslack.Modal) bool { return m.Submit == "Publish" }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := fakeslack.New(workspace(), &fakeslack.Options{Unlimited: true})
				h := serveIn(t, f)
				h.answers(func(r bot.Request) (bot.Message, error) {
					if _, ok := r.Do.(bot.Submission); ok {
						time.Sleep(tt.takes)
						return tt.answer, nil
					}
					return form, nil
				})
				f.Slash("ana", "ops", "/incident", "update")
				h.pass(time.Second)
				f.Fill(f.Modal("ana"), map[string]any{"text": "the text of an hour"})
				d, err := f.Submit(f.Modal("ana"))
				if err != nil {
					t.Fatal(err)
				}
				h.pass(10 * time.Second)
				if _, err := d.Wait(t.Context()); err != nil {
					t.Error(err)
				}
				if m := f.Modal("ana"); m == nil || !tt.want(m) {
					t.Errorf("the modal shows %+v", m)
				}
			})
		})
	}
}

// With fifteen messages a minute a long thread is looked through to its end, and
// then written to.
func TestLongThreadIsWrittenTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fakeslack.New(workspace(), &fakeslack.Options{Distributed: true})
		defer f.Close()
		root := f.Say("ops", "ana", "root")
		for i := range 40 {
			f.Reply(root, "ana", fmt.Sprint("reply ", i), false)
		}
		p := join(t, f, &board{}, slack.Options{})
		post := bot.Post{To: bot.Channel{Platform: slack.Name, ID: "C0OPS"}, Thread: bot.Ref{ID: "C0OPS/" + root.TS}, Message: bot.Line{Incident: "INC-1", Text: "a line"}, Key: "k1", Since: time.Now().Add(-time.Hour)}
		for range 6 {
			_, err := p.Post(t.Context(), post)
			if err == nil {
				return
			}
			var wait *bot.Temporary
			if !errors.As(err, &wait) {
				t.Fatal(err)
			}
			time.Sleep(wait.After)
		}
		t.Error("not posted in six tries")
	})
}

// A post whose answer was lost is found again, however much was said since: by
// the process that made it, and by the next one.
func TestPostedOnceInABusyRoom(t *testing.T) {
	for _, distributed := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			f := fakeslack.New(workspace(), &fakeslack.Options{Unlimited: true, Distributed: distributed})
			defer f.Close()
			for _, next := range []bool{false, true} {
				p := join(t, f, &board{}, slack.Options{})
				key := fmt.Sprint("k", next)
				post := bot.Post{To: bot.Channel{Platform: slack.Name, ID: "C0OPS"}, Message: bot.Announcement{Incident: "INC-1", Text: "once, " + key}, Key: key, Since: time.Now()}
				if next { // it is posted, and this process dies
					f.Fail(fakeslack.Fault{Method: "chat.postMessage", Times: 1, LoseAnswer: true})
				}
				put := func(p *slack.Platform) {
					for range 200 {
						_, err := p.Post(t.Context(), post)
						var wait *bot.Temporary
						if !errors.As(err, &wait) {
							if err != nil {
								t.Fatal(err)
							}
							return
						}
						time.Sleep(max(wait.After, time.Second))
						if next {
							return
						}
					}
				}
				put(p)
				for i := range 450 {
					f.Say("ops", "ana", fmt.Sprint("m", i))
				}
				if next {
					p, next = join(t, f, &board{}, slack.Options{}), false
				}
				put(p)
				n := 0
				for _, m := range f.Seen("ops") {
					if strings.Contains(m.Read, "once, "+key) {
						n++
					}
				}
				if n != 1 {
					t.Errorf("distributed %v: %s was posted %d times", distributed, key, n)
				}
			}
		})
	}
}

// A private channel is called by its name, not by its kind.
func TestPrivateChannelHasItsName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := workspace()
		w.Channels = append(w.Channels, fakeslack.Channel{ID: "G0SEC", Name: "sec-room", Private: true, Members: []string{"ana", "ben", "sitrep"}})
		f := fakeslack.New(w, &fakeslack.Options{Unlimited: true})
		h := serveIn(t, f)
		f.Slash("ana", "sec-room", "/incident", "adopt INC-1")
		h.pass(time.Second)
		if r := h.requests()[0]; r.In.Name != "#sec-room" {
			t.Errorf("the command was given in %q", r.In.Name)
		}
	})
}

// What was acknowledged because it took long, and then failed, is read back.
func TestAcknowledgedThenFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fakeslack.New(workspace(), &fakeslack.Options{Unlimited: true})
		h := serveIn(t, f)
		h.works("C0OPS")
		kept, tries := 0, 0
		h.answers(func(bot.Request) (bot.Message, error) {
			if tries++; tries == 1 {
				time.Sleep(1500 * time.Millisecond)
				return nil, errors.New("the disk was away")
			}
			kept++
			return nil, nil
		})
		f.Say("ops", "ana", "the cause is the pool")
		h.pass(10 * time.Second)
		if kept == 0 {
			t.Errorf("it was tried %d times and is not kept", tries)
		}
	})
}

// What Slack does not tell of is not asked for with every message.
func TestNotAskedAgainAndAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fakeslack.New(workspace(), &fakeslack.Options{Unlimited: true})
		h := serveIn(t, f)
		h.works("C0OPS")
		f.Fail(fakeslack.Fault{Method: "usergroups.list", Error: "plan_upgrade_required"})
		for range 20 {
			f.Say("ops", "ana", "ask <!subteam^S0DBA> and <#C0NOTHERE>")
		}
		h.pass(2 * time.Second)
		if n := len(h.requests()); n != 20 {
			t.Fatalf("%d of 20 messages came", n)
		}
		if a, b := len(f.Calls("usergroups.list")), len(f.Calls("conversations.info")); a > 1 || b > 2 {
			t.Errorf("usergroups.list was called %d times, conversations.info %d times", a, b)
		}
	})
}

// A name that is taken is not tried twice.
func TestNamesAreTriedOnce(t *testing.T) {
	f := fakeslack.New(workspace(), &fakeslack.Options{Unlimited: true})
	defer f.Close()
	f.Open("inc-1-x", "ana", false)
	p := join(t, f, &board{}, slack.Options{})
	in := incident.New("INC-1")
	in.Title = "x"
	if _, _, err := p.OpenRoom(t.Context(), in, nil); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range f.Calls("conversations.create") {
		names = append(names, c.Args["name"])
	}
	if got := strings.Join(names, " "); got != "inc-1-x inc-1-x-2" {
		t.Errorf("asked for were %s", got)
	}
}

// serveIn runs a platform in a workspace within a bubble, until the end of the
// test.
func serveIn(t *testing.T, f *fakeslack.Fake) *home {
	t.Helper()
	h := &home{T: t, f: f, b: &board{}}
	h.p = join(t, f, h.b, slack.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- h.p.Serve(ctx, func(_ context.Context, r bot.Request) (bot.Message, error) {
			h.mu.Lock()
			h.got = append(h.got, r)
			say := h.say
			h.mu.Unlock()
			if say == nil {
				return nil, nil
			}
			return say(r)
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve ended with %v", err)
		}
		f.Close()
	})
	h.pass(time.Second)
	return h
}

// pass lets time go by until nothing happens any more.
func (h *home) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
