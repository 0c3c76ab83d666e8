package fakediscord

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// A User is an account.
type User struct {
	ID         string `json:"id"`
	Username   string `json:"username"`
	GlobalName string `json:"global_name,omitempty"`
	Bot        bool   `json:"bot,omitempty"`
}

// A Member is a user in the guild.
type Member struct {
	User        *User      `json:"user,omitempty"`
	Nick        string     `json:"nick,omitempty"`
	Roles       []string   `json:"roles"`
	Permissions Permission `json:"permissions,omitempty"` // only in interactions
}

// A Role is a set of permissions with a name.
type Role struct {
	ID          string     `json:"id"`
	Name        string     `json:"name"`
	Permissions Permission `json:"permissions"`
}

// An Emoji is a character, or one of the guild's own.
type Emoji struct {
	ID       string `json:"id,omitempty"`
	Name     string `json:"name"`
	Animated bool   `json:"animated,omitempty"`
}

// key is how a route names it.
func (e Emoji) key() string {
	if e.ID == "" {
		return e.Name
	}
	return e.Name + ":" + e.ID
}

// The kinds of channel.
const (
	TextChannel         = 0
	Direct              = 1 // with one person
	Category            = 4
	AnnouncementChannel = 5
	AnnouncementThread  = 10
	PublicThread        = 11
	PrivateThread       = 12
	Forum               = 15
)

// A Channel is a channel or a thread.
type Channel struct {
	ID         string      `json:"id"`
	Type       int         `json:"type"`
	GuildID    string      `json:"guild_id"`
	Name       string      `json:"name"`
	Topic      string      `json:"topic,omitempty"`
	ParentID   string      `json:"parent_id,omitempty"`
	OwnerID    string      `json:"owner_id,omitempty"`
	Overwrites []Overwrite `json:"permission_overwrites,omitempty"`
	Tags       []Tag       `json:"available_tags,omitempty"`
	Applied    []string    `json:"applied_tags,omitempty"`
	Thread     *Thread     `json:"thread_metadata,omitempty"`
	Rate       int         `json:"rate_limit_per_user,omitempty"`
	LastPin    *time.Time  `json:"last_pin_timestamp,omitempty"`

	people  []string // a thread's members
	renamed []time.Time
	gone    bool
}

// IsThread reports whether it is a thread or a forum post.
func (c *Channel) IsThread() bool {
	return c.Type == AnnouncementThread || c.Type == PublicThread || c.Type == PrivateThread
}

// A Thread is what threads have besides.
type Thread struct {
	Archived  bool      `json:"archived"`
	Locked    bool      `json:"locked"`
	Auto      int       `json:"auto_archive_duration"` // minutes
	ArchiveAt time.Time `json:"archive_timestamp"`
	Invitable bool      `json:"invitable"`
}

// A Tag is one that a forum's posts can have.
type Tag struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// An Overwrite changes what a role (Type 0) or a member (Type 1) may do in a
// channel.
type Overwrite struct {
	ID    string     `json:"id"`
	Type  int        `json:"type"`
	Allow Permission `json:"allow"`
	Deny  Permission `json:"deny"`
}

