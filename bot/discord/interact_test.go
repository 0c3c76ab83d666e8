package discord_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"sitrep/bot"
	"sitrep/bot/discord"
	"sitrep/incident"
	"sitrep/internal/fakediscord"
)

func TestSlashCommands(t *testing.T) {
	h := open(t, discord.Options{}, nil)
	ben := h.f.AddUser("ben")
	h.answers(func(r bot.Request) (bot.Message, error) {
		return bot.Receipt{Text: "Noted.", Seq: 7, Incident: "INC-1"}, nil
	})
	for i, tt := range []struct {
		path   string
		values map[string]any
		want   bot.Act
	}{
		{"incident note", map[string]any{"text": `he said "hi" to <@` + ben.ID + `> at:11:09`, "incident": "INC-7 checkout"}, bot.Submission{Verb: "note", Incident: "INC-7", Values: map[string]string{"text": `he said "hi" to @ben at:11:09`}, Mentions: []incident.Person{{ID: "discord/" + ben.ID, Name: "ben"}}}},
		{"incident declare", map[string]any{"text": "checkout fails", "severity": "sev1"}, bot.Submission{Verb: "declare", Values: map[string]string{"text": "checkout fails", "severity": "sev1"}}},
		{"incident update", map[string]any{"do": "edit", "number": "2", "text": "x"}, bot.Submission{Verb: "update", Values: map[string]string{"sub": "edit", "number": "2", "text": "x"}}},
		{"incident more unmerge", nil, bot.Submission{Verb: "unmerge", Values: map[string]string{}}},
		{"incident line", map[string]any{"text": "/incident sev 1"}, bot.Command{Text: "sev 1"}},
	} {
		in := h.f.Slash(h.ana.ID, h.ops.ID, tt.path, tt.values)
		a := h.ask(in)
		r := h.next(i)
		if fmt.Sprintf("%#v", r.Do) != fmt.Sprintf("%#v", tt.want) {
			t.Errorf("%s is %#v, want %#v", tt.path, r.Do, tt.want)
		}
		if r.Key != "discord/i/"+in.ID || !r.Interactive || r.By.Name != "ana" || r.In.Name != "#ops" || h.f.Now().Sub(r.When).Abs() > time.Minute {
			t.Errorf("%s is asked as %+v", tt.path, r)
		}
		if !a.Only || !strings.HasPrefix(a.Message.Content, "Noted.") {
			t.Errorf("%s is answered %+v", tt.path, a)
		}
	}
	if rest := h.f.Ours(h.ops.ID); len(rest) != 0 {
		t.Errorf("everybody sees %+v", rest)
	}
}

// Outside a room the line that it is goes on with whatever incident is chosen.
func TestSlashCommandElsewhere(t *testing.T) {
	h := open(t, discord.Options{}, nil)
	dev := h.f.AddChannel("dev", 0, nil)
	h.answers(func(bot.Request) (bot.Message, error) { return bot.Receipt{Text: "Done."}, nil })
	for i, tt := range []struct {
		path   string
		values map[string]any
		want   string
	}{
		{"incident update", map[string]any{"do": "edit", "number": "2", "affects": `the "API"`, "text": "status: fine"}, `update edit affects:"the 'API'" number:"2" -- status: fine`},
		{"incident note", map[string]any{"text": "he said \"hi\""}, `note -- he said "hi"`},
	} {
		h.ask(h.f.Slash(h.ana.ID, dev.ID, tt.path, tt.values))
		if c, ok := h.next(i).Do.(bot.Command); !ok || c.Text != tt.want {
			t.Errorf("%s is %+v, want %s", tt.path, h.next(i).Do, tt.want)
		}
	}
}

// Delivered twice, it is the same request, and the second answer hurts nobody.
func TestInteractionTwice(t *testing.T) {
	h := open(t, discord.Options{}, nil)
	h.answers(func(bot.Request) (bot.Message, error) { return bot.Receipt{Text: "Noted."}, nil })
	i := h.f.Slash(h.ana.ID, h.ops.ID, "incident note", map[string]any{"text": "x"})
	h.ask(i)
	i.Deliver()
	if a, b := h.next(0), h.next(1); a.Key != b.Key {
		t.Errorf("the keys are %s and %s", a.Key, b.Key)
	}
}

