package hosted_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sitrep/follow"
	"sitrep/incident"
	"sitrep/internal/fakestatuspage"
	"sitrep/notify/hosted"
	"sitrep/store"
	"sitrep/store/memory"
)

const hold = 30 * time.Second

// A house is a log, a board over it, and a hosted page that is kept in step.
type house struct {
	*testing.T
	log    *store.Log
	board  *incident.Board
	there  *fakestatuspage.Server
	runner *follow.Runner
	gaveUp []string
	stop   func()
}

// newHouse runs test in a bubble in which time is free.
func newHouse(t *testing.T, test func(*house)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := &house{T: t, log: store.New(memory.New(), nil), stop: func() {}, there: fakestatuspage.New("p1", "key", "Checkout", "Backend - API", "Unknown to us")}
		h.happen("page", incident.PageConfigured{Page: incident.Page{ID: "p00000000000", Name: "Test", TimeZone: "UTC", Components: []incident.Component{{ID: "c1", Name: "Checkout"}, {ID: "c2", Name: "API", Group: "Backend"}, {ID: "c3", Name: "Not there"}}}})
		h.start()
		test(h)
		h.stop()
		if err := h.log.Close(); err != nil {
			t.Error(err)
		}
	})
}

// fold is the board's follower: it is folded from the log at every start.
type fold struct{ b *incident.Board }

func (fold) Restore(uint64, []byte) (uint64, error) { return 0, nil }
func (f fold) Snapshot() (uint64, []byte, error)    { return f.b.Snapshot() }
func (fold) CaughtUp(context.Context)               {}

func (f fold) Name() string { return "board" }

func (f fold) Handle(_ context.Context, r store.Record, _ []byte) ([]byte, error) {
	m, ev, err := incident.Decode(incident.Header{Seq: r.Seq, N: r.N, Recorded: r.At, Kind: r.Kind, Imported: r.Imported, Redacted: r.Redacted}, r.Data)
	if err != nil {
		return nil, err
	}
	f.b.Apply(r.Stream, m, ev)
	return nil, nil
}

// start begins anew, as after a restart.
func (h *house) start() { h.startWith("key", hold) }

func (h *house) startWith(token string, hold time.Duration) {
	h.Helper()
	h.stop()
	h.board = incident.NewBoard()
	ctx, cancel := context.WithCancel(h.Context())
	var wg sync.WaitGroup
	run := func(f follow.Follower, o *follow.Options) *follow.Runner {
		r := follow.New(h.log, f, o)
		wg.Go(func() {
			if err := r.Run(ctx); err != nil {
				h.Error(err)
			}
		})
		r.Ready(ctx)
		return r
	}
	head, err := h.log.Head(ctx, "")
	if err != nil {
		h.Fatal(err)
	}
	if err := run(fold{h.board}, nil).Wait(ctx, head.Seq); err != nil { // as the app does
		h.Fatal(err)
	}
	page := hosted.NewStatuspage("p1", token, &hosted.StatuspageOptions{API: "https://api.example.com/v1", Client: &http.Client{Transport: h.there}})
	f := hosted.New(h.board, page, &hosted.Options{URL: "https://status.example.com", Hold: hold})
	h.runner = run(f, &follow.Options{Hold: hold, GaveUp: func(_ context.Context, r store.Record, why error) error {
		h.gaveUp = append(h.gaveUp, fmt.Sprintf("%d %s", r.Seq, why))
		return nil
	}})
	h.stop = func() {
		cancel()
		wg.Wait()
		h.stop = func() {}
	}
	synctest.Wait()
}

// happen appends events of one stream.
func (h *house) happen(stream string, evs ...incident.Event) {
	h.Helper()
	h.append(stream, evs...)
	synctest.Wait()
}

// append is happen, by any goroutine.
func (h *house) append(stream string, evs ...incident.Event) {
	h.Helper()
	for _, ev := range evs {
		data, err := incident.Encode(incident.Meta{By: incident.Person{ID: "local/ana", Name: "ana"}}, ev)
		if err != nil {
			h.Error(err)
			return
		}
		_, imported := ev.(incident.PublicImported)
		if _, err := h.log.Append(h.Context(), stream, "", store.Record{Kind: ev.Kind(), Data: data, Imported: imported}); err != nil {
			h.Error(err)
			return
		}
	}
}

// after lets time pass.
func (h *house) after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func down(state incident.ComponentState) []incident.ComponentChange {
	return []incident.ComponentChange{{ID: "c1", Name: "Checkout", New: state}, {ID: "c2", Name: "Backend - API", New: incident.Operational}, {ID: "c3", Name: "Not there", New: state}}
}

