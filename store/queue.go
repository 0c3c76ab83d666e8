package store

import "context"

// A queue lets one caller at a time through, in no promised order.
type queue struct {
	turn chan struct{} // holds a token while someone is through
	in   int           // callers waiting or through; guarded by Log.mu
}

// enter waits for the caller's turn in the queue called name, and returns how to
// leave it.
func (l *Log) enter(ctx context.Context, name string) (leave func(), err error) {
	l.mu.Lock()
	q := l.queues[name]
	if q == nil {
		q = &queue{turn: make(chan struct{}, 1)}
		l.queues[name] = q
	}
	q.in++
	l.mu.Unlock()

	gone := func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if q.in--; q.in == 0 {
			delete(l.queues, name)
		}
	}
	select {
	case q.turn <- struct{}{}:
		return func() { <-q.turn; gone() }, nil
	case <-ctx.Done():
		gone()
		return nil, ctx.Err()
	}
}
