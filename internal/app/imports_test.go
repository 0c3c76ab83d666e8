package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"

	"sitrep/incident"
	"sitrep/internal/app"
	"sitrep/internal/config"
	"sitrep/status/statuspage"
	"sitrep/store"
	"sitrep/store/memory"
)

// real reads a payload of a real page.
func real(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "status", "testdata", "statuspage", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// fresh is an app over a new log, followed.
func fresh(t *testing.T) *app.App {
	t.Helper()
	a := app.New(store.New(memory.New(), nil), config.Default(nil), nil)
	if err := a.Follow(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// bringOver imports a payload, and waits until the page shows it.
func bringOver(t *testing.T, a *app.App, raw []byte) app.Imported {
	t.Helper()
	s, err := statuspage.Read(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	done, err := a.ImportPublic(t.Context(), s, "", false)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	return done
}

// get asks the page for JSON.
func get(t *testing.T, a *app.App, address string) any {
	t.Helper()
	return parsed(t, []byte(text(t, a, address)))
}

// text asks the page for what is at an address.
func text(t *testing.T, a *app.App, address string) string {
	t.Helper()
	w := httptest.NewRecorder()
	a.Site.ServeHTTP(w, httptest.NewRequest(http.MethodGet, address, http.NoBody))
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", address, w.Code, w.Body)
	}
	return w.Body.String()
}

func parsed(t *testing.T, raw []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// differences lists where got does not hold all that want says. Keys that are
// younger than the payload may be more.
func differences(path string, got, want any) []string {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s: %v, want an object", path, got)}
		}
		var out []string
		for k, v := range w {
			if _, ok := g[k]; !ok {
				out = append(out, path+"."+k+" is missing")
				continue
			}
			out = append(out, differences(path+"."+k, g[k], v)...)
		}
		return out
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return []string{fmt.Sprintf("%s: %d elements, want %d", path, len(g), len(w))}
		}
		var out []string
		for i := range w {
			out = append(out, differences(fmt.Sprintf("%s[%d]", path, i), g[i], w[i])...)
		}
		return out
	}
	if !reflect.DeepEqual(got, want) {
		return []string{fmt.Sprintf("%s: %v, want %v", path, got, want)}
	}
	return nil
}

// TestRealPagesComeBackEqual imports what real pages served and compares what
// this page serves then, field by field, at every address that has it.
func TestRealPagesComeBackEqual(t *testing.T) {
	for _, c := range []struct {
		file string
		at   map[string]string // address -> key of the payload that must be there, "" for all of it
	}{
		{"github-incidents-40.json", map[string]string{"/api/v2/incidents.json": "incidents"}},
		{"github-components-array.json", map[string]string{"/api/v2/components.json": "components"}},
		{"huobi-summary-2020-02.json", map[string]string{"/api/v2/summary.json": "", "/api/v2/status.json": "status", "/api/v2/scheduled-maintenances/upcoming.json": "scheduled_maintenances", "/api/v2/incidents/unresolved.json": "incidents"}},
		{"hashicorp-components-groups-excerpt-2021-08.json", map[string]string{"/api/v2/components.json": ""}},
		{"emma-incident-america-chicago-2019-02.json", map[string]string{"/api/v2/incidents.json": ""}},
		{"github-incident.json", map[string]string{"/incidents/1xqvzyv99skw.json": "", "/api/v2/incidents/1xqvzyv99skw.json": ""}},
	} {
		t.Run(c.file, func(t *testing.T) {
			a := fresh(t)
			raw := real(t, c.file)
			bringOver(t, a, raw)
			want := parsed(t, raw)
			for address, key := range c.at {
				got, want := get(t, a, address), want
				if key != "" {
					got = got.(map[string]any)[key]
					if o, ok := want.(map[string]any); ok {
						want = o[key]
					}
				}
				for _, d := range differences(address, got, want) {
					t.Error(d)
				}
			}
			if list, ok := want.([]any); ok && strings.Contains(c.file, "incidents") {
				for _, in := range list {
					id := in.(map[string]any)["id"].(string)
					for _, d := range differences(id, get(t, a, "/api/v2/incidents/"+id+".json"), in) {
						t.Error(d)
					}
				}
			}
		})
	}
}

// TestImportIsIdempotent: a second import changes nothing, a third with one more
// update records that one incident again, and every record is marked imported.
func TestImportIsIdempotent(t *testing.T) {
	a := fresh(t)
	raw := real(t, "github-incidents-40.json")
	if done := bringOver(t, a, raw); done.New != 40 || done.Changed+done.Same != 0 {
		t.Fatalf("first: %+v", done)
	}
	head, err := a.Log.Head(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if done := bringOver(t, a, raw); done.Same != 40 || done.New+done.Changed != 0 {
		t.Errorf("second: %+v", done)
	}
	if again, err := a.Log.Head(t.Context(), ""); err != nil || again != head {
		t.Errorf("the log went from %d to %d: %v", head.Seq, again.Seq, err)
	}
	later := bytes.Replace(raw, []byte(`"impact": "critical"`), []byte(`"impact": "major"`), 1)
	if done := bringOver(t, a, later); done.Changed != 1 || done.Same != 39 {
		t.Errorf("third: %+v", done)
	}
	if got := get(t, a, "/api/v2/incidents.json").(map[string]any)["incidents"].([]any)[0].(map[string]any); got["impact"] != "major" || len(got["incident_updates"].([]any)) != len(parsed(t, raw).([]any)[0].(map[string]any)["incident_updates"].([]any)) {
		t.Errorf("changed: %v", got["impact"])
	}
	rs, err := a.Log.Read(t.Context(), "", 0, 256)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rs {
		if !r.Imported {
			t.Errorf("record %d (%s) is not marked imported, so followers would tell people", r.Seq, r.Kind)
		}
	}
}

func TestDryRunChangesNothing(t *testing.T) {
	a := fresh(t)
	s, err := statuspage.Read(bytes.NewReader(real(t, "huobi-summary-2020-02.json")))
	if err != nil {
		t.Fatal(err)
	}
	done, err := a.ImportPublic(t.Context(), s, "", true)
	if err != nil || done.New != 2 || done.Page != "Huobi" || len(done.Open) != 2 {
		t.Errorf("%+v, %v", done, err)
	}
	if head, err := a.Log.Head(t.Context(), ""); err != nil || head.Seq != 0 {
		t.Errorf("%d records, %v", head.Seq, err)
	}
}

// TestImportedIncidentGoesOn: an incident that was open there is updated and
// resolved here; what was brought over stays as it was.
func TestImportedIncidentGoesOn(t *testing.T) {
	a := fresh(t)
	bringOver(t, a, real(t, "huobi-summary-2020-02.json"))
	in := a.Board.Get("INC-1")
	if in == nil || in.Status != incident.Investigating || in.Title != "Market data is delayed" {
		t.Fatalf("%+v", in)
	}
	now := time.Date(2020, 2, 11, 4, 0, 0, 0, time.UTC)
	evs, left, err := in.Resolve(incident.Wording{Body: "It is on time again.", Shown: now, Code: "newcode00001"}, a.Board.Page())
	if err != nil || len(left) != 1 || left[0] != "Market data" {
		t.Fatalf("%v, left %v", err, left)
	}
	var rs []store.Record
	for _, ev := range evs {
		data, err := incident.Encode(incident.Meta{}, ev)
		if err != nil {
			t.Fatal(err)
		}
		rs = append(rs, store.Record{Kind: ev.Kind(), Data: data})
	}
	if _, err := a.Log.Append(t.Context(), "INC-1", "", rs...); err != nil {
		t.Fatal(err)
	}
	if err := a.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := get(t, a, "/incidents/rclfxz2g21ly.json").(map[string]any)
	updates := got["incident_updates"].([]any)
	if got["status"] != "resolved" || got["resolved_at"] != "2020-02-11T04:00:00.000Z" || got["created_at"] != "2020-02-11T03:15:01.913Z" || got["impact"] != "minor" || len(updates) != 2 {
		t.Errorf("%v", got)
	}
	first := parsed(t, real(t, "huobi-summary-2020-02.json")).(map[string]any)["incidents"].([]any)[0].(map[string]any)["incident_updates"].([]any)[0]
	for _, d := range differences("", updates[1], first) {
		t.Error(d)
	}
	affected := updates[0].(map[string]any)["affected_components"].([]any)[0].(map[string]any)
	if affected["old_status"] != "degraded_performance" || affected["new_status"] != "operational" {
		t.Errorf("%v", affected)
	}
	// The other page goes on too; bringing it over again takes nothing back.
	bringOver(t, a, real(t, "huobi-summary-2020-02.json"))
	if again := get(t, a, "/incidents/rclfxz2g21ly.json"); !reflect.DeepEqual(again, any(got)) {
		t.Errorf("after another import: %v", again)
	}
}

// TestImportRefusals: what cannot be brought over says what to do.
func TestImportRefusals(t *testing.T) {
	a := fresh(t)
	chicago := []byte(`[{"id":"a1","name":"N","status":"resolved","created_at":"2019-02-20T12:00:19.418-06:00","incident_updates":[{"id":"u","status":"resolved","body":"b","created_at":"2019-02-20T12:00:19.418-06:00"}]}]`)
	refused := func(raw []byte, want string) {
		t.Helper()
		s, err := statuspage.Read(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.ImportPublic(t.Context(), s, "", false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	refused(chicago, "--time-zone America/Chicago")
	bringOver(t, a, real(t, "huobi-summary-2020-02.json"))
	refused(real(t, "emma-incident-america-chicago-2019-02.json"), "Import into a file of its own")
}

// TestWholePageOverTheNetwork brings a page over that this program serves
// itself, more incidents than fit one answer, and gives every answer again.
func TestWholePageOverTheNetwork(t *testing.T) {
	from := fresh(t)
	bringOver(t, from, real(t, "hashicorp-components-groups-excerpt-2021-08.json"))
	bringOver(t, from, manyIncidents(t, "pdrzb3d64wsj", 120))
	server := httptest.NewServer(from.Site)
	defer server.Close()
	s, err := new(statuspage.Fetcher).Fetch(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	to := fresh(t)
	if done, err := to.ImportPublic(context.WithoutCancel(t.Context()), s, "", false); err != nil || done.New != 120 {
		t.Fatalf("%+v, %v", done, err)
	}
	if err := to.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{"/api/v2/summary.json", "/api/v2/components.json", "/api/v2/incidents.json", "/api/v2/incidents.json?page=2", "/api/v2/incidents.json?page=3", "/api/v2/scheduled-maintenances.json", "/api/v2/status.json"} {
		for _, d := range differences(address, get(t, to, address), get(t, from, address)) {
			t.Error(d)
		}
	}
}

// manyIncidents makes a list as a hosted page would give it.
func manyIncidents(t *testing.T, page string, n int) []byte {
	t.Helper()
	var all []statuspage.Incident
	for i := range n {
		at := statuspage.Stamp(time.Date(2021, 8, 1, 0, 0, 0, 0, time.UTC).Add(-time.Duration(i)*time.Hour), time.UTC)
		id := incident.Code("many", "incident", uint64(i))
		all = append(all, statuspage.Incident{
			ID: id, Name: fmt.Sprintf("Incident %d", i), Status: "resolved", CreatedAt: at, UpdatedAt: at, ResolvedAt: &at, StartedAt: at, Impact: "minor", PageID: page,
			Updates: []statuspage.Update{{ID: incident.Code("many", "update", uint64(i)), Status: "resolved", Body: "Over.", IncidentID: id, CreatedAt: at, UpdatedAt: at, DisplayAt: at}},
		})
	}
	raw, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestRealFeedsComeBackEqual imports what real feeds say, and compares what this
// page's feed says then, entry by entry.
func TestRealFeedsComeBackEqual(t *testing.T) {
	for _, name := range []string{"github-history-2022-06-11.atom", "github-history-scheduled-2025-05.atom"} {
		t.Run(name, func(t *testing.T) {
			a := fresh(t)
			bringOver(t, a, real(t, name))
			want, err := gofeed.NewParser().ParseString(string(real(t, name)))
			if err != nil {
				t.Fatal(err)
			}
			got, err := gofeed.NewParser().ParseString(text(t, a, "/history.atom"))
			if err != nil {
				t.Fatal(err)
			}
			if got.Title != want.Title || got.Link != want.Link || got.FeedLink != want.FeedLink || got.Updated != want.Updated || got.Authors[0].Name != want.Authors[0].Name {
				t.Errorf("%q %q %q %q, want %q %q %q %q", got.Title, got.Link, got.FeedLink, got.Updated, want.Title, want.Link, want.FeedLink, want.Updated)
			}
			if len(got.Items) != len(want.Items) || len(want.Items) != 25 {
				t.Fatalf("%d entries, want %d", len(got.Items), len(want.Items))
			}
			for i, w := range want.Items {
				g := got.Items[i]
				for _, f := range []struct{ name, got, want string }{
					{"id", g.GUID, w.GUID}, {"title", g.Title, w.Title}, {"link", g.Link, w.Link}, {"published", g.Published, w.Published},
					{"updated", g.Updated, w.Updated}, {"content", g.Content, w.Content},
				} {
					if f.got != f.want {
						t.Errorf("%s: %s\n got %.700s\nwant %.700s", w.GUID, f.name, f.got, f.want)
					}
				}
			}
		})
	}
}

// TestPostmortemAndProseComeBackEqual: what no capture holds, as the format's
// documents describe it: a postmortem among the updates, prose with tags and
// links, a completed maintenance, updates that were told to nobody. What could
// act in a reader's browser is handed on as text.
func TestPostmortemAndProseComeBackEqual(t *testing.T) {
	const z = ".000Z"
	update := func(id, status, body, at string, told bool) statuspage.Update {
		return statuspage.Update{ID: id, Status: status, Body: body, IncidentID: "pm0000000001", CreatedAt: at + z, UpdatedAt: at + z, DisplayAt: at + z, DeliverNotifications: told}
	}
	resolved, from, until := "2026-01-02T12:00:00"+z, "2026-02-01T00:00:00"+z, "2026-02-01T02:00:00"+z
	in := statuspage.Incident{
		ID: "pm0000000001", Name: "With a postmortem", Status: "postmortem", CreatedAt: "2026-01-02T10:00:00" + z, UpdatedAt: "2026-01-05T09:00:00" + z, ResolvedAt: &resolved,
		Impact: "major", Shortlink: "https://stspg.io/pm0000000001", StartedAt: "2026-01-02T10:00:00" + z, PageID: "p0qjfl24znv5", Components: []statuspage.Component{},
		Updates: []statuspage.Update{
			update("upd000000003", "postmortem", "# Summary<br /><br />It was a <a href=\"https://example.com/?a=1&amp;b=2\">configuration</a> change.", "2026-01-05T09:00:00", true),
			update("upd000000002", "resolved", "<p>It is <strong>over</strong>.</p>", "2026-01-02T12:00:00", false),
			update("upd000000001", "investigating", "p99 < 1% & rising\nsince 10:00", "2026-01-02T10:00:00", true),
		},
	}
	work := statuspage.Incident{
		ID: "mw0000000001", Name: "Work", Status: "completed", CreatedAt: "2026-01-20T10:00:00" + z, UpdatedAt: until, ResolvedAt: &until, Impact: "maintenance",
		Shortlink: "https://stspg.io/mw0000000001", StartedAt: "2026-01-20T10:00:00" + z, PageID: "p0qjfl24znv5", Components: []statuspage.Component{},
		Updates:      []statuspage.Update{update("upd000000005", "completed", "Done.", "2026-02-01T02:00:00", true), update("upd000000004", "scheduled", "Planned.", "2026-01-20T10:00:00", true)},
		ScheduledFor: &from, ScheduledUntil: &until,
	}
	for i := range work.Updates {
		work.Updates[i].IncidentID = work.ID
	}
	sum := statuspage.Summary{Page: statuspage.Page{ID: "p0qjfl24znv5", Name: "P", URL: "https://status.example.com", TimeZone: "Etc/UTC", UpdatedAt: until}, Components: []statuspage.Component{}, Incidents: []statuspage.Incident{in}, Maintenances: []statuspage.Incident{work}}
	raw, err := json.Marshal(sum)
	if err != nil {
		t.Fatal(err)
	}
	a := fresh(t)
	if done := bringOver(t, a, raw); done.New != 2 || len(done.Altered) > 0 || len(done.Open) > 0 {
		t.Errorf("%+v", done)
	}
	want := parsed(t, raw).(map[string]any)
	for address, of := range map[string]any{"/api/v2/incidents/pm0000000001.json": want["incidents"].([]any)[0], "/api/v2/scheduled-maintenances/mw0000000001.json": want["scheduled_maintenances"].([]any)[0]} {
		for _, d := range differences(address, get(t, a, address), of) {
			t.Error(d)
		}
	}
	page := text(t, a, "/incidents/pm0000000001")
	for _, want := range []string{"<h3>Summary</h3>", `<a href="https://example.com/?a=1&amp;b=2" rel="nofollow">configuration</a>`, "It is <strong>over</strong>.", "p99 &lt; 1% &amp; rising<br>"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in the page", want)
		}
	}

	bad := in
	bad.ID, bad.Updates = "pm0000000002", []statuspage.Update{update("upd000000009", "resolved", `All well.<img src=x onerror="alert(1)">`, "2026-01-02T12:00:00", true)}
	if raw, err = json.Marshal([]statuspage.Incident{bad}); err != nil {
		t.Fatal(err)
	}
	if done := bringOver(t, a, raw); len(done.Altered) != 1 {
		t.Errorf("%+v", done)
	}
	for _, address := range []string{"/incidents/pm0000000002.json", "/incidents/pm0000000002", "/history.atom", "/history.json", "/feed.json"} {
		if got := text(t, a, address); strings.Contains(got, "onerror") {
			t.Errorf("%s: %s", address, got)
		}
	}
}
