package slack_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sitrep/bot"
	"sitrep/bot/slack"
	"sitrep/incident"
	"sitrep/internal/fakeslack"
)

// A command becomes a request, whose author alone reads the receipt.
func TestCommand(t *testing.T) {
	h := serve(t, slack.Options{}, nil)
	h.answers(func(bot.Request) (bot.Message, error) {
		return bot.Receipt{Incident: "INC-1", Text: "Declared INC-1: checkout fails."}, nil
	})
	wait(t, h.f.Slash("ana", "ops", "/incident", "role commander <@U0BEN|ben> and <@U0EVA>"))
	h.until("a receipt", func() bool { return len(h.f.Told("ana", "ops")) == 1 })
	r := h.requests()[0]
	c, ok := r.Do.(bot.Command)
	if !ok || c.Text != `role commander @ben and "@Eva Lang"` || len(c.Mentions) != 2 || c.Mentions[1].ID != "slack/U0EVA" {
		t.Errorf("asked for %+v", r.Do)
	}
	if r.By.ID != "slack/U0ANA" || r.By.Name != "ana" || r.Zone.String() != "Europe/Lisbon" || r.In.ID != "C0OPS" || r.In.Name != "#ops" || !r.Interactive {
		t.Errorf("by %+v in %+v", r.By, r.In)
	}
	if got := h.f.Told("ana", "ops")[0].Read; !strings.Contains(got, "Declared INC-1") {
		t.Errorf("told: %s", got)
	}
	if n := len(h.f.SeenBy("ben", "ops")); n != 0 {
		t.Errorf("ben sees %d messages", n)
	}
}

// However often a command is delivered, it is asked for once.
func TestDeliveredTwice(t *testing.T) {
	h := serve(t, slack.Options{}, nil)
	h.f.Disturb(fakeslack.Disturbance{Copies: 3})
	h.answers(func(bot.Request) (bot.Message, error) { return bot.Receipt{Text: "Done."}, nil })
	h.f.Slash("ana", "ops", "/incident", "status")
	h.idle()
	h.until("a receipt", func() bool { return len(h.f.Told("ana", "ops")) > 0 })
	if n := len(h.requests()); n != 1 {
		t.Errorf("asked for %d times", n)
	}
}

// A slow handler is not waited for longer than a second, and its answer comes
// all the same.
func TestSlowHandlerIsAcknowledgedInTime(t *testing.T) {
	h := serve(t, slack.Options{}, nil)
	release := make(chan struct{})
	h.answers(func(bot.Request) (bot.Message, error) { <-release; return bot.Receipt{Text: "At last."}, nil })
	d := h.f.Slash("ana", "ops", "/incident", "status")
	wait(t, d)
	if d.Took() > 2*time.Second {
		t.Errorf("acknowledged after %s", d.Took())
	}
	close(release)
	h.until("the answer", func() bool { return len(h.f.Told("ana", "ops")) == 1 })
}

