package local

import (
	"slices"
	"time"

	"sitrep/bot"
	"sitrep/incident"
)

// A message is one message of a channel as it stands now: the fold over the
// items that are about it.
type message struct {
	Key       string
	N         uint64
	At        time.Time
	By        incident.Person
	Text      string
	Reply     string
	Edited    bool
	Deleted   bool
	Pinned    bool
	Joined    bool
	Reactions []reaction
	Bot       bot.Message // set on our own messages
}

type reaction struct {
	Emoji string
	By    []string // names
}

// mark is the emoji that the room's own button puts on a message.
const mark = "pushpin"

// Marked reports whether somebody put the marking emoji on it, or pinned it.
func (m *message) Marked() bool {
	return m.Pinned || slices.ContainsFunc(m.Reactions, func(r reaction) bool { return r.Emoji == mark && len(r.By) > 0 })
}

// A conversation is a channel's messages, in order.
type conversation struct {
	last     uint64
	messages []*message
	byKey    map[string]*message
}

func newConversation() *conversation { return &conversation{byKey: map[string]*message{}} }

// apply folds an item and returns the message that is new or has changed; nil
// if none has.
func (c *conversation) apply(it Item) *message {
	c.last = max(c.last, it.N)
	switch it.Kind {
	case Said, Posted, Joined:
		m := &message{Key: it.Key, N: it.N, At: it.At, By: it.By, Text: it.Text, Reply: it.Reply, Joined: it.Kind == Joined}
		if it.Kind == Posted {
			m.Bot = shown(it)
		}
		c.messages = append(c.messages, m)
		c.byKey[it.Key] = m
		return m
	}
	m := c.byKey[it.Of]
	if m == nil {
		return nil // it changes something that this channel does not have
	}
	switch it.Kind {
	case Edited:
		m.Text, m.Edited = it.Text, true
	case Deleted:
		m.Deleted = true
	case Pinned:
		m.Pinned = !it.Off
	case Changed:
		m.Bot = shown(it)
	case Reacted:
		m.react(it)
	}
	return m
}

func (m *message) react(it Item) {
	for i := range m.Reactions {
		r := &m.Reactions[i]
		if r.Emoji != it.Emoji {
			continue
		}
		r.By = slices.DeleteFunc(slices.Clone(r.By), func(n string) bool { return n == it.By.Name })
		if !it.Off {
			r.By = append(r.By, it.By.Name)
		}
		return
	}
	if !it.Off {
		m.Reactions = append(m.Reactions, reaction{Emoji: it.Emoji, By: []string{it.By.Name}})
	}
}

// shown reads the message that an item shows. One that cannot be read (it was
// kept by a later version) is shown as such.
func shown(it Item) bot.Message {
	m, err := bot.Decode(it.Shown)
	if err != nil {
		return bot.Problem{Text: "This message was written by another version of sitrep and cannot be shown: " + err.Error() + "."}
	}
	return m
}
