package status

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestAddresses is the table of what is where.
func TestAddresses(t *testing.T) {
	page, ps := everyImpact(t)
	s := siteAt(at(t, "2020-09-20 12:00"), page, at(t, "2020-09-20 12:00"), ps...)
	code, planned := ps[0].Code, ps[5].Code
	const html, js = "text/html; charset=utf-8", "application/json; charset=utf-8"
	for _, c := range []struct {
		address, accept string
		code            int
		kind, has       string
	}{
		{"/", "", 200, html, "Card payments are down"},
		{"/index.html", "", 200, html, "Card payments are down"},
		{"/incidents/" + code, "", 200, html, "<h1 dir=\"auto\">Card payments are declined</h1>"},
		{"/incidents/" + code + ".json", "", 200, js, `{"id":"` + code + `","name":"Card payments are declined"`},
		{"/api/v2/incidents/" + code + ".json", "", 200, js, `{"id":"` + code + `"`},
		{"/incidents/" + planned, "", 200, html, "This scheduled maintenance affects: Website."},
		{"/api/v2/scheduled-maintenances/" + planned + ".json", "", 200, js, `"scheduled_for":"2020-09-23T19:00:00.000-05:00","scheduled_until":"2020-09-23T21:00:00.000-05:00"}`},
		{"/history", "", 200, html, "September 2020"},
		{"/history", "text/html,application/xhtml+xml,*/*;q=0.8", 200, html, "September 2020"},
		{"/history", "application/json", 200, js, `{"months":[{"name":"September","year":2020,"starts_on":2,"days":30,"incidents":[{"code":"` + planned + `"`},
		{"/history", "application/json;q=0.5, text/html", 200, html, "September 2020"},
		{"/history?page=1", "", 200, html, "September 2020"},
		{"/history?page=2", "", 404, html, "There is nothing at this address"},
		{"/history?page=x", "", 200, html, "September 2020"},
		{"/history.atom", "", 200, "application/atom+xml; charset=utf-8", "<feed "},
		{"/history.rss", "", 200, "application/rss+xml; charset=utf-8", "<rss "},
		{"/api/v2/summary.json", "", 200, js, `"scheduled_maintenances":[{`},
		{"/api/v2/status.json", "", 200, js, `"status":{"indicator":"major","description":"Partial System Outage"}}`},
		{"/api/v2/components.json", "", 200, js, `"components":[{`},
		{"/api/v2/incidents.json", "", 200, js, `"incidents":[{`},
		{"/api/v2/incidents/unresolved.json", "", 200, js, `"incidents":[{`},
		{"/api/v2/scheduled-maintenances.json", "", 200, js, `"scheduled_maintenances":[{`},
		{"/api/v2/scheduled-maintenances/upcoming.json", "", 200, js, `"scheduled_maintenances":[{`},
		{"/api/v2/scheduled-maintenances/active.json", "", 200, js, `"scheduled_maintenances":[{`},
		{"/nothing", "", 404, html, "There is nothing at this address"},
		{"/incidents/", "", 404, html, "There is nothing at this address"},
		{"/incidents/nothing", "", 404, html, "There is nothing at this address"},
		{"/incidents/nothing.json", "", 404, js, `{"error":"Not found"}`},
		{"/api/v2/nothing", "", 404, js, `{"error":"Not found"}`},
		{"/api/v2/incidents/" + code, "", 404, js, `{"error":"Not found"}`},
		{"//example.com/", "", 404, html, "There is nothing at this address"},
		{"/incidents/../../etc/passwd", "", 404, html, "There is nothing at this address"},
	} {
		w := get(t, s, c.address, "Accept", c.accept)
		if w.Code != c.code || w.Header().Get("Content-Type") != c.kind || !strings.Contains(w.Body.String(), c.has) {
			t.Errorf("GET %s (%s): %d %s\n%.300s\nwant %d %s with %q", c.address, c.accept, w.Code, w.Header().Get("Content-Type"), w.Body, c.code, c.kind, c.has)
		}
		if c.kind == js && !json.Valid(w.Body.Bytes()) {
			t.Errorf("GET %s: not JSON", c.address)
		}
		checkHeaders(t, c.address, w.Header())
		head := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodHead, c.address, nil)
		r.Header.Set("Accept", c.accept)
		s.ServeHTTP(head, r)
		if head.Code != w.Code || head.Body.Len() != 0 || head.Header().Get("Content-Length") != w.Header().Get("Content-Length") || head.Header().Get("Etag") != w.Header().Get("Etag") {
			t.Errorf("HEAD %s: %d %v, %d bytes", c.address, head.Code, head.Header(), head.Body.Len())
		}
	}
}

