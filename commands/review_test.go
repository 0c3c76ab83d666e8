package commands_test

import (
	"strings"
	"testing"
	"time"

	"sitrep/bot"
	"sitrep/commands"
	"sitrep/incident"
)

// The life of a postmortem, as it is typed.
func TestPostmortemLife(t *testing.T) {
	d := newDesk(t, nil)
	d.declare("sev1 down")
	d.says("postmortem", "There is no draft yet")
	d.says("postmortem review", "Make a draft with: postmortem draft")
	d.says("postmortem close", "Resolve it first")
	d.says("pm close the customer asked us not to", "Resolve it first")
	d.says("resolve", "resolved")
	d.says("postmortem edit internal\nIt broke.", "as you wrote it")
	d.says("postmortem", "It is a draft.")

	d.says("postmortem owner", "ana owns the postmortem of INC-1")
	d.says("postmortem owner @ana", "already")
	d.says("postmortem owner @ben", "ben owns")
	d.says("postmortem owner none", "Nobody owns")
	d.says("postmortem own @me", "ana owns")

	d.says("postmortem due", "Say when")
	d.says("postmortem due yesterday", "")
	d.says("postmortem due 2020-09-01", "That is over already")
	for typed, want := range map[string]time.Time{
		"5d": epoch.AddDate(0, 0, 5), "in 2 weeks": epoch.AddDate(0, 0, 14), "36h": epoch.Add(36 * time.Hour),
		"2020-12-01":     time.Date(2020, 12, 1, 23, 0, 0, 0, time.UTC), // 17:00 CST
		"tomorrow 12:00": time.Date(2020, 9, 10, 17, 0, 0, 0, time.UTC),
	} {
		d.says("postmortem due "+typed, "is due")
		if got := d.incident().Report.Due; got.Sub(want).Abs() > time.Hour {
			t.Errorf("due %s: %s, want %s", typed, got, want)
		}
	}
	d.says("postmortem due 12:00..13:00", "one moment")
	d.says("postmortem due 6d", "is due")
	d.says("postmortem due 5d", "is due Sep 14, 2020")
	d.says("postmortem due 5d", "already")
	d.says("postmortem", "It is due Sep 14, 2020")
	d.says("sitrep", "The postmortem: it is due Sep 14, 2020")
	d.now = d.now.AddDate(0, 0, 7)
	d.says("postmortem", "and is overdue")

	d.says("postmortem reviewed", "Ask for one first")
	d.says("postmortem review @ben before Friday", "ben says so with: postmortem reviewed")
	if rv := d.incident().Report.Review; rv.Of.Name != "ben" {
		t.Errorf("asked of %+v", rv.Of)
	}
	d.says("postmortem return @ben was on call, say so", "is a draft again")
	d.says("postmortem review", "Whoever has read it")
	d.says("postmortem lgtm", "is reviewed")
	d.says("postmortem reviewed", "nothing was changed since")
	d.says("postmortem edit internal It broke twice.", "Ask again with: postmortem review")
	d.says("postmortem close", "was changed after ana reviewed it")
	d.says("postmortem reviewed", "is reviewed")
	d.says("postmortem close", "nothing of it changes any more")
	d.says("postmortem draft", "Open it again first")
	d.says("postmortem edit internal x", "Open it again first")
	d.says("postmortem reopen", "Say why")
	d.says("postmortem reopen the vendor answered", "is open again")
	d.says("postmortem due none", "has no date any more")
	if rc, ok := d.do("postmortem close customer data was not touched").(bot.Receipt); !ok || d.incident().Report.Closed.Why != "customer data was not touched" {
		t.Errorf("closed because %+v, %+v", d.incident().Report.Closed, rc)
	}
	for _, b := range d.do("postmortem").(bot.Reading).Buttons {
		t.Errorf("a closed one offers %s", b.Label)
	}
}

