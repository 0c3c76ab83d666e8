package incident

import (
	"slices"
	"time"
)

// A Report is the postmortem's life. Draft is what was drafted last; Internal
// and Customer are what a person wrote, which no draft ever replaces.
type Report struct {
	Asked     uint64 // the record that last asked for a draft
	Waiting   Meta   // of the request that a language model has not answered yet; zero if there is none
	Meanwhile int    // how many drafts there were since that request
	Draft     *PostmortemDrafted
	DraftSeq  uint64
	DraftAt   time.Time
	Internal  string
	Customer  string
	EditedBy  map[string]Person // by version
	EditedSeq map[string]uint64 // by version: the record of the text that stands
	Published *PublicPostmortem
	Withdrawn bool // it was published and taken back

	Owner    Person    // who sees to it; zero if nobody does
	Due      time.Time // when it is to be reviewed; zero if nothing says so
	DueSince time.Time // when that was set
	DueRule  string    // the severity whose rule set it; "" if a person did
	Reminded time.Time // the last moment at which somebody was reminded of Due
	Review   Review
	Closed   *Closing // nil while it is not
}

// A Review is what became of asking for one. The zero Review was never asked for.
type Review struct {
	Asked   Meta   // of the last request; zero if it was sent back since, or never asked for
	Of      Person // who was asked; zero is anybody
	Done    Meta   // of the last review; zero if it was sent back since, or never reviewed
	Remark  string // what the reviewer had to say
	Through uint64 // the newest text that the review has seen, as a record
}

// A Closing says by whom a postmortem was closed, and why.
type Closing struct {
	Meta Meta
	Why  string
}

// Stage says how far a postmortem has come.
type Stage string

// The stages of a postmortem. One that is published may be reviewed or not: see
// [Report.IsReviewed].
const (
	StageNone      Stage = ""
	StageDraft     Stage = "draft"
	StageInReview  Stage = "in review"
	StageReviewed  Stage = "reviewed"
	StagePublished Stage = "published"
	StageClosed    Stage = "closed"
)

// Stage is how far it has come.
func (r Report) Stage() Stage {
	switch {
	case r.Closed != nil:
		return StageClosed
	case r.Published != nil:
		return StagePublished
	case r.IsReviewed():
		return StageReviewed
	case r.InReview():
		return StageInReview
	case r.Text("internal") != "" || r.Text("customer") != "":
		return StageDraft
	}
	return StageNone
}

// InReview reports whether somebody was asked to review it and has not done so.
func (r Report) InReview() bool { return r.Review.Asked.Seq > 0 && !r.IsReviewed() }

// IsReviewed reports whether it was reviewed, and nobody has asked for another
// review since.
func (r Report) IsReviewed() bool { return r.Review.Done.Seq > r.Review.Asked.Seq }

// ChangedSince reports whether a text that stands is newer than the review.
func (r Report) ChangedSince() bool { return r.IsReviewed() && r.newest() > r.Review.Through }

// Over reports whether nobody need be reminded of it any more.
func (r Report) Over() bool {
	s := r.Stage()
	return s == StageReviewed || s == StagePublished || s == StageClosed
}

// Text returns the version that stands, "internal" or "customer": what a person
// wrote, else the draft.
func (r Report) Text(version string) string {
	switch {
	case version == "customer" && r.Customer != "":
		return r.Customer
	case version == "internal" && r.Internal != "":
		return r.Internal
	case r.Draft == nil:
		return ""
	case version == "customer":
		return r.Draft.Customer
	}
	return r.Draft.Markdown
}

// TextSeq is the record that the version that stands came from; 0 if there is
// none.
func (r Report) TextSeq(version string) uint64 {
	if _, edited := r.EditedBy[version]; edited {
		return r.EditedSeq[version]
	}
	if r.Text(version) == "" {
		return 0
	}
	return r.DraftSeq
}

func (r Report) newest() uint64 { return max(r.TextSeq("internal"), r.TextSeq("customer")) }

func (in *Incident) applyReport(m Meta, ev Event) {
	r := &in.Report
	switch e := ev.(type) {
	case PostmortemAsked:
		r.Asked = m.Seq
		if e.Model && !m.Imported {
			r.Waiting, r.Meanwhile = m, 0
		}
	case PostmortemDrafted:
		// The first draft after a request is from the record alone. Of a later one that
		// was erased nobody can tell any more, and asking twice costs more.
		if e.Answers >= r.Waiting.Seq || m.Redacted && r.Meanwhile > 0 {
			r.Waiting = Meta{}
		}
		r.Meanwhile++
		if m.Redacted {
			r.Draft = nil
			return
		}
		r.Draft, r.DraftSeq, r.DraftAt = &e, m.Seq, m.When
	case PostmortemEdited:
		if m.Redacted {
			return
		}
		if e.Version == "customer" {
			r.Customer = e.Text
		} else if e.Version == "internal" {
			r.Internal = e.Text
		}
		if r.EditedBy == nil {
			r.EditedBy = map[string]Person{}
		}
		if r.EditedSeq == nil {
			r.EditedSeq = map[string]uint64{}
		}
		r.EditedBy[e.Version], r.EditedSeq[e.Version] = m.By, m.Seq
	case PostmortemPublished:
		if m.Redacted {
			r.Published = nil
			return
		}
		if r.Published != nil { // a second publication mends the text and keeps the stamp
			p := *r.Published
			p.Body, p.Edited = e.Body, m.Recorded
			r.Published = &p
			return
		}
		r.Withdrawn = false
		r.Published = &PublicPostmortem{Code: e.Code, Body: e.Body, Shown: e.Shown, Recorded: m.Recorded, Edited: m.Recorded}
		in.setMilestone(Milestone{Name: PostmortemPublishedAt, At: e.Shown, By: m.By, Source: "postmortem publish", Seq: m.Seq})
	case PostmortemUnpublished:
		r.Published, r.Withdrawn = nil, true
		delete(in.Milestones, PostmortemPublishedAt)
	}
}

