package recurrence_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sitrep/recurrence"
)

func chicago(t testing.TB) *time.Location {
	t.Helper()
	l, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestTimes(t *testing.T) {
	zone := chicago(t)
	start := time.Date(2026, 10, 20, 22, 0, 0, 0, zone) // a Tuesday, in daylight time
	for _, tt := range []struct {
		rule string
		want []string // the next three
	}{
		{"daily", []string{"Wed Oct 21 22:00 CDT", "Thu Oct 22 22:00 CDT", "Fri Oct 23 22:00 CDT"}},
		{"Weekly", []string{"Tue Oct 27 22:00 CDT", "Tue Nov 3 22:00 CST", "Tue Nov 10 22:00 CST"}},
		{"FREQ=WEEKLY;BYDAY=TU,TH", []string{"Thu Oct 22 22:00 CDT", "Tue Oct 27 22:00 CDT", "Thu Oct 29 22:00 CDT"}},
		{"RRULE:FREQ=WEEKLY; INTERVAL=2", []string{"Tue Nov 3 22:00 CST", "Tue Nov 17 22:00 CST", "Tue Dec 1 22:00 CST"}},
		{"freq=monthly;byday=3tu", []string{"Tue Nov 17 22:00 CST", "Tue Dec 15 22:00 CST", "Tue Jan 19 22:00 CST"}},
		{"FREQ=MONTHLY;BYMONTHDAY=20", []string{"Fri Nov 20 22:00 CST", "Sun Dec 20 22:00 CST", "Wed Jan 20 22:00 CST"}},
		{"FREQ=WEEKLY;COUNT=3", []string{"Tue Oct 27 22:00 CDT", "Tue Nov 3 22:00 CST"}},
		{"FREQ=WEEKLY;UNTIL=20261103T220000", []string{"Tue Oct 27 22:00 CDT", "Tue Nov 3 22:00 CST"}},
		{"FREQ=WEEKLY;UNTIL=20261104T040000Z", []string{"Tue Oct 27 22:00 CDT", "Tue Nov 3 22:00 CST"}},
	} {
		r, err := recurrence.Parse(tt.rule, start)
		if err != nil {
			t.Errorf("%s: %v", tt.rule, err)
			continue
		}
		var got, listed []string
		for at, ok := r.Next(start); ok && len(got) < 3; at, ok = r.Next(at) {
			got = append(got, at.Format("Mon Jan 2 15:04 MST"))
		}
		for _, at := range r.Upcoming(start, start.Add(recurrence.Horizon), 3) {
			listed = append(listed, at.Format("Mon Jan 2 15:04 MST"))
		}
		if !slices.Equal(got, tt.want) || !slices.Equal(listed, tt.want) {
			t.Errorf("%s:\n got %q\nlist %q\nwant %q", tt.rule, got, listed, tt.want)
		}
	}
}

func TestRefused(t *testing.T) {
	start := time.Date(2026, 10, 20, 22, 0, 0, 0, chicago(t))
	for rule, want := range map[string]string{
		"":                                      "is no rule",
		"every tuesday":                         "is no rule",
		"FREQ=FORTNIGHTLY":                      "is no rule",
		"FREQ=HOURLY":                           "more often than once a day",
		"FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30": "more often than once a day",
		"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30":    "Days of the month",
		"FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30":  "does not name the first time",
		"FREQ=DAILY;BYHOUR=3":                   "The time of day",
		"FREQ=YEARLY;BYYEARDAY=100":             "are not read",
		"FREQ=WEEKLY;BYDAY=MO":                  "does not name the first time, Tuesday, Oct 20",
		"FREQ=WEEKLY;COUNT=1":                   "only once",
		"FREQ=WEEKLY;UNTIL=20261022T000000Z":    "only once",
		"FREQ=YEARLY;INTERVAL=11":               "only once",
		"FREQ=DAILY;INTERVAL=1000":              "An interval is",
		"FREQ=WEEKLY;DTSTART=20200101T000000Z":  "Leave DTSTART out",
		strings.Repeat("FREQ=DAILY;", 50):       "at most 300",
	} {
		if _, err := recurrence.Parse(rule, start); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", rule, err, want)
		}
	}
}

// An hour that the clocks leave out, or have twice, happens once.
func TestWhenTheClocksChange(t *testing.T) {
	start := time.Date(2027, 3, 13, 2, 30, 0, 0, chicago(t))
	r, err := recurrence.Parse("daily", start)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, at := range r.Upcoming(start, start.AddDate(0, 0, 3), 9) {
		got = append(got, at.Format("Jan 2 15:04 MST"))
	}
	if want := []string{"Mar 14 03:30 CDT", "Mar 15 02:30 CDT"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// No rule that is accepted keeps anybody waiting, stands still or runs backwards.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"weekly", "FREQ=WEEKLY;BYDAY=TU", "FREQ=DAILY;BYMONTH=2", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "FREQ=MONTHLY;BYDAY=-1FR;BYSETPOS=-1", "FREQ=MONTHLY;BYMONTHDAY=31;BYDAY=TU", "FREQ=WEEKLY;WKST=SU;INTERVAL=366", "FREQ=DAILY;INTERVAL=7;BYDAY=MO"} {
		f.Add(s)
	}
	start := time.Date(2026, 10, 20, 22, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		began := time.Now()
		r, err := recurrence.Parse(text, start)
		if took := time.Since(began); took > 5*time.Second {
			t.Fatalf("%q took %s", text, took)
		}
		if err != nil {
			return
		}
		at, ok := r.Next(start)
		if !ok || !at.After(start) {
			t.Fatalf("%q is not after its beginning: %s, %v", text, at, ok)
		}
		again, err := recurrence.Parse(r.String(), start)
		if err != nil {
			t.Fatalf("%q, written %q: %v", text, r, err)
		}
		if same, _ := again.Next(start); !same.Equal(at) {
			t.Fatalf("%q is another rule once written: %s, %s", text, at, same)
		}
	})
}
