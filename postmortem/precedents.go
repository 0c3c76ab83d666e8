package postmortem

import (
	"slices"
	"strings"
	"time"

	"sitrep/incident"
	"sitrep/instant"
)

// A Precedent is a past incident that this one is like, and what the two share.
// A report refers to it by its id: [INC-3].
type Precedent struct {
	Incident   string // "INC-3"
	Title      string
	Declared   time.Time
	Components []string // names
	Errors     []string // as they were written in this one
	Words      []string // as they were written in this one
	Open       []Action // its follow-ups that nobody has done yet, as they are now
	// Where this record shows what is shared.
	onComponents, showsErrors, showsWords Refs
}

// precede takes the precedents into the record, so that a report can refer to
// them, and keeps what of them this record can show.
func (b *Brief) precede(s Source, in *incident.Incident) {
	t := s.Timeline
	b.record.past = map[string]evidence{}
	for i, p := range slices.Concat(s.Precedents, s.Named) {
		e := evidence{times: []time.Time{p.Declared}, text: p.Title}
		for _, a := range p.Open {
			e.text += "\n" + a.Text
			b.record.terms[strings.TrimLeft(oneLine(a.Owner), "@")] = true
		}
		b.record.past[p.Incident] = e
		b.record.terms[oneLine(p.Title)] = true
		if i >= len(s.Precedents) {
			continue
		}
		keep := func(names []string, refs *Refs, where func(string) Refs) []string {
			return slices.DeleteFunc(slices.Clone(names), func(s string) bool {
				at := where(s)
				*refs = refs.and(at...)
				return len(at) == 0
			})
		}
		p.Components = keep(p.Components, &p.onComponents, func(s string) Refs { return b.attached(s, in) })
		p.Errors = keep(p.Errors, &p.showsErrors, func(s string) Refs { return b.shows(s, t) })
		p.Words = keep(p.Words, &p.showsWords, func(s string) Refs { return b.shows(s, t) })
		b.Precedents = append(b.Precedents, p)
	}
}

// shows names the first entry that has words as they are written.
func (b *Brief) shows(words string, t *incident.Timeline) Refs {
	if t == nil {
		return nil
	}
	for _, e := range t.Chronological() {
		if quotable(e) && strings.Contains(oneLine(e.Text), words) {
			return Refs{b.record.ref(e.Seq)}
		}
	}
	return nil
}

// attached names what says that a component was affected.
func (b *Brief) attached(name string, in *incident.Incident) Refs {
	is := func(c incident.ComponentChange) bool { return c.Name == name }
	for _, u := range in.Updates {
		if slices.ContainsFunc(u.Affects, is) {
			return Refs{b.record.ref(u.Meta.Seq)}
		}
	}
	if slices.ContainsFunc(in.Affects, is) {
		return b.record.affects
	}
	return nil
}

// writePrecedents names the incidents before this one that it is like.
func (b *Brief) writePrecedents(w *writer) {
	if len(b.Precedents) == 0 {
		return
	}
	w.section("Similar incidents")
	for _, p := range b.Precedents {
		var out []string
		out = append(out, cite(p.Incident+", "+quote(unended(p.Title))+", was declared on "+instant.Date(p.Declared, b.Zone)+".", Refs{p.Incident}))
		if len(p.Components) > 0 {
			out = append(out, cite("It was on "+and(p.Components)+" too.", p.onComponents.and(p.Incident)))
		}
		say := func(before string, words []string, refs Refs) {
			if len(words) == 0 {
				return
			}
			var qs []string
			for _, s := range words {
				qs = append(qs, quote(s))
			}
			out = append(out, cite(before+and(qs)+".", refs.and(p.Incident)))
		}
		say("Both showed ", p.Errors, p.showsErrors)
		if len(p.Components)+len(p.Errors) == 0 || len(p.Words) > 1 {
			say("Both were described with the words ", p.Words, p.showsWords)
		}
		if len(p.Open) > 0 {
			var all []string
			for _, a := range p.Open {
				all = append(all, following(a))
			}
			out = append(out, cite("Still to be done since then: "+and(all)+".", Refs{p.Incident}))
		}
		w.item(out...)
	}
}

func following(a Action) string {
	if a.Owner == "" {
		return quote(unended(a.Text))
	}
	return quote(unended(a.Text)) + " (with " + strings.TrimLeft(oneLine(a.Owner), "@") + ")"
}

// otherRefs says what other references the report has.
func (b *Brief) otherRefs() string {
	if len(b.Precedents) == 0 {
		return ""
	}
	return ", INC for another incident"
}
