package postmortem

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"sitrep/incident"
	"sitrep/instant"
)

// A Question is what the review should ask. Fact is what it rests on, with its
// references; "" where it rests on something that is missing.
type Question struct {
	Fact string
	Text string
	Refs Refs
}

// A Prompt stands where only people can write: questions made from this
// incident's record, in the place of an answer.
type Prompt struct {
	Section   string
	Questions []Question
}

const (
	// longSilence is when a gap between public updates is worth a question.
	// PagerDuty's guide asks for one every 20 minutes in the first two hours.
	longSilence = 30 * time.Minute
	// longQuiet is when a stretch in which nothing at all was recorded is.
	longQuiet = 45 * time.Minute
)

// reviewed reports whether a review of this incident has anything to ask: not
// of one that was none, or that is reviewed as part of another.
func (b *Brief) reviewed() bool {
	return b.Status != "" && b.Status != incident.Canceled && b.Status != incident.Merged
}

// questions asks what the record leaves open. What is on record is not asked.
func (b *Brief) questions(t *incident.Timeline) []Question {
	if !b.reviewed() {
		return nil
	}
	var out []Question
	ask := func(fact, text string, refs Refs) { out = append(out, Question{fact, text, refs}) }

	if s, ok := longest(b.Silences); ok && s.Length >= longSilence {
		until := "and " + b.clock.at(s.Until)
		if s.Until.IsZero() {
			until = "and now"
		}
		ask(fmt.Sprintf("Between %s %s (%s) customers heard nothing.", b.clock.at(s.From), until, instant.Short(s.Length)),
			"What would have made it easy to tell them something sooner?", s.Refs)
	}
	if from, to, ok := b.quiet(t); ok && !b.silent(b.kept(from), b.kept(to)) {
		ask(fmt.Sprintf("From %s to %s (%s) nothing was recorded, in the room or by a command.", b.clock.at(b.kept(from)), b.clock.at(b.kept(to)), instant.Short(b.kept(to).Sub(b.kept(from)))),
			"What was being tried, and where was it talked about?", Refs{b.record.ref(from.Seq), b.record.ref(to.Seq)})
	}
	if m := find(b.Milestones, incident.Detected); m.State != incident.Recorded && m.State != incident.NotApplicable {
		ask("", "How did we learn of it, and when: from an alert, a customer or a colleague?", nil)
	}
	if m := find(b.Milestones, incident.ImpactStarted); m.State != incident.Recorded && m.State != incident.NotApplicable {
		ask("", "When did customers begin to notice, and how do we know?", nil)
	}
	b.askBeliefs(ask)
	b.askPromises(ask)
	b.askPeople(ask)
	for _, e := range b.Turns {
		if e.Kind == (incident.Reopened{}).Kind() {
			ask("It was reopened "+b.clock.on(e.At)+because(e.Text)+".", "What told us that it was over, and what would have shown that it was not?", e.Refs)
		}
	}
	if !b.counted {
		ask("", "How many customers were affected, and what could they not do?", nil)
	}
	return out
}

func (b *Brief) askBeliefs(ask func(string, string, Refs)) {
	for _, th := range b.Theories {
		switch th.State {
		case incident.TheoryOut:
			fact := "Theory " + itoa(th.Number) + " " + b.held(th) + " and then ruled out."
			ask(fact, "What made it reasonable, and what would have told us sooner that it was wrong?", th.Refs)
		case incident.TheoryOpen:
			ask("Theory "+itoa(th.Number)+", "+quote(th.Text)+", was never confirmed or ruled out.", "Was it right?", th.Refs)
		}
	}
	const most = 5
	for i, d := range b.Decisions {
		if i == most {
			break
		}
		ask(b.decided(d), "What was known then, and which other ways were open?", d.Refs)
	}
}

