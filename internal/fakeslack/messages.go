package fakeslack

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of chat methods, from their reference pages.
const (
	maxText     = 40_000 // characters of a post, longer is cut
	maxEdit     = 4_000  // characters of an edit, longer is refused
	maxMarkdown = 12_000 // characters of markdown_text
	maxMetadata = 8_192  // characters of metadata, as JSON
)

func messageMethods() map[string]method {
	return map[string]method{
		"chat.postMessage":   {scope: "chat:write", handle: postMessage},
		"chat.postEphemeral": {tier: tier4, scope: "chat:write", handle: postEphemeral},
		"chat.update":        {tier: tier3, scope: "chat:write", handle: updateMessage},
		"chat.delete":        {tier: tier3, scope: "chat:write", handle: deleteMessage},
		"chat.getPermalink":  {handle: permalink},
	}
}

// compose makes a message from the arguments of a chat method, or says what is
// wrong with them.
func (f *Fake) compose(c call) (*message, *refusal) {
	m := &message{text: c.str("text"), user: f.ws.Bot.ID, bot: f.botID(), name: c.str("username"), icon: c.str("icon_emoji")}
	if s := c.str("markdown_text"); s != "" {
		if m.text != "" || c.str("blocks") != "" {
			return nil, refuse("markdown_text_conflict")
		}
		if utf8.RuneCountInString(s) > maxMarkdown {
			return nil, refuse("msg_too_long")
		}
		m.text = s
	}
	if s := c.str("blocks"); s != "" {
		blocks, no := f.blocks(s, inMessage)
		if no != nil {
			return nil, no
		}
		m.blocks = blocks
	}
	if s := c.str("attachments"); s != "" {
		attachments, no := f.attachments(s)
		if no != nil {
			return nil, no
		}
		m.attachments = attachments
	}
	if s := c.str("metadata"); s != "" && s != "null" {
		var md metadata
		if err := json.Unmarshal([]byte(s), &md); err != nil || md.Type == "" && md.Payload != nil {
			return nil, refuse("invalid_metadata_format")
		}
		if utf8.RuneCountInString(s) > maxMetadata {
			return nil, refuse("metadata_too_large")
		}
		if md.Type != "" { // slack-go sends an empty one to response URLs, always
			m.metadata = &md
		}
	}
	if n := blockText(m.blocks); n > maxBlockText {
		return nil, refuse("msg_blocks_too_long")
	}
	if strings.TrimSpace(m.text) == "" && len(m.blocks) == 0 && len(m.attachments) == 0 {
		return nil, refuse("no_text")
	}
	if utf8.RuneCountInString(m.text) > maxText {
		m.text = string([]rune(m.text)[:maxText])
	}
	return m, nil
}

// place finds the channel that the bot wants to write in.
func (f *Fake) place(c call) (*channel, *refusal) {
	ch := f.find(c.str("channel"))
	switch {
	case ch == nil, ch.private && !ch.has(f.ws.Bot.ID) && !ch.formerBot:
		return nil, refuse("channel_not_found")
	case ch.archived:
		return nil, refuse("is_archived")
	case !ch.has(f.ws.Bot.ID) && !(c.method == "chat.postMessage" && slices.Contains(f.scopes(), "chat:write.public")):
		return nil, refuse("not_in_channel")
	}
	return ch, nil
}

func postMessage(f *Fake, c call) (obj, *refusal) {
	ch, no := f.place(c)
	if no != nil {
		return nil, no
	}
	m, no := f.compose(c)
	if no != nil {
		return nil, no
	}
	if m.thread = c.str("thread_ts"); m.thread != "" {
		root := ch.message(m.thread)
		if root == nil {
			return nil, refuse("thread_not_found")
		}
		if root.thread != "" {
			m.thread = root.thread
		}
		m.broadcast = c.is("reply_broadcast")
	}
	f.say(ch, m)
	return obj{"channel": ch.id, "ts": m.ts, "message": f.shape(ch, m, true)}, nil
}

// say puts a message into a channel and tells the app.
func (f *Fake) say(ch *channel, m *message) {
	m.ts = f.ts()
	m.versions = append(m.versions, m.text)
	ch.add(m)
	if m.only != "" {
		return // ephemerals are nobody's event
	}
	f.tellMessage(ch, f.shape(ch, m, true), m.ts)
	if m.user != f.ws.Bot.ID && strings.Contains(m.text, "<@"+f.ws.Bot.ID) && ch.has(f.ws.Bot.ID) && !ch.im {
		ev := f.shape(ch, m, true)
		delete(ev, "subtype")
		ev["type"], ev["channel"], ev["event_ts"] = "app_mention", ch.id, m.ts
		f.tell(ch, "app_mention", ev)
	}
}

