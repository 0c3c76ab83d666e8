package incident

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"
)

// A Board is all incidents, all planned work and the page's definition: the
// fold over the whole log. It hands out snapshots, which must not be changed
// and do not change.
//
// What was said in rooms is only counted here, to number the timeline's
// entries; a [Timeline] is read from the streams of its incident when somebody
// looks at it. That keeps the board small, whatever is said.
type Board struct {
	mu     sync.RWMutex
	state  boardState
	rooms  map[Place]string          // the newest incident that is worked on in a channel; names are not compared
	recent map[string]map[uint64]int // incident -> record -> entry, of the last entries
	moved  chan struct{}             // closed when Seq moves
}

// recentEntries is how many entries back Board.Entry knows the numbers of: far
// more than can be recorded between a command's append and its receipt.
const recentEntries = 4096

// boardState is what a snapshot keeps.
type boardState struct {
	Version      int                     `json:"version"`
	Seq          uint64                  `json:"seq"`
	Incidents    map[string]*Incident    `json:"incidents"`
	Maintenances map[string]*Maintenance `json:"maintenances"`
	Entries      map[string]int          `json:"entries"`        // how many timeline entries each incident has
	Said         map[string]time.Time    `json:"said,omitempty"` // when something last happened in each incident's rooms
	Page         Page                    `json:"page"`
	PageN        uint64                  `json:"page_n"`           // how often the page was configured
	PageAt       time.Time               `json:"page_at,omitzero"` // and when it last was
	Steps        []ClockStep             `json:"steps"`
}

// boardVersion changes when an old snapshot cannot be read any more; it is then
// passed over, and the log is folded from its beginning.
const boardVersion = 1

// NewBoard returns the board of an empty log.
func NewBoard() *Board {
	return &Board{state: emptyBoard(), rooms: map[Place]string{}, recent: map[string]map[uint64]int{}, moved: make(chan struct{})}
}

func emptyBoard() boardState {
	return boardState{
		Version: boardVersion, Incidents: map[string]*Incident{}, Maintenances: map[string]*Maintenance{}, Entries: map[string]int{}, Said: map[string]time.Time{},
	}
}

// Apply folds one event of any stream. Events must come in the order of Seq.
func (b *Board) Apply(stream string, m Meta, ev Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.move(m.Seq)
	id, room := strings.CutSuffix(stream, "/room")
	switch {
	case stream == "page":
		if e, ok := ev.(PageConfigured); ok {
			b.state.Page = e.Page
			b.state.PageN, b.state.PageAt = m.N, m.Recorded
		}
	case stream == "clock":
		if e, ok := ev.(ClockStepped); ok {
			step := ClockStep{Seq: m.Seq, From: e.From, To: e.To}
			b.state.Steps = append(b.state.Steps, step)
			for id, in := range b.state.Incidents {
				if in.Open() {
					c := in.Clone()
					c.Steps = append(c.Steps, step)
					b.state.Incidents[id] = c
				}
			}
		}
	case strings.HasPrefix(id, "INC-"):
		if !room {
			var in *Incident
			if stood := b.state.Incidents[id]; stood != nil {
				in = stood.Clone()
			} else {
				in = New(id)
			}
			wasOpen := in.Open()
			in.Apply(m, ev)
			if !wasOpen && in.Open() { // steps are told to open incidents only: catch up
				in.Steps = b.stepsAfter(in.Declared.Seq)
			}
			b.state.Incidents[id] = in
			if _, opened := ev.(RoomOpened); opened {
				b.house(in)
			}
		}
		if room {
			if b.state.Said == nil { // of a snapshot that did not know of it
				b.state.Said = map[string]time.Time{}
			}
			b.state.Said[id] = m.Recorded
		}
		if Enters(ev) {
			b.enter(id, m.Seq)
		}
	case strings.HasPrefix(id, "MNT-"):
		w := NewMaintenance(id)
		if was := b.state.Maintenances[id]; was != nil {
			w = was.Clone()
		}
		w.Apply(m, ev)
		b.state.Maintenances[id] = w
	}
}

func (b *Board) stepsAfter(seq uint64) []ClockStep {
	var out []ClockStep
	for _, s := range b.state.Steps {
		if s.Seq > seq {
			out = append(out, s)
		}
	}
	return out
}

// Pass moves the board past a record that holds nothing for it.
func (b *Board) Pass(seq uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.move(seq)
}

func (b *Board) move(seq uint64) {
	b.state.Seq = seq
	close(b.moved)
	b.moved = make(chan struct{})
}

