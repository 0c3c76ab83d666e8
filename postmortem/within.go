package postmortem

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"sitrep/incident"
	"sitrep/instant"
)

// within finds where an account contradicts itself: milestones in an order that
// cannot be, ranges that end before they begin, a timeline that jumps back,
// lengths that the times deny.
func (b *Brief) within(a account) []Finding {
	var out []Finding
	cs := a.claims()
	out = append(out, disorder(cs, b)...)
	out = append(out, b.backwards(a)...)
	out = append(out, b.jumps(a)...)
	out = append(out, statedLengths(a, cs)...)
	return out
}

// disorder finds two milestones whose times are the wrong way round.
func disorder(cs []claim, b *Brief) []Finding {
	var out []Finding
	for _, p := range [][2]incident.MilestoneName{
		{incident.ImpactStarted, incident.Detected}, {incident.ImpactStarted, incident.Mitigated}, {incident.ImpactStarted, incident.ResolvedAt},
		{incident.Detected, incident.Mitigated}, {incident.Detected, incident.ResolvedAt}, {incident.Mitigated, incident.ResolvedAt},
	} {
		x, ok1 := firstClaim(cs, p[0])
		y, ok2 := firstClaim(cs, p[1])
		if !ok1 || !ok2 || x.mention.Start == y.mention.Start && x.line == y.line {
			continue
		}
		back := x.mention.Time.Sub(y.mention.Time)
		if back < time.Minute || !y.mention.Dated && !x.mention.Dated && back > 12*time.Hour { // past midnight
			continue
		}
		out = append(out, Finding{
			Kind: "order", Quote: oneLine(y.mention.Text), Mend: "Mend one of the times.",
			Text: upper(milestoneWords(p[1])) + " (" + quote(y.mention.Text) + ") is before " + milestoneWords(p[0]) + " (" + quote(x.mention.Text) + ").",
		})
	}
	return out
}

func firstClaim(cs []claim, n incident.MilestoneName) (claim, bool) {
	i := slices.IndexFunc(cs, func(c claim) bool { return c.name == n })
	if i < 0 {
		return claim{}, false
	}
	return cs[i], true
}

// span is when the incident was on record: from the start of the impact, or the
// first entry, to the end.
func (b *Brief) span() (from, to time.Time) {
	add := func(t time.Time) {
		if t.IsZero() {
			return
		}
		if from.IsZero() || t.Before(from) {
			from = t
		}
		if t.After(to) {
			to = t
		}
	}
	for _, m := range b.Milestones {
		if (m.State == incident.Recorded || m.State == incident.Proposed) && m.Name != incident.PostmortemPublishedAt {
			add(m.At)
			add(m.Until)
		}
	}
	for _, c := range b.Words {
		add(c.At)
	}
	return from, to
}

// backwards finds ranges that end before they begin. One that only ends after
// midnight is none: the incident was on record then.
func (b *Brief) backwards(a account) []Finding {
	var out []Finding
	from, to := b.span()
	for _, s := range a.all {
		for i := 1; i < len(s.times); i++ {
			x, y := s.times[i-1], s.times[i]
			if x.Unresolved || y.Unresolved || !joinsTimes.MatchString(s.text[x.End:y.Start]) {
				continue
			}
			length := y.Time.Sub(x.Time)
			rolled := len(daysIn(s.text[x.Start:y.End])) < 2 && length > 12*time.Hour && length < 24*time.Hour && !from.IsZero() && y.Time.After(to.Add(6*time.Hour)) &&
				!x.Time.After(to.Add(6*time.Hour)) && !y.Time.Add(-24*time.Hour).Before(from.Add(-12*time.Hour))
			if length >= 0 && !rolled {
				continue
			}
			out = append(out, Finding{
				Kind: "order", Quote: oneLine(s.text[x.Start:y.End]), Mend: "Mend one of the times.",
				Text: quote(s.text[x.Start:y.End]) + " ends before it begins.",
			})
		}
	}
	return out
}

// jumps finds a timeline whose rows are not in order. One that is told from the
// last to the first is in order too.
func (b *Brief) jumps(a account) []Finding {
	var rows []assertion
	var out []Finding
	flush := func() {
		defer func() { rows = nil }()
		if len(rows) < 4 {
			return
		}
		up, down, at := 0, 0, 0
		for i := 1; i < len(rows); i++ {
			x, y := rows[i-1].times[0], rows[i].times[0]
			switch d := y.Time.Sub(x.Time); {
			case d >= time.Minute:
				up++
			case d <= -time.Minute && (y.Dated || d > -12*time.Hour):
				down++
				if at == 0 {
					at = i
				}
			}
		}
		if down == 0 || down > up {
			return
		}
		x, y := rows[at-1].times[0], rows[at].times[0]
		out = append(out, Finding{
			Kind: "order", Quote: oneLine(y.Text), Mend: "Put the rows in order, or mend the time.",
			Text: "The row of " + quote(y.Text) + " stands after that of " + quote(x.Text) + ".",
		})
	}
	last := -1
	for _, s := range a.all {
		leads := s.list && len(s.times) > 0 && !s.times[0].Unresolved && strings.Trim(s.text[:s.times[0].Start], " \t-*|#•[]–0123456789.:/") == ""
		if !leads {
			if s.list && !s.head && last >= 0 && s.line-last > 3 {
				flush()
			}
			continue
		}
		rows, last = append(rows, s), s.line
	}
	flush()
	return out
}

var (
	timeTo = regexp.MustCompile(`(?i)\btime to (detect\w*|repair|mitigate|recover\w*|restore|resolve)\W*?[:=–-]\s*`)
)

// statedLengths finds "Time to repair: 15m" that the times in the same text
// deny.
func statedLengths(a account, cs []claim) []Finding {
	var out []Finding
	start, began := firstClaim(cs, incident.ImpactStarted)
	seen, noticed := firstClaim(cs, incident.Detected)
	for _, s := range a.all {
		m := timeTo.FindStringSubmatchIndex(s.text)
		if m == nil {
			continue
		}
		ls := instant.Durations(s.text[m[1]:])
		if len(ls) == 0 {
			continue
		}
		end := incident.Mitigated
		switch word := strings.ToLower(s.text[m[2]:m[3]]); {
		case strings.HasPrefix(word, "detect"):
			end = incident.Detected
		case word == "resolve":
			end = incident.ResolvedAt
		}
		to, ok := firstClaim(cs, end)
		if !ok {
			continue
		}
		var fits, from time.Duration
		right, tried := false, ""
		for _, x := range []struct {
			c  claim
			ok bool
		}{{start, began}, {seen, noticed && end != incident.Detected}} {
			if !x.ok {
				continue
			}
			fits = to.mention.Time.Sub(x.c.mention.Time)
			if tried == "" {
				tried, from = x.c.mention.Text, fits
			}
			right = right || near(ls[0], fits)
		}
		if right || tried == "" || fits < 0 {
			continue
		}
		out = append(out, Finding{
			Kind: "length", Quote: oneLine(s.text[m[0]:m[1]] + ls[0].Text), Mend: "Write " + instant.Short(from) + ", or mend the times.",
			Text: quote(ls[0].Text) + " contradicts the times in the same text: from " + quote(tried) + " to " + quote(to.mention.Text) + " is " + instant.Short(from) + ".",
		})
	}
	return out
}

// near reports whether a stated figure is d, to the minute or two that people
// round by.
func near(l instant.Length, d time.Duration) bool {
	if l.Hedge != "" {
		return agrees(l, d)
	}
	return (l.Value - d).Abs() <= max(time.Minute, d/60)
}
