package fakediscord

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A body is what a bot sends to make or change a message.
type body struct {
	Content     *string         `json:"content"`
	Embeds      []Embed         `json:"embeds"`
	Components  []Component     `json:"components"`
	Allowed     *allowed        `json:"allowed_mentions"`
	Nonce       json.RawMessage `json:"nonce"`
	Enforce     bool            `json:"enforce_nonce"`
	Reference   *Reference      `json:"message_reference"`
	Flags       int             `json:"flags"`
	Attachments []fileRef       `json:"attachments"`

	has map[string]bool // which fields were there
}

// An allowed says whom a message may ping.
type allowed struct {
	Parse []string `json:"parse"`
	Users []string `json:"users"`
	Roles []string `json:"roles"`
}

type fileRef struct {
	ID json.RawMessage `json:"id"`
}

// index is the number of the file that it means; ok is false for one that the
// message has already.
func (f fileRef) index() (n int, ok bool) {
	n, err := strconv.Atoi(strings.Trim(string(f.ID), `"`))
	return n, err == nil && n < 100
}

// UnmarshalJSON reads a body and notes which fields are there.
func (b *body) UnmarshalJSON(data []byte) error {
	type plain body
	if err := json.Unmarshal(data, (*plain)(b)); err != nil {
		return err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return err
	}
	b.has = map[string]bool{}
	for f := range fields {
		b.has[f] = true
	}
	return nil
}

func (b *body) nonce() string { return strings.Trim(string(b.Nonce), `"`) }

// A nonced is a message that was sent with a nonce to be enforced.
type nonced struct {
	message *Message
	at      time.Time
}

// nonceKept is how long a nonce is enforced: "a few minutes".
const nonceKept = 3 * time.Minute

// The flags of a message.
const (
	Ephemeral = 1 << 6
	silent    = 1 << 12
	v2        = 1 << 15
)

func (s *Server) postMessage(r *http.Request) (any, error) {
	c, err := s.open(r)
	if err != nil {
		return nil, err
	}
	var b body
	files, err := read(r, &b)
	if err != nil {
		return nil, err
	}
	if c.Type == Forum || c.Type == Category {
		return nil, fail(400, 50008, "Cannot send messages in a non-text channel")
	}
	want := writes(c)
	if len(b.Embeds) > 0 {
		want |= EmbedLinks
	}
	if len(files) > 0 {
		want |= AttachFiles
	}
	if f := s.need(c, want); f != nil {
		return nil, f
	}
	if c.Thread != nil && c.Thread.Locked && s.may(s.bot.ID, c)&ManageThreads == 0 {
		return nil, fail(400, 160005, "Thread is locked")
	}
	if b.Enforce && b.nonce() != "" {
		if n, ok := s.nonces[c.ID+"/"+b.nonce()]; ok && s.now().Sub(n.at) < nonceKept {
			return n.message, nil
		}
	}
	m, err := s.compose(c, s.bot, &b, files)
	if err != nil {
		return nil, err
	}
	if b.nonce() != "" {
		s.nonces[c.ID+"/"+b.nonce()] = nonced{m, s.now()}
	}
	s.add(c, m)
	return m, nil
}

// compose makes a message of a checked body.
func (s *Server) compose(c *Channel, by User, b *body, files []Attachment) (*Message, error) {
	var k check
	k.message(b, len(files), true)
	if b.Flags&^(Ephemeral|silent|4) != 0 {
		k.wrong("flags", "Invalid flags")
	}
	if err := k.err(); err != nil {
		return nil, err
	}
	m := &Message{ID: s.id(), ChannelID: c.ID, Author: by, Timestamp: s.now(), Flags: b.Flags, Nonce: b.nonce()}
	if ref := b.Reference; ref != nil {
		at := s.message(c.ID, ref.MessageID)
		if at == nil && (ref.Must == nil || *ref.Must) {
			return nil, invalid("message_reference", "Unknown message")
		}
		if at != nil {
			m.Type, m.Reference = 19, &Reference{MessageID: at.ID, ChannelID: c.ID, GuildID: s.guild}
			copied := at.copied()
			m.Replied = &copied
		}
	}
	s.fill(m, b, files)
	return m, nil
}

