package desk

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sitrep/follow"
	"sitrep/incident"
	"sitrep/status"
	"sitrep/store"
	"sitrep/store/memory"
	"sitrep/subscriber"
)

// an opened desk, with a page of two components and one open incident. It lives
// in a bubble, where time passes when everybody waits.
type opened struct {
	*Desk
	log *store.Log
}

func open(t *testing.T, o *Options) *opened {
	t.Helper()
	l := store.New(memory.New(), nil)
	registry := subscriber.NewRegistry(l)
	run := follow.New(l, registry, &follow.Options{Projection: true})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	site := status.New(l.Now, nil)
	now := l.Now()
	site.Set(status.Content{Updated: now, Page: incident.Page{ID: "p", Name: "Example", URL: "https://status.example.com", Components: []incident.Component{
		{ID: "api", Name: "API", Group: "Shop"}, {ID: "web", Name: "Website"},
	}}, Incidents: []incident.Public{{Code: "x1", Title: "Slow <search>", Status: incident.Investigating, Created: now, Changed: now,
		Updates: []incident.PublicUpdate{{Code: "u1", Number: 1, Status: incident.Investigating, Body: "We look.", Shown: now, Recorded: now, Edited: now}}}}})
	links, err := subscriber.NewLinks([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	return &opened{New(registry, site, subscriber.Entrance{Root: "https://status.example.com", Own: "en", Links: links}, l.Now, o), l}
}

// answer is what a browser gets for a GET, or a POST of a form that is not nil.
func (o *opened) answer(path string, form url.Values, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	if form != nil {
		r = httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	o.ServeHTTP(w, r)
	return w
}

// link is a link as a mail has it.
func (o *opened) link(purpose subscriber.Purpose, s *subscriber.Subscriber) string {
	k := subscriber.Link{Purpose: purpose, ID: s.ID}
	if purpose == subscriber.ToConfirm {
		k.Ask, k.Expires = s.Ask, o.log.Now().Add(subscriber.ConfirmWithin)
	}
	return strings.TrimPrefix(o.door.Address(s.Language, k), "https://status.example.com")
}

func said(t *testing.T, w *httptest.ResponseRecorder, code int, words ...string) {
	t.Helper()
	if w.Code != code {
		t.Errorf("answered %d, want %d", w.Code, code)
	}
	for _, s := range words {
		if !strings.Contains(w.Body.String(), s) {
			t.Errorf("nothing of %q in\n%s", s, main(w.Body.String()))
		}
	}
	h := w.Header()
	if h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "no-referrer" || !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") || len(h["Set-Cookie"]) > 0 {
		t.Errorf("headers: %v", h)
	}
	if strings.Contains(w.Body.String(), "<script") {
		t.Error("a form runs a script, which would take its contents away")
	}
}

func main(page string) string {
	_, page, _ = strings.Cut(page, "<main")
	page, _, _ = strings.Cut(page, "</main>")
	return page
}

// TestAWholeLife: ask, confirm, change, leave, each only by who may.
func TestAWholeLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := open(t, &Options{Mail: true})
		said(t, o.answer("/subscribe?incident=x1&component=api&component=nothing", nil), 200,
			`type="email"`, `value="api" checked`, `value="web">`, `value="x1" checked`, "Slow &lt;search&gt;", "Shop - API")
		if w := o.answer("/subscribe", nil); strings.Contains(w.Body.String(), "webhook") {
			t.Error("a webhook is offered, and none is taken")
		}
		said(t, o.answer("/subscribe", url.Values{"email": {"Jane@Example.com"}, "component": {"api", "evil"}}), 200, "Look into your inbox", "Jane@example.com")
		s := o.registry.Find(subscriber.Mail, "jane@example.com")
		if s == nil || s.Active() {
			t.Fatalf("asked: %+v", s)
		}
		confirm := o.link(subscriber.ToConfirm, s)
		said(t, o.answer(confirm, nil), 200, "Confirm your subscription", "J…@example.com", "Shop - API")
		if o.registry.Get(s.ID).Active() {
			t.Fatal("to open the link was enough")
		}
		w := o.answer(confirm, url.Values{})
		said(t, w, 200, "You are subscribed")
		if s = o.registry.Get(s.ID); !s.Active() || fmt.Sprint(s.Choice) != "{[api] []}" {
			t.Fatalf("confirmed: %+v", s)
		}
		manage := regexp.MustCompile(`/subscriptions/[\w-]+`).FindString(w.Body.String())
		said(t, o.answer(manage, nil), 200, "Your subscription", `value="api" checked`, `value="web">`)
		said(t, o.answer(manage, url.Values{"do": {"save"}, "component": {"web"}}), 200, "Your changes are saved", `value="web" checked`)
		if s = o.registry.Get(s.ID); fmt.Sprint(s.Choice) != "{[web] []}" {
			t.Fatalf("changed: %+v", s)
		}
		leave := o.link(subscriber.ToLeave, s)
		said(t, o.answer(leave, nil), 200, "will get nothing")
		if !o.registry.Get(s.ID).Active() {
			t.Fatal("a GET unsubscribed: programs that look into mails do that")
		}
		said(t, o.answer(leave, url.Values{"List-Unsubscribe": {"One-Click"}}), 200, "You are unsubscribed")
		if o.registry.Get(s.ID).Active() {
			t.Fatal("one click was not enough")
		}
		said(t, o.answer(leave, nil), 200, "You are unsubscribed")
		said(t, o.answer(manage, nil), 410, "does not work any more")
	})
}

