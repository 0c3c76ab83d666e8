package incident

import (
	"strings"
	"time"
)

// open is nil, or the Problem that the postmortem is closed.
func (in *Incident) openPostmortem() error {
	if c := in.Report.Closed; c != nil {
		return Problemf("closed", "The postmortem of %s is closed. Open it again first: postmortem reopen <why>.", in.ID)
	}
	return nil
}

// textToReview is nil, or the Problem that there is nothing to read yet.
func (in *Incident) textToReview() error {
	if in.Report.newest() == 0 {
		return Problemf("no-draft", "There is no postmortem of %s yet. Make a draft with: postmortem draft.", in.ID)
	}
	return nil
}

// AskPostmortem decides that a new draft is made. The error is a Problem.
func (in *Incident) AskPostmortem() ([]Event, error) {
	if err := in.openPostmortem(); err != nil {
		return nil, err
	}
	return []Event{PostmortemAsked{}}, nil
}

// AskModel decides that a new draft is made, and put into prose by a language
// model. The error is a Problem.
func (in *Incident) AskModel() ([]Event, error) {
	if err := in.openPostmortem(); err != nil {
		return nil, err
	}
	if in.Report.Waiting.Seq != 0 {
		return nil, Problemf("model-busy", "The postmortem of %s is being put into prose already; its room hears when it is done.", in.ID)
	}
	return []Event{PostmortemAsked{Model: true}}, nil
}

// OwnPostmortem decides who sees to it; the zero Person is nobody. The error is
// a Problem.
func (in *Incident) OwnPostmortem(who Person) ([]Event, error) {
	if err := in.openPostmortem(); err != nil {
		return nil, err
	}
	switch o := in.Report.Owner; {
	case o.IsZero() && who.IsZero():
		return nil, Problemf("same-owner", "Nobody owns the postmortem of %s.", in.ID)
	case o.ID == who.ID:
		return nil, Problemf("same-owner", "%s owns the postmortem of %s already.", who, in.ID)
	}
	return []Event{PostmortemOwned{Who: who}}, nil
}

// SetPostmortemDue decides by when it is to be reviewed; the zero time takes
// the date away. The error is a Problem.
func (in *Incident) SetPostmortemDue(at, now time.Time) ([]Event, error) {
	if err := in.openPostmortem(); err != nil {
		return nil, err
	}
	switch {
	case at.IsZero() && in.Report.Due.IsZero():
		return nil, Problemf("same-due", "The postmortem of %s has no date.", in.ID)
	case at.Equal(in.Report.Due):
		return nil, Problemf("same-due", "The postmortem of %s is due then already.", in.ID)
	case !at.IsZero() && !at.After(now):
		return nil, Problemf("bad-due", "That is over already. Write a time to come: postmortem due 5d, or postmortem due 2026-12-01.")
	}
	return []Event{PostmortemDue{At: at}}, nil
}

// AskReview decides that somebody, or anybody, is asked to review what stands
// there. The error is a Problem.
func (in *Incident) AskReview(of Person, text string) ([]Event, error) {
	if err := in.openPostmortem(); err != nil {
		return nil, err
	}
	if err := in.textToReview(); err != nil {
		return nil, err
	}
	r := in.Report
	switch {
	case r.InReview() && r.Review.Of.ID == of.ID && strings.TrimSpace(text) == "":
		return nil, Problemf("in-review", "The postmortem of %s is in review already. Whoever has read it says so with: postmortem reviewed.", in.ID)
	case r.IsReviewed() && !r.ChangedSince():
		return nil, Problemf("reviewed", "%s has reviewed the postmortem of %s, and nothing was changed since.", r.Review.Done.By, in.ID)
	}
	return []Event{PostmortemReviewAsked{Of: of, Text: strings.TrimSpace(text)}}, nil
}

// ReviewPostmortem decides that what stands there was reviewed. The error is a
// Problem.
func (in *Incident) ReviewPostmortem(text string) ([]Event, error) {
	if err := in.openPostmortem(); err != nil {
		return nil, err
	}
	if err := in.textToReview(); err != nil {
		return nil, err
	}
	r := in.Report
	switch {
	case r.IsReviewed() && !r.ChangedSince():
		return nil, Problemf("reviewed", "%s has reviewed the postmortem of %s already, and nothing was changed since.", r.Review.Done.By, in.ID)
	case !r.InReview() && !r.IsReviewed():
		return nil, Problemf("not-in-review", "The postmortem of %s is not in review: its authors may still be writing. Ask for one first: postmortem review.", in.ID)
	}
	return []Event{PostmortemReviewed{Text: strings.TrimSpace(text)}}, nil
}

