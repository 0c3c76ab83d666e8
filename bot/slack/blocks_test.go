package slack

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	api "github.com/slack-go/slack"

	"sitrep/bot"
	"sitrep/incident"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares a value's JSON with a file of testdata.
func golden(t *testing.T, name string, v any) {
	t.Helper()
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	data = append(data, '\n')
	path := filepath.Join("testdata", "golden", name+".json")
	if *update {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; write it with -update", err)
	}
	if string(want) != string(data) {
		t.Errorf("%s is not as in %s; look at it, and write it with -update:\n%s", name, path, data)
	}
}

// sent is a rendered message as it is sent.
func sent(r Rendered) map[string]any { return map[string]any{"text": r.Text, "blocks": r.Blocks} }

func TestMessagesAreAsTheyWere(t *testing.T) {
	for _, s := range samples() {
		r := renderer().Render(s.m)
		for _, f := range judged(t, sent(r), (*judge).message) {
			t.Errorf("%s: Slack refuses it: %s", s.name, f)
		}
		if !strings.HasPrefix(s.name, "extreme") {
			golden(t, s.name, sent(r))
			if r.Cut {
				t.Errorf("%s does not fit", s.name)
			}
			continue
		}
		if !r.Cut {
			t.Errorf("%s fits, and so tries nothing", s.name)
		}
		whole := false
		for _, b := range r.Blocks {
			if a, ok := b.(*api.ActionBlock); ok {
				for _, e := range a.Elements.ElementSet {
					whole = whole || e.(*api.ButtonBlockElement).URL == "https://status.example.com/i/INC-7"
				}
			}
		}
		if !whole {
			t.Errorf("%s is cut, and nothing leads to the whole", s.name)
		}
	}
}

func TestLinesCarryTimes(t *testing.T) {
	got := (&Renderer{Zone: chicago()}).Render(bot.Line{Entry: 7, By: "Ana", Text: "a < b & <!channel>", At: at1539()})
	if want := "`T7` <!date^1599683940^{date_short}, {time}|Sep 09, 2020 - 15:39 CDT> *Ana*: a &lt; b &amp; &lt;!channel&gt;"; text(got, 0) != want {
		t.Errorf("the line is %q, want %q", text(got, 0), want)
	}
	if want := "T7 15:39 CDT Ana: a &lt; b &amp; &lt;!channel&gt;"; got.Text != want {
		t.Errorf("the notification is %q, want %q", got.Text, want)
	}
}

// Every command that a message offers comes back whole from its press.
func TestPresses(t *testing.T) {
	for _, s := range samples() {
		in, bs, form := tail(s.m)
		offered := map[string]bool{}
		for _, b := range bs {
			offered[b.Command] = true
		}
		found := 0
		for _, b := range renderer().Render(s.m).Blocks {
			a, ok := b.(*api.ActionBlock)
			if !ok {
				continue
			}
			for _, e := range a.Elements.ElementSet {
				x := e.(*api.ButtonBlockElement)
				p, ok := Pressed(api.BlockAction{ActionID: x.ActionID, Value: x.Value})
				if p.Fill != nil {
					opens(t, *form, p)
					continue
				}
				c := p.Command
				if ok == (x.URL != "") || ok && (!offered[c.Text] || c.Incident != in) {
					t.Errorf("%s: %q comes back as %+v, %v", s.name, x.Value, c, ok)
				}
				if ok {
					found++
				}
			}
		}
		if !strings.HasPrefix(s.name, "extreme") && found != len(bs) {
			t.Errorf("%s: %d of its %d buttons are shown", s.name, found, len(bs))
		}
	}
	for _, a := range []api.BlockAction{{}, {ActionID: "other", Value: `{"run":"x"}`}, {ActionID: runs + "1", Value: "x"}, {ActionID: runs + "1", Value: "{}"}, {ActionID: leads + "1"}} {
		if c, ok := Pressed(a); ok {
			t.Errorf("%+v is read as %+v", a, c)
		}
	}
}

// opens checks that a press opens a form as it was.
func opens(t *testing.T, f bot.Form, p Press) {
	t.Helper()
	empty := f
	empty.Fields = slices.Clone(f.Fields)
	for i := range empty.Fields {
		empty.Fields[i].Value = ""
	}
	if got := Filled(empty, p.Fill); !slices.EqualFunc(got.Fields, f.Fields, func(a, b bot.Field) bool { return a.Value == b.Value }) || p.Command.Text != "form declare" {
		t.Errorf("%+v opens %+v", p, got)
	}
}

