package commands

import (
	"context"
	"fmt"
	"time"

	"sitrep/bot"
	"sitrep/incident"
	"sitrep/instant"
)

// undoable tells the author of an update until when it can be undone, where it
// still can.
func (r *Runner) undoable(c *call, rc *bot.Receipt, in *incident.Incident, u incident.Update) {
	until := u.UndoUntil(r.o.Hold)
	if u.Gone() || !r.log.Now().Before(until) {
		return
	}
	leave := u.Meta.Recorded.Add(r.o.Hold)
	text := "Notifications leave at " + seconds(leave, c.zone) + "; until then it can be undone."
	if u.Quiet {
		text = "It can be undone until " + seconds(leave, c.zone) + "."
	}
	rc.Notes = append(rc.Notes, text)
	rc.Buttons = append(rc.Buttons, bot.Button{Label: "Undo", Command: fmt.Sprintf("update %s undo %d", in.ID, u.Number)})
}

// seconds is a clock time to the second, with its zone: "12:05:30 CDT".
func seconds(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("15:04:05 ") + instant.Zone(t, zone)
}

// undo withdraws an update while notifications of it are held. There is no
// preview: there is no time for one, and nothing is said by it.
func undo(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	n := 0
	if text := c.vals["number"] + c.text; text != "" {
		var ok bool
		if n, ok = number(text); !ok {
			return nil, incident.Problemf("number-missing", "Say which update: update undo N. Without a number it is the last one.")
		}
	}
	if err := r.may(Publish, c.req.By, c.in); err != nil {
		return nil, err
	}
	d, err := r.record(ctx, c, incident.Meta{}, func(in *incident.Incident) ([]incident.Event, error) {
		return in.Undo(n, r.log.Now(), r.o.Hold)
	})
	if err != nil {
		return nil, err
	}
	ev, _ := d.events[0].(incident.UpdateWithdrawn)
	u := d.in.Updates[ev.Number-1]
	stood := d.first.Recorded.Sub(u.Meta.Recorded).Round(time.Second)
	rc := d.receipt(fmt.Sprintf("Update %d of %s is off the page again%s.", ev.Number, d.in.ID, d.tag()))
	rc.Public = true
	rc.Notes = []string{fmt.Sprintf("It stood there for %s, and nobody was notified of it; whoever looked meanwhile has read it.", stood)}
	if late := d.first.Recorded.Sub(u.Meta.Recorded.Add(r.o.Hold)); late >= 0 {
		rc.Notes = []string{fmt.Sprintf("It stood there for %s. Notifications left at the same moment: some people may have been told.", stood)}
	}
	if !d.in.Told() {
		rc.Notes = append(rc.Notes, "Customers know nothing of it now.")
	} else if !d.in.Open() && d.in.PublishedStatus().Open() {
		rc.Notes = append(rc.Notes, fmt.Sprintf("Customers see it as %s again.", d.in.PublishedStatus()))
	}
	rc.Buttons = []bot.Button{{Label: "Tell customers", Command: "form " + d.in.ID + " update", Style: bot.Primary}}
	return rc, nil
}
