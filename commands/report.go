package commands

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"sitrep/bot"
	"sitrep/incident"
	"sitrep/instant"
)

func postmortem(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	if msg, ok, err := r.live(ctx, c); ok {
		return msg, err
	}
	switch c.sub {
	case "draft":
		if c.vals["model"] != "" && c.vals["model"] != "no" {
			return r.draftWithModel(ctx, c)
		}
		d, err := r.record(ctx, c, incident.Meta{}, func(in *incident.Incident) ([]incident.Event, error) {
			return in.AskPostmortem()
		})
		if err != nil {
			return nil, err
		}
		rc := d.receipt(fmt.Sprintf("Drafting the postmortem of %s from the record. What people wrote into it stays.", d.in.ID))
		return rc, nil
	case "edit":
		return editPostmortem(ctx, r, c)
	case "check":
		return r.checkPostmortem(ctx, c)
	case "why":
		return r.whyPostmortem(ctx, c)
	case "publish":
		if p := r.may(Publish, c.req.By, c.in); p != nil {
			return nil, p
		}
		return publishPostmortem(ctx, r, c)
	case "unpublish":
		if p := r.may(Publish, c.req.By, c.in); p != nil {
			return nil, p
		}
		return unpublishPostmortem(ctx, r, c)
	}
	return r.showPostmortem(c), nil
}

func (r *Runner) showPostmortem(c *call) bot.Message {
	rep := c.in.Report
	s := bot.Section{Heading: "Postmortem of " + c.in.ID}
	s.Lines = c.reportLines(c.in)
	if rep.Draft != nil {
		s.Lines = append(s.Lines, fmt.Sprintf("Drafted %s by %s.", instant.Stamp(rep.DraftAt, c.zone), rep.Draft.Drafter))
		s.Lines = append(s.Lines, calls(rep.Draft.Calls)...)
	}
	if w := rep.Waiting; w.Seq != 0 {
		s.Lines = append(s.Lines, fmt.Sprintf("A language model was asked to put it into prose by %s, %s, and is not done.", w.By, instant.Stamp(w.When, c.zone)))
	}
	for _, v := range []string{"internal", "customer"} {
		switch by, edited := rep.EditedBy[v]; {
		case edited:
			s.Lines = append(s.Lines, fmt.Sprintf("The %s version is as %s wrote it.", v, by))
		case rep.Text(v) != "":
			s.Lines = append(s.Lines, fmt.Sprintf("The %s version is as drafted; nobody has changed it.", v))
		}
	}
	if rep.Published != nil {
		s.Lines = append(s.Lines, "On the page since "+instant.Stamp(rep.Published.Shown, c.zone)+".")
	}
	out := bot.Reading{Title: "Postmortem", Sections: []bot.Section{s}}
	out.Buttons = reportButtons(c.in)
	if text := rep.Text("internal"); text != "" {
		out.Sections = append(out.Sections, bot.Section{Lines: strings.Split(text, "\n")})
	}
	return out
}

func editPostmortem(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	version := c.vals["version"]
	if version != "internal" && version != "customer" {
		return nil, incident.Problemf("version-missing", "Say which version: postmortem edit internal <text>, or postmortem edit customer <text>.")
	}
	if c.text == "" {
		if c.req.Interactive {
			return *r.form(c), nil
		}
		return nil, incident.Problemf("text-missing", "Add the whole text: postmortem edit %s <text>.", version)
	}
	var over uint64
	if text := c.vals["over"]; text != "" {
		var err error
		if over, err = strconv.ParseUint(text, 10, 64); err != nil {
			return nil, incident.Problemf("bad-over", "over: is the number of the record that the text was begun from, not %q.", clip(text, 40))
		}
	}
	d, err := r.record(ctx, c, incident.Meta{}, func(in *incident.Incident) ([]incident.Event, error) {
		return in.EditPostmortem(version, c.text, over)
	})
	if err != nil {
		return nil, err
	}
	rc := d.receipt(fmt.Sprintf("The %s version of the postmortem of %s is as you wrote it.", version, d.in.ID))
	if version == "customer" && d.in.Report.Published != nil {
		rc.Notes = []string{"The page still has the text as published. Publish again to change it; its stamp stays."}
		rc.Buttons = []bot.Button{{Label: "Publish again", Command: "postmortem " + d.in.ID + " publish"}}
	}
	if d.in.Report.ChangedSince() {
		rc.Notes = append(rc.Notes, fmt.Sprintf("%s had reviewed it before this change. Ask again with: postmortem review.", d.in.Report.Review.Done.By))
	}
	return rc, nil
}

