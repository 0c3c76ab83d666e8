package status

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"sitrep/incident"
	"sitrep/instant"
)

// barDays is how many days the bars show, today included.
const barDays = 90

// A day is one component on one day of the page's zone.
type day struct {
	start  time.Time
	known  bool                    // false before the component was first configured
	state  incident.ComponentState // the worst of the day
	titles []string                // of the incidents that made it so, oldest first
}

// A span is one claim of one incident: a component was in a state for a while.
type span struct {
	state    incident.ComponentState
	from, to time.Time // to is zero while it lasts
	title    string
}

// days returns the bars' days, oldest first; the last is today.
func (e *edition) days(now time.Time) []time.Time {
	y, m, d := now.In(e.loc).Date()
	out := make([]time.Time, barDays)
	for i := range out {
		out[i] = midnight(y, m, d-barDays+1+i, e.loc)
	}
	return out
}

// midnight is when a day begins in loc. Where clocks are put forward at
// midnight the day begins at one.
func midnight(y int, m time.Month, d int, loc *time.Location) time.Time {
	t := time.Date(y, m, d, 0, 0, 0, 0, loc)
	if t.Hour() == 23 {
		t = t.Add(time.Hour)
	}
	return t
}

// spans collects, by component id, what published updates claimed since a day.
// A claim lasts until the incident's next word on that component, or until the
// incident is over.
func (e *edition) spans(since time.Time) map[string][]span {
	out := make(map[string][]span)
	e.all(func(it *item) bool {
		p := &it.Public
		end := over(p)
		if p.Status == incident.Scheduled || !end.IsZero() && end.Before(since) {
			return true
		}
		last := make(map[string]span)
		finish := func(id string, to time.Time) {
			s, ok := last[id]
			if ok && s.state != incident.Operational && (to.IsZero() || to.After(s.from) && !to.Before(since)) {
				s.to = to
				out[id] = append(out[id], s)
			}
		}
		for i := len(p.Updates) - 1; i >= 0; i-- {
			u := &p.Updates[i]
			for _, c := range u.Affected {
				if s, ok := last[c.ID]; ok && s.state == c.New {
					continue
				}
				finish(c.ID, u.Shown)
				last[c.ID] = span{state: c.New, from: u.Shown, title: p.Title}
			}
		}
		for id := range last {
			finish(id, end)
		}
		return true
	})
	for _, spans := range out {
		slices.SortStableFunc(spans, func(a, b span) int {
			if c := a.from.Compare(b.from); c != 0 {
				return c
			}
			return strings.Compare(a.title, b.title)
		})
	}
	return out
}

// over is when an incident ended: its claims end with it. Zero is not yet.
func over(p *incident.Public) time.Time {
	if p.Open() {
		return time.Time{}
	}
	if !p.Resolved.IsZero() {
		return p.Resolved
	}
	if u, ok := p.Latest(); ok {
		return u.Shown
	}
	return p.Created
}

// componentDays lays the spans of one component over the days. Before since
// nothing is known.
func componentDays(starts []time.Time, spans []span, since time.Time) []day {
	out := make([]day, len(starts))
	for i, start := range starts {
		d := day{start: start, state: incident.Operational}
		end := start.AddDate(0, 0, 1)
		d.known = since.Before(end)
		for _, s := range spans {
			if s.from.Before(end) && (s.to.IsZero() || s.to.After(start)) {
				d.known = true
				d.state = d.state.Worse(s.state)
				if !slices.Contains(d.titles, s.title) {
					d.titles = append(d.titles, s.title)
				}
			}
		}
		out[i] = d
	}
	return out
}

// drawBars draws the days as SVG. A bad day is taller than a good one and says
// what it was, so that its colour is never alone; every bar says its day. The
// drawing is for eyes only: barSentence says the same in words.
func drawBars(days []day) template.HTML {
	const pitch, width, height = 5, 3, 32
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="bars" viewBox="0 0 %d %d" preserveAspectRatio="none" aria-hidden="true">`, len(days)*pitch-(pitch-width), height)
	for i, d := range days {
		class, top := "n", 26
		says := ": no data"
		if d.known {
			class, top, says = barClass(d.state)
		}
		fmt.Fprintf(&b, `<rect class="%s" x="%d" y="%d" width="%d" height="%d"><title>%s%s`,
			class, i*pitch, top, width, height-top, d.start.Format("Jan 2"), says)
		for j, t := range d.titles {
			b.WriteString([]string{". ", "; "}[min(j, 1)])
			b.WriteString(template.HTMLEscapeString(clean(t)))
		}
		b.WriteString("</title></rect>")
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) //nolint:gosec // numbers, our words, and escaped titles
}

// barClass is a state's class, the top of its bar, and its words.
func barClass(s incident.ComponentState) (class string, top int, says string) {
	switch s {
	case incident.MajorOutage:
		return "r", 0, ": major outage"
	case incident.PartialOutage:
		return "a", 4, ": partial outage"
	case incident.Degraded:
		return "y", 8, ": degraded performance"
	case incident.UnderMaintenance:
		return "b", 12, ": maintenance"
	}
	return "g", 16, ": no incident"
}

// barSentence says the bars in words: "Operational on 88 of the last 90 days.
// Major outage on Sep 9, 2020."
func barSentence(days []day, loc *time.Location) string {
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
		bad[d.state] = append(bad[d.state], instant.Date(d.start, loc))
	}
	var b strings.Builder
	switch {
	case known == 1 && good == 1:
		b.WriteString("Operational today.")
	case good == known:
		fmt.Fprintf(&b, "Operational on all of the last %d days.", known)
	default:
		fmt.Fprintf(&b, "Operational on %d of the last %s.", good, plural(known, "day"))
	}
	const most = 5 // days named for each state
	states := incident.ComponentStates()
	for _, s := range slices.Backward(states) {
		on := bad[s]
		if len(on) == 0 {
			continue
		}
		slices.Reverse(on)
		if more := len(on) - most; more > 0 {
			on = append(on[:most:most], plural(more, "other day"))
		}
		fmt.Fprintf(&b, " %s on %s.", stateWords(s), incident.Affected(on))
	}
	if known < len(days) {
		fmt.Fprintf(&b, " No data before %s.", instant.Date(first, loc))
	}
	return b.String()
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