// A handler that takes its time is answered for within a second, and its
// answer comes later, by itself; also when Discord is away for a moment.
func TestLate(t *testing.T) {
	h := open(t, discord.Options{}, nil)
	release := make(chan struct{})
	h.answers(func(r bot.Request) (bot.Message, error) {
		<-release
		return bot.Form{Verb: "declare", Title: "Declare an incident", Fields: []bot.Field{{Name: "text", Label: "What", Value: "kept"}}}, nil
	})
	i := h.f.Slash(h.ana.ID, h.ops.ID, "incident declare", nil)
	if _, err := i.Until(t.Context(), func(a fakediscord.Answer) bool { return a.Later }); err != nil {
		t.Fatal(err)
	}
	h.f.Fail(503)
	close(release)
	h.f.Fail(0)
	a := h.ask(i)
	if !a.Only || len(a.Message.Buttons()) != 1 || !strings.Contains(a.Message.Embeds[0].Description, "kept") {
		t.Fatalf("a form that came too late is %+v", a.Message)
	}
	if a = h.ask(h.f.Press(h.ana.ID, *a.Message, "Open the form")); a.Modal == nil || a.Modal.Components[0].Component.Value != "kept" {
		t.Errorf("its button opens %+v", a)
	}
}

func TestOursIsSaid(t *testing.T) {
	h := open(t, discord.Options{}, nil)
	for i, f := range []func(bot.Request) (bot.Message, error){
		func(bot.Request) (bot.Message, error) { return nil, errOurs },
		func(bot.Request) (bot.Message, error) { panic("boom") },
	} {
		h.answers(f)
		a := h.ask(h.f.Slash(h.ana.ID, h.ops.ID, "incident note", map[string]any{"text": "x"}))
		if !strings.Contains(a.Message.Content, "the fault is ours") || strings.Contains(a.Message.Content, "fire") || !a.Only {
			t.Errorf("%d is answered %+v", i, a.Message)
		}
	}
}

func TestButtonsAndForms(t *testing.T) {
	h := open(t, discord.Options{}, nil)
	long := "note INC-1 " + strings.Repeat("a long text ", 30)
	form := bot.Form{Verb: "update", Title: "Tell customers", Incident: "INC-1", Fields: []bot.Field{
		{Name: "sub", Options: []bot.Option{{Value: "edit", Label: "edit"}}, Value: "edit"},
		{Name: "title", Label: "Title that customers read", Required: true, Value: "Problem with checkout"},
		{Name: "status", Label: "Status", Options: []bot.Option{{Value: "investigating", Label: "Investigating"}, {Value: "identified", Label: "Identified"}}, Value: "identified"},
		{Name: "text", Label: "What customers read", Long: true, Required: true},
		{Name: "affects", Label: "What is affected", Value: "Checkout=major_outage"},
		{Name: "next", Label: "Next word in", Hint: "30m"},
		{Name: "severity", Label: "Severity", Options: []bot.Option{{Value: "", Label: "not set"}, {Value: "sev1", Label: "sev1"}}},
	}}
	h.answers(func(r bot.Request) (bot.Message, error) {
		switch x := r.Do.(type) {
		case bot.Command:
			if strings.HasPrefix(x.Text, "form") {
				return form, nil
			}
		case bot.Submission:
			if x.Verb == "update" {
				bad := form
				bad.Fields = slices.Clone(form.Fields)
				bad.Fields[3].Value, bad.Fields[3].Error = x.Values["text"], "It says nothing."
				return bot.Problem{Code: "text-missing", Text: "It says nothing.", Form: &bad}, nil
			}
			return bot.Receipt{Text: "Choose.", Buttons: []bot.Button{{Label: "Long", Command: long}, {Label: "Form", Command: "form INC-1 update"}}}, nil
		}
		return bot.Receipt{Text: "Done."}, nil
	})
	a := h.ask(h.f.Slash(h.ana.ID, h.ops.ID, "incident note", map[string]any{"text": "x"}))
	h.ask(h.f.Press(h.ana.ID, *a.Message, "Long"))
	if c, ok := h.next(1).Do.(bot.Command); !ok || c.Text != long {
		t.Errorf("the long button says %+v", h.next(1).Do)
	}
	press := h.f.Press(h.ana.ID, *a.Message, "Form")
	m := h.ask(press).Modal
	if m == nil || len(m.Components) != 5 || m.Title != "Tell customers" {
		t.Fatalf("the form is %+v", m)
	}
	filled, err := press.Fill(map[string]string{"text": "We look into it.", "status": "investigating"})
	if err != nil {
		t.Fatal(err)
	}
	again := h.ask(filled)
	want := map[string]string{"sub": "edit", "title": "Problem with checkout", "status": "investigating", "text": "We look into it.", "affects": "Checkout=major_outage", "next": ""}
	s := h.next(3).Do.(bot.Submission)
	if s.Verb != "update" || s.Incident != "INC-1" {
		t.Errorf("it is %+v", s)
	}
	for k, v := range want {
		if s.Values[k] != v {
			t.Errorf("%s is %q, want %q", k, s.Values[k], v)
		}
	}
	// What is wrong comes back, with everything typed still in it.
	if !strings.Contains(again.Message.Content, "It says nothing.") {
		t.Errorf("the problem is %+v", again.Message)
	}
	press = h.f.Press(h.ana.ID, *again.Message, "Open the form")
	m = h.ask(press).Modal
	if m == nil || !slices.ContainsFunc(m.Components, func(c fakediscord.Component) bool {
		return c.Component.Value == "We look into it." && strings.Contains(c.Description, "It says nothing.")
	}) {
		t.Errorf("the form comes back as %+v", m)
	}
}

