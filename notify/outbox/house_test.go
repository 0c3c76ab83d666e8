package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sitrep/follow"
	"sitrep/incident"
	"sitrep/store"
	"sitrep/store/memory"
	"sitrep/subscriber"
)

// A pigeon is a carrier that behaves as it is told: it may be away, refuse an
// address, not find one for a while, or be shot in the middle of a batch.
type pigeon struct {
	mu       sync.Mutex
	batch    int
	carried  []string // "address: what"
	keys     map[string]int
	away     bool
	refuses  map[string]bool
	misses   map[string]bool
	shot     int           // after so many, it says that it can go on no more
	dies     int           // after so many, it falls dead, and nobody knows whom it reached
	slow     time.Duration // a flight takes so long
	onFlight func(address string)
}

var errShot = errors.New("shot")

func newPigeon() *pigeon {
	return &pigeon{batch: 3, keys: map[string]int{}, refuses: map[string]bool{}, misses: map[string]bool{}, shot: -1, dies: -1}
}

func (p *pigeon) Channel() subscriber.Channel { return subscriber.Mail }
func (p *pigeon) Batch() int                  { return p.batch }

func (p *pigeon) Carry(ctx context.Context, parcels []Parcel, still func(*Parcel) bool) ([]Outcome, error) {
	out := make([]Outcome, len(parcels))
	for i := range parcels {
		p.mu.Lock()
		away, slow, onFlight := p.away, p.slow, p.onFlight
		p.mu.Unlock()
		if away {
			return out, errors.New("away")
		}
		if slow > 0 {
			time.Sleep(slow)
		}
		if onFlight != nil {
			onFlight(parcels[i].To.Address)
		}
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		if !still(&parcels[i]) {
			out[i].Did = Dropped
			continue
		}
		var err error
		if out[i], err = p.fly(parcels[i]); err != nil {
			return out, err
		}
	}
	return out, nil
}

func (p *pigeon) fly(q Parcel) (Outcome, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.refuses[q.To.Address]:
		return Outcome{Refused, "550 5.1.1"}, nil
	case p.misses[q.To.Address]:
		return Outcome{Later, "450 4.2.0"}, nil
	}
	p.carried = append(p.carried, q.To.Address+": "+said(q))
	p.keys[q.Key]++
	if p.dies--; p.dies == 0 {
		panic("dead")
	}
	if p.shot--; p.shot == 0 {
		return Outcome{Did: Sent}, errShot
	}
	return Outcome{Did: Sent}, nil
}

// set changes how it behaves.
func (p *pigeon) set(f func(*pigeon)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(p)
}

// said is a parcel in words.
func said(p Parcel) string {
	if p.Letter != nil {
		return fmt.Sprintf("confirm %d", p.Letter.Ask)
	}
	var parts []string
	if p.Story.Kind != News {
		parts = append(parts, string(p.Story.Kind))
	}
	for _, i := range p.Story.New {
		parts = append(parts, p.Story.Public.Label(i)+" "+p.Story.Public.Updates[i].Body)
	}
	return p.Story.Public.Title + ": " + strings.Join(parts, " < ")
}

// heard takes what was carried since it was last asked.
func (p *pigeon) heard() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.carried
	p.carried = nil
	slices.Sort(out)
	return out
}

// A house is a log with its board, subscribers and one outbox, in a bubble.
type house struct {
	*testing.T
	log      *store.Log
	board    *incident.Board
	registry *subscriber.Registry
	pigeon   *pigeon
	runner   *follow.Runner
	hold     time.Duration
	stop     func()
}

func newHouse(t *testing.T, test func(*house)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := &house{T: t, log: store.New(memory.New(), nil), pigeon: newPigeon(), stop: func() {}}
		h.start()
		test(h)
		h.stop()
		if err := h.log.Close(); err != nil {
			t.Error(err)
		}
	})
}

// boardFollower folds the log into a board.
type boardFollower struct{ board *incident.Board }

func (b boardFollower) Name() string { return "board" }

