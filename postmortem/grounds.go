package postmortem

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sitrep/instant"
)

// A Sentence is what somebody wrote of facts, which it names by their numbers.
type Sentence struct {
	Text  string `json:"text"`
	Facts []int  `json:"facts"`
}

// A Dropped is a sentence that the facts which it names do not carry.
type Dropped struct {
	Text string
	Kind string // "reference", "form", "quote", "time", "number", "name", "cause", "belief", "attribution", "scope", "negation", "mixed", "unsupported", "rest"
	Why  string // in a sentence
}

// mostFacts is how many facts a sentence may rest on. One that names many is
// carried by none in particular.
const mostFacts = 8

// longestSentence is how many bytes a sentence may have; five lines of a report.
const longestSentence = 700

// Check holds sentences against the facts that they name; see [Checker.Check].
func (a Assignment) Check(ss []Sentence) (kept []Sentence, dropped []Dropped) {
	return a.Checker().Check(ss)
}

// Check holds sentences against the facts that they name, and returns those
// that are carried, split where one had several, and those that are not. What
// is carried says nothing that the facts do not: each number, time, length,
// name, technical word and quotation stands in them, times stay with what
// happened then, a cause is one that a fact gives as such, a belief stays a
// belief, and what somebody said stays what they said. Check cannot be told
// what to accept: it reads sentences and facts as data.
func (g *Checker) Check(ss []Sentence) (kept []Sentence, dropped []Dropped) {
	seen := map[string]bool{}
	for _, s := range ss {
		for _, x := range g.split(s) {
			if kind, why := g.against(x); kind != "" {
				dropped = append(dropped, Dropped{Text: x.Text, Kind: kind, Why: why})
			} else if !seen[x.Text] {
				seen[x.Text] = true
				kept = append(kept, x)
			}
		}
	}
	return kept, dropped
}

// A Checker holds sentences against the facts of an assignment, which it has
// read. It changes nothing, and may be used from any goroutine.
type Checker struct {
	a     Assignment
	facts []ground
	names []string // people of the record, in lower case
	parts []string // its components, too
}

// A ground is one fact, read.
type ground struct {
	Fact
	plain  string // on one line
	low    string // in lower case
	tokens map[string]bool
	stems  map[string]bool
	bare   map[string]bool // stems of what it says in its own words, and not in somebody's
	times  []time.Time
	spans  []instant.Length
}

// Checker reads the facts of an assignment, once for many sentences.
func (a Assignment) Checker() *Checker {
	g := &Checker{a: a}
	for _, f := range a.Facts {
		g.facts = append(g.facts, a.read(f))
	}
	for n := range a.brief.record.people {
		g.names = append(g.names, strings.ToLower(n))
	}
	for n := range a.brief.record.parts {
		g.parts = append(g.parts, strings.ToLower(n))
	}
	slices.Sort(g.names)
	slices.Sort(g.parts)
	return g
}

func (a Assignment) read(f Fact) ground {
	x := ground{Fact: f, plain: strings.Join(strings.Fields(f.Text), " "), tokens: map[string]bool{}, stems: map[string]bool{}, bare: map[string]bool{}}
	x.low = strings.ToLower(x.plain)
	for _, t := range tokensOf(x.plain) {
		x.tokens[t] = true
		for _, part := range strings.FieldsFunc(t, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			x.tokens[part] = true
		}
	}
	for _, w := range contentWords(x.plain) {
		x.stems[w] = true
	}
	for _, w := range contentWords(besideQuotes(x.plain)) {
		x.bare[w] = true
	}
	x.times = a.times(x.plain)
	x.spans = instant.Durations(x.plain)
	return x
}

// times are the instants that a text names.
func (a Assignment) times(text string) []time.Time {
	var out []time.Time
	for _, m := range instant.Find(text, a.brief.day(), a.brief.Zone) {
		if !m.Unresolved {
			out = append(out, m.Time)
		}
	}
	return out
}

// split cuts a text into its sentences; each rests on the same facts.
func (g *Checker) split(s Sentence) []Sentence {
	var out []Sentence
	for _, x := range sentences(escape(oneWay(cited.ReplaceAllString(s.Text, "")))) {
		out = append(out, Sentence{Text: x.text, Facts: s.Facts})
	}
	if len(out) == 0 {
		return []Sentence{{Text: oneLine(s.Text), Facts: s.Facts}}
	}
	return out
}

