package status

import (
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"sitrep/incident"
)

// A componentView is one line of the components' list, or a group of lines.
type componentView struct {
	ID          string
	Name        string
	Description template.HTML
	Mark        mark
	Bars        template.HTML
	Sentence    string
	Percent     string // "99.92 % uptime"
	DaysLabel   string // "3 days with incidents", which the uptime page lists; empty if there are none
	Members     []componentView
	Group       bool
	Plain       bool // its days are not shown
}

// A linkView leads to a page.
type linkView struct{ Text, Path string }

// componentViews lists components as the page's definition orders them, groups
// where their first member stands.
func (r rendering) componentViews(now time.Time) ([]componentView, error) {
	if len(r.page.Components) == 0 {
		return nil, nil
	}
	starts := r.days(now)
	spans := r.spans(starts[0])
	draw := r.drawer(starts)
	var fault error
	var quiet componentView // what is said of days on which nothing happened
	view := func(c *row) (componentView, bool) {
		if c.Listing.Quiet && c.state == incident.Operational {
			return componentView{}, false // listed only while it is not operational
		}
		about, err := r.site.look.prose.html(c.Description, 4)
		if err != nil {
			fault = err
		}
		// Nothing ever happened to most components of most pages: what is said of
		// their days is the same, and is written once.
		since := r.since(c, now)
		calm := len(spans[c.ID]) == 0 && !since.After(starts[0])
		v := quiet
		if !calm || v.Sentence == "" {
			v = r.daysView(draw, componentDays(starts, spans[c.ID], since, now))
		}
		if calm {
			quiet = v
		}
		v.ID, v.Name, v.Description, v.Mark, v.Plain = c.ID, clean(c.Name), about, r.stateMark(c.state), c.Listing.Plain
		return v, true
	}
	var out []componentView
	seen := make(map[string]bool)
	for _, c := range r.page.Components {
		of := r.row(c.ID)
		g := r.row(of.groupID)
		if g == nil {
			if v, shown := view(of); shown {
				out = append(out, v)
			}
			continue
		}
		if seen[g.ID] {
			continue
		}
		seen[g.ID] = true
		v := componentView{Name: clean(g.Name), Mark: r.stateMark(g.state), Group: true}
		for _, id := range g.children {
			if m := r.row(id); m != nil {
				if mv, shown := view(m); shown {
					v.Members = append(v.Members, mv)
				}
			}
		}
		if len(v.Members) > 0 {
			out = append(out, v)
		}
	}
	return out, fault
}

// daysView says what a component's days were, drawn and in words.
func (r rendering) daysView(draw drawer, days []day) componentView {
	v := componentView{Bars: draw.bars(days), Sentence: r.barSentence(days), Percent: r.percent(uptime(days, barDays))}
	bad := 0
	for _, d := range days {
		bad += min(len(d.spans), 1)
	}
	if bad > 0 {
		v.DaysLabel = r.tongue.Count("bars.days", bad)
	}
	return v
}

// since is when a component's history begins.
func (r rendering) since(c *row, now time.Time) time.Time {
	if c.created.IsZero() {
		return now
	}
	return c.created
}

func (r rendering) percent(hundredths int) string {
	return r.tongue.Say("uptime.percent", "percent", percentText(hundredths))
}

// percentText writes hundredths of a percent with as few digits as say it: "100",
// "99.9", "99.92".
func percentText(hundredths int) string {
	s := fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

// barTitles is how many incidents a bar names; the uptime page names all.
const barTitles = 2

// A drawer draws the bars of one rendering's components, whose days are the
// same: what it says of each is written once.
type drawer struct {
	days   []string // "Sep 9: ", escaped
	states map[incident.ComponentState]string
	none   string
}

func (r rendering) drawer(starts []time.Time) drawer {
	d := drawer{states: make(map[incident.ComponentState]string), none: template.HTMLEscapeString(r.tongue.Say("bar.unknown"))}
	for _, t := range starts {
		d.days = append(d.days, template.HTMLEscapeString(r.tongue.Time("day", t, r.loc))+": ")
	}
	for _, s := range incident.ComponentStates() {
		d.states[s] = template.HTMLEscapeString(r.tongue.Say("bar." + string(s)))
	}
	return d
}

// bars draws the days as SVG. A bad day is taller than a good one and says
// what it was, so that its colour is never alone; every bar says its day. The
// drawing is for eyes only: barSentence and the uptime page say the same in words.
func (dr drawer) bars(days []day) template.HTML {
	const pitch, width, height = 5, 3, 32
	var b strings.Builder
	b.Grow(100 * len(days))
	fmt.Fprintf(&b, `<svg class="bars" viewBox="0 0 %d %d" preserveAspectRatio="none" aria-hidden="true">`, len(days)*pitch-(pitch-width), height)
	for i, d := range days {
		class, top, says := "n", 26, dr.none
		if d.known {
			class, top = barLook(d.state)
			says = dr.states[d.state]
		}
		b.WriteString(`<rect class="`)
		b.WriteString(class)
		b.WriteString(`" x="`)
		b.WriteString(strconv.Itoa(i * pitch))
		b.WriteString(`" y="`)
		b.WriteString(strconv.Itoa(top))
		b.WriteString(`" width="3" height="`)
		b.WriteString(strconv.Itoa(height - top))
		b.WriteString(`"><title>`)
		b.WriteString(dr.days[i])
		b.WriteString(says)
		for j, s := range d.incidents() {
			if j == barTitles {
				b.WriteString("; …")
				break
			}
			b.WriteString([]string{". ", "; "}[min(j, 1)])
			b.WriteString(template.HTMLEscapeString(clean(s.title)))
		}
		b.WriteString("</title></rect>")
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) //nolint:gosec // numbers, and escaped texts
}

// barLook is a state's class and the top of its bar.
func barLook(s incident.ComponentState) (class string, top int) {
	switch s {
	case incident.MajorOutage:
		return "r", 0
	case incident.PartialOutage:
		return "a", 4
	case incident.Degraded:
		return "y", 8
	case incident.UnderMaintenance:
		return "b", 12
	}
	return "g", 16
}

// barSentence says the bars in words: "Operational on 88 of the last 90 days.
// Major outage on Sep 9, 2020."
func (r rendering) barSentence(days []day) string {
	known, good := 0, 0
	bad := make(map[incident.ComponentState][]string)
	var first time.Time
	for _, d := range days {
		if !d.known {
			continue
		}
		if known == 0 {
			first = d.start
		}
		known++
		if d.state == incident.Operational {
			good++
			continue
		}
		bad[d.state] = append(bad[d.state], r.tongue.Time("date", d.start, r.loc))
	}
	var said []string
	switch {
	case known == 1 && good == 1:
		said = append(said, r.tongue.Say("bars.today"))
	case good == known:
		said = append(said, r.tongue.Say("bars.good", "n", known))
	default:
		said = append(said, r.tongue.Count("bars.some", known, "good", good))
	}
	const most = 5 // days named for each state
	for _, s := range slices.Backward(incident.ComponentStates()) {
		on := bad[s]
		if len(on) == 0 {
			continue
		}
		slices.Reverse(on)
		if more := len(on) - most; more > 0 {
			on = append(on[:most:most], r.tongue.Count("bars.more", more))
		}
		said = append(said, r.tongue.Say("bars.on", "state", r.tongue.Say("state."+string(s)), "days", r.tongue.List(on)))
	}
	if known < len(days) {
		said = append(said, r.tongue.Say("bars.unknown", "day", r.tongue.Time("date", first, r.loc)))
	}
	return strings.Join(said, " ")
}
