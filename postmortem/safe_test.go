package postmortem

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"sitrep/incident"
)

// hostile are texts that would change a report if they were not escaped.
func hostile() []string {
	return []string{
		"# I am a heading", "x\n\n# heading\n\n- list", "<script>alert(1)</script>", "<img src=x onerror=1>", "[click](https://evil.example)",
		"![x](https://evil.example/p.png)", "https://evil.example/a?b=c", "www.evil.example", "mail me@evil.example now", "<https://evil.example>",
		"[T1] [T999] [U44]", "| a | b |\n| --- | --- |", "```\ncode\n```", "*bold* **bold** _em_ __em__ ~~del~~", "a_b_c snake_case __init__ _x", "&lt;b&gt; &#35; &copy;",
		"back\\slash \\[T1\\] \\", "“quoted” ”“ “", "---\n===", "> quote", "1. one\n2. two", "[ref]: https://evil.example", "[^1]: note", "trailing #", "`tick` ``ticks",
		"decision: [T99](https://evil.example) *now*", "ftp://evil.example", "HTTP://EVIL.EXAMPLE", "a\u2028# b", "a\r# b", "\x00\x1b[31mred", "<!-- -->", "]]>", "\ufffd\xff",
		"javascript:alert(1)", "<a href='x'>", "x@y", "mailto:me@evil.example", "xmpp:a@b.c", "\\", "…", "''", "\"",
	}
}

// flood builds an incident whose every text is s.
func flood(t testing.TB, s string) *scene {
	sc := newScene(t, "Europe/Berlin")
	sc.page.Components[0].Name = s
	comps := []incident.ComponentChange{{ID: "main00000000", Name: s, New: incident.MajorOutage}, {ID: "pay000000000", Name: "Pay", New: incident.Degraded}}
	sc.at("2024-05-01 10:00:00").does(s, incident.Declared{Number: 1, Title: s, Severity: s, Affects: comps})
	sc.does(s, incident.RoleAssigned{Role: s, Who: person(s)}, incident.RoleAssigned{Role: "commander", Who: person(s)}, incident.HandoverOffered{Role: s, To: person("x" + s)}, incident.HandoverAccepted{Role: s})
	sc.does(s, incident.MilestoneRecorded{Name: incident.ImpactStarted, At: sc.time("2024-05-01 09:50"), Evidence: s}, incident.MilestoneRecorded{Name: incident.Detected, NotApplicable: true, Evidence: s})
	sc.says(s, s).says(s, "decision: "+s).says("bo", "crashed at 09:50 "+s)
	m := sc.meta("bo")
	sc.line.Apply(m, incident.MessageSaid{Key: "files", Text: s, Files: []incident.File{{Name: s}}, Thread: key(m.Seq - 1)})
	sc.room("bo", incident.MessageEdited{Key: key(m.Seq - 1), Text: s + s})
	sc.room("bo", incident.Reacted{Key: "files", Emoji: s, Mark: true})
	sc.at("2024-05-01 10:10:00")
	sc.does("bo", incident.UpdatePosted{Status: incident.Investigating, Body: s, Title: s, Affects: comps, Impact: incident.ImpactMajor, Shown: sc.now})
	sc.at("2024-05-01 10:20:00")
	sc.does("bo", incident.UpdatePosted{Status: incident.Identified, Body: "We will provide updates. " + s, Affects: comps, Impact: incident.ImpactMajor, Shown: sc.now})
	sc.does(s, incident.NoteAdded{Text: s}, incident.LinkAdded{Target: s, How: s}, incident.SeverityChanged{Severity: s, Why: s}, incident.Renamed{Title: s}, incident.Absorbed{From: s},
		incident.ActionAdded{Text: s, Owner: person(s)}, incident.ActionAssigned{Number: 1, Owner: person(s)}, incident.TheoryAdded{Text: s}, incident.TheoryEvidence{Number: 1, Text: s}, incident.TheoryAdded{Text: s},
		incident.TheoryRuledOut{Number: 1, Why: s}, incident.TheoryConfirmed{Number: 2, Why: s}, incident.ComponentsChanged{Affects: comps}, incident.EntryCorrected{Entry: 5, Text: s})
	sc.at("2024-05-01 11:00:00").does("bo", incident.UpdatePosted{Status: incident.Resolved, Body: s, Affects: comps, Shown: sc.now}, incident.StateChanged{Status: incident.Resolved})
	sc.at("2024-05-01 11:10:00").does("bo", incident.Reopened{Why: s}, incident.StateChanged{Status: incident.Resolved, Text: s})
	return sc.at("2024-05-01 11:20:00")
}

