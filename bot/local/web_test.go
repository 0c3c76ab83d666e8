package local_test

import (
	"context"
	"fmt"
	"html/template"
	"io"
	"math"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sitrep/bot"
	"sitrep/bot/local"
	"sitrep/incident"
	"sitrep/internal/webtest"
)

// A crew behaves as the commands do, as far as the room can see: one incident
// that can be declared, taken, and told of after a preview.
type crew struct {
	desk
	mu        sync.Mutex
	published []string
	requests  []bot.Request
	moved     chan struct{}
}

func newCrew() *crew {
	in := incident.New("INC-1")
	in.Apply(incident.Meta{Seq: 1, N: 1, By: local.PersonOf("ana")}, incident.Declared{Number: 1, Title: "Checkout is failing", Severity: "sev2"})
	in.Rooms = []incident.Room{{Place: incident.Place{Platform: "local", ID: "inc-1", Name: "#inc-1"}}}
	return &crew{desk: desk{in}, moved: make(chan struct{})}
}

func (c *crew) Moved() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.moved
}

func (c *crew) Card(in *incident.Incident) bot.Card {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bot.NewCard(in, in.Declared.When, nil, nil)
}

func (c *crew) Complete(_ bot.Request, line string, most int) []bot.Suggestion {
	var out []bot.Suggestion
	for _, v := range []string{"update", "note", "role", "severity"} {
		if strings.HasPrefix(v, line) && len(out) < most {
			out = append(out, bot.Suggestion{Text: v + " ", Show: v, Help: "what " + v + " does"})
		}
	}
	return out
}

// record changes the incident and tells those who wait for that.
func (c *crew) record(ev incident.Event, by incident.Person) {
	c.in.Apply(incident.Meta{By: by}, ev)
	close(c.moved)
	c.moved = make(chan struct{})
}

func (c *crew) handle(_ context.Context, r bot.Request) (bot.Message, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests = append(c.requests, r)
	form := bot.Form{Verb: "update", Incident: "INC-1", Title: "Tell customers", Submit: "Preview", Fields: []bot.Field{
		{Name: "text", Label: "What customers read", Long: true, Required: true, Value: "We are aware of a problem."},
		{Name: "affects", Label: "What is affected"},
	}}
	switch act := r.Do.(type) {
	case bot.Submission:
		form.Fields[0].Value, form.Fields[1].Value = act.Values["text"], act.Values["affects"]
		if act.Values["affects"] == "Webbsite" {
			form.Fields[1].Error = `There is no component "Webbsite".`
			return bot.Problem{Text: form.Fields[1].Error, Field: "affects", Form: &form}, nil
		}
		return bot.Preview{
			Incident: "INC-1", Number: 1, Public: incident.Public{Title: act.Values["text"]}, Update: -1, Notes: []string{"It goes back."},
			Findings: []bot.Finding{{Quote: "problem", Text: "Say which.", Mend: "Name it."}},
			Buttons:  []bot.Button{{Label: "Publish", Command: "publish INC-1 1 " + act.Values["text"], Style: bot.Primary}, {Label: "Cancel", Command: "discard INC-1 1"}},
		}, nil
	case bot.Command:
		switch word, rest, _ := strings.Cut(act.Text, " "); word {
		case "form":
			return form, nil
		case "role":
			c.record(incident.RoleAssigned{Role: "commander", Who: r.By}, r.By)
			return bot.Receipt{Text: r.By.Name + " is commander of INC-1.", Seq: 2}, nil
		case "publish":
			c.published = append(c.published, rest)
			return bot.Receipt{Text: "Update 1 of INC-1 is on the page.", Public: true, Seq: 3}, nil
		case "help":
			return bot.Help{Intro: "Type one of these.", Verbs: []bot.VerbHelp{{Name: "note", Summary: "keeps a remark"}}}, nil
		}
		return bot.Problem{Code: "unknown-verb", Text: "There is no command " + act.Text + ".", Buttons: []bot.Button{{Label: "Help", Command: "help"}}}, nil
	}
	return nil, nil
}

// sheets sets every report as one heading.
type sheets struct{}

func (sheets) Sheet(_ context.Context, _ *incident.Incident, _, text string, _ bool) (local.Sheet, error) {
	return local.Sheet{Body: template.HTML("<h1>" + template.HTMLEscapeString(text) + "</h1>")}, nil //nolint:gosec // escaped right here
}

func (sheets) Versions(context.Context, *incident.Incident, string) ([]incident.ReportVersion, error) {
	return nil, nil
}

func (sheets) Changes(was, is string) template.HTML {
	return template.HTML(template.HTMLEscapeString(was + " became " + is)) //nolint:gosec // escaped right here
}

func (sheets) Formats() []local.Format {
	return []local.Format{{Name: "md", Mime: "text/markdown", Says: "Markdown"}}
}

func (sheets) Write(_ context.Context, w io.Writer, in *incident.Incident, version, _ string) error {
	_, err := io.WriteString(w, in.Report.Text(version))
	return err
}

