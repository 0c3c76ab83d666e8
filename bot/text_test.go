package bot

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"sitrep/incident"
)

var update = flag.Bool("update", false, "write the golden files anew")

// samples are one message of every kind, as an incident makes them; some kinds
// twice, where they read differently.
func samples() map[string]Message {
	chicago, err := time.LoadLocation("America/Chicago")
	if err != nil {
		panic(err)
	}
	at := func(h, m int) time.Time { return time.Date(2020, 9, 9, h, m, 0, 0, chicago) }
	buttons := []Button{{Label: "Take it", Command: "role INC-1 commander @me", Style: Primary}, {Label: "State", Command: "form INC-1 state"}}
	affected := []incident.ComponentChange{{ID: "a", Name: "Main Application", New: incident.MajorOutage}, {ID: "b", Name: "Payment Processing"}}
	public := incident.Public{Code: "abc", Title: "Service Outage", Status: incident.Identified, Updates: []incident.PublicUpdate{
		{Number: 2, Status: incident.Identified, Body: "We have identified the issue.", Shown: at(11, 38)},
		{Number: 1, Status: incident.Investigating, Body: "We are aware of an issue.", Shown: at(11, 15)},
	}}
	form := Form{Verb: "declare", Title: "Declare an incident", Submit: "Declare", Notes: []string{"INC-1 is open already."}, Fields: []Field{
		{Name: "text", Label: "What is wrong", Value: "checkout fails", Required: true},
		{Name: "affects", Label: "What is affected", Value: "Webbsite", Error: `There is no component "Webbsite".`},
		{Name: "severity", Label: "Severity", Options: []Option{{"", "not set"}, {"sev1", "sev1"}}},
	}}
	return map[string]Message{
		"receipt-internal": Receipt{Text: "Added theory 1 to INC-1 (T11).", Incident: "INC-1", Seq: 17, Notes: []string{"Understood as 11:09 CDT (16:09 UTC)."}},
		"receipt-public":   Receipt{Text: "Update 2 of INC-1 is on the page: Identified, 11:38 CDT.", Public: true, Incident: "INC-1", Seq: 20, Buttons: buttons},
		"receipt-nothing":  Receipt{Text: "Nothing fails any more."},
		"card-early":       Card{Incident: "INC-1", Title: "MariaDB crashed", State: "Investigating", Started: at(11, 11), Buttons: buttons, Zone: chicago},
		"card-told": Card{Incident: "INC-1", Title: "MariaDB crashed", Severity: "sev1", State: "Identified", Started: at(11, 9), StartedKnown: true, Leader: "oncall", Affected: affected,
			Public: true, LastWord: "We have identified the issue.\n\nMore follows.", LastLabel: "Identified", LastWordAt: at(11, 38), NextWord: at(12, 8), Overdue: true, Waiting: []int{3},
			Undelivered: []string{"What the rooms on slack are told waits since 11:40 CDT: it answers 503."}, Drill: true, Theories: []string{"the pool"}, Zone: chicago, Seq: 21},
		"announcement":           Announcement{Incident: "INC-1", Title: "MariaDB crashed", Text: "support told customers (update 2, identified):", Quote: "We have identified the issue.\nMore follows.", Public: true, At: at(11, 38), Zone: chicago, Buttons: buttons},
		"announcement-customers": Announcement{Title: "Service Outage", Text: "Identified", Quote: "We have identified the issue.\nMore follows.", Public: true, Link: "https://status.example.com/incidents/abc", At: at(11, 38), Zone: chicago},
		"line":                   Line{Incident: "INC-1", Entry: 11, By: "scribe", Text: "theory: the pool is exhausted", At: at(11, 27), Zone: chicago},
		"reminder":               Reminder{Incident: "INC-1", Text: "Customers were promised the next word.", Due: at(12, 8), Zone: chicago, Buttons: buttons},
		"preview":                Preview{Incident: "INC-1", Number: 3, Verb: "update", Public: public, Update: 0, Findings: []Finding{{Quote: "11:09 CST", Text: "CST is not in force on that day.", Mend: "Write 11:09 CDT."}}, Notes: []string{"It goes back."}, Drill: true, Zone: chicago, Buttons: buttons},
		"draft":                  DraftReady{Incident: "INC-1", Text: "The postmortem is drafted.", Path: "/postmortem/INC-1", Buttons: buttons},
		"problem":                Problem{Code: "which-incident", Text: "update is about one incident. Choose.", Buttons: buttons, Form: &form},
		"help":                   Help{Intro: "Type /incident and one of these.", Verbs: []VerbHelp{{Name: "note", Usage: "[at:TIME] <text>", Summary: "keeps a remark", Details: []string{"Also: log"}, Example: "/incident note at:11:04 deploy"}}},
		"reading":                Reading{Title: "INC-1: MariaDB crashed", Sections: []Section{{Heading: "Now", Lines: []string{"Identified, severity sev1."}}, {Lines: []string{"Nobody leads."}}}, Buttons: buttons},
		"form":                   form,
	}
}

func TestTextOfEveryMessage(t *testing.T) {
	seen := map[reflect.Type]bool{}
	for name, m := range samples() {
		seen[reflect.TypeOf(m)] = true
		path := filepath.Join("testdata", "text", name+".txt")
		got := Text(m, nil) + "\n"
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s reads\n%s\nwant\n%s", name, got, want)
		}
		if strings.Contains(got, "!") || strings.Contains(got, "Oops") {
			t.Errorf("%s shouts: %s", name, got)
		}
	}
	if len(seen) != 11 {
		t.Errorf("there is a sample of %d kinds of message, of 11", len(seen))
	}
	if got := Text(nil, nil); got != "" {
		t.Errorf("no message reads %q", got)
	}
}

// What was stored is what was shown, apart from the zone, which whoever shows
// it again knows.
func TestEveryMessageSurvivesBeingStored(t *testing.T) {
	for name, m := range samples() {
		data, err := Encode(m)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		back, err := Decode(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		again, err := Encode(back)
		if err != nil || string(again) != string(data) {
			t.Errorf("%s is stored as %s and then as %s (%v)", name, data, again, err)
		}
		chicago, err := time.LoadLocation("America/Chicago")
		if err != nil {
			t.Fatal(err)
		}
		if a, b := Text(back, chicago), Text(m, chicago); a != b {
			t.Errorf("%s reads %q, then %q", name, b, a)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, data := range []string{"", "null", "{}", `{"kind":"poem","message":{}}`, `{"kind":"card","message":7}`, `{"kind":"card"`} {
		if m, err := Decode([]byte(data)); err == nil {
			t.Errorf("%q is read as %#v", data, m)
		}
	}
	if data, err := Encode(nil); err == nil {
		t.Errorf("nothing is stored as %s", data)
	}
}

func FuzzDecode(f *testing.F) {
	for _, m := range samples() {
		data, err := Encode(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Decode(data)
		if err != nil {
			return
		}
		again, err := Encode(m)
		if err != nil {
			t.Fatalf("%s is read and cannot be stored: %v", data, err)
		}
		back, err := Decode(again)
		if err != nil || Text(back, nil) != Text(m, nil) {
			t.Errorf("%s reads %q, then %q (%v)", data, Text(m, nil), Text(back, nil), err)
		}
	})
}
