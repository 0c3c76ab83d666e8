package postmortem

import (
	"strings"
	"testing"
	"time"
)

// The report of an incident that is like others names them with evidence, and
// its own check holds it to that.
func TestSimilarIncidents(t *testing.T) {
	s := seed(t)
	const word = "Failing assertion"
	past := time.Date(2020, 7, 1, 9, 0, 0, 0, time.UTC)
	src := Source{Incident: s.in, Timeline: s.line, Page: s.page, Now: s.now, Precedents: []Precedent{{
		Incident: "INC-7", Title: "Table [crashed] on the replica", Declared: past, Components: []string{s.in.Published()[0].Name, "Nowhere"},
		Errors: []string{word, "never said"}, Open: []Action{{Number: 2, Text: "Add an alert", Owner: "@ben"}, {Number: 3, Text: "Test the restore."}},
	}}}
	b := NewBrief(src)
	text := b.markdown(nil)
	_, section, ok := strings.Cut(text, "## Similar incidents\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, want := range []string{"[INC-7]", "Jul 01, 2020", "Both showed “" + word + "”", "“Add an alert” (with ben) and “Test the restore”"} {
		if !ok || !strings.Contains(section, want) {
			t.Errorf("it does not say %q:\n%s", want, section)
		}
	}
	if strings.Contains(section, "Nowhere") || strings.Contains(section, "never said") {
		t.Errorf("it says what this record does not show:\n%s", section)
	}
	for _, f := range Check(text, b) {
		t.Errorf("%s: %s", f.Kind, f.Text)
	}
	for what, lie := range map[string]string{
		"another title":    strings.ReplaceAll(text, "Add an alert", "Add a siren"),
		"another incident": strings.ReplaceAll(text, "[INC-7]", "[INC-8]"),
		"another error":    strings.Replace(text, "Both showed “"+word, "Both showed “zebra", 1),
	} {
		if lie == text || len(Check(lie, b)) == 0 {
			t.Errorf("%s is let through", what)
		}
	}
	if e, ok := b.Evidence("INC-7"); !ok || !e.At.Equal(past) {
		t.Errorf("INC-7 leads to %+v", e)
	}
	if strings.Contains(b.customer(), "INC-7") {
		t.Error("customers read of it")
	}
	src.Precedents = nil
	if none := NewBrief(src); strings.Contains(none.markdown(nil), "Similar") || none.Resolves("INC-7") {
		t.Error("a report without precedents has a section on them")
	}
}
