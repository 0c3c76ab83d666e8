package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sitrep/bot"
	"sitrep/bot/local"
	"sitrep/incident"
	"sitrep/internal/app"
	"sitrep/internal/config"
	"sitrep/internal/fakeopenai"
	"sitrep/secret"
	"sitrep/store"
	"sitrep/store/bolt"
)

const modelKey = "sk-0123456789-never-to-be-seen"

// A writing is an app with a language model behind it.
type writing struct {
	t     *testing.T
	a     *app.App
	room  *local.Platform
	model *fakeopenai.Server
	log   *bytes.Buffer
	stop  func()
	keys  int
}

// write starts an app on a file, with a model that answers; set changes the
// configuration before.
func write(t *testing.T, path string, answer func(fakeopenai.Request) fakeopenai.Answer, set func(*config.Config)) *writing {
	t.Helper()
	d, err := bolt.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := secret.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &writing{t: t, model: fakeopenai.New(&fakeopenai.Options{Key: modelKey}, answer), log: &bytes.Buffer{}}
	cfg := config.Default(time.UTC)
	cfg.Postmortem.Model.Name, cfg.Postmortem.Model.Price = "gpt-4o", config.Price{Currency: "EUR", Input: "2.50", Output: "10"}
	cfg.People = []config.Person{{Name: "Zoe Quinn"}}
	if set != nil {
		set(cfg)
	}
	drafter, err := app.NewModel(cfg, modelKey, m, w.model.Client())
	if err != nil {
		t.Fatal(err)
	}
	w.a = app.New(store.New(d, nil), cfg, &app.Options{Masker: m, Model: drafter, Log: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	w.room = w.a.Room(&local.Options{Channels: []string{"ops"}})
	ctx, cancel := context.WithCancel(context.Background())
	if err := w.room.Open(ctx); err != nil {
		t.Fatal(err)
	}
	if err := w.a.Start(ctx, "test", w.room); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- w.a.Serve(ctx) }()
	stopped := false
	w.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := w.a.Stop(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(w.stop)
	return w
}

// does runs a command or says something in the incident's room, and returns what
// its author sees.
func (w *writing) does(text string) string {
	w.t.Helper()
	w.keys++
	channel := "inc-1"
	if strings.HasPrefix(text, "/incident declare") {
		channel = "ops"
	}
	msg, err := w.room.Say(context.Background(), local.Utterance{Channel: channel, Key: "k" + string(rune('A'+w.keys)) + text[:min(9, len(text))], By: local.PersonOf("ana"), Text: text})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.a.Settle(context.Background()); err != nil {
		w.t.Fatal(err)
	}
	if msg == nil {
		return ""
	}
	return bot.Text(msg, time.UTC)
}

// answered waits until the model is done with the incident.
func (w *writing) answered() *incident.Incident {
	w.t.Helper()
	for {
		moved := w.a.Board.Moved()
		if in := w.a.Board.Get("INC-1"); in.Report.Waiting.Seq == 0 {
			if err := w.a.Settle(context.Background()); err != nil {
				w.t.Fatal(err)
			}
			return w.a.Board.Get("INC-1")
		}
		<-moved
	}
}

// began plays an incident up to where it can be drafted.
func (w *writing) began() {
	w.does("/incident declare sev1 checkout is down on 10.1.2.3")
	w.does("/incident update title:\"Trouble\" affects:website=down We are looking into it.")
	w.does("ask Zoe, everything times out")
	w.does("/incident timeline mark T4")
	w.does("/incident resolve It works again.")
}

func echoes(r fakeopenai.Request) fakeopenai.Answer {
	var in struct {
		Facts []struct {
			N    int    `json:"n"`
			Text string `json:"text"`
		} `json:"facts"`
	}
	if err := json.Unmarshal([]byte(r.User), &in); err != nil {
		panic(err)
	}
	type sentence struct {
		Text  string `json:"text"`
		Facts []int  `json:"facts"`
	}
	out := []sentence{{"Everything was fine, say 99% of users.", []int{1}}}
	for _, f := range in.Facts {
		out = append(out, sentence{f.Text, []int{f.N}})
	}
	b, err := json.Marshal(map[string]any{"sentences": out})
	if err != nil {
		panic(err)
	}
	return fakeopenai.Answer{Content: string(b)}
}

func TestDraftWithModel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sitrep.db")
	w := write(t, path, echoes, nil)
	w.began()
	if n := len(w.model.Requests()); n != 0 {
		t.Fatalf("%d requests before anybody asked for one", n)
	}
	w.does("/incident postmortem draft")
	if n := len(w.model.Requests()); n != 0 {
		t.Fatalf("%d requests for a draft from the record", n)
	}

	shown := w.does("/incident postmortem draft model:show")
	for _, want := range []string{"To gpt-4o at api.openai.com: 3 requests", "Hidden in it: two names and one IP address.", "Nothing was sent.", "[colleague 1]", "[address 1]", "You put facts about an incident into prose"} {
		if !strings.Contains(shown, want) {
			t.Errorf("shown without %q:\n%s", want, shown)
		}
	}
	if n := len(w.model.Requests()); n != 0 {
		t.Fatalf("%d requests for showing them", n)
	}

	w.does("/incident postmortem edit customer We are sorry, it was down.")
	said := w.does("/incident postmortem draft model:yes")
	if !strings.Contains(said, "What people wrote into it stays.") || !strings.Contains(said, "Hidden in it: two names") {
		t.Errorf("the receipt says %q", said)
	}
	in := w.answered()
	for _, r := range w.model.Requests() {
		if !strings.Contains(shown, strings.Split(r.User, "\n")[1]) || strings.Contains(r.User, "Zoe") || strings.Contains(r.User, "10.1.2.3") || strings.Contains(r.User, `ana"`) {
			t.Errorf("sent what was not shown, or not hidden: %s", r.User)
		}
	}
	rep := in.Report
	if len(rep.Draft.Calls) != 3 || rep.Draft.Calls[0].Outcome != "written" || rep.Draft.Calls[0].Currency != "EUR" || rep.Draft.Calls[0].Micros == 0 || rep.Draft.Calls[0].Dropped != 1 {
		t.Errorf("recorded: %+v", rep.Draft.Calls)
	}
	if rep.Draft.Drafter != "gpt-4o, from the record" || !strings.Contains(rep.Draft.Markdown, "Put into prose by gpt-4o") || !strings.Contains(rep.Draft.Markdown, "99% of users.” The number 99% does not stand") {
		t.Errorf("drafted by %s:\n%s", rep.Draft.Drafter, rep.Draft.Markdown)
	}
	if rep.Text("customer") != "We are sorry, it was down." {
		t.Errorf("a person's words became %q", rep.Text("customer"))
	}
	if in.Report.Published != nil {
		t.Error("it was published")
	}
	status := w.does("/incident postmortem show")
	if !strings.Contains(status, "gpt-4o at api.openai.com, summary:") || !strings.Contains(status, "EUR 0.0") {
		t.Errorf("show says:\n%s", status)
	}
	w.stop()
	file := fileOf(t, path)
	if bytes.Contains(file, []byte(modelKey)) || strings.Contains(w.log.String(), modelKey) {
		t.Error("the key is in the file or the log")
	}
	if !bytes.Contains(file, []byte("postmortem.progress")) {
		t.Error("no progress was recorded")
	}
}

func TestModelIsNotAsked(t *testing.T) {
	for _, tt := range []struct {
		name, command, want string
		set                 func(*config.Config)
	}{
		{"none configured", "postmortem draft model:yes", "No language model is configured, so nothing was sent.", func(c *config.Config) { c.Postmortem.Model = config.Model{} }},
		{"show, none configured", "postmortem draft model:show", "No language model is configured, so nothing was sent.", func(c *config.Config) { c.Postmortem.Model = config.Model{} }},
		{"private", "postmortem draft model:yes", "INC-1 is private, and private incidents are sent to no language model.", nil},
		{"show of a private one", "postmortem draft model:show", "INC-1 is private", nil},
		{"another word", "postmortem draft model:maybe", "Write model:yes", nil},
		{"no", "postmortem draft model:no", "Drafting the postmortem of INC-1 from the record.", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := write(t, filepath.Join(t.TempDir(), "sitrep.db"), echoes, tt.set)
			w.does("/incident declare sev1 private:yes it is down")
			if got := w.does("/incident " + tt.command); !strings.Contains(got, tt.want) {
				t.Errorf("answered %q", got)
			}
			if n := len(w.model.Requests()); n != 0 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestPrivateIncidentIfConfigured(t *testing.T) {
	w := write(t, filepath.Join(t.TempDir(), "sitrep.db"), echoes, func(c *config.Config) { c.Postmortem.Model.Private = true })
	w.does("/incident declare sev1 private:yes it is down")
	w.does("/incident postmortem draft model:yes")
	if in := w.answered(); len(in.Report.Draft.Calls) == 0 || in.Report.Draft.Calls[0].Outcome != "written" {
		t.Errorf("%+v", in.Report.Draft.Calls)
	}
}

// What happens while a model writes is heeded: an incident that becomes private
// is not sent any more, words that are erased are in no draft, and a postmortem
// that is closed stays as it is.
func TestWhileAModelWrites(t *testing.T) {
	for _, tt := range []struct {
		name string
		bare bool // nothing of it is public
		do   func(w *writing)
		want func(t *testing.T, w *writing, in *incident.Incident)
	}{
		{"private", true, func(w *writing) { w.does("/incident private on") }, func(t *testing.T, w *writing, in *incident.Incident) {
			if n := len(w.model.Requests()); n != 1 {
				t.Errorf("%d requests", n)
			}
			if d := in.Report.Draft; d.Drafter != "the template" || len(d.Calls) != 1 || !strings.Contains(d.Calls[0].Outcome, "is private") {
				t.Errorf("%+v", d)
			}
		}},
		{"erased", false, func(w *writing) {
			var said bytes.Buffer
			if err := w.a.Redact(context.Background(), "INC-1", "T4", "asked for", local.PersonOf("ana"), &said); err != nil {
				w.t.Fatal(err)
			}
		}, func(t *testing.T, w *writing, in *incident.Incident) {
			if d := in.Report.Draft; strings.Contains(d.Markdown, "everything times out") || d.Calls[len(d.Calls)-1].Outcome != "written" || len(d.Calls) != 6 {
				t.Errorf("%+v", d)
			}
		}},
		{"closed", false, func(w *writing) { w.does("/incident postmortem close nothing to learn") }, func(t *testing.T, w *writing, in *incident.Incident) {
			if d := in.Report.Draft; d.Drafter != "the template" || len(d.Calls) > 0 {
				t.Errorf("%+v", d)
			}
		}},
		{"edited", false, func(w *writing) { w.does("/incident postmortem edit internal My own words.") }, func(t *testing.T, w *writing, in *incident.Incident) {
			if in.Report.Text("internal") != "My own words." || in.Report.Draft.Calls[0].Outcome != "written" {
				t.Errorf("%+v", in.Report)
			}
		}},
		{"asked again", false, func(w *writing) {
			if got := w.does("/incident postmortem draft model:yes"); !strings.Contains(got, "is being put into prose already") {
				w.t.Errorf("answered %q", got)
			}
		}, func(t *testing.T, w *writing, in *incident.Incident) {
			if n := len(w.model.Requests()); n != 3 {
				t.Errorf("%d requests", n)
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			asked, goOn := make(chan struct{}), make(chan struct{})
			first := true
			w := write(t, filepath.Join(t.TempDir(), "sitrep.db"), func(r fakeopenai.Request) fakeopenai.Answer {
				if first {
					first = false
					close(asked)
					<-goOn
				}
				return echoes(r)
			}, nil)
			if tt.bare {
				w.does("/incident declare sev1 checkout is down")
				w.does("/incident note we look into it")
				w.does("/incident note we still look into it")
			} else {
				w.began()
			}
			w.does("/incident postmortem draft model:yes")
			<-asked
			tt.do(w)
			close(goOn)
			tt.want(t, w, w.answered())
		})
	}
}

// A process that ends while a model writes asks again at its next start.
func TestModelIsAskedAgainAfterAStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sitrep.db")
	asked := make(chan struct{}, 1)
	w := write(t, path, func(fakeopenai.Request) fakeopenai.Answer {
		asked <- struct{}{}
		return fakeopenai.Answer{Wait: time.Hour}
	}, nil)
	w.began()
	w.does("/incident postmortem draft model:yes")
	<-asked
	w.stop()
	again := write(t, path, echoes, nil)
	if in := again.answered(); len(in.Report.Draft.Calls) != 3 {
		t.Errorf("%+v", in.Report.Draft.Calls)
	}
	again.stop()
	third := write(t, path, echoes, nil)
	third.answered()
	if n := len(third.model.Requests()); n != 0 {
		t.Errorf("it was answered, and asked %d times more", n)
	}
}

// Where the model fails, the room hears so, and the draft stands.
func TestModelFails(t *testing.T) {
	w := write(t, filepath.Join(t.TempDir(), "sitrep.db"), func(fakeopenai.Request) fakeopenai.Answer {
		return fakeopenai.Answer{Status: 401, Code: "invalid_api_key", Message: modelKey}
	}, nil)
	w.began()
	w.does("/incident postmortem draft model:yes")
	in := w.answered()
	if d := in.Report.Draft; d.Drafter != "the template" || strings.Count(d.Markdown, "The server does not accept the key (401, invalid_api_key). What stands here is made from the record alone.") != 2 {
		t.Errorf("drafted by %s:\n%s", d.Drafter, d.Markdown)
	}
	if got, want := incident.Words(*in.Report.Draft), "The summary, the account of what happened and the customer version stand as the record has them. The server does not accept the key (401, invalid_api_key)"; !strings.HasSuffix(got, want) {
		t.Errorf("the room hears %q", got)
	}
}
