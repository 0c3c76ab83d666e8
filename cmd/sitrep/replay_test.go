package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"sitrep/internal/app"
)

// run runs the program and returns its exit status and what it printed.
func run(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	p := &program{stdout: &out, stderr: &errs, getenv: func(string) string { return "" }}
	code = p.run(context.Background(), args)
	return code, out.String(), errs.String()
}

// replaySeed plays the seed story and returns the folder it wrote.
func replaySeed(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	code, _, errs := run(t, "replay", "../../internal/story/seed/chargeover.txt", "--config", "../../internal/story/seed/chargeover.yml", "--out", dir)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	return dir
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// words is the text of a page, with white space folded.
func words(t *testing.T, page string) string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode && (n.Data == "style" || n.Data == "svg" || n.Data == "head") {
			return
		}
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
		if n.Type == html.ElementNode && n.Data != "var" && n.Data != "b" && n.Data != "strong" && n.Data != "time" && n.Data != "span" {
			b.WriteString(" ")
		}
	}
	walk(doc)
	return strings.Join(strings.Fields(b.String()), " ")
}

// inOrder checks that all parts stand in text, one after the other.
func inOrder(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	rest := text
	for _, p := range parts {
		i := strings.Index(rest, p)
		if i < 0 {
			t.Errorf("%s: %q is missing, or out of order", what, p)
			return
		}
		rest = rest[i+len(p):]
	}
}