// cited is how models name what they rest on within a sentence, although they
// were given another place for it.
var cited = regexp.MustCompile(`(?i)\s*(?:\[(?:[TUF]?\d{1,9}(?:,\s*)?)+\]|\((?:see )?facts? \d+(?:(?:,| and|, and) \d+)*\))`)

// oneWay brings quotation marks of every kind that models use to “ and ”, on one
// line.
func oneWay(s string) string {
	open, straight := false, false
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case r == '"' && open && !straight: // somebody's own marks within a quotation
			b.WriteRune(r)
		case r == '"' && open, r == '”':
			b.WriteRune('”')
			open = false
		case r == '"', r == '“', r == '„':
			b.WriteRune('“')
			open, straight = true, r == '"'
		case unicode.IsSpace(r), r == '\u2028', r == '\u2029':
			b.WriteByte(' ')
		case unicode.IsControl(r), r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069', r == '\u200B', r == '\uFEFF':
		default:
			b.WriteRune(r)
		}
	}
	if open {
		b.WriteRune('”')
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// against returns why the facts do not carry a sentence; "" if they do.
func (g *Checker) against(s Sentence) (kind, why string) {
	text := strings.TrimSpace(s.Text)
	switch {
	case text == "", len(tellingWords(text)) == 0:
		return "form", "It says nothing."
	case len(text) > longestSentence:
		return "form", "It is longer than a reader follows."
	case strings.HasSuffix(text, "?"):
		return "form", "It asks, and the report tells."
	case len(s.Facts) == 0:
		return "reference", "It names no fact."
	case len(s.Facts) > mostFacts:
		return "reference", "It rests on " + strconv.Itoa(len(s.Facts)) + " facts at once, and so on none."
	}
	var on []ground
	for _, n := range s.Facts {
		if n < 1 || n > len(g.facts) {
			return "reference", "There is no fact " + strconv.Itoa(n) + "."
		}
		on = append(on, g.facts[n-1])
	}
	for _, t := range token.FindAllString(text, -1) {
		if !slices.ContainsFunc(on, func(f ground) bool { return strings.Contains(f.plain, t) }) {
			return "name", "“" + t + "” stands for nobody."
		}
	}
	bare := besideQuotes(text)
	for _, check := range []func(text, bare string, on []ground) (string, string){
		g.quotes, g.figures, g.named, g.scope, g.causes, g.beliefs, g.attributed, g.mixed, g.carried,
	} {
		if kind, why = check(text, bare, on); kind != "" {
			return kind, why
		}
	}
	return "", ""
}

// token is what stands for somebody or something that was masked.
var token = regexp.MustCompile(`\[(?:[a-z][a-z ]*)(?: \d+)?[a-z]?\]`)

var quotation = regexp.MustCompile(`“([^”]*)”`)

// besideQuotes is a text with “” for each quotation.
func besideQuotes(s string) string { return quotation.ReplaceAllString(s, "“”") }

// quotes holds that quoted words stand in a fact, and not after a word that
// denies them.
func (g *Checker) quotes(text, _ string, on []ground) (string, string) {
	for _, m := range quotation.FindAllStringSubmatch(text, -1) {
		words := strings.Trim(strings.TrimSpace(oneLine(m[1])), ".,…")
		if words == "" || !slices.ContainsFunc(on, func(f ground) bool { return holds(f.plain, words) }) {
			return "quote", "Nobody said “" + words + "” in what it refers to."
		}
	}
	return "", ""
}

// figures holds that times, lengths and numbers stand in the facts.
func (g *Checker) figures(_, bare string, on []ground) (string, string) {
	rest := []byte(bare)
	blank := func(from, to int) {
		for i := from; i < to; i++ {
			rest[i] = ' '
		}
	}
	for _, m := range instant.Find(bare, g.a.brief.day(), g.a.brief.Zone) {
		if m.Unresolved || !slices.ContainsFunc(on, func(f ground) bool { return happened(m, f.times, g.a.brief.Zone) }) {
			return "time", "Nothing in what it refers to happened at " + m.Text + "."
		}
		blank(m.Start, m.End)
	}
	for _, l := range instant.Durations(bare) {
		if !slices.ContainsFunc(on, func(f ground) bool { return f.lasts(l) }) {
			return "time", "Nothing in what it refers to is said to be " + l.Text + " long or apart."
		}
		blank(l.Start, l.End)
	}
	for _, n := range numbersIn(string(rest)) {
		if !slices.ContainsFunc(on, func(f ground) bool { return f.counts(n) }) {
			return "number", "The number " + n + " does not stand in what it refers to."
		}
	}
	return "", ""
}

// lasts reports whether a fact names the same length, hedged in no other way.
func (f ground) lasts(l instant.Length) bool {
	return slices.ContainsFunc(f.spans, func(x instant.Length) bool {
		return x.Value == l.Value && x.Max == l.Max && (l.Hedge == "" || l.Hedge == x.Hedge)
	})
}

// counts reports whether a fact has a number, as digits or as a word.
func (f ground) counts(n string) bool {
	for _, x := range numbersIn(f.plain) {
		if x == n {
			return true
		}
	}
	return false
}

var (
	numberPattern = regexp.MustCompile(`\d+(?:[.,]\d+)*%?|\b(?i:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|thousands?|millions?|twice|half|quarter|third|fourth|fifth)\b`)
	grouping      = regexp.MustCompile(`,(\d{3})\b`)
)

// numbersIn lists the numbers of a text, "1,200" as 1200 and "three" as 3.
func numbersIn(s string) []string {
	var out []string
	for _, n := range numberPattern.FindAllString(s, -1) {
		n = grouping.ReplaceAllString(strings.ToLower(n), "$1")
		for i, w := range []string{"two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"} {
			if n == w {
				n = strconv.Itoa(i + 2)
			}
		}
		if n = strings.TrimLeft(n, "0"); n == "" || n[0] == '.' || n[0] == '%' {
			n = "0" + n
		}
		out = append(out, n)
	}
	return out
}

// named holds that names and technical words stand in the facts.
func (g *Checker) named(text, bare string, on []ground) (string, string) {
	for i, t := range tokensOf(bare) {
		low := strings.ToLower(t)
		if i == 0 && opens(low) || !proper(t, i == 0) {
			continue
		}
		if !slices.ContainsFunc(on, func(f ground) bool { return f.has(t) }) {
			return "name", "“" + t + "” does not stand in what it refers to."
		}
	}
	low := strings.ToLower(bare)
	for _, n := range g.names {
		if hasWords(low, n) && !slices.ContainsFunc(on, func(f ground) bool { return hasWords(f.low, n) }) {
			return "name", "It names " + n + ", of whom nothing is said in what it refers to."
		}
	}
	for _, c := range g.parts {
		if hasWords(low, c) && !slices.ContainsFunc(on, func(f ground) bool { return hasWords(f.low, c) }) {
			return "name", "It names " + c + ", of which nothing is said in what it refers to."
		}
	}
	return "", ""
}

// has reports whether a word stands in a fact, also as a part of a longer one.
func (f ground) has(t string) bool {
	return f.tokens[t] || f.tokens[strings.ToLower(t)] || len(t) > 3 && strings.Contains(f.low, strings.ToLower(t))
}

// tokensOf are the words of a text as they are written, with what joins them:
// "mysqld", "redis-7", "pay_api", "https://…".
func tokensOf(s string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune("“”‘’\"()[]{};,!?—–", r)
	}) {
		w = strings.Trim(w, ".:'`*_…")
		w = strings.TrimSuffix(strings.TrimSuffix(w, "'s"), "’s")
		if w != "" {
			out = append(out, w)
		}
	}
	return out
}

