package instant

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// longestRollover is the longest interval that may cross midnight without a
// date: beyond half a day its bounds are more likely to be swapped.
const longestRollover = 12 * time.Hour

// Parse reads the time that a person gave to a command.
//
// It takes a clock time (11:09, 11:09:30, 9:05pm, 11h09, noon) with or without
// a zone (CDT, Europe/Berlin, Z, +02:00, UTC+2), with or without a day (today,
// yesterday, 2020-09-09, Sep 9, 9 September 2020); RFC 3339; how long ago
// (-20m, -1h30m, 20m ago); now; and two of them with ".." between. A bound of
// an interval that lacks a day, a zone, or am or pm takes it from the other.
//
// A clock time without a day is today's in its zone. If that lies more than
// [Ahead] in the future, it is yesterday's when that is nearer to now (23:50
// typed at 00:10), with a note, and refused otherwise (15:00 typed at 11:00).
// Everything else that lies more than Ahead in the future is refused. A date
// without a year is its last occurrence.
//
// Errors are of type *[Error].
func Parse(text string, c Context) (Reading, error) {
	r, err := parse(text, c)
	if err != nil {
		return Reading{}, err
	}
	return r, nil
}

func parse(text string, c Context) (Reading, *Error) {
	const longest = 200 // no time is longer
	if len(text) > longest {
		return Reading{}, problem(Unreadable, "That is too long for a time; write one such as 11:09, -20m or 11:02..11:09.")
	}
	p := &parser{Context: c, homes: c.homes()}
	left, right, two := split(normal(text), text)
	b, err := readBound(left)
	if err != nil {
		return Reading{}, err
	}
	r := Reading{Text: text, now: c.Now}
	if !two {
		if note, ok := asOffset(left); ok {
			r.Notes = append(r.Notes, note)
		}
		at, err := p.single(b)
		if err != nil {
			return Reading{}, err
		}
		return p.finish(r, b, at), nil
	}
	e, err := readBound(right)
	if err != nil {
		return Reading{}, err
	}
	from, until, err := p.interval(b, e)
	if err != nil {
		return Reading{}, err
	}
	r = p.finish(r, b, from)
	r.Until = until.at
	r.seconds = b.seconds || e.seconds
	for _, n := range until.notes {
		if !hasKind(r.Notes, n.Kind) {
			r.Notes = append(r.Notes, n)
		}
	}
	return r, nil
}

type parser struct {
	Context
	homes []*time.Location
}

func (p *parser) finish(r Reading, b bound, at placement) Reading {
	r.From, r.Zone, r.seconds = at.at, at.loc, b.seconds
	r.Notes = append(r.Notes, at.notes...)
	return r
}

// single places a time that stands alone, by the rules that Parse documents.
func (p *parser) single(b bound) (placement, *Error) {
	at, err := p.put(b)
	if err != nil {
		return at, err
	}
	if b.day != noDay || b.relative || !p.ahead(at.at) {
		return at, p.refuseAhead(b, at)
	}
	before, err := p.onDay(b, -1)
	if err != nil {
		return at, err
	}
	if p.Now.Sub(before.at) >= at.at.Sub(p.Now) {
		return at, p.refuseAhead(b, at)
	}
	before.notes = append(before.notes, Note{Yesterday, fmt.Sprintf("%s today is still to come, so it was read as yesterday's.", b.w.clock())})
	return before, nil
}

// put places a bound on the day that it names, or today.
func (p *parser) put(b bound) (placement, *Error) {
	if b.relative {
		loc := p.homes[0]
		t := p.Now.Add(-b.back).In(loc)
		return placement{at: t, literal: t, loc: loc}, nil
	}
	switch b.day {
	case fullDate:
		return place(b.w, b.zone, p.homes, firstOf)
	case dateNoYear:
		return p.lastOccurrence(b)
	case yesterday:
		return p.onDay(b, -1)
	default:
		return p.onDay(b, 0)
	}
}

// onDay places the bound's clock on today's date in its zone, or so many days
// from it. In a repeated hour it is the last one that has happened.
func (p *parser) onDay(b bound, days int) (placement, *Error) {
	return p.onDateOf(p.Now, b, days, p.latest)
}

func (p *parser) onDateOf(t time.Time, b bound, days int, choose func([]time.Time) int) (placement, *Error) {
	// The zone decides which day it is, and the day decides what the zone's
	// name means; zones differ by a day at most, so asking twice is enough.
	rough, err := place(b.w.onDateOf(t, time.UTC), b.zone, p.homes, choose)
	if err != nil {
		return rough, err
	}
	return place(b.w.onDateOf(t, rough.loc).addDays(days), b.zone, p.homes, choose)
}

