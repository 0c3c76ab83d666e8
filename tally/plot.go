package tally

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"
	"time"

	"sitrep/instant"
)

// A plot is one SVG. Across it counts in percent and down it in pixels, so that
// it fits any width and its words keep their size. All that it shows stands in a
// table or a sentence beside it too.
type plot struct {
	strings.Builder
	id string
}

// newPlot begins a plot of a height in pixels, with what it is and what it says
// for who cannot see it.
func newPlot(id string, height int, title, says string) *plot {
	p := &plot{id: id}
	fmt.Fprintf(p, `<svg class="plot" width="100%%" height="%d" role="img" aria-labelledby="%s-t %s-d"><title id="%s-t">%s</title><desc id="%s-d">%s</desc>`,
		height, id, id, id, html.EscapeString(title), id, html.EscapeString(says))
	return p
}

func (p *plot) end() template.HTML {
	p.WriteString("</svg>")
	return template.HTML(p.String()) //nolint:gosec // numbers, class names of ours, and escaped words
}

// within is how much of the width the axis has; the rest is margin.
const (
	leftEdge  = 1.5
	rightEdge = 98.5
)

func across(f float64) string {
	return number(leftEdge+min(max(f, 0), 1)*(rightEdge-leftEdge)) + "%"
}

func (p *plot) line(class string, x1, x2 string, y1, y2 float64) {
	fmt.Fprintf(p, `<line class="%s" x1="%s" x2="%s" y1="%s" y2="%s"/>`, class, x1, x2, number(y1), number(y2))
}

func (p *plot) rect(class string, from, to float64, y, height float64) {
	x1, x2 := leftEdge+from*(rightEdge-leftEdge), leftEdge+to*(rightEdge-leftEdge)
	fmt.Fprintf(p, `<rect class="%s" x="%s%%" width="%s%%" y="%s" height="%s"/>`, class, number(x1), number(x2-x1), number(y), number(height))
}

func (p *plot) text(class, x string, y float64, anchor, words string) {
	fmt.Fprintf(p, `<text class="%s" x="%s" y="%s" text-anchor="%s">%s</text>`, class, x, number(y), anchor, html.EscapeString(words))
}

// A scale puts lengths of time on a line by their logarithm, from a minute or
// less on: a night and a minute have room on the same line.
type scale struct{ longest time.Duration }

func (s scale) at(d time.Duration) float64 {
	whole := math.Log(float64(max(s.longest, time.Hour)) / float64(time.Minute))
	return math.Log(float64(max(d, time.Minute))/float64(time.Minute)) / whole
}

// ticks are the lengths that are written at the scale.
func (s scale) ticks() []time.Duration {
	const day = 24 * time.Hour
	var out []time.Duration
	for _, d := range []time.Duration{time.Minute, 10 * time.Minute, time.Hour, 8 * time.Hour, 3 * day, 28 * day, 364 * day} {
		if d <= max(s.longest, time.Hour) {
			out = append(out, d)
		}
	}
	return out
}

func (p *plot) axis(s scale, top, bottom float64) {
	for _, d := range s.ticks() {
		x := across(s.at(d))
		p.line("grid", x, x, top, bottom)
		anchor := "middle"
		if s.at(d) < .05 {
			anchor = "start"
		} else if s.at(d) > .95 {
			anchor = "end"
		}
		words := instant.Short(d)
		if d == time.Minute { // what is shorter stands there too
			words = "≤ " + words
		}
		p.text("tick", x, bottom+15, anchor, words)
	}
}

// lengths draws each distribution that has a value: a dot an incident, a box
// from the first to the third quartile, a line at the median.
func (r Report) lengths() template.HTML {
	var ds []Distribution
	var s scale
	for _, d := range r.distributions() {
		if n := len(d.Values); n > 0 {
			ds = append(ds, d)
			for _, v := range d.Values {
				s.longest = max(s.longest, v.High)
			}
		}
	}
	if len(ds) == 0 {
		return ""
	}
	const row = 46
	bottom := float64(row*len(ds) + 2)
	p := newPlot("took", int(bottom)+22, "How long things took", "A line for each, a dot for each incident, on a scale where each step is many times the one before. The table below has the same figures.")
	p.axis(s, 0, bottom)
	for i, d := range ds {
		top := float64(i * row)
		p.text("name", across(0), top+14, "start", fmt.Sprintf("%s (%d)", upper(d.Name), len(d.Values)))
		mid := top + 31
		p.line("base", across(0), across(1), mid, mid)
		if d.Enough() {
			a, _ := d.Quantile(.25)
			z, _ := d.Quantile(.75)
			p.rect("box", s.at(a.Low), s.at(z.High), mid-8, 16)
			m, _ := d.Quantile(.5)
			for _, at := range []time.Duration{m.Low, m.High} {
				p.line("median", across(s.at(at)), across(s.at(at)), mid-10, mid+10)
			}
		}
		for _, v := range d.Values {
			if v.Low != v.High {
				p.line("between", across(s.at(v.Low)), across(s.at(v.High)), mid, mid)
			}
			fmt.Fprintf(p, `<circle class="dot" cx="%s" cy="%s" r="3.5"><title>%s: %s</title></circle>`, across(s.at(v.High)), number(mid), html.EscapeString(v.Incident), length(v.Span))
		}
	}
	return p.end()
}

