package fakeslack

import (
	"context"
	"encoding/json"
	"slices"
	"time"
)

// A Call is one call of the Web API, with what became of it. The token is never
// kept.
type Call struct {
	At     time.Time
	Method string
	Args   map[string]string // JSON values as they were written
	OK     bool
	Status int             // of HTTP
	Error  string          // Slack's code
	Answer json.RawMessage // the body, if there was one
}

func (f *Fake) record(c Call) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, c)
}

// Calls are the calls of one method, in order; of all of them if method is "".
func (f *Fake) Calls(method string) []Call {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []Call
	for _, c := range f.calls {
		if method == "" || c.Method == method {
			out = append(out, c)
		}
	}
	return out
}

// Forget empties the journal of calls and deliveries; messages stay. A long test
// keeps memory flat with it.
func (f *Fake) Forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls, f.log = nil, nil
}

// Deliveries is everything that was sent to the app, or tried, in order; copies
// are their own.
func (f *Fake) Deliveries() []*Delivery {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.log)
}

// A Post is a message as a person sees it in Slack.
type Post struct {
	Ref
	At        time.Time
	Author    string // the name that is shown
	User      string // the author's id, "" for other apps
	Bot       bool   // of the bot under test
	Subtype   string // Slack's, "" for ordinary messages
	Thread    string // the root's ts, on replies
	Broadcast bool   // a reply that the channel shows too
	Text      string // as sent: the fallback, if there are blocks
	Read      string // as a person reads it: blocks and attachments, names for ids
	Blocks    json.RawMessage
	Buttons   []Button
	Pings     []string          // who is notified by name: people, groups, channel, here, everyone
	Only      string            // the name of the one person who sees it
	Reactions map[string]int    // by emoji's name
	Pinned    bool              //
	Edits     int               // how often it was changed
	Versions  []string          // the text at first, and after each change
	Files     []string          // names
	Metadata  string            // the event type of its metadata
	Payload   json.RawMessage   // of its metadata
	Link      string            // the permalink
	Extra     map[string]string // of a system line: topic, name, old_name, inviter
}

// A Button is something on a message or view that can be pressed.
type Button struct{ Block, ActionID, Label, Value, URL, Style string }

// Seen is what a channel shows, to all of its members together: in the order of
// writing, thread replies and ephemerals among the rest, deleted messages not.
func (f *Fake) Seen(where string) []Post {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen(f.channel(where), "")
}

// SeenBy is what one person sees in a channel, with the ephemerals that are
// theirs; nothing if it is private and they are not in it.
func (f *Fake) SeenBy(who, where string) []Post {
	f.mu.Lock()
	defer f.mu.Unlock()
	ch, u := f.channel(where), f.user(who)
	if ch.private && !ch.has(u.ID) {
		return nil
	}
	return f.seen(ch, u.ID)
}

// Told is what one person was told privately in a channel: the ephemerals.
func (f *Fake) Told(who, where string) []Post {
	return slices.DeleteFunc(f.SeenBy(who, where), func(p Post) bool { return p.Only == "" })
}

func (f *Fake) seen(ch *channel, reader string) []Post {
	var out []Post
	for _, m := range ch.messages {
		if m.deleted || m.only != "" && reader != "" && m.only != reader {
			continue
		}
		out = append(out, f.see(ch, m))
	}
	return out
}

// Look is one message as it stands; its Ref is empty if it was deleted.
func (f *Fake) Look(ref Ref) Post {
	f.mu.Lock()
	defer f.mu.Unlock()
	ch := f.channel(ref.Channel)
	for _, m := range ch.messages {
		if m.ts == ref.TS && !m.deleted {
			return f.see(ch, m)
		}
	}
	return Post{}
}

func (f *Fake) see(ch *channel, m *message) Post {
	p := Post{Ref: Ref{ch.id, m.ts}, At: Time(m.ts), User: m.user, Bot: m.bot == f.botID(), Subtype: m.subtype, Thread: m.thread, Broadcast: m.broadcast,
		Text: m.text, Author: f.botName(m), Pinned: len(m.pinned) > 0, Edits: len(m.versions) - 1, Versions: slices.Clone(m.versions), Link: f.link(ch, m)}
	if m.blocks != nil {
		p.Blocks = raw(m.blocks)
	}
	if u := f.users[m.only]; u != nil {
		p.Only = u.Name
	}
	for _, r := range m.reactions {
		if p.Reactions == nil {
			p.Reactions = map[string]int{}
		}
		p.Reactions[r.name] = len(r.users)
	}
	for _, id := range m.files {
		p.Files = append(p.Files, f.files[id].Name)
	}
	if m.metadata != nil {
		p.Metadata, p.Payload = m.metadata.Type, raw(m.metadata.Payload)
	}
	for k, v := range m.extra {
		if s, is := v.(string); is {
			if p.Extra == nil {
				p.Extra = map[string]string{}
			}
			p.Extra[k] = s
		}
	}
	p.Read, p.Buttons = f.render(m)
	p.Pings = f.pings(m)
	return p
}

// A Room is a channel as a person sees it from outside its messages.
type Room struct {
	ID, Name, Topic, Purpose string
	Private, Archived        bool
	Members                  []string          // names, in the order of joining
	Bookmarks                map[string]string // links by title
	Pins                     []Ref
}

// Room is a channel as it stands.
func (f *Fake) Room(where string) Room {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.room(f.channel(where))
}

// Rooms are all channels but direct conversations, oldest first.
func (f *Fake) Rooms() []Room {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []Room
	for _, id := range f.chanIDs {
		if ch := f.channels[id]; !ch.im && !ch.gone {
			out = append(out, f.room(ch))
		}
	}
	return out
}

func (f *Fake) room(ch *channel) Room {
	r := Room{ID: ch.id, Name: ch.name, Topic: ch.topic.value, Purpose: ch.purpose.value, Private: ch.private, Archived: ch.archived, Bookmarks: map[string]string{}}
	for _, id := range ch.members {
		r.Members = append(r.Members, f.users[id].Name)
	}
	for _, b := range ch.bookmarks {
		r.Bookmarks[b.title] = b.link
	}
	for _, m := range ch.messages {
		if len(m.pinned) > 0 && !m.deleted {
			r.Pins = append(r.Pins, Ref{ch.id, m.ts})
		}
	}
	return r
}

// Await waits until a channel shows a message that is wanted, over a real
// listener; in a bubble, synctest.Wait is enough. The error is the context's.
func (f *Fake) Await(ctx context.Context, where string, want func(Post) bool) (Post, error) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		for _, p := range f.Seen(where) {
			if want(p) {
				return p, nil
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return Post{}, ctx.Err()
		}
	}
}
