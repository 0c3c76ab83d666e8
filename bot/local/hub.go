package local

import "sync"

// A hub wakes every open page when there may be something to show. It carries
// no news itself: a page reads what it has not shown yet, so one that is slow
// holds nobody up and misses nothing.
type hub struct {
	mu     sync.Mutex
	pages  map[chan struct{}]bool
	ended  bool
	topics uint64 // counts what is no item: a channel was opened
}

// join returns a channel that gets a value whenever something has happened
// since the last one was taken. It is closed when the room closes.
func (h *hub) join() chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := make(chan struct{}, 1)
	if h.ended {
		close(c)
		return c
	}
	if h.pages == nil {
		h.pages = map[chan struct{}]bool{}
	}
	h.pages[c] = true
	return c
}

func (h *hub) leave(c chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.pages, c)
}

// wake tells every page to look.
func (h *hub) wake() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.pages {
		select {
		case c <- struct{}{}:
		default: // it has been told and has not looked yet
		}
	}
}

// opened tells every page that there is a new channel.
func (h *hub) opened() {
	h.mu.Lock()
	h.topics++
	h.mu.Unlock()
	h.wake()
}

// openings counts the channels that were opened since the start.
func (h *hub) openings() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.topics
}

// end sends every page away, so that a server can stop; begin lets them in.
func (h *hub) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = true
	for c := range h.pages {
		close(c)
		delete(h.pages, c)
	}
}

func (h *hub) begin() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = false
}
