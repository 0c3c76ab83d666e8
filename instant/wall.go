package instant

import (
	"fmt"
	"time"
)

// A wall is what a clock on the wall shows, before it is known where it hangs.
type wall struct {
	year       int
	month      time.Month
	day        int
	hour, min  int
	sec, nanos int
}

// addDays moves the date, with the calendar's own carry.
func (w wall) addDays(n int) wall {
	t := time.Date(w.year, w.month, w.day+n, 0, 0, 0, 0, time.UTC)
	w.year, w.month, w.day = t.Date()
	return w
}

// onDateOf is the same clock on the date that t has in loc.
func (w wall) onDateOf(t time.Time, loc *time.Location) wall {
	w.year, w.month, w.day = t.In(loc).Date()
	return w
}

// at is the instant at which a clock that runs offset seconds east of UTC
// shows w.
func (w wall) at(offset int) time.Time {
	return time.Date(w.year, w.month, w.day, w.hour, w.min, w.sec, w.nanos, time.UTC).Add(-time.Duration(offset) * time.Second)
}

func (w wall) clock() string { return fmt.Sprintf("%02d:%02d", w.hour, w.min) }

func (w wall) date() string {
	return time.Date(w.year, w.month, w.day, 0, 0, 0, 0, time.UTC).Format("January 2")
}

// A span is a stretch of time in which a zone keeps one offset and one name.
type span struct {
	name   string
	offset int
}

// spans lists the offsets and names that loc keeps between two instants, in
// order.
func spans(loc *time.Location, from, to time.Time) []span {
	var out []span
	// A zone changes a few times a year at most; the bound only protects
	// against a database that does not move on.
	for t := from.In(loc); len(out) < 64; {
		name, offset := t.Zone()
		out = append(out, span{name, offset})
		_, end := t.ZoneBounds()
		if end.IsZero() || !end.After(t) || end.After(to) {
			break
		}
		t = end
	}
	return out
}

// instants lists the instants at which a clock in loc shows w, in order: one
// as a rule, none in the hour that is skipped when clocks go forward, two in
// the hour that is repeated when they go back.
func (w wall) instants(loc *time.Location) []time.Time {
	var out []time.Time
	for _, s := range w.around(loc) {
		t := w.at(s.offset).In(loc)
		if _, offset := t.Zone(); offset != s.offset {
			continue
		}
		if n := len(out); n > 0 && !t.After(out[n-1]) {
			continue
		}
		out = append(out, t)
	}
	return out
}

// around lists the spans that can touch w: no offset is further than 15 hours
// from UTC, and two days cover a date line that moved.
func (w wall) around(loc *time.Location) []span {
	t := w.at(0)
	return spans(loc, t.Add(-48*time.Hour), t.Add(48*time.Hour))
}

// local finds the instant that w means on a clock in loc. In a repeated hour
// choose picks one; in a skipped one the clock is taken as if it had not been
// moved yet, so 02:30 becomes 03:30. Either way a note says so.
func (w wall) local(loc *time.Location, choose func([]time.Time) int) (time.Time, []Note) {
	ts := w.instants(loc)
	switch len(ts) {
	case 0:
		before := w.around(loc)[0]
		t := w.at(before.offset).In(loc)
		return t, []Note{{Skipped, fmt.Sprintf("%s did not exist on %s in %s, where clocks went forward; it was read as %s.",
			w.clock(), w.date(), loc, Clock(t, loc))}}
	case 1:
		return ts[0], nil
	}
	i := choose(ts)
	t, other := ts[i], ts[0]
	which := "second"
	if i == 0 {
		which, other = "first", ts[1]
	}
	return t, []Note{{Repeated, fmt.Sprintf("%s came twice on %s in %s, where clocks went back; it was read as the %s, %s. For the other write %s.",
		w.clock(), w.date(), loc, which, Clock(t, loc), spelled(other, loc))}}
}

// spelled is a clock time that Parse reads back as exactly this instant.
func spelled(t time.Time, loc *time.Location) string {
	_, offset := t.In(loc).Zone()
	if name, _ := t.In(loc).Zone(); isAbbreviation(name) {
		return t.In(loc).Format("15:04 ") + name
	}
	return t.In(loc).Format("15:04") + offsetText(offset)
}
