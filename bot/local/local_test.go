package local_test

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"sitrep/bot"
	"sitrep/bot/bottest"
	"sitrep/bot/local"
	"sitrep/incident"
)

// desk is what the room reads of incidents, in a test: one, whose room is
// inc-1, seen by everybody but eve.
type desk struct{ in *incident.Incident }

func (d desk) Visible(by incident.Person) []*incident.Incident {
	if d.in == nil || by.Name == "eve" {
		return nil
	}
	return []*incident.Incident{d.in}
}

func (d desk) InRoom(c bot.Channel) *incident.Incident {
	if d.in != nil && c.ID == "inc-1" {
		return d.in
	}
	return nil
}

func (d desk) Timeline(context.Context, string) (*incident.Timeline, error) {
	return incident.NewTimeline(), nil
}

func (d desk) Card(in *incident.Incident) bot.Card {
	return bot.NewCard(in, time.Now(), time.UTC, []string{nasty})
}

func (d desk) Page() incident.Page { return incident.Page{TimeZone: "UTC"} }

func (d desk) Moved() <-chan struct{} { return nil }

func (d desk) Complete(_ bot.Request, line string, _ int) []bot.Suggestion {
	return []bot.Suggestion{{Text: line + nasty, Show: nasty}}
}

func (d desk) Preview(p incident.Public) (template.HTML, error) {
	return template.HTML("<h1>" + template.HTMLEscapeString(p.Title) + "</h1>"), nil
}

func (d desk) CSS() string { return "body{}" }

const nasty = `</script><script>alert(1)</script><img src=x onerror=alert(1)>"'&`

func open(t *testing.T, d desk, o *local.Options) *local.Platform {
	t.Helper()
	if o == nil {
		o = &local.Options{}
	}
	o.Channels = []string{"ops", "general"}
	l := local.New(&local.Memory{}, d, d, d, o)
	if err := l.Open(context.Background()); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestConformance(t *testing.T) {
	bottest.Run(t, func(t *testing.T) bottest.Harness {
		l := open(t, desk{}, nil)
		srv := httptest.NewServer(l.Handler())
		t.Cleanup(srv.Close)
		post := func(ctx context.Context, path string, form url.Values) error {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, srv.URL+path, strings.NewReader(form.Encode()))
			if err != nil {
				return err
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set("Accept", "application/json")
			req.Header.Set("Cookie", "sitrep_who=ana")
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			if resp.StatusCode >= 300 {
				return fmt.Errorf("%s: %s", path, resp.Status)
			}
			return nil
		}
		channel := func(id string) bot.Channel { return bot.Channel{Platform: "local", ID: id, Name: "#" + id} }
		return bottest.Harness{
			Platform: l,
			Channels: [2]bot.Channel{channel("ops"), channel("general")},
			Say: func(ctx context.Context, c bot.Channel, key, text string) error {
				return post(ctx, "/say/"+c.ID, url.Values{"text": {text}, "id": {key + "-of-the-test"}})
			},
			Fail: func(on bool) {
				words := "/fail off"
				if on {
					words = "/fail post 503 20m"
				}
				if err := post(context.Background(), "/say/ops", url.Values{"text": {words}}); err != nil {
					t.Error(err)
				}
			},
			Shown: func(ctx context.Context, c bot.Channel) ([]string, error) {
				w := httptest.NewRecorder()
				l.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/part/talk/"+c.ID, nil).WithContext(ctx))
				return strings.Split(w.Body.String(), `class="message ours"`)[1:], nil
			},
		}
	})
}

// ask sends a request to the room and returns the status and the body.
func ask(l *local.Platform, method, path, who string, form url.Values, header ...string) (int, string) {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if who != "" {
		r.AddCookie(&http.Cookie{Name: "sitrep_who", Value: url.QueryEscape(who)})
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		} else {
			r.Header.Set(header[i], header[i+1])
		}
	}
	w := httptest.NewRecorder()
	l.Handler().ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func served(t *testing.T, l *local.Platform, h bot.Handler) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Serve(ctx, h) }()
	t.Cleanup(func() { cancel(); <-done })
}

