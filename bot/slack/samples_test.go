package slack

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	api "github.com/slack-go/slack"

	"sitrep/bot"
	"sitrep/incident"
)

func chicago() *time.Location {
	z, err := time.LoadLocation("America/Chicago")
	if err != nil {
		panic(err)
	}
	return z
}

// at1539 is the moment of the seed incident's third update.
func at1539() time.Time { return time.Unix(1599683940, 0) }

func ago(m int) time.Time { return at1539().Add(-time.Duration(m) * time.Minute) }

// text is the text of a section.
func text(r Rendered, block int) string {
	if s, ok := r.Blocks[block].(*api.SectionBlock); ok && s.Text != nil {
		return s.Text.Text
	}
	return ""
}

func renderer() *Renderer {
	return &Renderer{Zone: chicago(), Base: "https://status.example.com", Whole: func(m bot.Message) string { return "https://status.example.com/i/INC-7" }}
}

// A sample is a message as it may really come.
type sample struct {
	name string
	m    bot.Message
}

func samples() []sample {
	affected := []incident.ComponentChange{{Name: "Checkout", New: incident.MajorOutage}, {Name: "Payments - API", New: incident.Degraded}, {Name: "Website"}}
	card := bot.Card{
		Incident: "INC-7", Title: "Checkout is failing for EU customers", Severity: "sev1", State: "Identified", Started: ago(270), StartedKnown: true,
		Leader: "Ana Souza", Affected: affected, Public: true, LastLabel: "Identified", LastWordAt: ago(9), NextWord: at1539().Add(21 * time.Minute),
		LastWord: "We have identified the cause: a database replica stopped applying changes. We are moving traffic away from it & expect checkout to work again within the hour.",
		Buttons: []bot.Button{
			{Label: "Tell customers", Command: "form INC-7 update", Style: bot.Primary}, {Label: "State", Command: "form INC-7 state"},
			{Label: "Severity", Command: "form INC-7 severity"}, {Label: "Role", Command: "role INC-7"}, {Label: "Catch me up", Command: "sitrep INC-7"}},
	}
	young := bot.Card{
		Incident: "INC-8", Title: "Webhooks are late", State: "Investigating", Started: ago(2),
		Buttons: []bot.Button{
			{Label: "Take it", Command: "role INC-8 commander @me", Style: bot.Primary}, {Label: "Tell customers", Command: "form INC-8 update", Style: bot.Primary},
			{Label: "State", Command: "form INC-8 state"}, {Label: "Severity", Command: "form INC-8 severity"}, {Label: "Catch me up", Command: "sitrep INC-8"}},
	}
	trouble := card
	trouble.Overdue, trouble.NextWord, trouble.Waiting = true, ago(12), []int{3}
	trouble.Undelivered = []string{"The update of 15:30 CDT did not reach #status-updates: the bot is not in that channel. Invite it with /invite @sitrep; it is sent then."}
	trouble.Theories = []string{"The pool is exhausted by the new worker", "The replica fell behind after the deploy at 10:58"}
	over := card
	over.State, over.Ended, over.NextWord, over.LastLabel, over.LastWord = "Resolved", ago(1), time.Time{}, "Resolved", "This incident has been resolved. Thank you for your patience."
	over.Buttons = []bot.Button{{Label: "Catch me up", Command: "sitrep INC-7"}, {Label: "Postmortem", Command: "postmortem INC-7 show"}, {Label: "Reopen", Command: "form INC-7 reopen"}}
	private, drill := young, young
	private.Private, private.Severity, drill.Drill = true, "sev2", true
	public := incident.Public{
		Title: "Checkout is failing", Status: incident.Identified,
		Updates: []incident.PublicUpdate{
			{Number: 2, Status: incident.Identified, Body: "We have identified the cause & are fixing it.\n\nCard payments in the EU fail; *PayPal* works. See https://status.example.com/help.", Shown: at1539(), Affected: affected[:2]},
			{Number: 1, Status: incident.Investigating, Body: "We are looking into it.", Shown: ago(60)}},
	}
	confirm := []bot.Button{
		{Label: "Publish", Command: "publish INC-7 3", Style: bot.Primary}, {Label: "Publish quietly", Command: "publish INC-7 3 notify:no"},
		{Label: "Edit", Command: "revise INC-7 3"}, {Label: "Cancel", Command: "discard INC-7 3"}}
	return []sample{
		{"card", card}, {"card-young", young}, {"card-trouble", trouble}, {"card-over", over}, {"card-private", private}, {"card-drill", drill},
		{"receipt", bot.Receipt{Text: "Recorded as T12: the pool was exhausted at 11:09.", Incident: "INC-7", Seq: 12, Notes: []string{"11:09 was read as Sep 09, 2020 - 11:09 CDT."}}},
		{"receipt-public", bot.Receipt{Text: "Update 3 of INC-7 is published: Identified.", Public: true, Incident: "INC-7", Seq: 40, Buttons: []bot.Button{{Label: "Draft the postmortem", Command: "postmortem INC-7 draft"}}}},
		{"announcement-public", bot.Announcement{Incident: "INC-7", Title: "Checkout is failing for EU customers", Text: "Ana Souza told customers (update 2, identified):", Quote: public.Updates[0].Body, Public: true, At: at1539()}},
		{"announcement", bot.Announcement{Incident: "INC-7", Title: "Checkout is failing for EU customers", Text: "Ben offers Ana Souza the role of commander.", At: at1539(), Buttons: []bot.Button{{Label: "Accept", Command: "handover INC-7 accept commander", Style: bot.Primary}}}},
		{"catch-up", bot.CatchUp{Incident: "INC-7", Title: "Checkout is failing for EU customers", Missed: []bot.Missed{
			{At: ago(31), Text: "Ana Souza: note: the replica <db-2> stopped at 14:52 & lags"},
			{At: ago(21), Text: "Ana Souza told customers (update 2, identified):", Quote: public.Updates[0].Body, Public: true},
			{At: ago(12), Text: "Ben offers Ana Souza the role of commander."}}, Buttons: []bot.Button{{Label: "Accept", Command: "handover INC-7 accept commander", Style: bot.Primary}}}},
		{"line", bot.Line{Incident: "INC-7", Entry: 12, By: "Ana Souza", Text: "Note: `pg_stat_replication` shows a lag of 40 min, see https://grafana.example.com/d/1?a=1&b=2.", At: ago(30)}},
		{"reminder", bot.Reminder{Incident: "INC-7", Text: "Customers were promised the next word by now.", Due: at1539(), Buttons: []bot.Button{{Label: "Tell customers", Command: "form INC-7 update", Style: bot.Primary}, {Label: "In 15 minutes", Command: "snooze INC-7 15m"}}}},
		{"preview", bot.Preview{
			Incident: "INC-7", Number: 3, Verb: "update", Public: public, Buttons: confirm, Notes: []string{"Subscribers are told: 1,204 by mail."},
			Findings: []bot.Finding{{Quote: "within the hour", Text: "promises a time that nobody has recorded.", Mend: "Say when the next word comes instead."}}}},
		{"preview-drill", bot.Preview{Incident: "INC-7", Public: public, Update: 1, Drill: true}},
		{"preview-postmortem", bot.Preview{Incident: "INC-7", Number: 4, Verb: "postmortem", Update: -1, Buttons: confirm,
			Public: incident.Public{Title: "Checkout is failing", Postmortem: &incident.PublicPostmortem{Body: "## What happened\n\nA replica fell behind.\n\n- It was found at 11:09.\n", Shown: at1539()}}}},
		{"draft", bot.DraftReady{Incident: "INC-7", Text: "The postmortem is drafted. 3 of its sentences need a look.", Path: "/i/INC-7/report", Buttons: []bot.Button{{Label: "Check it", Command: "postmortem INC-7 check"}}}},
		{"problem", bot.Problem{Code: "unknown-component", Text: "There is no component Chekout. Did you mean Checkout?", Buttons: []bot.Button{{Label: "Checkout", Command: "affects Checkout down", Style: bot.Primary}, {Label: "Help", Command: "help"}}}},
		{"problem-form", bot.Problem{Code: "bad-time", Text: "“yesterdy” is not a time that can be read.", Field: "at", Form: ptr(declare().form)}},
		{"problem-danger", bot.Problem{Text: "INC-7 is public. Making it private withdraws it from the page; mails that were sent cannot be recalled.", Buttons: []bot.Button{{Label: "Make it private", Command: "private INC-7 on", Style: bot.Danger}}}},
		{"help", bot.Help{Intro: "What can be done here:", Verbs: []bot.VerbHelp{
			{Name: "declare", Usage: "[severity] [affects:…] <title>", Summary: "opens an incident, internal until something is published", Example: "/incident declare sev2 checkout is failing"},
			{Name: "update", Usage: "[status] <text for customers>", Summary: "publishes an update", Details: []string{"next:30m promises the next word", "at:11:09 says when it was"}}}}},
		{"reading", bot.Reading{Title: "INC-7 as it stands", Sections: []bot.Section{
			{Heading: "Now", Lines: []string{"Identified, sev1, for 4 h 30 min.", "Checkout: major outage."}},
			{Heading: "Tried", Lines: []string{"11:20 CDT Ben restarted the workers <no change>.", "12:02 CDT Ana failed over to db-2."}}},
			Buttons: []bot.Button{{Label: "Take commander", Command: "role INC-7 commander @me"}}}},
		{"form", declare().form},
		{"extreme-card", extreme("card", card)}, {"extreme-announcement", extreme("quote", bot.Announcement{Incident: "INC-7", Public: true, At: at1539()})},
		{"extreme-catch-up", bot.CatchUp{Incident: "INC-7", Title: "Checkout is failing for EU customers", Missed: slices.Repeat([]bot.Missed{{At: ago(30), Text: strings.Repeat("it goes on ", 40), Quote: strings.Repeat("word ", 900), Public: true}}, 60)}},
		{"extreme-reading", longReading()},
		{"announcement-customers", bot.Announcement{Title: "Checkout is failing", Text: "Identified", Quote: public.Updates[0].Body, Public: true, Link: "https://status.example.com/incidents/abc", At: at1539()}},
	}
}