func publishPostmortem(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	shown := c.present().UTC()
	code := incident.Code(c.page.ID, c.in.ID+"/postmortem", 1)
	decide := func(in *incident.Incident) ([]incident.Event, []string, error) {
		if c.preview > 0 && c.text != in.Report.Text("customer") {
			return nil, nil, incident.Problemf("preview-old", "The customer version of %s was changed at the same moment. Look at it again: postmortem publish.", in.ID)
		}
		notify, err := c.answer("notify", in.Report.Published == nil) // of a mended word nobody need be told
		if err != nil {
			return nil, nil, err
		}
		evs, err := in.PublishPostmortem(code, shown, !notify)
		return evs, publishNotes(in, notify), err
	}
	if !c.confirmed {
		return r.preview(ctx, c, nil, decide)
	}
	d, err := r.record(ctx, c, incident.Meta{}, func(in *incident.Incident) ([]incident.Event, error) {
		evs, _, err := decide(in)
		return c.confirm(in, evs, err)
	})
	if err != nil {
		return nil, err
	}
	text := "The postmortem of %s is on the page%s."
	if pm := d.in.Report.Published; pm != nil && pm.Edited.After(pm.Recorded) {
		text = "The postmortem of %s is corrected on the page%s; its stamp stays."
	}
	rc := d.receipt(fmt.Sprintf(text, d.in.ID, d.tag()))
	rc.Public = true
	return rc, nil
}

// publishNotes are what whoever publishes a postmortem should know.
func publishNotes(in *incident.Incident, notify bool) []string {
	var out []string
	switch rep := in.Report; {
	case rep.ChangedSince():
		out = append(out, fmt.Sprintf("It was changed after %s reviewed it.", rep.Review.Done.By))
	case !rep.IsReviewed():
		out = append(out, "Nobody has reviewed it yet.")
	}
	if in.Report.Published != nil {
		out = append(out, "It corrects what is on the page: the stamp stays, and the page says when it was corrected.")
		if !notify {
			out = append(out, "Subscribers are not told of the correction, unless you say so.")
		}
	}
	return out
}

func unpublishPostmortem(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	const gone = "What was read or cached before cannot be called back."
	decide := func(in *incident.Incident) ([]incident.Event, []string, error) {
		if in.Report.Published == nil {
			return nil, nil, incident.Problemf("not-published", "The postmortem of %s is not on the page.", in.ID)
		}
		return []incident.Event{incident.PostmortemUnpublished{}}, []string{"This takes the postmortem off the page; customers see the incident as resolved.", gone}, nil
	}
	if !c.confirmed {
		return r.preview(ctx, c, nil, decide)
	}
	d, err := r.record(ctx, c, incident.Meta{}, func(in *incident.Incident) ([]incident.Event, error) {
		evs, _, err := decide(in)
		return c.confirm(in, evs, err)
	})
	if err != nil {
		return nil, err
	}
	rc := d.receipt(fmt.Sprintf("The postmortem of %s is off the page; the incident is resolved again%s.", d.in.ID, d.tag()))
	rc.Public, rc.Notes = true, []string{gone}
	return rc, nil
}

// whyPostmortem says why an entry is in the draft, or is not.
func (r *Runner) whyPostmortem(ctx context.Context, c *call) (bot.Message, error) {
	ref := strings.ToUpper(strings.TrimSpace(c.text))
	if ref == "" || r.o.Why == nil {
		return nil, incident.Problemf("entry-missing", "Say which entry: postmortem why T12.")
	}
	why, err := r.o.Why(ctx, c.in, ref)
	if err != nil {
		return nil, err
	}
	if why == "" {
		return nil, incident.Problemf("no-entry", "%s has no entry %s. See them with: timeline.", c.in.ID, ref)
	}
	return bot.Reading{Title: "Why " + ref, Sections: []bot.Section{{Lines: []string{why}}}}, nil
}

func (r *Runner) checkPostmortem(ctx context.Context, c *call) (bot.Message, error) {
	if r.o.Lint == nil || c.in.Report.Text("internal") == "" && c.in.Report.Text("customer") == "" {
		return nil, incident.Problemf("no-draft", "There is no postmortem to check yet. Make a draft with: postmortem draft.")
	}
	out := bot.Reading{Title: "Check of the postmortem of " + c.in.ID}
	for _, v := range []string{"internal", "customer"} {
		s := bot.Section{Heading: upper(v) + " version"}
		found, err := r.o.Lint.Lint(ctx, c.in, c.in.Report.Text(v))
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			line := f.Text
			if f.Mend != "" {
				line += " " + f.Mend
			}
			s.Lines = append(s.Lines, line)
		}
		if len(s.Lines) == 0 {
			s.Lines = []string{"Nothing contradicts the record."}
		}
		out.Sections = append(out.Sections, s)
	}
	return out, nil
}
