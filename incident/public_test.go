package incident

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// seen is what customers see of an incident, a string a fact.
func seen(p *Public) []string {
	if p == nil {
		return nil
	}
	clock := func(at time.Time) string {
		if at.IsZero() {
			return "-"
		}
		return at.Format("15:04")
	}
	out := []string{fmt.Sprintf("%s: %s, impact %s, created %s, changed %s, monitoring %s, resolved %s", p.Title, p.Status, p.Impact, clock(p.Created), clock(p.Changed), clock(p.Monitoring), clock(p.Resolved))}
	for i, u := range p.Updates {
		l := fmt.Sprintf("%d %s %s: %s", u.Number, clock(u.Shown), p.Label(i), u.Body)
		if !u.Edited.Equal(u.Recorded) {
			l += " edited " + clock(u.Edited)
		}
		for _, c := range u.Affected {
			l += fmt.Sprintf(" [%s %s>%s]", c.Name, c.Old, c.New)
		}
		out = append(out, l)
	}
	if p.Postmortem != nil {
		out = append(out, "postmortem "+clock(p.Postmortem.Shown)+": "+p.Postmortem.Body)
	}
	return out
}

func TestPublic(t *testing.T) {
	declared := Declared{Number: 1, Title: "secret internal title", Severity: "sev1", Affects: []ComponentChange{down(api)}}
	titled := told(Investigating, 2)
	titled.Title, titled.Affects, titled.Impact = "Checkout fails", []ComponentChange{down(checkout)}, ImpactMajor
	for _, tt := range []struct {
		name   string
		events []Event
		want   []string
	}{
		{"nothing published", []Event{declared, StateChanged{Status: Resolved}, NoteAdded{Text: "x"}}, nil},
		{"private", []Event{declared, titled, PrivacyChanged{Private: true}}, nil},
		{"no longer private", []Event{declared, PrivacyChanged{Private: true}, PrivacyChanged{}, titled},
			[]string{"Checkout fails: investigating, impact major, created 12:02, changed 12:04, monitoring -, resolved -", "1 12:02 Investigating: words investigating [Checkout operational>major_outage]"}},
		{"a drill", []Event{Declared{Number: 1, Title: "x", Drill: true}, titled}, nil},
		{"the internal title never stands in", []Event{declared, told(Investigating, 2)},
			[]string{"Incident: investigating, impact none, created 12:02, changed 12:02, monitoring -, resolved -", "1 12:02 Investigating: words investigating"}},
		{"a repeated status is an Update", []Event{declared, titled, told(Investigating, 3), told(Monitoring, 4), told(Monitoring, 5), told(Resolved, 6)},
			[]string{"Checkout fails: resolved, impact major, created 12:02, changed 12:06, monitoring 12:04, resolved 12:06",
				"5 12:06 Resolved: words resolved", "4 12:05 Update: words monitoring", "3 12:04 Monitoring: words monitoring", "2 12:03 Update: words investigating",
				"1 12:02 Investigating: words investigating [Checkout operational>major_outage]"}},
		{"a back-dated update stands where it is shown", []Event{declared, told(Investigating, 10), told(Identified, 5)},
			[]string{"Incident: investigating, impact none, created 12:10, changed 12:03, monitoring -, resolved -", "1 12:10 Investigating: words investigating", "2 12:05 Identified: words identified"}},
		{"two within one instant keep their order", []Event{declared, told(Investigating, 2), told(Identified, 2)},
			[]string{"Incident: identified, impact none, created 12:02, changed 12:03, monitoring -, resolved -", "2 12:02 Identified: words identified", "1 12:02 Investigating: words investigating"}},
		{"an edited text keeps its stamp", []Event{declared, told(Investigating, 2), told(Identified, 3), UpdateEdited{Number: 1, Body: "mended"}},
			[]string{"Incident: identified, impact none, created 12:02, changed 12:04, monitoring -, resolved -", "2 12:03 Identified: words identified", "1 12:02 Investigating: mended edited 12:04"}},
		{"reopened, and nobody was told", []Event{declared, told(Investigating, 2), told(Resolved, 3), Reopened{}},
			[]string{"Incident: resolved, impact none, created 12:02, changed 12:03, monitoring -, resolved 12:03", "2 12:03 Resolved: words resolved", "1 12:02 Investigating: words investigating"}},
		{"reopened, and told", []Event{declared, told(Investigating, 2), told(Resolved, 3), Reopened{}, told(Identified, 5)},
			[]string{"Incident: identified, impact none, created 12:02, changed 12:05, monitoring -, resolved -", "3 12:05 Identified: words identified", "2 12:03 Resolved: words resolved", "1 12:02 Investigating: words investigating"}},
		{"the impact is the worst ever", []Event{declared, titled, told(Resolved, 3, up(checkout))},
			[]string{"Checkout fails: resolved, impact major, created 12:02, changed 12:03, monitoring -, resolved 12:03",
				"2 12:03 Resolved: words resolved [Checkout major_outage>operational]", "1 12:02 Investigating: words investigating [Checkout operational>major_outage]"}},
		{"unless it was stated", []Event{declared, titled, UpdatePosted{Status: Resolved, Body: "x", Shown: after(3), Impact: ImpactMinor, Override: true}},
			[]string{"Checkout fails: resolved, impact minor, created 12:02, changed 12:03, monitoring -, resolved 12:03", "2 12:03 Resolved: x", "1 12:02 Investigating: words investigating [Checkout operational>major_outage]"}},
		{"components in the page's order", []Event{declared, told(Investigating, 2, down(api), down(gone("c9", "Zoo")), down(gone("c8", "Ape")), down(checkout))},
			[]string{"Incident: investigating, impact major, created 12:02, changed 12:02, monitoring -, resolved -",
				"1 12:02 Investigating: words investigating [Checkout operational>major_outage] [API operational>major_outage] [Ape operational>major_outage] [Zoo operational>major_outage]"}},
		{"an erased update vanishes", []Event{declared, erased(titled), told(Identified, 3), erased(told(Resolved, 4))},
			[]string{"Incident: identified, impact none, created 12:03, changed 12:03, monitoring -, resolved -", "2 12:03 Identified: words identified"}},
		{"the postmortem is a status", []Event{declared, told(Resolved, 2), PostmortemPublished{Body: "why", Shown: after(30)}},
			[]string{"Incident: postmortem, impact none, created 12:02, changed 12:03, monitoring -, resolved 12:02", "1 12:02 Resolved: words resolved", "postmortem 12:30: why"}},
		{"unpublished is resolved again", []Event{declared, told(Resolved, 2), PostmortemPublished{Body: "why", Shown: after(30)}, PostmortemUnpublished{}},
			[]string{"Incident: resolved, impact none, created 12:02, changed 12:02, monitoring -, resolved 12:02", "1 12:02 Resolved: words resolved"}},
		{"an open incident keeps its status", []Event{declared, told(Resolved, 2), PostmortemPublished{Body: "why", Shown: after(30)}, Reopened{}, told(Identified, 40)},
			[]string{"Incident: identified, impact none, created 12:02, changed 12:05, monitoring -, resolved -", "2 12:40 Identified: words identified", "1 12:02 Resolved: words resolved", "postmortem 12:30: why"}},
		{"quiet", []Event{declared, UpdatePosted{Status: Investigating, Body: "x", Shown: after(2), Quiet: true}},
			[]string{"Incident: investigating, impact none, created 12:02, changed 12:02, monitoring -, resolved -", "1 12:02 Investigating: x"}},
	} {
		if got := seen(folded(tt.events...).Public(page)); !slices.Equal(got, tt.want) {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, strings.Join(got, "\n     "), strings.Join(tt.want, "\n     "))
		}
	}
}