// A text that is longer than an input takes is laid over several, and comes
// back whole; one that is longer than a form is not cut.
func TestLongTextsInForms(t *testing.T) {
	h := open(t, discord.Options{}, nil)
	text := strings.TrimSpace(strings.Repeat("A paragraph of a postmortem that somebody has written.\n\n", 190))
	h.answers(func(r bot.Request) (bot.Message, error) {
		if _, ok := r.Do.(bot.Submission); ok {
			return bot.Receipt{Text: "Kept."}, nil
		}
		return bot.Form{Verb: "postmortem", Title: "The internal version", Fields: []bot.Field{{Name: "text", Label: "Text", Long: true, Required: true, Value: text}}}, nil
	})
	i := h.f.Slash(h.ana.ID, h.ops.ID, "incident line", map[string]any{"text": "form postmortem"})
	if m := h.ask(i).Modal; m == nil || len(m.Components) != 3 {
		t.Fatalf("the form is %+v", m)
	}
	filled, err := i.Fill(map[string]string{})
	if err != nil {
		t.Fatal(err)
	}
	h.ask(filled)
	if got := h.next(1).Do.(bot.Submission).Values["text"]; got != text {
		t.Errorf("%d characters came back of %d", len(got), len(text))
	}
	text = strings.Repeat("x", 30000)
	a := h.ask(h.f.Slash(h.ana.ID, h.ops.ID, "incident line", map[string]any{"text": "form postmortem"}))
	if a.Modal != nil || !strings.Contains(a.Message.Content, "too long for a form") || len(a.Message.Attachments) != 1 || !strings.Contains(string(a.Message.Attachments[0].Body), text) {
		t.Errorf("a text that is too long is %+v", a.Message)
	}
}

// Buttons and forms that were made before a restart: those that carry
// everything work, the others say what to do, and nothing typed is lost.
func TestAfterARestart(t *testing.T) {
	h := open(t, discord.Options{}, nil)
	h.answers(func(r bot.Request) (bot.Message, error) {
		if c, ok := r.Do.(bot.Command); ok && strings.HasPrefix(c.Text, "form") {
			return bot.Form{Verb: "note", Title: "Note", Fields: []bot.Field{{Name: "text", Label: "What", Long: true}, {Name: "kept", Options: []bot.Option{{Value: strings.Repeat("k", 90), Label: "k"}}}}}, nil
		}
		return bot.Receipt{Text: "Choose.", Buttons: []bot.Button{{Label: "Short", Command: "sitrep INC-1"}, {Label: "Long", Command: strings.Repeat("note ", 40)}, {Label: "Form", Command: "form note"}}}, nil
	})
	a := h.ask(h.f.Slash(h.ana.ID, h.ops.ID, "incident note", map[string]any{"text": "x"}))
	form := h.f.Press(h.ana.ID, *a.Message, "Form")
	h.ask(form)

	p := newPlatform(t, h.f, h.d, discord.Options{PublicKey: h.f.PublicKey()})
	next := &house{T: t, f: h.f, p: p, d: h.d, ana: h.ana, ops: h.ops, changed: make(chan struct{}), done: make(chan error, 1)}
	next.answers(func(bot.Request) (bot.Message, error) { return bot.Receipt{Text: "Done by the next one."}, nil })
	handler, err := p.Handler()
	if err != nil {
		t.Fatal(err)
	}
	next.serve()
	if !h.f.SetEndpoint(handler) {
		t.Fatal("the endpoint is refused")
	}
	if b := h.ask(h.f.Press(h.ana.ID, *a.Message, "Short")); b.Message.Content != "Done by the next one." {
		t.Errorf("a short button: %+v", b.Message)
	}
	if b := h.ask(h.f.Press(h.ana.ID, *a.Message, "Long")); !strings.Contains(b.Message.Content, "Type the command again") {
		t.Errorf("a long button: %+v", b.Message)
	}
	filled, err := form.Fill(map[string]string{"text": "typed for minutes"})
	if err != nil {
		t.Fatal(err)
	}
	if b := h.ask(filled); !strings.Contains(b.Message.Embeds[0].Description, "typed for minutes") {
		t.Errorf("a form: %+v", b.Message)
	}
}

