package outbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sitrep/incident"
	"sitrep/subscriber"
)

var declared = incident.Declared{Number: 1, Title: "db1 crashed"}

// TestStory: beginning, update and end reach whoever subscribed, each once, and
// nothing is left of it.
func TestStory(t *testing.T) {
	newHouse(t, func(h *house) {
		for i := range 5 { // more than a batch
			h.joins(fmt.Sprintf("p%d@example.com", i), subscriber.Choice{})
		}
		h.happens("INC-1", declared, incident.NoteAdded{Text: "internal"})
		h.heard()
		for _, c := range []struct {
			status incident.Status
			says   string
		}{{incident.Investigating, "Down: Investigating u0."}, {incident.Identified, "Down: Identified u1."}, {incident.Identified, "Down: Update u2."}, {incident.Resolved, "Down: Resolved u3."}} {
			h.happens("INC-1", update(c.says[len(c.says)-3:len(c.says)-1], c.status))
			var want []string
			for i := range 5 {
				want = append(want, fmt.Sprintf("p%d@example.com: %s", i, c.says))
			}
			h.heard(want...)
		}
		for key, n := range h.pigeon.keys {
			if n != 1 {
				h.Errorf("%s was carried %d times", key, n)
			}
		}
		if n := h.threads(); n != 0 {
			h.Errorf("%d threads are kept of what is over", n)
		}
	})
}

// TestDigest: what piles up while the server is away, or is published while
// others are being told, reaches everybody as one message.
func TestDigest(t *testing.T) {
	newHouse(t, func(h *house) {
		h.joins("jane@example.com", subscriber.Choice{})
		h.pigeon.set(func(p *pigeon) { p.away = true })
		h.happens("INC-1", declared, update("u1", incident.Investigating))
		h.sleep(10 * time.Minute)
		h.happens("INC-1", update("u2", incident.Identified))
		if s := h.runner.Status(); s.Failing == "" {
			h.Errorf("nobody is told that nothing is sent: %+v", s)
		}
		h.stop()
		h.pigeon.set(func(p *pigeon) { p.away = false })
		h.start()
		h.heard("jane@example.com: Down: Identified u2. < Investigating u1.")

		h.joins("late@example.com", subscriber.Choice{})
		h.pigeon.onFlight = func(address string) {
			if address == "jane@example.com" {
				h.pigeon.set(func(p *pigeon) { p.onFlight = nil })
				h.happens2("INC-1", update("u4", incident.Monitoring))
			}
		}
		h.happens("INC-1", update("u3", incident.Identified))
		h.heard("jane@example.com: Down: Monitoring u4. < Update u3.", "late@example.com: Down: Monitoring u4. < Update u3.")
	})
}

// TestTheEnd: the end reaches who was told of the beginning, and nobody else.
func TestTheEnd(t *testing.T) {
	newHouse(t, func(h *house) {
		api := subscriber.Choice{Components: []string{"api"}}
		h.joins("all@example.com", subscriber.Choice{})
		told := h.joins("api@example.com", api)
		h.joins("web@example.com", subscriber.Choice{Components: []string{"web"}})
		h.happens("INC-1", declared, update("u1", incident.Investigating, "api"))
		h.heard("all@example.com: Down: Investigating u1.", "api@example.com: Down: Investigating u1.")
		// Who chose otherwise meanwhile is told the end of what they heard of.
		if _, err := h.registry.Change(h.Context(), told.ID, subscriber.Choice{Components: []string{"web"}}); err != nil {
			h.Fatal(err)
		}
		h.happens("INC-1", update("u2", incident.Resolved, "api"))
		h.heard("all@example.com: Down: Resolved u2.", "api@example.com: Down: Resolved u2.")

		// An update that nobody was to be told of is not a beginning.
		quiet := update("u3", incident.Investigating)
		quiet.Quiet = true
		h.happens("INC-2", incident.Declared{Number: 2, Title: "x"}, quiet)
		h.heard()
		h.happens("INC-2", update("u4", incident.Resolved))
		h.heard("all@example.com: Down: Resolved u4.", "api@example.com: Down: Resolved u4.", "web@example.com: Down: Resolved u4.")
	})
}

