package fakeslack

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// What one channel or message can have (community knowledge; Slack names the
// errors, not the numbers).
const (
	maxPins      = 100
	maxBookmarks = 100
	maxReactions = 50 // different ones on a message
)

func markMethods() map[string]method {
	return map[string]method{
		"reactions.add":    {tier: tier3, scope: "reactions:write", handle: addReaction},
		"reactions.remove": {tier: tier2, scope: "reactions:write", handle: removeReaction},
		"reactions.get":    {tier: tier3, scope: "reactions:read", handle: getReactions},
		"pins.add":         {tier: tier2, scope: "pins:write", handle: addPin},
		"pins.remove":      {tier: tier2, scope: "pins:write", handle: removePin},
		"pins.list":        {tier: tier2, scope: "pins:read", handle: listPins},
		"bookmarks.add":    {tier: tier2, scope: "bookmarks:write", handle: addBookmark},
		"bookmarks.edit":   {tier: tier2, scope: "bookmarks:write", handle: editBookmark},
		"bookmarks.remove": {tier: tier2, scope: "bookmarks:write", handle: removeBookmark},
		"bookmarks.list":   {tier: tier3, scope: "bookmarks:read", handle: listBookmarks},
	}
}

// marked finds the message that the bot wants to mark.
func (f *Fake) marked(c call) (*channel, *message, *refusal) {
	ch, no := f.readable(c)
	if no != nil {
		return nil, nil, no
	}
	m := ch.message(c.str("timestamp"))
	switch {
	case c.str("timestamp") == "":
		return nil, nil, refuse("no_item_specified")
	case m == nil:
		return nil, nil, refuse("message_not_found")
	case ch.archived:
		return nil, nil, refuse("is_archived")
	}
	return ch, m, nil
}

func (m *message) reaction(name string) *reaction {
	for _, r := range m.reactions {
		if r.name == name {
			return r
		}
	}
	return nil
}

func (f *Fake) react(ch *channel, m *message, user, name string) {
	r := m.reaction(name)
	if r == nil {
		r = &reaction{name: name}
		m.reactions = append(m.reactions, r)
	}
	if slices.Contains(r.users, user) {
		return
	}
	r.users = append(r.users, user)
	f.tell(ch, "reaction_added", f.reacted("reaction_added", ch, m, user, name))
}

func (f *Fake) unreact(ch *channel, m *message, user, name string) {
	r := m.reaction(name)
	if r == nil || !slices.Contains(r.users, user) {
		return
	}
	r.users = slices.DeleteFunc(r.users, func(id string) bool { return id == user })
	m.reactions = slices.DeleteFunc(m.reactions, func(r *reaction) bool { return len(r.users) == 0 })
	f.tell(ch, "reaction_removed", f.reacted("reaction_removed", ch, m, user, name))
}

func (f *Fake) reacted(kind string, ch *channel, m *message, user, name string) obj {
	return obj{"type": kind, "user": user, "reaction": name, "item_user": m.user, "item": obj{"type": "message", "channel": ch.id, "ts": m.ts}, "event_ts": f.ts()}
}

func addReaction(f *Fake, c call) (obj, *refusal) {
	ch, m, no := f.marked(c)
	if no != nil {
		return nil, no
	}
	name := strings.Trim(c.str("name"), ":")
	r := m.reaction(name)
	switch {
	case name == "", strings.ContainsAny(name, " <>&"), !ascii(name):
		return nil, refuse("invalid_name")
	case r != nil && slices.Contains(r.users, f.ws.Bot.ID):
		return nil, refuse("already_reacted")
	case r == nil && len(m.reactions) >= maxReactions:
		return nil, refuse("too_many_emoji")
	}
	f.react(ch, m, f.ws.Bot.ID, name)
	return nil, nil
}

// ascii: an emoji's name has no other letters; the character itself is not one.
func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > 127 }) < 0
}

func removeReaction(f *Fake, c call) (obj, *refusal) {
	ch, m, no := f.marked(c)
	if no != nil {
		return nil, no
	}
	name := strings.Trim(c.str("name"), ":")
	if r := m.reaction(name); r == nil || !slices.Contains(r.users, f.ws.Bot.ID) {
		return nil, refuse("no_reaction")
	}
	f.unreact(ch, m, f.ws.Bot.ID, name)
	return nil, nil
}

func getReactions(f *Fake, c call) (obj, *refusal) {
	ch, m, no := f.marked(c)
	if no != nil {
		return nil, no
	}
	return obj{"type": "message", "channel": ch.id, "message": f.shape(ch, m, false)}, nil
}

func (f *Fake) pin(ch *channel, m *message, user string) {
	if len(m.pinned) > 0 {
		return
	}
	m.pinned = []string{user}
	f.tell(ch, "pin_added", f.pinned("pin_added", ch, m, user))
}

func (f *Fake) unpin(ch *channel, m *message, user string) {
	if len(m.pinned) == 0 {
		return
	}
	m.pinned = nil
	f.tell(ch, "pin_removed", f.pinned("pin_removed", ch, m, user))
}

