package local

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"
	"unicode"

	"sitrep/bot"
	"sitrep/incident"
)

// An Utterance is what somebody typed, and where.
type Utterance struct {
	Channel     string // its id
	Key         string // what it is, for ever
	By          incident.Person
	Zone        *time.Location // the author's; nil if not known
	Text        string
	Reply       string // the key of the message that it answers; "" if none
	Incident    string // which incident a command is meant for; "" leaves it to the channel
	Interactive bool   // the author can be shown a preview
}

// Perform does for somebody what their browser would do: says a text, or runs a
// command if it begins with the command's name. key is what it is, for ever.
// Demonstrations and tests speak through it.
func (l *Platform) Perform(ctx context.Context, channel, key string, by incident.Person, zone *time.Location, text, reply string) (bot.Message, error) {
	return l.Say(ctx, Utterance{Channel: channel, Key: key, By: by, Zone: zone, Text: text, Reply: reply, Interactive: true})
}

// Say says a text, or runs a command if it begins with the command's name.
func (l *Platform) Say(ctx context.Context, u Utterance) (bot.Message, error) {
	ch := l.channel(u.Channel)
	if ch == nil {
		return nil, fmt.Errorf("there is no channel %q here", u.Channel)
	}
	if rest, ok := isCommand(u.Text, l.o.Command); ok {
		return l.ask(ctx, ch, bot.Request{
			Key: u.Key, Thread: u.Reply, By: u.By, Zone: u.Zone, Interactive: u.Interactive, Do: bot.Command{Text: rest, Incident: u.Incident},
		})
	}
	return l.tell(ctx, ch, Item{Kind: Said, Key: u.Key, By: u.By, Text: u.Text, Reply: u.Reply}, u.Zone)
}

// ask hands a request to the handler when it is its turn.
func (l *Platform) ask(ctx context.Context, ch *channel, r bot.Request) (bot.Message, error) {
	h, err := l.handler(ctx)
	if err != nil {
		return nil, err
	}
	ch.turn.Lock()
	defer ch.turn.Unlock()
	r.In, r.When = ch.Channel, l.o.Now()
	return call(ctx, h, r)
}

// tell keeps an item, shows it, and hands it to the handler, all before the
// next in its channel. The handler gets the words as they were said, so that it
// can tell their author what was masked; what is kept is masked.
func (l *Platform) tell(ctx context.Context, ch *channel, it Item, zone *time.Location) (bot.Message, error) {
	h, err := l.handler(ctx)
	if err != nil {
		return nil, err
	}
	ch.turn.Lock()
	defer ch.turn.Unlock()
	said := it.Text
	var was []string
	it.Text, was = l.o.Mask(said)
	kept, repeat, err := l.append(ctx, ch, it)
	if err == nil && repeat && (kept.Kind != it.Kind || kept.By.ID != it.By.ID || kept.Text != it.Text || kept.Of != it.Of) {
		// Another thing under a key that was used: a form that a browser brought
		// back with its old fields. It must not vanish as a repetition.
		it.Key = "local/" + ch.ID + "/" + id()
		kept, _, err = l.append(ctx, ch, it)
	}
	if err != nil {
		return nil, err
	}
	kept.Text = said
	r, _ := request(ch.Channel, kept)
	r.Zone = zone
	msg, err := call(ctx, h, r)
	if msg == nil && err == nil && len(was) > 0 {
		msg = bot.Receipt{Text: "Your message is kept.", Notes: []string{"What looked like a secret (" + strings.Join(was, ", ") + ") was masked before it was kept. If it is real, change it: others may have seen it."}}
	}
	return msg, err
}

// handling is how long a request may take, whatever becomes of its browser.
const handling = 30 * time.Second

// call calls the handler. A browser that goes away does not stop a request that
// was begun, and a handler that panics does not stop the room.
func call(ctx context.Context, h bot.Handler, r bot.Request) (m bot.Message, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), handling)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			m, err = nil, fmt.Errorf("the handler panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return h(ctx, r)
}

