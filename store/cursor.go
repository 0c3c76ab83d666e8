package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// maxDefer is how long a deferred cursor waits for a commit to go along with.
const maxDefer = time.Second

// Cursor returns a follower's cursor: the Seq it has come to and what it keeps.
// It is 0 and nil if never set.
func (l *Log) Cursor(ctx context.Context, name string) (seq uint64, state []byte, err error) {
	if c, ok := l.cursors.waiting(name); ok {
		return c.Seq, bytes.Clone(c.State), nil
	}
	seq, state, err = l.driver.Cursor(ctx, name)
	if err != nil {
		return 0, nil, fmt.Errorf("cursor of %s: %w", name, err)
	}
	return seq, state, nil
}

// SetCursor saves a follower's cursor durably before it returns: for followers
// with effects.
func (l *Log) SetCursor(ctx context.Context, name string, seq uint64, state []byte) error {
	if err := checkCursor(name); err != nil {
		return err
	}
	return l.cursors.save(ctx, name, &Cursor{Name: name, Seq: seq, State: bytes.Clone(state)})
}

// DeferCursor saves a follower's cursor with the next commit, or after a second,
// or at Close: for projections, which a crash may safely take back a little. A
// later cursor of the same name replaces it.
func (l *Log) DeferCursor(ctx context.Context, name string, seq uint64, state []byte) error {
	if err := checkCursor(name); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return l.cursors.delay(Cursor{Name: name, Seq: seq, State: bytes.Clone(state)})
}

// Cursors returns the names of all saved cursors, sorted.
func (l *Log) Cursors(ctx context.Context) ([]string, error) {
	d, ok := l.driver.(Lister)
	if !ok {
		return nil, fmt.Errorf("list cursors: %w", errors.ErrUnsupported)
	}
	names, err := d.Cursors(ctx)
	if err != nil {
		return nil, fmt.Errorf("list cursors: %w", err)
	}
	return names, nil
}

// allCursors returns all cursors, sorted by name.
func (l *Log) allCursors(ctx context.Context) ([]Cursor, error) {
	if err := l.cursors.flush(ctx); err != nil {
		return nil, err
	}
	names, err := l.Cursors(ctx)
	if err != nil {
		return nil, err
	}
	cs := make([]Cursor, len(names))
	for i, name := range names {
		seq, state, err := l.Cursor(ctx, name)
		if err != nil {
			return nil, err
		}
		cs[i] = Cursor{Name: name, Seq: seq, State: state}
	}
	return cs, nil
}

func checkCursor(name string) error {
	if name == "" {
		return fmt.Errorf("%w: a cursor needs a name", ErrInvalid)
	}
	return checkText("cursor", name, MaxName)
}

// cursors holds what was deferred. A cursor is pending until a commit takes it,
// then flying until the commit is done; a name flies once at a time, so an older
// value can never land on a newer one.
type cursors struct {
	driver Driver

	mu      sync.Mutex
	pending map[string]Cursor
	flying  map[string]*flight
	timer   *time.Timer // runs while something is pending
	closed  bool
}

// A flight is one commit that carries cursors.
type flight struct {
	of   *cursors
	list map[string]Cursor
	land chan struct{} // closed when it is over
}

func (c *cursors) init(d Driver) {
	c.driver = d
	c.pending = make(map[string]Cursor)
	c.flying = make(map[string]*flight)
}

// waiting returns a cursor that the driver may not have yet.
func (c *cursors) waiting(name string) (Cursor, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v, ok := c.pending[name]; ok {
		return v, true
	}
	if f := c.flying[name]; f != nil {
		return f.list[name], true
	}
	return Cursor{}, false
}

// delay makes a cursor pending.
func (c *cursors) delay(v Cursor) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return ErrClosed
	}
	c.pending[v.Name] = v
	c.arm()
	return nil
}

// arm starts the timer if something is pending. It is called with mu held.
func (c *cursors) arm() {
	if c.timer == nil && len(c.pending) > 0 && !c.closed {
		c.timer = time.AfterFunc(maxDefer, c.tick)
	}
}

// tick writes what is pending. What cannot be written stays pending and is tried
// again: nobody waits for it, a crash loses nothing by it, and whoever commands
// something meanwhile is told what is wrong with the disk.
func (c *cursors) tick() {
	c.mu.Lock()
	c.timer = nil
	c.mu.Unlock()
	if err := c.flush(context.Background()); err != nil {
		c.mu.Lock()
		c.arm()
		c.mu.Unlock()
	}
}

// take lifts all pending cursors off, for a commit that is about to be made.
func (c *cursors) take() *flight {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.pending) == 0 {
		return nil
	}
	f := &flight{of: c, list: make(map[string]Cursor), land: make(chan struct{})}
	for name, v := range c.pending {
		if c.flying[name] == nil {
			f.list[name] = v
			c.flying[name] = f
			delete(c.pending, name)
		}
	}
	return f
}

func (f *flight) cursors() []Cursor {
	if f == nil {
		return nil
	}
	out := make([]Cursor, 0, len(f.list))
	for _, v := range f.list {
		out = append(out, v)
	}
	return out
}

// done ends a flight. What was not saved is pending again, unless something
// newer is.
func (f *flight) done(saved bool) {
	if f == nil {
		return
	}
	c := f.of
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, v := range f.list {
		delete(c.flying, name)
		if _, newer := c.pending[name]; !saved && !newer {
			c.pending[name] = v
		}
	}
	c.arm()
	close(f.land)
}

// save writes one cursor now: v, in place of a pending one, or else the pending
// one of that name. It waits for a commit that carries the name already.
func (c *cursors) save(ctx context.Context, name string, v *Cursor) error {
	f := &flight{of: c, list: make(map[string]Cursor, 1), land: make(chan struct{})}
	for {
		c.mu.Lock()
		before := c.flying[name]
		if before == nil {
			break
		}
		c.mu.Unlock()
		select {
		case <-before.land:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	deferred, ok := c.pending[name]
	switch {
	case v == nil && !ok:
		c.mu.Unlock()
		return nil
	case v == nil:
		f.list[name] = deferred
	default:
		f.list[name] = *v
	}
	delete(c.pending, name)
	c.flying[name] = f
	c.mu.Unlock()

	out := f.list[name]
	err := c.driver.SetCursor(ctx, name, out.Seq, out.State)
	f.done(err == nil || v != nil) // who set it hears of the error, and decides
	if err != nil {
		return fmt.Errorf("save cursor of %s: %w", name, err)
	}
	return nil
}

// flush saves everything that is pending: at once, so that a driver can make one
// commit of it.
func (c *cursors) flush(ctx context.Context) error {
	c.mu.Lock()
	names := slices.Sorted(maps.Keys(c.pending))
	c.mu.Unlock()
	errs := make([]error, len(names))
	var wg sync.WaitGroup
	for i, name := range names {
		wg.Go(func() { errs[i] = c.save(ctx, name, nil) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// close flushes, and takes no more.
func (c *cursors) close() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil
	}
	c.closed = true
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
	c.mu.Unlock()
	return c.flush(context.Background())
}
