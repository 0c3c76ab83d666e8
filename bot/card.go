package bot

import (
	"time"

	"sitrep/incident"
)

// NewCard builds the card of an incident as it stands at now. undelivered says
// what could not be delivered, a sentence each; zone is the page's.
func NewCard(in *incident.Incident, now time.Time, zone *time.Location, undelivered []string) Card {
	c := Card{
		Incident: in.ID, Title: in.Title, Severity: in.Severity, State: in.Status.Label(), Started: in.Declared.When,
		Leader: in.Commander().String(), Affected: in.Affects, Public: in.IsPublic(), Undelivered: undelivered,
		Private: in.Private, Drill: in.Drill, Zone: zone,
	}
	if m := in.Milestones[incident.ImpactStarted]; m.State == incident.Recorded {
		c.Started, c.StartedKnown = m.At, true
	}
	if m := in.Milestones[incident.ResolvedAt]; m.State == incident.Recorded && in.Status == incident.Resolved {
		c.Ended = m.At
	}
	if in.MergedInto != "" {
		c.State = "Merged into " + in.MergedInto
	}
	if c.Public {
		c.Affected = mergeStates(in.Affects, in.Published())
		if u, ok := in.LastWord(); ok {
			c.LastWord, c.LastWordAt, c.LastLabel = u.Body, u.Shown, u.Status.Label()
		}
		if c.NextWord = in.NextWord(); !c.NextWord.IsZero() {
			c.Overdue = now.After(c.NextWord)
		}
	}
	for _, p := range in.Previews.Waiting() {
		c.Waiting = append(c.Waiting, p.Number)
	}
	for _, t := range in.Theories {
		if t.State == incident.TheoryOpen {
			c.Theories = append(c.Theories, t.Text)
		}
	}
	c.Buttons = cardButtons(in)
	return c
}

// cardButtons are what can be done next: at most five, and Take it while nobody
// leads.
func cardButtons(in *incident.Incident) []Button {
	if !in.Open() {
		return []Button{
			{Label: "Catch me up", Command: "sitrep " + in.ID},
			{Label: "Postmortem", Command: "postmortem " + in.ID + " show"},
			{Label: "Reopen", Command: "form " + in.ID + " reopen"},
		}
	}
	var bs []Button
	if in.Commander().IsZero() {
		bs = append(bs, Button{Label: "Take it", Command: "role " + in.ID + " commander @me", Style: Primary})
	}
	if !in.Private && !in.Drill {
		bs = append(bs, Button{Label: "Tell customers", Command: "form " + in.ID + " update", Style: Primary})
	}
	return append(bs,
		Button{Label: "State", Command: "form " + in.ID + " state"},
		Button{Label: "Severity", Command: "form " + in.ID + " severity"},
		Button{Label: "Role", Command: "role " + in.ID},
		Button{Label: "Catch me up", Command: "sitrep " + in.ID},
	)
}

// mergeStates lays what customers were told over what the team believes, where
// the team has said nothing of a component.
func mergeStates(team, public []incident.ComponentChange) []incident.ComponentChange {
	out := append([]incident.ComponentChange(nil), team...)
next:
	for _, p := range public {
		for i := range out {
			if out[i].ID == p.ID {
				out[i] = p
				continue next
			}
		}
		out = append(out, p)
	}
	return out
}