func TestCompletions(t *testing.T) {
	h := open(t, discord.Options{}, nil)
	in := incident.New("INC-2")
	in.Title = "MariaDB crashed"
	h.d.room("7", in)
	quiet := h.f.AddUser("quiet")
	h.d.rooms[h.ops.ID].Actions = []incident.Action{{Number: 1, Text: "Alert on lag"}, {Number: 2, Text: "done", Done: time.Unix(1, 0)}}
	for _, tt := range []struct{ path, option, typed, want string }{
		{"incident update", "incident", "mari", "INC-2 MariaDB crashed=INC-2"},
		{"incident update", "incident", "", "INC-1 checkout fails=INC-1, INC-2 MariaDB crashed=INC-2"},
		{"incident declare", "affects", "main", "Main Application=Main Application"},
		{"incident declare", "affects", "Checkout, ma", "Checkout, Main Application=Checkout, Main Application"},
		{"incident action", "number", "", "1 Alert on lag=1"},
		{"incident action", "who", "@an", "@ana=<@" + h.ana.ID + ">"},
		{"incident action", "who", "@qui", "@quiet=<@" + quiet.ID + ">"}, // who never said a word
		{"incident action", "who", "nobody", ""},
		{"incident line", "text", "de", "declare=declare"},
	} {
		a := h.ask(h.f.Type(h.ana.ID, h.ops.ID, tt.path, tt.option, tt.typed, nil))
		var got []string
		for _, c := range a.Choices {
			var value string
			if err := json.Unmarshal(c.Value, &value); err != nil {
				t.Fatal(err)
			}
			got = append(got, c.Name+"="+strings.TrimSpace(value))
		}
		if s := strings.Join(got, ", "); s != tt.want {
			t.Errorf("%s %s %q offers %s, want %s", tt.path, tt.option, tt.typed, s, tt.want)
		}
	}
}

// A name that is typed out is the member of that name, also of one who has never
// said a word; of two of a name it is neither.
func TestCalledByName(t *testing.T) {
	h := open(t, discord.Options{}, nil)
	quiet, a, b := h.f.AddUser("quiet"), h.f.AddUser("twin"), h.f.AddUser("other")
	h.f.SetNick(b.ID, "twin")
	h.ask(h.f.Slash(h.ana.ID, h.ops.ID, "incident action", map[string]any{"text": "look", "who": "@Quiet"}))
	h.ask(h.f.Slash(h.ana.ID, h.ops.ID, "incident line", map[string]any{"text": "action look @quiet, @nobody and @twin"}))
	for i := range 2 {
		var got []incident.Person
		switch x := h.next(i).Do.(type) {
		case bot.Submission:
			got = x.Mentions
		case bot.Command:
			got = x.Mentions
		}
		if len(got) != 1 || got[0].ID != "discord/"+quiet.ID || got[0].Name != "quiet" {
			t.Errorf("named are %+v, not %s alone (twins are %s and %s)", got, quiet.ID, a.ID, b.ID)
		}
	}
}

