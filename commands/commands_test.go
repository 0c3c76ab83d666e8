package commands_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"sitrep/bot"
	"sitrep/commands"
	"sitrep/incident"
	"sitrep/store"
	"sitrep/store/memory"
)

// A desk is a log in memory, a board that follows it, and a runner over both.
type desk struct {
	t      *testing.T
	log    *store.Log
	board  *incident.Board
	runner *commands.Runner
	now    time.Time
	n      int
	by     incident.Person
	in     bot.Channel
	live   bool // the surface shows previews
	zone   *time.Location
}

var epoch = time.Date(2020, 9, 9, 16, 0, 0, 0, time.UTC) // 11:00 CDT

func newDesk(t *testing.T, o *commands.Options) *desk {
	t.Helper()
	d := &desk{t: t, now: epoch, by: incident.Person{ID: "test/ana", Name: "ana"}, in: bot.Channel{Platform: "test", ID: "ops", Name: "#ops"}}
	d.log = store.New(memory.New(), nil)
	d.log.Now = func() time.Time { return d.now }
	d.board = incident.NewBoard()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.follow(ctx)
	}()
	t.Cleanup(func() { cancel(); <-done })
	d.append("page", incident.PageConfigured{Page: incident.Page{
		ID: "p00000000000", Name: "Test", TimeZone: "America/Chicago",
		Components: []incident.Component{{ID: "c1", Name: "Checkout"}, {ID: "c2", Name: "API"}, {ID: "c3", Name: "Mail, and more", Group: "Back office"}},
	}})
	d.runner = commands.New(d.log, d.board, o)
	return d
}

