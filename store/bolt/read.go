package bolt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sort"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"sitrep/store"
)

// buckets are those that records are found through.
type buckets struct{ log, stream, key *bbolt.Bucket }

func bucketsOf(tx *bbolt.Tx) buckets {
	return buckets{log: tx.Bucket(bucketLog), stream: tx.Bucket(bucketStream), key: tx.Bucket(bucketKey)}
}

// record reads an entry of the log.
func record(key, value []byte) (store.Record, error) {
	seq, err := parseNumber(key)
	if err != nil {
		return store.Record{}, fmt.Errorf("%w: %w", store.ErrDamaged, err)
	}
	r, err := decode(seq, value)
	switch {
	case errors.Is(err, store.ErrFormat):
		return r, err
	case err != nil:
		return r, &store.Damage{Seq: seq, What: "it cannot be read"}
	}
	return r, nil
}

// at returns the record seq; a zero one if there is none.
func (b buckets) at(seq uint64) (store.Record, error) {
	key := number(seq)
	value := b.log.Get(key)
	if value == nil {
		return store.Record{}, nil
	}
	return record(key, value)
}

// indexed returns the record that an index leads to, and so must be there.
func (b buckets) indexed(value []byte) (store.Record, error) {
	seq, err := parseNumber(value)
	if err != nil {
		return store.Record{}, fmt.Errorf("%w: %w", store.ErrDamaged, err)
	}
	r, err := b.at(seq)
	if err == nil && r.Seq == 0 {
		err = &store.Damage{Seq: seq, What: "an index leads to it, but it is missing"}
	}
	return r, err
}

// firstUnder returns the Seq that the file's index has for a key; 0 if none.
func (b buckets) firstUnder(key string) (uint64, error) {
	if key == "" {
		return 0, nil
	}
	value := b.key.Get([]byte(key))
	if value == nil {
		return 0, nil
	}
	seq, err := parseNumber(value)
	if err != nil {
		return 0, fmt.Errorf("%w: key %s: %w", store.ErrDamaged, key, err)
	}
	return seq, nil
}

// appendAt returns the records of the append that begins at seq.
func (b buckets) appendAt(seq uint64) ([]store.Record, error) {
	first, err := b.indexed(number(seq))
	if err != nil {
		return nil, err
	}
	rs := []store.Record{first}
	for len(rs) < first.Count {
		r, err := b.indexed(number(seq + uint64(len(rs))))
		if err != nil {
			return nil, err
		}
		rs = append(rs, r)
	}
	return rs, nil
}

// lastPlace returns the last entry of a stream in the file's index.
func (b buckets) lastPlace(stream string) (entry, error) {
	c := b.stream.Cursor()
	before := c.Prev
	if at, _ := c.Seek(place(stream, store.Any)); at == nil {
		before = c.Last
	}
	key, value := before()
	n, ok := placeN(key, stream)
	if !ok {
		return entry{}, nil
	}
	seq, err := parseNumber(value)
	if err != nil {
		return entry{}, fmt.Errorf("%w: %s %d: %w", store.ErrDamaged, stream, n, err)
	}
	return entry{n, seq}, nil
}

// view runs fn in a read transaction. Records after the Seq end are not known to
// be durable, and fn leaves them out; those in the file's indexes are. Who needs
// the tail looks there before: what moves to the file meanwhile is then found in
// both, and what is added is after the end.
func (d *Driver) view(ctx context.Context, fn func(tx *bbolt.Tx, end uint64) error) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		select {
		case <-d.quit:
			return store.ErrClosed
		default:
		}
		h := d.handle.Load()
		if h == nil { // a commit has failed, and the file is being opened anew
			if err := d.wait(ctx); err != nil {
				return err
			}
			continue
		}
		end := d.durable.Load()
		err := guard(func() error { return h.View(func(tx *bbolt.Tx) error { return fn(tx, end) }) })
		if errors.Is(err, berrors.ErrDatabaseNotOpen) && d.handle.Load() != h {
			continue // it was replaced meanwhile
		}
		return err
	}
}

// Seen implements store.Driver.
func (d *Driver) Seen(ctx context.Context, key string) (rs []store.Record, err error) {
	recent := d.keyOf(key)
	err = d.view(ctx, func(tx *bbolt.Tx, end uint64) (err error) {
		b, seq := bucketsOf(tx), recent
		if seq == 0 {
			if seq, err = b.firstUnder(key); err != nil {
				return err
			}
		}
		if seq == 0 || seq > end {
			return nil
		}
		rs, err = b.appendAt(seq)
		return err
	})
	if err != nil {
		return nil, err
	}
	return rs, nil
}