// TestTheSameAnswer: whoever asks learns nothing of who subscribes, from no word
// of the answer and not from its time.
func TestTheSameAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := open(t, &Options{Mail: true})
		ask := func(address string) (string, time.Duration) {
			begun := time.Now()
			w := o.answer("/subscribe", url.Values{"email": {address}})
			return fmt.Sprint(w.Code, w.Header(), strings.ReplaceAll(w.Body.String(), address, "ADDRESS")), time.Since(begun)
		}
		first, took := ask("jane@example.com")
		s := o.registry.Find(subscriber.Mail, "jane@example.com")
		if _, err := o.registry.Confirm(t.Context(), subscriber.Link{Purpose: subscriber.ToConfirm, ID: s.ID, Ask: s.Ask}); err != nil {
			t.Fatal(err)
		}
		for i := range 5 { // subscribed already; then asked too often
			if again, t2 := ask("jane@example.com"); again != first || t2 != took {
				t.Errorf("request %d: %s after %s\nwas %s after %s", i+2, again, t2, first, took)
			}
		}
		if other, t2 := ask("nobody@example.com"); other != first || t2 != took {
			t.Errorf("nobody: %s after %s", other, t2)
		}
	})
}

func TestWhatIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := open(t, &Options{Mail: true, Webhooks: true})
		said(t, o.answer("/subscribe", url.Values{"email": {"jane <b>"}}), 422, "This is no email address", `aria-invalid="true"`, `value="jane &lt;b&gt;"`)
		said(t, o.answer("/fr/subscribe", url.Values{"channel": {"webhook"}, "endpoint": {"http://10.0.0.1/"}}), 422, "Nous ne pouvons rien envoyer à cette adresse", `action="/fr/subscribe"`)
		said(t, o.answer("/subscriptions/nothing", nil), 410, "This link does not work any more")
		if w := o.answer("/subscribe", url.Values{"email": {"jane@example.com"}}, "Sec-Fetch-Site", "cross-site"); w.Code != 403 {
			t.Errorf("another site's form was taken: %d", w.Code)
		}
		if w := o.answer("/subscribe", url.Values{"email": {strings.Repeat("x", maxForm)}}); w.Code != 400 {
			t.Errorf("a form without end: %d", w.Code)
		}
		r := httptest.NewRequest(http.MethodDelete, "/subscribe", nil)
		w := httptest.NewRecorder()
		if o.ServeHTTP(w, r); w.Code != 405 {
			t.Errorf("DELETE: %d", w.Code)
		}
		if !o.Answers("/subscribe") || !o.Answers("/fr/subscriptions/x") || o.Answers("/") || o.Answers("/subscribers") {
			t.Error("the desk answers for other addresses than its own")
		}
	})
}

// TestLimits: a client that asks too much is told to wait; others are not.
func TestLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := open(t, &Options{Mail: true, Proxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}) // httptest's requests come from there
		ask := func(i int, from string) int {
			return o.answer("/subscribe", url.Values{"email": {fmt.Sprintf("p%d@example.com", i)}}, "X-Forwarded-For", from).Code
		}
		for i := range burst {
			if code := ask(i, fmt.Sprintf("2001:db8::%x, 192.0.2.9", i)); code != 200 { // all of one house
				t.Fatalf("request %d: %d", i, code)
			}
		}
		if code := ask(99, "2001:db8::9"); code != 429 {
			t.Errorf("one too many: %d", code)
		}
		if code := ask(99, "2001:db8::9, 198.51.100.7"); code != 200 {
			t.Errorf("who only says that it is a proxy: %d", code)
		}
		time.Sleep(refill)
		if code := ask(100, "2001:db8::9"); code != 200 {
			t.Errorf("after a while: %d", code)
		}
	})
}

func TestLimitsForget(t *testing.T) {
	l := newLimits(nil)
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for i := range 3 * mostClients {
		r := httptest.NewRequest(http.MethodPost, "/subscribe", nil)
		r.RemoteAddr = fmt.Sprintf("10.%d.%d.%d:1", i>>16, i>>8&255, i&255)
		now = now.Add(time.Second)
		if !l.allow(r, now) {
			t.Fatalf("client %d was refused", i)
		}
	}
	if n := len(l.clients); n > mostClients {
		t.Errorf("%d clients are remembered", n)
	}
}
