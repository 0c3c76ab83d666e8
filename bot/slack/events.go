package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	api "github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"sitrep/bot"
	"sitrep/incident"
)

// heed takes an event: something was said or done in a channel. What it asks for
// is done in its turn, in the order in which things came for that channel.
func (p *Platform) heed(e slackevents.EventsAPIEvent) *doing {
	p.mu.Lock()
	p.heard = p.o.Now()
	p.mu.Unlock()
	d := newDoing()
	var channel string
	var do func(ctx context.Context, me identity) error
	by := actor(e)
	switch x := e.InnerEvent.Data.(type) {
	case *slackevents.MessageEvent:
		raw := innerOf(e)
		channel, do = x.Channel, func(ctx context.Context, me identity) error { return p.message(ctx, me, x.Channel, raw) }
	case *slackevents.AppMentionEvent:
		channel, do = x.Channel, func(ctx context.Context, me identity) error { return p.mention(ctx, me, x, by.team()) }
	case *slackevents.ReactionAddedEvent:
		channel, do = x.Item.Channel, func(ctx context.Context, me identity) error {
			return p.reaction(ctx, me, x.User, x.Item.Channel, x.Item.Timestamp, x.Reaction, x.EventTimestamp, false)
		}
	case *slackevents.ReactionRemovedEvent:
		channel, do = x.Item.Channel, func(ctx context.Context, me identity) error {
			return p.reaction(ctx, me, x.User, x.Item.Channel, x.Item.Timestamp, x.Reaction, x.EventTimestamp, true)
		}
	case *slackevents.PinAddedEvent:
		channel, do = x.Channel, func(ctx context.Context, me identity) error {
			return p.pin(ctx, me, x.User, x.Channel, pinned(x.Item), x.EventTimestamp, false)
		}
	case *slackevents.PinRemovedEvent:
		channel, do = x.Channel, func(ctx context.Context, me identity) error {
			return p.pin(ctx, me, x.User, x.Channel, pinned(x.Item), x.EventTimestamp, true)
		}
	case *slackevents.MemberJoinedChannelEvent:
		channel, do = x.Channel, func(ctx context.Context, me identity) error {
			return p.joined(ctx, me, x.User, x.Channel, x.EventTimestamp)
		}
	case *slackevents.ChannelArchiveEvent:
		channel, do = x.Channel, p.fate(x.Channel, x.User, eventID(e), bot.Gone{How: "archived in Slack"})
	case *slackevents.GroupArchiveEvent:
		channel, do = x.Channel, p.fate(x.Channel, by.User, eventID(e), bot.Gone{How: "archived in Slack"})
	case *slackevents.ChannelDeletedEvent:
		channel, do = x.Channel, p.fate(x.Channel, "", eventID(e), bot.Gone{How: "deleted in Slack"})
	case *slackevents.GroupDeletedEvent:
		channel, do = x.Channel, p.fate(x.Channel, "", eventID(e), bot.Gone{How: "deleted in Slack"})
	case *slackevents.ChannelUnarchiveEvent:
		channel, do = x.Channel, p.fate(x.Channel, x.User, eventID(e), bot.Back{})
	case *slackevents.GroupUnarchiveEvent:
		channel, do = x.Channel, p.fate(x.Channel, "", eventID(e), bot.Back{})
	case *slackevents.ChannelRenameEvent:
		p.people.learn(x.Channel.ID, x.Channel.Name)
	case *slackevents.GroupRenameEvent:
		p.people.learn(x.Channel.ID, x.Channel.Name)
	case *slackevents.AppHomeOpenedEvent:
		if x.Tab == "home" {
			channel, do = "home/"+x.User, func(ctx context.Context, me identity) error { return p.home(ctx, me, x.User) }
		}
	}
	if do == nil || p.o.Public && !strings.HasPrefix(channel, "home/") {
		close(d.done)
		return d
	}
	ctx := p.background()
	taken := p.turns.Put(channel, func() {
		defer close(d.done)
		me, err := p.self(ctx)
		if err == nil {
			err = guarded(func() error { return do(ctx, me) })
		}
		if err != nil {
			d.failed = !errors.Is(err, errPanicked) // that would come again for ever
			p.o.Log.Error("what was said could not be kept", "again", d.failed, "channel", channel, "error", err)
		}
	})
	if !taken {
		d.refuse()
	}
	return d
}

