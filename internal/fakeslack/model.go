package fakeslack

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// obj is a JSON object, on its way in or out.
type obj = map[string]any

type channel struct {
	id, name, creator string
	private, im       bool
	shared, archived  bool
	gone              bool // deleted by a person
	created           time.Time
	topic, purpose    note
	members           []string
	formerBot         bool // the bot was a member when it was archived
	previous          []string
	messages          []*message            // in order of ts
	threads           map[string][]*message // replies by their root's ts, in order
	bookmarks         []*bookmark
}

// note is a topic or a purpose.
type note struct {
	value, by string
	at        time.Time
}

type bookmark struct {
	id, title, link, emoji string
	created, updated       time.Time
}

// message is one message, as it stands.
type message struct {
	ts, thread  string // thread is the root's ts, on replies
	user, bot   string // bot is the id of the bot that sent it
	name, icon  string // of a bot that shows another name
	subtype     string
	text        string
	blocks      []any
	attachments []any
	metadata    *metadata
	edited      *edit
	deleted     bool
	broadcast   bool
	reactions   []*reaction
	pinned      []string // by whom, at most one
	files       []string
	only        string // an ephemeral's reader
	client      string // client_msg_id of people's messages
	extra       obj    // fields of a system message
	versions    []string
}

type edit struct{ user, ts string }

type metadata struct {
	Type    string `json:"event_type"`
	Payload any    `json:"event_payload,omitempty"`
}

type reaction struct {
	name  string
	users []string
}

func (f *Fake) addUser(u User) string {
	u.ID = f.idOr(u.ID, "U")
	orElse(&u.Real, u.Name)
	orElse(&u.TZ, "Etc/UTC")
	orElse(&u.TeamID, f.ws.TeamID)
	f.users[u.ID] = &u
	f.userIDs = append(f.userIDs, u.ID)
	return u.ID
}

func (f *Fake) addChannel(c Channel) *channel {
	ch := &channel{id: f.idOr(c.ID, "C"), name: c.Name, private: c.Private, shared: c.Shared, created: time.Now(), members: f.ids(c.Members)}
	ch.topic.value = c.Topic
	if len(ch.members) > 0 {
		ch.creator = ch.members[0]
	}
	f.channels[ch.id] = ch
	f.chanIDs = append(f.chanIDs, ch.id)
	return ch
}

func (f *Fake) ids(names []string) []string {
	out := make([]string, 0, len(names))
	for _, n := range names {
		out = append(out, f.user(n).ID)
	}
	return out
}

// user finds a person by id or name. Not to find one is the test's mistake.
func (f *Fake) user(who string) *User {
	if u := f.users[who]; u != nil {
		return u
	}
	for _, u := range f.users {
		if u.Name == strings.TrimPrefix(who, "@") {
			return u
		}
	}
	panic(fmt.Sprintf("fakeslack: there is no user %q", who))
}

// channel finds a channel by id or name. Not to find one is the test's mistake.
func (f *Fake) channel(where string) *channel {
	if c := f.find(where); c != nil {
		return c
	}
	panic(fmt.Sprintf("fakeslack: there is no channel %q", where))
}

// find is the channel with an id or a name, or nil. A user's id is the direct
// conversation with that user, opened at need.
func (f *Fake) find(where string) *channel {
	if c := f.channels[where]; c != nil && !c.gone {
		return c
	}
	if u := f.users[where]; u != nil {
		return f.direct(u.ID)
	}
	for _, c := range f.channels {
		if !c.gone && !c.im && c.name == strings.TrimPrefix(where, "#") {
			return c
		}
	}
	return nil
}

// direct is the conversation of the bot with one user.
func (f *Fake) direct(user string) *channel {
	for _, c := range f.channels {
		if c.im && slices.Contains(c.members, user) {
			return c
		}
	}
	c := &channel{id: f.id("D"), im: true, private: true, created: time.Now(), members: []string{user, f.ws.Bot.ID}}
	f.channels[c.id] = c
	f.chanIDs = append(f.chanIDs, c.id)
	return c
}

func (c *channel) has(user string) bool { return slices.Contains(c.members, user) }

// kind is the channel_type of events.
func (c *channel) kind() string {
	switch {
	case c.im:
		return "im"
	case c.private:
		return "group"
	}
	return "channel"
}

