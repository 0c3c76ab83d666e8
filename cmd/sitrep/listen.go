package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"
)

// The limits of both servers. Readers come in millions exactly when things are
// broken: none may hold a connection for nothing.
const (
	readHeader = 5 * time.Second
	readAll    = 30 * time.Second
	writeAll   = time.Minute // an answer; a live stream lifts it for itself
	idle       = 15 * time.Second
	maxHeader  = 64 << 10
	shutdown   = 5 * time.Second // half of what SIGTERM is given, so that the log is closed in time
)

// listen listens on an address. Where it is taken and free is set, another port
// is chosen, and moved says so.
func listen(address string, free bool) (l net.Listener, moved bool, err error) {
	l, err = net.Listen("tcp", address)
	if err == nil || !free || !errors.Is(err, syscall.EADDRINUSE) {
		if err != nil {
			err = fmt.Errorf("listen on %s: %w", address, err)
		}
		return l, false, err
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, false, fmt.Errorf("listen on %s: %w", address, err)
	}
	if l, err = net.Listen("tcp", net.JoinHostPort(host, "0")); err != nil {
		return nil, false, fmt.Errorf("listen on %s: %w", address, err)
	}
	return l, true, nil
}

// address is a listener's URL, as people open it.
func address(l net.Listener) string { return "http://" + l.Addr().String() }

// serve serves a handler until ctx is done, then lets what is under way finish.
// A live connection (the room's events) ends with its request's context.
func serve(ctx context.Context, l net.Listener, h http.Handler, lg *slog.Logger) error {
	live, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: readHeader, ReadTimeout: readAll, WriteTimeout: writeAll, IdleTimeout: idle, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(lg.Handler(), slog.LevelDebug), BaseContext: func(net.Listener) context.Context { return live },
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	end()
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdown)
	defer cancel()
	err := srv.Shutdown(late)
	if errors.Is(err, context.DeadlineExceeded) {
		err = srv.Close()
	}
	if e := <-served; !errors.Is(e, http.ErrServerClosed) {
		err = errors.Join(err, e)
	}
	return err
}
