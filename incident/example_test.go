package incident_test

import (
	"fmt"
	"time"

	"sitrep/incident"
)

// An incident is the fold over its events. Decisions return the events to
// append, and change nothing.
func Example() {
	at := time.Date(2020, 9, 9, 16, 9, 0, 0, time.UTC)
	page := incident.Page{ID: "p00000000000", Components: []incident.Component{{ID: "c00000000001", Name: "Checkout"}}}

	in := incident.New("INC-1")
	in.Apply(incident.Meta{N: 1, When: at}, incident.Declared{Number: 1, Title: "primary database down"})
	fmt.Println(in.Status, in.Public(page) != nil)

	evs, _, err := in.Update(incident.Wording{
		Title: "Checkout is failing", Body: "We are looking into it.", Shown: at.Add(6 * time.Minute),
		Affects: []incident.ComponentChange{{ID: "c00000000001", Name: "Checkout", New: incident.MajorOutage}},
	}, page)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, ev := range evs {
		in.Apply(incident.Meta{N: uint64(i + 2), When: at.Add(6 * time.Minute)}, ev)
	}
	p := in.Public(page)
	fmt.Println(p.Title, p.Status, p.Impact)

	_, _, err = in.Resolve(incident.Wording{}, page)
	fmt.Println(err)
	// Output:
	// investigating false
	// Checkout is failing investigating critical
	// Customers were told of INC-1. Add what they read last: resolve <text>.
}

// What happened is numbered as it was recorded, and told as it happened.
func ExampleTimeline() {
	noon := time.Date(2020, 9, 9, 12, 0, 0, 0, time.UTC)
	tl := incident.NewTimeline()
	tl.Apply(incident.Meta{Seq: 1, When: noon}, incident.MessageSaid{Key: "m1", Text: "it is the disk"})
	tl.Apply(incident.Meta{Seq: 2, When: noon.Add(time.Minute)}, incident.MessageEdited{Key: "m1", Text: "it is the network"})
	tl.Apply(incident.Meta{Seq: 3, When: noon.Add(-time.Hour)}, incident.NoteAdded{Text: "first errors"})
	for _, e := range tl.Chronological() {
		fmt.Println(e.Ref(), e.At.Format("15:04"), e.Text)
	}
	fmt.Println("T1 said:", tl.Entry(1).Versions[0].Text)
	// Output:
	// T2 11:00 first errors
	// T1 12:00 it is the network
	// T1 said: it is the disk
}

// Metrics are computed from milestones, and say what they lack.
func ExampleMetrics() {
	noon := time.Date(2020, 9, 9, 12, 0, 0, 0, time.UTC)
	for _, m := range incident.Metrics(map[incident.MilestoneName]incident.Milestone{
		incident.ImpactStarted: {State: incident.Recorded, At: noon, Until: noon.Add(7 * time.Minute)},
		incident.Detected:      {State: incident.Recorded, At: noon.Add(9 * time.Minute)},
	}, nil)[:2] {
		fmt.Printf("%s: %s, %s to %s (%s)\n", m.Name, m.State, m.Low, m.High, m.Why)
	}
	// Output:
	// time to detect: recorded, 2m0s to 9m0s ()
	// time to declare: pending, 0s to 0s (declared not recorded)
}
