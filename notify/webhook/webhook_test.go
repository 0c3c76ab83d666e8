package webhook

import (
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"sitrep/incident"
	"sitrep/notify/outbox"
	"sitrep/notify/outbox/outboxtest"
	"sitrep/subscriber"
)

// A receiver is somebody's program: it answers as it is told, which may be badly,
// and keeps what was posted to it.
type receiver struct {
	*httptest.Server
	mu      sync.Mutex
	answer  func(w http.ResponseWriter, r *http.Request, body []byte) // nil says yes
	got     []delivery
	arrived chan struct{}
}

type delivery struct {
	path   string
	header http.Header
	body   []byte
}

func receive(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{arrived: make(chan struct{}, 10_000)}
	r.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			t.Error(err)
		}
		r.mu.Lock()
		answer := r.answer
		r.got = append(r.got, delivery{q.URL.Path, q.Header, body})
		r.mu.Unlock()
		if answer != nil {
			answer(w, q, body)
		}
		r.arrived <- struct{}{}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) answers(f func(w http.ResponseWriter, q *http.Request, body []byte)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = f
}

// await returns when n deliveries have arrived in all.
func (r *receiver) await(t *testing.T, n int) []delivery {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		r.mu.Lock()
		got := slices.Clone(r.got)
		r.mu.Unlock()
		if len(got) >= n {
			return got
		}
		select {
		case <-r.arrived:
		case <-late:
			t.Fatalf("%d deliveries arrived within 20 s, want %d", len(got), n)
		}
	}
}

// A moved clock is the log's, set on by the test.
type moved struct {
	mu sync.Mutex
	by time.Duration
}

func (m *moved) now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return time.Now().Add(m.by)
}

func (m *moved) on(by time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.by += by
}

// open opens a house that posts, by default also to this machine.
func open(t *testing.T, r *receiver, clock *moved, o Options) *outboxtest.House {
	t.Helper()
	if o.Guard == nil {
		o.Guard = func(string, string, syscall.RawConn) error { return nil }
	}
	if r != nil {
		o.TLS = &tls.Config{RootCAs: r.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, ServerName: "example.com", MinVersion: tls.VersionTLS12}
	}
	return outboxtest.New(t, func(h *outboxtest.House) (outbox.Carrier, error) {
		if clock != nil {
			h.Log.Now = clock.now
		}
		o.Log = h.Slog
		return New(h.Site, h.Door, h.Log.Now, &o), nil
	})
}

// wakes has the outbox look at what waits.
func wakes(h *outboxtest.House) {
	h.Helper()
	h.Happens("INC-9", incident.Declared{Number: 9, Title: "x"})
	h.Runner.Resume()
	h.Settles()
}

func TestDeliveries(t *testing.T) {
	r := receive(t)
	h := open(t, r, nil, Options{})
	s := h.Asks(subscriber.Webhook, r.URL+"/hook", "", subscriber.Choice{})
	asked := r.await(t, 1)[0]
	var confirm struct {
		Confirmation struct {
			URL       string `json:"url"`
			ExpiresAt string `json:"expires_at"`
		} `json:"confirmation"`
	}
	if err := json.Unmarshal(asked.body, &confirm); err != nil {
		t.Fatal(err)
	}
	k, err := h.Door.Links.Read(confirm.Confirmation.URL[strings.LastIndexByte(confirm.Confirmation.URL, '/')+1:], h.Log.Now())
	if err != nil || k.Purpose != subscriber.ToConfirm || k.ID != s.ID {
		t.Fatalf("%s: %+v, %v", asked.body, k, err)
	}
	h.Happens("INC-1", outboxtest.Declared())
	if s, err = h.Registry.Confirm(t.Context(), k); err != nil {
		t.Fatal(err)
	}
	h.Happens("INC-1", outboxtest.Posted(1, incident.Investigating, "We look.\nInto <it>."))
	got := r.await(t, 3)[1:]
	// Signed so that the library of the standard takes it, and nothing changed.
	secret := "whsec_" + base64.StdEncoding.EncodeToString(h.Door.Links.Secret(s.ID))
	verify, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range got {
		if err := verify.Verify(d.body, d.header); err != nil {
			t.Errorf("signature: %v", err)
		}
		if verify.Verify(append(bytes.Clone(d.body), ' '), d.header) == nil {
			t.Error("a changed body is taken for ours")
		}
		if d.path != "/hook" || d.header.Get("Content-Type") != "application/json; charset=utf-8" || d.header.Get("Cookie") != "" {
			t.Errorf("%s %v", d.path, d.header)
		}
	}
	if a, b := got[0].header.Get("webhook-id"), got[1].header.Get("webhook-id"); a != "u1-"+s.ID+"-1" || b != "u1-"+s.ID {
		t.Errorf("ids %q and %q", a, b)
	}
	// The shapes are those of the samples: every key that these have, in their
	// order, of the same type, or null.
	raw, err := os.ReadFile(filepath.Join("testdata", "samples.json"))
	if err != nil {
		t.Fatal(err)
	}
	var samples []json.RawMessage
	if err := json.Unmarshal(raw, &samples); err != nil {
		t.Fatal(err)
	}
	for i, sample := range samples {
		for _, wrong := range differs("", sample, got[i].body) {
			t.Errorf("payload %d: %s\n%s", i, wrong, got[i].body)
		}
	}
	for _, want := range []string{`"new_status":"major_outage","old_status":"operational"`, `"component_id":"api"`, `"name":"API"`, `"unsubscribe":"https://status.example.com/subscriptions/`} {
		if !bytes.Contains(got[0].body, []byte(want)) {
			t.Errorf("no %s in %s", want, got[0].body)
		}
	}
	for _, want := range []string{`"name":"Checkout fails <often>"`, `"status":"investigating"`, `"impact":"major"`, `"body":"We look.<br />Into &lt;it&gt;."`, `"created_at":"2026-03-01T12:01:00.000-06:00"`} {
		if !bytes.Contains(got[1].body, []byte(want)) {
			t.Errorf("no %s in %s", want, got[1].body)
		}
	}
}

