package incident

import (
	"slices"
	"strconv"
	"time"
)

// UpdateWithdrawn takes update Number off the page again, before anybody was
// notified of it. Its number is not given again, and its words stay on record.
type UpdateWithdrawn struct {
	Number int `json:"number"`
}

// Kind returns update.withdrawn.
func (UpdateWithdrawn) Kind() string { return "update.withdrawn" }

// undoMargin is how long before the notifications leave an update cannot be
// withdrawn any more: what withdraws it must be on record before they do, and a
// slow disk takes its time.
const undoMargin = time.Second

// Gone reports whether customers do not see the update any more: it was
// withdrawn, or its words were erased.
func (u Update) Gone() bool { return u.Meta.Redacted || !u.Withdrawn.IsZero() }

// Told reports whether customers were told anything that was not withdrawn.
func (in *Incident) Told() bool {
	return slices.ContainsFunc(in.Updates, func(u Update) bool { return u.Withdrawn.IsZero() })
}

// Heard counts how often what customers read became another: it tells whether a
// preview still shows what would be published.
func (in *Incident) Heard() int {
	n := len(in.Updates)
	for _, u := range in.Updates {
		if !u.Withdrawn.IsZero() {
			n++
		}
	}
	return n
}

// UndoUntil is when an update can be withdrawn last, where notifications are
// held for so long.
func (u Update) UndoUntil(hold time.Duration) time.Time {
	return u.Meta.Recorded.Add(hold - undoMargin)
}

// Undo decides that update number is withdrawn, 0 being the one that was
// published last. now is the present, hold how long notifications are held:
// while they are, the update can be withdrawn as if it had never been; after that
// somebody has read it. The team's state goes back to what it was, if the update
// set it. The error is a Problem.
func (in *Incident) Undo(number int, now time.Time, hold time.Duration) ([]Event, error) {
	for n := len(in.Updates); number == 0 && n > 0; n-- {
		if !in.Updates[n-1].Gone() {
			number = n
		}
	}
	if number < 1 || number > len(in.Updates) {
		if number == 0 {
			return nil, Problemf("nothing-to-undo", "Customers were told nothing of %s that could be withdrawn.", in.ID)
		}
		return nil, Problemf("no-update", "%s has no update %d. It has %d.", in.ID, number, len(in.Updates))
	}
	u := in.Updates[number-1]
	switch {
	case u.Meta.Redacted:
		return nil, Problemf("erased", "Update %d was erased for good.", number)
	case !u.Withdrawn.IsZero():
		return nil, Problemf("withdrawn", "Update %d of %s was withdrawn already.", number, in.ID)
	case hold <= undoMargin:
		return nil, Problemf("no-hold", "Notifications are not held here, so they have left. Mend the text (update edit %d <text>), or say what is right: update <text>.", number)
	case u.Meta.Imported || !now.Before(u.UndoUntil(hold)):
		return nil, Problemf("too-late", "It is too late to undo update %d of %s: notifications leave %s after it is published. Mend the text (update edit %d <text>), or say what is right: update <text>.", number, in.ID, hold, number)
	}
	evs := []Event{UpdateWithdrawn{Number: number}}
	n := len(in.States)
	if n < 2 || in.States[n-1].Seq != u.Meta.Seq+1 {
		return evs, nil // it did not set the team's state, or that has gone on since
	}
	was := in.States[n-2].Status
	switch in.States[n-1].Status {
	case Canceled:
		evs = append(evs, Reopened{Why: "the closing words were withdrawn"})
	case Merged:
		evs = append(evs, Unmerged{})
	case u.Status:
		return append(evs, StateChanged{Status: was, Verb: "undo"}), nil
	default:
		return evs, nil
	}
	if was != Investigating {
		evs = append(evs, StateChanged{Status: was, Verb: "undo"})
	}
	return evs, nil
}

func (in *Incident) applyWithdrawn(m Meta, e UpdateWithdrawn) {
	i := e.Number - 1
	if i < 0 || i >= len(in.Updates) {
		return // the update it names is not of this incident
	}
	u := &in.Updates[i]
	u.Withdrawn = m.Recorded
	for name, ms := range in.Milestones {
		if ms.Seq == u.Meta.Seq && name.ByCommand() {
			delete(in.Milestones, name)
		}
	}
	in.PublicTitle = ""
	if in.Imported != nil {
		in.PublicTitle = in.Imported.Title
	}
	for _, u := range in.Updates {
		if !u.Withdrawn.IsZero() {
			continue
		}
		if u.Title != "" {
			in.PublicTitle = u.Title
		}
		again := func(name MilestoneName, reached bool) { // what the one that is gone had reached first
			if _, there := in.Milestones[name]; reached && !there {
				in.setMilestone(Milestone{Name: name, At: u.Shown, By: u.Meta.By, Source: source("update "+strconv.Itoa(u.Number), u.Meta), Seq: u.Meta.Seq})
			}
		}
		again(FirstPublicWord, true)
		again(IdentifiedAt, u.Status == Identified)
	}
}
