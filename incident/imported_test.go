package incident

import (
	"slices"
	"strings"
	"testing"
)

// brought is an incident as another page had it: two updates, of a component
// that is listed there, and with more if it is wanted.
func brought(more ...ImportedUpdate) PublicImported {
	up := func(n int, s Status, at int) ImportedUpdate {
		return ImportedUpdate{Code: "there" + string(rune('0'+n)), Status: s, Body: "words " + string(s), HTML: "<p>words</p>", Created: after(at), Edited: after(at + 1), Shown: after(at)}
	}
	e := PublicImported{
		From: "Elsewhere", Code: "c0de00000001", Serial: 31233568, Title: "Outage there", Status: Identified, Impact: ImpactCritical, Link: "https://stspg.io/x",
		Created: after(1), Started: after(0), Changed: after(6), Updates: append([]ImportedUpdate{up(1, Investigating, 1), up(2, Identified, 4)}, more...),
		Components: []ListedAs{{Component: checkout, State: MajorOutage}},
	}
	e.Updates[0].Affects = []ComponentChange{{ID: checkout.ID, Name: checkout.FullName(), Old: Operational, New: MajorOutage}}
	return e
}

func TestImportedIsPublicAsItWas(t *testing.T) {
	in := folded(brought())
	p := in.Public(page)
	if p == nil {
		t.Fatal("nothing is public")
	}
	if p.Code != "c0de00000001" || p.Serial != 31233568 || p.Link != "https://stspg.io/x" || p.Title != "Outage there" || p.Status != Identified || p.Impact != ImpactCritical ||
		!p.Created.Equal(after(1)) || !p.Started.Equal(after(0)) || !p.Changed.Equal(after(6)) || !p.Resolved.IsZero() {
		t.Errorf("%+v", p)
	}
	if len(p.Updates) != 2 || p.Updates[0].Code != "there2" || !p.Updates[0].Recorded.Equal(after(4)) || !p.Updates[0].Edited.Equal(after(5)) || p.Updates[0].HTML != "<p>words</p>" || !p.Updates[0].Imported {
		t.Errorf("%+v", p.Updates)
	}
	if in.Status != Identified || in.Title != "Outage there" || !in.Declared.When.Equal(after(1)) || in.Milestones[FirstPublicWord].Source != "import" || !in.Milestones[IdentifiedAt].At.Equal(after(4)) {
		t.Errorf("%s, %q, %+v", in.Status, in.Title, in.Milestones)
	}
	if got := in.Published(); len(got) != 1 || got[0].New != MajorOutage {
		t.Errorf("%+v", got)
	}
}

// What is decided here goes on from what was brought over.
func TestImportedGoesOnHere(t *testing.T) {
	in := folded(brought())
	evs, left, err := in.Resolve(Wording{Body: "Over.", Shown: after(30), Code: "here00000001"}, page)
	if err != nil || len(left) != 1 {
		t.Fatalf("%v, %v", err, left)
	}
	for i, ev := range evs {
		in.Apply(Meta{Seq: uint64(90 + i), N: uint64(90 + i), Recorded: after(31), When: after(31)}, ev)
	}
	check := func(when string) {
		t.Helper()
		p := in.Public(page)
		if p.Status != Resolved || !p.Resolved.Equal(after(30)) || !p.Created.Equal(after(1)) || !p.Changed.Equal(after(31)) || p.Impact != ImpactCritical ||
			len(p.Updates) != 3 || p.Updates[0].Number != 3 || p.Updates[0].Imported || p.Updates[0].Affected[0].Old != MajorOutage {
			t.Errorf("%s: %+v", when, p)
		}
	}
	check("resolved here")
	in.Apply(Meta{Seq: 99, N: 99, Recorded: after(40), When: after(1), Imported: true}, brought())
	check("brought over again")
	in.Apply(Meta{Seq: 100, N: 100, Recorded: after(41), When: after(1), Imported: true},
		brought(ImportedUpdate{Code: "there3", Status: Monitoring, Body: "said there since", Created: after(20), Edited: after(20), Shown: after(20)}))
	if p := in.Public(page); len(p.Updates) != 4 || p.Updates[1].Code != "there3" || p.Updates[0].Number != 4 || p.Status != Resolved {
		t.Errorf("with a later word from there: %+v", p.Updates)
	}
}

