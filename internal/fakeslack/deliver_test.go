package fakeslack

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
)

// textOfMessage is the text of a message event, or "".
func textOfMessage(e socketmode.Event) string {
	if m, is := event(e).(*slackevents.MessageEvent); is {
		return m.Text
	}
	return ""
}

// An event that is not acknowledged comes again: at once, after a minute, after
// five, and then no more. A command does not, and its author is told.
func TestRedelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := New(workspace(), nil)
		defer f.Close()
		start := time.Now()
		var got []string
		a := run(t, f, true, func(_ *app, e socketmode.Event) (any, bool) {
			got = append(got, fmt.Sprintf("%s %d %q after %v", e.Type, e.Request.RetryAttempt, e.Request.RetryReason, time.Since(start).Round(time.Second)))
			return nil, false
		})
		synctest.Wait()
		f.Say("general", "ada", "hello")
		d := f.Slash("ada", "general", "/incident", "list")
		if _, err := d.Wait(t.Context()); !errors.Is(err, ErrUnacknowledged) || d.Took() != ackWithin {
			t.Errorf("after %v: %v", d.Took(), err)
		}
		if told := f.Told("ada", "general"); len(told) != 1 || !strings.Contains(told[0].Text, "operation_timeout") {
			t.Errorf("ada was told %+v", told)
		}
		if err := f.Idle(t.Context()); err != nil {
			t.Error(err)
		}
		a.stop()
		want := []string{`events_api 0 "" after 0s`, `slash_commands 0 "" after 0s`, `events_api 1 "timeout" after 3s`, `events_api 2 "timeout" after 1m6s`, `events_api 3 "timeout" after 6m9s`}
		if !slices.Equal(got, want) {
			t.Errorf("arrived:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

// With two sockets each event goes to one of them; when one is cut, what it had
// not acknowledged comes over the other.
func TestSeveralSockets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := New(workspace(), nil)
		defer f.Close()
		count := make([]map[string]int, 2)
		stop := make([]func(), 2)
		for i := range 2 {
			count[i] = map[string]int{}
			silent := i == 0
			a := run(t, f, true, func(_ *app, e socketmode.Event) (any, bool) {
				if s := textOfMessage(e); s != "" {
					count[i][s]++
				}
				return nil, !silent
			})
			stop[i] = a.stop
			synctest.Wait()
		}
		if f.Sockets() != 2 {
			t.Fatalf("%d sockets", f.Sockets())
		}
		for i := range 20 {
			f.Say("general", "ada", fmt.Sprint(i))
		}
		synctest.Wait()
		if len(count[0]) != 10 || len(count[1]) != 10 {
			t.Errorf("spread as %d and %d", len(count[0]), len(count[1]))
		}
		stop[0]()
		if err := f.Idle(t.Context()); err != nil {
			t.Error(err)
		}
		if len(count[1]) != 20 {
			t.Errorf("the other socket got %d of 20", len(count[1]))
		}
		stop[1]()
	})
}

// A bot is asked to reconnect and does; it is cut off and comes back; during an
// outage nothing arrives, and what could be tried again does afterwards.
func TestDisconnects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := New(workspace(), nil)
		defer f.Close()
		got := map[string]int{}
		a := run(t, f, true, func(_ *app, e socketmode.Event) (any, bool) {
			if s := textOfMessage(e); s != "" {
				got[s]++
			}
			return nil, true
		})
		defer a.stop()
		synctest.Wait()
		for _, reason := range []string{"warning", "refresh_requested"} {
			f.Disconnect(reason)
			synctest.Wait()
			if f.Sockets() != 1 {
				t.Errorf("after %s: %d sockets", reason, f.Sockets())
			}
			f.Say("general", "ada", reason)
			synctest.Wait()
		}
		f.Cut()
		f.Say("general", "ada", "cut")
		time.Sleep(time.Second)
		f.Outage(true)
		f.Say("general", "ada", "early")
		time.Sleep(10 * time.Minute)
		f.Say("general", "ada", "late")
		d := f.Slash("ada", "general", "/incident", "")
		if _, err := d.Wait(t.Context()); err == nil {
			t.Error("a command went through in an outage")
		}
		time.Sleep(10 * time.Second)
		if f.Sockets() != 0 {
			t.Error("a socket was opened in an outage")
		}
		f.Outage(false)
		time.Sleep(6 * time.Minute)
		synctest.Wait()
		if f.Sockets() != 1 {
			t.Errorf("%d sockets after the outage", f.Sockets())
		}
		want := map[string]int{"warning": 1, "refresh_requested": 1, "cut": 1, "late": 1} // early had its four tries, and is lost
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("arrived %v, not %v", got, want)
		}
	})
}

