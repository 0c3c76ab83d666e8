package precedent

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/kljensen/snowball/english"

	"sitrep/incident"
)

// An Index knows every incident by its terms.
type Index struct {
	board *incident.Board

	mu      sync.Mutex
	made    map[string]*incident.Incident // of which snapshot the bag of an incident is made
	bags    map[string]*bag
	holders map[term][]string // which incidents have a term
	size    float64           // of all bags
	said    map[string][]remark
	stale   map[string]bool // bags that what was said has changed
	stemmed map[string]string
	talk    map[string]bool // stems of talk
}

// A remark is a message that quotes errors.
type remark struct {
	Key    string    `json:"key"` // the message's
	Seq    uint64    `json:"seq"` // the record that holds its text
	Errors []Failure `json:"errors"`
}

// maxRemarks is how many messages of an incident are kept for their errors.
// What went wrong is quoted long before that.
const maxRemarks = 200

// New returns an index over a board's incidents. Nothing was said in their rooms
// yet.
func New(b *incident.Board) *Index {
	x := &Index{
		board: b, made: map[string]*incident.Incident{}, bags: map[string]*bag{}, holders: map[term][]string{},
		said: map[string][]remark{}, stale: map[string]bool{}, stemmed: map[string]string{}, talk: map[string]bool{},
	}
	for _, w := range strings.Fields(talk) {
		x.talk[english.Stem(w, true)] = true
	}
	return x
}

// Said takes what happened in the room of the incident with this id. Events
// other than messages, their changes and their end change nothing; to be told of
// one twice changes nothing either.
func (x *Index) Said(id string, m incident.Meta, ev incident.Event) {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch e := ev.(type) {
	case incident.MessageSaid:
		x.remark(id, e.Key, m, e.Text)
	case incident.MessageEdited:
		x.remark(id, e.Key, m, e.Text)
	case incident.MessageDeleted:
		x.remark(id, e.Key, m, "")
	}
}

// remark puts what a message quotes now in the place of what it quoted.
func (x *Index) remark(id, key string, m incident.Meta, text string) {
	var errs []Failure
	if !m.Redacted {
		errs = Errors(text)
	}
	i := slices.IndexFunc(x.said[id], func(r remark) bool { return r.Key == key })
	switch {
	case i >= 0:
		x.said[id] = slices.Delete(slices.Clone(x.said[id]), i, i+1)
	case len(errs) == 0 || len(x.said[id]) >= maxRemarks:
		return
	}
	if len(errs) > 0 {
		x.said[id] = append(x.said[id], remark{Key: key, Seq: m.Seq, Errors: errs})
	}
	x.stale[id] = true
}

// Forget drops what was read from records whose contents were erased.
func (x *Index) Forget(seqs []uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for id, rs := range x.said {
		kept := slices.DeleteFunc(slices.Clone(rs), func(r remark) bool { return slices.Contains(seqs, r.Seq) })
		if len(kept) < len(rs) {
			x.said[id], x.stale[id] = kept, true
		}
	}
}

// Refresh brings the index up to date with the board. Asking does so too; a
// follower that does it beforehand spares whoever asks the wait.
func (x *Index) Refresh() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.refresh()
}

func (x *Index) refresh() {
	for _, in := range x.board.All() {
		if x.made[in.ID] == in && !x.stale[in.ID] {
			continue
		}
		x.drop(in.ID)
		b := x.bag(in, x.said[in.ID])
		b.kept = true
		x.made[in.ID], x.bags[in.ID] = in, b
		for t := range b.weight {
			x.holders[t] = append(x.holders[t], in.ID)
		}
		x.size += b.size
	}
	clear(x.stale)
}

func (x *Index) drop(id string) {
	b := x.bags[id]
	if b == nil {
		return
	}
	for t := range b.weight {
		hs := x.holders[t]
		if i := slices.Index(hs, id); i >= 0 {
			hs[i] = hs[len(hs)-1]
			x.holders[t] = hs[:len(hs)-1]
		}
		if len(x.holders[t]) == 0 {
			delete(x.holders, t)
		}
	}
	x.size -= b.size
	delete(x.bags, id)
}

// saved is what a snapshot keeps: all that the board does not know.
type saved struct {
	Version int                 `json:"version"`
	Said    map[string][]remark `json:"said"`
}

// savedVersion changes when an old snapshot cannot be read any more, or what
// [Errors] finds has changed.
const savedVersion = 1

// Snapshot returns what was read in rooms, as bytes.
func (x *Index) Snapshot() ([]byte, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return json.Marshal(saved{Version: savedVersion, Said: x.said})
}

// Restore takes a snapshot over; ok is false if it is of no use, and then
// nothing has been said.
func (x *Index) Restore(state []byte) (ok bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	var s saved
	if ok = json.Unmarshal(state, &s) == nil && s.Version == savedVersion && s.Said != nil; !ok {
		s.Said = map[string][]remark{}
	}
	for id := range x.said {
		x.stale[id] = true
	}
	for id := range s.Said {
		x.stale[id] = true
	}
	x.said = s.Said
	return ok
}
