package status

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	ical "github.com/emersion/go-ical"

	"sitrep/incident"
)

// TestUpdatesFeeds: an entry for each update, in both forms, read by a reader
// that is not ours; one component's feed has its incidents alone.
func TestUpdatesFeeds(t *testing.T) {
	s := seedSite(t)
	for _, address := range []string{"/updates.atom", "/feed.json"} {
		f := feed(t, s, address)
		if f.Title != "ChargeOver Status - Updates" || len(f.Items) != 8 || f.FeedLink != "https://status.chargeover.com"+address {
			t.Errorf("%s: %q, %d items, %s", address, f.Title, len(f.Items), f.FeedLink)
			continue
		}
		var titles []string
		ids := make(map[string]bool)
		for i, it := range f.Items {
			titles = append(titles, strings.TrimSuffix(it.Title, ": Service Outage"))
			ids[it.GUID] = true
			if i > 0 && it.PublishedParsed.After(*f.Items[i-1].PublishedParsed) {
				t.Errorf("%s: item %d is newer than the one before", address, i)
			}
			path, fragment, _ := strings.Cut(strings.TrimPrefix(it.Link, "https://status.chargeover.com"), "#")
			if body := page200(t, s, path); !strings.HasPrefix(it.Title, "Postmortem") && !strings.Contains(body, `id="`+fragment+`"`) {
				t.Errorf("%s: %s leads to nothing", address, it.Link)
			}
		}
		if got := strings.Join(titles, " "); got != "Postmortem Resolved Update Monitoring Update Update Identified Investigating" || len(ids) != 8 {
			t.Errorf("%s: %s, %d ids", address, got, len(ids))
		}
	}
	page, ps := everyImpact(t)
	s = siteAt(at(t, "2020-09-20 12:00"), page, at(t, "2020-09-20 12:00"), ps...)
	f := feed(t, s, "/updates.atom?component="+page.Components[4].ID)
	if f.Title != "Northwind Payments Status - Email" || len(f.Items) != 3 {
		t.Errorf("%q, %d items", f.Title, len(f.Items))
	}
	for _, it := range f.Items {
		if !strings.HasSuffix(it.Title, "A wrong date on statements") && !strings.HasSuffix(it.Title, "Emails were not sent") {
			t.Errorf("the feed of Email has %q", it.Title)
		}
	}
}

// TestCalendar reads the calendar with a parser that is not ours.
func TestCalendar(t *testing.T) {
	page, ps := everyImpact(t)
	ps[5].Title = "New certificates; with a comma, a\\backslash, and a name that is much longer than the seventy-five octets of a line äöü"
	s := siteAt(at(t, "2020-09-20 12:00"), page, at(t, "2020-09-20 12:00"), ps...)
	raw := page200(t, s, "/history.ics")
	for line := range strings.SplitSeq(raw, "\r\n") {
		if len(line) > 75 {
			t.Errorf("a line of %d octets: %s", len(line), line)
		}
	}
	cal, err := ical.NewDecoder(strings.NewReader(raw)).Decode()
	if err != nil {
		t.Fatal(err)
	}
	events := cal.Events()
	if len(events) != 3 {
		t.Fatalf("%d events", len(events))
	}
	ev := events[0]
	title, err := ev.Props.Text(ical.PropSummary)
	if err != nil || title != ps[5].Title {
		t.Errorf("%q, %v", title, err)
	}
	from, err := ev.DateTimeStart(nil)
	if err != nil || !from.Equal(ps[5].From) {
		t.Errorf("begins %v, %v", from, err)
	}
	until, err := ev.DateTimeEnd(nil)
	if err != nil || !until.Equal(ps[5].Until) {
		t.Errorf("ends %v, %v", until, err)
	}
	if uid, err := ev.Props.Text(ical.PropUID); err != nil || uid != ps[5].Code+"@status.example.com" {
		t.Errorf("%s, %v", uid, err)
	}
	empty := page200(t, siteAt(at(t, "2020-09-20 12:00"), page, at(t, "2020-09-20 12:00")), "/history.ics")
	if !strings.HasPrefix(empty, "BEGIN:VCALENDAR\r\n") || !strings.Contains(empty, "VERSION:2.0") {
		t.Error(empty)
	}
}

