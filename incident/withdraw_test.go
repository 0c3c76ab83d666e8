package incident

import (
	"errors"
	"reflect"
	"testing"
	"time"
)

// While notifications are held an update can be withdrawn as if it had never
// been; not afterwards.
func TestUndo(t *testing.T) {
	const hold = 30 * time.Second
	at := func(minutes int, more time.Duration) time.Time { return after(minutes).Add(more) }
	resolved := []Event{aDeclared, aTold, StateChanged{Status: Identified, Verb: "update"}, told(Resolved, 4, up(checkout)), StateChanged{Status: Resolved, Verb: "resolve"}}
	for _, tt := range []struct {
		name    string
		events  []Event
		number  int
		now     time.Time
		hold    time.Duration
		problem string
		want    []Event
	}{
		{"the last", []Event{aDeclared, aTold}, 0, at(2, 10*time.Second), hold, "", []Event{UpdateWithdrawn{Number: 1}}},
		{"by its number", []Event{aDeclared, aTold, told(Identified, 3)}, 2, at(3, time.Second), hold, "", []Event{UpdateWithdrawn{Number: 2}}},
		{"not the last", []Event{aDeclared, aTold, told(Identified, 3)}, 1, at(2, time.Second), hold, "", []Event{UpdateWithdrawn{Number: 1}}},
		{"at the last moment", []Event{aDeclared, aTold}, 1, at(2, 28*time.Second), hold, "", []Event{UpdateWithdrawn{Number: 1}}},
		{"too late", []Event{aDeclared, aTold}, 1, at(2, 29*time.Second), hold, "too-late", nil},
		{"nothing is held", []Event{aDeclared, aTold}, 1, at(2, 0), 0, "no-hold", nil},
		{"none", []Event{aDeclared}, 0, at(2, 0), hold, "nothing-to-undo", nil},
		{"none of that number", []Event{aDeclared, aTold}, 2, at(2, 0), hold, "no-update", nil},
		{"twice", []Event{aDeclared, aTold, UpdateWithdrawn{Number: 1}}, 1, at(2, 20*time.Second), hold, "withdrawn", nil},
		{"twice, without a number", []Event{aDeclared, aTold, UpdateWithdrawn{Number: 1}}, 0, at(2, 20*time.Second), hold, "nothing-to-undo", nil},
		{"erased", []Event{aDeclared, erased(aTold)}, 1, at(2, 0), hold, "erased", nil},
		{"with the team's state", []Event{aDeclared, aTold, StateChanged{Status: Identified, Verb: "update"}}, 0, at(2, 0), hold, "",
			[]Event{UpdateWithdrawn{Number: 1}, StateChanged{Status: Investigating, Verb: "undo"}}},
		{"the team has gone on", []Event{aDeclared, aTold, StateChanged{Status: Identified, Verb: "update"}, StateChanged{Status: Monitoring}}, 0, at(2, 0), hold, "", []Event{UpdateWithdrawn{Number: 1}}},
		{"resolved", resolved, 0, at(4, 0), hold, "", []Event{UpdateWithdrawn{Number: 2}, StateChanged{Status: Identified, Verb: "undo"}}},
		{"canceled", []Event{aDeclared, aTold, told(Resolved, 3, up(checkout)), CanceledBy{}}, 0, at(3, 0), hold, "",
			[]Event{UpdateWithdrawn{Number: 2}, Reopened{Why: "the closing words were withdrawn"}}},
		{"merged", []Event{aDeclared, StateChanged{Status: Monitoring}, aTold, told(Resolved, 3, up(checkout)), MergedInto{Into: "INC-2"}}, 0, at(4, 0), hold, "",
			[]Event{UpdateWithdrawn{Number: 2}, Unmerged{}, StateChanged{Status: Monitoring, Verb: "undo"}}},
		{"brought over", []Event{brought(ImportedUpdate{Code: "u", Status: Investigating, Body: "b", Shown: after(1), Created: after(1)})}, 1, at(1, 0), hold, "too-late", nil},
	} {
		in := folded(tt.events...)
		evs, err := in.Undo(tt.number, tt.now, tt.hold)
		var p *Problem
		if errors.As(err, &p); (p == nil) != (tt.problem == "") || p != nil && p.Code != tt.problem || !reflect.DeepEqual(evs, tt.want) {
			t.Errorf("%s: %+v, %v; want %+v, %q", tt.name, evs, err, tt.want, tt.problem)
		}
	}
}

// What is withdrawn leaves nothing behind: neither on the page, nor in the team's
// state, nor among the milestones; the record keeps it.
func TestWithdrawn(t *testing.T) {
	in := folded(aDeclared, aTold, StateChanged{Status: Identified, Verb: "update"}, UpdateWithdrawn{Number: 1}, StateChanged{Status: Investigating, Verb: "undo"})
	if in.IsPublic() || in.Told() || in.Public(page) != nil || in.PublicTitle != "" || in.Status != Investigating || in.PublishedStatus() != "" || len(in.Published()) != 0 {
		t.Errorf("it is as if it had not been published, but: %+v", in)
	}
	if _, there := in.Milestones[FirstPublicWord]; there {
		t.Error("a first public word that nobody reads")
	}
	if in.Heard() != 2 || len(in.Updates) != 1 || in.Updates[0].Body != "a" {
		t.Errorf("the record: %+v", in.Updates)
	}
	if _, _, err := in.Update(Wording{Body: "b"}, page); problem(t, err) != "title-missing" {
		t.Errorf("the first that they hear needs a title: %v", err)
	}
	if _, err := in.EditUpdate(1, "b", false); problem(t, err) != "withdrawn" {
		t.Errorf("edited: %v", err)
	}

	in = folded(aDeclared, aTold, told(Identified, 3, ComponentChange{ID: "c1", Name: "Checkout", Old: MajorOutage, New: Degraded}), UpdateWithdrawn{Number: 1})
	p := in.Public(page)
	if len(p.Updates) != 1 || !p.Created.Equal(after(3)) || p.Updates[0].Affected[0].Old != Operational {
		t.Errorf("what is left: %+v", p)
	}
	if m := in.Milestones[FirstPublicWord]; !m.At.Equal(after(3)) || m.Source != "update 2" || in.Milestones[IdentifiedAt].Source != "update 2" {
		t.Errorf("milestones: %+v", in.Milestones)
	}
	in = folded(aDeclared, aTold, told(Resolved, 3), StateChanged{Status: Resolved, Verb: "resolve"}, UpdateWithdrawn{Number: 2}, StateChanged{Status: Investigating, Verb: "undo"})
	if _, there := in.Milestones[ResolvedAt]; there || !in.Open() || in.PublishedStatus() != Identified {
		t.Errorf("it is open again: %s, %+v", in.Status, in.Milestones)
	}
	tl := timeline(aDeclared, aTold, UpdateWithdrawn{Number: 1})
	if e := tl.Entry(2); !e.Withdrawn {
		t.Errorf("its entry: %+v", e)
	}
	if e := tl.Entry(3); e.Text != "withdrew update 1 from the page, before anybody was notified" {
		t.Errorf("the entry of the withdrawal: %q", e.Text)
	}
}