func (c *channel) message(ts string) *message {
	i, found := slices.BinarySearchFunc(c.messages, ts, func(m *message, ts string) int { return compareTS(m.ts, ts) })
	if !found || c.messages[i].deleted || c.messages[i].only != "" {
		return nil
	}
	return c.messages[i]
}

// compareTS orders two timestamps, whose fractions are of one length.
func compareTS(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)) }

// add puts a message at the end.
func (c *channel) add(m *message) {
	c.messages = append(c.messages, m)
	if m.thread != "" {
		if c.threads == nil {
			c.threads = map[string][]*message{}
		}
		c.threads[m.thread] = append(c.threads[m.thread], m)
	}
}

// replies are the messages of a thread, without its root.
func (c *channel) replies(root string) []*message {
	var out []*message
	for _, m := range c.threads[root] {
		if !m.deleted && m.only == "" {
			out = append(out, m)
		}
	}
	return out
}

// shape is a message as the Web API and events give it.
func (f *Fake) shape(c *channel, m *message, allMetadata bool) obj {
	o := obj{"type": "message", "ts": m.ts, "text": m.text, "team": f.ws.TeamID}
	maps.Copy(o, m.extra)
	put := func(k, v string) {
		if v != "" {
			o[k] = v
		}
	}
	put("user", m.user)
	if u := f.users[m.user]; u != nil && u.TeamID != f.ws.TeamID { // a stranger, by Slack Connect
		o["team"], o["user_team"], o["source_team"] = u.TeamID, u.TeamID, u.TeamID
	}
	put("subtype", m.subtype)
	put("client_msg_id", m.client)
	put("username", m.name)
	if m.bot != "" {
		o["bot_id"] = m.bot
		o["bot_profile"] = obj{"id": m.bot, "name": f.botName(m), "team_id": f.ws.TeamID, "app_id": "A" + m.bot[1:],
			"deleted": false, "updated": 1_600_000_000, "icons": icons()}
		o["app_id"] = "A" + m.bot[1:]
	}
	if m.thread != "" {
		o["thread_ts"] = m.thread
		if root := c.message(m.thread); root != nil {
			put("parent_user_id", root.user)
		}
	}
	if m.broadcast {
		o["subtype"] = "thread_broadcast"
		if root := c.message(m.thread); root != nil {
			o["root"] = f.shape(c, root, allMetadata)
		}
	}
	if m.blocks != nil {
		o["blocks"] = m.blocks
	}
	if m.attachments != nil {
		o["attachments"] = m.attachments
	}
	if m.edited != nil {
		o["edited"] = obj{"user": m.edited.user, "ts": m.edited.ts}
	}
	if m.metadata != nil && allMetadata {
		o["metadata"] = m.metadata
	} else if m.metadata != nil {
		o["metadata"] = obj{"event_type": m.metadata.Type}
	}
	var reactions []obj
	for _, r := range m.reactions {
		reactions = append(reactions, obj{"name": r.name, "users": slices.Clone(r.users), "count": len(r.users)})
	}
	if reactions != nil {
		o["reactions"] = reactions
	}
	if len(m.pinned) > 0 {
		o["pinned_to"] = []string{c.id}
	}
	var files []obj
	for _, id := range m.files {
		files = append(files, f.files[id].shape(f, c.shared))
	}
	if files != nil {
		o["files"] = files
	}
	if replies := c.replies(m.ts); len(replies) > 0 && m.thread == "" {
		var who []string
		for _, r := range replies {
			if !slices.Contains(who, r.user) {
				who = append(who, r.user)
			}
		}
		o["thread_ts"] = m.ts
		o["reply_count"], o["reply_users"], o["reply_users_count"] = len(replies), who, len(who)
		o["latest_reply"] = replies[len(replies)-1].ts
	}
	return o
}

// icons are the pictures of a bot that has none of its own.
func icons() obj {
	const at = "https://a.slack-edge.com/80588/img/plugins/app/bot_"
	return obj{"image_36": at + "36.png", "image_48": at + "48.png", "image_72": at + "72.png"}
}

// botName is the name that a bot's message shows.
func (f *Fake) botName(m *message) string {
	if m.name != "" {
		return m.name
	}
	if u := f.users[m.user]; u != nil {
		return u.Name
	}
	return m.bot
}

// raw is v as JSON. What is given to it is made here, so that it always can be.
func raw(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("fakeslack: %v", err))
	}
	return b
}
