// Package bottest is what every chat platform's adapter promises: a suite that
// runs on each of them.
//
// An adapter's test gives Run a [Harness], which speaks for the people on the
// platform. The suite calls it from several goroutines.
package bottest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sitrep/bot"
	"sitrep/incident"
)

// A Harness is a platform under test, with the people on it.
type Harness struct {
	Platform bot.Platform
	// Channels are two channels that exist.
	Channels [2]bot.Channel
	// Say says a text in a channel under a key of the sender's, as a person
	// would, and returns when the platform has handled it. The same key is a
	// redelivery.
	Say func(ctx context.Context, channel bot.Channel, key, text string) error
	// Fail makes posts fail for a while with an error that may go away, or ends
	// that.
	Fail func(on bool)
	// Shown are the messages of ours that a channel shows, in their order, each as
	// all the text of it that a person can read.
	Shown func(ctx context.Context, channel bot.Channel) ([]string, error)
}

// patience is how long a thing may take that takes microseconds.
const patience = 20 * time.Second

// Run runs the suite; open makes a platform of its own for every test.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Harness)
	}{
		{"Order", order},
		{"Redelivery", redelivery},
		{"SlowChannel", slowChannel},
		{"Panic", panics},
		{"PostOnce", postOnce},
		{"EveryMessage", everyMessage},
		{"Edit", edit},
		{"Temporary", temporary},
		{"Room", room},
		{"History", history},
		{"Stop", stop},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// serve serves the platform until the test ends.
func serve(t *testing.T, h Harness, handler bot.Handler) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	done := make(chan error, 1)
	go func() { done <- h.Platform.Serve(ctx, handler) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve ends with %v; it was only told to stop", err)
		}
	})
	return ctx
}

// A log of what a handler was given.
type log struct {
	mu   sync.Mutex
	said map[string][]string // by channel
	keys []string
}

func (l *log) handle(_ context.Context, r bot.Request) (bot.Message, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, ok := r.Do.(bot.Said)
	if !ok {
		return nil, nil
	}
	if l.said == nil {
		l.said = map[string][]string{}
	}
	l.said[r.In.ID] = append(l.said[r.In.ID], s.Text)
	l.keys = append(l.keys, s.Key)
	return nil, nil
}

