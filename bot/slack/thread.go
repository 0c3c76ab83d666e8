package slack

import (
	"context"
	"strings"
	"sync"
	"time"

	api "github.com/slack-go/slack"

	"sitrep/bot"
)

// A thread can be where an incident is worked on, as a channel is. It is then a
// [bot.Channel] of its own, whose id is the channel's and the ts of the message
// that the thread hangs on: "C024BE91L/1599667900.000100".

// spot is where in Slack a place is: a channel, or a thread in one.
func spot(c bot.Channel) (channel, thread string) {
	channel, thread, _ = strings.Cut(c.ID, "/")
	return channel, thread
}

// threadIn is the thread that hangs on message root of a channel.
func threadIn(c bot.Channel, root string) bot.Channel {
	return bot.Channel{Platform: Name, ID: c.ID + "/" + root, Name: "a thread in " + orElse(c.Name, c.ID), Within: c.ID}
}

// at is where something was said or done: the thread, if an incident is worked
// on in it, and else the channel. thread is the ts of the thread's first
// message, or of a message that may be one; "" if there is none.
func (p *Platform) at(ctx context.Context, channel, thread string) bot.Channel {
	c := p.place(ctx, channel)
	if thread == "" {
		return c
	}
	if t := threadIn(c, thread); p.incidents.InRoom(t) != nil {
		return t
	}
	return c
}

// asked is where a command was given. In a thread of a channel that is no
// incident's room it is the thread: adopt makes that one a room, and declare
// brings it along.
func (p *Platform) asked(ctx context.Context, from Origin) bot.Channel {
	c := channelOf(from.Channel, from.Name)
	if c.Name == "" {
		c = p.place(ctx, from.Channel)
	}
	if from.Thread == "" || from.Channel == "" || strings.HasPrefix(from.Channel, "D") {
		return c
	}
	if t := threadIn(c, from.Thread); p.incidents.InRoom(t) != nil || p.incidents.InRoom(c) == nil {
		return t
	}
	return c
}

// beside is where the message is that somebody reacted to or pinned: such an
// event does not say in which thread. Slack is asked only where an incident is
// worked on in a thread of that channel.
func (p *Platform) beside(ctx context.Context, me identity, channel, ts string) (bot.Channel, error) {
	c := p.place(ctx, channel)
	threads := false
	for room := range p.incidents.Worked(Name) {
		threads = threads || room.Within == channel
	}
	if !threads {
		return c, nil
	}
	root, known := p.threads.root(channel, ts)
	if !known {
		ms, _, _, err := p.web.GetConversationRepliesContext(ctx, &api.GetConversationRepliesParameters{ChannelID: channel, Timestamp: ts, Limit: 1})
		if err = p.failed("conversations.replies", err); refused(err, "thread_not_found", "message_not_found") {
			return c, nil // it is gone
		} else if err != nil {
			return c, err
		}
		if root = ts; len(ms) > 0 && ms[0].ThreadTimestamp != "" {
			root = ms[0].ThreadTimestamp
		}
		p.threads.learn(channel, ts, root)
	}
	return p.at(ctx, channel, root), nil
}

// roots remembers in which thread messages are.
type roots struct {
	mu sync.Mutex
	of map[string]string // channel/ts -> the ts of the thread's first message
}

// keptRoots is how many messages' threads are remembered; Slack tells of the
// others.
const keptRoots = 20_000

func (r *roots) learn(channel, ts, root string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of == nil || len(r.of) > keptRoots {
		r.of = map[string]string{}
	}
	r.of[channel+"/"+ts] = root
}

func (r *roots) root(channel, ts string) (root string, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	root, known = r.of[channel+"/"+ts]
	return root, known
}

// hung is the incident whose card or announcement a thread hangs on; "" if it
// hangs on something else. A command there is about that incident.
func (p *Platform) hung(ctx context.Context, me identity, channel, root string) (incident string, err error) {
	if root == "" {
		return "", nil
	}
	var ms []api.Message
	err = p.patiently(ctx, "conversations.replies", func() (err error) {
		ms, _, _, err = p.web.GetConversationRepliesContext(ctx, &api.GetConversationRepliesParameters{ChannelID: channel, Timestamp: root, Limit: 1, IncludeAllMetadata: true})
		return err
	})
	if err != nil || len(ms) == 0 || !me.ours(ms[0].Msg) || ms[0].Metadata.EventType != eventType {
		return "", err
	}
	incident, _ = ms[0].Metadata.EventPayload["incident"].(string)
	return incident, nil
}

// openThread makes a thread of the announcement channel the room of an incident:
// it hangs on the card that is announced there, whoever of us posts it first.
func (p *Platform) openThread(ctx context.Context, card bot.Card, since time.Time) (bot.Channel, string, error) {
	me, err := p.self(ctx)
	if err != nil {
		return bot.Channel{}, "", err
	}
	to := p.place(ctx, p.o.ThreadsIn)
	root, err := p.Post(ctx, bot.Post{To: to, Message: card, Key: bot.AnnouncedKey(Name, card.Incident), Since: since})
	if err != nil {
		return bot.Channel{}, "", err
	}
	_, ts, _ := strings.Cut(root.ID, "/")
	return threadIn(to, ts), me.link(to.ID, ts, ""), nil
}