func (b *Brief) askPromises(ask func(string, string, Refs)) {
	var untimed int
	var refs, lost, late Refs
	for _, p := range b.Promises {
		if p.Due.IsZero() {
			untimed, refs = untimed+1, refs.and(p.Ref)
		}
		switch {
		case p.Fate == Broken:
			lost = lost.and(p.Refs...)
		case p.Fate == KeptLate, p.Fate == Open && !p.Due.IsZero() && b.Now.After(p.Due):
			late = late.and(p.Refs...)
		}
	}
	if untimed >= 2 {
		ask(upper(count(untimed, "promise"))+" to customers named no time.", "Which time could we have named?", refs)
	}
	if len(lost) > 0 {
		ask("An update was promised, and none followed.", "Do customers still wait for it?", lost)
	}
	if len(late) > 0 {
		ask("A promised update came after its time.", "What kept it?", late)
	}
}

func (b *Brief) askPeople(ask func(string, string, Refs)) {
	if _, ok := b.leader(); !ok && b.Said+len(b.Words) > 0 {
		ask("", "Nobody is on record as commander: who led, and did everybody know?", nil)
	} else if ok {
		b.askLead(ask)
	}
	free := 0
	var refs Refs
	for _, a := range b.Actions {
		if a.Owner == "" && a.Done.IsZero() {
			free, refs = free+1, refs.and(a.Refs...)
		}
	}
	over := !b.Ended.At.IsZero() && b.Status != incident.Canceled && b.Status != incident.Merged
	switch {
	case len(b.Actions) == 0 && over:
		ask("", "No follow-up is on record: is there nothing to change?", nil)
	case free == 1:
		ask("One follow-up has no owner.", "Who takes it, and by when?", refs)
	case free > 1:
		ask(upper(count(free, "follow-up"))+" have no owner.", "Who takes them, and by when?", refs)
	}
}

// askLead asks about a commander who came late.
func (b *Brief) askLead(ask func(string, string, Refs)) {
	const late = 10 * time.Minute
	for _, t := range b.Tenures {
		if t.Role != "commander" {
			continue
		}
		if d, ok := b.milestone(incident.DeclaredAt); ok && t.From.Sub(d.At) >= late {
			ask(fmt.Sprintf("For the first %s nobody was commander.", instant.Short(t.From.Sub(d.At))), "Who decided until then?", d.Refs.and(t.Refs...))
		}
		return
	}
}

// quiet returns the entries around the longest stretch, while the incident was
// open, in which nothing was recorded: also nothing that says of itself that it
// happened at another time, and nothing that was withdrawn since.
func (b *Brief) quiet(t *incident.Timeline) (from, to *incident.Entry, ok bool) {
	if t == nil {
		return nil, nil, false
	}
	stop := b.Now
	if !b.Ended.At.IsZero() {
		stop = b.Ended.At
	}
	d, declared := b.milestone(incident.DeclaredAt)
	if !declared {
		return nil, nil, false
	}
	var last *incident.Entry
	for _, e := range t.Entries() {
		if b.kept(e).Before(d.At) || b.kept(e).After(stop) {
			continue
		}
		if last != nil {
			gap := b.kept(e).Sub(b.kept(last))
			if gap >= longQuiet && (!ok || gap > b.kept(to).Sub(b.kept(from))) {
				from, to, ok = last, e, true
			}
		}
		last = e
	}
	return from, to, ok
}

// kept is when an entry was recorded. What was read from an archive was recorded
// all at once, long after, so there it is when it happened.
func (b *Brief) kept(e *incident.Entry) time.Time {
	if b.Past != "" || e.Imported {
		return e.At
	}
	return e.Recorded
}

// silent reports whether a stretch is the longest public silence, which is
// asked about already.
func (b *Brief) silent(from, to time.Time) bool {
	s, ok := longest(b.Silences)
	return ok && s.Length >= longSilence && s.From.Equal(from) && s.Until.Equal(to)
}

// countsPeople finds a number of those whom it reached.
var countsPeople = regexp.MustCompile(`(?i)\d\s*(?:%|percent|k|thousand|million)?\s+(?:of\s+)?(?:all\s+|our\s+|the\s+)?(?:customers?|users?|accounts?|tenants?|merchants?|subscribers?)\b`)

