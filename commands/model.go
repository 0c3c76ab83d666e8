package commands

import (
	"context"
	"fmt"

	"sitrep/bot"
	"sitrep/incident"
)

// draftWithModel asks for a draft that a language model puts into prose, or shows
// what would be sent to it. Nothing is sent that was not asked for, one incident
// and one draft at a time.
func (r *Runner) draftWithModel(ctx context.Context, c *call) (bot.Message, error) {
	how := c.vals["model"]
	if how != "yes" && how != "show" {
		return nil, incident.Problemf("bad-model", "model: is %q. Write model:yes to have a language model put the draft into prose, or model:show to see what would be sent.", clip(how, 40))
	}
	if r.o.Model == nil {
		return nil, incident.Problemf("no-model", "No language model is configured, so nothing was sent. The draft from the record alone is complete: postmortem draft.")
	}
	if err := r.o.Model.May(c.in); err != nil {
		return nil, err
	}
	about, full, err := r.o.Model.Sends(ctx, c.in)
	if err != nil {
		return nil, err
	}
	if len(full) == 0 {
		return nil, incident.Problemf("no-facts", "There is too little on record of %s to put into prose.", c.in.ID)
	}
	if how == "show" {
		out := bot.Reading{Title: "What a language model would be sent of " + c.in.ID, Sections: append([]bot.Section{{Lines: append(about, "Nothing was sent.")}}, full...)}
		out.Buttons = []bot.Button{{Label: "Send it", Command: "postmortem " + c.in.ID + " draft model:yes"}}
		return out, nil
	}
	d, err := r.record(ctx, c, incident.Meta{}, func(in *incident.Incident) ([]incident.Event, error) {
		if err := r.o.Model.May(in); err != nil {
			return nil, err
		}
		return in.AskModel()
	})
	if err != nil {
		return nil, err
	}
	rc := d.receipt(fmt.Sprintf("Drafting the postmortem of %s from the record, and then having it put into prose. What people wrote into it stays.", d.in.ID))
	rc.Notes = append(about, "The room hears when it is done. Until then, and wherever it fails, the draft from the record stands.")
	return rc, nil
}

// calls say what a language model was asked for a draft, and what came of it.
func calls(cs []incident.ModelCall) []string {
	var out []string
	for _, c := range cs {
		line := fmt.Sprintf("%s at %s, %s: ", c.Model, c.Host, c.Passage)
		if c.Outcome == "written" {
			line += fmt.Sprintf("%d sentences kept, %d dropped", c.Kept, c.Dropped)
		} else {
			line += "not used. " + c.Outcome[:max(0, len(c.Outcome)-1)]
		}
		counted := ""
		if c.Estimated {
			counted = "about "
		}
		line += fmt.Sprintf("; %s%d tokens sent and %d received", counted, c.TokensIn, c.TokensOut)
		if c.Currency != "" {
			line += fmt.Sprintf(", %s %.4f", c.Currency, float64(c.Micros)/1e6)
		}
		out = append(out, line+".")
	}
	return out
}
