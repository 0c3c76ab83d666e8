package commands

import (
	"context"
	"fmt"

	"sitrep/bot"
	"sitrep/incident"
)

func role(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	name, ok := r.role(c.vals["role"])
	if !ok {
		return r.roles(c), nil
	}
	var who incident.Person
	switch w := c.vals["who"]; w {
	case "":
		who = c.req.By
		if c.text != "" { // "role commander ana"
			who = r.person(c, c.text)
		}
	case "none", "@none":
	default:
		who = r.person(c, w)
	}
	d, err := r.record(ctx, c, incident.Meta{}, func(in *incident.Incident) ([]incident.Event, error) {
		if had := in.Roles[name]; had.ID == who.ID && had.Name == who.Name {
			if who.IsZero() {
				return nil, incident.Problemf("same-role", "Nobody is %s of %s.", name, in.ID)
			}
			return nil, incident.Problemf("same-role", "%s is %s of %s already.", who, name, in.ID)
		}
		return []incident.Event{incident.RoleAssigned{Role: name, Who: who}}, nil
	})
	if err != nil {
		return nil, err
	}
	if who.IsZero() {
		return d.receipt(fmt.Sprintf("Nobody is %s of %s now%s.", name, d.in.ID, d.tag())), nil
	}
	rc := d.receipt(fmt.Sprintf("%s is %s of %s%s.", who, name, d.in.ID, d.tag()))
	if same(who, c.req.By) {
		rc.Notes = r.instructions(name)
	}
	return rc, nil
}

// instructions are what the holder of a role is told.
func (r *Runner) instructions(role string) []string {
	for _, x := range r.o.Roles {
		if x.Name == role && x.Instructions != "" {
			return []string{x.Instructions}
		}
	}
	return nil
}

// roles shows who does what, with buttons to take what is free.
func (r *Runner) roles(c *call) bot.Message {
	s := bot.Section{Heading: "Roles"}
	reading := bot.Reading{Title: "Who does what in " + c.in.ID}
	for _, x := range r.o.Roles {
		who := "nobody"
		if p, ok := c.in.Roles[x.Name]; ok {
			who = p.String()
		} else if len(reading.Buttons) < 5 {
			reading.Buttons = append(reading.Buttons, bot.Button{Label: "Take " + x.Name, Command: "role " + c.in.ID + " " + x.Name + " @me"})
		}
		line := x.Name + ": " + who
		if to, ok := c.in.Handovers[x.Name]; ok {
			line += ", offered to " + to.String()
		}
		s.Lines = append(s.Lines, line)
	}
	if w := c.vals["role"] + c.text; w != "" && c.vals["role"] == "" {
		word, _ := cutVerb(w)
		s.Lines = append(s.Lines, fmt.Sprintf("There is no role %q.", clip(word, 40)))
	}
	reading.Sections = []bot.Section{s}
	return reading
}

func handover(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	name, ok := r.role(c.vals["role"])
	if !ok {
		name = "commander"
	}
	if c.sub == "accept" {
		d, err := r.record(ctx, c, incident.Meta{}, func(in *incident.Incident) ([]incident.Event, error) {
			to, offered := in.Handovers[name]
			switch {
			case !offered:
				return nil, incident.Problemf("no-handover", "Nobody has offered %s of %s.", name, in.ID)
			case !same(to, c.req.By):
				return nil, incident.Problemf("not-yours", "%s was offered to %s, who has to accept it.", name, to)
			}
			return []incident.Event{incident.HandoverAccepted{Role: name}}, nil
		})
		if err != nil {
			return nil, err
		}
		rc := d.receipt(fmt.Sprintf("You are %s of %s now%s. The card and sitrep say where it stands.", name, d.in.ID, d.tag()))
		rc.Notes = r.instructions(name)
		return rc, nil
	}
	word := c.vals["who"]
	if word == "" {
		word = c.text
	}
	if word == "" {
		return nil, incident.Problemf("who-missing", "Say to whom: handover @who. They accept it with: handover accept.")
	}
	to := r.person(c, word)
	d, err := r.record(ctx, c, incident.Meta{}, func(in *incident.Incident) ([]incident.Event, error) {
		if in.Roles[name].ID == to.ID {
			return nil, incident.Problemf("same-role", "%s is %s of %s already.", to, name, in.ID)
		}
		return []incident.Event{incident.HandoverOffered{Role: name, To: to}}, nil
	})
	if err != nil {
		return nil, err
	}
	rc := d.receipt(fmt.Sprintf("Offered %s of %s to %s%s. It moves when they accept.", name, d.in.ID, to, d.tag()))
	return rc, nil
}
