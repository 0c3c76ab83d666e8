package slack

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	api "github.com/slack-go/slack"

	"sitrep/bot"
)

// What a form is filled with comes back from its modal, submitted as it is.
func TestFormsComeBack(t *testing.T) {
	from := Origin{Channel: "C1", Name: "inc-7", Thread: "1599683940.000100"}
	for _, s := range forms() {
		v, err := renderer().Modal(s.form, from)
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		for _, f := range judged(t, v, (*judge).view) {
			t.Errorf("%s: Slack refuses it: %s", s.name, f)
		}
		if s.name != "extreme" {
			golden(t, "modal-"+s.name, v)
		}
		act, origin, err := Submitted(submit(v))
		if err != nil || origin != from {
			t.Fatalf("%s comes back from %+v: %v", s.name, origin, err)
		}
		got := act.(bot.Submission)
		want := bot.Submission{Verb: s.form.Verb, Incident: s.form.Incident, Values: map[string]string{}}
		for _, f := range s.form.Fields {
			want.Values[f.Name] = f.Value
			if f.Value == "" && len(f.Options) > 0 && len(f.Options) <= maxOptions {
				want.Values[f.Name] = f.Options[0].Value // the list stands on its first
			}
		}
		if got.Verb != want.Verb || got.Incident != want.Incident || !maps.Equal(got.Values, want.Values) {
			t.Errorf("%s comes back as %+v, want %+v", s.name, got, want)
		}
	}
}

// A long text is divided, and is the same when nobody touched it; what is typed
// into one part stands where it was typed.
func TestLongTextInParts(t *testing.T) {
	var b strings.Builder
	for i := range 200 {
		fmt.Fprintf(&b, "Line %d of it.\nAnother, which is longer than the first.\n\nA paragraph. ", i)
	}
	text := b.String()
	f := bot.Form{Verb: "postmortem", Title: "Postmortem", Fields: []bot.Field{{Name: "text", Label: "Text", Long: true, Value: text}}}
	v, err := renderer().Modal(f, Origin{})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(v.Blocks.BlockSet); n < 4 {
		t.Errorf("%d characters are in %d parts", len(text), n)
	}
	view := submit(v)
	act, _, err := Submitted(view)
	if err != nil || act.(bot.Submission).Values["text"] != text {
		t.Errorf("the text changed: %v", err)
	}
	second := v.Blocks.BlockSet[1].(*api.InputBlock)
	a := view.State.Values[second.BlockID]["text"]
	was := a.Value
	a.Value = "All of this part is new."
	view.State.Values[second.BlockID]["text"] = a
	act, _, _ = Submitted(view)
	if got := act.(bot.Submission).Values["text"]; got != strings.Replace(text, was, a.Value, 1) {
		t.Errorf("the new words do not stand where they were typed")
	}
}

