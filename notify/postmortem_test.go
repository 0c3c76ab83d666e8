package notify_test

import (
	"strings"
	"testing"
	"time"

	"sitrep/bot"
	"sitrep/incident"
	"sitrep/notify"
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

// Customers hear of a postmortem once; of a correction only if somebody wants it.
func TestCorrectionsAreQuiet(t *testing.T) {
	newHouse(t, func(h *house) {
		p := newHall("street")
		h.run(notify.NewAnnouncer(h.board, p, bot.Channel{Platform: "street", ID: "news"}, true, nil), nil)
		h.happen("INC-1", declared, told, incident.UpdatePosted{Code: "u2", Status: incident.Resolved, Body: "Over."})
		first := h.log.Now().UTC()
		h.happen("INC-1", incident.PostmortemPublished{Code: "pm", Body: "one", Shown: first})
		h.happen("INC-1", incident.PostmortemPublished{Code: "pm", Body: "two", Shown: first.Add(time.Hour), Quiet: true})
		h.happen("INC-1", incident.PostmortemPublished{Code: "pm", Body: "three", Shown: first.Add(2 * time.Hour)})
		var said []string
		p.set(func(p *hall) {
			for _, x := range p.posts {
				said = append(said, x.Message.(bot.Announcement).Text)
			}
		})
		if got := strings.Join(said[len(said)-2:], " "); len(said) != 4 || got != "The postmortem is on the status page. The postmortem on the status page was corrected." {
			t.Errorf("%q", said)
		}
	})
}
