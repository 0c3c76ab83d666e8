package tally

import (
	"fmt"

	"sitrep/instant"
)

// A Section is a part of the report as it is told in a chat: without plots and
// tables.
type Section struct {
	Heading string
	Lines   []string
}

// Sections tells the report in lines.
func (r Report) Sections() []Section {
	out := []Section{{Lines: r.opening()}}
	took := Section{Heading: "How long things took"}
	for _, d := range r.distributions() {
		line := fmt.Sprintf("%s: %s", upper(d.Name), count(len(d.Values), "value", "values"))
		q := d.quantiles()
		switch {
		case d.Enough():
			line += fmt.Sprintf(", median %s, the middle half from %s to %s, all from %s to %s", q[2], q[1], q[3], q[0], q[4])
		case len(d.Values) > 0:
			for i, v := range d.Values {
				line += []string{": ", ", "}[min(i, 1)] + length(v.Span)
			}
		case d.Missing+d.Invalid == 0:
			continue
		}
		took.Lines = append(took.Lines, line+"; not counted: "+d.gaps()+".")
	}
	if len(took.Lines) > 0 {
		out = append(out, took)
	}
	out = append(out, Section{Heading: "Who was in command", Lines: []string{r.alone()}},
		Section{Heading: "What customers were promised", Lines: append([]string{r.kept()}, r.broken()...)})
	left := Section{Heading: "Follow-ups", Lines: []string{r.lasting()}}
	for i, l := range r.Left {
		if i == 5 {
			left.Lines = append(left.Lines, fmt.Sprintf("And %d more.", len(r.Left)-i))
			break
		}
		left.Lines = append(left.Lines, fmt.Sprintf("Open for %s: %s", instant.Short(l.Age), l.described()))
	}
	return append(out, left)
}
