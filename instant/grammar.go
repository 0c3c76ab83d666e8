package instant

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A bound is one time as it was written, before it is known which day and
// zone it belongs to.
type bound struct {
	text     string
	relative bool
	back     time.Duration // how long ago, if relative
	day      dayKind
	w        wall // its date counts only as far as day says
	seconds  bool
	bare12   bool // an hour from 1 to 12 without am or pm
	meridiem string
	zone     string
	carries  bool // its date is that of the other end of its range
}

type dayKind int

const (
	noDay dayKind = iota
	today
	yesterday
	dateNoYear
	fullDate
)

// Pieces of the grammar, shared by commands and prose.
const (
	monthPart = `(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?`
	weekPart  = `(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?`
	isoPart   = `(\d{4})-(\d{1,2})-(\d{1,2})`
	mdyPart   = `(` + monthPart + `)\s+(\d{1,2})(?:st|nd|rd|th)?(?:,?\s+(\d{4}))?`
	dmyPart   = `(\d{1,2})(?:st|nd|rd|th)?\.?\s+(?:of\s+)?(` + monthPart + `)(?:,?\s+(\d{4}))?`
	datePart  = weekPart + `(?:` + isoPart + `|` + mdyPart + `|` + dmyPart + `)`
)

const dateGroups = 9 // how many groups datePart has

var (
	dateFirst  = regexp.MustCompile(`^(?i:` + datePart + `|(today|yesterday))(?i:\s*,?\s*(?:-\s|at\s|t)?\s*)`)
	dateLast   = regexp.MustCompile(`(?i:\s*,?\s+(?:on\s+)?)(?i:` + datePart + `|(today|yesterday))$`)
	clockFirst = regexp.MustCompile(`^(?i:(\d{1,2})(?:[:.h](\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?)`)
	halfOfDay  = regexp.MustCompile(`^(?i:\s*([ap]\.?m\b\.?))`)
	slashDate  = regexp.MustCompile(`^\d{1,4}/\d{1,2}/\d{1,4}\b|^\d{1,2}\.\d{1,2}\.\d{2,4}\b`)

	lengthPart = `\d{1,6}(?:\.\d{1,3})?\s*(?:days?|d|hours?|hrs?|h|minutes?|mins?|min|m|seconds?|secs?|s)`
	agoMinus   = regexp.MustCompile(`^(?i:-\s*(` + lengthPart + `(?:[\s,]*` + lengthPart + `)*))$`)
	agoWord    = regexp.MustCompile(`^(?i:(an?\s+hour|half\s+an\s+hour|a\s+minute|` + lengthPart + `(?:[\s,]*(?:and\s+)?` + lengthPart + `)*)\s+ago)$`)
	bareLength = regexp.MustCompile(`^(?i:(` + lengthPart + `(?:[\s,]*` + lengthPart + `)*))$`)
	oneLength  = regexp.MustCompile(`(?i:(\d{1,6}(?:\.\d{1,3})?)\s*([dhms])[a-z]*)`)
)

// readBound reads one time; the error tells what to write instead.
func readBound(s string) (bound, *Error) {
	s = strings.TrimSpace(s)
	b := bound{text: s}
	lower := strings.ToLower(s)
	switch lower {
	case "":
		return b, problem(Unreadable, "No time was given; write one such as 11:09, -20m or yesterday 23:50.")
	case "now", "just now":
		b.relative = true
		return b, nil
	}
	if m := first(agoMinus.FindStringSubmatch(s), agoWord.FindStringSubmatch(s)); m != nil {
		b.relative, b.back = true, length(m[1])
		return b, nil
	}
	if bareLength.MatchString(s) {
		return b, problem(Unreadable, "%q is a length of time; write -%s or %s ago for how long ago it was.", s, strings.ReplaceAll(s, " ", ""), s)
	}
	if slashDate.MatchString(s) {
		return b, problem(Unreadable, "%q can be read as two different days; write the date as in 2020-09-09 or Sep 9.", s)
	}

	rest := s
	if m := dateFirst.FindStringSubmatch(rest); m != nil {
		b.setDate(m[1:])
		rest = rest[len(m[0]):]
	} else if m := dateLast.FindStringSubmatch(rest); m != nil {
		b.setDate(m[1:])
		rest = rest[:len(rest)-len(m[0])]
	}
	if b.day >= dateNoYear && !b.validDate() {
		return b, problem(Unreadable, "%q names a day that does not exist; write it as in 2020-09-09 11:09.", s)
	}
	if rest == "" {
		return b, problem(Unreadable, "%q names a day only; add the clock time, as in %s 11:09.", s, s)
	}
	zone, ok := b.setClock(rest)
	if !ok {
		return b, problem(Unreadable, "%q is not a time that can be read here; write it as 11:09, 11:09 CDT, 2020-09-09 11:09, yesterday 23:50, -20m, or an interval 11:02..11:09.", short(s))
	}
	b.zone = strings.Trim(zone, " ()")
	if strings.ContainsAny(b.zone, " ") {
		b.zone = strings.Join(strings.Fields(b.zone), "")
		if _, ok := readOffset(b.zone); !ok {
			return b, problem(Unreadable, "%q was not understood after the clock time; write a zone there, as in %s CDT, or nothing.", short(strings.TrimSpace(zone)), b.w.clock())
		}
	}
	return b, nil
}

