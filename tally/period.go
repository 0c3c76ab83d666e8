package tally

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// A Period is a month or a quarter of a zone's calendar.
type Period struct {
	Name        string    // "September 2026", "third quarter of 2026"
	Key         string    // "2026-09", "2026-Q3"
	From, Until time.Time // Until is the first instant after it
}

var (
	month   = regexp.MustCompile(`^(\d{4})-(0[1-9]|1[0-2])$`)
	quarter = regexp.MustCompile(`^(\d{4})-?[Qq]([1-4])$`)
)

// ParsePeriod reads "2026-09" or "2026-Q3". The error says what can be written.
func ParsePeriod(s string, zone *time.Location) (Period, error) {
	first := func(year string, month int) time.Time {
		y, _ := strconv.Atoi(year) // four digits
		return time.Date(y, time.Month(month), 1, 0, 0, 0, 0, zone)
	}
	if m := month.FindStringSubmatch(s); m != nil {
		n, _ := strconv.Atoi(m[2])
		from := first(m[1], n)
		return Period{Name: from.Format("January 2006"), Key: s, From: from, Until: first(m[1], n+1)}, nil
	}
	if m := quarter.FindStringSubmatch(s); m != nil {
		n, _ := strconv.Atoi(m[2])
		from := first(m[1], 3*n-2)
		ordinal := []string{"first", "second", "third", "fourth"}[n-1]
		return Period{Name: "The " + ordinal + " quarter of " + m[1], Key: m[1] + "-Q" + m[2], From: from, Until: first(m[1], 3*n+1)}, nil
	}
	return Period{}, fmt.Errorf("%q is no month and no quarter; write 2026-09 or 2026-Q3", s)
}

// Has reports whether t is in the period.
func (p Period) Has(t time.Time) bool { return !t.Before(p.From) && t.Before(p.Until) }
