package archive

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A log's lines begin with a time, as IRC clients, bouncers and phones write
// it, or a name and a time stand on a line of their own above what was said, as
// where text was copied out of a chat.
var (
	isoStamp   = regexp.MustCompile(`^[\[(]?(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[T ,_]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)? ?([AaPp]\.?[Mm]\.?)? ?(Z|UTC|GMT|[+-]\d{2}:?\d{2})?[\])]?`)
	monthStamp = regexp.MustCompile(`^[\[(]?(?:(?i:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? )?(?i:(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))[a-z]*\.? {1,2}(\d{1,2})(?:st|nd|rd|th)?,?(?: (\d{4}),?)?(?: at)? (\d{1,2}):(\d{2})(?::(\d{2}))?\s?([AaPp]\.?[Mm]\.?)?[\])]?`)
	shortStamp = regexp.MustCompile(`^\[(\d{2})-(\d{2}) (\d{1,2}):(\d{2})(?::(\d{2}))?\]`)
	slashStamp = regexp.MustCompile(`^\[?(\d{1,2})[/.](\d{1,2})[/.](\d{2,4}),? (\d{1,2}):(\d{2})(?::(\d{2}))?\s?([AaPp]\.?[Mm]\.?)?\]?`)
	clockStamp = regexp.MustCompile(`^[\[(]?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?\s?([AaPp]\.?[Mm]\.?)?\s?(Z|UTC|GMT)?[\])]?(?:[\s<*-]|$)`)
	nameStamp  = regexp.MustCompile(`^(\S(?:.{0,58}?\S)?)\s{1,4}\[?(?:(?i:APP|BOT)\s+)?(\d{1,2}):(\d{2})(?::(\d{2}))?\s?([AaPp]\.?[Mm]\.?)?\]?$`)

	nickLine   = regexp.MustCompile(`^\s*<\s*[@+%&~!]?\s?([^<>\s][^<>]{0,80}?)\s*>\s?(.*)$`)
	actionLine = regexp.MustCompile(`^\s*\*\s+(\S{1,80})\s+(.+)$`)
	tabLine    = regexp.MustCompile(`^\t\s*[@+%&~]?([^\t]{0,80}?)\s*\t(.*)$`)
	colonLine  = regexp.MustCompile(`^\s*(?:[-–|]\s*)?[@+%&~]?([\pL\pN][^:<>\t]{0,60}?):\s+(.*)$`)
	eventLine  = regexp.MustCompile(`^\s*(?:-!-|\*\*\*|--?>|<--?|-->|<--|--|=!=|⇐|→|←|==>?|=-=|\*\*)(?:\s|\t|$)`)

	dayISO   = regexp.MustCompile(`\b(\d{4})-(\d{2})-(\d{2})\b`)
	dayMDY   = regexp.MustCompile(`(?i)\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? {1,2}(\d{1,2})(?:st|nd|rd|th)?,?(?: \d{1,2}:\d{2}(?::\d{2})?)? (\d{4})\b`)
	dayDMY   = regexp.MustCompile(`(?i)\b(\d{1,2})(?:st|nd|rd|th)? (jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?,? (\d{4})\b`)
	dayInTag = regexp.MustCompile(`(?:^|\D)((?:19|20)\d{2})[-_.]?(\d{2})[-_.]?(\d{2})(?:\D|$)`)
)

// maxLines is how many lines of a log are read: years of a busy channel.
const maxLines = 5_000_000

// A stamp is the time at the beginning of a line, as it is written.
type stamp struct {
	year, month, day int // 0 where it is not written
	hour, min, sec   int
	zone             *time.Location // nil if none is written
	length           int
	name             string // of a line with a name and a time alone
}

// A reader reads one log.
type logReader struct {
	o        *Options
	day      time.Time // the day that clock times are of; zero while none is known
	last     time.Time
	dayFirst bool // 05/03/2024 is in March
	room     Room
	nameless []Message // what has a time and no author
	stamped  int
	lines    int
}