// extreme makes a message as large and as nasty as people can.
func extreme(kind string, m bot.Message) bot.Message {
	nasty := strings.Repeat("<!channel> @here & *x* _y_ `z` 👩‍👩‍👧‍👦 ｆｕｌｌ العربية ", 400)
	switch m := m.(type) {
	case bot.Card:
		m.Title, m.Severity, m.Leader, m.LastWord, m.State = nasty, "sev1 "+nasty[:80], nasty, nasty, "Merged into INC-3"
		m.Undelivered, m.Theories, m.Waiting = []string{nasty, nasty, nasty, nasty, nasty}, []string{nasty, nasty, nasty, nasty}, []int{1, 2, 3, 4, 5}
		for i := range 300 {
			m.Affected = append(m.Affected, incident.ComponentChange{Name: fmt.Sprint(i, " ", nasty[:100]), New: incident.MajorOutage})
		}
		m.Buttons = nil
		for i := range 60 {
			m.Buttons = append(m.Buttons, bot.Button{Label: fmt.Sprint(nasty, i), Command: "update " + nasty[:min(i*100, len(nasty))], Style: bot.Style(i % 3)})
		}
		return m
	case bot.Announcement:
		m.Title, m.Text, m.Quote = nasty, nasty, nasty
		return m
	}
	panic(kind)
}

