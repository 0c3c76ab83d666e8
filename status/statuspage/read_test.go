package statuspage

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// payloads are what real pages served.
func payloads(t testing.TB) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("..", "testdata", "statuspage", "*.json"))
	if err != nil || len(names) < 6 {
		t.Fatalf("%d payloads, %v", len(names), err)
	}
	out := make(map[string][]byte)
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(name)] = raw
	}
	return out
}

func TestReadRealPayloads(t *testing.T) {
	want := map[string]struct {
		page                                string
		components, incidents, maintenances int
		listed                              bool
	}{
		"github-incidents-40.json":                         {"kctbh9vrtdwd", 0, 40, 0, false},
		"github-incident.json":                             {"kctbh9vrtdwd", 0, 1, 0, false},
		"github-components-array.json":                     {"kctbh9vrtdwd", 12, 0, 0, true},
		"huobi-summary-2020-02.json":                       {"p0qjfl24znv5", 1, 1, 1, true},
		"hashicorp-components-groups-excerpt-2021-08.json": {"pdrzb3d64wsj", 7, 0, 0, true},
		"emma-incident-america-chicago-2019-02.json":       {"4lzycl8t1x0c", 0, 1, 0, false},
		"v1-incident-response-real-2024-06.json":           {"8m2l51279rpl", 0, 1, 0, false},
	}
	for name, raw := range payloads(t) {
		s, err := Read(bytes.NewReader(raw))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		w := want[name]
		if s.PageID() != w.page || len(s.Components) != w.components || len(s.Incidents) != w.incidents || len(s.Maintenances) != w.maintenances || s.Listed != w.listed {
			t.Errorf("%s: page %s, %d components (whole list %v), %d incidents, %d maintenances; want %+v", name, s.PageID(), len(s.Components), s.Listed, len(s.Incidents), len(s.Maintenances), w)
		}
	}
}

// TestReadRefuses: what could not be kept is refused, with the place.
func TestReadRefuses(t *testing.T) {
	const in = `{"id":"a","name":"N","status":"resolved","created_at":"2020-01-01T00:00:00Z","incident_updates":[{"id":"u","status":"resolved","body":"b","created_at":"2020-01-01T00:00:00Z"}]}`
	if _, err := Read(strings.NewReader(in)); err != nil {
		t.Fatalf("the example itself: %v", err)
	}
	change := func(from, to string) string {
		out := strings.Replace(in, from, to, 1)
		if out == in {
			t.Fatalf("%q is not in the example", from)
		}
		return out
	}
	for _, c := range []struct{ name, text, want string }{
		{"empty", " \n", "it is empty"},
		{"HTML", "<!DOCTYPE html>", "not JSON"},
		{"another feed", "<feed><title>x</title></feed>", "no entries of a feed"},
		{"a feed of something else", `<feed><entry><title>T</title><published>2020-01-01T00:00:00Z</published><content>words</content></entry></feed>`, "no updates as a hosted page writes them"},
		{"a feed in another zone", `<feed><entry><title>T</title><published>2014-01-01T17:09:00Z</published><content>&lt;p&gt;&lt;small&gt;Jan  1, 09:09 PST&lt;/small&gt;&lt;br&gt;&lt;strong&gt;Resolved&lt;/strong&gt; - Over.&lt;/p&gt;</content></entry></feed>`, "is in a zone that is not UTC"},
		{"cut short", in[:40], "not JSON"},
		{"another object", `{"ok":true}`, "neither a page nor components nor incidents"},
		{"a list of lists", `[[1]]`, "array here"},
		{"a number for a name", change(`"N"`, "7"), "name is a number here"},
		{"no id", change(`"id":"a"`, `"id":""`), "id is missing"},
		{"an id that leads out", change(`"id":"a"`, `"id":"../../etc"`), "cannot stand in an address"},
		{"no updates", change(`{"id":"u","status":"resolved","body":"b","created_at":"2020-01-01T00:00:00Z"}`, ""), "no updates"},
		{"no status", change(`"status":"resolved"`, `"status":""`), "no status"},
		{"no time", change(`"created_at":"2020-01-01T00:00:00Z"`, `"created_at":""`), "created_at is missing"},
		{"a time of another kind", change("2020-01-01T00:00:00Z", "1 January"), "is not a time"},
		{"twice", "[" + in + "," + in + "]", "there twice"},
		{"a zone that is none", `{"page":{"id":"p","time_zone":"Mars/Olympus"},"incidents":[]}`, "no zone"},
		{"a component without a name", `{"components":[{"id":"c","name":" "}]}`, "has no name"},
	} {
		if _, err := Read(strings.NewReader(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// FuzzRead: whatever comes, it is refused or can be turned into events.
func FuzzRead(f *testing.F) {
	for _, raw := range payloads(f) {
		if len(raw) < 8192 {
			f.Add(raw)
		}
	}
	f.Add([]byte(`[{"id":"a","name":"N","status":"x","created_at":"2020-01-01T00:00:00Z","incident_updates":[{"id":"u","status":"x","body":"<a href=\"javascript:x\">b</a>","created_at":"2020-01-01T00:00:00Z"}]}]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := Read(bytes.NewReader(raw))
		if err != nil {
			if strings.TrimSpace(err.Error()) == "" {
				t.Fatal("an error without a word")
			}
			return
		}
		page := s.Define((&Snapshot{}).Define(pageWithout(), "Etc/UTC"), "Etc/UTC")
		for _, c := range page.Components {
			if !ValidID(c.ID) {
				t.Fatalf("component %q", c.ID)
			}
		}
		for _, list := range [][]Incident{s.Incidents, s.Maintenances} {
			for i := range list {
				e := s.Event(&list[i], "P")
				if e.Created.IsZero() || len(e.Updates) == 0 || !ValidID(e.Code) {
					t.Fatalf("%+v", e)
				}
				for _, u := range e.Updates {
					if u.Shown.IsZero() {
						t.Fatalf("%+v", u)
					}
				}
			}
		}
	})
}

func TestFetchSaysWhatIsWrong(t *testing.T) {
	answer := func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/gone/api/v2/components.json":
			http.NotFound(w, r)
		case "/html/api/v2/components.json":
			_, _ = w.Write([]byte("<html>"))
		default:
			_, _ = w.Write([]byte(`{"page":{"id":"p"},"components":[]}`))
		}
	}
	server := httptest.NewServer(http.HandlerFunc(answer))
	defer server.Close()
	for _, c := range []struct{ address, want string }{
		{"ftp://status.example.com", "not the address of a page"},
		{"https://", "not the address of a page"},
		{server.URL + "/gone", "404 Not Found"},
		{server.URL + "/html/", "not JSON"},
		{"http://127.0.0.1:1", "does not answer"},
	} {
		if _, err := new(Fetcher).Fetch(t.Context(), c.address); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.address, err, c.want)
		}
	}
	if s, err := new(Fetcher).Fetch(t.Context(), server.URL); err != nil || !s.Listed {
		t.Errorf("%+v, %v", s, err)
	}
}
