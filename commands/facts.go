package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sitrep/bot"
	"sitrep/incident"
	"sitrep/instant"
)

func severity(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	sev, ok := r.severity(c.vals["severity"])
	if !ok {
		p := bot.Problem{Code: "bad-severity", Text: fmt.Sprintf("Say how bad it is: severity %s.", joined(r.severityNames(), "or"))}
		if word, _ := cutVerb(c.text + c.vals["severity"]); word != "" {
			p.Text = fmt.Sprintf("There is no severity %q. Known are %s.", clip(word, 40), joined(r.severityNames(), "and"))
		}
		for _, s := range r.severityNames() {
			p.Buttons = append(p.Buttons, bot.Button{Label: s, Command: "severity " + c.in.ID + " " + s})
		}
		return p, nil
	}
	if sev == "none" {
		sev = ""
	}
	was := c.in.Severity
	d, err := r.record(ctx, c, incident.Meta{}, func(in *incident.Incident) ([]incident.Event, error) {
		if in.Severity == sev {
			return nil, incident.Problemf("same-severity", "The severity of %s is %s already.", in.ID, orNotSet(sev))
		}
		return []incident.Event{incident.SeverityChanged{Severity: sev, Why: c.text}}, nil
	})
	if err != nil {
		return nil, err
	}
	if d.repeat {
		return d.receipt(fmt.Sprintf("The severity of %s is %s%s.", d.in.ID, orNotSet(d.in.Severity), d.tag())), nil
	}
	return d.receipt(fmt.Sprintf("The severity of %s is %s, it was %s%s.", d.in.ID, orNotSet(sev), orNotSet(was), d.tag())), nil
}

func orNotSet(sev string) string {
	if sev == "" {
		return "not set"
	}
	return sev
}

func affect(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	cs, err := components(c.page, c.text)
	if err != nil {
		return nil, err
	}
	if len(cs) == 0 {
		if c.req.Interactive {
			return *r.form(c), nil
		}
		return nil, incident.Problemf("components-missing", "Say what is affected and how: affects checkout down, api degraded.")
	}
	public, err := c.answer("publish", false)
	if err != nil {
		return nil, err
	}
	if public {
		return restate(ctx, r, c, cs)
	}
	when, notes, err := c.instant("at")
	if err != nil {
		return nil, err
	}
	d, err := r.record(ctx, c, at(when), func(in *incident.Incident) ([]incident.Event, error) {
		for i, x := range cs {
			for _, s := range in.Affects {
				if s.ID == x.ID {
					cs[i].Old = s.New
					if x.New == "" { // named without a state: as it stands
						cs[i].New = s.New
					}
				}
			}
		}
		return []incident.Event{incident.ComponentsChanged{Affects: cs}}, nil
	})
	if err != nil {
		return nil, err
	}
	rc := d.receipt(fmt.Sprintf("For the team, %s is%s%s.", d.in.ID, strings.TrimPrefix(affectedWords(cs), ","), d.tag()))
	rc.Notes = append(notes, "The page changes with the next update, or at once with: affects "+c.text+" publish:yes.")
	rc.Buttons = []bot.Button{{Label: "Tell customers", Command: "form " + d.in.ID + " update", Style: bot.Primary}}
	return rc, nil
}

func rename(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	title := strings.Join(strings.Fields(c.text), " ")
	if n := len([]rune(title)); n > maxTitle {
		return nil, incident.Problemf("title-long", "That has %d characters; a title has at most %d. Keep the rest with: note <text>.", n, maxTitle)
	}
	if title == "" {
		return nil, incident.Problemf("title-missing", "Say what to call it: rename <title>.")
	}
	d, err := r.record(ctx, c, incident.Meta{}, func(in *incident.Incident) ([]incident.Event, error) {
		if in.Title == title {
			return nil, incident.Problemf("same-title", "%s is called that already.", in.ID)
		}
		return []incident.Event{incident.Renamed{Title: title}}, nil
	})
	if err != nil {
		return nil, err
	}
	rc := d.receipt(fmt.Sprintf("%s is now called: %s%s.", d.in.ID, strings.TrimRight(title, "."), d.tag()))
	if d.in.IsPublic() {
		rc.Notes = []string{fmt.Sprintf("Customers still read %q; change that with: update title:\"…\" <text>.", d.in.PublicTitle)}
	}
	return rc, nil
}

func private(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	if c.sub == "" {
		return nil, incident.Problemf("on-or-off", "Say which: private on, or private off.")
	}
	on := c.sub == "on"
	confirmed, err := c.answer("confirm", false)
	if err != nil {
		return nil, err
	}
	told := c.in.Told() // customers see less, or see again what they were told
	if told {
		if err := r.may(Publish, c.req.By, c.in); err != nil {
			return nil, err
		}
	}
	if !on && told && !confirmed && c.in.Private {
		return bot.Problem{
			Code:    "confirm-private",
			Text:    fmt.Sprintf("Customers were told of %s before it was private. Making it visible puts all of that on the page again. Do it with: private off confirm:yes.", c.in.ID),
			Buttons: []bot.Button{{Label: "Put it back on the page", Command: "private " + c.in.ID + " off confirm:yes", Style: bot.Danger}},
		}, nil
	}
	if on && c.in.IsPublic() && !confirmed {
		return bot.Problem{
			Code: "confirm-private",
			Text: fmt.Sprintf("Customers were told of %s. Making it private takes it off the page and the feeds at once; what was read, mailed or cached before cannot be called back. Do it with: private on confirm:yes.", c.in.ID),
			Buttons: []bot.Button{
				{Label: "Take it off the page", Command: "private " + c.in.ID + " on confirm:yes", Style: bot.Danger},
			},
		}, nil
	}
	d, err := r.record(ctx, c, incident.Meta{}, func(in *incident.Incident) ([]incident.Event, error) {
		if in.Private == on {
			return nil, incident.Problemf("same-privacy", "%s is %s already.", in.ID, privacy(on))
		}
		return []incident.Event{incident.PrivacyChanged{Private: on}}, nil
	})
	if err != nil {
		return nil, err
	}
	rc := d.receipt(fmt.Sprintf("%s is %s now%s.", d.in.ID, privacy(on), d.tag()))
	if told {
		rc.Public = true
		rc.Notes = []string{"It is off the page and its feeds."}
		if !on {
			rc.Notes = []string{"It is on the page again, with what customers were told before."}
		}
	}
	return rc, nil
}

