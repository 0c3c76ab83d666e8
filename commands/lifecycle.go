package commands

import (
	"context"
	"fmt"
	"strings"

	"sitrep/bot"
	"sitrep/incident"
)

func state(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	s, ok := incident.ParseStatus(c.vals["status"])
	if !ok {
		word, _ := cutVerb(c.text)
		if word == "" {
			word = c.vals["status"]
		}
		p := bot.Problem{Code: "bad-status", Text: "Say which state: state investigating, identified, monitoring or resolved."}
		if word != "" {
			p.Text = fmt.Sprintf("%q is no state. Write state investigating, identified, monitoring or resolved.", clip(word, 40))
		}
		for _, s := range incident.Statuses() {
			p.Buttons = append(p.Buttons, bot.Button{Label: s.Label(), Command: "state " + c.in.ID + " " + string(s)})
		}
		return p, nil
	}
	when, notes, err := c.instant("at")
	if err != nil {
		return nil, err
	}
	d, err := r.record(ctx, c, at(when), func(in *incident.Incident) ([]incident.Event, error) {
		switch {
		case !in.Open():
			return nil, incident.Problemf("not-open", "%s is %s. Reopen it first: reopen <why>.", in.ID, in.Status)
		case in.Status == s && c.text == "":
			return nil, incident.Problemf("same-state", "%s is %s already.", in.ID, s)
		}
		return []incident.Event{incident.StateChanged{Status: s, Text: c.text}}, nil
	})
	if err != nil {
		return nil, err
	}
	rc := d.receipt(fmt.Sprintf("The team's state of %s is %s%s.", d.in.ID, s, d.tag()))
	rc.Notes = notes
	if d.in.IsPublic() && d.in.PublishedStatus() != s {
		rc.Notes = append(rc.Notes, fmt.Sprintf("Customers still see it as %s.", d.in.PublishedStatus()))
		rc.Buttons = []bot.Button{{Label: "Tell customers", Command: "form " + d.in.ID + " update " + string(s), Style: bot.Primary}}
	}
	return rc, nil
}

func reopen(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	when, notes, err := c.instant("at")
	if err != nil {
		return nil, err
	}
	d, err := r.record(ctx, c, at(when), func(in *incident.Incident) ([]incident.Event, error) { return in.Reopen(c.text) })
	if err != nil {
		return nil, err
	}
	rc := d.receipt(fmt.Sprintf("%s is open again%s.", d.in.ID, d.tag()))
	rc.Notes = notes
	if d.in.IsPublic() {
		rc.Notes = append(rc.Notes, fmt.Sprintf("Customers still see it as %s, until the next update.", d.in.PublishedStatus()))
		rc.Buttons = []bot.Button{{Label: "Tell customers", Command: "form " + d.in.ID + " update investigating", Style: bot.Primary}}
	}
	return rc, nil
}

// closing is what customers read when an incident ends otherwise than by being
// resolved.
func (c *call) closing(in *incident.Incident) incident.Wording {
	return c.coded(in, incident.Wording{Body: c.vals["public"], Shown: c.present().UTC()})
}

func cancel(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	return r.end(ctx, c, func(in *incident.Incident) ([]incident.Event, error) {
		return in.Cancel(c.text, c.closing(in), c.page)
	}, func(d done) string { return fmt.Sprintf("%s is canceled%s.", d.in.ID, d.tag()) })
}

func merge(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	n, ok := incident.ParseRef(c.vals["into"])
	if !ok {
		return nil, incident.Problemf("into-missing", "Say which incident goes on: merge into INC-n.")
	}
	into := r.board.Get(incident.Ref(n))
	if into == nil || !r.Visible(c.req.By, into) {
		return nil, incident.Problemf("no-incident", "There is no %s. See the open ones with: list.", incident.Ref(n))
	}
	return r.end(ctx, c, func(in *incident.Incident) ([]incident.Event, error) {
		return in.Merge(into, c.text, c.closing(in), c.page)
	}, func(d done) string { return fmt.Sprintf("%s is part of %s now%s.", d.in.ID, into.ID, d.tag()) })
}

// end records the end of an incident, after a preview where customers read
// closing words.
func (r *Runner) end(ctx context.Context, c *call, decide func(*incident.Incident) ([]incident.Event, error), text func(done) string) (bot.Message, error) {
	public := c.in.IsPublic() && c.in.PublishedStatus() != incident.Resolved
	if public {
		if p := r.may(Publish, c.req.By, c.in); p != nil {
			return nil, p
		}
		if c.req.Interactive && !c.confirmed && strings.TrimSpace(c.vals["public"]) == "" {
			return *r.form(c), nil
		}
	}
	if public && !c.confirmed {
		return r.preview(ctx, c, nil, func(in *incident.Incident) ([]incident.Event, []string, error) {
			evs, err := decide(in)
			return evs, nil, err
		})
	}
	d, err := r.record(ctx, c, incident.Meta{}, func(in *incident.Incident) ([]incident.Event, error) {
		evs, err := decide(in)
		return c.confirm(in, evs, err)
	})
	if err != nil {
		return nil, err
	}
	rc := d.receipt(text(d))
	if rc.Public = d.told(); rc.Public {
		for _, u := range d.in.Updates {
			if u.Meta.Seq == d.first.Seq {
				r.undoable(c, &rc, d.in, u)
			}
		}
	}
	return rc, nil
}

func unmerge(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	d, err := r.record(ctx, c, incident.Meta{}, func(in *incident.Incident) ([]incident.Event, error) {
		if in.Status != incident.Merged {
			return nil, incident.Problemf("not-merged", "%s is not merged into anything.", in.ID)
		}
		return []incident.Event{incident.Unmerged{}}, nil
	})
	if err != nil {
		return nil, err
	}
	return d.receipt(fmt.Sprintf("%s is its own incident again%s.", d.in.ID, d.tag())), nil
}
