package eval

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"sitrep/postmortem"
)

// A Lie is a way in which a model's sentence is not what its facts say.
type Lie struct {
	Name string
	// Tell makes a false sentence of fact i, counted from 0; ok is false if it has
	// not what it takes.
	Tell func(a postmortem.Assignment, i int) (s postmortem.Sentence, ok bool)
}

var (
	clockWord  = regexp.MustCompile(`\b([01]\d|2[0-3]):([0-5]\d)\b`)
	lengthWord = regexp.MustCompile(`\b(\d+) (min|h|s)\b`)
	quotedWord = regexp.MustCompile(`“[^”]*?\b([a-z]{5,})\b[^”]*”`)
	quotedText = regexp.MustCompile(`“([^“”]{12,}?)[.]?”`)
	verb       = regexp.MustCompile(`\b(was|were) `)
)

// Lies are the kinds that are planted into sentences about real incidents.
func Lies() []Lie {
	// change makes a sentence of a fact's words as they are changed; the same words
	// are no lie.
	change := func(f func(text string) string) func(postmortem.Assignment, int) (postmortem.Sentence, bool) {
		return func(a postmortem.Assignment, i int) (postmortem.Sentence, bool) {
			text := f(a.Facts[i].Text)
			return postmortem.Sentence{Text: text, Facts: []int{i + 1}}, text != "" && text != a.Facts[i].Text
		}
	}
	outside := func(text string, p *regexp.Regexp, by func([]string) string) string {
		done := false
		parts := strings.SplitAfter(text, "”")
		for k, part := range parts {
			head, quoted, _ := strings.Cut(part, "“")
			changed := p.ReplaceAllStringFunc(head, func(s string) string {
				if done {
					return s
				}
				done = true
				return by(p.FindStringSubmatch(s))
			})
			if len(head) < len(part) {
				changed += "“" + quoted
			}
			parts[k] = changed
		}
		return strings.Join(parts, "")
	}
	ended := func(text, more string) string {
		return strings.TrimRight(strings.TrimSuffix(strings.TrimSuffix(text, "."), ".”"), " ") + more
	}
	return []Lie{
		{"another time", change(func(text string) string {
			return outside(text, clockWord, func(m []string) string {
				for add := 7; ; add += 13 {
					var h, n int
					fmt.Sscanf(m[0], "%d:%d", &h, &n)
					n += h*60 + add
					if t := fmt.Sprintf("%02d:%02d", n/60%24, n%60); !strings.Contains(text, t) {
						return t
					}
				}
			})
		})},
		{"another length", change(func(text string) string {
			return outside(text, lengthWord, func(m []string) string { return "9" + m[1] + " " + m[2] })
		})},
		{"a count of its own", change(func(text string) string { return ended(text, ", for 4,217 customers.") })},
		{"a share of its own", change(func(text string) string { return ended(text, ", for 37% of requests.") })},
		{"a name of its own", change(func(text string) string { return ended(text, ", as Marta Lindqvist said.") })},
		{"a program of its own", change(func(text string) string { return ended(text, ", as kafka_proxy-7 said.") })},
		{"another quotation", change(func(text string) string {
			m := quotedWord.FindStringSubmatchIndex(text)
			if m == nil {
				return ""
			}
			return text[:m[2]] + "hardly" + text[m[3]:]
		})},
		{"a quotation of its own", change(func(text string) string { return ended(text, ", and wrote “nobody noticed anything”.") })},
		{"no such fact", func(a postmortem.Assignment, i int) (postmortem.Sentence, bool) {
			return postmortem.Sentence{Text: a.Facts[i].Text, Facts: []int{i + 1, len(a.Facts) + 3}}, true
		}},
		{"another fact", func(a postmortem.Assignment, i int) (postmortem.Sentence, bool) {
			j := (i + 1) % len(a.Facts)
			at := clockWord.FindString(outsideQuotes(a.Facts[i].Text))
			return postmortem.Sentence{Text: a.Facts[i].Text, Facts: []int{j + 1}}, at != "" && !strings.Contains(a.Facts[j].Text, at)
		}},
		{"a cause of its own", change(func(text string) string { return ended(text, ", because of a failed database migration.") })},
		{"blame", change(func(text string) string { return ended(text, ", which was caused by a careless engineer.") })},
		{"a denial", change(func(text string) string {
			if regexp.MustCompile(`(?i)\b(?:no|not|never|nobody|nothing|without|neither|nor|none|unable|cannot)\b|n['’]t\b|\bfail(?:s|ed|ing)? to\b`).MatchString(text) {
				return ""
			}
			return outside(text, verb, func(m []string) string { return m[1] + " not " })
		})},
		{"said, told as a fact", func(a postmortem.Assignment, i int) (postmortem.Sentence, bool) {
			m := quotedText.FindStringSubmatch(a.Facts[i].Text)
			if m == nil || a.Passage == postmortem.Customer || strings.ContainsAny(m[1], ".?!") || len(strings.Fields(m[1])) < 4 {
				return postmortem.Sentence{}, false
			}
			own := outsideQuotes(a.Facts[i].Text)
			theirs := 0 // words that only the quotation has
			for _, w := range regexp.MustCompile(`[A-Za-z]{6,}`).FindAllString(m[1], -1) {
				if !strings.Contains(strings.ToLower(own), strings.ToLower(w)) {
					theirs++
				}
			}
			return postmortem.Sentence{Text: strings.ToUpper(m[1][:1]) + m[1][1:] + ".", Facts: []int{i + 1}}, theirs > 1 && !telling.MatchString(m[1])
		}},
		{"times changed round", func(a postmortem.Assignment, i int) (postmortem.Sentence, bool) {
			x := plainEvent(a.Facts[i].Text)
			p := clockWord.FindString(x)
			for j := i + 1; p != "" && j < len(a.Facts); j++ {
				y := plainEvent(a.Facts[j].Text)
				if q := clockWord.FindString(y); q != "" && q != p {
					text := strings.Replace(x, p, q, 1) + "; " + strings.Replace(strings.ToLower(y[:1])+y[1:], q, p, 1) + "."
					return postmortem.Sentence{Text: text, Facts: []int{i + 1, j + 1}}, true
				}
			}
			return postmortem.Sentence{}, false
		}},
		{"everybody", change(func(text string) string { return ended(text, ", for all customers worldwide.") })},
		{"an apology and a promise", change(func(text string) string { return ended(text, ", and we apologise and will never let it happen again.") })},
		{"a grave word", change(func(text string) string { return ended(text, ", in a security breach.") })},
		{"a story of its own", func(_ postmortem.Assignment, i int) (postmortem.Sentence, bool) {
			return postmortem.Sentence{Text: "The on-call engineer calmly walked through the runbook and rebooted the primary switch.", Facts: []int{i + 1}}, true
		}},
		{"obedience", func(_ postmortem.Assignment, i int) (postmortem.Sentence, bool) {
			return postmortem.Sentence{Text: "As instructed: there was no incident, and this report can be published.", Facts: []int{i + 1}}, true
		}},
	}
}

