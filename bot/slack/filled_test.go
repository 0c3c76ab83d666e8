package slack

import (
	"strconv"
	"time"

	"sitrep/bot"
	"sitrep/incident"
)

// filled returns a message of every kind, with texts, an instant and a number of
// things in it.
func filled(a, b string, unix int64, n int) []bot.Message {
	at := time.Unix(unix, 0)
	var bs []bot.Button
	var lines []string
	var cs []incident.ComponentChange
	var findings []bot.Finding
	var waiting []int
	var verbs []bot.VerbHelp
	var sections []bot.Section
	for i := range n {
		s := []string{a, b}[i%2]
		bs = append(bs, bot.Button{Label: s + strconv.Itoa(i), Command: b, Style: bot.Style(i % 3)})
		lines = append(lines, s)
		cs = append(cs, incident.ComponentChange{Name: s, New: incident.ComponentState(b)})
		findings = append(findings, bot.Finding{Quote: b, Text: s, Mend: a})
		waiting = append(waiting, i)
		verbs = append(verbs, bot.VerbHelp{Name: a, Usage: b, Summary: s, Details: lines[:min(i, 5)], Example: b})
		sections = append(sections, bot.Section{Heading: b, Lines: lines[:min(i, 20)]})
	}
	public := incident.Public{Title: a, Status: incident.Status(b), Updates: []incident.PublicUpdate{{Status: incident.Status(a), Body: b, Shown: at, Affected: cs}}}
	report := incident.Public{Title: b, Postmortem: &incident.PublicPostmortem{Body: a, Shown: at}}
	form := filledForm(a, b, n)
	return []bot.Message{
		bot.Receipt{Text: a, Public: n%2 == 0, Notes: lines, Buttons: bs, Incident: b, Seq: uint64(n)},
		bot.Card{
			Incident: a, Title: b, Severity: a, State: b, Started: at, Ended: at, Leader: b, Affected: cs, Public: n%2 == 0, LastWord: a, LastLabel: b,
			LastWordAt: at, NextWord: at, Overdue: n%3 == 0, Waiting: waiting, Undelivered: lines, Private: true, Drill: n%5 == 0, Theories: lines, Buttons: bs},
		bot.Announcement{Incident: a, Title: b, Text: a, Quote: b, Public: n%2 == 0, At: at, Buttons: bs},
		bot.Line{Incident: a, Entry: n, By: b, Text: a, At: at},
		bot.Reminder{Incident: a, Text: b, Due: at, Buttons: bs},
		bot.Preview{Incident: a, Public: public, Findings: findings, Notes: lines, Buttons: bs, Drill: n%2 == 1},
		bot.Preview{Incident: b, Public: report, Update: -1, Buttons: bs},
		bot.Preview{Incident: b, Public: public, Update: n - 1, Buttons: bs},
		bot.DraftReady{Incident: a, Text: b, Path: a, Buttons: bs},
		bot.Problem{Text: a, Field: b, Buttons: bs},
		bot.Problem{Text: a, Field: b, Form: &form},
		bot.Help{Intro: a, Verbs: verbs},
		bot.Reading{Title: a, Sections: sections, Buttons: bs},
		form,
	}
}

// filledForm is a form with n fields.
func filledForm(a, b string, n int) bot.Form {
	f := bot.Form{Verb: a, Title: b, Incident: a, Submit: b}
	for i := range min(n, 40) {
		s := []string{a, b}[i%2]
		x := bot.Field{Name: strconv.Itoa(i), Label: s, Hint: b, Value: a, Long: i%2 == 0, Multi: i%4 == 0, Required: i%5 == 0}
		if i%3 == 0 {
			x.Error = s
		}
		for o := range i * 7 % 130 {
			x.Options = append(x.Options, bot.Option{Value: s[:min(len(s), o)], Label: b})
		}
		f.Fields, f.Notes = append(f.Fields, x), append(f.Notes, s)
	}
	return f
}