func TestFormTooLarge(t *testing.T) {
	for name, f := range map[string]bot.Form{
		"text":     {Fields: []bot.Field{{Name: "text", Value: strings.Repeat("a long text ", 10000)}}},
		"fields":   {Fields: make([]bot.Field, 200)},
		"metadata": {Verb: strings.Repeat("v", 3000)},
	} {
		if _, err := renderer().Modal(f, Origin{}); !errors.Is(err, ErrFormTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWrongIsSaidAtItsField(t *testing.T) {
	v, err := renderer().Modal(declare().form, Origin{})
	if err != nil {
		t.Fatal(err)
	}
	view := submit(v)
	block := func(name string) string {
		for _, b := range v.Blocks.BlockSet {
			if in, ok := b.(*api.InputBlock); ok {
				if e, ok := in.Element.(*api.PlainTextInputBlockElement); ok && e.ActionID == name {
					return in.BlockID
				}
			}
		}
		return "nowhere"
	}
	for _, c := range []struct {
		name string
		p    bot.Problem
		want map[string]string
	}{
		{"at its field", bot.Problem{Text: "There is no component X.", Field: "affects"}, map[string]string{block("affects"): "There is no component X."}},
		{"about the whole", bot.Problem{Text: "You may not declare."}, map[string]string{block("text"): "You may not declare."}},
		{"at a field that is not asked for", bot.Problem{Text: "No.", Field: "title"}, map[string]string{block("text"): "No."}},
		{"as the form says", bot.Problem{Text: "Look again.", Field: "at", Form: ptr(declare().form)}, map[string]string{block("at"): declare().form.Fields[4].Error}},
		{"long", bot.Problem{Text: strings.Repeat("long ", 200), Field: "at"}, map[string]string{block("at"): clip(strings.Repeat("long ", 200), maxError)}},
	} {
		got := Wrong(view, c.p)
		if got == nil || got.ResponseAction != api.RAErrors || !maps.Equal(got.Errors, c.want) {
			t.Errorf("%s: %+v, want %v", c.name, got, c.want)
		}
	}
	if got := Wrong(api.View{}, bot.Problem{Text: "x"}); got != nil {
		t.Errorf("where there is no input, it is said at %v", got.Errors)
	}
}

// A form that comes again with another value is shown with it: Slack keeps what
// stands in a block of the same id.
func TestNewValueNewBlock(t *testing.T) {
	ids := func(value string) (out []string) {
		v, err := renderer().Modal(bot.Form{Title: "x", Fields: []bot.Field{{Name: "a", Label: "A", Value: value}, {Name: "b", Label: "B", Value: "same"}}}, Origin{})
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range v.Blocks.BlockSet {
			out = append(out, b.ID())
		}
		return out
	}
	one, two := ids("one"), ids("two")
	if one[0] == two[0] || one[1] != two[1] {
		t.Errorf("the blocks are %v, then %v", one, two)
	}
}

func TestPreviewModal(t *testing.T) {
	for _, s := range samples() {
		p, ok := s.m.(bot.Preview)
		if !ok {
			continue
		}
		v := renderer().PreviewModal(p, Origin{Channel: "C1"})
		golden(t, "modal-"+s.name, v)
		for _, f := range judged(t, v, (*judge).view) {
			t.Errorf("%s: Slack refuses it: %s", s.name, f)
		}
		act, from, err := Submitted(submit(v))
		if p.Drill {
			if err == nil || v.Submit != nil {
				t.Errorf("a drill can be published: %v", act)
			}
			continue
		}
		if c, ok := act.(bot.Command); err != nil || !ok || c.Text != p.Buttons[0].Command || c.Incident != p.Incident || from.Channel != "C1" {
			t.Errorf("%s: its Publish is %+v from %+v: %v", s.name, act, from, err)
		}
		var others []string
		for _, b := range v.Blocks.BlockSet {
			if a, ok := b.(*api.ActionBlock); ok {
				for _, e := range a.Elements.ElementSet {
					c, _ := Pressed(api.BlockAction{ActionID: e.(*api.ButtonBlockElement).ActionID, Value: e.(*api.ButtonBlockElement).Value})
					others = append(others, c.Command.Text)
				}
			}
		}
		var want []string
		for _, b := range p.Buttons[1:] {
			want = append(want, b.Command)
		}
		if !slices.Equal(others, want) {
			t.Errorf("%s offers %q beside Publish, want %q", s.name, others, want)
		}
	}
}

func TestNotOurModal(t *testing.T) {
	for _, v := range []api.View{{}, {CallbackID: formModal}, {CallbackID: "other", PrivateMetadata: "{}"}, {CallbackID: confirmModal, PrivateMetadata: "{}"}, {CallbackID: formModal, PrivateMetadata: "[1]"}} {
		if act, _, err := Submitted(v); err == nil {
			t.Errorf("%+v is read as %+v", v, act)
		}
	}
}

func TestHome(t *testing.T) {
	v := renderer().Home(home())
	golden(t, "home", v)
	golden(t, "home-quiet", renderer().Home(Home{Quiet: true}))
	for _, h := range []Home{home(), {}, {Quiet: true}, crowded(strings.Repeat("<!channel> & 👩‍👩‍👧‍👦 ", 300))} {
		for _, f := range judged(t, renderer().Home(h), (*judge).view) {
			t.Errorf("Slack refuses it: %s", f)
		}
	}
	var commands []string
	for _, b := range v.Blocks.BlockSet {
		if s, ok := b.(*api.SectionBlock); ok && s.Accessory != nil {
			e := s.Accessory.ButtonElement
			c, _ := Pressed(api.BlockAction{ActionID: e.ActionID, Value: e.Value})
			commands = append(commands, c.Command.Incident+": "+c.Command.Text)
		}
	}
	if want := []string{"INC-8: sitrep INC-8", "INC-7: sitrep INC-7", "INC-7: look INC-7 3", "INC-5: action done 2"}; !slices.Equal(commands, want) {
		t.Errorf("App Home offers %q, want %q", commands, want)
	}
}

func crowded(s string) Home {
	h := Home{}
	for i := range 200 {
		h.Open = append(h.Open, HomeIncident{ID: s, Title: s, Severity: s, State: s, Leader: s, Channel: s, Since: ago(i)})
		h.Actions = append(h.Actions, HomeAction{Incident: s, Number: i, Text: s})
		h.Previews = append(h.Previews, HomePreview{Incident: s, Number: i, By: s, At: ago(i), Text: s})
		h.Undelivered = append(h.Undelivered, s)
	}
	return h
}

// FuzzModal fills forms with anything: Slack takes them, and what they are
// filled with comes back.
func FuzzModal(f *testing.F) {
	f.Add("text", "<!channel> & `x`", uint16(3))
	f.Add(strings.Repeat("line\n", 2000), " \n ", uint16(7))
	f.Add("\x00\xff\r\n", strings.Repeat("👩‍👩‍👧‍👦", 900), uint16(20))
	f.Fuzz(func(t *testing.T, a, b string, n uint16) {
		form := filledForm(a, b, int(n%60))
		v, err := renderer().Modal(form, Origin{Channel: a})
		if err != nil {
			if !errors.Is(err, ErrFormTooLarge) {
				t.Fatal(err)
			}
			return
		}
		if got := judged(t, v, (*judge).view); len(got) > 0 {
			t.Errorf("Slack refuses it: %q", got)
		}
		act, _, err := Submitted(submit(v))
		if err != nil {
			t.Fatal(err)
		}
		got := act.(bot.Submission).Values
		for _, x := range form.Fields {
			if len(x.Options) == 0 && got[x.Name] != clean(x.Value) {
				t.Errorf("%s was filled with %q and comes back with %q", x.Name, x.Value, got[x.Name])
			}
		}
	})
}

func FuzzHome(f *testing.F) {
	f.Add("<!channel> &")
	f.Fuzz(func(t *testing.T, s string) {
		if got := judged(t, renderer().Home(crowded(s)), (*judge).view); len(got) > 0 {
			t.Errorf("Slack refuses it: %q", got)
		}
	})
}
