package postmortem

import (
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

// mostDecisions bounds the section: with more, those that people marked and the
// last ones would be lost in it.
const mostDecisions = 60

func (b *Brief) decisions(t *incident.Timeline) []Decision {
	if t == nil {
		return nil
	}
	var out []Decision
	for _, e := range t.Chronological() {
		if !quotable(e) || len(out) == mostDecisions {
			continue
		}
		_, note := e.Event.(incident.NoteAdded)
		if (note || e.IsMessage()) && decides(e.Text) {
			out = append(out, Decision{At: e.At, By: b.as(e.By, e.At), Text: e.Text, Refs: Refs{b.record.ref(e.Seq)}})
		}
	}
	return out
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
		if _, ok := stands(t, h.CloseSeq, ""); !ok {
			x.Why = ""
		}
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
			x.Evidence = append(x.Evidence, ev.Text)
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

// stands returns the words of what record seq made, as corrected since; ok is
// false if they may not be repeated.
func stands(t *incident.Timeline, seq uint64, text string) (words string, ok bool) {
	if t == nil || seq == 0 {
		return text, true
	}
	e := t.BySeq(seq)
	switch {
	case e == nil:
		return text, true
	case !quotable(e):
		return "", false
	case len(e.Versions) > 0:
		return e.Text, true
	}
	return text, true
}
