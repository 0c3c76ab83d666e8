package postmortem

import (
	"strings"
	"time"

	"sitrep/incident"
)

// A Passage is a part of the report that somebody may put into prose. The rest
// of the report is tables and lists, which are better as they are.
type Passage string

// The passages. Each is written from its own facts and knows of no other.
const (
	Summary  Passage = "summary"  // the internal report's first paragraph
	Course   Passage = "course"   // the internal report's account of what happened; a template has only the timeline
	Customer Passage = "customer" // the customer version, from what is public alone
)

// Passages are all of them, in the order in which they are asked for.
func Passages() []Passage { return []Passage{Summary, Course, Customer} }

// Label is what a reader calls the passage: "the summary".
func (p Passage) Label() string {
	switch p {
	case Course:
		return "the account of what happened"
	case Customer:
		return "the customer version"
	}
	return "the " + string(p)
}

// A Fact is one statement that prose may be made of. What stands in it between “
// and ” is what somebody said: that they said so is a fact.
type Fact struct {
	Text string // plain
	Refs Refs   // what it rests on; none for what the record does not have
	Must bool   // prose that leaves it out gets it as it stands here
	// Belief is what became of it if it is a theory; "" for everything else.
	Belief incident.TheoryState
	steps  []Fact // the same, one thing at a time; none if it is one thing
}

// An Assignment is what somebody is asked to put into prose: the facts of one
// passage, numbered from 1, and nothing else.
type Assignment struct {
	Passage Passage
	Facts   []Fact
	brief   *Brief
}

// Assignment returns the facts of a passage; it has none if there is nothing to
// tell. Those of the customer version are made from what is public alone.
func (b Brief) Assignment(p Passage) Assignment {
	a := Assignment{Passage: p, brief: &b}
	switch p {
	case Summary:
		a.Facts = b.summaryFacts()
	case Course:
		a.Facts = b.courseFacts()
	case Customer:
		a.Facts = b.customerFacts()
	}
	return a
}

func (b *Brief) summaryFacts() []Fact {
	if b.Declared.At.IsZero() && len(b.heard) == 0 {
		return nil
	}
	var out []Fact
	for _, f := range b.summary() { // one thing a fact, so that none is mixed up with another
		if len(f.steps) > 1 {
			out = append(out, f.steps...)
		} else {
			out = append(out, f)
		}
	}
	for _, x := range b.Impact {
		out = append(out, x.facts("Customers were shown ", b.clock.at, true)...)
	}
	return append(out, b.beliefs()...)
}

// facts are what customers were shown of components, a state a fact.
func (x Impact) facts(shown string, print func(time.Time) string, lengths bool) []Fact {
	var out []Fact
	for i, w := range x.Windows {
		if w.State == incident.Operational && i == 0 && len(x.Windows) > 1 {
			continue // it was well until then, as ever
		}
		told, refs := Impact{Components: x.Components, Windows: []Window{w}}.told(print, lengths)
		if w.To.IsZero() && w.State == incident.Operational && i > 0 {
			told = and(x.Components) + " " + shownAs(w.State) + " from " + print(w.From) + " on"
		}
		out = append(out, Fact{Text: shown + told + ".", Refs: refs})
	}
	return out
}

// beliefs are what was decided and believed.
func (b *Brief) beliefs() []Fact {
	var out []Fact
	for _, d := range b.Decisions {
		out = append(out, Fact{Text: upper(b.clock.on(d.At)) + ", " + d.By + " decided: " + quote(d.Text) + ".", Refs: d.Refs})
	}
	for _, t := range b.Theories {
		out = append(out, Fact{Text: b.theory(t), Refs: t.Refs, Belief: t.State})
	}
	return out
}

func (b *Brief) courseFacts() []Fact {
	var out []Fact
	for _, x := range b.Story {
		out = append(out, Fact{Text: closed(upper(b.clock.on(x.At)) + ", " + x.Text), Refs: Refs{x.Ref}})
	}
	for _, t := range b.Theories {
		if t.State == incident.TheoryAccepted {
			out = append(out, Fact{Text: b.theory(t), Refs: t.Refs, Belief: t.State})
		}
	}
	if len(out) < 3 {
		return nil // the timeline says it
	}
	return out
}

func (b *Brief) customerFacts() []Fact {
	p := b.Public
	if p == nil || len(p.Updates) == 0 {
		return nil
	}
	words := newestLast(p.Updates)
	first, last := words[0], words[len(words)-1]
	c := b.publicClock(first)
	ref := func(u incident.PublicUpdate) Refs { return Refs{"U" + itoa(u.Number)} }
	var out []Fact
	for _, s := range plainSentences(b.opening(p, first, c)) {
		out = append(out, Fact{Text: s, Refs: ref(first), Must: true})
	}
	for _, u := range words {
		if body := plainWords(unfenced(u.Body)); strings.TrimSpace(body) != "" {
			out = append(out, Fact{Text: closed(upper(c.on(u.Shown)) + " we wrote (" + strings.ToLower(u.Status.Label()) + "): " + verbatim(body)), Refs: ref(u)})
		}
	}
	for _, x := range publicImpact(words) {
		if x.Worst == incident.Operational || x.Worst == "" {
			continue
		}
		for _, f := range x.facts("Our status page showed ", c.at, false) {
			f.Refs = ref(first).and(ref(last)...)
			out = append(out, f)
		}
	}
	return append(out, Fact{Text: closing(p, first, last, c), Refs: ref(last).and(ref(first)...), Must: true})
}

// closed ends a text with a full stop, unless the words that it quotes last have
// one.
func closed(s string) string {
	if strings.HasSuffix(s, ".”") {
		return s
	}
	return sentence(s)
}

// theory tells what became of a theory.
func (b *Brief) theory(t Theory) string {
	out := "Theory " + itoa(t.Number) + ", " + quote(t.Text) + ", "
	switch t.State {
	case incident.TheoryOut:
		out += b.held(t) + ", when it was ruled out" + because(t.Why)
	case incident.TheoryAccepted:
		out += b.held(t) + ", when it was confirmed" + because(t.Why)
	default:
		out += "was put up " + b.clock.on(t.From) + " and neither confirmed nor ruled out"
	}
	return sentence(out)
}
