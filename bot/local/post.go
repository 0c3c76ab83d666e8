package local

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sitrep/bot"
	"sitrep/incident"
)

// Post shows a message in a channel; the same key shows it once.
func (l *Platform) Post(ctx context.Context, p bot.Post) (bot.Ref, error) {
	if err := l.faults.check("post"); err != nil {
		return bot.Ref{}, err
	}
	ch, err := l.known(p.To)
	if err != nil {
		return bot.Ref{}, err
	}
	body, err := bot.Encode(p.Message)
	if err != nil {
		return bot.Ref{}, err
	}
	it := Item{Kind: Posted, Key: "local/post/" + p.Key, By: self, Text: bot.Text(p.Message, l.zone()), Reply: p.Thread.ID, Shown: body}
	kept, _, err := l.append(ctx, ch, it)
	if err != nil {
		return bot.Ref{}, &bot.Temporary{Err: err}
	}
	return bot.Ref{Channel: ch.Channel, ID: kept.Key}, nil
}

// Edit replaces a message of ours.
func (l *Platform) Edit(ctx context.Context, ref bot.Ref, m bot.Message) error {
	if err := l.faults.check("edit"); err != nil {
		return err
	}
	ch, err := l.known(ref.Channel)
	if err != nil {
		return err
	}
	body, err := bot.Encode(m)
	if err != nil {
		return err
	}
	if posted, err := l.message(ctx, ch, ref.ID); err != nil {
		return &bot.Temporary{Err: err}
	} else if posted == nil || posted.Bot == nil {
		return fmt.Errorf("there is no message %q of ours in %s", ref.ID, ref.Channel.Name)
	}
	if _, _, err = l.append(ctx, ch, Item{Kind: Changed, Key: "local/change/" + id(), Of: ref.ID, Shown: body}); err != nil {
		return &bot.Temporary{Err: err}
	}
	return nil
}

// OpenRoom opens the channel of an incident: #inc-1-checkout-is-failing. The
// local room has no members, so there is nobody to bring in.
func (l *Platform) OpenRoom(ctx context.Context, in *incident.Incident, _ []incident.Person) (bot.Channel, string, error) {
	if err := l.faults.check("room"); err != nil {
		return bot.Channel{}, "", err
	}
	id := slug(in.ID)
	name := "#" + shortened(slug(in.ID+" "+in.Title))
	ch, err := l.open(ctx, bot.Channel{Platform: Name, ID: id, Name: name}, in.ID)
	if err != nil {
		return bot.Channel{}, "", &bot.Temporary{Err: err}
	}
	return ch.Channel, "/c/" + id, nil
}

// History hands on what was said and done in a channel since an instant, oldest
// first.
func (l *Platform) History(ctx context.Context, in bot.Channel, since time.Time, keep func(bot.Request) error) error {
	if err := l.faults.check("history"); err != nil {
		return err
	}
	ch, err := l.known(in)
	if err != nil {
		return err
	}
	for n := uint64(0); ; {
		items, err := l.keep.Read(ctx, ch.ID, n, 256)
		if err != nil {
			return &bot.Temporary{Err: fmt.Errorf("read %s: %w", ch.Name, err)}
		}
		if len(items) == 0 {
			return nil
		}
		for _, it := range items {
			n = it.N
			r, ok := request(ch.Channel, it)
			if !ok || it.At.Before(since) {
				continue
			}
			if err := keep(r); err != nil {
				return err
			}
		}
	}
}

// React puts our own reaction on a message.
func (l *Platform) React(ctx context.Context, in bot.Channel, key, emoji string) error {
	if err := l.faults.check("react"); err != nil {
		return err
	}
	ch, err := l.known(in)
	if err != nil {
		return err
	}
	if _, _, err = l.append(ctx, ch, Item{Kind: Reacted, Key: "local/react/" + key + "/" + emoji, Of: key, Emoji: emoji, By: self}); err != nil {
		return &bot.Temporary{Err: err}
	}
	return nil
}

// known finds a channel of this platform. That there is none will not change,
// so the error is permanent.
func (l *Platform) known(c bot.Channel) (*channel, error) {
	if ch := l.channel(c.ID); ch != nil {
		return ch, nil
	}
	return nil, fmt.Errorf("there is no channel %q in the local room", c.ID)
}

// request turns a kept item back into what it was; ok is false for our own.
func request(in bot.Channel, it Item) (bot.Request, bool) {
	r := bot.Request{Key: it.Key, In: in, By: it.By, When: it.At}
	switch it.Kind {
	case Said:
		r.Thread = it.Reply
		r.Do = bot.Said{Key: it.Key, Text: it.Text, Thread: it.Reply, Link: "/c/" + in.ID + "#" + anchor(it.Key)}
	case Edited:
		r.Do = bot.Edited{Key: it.Of, Text: it.Text}
	case Deleted:
		r.Do = bot.Deleted{Key: it.Of}
	case Reacted:
		r.Do = bot.Reaction{Key: it.Of, Emoji: it.Emoji, Off: it.Off}
	case Pinned:
		r.Do = bot.Pin{Key: it.Of, Off: it.Off}
	case Joined:
		r.Do = bot.Join{}
	default:
		return r, false
	}
	return r, it.By.ID != self.ID
}

// roomName is the longest name of a room, in characters.
const roomName = 48

// shortened cuts a long name where a word ends, if one does.
func shortened(name string) string {
	short := clip(name, roomName)
	if short == name {
		return name
	}
	if i := strings.LastIndexByte(short, '-'); i > len(short)/2 {
		short = short[:i]
	}
	return strings.TrimRight(short, "-")
}
