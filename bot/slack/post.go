package slack

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	api "github.com/slack-go/slack"

	"sitrep/bot"
)

// eventType is what our messages' metadata is called; its payload holds the key
// of the post.
const eventType = "sitrep_post"

// A posted is what is known of the messages that we have posted.
type posted struct {
	mu     sync.Mutex
	byKey  map[string]string    // the ts of each post
	sure   map[string]time.Time // channels and threads with since when all posts in them are known
	behind map[string]looking   // channels and threads that are being looked through
	taking map[string]*sync.Mutex
}

// A looking is how far a channel or thread was looked through before Slack asked
// to wait.
type looking struct {
	since  time.Time
	from   time.Time // since when all was known before that became doubtful; zero if it was not
	cursor string
	pages  int
}

// Post shows m in a channel, or in the thread of p.Thread. The same key posts
// once: where that is not certain (after a start, after a call whose answer was
// lost) the messages that are there are looked through first.
func (p *Platform) Post(ctx context.Context, b bot.Post) (bot.Ref, error) {
	me, err := p.self(ctx)
	if err != nil {
		return bot.Ref{}, err
	}
	channel, thread := spot(b.To)
	if _, ts, ok := strings.Cut(b.Thread.ID, "/"); ok {
		thread = ts
	}
	place := channel + "/" + thread
	if card, ok := b.Message.(bot.Card); ok && b.Thread.ID == "" && thread != "" {
		if about, err := p.hung(ctx, me, channel, thread); err != nil {
			return bot.Ref{}, err
		} else if about == card.Incident { // the thread hangs on its card
			root := ref(b.To, channel, thread)
			return root, p.Edit(ctx, root, b.Message)
		}
	}
	release := p.posted.turn(place)
	defer release()
	if ts, ok := p.posted.find(b.Key); ok {
		return ref(b.To, channel, ts), nil
	}
	if !p.posted.isSure(place, b.Since) {
		if err := p.lookThrough(ctx, me, channel, thread, b.Since); err != nil {
			return bot.Ref{}, err
		}
		if ts, ok := p.posted.find(b.Key); ok {
			return ref(b.To, channel, ts), nil
		}
	}
	payload := map[string]any{"key": b.Key}
	if id := about(b.Message); id != "" {
		payload["incident"] = id // what a command in the message's thread is about
	}
	out := p.renderer().Render(b.Message)
	opts := []api.MsgOption{
		api.MsgOptionText(out.Text, false), api.MsgOptionBlocks(out.Blocks...), api.MsgOptionDisableLinkUnfurl(), api.MsgOptionDisableMediaUnfurl(),
		api.MsgOptionMetadata(api.SlackMetadata{EventType: eventType, EventPayload: payload}),
	}
	if thread != "" {
		opts = append(opts, api.MsgOptionTS(thread))
	}
	tried := p.o.Now()
	_, ts, err := p.web.PostMessageContext(ctx, channel, opts...)
	if err = p.failed("chat.postMessage", err); refused(err, "not_in_channel") {
		if _, _, _, e := p.web.JoinConversationContext(ctx, channel); e == nil {
			_, ts, err = p.web.PostMessageContext(ctx, channel, opts...)
			err = p.failed("chat.postMessage", err)
		}
	}
	if err != nil {
		var no *refusal
		if !errors.As(err, &no) && !limited(err) {
			p.posted.doubt(place, tried) // whether it was posted is not known
		}
		return bot.Ref{}, err
	}
	p.posted.keep(b.Key, ts)
	if _, card := b.Message.(bot.Card); card && thread == "" && p.incidents.InRoom(b.To) != nil {
		p.fasten(channel, ts)
	}
	return ref(b.To, channel, ts), nil
}

// fasten pins the card of a room to it, so that it is found from the top. It is
// a convenience: what hinders it hinders nothing else.
func (p *Platform) fasten(channel, ts string) {
	p.turns.Aside(func() {
		ctx, cancel := context.WithTimeout(p.background(), callTimeout)
		defer cancel()
		if err := p.failed("pins.add", p.web.AddPinContext(ctx, channel, api.NewRefToMessage(channel, ts))); err != nil && !refused(err, "already_pinned") {
			p.o.Log.Info("a card could not be pinned", "channel", channel, "error", err)
		}
	})
}

func limited(err error) bool {
	var t *bot.Temporary
	return errors.As(err, &t) && t.After > 0
}

// Edit replaces a message that was posted.
func (p *Platform) Edit(ctx context.Context, r bot.Ref, m bot.Message) error {
	channel, ts, ok := strings.Cut(r.ID, "/")
	if !ok {
		return fmt.Errorf("%q is no message of Slack", r.ID)
	}
	out := p.renderer().Render(m)
	_, _, _, err := p.web.UpdateMessageContext(ctx, channel, ts, api.MsgOptionText(out.Text, false), api.MsgOptionBlocks(out.Blocks...))
	return p.failed("chat.update", err)
}