// fill takes over what a body says of a message.
func (s *Server) fill(m *Message, b *body, files []Attachment) {
	if b.Content != nil {
		m.Content = *b.Content
	}
	if b.has["embeds"] {
		m.Embeds = b.Embeds
		for i := range m.Embeds {
			m.Embeds[i].Type = "rich"
		}
	}
	if b.has["components"] {
		m.Components = b.Components
	}
	if b.has["attachments"] || len(files) > 0 {
		kept := m.Attachments
		m.Attachments = nil
		for _, a := range kept {
			if slices.ContainsFunc(b.Attachments, func(f fileRef) bool { return strings.Trim(string(f.ID), `"`) == a.ID }) {
				m.Attachments = append(m.Attachments, a)
			}
		}
	}
	for _, f := range files {
		f.ID = s.id()
		f.URL = "https://cdn.discordapp.com/attachments/" + m.ChannelID + "/" + f.ID + "/" + f.Filename
		m.Attachments = append(m.Attachments, f)
	}
	s.mentions(m, b.Allowed)
	for _, list := range []func(){
		func() { m.Embeds = orEmpty(m.Embeds) },
		func() { m.Attachments = orEmpty(m.Attachments) },
		func() { m.Components = orEmpty(m.Components) },
	} {
		list()
	}
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

var mention = regexp.MustCompile(`<@(!|&)?(\d+)>`)

// mentions finds whom a text names, and whom it pings: allowed nil lets all
// through.
func (s *Server) mentions(m *Message, a *allowed) {
	m.Mentions, m.RoleMention, m.Pings, m.Everyone = []Mention{}, []string{}, nil, false
	may := func(kind, id string) bool {
		if a == nil {
			return true
		}
		return slices.Contains(a.Parse, kind) || kind == "users" && slices.Contains(a.Users, id) || kind == "roles" && slices.Contains(a.Roles, id)
	}
	for _, x := range mention.FindAllStringSubmatch(m.Content, -1) {
		id := x[2]
		if x[1] == "&" {
			if slices.ContainsFunc(s.roles, func(r *Role) bool { return r.ID == id }) {
				m.RoleMention = append(m.RoleMention, id)
				if may("roles", id) {
					m.Pings = append(m.Pings, id)
				}
			}
			continue
		}
		if u := s.users[id]; u != nil {
			member := s.members[id]
			x := Mention{User: *u}
			if member != nil {
				x.Member = &Member{Nick: member.Nick, Roles: member.Roles}
			}
			m.Mentions = append(m.Mentions, x)
			if may("users", id) {
				m.Pings = append(m.Pings, id)
			}
		}
	}
	if strings.Contains(m.Content, "@everyone") || strings.Contains(m.Content, "@here") {
		if may("everyone", "") {
			m.Everyone = true
			m.Pings = append(m.Pings, "everyone")
		}
	}
}

// add puts a message into a channel and tells of it.
func (s *Server) add(c *Channel, m *Message) {
	s.messages[c.ID] = append(s.messages[c.ID], m)
	if c.Thread != nil && c.Thread.Archived {
		c.Thread.Archived = false
		s.tell(c, "THREAD_UPDATE", c)
	}
	s.tell(c, "MESSAGE_CREATE", s.event(m))
}

// event is a message as the gateway sends it.
func (s *Server) event(m *Message) *Message {
	out := m.copied()
	out.GuildID = s.guild
	if member := s.members[m.Author.ID]; member != nil {
		out.Member = &Member{Nick: member.Nick, Roles: member.Roles}
	}
	return &out
}

// open finds the route's channel, if the bot can see it.
func (s *Server) open(r *http.Request) (*Channel, error) {
	c := s.channel(r.PathValue("channel"))
	if c == nil {
		return nil, fail(404, unknownChannel, "Unknown Channel")
	}
	if f := s.need(c, ViewChannel); f != nil {
		return nil, f
	}
	return c, nil
}

// opened finds the route's channel and message.
func (s *Server) opened(r *http.Request) (*Channel, *Message, error) {
	c, err := s.open(r)
	if err != nil {
		return nil, nil, err
	}
	m := s.message(c.ID, r.PathValue("message"))
	if m == nil || m.only != "" {
		return nil, nil, fail(404, unknownMessage, "Unknown Message")
	}
	return c, m, nil
}

func (s *Server) message(channel, id string) *Message {
	for _, m := range s.messages[channel] {
		if m.ID == id {
			return m
		}
	}
	return nil
}

func (s *Server) getMessage(r *http.Request) (any, error) {
	c, m, err := s.opened(r)
	if err != nil {
		return nil, err
	}
	if f := s.need(c, ReadHistory); f != nil {
		return nil, f
	}
	return m, nil
}

// getMessages lists messages newest first; after alone lists the ones that
// follow it, also newest first.
func (s *Server) getMessages(r *http.Request) (any, error) {
	c, err := s.open(r)
	if err != nil {
		return nil, err
	}
	n, err := limitOf(r, 50, 100)
	if err != nil {
		return nil, err
	}
	if s.may(s.bot.ID, c)&ReadHistory == 0 {
		return []*Message{}, nil
	}
	var shown []*Message
	for _, m := range s.messages[c.ID] {
		if m.only == "" {
			shown = append(shown, m)
		}
	}
	q := r.URL.Query()
	switch {
	case q.Get("after") != "":
		i := slices.IndexFunc(shown, func(m *Message) bool { return later(m.ID, q.Get("after")) })
		if i < 0 {
			return []*Message{}, nil
		}
		shown = shown[i:]
		shown = shown[:min(n, len(shown))]
	case q.Get("before") != "":
		if i := slices.IndexFunc(shown, func(m *Message) bool { return !later(q.Get("before"), m.ID) }); i >= 0 {
			shown = shown[:i]
		}
		shown = shown[max(0, len(shown)-n):]
	default:
		shown = shown[max(0, len(shown)-n):]
	}
	out := slices.Clone(shown)
	slices.Reverse(out)
	return s.stripped(out), nil
}

// stripped takes out what a bot without the intent for content does not get.
func (s *Server) stripped(ms []*Message) []*Message {
	if s.o.Intents&intentContent != 0 {
		return orEmpty(ms)
	}
	out := make([]*Message, len(ms))
	for i, m := range ms {
		out[i] = s.bare(m)
	}
	return out
}

// later reports whether snowflake a was made after b.
func later(a, b string) bool {
	return len(a) > len(b) || len(a) == len(b) && a > b
}

func (s *Server) patchMessage(r *http.Request) (any, error) {
	c, m, err := s.opened(r)
	if err != nil {
		return nil, err
	}
	if m.Author.ID != s.bot.ID {
		return nil, fail(403, 50005, "Cannot edit a message authored by another user")
	}
	if c.Thread != nil && c.Thread.Archived {
		return nil, fail(400, 50083, "Thread is archived")
	}
	var b body
	files, err := read(r, &b)
	if err != nil {
		return nil, err
	}
	if err := s.change(m, &b, files); err != nil {
		return nil, err
	}
	s.tell(c, "MESSAGE_UPDATE", s.event(m))
	return m, nil
}

// change edits a message.
func (s *Server) change(m *Message, b *body, files []Attachment) error {
	var k check
	k.message(b, len(files), false)
	if err := k.err(); err != nil {
		return err
	}
	trial := *m
	s.fill(&trial, b, files)
	if strings.TrimSpace(trial.Content) == "" && len(trial.Embeds) == 0 && len(trial.Components) == 0 && len(trial.Attachments) == 0 {
		return fail(400, 50006, "Cannot send an empty message")
	}
	now := s.now()
	trial.Edited = &now
	trial.Pings = nil // an edit pings nobody
	*m = trial
	return nil
}

func (s *Server) deleteMessage(r *http.Request) (any, error) {
	c, m, err := s.opened(r)
	if err != nil {
		return nil, err
	}
	if m.Author.ID != s.bot.ID {
		if f := s.need(c, ManageMessages); f != nil {
			return nil, f
		}
	}
	s.remove(c, m.ID)
	return nil, nil
}

func (s *Server) remove(c *Channel, ids ...string) {
	s.messages[c.ID] = slices.DeleteFunc(s.messages[c.ID], func(m *Message) bool { return slices.Contains(ids, m.ID) })
	if len(ids) == 1 {
		s.tell(c, "MESSAGE_DELETE", map[string]any{"id": ids[0], "channel_id": c.ID, "guild_id": s.guild})
		return
	}
	s.tell(c, "MESSAGE_DELETE_BULK", map[string]any{"ids": ids, "channel_id": c.ID, "guild_id": s.guild})
}

func (s *Server) bulkDelete(r *http.Request) (any, error) {
	c, err := s.open(r)
	if err != nil {
		return nil, err
	}
	if f := s.need(c, ManageMessages); f != nil {
		return nil, f
	}
	var b struct {
		Messages []string `json:"messages"`
	}
	if _, err := read(r, &b); err != nil {
		return nil, err
	}
	if len(b.Messages) < 2 || len(b.Messages) > 100 {
		return nil, fail(400, 50016, "Provided too few or too many messages to delete. Must provide at least 2 and fewer than 100 messages to delete.")
	}
	s.remove(c, b.Messages...)
	return nil, nil
}
