package postmortem

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"sitrep/incident"
	"sitrep/instant"
)

// against finds where an account contradicts the record.
func (b *Brief) against(a account) []Finding {
	var out []Finding
	first, told := b.milestone(incident.FirstPublicWord)
	over, ended := b.milestone(incident.ResolvedAt)
	clear := claimTolerance
	for _, c := range a.claims() {
		if c.mention.Unresolved || c.mention.NotInForce { // the zone is what is wrong there
			continue
		}
		t := c.mention.Time
		switch {
		case c.name == incident.FirstPublicWord && told && (t.Sub(first.At)).Abs() > clear:
			out = append(out, Finding{
				Kind: "page", Quote: oneLine(c.mention.Text), Refs: first.Refs, Mend: "Write " + b.clock.at(first.At) + ".",
				Text: quote(c.sentence) + " contradicts the page, which first told customers " + b.clock.on(first.At) + ".",
			})
		case c.name == incident.ImpactStarted && told && !c.row && t.Sub(first.At) > clear && t.Sub(first.At) < 24*time.Hour && !announced.MatchString(b.Title):
			out = append(out, Finding{
				Kind: "order", Quote: oneLine(c.mention.Text), Refs: first.Refs, Mend: "Mend the time, or say what customers were told of before it began.",
				Text: quote(c.sentence) + " is after customers were first told, " + b.clock.on(first.At) + ".",
			})
		case c.name == incident.ResolvedAt && ended && (t.Sub(over.At)).Abs() > resolvedTolerance && !c.list && ofAll.MatchString(c.sentence) && (t.Sub(over.At)).Abs() < 24*time.Hour:
			out = append(out, Finding{
				Kind: "page", Quote: oneLine(c.mention.Text), Refs: over.Refs, Mend: "Write " + b.clock.at(over.At) + ", or say what ended then.",
				Text: quote(c.sentence) + " contradicts the record, in which it was resolved " + b.clock.on(over.At) + ".",
			})
		}
	}
	for _, s := range a.all {
		out = append(out, b.denied(s)...)
	}
	return append(out, b.logsBefore(a)...)
}

const (
	// claimTolerance is how far a clock time in a report may be from the record:
	// people read it off another clock, or round to five minutes.
	claimTolerance = 5 * time.Minute
	// resolvedTolerance is wider: the page says so a while after the team does.
	resolvedTolerance = 15 * time.Minute
)

var (
	ofAll     = regexp.MustCompile(`(?i)\b(?:incident|outage)\b`)
	announced = regexp.MustCompile(`(?i)\b(?:maintenance|scheduled|planned|upgrade|migration)\b`) // customers are told of it before
	whole     = regexp.MustCompile(`(?i)\b(?:complete|full|total) (?:outage|unavailability)\b|\bcompletely (?:unavailable|down)\b`)
	nobodyHit = regexp.MustCompile(`(?i)\bno (?:customers?|users?|clients?) (?:were |was |are |have been )?(?:affected|impacted)\b|\b(?:there was |had )?no (?:customer|user)[- ](?:facing )?impact\b|\bnobody was affected\b`)
	ongoing   = regexp.MustCompile(`(?i)\b(?:incident|outage) (?:is|remains) (?:still )?(?:ongoing|open|active|unresolved|in progress)\b`)
	isOver    = regexp.MustCompile(`(?i)\b(?:the|this) incident (?:is|has been) (?:now )?(?:resolved|over|closed)\b`)
	posted    = regexp.MustCompile(`(?i)\bwe (?:posted|published|sent|made|gave) (\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve) (?:public |status )?updates?\b`)
	sevWords  = regexp.MustCompile(`(?i)\bsev(?:erity)?[- ]?([0-9])\b`)
	lasted    = regexp.MustCompile(`(?i)\b(?:incident|outage|disruption) (?:lasted|ran|went on)(?: for)?\b`)
)

