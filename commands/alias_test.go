package commands_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"sitrep/bot"
	"sitrep/commands"
	"sitrep/incident"
)

// Every alias of every verb does what the verb does.
func TestAliases(t *testing.T) {
	// What the alias says more than its verb, or less, and the verb's words for it.
	same := map[string][2]string{ // alias -> what is typed after it, and the whole of it in our words
		"lead": {"@ben", "role commander @ben"}, "ic": {"@ben", "role commander @ben"}, "commander": {"@ben", "role commander @ben"}, "owner": {"@ben", "role commander @ben"},
		"mitigate": {"failed over", "milestone mitigated failed over"}, "mitigated": {"at:-5m", "milestone mitigated at:-5m"},
		"ack": {"", "milestone acknowledged"}, "acknowledge": {"at:-5m", "milestone acknowledged at:-5m"},
		"check": {"1", "action done 1"}, "add": {"task Alert on lag", "action add Alert on lag"}, "todo": {"Alert on lag", "action add Alert on lag"},
		"my-tasks": {"", "action list"}, "list-tasks": {"", "action list"}, "list-my-tasks": {"", "action list"},
		"responders": {"", "role"}, "participants": {"", "role"}, "list-participants": {"", "role"}, "who": {"", "role"}, "roles": {"", "role"},
		"pm": {"", "postmortem show"}, "retro": {"", "postmortem show"}, "sev": {"3", "severity sev3"},
	}
	rest := map[string]string{ // what is typed after a verb
		"declare": "sev2 mail is slow", "state": "identified", "update": `title:"Trouble" We are on it.`, "resolve": "", "cancel": "a test", "note": "hello",
		"severity": "sev3 it spreads", "affects": "checkout down", "rename": "other", "role": "scribe @me", "handover": "@ben", "action": "add Alert on lag",
		"theory": "add it is the pool", "search": "down", "postmortem": "draft", "maintenance": "list", "adopt": "INC-1", "milestone": "detected",
	}
	answer := func(line string) string {
		d := newDesk(t, &commands.Options{Figures: func(_ context.Context, period string) (bot.Reading, error) { return bot.Reading{Title: period}, nil }})
		d.declare("sev1 down")
		d.do("action add Rotate the key")
		if strings.HasSuffix(line, " INC-1") { // adopt is said elsewhere
			d.in = bot.Channel{Platform: "test", ID: "other", Name: "#other"}
		}
		m := d.do(line)
		if p, wrong := m.(bot.Problem); wrong {
			t.Errorf("%s: %s", line, p.Text)
		}
		return text(m)
	}
	for _, v := range commands.Table() {
		for _, alias := range v.Aliases {
			typed, ours := alias+" "+rest[v.Name], v.Name+" "+rest[v.Name]
			if x, ok := same[alias]; ok {
				typed, ours = alias+" "+x[0], x[1]
			}
			if got, want := answer(strings.TrimSpace(typed)), answer(strings.TrimSpace(ours)); got != want {
				t.Errorf("%s\n got: %s\nwant: %s, as of: %s", typed, got, want, ours)
			}
		}
	}
}

// The words that people have in their fingers from other tools all get an
// answer that is not "unknown": they are aliases, or the answer says what to
// use instead.
func TestWordsOfOtherTools(t *testing.T) {
	for _, word := range []string{
		"declare", "update", "close", "roles", "role", "statuspage", "new", "create", "status", "mitigate", "resolve", "cancel", "timeline", "add", "task", "list", "notify", "private", "public",
		"responders", "summary", "followup", "trigger", "ack", "oncall", "open", "stage", "import", "page", "report-incident", "report-tactical", "report-executive", "update-incident", "assign-role",
		"engage-oncall", "engage-user", "add-timeline-event", "list-incidents", "list-participants", "list-tasks", "my-tasks", "create-task", "help", "lead", "severity", "sev", "rename", "duration", "action",
		"impact", "edit", "postmortem", "pm", "sos", "sre", "downgrade", "show", "retro", "run", "finish", "check", "checkadd", "owner", "info", "todo", "note", "who",
	} {
		d := newDesk(t, nil)
		d.declare("sev1 down")
		if got := text(d.do(word)); strings.Contains(got, "Did you mean") || strings.Contains(got, "There is no command") && !strings.Contains(got, "here.") {
			t.Errorf("%s: %s", word, got)
		}
	}
	d := newDesk(t, nil)
	d.declare("sev1 down")
	p, ok := d.do("timeline it crashed").(bot.Problem)
	if !ok || len(p.Buttons) == 0 || p.Buttons[0].Command != "INC-1 note it crashed" {
		t.Errorf("timeline with words: %+v", p)
	}
}

