package bot

import "sync"

// Turns runs what is done in one channel in its order, and what is done in
// different channels at the same time: what every adapter promises. The zero
// value is ready for use, from any goroutine.
type Turns struct {
	mu      sync.Mutex
	waiting map[string][]func() // by channel; there while one of them runs
	running int
	closed  bool
	ended   chan struct{} // closed when nothing runs any more; nil before Drain
}

// Put adds a task at the end of a channel's queue. It does not wait. After Drain
// has begun nothing is taken, which it then says.
func (t *Turns) Put(channel string, task func()) (taken bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return false
	}
	if t.waiting == nil {
		t.waiting = map[string][]func(){}
	}
	list, busy := t.waiting[channel]
	t.waiting[channel] = append(list, task)
	if !busy {
		t.begin(func() { t.run(channel) })
	}
	return true
}

// Aside runs a task beside the queues. After Drain has begun it is taken only
// while something else still runs: the answer to what was put before.
func (t *Turns) Aside(task func()) (taken bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed && t.running == 0 {
		return false
	}
	t.begin(task)
	return true
}

// begin runs a task; t.mu is held.
func (t *Turns) begin(task func()) {
	t.running++
	go func() {
		defer t.end()
		task()
	}()
}

func (t *Turns) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.running--; t.running == 0 && t.ended != nil {
		close(t.ended)
		t.ended = nil
	}
}

// Drain waits for what was put, and for what that began; what else comes
// meanwhile is not taken.
func (t *Turns) Drain() {
	t.mu.Lock()
	t.closed = true
	ended := make(chan struct{})
	if t.running == 0 {
		close(ended)
	} else {
		t.ended = ended
	}
	t.mu.Unlock()
	<-ended
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
