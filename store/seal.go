package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// MaxClamp is how far back the clock may go and still be held at the last
// stamp. Network time slews and small steps stay under it.
const MaxClamp = 2 * time.Second

// The record that marks a clock set back by MaxClamp or more. Its Data is a
// [ClockStep] in JSON.
const (
	ClockStream  = "clock"
	ClockStepped = "clock.stepped"
)

// A ClockStep says from and to what time the clock was set back.
type ClockStep struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// A Seal completes the records of a batch. The driver runs it inside its commit,
// once it has found that the batch's key is new and its After holds. It is given
// the head of the log and a way to ask for the last N of a stream, both as the
// commit sees them, and returns the records to store, in order. The batch's own
// are the last len(Batch.Records) of them; a clock.stepped record may come
// before. A Seal may be run again when a commit is tried again.
type Seal func(head Head, last func(stream string) (uint64, error)) ([]Record, error)

// seal returns the Seal of a batch: the one place where a record gets its
// numbers, its time and its sums. It sets sealed when it is run, which it is not
// for a key that was seen before.
func (l *Log) seal(b Batch, sealed *bool) Seal {
	return func(head Head, last func(string) (uint64, error)) ([]Record, error) {
		*sealed = true
		at, stepped := stamp(head, l.Now())
		chain := chain{head: head, at: at, salts: l.salts}
		if stepped {
			n, err := last(ClockStream)
			if err != nil {
				return nil, err
			}
			data, err := json.Marshal(ClockStep{From: head.At, To: at})
			if err != nil {
				return nil, err
			}
			step := Record{Stream: ClockStream, N: n + 1, Kind: ClockStepped, Count: 1, Data: data}
			if err := chain.add(step); err != nil {
				return nil, err
			}
		}
		n, err := last(b.Stream)
		if err != nil {
			return nil, err
		}
		if stepped && b.Stream == ClockStream {
			n++
		}
		for i, r := range b.Records {
			r.Stream, r.N, r.Key, r.Count = b.Stream, n+1+uint64(i), "", 0
			if i == 0 {
				r.Key, r.Count = b.Key, len(b.Records)
			}
			if err := chain.add(r); err != nil {
				return nil, err
			}
		}
		return chain.out, nil
	}
}

// stamp is the time of the next record, and whether it marks a step back.
func stamp(head Head, now time.Time) (at time.Time, stepped bool) {
	at = now.UTC().Truncate(time.Millisecond)
	if head.Seq == 0 || !at.Before(head.At) {
		return at, false
	}
	if head.At.Sub(at) < MaxClamp {
		return head.At, false
	}
	return at, true
}

// A chain adds records behind a head.
type chain struct {
	head  Head
	at    time.Time
	salts io.Reader
	out   []Record
}

func (c *chain) add(r Record) error {
	r.Seq, r.At = c.head.Seq+1, c.at
	r.Data = append([]byte(nil), r.Data...) // our own; nil if empty
	r.Redacted = false
	r.Salt = make([]byte, SaltSize)
	if _, err := io.ReadFull(c.salts, r.Salt); err != nil {
		return fmt.Errorf("salt: %w", err)
	}
	r.DataSum = dataSum(r.Salt, r.Data)
	r.Sum = chainSum(c.head.Sum, r)
	c.head = r.Head()
	c.out = append(c.out, r)
	return nil
}

// dataSum is SHA-256(salt ‖ data).
func dataSum(salt, data []byte) Sum {
	h := sha256.New()
	h.Write(salt)
	h.Write(data)
	return Sum(h.Sum(nil))
}

// chainSum is SHA-256(prev ‖ header ‖ DataSum); the package comment has the
// header's layout.
func chainSum(prev Sum, r Record) Sum {
	b := make([]byte, 0, 256)
	b = append(b, prev[:]...)
	b = append(b, 1)
	b = binary.BigEndian.AppendUint64(b, r.Seq)
	b = binary.BigEndian.AppendUint64(b, r.N)
	b = binary.BigEndian.AppendUint64(b, uint64(r.At.UnixMilli()))
	b = binary.BigEndian.AppendUint32(b, uint32(r.Count))
	var flags byte
	if r.Imported {
		flags |= 1
	}
	b = append(b, flags)
	for _, s := range [...]string{r.Stream, r.Actor, r.Kind, r.Key} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	b = append(b, r.DataSum[:]...)
	return sha256.Sum256(b)
}
