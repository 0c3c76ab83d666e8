package status

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"sitrep/incident"
)

// claimed is a component in a state for a while, by one incident.
func claimed(t testing.TB, id, title string, state incident.ComponentState, from, to string) incident.Public {
	t.Helper()
	start := at(t, from)
	p := incident.Public{
		Code: incident.Code("claimed", title, 0), Title: title, Status: incident.Investigating, Created: start, Started: start, Changed: start,
		Components: []incident.ComponentChange{{ID: id, Name: id, New: state}},
		Updates: []incident.PublicUpdate{{
			Code: incident.Code("claimed", title, 1), Number: 1, Status: incident.Investigating, Body: "x", Shown: start, Recorded: start, Edited: start,
			Affected: []incident.ComponentChange{{ID: id, Name: id, Old: incident.Operational, New: state}},
		}},
	}
	if to != "" {
		end := at(t, to)
		p.Status, p.Resolved, p.Changed = incident.Resolved, end, end
		p.Updates = append([]incident.PublicUpdate{{
			Code: incident.Code("claimed", title, 2), Number: 2, Status: incident.Resolved, Body: "y", Shown: end, Recorded: end, Edited: end,
			Affected: []incident.ComponentChange{{ID: id, Name: id, Old: state, New: incident.Operational}},
		}}, p.Updates...)
	}
	return p
}

// TestUptime holds percentages to the floor formula of hosted pages:
// ⌊10000·(1 − (major + 0.3·partial)/(90·86400))⌋/100.
func TestUptime(t *testing.T) {
	const id = "c0mp0n3nt111"
	page := incident.Page{ID: "pq1rs2tv3wx4", Name: "N", TimeZone: "America/Chicago", Components: []incident.Component{{ID: id, Name: "API", Since: "2019-01-01"}}}
	major, partial, slow, work := incident.MajorOutage, incident.PartialOutage, incident.Degraded, incident.UnderMaintenance
	for _, c := range []struct {
		name           string
		ps             []incident.Public
		major, partial float64 // seconds that count
	}{
		{"nothing", nil, 0, 0},
		{"an hour of major outage", []incident.Public{claimed(t, id, "a", major, "2020-09-09 10:00", "2020-09-09 11:00")}, 3600, 0},
		{"one minute is never rounded away", []incident.Public{claimed(t, id, "a", major, "2020-09-09 10:00", "2020-09-09 10:01")}, 60, 0},
		{"an hour of partial outage", []incident.Public{claimed(t, id, "a", partial, "2020-09-09 10:00", "2020-09-09 11:00")}, 0, 3600},
		{"slow and maintained", []incident.Public{claimed(t, id, "a", slow, "2020-09-09 10:00", "2020-09-09 20:00"), claimed(t, id, "b", work, "2020-09-08 10:00", "2020-09-08 20:00")}, 0, 0},
		{"two at once count once, the worse", []incident.Public{claimed(t, id, "a", major, "2020-09-09 10:00", "2020-09-09 11:00"), claimed(t, id, "b", partial, "2020-09-09 10:30", "2020-09-09 12:00")}, 3600, 3600},
		{"over midnight", []incident.Public{claimed(t, id, "a", major, "2020-09-08 23:00", "2020-09-09 01:00")}, 7200, 0},
		{"still going on", []incident.Public{claimed(t, id, "a", major, "2020-09-09 22:00", "")}, 3600, 0},
		{"days long", []incident.Public{claimed(t, id, "a", major, "2020-09-01 00:00", "2020-09-04 12:00")}, 3.5 * 86400, 0},
		{"before the ninety days", []incident.Public{claimed(t, id, "a", major, "2020-01-01 00:00", "2020-01-04 12:00")}, 0, 0},
		{"begun before them", []incident.Public{claimed(t, id, "a", major, "2020-06-11 00:00", "2020-06-12 12:00")}, 12 * 3600, 0},
	} {
		now := at(t, "2020-09-09 23:00")
		s := siteAt(now, page, now, c.ps...)
		var got struct {
			Ninety, Thirty float64
			Days           []struct {
				Date    string
				Outages map[string]float64
				Related []struct{ Code string } `json:"related_events"`
			}
		}
		decode(t, []byte(page200(t, s, "/uptime/"+id+".json")), &got)
		want := math.Floor(10000*(1-(c.major+0.3*c.partial)/(90*86400))) / 100
		if got.Ninety != want {
			t.Errorf("%s: %v, want %v", c.name, got.Ninety, want)
		}
		var m, p float64
		for _, d := range got.Days {
			m, p = m+d.Outages["m"], p+d.Outages["p"]
			if d.Outages["m"]+d.Outages["p"] > 0 && len(d.Related) == 0 {
				t.Errorf("%s: %s has an outage of nothing", c.name, d.Date)
			}
		}
		if m != c.major || p != c.partial || len(got.Days) != 90 || got.Days[89].Date != "2020-09-09" {
			t.Errorf("%s: %v s major, %v s partial in %d days, want %v and %v", c.name, m, p, len(got.Days), c.major, c.partial)
		}
		says := percentText(int(math.Round(want*100))) + "\u00a0%"
		if page := readable(t, page200(t, s, "/uptime")); !strings.Contains(page, says) {
			t.Errorf("%s: the page does not say %s", c.name, says)
		}
		if page := readable(t, page200(t, s, "/")); !strings.Contains(page, says+" uptime") {
			t.Errorf("%s: the home page does not say %s", c.name, says)
		}
	}
}

