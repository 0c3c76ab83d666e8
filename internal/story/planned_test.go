package story_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sitrep/incident"
	"sitrep/internal/app"
	"sitrep/internal/config"
)

// on makes a story of lines that begin with their day and time.
func on(zone *time.Location, lines ...string) string {
	var b strings.Builder
	for _, l := range lines {
		at, err := time.ParseInLocation("2006-01-02 15:04", l[:16], zone)
		if err != nil {
			panic(err)
		}
		b.WriteString(at.Format(time.RFC3339) + l[16:] + "\n")
	}
	return b.String()
}

// planned is all planned work, a line each step: its status and when it was told.
func planned(a *app.App, zone *time.Location) []string {
	var out []string
	ws := a.Board.Maintenances()
	slices.Reverse(ws)
	for _, w := range ws {
		line := w.ID + ":"
		for _, u := range w.Updates {
			line += " " + string(u.Status) + u.Shown.In(zone).Format(" Jan 2 15:04") + map[bool]string{true: "", false: " quietly"}[u.Notify] + ";"
		}
		if w.Reminded {
			line += " reminded"
		}
		out = append(out, line)
	}
	return out
}

func inChicago(t *testing.T) (*config.Config, *time.Location) {
	t.Helper()
	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	return config.Default(zone), zone
}

// Planned work that repeats begins and ends by the clock, people are reminded of
// it, and each time is announced when the one before it is over, at the same time
// of the clock when the clocks have changed; until it is canceled.
func TestPlannedWorkRepeats(t *testing.T) {
	cfg, zone := inChicago(t)
	a, receipts, err := playWith(t, on(zone,
		`2026-10-20 09:00 #ops @ana /incident maintenance schedule from:"2026-10-27 22:00" for:90m repeat:weekly title:"Upgrade" affects:api We upgrade.`,
		`2026-10-27 22:30 #ops @ana /incident maintenance update MNT-1 Half of it is done.`,
		`2026-11-03 22:30 #ops @ana /incident maintenance complete MNT-2 Done early.`,
		`2026-11-04 09:00 #ops @ana /incident maintenance cancel MNT-3 Not this week.`,
		`2026-11-05 09:00 #ops @ana /incident maintenance cancel MNT-4 series:yes No more.`,
		`2026-12-24 09:00 #ops @ana /incident maintenance list`,
	), cfg)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"MNT-1: scheduled Oct 20 09:00; in_progress Oct 27 22:00; in_progress Oct 27 22:30; completed Oct 27 23:30; reminded",
		"MNT-2: scheduled Oct 27 23:30 quietly; in_progress Nov 3 22:00; completed Nov 3 22:30; reminded",
		"MNT-3: scheduled Nov 3 22:30 quietly; canceled Nov 4 09:00;",
		"MNT-4: scheduled Nov 4 09:00 quietly; canceled Nov 5 09:00;",
	}
	if got := planned(a, zone); !slices.Equal(got, want) {
		t.Errorf("it went\n%s\nand not\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, want := range []string{
		"Then again: Nov 03, 2026 - 22:00 CST; Nov 10, 2026 - 22:00 CST; Nov 17, 2026 - 22:00 CST.",
		"MNT-3 is canceled, and customers see it. The next time is not canceled by it.",
		"MNT-4 and all that would follow it are canceled, and customers see it.",
	} {
		if !strings.Contains(receipts, want) {
			t.Errorf("the receipts do not say %q:\n%s", want, receipts)
		}
	}
	p := a.Board.Maintenance("MNT-1").Public(a.Board.Page())
	if u := p.Updates[0]; u.Body != incident.MaintenanceWords(incident.Completed) || u.Affected[0].Old != incident.UnderMaintenance || u.Affected[0].New != incident.Operational {
		t.Errorf("it ended with %+v", u)
	}
	if cal := get(t, a, "/history.ics"); strings.Count(cal, "BEGIN:VEVENT") != 4 || strings.Count(cal, "STATUS:CANCELLED") != 2 {
		t.Errorf("the calendar:\n%s", cal)
	}
}

