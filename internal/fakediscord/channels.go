package fakediscord

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// postDirect opens the conversation with one person, or finds it.
func (s *Server) postDirect(r *http.Request) (any, error) {
	var b struct {
		To string `json:"recipient_id"`
	}
	if _, err := read(r, &b); err != nil {
		return nil, err
	}
	if s.users[b.To] == nil {
		return nil, invalid("recipient_id", "Unknown user")
	}
	return s.direct(b.To), nil
}

func (s *Server) direct(user string) *Channel {
	for _, c := range s.channels {
		if c.Type == Direct && slices.Contains(c.people, user) {
			return c
		}
	}
	c := &Channel{ID: s.id(), Type: Direct, people: []string{user}}
	s.channels = append(s.channels, c)
	return c
}

// channel finds a channel or thread that is there.
func (s *Server) channel(id string) *Channel {
	for _, c := range s.channels {
		if c.ID == id && !c.gone {
			return c
		}
	}
	return nil
}

func (s *Server) atGuild(r *http.Request) error {
	if r.PathValue("guild") != s.guild {
		return fail(403, noAccess, "Missing Access")
	}
	return nil
}

func (s *Server) getApplication(*http.Request) (any, error) {
	flags := 0
	if s.o.Intents&intentContent != 0 {
		flags |= 1 << 19 // GATEWAY_MESSAGE_CONTENT_LIMITED
	}
	out := map[string]any{"id": s.bot.ID, "name": s.bot.Username, "verify_key": s.PublicKey(), "flags": flags, "bot_public": false}
	if s.endpoint != nil {
		out["interactions_endpoint_url"] = "https://sitrep.example.com/"
	}
	return out, nil
}

func (s *Server) getGuild(r *http.Request) (any, error) {
	if err := s.atGuild(r); err != nil {
		return nil, err
	}
	return s.guildObject(), nil
}

func (s *Server) guildObject() map[string]any {
	return map[string]any{"id": s.guild, "name": "Example", "owner_id": "1", "roles": s.roles, "emojis": orEmpty(s.emojis), "features": []string{}}
}

func (s *Server) getRoles(r *http.Request) (any, error) {
	if err := s.atGuild(r); err != nil {
		return nil, err
	}
	return s.roles, nil
}

func (s *Server) getMember(r *http.Request) (any, error) {
	if err := s.atGuild(r); err != nil {
		return nil, err
	}
	m := s.members[r.PathValue("user")]
	if m == nil {
		return nil, fail(404, 10007, "Unknown Member")
	}
	return m, nil
}

// searchMembers lists members whose name or nickname begins with the query.
func (s *Server) searchMembers(r *http.Request) (any, error) {
	if err := s.atGuild(r); err != nil {
		return nil, err
	}
	limit, err := limitOf(r, 1, 1000)
	if err != nil {
		return nil, err
	}
	query := strings.ToLower(r.URL.Query().Get("query"))
	if query == "" {
		return nil, invalid("query", "This field is required")
	}
	out := []*Member{}
	for _, id := range slices.Sorted(maps.Keys(s.members)) {
		m := s.members[id]
		if len(out) < limit && (strings.HasPrefix(strings.ToLower(m.User.Username), query) || strings.HasPrefix(strings.ToLower(m.Nick), query)) {
			out = append(out, m)
		}
	}
	return out, nil
}

// getChannels lists the guild's channels, but not its threads.
func (s *Server) getChannels(r *http.Request) (any, error) {
	if err := s.atGuild(r); err != nil {
		return nil, err
	}
	out := []*Channel{}
	for _, c := range s.channels {
		if !c.gone && !c.IsThread() && c.Type != Direct {
			out = append(out, c)
		}
	}
	return out, nil
}

func (s *Server) getActive(r *http.Request) (any, error) {
	if err := s.atGuild(r); err != nil {
		return nil, err
	}
	return map[string]any{"threads": s.threads(func(c *Channel) bool { return !c.Thread.Archived && s.may(s.bot.ID, c)&ViewChannel != 0 }), "members": []any{}}, nil
}

