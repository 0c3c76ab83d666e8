package discord

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"sitrep/bot"
	"sitrep/incident"
)

var update = flag.Bool("update", false, "write the golden files anew")

// A sample is a message as an incident makes it.
type sample struct {
	name string
	m    bot.Message
}

func chicago(t *testing.T) *time.Location {
	t.Helper()
	z, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// samples are one message of every kind; some kinds twice, where they look
// different.
func samples(t *testing.T) []sample {
	z := chicago(t)
	at := func(h, m int) time.Time { return time.Date(2020, 9, 9, h, m, 0, 0, z) }
	buttons := []bot.Button{
		{Label: "Take it", Command: "role INC-1 commander @me", Style: bot.Primary}, {Label: "Tell customers", Command: "form INC-1 update", Style: bot.Primary},
		{Label: "State", Command: "form INC-1 state"}, {Label: "Severity", Command: "form INC-1 severity"}, {Label: "Catch me up", Command: "sitrep INC-1"},
	}
	publish := []bot.Button{{Label: "Publish", Command: "publish INC-1 3", Style: bot.Primary}, {Label: "Publish quietly", Command: "publish INC-1 3 notify:no"}, {Label: "Edit", Command: "revise INC-1 3"}, {Label: "Discard", Command: "discard INC-1 3", Style: bot.Danger}}
	affected := []incident.ComponentChange{{ID: "a", Name: "Main Application", New: incident.MajorOutage}, {ID: "b", Name: "Payment Processing", New: incident.PartialOutage}, {ID: "c", Name: "API"}}
	public := incident.Public{Code: "abc", Title: "Service Outage", Status: incident.Identified, Updates: []incident.PublicUpdate{
		{Number: 2, Status: incident.Identified, Body: "We have identified the issue: a database server is down.\n\nWe are moving to its replica and expect to be back by 12:15 CDT.", Shown: at(11, 38), Affected: affected[:1]},
		{Number: 1, Status: incident.Investigating, Body: "We are aware of an issue.", Shown: at(11, 15)},
	}}
	form := bot.Form{Verb: "declare", Title: "Declare an incident", Submit: "Declare", Notes: []string{"INC-1 is open already: MariaDB crashed."}, Fields: []bot.Field{
		{Name: "text", Label: "What is wrong", Hint: "checkout is failing", Value: "checkout fails", Required: true},
		{Name: "severity", Label: "Severity", Options: []bot.Option{{Value: "", Label: "not set"}, {Value: "sev1", Label: "sev1"}, {Value: "sev2", Label: "sev2"}}},
		{Name: "affects", Label: "What is affected", Value: "Webbsite", Error: `There is no component "Webbsite".`},
		{Name: "private", Label: "Who may see it", Options: []bot.Option{{Value: "no", Label: "the team"}, {Value: "yes", Label: "only the people in it"}}},
		{Name: "at", Label: "When it happened", Hint: "now, unless you say 11:09, -20m, yesterday 23:50"},
	}}
	card := bot.Card{Incident: "INC-1", Title: "MariaDB crashed on the primary", State: "Investigating", Started: at(11, 11), Buttons: buttons, Zone: z}
	told := card
	told.Severity, told.State, told.Started, told.StartedKnown, told.Leader, told.Affected = "sev1", "Identified", at(11, 9), true, "oncall", affected
	told.Public, told.LastWord, told.LastLabel, told.LastWordAt, told.NextWord = true, public.Updates[0].Body, "Identified", at(11, 38), at(12, 8)
	told.Buttons = append([]bot.Button{}, buttons[1:]...)
	late := told
	late.Overdue, late.Waiting, late.Theories = true, []int{3}, []string{"the connection pool is exhausted by the new worker", "the disk of the primary is failing"}
	late.Undelivered = []string{"What the rooms on Slack are told waits since 11:40 CDT: it answers 503."}
	over := told
	over.State, over.Ended, over.NextWord, over.Drill = "Resolved", at(13, 2), time.Time{}, true
	over.Buttons = []bot.Button{{Label: "Catch me up", Command: "sitrep INC-1"}, {Label: "Postmortem", Command: "postmortem INC-1 show"}, {Label: "Reopen", Command: "form INC-1 reopen"}}
	return []sample{
		{"card-early", card}, {"card-told", told}, {"card-overdue", late}, {"card-over", over},
		{"announcement-public", bot.Announcement{Incident: "INC-1", Title: "MariaDB crashed on the primary", Text: "support told customers (update 2, identified):", Quote: public.Updates[0].Body, Public: true, At: at(11, 38), Zone: z}},
		{"announcement-customers", bot.Announcement{Title: "Service Outage", Text: "Identified", Quote: public.Updates[0].Body, Public: true, Link: "https://status.example.com/incidents/abc", At: at(11, 38), Zone: z}},
		{"announcement-role", bot.Announcement{Incident: "INC-1", Title: "MariaDB crashed", Text: "ana offered commander to ben.", At: at(11, 50), Zone: z, Buttons: []bot.Button{{Label: "Accept", Command: "handover INC-1 accept commander", Style: bot.Primary}}}},
		{"line", bot.Line{Incident: "INC-1", Entry: 11, By: "scribe", Text: "theory: the pool is exhausted by max_connections = 100", At: at(11, 27), Zone: z}},
		{"catch-up", bot.CatchUp{Incident: "INC-1", Title: "MariaDB crashed on the primary", Zone: z, Missed: []bot.Missed{
			{At: at(11, 27), Text: "scribe: theory: the pool is exhausted by max_connections = 100"},
			{At: at(11, 38), Text: "support told customers (update 2, identified):", Quote: public.Updates[0].Body, Public: true},
			{At: at(11, 50), Text: "ana offered commander to ben."}}, Buttons: []bot.Button{{Label: "Accept", Command: "handover INC-1 accept commander", Style: bot.Primary}}}},
		{"reminder", bot.Reminder{Incident: "INC-1", Text: "Customers were promised the next word.", Due: at(12, 8), Zone: z, Buttons: buttons[1:2]}},
		{"preview", bot.Preview{Incident: "INC-1", Number: 3, Verb: "update", Public: public, Update: 0, Findings: []bot.Finding{{Quote: "12:15 CST", Text: "CST is not in force on that day.", Mend: "Write 12:15 CDT."}}, Notes: []string{"It goes back from monitoring to identified."}, Zone: z, Buttons: publish}},
		{"preview-drill", bot.Preview{Incident: "INC-2", Number: 1, Verb: "update", Public: public, Update: 1, Drill: true, Zone: z}},
		{"preview-postmortem", bot.Preview{Incident: "INC-1", Number: 4, Verb: "postmortem", Public: incident.Public{Title: "Service Outage", Status: incident.Resolved, Postmortem: &incident.PublicPostmortem{Body: "On 9 September a database server crashed.\n\n**What we do about it.** We alert on replication lag.", Shown: at(15, 39)}}, Update: -1, Zone: z, Buttons: publish}},
		{"receipt-internal", bot.Receipt{Text: "Added theory 1 to INC-1 (T11).", Incident: "INC-1", Seq: 17, Notes: []string{"Understood as 11:09 CDT (16:09 UTC)."}}},
		{"receipt-public", bot.Receipt{Text: "Update 2 of INC-1 is on the page: Identified, 11:38 CDT.", Public: true, Incident: "INC-1", Seq: 20, Notes: []string{"The next word is promised for 12:08 CDT."}, Buttons: []bot.Button{{Label: "Draft the postmortem", Command: "postmortem INC-1 draft"}}}},
		{"problem", bot.Problem{Code: "which-incident", Text: "update is about one incident, and this is not the room of one. Choose, or write its number: update INC-7.", Buttons: []bot.Button{{Label: "INC-2 checkout is failing", Command: "update INC-2 identified we have found it, and this goes on for much longer than the name of a button can be, which is a hundred characters"}, {Label: "INC-1 MariaDB crashed", Command: "update INC-1"}}}},
		{"problem-form", bot.Problem{Code: "unknown-component", Text: `There is no component "Webbsite". Did you mean "Website"?`, Field: "affects", Form: &form}},
		{"draft", bot.DraftReady{Incident: "INC-1", Text: "The postmortem is drafted: 4 questions are open.", Path: "/postmortem/INC-1", Buttons: []bot.Button{{Label: "Publish", Command: "postmortem INC-1 publish"}}}},
		{"help", bot.Help{Intro: "Type /incident and one of these. Anything you leave out can be added later.", Verbs: []bot.VerbHelp{{Name: "declare", Usage: "[sev2] <title>", Summary: "opens an incident, internal until something is published; a room follows"}, {Name: "note", Usage: "[at:TIME] <text>", Summary: "keeps a remark in the timeline, internal"}}}},
		{"help-one", bot.Help{Verbs: []bot.VerbHelp{{Name: "note", Usage: "[at:TIME] <text>", Summary: "keeps a remark in the timeline, internal", Details: []string{"at:11:09 — when it happened", "Also: log, event"}, Example: "/incident note at:11:04 deploy 4f2c went out"}}}},
		{"reading", bot.Reading{Title: "INC-1: MariaDB crashed on the primary", Sections: []bot.Section{{Heading: "Now", Lines: []string{"Identified, severity sev1.", "oncall leads."}}, {Heading: "What was tried", Lines: []string{"T7 restart of the service: `mysqld` stops again", "T9 *failover*, by dba_2"}}}, Buttons: buttons[4:]}},
		{"form", form},
	}
}

func golden(t *testing.T, name string, v any) {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, b, "", "  "); err != nil {
		t.Fatal(err)
	}
	out.WriteByte('\n')
	for _, x := range []string{"<", ">", "&"} { // readable here; the same text
		shown := bytes.ReplaceAll(out.Bytes(), fmt.Appendf(nil, `\u%04x`, x[0]), []byte(x))
		out.Reset()
		out.Write(shown)
	}
	path := filepath.Join("testdata", "golden", name+".json")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, out.Bytes()) {
		t.Errorf("%s is now\n%s", name, out.String())
	}
}