func privacy(on bool) string {
	if on {
		return "private"
	}
	return "visible to the team"
}

func note(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	if c.text == "" {
		return nil, incident.Problemf("text-missing", "Say what to keep: note <text>.")
	}
	when, notes, err := c.instant("at")
	if err != nil {
		return nil, err
	}
	d, err := r.record(ctx, c, at(when), func(*incident.Incident) ([]incident.Event, error) {
		return []incident.Event{incident.NoteAdded{Text: c.text}}, nil
	})
	if err != nil {
		return nil, err
	}
	rc := d.receipt(fmt.Sprintf("Noted in %s%s.", d.in.ID, d.tag()))
	rc.Notes = notes
	return rc, nil
}

func milestone(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	name, ok := incident.ParseMilestone(c.vals["name"])
	if !ok {
		return nil, incident.Problemf("bad-milestone", "Say which milestone: impact-started, detected, acknowledged, mitigated or impact-ended.")
	}
	if name.ByCommand() {
		return nil, incident.Problemf("milestone-by-command", "%s is recorded by the command that makes it so (declare, update, state, resolve, postmortem publish), and by nothing else. Where its time is wrong, correct its entry: timeline correct N at:TIME.", name.Label())
	}
	applies, err := c.answer("applies", true)
	if err != nil {
		return nil, err
	}
	if slices.Contains([]string{"none", "n/a", "na", "never", "not applicable", "does not apply"}, strings.ToLower(strings.Trim(c.text, ". "))) {
		applies, c.text = false, ""
	}
	reading, notes, given, err := c.when("at")
	if err != nil {
		return nil, err
	}
	ev := incident.MilestoneRecorded{Name: name, At: c.present(), Evidence: c.text, NotApplicable: !applies}
	if given {
		ev.At, ev.Until = reading.From, reading.Until
	}
	before := c.in.Milestones[name]
	d, err := r.record(ctx, c, incident.Meta{}, func(*incident.Incident) ([]incident.Event, error) { return []incident.Event{ev}, nil })
	if err != nil {
		return nil, err
	}
	e, _ := d.events[0].(incident.MilestoneRecorded)
	text := fmt.Sprintf("%s %s: %s%s.", d.in.ID, strings.ToLower(name.Label()), instant.Clock(e.At, c.zone), d.tag())
	if !e.Until.IsZero() {
		text = fmt.Sprintf("%s %s: between %s and %s%s.", d.in.ID, strings.ToLower(name.Label()), instant.Clock(e.At, c.zone), instant.Clock(e.Until, c.zone), d.tag())
	}
	if e.NotApplicable {
		text = fmt.Sprintf("%s does not apply to %s%s.", name.Label(), d.in.ID, d.tag())
	}
	rc := d.receipt(text)
	rc.Notes = notes
	if before.State == incident.Recorded && before.Seq < d.last && !before.At.Equal(e.At) {
		rc.Notes = append(rc.Notes, fmt.Sprintf("It takes the place of %s, which stays on record.", instant.Clock(before.At, c.zone)))
	}
	for _, m := range d.in.Metrics() {
		if m.State == incident.Invalid && (m.From == name || m.To == name) {
			rc.Notes = append(rc.Notes, fmt.Sprintf("%s%s cannot be computed: %s.", strings.ToUpper(m.Name[:1]), m.Name[1:], m.Why))
		}
	}
	if name == incident.Mitigated && d.in.Open() && !d.in.Private && !d.in.Drill {
		rc.Buttons = []bot.Button{{Label: "Tell customers", Command: "form " + d.in.ID + " update monitoring", Style: bot.Primary}}
	}
	return rc, nil
}

func link(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	target := c.vals["target"]
	if !isTarget(target) {
		return nil, incident.Problemf("target-missing", "Say what to link: link INC-2, or link https://….")
	}
	if n, ok := incident.ParseRef(target); ok {
		target = incident.Ref(n)
		other := r.board.Get(target)
		if other == nil || !r.Visible(c.req.By, other) {
			return nil, incident.Problemf("no-incident", "There is no %s. See the open ones with: list.", target)
		}
	}
	d, err := r.record(ctx, c, incident.Meta{}, func(in *incident.Incident) ([]incident.Event, error) {
		if in.ID == target {
			return nil, incident.Problemf("link-self", "That is this incident.")
		}
		return []incident.Event{incident.LinkAdded{Target: target, How: c.text}}, nil
	})
	if err != nil {
		return nil, err
	}
	return d.receipt(fmt.Sprintf("Linked %s to %s%s.", d.in.ID, target, d.tag())), nil
}
