package incident

import (
	"slices"
	"time"
)

// OwnRoom is the room that was opened for the incident on a platform: the newest
// one that was neither adopted nor only brought along, whose people it belongs
// to.
func (in *Incident) OwnRoom(platform string) (room Room, ok bool) {
	for _, r := range slices.Backward(in.Rooms) {
		if r.Platform == platform && !r.Adopted && !r.Aside {
			r.Closed = in.Closed(r.Place)
			return r, true
		}
	}
	return Room{}, false
}

// RoomsRest is when the incident's own rooms are to be put away: so long after
// it ended and was last changed, and after something was last said in them. ok is
// false while it is worked on, while people are reminded of its postmortem there,
// where it has none, and once it was said already.
func (in *Incident) RoomsRest(said time.Time, after time.Duration) (at time.Time, ok bool) {
	if in.Open() || in.Retired || after <= 0 || !in.NextReminder().IsZero() || in.Imported != nil {
		return time.Time{}, false
	}
	if !slices.ContainsFunc(in.Rooms, func(r Room) bool { return !r.Adopted && !r.Aside && !in.Closed(r.Place) }) {
		return time.Time{}, false
	}
	at = in.Changed
	if said.After(at) {
		at = said
	}
	return at.Add(after), true
}

// RetireRooms decides that the incident's rooms are put away now, if it is time.
// said and after are as in RoomsRest.
func (in *Incident) RetireRooms(said time.Time, after time.Duration, now time.Time) []Event {
	if at, ok := in.RoomsRest(said, after); !ok || now.Before(at) {
		return nil
	}
	return []Event{RoomsRetired{After: after}}
}
