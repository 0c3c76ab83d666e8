package postmortem

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"sitrep/incident"
)

// saysFails is the sign of a message that tells what is wrong.
const saysFails = "it says what fails"

// certain is the score of what is always told, however much was said.
const certain = 100

// signs are what makes a message worth telling, as far as it depends on the
// messages around it.
type signs struct {
	all      []*incident.Entry
	replies  map[int]int  // how many answers an entry has, by number
	asked    map[int]bool // entries that ask something, by number
	quietFor map[int]time.Duration
	means    map[int]meaning // what an entry says of the course, by number
	silent   map[int]bool    // nobody said anything for long after it, by number
	rare     map[string]int  // how many messages have a word
	said     int             // how many messages there are
	commands []time.Time     // when commands were given, in order
	next     int             // the first command that is not long past
}

func newSigns(all []*incident.Entry, said []saying) *signs {
	s := &signs{all: all, means: map[int]meaning{}, silent: map[int]bool{}, rare: map[string]int{}, replies: map[int]int{}, asked: map[int]bool{}, quietFor: map[int]time.Duration{}}
	for _, x := range said {
		s.means[x.e.Number] |= x.means
	}
	var last time.Time
	before := 0
	for _, e := range all {
		if !e.IsMessage() {
			if !e.Claimed {
				s.commands = append(s.commands, e.At)
			}
			continue
		}
		if e.Thread > 0 {
			s.replies[e.Thread]++
		}
		if strings.ContainsAny(e.Text, "?？؟") {
			s.asked[e.Number] = true
		}
		s.said++
		for _, w := range wordsOf(e.Text) {
			s.rare[w]++
		}
		if !last.IsZero() {
			s.quietFor[e.Number] = e.At.Sub(last)
			s.silent[before] = e.At.Sub(last) >= longSilence
		}
		last, before = e.At, e.Number
	}
	return s
}

// A sign is a reason to tell a message, and how much it weighs.
type sign struct {
	weight int
	why    string
	words  []string // begins of words, in lower case
}

// tells are the meanings that make a message worth telling.
func tellsOf(m meaning) (int, string) {
	switch {
	case m&(saysOver|saysWell|saysMitigated) != 0:
		return 6, "it says that it is over, or better"
	case m&saysCause != 0:
		return 6, "it says what was found"
	case m&(saysFixed|saysRecovers) != 0:
		return 5, "it says what was done, or what came of it"
	case m&(saysBroken|saysDetected|saysStill) != 0:
		return 4, "it says what is wrong"
	case m&(saysReason|saysGuess|saysDeclared) != 0:
		return 3, "it says what may lie behind it"
	case m&saysChanged != 0:
		return 2, "it tells of a change"
	}
	return 0, ""
}

// turning lists what people say when something turns. The lists are short on
// purpose: what they miss, people mark.
func turning() []sign {
	return []sign{
		{4, "it says what changed", []string{"rolled back", "rolling back", "rollback", "reverted", "reverting", "restarted", "restored", "recovered", "recovering",
			"is back", "are back", "back up", "back to normal", "operational", "fixed", "mitigated", "deployed", "failed over", "failing over", "fail over",
			"failover", "scaled", "disabled", "turned off", "switched", "complete", "finished", "done", "resolved"}},
		{4, "it names a cause", []string{"root cause", "caused by", "because", "due to", "culprit", "turns out", "the problem is", "the issue is", "introduced by", "out of disk", "out of memory"}},
		{3, saysFails, []string{"down", "crash", "error", "failing", "failed", "fails", "failure", "timeout", "timing out", "timed out", "outage", "alert", "paged",
			"unavailable", "unreachable", "corrupt", "lost", "exception", "panic", "5xx", "500s", "502", "503", "504", "broken", "degraded", "slow", "assertion", "oom"}},
		{3, "it estimates", []string{"estimate", "eta", "should take", "less than an", "expected", "any minute", "how long"}},
		{2, "it says what is known", []string{"still running", "still ", "confirmed", "looks like", "i see", "we see", "seeing", "noticed", "customers", "users", "nothing lost", "no data"}},
	}
}

var noise = regexp.MustCompile(`(?i)^\W*(lol|thanks?|thank you|thx|ty|ok(ay)?|yes|no|yep|nope|sure|hi|hello|hey|morning|nice|great|cool|brb|looking|on it|same|joined|\+1|:[a-z0-9_+-]+:)\W*$`)

