package app

import (
	"context"
	"fmt"
	"time"

	"sitrep/incident"
)

// RetireRooms records of every incident whose rooms are to be put away by now
// that they are; those who keep the rooms follow. It may be called by several
// processes at once.
func (a *App) RetireRooms(ctx context.Context) error {
	now, after := a.Log.Now(), a.cfg.Rooms.ArchiveAfter
	for _, in := range a.Board.All() {
		said := a.Board.LastSaid(in.ID)
		at, ok := in.RoomsRest(said, after)
		if !ok || now.Before(at) {
			continue
		}
		key := fmt.Sprintf("retire/%s/%d", in.ID, at.UnixMilli())
		if err := a.decideAlone(ctx, in.ID, key, func(in *incident.Incident) []incident.Event { return in.RetireRooms(said, after, now) }); err != nil {
			return err
		}
	}
	return nil
}

// nextRetired is when rooms are to be put away next; zero if never.
func (a *App) nextRetired() time.Time {
	var next time.Time
	for _, in := range a.Board.All() {
		if at, ok := in.RoomsRest(a.Board.LastSaid(in.ID), a.cfg.Rooms.ArchiveAfter); ok {
			next = earlier(next, at)
		}
	}
	return next
}

// earlier is the earlier of two instants, of which a zero one is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
