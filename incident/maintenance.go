package incident

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Maintenance is planned work, as its events have made it. All of it but its
// previews is public, from the moment it is scheduled; before that its Status
// is empty.
type Maintenance struct {
	ID          string // "MNT-1"
	Number      int
	Title       string
	Status      Status // scheduled, in_progress, verifying, completed or canceled
	From, Until time.Time
	Affects     []ComponentChange
	Planned     MaintenanceScheduled // as it was announced first, wherever it was moved to
	Last        bool                 // nothing follows it, whatever its rule says
	Manual      bool                 // people begin and end it, not the clock
	Remind      time.Time            // when people are to be reminded of it; zero if they are not
	Reminded    bool
	Updates     []PublicUpdate // oldest first
	Previews    Previews
	LastN       uint64
	Changed     time.Time

	// Imported and ImportedUpdates are as those of an Incident.
	Imported        *PublicImported
	ImportedUpdates int
}

// MaintenanceRef returns a maintenance's id for its number: "MNT-1".
func MaintenanceRef(number int) string { return "MNT-" + strconv.Itoa(number) }

// ParseMaintenanceRef reads "MNT-1", without case.
func ParseMaintenanceRef(s string) (number int, ok bool) {
	t, found := strings.CutPrefix(strings.ToUpper(strings.TrimSpace(s)), "MNT-")
	n, err := strconv.Atoi(t)
	return n, found && err == nil && n > 0
}

// NewMaintenance returns the maintenance with the given id, before its first event.
func NewMaintenance(id string) *Maintenance {
	n, _ := ParseMaintenanceRef(id)
	return &Maintenance{ID: id, Number: n}
}

// Apply folds one event into the maintenance. It never fails.
func (w *Maintenance) Apply(m Meta, ev Event) {
	w.LastN = m.N
	told := func(code string, s Status, body string, shown time.Time, quiet bool, affected []ComponentChange) {
		w.Changed = m.Recorded
		if s != "" {
			w.Status = s
		}
		if m.Redacted {
			return
		}
		w.Updates = append(w.Updates, PublicUpdate{
			Code: code, Number: len(w.Updates) + 1, Status: s, Body: body, Shown: shown,
			Recorded: m.Recorded, Edited: m.Recorded, Affected: affected, Notify: !quiet,
		})
	}
	switch e := ev.(type) {
	case MaintenanceScheduled:
		w.Title, w.From, w.Until, w.Affects = e.Title, e.From, e.Until, e.Affects
		w.Planned, w.Remind, w.Manual = e, e.Remind, e.Manual
		if m.Redacted {
			w.Title = erasedText
		}
		told(e.Code, Scheduled, e.Body, e.Shown, e.Quiet, stated(e.Affects, Operational, Operational))
	case PreviewOpened:
		w.Previews = w.Previews.opened(m, e)
	case PreviewClosed:
		w.Previews.closed(e)
	case PublicImported:
		w.applyImported(m, e)
	case MaintenanceMoved:
		w.Last = w.Last || e.Last
		told(e.Code, e.Status, e.Body, e.Shown, e.Quiet, w.stated(e.Status))
	case MaintenanceRescheduled:
		if !m.Redacted {
			w.Reminded = w.Reminded && e.Remind.Equal(w.Remind)
			w.From, w.Until, w.Remind, w.Manual = e.From, e.Until, e.Remind, e.Manual
		}
		told(e.Code, w.Status, e.Body, e.Shown, e.Quiet, w.stated(w.Status))
	case MaintenanceReminded:
		w.Reminded = true
	}
}

// stated is what a step to a status says of its components.
func (w *Maintenance) stated(to Status) []ComponentChange {
	was, is := Operational, Operational
	switch {
	case w.running() && (to == Completed || to == Canceled):
		was = UnderMaintenance
	case w.running():
		was, is = UnderMaintenance, UnderMaintenance
	case to == InProgress || to == Verifying:
		is = UnderMaintenance
	}
	return stated(w.Affects, was, is)
}

// Clone returns a copy that can be changed without changing w.
func (w *Maintenance) Clone() *Maintenance {
	c := *w
	c.Updates = slices.Clone(w.Updates)
	c.Previews = slices.Clone(w.Previews)
	return &c
}

func (w *Maintenance) running() bool { return w.Status == InProgress || w.Status == Verifying }

func stated(cs []ComponentChange, was, is ComponentState) []ComponentChange {
	out := make([]ComponentChange, len(cs))
	for i, c := range cs {
		out[i] = ComponentChange{ID: c.ID, Name: c.Name, Old: was, New: is}
	}
	return out
}

// Public returns what customers know of it, or nil if every word was erased.
// A canceled maintenance is shown as completed, with the words that canceled
// it: the Statuspage v2 format has no other end.
func (w *Maintenance) Public(page Page) *Public {
	if len(w.Updates) == 0 {
		return nil
	}
	first := w.Updates[0]
	p := &Public{
		Code: Code(page.ID, w.ID, 0), Serial: 1_000_000 + uint64(w.Number), Title: w.Title, Status: w.Status,
		Impact: ImpactMaintenance, Created: first.Shown, Started: first.Shown, Changed: w.Changed,
		Maintenance: true, From: w.From, Until: w.Until, Repeats: w.Planned.Repeats, Slot: w.Planned.From, Last: w.Last,
	}
	if w.Imported != nil {
		p.Components = attached(w.Imported.Components)
	}
	for _, u := range w.Updates {
		if u.Status == Canceled {
			u.Status = Completed
		}
		p.Components = overlay(p.Components, u.Affected)
		if u.Status == Completed {
			p.Resolved = u.Shown
		}
		p.Updates = append(p.Updates, u)
	}
	if p.Status == Canceled {
		p.Status = Completed
	}
	sortByPage(page, p.Components)
	sortUpdates(p.Updates)
	if w.Imported != nil {
		w.asImported(p)
	}
	return p
}

// Move decides a step of the maintenance: in_progress, verifying, completed or
// canceled; last says that it does not happen again. The error is a Problem.
func (w *Maintenance) Move(to Status, body string, shown time.Time, quiet, last bool, code string) ([]Event, error) {
	if err := w.goesOn(); err != nil {
		return nil, err
	}
	switch running := w.running(); {
	case to == InProgress && w.Status == Verifying:
		// It turned out not to be done.
	case (to == Verifying || to == Completed) && !running:
		return nil, Problemf("maintenance-not-begun", "%s has not begun. Begin it with: maintenance start %s.", w.ID, w.ID)
	}
	if w.Status == to {
		return nil, Problemf("maintenance-there", "%s is %s already.", w.ID, strings.ToLower(to.Label()))
	}
	if strings.TrimSpace(body) == "" {
		body = MaintenanceWords(to)
	}
	if body == "" {
		return nil, Problemf("words-missing", "Customers were told of %s. Say why it is canceled: maintenance cancel %s <words for customers>.", w.ID, w.ID)
	}
	return []Event{MaintenanceMoved{Code: code, Status: to, Body: body, Shown: shown, Quiet: quiet, Last: last}}, nil
}

// MaintenanceWords is what customers are told of a step when nobody says it in
// other words. The sentences are those that hosted pages use.
func MaintenanceWords(to Status) string {
	switch to {
	case InProgress:
		return "Scheduled maintenance is currently in progress. We will provide updates as necessary."
	case Verifying:
		return "Verification is currently underway for the maintenance items."
	case Completed:
		return "The scheduled maintenance has been completed."
	}
	return ""
}
