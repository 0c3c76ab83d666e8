package tally

import (
	"time"

	"sitrep/incident"
)

// A Watch follows one incident's events and measures how long it was open, and
// how long of that nobody led it. Times are those of recording, since that is
// when everybody could know.
type Watch struct {
	open, led      bool
	last           time.Time
	total, leaders time.Duration
	wrong          bool // the clock went back
}

// Apply takes the incident's next event.
func (w *Watch) Apply(m incident.Meta, ev incident.Event) {
	w.pass(m.Recorded)
	switch e := ev.(type) {
	case incident.Declared, incident.Reopened, incident.Unmerged:
		w.open = true
	case incident.StateChanged:
		w.open = e.Status.Open()
	case incident.CanceledBy, incident.MergedInto:
		w.open = false
	case incident.RoleAssigned:
		if e.Role == commander && !m.Redacted {
			w.led = !e.Who.IsZero()
		}
	case incident.HandoverAccepted:
		if e.Role == commander {
			w.led = true
		}
	}
}

// commander is the role that leads.
const commander = "commander"

// pass counts the time up to now.
func (w *Watch) pass(now time.Time) {
	d := now.Sub(w.last)
	switch {
	case w.last.IsZero():
	case d < 0:
		w.wrong = w.wrong || w.open
	case w.open:
		w.total += d
		if w.led {
			w.leaders += d
		}
	}
	w.last = now
}

// Unled is how long nobody led, and how long the incident was open, up to now;
// ok is false where the machine's clock was set back in between.
func (w *Watch) Unled(now time.Time) (unled, open time.Duration, ok bool) {
	c := *w
	c.pass(now)
	return c.total - c.leaders, c.total, !c.wrong
}
