package incident

import (
	"slices"
	"testing"
)

func set(c Component, s ComponentState) ComponentChange {
	return ComponentChange{ID: c.ID, Name: c.Name, New: s}
}

// The states that customers see change without words of anybody's; what is told
// is what changed, and it is told in words.
func TestRestate(t *testing.T) {
	open := []Event{aDeclared, aTold} // Checkout is down since minute 2
	for _, tt := range []struct {
		name    string
		events  []Event
		w       Wording
		problem string
		body    string
		status  Status
		team    bool // it is what the team believes too
		affects []ComponentChange
	}{
		{"one", open, Wording{Affects: []ComponentChange{set(checkout, PartialOutage)}, Body: "never used"}, "",
			"Checkout: from major outage to partial outage.", Identified, true,
			[]ComponentChange{{ID: "c1", Name: "Checkout", Old: MajorOutage, New: PartialOutage}}},
		{"one more", open, Wording{Affects: []ComponentChange{set(api, Degraded)}}, "",
			"API: from operational to degraded performance.", Identified, true,
			[]ComponentChange{{ID: "c1", Name: "Checkout", Old: MajorOutage, New: MajorOutage}, {ID: "c2", Name: "API", Old: Operational, New: Degraded}}},
		{"two", open, Wording{Affects: []ComponentChange{set(api, Degraded), set(checkout, Operational)}}, "",
			"Checkout: from major outage to operational.\nAPI: from operational to degraded performance.", Identified, true,
			[]ComponentChange{{ID: "c1", Name: "Checkout", Old: MajorOutage, New: Operational}, {ID: "c2", Name: "API", Old: Operational, New: Degraded}}},
		{"as it is", open, Wording{Affects: []ComponentChange{set(checkout, MajorOutage)}}, "same-state", "", "", false, nil},
		{"named only", open, Wording{Affects: []ComponentChange{set(checkout, "")}}, "same-state", "", "", false, nil},
		{"nobody was told", []Event{aDeclared}, Wording{Affects: []ComponentChange{set(checkout, MajorOutage)}}, "never-public", "", "", false, nil},
		{"private", append(slices.Clone(open), PrivacyChanged{Private: true}), Wording{Affects: []ComponentChange{set(checkout, Operational)}}, "private", "", "", false, nil},
		{"over", aClosed, Wording{Affects: []ComponentChange{set(checkout, MajorOutage)}}, "not-open", "", "", false, nil},
		{"before anything", open, Wording{Affects: []ComponentChange{set(checkout, Degraded)}, Shown: after(1)}, "before-first", "", "", false, nil},
		{"over, and corrected", aClosed, Wording{Affects: []ComponentChange{set(checkout, Degraded)}, Shown: after(2)}, "",
			"Checkout: from major outage to degraded performance.", Identified, false,
			[]ComponentChange{{ID: "c1", Name: "Checkout", Old: MajorOutage, New: Degraded}}},
	} {
		evs, _, err := folded(tt.events...).Restate(tt.w, page)
		if got := problem(t, err); got != tt.problem {
			t.Errorf("%s: problem %q, want %q", tt.name, got, tt.problem)
		}
		if tt.problem != "" {
			continue
		}
		u, ok := evs[0].(UpdatePosted)
		if !ok || u.Body != tt.body || u.Status != tt.status || !slices.Equal(u.Affects, tt.affects) {
			t.Errorf("%s: %+v", tt.name, evs[0])
		}
		if team := len(evs) == 2; team != tt.team {
			t.Errorf("%s: %d events", tt.name, len(evs))
		}
	}
}

// A correction reaches up to the next word on the component: what an update only
// carried on follows it, what it said stands.
func TestCorrectionReachesTheNextWord(t *testing.T) {
	in := folded(aDeclared, aTold, told(Identified, 10, ComponentChange{ID: "c1", Name: "Checkout", Old: MajorOutage, New: MajorOutage}, down(api)),
		told(Monitoring, 20, set(checkout, Degraded), ComponentChange{ID: "c2", Name: "API", Old: MajorOutage, New: MajorOutage}))
	evs, notes, err := in.Restate(Wording{Shown: after(5), Code: "x", Affects: []ComponentChange{set(checkout, PartialOutage)}}, page)
	if err != nil || len(evs) != 1 || len(notes) != 1 {
		t.Fatalf("%v %v %v", evs, notes, err)
	}
	in.Apply(Meta{N: 5, Seq: 5, Recorded: after(60), When: after(60)}, evs[0])
	var got []string
	for _, u := range in.InOrder() {
		for _, c := range u.Affects {
			got = append(got, c.Name+" "+string(c.Old)+" to "+string(c.New))
		}
	}
	want := []string{
		"Checkout operational to major_outage",
		"Checkout major_outage to partial_outage", // the correction
		"Checkout partial_outage to partial_outage", "API operational to major_outage",
		"Checkout partial_outage to degraded_performance", "API major_outage to major_outage",
	}
	if !slices.Equal(got, want) {
		t.Errorf("customers read\n%q, want\n%q", got, want)
	}
	if u := in.Updates[1]; u.Affects[0].New != MajorOutage {
		t.Errorf("the record was changed: %+v", u)
	}
	if p := in.Public(page); p.Updates[1].Affected[0].New != PartialOutage || p.Components[0].New != Degraded {
		t.Errorf("the page has %+v", p.Updates[1])
	}
}
