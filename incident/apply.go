package incident

import (
	"strconv"
	"strings"
	"time"
)

// erasedText stands where a text was erased for good.
const erasedText = "[erased]"

// Apply folds one event of the incident's own stream into its state. It never
// fails: the event has happened. Events must come in the order of their N.
//
// Of an erased event only its kind is known: what it added stands as erased, so
// that numbers keep their meaning, and what it changed stays what it was.
func (in *Incident) Apply(m Meta, ev Event) {
	in.LastN, in.Changed = m.N, m.Recorded
	switch e := ev.(type) {
	case Declared:
		in.applyDeclared(m, e)
	case StateChanged:
		verb := e.Verb
		if verb == "" {
			verb = "state"
		}
		in.setStatus(m, e.Status, verb)
	case UpdatePosted:
		in.applyUpdate(m, e)
	case UpdateEdited:
		in.applyUpdateEdited(m, e)
	case UpdateWithdrawn:
		in.applyWithdrawn(m, e)
	case PublicImported:
		in.applyImported(m, e)
	case Brought:
		in.Brought = &e
	case PreviewOpened:
		in.Previews = in.Previews.opened(m, e)
	case PreviewClosed:
		in.Previews.closed(e)
	case DeliveryFailed:
		in.Failures = append(in.Failures, Failure{DeliveryFailed: e, Meta: m})
		if n := len(in.Failures); n > keptFailures {
			in.Failures = in.Failures[n-keptFailures:]
		}
	case Reopened:
		in.CanceledWhy, in.MergedInto = "", ""
		in.setStatus(m, Investigating, "reopen")
	case CanceledBy:
		in.CanceledWhy = e.Why
		in.setStatus(m, Canceled, "cancel")
	case MergedInto:
		in.MergedInto = e.Into
		in.setStatus(m, Merged, "merge")
	case Unmerged:
		in.MergedInto = ""
		in.setStatus(m, Investigating, "unmerge")
	case Absorbed:
		if e.From != "" {
			in.Absorbed = append(in.Absorbed, e.From)
		}
	case LinkAdded:
		if m.Redacted {
			e.Target = erasedText
		}
		in.Links = append(in.Links, Link{Target: e.Target, How: e.How, Meta: m})
	case MilestoneRecorded:
		in.applyMilestone(m, e)
	case SeverityChanged:
		if !m.Redacted {
			in.setSeverity(m, e.Severity)
		}
	case ComponentsChanged:
		in.Affects = overlay(in.Affects, e.Affects)
	case Renamed:
		if !m.Redacted {
			in.Title = e.Title
		}
	case PrivacyChanged:
		in.setPrivate(m, e.Private)
	case RoleAssigned, HandoverOffered, HandoverAccepted:
		if !m.Redacted {
			in.applyRole(e)
		}
	case ActionAdded, ActionDone, ActionAssigned:
		in.applyAction(m, e)
	case TheoryAdded, TheoryEvidence, TheoryRuledOut, TheoryConfirmed:
		in.applyTheory(m, e)
	case PostmortemAsked, PostmortemProgress, PostmortemDrafted, PostmortemEdited, PostmortemPublished, PostmortemUnpublished:
		in.applyReport(m, e)
	case PostmortemOwned, PostmortemDue, PostmortemReviewAsked, PostmortemReviewed, PostmortemReturned,
		PostmortemClosed, PostmortemReopened, PostmortemReminded:
		in.Report.applyLife(m, e)
	case RoomOpened:
		if !m.Redacted {
			in.Rooms = append(in.Rooms, Room{Place: e.Room, Ref: e.Ref, Adopted: e.Adopted, Aside: e.Aside})
			in.Retired = false
		}
	case RoomsRetired:
		in.Retired = true
	case EntryCorrected:
		in.correctMilestone(m, e)
	case RoomChanged:
		for i := range in.Rooms {
			if r := &in.Rooms[i]; r.Platform == e.Room.Platform && r.ID == e.Room.ID && e.Named && !m.Redacted {
				r.Name, r.Named = e.Room.Name, true
			}
		}
	case RoomClosed:
		for i := range in.Rooms {
			if in.Rooms[i].Place.Platform == e.Room.Platform && in.Rooms[i].Place.ID == e.Room.ID {
				in.Rooms[i].Closed = true
			}
		}
	}
}

func (in *Incident) applyDeclared(m Meta, e Declared) {
	in.Title = e.Title
	if m.Redacted {
		in.Title = erasedText
	}
	in.Drill, in.Affects, in.Declared = e.Drill, e.Affects, m
	in.setPrivate(m, e.Private)
	in.setMilestone(Milestone{Name: DeclaredAt, At: m.When, By: m.By, Source: source("declare", m), Seq: m.Seq})
	in.setStatus(m, Investigating, "declare")
	in.setSeverity(m, e.Severity)
}

// setPrivate makes the incident private or not. Where that was erased, nobody
// can tell any more, and it is better hidden than shown.
func (in *Incident) setPrivate(m Meta, private bool) {
	in.Private, in.PrivacyErased = private || m.Redacted, m.Redacted
}

func (in *Incident) applyUpdate(m Meta, e UpdatePosted) {
	if m.Redacted {
		e.Body, e.Shown = erasedText, m.When
	}
	if in.PrivacyErased {
		in.Private, in.PrivacyErased = false, false // no private incident is told to customers
	}
	if e.Title != "" {
		in.PublicTitle = e.Title
	}
	number := len(in.Updates) + 1
	in.Updates = append(in.Updates, Update{UpdatePosted: e, Number: number, Meta: m})
	src := source("update "+strconv.Itoa(number), m)
	if number == 1 {
		in.setMilestone(Milestone{Name: FirstPublicWord, At: e.Shown, By: m.By, Source: src, Seq: m.Seq})
	}
	if e.Status == Identified && in.Milestones[IdentifiedAt].State != Recorded {
		in.setMilestone(Milestone{Name: IdentifiedAt, At: e.Shown, By: m.By, Source: src, Seq: m.Seq})
	}
}

