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
	Was       []string  // the texts that stood there before, oldest first
	EditedAt  time.Time // zero if it never was
	DeletedAt time.Time // zero while it stands
	Pinned    bool
	Joined    bool
	Reactions []reaction
	Bot       bot.Message // set on our own messages

	root    *message // the message whose thread it is in; nil for one of the channel itself
	replies []*message
	touched uint64 // the last item about it or about a reply to it
}

// A reaction is one emoji on a message and who put it there.
type reaction struct {
	Emoji string
	By    []incident.Person
}

// Deleted reports whether its author withdrew it.
func (m *message) Deleted() bool { return !m.DeletedAt.IsZero() }

// marked lists who lifted the message into the story with the emoji, or by
// pinning it.
func (m *message) marked(emoji string) []incident.Person {
	for _, r := range m.Reactions {
		if r.Emoji == emoji {
			return r.By
		}
	}
	return nil
}

// A conversation is a channel's messages, in order.
type conversation struct {
	last  uint64
	roots []*message // those that are no reply
	byKey map[string]*message
}

func newConversation() *conversation { return &conversation{byKey: map[string]*message{}} }

// apply folds an item. One about a message that the channel does not have
// changes nothing.
func (c *conversation) apply(it Item) {
	c.last = max(c.last, it.N)
	var m *message
	switch it.Kind {
	case Said, Posted, Joined:
		m = &message{Key: it.Key, N: it.N, At: it.At, By: it.By, Text: it.Text, Joined: it.Kind == Joined}
		if it.Kind == Posted {
			m.Bot = shown(it)
		}
		if p := c.byKey[it.Reply]; p != nil {
			m.root = p.top()
			m.root.replies = append(m.root.replies, m)
		} else {
			c.roots = append(c.roots, m)
		}
		c.byKey[it.Key] = m
	default:
		if m = c.byKey[it.Of]; m == nil {
			return
		}
		m.change(it)
	}
	m.top().touched = it.N
}

// top is the message whose thread this one is in: itself if in none.
func (m *message) top() *message {
	if m.root != nil {
		return m.root
	}
	return m
}

func (m *message) change(it Item) {
	switch it.Kind {
	case Edited:
		if it.Text != m.Text {
			m.Was = append(m.Was, m.Text)
			m.Text, m.EditedAt = it.Text, it.At
		}
	case Deleted:
		m.DeletedAt = it.At
	case Pinned:
		m.Pinned = !it.Off
	case Changed:
		m.Bot = shown(it)
	case Reacted:
		m.react(it)
	}
}

func (m *message) react(it Item) {
	i := slices.IndexFunc(m.Reactions, func(r reaction) bool { return r.Emoji == it.Emoji })
	if i < 0 {
		if it.Off {
			return
		}
		m.Reactions = append(m.Reactions, reaction{Emoji: it.Emoji})
		i = len(m.Reactions) - 1
	}
	r := &m.Reactions[i]
	r.By = slices.DeleteFunc(slices.Clone(r.By), func(p incident.Person) bool { return p.ID == it.By.ID })
	if !it.Off {
		r.By = append(r.By, it.By)
	}
	if len(r.By) == 0 {
		m.Reactions = slices.Delete(m.Reactions, i, i+1)
	}
}

// since lists the messages of the channel itself that an item after n is
// about, or about a reply to which it is, in their order.
func (c *conversation) since(n uint64) []*message {
	var out []*message
	for _, m := range c.roots {
		if m.touched > n {
			out = append(out, m)
		}
	}
	return out
}

// copied returns the message with its replies as they are now, for a reader who
// does not hold the channel's lock.
func (m *message) copied() *message {
	out := *m
	out.Reactions = slices.Clone(m.Reactions)
	out.replies = make([]*message, len(m.replies))
	for i, r := range m.replies {
		c := *r
		c.Reactions = slices.Clone(r.Reactions)
		out.replies[i] = &c
	}
	return &out
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