func TestMenus(t *testing.T) {
	h := open(t, discord.Options{}, nil)
	dev := h.f.AddChannel("dev", 0, nil)
	h.answers(func(r bot.Request) (bot.Message, error) {
		if _, ok := r.Do.(bot.Command); ok {
			return bot.Receipt{Text: "Done."}, nil
		}
		return nil, nil
	})
	m := h.f.Say(h.ana.ID, h.ops.ID, "the disk is full", nil)
	h.next(0)
	if a := h.ask(h.f.Menu(h.ana.ID, h.ops.ID, m.ID, "Add to timeline")); a.Message.Content != "It is in the timeline." || !a.Only {
		t.Errorf("answered %+v", a.Message)
	}
	if h.next(1).Key != h.key(m) || h.next(2).Do.(bot.Reaction).Emoji != "pushpin" {
		t.Errorf("marked with %+v and %+v", h.next(1), h.next(2))
	}
	if ms := h.f.Messages(h.ops.ID); len(ms[0].Reactions) != 1 || !ms[0].Reactions[0].Me {
		t.Errorf("the mark shows as %+v", ms[0].Reactions)
	}
	other := h.f.Say(h.ana.ID, dev.ID, "the deploy\nwent out", nil)
	h.next(3)
	h.ask(h.f.Menu(h.ana.ID, dev.ID, other.ID, "Add to timeline"))
	if c := h.next(4).Do.(bot.Command).Text; !strings.HasPrefix(c, "note at:2") || !strings.Contains(c, " -- ana in #dev: the deploy went out (https://discord.com/channels/") {
		t.Errorf("from an ordinary channel: %s", c)
	}
	h.ask(h.f.Menu(h.ana.ID, dev.ID, other.ID, "Declare from this"))
	if c := h.next(5).Do.(bot.Command).Text; c != "form declare -- the deploy" {
		t.Errorf("declared with %s", c)
	}
}

func TestRolesMayUseIt(t *testing.T) {
	roles := []string{""}
	h := open(t, discord.Options{Roles: roles}, nil, func(h *house) { roles[0] = h.f.AddRole("responders", 0).ID })
	ben := h.f.AddUser("ben")
	h.f.AddRole("others", 0, ben.ID)
	a := h.ask(h.f.Slash(ben.ID, h.ops.ID, "incident note", map[string]any{"text": "x"}))
	if !strings.Contains(a.Message.Content, "Only members with the role responders may use /incident here.") {
		t.Errorf("answered %+v", a.Message)
	}
	if c := h.ask(h.f.Type(ben.ID, h.ops.ID, "incident note", "incident", "", nil)); len(c.Choices) != 0 {
		t.Errorf("offered %+v", c.Choices)
	}
	if c := h.f.Commands(h.f.GuildID()); c[0].Members != nil {
		t.Error("with roles of its own the command is hidden")
	}
}

// The commands are registered when they differ, and only then; they fit.
func TestRegistration(t *testing.T) {
	h := open(t, discord.Options{}, nil)
	count := func() int {
		n := 0
		for _, c := range h.f.Calls() {
			if c.Method == "PUT" && strings.HasSuffix(c.Route, "/commands") {
				n++
			}
		}
		return n
	}
	again := func(o discord.Options, verbs []discord.Verb) {
		o.Transport, o.Dialer = h.f.Transport(), h.f.Dialer()
		p, err := discord.New(fakediscord.Token, h.f.GuildID(), h.d, h.d, verbs, &o)
		if err != nil {
			t.Fatal(err)
		}
		x := &house{T: t, f: h.f, p: p, changed: make(chan struct{}), done: make(chan error, 1)}
		x.serve()
	}
	if n := count(); n != 1 {
		t.Fatalf("registered %d times", n)
	}
	again(discord.Options{}, verbs())
	if n := count(); n != 1 {
		t.Errorf("registered again, though nothing changed: %d", n)
	}
	var many []discord.Verb
	for i := range 40 {
		v := discord.Verb{Name: fmt.Sprint("verb", i), Summary: strings.Repeat("a long summary ", 10), Text: "text"}
		for j := range 8 {
			v.Options = append(v.Options, discord.Option{Name: fmt.Sprint("o", j), Help: strings.Repeat("a long help ", 10)})
		}
		many = append(many, v)
	}
	again(discord.Options{Command: "inc"}, many)
	c := h.f.Commands(h.f.GuildID())
	if n := count(); n != 2 || len(c) != 3 || c[0].Name != "inc" || len(c[0].Options) != 25 {
		t.Errorf("registered %d times: %d commands with %d options", n, len(c), len(c[0].Options))
	}
	if c[0].Members == nil || *c[0].Members != 0 {
		t.Error("without roles everybody may use it")
	}
}