// denied finds what a sentence says of the whole incident and the record denies.
func (b *Brief) denied(s assertion) []Finding {
	var out []Finding
	worst, refs := incident.Operational, Refs{}
	for _, x := range b.Impact {
		worst = worst.Worse(x.Worst)
		for _, w := range x.Windows {
			if w.State != incident.Operational {
				refs = refs.and(w.Refs...)
			}
		}
	}
	shown, showRefs := b.worst()
	if m := whole.FindString(s.text); m != "" && b.worstNamed(s.text, worst) == incident.Degraded {
		out = append(out, Finding{Kind: "scope", Quote: m, Refs: showRefs, Mend: "Say what did not work.",
			Text: quote(s.text) + " contradicts the page, on which customers were told of " + shown + " at worst."})
	}
	if m := nobodyHit.FindString(s.text); m != "" && worst != incident.Operational && worst != incident.UnderMaintenance && !strings.Contains(s.text, "other") {
		out = append(out, Finding{Kind: "scope", Quote: m, Refs: refs, Mend: "Say who was affected, or mend the page.",
			Text: quote(s.text) + " contradicts the page, on which customers were told of " + shown + "."})
	}
	if m := ongoing.FindString(s.text); m != "" && !b.Ended.At.IsZero() {
		out = append(out, Finding{Kind: "state", Quote: m, Refs: b.Ended.Refs, Mend: "Say that it is over.",
			Text: quote(s.text) + " contradicts the record, in which it ended " + b.clock.on(b.Ended.At) + "."})
	}
	if m := isOver.FindString(s.text); m != "" && b.Ended.At.IsZero() && b.Status.Open() {
		out = append(out, Finding{Kind: "state", Quote: m, Refs: b.Stood.Refs, Mend: "Resolve it first, or say what is better.",
			Text: quote(s.text) + " contradicts the record, in which it is still " + string(b.Status) + "."})
	}
	if m := posted.FindStringSubmatch(s.text); m != nil {
		if n := numberOfWord(m[1]); n != len(b.Words) {
			out = append(out, Finding{Kind: "number", Quote: m[0], Refs: b.updateRefs(), Mend: "Write " + strconv.Itoa(len(b.Words)) + ".",
				Text: quote(m[0]) + " contradicts the record, which has " + count(len(b.Words), "update") + "."})
		}
	}
	if m := sevWords.FindStringSubmatch(s.text); m != nil && !strings.HasSuffix(b.Severity, m[1]) && sevWords.MatchString(b.Severity) && !b.everGraded(m[1]) {
		out = append(out, Finding{Kind: "severity", Quote: m[0], Refs: b.Graded.Refs, Mend: "Write " + b.Severity + ".",
			Text: quote(m[0]) + " contradicts the record, in which it is " + term(b.Severity) + "."})
	}
	return append(out, b.lastedShort(s)...)
}

// worstNamed is the worst that was published of the components that a text
// names, or of all, which is worst, if it names none.
func (b *Brief) worstNamed(text string, worst incident.ComponentState) incident.ComponentState {
	of, found := incident.Operational, false
	low := strings.ToLower(text)
	for _, x := range b.Impact {
		for _, c := range x.Components {
			if strings.Contains(low, strings.ToLower(strings.Trim(c, "“”"))) {
				of, found = of.Worse(x.Worst), true
			}
		}
	}
	if found {
		return of
	}
	return worst
}

// everGraded reports whether the incident ever had the severity of that number.
func (b *Brief) everGraded(n string) bool {
	for t := range b.record.terms {
		if m := sevWords.FindStringSubmatch(t); m != nil && m[1] == n {
			return true
		}
	}
	return false
}

// lastedShort finds a length of the incident that is less than half of how long
// the page had it open, or longer than it can have been.
func (b *Brief) lastedShort(s assertion) []Finding {
	at := lasted.FindStringIndex(s.text)
	first, told := b.milestone(incident.FirstPublicWord)
	over, ended := b.milestone(incident.ResolvedAt)
	if at == nil || !told || !ended || ranged(s) {
		return nil
	}
	ls := instant.Durations(s.text[at[1]:])
	if len(ls) == 0 || ls[0].Start > 30 {
		return nil
	}
	open := over.At.Sub(first.At)
	limit := time.Duration(0)
	if start, ok := b.milestone(incident.ImpactStarted); ok {
		limit = over.At.Sub(start.At)
	}
	l := ls[0]
	short := 2*max(l.Value, l.Max) < open && open > 10*time.Minute
	long := limit > 0 && l.Value > limit+limit/5+5*time.Minute
	if !short && !long {
		return nil
	}
	return []Finding{{
		Kind: "length", Quote: oneLine(l.Text), Refs: first.Refs.and(over.Refs...), Mend: "Write what lasted so long, or mend the length.",
		Text: quote(s.text) + " contradicts the record: from when customers were first told to the all-clear is " + instant.Short(open) + ".",
	}}
}

var numerals = regexp.MustCompile(`^(?:no|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)$`)

func numberOfWord(s string) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	if s = strings.ToLower(s); numerals.MatchString(s) {
		for n := range 13 {
			if numeral(n) == s {
				return n
			}
		}
	}
	return -1
}

var stamped = regexp.MustCompile(`\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z\b`)

// logsBefore finds pasted log lines from shortly before the time at which the
// text says that it began.
func (b *Brief) logsBefore(a account) []Finding {
	var start instant.Mention
	for _, s := range a.all {
		for i := 1; i < len(s.times) && start.Text == ""; i++ {
			if x := s.times[i-1]; !x.Unresolved && joinsTimes.MatchString(s.text[x.End:s.times[i].Start]) && ofEvent.MatchString(s.text) {
				start = x
			}
		}
	}
	if start.Text == "" {
		return nil
	}
	for _, q := range stamped.FindAllString(a.raw, 200) {
		t, err := time.Parse(time.RFC3339Nano, q)
		if err != nil {
			continue
		}
		if d := start.Time.Sub(t); d > time.Minute && d < time.Hour {
			return []Finding{{
				Kind: "clock", Quote: q, Mend: "Move the beginning, or say what the log shows.",
				Text: "A log line of " + quote(q) + " is " + instant.Short(d) + " before the beginning that the text gives, " + quote(start.Text) + ".",
			}}
		}
	}
	return nil
}