// fate keeps that a channel was archived or deleted, or is back.
func (p *Platform) fate(channel, user, id string, act bot.Act) func(context.Context, identity) error {
	return func(ctx context.Context, me identity) error {
		if user == me.user {
			return nil // whoever of us does that records it
		}
		r := bot.Request{Key: me.key(channel, "fate") + "/" + id, In: p.place(ctx, channel), When: p.o.Now(), Do: act}
		if user != "" {
			r.By, r.Zone = p.somebody(ctx, me, user)
		}
		_, err := p.handle(ctx, r)
		return err
	}
}

// An actedBy is who did something, where the library leaves it out.
type actedBy struct {
	User     string `json:"user"`
	Team     string `json:"team"`
	UserTeam string `json:"user_team"` // there if it is another than the channel's
}

// team is the organisation of who did it, as far as the event says.
func (a actedBy) team() string { return orElse(a.UserTeam, a.Team) }

func actor(e slackevents.EventsAPIEvent) (a actedBy) {
	if raw := innerOf(e); raw != nil {
		var by actedBy
		if json.Unmarshal(raw, &by) == nil { // of some events, user is more than an id
			a = by
		}
	}
	return a
}

// eventID is what an event is called; a channel's fate has no other name. It
// comes to the same if it is delivered twice, since only a change is recorded.
func eventID(e slackevents.EventsAPIEvent) string {
	if c, ok := e.Data.(*slackevents.EventsAPICallbackEvent); ok {
		return c.EventID
	}
	return ""
}

// innerOf is an event as Slack sent it: the library leaves fields out.
func innerOf(e slackevents.EventsAPIEvent) json.RawMessage {
	if c, ok := e.Data.(*slackevents.EventsAPICallbackEvent); ok && c.InnerEvent != nil {
		return *c.InnerEvent
	}
	return nil
}

// A heardMessage is a message event as it comes, or a message in the history.
type heardMessage struct {
	api.Msg
	Channel  string   `json:"channel"`
	Message  *api.Msg `json:"message"`          // of an edit
	Previous *api.Msg `json:"previous_message"` // of an edit or a deletion
}

// message keeps what was said, edited or withdrawn.
func (p *Platform) message(ctx context.Context, me identity, channel string, raw json.RawMessage) error {
	var m heardMessage
	if err := json.Unmarshal(raw, &m); err != nil {
		return fmt.Errorf("read a message: %w", err)
	}
	if strings.HasPrefix(channel, "D") {
		return nil
	}
	of := m.Msg
	switch {
	case m.Message != nil:
		of = *m.Message
	case m.Previous != nil:
		of = *m.Previous
	}
	room := p.at(ctx, channel, orElse(of.ThreadTimestamp, of.Timestamp))
	switch m.SubType {
	case "channel_name", "group_name":
		var named struct {
			Name string `json:"name"`
		}
		if err := json.Unmarshal(raw, &named); err != nil {
			return fmt.Errorf("read a channel's name: %w", err)
		}
		p.people.learn(channel, named.Name)
		return p.changed(ctx, me, channel, m.Msg, bot.Changed{Named: true})
	case "channel_convert_to_private":
		return p.changed(ctx, me, channel, m.Msg, bot.Changed{Private: true})
	case "message_changed":
		if m.Message == nil {
			return nil
		}
		if m.Message.SubType == "tombstone" { // how the root of a thread is deleted
			return p.withdrawn(ctx, me, room, *m.Message, m.EventTimestamp)
		}
		return p.edited(ctx, me, room, *m.Message, m.EventTimestamp)
	case "message_deleted":
		if m.Previous == nil {
			return nil
		}
		return p.withdrawn(ctx, me, room, *m.Previous, m.EventTimestamp)
	}
	r, ok := p.said(ctx, me, room, m.Msg)
	if !ok {
		return nil
	}
	answer, err := p.handle(ctx, r)
	if err != nil {
		return err
	}
	p.whisper(ctx, me, channel, m.User, m.ThreadTimestamp, answer)
	return nil
}