// The seed incident comes out right to the minute: the page as the company's
// own was, and the draft as its record says.
func TestSeedToTheMinute(t *testing.T) {
	dir := replaySeed(t)
	var doc struct {
		Incidents []struct {
			ID, Name, Status, Impact string
			Created                  string `json:"created_at"`
			Resolved                 string `json:"resolved_at"`
			Monitoring               string `json:"monitoring_at"`
			Updates                  []struct {
				Status, Body string
				Shown        string `json:"display_at"`
			} `json:"incident_updates"`
		}
	}
	if err := json.Unmarshal([]byte(read(t, dir, "site/api/v2/incidents.json")), &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Incidents) != 1 {
		t.Fatalf("%d incidents", len(doc.Incidents))
	}
	in := doc.Incidents[0]
	if in.Name != "Service Outage" || in.Status != "postmortem" || in.Impact != "critical" ||
		in.Created != "2020-09-09T11:15:00.000-05:00" || in.Resolved != "2020-09-09T15:39:00.000-05:00" || in.Monitoring != "2020-09-09T15:17:00.000-05:00" {
		t.Errorf("incident: %+v", in)
	}
	want := [][3]string{
		{"postmortem", "2020-09-10T08:32:00.000-05:00", "ChargeOver primarily uses the MariaDB database for data storage."},
		{"resolved", "2020-09-09T15:39:00.000-05:00", "This issue has been resolved and all services are operational. Root cause and postmortem will follow."},
		{"monitoring", "2020-09-09T15:25:00.000-05:00", "All ChargeOver services are operational now. We continue to monitor the situation.<br /><br />A postmortem will follow."},
		{"monitoring", "2020-09-09T15:17:00.000-05:00", "We continue to monitor the situation as services are being restored."},
		{"identified", "2020-09-09T15:16:00.000-05:00", "Services are being restored. We are continuing to monitor the situation and will provide further updates."},
		{"identified", "2020-09-09T13:43:00.000-05:00", "We are continuing to work towards restoration of service. More updates to follow."},
		{"identified", "2020-09-09T11:38:00.000-05:00", "We have identified the issue, and are working to resolve the outage as quickly as possible."},
		{"investigating", "2020-09-09T11:15:00.000-05:00", "We are aware of an issue, and are investigating.<br /><br />Further information to follow."},
	}
	if len(in.Updates) != len(want) {
		t.Fatalf("%d updates, want %d", len(in.Updates), len(want))
	}
	for i, w := range want {
		u := in.Updates[i]
		if u.Status != w[0] || u.Shown != w[1] || !strings.HasPrefix(u.Body, w[2]) || i > 0 && u.Body != w[2] {
			t.Errorf("update %d: %+v, want %v", i, u, w)
		}
	}

	page := words(t, read(t, dir, "site/incidents", in.ID, "index.html"))
	inOrder(t, "the incident's page", page, "Service Outage",
		"Postmortem", "The MariaDB process crashed on our primary database server at 11:09 CST", "Posted Sep 10, 2020 - 08:32 CDT",
		"Resolved", "Root cause and postmortem will follow.", "Posted Sep 09, 2020 - 15:39 CDT",
		"Update", "A postmortem will follow.", "Posted Sep 09, 2020 - 15:25 CDT",
		"Monitoring", "as services are being restored.", "Posted Sep 09, 2020 - 15:17 CDT",
		"Update", "will provide further updates.", "Posted Sep 09, 2020 - 15:16 CDT",
		"Update", "More updates to follow.", "Posted Sep 09, 2020 - 13:43 CDT",
		"Identified", "as quickly as possible.", "Posted Sep 09, 2020 - 11:38 CDT",
		"Investigating", "Further information to follow.", "Posted Sep 09, 2020 - 11:15 CDT")
	inOrder(t, "the incident's page", page, "This incident affected: Main Application and Payment Processing.")
	for _, secret := range []string{"InnoDB: Failing assertion: templ->clust_rec_field_no != ULINT_UNDEFINED\n", "fail over to the secondary. how long", "@oncall", "MariaDB crashed on the primary database server"} {
		if strings.Contains(page, secret) {
			t.Errorf("the page says %q, which nobody published", secret)
		}
	}
	for _, feed := range []string{"history.atom", "history.rss"} {
		inOrder(t, feed, read(t, dir, "site", feed), "Service Outage", "Postmortem", "Resolved", "Update", "Monitoring", "Update", "Update", "Identified", "Investigating")
	}
	for _, f := range []string{"index.html", "history/index.html", "api/v2/summary.json", "api/v2/status.json", "api/v2/components.json", "api/v2/incidents/unresolved.json", "api/v2/scheduled-maintenances.json"} {
		read(t, dir, "site", f)
	}

	draft := read(t, dir, "postmortem/INC-1.md")
	for _, w := range []string{"6 min", "29 min", "3 h 52 min", "4 h 6 min", "4 h 30 min", "2 h 5 min", "11:38", "13:43",
		"Avoid the long check times after a database crash", "Revise the failover process so that it accounts for long check times",
		"The integrity check finishes within the hour", "ruled out", "11:09 CST"} {
		if !strings.Contains(draft, w) {
			t.Errorf("the draft does not say %q", w)
		}
	}
	if ok, err := regexp.MatchString(`CST[^.]*not in force`, draft); err != nil || !ok {
		t.Error("the draft does not say that CST is not in force on that day")
	}
	var facts struct {
		Facts map[string]string `json:"facts"`
	}
	if err := json.Unmarshal([]byte(read(t, dir, "postmortem/INC-1.json")), &facts); err != nil {
		t.Fatal(err)
	}
	for k, v := range map[string]string{"start": "2020-09-09T11:09:00-05:00", "identified": "2020-09-09T11:38:00-05:00", "mitigated": "2020-09-09T15:01:00-05:00", "resolved": "2020-09-09T15:39:00-05:00", "duration": "PT4H30M"} {
		if facts.Facts[k] != v {
			t.Errorf("fact %s is %q, want %q", k, facts.Facts[k], v)
		}
	}
	if lines := strings.Count(read(t, dir, "receipts.jsonl"), "\n"); lines != 19 {
		t.Errorf("%d receipts, want one for each of the 19 commands", lines)
	}
	for _, l := range strings.Split(strings.TrimSpace(read(t, dir, "timeline/INC-1.jsonl")), "\n") {
		var e app.EntryLine
		if err := json.Unmarshal([]byte(l), &e); err != nil || e.Ref == "" || e.At.IsZero() {
			t.Errorf("%v: %s", err, l)
		}
	}
}

// The same story gives the same site, whenever it is played.
func TestReplayIsRepeatable(t *testing.T) {
	a, b := replaySeed(t), replaySeed(t)
	for _, f := range []string{"site/index.html", "site/api/v2/summary.json", "site/history.atom", "postmortem/INC-1.md", "postmortem/INC-1.json", "timeline/INC-1.jsonl", "receipts.jsonl"} {
		if read(t, a, f) != read(t, b, f) {
			t.Errorf("%s differs between two replays", f)
		}
	}
}

func TestReplayNamesTheLineThatCannotRun(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "s.txt")
	story := "2020-09-09T11:15:00Z #ops @a /incident declare it is down\n2020-09-09T11:16:00Z #incident @a /incident frobnicate\n2020-09-09T11:17:00Z #incident @a /incident note never run\n"
	if err := os.WriteFile(file, []byte(story), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, errs := run(t, "replay", file, "--out", filepath.Join(dir, "out"))
	if code != 1 || !strings.Contains(errs, "line 2") || !strings.Contains(errs, "frobnicate") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if r := read(t, dir, "out/receipts.jsonl"); strings.Contains(r, "never run") {
		t.Error("a line after the one that was refused was run")
	}
}

// get fetches an address and returns the body.
func get(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