// A form is a modal: what is wrong stands at its field and nothing typed is
// lost; a preview takes its place; publishing closes it.
func TestModalFromFormToReceipt(t *testing.T) {
	h := serve(t, slack.Options{}, nil)
	form := bot.Form{Verb: "update", Incident: "INC-1", Title: "Tell customers", Submit: "Preview", Fields: []bot.Field{
		{Name: "text", Label: "What customers read", Long: true, Required: true}, {Name: "affects", Label: "What is affected"}, {Name: "at", Value: "-20m", Hidden: true},
	}}
	h.answers(func(r bot.Request) (bot.Message, error) {
		switch act := r.Do.(type) {
		case bot.Command:
			if strings.HasPrefix(act.Text, "publish") {
				return bot.Receipt{Incident: "INC-1", Text: "Update 1 of INC-1 is on the page.", Public: true}, nil
			}
			return form, nil
		case bot.Submission:
			if act.Values["affects"] == "Chekout" {
				again := form
				again.Fields = slices.Clone(form.Fields)
				again.Fields[1].Error = "There is no component Chekout."
				return bot.Problem{Code: "unknown-component", Text: "There is no component Chekout.", Field: "affects", Form: &again}, nil
			}
			return bot.Preview{Incident: "INC-1", Number: 1, Verb: "update", Update: 0, Public: incident.Public{Title: "Trouble", Updates: []incident.PublicUpdate{{Number: 1, Body: act.Values["text"]}}},
				Buttons: []bot.Button{{Label: "Publish", Command: "publish INC-1 1", Style: bot.Primary}, {Label: "Cancel", Command: "discard INC-1 1"}}}, nil
		}
		return nil, nil
	})
	wait(t, h.f.Slash("ana", "ops", "/incident", "update"))
	h.until("a modal", func() bool { return h.f.Modal("ana") != nil })
	m := h.f.Modal("ana")
	h.f.Fill(m, map[string]any{"text": "We are on it.", "affects": "Chekout"})
	d, err := h.f.Submit(h.f.Modal("ana"))
	if err != nil {
		t.Fatal(err)
	}
	wait(t, d)
	m = h.f.Modal("ana")
	if m == nil || m.Field("affects").Error == "" || m.Field("text").Value[0] != "We are on it." {
		t.Fatalf("after a mistake: %+v", m)
	}
	h.f.Fill(m, map[string]any{"affects": "Checkout"})
	if d, err = h.f.Submit(h.f.Modal("ana")); err != nil {
		t.Fatal(err)
	}
	wait(t, d)
	if m = h.f.Modal("ana"); m == nil || !strings.Contains(m.Read, "We are on it.") || m.Submit != "Publish" {
		t.Fatalf("the preview: %+v", m)
	}
	rs := h.requests()
	if s := rs[len(rs)-1].Do.(bot.Submission); s.Values["at"] != "-20m" || s.Incident != "INC-1" || rs[len(rs)-1].In.ID != "C0OPS" {
		t.Errorf("submitted %+v in %+v", s, rs[len(rs)-1].In)
	}
	if d, err = h.f.Submit(m); err != nil {
		t.Fatal(err)
	}
	wait(t, d)
	if h.f.Modal("ana") != nil {
		t.Error("the modal is still there")
	}
	h.until("the receipt", func() bool { return len(h.f.Told("ana", "ops")) == 1 })
}

// What happens in a room comes as acts with keys of what they are, in order:
// messages, replies, edits, withdrawals, reactions, pins, files, alerts.
func TestTimeline(t *testing.T) {
	h := serve(t, slack.Options{}, nil)
	h.works("C0OPS")
	root := h.f.Type("ops", "ana", "the pool is exhausted, @ben see https://grafana.example.com/d/1 & <b>")
	h.idle()
	reply := h.f.Reply(root, "ben", "since the deploy", false)
	h.idle()
	h.f.Edit(root, "the pool was exhausted")
	h.idle()
	h.f.React(reply, "ana", "pushpin")
	h.f.Pin(root, "ben")
	h.idle()
	h.until("our own mark", func() bool {
		return slices.ContainsFunc(h.f.Calls("reactions.add"), func(c fakeslack.Call) bool { return c.OK })
	})
	h.f.Unreact(reply, "ana", "pushpin")
	h.f.Delete(reply)
	h.f.Share("ops", "ana", "graph", fakeslack.File{Name: "pool.png", MIME: "image/png", Data: []byte("png")})
	h.f.Post("ops", fakeslack.Alert{Name: "Grafana", Text: "[FIRING] pool"})
	h.idle()
	var got []string
	for _, r := range h.requests() {
		switch x := r.Do.(type) {
		case bot.Said:
			got = append(got, fmt.Sprintf("%s: %s files=%d reply=%v", r.By.Name, x.Text, len(x.Files), x.Thread != ""))
			if !strings.HasPrefix(x.Key, "slack/"+h.f.TeamID()+"/C0OPS/") || !strings.HasPrefix(x.Link, "https://") {
				t.Errorf("key %s, link %s", x.Key, x.Link)
			}
		case bot.Edited:
			got = append(got, "edited "+x.Text)
		case bot.Deleted:
			got = append(got, "withdrawn")
		case bot.Reaction:
			got = append(got, fmt.Sprintf("%s %s off=%v", r.By.Name, x.Emoji, x.Off))
		case bot.Pin:
			got = append(got, r.By.Name+" pinned")
		}
	}
	for _, want := range []string{
		"ana: the pool is exhausted, @ben see https://grafana.example.com/d/1 & <b> files=0 reply=false", "ben: since the deploy files=0 reply=true", "edited the pool was exhausted",
		"ana pushpin off=false", "ben pinned", "ana pushpin off=true", "withdrawn", "ana: graph files=1 reply=false", "Grafana: [FIRING] pool files=0 reply=false",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("missing: %s\ngot: %q", want, got)
		}
	}
}

