package commands_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sitrep/bot"
	"sitrep/commands"
	"sitrep/incident"
)

// undoOf is the command of a receipt's Undo button; "" if it has none.
func undoOf(t *testing.T, m bot.Message) string {
	t.Helper()
	rc, ok := m.(bot.Receipt)
	if !ok {
		t.Fatalf("no receipt: %s", text(m))
	}
	for _, b := range rc.Buttons {
		if b.Label == "Undo" {
			return b.Command
		}
	}
	return ""
}

// While notifications are held an update has an Undo, which works once, by the
// button and by the verb, and not any more when they have left.
func TestUndo(t *testing.T) {
	d := newDesk(t, &commands.Options{Hold: 30 * time.Second})
	d.declare("sev1 down")
	m := d.says(`update identified title:"Trouble" affects:checkout=down One.`, "Notifications leave at 11:00:30 CDT; until then it can be undone.")
	button := undoOf(t, m)
	if button != "update INC-1 undo 1" {
		t.Fatalf("the button says %q", button)
	}
	d.now = d.now.Add(12 * time.Second)
	rc, _ := d.says(button, "Update 1 of INC-1 is off the page again").(bot.Receipt)
	if !rc.Public || !strings.Contains(text(rc), "It stood there for 12s, and nobody was notified of it") || !strings.Contains(text(rc), "Customers know nothing of it now.") {
		t.Errorf("the receipt: %+v", rc)
	}
	if in := d.incident(); in.IsPublic() || in.Status != incident.Investigating {
		t.Errorf("public %v, %s", in.IsPublic(), in.Status)
	}
	d.says(button, "was withdrawn already")
	d.says("update undo", "told nothing")
	d.says("update Two.", `Add the title`)

	m = d.says(`update title:"Trouble" affects:checkout=down notify:no Two.`, "It can be undone until 11:00:42 CDT.")
	d.now = d.now.Add(29 * time.Second)
	d.says(undoOf(t, m), "It is too late to undo update 2 of INC-1: notifications leave 30s after")
	d.says("update undo now", "Say which update")
	d.now = d.now.Add(time.Hour)
	d.says("resolve Over.", "Update 3")
	d.says("update undo", "Update 3 of INC-1 is off the page again")
	if in := d.incident(); !in.Open() || in.PublishedStatus() != incident.Investigating || in.Published()[0].New != incident.MajorOutage {
		t.Errorf("resolved, and not: %s, %s, %+v", in.Status, in.PublishedStatus(), in.Published())
	}
	m = d.says(`cancel it was none public:"It was none."`, "is canceled")
	d.says(undoOf(t, m), "Update 4 of INC-1 is off the page again")
	if in := d.incident(); !in.Open() || in.PublishedStatus() != incident.Investigating {
		t.Errorf("canceled, and not: %s, %s", in.Status, in.PublishedStatus())
	}
	d.live = true
	d.do("update Three.")
	d.live = false
	d.says("update Four.", "Update 5")
	d.says("update undo", "Update 5")
	d.live = true
	if p, ok := d.do("publish").(bot.Preview); !ok || !slices.ContainsFunc(p.Notes, func(n string) bool { return strings.Contains(n, "Look at it again") }) {
		t.Errorf("what was shown beside what is gone was published: %+v", p)
	}
}

// Where nothing is held there is no Undo; it asks for the power to publish.
func TestUndoIsNotForEverybody(t *testing.T) {
	d := newDesk(t, &commands.Options{Who: map[commands.Power][]string{commands.Publish: {"test/ana"}}})
	d.declare("sev1 down")
	if b := undoOf(t, d.do(`update title:"Trouble" One.`)); b != "" {
		t.Errorf("there is a button: %s", b)
	}
	d.says("update undo", "Notifications are not held here")
	d.by = incident.Person{ID: "test/ben", Name: "ben"}
	d.says("update undo", "may not")
}
