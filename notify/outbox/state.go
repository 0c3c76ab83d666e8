package outbox

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"
)

// state is what an outbox keeps.
type state struct {
	Version int              `json:"version"`
	Threads []*thread        `json:"threads,omitempty"`
	Letters []pendingLetter  `json:"letters,omitempty"`
	Late    map[int]lateness `json:"late,omitempty"` // by subscriber's number
}

// stateVersion changes when an old state cannot be read any more.
const stateVersion = 1

// A thread is one incident, one maintenance, one postmortem or one correction
// that is being told.
type thread struct {
	Stream string    `json:"stream"`
	Kind   Kind      `json:"kind"`
	Update string    `json:"update,omitempty"` // the code of what was corrected
	At     time.Time `json:"at,omitzero"`      // of a reminder, when it was due
	// Said are the codes of the updates that are told by this thread, in the order
	// of recording. Somebody at level n has been told the first n of them.
	Said []string `json:"said,omitempty"`
	Told levels   `json:"told"`

	next int // no subscriber before this one has anything to hear; in memory only
}

// A pendingLetter is a request to confirm that is to be sent.
type pendingLetter struct {
	To string `json:"to"` // the subscriber's id
	Letter
	Tries int       `json:"tries,omitempty"`
	Next  time.Time `json:"next,omitzero"`
}

// lateness is how it goes with an address that cannot be reached.
type lateness struct {
	Tries int       `json:"tries"`
	Since time.Time `json:"since"`
	Next  time.Time `json:"next"`
}

// levels are how much each subscriber was told, by number-1. They are kept
// compressed: most subscribers have been told the same.
type levels struct {
	list   []uint16
	packed []byte // of the list as it is; nil if it has changed since
}

// get returns the level of a subscriber's number.
func (l *levels) get(number int) int {
	if number > len(l.list) {
		return 0
	}
	return int(l.list[number-1])
}

// set raises it.
func (l *levels) set(number, level int) {
	if number > len(l.list) {
		l.list = append(l.list, make([]uint16, number-len(l.list))...)
	}
	if int(l.list[number-1]) < level {
		l.list[number-1], l.packed = uint16(level), nil //nolint:gosec // an incident has fewer updates
	}
}

// MarshalJSON packs the levels.
func (l *levels) MarshalJSON() ([]byte, error) {
	if l.packed == nil {
		raw := make([]byte, 0, len(l.list)+2)
		raw = binary.AppendUvarint(raw, uint64(len(l.list)))
		for _, n := range l.list {
			raw = binary.AppendUvarint(raw, uint64(n))
		}
		var b bytes.Buffer
		z, err := flate.NewWriter(&b, flate.BestSpeed)
		if err != nil {
			return nil, err
		}
		if _, err := z.Write(raw); err != nil {
			return nil, err
		}
		if err := z.Close(); err != nil {
			return nil, err
		}
		l.packed = b.Bytes()
	}
	return json.Marshal(l.packed)
}

// maxNumbers bounds what is unpacked: more subscribers than anybody has.
const maxNumbers = 1 << 26

// UnmarshalJSON unpacks what MarshalJSON packed.
func (l *levels) UnmarshalJSON(b []byte) error {
	var packed []byte
	if err := json.Unmarshal(b, &packed); err != nil {
		return err
	}
	raw, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), 3*maxNumbers))
	if err != nil {
		return fmt.Errorf("unpack who was told: %w", err)
	}
	next := func() (uint64, bool) {
		v, n := binary.Uvarint(raw)
		if n <= 0 {
			return 0, false
		}
		raw = raw[n:]
		return v, true
	}
	n, ok := next()
	if !ok || n > maxNumbers || n > uint64(len(raw)) {
		return fmt.Errorf("unpack who was told: there is no list")
	}
	l.list, l.packed = make([]uint16, n), packed
	for i := range l.list {
		v, ok := next()
		if !ok || v > 1<<16-1 {
			return fmt.Errorf("unpack who was told: the list ends at %d of %d", i, n)
		}
		l.list[i] = uint16(v)
	}
	return nil
}

// read returns what a kept state says.
func (o *Outbox) read(kept []byte) (*state, error) {
	if o.kept != nil && bytes.Equal(kept, o.kept) {
		return o.state, nil
	}
	s := &state{Version: stateVersion}
	if len(kept) > 0 {
		if err := json.Unmarshal(kept, s); err != nil {
			return nil, fmt.Errorf("read the state of %s: %w", o.Name(), err)
		}
		if s.Version != stateVersion {
			return nil, fmt.Errorf("the state of %s has version %d, and this program reads %d", o.Name(), s.Version, stateVersion)
		}
	}
	if s.Late == nil {
		s.Late = map[int]lateness{}
	}
	o.state, o.kept, o.views = s, kept, map[*thread]*view{}
	return s, nil
}

// write returns the state to keep.
func (o *Outbox) write(s *state) ([]byte, error) {
	kept, err := json.Marshal(s)
	if err != nil {
		o.kept = nil
		return nil, fmt.Errorf("write the state of %s: %w", o.Name(), err)
	}
	o.kept = kept
	return slices.Clone(kept), nil
}

// open returns the thread of a stream and kind, made if there is none.
func (s *state) open(stream string, kind Kind, update string) *thread {
	for _, t := range s.Threads {
		if t.Stream == stream && t.Kind == kind && t.Update == update {
			return t
		}
	}
	t := &thread{Stream: stream, Kind: kind, Update: update}
	s.Threads = append(s.Threads, t)
	return t
}
