package discord

import (
	"context"
	"slices"
	"time"

	"sitrep/bot"
	"sitrep/incident"
)

// keptTrail is how many emoji that people put on messages of a room are
// remembered.
const keptTrail = 200

// A trail is what was seen in a room since the start.
type trail struct {
	in   bot.Channel
	pins map[string]bool
	put  []reactionSeen // emoji that are on messages, oldest first
}

// A reactionSeen is an emoji that somebody put on a message.
type reactionSeen struct {
	message, sign string
	request       bot.Request
}

// sawReaction notes who put what on a message of a room: when a moderator clears
// all of it, Discord does not say whose it was.
func (p *Platform) sawReaction(in bot.Channel, r *reactionIn, x bot.Request) {
	if p.incidents.InRoom(in) == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.trail(r.Channel, in)
	now := reactionSeen{r.Message, r.Emoji.ID + r.Emoji.Name, x}
	t.put = slices.DeleteFunc(t.put, func(s reactionSeen) bool {
		return s.message == now.message && s.sign == now.sign && s.request.By.ID == x.By.ID
	})
	if act, ok := x.Do.(bot.Reaction); ok && !act.Off {
		t.put = append(t.put, now)
	}
	if n := len(t.put); n > keptTrail {
		t.put = t.put[n-keptTrail:]
	}
}

// cleared takes off what a moderator has cleared: all of a message's emoji, or
// one of them.
func (p *Platform) cleared(ctx context.Context, r *reactionIn, stamp string) {
	sign := r.Emoji.ID + r.Emoji.Name
	p.mu.Lock()
	var off []reactionSeen
	if t := p.trails[r.Channel]; t != nil {
		t.put = slices.DeleteFunc(t.put, func(s reactionSeen) bool {
			gone := s.message == r.Message && (sign == "" || s.sign == sign)
			if gone {
				off = append(off, s)
			}
			return gone
		})
	}
	p.mu.Unlock()
	for _, s := range off {
		x := s.request
		act, ok := x.Do.(bot.Reaction)
		if !ok {
			continue
		}
		act.Off = true
		x.Do, x.Key, x.When = act, x.Key+"/cleared/"+stamp, p.o.Now()
		p.hand(ctx, x)
	}
}

// trail returns a channel's trail; the lock is held.
func (p *Platform) trail(channel string, in bot.Channel) *trail {
	t := p.trails[channel]
	if t == nil {
		t = &trail{in: in}
		p.trails[channel] = t
	}
	return t
}

// pins hands over what changed among the pins of a channel: the event says only
// that they did. Who pinned a message is said by a message of its own, which
// comes beside it; so the newest pin is left to that.
func (p *Platform) pins(ctx context.Context, e *pinsIn, stamp string) {
	in, thread := p.where(ctx, e.Channel)
	if p.incidents.InRoom(in) == nil {
		return
	}
	list, err := p.pinned(ctx, e.Channel)
	if err != nil {
		p.o.Log.Warn("the pins of a channel could not be read", "channel", e.Channel, "error", err)
		return
	}
	now := map[string]bool{}
	for _, x := range list {
		now[x.Message.ID] = true
	}
	p.mu.Lock()
	t := p.trail(e.Channel, in)
	before := t.pins
	t.pins = now
	me := p.me
	p.mu.Unlock()
	if before == nil {
		return
	}
	for _, x := range list {
		newest := e.Last != nil && x.At.Equal(*e.Last)
		if before[x.Message.ID] || newest || x.Message.Author != nil && x.Message.Author.ID == me {
			continue
		}
		key := p.key(e.Channel, x.Message.ID)
		p.hand(ctx, bot.Request{Key: key + "/p/" + stamp, In: in, Thread: thread, By: nobodyKnown(), When: x.At.UTC(), Do: bot.Pin{Key: key}})
	}
	for id := range before {
		if !now[id] {
			key := p.key(e.Channel, id)
			p.hand(ctx, bot.Request{Key: key + "/u/" + stamp, In: in, Thread: thread, By: nobodyKnown(), When: p.o.Now(), Do: bot.Pin{Key: key, Off: true}})
		}
	}
}

// nobodyKnown is who pinned or unpinned a message where Discord does not say.
func nobodyKnown() incident.Person { return incident.Person{ID: personID("unknown"), Name: "someone"} }

// A pinnedIn is one pinned message and when it was pinned.
type pinnedIn struct {
	At      time.Time `json:"pinned_at"`
	Message messageIn `json:"message"`
}

// pinned lists a channel's pins. The library asks on a route that is deprecated.
func (p *Platform) pinned(ctx context.Context, channel string) ([]pinnedIn, error) {
	var page struct {
		Items []pinnedIn `json:"items"`
		More  bool       `json:"has_more"`
	}
	var all []pinnedIn
	query := "?limit=50"
	for range 5 { // 250 is how many a channel can have
		page.Items, page.More = nil, false
		if err := p.do(ctx, call{method: "GET", path: "channels/" + channel + "/messages/pins" + query, channel: channel, needs: readHistory}, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if !page.More || len(page.Items) == 0 {
			break
		}
		query = "?limit=50&before=" + page.Items[len(page.Items)-1].At.UTC().Format("2006-01-02T15:04:05.000000Z")
	}
	return all, nil
}
