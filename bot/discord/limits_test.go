package discord

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sitrep/bot"
	"sitrep/incident"
)

// within fails unless a letter is within Discord's limits.
func within(t *testing.T, l letter) {
	t.Helper()
	at := func(what, s string, least, most int) {
		if n := units(s); n > most || n < least || least > 0 && strings.TrimSpace(s) == "" || strings.ContainsRune(s, 0) {
			t.Errorf("%s has %d characters, of %d to %d: %.60q", what, n, least, most, s)
		}
	}
	at("the content", l.Content, 0, 2000)
	if strings.TrimSpace(l.Content) == "" && len(l.Embeds) == 0 {
		t.Error("there is nothing in it")
	}
	sum := 0
	for _, e := range l.Embeds {
		at("a title", e.Title, 0, 256)
		at("a description", e.Description, 0, 4096)
		sum += units(e.Title) + units(e.Description)
		if e.Footer != nil {
			at("a footer", e.Footer.Text, 1, 2048)
			sum += units(e.Footer.Text)
		}
	}
	if sum > 6000 || len(l.Embeds) > 10 {
		t.Errorf("%d frames have %d characters together", len(l.Embeds), sum)
	}
	seen := map[string]bool{}
	if len(l.Components) > 5 {
		t.Errorf("%d rows", len(l.Components))
	}
	for _, row := range l.Components {
		if n := len(row.Components); n < 1 || n > 5 {
			t.Errorf("%d buttons in a row", n)
		}
		for _, c := range row.Components {
			at("a label", c.Label, 1, 80)
			if c.Style == 5 && !isWeb(c.URL) {
				t.Errorf("a link leads to %q", c.URL)
			}
			if c.Style != 5 {
				at("a name", c.CustomID, 1, 100)
			}
			if seen[c.CustomID] && c.CustomID != "" {
				t.Errorf("two buttons are %s", c.CustomID)
			}
			seen[c.CustomID] = true
		}
	}
}

// FuzzRender holds what is rendered of any text to the limits, and whatever
// does not fit is there whole.
func FuzzRender(f *testing.F) {
	for _, s := range []string{"plain", "", " ", strings.Repeat("long ", 3000), strings.Repeat("🔥", 3000), "\x00\xff\u202e", strings.Repeat(`\*_`, 1500), "https://example.org/a_b_c `x` <@1> @everyone", strings.Repeat("> q\n# h\n- l\n", 400)} {
		f.Add(s, 3)
	}
	f.Fuzz(func(t *testing.T, text string, n int) {
		n = max(0, min(n, 40))
		r := renderer{command: "incident", base: "https://sitrep.example.org"}
		at := time.Date(2020, 9, 9, 16, 15, 0, 0, time.UTC)
		var bs []bot.Button
		var list []string
		var parts []incident.ComponentChange
		var waiting []int
		for i := range n {
			bs = append(bs, bot.Button{Label: text, Command: text})
			list = append(list, text)
			parts = append(parts, incident.ComponentChange{ID: fmt.Sprint(i), Name: text, New: incident.MajorOutage})
			waiting = append(waiting, i)
		}
		form := bot.Form{Verb: "update", Title: text, Notes: list, Fields: []bot.Field{{Name: "text", Label: text, Value: text, Error: text}}}
		public := incident.Public{Title: text, Status: incident.Identified, Updates: []incident.PublicUpdate{{Body: text, Shown: at, Affected: parts}}}
		var found []bot.Finding
		for range n {
			found = append(found, bot.Finding{Quote: text, Text: text, Mend: text})
		}
		for _, m := range []bot.Message{
			bot.Receipt{Text: text, Notes: list, Buttons: bs},
			bot.Card{Incident: "INC-1", Title: text, Severity: text, State: text, Started: at, Leader: text, Affected: parts, Public: true, LastWord: text, LastLabel: text, LastWordAt: at, Waiting: waiting, Undelivered: list, Theories: list, Buttons: bs},
			bot.Announcement{Incident: text, Title: text, Text: text, Quote: text, At: at, Buttons: bs},
			bot.Line{Incident: "INC-1", Entry: 1, By: text, Text: text, At: at},
			bot.Reminder{Incident: text, Text: text, Due: at, Buttons: bs},
			bot.Preview{Incident: "INC-1", Public: public, Update: 0, Findings: found, Notes: list, Drill: true, Buttons: bs},
			bot.Preview{Incident: "INC-1", Public: incident.Public{Title: text, Postmortem: &incident.PublicPostmortem{Body: text}}, Update: -1},
			bot.DraftReady{Incident: text, Text: text, Path: "/" + text, Buttons: bs},
			bot.Problem{Text: text, Buttons: bs, Form: &form},
			bot.Help{Intro: text, Verbs: []bot.VerbHelp{{Name: text, Usage: text, Summary: text, Details: list, Example: text}}},
			bot.Reading{Title: text, Sections: []bot.Section{{Heading: text, Lines: list}, {Lines: list}}, Buttons: bs},
			form,
		} {
			l := r.render(m)
			within(t, l)
			if strings.Contains(l.Content+fmt.Sprint(l.Embeds), "…") && !strings.Contains(text, "…") && len(l.Files) == 0 && units(clean(text)) > 2000 {
				t.Errorf("%T was cut, and is not attached", m)
			}
		}
	})
}