// What is too long for a button is not lost: the rest is carried, and all of it
// stands in the message.
func TestFormThatDoesNotFitAButton(t *testing.T) {
	long := strings.Repeat("all that was typed ", 130)
	f := bot.Form{Verb: "update", Incident: "INC-7", Title: "Tell customers", Fields: []bot.Field{{Name: "text", Label: "Text", Value: long}, {Name: "next", Label: "Next", Value: "30m"}}}
	r := renderer().Render(f)
	e := r.Blocks[len(r.Blocks)-1].(*api.ActionBlock).Elements.ElementSet[0].(*api.ButtonBlockElement)
	p, ok := Pressed(api.BlockAction{ActionID: e.ActionID, Value: e.Value})
	if !ok || p.Command.Text != "form INC-7 update" || len(p.Fill) != 1 || p.Fill["next"] != "30m" {
		t.Errorf("the button carries %+v", p)
	}
	data, err := json.Marshal(r.Blocks)
	if err != nil || !strings.Contains(string(data), strings.TrimSpace(long)) {
		t.Errorf("the text is not in the message: %v", err)
	}
}

func TestCommandTooLongForAButton(t *testing.T) {
	r := renderer().Render(bot.Problem{Text: "Which incident?", Buttons: []bot.Button{{Label: "INC-7 Checkout", Command: "update INC-7 " + strings.Repeat("long ", 500)}, {Label: "Help", Command: "help"}}})
	data, err := json.Marshal(r.Blocks)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), "type the command instead: INC-7 Checkout") || !strings.Contains(string(data), "run/1") {
		t.Errorf("what to do instead is not said: %s", data)
	}
}

// Words that customers read are in a preview letter by letter.
func TestPreviewIsVerbatim(t *testing.T) {
	body := "a *b* _c_ ~d~ `e` :wave: <!here> & > q\n\n> r\nhttps://x.example"
	r := renderer().Render(bot.Preview{Public: incident.Public{Updates: []incident.PublicUpdate{{Body: body, Shown: at1539()}}}})
	for _, b := range r.Blocks {
		if x, ok := b.(*api.RichTextBlock); ok {
			if got := x.Elements[0].(*api.RichTextQuote).Elements[0].(*api.RichTextSectionTextElement).Text; got != body {
				t.Errorf("the preview says %q, not %q", got, body)
			}
			return
		}
	}
	t.Error("the preview does not say the words")
}

func TestClip(t *testing.T) {
	for _, c := range []struct {
		in   string
		room int
		want string
	}{
		{"short", 10, "short"}, {"two\nlines\tand", 30, "two lines and"}, {"exactly ten", 11, "exactly ten"},
		{"a longer sentence that is cut", 16, "a longer…"}, {"nospaceatallinthisword", 10, "nospaceat…"},
		{"👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 20, "👩‍👩‍👧‍👦…"}, {"e\u0301e\u0301e\u0301e\u0301", 6, "e\u0301e\u0301…"}, {"", 5, ""},
	} {
		if got := clip(c.in, c.room); got != c.want {
			t.Errorf("%q in %d is %q, want %q", c.in, c.room, got, c.want)
		}
	}
	zalgo := "a" + strings.Repeat("\u0301", 5000)
	if got := clip(zalgo, 100); width(got) > 100 || !utf8.ValidString(got) || got == ellipsis {
		t.Errorf("one long character is %q", got)
	}
}

// FuzzRender holds every kind of message, filled with anything, against Slack's
// rules.
func FuzzRender(f *testing.F) {
	f.Add("text", "<!channel> & `x`", int64(1599683940), uint16(3))
	f.Add("https://example.com/?a=1&b=<2>|x", "*bold*\n\n\n", int64(-5), uint16(90))
	f.Add(strings.Repeat("👩‍👩‍👧‍👦", 900), strings.Repeat("&", 4000), int64(1)<<40, uint16(60))
	f.Add("\x00\xff\u2028\u202e", strings.Repeat("a\u0301", 3000), int64(0), uint16(0))
	f.Fuzz(func(t *testing.T, a, b string, unix int64, n uint16) {
		for _, m := range filled(a, b, unix, int(n%300)) {
			if got := judged(t, sent(renderer().Render(m)), (*judge).message); len(got) > 0 {
				t.Errorf("Slack refuses %T: %q", m, got)
			}
			if got := judged(t, sent((&Renderer{}).Render(m)), (*judge).message); len(got) > 0 {
				t.Errorf("Slack refuses %T without a way to the whole: %q", m, got)
			}
		}
	})
}
