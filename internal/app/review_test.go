package app_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sitrep/incident"
)

// A postmortem is reviewed in modals: somebody is asked, sends it back (saying
// nothing of what is wrong is refused, at that field), is asked again, and
// approves it.
func TestPostmortemIsReviewedInModals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := inOffice(t, quietPage, nil)
		do := func(who, text string) {
			t.Helper()
			o.Slash(who, "ops", "/incident", text)
			o.pass(3 * time.Second)
		}
		submit := func(who string, values map[string]any) {
			t.Helper()
			m := o.Modal(who)
			if m == nil {
				t.Fatalf("%s sees no modal", who)
			}
			o.Fill(m, values)
			if _, err := o.Submit(o.Modal(who)); err != nil {
				t.Fatal(err)
			}
			o.pass(3 * time.Second)
		}
		do("ana", "declare sev2 checkout fails")
		do("ana", "resolve INC-1 it was the pool")
		do("ana", "postmortem INC-1 draft")
		do("ana", "form INC-1 postmortem review")
		submit("ana", map[string]any{"who": "U0BEN", "text": "the timeline"})
		if got := o.a.Board.Get("INC-1").Report.Stage(); got != incident.StageInReview {
			t.Fatalf("after asking it is %s", got)
		}
		do("ben", "form INC-1 postmortem reviewed")
		submit("ben", map[string]any{"sub": "It is to be changed", "text": ""})
		m := o.Modal("ben")
		if m == nil || m.Field("text").Error == "" {
			t.Fatalf("sent back without a word: %+v", m)
		}
		if v := m.Field("sub").Value; len(v) != 1 || !strings.Contains(v[0], "return") {
			t.Errorf("the choice is lost: %q", v)
		}
		submit("ben", map[string]any{"text": "who was paged?"})
		if got := o.a.Board.Get("INC-1").Report.Stage(); got != incident.StageDraft {
			t.Errorf("sent back it is %s", got)
		}
		do("ana", "postmortem INC-1 review @ben")
		do("ben", "form INC-1 postmortem reviewed")
		submit("ben", map[string]any{"text": "good now"})
		if got := o.a.Board.Get("INC-1").Report.Stage(); got != incident.StageReviewed {
			t.Errorf("reviewed it is %s", got)
		}
	})
}