// gone is a component that the page has no more.
func gone(id, name string) Component { return Component{ID: id, Name: name} }

// No text that was not published is anywhere in what customers may know.
func TestPublicHoldsNothingElse(t *testing.T) {
	var events []Event
	for _, kind := range Kinds() {
		p := empty(kind)
		brand(reflect.ValueOf(p).Elem())
		switch ev := value(p).(type) {
		case PrivacyChanged, UpdatePosted, UpdateEdited, PostmortemPublished, PostmortemUnpublished, PublicImported, Brought:
		case Declared:
			ev.Private, ev.Drill = false, false
			events = append(events, ev)
		default:
			events = append(events, ev)
		}
	}
	events = append(events, told(Resolved, 2))
	p := folded(events...).Public(page)
	if p == nil {
		t.Fatal("nothing is public")
	}
	if all := fmt.Sprintf("%+v", *p); strings.Contains(all, "INTERNAL") {
		t.Errorf("customers see %s", all)
	}
}

// What was brought over from elsewhere is not public here, also where the record
// that says so was erased.
func TestBroughtIsNotPublic(t *testing.T) {
	for _, brought := range []Event{Brought{From: "Elsewhere", ID: "INC-7"}, erased(Brought{})} {
		in := folded(brought, Declared{Number: 1, Title: "down"}, told(Investigating, 2))
		if in.IsPublic() || in.Public(page) != nil {
			t.Errorf("public: %+v", in.Public(page))
		}
		evs, _, err := in.Update(Wording{Status: Resolved, Body: "Over.", Title: "x"}, page)
		if err == nil {
			t.Errorf("customers would be told: %v", evs)
		}
	}
}