// TestBadge: the picture is XML, says in words what its colour says, and follows
// the page.
func TestBadge(t *testing.T) {
	now := at(t, "2020-09-09 16:00")
	for _, c := range []struct {
		updates int
		want    string
	}{{1, "ChargeOver Status: Major outage"}, {4, "ChargeOver Status: Degraded performance"}, {7, "ChargeOver Status: All systems operational"}} {
		raw := page200(t, siteAt(now, seedPage(), now, seed(t, c.updates, false)), "/badge.svg")
		d := xml.NewDecoder(strings.NewReader(raw))
		var title string
		for {
			tok, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if e, ok := tok.(xml.StartElement); ok && e.Name.Local == "title" {
				if err := d.DecodeElement(&title, &e); err != nil {
					t.Fatal(err)
				}
			}
		}
		if title != c.want || !strings.Contains(raw, `aria-label="`+c.want+`"`) {
			t.Errorf("%q, want %q", title, c.want)
		}
	}
	page := seedPage()
	page.Name = `<script>"&'` + strings.Repeat("long ", 40)
	raw := page200(t, siteAt(now, page, now), "/badge.svg")
	if strings.Contains(raw, "<script") || xml.Unmarshal([]byte(raw), new(struct{})) != nil {
		t.Error(raw)
	}
}

// TestMarkdownPages: programs that read text get what people read, thirty times
// shorter, with no HTML that somebody else's page would act on.
func TestMarkdownPages(t *testing.T) {
	s := seedSite(t)
	home, markdown := page200(t, s, "/"), page200(t, s, "/index.md")
	for _, want := range []string{"# ChargeOver Status\n\n**All systems operational.**", "- Payment Processing: Operational (99.", "[Service Outage](https://status.chargeover.com/incidents/s3rv1c30ttg5): Critical incident, Sep 9, 11:15 to 15:39 CDT, 4 h 24 min. Resolved: "} {
		if !strings.Contains(markdown, want) {
			t.Errorf("no %q in\n%s", want, markdown)
		}
	}
	if len(home) < 20*len(markdown) {
		t.Errorf("%d bytes of HTML, %d of Markdown", len(home), len(markdown))
	}
	own := page200(t, s, "/incidents/s3rv1c30ttg5.md")
	if strings.Index(own, "## Postmortem") > strings.Index(own, "## Resolved (Sep 09, 2020 - 15:39 CDT)") || !strings.Contains(own, "This incident affected: Main Application and Payment Processing.") {
		t.Error(own)
	}
	p := seed(t, 2, false)
	p.Title = "<img src=x onerror=alert(1)> [x](javascript:alert(1))"
	p.Updates[0].Body = "<script>alert(1)</script>"
	for _, address := range []string{"/index.md", "/incidents/" + p.Code + ".md", "/history.md"} {
		got := page200(t, siteAt(p.Changed, seedPage(), p.Changed, p), address)
		if strings.Contains(got, "<script") || strings.Contains(got, "<img") || strings.Contains(got, "[x](javascript") {
			t.Errorf("%s: %s", address, got)
		}
	}
}

// TestLookIsChecked: a look that people could not read is refused, in words.
func TestLookIsChecked(t *testing.T) {
	for _, c := range []struct {
		name string
		o    LookOptions
		want string
	}{
		{"no such language", LookOptions{Languages: []string{"xx"}}, `there is no language "xx"; there are en, fr`},
		{"twice", LookOptions{Languages: []string{"en", "en"}}, "named twice"},
		{"no colour", LookOptions{Light: Palette{Link: "red"}}, "write a colour as #1a5a96"},
		{"a colour that ends the style", LookOptions{Light: Palette{Link: "#1a5a96}body{display:none"}}, "write a colour as #1a5a96"},
		{"grey on white", LookOptions{Light: Palette{Ink: "#999999"}}, "people need 4.5:1"},
		{"a paper on which states vanish", LookOptions{Dark: Palette{Paper: "#ff837b"}}, "people need 4.5:1"},
		{"no picture", LookOptions{Logo: []byte("MZ")}, "use SVG, PNG, JPEG or WebP"},
		{"a picture too large", LookOptions{Logo: make([]byte, 200<<10)}, "at most 100 kB"},
	} {
		if _, err := NewLook(&c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	look, err := NewLook(&LookOptions{Light: Palette{Link: "#663399"}, Logo: []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), About: "Of *everything*.", Header: "[Home](https://example.com)<script>", Footer: "**Bye**"})
	if err != nil {
		t.Fatal(err)
	}
	s := New(nil, &Options{Look: look})
	s.now = seedSite(t).now
	s.Set(Content{Page: seedPage(), Incidents: []incident.Public{seed(t, 7, false)}})
	home := page200(t, s, "/")
	for _, want := range []string{"--link:#663399", `<img src="` + look.logoPath() + `" alt=""`, `<a href="https://example.com" rel="nofollow">Home</a>&lt;script&gt;`, "<strong>Bye</strong>", "Of <em>everything</em>."} {
		if !strings.Contains(home, want) {
			t.Errorf("no %q in the page", want)
		}
	}
	if w := get(t, s, look.logoPath()); w.Code != 200 || w.Header().Get("Content-Type") != "image/svg+xml" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}
