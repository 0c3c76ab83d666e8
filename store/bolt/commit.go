package bolt

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"go.etcd.io/bbolt"

	"sitrep/store"
)

// Limits of one transaction. Past them nothing is gained by sharing a sync.
const (
	maxRequests = 1024
	maxBytes    = 16 << 20
)

// A request is one thing to be committed.
type request struct {
	apply   func(t *txn) error // may run more than once, each time from the start
	size    int                // about how many bytes it writes
	rewrite bool               // rewrite the file after the commit

	done chan struct{} // closed when err stands
	err  error
}

// do hands a request to the committer and waits for its outcome. A ctx that ends
// before the committer has taken it leaves nothing written; afterwards the
// outcome is waited for, so that the answer is always true.
func (d *Driver) do(ctx context.Context, r *request) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.done = make(chan struct{})
	select {
	case d.queue <- r:
		<-r.done
		return r.err
	case <-d.quit:
		return store.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *request) answer(err error) {
	r.err = err
	close(r.done)
}

// commitAll is the committer: the one goroutine that writes.
func (d *Driver) commitAll() {
	defer close(d.stopped)
	for {
		select {
		case <-d.quit:
			return
		case r := <-d.queue:
			d.commit(d.gather(r))
		}
	}
}

// gather takes what else is waiting. Those who were just answered are let run
// first: they are the ones who come back with more.
func (d *Driver) gather(first *request) []*request {
	batch, size := []*request{first}, first.size
	for yielded := false; len(batch) < maxRequests && size < maxBytes; {
		select {
		case r := <-d.queue:
			batch, size = append(batch, r), size+r.size
		default:
			if yielded {
				return batch
			}
			yielded = true
			runtime.Gosched()
		}
	}
	return batch
}

// commit makes one transaction of a batch and answers everyone in it.
func (d *Driver) commit(batch []*request) {
	outcomes, err := d.transact(batch)
	switch {
	case err == nil:
		for i, r := range batch {
			if outcomes[i] == nil && r.rewrite {
				outcomes[i] = d.rewrite()
			}
			r.answer(outcomes[i])
		}
	case errors.Is(err, store.ErrUnknown) || len(batch) == 1:
		for _, r := range batch {
			r.answer(err)
		}
	default: // what one could not do must not fail the others
		for _, r := range batch {
			d.commit([]*request{r})
		}
	}
}

// errNothing ends a transaction in which everyone was refused or repeated.
var errNothing = errors.New("nothing to commit")

// transact applies a batch in one transaction. It returns the outcome of each
// request, or the error for which none of them is in the file; ErrUnknown if
// that cannot be said.
func (d *Driver) transact(batch []*request) (outcomes []error, err error) {
	h := d.handle.Load()
	if h == nil { // settle could not open it, so what it has last is not sure
		if _, err := d.open(); err != nil {
			return nil, fmt.Errorf("open the log again: %w", err)
		}
		h = d.handle.Load()
	}
	if err := d.syncName(); err != nil {
		return nil, classify(err)
	}
	outcomes = make([]error, len(batch))
	var id int // of the transaction, once its commit has begun; else 0
	var t *txn
	err = guard(func() error {
		return h.Update(func(tx *bbolt.Tx) (err error) {
			if t, err = d.newTxn(tx); err != nil {
				return err
			}
			for i, r := range batch {
				before := t.writes
				outcomes[i] = r.apply(t)
				if outcomes[i] != nil && t.writes != before {
					return outcomes[i] // half applied: this transaction is spoilt
				}
			}
			if t.writes == 0 && !d.unsure {
				return errNothing
			}
			if t.tail.count+t.added.count >= d.indexEvery {
				if err := t.writeIndex(); err != nil {
					return err
				}
			}
			id = tx.ID()
			return nil
		})
	})
	switch {
	case err == errNothing:
		return outcomes, nil
	case err == nil:
		d.unsure = false
		d.grown(t)
		d.durable.Store(t.head.Seq)
		return outcomes, nil
	case id == 0:
		return nil, classify(err)
	}
	there, unknown := d.settle(id)
	switch {
	case unknown != nil:
		return nil, fmt.Errorf("%w: %w; %w", store.ErrUnknown, classify(err), unknown)
	case !there:
		return nil, classify(err)
	}
	return outcomes, nil
}

// settle finds out what became of the transaction id, whose commit returned an
// error. If it is in the file, it is made durable by one more on top of it. An
// error means that it could not be found out, or not be made durable.
func (d *Driver) settle(id int) (there bool, err error) {
	d.unsure = true
	closed := d.shut()
	head, err := d.open()
	if err != nil {
		return false, errors.Join(closed, err)
	}
	h := d.handle.Load()
	err = guard(func() error {
		return h.View(func(tx *bbolt.Tx) error { there = tx.ID() >= id; return nil })
	})
	if err != nil {
		return false, err
	}
	if there {
		err = guard(func() error { return h.Update(func(*bbolt.Tx) error { return nil }) })
		if err != nil {
			return false, err
		}
	}
	d.unsure = false
	d.durable.Store(head.Seq)
	return there, nil
}

// wait returns once the committer has seen to a request that does nothing: after
// a failure that means it has tried to open the file again.
func (d *Driver) wait(ctx context.Context) error {
	return d.do(ctx, &request{apply: func(*txn) error { return nil }})
}
