package local

import "sync"

// An event tells browsers that something is to be shown anew.
type event struct {
	kind    string // "item" or "changed"
	channel string
	key     string
	n       uint64
}

// backlog is how many events a slow browser may be behind before it is told to
// fetch everything anew.
const backlog = 64

// A hub tells every open page what has changed. A page that does not keep up
// misses events and is told so; it never holds anybody up.
type hub struct {
	mu    sync.Mutex
	pages map[chan event]bool
}

func (h *hub) join() chan event {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.pages == nil {
		h.pages = map[chan event]bool{}
	}
	c := make(chan event, backlog)
	h.pages[c] = true
	return c
}

func (h *hub) leave(c chan event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.pages, c)
}

func (h *hub) send(e event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.pages {
		select {
		case c <- e:
		default: // it is far behind: the page asks for what it missed when it reads on
		}
	}
}
