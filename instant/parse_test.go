package instant

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	if name == "" {
		return nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func when(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// noon is a Wednesday in September, 12:00 in Chicago.
const noon = "2020-09-09T12:00:00-05:00"

func TestParse(t *testing.T) {
	tests := []struct {
		name, text        string
		now, author, page string // noon, none and Chicago if empty
		from, until       string
		notes             string // their kinds
	}{
		{name: "clock", text: "11:09", from: "2020-09-09T11:09:00-05:00"},
		{name: "seconds", text: "11:09:30", from: "2020-09-09T11:09:30-05:00"},
		{name: "french", text: "11h09", from: "2020-09-09T11:09:00-05:00"},
		{name: "author's zone", text: "18:09", author: "Europe/Berlin", from: "2020-09-09T11:09:00-05:00"},
		{name: "evening", text: "9:05pm", now: "2020-09-09T22:00:00-05:00", from: "2020-09-09T21:05:00-05:00"},
		{name: "evening with dots", text: "9:05 P.M. CDT", now: "2020-09-09T22:00:00-05:00", from: "2020-09-09T21:05:00-05:00"},
		{name: "hour", text: "9 am", from: "2020-09-09T09:00:00-05:00"},
		{name: "noon", text: "noon", from: "2020-09-09T12:00:00-05:00"},
		{name: "midnight", text: "12:00am", from: "2020-09-09T00:00:00-05:00"},
		{name: "abbreviation", text: "11:09 CDT", from: "2020-09-09T11:09:00-05:00"},
		{name: "in lower case", text: "11:09 cdt", from: "2020-09-09T11:09:00-05:00"},
		{name: "in brackets", text: "11:09 (CDT)", from: "2020-09-09T11:09:00-05:00"},
		{name: "not in force", text: "11:09 CST", from: "2020-09-09T11:09:00-05:00", notes: "not-in-force"},
		{name: "not in force, in winter", text: "11:09 CDT", now: "2020-12-09T12:00:00-06:00", from: "2020-12-09T11:09:00-06:00", notes: "not-in-force"},
		{name: "in force, in winter", text: "11:09 CST", now: "2020-12-09T12:00:00-06:00", from: "2020-12-09T11:09:00-06:00"},
		{name: "CST of Shanghai", text: "00:30 CST", page: "Asia/Shanghai", from: "2020-09-10T00:30:00+08:00"},
		{name: "CST of the author", text: "00:30 CST", author: "Asia/Shanghai", from: "2020-09-10T00:30:00+08:00"},
		{name: "CST of both", text: "00:30 CST", author: "Asia/Shanghai", now: "2020-12-09T12:00:00-06:00", from: "2020-12-10T00:30:00+08:00", notes: "other-zone"},
		{name: "IST of Kolkata", text: "21:39 IST", page: "Asia/Kolkata", from: "2020-09-09T21:39:00+05:30"},
		{name: "IST of Dublin", text: "17:09 IST", page: "Europe/Dublin", from: "2020-09-09T17:09:00+01:00"},
		{name: "BST by the table", text: "17:09 BST", from: "2020-09-09T17:09:00+01:00"},
		{name: "BST of Dhaka", text: "22:09 BST", page: "Asia/Dhaka", now: "2020-09-09T17:00:00Z", from: "2020-09-09T22:09:00+06:00"},
		{name: "abroad, not in force", text: "08:09 PST", from: "2020-09-09T08:09:00-08:00", notes: "not-in-force"},
		{name: "abroad, in force", text: "09:09 PDT", from: "2020-09-09T09:09:00-07:00"},
		{name: "GMT", text: "16:09 GMT", from: "2020-09-09T16:09:00Z"},
		{name: "Pacific wall", text: "09:09 PT", from: "2020-09-09T09:09:00-07:00"},
		{name: "IANA", text: "18:09 Europe/Berlin", from: "2020-09-09T18:09:00+02:00"},
		{name: "IANA without case", text: "12:09 america/new_york", from: "2020-09-09T12:09:00-04:00"},
		{name: "Z", text: "16:09Z", from: "2020-09-09T16:09:00Z"},
		{name: "offset", text: "18:09+02:00", from: "2020-09-09T18:09:00+02:00"},
		{name: "short offset", text: "18:09 +2", from: "2020-09-09T18:09:00+02:00"},
		{name: "negative offset", text: "11:09-05:00", from: "2020-09-09T11:09:00-05:00"},
		{name: "UTC with offset", text: "18:09 UTC+2", from: "2020-09-09T18:09:00+02:00"},
		{name: "GMT with offset, spaced", text: "18:09 GMT + 2", from: "2020-09-09T18:09:00+02:00"},
		{name: "yesterday", text: "yesterday 23:50", from: "2020-09-08T23:50:00-05:00"},
		{name: "yesterday, after", text: "23:50 yesterday", from: "2020-09-08T23:50:00-05:00"},
		{name: "yesterday at", text: "Yesterday at 23:50 CDT", from: "2020-09-08T23:50:00-05:00"},
		{name: "yesterday in the author's zone", text: "yesterday 23:50", author: "Asia/Kolkata", from: "2020-09-08T23:50:00+05:30"},
		{name: "today", text: "today 9:05", from: "2020-09-09T09:05:00-05:00"},
		{name: "ISO", text: "2020-09-09 11:09", from: "2020-09-09T11:09:00-05:00"},
		{name: "ISO with zone", text: "2020-09-09 11:09 UTC", from: "2020-09-09T11:09:00Z"},
		{name: "RFC 3339", text: "2020-09-09T11:09:30.250-05:00", from: "2020-09-09T11:09:30.25-05:00"},
		{name: "RFC 3339 in UTC", text: "2020-09-09t16:09:30z", from: "2020-09-09T16:09:30Z"},
		{name: "month", text: "Sep 9 11:09", from: "2020-09-09T11:09:00-05:00"},
		{name: "month and year", text: "September 9th, 2019, 11:09 CDT", from: "2019-09-09T11:09:00-05:00"},
		{name: "day first", text: "9 Sept 11:09", from: "2020-09-09T11:09:00-05:00"},
		{name: "day last", text: "11:09 CDT on Sep 9", from: "2020-09-09T11:09:00-05:00"},
		{name: "last year", text: "Dec 24 11:09", from: "2019-12-24T11:09:00-06:00", notes: "last-year"},
		{name: "leap day", text: "Feb 29 11:09", now: "2023-09-09T12:00:00Z", from: "2020-02-29T11:09:00-06:00", notes: "last-year"},
		{name: "weekday", text: "Wed, 09 Sep 2020 11:09:00 GMT", from: "2020-09-09T11:09:00Z"},
		{name: "as the page prints it", text: "Sep 09, 2020 - 11:09 CDT", from: "2020-09-09T11:09:00-05:00"},
		{name: "minus", text: "-20m", from: "2020-09-09T11:40:00-05:00"},
		{name: "typeset minus", text: "−20m", from: "2020-09-09T11:40:00-05:00"},
		{name: "long dash", text: "—20 min", from: "2020-09-09T11:40:00-05:00"},
		{name: "ago", text: "20m ago", from: "2020-09-09T11:40:00-05:00"},
		{name: "ago in words", text: "1 hour and 20 minutes ago", from: "2020-09-09T10:40:00-05:00"},
		{name: "an hour ago", text: "an hour ago", from: "2020-09-09T11:00:00-05:00"},
		{name: "half an hour ago", text: "half an hour ago", from: "2020-09-09T11:30:00-05:00"},
		{name: "hours and minutes", text: "-1h30m", from: "2020-09-09T10:30:00-05:00"},
		{name: "fraction", text: "-1.5h", from: "2020-09-09T10:30:00-05:00"},
		{name: "days", text: "-2d", from: "2020-09-07T12:00:00-05:00"},
		{name: "now", text: "now", from: noon},
		{name: "smart quotes", text: "“11:09 CDT”", from: "2020-09-09T11:09:00-05:00"},
		{name: "wide digits", text: "１１：０９", from: "2020-09-09T11:09:00-05:00"},
		{name: "no-break spaces", text: "9:05\u202fam", from: "2020-09-09T09:05:00-05:00"},
		{name: "a minute ahead", text: "12:01", from: "2020-09-09T12:01:00-05:00"},
		{name: "before midnight", text: "23:50", now: "2020-09-09T00:10:00-05:00", from: "2020-09-08T23:50:00-05:00", notes: "yesterday"},
		{name: "before midnight, not in force", text: "23:50 CST", now: "2020-09-09T00:10:00-05:00", from: "2020-09-08T23:50:00-05:00", notes: "not-in-force yesterday"},
		{name: "late last evening", text: "22:00", now: "2020-09-09T09:00:00-05:00", from: "2020-09-08T22:00:00-05:00", notes: "yesterday"},

		{name: "interval", text: "11:02..11:09", from: "2020-09-09T11:02:00-05:00", until: "2020-09-09T11:09:00-05:00"},
		{name: "interval with a zone at its end", text: "11:02 .. 11:09 CDT", author: "Europe/Berlin", from: "2020-09-09T11:02:00-05:00", until: "2020-09-09T11:09:00-05:00"},
		{name: "interval with a zone at its start", text: "16:02Z..16:09", from: "2020-09-09T16:02:00Z", until: "2020-09-09T16:09:00Z"},
		{name: "interval not in force", text: "11:02..11:09 CST", from: "2020-09-09T11:02:00-05:00", until: "2020-09-09T11:09:00-05:00", notes: "not-in-force"},
		{name: "relative interval", text: "-20m..-5m", from: "2020-09-09T11:40:00-05:00", until: "2020-09-09T11:55:00-05:00"},
		{name: "until now", text: "11:02..now", from: "2020-09-09T11:02:00-05:00", until: noon},
		{name: "ellipsis", text: "11:02…11:09", from: "2020-09-09T11:02:00-05:00", until: "2020-09-09T11:09:00-05:00"},
		{name: "three dots", text: "11:02...11:09", from: "2020-09-09T11:02:00-05:00", until: "2020-09-09T11:09:00-05:00"},
		{name: "to", text: "from 11:02 to 11:09", from: "2020-09-09T11:02:00-05:00", until: "2020-09-09T11:09:00-05:00"},
		{name: "hyphen", text: "11:02-11:09", from: "2020-09-09T11:02:00-05:00", until: "2020-09-09T11:09:00-05:00"},
		{name: "spaced hyphen", text: "10:00 - 11:00 CDT", from: "2020-09-09T10:00:00-05:00", until: "2020-09-09T11:00:00-05:00"},
		{name: "en dash", text: "10:00–11:00", from: "2020-09-09T10:00:00-05:00", until: "2020-09-09T11:00:00-05:00"},
		{name: "hyphen as offset", text: "08:00-09:00", now: "2020-09-09T18:00:00Z", from: "2020-09-09T08:00:00-09:00", notes: "as-offset"},
		{name: "en dash as offset", text: "11:09–05:00", from: "2020-09-09T11:09:00-05:00"},
		{name: "pm for both", text: "2:05..2:40pm", now: "2020-09-09T15:00:00-05:00", from: "2020-09-09T14:05:00-05:00", until: "2020-09-09T14:40:00-05:00"},
		{name: "across noon", text: "11:30..1:15pm", now: "2020-09-09T15:00:00-05:00", from: "2020-09-09T11:30:00-05:00", until: "2020-09-09T13:15:00-05:00"},
		{name: "across midnight", text: "23:50..00:10", now: "2020-09-09T00:15:00-05:00", from: "2020-09-08T23:50:00-05:00", until: "2020-09-09T00:10:00-05:00"},
		{name: "across midnight, dated", text: "yesterday 23:50..00:10", from: "2020-09-08T23:50:00-05:00", until: "2020-09-09T00:10:00-05:00"},
		{name: "last evening", text: "20:00..23:00", now: "2020-09-09T09:00:00-05:00", from: "2020-09-08T20:00:00-05:00", until: "2020-09-08T23:00:00-05:00", notes: "yesterday"},
		{name: "dated interval", text: "2020-09-08 11:02..11:09", from: "2020-09-08T11:02:00-05:00", until: "2020-09-08T11:09:00-05:00"},
		{name: "twice dated", text: "Sep 7 23:00..Sep 8 11:09", from: "2020-09-07T23:00:00-05:00", until: "2020-09-08T11:09:00-05:00"},
		{name: "one instant", text: "11:09..11:09", from: "2020-09-09T11:09:00-05:00", until: "2020-09-09T11:09:00-05:00"},

		// 8 March 2020: 02:00 CST is followed by 03:00 CDT.
		{name: "Chicago, skipped", text: "02:30", now: "2020-03-08T12:00:00-05:00", from: "2020-03-08T03:30:00-05:00", notes: "skipped"},
		{name: "Chicago, before the gap", text: "01:59", now: "2020-03-08T12:00:00-05:00", from: "2020-03-08T01:59:00-06:00"},
		{name: "Chicago, after the gap", text: "03:00", now: "2020-03-08T12:00:00-05:00", from: "2020-03-08T03:00:00-05:00"},
		// 1 November 2020: 01:59 CDT is followed by 01:00 CST.
		{name: "Chicago, repeated", text: "01:30", now: "2020-11-01T12:00:00-06:00", from: "2020-11-01T01:30:00-06:00", notes: "repeated"},
		{name: "Chicago, repeated, only once so far", text: "01:30", now: "2020-11-01T01:40:00-05:00", from: "2020-11-01T01:30:00-05:00", notes: "repeated"},
		{name: "Chicago, repeated, the first", text: "01:30 CDT", now: "2020-11-01T12:00:00-06:00", from: "2020-11-01T01:30:00-05:00"},
		{name: "Chicago, repeated, the second", text: "01:30 CST", now: "2020-11-01T12:00:00-06:00", from: "2020-11-01T01:30:00-06:00"},
		{name: "Chicago, interval in the repeated hour", text: "01:50 CDT..01:10 CST", now: "2020-11-01T12:00:00-06:00", from: "2020-11-01T01:50:00-05:00", until: "2020-11-01T01:10:00-06:00"},
		{name: "Chicago, dated, repeated", text: "2020-11-01 01:50..01:10", now: "2020-11-01T12:00:00-06:00", from: "2020-11-01T01:50:00-05:00", until: "2020-11-01T01:10:00-06:00", notes: "repeated"},
		// 29 March and 25 October 2020 in Berlin.
		{name: "Berlin, skipped", text: "02:30", page: "Europe/Berlin", now: "2020-03-29T12:00:00+02:00", from: "2020-03-29T03:30:00+02:00", notes: "skipped"},
		{name: "Berlin, repeated", text: "02:30", page: "Europe/Berlin", now: "2020-10-25T12:00:00+01:00", from: "2020-10-25T02:30:00+01:00", notes: "repeated"},
		{name: "Berlin, CET in summer", text: "11:09 CET", page: "Europe/Berlin", now: "2020-07-01T12:00:00+02:00", from: "2020-07-01T11:09:00+02:00", notes: "not-in-force"},
		{name: "Kolkata", text: "11:09", page: "Asia/Kolkata", now: "2020-09-09T12:00:00+05:30", from: "2020-09-09T11:09:00+05:30"},
		// Lord Howe moves its clocks by half an hour: 5 April 2020 back, 4 October forward.
		{name: "Lord Howe, repeated", text: "01:45", page: "Australia/Lord_Howe", now: "2020-04-05T12:00:00+10:30", from: "2020-04-05T01:45:00+10:30", notes: "repeated"},
		{name: "Lord Howe, skipped", text: "02:15", page: "Australia/Lord_Howe", now: "2020-10-04T12:00:00+11:00", from: "2020-10-04T02:45:00+11:00", notes: "skipped"},
		{name: "Tehran", text: "11:09", page: "Asia/Tehran", now: "2020-09-09T12:00:00+04:30", from: "2020-09-09T11:09:00+04:30"},
		{name: "Tehran by offset", text: "11:09 +0430", page: "Asia/Tehran", now: "2020-09-09T12:00:00+04:30", from: "2020-09-09T11:09:00+04:30"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Parse(tt.text, context(t, tt.now, tt.author, tt.page))
			if err != nil {
				t.Fatalf("Parse(%q): %v", tt.text, err)
			}
			if !r.From.Equal(when(t, tt.from)) {
				t.Errorf("Parse(%q) from %v, want %v", tt.text, r.From, tt.from)
			}
			if tt.until == "" && r.IsInterval() {
				t.Errorf("Parse(%q) until %v, want none", tt.text, r.Until)
			}
			if tt.until != "" && !r.Until.Equal(when(t, tt.until)) {
				t.Errorf("Parse(%q) until %v, want %v", tt.text, r.Until, tt.until)
			}
			if got := kinds(r.Notes); got != tt.notes {
				t.Errorf("Parse(%q) notes %q, want %q: %v", tt.text, got, tt.notes, r.Notes)
			}
			if r.Zone == nil {
				t.Errorf("Parse(%q) names no zone", tt.text)
			}
		})
	}
}

func context(t testing.TB, now, author, page string) Context {
	if now == "" {
		now = noon
	}
	if page == "" {
		page = "America/Chicago"
	}
	return Context{Now: when(t, now), Author: zone(t, author), Page: zone(t, page)}
}

func kinds(notes []Note) string {
	var ks []string
	for _, n := range notes {
		ks = append(ks, string(n.Kind))
	}
	return strings.Join(ks, " ")
}

func TestParseRefuses(t *testing.T) {
	tests := []struct {
		text, page string
		kind       ErrorKind
		want       string // a part of the sentence
	}{
		{"", "", Unreadable, "No time was given"},
		{"soon", "", Unreadable, "yesterday 23:50"},
		{"11", "", Unreadable, "write it as 11:09"},
		{"1109", "", Unreadable, "write it as 11:09"},
		{"25:00", "", Unreadable, "write it as 11:09"},
		{"11:60", "", Unreadable, "write it as 11:09"},
		{"13:05pm", "", Unreadable, "write it as 11:09"},
		{"11:099", "", Unreadable, "write it as 11:09"},
		{"20m", "", Unreadable, "write -20m or 20m ago"},
		{"20 minutes", "", Unreadable, "write -20minutes or 20 minutes ago"},
		{"+20m", "", Unreadable, "write it as 11:09"},
		{"09/09/2020 11:09", "", Unreadable, "two different days"},
		{"9.9.2020 11:09", "", Unreadable, "two different days"},
		{"2020-09-09", "", Unreadable, "2020-09-09 11:09"},
		{"yesterday", "", Unreadable, "yesterday 11:09"},
		{"2020-02-30 11:09", "", Unreadable, "does not exist"},
		{"Feb 30 11:09", "", Unreadable, "does not exist"},
		{"11:09 somewhere nice", "", Unreadable, "not understood after the clock time"},
		{"11:09 FOO", "", BadZone, "write the offset"},
		{"11:09 Europe/Atlantis", "", BadZone, "Europe/Berlin"},
		{"11:09 ../etc/passwd", "", Unreadable, "11:09"},
		{"11:09 a/../../etc/passwd", "", Unreadable, "11:09"},
		{"11:09 /etc/passwd", "", BadZone, "Europe/Berlin"},
		{"11:09 Local", "", BadZone, "write the offset"},
		{"11:09 CST", "Europe/Berlin", BadZone, "America/Chicago, Asia/Shanghai or America/Havana"},
		{"11:09 IST", "", BadZone, "Asia/Kolkata"},
		{"11:09+15:00", "", BadZone, "write the offset"},
		{"15:00", "", InFuture, "3 h ahead of now (12:00 CDT)"},
		{"12:03", "", InFuture, "3 min ahead"},
		{"today 23:50", "", InFuture, "ahead"},
		{"tomorrow 11:00", "", Unreadable, "11:09"},
		{"Sep 10 11:00", "", InFuture, "Sep 10, 2020 - 11:00 CDT"},
		{"2021-09-09 11:00", "", InFuture, "ahead"},
		{"11:00..15:00", "", InFuture, "ahead"},
		{"11:09..11:02", "", Backwards, "the earlier time first"},
		{"-5m..-20m", "", Backwards, "the earlier time first"},
		{"2020-09-09 11:09..11:02", "", Backwards, "the earlier time first"},
		{"Sep 8 11:09..Sep 7 11:02", "", Backwards, "the earlier time first"},
		{"11:09..", "", Unreadable, "No time was given"},
		{"..11:09", "", Unreadable, "No time was given"},
		{strings.Repeat("1", 500), "", Unreadable, "too long"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			r, err := Parse(tt.text, context(t, "", "", tt.page))
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("Parse(%q) = %v, %v; want an *Error", tt.text, r.From, err)
			}
			if e.Kind != tt.kind || !strings.Contains(e.Text, tt.want) {
				t.Errorf("Parse(%q): %s: %s\nwant %s: …%s…", tt.text, e.Kind, e.Text, tt.kind, tt.want)
			}
			if !strings.HasSuffix(e.Text, ".") || strings.Contains(e.Text, "%!") {
				t.Errorf("Parse(%q): %q is not a sentence", tt.text, e.Text)
			}
		})
	}
}

