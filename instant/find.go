package instant

import (
	"regexp"
	"strings"
	"time"
)

// A Mention is a time that a text claims. Start and End are byte offsets:
// text[Start:End] is Text, the clock time with the zone after it and the date
// right before it.
type Mention struct {
	Start, End int
	Text       string
	Zone       string    // as written; "" if none was, or if it stands only after the range's other end
	Time       time.Time // the instant it is read as; zero if Unresolved
	Literal    time.Time // what Zone would mean by its own offset; equal to Time unless NotInForce
	NotInForce bool      // the zone's abbreviation is not used on that day
	InForce    string    // if NotInForce: the abbreviation that is, such as CDT
	Unresolved bool      // the abbreviation has several meanings, and the page's zone knows none of them
	Dated      bool      // a date was written beside it, or beside the range's other end
}

var (
	mentionCore = regexp.MustCompile(`^(?i:(\d{1,2})(?:(:|h)(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?:\s?([ap]\.?m\b\.?))?|\s?([ap]\.?m\b\.?)))`)
	mentionZone = regexp.MustCompile(`^(?:(Z)\b|\s?\(?((?:UTC|GMT|utc|gmt)?[+−-]\d{1,2}(?::?\d{2})?)\b\)?|\s?\(?([A-Z][A-Za-z_]+/[A-Z][A-Za-z_/-]*[A-Za-z])\)?|\s?\(?(UTC|GMT|utc|gmt|[A-Z]{2,5})\b\)?)`)
	mentionTime = `(?:(?:approximately|approx\.?|about|around|roughly|circa|exactly)\s+)?`
	dateBefore  = regexp.MustCompile(`(?:^|[^\pL\pN])(?i:` + datePart + `|(today|yesterday))((?i:t|,?\s+(?:[-–—]\s+|at\s+)?|,?\s+(?:at|from|between)\s+` + mentionTime + `|,?\s*[-–—|:]\s*))$`)
	dateAfter   = regexp.MustCompile(`^(?i:,?\s+(?:on\s+)?(?:the\s+)?(?:` + datePart + `))(?:$|[^\pL\pN:])`)
	rangeJoin   = regexp.MustCompile(`^(?i:\s*(?:\.{2,}|…|[-–—])\s*|,?\s+(?:to|and|until|till|through|[-–—])\s+` + mentionTime + `)$`)
	rangeJoinOn = regexp.MustCompile(`^(?i:,?\s+(?:on\s+)?(?:the\s+)?(?:` + datePart + `),?\s+(?:to|and|until|till|through|[-–—])\s+` + mentionTime + `)$`)
	saidAt      = regexp.MustCompile(`(?i:\b(?:at|from|since|until|till|by|around|between|and|to)\s+` + mentionTime + `)$`)
)

// found is a mention on its way.
type found struct {
	b                bound
	core, start, end int // core is where the clock begins; start is before it if a date is adjacent
}

// Find finds the clock times in prose, in order, and says which instants they
// mean. A time without a date is on the day that day has in the page's zone; a
// time without a zone is the page's (nil is UTC), except that in a range ("from
// 14:00 to 15:30 UTC") either end takes what only the other has, and a second
// end that would come first is the next day's.
func Find(text string, day time.Time, page *time.Location) []Mention {
	page = orUTC(page)
	var fs []found
	last := 0
	for i := 0; i < len(text); i++ {
		if !clockMayStart(text, i) {
			continue
		}
		m := mentionCore.FindStringSubmatchIndex(text[i:min(len(text), i+longestCore)])
		if m == nil {
			continue
		}
		for j := range m {
			if m[j] >= 0 {
				m[j] += i
			}
		}
		if f, ok := mentionAt(text, last, m, page); ok {
			fs = append(fs, f)
			last = f.end
		}
		i = m[1] - 1
	}
	out := make([]Mention, 0, len(fs))
	for i, f := range fs {
		joined := i > 0 && joins(text[fs[i-1].end:f.core])
		if joined {
			inherit(&fs[i-1].b, &f.b)
		} else if i+1 < len(fs) && joins(text[f.end:fs[i+1].core]) {
			inherit(&f.b, &fs[i+1].b)
		}
		fs[i].b = f.b
		var after time.Time
		if joined && !out[i-1].Unresolved {
			after = out[i-1].Time
		}
		out = append(out, f.mention(text, day, page, after))
	}
	return out
}

// longestCore is more than a clock time can take: 11:09:30.123456789 p.m.
const longestCore = 40