func (b boardFollower) Handle(_ context.Context, r store.Record, _ []byte) ([]byte, error) {
	m, ev, err := incident.Decode(incident.Header{Seq: r.Seq, N: r.N, Recorded: r.At, Kind: r.Kind, Imported: r.Imported, Redacted: r.Redacted}, r.Data)
	if err != nil {
		return nil, err
	}
	b.board.Apply(r.Stream, m, ev)
	return nil, nil
}

func (b boardFollower) Restore(uint64, []byte) (uint64, error) { return 0, nil }
func (b boardFollower) Snapshot() (uint64, []byte, error)      { return 0, nil, nil }
func (b boardFollower) CaughtUp(context.Context)               {}

// start starts everything anew, as a new process does.
func (h *house) start() {
	h.stop()
	ctx, cancel := context.WithCancel(context.Background())
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
	h.board, h.registry = incident.NewBoard(), subscriber.NewRegistry(h.log)
	run(boardFollower{h.board}, &follow.Options{Projection: true})
	run(h.registry, &follow.Options{Projection: true})
	synctest.Wait()
	h.runner = run(New(h.board, h.registry, h.pigeon, h.log.Now, &Options{Hold: h.hold}), nil)
	h.stop = func() { cancel(); wg.Wait() }
	synctest.Wait()
}

// happens appends events to a stream, and lets everybody rest.
func (h *house) happens(stream string, evs ...incident.Event) {
	h.Helper()
	for _, ev := range evs {
		data, err := incident.Encode(incident.Meta{}, ev)
		if err != nil {
			h.Fatal(err)
		}
		if _, err := h.log.Append(h.Context(), stream, "", store.Record{Kind: ev.Kind(), Data: data}); err != nil {
			h.Fatal(err)
		}
	}
	synctest.Wait()
}

// joins subscribes and confirms.
func (h *house) joins(address string, c subscriber.Choice) *subscriber.Subscriber {
	h.Helper()
	if err := h.registry.Ask(h.Context(), subscriber.Asked{Channel: subscriber.Mail, Address: address, Choice: c}); err != nil {
		h.Fatal(err)
	}
	s := h.registry.Find(subscriber.Mail, address)
	s, err := h.registry.Confirm(h.Context(), subscriber.Link{Purpose: subscriber.ToConfirm, ID: s.ID, Ask: s.Ask})
	if err != nil {
		h.Fatal(err)
	}
	synctest.Wait()
	time.Sleep(time.Millisecond) // what is recorded at one instant has no order in time
	h.pigeon.heard()
	return s
}

func (h *house) heard(want ...string) {
	h.Helper()
	synctest.Wait()
	if got := h.pigeon.heard(); !slices.Equal(got, want) {
		h.Errorf("carried\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// threads says how much is kept.
func (h *house) threads() int {
	h.Helper()
	_, kept, err := h.log.Cursor(h.Context(), "subscribers-told:mail")
	if err != nil {
		h.Fatal(err)
	}
	o := New(h.board, h.registry, h.pigeon, h.log.Now, nil)
	s, err := o.read(kept)
	if err != nil {
		h.Fatal(err)
	}
	return len(s.Threads)
}

func update(code string, s incident.Status, cs ...string) incident.UpdatePosted {
	u := incident.UpdatePosted{Code: code, Status: s, Title: "Down", Body: code + ".", Shown: time.Now()}
	for _, c := range cs {
		u.Affects = append(u.Affects, incident.ComponentChange{ID: c, Name: c, Old: incident.Operational, New: incident.MajorOutage})
	}
	return u
}

// record appends one event and returns its number.
func (h *house) record(stream string, ev incident.Event) (uint64, error) {
	data, err := incident.Encode(incident.Meta{}, ev)
	if err != nil {
		return 0, err
	}
	rs, err := h.log.Append(h.Context(), stream, "", store.Record{Kind: ev.Kind(), Data: data})
	if err != nil {
		return 0, err
	}
	return rs[0].Seq, nil
}

// sleep lets time pass, and everybody rest at the end of it.
func (h *house) sleep(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
