package status

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"sitrep/incident"
	"sitrep/status/statuspage"
)

// shapeOf walks a JSON value and returns one line for each path: the ordered
// keys of an object, or the type of anything else. Lists are walked by their
// first element.
func shapeOf(t *testing.T, raw []byte) map[string]string {
	t.Helper()
	out := make(map[string]string)
	var walk func(path string, raw json.RawMessage)
	walk = func(path string, raw json.RawMessage) {
		d := json.NewDecoder(bytes.NewReader(raw))
		tok, err := d.Token()
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		switch tok {
		case json.Delim('{'):
			var keys []string
			for d.More() {
				k, err := d.Token()
				if err != nil {
					t.Fatal(err)
				}
				var v json.RawMessage
				if err := d.Decode(&v); err != nil {
					t.Fatal(err)
				}
				keys = append(keys, k.(string))
				walk(path+"."+k.(string), v)
			}
			out[path] = strings.Join(keys, " ")
		case json.Delim('['):
			if d.More() {
				var v json.RawMessage
				if err := d.Decode(&v); err != nil {
					t.Fatal(err)
				}
				walk(path+"[]", v)
			}
			out[path] = "list"
		case nil:
			out[path] = "null"
		default:
			out[path] = fmt.Sprintf("%T", tok)
		}
	}
	walk("", raw)
	return out
}

// sameShape compares two shapes: the same keys in the same order and the same
// types; a null may stand for anything.
func sameShape(t *testing.T, got, want map[string]string) {
	t.Helper()
	for path, w := range want {
		g, ok := got[path]
		switch {
		case !ok:
			t.Errorf("%s is missing, a real payload has %s", path, w)
		case g != w && g != "null" && w != "null":
			t.Errorf("%s:\n got %s\nwant %s", path, g, w)
		}
	}
	for path := range got {
		if _, ok := want[path]; !ok {
			t.Errorf("%s is in no real payload", path)
		}
	}
}

func testFile(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "statuspage", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestIncidentShape(t *testing.T) {
	p := seed(t, 7, false)
	s := siteAt(p.Changed, seedPage(), p.Changed, p)
	got := shapeOf(t, []byte(page200(t, s, "/incidents/"+p.Code+".json")))
	want := shapeOf(t, testFile(t, "github-incident.json"))
	sameShape(t, got, want)
	for _, path := range []string{".reminder_intervals", ".incident_updates[].custom_tweet", ".incident_updates[].tweet_id"} {
		if got[path] != "null" {
			t.Errorf("%s is %s, always null in real payloads", path, got[path])
		}
	}
}

func TestComponentShapes(t *testing.T) {
	page, ps := everyImpact(t)
	s := siteAt(at(t, "2020-09-20 12:00"), page, at(t, "2020-09-20 12:00"), ps...)
	var got, want struct {
		Components []json.RawMessage
	}
	decode(t, []byte(page200(t, s, "/api/v2/components.json")), &got)
	decode(t, testFile(t, "hashicorp-components-groups-excerpt-2021-08.json"), &want)
	kind := func(raw json.RawMessage) string {
		var c struct {
			Group   bool
			GroupID *string `json:"group_id"`
		}
		decode(t, raw, &c)
		return fmt.Sprint(c.Group, c.GroupID != nil)
	}
	real := make(map[string]json.RawMessage)
	for _, c := range want.Components {
		real[kind(c)] = c
	}
	// A plain row has the keys of a grouped one, with a null.
	real[fmt.Sprint(false, false)] = real[fmt.Sprint(false, true)]
	seen := make(map[string]bool)
	for _, c := range got.Components {
		seen[kind(c)] = true
		sameShape(t, shapeOf(t, c), shapeOf(t, real[kind(c)]))
	}
	if len(seen) != 3 {
		t.Errorf("saw %v, want plain rows, groups and members", seen)
	}
}

func TestSummaryShape(t *testing.T) {
	page, ps := everyImpact(t)
	page.Components = slices.DeleteFunc(page.Components, func(c incident.Component) bool { return c.Name == "Website" })
	s := siteAt(at(t, "2020-09-20 12:00"), page, at(t, "2020-09-20 12:00"), ps...)
	got := shapeOf(t, []byte(page200(t, s, "/api/v2/summary.json")))
	want := shapeOf(t, testFile(t, "huobi-summary-2020-02.json"))
	for path, keys := range want { // two keys are younger than this payload
		keys = strings.Replace(keys, "showcase group_id", "showcase start_date group_id", 1)
		keys = strings.Replace(keys, "components scheduled_for", "components reminder_intervals scheduled_for", 1)
		if strings.HasSuffix(keys, "incident_updates components") {
			keys += " reminder_intervals"
		}
		want[path] = keys
	}
	for path := range got {
		if strings.HasSuffix(path, ".start_date") || strings.HasSuffix(path, ".reminder_intervals") {
			delete(got, path)
		}
		if strings.HasPrefix(path, ".components[].components") {
			delete(got, path) // a group may come first here
		}
	}
	got[".components[]"] = strings.TrimSuffix(got[".components[]"], " components")
	// The planned maintenance's component may have been taken off the page.
	for path := range want {
		if strings.HasPrefix(path, ".scheduled_maintenances[].components[]") && got[path] == "" {
			delete(want, path)
		}
	}
	sameShape(t, got, want)
}

func decode(t *testing.T, raw []byte, v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	if err := d.Decode(v); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		t.Fatalf("more than one value in %.60q", raw)
	}
}