// append keeps an item and shows it to everybody who looks at the channel.
func (l *Platform) append(ctx context.Context, ch *channel, it Item) (Item, bool, error) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	if err := l.load(ctx, ch); err != nil {
		return Item{}, false, err
	}
	if p := ch.talk.byKey[it.Reply]; p != nil {
		it.Reply = p.top().Key // threads have one level
	} else {
		it.Reply = ""
	}
	kept, repeat, err := l.keep.Append(context.WithoutCancel(ctx), ch.ID, it)
	if err != nil {
		return Item{}, false, fmt.Errorf("keep it in %s: %w", ch.Name, err)
	}
	if kept.N <= ch.talk.last { // a transcript may not be able to tell that it was there
		return kept, true, nil
	}
	ch.talk.apply(kept)
	l.hub.wake()
	return kept, repeat, nil
}

// load reads a channel's conversation, once. The caller holds ch.mu.
func (l *Platform) load(ctx context.Context, ch *channel) error {
	if ch.talk != nil {
		return nil
	}
	talk := newConversation()
	for {
		items, err := l.keep.Read(ctx, ch.ID, talk.last, 256)
		if err != nil {
			return fmt.Errorf("read %s: %w", ch.Name, err)
		}
		if len(items) == 0 {
			ch.talk = talk
			return nil
		}
		for _, it := range items {
			talk.apply(it)
		}
	}
}

// message returns a message of a channel as it is now; nil if there is none.
func (l *Platform) message(ctx context.Context, ch *channel, key string) (*message, error) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	if err := l.load(ctx, ch); err != nil {
		return nil, err
	}
	m := ch.talk.byKey[key]
	if m == nil {
		return nil, nil
	}
	return m.copied(), nil
}

// A deed is what somebody does to a message that stands in a channel.
type deed struct {
	Do    string `json:"do"` // edit, delete, mark, react or pin
	Of    string `json:"of"` // the message's key
	Text  string `json:"text"`
	Emoji string `json:"emoji"`
	Off   bool   `json:"off"`
}

// maxEmoji is the longest name of an emoji, in bytes: the longest sequence of
// joined characters in use has 35.
const maxEmoji = 64

// act does a deed, or says why not.
func (l *Platform) act(ctx context.Context, ch *channel, key string, by visitor, d deed) (bot.Message, error) {
	m, err := l.message(ctx, ch, d.Of)
	if err != nil {
		return nil, err
	}
	if m == nil || m.Deleted() {
		return bot.Problem{Code: "no-message", Text: "That message is not here any more."}, nil
	}
	mine := m.By.ID == by.ID && m.Bot == nil
	it := Item{Key: key, Of: d.Of, By: by.Person}
	switch d.Do {
	case "edit":
		it.Kind, it.Text = Edited, strings.TrimSpace(newlines(d.Text))
		if !mine || it.Text == "" {
			return bot.Problem{Code: "not-yours", Text: "Only its author can edit a message, and it needs a text."}, nil
		}
	case "delete":
		it.Kind = Deleted
		if !mine {
			return bot.Problem{Code: "not-yours", Text: "Only its author can withdraw a message."}, nil
		}
	case "mark":
		it.Kind, it.Emoji, it.Off = Reacted, l.o.Mark, d.Off
	case "react":
		it.Kind, it.Emoji, it.Off = Reacted, strings.Trim(strings.TrimSpace(d.Emoji), ":"), d.Off
		if it.Emoji == "" || len(it.Emoji) > maxEmoji || strings.ContainsFunc(it.Emoji, unicode.IsControl) {
			return bot.Problem{Code: "bad-emoji", Text: "That is no emoji. Choose one, or write its name."}, nil
		}
	case "pin":
		it.Kind, it.Off = Pinned, d.Off
	default:
		return bot.Problem{Code: "bad-deed", Text: "A message can be edited, deleted, marked, reacted to and pinned."}, nil
	}
	return l.tell(ctx, ch, it, by.zone)
}

// isCommand reports whether a text is a command of a name, and what follows it.
func isCommand(text, name string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(strings.TrimLeftFunc(text, unicode.IsSpace), "/"+name)
	if !ok || rest != "" && !strings.ContainsRune(" \t\n\r\u00a0", []rune(rest)[0]) {
		return "", false
	}
	return strings.TrimLeft(rest, " \t\u00a0"), true
}

// newlines makes a form's line ends plain.
func newlines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// gone reports whether an error only says that the browser went away.
func gone(ctx context.Context, err error) bool {
	return errors.Is(err, context.Canceled) && ctx.Err() != nil
}
