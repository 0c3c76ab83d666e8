package postmortem

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"sitrep/incident"
)

// longestQuote is how many characters of somebody's words are repeated; the
// reference leads to the rest.
const longestQuote = 320

// quote puts somebody's words between “ and ”, on one line, shortened at a word
// if they are long. Quotation marks inside become ‘ and ’.
func quote(s string) string {
	s = oneLine(s)
	if utf8.RuneCountInString(s) > longestQuote {
		cut := string([]rune(s)[:longestQuote])
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

// count says how many of a thing: "no updates", "1 update", "7 updates".
func count(n int, one string) string {
	switch n {
	case 0:
		return "no " + one + "s"
	case 1:
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + one + "s"
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

// state is a component's state in running text: "major outage".
func state(s incident.ComponentState) string { return strings.ToLower(s.Label()) }

// milestone is a milestone's name in running text: "impact started".
func milestoneWords(n incident.MilestoneName) string { return strings.ToLower(n.Label()) }
