package postmortem

import (
	"fmt"
	"strings"

	"sitrep/incident"
	"sitrep/instant"
)

func (b *Brief) writeImpact(w *writer) {
	w.section("Impact")
	for _, x := range b.Impact {
		if told, refs := x.told(b.clock.at, true); len(x.Windows) > 0 {
			w.item(cite("Customers were shown "+told+".", refs))
		}
	}
	for _, win := range b.Believed {
		if len(b.Impact) > 0 && !b.differs(win) {
			continue
		}
		w.item(cite("The team recorded "+and(win.Components)+" as "+state(win.State)+".", win.Refs))
	}
	if m, ok := b.since(incident.ImpactEnded); ok {
		start, stop := find(b.Milestones, m.From), find(b.Milestones, m.To)
		w.item(cite(fmt.Sprintf("The impact lasted %s, from %s to %s.", lengths(m), b.range1(start), b.range1(stop)), m.Refs))
	}
	if len(b.Impact) == 0 && len(b.Believed) == 0 {
		w.item("No component was recorded as affected.")
	}
	if b.Status != "" && !b.counted {
		w.item("Nothing on record says how many customers were affected.")
	}
}

// differs reports whether the team believed something that customers were
// never told.
func (b *Brief) differs(win Window) bool {
	for _, c := range win.Components {
		told := false
		for _, x := range b.Impact {
			for i, n := range x.Components {
				for _, p := range x.Windows {
					told = told || x.Components[i] == n && n == c && p.State == win.State
				}
			}
		}
		if !told {
			return true
		}
	}
	return false
}

func (b *Brief) writeActions(w *writer) {
	w.section("What will change")
	if len(b.Actions) == 0 {
		w.paragraph("No follow-up is on record.")
		return
	}
	for _, a := range b.Actions {
		fate := "open"
		if !a.Done.IsZero() {
			fate = "done at " + b.clock.at(a.Done)
		}
		owner := "nobody has it yet"
		if a.Owner != "" {
			owner = "with " + a.Owner
		}
		w.line(itoa(a.Number)+". ", cite(quote(a.Text)+" ("+fate+", "+owner+")", a.Refs))
	}
}

func (b *Brief) writeMilestones(w *writer) {
	w.section("Milestones")
	head := true
	var pending, not []string
	var notRefs Refs
	for _, m := range b.Milestones {
		switch m.State {
		case incident.Recorded, incident.Proposed, incident.Invalid:
			if head {
				w.row(true, "Milestone", "When", "How it is known")
				head = false
			}
			w.row(false, escape(m.Name.Label()), escape(b.range1(m)), cite(b.source(m), m.Refs))
		case incident.NotApplicable:
			not, notRefs = append(not, milestoneWords(m.Name)), notRefs.and(m.Refs...)
		default:
			if m.Name != incident.PostmortemPublishedAt { // this report is on its way there
				pending = append(pending, milestoneWords(m.Name))
			}
		}
	}
	if len(pending) > 0 {
		so := ""
		if b.Status.Open() {
			so = " so far"
		}
		w.paragraph("**Not recorded" + so + ":** " + escape(and(pending)) + ".")
	}
	if len(not) > 0 {
		w.paragraph(cite("Marked as not applicable: "+and(not)+".", notRefs))
	}
}

// source says who set a milestone and from what.
func (b *Brief) source(m Milestone) string {
	by := name(m.By)
	if m.State == incident.Proposed {
		return "proposed, not confirmed: " + quote(m.Quote)
	}
	if m.State == incident.Invalid {
		return "invalid: " + m.Why
	}
	claimed := strings.HasSuffix(m.Source, " at:")
	src := strings.TrimSuffix(m.Source, " at:")
	out := ""
	switch {
	case m.Source == "milestone":
		out = "set by " + by + because(m.Evidence)
	case len(m.Refs) == 1 && strings.HasPrefix(m.Refs[0], "U"):
		out = "public update " + m.Refs[0][1:]
	default:
		out = "the command " + term(src) + ", given by " + by
	}
	if claimed {
		out += ", with a time of their own"
	}
	return out
}

