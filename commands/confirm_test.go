package commands_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sitrep/bot"
	"sitrep/commands"
	"sitrep/incident"
)

// Sixteen people press Publish at the same moment: customers read it once, and
// each of the sixteen is told so.
func TestPublishedOnceHoweverManyPress(t *testing.T) {
	d := newDesk(t, nil)
	d.declare("sev1 down")
	d.live = true
	d.do(`update title:"Trouble" We are on it.`)
	var wg sync.WaitGroup
	answers := make([]bot.Message, 16)
	for i := range answers {
		wg.Go(func() {
			m, err := d.runner.Handle(context.Background(), bot.Request{Key: fmt.Sprint("press", i), By: d.by, In: d.in, When: d.now, Interactive: true, Do: bot.Command{Text: "publish INC-1 1"}})
			if err != nil {
				t.Error(err)
			}
			answers[i] = m
		})
	}
	wg.Wait()
	if n := len(d.incident().Updates); n != 1 {
		t.Fatalf("%d updates came of one preview", n)
	}
	for i, m := range answers {
		if rc, ok := m.(bot.Receipt); !ok || !rc.Public || !strings.Contains(rc.Text, "Update 1 of INC-1 is on the page") {
			t.Errorf("press %d: %s", i, text(m))
		}
	}
}

// The same request twice gets the same answer, whatever came of it meanwhile.
func TestRedelivered(t *testing.T) {
	d := newDesk(t, nil)
	d.declare("sev1 down")
	d.live = true
	d.do(`update title:"Trouble" We are on it.`)
	a, b := d.again("p", "publish 1"), d.again("p", "publish 1")
	if _, ok := b.(bot.Receipt); !ok || !strings.HasPrefix(text(b), strings.SplitN(text(a), "\n", 2)[0]) {
		t.Errorf("published, then: %s", text(b))
	}
	d.again("u", "update Two.")
	d.again("p2", "publish 2")
	if m := d.again("u", "update Two."); !strings.Contains(text(m), "Update 2 of INC-1 is on the page") {
		t.Errorf("the update again, after it was confirmed: %s", text(m))
	}
	d.again("u3", "update Three.")
	d.again("x", "discard 3")
	if m := d.again("x", "discard 3"); !strings.Contains(text(m), "Preview 3 of INC-1 is discarded") {
		t.Errorf("discarded again: %s", text(m))
	}
	d.live = false
	d.again("c", `cancel a test public:"False alarm."`)
	if m, ok := d.again("c", `cancel a test public:"False alarm."`).(bot.Receipt); !ok || !m.Public {
		t.Errorf("canceled again: %+v", m)
	}
	d.declare("sev1 another")
	d.in = bot.Channel{Platform: "test", ID: "war", Name: "#war"}
	one, two := d.again("a", "adopt INC-2"), d.again("a", "adopt INC-2")
	if text(one) != text(two) {
		t.Errorf("adopted: %s, again: %s", text(one), text(two))
	}
}

// To look at a preview publishes nothing, on any surface, whoever looks; and
// what a preview says needs the power that its command needs.
func TestLookingPublishesNothing(t *testing.T) {
	d := newDesk(t, &commands.Options{
		Who:    map[commands.Power][]string{commands.Publish: {"ana"}},
		People: []commands.Person{{Person: incident.Person{ID: "local/ana", Name: "ana"}, Accounts: []string{"test/ana"}}},
	})
	d.declare("sev1 down")
	d.says(`update title:"Trouble" One.`, "Update 1")
	d.live = true
	d.do("update edit 1 Mended.")
	d.live = false
	ana := d.by
	d.by = incident.Person{ID: "test/mallory", Name: "mallory"}
	d.says("look INC-1 1", "mallory may not publish")
	d.says("publish INC-1 1", "mallory may not publish")
	d.says("update edit 1 Hers.", "mallory may not publish")
	d.by = ana
	if _, ok := d.do("look INC-1 1").(bot.Preview); !ok {
		t.Error("it is not shown")
	}
	if got := d.incident().Updates[0].Body; got != "One." {
		t.Errorf("the page says %q", got)
	}
	// Making visible what customers were told is publishing.
	d.says("private on confirm:yes", "is private now")
	d.by = incident.Person{ID: "test/ana2", Name: "ana2"}
	d.says("private off", "") // it is not even there for others
	d.by = ana
	d.says("private off", "puts all of that on the page again")
	if rc, ok := d.do("private off confirm:yes").(bot.Receipt); !ok || !rc.Public {
		t.Errorf("visible again: %+v", rc)
	}
}

