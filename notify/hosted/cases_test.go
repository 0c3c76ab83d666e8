package hosted_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sitrep/follow"
	"sitrep/incident"
	"sitrep/internal/fakestatuspage"
	"sitrep/notify/hosted"
	"sitrep/store"
)

// What was undone while it was held never goes there.
func TestWhatIsUndoneIsNeverSent(t *testing.T) {
	newHouse(t, func(h *house) {
		h.happen("INC-1", declared, told(1, incident.Investigating, "Whoops.", nil))
		h.after(10 * time.Second)
		h.happen("INC-1", incident.UpdateWithdrawn{Number: 1})
		h.after(time.Minute)
		h.want("asked", h.there.Requests())
		second := told(2, incident.Investigating, "We look.", nil)
		second.Title = "Checkout fails"
		h.happen("INC-1", second)
		h.after(time.Minute)
		h.wantPage("Checkout fails [investigating none] investigating: We look.;")
	})
}

// Nothing is sent that stopped being public while the request waited for its
// turn; what was told is taken off, and put back without telling anybody again.
func TestPrivateIsTakenOff(t *testing.T) {
	newHouse(t, func(h *house) {
		h.there.Disturb(fakestatuspage.Alter)
		h.there.Between(func() { h.append("INC-1", incident.PrivacyChanged{Private: true}) })
		h.happen("INC-1", declared, told(1, incident.Investigating, "Secret.", nil))
		h.after(5 * time.Minute)
		h.wantPage("")
		h.want("written", h.writes(), "POST /incidents") // the one that was refused

		h.happen("INC-1", incident.PrivacyChanged{})
		h.after(time.Minute)
		h.wantPage("Checkout fails [investigating none] investigating: Secret.;")
		h.happen("INC-1", incident.PrivacyChanged{Private: true})
		h.after(time.Minute)
		h.wantPage("")
		h.happen("INC-1", incident.PrivacyChanged{})
		h.after(time.Minute)
		h.wantPage("Checkout fails [investigating none] investigating: Secret.;")
		h.want("subscribers heard", h.there.Mails(), "Checkout fails: investigating: Secret.")
		h.happen("INC-2", incident.Declared{Number: 2, Title: "x", Private: true}, incident.StateChanged{Status: incident.Resolved})
		h.happen("INC-3", incident.Declared{Number: 3, Title: "x", Drill: true})
		h.after(time.Minute)
		if n := len(h.there.Incidents()); n != 1 {
			h.Errorf("%d incidents are there", n)
		}
	})
}

// Of several words that wait because the page was away all are told, each at its
// time, and subscribers hear the newest.
func TestAfterAnOutage(t *testing.T) {
	newHouse(t, func(h *house) {
		h.there.Disturb(slices.Repeat([]fakestatuspage.Fault{fakestatuspage.Refuse}, 30)...)
		h.happen("INC-1", declared, told(1, incident.Investigating, "One.", nil))
		h.after(5 * time.Minute)
		h.happen("INC-1", told(2, incident.Identified, "Two.", nil))
		h.after(5 * time.Minute)
		h.happen("INC-1", told(3, incident.Monitoring, "Three.", nil))
		h.after(30 * time.Minute)
		h.wantPage("Checkout fails [monitoring none] monitoring: Three.; identified: Two.; investigating: One.;")
		h.want("subscribers heard", h.there.Mails(), "Checkout fails: monitoring: Three.")
		us := h.there.Incidents()[0].Updates
		if gap := us[0].Shown.Sub(us[1].Shown); gap.Round(time.Minute) != 5*time.Minute {
			h.Errorf("between the last two words there are %s", gap)
		}
		if h.there.Fastest() > 1 {
			h.Errorf("%d requests in a second", h.there.Fastest())
		}
	})
}