// readLog reads a chat log. The error wraps ErrUnknown if it is none.
func readLog(raw []byte, name string, o *Options) (Room, error) {
	if !utf8.Valid(raw) {
		raw = []byte(strings.ToValidUTF8(string(raw), "\uFFFD"))
	}
	r := &logReader{o: o, day: o.Day, room: Room{Platform: "log"}}
	r.room.Name = strings.TrimPrefix(strings.TrimSuffix(strings.TrimSuffix(name, ".log"), ".txt"), "#")
	r.room.ID = r.room.Name
	if r.day.IsZero() {
		if m := dayInTag.FindStringSubmatch(name); m != nil {
			r.day = date(atoi(m[1]), atoi(m[2]), atoi(m[3]))
		}
	}
	lines := strings.Split(strings.ReplaceAll(string(raw), "\r\n", "\n"), "\n")
	if len(lines) > maxLines {
		return Room{}, fmt.Errorf("the log has %d lines; at most %d can be read", len(lines), maxLines)
	}
	r.dayFirst = dayFirst(lines)
	for n, line := range lines {
		if err := r.line(n+1, strings.TrimRight(line, " \r")); err != nil {
			return Room{}, fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	if r.stamped == 0 || r.stamped < 2 && r.lines > 3 || len(r.room.Messages)+len(r.nameless) == 0 {
		return Room{}, ErrUnknown
	}
	if len(r.nameless) > len(r.room.Messages) { // a list of events, rather than a conversation
		r.room.Messages = append(r.room.Messages, r.nameless...)
	} else {
		r.room.Skipped += len(r.nameless)
	}
	r.room.finish()
	return r.room, nil
}

// dayFirst tells 05/03/2024 in March from that in May by whatever other dates
// the log has; one with a.m. and p.m. names the month first.
func dayFirst(lines []string) bool {
	half := false
	for _, l := range lines {
		m := slashStamp.FindStringSubmatch(l)
		if m == nil {
			continue
		}
		if atoi(m[1]) > 12 {
			return true
		}
		if atoi(m[2]) > 12 {
			return false
		}
		half = half || m[7] != ""
	}
	return !half
}

func (r *logReader) line(n int, line string) error {
	if strings.TrimSpace(line) == "" {
		return nil
	}
	r.lines++
	s, ok := r.stampOf(line)
	if !ok {
		if d, is := dayOf(line); is && r.header(line) {
			r.day, r.last = d, time.Time{}
			return nil
		}
		r.more(line)
		return nil
	}
	at, err := r.instant(s)
	if err != nil {
		return err
	}
	r.stamped++
	m := Message{ID: "L" + strconv.Itoa(n), At: at}
	rest := line[s.length:]
	if s.name != "" {
		m.Author = Author{ID: s.name, Name: s.name}
		r.room.Messages = append(r.room.Messages, m)
		return nil
	}
	who, text, said := author(rest)
	switch {
	case said && who == "":
		r.room.Skipped++ // a join, a part, a topic
	case said:
		m.Author, m.Text = Author{ID: who, Name: who}, strings.TrimSpace(text)
		r.room.Messages = append(r.room.Messages, m)
	case strings.TrimSpace(rest) != "":
		m.Author, m.Text = Author{ID: "log", Name: "somebody"}, strings.TrimLeft(rest, " \t-–—:|")
		r.nameless = append(r.nameless, m)
	}
	return nil
}

// header reports whether a line that names a day stands by itself, rather than
// in what somebody says.
func (r *logReader) header(line string) bool {
	t := strings.Trim(line, " -=*#_\t─—–")
	return len(t) < 60 && (strings.HasPrefix(line, "---") || strings.HasPrefix(line, "***") || strings.HasPrefix(line, "#") || len(strings.Fields(t)) <= 5)
}

// more continues the message above.
func (r *logReader) more(line string) {
	last := &r.room.Messages
	if len(r.nameless) > 0 && (len(*last) == 0 || (*last)[len(*last)-1].At.Before(r.nameless[len(r.nameless)-1].At)) {
		last = &r.nameless
	}
	if len(*last) == 0 {
		return
	}
	m := &(*last)[len(*last)-1]
	const longest = 100_000 // far more than any platform lets people say at once
	if len(m.Text)+len(line) > longest {
		return
	}
	if m.Text != "" {
		m.Text += "\n"
	}
	m.Text += line
}

// stampOf reads the time that a line begins with.
func (r *logReader) stampOf(line string) (stamp, bool) {
	if m := isoStamp.FindStringSubmatch(line); m != nil {
		s := stamp{year: atoi(m[1]), month: atoi(m[2]), day: atoi(m[3]), length: len(m[0]), zone: zone(m[8])}
		return s, s.clock(m[4], m[5], m[6], m[7])
	}
	if m := monthStamp.FindStringSubmatch(line); m != nil {
		s := stamp{year: atoi(m[3]), month: month(m[1]), day: atoi(m[2]), length: len(m[0])}
		return s, s.clock(m[4], m[5], m[6], m[7])
	}
	if m := shortStamp.FindStringSubmatch(line); m != nil {
		s := stamp{month: atoi(m[1]), day: atoi(m[2]), length: len(m[0])}
		return s, s.clock(m[3], m[4], m[5], "")
	}
	if m := slashStamp.FindStringSubmatch(line); m != nil {
		s := stamp{year: atoi(m[3]), month: atoi(m[1]), day: atoi(m[2]), length: len(m[0])}
		if r.dayFirst {
			s.month, s.day = s.day, s.month
		}
		if s.year < 100 {
			s.year += 2000
		}
		return s, s.clock(m[4], m[5], m[6], m[7])
	}
	if m := clockStamp.FindStringSubmatch(line); m != nil {
		s := stamp{length: len(m[0]), zone: zone(m[5])}
		if last := m[0][len(m[0])-1]; last == '<' || last == '*' || last == '-' || last == '\t' {
			s.length-- // it begins what follows
		}
		return s, s.clock(m[1], m[2], m[3], m[4])
	}
	if m := nameStamp.FindStringSubmatch(line); m != nil && !strings.HasSuffix(m[1], ":") {
		s := stamp{length: len(m[0]), name: strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(m[1], " APP"), " BOT"))}
		return s, s.clock(m[2], m[3], m[4], m[5])
	}
	return stamp{}, false
}