// lastOccurrence places a date without a year in the last year in which it has
// happened.
func (p *parser) lastOccurrence(b bound) (placement, *Error) {
	this := p.Now.In(p.homes[0]).Year()
	for y := this + 1; y > this-9; y-- { // nine years hold a February 29 even across 1900 and 2100
		if !dayExists(y, b.w.month, b.w.day) {
			continue
		}
		b.w.year = y
		at, err := place(b.w, b.zone, p.homes, firstOf)
		if err != nil {
			return at, err
		}
		if p.ahead(at.at) && at.at.Sub(p.Now) < 48*time.Hour {
			return at, nil // tomorrow is refused, not put a year ago
		}
		if p.ahead(at.at) {
			continue
		}
		if y < this {
			at.notes = append(at.notes, Note{LastYear, fmt.Sprintf("%s was read as that of %d.", b.w.date(), y)})
		}
		return at, nil
	}
	return placement{}, problem(Unreadable, "%q names a day that was not found; write the year too, as in 2020-09-09 11:09.", b.text)
}

// interval places two bounds.
func (p *parser) interval(b, e bound) (from, until placement, err *Error) {
	share(&b, &e)
	clocks := !b.relative && !e.relative
	switch {
	case clocks && b.day == noDay && e.day == noDay:
		// The end is the one that lies nearer to now.
		if until, err = p.single(e); err == nil {
			from, err = p.before(b, until)
		}
	case clocks && b.day == noDay && e.day != noDay:
		if until, err = p.single(e); err == nil {
			from, err = p.before(b, until)
		}
	case clocks && b.day != noDay && e.day == noDay:
		if from, err = p.single(b); err == nil {
			until, err = p.after(e, from)
		}
	default:
		if from, err = p.single(b); err == nil {
			until, err = p.single(e)
		}
	}
	if err != nil {
		return from, until, err
	}
	if until.at.Before(from.at) {
		return from, until, problem(Backwards, "The interval %s..%s ends before it begins; write the earlier time first.", b.text, e.text)
	}
	return from, until, nil
}

// before places a bare clock as the last one that is not after the interval's
// end.
func (p *parser) before(b bound, until placement) (placement, *Error) {
	choose := func(ts []time.Time) int {
		for i := len(ts) - 1; i > 0; i-- {
			if !ts[i].After(until.at) {
				return i
			}
		}
		return 0
	}
	at, err := p.onDateOf(until.at, b, 0, choose)
	if err != nil || !at.at.After(until.at) {
		return at, err
	}
	at, err = p.onDateOf(until.at, b, -1, choose)
	if err == nil && until.at.Sub(at.at) > longestRollover {
		err = problem(Backwards, "The interval ends before it begins; write the earlier time first, or add the day, as in yesterday %s.", b.text)
	}
	return at, err
}

// after places a bare clock as the first one that is not before the interval's
// start.
func (p *parser) after(e bound, from placement) (placement, *Error) {
	choose := func(ts []time.Time) int {
		for i, t := range ts {
			if !t.Before(from.at) {
				return i
			}
		}
		return len(ts) - 1
	}
	at, err := p.onDateOf(from.at, e, 0, choose)
	if err == nil && at.at.Before(from.at) {
		at, err = p.onDateOf(from.at, e, 1, choose)
		if err == nil && at.at.Sub(from.at) > longestRollover {
			err = problem(Backwards, "The interval ends before it begins; write the earlier time first, or add the day to %s too.", e.text)
		}
	}
	if err != nil {
		return at, err
	}
	return at, p.refuseAhead(e, at)
}

// share gives each bound of an interval what only the other has: the zone, and
// am or pm.
func share(b, e *bound) {
	if b.relative || e.relative {
		return
	}
	switch {
	case b.zone == "":
		b.zone = e.zone
	case e.zone == "":
		e.zone = b.zone
	}
	shareMeridiem(b, e)
}

// shareMeridiem reads 2:05..2:40pm as two times after noon, and 11:30..1:15pm
// as one before it.
func shareMeridiem(b, e *bound) {
	if !b.bare12 || e.meridiem == "" {
		return
	}
	pm := b.w
	pm.hour %= 12
	am := pm
	pm.hour += 12
	if afternoon := e.w.hour >= 12; afternoon && !clockAfter(pm, e.w) || !afternoon && clockAfter(am, e.w) {
		b.w = pm
	} else {
		b.w = am
	}
}

