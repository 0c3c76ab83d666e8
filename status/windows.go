package status

import (
	"slices"
	"strings"
	"time"

	"sitrep/incident"
)

// barDays is how many days the bars show, today included.
const barDays = 90

// A span is one claim of one incident: a component was in a state for a while.
type span struct {
	state    incident.ComponentState
	from, to time.Time // to is zero while it lasts
	title    string
	code     string
}

// A day is one component on one day of the page's zone.
type day struct {
	start          time.Time
	known          bool                    // false before the component was first configured
	state          incident.ComponentState // the worst of the day
	spans          []span                  // what made it so, oldest first
	partial, major time.Duration           // how long it was in which outage
}

// incidents lists what the day's spans are of, each once.
func (d day) incidents() []span {
	var out []span
	for _, s := range d.spans {
		if !slices.ContainsFunc(out, func(o span) bool { return o.code == s.code }) {
			out = append(out, s)
		}
	}
	return out
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
		if end := over(&it.Public); !end.IsZero() && end.Before(since) {
			return true
		}
		for id, spans := range spansOf(&it.Public) {
			for _, s := range spans {
				if s.to.IsZero() || !s.to.Before(since) {
					out[id] = append(out[id], s)
				}
			}
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

// spansOf collects what one incident or maintenance claimed, by component.
func spansOf(p *incident.Public) map[string][]span {
	if p.Status == incident.Scheduled {
		return nil
	}
	out := make(map[string][]span)
	last := make(map[string]span)
	finish := func(id string, to time.Time) {
		s, ok := last[id]
		if ok && s.state != incident.Operational && (to.IsZero() || to.After(s.from)) {
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
			last[c.ID] = span{state: c.New, from: u.Shown, title: p.Title, code: p.Code}
		}
	}
	for id := range last {
		finish(id, over(p))
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
func componentDays(starts []time.Time, spans []span, since, now time.Time) []day {
	out := make([]day, len(starts))
	for i, start := range starts {
		d := day{start: start, state: incident.Operational}
		end := start.AddDate(0, 0, 1)
		d.known = since.Before(end)
		for _, s := range spans {
			if s.from.Before(end) && (s.to.IsZero() || s.to.After(start)) {
				d.known = true
				d.state = d.state.Worse(s.state)
				d.spans = append(d.spans, s)
			}
		}
		d.partial, d.major = outages(d.spans, start, earlier(end, now))
		out[i] = d
	}
	return out
}

// outages is how long a component was in a partial and in a major outage from
// one instant to another. Where several incidents claim something of it at once,
// the worst counts, and each moment once.
func outages(spans []span, from, to time.Time) (partial, major time.Duration) {
	if len(spans) == 0 || !to.After(from) {
		return 0, 0
	}
	cuts := []time.Time{from, to}
	for _, s := range spans {
		for _, t := range []time.Time{s.from, s.to} {
			if t.After(from) && t.Before(to) {
				cuts = append(cuts, t)
			}
		}
	}
	slices.SortFunc(cuts, time.Time.Compare)
	for i := 1; i < len(cuts); i++ {
		a, b := cuts[i-1], cuts[i]
		worst := incident.Operational
		for _, s := range spans {
			if !s.from.After(a) && (s.to.IsZero() || !s.to.Before(b)) {
				worst = worst.Worse(s.state)
			}
		}
		switch worst {
		case incident.PartialOutage:
			partial += b.Sub(a)
		case incident.MajorOutage:
			major += b.Sub(a)
		}
	}
	return partial, major
}

// uptime is the part of the last n of the days that a component was up, in
// hundredths of a percent: 1 − (major + 0.3 partial) / n days, rounded down, as
// hosted pages compute it (169 of 169 real components). Degraded performance and
// maintenance do not count.
func uptime(days []day, n int) int {
	var down int64 // tenths of seconds
	for _, d := range days[max(0, len(days)-n):] {
		down += 10*int64(d.major/time.Second) + 3*int64(d.partial/time.Second)
	}
	whole := int64(n) * 864000
	return int(10000 * (whole - min(down, whole)) / whole)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
