package eval

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"sitrep/postmortem"
)

// A Known is a contradiction that somebody found in what people wrote.
type Known struct {
	ID, Kind, Text string
}

// LoadKnown reads the list of known contradictions.
func LoadKnown(file string) ([]Known, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the known contradictions: %w", err)
	}
	var out []Known
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	return out, nil
}

// contradicts are the kinds of findings that say that two things cannot both
// be; the others say that something is missing, or should be said otherwise.
func contradicts(kind string) bool {
	return slices.Contains([]string{"zone", "order", "date", "length", "page", "clock", "number", "severity", "scope", "state"}, kind)
}

// answers reports whether a finding of this kind names a contradiction of that.
func answers(finding, kind string) bool {
	switch kind {
	case "duration":
		return finding == "length"
	case "year_or_date":
		return finding == "date"
	case "order", "clock":
		return finding == "order" || finding == "clock" || finding == "date"
	}
	return finding == kind
}

// Words are what people wrote of a case afterwards, with what its page states
// of its beginning and end: what a reviewer would hold against the record. ""
// if nobody wrote anything.
func (c *Case) Words() string {
	var b strings.Builder
	if c.Origin == "git_history" && c.Started != "" { // the front matter of the page's own file
		date := fileDate.FindString(c.ID)
		if date != "" {
			b.WriteString("# " + date + ": " + oneLine(c.Title) + "\n\n")
		}
		b.WriteString("- Started: " + c.Started + "\n")
		if c.Resolved != "" {
			b.WriteString("- Resolved: " + c.Resolved + "\n")
		}
		b.WriteString("\n")
	}
	if c.Postmortem != nil {
		b.WriteString(c.Postmortem.Markdown)
	}
	return b.String()
}

var fileDate = regexp.MustCompile(`\d{4}-\d\d-\d\d`)

// suspect reports whether the collection's own notes doubt what people wrote
// of the case, so that a finding there is no false alarm.
func (c *Case) suspect(known []Known) bool {
	if slices.ContainsFunc(known, func(k Known) bool { return k.ID == c.ID }) {
		return true
	}
	notes := strings.Join(c.Notes, "\n")
	return strings.Contains(notes, "contradiction") || strings.Contains(notes, "arithmetic") || strings.Contains(notes, "order") || postedBefore.MatchString(notes)
}

// postedBefore is how the notes say that a page told of an incident before the
// beginning that it states.
var postedBefore = regexp.MustCompile(`first commit [-−]\d`)

// Flagged are the contradictions that the lint finds in words, and in the
// record itself.
func Flagged(words string, b postmortem.Brief) []postmortem.Finding {
	var out []postmortem.Finding
	for _, f := range append(postmortem.Lint(words, b), b.Findings...) {
		if contradicts(f.Kind) {
			out = append(out, f)
		}
	}
	return out
}
