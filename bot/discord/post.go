package discord

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"sitrep/bot"
)

// keptPosts is how many posts of this run are known by their key.
const keptPosts = 4096

// pagesBack is how many pages of a hundred messages of a channel are searched
// for posts of an earlier run.
const pagesBack = 5

// posted is what has been posted, so that nothing is posted twice.
type posted struct {
	mu    sync.Mutex
	byKey map[string]*post
	order []string
	left  map[string]*leftover // what earlier runs left, by channel
}

// A post is one that was made or is being made.
type post struct {
	turn sync.Mutex // held while it is tried
	ref  bot.Ref    // zero until it is made
}

// A leftover is what the bot had said in a channel before this run.
type leftover struct {
	once sync.Mutex // held while it is read
	read bool
	said []leftMessage
}

type leftMessage struct {
	id    string
	print string // what identifies its contents
	first string // its first line
}

// of returns the post of a key.
func (d *posted) of(key string) *post {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.byKey == nil {
		d.byKey = map[string]*post{}
	}
	if x := d.byKey[key]; x != nil {
		return x
	}
	x := &post{}
	d.byKey[key] = x
	d.order = append(d.order, key)
	if len(d.order) > keptPosts {
		delete(d.byKey, d.order[0])
		d.order = d.order[1:]
	}
	return x
}

func (d *posted) leftIn(channel string) *leftover {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.left == nil {
		d.left = map[string]*leftover{}
	}
	if d.left[channel] == nil {
		d.left[channel] = &leftover{}
	}
	return d.left[channel]
}

// Post shows a message in a channel, or in the thread of one of its messages.
// In a room that is a thread itself, what belongs into a thread is said in the
// room, without notifying anybody.
func (p *Platform) Post(ctx context.Context, m bot.Post) (bot.Ref, error) {
	x := p.posted.of(m.To.ID + "\n" + m.Key)
	x.turn.Lock()
	defer x.turn.Unlock()
	if x.ref.ID != "" {
		return x.ref, nil
	}
	channel := m.To.ID
	if m.Thread.ID != "" {
		var err error
		if channel, err = p.under(ctx, m.Thread); err != nil {
			return bot.Ref{}, err
		}
	}
	l := p.letter(m.Message)
	ref, adopted, err := p.adopt(ctx, channel, m.Message, l)
	if err != nil {
		return bot.Ref{}, err
	}
	if !adopted {
		sum := sha256.Sum256([]byte(m.Key))
		l.Nonce, l.Enforce = hex.EncodeToString(sum[:])[:maxNonce-1], true
		if ref, err = p.send(ctx, channel, l); err != nil {
			return bot.Ref{}, err
		}
	}
	x.ref = bot.Ref{Channel: bot.Channel{Platform: Name, ID: channel, Name: m.To.Name}, ID: ref}
	if channel == m.To.ID {
		x.ref.Channel = m.To
	}
	if _, isCard := m.Message.(bot.Card); isCard {
		p.pin(ctx, channel, ref)
	}
	return x.ref, nil
}

// send posts a letter and returns the message's id. A thread that fell asleep
// is woken; one that was put away is not.
func (p *Platform) send(ctx context.Context, channel string, l letter) (string, error) {
	var made struct {
		ID string `json:"id"`
	}
	c := call{method: "POST", path: "channels/" + channel + "/messages", body: l, files: l.Files, channel: channel, needs: p.writing(channel, l)}
	err := p.awake(ctx, c, &made)
	return made.ID, err
}

// awake writes to a thread, which is woken if it fell asleep. One that is
// archived and locked was put away, and stays so: what comes late must not open
// it again.
func (p *Platform) awake(ctx context.Context, c call, out any) error {
	if t, err := p.find(ctx, c.channel); err != nil {
		return err
	} else if t.shut() {
		return p.putAway(t)
	}
	err := p.do(ctx, c, out)
	if !is(err, codeThreadClosed, codeThreadLocked) {
		return err
	}
	var t channelIn
	if err := p.do(ctx, call{method: "GET", path: "channels/" + c.channel, channel: c.channel, needs: viewChannel}, &t); err != nil {
		return err
	}
	p.names.setChannel(t)
	if t.shut() {
		return p.putAway(t)
	}
	if err := p.wake(ctx, t.ID); err != nil {
		return err
	}
	return p.do(ctx, c, out)
}

func (p *Platform) putAway(t channelIn) error {
	return &refusal{codeThreadLocked, "#" + t.Name + " was archived and locked; /" + p.o.Command + " reopen brings it back, or open it on Discord"}
}

// codeThreadLocked says that nobody may write to a thread.
const codeThreadLocked = 160005

func (p *Platform) wake(ctx context.Context, thread string) error {
	return p.changed(ctx, call{method: "PATCH", path: "channels/" + thread, body: map[string]bool{"archived": false, "locked": false}, channel: thread, needs: manageThreads})
}

// writing is what sending a letter to a channel needs.
func (p *Platform) writing(channel string, l letter) bits {
	needs := sendMessages
	if c, ok := p.names.known(channel); ok && c.isThread() {
		needs = inThreads
	}
	if len(l.Embeds) > 0 {
		needs |= embedLinks
	}
	if len(l.Files) > 0 {
		needs |= attachFiles
	}
	return needs
}