func (s *Server) getArchived(r *http.Request) (any, error) {
	at, err := s.open(r)
	if err != nil {
		return nil, err
	}
	private := strings.HasSuffix(r.URL.Path, "/private")
	if private {
		if f := s.need(at, ReadHistory|ManageThreads); f != nil {
			return nil, f
		}
	}
	list := s.threads(func(c *Channel) bool {
		return c.ParentID == at.ID && c.Thread.Archived && (c.Type == PrivateThread) == private
	})
	slices.Reverse(list)
	return map[string]any{"threads": list, "members": []any{}, "has_more": false}, nil
}

func (s *Server) threads(want func(*Channel) bool) []*Channel {
	out := []*Channel{}
	for _, c := range s.channels {
		if !c.gone && c.IsThread() && want(c) {
			out = append(out, c)
		}
	}
	return out
}

func (s *Server) getChannel(r *http.Request) (any, error) { return or[any](s.open(r)) }

func or[T any](v *Channel, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

// A channelBody is what a bot sends to make or change a channel.
type channelBody struct {
	Name       *string      `json:"name"`
	Type       int          `json:"type"`
	Topic      *string      `json:"topic"`
	ParentID   string       `json:"parent_id"`
	Overwrites *[]Overwrite `json:"permission_overwrites"`
	Archived   *bool        `json:"archived"`
	Locked     *bool        `json:"locked"`
	Auto       *int         `json:"auto_archive_duration"`
	Invitable  *bool        `json:"invitable"`
	Tags       *[]string    `json:"applied_tags"`
	Message    *body        `json:"message"`
}

func (b *channelBody) check(topic int) error {
	var k check
	if b.Name != nil {
		k.text("name", *b.Name, 1, 100)
	}
	if b.Topic != nil {
		k.text("topic", *b.Topic, 0, topic)
	}
	if b.Auto != nil && !slices.Contains([]int{60, 1440, 4320, 10080}, *b.Auto) {
		k.wrong("auto_archive_duration", "Value must be one of (60, 1440, 4320, 10080).")
	}
	return k.err()
}

// maxChannels is how many channels a guild can have.
const maxChannels = 500

func (s *Server) postChannel(r *http.Request) (any, error) {
	if err := s.atGuild(r); err != nil {
		return nil, err
	}
	if s.may(s.bot.ID, nil)&ManageChannels == 0 {
		return nil, fail(403, noPermission, "Missing Permissions")
	}
	var b channelBody
	if _, err := read(r, &b); err != nil {
		return nil, err
	}
	if b.Name == nil {
		return nil, invalid("name", "This field is required")
	}
	if err := b.check(1024); err != nil {
		return nil, err
	}
	if b.ParentID != "" {
		if p := s.channel(b.ParentID); p == nil || p.Type != Category {
			return nil, invalid("parent_id", "Category does not exist")
		}
	}
	n := 0
	for _, c := range s.channels {
		if !c.gone && !c.IsThread() {
			n++
		}
	}
	if n >= maxChannels {
		return nil, fail(400, 30013, "Maximum number of server channels reached (500)")
	}
	c := &Channel{ID: s.id(), Type: b.Type, GuildID: s.guild, Name: channelName(*b.Name, b.Type), ParentID: b.ParentID}
	if b.Topic != nil {
		c.Topic = *b.Topic
	}
	if b.Overwrites != nil {
		c.Overwrites = *b.Overwrites
	}
	s.channels = append(s.channels, c)
	s.tell(c, "CHANNEL_CREATE", c)
	return c, nil
}

// channelName is what Discord makes of a text channel's name.
func channelName(name string, kind int) string {
	if kind != TextChannel && kind != AnnouncementChannel {
		return name
	}
	return strings.ToLower(strings.Join(strings.FieldsFunc(name, func(r rune) bool { return r == ' ' || r == '#' }), "-"))
}

func (s *Server) patchChannel(r *http.Request) (any, error) {
	c, err := s.open(r)
	if err != nil {
		return nil, err
	}
	var b channelBody
	if _, err := read(r, &b); err != nil {
		return nil, err
	}
	topic := 1024
	if c.Type == Forum {
		topic = 4096
	}
	if err := b.check(topic); err != nil {
		return nil, err
	}
	want := ManageChannels
	if c.IsThread() {
		want = ManageThreads
		if c.OwnerID == s.bot.ID && b.Locked == nil {
			want = ViewChannel
		}
	}
	if f := s.need(c, want); f != nil {
		return nil, f
	}
	if b.Name != nil && *b.Name != c.Name || b.Topic != nil && *b.Topic != c.Topic {
		if l := s.renames(c); l.scope != "" {
			return nil, &slow{l}
		}
	}
	if b.Name != nil {
		c.Name = channelName(*b.Name, c.Type)
	}
	if b.Topic != nil {
		c.Topic = *b.Topic
	}
	if b.Overwrites != nil {
		c.Overwrites = *b.Overwrites
	}
	if b.Tags != nil {
		c.Applied = *b.Tags
	}
	event := "CHANNEL_UPDATE"
	if c.IsThread() {
		event = "THREAD_UPDATE"
		for to, from := range map[*bool]*bool{&c.Thread.Archived: b.Archived, &c.Thread.Locked: b.Locked, &c.Thread.Invitable: b.Invitable} {
			if from != nil {
				*to = *from
			}
		}
		if b.Auto != nil {
			c.Thread.Auto = *b.Auto
		}
		c.Thread.ArchiveAt = s.now()
	}
	s.tell(c, event, c)
	return c, nil
}

func (s *Server) deleteChannel(r *http.Request) (any, error) {
	c, err := s.open(r)
	if err != nil {
		return nil, err
	}
	want := ManageChannels
	if c.IsThread() {
		want = ManageThreads
	}
	if f := s.need(c, want); f != nil {
		return nil, f
	}
	s.drop(c)
	return c, nil
}

func (s *Server) drop(c *Channel) {
	event := "CHANNEL_DELETE"
	if c.IsThread() {
		event = "THREAD_DELETE"
	}
	s.tell(c, event, c)
	c.gone = true
	for _, t := range s.channels {
		if t.ParentID == c.ID && t.IsThread() {
			t.gone = true
		}
	}
}

func (s *Server) putOverwrite(r *http.Request) (any, error) {
	c, err := s.open(r)
	if err != nil {
		return nil, err
	}
	if f := s.need(c, ManageRoles); f != nil {
		return nil, f
	}
	var o Overwrite
	if _, err := read(r, &o); err != nil {
		return nil, err
	}
	o.ID = r.PathValue("overwrite")
	c.Overwrites = append(slices.DeleteFunc(slices.Clone(c.Overwrites), func(x Overwrite) bool { return x.ID == o.ID }), o)
	s.tell(c, "CHANNEL_UPDATE", c)
	return nil, nil
}

// maxActive is how many threads can be active in a guild.
const maxActive = 1000

// postThread starts a thread without a message, or a forum post with one.
func (s *Server) postThread(r *http.Request) (any, error) {
	at, err := s.open(r)
	if err != nil {
		return nil, err
	}
	var b channelBody
	files, err := read(r, &b)
	if err != nil {
		return nil, err
	}
	if b.Name == nil {
		return nil, invalid("name", "This field is required")
	}
	if err := b.check(0); err != nil {
		return nil, err
	}
	kind, want := b.Type, CreatePublic
	switch {
	case at.Type == Forum:
		kind, want = PublicThread, SendMessages
		if b.Message == nil {
			return nil, invalid("message", "This field is required")
		}
		if err := at.tags(b.Tags); err != nil {
			return nil, err
		}
	case at.Type != TextChannel && at.Type != AnnouncementChannel:
		return nil, fail(400, 50024, "Cannot execute action on this channel type")
	case kind == 0 || kind == PrivateThread:
		kind, want = PrivateThread, CreatePrivate
		if at.Type != TextChannel {
			return nil, fail(400, 50024, "Cannot execute action on this channel type")
		}
	case kind != PublicThread:
		return nil, invalid("type", "Value must be one of (10, 11, 12).")
	}
	if f := s.need(at, want); f != nil {
		return nil, f
	}
	id := s.id()
	var first *Message
	if b.Message != nil {
		if first, err = s.compose(&Channel{ID: id}, s.bot, b.Message, files); err != nil {
			return nil, err
		}
		first.ID = id // a post's first message has its id
	}
	c, err := s.start(at, id, kind, &b)
	if err != nil {
		return nil, err
	}
	if first != nil {
		s.add(c, first)
	}
	return c, nil
}

// tags refuses tags that a forum does not have.
func (c *Channel) tags(ids *[]string) error {
	if ids == nil {
		return nil
	}
	if len(*ids) > 5 {
		return invalid("applied_tags", "Must be 5 or fewer in length.")
	}
	for _, id := range *ids {
		if !slices.ContainsFunc(c.Tags, func(t Tag) bool { return t.ID == id }) {
			return invalid("applied_tags", "Unknown tag")
		}
	}
	return nil
}

// postMessageThread starts a thread from a message; it has the message's id.
func (s *Server) postMessageThread(r *http.Request) (any, error) {
	at, m, err := s.opened(r)
	if err != nil {
		return nil, err
	}
	if at.Type != TextChannel && at.Type != AnnouncementChannel {
		return nil, fail(400, 50024, "Cannot execute action on this channel type")
	}
	if f := s.need(at, CreatePublic); f != nil {
		return nil, f
	}
	if s.channel(m.ID) != nil {
		return nil, fail(400, 160004, "A thread has already been created for this message")
	}
	var b channelBody
	if _, err := read(r, &b); err != nil {
		return nil, err
	}
	if b.Name == nil {
		return nil, invalid("name", "This field is required")
	}
	if err := b.check(0); err != nil {
		return nil, err
	}
	return or[any](s.start(at, m.ID, PublicThread, &b))
}

func (s *Server) start(at *Channel, id string, kind int, b *channelBody) (*Channel, error) {
	if len(s.threads(func(c *Channel) bool { return !c.Thread.Archived })) >= maxActive {
		return nil, fail(400, 160006, "Maximum number of active threads reached")
	}
	c := &Channel{ID: id, Type: kind, GuildID: s.guild, Name: *b.Name, ParentID: at.ID, OwnerID: s.bot.ID, people: []string{s.bot.ID},
		Thread: &Thread{Auto: 4320, ArchiveAt: s.now(), Invitable: b.Invitable == nil || *b.Invitable}}
	if b.Auto != nil {
		c.Thread.Auto = *b.Auto
	}
	if b.Tags != nil {
		c.Applied = *b.Tags
	}
	s.channels = append(s.channels, c)
	s.tell(c, "THREAD_CREATE", c)
	return c, nil
}

// maxPeople is how many members a thread can have.
const maxPeople = 1000

func (s *Server) putThreadMember(r *http.Request) (any, error) {
	c, err := s.open(r)
	if err != nil {
		return nil, err
	}
	if !c.IsThread() {
		return nil, fail(400, 50024, "Cannot execute action on this channel type")
	}
	if f := s.need(c, SendInThreads); f != nil {
		return nil, f
	}
	return nil, s.enter(c, r.PathValue("user"), s.bot)
}

// enter brings somebody into a thread, and says so in it.
func (s *Server) enter(c *Channel, user string, by User) error {
	m := s.members[user]
	switch {
	case m == nil:
		return fail(404, 10013, "Unknown User")
	case slices.Contains(c.people, user):
		return nil
	case len(c.people) >= maxPeople:
		return fail(400, 30033, "Max number of thread participants has been reached (1000)")
	case c.Thread.Archived:
		return fail(400, 50083, "Thread is archived")
	}
	c.people = append(c.people, user)
	s.add(c, &Message{ID: s.id(), Type: 1, ChannelID: c.ID, Author: by, Timestamp: time.Time(s.now()), Mentions: []Mention{{User: *m.User}}, RoleMention: []string{},
		Embeds: []Embed{}, Attachments: []Attachment{}, Components: []Component{}})
	return nil
}

func (s *Server) deleteThreadMember(r *http.Request) (any, error) {
	c, err := s.open(r)
	if err != nil {
		return nil, err
	}
	if f := s.need(c, ManageThreads); f != nil {
		return nil, f
	}
	c.people = slices.DeleteFunc(slices.Clone(c.people), func(u string) bool { return u == r.PathValue("user") })
	return nil, nil
}