// A channel that somebody archives is a room no more, until it is back; both are
// recorded with who did it.
func TestArchivedByAPerson(t *testing.T) {
	h := serve(t, slack.Options{}, nil)
	h.works("C0OPS")
	h.f.Archive("ops", "ben")
	h.idle()
	h.f.Unarchive("ops", "ben")
	h.idle()
	var got []string
	for _, r := range h.requests() {
		switch x := r.Do.(type) {
		case bot.Gone:
			got = append(got, x.How+" by "+r.By.Name)
		case bot.Back:
			got = append(got, "back by "+r.By.Name)
		}
	}
	if want := []string{"archived in Slack by ben", "back by ben"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What was said while the network was away is read back, once, with the keys
// that it has.
func TestReadBackAfterAnOutage(t *testing.T) {
	h := serve(t, slack.Options{}, nil)
	h.works("C0OPS")
	before := h.f.Say("ops", "ana", "before")
	h.idle()
	h.f.Outage(true)
	h.f.Disturb(fakeslack.Disturbance{Lose: 1})
	during := h.f.Say("ops", "ben", "during")
	inThread := h.f.Reply(before, "ben", "in its thread", false)
	h.f.Outage(false)
	h.f.Disturb(fakeslack.Disturbance{})
	keys := func() map[string]bool {
		out := map[string]bool{}
		for _, r := range h.requests() {
			out[r.Key] = true
		}
		return out
	}
	h.until("what was missed", func() bool {
		k := keys()
		return k["slack/"+h.f.TeamID()+"/C0OPS/"+during.TS] && k["slack/"+h.f.TeamID()+"/C0OPS/"+inThread.TS]
	})
}

// The same post is one message for ever: after a lost answer, and for another
// process.
func TestPostedOnce(t *testing.T) {
	f := fakeslack.New(workspace(), &fakeslack.Options{Unlimited: true})
	defer f.Close()
	p := join(t, f, &board{}, slack.Options{})
	ctx := context.Background()
	post := bot.Post{To: bot.Channel{Platform: slack.Name, ID: "C0OPS"}, Message: bot.Announcement{Incident: "INC-1", Text: "once"}, Key: "rooms-told:slack/7/said"}
	f.Fail(fakeslack.Fault{Method: "chat.postMessage", Times: 1, LoseAnswer: true})
	if _, err := p.Post(ctx, post); !errors.Is(err, bot.ErrTemporary) {
		t.Fatalf("a lost answer is %v", err)
	}
	first, err := p.Post(ctx, post)
	if err != nil {
		t.Fatal(err)
	}
	again, err := join(t, f, &board{}, slack.Options{}).Post(ctx, post)
	if err != nil || again != first || len(f.Seen("ops")) != 1 {
		t.Errorf("another process posted %v (%v), first was %v; shown are %d", again, err, first, len(f.Seen("ops")))
	}
	reply := bot.Post{To: post.To, Thread: first, Message: bot.Line{Incident: "INC-1", Text: "a line"}, Key: "rooms-told:slack/8/line"}
	if _, err := p.Post(ctx, reply); err != nil {
		t.Fatal(err)
	}
	if m := f.Seen("ops")[1]; m.Thread == "" || m.Broadcast {
		t.Errorf("the line is %+v", m)
	}
}

// Slack's no is a sentence that says what to do, and no token is in it.
func TestRefusals(t *testing.T) {
	f := fakeslack.New(workspace(), &fakeslack.Options{Unlimited: true})
	defer f.Close()
	p := join(t, f, &board{}, slack.Options{})
	to := bot.Channel{Platform: slack.Name, ID: "C0OPS"}
	send := func() error {
		_, err := p.Post(context.Background(), bot.Post{To: to, Message: bot.Announcement{Text: "x"}, Key: fmt.Sprint(time.Now().UnixNano())})
		return err
	}
	if err := send(); err != nil {
		t.Fatal(err)
	}
	f.Fail(fakeslack.Fault{Method: "chat.postMessage", Times: 1, RetryAfter: 7 * time.Second})
	var late *bot.Temporary
	if err := send(); !errors.As(err, &late) || late.After != 7*time.Second {
		t.Errorf("asked to wait: %v", err)
	}
	f.Archive("ops", "ana")
	if err := send(); err == nil || errors.Is(err, bot.ErrTemporary) || !strings.Contains(err.Error(), "is archived") {
		t.Errorf("archived: %v", err)
	}
	f.Revoke()
	if err := send(); err == nil || !strings.Contains(err.Error(), "install the app again") || strings.Contains(err.Error(), "xoxb") {
		t.Errorf("revoked: %v", err)
	}
	if err := p.Serve(context.Background(), nil); err == nil || !strings.Contains(err.Error(), "does not") {
		t.Errorf("serving with a revoked token ends with %v", err)
	}
}

// A room has its topic, its bookmarks and its people, and is found again.
func TestRoomIsFurnished(t *testing.T) {
	h := serve(t, slack.Options{BaseURL: "https://room.example.com", PageURL: "https://status.example.com", Invite: map[string][]string{"sev1": {"S0DBA"}}}, nil)
	in := incident.New("INC-7")
	in.Title, in.Severity, in.Declared.Recorded = "Störung: Kasse & 支付", "sev1", time.Now()
	room, link, err := h.p.OpenRoom(context.Background(), in, []incident.Person{{ID: "slack/U0ANA"}})
	if err != nil {
		t.Fatal(err)
	}
	r := h.f.Room(room.ID)
	if !strings.HasPrefix(r.Name, "inc-7") || !strings.Contains(r.Topic, "INC-7 sev1") || !slices.Contains(r.Members, "ana") || !slices.Contains(r.Members, "ben") || !strings.Contains(link, room.ID) {
		t.Errorf("the room is %+v at %s", r, link)
	}
	if n := len(h.f.Calls("bookmarks.add")); n != 3 {
		t.Errorf("%d bookmarks", n)
	}
	in.Private, in.ID = true, "INC-8"
	secret, _, err := h.p.OpenRoom(context.Background(), in, []incident.Person{{ID: "slack/U0ANA"}})
	if err != nil {
		t.Fatal(err)
	}
	if r := h.f.Room(secret.ID); !r.Private || slices.Contains(r.Members, "ben") {
		t.Errorf("the private room is %+v", r)
	}
}

// Slack that does not answer keeps nobody from stopping.
func TestStopsWhileSlackHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fakeslack.New(workspace(), &fakeslack.Options{Unlimited: true})
		p := join(t, f, &board{}, slack.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			done <- p.Serve(ctx, func(context.Context, bot.Request) (bot.Message, error) { return bot.Receipt{Text: "Done."}, nil })
		}()
		synctest.Wait()
		f.Stall(true)
		f.Slash("ana", "ops", "/incident", "status")
		synctest.Wait()
		began := time.Now()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("it took %s to stop", took)
		}
		f.Stall(false)
		f.Close()
	})
}