// under returns the channel for the thread of a message: the thread, which has
// the message's id, made if it is not there; or the room itself, if that is a
// thread.
func (p *Platform) under(ctx context.Context, at bot.Ref) (string, error) {
	room, err := p.find(ctx, at.Channel.ID)
	if err != nil {
		return "", err
	}
	if room.isThread() {
		return room.ID, nil
	}
	if _, there := p.names.known(at.ID); there {
		return at.ID, nil
	}
	var t channelIn
	err = p.do(ctx, call{method: "POST", path: "channels/" + room.ID + "/messages/" + at.ID + "/threads", body: map[string]any{"name": "Timeline", "auto_archive_duration": int(p.archive().Minutes())}, channel: room.ID, needs: publicThreads}, &t)
	switch {
	case is(err, codeThreadThere):
		return at.ID, nil
	case err != nil:
		return "", err
	}
	p.names.setChannel(t)
	return t.ID, nil
}

// adopt finds a message that an earlier run left for the same post: a nonce is
// forgotten after minutes. Messages are the same if their contents are, down to
// the second in them; a card is brought up to date.
func (p *Platform) adopt(ctx context.Context, channel string, m bot.Message, l letter) (id string, found bool, err error) {
	if !madeAt(channel).Before(p.started) {
		return "", false, nil // the channel is of this run
	}
	left := p.posted.leftIn(channel)
	left.once.Lock()
	defer left.once.Unlock()
	if !left.read {
		if left.said, err = p.leftovers(ctx, channel); err != nil {
			return "", false, err
		}
		left.read = true
	}
	c, isCard := m.(bot.Card)
	for i, x := range left.said {
		switch {
		case x.print == fingerprint(l.Content, l.Embeds):
		case isCard && (x.first == "### "+c.Incident || strings.HasPrefix(x.first, "### "+c.Incident+" ")):
			if err := p.Edit(ctx, bot.Ref{Channel: bot.Channel{Platform: Name, ID: channel}, ID: x.id}, m); err != nil {
				return "", false, err
			}
		default:
			continue
		}
		left.said = append(left.said[:i:i], left.said[i+1:]...)
		return x.id, true, nil
	}
	return "", false, nil
}

// leftovers reads what the bot had said in a channel in the day before this
// run, the newest first.
func (p *Platform) leftovers(ctx context.Context, channel string) ([]leftMessage, error) {
	me, err := p.self(ctx)
	if err != nil {
		return nil, err
	}
	var out []leftMessage
	query := "?limit=100"
	for range pagesBack {
		var list []messageIn
		err := p.do(ctx, call{method: "GET", path: "channels/" + channel + "/messages" + query, channel: channel, needs: readHistory}, &list)
		if err != nil {
			return nil, err
		}
		for _, m := range list {
			if at := madeAt(m.ID); m.Author == nil || m.Author.ID != me || !at.Before(p.started) || at.Before(p.started.Add(-recently)) {
				continue
			}
			content := ""
			if m.Content != nil {
				content = *m.Content
			}
			var es []embed
			for _, e := range m.Embeds {
				es = append(es, embed{Title: e.Title, Description: e.Description})
			}
			first, _, _ := strings.Cut(content, "\n")
			out = append(out, leftMessage{m.ID, fingerprint(content, es), first})
		}
		if len(list) < 100 || madeAt(list[len(list)-1].ID).Before(p.started.Add(-recently)) {
			break
		}
		query = "?limit=100&before=" + list[len(list)-1].ID
	}
	return out, nil
}

// fingerprint identifies what a message says. Discord gives texts back without
// the spaces around them.
func fingerprint(content string, es []embed) string {
	parts := []string{strings.TrimSpace(content)}
	for _, e := range es {
		parts = append(parts, strings.TrimSpace(e.Title), strings.TrimSpace(e.Description))
	}
	b, err := json.Marshal(parts)
	if err != nil {
		return content
	}
	return hash(string(b))
}

// Edit replaces a message of ours.
func (p *Platform) Edit(ctx context.Context, ref bot.Ref, m bot.Message) error {
	l := p.letter(m)
	l.Flags = 0 // an edit cannot make a message silent
	c := call{method: "PATCH", path: "channels/" + ref.Channel.ID + "/messages/" + ref.ID, body: l, files: l.Files, channel: ref.Channel.ID, needs: p.writing(ref.Channel.ID, l)}
	return p.awake(ctx, c, nil)
}

// pin pins a message. That it cannot be pinned keeps nothing from going on.
func (p *Platform) pin(ctx context.Context, channel, message string) {
	err := p.do(ctx, call{method: "PUT", path: "channels/" + channel + "/messages/pins/" + message, channel: channel, needs: pinMessages}, nil)
	if err != nil && ctx.Err() == nil {
		p.o.Log.Warn("a card could not be pinned", "channel", channel, "error", err)
	}
}

// React puts our own emoji on the message with this key.
func (p *Platform) React(ctx context.Context, _ bot.Channel, key, emoji string) error {
	channel, message, ok := p.parts(key)
	if !ok {
		return fmt.Errorf("%q is no message of this server", key)
	}
	sign := p.names.sign(emoji)
	if sign == "" {
		return fmt.Errorf("there is no emoji %q here", emoji)
	}
	return p.do(ctx, call{method: "PUT", path: "channels/" + channel + "/messages/" + message + "/reactions/" + pathEscape(sign) + "/@me", channel: channel, needs: addReactions | readHistory}, nil)
}

// archive is how long a thread stays open without a word: one of the lengths
// that Discord has.
func (p *Platform) archive() time.Duration {
	for _, d := range []time.Duration{time.Hour, 24 * time.Hour, 72 * time.Hour} {
		if p.o.Rooms.Archive > 0 && p.o.Rooms.Archive <= d {
			return d
		}
	}
	return 7 * 24 * time.Hour
}
