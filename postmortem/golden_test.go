package postmortem

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sitrep/incident"
)

var update = flag.Bool("update", false, "write the goldens anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s differs; look at it and run with -update\n%s", path, got)
	}
}

func draft(t testing.TB, b Brief) Draft {
	t.Helper()
	d, err := Template{}.Draft(context.Background(), b)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSeedGolden(t *testing.T) {
	d := draft(t, seed(t).brief())
	golden(t, "seed.md", []byte(d.Markdown))
	golden(t, "seed.customer.md", []byte(d.Customer))
	golden(t, "seed.json", d.Facts)
}

func TestSeedPassesItsOwnCheck(t *testing.T) {
	b := seed(t).brief()
	for _, f := range Check(draft(t, b).Markdown, b) {
		t.Errorf("%s: %s %v", f.Kind, f.Text, f.Refs)
	}
}

// The next morning the postmortem is published: a draft made then knows that
// the promise was kept.
func TestSeedAfterPublication(t *testing.T) {
	s := seed(t)
	s.at("2020-09-10 08:30:00").does("oncall", incident.PostmortemEdited{Version: "customer", Text: "words"})
	evs, err := s.in.PublishPostmortem("8bcdfghjklmn", s.time("2020-09-10 08:32"), false)
	if err != nil {
		t.Fatal(err)
	}
	s.at("2020-09-10 08:32:00").does("oncall", evs...)
	b := s.brief()
	d := draft(t, b)
	for _, want := range []string{
		"- 15:39 “Root cause and postmortem will follow.”: the postmortem came on Sep 10 at 08:32, 16 h 53 min later. [U7] [T30]",
		"| Postmortem published | Sep 10, 08:32 | the command postmortem publish, given by oncall [T30] |",
		"- Sep 10, 08:32 oncall published the postmortem [T30]",
	} {
		if !strings.Contains(d.Markdown, want) {
			t.Errorf("the draft does not say %q\n%s", want, d.Markdown)
		}
	}
	for _, f := range Check(d.Markdown, b) {
		t.Errorf("%s: %s %v", f.Kind, f.Text, f.Refs)
	}
}

// What the acceptance of the seed asks for, apart from the golden.
func TestSeedSays(t *testing.T) {
	md := draft(t, seed(t).brief()).Markdown
	for _, want := range []string{
		"Time to first public word: 6 min,", "Time to identify: 29 min,", "Time to mitigate: 3 h 52 min,", "Time to restore: 4 h 6 min,", "Time to all-clear: 4 h 30 min,",
		"Longest public silence: 2 h 5 min, from 11:38 to 13:43.", "Avoid the long check times after a database crash", "Revise the failover process so that it accounts for long check times",
		"“The integrity check finishes within the hour”, was held from 11:27 to 12:33", "when it was ruled out", "“11:09 CST” contradicts the page's clock: CST is not in force",
	} {
		if !strings.Contains(md, want) {
			t.Errorf("the draft does not say %q", want)
		}
	}
}
