package postmortem

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sitrep/incident"
)

// longestQuote is how many characters of somebody's words are repeated; the
// reference leads to the rest.
const longestQuote = 320

// quote puts somebody's words between “ and ”, on one line, shortened at a word
// if they are long. Quotation marks inside become ‘ and ’.
func quote(s string) string { return shorten(s, longestQuote) }

// verbatim is quote, however long the words are.
func verbatim(s string) string { return shorten(s, len(s)+1) }

// unended takes the full stop off words that are quoted at the end of a
// sentence of ours.
func unended(s string) string { return strings.TrimRight(strings.TrimSpace(s), ".") }

func shorten(s string, most int) string {
	s = oneLine(s)
	if utf8.RuneCountInString(s) > most {
		cut := string([]rune(s)[:most])
		if i := strings.LastIndexByte(cut, ' '); i > len(cut)/2 {
			cut = cut[:i]
		}
		s = strings.TrimRight(cut, " ,;:") + "…"
	}
	return "“" + s + "”"
}

// oneLine returns a text on one line, without what steers a terminal or the
// direction of writing, and with single quotation marks for double curly ones.
func oneLine(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '“':
			return '‘'
		case r == '”':
			return '’'
		case unicode.IsSpace(r), r == '\u2028', r == '\u2029':
			return ' '
		case unicode.IsControl(r), r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069':
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// term returns a name that stands in a sentence without quotation marks: a
// person, a component, a severity. One that could be taken for the end of a
// sentence is quoted.
func term(s string) string {
	s = oneLine(s)
	if i := strings.IndexAny(s, ".?!"); i >= 0 && (strings.HasSuffix(s, ".") || strings.ContainsAny(s[i:], " ?!")) || strings.ContainsAny(s, "‘’") {
		return quote(s)
	}
	return s
}

// name is what the record calls a person.
func name(p incident.Person) string {
	s := strings.TrimLeft(oneLine(p.String()), "@")
	if s == "" {
		return "somebody"
	}
	return term(s)
}

// and joins words for a sentence: "A", "A and B", "A, B and C".
func and(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// count says how many of a thing: "no updates", "one update", "seven updates",
// "40 updates".
func count(n int, one string) string {
	if n == 1 {
		return "one " + one
	}
	return numeral(n) + " " + one + "s"
}

// numeral prints a count in words up to twelve.
func numeral(n int) string {
	words := [...]string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"}
	if n >= 0 && n < len(words) {
		return words[n]
	}
	return strconv.Itoa(n)
}

// are agrees with a number of people.
func are(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// upper begins a sentence.
func upper(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

// was agrees with a number of things.
func was(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// when is what nobody recorded, if a milestone is missing: "when it was
// detected".
func when(n incident.MilestoneName) string {
	switch n {
	case incident.ImpactStarted:
		return "when the impact began"
	case incident.ImpactEnded:
		return "when the impact ended"
	case incident.FirstPublicWord:
		return "a first word in public"
	}
	return "when it was " + milestoneWords(n)
}

// or joins phrases for a sentence that denies them all.
func or(phrases []string) string {
	if len(phrases) < 2 {
		return strings.Join(phrases, "")
	}
	return strings.Join(phrases[:len(phrases)-1], ", ") + " or " + phrases[len(phrases)-1]
}

// spell prints a length for customers: "4 hours 24 minutes".
func spell(d time.Duration) string {
	unit := func(n int, one string) string {
		if n == 1 {
			return "1 " + one
		}
		return strconv.Itoa(n) + " " + one + "s"
	}
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d < time.Hour:
		return unit(int(d/time.Minute), "minute")
	case d >= 48*time.Hour:
		return unit(int(d/(24*time.Hour)), "day")
	case d%time.Hour < time.Minute:
		return unit(int(d/time.Hour), "hour")
	}
	return unit(int(d/time.Hour), "hour") + " " + unit(int(d%time.Hour/time.Minute), "minute")
}

// shownAs says how a component in some state is shown: "with a major outage".
func shownAs(s incident.ComponentState) string {
	switch s {
	case incident.MajorOutage, incident.PartialOutage:
		return "with a " + state(s)
	case incident.UnderMaintenance:
		return "under maintenance"
	case incident.Degraded:
		return "with " + state(s)
	}
	return "as " + state(s)
}

// state is a component's state in running text: "major outage".
func state(s incident.ComponentState) string { return strings.ToLower(s.Label()) }

// milestone is a milestone's name in running text: "impact started".
func milestoneWords(n incident.MilestoneName) string { return strings.ToLower(n.Label()) }
