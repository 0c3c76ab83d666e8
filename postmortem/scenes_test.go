package postmortem

import (
	"context"
	"strings"
	"testing"
	"time"

	"sitrep/incident"
)

// scenes are incidents that take another course than the seed. Each must give
// a report that passes its own check; want and never are what it must and must
// not say.
func scenes() []struct {
	name        string
	play        func(s *scene)
	want, never []string
} {
	const day = "2024-03-05 "
	type list = []string
	declare := func(s *scene) *scene {
		return s.at(day+"10:00:00").does("ana", incident.Declared{Number: 1, Severity: "sev2", Title: "checkout is failing"})
	}
	public := func(s *scene) *scene {
		declare(s)
		return s.at(day+"10:05:00").updates("bo", incident.Wording{Status: incident.Investigating, Title: "Checkout trouble", Affects: s.both(incident.PartialOutage), Body: "We are looking into it."})
	}
	return []struct {
		name        string
		play        func(s *scene)
		want, never []string
	}{
		{"nothing", func(s *scene) { s.at(day + "10:00:00") },
			list{"Nothing was recorded of this incident.", "Nothing is on record."}, list{"## Questions", "## Lessons"}},
		{"only declared", func(s *scene) { declare(s).at(day + "10:10:00") },
			list{"was declared as sev2 at 10:00", "Status: investigating", "Nothing was said in public.", "**Pending:**", "Nobody recorded when the impact began", "still open", "Not recorded so far"},
			list{"## Decisions", "Longest public silence"}},
		{"no severity", func(s *scene) {
			s.at(day+"10:00:00").does("ana", incident.Declared{Number: 1, Title: "checkout is failing"})
		}, list{"Severity: not set", "was declared at 10:00"}, list{"declared as"}},
		{"canceled", func(s *scene) {
			declare(s).at(day+"10:20:00").does("ana", incident.CanceledBy{Why: "a test had been left running"})
		}, list{"It was canceled at 10:20: “a test had been left running”.", "Status: canceled since 10:20"}, list{"still open", "No follow-up is on record: is", "## Lessons"}},
		{"private", func(s *scene) {
			public(s).does("ana", incident.PrivacyChanged{Private: true})
		}, list{"This incident is private: nothing of it is for customers [T3]"}, nil},
		{"drill", func(s *scene) {
			s.at(day+"10:00:00").does("ana", incident.Declared{Number: 1, Severity: "sev3", Title: "game day", Drill: true})
		}, list{"This was a drill: nothing of it is for customers [T1]", "The drill “game day” was declared as sev3"}, nil},
		{"reopened", func(s *scene) {
			public(s).at(day+"11:00:00").resolves("bo", "It works again.")
			s.at(day+"11:30:00").does("ana", incident.Reopened{Why: "errors came back"})
			s.at(day+"11:35:00").updates("bo", incident.Wording{Status: incident.Investigating, Body: "It has come back."})
			s.at(day+"12:00:00").resolves("bo", "It works for good.")
		}, list{"It was resolved at 11:00.", "It was reopened at 11:30: “errors came back”.", "It was resolved again at 12:00.", "what would have shown that it was not?", "longest public silence lasted 55 min, from 10:05 to 11:00"}, list{"35 min, from 11:00"}},
		{"merged", func(s *scene) {
			declare(s).at(day+"10:30:00").does("ana", incident.MergedInto{Into: "INC-4", Why: "same cause"})
		}, list{"It was merged into INC-4 at 10:30.", "Status: merged into INC-4 since 10:30"}, nil},
		{"absorbed and linked", func(s *scene) {
			declare(s).does("ana", incident.Absorbed{From: "INC-9"}, incident.LinkAdded{Target: "https://example.com/dash?a=[1]", How: "graph"})
		}, list{"Merged into this: INC-9 [T2]", `https\://example.com/dash?a=\[1\]`}, list{"]("}},
		{"interval", func(s *scene) {
			declare(s).does("ana", incident.MilestoneRecorded{Name: incident.ImpactStarted, At: s.time(day + "09:51"), Until: s.time(day + "09:58"), Evidence: "between the last good probe and the first error"})
			s.at(day+"10:30:00").milestone("ana", incident.ImpactEnded, day+"10:30", "no more errors")
		}, list{"Time to restore: 32 min to 39 min, from impact started (09:51–09:58) to impact ended (10:30).", "2 min to 9 min after the impact began between 09:51 and 09:58"}, nil},
		{"impossible order", func(s *scene) {
			declare(s).milestone("ana", incident.ImpactStarted, day+"10:20", "")
			s.at(day+"10:40:00").milestone("ana", incident.Mitigated, day+"10:10", "")
		}, list{"Time to mitigate: invalid.", "Mitigated (10:10) is recorded before impact started (10:20).", "**Time to declare: invalid.**"}, list{"-10 min"}},
		{"not applicable", func(s *scene) {
			declare(s).does("ana", incident.MilestoneRecorded{Name: incident.Detected, NotApplicable: true, Evidence: "we caused it on purpose"})
		}, list{"Marked as not applicable: detected. [T2]", "**Not applicable:** time to detect."}, nil},
		{"clock set back", func(s *scene) {
			declare(s).says("ana", "errors everywhere")
			s.seq++
			s.in.Steps = append(s.in.Steps, incident.ClockStep{Seq: s.seq, From: s.time(day + "10:10"), To: s.time(day + "09:40")})
			s.at(day+"09:50:00").does("ana", incident.StateChanged{Status: incident.Resolved})
		}, list{"The machine's clock was set back between these two entries, by 30 min"}, nil},
		{"withdrawn, struck and erased", func(s *scene) {
			declare(s).says("bo", "decision: tell nobody the password")
			s.room("bo", incident.MessageDeleted{Key: key(s.seq)})
			s.does("ana", incident.NoteAdded{Text: "a wrong note"}, incident.ActionAdded{Text: "a wrong action"}, incident.TheoryAdded{Text: "a wrong theory"})
			s.does("ana", incident.EntryStruck{Entry: 3}, incident.EntryStruck{Entry: 4}, incident.EntryStruck{Entry: 5})
			m := s.meta("bo")
			m.Redacted = true
			s.line.Apply(m, incident.MessageSaid{Key: "k", Text: "the customer's name"})
			s.does("ana", incident.ActionAdded{Text: "a right action"})
		}, list{"a right action"}, list{"password", "a wrong", "customer's name"}},
		{"erased title", func(s *scene) {
			s.at(day + "10:00:00")
			m := s.meta("ana")
			m.Redacted = true
			s.record(m, incident.Declared{Number: 1})
			s.does("ana", incident.StateChanged{Status: incident.Resolved})
		}, list{`\[erased\]`}, nil},
		{"erased update", func(s *scene) {
			declare(s)
			m := s.meta("bo")
			m.Redacted = true
			s.record(m, incident.UpdatePosted{Status: incident.Investigating, Body: "a secret", Title: "T", Shown: s.now})
			s.at(day+"10:20:00").updates("bo", incident.Wording{Status: incident.Resolved, Body: "It is over."})
		}, list{"the text was erased"}, list{"a secret", `“\[erased\]”`}},
		{"mended update", func(s *scene) {
			public(s).at(day+"10:07:00").does("bo", incident.UpdateEdited{Number: 1, Body: "We are looking into failed payments."})
		}, list{"“We are looking into failed payments.”, text mended at 10:07 [U1]"}, list{"looking into it"}},
		{"corrected milestone", func(s *scene) {
			declare(s).milestone("ana", incident.ImpactStarted, day+"09:50", "graph")
			s.does("ana", incident.EntryCorrected{Entry: 2, At: s.time(day + "09:45"), Text: "it was earlier"})
		}, list{"was corrected to 09:45, and the milestone is still 09:50", "milestone impact-started at:09:45"}, list{"“graph”"}},
		{"promise with a time", func(s *scene) {
			declare(s)
			s.at(day+"10:05:00").updates("bo", incident.Wording{Title: "T", Body: "Next update in 20 minutes."})
			s.at(day+"10:40:00").updates("bo", incident.Wording{Body: "Still working.", Next: s.time(day + "11:00")})
			s.at(day+"10:50:00").resolves("bo", "It is over. We will publish a full report.")
		}, list{"“Next update in 20 minutes.”, for 10:25: the next update came at 10:40, 35 min later and 15 min late.", "a next word was promised, for 11:00: the next update came at 10:50", "A promised update came after its time."}, list{"none with a time", "each with a time"}},
		{"promise broken", func(s *scene) {
			public(s).at(day+"10:50:00").resolves("bo", "It is over. More information to follow.")
		}, list{"no update followed", "An update was promised, and none followed."}, nil},
		{"handover", func(s *scene) {
			declare(s).does("ana", incident.RoleAssigned{Role: "commander", Who: person("ana")})
			s.at(day+"10:30:00").does("ana", incident.HandoverOffered{Role: "commander", To: person("bo")})
			s.at(day+"10:31:00").does("bo", incident.HandoverAccepted{Role: "commander"})
			s.at(day+"10:40:00").says("bo", "decided to roll back to build 41")
		}, list{"Commander: ana, from 10:00 to 10:31.", "Commander: bo, from 10:31.", "At 10:40 the commander wrote: “decided to roll back to build 41”", "Commander: bo [T4]"}, nil},
		{"no commander", func(s *scene) { declare(s).says("bo", "payments fail with error 500") },
			list{"Commander: nobody is on record", "Nobody is on record as commander"}, nil},
		{"over midnight", func(s *scene) {
			s.at("2024-03-05 23:50:00").does("ana", incident.Declared{Number: 1, Severity: "sev2", Title: "late"})
			s.at("2024-03-06 00:20:00").updates("bo", incident.Wording{Title: "T", Status: incident.Identified, Body: "Known."})
			s.at("2024-03-06 01:00:00").resolves("bo", "Over.")
		}, list{"identified on Mar 06 at 00:20", "All times are CST (America/Chicago)."}, nil},
		{"clocks go back", func(s *scene) {
			s.at("2024-11-03 00:30:00").does("ana", incident.Declared{Number: 1, Title: "night"})
			s.now = s.now.Add(90 * time.Minute) // 01:00 CST
			s.updates("bo", incident.Wording{Title: "T", Status: incident.Identified, Body: "Known."})
			s.now = s.now.Add(2 * time.Hour)
			s.resolves("bo", "Over.")
		}, list{"identified at 01:00 CST", "declared at 00:30 CDT", "each names CDT or CST"}, nil},
		{"other scripts", func(s *scene) {
			s.at(day+"10:00:00").does("健太", incident.Declared{Number: 1, Title: "決済が失敗している 💳"})
			s.says("Ζωή", "η βάση δεδομένων έπεσε στις 09:58")
			s.says("נועה", "\u202eevil\u202c שגיאה 500")
		}, list{"決済が失敗している 💳", "健太", "09:58"}, list{"\u202e"}},
		{"names that end sentences", func(s *scene) {
			s.at(day+"10:00:00").does("J. R. Smith!", incident.Declared{Number: 1, Severity: "sev. 1", Title: "a. b? c",
				Affects: []incident.ComponentChange{{ID: "x", Name: "API v2. Beta", New: incident.MajorOutage}}})
		}, list{"“API v2. Beta”"}, nil},
		{"proposed", func(s *scene) {
			declare(s).says("bo", "the primary crashed at 09:52, we lost two requests in 2000 requests")
			s.at(day+"10:20:00").says("bo", "rolled back, errors gone since 10:18")
			s.at(day+"10:30:00").does("ana", incident.StateChanged{Status: incident.Resolved})
		}, list{"| Impact started | 09:52 | proposed, not confirmed: “the primary crashed at 09:52,", "| Impact ended | 10:18 | proposed, not confirmed", "Going by what was said, it began at 09:52 (“the primary crashed at 09:52, we lost two requests in 2000 requests”), it was mitigated at 10:20 (after 28 min: “rolled back, errors gone since 10:18”), the impact ended at 10:18 (after 26 min: “rolled back, errors gone since 10:18”) and it was over at 10:30 (after 38 min).", "milestone impact-started at:09:52"}, list{"Time to restore: 26 min"}},
		{"follow-ups that were only said", func(s *scene) {
			declare(s).says("bo", "AI: document how to audit the logs")
			s.says("cy", "we should add an alert on the pool size so this does not happen again")
			s.says("cy", "we should roll back")
			s.says("bo", "To do: alert on replication lag")
			s.does("ana", incident.ActionAdded{Text: "Alert on replication lag"})
		}, list{"1. “Alert on replication lag”", "*Said, but recorded by nobody:*", "- bo: “document how to audit the logs” [T2]", "- cy: “we should add an alert on the pool size so this does not happen again” [T3]"}, list{"cy: “we should roll back” [T4]\n\n## M", "bo: “alert on replication lag”"}},
		{"updates out of order", func(s *scene) {
			public(s).at(day+"10:40:00").updates("bo", incident.Wording{Body: "Second."})
			evs, _, _ := s.in.Update(incident.Wording{Body: "Back-dated.", Shown: s.time(day + "10:20")}, s.page)
			s.at(day+"10:41:00").does("bo", evs...)
		}, list{"Update 3 was posted after update 2, and is shown at 10:20"}, list{"-20 min"}},
		{"times out of order", func(s *scene) {
			declare(s)
			m := s.meta("ana")
			m.When, m.Claimed = s.time(day+"09:30"), true
			s.record(m, incident.NoteAdded{Text: "first ticket came in"})
		}, list{"- 09:30 ana noted: “first ticket came in” [T2]\n- 10:00 ana declared"}, nil},
	}
}

