package eval

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"sitrep/incident"
)

// A Result is how one fact of a case stands in the draft.
type Result struct {
	Fact  Fact
	Hit   bool   // the draft has it, or another value that a careful reader may defend
	Exact bool   // the draft has the value itself
	Got   string // what the draft has; "" if it is unknown there, or was searched in the text
}

// tolerance is how far a time may be from the truth: what is posted live is
// stamped a little after it was written.
func (c *Case) tolerance() time.Duration {
	if c.Origin == "postmortem_timeline" || c.Origin == "pagerduty_export" {
		return time.Minute
	}
	return 2 * time.Minute
}

// Score holds a draft against the facts of a case, as the reference scorer
// does: a time is right within a tolerance, a text where all its expressions
// hit. Facts that were marked by a pattern are scored only if auto is set.
func (c *Case) Score(d Drafted, auto bool) []Result {
	var out []Result
	for _, f := range c.Facts {
		switch {
		case f.Auto && !auto:
		case f.Instant():
			r := Result{Fact: f, Got: d.Facts[f.Kind]}
			got, err := time.Parse(time.RFC3339, r.Got)
			if err == nil {
				r.Exact = c.near(got, f.Value)
				r.Hit = r.Exact
				for _, alt := range f.Alt {
					r.Hit = r.Hit || c.near(got, alt)
				}
			}
			out = append(out, r)
		case len(f.Match) > 0:
			hit := true
			for _, m := range f.Match {
				re, err := regexp.Compile("(?i)" + m)
				hit = hit && err == nil && re.MatchString(d.Markdown)
			}
			out = append(out, Result{Fact: f, Hit: hit, Exact: hit})
		}
	}
	return out
}

func (c *Case) near(got time.Time, value string) bool {
	want, err := time.Parse(time.RFC3339, value)
	return err == nil && got.Sub(want).Abs() <= c.tolerance()
}

// ByStatus holds what was read out of a live page's words against the status
// that whoever posted them set beside: when it was identified, when the mend was
// made (the page's "monitoring"), when it was over. The words were all that the
// draft had.
func (c *Case) ByStatus(d Drafted) map[string]Result {
	first := func(want incident.Status, last bool) string {
		at := ""
		for _, r := range c.rows() {
			if s, ok := incident.ParseStatus(r.Status); ok && s == want && (at == "" || last) {
				at = r.At.Format(time.RFC3339)
			}
		}
		return at
	}
	out := map[string]Result{}
	for kind, at := range map[string]string{
		"identified": first(incident.Identified, false), "mitigated": first(incident.Monitoring, false), "resolved": first(incident.Resolved, true),
	} {
		if at == "" || len(c.rows()) < 2 {
			continue
		}
		r := Result{Fact: Fact{Kind: kind, Value: at}, Got: d.Facts[kind]}
		if got, err := time.Parse(time.RFC3339, r.Got); err == nil {
			r.Hit = c.near(got, at)
		}
		out[kind] = r
	}
	return out
}

// Recalled counts the rows of a timeline that people wrote which the draft's
// has too: at the same minute, or with words in common within 15 minutes, each
// row of the draft standing for one of theirs. From a channel, only rows count
// near which something was said.
func (c *Case) Recalled(d Drafted, how Telling) (hit, want, rows int) {
	used := map[int]bool{}
	for _, r := range c.rows() {
		if how == Channel && !c.heard(*r.At) {
			continue
		}
		want++
		best, most := -1, 0.0
		for i, t := range d.Timeline {
			gap := t.At.Sub(*r.At).Abs()
			if used[i] || gap > 15*time.Minute {
				continue
			}
			s := overlap(r.Body, t.Text)
			if gap <= time.Minute {
				s += 0.2
			}
			if s > most {
				best, most = i, s
			}
		}
		if most >= 0.2 {
			used[best] = true
			hit++
		}
	}
	return hit, want, len(d.Timeline)
}

// heard reports whether something was said in the channel at about that time.
func (c *Case) heard(at time.Time) bool {
	return slices.ContainsFunc(c.Chat, func(m Message) bool { return m.At.Sub(at).Abs() <= 5*time.Minute })
}

var wordsOf = regexp.MustCompile(`[\pL\pN#_-]{4,}`)

// overlap is how many of the telling words of a stand in b: 0 to 1.
func overlap(a, b string) float64 {
	in := map[string]bool{}
	for _, w := range wordsOf.FindAllString(strings.ToLower(b), -1) {
		in[w] = true
	}
	n, all := 0, 0
	for _, w := range wordsOf.FindAllString(strings.ToLower(a), -1) {
		all++
		if in[w] {
			n++
		}
	}
	if all == 0 {
		return 0
	}
	return float64(n) / float64(all)
}
