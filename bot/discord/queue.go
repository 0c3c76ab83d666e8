package discord

import "sync"

// queues runs what is done in one channel in its order, and what is done in
// different channels at the same time.
type queues struct {
	mu      sync.Mutex
	waiting map[string][]func() // by channel; there while one of them runs
	running sync.WaitGroup
	closed  bool
}

// put adds a task at the end of a channel's queue.
func (q *queues) put(channel string, task func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	if q.waiting == nil {
		q.waiting = map[string][]func(){}
	}
	list, busy := q.waiting[channel]
	q.waiting[channel] = append(list, task)
	if !busy {
		q.running.Go(func() { q.run(channel) })
	}
}

// aside runs a task beside the queues.
func (q *queues) aside(task func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		q.running.Go(task)
	}
}

// drain waits for what runs; what comes meanwhile is not taken.
func (q *queues) drain() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.running.Wait()
	q.mu.Lock()
	q.closed = false
	q.mu.Unlock()
}

func (q *queues) run(channel string) {
	for {
		q.mu.Lock()
		list := q.waiting[channel]
		if len(list) == 0 {
			delete(q.waiting, channel)
			q.mu.Unlock()
			return
		}
		task := list[0]
		q.waiting[channel] = list[1:]
		q.mu.Unlock()
		task()
	}
}