// TestJoining: who subscribes while something goes on is told where it stands,
// and then the end; who comes after the end is told nothing.
func TestJoining(t *testing.T) {
	newHouse(t, func(h *house) {
		h.joins("first@example.com", subscriber.Choice{})
		h.happens("INC-1", declared, update("u1", incident.Investigating), update("u2", incident.Identified))
		h.heard("first@example.com: Down: Identified u2. < Investigating u1.")
		if err := h.registry.Ask(h.Context(), subscriber.Asked{Channel: subscriber.Mail, Address: "late@example.com"}); err != nil {
			h.Fatal(err)
		}
		h.heard("late@example.com: confirm 1")
		s := h.registry.Find(subscriber.Mail, "late@example.com")
		if _, err := h.registry.Confirm(h.Context(), subscriber.Link{ID: s.ID, Ask: 1}); err != nil {
			h.Fatal(err)
		}
		h.heard("late@example.com: Down: Identified u2. < Investigating u1.")
		h.sleep(time.Minute)
		h.happens("INC-1", update("u3", incident.Resolved))
		h.heard("first@example.com: Down: Resolved u3.", "late@example.com: Down: Resolved u3.")
		h.joins("after@example.com", subscriber.Choice{})
		h.heard()

		// While the server is away, one comes before the end and one after it.
		h.pigeon.set(func(p *pigeon) { p.away = true })
		h.happens("INC-2", incident.Declared{Number: 2, Title: "y"}, update("u4", incident.Investigating))
		h.sleep(time.Minute)
		h.joins("during@example.com", subscriber.Choice{})
		h.happens("INC-2", update("u5", incident.Resolved))
		h.sleep(time.Minute)
		h.joins("too.late@example.com", subscriber.Choice{})
		h.pigeon.set(func(p *pigeon) { p.away = false })
		h.sleep(2 * time.Minute)
		var want []string
		for _, who := range []string{"after", "during", "first", "late"} {
			want = append(want, who+"@example.com: Down: Resolved u5. < Investigating u4.")
		}
		got := slices.DeleteFunc(h.pigeon.heard(), func(s string) bool { return strings.Contains(s, "confirm") })
		if !slices.Equal(got, want) {
			h.Errorf("carried %q, want %q", got, want)
		}
	})
}

// TestTheGate: what became private, was withdrawn or erased is not sent, nor
// anything to who left, also in the middle of a batch.
func TestTheGate(t *testing.T) {
	newHouse(t, func(h *house) {
		h.joins("a@example.com", subscriber.Choice{})
		b := h.joins("b@example.com", subscriber.Choice{})
		h.joins("c@example.com", subscriber.Choice{})
		h.pigeon.onFlight = func(address string) {
			switch address {
			case "b@example.com":
				if err := h.registry.Leave(h.Context(), b.ID, "one-click"); err != nil {
					h.Error(err)
				}
			case "c@example.com":
				h.happens2("INC-1", incident.PrivacyChanged{Private: true})
			}
		}
		h.happens("INC-1", declared, update("u1", incident.Investigating))
		h.heard("a@example.com: Down: Investigating u1.")
		h.pigeon.set(func(p *pigeon) { p.onFlight = nil })
		h.happens("INC-1", incident.PrivacyChanged{Private: false})
		h.heard("c@example.com: Down: Investigating u1.")

		h.happens("INC-2", incident.Declared{Number: 2, Title: "exercise", Drill: true}, update("u1", incident.Investigating))
		h.happens("INC-3", incident.Declared{Number: 3, Title: "secret", Private: true}, update("u1", incident.Investigating))
		h.heard()
	})
}

// happens2 records from within a flight: the board is waited for, not everybody.
func (h *house) happens2(stream string, ev incident.Event) {
	h.Helper()
	rs, err := h.record(stream, ev)
	if err != nil {
		h.Error(err)
		return
	}
	if err := h.board.Await(h.Context(), rs); err != nil {
		h.Error(err)
	}
}

// TestHold: what is undone while it is held was never sent.
func TestHold(t *testing.T) {
	newHouse(t, func(h *house) {
		h.hold = 30 * time.Second
		h.start()
		h.joins("jane@example.com", subscriber.Choice{})
		h.happens("INC-1", declared, update("u1", incident.Investigating))
		h.sleep(20 * time.Second)
		h.happens("INC-1", incident.UpdateWithdrawn{Number: 1}, update("u2", incident.Investigating))
		h.sleep(29 * time.Second)
		h.heard()
		// A request to confirm is not held.
		if err := h.registry.Ask(h.Context(), subscriber.Asked{Channel: subscriber.Mail, Address: "eve@example.com"}); err != nil {
			h.Fatal(err)
		}
		h.heard("eve@example.com: confirm 1")
		h.sleep(2 * time.Second)
		h.heard("jane@example.com: Down: Investigating u2.")
		h.happens("INC-1", update("u3", incident.Identified))
		h.sleep(20 * time.Second)
		h.happens("INC-1", update("u4", incident.Resolved))
		h.sleep(11 * time.Second)
		h.heard("jane@example.com: Down: Identified u3.")
		h.sleep(20 * time.Second)
		h.heard("jane@example.com: Down: Resolved u4.")
	})
}