// weigh returns how much entry i of the incident tells, and why. Zero or less
// tells nothing.
func (s *signs) weigh(i int, e *incident.Entry) (int, []string) {
	var why []string
	score := 0
	add := func(n int, reason string) {
		score += n
		why = append(why, reason)
	}
	if e.Marked() {
		add(certain, "somebody marked it")
	}
	if decides(e.Text) {
		add(certain, "it decides something")
	}
	text := e.Text
	if len(text) > 4000 { // a log that was pasted tells by its beginning
		text = text[:4000]
	}
	if noise.MatchString(text) || !strings.ContainsFunc(text, unicode.IsLetter) && len(e.Files) == 0 {
		return score, why
	}
	low := " " + strings.ToLower(strings.Join(strings.Fields(text), " "))
	for _, sg := range turning() {
		if begins(low, sg.words) {
			add(sg.weight, sg.why)
		}
	}
	if n, reason := tellsOf(s.means[e.Number]); n > 0 {
		add(n, reason)
	}
	if asks(text) {
		add(-3, "it only asks")
	}
	if strings.ContainsAny(low, "0123456789") {
		add(1, "it has a figure")
	}
	if strings.Contains(low, "http://") || strings.Contains(low, "https://") {
		add(1, "it links to something")
	}
	if len(e.Files) > 0 {
		add(2, "something is attached")
	}
	if n := min(len(e.Reactions), 3); n > 0 {
		add(n, "people reacted to it")
	}
	if s.replies[e.Number] >= 2 {
		add(2, "it was discussed")
	}
	if s.asked[e.Thread] {
		add(1, "it answers a question")
	}
	if s.quietFor[e.Number] >= 20*time.Minute {
		add(2, "it broke a silence")
	}
	if s.silent[e.Number] && score > 0 {
		add(1, "nobody spoke for long after it")
	}
	if score > 0 && s.unusual(text) {
		add(1, "it has words that are rare here")
	}
	if s.nearCommand(e.At) {
		add(1, "a command was given at the time")
	}
	if score > 0 || len(strings.Fields(low)) > 4 {
		score++
	}
	return score, why
}

// wordsOf are the longer words of a message, each once, as far as a first look
// needs them.
func wordsOf(text string) []string {
	const most = 24
	var out []string
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '-' }) {
		if len(w) >= 5 && !slices.Contains(out, w) {
			if out = append(out, w); len(out) == most {
				break
			}
		}
	}
	return out
}

// unusual reports whether most of a message's longer words are rare in the
// room, of which enough was said to tell.
func (s *signs) unusual(text string) bool {
	const enough = 40
	if s.said < enough {
		return false
	}
	words, n := wordsOf(text), 0
	for _, w := range words {
		if s.rare[w] <= 1+s.said/200 {
			n++
		}
	}
	return len(words) >= 3 && 2*n > len(words)
}

// asks reports whether a message is a question and no more.
func asks(text string) bool {
	ss := plainSentences(text)
	return len(ss) > 0 && strings.HasSuffix(ss[0], "?") && strings.HasSuffix(ss[len(ss)-1], "?")
}

// begins reports whether a word of text, which begins with a space, begins
// with one of words.
func begins(text string, words []string) bool {
	for _, w := range words {
		for from := 0; ; {
			i := strings.Index(text[from:], w)
			if i < 0 {
				break
			}
			i += from
			if c := text[i-1]; c < 0x80 && !('a' <= c && c <= 'z') && !('0' <= c && c <= '9') {
				return true
			}
			from = i + 1
		}
	}
	return false
}

// nearCommand reports whether a command was given within a minute of at. It is
// asked in the order of time.
func (s *signs) nearCommand(at time.Time) bool {
	const near = time.Minute
	for s.next < len(s.commands) && s.commands[s.next].Before(at.Add(-near)) {
		s.next++
	}
	return s.next < len(s.commands) && !s.commands[s.next].After(at.Add(near))
}

var (
	decisionAt = regexp.MustCompile(`(?i)^\W*(?:decision|decided|we decided|agreed)\b\s*(?:[:–—-]|\bto\b|\bthat\b|\bnot\b|\bagainst\b)`)
	decisionIn = regexp.MustCompile(`(?i)\b(?:(?:we|i|team)(?:'ve|’ve| have)? (?:decided|agreed) (?:to|not|on|that|against|it)|(?:the|our) decision (?:is|was)|call made)\b`)
)

// decides reports whether a message states a decision, rather than asks for one.
func decides(text string) bool {
	if decisionAt.MatchString(text) {
		return true
	}
	if len(text) > 1000 {
		text = text[:1000]
	}
	low := strings.ToLower(text)
	if !strings.Contains(low, "deci") && !strings.Contains(low, "agreed") && !strings.Contains(low, "call made") {
		return false
	}
	m := decisionIn.FindStringIndex(text)
	if m == nil {
		return false
	}
	rest := text[m[1]:]
	if i := strings.IndexAny(rest, ".!?\n"); i >= 0 && rest[i] == '?' {
		return false
	}
	before := strings.ToLower(text[max(0, m[0]-12):m[0]])
	sentence := low[:m[0]]
	sentence = sentence[strings.LastIndexAny(sentence, ".!?\n")+1:]
	return !strings.HasSuffix(strings.TrimSpace(before), "not") && !strings.Contains(" "+sentence, " if ") && !strings.Contains(before, "until ")
}
