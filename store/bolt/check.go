package bolt

import (
	"bytes"
	"context"
	"fmt"

	"go.etcd.io/bbolt"

	"sitrep/store"
)

// Check implements store.Checker: the pages are in order, and the indexes lead
// to their records and to all up to where they go; the tail was made from the
// records themselves. Writers wait for the first part.
func (d *Driver) Check(ctx context.Context) error {
	err := d.do(ctx, &request{apply: func(t *txn) error { return checkPages(t.log.Tx(), d.path) }})
	if err != nil {
		return err
	}
	return d.view(ctx, func(tx *bbolt.Tx, _ uint64) error { return checkIndexes(ctx, tx) })
}

func checkIndexes(ctx context.Context, tx *bbolt.Tx) error {
	b := bucketsOf(tx)
	records, err := parseNumber(tx.Bucket(bucketMeta).Get(keyIndexed))
	if err != nil {
		return fmt.Errorf("%w: how far the indexes go: %w", store.ErrDamaged, err)
	}
	places := uint64(0)
	err = b.stream.ForEach(func(key, value []byte) error {
		if places++; places%store.MaxRead == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		r, err := b.indexed(value)
		if err != nil {
			return err
		}
		if !bytes.Equal(key, place(r.Stream, r.N)) {
			return &store.Damage{Seq: r.Seq, Stream: r.Stream, What: "an index has another place for it"}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if places != records {
		return fmt.Errorf("%w: the indexes go to record %d, but have %d places", store.ErrDamaged, records, places)
	}
	return b.key.ForEach(func(key, value []byte) error {
		r, err := b.indexed(value)
		if err == nil && r.Key != string(key) {
			err = &store.Damage{Seq: r.Seq, Stream: r.Stream, What: fmt.Sprintf("the key %q leads to it, which has another", key)}
		}
		return err
	})
}
