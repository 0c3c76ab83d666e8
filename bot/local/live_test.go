package local_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sitrep/bot"
	"sitrep/bot/local"
	"sitrep/incident"
)

// An event is one that a stream sent.
type event struct{ id, name, data string }

// listen opens a stream and returns its events until the test ends or the room
// closes it.
func listen(t *testing.T, url, who, after string) <-chan event {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.AddCookie(&http.Cookie{Name: "sitrep_who", Value: who})
	if after != "" {
		req.Header.Set("Last-Event-ID", after)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	events := make(chan event, 1000)
	go func() {
		defer close(events)
		var e event
		for s := bufio.NewScanner(resp.Body); s.Scan(); {
			switch k, v, _ := strings.Cut(s.Text(), ": "); k {
			case "id":
				e.id = v
			case "event":
				e.name = v
			case "data":
				e.data = v
			case "":
				if e.name != "" {
					events <- e
				}
				e = event{}
			}
		}
	}()
	t.Cleanup(func() { cancel(); resp.Body.Close() })
	return events
}

// next waits for an event of a name and returns it.
func next(t *testing.T, events <-chan event, name string) event {
	t.Helper()
	late := time.After(10 * time.Second)
	for {
		select {
		case e, open := <-events:
			if !open {
				t.Fatalf("the stream ended before a %q", name)
			}
			if e.name == name {
				return e
			}
		case <-late:
			t.Fatalf("no %q came", name)
		}
	}
}

func heard(context.Context, bot.Request) (bot.Message, error) { return nil, nil }

// say says a text as somebody and fails the test if that is refused.
func say(t *testing.T, l *local.Platform, channel, key, who, text, reply string) {
	t.Helper()
	if _, err := l.Perform(context.Background(), channel, "local/"+channel+"/"+key, local.PersonOf(who), nil, text, reply); err != nil {
		t.Fatal(err)
	}
}

// What is said comes to every page once, in order; a page that was away gets
// what it missed and nothing else.
func TestStreamInOrderAndAfterAGap(t *testing.T) {
	l := open(t, desk{}, nil)
	served(t, l, heard)
	srv := httptest.NewServer(l.Handler())
	t.Cleanup(srv.Close)
	events := listen(t, srv.URL+"/events/ops?after=0", "ana", "")
	const n = 30
	for i := range n {
		say(t, l, "ops", fmt.Sprint("m", i), "ben", fmt.Sprint("text ", i), "")
	}
	var got []string
	last := ""
	for len(got) < n {
		select {
		case e, open := <-events:
			switch {
			case !open:
				t.Fatal("the stream ended")
			case e.name == "message":
				var m struct{ Key, HTML string }
				if err := json.Unmarshal([]byte(e.data), &m); err != nil {
					t.Fatal(err)
				}
				got = append(got, m.Key)
			case e.name == "shown":
				last = e.id
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%d of %d came", len(got), n)
		}
	}
	for i, key := range got {
		if key != fmt.Sprint("local/ops/m", i) {
			t.Fatalf("%d is %s", i, key)
		}
	}
	if last != "" {
		if _, err := strconv.Atoi(last); err != nil {
			t.Errorf("the id of what was shown is %q", last)
		}
	}

	say(t, l, "ops", "missed", "ben", "while you were away", "")
	say(t, l, "ops", "answer", "ana", "an answer", "local/ops/m3")
	again := listen(t, srv.URL+"/events/ops", "ana", fmt.Sprint(n))
	// A thread comes whole, in its place.
	if e := next(t, again, "message"); !strings.Contains(e.data, "local/ops/m3") || !strings.Contains(e.data, "an answer") {
		t.Errorf("first came %s", e.data)
	}
	if e := next(t, again, "message"); !strings.Contains(e.data, "while you were away") {
		t.Errorf("then came %s", e.data)
	}
	if e := next(t, again, "shown"); e.id != fmt.Sprint(n+2) {
		t.Errorf("it was shown up to %s", e.id)
	}

	items := listen(t, srv.URL+"/events/ops?as=json", "ana", fmt.Sprint(n))
	if e := next(t, items, "item"); e.id != fmt.Sprint(n+1) || !strings.Contains(e.data, `"text":"while you were away"`) {
		t.Errorf("the item is %+v", e)
	}
}

// Other pages are told that something was said elsewhere, and the streams end
// when the room does.
func TestStreamElsewhereAndEnd(t *testing.T) {
	l := open(t, desk{}, nil)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Serve(ctx, heard) }()
	srv := httptest.NewServer(l.Handler())
	t.Cleanup(srv.Close)
	events := listen(t, srv.URL+"/events/general", "ana", "")
	say(t, l, "ops", "m1", "ben", "here", "")
	if e := next(t, events, "elsewhere"); e.data != `{"channel":"ops"}` {
		t.Errorf("elsewhere is %s", e.data)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	late := time.After(10 * time.Second)
	for {
		select {
		case _, open := <-events:
			if !open {
				return
			}
		case <-late:
			t.Fatal("the stream goes on")
		}
	}
}

// A handler that panics does not block its channel, and its author is told.
func TestPanicDoesNotBlockTheChannel(t *testing.T) {
	l := open(t, desk{}, nil)
	served(t, l, func(_ context.Context, r bot.Request) (bot.Message, error) {
		if c, ok := r.Do.(bot.Command); ok && c.Text == "boom" {
			panic("boom")
		}
		return bot.Receipt{Text: "done", Seq: 1}, nil
	})
	if code, body := ask(l, http.MethodPost, "/act/ops", "ana", url.Values{"command": {"boom"}}, "X-Part", "1"); code != http.StatusInternalServerError || !strings.Contains(body, "reference") {
		t.Errorf("the panic is answered with %d: %s", code, body)
	}
	for _, path := range []string{"/act/ops", "/form/ops"} {
		if code, body := ask(l, http.MethodPost, path, "ana", url.Values{"command": {"fine"}, "verb": {"note"}}, "X-Part", "1"); code != http.StatusOK || !strings.Contains(body, "done") {
			t.Errorf("%s after it: %d: %s", path, code, body)
		}
	}
}

// A double click is one request with one key, and shows one message; another
// text under a key that was used is another message.
func TestTheSameIDIsTheSameRequest(t *testing.T) {
	l := open(t, desk{}, nil)
	var mu sync.Mutex
	var keys []string
	served(t, l, func(_ context.Context, r bot.Request) (bot.Message, error) {
		mu.Lock()
		defer mu.Unlock()
		keys = append(keys, r.Key)
		return nil, nil
	})
	for _, text := range []string{"once", "once", "another"} {
		if code, body := ask(l, http.MethodPost, "/say/ops", "ana", url.Values{"text": {text}, "id": {"0123456789ab"}}, "X-Part", "1"); code != http.StatusNoContent {
			t.Fatalf("%d: %s", code, body)
		}
	}
	if keys[0] != keys[1] || keys[0] != "local/ops/0123456789ab" || keys[2] == keys[0] {
		t.Errorf("the keys are %q", keys)
	}
	_, body := ask(l, http.MethodGet, "/part/talk/ops", "ana", nil)
	if strings.Count(body, ">once</p>") != 1 || strings.Count(body, ">another</p>") != 1 {
		t.Errorf("it shows %s", body)
	}
}

// What looks like a secret is kept masked, and shown masked, while the handler
// gets it as it was said, so that it can tell the author.
func TestSecretsAreMaskedBeforeTheyAreKept(t *testing.T) {
	keep := &local.Memory{}
	l := local.New(keep, desk{}, desk{}, desk{}, &local.Options{Mask: func(s string) (string, []string) {
		if !strings.Contains(s, "hunter2") {
			return s, nil
		}
		return strings.ReplaceAll(s, "hunter2", "[masked]"), []string{"password"}
	}})
	if err := l.Open(context.Background()); err != nil {
		t.Fatal(err)
	}
	var given string
	served(t, l, func(_ context.Context, r bot.Request) (bot.Message, error) {
		given = r.Do.(bot.Said).Text
		return nil, nil
	})
	_, body := ask(l, http.MethodPost, "/say/ops", "ana", url.Values{"text": {"it is hunter2"}}, "X-Part", "1")
	if !strings.Contains(body, "(password) was masked") || given != "it is hunter2" {
		t.Errorf("the handler was given %q, the author told %s", given, body)
	}
	items, err := keep.Read(context.Background(), "ops", 0, 10)
	if err != nil || len(items) != 1 || items[0].Text != "it is [masked]" {
		t.Errorf("kept is %+v (%v)", items, err)
	}
}

// The switches fail what they are told to, for as long as they are told to.
func TestFaultSwitches(t *testing.T) {
	now := time.Date(2020, 9, 9, 16, 0, 0, 0, time.UTC)
	l := open(t, desk{}, &local.Options{Now: func() time.Time { return now }})
	served(t, l, heard)
	ctx := context.Background()
	ops := bot.Channel{Platform: "local", ID: "ops", Name: "#ops"}
	post := func() error {
		_, err := l.Post(ctx, bot.Post{To: ops, Message: bot.Line{Text: "x"}, Key: fmt.Sprint(now)})
		return err
	}
	fail := func(words string) string {
		_, body := ask(l, http.MethodPost, "/say/ops", "ana", url.Values{"text": {words}}, "Accept", "application/json")
		return body
	}
	for _, x := range []struct {
		words, answer string
		fails         bool
	}{
		{"/fail", "Nothing is made to fail", false},
		{"/fail post 503 20m", "post fails with 503 for 20m0s more", true},
		{"/fail", "post fails with 503", true},
		{"/fail post 429 10m", "post fails with 429", true},
		{"/fail post timeout 10m", "post fails with timeout", true},
		{"/fail post 503 -1m", "is no length of time", true},
		{"/fail teapot 418 1m", "Write /fail", true},
		{"/fail off", "Nothing fails any more", false},
		{"/fail edit 503 1m", "edit fails with 503", false},
	} {
		if got := fail(x.words); !strings.Contains(got, x.answer) {
			t.Errorf("%s is answered with %s", x.words, got)
		}
		err := post()
		var temporary interface{ RetryAfter() time.Duration }
		if (err != nil) != x.fails || x.fails && !isTemporary(err, &temporary) {
			t.Errorf("after %s a post gives %v", x.words, err)
		}
	}
	fail("/fail post 429 10m")
	now = now.Add(10*time.Minute + time.Second)
	if err := post(); err != nil {
		t.Errorf("it fails after its time: %v", err)
	}
	quiet := open(t, desk{}, &local.Options{NoFaults: true})
	served(t, quiet, heard)
	if code, _ := ask(quiet, http.MethodPost, "/say/ops", "ana", url.Values{"text": {"/fail post 503 1m"}}, "Accept", "application/json"); code != http.StatusUnprocessableEntity {
		t.Errorf("/fail is answered with %d where it is no command", code)
	}
}

func isTemporary(err error, as *interface{ RetryAfter() time.Duration }) bool {
	t, ok := err.(interface{ RetryAfter() time.Duration }) //nolint:errorlint // that very value is the promise
	*as = t
	return ok
}

// Programs speak JSON.
func TestAPI(t *testing.T) {
	in := incident.New("INC-1")
	in.Apply(incident.Meta{Seq: 1, N: 1}, incident.Declared{Number: 1, Title: "checkout fails"})
	in.Rooms = []incident.Room{{Place: incident.Place{Platform: "local", ID: "inc-1", Name: "#inc-1"}}}
	l := open(t, desk{in}, nil)
	var last bot.Request
	served(t, l, func(_ context.Context, r bot.Request) (bot.Message, error) {
		last = r
		switch r.Do.(type) {
		case bot.Command, bot.Submission:
			return bot.Receipt{Text: "Noted.", Seq: 7, Incident: "INC-1"}, nil
		}
		return nil, nil
	})
	if _, _, err := l.OpenRoom(context.Background(), in, nil); err != nil {
		t.Fatal(err)
	}
	call := func(method, path, body string) (int, string) {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		w := httptest.NewRecorder()
		l.Handler().ServeHTTP(w, r)
		if ct := w.Header().Get("Content-Type"); ct != "application/json" {
			t.Errorf("%s is answered as %s", path, ct)
		}
		return w.Code, w.Body.String()
	}
	for _, x := range []struct {
		method, path, body string
		code               int
		has                string
	}{
		{"POST", "/api/say", `{"by":"ana","channel":"ops","text":"hello","key":"first-of-all"}`, 200, `"ok":true`},
		{"POST", "/api/say", `{"by":"ana","channel":"ops","text":" "}`, 422, `"code":"empty"`},
		{"POST", "/api/say", `{"by":"ana","text":"/nonsense x"}`, 422, `"code":"unknown-command"`},
		{"POST", "/api/say", `{"channel":"ops","text":"hello"}`, 400, `"code":"nameless"`},
		{"POST", "/api/say", `{"by":"sitrep","text":"hello"}`, 400, `"code":"bad-name"`},
		{"POST", "/api/say", `{"by":"ana","zone":"Mars/Olympus","text":"hello"}`, 400, `"code":"bad-zone"`},
		{"POST", "/api/say", `{"by":"ana","channel":"nowhere","text":"hello"}`, 404, `"code":"no-channel"`},
		{"POST", "/api/say", `{"by":"ana","txet":"hello"}`, 400, `"code":"bad-json"`},
		{"POST", "/api/say", `{"by":"ana","text":"` + strings.Repeat("x", 1<<20) + `"}`, 413, `"code":"too-much"`},
		{"POST", "/api/command", `{"by":"ana","zone":"Europe/Berlin","text":"/incident note x","incident":"INC-1","key":"a-command-1"}`, 200, `"seq":7`},
		{"POST", "/api/form", `{"by":"ana","verb":"note","values":{"text":"x"},"interactive":true}`, 200, `"text":"Noted. Internal."`},
		{"POST", "/api/act", `{"by":"ana","channel":"ops","do":"mark","of":"local/ops/first-of-all"}`, 200, `"ok":true`},
		{"POST", "/api/act", `{"by":"ben","channel":"ops","do":"edit","of":"local/ops/first-of-all","text":"mine now"}`, 422, `"code":"not-yours"`},
		{"POST", "/api/act", `{"by":"ben","channel":"ops","do":"react","of":"local/ops/first-of-all","emoji":""}`, 422, `"code":"bad-emoji"`},
		{"POST", "/api/act", `{"by":"ana","channel":"ops","do":"burn","of":"local/ops/first-of-all"}`, 422, `"code":"bad-deed"`},
		{"POST", "/api/act", `{"by":"ana","channel":"ops","do":"delete","of":"local/ops/first-of-all"}`, 200, `"ok":true`},
		{"POST", "/api/act", `{"by":"ana","channel":"ops","do":"mark","of":"local/ops/first-of-all"}`, 422, `"code":"no-message"`},
		{"GET", "/api/channels", "", 200, `{"id":"inc-1","name":"#inc-1-checkout-fails","incident":"INC-1"}`},
		{"GET", "/api/channel/ops?after=0&limit=1", "", 200, `"kind":"said"`},
		{"GET", "/api/channel/ops?after=0", "", 200, `"kind":"deleted"`},
		{"GET", "/api/channel/ops?after=x", "", 400, `"code":"bad-after"`},
		{"GET", "/api/channel/nowhere", "", 404, `"code":"no-channel"`},
		{"GET", "/api/incident/inc-1", "", 200, `"room":"inc-1"`},
		{"GET", "/api/incident/INC-9", "", 404, `"code":"no-incident"`},
		{"GET", "/api/timeline/INC-1", "", 200, `"entries":[]`},
	} {
		if code, body := call(x.method, x.path, x.body); code != x.code || !strings.Contains(body, x.has) {
			t.Errorf("%s %s %.80s is answered with %d: %.200s", x.method, x.path, x.body, code, body)
		}
		if _, body := call(x.method, x.path, x.body); x.method == "GET" && strings.Contains(body, "hello") {
			t.Errorf("%s gives what was withdrawn: %s", x.path, body)
		}
		if x.path == "/api/command" {
			c, ok := last.Do.(bot.Command)
			if !ok || c.Text != "note x" || c.Incident != "INC-1" || last.Interactive || last.Zone.String() != "Europe/Berlin" || !strings.HasPrefix(last.Key, "local/ops/a-command-1-") || last.By != local.PersonOf("ana") {
				t.Errorf("the handler was given %+v", last)
			}
		}
	}
}