func TestNotes(t *testing.T) {
	tests := []struct{ text, now, want string }{
		{"11:09 CST", noon, "CST is not in force on September 9 in America/Chicago; 11:09 was read as 11:09 CDT."},
		{"08:09 PST", noon, "PST is not in force on September 9 in America/Los_Angeles, which keeps PDT; 08:09 PST was read as 16:09 UTC. Write 08:09 PDT if that was meant."},
		{"23:50", "2020-09-09T00:10:00-05:00", "23:50 today is still to come, so it was read as yesterday's."},
		{"02:30", "2020-03-08T12:00:00-05:00", "02:30 did not exist on March 8 in America/Chicago, where clocks went forward; it was read as 03:30 CDT."},
		{"01:30", "2020-11-01T12:00:00-06:00", "01:30 came twice on November 1 in America/Chicago, where clocks went back; it was read as the second, 01:30 CST. For the other write 01:30 CDT."},
		{"Dec 24 11:09", noon, "December 24 was read as that of 2019."},
		{"08:00-09:00", "2020-09-09T18:00:00Z", "-09:00 was read as the offset from UTC; for an interval write 08:00..09:00."},
	}
	for _, tt := range tests {
		r, err := Parse(tt.text, context(t, tt.now, "", ""))
		if err != nil {
			t.Errorf("Parse(%q): %v", tt.text, err)
			continue
		}
		if len(r.Notes) != 1 || r.Notes[0].Text != tt.want {
			t.Errorf("Parse(%q) notes %v\nwant %s", tt.text, r.Notes, tt.want)
		}
	}
}