// What people wrote makes no heading, link, code, emphasis, picture, HTML or
// table of its own, in either version, and no reference.
func TestWordsStayWords(t *testing.T) {
	plain := shape(t, draft(t, flood(t, "plain words").brief()).Markdown)
	for _, s := range hostile() {
		t.Run(fmt.Sprintf("%.20q", s), func(t *testing.T) {
			b := flood(t, s).brief()
			d := draft(t, b)
			for kind, n := range shape(t, d.Markdown) {
				if n > plain[kind] {
					t.Errorf("%d of %s, %d with plain words\n%s", n, kind, plain[kind], d.Markdown)
				}
			}
			for kind, n := range shape(t, d.Customer) {
				if kind != "Paragraph" && kind != "Text" && kind != "Document" {
					t.Errorf("the customer version has %d of %s\n%s", n, kind, d.Customer)
				}
			}
			checkRefs(t, d.Markdown, b)
		})
	}
}

// shape counts what a reader of Markdown makes of a report.
func shape(t testing.TB, markdown string) map[string]int {
	t.Helper()
	src := []byte(leftOut.ReplaceAllString(markdown, "")) // words without letters tell nothing
	n := map[string]int{}
	doc := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(src))
	err := ast.Walk(doc, func(x ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering && x.Kind() != ast.KindText && x.Kind() != ast.KindParagraph && x.Kind() != ast.KindTextBlock && x.Kind() != ast.KindString {
			n[x.Kind().String()]++
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// Sections that depend on what the words mean are counted loosely.
	delete(n, "ListItem")
	delete(n, "List")
	delete(n, "Blockquote")
	delete(n, "Document")
	return n
}

var leftOut = regexp.MustCompile(`(?m)^\*.* left out here.*$`)

var printed = regexp.MustCompile(`(^|[^\\])\[([TU][0-9]+)\]`)

func checkRefs(t testing.TB, markdown string, b Brief) {
	t.Helper()
	for _, m := range printed.FindAllStringSubmatch(markdown, -1) {
		if !b.Resolves(m[2]) {
			t.Errorf("%s resolves to nothing", m[2])
		}
	}
}

// The customer version holds nothing that was not published.
func TestCustomerVersionIsPublic(t *testing.T) {
	s := seed(t)
	d := draft(t, s.brief())
	for _, secret := range []string{"MariaDB", "InnoDB", "oncall", "dba", "sev1", "failover", "11:09", "15:01", "15:15", "INC-1", "[T", "[U", "commander"} {
		if strings.Contains(d.Customer, secret) {
			t.Errorf("the customer version says %q:\n%s", secret, d.Customer)
		}
	}
	for _, play := range []func(*scene){
		func(s *scene) { s.does("ana", incident.PrivacyChanged{Private: true}) },
		func(s *scene) { s.in.Drill = true },
	} {
		s := seed(t)
		play(s)
		if d := draft(t, s.brief()); d.Customer != "" {
			t.Errorf("a customer version of what is not public:\n%s", d.Customer)
		}
	}
}

// FuzzDraft holds the draft of any texts to its promises: no panic, every
// reference resolves, the check passes, and a second draft is the same.
func FuzzDraft(f *testing.F) {
	for _, s := range hostile() {
		f.Add(s, int64(0))
	}
	f.Add("rolled back at 11:09 CST, took 3 hours from 10:00 to 14:49", int64(-7200))
	f.Add("Next update in 20 minutes. A postmortem will follow.", int64(3600))
	f.Fuzz(func(t *testing.T, s string, shift int64) {
		sc := flood(t, s)
		sc.now = sc.now.Add(time.Duration(shift%1e6) * time.Second)
		sc.says("x", s).does("x", incident.MilestoneRecorded{Name: incident.ImpactEnded, At: sc.now, Until: sc.now.Add(time.Minute), Evidence: s})
		b := sc.brief()
		d := draft(t, b)
		checkRefs(t, d.Markdown, b)
		for _, x := range Check(d.Markdown, b) {
			t.Errorf("%s: %s %v", x.Kind, x.Text, x.Refs)
		}
		if again := draft(t, sc.brief()); again.Markdown != d.Markdown || !bytes.Equal(again.Facts, d.Facts) || again.Customer != d.Customer {
			t.Error("two drafts of one record differ")
		}
		Lint(s, b)
		Check(s, b)
	})
}
