package discord_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"sitrep/bot"
	"sitrep/bot/bottest"
	"sitrep/bot/discord"
	"sitrep/incident"
	"sitrep/internal/fakediscord"
)

const patience = 20 * time.Second

// A desk is what the adapter reads of incidents, in a test.
type desk struct {
	mu    sync.Mutex
	rooms map[string]*incident.Incident // by channel
	all   []*incident.Incident
	zone  string
}

func (d *desk) InRoom(c bot.Channel) *incident.Incident {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rooms[c.ID]
}

func (d *desk) Visible(incident.Person) []*incident.Incident {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.all
}

func (d *desk) Worked(platform string) map[bot.Channel]time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := map[bot.Channel]time.Time{}
	for id := range d.rooms {
		out[bot.Channel{Platform: platform, ID: id, Name: "#" + id}] = time.Now().Add(-time.Hour)
	}
	return out
}

func (d *desk) Page() incident.Page { return incident.Page{TimeZone: d.zone} }

// Complete offers components for affects, and verbs for a line.
func (d *desk) Complete(_ bot.Request, line string, _ int) []bot.Suggestion {
	if strings.HasSuffix(line, "affects:") {
		return []bot.Suggestion{{Show: `"Main Application"`}, {Show: "Checkout"}}
	}
	return []bot.Suggestion{{Text: line + "clare ", Show: "declare"}}
}

// room makes a channel the room of an incident.
func (d *desk) room(channel string, in *incident.Incident) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.rooms == nil {
		d.rooms = map[string]*incident.Incident{}
	}
	d.rooms[channel] = in
	d.all = append(d.all, in)
}

// A heard is a platform that says when what was delivered has been handled.
type heard struct {
	*discord.Platform
	mu      sync.Mutex
	handled map[string]int
	changed chan struct{}
	served  chan struct{}
	once    sync.Once
}

func hear(p *discord.Platform) *heard {
	return &heard{Platform: p, handled: map[string]int{}, changed: make(chan struct{}), served: make(chan struct{})}
}

// Serve counts what the handler has been given.
func (h *heard) Serve(ctx context.Context, handler bot.Handler) error {
	h.once.Do(func() { close(h.served) })
	return h.Platform.Serve(ctx, func(ctx context.Context, r bot.Request) (bot.Message, error) {
		defer func() {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.handled[r.Key]++
			close(h.changed)
			h.changed = make(chan struct{})
		}()
		return handler(ctx, r)
	})
}

func (h *heard) count(key string) (int, <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.handled[key], h.changed
}

// await waits until key was handled more than n times.
func (h *heard) await(ctx context.Context, key string, n int) error {
	for {
		got, changed := h.count(key)
		if got > n {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%s was handled %d times: %w", key, got, ctx.Err())
		}
	}
}

// verbs is a small table.
func verbs() []discord.Verb {
	return []discord.Verb{
		{Name: "declare", Summary: "opens an incident", Alone: true, Text: "title", Options: []discord.Option{{Name: "severity", Help: "how bad", Choices: []string{"sev1", "sev2"}}, {Name: "affects", Help: "what", Complete: true}}},
		{Name: "update", Summary: "publishes an update", Text: "text for customers", Subs: []string{"edit"}, Options: []discord.Option{{Name: "affects", Help: "what", Complete: true}, {Name: "number", Help: "which", Complete: true}}},
		{Name: "note", Summary: "keeps a remark", Text: "text"},
		{Name: "action", Summary: "follow-ups", Text: "what", Options: []discord.Option{{Name: "number", Help: "which", Complete: true}, {Name: "who", Help: "its owner", Complete: true}}},
		{Name: "unmerge", Summary: "makes it its own again", Rare: true},
	}
}

// logTo writes the adapter's log into the test's.
func logTo(t *testing.T) *slog.Logger { return slog.New(slog.NewTextHandler(t.Output(), nil)) }

// newPlatform makes an adapter for a fake; o may name more.
func newPlatform(t *testing.T, f *fakediscord.Server, d *desk, o discord.Options) *discord.Platform {
	t.Helper()
	o.Transport, o.Dialer, o.Log = f.Transport(), f.Dialer(), logTo(t)
	p, err := discord.New(fakediscord.Token, f.GuildID(), d, d, verbs(), &o)
	if err != nil {
		t.Fatal(err)
	}
	p.Patient()
	return p
}

func TestConformance(t *testing.T) {
	for _, kind := range []discord.RoomKind{discord.Threads, discord.Posts, discord.Channels} {
		t.Run(string(kind), func(t *testing.T) { bottest.Run(t, func(t *testing.T) bottest.Harness { return harness(t, kind) }) })
	}
}

func harness(t *testing.T, kind discord.RoomKind) bottest.Harness {
	t.Parallel()
	f := fake(t, &fakediscord.Options{Global: fakediscord.Rate{N: 1000, Per: time.Second}, Bucket: fakediscord.Rate{N: 1000, Per: time.Second}})
	ana := f.AddUser("ana")
	ops, dev := f.AddChannel("ops", fakediscord.TextChannel, nil), f.AddChannel("dev", fakediscord.TextChannel, nil)
	rooms := discord.Rooms{Kind: kind, Public: true}
	switch kind {
	case discord.Threads:
		rooms.Channel = f.AddChannel("incidents", fakediscord.TextChannel, nil).ID
	case discord.Posts:
		rooms.Channel = f.AddChannel("incidents", fakediscord.Forum, nil).ID
	case discord.Channels:
		rooms.Channel = f.AddChannel("incidents", fakediscord.Category, nil).ID
	}
	h := hear(newPlatform(t, f, &desk{}, discord.Options{Rooms: rooms}))
	said := map[string]string{}
	var mu sync.Mutex
	channel := func(c fakediscord.Channel) bot.Channel {
		return bot.Channel{Platform: discord.Name, ID: c.ID, Name: "#" + c.Name}
	}
	return bottest.Harness{
		Platform: h,
		Channels: [2]bot.Channel{channel(ops), channel(dev)},
		Say: func(ctx context.Context, c bot.Channel, key, text string) error {
			select {
			case <-h.served:
			case <-ctx.Done():
				return errors.New("nobody serves")
			}
			if err := f.AwaitConnected(ctx, true); err != nil {
				return err
			}
			mu.Lock()
			id, again := said[key]
			mu.Unlock()
			if again {
				full := discord.Name + "/" + f.GuildID() + "/" + c.ID + "/" + id
				n, _ := h.count(full)
				f.Again(c.ID, id)
				return h.await(ctx, full, n)
			}
			m := f.Say(ana.ID, c.ID, text, nil)
			mu.Lock()
			said[key] = m.ID
			mu.Unlock()
			return h.await(ctx, discord.Name+"/"+f.GuildID()+"/"+c.ID+"/"+m.ID, 0)
		},
		Fail: func(on bool) {
			if on {
				f.Fail(503)
			} else {
				f.Fail(0)
			}
		},
		Shown: func(_ context.Context, c bot.Channel) ([]string, error) {
			var out []string
			for _, m := range f.Ours(c.ID) {
				whole, err := json.Marshal(m)
				if err != nil {
					return nil, err
				}
				out = append(out, string(whole))
			}
			return out, nil
		},
	}
}
