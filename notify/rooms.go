package notify

import (
	"context"
	"fmt"

	"sitrep/bot"
	"sitrep/follow"
	"sitrep/incident"
	"sitrep/store"
)

// RoomsOptions are the optional parts of Rooms.
type RoomsOptions struct {
	// Wants says whether an incident that is declared with a severity gets a
	// room; nil is always.
	Wants func(severity string) bool
	// Account is somebody as the platform knows them: of a person with several
	// accounts the one there. Nil takes people as the record names them.
	Account func(incident.Person) incident.Person
}

// Rooms opens a room for every incident that is declared, on one platform, and
// brings people in: who declared it, and who takes a role in it. An incident that
// becomes private goes on in a room that others cannot enter.
type Rooms struct {
	log      *store.Log
	board    *incident.Board
	platform bot.Platform
	opener   bot.RoomOpener
	o        RoomsOptions
}

// NewRooms returns the follower for a platform that can open rooms.
func NewRooms(l *store.Log, b *incident.Board, p bot.Platform, opener bot.RoomOpener, o *RoomsOptions) *Rooms {
	f := &Rooms{log: l, board: b, platform: p, opener: opener}
	if o != nil {
		f.o = *o
	}
	if f.o.Account == nil {
		f.o.Account = func(who incident.Person) incident.Person { return who }
	}
	return f
}

// Name is the name of its cursor.
func (f *Rooms) Name() string { return "rooms:" + f.platform.Name() }

// Wants reports whether records of a kind open a room, or change who is in it.
func (f *Rooms) Wants(kind string) bool {
	switch kind {
	case incident.Declared{}.Kind(), incident.PrivacyChanged{}.Kind(), incident.RoleAssigned{}.Kind(), incident.HandoverOffered{}.Kind(), incident.HandoverAccepted{}.Kind(), incident.SeverityChanged{}.Kind():
		return true
	}
	return false
}

// Handle opens the room of a declared incident and records where it is, moves
// one that became private, and brings in who is needed now.
func (f *Rooms) Handle(ctx context.Context, r store.Record, state []byte) ([]byte, error) {
	if err := f.board.Await(ctx, r.Seq); err != nil {
		return state, err
	}
	in := f.board.Get(r.Stream)
	if in == nil {
		return state, nil
	}
	m, ev, err := incident.Decode(incident.Header{Seq: r.Seq, N: r.N, Recorded: r.At, Kind: r.Kind, Imported: r.Imported, Redacted: r.Redacted}, r.Data)
	if err != nil {
		return state, follow.Permanent(err)
	}
	switch e := ev.(type) {
	case incident.Declared:
		if _, there := in.RoomOn(f.platform.Name()); there || f.o.Wants != nil && !f.o.Wants(in.Severity) {
			return state, nil
		}
		_, _, err = f.open(ctx, in, r.Seq, f.people(in, in.Declared.By))
	case incident.PrivacyChanged:
		if e.Private && in.Private { // and not taken back since
			err = f.move(ctx, in, r.Seq, m)
		}
	case incident.RoleAssigned:
		err = f.invite(ctx, in, e.Who)
	case incident.HandoverOffered: // it is accepted there
		err = f.invite(ctx, in, e.To)
	case incident.HandoverAccepted:
		err = f.invite(ctx, in, m.By)
	case incident.SeverityChanged: // its groups
		err = f.invite(ctx, in)
	}
	return state, err
}

// open opens a room and records where it is; at is the record that says so.
func (f *Rooms) open(ctx context.Context, in *incident.Incident, seq uint64, invite []incident.Person) (room incident.Place, at uint64, err error) {
	room, ref, err := f.opener.OpenRoom(ctx, in, invite)
	if err != nil {
		return room, 0, sent(fmt.Errorf("open the room of %s: %w", in.ID, err))
	}
	at, err = f.record(ctx, in, seq, "", incident.RoomOpened{Room: room, Ref: ref})
	return room, at, err
}

// record appends what the record seq has led to; which tells several of a kind
// apart.
func (f *Rooms) record(ctx context.Context, in *incident.Incident, seq uint64, which string, ev incident.Event) (at uint64, err error) {
	data, err := incident.Encode(incident.Meta{}, ev)
	if err != nil {
		return 0, err
	}
	key := fmt.Sprintf("%s/%d/%s%s", f.Name(), seq, ev.Kind(), which)
	rs, err := f.log.Append(ctx, in.ID, key, store.Record{Kind: ev.Kind(), Data: data})
	if err != nil {
		return 0, fmt.Errorf("record the room of %s: %w", in.ID, err)
	}
	return rs[0].Seq, nil
}

// invite brings people into the room of an incident, if it has one.
func (f *Rooms) invite(ctx context.Context, in *incident.Incident, people ...incident.Person) error {
	inviter, can := f.platform.(bot.Inviter)
	room, there := in.RoomOn(f.platform.Name())
	if !can || !there || !in.Open() {
		return nil
	}
	if err := inviter.Invite(ctx, in, room, f.people(in, people...)); err != nil {
		return sent(fmt.Errorf("bring people into the room of %s: %w", in.ID, err))
	}
	return nil
}

// people are the accounts of people on the platform. Of a private incident
// everybody who has a part in it comes along.
func (f *Rooms) people(in *incident.Incident, some ...incident.Person) []incident.Person {
	all := some
	if in.Private {
		all = append(all, in.Declared.By)
		for _, who := range in.Roles {
			all = append(all, who)
		}
		for _, who := range in.Handovers {
			all = append(all, who)
		}
	}
	var out []incident.Person
	seen := map[string]bool{}
	for _, who := range all {
		who = f.o.Account(who)
		if !who.IsZero() && !seen[who.ID] {
			seen[who.ID] = true
			out = append(out, who)
		}
	}
	return out
}