func longReading() bot.Reading {
	r := bot.Reading{Title: "The timeline of INC-7"}
	for d := range 20 {
		s := bot.Section{Heading: fmt.Sprintf("Day %d", d+1)}
		for i := range 40 {
			s.Lines = append(s.Lines, fmt.Sprintf("T%d 15:%02d CDT Ana: restarted worker %d of the fleet, and waited for the queue to drain.", d*40+i+1, i, i))
		}
		r.Sections = append(r.Sections, s)
	}
	return r
}

// A formSample is a form as it may really come.
type formSample struct {
	name string
	form bot.Form
}

func declare() formSample {
	return formSample{"declare", bot.Form{
		Verb: "declare", Title: "Declare an incident", Submit: "Declare", Notes: []string{"INC-5 is open already: Webhooks are late."},
		Fields: []bot.Field{
			{Name: "text", Label: "What is wrong", Hint: "checkout is failing", Required: true, Value: "Checkout <b> is & failing"},
			{Name: "severity", Label: "Severity", Options: []bot.Option{{Value: "", Label: "not set"}, {Value: "sev1", Label: "sev1"}, {Value: "sev2", Label: "sev2"}}},
			{Name: "affects", Label: "What is affected", Hint: "Checkout down, API degraded"},
			{Name: "private", Label: "Who may see it", Options: []bot.Option{{Value: "no", Label: "the team"}, {Value: "yes", Label: "only the people in it"}}},
			{Name: "at", Label: "When it happened", Hint: "now, unless you say 11:09, -20m, yesterday 23:50", Value: "yesterdy", Error: "“yesterdy” is not a time that can be read. Write 11:09 or yesterday 23:50."},
		},
	}}
}