// clockMayStart is the cheap question asked of every byte, so that prose costs
// no regular expression.
func clockMayStart(s string, i int) bool {
	if !isDigit(s[i]) || i > 0 && isDigit(s[i-1]) {
		return false
	}
	j := i + 1
	if j < len(s) && isDigit(s[j]) {
		j++
	}
	return j < len(s) && strings.IndexByte(":hH aApP\t\n", s[j]) >= 0
}

// joins says whether what stands between two clock times makes them a range.
func joins(between string) bool {
	const longest = 80
	return len(between) <= longest && (rangeJoin.MatchString(between) || rangeJoinOn.MatchString(between))
}

// inherit gives each end of a range what only the other has.
func inherit(b, e *bound) {
	share(b, e)
	switch {
	case b.day == noDay:
		b.day, b.w.year, b.w.month, b.w.day = e.day, e.w.year, e.w.month, e.w.day
	case e.day == noDay:
		e.day, e.w.year, e.w.month, e.w.day = b.day, b.w.year, b.w.month, b.w.day
		e.carries = true
	}
}

// mentionAt reads the clock time that mentionCore matched, with the zone after
// it and the date beside it. Nothing before last belongs to it.
func mentionAt(text string, last int, m []int, page *time.Location) (found, bool) {
	if m[0] < last {
		return found{}, false
	}
	group := func(i int) string {
		if m[2*i] < 0 {
			return ""
		}
		return text[m[2*i]:m[2*i+1]]
	}
	f := found{core: m[0], start: m[0], end: m[1]}
	f.b.meridiem = group(6) + group(7)
	if !f.b.w.setClock(group(1), group(3), group(4), group(5), f.b.meridiem) {
		return f, false
	}
	f.b.bare12 = f.b.meridiem == "" && f.b.w.hour >= 1 && f.b.w.hour <= 12

	before := text[max(last, m[0]-80):m[0]]
	if d := dateBefore.FindStringSubmatchIndex(before); d != nil {
		date := make([]string, dateGroups+2)
		for i := range date {
			if d[2*i+2] >= 0 {
				date[i] = before[d[2*i+2]:d[2*i+3]]
			}
		}
		old := f.b
		f.b.setDate(date[:dateGroups+1])
		if sep := date[dateGroups+1]; f.b.day >= dateNoYear && !f.b.validDate() {
			f.b = old
		} else if adjacent(sep) {
			f.start = m[0] - len(before) + dateStart(before, d)
		}
	}
	if f.b.day == noDay && !freeBefore(before) {
		return f, false
	}

	zoned := false
	if z := mentionZone.FindStringSubmatch(text[f.end:]); z != nil {
		if name := firstNonEmpty(z[1:]); isZone(name, f.b.w, page) {
			f.b.zone, zoned = strings.ReplaceAll(name, "−", "-"), true
			f.end += len(z[0])
		}
	}
	if !zoned && !freeAfter(text[f.end:]) {
		return f, false
	}
	// "3h40" is a length unless its place says that it is a time.
	if strings.EqualFold(group(2), "h") && !zoned && !saidAt.MatchString(before) {
		return f, false
	}
	if f.b.day == noDay {
		if a := dateAfter.FindStringSubmatch(text[f.end:min(len(text), f.end+60)]); a != nil {
			old := f.b
			f.b.setDate(a[1:])
			if !f.b.validDate() {
				f.b = old
			}
		}
	}
	return f, true
}

// dateStart is where the date itself begins: after the character that had to
// stand before it, if there was one.
func dateStart(s string, d []int) int {
	for i := d[0]; i < d[1]; i++ {
		if c := s[i]; c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			return i
		}
	}
	return d[0]
}

// adjacent says whether only punctuation, or "at", stands between a date and
// its clock time.
func adjacent(sep string) bool {
	switch strings.ToLower(strings.Trim(sep, " ,-–—|:\t\n\r")) {
	case "", "at", "t":
		return true
	}
	return false
}

// freeBefore says whether a number that follows s can begin a clock time: it
// is not the rest of a word, an address, a version or another number.
func freeBefore(s string) bool {
	if s == "" {
		return true
	}
	switch c := s[len(s)-1]; {
	case isDigit(c), isLetter(c), c >= 0x80 && !strings.HasSuffix(s, "–") && !strings.HasSuffix(s, "—") && !strings.HasSuffix(s, "…") && !strings.HasSuffix(s, "“"):
		return false
	case c == ':' || c == '/' || c == '_' || c == '#' || c == '$' || c == '@' || c == '%' || c == '=' || c == '+':
		return false
	case c == '.':
		return strings.HasSuffix(s, "..") // an interval's dots
	case c == '-':
		// "14:00-15:30" is a range, "id-11:09" is not a time.
		return len(s) == 1 || s[len(s)-2] == ' ' || s[len(s)-2] >= '0' && s[len(s)-2] <= '9'
	}
	return true
}