func (b *Brief) writeMetrics(w *writer) {
	w.section("Metrics")
	var pending, not []string
	for _, m := range b.Metrics {
		from, to := find(b.Milestones, m.From), find(b.Milestones, m.To)
		switch m.State {
		case incident.Recorded:
			w.item(cite(fmt.Sprintf("%s: %s, from %s (%s) to %s (%s).", upper(m.Name), lengths(m),
				milestoneWords(m.From), b.range1(from), milestoneWords(m.To), b.range1(to)), m.Refs))
		case incident.Invalid:
			w.item("**"+escape(upper(m.Name))+": invalid.**", cite(upper(m.Why)+".", m.Refs))
		case incident.NotApplicable:
			not = append(not, m.Name)
		default:
			pending = append(pending, m.Name)
		}
	}
	if len(b.Silences) > 0 {
		if s, ok := longest(b.Silences); ok {
			w.item(cite("Longest public silence: "+b.silence(s)+".", s.Refs))
		}
		if len(b.Silences) > 1 {
			w.item(cite("Median public silence: "+instant.Short(median(b.Silences))+", over "+count(len(b.Silences), "gap")+".", b.updateRefs()))
		}
	}
	b.writePending(w, pending)
	if len(not) > 0 {
		w.paragraph("**Not applicable:** " + escape(and(not)) + ".")
	}
}

// writePending says which metrics cannot be computed yet, and for want of what.
func (b *Brief) writePending(w *writer, pending []string) {
	if len(pending) == 0 {
		return
	}
	if _, started := b.milestone(incident.ImpactStarted); !started {
		w.paragraph("**Pending:** every metric but the silences, since all are counted from the start of the impact. Nobody recorded when that was.")
		return
	}
	var missing []string
	for _, x := range b.Metrics {
		if x.State == incident.Pending {
			missing = append(missing, when(x.To))
		}
	}
	w.paragraph("**Pending:** " + escape(and(pending)) + ". " + escape("Nobody recorded "+or(missing)+"."))
}

// updateRefs are the first and the last update.
func (b *Brief) updateRefs() Refs {
	if len(b.Words) == 0 {
		return nil
	}
	return Refs{b.Words[0].Ref}.and(b.Words[len(b.Words)-1].Ref)
}

func (b *Brief) writeStory(w *writer) {
	w.section("Timeline")
	told := 0
	for _, x := range b.Story {
		if x.Message {
			told++
		}
		w.item(cite(b.clock.at(x.At)+" "+x.Text, Refs{x.Ref}))
	}
	if len(b.Story) == 0 {
		w.paragraph("Nothing is on record.")
	}
	if rest := b.Said - told; rest > 0 {
		w.about(upper(count(rest, "message")) + " of the room " + was(rest) + " left out here; the timeline has all of them.")
	}
}

func (b *Brief) writeCommunications(w *writer) {
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
			words = quote(c.Body)
		}
		line := b.clock.at(c.At) + gap + ", " + c.Label + ": " + words
		if c.Quiet {
			line += ", without telling subscribers"
		}
		if !c.Edited.IsZero() {
			line += ", text mended at " + b.clock.at(c.Edited)
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
		made += ", " + itoa(timed) + " with a time."
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
		out += ": " + what + " came at " + b.clock.at(p.Kept) + ", " + instant.Short(after) + " later"
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
	for _, d := range b.Decisions {
		w.item(cite(b.decided(d), d.Refs))
	}
}

// decided says who decided what, and when.
func (b *Brief) decided(d Decision) string {
	return "At " + b.clock.at(d.At) + " " + d.By + " decided: " + quote(d.Text) + "."
}

func (b *Brief) writeTheories(w *writer) {
	if len(b.Theories) == 0 {
		return
	}
	w.section("What was believed")
	for _, t := range b.Theories {
		out := "Theory " + itoa(t.Number) + ", " + quote(t.Text) + ", "
		switch t.State {
		case incident.TheoryOut:
			out += b.held(t) + ", when it was ruled out" + because(t.Why)
		case incident.TheoryAccepted:
			out += b.held(t) + ", when it was confirmed" + because(t.Why)
		default:
			out += "was put up at " + b.clock.at(t.From) + " and neither confirmed nor ruled out"
		}
		w.item(cite(sentence(out), t.Refs))
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