// publicOf reads what a hosted page serves as what it was made from.
func publicOf(t *testing.T, w statuspage.Incident) incident.Public {
	parse := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	maybe := func(s *string) time.Time {
		if s == nil {
			return time.Time{}
		}
		return parse(*s)
	}
	p := incident.Public{
		Code: w.ID, Title: w.Name, Status: incident.Status(w.Status), Impact: incident.Impact(w.Impact), Created: parse(w.CreatedAt),
		Started: parse(w.StartedAt), Changed: parse(w.UpdatedAt), Monitoring: maybe(w.MonitoringAt), Resolved: maybe(w.ResolvedAt),
	}
	for _, c := range w.Components {
		p.Components = append(p.Components, incident.ComponentChange{ID: c.ID, Name: c.Name, New: incident.ComponentState(c.Status)})
	}
	for i, u := range w.Updates {
		pu := incident.PublicUpdate{
			Code: u.ID, Number: len(w.Updates) - i, Status: incident.Status(u.Status), Body: strings.ReplaceAll(u.Body, "<br />", "\n"),
			Shown: parse(u.DisplayAt), Recorded: parse(u.CreatedAt), Edited: parse(u.UpdatedAt), Notify: u.DeliverNotifications,
		}
		for _, c := range u.AffectedComponents {
			pu.Affected = append(pu.Affected, incident.ComponentChange{
				ID: c.Code, Name: c.Name, Old: incident.ComponentState(c.OldStatus), New: incident.ComponentState(c.NewStatus),
			})
		}
		p.Updates = append(p.Updates, pu)
	}
	return p
}

