package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sitrep/bot/local"
	"sitrep/bot/slack"
	"sitrep/incident"
	"sitrep/internal/app"
	"sitrep/internal/config"
	"sitrep/internal/fakeslack"
	"sitrep/internal/story"
	"sitrep/store"
	"sitrep/store/memory"
)

// The seed incident over Slack, with every delivery made twice and out of order
// and Slack away for twenty minutes in the middle (one command is then given in
// the web room), ends as it does without any platform: the same timeline, the
// same page, the same facts.
func TestSeedOverSlack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		text, yml := story.Seed()
		lines, err := story.Parse(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		// A bubble begins on 1 January 2000 at midnight, UTC. An hour more, since
		// the page's clock is not on summer time then.
		day := time.Date(2020, 9, 8, 23, 0, 0, 0, time.UTC)
		for i := range lines {
			lines[i].At = time.Now().Add(lines[i].At.Sub(day)).UTC()
		}
		want := overStory(t, yml, lines)
		got := overSlack(t, yml, lines)
		delete(want, "draft") // the scribe has two accounts there that nobody has joined
		if !strings.Contains(want["page"], "Service Outage") || strings.Count(want["timeline"], "\n") < 25 {
			t.Fatalf("nothing to compare with: %v", want)
		}
		for what, w := range want {
			if g := got[what]; g != w {
				t.Errorf("%s differs.\nover Slack:\n%s\nwithout a platform:\n%s", what, diff(g, w), diff(w, g))
			}
		}
	})
}

// overStory plays the lines without any platform.
func overStory(t *testing.T, yml []byte, lines []story.Line) map[string]string {
	t.Helper()
	var clock story.Clock
	clock.Set(lines[0].At)
	l := store.New(memory.New(), nil)
	l.Now = clock.Now
	a := app.New(l, configured(t, yml), nil)
	if err := a.Start(t.Context(), "seed", &story.Stage{}); err != nil {
		t.Fatal(err)
	}
	if err := story.NewPlayer(a, &clock, "incident", io.Discard).Play(t.Context(), lines); err != nil {
		t.Fatal(err)
	}
	out := outcome(t, a)
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
	return out
}

