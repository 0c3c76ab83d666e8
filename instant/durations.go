package instant

import (
	"regexp"
	"strings"
	"time"
)

// A Length is a length of time that a text claims. text[Start:End] is Text,
// the hedge included.
type Length struct {
	Start, End int
	Text       string
	Value      time.Duration
	Max        time.Duration // the upper end of "2 to 3 hours"; zero otherwise
	Hedge      string        // "approximately", "less than", "~"; in lower case, "" if none
}

const (
	numberWord = `one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|forty-five|fifty|sixty|ninety`
	longUnit   = `days?|hours?|hrs?|minutes?|mins?|seconds?|secs?`
	number     = `\d{1,6}(?:[.,]\d{1,3})?`
	piece      = `(?:` + number + `[\s\x{00a0}-]?(?:` + longUnit + `|[dhms])\b|\d{1,3}[dhm](?:\d{1,3}[hms])+\b)`
)

var (
	// A length begins with a number; what hedges it stands before.
	lengthPattern = regexp.MustCompile(`^(?i:(half an hour)\b` +
		`|(an hour and a half)\b` +
		`|(an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve) and a half (days?|hours?|minutes?)\b` +
		`|(` + number + `|` + numberWord + `)(?:\s?[-–—]\s?|\s+(?:to|or)\s+)(` + number + `|` + numberWord + `)[\s-]?(` + longUnit + `)\b` +
		`|(an?|` + numberWord + `)[\s-](days?|hours?|minutes?|seconds?)\b` +
		`|(` + piece + `(?:(?:,\s*|\s+and\s+|\s+|,\s*and\s+)?` + piece + `)*))`)
	lengthPiece  = regexp.MustCompile(`(?i)(\d{1,6}(?:[.,]\d{1,3})?)[\s\x{00a0}-]?([dhms])`)
	hedgePattern = regexp.MustCompile(`(?i)(?:(?:^|[^\pL\pN])(approximately|approx\.?|about|around|roughly|nearly|almost|over|under|less than|more than|at least|at most|up to|just over|just under|as long as|an estimated|circa)\s+|([~≈<>])\s?)$`)
)

// Durations finds the lengths of time in prose, in order: "approximately 3
// hours", "90 minutes", "3h40m", "an hour and a half", "2 to 3 hours".
func Durations(text string) []Length {
	var out []Length
	last := 0
	for i := 0; i < len(text); i++ {
		if !lengthMayStart(text, i) {
			continue
		}
		m := lengthPattern.FindStringSubmatch(text[i:min(len(text), i+longestLength)])
		if m == nil {
			continue
		}
		l := Length{Start: i, End: i + len(m[0])}
		from := max(last, i-longestHedge)
		if h := hedgePattern.FindStringSubmatchIndex(text[from:i]); h != nil {
			start, end := max(h[2], h[4]), max(h[3], h[5]) // of the group that took part; the other's are -1
			l.Start = from + start
			l.Hedge = strings.ToLower(text[l.Start : from+end])
		} else if !lengthFree(text[:i]) {
			continue
		}
		if l.read(m) {
			l.Text = text[l.Start:l.End]
			out = append(out, l)
			last = l.End
		}
		i = l.End - 1
	}
	return out
}

const (
	longestLength = 64 // more than "forty-five minutes and 30 seconds"
	longestHedge  = 20 // more than "approximately "
)

// lengthMayStart is the cheap question asked of every byte, so that most of a
// text costs no regular expression: does a number begin here, or a word with
// the letters of a numeral?
func lengthMayStart(s string, i int) bool {
	if isDigit(s[i]) {
		if i > 1 && s[i-1] == ',' && isDigit(s[i-2]) {
			return false // the rest of 1,5
		}
		return i == 0 || !isDigit(s[i-1])
	}
	if i > 0 && isLetter(s[i-1]) || i+1 == len(s) {
		return false
	}
	switch s[i : i+2] {
	case "a ", "an", "on", "tw", "th", "fo", "fi", "si", "se", "ei", "ni", "te", "el", "ha",
		"A ", "An", "On", "Tw", "Th", "Fo", "Fi", "Si", "Se", "Ei", "Ni", "Te", "El", "Ha":
		return true
	}
	return false
}

// lengthFree says whether a number after s is one of its own: not an amount of
// money, part of a word, a decimal or a time.
func lengthFree(s string) bool {
	if s == "" {
		return true
	}
	switch c := s[len(s)-1]; {
	case isDigit(c), isLetter(c), strings.IndexByte(".:/_#$@=", c) >= 0:
		return false
	case c == '-':
		return len(s) > 1 && s[len(s)-2] == ' ' // "-20m", not "id-20m"
	}
	return !strings.HasSuffix(s, "€") && !strings.HasSuffix(s, "£")
}

// read takes the value from the groups of lengthPattern; false is no length
// after all.
func (l *Length) read(m []string) bool {
	switch {
	case m[1] != "":
		l.Value = 30 * time.Minute
	case m[2] != "":
		l.Value = 90 * time.Minute
	case m[3] != "":
		u := unit(m[4][:1])
		l.Value = numeral(m[3], u) + u/2
	case m[5] != "":
		u := unit(m[7][:1])
		l.Value, l.Max = numeral(m[5], u), numeral(m[6], u)
	case m[8] != "":
		l.Value = numeral(m[8], unit(m[9][:1]))
	default:
		if strings.IndexAny(m[10], "DHMS") == len(m[10])-1 {
			return false // 5M is five million, 3D a dimension
		}
		for _, p := range lengthPiece.FindAllStringSubmatch(m[10], -1) {
			l.Value += times(p[1], unit(p[2]))
		}
	}
	return l.Value >= 0 && l.Value < longest && l.Max >= 0 && l.Max < longest
}

// longest is more than anybody means by a length of time, and less than what
// one can hold.
const longest = 200 * 365 * 24 * time.Hour

// numeral multiplies a number in digits or words by a unit.
func numeral(s string, unit time.Duration) time.Duration {
	n := 0
	switch strings.ToLower(s) {
	case "a", "an", "one":
		n = 1
	case "two":
		n = 2
	case "three":
		n = 3
	case "four":
		n = 4
	case "five":
		n = 5
	case "six":
		n = 6
	case "seven":
		n = 7
	case "eight":
		n = 8
	case "nine":
		n = 9
	case "ten":
		n = 10
	case "eleven":
		n = 11
	case "twelve":
		n = 12
	case "fifteen":
		n = 15
	case "twenty":
		n = 20
	case "thirty":
		n = 30
	case "forty":
		n = 40
	case "forty-five":
		n = 45
	case "fifty":
		n = 50
	case "sixty":
		n = 60
	case "ninety":
		n = 90
	default:
		return times(s, unit)
	}
	return time.Duration(n) * unit
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
