package commands

import (
	"context"
	"fmt"
	"strings"

	"sitrep/bot"
	"sitrep/incident"
)

func action(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	n, hasNumber := number(c.vals["number"])
	have := func(in *incident.Incident) error {
		if !hasNumber {
			return incident.Problemf("number-missing", "Say which follow-up, by its number: action %s N. See them with: action list.", c.sub)
		}
		if n > len(in.Actions) {
			return incident.Problemf("no-action", "%s has no follow-up %d. See them with: action list.", in.ID, n)
		}
		return nil
	}
	switch {
	case c.sub == "done":
		d, err := r.record(ctx, c, incident.Meta{}, func(in *incident.Incident) ([]incident.Event, error) {
			if err := have(in); err != nil {
				return nil, err
			}
			if !in.Actions[n-1].Done.IsZero() {
				return nil, incident.Problemf("done", "Follow-up %d is done already.", n)
			}
			return []incident.Event{incident.ActionDone{Number: n}}, nil
		})
		if err != nil {
			return nil, err
		}
		return d.receipt(fmt.Sprintf("Follow-up %d of %s is done%s.", n, d.in.ID, d.tag())), nil
	case c.sub == "assign":
		word := c.vals["who"]
		if word == "" {
			word = c.text
		}
		if word == "" {
			return nil, incident.Problemf("who-missing", "Say who: action assign N @who.")
		}
		who := r.person(c, word)
		d, err := r.record(ctx, c, incident.Meta{}, func(in *incident.Incident) ([]incident.Event, error) {
			if err := have(in); err != nil {
				return nil, err
			}
			return []incident.Event{incident.ActionAssigned{Number: n, Owner: who}}, nil
		})
		if err != nil {
			return nil, err
		}
		return d.receipt(fmt.Sprintf("Follow-up %d of %s goes to %s%s.", n, d.in.ID, who, d.tag())), nil
	case c.sub == "list" || c.sub == "" && c.text == "":
		return bot.Reading{Title: "Follow-ups of " + c.in.ID, Sections: []bot.Section{{Lines: actionLines(c.in)}}}, nil
	case c.text == "":
		return nil, incident.Problemf("text-missing", "Say what is to be done: action add <text>.")
	}
	var owner incident.Person
	if w := c.vals["who"]; w != "" {
		owner = r.person(c, w)
	} else if i := strings.LastIndexAny(c.text, " \t\n"); i > 0 && len(c.text) > i+2 && c.text[i+1] == '@' { // "fix the alert @ben"
		owner, c.text = r.person(c, c.text[i+1:]), strings.TrimSpace(c.text[:i])
	}
	d, err := r.record(ctx, c, incident.Meta{}, func(*incident.Incident) ([]incident.Event, error) {
		return []incident.Event{incident.ActionAdded{Text: c.text, Owner: owner}}, nil
	})
	if err != nil {
		return nil, err
	}
	num := 0
	for _, a := range d.in.Actions {
		if a.Seq == d.last {
			num = a.Number
		}
	}
	return d.receipt(fmt.Sprintf("Added follow-up %d to %s%s.", num, d.in.ID, d.tag())), nil
}

func actionLines(in *incident.Incident) []string {
	if len(in.Actions) == 0 {
		return []string{"None yet. Add one with: action add <text>."}
	}
	lines := make([]string, 0, len(in.Actions))
	for _, a := range in.Actions {
		line := fmt.Sprintf("%d. %s", a.Number, a.Text)
		switch {
		case !a.Done.IsZero():
			line += " (done)"
		case !a.Owner.IsZero():
			line += " (" + a.Owner.String() + ")"
		}
		lines = append(lines, line)
	}
	return lines
}

func theory(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	if c.sub == "list" || c.sub == "" && c.text == "" {
		return bot.Reading{Title: "Theories of " + c.in.ID, Sections: []bot.Section{{Lines: theoryLines(c.in)}}}, nil
	}
	if c.sub == "add" || c.sub == "" {
		if c.text == "" {
			return nil, incident.Problemf("text-missing", "Say what you believe: theory add <text>.")
		}
		d, err := r.record(ctx, c, incident.Meta{}, func(*incident.Incident) ([]incident.Event, error) {
			return []incident.Event{incident.TheoryAdded{Text: c.text}}, nil
		})
		if err != nil {
			return nil, err
		}
		num := 0
		for _, t := range d.in.Theories {
			if t.Seq == d.last {
				num = t.Number
			}
		}
		return d.receipt(fmt.Sprintf("Added theory %d to %s%s.", num, d.in.ID, d.tag())), nil
	}
	n, ok := number(c.vals["number"])
	if !ok {
		return nil, incident.Problemf("number-missing", "Say which theory, by its number: theory %s N. See them with: theory list.", c.sub)
	}
	var did string
	d, err := r.record(ctx, c, incident.Meta{}, func(in *incident.Incident) ([]incident.Event, error) {
		if n > len(in.Theories) {
			return nil, incident.Problemf("no-theory", "%s has no theory %d. See them with: theory list.", in.ID, n)
		}
		state := in.Theories[n-1].State
		switch c.sub {
		case "evidence":
			if c.text == "" {
				return nil, incident.Problemf("text-missing", "Say what speaks for or against it: theory evidence %d <text>.", n)
			}
			return []incident.Event{incident.TheoryEvidence{Number: n, Text: c.text}}, nil
		case "rule-out":
			if state == incident.TheoryOut {
				return nil, incident.Problemf("theory-out", "Theory %d is ruled out already.", n)
			}
			return []incident.Event{incident.TheoryRuledOut{Number: n, Why: c.text}}, nil
		}
		if state == incident.TheoryAccepted {
			return nil, incident.Problemf("theory-confirmed", "Theory %d is confirmed already.", n)
		}
		return []incident.Event{incident.TheoryConfirmed{Number: n, Why: c.text}}, nil
	})
	if err != nil {
		return nil, err
	}
	switch c.sub {
	case "evidence":
		did = "has new evidence"
	case "rule-out":
		did = "is ruled out"
	default:
		did = "is confirmed"
	}
	return d.receipt(fmt.Sprintf("Theory %d of %s %s%s.", n, d.in.ID, did, d.tag())), nil
}

func theoryLines(in *incident.Incident) []string {
	if len(in.Theories) == 0 {
		return []string{"None yet. State one with: theory add <text>."}
	}
	lines := make([]string, 0, len(in.Theories))
	for _, t := range in.Theories {
		line := fmt.Sprintf("%d. %s (%s)", t.Number, t.Text, t.State)
		if t.Why != "" {
			line += ": " + t.Why
		}
		lines = append(lines, line)
	}
	return lines
}