func configured(t *testing.T, yml []byte) *config.Config {
	t.Helper()
	cfg, err := config.Parse("seed", yml)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// overSlack plays the lines as people in a workspace.
func overSlack(t *testing.T, yml []byte, lines []story.Line) map[string]string {
	t.Helper()
	w := fakeslack.Workspace{Channels: []fakeslack.Channel{{ID: "C0OPS", Name: "ops", Members: []string{"sitrep"}}}}
	for _, name := range []string{"monitor", "oncall", "dba", "support", "scribe"} {
		w.Users = append(w.Users, fakeslack.User{ID: "U0" + strings.ToUpper(name), Name: name, TZ: "America/Chicago"})
		w.Channels[0].Members = append(w.Channels[0].Members, name)
	}
	f := fakeslack.New(w, nil)
	f.Disturb(fakeslack.Disturbance{Copies: 2, Jitter: 300 * time.Millisecond})
	a := app.New(store.New(memory.New(), nil), configured(t, yml), nil)
	room := a.Room(&local.Options{Channels: []string{"ops"}})
	p, err := a.Slack(f.BotToken(), f.AppToken(), "", slack.Options{API: f.URL(), Client: f.Client(), Dialer: f.Dialer()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := errors.Join(room.Open(ctx), a.Start(ctx, "seed", room, p)); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- a.Serve(ctx) }()
	until := func(at time.Time) {
		time.Sleep(time.Until(at))
		synctest.Wait()
	}
	outage := time.Date(2000, 1, 1, 18, 25, 0, 0, time.UTC)
	for _, l := range lines {
		if l.At.After(outage) && time.Now().Before(outage) {
			until(outage)
			f.Outage(true)
		}
		if back := outage.Add(20 * time.Minute); l.At.After(back) && time.Now().Before(back) {
			until(back)
			f.Outage(false)
		}
		until(l.At)
		channel := "ops"
		if l.Room == "#incident" {
			channel = place(t, a)
		}
		away := time.Now().After(outage) && time.Now().Before(outage.Add(20*time.Minute))
		line, isCommand := strings.CutPrefix(l.Text, "/incident ")
		switch {
		case isCommand && away: // the web room is where people work meanwhile
			if _, err := room.Say(ctx, local.Utterance{Channel: "inc-1", Key: fmt.Sprint("local/inc-1/line", l.Number), By: incident.Person{ID: "local/" + l.Author, Name: l.Author}, Text: l.Text}); err != nil {
				t.Fatal(err)
			}
		case isCommand:
			f.Slash(l.Author, channel, "/incident", escaped(line))
			time.Sleep(600 * time.Millisecond) // for both copies
			synctest.Wait()
			if m := f.Modal(l.Author); m != nil {
				if m.Submit != "Publish" {
					t.Fatalf("line %d opened the modal %q: %s", l.Number, m.Title, m.Read)
				}
				if _, err := f.Submit(m); err != nil {
					t.Fatal(err)
				}
			}
		default:
			f.Type(channel, l.Author, l.Text)
		}
	}
	until(time.Now().Add(5 * time.Minute))
	if u := a.Undelivered("INC-1"); len(u) > 0 {
		t.Errorf("not delivered: %q", u)
	}
	seen := map[string]int{}
	for _, m := range f.Seen(place(t, a)) {
		if key := keyOf(m.Payload); m.User == f.BotID() && key != "" {
			seen[key]++
		}
		if len(m.Pings) > 0 && m.User == f.BotID() {
			t.Errorf("this pings %v: %s", m.Pings, m.Text)
		}
	}
	for key, n := range seen {
		if n > 1 {
			t.Errorf("%s was posted %d times", key, n)
		}
	}
	if len(seen) < 15 {
		t.Errorf("only %d messages were posted", len(seen))
	}
	if !slices.ContainsFunc(f.Calls(""), func(c fakeslack.Call) bool { return c.Status == 503 }) {
		t.Error("the outage was not noticed")
	}
	out := outcome(t, a)
	cancel()
	if err := errors.Join(<-served, a.Stop()); err != nil {
		t.Error(err)
	}
	f.Close()
	return out
}

// escaped is a text as Slack's command box sends it.
func escaped(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// place is the channel of the newest incident in Slack.
func place(t *testing.T, a *app.App) string {
	t.Helper()
	for _, r := range a.Board.Get(incident.Ref(a.Board.Last())).Rooms {
		if r.Platform == slack.Name {
			return r.ID
		}
	}
	t.Fatal("the incident has no room in Slack")
	return ""
}

var (
	parts  = regexp.MustCompile(`\.\d{3}(Z|[+-]\d\d:\d\d)`)
	number = regexp.MustCompile(`"?\[?T\d+\]?"?,?\s*`)
	digits = regexp.MustCompile(`\d+( h \d+)?( min| s)?`)
)

// outcome is what an incident came to, without what says where it was said and
// to the second, since a confirmation takes a moment.
func outcome(t *testing.T, a *app.App) map[string]string {
	t.Helper()
	if err := a.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	tl, err := a.Runner.Timeline(t.Context(), "INC-1", 0)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, e := range tl.Chronological() {
		if e.Kind == "room.opened" || e.Kind == "person.joined" {
			continue
		}
		lines = append(lines, fmt.Sprintf("%s %s %s: %s", e.At.UTC().Truncate(2*time.Second).Format("15:04:05"), e.Kind, e.By.Name, e.Text))
	}
	slices.Sort(lines)
	get := func(path string) string {
		w := httptest.NewRecorder()
		a.Site.Handler().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return strings.ReplaceAll(parts.ReplaceAllString(w.Body.String(), "$1"), ",", ",\n")
	}
	d, err := a.Draft(t.Context(), a.Board.Get("INC-1"))
	if err != nil {
		t.Fatal(err)
	}
	facts, _, _ := strings.Cut(string(d.Facts), `"markdown"`)
	return map[string]string{
		"timeline": strings.Join(lines, "\n"), "page": get("/api/v2/incidents.json"), "facts": number.ReplaceAllString(parts.ReplaceAllString(facts, "$1"), ""),
		"draft": digits.ReplaceAllString(d.Markdown, "0"),
	}
}

// diff are the lines of a that are not in b.
func diff(a, b string) string {
	have := strings.Split(b, "\n")
	var out []string
	for _, l := range strings.Split(a, "\n") {
		if !slices.Contains(have, l) {
			out = append(out, l)
		}
	}
	return strings.Join(out, "\n")
}

// keyOf is the key in the payload of a message's metadata; "" if there is none.
func keyOf(payload json.RawMessage) string {
	var m struct{ Key string }
	if json.Unmarshal(payload, &m) != nil {
		return ""
	}
	return m.Key
}
