// Package outboxtest is a log with its board, its page, its subscribers and one
// outbox, for tests of what carries to them.
//
// # Concurrency
//
// A House is used by the goroutine of its test.
package outboxtest

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"sitrep/follow"
	"sitrep/incident"
	"sitrep/notify/outbox"
	"sitrep/status"
	"sitrep/store"
	"sitrep/store/memory"
	"sitrep/subscriber"
)

// Page is the page of a house.
func Page() incident.Page {
	return incident.Page{ID: "p", Name: "Example", URL: "https://status.example.com", TimeZone: "America/Chicago", Components: []incident.Component{{ID: "api", Name: "API"}, {ID: "web", Name: "Website"}}}
}

// A House is everything that an outbox needs, running.
type House struct {
	*testing.T
	Log      *store.Log
	Board    *incident.Board
	Registry *subscriber.Registry
	Site     *status.Site
	Door     subscriber.Entrance
	Runner   *follow.Runner
	Slog     *slog.Logger // what is logged must name no address of example.net

	said locked
}

// New opens a house with the carrier that carrier makes, which tries again after
// milliseconds; one address after the pauses of the outbox, unless Log.Now is
// moved on. It is closed when the test ends.
func New(t *testing.T, carrier func(*House) (outbox.Carrier, error)) *House {
	t.Helper()
	h := &House{T: t, Log: store.New(memory.New(), nil), Board: incident.NewBoard()}
	h.Registry = subscriber.NewRegistry(h.Log)
	h.Site = status.New(func() time.Time { return h.Log.Now() }, nil)
	links, err := subscriber.NewLinks([]byte("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	h.Door = subscriber.Entrance{Root: Page().URL, Own: "en", Links: links}
	h.Slog = slog.New(slog.NewTextHandler(&h.said, nil))
	c, err := carrier(h)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	run := func(f follow.Follower, o *follow.Options) *follow.Runner {
		r := follow.New(h.Log, f, o)
		wg.Go(func() {
			if err := r.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		r.Ready(ctx)
		return r
	}
	run(boardFollower{h.Board, h.Site}, &follow.Options{Projection: true})
	run(h.Registry, &follow.Options{Projection: true})
	box := outbox.New(h.Board, h.Registry, c, func() time.Time { return h.Log.Now() }, &outbox.Options{Log: h.Slog})
	h.Runner = run(box, &follow.Options{Backoff: 10 * time.Millisecond, MaxBackoff: 20 * time.Millisecond, Log: h.Slog})
	t.Cleanup(func() {
		cancel()
		wg.Wait()
		if said := h.said.String(); strings.Contains(said, "example.net") {
			t.Errorf("an address was logged:\n%s", said)
		}
	})
	h.Happens("page", incident.PageConfigured{Page: Page()})
	return h
}

// boardFollower folds the log into the board, and shows the page's definition.
type boardFollower struct {
	board *incident.Board
	site  *status.Site
}

func (b boardFollower) Name() string { return "board" }

func (b boardFollower) Handle(_ context.Context, r store.Record, _ []byte) ([]byte, error) {
	m, ev, err := incident.Decode(incident.Header{Seq: r.Seq, N: r.N, Recorded: r.At, Kind: r.Kind}, r.Data)
	if err != nil {
		return nil, err
	}
	if e, ok := ev.(incident.PageConfigured); ok {
		b.site.Set(status.Content{Page: e.Page, Updated: m.Recorded})
	}
	b.board.Apply(r.Stream, m, ev)
	return nil, nil
}

// locked lets several goroutines log.
type locked struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Happens appends events to a stream, and waits until the board has them.
func (h *House) Happens(stream string, evs ...incident.Event) {
	h.Helper()
	for _, ev := range evs {
		data, err := incident.Encode(incident.Meta{}, ev)
		if err != nil {
			h.Fatal(err)
		}
		rs, err := h.Log.Append(h.Context(), stream, "", store.Record{Kind: ev.Kind(), Data: data})
		if err != nil {
			h.Fatal(err)
		}
		if err := h.Board.Await(h.Context(), rs[0].Seq); err != nil {
			h.Fatal(err)
		}
	}
}

// Asks asks for an address.
func (h *House) Asks(c subscriber.Channel, address, language string, choice subscriber.Choice) *subscriber.Subscriber {
	h.Helper()
	if err := h.Registry.Ask(h.Context(), subscriber.Asked{Channel: c, Address: address, Language: language, Choice: choice}); err != nil {
		h.Fatal(err)
	}
	return h.Registry.Find(c, address)
}

// Joins asks for an address, and confirms it.
func (h *House) Joins(c subscriber.Channel, address, language string, choice subscriber.Choice) *subscriber.Subscriber {
	h.Helper()
	s := h.Asks(c, address, language, choice)
	s, err := h.Registry.Confirm(h.Context(), subscriber.Link{ID: s.ID, Ask: s.Ask})
	if err != nil {
		h.Fatal(err)
	}
	return s
}

// Settles waits until all that can be sent was.
func (h *House) Settles() {
	h.Helper()
	head, err := h.Log.Head(h.Context(), "")
	if err != nil {
		h.Fatal(err)
	}
	if err := h.Runner.Wait(h.Context(), head.Seq); err != nil {
		h.Fatal(err)
	}
}

// Declared is an incident before customers know of it.
func Declared() incident.Declared { return incident.Declared{Number: 1, Title: "db1"} }

// Posted is what customers are told of it: the nth update, at n past noon.
func Posted(n int, s incident.Status, body string) incident.UpdatePosted {
	return incident.UpdatePosted{
		Code: fmt.Sprint("u", n), Status: s, Title: "Checkout fails <often>", Body: body, Impact: incident.ImpactMajor,
		Shown:   time.Date(2026, 3, 1, 18, n, 0, 0, time.UTC),
		Affects: []incident.ComponentChange{{ID: "api", Name: "API", Old: incident.Operational, New: incident.MajorOutage}},
	}
}