func (in *Incident) applyUpdateEdited(m Meta, e UpdateEdited) {
	i := e.Number - 1
	if i < 0 || i >= len(in.Updates) {
		return // the update it names is not of this incident: nothing to mend
	}
	u := &in.Updates[i]
	u.Prior = append(u.Prior[:len(u.Prior):len(u.Prior)], u.Body)
	u.Edited = m.Recorded
	u.Body, u.HTML = e.Body, ""
}

func (in *Incident) setStatus(m Meta, s Status, verb string) {
	if s == "" {
		return // erased: the state stays what it was
	}
	in.Status = s
	if s.Open() {
		delete(in.Milestones, ResolvedAt)
	}
	in.States = append(in.States, StateSpan{Status: s, Since: m.When, Seq: m.Seq})
	switch {
	case s == Identified && in.Milestones[IdentifiedAt].State != Recorded:
		in.setMilestone(Milestone{Name: IdentifiedAt, At: m.When, By: m.By, Source: source(verb, m), Seq: m.Seq})
	case s == Resolved:
		in.setMilestone(Milestone{Name: ResolvedAt, At: m.When, By: m.By, Source: source(verb, m), Seq: m.Seq})
	}
}

func (in *Incident) setSeverity(m Meta, sev string) {
	in.Severity = sev
	in.Severities = append(in.Severities, SeveritySpan{Severity: sev, Since: m.When, Seq: m.Seq})
}

func (in *Incident) applyMilestone(m Meta, e MilestoneRecorded) {
	ms := Milestone{Name: e.Name, At: e.At, Until: e.Until, By: m.By, Source: "milestone", Evidence: e.Evidence, Seq: m.Seq}
	if e.NotApplicable {
		ms.State = NotApplicable
	}
	in.setMilestone(ms)
}

// correctMilestone moves what a corrected entry had recorded.
func (in *Incident) correctMilestone(m Meta, e EntryCorrected) {
	if e.Of == 0 || e.At.IsZero() || m.Redacted {
		return
	}
	for name, ms := range in.Milestones {
		if ms.Seq == e.Of && ms.State == Recorded {
			ms.At, ms.Until, ms.Source = e.At, time.Time{}, strings.TrimSuffix(ms.Source, ", corrected")+", corrected"
			in.Milestones[name] = ms
		}
	}
}

func (in *Incident) setMilestone(ms Milestone) {
	if ms.Name == "" {
		return // erased
	}
	if ms.State == "" {
		ms.State = Recorded
	}
	if in.Milestones == nil {
		in.Milestones = map[MilestoneName]Milestone{}
	}
	in.Milestones[ms.Name] = ms
}

func (in *Incident) applyRole(ev Event) {
	if in.Roles == nil {
		in.Roles, in.Handovers = map[string]Person{}, map[string]Person{}
	}
	switch e := ev.(type) {
	case RoleAssigned:
		delete(in.Handovers, e.Role)
		if e.Who.IsZero() {
			delete(in.Roles, e.Role)
			return
		}
		in.Roles[e.Role] = e.Who
	case HandoverOffered:
		in.Handovers[e.Role] = e.To
	case HandoverAccepted:
		if to, ok := in.Handovers[e.Role]; ok {
			in.Roles[e.Role] = to
			delete(in.Handovers, e.Role)
		}
	}
}

func (in *Incident) applyAction(m Meta, ev Event) {
	switch e := ev.(type) {
	case ActionAdded:
		if m.Redacted {
			e.Text = erasedText
		}
		in.Actions = append(in.Actions, Action{Number: len(in.Actions) + 1, Text: e.Text, Owner: e.Owner, By: m.By, Added: m.When, Seq: m.Seq})
	case ActionDone:
		if i := e.Number - 1; i >= 0 && i < len(in.Actions) {
			in.Actions[i].Done = m.When
		}
	case ActionAssigned:
		if i := e.Number - 1; i >= 0 && i < len(in.Actions) {
			in.Actions[i].Owner = e.Owner
		}
	}
}

func (in *Incident) applyTheory(m Meta, ev Event) {
	at := func(n int) *Theory {
		if n < 1 || n > len(in.Theories) {
			return &Theory{} // not of this incident: changes nothing
		}
		return &in.Theories[n-1]
	}
	switch e := ev.(type) {
	case TheoryAdded:
		if m.Redacted {
			e.Text = erasedText
		}
		in.Theories = append(in.Theories, Theory{Number: len(in.Theories) + 1, Text: e.Text, State: TheoryOpen, By: m.By, Added: m.When, Seq: m.Seq})
	case TheoryEvidence:
		t := at(e.Number)
		t.Evidence = append(t.Evidence[:len(t.Evidence):len(t.Evidence)], e.Text)
	case TheoryRuledOut:
		t := at(e.Number)
		t.State, t.Why, t.Closed, t.CloseSeq = TheoryOut, e.Why, m.When, m.Seq
	case TheoryConfirmed:
		t := at(e.Number)
		t.State, t.Why, t.Closed, t.CloseSeq = TheoryAccepted, e.Why, m.When, m.Seq
	}
}

// source names the command that set something, and whether its time was
// claimed rather than observed.
func source(verb string, m Meta) string {
	if m.Claimed {
		return verb + " at:"
	}
	return verb
}
