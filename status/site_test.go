package status

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

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

// A shelf is a target in memory. It fails from its nth write on, if that is set.
type shelf struct {
	files  map[string]string
	order  []string
	writes int
	failAt int
}

func newShelf() *shelf { return &shelf{files: make(map[string]string)} }

func (f *shelf) Read(_ context.Context, name string) ([]byte, error) {
	b, ok := f.files[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return []byte(b), nil
}

func (f *shelf) Write(_ context.Context, name, contentType string, body []byte) error {
	if f.writes++; f.failAt > 0 && f.writes >= f.failAt {
		return errors.New("the disk is full")
	}
	if !fs.ValidPath(name) || contentType == "" {
		return fmt.Errorf("%q of type %q", name, contentType)
	}
	f.files[name] = string(body)
	f.order = append(f.order, name)
	return nil
}

func (f *shelf) Remove(_ context.Context, name string) error {
	delete(f.files, name)
	f.order = append(f.order, "-"+name)
	return nil
}

func TestExport(t *testing.T) {
	s := seedSite(t)
	p := seed(t, 7, true)
	to := newShelf()
	to.files["note.txt"] = "mine"
	if err := s.Export(context.Background(), to); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"404.html", "api/v2/components.json", "api/v2/incidents/" + p.Code + ".json", "api/v2/incidents/unresolved.json", "api/v2/incidents.json",
		"api/v2/scheduled-maintenances/active.json", "api/v2/scheduled-maintenances/upcoming.json", "api/v2/scheduled-maintenances.json",
		"api/v2/status.json", "api/v2/summary.json", "history/index.html", "history.atom", "history.rss", "incidents/" + p.Code + "/index.html",
		"incidents/" + p.Code + ".json", "index.html", "fr/index.html", "fr/incidents/" + p.Code + "/index.html", "index.md", "badge.svg", "alive.json",
		"uptime/index.html", "history.json", "history.ics", "live.js", "widget/index.html", "incidents/" + p.Code + ".md",
	} {
		if to.files[name] == "" {
			t.Errorf("%s was not exported", name)
		}
	}
	for _, f := range s.current.Load().files(s.now()) {
		w := get(t, s, f.address)
		if to.files[f.path] != w.Body.String() {
			t.Errorf("%s is not what is served at %s", f.path, f.address)
		}
		if isMissing := strings.HasSuffix(f.path, "404.html"); (w.Code == 404) != isMissing {
			t.Errorf("%s: %d", f.address, w.Code)
		}
	}
	// Every page that a page links to is there.
	for name, body := range to.files {
		if !strings.HasSuffix(name, ".html") {
			continue
		}
		each(parse(t, body), func(n *html.Node) {
			href, _, _ := strings.Cut(strings.TrimPrefix(attr(n, "href"), "https://status.chargeover.com"), "#")
			href, query, _ := strings.Cut(href, "?")
			if n.Data != "a" || !strings.HasPrefix(href, "/") || query != "" {
				return
			}
			at := strings.TrimPrefix(href, "/")
			if to.files[at] == "" && to.files[strings.TrimPrefix(at+"/index.html", "/")] == "" {
				t.Errorf("%s links to %s, which is not exported", name, href)
			}
		})
	}
	if last := to.order[len(to.order)-2:]; !slices.Equal(last, []string{"index.html", manifest}) {
		t.Errorf("the last written are %q", last)
	}

	// What is gone is removed, before the home page, and what is not ours stays.
	to.order = nil
	s.Set(Content{Page: seedPage(), Updated: p.Changed})
	if err := s.Export(context.Background(), to); err != nil {
		t.Fatal(err)
	}
	for name := range to.files {
		if strings.Contains(name, p.Code) {
			t.Errorf("%s is still there", name)
		}
	}
	if to.files["note.txt"] != "mine" {
		t.Error("a file that is not ours was touched")
	}
	if slices.Index(to.order, "-incidents/"+p.Code+"/index.html") > slices.Index(to.order, "index.html") {
		t.Error("the home page was written before a withdrawn page was removed")
	}

	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Export(gone, to); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled export: %v", err)
	}
}

// TestExportCutShort: wherever an export ends, the home page names no page that
// is not there, and the next export withdraws what the one before had written.
func TestExportCutShort(t *testing.T) {
	p := seed(t, 7, false)
	whole := newShelf()
	if err := seedSite(t).Export(context.Background(), whole); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= whole.writes; n++ {
		to := newShelf()
		to.failAt = n
		s := siteAt(p.Changed, seedPage(), p.Changed, p)
		if err := s.Export(context.Background(), to); err == nil || !strings.Contains(err.Error(), "the disk is full") {
			t.Fatalf("write %d: %v", n, err)
		}
		if home := to.files["index.html"]; home != "" && to.files["incidents/"+p.Code+"/index.html"] == "" {
			t.Errorf("write %d: the home page names a page that is not there", n)
		}
		to.failAt = 0
		s.Set(Content{Page: seedPage(), Updated: p.Changed})
		if err := s.Export(context.Background(), to); err != nil {
			t.Fatal(err)
		}
		for name := range to.files {
			if strings.Contains(name, p.Code) {
				t.Fatalf("write %d: %s was never withdrawn", n, name)
			}
		}
	}
}

// TestExportStaysInside: a code that came from elsewhere leads nowhere else.
func TestExportStaysInside(t *testing.T) {
	p := seed(t, 7, false)
	p.Code = "../../outside"
	to := newShelf() // refuses names that lead out of it
	if err := siteAt(p.Changed, seedPage(), p.Changed, p).Export(context.Background(), to); err == nil {
		t.Error("an address outside the folder was exported")
	}
	for name := range to.files {
		if strings.Contains(name, "..") {
			t.Errorf("%s was written", name)
		}
	}
}