// FuzzForm opens forms of any text and reads them back: nothing typed changes,
// apart from what no client shows.
func FuzzForm(f *testing.F) {
	for _, s := range []string{"x", "", "a\n\nb", strings.Repeat("A paragraph.\n\n", 900), strings.Repeat("🔥", 5000), strings.Repeat("x", 20001), "\n\n", "-"} {
		f.Add(s, "INC-1", 1)
		f.Add(s, s, 7)
	}
	f.Fuzz(func(t *testing.T, text, other string, n int) {
		n = max(1, min(n, 9))
		form := bot.Form{Verb: "update", Incident: "INC-1", Title: other, Fields: []bot.Field{{Name: "text", Label: other, Hint: other, Value: text, Long: true, Required: true, Error: other}, {Name: "fixed", Options: []bot.Option{{Value: "edit", Label: "edit"}}}}}
		for i := range n - 1 {
			form.Fields = append(form.Fields, bot.Field{Name: fmt.Sprint("f", i), Label: other, Value: "v", Options: []bot.Option{{Value: "", Label: ""}, {Value: "v", Label: other}, {Value: "v", Label: "again"}}})
		}
		m, ok := renderer{}.open(form)
		if !ok {
			if units(clean(text)) <= maxInput {
				t.Error("a short text does not open")
			}
			return
		}
		if units(m.Title) > maxModalTitle || strings.TrimSpace(m.Title) == "" || units(m.CustomID) > maxCustomID || len(m.Components) > maxParts || len(m.Components) == 0 {
			t.Errorf("the form is %+v", m)
		}
		var inputs []input
		for _, c := range m.Components {
			if units(c.Label) > maxLabel || strings.TrimSpace(c.Label) == "" || units(c.Description) > maxHint || units(c.Component.Value) > maxInput || units(c.Component.CustomID) > maxCustomID {
				t.Errorf("a field is %+v", c)
			}
			value := c.Component.Value
			for _, o := range c.Component.Options {
				if o.Value == "" || strings.TrimSpace(o.Label) == "" {
					t.Errorf("a choice is %+v", o)
				}
				if o.Default {
					value = o.Value
				}
			}
			inputs = append(inputs, input{c.Component.CustomID, value})
		}
		var s shelf
		for k, v := range m.carried {
			s.put(k, v)
		}
		got, ok := submitted(m.CustomID, inputs, &s)
		if !ok || got.Verb != "update" || got.Incident != "INC-1" || got.Values["fixed"] != "edit" {
			t.Fatalf("it is read as %+v", got)
		}
		// At the edge of two inputs at most ten empty lines are kept.
		if a, b := got.Values["text"], clean(text); a != b && (units(b) <= maxInput || !strings.Contains(b, strings.Repeat("\n", 11)) && strings.Trim(a, "\n") != strings.Trim(b, "\n")) {
			t.Errorf("%d characters came back as %d", len(b), len(a))
		}
	})
}

// A nobody knows no names.
type nobody struct{}

func (nobody) person(string) string  { return "" }
func (nobody) role(string) string    { return "" }
func (nobody) channel(string) string { return "" }

// FuzzRead holds the spans of any text to the text.
func FuzzRead(f *testing.F) {
	for _, s := range []string{"<@1> <@!2> <@&3> <#4> <:a:5> <a:b:6> <t:1599667740> <t:99999999999999999:R> </x:7> <@> <#x>", "<<@1>>", "\x00<@1>\xff", "<t:-9999999999999:F>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text, spans := read(s, []mentionIn{{userIn: userIn{ID: "1", Name: "ana"}}}, nobody{}, nil)
		end := 0
		for _, x := range spans {
			if x.Start < end || x.End > len(text) || x.Start >= x.End || x.ID == "" {
				t.Fatalf("%q has the span %+v", text, x)
			}
			if x.Name != "" && !strings.Contains(text[x.Start:x.End], x.Name) {
				t.Errorf("%q is the span of %s", text[x.Start:x.End], x.Name)
			}
			end = x.End
		}
		if strings.ContainsRune(text, 0) {
			t.Errorf("%q has what no client shows", text)
		}
	})
}

