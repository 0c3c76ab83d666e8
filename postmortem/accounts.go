package postmortem

import (
	"strings"

	"sitrep/instant"
)

func (b *Brief) writeStory(w *writer) {
	w.section("Timeline")
	told := 0
	for _, x := range b.Story {
		if x.Message {
			told++
		}
		text := x.Text
		if x.short != "" {
			text = x.short
		}
		w.item(cite(b.clock.at(x.At)+" "+text, Refs{x.Ref}))
	}
	if len(b.Story) == 0 {
		w.paragraph("Nothing is on record.")
	}
	if rest := b.Said - told; rest > 0 {
		w.about(upper(count(rest, "message")) + " of the room " + was(rest) + " left out here; the timeline has all of them.")
	}
}

func (b *Brief) writeCommunications(w *writer) {
	if b.Past != "" {
		return // an export of a channel does not say what was published
	}
	w.section("What customers were told, and when")
	if len(b.Words) == 0 {
		w.paragraph("Nothing was published.")
		return
	}
	for _, c := range b.Words {
		gap := ""
		if c.Gap != 0 {
			gap = ", " + instant.Short(c.Gap) + " later"
		}
		words := "the text was erased"
		if c.Body != "" {
			words = verbatim(c.Body)
		}
		line := b.clock.at(c.At) + gap + ", " + c.Label + ": " + words
		if c.Quiet {
			line += ", without telling subscribers"
		}
		if !c.Edited.IsZero() {
			line += ", text mended " + b.clock.on(c.Edited)
		}
		w.item(cite(line, Refs{c.Ref}))
	}
	b.writePromises(w)
}

func (b *Brief) writePromises(w *writer) {
	if len(b.Promises) == 0 {
		return
	}
	timed := 0
	var refs Refs
	for _, p := range b.Promises {
		if !p.Due.IsZero() {
			timed++
		}
		refs = refs.and(p.Ref)
	}
	made := "These updates made " + count(len(b.Promises), "promise")
	switch {
	case timed == 0 && len(b.Promises) == 1:
		made += " and named no time."
	case timed == 0:
		made += ", none with a time."
	case timed == len(b.Promises):
		made += ", each with a time."
	default:
		made += ", " + numeral(timed) + " with a time."
	}
	w.paragraph(cite(made, refs))
	for _, p := range b.Promises {
		w.item(cite(b.promise(p), p.Refs))
	}
}

func (b *Brief) promise(p Promise) string {
	what := "a next word was promised"
	if p.Quote != "" {
		what = quote(p.Quote)
	}
	out := b.clock.at(p.Made) + " " + what
	if !p.Due.IsZero() {
		out += ", for " + b.clock.at(p.Due)
	}
	after := p.Kept.Sub(p.Made)
	switch p.Fate {
	case Kept, KeptLate:
		what := "the next update"
		if p.Postmortem {
			what = "the postmortem"
		}
		out += ": " + what + " came " + b.clock.on(p.Kept) + ", " + instant.Short(after) + " later"
		if p.Fate == KeptLate {
			out += " and " + instant.Short(max(p.Kept.Sub(p.Due), 0)) + " late"
		}
		return out + "."
	case Broken:
		return out + ": no update followed."
	}
	if p.Postmortem {
		return out + ": it was not published when this was drafted."
	}
	if !p.Due.IsZero() && b.Now.After(p.Due) {
		return out + ": it was overdue when this was drafted."
	}
	return out + ": it was not due when this was drafted."
}

func (b *Brief) writeDecisions(w *writer) {
	if len(b.Decisions) == 0 {
		return
	}
	w.section("Decisions")
	const most = 60 // a page of them; the timeline above has them all
	for i, d := range b.Decisions {
		if i == most {
			w.about(upper(count(len(b.Decisions)-most, "more decision")) + " can be read in the timeline above.")
			break
		}
		w.item(cite(b.decided(d), d.Refs))
	}
}

// decided says who wrote of a decision, and when. Whose decision it was is in
// their words.
func (b *Brief) decided(d Decision) string {
	return upper(b.clock.on(d.At)) + " " + d.By + " wrote: " + quote(d.Text) + "."
}

func (b *Brief) writeTheories(w *writer) {
	if len(b.Theories) == 0 {
		return
	}
	w.section("What was believed")
	for _, t := range b.Theories {
		w.item(cite(b.theory(t), t.Refs))
		for _, e := range t.Evidence {
			w.line("  - ", cite("Evidence: "+quote(e), t.Refs))
		}
	}
}

func (b *Brief) held(t Theory) string {
	if t.To.Before(t.From) {
		return "was held from " + b.clock.at(t.From)
	}
	return "was held from " + b.clock.at(t.From) + " to " + b.clock.at(t.To) + " (" + instant.Short(t.To.Sub(t.From)) + ")"
}

// sentence ends a text with a full stop.
func sentence(s string) string {
	if strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}

func (b *Brief) writePeople(w *writer) {
	if len(b.Tenures) == 0 && len(b.Others) == 0 {
		return
	}
	w.section("Who did what")
	for _, t := range b.Tenures {
		until := ""
		if !t.To.IsZero() {
			until = " to " + b.clock.at(t.To)
		}
		w.item(cite(upper(term(t.Role))+": "+t.Who+", from "+b.clock.at(t.From)+until+".", t.Refs))
	}
	if len(b.Others) == 0 {
		return
	}
	var who []string
	var refs Refs
	const most = 12
	for i, p := range b.Others {
		if i == most {
			who = append(who, itoa(len(b.Others)-most)+" more")
			break
		}
		who, refs = append(who, p.Who), refs.and(p.Refs...)
	}
	if len(b.Tenures) == 0 {
		w.item("Nobody took a role.", cite("On record "+are(len(b.Others))+" "+and(who)+".", refs))
		return
	}
	w.item(cite("Also on record, without a role: "+and(who)+".", refs))
}

func (b *Brief) writeFindings(w *writer) {
	if len(b.Findings) == 0 {
		return
	}
	w.section("What in the record needs mending")
	for _, f := range b.Findings {
		line := cite(f.Text, f.Refs)
		if f.Mend != "" {
			line += " *" + escape(f.Mend) + "*"
		}
		w.item(line)
	}
}

func (b *Brief) writeQuestions(w *writer) {
	if len(b.Questions) == 0 {
		return
	}
	w.section("Questions for the review")
	for _, q := range b.Questions {
		w.item(q.text()...)
	}
}

func (b *Brief) writePrompts(w *writer) {
	for _, p := range b.Prompts {
		w.section(p.Section)
		for _, q := range p.Questions {
			w.ask(q.text()...)
		}
	}
}

// text is the question with what it rests on before it.
func (q Question) text() []string {
	if q.Fact == "" {
		return []string{escape(q.Text)}
	}
	return []string{cite(q.Fact, q.Refs), escape(q.Text)}
}