// TestRealIncidents makes the page from real incidents and compares what it
// serves with the originals, field by field. Three things differ by intent: the
// short link is our own, a component says when it changed here, and "<" and "&"
// in bodies are escaped.
func TestRealIncidents(t *testing.T) {
	var want []statuspage.Incident
	decode(t, testFile(t, "github-incidents-40.json"), &want)
	var components []statuspage.Component
	decode(t, testFile(t, "github-components-array.json"), &components)
	page := incident.Page{ID: "kctbh9vrtdwd", Name: "GitHub", URL: "https://www.githubstatus.com", TimeZone: "Etc/UTC"}
	for _, c := range components {
		pc := incident.Component{ID: c.ID, Name: c.Name, Since: c.CreatedAt}
		if c.Description != nil {
			pc.Description = *c.Description
		}
		page.Components = append(page.Components, pc)
	}
	var ps []incident.Public
	for i, w := range want {
		p := publicOf(t, w)
		p.Serial = uint64(len(want) - i)
		ps = append(ps, p)
	}
	slices.Reverse(ps) // any order goes in
	s := siteAt(ps[0].Changed, page, ps[0].Changed, ps...)
	var got struct{ Incidents []statuspage.Incident }
	decode(t, []byte(page200(t, s, "/api/v2/incidents.json")), &got)
	if len(got.Incidents) != len(want) || len(want) != 40 {
		t.Fatalf("%d incidents of %d", len(got.Incidents), len(want))
	}
	verbatim := 0
	for i := range want {
		g, w := got.Incidents[i], want[i]
		w.Shortlink = "https://www.githubstatus.com/incidents/" + w.ID
		for j := range w.Updates {
			if body := w.Updates[j].Body; !strings.ContainsAny(strings.ReplaceAll(body, "<br />", ""), "<&\n") {
				verbatim++
			} else {
				w.Updates[j].Body = escapeBody(strings.ReplaceAll(body, "<br />", "\n"))
			}
		}
		for j := range w.Components {
			if j < len(g.Components) {
				w.Components[j].UpdatedAt, w.Components[j].StartDate = g.Components[j].UpdatedAt, g.Components[j].StartDate
				w.Components[j].Showcase = true // a switch of hosted pages that has no meaning here
			}
		}
		a, b := mustJSON(t, g), mustJSON(t, w)
		if a != b {
			t.Errorf("%s differs:\n got %s\nwant %s", w.ID, a, b)
		}
	}
	if verbatim < 150 {
		t.Errorf("only %d bodies were compared as they are", verbatim)
	}

	// The label rule, over the same incidents, in what people and readers see.
	for i := range ps {
		p := &ps[i]
		var want, got []string
		for j, u := range p.Updates {
			label := strings.ToUpper(string(u.Status[:1])) + string(u.Status[1:])
			if j+1 < len(p.Updates) && p.Updates[j+1].Status == u.Status {
				label = "Update"
			}
			want = append(want, label+" "+u.Shown.UTC().Format("Posted Jan 02, 2006 - 15:04 UTC"))
		}
		each(parse(t, page200(t, s, "/incidents/"+p.Code)), func(n *html.Node) {
			switch attr(n, "class") {
			case "label":
				got = append(got, n.FirstChild.Data)
			case "stamp":
				got[len(got)-1] += " " + n.FirstChild.Data + n.FirstChild.NextSibling.FirstChild.Data
			}
		})
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", p.Code, got, want)
		}
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestTopLevelStatus is the table of research on the roll-up, row by row.
func TestTopLevelStatus(t *testing.T) {
	up, slow, part, down, work := incident.Operational, incident.Degraded, incident.PartialOutage, incident.MajorOutage, incident.UnderMaintenance
	for _, c := range []struct {
		states      []incident.ComponentState
		indicator   string
		description string
		sentence    string
	}{
		{[]incident.ComponentState{}, "none", "All Systems Operational", "All systems operational"},
		{[]incident.ComponentState{up, up}, "none", "All Systems Operational", "All systems operational"},
		{[]incident.ComponentState{down, down}, "critical", "Major System Outage", "A and B are down"},
		{[]incident.ComponentState{down}, "critical", "Major System Outage", "A is down"},
		{[]incident.ComponentState{down, up}, "major", "Partial System Outage", "A is down"},
		{[]incident.ComponentState{down, part}, "major", "Partial System Outage", "A is down"},
		{[]incident.ComponentState{part, part}, "major", "Partial System Outage", "A and B are partly down"},
		{[]incident.ComponentState{part}, "major", "Partial System Outage", "A is partly down"},
		{[]incident.ComponentState{up, part}, "minor", "Minor Service Outage", "B is partly down"},
		{[]incident.ComponentState{slow, part}, "minor", "Minor Service Outage", "B is partly down"},
		{[]incident.ComponentState{slow, slow}, "minor", "Degraded System Service", "A and B are degraded"},
		{[]incident.ComponentState{slow}, "minor", "Partially Degraded Service", "A is degraded"},
		{[]incident.ComponentState{slow, work, up}, "minor", "Partially Degraded Service", "A is degraded"},
		{[]incident.ComponentState{work, up}, "maintenance", "Service Under Maintenance", "A is under maintenance"},
		{[]incident.ComponentState{down, down, down}, "critical", "Major System Outage", "All systems are down"},
		{[]incident.ComponentState{slow, slow, slow, slow, up}, "minor", "Partially Degraded Service", "4 of 5 systems are degraded"},
	} {
		page := incident.Page{ID: "pq1rs2tv3wx4", Name: "N", TimeZone: "UTC"}
		now := at(t, "2020-09-09 12:00")
		p := incident.Public{Code: "1bcdfghjklmn", Status: incident.Investigating, Created: now, Changed: now}
		for i, st := range c.states {
			id := incident.Code("t", "c", uint64(i))
			page.Components = append(page.Components, incident.Component{ID: id, Name: string(rune('A' + i))})
			p.Components = append(p.Components, incident.ComponentChange{ID: id, New: st})
		}
		ps := []incident.Public{p}
		if !slices.ContainsFunc(c.states, func(s incident.ComponentState) bool { return s != up }) {
			ps = nil
		}
		s := siteAt(now, page, now, ps...)
		var got struct{ Status statuspage.Status }
		decode(t, []byte(page200(t, s, "/api/v2/status.json")), &got)
		if got.Status.Indicator != c.indicator || got.Status.Description != c.description {
			t.Errorf("%v: %+v, want %s %s", c.states, got.Status, c.indicator, c.description)
		}
		if sentence := sentenceOf(s); sentence != c.sentence {
			t.Errorf("%v: %q, want %q", c.states, sentence, c.sentence)
		}
		strict := New(func() time.Time { return now }, &Options{StrictIndicator: true})
		strict.Set(Content{Page: page, Incidents: ps, Updated: now})
		decode(t, []byte(page200(t, strict, "/api/v2/status.json")), &got)
		if want := strings.Replace(c.indicator, "maintenance", "none", 1); got.Status.Indicator != want {
			t.Errorf("%v, strict: %s, want %s", c.states, got.Status.Indicator, want)
		}
	}
}

// TestHeadlineWhileOpen: what the page says of the whole never contradicts the
// open incident below it.
func TestHeadlineWhileOpen(t *testing.T) {
	now := at(t, "2020-09-09 16:00")
	for _, c := range []struct {
		n    int
		want string
	}{
		{1, "Main Application and Payment Processing are down"},
		{4, "Main Application and Payment Processing are degraded"},
		{6, "Systems are operational, and we are watching an issue"},
		{7, "All systems operational"},
	} {
		s := siteAt(now, seedPage(), now, seed(t, c.n, false))
		if got := sentenceOf(s); got != c.want {
			t.Errorf("after %d updates: %q, want %q", c.n, got, c.want)
		}
	}
	p := seed(t, 1, false)
	p.Components, p.Updates[0].Affected = nil, nil
	if got := sentenceOf(siteAt(now, seedPage(), now, p)); got != "We are working on an issue" {
		t.Errorf("without components: %q", got)
	}
}

func TestStamps(t *testing.T) {
	utc := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct{ zone, at, wire, shown string }{
		{"America/Chicago", "2020-09-09T20:39:00.007Z", "2020-09-09T15:39:00.007-05:00", "Sep 09, 2020 - 15:39 CDT"},
		{"America/Chicago", "2020-11-01T06:30:00Z", "2020-11-01T01:30:00.000-05:00", "Nov 01, 2020 - 01:30 CDT"}, // the hour that comes twice
		{"America/Chicago", "2020-11-01T07:30:00Z", "2020-11-01T01:30:00.000-06:00", "Nov 01, 2020 - 01:30 CST"},
		{"America/Chicago", "2020-03-08T08:00:00Z", "2020-03-08T03:00:00.000-05:00", "Mar 08, 2020 - 03:00 CDT"}, // after the hour that is not
		{"Europe/London", "2020-01-02T03:04:05Z", "2020-01-02T03:04:05.000+00:00", "Jan 02, 2020 - 03:04 GMT"},
		{"Etc/UTC", "2020-01-02T03:04:05Z", "2020-01-02T03:04:05.000Z", "Jan 02, 2020 - 03:04 UTC"},
		{"Nowhere/Atall", "2020-01-02T03:04:05Z", "2020-01-02T03:04:05.000Z", "Jan 02, 2020 - 03:04 UTC"},
		{"Asia/Kathmandu", "2020-01-02T03:04:05Z", "2020-01-02T08:49:05.000+05:45", "Jan 02, 2020 - 08:49 UTC+05:45"},
	} {
		p := seed(t, 1, false)
		p.Updates[0].Shown = utc(c.at)
		page := seedPage()
		page.TimeZone = c.zone
		s := siteAt(utc(c.at), page, utc(c.at), p)
		if body := page200(t, s, "/incidents/"+p.Code+".json"); !strings.Contains(body, `"display_at":"`+c.wire+`"`) {
			t.Errorf("%s %s: no %s in %s", c.zone, c.at, c.wire, body)
		}
		if body := readable(t, page200(t, s, "/incidents/"+p.Code)); !strings.Contains(body, "Posted "+c.shown) {
			t.Errorf("%s %s: no %s in %s", c.zone, c.at, c.shown, body)
		}
	}
}

func TestLists(t *testing.T) {
	page, ps := everyImpact(t)
	s := siteAt(at(t, "2020-09-20 12:00"), page, at(t, "2020-09-20 12:00"), ps...)
	for address, want := range map[string]string{
		"/api/v2/incidents.json": "Card payments are declined|Webhooks arrive late|Slow API answers|A wrong date on statements|" +
			"Login was slow|Emails were not sent|Payments were down",
		"/api/v2/incidents/unresolved.json":               "Card payments are declined|Webhooks arrive late|Slow API answers|A wrong date on statements",
		"/api/v2/scheduled-maintenances.json":             "New certificates|Move of the fraud database|Router replacement",
		"/api/v2/scheduled-maintenances/upcoming.json":    "New certificates",
		"/api/v2/scheduled-maintenances/active.json":      "Move of the fraud database",
		"/api/v2/incidents.json?page=2":                   "",
		"/api/v2/scheduled-maintenances.json?page=999999": "",
	} {
		var got struct {
			Incidents    []statuspage.Incident
			Maintenances []statuspage.Incident `json:"scheduled_maintenances"`
		}
		body := page200(t, s, address)
		decode(t, []byte(body), &got)
		var names []string
		for _, i := range append(got.Incidents, got.Maintenances...) {
			names = append(names, i.Name)
		}
		if strings.Join(names, "|") != want {
			t.Errorf("%s: %q, want %q", address, names, want)
		}
		if strings.Contains(body, `":null,"scheduled_maint`) || strings.Contains(body, `incidents":null`) {
			t.Errorf("%s: an empty list is null: %s", address, body)
		}
	}
	var rows struct{ Components []statuspage.Component }
	decode(t, []byte(page200(t, s, "/api/v2/components.json")), &rows)
	var states []string
	for _, r := range rows.Components {
		states = append(states, fmt.Sprintf("%d %s %s", r.Position, r.Name, r.Status))
	}
	want := []string{
		"1 Website operational", "1 API degraded_performance", "2 Backend partial_outage", "2 Webhooks partial_outage",
		"3 Fraud detection under_maintenance", "3 Email operational", "4 Card payments major_outage",
	}
	if !slices.Equal(states, want) {
		t.Errorf("components: %q, want %q", states, want)
	}
}

// TestPaging: fifty a page, then one that is empty.
func TestPaging(t *testing.T) {
	s := siteAt(at(t, "2020-09-20 12:00"), seedPage(), at(t, "2020-09-20 12:00"), many(t, 120)...)
	seen := make(map[string]bool)
	for n, want := range []int{50, 50, 20, 0, 0} {
		var got struct{ Incidents []statuspage.Incident }
		decode(t, []byte(page200(t, s, fmt.Sprintf("/api/v2/incidents.json?page=%d", n+1))), &got)
		if len(got.Incidents) != want {
			t.Errorf("page %d has %d", n+1, len(got.Incidents))
		}
		for _, i := range got.Incidents {
			seen[i.ID] = true
		}
	}
	if len(seen) != 120 {
		t.Errorf("%d incidents over all pages", len(seen))
	}
	// A copy on a file server has the same pages, where a query leads to no file.
	for at, address := range map[string]string{"/api/v2/incidents/page/2.json": "/api/v2/incidents.json?page=2", "/api/v2/incidents/page/3.json": "/api/v2/incidents.json?page=3", "/history/2.json": "/history.json?page=2"} {
		if page200(t, s, at) != page200(t, s, address) {
			t.Errorf("%s is not what is at %s", at, address)
		}
		if !slices.ContainsFunc(s.current.Load().files(s.now()), func(f file) bool { return f.address == at }) {
			t.Errorf("%s is not exported", at)
		}
	}
	for _, address := range []string{"/api/v2/incidents/page/1.json", "/api/v2/incidents/page/4.json", "/api/v2/incidents/page/02.json", "/api/v2/scheduled-maintenances/page/2.json", "/history/99.json"} {
		if w := get(t, s, address); w.Code != 404 {
			t.Errorf("%s: %d", address, w.Code)
		}
	}
	// All of the history is reachable, and has an end.
	found := 0
	for n := 1; ; n++ {
		w := get(t, s, fmt.Sprintf("/history?page=%d", n))
		if w.Code == 404 {
			break
		}
		found += strings.Count(w.Body.String(), `<article class="entry">`)
		if n > 100 {
			t.Fatal("the history does not end")
		}
	}
	if found != 120 {
		t.Errorf("%d incidents in the history", found)
	}
	if got := page200(t, s, "/history?page=9999", "Accept", "application/json"); got != `{"months":[]}` {
		t.Errorf("after the history's end: %s", got)
	}
}

// many makes past incidents, one every two days back from the seed's month.
func many(t testing.TB, n int) []incident.Public {
	out := make([]incident.Public, n)
	for i := range out {
		back := -time.Duration(i) * 48 * time.Hour
		p := seed(t, 7, false)
		p.Code, p.Serial, p.Title = incident.Code("many", "i", uint64(i)), uint64(n-i), fmt.Sprintf("Outage number %d", n-i)
		p.Updates = slices.Clone(p.Updates)
		for j := range p.Updates {
			u := &p.Updates[j]
			u.Shown, u.Recorded, u.Edited = u.Shown.Add(back), u.Recorded.Add(back), u.Edited.Add(back)
		}
		p.Created, p.Started, p.Changed = p.Created.Add(back), p.Started.Add(back), p.Changed.Add(back)
		p.Monitoring, p.Resolved = p.Monitoring.Add(back), p.Resolved.Add(back)
		out[i] = p
	}
	return out
}

// sentenceOf is what the page says of the whole.
func sentenceOf(s *Site) string {
	sentence, _ := s.current.Load().main().headline()
	return sentence
}
