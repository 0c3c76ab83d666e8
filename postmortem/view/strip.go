package view

import (
	"fmt"
	"html"
	"html/template"
	"slices"
	"strings"
	"time"

	"sitrep/incident"
	"sitrep/instant"
	"sitrep/postmortem"
)

// The strip's measures, in the units of its drawing.
const (
	stripWidth = 720
	stripLine  = 108 // how far down the line is
	labelWidth = 104 // what a label takes, so that two do not lie on each other
	labelRows  = 4
)

// A mark is a milestone on the strip.
type mark struct {
	at    time.Time
	label string
	sure  bool // it is recorded; else it was read out of what was said
}

// strip draws the milestones on a line, to scale, with the updates as ticks and
// the long public silences open; "" if there is nothing to draw.
func strip(b postmortem.Brief) template.HTML {
	var marks []mark
	for _, m := range b.Milestones {
		if m.Name == incident.PostmortemPublishedAt || m.Loose || m.State != incident.Recorded && m.State != incident.Proposed {
			continue
		}
		marks = append(marks, mark{m.At, m.Name.Label(), m.State == incident.Recorded})
	}
	slices.SortStableFunc(marks, func(x, y mark) int { return x.at.Compare(y.at) })
	if len(marks) < 2 {
		return ""
	}
	from, to := marks[0].at, marks[len(marks)-1].at
	for _, w := range b.Words {
		if w.At.Before(from) {
			from = w.At
		}
	}
	span := to.Sub(from)
	if span < time.Minute {
		return ""
	}
	const margin = 8
	x := func(t time.Time) float64 {
		f := float64(t.Sub(from)) / float64(span)
		return margin + min(max(f, 0), 1)*(stripWidth-2*margin)
	}
	var s strings.Builder
	told := make([]string, 0, len(marks))
	for _, m := range marks {
		told = append(told, m.at.In(b.Zone).Format("15:04")+" "+strings.ToLower(m.label))
	}
	fmt.Fprintf(&s, `<svg class="strip" viewBox="0 0 %d %d" role="img" aria-label="%s">`, stripWidth, stripLine+28, html.EscapeString("Milestones on a line, to scale: "+strings.Join(told, ", ")))
	fmt.Fprintf(&s, `<line class="course" x1="%d" x2="%d" y1="%d" y2="%d"/>`, margin, stripWidth-margin, stripLine, stripLine)
	for _, q := range b.Silences {
		const long = 30 * time.Minute
		if q.Length >= long && !q.Until.IsZero() {
			fmt.Fprintf(&s, `<line class="silence" x1="%.1f" x2="%.1f" y1="%d" y2="%d"><title>no public word for %s</title></line>`, x(q.From), x(q.Until), stripLine, stripLine, instant.Short(q.Length))
		}
	}
	for _, w := range b.Words {
		if !w.At.After(to) {
			fmt.Fprintf(&s, `<line class="word" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>`, x(w.At), x(w.At), stripLine+4, stripLine+12)
		}
	}
	var ends [labelRows]float64
	for _, m := range marks {
		at := x(m.at)
		left, anchor, edge := at-2, "start", at-2
		if left > stripWidth-labelWidth { // at the end it is set to the left
			left, anchor, edge = at+2-labelWidth, "end", at+2
		}
		row := -1
		for i := range ends {
			if ends[i] <= left {
				row = i
				break
			}
		}
		class := "mark"
		if !m.sure {
			class = "mark said"
		}
		if row >= 0 {
			ends[row] = left + labelWidth
			y := stripLine - 14 - row*24
			fmt.Fprintf(&s, `<line class="lead" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/><text x="%.1f" y="%d" text-anchor="%s">%s<tspan class="clock" x="%.1f" dy="11">%s</tspan></text>`,
				at, at, stripLine-5, y+2, edge, y-10, anchor, html.EscapeString(m.label), edge, m.at.In(b.Zone).Format("15:04"))
		}
		fmt.Fprintf(&s, `<circle class="%s" cx="%.1f" cy="%d" r="4"><title>%s %s</title></circle>`, class, at, stripLine, m.at.In(b.Zone).Format("15:04"), html.EscapeString(m.label))
	}
	fmt.Fprintf(&s, `<text class="end" x="%d" y="%d">%s</text></svg>`, margin, stripLine+26, instant.Short(span))
	return template.HTML(s.String()) //nolint:gosec // made of figures and escaped labels
}