// differs lists where a payload has not the keys of a sample, in its order.
func differs(at string, sample, got json.RawMessage) []string {
	a, b := keys(sample), keys(got)
	if a == nil {
		return nil
	}
	var out []string
	var in []string
	for _, k := range b {
		if slices.Contains(a, k) {
			in = append(in, k)
		}
	}
	if !slices.Equal(in, a) {
		out = append(out, fmt.Sprintf("%s has the keys %q, and the sample %q", at, in, a))
	}
	var x, y map[string]json.RawMessage
	if json.Unmarshal(sample, &x) != nil || json.Unmarshal(got, &y) != nil {
		return append(out, at+" is no object")
	}
	for k, v := range x {
		var list, other []json.RawMessage
		if json.Unmarshal(v, &list) == nil && json.Unmarshal(y[k], &other) == nil && len(list) > 0 && len(other) > 0 {
			v, y[k] = list[0], other[0]
		}
		out = append(out, differs(at+"."+k, v, y[k])...)
	}
	return out
}

// keys are an object's keys, in their order; nil for anything else.
func keys(raw json.RawMessage) []string {
	d := json.NewDecoder(bytes.NewReader(raw))
	if first, err := d.Token(); err != nil || first != json.Delim('{') {
		return nil
	}
	out := []string{}
	for d.More() {
		k, err := d.Token()
		if err != nil {
			return out
		}
		out = append(out, fmt.Sprint(k))
		var v json.RawMessage
		if d.Decode(&v) != nil {
			return out
		}
	}
	return out
}