// follow is the board's follower, and that of rooms: a declared incident has
// the channel INC-n.
func (d *desk) follow(ctx context.Context) {
	var seq uint64
	for {
		changed := d.log.Changed()
		rs, err := d.log.Read(ctx, "", seq, 256)
		if err != nil {
			return
		}
		for _, r := range rs {
			m, ev, err := commands.Decode(r)
			if err != nil {
				d.t.Error(err)
			}
			d.board.Apply(r.Stream, m, ev)
			seq = r.Seq
		}
		if len(rs) > 0 {
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

func (d *desk) append(stream string, ev incident.Event) {
	d.t.Helper()
	rs, err := commands.Records(incident.Meta{}, ev)
	if err != nil {
		d.t.Fatal(err)
	}
	out, err := d.log.Append(context.Background(), stream, "", rs...)
	if err != nil {
		d.t.Fatal(err)
	}
	if err := d.board.Await(context.Background(), out[0].Seq); err != nil {
		d.t.Fatal(err)
	}
}

// do runs a line and returns the answer. Every line has a key of its own.
func (d *desk) do(line string) bot.Message {
	d.t.Helper()
	d.n++
	return d.again(fmt.Sprintf("k%d", d.n), line)
}

// again runs a line under a given key.
func (d *desk) again(key, line string) bot.Message {
	d.t.Helper()
	return d.handle(bot.Request{Key: key, Do: bot.Command{Text: line}})
}

func (d *desk) handle(r bot.Request) bot.Message {
	d.t.Helper()
	r.In, r.By, r.Zone, r.Interactive = d.in, d.by, d.zone, d.live
	msg, err := d.runner.Handle(context.Background(), r)
	if err != nil {
		d.t.Fatalf("%v: %v", r.Do, err)
	}
	return msg
}

// declare opens an incident with a room, and goes there.
func (d *desk) declare(line string) *incident.Incident {
	d.t.Helper()
	rc, ok := d.do("declare " + line).(bot.Receipt)
	if !ok {
		d.t.Fatalf("declare %s was refused", line)
	}
	d.in = bot.Channel{Platform: "test", ID: rc.Incident, Name: "#" + rc.Incident}
	d.append(rc.Incident, incident.RoomOpened{Room: d.in})
	return d.board.Get(rc.Incident)
}

func (d *desk) incident() *incident.Incident { return d.board.ByRoom(d.in) }

// text is what an answer says, for looking at.
func text(m bot.Message) string {
	switch m := m.(type) {
	case bot.Receipt:
		return strings.Join(append([]string{m.Text}, m.Notes...), " ")
	case bot.Problem:
		return m.Text
	case bot.Reading:
		var b strings.Builder
		b.WriteString(m.Title)
		for _, s := range m.Sections {
			b.WriteString("\n" + s.Heading + "\n" + strings.Join(s.Lines, "\n"))
		}
		return b.String()
	}
	return fmt.Sprintf("%T %+v", m, m)
}

func (d *desk) says(line, want string) bot.Message {
	d.t.Helper()
	m := d.do(line)
	if got := text(m); !strings.Contains(got, want) {
		d.t.Errorf("%s\n got: %s\nwant: %s", line, got, want)
	}
	return m
}

func TestLifeOfAnIncident(t *testing.T) {
	d := newDesk(t, nil)
	in := d.declare("sev2 affects:\"checkout=down, api\" checkout is failing")
	if in.Severity != "sev2" || in.Title != "checkout is failing" || len(in.Affects) != 2 || in.Affects[0].New != incident.MajorOutage {
		t.Fatalf("declared %+v", in)
	}
	d.says("role commander @me", "ana is commander of INC-1 (T3).")
	d.says("milestone impact-started at:10:58 probe failed", "impact started: 10:58 CDT (T4)")
	d.says("theory add the pool is exhausted", "Added theory 1")
	d.says("theory rule-out 1 it is half empty", "Theory 1 of INC-1 is ruled out")
	d.says("update We are looking into it.", "Add the title")
	d.says(`update investigating title:"Checkout problems" affects:"Checkout=major_outage" next:30m We are looking into it.`, "Update 1 of INC-1 is on the page: Investigating, 11:00 CDT")
	d.now = d.now.Add(20 * time.Minute)
	d.says("update still looking", "Update 2 of INC-1 is on the page: Update, 11:20 CDT")
	d.says("identified it is the pool", `There is no command "identified"`)
	d.says("update Identified: It is the pool.", "Update 3 of INC-1 is on the page: Identified")
	d.says("update investigating We were wrong.", "It goes back from identified to investigating.")
	d.says("mitigate at:-5m restarted", "mitigated: 11:15 CDT")
	d.says("action add Alert on pool size", "Added follow-up 1")
	d.says("state resolved", "Customers still see it as investigating.")
	d.says("state identified", "Reopen it first")
	d.says("update nothing", "Reopen it first")
	d.says("reopen it is back", "INC-1 is open again")
	d.says("resolve", "Add what they read last")
	d.says("resolve All is well.", "Update 5 of INC-1 is on the page: Resolved")
	d.says("resolve All is well.", "INC-1 is resolved already, for customers too.")
	d.says("postmortem publish", "There is no customer version yet.")
	d.says("postmortem edit customer\nIt broke.\n\nWe mended it.", "as you wrote it")
	d.says("postmortem publish", "The postmortem of INC-1 is on the page")
	p := d.incident().Public(d.board.Page())
	if p == nil || p.Status != incident.Postmortem || p.Postmortem.Body != "It broke.\n\nWe mended it." || p.Title != "Checkout problems" {
		t.Fatalf("public: %+v", p)
	}
	if got := d.incident().Public(d.board.Page()).Impact; got != incident.ImpactMajor {
		t.Errorf("impact %s, want major: one of three components was down", got)
	}
}

func TestRedeliveredCommandIsAnsweredAsTheFirst(t *testing.T) {
	d := newDesk(t, nil)
	d.declare("sev1 down")
	first := d.again("same", "resolve done")
	second := d.again("same", "resolve done")
	if a, b := text(first), text(second); a != b {
		t.Errorf("first: %s\nagain: %s", a, b)
	}
	if !second.(bot.Receipt).Repeat {
		t.Error("the second receipt does not say that it is a repeat")
	}
	one := d.again("d", "declare another thing")
	two := d.again("d", "declare another thing")
	if one.(bot.Receipt).Incident != "INC-2" || two.(bot.Receipt).Incident != "INC-2" || d.board.Last() != 2 {
		t.Errorf("declared %v and %v; the last is INC-%d", one, two, d.board.Last())
	}
}

func TestPreviewIsPublishedOnce(t *testing.T) {
	d := newDesk(t, nil)
	d.declare("sev1 down")
	d.live = true
	p, ok := d.do(`update title:"Trouble" affects:api=down We are on it.`).(bot.Preview)
	if !ok || p.Number != 1 || p.Public.Title != "Trouble" || p.Update != 0 {
		t.Fatalf("preview: %+v", p)
	}
	if d.incident().IsPublic() {
		t.Fatal("it is public before anybody confirmed it")
	}
	d.now = d.now.Add(3 * time.Minute)
	d.says("publish 1", "Update 1 of INC-1 is on the page: Investigating, 11:03 CDT")
	if rc, ok := d.do("publish 1").(bot.Receipt); !ok || !rc.Repeat || !strings.Contains(text(rc), "nothing was published twice") {
		t.Errorf("pressed again: %+v", rc)
	}
	d.says("discard 1", "Preview 1 of INC-1 was published already.")
	if n := len(d.incident().Updates); n != 1 {
		t.Fatalf("%d updates, want 1", n)
	}
	a := d.do("update One.").(bot.Preview)
	d.live = false
	d.says("update Two.", "Update 2")
	d.live = true
	b, ok := d.do(fmt.Sprintf("publish %d", a.Number)).(bot.Preview)
	if !ok || len(b.Notes) == 0 || !strings.Contains(b.Notes[0], "Another update went out") {
		t.Fatalf("a stale preview was not shown again: %+v", b)
	}
	d.says(fmt.Sprintf("discard %d", b.Number), "Nothing was published.")
	f, ok := d.do("update").(bot.Form)
	if !ok || f.Verb != "update" {
		t.Fatalf("update alone: %+v", f)
	}
}

func TestNothingOfAPrivateIncidentIsSeen(t *testing.T) {
	d := newDesk(t, nil)
	d.declare("sev1 private:yes secret thing")
	d.says(`update title:"x" text`, "is private")
	d.by = incident.Person{ID: "test/eve", Name: "eve"}
	room := d.in
	d.in = bot.Channel{Platform: "test", ID: "ops"}
	for _, line := range []string{"list", "search secret", "status INC-1", "sitrep INC-1", "merge INC-1 into INC-1", "timeline INC-1", "note hello", "asof INC-1 10:00"} {
		if got := text(d.do(line)); strings.Contains(got, "secret thing") {
			t.Errorf("%s shows it: %s", line, got)
		}
	}
	d.in = room
	d.says("status", "there is none yet")
}

func TestPowers(t *testing.T) {
	d := newDesk(t, &commands.Options{Who: map[commands.Power][]string{commands.Publish: {"communications"}, commands.Declare: {"ana"}},
		People: []commands.Person{{Person: incident.Person{ID: "local/ana", Name: "ana"}, Accounts: []string{"test/ana"}}}})
	d.declare("sev1 down")
	d.says(`update title:"T" text`, "ana may not publish to customers. The communications can.")
	d.says("role comms @ben", "ben is communications")
	d.says(`update title:"T" text`, "The communications (ben) can.")
	d.by = incident.Person{ID: "test/ben", Name: "ben"}
	d.says(`update title:"T" text`, "Update 1")
	d.says("declare other", "ben may not declare incidents. Ana can.")
	d.by = incident.Person{ID: "test/666", Name: "Ana"} // a display name proves nothing
	d.says("declare other", "Ana may not declare incidents. Ana can.")
}

// Every line that people mistype gets an answer that says what to do next, and
// records nothing.
func TestMistakes(t *testing.T) {
	d := newDesk(t, nil)
	d.says("note hello", "there is none yet. Declare one")
	d.declare("sev1 down")
	room := d.in
	for _, x := range []struct{ line, want string }{
		{"declaer x", `Did you mean "declare"?`},
		{"xyzzyplugh", "See all of them with: help."},
		{"affects chekout down", `There is no component "chekout". Known are Checkout, API and Back office - Mail, and more.`},
		{"affects checkout broken", `"broken" is no state of Checkout.`},
		{"affects", "Say what is affected"},
		{"severity sev9", `There is no severity "sev9". Known are sev1, sev2, sev3 and sev4.`},
		{"severity", "Say how bad it is"},
		{"state done", `"done" is no state.`},
		{"role janitor @me", "There is no role"},
		{"handover", "Say to whom"},
		{"handover accept", "Nobody has offered commander"},
		{"milestone", "Say which milestone"},
		{"milestone declared", "recorded by the command that makes it so"},
		{"milestone mitigated at:25:99", "25:99"},
		{"note", "Say what to keep"},
		{"note at:23:00 later", "23:00"},
		{"link", "Say what to link"},
		{"link INC-1", "That is this incident."},
		{"link INC-99", "There is no INC-99."},
		{"merge", "Say which incident goes on"},
		{"merge into INC-1", "cannot be merged into itself"},
		{"theory rule-out 7", "has no theory 7"},
		{"theory rule-out", "by its number"},
		{"action done 3", "has no follow-up 3"},
		{"timeline correct T99 x", "has no entry T99"},
		{"timeline strike", "Say which entry"},
		{"update edit 1 x", "has no update 1"},
		{"update edit", "Say which update"},
		{"reopen x", "is open already"},
		{"unmerge", "is not merged"},
		{"private", "Say which"},
		{"asof", "Say which moment"},
		{"search", "Say what to look for"},
		{"postmortem check", "Make a draft"},
		{"postmortem why", "Say which entry"},
		{"postmortem publish", "never told"},
		{"postmortem edit", "Say which version"},
		{"maintenance start", "Say which"},
		{"maintenance start MNT-4", "There is no MNT-4."},
		{`maintenance schedule title:"T" from:tomorrow for:1h text`, "need a date"},
		{"adopt INC-77", "There is no INC-77."},
		{"help nothing", "There is no command"},
		{"publish 3", "has no preview 3"},
		{`update title:"T" affects:nope text`, "There is no component"},
		{`update title:"T" next:soon text`, "next:30m"},
		{`update title:"T" impact:huge text`, "is no impact"},
		{`update title:"T" notify:maybe text`, "yes or no"},
		{"rename", "Say what to call it"},
		{"status INC-42", "There is no INC-42."},
	} {
		before, err := d.log.Head(context.Background(), "")
		if err != nil {
			t.Fatal(err)
		}
		d.in = room
		d.says(x.line, x.want)
		if after, _ := d.log.Head(context.Background(), ""); after.Seq != before.Seq {
			t.Errorf("%s recorded something", x.line)
		}
	}
}

func TestGrammar(t *testing.T) {
	d := newDesk(t, nil)
	d.declare("sev1 down")
	for _, x := range []struct{ line, want string }{
		{`update title:“Smart quotes” affects:“checkout=down” Text “with” quotes`, `Text “with” quotes`},
		{`update --title "Dashes" --next 30m Text`, "Text"},
		{`update title="Equals" affects=API Text`, "Text"},
		{"update Monitoring the fix", "Monitoring the fix"},
		{"update -- status:x is text", "status:x is text"},
		{"update note: this is text at:11:00", "note: this is text at:11:00"},
		{"update \n\tTwo\n\nparagraphs  kept ", "Two\n\nparagraphs  kept"},
		{"update 障害を調査しています 🔥", "障害を調査しています 🔥"},
		{"update " + strings.Repeat("x", 40_000), strings.Repeat("x", 40_000)},
		{`update 3 services are down`, "3 services are down"},
		{`update "quoted" start`, `"quoted" start`},
		{`update status:monitoring said outright`, "said outright"},
	} {
		m := d.do(x.line)
		us := d.incident().Updates
		if _, ok := m.(bot.Receipt); !ok || len(us) == 0 {
			t.Errorf("%.60s: %s", x.line, text(m))
			continue
		}
		if got := us[len(us)-1].Body; got != x.want {
			t.Errorf("%.60s\n got: %.80s\nwant: %.80s", x.line, got, x.want)
		}
	}
	if got := d.incident().PublicTitle; got != "Equals" {
		t.Errorf("the public title is %q", got)
	}
	d.says("affects back office - mail, and more down, api degraded", "Back office - Mail, and more (major outage) and API (degraded performance)")
	d.says("sev 2", "is sev2")
	d.says("lead @ben", "ben is commander")
	d.says("note at:yesterday at noon", "")
	d.says(`note at:"11:00 CST" odd zone`, "CST")
}

func TestMessagesAreKept(t *testing.T) {
	d := newDesk(t, &commands.Options{Mask: func(s string) (string, []string) {
		if strings.Contains(s, "hunter2") {
			return strings.ReplaceAll(s, "hunter2", "[masked: password]"), []string{"password"}
		}
		return s, nil
	}})
	ordinary := d.in
	d.handle(bot.Request{Key: "m0", Do: bot.Said{Key: "m0", Text: "not recorded"}})
	d.declare("sev1 down")
	d.handle(bot.Request{Key: "m1", When: epoch, Do: bot.Said{Key: "m1", Text: "it crashed"}})
	d.handle(bot.Request{Key: "m1", When: epoch, Do: bot.Said{Key: "m1", Text: "it crashed"}})
	d.handle(bot.Request{Key: "m2", Do: bot.Said{Key: "m2", Text: "when?", Thread: "m1"}})
	d.handle(bot.Request{Key: "m1/e", Do: bot.Edited{Key: "m1", Text: "it crashed at 11:02"}})
	d.handle(bot.Request{Key: "r1", Do: bot.Reaction{Key: "m2", Emoji: "pushpin"}})
	d.handle(bot.Request{Key: "r2", Do: bot.Reaction{Key: "m1", Emoji: "+1"}})
	d.handle(bot.Request{Key: "m2/d", Do: bot.Deleted{Key: "m2"}})
	if got := text(d.handle(bot.Request{Key: "m3", Do: bot.Said{Key: "m3", Text: "password is hunter2"}})); !strings.Contains(got, "change it") {
		t.Errorf("the author is told: %s", got)
	}
	tl, err := d.runner.Timeline(context.Background(), "INC-1", 0)
	if err != nil {
		t.Fatal(err)
	}
	if tl.Len() != 5 { // declared, room, three messages
		t.Fatalf("%d entries", tl.Len())
	}
	m1, m2, m3 := tl.ByKey("m1"), tl.ByKey("m2"), tl.ByKey("m3")
	if m1.Text != "it crashed at 11:02" || len(m1.Versions) != 1 || m1.Versions[0].Text != "it crashed" || m1.Marked() || len(m1.Reactions) != 1 {
		t.Errorf("edited: %+v", m1)
	}
	if m2.Thread != m1.Number || !m2.Marked() || !m2.Withdrawn || m2.Text != "when?" {
		t.Errorf("marked reply, withdrawn: %+v", m2)
	}
	if m3.Text != "password is [masked: password]" {
		t.Errorf("masked: %s", m3.Text)
	}
	d.in = ordinary
}
