package incident

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

var (
	noon = time.Date(2020, 9, 9, 12, 0, 0, 0, time.UTC)
	ana  = Person{ID: "local/ana", Name: "ana"}
	ben  = Person{ID: "local/ben", Name: "ben"}

	checkout = Component{ID: "c1", Name: "Checkout"}
	api      = Component{ID: "c2", Name: "API"}
	page     = Page{ID: "p00000000000", Name: "Test", TimeZone: "America/Chicago", Components: []Component{checkout, api}}
)

// after is the instant so many minutes after noon. Event i of a history
// happens, and is recorded, at after(i+1).
func after(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }

// An is is an event with a Meta of its own: what is zero in it is as usual.
type is struct {
	Event
	Meta
}

func (e is) Kind() string { return e.Event.Kind() }

// erased is an event whose contents were erased, as Decode returns it.
func erased(ev Event) is {
	return is{value(empty(ev.Kind())), Meta{Redacted: true, By: Person{ID: "-"}}}
}

// by is an event that somebody else than ana made.
func by(p Person, ev Event) is { return is{ev, Meta{By: p}} }

// each calls do for every event with its Meta.
func each(events []Event, do func(Meta, Event)) {
	for i, ev := range events {
		m := Meta{Seq: uint64(i + 1), N: uint64(i + 1), Recorded: after(i + 1), When: after(i + 1), By: ana}
		if x, ok := ev.(is); ok {
			ev = x.Event
			m.Claimed, m.Redacted = x.Claimed, x.Redacted
			if !x.When.IsZero() {
				m.When = x.When
			}
			if !x.By.IsZero() {
				m.By = x.By
			}
			if x.Redacted {
				m.By = Person{}
			}
		}
		do(m, ev)
	}
}

func folded(events ...Event) *Incident {
	in := New("INC-1")
	each(events, in.Apply)
	return in
}

// A mutationTest folds events and looks at one part of what they made.
type mutationTest struct {
	name   string
	events []Event
	part   func(*Incident) any
	want   any
}

func (tt mutationTest) test(t *testing.T) {
	t.Helper()
	if got := tt.part(folded(tt.events...)); !reflect.DeepEqual(got, tt.want) {
		t.Errorf("%s:\n got %+v\nwant %+v", tt.name, got, tt.want)
	}
}

func down(c Component) ComponentChange {
	return ComponentChange{ID: c.ID, Name: c.Name, Old: Operational, New: MajorOutage}
}

func up(c Component) ComponentChange {
	return ComponentChange{ID: c.ID, Name: c.Name, Old: MajorOutage, New: Operational}
}

func told(s Status, minutes int, affects ...ComponentChange) UpdatePosted {
	return UpdatePosted{
		Code: fmt.Sprintf("code%d", minutes), Status: s, Body: "words " + string(s), Shown: after(minutes), Affects: affects, Impact: ImpactOf(affects, 2),
	}
}

