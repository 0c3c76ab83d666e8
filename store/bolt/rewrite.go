package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"

	"go.etcd.io/bbolt"

	"sitrep/store"
)

// rewriteTx is how many bytes a rewrite copies in one transaction; it bounds the
// memory that takes.
const rewriteTx = 8 << 20

// Compact implements store.Compacter. Writers wait for it, readers do not.
func (d *Driver) Compact(ctx context.Context) error {
	return d.do(ctx, &request{rewrite: true, apply: func(t *txn) error {
		return t.put(t.meta, keyRewrite, []byte("1"))
	}})
}

// finishRewrite does what a crash has kept a redaction from doing.
func (d *Driver) finishRewrite() error {
	if err := d.discard(); err != nil {
		return err
	}
	var due bool
	err := d.handle.Load().View(func(tx *bbolt.Tx) error {
		due = tx.Bucket(bucketMeta).Get(keyRewrite) != nil
		return nil
	})
	if err != nil || !due {
		return err
	}
	err = d.rewrite()
	if errors.Is(err, store.ErrFull) {
		return nil // it stays due; the log can be used without
	}
	return err
}

// rewritten is the name of the new file until it takes the old one's place.
func (d *Driver) rewritten() string { return d.path + ".rewrite" }

// discard removes a new file that was not finished.
func (d *Driver) discard() error {
	if err := os.Remove(d.rewritten()); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// rewrite copies what is live into a new file and puts it in the old one's
// place. Only the committer calls it, so nothing changes meanwhile.
func (d *Driver) rewrite() error {
	old := d.handle.Load()
	if err := d.discard(); err != nil {
		return fmt.Errorf("rewrite the file without what was erased: %w", err)
	}
	next, err := openFile(d.rewritten(), true)
	if err == nil {
		err = guard(func() error { return d.copyTo(next, old.DB) })
		if err == nil {
			err = os.Rename(d.rewritten(), d.path)
		}
		if err != nil {
			err = errors.Join(err, next.Close(), d.discard())
		}
	}
	if err != nil {
		return fmt.Errorf("rewrite the file without what was erased: %w", classify(err))
	}
	// The new file is locked by us already, so nobody can come between.
	d.handle.Store(&handle{next})
	d.retired.Go(old.Close) // once its readers are done: a backup may take long
	return syncDir(d.path)
}

// copyTo fills a new file and makes it durable.
func (d *Driver) copyTo(next, old *bbolt.DB) error {
	if err := bbolt.Compact(next, old, rewriteTx); err != nil {
		return err
	}
	err := next.Update(func(tx *bbolt.Tx) error { return tx.Bucket(bucketMeta).Delete(keyRewrite) })
	if err != nil {
		return err
	}
	next.NoSync = d.noSync
	return next.Sync()
}