// Nothing that people write is executed by those who read it.
func TestNothingPeopleWriteIsExecuted(t *testing.T) {
	in := incident.New("INC-1")
	in.Apply(incident.Meta{Seq: 1, N: 1, By: incident.Person{Name: nasty}}, incident.Declared{Number: 1, Title: nasty, Severity: nasty, Affects: []incident.ComponentChange{{ID: "c", Name: nasty, New: "down" + nasty}}})
	in.Apply(incident.Meta{Seq: 2, N: 2}, incident.UpdatePosted{Status: "investigating", Body: nasty, Title: nasty})
	in.Apply(incident.Meta{Seq: 3, N: 3}, incident.PostmortemEdited{Version: "internal", Text: nasty})
	in.Apply(incident.Meta{Seq: 4, N: 4}, incident.ActionAdded{Text: nasty})
	in.Apply(incident.Meta{Seq: 5, N: 5}, incident.TheoryAdded{Text: nasty})
	in.Rooms = []incident.Room{{Place: incident.Place{Platform: "local", ID: "inc-1", Name: "#inc-1"}}}
	l := open(t, desk{in}, &local.Options{People: []string{nasty}, Demo: func() error { return nil }})
	served(t, l, func(_ context.Context, r bot.Request) (bot.Message, error) {
		switch r.Do.(type) {
		case bot.Command:
			return bot.Preview{Incident: "INC-1", Number: 1, Public: incident.Public{Title: nasty}, Notes: []string{nasty}, Findings: []bot.Finding{{Text: nasty, Mend: nasty}}, Buttons: []bot.Button{{Label: nasty, Command: nasty}}}, nil
		case bot.Submission:
			return bot.Form{Title: nasty, Verb: nasty, Fields: []bot.Field{{Name: nasty, Label: nasty, Value: nasty, Hint: nasty, Error: nasty}}}, nil
		}
		return bot.Reading{Title: nasty, Sections: []bot.Section{{Heading: nasty, Lines: []string{nasty}}}}, nil
	})
	if _, _, err := l.OpenRoom(context.Background(), in, nil); err != nil {
		t.Fatal(err)
	}
	var bodies []string
	for _, x := range []struct {
		path string
		form url.Values
	}{
		{"/say/inc-1", url.Values{"text": {nasty}}}, {"/say/inc-1", url.Values{"text": {"/incident x"}}}, {"/form/inc-1", url.Values{"verb": {"x"}}}, {"/say/inc-1", url.Values{"text": {"/" + nasty}}},
	} {
		_, body := ask(l, http.MethodPost, x.path, nasty, x.form, "X-Part", "1")
		bodies = append(bodies, body)
		_, body = ask(l, http.MethodPost, x.path, nasty, x.form)
		bodies = append(bodies, body)
	}
	for _, path := range []string{"/c/inc-1", "/c/ops", "/part/side/inc-1", "/part/nav/inc-1", "/part/talk/inc-1", "/c/" + url.PathEscape(nasty)} {
		_, body := ask(l, http.MethodGet, path, nasty, nil)
		bodies = append(bodies, body)
	}
	for i, body := range bodies {
		if strings.Contains(body, "<script>alert") || strings.Contains(body, "<img src=x") {
			t.Errorf("body %d has it: %.300s", i, body)
		}
	}
}