// changed keeps what a person did to a channel.
func (p *Platform) changed(ctx context.Context, me identity, channel string, m api.Msg, act bot.Changed) error {
	if m.User == me.user {
		return nil
	}
	r := bot.Request{Key: me.key(channel, m.Timestamp) + "/changed", In: p.place(ctx, channel), When: instantOf(m.Timestamp), Do: act}
	r.By, r.Zone = p.somebody(ctx, me, m.User)
	_, err := p.handle(ctx, r)
	return err
}

// place is a channel as a request names it.
func (p *Platform) place(ctx context.Context, id string) bot.Channel {
	return channelOf(id, p.channel(ctx, id))
}

// ours reports whether we have said it ourselves.
func (me identity) ours(m api.Msg) bool {
	return m.User == me.user || m.BotID != "" && m.BotID == me.bot
}

// said turns a message into a request; ok is false for ours, and for what
// nobody said: somebody joined, the topic was changed.
func (p *Platform) said(ctx context.Context, me identity, room bot.Channel, m api.Msg) (r bot.Request, ok bool) {
	switch m.SubType {
	case "", "thread_broadcast", "file_share", "bot_message", "me_message", "reply_broadcast":
	default:
		return r, false
	}
	if me.ours(m) || m.Timestamp == "" {
		return r, false
	}
	text, spans := p.reader(ctx, me).Message(m)
	channel, _ := spot(room)
	key := me.key(channel, m.Timestamp)
	s := bot.Said{Key: key, Text: text, Spans: spans, Files: filesOf(m), Link: me.link(channel, m.Timestamp, m.ThreadTimestamp)}
	if m.ThreadTimestamp != "" && m.ThreadTimestamp != m.Timestamp {
		s.Thread = me.key(channel, m.ThreadTimestamp)
		p.threads.learn(channel, m.Timestamp, m.ThreadTimestamp)
	}
	if strings.TrimSpace(text) == "" && len(s.Files) == 0 {
		return r, false
	}
	r = bot.Request{Key: key, In: room, Thread: s.Thread, When: instantOf(m.Timestamp), Do: s}
	r.By, r.Zone = p.author(ctx, me, m)
	return r, true
}

// author is who said something: a person, or an alerting tool by the name that
// it gives itself.
func (p *Platform) author(ctx context.Context, me identity, m api.Msg) (incident.Person, *time.Location) {
	if m.User != "" && (m.BotID == "" || m.Username == "") {
		who, known := p.person(ctx, me, m.User)
		return who, known.zone
	}
	name := m.Username
	if name == "" && m.BotProfile != nil {
		name = m.BotProfile.Name
	}
	return incident.Person{ID: PersonID(orElse(m.BotID, m.User)), Name: orElse(name, "a bot")}, nil
}

func filesOf(m api.Msg) []incident.File {
	var out []incident.File
	for _, f := range m.Files {
		out = append(out, incident.File{Name: orElse(f.Name, f.Title), Type: f.Mimetype, Size: int64(f.Size), Link: f.Permalink})
	}
	return out
}

// somebody is a person with the zone that their clock shows.
func (p *Platform) somebody(ctx context.Context, me identity, id string) (incident.Person, *time.Location) {
	who, known := p.person(ctx, me, id)
	return who, known.zone
}

// edited keeps a new text. Slack also calls it an edit when a link was unfolded
// or a reply came; those leave the text as it was, and the fold ignores them.
func (p *Platform) edited(ctx context.Context, me identity, room bot.Channel, m api.Msg, at string) error {
	if me.ours(m) || m.Edited == nil {
		return nil
	}
	r := p.editOf(ctx, me, room, m)
	if r.When.IsZero() {
		r.When = instantOf(at)
	}
	answer, err := p.handle(ctx, r)
	if err != nil {
		return err
	}
	channel, _ := spot(room)
	p.whisper(ctx, me, channel, m.User, m.ThreadTimestamp, answer)
	return nil
}

