package postmortem

import (
	"regexp"
	"time"

	"sitrep/incident"
)

// A Decision is what was decided, in the words of who did.
type Decision struct {
	At   time.Time
	By   string // the role held then, "the commander", else a name
	Text string
	Refs Refs
}

// A Theory is what somebody believed, and when and why it was held or dropped.
type Theory struct {
	Number   int
	Text     string
	State    incident.TheoryState
	By       string
	From, To time.Time // To is zero while it is open
	Why      string
	Evidence []string
	Refs     Refs
}

// An Action is what is to be done after the incident.
type Action struct {
	Number int
	Text   string
	Owner  string // "" if nobody has it
	Done   time.Time
	Refs   Refs
}

func (b *Brief) decisions(t *incident.Timeline) []Decision {
	if t == nil {
		return nil
	}
	var out []Decision
	for _, e := range t.Chronological() {
		if !quotable(e) {
			continue
		}
		_, note := e.Event.(incident.NoteAdded)
		if (note || e.IsMessage()) && decides(e.Text) {
			out = append(out, Decision{At: e.At, By: b.as(e.By, e.At), Text: ruling(e.Text), Refs: Refs{b.record.ref(e.Seq)}})
		}
	}
	return out
}

var label = regexp.MustCompile(`(?i)^\W*(?:decision|decided)\s*[:–—-]\s*`)

// ruling is a decision without the word that announces it.
func ruling(s string) string {
	if rest := label.ReplaceAllString(s, ""); rest != "" {
		return rest
	}
	return s
}

// theories lists them without those whose entry was struck: they are out of the
// story, and on record.
func theories(in *incident.Incident, t *incident.Timeline, r *record) []Theory {
	var out []Theory
	for _, h := range in.Theories {
		text, ok := stands(t, h.Seq, h.Text)
		if !ok {
			continue
		}
		x := Theory{
			Number: h.Number, Text: text, State: h.State, By: name(h.By), From: h.Added, To: h.Closed, Why: h.Why,
			Refs: r.refs(h.Seq),
		}
		x.Why, _ = stands(t, h.CloseSeq, h.Why)
		if t == nil {
			x.Evidence = h.Evidence
		} else {
			x.evidence(t, r)
		}
		x.Refs = x.Refs.and(r.ref(h.CloseSeq))
		out = append(out, x)
	}
	return out
}

func (x *Theory) evidence(t *incident.Timeline, r *record) {
	for _, e := range t.Entries() {
		if ev, ok := e.Event.(incident.TheoryEvidence); ok && ev.Number == x.Number && quotable(e) {
			x.Evidence = append(x.Evidence, words(e, ev.Text))
			x.Refs = x.Refs.and(r.ref(e.Seq))
		}
	}
}

func actions(in *incident.Incident, t *incident.Timeline, r *record) []Action {
	var out []Action
	for _, a := range in.Actions {
		text, ok := stands(t, a.Seq, a.Text)
		if !ok {
			continue
		}
		x := Action{Number: a.Number, Text: text, Done: a.Done, Refs: r.refs(a.Seq)}
		if !a.Owner.IsZero() {
			x.Owner = name(a.Owner)
		}
		out = append(out, x)
	}
	if t == nil {
		return out
	}
	for _, e := range t.Entries() {
		n := 0
		switch ev := e.Event.(type) {
		case incident.ActionDone:
			n = ev.Number
		case incident.ActionAssigned:
			n = ev.Number
		}
		for i := range out {
			if out[i].Number == n {
				out[i].Refs = out[i].Refs.and(r.ref(e.Seq))
			}
		}
	}
	return out
}

// stands returns the standing words of what record seq made, as corrected since; ok is
// false if they may not be repeated.
func stands(t *incident.Timeline, seq uint64, text string) (standing string, ok bool) {
	if t == nil || seq == 0 {
		return text, true
	}
	e := t.BySeq(seq)
	if e == nil {
		return text, true
	}
	return words(e, text), quotable(e)
}

// words are those of an entry as they stand: a part of what was recorded, the
// correction in its place, or "" if they may not be repeated.
func words(e *incident.Entry, recorded string) string {
	_, update := e.Event.(incident.UpdatePosted) // mended by its own event, which the incident folds
	switch {
	case !quotable(e):
		return ""
	case len(e.Versions) > 0 && !update:
		return e.Text
	}
	return recorded
}