// What is confirmed is what was shown.
func TestConfirmedIsWhatWasShown(t *testing.T) {
	d := newDesk(t, nil)
	d.declare("sev1 down")
	d.says(`update title:"Trouble" One.`, "Update 1")
	d.says("resolve Over.", "Update 2")
	d.says("postmortem edit customer Reviewed words.", "as you wrote it")
	d.live = true
	p, ok := d.do("postmortem publish").(bot.Preview)
	if !ok {
		t.Fatal("no preview")
	}
	d.says("postmortem edit customer Words that nobody previewed.", "as you wrote it")
	q, ok := d.do(fmt.Sprintf("publish %d", p.Number)).(bot.Preview)
	if !ok || d.incident().Report.Published != nil || !strings.Contains(strings.Join(q.Notes, " "), "was changed since") {
		t.Fatalf("published %v, answered %+v", d.incident().Report.Published, q)
	}
	d.says(fmt.Sprintf("publish %d", q.Number), "is on the page")
	if got := d.incident().Report.Published.Body; got != "Words that nobody previewed." {
		t.Errorf("the page says %q", got)
	}
}

// Editing a preview loses nothing of it.
func TestRevising(t *testing.T) {
	d := newDesk(t, nil)
	d.declare("sev1 down")
	d.says(`update title:"Trouble" One.`, "Update 1")
	d.live = true
	revise := func(n int, words string) bot.Preview {
		t.Helper()
		f, ok := d.do(fmt.Sprintf("revise %d", n)).(bot.Form)
		if !ok {
			t.Fatal("no form")
		}
		values := map[string]string{}
		for _, x := range f.Fields {
			values[x.Name] = x.Value
		}
		values["text"] = words
		d.n++
		m, err := d.runner.Handle(context.Background(), bot.Request{Key: fmt.Sprint("form", d.n), By: d.by, In: d.in, When: d.now, Interactive: true, Do: bot.Submission{Verb: f.Verb, Incident: f.Incident, Values: values}})
		p, ok := m.(bot.Preview)
		if err != nil || !ok {
			t.Fatalf("%v %+v", err, m)
		}
		return p
	}
	d.do("update edit 1 Two.")
	d.says(fmt.Sprintf("publish %d", revise(1, "Mended.").Number), "Update 1 of INC-1 has its new text")
	if us := d.incident().Updates; len(us) != 1 || us[0].Body != "Mended." {
		t.Errorf("updates: %+v", us)
	}
	d.do("update at:-30m impact:major notify:no title:\"Better\" Three.")
	d.says(fmt.Sprintf("publish %d", revise(3, "Four.").Number), "Update 2")
	u := d.incident().Updates[1]
	if u.Body != "Four." || u.Impact != incident.ImpactMajor || !u.Quiet || d.incident().PublicTitle != "Better" || !u.Shown.Before(d.now.Add(-20*time.Minute)) {
		t.Errorf("update: %+v, title %q", u, d.incident().PublicTitle)
	}
}

func TestPublishedQuietly(t *testing.T) {
	for _, how := range []string{"quietly", "notify:no", "notify:No", "notify:off", "notify:false"} {
		d := newDesk(t, nil)
		d.declare("sev1 down")
		d.live = true
		d.do(`update title:"Trouble" One.`)
		d.do("publish 1 " + how)
		if us := d.incident().Updates; len(us) != 1 || !us[0].Quiet {
			t.Errorf("%s: %+v", how, us)
		}
	}
}