// order: what is said in a channel is handled in the order in which it was said.
func order(t *testing.T, h Harness) {
	var l log
	ctx := serve(t, h, l.handle)
	var wg sync.WaitGroup
	for _, c := range h.Channels {
		wg.Go(func() {
			for i := range 50 {
				if err := h.Say(ctx, c, fmt.Sprintf("order-%s-%d", c.ID, i), fmt.Sprint(i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for _, c := range h.Channels {
		for i, text := range l.said[c.ID] {
			if text != fmt.Sprint(i) {
				t.Fatalf("%s: %q was handled as number %d", c.Name, text, i)
			}
		}
		if n := len(l.said[c.ID]); n != 50 {
			t.Errorf("%s: %d of 50 were handled", c.Name, n)
		}
	}
}

// redelivery: a thing that is delivered again has the key that it had.
func redelivery(t *testing.T, h Harness) {
	var l log
	ctx := serve(t, h, l.handle)
	for range 3 {
		if err := h.Say(ctx, h.Channels[0], "redelivered", "once"); err != nil {
			t.Fatal(err)
		}
	}
	if len(l.keys) == 0 {
		t.Fatal("nothing was handled")
	}
	for _, k := range l.keys {
		if k != l.keys[0] || k == "" {
			t.Errorf("one message came with the keys %q", l.keys)
		}
	}
}

// slowChannel: a handler that takes its time holds up its own channel only.
func slowChannel(t *testing.T, h Harness) {
	inside, release := make(chan struct{}), make(chan struct{})
	ctx := serve(t, h, func(_ context.Context, r bot.Request) (bot.Message, error) {
		if r.In.ID == h.Channels[0].ID {
			close(inside)
			<-release
		}
		return nil, nil
	})
	slow := make(chan error, 1)
	go func() { slow <- h.Say(ctx, h.Channels[0], "slow", "slow") }()
	select {
	case <-inside:
	case err := <-slow:
		t.Fatalf("nothing was handled: %v", err)
	}
	if err := h.Say(ctx, h.Channels[1], "quick", "quick"); err != nil {
		t.Errorf("the other channel had to wait: %v", err)
	}
	close(release)
	if err := <-slow; err != nil {
		t.Error(err)
	}
}

// panics: a handler that panics loses its own request at most; what comes after
// it in the same channel is handled, and Serve goes on.
func panics(t *testing.T, h Harness) {
	var l log
	ctx := serve(t, h, func(ctx context.Context, r bot.Request) (bot.Message, error) {
		if s, ok := r.Do.(bot.Said); ok && s.Text == "boom" {
			panic("boom")
		}
		return l.handle(ctx, r)
	})
	_ = h.Say(ctx, h.Channels[0], "panic-1", "boom") // how it is told of is the platform's
	if err := h.Say(ctx, h.Channels[0], "panic-2", "after it"); err != nil {
		t.Errorf("nothing is handled after a panic: %v", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if got := l.said[h.Channels[0].ID]; len(got) != 1 || got[0] != "after it" {
		t.Errorf("handled were %q", got)
	}
}

// postOnce: a post whose key was seen is the post that was made.
func postOnce(t *testing.T, h Harness) {
	ctx := serve(t, h, nobody)
	p := bot.Post{To: h.Channels[0], Message: bot.Announcement{Incident: "INC-1", Text: "once"}, Key: "post-once"}
	first, err := h.Platform.Post(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	again, err := h.Platform.Post(ctx, p)
	if err != nil || again != first {
		t.Errorf("posted again as %v (%v), was %v", again, err, first)
	}
	if got, err := h.Shown(ctx, h.Channels[0]); err != nil || len(got) != 1 {
		t.Errorf("shown are %.200q (%v)", got, err)
	}
}

// everyMessage: every kind of message can be posted, with ordinary and with
// extreme contents.
func everyMessage(t *testing.T, h Harness) {
	ctx := serve(t, h, nobody)
	n := 0
	for _, text := range []string{"plain", strings.Repeat("long ", 8000), "<b>bold</b> & <script>x</script>", "مرحبا بالعالم", "🔥\u0000\ufffd", ""} {
		at := time.Date(2020, 9, 9, 16, 15, 0, 0, time.UTC)
		bs := []bot.Button{{Label: text, Command: "note " + text}}
		for _, m := range []bot.Message{
			bot.Receipt{Text: text, Notes: []string{text}, Buttons: bs},
			bot.Card{Incident: "INC-1", Title: text, Severity: text, State: text, Started: at, Leader: text, LastWord: text, Public: true, LastWordAt: at, Undelivered: []string{text}, Buttons: bs,
				Affected: []incident.ComponentChange{{ID: "c", Name: text, New: incident.MajorOutage}}},
			bot.Announcement{Incident: "INC-1", Title: text, Text: text, Quote: text, At: at, Buttons: bs},
			bot.Line{Incident: "INC-1", Entry: 1, By: text, Text: text, At: at},
			bot.CatchUp{Incident: "INC-1", Title: text, Missed: slices.Repeat([]bot.Missed{{At: at, Text: text, Quote: text, Public: true}, {At: at, Text: text}}, 15), Buttons: bs},
			bot.Reminder{Incident: "INC-1", Text: text, Due: at, Buttons: bs},
			bot.Preview{Incident: "INC-1", Number: 1, Public: incident.Public{Title: text}, Update: -1, Notes: []string{text}, Buttons: bs},
			bot.DraftReady{Incident: "INC-1", Text: text, Buttons: bs},
			bot.Problem{Code: "x", Text: text, Buttons: bs},
			bot.Help{Intro: text, Verbs: []bot.VerbHelp{{Name: text, Usage: text, Summary: text}}},
			bot.Reading{Title: text, Sections: []bot.Section{{Heading: text, Lines: []string{text}}}, Buttons: bs},
			bot.Form{Verb: "update", Title: text, Fields: []bot.Field{{Name: "text", Label: text, Value: text}}},
		} {
			n++
			if _, err := h.Platform.Post(ctx, bot.Post{To: h.Channels[0], Message: m, Key: fmt.Sprint("every-", n)}); err != nil {
				t.Errorf("%T with %.20q: %v", m, text, err)
			}
		}
	}
	if got, err := h.Shown(ctx, h.Channels[0]); err != nil || len(got) != n {
		t.Errorf("%d of %d messages are shown (%v)", len(got), n, err)
	}
}

// edit: a message that was posted can be brought up to date.
func edit(t *testing.T, h Harness) {
	ctx := serve(t, h, nobody)
	ref, err := h.Platform.Post(ctx, bot.Post{To: h.Channels[0], Message: bot.Card{Incident: "INC-1", Title: "before"}, Key: "edit"})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Platform.Edit(ctx, ref, bot.Card{Incident: "INC-1", Title: "after"}); err != nil {
		t.Error(err)
	}
	if got, err := h.Shown(ctx, h.Channels[0]); err != nil || len(got) != 1 || !strings.Contains(got[0], "after") || strings.Contains(got[0], "before") {
		t.Errorf("shown are %.200q (%v)", got, err)
	}
}

// temporary: an outage is an error that may go away, and afterwards the same
// post is made once.
func temporary(t *testing.T, h Harness) {
	ctx := serve(t, h, nobody)
	p := bot.Post{To: h.Channels[0], Message: bot.Announcement{Incident: "INC-1", Text: "late"}, Key: "temporary"}
	h.Fail(true)
	if _, err := h.Platform.Post(ctx, p); !errors.Is(err, bot.ErrTemporary) {
		t.Errorf("an outage is %v, which does not say that it may go away", err)
	}
	h.Fail(false)
	if _, err := h.Platform.Post(ctx, p); err != nil {
		t.Error(err)
	}
	if got, err := h.Shown(ctx, h.Channels[0]); err != nil || len(got) != 1 {
		t.Errorf("shown are %.200q (%v)", got, err)
	}
}

// room: an incident has one room, whatever it is called.
func room(t *testing.T, h Harness) {
	o, ok := h.Platform.(bot.RoomOpener)
	if !ok {
		t.Skip("this platform opens no rooms")
	}
	ctx := serve(t, h, nobody)
	seen := map[string]string{}
	for i, title := range []string{"checkout is failing", "障害が発生しています", "🔥🔥", strings.Repeat("x", 500), "", "checkout is failing"} {
		in := incident.New(incident.Ref(i + 1))
		in.Title = title
		first, _, err := o.OpenRoom(ctx, in, nil)
		if err != nil {
			t.Fatalf("%q: %v", title, err)
		}
		again, _, err := o.OpenRoom(ctx, in, nil)
		if err != nil || again.ID != first.ID {
			t.Errorf("%s has the rooms %v and %v (%v)", in.ID, first, again, err)
		}
		if other, taken := seen[first.ID]; taken {
			t.Errorf("%s and %s share the room %v", other, in.ID, first)
		}
		seen[first.ID] = in.ID
		if _, err := h.Platform.Post(ctx, bot.Post{To: first, Message: bot.Card{Incident: in.ID}, Key: "card-" + in.ID}); err != nil {
			t.Errorf("nothing can be posted to %v: %v", first, err)
		}
	}
}

// history: what was said can be read back, with the keys that it came with.
func history(t *testing.T, h Harness) {
	hi, ok := h.Platform.(bot.Historian)
	if !ok {
		t.Skip("this platform cannot be read back")
	}
	var l log
	ctx := serve(t, h, l.handle)
	for i := range 5 {
		if err := h.Say(ctx, h.Channels[0], fmt.Sprint("history-", i), fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.Platform.Post(ctx, bot.Post{To: h.Channels[0], Message: bot.Announcement{Text: "ours"}, Key: "ours"}); err != nil {
		t.Fatal(err)
	}
	var reqs []bot.Request
	err := hi.History(ctx, h.Channels[0], time.Time{}, func(r bot.Request) error {
		if _, end := r.Do.(bot.Stands); !end {
			reqs = append(reqs, r)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	enough := errors.New("enough")
	if err := hi.History(ctx, h.Channels[0], time.Time{}, func(bot.Request) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("the reader's own error came back as %v", err)
	}
	if len(reqs) != len(l.keys) {
		t.Fatalf("%d are read back, %d were handled; our own must not be among them", len(reqs), len(l.keys))
	}
	for i, r := range reqs {
		if s, ok := r.Do.(bot.Said); !ok || s.Key != l.keys[i] || r.Key != l.keys[i] {
			t.Errorf("%d is read back as %+v, came with %s", i, r, l.keys[i])
		}
	}
}

// stop: Serve ends when it is told to, and without an error.
func stop(t *testing.T, h Harness) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Platform.Serve(ctx, nobody) }()
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("Serve ends with %v", err)
		}
	case <-time.After(patience):
		t.Error("Serve does not end")
	}
}

func nobody(context.Context, bot.Request) (bot.Message, error) { return nil, nil }
