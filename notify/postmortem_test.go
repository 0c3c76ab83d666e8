package notify_test

import (
	"testing"
	"time"

	"sitrep/bot"
	"sitrep/incident"
)

// The room is reminded of a postmortem, once a moment, and hears of its review.
func TestPostmortemIsToldOf(t *testing.T) {
	newHouse(t, func(h *house) {
		p := newHall("chat")
		h.start(p)
		h.happen("INC-1", declared)
		h.happen("INC-1", incident.StateChanged{Status: incident.Resolved})
		due := h.log.Now().Add(72 * time.Hour)
		h.happen("INC-1", incident.PostmortemDue{At: due, Severity: "sev2"})
		reminded := func() (out []bot.Reminder) {
			p.set(func(p *hall) {
				for _, x := range p.posts {
					if m, ok := x.Message.(bot.Reminder); ok {
						out = append(out, m)
					}
				}
			})
			return out
		}
		for i, want := range []struct {
			at      time.Time
			text    string
			buttons int
			before  incident.Event
		}{
			{due.Add(-24 * time.Hour), "The postmortem is due in a day, and nobody has begun it. Nobody owns it.", 2, nil},
			{due, "The postmortem is due, and is draft. ana owns it.", 2, incident.PostmortemDrafted{Markdown: "x", Drafter: "the template"}},
			{due.Add(7 * 24 * time.Hour), "The postmortem is 7 days overdue, and is in review. ana owns it.", 2, incident.PostmortemReviewAsked{}},
		} {
			if i == 1 {
				h.happen("INC-1", incident.PostmortemOwned{Who: incident.Person{ID: "x/ana", Name: "ana"}})
			}
			if want.before != nil {
				h.happen("INC-1", want.before)
			}
			h.happen("INC-1", incident.PostmortemReminded{At: want.at, Due: due})
			got := reminded()
			if len(got) != i+1 || got[i].Text != want.text || !got[i].Due.Equal(due) || len(got[i].Buttons) != want.buttons {
				t.Fatalf("reminder %d: %+v, want %q", i, got, want.text)
			}
		}
		h.happen("INC-1", incident.PostmortemReviewed{Text: "good"})
		h.happen("INC-1", incident.PostmortemReminded{At: due.Add(14 * 24 * time.Hour), Due: due}) // it was decided a moment before
		if n := len(reminded()); n != 3 {
			t.Errorf("%d reminders of what is done", n)
		}
	})
}
