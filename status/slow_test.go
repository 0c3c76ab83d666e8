package status

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"
)

// TestSlowReaders: a thousand readers who take a byte and then nothing do not
// slow the others. It is a ratio within one run, because a time would fail on a
// busy machine and pass on an idle one.
func TestSlowReaders(t *testing.T) {
	page, ps := busy(t, 1000)
	now := at(t, "2020-09-10 08:32")
	server := httptest.NewServer(siteAt(now, page, now, ps...))
	defer server.Close()
	client := &http.Client{Timeout: 10 * time.Second}
	median := func() time.Duration {
		var took []time.Duration
		for range 200 {
			began := time.Now()
			res, err := client.Get(server.URL + "/api/v2/summary.json")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, res.Body); err != nil {
				t.Fatal(err)
			}
			if err := res.Body.Close(); err != nil {
				t.Fatal(err)
			}
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		return took[len(took)/2]
	}
	before := median()
	for range 1000 {
		c, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }() // it was never read to its end
		if _, err := io.WriteString(c, "GET /api/v2/incidents.json HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
	after := median()
	t.Logf("%v before, %v with a thousand slow readers", before, after)
	if after > 10*before+5*time.Millisecond {
		t.Errorf("an answer took %v, and %v with a thousand slow readers", before, after)
	}
}