func TestApply(t *testing.T) {
	declared := Declared{Number: 1, Title: "Database down", Severity: "sev2"}
	status := func(in *Incident) any { return in.Status }
	roles := func(in *Incident) any { return fmt.Sprint(in.Roles, in.Handovers) }
	actions := func(in *Incident) any {
		var out []string
		for _, a := range in.Actions {
			out = append(out, fmt.Sprintf("%d %s %s done:%v", a.Number, a.Text, a.Owner, !a.Done.IsZero()))
		}
		return strings.Join(out, "; ")
	}
	theories := func(in *Incident) any {
		var out []string
		for _, x := range in.Theories {
			out = append(out, fmt.Sprintf("%d %s %s %q %v", x.Number, x.Text, x.State, x.Why, x.Evidence))
		}
		return strings.Join(out, "; ")
	}
	milestone := func(n MilestoneName) func(*Incident) any {
		return func(in *Incident) any {
			m, ok := in.Milestones[n]
			if !ok {
				return "none"
			}
			return fmt.Sprintf("%s %s by %s from %s", m.State, m.At.Format("15:04"), m.By, m.Source)
		}
	}
	waiting := func(in *Incident) any {
		var out []string
		for _, p := range in.Previews {
			out = append(out, fmt.Sprintf("%d:%s", p.Number, p.How))
		}
		return strings.Join(out, " ")
	}
	for _, tt := range []mutationTest{
		{"declared", []Event{declared}, status, Investigating},
		{"a state", []Event{declared, StateChanged{Status: Monitoring}}, status, Monitoring},
		{"an update leaves the team's state alone", []Event{declared, told(Identified, 2)}, status, Investigating},
		{"resolved", []Event{declared, StateChanged{Status: Resolved}}, status, Resolved},
		{"reopened", []Event{declared, StateChanged{Status: Resolved}, Reopened{Why: "x"}}, status, Investigating},
		{"canceled", []Event{declared, CanceledBy{Why: "a test"}}, func(in *Incident) any { return in.CanceledWhy + " " + string(in.Status) }, "a test canceled"},
		{"reopened after cancel", []Event{declared, CanceledBy{Why: "a test"}, Reopened{Why: "x"}}, func(in *Incident) any { return in.CanceledWhy }, ""},
		{"merged", []Event{declared, MergedInto{Into: "INC-2"}}, func(in *Incident) any { return in.MergedInto + " " + string(in.Status) }, "INC-2 merged"},
		{"unmerged", []Event{declared, MergedInto{Into: "INC-2"}, Unmerged{}}, func(in *Incident) any { return in.MergedInto + string(in.Status) }, "investigating"},
		{"absorbed", []Event{declared, Absorbed{From: "INC-2"}, Absorbed{From: "INC-3"}}, func(in *Incident) any { return in.Absorbed }, []string{"INC-2", "INC-3"}},
		{"severity", []Event{declared, SeverityChanged{Severity: "sev1"}}, func(in *Incident) any { return in.Severity }, "sev1"},
		{"severity not set any more", []Event{declared, SeverityChanged{}}, func(in *Incident) any { return in.Severity }, ""},
		{"severity spans", []Event{declared, SeverityChanged{Severity: "sev1"}}, func(in *Incident) any { return in.Severities },
			[]SeveritySpan{{"sev2", after(1), 1}, {"sev1", after(2), 2}}},
		{"renamed", []Event{declared, Renamed{Title: "x"}}, func(in *Incident) any { return in.Title + in.PublicTitle }, "x"},
		{"components", []Event{declared, ComponentsChanged{Affects: []ComponentChange{down(checkout), down(api)}}, ComponentsChanged{Affects: []ComponentChange{up(checkout)}}},
			func(in *Incident) any { return in.Affects }, []ComponentChange{up(checkout), down(api)}},
		{"a link", []Event{declared, LinkAdded{Target: "INC-9", How: "caused by"}}, func(in *Incident) any { return in.Links[0].Target + " " + in.Links[0].How }, "INC-9 caused by"},
		{"a room", []Event{declared, RoomOpened{Room: Place{Platform: "a", ID: "r"}}, RoomOpened{Room: Place{Platform: "b", ID: "r"}}, RoomClosed{Room: Place{Platform: "a", ID: "r", Name: "later name"}}},
			func(in *Incident) any { return []bool{in.Rooms[0].Closed, in.Rooms[1].Closed} }, []bool{true, false}},

		{"a role", []Event{declared, RoleAssigned{Role: "commander", Who: ben}}, func(in *Incident) any { return in.Commander() }, ben},
		{"a role given to nobody", []Event{declared, RoleAssigned{Role: "commander", Who: ben}, RoleAssigned{Role: "commander"}}, roles, "map[] map[]"},
		{"an offer moves nothing", []Event{declared, RoleAssigned{Role: "commander", Who: ben}, HandoverOffered{Role: "commander", To: ana}}, roles, "map[commander:ben] map[commander:ana]"},
		{"accepted", []Event{declared, HandoverOffered{Role: "commander", To: ben}, HandoverAccepted{Role: "commander"}}, roles, "map[commander:ben] map[]"},
		{"accepted without an offer", []Event{declared, HandoverAccepted{Role: "commander"}}, roles, "map[] map[]"},
		{"an assignment ends the offer", []Event{declared, HandoverOffered{Role: "commander", To: ben}, RoleAssigned{Role: "commander", Who: ana}}, roles, "map[commander:ana] map[]"},

		{"follow-ups", []Event{declared, ActionAdded{Text: "a"}, ActionAdded{Text: "b", Owner: ana}, ActionAssigned{Number: 1, Owner: ben}, ActionDone{Number: 2}}, actions, "1 a ben done:false; 2 b ana done:true"},
		{"a follow-up of another incident", []Event{declared, ActionDone{Number: 0}, ActionDone{Number: 3}, ActionAssigned{Number: -1}}, actions, ""},
		{"theories", []Event{declared, TheoryAdded{Text: "a"}, TheoryAdded{Text: "b"}, TheoryEvidence{Number: 1, Text: "e"}, TheoryRuledOut{Number: 1, Why: "w"}, TheoryConfirmed{Number: 2}}, theories,
			`1 a ruled out "w" [e]; 2 b confirmed "" []`},
		{"a theory of another incident", []Event{declared, TheoryEvidence{Number: 1}, TheoryRuledOut{Number: 2}, TheoryConfirmed{}}, theories, ""},

		{"previews of one verb replace each other", []Event{declared, PreviewOpened{Verb: "update"}, PreviewOpened{Verb: "resolve"}, PreviewOpened{Verb: "update"}}, waiting, "1:replaced 2: 3:"},
		{"a preview is closed once", []Event{declared, PreviewOpened{Verb: "update"}, PreviewClosed{Preview: 1, How: "published"}, PreviewClosed{Preview: 1, How: "discarded"}, PreviewClosed{Preview: 7}}, waiting, "1:published"},

		{"declared is a milestone", []Event{declared}, milestone(DeclaredAt), "recorded 12:01 by ana from declare"},
		{"declared late", []Event{is{declared, Meta{When: after(-9), Claimed: true}}}, milestone(DeclaredAt), "recorded 11:51 by ana from declare at:"},
		{"identified by an update", []Event{declared, told(Identified, 2), told(Identified, 3)}, milestone(IdentifiedAt), "recorded 12:02 by ana from update 1"},
		{"identified by a state", []Event{declared, StateChanged{Status: Identified}, told(Identified, 9)}, milestone(IdentifiedAt), "recorded 12:02 by ana from state"},
		{"the first public word", []Event{declared, told(Investigating, 2), told(Identified, 3)}, milestone(FirstPublicWord), "recorded 12:02 by ana from update 1"},
		{"monitoring mitigates nothing", []Event{declared, told(Monitoring, 2), StateChanged{Status: Monitoring}}, milestone(Mitigated), "none"},
		{"a milestone by command", []Event{declared, by(ben, MilestoneRecorded{Name: Detected, At: after(-5)})}, milestone(Detected), "recorded 11:55 by ben from milestone"},
		{"recorded again", []Event{declared, MilestoneRecorded{Name: Detected, At: after(-5)}, MilestoneRecorded{Name: Detected, At: after(-6)}}, milestone(Detected), "recorded 11:54 by ana from milestone"},
		{"not applicable", []Event{declared, MilestoneRecorded{Name: Mitigated, At: after(2), NotApplicable: true}}, milestone(Mitigated), "not applicable 12:02 by ana from milestone"},
		{"resolved is a milestone", []Event{declared, StateChanged{Status: Resolved}}, milestone(ResolvedAt), "recorded 12:02 by ana from state"},
		{"reopened is resolved no more", []Event{declared, StateChanged{Status: Resolved}, Reopened{}}, milestone(ResolvedAt), "none"},
		{"the postmortem's milestone", []Event{declared, PostmortemPublished{Body: "x", Shown: after(8)}}, milestone(PostmortemPublishedAt), "recorded 12:08 by ana from postmortem publish"},
		{"and its end", []Event{declared, PostmortemPublished{Body: "x", Shown: after(8)}, PostmortemUnpublished{}}, milestone(PostmortemPublishedAt), "none"},

		{"an edit keeps the stamp and the old words", []Event{declared, told(Investigating, 2), UpdateEdited{Number: 1, Body: "b"}, UpdateEdited{Number: 1, Body: "c"}},
			func(in *Incident) any {
				u := in.Updates[0]
				return []any{u.Body, u.Prior, u.Shown, u.Edited}
			}, []any{"c", []string{"words investigating", "b"}, after(2), after(4)}},
		{"an edit of another incident's update", []Event{declared, told(Investigating, 2), UpdateEdited{Number: 2, Body: "b"}, UpdateEdited{}}, func(in *Incident) any { return in.Updates[0].Prior }, []string(nil)},
		{"silences", []Event{declared, told(Investigating, 2), told(Monitoring, 30), told(Resolved, 60)},
			func(in *Incident) any { return []time.Duration{in.Silences()[0].Length(), in.Silences()[1].Length()} }, []time.Duration{28 * time.Minute, 30 * time.Minute}},
		{"the next word", []Event{declared, UpdatePosted{Status: Investigating, Next: after(30)}}, func(in *Incident) any { return in.NextWord() }, after(30)},
		{"the next word was said", []Event{declared, UpdatePosted{Status: Investigating, Next: after(30)}, told(Identified, 20)}, func(in *Incident) any { return in.NextWord() }, time.Time{}},
		{"no next word after the last", []Event{declared, UpdatePosted{Status: Resolved, Next: after(30)}}, func(in *Incident) any { return in.NextWord() }, time.Time{}},

		{"a person's words stand over a draft", []Event{declared, PostmortemEdited{Version: "customer", Text: "mine"}, PostmortemDrafted{Markdown: "m", Customer: "c"}},
			func(in *Incident) any { return in.Report.Text("customer") + " " + in.Report.Text("internal") }, "mine m"},
		{"and internally", []Event{declared, PostmortemDrafted{Markdown: "m", Customer: "c"}, by(ben, PostmortemEdited{Version: "internal", Text: "mine"})},
			func(in *Incident) any {
				return in.Report.Text("customer") + " " + in.Report.Text("internal") + " " + in.Report.EditedBy["internal"].Name
			}, "c mine ben"},
		{"nothing drafted", []Event{declared, PostmortemAsked{}}, func(in *Incident) any { return fmt.Sprint(in.Report.Text("internal"), in.Report.Asked) }, "2"},
		{"published again keeps the stamp", []Event{declared, PostmortemPublished{Body: "x", Shown: after(2)}, PostmortemPublished{Body: "y", Shown: after(9)}},
			func(in *Incident) any {
				p := in.Report.Published
				return []any{p.Body, p.Shown, p.Edited}
			}, []any{"y", after(2), after(3)}},
		{"unpublished", []Event{declared, PostmortemPublished{Body: "x"}, PostmortemUnpublished{}}, func(in *Incident) any { return in.Report.Published == nil && in.Report.Withdrawn }, true},
		{"a later event is passed over", []Event{declared, Unknown{Was: "mood.felt"}}, func(in *Incident) any { return in.LastN }, uint64(2)},
	} {
		tt.test(t)
	}
}