// Read implements store.Driver.
func (d *Driver) Read(ctx context.Context, stream string, after uint64, limit int) (rs []store.Record, err error) {
	if limit <= 0 || limit > store.MaxRead {
		limit = store.MaxRead
	}
	if after == store.Any {
		return nil, ctx.Err()
	}
	recent := d.entriesOf(stream)
	err = d.view(ctx, func(tx *bbolt.Tx, end uint64) (err error) {
		if stream == "" {
			rs, err = bucketsOf(tx).readLog(after, end, limit)
		} else {
			rs, err = bucketsOf(tx).readStream(stream, recent, after, end, limit)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return rs, nil
}

func (b buckets) readLog(after, end uint64, limit int) ([]store.Record, error) {
	var rs []store.Record
	c := b.log.Cursor()
	for key, value := c.Seek(number(after + 1)); key != nil && len(rs) < limit; key, value = c.Next() {
		r, err := record(key, value)
		if err != nil {
			return nil, err
		}
		if r.Seq > end {
			break
		}
		rs = append(rs, r)
	}
	return rs, nil
}

// readStream reads from the file's index, and then from the recent entries.
func (b buckets) readStream(stream string, recent []entry, after, end uint64, limit int) ([]store.Record, error) {
	var rs []store.Record
	c := b.stream.Cursor()
	for key, value := c.Seek(place(stream, after+1)); key != nil && len(rs) < limit; key, value = c.Next() {
		n, ok := placeN(key, stream)
		if !ok {
			break
		}
		r, err := b.indexed(value)
		if err != nil {
			return nil, err
		}
		if r.Seq > end {
			return rs, nil
		}
		rs = append(rs, r)
		after = n
	}
	for _, e := range recent[sort.Search(len(recent), func(i int) bool { return recent[i].n > after }):] {
		if len(rs) == limit || e.seq > end {
			break
		}
		r, err := b.indexed(number(e.seq))
		if err != nil {
			return nil, err
		}
		rs = append(rs, r)
	}
	return rs, nil
}

// Head implements store.Header.
func (d *Driver) Head(ctx context.Context, stream string) (head store.Head, err error) {
	recent := d.entriesOf(stream)
	err = d.view(ctx, func(tx *bbolt.Tx, end uint64) error {
		b, seq := bucketsOf(tx), end
		if stream != "" {
			last, err := b.lastPlace(stream)
			if err != nil {
				return err
			}
			seq = last.seq
			for i := len(recent) - 1; i >= 0; i-- {
				if e := recent[i]; e.seq <= end {
					seq = max(seq, e.seq)
					break
				}
			}
		}
		if seq == 0 {
			return nil
		}
		r, err := b.indexed(number(seq))
		head = r.Head()
		return err
	})
	return head, err
}

// Cursor implements store.Driver.
func (d *Driver) Cursor(ctx context.Context, name string) (seq uint64, state []byte, err error) {
	err = d.view(ctx, func(tx *bbolt.Tx, _ uint64) error {
		value := tx.Bucket(bucketCursor).Get([]byte(name))
		if value == nil {
			return nil
		}
		if seq, err = parseNumber(value); err != nil {
			return fmt.Errorf("%w: cursor %s: %w", store.ErrDamaged, name, err)
		}
		state = append(state, value[8:]...)
		states := tx.Bucket(bucketState)
		if states == nil {
			return nil
		}
		large := states.Get([]byte(name))
		if large == nil {
			return nil
		}
		at, err := parseNumber(large)
		if err != nil || at != seq {
			return fmt.Errorf("%w: cursor %s: its state is of another record", store.ErrDamaged, name)
		}
		state = append(state[:0], large[8:]...)
		return nil
	})
	return seq, state, err
}

// Cursors implements store.Lister.
func (d *Driver) Cursors(ctx context.Context) (names []string, err error) {
	err = d.view(ctx, func(tx *bbolt.Tx, _ uint64) error {
		return tx.Bucket(bucketCursor).ForEach(func(name, _ []byte) error {
			names = append(names, string(name))
			return nil
		})
	})
	return names, err
}

// Backup implements store.Backuper: the copy is a file that Open takes. Space
// that is freed meanwhile is used again only after it has ended.
func (d *Driver) Backup(ctx context.Context, w io.Writer) error {
	return d.view(ctx, func(tx *bbolt.Tx, _ uint64) error {
		_, err := tx.WriteTo(ctxWriter{ctx, w})
		return err
	})
}

// A ctxWriter stops writing when its context has ended.
type ctxWriter struct {
	ctx context.Context
	w   io.Writer
}

func (w ctxWriter) Write(b []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.w.Write(b)
}
