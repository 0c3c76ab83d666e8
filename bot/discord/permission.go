package discord

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/bwmarrin/discordgo"
)

// The permissions that are asked for. The library has no name for the newest.
const (
	viewChannel    = bits(discordgo.PermissionViewChannel)
	sendMessages   = bits(discordgo.PermissionSendMessages)
	embedLinks     = bits(discordgo.PermissionEmbedLinks)
	attachFiles    = bits(discordgo.PermissionAttachFiles)
	readHistory    = bits(discordgo.PermissionReadMessageHistory)
	addReactions   = bits(discordgo.PermissionAddReactions)
	manageChannels = bits(discordgo.PermissionManageChannels)
	manageRoles    = bits(discordgo.PermissionManageRoles)
	manageThreads  = bits(discordgo.PermissionManageThreads)
	publicThreads  = bits(discordgo.PermissionCreatePublicThreads)
	privateThreads = bits(discordgo.PermissionCreatePrivateThreads)
	inThreads      = bits(discordgo.PermissionSendMessagesInThreads)
	pinMessages    = bits(1 << 51)
	administrator  = bits(discordgo.PermissionAdministrator)
)

// words are what Discord's settings call a permission.
func (b bits) words() string {
	var out []string
	for _, x := range []struct {
		bit  bits
		name string
	}{
		{viewChannel, "View Channel"}, {sendMessages, "Send Messages"}, {inThreads, "Send Messages in Threads"}, {embedLinks, "Embed Links"},
		{attachFiles, "Attach Files"}, {readHistory, "Read Message History"}, {addReactions, "Add Reactions"}, {pinMessages, "Pin Messages"},
		{publicThreads, "Create Public Threads"}, {privateThreads, "Create Private Threads"}, {manageThreads, "Manage Threads"},
		{manageChannels, "Manage Channels"}, {manageRoles, "Manage Permissions"},
	} {
		if b&x.bit != 0 {
			out = append(out, x.name)
		}
	}
	if len(out) > 1 {
		return strings.Join(out[:len(out)-1], ", ") + " and " + out[len(out)-1]
	}
	return strings.Join(out, "")
}

// everywhere is what a bot needs wherever it says something.
const everywhere = viewChannel | sendMessages | inThreads | embedLinks | attachFiles | readHistory | addReactions | pinMessages

// wanted is every permission that sitrep needs with this configuration.
func (p *Platform) wanted() bits {
	all := everywhere
	for _, r := range p.places() {
		all |= r.needs()
	}
	return all
}

// needs is what opening and keeping rooms of a kind takes besides.
func (r Rooms) needs() bits {
	if r.Kind == Channels {
		return manageChannels | manageRoles | publicThreads
	}
	return publicThreads | privateThreads | manageThreads
}

// Invitation is the address with which an administrator brings the bot into the
// server, with exactly the permissions that it needs.
func (p *Platform) Invitation(ctx context.Context) (string, error) {
	app, err := p.application(ctx)
	if err != nil {
		return "", err
	}
	return "https://discord.com/oauth2/authorize?client_id=" + app + "&scope=bot+applications.commands&permissions=" + strconv.FormatUint(uint64(p.wanted()), 10) + "&guild_id=" + p.guild, nil
}

// effective is what somebody with these roles may do in a channel, as Discord
// documents it. A thread has what its parent gives.
func effective(c channelIn, guild, user string, held []string, roles map[string]roleIn) bits {
	b := roles[guild].Permissions
	has := map[string]bool{}
	for _, id := range held {
		has[id] = true
		b |= roles[id].Permissions
	}
	if b&administrator != 0 {
		return ^bits(0)
	}
	var allow, deny, ownAllow, ownDeny bits
	for _, o := range c.Overwrites {
		switch {
		case o.ID == guild:
			b = b&^o.Deny | o.Allow
		case o.Type == 0 && has[o.ID]:
			allow |= o.Allow
			deny |= o.Deny
		case o.Type == 1 && o.ID == user && user != "":
			ownAllow, ownDeny = o.Allow, o.Deny
		}
	}
	b = b&^deny | allow
	b = b&^ownDeny | ownAllow
	if b&viewChannel == 0 {
		return 0
	}
	return b
}

// mine computes what the bot may do in a channel, with fresh facts.
func (p *Platform) mine(ctx context.Context, channel string) (bits, error) {
	self, err := p.self(ctx)
	if err != nil {
		return 0, err
	}
	var me memberIn
	if err := p.do(ctx, call{method: "GET", path: "guilds/" + p.guild + "/members/" + self}, &me); err != nil {
		return 0, err
	}
	roles, err := p.roles(ctx)
	if err != nil {
		return 0, err
	}
	c := channelIn{}
	if channel != "" {
		if c, err = p.place(ctx, channel); err != nil {
			return 0, err
		}
	}
	return effective(c, p.guild, self, me.Roles, roles), nil
}

// place returns the channel whose overwrites hold: a thread's parent.
func (p *Platform) place(ctx context.Context, id string) (channelIn, error) {
	c, err := p.find(ctx, id)
	if err == nil && c.isThread() {
		c, err = p.find(ctx, c.Parent)
	}
	return c, err
}

func (p *Platform) roles(ctx context.Context) (map[string]roleIn, error) {
	if known := p.names.allRoles(); len(known) > 0 {
		return known, nil
	}
	var list []roleIn
	if err := p.do(ctx, call{method: "GET", path: "guilds/" + p.guild + "/roles"}, &list); err != nil {
		return nil, err
	}
	out := map[string]roleIn{}
	for _, r := range list {
		p.names.setRole(r)
		out[r.ID] = r
	}
	return out, nil
}

// lacking names the permission that a refused call lacked, and where.
func (p *Platform) lacking(ctx context.Context, c call) string {
	where := "on the server"
	if c.channel != "" {
		where = "in " + p.label(c.channel)
	}
	needs := viewChannel | c.needs
	if !asking(ctx) {
		if have, err := p.mine(context.WithValue(ctx, askingKey{}, true), c.channel); err == nil && needs&^have != 0 {
			needs &^= have
		}
	}
	return fmt.Sprintf("sitrep may not do that %s: it lacks %s. An administrator gives it in the channel's or the server's settings, under Permissions.", where, needs.words())
}

// askingKey marks the requests that find out why another one was refused.
type askingKey struct{}

func asking(ctx context.Context) bool { return ctx.Value(askingKey{}) != nil }