// What was erased leaves what it changed as it was, and never makes something
// visible that was not.
func TestApplyErased(t *testing.T) {
	declared := Declared{Number: 1, Title: "Database down", Severity: "sev2"}
	for _, tt := range []mutationTest{
		{"a title", []Event{erased(declared)}, func(in *Incident) any { return in.Title }, erasedText},
		{"a declaration may have been private", []Event{erased(declared)}, func(in *Incident) any { return in.Private }, true},
		{"until an update shows that it was not", []Event{erased(declared), told(Investigating, 2)}, func(in *Incident) any { return in.IsPublic() }, true},
		{"or somebody says so", []Event{erased(declared), PrivacyChanged{}}, func(in *Incident) any { return in.Private || in.PrivacyErased }, false},
		{"made private, erased", []Event{declared, told(Investigating, 2), erased(PrivacyChanged{Private: true})}, func(in *Incident) any { return in.Public(page) }, (*Public)(nil)},
		{"said private after", []Event{erased(declared), PrivacyChanged{Private: true}, told(Investigating, 2)}, func(in *Incident) any { return in.Private }, true},
		{"a severity", []Event{declared, erased(SeverityChanged{})}, func(in *Incident) any { return in.Severity }, "sev2"},
		{"a new title", []Event{declared, erased(Renamed{})}, func(in *Incident) any { return in.Title }, "Database down"},
		{"a state", []Event{declared, erased(StateChanged{})}, func(in *Incident) any { return in.Status }, Investigating},
		{"why it was canceled", []Event{declared, erased(CanceledBy{})}, func(in *Incident) any { return in.Status }, Canceled},
		{"a handover", []Event{declared, erased(HandoverOffered{}), erased(HandoverAccepted{}), erased(RoleAssigned{})}, func(in *Incident) any { return len(in.Roles) + len(in.Handovers) }, 0},
		{"a room", []Event{declared, erased(RoomOpened{})}, func(in *Incident) any { return len(in.Rooms) }, 0},
		{"a preview waits for nobody", []Event{declared, erased(PreviewOpened{}), PreviewOpened{Verb: "update"}}, func(in *Incident) any { return in.Previews.Waiting()[0].Number }, 2},
		{"a follow-up keeps its number", []Event{declared, erased(ActionAdded{}), ActionAdded{Text: "b"}}, func(in *Incident) any { return in.Actions[0].Text + in.Actions[1].Text }, erasedText + "b"},
		{"a theory keeps its number", []Event{declared, erased(TheoryAdded{}), TheoryAdded{Text: "b"}}, func(in *Incident) any { return in.Theories[0].Text + in.Theories[1].Text }, erasedText + "b"},
		{"a link", []Event{declared, erased(LinkAdded{})}, func(in *Incident) any { return in.Links[0].Target }, erasedText},
		{"a draft", []Event{declared, PostmortemDrafted{Markdown: "m"}, erased(PostmortemDrafted{})}, func(in *Incident) any { return in.Report.Text("internal") }, ""},
		{"an edited version", []Event{declared, erased(PostmortemEdited{})}, func(in *Incident) any { return len(in.Report.EditedBy) }, 0},
		{"the first public word was said all the same", []Event{declared, erased(UpdatePosted{})}, func(in *Incident) any { return in.Milestones[FirstPublicWord].At }, after(2)},
		{"what customers know is what is left", []Event{declared, told(Monitoring, 2), erased(UpdatePosted{})}, func(in *Incident) any { return in.PublishedStatus() }, Monitoring},
		{"nobody learns an erased word", []Event{declared, erased(UpdatePosted{})}, func(in *Incident) any { return in.Public(page) }, (*Public)(nil)},
	} {
		tt.test(t)
	}
	// Every kind, erased, in a life of its own and after all the others.
	all := []Event{declared}
	for _, kind := range Kinds() {
		folded(erased(value(empty(kind)))).Public(page)
		all = append(all, filled(kind), erased(value(empty(kind))))
	}
	folded(all...).Public(page)
}

