package incident

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// planned is work from minute 60 to minute 120, announced at minute 1.
func plannedWork(change func(*MaintenanceScheduled), events ...Event) *Maintenance {
	ev := MaintenanceScheduled{Number: 1, Code: "u1", Title: "Upgrade", Body: "We upgrade.", From: after(60), Until: after(120), Remind: after(30), Shown: after(1), Affects: []ComponentChange{{ID: "c1", Name: "Checkout"}}}
	if change != nil {
		change(&ev)
	}
	w := NewMaintenance("MNT-1")
	each(append([]Event{ev}, events...), w.Apply)
	return w
}

// told says in short what events are.
func inShort(evs []Event) string {
	var out []string
	for _, ev := range evs {
		switch e := ev.(type) {
		case MaintenanceMoved:
			s := string(e.Status) + " " + e.Code + fmt.Sprintf(" at %d", int(e.Shown.Sub(noon).Minutes()))
			if e.Quiet {
				s += " quietly"
			}
			out = append(out, s)
		case MaintenanceReminded:
			out = append(out, fmt.Sprintf("reminded, missed %v", e.Missed))
		}
	}
	return strings.Join(out, ", ")
}

// What the clock does with planned work, when, and what it leaves to people.
func TestDue(t *testing.T) {
	manual := func(e *MaintenanceScheduled) { e.Manual = true }
	moved := func(s Status) Event { return MaintenanceMoved{Code: "u2", Status: s, Body: "b", Shown: after(2)} }
	for _, tt := range []struct {
		name string
		w    *Maintenance
		next int // minutes after noon; 0 is never
		now  int
		want string
	}{
		{"not yet", plannedWork(nil), 30, 29, ""},
		{"a reminder", plannedWork(nil), 30, 30, "reminded, missed false"},
		{"reminded", plannedWork(nil, MaintenanceReminded{}), 60, 59, ""},
		{"it begins", plannedWork(nil, MaintenanceReminded{}), 60, 60, "in_progress c2 at 60"},
		{"it begins late", plannedWork(nil, MaintenanceReminded{}), 60, 70, "in_progress c2 at 70"},
		{"no reminder once it begins", plannedWork(nil), 30, 61, "reminded, missed true, in_progress c2 at 61"},
		{"a window that was missed whole", plannedWork(nil), 30, 200, "reminded, missed true, in_progress c2 at 60 quietly, completed c3 at 200"},
		{"it ends", plannedWork(nil, MaintenanceReminded{}, moved(InProgress)), 120, 120, "completed c3 at 120"},
		{"begun earlier by somebody", plannedWork(nil, moved(InProgress)), 120, 40, ""},
		{"being verified is in people's hands", plannedWork(nil, moved(InProgress), moved(Verifying)), 0, 500, ""},
		{"over", plannedWork(nil, moved(InProgress), moved(Completed)), 0, 500, ""},
		{"canceled", plannedWork(nil, moved(Canceled)), 0, 500, ""},
		{"by hand", plannedWork(manual), 30, 500, "reminded, missed true"},
		{"by hand, reminded", plannedWork(manual, MaintenanceReminded{}), 0, 500, ""},
		{"by hand, begun", plannedWork(manual, moved(InProgress)), 0, 500, ""},
		{"moved", plannedWork(nil, MaintenanceReminded{}, MaintenanceRescheduled{Code: "u2", From: after(90), Until: after(100), Remind: after(80), Body: "b", Shown: after(3)}), 80, 85, "reminded, missed false"},
		{"put into somebody's hands", plannedWork(nil, MaintenanceReminded{}, MaintenanceRescheduled{Code: "u2", From: after(60), Until: after(120), Remind: after(30), Manual: true, Body: "b"}), 0, 500, ""},
		{"not announced", NewMaintenance("MNT-1"), 0, 500, ""},
	} {
		if next := tt.w.NextDue(); next.IsZero() != (tt.next == 0) || tt.next != 0 && !next.Equal(after(tt.next)) {
			t.Errorf("%s: due at %s, want minute %d", tt.name, next, tt.next)
		}
		evs := tt.w.Due(after(tt.now), func(n int) string { return fmt.Sprintf("c%d", n) })
		if got := inShort(evs); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		c := tt.w.Clone()
		for _, ev := range evs {
			c.Apply(Meta{Recorded: after(tt.now), When: after(tt.now)}, ev)
		}
		if again := c.Due(after(tt.now), func(int) string { return "x" }); len(evs) > 0 && len(again) > 0 {
			t.Errorf("%s: it is due again at once: %q", tt.name, inShort(again))
		}
	}
}

// Words in between are an update with the status as it is; another window is what
// the page, its feeds and calendars show.
func TestWordsAndWindows(t *testing.T) {
	w := plannedWork(nil, MaintenanceMoved{Code: "u2", Status: InProgress, Body: "b", Shown: after(60)})
	evs, err := w.Say(" Half of it is done. ", after(70), true, "u3")
	if err != nil || len(evs) != 1 {
		t.Fatal(evs, err)
	}
	w.Apply(Meta{Recorded: after(70)}, evs[0])
	p := w.Public(page)
	if u := p.Updates[0]; p.Label(0) != "Update" || u.Body != "Half of it is done." || u.Notify || u.Affected[0].New != UnderMaintenance || u.Affected[0].Old != UnderMaintenance {
		t.Errorf("said: %+v", u)
	}
	for _, tt := range []struct {
		name    string
		e       MaintenanceRescheduled
		problem string
	}{
		{"its end", MaintenanceRescheduled{Until: after(180), Body: "x", Shown: after(76)}, ""},
		{"without words", MaintenanceRescheduled{Until: after(180)}, "words-missing"},
		{"its beginning", MaintenanceRescheduled{From: after(90), Until: after(180), Body: "x"}, "begun"},
		{"to before it", MaintenanceRescheduled{Until: after(50), Body: "x"}, "bad-until"},
		{"to the past", MaintenanceRescheduled{Until: after(65), Body: "x"}, "bad-until"},
		{"as it is", MaintenanceRescheduled{Remind: after(30), Body: "x"}, "same-window"},
	} {
		evs, err := w.Reschedule(tt.e, after(75))
		if got := problem(t, err); got != tt.problem {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.problem)
		} else if got == "" {
			c := w.Clone()
			c.Apply(Meta{Recorded: after(76)}, evs[0])
			if p := c.Public(page); !p.Until.Equal(after(180)) || !p.From.Equal(after(60)) || p.Status != InProgress || p.Updates[0].Body != "x" {
				t.Errorf("%s: %+v", tt.name, p)
			}
		}
	}
	over := plannedWork(nil, MaintenanceMoved{Status: Canceled, Body: "b"})
	if _, err := over.Say("x", after(3), false, "c"); problem(t, err) != "maintenance-over" {
		t.Error("something is said of what is over")
	}
	if _, err := over.Reschedule(MaintenanceRescheduled{Until: after(500), Body: "x"}, after(3)); problem(t, err) != "maintenance-over" {
		t.Error("what is over is moved")
	}
	if got := plannedWork(nil, erased(MaintenanceRescheduled{})); !got.From.Equal(after(60)) || !slices.ContainsFunc(got.Updates, func(u PublicUpdate) bool { return u.Code == "u1" }) {
		t.Errorf("an erased window: %+v", got)
	}
}
