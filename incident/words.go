package incident

import (
	"fmt"
	"strings"
)

// Words says in one line what an event did, so that it can be read alone in a
// timeline. Who and when are told beside it, so they are left out; so are
// instants, which only the reader's zone can print.
func Words(ev Event) string {
	switch e := ev.(type) {
	case Declared:
		kind := "declared"
		if e.Drill {
			kind = "declared a drill"
		}
		sev := e.Severity
		if sev == "" {
			sev = "severity not set"
		}
		return fmt.Sprintf("%s (%s): %s%s", kind, sev, e.Title, affecting(e.Affects))
	case StateChanged:
		return join("set the state to "+string(e.Status), e.Text)
	case UpdatePosted:
		return fmt.Sprintf("told customers (%s)%s: %s", e.Status, affecting(e.Affects), e.Body)
	case UpdateWithdrawn:
		return fmt.Sprintf("withdrew update %d from the page, before anybody was notified", e.Number)
	case Reopened:
		return join("reopened the incident", e.Why)
	case CanceledBy:
		return join("canceled the incident", e.Why)
	case MergedInto:
		return join("merged the incident into "+e.Into, e.Why)
	case Absorbed:
		return e.From + " was merged into this incident"
	case Unmerged:
		return "made the incident its own again"
	case NoteAdded:
		return e.Text
	case LinkAdded:
		return join("linked "+e.Target, e.How)
	case MilestoneRecorded:
		if e.NotApplicable {
			return join("milestone "+string(e.Name)+" does not apply", e.Evidence)
		}
		return join("milestone "+string(e.Name), e.Evidence)
	case SeverityChanged:
		if e.Severity == "" {
			return join("severity is not set any more", e.Why)
		}
		return join("set the severity to "+e.Severity, e.Why)
	case ComponentsChanged:
		return "for the team" + affecting(e.Affects)
	case Renamed:
		return "renamed the incident to " + e.Title
	case PrivacyChanged:
		if e.Private {
			return "made the incident private"
		}
		return "made the incident visible to the team"
	case RoleAssigned:
		if e.Who.IsZero() {
			return "nobody is " + e.Role + " any more"
		}
		return e.Who.String() + " is " + e.Role
	case HandoverOffered:
		return "offered " + e.Role + " to " + e.To.String()
	case HandoverAccepted:
		return "took " + e.Role + " over"
	case ActionAdded:
		return "follow-up: " + e.Text
	case ActionDone:
		return fmt.Sprintf("follow-up %d is done", e.Number)
	case ActionAssigned:
		return fmt.Sprintf("follow-up %d goes to %s", e.Number, e.Owner)
	case TheoryAdded:
		return "theory: " + e.Text
	case TheoryEvidence:
		return fmt.Sprintf("evidence on theory %d: %s", e.Number, e.Text)
	case TheoryRuledOut:
		return join(fmt.Sprintf("ruled out theory %d", e.Number), e.Why)
	case TheoryConfirmed:
		return join(fmt.Sprintf("confirmed theory %d", e.Number), e.Why)
	case PublicImported:
		return e.words()
	case Brought:
		return "brought " + e.ID + " over from " + e.From
	case PostmortemProgress:
		return fmt.Sprintf("%s is being asked for %s (%d of %d)", e.Model, passage(e.Passage), e.N, e.Of)
	case PostmortemDrafted:
		return e.words()
	case PostmortemPublished:
		return "published the postmortem"
	case PostmortemUnpublished:
		return "took the postmortem off the page"
	case PostmortemOwned:
		if e.Who.IsZero() {
			return "nobody owns the postmortem any more"
		}
		return e.Who.String() + " owns the postmortem"
	case PostmortemDue:
		return "set when the postmortem is due"
	case PostmortemReviewAsked:
		who := "everybody"
		if !e.Of.IsZero() {
			who = e.Of.String()
		}
		return join("asked "+who+" to review the postmortem", e.Text)
	case PostmortemReviewed:
		return join("reviewed the postmortem", e.Text)
	case PostmortemReturned:
		return join("sent the postmortem back", e.Why)
	case PostmortemClosed:
		return join("closed the postmortem", e.Why)
	case PostmortemReopened:
		return join("opened the postmortem again", e.Why)
	case RoomOpened:
		return "opened " + e.Room.Name
	case RoomsRetired:
		return "put the rooms away"
	case MessageSaid:
		return e.Text
	case Joined:
		return e.Who.String() + " joined"
	}
	return ev.Kind()
}

// passage is what a reader calls a passage of a report.
func passage(name string) string {
	switch name {
	case "course":
		return "the account of what happened"
	case "customer":
		return "the customer version"
	}
	return "the " + name
}

// words say what a model made of a draft, if one was asked.
func (e PostmortemDrafted) words() string {
	if len(e.Calls) == 0 {
		return "the postmortem is drafted"
	}
	var wrote, not []string
	why, dropped := "", 0
	for _, c := range e.Calls {
		dropped += c.Dropped
		if c.Outcome == "written" {
			wrote = append(wrote, passage(c.Passage))
		} else {
			not, why = append(not, passage(c.Passage)), c.Outcome
		}
	}
	out := "the postmortem is drafted. "
	if len(wrote) > 0 {
		out += e.Calls[0].Model + " put " + listed(wrote) + " into prose. "
	}
	switch {
	case dropped == 1:
		out += "One sentence that the record does not carry was dropped. "
	case dropped > 1:
		out += fmt.Sprintf("%d sentences that the record does not carry were dropped. ", dropped)
	}
	if len(not) > 0 {
		stand := " stands as the record has it. "
		if len(not) > 1 {
			stand = " stand as the record has them. "
		}
		out += strings.ToUpper(not[0][:1]) + listed(not)[1:] + stand + why
	}
	return strings.TrimRight(out, ". ")
}

// listed joins words for a sentence: "A", "A and B", "A, B and C".
func listed(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

func affecting(cs []ComponentChange) string {
	if len(cs) == 0 {
		return ""
	}
	parts := make([]string, len(cs))
	for i, c := range cs {
		parts[i] = c.Name + " " + strings.ToLower(c.New.Label())
	}
	return ", " + strings.Join(parts, ", ")
}

func join(what, more string) string {
	if more == "" {
		return what
	}
	return what + ": " + more
}