// told is update n, shown now.
func told(n int, s incident.Status, body string, affects []incident.ComponentChange) incident.UpdatePosted {
	u := incident.UpdatePosted{Code: fmt.Sprintf("u%d", n), Status: s, Body: body, Affects: affects, Impact: incident.ImpactOf(affects, 3), Shown: time.Now()}
	if n == 1 {
		u.Title = "Checkout fails"
	}
	return u
}

// writes lists the requests that change something.
func (h *house) writes() []string {
	return slices.DeleteFunc(h.there.Requests(), func(r string) bool { return strings.HasPrefix(r, "GET ") })
}

// there is what stands on the hosted page of its one incident, the newest first.
func (h *house) page() string {
	h.Helper()
	var out []string
	for _, in := range h.there.Incidents() {
		line := fmt.Sprintf("%s [%s %s]", in.Name, in.Status, in.Impact)
		for _, u := range in.Updates {
			line += fmt.Sprintf(" %s: %s;", u.Status, u.Body)
		}
		if in.Published != nil {
			line += " postmortem: " + *in.Body
		}
		out = append(out, line)
	}
	return strings.Join(out, " | ")
}

func (h *house) wantPage(want string) {
	h.Helper()
	if got := h.page(); got != want {
		h.Errorf("there stands\n\t%s\nand not\n\t%s", got, want)
	}
}

