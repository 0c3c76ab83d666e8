package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"sitrep/bot"
	"sitrep/incident"
)

// adopt makes the channel where it is said a room of the incident. A follower
// brings the channel's history in, at its original times.
func adopt(ctx context.Context, r *Runner, c *call) (bot.Message, error) {
	n, ok := incident.ParseRef(c.vals["target"])
	if c.in != nil {
		n, ok = c.in.Number, true
	}
	if !ok {
		return nil, incident.Problemf("target-missing", "Say of which incident: adopt INC-n.")
	}
	in := r.board.Get(incident.Ref(n))
	if in == nil || !r.Visible(c.req.By, in) {
		return nil, incident.Problemf("no-incident", "There is no %s. See the open ones with: list.", incident.Ref(n))
	}
	if c.req.In.ID == "" {
		return nil, incident.Problemf("no-channel", "This is no channel. Say it in the channel that is to be the room of %s.", in.ID)
	}
	if r.o.Readers != nil {
		who, err := r.o.Readers(ctx, c.req.In)
		switch {
		case errors.Is(err, bot.ErrTemporary) && !in.Private: // the room is made, and read back when that can be done
		case errors.Is(err, bot.ErrTemporary):
			return nil, incident.Problemf("readers-unknown", "It cannot be seen now who can read %s, and %s is private. Try it again in a minute.", c.req.In.Name, in.ID)
		case err != nil:
			return nil, incident.Problemf("not-there", "What is said here cannot be read: %s. Then adopt it again.", strings.TrimRight(err.Error(), "."))
		case in.Private && who != "":
			return nil, incident.Problemf("readable", "%s is private, and what is said in %s can be read by %s. Adopt it in a private channel.", in.ID, c.req.In.Name, who)
		}
	}
	c.in = in
	d, err := r.record(ctx, c, incident.Meta{}, func(*incident.Incident) ([]incident.Event, error) {
		switch other := r.board.ByRoom(c.req.In); {
		case other == nil || other.ID != in.ID && other.Closed(c.req.In):
		case !r.Visible(c.req.By, other):
			return nil, incident.Problemf("is-room", "This channel is the room of an incident already.")
		default:
			return nil, incident.Problemf("is-room", "This channel is the room of %s already.", other.ID)
		}
		return []incident.Event{incident.RoomOpened{Room: c.req.In, Adopted: true}}, nil
	})
	if err != nil {
		return nil, err
	}
	return d.receipt(fmt.Sprintf("%s is a room of %s now%s. What was said here before follows at its own times.", c.req.In.Name, in.ID, d.tag())), nil
}