func TestClone(t *testing.T) {
	all := []Event{Declared{Number: 1, Title: "x"}}
	for _, kind := range Kinds() {
		all = append(all, filled(kind))
	}
	in := folded(all...)
	was := fmt.Sprintf("%+v %+v", *in, in.Report.Published)
	c := in.Clone()
	for _, number := range []int{1, 2} { // numbered ones, so that they meet something
		for _, ev := range []Event{
			UpdateEdited{Number: number, Body: "new"}, ActionDone{Number: number}, ActionAssigned{Number: number, Owner: ben},
			TheoryEvidence{Number: number, Text: "new"}, TheoryConfirmed{Number: number}, PreviewClosed{Preview: number, How: "new"},
			RoomClosed{Room: in.Rooms[0].Place}, RoleAssigned{Role: "new", Who: ben}, PostmortemEdited{Version: "new"},
			PostmortemPublished{Body: "new"}, PostmortemUnpublished{}, Reopened{}, ComponentsChanged{Affects: []ComponentChange{{ID: in.Affects[0].ID, New: Degraded}}},
		} {
			c.Apply(Meta{Seq: 1000, N: 1000, Recorded: after(1000), By: ben}, ev)
		}
	}
	each(all, c.Apply)
	if is := fmt.Sprintf("%+v %+v", *in, in.Report.Published); is != was {
		t.Errorf("what was done to a copy is seen in the original:\n%s\nwas\n%s", is, was)
	}
}

func TestParseRef(t *testing.T) {
	for in, want := range map[string]int{"INC-7": 7, "inc7": 7, " inc-12 ": 12, "3": 3, "INC-0": 0, "INC--1": 0, "-4": 0, "x": 0, "": 0, "MNT-1": 0} {
		n, ok := ParseRef(in)
		if ok != (want > 0) || ok && n != want {
			t.Errorf("ParseRef(%q) = %d, %v; want %d", in, n, ok, want)
		}
	}
}

// problem is the code of a Problem; "" if err is nil.
func problem(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var p *Problem
	if !errors.As(err, &p) {
		t.Fatalf("%v is no Problem", err)
	}
	if !strings.HasSuffix(p.Text, ".") || strings.Contains(p.Text, "%!") || p.Error() != p.Text {
		t.Errorf("%q is no sentence", p.Text)
	}
	return p.Code
}
