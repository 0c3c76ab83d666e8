package notify_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sitrep/bot"
	"sitrep/follow"
	"sitrep/incident"
	"sitrep/notify"
	"sitrep/store"
	"sitrep/store/memory"
)

// A hall is a platform that behaves: it keeps what is posted, posts the same
// key once, finds the room it has opened, and can be away.
type hall struct {
	name string

	mu    sync.Mutex
	away  bool // it answers nothing
	loses int  // so many calls are done, and their answers lost
	wait  time.Duration
	gone  map[string]bool // channels that are no longer there
	posts []*posted
	rooms map[string]bot.Channel
	calls int
}

type posted struct {
	bot.Post
	id    string
	edits int
}

func newHall(name string) *hall {
	return &hall{name: name, rooms: map[string]bot.Channel{}, gone: map[string]bool{}}
}

func (h *hall) Name() string { return h.name }

func (h *hall) Serve(ctx context.Context, _ bot.Handler) error {
	<-ctx.Done()
	return nil
}

// answer is what a call comes to after it was done.
func (h *hall) answer() error {
	if h.loses > 0 {
		h.loses--
		return &bot.Temporary{Err: errors.New("no answer")}
	}
	return nil
}

func (h *hall) refuse(channel string) error {
	h.calls++
	switch {
	case h.away:
		return &bot.Temporary{After: h.wait, Err: errors.New("503")}
	case h.gone[channel]:
		return errors.New("channel_not_found")
	}
	return nil
}

func (h *hall) Post(_ context.Context, p bot.Post) (bot.Ref, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.refuse(p.To.ID); err != nil {
		return bot.Ref{}, err
	}
	i := slices.IndexFunc(h.posts, func(x *posted) bool { return x.Key == p.Key })
	if i < 0 {
		i = len(h.posts)
		h.posts = append(h.posts, &posted{Post: p, id: fmt.Sprint(i + 1)})
	}
	if err := h.answer(); err != nil {
		return bot.Ref{}, err
	}
	return bot.Ref{Channel: h.posts[i].To, ID: h.posts[i].id}, nil
}

func (h *hall) Edit(_ context.Context, ref bot.Ref, m bot.Message) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.refuse(ref.Channel.ID); err != nil {
		return err
	}
	i := slices.IndexFunc(h.posts, func(x *posted) bool { return x.id == ref.ID })
	if i < 0 {
		return errors.New("message_not_found")
	}
	h.posts[i].Message = m
	h.posts[i].edits++
	return h.answer()
}

func (h *hall) OpenRoom(_ context.Context, in *incident.Incident, invite []incident.Person) (bot.Channel, string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.refuse(""); err != nil {
		return bot.Channel{}, "", err
	}
	if _, there := h.rooms[in.ID]; !there {
		h.rooms[in.ID] = bot.Channel{Platform: h.name, ID: "room-" + in.ID, Name: fmt.Sprintf("#%s-%s", in.ID, invite[0])}
	}
	if err := h.answer(); err != nil {
		return bot.Channel{}, "", err
	}
	return h.rooms[in.ID], "ref", nil
}

// heard is what can be read in the hall's rooms: a line a message.
func (h *hall) heard() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []string
	for _, p := range h.posts {
		l := p.To.ID + " "
		if p.Thread.ID != "" {
			l += "in the thread of " + p.Thread.ID + ": "
		}
		switch m := p.Message.(type) {
		case bot.Card:
			l += fmt.Sprintf("[%s %s, %s, %s leads, told %q]", m.Title, m.Severity, m.State, cmp.Or(m.Leader, "nobody"), m.LastWord)
		case bot.Announcement:
			l += m.Text
			if m.Quote != "" {
				l += " > " + m.Quote
			}
			for _, b := range m.Buttons {
				l += fmt.Sprintf(" (%s: %s)", b.Label, b.Command)
			}
		case bot.Line:
			l += fmt.Sprintf("T%d %s: %s", m.Entry, m.By, m.Text)
		case bot.CatchUp:
			var missed []string
			for _, x := range m.Missed {
				missed = append(missed, x.Text)
				if x.Quote != "" {
					missed[len(missed)-1] += " > " + x.Quote
				}
			}
			l += "missed: " + strings.Join(missed, "; ")
		default:
			l += fmt.Sprintf("%T", m)
		}
		out = append(out, l)
	}
	return out
}