// room serves a room whose incident's room is open.
func (c *crew) room(t *testing.T) (*local.Platform, string) {
	t.Helper()
	l := local.New(&local.Memory{}, c, c, c, &local.Options{People: []string{"ana", "ben"}, Reports: sheets{}})
	if err := l.Open(context.Background()); err != nil {
		t.Fatal(err)
	}
	served(t, l, c.handle)
	if _, _, err := l.OpenRoom(context.Background(), c.in, nil); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(l.Handler())
	t.Cleanup(srv.Close)
	return l, srv.URL
}

// The room by hand: say, complete, a form that comes back with what was typed,
// preview, confirm; with another person's words arriving meanwhile.
func TestRoomInTheBrowser(t *testing.T) {
	c := newCrew()
	l, at := c.room(t)
	b := webtest.Open(t, 1400, 900, false)
	b.Goto(at + "/c/inc-1")
	b.Type("#text", "who am I"+kb.Enter)
	b.See(".answer.problem", "Say who you are first")
	if v := b.Text("h1"); !strings.Contains(v, "#inc-1-checkout-is-failing") {
		t.Errorf("the room is called %q", v)
	}
	b.Type("#who", "ana")
	b.Click(".who button", "That is me")
	b.See(".me summary", "ana")

	b.Type("#text", "hello <b>there</b>"+kb.Enter)
	b.See(".message .text", "hello <b>there</b>")
	say(t, l, "inc-1", "from-ben", "ben", "I am here", "")
	b.See(".message .text", "I am here")
	b.See("#aloud", "ben: I am here")
	say(t, l, "inc-1", "in-thread", "ben", "looking at it", "local/inc-1/from-ben")
	b.See(".replies summary", "1 in the thread")

	// By keyboard: up to the newest message, m marks it.
	b.Do(chromedp.Poll(`document.querySelector("#text").value === ""`, nil)) // what was sent is answered
	b.Do(chromedp.SendKeys("#text", kb.ArrowUp, chromedp.ByQuery), chromedp.KeyEvent("m"))
	b.See(".message .mark", "in the timeline")

	// Complete with arrows and Tab; an unknown verb is answered with buttons.
	b.Type("#text", "/in")
	b.See("#choices li", "/incident")
	b.Do(chromedp.SendKeys("#text", kb.Tab, chromedp.ByQuery))
	b.See("#choices li", "what severity does")
	b.Do(chromedp.SendKeys("#text", kb.ArrowDown+kb.ArrowDown+kb.Enter, chromedp.ByQuery))
	var typed string
	b.Do(chromedp.Value("#text", &typed, chromedp.ByQuery))
	if strings.TrimSpace(typed) != "/incident note" { // the driver's Enter types a new line that a person's does not
		t.Errorf("the line reads %q", typed)
	}
	b.Type("#text", "/incident nonsense"+kb.Enter)
	b.See(".answer.problem", "There is no command nonsense.")
	b.Do(chromedp.Value("#text", &typed, chromedp.ByQuery))
	if strings.TrimSpace(typed) != "/incident nonsense" {
		t.Errorf("what was refused is gone from the line: %q", typed)
	}
	b.Click(".answer button", "Help")
	b.See("dialog dt", "note")
	b.Do(chromedp.KeyEvent(kb.Escape))
	b.See("body:not(:has(dialog[open]))", "")

	// The card is kept current by a button.
	b.Click(".side button", "Take it")
	b.See(".side .card", "ana leads")

	// A form; what is wrong stands at its field, and nothing typed is lost.
	b.Click(".side button", "Tell customers")
	b.See("dialog h3", "Tell customers")
	b.Type(`dialog [name="field-text"]`, "Payments fail.")
	b.Type(`dialog [name="field-affects"]`, "Webbsite")
	b.Click("dialog button", "Preview")
	b.See("dialog .wrong .error", `There is no component "Webbsite".`)
	b.Do(chromedp.Value(`dialog [name="field-text"]`, &typed, chromedp.ByQuery))
	if typed != "Payments fail." {
		t.Errorf("the form comes back with %q", typed)
	}
	b.Type(`dialog [name="field-affects"]`, "Website")
	b.Click("dialog button", "Preview")
	b.See("dialog h3", "Only you see this.")
	b.See("dialog .finding", "Name it.")
	if len(c.published) != 0 {
		t.Error("it was published before anybody confirmed it")
	}
	var framed string
	b.Do(chromedp.Evaluate(`document.querySelector("dialog iframe").contentDocument.body.textContent`, &framed))
	if framed != "Payments fail." {
		t.Errorf("the frame shows %q", framed)
	}
	b.Click("dialog button", "Publish")
	b.See(".answer.receipt", "Public: customers see this.")
	c.mu.Lock()
	if len(c.published) != 1 || c.requests[len(c.requests)-1].Zone == nil {
		t.Errorf("published %q by %+v", c.published, c.requests[len(c.requests)-1])
	}
	c.mu.Unlock()
	if dir := os.Getenv("SITREP_PICTURES"); dir != "" {
		b.Picture(filepath.Join(dir, "local-room.png"))
	}

	// On a phone one area at a time, the card first and whole.
	phone := webtest.Open(t, 390, 844, true)
	phone.Goto(at + "/c/inc-1")
	var fits bool
	phone.Do(chromedp.Evaluate(`(() => { const r = document.querySelector(".glance").getBoundingClientRect(), l = document.querySelector(".line").getBoundingClientRect(); return r.height > 100 && r.bottom <= l.top && document.documentElement.scrollWidth <= innerWidth; })()`, &fits))
	if !fits {
		t.Error("the card does not fit the screen of a phone")
	}
	phone.Click(".views a", "Talk")
	phone.See("[data-view=talk] .message", "I am here")
}

