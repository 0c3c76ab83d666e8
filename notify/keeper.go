package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"sitrep/bot"
	"sitrep/follow"
	"sitrep/incident"
	"sitrep/store"
)

// patience is how long a Keeper waits for a platform's limit on names: what
// takes longer is left until something else happens, since a name is worth
// nobody's waiting.
const patience = 10 * time.Second

// KeeperOptions are the optional parts of a Keeper.
type KeeperOptions struct {
	Now     func() time.Time           // time.Now if nil
	Command string                     // the command's name without the slash, for the words of a farewell; "incident"
	Wants   func(severity string) bool // which incidents have rooms; nil is all
	// Account is as in [RoomsOptions].
	Account func(incident.Person) incident.Person
}

// A Keeper keeps the rooms that were opened for incidents on one platform: they
// are called what the incident is called, are put away when it has long ended
// (see [incident.RoomsRetired]), and are brought back when it is reopened. What
// of this a platform can do it says by being a [bot.RoomNamer], a
// [bot.RoomCloser] and a [bot.RoomReopener]. Rooms that were adopted are other people's, and are left
// alone.
type Keeper struct {
	log      *store.Log
	board    *incident.Board
	platform bot.Platform
	opener   bot.RoomOpener
	o        KeeperOptions
}

// NewKeeper returns the follower for a platform that opens rooms.
func NewKeeper(l *store.Log, b *incident.Board, p bot.Platform, open bot.RoomOpener, o *KeeperOptions) *Keeper {
	k := &Keeper{log: l, board: b, platform: p, opener: open}
	if o != nil {
		k.o = *o
	}
	if k.o.Now == nil {
		k.o.Now = time.Now
	}
	if k.o.Account == nil {
		k.o.Account = func(who incident.Person) incident.Person { return who }
	}
	if k.o.Command == "" {
		k.o.Command = "incident"
	}
	return k
}

// Name is the name of its cursor.
func (k *Keeper) Name() string { return "rooms-kept:" + k.platform.Name() }

// Wants reports whether records of a kind may change a room, or bring a name to
// mind that could not be given yet.
func (k *Keeper) Wants(kind string) bool {
	return tells(kind) || kind == incident.RoomsRetired{}.Kind()
}

// kept is the Keeper's state: the rooms whose name is not up to date, and when
// the platform lets it be changed.
type kept struct {
	Late map[string]time.Time `json:"late,omitempty"` // by incident
}

// Handle does to the rooms of the record's incident what it asks for.
func (k *Keeper) Handle(ctx context.Context, r store.Record, state []byte) ([]byte, error) {
	if !strings.HasPrefix(r.Stream, "INC-") || strings.HasSuffix(r.Stream, "/room") {
		return state, nil
	}
	if err := k.board.Await(ctx, r.Seq); err != nil {
		return state, err
	}
	in := k.board.Get(r.Stream)
	if in == nil {
		return state, nil
	}
	var s kept
	if len(state) > 0 {
		if err := json.Unmarshal(state, &s); err != nil {
			return state, fmt.Errorf("read the state of %s: %w", k.Name(), err)
		}
	}
	if s.Late == nil {
		s.Late = map[string]time.Time{}
	}
	var err error
	switch r.Kind {
	case incident.RoomsRetired{}.Kind():
		err = k.close(ctx, in, r.Seq)
	case incident.Reopened{}.Kind(), incident.Unmerged{}.Kind():
		err = k.reopen(ctx, in, r.Seq)
	}
	if err != nil {
		return state, err
	}
	if names(r.Kind) {
		s.Late[in.ID] = time.Time{}
	}
	err = k.name(ctx, &s)
	if temporary(err) {
		return state, err
	}
	next, e := json.Marshal(s)
	if err == nil {
		err = e
	}
	return next, err
}

// names reports whether a record of a kind changes what a room is called or
// shows.
func names(kind string) bool {
	switch kind {
	case incident.Renamed{}.Kind(), incident.SeverityChanged{}.Kind(), incident.StateChanged{}.Kind(), incident.Reopened{}.Kind(),
		incident.CanceledBy{}.Kind(), incident.MergedInto{}.Kind(), incident.Unmerged{}.Kind():
		return true
	}
	return false
}

