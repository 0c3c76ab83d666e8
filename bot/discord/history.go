package discord

import (
	"context"
	"slices"
	"time"

	"sitrep/bot"
)

// History hands on what was said and done in a channel at an instant and after
// it, oldest first: messages as they stand, their edits, pins, and the marks on
// them.
func (p *Platform) History(ctx context.Context, in bot.Channel, since time.Time, keep func(bot.Request) error) error {
	if _, err := p.self(ctx); err != nil {
		return err
	}
	room, thread := p.where(ctx, in.ID)
	if in.Name != "" && room.ID == in.ID {
		room = in
	}
	last := flake(since.Add(-time.Millisecond)) // at the instant, and after it
	for {
		var list []messageIn
		err := p.do(ctx, call{method: "GET", path: "channels/" + in.ID + "/messages?limit=100&after=" + last, channel: in.ID, needs: readHistory}, &list)
		if err != nil {
			return err
		}
		slices.Reverse(list) // the newest comes first
		for i := range list {
			m := &list[i]
			last = m.ID
			group, err := p.recall(ctx, room, thread, m)
			if err != nil {
				return err
			}
			for _, r := range group {
				if err := keep(r); err != nil {
					return err
				}
			}
		}
		if len(list) < 100 {
			break
		}
	}
	if p.incidents.InRoom(room) == nil {
		return nil
	}
	return p.rememberPins(ctx, in.ID, room)
}

// recall is what a message, read back, says was done: with the marks on it.
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