// setClock reads the clock time that s begins with and returns what follows.
func (b *bound) setClock(s string) (rest string, ok bool) {
	switch word, after, _ := strings.Cut(s, " "); strings.ToLower(word) {
	case "noon":
		b.w.hour = 12
		return after, true
	case "midnight":
		return after, true
	}
	m := clockFirst.FindStringSubmatch(s)
	if m == nil {
		return "", false
	}
	rest = s[len(m[0]):]
	if h := halfOfDay.FindStringSubmatch(rest); h != nil {
		rest, b.meridiem = rest[len(h[0]):], h[1]
	}
	if m[2] == "" && b.meridiem == "" || startsNumber(rest) {
		return "", false // a number alone is no time
	}
	b.seconds = m[3] != ""
	if !b.w.setClock(m[1], m[2], m[3], m[4], b.meridiem) {
		return "", false
	}
	b.bare12 = b.meridiem == "" && b.w.hour >= 1 && b.w.hour <= 12
	return rest, true
}

// startsNumber says whether s goes on with a clock time that was cut short.
func startsNumber(s string) bool {
	return s != "" && (s[0] == ':' || s[0] == '.' || '0' <= s[0] && s[0] <= '9')
}

// setClock sets the time of day from its written parts; empty ones are zero.
func (w *wall) setClock(hour, min, sec, frac, meridiem string) bool {
	w.hour, _ = strconv.Atoi(hour) // digits by the pattern, here and below
	w.min, _ = strconv.Atoi(min)
	w.sec, _ = strconv.Atoi(sec)
	w.nanos = 0
	if frac != "" {
		w.nanos, _ = strconv.Atoi((frac + "00000000")[:9])
	}
	if meridiem != "" {
		if w.hour < 1 || w.hour > 12 {
			return false
		}
		w.hour %= 12
		if meridiem[0] == 'p' || meridiem[0] == 'P' {
			w.hour += 12
		}
	}
	return w.hour < 24 && w.min < 60 && w.sec < 60
}

// setDate takes the groups of datePart and, if there is one more, that of
// today and yesterday.
func (b *bound) setDate(m []string) {
	var y, mon, d string
	switch {
	case len(m) > dateGroups && m[dateGroups] != "":
		b.day = today
		if strings.EqualFold(m[dateGroups], "yesterday") {
			b.day = yesterday
		}
		return
	case m[0] != "":
		y, mon, d = m[0], m[1], m[2]
	case m[3] != "":
		mon, d, y = m[3], m[4], m[5]
	default:
		d, mon, y = m[6], m[7], m[8]
	}
	b.day = fullDate
	if y == "" {
		b.day = dateNoYear
	}
	b.w.year, _ = strconv.Atoi(y)
	b.w.day, _ = strconv.Atoi(d)
	b.w.month = month(mon)
}

// validDate says whether the date exists, in some year if it has none.
func (b *bound) validDate() bool {
	y := b.w.year
	if b.day == dateNoYear {
		y = 2000 // a leap year
	} else if y < 1970 {
		return false
	}
	return dayExists(y, b.w.month, b.w.day)
}

func dayExists(y int, m time.Month, d int) bool {
	if m < 1 || m > 12 || d < 1 {
		return false
	}
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Month() == m && d <= 31
}

// month reads "9", "Sep", "september".
func month(s string) time.Month {
	if n, err := strconv.Atoi(s); err == nil {
		return time.Month(n)
	}
	if len(s) >= 3 {
		for m := time.January; m <= time.December; m++ {
			if strings.EqualFold(m.String()[:3], s[:3]) {
				return m
			}
		}
	}
	return 0
}

// length adds up "1h30m", "2 hours, 5 min", "half an hour".
func length(s string) time.Duration {
	switch l := strings.ToLower(s); {
	case strings.HasPrefix(l, "half"):
		return 30 * time.Minute
	case strings.HasPrefix(l, "a"):
		if strings.HasSuffix(l, "minute") {
			return time.Minute
		}
		return time.Hour
	}
	var sum time.Duration
	for _, m := range oneLength.FindAllStringSubmatch(s, -1) {
		sum += times(m[1], unit(m[2]))
	}
	return sum
}

// unit is the length of a unit by its first letter.
func unit(letter string) time.Duration {
	switch letter {
	case "d", "D":
		return 24 * time.Hour
	case "h", "H":
		return time.Hour
	case "m", "M":
		return time.Minute
	default:
		return time.Second
	}
}

// times multiplies a number as written; it has at most six digits before its
// point, so the product fits.
func times(number string, unit time.Duration) time.Duration {
	if whole, part, comma := strings.Cut(number, ","); comma { // 1,5 is one and a half, 1,500 a thousand and a half
		number = whole + "." + part
		if len(part) == 3 {
			number = whole + part
		}
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0
	}
	return time.Duration(f * float64(unit))
}

// normal folds the characters that phones and word processors write into the
// plain ones: quotes go, dashes and the minus sign become "-", wide digits and
// odd spaces plain. Bounds are kept apart by "..".
func normal(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case strings.ContainsRune("\"'`“”‘’„‚«»", r):
		case strings.ContainsRune("‐‑‒–—―−﹣－", r):
			b.WriteByte('-')
		case r == '…':
			b.WriteString("..")
		case r == '：' || r == '∶':
			b.WriteByte(':')
		case r >= '０' && r <= '９':
			b.WriteRune(r - '０' + '0')
		case strings.ContainsRune("\u00a0\u2007\u2009\u202f\u3000\t\r\n", r):
			b.WriteByte(' ')
		case strings.ContainsRune("\u200b\u200e\u200f\ufeff", r):
		default:
			b.WriteRune(r)
		}
	}
	return strings.TrimSpace(b.String())
}

// short keeps a refused text from filling the sentence that refuses it.
func short(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:39]) + "…"
	}
	return s
}

func first(a, b []string) []string {
	if a != nil {
		return a
	}
	return b
}