// ReturnPostmortem decides that it is a draft again. The error is a Problem.
func (in *Incident) ReturnPostmortem(why string) ([]Event, error) {
	if err := in.openPostmortem(); err != nil {
		return nil, err
	}
	switch r := in.Report; {
	case !r.InReview() && !r.IsReviewed():
		return nil, Problemf("not-in-review", "The postmortem of %s is not in review, so there is nothing to send back.", in.ID)
	case strings.TrimSpace(why) == "":
		return nil, Problemf("why-missing", "Say what is to be changed: postmortem return <what>.")
	}
	return []Event{PostmortemReturned{Why: strings.TrimSpace(why)}}, nil
}

// ClosePostmortem decides that nothing of it changes any more. One that nobody
// has reviewed, or that was changed since, is closed only with a reason. The
// error is a Problem.
func (in *Incident) ClosePostmortem(why string) ([]Event, error) {
	why = strings.TrimSpace(why)
	switch r := in.Report; {
	case r.Closed != nil:
		return nil, Problemf("closed", "The postmortem of %s is closed already.", in.ID)
	case in.Open():
		return nil, Problemf("still-open", "%s is still %s. Resolve it first; then its postmortem can be closed.", in.ID, in.Status)
	case why != "":
	case !r.IsReviewed():
		return nil, Problemf("not-reviewed", "Nobody has reviewed the postmortem of %s. Ask for it with: postmortem review. Or say why it is closed without: postmortem close <why>.", in.ID)
	case r.ChangedSince():
		return nil, Problemf("changed", "The postmortem of %s was changed after %s reviewed it. Ask again with: postmortem review. Or say why it is closed without: postmortem close <why>.", in.ID, r.Review.Done.By)
	}
	return []Event{PostmortemClosed{Why: why}}, nil
}

// ReopenPostmortem decides that it can be changed again. The error is a Problem.
func (in *Incident) ReopenPostmortem(why string) ([]Event, error) {
	switch {
	case in.Report.Closed == nil:
		return nil, Problemf("not-closed", "The postmortem of %s is not closed.", in.ID)
	case strings.TrimSpace(why) == "":
		return nil, Problemf("why-missing", "Say why: postmortem reopen <why>.")
	}
	return []Event{PostmortemReopened{Why: strings.TrimSpace(why)}}, nil
}

// EditPostmortem decides a new text for a version, "internal" or "customer".
// over is the record of the text that its author began with, 0 if that is not
// known: what somebody else has written meanwhile is not written over. The
// error is a Problem.
func (in *Incident) EditPostmortem(version, text string, over uint64) ([]Event, error) {
	if err := in.openPostmortem(); err != nil {
		return nil, err
	}
	r := in.Report
	by, edited := r.EditedBy[version]
	switch {
	case edited && r.Text(version) == text:
		return nil, Problemf("same-text", "The %s version says that already.", version)
	case over > 0 && over != r.TextSeq(version):
		who := "A new draft was made"
		if edited {
			who = by.String() + " changed it"
		}
		return nil, Problemf("changed-meanwhile", "%s while you were writing, so your text was not kept: it would have taken the place of theirs. Put what you wrote into the %s version as it is now.", who, version)
	}
	return []Event{PostmortemEdited{Version: version, Text: text}}, nil
}

// PublishPostmortem decides that the customer version goes on the page, or that
// the one there is corrected; quiet says that subscribers are not told. The
// error is a Problem.
func (in *Incident) PublishPostmortem(code string, shown time.Time, quiet bool) ([]Event, error) {
	text := in.Report.Text("customer")
	if err := in.openPostmortem(); err != nil {
		return nil, err
	}
	switch {
	case !in.IsPublic():
		return nil, Problemf("never-public", "Customers were never told of %s, so there is no page to publish its postmortem on.", in.ID)
	case in.PublishedStatus() != Resolved:
		return nil, Problemf("still-open", "Customers still see %s as %s. Resolve it first.", in.ID, in.PublishedStatus())
	case strings.TrimSpace(text) == "":
		return nil, Problemf("no-customer-version", "There is no customer version yet. Write it with: postmortem edit customer <text>.")
	case in.Report.Published != nil && in.Report.Published.Body == text:
		return nil, Problemf("published", "That postmortem is on the page already.")
	}
	return []Event{PostmortemPublished{Code: code, Body: text, Shown: shown, Quiet: quiet}}, nil
}
