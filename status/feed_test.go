package status

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"

	"sitrep/incident"
)

func feed(t *testing.T, s *Site, address string) *gofeed.Feed {
	t.Helper()
	f, err := gofeed.NewParser().ParseString(page200(t, s, address))
	if err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	return f
}

// TestFeedsAreRead parses both feeds with a reader that is not ours.
func TestFeedsAreRead(t *testing.T) {
	s := seedSite(t)
	for _, address := range []string{"/history.atom", "/history.rss"} {
		f := feed(t, s, address)
		if f.Title != "ChargeOver Status - Incident History" || f.Link != "https://status.chargeover.com" || f.FeedLink != "https://status.chargeover.com"+address || len(f.Items) != 1 {
			t.Errorf("%s: %q %q %q, %d items", address, f.Title, f.Link, f.FeedLink, len(f.Items))
			continue
		}
		it := f.Items[0]
		body := it.Content + it.Description
		labels := regexp.MustCompile(`<strong>([^<]*)</strong> - `).FindAllStringSubmatch(body, -1)
		var got []string
		for _, l := range labels {
			got = append(got, l[1])
		}
		if g := strings.Join(got, " "); g != "Postmortem Resolved Update Monitoring Update Update Identified Investigating" {
			t.Errorf("%s: %s", address, g)
		}
		if !it.PublishedParsed.Equal(at(t, "2020-09-09 15:39")) || it.Title != "Service Outage" || it.Link != "https://status.chargeover.com/incidents/s3rv1c30ttg5" {
			t.Errorf("%s: %+v", address, it)
		}
		if !strings.Contains(body, "<p><small>Sep <var data-var='date'> 9</var>, <var data-var='time'>15:39</var> CDT</small><br><strong>Resolved</strong> - This issue has been resolved") {
			t.Errorf("%s: %s", address, body)
		}
	}
	if it := feed(t, s, "/history.atom").Items[0]; it.GUID != "tag:status.chargeover.com,2005:Incident/1" || !it.UpdatedParsed.Equal(at(t, "2020-09-10 08:32")) {
		t.Errorf("%+v", it)
	}
	if it := feed(t, s, "/history.rss").Items[0]; it.GUID != it.Link {
		t.Errorf("%+v", it)
	}
}

// TestFeedOrder: twenty-five entries, the newest published first, and no
// address of a page that is not there.
func TestFeedOrder(t *testing.T) {
	s := siteAt(at(t, "2020-09-20 12:00"), seedPage(), at(t, "2020-09-20 12:00"), many(t, 60)...)
	for _, address := range []string{"/history.atom", "/history.rss"} {
		f := feed(t, s, address)
		if len(f.Items) != 25 {
			t.Fatalf("%s: %d items", address, len(f.Items))
		}
		seen := make(map[string]bool)
		for i, it := range f.Items {
			if i > 0 && it.PublishedParsed.After(*f.Items[i-1].PublishedParsed) {
				t.Errorf("%s: item %d is newer than the one before", address, i)
			}
			if seen[it.GUID] {
				t.Errorf("%s: %s twice", address, it.GUID)
			}
			seen[it.GUID] = true
			page200(t, s, strings.TrimPrefix(it.Link, "https://status.chargeover.com"))
		}
	}
}

// TestFeedOfPlannedWork holds the words on planned work to a real feed's.
func TestFeedOfPlannedWork(t *testing.T) {
	utc := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	posted := utc("2025-05-22T15:26:24Z")
	p := incident.Public{
		Code: "67vdd3b7d1zq", Serial: 25233647, Title: "Codespaces Scheduled Maintenance", Status: incident.Scheduled, Maintenance: true,
		Impact: incident.ImpactMaintenance, Created: posted, Started: posted, Changed: posted, From: utc("2025-05-28T16:30:00Z"), Until: utc("2025-05-29T16:30:00Z"),
		Updates: []incident.PublicUpdate{{
			Code: "1bcdfghjklmn", Number: 1, Status: incident.Scheduled, Shown: posted, Recorded: posted, Edited: posted,
			Body: "Codespaces will be undergoing global maintenance from 16:30 UTC on Wednesday, May 28 to 16:30 UTC on Thursday, May 29. Maintenance will begin in our Europe, Asia, and Australia regions. Once it is complete, maintenance will start in our US regions. Each batch of regions will take approximately three to four hours to complete.\n\nDuring this time period, users may experience intermittent connectivity issues when creating new Codespaces or accessing existing ones.\n\nTo avoid disruptions, ensure that any uncommitted changes are committed and pushed before the maintenance starts. Codespaces with uncommitted changes will remain accessible as usual after the maintenance is complete.",
		}},
	}
	page := incident.Page{ID: "kctbh9vrtdwd", Name: "GitHub", URL: "https://www.githubstatus.com", TimeZone: "Etc/UTC"}
	s := siteAt(posted, page, posted, p)
	real, err := gofeed.NewParser().ParseString(string(testFile(t, "github-history-scheduled-2025-05.atom")))
	if err != nil {
		t.Fatal(err)
	}
	got, want := feed(t, s, "/history.atom").Items[0], real.Items[0]
	for _, c := range []struct{ what, got, want string }{
		{"content", got.Content, want.Content}, {"id", got.GUID, want.GUID}, {"published", got.Published, want.Published},
		{"updated", got.Updated, want.Updated}, {"link", got.Link, want.Link}, {"title", got.Title, want.Title},
	} {
		if c.got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.what, c.got, c.want)
		}
	}
}

// TestEmptyFeeds: a page on which nothing happened has feeds, too.
func TestEmptyFeeds(t *testing.T) {
	now := at(t, "2020-09-10 09:00")
	for _, address := range []string{"/history.atom", "/history.rss"} {
		if n := len(feed(t, siteAt(now, seedPage(), now), address).Items); n != 0 {
			t.Errorf("%s: %d items", address, n)
		}
	}
}

// TestFeedsAreValid holds every feed of every scene to the W3C's feed validator,
// at its strictest. FEEDVALIDATOR names the src folder of a checkout of
// github.com/w3c/feedvalidator, which needs python3-lxml, python3-html5lib and
// python3-rdflib; no package of any system has it, so it is run by hand.
func TestFeedsAreValid(t *testing.T) {
	validator := os.Getenv("FEEDVALIDATOR")
	if validator == "" {
		t.Skip("the feeds were not held to the W3C's validator; name a checkout's src folder in FEEDVALIDATOR")
	}
	for name, s := range scenes(t) {
		server := httptest.NewServer(s)
		defer server.Close()
		e := s.current.Load()
		page := e.page
		page.URL = server.URL // a feed says where it is
		c := Content{Page: page, Updated: e.updated}
		e.all(func(it *item) bool { c.Incidents = append(c.Incidents, it.Public); return true })
		s.Set(c)
		for _, feed := range []string{"/history.atom", "/updates.atom", "/history.rss"} {
			cmd := exec.CommandContext(t.Context(), "/usr/bin/python3", "demo.py", server.URL+feed, "AAA")
			cmd.Dir = validator
			if said, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(said), "No errors or warnings") {
				t.Errorf("%s%s: %s", name, feed, said)
			}
		}
	}
}
