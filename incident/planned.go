package incident

import (
	"strings"
	"time"
)

// A Recurrence says that planned work happens again: by Rule (RFC 5545, without
// "RRULE:"), on the clock of Zone, from Start on. Each time is planned work with
// a number and a page of its own; Series is the number of the first.
type Recurrence struct {
	Rule   string    `json:"rule"`
	Zone   string    `json:"zone"` // of the IANA database
	Start  time.Time `json:"start"`
	Series string    `json:"series"` // "MNT-1"
}

// MaintenanceRescheduled gives planned work another window, or takes its clock
// away or gives it back, with words for customers.
type MaintenanceRescheduled struct {
	Code   string    `json:"code"`
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"`
	Remind time.Time `json:"remind,omitzero"`
	Manual bool      `json:"manual,omitempty"`
	Body   string    `json:"body"`
	Shown  time.Time `json:"shown"`
	Quiet  bool      `json:"quiet,omitempty"`
}

// MaintenanceReminded says that the time came to remind people of planned work
// that begins at From. Missed is that it came too late to tell anybody.
type MaintenanceReminded struct {
	From   time.Time `json:"from"`
	Missed bool      `json:"missed,omitempty"`
}

// Kind returns maintenance.rescheduled.
func (MaintenanceRescheduled) Kind() string { return "maintenance.rescheduled" }

// Kind returns maintenance.reminded.
func (MaintenanceReminded) Kind() string { return "maintenance.reminded" }

// Over reports whether it is done or will not happen.
func (w *Maintenance) Over() bool { return w.Status == Completed || w.Status == Canceled }

// Series is the first of the planned work that it repeats, which may be itself;
// "" if it happens once.
func (w *Maintenance) Series() string { return w.Planned.Repeats.Series }

// NextDue is when the clock does something with it next: reminds people, begins
// it, ends it. Zero is never: it is over, or in people's hands. Work that is
// being verified is in people's hands.
func (w *Maintenance) NextDue() time.Time {
	switch {
	case w.Status == Scheduled && !w.Remind.IsZero() && !w.Reminded:
		return w.Remind
	case w.Status == Scheduled && !w.Manual:
		return w.From
	case w.Status == InProgress && !w.Manual:
		return w.Until
	}
	return time.Time{}
}

// Due decides what the clock does at now. code gives its n-th update a public
// id. A window that was missed whole, because nothing ran, is told in one word,
// at its end. No event means that nothing is due.
func (w *Maintenance) Due(now time.Time, code func(n int) string) []Event {
	next := w.NextDue()
	if next.IsZero() || now.Before(next) {
		return nil
	}
	var evs []Event
	if w.Status == Scheduled && !w.Remind.IsZero() && !w.Reminded {
		evs = append(evs, MaintenanceReminded{From: w.From, Missed: !now.Before(w.From)})
	}
	if w.Manual {
		return evs
	}
	n := len(w.Updates)
	move := func(to Status, shown time.Time, quiet bool) {
		n++
		evs = append(evs, MaintenanceMoved{Code: code(n), Status: to, Body: MaintenanceWords(to), Shown: shown, Quiet: quiet})
	}
	missed := !now.Before(w.Until)
	switch {
	case w.Status == Scheduled && missed:
		move(InProgress, w.From, true)
	case w.Status == Scheduled && !now.Before(w.From):
		move(InProgress, now, false)
	}
	if missed {
		move(Completed, now, false)
	}
	return evs
}

// Say decides words for customers in between: nothing but the words is new. The
// error is a Problem.
func (w *Maintenance) Say(body string, shown time.Time, quiet bool, code string) ([]Event, error) {
	if err := w.goesOn(); err != nil {
		return nil, err
	}
	if body = strings.TrimSpace(body); body == "" {
		return nil, Problemf("words-missing", "Add what customers read: maintenance update %s <text>.", w.ID)
	}
	return []Event{MaintenanceMoved{Code: code, Status: w.Status, Body: body, Shown: shown, Quiet: quiet}}, nil
}

// Reschedule decides another window, or whose hands it is in. What e leaves zero
// of the window stays what it was. The error is a Problem.
func (w *Maintenance) Reschedule(e MaintenanceRescheduled, now time.Time) ([]Event, error) {
	if err := w.goesOn(); err != nil {
		return nil, err
	}
	if !e.From.IsZero() && w.Status != Scheduled && !e.From.Equal(w.From) {
		return nil, Problemf("begun", "%s has begun, so only its end can be moved: until:, or for: from its beginning.", w.ID)
	}
	if e.From.IsZero() {
		e.From = w.From
	}
	if e.Until.IsZero() {
		e.Until = e.From.Add(w.Until.Sub(w.From))
	}
	switch {
	case !e.Until.After(e.From):
		return nil, Problemf("bad-until", "It would end before it begins. Give until: a later time than from:.")
	case !e.Until.After(now):
		return nil, Problemf("bad-until", "It would be over already. To end it now: maintenance complete %s.", w.ID)
	case e.From.Equal(w.From) && e.Until.Equal(w.Until) && e.Manual == w.Manual && e.Remind.Equal(w.Remind):
		return nil, Problemf("same-window", "%s is planned so already.", w.ID)
	}
	if e.Body = strings.TrimSpace(e.Body); e.Body == "" {
		return nil, Problemf("words-missing", "Add what customers read: maintenance move %s … <text>.", w.ID)
	}
	return []Event{e}, nil
}

// goesOn is nil while something can still be said of it; else the Problem.
func (w *Maintenance) goesOn() error {
	if w.Status == "" {
		return Problemf("not-announced", "%s is not announced yet: its preview waits to be published.", w.ID)
	}
	if w.Over() {
		return Problemf("maintenance-over", "%s is %s already. Schedule a new one with: maintenance schedule.", w.ID, w.Status)
	}
	return nil
}