func (f *Fake) pinned(kind string, ch *channel, m *message, user string) obj {
	ev := obj{"type": kind, "user": user, "channel_id": ch.id, "event_ts": f.ts(), "item_user": m.user,
		"item": obj{"type": "message", "channel": ch.id, "created": time.Now().Unix(), "created_by": user, "message": f.shape(ch, m, false)}}
	if kind == "pin_removed" {
		ev["has_pins"] = slices.ContainsFunc(ch.messages, func(m *message) bool { return len(m.pinned) > 0 && !m.deleted })
	}
	return ev
}

func addPin(f *Fake, c call) (obj, *refusal) {
	ch, m, no := f.marked(c)
	if no != nil {
		return nil, no
	}
	count := 0
	for _, other := range ch.messages {
		if len(other.pinned) > 0 && !other.deleted {
			count++
		}
	}
	switch {
	case len(m.pinned) > 0:
		return nil, refuse("already_pinned")
	case m.subtype != "" && m.subtype != "bot_message" && m.subtype != "file_share":
		return nil, refuse("not_pinnable")
	case count >= maxPins:
		return nil, refuse("too_many_pins")
	}
	f.pin(ch, m, f.ws.Bot.ID)
	return nil, nil
}

func removePin(f *Fake, c call) (obj, *refusal) {
	ch, m, no := f.marked(c)
	switch {
	case no != nil:
		return nil, no
	case len(m.pinned) == 0:
		return nil, refuse("no_pin")
	}
	f.unpin(ch, m, f.ws.Bot.ID)
	return nil, nil
}

func listPins(f *Fake, c call) (obj, *refusal) {
	ch, no := f.readable(c)
	if no != nil {
		return nil, no
	}
	items := []obj{}
	for _, m := range slices.Backward(ch.messages) {
		if len(m.pinned) > 0 && !m.deleted {
			items = append(items, obj{"type": "message", "channel": ch.id, "created": time.Now().Unix(), "created_by": m.pinned[0], "message": f.shape(ch, m, false)})
		}
	}
	return obj{"items": items}, nil
}

func (b *bookmark) shape(ch *channel) obj {
	return obj{"id": b.id, "channel_id": ch.id, "title": b.title, "link": b.link, "emoji": b.emoji, "type": "link",
		"date_created": b.created.Unix(), "date_updated": b.updated.Unix(), "rank": "U"}
}

// shelf finds the channel whose bookmarks are meant, and the bookmark.
func (f *Fake) shelf(c call) (*channel, *bookmark, *refusal) {
	c.args["channel"] = c.args["channel_id"]
	ch, no := f.readable(c)
	if no != nil {
		return nil, nil, no
	}
	if ch.archived && c.method != "bookmarks.list" {
		return nil, nil, refuse("is_archived")
	}
	for _, b := range ch.bookmarks {
		if b.id == c.str("bookmark_id") {
			return ch, b, nil
		}
	}
	return ch, nil, nil
}

func badLink(link string) bool {
	u, err := url.Parse(link)
	return err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https"
}

func addBookmark(f *Fake, c call) (obj, *refusal) {
	ch, _, no := f.shelf(c)
	switch {
	case no != nil:
		return nil, no
	case c.str("title") == "":
		return nil, refuse("invalid_arguments", "[ERROR] missing required field: title")
	case c.str("type") != "link":
		return nil, refuse("invalid_bookmark_type")
	case badLink(c.str("link")):
		return nil, refuse("invalid_link")
	case len(ch.bookmarks) >= maxBookmarks:
		return nil, refuse("too_many_bookmarks")
	}
	now := time.Now()
	b := &bookmark{f.id("Bk"), c.str("title"), c.str("link"), c.str("emoji"), now, now}
	ch.bookmarks = append(ch.bookmarks, b)
	return obj{"bookmark": b.shape(ch)}, nil
}

func editBookmark(f *Fake, c call) (obj, *refusal) {
	ch, b, no := f.shelf(c)
	switch {
	case no != nil:
		return nil, no
	case b == nil:
		return nil, refuse("not_found")
	case c.str("link") != "" && badLink(c.str("link")):
		return nil, refuse("invalid_link")
	}
	for name, field := range map[string]*string{"title": &b.title, "link": &b.link, "emoji": &b.emoji} {
		if v, sent := c.args[name]; sent {
			*field = v
		}
	}
	b.updated = time.Now()
	return obj{"bookmark": b.shape(ch)}, nil
}

func removeBookmark(f *Fake, c call) (obj, *refusal) {
	ch, b, no := f.shelf(c)
	switch {
	case no != nil:
		return nil, no
	case b == nil:
		return nil, refuse("not_found")
	}
	ch.bookmarks = slices.DeleteFunc(ch.bookmarks, func(x *bookmark) bool { return x == b })
	return nil, nil
}

func listBookmarks(f *Fake, c call) (obj, *refusal) {
	ch, _, no := f.shelf(c)
	if no != nil {
		return nil, no
	}
	list := []obj{}
	for _, b := range ch.bookmarks {
		list = append(list, b.shape(ch))
	}
	return obj{"bookmarks": list}, nil
}