// The room of a private incident is not there for those who may not see it, on
// any path.
func TestPrivateRoomIsNotThere(t *testing.T) {
	in := incident.New("INC-1")
	in.Apply(incident.Meta{Seq: 1, N: 1}, incident.Declared{Number: 1, Title: "the secret", Private: true})
	in.Rooms = []incident.Room{{Place: incident.Place{Platform: "local", ID: "inc-1", Name: "#inc-1"}}}
	l := open(t, desk{in}, nil)
	served(t, l, func(context.Context, bot.Request) (bot.Message, error) { return nil, nil })
	if _, _, err := l.OpenRoom(context.Background(), in, nil); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/c/inc-1", "/part/side/inc-1", "/part/talk/inc-1", "/part/nav/inc-1", "/events/inc-1", "/complete/inc-1?line=/incident+x"} {
		if code, body := ask(l, http.MethodGet, path, "eve", nil); code != http.StatusNotFound || strings.Contains(body, "secret") {
			t.Errorf("%s answers eve with %d", path, code)
		}
	}
	for _, path := range []string{"/say/inc-1", "/act/inc-1", "/form/inc-1", "/message/inc-1"} {
		if code, _ := ask(l, http.MethodPost, path, "eve", url.Values{"text": {"x"}}); code != http.StatusNotFound {
			t.Errorf("%s answers eve with %d", path, code)
		}
	}
	for _, path := range []string{"/c/ops", "/part/nav/ops"} {
		if _, body := ask(l, http.MethodGet, path, "eve", nil); strings.Contains(body, "secret") || strings.Contains(body, "inc-1") {
			t.Errorf("%s shows it to eve", path)
		}
	}
	if code, body := ask(l, http.MethodGet, "/c/inc-1", "ana", nil); code != http.StatusOK || !strings.Contains(body, "the secret") {
		t.Errorf("ana is answered with %d", code)
	}
}

// Guards: the token, foreign host names, requests from other sites.
func TestGuards(t *testing.T) {
	l := open(t, desk{}, &local.Options{Token: "let me in", Hosts: []string{"room.test"}})
	served(t, l, func(context.Context, bot.Request) (bot.Message, error) { return nil, nil })
	for _, x := range []struct {
		name   string
		method string
		path   string
		header []string
		want   int
	}{
		{"no token", "GET", "/c/ops", []string{"Host", "room.test"}, 401},
		{"no token, live", "GET", "/events/ops", []string{"Host", "room.test"}, 401},
		{"no token, post", "POST", "/say/ops", []string{"Host", "room.test"}, 401},
		{"a wrong token", "GET", "/c/ops", []string{"Host", "room.test", "Authorization", "Bearer let me"}, 401},
		{"the token", "GET", "/c/ops", []string{"Host", "room.test", "Authorization", "Bearer let me in"}, 200},
		{"the token, another host", "GET", "/c/ops", []string{"Host", "evil.test", "Authorization", "Bearer let me in"}, 421},
		{"from another site", "POST", "/say/ops", []string{"Host", "room.test", "Authorization", "Bearer let me in", "Sec-Fetch-Site", "cross-site"}, 403},
		{"a wrong cookie", "GET", "/c/ops", []string{"Host", "room.test", "Cookie", "sitrep_token=x"}, 401},
	} {
		if code, _ := ask(l, x.method, x.path, "", nil, x.header...); code != x.want {
			t.Errorf("%s: %d, want %d", x.name, code, x.want)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/token", strings.NewReader("token=let+me+in"))
	r.Host = "room.test"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	l.Handler().ServeHTTP(w, r)
	cs := w.Result().Cookies()
	if w.Code != http.StatusSeeOther || len(cs) != 1 || !cs[0].HttpOnly || strings.Contains(cs[0].Value, "let") {
		t.Fatalf("signing in: %d, %v", w.Code, cs)
	}
	if code, _ := ask(l, "GET", "/c/ops", "", nil, "Host", "room.test", "Cookie", cs[0].String()); code != 200 {
		t.Errorf("signed in: %d", code)
	}
}

// What goes wrong on our side loses nothing that was typed, and has a
// reference.
func TestOurFaultLosesNothing(t *testing.T) {
	l := open(t, desk{}, nil)
	served(t, l, func(context.Context, bot.Request) (bot.Message, error) { return nil, fmt.Errorf("the disk is gone") })
	code, body := ask(l, http.MethodPost, "/say/ops", "ana", url.Values{"text": {"/incident declare it is down"}})
	if code != http.StatusInternalServerError || !strings.Contains(body, "the fault is ours (reference ") || !strings.Contains(body, "/incident declare it is down</textarea>") || strings.Contains(body, "disk is gone") {
		t.Errorf("%d: %s", code, body)
	}
}
