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
	next, err := d.copied(old.DB)
	if err == nil {
		// The new file is locked by us already, and who waits for the old one's
		// lock opens again: see openFile.
		d.handle.Store(&handle{next})
		d.retired.Go(old.Close) // once its readers are done: a backup may take long
		d.unnamed = true
		err = d.syncName()
	}
	if err != nil {
		return fmt.Errorf("rewrite the file without what was erased: %w", classify(err))
	}
	return nil
}

// syncName makes sure that the name of a file that was rewritten is on the disk.
func (d *Driver) syncName() error {
	if !d.unnamed {
		return nil
	}
	if err := syncDir(d.path); err != nil {
		return err
	}
	d.unnamed = false
	return nil
}

// copied returns a new file with what is live in old, in the place of the old.
func (d *Driver) copied(old *bbolt.DB) (*bbolt.DB, error) {
	if err := d.discard(); err != nil {
		return nil, err
	}
	next, err := openFile(d.rewritten(), true)
	if err != nil {
		return nil, errors.Join(err, d.discard())
	}
	err = guard(func() error { return d.copyTo(next, old) })
	if err == nil {
		err = os.Rename(d.rewritten(), d.path)
	}
	if err != nil {
		return nil, errors.Join(err, next.Close(), d.discard())
	}
	return next, nil
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
	if d.noSync {
		return nil
	}
	next.NoSync = false
	return next.Sync()
}
