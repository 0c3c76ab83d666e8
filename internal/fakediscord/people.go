package fakediscord

import (
	"fmt"
	"slices"
)

// AddUser makes a member of the guild.
func (s *Server) AddUser(name string) User {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := &User{ID: s.id(), Username: name}
	s.users[u.ID] = u
	s.members[u.ID] = &Member{User: u, Roles: []string{}}
	return *u
}

// AddBot makes another bot, such as one that brings alerts.
func (s *Server) AddBot(name string) User {
	u := s.AddUser(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users[u.ID].Bot = true
	return *s.users[u.ID]
}

// SetNick gives a member a name of their own in the guild.
func (s *Server) SetNick(user, nick string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.members[user].Nick = nick
}

// AddRole makes a role and gives it to members.
func (s *Server) AddRole(name string, p Permission, users ...string) Role {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &Role{ID: s.id(), Name: name, Permissions: p}
	s.roles = append(s.roles, r)
	for _, u := range users {
		s.members[u].Roles = append(s.members[u].Roles, r.ID)
	}
	s.tell(nil, "GUILD_ROLE_CREATE", map[string]any{"guild_id": s.guild, "role": r})
	return *r
}

// SetBot sets the permissions that the bot's own role gives it.
func (s *Server) SetBot(p Permission) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.roles[1].Permissions = p
	s.tell(nil, "GUILD_ROLE_UPDATE", map[string]any{"guild_id": s.guild, "role": s.roles[1]})
}

// SetEveryone sets the permissions that everybody has.
func (s *Server) SetEveryone(p Permission) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.roles[0].Permissions = p
	s.tell(nil, "GUILD_ROLE_UPDATE", map[string]any{"guild_id": s.guild, "role": s.roles[0]})
}

// OfBot is what the bot's role gives it at first.
func OfBot() Permission { return ofBot }

// AddEmoji makes one of the guild's own emojis.
func (s *Server) AddEmoji(name string) Emoji {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := &Emoji{ID: s.id(), Name: name}
	s.emojis = append(s.emojis, e)
	s.tell(nil, "GUILD_EMOJIS_UPDATE", map[string]any{"guild_id": s.guild, "emojis": s.emojis})
	return *e
}

// AddChannel makes a channel; tags are those of a forum.
func (s *Server) AddChannel(name string, kind int, overwrites []Overwrite, tags ...string) Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &Channel{ID: s.id(), Type: kind, GuildID: s.guild, Name: name, Overwrites: overwrites}
	for _, t := range tags {
		c.Tags = append(c.Tags, Tag{ID: s.id(), Name: t})
	}
	s.channels = append(s.channels, c)
	s.tell(c, "CHANNEL_CREATE", c)
	return *c
}

// DropChannel deletes a channel or a thread.
func (s *Server) DropChannel(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.channel(id); c != nil {
		s.drop(c)
	}
}

// Archive archives a thread, as Discord does when nobody writes.
func (s *Server) Archive(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channel(id)
	c.Thread.Archived = true
	s.tell(c, "THREAD_UPDATE", c)
}

// AddThread is somebody's starting a thread in a channel.
func (s *Server) AddThread(channel, name string) Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.start(s.channel(channel), s.id(), PublicThread, &channelBody{Name: &name})
	if err != nil {
		panic(err) // the guild is full of threads
	}
	return *c
}

// Lock archives and locks a thread, as a moderator does, or opens it again.
func (s *Server) Lock(id string, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channel(id)
	c.Thread.Archived, c.Thread.Locked = on, on
	s.tell(c, "THREAD_UPDATE", c)
}

// Tag gives a post the tags with these ids, and no others.
func (s *Server) Tag(id string, tags ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channel(id)
	c.Applied = tags
	s.tell(c, "THREAD_UPDATE", c)
}

// Channel returns a channel or thread as it is now.
func (s *Server) Channel(id string) (Channel, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channel(id)
	if c == nil {
		return Channel{}, false
	}
	return *c, true
}

// Channels lists the channels and threads.
func (s *Server) Channels() []Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Channel
	for _, c := range s.channels {
		if !c.gone {
			out = append(out, *c)
		}
	}
	return out
}

// People lists who is in a thread.
func (s *Server) People(thread string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.channel(thread).people)
}

// A Saying is what a message can have besides its text.
type Saying struct {
	Reply   string // the message that it answers
	Files   []Attachment
	Embeds  []Embed
	Webhook bool // it came over a webhook
	Type    int
}