// clock sets the time of day; ok is false for one that no clock shows.
func (s *stamp) clock(hour, min, sec, half string) (ok bool) {
	s.hour, s.min, s.sec = atoi(hour), atoi(min), atoi(sec)
	if half != "" {
		if s.hour < 1 || s.hour > 12 {
			return false
		}
		if s.hour %= 12; half[0] == 'p' || half[0] == 'P' {
			s.hour += 12
		}
	}
	return s.hour < 24 && s.min < 60 && s.sec < 61
}

var errNoDay = errors.New("the lines of this log have no date; say the first day with --day 2024-03-05")

// instant places a stamp in time: on the day that was named last, or the one
// after it where the clock went past midnight.
func (r *logReader) instant(s stamp) (time.Time, error) {
	zone := s.zone
	if zone == nil {
		zone = r.o.Zone
	}
	if zone == nil {
		zone = time.UTC
	}
	if s.month > 0 {
		if s.year == 0 {
			if r.day.IsZero() {
				return time.Time{}, errNoDay
			}
			s.year = r.day.Year()
			if int(r.day.Month()) == 12 && s.month == 1 {
				s.year++
			}
		}
		d := date(s.year, s.month, s.day)
		if d.IsZero() {
			return time.Time{}, fmt.Errorf("%04d-%02d-%02d is no date", s.year, s.month, s.day)
		}
		r.day = d
	} else if r.day.IsZero() {
		return time.Time{}, errNoDay
	}
	place := func() time.Time {
		return time.Date(r.day.Year(), r.day.Month(), r.day.Day(), s.hour, s.min, s.sec, 0, zone)
	}
	at := place()
	const past = 6 * time.Hour // a clock that goes back by more went past midnight
	if s.month == 0 && !r.last.IsZero() && r.last.Sub(at) > past {
		r.day = r.day.AddDate(0, 0, 1)
		at = place()
	}
	r.last = at
	return at.UTC(), nil
}

// author takes who said it off a line. said is false if nothing names anybody;
// who is "" where the line tells of something that nobody said.
func author(rest string) (who, text string, said bool) {
	if m := nickLine.FindStringSubmatch(rest); m != nil {
		return strings.TrimSpace(m[1]), m[2], true
	}
	if m := tabLine.FindStringSubmatch(rest); m != nil {
		switch strings.Trim(m[1], "-<>=! *") {
		case "":
			if m[1] == "*" || m[1] == " *" {
				nick, what, _ := strings.Cut(m[2], " ")
				return nick, what, true
			}
			return "", "", true
		}
		return m[1], m[2], true
	}
	if eventLine.MatchString(rest) {
		return "", "", true
	}
	if m := actionLine.FindStringSubmatch(rest); m != nil {
		return m[1], m[2], true
	}
	if m := colonLine.FindStringSubmatch(rest); m != nil && len(strings.Fields(m[1])) <= 4 {
		return m[1], m[2], true
	}
	return "", "", false
}

// dayOf reads the day that a line names.
func dayOf(line string) (time.Time, bool) {
	if m := dayISO.FindStringSubmatch(line); m != nil {
		d := date(atoi(m[1]), atoi(m[2]), atoi(m[3]))
		return d, !d.IsZero()
	}
	if m := dayMDY.FindStringSubmatch(line); m != nil {
		d := date(atoi(m[3]), month(m[1]), atoi(m[2]))
		return d, !d.IsZero()
	}
	if m := dayDMY.FindStringSubmatch(line); m != nil {
		d := date(atoi(m[3]), month(m[2]), atoi(m[1]))
		return d, !d.IsZero()
	}
	return time.Time{}, false
}

// date is midnight UTC of a date; zero if no calendar has it.
func date(y, m, d int) time.Time {
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if y < 1970 || y > 2200 || int(t.Month()) != m || t.Day() != d {
		return time.Time{}
	}
	return t
}

func month(name string) int {
	for m := time.January; m <= time.December; m++ {
		if len(name) >= 3 && strings.EqualFold(name[:3], m.String()[:3]) {
			return int(m)
		}
	}
	return 0
}

// zone reads a zone that needs no day: UTC, or an offset.
func zone(s string) *time.Location {
	switch {
	case s == "":
		return nil
	case s[0] != '+' && s[0] != '-':
		return time.UTC
	}
	digits := strings.ReplaceAll(s[1:], ":", "")
	sec := (atoi(digits[:2])*60 + atoi(digits[2:])) * 60
	if s[0] == '-' {
		sec = -sec
	}
	return time.FixedZone(s, sec)
}

// atoi reads digits that a pattern has found; "" is 0.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
