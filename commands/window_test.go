package commands_test

import (
	"testing"
	"time"

	"sitrep/bot"
	"sitrep/incident"
)

// What is asked of planned work and cannot be, is said in one sentence.
func TestPlannedWorkMistakes(t *testing.T) {
	const work = `maintenance schedule from:"2020-09-10 22:00" for:90m title:"Upgrade" `
	d := newDesk(t, nil)
	for line, want := range map[string]string{
		work + "repeat:often We upgrade.":                             `"often" is no rule`,
		work + "repeat:FREQ=WEEKLY;BYDAY=MO We upgrade.":              "does not name the first time, Thursday, Sep 10",
		work + "for:30h repeat:daily We upgrade.":                     "It would begin again, on Sep 11, 2020 - 22:00 CDT, before it has ended.",
		work + "remind:soon We upgrade.":                              "Write how long before people are reminded",
		work + "remind:1s We upgrade.":                                "Write how long before people are reminded",
		work + "auto:perhaps We upgrade.":                             "auto is yes or no",
		"maintenance update It goes on.":                              "Say which",
		"maintenance move MNT-9":                                      "There is no MNT-9",
		`maintenance schedule from:soon for:1h title:"T" We upgrade.`: "Planned times need a date",
	} {
		d.says(line, want)
	}
	d.says(work+"We upgrade.", "MNT-1 is announced on the page")
	d.says("maintenance cancel MNT-1 series:yes No.", "series:yes goes with maintenance cancel")
	d.says("maintenance update MNT-1", "Add what customers read")
	d.says("maintenance move MNT-1", "is planned so already")
	d.says("maintenance move MNT-1 for:0m", "Write how long it takes")
	d.says(`maintenance move MNT-1 until:"2020-09-10 21:00"`, "It would end before it begins")
}

// Another window is previewed as customers will see it, and what is confirmed is
// the window that its author's clock meant.
func TestMovingPlannedWork(t *testing.T) {
	d := newDesk(t, nil)
	d.says(`maintenance schedule from:"2020-09-10 22:00" for:90m title:"Upgrade" We upgrade.`, "MNT-1 is announced")
	d.live, d.zone = true, time.FixedZone("CEST", 7200)
	p, ok := d.do(`maintenance move MNT-1 from:"2020-09-12 22:00"`).(bot.Preview)
	if !ok || p.Public.From.UTC().Hour() != 20 || p.Public.Updates[0].Body != "This maintenance is planned for Sep 12, 2020 - 15:00 CDT to Sep 12, 2020 - 16:30 CDT now." {
		t.Fatalf("the preview: %+v", p)
	}
	d.zone = nil // somebody else confirms it
	d.says("publish MNT-1 1", "MNT-1 is planned for Sep 12, 2020 - 15:00 CDT to Sep 12, 2020 - 16:30 CDT.")
	w := d.board.Maintenance("MNT-1")
	if !w.From.Equal(time.Date(2020, 9, 12, 20, 0, 0, 0, time.UTC)) || w.Until.Sub(w.From) != 90*time.Minute || !w.Remind.Equal(w.From.Add(-time.Hour)) {
		t.Errorf("planned for %s to %s, reminding at %s", w.From, w.Until, w.Remind)
	}
	p, ok = d.do("maintenance update MNT-1 All is ready.").(bot.Preview)
	if !ok || p.Public.Label(0) != "Update" || p.Public.Status != incident.Scheduled {
		t.Fatalf("words in between: %+v", p)
	}
	d.says("publish MNT-1 2", "Customers read that of MNT-1.")
}