// Deliveries come twice, late and in another order, and none is lost.
func TestDisturbance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := New(workspace(), &Options{Seed: 7})
		defer f.Close()
		var mu sync.Mutex // a timer is nothing that the race detector sees a test wait for
		var order []string
		ids := map[string]bool{}
		var triggers []string
		a := run(t, f, true, func(_ *app, e socketmode.Event) (any, bool) {
			mu.Lock()
			defer mu.Unlock()
			if cmd, is := e.Data.(slack.SlashCommand); is {
				triggers = append(triggers, cmd.TriggerID)
			} else if out, is := e.Data.(slackevents.EventsAPIEvent); is {
				order = append(order, textOfMessage(e))
				ids[out.Data.(*slackevents.EventsAPICallbackEvent).EventID] = true
			}
			return nil, true
		})
		defer a.stop()
		synctest.Wait()
		say := func(n int) (said []string) {
			for i := range n {
				said = append(said, fmt.Sprint(i))
				f.Say("general", "ada", fmt.Sprint(i))
			}
			return said
		}
		f.Disturb(Disturbance{Copies: 2, Jitter: 2 * time.Second})
		said := say(20)
		arrived := func() []string {
			mu.Lock()
			defer mu.Unlock()
			was := order
			order = nil
			return was
		}
		f.Slash("ada", "general", "/incident", "declare")
		time.Sleep(3 * time.Second)
		synctest.Wait()
		f.Disturb(Disturbance{})
		first := arrived()
		if len(first) != 40 || len(ids) != 40 {
			t.Errorf("%d events of %d ids", len(first), len(ids))
		}
		if len(triggers) != 2 || triggers[0] != triggers[1] {
			t.Errorf("a command's copies have the triggers %v", triggers)
		}
		if slices.IsSortedFunc(first, func(a, b string) int { return len(a) - len(b) }) {
			t.Error("nothing was disordered")
		}
		f.Disturb(Disturbance{Shuffle: 8})
		say(20)
		synctest.Wait()
		lots := arrived()
		if len(lots) != 16 {
			t.Errorf("%d were released of two full lots", len(lots))
		}
		f.Release()
		synctest.Wait()
		if lots = append(lots, arrived()...); slices.Equal(lots, said) || len(lots) != 20 {
			t.Errorf("shuffled: %v", lots)
		}
		f.Disturb(Disturbance{Delay: time.Minute})
		f.Say("general", "ada", "slow")
		time.Sleep(59 * time.Second)
		synctest.Wait()
		if len(arrived()) != 0 {
			t.Error("it came early")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if len(arrived()) != 1 {
			t.Error("it came not at all")
		}
	})
}

// What the library cannot parse reaches the app as such, and can be acknowledged
// by hand.
func TestUnparsable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := New(workspace(), nil)
		defer f.Close()
		a := &app{Client: api(f)}
		a.socket = socketmode.New(a.Client, socketmode.OptionDialer(f.Dialer()))
		ended := make(chan error)
		go func() { ended <- a.socket.RunContext(t.Context()) }()
		synctest.Wait()
		d := f.Raw("events_api", map[string]any{"type": "event_callback", "event": map[string]any{"type": "moon_phase"}})
		for e := range a.socket.Events {
			bad, is := e.Data.(*socketmode.ErrorBadMessage)
			if !is {
				continue
			}
			var env struct {
				ID string `json:"envelope_id"`
			}
			if err := json.Unmarshal(bad.Message, &env); err != nil {
				t.Fatal(err)
			}
			if err := a.socket.Ack(socketmode.Request{EnvelopeID: env.ID}); err != nil {
				t.Fatal(err)
			}
			break
		}
		if _, err := d.Wait(t.Context()); err != nil || d.Tries() != 1 {
			t.Errorf("after %d tries: %v", d.Tries(), err)
		}
		f.Revoke()
		go func() {
			for range a.socket.Events { // it says why it ends
			}
		}()
		if err := <-ended; err == nil || err.Error() != "token_revoked" {
			t.Errorf("the token is revoked, and the socket ends with %v", err)
		}
		close(a.socket.Events)
	})
}