// TestClocksChange: the day on which clocks go back has 25 hours, and an outage
// of all of it counts them all.
func TestClocksChange(t *testing.T) {
	const id = "c0mp0n3nt111"
	page := incident.Page{ID: "pq1rs2tv3wx4", Name: "N", TimeZone: "America/Chicago", Components: []incident.Component{{ID: id, Name: "API", Since: "2019-01-01"}}}
	p := claimed(t, id, "a", incident.MajorOutage, "2020-10-31 00:00", "2020-11-03 00:00")
	chicago, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	end := time.Date(2020, 11, 3, 0, 0, 0, 0, chicago)
	p.Resolved, p.Updates[0].Shown = end, end
	s := siteAt(at(t, "2020-11-03 12:00"), page, at(t, "2020-11-03 12:00"), p)
	var got struct {
		Days []struct {
			Date    string
			Outages map[string]int
		}
	}
	decode(t, []byte(page200(t, s, "/uptime/"+id+".json")), &got)
	for _, d := range got.Days {
		if want := map[string]int{"2020-10-31": 86400, "2020-11-01": 90000, "2020-11-02": 86400}[d.Date]; d.Outages["m"] != want {
			t.Errorf("%s: %d s, want %d", d.Date, d.Outages["m"], want)
		}
	}
}

// TestCorrectionRecomputes: an update that is told to have been earlier moves
// the window, the bars and the percentage.
func TestCorrectionRecomputes(t *testing.T) {
	const id = "c0mp0n3nt111"
	page := incident.Page{ID: "pq1rs2tv3wx4", Name: "N", TimeZone: "America/Chicago", Components: []incident.Component{{ID: id, Name: "API", Since: "2019-01-01"}}}
	now := at(t, "2020-09-09 23:00")
	p := claimed(t, id, "a", incident.MajorOutage, "2020-09-09 10:00", "2020-09-09 11:00")
	s := siteAt(now, page, now, p)
	read := func() string {
		var v struct{ Windows json.RawMessage }
		decode(t, []byte(page200(t, s, "/uptime/"+id+".json")), &v)
		return string(v.Windows)
	}
	if got := read(); !strings.Contains(got, `"from":"2020-09-09T10:00:00.000-05:00","to":"2020-09-09T11:00:00.000-05:00"`) {
		t.Error(got)
	}
	later := claimed(t, id, "a", incident.MajorOutage, "2020-09-09 08:30", "2020-09-09 11:00")
	s.Set(Content{Page: page, Incidents: []incident.Public{later}, Updated: now.Add(time.Second)})
	if got := read(); !strings.Contains(got, `"from":"2020-09-09T08:30:00.000-05:00"`) {
		t.Error(got)
	}
}

// The uptime has a page for each ninety days, back to where anything is known, and
// none after that; the pages follow on each other.
func TestUptimePages(t *testing.T) {
	const id = "c0mp0n3nt111"
	page := incident.Page{ID: "pq1rs2tv3wx4", Name: "N", TimeZone: "America/Chicago", Components: []incident.Component{{ID: id, Name: "API", Since: "2020-01-01"}}}
	now := at(t, "2020-09-09 23:00")
	s := siteAt(now, page, now, claimed(t, id, "new", incident.MajorOutage, "2020-09-01 10:00", "2020-09-01 11:00"),
		claimed(t, id, "over the edge", incident.MajorOutage, "2020-06-11 23:00", "2020-06-12 01:00"), claimed(t, id, "old", incident.PartialOutage, "2020-02-01 10:00", "2020-02-01 12:00"))
	type answer struct {
		Ninety float64
		Days   []struct {
			Date    string
			Outages map[string]int
		}
		Windows []struct{ From string }
	}
	next := ""
	var major, partial, windows int
	for n := 1; n <= 3; n++ {
		var got, file answer
		body := page200(t, s, fmt.Sprintf("/uptime/%s.json?page=%d", id, n))
		decode(t, []byte(body), &got)
		if n > 1 {
			decode(t, []byte(page200(t, s, fmt.Sprintf("/uptime/%s/%d.json", id, n))), &file)
			if !reflect.DeepEqual(got, file) {
				t.Errorf("page %d is another as a file", n)
			}
		}
		last, err := time.Parse(time.DateOnly, got.Days[len(got.Days)-1].Date)
		if err != nil || len(got.Days) != 90 || next != "" && last.AddDate(0, 0, 1).Format(time.DateOnly) != next {
			t.Errorf("page %d ends on %s, the one before began on %s", n, last, next)
		}
		next = got.Days[0].Date
		for _, d := range got.Days {
			major, partial = major+d.Outages["m"], partial+d.Outages["p"]
		}
		windows += len(got.Windows)
	}
	if major != 3*3600 || partial != 2*3600 || windows != 4 { // the one over the edge is on both sides
		t.Errorf("over all pages %d s of major and %d s of partial outage, %d windows", major, partial, windows)
	}
	for _, address := range []string{"/uptime/" + id + ".json?page=4", "/uptime/" + id + "/1.json", "/uptime/" + id + "/x.json", "/uptime/" + id + "/99999.json"} {
		if w := get(t, s, address); w.Code != 404 {
			t.Errorf("%s: %d", address, w.Code)
		}
	}
	if page200(t, s, "/uptime/"+id+".json") != page200(t, s, "/uptime/"+id+".json?page=1") {
		t.Error("the first page is not the first")
	}
}
