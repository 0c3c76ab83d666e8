package status

import (
	"os"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"sitrep/incident"
)

// at reads an instant of the seed's first day in Chicago.
func at(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.Parse("2006-01-02 15:04 -0700", s+" -0500")
	if err != nil {
		t.Fatal(err)
	}
	return v
}

const (
	mainApp  = "b1c2d3f4g5h6"
	payments = "j7k8l9m0n1p2"
)

func seedPage() incident.Page {
	return incident.Page{
		ID: "pq1rs2tv3wx4", Name: "ChargeOver", URL: "https://status.chargeover.com", TimeZone: "America/Chicago",
		Components: []incident.Component{
			{ID: mainApp, Name: "Main Application", Since: "2020-07-01T00:00:00-05:00"},
			{ID: payments, Name: "Payment Processing", Since: "2020-07-01T00:00:00-05:00"},
		},
	}
}

// seedBodies are the texts of the story, oldest first.
var seedBodies = [...]string{
	"We are aware of an issue, and are investigating.\n\nFurther information to follow.",
	"We have identified the issue, and are working to resolve the outage as quickly as possible.",
	"We are continuing to work towards restoration of service. More updates to follow.",
	"Services are being restored. We are continuing to monitor the situation and will provide further updates.",
	"We continue to monitor the situation as services are being restored.",
	"All ChargeOver services are operational now. We continue to monitor the situation.\n\nA postmortem will follow.",
	"This issue has been resolved and all services are operational. Root cause and postmortem will follow.",
}

const seedPostmortem = `ChargeOver primarily uses the MariaDB database for data storage. The MariaDB process crashed on our primary database server at 11:09 CST. The process crashed with the following error message which is still being investigated:

InnoDB: Failing assertion: templ->clust_rec_field_no != ULINT_UNDEFINED

ChargeOver staff were immediately notified, and we began to investigate the issue.

Please make sure to subscribe to updates at https://status.ChargeOver.com to be notified of service disruptions in the future.`

// seed is the incident of the story as customers saw it after its first n
// updates (7 is all of them), with the postmortem if asked for.
func seed(t testing.TB, n int, postmortem bool) incident.Public {
	both := func(from, to incident.ComponentState) []incident.ComponentChange {
		return []incident.ComponentChange{
			{ID: mainApp, Name: "Main Application", Old: from, New: to},
			{ID: payments, Name: "Payment Processing", Old: from, New: to},
		}
	}
	down, slow, up := incident.MajorOutage, incident.Degraded, incident.Operational
	steps := []struct {
		code   string
		clock  string
		status incident.Status
		from   incident.ComponentState
		to     incident.ComponentState
	}{
		{"1bcdfghjklmn", "11:15", incident.Investigating, up, down},
		{"2bcdfghjklmn", "11:38", incident.Identified, down, down},
		{"3bcdfghjklmn", "13:43", incident.Identified, down, down},
		{"4bcdfghjklmn", "15:16", incident.Identified, down, slow},
		{"5bcdfghjklmn", "15:17", incident.Monitoring, slow, slow},
		{"6bcdfghjklmn", "15:25", incident.Monitoring, slow, up},
		{"7bcdfghjklmn", "15:39", incident.Resolved, up, up},
	}
	p := incident.Public{
		Code: "s3rv1c30ttg5", Serial: 1, Title: "Service Outage", Impact: incident.ImpactCritical,
		Created: at(t, "2020-09-09 11:15"), Started: at(t, "2020-09-09 11:15"),
	}
	for i, s := range steps[:n] {
		shown := at(t, "2020-09-09 "+s.clock)
		u := incident.PublicUpdate{
			Code: s.code, Number: i + 1, Status: s.status, Body: seedBodies[i], Shown: shown, Recorded: shown, Edited: shown,
			Affected: both(s.from, s.to), Notify: true,
		}
		p.Updates = append([]incident.PublicUpdate{u}, p.Updates...)
		p.Status, p.Changed, p.Components = s.status, shown, both(s.from, s.to)
		switch {
		case s.status == incident.Monitoring && p.Monitoring.IsZero():
			p.Monitoring = shown
		case s.status == incident.Resolved:
			p.Resolved = shown
		}
	}
	if postmortem {
		shown := at(t, "2020-09-10 08:32")
		p.Postmortem = &incident.PublicPostmortem{Code: "8bcdfghjklmn", Body: seedPostmortem, Shown: shown, Recorded: shown, Edited: shown}
		p.Status, p.Changed = incident.Postmortem, shown
	}
	return p
}

// siteAt returns a site whose clock stands still.
func siteAt(now time.Time, page incident.Page, updated time.Time, ps ...incident.Public) *Site {
	s := New(func() time.Time { return now }, nil)
	s.Set(Content{Page: page, Incidents: ps, Updated: updated})
	return s
}

// seedSite is the seed as it stood on the morning after.
func seedSite(t testing.TB) *Site {
	p := seed(t, 7, true)
	return siteAt(at(t, "2020-09-10 08:32"), seedPage(), p.Changed, p)
}

func TestSeedBodiesAreTheStory(t *testing.T) {
	raw, err := os.ReadFile("../../shared/stories/chargeover.txt")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	story := strings.ReplaceAll(string(raw), "\n\t", "\n")
	for _, body := range append(seedBodies[:], strings.Split(seedPostmortem, "\n\n")...) {
		if !strings.Contains(story, body) {
			t.Errorf("the story does not say %q", body)
		}
	}
}
