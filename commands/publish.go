package commands

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sitrep/bot"
	"sitrep/incident"
	"sitrep/instant"
)

// wording reads what a command wants customers to be told.
func (r *Runner) wording(c *call) (w incident.Wording, claimed time.Time, notes []string, err error) {
	w = incident.Wording{Body: c.text, Title: strings.Join(strings.Fields(c.vals["title"]), " ")}
	if n := len([]rune(w.Title)); n > maxTitle {
		return w, claimed, nil, incident.Problemf("bad-title", "The title has %d characters; customers read at most %d in a list. Put the rest into the text.", n, maxTitle)
	}
	if s := c.vals["status"]; s != "" {
		st, ok := incident.ParseStatus(s)
		if !ok {
			return w, claimed, nil, incident.Problemf("bad-status", "%q is no status. Write investigating, identified, monitoring or resolved.", s)
		}
		w.Status = st
	}
	if w.Affects, err = components(c.page, c.vals["affects"]); err != nil {
		return w, claimed, nil, err
	}
	if i := c.vals["impact"]; i != "" {
		var ok bool
		if w.Impact, ok = incident.ParseImpact(i); !ok {
			return w, claimed, nil, incident.Problemf("bad-impact", "%q is no impact. Write none, minor, major or critical.", i)
		}
	}
	if w.Next, err = c.promise("next"); err != nil {
		return w, claimed, nil, err
	}
	notify, err := c.answer("notify", true)
	if err != nil {
		return w, claimed, nil, err
	}
	w.Quiet = !notify
	if claimed, notes, err = c.instant("at"); err != nil {
		return w, claimed, nil, err
	}
	w.Shown = claimed
	if w.Shown.IsZero() {
		w.Shown = c.present()
	}
	w.Shown = w.Shown.UTC().Truncate(time.Millisecond)
	return w, claimed, notes, nil
}

// coded gives an update of in its public id.
func (c *call) coded(in *incident.Incident, w incident.Wording) incident.Wording {
	w.Code = incident.Code(c.page.ID, in.ID+"/update", uint64(len(in.Updates)+1))
	return w
}

func update(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	switch c.sub {
	case "edit":
		return editUpdate(ctx, r, c)
	case "undo":
		return undo(ctx, r, c)
	}
	if err := c.in.MayPublish(); err != nil && !c.in.Drill { // a drill is shown the preview
		return nil, err
	}
	if err := r.fill(c); err != nil {
		return nil, err
	}
	if c.text == "" && c.req.Interactive && !c.confirmed && c.vals["title"] == "" {
		return *r.form(c), nil
	}
	w, claimed, notes, err := r.wording(c)
	if err != nil {
		return nil, err
	}
	if w.Status == incident.Resolved {
		return resolve(ctx, r, c)
	}
	return r.publish(ctx, c, claimed, notes, func(in *incident.Incident) ([]incident.Event, []string, error) {
		return in.Update(c.coded(in, w), c.page)
	})
}

func resolve(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	w, claimed, notes, err := r.wording(c)
	if err != nil {
		return nil, err
	}
	updating := c.verb.Name == "update"
	firstPublic := updating && !c.in.Told()
	lastWord := updating && !c.in.Open() && c.in.PublishedStatus() == incident.Resolved // one more thing to say
	if !c.in.IsPublic() && !firstPublic {
		d, err := r.record(ctx, c, at(claimed), func(in *incident.Incident) ([]incident.Event, error) {
			if in.IsPublic() {
				return nil, incident.Problemf("public-now", "Customers were told of %s meanwhile. Send it again with the words that they read last.", in.ID)
			}
			evs, _, err := in.Resolve(w, c.page)
			return evs, err
		})
		if err != nil {
			return nil, err
		}
		rc := d.receipt(fmt.Sprintf("%s is resolved%s.", c.in.ID, d.tag()))
		rc.Notes = append(notes, "Customers were never told of it.")
		rc.Buttons = []bot.Button{{Label: "Draft the postmortem", Command: "postmortem " + c.in.ID + " draft"}}
		return rc, nil
	}
	if c.text == "" && c.req.Interactive && !c.confirmed {
		return *r.form(c), nil
	}
	return r.publish(ctx, c, claimed, notes, func(in *incident.Incident) ([]incident.Event, []string, error) {
		if firstPublic || lastWord {
			return in.Update(c.coded(in, w), c.page)
		}
		evs, left, err := in.Resolve(c.coded(in, w), c.page)
		var notes []string
		if len(left) > 0 {
			notes = append(notes, "This sets "+joined(left, "and")+" to operational on the page.")
		}
		return evs, notes, err
	})
}

