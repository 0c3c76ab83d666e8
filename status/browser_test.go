package status

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sitrep/incident"
	"sitrep/internal/webtest"
)

// shown are the addresses of a scene that are looked at in a browser: every kind
// of page once, and each language.
func shown(s *Site) []string {
	out := []string{"/", "/history", "/uptime", "/follow", "/widget", "/nothing"}
	e := s.current.Load()
	for _, tongue := range e.site.look.tongues[1:] {
		out = append(out, tongue.prefix)
	}
	for _, list := range [][]*item{e.incidents, e.maintenances} {
		if len(list) > 0 {
			out = append(out, "/incidents/"+list[0].Code)
		}
	}
	return out
}

// TestAccessible runs axe-core in a real browser over every kind of page of every
// scene, in both themes.
func TestAccessible(t *testing.T) {
	webtest.Modules(t)
	all := scenes(t)
	for _, theme := range []struct {
		name  string
		width int
		dark  bool
	}{{"light", 1000, false}, {"dark, on a phone", 390, true}} {
		for name, s := range all {
			t.Run(theme.name+"/"+name, func(t *testing.T) {
				server := httptest.NewServer(s)
				defer server.Close()
				b := webtest.Open(t, theme.width, 900, theme.dark)
				for _, address := range shown(s) {
					b.Goto(server.URL + address)
					for _, wrong := range b.Axe() {
						t.Errorf("%s: %s", address, wrong)
					}
				}
			})
		}
	}
}

// TestPictures takes a picture of every kind of page of every scene, for people
// to look at: STATUS_PICTURES names the folder.
func TestPictures(t *testing.T) {
	dir := os.Getenv("STATUS_PICTURES")
	if dir == "" {
		t.Skip("no pictures were taken; name a folder in STATUS_PICTURES")
	}
	for name, s := range scenes(t) {
		server := httptest.NewServer(s)
		defer server.Close()
		for _, size := range []struct {
			name  string
			width int
			dark  bool
		}{{"wide", 900, false}, {"phone", 390, true}} {
			b := webtest.Open(t, size.width, 900, size.dark)
			for _, address := range shown(s) {
				b.Goto(server.URL + address)
				b.Whole(filepath.Join(dir, name+strings.ReplaceAll(address, "/", "-")+"-"+size.name+".png"))
			}
		}
	}
}

// TestKeyboard: the first thing that the keyboard reaches leads to the content.
func TestKeyboard(t *testing.T) {
	server := httptest.NewServer(seedSite(t))
	defer server.Close()
	b := webtest.Open(t, 800, 900, false)
	b.Goto(server.URL)
	var focused, target string
	b.Do(chromedp.KeyEvent("\t"), chromedp.Evaluate(`document.activeElement.textContent`, &focused),
		chromedp.KeyEvent("\r"), chromedp.Evaluate(`location.hash`, &target))
	if focused != "Skip to the content" || target != "#main" {
		t.Errorf("the first stop is %q and leads to %q", focused, target)
	}
}

// TestLive: the page shows what was published without being loaded again, says
// so, keeps its place, and says times in the reader's zone too.
func TestLive(t *testing.T) {
	now := at(t, "2020-09-09 11:40")
	s := New(func() time.Time { return time.Now() }, nil)
	first := seed(t, 1, false)
	s.Set(Content{Page: seedPage(), Incidents: []incident.Public{first}, Updated: now})
	server := httptest.NewServer(s)
	defer server.Close()
	b := webtest.Open(t, 800, 900, false)
	b.Goto(server.URL)
	b.See("h4", "Investigating")
	b.See(".yours", "your time")
	s.Set(Content{Page: seedPage(), Incidents: []incident.Public{seed(t, 2, false)}, Updated: now.Add(time.Minute)})
	// The page looks by itself every half minute, and when somebody comes back to it.
	b.Do(chromedp.Evaluate(`document.dispatchEvent(new Event("visibilitychange")), 0`, nil))
	b.See("h4", "Identified")
	b.See("#live", "This page was updated just now.")
}

// TestStale: a copy whose source is gone says how old it is.
func TestStale(t *testing.T) {
	s := seedSite(t) // its clock stands still in 2020
	server := httptest.NewServer(s)
	defer server.Close()
	b := webtest.Open(t, 800, 900, false)
	b.Goto(server.URL)
	b.See("#live", "We cannot reach this page")
	b.See("#live", "2020")
}

// TestWithoutScripts: everything can be read where no script runs.
func TestWithoutScripts(t *testing.T) {
	server := httptest.NewServer(seedSite(t))
	defer server.Close()
	b := webtest.Open(t, 800, 900, false)
	b.Do(webtest.NoScripts())
	b.Goto(server.URL)
	if got := b.Text("main"); !strings.Contains(got, "All systems operational") || !strings.Contains(got, "Service Outage") {
		t.Error(got)
	}
}

