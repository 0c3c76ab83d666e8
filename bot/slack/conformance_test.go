package slack_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"sitrep/bot"
	"sitrep/bot/bottest"
	"sitrep/bot/slack"
	"sitrep/incident"
	"sitrep/internal/fakeslack"
)

// board is what the adapter reads of incidents in these tests.
type board struct {
	mu   sync.Mutex
	ins  []*incident.Incident
	from time.Time
}

func (b *board) InRoom(c bot.Channel) *incident.Incident {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, in := range b.ins {
		for _, r := range in.Rooms {
			if r.Platform == c.Platform && r.ID == c.ID {
				return in
			}
		}
	}
	return nil
}

func (b *board) Visible(incident.Person) []*incident.Incident {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ins
}

func (b *board) Worked(string) map[bot.Channel]time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := map[bot.Channel]time.Time{}
	for _, in := range b.ins {
		for _, r := range in.Rooms {
			out[r.Place] = b.from
		}
	}
	return out
}

func (*board) Page() incident.Page         { return incident.Page{TimeZone: "America/Chicago"} }
func (*board) Undelivered(string) []string { return nil }

// join makes a platform of a fake workspace.
func join(t *testing.T, f *fakeslack.Fake, b *board, o slack.Options) *slack.Platform {
	t.Helper()
	o.AppToken, o.API, o.Client, o.Dialer = f.AppToken(), f.URL(), f.Client(), f.Dialer()
	o.Client.Timeout = 30 * time.Second // as the platform's own
	p, err := slack.New(f.BotToken(), b, &o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// workspace is one in which the app may and hears what its manifest says.
func workspace() fakeslack.Workspace {
	m := slack.NewManifest(nil)
	return fakeslack.Workspace{
		Scopes: m.OAuth.Scopes.Bot, Events: m.Settings.Events.Bot,
		Users: []fakeslack.User{{ID: "U0ANA", Name: "ana", Real: "Ana Souza", TZ: "Europe/Lisbon"}, {ID: "U0BEN", Name: "ben"}, {ID: "U0EVA", Name: "Eva Lang"}},
		Channels: []fakeslack.Channel{
			{ID: "C0OPS", Name: "ops", Members: []string{"ana", "ben", "sitrep"}}, {ID: "C0WAR", Name: "war-room", Members: []string{"ana", "ben", "sitrep"}},
		},
		Groups: []fakeslack.Group{{ID: "S0DBA", Handle: "dba", Members: []string{"ben"}}},
	}
}

func TestConformance(t *testing.T) {
	bottest.Run(t, func(t *testing.T) bottest.Harness {
		f := fakeslack.New(workspace(), &fakeslack.Options{Unlimited: true})
		t.Cleanup(f.Close)
		p := join(t, f, &board{}, slack.Options{})
		var mu sync.Mutex
		said := map[string]fakeslack.Ref{}
		return bottest.Harness{
			Platform: p,
			Channels: [2]bot.Channel{{Platform: slack.Name, ID: "C0OPS", Name: "#ops"}, {Platform: slack.Name, ID: "C0WAR", Name: "#war-room"}},
			Say: func(ctx context.Context, c bot.Channel, key, text string) error {
				for f.Sockets() < 2 {
					select {
					case <-ctx.Done():
						return ctx.Err()
					case <-time.After(5 * time.Millisecond):
					}
				}
				mu.Lock()
				at, again := said[key]
				mu.Unlock()
				if again {
					f.Unfurl(at, "a link's preview")
					return f.Idle(ctx)
				}
				ref := f.Say(c.ID, "ana", text)
				mu.Lock()
				said[key] = ref
				mu.Unlock()
				return f.Idle(ctx)
			},
			Fail: f.Outage,
			Shown: func(_ context.Context, c bot.Channel) ([]string, error) {
				var out []string
				for _, m := range f.Seen(c.ID) {
					if m.User != f.BotID() {
						continue
					}
					out = append(out, m.Text+"\n"+m.Read)
				}
				return out, nil
			},
		}
	})
}

// A home is a platform that serves, with what its handler was given.
type home struct {
	*testing.T
	f *fakeslack.Fake
	p *slack.Platform
	b *board

	mu  sync.Mutex
	got []bot.Request
	say func(r bot.Request) (bot.Message, error)
}

func serve(t *testing.T, o slack.Options, fo *fakeslack.Options) *home {
	t.Helper()
	if fo == nil {
		fo = &fakeslack.Options{Unlimited: true}
	}
	h := &home{T: t, f: fakeslack.New(workspace(), fo), b: &board{}}
	h.p = join(t, h.f, h.b, o)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- h.p.Serve(ctx, func(_ context.Context, r bot.Request) (bot.Message, error) {
			h.mu.Lock()
			h.got = append(h.got, r)
			say := h.say
			h.mu.Unlock()
			if say == nil {
				return nil, nil
			}
			return say(r)
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve ended with %v", err)
		}
		h.f.Close()
	})
	h.until("two sockets", func() bool { return h.f.Sockets() == 2 })
	return h
}

// until waits for something that is about to be so.
func (h *home) until(what string, so func() bool) {
	h.Helper()
	until(h.T, what, so)
}

func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-ctx.Done():
			t.Fatalf("not within ten seconds: %s", what)
		case <-tick.C:
		}
	}
}

// works makes a channel the room of an incident.
func (h *home) works(channel string) {
	in := incident.New("INC-1")
	in.Rooms = []incident.Room{{Place: incident.Place{Platform: slack.Name, ID: channel}}}
	h.b.mu.Lock()
	defer h.b.mu.Unlock()
	h.b.ins, h.b.from = []*incident.Incident{in}, time.Now().Add(-time.Hour)
}

func (h *home) idle() {
	h.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := h.f.Idle(ctx); err != nil {
		h.Fatal(err)
	}
}

// requests are what the handler was given so far.
func (h *home) requests() []bot.Request {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]bot.Request(nil), h.got...)
}

func (h *home) answers(say func(r bot.Request) (bot.Message, error)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.say = say
}

func wait(t *testing.T, d *fakeslack.Delivery) json.RawMessage {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	body, err := d.Wait(ctx)
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	return body
}