// publish records words for customers, or shows them to their author first.
func (r *Runner) publish(ctx context.Context, c *call, claimed time.Time, notes []string, decide func(*incident.Incident) ([]incident.Event, []string, error)) (bot.Message, error) {
	if p := r.may(Publish, c.req.By, c.in); p != nil {
		return nil, p
	}
	if c.in.Drill || !c.confirmed {
		return r.preview(ctx, c, notes, decide)
	}
	var warn []string
	d, err := r.record(ctx, c, at(claimed), func(in *incident.Incident) ([]incident.Event, error) {
		evs, w, err := decide(in)
		warn = w
		return c.confirm(in, evs, err)
	})
	if err != nil {
		return nil, err
	}
	return r.published(c, d, append(notes, warn...)), nil
}

// published is the receipt of an update, made from what is on record.
func (r *Runner) published(c *call, d done, notes []string) bot.Message {
	var u *incident.Update
	for i := range d.in.Updates {
		if d.in.Updates[i].Meta.Seq == d.first.Seq {
			u = &d.in.Updates[i]
		}
	}
	if u == nil { // the first record is another event of the same append
		for i := range d.in.Updates {
			if s := d.in.Updates[i].Meta.Seq; s >= d.first.Seq && s <= d.last {
				u = &d.in.Updates[i]
			}
		}
	}
	if u == nil {
		return d.receipt(d.in.ID + " was published.")
	}
	rc := d.receipt(fmt.Sprintf("Update %d of %s is on the page: %s, %s%s.", u.Number, d.in.ID, c.label(d.in, u.Number), instant.Clock(u.Shown, c.zone), d.tag()))
	rc.Public, rc.Notes = true, notes
	if u.Quiet {
		rc.Notes = append(rc.Notes, "Subscribers were not told.")
	}
	if !u.Next.IsZero() {
		rc.Notes = append(rc.Notes, "The next word is promised for "+c.soon(u.Next)+".")
	}
	r.undoable(c, &rc, d.in, *u)
	if u.Status == incident.Resolved {
		rc.Buttons = append(rc.Buttons, bot.Button{Label: "Draft the postmortem", Command: "postmortem " + d.in.ID + " draft"})
	}
	return rc
}

// label is what the page calls update n, which may be back-dated among others:
// "Update" if the one before it has the same status.
func (c *call) label(in *incident.Incident, n int) string {
	if pub := in.Public(c.page); pub != nil {
		for i, u := range pub.Updates {
			if u.Number == n {
				return pub.Label(i)
			}
		}
	}
	return in.Updates[n-1].Status.Label()
}

// restate changes the states that customers see, or corrects what they saw,
// without a text of anybody's.
func restate(ctx context.Context, r *Runner, c *call, cs []incident.ComponentChange) (bot.Message, error) {
	if !c.in.IsPublic() && !c.in.Drill && c.in.MayPublish() == nil && c.req.Interactive {
		if p := r.may(Publish, c.req.By, c.in); p != nil {
			return nil, p
		}
		again := *c // the first that they hear of it needs a title and a sentence
		again.args = args{verb: c.verb, vals: map[string]string{}, text: "update affects:\"" + strings.ReplaceAll(c.text, "\"", "") + "\""}
		return openForm(ctx, r, &again)
	}
	listed := c.text
	c.text = ""
	w, claimed, notes, err := r.wording(c)
	c.text = listed
	if err != nil {
		return nil, err
	}
	w.Affects = cs
	if last, ok := c.in.LastWord(); ok && c.vals["notify"] == "" && w.Shown.Before(last.Shown) {
		w.Quiet = true // of how it was nobody is told unless that is asked for
	}
	return r.publish(ctx, c, claimed, notes, func(in *incident.Incident) ([]incident.Event, []string, error) {
		return in.Restate(c.coded(in, w), c.page)
	})
}

func editUpdate(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	n, ok := number(c.vals["number"])
	if !ok {
		return nil, incident.Problemf("number-missing", "Say which update: update edit N <text>.")
	}
	if err := r.may(Publish, c.req.By, c.in); err != nil {
		return nil, err
	}
	notify, err := c.answer("notify", false)
	if err != nil {
		return nil, err
	}
	if !c.confirmed {
		return r.preview(ctx, c, nil, func(in *incident.Incident) ([]incident.Event, []string, error) {
			evs, err := in.EditUpdate(n, c.text, notify)
			return evs, nil, err
		})
	}
	d, err := r.record(ctx, c, incident.Meta{}, func(in *incident.Incident) ([]incident.Event, error) {
		evs, err := in.EditUpdate(n, c.text, notify)
		return c.confirm(in, evs, err)
	})
	if err != nil {
		return nil, err
	}
	rc := d.receipt(fmt.Sprintf("Update %d of %s has its new text on the page; its stamp stays.", n, c.in.ID))
	rc.Public = true
	return rc, nil
}
