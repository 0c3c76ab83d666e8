package tally

import (
	"fmt"
	"strings"
	"time"

	"sitrep/instant"
	"sitrep/postmortem"
)

// Title is what the report is called.
func (r Report) Title() string { return "Incidents: " + r.Period.Name }

// opening says what happened, in a few sentences.
func (r Report) opening() []string {
	out := []string{}
	if r.Incidents == 0 {
		out = append(out, "No incident was declared.")
	} else {
		out = append(out, count(r.Incidents, "incident was", "incidents were")+" declared.")
		switch r.Public {
		case 0:
			out = append(out, "Customers were told of none.")
		case r.Incidents:
			out = append(out, "Customers were told of all.")
		default:
			out = append(out, fmt.Sprintf("Customers were told of %d.", r.Public))
		}
		for _, x := range []struct {
			n    int
			what string
		}{{r.Open, "still open"}, {r.Canceled, "canceled"}, {r.Merged, "merged into another"}} {
			verb := was(x.n)
			if x.what == "still open" {
				verb = is(x.n)
			}
			if x.n > 0 {
				out = append(out, fmt.Sprintf("%d %s %s.", x.n, verb, x.what))
			}
		}
	}
	if r.Running {
		out = append(out, "The period is not over: this is how it stood on "+instant.Stamp(r.Made, r.Zone)+".")
	}
	var apart []string
	if r.Private > 0 {
		apart = append(apart, "private incidents")
	}
	if r.Drills > 0 {
		apart = append(apart, count(r.Drills, "drill", "drills"))
	}
	if len(apart) > 0 {
		out = append(out, "Left out: "+and(apart)+".")
	}
	if r.Canceled+r.Merged > 0 {
		out = append(out, "What was canceled or merged counts in nothing below.")
	}
	return out
}

// distributions are all that take time, in the order in which they are shown.
func (r Report) distributions() []Distribution {
	out := append([]Distribution(nil), r.Metrics...)
	return append(out, r.Silence, r.Unled)
}

// length prints a span: one length, or both ends.
func length(s Span) string {
	low, high := instant.Short(s.Low), instant.Short(s.High)
	if low == high {
		return low
	}
	return low + " to " + high
}

// quantiles are the five figures of a distribution, as they are printed; an
// empty one says that there are too few values.
func (d Distribution) quantiles() [5]string {
	var out [5]string
	for i, q := range []float64{0, .25, .5, .75, 1} {
		s, ok := d.Quantile(q)
		if ok && (d.Enough() || i == 0 || i == 4) {
			out[i] = length(s)
		} else {
			out[i] = "–"
		}
	}
	return out
}

// gaps says what of a distribution is missing, invalid or not applicable; "none"
// if nothing is.
func (d Distribution) gaps() string {
	var out []string
	for _, g := range []struct {
		n    int
		what string
	}{{d.Missing, "missing"}, {d.Invalid, "invalid"}, {d.NotApplicable, "not applicable"}} {
		if g.n > 0 {
			out = append(out, fmt.Sprintf("%d %s", g.n, g.what))
		}
	}
	if len(out) == 0 {
		return "none"
	}
	return strings.Join(out, ", ")
}

// lasting says how long follow-ups stay open.
func (r Report) lasting() string {
	a := r.Actions
	switch {
	case a.Done+a.Open == 0:
		return "No follow-up was added."
	case a.HalfLife > 0:
		return fmt.Sprintf("%s added, %d of them done. Half of them are done after %s, reckoning with those that are still open.", count(a.Done+a.Open, "follow-up was", "follow-ups were"), a.Done, instant.Short(a.HalfLife))
	}
	return fmt.Sprintf("%s added, %d of them done: too few to say after how long half of them are. The oldest has been followed for %s.", count(a.Done+a.Open, "follow-up was", "follow-ups were"), a.Done, instant.Short(a.Beyond))
}

// ages tells how many follow-ups are still open at ages that people think in, as
// far as any was followed.
func (s Survival) ages() [][2]string {
	const day = 24 * time.Hour
	var out [][2]string
	for _, age := range []time.Duration{day, 3 * day, 7 * day, 14 * day, 28 * day, 56 * day, 84 * day, 182 * day, 364 * day} {
		if age > s.Beyond && len(out) > 0 {
			break
		}
		open := 1.0
		for _, x := range s.Steps {
			if x.After <= age {
				open = x.Open
			}
		}
		out = append(out, [2]string{instant.Short(age), fmt.Sprintf("%.0f %%", 100*open)})
	}
	return out
}

// fates are what can become of a promise, in the order in which they are shown.
func fates() []postmortem.Fate {
	return []postmortem.Fate{postmortem.Kept, postmortem.KeptLate, postmortem.Broken, postmortem.Open}
}

// kept says how many promises were kept.
func (r Report) kept() string {
	if len(r.Promises) == 0 {
		return "Customers were promised nothing."
	}
	all, kept, broken := len(r.Promises), 0, 0
	for _, p := range r.Promises {
		switch p.Fate {
		case postmortem.Kept:
			kept++
		case postmortem.Broken, postmortem.KeptLate:
			broken++
		}
	}
	s := fmt.Sprintf("Of %s to customers, %d %s kept in time", count(all, "promise", "promises"), kept, was(kept))
	if broken > 0 {
		s += fmt.Sprintf(" and %d %s not", broken, was(broken))
	}
	return s + "."
}

// broken are the promises that were not kept, or late.
func (r Report) broken() []string {
	var out []string
	for _, p := range r.Promises {
		if p.Fate != postmortem.Broken && p.Fate != postmortem.KeptLate {
			continue
		}
		what := "the next word"
		if p.Quote != "" {
			what = "“" + strings.Join(strings.Fields(p.Quote), " ") + "”"
		}
		if !p.Due.IsZero() {
			what += ", due " + instant.Stamp(p.Due, r.Zone)
		}
		out = append(out, fmt.Sprintf("%s, %s: %s: %s", p.Incident, instant.Date(p.Made, r.Zone), what, p.Fate))
	}
	return out
}

// alone says how long nobody led.
func (r Report) alone() string {
	switch {
	case len(r.Unled.Values) == 0:
		return "It cannot be said how long nobody was in command: no incident was led here."
	case r.Alone == 0:
		return "Somebody was in command all the time."
	}
	return fmt.Sprintf("Incidents were open for %s in all; for %s of that (%d %%) nobody was in command.", instant.Short(r.Whole), instant.Short(r.Alone), share(r.Alone, r.Whole))
}

func share(part, whole time.Duration) int {
	if whole <= 0 {
		return 0
	}
	return int(100*float64(part)/float64(whole) + 0.5)
}

// described is a follow-up as it is listed.
func (l Left) described() string {
	s := fmt.Sprintf("%s, %d: %s", l.Incident, l.Number, strings.Join(strings.Fields(l.Text), " "))
	if l.Owner == "" {
		return s + " (nobody has it)"
	}
	return s + " (" + strings.TrimLeft(l.Owner, "@") + ")"
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func was(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

func is(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func and(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

func upper(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