func FuzzPressed(f *testing.F) {
	for _, s := range []string{"c|0|note x", "c|0|", "k|1|abc", "o||", "c", "", "|", "x|0|y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var sh shelf
		sh.put("abc", "note long")
		act, form, ok := pressed(s, &sh)
		if ok && act == nil && form == nil {
			t.Errorf("%q is nothing", s)
		}
		if c, is := act.(bot.Command); ok && is && !strings.HasSuffix(s, c.Text) && c.Text != "note long" {
			t.Errorf("%q says %q", s, c.Text)
		}
	})
}

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"a *b* _c_ ~d~ `e` |f|":        "a \\*b\\* \\_c\\_ \\~d\\~ \\`e\\` \\|f\\|",
		"# not a heading\n> nor\n- no": "\\# not a heading\n\\> nor\n\\- no",
		"see https://x.org/a_b_c now":  "see https://x.org/a_b_c now",
		"[a](https://x.org) <@1>":      "\\[a\\](https://x.org) \\<@1\\>",
		"bell\a and tab\t.":            "bell and tab .",
	} {
		if got := escape(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
	if got := clip(`aaaa\\\*bbbb`, 8); got != `aaaa\\…` {
		t.Errorf("an escape was cut: %q", got)
	}
	if got := clip("🔥🔥🔥", 5); got != "🔥🔥…" {
		t.Errorf("clipped to %q", got)
	}
}

// answers is a network that answers with what a test says.
type answers func(*http.Request) *http.Response

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) { return a(r), nil }

func answered(status int, headers ...string) *http.Response {
	h := http.Header{}
	for i := 0; i+1 < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader("{}"))}
}

func ask(l *limiter, route, major string, most time.Duration) error {
	ctx := context.WithValue(context.Background(), tripKey{}, trip{route, major, most})
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://discord.com/", http.NoBody)
	if err != nil {
		return err
	}
	resp, err := l.RoundTrip(r)
	if err == nil {
		_ = resp.Body.Close() // a test's
	}
	return err
}

func TestLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		l := &limiter{next: answers(func(*http.Request) *http.Response {
			sent++
			return answered(200, "X-RateLimit-Bucket", "b", "X-RateLimit-Remaining", fmt.Sprint(4-(sent-1)%5), "X-RateLimit-Reset-After", "5.0")
		})}
		start := time.Now()
		for range 11 {
			if err := ask(l, "POST /x", "c1", time.Minute); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("eleven of five in five seconds took %s", took)
		}
	})
	synctest.Test(t, func(t *testing.T) { // no more than 45 in a second
		l := &limiter{next: answers(func(*http.Request) *http.Response { return answered(200) })}
		start := time.Now()
		for i := range 100 {
			if err := ask(l, "GET /x", fmt.Sprint(i), time.Minute); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("a hundred took %s", took)
		}
	})
	synctest.Test(t, func(t *testing.T) { // one bucket has several routes
		l := &limiter{next: answers(func(*http.Request) *http.Response {
			return answered(200, "X-RateLimit-Bucket", "b", "X-RateLimit-Remaining", "1", "X-RateLimit-Reset-After", "9")
		})}
		for _, route := range []string{"POST /x", "PATCH /x", "POST /x"} {
			if err := ask(l, route, "c1", 0); err != nil {
				t.Fatal(err)
			}
		}
		var late *bot.Temporary
		if err := ask(l, "PATCH /x", "c1", time.Second); !errors.As(err, &late) || late.After != 9*time.Second {
			t.Errorf("the other route of an empty bucket: %v", err)
		}
		ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), tripKey{}, trip{"POST /x", "c1", time.Minute}), time.Second)
		defer cancel()
		if err := l.wait(ctx, trip{"POST /x", "c1", time.Minute}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("whoever gives up waits on: %v", err)
		}
	})
	synctest.Test(t, func(t *testing.T) { // what stands before Discord asks for a pause: everything waits
		sent := 0
		l := &limiter{next: answers(func(*http.Request) *http.Response { sent++; return answered(429, "Retry-After", "30") })}
		for _, major := range []string{"c1", "c2"} {
			_ = ask(l, "POST /x", major, time.Second) // the first gets the 429 itself, which is the library's to tell
		}
		if sent != 1 {
			t.Errorf("%d were sent", sent)
		}
	})
	synctest.Test(t, func(t *testing.T) { // refused too often, it stops before the address is banned
		sent := 0
		l := &limiter{next: answers(func(*http.Request) *http.Response { sent++; return answered(403) })}
		for range maxInvalid + 10 {
			_ = ask(l, "", "", 0)
		}
		if sent != maxInvalid {
			t.Errorf("%d were refused", sent)
		}
		if err := ask(l, "", "", 0); !errors.Is(err, errSpent) || !errors.Is(err, bot.ErrTemporary) {
			t.Errorf("it says %v", err)
		}
		time.Sleep(invalidPer)
		if err := ask(l, "", "", 0); err != nil {
			t.Errorf("after ten minutes: %v", err)
		}
	})
}