// React puts our own reaction on a message, to confirm a mark.
func (p *Platform) React(ctx context.Context, in bot.Channel, key, emoji string) error {
	channel, ts, ok := parts(key)
	if here, _ := spot(in); !ok || channel != here {
		return fmt.Errorf("%q is no message of %s", key, in.Name)
	}
	err := p.failed("reactions.add", p.web.AddReactionContext(ctx, emoji, api.NewRefToMessage(channel, ts)))
	if refused(err, "already_reacted") {
		return nil
	}
	return err
}

func ref(to bot.Channel, channel, ts string) bot.Ref {
	return bot.Ref{Channel: to, ID: channel + "/" + ts}
}

// mostPages is how many pages of messages are looked through at most for one that
// may be there already.
const mostPages = 100

// lookThrough learns what we have posted in a channel, or in a thread, since an
// instant; if that is zero, among its newest messages. It goes on where it was
// when Slack asked to wait.
func (p *Platform) lookThrough(ctx context.Context, me identity, channel, thread string, since time.Time) error {
	place := channel + "/" + thread
	l := p.posted.looking(place, since)
	oldest := ""
	if !l.since.IsZero() {
		oldest = stamp(l.since.Add(-skew))
	}
	for {
		var ms []api.Message
		var next string
		var err error
		if thread == "" {
			var h *api.GetConversationHistoryResponse
			h, err = p.web.GetConversationHistoryContext(ctx, &api.GetConversationHistoryParameters{ChannelID: channel, Oldest: oldest, Cursor: l.cursor, Limit: pageSize, IncludeAllMetadata: true})
			if err = p.failed("conversations.history", err); err == nil {
				ms, next = h.Messages, h.ResponseMetaData.NextCursor
			}
		} else {
			ms, _, next, err = p.web.GetConversationRepliesContext(ctx, &api.GetConversationRepliesParameters{ChannelID: channel, Timestamp: thread, Oldest: oldest, Cursor: l.cursor, Limit: pageSize, IncludeAllMetadata: true})
			err = p.failed("conversations.replies", err)
		}
		if refused(err, "thread_not_found", "not_in_channel", "channel_not_found") {
			break
		} else if err != nil {
			p.posted.leave(place, l)
			return err
		}
		for _, m := range ms {
			if key, ok := m.Metadata.EventPayload["key"].(string); ok && m.Metadata.EventType == eventType && (m.User == me.user || m.BotID == me.bot) {
				p.posted.keep(key, m.Timestamp)
			}
		}
		l.cursor, l.pages = next, l.pages+1
		if next == "" || l.pages >= mostPages || thread == "" && l.since.IsZero() {
			break
		}
	}
	p.posted.trust(place, l, p.o.Now())
	return nil
}

// turn lets one post at a time into a channel or thread.
func (d *posted) turn(place string) (release func()) {
	d.mu.Lock()
	if d.taking == nil {
		d.taking = map[string]*sync.Mutex{}
	}
	m := d.taking[place]
	if m == nil {
		m = &sync.Mutex{}
		d.taking[place] = m
	}
	d.mu.Unlock()
	m.Lock()
	return m.Unlock
}

func (d *posted) find(key string) (ts string, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	ts, ok = d.byKey[key]
	return ts, ok && key != ""
}

// keptPosts is how many posts' places are remembered; older ones are found by
// looking.
const keptPosts = 50_000

func (d *posted) keep(key, ts string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.byKey) > keptPosts {
		d.byKey, d.sure = nil, nil
	}
	if d.byKey == nil {
		d.byKey = map[string]string{}
	}
	if key != "" {
		d.byKey[key] = ts
	}
}

// isSure reports whether all posts in a place are known from an instant on; of
// one that is zero it is enough that the newest were looked at.
func (d *posted) isSure(place string, since time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	from, sure := d.sure[place]
	return sure && (since.IsZero() || !since.Before(from))
}

// trust notes that a place was looked through.
func (d *posted) trust(place string, l looking, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.sure == nil {
		d.sure = map[string]time.Time{}
	}
	since := l.since
	if since.IsZero() {
		since = now
	}
	if !l.from.IsZero() && l.from.Before(since) {
		since = l.from
	}
	d.sure[place] = since
	delete(d.behind, place)
}

// doubt notes that something may have been posted in a place at an instant or
// since that is not known here.
func (d *posted) doubt(place string, since time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	from := d.sure[place]
	delete(d.sure, place)
	if d.behind == nil {
		d.behind = map[string]looking{}
	}
	d.behind[place] = looking{since: since, from: from}
}

// looking is where looking through a place goes on, for what was posted since an
// instant.
func (d *posted) looking(place string, since time.Time) looking {
	d.mu.Lock()
	defer d.mu.Unlock()
	l, begun := d.behind[place]
	covered := !since.Before(l.since) || !l.from.IsZero() && !since.Before(l.from)
	if begun && (since.IsZero() || covered) {
		return l
	}
	return looking{since: since}
}

func (d *posted) leave(place string, l looking) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.behind == nil {
		d.behind = map[string]looking{}
	}
	d.behind[place] = l
}
