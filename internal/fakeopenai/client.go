package fakeopenai

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
)

// Client returns a client whose every request, whatever its host, is answered by
// the Server, in process.
func (s *Server) Client() *http.Client { return &http.Client{Transport: inProcess{s}} }

type inProcess struct{ h http.Handler }

// errReset is a connection that broke.
var errReset = errors.New("read: connection reset by peer")

// RoundTrip runs the handler, whose answer can be read while it is written.
func (t inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	var body []byte
	if r.Body != nil {
		b, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil {
			cancel()
			return nil, err
		}
		body = b
	}
	in := r.Clone(ctx)
	in.Body = io.NopCloser(bytes.NewReader(body))
	pr, pw := io.Pipe()
	w := &answer{header: http.Header{}, body: pw, began: make(chan struct{})}
	go func() {
		err := io.EOF
		defer func() {
			if recover() != nil { // the handler aborted
				err = errReset
			}
			w.finish(err)
		}()
		t.h.ServeHTTP(w, in)
	}()
	context.AfterFunc(ctx, func() { pr.CloseWithError(context.Cause(ctx)) })
	select {
	case <-w.began:
	case <-ctx.Done():
		cancel()
		return nil, r.Context().Err()
	}
	if w.status == 0 {
		cancel()
		return nil, errReset
	}
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: &reading{pr, cancel}, ContentLength: -1, Request: r,
	}, nil
}

// reading is an answer's body; closing it ends the handler.
type reading struct {
	*io.PipeReader
	cancel context.CancelFunc
}

func (b *reading) Close() error {
	b.cancel()
	return b.PipeReader.Close()
}

// answer is what a handler writes to.
type answer struct {
	header, sent http.Header
	body         *io.PipeWriter
	once         sync.Once
	began        chan struct{}
	status       int // 0 until the head is sent
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	a.once.Do(func() {
		a.status, a.sent = status, a.header.Clone()
		close(a.began)
	})
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

// Flush does nothing: what is written is there at once.
func (a *answer) Flush() {}

// finish ends the answer. One that broke before its head has none.
func (a *answer) finish(err error) {
	if err == io.EOF {
		a.WriteHeader(http.StatusOK)
	} else {
		a.once.Do(func() { close(a.began) })
	}
	a.body.CloseWithError(err)
}
