package postmortem

import (
	"time"

	"sitrep/incident"
	"sitrep/instant"
)

// A clock prints the instants of one incident: the time of day, with the date
// where it is not the incident's first day, and with the zone only where the
// zone's clocks were changed meanwhile, so that 01:30 would be two instants.
type clock struct {
	zone    *time.Location
	day     time.Time // any instant of the incident's first day; zero if there is none
	last    time.Time
	changed bool
}

func newClock(zone *time.Location, in *incident.Incident, t *incident.Timeline) clock {
	c := clock{zone: zone}
	add := func(at time.Time) {
		if at.IsZero() {
			return
		}
		if c.day.IsZero() || at.Before(c.day) {
			c.day = at
		}
		if at.After(c.last) {
			c.last = at
		}
	}
	for _, m := range in.Milestones {
		add(m.At)
		add(m.Until)
	}
	for _, u := range shownOrder(in) {
		add(u.Shown)
	}
	first := c.day
	if t != nil {
		for _, e := range t.Entries() {
			add(e.At)
		}
	}
	if c.day.IsZero() {
		return c
	}
	c.changed = instant.Zone(c.day, zone) != instant.Zone(c.last, zone)
	if !first.IsZero() {
		c.day = first // messages of an adopted channel may be days older than the incident
	}
	return c
}

// sameYear is how far apart two dates may be for the year to go without saying:
// beyond half a year the nearest date of that name is another one.
const sameYear = 150 * 24 * time.Hour

// at prints t: "11:09", "Sep 10, 08:32", "01:30 CDT".
func (c clock) at(t time.Time) string {
	if t.IsZero() {
		return "an unknown time"
	}
	if day := c.date(t); day != "" {
		return day + ", " + c.time(t)
	}
	return c.time(t)
}

// on prints t in a sentence: "at 11:09", "on Sep 10 at 08:32".
func (c clock) on(t time.Time) string {
	if t.IsZero() {
		return "at an unknown time"
	}
	if day := c.date(t); day != "" {
		return "on " + day + " at " + c.time(t)
	}
	return "at " + c.time(t)
}

func (c clock) time(t time.Time) string {
	if c.changed {
		return instant.Clock(t, c.zone)
	}
	return t.In(c.zone).Format("15:04")
}

// date prints the day of t, with its year if that would not be understood; ""
// is the incident's first day.
func (c clock) date(t time.Time) string {
	t = t.In(c.zone)
	day := c.day.In(c.zone)
	switch {
	case c.day.IsZero(), t.Year() != day.Year(), t.Sub(day).Abs() > sameYear:
		return t.Format("Jan 02, 2006")
	case t.YearDay() != day.YearDay():
		return t.Format("Jan 02")
	}
	return ""
}

// span prints an interval, or an instant where until is zero: "between 11:02
// and 11:09", "at 11:09".
func (c clock) span(at, until time.Time) string {
	if until.IsZero() || until.Equal(at) {
		return c.on(at)
	}
	return "between " + c.at(at) + " and " + c.at(until)
}

// names says which zone the times are in, in one sentence.
func (c clock) names() string {
	at := c.day
	abbr, full := instant.Zone(at, c.zone), c.zone.String()
	switch {
	case c.changed:
		return "All times are in " + full + ", where clocks were changed meanwhile, so each names " + abbr + " or " + instant.Zone(c.last, c.zone) + "."
	case full == abbr:
		return "All times are " + abbr + "."
	}
	return "All times are " + abbr + " (" + full + ")."
}