// applyLife folds what happens to it beside being written and published. Of an
// erased event nothing is known but that it happened.
func (r *Report) applyLife(m Meta, ev Event) {
	switch e := ev.(type) {
	case PostmortemOwned:
		if !m.Redacted {
			r.Owner = e.Who
		}
	case PostmortemDue:
		if !m.Redacted {
			r.Due, r.DueSince, r.DueRule, r.Reminded = e.At, m.When, e.Severity, time.Time{}
		}
	case PostmortemReviewAsked:
		r.Review.Asked, r.Review.Of = m, e.Of
	case PostmortemReviewed:
		r.Review.Done, r.Review.Remark, r.Review.Through = m, e.Text, r.newest()
	case PostmortemReturned:
		r.Review = Review{}
	case PostmortemClosed:
		r.Closed, r.Waiting = &Closing{Meta: m, Why: e.Why}, Meta{}
	case PostmortemReopened:
		r.Closed = nil
	case PostmortemReminded:
		r.Reminded = e.At
	}
}

// A ReportVersion is a text that a version of a postmortem once was.
type ReportVersion struct {
	Seq     uint64
	At      time.Time
	By      Person // who wrote it; zero if it was drafted
	Drafter string // what drafted it: "the template"; "" if a person wrote it
	Text    string
	// Hidden says that it never stood: a person's words already did.
	Hidden bool
}

// ReportVersions lists all that one version of a postmortem ("internal" or
// "customer") ever was, oldest first. each calls its argument with every event
// of the incident's stream, in order.
func ReportVersions(version string, each func(func(Meta, Event)) error) ([]ReportVersion, error) {
	var out []ReportVersion
	written := false
	err := each(func(m Meta, ev Event) {
		v := ReportVersion{Seq: m.Seq, At: m.When}
		switch e := ev.(type) {
		case PostmortemDrafted:
			v.Drafter, v.Text, v.Hidden = e.Drafter, e.Markdown, written
			if version == "customer" {
				v.Text = e.Customer
			}
		case PostmortemEdited:
			if e.Version != version {
				return
			}
			v.By, v.Text, written = m.By, e.Text, true
		}
		if v.Text == "" || m.Redacted || len(out) > 0 && out[len(out)-1].Text == v.Text && v.Drafter != "" {
			return
		}
		out = append(out, v)
	})
	return out, err
}

// reminders are how many times somebody is reminded of a postmortem that is
// overdue, a week apart, before it is left at what the card says.
const reminders = 4

// reminding lists the moments at which somebody is to be reminded: a day before
// it is due, unless it was set less than two days before; when it is due; and
// each week after that.
func (r Report) reminding() []time.Time {
	if r.Due.IsZero() || r.Over() {
		return nil
	}
	const day = 24 * time.Hour
	var all []time.Time
	if r.Due.Sub(r.DueSince) >= 2*day {
		all = append(all, r.Due.Add(-day))
	}
	for i := range reminders + 1 {
		all = append(all, r.Due.Add(time.Duration(i)*7*day))
	}
	return slices.DeleteFunc(all, func(t time.Time) bool { return !t.After(r.Reminded) || t.Before(r.DueSince) })
}

// NextReminder is when somebody is to be reminded of the postmortem next; zero
// if never.
func (in *Incident) NextReminder() time.Time {
	if in.Status != Resolved {
		return time.Time{}
	}
	if all := in.Report.reminding(); len(all) > 0 {
		return all[0]
	}
	return time.Time{}
}

// Remind decides the reminder that is due at now: the latest, if several were
// missed. No event means that none is.
func (in *Incident) Remind(now time.Time) []Event {
	var last time.Time
	if in.Status == Resolved {
		for _, t := range in.Report.reminding() {
			if !t.After(now) {
				last = t
			}
		}
	}
	if last.IsZero() {
		return nil
	}
	return []Event{PostmortemReminded{At: last, Due: in.Report.Due}}
}

// DuePostmortem decides when the postmortem is due by the rule of a severity:
// after is how long after the resolve, 0 for never. What a person has set
// stands. No event means that nothing changes.
func (in *Incident) DuePostmortem(severity string, after time.Duration) []Event {
	r := in.Report
	if in.Status != Resolved || in.Drill || r.Over() || !r.DueSince.IsZero() && r.DueRule == "" {
		return nil
	}
	var at time.Time
	if after > 0 {
		if severity == "" {
			return nil // it would look as if a person had set it
		}
		at = in.Milestones[ResolvedAt].At.Add(after)
	}
	if at.Equal(r.Due) {
		return nil
	}
	return []Event{PostmortemDue{At: at, Severity: severity}}
}
