package postmortem

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"sitrep/incident"
	"sitrep/instant"
)

const (
	monthName = `(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)`
	weekName  = `(?:(mon|tues|wednes|thurs|fri|satur|sun)day,?\s+)?`
)

var (
	isoDate   = regexp.MustCompile(`\b(\d{4,5})-(\d{2})-(\d{2})(?:\b|T)`)
	mdyDate   = regexp.MustCompile(`(?i)\b` + weekName + monthName + `\.? (\d{1,2})(?:st|nd|rd|th)?(?:,? (\d{4,5}))?\b`)
	dmyDate   = regexp.MustCompile(`(?i)\b` + weekName + `(\d{1,2})(?:st|nd|rd|th)?(?: of)? ` + monthName + `\.?,? (\d{4,5})\b`)
	badClock  = regexp.MustCompile(`(?i)\b(?:at|by|until|from|since|around|between|to)\s+((?:2[4-9]|[3-9]\d):[0-5]\d|(?:[01]?\d|2[0-3]):[6-9]\d)\b`)
	elsewhere = regexp.MustCompile(`(?i)\b(?:previous|earlier|last (?:year|month|week)|since|will|scheduled|planned|by|before|prior|release[ds]?|published|introduced|added|deployed|enabled|created|started using|version|vulnerability|ago|migrated|upgrade[ds]?|rolled out|next|follow|due|expire[ds]?|until|updated?|edited|posted|copyright)\b`)
	eventLine = regexp.MustCompile(`(?i)^\W*(?:first |incident |impact |fault )?(?:start\w*|detect\w*|declar\w*|resolv\w*|repair\w*|occur\w*|date|began)\b`)
	ofEvent   = regexp.MustCompile(`(?i)\b(?:incident|outage|impact|experienc\w*|degrad\w*|unavailable|fail\w*|error|disrupt\w*|affected|alerts?|down|started|detected|declared|repaired|resolved|elevated|delay\w*|between|from)\b`)
)

// A day is a date that a text names.
type day struct {
	year, month, day int // year is 0 if none was written
	weekday          string
	quote            string
	at               int
}

func (d day) time() time.Time {
	return time.Date(d.year, time.Month(d.month), d.day, 0, 0, 0, 0, time.UTC)
}

// real reports whether a calendar has the date.
func (d day) real() bool {
	if d.year == 0 {
		return d.month >= 1 && d.month <= 12 && d.day >= 1 && d.day <= 31
	}
	t := d.time()
	return d.year > 1970 && d.year < 2200 && int(t.Month()) == d.month && t.Day() == d.day
}

// daysIn finds the dates in a text.
func daysIn(text string) []day {
	if !strings.ContainsAny(text, "0123456789") {
		return nil
	}
	var out []day
	num := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil {
			return 0
		}
		return n
	}
	for _, m := range isoDate.FindAllStringSubmatchIndex(text, 50) {
		g := func(i int) string { return text[m[2*i]:m[2*i+1]] }
		out = append(out, day{year: num(g(1)), month: num(g(2)), day: num(g(3)), quote: strings.TrimSuffix(g(0), "T"), at: m[0]})
	}
	group := func(m []int, i int) string {
		if m[2*i] < 0 {
			return ""
		}
		return text[m[2*i]:m[2*i+1]]
	}
	for _, m := range mdyDate.FindAllStringSubmatchIndex(text, 50) {
		out = append(out, day{year: num(group(m, 4)), month: month(group(m, 2)), day: num(group(m, 3)), weekday: strings.ToLower(group(m, 1)), quote: group(m, 0), at: m[0]})
	}
	for _, m := range dmyDate.FindAllStringSubmatchIndex(text, 50) {
		out = append(out, day{year: num(group(m, 4)), month: month(group(m, 3)), day: num(group(m, 2)), weekday: strings.ToLower(group(m, 1)), quote: group(m, 0), at: m[0]})
	}
	slices.SortStableFunc(out, func(a, b day) int { return a.at - b.at })
	return out
}