func postEphemeral(f *Fake, c call) (obj, *refusal) {
	ch, no := f.place(c)
	if no != nil {
		return nil, no
	}
	u := f.users[c.str("user")]
	if u == nil {
		return nil, refuse("user_not_found")
	}
	if !ch.has(u.ID) {
		return nil, refuse("user_not_in_channel")
	}
	m, no := f.compose(c)
	if no != nil {
		return nil, no
	}
	m.only, m.thread = u.ID, c.str("thread_ts")
	f.say(ch, m)
	return obj{"message_ts": m.ts}, nil
}

// own finds a message of the bot's that it wants to change.
func (f *Fake) own(c call, denied string) (*channel, *message, *refusal) {
	ch, no := f.place(c)
	if no != nil {
		return nil, nil, no
	}
	m := ch.message(c.str("ts"))
	switch {
	case m == nil:
		return nil, nil, refuse("message_not_found")
	case m.bot != f.botID():
		return nil, nil, refuse(denied)
	}
	return ch, m, nil
}

func updateMessage(f *Fake, c call) (obj, *refusal) {
	ch, m, no := f.own(c, "cant_update_message")
	if no != nil {
		return nil, no
	}
	if utf8.RuneCountInString(c.str("text")) > maxEdit {
		return nil, refuse("msg_too_long")
	}
	// What is not sent stays as it was, blocks and metadata too.
	next, no := f.compose(c)
	if no != nil {
		return nil, no
	}
	before := f.shape(ch, m, true)
	if _, sent := c.args["text"]; sent {
		m.text = next.text
	}
	if _, sent := c.args["blocks"]; sent {
		m.blocks = next.blocks
	}
	if _, sent := c.args["attachments"]; sent {
		m.attachments = next.attachments
	}
	if next.metadata != nil {
		m.metadata = next.metadata
	}
	f.changed(ch, m, before, f.ws.Bot.ID)
	return obj{"channel": ch.id, "ts": m.ts, "text": m.text, "message": f.shape(ch, m, true)}, nil
}

// changed stamps an edit and tells the app of it.
func (f *Fake) changed(ch *channel, m *message, before obj, by string) {
	m.edited = &edit{by, f.ts()}
	m.versions = append(m.versions, m.text)
	f.tellMessage(ch, obj{"type": "message", "subtype": "message_changed", "hidden": true, "ts": m.edited.ts,
		"message": f.shape(ch, m, true), "previous_message": before}, m.edited.ts)
}

func deleteMessage(f *Fake, c call) (obj, *refusal) {
	ch, m, no := f.own(c, "cant_delete_message")
	if no != nil {
		return nil, no
	}
	f.withdraw(ch, m)
	return obj{"channel": ch.id, "ts": m.ts}, nil
}

// withdraw deletes a message and tells the app of it.
func (f *Fake) withdraw(ch *channel, m *message) {
	before := f.shape(ch, m, true)
	m.deleted = true
	ts := f.ts()
	if replies := ch.replies(m.ts); len(replies) > 0 && m.thread == "" { // the thread keeps its place
		f.tellMessage(ch, obj{"type": "message", "subtype": "message_changed", "hidden": true, "ts": ts,
			"message": tombstone(ch, m), "previous_message": before}, ts)
		return
	}
	f.tellMessage(ch, obj{"type": "message", "subtype": "message_deleted", "hidden": true, "ts": ts,
		"deleted_ts": m.ts, "previous_message": before}, ts)
}

// tombstone is what stands for the deleted root of a thread.
func tombstone(ch *channel, m *message) obj {
	return obj{"type": "message", "subtype": "tombstone", "text": "This message was deleted.", "user": slackbotID, "hidden": true,
		"ts": m.ts, "thread_ts": m.ts, "reply_count": len(ch.replies(m.ts))}
}

func permalink(f *Fake, c call) (obj, *refusal) {
	ch := f.find(c.str("channel"))
	if ch == nil {
		return nil, refuse("channel_not_found")
	}
	m := ch.message(c.str("message_ts"))
	if m == nil {
		return nil, refuse("message_not_found")
	}
	return obj{"channel": ch.id, "permalink": f.link(ch, m)}, nil
}

// link is a message's permanent address.
func (f *Fake) link(ch *channel, m *message) string {
	s := fmt.Sprintf("https://%s.slack.com/archives/%s/p%s", f.ws.Domain, ch.id, strings.ReplaceAll(m.ts, ".", ""))
	if m.thread != "" {
		s += "?" + url.Values{"thread_ts": {m.thread}, "cid": {ch.id}}.Encode()
	}
	return s
}