// A Message is one message. Deleted ones are forgotten.
type Message struct {
	ID          string       `json:"id"`
	Type        int          `json:"type"`
	ChannelID   string       `json:"channel_id"`
	GuildID     string       `json:"guild_id,omitempty"` // only in gateway events
	Author      User         `json:"author"`
	Member      *Member      `json:"member,omitempty"` // only in gateway events
	WebhookID   string       `json:"webhook_id,omitempty"`
	Content     string       `json:"content"`
	Timestamp   time.Time    `json:"timestamp"`
	Edited      *time.Time   `json:"edited_timestamp"`
	Flags       int          `json:"flags"`
	Nonce       string       `json:"nonce,omitempty"`
	Pinned      bool         `json:"pinned"`
	TTS         bool         `json:"tts"`
	Everyone    bool         `json:"mention_everyone"`
	Mentions    []Mention    `json:"mentions"`
	RoleMention []string     `json:"mention_roles"`
	Embeds      []Embed      `json:"embeds"`
	Attachments []Attachment `json:"attachments"`
	Components  []Component  `json:"components"`
	Reactions   []Reaction   `json:"reactions,omitempty"`
	Reference   *Reference   `json:"message_reference,omitempty"`
	Replied     *Message     `json:"referenced_message,omitempty"`
	Thread      *Channel     `json:"thread,omitempty"`
	Interaction *struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"interaction_metadata,omitempty"`

	// Pings are the ids of whom it pinged: what allowed_mentions let through.
	Pings    []string `json:"-"`
	pinnedAt time.Time
	only     string // the user who alone sees it; "" for everybody
}

// A Mention is somebody whom a message names.
type Mention struct {
	User
	Member *Member `json:"member,omitempty"`
}

// A Reference is the message that another one answers, or is about.
type Reference struct {
	Type      int    `json:"type,omitempty"`
	MessageID string `json:"message_id"`
	ChannelID string `json:"channel_id,omitempty"`
	GuildID   string `json:"guild_id,omitempty"`
	Must      *bool  `json:"fail_if_not_exists,omitempty"`
}

// A Reaction is an emoji on a message and how many put it there.
type Reaction struct {
	Emoji Emoji `json:"emoji"`
	Count int   `json:"count"`
	Me    bool  `json:"me"`

	users []string
}

// An Attachment is a file of a message.
type Attachment struct {
	ID       string `json:"id"`
	Filename string `json:"filename"`
	Type     string `json:"content_type,omitempty"`
	Size     int    `json:"size"`
	URL      string `json:"url"`

	// Body is what the file holds.
	Body []byte `json:"-"`
}

// An Embed is a framed part of a message.
type Embed struct {
	Title       string       `json:"title,omitempty"`
	Type        string       `json:"type,omitempty"`
	Description string       `json:"description,omitempty"`
	URL         string       `json:"url,omitempty"`
	Timestamp   string       `json:"timestamp,omitempty"`
	Color       int          `json:"color,omitempty"`
	Footer      *EmbedFooter `json:"footer,omitempty"`
	Author      *EmbedAuthor `json:"author,omitempty"`
	Fields      []EmbedField `json:"fields,omitempty"`
}

// An EmbedFooter is the small line below an embed.
type EmbedFooter struct {
	Text string `json:"text"`
}

// An EmbedAuthor is the small line above an embed.
type EmbedAuthor struct {
	Name string `json:"name"`
	URL  string `json:"url,omitempty"`
}

// An EmbedField is a heading and a text.
type EmbedField struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Inline bool   `json:"inline,omitempty"`
}

// The kinds of component.
const (
	Row         = 1
	Button      = 2
	StringMenu  = 3
	TextInput   = 4
	TextDisplay = 10
	Label       = 18
)

// A Component is a button, a menu, an input, or what holds them.
type Component struct {
	Type        int         `json:"type"`
	ID          int         `json:"id,omitempty"`
	CustomID    string      `json:"custom_id,omitempty"`
	Label       string      `json:"label,omitempty"`
	Description string      `json:"description,omitempty"`
	Style       int         `json:"style,omitempty"`
	URL         string      `json:"url,omitempty"`
	Emoji       *Emoji      `json:"emoji,omitempty"`
	Disabled    *bool       `json:"disabled,omitempty"`
	Placeholder string      `json:"placeholder,omitempty"`
	Value       string      `json:"value,omitempty"`
	MinLength   *int        `json:"min_length,omitempty"`
	MaxLength   *int        `json:"max_length,omitempty"`
	MinValues   *int        `json:"min_values,omitempty"`
	MaxValues   *int        `json:"max_values,omitempty"`
	Required    *bool       `json:"required,omitempty"`
	Content     string      `json:"content,omitempty"`
	Options     []Option    `json:"options,omitempty"`
	Components  []Component `json:"components,omitempty"`
	Component   *Component  `json:"component,omitempty"`
}

// An Option is one choice of a menu.
type Option struct {
	Label       string `json:"label"`
	Value       string `json:"value"`
	Description string `json:"description,omitempty"`
	Default     bool   `json:"default,omitempty"`
}

// each calls f for a component and everything in it, with its path.
func (c *Component) each(path string, f func(path string, c *Component)) {
	f(path, c)
	for i := range c.Components {
		c.Components[i].each(path+".components."+strconv.Itoa(i), f)
	}
	if c.Component != nil {
		c.Component.each(path+".component", f)
	}
}

// Buttons lists the buttons of a message.
func (m *Message) Buttons() []Component {
	var out []Component
	for i := range m.Components {
		m.Components[i].each("", func(_ string, c *Component) {
			if c.Type == Button {
				out = append(out, *c)
			}
		})
	}
	return out
}

// copied is the message as it is now, for a reader without the lock.
func (m *Message) copied() Message {
	out := *m
	out.Reactions = slices.Clone(m.Reactions)
	out.Components = slices.Clone(m.Components)
	return out
}

// A Permission is a set of permissions: a number that JSON carries as text.
type Permission uint64

// MarshalJSON writes the number as text.
func (p Permission) MarshalJSON() ([]byte, error) {
	return json.Marshal(strconv.FormatUint(uint64(p), 10))
}

// UnmarshalJSON reads the number, which may be written as one.
func (p *Permission) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) != nil {
		s = string(b)
	}
	n, err := strconv.ParseUint(s, 10, 64)
	*p = Permission(n)
	return err
}