func month(name string) int {
	for m := time.January; m <= time.December; m++ {
		if len(name) >= 3 && strings.EqualFold(name[:3], m.String()[:3]) {
			return int(m)
		}
	}
	return 0
}

// dates holds the dates of an account against the calendar, the record and each
// other.
func (b *Brief) dates(a account) []Finding {
	var out []Finding
	first, last := b.days()
	seen := map[string]bool{}
	flag := func(q, text, mend string, refs Refs) {
		if !seen[q] {
			seen[q] = true
			out = append(out, Finding{Kind: "date", Quote: q, Text: text, Mend: mend, Refs: refs})
		}
	}
	var refs Refs
	if d, ok := b.milestone(incident.DeclaredAt); ok {
		refs = d.Refs
	}
	recorded := first.Format("January 2, 2006")
	if !sameDay(first, last) {
		recorded += " to " + last.Format("January 2, 2006")
	}
	var dated []day
	line := -1
	for _, s := range a.all {
		for _, m := range badClock.FindAllStringSubmatch(s.text, 3) {
			flag(m[1], quote(m[1])+" is a time that no clock shows.", "Mend the time.", nil)
		}
		ds := daysIn(s.text)
		around := covers(ds, first, last)
		for _, d := range ds {
			if !d.real() {
				if d.year != 0 || d.month != 0 {
					flag(d.quote, quote(d.quote)+" is a date that no calendar has.", "Mend the date.", nil)
				}
				continue
			}
			if d.year == 0 {
				continue
			}
			t := d.time()
			if d.weekday != "" && !strings.HasPrefix(strings.ToLower(t.Weekday().String()), d.weekday) {
				flag(d.quote, quote(d.quote)+" contradicts the calendar: "+t.Format("January 2, 2006")+" was a "+t.Weekday().String()+".", "Mend the date or the weekday.", nil)
				continue
			}
			if first.IsZero() {
				continue
			}
			away := distance(t, first, last)
			another := t.Year() != first.Year() && t.Year() != last.Year() && sameDate(t, first, last)
			told := len(s.times) > 0 && ofEvent.MatchString(s.text) && !elsewhere.MatchString(s.text[:min(len(s.text), d.at+len(d.quote)+40)])
			switch {
			case another:
				flag(d.quote, quote(d.quote)+" contradicts the record, which is of "+recorded+": the year differs.", "Write the year "+strconv.Itoa(first.Year())+".", refs)
			case away > 2*24*time.Hour && !around && told && (ranged(s) || s.list && len(dated) == 0):
				flag(d.quote, quote(d.quote)+" contradicts the record, which is of "+recorded+".", "Mend the date, or say that it is of something else.", refs)
			}
			if s.list && (s.head || eventLine.MatchString(s.text)) && (len(dated) == 0 || line != s.line) {
				dated, line = append(dated, d), s.line
			}
		}
	}
	return append(out, apart(dated)...)
}

// covers reports whether the dates of a sentence lie around the record, so that
// they tell of a range that it is part of.
func covers(ds []day, first, last time.Time) bool {
	before, after := false, false
	for _, d := range ds {
		if d.real() && d.year != 0 {
			before = before || !d.time().After(last)
			after = after || !d.time().Before(first)
		}
	}
	return len(ds) > 1 && before && after
}

// apart finds dates of one list that differ only in the year, or by the month
// alone right after each other: one of them was mistyped.
func apart(ds []day) []Finding {
	for i, d := range ds {
		for _, e := range ds[:i] {
			year := d.month == e.month && d.day == e.day && d.year != e.year
			month := i == 1 && d.year == e.year && d.month != e.month && d.time().Sub(e.time()).Abs() > 3*24*time.Hour
			if year || month {
				return []Finding{{
					Kind: "date", Quote: d.quote, Text: quote(d.quote) + " contradicts " + quote(e.quote) + ", which the same text names.", Mend: "Mend the one that is mistyped.",
				}}
			}
		}
	}
	return nil
}

