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
		w.item(cite(fmt.Sprintf("The impact began %s and ended %s, after %s.", b.clock.span(start.At, start.Until), b.clock.span(stop.At, stop.Until), lengths(m)), m.Refs))
	}
	if len(b.Named) > 0 {
		var names []string
		var refs Refs
		for _, n := range b.Named {
			names, refs = append(names, n.Text), refs.and(n.Refs...)
		}
		w.item(cite("Named as affected, with no word on how: "+and(names)+".", refs))
	} else if len(b.Impact) == 0 && len(b.Believed) == 0 {
		w.item("No component was recorded as affected.")
	}
	if b.Status != "" && !b.counted {
		w.item("No number is on record of how many customers were affected.")
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
	}
	for _, a := range b.Actions {
		fate := "open"
		if !a.Done.IsZero() {
			fate = "done " + b.clock.on(a.Done)
		}
		owner := "nobody has it yet"
		if a.Owner != "" {
			owner = "with " + a.Owner
		}
		w.line(itoa(a.Number)+". ", cite(quote(a.Text)+" ("+fate+", "+owner+")", a.Refs))
	}
	if len(b.Suggested) > 0 {
		w.about("Said, but recorded by nobody:")
		for _, a := range b.Suggested {
			w.item(cite(a.Owner+": "+quote(a.Text), a.Refs))
		}
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
	case src == "declare":
		out = "declared by " + by
	case src == "state":
		out = "the state as set by " + by
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
			w.item(cite("Median public silence: "+instant.Short(median(b.Silences))+", over "+count(len(b.Silences), "gap")+".", silent(b.Silences)))
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
		every := "every metric"
		if len(b.Silences) > 0 {
			every = "every metric but the silences"
		}
		w.paragraph("**Pending:** " + every + ", since all are counted from the start of the impact. Nobody recorded when that was.")
		return
	}
	var missing []string
	for _, x := range b.Metrics {
		if x.State == incident.Pending && !x.To.ByCommand() {
			missing = append(missing, when(x.To))
		}
	}
	out := "**Pending:** " + escape(and(pending)) + "."
	if len(missing) > 0 {
		out += " Nobody recorded " + escape(or(missing)) + "."
	}
	w.paragraph(out)
}

// updateRefs are the first and the last update.
// silent are the updates around gaps.
func silent(ss []Silence) Refs {
	var out Refs
	for _, s := range ss {
		out = out.and(s.Refs...)
	}
	return out
}

func (b *Brief) updateRefs() Refs {
	if len(b.Words) == 0 {
		return nil
	}
	return Refs{b.Words[0].Ref}.and(b.Words[len(b.Words)-1].Ref)
}