// brand writes INTERNAL into every text of an event.
func brand(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("INTERNAL")
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			brand(v.Field(i))
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		brand(v.Index(0))
	}
}

func TestPublicLatest(t *testing.T) {
	p := folded(Declared{}, told(Investigating, 2), told(Identified, 3)).Public(page)
	if u, ok := p.Latest(); !ok || u.Number != 2 || !p.Open() {
		t.Errorf("the latest is %+v", u)
	}
	if u, ok := (&Public{}).Latest(); ok {
		t.Errorf("of nothing, the latest is %+v", u)
	}
	if got := folded(Declared{}, told(Investigating, 2, down(api), down(checkout))).Public(page).AffectedNames(); !slices.Equal(got, []string{"Checkout", "API"}) {
		t.Errorf("affected: %v", got)
	}
}

func TestCode(t *testing.T) {
	seen := map[string]string{}
	for _, instance := range []string{"a", "b", "ab"} {
		for _, stream := range []string{"INC-1", "INC-2", "bINC-1", ""} {
			for n := range uint64(50) {
				c, what := Code(instance, stream, n), fmt.Sprint(instance, "/", stream, "/", n)
				if len(c) != 12 || strings.Trim(c, codeAlphabet) != "" {
					t.Fatalf("%s has the code %q", what, c)
				}
				if was, twice := seen[c]; twice {
					t.Errorf("%s and %s share the code %s", was, what, c)
				}
				seen[c] = what
			}
		}
	}
	if got := Code("a", "INC-1", 0); got != Code("a", "INC-1", 0) {
		t.Error("a code changes")
	}
}

