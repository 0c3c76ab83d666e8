package discord

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sitrep/bot"
	"sitrep/incident"
)

// What people get in a channel that is an incident's room.
const seeRoom = viewChannel | sendMessages | readHistory

// Invite brings people into a room that is open: into a thread as its members,
// into a channel by a permission of their own. Whoever cannot come (they have
// left the server) keeps nobody else out.
func (p *Platform) Invite(ctx context.Context, _ *incident.Incident, room bot.Channel, people []incident.Person) error {
	c, err := p.find(ctx, room.ID)
	if err != nil {
		return err
	}
	var out []error
	for _, who := range people {
		id, ok := idOf(who)
		if !ok {
			continue
		}
		x := call{method: "PUT", path: "channels/" + c.ID + "/thread-members/" + id, channel: c.ID, needs: inThreads}
		if !c.isThread() {
			if slices.ContainsFunc(c.Overwrites, func(o overwriteIn) bool { return o.ID == id && o.Allow&seeRoom == seeRoom }) {
				continue
			}
			x = call{method: "PUT", path: "channels/" + c.ID + "/permissions/" + id, body: overwriteIn{Type: 1, Allow: seeRoom}, channel: c.ID, needs: manageRoles}
		}
		switch err := p.do(ctx, x, nil); {
		case temporary(err) || ctx.Err() != nil:
			return err
		case is(err, codeNoUser, codeNoMember):
			p.o.Log.Warn("somebody could not be brought into a room", "who", who.ID, "room", c.ID, "error", err)
		case err != nil:
			out = append(out, err)
		}
	}
	return errors.Join(out...)
}

// Readers says who can read a room besides those who were let in by name: of a
// thread, whoever can read the channel that it stands in, unless it is private;
// of a channel, everybody or the roles that may see it. Administrators see
// everything always.
func (p *Platform) Readers(ctx context.Context, room bot.Channel) (string, error) {
	c, err := p.find(ctx, room.ID)
	switch {
	case is(err, codeNoChannel):
		return "", nil // nobody finds it any more
	case err != nil:
		return "", err
	case c.Type == privateThread:
		return "", nil
	case c.isThread():
		return "everybody who can read " + p.label(c.Parent), nil
	}
	return p.readers(ctx, c)
}

func (p *Platform) readers(ctx context.Context, c channelIn) (string, error) {
	roles, err := p.roles(ctx)
	if err != nil {
		return "", err
	}
	if effective(c, p.guild, "", nil, roles)&viewChannel != 0 {
		return "everybody on the server", nil
	}
	var names []string
	for id, r := range roles {
		may := effective(c, p.guild, "", []string{id}, roles)
		if id != p.guild && may&viewChannel != 0 && r.Permissions&administrator == 0 && slices.ContainsFunc(c.Overwrites, func(o overwriteIn) bool { return o.ID == id }) {
			names = append(names, r.Name)
		}
	}
	if len(names) == 0 {
		return "", nil
	}
	slices.Sort(names)
	return fmt.Sprintf("everybody with the role %s", strings.Join(names, " or ")), nil
}