// TestAfterwards: a postmortem and a correction that is to be told reach those
// who want to hear of the incident, once.
func TestAfterwards(t *testing.T) {
	newHouse(t, func(h *house) {
		h.joins("jane@example.com", subscriber.Choice{})
		h.joins("web@example.com", subscriber.Choice{Components: []string{"web"}})
		h.happens("INC-1", declared, update("u1", incident.Investigating, "api"), update("u2", incident.Resolved, "api"))
		h.heard("jane@example.com: Down: Resolved u2. < Investigating u1.")
		h.happens("INC-1", incident.UpdateEdited{Number: 2, Body: "All is well."})
		h.heard()
		h.sleep(time.Minute)
		h.happens("INC-1", incident.UpdateEdited{Number: 2, Body: "All is well again.", Notify: true})
		h.heard("jane@example.com: Down: correction < Resolved All is well again.")
		h.happens("INC-1", incident.PostmortemPublished{Code: "pm", Body: "It broke.", Shown: time.Now()})
		h.heard("jane@example.com: Down: postmortem")
		h.sleep(time.Minute)
		h.joins("late@example.com", subscriber.Choice{})
		h.heard()
		if n := h.threads(); n != 0 {
			h.Errorf("%d threads are kept of what is over", n)
		}
	})
}

func TestMaintenance(t *testing.T) {
	newHouse(t, func(h *house) {
		h.joins("jane@example.com", subscriber.Choice{})
		now := time.Now()
		h.happens("MNT-1", incident.MaintenanceScheduled{Number: 1, Title: "Upgrade", Code: "m1", Body: "We upgrade.", From: now.Add(time.Hour), Until: now.Add(2 * time.Hour), Shown: now})
		h.heard("jane@example.com: Upgrade: Scheduled We upgrade.")
		h.happens("MNT-1", incident.MaintenanceRescheduled{Code: "m1b", From: now.Add(2 * time.Hour), Until: now.Add(3 * time.Hour), Body: "An hour later.", Shown: now})
		h.heard("jane@example.com: Upgrade: Update An hour later.")
		h.sleep(time.Hour)
		h.happens("MNT-1", incident.MaintenanceReminded{Missed: true})
		h.heard()
		h.happens("MNT-1", incident.MaintenanceReminded{})
		h.heard("jane@example.com: Upgrade: reminder < Update An hour later.")
		h.joins("late@example.com", subscriber.Choice{Components: []string{"web"}, Incidents: []string{"nothing"}})
		h.happens("MNT-1", incident.MaintenanceMoved{Code: "m2", Status: incident.InProgress, Body: "We begin.", Shown: now})
		h.heard("jane@example.com: Upgrade: In progress We begin.", "late@example.com: Upgrade: In progress We begin.")
		h.happens("MNT-1", incident.MaintenanceMoved{Code: "m3", Status: incident.Completed, Body: "Done.", Shown: now})
		h.heard("jane@example.com: Upgrade: Completed Done.", "late@example.com: Upgrade: Completed Done.")
	})
}

// TestTroubledAddresses: one that takes nothing is quarantined, one that is away
// is tried again, and neither holds up anybody.
func TestTroubledAddresses(t *testing.T) {
	newHouse(t, func(h *house) {
		dead, away := h.joins("dead@example.com", subscriber.Choice{}), h.joins("away@example.com", subscriber.Choice{})
		h.joins("jane@example.com", subscriber.Choice{})
		h.pigeon.set(func(p *pigeon) { p.refuses["dead@example.com"], p.misses["away@example.com"] = true, true })
		h.happens("INC-1", declared, update("u1", incident.Investigating))
		h.heard("jane@example.com: Down: Investigating u1.")
		if s := h.registry.Get(dead.ID); s.Stopped != "550 5.1.1" || h.registry.Get(away.ID).Stopped != "" {
			h.Errorf("dead: %+v", s)
		}
		h.happens("INC-1", update("u2", incident.Resolved))
		h.heard("jane@example.com: Down: Resolved u2.")
		if h.runner.Status().Failing != "" {
			h.Error("one address that is away is called a failure of the whole")
		}
		h.pigeon.set(func(p *pigeon) { p.misses = map[string]bool{} })
		h.sleep(time.Hour)
		h.heard("away@example.com: Down: Resolved u2. < Investigating u1.")
		if n := h.threads(); n != 0 {
			h.Errorf("%d threads are kept", n)
		}

		h.pigeon.set(func(p *pigeon) { p.misses["away@example.com"] = true })
		h.happens("INC-2", incident.Declared{Number: 2, Title: "y"}, update("u3", incident.Investigating))
		h.sleep(72 * time.Hour)
		h.heard("jane@example.com: Down: Investigating u3.")
		if s := h.registry.Get(away.ID); !strings.HasPrefix(s.Stopped, "away for too long") {
			h.Errorf("away for three days: %+v", s)
		}
		// Released, it is told where things stand.
		h.pigeon.set(func(p *pigeon) { p.misses = map[string]bool{} })
		if _, err := h.registry.Release(h.Context(), away.ID); err != nil {
			h.Fatal(err)
		}
		h.heard("away@example.com: Down: Investigating u3.")
	})
}

