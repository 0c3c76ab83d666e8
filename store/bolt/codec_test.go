package bolt

import (
	"bytes"
	"testing"
	"time"

	"sitrep/store"
)

// FuzzDecode: any bytes give an error or a record, which encodes to the same
// bytes if it was encoded by us, and to one that decodes to the same otherwise.
func FuzzDecode(f *testing.F) {
	full := store.Record{
		N: 7, At: time.UnixMilli(1599667200123).UTC(), Stream: "INC-1", Actor: "U1", Kind: "update.posted", Key: "slack/1",
		Count: 3, Imported: true, Data: []byte("data"), Salt: bytes.Repeat([]byte{1}, store.SaltSize),
	}
	redacted := full
	redacted.Redacted, redacted.Data, redacted.Salt = true, nil, nil
	f.Add(encode(full))
	f.Add(encode(redacted))
	f.Add([]byte{})
	f.Add([]byte{layout, 0, 0xff})
	f.Add([]byte{layout + 1, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := decode(1, b)
		if err != nil {
			return
		}
		again := encode(r)
		r2, err := decode(1, again)
		if err != nil {
			t.Fatalf("what was encoded cannot be read: %v", err)
		}
		if !bytes.Equal(encode(r2), again) {
			t.Fatal("encoding does not end")
		}
	})
}

// TestPlace: places sort by N, and those of a stream are together.
func TestPlace(t *testing.T) {
	for _, c := range []struct {
		key    []byte
		stream string
		n      uint64
		ok     bool
	}{
		{place("INC-1", 5), "INC-1", 5, true},
		{place("INC-1", 5), "INC-10", 0, false},
		{place("INC-10", 5), "INC-1", 0, false},
		{place("INC-1/room", 5), "INC-1", 0, false},
		{[]byte("INC-1"), "INC-1", 0, false},
	} {
		if n, ok := placeN(c.key, c.stream); n != c.n || ok != c.ok {
			t.Errorf("placeN(%q, %s) = %d, %t; want %d, %t", c.key, c.stream, n, ok, c.n, c.ok)
		}
	}
	if bytes.Compare(place("a", 255), place("a", 256)) >= 0 {
		t.Error("places are not in the order of N")
	}
}
