package postmortem

import (
	"fmt"
	"strings"
	"time"

	"sitrep/incident"
	"sitrep/instant"
)

// markdown writes the internal report. The first page tells what happened, who
// was affected and what will change; the rest is there to be looked up. Passages
// that somebody put into prose stand as they were put.
func (b *Brief) markdown(told map[Passage]Prose) string {
	w, unformed := &writer{}, ""
	if b.form != nil {
		text, err := b.form.write(b, told)
		if err == nil {
			return text
		}
		unformed = "This is not in the form that is configured, which could not be used: " + oneLine(err.Error()) + "."
	}
	b.writeHead(w)
	if unformed != "" {
		w.about(unformed)
	}
	w.section("Summary")
	b.writePassage(w, Summary, told)
	b.writeImpact(w)
	b.writeActions(w)
	b.writeMilestones(w)
	b.writeMetrics(w)
	if _, ok := told[Course]; ok {
		w.section("What happened")
		b.writePassage(w, Course, told)
	}
	b.writeStory(w)
	b.writeCommunications(w)
	b.writeDecisions(w)
	b.writeTheories(w)
	b.writePrecedents(w)
	b.writePeople(w)
	b.writeFindings(w)
	b.writeQuestions(w)
	b.writePrompts(w)
	b.writeDropped(w, told)
	return w.String()
}

func (b *Brief) writeHead(w *writer) {
	title := oneLine(b.Title)
	if title == "" {
		title = "no title on record"
	}
	id := b.ID
	if id == "" {
		id = "Incident"
	}
	if b.Past != "" {
		w.title(title)
	} else {
		w.title(id + ": " + title)
	}
	about := "Drafted from the record as it stood on " + b.Now.In(b.Zone).Format("Jan 02, 2006 at 15:04") + ". " + b.clock.names() +
		" Letters and numbers in brackets name the evidence: T for an entry of the timeline, U for a public update" + b.otherRefs() + "."
	w.about(about)
	switch {
	case b.Drill:
		w.item(cite("This was a drill: nothing of it is for customers", b.Declared.Refs))
	case b.Private:
		w.item(cite("This incident is private: nothing of it is for customers", b.record.hidden))
	}
	if b.Past != "" {
		return
	}
	sev := "Severity: not set"
	if b.Severity != "" {
		sev = "Severity: " + term(b.Severity)
	}
	w.item(cite(sev, b.Graded.Refs))
	w.item(cite("Status: "+b.status(), b.Stood.Refs))
	if when, refs := b.when(); when != "" {
		w.item(cite("When: "+when, refs))
	}
	if lead, ok := b.leader(); ok {
		w.item(cite("Commander: "+lead.Who, lead.Refs))
	} else {
		w.item("Commander: nobody is on record")
	}
	if b.PublicTitle != "" {
		w.item(cite("Customers read: "+quote(b.PublicTitle), b.firstUpdate()))
	}
	for _, r := range b.Related {
		if r.Kind == (incident.Absorbed{}).Kind() {
			w.item(cite("Merged into this: "+term(r.Text), r.Refs))
		} else if r.Text != "" {
			w.item(cite("Related: "+quote(r.Text), r.Refs))
		}
	}
}

func (b *Brief) status() string {
	s := string(b.Status)
	if s == "" {
		return "nothing is on record"
	}
	if b.Ended.At.IsZero() {
		return s
	}
	if b.Status == incident.Merged {
		s = "merged into " + term(b.Ended.Text)
	}
	return s + " since " + b.clock.at(b.Ended.At)
}

// when says on which day, and from when to when, customers felt it, as far as
// that was recorded.
func (b *Brief) when() (string, Refs) {
	start, started := b.milestone(incident.ImpactStarted)
	stop, stopped := b.milestone(incident.ImpactEnded)
	day := func(m Milestone) string { return instant.Date(m.At, b.Zone) }
	switch {
	case started && stopped:
		return fmt.Sprintf("%s, %s to %s", day(start), b.range1(start), b.range1(stop)), start.Refs.and(stop.Refs...)
	case started:
		return fmt.Sprintf("%s, from %s", day(start), b.range1(start)), start.Refs
	}
	if d, ok := b.milestone(incident.DeclaredAt); ok {
		return fmt.Sprintf("%s, declared %s", day(d), b.clock.on(d.At)), d.Refs
	}
	return "", nil
}

// range1 prints a milestone's instant, or both ends of its interval.
func (b *Brief) range1(m Milestone) string {
	if m.Until.IsZero() || m.Until.Equal(m.At) {
		return b.clock.at(m.At)
	}
	return b.clock.at(m.At) + "–" + b.clock.at(m.Until)
}

func (b *Brief) firstUpdate() Refs {
	if len(b.Words) == 0 {
		return nil
	}
	return Refs{"U1"}
}

