package tally

import (
	"fmt"
	"strconv"
	"strings"

	"sitrep/instant"
)

// mostLeft is how many open follow-ups are listed.
const mostLeft = 30

// Markdown sets the report as Markdown. What people wrote is escaped.
func (r Report) Markdown() string {
	var w strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&w, format+"\n", args...) }
	line("# %s\n", r.Title())
	line("%s\n", strings.Join(r.opening(), " "))
	line("## How long things took\n")
	line("| What | Values | Shortest | First quartile | Median | Third quartile | Longest | Not counted |\n| --- | --: | --: | --: | --: | --: | --: | --- |")
	for _, d := range r.distributions() {
		q := d.quantiles()
		line("| %s | %d | %s | %s |", upper(d.Name), len(d.Values), strings.Join(q[:], " | "), d.gaps())
	}
	line("\nQuartiles are given of %d values and more. The metrics run from the start of the impact; what is known only to an interval has two ends.", fewest)
	for _, d := range r.distributions() {
		for _, why := range d.Wrong {
			line("- %s, invalid: %s", upper(d.Name), escape(why))
		}
	}
	line("\n## When\n\n| From | Incidents |\n| --- | --: |")
	for _, wk := range r.Weeks {
		line("| %s | %d |", instant.Date(wk.From, r.Zone), wk.N)
	}
	counts := func(head, what string, cs []Count) {
		if len(cs) == 0 {
			return
		}
		line("\n## %s\n\n| %s | Incidents |\n| --- | --: |", head, what)
		for _, c := range cs {
			line("| %s | %d |", escape(c.Name), c.N)
		}
	}
	counts("How bad", "Severity", r.Severities)
	counts("On what", "Component", r.Components)
	line("\n## Who was in command\n\n%s", r.alone())
	line("\n## What customers were promised\n\n%s", r.kept())
	if len(r.Promises) > 0 {
		line("\n| What became of it | Next words | Postmortems |\n| --- | --: | --: |")
		words, reports := r.Fates(false), r.Fates(true)
		for _, f := range fates() {
			line("| %s | %d | %d |", f, words[f], reports[f])
		}
		line("")
		for _, b := range r.broken() {
			line("- %s", escape(b))
		}
	}
	line("\n## Follow-ups\n\n%s", r.lasting())
	if len(r.Actions.Steps) > 0 {
		line("\n| After | Still open |\n| --: | --: |")
		for _, s := range r.Actions.ages() {
			line("| %s | %s |", s[0], s[1])
		}
	}
	if len(r.Left) > 0 {
		line("\nOpen now, of any time: %d. The oldest:\n", len(r.Left))
		for _, l := range r.Left[:min(len(r.Left), mostLeft)] {
			line("- %s, for %s", escape(l.described()), instant.Short(l.Age))
		}
	}
	return w.String()
}

// escape makes a text of somebody stand in a line of Markdown as it is.
func escape(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune("\\`*_[]<>|~#&", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return strings.ReplaceAll(b.String(), "://", `:\//`)
}

// number prints a coordinate.
func number(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) }
