package fakeslack

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/gorilla/websocket"
)

// Limits of Socket Mode: connections of one app, and the size from which an
// acknowledgement is ignored without a word (docs.slack.dev, slack-go).
const (
	maxConns = 10
	maxAck   = 20_000
)

// conn is one socket of the app.
type conn struct {
	f      *Fake
	ws     *websocket.Conn
	queue  []json.RawMessage
	wake   chan struct{} // holds one: there is something in queue
	gone   chan struct{} // closed when the socket is to end
	sent   map[string]*Delivery
	closed bool
}

func connectionsOpen(f *Fake, _ call) (obj, *refusal) {
	ticket := f.envelopeID()
	f.tickets[ticket] = true
	return obj{"url": "ws://" + f.host + "/link/?ticket=" + ticket + "&app_id=" + f.appID()}, nil
}

// Dialer makes the dialer of an in-process socket, for socketmode.OptionDialer.
// Its connections are pipes in memory, on which a goroutine that waits is durably
// blocked for testing/synctest.
func (f *Fake) Dialer() *websocket.Dialer {
	return &websocket.Dialer{NetDialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		near, far := net.Pipe()
		go f.accept(far)
		return near, nil
	}}
}

// accept answers the one request that opens a socket over a pipe.
func (f *Fake) accept(c net.Conn) {
	r := bufio.NewReader(c)
	req, err := http.ReadRequest(r)
	if err != nil {
		_ = c.Close() // who dialled has gone
		return
	}
	w := &piped{conn: c, rw: bufio.NewReadWriter(r, bufio.NewWriter(c)), header: http.Header{}}
	f.serveSocket(w, req)
	if !w.hijacked {
		_ = c.Close()
	}
}

// piped is the writer of an answer over a pipe.
type piped struct {
	conn     net.Conn
	rw       *bufio.ReadWriter
	header   http.Header
	hijacked bool
}

func (p *piped) Header() http.Header { return p.header }

func (p *piped) Write(b []byte) (int, error) { return p.conn.Write(b) }

func (p *piped) WriteHeader(status int) {
	_, _ = fmt.Fprintf(p.conn, "HTTP/1.1 %d %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status, http.StatusText(status))
}

func (p *piped) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	p.hijacked = true
	return p.conn, p.rw, nil
}

