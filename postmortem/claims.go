package postmortem

import (
	"regexp"
	"strings"
	"time"

	"sitrep/incident"
	"sitrep/instant"
)

// A claim is that something happened at some time, as a text about the incident
// has it.
type claim struct {
	name     incident.MilestoneName
	mention  instant.Mention
	sentence string
	line     int
	list     bool // it stands as a line of a list, a table or a heading of its own
	row      bool // the line begins with the time: a row of a timeline
}

// An assertion is one sentence of a text, with its times. A line of a list is
// one.
type assertion struct {
	text  string
	line  int  // of the text, from 0
	list  bool // a line of a list or a table, or a heading
	head  bool // a heading
	times []instant.Mention
}

// An account is what a text says, sentence by sentence. Clock times without a
// date are of the day that was named last.
type account struct {
	all   []assertion
	zones []string // abbreviations that the text says its times are in
	raw   string
}

var (
	listLine   = regexp.MustCompile(`^\s*(?:[-*+•–]\s+|\d{1,3}[.)]\s+|\||#{1,6}\s)`)
	headLine   = regexp.MustCompile(`^\s*#{1,6}\s`)
	timesIn    = regexp.MustCompile(`(?i:\b(?:all )?times?\b[^.\n|]{0,30}?\b(?:in|are)\b[ :(*]*)([A-Z]{2,5})\b`)
	dateMarkup = strings.NewReplacer("**", "", "__", "", "`", "", "\u00a0", " ")
)

// readAccount reads a text about an incident that began on day.
func readAccount(text string, day time.Time, zone *time.Location) account {
	a := account{raw: text}
	const longest = 200_000 // a report is a few pages
	if len(text) > longest {
		text = text[:longest]
	}
	text = fences.ReplaceAllStringFunc(text, func(s string) string { return strings.Repeat("\n", strings.Count(s, "\n")) })
	for _, m := range timesIn.FindAllStringSubmatch(text, 3) {
		a.zones = append(a.zones, m[1])
	}
	for n, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(dateMarkup.Replace(line))
		if line == "" {
			continue
		}
		list, head := listLine.MatchString(line), headLine.MatchString(line)
		sentences := []string{line}
		if !list {
			sentences = plainSentences(line)
		}
		for _, s := range sentences {
			x := assertion{text: s, line: n, list: list, head: head}
			if strings.ContainsAny(s, "0123456789") {
				x.times = instant.Find(s, day, zone)
			}
			for _, m := range x.times {
				if m.Dated && !m.Unresolved {
					day = m.Time
				}
			}
			a.all = append(a.all, x)
		}
	}
	return a
}

// A milestoneLabel is how reports name a milestone, before or after its time.
type milestoneLabel struct {
	name  incident.MilestoneName
	words *regexp.Regexp
}

var (
	claimStart    = regexp.MustCompile(`(?i)\b(?:impact|outage|incident|problem|issue|errors?|fault|disruption|degradation|event) (?:was |were )?(?:start(?:s|ed|ing)?|began|begins|beginning|introduced|occurs|occurred)\b|\bfault (?:was )?(?:introduced|occurs)\b|\b(?:crashed|went down)\b|^\W*(?:impact )?start(?:s|ed)?\W|^\W*began\b`)
	claimDetected = regexp.MustCompile(`(?i)\b(?:first )?detected\b|\b(?:first )?noticed\b|\balerts? (?:fired|triggered)\b|\bwe were (?:alerted|paged)\b`)
	claimMended   = regexp.MustCompile(`(?i)\bmitigated\b|\brepaired\b`)
	claimResolved = regexp.MustCompile(`(?i)\b(?:incident|outage|issue|problem) (?:was |is |were |had been )?(?:fully |declared |marked )?(?:as )?(?:resolved|closed)\b|\b(?:resolved|closed) the (?:incident|issue|outage)\b|^\W*(?:incident )?(?:declared )?(?:as )?resolved\b`)
	claimWord     = regexp.MustCompile(`(?i)\bwe (?:first |initially )(?:told|posted|reported|informed|notified|updated|communicated)\b|\bfirst (?:told|informed|notified) customers\b|\bfirst (?:public )?(?:update|post|word|report) (?:on our status page |to customers )?(?:was |came |went out )`)
)

func claimLabels() []milestoneLabel {
	return []milestoneLabel{
		{incident.FirstPublicWord, claimWord}, {incident.ResolvedAt, claimResolved}, {incident.Mitigated, claimMended},
		{incident.Detected, claimDetected}, {incident.ImpactStarted, claimStart},
	}
}

// claims are the milestones that an account gives a time for: the label and the
// time stand in one clause, and nothing is planned, denied or counted ("within
// two hours").
func (a account) claims() []claim {
	var out []claim
	for _, s := range a.all {
		for _, l := range claimLabels() {
			at := l.words.FindStringIndex(s.text)
			if at == nil || !s.list && (intends.MatchString(strings.ToLower(s.text[:at[0]])) || deniesIt.MatchString(strings.ToLower(s.text[:at[0]]))) {
				continue
			}
			if m, ok := s.beside(at[0], at[1]); ok {
				out = append(out, claim{l.name, m, s.text, s.line, s.list, m.Start < at[0]})
			}
		}
	}
	return out
}

var clauseEnd = regexp.MustCompile(`(?i)[;]|,? (?:and|but|while|after|before|until|when|which|since) `)

// beside finds the time that belongs to the words from i to j: the one after
// them in their clause, else, at the beginning of a line, the one before.
func (s assertion) beside(i, j int) (instant.Mention, bool) {
	for _, m := range s.times {
		if m.Unresolved || m.Start < j {
			continue
		}
		if m.Start-j > 60 || clauseEnd.MatchString(s.text[j:m.Start]) {
			break
		}
		return m, true
	}
	for k := len(s.times) - 1; k >= 0; k-- {
		if m := s.times[k]; !m.Unresolved && m.End <= i && s.list && i-m.End < 24 && strings.Trim(s.text[:m.Start], " \t-*|#•[]") == "" {
			return m, true
		}
	}
	return instant.Mention{}, false
}
