package notify

import (
	"context"
	"fmt"

	"sitrep/bot"
	"sitrep/incident"
	"sitrep/store"
)

// Rooms opens a room for every incident that is declared, on one platform.
type Rooms struct {
	log      *store.Log
	board    *incident.Board
	platform bot.Platform
	opener   bot.RoomOpener
	wants    func(severity string) bool
}

// NewRooms returns the follower for a platform that can open rooms. wants says
// whether an incident that is declared with a severity gets one; nil is always.
func NewRooms(l *store.Log, b *incident.Board, p bot.Platform, o bot.RoomOpener, wants func(severity string) bool) *Rooms {
	return &Rooms{log: l, board: b, platform: p, opener: o, wants: wants}
}

// Name is the name of its cursor.
func (f *Rooms) Name() string { return "rooms:" + f.platform.Name() }

// Wants reports whether records of a kind open a room.
func (f *Rooms) Wants(kind string) bool { return kind == incident.Declared{}.Kind() }

// Handle opens the room of a declared incident and records where it is.
func (f *Rooms) Handle(ctx context.Context, r store.Record, state []byte) ([]byte, error) {
	if err := f.board.Await(ctx, r.Seq); err != nil {
		return state, err
	}
	in := f.board.Get(r.Stream)
	if in == nil || f.wants != nil && !f.wants(in.Severity) {
		return state, nil
	}
	if _, there := in.RoomOn(f.platform.Name()); there {
		return state, nil
	}
	room, ref, err := f.opener.OpenRoom(ctx, in, []incident.Person{in.Declared.By})
	if err != nil {
		return state, sent(fmt.Errorf("open the room of %s: %w", in.ID, err))
	}
	ev := incident.RoomOpened{Room: room, Ref: ref}
	data, err := incident.Encode(incident.Meta{}, ev)
	if err != nil {
		return state, err
	}
	key := fmt.Sprintf("%s/%d/%s", f.Name(), r.Seq, ev.Kind())
	if _, err := f.log.Append(ctx, r.Stream, key, store.Record{Kind: ev.Kind(), Data: data}); err != nil {
		return state, fmt.Errorf("record the room of %s: %w", in.ID, err)
	}
	return state, nil
}