// summary is the report's first paragraph, a sentence a fact.
func (b *Brief) summary() []Fact {
	var out []Fact
	add := func(sentence string, refs Refs) { out = append(out, Fact{Text: sentence, Refs: refs, Must: true}) }

	atOnce := false // customers were told as it was declared
	start, _ := b.milestone(incident.ImpactStarted)
	if b.Past != "" {
		b.summarizePast(add)
	} else if d, ok := b.milestone(incident.DeclaredAt); ok {
		what := "The incident"
		if b.Title != "" {
			what = quote(b.Title)
		}
		if b.Drill {
			what = "The drill " + what
		}
		as := ""
		if b.Severity != "" {
			as = " as " + term(b.Severity)
		}
		refs := d.Refs.and(b.Graded.Refs...)
		if m, ok := b.since(incident.DeclaredAt); ok && m.High > 0 {
			add(fmt.Sprintf("%s was declared%s %s, %s after the impact began %s.", what, as, b.clock.on(d.At), lengths(m), b.clock.span(start.At, start.Until)), refs.and(start.Refs...))
		} else if first, ok := b.milestone(incident.FirstPublicWord); ok && first.At.Sub(d.At).Abs() < time.Minute {
			add(fmt.Sprintf("%s was declared%s %s, and customers were told in the same minute.", what, as, b.clock.on(d.At)), refs.and(first.Refs...))
			atOnce = true
		} else {
			add(fmt.Sprintf("%s was declared%s %s.", what, as, b.clock.on(d.At)), refs)
		}
	} else {
		add("Nothing was recorded of this incident.", nil)
	}
	if worst, refs := b.worst(); worst != "" {
		add("Customers were told of "+worst+".", refs)
	}
	b.summarizeCourse(add, atOnce)
	out = b.summarizeSaid(out)
	b.summarizeEnd(add)
	if s, ok := longest(b.Silences); ok && s.Length >= longSilence {
		add("The longest public silence lasted "+b.silence(s)+".", s.Refs)
	}
	return out
}

// summarizeCourse tells when customers heard of it, and how it turned.
func (b *Brief) summarizeCourse(add func(string, Refs), atOnce bool) {
	if first, ok := b.milestone(incident.FirstPublicWord); ok && !atOnce {
		who := "They"
		if worst, _ := b.worst(); worst == "" {
			who = "Customers"
		}
		if m, ok := b.since(incident.FirstPublicWord); ok {
			add(fmt.Sprintf("%s first heard from us %s, %s after the impact began.", who, b.clock.on(first.At), lengths(m)), m.Refs)
		} else {
			add(who+" first heard from us "+b.clock.on(first.At)+".", first.Refs)
		}
	} else if b.Status != "" && b.Past == "" && !ok {
		add("Nothing was said in public.", nil)
	}
	for _, step := range []struct {
		n    incident.MilestoneName
		what string
	}{
		{incident.IdentifiedAt, "The problem was identified"},
		{incident.Mitigated, "It was mitigated"},
		{incident.ImpactEnded, "The impact ended"},
	} {
		m, ok := b.milestone(step.n)
		if !ok {
			continue
		}
		out := step.what + " " + b.clock.span(m.At, m.Until)
		if x, ok := b.since(step.n); ok {
			out += ", after " + lengths(x)
			m.Refs = m.Refs.and(x.Refs...)
		}
		if step.n == incident.Mitigated {
			out += because(m.Evidence)
		}
		add(out+".", m.Refs)
	}
	if r, ok := b.milestone(incident.ResolvedAt); ok && len(b.Turns) == 0 {
		after := ""
		if m, ok := b.since(incident.ResolvedAt); ok {
			after = ", " + lengths(m) + " after the impact began"
			r.Refs = r.Refs.and(m.Refs...)
		} else if first, ok := b.milestone(incident.FirstPublicWord); ok && r.At.After(first.At) {
			after = ", " + instant.Short(r.At.Sub(first.At)) + " after customers were first told"
			r.Refs = r.Refs.and(first.Refs...)
		}
		add("The all-clear came "+b.clock.on(r.At)+after+".", r.Refs)
	}
}

