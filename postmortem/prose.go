package postmortem

import (
	"regexp"
	"strings"
	"time"

	"sitrep/incident"
	"sitrep/instant"
)

// Lint holds words that people wrote about the incident against the record and
// against themselves: zones that are not in force, dates of another time, orders
// that cannot be, lengths that the times deny, figures said twice, and what the
// page or the record says otherwise.
func Lint(words string, b Brief) []Finding {
	day := b.clock.day
	if day.IsZero() {
		day = b.Now
	}
	var out []Finding
	seen := map[string]bool{}
	for _, f := range zonesIn(words, day, &b) {
		if !seen[f.Quote] {
			seen[f.Quote] = true
			out = append(out, f)
		}
	}
	out = append(out, lengthsAgainstTimes(words, day, b.Zone, nil)...)
	out = append(out, b.claimsOfEnd(words, day)...)
	a := readAccount(words, day, b.Zone)
	out = append(out, b.zonesNamed(a)...)
	out = append(out, b.dates(a)...)
	out = append(out, b.within(a)...)
	out = append(out, b.against(a)...)
	out = append(out, figures(a)...)
	out = append(out, b.figuresAgainst(a)...)
	return out
}

var (
	// ofEach is said of a part: how long each request waited, not how long it lasted.
	ofEach    = regexp.MustCompile(`(?i)\b(?:average\w*|each|every|per|delay\w*|latenc\w+|percentile|p\d\d|median|peak\w*|wait\w*|queue\w*|timeout|interval)\b`)
	forecasts = regexp.MustCompile(`(?i)\b(?:estimat\w*|expect\w*|forecast|predict\w*|should|anticipat\w*|planned)\b`)
	lasts     = regexp.MustCompile(`(?i)\b(?:took|take|taken|lasted|last|for|duration|over a period of|ran)\b`)
)

// lengthsAgainstTimes finds lengths of time that a range of clock times in the
// same sentence, or about the same thing in a sentence beside it, contradicts.
func lengthsAgainstTimes(text string, day time.Time, zone *time.Location, refs Refs) []Finding {
	if text == "" {
		return nil
	}
	type span struct {
		sentence int
		text     string
		length   time.Duration
	}
	var ranges []span
	ss := plainSentences(text)
	for i, s := range ss {
		ms := instant.Find(s, day, zone)
		for j := 1; j < len(ms); j++ {
			if between(s, ms[j-1], ms[j]) {
				ranges = append(ranges, span{i, s[ms[j-1].Start:ms[j].End], ms[j].Time.Sub(ms[j-1].Time)})
			}
		}
	}
	if len(ranges) == 0 {
		return nil
	}
	var out []Finding
	for i, s := range ss {
		for _, l := range instant.Durations(s) {
			clause := s[strings.LastIndexAny(s[:l.Start], ",;(")+1 : l.Start]
			if forecasts.MatchString(clause) || ofEach.MatchString(s) || !lasts.MatchString(clause) {
				continue
			}
			for _, r := range ranges {
				if r.sentence != i && (r.sentence < i-1 || r.sentence > i+1 || shared(s, ss[r.sentence]) < 2) || agrees(l, r.length) {
					continue
				}
				out = append(out, Finding{
					Kind: "length", Quote: oneLine(l.Text), Refs: refs,
					Text: quote(l.Text) + " contradicts " + quote(r.text) + ", which is " + instant.Short(r.length) + ".",
					Mend: "Write " + instant.Short(r.length) + ", or mend the times.",
				})
			}
		}
	}
	return out
}

// agrees reports whether a length that people wrote can mean d. People round:
// by half of the unit that they used, or by a tenth.
func agrees(l instant.Length, d time.Duration) bool {
	lo, hi := l.Value, max(l.Value, l.Max)
	unit := time.Minute
	switch {
	case lo%(24*time.Hour) == 0:
		unit = 24 * time.Hour
	case lo%time.Hour == 0:
		unit = time.Hour
	case lo%(5*time.Minute) == 0:
		unit = 5 * time.Minute
	}
	slack := max(unit/2, hi/10)
	switch l.Hedge {
	case "less than", "under", "just under", "up to", "at most", "<", "nearly", "almost":
		lo = 0
	case "more than", "over", "just over", "at least", ">":
		hi = d
	}
	return d >= lo-slack && d <= hi+slack
}

// shared counts the longer words that two sentences have in common.
func shared(a, b string) int {
	words := map[string]bool{}
	for _, w := range strings.Fields(strings.ToLower(a)) {
		if w = strings.Trim(w, ".,;:!?()"); len(w) > 4 {
			words[w] = true
		}
	}
	n := 0
	for _, w := range strings.Fields(strings.ToLower(b)) {
		if w = strings.Trim(w, ".,;:!?()"); words[w] {
			n++
			words[w] = false
		}
	}
	return n
}

var fullyBack = regexp.MustCompile(`(?i)\bfully (?:operational|restored|recovered|available|functional)\b[^.]{0,30}$`)

// claimsOfEnd finds "fully operational at 15:15" where the page said otherwise
// then.
func (b *Brief) claimsOfEnd(words string, day time.Time) []Finding {
	var out []Finding
	for _, s := range plainSentences(words) {
		for _, m := range instant.Find(s, day, b.Zone) {
			if m.Unresolved || !fullyBack.MatchString(s[:m.Start]) {
				continue
			}
			for _, x := range b.Impact {
				for i, win := range x.Windows {
					if win.State == incident.Operational || win.To.IsZero() || !win.To.After(m.Time.Add(time.Minute)) {
						continue
					}
					out = append(out, Finding{
						Kind: "page", Quote: oneLine(m.Text), Refs: win.Refs.and(x.Windows[i+1].Refs...),
						Text: quote(s) + " contradicts the page, which showed " + and(x.Components) + " " + shownAs(win.State) + " until " + b.clock.at(win.To) + ".",
						Mend: "Write when the page said so too, or say why it said so later.",
					})
				}
			}
		}
	}
	return out
}

// namesIn finds people of the record in words for customers.
func (b *Brief) namesIn(words string) []Finding {
	var out []Finding
	seen := map[string]bool{}
	low := strings.ToLower(words)
	who := make([]string, 0, len(b.Tenures)+len(b.Others))
	for _, t := range b.Tenures {
		who = append(who, t.Who)
	}
	for _, p := range b.Others {
		who = append(who, p.Who)
	}
	for _, n := range who {
		// One short word is more often a word than a name: "support", "dba".
		if seen[n] || !strings.Contains(n, " ") || !begins(" "+low, []string{strings.ToLower(n)}) {
			continue
		}
		seen[n] = true
		out = append(out, Finding{Kind: "name", Quote: n, Text: "It names " + n + ", who took part.", Mend: "Name the role, or \"we\"."})
	}
	return out
}
