package status

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// TestAddresses is the table of what is where.
func TestAddresses(t *testing.T) {
	page, ps := everyImpact(t)
	s := siteAt(at(t, "2020-09-20 12:00"), page, at(t, "2020-09-20 12:00"), ps...)
	code, planned := ps[0].Code, ps[5].Code
	const html, js, md = "text/html; charset=utf-8", "application/json; charset=utf-8", "text/markdown; charset=utf-8"
	web := page.Components[0].ID
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
		{"/history.json", "", 200, js, `{"months":[{"name":"September","year":2020`},
		{"/history.json?page=9", "", 200, js, `{"months":[]}`},
		{"/uptime", "", 200, html, "90 days"},
		{"/follow", "", 200, html, "Get updates"},
		{"/widget", "", 200, html, "Card payments are down"},
		{"/fr", "", 200, html, "Card payments sont en panne"},
		{"/fr/history", "", 200, html, "septembre 2020"},
		{"/fr/incidents/" + code, "", 200, html, "Incident critique"},
		{"/fr/nothing", "", 404, html, "Il n’y a rien à cette adresse"},
		{"/de", "", 404, html, "There is nothing at this address"},
		{"/index.md", "", 200, md, "# Northwind Payments Status"},
		{"/", "text/markdown", 200, md, "**Card payments are down.**"},
		{"/", "text/markdown;q=0.5, text/html", 200, html, "Card payments are down"},
		{"/incidents/" + code + ".md", "", 200, md, "# Card payments are declined"},
		{"/incidents/" + code, "text/markdown, text/html;q=0.9", 200, md, "# Card payments are declined"},
		{"/history.md", "", 200, md, "## September 2020"},
		{"/updates.atom", "", 200, "application/atom+xml; charset=utf-8", ":Update/"},
		{"/updates.atom?component=" + web, "", 200, "application/atom+xml; charset=utf-8", "Resolved: Login was slow"},
		{"/history.atom?component=nothing", "", 404, html, "There is nothing"},
		{"/feed.json", "", 200, "application/feed+json; charset=utf-8", "https://jsonfeed.org/version/1.1"},
		{"/history.ics", "", 200, "text/calendar; charset=utf-8", "BEGIN:VEVENT"},
		{"/badge.svg", "", 200, "image/svg+xml", "Major outage"},
		{"/badge/" + web + ".svg", "", 200, "image/svg+xml", "Website: Operational"},
		{"/badge/nothing.svg", "", 404, html, "There is nothing"},
		{"/uptime/" + web + ".json", "", 200, js, `"ninety":100`},
		{"/uptime/nothing.json", "", 404, js, `{"error":"Not found"}`},
		{"/alive.json", "", 200, js, `{"at":"2020-09-20T12:00:00.000-05:00"`},
		{"/live.js", "", 200, "text/javascript; charset=utf-8", "fetch("},
		{"/api/v2/incidents.json?per_page=10", "", 200, js, `"incidents":[{`},
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
		alone := slices.Contains([]string{"/uptime", "/follow", "/widget"}, c.address) // in one form only
		checkHeaders(t, c.address, w.Header(), c.code == 200 && !alone && (c.kind == html || c.kind == md || strings.HasPrefix(c.address, "/history") && c.kind == js))
		head := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodHead, c.address, nil)
		r.Header.Set("Accept", c.accept)
		s.ServeHTTP(head, r)
		if head.Code != w.Code || head.Body.Len() != 0 || head.Header().Get("Content-Length") != w.Header().Get("Content-Length") || head.Header().Get("Etag") != w.Header().Get("Etag") {
			t.Errorf("HEAD %s: %d %v, %d bytes", c.address, head.Code, head.Header(), head.Body.Len())
		}
	}
}

func checkHeaders(t *testing.T, address string, h http.Header, negotiated bool) {
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
	if (h.Get("Content-Security-Policy") != "") != (isHTML || h.Get("Content-Type") == "image/svg+xml") {
		t.Errorf("%s: Content-Security-Policy is %q", address, h.Get("Content-Security-Policy"))
	}
	if tag := h.Get("Etag"); len(tag) < 10 || !strings.HasPrefix(tag, `"`) {
		t.Errorf("%s: the ETag is %s", address, tag)
	}
	vary := "Accept-Encoding"
	if negotiated {
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

// TestCompression: the coding that a reader likes best of those that make pages
// smallest, and in each of them the same page.
func TestCompression(t *testing.T) {
	s := seedSite(t)
	plain := page200(t, s, "/")
	undo := map[string]func(io.Reader) (io.Reader, error){
		"":     func(r io.Reader) (io.Reader, error) { return r, nil },
		"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"br":   func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
		"zstd": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
	}
	for accept, want := range map[string]string{
		"": "", "gzip": "gzip", "gzip, deflate, br": "br", "gzip, deflate, br, zstd": "br", "gzip, zstd": "zstd", "br;q=0.5, GZIP": "gzip",
		"x-gzip": "gzip", "*": "gzip", "identity": "", "gzip;q=0": "", "gzip; q=0.000, *": "", "*;q=0": "", "br": "br", "br;q=0, gzip": "gzip",
		"gzip;q=0.001": "gzip", "gzip;q=0.0": "", "gzip;q=1": "gzip", "deflate": "", "zstd;q=0.9, br;q=0.8": "zstd",
	} {
		w := get(t, s, "/", "Accept-Encoding", accept)
		got := w.Header().Get("Content-Encoding")
		if got != want {
			t.Errorf("Accept-Encoding %q: %q, want %q", accept, got, want)
			continue
		}
		r, err := undo[got](w.Body)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil || string(body) != plain {
			t.Errorf("Accept-Encoding %q: another page, %v", accept, err)
		}
		if tag := w.Header().Get("Etag"); (got == "") == strings.Contains(tag, "-") && got != "" || !strings.HasPrefix(tag, `"`) {
			t.Errorf("Accept-Encoding %q: ETag %s", accept, tag)
		}
	}
}

func TestOnlyReading(t *testing.T) {
	s := seedSite(t)
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH"} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(method, "/", nil))
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD, OPTIONS" {
			t.Errorf("%s: %d %v", method, w.Code, w.Header())
		}
	}
}

// TestAcrossOrigins: what a browser asks before a script of another page may
// read, and what it is then given.
func TestAcrossOrigins(t *testing.T) {
	s := seedSite(t)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("OPTIONS", "/api/v2/summary.json", nil))
	if h := w.Header(); w.Code != 204 || h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Access-Control-Allow-Methods") != "GET, HEAD" || h.Get("Access-Control-Allow-Headers") != "*" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	for _, address := range []string{"/api/v2/summary.json", "/history.json", "/history.atom", "/feed.json", "/history.ics", "/badge.svg", "/index.md", "/alive.json"} {
		if got := get(t, s, address).Header().Get("Access-Control-Allow-Origin"); got != "*" {
			t.Errorf("%s: %q", address, got)
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
