package incident

import (
	"slices"
	"strings"
	"time"
)

// Restate decides that components are in other states for customers than they
// were told, without words of anybody's: the update says what changed, and
// nothing else. With w.Shown before the newest update it corrects what was
// told: how things are now, the history of days and the windows follow from it.
// w.Body is not used. Notes are what its author should know. The error is a
// Problem.
func (in *Incident) Restate(w Wording, page Page) (evs []Event, notes []string, err error) {
	if err := in.MayPublish(); err != nil {
		return nil, nil, err
	}
	if !in.IsPublic() {
		return nil, nil, Problemf("never-public", "Customers know nothing of %s yet, and a colour without a sentence tells them nothing. Tell them first: update title:\"…\" affects:\"…\" <text>.", in.ID)
	}
	before, told := in.asOf(w.Shown)
	if !told {
		return nil, nil, Problemf("before-first", "That was before customers heard of %s. Give a time after its first update.", in.ID)
	}
	last, _ := in.LastWord()
	newest := last.Number == before[len(before)-1].Number
	w.Status = before[len(before)-1].Status
	if w.Status == Resolved || newest && !in.Open() {
		return nil, nil, Problemf("not-open", "%s was over then, and with it what it says of components. Reopen it (reopen <why>), or say when it was: affects … at:TIME publish:yes.", in.ID)
	}
	u := in.posted(w, page)
	u.Body = changes(u.Affects, w.Affects)
	if u.Body == "" {
		return nil, nil, Problemf("same-state", "Customers see that already.")
	}
	evs = []Event{u}
	if newest {
		return append(evs, ComponentsChanged{Affects: statedOf(u.Affects, w.Affects)}), nil, nil
	}
	return evs, []string{"It stands on the page before the newest update. Days and percentages are counted again."}, nil
}

// changes says in a line each what became of the components that were named;
// "" if they stand as they stood.
func changes(affects, stated []ComponentChange) string {
	var lines []string
	for _, c := range statedOf(affects, stated) {
		if c.Old != c.New {
			lines = append(lines, c.Name+": from "+strings.ToLower(c.Old.Label())+" to "+strings.ToLower(c.New.Label())+".")
		}
	}
	return strings.Join(lines, "\n")
}

// statedOf lists the rows of affects that stated names.
func statedOf(affects, stated []ComponentChange) []ComponentChange {
	var out []ComponentChange
	for _, c := range affects {
		if slices.ContainsFunc(stated, func(s ComponentChange) bool { return s.ID == c.ID }) {
			out = append(out, c)
		}
	}
	return out
}

// asOf lists the updates that customers read as told at an instant or before it,
// in their order; ok is false if there are none. The zero instant is now.
func (in *Incident) asOf(t time.Time) (us []Update, ok bool) {
	us = in.InOrder()
	if !t.IsZero() {
		us = slices.DeleteFunc(us, func(u Update) bool { return u.Shown.After(t) })
	}
	return us, len(us) > 0
}

// stood lists the components attached at an instant, with the state that was
// published for each then: what an update that is shown there goes on from.
func (in *Incident) stood(t time.Time) []ComponentChange {
	us, _ := in.asOf(t)
	return in.published(us)
}

// chain brings the states of updates in their order together: what an update
// only carries on (a component in the state that it was in when that was
// written) follows what was put before it since. So a correction reaches up to
// the next word on the component, and no further. What another page told stays
// as it was told.
func chain(us []Update, stood []ComponentChange) []Update {
	now := make(map[string]ComponentState, len(stood))
	for _, c := range stood {
		now[c.ID] = c.New
	}
	for i, u := range us {
		for j, c := range u.Affects {
			was := now[c.ID].Worse(Operational)
			if carried := c.Old == c.New; !u.Meta.Imported && (c.Old != was || carried && c.New != was) {
				if carried {
					c.New = was
				}
				c.Old = was
				if &us[i].Affects[0] == &u.Affects[0] { // it is the record's own
					us[i].Affects = slices.Clone(u.Affects)
				}
				us[i].Affects[j] = c
			}
			now[c.ID] = c.New
		}
	}
	return us
}
