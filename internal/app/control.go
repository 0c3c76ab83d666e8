package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sitrep/incident"
	"sitrep/store"
)

// A Holder says who has a log's file open: what stands in its lock file.
type Holder struct {
	PID     int       `json:"pid"`
	Started time.Time `json:"started"`
	Command string    `json:"command"` // "sitrep serve"
	Page    string    `json:"page,omitempty"`
	Room    string    `json:"room,omitempty"`
	Socket  string    `json:"socket"` // a local socket for the command line
}

// LockPath is where the holder of a log's file is written down.
func LockPath(db string) string { return db + ".lock" }

// ReadHolder returns who has a log's file open; ok is false if nobody says so.
func ReadHolder(db string) (h Holder, ok bool) {
	b, err := os.ReadFile(LockPath(db))
	if err != nil || json.Unmarshal(b, &h) != nil {
		return Holder{}, false
	}
	return h, h.PID != 0
}

// String says in words who it is.
func (h Holder) String() string {
	s := fmt.Sprintf("%s (process %d, since %s)", h.Command, h.PID, h.Started.Format("2006-01-02 15:04:05 MST"))
	if h.Room != "" {
		s += ", whose room is at " + h.Room
	}
	return s
}

// Control lets the command line work on a log while this process has it open:
// it writes the lock file and serves the local socket until close is called.
// Only the same user can use either.
func (a *App) Control(db string, h Holder) (release func() error, err error) {
	h.Socket = socketPath(db)
	if err := os.Remove(h.Socket); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("remove the old socket: %w", err)
	}
	l, err := net.Listen("unix", h.Socket)
	if err != nil {
		return nil, fmt.Errorf("open the local socket: %w", err)
	}
	if err := os.Chmod(h.Socket, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("guard the local socket: %w", err), l.Close())
	}
	b, err := json.Marshal(h)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	if err := os.WriteFile(LockPath(db), append(b, '\n'), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("write the lock file: %w", err), l.Close())
	}
	srv := &http.Server{Handler: a.controls(), ReadHeaderTimeout: 5 * time.Second}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	return func() error {
		err := srv.Close()
		if e := <-served; !errors.Is(e, http.ErrServerClosed) {
			err = errors.Join(err, e)
		}
		return errors.Join(err, os.Remove(LockPath(db)))
	}, nil
}

// longestSocket is the longest path that a local socket can have: sun_path of
// unix(7) has 108 bytes with its zero on Linux, and 104 on macOS.
const longestSocket = 103

// socketPath is where the socket of a log's file is: beside it, or, where that
// is too long for a socket, in the folder for temporary files. The lock file
// says where.
func socketPath(db string) string {
	path, err := filepath.Abs(db + ".sock")
	if err == nil && len(path) <= longestSocket {
		return path
	}
	sum := sha256.Sum256([]byte(path))
	return filepath.Join(os.TempDir(), "sitrep-"+hex.EncodeToString(sum[:8])+".sock")
}

func (a *App) controls() http.Handler {
	mux := http.NewServeMux()
	stream := func(do func(context.Context, io.Writer) error) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Trailer", "X-Error")
			if err := do(r.Context(), w); err != nil {
				w.Header().Set("X-Error", oneLine(err))
			}
		}
	}
	mux.HandleFunc("GET /verify", stream(func(ctx context.Context, w io.Writer) error { return Verify(ctx, a.Log, w) }))
	mux.HandleFunc("GET /export", stream(func(ctx context.Context, w io.Writer) error { return store.Export(ctx, a.Log, w) }))
	mux.HandleFunc("GET /backup", stream(a.Log.Backup))
	mux.HandleFunc("GET /report/{incident}/{format}", func(w http.ResponseWriter, r *http.Request) {
		stream(func(ctx context.Context, w io.Writer) error {
			return a.Report(ctx, w, r.PathValue("incident"), r.FormValue("version"), r.PathValue("format"))
		})(w, r)
	})
	mux.HandleFunc("GET /tally/{period}/{format}", func(w http.ResponseWriter, r *http.Request) {
		stream(func(ctx context.Context, w io.Writer) error {
			return a.WriteTally(ctx, w, r.PathValue("period"), r.PathValue("format"), r.FormValue("private") == "yes")
		})(w, r)
	})
	mux.HandleFunc("POST /resume", stream(a.Resume))
	roll := func(do func(context.Context, *Roll, *http.Request, io.Writer) error) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			stream(func(ctx context.Context, w io.Writer) error {
				of, err := a.Roll()
				if err != nil {
					return err
				}
				return do(ctx, of, r, w)
			})(w, r)
		}
	}
	mux.HandleFunc("GET /subscribers", roll(func(_ context.Context, of *Roll, _ *http.Request, w io.Writer) error { return of.List(w) }))
	mux.HandleFunc("POST /subscribers/release", roll(func(ctx context.Context, of *Roll, r *http.Request, w io.Writer) error {
		return of.Release(ctx, r.FormValue("who"), w)
	}))
	mux.HandleFunc("POST /subscribers/erase", roll(func(ctx context.Context, of *Roll, r *http.Request, w io.Writer) error {
		return of.Erase(ctx, r.FormValue("who"), r.FormValue("by"), w)
	}))
	mux.HandleFunc("POST /subscribers/bounced", roll(func(ctx context.Context, of *Roll, r *http.Request, w io.Writer) error {
		return of.Bounced(ctx, strings.NewReader(r.FormValue("message")), w)
	}))
	mux.HandleFunc("POST /redact/{incident}/{entry}", func(w http.ResponseWriter, r *http.Request) {
		stream(func(ctx context.Context, w io.Writer) error {
			return a.Redact(ctx, r.PathValue("incident"), r.PathValue("entry"), r.FormValue("why"), incident.Person{ID: "cli/" + r.FormValue("by"), Name: r.FormValue("by")}, w)
		})(w, r)
	})
	return mux
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// Ask sends a request to the process that has a log open and copies its answer
// to w. path is one of the controls; form is sent with a POST.
func (h Holder) Ask(ctx context.Context, path string, form url.Values, w io.Writer) error {
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", h.Socket)
	}}}
	method, body := http.MethodGet, io.Reader(nil)
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://sitrep"+path, body)
	if err != nil {
		return err
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("ask %s: %w", h, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", h, resp.Status)
	}
	if _, err := io.Copy(w, resp.Body); err != nil {
		return fmt.Errorf("read the answer of %s: %w", h, err)
	}
	if msg := resp.Trailer.Get("X-Error"); msg != "" {
		return errors.New(msg)
	}
	return nil
}

// Verify checks a log from its first record to its last and says in words what
// it found. The error is what is damaged.
func Verify(ctx context.Context, l *store.Log, w io.Writer) error {
	rep, err := l.Verify(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "The log is whole: %d records in %d streams, %d erased, %d steps of the clock. Its last sum is %s.\n", rep.Records, rep.Streams, rep.Redacted, rep.ClockSteps, rep.Head.Sum)
	return err
}