// weeks draws how many incidents were declared in each week.
func (r Report) weeks() template.HTML {
	most := 1
	for _, w := range r.Weeks {
		most = max(most, w.N)
	}
	const height = 110
	p := newPlot("weeks", height+40, "When incidents were declared", "A bar for each week. The table below has the same figures.")
	n := float64(len(r.Weeks))
	p.line("base", across(0), across(1), height+16, height+16)
	for i, w := range r.Weeks {
		from, to := (float64(i)+.15)/n, (float64(i)+.85)/n
		tall := float64(height-8) * float64(w.N) / float64(most)
		p.rect("bar", from, to, height+16-tall, tall)
		p.text("count", across((from+to)/2), height+10-tall, "middle", fmt.Sprint(w.N))
		if i%((len(r.Weeks)+5)/6) == 0 { // there is room for six dates on a phone
			p.text("tick", across((from+to)/2), height+32, "middle", w.From.Format("Jan 2"))
		}
	}
	return p.end()
}

// curve draws the share of follow-ups that is still open.
func (r Report) curve() template.HTML {
	a := r.Actions
	if len(a.Steps) == 0 || a.Beyond <= 0 {
		return ""
	}
	const height, top = 150.0, 12.0
	y := func(share float64) float64 { return top + (1-share)*height }
	x := func(d time.Duration) string { return across(float64(d) / float64(a.Beyond)) }
	p := newPlot("curve", int(height+top)+26, "How long follow-ups stay open", "The share that is still open, by how long ago each was added. "+r.lasting())
	for _, share := range []float64{0, .5, 1} {
		p.line("grid", across(0), across(1), y(share), y(share))
		p.text("tick halo", across(1), y(share)-3, "end", fmt.Sprintf("%.0f %%", 100*share))
	}
	at, share := time.Duration(0), 1.0
	for _, s := range a.Steps {
		p.line("curve", x(at), x(s.After), y(share), y(share))
		p.line("curve", x(s.After), x(s.After), y(share), y(s.Open))
		at, share = s.After, s.Open
	}
	p.line("curve", x(at), x(a.Beyond), y(share), y(share))
	for _, c := range a.Censored {
		share := 1.0
		for _, s := range a.Steps {
			if s.After <= c {
				share = s.Open
			}
		}
		p.line("censored", x(c), x(c), y(share)-5, y(share)+5)
	}
	if a.HalfLife > 0 {
		p.line("half", x(a.HalfLife), x(a.HalfLife), y(1), y(0))
	}
	for i := range 5 {
		d := a.Beyond * time.Duration(i) / 4
		p.text("tick", x(d), top+height+17, []string{"start", "middle", "middle", "middle", "end"}[i], instant.Short(roughly(d)))
	}
	return p.end()
}

// roughly rounds a length to what is worth writing at an axis.
func roughly(d time.Duration) time.Duration {
	const day = 24 * time.Hour
	switch {
	case d >= 4*day:
		return d.Round(day)
	case d >= 4*time.Hour:
		return d.Round(time.Hour)
	}
	return d.Round(time.Minute)
}

// letter is how much of the width a letter takes on a narrow phone.
const letter = 0.022

// fates draws what became of the promises, as parts of one bar.
func (r Report) fates() template.HTML {
	if len(r.Promises) == 0 {
		return ""
	}
	p := newPlot("fates", 46, "What became of promises", r.kept()+" The table below has the same figures.")
	from := 0.0
	for i, f := range fates() {
		n := r.Fates(false)[f] + r.Fates(true)[f]
		if n == 0 {
			continue
		}
		to := from + float64(n)/float64(len(r.Promises))
		p.rect(fmt.Sprintf("fate fate%d", i), from, to, 20, 22)
		if words := fmt.Sprintf("%s: %d", f, n); to-from > letter*float64(len(words)) {
			p.text("name", across(from), 14, "start", words)
		}
		from = to
	}
	return p.end()
}
