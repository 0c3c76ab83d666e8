package statuspage

import (
	"encoding/xml"
	"errors"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"sitrep/incident"
)

// An atomFeed is /history.atom as hosted pages write it.
type atomFeed struct {
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomEntry struct {
	ID        string     `xml:"id"`
	Title     string     `xml:"title"`
	Published string     `xml:"published"`
	Updated   string     `xml:"updated"`
	Links     []atomLink `xml:"link"`
	Content   string     `xml:"content"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
}

var (
	// feedPart is one update in an entry's content: a stamp, a label, a body.
	feedPart = regexp.MustCompile(`(?s)<p><small>(.*?)</small><br ?/?><strong>(.*?)</strong> - (.*?)</p>`)
	// feedWindow is what stands before the updates of planned work.
	feedWindow = regexp.MustCompile(`<p><strong>THIS IS A SCHEDULED EVENT (.*?) ?&nbsp;-&nbsp; ?(.*?)</strong></p>`)
	feedVar    = regexp.MustCompile(`</?var[^>]*>`)
	feedSerial = regexp.MustCompile(`:Incident/(\d+)$`)
)

// readFeed reads /history.atom. A feed knows less than the API: stamps without
// their year and to the minute, no components, and no ids of updates, which are
// derived. What it says it says in words that the page's own feed gives again.
func readFeed(raw []byte) (*Snapshot, error) {
	var f atomFeed
	if err := xml.Unmarshal(raw, &f); err != nil {
		return nil, fmt.Errorf("it is neither JSON nor a feed: %w", err)
	}
	if len(f.Entries) == 0 {
		return nil, errors.New("it has no entries of a feed. Name what /history.atom, or better /api/v2/incidents.json, of a status page gives")
	}
	name, _, _ := strings.Cut(f.Title, " Status - ")
	root := linkOf(f.Links)
	s := &Snapshot{
		Page:    &Page{ID: incident.Code("feed", root, 0), Name: name, URL: root, TimeZone: "Etc/UTC", UpdatedAt: f.Updated},
		Serials: make(map[string]uint64),
	}
	for i, e := range f.Entries {
		in, err := e.incident()
		if err != nil {
			return nil, fmt.Errorf("entry %d (%s): %w", i+1, e.Title, err)
		}
		if m := feedSerial.FindStringSubmatch(e.ID); m != nil {
			if n, err := strconv.ParseUint(m[1], 10, 64); err == nil {
				s.Serials[in.ID] = n
			}
		}
		in.PageID = s.Page.ID
		s.add([]Incident{in})
	}
	return s, nil
}

func linkOf(links []atomLink) string {
	for _, l := range links {
		if l.Rel == "alternate" || l.Rel == "" {
			return l.Href
		}
	}
	return ""
}

// incident returns what an entry tells.
func (e *atomEntry) incident() (Incident, error) {
	u, err := url.Parse(linkOf(e.Links))
	if err != nil {
		return Incident{}, errors.New("its link is no address")
	}
	published, err := time.Parse(time.RFC3339, e.Published)
	if err != nil {
		return Incident{}, fmt.Errorf("published %q is not a time", e.Published)
	}
	in := Incident{ID: path.Base(u.Path), Name: e.Title, UpdatedAt: e.Updated, Shortlink: u.String()}
	near := published // the newest update is at it, the others before
	if m := feedWindow.FindStringSubmatch(e.Content); m != nil {
		from, ok1 := readStamp(m[1], published.AddDate(0, 0, 1))
		until, ok2 := readStamp(m[2], published.AddDate(1, 0, -1))
		if !ok1 || !ok2 {
			return Incident{}, errors.New("its window is in a zone that is not UTC, or cannot be read. The API tells it: name /api/v2/scheduled-maintenances.json")
		}
		a, b := Stamp(from, time.UTC), Stamp(until, time.UTC)
		in.ScheduledFor, in.ScheduledUntil, in.Impact = &a, &b, "maintenance"
	}
	parts := feedPart.FindAllStringSubmatch(e.Content, -1)
	if len(parts) == 0 {
		return Incident{}, errors.New("it has no updates as a hosted page writes them")
	}
	in.Updates = make([]Update, len(parts))
	for i, p := range parts {
		at, ok := readStamp(p[1], near.Add(time.Minute-1))
		if !ok {
			return Incident{}, fmt.Errorf("%q is in a zone that is not UTC, or cannot be read. The API tells it: name /api/v2/incidents.json", feedVar.ReplaceAllString(p[1], ""))
		}
		if i == 0 && in.ScheduledFor == nil && at.Equal(published.Truncate(time.Minute)) {
			at = published
		}
		near = at
		stamp := Stamp(at, time.UTC)
		in.Updates[i] = Update{
			ID: incident.Code("feed", in.ID, uint64(len(parts)-i)), Body: p[3], IncidentID: in.ID, CreatedAt: stamp, UpdatedAt: stamp, DisplayAt: stamp,
			DeliverNotifications: true, Status: strings.ReplaceAll(strings.ToLower(p[2]), " ", "_"),
		}
	}
	for i := len(parts) - 2; i >= 0; i-- { // "Update" has the status of what was told before it
		if in.Updates[i].Status == "update" {
			in.Updates[i].Status = in.Updates[i+1].Status
		}
	}
	in.settle()
	return in, nil
}

// settle sets what follows from the updates.
func (in *Incident) settle() {
	first, last := &in.Updates[len(in.Updates)-1], &in.Updates[0]
	in.Status, in.CreatedAt, in.StartedAt = last.Status, first.DisplayAt, first.DisplayAt
	if last.Status == "resolved" || last.Status == "completed" {
		at := last.DisplayAt
		in.ResolvedAt = &at
	}
	for _, u := range in.Updates {
		if u.Status == "monitoring" {
			at := u.DisplayAt
			in.MonitoringAt = &at
		}
	}
}

// readStamp reads "Jun  8, 19:13 UTC": the last such time that is not after
// before. ok is false if it is in another zone, which its letters alone do not
// name.
func readStamp(s string, before time.Time) (t time.Time, ok bool) {
	s = strings.Join(strings.Fields(feedVar.ReplaceAllString(s, "")), " ")
	at, err := time.Parse("Jan 2, 15:04 UTC", s)
	if err != nil {
		return time.Time{}, false
	}
	for year := before.Year(); year > before.Year()-5; year-- { // 29 February is in one of four
		t = time.Date(year, at.Month(), at.Day(), at.Hour(), at.Minute(), 0, 0, time.UTC)
		if t.Day() == at.Day() && !t.After(before) {
			return t, true
		}
	}
	return time.Time{}, false
}
