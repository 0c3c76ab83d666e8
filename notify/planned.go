package notify

import (
	"context"
	"fmt"
	"strings"

	"sitrep/bot"
	"sitrep/follow"
	"sitrep/incident"
	"sitrep/instant"
	"sitrep/store"
)

// ofPlanned reports whether records of a kind tell something of planned work.
func ofPlanned(kind string) bool { return strings.HasPrefix(kind, "maintenance.") }

// planned announces what happens to planned work: in the words that customers
// read, to the team as to customers, since the clock may have done it.
func (a *Announcer) planned(ctx context.Context, r store.Record) error {
	w := a.board.Maintenance(r.Stream)
	if w == nil {
		return nil
	}
	pub := w.Public(a.board.Page())
	if pub == nil {
		return nil // every word of it was erased
	}
	m, ev, err := incident.Decode(incident.Header{Seq: r.Seq, N: r.N, Recorded: r.At, Kind: r.Kind, Imported: r.Imported, Redacted: r.Redacted}, r.Data)
	if err != nil {
		return follow.Permanent(err)
	}
	zone := a.zone()
	window := instant.Stamp(w.From, zone) + " to " + instant.Stamp(w.Until, zone)
	out := a.toCustomers(pub)
	out.At = m.Recorded
	quiet, code := false, ""
	switch e := ev.(type) {
	case incident.MaintenanceScheduled:
		out.Text, quiet, code = "Planned maintenance, "+window+".", e.Quiet, e.Code
	case incident.MaintenanceRescheduled:
		out.Text, quiet, code = "Planned maintenance, moved to "+window+".", e.Quiet, e.Code
	case incident.MaintenanceMoved:
		label := e.Status.Label()
		for i, u := range pub.Updates {
			if u.Code == e.Code {
				label = pub.Label(i)
			}
		}
		if e.Status == incident.Canceled {
			label = "Canceled"
		}
		out.Text, quiet, code = label, e.Quiet, e.Code
	case incident.MaintenanceReminded:
		if e.Missed || w.Status != incident.Scheduled || !e.From.Equal(w.From) {
			return nil // it was moved, begun or canceled meanwhile
		}
		out.Text = "Reminder: planned for " + window + "."
	}
	for _, u := range pub.Updates {
		if u.Code == code {
			out.Quote, out.At = u.Body, u.Shown
		}
	}
	if quiet || code != "" && out.Quote == "" {
		return nil // subscribers are not told, or it was erased meanwhile
	}
	if !a.public {
		out.Incident, out.Link, out.Text = w.ID, "", pub.Title+": "+out.Text
	}
	if _, err := a.platform.Post(ctx, bot.Post{To: a.to, Message: out, Key: fmt.Sprintf("%s/%d", a.Name(), m.Seq), Since: m.Recorded}); err != nil {
		return sent(fmt.Errorf("announce planned work: %w", err))
	}
	return nil
}
