package fakediscord

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// emoji reads the emoji of a route: a character, or name:id of one that the
// guild has.
func (s *Server) emoji(r *http.Request) (Emoji, error) {
	raw := r.PathValue("emoji")
	if u, err := url.PathUnescape(raw); err == nil {
		raw = u
	}
	return s.emojiOf(raw)
}

func (s *Server) emojiOf(raw string) (Emoji, error) {
	name, id, custom := strings.Cut(raw, ":")
	if !custom {
		if raw == "" || strings.IndexFunc(raw, func(c rune) bool { return c > 0x2000 }) < 0 {
			return Emoji{}, fail(400, 10014, "Unknown Emoji")
		}
		return Emoji{Name: raw}, nil
	}
	for _, e := range s.emojis {
		if e.ID == id && e.Name == name {
			return *e, nil
		}
	}
	return Emoji{}, fail(400, 10014, "Unknown Emoji")
}

func (s *Server) putReaction(r *http.Request) (any, error) {
	c, m, err := s.opened(r)
	if err != nil {
		return nil, err
	}
	if f := s.need(c, ReadHistory|AddReactions); f != nil {
		return nil, f
	}
	e, err := s.emoji(r)
	if err != nil {
		return nil, err
	}
	s.react(c, m, s.bot.ID, e)
	return nil, nil
}

func (s *Server) deleteReaction(r *http.Request) (any, error) {
	c, m, err := s.opened(r)
	if err != nil {
		return nil, err
	}
	e, err := s.emoji(r)
	if err != nil {
		return nil, err
	}
	s.unreact(c, m, s.bot.ID, e)
	return nil, nil
}

func (s *Server) getReactions(r *http.Request) (any, error) {
	_, m, err := s.opened(r)
	if err != nil {
		return nil, err
	}
	e, err := s.emoji(r)
	if err != nil {
		return nil, err
	}
	n, err := limitOf(r, 25, 100)
	if err != nil {
		return nil, err
	}
	out := []User{}
	for _, x := range m.Reactions {
		if x.Emoji.key() == e.key() {
			for _, id := range x.users[:min(n, len(x.users))] {
				out = append(out, *s.users[id])
			}
		}
	}
	return out, nil
}

func (s *Server) react(c *Channel, m *Message, user string, e Emoji) {
	i := slices.IndexFunc(m.Reactions, func(x Reaction) bool { return x.Emoji.key() == e.key() })
	if i < 0 {
		m.Reactions = append(m.Reactions, Reaction{Emoji: e})
		i = len(m.Reactions) - 1
	}
	x := &m.Reactions[i]
	if slices.Contains(x.users, user) {
		return
	}
	x.users = append(slices.Clone(x.users), user)
	x.Count, x.Me = len(x.users), slices.Contains(x.users, s.bot.ID)
	ev := s.reaction(c, m, user, e)
	if member := s.members[user]; member != nil {
		ev["member"] = member
	}
	s.tell(c, "MESSAGE_REACTION_ADD", ev)
}

func (s *Server) unreact(c *Channel, m *Message, user string, e Emoji) {
	i := slices.IndexFunc(m.Reactions, func(x Reaction) bool { return x.Emoji.key() == e.key() })
	if i < 0 || !slices.Contains(m.Reactions[i].users, user) {
		return
	}
	x := &m.Reactions[i]
	x.users = slices.DeleteFunc(slices.Clone(x.users), func(u string) bool { return u == user })
	x.Count, x.Me = len(x.users), slices.Contains(x.users, s.bot.ID)
	if x.Count == 0 {
		m.Reactions = slices.Delete(slices.Clone(m.Reactions), i, i+1)
	}
	s.tell(c, "MESSAGE_REACTION_REMOVE", s.reaction(c, m, user, e))
}

func (s *Server) reaction(c *Channel, m *Message, user string, e Emoji) map[string]any {
	emoji := map[string]any{"id": nil, "name": e.Name}
	if e.ID != "" {
		emoji["id"] = e.ID
	}
	return map[string]any{"user_id": user, "channel_id": c.ID, "message_id": m.ID, "guild_id": s.guild, "emoji": emoji, "message_author_id": m.Author.ID}
}

// maxPins is how many messages a channel can have pinned.
const maxPins = 250

func (s *Server) putPin(r *http.Request) (any, error) {
	c, m, err := s.opened(r)
	if err != nil {
		return nil, err
	}
	if f := s.need(c, PinMessages); f != nil {
		return nil, f
	}
	return nil, s.pin(c, m, s.bot)
}

func (s *Server) deletePin(r *http.Request) (any, error) {
	c, m, err := s.opened(r)
	if err != nil {
		return nil, err
	}
	if f := s.need(c, PinMessages); f != nil {
		return nil, f
	}
	s.unpin(c, m)
	return nil, nil
}

// pin pins a message. The gateway says only that the channel's pins have
// changed; a system message says who pinned what.
func (s *Server) pin(c *Channel, m *Message, by User) error {
	if m.Pinned {
		return nil
	}
	if len(s.pinned(c)) >= maxPins {
		return fail(400, 30003, "Maximum number of pins reached (250)")
	}
	m.Pinned, m.pinnedAt = true, s.now()
	at := m.pinnedAt
	c.LastPin = &at
	s.tell(c, "CHANNEL_PINS_UPDATE", s.pins(c))
	s.add(c, &Message{ID: s.id(), Type: 6, ChannelID: c.ID, Author: by, Timestamp: s.now(), Mentions: []Mention{}, RoleMention: []string{}, Embeds: []Embed{}, Attachments: []Attachment{}, Components: []Component{},
		Reference: &Reference{MessageID: m.ID, ChannelID: c.ID, GuildID: s.guild}})
	return nil
}

func (s *Server) unpin(c *Channel, m *Message) {
	if !m.Pinned {
		return
	}
	m.Pinned = false
	s.tell(c, "CHANNEL_PINS_UPDATE", s.pins(c))
}

func (s *Server) pins(c *Channel) map[string]any {
	return map[string]any{"guild_id": s.guild, "channel_id": c.ID, "last_pin_timestamp": c.LastPin}
}

// pinned lists a channel's pinned messages, the last pinned first.
func (s *Server) pinned(c *Channel) []*Message {
	var out []*Message
	for _, m := range s.messages[c.ID] {
		if m.Pinned {
			out = append(out, m)
		}
	}
	slices.SortStableFunc(out, func(a, b *Message) int { return b.pinnedAt.Compare(a.pinnedAt) })
	return out
}

func (s *Server) getPins(r *http.Request) (any, error) {
	c, err := s.open(r)
	if err != nil {
		return nil, err
	}
	n, err := limitOf(r, 50, 50)
	if err != nil {
		return nil, err
	}
	items := []map[string]any{}
	more := false
	before := s.now().Add(time.Hour)
	if q := r.URL.Query().Get("before"); q != "" {
		if before, err = time.Parse(time.RFC3339Nano, q); err != nil {
			return nil, invalid("before", "Not a well formed ISO8601 date")
		}
	}
	for _, m := range s.pinned(c) {
		switch {
		case !m.pinnedAt.Before(before):
		case len(items) == n:
			more = true
		default:
			items = append(items, map[string]any{"pinned_at": m.pinnedAt, "message": s.stripped([]*Message{m})[0]})
		}
	}
	return map[string]any{"items": items, "has_more": more}, nil
}

func (s *Server) getOldPins(r *http.Request) (any, error) {
	c, err := s.open(r)
	if err != nil {
		return nil, err
	}
	ms := s.pinned(c)
	return s.stripped(ms[:min(50, len(ms))]), nil
}