func (h *hall) set(change func(*hall)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change(h)
}

// A boardFollower is a board that is folded from the log at every start.
type boardFollower struct{ *incident.Board }

func (boardFollower) Name() string { return "board" }

func (b boardFollower) Handle(_ context.Context, r store.Record, _ []byte) ([]byte, error) {
	m, ev, err := decode(r)
	if err != nil {
		return nil, err
	}
	b.Apply(r.Stream, m, ev)
	return nil, nil
}

func (boardFollower) Restore(uint64, []byte) (uint64, error) { return 0, nil }
func (b boardFollower) Snapshot() (uint64, []byte, error)    { return b.Board.Snapshot() }
func (boardFollower) CaughtUp(context.Context)               {}

func decode(r store.Record) (incident.Meta, incident.Event, error) {
	return incident.Decode(incident.Header{Seq: r.Seq, N: r.N, Recorded: r.At, Kind: r.Kind, Imported: r.Imported, Redacted: r.Redacted}, r.Data)
}

// A house is a log, a board, and the followers of one platform.
type house struct {
	*testing.T
	log     *store.Log
	board   *incident.Board
	runners []*follow.Runner
	stop    func()
	run     func(f follow.Follower, o *follow.Options) // starts one more follower
}

// newHouse runs test in a bubble in which time is free.
func newHouse(t *testing.T, test func(*house)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := &house{T: t, log: store.New(memory.New(), nil), stop: func() {}}
		h.start()
		test(h)
		h.stop()
		if err := h.log.Close(); err != nil {
			t.Error(err)
		}
	})
}

// start folds the log into a new board and starts the followers of the halls.
func (h *house) start(halls ...*hall) {
	h.stop()
	h.board, h.runners = incident.NewBoard(), nil
	ctx, cancel := context.WithCancel(h.Context())
	var wg sync.WaitGroup
	run := func(f follow.Follower, o *follow.Options) *follow.Runner {
		r := follow.New(h.log, f, o)
		wg.Go(func() {
			if err := r.Run(ctx); err != nil {
				h.Error(err)
			}
		})
		r.Ready(ctx)
		return r
	}
	run(boardFollower{h.board}, nil)
	for _, p := range halls {
		h.runners = append(h.runners,
			run(notify.NewRooms(h.log, h.board, p, p, nil), nil),
			run(notify.NewTeller(h.board, p, nil), nil))
	}
	h.run = func(f follow.Follower, o *follow.Options) {
		run(f, o)
		synctest.Wait()
	}
	h.stop = func() {
		cancel()
		wg.Wait()
	}
	synctest.Wait()
}

var ana = incident.Person{ID: "local/ana", Name: "ana"}

// happen appends events of an incident by ana and lets the followers rest.
func (h *house) happen(stream string, evs ...incident.Event) []store.Record {
	h.Helper()
	var out []store.Record
	for _, ev := range evs {
		data, err := incident.Encode(incident.Meta{By: ana}, ev)
		if err != nil {
			h.Fatal(err)
		}
		rs, err := h.log.Append(h.Context(), stream, "", store.Record{Kind: ev.Kind(), Data: data})
		if err != nil {
			h.Fatal(err)
		}
		out = append(out, rs...)
		synctest.Wait()
	}
	return out
}

func (h *house) heard(p *hall, want ...string) {
	h.Helper()
	if got := p.heard(); !slices.Equal(got, want) {
		h.Errorf("%s heard\n\t%s\nwant\n\t%s", p.name, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// in is what was heard in one channel.
func (p *hall) in(channel string) []string {
	var out []string
	for _, line := range p.heard() {
		if strings.HasPrefix(line, channel+" ") {
			out = append(out, line)
		}
	}
	return out
}
