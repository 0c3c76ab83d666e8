package notify_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sitrep/bot"
	"sitrep/incident"
	"sitrep/notify"
)

// A tower is a hall whose rooms have names that may be changed twice in ten
// minutes, and can be put away.
type tower struct {
	*hall
	names   map[string][]string // by room
	given   map[string][]time.Time
	closed  map[string]bool
	noWay   bool // a room that is put away cannot be brought back
	refuses error
}

func newTower() *tower {
	return &tower{hall: newHall("chat"), names: map[string][]string{}, given: map[string][]time.Time{}, closed: map[string]bool{}}
}

func (w *tower) NameRoom(_ context.Context, in *incident.Incident, room bot.Channel) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.refuse(room.ID); err != nil {
		return err
	}
	if w.refuses != nil {
		return w.refuses
	}
	given := slices.DeleteFunc(w.given[room.ID], func(t time.Time) bool { return time.Since(t) >= 10*time.Minute })
	if len(given) == 2 {
		return &bot.Temporary{After: 10*time.Minute - time.Since(given[0]), Err: errors.New("too soon")}
	}
	w.given[room.ID] = append(given, time.Now())
	w.names[room.ID] = append(w.names[room.ID], in.Title)
	return nil
}

func (w *tower) CloseRoom(_ context.Context, room bot.Channel) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.refuse(room.ID); err != nil {
		return err
	}
	w.closed[room.ID] = true
	return w.answer()
}

func (w *tower) ReopenRoom(_ context.Context, room bot.Channel) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.refuse(room.ID); err != nil {
		return err
	}
	if w.noWay {
		return errors.New("not_in_channel")
	}
	w.closed[room.ID] = false
	return w.answer()
}

func (h *house) keep(w *tower) {
	h.run(notify.NewRooms(h.log, h.board, w, w, nil), nil)
	h.run(notify.NewKeeper(h.log, h.board, w, w, &notify.KeeperOptions{Command: "inc"}), nil)
}

// A name that comes too soon is given later, the newest of several once, and
// holds nothing else up.
func TestNamesWaitForNobody(t *testing.T) {
	newHouse(t, func(h *house) {
		w := newTower()
		h.keep(w)
		h.happen("INC-1", declared)
		h.happen("INC-2", declared)
		one, _ := h.board.Get("INC-1").RoomOn("chat")
		two, _ := h.board.Get("INC-2").RoomOn("chat")
		for _, title := range []string{"a", "b", "c", "d"} {
			h.happen("INC-1", incident.Renamed{Title: title})
		}
		h.happen("INC-2", incident.Renamed{Title: "other"})
		if got := w.names[one.ID]; !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("the first room was called %q", got)
		}
		if got := w.names[two.ID]; !slices.Equal(got, []string{"other"}) {
			t.Errorf("the second room was called %q", got)
		}
		time.Sleep(11 * time.Minute)
		synctest.Wait()
		h.happen("INC-2", incident.NoteAdded{Text: "something else happens"})
		if got := w.names[one.ID]; !slices.Equal(got, []string{"a", "b", "d"}) {
			t.Errorf("the first room was called %q in the end", got)
		}
		w.refuses = errors.New("missing Manage Threads")
		h.happen("INC-1", incident.Renamed{Title: "e"})
		w.refuses = nil
		h.happen("INC-2", incident.Renamed{Title: "f"})
		if got := w.names[two.ID]; !slices.Equal(got, []string{"other", "f"}) {
			t.Errorf("after a refusal the second room was called %q", got)
		}
	})
}

// A room is put away with a word of goodbye, once, whatever gets lost; not that
// of an incident that is open again, and not one that was adopted.
func TestRoomsArePutAway(t *testing.T) {
	newHouse(t, func(h *house) {
		w := newTower()
		h.keep(w)
		h.happen("INC-1", declared)
		room, _ := h.board.Get("INC-1").RoomOn("chat")
		h.happen("INC-1", incident.RoomsRetired{})
		if w.closed[room.ID] {
			t.Error("the room of an open incident was put away")
		}
		h.happen("INC-1", incident.StateChanged{Status: incident.Resolved})
		w.set(func(p *hall) { p.loses = 2 })
		h.happen("INC-1", incident.RoomsRetired{})
		time.Sleep(time.Minute)
		synctest.Wait()
		in := h.board.Get("INC-1")
		if !w.closed[room.ID] || !in.Closed(room) {
			t.Errorf("the room is not put away: %+v", in.Rooms)
		}
		w.set(func(p *hall) {
			if len(p.posts) != 1 || !strings.Contains(bot.Text(p.posts[0].Message, nil), "/inc reopen INC-1 <why>") {
				t.Errorf("said was %+v", p.posts)
			}
		})
		h.happen("INC-1", incident.Reopened{Why: "again"})
		if in = h.board.Get("INC-1"); w.closed[room.ID] || in.Closed(room) {
			t.Errorf("the room was not brought back: %+v", in.Rooms)
		}

		h.happen("INC-1", incident.StateChanged{Status: incident.Resolved})
		h.happen("INC-1", incident.RoomsRetired{})
		w.noWay = true
		w.set(func(p *hall) { clear(p.rooms) })
		h.happen("INC-1", incident.Reopened{Why: "and again"})
		if now, ok := h.board.Get("INC-1").RoomOn("chat"); !ok || now.Platform != "chat" {
			t.Errorf("there is no other room: %+v", h.board.Get("INC-1").Rooms)
		}

		ops := incident.Place{Platform: "chat", ID: "ops", Name: "#ops"}
		h.happen("INC-2", declared, incident.RoomOpened{Room: ops, Adopted: true})
		own, _ := h.board.Get("INC-2").OwnRoom("chat")
		h.happen("INC-2", incident.StateChanged{Status: incident.Resolved}, incident.RoomsRetired{})
		if w.closed["ops"] || !w.closed[own.ID] {
			t.Errorf("put away are %v", w.closed)
		}
	})
}
