package status

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sitrep/incident"
)

// TestSetKeepsWhatDidNotChange: the page of an incident is rendered again only
// if it, or the page's definition, changed.
func TestSetKeepsWhatDidNotChange(t *testing.T) {
	ps := many(t, 20)
	now := at(t, "2020-09-10 08:32")
	s := siteAt(now, seedPage(), now, ps...)
	rendered := func(i int) *representation {
		e := s.current.Load()
		d, ok := e.lookup("/incidents/"+ps[i].Code, "", htmlPage)
		if !ok {
			t.Fatalf("no page of incident %d", i)
		}
		r, err := s.render(e, d, now)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	before := []*representation{rendered(0), rendered(1), rendered(2)}
	home := page200(t, s, "/")

	again := slices.Clone(ps)
	for i := range again { // the same values at other addresses
		again[i].Updates = slices.Clone(again[i].Updates)
	}
	again[1].Updates[0].Body = "Mended."
	s.Set(Content{Page: seedPage(), Incidents: again, Updated: now})
	if rendered(0) != before[0] || rendered(2) != before[2] {
		t.Error("an incident that did not change was rendered again")
	}
	if r := rendered(1); r == before[1] || !strings.Contains(string(r.plain.body), "Mended.") {
		t.Error("an incident that changed was not rendered again")
	}
	if page200(t, s, "/") == home {
		t.Error("the home page did not change")
	}

	page := seedPage()
	page.Name = "Other"
	s.Set(Content{Page: page, Incidents: again, Updated: now})
	if r := rendered(0); r == before[0] || !strings.Contains(string(r.plain.body), "Other") {
		t.Error("the page's new name is not on an old incident")
	}
	s.Set(Content{Page: page, Incidents: again[1:], Updated: now})
	if w := get(t, s, "/incidents/"+ps[0].Code); w.Code != 404 {
		t.Errorf("a withdrawn incident: %d", w.Code)
	}
}

// TestSamePublicSeesEveryField changes each field in turn.
func TestSamePublicSeesEveryField(t *testing.T) {
	base := func() incident.Public { return seed(t, 7, true) }
	other := time.Unix(1, 0)
	for i, change := range []func(*incident.Public){
		func(p *incident.Public) { p.Code += "x" }, func(p *incident.Public) { p.Serial++ }, func(p *incident.Public) { p.Title += "x" },
		func(p *incident.Public) { p.Status += "x" }, func(p *incident.Public) { p.Impact += "x" }, func(p *incident.Public) { p.Created = other },
		func(p *incident.Public) { p.Started = other }, func(p *incident.Public) { p.Changed = other }, func(p *incident.Public) { p.Monitoring = other },
		func(p *incident.Public) { p.Resolved = other }, func(p *incident.Public) { p.Updates = p.Updates[1:] }, func(p *incident.Public) { p.Components[0].New += "x" },
		func(p *incident.Public) { p.Postmortem = nil }, func(p *incident.Public) { p.Next = other }, func(p *incident.Public) { p.Maintenance = true },
		func(p *incident.Public) { p.From = other }, func(p *incident.Public) { p.Until = other },
		func(p *incident.Public) { p.Updates[3].Code += "x" }, func(p *incident.Public) { p.Updates[3].Number++ }, func(p *incident.Public) { p.Updates[3].Status += "x" },
		func(p *incident.Public) { p.Updates[3].Body += "x" }, func(p *incident.Public) { p.Updates[3].Shown = other }, func(p *incident.Public) { p.Updates[3].Recorded = other },
		func(p *incident.Public) { p.Updates[3].Edited = other }, func(p *incident.Public) { p.Updates[3].Affected[0].Name += "x" }, func(p *incident.Public) { p.Updates[3].Notify = false },
		func(p *incident.Public) { p.Postmortem.Code += "x" }, func(p *incident.Public) { p.Postmortem.Body += "x" }, func(p *incident.Public) { p.Postmortem.Shown = other },
		func(p *incident.Public) { p.Postmortem.Recorded = other }, func(p *incident.Public) { p.Postmortem.Edited = other },
	} {
		a, b := base(), base()
		if !samePublic(&a, &b) {
			t.Fatal("equal values differ")
		}
		change(&b)
		if samePublic(&a, &b) {
			t.Errorf("change %d was not seen", i)
		}
	}
}

// TestClockAlone: at midnight, and when a promised update becomes due, the
// clock alone changes a page; otherwise it does not.
func TestClockAlone(t *testing.T) {
	now := at(t, "2020-09-09 11:40")
	p := seed(t, 2, false)
	p.Next = at(t, "2020-09-09 12:08")
	s := New(func() time.Time { return now }, nil)
	s.Set(Content{Page: seedPage(), Incidents: []incident.Public{p}, Updated: p.Changed})
	home, own := page200(t, s, "/"), page200(t, s, "/incidents/"+p.Code)
	for _, doc := range []string{home, own} {
		if !strings.Contains(readable(t, doc), "Next update by 12:08 CDT") {
			t.Error("the promise is not on the page")
		}
	}
	now = at(t, "2020-09-09 12:07")
	if page200(t, s, "/") != home || page200(t, s, "/incidents/"+p.Code) != own {
		t.Error("nothing happened, and the page changed")
	}
	now = at(t, "2020-09-09 12:08")
	for _, address := range []string{"/", "/incidents/" + p.Code} {
		if doc := readable(t, page200(t, s, address)); !strings.Contains(doc, "The next update was due by 12:08 CDT") || strings.Contains(doc, "Next update by") {
			t.Errorf("%s: the broken promise is not said", address)
		}
	}
	evening := page200(t, s, "/")
	now = at(t, "2020-09-10 00:00")
	if page200(t, s, "/") == evening {
		t.Error("a new day is not on the page")
	}
}

// TestConcurrentReadersAndWriters: each response is of one content, whole.
func TestConcurrentReadersAndWriters(t *testing.T) {
	now := at(t, "2020-09-10 08:32")
	s := New(func() time.Time { return now }, nil)
	contents := make([]Content, 8)
	for i := range contents {
		ps := many(t, 12)
		for j := range ps {
			ps[j].Title = fmt.Sprintf("Title of edition %d.", i)
		}
		page := seedPage()
		page.Name = fmt.Sprintf("Page of edition %d.", i)
		contents[i] = Content{Page: page, Incidents: ps, Updated: now.Add(time.Duration(i) * time.Second)}
	}
	s.Set(contents[0])
	code := contents[0].Incidents[0].Code
	var writers, readers sync.WaitGroup
	stop := make(chan struct{})
	for range 2 {
		writers.Go(func() {
			for i := range 60 {
				s.Set(contents[i%len(contents)])
			}
		})
	}
	for _, address := range []string{"/", "/incidents/" + code, "/history", "/history.atom", "/api/v2/summary.json", "/api/v2/incidents.json"} {
		readers.Go(func() {
			for {
				w := httptest.NewRecorder()
				s.ServeHTTP(w, httptest.NewRequest("GET", address, nil))
				body := w.Body.String()
				_, rest, found := strings.Cut(body, "edition ")
				if w.Code != 200 || !found {
					t.Errorf("%s: %d", address, w.Code)
					return
				}
				if n, all := strings.Count(body, "edition "+rest[:1]), strings.Count(body, "edition "); n != all {
					t.Errorf("%s: two editions in one answer, %d of %d", address, n, all)
					return
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
}

// TestBeforeTheFirstSet: a site that was told nothing yet says nothing wrong.
func TestBeforeTheFirstSet(t *testing.T) {
	s := New(func() time.Time { return at(t, "2020-09-10 08:32") }, nil)
	for address, want := range map[string]string{
		"/": "All systems operational", "/history": "Nothing has happened yet.", "/api/v2/incidents.json": `"incidents":[]`, "/history.atom": "</feed>",
	} {
		if body := page200(t, s, address); !strings.Contains(body, want) {
			t.Errorf("%s: no %q in %s", address, want, body)
		}
	}
	checkStructure(t, s, page200(t, s, "/history"))
}

func TestPreviewIsThePage(t *testing.T) {
	s := seedSite(t)
	p := seed(t, 7, true)
	got, err := s.Preview(p)
	if err != nil {
		t.Fatal(err)
	}
	if page := page200(t, s, "/incidents/"+p.Code); !strings.Contains(page, string(got)) || len(got) < 1000 {
		t.Errorf("the preview is not what the page has: %s", got)
	}
	fresh, err := New(func() time.Time { return p.Changed }, nil).Preview(seed(t, 1, false))
	if err != nil || !strings.Contains(string(fresh), "Posted <time") {
		t.Errorf("before the first Set: %s %v", fresh, err)
	}
}

func TestExport(t *testing.T) {
	dir := t.TempDir()
	s := seedSite(t)
	p := seed(t, 7, true)
	if err := s.Export(context.Background(), dir); err != nil {
		t.Fatal(err)
	}
	files := func() []string {
		var out []string
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				rel, rerr := filepath.Rel(dir, path)
				out = append(out, filepath.ToSlash(rel))
				return rerr
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	want := []string{
		"404.html", "api/v2/components.json", "api/v2/incidents/" + p.Code + ".json", "api/v2/incidents/unresolved.json", "api/v2/incidents.json",
		"api/v2/scheduled-maintenances/active.json", "api/v2/scheduled-maintenances/upcoming.json", "api/v2/scheduled-maintenances.json",
		"api/v2/status.json", "api/v2/summary.json", "history/index.html", "history.atom", "history.rss", "incidents/" + p.Code + "/index.html",
		"incidents/" + p.Code + ".json", "index.html",
	}
	slices.Sort(want)
	got := files()
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("exported %q\nwant %q", got, want)
	}
	for _, f := range s.current.Load().files() {
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.path)))
		if w := get(t, s, f.address); err != nil || string(b) != w.Body.String() {
			t.Errorf("%s is not what is served at %s (%v)", f.path, f.address, err)
		}
	}

	// What did not change is left alone, what is gone is removed, and what is
	// not ours stays.
	old := time.Unix(1e9, 0)
	kept := filepath.Join(dir, "incidents", p.Code, "index.html")
	if err := os.Chtimes(kept, old, old); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "incidents", "note.txt"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.Export(context.Background(), dir); err != nil {
		t.Fatal(err)
	}
	if i, err := os.Stat(kept); err != nil || !i.ModTime().Equal(old) {
		t.Errorf("a file that did not change was written (%v)", err)
	}
	s.Set(Content{Page: seedPage(), Updated: p.Changed})
	if err := s.Export(context.Background(), dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range files() {
		if strings.Contains(name, p.Code) {
			t.Errorf("%s is still there", name)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "incidents", "note.txt")); err != nil {
		t.Error(err)
	}

	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Export(gone, dir); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled export: %v", err)
	}
}

// TestExportStaysInside: a code that came from elsewhere leads nowhere else.
func TestExportStaysInside(t *testing.T) {
	p := seed(t, 7, false)
	p.Code = "../../outside"
	parent := t.TempDir()
	dir := filepath.Join(parent, "a", "site")
	err := siteAt(p.Changed, seedPage(), p.Changed, p).Export(context.Background(), dir)
	if err == nil {
		t.Error("an address outside the folder was exported")
	}
	if entries, _ := os.ReadDir(parent); len(entries) != 1 {
		t.Errorf("something was written outside: %v", entries)
	}
}

// TestExportFails: a folder that cannot be written is an error that names it,
// and nothing is left half done.
func TestExportFails(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "api"), []byte("in the way"), 0o644); err != nil {
		t.Fatal(err)
	}
	err := seedSite(t).Export(context.Background(), dir)
	if err == nil || !strings.Contains(err.Error(), "api/v2") {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "index.html")); err == nil {
		t.Error("the home page was written although a page that it names was not")
	}
}
