package postmortem

import (
	"slices"
	"strings"

	"sitrep/instant"
)

// A Prose is a passage as somebody put it. Note is one sentence on how it was
// made, or on why the facts stand as they are; it is shown above the passage.
type Prose struct {
	Passage   Passage
	Sentences []Sentence // that were kept; none leaves the facts as they are
	Dropped   []Dropped
	Note      string
}

// Compose writes the report with passages that somebody put into prose, as
// Template does otherwise, and names who did. A sentence whose references the
// record does not carry is dropped here too: see [Check]. A fact that a passage
// must have and its sentences leave out stands among them, in its place.
func (b Brief) Compose(by string, ps ...Prose) (Draft, error) {
	told := map[Passage]Prose{}
	for _, p := range ps {
		told[p.Passage] = b.Settle(p)
	}
	d := Draft{Markdown: b.markdown(told), Customer: b.customer(), Drafter: "the template"}
	wrote := false
	for _, p := range told {
		wrote = wrote || len(p.Sentences) > 0
	}
	if wrote {
		d.Drafter = by
	}
	if p := told[Customer]; len(p.Sentences) > 0 {
		d.Customer = b.customerProse(p)
	}
	var err error
	d.Facts, err = b.JSON(d.Markdown)
	return d, err
}

// Settle drops the sentences of a passage that the record does not carry. One
// of which less than half is left says nothing for itself: the facts stand.
func (b Brief) Settle(p Prose) Prose {
	a := b.Assignment(p.Passage)
	kept, dropped := a.Check(p.Sentences)
	p.Dropped = append(p.Dropped[:len(p.Dropped):len(p.Dropped)], dropped...)
	p.Sentences = nil
	for _, s := range kept {
		line := cite(s.Text, a.refs(s))
		if fs := Check(line, b); len(fs) > 0 && !a.denies(s) {
			p.Dropped = append(p.Dropped, Dropped{Text: s.Text, Kind: fs[0].Kind, Why: fs[0].Text})
			continue
		}
		p.Sentences = append(p.Sentences, s)
	}
	if len(p.Dropped) > len(p.Sentences) {
		for _, s := range p.Sentences {
			p.Dropped = append(p.Dropped, Dropped{Text: s.Text, Kind: "rest", Why: "More than half of the passage was dropped, and so the rest with it."})
		}
		p.Sentences = nil
	}
	return p
}

// denies reports whether a sentence rests on facts that have no references,
// because they say what is not on record.
func (a Assignment) denies(s Sentence) bool {
	return len(a.refs(s)) == 0 && len(numbersIn(s.Text)) == 0 && !strings.Contains(s.Text, "“")
}

// refs are what a sentence rests on.
func (a Assignment) refs(s Sentence) Refs {
	var out Refs
	for _, n := range s.Facts {
		if n >= 1 && n <= len(a.Facts) {
			out = out.and(a.Facts[n-1].Refs...)
		}
	}
	return out
}

// writePassage writes a passage as it was put into prose, or else its facts.
func (b *Brief) writePassage(w *writer, p Passage, told map[Passage]Prose) {
	prose, ok := told[p]
	if ok && prose.Note != "" {
		w.about(prose.Note)
	}
	if len(prose.Sentences) > 0 {
		a := b.Assignment(p)
		var out []string
		for _, s := range a.whole(prose.Sentences) {
			out = append(out, cite(s.Text, a.refs(s)))
		}
		w.paragraph(out...)
		return
	}
	if p != Summary {
		return // the timeline below has its facts
	}
	var out []string
	for _, f := range b.summary() {
		out = append(out, cite(f.Text, f.Refs))
	}
	w.paragraph(out...)
}

// customerProse is the customer version, which has no references.
func (b *Brief) customerProse(p Prose) string {
	a := b.Assignment(Customer)
	var out []string
	for _, s := range a.whole(p.Sentences) {
		out = append(out, escape(s.Text))
	}
	return strings.Join(out, " ") + "\n"
}

// whole puts the facts among the sentences that must be told and are not. A
// fact is told by those sentences that name it and have its figures between
// them, or half of its words if it has none.
func (a Assignment) whole(ss []Sentence) []Sentence {
	out := slices.Clone(ss)
	for i, f := range a.Facts {
		if !f.Must || a.told(i+1, ss) {
			continue
		}
		at := len(out)
		for j, s := range out {
			if len(s.Facts) > 0 && slices.Min(s.Facts) > i+1 {
				at = j
				break
			}
		}
		out = slices.Insert(out, at, Sentence{Text: f.Text, Facts: []int{i + 1}})
	}
	return out
}

func (a Assignment) told(n int, ss []Sentence) bool {
	var by strings.Builder
	for _, s := range ss {
		if slices.Contains(s.Facts, n) {
			by.WriteString(s.Text + "\n")
		}
	}
	if by.Len() == 0 {
		return false
	}
	said, fact := a.read(Fact{Text: by.String()}), besideQuotes(a.Facts[n-1].Text)
	for _, m := range instant.Find(fact, a.brief.day(), a.brief.Zone) {
		if !m.Unresolved && !happened(m, said.times, a.brief.Zone) {
			return false
		}
	}
	for _, l := range instant.Durations(fact) {
		if !said.lasts(l) {
			return false
		}
	}
	words := contentWords(fact)
	return 2*said.covers(words) >= len(words)
}

// writeDropped lists what was written and is not in the report.
func (b *Brief) writeDropped(w *writer, told map[Passage]Prose) {
	head := true
	for _, p := range Passages() {
		for _, d := range told[p].Dropped {
			if head {
				w.section("Written by the model, and dropped")
				head = false
			}
			w.aside(p.Label() + ": " + quote(d.Text) + " " + d.Why)
		}
	}
}