// A thousand words at once keep to the limit.
func TestKeepsToTheLimit(t *testing.T) {
	newHouse(t, func(h *house) {
		for i := range 150 {
			id := incident.Ref(i + 1)
			u := told(1, incident.Investigating, "x", nil)
			u.Code = "u" + id
			h.happen(id, incident.Declared{Number: i + 1, Title: "x"}, u)
		}
		h.after(20 * time.Minute)
		if n := len(h.there.Incidents()); n != 150 || h.there.Fastest() > 1 || len(h.there.Mails()) != 150 {
			h.Errorf("%d incidents, %d mails, %d requests in a second", n, len(h.there.Mails()), h.there.Fastest())
		}
		_, state, err := h.log.Cursor(h.Context(), "hosted:statuspage")
		if err != nil || len(state) > 20_000 {
			h.Errorf("its state has %d bytes: %v", len(state), err)
		}
		h.start() // the first of them is not remembered any more: it is found again
		u := told(2, incident.Resolved, "Over.", nil)
		u.Code = "last"
		h.happen("INC-1", u)
		h.after(2 * time.Minute)
		if in := h.there.Incidents(); len(in) != 150 || in[0].Status != "resolved" || len(in[0].Updates) != 2 {
			h.Errorf("%d incidents, the first %+v", len(in), in[0])
		}
	})
}

// Nothing that was brought over is sent; what is said here of an incident that
// came from there goes to that incident.
func TestBroughtOverIsNotSent(t *testing.T) {
	newHouse(t, func(h *house) {
		h.there.Add("kcs20k00rc1l", "Old trouble")
		h.happen("INC-1", incident.PublicImported{From: "Test", Code: "kcs20k00rc1l", Title: "Old trouble", Status: incident.Investigating, Created: time.Now().Add(-time.Hour),
			Updates: []incident.ImportedUpdate{{Code: "there1", Status: incident.Investigating, Body: "Old words.", Created: time.Now().Add(-time.Hour), Edited: time.Now().Add(-time.Hour), Shown: time.Now().Add(-time.Hour)}}})
		h.happen("INC-2", incident.PublicImported{From: "Other", Code: "elsewhere000", Title: "Other trouble", Status: incident.Investigating, Created: time.Now(),
			Updates: []incident.ImportedUpdate{{Code: "other1", Status: incident.Investigating, Body: "Other words.", Created: time.Now(), Edited: time.Now(), Shown: time.Now()}}})
		h.after(time.Minute)
		h.want("asked", h.there.Requests())
		u := told(2, incident.Resolved, "Over.", nil)
		h.happen("INC-1", u)
		h.after(time.Minute)
		h.wantPage("Old trouble [resolved none] resolved: Over.;")
		u.Code = "u3"
		h.happen("INC-2", u)
		h.after(time.Minute)
		h.wantPage("Old trouble [resolved none] resolved: Over.; | Other trouble [resolved none] resolved: Over.;")
	})
}

// Planned work goes there with its window, and moves there when it is moved.
func TestPlannedWorkIsKeptInStep(t *testing.T) {
	newHouse(t, func(h *house) {
		from := time.Now().Add(24 * time.Hour)
		affects := []incident.ComponentChange{{ID: "c2", Name: "Backend - API"}}
		h.happen("MNT-1", incident.MaintenanceScheduled{Number: 1, Code: "m1", Title: "Upgrade", Body: "We upgrade.", From: from, Until: from.Add(time.Hour), Affects: affects, Shown: time.Now()})
		h.after(time.Minute)
		h.wantPage("Upgrade [scheduled maintenance] scheduled: We upgrade.;")
		h.happen("MNT-1", incident.MaintenanceRescheduled{Code: "m2", From: from.Add(time.Hour), Until: from.Add(2 * time.Hour), Body: "An hour later.", Shown: time.Now()}, incident.MaintenanceReminded{From: from})
		h.after(time.Minute)
		if in := h.there.Incidents()[0]; !in.From.Equal(from.Add(time.Hour)) || !in.Until.Equal(from.Add(2*time.Hour)) || len(in.Updates) != 2 {
			h.Errorf("moved: %+v", in)
		}
		h.happen("MNT-1", incident.MaintenanceMoved{Code: "m3", Status: incident.InProgress, Body: "It begins.", Shown: time.Now()})
		h.after(time.Minute)
		if s := h.there.States(); s["API"] != "under_maintenance" {
			h.Errorf("components: %v", s)
		}
		h.happen("MNT-1", incident.MaintenanceMoved{Code: "m4", Status: incident.Canceled, Body: "Not today.", Shown: time.Now()})
		h.after(time.Minute)
		h.wantPage("Upgrade [completed maintenance] completed: Not today.; in_progress: It begins.; scheduled: An hour later.; scheduled: We upgrade.;")
		if s := h.there.States(); s["API"] != "operational" {
			h.Errorf("components: %v", s)
		}
	})
}