// A text that is mended here stays mended, whatever is brought over again, and
// the page says when.
func TestImportedTextIsMended(t *testing.T) {
	in := folded(brought())
	edit := func() {
		t.Helper()
		p := in.Public(page)
		if u := p.Updates[1]; u.Body != "Mended." || u.HTML != "" || !u.Edited.Equal(after(50)) || !u.Shown.Equal(after(1)) || !p.Changed.Equal(after(50)) {
			t.Errorf("%+v, changed %v", u, p.Changed)
		}
	}
	in.Apply(Meta{Seq: 95, N: 95, Recorded: after(50), When: after(50)}, UpdateEdited{Number: 1, Body: "Mended."})
	edit()
	in.Apply(Meta{Seq: 96, N: 96, Recorded: after(60), When: after(1), Imported: true}, brought())
	edit()
}

func TestImportedPostmortemAndErasure(t *testing.T) {
	e := brought(ImportedUpdate{Code: "pm", Status: Postmortem, Body: "Why it was.", Created: after(60), Edited: after(61), Shown: after(60), Quiet: true})
	e.Status = Postmortem
	in := folded(e)
	p := in.Public(page)
	if p.Status != Postmortem || p.Postmortem == nil || p.Postmortem.Body != "Why it was." || p.Postmortem.Notify || len(p.Updates) != 2 {
		t.Errorf("%+v", p)
	}
	in.Apply(Meta{Seq: 97, N: 97, Recorded: after(70), Redacted: true}, PublicImported{})
	if got := in.Public(page); got != nil {
		t.Errorf("erased, and still public: %+v", got)
	}
	if strings.Contains(in.Title, "Outage") {
		t.Errorf("erased, and still called %q", in.Title)
	}
}

// The timeline has one entry for what was brought over, and counts its updates,
// so that the numbers of those posted here are right.
func TestImportedInTheTimeline(t *testing.T) {
	tl := NewTimeline()
	for i, ev := range []Event{brought(), UpdatePosted{Code: "here", Status: Resolved, Body: "Over.", Shown: after(9)}, UpdateEdited{Number: 3, Body: "Over and done."}, UpdateEdited{Number: 1, Body: "Not here."}} {
		tl.Apply(Meta{Seq: uint64(i + 1), N: uint64(i + 1), Recorded: after(i), When: after(i)}, ev)
	}
	var got []string
	for _, e := range tl.Entries() {
		got = append(got, e.Text)
	}
	if want := []string{"brought over from Elsewhere: Outage there, 2 updates, identified", "told customers (resolved): Over and done."}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestImportedMaintenance(t *testing.T) {
	e := brought()
	e.Status, e.Impact, e.Starts, e.Ends = Scheduled, ImpactMaintenance, after(600), after(660)
	e.Updates = e.Updates[:1]
	e.Updates[0].Status = Scheduled
	w := NewMaintenance("MNT-1")
	w.Apply(Meta{Seq: 1, N: 1, Recorded: after(0), When: after(0), Imported: true}, e)
	p := w.Public(page)
	if p == nil || p.Code != "c0de00000001" || p.Status != Scheduled || !p.Maintenance || !p.From.Equal(after(600)) || !p.Until.Equal(after(660)) || !p.Changed.Equal(after(6)) || len(p.Components) != 1 {
		t.Fatalf("%+v", p)
	}
	evs, err := w.Move(InProgress, "", after(600), false, false, "here00000001")
	if err != nil {
		t.Fatal(err)
	}
	w.Apply(Meta{Seq: 2, N: 2, Recorded: after(600), When: after(600)}, evs[0])
	if p = w.Public(page); p.Status != InProgress || len(p.Updates) != 2 || p.Updates[0].Affected[0].New != UnderMaintenance || !p.Created.Equal(after(1)) {
		t.Errorf("%+v", p)
	}
	w.Apply(Meta{Seq: 3, N: 3, Recorded: after(700), When: after(0), Imported: true}, e)
	if p = w.Public(page); p.Status != InProgress || len(p.Updates) != 2 {
		t.Errorf("brought over again: %+v", p)
	}
	w.Apply(Meta{Seq: 4, N: 4, Recorded: after(710), Redacted: true}, PublicImported{})
	if p = w.Public(page); p != nil && strings.Contains(p.Title, "Outage") {
		t.Errorf("erased, and still called %q", p.Title)
	}
}