// TestHTMLIsValid holds every page of every scene to the standard, with
// html-validate.
func TestHTMLIsValid(t *testing.T) {
	webtest.Modules(t)
	dir := t.TempDir()
	for name, s := range scenes(t) {
		for _, address := range addresses(s) {
			file := filepath.Join(dir, name+strings.ReplaceAll(address, "/", "-")+".html")
			if err := os.WriteFile(file, get(t, s, address).Body.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	said := webtest.Node(t, `
		const { HtmlValidate, StaticConfigLoader, FileSystemConfigLoader } = require("html-validate");
		const fs = require("fs"), path = require("path"), dir = process.argv[1];
		const v = new HtmlValidate(new StaticConfigLoader({ extends: ["html-validate:standard"], rules: { "no-inline-style": "off" } }));
		(async () => {
			const wrong = new Map();
			let n = 0;
			for (const f of fs.readdirSync(dir)) {
				n++;
				const r = await v.validateString(fs.readFileSync(path.join(dir, f), "utf8"), f);
				for (const x of r.results) for (const m of x.messages) wrong.set(m.ruleId + ": " + m.message + " (" + m.selector + ")", f);
			}
			console.log(JSON.stringify({ n, wrong: [...wrong].map(([m, f]) => f + ": " + m) }));
		})();`, dir)
	var found struct {
		N     int
		Wrong []string
	}
	if err := json.Unmarshal([]byte(said), &found); err != nil {
		t.Fatal(err)
	}
	if found.N < 40 {
		t.Errorf("only %d pages were looked at", found.N)
	}
	for _, wrong := range found.Wrong {
		t.Error(wrong)
	}
}

// TestStatuspageClient reads the page with the client that Node programs use for
// hosted pages, all its calls.
func TestStatuspageClient(t *testing.T) {
	page, ps := everyImpact(t)
	server := httptest.NewServer(siteAt(at(t, "2020-09-20 12:00"), page, at(t, "2020-09-20 12:00"), ps...))
	defer server.Close()
	said := webtest.Node(t, `
		const mod = require("statuspage.io");
		const Statuspage = mod.default || mod.Statuspage || mod;
		const s = new Statuspage("x");
		s.setApiUrl(process.argv[1]);
		(async () => {
			const out = {};
			out.summary = await s.api.getSummary();
			out.status = await s.api.getStatus();
			out.components = await s.api.getComponents();
			out.all = await s.api.incidents.getAll();
			out.unresolved = await s.api.incidents.getUnresolved();
			out.maintenances = await s.api.scheduledMaintenances.getAll();
			out.active = await s.api.scheduledMaintenances.getActive();
			out.upcoming = await s.api.scheduledMaintenances.getUpcoming();
			console.log(JSON.stringify(out));
		})().catch((e) => { console.error(e); process.exit(1); });`, server.URL)
	var got struct {
		Summary struct {
			Status struct{ Indicator, Description string }
		}
		Status     struct{ Status struct{ Indicator string } }
		Components struct{ Components []json.RawMessage }
		All        struct{ Incidents []json.RawMessage }
		Unresolved struct{ Incidents []json.RawMessage }
		Upcoming   struct {
			Maintenances []json.RawMessage `json:"scheduled_maintenances"`
		}
	}
	if err := json.Unmarshal([]byte(said), &got); err != nil {
		t.Fatalf("%v: %.300s", err, said)
	}
	if got.Summary.Status.Indicator != "major" || got.Summary.Status.Description != "Partial System Outage" || got.Status.Status.Indicator != "major" ||
		len(got.Components.Components) != 7 || len(got.All.Incidents) != 7 || len(got.Unresolved.Incidents) != 4 || len(got.Upcoming.Maintenances) != 1 {
		t.Errorf("%.600s", said)
	}
}

// TestStatuspageWidget shows Atlassian's own widget, on a page of another
// origin, what the page is in.
func TestStatuspageWidget(t *testing.T) {
	dir := webtest.Modules(t)
	page, ps := everyImpact(t)
	server := httptest.NewServer(siteAt(at(t, "2020-09-20 12:00"), page, at(t, "2020-09-20 12:00"), ps...))
	defer server.Close()
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.ServeFile(w, r, filepath.Join(dir, "@statuspage", "status-widget", "dist", "index.js"))
			return
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<!DOCTYPE html><script src="/widget.js"></script><statuspage-widget src="` + server.URL + `" appearance="badge"></statuspage-widget>`))
	}))
	defer other.Close()
	b := webtest.Open(t, 800, 600, false)
	b.Goto(other.URL)
	const inside = `(() => {
		const all = [], walk = (n) => { if (n.shadowRoot) walk(n.shadowRoot); if (n.textContent) all.push(n.textContent); if (n.className) all.push("class " + n.className); for (const c of n.children || []) walk(c); };
		walk(document.querySelector("statuspage-widget"));
		return all.join("\n");
	})()`
	got := b.Until(inside, "Partial System Outage")
	if !slices.Contains(strings.Fields(got), "major") {
		t.Errorf("the widget says %s", got)
	}
}
