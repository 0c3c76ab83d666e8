package commands

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"sitrep/bot"
	"sitrep/incident"
)

// openForm opens the form of a verb: what a button on a card does. Words after
// the verb fill it in ("form INC-7 update monitoring"). The first public word
// comes filled in and as a preview, so that it takes two taps: this one, and
// Publish. Its Edit opens the form.
func openForm(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	word, rest := cutVerb(c.text)
	v, _ := Find(r.table, word)
	if v == nil || v.Hidden {
		return nil, incident.Problemf("no-form", "There is no form for %q.", clip(word, 40))
	}
	if c.in == nil && !v.Alone {
		return r.choose(c, v, rest), nil
	}
	a, err := parse(v, rest, r.bareWord)
	if err != nil {
		return nil, err
	}
	next := *c
	next.args = a
	if p := r.may(v.Needs, c.req.By, c.in); p != nil {
		return nil, p
	}
	f := r.form(&next)
	if f != nil && v.Name == "update" && !c.in.Told() && !c.confirmed {
		for _, x := range f.Fields {
			switch {
			case x.Name == "text":
				next.text = x.Value
			case x.Value != "":
				next.vals[x.Name] = x.Value
			}
		}
		return v.run(ctx, r, &next)
	}
	if f != nil {
		return *f, nil
	}
	return nil, incident.Problemf("no-form", "%s has no form. Type it: %s %s", v.Name, v.Name, v.Usage)
}

