package commands

import (
	"strings"
	"time"

	"sitrep/incident"
	"sitrep/instant"
	"sitrep/recurrence"
)

// until reads when planned work ends: until:, or for: from its beginning.
func (c *call) until(from time.Time) (time.Time, error) {
	d := c.vals["for"]
	if d == "" || c.vals["until"] != "" {
		return c.ahead("until")
	}
	length, err := duration(d)
	if err != nil || length <= 0 {
		return time.Time{}, incident.Problemf("bad-for", "Write how long it takes as for:90m or for:2h; %q is neither.", d)
	}
	return from.Add(length), nil
}

// reminder is when people are reminded of planned work: so long before it as
// remind: says, or def, if they are to be at all. A time that has passed reminds
// nobody.
func (c *call) reminder(from time.Time, def time.Duration, wanted bool) (time.Time, error) {
	before := def
	if text := c.vals["remind"]; text != "" {
		if on, ok := yes(text); ok {
			wanted = on
		} else {
			var err error
			if before, err = duration(text); err != nil || before < time.Minute || before > 31*24*time.Hour {
				return time.Time{}, incident.Problemf("bad-remind", "Write how long before people are reminded as remind:60m or remind:24h, or remind:no; %q is none of these.", text)
			}
			wanted = true
		}
	}
	at := from.Add(-before).UTC()
	if !wanted || !at.After(c.present()) {
		return time.Time{}, nil
	}
	return at, nil
}

// repeats reads how planned work happens again, and notes the next times.
func (r *Runner) repeats(c *call, from, until time.Time) (incident.Recurrence, error) {
	text := c.vals["repeat"]
	if text == "" {
		return incident.Recurrence{}, nil
	}
	rule, err := recurrence.Parse(text, from.In(c.zone))
	if err != nil {
		return incident.Recurrence{}, incident.Problemf("bad-repeat", "%s", err)
	}
	next := rule.Upcoming(from, from.Add(recurrence.Horizon), 3)
	if next[0].Before(until) {
		return incident.Recurrence{}, incident.Problemf("bad-repeat", "It would begin again, on %s, before it has ended.", instant.Stamp(next[0], c.zone))
	}
	var when []string
	for _, t := range next {
		when = append(when, instant.Stamp(t, c.zone))
	}
	c.remarks = append(c.remarks, "Then again: "+strings.Join(when, "; ")+". Each time is announced when the one before it is over.")
	return incident.Recurrence{Rule: rule.String(), Zone: c.page.TimeZone, Start: from.UTC()}, nil
}

// ahead reads a time that lies ahead, with its date, and notes how it was
// understood where that is not plain.
func (c *call) ahead(key string) (time.Time, error) {
	text := strings.TrimSpace(c.vals[key])
	if text == "" {
		return time.Time{}, incident.Problemf("time-missing", `Say when, with the date: %s:"2026-12-01 22:00".`, key)
	}
	r, err := instant.Parse(text, instant.Context{Now: c.present(), Author: c.req.Zone, Page: c.zone, Planned: true})
	if err != nil || r.IsInterval() || !strings.Contains(text, "-") || strings.HasPrefix(text, "-") {
		return time.Time{}, incident.Problemf("bad-time", `Planned times need a date: %s:"2026-12-01 22:00", or RFC 3339. %q has none that can be read.`, key, text)
	}
	for _, n := range r.Notes {
		c.remarks = append(c.remarks, n.Text)
	}
	return r.From.UTC(), nil
}