func (p *Platform) editOf(ctx context.Context, me identity, room bot.Channel, m api.Msg) bot.Request {
	text, spans := p.reader(ctx, me).Message(m)
	channel, _ := spot(room)
	key := me.key(channel, m.Timestamp)
	h := fnv.New64a()
	_, _ = h.Write([]byte(text)) // a hash takes everything
	r := bot.Request{
		Key: key + "/e/" + m.Edited.Timestamp + "/" + strconv.FormatUint(h.Sum64(), 36), In: room, When: instantOf(m.Edited.Timestamp),
		Do: bot.Edited{Key: key, Text: text, Spans: spans},
	}
	r.By, r.Zone = p.somebody(ctx, me, orElse(m.Edited.User, m.User))
	return r
}

func (p *Platform) withdrawn(ctx context.Context, me identity, room bot.Channel, m api.Msg, at string) error {
	if me.ours(m) || m.Timestamp == "" {
		return nil
	}
	channel, _ := spot(room)
	key := me.key(channel, m.Timestamp)
	r := bot.Request{Key: key + "/d", In: room, When: instantOf(at), Do: bot.Deleted{Key: key}}
	r.By, r.Zone = p.author(ctx, me, m)
	_, err := p.handle(ctx, r)
	return err
}

// reaction keeps an emoji that was put on a message or taken off. A mark is
// confirmed by our own.
func (p *Platform) reaction(ctx context.Context, me identity, user, channel, ts, emoji, at string, off bool) error {
	if user == me.user || ts == "" {
		return nil
	}
	room, err := p.beside(ctx, me, channel, ts)
	if err != nil {
		return err
	}
	key := me.key(channel, ts)
	name, _, _ := strings.Cut(emoji, "::skin-tone-")
	r := bot.Request{Key: key + "/r/" + user + "/" + name + "/" + at, In: room, When: instantOf(at), Do: bot.Reaction{Key: key, Emoji: name, Off: off}}
	r.By, r.Zone = p.somebody(ctx, me, user)
	if _, err := p.handle(ctx, r); err != nil {
		return err
	}
	if name == p.o.Mark && !off && p.incidents.InRoom(room) != nil {
		p.confirm(room, key)
	}
	return nil
}

// confirm shows beside a message that it is in the story now.
func (p *Platform) confirm(room bot.Channel, key string) {
	p.turns.Aside(func() {
		ctx, cancel := context.WithTimeout(p.background(), answerTimeout)
		defer cancel()
		err := p.patiently(ctx, "reactions.add", func() error { return p.React(ctx, room, key, p.o.Mark) })
		if err != nil {
			p.o.Log.Info("a mark is kept, and could not be confirmed beside its message", "key", key, "error", err)
		}
	})
}

// pinned is the message that a pin is on; "" if it is on something else.
func pinned(x slackevents.Item) string {
	if x.Timestamp == "" && x.Message != nil {
		return x.Message.Timestamp
	}
	return x.Timestamp
}

func (p *Platform) pin(ctx context.Context, me identity, user, channel, ts, at string, off bool) error {
	if user == me.user || ts == "" {
		return nil
	}
	room, err := p.beside(ctx, me, channel, ts)
	if err != nil {
		return err
	}
	key := me.key(channel, ts)
	r := bot.Request{Key: key + "/p/" + user + "/" + at, In: room, When: instantOf(at), Do: bot.Pin{Key: key, Off: off}}
	r.By, r.Zone = p.somebody(ctx, me, user)
	_, err = p.handle(ctx, r)
	return err
}

func (p *Platform) joined(ctx context.Context, me identity, user, channel, at string) error {
	if user == me.user {
		return nil
	}
	r := bot.Request{Key: me.key(channel, at) + "/j/" + user, In: p.place(ctx, channel), When: instantOf(at), Do: bot.Join{}}
	r.By, r.Zone = p.somebody(ctx, me, user)
	_, err := p.handle(ctx, r)
	return err
}

// instantOf reads a Slack timestamp: seconds, a point, and digits that make it
// unique. The zero time if it is none.
func instantOf(ts string) time.Time {
	whole, part, _ := strings.Cut(ts, ".")
	sec, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || sec <= 0 {
		return time.Time{}
	}
	micro, err := strconv.ParseInt((part + "000000")[:6], 10, 64)
	if err != nil {
		micro = 0
	}
	return time.Unix(sec, micro*1000).UTC()
}
