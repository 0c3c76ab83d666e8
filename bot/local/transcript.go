package local

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"sitrep/bot"
	"sitrep/incident"
)

// An Item is one thing that happened in a channel, as it is kept.
type Item struct {
	N     uint64          `json:"-"` // its place in the channel, from 1
	At    time.Time       `json:"-"` // when it was kept
	Kind  Kind            `json:"kind"`
	Key   string          `json:"key"`          // what it is, for ever
	Of    string          `json:"of,omitempty"` // the message that it changes; of a channel, the incident whose room it is
	By    incident.Person `json:"by,omitzero"`
	Text  string          `json:"text,omitempty"`
	Reply string          `json:"reply,omitempty"` // the message that it answers
	Emoji string          `json:"emoji,omitempty"`
	Off   bool            `json:"off,omitempty"`
	Shown json.RawMessage `json:"shown,omitempty"` // a bot.Message, encoded
	Room  *bot.Channel    `json:"room,omitempty"`
}

// A Kind says what an Item is.
type Kind string

// The kinds of items.
const (
	Said    Kind = "said"
	Edited  Kind = "edited"
	Deleted Kind = "deleted"
	Reacted Kind = "reacted"
	Pinned  Kind = "pinned"
	Joined  Kind = "joined"
	Posted  Kind = "posted"  // by us
	Changed Kind = "changed" // a message of ours
	Opened  Kind = "opened"  // a channel; kept in the directory
)

// Directory is the name of the channel that lists the channels.
const Directory = ""

// A Transcript keeps what happened in channels. The application keeps it in the
// log; [Memory] keeps it for as long as it lives.
type Transcript interface {
	// Append keeps an item and gives it its number and instant. The same key
	// gives the item that was kept first, and repeat is true.
	Append(ctx context.Context, channel string, it Item) (kept Item, repeat bool, err error)
	// Read returns at most limit items of a channel after number n, in order.
	Read(ctx context.Context, channel string, n uint64, limit int) ([]Item, error)
}

// Memory is a Transcript that forgets everything when the program ends. The
// zero value is ready for use.
type Memory struct {
	Now func() time.Time // time.Now if nil

	mu    sync.Mutex
	items map[string][]Item
	keys  map[string]int // channel, a zero byte and the key: the index of the item
}

// Append keeps an item.
func (m *Memory) Append(_ context.Context, channel string, it Item) (Item, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.items == nil {
		m.items, m.keys = map[string][]Item{}, map[string]int{}
	}
	key := channel + "\x00" + it.Key
	if i, there := m.keys[key]; there && it.Key != "" {
		return m.items[channel][i], true, nil
	}
	now := m.Now
	if now == nil {
		now = time.Now
	}
	it.N, it.At = uint64(len(m.items[channel])+1), now().UTC().Truncate(time.Millisecond)
	m.keys[key] = len(m.items[channel])
	m.items[channel] = append(m.items[channel], it)
	return it, false, nil
}

// Read returns items after number n.
func (m *Memory) Read(_ context.Context, channel string, n uint64, limit int) ([]Item, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	items := m.items[channel]
	from := min(n, uint64(len(items)))
	return slices.Clone(items[from:min(int(from)+limit, len(items))]), nil
}
