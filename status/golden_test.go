package status

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// get asks a site for an address and returns what it answers.
func get(t testing.TB, s http.Handler, address string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, address, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func page200(t testing.TB, s http.Handler, address string, headers ...string) string {
	t.Helper()
	w := get(t, s, address, headers...)
	if w.Code != http.StatusOK {
		t.Fatalf("GET %s: %d %s", address, w.Code, w.Body)
	}
	return w.Body.String()
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run the tests with -update)", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs from its golden file:\n%s", name, got)
	}
}

// TestSeedGoldens holds every representation of the seed to what was looked at.
func TestSeedGoldens(t *testing.T) {
	s := seedSite(t)
	code := seed(t, 7, true).Code
	for name, address := range map[string]string{
		"home.html": "/", "incident.html": "/incidents/" + code, "history.html": "/history", "missing.html": "/nothing",
		"history.atom": "/history.atom", "history.rss": "/history.rss",
		"incident.json": "/incidents/" + code + ".json", "summary.json": "/api/v2/summary.json", "status.json": "/api/v2/status.json",
		"components.json": "/api/v2/components.json", "incidents.json": "/api/v2/incidents.json",
		"unresolved.json": "/api/v2/incidents/unresolved.json", "maintenances.json": "/api/v2/scheduled-maintenances.json",
	} {
		t.Run(name, func(t *testing.T) {
			body := get(t, s, address).Body.Bytes()
			if filepath.Ext(name) == ".json" {
				var b bytes.Buffer
				if err := json.Indent(&b, body, "", " "); err != nil {
					t.Fatal(err)
				}
				body = append(b.Bytes(), '\n')
			}
			golden(t, name, body)
		})
	}
	t.Run("history.json", func(t *testing.T) {
		golden(t, "history.json", []byte(page200(t, s, "/history", "Accept", "application/json")))
	})
}

// TestSeedOpenGolden holds the home page during the outage.
func TestSeedOpenGolden(t *testing.T) {
	p := seed(t, 2, false)
	p.Next = at(t, "2020-09-09 12:08")
	s := siteAt(at(t, "2020-09-09 11:40"), seedPage(), p.Changed, p)
	golden(t, "home-open.html", []byte(page200(t, s, "/")))
}
