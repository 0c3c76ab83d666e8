package postmortem

import (
	"strings"
	"time"

	"sitrep/incident"
)

// readCourse proposes the milestones that nobody recorded, and for which nobody
// named a time, by when the words were said that tell of them. What follows
// only loosely (somebody looked into it, so somebody had noticed) is marked as
// such. It needs the sayings in the order of time.
func (b *Brief) readCourse(all []saying) {
	if len(all) == 0 {
		return
	}
	b.proposeDetected(all)
	b.proposeStart(all)
	b.proposeEnd(all)
	b.proposeCause(all)
	b.proposeMitigated(all)
}

// open reports whether nobody recorded a milestone and no words named its time.
func (b *Brief) open(n incident.MilestoneName) bool {
	return find(b.Milestones, n).State == incident.Pending
}

// known returns a milestone's instant, recorded or proposed; zero if neither.
func (b *Brief) known(n incident.MilestoneName) time.Time {
	m := find(b.Milestones, n)
	if m.State == incident.Recorded || m.State == incident.Proposed {
		return m.At
	}
	return time.Time{}
}

// take proposes a milestone by what was said.
func (b *Brief) take(n incident.MilestoneName, s *saying, loose bool) {
	if s == nil || !b.open(n) {
		return
	}
	for i := range b.Milestones {
		if m := &b.Milestones[i]; m.Name == n {
			m.State, m.At, m.By, m.Quote, m.Refs, m.Loose = incident.Proposed, s.at, s.e.By, s.quote(), Refs{b.record.ref(s.e.Seq)}, loose
		}
	}
}

// quote is what to quote of it: the whole message if it is short, for one line
// of it is often told by those beside it; else the sentence.
func (s *saying) quote() string {
	const short = 140
	text := s.text
	if !s.update && len(s.e.Text) <= short {
		text = s.e.Text
	}
	return strings.TrimLeft(text, "-*•> \t")
}

// first returns the first saying that means one of these, from and until (where
// they are not zero) included.
func first(all []saying, m meaning, from, until time.Time) *saying {
	for i := range all {
		s := &all[i]
		if s.means&m != 0 && (from.IsZero() || !s.at.Before(from)) && (until.IsZero() || !s.at.After(until)) {
			return s
		}
	}
	return nil
}

// last is first from the end.
func last(all []saying, m meaning, from, until time.Time) *saying {
	for i := len(all) - 1; i >= 0; i-- {
		s := &all[i]
		if s.means&m != 0 && (from.IsZero() || !s.at.Before(from)) && (until.IsZero() || !s.at.After(until)) {
			return s
		}
	}
	return nil
}

// conversation reports whether several people talk, so that what fails is said
// by somebody who has just noticed; one voice tells what happened, in order.
func conversation(all []saying) bool {
	var who string
	for _, s := range all {
		if s.update {
			continue
		}
		if who != "" && s.e.By.ID != who {
			return true
		}
		who = s.e.By.ID
	}
	return false
}

func (b *Brief) proposeDetected(all []saying) {
	seen := saysDetected
	if conversation(all) {
		seen |= saysBroken
	}
	if s := first(all, seen, time.Time{}, time.Time{}); s != nil {
		b.take(incident.Detected, s, false)
		return
	}
	if s := first(all, saysDeclared, time.Time{}, time.Time{}); s != nil {
		b.take(incident.Detected, s, false)
		return
	}
	// That somebody looked into it says nothing after it was declared.
	if s := first(all, saysAware, time.Time{}, b.known(incident.DeclaredAt)); s != nil {
		b.take(incident.Detected, s, false)
	}
}

// proposeStart looks before the detection: for what began to fail, else for the
// change that came right before. Where the detection comes first there is
// nothing to tell when it began.
func (b *Brief) proposeStart(all []saying) {
	const related = 3 * time.Hour // a change is told with the failure that it made, if it was not long before
	detected := b.known(incident.Detected)
	if detected.IsZero() {
		return
	}
	before := detected.Add(-time.Second)
	if s := first(all, saysBroken, time.Time{}, before); s != nil {
		b.take(incident.ImpactStarted, s, false)
		return
	}
	if conversation(all) { // several people talk of many changes
		return
	}
	if s := last(all, saysChanged, detected.Add(-related), before); s != nil {
		b.take(incident.ImpactStarted, s, false)
	}
}

// proposeEnd takes the last word that says that it is over, or else that all is
// well.
func (b *Brief) proposeEnd(all []saying) {
	from := b.known(incident.Detected)
	s := last(all, saysOver, from, time.Time{})
	if s == nil {
		s = last(all, saysWell, from, time.Time{})
	}
	if s != nil {
		b.take(incident.ResolvedAt, s, false)
	}
}

func (b *Brief) proposeCause(all []saying) {
	from, until := b.known(incident.Detected), b.known(incident.ResolvedAt)
	for _, m := range []meaning{saysCause, saysReason, saysGuess} {
		for s := first(all, m, from, until); s != nil; s = first(all, m, s.at.Add(time.Second), until) {
			if m == saysReason && s.means&saysFixed != 0 {
				continue // it is the reason of what was done
			}
			b.take(incident.IdentifiedAt, s, m == saysGuess)
			return
		}
	}
}

// proposeMitigated takes the last mend before things got better for good: of
// several mends that is the one that held. In public, the first word of recovery
// is all that is known.
func (b *Brief) proposeMitigated(all []saying) {
	from, until := b.known(incident.Detected), b.known(incident.ResolvedAt)
	better := first(all, saysRecovers, from, until)
	if still := last(all, saysStill, from, until); still != nil && better != nil && !better.at.After(still.at) {
		if s := first(all, saysRecovers, still.at.Add(time.Second), until); s != nil {
			better = s
		}
	}
	said := first(all, saysMitigated, from, until)
	switch {
	case said != nil && (better == nil || !better.update || !better.at.Before(said.at)):
		b.take(incident.Mitigated, said, false)
	case better == nil:
		b.take(incident.Mitigated, last(all, saysFixed, from, until), true)
	case better.means&saysFixed != 0:
		b.take(incident.Mitigated, better, false)
	default:
		if fix := last(all, saysFixed, from, better.at.Add(-time.Second)); fix != nil {
			better = fix
		}
		b.take(incident.Mitigated, better, false)
	}
}
