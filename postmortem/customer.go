package postmortem

import (
	"fmt"
	"strings"

	"sitrep/incident"
	"sitrep/instant"
)

// customer writes the customer version from what was published and nothing
// else. It is "" if customers know nothing.
func (b *Brief) customer() string {
	p := b.Public
	if p == nil || len(p.Updates) == 0 {
		return ""
	}
	words := newestLast(p.Updates)
	first, last := words[0], words[len(words)-1]
	c := b.publicClock(first)
	var out []string
	out = append(out, escape(b.opening(p, first, c)))
	if s := strings.TrimSpace(ours(words, c) + " " + b.course(words, c)); s != "" {
		out = append(out, escape(s))
	}
	var states []string
	for _, x := range publicImpact(words) {
		if x.Worst == incident.Operational || x.Worst == "" {
			continue
		}
		told, _ := x.told(c.at, false)
		states = append(states, escape("Our status page showed "+told+"."))
	}
	if len(states) > 0 {
		out = append(out, strings.Join(states, " "))
	}
	out = append(out, escape(closing(p, first, last, c)))
	return strings.Join(out, "\n\n") + "\n"
}

// publicClock prints instants for customers, whose first day is that of the
// first update.
func (b *Brief) publicClock(first incident.PublicUpdate) clock {
	c := b.clock
	if c.day.IsZero() || instant.Date(first.Shown, b.Zone) != instant.Date(c.day, b.Zone) {
		c.day = first.Shown
	}
	return c
}

func newestLast(us []incident.PublicUpdate) []incident.PublicUpdate {
	out := make([]incident.PublicUpdate, 0, len(us))
	for i := len(us) - 1; i >= 0; i-- {
		out = append(out, us[i])
	}
	return out
}

// opening says what happened, who was affected and when.
func (b *Brief) opening(p *incident.Public, first incident.PublicUpdate, c clock) string {
	day := first.Shown.In(b.Zone).Format("January 2, 2006")
	var names []string
	for _, n := range p.AffectedNames() {
		names = append(names, term(n))
	}
	what := "there was a problem with our service"
	if title := oneLine(p.Title); title != "" {
		what += ", which we reported as " + quote(unended(title))
	}
	if len(names) > 0 {
		switch p.Impact {
		case incident.ImpactCritical, incident.ImpactMajor:
			what = "there was an outage of " + and(names)
		default:
			what = "there was a problem with " + and(names)
		}
		if !allDown(p, names) && p.Impact == incident.ImpactMajor {
			what = "there was a problem with " + and(names)
		}
	}
	zone := instant.Zone(first.Shown, b.Zone)
	times := "All times here are " + zone + "."
	if c.changed {
		times = "Each time here names its zone, since clocks were changed meanwhile."
	}
	return fmt.Sprintf("On %s, %s. We first reported it %s. %s", day, what, c.on(first.Shown), times)
}

// allDown reports whether every component was at some time published as down.
func allDown(p *incident.Public, names []string) bool {
	down := map[string]bool{}
	for _, u := range p.Updates {
		for _, a := range u.Affected {
			if a.New == incident.MajorOutage {
				down[term(a.Name)] = true
			}
		}
	}
	for _, n := range names {
		if !down[n] {
			return false
		}
	}
	return true
}

// course says what we reported between the first word and the last.
func (b *Brief) course(words []incident.PublicUpdate, c clock) string {
	var parts []string
	seen := map[incident.Status]bool{}
	for i, u := range words {
		if i > 0 && words[i-1].Status == incident.Resolved && u.Status != incident.Resolved {
			parts = append(parts, c.on(words[i-1].Shown)+" we reported it as resolved and "+c.on(u.Shown)+" we reported it again")
		}
		if seen[u.Status] {
			continue
		}
		seen[u.Status] = true
		switch u.Status {
		case incident.Identified:
			parts = append(parts, c.on(u.Shown)+" we reported that we had identified the issue")
		case incident.Monitoring:
			parts = append(parts, "from "+c.at(u.Shown)+" we monitored the recovery")
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return upper(strings.Join(parts, ", and ")) + "."
}

// ours quotes what we said in public of the cause and of the mend, where we said
// more of them than that there was one.
func ours(words []incident.PublicUpdate, c clock) string {
	var parts []string
	add := func(u incident.PublicUpdate, what, sentence string) {
		parts = append(parts, upper(c.on(u.Shown))+" we wrote "+what+": "+quote(unended(plainWords(sentence)))+".")
	}
	cause, mend := false, false
	by := readings()
	for _, u := range words {
		for _, s := range plainSentences(unfenced(u.Body)) {
			m := means(plainWords(s), by)
			switch {
			case !cause && m&saysReason != 0 && m&(saysFixed|saysAware) == 0:
				add(u, "what had caused it", s)
				cause = true
			case !mend && m&(saysFixed|saysMitigated) != 0 && u.Status != incident.Resolved:
				add(u, "what we had done", s)
				mend = true
			}
		}
	}
	return strings.Join(parts, " ")
}

func closing(p *incident.Public, first, last incident.PublicUpdate, c clock) string {
	if p.Resolved.IsZero() || last.Status != incident.Resolved {
		return "Our last report, " + c.on(last.Shown) + ", was that the incident is still open."
	}
	return "We reported it as resolved " + c.on(last.Shown) + ", " + spell(last.Shown.Sub(first.Shown)) + " after our first report."
}

// publicImpact is impact, from what is public.
func publicImpact(words []incident.PublicUpdate) []Impact {
	in := &incident.Incident{}
	for _, u := range words {
		in.Updates = append(in.Updates, incident.Update{
			UpdatePosted: incident.UpdatePosted{Status: u.Status, Affects: u.Affected, Shown: u.Shown}, Number: u.Number,
		})
	}
	return impact(in, &record{bySeq: map[uint64]string{}})
}
