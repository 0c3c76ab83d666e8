package postmortem

import (
	"regexp"
	"strings"
	"time"

	"sitrep/incident"
	"sitrep/instant"
)

// Check holds a report, whoever wrote it, against the record: each statement
// ends in references that resolve; the words that it quotes stand in what it
// refers to; its clock times and lengths of time occur there, or follow from
// the milestones and the public updates. A question states nothing.
func Check(markdown string, b Brief) []Finding {
	c := checker{b: &b, known: b.instants()}
	var out []Finding
	for _, s := range statements(markdown) {
		out = append(out, c.check(s)...)
	}
	return out
}

type checker struct {
	b     *Brief
	known []time.Time
}

func (c *checker) check(s statement) []Finding {
	var out []Finding
	find := func(kind, quote, text, mend string) {
		out = append(out, Finding{Kind: kind, Quote: quote, Text: text, Mend: mend, Refs: s.refs})
	}
	var carried []evidence
	for _, ref := range s.refs {
		e, ok := c.b.record.find(ref)
		if !ok {
			find("reference", ref, ref+" names no entry of this incident.", "Refer to an entry that exists, or leave it out.")
			continue
		}
		carried = append(carried, e)
	}
	if s.question() {
		return out
	}
	if len(s.refs) == 0 && !denies(s) {
		find("unsourced", s.text, "Nothing on record is given for “"+s.text+"”", "Say which entry it rests on, as in [T12], or ask it as a question.")
		return out
	}
	for _, q := range s.quotes {
		if !c.said(q, carried) {
			find("quote", q, "The words “"+q+"” do not stand in "+and(s.refs)+".", "Quote what was said, or say it in your own words.")
		}
	}
	var there []time.Time
	for _, e := range carried {
		there = append(there, c.b.record.instants(e)...)
	}
	known := append(there[:len(there):len(there)], c.known...)
	for _, m := range instant.Find(s.bare, c.b.day(), c.b.Zone) {
		if !m.Unresolved && !happened(m, known, c.b.Zone) {
			find("unbacked", m.Text, "Nothing in "+and(s.refs)+" happened at "+m.Text+".", "Refer to the entry that says so, or mend the time.")
		}
	}
	ends := there // a length runs between the entries that are named, if several are
	if len(carried) < 2 {
		ends = known
	}
	for _, l := range instant.Durations(s.bare) {
		if !c.lasted(l, ends, carried) {
			find("unbacked", l.Text, "No two instants in "+and(s.refs)+" are "+l.Text+" apart.", "Refer to the entries that say so, or mend the length.")
		}
	}
	return out
}

// denial begins a sentence that says what is not on record. There is no entry
// for that.
var denial = regexp.MustCompile(`(?i)^(?:[\pL\pN/ -]{1,40}: )?(?:no|nobody|nothing|none|neither|not|never|pending)\b`)

// denies reports whether a statement needs no reference: it says that something
// is not on record, or is no sentence at all.
func denies(s statement) bool {
	if len(s.quotes) > 0 || strings.ContainsAny(s.bare, "0123456789") {
		return false
	}
	return denial.MatchString(s.bare) || len(strings.Fields(s.bare)) < 3
}

// said reports whether words stand in the evidence, or are a name on record.
func (c *checker) said(words string, carried []evidence) bool {
	words = strings.TrimSuffix(oneLine(words), "…")
	if words == "" || c.b.record.terms[words] {
		return true
	}
	for _, e := range carried {
		if e.text != "" && holds(oneLine(e.text), words) {
			return true
		}
	}
	return false
}

// negation is a word that must not be cut off from what it denies.
var negation = regexp.MustCompile(`(?i)(?:\b(?:no|not|never|without|neither|nor)|n't|n’t)\W*$`)

// holds reports whether a text has these words, other than right after a word
// that denies them.
func holds(text, words string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], words)
		if i < 0 {
			return false
		}
		if from += i; !negation.MatchString(text[max(0, from-12):from]) {
			return true
		}
		from++
	}
}

// happened reports whether one of the instants is what a text claims, to the
// minute. A time without a date may be of any day.
func happened(m instant.Mention, known []time.Time, zone *time.Location) bool {
	layout := "15:04"
	if m.Dated {
		layout = "2006-01-02 15:04"
	}
	want := m.Time.In(zone).Format(layout)
	for _, t := range known {
		if t.In(zone).Format(layout) == want {
			return true
		}
	}
	return false
}

// lasted reports whether two instants are as far apart as a text claims, or the
// evidence claims the same.
func (c *checker) lasted(l instant.Length, known []time.Time, carried []evidence) bool {
	for _, d := range c.b.lengths() {
		if same(l, d) {
			return true
		}
	}
	for i, a := range known {
		for _, z := range known[:i] {
			if same(l, a.Sub(z).Abs()) {
				return true
			}
		}
	}
	for _, e := range carried {
		for _, x := range instant.Durations(e.text) {
			if x.Value == l.Value && x.Max == l.Max {
				return true
			}
		}
	}
	return false
}

// same reports whether a length is d as reports print it, rounded down to the
// smaller of the two units that are shown.
func same(l instant.Length, d time.Duration) bool {
	unit := time.Minute
	switch {
	case d < time.Minute:
		unit = time.Second
	case d >= 24*time.Hour:
		unit = time.Hour
	}
	return l.Value == d.Truncate(unit) || l.Hedge != "" && agrees(l, d)
}

// day is the incident's first day, which a time without a date is of.
func (b *Brief) day() time.Time {
	if b.clock.day.IsZero() {
		return b.Now
	}
	return b.clock.day
}

// instants are those that a report may name without referring to them:
// milestones, and when customers were told.
func (b *Brief) instants() []time.Time {
	var out []time.Time
	add := func(ts ...time.Time) {
		for _, t := range ts {
			if !t.IsZero() {
				out = append(out, t)
			}
		}
	}
	add(b.Now)
	for _, m := range b.Milestones {
		if m.State == incident.Recorded || m.State == incident.Proposed {
			add(m.At, m.Until)
		}
	}
	for _, c := range b.Words {
		add(c.At)
	}
	for _, p := range b.Promises {
		add(p.Due, p.Kept)
	}
	return out
}

// lengths are those that were computed from more than two instants.
func (b *Brief) lengths() []time.Duration {
	out := append([]time.Duration{median(b.Silences)}, b.stepped...)
	for _, m := range b.Metrics {
		if m.State == incident.Recorded {
			out = append(out, m.Low, m.High)
		}
	}
	for _, p := range b.Promises {
		if !p.Due.IsZero() && !p.Kept.IsZero() {
			out = append(out, p.Kept.Sub(p.Due))
		}
	}
	return out
}