// a web app takes requests as Slack sends them over HTTP.
type web struct {
	secret string
	got    []string
	status int
	delay  time.Duration
	head   http.Header
}

func (w *web) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	v, err := slack.NewSecretsVerifier(r.Header, w.secret)
	if err == nil {
		_, _ = v.Write(body)
		err = v.Ensure()
	}
	if err != nil {
		http.Error(rw, err.Error(), http.StatusUnauthorized)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	retry := r.Header.Get("X-Slack-Retry-Num") + r.Header.Get("X-Slack-Retry-Reason")
	if w.delay > 0 {
		time.Sleep(w.delay)
	}
	maps.Copy(rw.Header(), w.head)
	switch r.URL.Path {
	case "/events":
		var outer struct{ Type, Challenge string }
		if json.Unmarshal(body, &outer) == nil && outer.Type == "url_verification" {
			_, _ = io.WriteString(rw, outer.Challenge)
			return
		}
		e, err := slackevents.ParseEvent(body, slackevents.OptionNoVerifyToken())
		w.got = append(w.got, fmt.Sprint(e.InnerEvent.Type, retry, err))
	case "/commands":
		if strings.Contains(string(body), "ssl_check=1") {
			return
		}
		c, err := slack.SlashCommandParse(r)
		w.got = append(w.got, fmt.Sprint(c.Command, " ", c.Text, " ", c.TeamID, retry, err))
		if w.status == 0 {
			_, _ = io.WriteString(rw, "In plain words.")
		}
	case "/actions":
		c, err := slack.InteractionCallbackParse(r)
		w.got = append(w.got, fmt.Sprint(c.Type, " ", c.CallbackID, retry, err))
	}
	if w.status != 0 {
		rw.WriteHeader(w.status)
	}
}

// inside leads requests into a handler in process.
type inside struct{ h http.Handler }

func (i inside) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	i.h.ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

// Over HTTP every request is signed; failed events come again with their headers,
// unless the app asks for no more.
func TestHTTPMode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &web{secret: "s3cr3t"}
		ws := workspace()
		ws.SigningSecret = w.secret
		f := New(ws, &Options{HTTP: &HTTPMode{Events: "http://app.test/events", Interactions: "http://app.test/actions", Commands: "http://app.test/commands", Client: &http.Client{Transport: inside{w}}}})
		defer f.Close()
		if err := errors.Join(f.Verify(t.Context()), f.CheckTLS(t.Context())); err != nil {
			t.Error(err)
		}
		expect := func(want ...string) {
			t.Helper()
			if err := f.Idle(t.Context()); err != nil {
				t.Error(err)
			}
			if !slices.Equal(w.got, want) {
				t.Errorf("arrived %q, not %q", w.got, want)
			}
			w.got = nil
		}
		f.Slash("ada", "general", "/incident", `declare "a & b"`)
		expect(`/incident declare "a & b" T0FAKE00001<nil>`)
		if told := f.Told("ada", "general"); len(told) != 1 || told[0].Text != "In plain words." {
			t.Errorf("ada was told %+v", told)
		}
		f.Shortcut("ada", "declare")
		expect("shortcut declare<nil>")
		w.status = http.StatusInternalServerError
		f.Say("general", "ada", "x")
		expect("message<nil>", "message1http_error<nil>", "message2http_error<nil>", "message3http_error<nil>")
		w.head = http.Header{"X-Slack-No-Retry": {"1"}}
		f.Say("general", "ada", "x")
		expect("message<nil>")
		w.status, w.delay = 0, 4*time.Second
		d := f.Slash("ada", "general", "/incident", "slow")
		if _, err := d.Wait(t.Context()); !errors.Is(err, ErrUnacknowledged) || d.Took() != ackWithin {
			t.Errorf("slow, after %v: %v", d.Took(), err)
		}
		time.Sleep(5 * time.Second)
		old := f.Signature(time.Now().Add(-6*time.Minute), []byte("{}"))
		if _, err := slack.NewSecretsVerifier(old, w.secret); err == nil {
			t.Error("the library takes an old signature")
		}
	})
}
