package store

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of a record, in bytes. They keep every header well under what a bbolt
// key (32,768 bytes) or a PostgreSQL index row (about 2,700 bytes) can hold.
const (
	MaxName = 255      // a stream, an actor, a kind
	MaxKey  = 1024     // an idempotency key
	MaxData = 16 << 20 // one record's data
)

// SaltSize is the length in bytes of a record's salt.
const SaltSize = 16

// A Sum is a SHA-256 sum. Its text form is lower-case hexadecimal.
type Sum [32]byte

// String returns the sum in lower-case hexadecimal.
func (s Sum) String() string { return hex.EncodeToString(s[:]) }

// A Record is one event as the log keeps it. A caller gives Kind and Data, and
// Actor and Imported where they apply; the store sets the rest.
type Record struct {
	Seq    uint64    // place in the whole log, dense from 1
	Stream string    // the stream it belongs to
	N      uint64    // place in the stream, dense from 1
	At     time.Time // when it was recorded: UTC, whole milliseconds

	Actor string // who, as an opaque id; empty for the program itself
	Kind  string // what happened, in the past tense
	Key   string // the idempotency key of its append, on the first record only
	Count int    // on the first record of an append, how many it has; else 0

	Imported bool // came from another system's history: no effects follow

	Data []byte // the event itself; nil once redacted
	Salt []byte // SaltSize random bytes that go with Data; nil once redacted

	Redacted bool // Data and Salt were erased

	DataSum Sum // SHA-256 of Salt and Data
	Sum     Sum // links the record to all before it
}

// A Head is the last record of the log, or of a stream, without its content. It
// is zero where there is none.
type Head struct {
	Seq uint64
	N   uint64
	At  time.Time
	Sum Sum
}

// Head returns what a head says of r.
func (r Record) Head() Head { return Head{Seq: r.Seq, N: r.N, At: r.At, Sum: r.Sum} }

// Clone returns a copy of r that shares no memory with it.
func (r Record) Clone() Record {
	r.Data = bytes.Clone(r.Data)
	r.Salt = bytes.Clone(r.Salt)
	return r
}

// Clone returns copies of rs that share no memory with them.
func Clone(rs []Record) []Record {
	out := make([]Record, len(rs))
	for i, r := range rs {
		out[i] = r.Clone()
	}
	return out
}

// checkStream says what is wrong with a stream's name.
func checkStream(name string) error {
	if name == "" {
		return fmt.Errorf("%w: a stream needs a name", ErrInvalid)
	}
	return checkText("stream", name, MaxName)
}

// checkText holds the text of a header to what every driver and the export can
// carry: UTF-8, no zero byte (it separates the parts of an index key), bounded.
func checkText(what, text string, limit int) error {
	switch {
	case len(text) > limit:
		return fmt.Errorf("%w: %s of %d bytes, at most %d fit", ErrInvalid, what, len(text), limit)
	case !utf8.ValidString(text):
		return fmt.Errorf("%w: %s %q is not UTF-8", ErrInvalid, what, text)
	case strings.IndexByte(text, 0) >= 0:
		return fmt.Errorf("%w: %s %q holds a zero byte", ErrInvalid, what, text)
	}
	return nil
}

// check says what is wrong with the parts of a record that a caller sets.
func (r Record) check() error {
	if r.Kind == "" {
		return fmt.Errorf("%w: a record needs a kind", ErrInvalid)
	}
	if err := checkText("kind", r.Kind, MaxName); err != nil {
		return err
	}
	if err := checkText("actor", r.Actor, MaxName); err != nil {
		return err
	}
	if len(r.Data) > MaxData {
		return fmt.Errorf("%w: data of %d bytes, at most %d fit in a record", ErrInvalid, len(r.Data), MaxData)
	}
	return nil
}