// serveSocket opens a socket for a ticket, which serves once.
func (f *Fake) serveSocket(w http.ResponseWriter, r *http.Request) {
	ticket := r.URL.Query().Get("ticket")
	f.mu.Lock()
	good := f.tickets[ticket] && !f.trouble.out && !f.revoked && !f.isClosed()
	delete(f.tickets, ticket)
	f.mu.Unlock()
	if !good {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	c := &conn{f: f, ws: ws, wake: make(chan struct{}, 1), gone: make(chan struct{}), sent: map[string]*Delivery{}}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.trouble.out || f.revoked || f.isClosed() { // meanwhile
		_ = ws.Close() // as a broken connection ends
		return
	}
	f.conns = append(f.conns, c)
	c.put(raw(obj{"type": "hello", "num_connections": len(f.conns), "connection_info": obj{"app_id": f.appID()},
		"debug_info": obj{"host": "fake", "started": time.Now().UTC().Format("2006-01-02 15:04:05.000"), "build_number": 1, "approximate_connection_time": 3600}}))
	if len(f.conns) > maxConns {
		c.put(disconnect("too_many_websockets"))
	}
	f.running.Go(c.write)
	f.running.Go(c.read)
}

// put queues a frame.
func (c *conn) put(frame json.RawMessage) {
	c.queue = append(c.queue, frame)
	c.nudge()
}

// nudge makes the writer look at the queue.
func (c *conn) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// drop ends the socket without a word. What was sent over it and not answered is
// as good as not delivered.
func (c *conn) drop() {
	if c.closed {
		return
	}
	c.closed = true
	close(c.gone)
	for _, d := range c.sent {
		if c.f.pending[d.envelope] == d && c.sent[d.envelope] == d {
			c.f.missed(d, "connection_failed")
		}
	}
}

// write sends what is queued, and pings in between.
func (c *conn) write() {
	defer c.ws.Close()
	ping := time.NewTicker(c.f.opt.Ping)
	defer ping.Stop()
	for {
		c.f.mu.Lock()
		frozen := c.f.trouble.frozen
		var queue []json.RawMessage
		if !frozen {
			queue, c.queue = c.queue, nil
		}
		c.f.mu.Unlock()
		for _, frame := range queue {
			if c.ws.WriteMessage(websocket.TextMessage, frame) != nil {
				return // the reader sees it too, and clears up
			}
		}
		select {
		case <-c.wake:
		case <-ping.C:
			if !frozen && c.ws.WriteControl(websocket.PingMessage, []byte("Ping from fake"), time.Now().Add(10*time.Second)) != nil {
				return
			}
		case <-c.gone:
			return
		}
	}
}

// read takes acknowledgements until the socket ends.
func (c *conn) read() {
	defer c.leave()
	for {
		_, frame, err := c.ws.ReadMessage()
		if err != nil {
			return
		}
		var ack struct {
			Envelope string          `json:"envelope_id"`
			Payload  json.RawMessage `json:"payload"`
		}
		if len(frame) >= maxAck || json.Unmarshal(frame, &ack) != nil {
			continue // Slack takes no notice either
		}
		c.f.mu.Lock()
		if !c.f.trouble.out {
			c.f.acknowledged(ack.Envelope, ack.Payload)
		}
		delete(c.sent, ack.Envelope)
		c.f.mu.Unlock()
	}
}

// leave takes the socket out of those that are delivered to.
func (c *conn) leave() {
	c.f.mu.Lock()
	defer c.f.mu.Unlock()
	for i, other := range c.f.conns {
		if other == c {
			c.f.conns = append(c.f.conns[:i:i], c.f.conns[i+1:]...)
			break
		}
	}
	c.drop()
}

// push sends a delivery over one of the sockets, in turn; without one it is not
// delivered.
func (f *Fake) push(d *Delivery) {
	if len(f.conns) == 0 {
		f.missed(d, "connection_failed")
		return
	}
	f.turn++
	c := f.conns[f.turn%len(f.conns)]
	c.sent[d.envelope] = d
	env := obj{"envelope_id": d.envelope, "type": d.Kind, "accepts_response_payload": d.accepts, "payload": d.payload}
	if d.attempt > 0 {
		env["retry_attempt"], env["retry_reason"] = d.attempt, d.reason
	} else if d.Kind == "events_api" {
		env["retry_attempt"], env["retry_reason"] = 0, ""
	}
	c.put(raw(env))
}

func disconnect(reason string) json.RawMessage {
	return raw(obj{"type": "disconnect", "reason": reason, "debug_info": obj{"host": "fake"}})
}

// Disconnect asks every socket to be opened again: reason is warning,
// refresh_requested, too_many_websockets or link_disabled. Nothing more is sent
// over them.
func (f *Fake) Disconnect(reason string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.conns {
		c.put(disconnect(reason))
	}
	if reason != "warning" {
		f.conns = nil
		return
	}
	warned := slices.Clone(f.conns) // they live on for ten seconds
	time.AfterFunc(10*time.Second, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, c := range warned {
			c.drop()
		}
	})
}

// Cut ends every socket without a word, as a lost network does.
func (f *Fake) Cut() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.conns {
		c.drop()
	}
	f.conns = nil
}

// Sockets is the number of sockets that are open.
func (f *Fake) Sockets() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.conns)
}

// Raw delivers a frame of the test's own making over a socket: one that the
// app's library cannot parse, for instance. The payload's envelope is the fake's.
func (f *Fake) Raw(kind string, payload any) *Delivery {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.deliver(&Delivery{Kind: kind, Type: "raw"}, raw(payload))
}