// A component is there as it is here: the worst of what any incident says of it.
func TestComponentsOfSeveralIncidents(t *testing.T) {
	newHouse(t, func(h *house) {
		h.happen("INC-1", declared, told(1, incident.Investigating, "One.", down(incident.MajorOutage)))
		other := told(1, incident.Investigating, "Another.", down(incident.Degraded))
		other.Code = "other"
		h.happen("INC-2", incident.Declared{Number: 2, Title: "x"}, other)
		h.after(2 * time.Minute)
		if s := h.there.States(); s["Checkout"] != "major_outage" {
			h.Errorf("components: %v", s)
		}
		h.happen("INC-1", told(2, incident.Resolved, "Over.", down(incident.Operational)))
		h.after(time.Minute)
		if s := h.there.States(); s["Checkout"] != "degraded_performance" {
			h.Errorf("components, while the other goes on: %v", s)
		}
	})
}

// What somebody deleted there is not made again, and that it does not reach the
// page is told once; a token that is refused waits for a better one.
func TestDeletedThereAndRefused(t *testing.T) {
	newHouse(t, func(h *house) {
		h.happen("INC-1", declared, told(1, incident.Investigating, "One.", nil))
		h.after(time.Minute)
		h.there.Delete(h.there.Incidents()[0].ID)
		h.happen("INC-1", told(2, incident.Identified, "Two.", nil))
		h.after(time.Minute)
		h.happen("INC-1", told(3, incident.Monitoring, "Three.", nil))
		h.after(time.Minute)
		h.wantPage("")
		if len(h.gaveUp) != 1 || !strings.Contains(h.gaveUp[0], "was deleted there") {
			h.Errorf("gave up: %q", h.gaveUp)
		}
		h.startWith("old", hold)
		other := told(1, incident.Investigating, "Another.", nil)
		other.Code = "other"
		h.happen("INC-2", incident.Declared{Number: 2, Title: "x"}, other)
		h.after(10 * time.Minute)
		if s := h.runner.Status(); !strings.Contains(s.Failing, "401: Could not authenticate. The token is not") {
			h.Errorf("refused: %+v", s)
		}
		h.start()
		h.after(time.Minute)
		h.wantPage("Checkout fails [investigating none] investigating: Another.;")
		long := told(2, incident.Identified, strings.Repeat("ä", 30_000), nil)
		long.Code = "long"
		h.happen("INC-2", long)
		h.after(time.Minute)
		if b := h.there.Incidents()[0].Updates[0].Body; len([]rune(b)) != 25_000 || !strings.Contains(b, "…\n\nhttps://status.example.com/incidents/") {
			h.Errorf("a long text has %d characters and ends in %q", len([]rune(b)), b[len(b)-60:])
		}
	})
}