// Over HTTP as over the gateway; a request that is not Discord's is refused.
func TestEndpoint(t *testing.T) {
	o := discord.Options{}
	h := open(t, o, nil)
	p := newPlatform(t, h.f, h.d, discord.Options{PublicKey: h.f.PublicKey()})
	x := &house{T: t, f: h.f, p: p, d: h.d, ana: h.ana, ops: h.ops, changed: make(chan struct{}), done: make(chan error, 1)}
	x.serve()
	handler, err := p.Handler()
	if err != nil {
		t.Fatal(err)
	}
	if !h.f.SetEndpoint(handler) {
		t.Fatal("Discord would not accept the endpoint")
	}
	x.answers(func(bot.Request) (bot.Message, error) {
		return bot.Receipt{Text: strings.Repeat("over HTTP ", 300)}, nil
	})
	if a := h.ask(h.f.Slash(h.ana.ID, h.ops.ID, "incident note", map[string]any{"text": "x"})); !a.Only || !strings.HasPrefix(a.Message.Content, "over HTTP") || len(a.Message.Attachments) != 1 {
		t.Errorf("answered %+v", a.Message)
	}
	release := make(chan struct{})
	x.answers(func(bot.Request) (bot.Message, error) { <-release; return bot.Receipt{Text: "later"}, nil })
	i := h.f.Slash(h.ana.ID, h.ops.ID, "incident note", map[string]any{"text": "x"})
	close(release)
	if a := h.ask(i); !a.Later || a.Message.Content != "later" {
		t.Errorf("answered %+v", a)
	}
	if !t.Run("refuses", func(t *testing.T) { refuses(t, h.f, handler) }) {
		return
	}
	h.f.Advance(time.Hour) // Discord's stamp is an hour off
	if h.f.SetEndpoint(handler) {
		t.Error("a request of another hour is taken")
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", w.Code)
	}
	if _, err := newPlatform(t, h.f, h.d, discord.Options{PublicKey: "no key"}).Handler(); err == nil {
		t.Error("a key that is none is taken")
	}
}

// refuses holds that only what Discord has signed lately is read.
func refuses(t *testing.T, f *fakediscord.Server, handler http.Handler) {
	body := []byte(`{"type":1}`)
	large := append(append([]byte(`{"type":1,"x":"`), bytes.Repeat([]byte("x"), 2<<20)...), `"}`...)
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	with := func(h http.Header, name, value string) http.Header {
		h.Set(name, value)
		return h
	}
	const sig, stamp = "X-Signature-Ed25519", "X-Signature-Timestamp"
	now := time.Now()
	for _, tt := range []struct {
		name string
		body []byte
		head http.Header
		want int
	}{
		{"as it should be", body, f.Signed(body, now), 200},
		{"four minutes old", body, f.Signed(body, now.Add(-4*time.Minute)), 200},
		{"six minutes old", body, f.Signed(body, now.Add(-6*time.Minute)), 401},
		{"six minutes early", body, f.Signed(body, now.Add(6*time.Minute)), 401},
		{"of the last century", body, f.Signed(body, time.Unix(-1, 0)), 401},
		{"another body", []byte(`{"type":2}`), f.Signed(body, now), 401},
		{"another instant", body, with(f.Signed(body, now), stamp, fmt.Sprint(now.Unix()+1)), 401},
		{"an instant that is none", body, with(f.Signed(body, now), stamp, "now"), 401},
		{"another's signature", body, with(f.Signed(body, now), sig, fmt.Sprintf("%x", ed25519.Sign(key, append([]byte(fmt.Sprint(now.Unix())), body...)))), 401},
		{"half a signature", body, with(f.Signed(body, now), sig, "abcd"), 401},
		{"no signature", body, http.Header{}, 401},
		{"too large", large, f.Signed(large, now), 413},
		{"no interaction", []byte("[1"), f.Signed([]byte("[1"), now), 400},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(tt.body))
		r.Header = tt.head
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, w.Code, tt.want)
		}
		if tt.want == 200 && (w.Body.String() != `{"type":1}` || w.Header().Get("Content-Type") != "application/json") {
			t.Errorf("%s: answered %q as %s", tt.name, w.Body, w.Header().Get("Content-Type"))
		}
	}
}
