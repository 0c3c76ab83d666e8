package bolt

import (
	"encoding/binary"
	"errors"
	"time"

	"sitrep/store"
)

// A record is stored as:
//
//	 1 byte   0x01, the version of this layout
//	 1 byte   flags: bit 0 Imported, bit 1 Redacted
//	 uvarint  N
//	 varint   At, milliseconds since 1970 UTC
//	 uvarint  Count
//	 4 times  uvarint length, then bytes: Stream, Actor, Kind, Key
//	32 bytes  DataSum
//	32 bytes  Sum
//	 the rest, unless redacted: 16 bytes Salt, then Data
//
// Seq is the key. An older layout stays readable for ever.
const layout = 1

const (
	flagImported = 1 << iota
	flagRedacted
)

var errRecord = errors.New("a record cannot be read")

// encode returns the stored form of r, without its Seq.
func encode(r store.Record) []byte {
	b := make([]byte, 0, 128+len(r.Stream)+len(r.Actor)+len(r.Kind)+len(r.Key)+len(r.Data))
	var flags byte
	if r.Imported {
		flags |= flagImported
	}
	if r.Redacted {
		flags |= flagRedacted
	}
	b = append(b, layout, flags)
	b = binary.AppendUvarint(b, r.N)
	b = binary.AppendVarint(b, r.At.UnixMilli())
	b = binary.AppendUvarint(b, uint64(r.Count))
	for _, s := range [...]string{r.Stream, r.Actor, r.Kind, r.Key} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	b = append(b, r.DataSum[:]...)
	b = append(b, r.Sum[:]...)
	if !r.Redacted {
		b = append(b, r.Salt...)
		b = append(b, r.Data...)
	}
	return b
}

// decode reads what encode wrote. It shares no memory with b.
func decode(seq uint64, b []byte) (store.Record, error) {
	d := decoder{rest: b}
	version, flags := d.byte(), d.byte()
	if version > layout {
		return store.Record{}, store.ErrFormat
	}
	r := store.Record{
		Seq: seq,
		N:   d.uvarint(),
		At:  time.UnixMilli(d.varint()).UTC(),
	}
	r.Count = int(d.uvarint())
	for _, s := range [...]*string{&r.Stream, &r.Actor, &r.Kind, &r.Key} {
		*s = string(d.bytes(d.uvarint()))
	}
	copy(r.DataSum[:], d.bytes(uint64(len(r.DataSum))))
	copy(r.Sum[:], d.bytes(uint64(len(r.Sum))))
	r.Imported = flags&flagImported != 0
	r.Redacted = flags&flagRedacted != 0
	if !r.Redacted {
		r.Salt = append(r.Salt, d.bytes(store.SaltSize)...)
		r.Data = append(r.Data, d.rest...)
		d.rest = nil
	}
	if d.bad || version != layout || flags > flagImported|flagRedacted || len(d.rest) > 0 {
		return store.Record{}, errRecord
	}
	return r, nil
}

// A decoder takes parts off the front of rest; past its end it is bad.
type decoder struct {
	rest []byte
	bad  bool
}

func (d *decoder) bytes(n uint64) []byte {
	if n > uint64(len(d.rest)) {
		d.bad, d.rest = true, nil
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) byte() byte {
	b := d.bytes(1)
	if len(b) == 0 {
		return 0
	}
	return b[0]
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.rest)
	d.bytes(uint64(n)) // 0 or negative if there is none: then bad below
	if n <= 0 {
		d.bad = true
	}
	return v
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.rest)
	d.bytes(uint64(n))
	if n <= 0 {
		d.bad = true
	}
	return v
}

// number is a Seq or N as it stands in keys and values.
func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// parseNumber reads the first 8 bytes of b.
func parseNumber(b []byte) (uint64, error) {
	if len(b) < 8 {
		return 0, errors.New("a number cannot be read")
	}
	return binary.BigEndian.Uint64(b), nil
}

// place is the key of record n in a stream's index. Names hold no zero byte, so
// a stream's keys are together and no other's are among them.
func place(stream string, n uint64) []byte {
	b := make([]byte, 0, len(stream)+9)
	b = append(b, stream...)
	b = append(b, 0)
	return binary.BigEndian.AppendUint64(b, n)
}

// placeN returns N if key is a place of the stream.
func placeN(key []byte, stream string) (uint64, bool) {
	if len(key) != len(stream)+9 || string(key[:len(stream)]) != stream || key[len(stream)] != 0 {
		return 0, false
	}
	return binary.BigEndian.Uint64(key[len(stream)+1:]), true
}
