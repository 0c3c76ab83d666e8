package postmortem

import (
	"regexp"
	"strings"
	"unicode"

	"sitrep/instant"
)

// nearWords is how many words beside a time are held to belong to it.
const nearWords = 4

var (
	// apartPattern is where a sentence begins to tell of something else.
	apartPattern = regexp.MustCompile(`(?i);|,? \b(?:and|but|while|whereas|then|before|after which|until|when)\b `)
	unitWord     = regexp.MustCompile(`(?i)^(?:min|minutes?|h|hours?|s|seconds?|days?|am|pm)$`)
)

// mixed holds that a time stays with what happened then: no other fact that the
// sentence names tells more of the words beside it than those which have the
// time.
func (g *Checker) mixed(_, bare string, on []ground) (string, string) {
	if len(on) < 2 {
		return "", ""
	}
	for _, m := range instant.Find(bare, g.a.brief.day(), g.a.brief.Zone) {
		words := beside(bare, m.Start, m.End)
		best, other := -1, -1
		for _, f := range on {
			n := f.covers(words)
			if happened(m, f.times, g.a.brief.Zone) {
				best = max(best, n)
			} else {
				other = max(other, n)
			}
		}
		if best >= 0 && other > best {
			return "mixed", "What it says of " + m.Text + " happened at another time, by what it refers to."
		}
	}
	for _, l := range instant.Durations(bare) {
		words := beside(bare, l.Start, l.End)
		best, other := -1, -1
		for _, f := range on {
			n := f.covers(words)
			if f.lasts(l) {
				best = max(best, n)
			} else {
				other = max(other, n)
			}
		}
		if best >= 0 && other > best {
			return "mixed", "What it says of " + l.Text + " is of something else, by what it refers to."
		}
	}
	return "", ""
}

// beside returns the words that a time at from to belongs to: those before it
// in its part of the sentence, or else those after it.
func beside(s string, from, to int) []string {
	start, end := 0, len(s)
	for _, m := range apartPattern.FindAllStringIndex(s, -1) {
		if m[1] <= from {
			start = m[1]
		} else if m[0] >= to && m[0] < end {
			end = m[0]
		}
	}
	before := contentWords(s[start:from])
	if len(before) > 0 {
		return before[max(0, len(before)-nearWords):]
	}
	after := contentWords(s[to:end])
	return after[:min(len(after), nearWords)]
}

// contentWords are the stems of the words that carry meaning.
func contentWords(s string) []string {
	out := tellingWords(s)
	for i, w := range out {
		out[i] = stem(w)
	}
	return out
}

// tellingWords are the words that carry meaning, in lower case, without numbers
// and units.
func tellingWords(s string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' }) {
		if stop(w) || len(w) < 3 || unitWord.MatchString(w) || strings.IndexFunc(w, unicode.IsLetter) < 0 {
			continue
		}
		out = append(out, w)
	}
	return out
}

// stem cuts a word's ending off, so that "mitigated" and "mitigation" are one.
// It need not be a word: it is compared with others that were cut the same way.
func stem(w string) string {
	for _, end := range []string{"ations", "ation", "ments", "ment", "ingly", "ings", "ing", "ions", "ion", "edly", "ies", "ied", "ers", "ed", "es", "er", "ly", "s", "e", "y"} {
		if strings.HasSuffix(w, end) && len(w)-len(end) >= 4 {
			w = strings.TrimSuffix(w, end)
			break
		}
	}
	if n := len(w); n > 4 && w[n-1] == w[n-2] {
		w = w[:n-1]
	}
	if strings.HasSuffix(w, "at") && len(w) > 5 {
		w = strings.TrimSuffix(w, "at")
	}
	return w
}

// stopWords carry no meaning of their own here; openerWords are others that a
// sentence may begin with. Each stands between spaces.
const (
	stopWords = `
 a an the and or but nor so yet if then than as at by for from in into of off on onto out over per to under up upon with within 
 without about above across after against along among around before behind below beneath beside between beyond down during except 
 inside near since through throughout till toward towards until via while when where which who whom whose what why how this that 
 these those it its they them their we us our you your he she his her him i me my is are was were be been being am do does did done 
 has have had having can could may might must shall should will would not no also both each either more most less least many much 
 few some any other another same such there here too very just still again once later earlier first second next last `
	openerWords = `
 afterwards although although another at both customers during early eventually finally following further half however initially it 
 later meanwhile nobody none nothing of once one our overall people responders shortly soon subsequently team that the then 
 thereafter though throughout time today together two three four five six seven eight nine ten eleven twelve users we whereas yet 
 service work everyone nearby theories theory somebody someone everything everybody because due owing thanks no declared 
 started beginning `
)

// stop reports whether a word, in lower case, carries no meaning of its own.
func stop(w string) bool { return listed(stopWords, w) }

// listed reports whether a word is on a list.
func listed(list, w string) bool {
	return w != "" && strings.Contains(list, " "+w+" ")
}
