package bolt

import (
	"fmt"

	"go.etcd.io/bbolt"

	"sitrep/store"
)

// indexEvery is after how many records their index entries go to the file. Each
// entry has a page of its own to change, so writing them with their records
// would make a commit of 64 rooms three times as long, and one in a large file a
// third longer. Opening reads up to so many records, in about 20 ms.
const indexEvery = 8192

// An index leads to some of the newest records by stream and by key.
type index struct {
	count   int
	streams map[string][]entry // in order of n
	keys    map[string]uint64  // key → Seq
}

// An entry is a record's place in its stream.
type entry struct{ n, seq uint64 }

func newIndex() *index {
	return &index{streams: make(map[string][]entry), keys: make(map[string]uint64)}
}

func (x *index) add(r store.Record) {
	x.count++
	x.streams[r.Stream] = append(x.streams[r.Stream], entry{r.N, r.Seq})
	if r.Key != "" {
		x.keys[r.Key] = r.Seq
	}
}

// merge adds what is in a newer index.
func (x *index) merge(newer *index) {
	x.count += newer.count
	for stream, es := range newer.streams {
		x.streams[stream] = append(x.streams[stream], es...)
	}
	for key, seq := range newer.keys {
		x.keys[key] = seq
	}
}

// entriesOf returns the tail's entries of a stream. They do not change.
func (d *Driver) entriesOf(stream string) []entry {
	d.tailLock.RLock()
	defer d.tailLock.RUnlock()
	return d.tail.streams[stream]
}

// keyOf returns the Seq that the tail has for a key; 0 if none.
func (d *Driver) keyOf(key string) uint64 {
	d.tailLock.RLock()
	defer d.tailLock.RUnlock()
	return d.tail.keys[key]
}

// grown takes over what a transaction that is in the file added.
func (d *Driver) grown(t *txn) {
	d.tailLock.Lock()
	defer d.tailLock.Unlock()
	if t.indexed {
		d.tail = newIndex()
	} else {
		d.tail.merge(t.added)
	}
}

// readTail makes the index of the records after those that the file's indexes
// lead to, holding each to its sums, and returns it with the last record.
func readTail(tx *bbolt.Tx) (*index, store.Head, error) {
	done, err := parseNumber(tx.Bucket(bucketMeta).Get(keyIndexed))
	if err != nil {
		return nil, store.Head{}, fmt.Errorf("%w: how far the indexes go: %w", store.ErrDamaged, err)
	}
	b := bucketsOf(tx)
	prev := store.Record{}
	if done > 0 {
		if prev, err = b.indexed(number(done)); err != nil {
			return nil, store.Head{}, err
		}
	}
	tail, c := newIndex(), b.log.Cursor()
	for key, value := c.Seek(number(done + 1)); key != nil; key, value = c.Next() {
		r, err := record(key, value)
		if err != nil {
			return nil, store.Head{}, err
		}
		if err := store.Follows(prev.Head(), r); err != nil {
			return nil, store.Head{}, err
		}
		tail.add(r)
		prev = r
	}
	return tail, prev.Head(), nil
}

// writeIndex writes the tail and what the transaction added to the file.
func (t *txn) writeIndex() error {
	// Many come at once, most of them in runs, so pages are filled: half full, as
	// bbolt leaves them by default, the indexes would be twice as large.
	t.stream.FillPercent, t.key.FillPercent = 0.9, 0.9
	for _, x := range []*index{t.tail, t.added} {
		for stream, es := range x.streams {
			for _, e := range es {
				if err := t.put(t.stream, place(stream, e.n), number(e.seq)); err != nil {
					return err
				}
			}
		}
		for key, seq := range x.keys {
			if err := t.put(t.key, []byte(key), number(seq)); err != nil {
				return err
			}
		}
	}
	t.indexed = true
	return t.put(t.meta, keyIndexed, number(t.head.Seq))
}
