package discord

import (
	"context"
	"fmt"
)

// A Finding is one thing that Check looked at.
type Finding struct {
	OK   bool
	Text string // what is so, or what to do
}

// Check looks at the token, the server, the channel of the rooms and the
// permissions there, without changing anything: for sitrep check. The error is
// Discord's being away.
func (p *Platform) Check(ctx context.Context) ([]Finding, error) {
	var out []Finding
	say := func(ok bool, format string, args ...any) {
		out = append(out, Finding{ok, fmt.Sprintf(format, args...)})
	}
	if _, err := p.self(ctx); err != nil {
		if temporary(err) {
			return nil, err
		}
		say(false, "%v", err)
		return out, nil
	}
	invite, err := p.Invite(ctx)
	if err != nil {
		return nil, err
	}
	say(true, "The token is good. The bot is invited with: %s", invite)
	var app struct {
		Flags int `json:"flags"`
	}
	if err := p.do(ctx, call{method: "GET", path: "applications/@me"}, &app); err != nil {
		return nil, err
	}
	if app.Flags&(contentAlways|contentSmall) != 0 || p.o.Public {
		say(true, "It may read what is said.")
	} else {
		say(false, "Message Content Intent is off: turn it on in the developer portal, page Bot. Until then the timeline keeps only commands and what is added from a message's menu.")
	}
	var g guildIn
	if err := p.do(ctx, call{method: "GET", path: "guilds/" + p.guild}, &g); err != nil {
		if temporary(err) {
			return nil, err
		}
		say(false, "The bot is not on the server %s. Open the address above as one of its administrators.", p.guild)
		return out, nil
	}
	say(true, "It is on the server %s.", g.Name)
	if p.o.Public {
		return out, nil
	}
	for _, r := range p.places() {
		if err := p.checkRooms(ctx, r, say); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// checkRooms looks at one place that rooms are opened in. The error is Discord's
// being away.
func (p *Platform) checkRooms(ctx context.Context, r Rooms, say func(bool, string, ...any)) error {
	have, err := p.mine(ctx, r.Channel)
	if err != nil {
		if temporary(err) {
			return err
		}
		say(false, "%v", err)
		return nil
	}
	where := "on the server"
	if r.Channel != "" {
		where = "in " + p.label(r.Channel)
	}
	if lacks := (everywhere | r.needs()) &^ have; lacks != 0 {
		say(false, "It lacks %s %s.", lacks.words(), where)
	} else {
		say(true, "It has every permission that it needs %s.", where)
	}
	if r.Channel == "" {
		return nil
	}
	c, err := p.find(ctx, r.Channel)
	if temporary(err) {
		return err
	}
	kinds := map[RoomKind]int{Threads: textChannel, Posts: forumChannel, Channels: categoryChannel}
	if want, known := kinds[r.Kind]; err == nil && known && c.Type != want {
		say(false, "Rooms cannot be opened: %s is no %s.", where[len("in "):], map[RoomKind]string{Threads: "text channel", Posts: "forum", Channels: "category"}[r.Kind])
	}
	if r.Kind == Channels {
		return nil
	}
	if err := p.hidden(ctx, r.Channel); temporary(err) {
		return err
	} else if err != nil {
		say(false, "Rooms cannot be opened: %v.", err)
	}
	return nil
}

// categoryChannel is the type of a category.
const categoryChannel = 4

// The flags of an application that may read content: because it is verified, or
// because it is on few servers.
const (
	contentAlways = 1 << 18
	contentSmall  = 1 << 19
)