// summarizeSaid tells how it went by what was said, where nobody recorded it:
// when each step was, and how long after the first.
func (b *Brief) summarizeSaid(out []Fact) []Fact {
	start := find(b.Milestones, incident.ImpactStarted)
	if start.State == incident.Pending && b.Status != "" {
		out = append(out, Fact{Text: "Nobody recorded when the impact began.", Must: true})
	}
	var parts []string
	var each []Refs
	var refs Refs
	var from, noticed Milestone // what lengths are counted from
	var before time.Time
	proposed := 0
	for _, step := range []struct {
		n    incident.MilestoneName
		what string
	}{
		{incident.ImpactStarted, "it began"}, {incident.Detected, "it was noticed"}, {incident.IdentifiedAt, "the cause was found"},
		{incident.Mitigated, "it was mitigated"}, {incident.ImpactEnded, "the impact ended"}, {incident.ResolvedAt, "it was over"},
	} {
		m := find(b.Milestones, step.n)
		if m.Loose || m.State != incident.Proposed && m.State != incident.Recorded || !m.Until.IsZero() {
			continue
		}
		if m.State == incident.Proposed {
			proposed++
		} else if step.n != incident.ImpactStarted && (step.n != incident.ResolvedAt || from.At.IsZero()) {
			continue // it is told already
		}
		if n := len(parts); n > 0 && m.At.Equal(before) {
			parts[n-1] = strings.Replace(parts[n-1], " "+b.clock.on(m.At), " and "+also(parts[n-1], step.what)+" "+b.clock.on(m.At), 1)
			refs, each[n-1] = refs.and(m.Refs...), each[n-1].and(m.Refs...)
			continue
		}
		part := step.what + " " + b.clock.on(m.At)
		var notes []string
		counted := m.Refs
		if !from.At.IsZero() && m.At.After(from.At) {
			after := "after " + instant.Short(m.At.Sub(from.At))
			if (step.n == incident.ResolvedAt || step.n == incident.ImpactEnded) && from.Name == incident.ImpactStarted && m.At.After(noticed.At) && noticed.At.After(from.At) {
				after += ", or " + instant.Short(m.At.Sub(noticed.At)) + " from when it was noticed"
			}
			notes = append(notes, after)
			counted = counted.and(from.Refs...).and(noticed.Refs...)
		}
		if m.State == incident.Proposed && m.Quote != "" {
			notes = append(notes, shorten(unended(m.Quote), 100))
		}
		if len(notes) > 0 {
			part += " (" + strings.Join(notes, ": ") + ")"
		}
		if from.At.IsZero() && (step.n == incident.ImpactStarted || step.n == incident.Detected) {
			from = m
		}
		if step.n == incident.Detected {
			noticed = m
		}
		before = m.At
		parts, each, refs = append(parts, part), append(each, counted), refs.and(m.Refs...)
	}
	if proposed == 0 {
		return out
	}
	all := Fact{Text: "Going by what was said, " + and(parts) + ".", Refs: refs, Must: true}
	for i, p := range parts {
		all.steps = append(all.steps, Fact{Text: "Going by what was said, " + p + ".", Refs: each[i], Must: true})
	}
	return append(out, all, Fact{Text: "Nobody has confirmed that.", Must: true})
}

// also is a step that came in the same instant as the one before: "it was
// mitigated" and "over".
func also(before, step string) string {
	if strings.HasPrefix(before, "it was ") {
		return strings.TrimPrefix(step, "it was ")
	}
	return step
}

// summarizeEnd tells of every other way in which an incident ends, or does not.
func (b *Brief) summarizeEnd(add func(string, Refs)) {
	for i, t := range b.Turns {
		again := ""
		if i > 1 {
			again = " again"
		}
		if t.Kind == (incident.Reopened{}).Kind() {
			add("It was reopened"+again+" "+b.clock.on(t.At)+because(t.Text)+".", t.Refs)
		} else {
			add("It was resolved"+again+" "+b.clock.on(t.At)+".", t.Refs)
		}
	}
	if b.Past != "" {
		return
	}
	switch b.Status {
	case incident.Canceled:
		add("It was canceled "+b.clock.on(b.Ended.At)+because(b.Ended.Text)+".", b.Ended.Refs)
	case incident.Merged:
		add("It was merged into "+term(b.Ended.Text)+" "+b.clock.on(b.Ended.At)+".", b.Ended.Refs)
	case incident.Investigating, incident.Identified, incident.Monitoring:
		if over := find(b.Milestones, incident.ResolvedAt); over.State == incident.Proposed && !over.Loose { // it was just said to be over
			add("Nobody has resolved it either: on record it was still open when this was drafted.", b.Stood.Refs)
		} else {
			add("It was still open when this was drafted.", b.Stood.Refs)
		}
	}
}

// worst says what was published at worst: "a major outage of A and B, and
// degraded performance of C".
func (b *Brief) worst() (string, Refs) {
	var parts []string
	var refs Refs
	for _, s := range []incident.ComponentState{incident.MajorOutage, incident.PartialOutage, incident.Degraded, incident.UnderMaintenance} {
		var names []string
		for _, x := range b.Impact {
			if x.Worst != s {
				continue
			}
			names = append(names, x.Components...)
			for _, win := range x.Windows {
				if win.State == s {
					refs = refs.and(win.Refs...)
					break
				}
			}
		}
		if len(names) > 0 {
			parts = append(parts, article(s)+" of "+and(names))
		}
	}
	return strings.Join(parts, ", and of "), refs
}

// article is a component's state as a noun in a sentence.
func article(s incident.ComponentState) string {
	switch s {
	case incident.MajorOutage, incident.PartialOutage:
		return "a " + state(s)
	case incident.UnderMaintenance:
		return "maintenance"
	}
	return state(s)
}

// lengths prints a metric: "6 min", or both ends of its range: "2 min to 9 min".
func lengths(m Metric) string {
	lo, hi := instant.Short(m.Low), instant.Short(m.High)
	if lo == hi {
		return hi
	}
	return lo + " to " + hi
}

func (b *Brief) silence(s Silence) string {
	if s.Until.IsZero() {
		return instant.Short(s.Length) + " so far, since " + b.clock.at(s.From)
	}
	return instant.Short(s.Length) + ", from " + b.clock.at(s.From) + " to " + b.clock.at(s.Until)
}