func checkHeaders(t *testing.T, address string, h http.Header) {
	t.Helper()
	for k, want := range map[string]string{
		"Cache-Control":          "public, max-age=10, stale-while-revalidate=86400, stale-if-error=86400",
		"X-Content-Type-Options": "nosniff",
		"Referrer-Policy":        "no-referrer",
	} {
		if got := h.Get(k); got != want {
			t.Errorf("%s: %s is %q", address, k, got)
		}
	}
	isHTML := strings.HasPrefix(h.Get("Content-Type"), "text/html")
	if (h.Get("Access-Control-Allow-Origin") == "*") == isHTML {
		t.Errorf("%s: Access-Control-Allow-Origin is %q", address, h.Get("Access-Control-Allow-Origin"))
	}
	if (h.Get("Content-Security-Policy") != "") != isHTML {
		t.Errorf("%s: Content-Security-Policy is %q", address, h.Get("Content-Security-Policy"))
	}
	if tag := h.Get("Etag"); len(tag) < 10 || !strings.HasPrefix(tag, `"`) {
		t.Errorf("%s: the ETag is %s", address, tag)
	}
	vary := "Accept-Encoding"
	if address == "/history" || strings.HasPrefix(address, "/history?") && !strings.Contains(address, "page=2") {
		vary = "Accept, Accept-Encoding"
	}
	if h.Get("Vary") != vary {
		t.Errorf("%s: Vary is %q", address, h.Get("Vary"))
	}
	if h.Get("Set-Cookie") != "" {
		t.Errorf("%s sets a cookie", address)
	}
}

func TestConditionalRequests(t *testing.T) {
	s := seedSite(t)
	for _, address := range []string{"/", "/api/v2/summary.json", "/history.atom", "/history"} {
		for _, coding := range []string{"", "gzip"} {
			w := get(t, s, address, "Accept-Encoding", coding)
			tag := w.Header().Get("Etag")
			for _, c := range []struct {
				match string
				code  int
			}{
				{tag, 304}, {"W/" + tag, 304}, {`"a", ` + tag, 304}, {"*", 304}, {`"a"`, 200}, {"", 200}, {strings.Trim(tag, `"`), 200},
			} {
				again := get(t, s, address, "Accept-Encoding", coding, "If-None-Match", c.match)
				if again.Code != c.code || again.Header().Get("Etag") != tag || again.Header().Get("Cache-Control") == "" || again.Header().Get("Vary") == "" {
					t.Errorf("%s, If-None-Match %s: %d %v", address, c.match, again.Code, again.Header())
				}
				if c.code == 304 && (again.Body.Len() > 0 || again.Header().Get("Content-Length") != "") {
					t.Errorf("%s: a 304 with a body: %v", address, again.Header())
				}
			}
		}
		plain, zipped := get(t, s, address).Header().Get("Etag"), get(t, s, address, "Accept-Encoding", "gzip").Header().Get("Etag")
		if plain == zipped {
			t.Errorf("%s: two codings have one strong ETag, %s", address, plain)
		}
	}
	if w := get(t, s, "/nothing", "If-None-Match", "*"); w.Code != 404 {
		t.Errorf("nothing is unchanged: %d", w.Code)
	}
}

func TestCompression(t *testing.T) {
	s := seedSite(t)
	plain := page200(t, s, "/")
	for accept, want := range map[string]bool{
		"": false, "gzip": true, "gzip, deflate, br": true, "br, GZIP;q=0.5": true, "x-gzip": true, "*": true, "identity": false,
		"gzip;q=0": false, "gzip; q=0.000, *": false, "*;q=0": false, "br": false, "gzip;q=0.001": true, "gzip;q=0.0": false, "gzip;q=1": true,
	} {
		w := get(t, s, "/", "Accept-Encoding", accept)
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != want {
			t.Errorf("Accept-Encoding %q: gzip is %v", accept, got)
			continue
		}
		body := w.Body.String()
		if want {
			z, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(z)
			if err != nil {
				t.Fatal(err)
			}
			body = string(b)
		}
		if body != plain {
			t.Errorf("Accept-Encoding %q: another page", accept)
		}
	}
}

func TestOnlyReading(t *testing.T) {
	s := seedSite(t)
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS"} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(method, "/", nil))
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d %v", method, w.Code, w.Header())
		}
	}
}

// TestTrailingSlash: one address for one page, and never another host.
func TestTrailingSlash(t *testing.T) {
	s := seedSite(t)
	for address, want := range map[string]string{
		"/history/":                 "/history",
		"/history/?page=1":          "/history?page=1",
		"/incidents/s3rv1c30ttg5/":  "/incidents/s3rv1c30ttg5",
		"/api/v2/summary.json/":     "/api/v2/summary.json",
		"//history/":                "",
		"/nothing/":                 "",
		"//example.com/history/":    "",
		"/incidents//s3rv1c30ttg5/": "",
	} {
		w := get(t, s, address)
		if want == "" && w.Code != 404 || want != "" && (w.Code != 301 || w.Header().Get("Location") != want) {
			t.Errorf("%s: %d to %q, want %q", address, w.Code, w.Header().Get("Location"), want)
		}
	}
}