// TestMisbehaving: whatever an address does, it is tried again, others are not
// held up, and it hears in the end, or is quarantined.
func TestMisbehaving(t *testing.T) {
	elsewhere := receive(t)
	for _, c := range []struct {
		name   string
		answer func(w http.ResponseWriter, q *http.Request)
		why    string // "" is tried again
	}{
		{"an error", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, ""},
		{"not found", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, ""},
		{"too much", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(429) }, ""},
		{"a redirect", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", elsewhere.URL)
			w.WriteHeader(307)
		}, ""},
		{"breaks off", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, ""},
		{"never answers", func(_ http.ResponseWriter, q *http.Request) { <-q.Context().Done() }, ""},
		{"an endless answer", func(w http.ResponseWriter, q *http.Request) {
			w.WriteHeader(503)
			for q.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		}, ""},
		{"gone for ever", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(410) }, "answered 410"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, clock := receive(t), &moved{}
			h := open(t, r, clock, Options{Timeout: 500 * time.Millisecond})
			bad := h.Joins(subscriber.Webhook, r.URL+"/bad", "", subscriber.Choice{})
			h.Joins(subscriber.Webhook, r.URL+"/good", "", subscriber.Choice{})
			r.await(t, 2)
			r.answers(func(w http.ResponseWriter, q *http.Request, _ []byte) {
				if q.URL.Path == "/bad" {
					c.answer(w, q)
				}
			})
			h.Happens("INC-1", outboxtest.Declared(), outboxtest.Posted(1, incident.Investigating, "One."))
			h.Settles()
			count := func(path string) (n int) {
				r.mu.Lock()
				defer r.mu.Unlock()
				for _, d := range r.got {
					if d.path == path && bytes.Contains(d.body, []byte(`"incident_updates"`)) {
						n++
					}
				}
				return n
			}
			if n := count("/good"); n != 1 {
				t.Errorf("the good one heard %d times", n)
			}
			if h.Runner.Status().Failing != "" {
				t.Errorf("one bad address is called a failure of all: %s", h.Runner.Status().Failing)
			}
			if got := h.Registry.Get(bad.ID).Stopped; got != c.why {
				t.Errorf("stopped: %q, want %q", got, c.why)
			}
			r.answers(nil)
			if c.why != "" {
				if _, err := h.Registry.Release(t.Context(), bad.ID); err != nil {
					t.Fatal(err)
				}
			}
			clock.on(2 * time.Hour)
			wakes(h)
			if n := count("/bad"); n != 1 {
				t.Errorf("the bad one heard %d times in the end", n)
			}
			h.Happens("INC-1", outboxtest.Posted(2, incident.Resolved, "Two."))
			h.Settles()
			if count("/good") != 2 || count("/bad") != 2 {
				t.Errorf("the end was heard %d and %d times", count("/good")-1, count("/bad")-1)
			}
		})
	}
	t.Cleanup(func() {
		if len(elsewhere.got) > 0 {
			t.Error("a redirect was followed")
		}
	})
}

// TestAwayForTooLong: who never answers is quarantined in the end, and heard of
// again when released.
func TestAwayForTooLong(t *testing.T) {
	r, clock := receive(t), &moved{}
	h := open(t, r, clock, Options{})
	s := h.Joins(subscriber.Webhook, r.URL, "", subscriber.Choice{})
	r.await(t, 1)
	r.answers(func(w http.ResponseWriter, _ *http.Request, _ []byte) { w.WriteHeader(502) })
	h.Happens("INC-1", outboxtest.Declared(), outboxtest.Posted(1, incident.Investigating, "One."))
	for range 60 {
		h.Settles()
		clock.on(time.Hour)
		wakes(h)
	}
	if got := h.Registry.Get(s.ID).Stopped; got != "away for too long: answered 502" {
		t.Errorf("stopped: %q", got)
	}
	tried := len(r.await(t, 1))
	clock.on(24 * time.Hour)
	wakes(h)
	if now := len(r.await(t, 1)); now != tried {
		t.Error("one in quarantine is tried")
	}
	r.answers(nil)
	if _, err := h.Registry.Release(t.Context(), s.ID); err != nil {
		t.Fatal(err)
	}
	h.Settles()
	got := r.await(t, tried+2)
	if last := got[len(got)-1].body; !bytes.Contains(last, []byte(`"investigating"`)) {
		t.Errorf("released, it heard %s", last)
	}
}

// TestPrivateAddresses: no address that is not on the internet is dialed,
// whatever it is called.
func TestPrivateAddresses(t *testing.T) {
	r := receive(t)
	h := outboxtest.New(t, func(h *outboxtest.House) (outbox.Carrier, error) {
		return New(h.Site, h.Door, h.Log.Now, &Options{TLS: &tls.Config{InsecureSkipVerify: true}, Log: h.Slog}), nil //nolint:gosec // nothing is reached
	})
	port := regexp.MustCompile(`:\d+$`).FindString(r.URL)
	var ids []string
	for _, host := range []string{"127.0.0.1", "127.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
		"[::1]", "[fe80::1]", "[fc00::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[::]"} {
		// A name that leads there is found out at the same place: what is checked is
		// the address that is dialed.
		s := h.Joins(subscriber.Webhook, "https://"+host+port+"/", "", subscriber.Choice{})
		ids = append(ids, s.ID)
	}
	h.Happens("INC-1", outboxtest.Declared(), outboxtest.Posted(1, incident.Investigating, "One."))
	h.Settles()
	for _, id := range ids {
		s := h.Registry.Get(id)
		if !strings.Contains(s.Stopped, "not on the internet") {
			t.Errorf("%s: %q", s.Address, s.Stopped)
		}
	}
	if len(r.got) > 0 {
		t.Errorf("%d deliveries arrived", len(r.got))
	}
}
