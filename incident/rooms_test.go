package incident

import (
	"testing"
	"time"
)

// Rooms are put away so long after the last thing that happened, once, and not
// while there is anything left to do in them.
func TestRoomsRest(t *testing.T) {
	at := func(h int) time.Time { return time.Date(2020, 9, 9, h, 0, 0, 0, time.UTC) }
	own := RoomOpened{Room: Place{Platform: "chat", ID: "R1"}}
	resolved := StateChanged{Status: Resolved}
	for _, tt := range []struct {
		name  string
		evs   []Event // one an hour, from 1 o'clock
		said  time.Time
		after time.Duration
		want  time.Time // zero is never
	}{
		{"open", []Event{Declared{}, own}, time.Time{}, time.Hour, time.Time{}},
		{"resolved", []Event{Declared{}, own, resolved}, time.Time{}, time.Hour, at(4)},
		{"canceled", []Event{Declared{}, own, CanceledBy{}}, time.Time{}, time.Hour, at(4)},
		{"people talk on", []Event{Declared{}, own, resolved}, at(9), time.Hour, at(10)},
		{"noted afterwards", []Event{Declared{}, own, resolved, NoteAdded{Text: "x"}}, time.Time{}, time.Hour, at(5)},
		{"not wanted", []Event{Declared{}, own, resolved}, time.Time{}, 0, time.Time{}},
		{"no room", []Event{Declared{}, resolved}, time.Time{}, time.Hour, time.Time{}},
		{"adopted", []Event{Declared{}, RoomOpened{Room: own.Room, Adopted: true}, resolved}, time.Time{}, time.Hour, time.Time{}},
		{"brought along", []Event{Declared{}, RoomOpened{Room: own.Room, Aside: true}, resolved}, time.Time{}, time.Hour, time.Time{}},
		{"closed by hand", []Event{Declared{}, own, resolved, RoomClosed{Room: own.Room}}, time.Time{}, time.Hour, time.Time{}},
		{"put away", []Event{Declared{}, own, resolved, RoomsRetired{}}, time.Time{}, time.Hour, time.Time{}},
		{"put away and back", []Event{Declared{}, own, resolved, RoomsRetired{}, RoomClosed{Room: own.Room}, own}, time.Time{}, time.Hour, at(7)},
		{"reopened", []Event{Declared{}, own, resolved, Reopened{}}, time.Time{}, time.Hour, time.Time{}},
		{"its postmortem is due", []Event{Declared{}, own, resolved, PostmortemDue{At: at(99)}}, time.Time{}, time.Hour, time.Time{}},
	} {
		in := New("INC-1")
		for i, ev := range tt.evs {
			in.Apply(Meta{N: uint64(i + 1), Seq: uint64(i + 1), Recorded: at(i + 1), When: at(i + 1)}, ev) //nolint:gosec // small
		}
		got, ok := in.RoomsRest(tt.said, tt.after)
		if ok == tt.want.IsZero() || ok && !got.Equal(tt.want) {
			t.Errorf("%s: at %v (%v), want %v", tt.name, got, ok, tt.want)
		}
		for _, late := range []time.Duration{-time.Minute, 0} {
			if evs := in.RetireRooms(tt.said, tt.after, tt.want.Add(late)); (len(evs) > 0) != (ok && late == 0) {
				t.Errorf("%s, %s of its time: %v", tt.name, late, evs)
			}
		}
	}
}
