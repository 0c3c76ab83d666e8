package postmortem

import (
	"slices"

	"sitrep/incident"
	"sitrep/instant"
)

// forget takes out of the brief what a past channel cannot have: that somebody
// declared the incident, and what follows from it. The commands that the record
// begins with are ours, given to read the channel in.
func (b *Brief) forget() {
	gone := []incident.MilestoneName{incident.DeclaredAt, incident.FirstPublicWord, incident.PostmortemPublishedAt}
	b.Milestones = slices.DeleteFunc(b.Milestones, func(m Milestone) bool { return slices.Contains(gone, m.Name) })
	b.Metrics = slices.DeleteFunc(b.Metrics, func(m Metric) bool { return slices.Contains(gone, m.To) })
	b.Others = slices.DeleteFunc(b.Others, func(p Participant) bool {
		return !slices.ContainsFunc(b.heard, func(e Event) bool { return e.By == p.Who })
	})
	b.Declared, b.Graded, b.Stood = Event{}, Event{}, Event{}
}

// heard are the entries that people said in the channel; the others are ours.
func heard(e *incident.Entry) bool { return e.IsMessage() }

// summarizePast says what the report is drafted from.
func (b *Brief) summarizePast(add func(string, Refs)) {
	if len(b.heard) == 0 {
		add("Nothing was said in "+term(b.Past)+".", nil)
		return
	}
	first, last := b.heard[0], b.heard[len(b.heard)-1]
	out := "In " + term(b.Past) + " " + count(len(b.heard), "message") + " " + was(len(b.heard)) + " said"
	if len(b.heard) == 1 {
		add(out+", "+b.clock.on(first.At)+".", first.Refs)
		return
	}
	day := func(e Event) string { return instant.Date(e.At, b.Zone) }
	if day(first) == day(last) {
		add(out+" on "+day(first)+", from "+b.clock.at(first.At)+" to "+b.clock.at(last.At)+".", first.Refs.and(last.Refs...))
		return
	}
	clock := func(e Event) string { return day(e) + ", " + e.At.In(b.Zone).Format("15:04") }
	add(out+", from "+clock(first)+" to "+clock(last)+".", first.Refs.and(last.Refs...))
}
