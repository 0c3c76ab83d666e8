package postmortem

import (
	"regexp"
	"strings"
	"time"

	"sitrep/incident"
	"sitrep/instant"
)

// A cue is what people say when a milestone is reached: begins of words, in
// lower case.
type cue struct {
	name incident.MilestoneName
	says []string
}

// cues are asked in this order: "errors are gone since 15:01" ends something.
func cues() []cue {
	return []cue{
		{incident.ImpactEnded, []string{
			"fully operational", "fully recovered", "fully restored", "fully resolved", "back to normal", "all green", "all clear", "all good now",
			"errors gone", "errors are gone", "error is gone", "impact ended", "impact has ended", "no more errors", "no further errors", "recovered", "restored",
		}},
		{incident.Mitigated, []string{"mitigated", "degraded state", "degraded mode", "back, degraded", "rolled back", "reverted", "failed over", "workaround is in place", "workaround in place", "partially restored", "partially recovered"}},
		{incident.Detected, []string{"alert fired", "alerted", "paged", "noticed", "detected", "first report"}},
		{incident.ImpactStarted, []string{"crashed", "went down", "started", "starting", "began", "beginning", "since", "broke", "onset", "first error"}},
	}
}

// affected is what a range of times is about, if it is that of the impact.
func affected() []string {
	return []string{"experienc", "affected", "unavailable", "degraded", "error", "failed", "impact", "outage", "disrupt", "unable", "elevated"}
}

// unsure begins what somebody expects, denies or asks, rather than reports.
func unsure() []string {
	return []string{"not ", "will ", "would ", "should ", "once ", "when ", "until ", "if ", "expect", "estimate", "hope", "might ", "may ", "could ", "maybe", "still ", "almost "}
}

// propose reads milestones that nobody recorded out of what was said, with the
// words that say so. They enter no metric until somebody confirms them. Of
// several, the first start and the last end stand.
func (b *Brief) propose(t *incident.Timeline) {
	if t == nil {
		return
	}
	open := map[incident.MilestoneName]bool{}
	for _, m := range b.Milestones {
		open[m.Name] = m.State == incident.Pending && !m.Name.ByCommand() && m.Name != incident.Acknowledged
	}
	defer func() { b.readCourse(b.sayings) }()
	if !open[incident.ImpactStarted] && !open[incident.Detected] && !open[incident.Mitigated] && !open[incident.ImpactEnded] {
		return
	}
	for _, e := range t.Chronological() {
		if !quotable(e) {
			continue
		}
		text := ""
		switch ev := e.Event.(type) {
		case incident.MessageSaid, incident.NoteAdded:
			text = e.Text
		case incident.UpdatePosted:
			if text = ev.Body; len(e.Versions) > 0 {
				text = "" // mended since: its times are no longer what was said
			}
		}
		if len(text) > 4000 {
			text = text[:4000]
		}
		if _, ok := cued(text); !ok && !begins(low(text), affected()) {
			continue
		}
		for _, s := range plainSentences(unquoted(text)) {
			b.read(s, e, open)
		}
	}
}

var quotedWords = regexp.MustCompile(`(?s)“[^”]{60,}(?:”|$)`)

// unquoted takes out of a message what it quotes at length, and what was pasted
// into it: the times in it are those of somebody else's story.
func unquoted(s string) string {
	if strings.Contains(s, "“") {
		s = quotedWords.ReplaceAllString(s, " ")
	}
	return unfenced(s)
}

// read proposes what one sentence says.
func (b *Brief) read(s string, e *incident.Entry, open map[incident.MilestoneName]bool) {
	if strings.ContainsAny(s, "?") {
		return
	}
	ms := instant.Find(s, e.At, b.Zone)
	if len(ms) == 2 && begins(low(s), affected()) && between(s, ms[0], ms[1]) {
		b.suggest(incident.ImpactStarted, ms[0].Time, s, e, open)
		b.suggest(incident.ImpactEnded, ms[1].Time, s, e, open)
		return
	}
	from := 0
	for i, m := range ms {
		until := len(s)
		if i+1 < len(ms) {
			until = ms[i+1].Start
		}
		if n, ok := cued(s[from:m.Start]); ok {
			b.suggest(n, m.Time, s, e, open)
		} else if n, ok := cued(s[m.End:until]); ok {
			b.suggest(n, m.Time, s, e, open)
		}
		from = m.End
	}
	_, update := e.Event.(incident.UpdatePosted)
	if len(ms) == 0 && !update && len(s) < 200 {
		n, ok := cued(s)
		if ok && n == incident.ImpactEnded && !begins(low(s), unsure()) && !strings.Contains(s, "n't") && !strings.Contains(s, "n’t") {
			b.suggest(n, e.At, s, e, open)
		}
	}
}

// low prepares a text for begins.
func low(s string) string { return " " + strings.ToLower(s) }

func cued(s string) (incident.MilestoneName, bool) {
	if strings.TrimSpace(s) == "" {
		return "", false
	}
	s = low(s)
	for _, c := range cues() {
		if begins(s, c.says) {
			return c.name, true
		}
	}
	return "", false
}

// suggest keeps a proposal if it is the earliest, or for an end the latest, and
// can have been: within a day before the declaration, and not in the future.
func (b *Brief) suggest(n incident.MilestoneName, at time.Time, s string, e *incident.Entry, open map[incident.MilestoneName]bool) {
	if !open[n] || at.IsZero() || at.After(e.Recorded.Add(instant.Ahead)) {
		return
	}
	if d, ok := b.milestone(incident.DeclaredAt); ok && at.Before(d.At.Add(-24*time.Hour)) {
		return
	}
	for i := range b.Milestones {
		m := &b.Milestones[i]
		if m.Name != n {
			continue
		}
		later := n == incident.ImpactEnded
		if m.State == incident.Proposed && (at.Before(m.At) == later || at.Equal(m.At)) {
			return
		}
		m.State, m.At, m.By, m.Quote, m.Refs = incident.Proposed, at, e.By, s, Refs{b.record.ref(e.Seq)}
	}
}

var joinsTimes = regexp.MustCompile(`(?i)^\s*(?:to|and|until|till|through|[-–—])\s*(?:about|around|approximately)?\s*$`)

// between reports whether two clock times in a text are the ends of a range.
func between(s string, a, z instant.Mention) bool {
	return !a.Unresolved && !z.Unresolved && a.End <= z.Start && joinsTimes.MatchString(s[a.End:z.Start]) && z.Time.After(a.Time)
}