// What was erased here is removed there.
func TestErasedIsRemovedThere(t *testing.T) {
	newHouse(t, func(h *house) {
		h.happen("INC-1", declared, told(1, incident.Investigating, "Frau Mustermann called.", nil))
		first, err := h.log.Head(h.Context(), "INC-1")
		if err != nil {
			h.Fatal(err)
		}
		h.happen("INC-1", told(2, incident.Identified, "Two.", nil))
		h.after(2 * time.Minute)
		in := h.board.Get("INC-1").Clone() // as the board has it after a redaction
		m := in.Updates[0].Meta
		m.Redacted = true
		fresh := incident.NewBoard()
		fresh.Apply("page", incident.Meta{Seq: 1, N: 1}, incident.PageConfigured{Page: h.board.Page()})
		fresh.Apply("INC-1", incident.Meta{Seq: 2, N: 1}, declared)
		fresh.Apply("INC-1", incident.Meta{Seq: first.Seq, N: 2, Recorded: m.Recorded, When: m.When, Redacted: true}, incident.UpdatePosted{})
		u := in.Updates[1]
		fresh.Apply("INC-1", u.Meta, u.UpdatePosted)
		_, state, err := fresh.Snapshot()
		if err != nil {
			h.Fatal(err)
		}
		h.board.Restore(state)
		h.happen("log", incident.Erased{Seqs: []uint64{first.Seq}})
		h.after(time.Minute)
		if got := h.page(); strings.Contains(got, "Mustermann") || !strings.Contains(got, "investigating: This update was removed.;") || !strings.Contains(got, "Two.") {
			h.Errorf("there stands %s", got)
		}
	})
}

// A plain page can do little: as Cachet and openstatus, which know no
// postmortems.
type plainPage struct {
	can  hosted.Capabilities
	puts []string
	off  []string
}

func (p *plainPage) Can() hosted.Capabilities { return p.can }

func (p *plainPage) Find(context.Context, string, string) (hosted.Remote, bool, error) {
	return hosted.Remote{}, false, errors.New("it cannot")
}

func (p *plainPage) Put(_ context.Context, id string, ask func() (hosted.Post, bool)) (hosted.Remote, error) {
	post, ok := ask()
	if !ok {
		return hosted.Remote{}, hosted.ErrNotPublic
	}
	p.puts = append(p.puts, fmt.Sprintf("%q %s %s: %s", id, post.Title, post.Status, post.Body))
	return hosted.Remote{ID: "7"}, nil
}

func (p *plainPage) Mend(context.Context, string, string, func() (hosted.Mending, bool)) error {
	return errors.New("it cannot")
}

func (p *plainPage) Report(context.Context, string, func() (hosted.Report, bool)) error {
	return errors.New("it cannot")
}

func (p *plainPage) Withdraw(_ context.Context, id string) error {
	p.off = append(p.off, id)
	return nil
}

// What a page cannot do it is not asked for: texts that were mended stay, a
// postmortem is a last word with a link, and what cannot be taken off is said.
func TestPageThatCanDoLittle(t *testing.T) {
	newHouse(t, func(h *house) {
		p := &plainPage{can: hosted.Capabilities{Name: "plain", Title: 10}}
		var gaveUp []string
		r := follow.New(h.log, hosted.New(h.board, p, &hosted.Options{URL: "https://s.example.com"}), &follow.Options{GaveUp: func(_ context.Context, _ store.Record, why error) error {
			gaveUp = append(gaveUp, why.Error())
			return nil
		}})
		ctx, cancel := context.WithCancel(h.Context())
		done := make(chan error, 1)
		go func() { done <- r.Run(ctx) }()
		r.Ready(ctx)
		for _, ev := range []incident.Event{
			declared, told(1, incident.Investigating, "We look.", nil), incident.UpdateEdited{Number: 1, Body: "We looked."}, told(2, incident.Resolved, "Over.", nil),
			incident.PostmortemPublished{Code: "pm", Body: "Why.", Shown: time.Now()}, incident.PrivacyChanged{Private: true},
		} {
			h.happen("INC-1", ev)
		}
		h.want("put", p.puts, `"" Checkout … investigating: We look.`, `"7" Checkout … resolved: Over.`,
			`"7" Checkout … resolved: The postmortem is published: https://s.example.com/incidents/`+incident.Code("p00000000000", "INC-1", 0))
		if len(gaveUp) != 1 || !strings.Contains(gaveUp[0], "taken off there by hand") || len(p.off) != 0 {
			h.Errorf("gave up %q, took off %q", gaveUp, p.off)
		}
		cancel()
		if err := <-done; err != nil {
			h.Error(err)
		}
	})
}
