package incident

import (
	"errors"
	"testing"
	"time"
)

// A life is an incident to which things happen a minute after each other.
type life struct {
	*Incident
	t   *testing.T
	now time.Time
	seq uint64
}

func newLife(t *testing.T, severity string) *life {
	t.Helper()
	l := &life{Incident: New("INC-1"), t: t, now: time.Date(2020, 9, 9, 16, 0, 0, 0, time.UTC)}
	l.happen("ana", Declared{Number: 1, Title: "down", Severity: severity})
	return l
}

func (l *life) happen(by string, evs ...Event) {
	for _, ev := range evs {
		l.now = l.now.Add(time.Minute)
		l.seq++
		l.Apply(Meta{Seq: l.seq, N: l.seq, Recorded: l.now, When: l.now, By: Person{ID: "x/" + by, Name: by}}, ev)
	}
}

// does decides and applies; code is that of the Problem it must be refused with.
func (l *life) does(by, code string, evs []Event, err error) {
	l.t.Helper()
	var p *Problem
	switch {
	case code == "" && err != nil:
		l.t.Fatalf("refused: %v", err)
	case code != "" && (!errors.As(err, &p) || p.Code != code):
		l.t.Fatalf("%v, %v; want the refusal %s", evs, err, code)
	}
	l.happen(by, evs...)
}

func (l *life) is(want Stage) {
	l.t.Helper()
	if got := l.Report.Stage(); got != want {
		l.t.Fatalf("it is %q, not %q", got, want)
	}
}

func TestPostmortemLife(t *testing.T) {
	l := newLife(t, "sev1")
	do := func(by, code string, evs []Event, err error) { t.Helper(); l.does(by, code, evs, err) }
	type try struct {
		evs []Event
		err error
	}
	of := func(evs []Event, err error) try { return try{evs, err} }
	refused := func(code string, x try) { t.Helper(); do("ana", code, x.evs, x.err) }
	by := func(who string, x try) { t.Helper(); do(who, "", x.evs, x.err) }
	ana, ben := Person{ID: "x/ana", Name: "ana"}, Person{ID: "x/ben", Name: "ben"}

	l.is(StageNone)
	refused("no-draft", of(l.AskReview(ben, "")))
	refused("no-draft", of(l.ReviewPostmortem("")))
	refused("not-in-review", of(l.ReturnPostmortem("more")))
	refused("still-open", of(l.ClosePostmortem("")))
	refused("not-closed", of(l.ReopenPostmortem("why")))

	l.happen("ana", UpdatePosted{Code: "u1", Status: Investigating, Title: "Trouble", Body: "We look.", Shown: l.now}, UpdatePosted{Code: "u2", Status: Resolved, Body: "Over.", Shown: l.now},
		StateChanged{Status: Resolved})
	l.happen("", PostmortemDrafted{Markdown: "# Draft", Customer: "It broke.", Drafter: "the template"})
	l.is(StageDraft)
	refused("not-in-review", of(l.ReviewPostmortem("")))
	refused("not-reviewed", of(l.ClosePostmortem(" ")))
	refused("same-owner", of(l.OwnPostmortem(Person{})))
	by("ana", of(l.OwnPostmortem(ana)))
	refused("same-owner", of(l.OwnPostmortem(ana)))

	by("ana", of(l.AskReview(ben, "")))
	l.is(StageInReview)
	refused("in-review", of(l.AskReview(ben, "")))
	refused("why-missing", of(l.ReturnPostmortem("")))
	by("ben", of(l.ReturnPostmortem("say why nobody looked")))
	l.is(StageDraft)
	by("ana", of(l.AskReview(Person{}, "now")))
	by("ben", of(l.ReviewPostmortem("good")))
	l.is(StageReviewed)
	if rv := l.Report.Review; rv.Done.By != ben || rv.Remark != "good" || l.Report.ChangedSince() {
		t.Errorf("reviewed: %+v", rv)
	}
	refused("reviewed", of(l.ReviewPostmortem("")))
	refused("reviewed", of(l.AskReview(ben, "")))

	by("ana", of(l.EditPostmortem("customer", "It broke. We mended it.", l.Report.TextSeq("customer"))))
	if !l.Report.ChangedSince() {
		t.Error("a change after the review is not seen")
	}
	refused("changed", of(l.ClosePostmortem("")))
	by("ben", of(l.ReviewPostmortem("")))

	// Two people began with the same text: the second is told, and nothing is lost.
	began := l.Report.TextSeq("internal")
	by("ben", of(l.EditPostmortem("internal", "Ben's words.", began)))
	refused("changed-meanwhile", of(l.EditPostmortem("internal", "Ana's words.", began)))
	refused("same-text", of(l.EditPostmortem("internal", "Ben's words.", 0)))

	by("ana", of(l.PublishPostmortem("pm", l.now, false)))
	l.is(StagePublished)
	stamp := l.Report.Published.Shown
	refused("published", of(l.PublishPostmortem("pm", l.now, false)))
	by("ana", of(l.EditPostmortem("customer", "It broke twice.", 0)))
	by("ana", of(l.PublishPostmortem("pm", l.now, false)))
	if p := l.Report.Published; p.Shown != stamp || p.Body != "It broke twice." || !p.Edited.Equal(l.now) {
		t.Errorf("corrected: %+v", p)
	}
	by("ben", of(l.ReviewPostmortem("")))
	by("ana", of(l.ClosePostmortem("")))
	l.is(StageClosed)
	for _, x := range []try{
		of(l.EditPostmortem("internal", "x", 0)), of(l.AskReview(ben, "")), of(l.ReviewPostmortem("")), of(l.ReturnPostmortem("x")), of(l.ClosePostmortem("x")),
		of(l.OwnPostmortem(ben)), of(l.SetPostmortemDue(l.now.Add(time.Hour), l.now)), of(l.PublishPostmortem("pm", l.now, false)), of(l.AskPostmortem()),
	} {
		refused("closed", x)
	}
	refused("why-missing", of(l.ReopenPostmortem("")))
	by("ana", of(l.ReopenPostmortem("the vendor answered")))
	l.is(StagePublished)
	l.happen("ana", PostmortemUnpublished{})
	l.is(StageReviewed)
	by("ana", of(l.ClosePostmortem("")))
}

