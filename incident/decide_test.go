package incident

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

var (
	aDeclared = Declared{Number: 1, Title: "x"}
	aTold     = UpdatePosted{Code: "u1", Status: Identified, Title: "Checkout fails", Body: "a", Affects: []ComponentChange{down(checkout)}, Shown: after(2)}
	aClosed   = []Event{aDeclared, aTold, told(Resolved, 3, up(checkout)), StateChanged{Status: Resolved}}
)

func TestUpdate(t *testing.T) {
	attached := ComponentChange{ID: "c1", Name: "Checkout", Old: MajorOutage, New: MajorOutage}
	for _, tt := range []struct {
		name    string
		events  []Event
		w       Wording
		problem string
		want    []Event
		notes   int
	}{
		{"the first", []Event{aDeclared}, Wording{Title: "T", Body: " a ", Code: "c", Shown: after(5)}, "",
			[]Event{UpdatePosted{Code: "c", Status: Investigating, Title: "T", Body: "a", Shown: after(5), Affects: []ComponentChange{}, Impact: ImpactNone}}, 0},
		{"the first without a title", []Event{aDeclared}, Wording{Body: "a"}, "title-missing", nil, 0},
		{"without words", []Event{aDeclared, aTold}, Wording{Body: " \n"}, "text-missing", nil, 0},
		{"repeats the status and what was attached", []Event{aDeclared, aTold}, Wording{Body: "b"}, "",
			[]Event{UpdatePosted{Status: Identified, Body: "b", Affects: []ComponentChange{attached}, Impact: ImpactMajor}}, 0},
		{"a status moves the team's", []Event{aDeclared, aTold}, Wording{Status: Monitoring, Body: "b"}, "",
			[]Event{UpdatePosted{Status: Monitoring, Body: "b", Affects: []ComponentChange{attached}, Impact: ImpactMajor}, StateChanged{Status: Monitoring, Verb: "update"}}, 0},
		{"going back is noted", []Event{aDeclared, aTold, StateChanged{Status: Identified, Verb: "update"}}, Wording{Status: Investigating, Body: "b"}, "",
			[]Event{UpdatePosted{Status: Investigating, Body: "b", Affects: []ComponentChange{attached}, Impact: ImpactMajor}, StateChanged{Status: Investigating, Verb: "update"}}, 1},
		{"the same title is not set again", []Event{aDeclared, aTold}, Wording{Title: "Checkout fails", Body: "b"}, "",
			[]Event{UpdatePosted{Status: Identified, Body: "b", Affects: []ComponentChange{attached}, Impact: ImpactMajor}}, 0},
		{"a component with no state is attached as it is", []Event{aDeclared, aTold}, Wording{Body: "b", Affects: []ComponentChange{{ID: "c2", Name: "API"}, {ID: "c1", Name: "Checkout", New: Degraded}}}, "",
			[]Event{UpdatePosted{Status: Identified, Body: "b", Impact: ImpactMinor, Affects: []ComponentChange{
				{ID: "c1", Name: "Checkout", Old: MajorOutage, New: Degraded}, {ID: "c2", Name: "API", Old: Operational, New: Operational}}}}, 0},
		{"all down is critical", []Event{aDeclared, aTold}, Wording{Body: "b", Affects: []ComponentChange{down(api)}}, "",
			[]Event{UpdatePosted{Status: Identified, Body: "b", Affects: []ComponentChange{attached, down(api)}, Impact: ImpactCritical}}, 0},
		{"an impact that was stated", []Event{aDeclared, aTold}, Wording{Body: "b", Impact: ImpactNone, Quiet: true, Next: after(30)}, "",
			[]Event{UpdatePosted{Status: Identified, Body: "b", Affects: []ComponentChange{attached}, Impact: ImpactNone, Override: true, Quiet: true, Next: after(30)}}, 0},
		{"private", []Event{Declared{Private: true}}, Wording{Title: "T", Body: "a"}, "private", nil, 0},
		{"a drill", []Event{Declared{Drill: true}}, Wording{Title: "T", Body: "a"}, "drill", nil, 0},
		{"over", aClosed, Wording{Body: "a"}, "not-open", nil, 0},
		{"over, but it says so", aClosed, Wording{Status: Resolved, Body: "really"}, "",
			[]Event{UpdatePosted{Status: Resolved, Body: "really", Affects: []ComponentChange{{ID: "c1", Name: "Checkout", Old: Operational, New: Operational}}, Impact: ImpactNone}}, 0},
		{"reopened, it is looked into again", append(slices.Clone(aClosed), Reopened{}), Wording{Body: "again"}, "",
			[]Event{UpdatePosted{Status: Investigating, Body: "again", Affects: []ComponentChange{{ID: "c1", Name: "Checkout", Old: Operational, New: Operational}}, Impact: ImpactNone}}, 0},
	} {
		evs, notes, err := folded(tt.events...).Update(tt.w, page)
		if got := problem(t, err); got != tt.problem {
			t.Errorf("%s: problem %q, want %q", tt.name, got, tt.problem)
		}
		if !reflect.DeepEqual(evs, tt.want) || len(notes) != tt.notes {
			t.Errorf("%s:\n got %+v %q\nwant %+v", tt.name, evs, notes, tt.want)
		}
	}
}