// Await returns when record seq is folded, or when ctx is done, which is its
// only error.
func (b *Board) Await(ctx context.Context, seq uint64) error {
	for {
		b.mu.RLock()
		there, moved := b.state.Seq >= seq, b.moved
		b.mu.RUnlock()
		if there {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (b *Board) enter(id string, seq uint64) {
	b.state.Entries[id]++
	r := b.recent[id]
	if r == nil {
		r = map[uint64]int{}
		b.recent[id] = r
	}
	n := b.state.Entries[id]
	r[seq] = n
	if len(r) > 2*recentEntries {
		for s, x := range r {
			if x <= n-recentEntries {
				delete(r, s)
			}
		}
	}
}

// Moved returns a channel that is closed when the board moves on.
func (b *Board) Moved() <-chan struct{} {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.moved
}

// Seq is the last record that was folded.
func (b *Board) Seq() uint64 {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.state.Seq
}

// Page returns the page's definition.
func (b *Board) Page() Page {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.state.Page
}

// PageAt is when the page's definition was last recorded; zero if it never was.
func (b *Board) PageAt() time.Time {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.state.PageAt
}

// Get returns the incident with this id, or nil.
func (b *Board) Get(id string) *Incident {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.state.Incidents[id]
}

// Entry returns the number of the timeline entry that record seq of an
// incident's streams made; 0 if it made none, or too long ago.
func (b *Board) Entry(id string, seq uint64) int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.recent[id][seq]
}

// Entries is how many timeline entries an incident has.
func (b *Board) Entries(id string) int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.state.Entries[id]
}

// LastSaid is when something last happened in an incident's rooms; zero if
// nothing did.
func (b *Board) LastSaid(id string) time.Time {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.state.Said[id]
}

// All lists every incident, the newest first.
func (b *Board) All() []*Incident {
	b.mu.RLock()
	out := make([]*Incident, 0, len(b.state.Incidents))
	for _, in := range b.state.Incidents {
		out = append(out, in)
	}
	b.mu.RUnlock()
	sort.Slice(out, func(i, j int) bool { return out[i].Number > out[j].Number })
	return out
}

// Last is the highest number of any incident; 0 if there is none.
func (b *Board) Last() int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	n := 0
	for _, in := range b.state.Incidents {
		n = max(n, in.Number)
	}
	return n
}

// house notes in which channels an incident is worked on. Of several incidents
// the newest has a channel, but not one that it has closed.
func (b *Board) house(in *Incident) {
	for _, r := range in.Rooms {
		at := door(r.Place)
		holder := b.state.Incidents[b.rooms[at]]
		if holder == nil || holder.Number <= in.Number || !r.Closed && holder.Closed(at) {
			b.rooms[at] = in.ID
		}
	}
}

// Closed reports whether the incident is not worked on in a channel any more.
func (in *Incident) Closed(at Place) bool {
	for _, r := range in.Rooms {
		if door(r.Place) == door(at) && !r.Closed {
			return false
		}
	}
	return true
}

// door is what identifies a channel: not its name, which changes.
func door(p Place) Place { return Place{Platform: p.Platform, ID: p.ID} }

// ByRoom returns the incident that is worked on in a channel, the newest if
// several are; nil if none.
func (b *Board) ByRoom(p Place) *Incident {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.state.Incidents[b.rooms[door(p)]]
}

// Maintenances lists all planned work, the newest first.
func (b *Board) Maintenances() []*Maintenance {
	b.mu.RLock()
	out := make([]*Maintenance, 0, len(b.state.Maintenances))
	for _, w := range b.state.Maintenances {
		out = append(out, w)
	}
	b.mu.RUnlock()
	sort.Slice(out, func(i, j int) bool { return out[i].Number > out[j].Number })
	return out
}

// Maintenance returns the planned work with this id, or nil.
func (b *Board) Maintenance(id string) *Maintenance {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.state.Maintenances[id]
}

// A Publication is the public side of a Board. It remembers what it made of
// incidents that have not changed since. It is used by one goroutine.
type Publication struct {
	board *Board
	made  map[any]*Public // by the snapshot that it was made of
	page  uint64          // the definition of the page that it was made for
}

// Publication returns the board's public side.
func (b *Board) Publication() *Publication { return &Publication{board: b} }

// List lists all that customers may know, in no particular order.
func (p *Publication) List() []Public {
	b := p.board
	page := b.Page()
	b.mu.RLock()
	n := b.state.PageN
	b.mu.RUnlock()
	before := p.made
	if n != p.page {
		before = nil
	}
	p.page, p.made = n, make(map[any]*Public, len(before))
	var out []Public
	add := func(snapshot any, make func(Page) *Public) {
		pub, known := before[snapshot]
		if !known {
			pub = make(page)
		}
		p.made[snapshot] = pub
		if pub != nil {
			out = append(out, *pub)
		}
	}
	for _, in := range b.All() {
		add(in, in.Public)
	}
	for _, w := range b.Maintenances() {
		add(w, w.Public)
	}
	return out
}

// Snapshot returns the board's state as bytes, and the record it is the state
// after.
func (b *Board) Snapshot() (seq uint64, state []byte, err error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	state, err = json.Marshal(b.state)
	if err != nil {
		return 0, nil, fmt.Errorf("snapshot the board: %w", err)
	}
	return b.state.Seq, state, nil
}

// Restore takes the state of a snapshot over; ok is false if it is of another
// version, and then the board is empty.
func (b *Board) Restore(state []byte) (ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.recent = map[string]map[uint64]int{}
	s := emptyBoard()
	s.Version = 0 // must be in the state
	if ok = json.Unmarshal(state, &s) == nil && s.Version == boardVersion; !ok {
		s = emptyBoard()
	}
	b.state = s
	b.rooms = map[Place]string{}
	for _, in := range s.Incidents {
		b.house(in)
	}
	b.move(s.Seq)
	return ok
}
