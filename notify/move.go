package notify

import (
	"context"
	"fmt"
	"time"

	"sitrep/bot"
	"sitrep/incident"
	"sitrep/instant"
)

// move takes an incident that has become private out of the rooms that others
// can read: a new one is opened, for those who have a part in it; the old ones
// are left with a word and put away; and the new one is told what was readable,
// and by whom. It can be done again from any point at which it broke off.
func (f *Rooms) move(ctx context.Context, in *incident.Incident, seq uint64, m incident.Meta) error {
	warden, can := f.platform.(bot.Warden)
	if !can {
		return nil
	}
	readers := map[string]string{} // of the rooms to leave, by id
	var left []incident.Place
	var goesOn incident.Place
	for _, r := range in.Rooms {
		if r.Platform != f.platform.Name() || r.Closed {
			continue
		}
		who, err := warden.Readers(ctx, r.Place)
		if temporary(err) {
			return fmt.Errorf("ask who can read %s: %w", r.Name, err)
		}
		if err != nil {
			continue // it is not there any more, for us at least
		}
		if who == "" {
			goesOn = r.Place
			continue
		}
		readers[r.ID] = who
		left = append(left, r.Place)
	}
	if len(left) == 0 {
		return nil
	}
	if goesOn.IsZero() {
		room, at, err := f.open(ctx, in, seq, f.people(in, m.By))
		if err == nil { // so that nobody is sent to a room that is left next
			err = f.board.Await(ctx, at)
		}
		if err != nil {
			return err
		}
		goesOn = room
	}
	zone, err := time.LoadLocation(f.board.Page().TimeZone)
	if err != nil {
		zone = time.UTC
	}
	for _, old := range left {
		was := fmt.Sprintf("What was said in %s until %s can be read by %s.", old.Name, instant.Clock(m.When, zone), readers[old.ID])
		key := fmt.Sprintf("%s/%d/left/%s", f.Name(), seq, old.ID)
		farewell := bot.Announcement{Incident: in.ID, Title: in.ID, Text: in.ID + " is private now, and goes on in a room of its own. Who is needed is brought in there by name.", At: m.When, Zone: zone}
		if _, err := f.platform.Post(ctx, bot.Post{To: old, Message: farewell, Key: key, Since: m.Recorded}); err != nil && temporary(err) {
			return fmt.Errorf("leave %s: %w", old.Name, err)
		}
		told := bot.Announcement{Incident: in.ID, Title: in.Title, Text: in.ID + " is private and goes on here. " + was, At: m.When, Zone: zone}
		if _, err := f.platform.Post(ctx, bot.Post{To: goesOn, Message: told, Key: key + "/said", Since: m.Recorded}); err != nil {
			return sent(fmt.Errorf("say in %s what was readable: %w", goesOn.Name, err))
		}
		if err := warden.CloseRoom(ctx, old); err != nil {
			return sent(fmt.Errorf("put %s away: %w", old.Name, err))
		}
		if _, err := f.record(ctx, in, seq, "/"+old.ID, incident.RoomClosed{Room: old, Why: "private now. " + was}); err != nil {
			return err
		}
	}
	return nil
}