// namesMany is the cheap question asked before countsPeople, and before other figures are read.
func namesMany(s string) bool {
	for _, w := range []string{"ustomer", "user", "User", "account", "tenant", "erchant", "ubscriber", "equest", "rder"} {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// prompts are the sections that only people can write.
func (b *Brief) prompts() []Prompt {
	if !b.reviewed() {
		return nil
	}
	factors := []Question{{Text: "Which conditions together let this happen, and which made it last as long as it did?"}}
	said := func(n incident.MilestoneName, what, ask string) (Question, bool) {
		m := find(b.Milestones, n)
		if m.State != incident.Proposed || m.Quote == "" || m.Loose {
			return Question{}, false
		}
		return Question{upper(b.clock.on(m.At)) + " " + what + " " + quote(unended(m.Quote)) + ".", ask, m.Refs}, true
	}
	sign := means(plainWords(find(b.Milestones, incident.Detected).Quote), readings())
	if q, ok := said(incident.Detected, "the first sign was", "What lies behind it, and could it have shown earlier?"); ok && sign&(saysDetected|saysBroken) != 0 {
		factors = append(factors, q)
	} else {
		for _, x := range b.Story {
			if x.Message && slices.Contains(x.Why, saysFails) {
				factors = append(factors, Question{"An early message was " + quote(unended(b.said(x.Ref))) + ".", "What lies behind it?", Refs{x.Ref}})
				break
			}
		}
	}
	if q, ok := said(incident.IdentifiedAt, "the cause was named:", "What made that possible, and what else had to be so?"); ok {
		factors = append(factors, q)
	}
	helped := []Question{}
	surprise := []Question{}
	if x := b.undone(); x != nil {
		surprise = append(surprise, Question{upper(b.clock.on(x.at)) + " it was not over yet: " + quote(unended(x.quote())) + ".", "What had been expected to work, and why did it not?", Refs{b.record.ref(x.e.Seq)}})
	}
	for _, th := range b.Theories {
		switch th.State {
		case incident.TheoryAccepted:
			factors = append(factors, Question{"Theory " + itoa(th.Number) + ", " + quote(th.Text) + ", was confirmed.", "What made that possible?", th.Refs})
		case incident.TheoryOut:
			surprise = append(surprise, Question{"We believed " + quote(th.Text) + " until " + b.clock.at(th.To) + ".", "What does that tell us about how the system really works?", th.Refs})
		}
	}
	if m, ok := b.milestone(incident.Mitigated); ok {
		helped = append(helped, Question{"It was mitigated " + b.clock.span(m.At, m.Until) + because(m.Evidence) + ".", "What made that possible, and what made it no worse until then?", m.Refs})
	} else if q, ok := said(incident.Mitigated, "it got better:", "What made that possible, and what made it no worse until then?"); ok {
		helped = append(helped, q)
	} else {
		helped = append(helped, Question{Text: "What kept it from being worse, and what ended it?"})
	}
	if len(surprise) == 0 {
		surprise = append(surprise, Question{Text: "What did somebody learn here about how the system really works?"})
	}
	lucky := Question{Text: "What went well only by chance: the hour, who was awake, what happened to be watched?"}
	if d, ok := b.milestone(incident.DeclaredAt); ok {
		lucky = Question{
			"It was declared on a " + d.At.In(b.Zone).Format("Monday") + " " + b.clock.on(d.At) + ".",
			"How would it have gone at another hour, or with other people on call?", d.Refs,
		}
	} else if len(b.heard) > 0 {
		first := b.heard[0]
		lucky = Question{
			"The first word was said on a " + first.At.In(b.Zone).Format("Monday") + " " + b.clock.on(first.At) + ".",
			"How would it have gone at another hour, or with other people there?", first.Refs,
		}
	}
	lesson := Question{Text: "What should the next person who meets this know?"}
	if len(b.Actions) > 0 {
		lesson.Text = "What should the next person who meets this know, beyond the follow-ups above?"
	}
	return []Prompt{
		{"Contributing factors", factors},
		{"What helped", helped},
		{"What surprised us", surprise},
		{"Where we were lucky", []Question{lucky}},
		{"Lessons", []Question{lesson}},
	}
}

// undone is the last word that it went on, if it was said after things were
// said to be better; nil if there is none.
func (b *Brief) undone() *saying {
	better := first(b.sayings, saysRecovers|saysFixed, b.known(incident.Detected), time.Time{})
	if better == nil {
		return nil
	}
	until := b.known(incident.ResolvedAt)
	return last(b.sayings, saysStill, better.at.Add(time.Second), until)
}
