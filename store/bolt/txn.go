package bolt

import (
	"context"
	"fmt"

	"go.etcd.io/bbolt"

	"sitrep/store"
)

// fileFormat is the version of the file's buckets and keys.
const fileFormat = 1

var (
	bucketMeta   = []byte("meta")
	bucketLog    = []byte("log")
	bucketStream = []byte("stream")
	bucketKey    = []byte("key")
	bucketCursor = []byte("cursor")
	bucketState  = []byte("state") // made when it is first needed

	keyFormat  = []byte("format")
	keyRewrite = []byte("rewrite")
	keyIndexed = []byte("indexed")
)

// A txn is a write transaction of the committer, shared by a batch of requests.
type txn struct {
	buckets
	tx           *bbolt.Tx
	meta, cursor *bbolt.Bucket

	tail    *index     // of records before, the driver's
	added   *index     // of records that this transaction has added
	head    store.Head // of the log, with those
	writes  int        // how often something was written
	indexed bool       // the file's indexes have caught up
}

func (d *Driver) newTxn(tx *bbolt.Tx) (*txn, error) {
	t := &txn{
		buckets: bucketsOf(tx), tx: tx, meta: tx.Bucket(bucketMeta), cursor: tx.Bucket(bucketCursor),
		tail: d.tail, added: newIndex(),
	}
	t.log.FillPercent = 1 // Seq only grows, so no page will need room for more
	key, value := t.log.Cursor().Last()
	if key == nil {
		return t, nil
	}
	last, err := record(key, value)
	t.head = last.Head()
	return t, err
}

func (t *txn) put(b *bbolt.Bucket, key, value []byte) error {
	t.writes++
	return b.Put(key, value)
}

// last returns the last N of a stream.
func (t *txn) last(stream string) (uint64, error) {
	for _, x := range []*index{t.added, t.tail} {
		if es := x.streams[stream]; len(es) > 0 {
			return es[len(es)-1].n, nil
		}
	}
	e, err := t.lastPlace(stream)
	return e.n, err
}

// seen returns the records of the append under key, or none.
func (t *txn) seen(key string) ([]store.Record, error) {
	for _, x := range []*index{t.added, t.tail} {
		if seq, ok := x.keys[key]; ok {
			return t.appendAt(seq)
		}
	}
	seq, err := t.firstUnder(key)
	if err != nil || seq == 0 {
		return nil, err
	}
	return t.appendAt(seq)
}

// append seals a batch, keeps it, and returns its own records. It does not look
// at the batch's key or After.
func (t *txn) append(b store.Batch) ([]store.Record, error) {
	rs, err := b.Seal(t.head, t.last)
	if err != nil {
		return nil, err
	}
	if err := t.keep(rs); err != nil {
		return nil, err
	}
	for _, c := range b.Cursors {
		if err := t.setCursor(c); err != nil {
			return nil, err
		}
	}
	return rs[len(rs)-len(b.Records):], nil
}

// keep puts sealed records behind the head.
func (t *txn) keep(rs []store.Record) error {
	for _, r := range rs {
		if err := t.put(t.log, number(r.Seq), encode(r)); err != nil {
			return err
		}
		t.added.add(r)
		t.head = r.Head()
	}
	return nil
}

// largeState is the largest state that is kept beside its cursor, in bytes.
const largeState = 16 << 10

// setCursor keeps a large state in a bucket of its own. Cursors share pages, and
// a commit writes pages whole: beside a state of a megabyte, every small cursor
// that moves would write that megabyte again.
func (t *txn) setCursor(c store.Cursor) error {
	name := []byte(c.Name)
	if len(c.State) > largeState {
		states, err := t.tx.CreateBucketIfNotExists(bucketState)
		if err != nil {
			return err
		}
		if err := t.put(states, name, append(number(c.Seq), c.State...)); err != nil {
			return err
		}
		return t.put(t.cursor, name, number(c.Seq))
	}
	if states := t.tx.Bucket(bucketState); states != nil && states.Get(name) != nil {
		if err := states.Delete(name); err != nil {
			return err
		}
	}
	return t.put(t.cursor, name, append(number(c.Seq), c.State...))
}

// Append implements store.Driver.
func (d *Driver) Append(ctx context.Context, b store.Batch) ([]store.Record, error) {
	var out []store.Record
	r := &request{size: size(b.Records)}
	r.apply = func(t *txn) (err error) {
		if out, err = t.seen(b.Key); err != nil || len(out) > 0 {
			return err
		}
		if b.After != store.Any {
			n, err := t.last(b.Stream)
			if err != nil {
				return err
			}
			if n != b.After {
				return store.ErrConflict
			}
		}
		out, err = t.append(b)
		return err
	}
	if err := d.do(ctx, r); err != nil {
		return nil, err
	}
	return out, nil
}

// SetCursor implements store.Driver.
func (d *Driver) SetCursor(ctx context.Context, name string, seq uint64, state []byte) error {
	return d.do(ctx, &request{size: len(state), apply: func(t *txn) error {
		return t.setCursor(store.Cursor{Name: name, Seq: seq, State: state})
	}})
}

// Redact implements store.Redactor. Writers wait while the file is rewritten.
func (d *Driver) Redact(ctx context.Context, seqs []uint64, b store.Batch) ([]store.Record, error) {
	var out []store.Record
	r := &request{size: size(b.Records), rewrite: true}
	r.apply = func(t *txn) (err error) {
		if out, err = t.seen(b.Key); err != nil || len(out) > 0 {
			return err
		}
		erased := make([]store.Record, len(seqs))
		for i, seq := range seqs {
			if erased[i], err = t.at(seq); err != nil {
				return err
			}
			if erased[i].Seq == 0 {
				return fmt.Errorf("%w: there is no record %d", store.ErrInvalid, seq)
			}
		}
		if out, err = t.append(b); err != nil {
			return err
		}
		for _, r := range erased {
			r.Data, r.Salt, r.Redacted = nil, nil, true
			if err := t.put(t.log, number(r.Seq), encode(r)); err != nil {
				return err
			}
		}
		return t.put(t.meta, keyRewrite, []byte("1"))
	}
	err := d.do(ctx, r)
	return out, err
}

// Load implements store.Loader.
func (d *Driver) Load(ctx context.Context, head store.Head, rs []store.Record) error {
	return d.do(ctx, &request{size: size(rs), apply: func(t *txn) error {
		if t.head.Seq != head.Seq || t.head.Sum != head.Sum {
			return store.ErrConflict
		}
		return t.keep(rs)
	}})
}

// size is about how many bytes records take.
func size(rs []store.Record) int {
	n := 0
	for _, r := range rs {
		n += 256 + len(r.Data)
	}
	return n
}