// Everything that matters works without JavaScript: forms and redirects.
func TestWithoutJavaScript(t *testing.T) {
	c := newCrew()
	_, at := c.room(t)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	send := func(path string, form url.Values) string {
		t.Helper()
		resp, err := client.PostForm(at+path, form)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	for _, x := range []struct {
		path string
		form url.Values
		has  string
	}{
		{"/who", url.Values{"name": {" @Ana  Lee "}, "channel": {"inc-1"}}, "You are Ana Lee."},
		{"/say/inc-1", url.Values{"text": {"hello\r\nworld"}, "id": {"message-one"}}, "hello\nworld</p>"},
		{"/say/inc-1", url.Values{"text": {"an answer"}, "reply": {"local/inc-1/message-one"}}, "1 in the thread"},
		{"/message/inc-1", url.Values{"do": {"edit"}, "of": {"local/inc-1/message-one"}, "text": {"hello moon"}}, "What it said before"},
		{"/message/inc-1", url.Values{"do": {"react"}, "of": {"local/inc-1/message-one"}, "emoji": {":eyes:"}}, `aria-label="👀 by Ana Lee"`},
		{"/message/inc-1", url.Values{"do": {"pin"}, "of": {"local/inc-1/message-one"}}, "Unpin"},
		{"/message/inc-1", url.Values{"do": {"delete"}, "of": {"local/inc-1/message-one"}}, "Withdrawn by its author"},
		{"/act/inc-1", url.Values{"command": {"form update"}}, "What customers read"},
		{"/form/inc-1", url.Values{"verb": {"update"}, "field-text": {"Sorry."}, "field-affects": {"Website"}}, "Only you see this."},
		{"/act/inc-1", url.Values{"command": {"publish INC-1 1 Sorry."}}, "Public: customers see this."},
		{"/say/inc-1", url.Values{"text": {"/incident nonsense"}}, "/incident nonsense</textarea>"},
		{"/channels", url.Values{"name": {"Data base!"}}, "#data-base"},
		{"/channels", url.Values{"name": {"INC-7"}}, "are for the rooms of incidents"},
		{"/who", url.Values{"name": {"SITREP"}}, "sitrep is taken"},
	} {
		if body := send(x.path, x.form); !strings.Contains(body, x.has) {
			t.Errorf("%s %v is answered without %q: %s", x.path, x.form, x.has, body)
		}
	}
	resp, err := client.Get(at + "/postmortem/INC-1?version=customer&edit=1")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || !strings.Contains(string(body), `name="field-version" value="customer"`) {
		t.Errorf("the report to write: %s (%v)", body, err)
	}
}

// Every colour that words are written in is at least 4.5:1 on both papers of
// its theme.
func TestContrast(t *testing.T) {
	css, err := os.ReadFile("web/room.css")
	if err != nil {
		t.Fatal(err)
	}
	variable := regexp.MustCompile(`--([a-z]+): (#[0-9a-f]{3,6})`)
	themes := strings.SplitN(string(css), "prefers-color-scheme: dark", 2)
	if len(themes) != 2 {
		t.Fatal("there is one theme")
	}
	for i, theme := range themes {
		colours := map[string]float64{}
		for _, m := range variable.FindAllStringSubmatch(theme, -1) {
			colours[m[1]] = luminance(t, m[2])
		}
		for _, ink := range []string{"ink", "soft", "link", "green", "yellow", "orange", "red", "blue", "gray"} {
			for _, paper := range []string{"paper", "tint"} {
				if r := ratio(colours[ink], colours[paper]); r < 4.5 {
					t.Errorf("theme %d: %s on %s is %.2f:1", i, ink, paper, r)
				}
			}
		}
		if r := ratio(colours["on"], colours["go"]); r < 4.5 {
			t.Errorf("theme %d: the words on a button are %.2f:1", i, r)
		}
		if r := ratio(colours["edge"], colours["paper"]); r < 3 {
			t.Errorf("theme %d: the edge of a field is %.2f:1", i, r)
		}
	}
}

func ratio(a, b float64) float64 { return (math.Max(a, b) + 0.05) / (math.Min(a, b) + 0.05) }

// luminance is WCAG's relative luminance of a colour.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	hex = strings.TrimPrefix(hex, "#")
	if len(hex) == 3 {
		hex = fmt.Sprintf("%c%c%c%c%c%c", hex[0], hex[0], hex[1], hex[1], hex[2], hex[2])
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