// Over HTTP only what Slack has signed, lately, is done.
func TestOverHTTP(t *testing.T) {
	var handler http.Handler
	in := roundTrip(func(r *http.Request) *http.Response {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w.Result()
	})
	f := fakeslack.New(workspace(), &fakeslack.Options{Unlimited: true, HTTP: &fakeslack.HTTPMode{
		Events: "http://sitrep/slack/events", Interactions: "http://sitrep/slack/interactions", Commands: "http://sitrep/slack/commands", Client: &http.Client{Transport: in},
	}})
	defer f.Close()
	p, err := slack.New(f.BotToken(), &board{}, &slack.Options{SigningSecret: f.SigningSecret(), API: f.URL(), Client: f.Client()})
	if err != nil {
		t.Fatal(err)
	}
	handler = p.Handler()
	ctx, cancel := context.WithCancel(context.Background())
	got := make(chan bot.Request, 10)
	done := make(chan error, 1)
	go func() {
		done <- p.Serve(ctx, func(_ context.Context, r bot.Request) (bot.Message, error) {
			got <- r
			return bot.Receipt{Text: "Done."}, nil
		})
	}()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	if err := errors.Join(f.Verify(ctx), f.CheckTLS(ctx)); err != nil {
		t.Fatal(err)
	}
	until(t, "the bot knows who it is", func() bool { return len(f.Calls("auth.test")) > 0 })
	wait(t, f.Slash("ana", "ops", "/incident", "status"))
	if r := <-got; r.By.Name != "ana" {
		t.Errorf("asked by %+v", r.By)
	}
	f.Say("ops", "ana", "hello")
	if s, ok := (<-got).Do.(bot.Said); !ok || s.Text != "hello" {
		t.Errorf("said %+v", s)
	}
	body := []byte("command=%2Fincident&text=forged&user_id=U0ANA&channel_id=C0OPS&trigger_id=1")
	for name, header := range map[string]http.Header{"forged": f.Signature(time.Now(), []byte("another body")), "replayed": f.Signature(time.Now().Add(-6*time.Minute), body), "unsigned": {}} {
		r, err := http.NewRequest(http.MethodPost, "http://sitrep/slack/commands", strings.NewReader(string(body)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = header
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != http.StatusUnauthorized {
			t.Errorf("%s is answered with %d", name, w.Code)
		}
	}
	select {
	case r := <-got:
		t.Errorf("done all the same: %+v", r)
	default:
	}
}

type roundTrip func(*http.Request) *http.Response

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

// What Slack says that it has withheld, because there was too much, is read back.
func TestWithheldEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := workspace()
		w.Events = []string{"app_home_opened"} // no message comes by itself
		f := fakeslack.New(w, &fakeslack.Options{HTTP: &fakeslack.HTTPMode{Events: "http://sitrep/slack/events", Client: http.DefaultClient}})
		defer f.Close()
		b := &board{ins: []*incident.Incident{{ID: "INC-1", Rooms: []incident.Room{{Place: incident.Place{Platform: slack.Name, ID: "C0OPS"}}}}}}
		p, err := slack.New(f.BotToken(), b, &slack.Options{SigningSecret: f.SigningSecret(), API: f.URL(), Client: f.Client()})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var said []string
		done := make(chan error, 1)
		go func() {
			done <- p.Serve(ctx, func(_ context.Context, r bot.Request) (bot.Message, error) {
				if s, ok := r.Do.(bot.Said); ok {
					said = append(said, s.Text)
				}
				return nil, nil
			})
		}()
		synctest.Wait()
		minute := time.Now().Truncate(time.Minute)
		f.Say("ops", "ana", "one of thirty thousand")
		for range 3 { // Slack says it once a minute
			body := fmt.Sprintf(`{"type":"app_rate_limited","token":"x","team_id":%q,"minute_rate_limited":%d,"api_app_id":"A0"}`, f.TeamID(), minute.Unix())
			r := httptest.NewRequest(http.MethodPost, "http://sitrep/slack/events", strings.NewReader(body))
			r.Header = f.Signature(time.Now(), []byte(body))
			answer := httptest.NewRecorder()
			p.Handler().ServeHTTP(answer, r)
			if answer.Code != http.StatusOK {
				t.Fatalf("answered with %d: %s", answer.Code, answer.Body)
			}
			time.Sleep(30 * time.Second)
		}
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if len(said) != 1 || said[0] != "one of thirty thousand" {
			t.Errorf("read back were %q", said)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