// freeAfter says whether a clock time can end where s begins.
func freeAfter(s string) bool {
	if s == "" {
		return true
	}
	switch c := s[0]; {
	case isDigit(c), isLetter(c), c == '_', c == '%', c == '/', c == '@':
		return false
	case c == ':' || c == '.' || c == ',':
		return len(s) == 1 || s[1] < '0' || s[1] > '9'
	}
	return true
}

// isZone says whether a word after a clock time is a zone, so that the API in
// "11:09 API errors" is not taken for one.
func isZone(name string, w wall, page *time.Location) bool {
	upper := strings.ToUpper(name)
	if upper == "UTC" || upper == "GMT" || upper == "Z" {
		return true
	}
	if _, ok := readOffset(strings.ReplaceAll(name, "−", "-")); ok {
		// "14:00-15" is no offset: one without minutes has a sign and UTC.
		return len(name) >= 5 || upper[0] == 'U' || upper[0] == 'G'
	}
	if strings.Contains(name, "/") {
		_, ok := load(name)
		return ok
	}
	if _, ok := known(upper); ok || ambiguous(upper) != nil || wallZone(upper) != "" {
		return true
	}
	w.year, w.month, w.day = 2000, 1, 1 // any year shows a zone's names
	_, ok := offsetOf(page, w, upper)
	return ok
}

// mention resolves what was found. after is the range's other end, or zero.
func (f found) mention(text string, day time.Time, page *time.Location, after time.Time) Mention {
	m := Mention{Start: f.start, End: f.end, Text: text[f.start:f.end], Zone: f.written(text), Dated: f.b.day >= dateNoYear}
	homes := []*time.Location{page}
	choose := func(ts []time.Time) int {
		for i, t := range ts {
			if !t.Before(after) {
				return i
			}
		}
		return len(ts) - 1
	}
	at, err := f.placed(day, homes, choose)
	if err != nil {
		m.Unresolved = true
		return m
	}
	if !after.IsZero() && at.at.Before(after) && (f.b.day == noDay || f.b.carries) {
		w := f.b.w.onDateOf(at.at, at.loc).addDays(1)
		if next, err := place(w, f.b.zone, homes, choose); err == nil && next.at.Sub(after) <= longestRollover {
			at = next
		}
	}
	m.Time, m.Literal, m.NotInForce, m.InForce = at.at, at.literal, at.notInForce, at.inForce
	return m
}

// written is the zone as it stands in the text after this very clock time.
func (f found) written(text string) string {
	z := f.b.zone
	if z == "" || !strings.Contains(strings.ReplaceAll(text[f.core:f.end], "−", "-"), z) {
		return ""
	}
	return z
}

// placed puts the clock time on its date.
func (f found) placed(day time.Time, homes []*time.Location, choose func([]time.Time) int) (placement, *Error) {
	page := homes[0]
	switch f.b.day {
	case fullDate:
		return place(f.b.w, f.b.zone, homes, choose)
	case dateNoYear:
		var best placement
		var bestErr *Error
		for y := day.In(page).Year() - 1; y <= day.In(page).Year()+1; y++ {
			w := f.b.w
			w.year = y
			if !dayExists(y, w.month, w.day) {
				continue
			}
			at, err := place(w, f.b.zone, homes, choose)
			if err != nil {
				bestErr = err
				continue
			}
			if best.loc == nil || apart(at.at, day) < apart(best.at, day) {
				best = at
			}
		}
		if best.loc == nil && bestErr == nil {
			bestErr = problem(Unreadable, "%s is no day of these years.", f.b.w.date())
		}
		if best.loc != nil {
			bestErr = nil
		}
		return best, bestErr
	case yesterday:
		day = day.In(page).AddDate(0, 0, -1)
	}
	// Of the three dates that another zone may have meanwhile, the one that
	// falls on the day in question here.
	var best placement
	for _, days := range []int{0, -1, 1} {
		w := f.b.w.onDateOf(day, page).addDays(days)
		at, err := place(w, f.b.zone, homes, choose)
		if err != nil {
			return at, err
		}
		if days == 0 {
			best = at
		}
		if Date(at.at, page) == Date(day, page) {
			return at, nil
		}
	}
	return best, nil
}

func apart(a, b time.Time) time.Duration { return a.Sub(b).Abs() }

func firstNonEmpty(ss []string) string {
	for _, s := range ss {
		if s != "" {
			return s
		}
	}
	return ""
}
