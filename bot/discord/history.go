package discord

import (
	"context"
	"slices"
	"time"

	"sitrep/bot"
)

// skew is how far Discord's clock and ours may be apart: what happened so shortly
// before a room was read is left to the gateway, which tells of it.
const skew = 5 * time.Second

// recently is how long before a connection was lost a room is read back: edits,
// marks and deletions are of messages that are older.
const recently = 24 * time.Hour

// History hands on what was said and done in a channel at an instant and after
// it, oldest first: messages as they stand, in the threads on them too, their
// edits and pins. At the end it says what is still there, and who has marked it.
func (p *Platform) History(ctx context.Context, in bot.Channel, since time.Time, keep func(bot.Request) error) error {
	if _, err := p.self(ctx); err != nil {
		return err
	}
	room, thread := p.where(ctx, in.ID)
	if in.Name != "" && room.ID == in.ID {
		room = in
	}
	began := p.o.Now().Add(-skew)
	h := hearsay{p: p, in: room, since: since, stands: bot.Stands{Since: since, Answers: since, Only: p.o.Mark, Messages: map[string][]bot.Reacted{}}}
	if err := h.listen(ctx, in.ID, thread); err != nil {
		return err
	}
	threads, err := p.threadsOn(ctx, in.ID)
	if err != nil {
		return err
	}
	for _, t := range threads {
		if err := h.listen(ctx, t.ID, p.key(in.ID, t.ID)); err != nil {
			return err
		}
	}
	slices.SortStableFunc(h.acts, func(a, b bot.Request) int { return a.When.Compare(b.When) })
	for _, r := range h.acts {
		if err := keep(r); err != nil {
			return err
		}
	}
	if p.incidents.InRoom(room) == nil {
		return nil
	}
	if err := p.rememberPins(ctx, in.ID, room); err != nil {
		return err
	}
	if since.IsZero() { // nothing of it was kept before
		return nil
	}
	return keep(bot.Request{Key: Name + "/stands/" + in.ID + "/" + flake(began), In: room, When: began, Do: h.stands})
}

// A hearsay is what is read back of a room.
type hearsay struct {
	p      *Platform
	in     bot.Channel
	since  time.Time
	acts   []bot.Request
	stands bot.Stands
}

// listen takes what was said in a channel, or in a thread of it.
func (h *hearsay) listen(ctx context.Context, channel, thread string) error {
	last := flake(h.since.Add(-time.Millisecond)) // at the instant, and after it
	for {
		var list []messageIn
		err := h.p.do(ctx, call{method: "GET", path: "channels/" + channel + "/messages?limit=100&after=" + last, channel: channel, needs: readHistory}, &list)
		if err != nil {
			return err
		}
		slices.Reverse(list) // the newest comes first
		for i := range list {
			last = list[i].ID
			if err := h.take(ctx, thread, &list[i]); err != nil {
				return err
			}
		}
		if len(list) < 100 {
			return nil
		}
	}
}

// take keeps what a message, read back, says was done, and the marks on it: as
// requests of their own where nothing of it was kept before.
func (h *hearsay) take(ctx context.Context, thread string, m *messageIn) error {
	out := h.p.requests(h.in, thread, m, false)
	if len(out) == 0 {
		return nil
	}
	h.acts = append(h.acts, out...)
	key := h.p.key(m.Channel, m.ID)
	h.stands.Messages[key] = nil
	for _, r := range m.Reactions {
		if !slices.Contains(h.p.o.Mark, spoken(r.Emoji, h.p.o.Mark)) {
			continue
		}
		sign := r.Emoji.Name
		if r.Emoji.ID != "" {
			sign += ":" + r.Emoji.ID
		}
		var who []userIn
		err := h.p.do(ctx, call{method: "GET", path: "channels/" + m.Channel + "/messages/" + m.ID + "/reactions/" + pathEscape(sign) + "?limit=100", channel: m.Channel, needs: readHistory}, &who)
		if err != nil {
			return err
		}
		for i := range who {
			h.p.mu.Lock()
			mine := who[i].ID == h.p.me
			h.p.mu.Unlock()
			if mine {
				continue
			}
			x := h.p.reacted(h.in, thread, m.Channel, m.ID, personOf(&who[i], nil), r.Emoji, false, "there")
			if x.When = out[0].When; h.since.IsZero() {
				h.acts = append(h.acts, x)
			}
			if act, ok := x.Do.(bot.Reaction); ok {
				h.stands.Messages[key] = append(h.stands.Messages[key], bot.Reacted{Emoji: act.Emoji, By: x.By})
			}
		}
	}
	return nil
}

// threadsOn lists the threads that hang on messages of a channel; a thread has
// none.
func (p *Platform) threadsOn(ctx context.Context, channel string) ([]channelIn, error) {
	c, err := p.find(ctx, channel)
	if err != nil || c.isThread() || p.incidents.InRoom(channelOf(c)) == nil {
		return nil, err
	}
	var out []channelIn
	for _, path := range []string{"guilds/" + p.guild + "/threads/active", "channels/" + channel + "/threads/archived/public?limit=100"} {
		var list struct {
			Threads []channelIn `json:"threads"`
		}
		if err := p.do(ctx, call{method: "GET", path: path, channel: channel, needs: readHistory}, &list); err != nil {
			return nil, err
		}
		for _, t := range list.Threads {
			// One that is a room itself has its own history.
			if t.Parent == channel && t.Type == publicThread && p.incidents.InRoom(channelOf(t)) == nil {
				p.names.setChannel(t)
				out = append(out, t)
			}
		}
	}
	return out, nil
}

// catchUp reads back the rooms of open incidents after a session was lost: what
// was said, edited, marked and deleted meanwhile. heard is when the gateway was
// heard last.
func (p *Platform) catchUp(ctx context.Context, heard time.Time) {
	for room, from := range p.incidents.Worked(Name) {
		if at := heard.Add(-recently); from.Before(at) {
			from = at
		}
		p.queue(ctx, room.ID, func() { p.readBack(ctx, room, from, time.Second) })
	}
}

// readBack hands over what a room's history says. One that cannot be read yet is
// tried again: the gateway may be back before the rest of Discord is. What was
// handed over before is known by its key.
func (p *Platform) readBack(ctx context.Context, room bot.Channel, since time.Time, wait time.Duration) {
	err := p.History(ctx, room, since, func(r bot.Request) error {
		p.hand(ctx, r)
		return nil
	})
	switch {
	case err == nil, ctx.Err() != nil:
	case temporary(err):
		p.queues.Aside(func() {
			p.rests(ctx, &wait, err)
			p.queue(ctx, room.ID, func() { p.readBack(ctx, room, since, wait) })
		})
	default:
		p.o.Log.Warn("a room could not be read back after a gap", "channel", room.ID, "error", err)
	}
}

// rememberPins notes what is pinned, so that what is unpinned later is noticed.
func (p *Platform) rememberPins(ctx context.Context, channel string, in bot.Channel) error {
	list, err := p.pinned(ctx, channel)
	if err != nil {
		return err
	}
	now := map[string]bool{}
	for _, x := range list {
		now[x.Message.ID] = true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trail(channel, in).pins = now
	return nil
}
