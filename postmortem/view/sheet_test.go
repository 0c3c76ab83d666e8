package view

import (
	"strings"
	"testing"

	"sitrep/postmortem"
)

func TestSet(t *testing.T) {
	b := brief(t)
	markdown := "# INC-1: \\<b> title [T1]\n\n*Drafted.*\n\n## Summary\n\nIt took **about an hour** [T2], they say. See [T99] and [T3], again [T2].\n\n## Timeline\n\n- one\n- two took 3 hours\n\n| a | b |\n| --- | --- |\n| x | 3 h 1 min [T4] |\n\ue002 1\ue003\n"
	findings := []postmortem.Finding{
		{Quote: "about an hour, they say", Text: "<it> took 40 min.", Mend: "Write that."},
		{Quote: "two took 3 hours", Text: "No."},
		{Quote: "3 h 1 min", Text: "Nor this."},
		{Quote: "nowhere", Text: "Stands nowhere."},
		{Text: "Of no words."},
	}
	s, err := Set(b, markdown, findings)
	if err != nil {
		t.Fatal(err)
	}
	body := string(s.Body)
	for _, want := range []string{
		`<strong>about an hour</strong>`, `<span class="aside" role="note">&lt;it&gt; took 40 min. <span class="mend">Write that.</span></span></p>`,
		`<li>two took 3 hours<span class="flag" aria-hidden="true"></span><span class="aside" role="note">No.</span></li>`,
		`3 h 1 min<span class="flag"`, `Nor this.</span></td>`, `<details class="part" open><summary><h2>Timeline</h2></summary>`, "<section>\n<h2>Summary</h2>",
		`id="n2" href="#T2"`, "See [T99] and",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the sheet has no %s", want)
		}
	}
	if strings.Count(body, `id="n2"`) != 1 || strings.Contains(body, "\ue002") || strings.Contains(body, "\ue000") {
		t.Error("marks are left, or an id stands twice")
	}
	if s.Title != "INC-1: <b> title" || len(s.Loose) != 2 || s.Loose[0].Quote != "nowhere" {
		t.Errorf("title %q, loose %v", s.Title, s.Loose)
	}
	rich := string(s.Rich)
	for _, want := range []string{`<table style="border-collapse:collapse">`, `<td style="border:1px solid`, `<sup><a href="https://chat.example/1">[3]</a></sup>`, "<h2>Evidence</h2>", "<h2>Summary</h2>"} {
		if !strings.Contains(rich, want) {
			t.Errorf("the rich text has no %s", want)
		}
	}
	if t.Failed() {
		t.Logf("%s\n\n%s", body, rich)
	}
}

// Whatever somebody writes is set, and nothing of it runs.
func FuzzSet(f *testing.F) {
	f.Add("# a\n\n## b\n\ntext [T1] `code` [l](x) <script>", "text")
	f.Add("\ue002\ue0020\ue003", "\ue003")
	f.Add("| a |\n| --- |\n| [T2]b |", "b")
	f.Add("* [T1]*\n> x\\", "x\\")
	f.Fuzz(func(t *testing.T, markdown, quote string) {
		s, err := Set(postmortem.Brief{}, markdown, []postmortem.Finding{{Quote: quote, Text: "<i>"}})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(s.Body), "<script") || strings.Contains(string(s.Body), "<i>") || strings.ContainsAny(string(s.Body), "\ue002\ue003") {
			t.Errorf("%q", s.Body)
		}
		if n := strings.Count(string(s.Body), `class="aside"`); n+len(s.Loose) != 1 {
			t.Errorf("the finding stands %d times, and %d are loose: %q", n, len(s.Loose), s.Body)
		}
	})
}

func TestChanges(t *testing.T) {
	long := strings.Repeat("nothing of this has changed at all ", 40)
	for _, c := range []struct{ was, is, want string }{
		{"", "new words", "<ins>new words</ins>"},
		{"old words", "", "<del>old words</del>"},
		{"same", "same", "same"},
		{"it took an hour", "it took 40 minutes", "it took <del>an hour</del><ins>40 minutes</ins>"},
		{"a <b> c", "a <i> c", "a <del>&lt;b&gt;</del><ins>&lt;i&gt;</ins> c"},
		{"one\n\ntwo", "one\n\nthree\n\ntwo", "one\n\n<ins>three\n\n</ins>two"},
	} {
		if got := string(Changes(c.was, c.is)); got != c.want {
			t.Errorf("%q to %q: %s, want %s", c.was, c.is, got, c.want)
		}
	}
	got := string(Changes("first "+long+"last", "First "+long+"end"))
	if len(got) > 700 || !strings.Contains(got, `<span class="skipped">…</span>`) || !strings.Contains(got, "<ins>end</ins>") {
		t.Errorf("%d bytes: %s", len(got), got)
	}
}
