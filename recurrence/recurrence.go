// Package recurrence is when something happens again: a rule as calendars write
// it (RFC 5545, RRULE), counted on the clock of one zone.
//
// # Invariants
//
// A rule goes on for at most [Horizon] after any moment that is asked about, and
// takes a bounded time to say so: rules that happen more often than once a day,
// or that could look for a day that never comes, are refused. The wall clock
// decides: what happens at 22:00 happens at 22:00 when the clocks have changed.
//
// # Concurrency
//
// A Rule does not change and may be used by any goroutine.
package recurrence

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

// Horizon is how far ahead a rule is followed: ten years, in which every rule
// that is accepted happens, that of a leap day included.
const Horizon = 10 * 366 * 24 * time.Hour

// maxText is the longest rule that is read: all of its parts at their longest
// need less.
const maxText = 300

// A Rule says when something happens again.
type Rule struct {
	text  string
	rule  *rrule.RRule
	start time.Time
}

// An Error says why a rule is not taken: a sentence for whoever wrote it.
type Error struct{ Text string }

func (e *Error) Error() string { return e.Text }

func refused(format string, args ...any) error { return &Error{fmt.Sprintf(format, args...)} }

// Parse reads a rule: RRULE as in RFC 5545 ("FREQ=WEEKLY;BYDAY=TU"), or daily,
// weekly, monthly or yearly. It begins at start, which is its first time, and is
// counted on the clock of start's zone. The error is an *[Error].
func Parse(text string, start time.Time) (Rule, error) {
	start = start.Truncate(time.Second)
	t := strings.TrimPrefix(strings.ToUpper(strings.Join(strings.Fields(text), "")), "RRULE:")
	if slices.Contains([]string{"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}, t) {
		t = "FREQ=" + t
	}
	if len(t) > maxText {
		return Rule{}, refused("That rule has %d characters; at most %d are read.", len(t), maxText)
	}
	o, err := rrule.StrToROptionInLocation(t, start.Location())
	if err != nil {
		return Rule{}, refused("%q is no rule: %v. Write weekly, monthly, or one as in calendars: FREQ=WEEKLY;BYDAY=TU;UNTIL=20271231.", clip(text), err)
	}
	if err := accept(o); err != nil {
		return Rule{}, err
	}
	o.Dtstart = start
	r, err := rrule.NewRRule(*o)
	if err != nil {
		return Rule{}, refused("%q is no rule: %v.", clip(text), err)
	}
	rule := Rule{text: t, rule: r, start: start}
	first := rule.times()
	if at, ok := first(); !ok || !at.Equal(start) {
		return Rule{}, refused("The rule does not name the first time, %s. Begin on a day that it names.", start.Format("Monday, Jan 2"))
	}
	if next, ok := rule.Next(start); !ok || next.Sub(start) > Horizon {
		return Rule{}, refused("By that rule it happens only once. Leave the rule out.")
	}
	return rule, nil
}

// accept refuses rules of no use here: too often, or looking for days that may
// never come.
func accept(o *rrule.ROption) error {
	switch {
	case o.Freq > rrule.DAILY:
		return refused("That is more often than once a day. Write daily, weekly, monthly or yearly.")
	case len(o.Byhour)+len(o.Byminute)+len(o.Bysecond) > 0:
		return refused("The time of day is that of the first time. Leave BYHOUR, BYMINUTE and BYSECOND out.")
	case len(o.Byyearday)+len(o.Byweekno)+len(o.Byeaster) > 0:
		return refused("BYYEARDAY, BYWEEKNO and BYEASTER are not read. Use BYMONTH, BYMONTHDAY and BYDAY.")
	case o.Freq >= rrule.WEEKLY && len(o.Bymonthday) > 0:
		return refused("Days of the month go with FREQ=MONTHLY or FREQ=YEARLY.")
	case !o.Dtstart.IsZero():
		return refused("It begins with the first time. Leave DTSTART out.")
	case o.Interval < 0 || o.Interval > 366 || o.Count < 0:
		return refused("An interval is 1 to 366, and a count is not below 1.")
	}
	return nil
}

// String is the rule as RFC 5545 writes it, without "RRULE:".
func (r Rule) String() string { return r.text }

// Next is the first time after an instant; ok is false if there is none within
// [Horizon].
func (r Rule) Next(after time.Time) (at time.Time, ok bool) {
	next := r.times()
	for {
		at, ok = next()
		if !ok || at.After(after) {
			return at, ok && at.Sub(after) <= Horizon
		}
	}
}

// Upcoming lists the times after an instant and before another, at most so many.
func (r Rule) Upcoming(after, before time.Time, most int) []time.Time {
	var out []time.Time
	next := r.times()
	for len(out) < most {
		at, ok := next()
		if !ok || !at.Before(before) {
			break
		}
		if at.After(after) {
			out = append(out, at)
		}
	}
	return out
}

// times counts the times from the first. One that the clock leaves out, because
// it is put forward then, is read as if it had not been yet (RFC 5545, 3.3.5).
func (r Rule) times() func() (time.Time, bool) {
	next := r.rule.Iterator()
	return func() (time.Time, bool) {
		at, ok := next()
		if h, m, s := r.start.Clock(); ok && at.Hour()*3600+at.Minute()*60+at.Second() != h*3600+m*60+s {
			year, month, day := at.Date()
			_, before := at.AddDate(0, 0, -1).Zone()
			at = time.Date(year, month, day, h, m, s, 0, time.UTC).Add(-time.Duration(before) * time.Second).In(at.Location())
		}
		return at, ok
	}
}

func clip(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
