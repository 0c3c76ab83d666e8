package postmortem

import (
	"strconv"
	"strings"

	"sitrep/incident"
)

// did says who did or said what, in words that can be read alone. The entry
// must be quotable.
func (c clock) did(e *incident.Entry) string {
	by := name(e.By)
	if e.IsMessage() {
		return by + ": " + said(e)
	}
	if len(e.Versions) > 0 { // a correction replaced the words
		return by + ", as corrected: " + quote(e.Text)
	}
	switch ev := e.Event.(type) {
	case incident.Declared:
		what := " declared the incident"
		if ev.Drill {
			what = " declared a drill"
		}
		return by + what + " (" + severity(ev.Severity) + "): " + quote(ev.Title) + affecting(ev.Affects)
	case incident.StateChanged:
		return by + " set the state to " + string(ev.Status) + because(ev.Text)
	case incident.Reopened:
		return by + " reopened the incident" + because(ev.Why)
	case incident.CanceledBy:
		return by + " canceled the incident" + because(ev.Why)
	case incident.MergedInto:
		return by + " merged the incident into " + term(ev.Into) + because(ev.Why)
	case incident.Absorbed:
		return term(ev.From) + " was merged into this incident"
	case incident.Unmerged:
		return by + " made the incident its own again"
	case incident.NoteAdded:
		return by + " noted: " + quote(ev.Text)
	case incident.LinkAdded:
		return by + " linked " + quote(ev.Target) + because(ev.How)
	case incident.MilestoneRecorded:
		return c.milestone(e, ev)
	case incident.SeverityChanged:
		return by + " set the severity to " + severity(ev.Severity) + because(ev.Why)
	case incident.ComponentsChanged:
		return by + " recorded what is affected" + affecting(ev.Affects)
	case incident.Renamed:
		return by + " renamed the incident: " + quote(ev.Title)
	case incident.PrivacyChanged:
		if ev.Private {
			return by + " made the incident private"
		}
		return by + " made the incident visible to the team"
	default:
		return c.didForPeople(e)
	}
}

// didForPeople says what was done about roles, follow-ups and theories.
func (c clock) didForPeople(e *incident.Entry) string {
	by := name(e.By)
	switch ev := e.Event.(type) {
	case incident.RoleAssigned:
		switch {
		case ev.Who.IsZero():
			return by + " recorded that nobody is " + term(ev.Role)
		case ev.Who.ID == e.By.ID:
			return by + " took the role of " + term(ev.Role)
		}
		return by + " gave the role of " + term(ev.Role) + " to " + name(ev.Who)
	case incident.HandoverOffered:
		return by + " offered the role of " + term(ev.Role) + " to " + name(ev.To)
	case incident.HandoverAccepted:
		return by + " took over as " + term(ev.Role)
	case incident.ActionAdded:
		return by + " added a follow-up: " + quote(ev.Text)
	case incident.ActionDone:
		return by + " recorded follow-up " + strconv.Itoa(ev.Number) + " as done"
	case incident.ActionAssigned:
		return by + " gave follow-up " + strconv.Itoa(ev.Number) + " to " + name(ev.Owner)
	case incident.TheoryAdded:
		return by + " put up a theory: " + quote(ev.Text)
	case incident.TheoryEvidence:
		return by + " added evidence on theory " + strconv.Itoa(ev.Number) + ": " + quote(ev.Text)
	case incident.TheoryRuledOut:
		return by + " ruled out theory " + strconv.Itoa(ev.Number) + because(ev.Why)
	case incident.TheoryConfirmed:
		return by + " confirmed theory " + strconv.Itoa(ev.Number) + because(ev.Why)
	case incident.PostmortemPublished:
		return by + " published the postmortem"
	case incident.PostmortemUnpublished:
		return by + " took the postmortem off the page"
	}
	return by + ": " + quote(e.Text)
}

func (c clock) milestone(e *incident.Entry, ev incident.MilestoneRecorded) string {
	by := name(e.By)
	what := milestoneWords(ev.Name)
	if ev.NotApplicable {
		return by + " recorded that the milestone " + what + " does not apply" + because(ev.Evidence)
	}
	out := upper(what)
	if !ev.Until.IsZero() {
		out += ", " + c.span(ev.At, ev.Until)
	}
	out += ", as " + by + " recorded"
	if !e.Recorded.IsZero() && c.at(e.Recorded) != c.at(e.At) {
		out += " " + c.on(e.Recorded)
	}
	return out + because(ev.Evidence)
}

// said is what a message says, with the names of what was attached.
func said(e *incident.Entry) string {
	var files []string
	for _, f := range e.Files {
		files = append(files, quote(f.Name))
	}
	with := ""
	if len(files) > 0 {
		with = "with the file " + and(files)
	}
	switch {
	case strings.TrimSpace(e.Text) == "" && with == "":
		return "(no words)"
	case strings.TrimSpace(e.Text) == "":
		return with
	case with != "":
		return quote(e.Text) + ", " + with
	}
	return quote(e.Text)
}

func because(s string) string {
	if strings.TrimSpace(s) == "" {
		return ""
	}
	return ": " + quote(s)
}

func severity(s string) string {
	if s == "" {
		return "severity not set"
	}
	return term(s)
}

// affecting says which components are in which state: ", Main Application and
// Payment Processing: major outage".
func affecting(cs []incident.ComponentChange) string {
	out := ""
	for _, g := range byState(cs) {
		out += "; " + and(g.names) + ": " + state(g.state)
	}
	return out
}

type stateGroup struct {
	state incident.ComponentState
	names []string
}

// byState puts components of one state together, in the order of first mention.
func byState(cs []incident.ComponentChange) []stateGroup {
	var out []stateGroup
next:
	for _, c := range cs {
		if c.New == "" {
			continue
		}
		for i := range out {
			if out[i].state == c.New {
				out[i].names = append(out[i].names, term(c.Name))
				continue next
			}
		}
		out = append(out, stateGroup{c.New, []string{term(c.Name)}})
	}
	return out
}