// name gives the rooms their names whose time has come. One that may not be
// changed yet is left for later, and holds nothing up.
func (k *Keeper) name(ctx context.Context, s *kept) error {
	namer, ok := k.platform.(bot.RoomNamer)
	if !ok {
		clear(s.Late)
		return nil
	}
	var refused error
	for id, at := range s.Late {
		in := k.board.Get(id)
		if in == nil {
			delete(s.Late, id)
			continue
		}
		room, there := in.OwnRoom(k.platform.Name())
		if !there || room.Closed {
			delete(s.Late, id)
			continue
		}
		if k.o.Now().Before(at) {
			continue
		}
		err := namer.NameRoom(ctx, in, room.Place)
		var t *bot.Temporary
		switch {
		case errors.As(err, &t) && t.After > patience:
			s.Late[id] = k.o.Now().Add(t.After)
		case temporary(err):
			return fmt.Errorf("name the room of %s: %w", id, err)
		case err != nil:
			delete(s.Late, id)
			refused = follow.Permanent(fmt.Errorf("name the room of %s: %w", id, err))
		default:
			delete(s.Late, id)
		}
	}
	return refused
}

// close says goodbye in the incident's room and puts it away, unless somebody
// has opened the incident again since.
func (k *Keeper) close(ctx context.Context, in *incident.Incident, seq uint64) error {
	closer, ok := k.platform.(bot.RoomCloser)
	room, there := in.OwnRoom(k.platform.Name())
	if !ok || !there || room.Closed || in.Open() || room.Within != "" { // a thread in a channel of others stays where it is
		return nil
	}
	key := fmt.Sprintf("%s/%d", k.Name(), seq)
	farewell := bot.Announcement{
		Incident: in.ID, Title: in.Title, At: k.o.Now(),
		Text: "This room is put away: the incident is over, and nothing has happened here for a while. It can be read as before; to work on it again, type /" + k.o.Command + " reopen " + in.ID + " <why> anywhere else.",
	}
	if _, err := k.platform.Post(ctx, bot.Post{To: room.Place, Message: farewell, Key: key + "/farewell"}); temporary(err) {
		return fmt.Errorf("say goodbye in the room of %s: %w", in.ID, err)
	} // a room in which nothing can be said any more can be put away all the same
	if err := closer.CloseRoom(ctx, room.Place); err != nil {
		return sent(fmt.Errorf("put the room of %s away: %w", in.ID, err))
	}
	return k.record(ctx, in.ID, key, incident.RoomClosed{Room: room.Place, Why: "put away"})
}

// reopen brings the room of an incident back, or opens another where that
// cannot be.
func (k *Keeper) reopen(ctx context.Context, in *incident.Incident, seq uint64) error {
	reopener, ok := k.platform.(bot.RoomReopener)
	was, there := in.OwnRoom(k.platform.Name())
	if _, works := in.RoomOn(k.platform.Name()); !ok || !there || !was.Closed || works || !in.Open() {
		return nil
	}
	ev := incident.RoomOpened{Room: was.Place, Ref: was.Ref}
	err := reopener.ReopenRoom(ctx, was.Place)
	switch {
	case temporary(err):
		return fmt.Errorf("bring the room of %s back: %w", in.ID, err)
	case err != nil && k.o.Wants != nil && !k.o.Wants(in.Severity):
		return nil
	case err != nil:
		room, ref, err := k.opener.OpenRoom(ctx, in, k.invited(in))
		if err != nil {
			return sent(fmt.Errorf("open another room for %s: %w", in.ID, err))
		}
		ev = incident.RoomOpened{Room: room, Ref: ref}
	}
	if now := k.board.Get(in.ID); now != nil && !now.Closed(ev.Room) {
		return nil // the platform has said so itself meanwhile
	}
	key := fmt.Sprintf("%s/%d", k.Name(), seq)
	if err := k.record(ctx, in.ID, key, ev); err != nil {
		return err
	}
	if ev.Room.ID == was.ID || was.Ref == "" {
		return nil
	}
	back := bot.Announcement{Incident: in.ID, Title: in.Title, At: k.o.Now(), Text: "The incident is open again. What was said before is in " + was.Name + ": " + was.Ref}
	if _, err := k.platform.Post(ctx, bot.Post{To: ev.Room, Message: back, Key: key + "/back"}); err != nil {
		return sent(fmt.Errorf("post to %s: %w", ev.Room.Name, err))
	}
	return nil
}

// invited are those who have a part in an incident: who declared it, and who
// holds a role.
func (k *Keeper) invited(in *incident.Incident) []incident.Person {
	out := []incident.Person{k.o.Account(in.Declared.By)}
	for _, p := range in.Roles {
		out = append(out, k.o.Account(p))
	}
	return out
}

// record appends what a Keeper has learned.
func (k *Keeper) record(ctx context.Context, stream, key string, ev incident.Event) error {
	data, err := incident.Encode(incident.Meta{}, ev)
	if err != nil {
		return err
	}
	if _, err := k.log.Append(ctx, stream, key+"/"+ev.Kind(), store.Record{Kind: ev.Kind(), Data: data}); err != nil {
		return fmt.Errorf("record the room of %s: %w", stream, err)
	}
	return nil
}
