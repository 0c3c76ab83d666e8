package bot

import "sync"

// Turns runs what is done in one channel in its order, and what is done in
// different channels at the same time: what every adapter promises. The zero
// value is ready for use, from any goroutine.
type Turns struct {
	mu      sync.Mutex
	waiting map[string][]func() // by channel; there while one of them runs
	running sync.WaitGroup
	closed  bool
}

// Put adds a task at the end of a channel's queue. It does not wait. After Drain
// has begun nothing is taken.
func (t *Turns) Put(channel string, task func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	if t.waiting == nil {
		t.waiting = map[string][]func(){}
	}
	list, busy := t.waiting[channel]
	t.waiting[channel] = append(list, task)
	if !busy {
		t.running.Go(func() { t.run(channel) })
	}
}

// Aside runs a task beside the queues.
func (t *Turns) Aside(task func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed {
		t.running.Go(task)
	}
}

// Drain waits for what was put; what comes meanwhile is not taken.
func (t *Turns) Drain() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.running.Wait()
	t.mu.Lock()
	t.closed = false
	t.mu.Unlock()
}

func (t *Turns) run(channel string) {
	for {
		t.mu.Lock()
		list := t.waiting[channel]
		if len(list) == 0 {
			delete(t.waiting, channel)
			t.mu.Unlock()
			return
		}
		task := list[0]
		t.waiting[channel] = list[1:]
		t.mu.Unlock()
		task()
	}
}