func TestMaintenance(t *testing.T) {
	scheduled := MaintenanceScheduled{Number: 1, Code: "s", Title: "New disks", Body: "soon", From: after(60), Until: after(120), Affects: []ComponentChange{{ID: "c2", Name: "API"}}, Shown: after(1)}
	move := func(s Status, minutes int) MaintenanceMoved {
		return MaintenanceMoved{Code: string(s), Status: s, Body: "words " + string(s), Shown: after(minutes)}
	}
	for _, tt := range []struct {
		name   string
		events []Event
		open   bool
		want   []string
	}{
		{"scheduled", []Event{scheduled}, true, []string{"New disks: scheduled, impact maintenance, created 12:01, changed 12:01, monitoring -, resolved -", "1 12:01 Scheduled: soon [API operational>operational]"}},
		{"under way", []Event{scheduled, move(InProgress, 60)}, true,
			[]string{"New disks: in_progress, impact maintenance, created 12:01, changed 12:02, monitoring -, resolved -", "2 13:00 In progress: words in_progress [API operational>under_maintenance]", "1 12:01 Scheduled: soon [API operational>operational]"}},
		{"done", []Event{scheduled, move(InProgress, 60), move(Verifying, 80), move(Completed, 90)}, false,
			[]string{"New disks: completed, impact maintenance, created 12:01, changed 12:04, monitoring -, resolved 13:30",
				"4 13:30 Completed: words completed [API under_maintenance>operational]", "3 13:20 Verifying: words verifying [API under_maintenance>under_maintenance]",
				"2 13:00 In progress: words in_progress [API operational>under_maintenance]", "1 12:01 Scheduled: soon [API operational>operational]"}},
		{"canceled is shown as completed", []Event{scheduled, move(Canceled, 30)}, false,
			[]string{"New disks: completed, impact maintenance, created 12:01, changed 12:02, monitoring -, resolved 12:30", "2 12:30 Completed: words canceled [API operational>operational]", "1 12:01 Scheduled: soon [API operational>operational]"}},
		{"every word erased", []Event{erased(scheduled)}, false, nil},
		{"the schedule erased", []Event{erased(scheduled), move(InProgress, 60), erased(move(Completed, 90))}, true,
			[]string{"[erased]: in_progress, impact maintenance, created 13:00, changed 12:03, monitoring -, resolved -", "1 13:00 In progress: words in_progress"}},
	} {
		w := NewMaintenance("MNT-1")
		each(tt.events, w.Apply)
		p := w.Public(page)
		if got := seen(p); !slices.Equal(got, tt.want) {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, strings.Join(got, "\n     "), strings.Join(tt.want, "\n     "))
		}
		if p != nil && p.Open() != tt.open {
			t.Errorf("%s: open is %v", tt.name, p.Open())
		}
	}
}

func TestMaintenanceMove(t *testing.T) {
	begun := func(s Status) *Maintenance { return &Maintenance{ID: "MNT-1", Number: 1, Status: s} }
	for _, tt := range []struct {
		from, to Status
		body     string
		problem  string
		want     string
	}{
		{Scheduled, InProgress, "", "", MaintenanceWords(InProgress)},
		{Scheduled, InProgress, "we begin", "", "we begin"},
		{InProgress, Verifying, " ", "", MaintenanceWords(Verifying)},
		{Verifying, Completed, "", "", MaintenanceWords(Completed)},
		{Scheduled, Canceled, "not today", "", "not today"},
		{Scheduled, Canceled, "", "words-missing", ""},
		{InProgress, InProgress, "", "maintenance-there", ""},
		{Completed, InProgress, "", "maintenance-over", ""},
		{Canceled, Completed, "x", "maintenance-over", ""},
	} {
		evs, err := begun(tt.from).Move(tt.to, tt.body, after(1), true, false, "code")
		if got := problem(t, err); got != tt.problem {
			t.Errorf("%s to %s: problem %q, want %q", tt.from, tt.to, got, tt.problem)
			continue
		}
		if err != nil {
			continue
		}
		if want := []Event{MaintenanceMoved{Code: "code", Status: tt.to, Body: tt.want, Shown: after(1), Quiet: true}}; !reflect.DeepEqual(evs, want) {
			t.Errorf("%s to %s: %+v", tt.from, tt.to, evs)
		}
	}
	for in, want := range map[string]int{"MNT-3": 3, "mnt-3": 3, "3": 0, "MNT-0": 0, "INC-3": 0, "": 0} {
		if n, ok := ParseMaintenanceRef(in); ok != (want > 0) || ok && n != want {
			t.Errorf("ParseMaintenanceRef(%q) = %d, %v", in, n, ok)
		}
	}
}
