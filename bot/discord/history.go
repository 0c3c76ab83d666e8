package discord

import (
	"context"
	"slices"
	"time"

	"sitrep/bot"
)

// History returns what was said and done in a channel at an instant and after
// it, oldest first, at most limit acts: messages as they stand, their edits, pins, and the
// marks on them. Where there is more, exactly limit come, and the last is the
// message to go on after: it is repeated if need be, since it is known by its
// key.
func (p *Platform) History(ctx context.Context, in bot.Channel, since time.Time, limit int) ([]bot.Request, error) {
	if _, err := p.self(ctx); err != nil {
		return nil, err
	}
	room, thread := p.where(ctx, in.ID)
	if in.Name != "" && room.ID == in.ID {
		room = in
	}
	last := flake(since.Add(-time.Millisecond)) // at the instant, and after it
	var out []bot.Request
	for {
		var list []messageIn
		err := p.do(ctx, call{method: "GET", path: "channels/" + in.ID + "/messages?limit=100&after=" + last, channel: in.ID, needs: readHistory}, &list)
		if err != nil {
			return nil, err
		}
		slices.Reverse(list) // the newest comes first
		for i := range list {
			m := &list[i]
			last = m.ID
			group, err := p.recall(ctx, room, thread, m)
			if err != nil {
				return nil, err
			}
			if len(out)+len(group) > limit {
				return full(append(out, group...), len(out), limit), nil
			}
			out = append(out, group...)
		}
		if len(list) < 100 {
			break
		}
	}
	if p.incidents.InRoom(room) != nil {
		if err := p.rememberPins(ctx, in.ID, room); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// full cuts what is too much. The first done requests are whole messages; they
// are filled up with the last of them, so that the reader goes on after it.
func full(all []bot.Request, done, limit int) []bot.Request {
	if done == 0 { // one message alone is too much
		return append(all[:limit-1:limit-1], all[0])
	}
	out := all[:done:done]
	last := done - 1
	for last > 0 {
		if _, said := out[last].Do.(bot.Said); said {
			break
		}
		last--
	}
	for len(out) < limit {
		out = append(out, out[last])
	}
	return out
}

// recall is what a message, read back, says was done: with the marks on it. A
// message that was edited is named again after its edits, so that the last
// request of a page is always one of the message's own instant.
func (p *Platform) recall(ctx context.Context, in bot.Channel, thread string, m *messageIn) ([]bot.Request, error) {
	out := p.requests(in, thread, m, false)
	if len(out) == 0 {
		return nil, nil
	}
	p.saw(in, m)
	for _, r := range m.Reactions {
		name := spoken(r.Emoji, p.o.Mark)
		if !slices.Contains(p.o.Mark, name) {
			continue
		}
		sign := r.Emoji.Name
		if r.Emoji.ID != "" {
			sign += ":" + r.Emoji.ID
		}
		var who []userIn
		err := p.do(ctx, call{method: "GET", path: "channels/" + m.Channel + "/messages/" + m.ID + "/reactions/" + pathEscape(sign) + "?limit=100", channel: m.Channel, needs: readHistory}, &who)
		if err != nil {
			return nil, err
		}
		for i := range who {
			p.mu.Lock()
			mine := who[i].ID == p.me
			p.mu.Unlock()
			if !mine {
				x := p.reacted(in, thread, m.Channel, m.ID, personOf(&who[i], nil), r.Emoji, false, "there")
				x.When = out[0].When
				out = append(out, x)
			}
		}
	}
	if len(out) > 1 {
		out = append(out, out[0])
	}
	return out, nil
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