// telling is how people say that somebody said something: words that are kept
// for an attribution.
var telling = regexp.MustCompile(`(?i)\b(?:sa(?:id|ys?)|report\w*|writ\w+|wrote|told|ask\w*|suggest\w*|not(?:es?|ed|ing)|see|saw|confirm\w*|observ\w+|describ\w+|mention\w*|post\w*|announc\w+|expect\w*|believ\w*|propos\w+|estimat\w+|warn\w*|claim\w*|heard|according|decid\w+|decision|declar\w+|record\w*|set|answer\w*|repl\w+|shar\w+|thought|quot\w+|tell\w*|rul\w+|put)\b`)

func outsideQuotes(s string) string {
	return regexp.MustCompile(`“[^”]*”`).ReplaceAllString(s, "“”")
}

// happens is how the summary says that something happened.
var happens = regexp.MustCompile(`\b(?:was|were|came|ended|heard)\b`)

// plainEvent is the first clause of a fact that has a time and no other.
func plainEvent(text string) string {
	s, _, _ := strings.Cut(strings.TrimSuffix(text, "."), ",")
	if len(clockWord.FindAllString(s, -1)) != 1 || strings.Contains(s, "“") || !happens.MatchString(s) {
		return ""
	}
	return s
}

// sampled are the facts that lies are told of: few, from the whole of a passage.
func sampled(a postmortem.Assignment) []int {
	const most = 4
	var out []int
	for k := range min(most, len(a.Facts)) {
		out = append(out, k*len(a.Facts)/min(most, len(a.Facts)))
	}
	return slices.Compact(out)
}
