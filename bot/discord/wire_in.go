package discord

import (
	"encoding/json"
	"strconv"
	"time"
)

// These are the parts of Discord's objects that are read, and no more: what
// Discord adds to them later, or sends in place of them, does no harm.

type userIn struct {
	ID     string `json:"id"`
	Name   string `json:"username"`
	Global string `json:"global_name"`
	Bot    bool   `json:"bot"`
}

type memberIn struct {
	User  *userIn  `json:"user"`
	Nick  string   `json:"nick"`
	Roles []string `json:"roles"`
}

type mentionIn struct {
	userIn
	Member *memberIn `json:"member"`
}

type messageIn struct {
	ID        string      `json:"id"`
	Channel   string      `json:"channel_id"`
	Guild     string      `json:"guild_id"`
	Type      int         `json:"type"`
	Author    *userIn     `json:"author"`
	Member    *memberIn   `json:"member"`
	Webhook   string      `json:"webhook_id"`
	Content   *string     `json:"content"`
	Timestamp time.Time   `json:"timestamp"`
	Edited    *time.Time  `json:"edited_timestamp"`
	Mentions  []mentionIn `json:"mentions"`
	Embeds    []embedIn   `json:"embeds"`
	Files     []fileIn    `json:"attachments"`
	Stickers  []namedIn   `json:"sticker_items"`
	Reactions []struct {
		Emoji emojiIn `json:"emoji"`
	} `json:"reactions"`
	Reference *struct {
		Type    int    `json:"type"`
		Message string `json:"message_id"`
		Channel string `json:"channel_id"`
	} `json:"message_reference"`
	Snapshots []struct {
		Message struct {
			Content string   `json:"content"`
			Files   []fileIn `json:"attachments"`
		} `json:"message"`
	} `json:"message_snapshots"`
	Poll *struct {
		Question struct {
			Text string `json:"text"`
		} `json:"question"`
	} `json:"poll"`
}

type embedIn struct {
	Type        string `json:"type"`
	Title       string `json:"title"`
	Description string `json:"description"`
	URL         string `json:"url"`
	Fields      []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	} `json:"fields"`
}

type fileIn struct {
	Name string `json:"filename"`
	Type string `json:"content_type"`
	Size int64  `json:"size"`
	URL  string `json:"url"`
}

type namedIn struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type emojiIn struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type reactionIn struct {
	User    string    `json:"user_id"`
	Channel string    `json:"channel_id"`
	Message string    `json:"message_id"`
	Guild   string    `json:"guild_id"`
	Member  *memberIn `json:"member"`
	Emoji   emojiIn   `json:"emoji"`
}

type deletedIn struct {
	ID      string   `json:"id"`
	IDs     []string `json:"ids"`
	Channel string   `json:"channel_id"`
	Guild   string   `json:"guild_id"`
}

type pinsIn struct {
	Channel string     `json:"channel_id"`
	Guild   string     `json:"guild_id"`
	Last    *time.Time `json:"last_pin_timestamp"`
}

type channelIn struct {
	ID         string        `json:"id"`
	Guild      string        `json:"guild_id"`
	Type       int           `json:"type"`
	Name       string        `json:"name"`
	Topic      string        `json:"topic"`
	Parent     string        `json:"parent_id"`
	Owner      string        `json:"owner_id"`
	Overwrites []overwriteIn `json:"permission_overwrites"`
	Tags       []namedIn     `json:"available_tags"`
	Applied    []string      `json:"applied_tags"`
	Thread     *struct {
		Archived bool `json:"archived"`
		Locked   bool `json:"locked"`
	} `json:"thread_metadata"`
}

func (c channelIn) isThread() bool { return c.Type >= 10 && c.Type <= 12 }

// shut reports whether it is a thread that was put away.
func (c channelIn) shut() bool { return c.Thread != nil && c.Thread.Archived && c.Thread.Locked }

type overwriteIn struct {
	ID    string `json:"id"`
	Type  int    `json:"type"`
	Allow bits   `json:"allow"`
	Deny  bits   `json:"deny"`
}

type roleIn struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Permissions bits   `json:"permissions"`
}

type guildIn struct {
	ID       string      `json:"id"`
	Name     string      `json:"name"`
	Roles    []roleIn    `json:"roles"`
	Emojis   []namedIn   `json:"emojis"`
	Channels []channelIn `json:"channels"`
	Threads  []channelIn `json:"threads"`
	Members  []memberIn  `json:"members"`
}

type interactionIn struct {
	ID      string          `json:"id"`
	App     string          `json:"application_id"`
	Type    int             `json:"type"`
	Token   string          `json:"token"`
	Guild   string          `json:"guild_id"`
	Channel string          `json:"channel_id"`
	Member  *memberIn       `json:"member"`
	User    *userIn         `json:"user"`
	Data    interactionData `json:"data"`
}

type interactionData struct {
	Name     string     `json:"name"`
	Type     int        `json:"type"`
	Options  []optionIn `json:"options"`
	Target   string     `json:"target_id"`
	Resolved struct {
		Messages map[string]messageIn `json:"messages"`
	} `json:"resolved"`
	CustomID   string        `json:"custom_id"`
	Values     []string      `json:"values"`
	Components []componentIn `json:"components"`
}

type optionIn struct {
	Name    string          `json:"name"`
	Type    int             `json:"type"`
	Value   json.RawMessage `json:"value"`
	Focused bool            `json:"focused"`
	Options []optionIn      `json:"options"`
}

// text is the value as it was typed or chosen.
func (o optionIn) text() string {
	var s string
	if json.Unmarshal(o.Value, &s) == nil {
		return s
	}
	return string(o.Value)
}

type componentIn struct {
	Type       int           `json:"type"`
	CustomID   string        `json:"custom_id"`
	Value      string        `json:"value"`
	Values     []string      `json:"values"`
	Components []componentIn `json:"components"`
	Component  *componentIn  `json:"component"`
}

// bits are permissions: a number that JSON carries as text.
type bits uint64

// UnmarshalJSON reads the number, which may be written as one.
func (b *bits) UnmarshalJSON(data []byte) error {
	var s string
	if json.Unmarshal(data, &s) != nil {
		s = string(data)
	}
	n, err := strconv.ParseUint(s, 10, 64)
	*b = bits(n)
	return err
}

// madeAt is the instant in a snowflake; zero if it is none.
func madeAt(id string) time.Time {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(int64(n>>22) + epoch).UTC()
}

// flake is the first snowflake of an instant.
func flake(t time.Time) string {
	ms := t.UnixMilli() - epoch
	if ms <= 0 {
		return "0"
	}
	return strconv.FormatUint(uint64(ms)<<22, 10)
}

// epoch is the first instant of 2015 in milliseconds, from which snowflakes
// count. Source: Discord's developer documentation, "Snowflakes".
const epoch = 1420070400000