// What somebody else has written meanwhile is not written over.
func TestEditingNamesWhatItBeganWith(t *testing.T) {
	d := newDesk(t, nil)
	d.declare("sev1 down")
	d.says("postmortem edit internal One.", "as you wrote it")
	form := func() (over string) {
		t.Helper()
		live := d.live
		d.live = true
		defer func() { d.live = live }()
		f, ok := d.do("postmortem edit internal").(bot.Form)
		if !ok {
			t.Fatal("no form")
		}
		for _, x := range f.Fields {
			if x.Name == "over" && x.Hidden {
				over = x.Value
			}
		}
		return over
	}
	over := form()
	if over == "" {
		t.Fatal("the form does not say what it began with")
	}
	d.says("postmortem edit internal over:"+over+" Two.", "as you wrote it")
	d.says("postmortem edit internal over:"+over+" Three.", "your text was not kept")
	if got := d.incident().Report.Text("internal"); got != "Two." {
		t.Errorf("it says %q", got)
	}
	d.says("postmortem edit internal over:"+form()+" Three.", "as you wrote it")
	d.says("postmortem edit internal over:x Four.", "not \"x\"")
}

// Publishing again corrects, and says so; what nobody has reviewed is said.
func TestCorrecting(t *testing.T) {
	d := newDesk(t, nil)
	d.declare("sev1 down")
	d.says(`update title:"Trouble" One.`, "Update 1")
	d.says("resolve Over.", "Update 2")
	d.says("postmortem edit customer It broke.", "as you wrote it")
	notes := func() string {
		t.Helper()
		d.live = true
		defer func() { d.live = false }()
		p, ok := d.do("postmortem publish").(bot.Preview)
		if !ok {
			t.Fatal("no preview")
		}
		return strings.Join(p.Notes, " ")
	}
	if n := notes(); n != "Nobody has reviewed it yet." {
		t.Errorf("the preview says %q", n)
	}
	d.says("postmortem publish", "is on the page")
	shown := d.incident().Report.Published.Shown
	d.now = d.now.Add(time.Hour)
	d.says("postmortem edit customer It broke twice.", "Publish again")
	d.says("postmortem review", "in review")
	d.says("postmortem reviewed", "is reviewed")
	if n := notes(); !strings.HasPrefix(n, "It corrects what is on the page") {
		t.Errorf("the preview says %q", n)
	}
	d.live = true
	p, ok := d.do("postmortem publish").(bot.Preview)
	if !ok || p.Buttons[1].Label != "Publish and tell" {
		t.Fatalf("the preview offers %+v", p.Buttons)
	}
	f, ok := d.do(p.Buttons[2].Command).(bot.Form) // Edit
	if !ok {
		t.Fatal("no form to edit it")
	}
	for _, x := range f.Fields {
		if x.Name == "version" && x.Value != "customer" || x.Name == "text" && x.Value != "It broke twice." {
			t.Errorf("the form has %s: %q", x.Name, x.Value)
		}
	}
	d.says(p.Buttons[0].Command, "is corrected on the page")
	if d.published().Quiet != true {
		t.Error("subscribers are told of a correction that nobody wanted told")
	}
	d.live = false
	pm := d.incident().Report.Published
	if !pm.Shown.Equal(shown) || !pm.Edited.Equal(d.now) {
		t.Errorf("shown %s, corrected %s", pm.Shown, pm.Edited)
	}
	d.says("postmortem edit customer It broke thrice.", "Publish again")
	d.live = true
	if p, ok = d.do("postmortem publish").(bot.Preview); !ok {
		t.Fatal("no preview")
	}
	d.says(p.Buttons[1].Command, "is corrected on the page")
	if d.published().Quiet {
		t.Error("subscribers were to be told")
	}
	if p, ok = d.do("postmortem unpublish").(bot.Preview); !ok || len(p.Buttons) != 2 || p.Buttons[0].Label != "Take it off the page" {
		t.Fatalf("the preview of withdrawing offers %+v", p.Buttons)
	}
	d.says(p.Buttons[1].Command, "is discarded")
	d.live = false
	d.says("postmortem", "published")
	d.says("postmortem withdraw", "off the page")
	if d.incident().Report.Stage() != incident.StageReviewed {
		t.Errorf("it is %s", d.incident().Report.Stage())
	}
}

// published is the last publication of the postmortem.
func (d *desk) published() (last incident.PostmortemPublished) {
	d.t.Helper()
	rs, err := d.log.Read(d.t.Context(), d.in.ID, 0, 256)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, r := range rs {
		if _, ev, err := commands.Decode(r); err != nil {
			d.t.Fatal(err)
		} else if e, ok := ev.(incident.PostmortemPublished); ok {
			last = e
		}
	}
	return last
}