// ranged reports whether a sentence tells of a range of clock times.
func ranged(s assertion) bool {
	for i := 1; i < len(s.times); i++ {
		if joinsTimes.MatchString(s.text[s.times[i-1].End:s.times[i].Start]) {
			return true
		}
	}
	return false
}

// days are the first and the last day of the record, at midnight UTC of the
// date that the page's zone has then.
func (b *Brief) days() (first, last time.Time) {
	at := func(t time.Time) time.Time {
		y, m, d := t.In(b.Zone).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	if b.clock.day.IsZero() {
		return time.Time{}, time.Time{}
	}
	return at(b.clock.day), at(b.clock.last)
}

func distance(t, first, last time.Time) time.Duration {
	switch {
	case t.Before(first):
		return first.Sub(t)
	case t.After(last):
		return t.Sub(last)
	}
	return 0
}

func sameDay(a, b time.Time) bool { return a.Equal(b) }

// sameDate reports whether t has the month and the day of one of the dates from
// first to last.
func sameDate(t, first, last time.Time) bool {
	for d, n := first, 0; !d.After(last) && n < 31; d, n = d.AddDate(0, 0, 1), n+1 {
		if d.Month() == t.Month() && d.Day() == t.Day() {
			return true
		}
	}
	return false
}

// zonesNamed finds zones that a text says all its times are in, and which were
// not in force; and times of one moment in two zones that disagree.
func (b *Brief) zonesNamed(a account) []Finding {
	var out []Finding
	day := b.day()
	for _, z := range a.zones {
		for _, m := range instant.Find("12:00 "+z, day, b.Zone) {
			if m.NotInForce {
				in := m.InForce
				if in == "" {
					in = instant.Zone(day, b.Zone)
				}
				out = append(out, Finding{
					Kind: "zone", Quote: z, Mend: "Write " + in + ", if that is the clock they were read from.",
					Text: "The text says that its times are in " + z + ", which was not in force on " + instant.Date(day, b.Zone) + ", when " + in + " was.",
				})
			}
		}
	}
	var row *instant.Mention
	for i := range a.all {
		s := &a.all[i]
		for j := 1; j < len(s.times); j++ {
			x, y := s.times[j-1], s.times[j]
			if f, ok := twice(s.text, x, y); ok {
				out = append(out, f)
			}
		}
		if s.head && len(s.times) == 1 {
			row = &s.times[0]
			continue
		}
		if row == nil || len(a.zones) == 0 {
			continue
		}
		for _, m := range s.times {
			if m.Zone == "" || m.Unresolved || !m.Dated || m.Time.Minute() != row.Time.Minute() {
				continue
			}
			if d := m.Time.Sub(row.Time).Abs(); d >= time.Hour && d <= 14*time.Hour && d%time.Hour == 0 {
				out = append(out, Finding{
					Kind: "zone", Quote: oneLine(m.Text), Mend: "Check which zone the times of this text are in.",
					Text: quote(m.Text) + " stands under " + quote(row.Text) + ", which is " + instant.Short(d) + " away if the times are in " + a.zones[0] + ", as the text says.",
				})
			}
		}
	}
	return out
}

var sameMoment = regexp.MustCompile(`^\s*[(/=]\s*$`)

// twice finds "15:39 CDT (19:39 UTC)": one moment, in two zones that disagree.
func twice(text string, x, y instant.Mention) (Finding, bool) {
	if x.Unresolved || y.Unresolved || y.Zone == "" || x.Zone == y.Zone || !sameMoment.MatchString(text[x.End:y.Start]) {
		return Finding{}, false
	}
	d := x.Time.Sub(y.Time).Abs() % (24 * time.Hour)
	if d < time.Minute || d > 24*time.Hour-time.Minute {
		return Finding{}, false
	}
	return Finding{
		Kind: "zone", Quote: oneLine(text[x.Start:y.End]), Mend: "Mend one of them.",
		Text: quote(x.Text) + " and " + quote(y.Text) + " are written as one moment, and are " + instant.Short(d) + " apart.",
	}, true
}
