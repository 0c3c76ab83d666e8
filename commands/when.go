package commands

import (
	"errors"
	"strings"
	"time"

	"sitrep/incident"
	"sitrep/instant"
)

// when reads the at: of a command. ok is false if there is none.
func (c *call) when(key string) (r instant.Reading, notes []string, ok bool, err error) {
	text := c.vals[key]
	if text == "" {
		return instant.Reading{}, nil, false, nil
	}
	r, err = instant.Parse(text, instant.Context{Now: c.present(), Author: c.req.Zone, Page: c.zone})
	var e *instant.Error
	if errors.As(err, &e) {
		return r, nil, false, incident.Problemf("bad-time", "%s", e.Text)
	}
	if err != nil {
		return r, nil, false, err
	}
	notes = append(notes, "Understood as "+r.Describe(c.zone, c.req.Zone)+".")
	for _, n := range r.Notes {
		notes = append(notes, n.Text)
	}
	return r, notes, true, nil
}

// instant reads the at: of a command that takes no interval.
func (c *call) instant(key string) (t time.Time, notes []string, err error) {
	r, notes, ok, err := c.when(key)
	if err != nil || !ok {
		return time.Time{}, nil, err
	}
	if r.IsInterval() {
		return time.Time{}, nil, incident.Problemf("bad-time", "Give one time, not an interval: %s:%q.", key, strings.SplitN(c.vals[key], "..", 2)[0])
	}
	return r.From, notes, nil
}

// present is when the request was made: the platform's time of it, else ours.
func (c *call) present() time.Time {
	if !c.req.When.IsZero() {
		return c.req.When
	}
	return c.now
}

// soon is a clock time of today, or a whole stamp of another day.
func (c *call) soon(t time.Time) string {
	if instant.Date(t, c.zone) == instant.Date(c.present(), c.zone) {
		return instant.Clock(t, c.zone)
	}
	return instant.Stamp(t, c.zone)
}

// duration reads "30m", "30min", "in 2h".
func duration(text string) (time.Duration, error) {
	return time.ParseDuration(strings.ReplaceAll(strings.TrimPrefix(strings.TrimSpace(text), "in "), "min", "m"))
}

func isDuration(text string) bool { _, err := duration(text); return err == nil }

// promise reads when customers will hear the next word: "30m", "2h", "15:30".
func (c *call) promise(key string) (t time.Time, err error) {
	text := strings.TrimSpace(c.vals[key])
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil { // of a preview
		return t, nil
	}
	if d, err := duration(text); err == nil {
		if d < time.Minute || d > 7*24*time.Hour {
			return time.Time{}, incident.Problemf("bad-next", "The next word can be promised for 1m to 168h from now; %q is not.", text)
		}
		return c.present().Add(d), nil
	}
	zone := c.zone
	if c.req.Zone != nil {
		zone = c.req.Zone
	}
	if clock, err := time.Parse("15:04", text); err == nil {
		y, m, d := c.present().In(zone).Date()
		t := time.Date(y, m, d, clock.Hour(), clock.Minute(), 0, 0, zone)
		if !t.After(c.present()) {
			t = time.Date(y, m, d+1, clock.Hour(), clock.Minute(), 0, 0, zone)
		}
		return t, nil
	}
	return time.Time{}, incident.Problemf("bad-next", "Write when the next word will come as next:30m or next:15:30; %q is neither.", text)
}
