package postmortem

import (
	"regexp"
	"strings"

	"sitrep/incident"
)

// meant begins or names what somebody means to do afterwards: "AI: document how
// to audit the logs", "to do: add an alert", "we should have an alert for this".
var (
	meantAt = regexp.MustCompile(`^\W*(?:AI|A\.I\.|(?i:action item|action|todo|to-do|to do|follow-?up|next step)s?)\s*[:–—-]\s*(\S.*)`)
	meantIn = regexp.MustCompile(`(?i)\b(?:we|i|someone|somebody) (?:should|need to|must|ought to|have to) ((?:add|alert|automate|document|write|fix|improve|monitor|review|test|update|change|remove|make sure|set up|create|move|rotate|limit|pin|extend|raise|investigate|follow up|check why|stop)\b.{8,160})(?:later|afterwards|tomorrow|next (?:week|sprint|time)|after this|in (?:the )?future|so (?:that )?(?:this|it) (?:does|will|can)(?:n't|n’t| not) happen again|once (?:this|it) is (?:over|done|fixed))`)
)

// suggested are follow-ups that somebody named and nobody recorded. What a
// command recorded since is not suggested again.
func (b *Brief) suggested(t *incident.Timeline) []Action {
	if t == nil {
		return nil
	}
	const most = 12
	var out []Action
	for _, e := range t.Chronological() {
		if !e.IsMessage() || !quotable(e) || len(out) == most {
			continue
		}
		if !containsAny(e.Text, []string{"AI", "A.I.", "ction", "CTION", "odo", "ODO", "o do", "o-do", "ollow", "ext step", "should", "need to", "must", "ought", "have to"}) {
			continue
		}
		for _, s := range plainSentences(unfenced(e.Text)) {
			text := ""
			if m := meantAt.FindStringSubmatch(s); m != nil {
				text = m[1]
			} else if m := meantIn.FindStringSubmatch(s); m != nil && !strings.HasSuffix(s, "?") {
				text = s
			}
			if text == "" || b.recorded(text) {
				continue
			}
			out = append(out, Action{Number: len(out) + 1, Text: text, Owner: name(e.By), Refs: Refs{b.record.ref(e.Seq)}})
			break
		}
	}
	return out
}

// recorded reports whether a follow-up of these words is on record.
func (b *Brief) recorded(text string) bool {
	for _, a := range b.Actions {
		if shared(text, a.Text) >= 2 || strings.EqualFold(strings.TrimSpace(text), strings.TrimSpace(a.Text)) {
			return true
		}
	}
	return false
}
