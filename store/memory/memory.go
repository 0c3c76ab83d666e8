// Package memory is a driver that keeps the log in memory: for tests, for
// replays that leave no file, and as the plainest statement of what a driver
// does.
//
// It has every power of a single-process driver but for Backup: there is no file
// to copy, and Export does the same. Commits take one lock; reads share it.
package memory

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"sitrep/store"
)

// A Driver is a store.Driver in memory. It is made by [New].
type Driver struct {
	mu      sync.RWMutex
	closed  bool
	log     []store.Record      // Seq s is at s-1
	streams map[string][]uint64 // Seqs of a stream; N n is at n-1
	keys    map[string]uint64   // Seq of the first record of an append
	cursors map[string]store.Cursor
}

// New returns an empty driver.
func New() *Driver {
	return &Driver{
		streams: make(map[string][]uint64),
		keys:    make(map[string]uint64),
		cursors: make(map[string]store.Cursor),
	}
}

// enter refuses work on a closed driver or for a caller who has gone. It is
// called with the lock held.
func (d *Driver) enter(ctx context.Context) error {
	if d.closed {
		return store.ErrClosed
	}
	return ctx.Err()
}

// Append implements store.Driver.
func (d *Driver) Append(ctx context.Context, b store.Batch) ([]store.Record, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.enter(ctx); err != nil {
		return nil, err
	}
	if seen := d.seen(b.Key); len(seen) > 0 {
		return seen, nil
	}
	if b.After != store.Any && b.After != uint64(len(d.streams[b.Stream])) {
		return nil, store.ErrConflict
	}
	return d.commit(b)
}

// commit seals and keeps a batch, and returns copies of its own records.
func (d *Driver) commit(b store.Batch) ([]store.Record, error) {
	rs, err := b.Seal(d.head(), func(stream string) (uint64, error) { return uint64(len(d.streams[stream])), nil })
	if err != nil {
		return nil, err
	}
	d.keep(store.Clone(rs))
	for _, c := range b.Cursors {
		d.cursors[c.Name] = store.Cursor{Name: c.Name, Seq: c.Seq, State: bytes.Clone(c.State)}
	}
	return rs[len(rs)-len(b.Records):], nil
}

// keep puts sealed records behind the head.
func (d *Driver) keep(rs []store.Record) {
	for _, r := range rs {
		d.log = append(d.log, r)
		d.streams[r.Stream] = append(d.streams[r.Stream], r.Seq)
		if r.Key != "" {
			d.keys[r.Key] = r.Seq
		}
	}
}

func (d *Driver) head() store.Head {
	if len(d.log) == 0 {
		return store.Head{}
	}
	return d.log[len(d.log)-1].Head()
}

// Seen implements store.Driver.
func (d *Driver) Seen(ctx context.Context, key string) ([]store.Record, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if err := d.enter(ctx); err != nil {
		return nil, err
	}
	return d.seen(key), nil
}

func (d *Driver) seen(key string) []store.Record {
	first, ok := d.keys[key]
	if !ok {
		return nil
	}
	count := uint64(d.log[first-1].Count)
	return store.Clone(d.log[first-1 : first-1+count])
}

// Read implements store.Driver.
func (d *Driver) Read(ctx context.Context, stream string, after uint64, limit int) ([]store.Record, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if err := d.enter(ctx); err != nil {
		return nil, err
	}
	if limit <= 0 || limit > store.MaxRead {
		limit = store.MaxRead
	}
	if stream == "" {
		from := min(after, uint64(len(d.log)))
		rest := d.log[from:]
		return store.Clone(rest[:min(limit, len(rest))]), nil
	}
	seqs := d.streams[stream]
	seqs = seqs[min(after, uint64(len(seqs))):]
	var rs []store.Record
	for _, seq := range seqs[:min(limit, len(seqs))] {
		rs = append(rs, d.log[seq-1].Clone())
	}
	return rs, nil
}

// Head implements store.Header.
func (d *Driver) Head(ctx context.Context, stream string) (store.Head, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if err := d.enter(ctx); err != nil {
		return store.Head{}, err
	}
	if stream == "" {
		return d.head(), nil
	}
	seqs := d.streams[stream]
	if len(seqs) == 0 {
		return store.Head{}, nil
	}
	return d.log[seqs[len(seqs)-1]-1].Head(), nil
}

// Cursor implements store.Driver.
func (d *Driver) Cursor(ctx context.Context, name string) (uint64, []byte, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if err := d.enter(ctx); err != nil {
		return 0, nil, err
	}
	c := d.cursors[name]
	return c.Seq, bytes.Clone(c.State), nil
}

// SetCursor implements store.Driver.
func (d *Driver) SetCursor(ctx context.Context, name string, seq uint64, state []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.enter(ctx); err != nil {
		return err
	}
	d.cursors[name] = store.Cursor{Name: name, Seq: seq, State: bytes.Clone(state)}
	return nil
}

// Cursors implements store.Lister.
func (d *Driver) Cursors(ctx context.Context) ([]string, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if err := d.enter(ctx); err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(d.cursors)), nil
}

// Redact implements store.Redactor.
func (d *Driver) Redact(ctx context.Context, seqs []uint64, b store.Batch) ([]store.Record, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.enter(ctx); err != nil {
		return nil, err
	}
	if seen := d.seen(b.Key); len(seen) > 0 {
		return seen, nil
	}
	for _, seq := range seqs {
		if seq == 0 || seq > uint64(len(d.log)) {
			return nil, fmt.Errorf("%w: there is no record %d", store.ErrInvalid, seq)
		}
	}
	rs, err := d.commit(b)
	if err != nil {
		return nil, err
	}
	for _, seq := range seqs {
		r := &d.log[seq-1]
		clear(r.Data)
		clear(r.Salt)
		r.Data, r.Salt, r.Redacted = nil, nil, true
	}
	return rs, nil
}

// Load implements store.Loader.
func (d *Driver) Load(ctx context.Context, head store.Head, rs []store.Record) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.enter(ctx); err != nil {
		return err
	}
	if now := d.head(); now.Seq != head.Seq || now.Sum != head.Sum {
		return store.ErrConflict
	}
	d.keep(store.Clone(rs))
	return nil
}

// Compact implements store.Compacter: erased bytes are overwritten at once, and
// what was replaced is the garbage collector's.
func (d *Driver) Compact(ctx context.Context) error {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.enter(ctx)
}

// Check implements store.Checker: every index entry leads to its record.
func (d *Driver) Check(ctx context.Context) error {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if err := d.enter(ctx); err != nil {
		return err
	}
	indexed := 0
	for stream, seqs := range d.streams {
		for i, seq := range seqs {
			if r := d.log[seq-1]; r.Stream != stream || r.N != uint64(i)+1 {
				return fmt.Errorf("%w: %s %d leads to record %d", store.ErrDamaged, stream, i+1, seq)
			}
			indexed++
		}
	}
	if indexed != len(d.log) {
		return fmt.Errorf("%w: %d records, %d in streams", store.ErrDamaged, len(d.log), indexed)
	}
	for key, seq := range d.keys {
		if d.log[seq-1].Key != key {
			return fmt.Errorf("%w: key %s leads to record %d", store.ErrDamaged, key, seq)
		}
	}
	return nil
}

// Close implements store.Driver. The records are gone with it.
func (d *Driver) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	d.log, d.streams, d.keys, d.cursors = nil, nil, nil, nil
	return nil
}

var _ interface {
	store.Driver
	store.Header
	store.Lister
	store.Redactor
	store.Loader
	store.Compacter
	store.Checker
} = (*Driver)(nil)
