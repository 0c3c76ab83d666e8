package local

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// beat is how often a stream with no news says that it is there, so that
// proxies keep it open: most close one after 30 to 60 s of silence.
const beat = 20 * time.Second

// A stream is one open page's: what it has been shown.
type stream struct {
	l      *Platform
	ch     *channel
	by     visitor
	json   bool
	w      io.Writer
	shown  uint64            // the last item of its channel
	others map[string]uint64 // the last item of the other channels
	opened uint64            // channels, as counted by the hub
}

// events streams what changes. The id of an event is the item's number in its
// channel, so that a page that was away asks for what it missed.
func (l *Platform) events(w http.ResponseWriter, r *http.Request) {
	ch, v, ok := l.find(w, r)
	if !ok {
		return
	}
	s := &stream{l: l, ch: ch, by: v, json: r.FormValue("as") == "json", w: w, others: map[string]uint64{}}
	after := r.Header.Get("Last-Event-ID")
	if after == "" {
		after = r.FormValue("after")
	}
	s.shown, _ = strconv.ParseUint(after, 10, 64) // what is no number is 0: everything
	rc := http.NewResponseController(w)
	_ = rc.SetWriteDeadline(time.Time{}) // the server's is for answers that end; a writer without one has none to lift
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	wake := l.hub.join()
	defer l.hub.leave(wake)
	s.opened = l.hub.openings()
	for _, c := range l.all() {
		s.others[c.ID] = l.last(c)
	}
	fmt.Fprint(w, "retry: 2000\n\n")
	ticks := time.NewTicker(beat)
	defer ticks.Stop()
	moved := l.incidents.Moved()
	for {
		if !s.news(r) || rc.Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case _, open := <-wake:
			if !open {
				return
			}
		case <-moved:
			moved = l.incidents.Moved()
			s.send("changed", 0, struct{}{})
		case <-ticks.C:
			fmt.Fprint(w, ": still here\n\n")
		}
	}
}

// last is the number of a channel's last item, if its conversation was read
// since the start; else 0: nothing has been said in it since.
func (l *Platform) last(ch *channel) uint64 {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	if ch.talk == nil {
		return 0
	}
	return ch.talk.last
}

// news sends what the page has not been shown. It returns false when its reader
// may not look any longer, or its channel cannot be read; the browser comes
// back and is told.
func (s *stream) news(r *http.Request) bool {
	l := s.l
	if !l.mayEnter(s.by.Person, s.ch) { // it has become private
		return false
	}
	if s.json {
		return s.items(r)
	}
	s.ch.mu.Lock()
	if err := l.load(r.Context(), s.ch); err != nil {
		s.ch.mu.Unlock()
		l.o.Log.Error("a stream could not be read", "channel", s.ch.ID, "error", err)
		return false
	}
	last := s.ch.talk.last
	var changed []*message
	if last > s.shown {
		for _, m := range s.ch.talk.since(s.shown) {
			changed = append(changed, m.copied())
		}
	}
	s.ch.mu.Unlock()
	for _, m := range changed {
		var b bytes.Buffer
		if err := templates.ExecuteTemplate(&b, "message", l.said(s.ch, s.by, m)); err != nil {
			l.o.Log.Error("a message could not be rendered", "key", m.Key, "error", err)
			return false
		}
		s.send("message", 0, map[string]any{"key": m.Key, "n": m.N, "html": b.String()})
	}
	if last > s.shown {
		s.shown = last
		s.send("shown", last, struct{}{})
	}
	s.elsewhere()
	return true
}

// items sends the items themselves, for programs.
func (s *stream) items(r *http.Request) bool {
	for {
		its, err := s.l.keep.Read(r.Context(), s.ch.ID, s.shown, 256)
		if err != nil {
			s.l.o.Log.Error("a stream could not be read", "channel", s.ch.ID, "error", err)
			return false
		}
		if len(its) == 0 {
			s.elsewhere()
			return true
		}
		shown, err := s.l.asShown(r.Context(), s.ch, its)
		if err != nil {
			s.l.o.Log.Error("a stream could not be read", "channel", s.ch.ID, "error", err)
			return false
		}
		for _, it := range shown {
			s.send("item", it.N, it)
			s.shown = it.N
		}
	}
}

// elsewhere says in which other channels something was said, of those that the
// page's reader may see.
func (s *stream) elsewhere() {
	if n := s.l.hub.openings(); n != s.opened {
		s.opened = n
		s.send("changed", 0, struct{}{})
	}
	for _, c := range s.l.all() {
		n := s.l.last(c)
		if c != s.ch && n > s.others[c.ID] && s.l.mayEnter(s.by.Person, c) {
			s.send("elsewhere", 0, map[string]string{"channel": c.ID})
		}
		s.others[c.ID] = n
	}
}

// send writes one event; n is its id, 0 for one that moves nothing on. A reader
// that is gone is noticed when the events are flushed.
func (s *stream) send(event string, n uint64, data any) {
	b, err := json.Marshal(data)
	if err != nil {
		s.l.o.Log.Error("an event could not be written", "event", event, "error", err)
		return
	}
	if n > 0 {
		fmt.Fprintf(s.w, "id: %d\n", n)
	}
	fmt.Fprintf(s.w, "event: %s\ndata: %s\n\n", event, b)
}