// TestLetters: a request that cannot be delivered is tried again, until nobody
// could use it; of two requests the later one is sent.
func TestLetters(t *testing.T) {
	newHouse(t, func(h *house) {
		ask := func() {
			h.Helper()
			if err := h.registry.Ask(h.Context(), subscriber.Asked{Channel: subscriber.Mail, Address: "eve@example.com"}); err != nil {
				h.Fatal(err)
			}
			synctest.Wait()
		}
		h.pigeon.set(func(p *pigeon) { p.misses["eve@example.com"] = true })
		ask()
		h.heard()
		h.pigeon.set(func(p *pigeon) { p.misses = map[string]bool{} })
		h.sleep(2 * time.Minute)
		h.heard("eve@example.com: confirm 1")
		h.pigeon.set(func(p *pigeon) { p.away = true })
		ask()
		ask()
		h.pigeon.set(func(p *pigeon) { p.away = false })
		h.sleep(2 * time.Minute)
		h.heard("eve@example.com: confirm 3")
		h.sleep(25 * time.Hour)
		h.pigeon.set(func(p *pigeon) { p.away = true })
		ask()
		h.sleep(25 * time.Hour)
		h.pigeon.set(func(p *pigeon) { p.away = false })
		h.sleep(2 * time.Hour)
		h.heard()
	})
}

// TestDying: the carrier gives up, or the process dies, after every single
// message in turn, and is started again: nobody misses anything, and what is sent
// twice, at most a batch, has the same key.
func TestDying(t *testing.T) {
	for _, dead := range []bool{false, true} {
		for after := 1; after <= 9; after++ {
			t.Run(fmt.Sprintf("dead=%v after %d", dead, after), func(t *testing.T) {
				newHouse(t, func(h *house) {
					for i := range 7 {
						h.joins(fmt.Sprintf("p%d@example.com", i), subscriber.Choice{})
					}
					h.happens("INC-1", declared)
					clear(h.pigeon.keys)
					h.pigeon.set(func(p *pigeon) {
						if p.shot = after; dead {
							p.shot, p.dies = -1, after
						}
					})
					h.happens("INC-1", update("u1", incident.Investigating))
					h.start()
					h.happens("INC-1", update("u2", incident.Resolved))
					h.sleep(time.Minute)
					h.start()
					heard := map[string]string{}
					for _, line := range h.pigeon.heard() {
						who, what, _ := strings.Cut(line, ": ")
						heard[who] += what
					}
					for i := range 7 {
						if got := heard[fmt.Sprintf("p%d@example.com", i)]; !strings.Contains(got, "Investigating u1.") || !strings.Contains(got, "Resolved u2.") {
							h.Errorf("p%d heard %q", i, got)
						}
					}
					twice := 0
					for key, n := range h.pigeon.keys {
						if twice += n - 1; n > 2 || n > 1 && !dead {
							h.Errorf("%s was carried %d times", key, n)
						}
					}
					if twice > h.pigeon.batch {
						h.Errorf("%d messages were carried twice", twice)
					}
				})
			})
		}
	}
}

// TestMany: of thousands with choices of their own, each hears what is theirs,
// with stops in between.
func TestMany(t *testing.T) {
	newHouse(t, func(h *house) {
		h.pigeon.set(func(p *pigeon) { p.batch = 50 })
		want := map[string]bool{}
		for i := range 600 {
			c := subscriber.Choice{}
			if i%3 > 0 {
				c.Components = []string{[]string{"", "api", "web"}[i%3]}
			}
			address := fmt.Sprintf("p%03d@example.com", i)
			h.joins(address, c)
			want[address+": Down: Investigating u1."] = i%3 < 2
		}
		h.pigeon.set(func(p *pigeon) { p.slow = time.Millisecond })
		h.pigeon.set(func(p *pigeon) { p.shot = 170 })
		h.happens("INC-1", declared, update("u1", incident.Investigating, "api"))
		h.sleep(100 * time.Millisecond)
		h.start()
		h.sleep(time.Minute)
		synctest.Wait()
		got := h.pigeon.heard()
		for _, line := range got {
			if !want[line] {
				h.Errorf("carried %q", line)
			}
		}
		if len(got) != 400 {
			h.Errorf("%d messages", len(got))
		}
	})
}