func TestPostmortemIsDue(t *testing.T) {
	const day = 24 * time.Hour
	l := newLife(t, "sev1")
	if evs := l.DuePostmortem("sev1", 3*day); evs != nil {
		t.Errorf("due while it is open: %v", evs)
	}
	l.happen("ana", StateChanged{Status: Resolved})
	ended := l.Milestones[ResolvedAt].At
	l.happen("", l.DuePostmortem("sev1", 3*day)...)
	due := ended.Add(3 * day)
	if !l.Report.Due.Equal(due) || l.DuePostmortem("sev1", 3*day) != nil {
		t.Fatalf("due %s, want %s; again %v", l.Report.Due, due, l.DuePostmortem("sev1", 3*day))
	}
	remind := func(now time.Time) (at time.Time) {
		t.Helper()
		evs := l.Remind(now)
		l.happen("", evs...)
		if len(evs) == 1 {
			at = evs[0].(PostmortemReminded).At
		}
		return at
	}
	for _, step := range []struct{ now, want time.Time }{
		{due.Add(-day - time.Minute), time.Time{}}, {due.Add(-day), due.Add(-day)}, {due.Add(-time.Hour), time.Time{}},
		{due.Add(10 * day), due.Add(7 * day)}, // it was away: what was missed is said once
		{due.Add(13 * day), time.Time{}}, {due.Add(14 * day), due.Add(14 * day)}, {due.Add(100 * day), due.Add(28 * day)}, {due.Add(200 * day), time.Time{}},
	} {
		if next := l.NextReminder(); !step.want.IsZero() && next.After(step.want) {
			t.Errorf("the next reminder is %s, after %s", next, step.want)
		}
		if got := remind(step.now); !got.Equal(step.want) {
			t.Errorf("at %s: reminded for %s, want %s", step.now, got, step.want)
		}
	}

	// A milder severity takes the date away; what a person says stands.
	l.happen("", l.DuePostmortem("sev3", 0)...)
	if !l.Report.Due.IsZero() {
		t.Errorf("still due %s", l.Report.Due)
	}
	at := l.now.Add(30 * time.Hour)
	evs, err := l.SetPostmortemDue(at, l.now)
	l.does("ana", "", evs, err)
	if l.DuePostmortem("sev1", 3*day) != nil || !l.NextReminder().Equal(at) { // too near for a word the day before
		t.Errorf("next reminder %s, want %s", l.NextReminder(), at)
	}
	_, err = l.SetPostmortemDue(l.now.Add(-time.Hour), l.now)
	l.does("ana", "bad-due", nil, err)
	l.happen("", PostmortemDrafted{Markdown: "x", Drafter: "the template"})
	l.happen("ana", PostmortemReviewAsked{}, PostmortemReviewed{})
	if next := l.NextReminder(); !next.IsZero() {
		t.Errorf("reminded at %s of what was reviewed", next)
	}
	l.happen("ana", PostmortemReturned{Why: "x"})
	if l.NextReminder().IsZero() {
		t.Error("nobody is reminded of what was sent back")
	}
	l.happen("ana", Reopened{Why: "it is back"})
	if next := l.NextReminder(); !next.IsZero() {
		t.Errorf("reminded at %s of an incident that is open", next)
	}
}

func TestReportVersions(t *testing.T) {
	type rec struct {
		m  Meta
		ev Event
	}
	ana := Person{ID: "x/ana", Name: "ana"}
	past := []rec{
		{Meta{Seq: 1}, Declared{Number: 1}},
		{Meta{Seq: 2}, PostmortemDrafted{Markdown: "one", Customer: "c", Drafter: "the template"}},
		{Meta{Seq: 3}, PostmortemDrafted{Markdown: "two", Customer: "c", Drafter: "the template"}},
		{Meta{Seq: 4, Redacted: true}, PostmortemDrafted{}},
		{Meta{Seq: 5, By: ana}, PostmortemEdited{Version: "internal", Text: "ana's"}},
		{Meta{Seq: 6}, PostmortemDrafted{Markdown: "three", Customer: "c", Drafter: "the template"}},
	}
	each := func(do func(Meta, Event)) error {
		for _, r := range past {
			do(r.m, r.ev)
		}
		return nil
	}
	for version, want := range map[string]string{"internal": "2one 3two 5ana's 6three(hidden) ", "customer": "2c "} {
		vs, err := ReportVersions(version, each)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, v := range vs {
			got += string(rune('0'+v.Seq)) + v.Text
			if v.Hidden {
				got += "(hidden)"
			}
			got += " "
		}
		if got != want {
			t.Errorf("%s: %q, want %q", version, got, want)
		}
	}
	broken := errors.New("unreadable")
	if _, err := ReportVersions("internal", func(func(Meta, Event)) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}