func clockAfter(a, b wall) bool {
	return a.hour*3600+a.min*60+a.sec > b.hour*3600+b.min*60+b.sec
}

func (p *parser) ahead(t time.Time) bool { return !p.Planned && t.Sub(p.Now) > Ahead }

// refuseAhead is nil unless the time is still to come.
func (p *parser) refuseAhead(b bound, at placement) *Error {
	if !p.ahead(at.at) {
		return nil
	}
	shown := Clock(at.at, at.loc)
	if Date(at.at, at.loc) != Date(p.Now, at.loc) {
		shown = Stamp(at.at, at.loc)
	}
	return problem(InFuture, "%s is %s ahead of now (%s); write a time that has passed, with its day if it was not today, as in yesterday 15:00.",
		shown, Short(at.at.Sub(p.Now)), Clock(p.Now, at.loc))
}

// latest chooses the last of a repeated hour's instants that has happened.
func (p *parser) latest(ts []time.Time) int {
	for i := len(ts) - 1; i > 0; i-- {
		if !p.ahead(ts[i]) {
			return i
		}
	}
	return 0
}

// firstOf chooses the first of a repeated hour's instants.
func firstOf([]time.Time) int { return 0 }

var (
	clockDashClock = regexp.MustCompile(`^(.*\d{1,2}:\d{2}(?::\d{2})?)-(\d{1,2}:\d{2}(?::\d{2})?)((?:\s*[^\d].*)?)$`)
	spacedDash     = regexp.MustCompile(`^(.*\d.*?)\s+-\s+(\d{1,2}[:h.]\d{2}.*)$`)
	wordTo         = regexp.MustCompile(`^(?i:(?:from|between)\s+)?(.*\d.*?)(?i:\s+(?:to|until|till)\s+)(.*)$`)
	dotsPattern    = regexp.MustCompile(`\s*\.{2,}\s*`)
)

// split takes an interval apart. "11:02..11:09" is the way it is taught; "to",
// a dash between spaces and a long dash between two clock times are
// understood too. A hyphen right after a clock time begins an offset if one
// such exists (11:09-05:00), else the second bound (11:02-11:09).
func split(s, original string) (left, right string, two bool) {
	if m := dotsPattern.FindStringIndex(s); m != nil {
		return s[:m[0]], s[m[1]:], true
	}
	if m := wordTo.FindStringSubmatch(s); m != nil {
		return m[1], m[2], true
	}
	// Only a clock time stands left of the dash of an interval; "Sep 09, 2020
	// - 15:39" is a stamp as the page prints it.
	if m := spacedDash.FindStringSubmatch(s); m != nil {
		if _, err := readBound(m[1]); err == nil {
			return m[1], m[2], true
		}
	}
	if m := clockDashClock.FindStringSubmatch(s); m != nil {
		_, possible := plausibleOffset(m[2])
		if !possible || longDash(original) && clockLess(m[1], m[2]) {
			return m[1], m[2] + m[3], true
		}
	}
	return s, "", false
}

// plausibleOffset says whether some zone west of Greenwich keeps, or kept in
// the last decades, this offset.
func plausibleOffset(s string) (int, bool) {
	switch s {
	case "02:30", "03:30", "04:30", "09:30":
	default:
		if len(s) != 5 || s[3:] != "00" {
			return 0, false
		}
	}
	offset, ok := readOffset("-" + s)
	return offset, ok && offset >= -12*3600
}

// asOffset notes that "10:00-11:00" was not read as an interval.
func asOffset(s string) (Note, bool) {
	m := clockDashClock.FindStringSubmatch(s)
	if m == nil || !clockLess(m[1], m[2]) {
		return Note{}, false
	}
	return Note{AsOffset, fmt.Sprintf("-%s was read as the offset from UTC; for an interval write %s..%s.", m[2], m[1], m[2])}, true
}

// clockLess says whether the clock time that a ends in comes before b.
func clockLess(a, b string) bool {
	a = a[max(0, len(a)-len(b)):]
	return a < b
}

func longDash(s string) bool { return strings.ContainsAny(s, "–—") }

func hasKind(notes []Note, k NoteKind) bool {
	for _, n := range notes {
		if n.Kind == k {
			return true
		}
	}
	return false
}