func TestResolve(t *testing.T) {
	for _, tt := range []struct {
		name    string
		events  []Event
		w       Wording
		problem string
		want    []Event
		left    []string
	}{
		{"internal", []Event{aDeclared}, Wording{Body: " done "}, "", []Event{StateChanged{Status: Resolved, Text: "done", Verb: "resolve"}}, nil},
		{"public without words", []Event{aDeclared, aTold}, Wording{}, "text-missing", nil, nil},
		{"public ends its claims", []Event{aDeclared, aTold}, Wording{Body: "done"}, "",
			[]Event{UpdatePosted{Status: Resolved, Body: "done", Affects: []ComponentChange{up(checkout)}, Impact: ImpactNone}, StateChanged{Status: Resolved, Verb: "resolve"}}, []string{"Checkout"}},
		{"said otherwise", []Event{aDeclared, aTold}, Wording{Body: "done", Affects: []ComponentChange{{ID: "c1", Name: "Checkout", New: Degraded}}}, "",
			[]Event{UpdatePosted{Status: Resolved, Body: "done", Affects: []ComponentChange{{ID: "c1", Name: "Checkout", Old: MajorOutage, New: Degraded}}, Impact: ImpactMinor}, StateChanged{Status: Resolved, Verb: "resolve"}}, nil},
		{"private after all", []Event{aDeclared, aTold, PrivacyChanged{Private: true}}, Wording{}, "", []Event{StateChanged{Status: Resolved, Verb: "resolve"}}, nil},
		{"over", aClosed, Wording{Body: "x"}, "already-over", nil, nil},
		{"canceled", []Event{aDeclared, CanceledBy{}}, Wording{}, "already-over", nil, nil},
	} {
		evs, left, err := folded(tt.events...).Resolve(tt.w, page)
		if got := problem(t, err); got != tt.problem {
			t.Errorf("%s: problem %q, want %q", tt.name, got, tt.problem)
		}
		if !reflect.DeepEqual(evs, tt.want) || !slices.Equal(left, tt.left) {
			t.Errorf("%s:\n got %+v %q\nwant %+v %q", tt.name, evs, left, tt.want, tt.left)
		}
	}
}

func TestCancelAndMerge(t *testing.T) {
	other, gone := New("INC-2"), folded(aDeclared, MergedInto{Into: "INC-9"})
	gone.ID = "INC-3"
	other.Apply(Meta{N: 1}, Declared{Number: 2})
	closing := UpdatePosted{Status: Resolved, Body: "bye", Affects: []ComponentChange{up(checkout)}, Impact: ImpactNone}
	cancel := func(in *Incident, w Wording) ([]Event, error) { return in.Cancel("why", w, page) }
	merge := func(into *Incident) func(*Incident, Wording) ([]Event, error) {
		return func(in *Incident, w Wording) ([]Event, error) { return in.Merge(into, "why", w, page) }
	}
	for _, tt := range []struct {
		name    string
		events  []Event
		do      func(*Incident, Wording) ([]Event, error)
		body    string
		problem string
		want    []Event
	}{
		{"cancel", []Event{aDeclared}, cancel, "", "", []Event{CanceledBy{Why: "why"}}},
		{"cancel, internal, with closing words for nobody", []Event{aDeclared}, cancel, "bye", "", []Event{CanceledBy{Why: "why"}}},
		{"cancel, public", []Event{aDeclared, aTold}, cancel, " ", "public-missing", nil},
		{"cancel, public, closed", []Event{aDeclared, aTold}, cancel, " bye ", "", []Event{closing, CanceledBy{Why: "why"}}},
		{"cancel, customers know it is over", aClosed, cancel, "", "", []Event{CanceledBy{Why: "why"}}},
		{"cancel twice", []Event{aDeclared, CanceledBy{}}, cancel, "", "already-over", nil},
		{"merge", []Event{aDeclared}, merge(other), "", "", []Event{MergedInto{Into: "INC-2", Why: "why"}}},
		{"merge, public", []Event{aDeclared, aTold}, merge(other), "", "public-missing", nil},
		{"merge, public, closed", []Event{aDeclared, aTold}, merge(other), "bye", "", []Event{closing, MergedInto{Into: "INC-2", Why: "why"}}},
		{"merge into itself", []Event{aDeclared}, merge(New("INC-1")), "", "merge-self", nil},
		{"merge twice", []Event{aDeclared, MergedInto{Into: "INC-2"}}, merge(other), "", "already-over", nil},
		{"merge into a merged one", []Event{aDeclared}, merge(gone), "", "merge-merged", nil},
	} {
		evs, err := tt.do(folded(tt.events...), Wording{Body: tt.body})
		if got := problem(t, err); got != tt.problem {
			t.Errorf("%s: problem %q, want %q", tt.name, got, tt.problem)
		}
		if !reflect.DeepEqual(evs, tt.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", tt.name, evs, tt.want)
		}
	}
}