// forGolden renders with the zone and name of the samples.
func forGolden(t *testing.T) renderer {
	return renderer{zone: chicago(t), command: "incident", base: "https://sitrep.example.org", severities: []string{"sev1", "sev2", "sev3", "sev4"}}
}

func TestEveryMessageAsDiscordGetsIt(t *testing.T) {
	r := forGolden(t)
	kinds := map[reflect.Type]bool{}
	for _, s := range samples(t) {
		kinds[reflect.TypeOf(s.m)] = true
		l := r.render(s.m)
		golden(t, s.name, l)
		if l.Files != nil {
			t.Errorf("%s does not fit, though it is an ordinary message", s.name)
		}
		if b, err := json.Marshal(l); err != nil || !strings.Contains(string(b), `"allowed_mentions":{"parse":[]}`) {
			t.Errorf("%s can ping: %s (%v)", s.name, b, err)
		}
	}
	if len(kinds) != 12 {
		t.Errorf("there are samples of %d kinds of message, of 12", len(kinds))
	}
}

func TestFormsAsDiscordGetsThem(t *testing.T) {
	r := forGolden(t)
	for _, s := range samples(t) {
		if f, ok := s.m.(bot.Form); ok {
			m, ok := r.open(f)
			if !ok {
				t.Fatal("it does not open")
			}
			golden(t, "modal-"+s.name, m)
		}
	}
}
