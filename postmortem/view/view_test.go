package view

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"sitrep/incident"
	"sitrep/postmortem"
)

// brief is a small incident, in whose room somebody says what a page must not
// take for its own.
func brief(t *testing.T) postmortem.Brief {
	t.Helper()
	at := time.Date(2024, 3, 5, 10, 0, 0, 0, time.UTC)
	in, tl := incident.New("INC-1"), incident.NewTimeline()
	for i, e := range []struct {
		after time.Duration
		ev    incident.Event
	}{
		{0, incident.Declared{Number: 1, Title: "<script>alert(1)</script> [T9] checkout"}},
		{2 * time.Minute, incident.MessageSaid{Key: "a", Text: "alerts fired, \ue000T1\ue001 </details><img src=x onerror=alert(1)>"}},
		{9 * time.Minute, incident.MessageSaid{Key: "b", Text: "rolled back, errors are gone", Link: "https://chat.example/1"}},
		{40 * time.Minute, incident.StateChanged{Status: incident.Resolved}},
	} {
		m := incident.Meta{Seq: uint64(i + 1), N: uint64(i + 1), Recorded: at.Add(e.after), When: at.Add(e.after), By: incident.Person{ID: "x", Name: "ana"}}
		in.Apply(m, e.ev)
		tl.Apply(m, e.ev)
	}
	return postmortem.NewBrief(postmortem.Source{Incident: in, Timeline: tl, Page: incident.Page{TimeZone: "UTC"}, Now: at.Add(time.Hour)})
}

func TestPage(t *testing.T) {
	b := brief(t)
	d, err := postmortem.Template{}.Draft(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := Page(b, d.Markdown+"\n## Added by people\n\nSee [T99] and [T3].\n")
	if err != nil {
		t.Fatal(err)
	}
	html := string(raw)
	for _, bad := range []string{"<script", "<img", "onerror=alert(1)>", "Letters and numbers in brackets"} {
		if strings.Contains(html, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	for _, want := range []string{
		"<h2>Summary</h2>", "<h2>Impact</h2>", "<h2>What will change</h2>", "<summary>Timeline</summary>", "<summary>Added by people</summary>",
		"See [T99] and", "&lt;script&gt;alert(1)&lt;/script&gt; [T9] checkout", `href="https://chat.example/1"`, `aria-label="Milestones on a line, to scale: 10:00 declared, 10:02 detected`,
		`<input type="checkbox" id="notes">`,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the page does not have %q", want)
		}
	}
	for _, m := range regexp.MustCompile(`class="note" href="#([TU]\d+)"`).FindAllStringSubmatch(html, -1) {
		if strings.Count(html, `<li id="`+m[1]+`">`) != 1 {
			t.Errorf("the note %s leads nowhere", m[1])
		}
	}
	if strings.Index(html, "<details>") < strings.Index(html, "<h2>What will change</h2>") {
		t.Error("something is folded on the first page")
	}
	if t.Failed() {
		t.Log(html)
	}
}

// A report that people wrote anew, without sections or references, is a page
// too.
func TestPageOfAnything(t *testing.T) {
	for _, markdown := range []string{"", "just words", "# A title\n\n*About.*", "## One\n\ntext\n## Two", "# \\#ops"} {
		html, err := Page(brief(t), markdown)
		if err != nil || !strings.Contains(string(html), "</html>") {
			t.Errorf("%q: %v", markdown, err)
		}
	}
}