func TestReopenEditPublish(t *testing.T) {
	drafted := PostmortemDrafted{Markdown: "m", Customer: "why"}
	edit := func(n int, body string) func(*Incident) ([]Event, error) {
		return func(in *Incident) ([]Event, error) { return in.EditUpdate(n, body, true) }
	}
	reopen := func(why string) func(*Incident) ([]Event, error) {
		return func(in *Incident) ([]Event, error) { return in.Reopen(why) }
	}
	publish := func(in *Incident) ([]Event, error) { return in.PublishPostmortem("c", after(9), false) }
	for _, tt := range []struct {
		name    string
		events  []Event
		do      func(*Incident) ([]Event, error)
		problem string
		want    []Event
	}{
		{"reopen", aClosed, reopen(" again "), "", []Event{Reopened{Why: "again"}}},
		{"reopen, no why", aClosed, reopen(" "), "why-missing", nil},
		{"reopen, open", []Event{aDeclared}, reopen("x"), "open", nil},
		{"reopen, merged", []Event{aDeclared, MergedInto{Into: "INC-2"}}, reopen("x"), "merged", nil},
		{"reopen, canceled", []Event{aDeclared, CanceledBy{}}, reopen("x"), "", []Event{Reopened{Why: "x"}}},
		{"edit", aClosed, edit(2, " new "), "", []Event{UpdateEdited{Number: 2, Body: "new", Notify: true}}},
		{"edit, no such update", aClosed, edit(3, "new"), "no-update", nil},
		{"edit, update 0", aClosed, edit(0, "new"), "no-update", nil},
		{"edit, no text", aClosed, edit(1, "\n"), "text-missing", nil},
		{"edit, nothing new", aClosed, edit(1, "a "), "same-text", nil},
		{"edit, erased", []Event{aDeclared, erased(aTold)}, edit(1, "a"), "erased", nil},
		{"publish", append(slices.Clone(aClosed), drafted), publish, "", []Event{PostmortemPublished{Code: "c", Body: "why", Shown: after(9)}}},
		{"publish, never public", []Event{aDeclared, StateChanged{Status: Resolved}, drafted}, publish, "never-public", nil},
		{"publish, still open", []Event{aDeclared, aTold, StateChanged{Status: Resolved}, drafted}, publish, "still-open", nil},
		{"publish, nothing written", aClosed, publish, "no-customer-version", nil},
		{"publish, on the page already", append(slices.Clone(aClosed), drafted, PostmortemPublished{Body: "why"}), publish, "published", nil},
		{"publish, mended", append(slices.Clone(aClosed), drafted, PostmortemPublished{Body: "wh"}), publish, "", []Event{PostmortemPublished{Code: "c", Body: "why", Shown: after(9)}}},
		{"publish, private", append(slices.Clone(aClosed), drafted, PrivacyChanged{Private: true}), publish, "never-public", nil},
	} {
		evs, err := tt.do(folded(tt.events...))
		if got := problem(t, err); got != tt.problem {
			t.Errorf("%s: problem %q, want %q", tt.name, got, tt.problem)
		}
		if !reflect.DeepEqual(evs, tt.want) {
			t.Errorf("%s: %+v, want %+v", tt.name, evs, tt.want)
		}
	}
}