// Say says something in a channel.
func (s *Server) Say(user, channel, text string, o *Saying) Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channel(channel)
	u := s.users[user]
	if c == nil || u == nil {
		panic(fmt.Sprintf("fakediscord: no channel %q or no user %q", channel, user))
	}
	m := &Message{ID: s.id(), ChannelID: c.ID, Author: *u, Content: text, Timestamp: s.now(), Attachments: []Attachment{}, Embeds: []Embed{}, Components: []Component{}}
	if o != nil {
		m.Type = o.Type
		m.Attachments, m.Embeds = append(m.Attachments, o.Files...), append(m.Embeds, o.Embeds...)
		if o.Webhook {
			m.WebhookID = u.ID
		}
		if at := s.message(c.ID, o.Reply); at != nil {
			m.Type, m.Reference = 19, &Reference{MessageID: at.ID, ChannelID: c.ID, GuildID: s.guild}
			copied := at.copied()
			m.Replied = &copied
		}
	}
	s.mentions(m, nil)
	s.add(c, m)
	return m.copied()
}

// Again delivers a message a second time, as a gateway may.
func (s *Server) Again(channel, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tell(s.channel(channel), "MESSAGE_CREATE", s.event(s.message(channel, id)))
}

// Edit gives a message another text.
func (s *Server) Edit(channel, id, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.message(channel, id)
	now := s.now()
	m.Content, m.Edited = text, &now
	s.mentions(m, nil)
	s.tell(s.channel(channel), "MESSAGE_UPDATE", s.event(m))
}

// Unfurl updates a message as Discord does when it has looked at a link: with
// an embed, and without having been edited.
func (s *Server) Unfurl(channel, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.message(channel, id)
	m.Embeds = append(m.Embeds, Embed{Type: "link", Title: "A page", URL: "https://example.org"})
	s.tell(s.channel(channel), "MESSAGE_UPDATE", s.event(m))
}

// Delete deletes messages; more than one go in one event.
func (s *Server) Delete(channel string, ids ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(s.channel(channel), ids...)
}

// React puts an emoji ("📌" or "name:id") on a message.
func (s *Server) React(user, channel, id, emoji string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, err := s.emojiOf(emoji); err == nil {
		s.react(s.channel(channel), s.message(channel, id), user, e)
	}
}

// Unreact takes it off again.
func (s *Server) Unreact(user, channel, id, emoji string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, err := s.emojiOf(emoji); err == nil {
		s.unreact(s.channel(channel), s.message(channel, id), user, e)
	}
}

// Clear takes every emoji off a message, or the one that is named, as moderators
// do.
func (s *Server) Clear(channel, id, emoji string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.message(channel, id)
	if emoji == "" {
		m.Reactions = nil
		s.tell(s.channel(channel), "MESSAGE_REACTION_REMOVE_ALL", map[string]any{"channel_id": channel, "message_id": id, "guild_id": s.guild})
		return
	}
	e, err := s.emojiOf(emoji)
	if err != nil {
		return
	}
	m.Reactions = slices.DeleteFunc(slices.Clone(m.Reactions), func(r Reaction) bool { return r.Emoji.key() == e.key() })
	ev := s.reaction(s.channel(channel), m, "", e)
	delete(ev, "user_id")
	s.tell(s.channel(channel), "MESSAGE_REACTION_REMOVE_EMOJI", ev)
}

// Pin pins a message.
func (s *Server) Pin(user, channel, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pin(s.channel(channel), s.message(channel, id), *s.users[user])
}

// Unpin unpins it.
func (s *Server) Unpin(channel, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unpin(s.channel(channel), s.message(channel, id))
}

// Enter brings somebody into a thread; by is who does it.
func (s *Server) Enter(by, user, thread string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.enter(s.channel(thread), user, *s.users[by])
}

// Messages lists what everybody sees in a channel, oldest first.
func (s *Server) Messages(channel string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Message
	for _, m := range s.messages[channel] {
		if m.only == "" {
			out = append(out, m.copied())
		}
	}
	return out
}

// Ours lists the bot's own messages that everybody sees in a channel.
func (s *Server) Ours(channel string) []Message {
	return slices.DeleteFunc(s.Messages(channel), func(m Message) bool { return m.Author.ID != s.bot.ID || m.Type == 6 || m.Type == 1 })
}

// Whispers lists what the bot has sent to one person directly.
func (s *Server) Whispers(user string) []Message {
	s.mu.Lock()
	id := s.direct(user).ID
	s.mu.Unlock()
	return s.Messages(id)
}
