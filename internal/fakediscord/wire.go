package fakediscord

import (
	"context"
	"net"
	"net/http"
	"sync"

	"github.com/gorilla/websocket"
)

// address is what the fake is called; nothing resolves it.
const address = "fake-discord"

// A wire is a listener whose connections are pipes in memory: a goroutine that
// waits on one is durably blocked for testing/synctest, and no port is taken.
type wire struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newWire() *wire { return &wire{conns: make(chan net.Conn), closed: make(chan struct{})} }

// Accept waits for the next connection.
func (w *wire) Accept() (net.Conn, error) {
	select {
	case c := <-w.conns:
		return c, nil
	case <-w.closed:
		return nil, net.ErrClosed
	}
}

// Close ends the listener; connections that were made stay.
func (w *wire) Close() error {
	w.once.Do(func() { close(w.closed) })
	return nil
}

// Addr is where it listens: nowhere.
func (w *wire) Addr() net.Addr { return &net.UnixAddr{Name: address, Net: "pipe"} }

// dial makes a connection to it.
func (w *wire) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case w.conns <- far:
		return near, nil
	case <-w.closed:
		return nil, &net.OpError{Op: "dial", Net: "pipe", Err: net.ErrClosed}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Transport sends requests for discord.com to the fake.
func (s *Server) Transport() http.RoundTripper {
	return transport{&http.Transport{DialContext: s.wire.dial}}
}

// Dialer opens the gateway of the fake.
func (s *Server) Dialer() *websocket.Dialer {
	return &websocket.Dialer{NetDialContext: s.wire.dial}
}

type transport struct{ next http.RoundTripper }

// RoundTrip sends a request to the fake, whatever host it names.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	c := r.Clone(r.Context())
	c.URL.Scheme, c.URL.Host, c.Host = "http", address, ""
	return t.next.RoundTrip(c)
}