// The calendar has the times that are to come, under the names that they keep when
// they are announced and moved.
func TestCalendarOfWhatRepeats(t *testing.T) {
	cfg, zone := inChicago(t)
	lines := []string{
		`2026-10-20 09:00 #ops @ana /incident maintenance schedule from:"2026-10-27 22:00" for:90m repeat:"FREQ=WEEKLY;COUNT=3" title:"Upgrade" We upgrade.`,
		`2026-10-28 09:00 #ops @ana /incident maintenance move MNT-2 from:"2026-11-05 21:00" for:2h`,
	}
	uids := func(a *app.App) (ids, starts []string) {
		for line := range strings.Lines(get(t, a, "/history.ics")) {
			if s, ok := strings.CutPrefix(line, "UID:"); ok {
				ids = append(ids, strings.TrimSpace(s))
			}
			if s, ok := strings.CutPrefix(line, "DTSTART:"); ok {
				starts = append(starts, strings.TrimSpace(s))
			}
		}
		slices.Sort(ids)
		slices.Sort(starts)
		return ids, starts
	}
	a, _, err := playWith(t, on(zone, lines[0]), cfg)
	if err != nil {
		t.Fatal(err)
	}
	before, starts := uids(a)
	if want := []string{"20261028T030000Z", "20261104T040000Z", "20261111T040000Z"}; !slices.Equal(starts, want) {
		t.Errorf("it begins at %q, want %q", starts, want)
	}
	a, _, err = playWith(t, on(zone, lines...), cfg)
	if err != nil {
		t.Fatal(err)
	}
	after, starts := uids(a)
	if !slices.Equal(before, after) || len(before) != 3 {
		t.Errorf("its events were %q and are %q", before, after)
	}
	if want := []string{"20261028T030000Z", "20261106T030000Z", "20261111T040000Z"}; !slices.Equal(starts, want) {
		t.Errorf("moved, it begins at %q, want %q", starts, want)
	}
}

// A person overrules the clock: takes work out of its hands, begins and ends it
// earlier, moves it, or verifies it as long as it takes.
func TestPeopleOverruleTheClock(t *testing.T) {
	cfg, zone := inChicago(t)
	schedule := func(n int, more string) string {
		return fmt.Sprintf(`2026-10-20 09:0%d #ops @ana /incident maintenance schedule from:"2026-10-20 12:00" for:1h %s title:"Work" We work.`, n, more)
	}
	a, receipts, err := playWith(t, on(zone,
		schedule(1, "auto:no"), schedule(2, "remind:no"), schedule(3, "remind:2h"), schedule(4, ""), schedule(5, ""),
		`2026-10-20 11:30 #ops @ana /incident maintenance start MNT-2 We begin early.`,
		`2026-10-20 11:40 #ops @ana /incident maintenance move MNT-3 from:"2026-10-20 15:00"`,
		`2026-10-20 11:41 #ops @ana /incident maintenance move MNT-4 auto:no`,
		`2026-10-20 12:30 #ops @ana /incident maintenance verify MNT-5`,
		`2026-10-20 12:31 #ops @ana /incident maintenance move MNT-2 for:3h It takes longer.`,
		`2026-10-20 18:00 #ops @ana /incident maintenance list`,
	), cfg)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"MNT-1: scheduled Oct 20 09:01; reminded",
		"MNT-2: scheduled Oct 20 09:02; in_progress Oct 20 11:30; in_progress Oct 20 12:31; completed Oct 20 15:00;",
		"MNT-3: scheduled Oct 20 09:03; scheduled Oct 20 11:40; in_progress Oct 20 15:00; completed Oct 20 16:00; reminded",
		"MNT-4: scheduled Oct 20 09:04; scheduled Oct 20 11:41 quietly; reminded",
		"MNT-5: scheduled Oct 20 09:05; in_progress Oct 20 12:00; verifying Oct 20 12:30; reminded",
	}
	if got := planned(a, zone); !slices.Equal(got, want) {
		t.Errorf("it went\n%s\nand not\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if !strings.Contains(receipts, "It begins and ends when somebody says so.") || !strings.Contains(receipts, "begins and ends by hand") {
		t.Errorf("the receipts: %s", receipts)
	}
}

// What came while nothing ran is told once, at the end, and the next time is one
// that is still to come.
func TestPlannedWorkAfterAnOutage(t *testing.T) {
	cfg, zone := inChicago(t)
	l, clock := storyLog()
	start := func() *app.App {
		t.Helper()
		a := app.New(l, cfg, nil)
		if err := a.Start(t.Context(), "test"); err != nil {
			t.Fatal(err)
		}
		return a
	}
	clock.Set(time.Date(2026, 10, 20, 9, 0, 0, 0, zone))
	a := start()
	command(t, a, "k1", `maintenance schedule from:"2026-10-20 22:00" for:1h repeat:weekly title:"Upgrade" We upgrade.`)
	a.Unfollow()
	clock.Set(time.Date(2026, 11, 11, 12, 0, 0, 0, zone))
	a = start()
	for range 2 { // the second finds nothing to do
		if err := a.Remind(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		"MNT-1: scheduled Oct 20 09:00; in_progress Oct 20 22:00 quietly; completed Nov 11 12:00; reminded",
		"MNT-2: scheduled Nov 11 12:00 quietly;",
	}
	if got := planned(a, zone); !slices.Equal(got, want) {
		t.Errorf("it went\n%s\nand not\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if from := a.Board.Maintenance("MNT-2").From; !from.Equal(time.Date(2026, 11, 17, 22, 0, 0, 0, zone)) {
		t.Errorf("the next time is %s", from)
	}
	if next := a.NextReminder(); !next.Equal(time.Date(2026, 11, 17, 21, 0, 0, 0, zone)) {
		t.Errorf("the clock has something to do at %s", next)
	}
	if err := a.Stop(); err != nil {
		t.Error(err)
	}
}