func (h *house) want(what string, got []string, want ...string) {
	h.Helper()
	if !slices.Equal(got, want) {
		h.Errorf("%s:\n\t%s\nwant\n\t%s", what, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

var declared = incident.Declared{Number: 1, Title: "db1 is down, internal"}

// An incident goes there update by update, each with all that changed in one
// request, when it cannot be undone any more; and its postmortem.
func TestAnIncidentIsKeptInStep(t *testing.T) {
	newHouse(t, func(h *house) {
		h.happen("INC-1", declared, incident.NoteAdded{Text: "internal"}, told(1, incident.Investigating, "We look.", down(incident.MajorOutage)))
		h.after(hold - time.Second)
		h.want("before the hold is over", h.there.Requests())
		h.after(3 * time.Second)
		h.wantPage("Checkout fails [investigating major] investigating: We look.;")
		h.want("asked", h.there.Requests(), "GET /incidents", "GET /components", "POST /incidents")
		if s := h.there.States(); s["Checkout"] != "major_outage" || s["API"] != "operational" || len(s) != 3 {
			h.Errorf("components: %v", s)
		}
		h.after(10 * time.Minute)
		h.happen("INC-1", told(2, incident.Identified, "We know.", down(incident.PartialOutage)))
		h.after(time.Minute)
		h.happen("INC-1", told(3, incident.Resolved, "Over.", down(incident.Operational)), incident.StateChanged{Status: incident.Resolved})
		h.after(time.Minute)
		h.want("asked", h.writes(), "POST /incidents", "PATCH /incidents/"+h.there.Incidents()[0].ID, "PATCH /incidents/"+h.there.Incidents()[0].ID)
		h.wantPage("Checkout fails [resolved major] resolved: Over.; identified: We know.; investigating: We look.;")
		if s := h.there.States(); s["Checkout"] != "operational" {
			h.Errorf("components: %v", s)
		}
		h.happen("INC-1", incident.PostmortemEdited{Version: "internal", Text: "internal"}, incident.PostmortemPublished{Code: "pm", Body: "What happened.", Shown: time.Now()})
		h.after(time.Minute)
		h.wantPage("Checkout fails [resolved major] resolved: Over.; identified: We know.; investigating: We look.; postmortem: What happened.")
		h.want("subscribers heard", h.there.Mails(),
			"Checkout fails: investigating: We look.", "Checkout fails: identified: We know.", "Checkout fails: resolved: Over.", "Checkout fails: postmortem: What happened.")
		h.happen("INC-1", incident.PostmortemPublished{Code: "pm", Body: "What really happened.", Shown: time.Now(), Quiet: true})
		h.after(time.Minute)
		if !strings.HasSuffix(h.page(), "postmortem: What really happened.") || len(h.there.Mails()) != 4 {
			h.Errorf("mended: %s, and subscribers heard %q", h.page(), h.there.Mails())
		}
		h.happen("INC-1", incident.PostmortemUnpublished{}, incident.UpdateEdited{Number: 2, Body: "We know now."})
		h.after(2 * time.Minute)
		h.wantPage("Checkout fails [resolved major] resolved: Over.; identified: We know now.; investigating: We look.;")
		if n := h.there.Fastest(); n > 1 || len(h.there.Mails()) != 4 {
			h.Errorf("%d requests in a second, and subscribers heard %q", n, h.there.Mails())
		}
	})
}

// Whatever fails, and whether it was done or not, each update stands there once
// and is told once; also when the process was ended in between.
func TestEachUpdateStandsThereOnce(t *testing.T) {
	type f = fakestatuspage.Fault
	for name, faults := range map[string][]f{
		"refused":          {fakestatuspage.Refuse, fakestatuspage.Refuse, fakestatuspage.Refuse},
		"too often":        {fakestatuspage.Slow},
		"dropped":          {fakestatuspage.Drop, fakestatuspage.Drop},
		"done and lost":    {fakestatuspage.Lose},
		"done, and a 502":  {fakestatuspage.Break},
		"every time":       {fakestatuspage.Lose, fakestatuspage.Lose, fakestatuspage.Lose, fakestatuspage.Lose},
		"one way or other": {fakestatuspage.Drop, fakestatuspage.Lose, fakestatuspage.Slow, fakestatuspage.Break, fakestatuspage.Refuse},
	} {
		for _, restart := range []bool{false, true} {
			newHouse(t, func(h *house) {
				again := func() {
					if restart {
						h.start()
					}
				}
				h.there.Disturb(faults...)
				h.happen("INC-1", declared, told(1, incident.Investigating, "We look.", down(incident.MajorOutage)))
				h.after(hold + 2500*time.Millisecond)
				again()
				h.after(10 * time.Minute)
				h.there.Disturb(faults...)
				h.happen("INC-1", told(2, incident.Resolved, "Over.", down(incident.Operational)))
				h.after(hold + 1500*time.Millisecond)
				again()
				h.after(10 * time.Minute)
				h.there.Disturb(faults...)
				h.happen("INC-1", incident.PostmortemPublished{Code: "pm", Body: "Why.", Shown: time.Now()})
				h.after(hold + 1500*time.Millisecond)
				again()
				h.after(10 * time.Minute)
				if want := "Checkout fails [resolved major] resolved: Over.; investigating: We look.; postmortem: Why."; h.page() != want {
					h.Errorf("%s, restarted %v: there stands\n\t%s\nand not\n\t%s", name, restart, h.page(), want)
				}
				if got := h.there.Mails(); len(got) != 3 {
					h.Errorf("%s, restarted %v: subscribers heard %q", name, restart, got)
				}
				if len(h.gaveUp) > 0 || h.runner.Status().Failing != "" {
					h.Errorf("%s, restarted %v: gave up %q, %+v", name, restart, h.gaveUp, h.runner.Status())
				}
			})
		}
	}
}

// Ended between what was done there and what is kept here, at every record, it
// goes on without doing anything twice.
func TestEndedBeforeItsPlaceWasKept(t *testing.T) {
	newHouse(t, func(h *house) {
		type place struct {
			seq   uint64
			state []byte
		}
		var places []place
		for _, ev := range []incident.Event{
			declared, told(1, incident.Investigating, "We look.", nil), told(2, incident.Identified, "We know.", nil), incident.UpdateEdited{Number: 1, Body: "We looked."}, told(3, incident.Resolved, "Over.", nil),
			incident.PostmortemPublished{Code: "pm", Body: "Why.", Shown: time.Now()},
		} {
			seq, state, err := h.log.Cursor(h.Context(), "hosted:statuspage")
			if err != nil {
				h.Fatal(err)
			}
			places = append(places, place{seq, state})
			h.happen("INC-1", ev)
			h.after(5 * time.Minute)
		}
		want, heard := h.page(), h.there.Mails()
		if len(heard) != 4 || !strings.Contains(want, "We looked.") {
			h.Fatalf("%s; %q", want, heard)
		}
		for i, p := range places[2:] { // before the first it knew nothing, and what is older is not sent
			h.stop()
			if err := h.log.SetCursor(h.Context(), "hosted:statuspage", p.seq, p.state); err != nil {
				h.Fatal(err)
			}
			h.start()
			h.after(20 * time.Minute)
			if got := h.page(); got != want || len(h.there.Mails()) != len(heard) || len(h.gaveUp) > 0 {
				h.Errorf("from place %d (record %d): there stands\n\t%s\nand not\n\t%s\nheard %q, gave up %q", i, p.seq, got, want, h.there.Mails(), h.gaveUp)
			}
		}
	})
}