func forms() []formSample {
	statuses := []bot.Option{{Value: "investigating", Label: "Investigating"}, {Value: "identified", Label: "Identified"}, {Value: "monitoring", Label: "Monitoring"}, {Value: "resolved", Label: "Resolved"}}
	report := strings.Repeat("The replica fell behind & nobody saw it.\nThe alert was silenced on Monday.\n\n", 120)
	many := bot.Field{Name: "component", Label: "Component"}
	for i := range 250 {
		many.Options = append(many.Options, bot.Option{Value: fmt.Sprint("c", i), Label: fmt.Sprint("Component ", i)})
	}
	return []formSample{
		declare(),
		{"update", bot.Form{Verb: "update", Incident: "INC-7", Title: "Tell customers", Submit: "Preview", Notes: []string{"You see it as customers will, before anything is published."}, Fields: []bot.Field{
			{Name: "status", Label: "Status", Options: statuses, Value: "identified"},
			{Name: "text", Label: "What customers read", Long: true, Required: true, Value: "We have identified the cause and are working on a fix."},
			{Name: "affects", Label: "What is affected", Hint: "Checkout=major_outage, API", Value: "Checkout=major_outage"},
			{Name: "next", Label: "Next word in", Hint: "30m"},
			{Name: "notify", Label: "Subscribers", Options: []bot.Option{{Value: "yes", Label: "are told"}, {Value: "no", Label: "are not told"}}}}}},
		{"resolve", bot.Form{Verb: "resolve", Incident: "INC-7", Title: "Resolve INC-7", Submit: "Preview", Fields: []bot.Field{
			{Name: "text", Label: "What customers read last", Long: true, Required: true, Value: "This incident has been resolved."}, {Name: "at", Label: "When it happened"}}}},
		{"role", bot.Form{Verb: "role", Incident: "INC-7", Title: "Role in INC-7", Submit: "Role", Fields: []bot.Field{
			{Name: "role", Label: "Role", Options: []bot.Option{{Value: "commander", Label: "commander"}, {Value: "scribe", Label: "scribe"}}}, {Name: "who", Label: "Who", Hint: "@ana, @me or none", Value: "@me"}}}},
		{"action", bot.Form{Verb: "action", Incident: "INC-7", Title: "Follow-up of INC-7", Fields: []bot.Field{{Name: "text", Label: "What is to be done", Long: true, Required: true}, {Name: "who", Label: "Owner", Hint: "@ana"}}}},
		{"milestone", bot.Form{Verb: "milestone", Incident: "INC-7", Title: "Milestone of INC-7", Fields: []bot.Field{
			{Name: "name", Label: "Milestone", Options: []bot.Option{{Value: "impact-started", Label: "impact-started"}, {Value: "mitigated", Label: "mitigated"}}},
			{Name: "at", Label: "When it happened", Hint: "11:09, or 11:02..11:09 if it is known only to an interval"}, {Name: "text", Label: "Evidence"}}}},
		{"postmortem", bot.Form{Verb: "postmortem", Incident: "INC-7", Title: "The internal version of the postmortem of INC-7", Submit: "Keep", Fields: []bot.Field{
			{Name: "sub", Label: "Do", Value: "edit", Options: []bot.Option{{Value: "edit", Label: "edit"}}},
			{Name: "version", Label: "Version", Value: "internal", Options: []bot.Option{{Value: "internal", Label: "internal"}, {Value: "customer", Label: "customer"}}},
			{Name: "text", Label: "Text", Long: true, Required: true, Value: report}}}},
		{"extreme", bot.Form{Verb: "update", Incident: "INC-7", Title: strings.Repeat("title 👩‍👩‍👧‍👦 ", 50), Submit: strings.Repeat("submit ", 20), Fields: []bot.Field{
			many, {Name: "several", Label: strings.Repeat("label & ", 600), Multi: true, Value: "a, c", Options: []bot.Option{{Value: "a", Label: strings.Repeat("a", 200)}, {Value: "b", Label: ""}, {Value: "c", Label: "C"}}},
			{Name: "text", Label: "", Hint: strings.Repeat("hint <!here> ", 600), Value: strings.Repeat("x", 7000), Error: strings.Repeat("wrong <!channel> ", 800)}}}},
	}
}