func TestDescribe(t *testing.T) {
	tests := []struct{ text, author, page, want string }{
		{"11:09", "", "", "11:09 CDT (16:09 UTC)"},
		{"11:09", "America/Chicago", "", "11:09 CDT (16:09 UTC)"},
		{"18:09", "Europe/Berlin", "", "11:09 CDT (18:09 CEST, 16:09 UTC)"},
		{"11:09:30", "", "", "11:09:30 CDT (16:09:30 UTC)"},
		{"16:09", "", "UTC", "16:09 UTC"},
		{"16:09", "Etc/UTC", "UTC", "16:09 UTC"},
		{"yesterday 23:50", "", "", "Sep 08, 2020 - 23:50 CDT (04:50 UTC)"},
		{"11:02..11:09", "Europe/Berlin", "", "04:02 to 04:09 CDT (11:02 to 11:09 CEST, 09:02 to 09:09 UTC)"},
		{"11:02..11:09 CDT", "Europe/Berlin", "", "11:02 to 11:09 CDT (18:02 to 18:09 CEST, 16:02 to 16:09 UTC)"},
		{"yesterday 23:50..00:10", "", "", "Sep 08, 2020 - 23:50 to Sep 09, 2020 - 00:10 CDT (04:50 to 05:10 UTC)"},
		{"20:39", "", "Asia/Tehran", "20:39 UTC+04:30 (16:09 UTC)"},
	}
	for _, tt := range tests {
		c := context(t, "", tt.author, tt.page)
		r, err := Parse(tt.text, c)
		if err != nil {
			t.Errorf("Parse(%q): %v", tt.text, err)
			continue
		}
		if got := r.Describe(c.Page, c.Author); got != tt.want {
			t.Errorf("Parse(%q).Describe() = %q, want %q", tt.text, got, tt.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"11:09", "11:09 CST", "yesterday 23:50", "-1h30m", "20m ago", "11:02 .. 11:09 CDT", "Sep 9 11:09",
		"2020-09-09T11:09:30.5-05:00", "10:00–11:00", "9:05 p.m. Europe/Berlin", "Feb 29 1:00", "noon", "-999999d", "００：００"} {
		f.Add(s, int64(1599670800), true)
	}
	chicago, berlin := zone(f, "America/Chicago"), zone(f, "Europe/Berlin")
	f.Fuzz(func(t *testing.T, s string, unix int64, author bool) {
		c := Context{Now: time.Unix(unix%(1<<33), 0), Page: chicago}
		if author {
			c.Author = berlin
		}
		r, err := Parse(s, c)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Text == "" {
				t.Fatalf("Parse(%q): %v is not an *Error with a sentence", s, err)
			}
			return
		}
		if r.From.IsZero() || r.Zone == nil || r.From.Sub(c.Now) > Ahead {
			t.Fatalf("Parse(%q) at %v = %v in %v", s, c.Now, r.From, r.Zone)
		}
		if r.IsInterval() && (r.Until.Before(r.From) || r.Until.Sub(c.Now) > Ahead) {
			t.Fatalf("Parse(%q) at %v = %v..%v", s, c.Now, r.From, r.Until)
		}
		if r.Describe(c.Page, c.Author) == "" {
			t.Fatalf("Parse(%q) is described by nothing", s)
		}
	})
}
