package postmortem

import (
	"strings"
	"testing"

	"sitrep/incident"
)

// formed is the report of a source in a form.
func formed(t *testing.T, s Source, f *Form) (string, Brief) {
	t.Helper()
	s.Form = f
	b := NewBrief(s)
	d, err := Template{}.Draft(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	return d.Markdown, b
}

// source is the seed incident.
func source(t *testing.T) Source {
	s := seed(t)
	return Source{Incident: s.in, Timeline: s.line, Page: s.page, Now: s.now}
}

// Each form that comes with the program says nothing that the record does not,
// has its sections, and leaves nothing of ours out.
func TestForms(t *testing.T) {
	for name, want := range map[string][]string{
		"google":    {"## Summary", "## Impact", "## Root causes and trigger", "## Resolution", "## Detection", "## Action items", "### Where we got lucky", "## Timeline", "## Supporting information", "| What | Owner | State |"},
		"pagerduty": {"## Overview", "## What happened", "## Contributing factors", "## Resolution", "## Impact", "## Responders", "| Time | Event |", "### What went well", "## Action items", "## Messaging"},
	} {
		f, ok, err := NamedForm(name)
		if err != nil || !ok {
			t.Fatalf("%s: %v", name, err)
		}
		text, b := formed(t, source(t), f)
		golden(t, "seed."+name+".md", []byte(text))
		if found := Check(text, b); len(found) > 0 {
			t.Errorf("%s: %+v", name, found)
		}
		for _, w := range want {
			if !strings.Contains(text, w+"\n") {
				t.Errorf("%s has no %s", name, w)
			}
		}
		if strings.Contains(text, "\n\n\n") || strings.Contains(text, "<no value>") {
			t.Errorf("%s has holes", name)
		}
		ours, _ := formed(t, source(t), nil)
		for _, s := range statements(ours) {
			if len(s.refs) > 0 && !strings.Contains(text, s.refs[0]) {
				t.Errorf("%s does not refer to %s: %s", name, s.refs[0], s.text)
			}
		}
		for _, s := range []Source{{}, {Incident: incident.New("INC-9")}} {
			if empty, b := formed(t, s, f); len(Check(empty, b)) > 0 {
				t.Errorf("%s of nothing: %+v", name, Check(empty, b))
			}
		}
	}
	if f, ok, err := NamedForm("ours"); f != nil || !ok || err != nil {
		t.Errorf("ours: %v %v %v", f, ok, err)
	}
	if _, ok, _ := NamedForm("theirs"); ok {
		t.Error("a form that nobody knows")
	}
}

func TestParseForm(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"# {{.Title}}\n\n*Blameless, please.*\n\n## What broke?\n\n{{.Summary}}\n\nWho will tell support?\n", ""},
		{"{{if .Decisions}}## Decided\n\n{{.Decisions}}{{end}}", ""},
		{"# {{.Title}", "read the form"},
		{"{{.Nothing}}", "try the form"},
		{"{{index .Summary 99999}}", "try the form"},
		{"All customers were told within five minutes.", `states "All customers were told within five minutes."`},
		{"> We are sorry for the outage.", "states"},
		{"Nobody lost any data.", "states"},
		{"{{if .Decisions}}We decided well that day.{{end}}", "states"},
	} {
		f, err := ParseForm("own.md", c.text)
		switch {
		case c.want == "" && err != nil, c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%q: %v, want %q", c.text, err, c.want)
		case err == nil:
			if text, b := formed(t, source(t), f); len(Check(text, b)) > 0 {
				t.Errorf("%q: %+v", c.text, Check(text, b))
			}
		}
	}
}

// A form that fails on a record leaves the report as we write it, and says so.
func TestFormThatFails(t *testing.T) {
	f, err := ParseForm("own.md", `{{if gt (len .Timeline) 900}}{{index .Timeline 999999}}{{end}}{{.Summary}}`)
	if err != nil {
		t.Fatal(err)
	}
	text, b := formed(t, source(t), f)
	if !strings.Contains(text, "which could not be used") || !strings.Contains(text, "## Milestones") || len(Check(text, b)) > 0 {
		t.Errorf("%s\n%+v", text, Check(text, b))
	}
}