func TestImpactOf(t *testing.T) {
	of := func(states ...ComponentState) []ComponentChange {
		var out []ComponentChange
		for _, s := range states {
			out = append(out, ComponentChange{New: s})
		}
		return out
	}
	for _, tt := range []struct {
		states []ComponentState
		total  int
		want   Impact
	}{
		{nil, 0, ImpactNone},
		{nil, 2, ImpactNone},
		{[]ComponentState{Operational, UnderMaintenance}, 2, ImpactNone},
		{[]ComponentState{Degraded}, 1, ImpactMinor},
		{[]ComponentState{PartialOutage, Operational}, 2, ImpactMinor},
		{[]ComponentState{MajorOutage, Degraded}, 2, ImpactMajor},
		{[]ComponentState{MajorOutage}, 2, ImpactMajor},
		{[]ComponentState{MajorOutage}, 1, ImpactCritical},
		{[]ComponentState{MajorOutage, MajorOutage}, 2, ImpactCritical},
	} {
		if got := ImpactOf(of(tt.states...), tt.total); got != tt.want {
			t.Errorf("%v of %d: %s, want %s", tt.states, tt.total, got, tt.want)
		}
	}
}

func TestFind(t *testing.T) {
	p := Page{Components: []Component{{ID: "1", Name: "API", Group: "Backend"}, {ID: "2", Name: "API", Group: "Mobile"}, {ID: "3", Name: "Mail"}, {ID: "4", Name: "Mail archive"}, {ID: "5", Name: "Web site"}}}
	for name, want := range map[string]string{
		"Backend - API": "1", "backend -  api": "1", "mobile": "2", "mail": "3", "Mail a": "4", "WEB": "5", " web  site ": "5",
		"api": "ambiguous-component", "m": "ambiguous-component", "": "unknown-component", "x": "unknown-component",
	} {
		c, err := p.Find(name)
		if got := c.ID + problem(t, err); got != want {
			t.Errorf("Find(%q) is %s, want %s", name, got, want)
		}
	}
	if _, err := (Page{}).Find("x"); problem(t, err) != "unknown-component" || !strings.Contains(err.Error(), "no components yet") {
		t.Errorf("an empty page answers %v", err)
	}
}

func TestNamesAreReadBack(t *testing.T) {
	for _, s := range Statuses() {
		if got, ok := ParseStatus(strings.ToUpper(string(s))); !ok || got != s {
			t.Errorf("%s is read as %s", s, got)
		}
	}
	if _, ok := ParseStatus("postmortem"); ok {
		t.Error("postmortem can be set")
	}
	for _, s := range ComponentStates() {
		if got, ok := ParseComponentState(s.Label()); !ok || got != s {
			t.Errorf("%s is read as %s", s.Label(), got)
		}
	}
	for short, want := range map[string]ComponentState{"down": MajorOutage, "partial": PartialOutage, "degraded": Degraded, "ok": Operational, "maintenance": UnderMaintenance, "Major-Outage": MajorOutage} {
		if got, ok := ParseComponentState(short); !ok || got != want {
			t.Errorf("%s is read as %s", short, got)
		}
	}
	if _, ok := ParseComponentState("sideways"); ok {
		t.Error("sideways is a state")
	}
	for _, i := range []Impact{ImpactNone, ImpactMinor, ImpactMajor, ImpactCritical} {
		if got, ok := ParseImpact(string(i)); !ok || got != i {
			t.Errorf("%s is read as %s", i, got)
		}
	}
	for _, n := range MilestoneNames() {
		if got, ok := ParseMilestone(n.Label()); !ok || got != n {
			t.Errorf("%s is read as %s", n.Label(), got)
		}
	}
	for _, tt := range []struct{ s, t, want ComponentState }{{"", Degraded, Degraded}, {MajorOutage, Degraded, MajorOutage}, {Operational, "", Operational}, {UnderMaintenance, Degraded, Degraded}} {
		if got := tt.s.Worse(tt.t); got != tt.want {
			t.Errorf("%s and %s: the worse is %s, want %s", tt.s, tt.t, got, tt.want)
		}
	}
	for want, names := range map[string][]string{"": nil, "A": {"A"}, "A and B": {"A", "B"}, "A, B, and C": {"A", "B", "C"}} {
		if got := Affected(names); got != want {
			t.Errorf("Affected(%v) = %q", names, got)
		}
	}
}