// Planned work is shown to its author before customers see it, like every word
// for them.
func TestPlannedWorkIsConfirmed(t *testing.T) {
	d := newDesk(t, nil)
	d.live = true
	public := func() []*incident.Public {
		var out []*incident.Public
		for _, w := range d.board.Maintenances() {
			if p := w.Public(d.board.Page()); p != nil {
				out = append(out, p)
			}
		}
		return out
	}
	const schedule = `maintenance schedule from:"2030-12-01 22:00" for:90m title:"Upgrade" affects:API We upgrade.`
	p, ok := d.do(schedule).(bot.Preview)
	if !ok || p.Incident != "MNT-1" || p.Number != 1 || p.Public.Title != "Upgrade" || len(public()) != 0 {
		t.Fatalf("preview %+v; public are %v", p, public())
	}
	if d.says("maintenance list", "MNT-1: preview 1 waits"); len(public()) != 0 {
		t.Fatal("it is public before anybody confirmed it")
	}
	if q, ok := d.do("look MNT-1 1").(bot.Preview); !ok || q.Public.Title != p.Public.Title || q.Number != 1 {
		t.Errorf("looked at again: %+v", q)
	}
	if f, ok := d.do("revise MNT-1 1").(bot.Form); !ok || f.Verb != "maintenance" || !slices.ContainsFunc(f.Fields, func(x bot.Field) bool { return x.Name == "text" && x.Value == "We upgrade." }) {
		t.Errorf("revised: %+v", f)
	} else {
		values := map[string]string{}
		for _, x := range f.Fields {
			values[x.Name] = x.Value
		}
		values["text"] = "We upgrade the database."
		m, err := d.runner.Handle(context.Background(), bot.Request{Key: "f1", By: d.by, In: d.in, When: d.now, Interactive: true, Do: bot.Submission{Verb: f.Verb, Values: values}})
		if q, ok := m.(bot.Preview); err != nil || !ok || q.Incident != "MNT-1" || q.Number != 2 || q.Public.Updates[0].Body != "We upgrade the database." {
			t.Fatalf("edited: %+v, %v", m, err)
		}
	}
	d.says("publish MNT-1 1", "was replaced by a newer one")
	d.says("publish MNT-1 2", "MNT-1 is announced on the page: Upgrade")
	d.says("publish MNT-1 2", "nothing was published twice")
	if ps := public(); len(ps) != 1 || len(ps[0].Updates) != 1 || ps[0].Updates[0].Body != "We upgrade the database." {
		t.Fatalf("public: %+v", ps)
	}
	if q, ok := d.do("maintenance start MNT-1").(bot.Preview); !ok || q.Public.Status != incident.InProgress || public()[0].Status != incident.Scheduled {
		t.Fatalf("start: %+v", q)
	}
	d.says("discard MNT-1 3", "Preview 3 of MNT-1 is discarded")
	d.says("publish MNT-1 3", "was discarded")
	d.do("maintenance cancel MNT-1 Not needed.")
	d.says("publish MNT-1 4", "MNT-1 is canceled, and customers see it.")
	if st := public()[0].Status; st != incident.Completed {
		t.Errorf("canceled is shown as %s", st)
	}
	d.do(schedule)
	d.says("maintenance start MNT-2", "not announced yet")
	d.live = false
	d.says(schedule, "MNT-3 is announced")
}