// form builds the form of a command, filled with what it says already; nil if
// the verb has none.
func (r *Runner) form(c *call) *bot.Form {
	f := &bot.Form{Verb: c.verb.Name, Submit: upper(c.verb.Name)}
	if c.in != nil {
		f.Incident = c.in.ID
	}
	field := func(x bot.Field) {
		if x.Value == "" {
			if x.Name == "text" {
				x.Value = c.text
			} else {
				x.Value = c.vals[x.Name]
			}
		}
		f.Fields = append(f.Fields, x)
	}
	when := bot.Field{Name: "at", Label: "When it happened", Hint: "now, unless you say 11:09, -20m, yesterday 23:50"}
	switch c.verb.Name {
	case "declare":
		f.Title = "Declare an incident"
		field(bot.Field{Name: "text", Label: "What is wrong", Hint: "checkout is failing", Required: true})
		field(bot.Field{Name: "severity", Label: "Severity", Options: options(append([]string{""}, r.severityNames()...), "not set")})
		field(bot.Field{Name: "affects", Label: "What is affected", Hint: "Checkout down, API degraded"})
		field(bot.Field{Name: "private", Label: "Who may see it", Options: []bot.Option{{Value: "no", Label: "the team"}, {Value: "yes", Label: "only the people in it"}}})
		field(when)
		for _, in := range r.similar(c, incident.Declared{}) {
			f.Notes = append(f.Notes, fmt.Sprintf("%s is open already: %s.", in.ID, in.Title))
		}
	case "update":
		r.updateForm(c, f, field)
	case "resolve":
		f.Title = "Resolve " + c.in.ID
		if c.in.IsPublic() {
			f.Submit = "Preview"
			field(bot.Field{Name: "text", Label: "What customers read last", Long: true, Required: true, Value: orElse(c.text, "This incident has been resolved.")})
		} else {
			field(bot.Field{Name: "text", Label: "Remark for the team", Long: true})
		}
		field(when)
	case "state":
		f.Title = "The team's state of " + c.in.ID
		field(bot.Field{Name: "status", Label: "State", Options: statusOptions(), Value: orElse(c.vals["status"], string(c.in.Status))})
		field(bot.Field{Name: "text", Label: "Remark for the team"})
		f.Notes = []string{"Nothing becomes public by it."}
	case "severity":
		f.Title = "Severity of " + c.in.ID
		field(bot.Field{Name: "severity", Label: "Severity", Options: options(append(r.severityNames(), "none"), ""), Value: orElse(c.vals["severity"], c.in.Severity)})
		field(bot.Field{Name: "text", Label: "Why"})
	case "affects":
		f.Title = "What is affected"
		field(bot.Field{Name: "text", Label: "Components and states", Hint: "checkout down, api degraded", Required: true})
		f.Notes = []string{"For the team; the page changes with the next update."}
	case "reopen":
		f.Title = "Reopen " + c.in.ID
		field(bot.Field{Name: "text", Label: "Why", Required: true})
	case "cancel", "merge":
		f.Title = upper(c.verb.Name) + " " + c.in.ID
		if c.verb.Name == "merge" {
			field(bot.Field{Name: "into", Label: "Into which incident", Hint: "INC-3", Required: true})
		}
		field(bot.Field{Name: "text", Label: "Why, for the team"})
		if c.in.IsPublic() {
			field(bot.Field{Name: "public", Label: "What customers read last", Long: true, Required: true})
		}
	case "note":
		f.Title = "Note in " + c.in.ID
		field(bot.Field{Name: "text", Label: "What to keep", Long: true, Required: true})
		field(when)
	case "milestone":
		f.Title = "Milestone of " + c.in.ID
		var names []string
		for _, n := range incident.MilestoneNames() {
			if !n.ByCommand() {
				names = append(names, string(n))
			}
		}
		field(bot.Field{Name: "name", Label: "Milestone", Options: options(names, "")})
		when.Hint = "11:09, or 11:02..11:09 if it is known only to an interval"
		field(when)
		field(bot.Field{Name: "text", Label: "Evidence"})
	case "role":
		f.Title = "Role in " + c.in.ID
		field(bot.Field{Name: "role", Label: "Role", Options: options(r.roleNames(), "")})
		field(bot.Field{Name: "who", Label: "Who", Hint: "@ana, @me or none", Value: orElse(c.vals["who"], "@me"), Person: true, Required: true})
	case "action":
		f.Title = "Follow-up of " + c.in.ID
		field(bot.Field{Name: "text", Label: "What is to be done", Long: true, Required: true})
		field(bot.Field{Name: "who", Label: "Owner", Hint: "@ana", Person: true})
	case "theory":
		f.Title = "Theory in " + c.in.ID
		field(bot.Field{Name: "text", Label: "What you believe, and why", Long: true, Required: true})
	case "postmortem":
		if r.reviewForm(c, f, field) {
			break
		}
		version := orElse(c.vals["version"], "internal")
		f.Title = fmt.Sprintf("The %s version of the postmortem of %s", version, c.in.ID)
		f.Submit = "Keep"
		f.Fields = append(f.Fields, bot.Field{Name: "sub", Value: "edit", Hidden: true})
		if given := c.vals["version"]; given != "" { // it is known which, and what its author begins with
			field(bot.Field{Name: "version", Value: version, Hidden: true})
			if seq := c.in.Report.TextSeq(version); seq > 0 && (c.text == "" || c.text == c.in.Report.Text(version)) {
				field(bot.Field{Name: "over", Value: strconv.FormatUint(seq, 10), Hidden: true})
			}
		} else {
			field(bot.Field{Name: "version", Label: "Version", Value: version, Options: options([]string{"internal", "customer"}, "")})
		}
		field(bot.Field{Name: "text", Label: "Text", Long: true, Required: true, Value: orElse(c.text, c.in.Report.Text(version))})
	case "maintenance":
		f.Submit, f.Notes = "Preview", []string{"You see it as customers will, before anything is published."}
		sub := orElse(c.sub, "schedule")
		f.Fields = append(f.Fields, bot.Field{Name: "sub", Value: sub, Hidden: true})
		if sub != "schedule" {
			f.Title = upper(sub) + " " + c.vals["number"]
			field(bot.Field{Name: "text", Label: "What customers read", Long: true})
			break
		}
		f.Title = "Schedule maintenance"
		field(bot.Field{Name: "title", Label: "Title", Required: true})
		field(bot.Field{Name: "from", Label: "From", Hint: "2026-12-01 22:00", Required: true})
		if c.vals["until"] != "" {
			field(bot.Field{Name: "until", Label: "Until", Hint: "2026-12-01 23:30", Required: true})
		} else {
			field(bot.Field{Name: "for", Label: "How long", Hint: "90m", Required: true})
		}
		field(bot.Field{Name: "affects", Label: "What is affected", Hint: "API, Website"})
		field(bot.Field{Name: "text", Label: "What customers read", Long: true, Required: true})
	default:
		return nil
	}
	keep(c, f)
	return f
}

