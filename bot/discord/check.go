package discord

import (
	"context"
	"fmt"
	"strings"
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
	invite, err := p.Invitation(ctx)
	if err != nil {
		return nil, err
	}
	say(true, "The token is good. The bot is invited with: %s", invite)
	var app struct {
		Flags    int    `json:"flags"`
		Key      string `json:"verify_key"`
		Endpoint string `json:"interactions_endpoint_url"`
	}
	if err := p.do(ctx, call{method: "GET", path: "applications/@me"}, &app); err != nil {
		return nil, err
	}
	if app.Flags&(contentAlways|contentSmall) != 0 || p.o.Public {
		say(true, "It may read what is said.")
	} else {
		say(false, "Message Content Intent is off: turn it on in the developer portal, page Bot. Until then the timeline keeps only commands and what is added from a message's menu.")
	}
	switch {
	case p.o.PublicKey == "" && app.Endpoint != "":
		say(false, "Commands go to %s, and no public key is configured here: empty Interactions Endpoint URL in the developer portal, page General Information, or write chat.discord.public_key.", app.Endpoint)
	case p.o.PublicKey != "" && !strings.EqualFold(p.o.PublicKey, app.Key):
		say(false, "The public key is another application's: copy it from the developer portal, page General Information, into chat.discord.public_key.")
	case p.o.PublicKey != "" && app.Endpoint == "":
		say(false, "Commands still come over the gateway, and are not taken there while a public key is configured: start sitrep, then enter its address as Interactions Endpoint URL in the developer portal, page General Information.")
	case p.o.PublicKey != "":
		say(true, "Commands come in at %s.", app.Endpoint)
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
	if p.o.Announce != "" {
		if err := p.checkPermissions(ctx, p.o.Announce, everywhere, say); err != nil {
			return nil, err
		}
	}
	if p.o.Public {
		return out, nil
	}
	if err := p.checkRoles(ctx, say); err != nil {
		return nil, err
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
	if err := p.checkPermissions(ctx, r.Channel, everywhere|r.needs(), say); err != nil || r.Channel == "" {
		return err
	}
	if r.Kind == Posts && r.Private != "" {
		if err := p.checkPermissions(ctx, r.Private, everywhere|Rooms{Kind: Threads}.needs(), say); err != nil {
			return err
		}
	}
	c, err := p.find(ctx, r.Channel)
	if err != nil {
		if temporary(err) {
			return err
		}
		return nil // that it is not there was said
	}
	kinds := map[RoomKind]int{Threads: textChannel, Posts: forumChannel, Channels: categoryChannel}
	if c.Type != kinds[r.Kind] {
		say(false, "Rooms cannot be opened: %s is no %s.", p.label(c.ID), map[RoomKind]string{Threads: "text channel", Posts: "forum", Channels: "category"}[r.Kind])
		return nil
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

// checkPermissions looks at what the bot may do in a channel, or on the server.
func (p *Platform) checkPermissions(ctx context.Context, channel string, needs bits, say func(bool, string, ...any)) error {
	have, err := p.mine(ctx, channel)
	if err != nil {
		if temporary(err) {
			return err
		}
		say(false, "%v", err)
		return nil
	}
	where := "on the server"
	if channel != "" {
		where = "in " + p.label(channel)
	}
	if lacks := needs &^ have; lacks != 0 {
		say(false, "It lacks %s %s.", lacks.words(), where)
		return nil
	}
	say(true, "It has every permission that it needs %s.", where)
	return nil
}

// checkRoles looks at the roles whose members may use the command.
func (p *Platform) checkRoles(ctx context.Context, say func(bool, string, ...any)) error {
	roles, err := p.roles(ctx)
	if err != nil {
		if temporary(err) {
			return err
		}
		say(false, "%v", err)
		return nil
	}
	var names []string
	for _, id := range p.o.Roles {
		r, ok := roles[id]
		if !ok {
			say(false, "There is no role %s on the server: look at chat.discord.roles.", id)
			continue
		}
		names = append(names, r.Name)
	}
	switch {
	case len(p.o.Roles) == 0:
		say(true, "Only administrators may use /%s, until they let others: Server Settings, Integrations.", p.o.Command)
	case len(names) > 0:
		say(true, "/%s may be used by %s.", p.o.Command, strings.Join(names, " and "))
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