// proper reports whether a word names something: it has a capital letter, or
// digits or signs between letters. Plain numbers are held elsewhere.
func proper(w string, first bool) bool {
	letters, digits, signs, upper := false, false, false, false
	for i, r := range w {
		switch {
		case unicode.IsUpper(r):
			letters, upper = true, true
		case unicode.IsLetter(r):
			letters = true
		case unicode.IsDigit(r):
			digits = true
		case strings.ContainsRune("_/.@#:\\=$<>|+~^", r) && i > 0 && i < len(w)-1, r == '@', r == '#', r == '/':
			signs = true
		}
	}
	if !letters {
		return strings.ContainsAny(w, "#@/")
	}
	return upper || signs || digits && !unit.MatchString(w)
}

// unit is a number with its unit, which is held as a number.
var unit = regexp.MustCompile(`^\d+(?:[.,]\d+)?(?:st|nd|rd|th|ms|s|m|h|d|min|x|k|am|pm|%)$`)

// hasWords reports whether whole words stand in a text, both in lower case.
func hasWords(text, words string) bool {
	if words == "" {
		return false
	}
	for from := 0; ; {
		i := strings.Index(text[from:], words)
		if i < 0 {
			return false
		}
		i += from
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+len(words):])
		if !word(before) && !word(after) {
			return true
		}
		from = i + 1
	}
}

// opens reports whether a word may begin a sentence without standing in a fact.
func opens(low string) bool { return stop(low) || listed(openerWords, low) }