func TestScenes(t *testing.T) {
	for _, sc := range scenes() {
		t.Run(sc.name, func(t *testing.T) {
			s := newScene(t, "America/Chicago")
			sc.play(s)
			b := s.brief()
			d := draft(t, b)
			for _, w := range sc.want {
				if !strings.Contains(d.Markdown, w) {
					t.Errorf("the report does not say %q", w)
				}
			}
			for _, n := range sc.never {
				if strings.Contains(d.Markdown+d.Customer+string(d.Facts), n) {
					t.Errorf("the report says %q", n)
				}
			}
			for _, f := range Check(d.Markdown, b) {
				t.Errorf("its own check: %s: %s %v", f.Kind, f.Text, f.Refs)
			}
			if t.Failed() {
				t.Log(d.Markdown)
			}
		})
	}
}

func TestNoIncidentAtAll(t *testing.T) {
	b := NewBrief(Source{})
	if d := draft(t, b); !strings.Contains(d.Markdown, "Nothing was recorded") || d.Customer != "" {
		t.Errorf("%+v", d)
	}
}

func TestWithoutTimeline(t *testing.T) {
	s := seed(t)
	b := NewBrief(Source{Incident: s.in, Page: s.page, Now: s.now})
	if !b.Resolves("U7") || b.Resolves("T1") {
		t.Error("only updates resolve without a timeline")
	}
	if d := draft(t, b); !strings.Contains(d.Markdown, "2 h 5 min") {
		t.Error(d.Markdown)
	}
}

func TestCanceledContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := (Template{}).Draft(ctx, seed(t).brief()); err == nil {
		t.Error("no error")
	}
}
