package fakediscord

import "slices"

// The permissions that routes ask for; the bits are Discord's.
const (
	AddReactions       Permission = 1 << 6
	Administrator      Permission = 1 << 3
	ManageChannels     Permission = 1 << 4
	ViewChannel        Permission = 1 << 10
	SendMessages       Permission = 1 << 11
	ManageMessages     Permission = 1 << 13
	EmbedLinks         Permission = 1 << 14
	AttachFiles        Permission = 1 << 15
	ReadHistory        Permission = 1 << 16
	MentionEveryone    Permission = 1 << 17
	ManageRoles        Permission = 1 << 28
	ManageThreads      Permission = 1 << 34
	CreatePublic       Permission = 1 << 35
	CreatePrivate      Permission = 1 << 36
	SendInThreads      Permission = 1 << 38
	PinMessages        Permission = 1 << 51
	UseCommands        Permission = 1 << 31
	allPermissions     Permission = 1<<53 - 1
	everyone                      = ViewChannel | SendMessages | ReadHistory | AddReactions | EmbedLinks | AttachFiles | CreatePublic | SendInThreads | UseCommands
	ofBot                         = everyone | ManageChannels | ManageMessages | ManageRoles | ManageThreads | CreatePrivate | PinMessages
	noAccess                      = 50001
	noPermission                  = 50013
	unknownChannel                = 10003
	unknownMessage                = 10008
	unknownInteraction            = 10062
)

// may computes what a user may do in a channel, as Discord documents it: the
// roles' permissions, then the overwrites of everyone, of the roles, of the
// member. A thread has its parent's.
func (s *Server) may(user string, c *Channel) Permission {
	m := s.members[user]
	if m == nil {
		return 0
	}
	if c != nil && c.Type == Direct {
		return everyone
	}
	var p Permission
	for _, r := range s.roles {
		if r.ID == s.guild || slices.Contains(m.Roles, r.ID) {
			p |= r.Permissions
		}
	}
	if p&Administrator != 0 {
		return allPermissions
	}
	at := c
	if at != nil && at.IsThread() {
		at = s.channel(at.ParentID)
	}
	if at == nil {
		return p
	}
	var allow, deny, ownAllow, ownDeny Permission
	for _, o := range at.Overwrites {
		switch {
		case o.ID == s.guild:
			p = p&^o.Deny | o.Allow
		case o.Type == 0 && slices.Contains(m.Roles, o.ID):
			allow |= o.Allow
			deny |= o.Deny
		case o.Type == 1 && o.ID == user:
			ownAllow, ownDeny = o.Allow, o.Deny
		}
	}
	p = p&^deny | allow
	p = p&^ownDeny | ownAllow
	if p&ViewChannel == 0 {
		return 0
	}
	if c.Type == PrivateThread && p&ManageThreads == 0 && !slices.Contains(c.people, user) {
		return 0
	}
	return p
}

// need refuses unless the bot may do everything that is named in a channel.
func (s *Server) need(c *Channel, what Permission) *failure {
	have := s.may(s.bot.ID, c)
	switch {
	case have&ViewChannel == 0:
		return fail(403, noAccess, "Missing Access")
	case have&what != what:
		return fail(403, noPermission, "Missing Permissions")
	}
	return nil
}

// writes is the permission that sending to a channel needs.
func writes(c *Channel) Permission {
	if c.IsThread() {
		return SendInThreads
	}
	return SendMessages
}