// keep carries what the command says already and its form does not ask for, so
// that editing a preview loses nothing of it.
func keep(c *call, f *bot.Form) {
	has := map[string]bool{"text": true}
	for _, x := range f.Fields {
		has[x.Name] = true
	}
	if c.sub != "" && !has["sub"] {
		f.Fields = append(f.Fields, bot.Field{Name: "sub", Value: c.sub, Hidden: true})
	}
	for _, k := range c.verb.Keys {
		if v := c.vals[k.Name]; v != "" && !has[k.Name] {
			f.Fields = append(f.Fields, bot.Field{Name: k.Name, Value: v, Hidden: true})
		}
	}
}

// updateForm is the form of "Tell customers", filled so that the first public
// word takes two taps: this button, and Publish on the preview.
func (r *Runner) updateForm(c *call, f *bot.Form, field func(bot.Field)) {
	f.Title, f.Submit = "Tell customers", "Preview"
	if c.sub == "edit" {
		f.Title = "Mend update " + c.vals["number"]
		field(bot.Field{Name: "text", Label: "What customers read", Long: true, Required: true})
		f.Notes = []string{"Its stamp stays. You see it as customers will, before anything is published."}
		return
	}
	status := incident.Status(c.vals["status"])
	if status == "" {
		status = c.in.PublishedStatus()
	}
	if status == "" {
		status = incident.Investigating
	}
	title, text := r.template(c, status)
	if !c.in.Told() {
		field(bot.Field{Name: "title", Label: "Title that customers read", Required: true, Value: orElse(c.vals["title"], orElse(title, publicTitle(c.in)))})
	}
	field(bot.Field{Name: "status", Label: "Status", Options: statusOptions(), Value: string(status)})
	field(bot.Field{Name: "text", Label: "What customers read", Long: true, Required: true, Value: orElse(c.text, text)})
	affects := c.vals["affects"]
	if affects == "" {
		var parts []string
		for _, a := range c.in.Affects {
			part := a.Name
			if a.New != "" {
				part += "=" + string(a.New)
			}
			parts = append(parts, part)
		}
		affects = strings.Join(parts, ", ")
	}
	field(bot.Field{Name: "affects", Label: "What is affected", Hint: "Checkout=major_outage, API", Value: affects})
	field(bot.Field{Name: "next", Label: "Next word in", Hint: "30m"})
	field(bot.Field{Name: "notify", Label: "Subscribers", Options: []bot.Option{{Value: "yes", Label: "are told"}, {Value: "no", Label: "are not told"}}})
	f.Notes = []string{"You see it as customers will, before anything is published."}
}

// publicTitle proposes a title from what is affected; never from the internal
// title, which is not for customers.
func publicTitle(in *incident.Incident) string {
	var names []string
	for _, a := range in.Affects {
		names = append(names, a.Name)
	}
	if len(names) == 0 {
		return "Service disruption"
	}
	return "Problem with " + incident.Affected(names)
}

func statusOptions() []bot.Option {
	var out []bot.Option
	for _, s := range incident.Statuses() {
		out = append(out, bot.Option{Value: string(s), Label: s.Label()})
	}
	return out
}

func options(values []string, empty string) []bot.Option {
	out := make([]bot.Option, len(values))
	for i, v := range values {
		out[i] = bot.Option{Value: v, Label: v}
		if v == "" {
			out[i].Label = empty
		}
	}
	return out
}

func orElse(s, other string) string {
	if s != "" {
		return s
	}
	return other
}

// fieldOf says which field of a form a problem is about.
func fieldOf(code string) string {
	switch code {
	case "title-missing":
		return "title"
	case "text-missing", "words-missing", "same-text", "why-missing", "components-missing":
		return "text"
	case "unknown-component", "ambiguous-component", "bad-state":
		return "affects"
	case "bad-time", "time-missing":
		return "at"
	case "bad-next":
		return "next"
	case "public-missing":
		return "public"
	case "into-missing", "no-incident":
		return "into"
	}
	return strings.TrimPrefix(code, "bad-")
}