// A clock time that is promised to customers is its author's, whoever confirms.
func TestPromiseKeepsItsAuthorsClock(t *testing.T) {
	d := newDesk(t, nil)
	d.declare("sev1 down")
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	ask := func(zone *time.Location, line string) bot.Message {
		d.n++
		m, err := d.runner.Handle(context.Background(), bot.Request{Key: fmt.Sprint("z", d.n), By: d.by, In: d.in, When: d.now, Zone: zone, Interactive: true, Do: bot.Command{Text: line}})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	ask(berlin, `update title:"Trouble" next:20:00 One.`)
	ask(nil, "publish 1")
	if got := d.incident().NextWord().In(berlin).Format("15:04"); got != "20:00" {
		t.Errorf("promised for %s in Berlin", got)
	}
}

// What the team has ended is ended for customers by resolve too, with the states
// of components; what was merged or canceled is not told anew.
func TestEndsForCustomersToo(t *testing.T) {
	d := newDesk(t, nil)
	d.declare("sev1 down")
	d.says(`update title:"Trouble" affects:checkout=down One.`, "Update 1")
	d.says("state resolved", "Customers still see it as investigating.")
	d.says("resolve All is well.", "Update 2 of INC-1 is on the page: Resolved")
	if p := d.incident().Public(d.board.Page()); p.Status != incident.Resolved || p.Components[0].New != incident.Operational {
		t.Errorf("customers see %s, %+v", p.Status, p.Components)
	}
	first := d.incident().Public(d.board.Page()).Resolved
	d.now = d.now.Add(time.Hour)
	d.says("update resolved One more word.", "Update 3 of INC-1 is on the page: Update")
	if p := d.incident().Public(d.board.Page()); !p.Resolved.Equal(first) {
		t.Errorf("a last word moves the end from %s to %s", first, p.Resolved)
	}
	d.declare("sev2 other")
	d.says("merge into INC-1", "is part of INC-1")
	d.says(`update resolved title:"Whoops" text`, "Tell customers there.")
	d.declare("sev2 third")
	d.says("cancel nothing", "is canceled")
	d.says(`update resolved title:"Whoops" text`, "Reopen it first")
	d.declare("sev2 fourth")
	d.says(`update title:"Trouble" One.`, "Update 1")
	d.says("private on confirm:yes", "is private")
	d.says("update resolved Over.", "is private, so nothing of it can be published")
}

// The number of an incident at the beginning of a text is text.
func TestNumbersInTexts(t *testing.T) {
	d := newDesk(t, nil)
	d.declare("sev1 one")
	d.declare("sev1 two")
	d.says("note INC-1 looks like the same cause", "Noted in INC-2")
	d.says("INC-1 note and here it is", "Noted in INC-1")
	d.says("INC-1", "one")
	d.says("status INC-1", "one")
	d.in = bot.Channel{Platform: "test", ID: "elsewhere"}
	d.says("declare INC-1 like failure again", "INC-1 like failure again")
	d.says("search INC-1", "INC-3")
	tl, err := d.runner.Timeline(context.Background(), "INC-2", 0)
	if err != nil {
		t.Fatal(err)
	}
	if e := tl.Entry(tl.Len()); e.Text != "INC-1 looks like the same cause" {
		t.Errorf("noted: %q", e.Text)
	}
}

// Correcting the entry of a milestone corrects the milestone.
func TestCorrectedMilestone(t *testing.T) {
	d := newDesk(t, nil)
	d.declare("sev1 down")
	d.says("milestone detected at:-30m", "detected")
	d.says("milestone detected at:-20m", "It takes the place of")
	d.says("milestone mitigated n/a", "Mitigated does not apply")
	d.says("timeline correct T1 at:-10m", "T1 of INC-1 is corrected")
	m := d.incident().Milestones[incident.DeclaredAt]
	if want := d.now.Add(-10 * time.Minute); !m.At.Equal(want) || !strings.Contains(m.Source, "corrected") {
		t.Errorf("declared at %s (%s), want %s", m.At, m.Source, want)
	}
}

// What is asked elsewhere keeps its word in the buttons; an owner at the end of a
// follow-up is one; a title is no essay.
func TestSmallThings(t *testing.T) {
	d := newDesk(t, nil)
	d.declare("sev1 down")
	d.says("action add fix the alert @ben", "Added follow-up 1")
	if a := d.incident().Actions[0]; a.Text != "fix the alert" || a.Owner.Name != "ben" {
		t.Errorf("follow-up: %+v", a)
	}
	d.says("rename "+strings.Repeat("x", 300), "a title has at most 200")
	d.says(`update title:"`+strings.Repeat("x", 300)+`" text`, "The title has 300 characters")
	d.says("publish", "Nothing of INC-1 waits")
	d.in = bot.Channel{Platform: "test", ID: "elsewhere"}
	p, ok := d.do("mitigated failed over").(bot.Problem)
	if !ok || len(p.Buttons) == 0 || p.Buttons[0].Command != "INC-1 mitigated failed over" {
		t.Errorf("asked elsewhere: %+v", p)
	}
	d.says(p.Buttons[0].Command, "INC-1 mitigated")
}

// A room that is gone is none any more, and is one again when it is back.
func TestRoomGoneAndBack(t *testing.T) {
	d := newDesk(t, nil)
	d.declare("sev1 down")
	room := d.in
	settle := func() {
		t.Helper()
		head, err := d.log.Head(context.Background(), "")
		if err != nil {
			t.Fatal(err)
		}
		if err := d.board.Await(context.Background(), head.Seq); err != nil {
			t.Fatal(err)
		}
	}
	d.handle(bot.Request{Key: "gone", Do: bot.Gone{How: "archived"}})
	settle()
	if in := d.board.Get("INC-1"); !in.Closed(room) {
		t.Fatalf("rooms: %+v", in.Rooms)
	}
	d.handle(bot.Request{Key: "back", Do: bot.Back{}})
	settle()
	if in := d.board.Get("INC-1"); in.Closed(room) {
		t.Errorf("rooms: %+v", in.Rooms)
	}
}

// The state that customers see is previewed and published without a text; the
// first that they hear of it needs one.
func TestStatesAlone(t *testing.T) {
	d := newDesk(t, &commands.Options{Who: map[commands.Power][]string{commands.Publish: {"commander"}}})
	d.declare("sev1 down")
	d.says("affects checkout down publish:yes", "may not")
	d.says("role commander @me", "commander")
	d.says("affects checkout down publish:yes", "Tell them first")
	d.live = true
	p, ok := d.do("affects checkout down publish:yes").(bot.Preview)
	if !ok || p.Verb != "update" || len(p.Public.Components) != 1 || p.Public.Components[0].New != incident.MajorOutage {
		t.Fatalf("the first word: %+v", p)
	}
	d.says("publish 1", "Update 1 of INC-1 is on the page")
	p, ok = d.do("affects publish:yes checkout partial, api slow notify:no").(bot.Preview)
	if !ok || p.Update != 0 || p.Public.Updates[0].Body != "Checkout: from major outage to partial outage.\nAPI: from operational to degraded performance." || p.Public.Updates[0].Notify {
		t.Fatalf("a preview of states: %+v", p)
	}
	if in := d.incident(); len(in.Updates) != 1 || len(in.Affects) != 0 {
		t.Errorf("a preview changed something: %+v", in.Affects)
	}
	d.says("publish 2", "Update 2 of INC-1 is on the page: Update")
	if in := d.incident(); in.Published()[0].New != incident.PartialOutage || in.Affects[1].New != incident.Degraded || in.Status != incident.Investigating {
		t.Errorf("customers see %+v, the team %+v", in.Published(), in.Affects)
	}
	d.says("affects at:-1h checkout ok publish:yes", "was before customers heard")
	f, ok := d.do("revise INC-1 3").(bot.Problem)
	if !ok {
		t.Errorf("what was refused waits: %+v", f)
	}
}

// Words that resolve an incident are not held against it that it goes on.
func TestResolvingIsNoContradiction(t *testing.T) {
	var judged []incident.Status
	d := newDesk(t, &commands.Options{Lint: lintOf(func(in *incident.Incident) { judged = append(judged, in.Status) })})
	d.declare("sev1 down")
	d.live = true
	d.do(`update title:"Trouble" We are on it.`)
	d.do("publish 1")
	d.do("resolve This incident has been resolved.")
	if n := len(judged); n == 0 || judged[n-1] != incident.Resolved {
		t.Errorf("judged as %v", judged)
	}
	if in := d.incident(); !in.Open() {
		t.Error("looking at a preview has resolved it")
	}
}

type lintOf func(in *incident.Incident)

func (f lintOf) Lint(_ context.Context, in *incident.Incident, _ string) ([]bot.Finding, error) {
	f(in)
	return nil, nil
}