// submit does what Slack does when somebody submits a modal as it is.
func submit(v api.ModalViewRequest) api.View {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	var view api.View
	if err := json.Unmarshal(data, &view); err != nil {
		panic(err)
	}
	view.State = &api.ViewState{Values: map[string]map[string]api.BlockAction{}}
	for _, b := range view.Blocks.BlockSet {
		in, ok := b.(*api.InputBlock)
		if !ok {
			continue
		}
		var id string
		var a api.BlockAction
		switch e := in.Element.(type) {
		case *api.PlainTextInputBlockElement:
			id, a.Value = e.ActionID, e.InitialValue
		case *api.SelectBlockElement:
			if id = e.ActionID; e.InitialOption != nil {
				a.SelectedOption = *e.InitialOption
			}
		case *api.MultiSelectBlockElement:
			id = e.ActionID
			for _, o := range e.InitialOptions {
				a.SelectedOptions = append(a.SelectedOptions, *o)
			}
		}
		view.State.Values[in.BlockID] = map[string]api.BlockAction{id: a}
	}
	return view
}

func home() Home {
	return Home{
		Open: []HomeIncident{
			{ID: "INC-8", Title: "Webhooks are late", State: "Investigating", Since: ago(2), Channel: "C0123456789"},
			{ID: "INC-7", Title: "Checkout is failing for EU customers", Severity: "sev1", State: "Identified", Leader: "Ana Souza", Since: ago(270), Channel: "C0123456788", Public: true, NextWord: ago(12), Overdue: true}},
		Actions:     []HomeAction{{Incident: "INC-5", Number: 2, Text: "Alert on replication lag above 5 min"}},
		Previews:    []HomePreview{{Incident: "INC-7", Number: 3, By: "Ben", At: ago(4), Text: "We have moved traffic away from the failed replica."}},
		Undelivered: []string{"INC-7: the update of 15:30 CDT did not reach #status-updates: the bot is not in that channel. Invite it with /invite @sitrep."},
	}
}

func ptr[T any](v T) *T { return &v }
