package status

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"sitrep/incident"
)

// scenes are the states in which the page is looked at by people, and which
// the structure tests walk through.
func scenes(t testing.TB) map[string]*Site {
	open := seed(t, 2, false)
	open.Next = at(t, "2020-09-09 12:08")
	noon := at(t, "2020-09-09 11:40")
	bare := incident.Page{ID: "pq1rs2tv3wx4", Name: "Status", TimeZone: "Europe/Berlin"}
	long := open
	long.Updates = append([]incident.PublicUpdate(nil), open.Updates...)
	long.Updates[0].Body = longText()
	right := open
	right.Title = "انقطاع الخدمة"
	right.Updates = append([]incident.PublicUpdate(nil), open.Updates...)
	right.Updates[0].Body = "حددنا المشكلة ونعمل على استعادة الخدمة في أسرع وقت ممكن.\n\nסליחה על אי הנוחות."
	arabic := seedPage()
	arabic.Name = "شركة المثال"
	arabic.Components[0].Name = "التطبيق الرئيسي"
	page, ps := everyImpact(t)
	return map[string]*Site{
		"operational": siteAt(noon, seedPage(), at(t, "2020-09-01 09:00")),
		"open":        siteAt(noon, seedPage(), open.Changed, open),
		"postmortem":  seedSite(t),
		"nothing":     siteAt(noon, bare, at(t, "2020-09-09 09:00")),
		"long":        siteAt(noon, seedPage(), open.Changed, long),
		"rtl":         siteAt(noon, arabic, open.Changed, right),
		"many":        hundreds(t),
		"arabic":      inArabic(t, arabic, right),
		"impacts":     siteAt(at(t, "2020-09-20 12:00"), page, at(t, "2020-09-20 11:50"), ps...),
	}
}

// hundreds is a page with two hundred components.
func hundreds(t testing.TB) *Site {
	page, ps := everyImpact(t)
	for i := range 194 {
		group := ""
		if i%5 > 0 {
			group = "Region " + string(rune('A'+i/20))
		}
		page.Components = append(page.Components, incident.Component{ID: incident.Code("many", "c", uint64(i)), Name: fmt.Sprintf("Service %d", i+1), Group: group, Since: "2020-01-01"})
	}
	return siteAt(at(t, "2020-09-20 12:00"), page, at(t, "2020-09-20 11:50"), ps...)
}

// inArabic is a page whose own words are written from right to left, in a
// language that comes by file.
func inArabic(t testing.TB, page incident.Page, p incident.Public) *Site {
	words := `{"tag":"ar","name":"العربية","dir":"rtl",
"months":["يناير","فبراير","مارس","أبريل","مايو","يونيو","يوليو","أغسطس","سبتمبر","أكتوبر","نوفمبر","ديسمبر"],
"short_months":["يناير","فبراير","مارس","أبريل","مايو","يونيو","يوليو","أغسطس","سبتمبر","أكتوبر","نوفمبر","ديسمبر"],
"formats":{"stamp":"{d} {month} {year}، {time} {zone}","date":"{d} {month} {year}","day":"{d} {month}","brief":"{d} {month}، {time} {zone}","short":"{d} {month}، {time}"},
"words":{"nav.now":"الحالة الآن","nav.history":"السجل","nav.uptime":"التوفر","nav.follow":"المتابعة","home.components":"الخدمات","home.past":"حوادث سابقة","home.now":"يحدث الآن",
"state.operational":"يعمل","state.major_outage":"متوقف","headline.major_outage.one":"{names} متوقف","headline.major_outage.other":"{names} متوقفة","list.two":" و","list.last":" و",
"impact.critical":"حادث حرج","status.investigating":"قيد التحقيق","status.identified":"السبب معروف","incident.posted":"نشر في","incident.affects":"يؤثر هذا الحادث على: {names}.",
"incident.since":"منذ","incident.next":"التحديث التالي قبل {time}","title":"حالة {page}","skip":"إلى المحتوى"}}`
	look, err := NewLook(&LookOptions{Languages: []string{"ar", "en"}, More: fstest.MapFS{"ar.json": {Data: []byte(words)}}})
	if err != nil {
		t.Fatal(err)
	}
	now := at(t, "2020-09-09 11:40")
	s := New(func() time.Time { return now }, &Options{Look: look})
	s.Set(Content{Page: page, Incidents: []incident.Public{p}, Updated: p.Changed})
	return s
}

func longText() string {
	const line = "We found that a replica had fallen behind, and **moved reads away** from it while it catches up. "
	var b strings.Builder
	b.WriteString("# What happened\n\n")
	for i := 0; b.Len() < 10000; i++ {
		b.WriteString(strings.Repeat(line, 3))
		switch i % 6 {
		case 1:
			b.WriteString("\n\n- first, the `primary`\n- then https://status.example.com/a/very/long/address/that/does/not/end/anywhere/soon/and/has/no/place/to/break\n\n")
		case 3:
			b.WriteString("\n\n### What we did\n\n| when | what |\n|---|---|\n| 11:09 | the process stopped |\n| 14:49 | checks were complete |\n\n```\nInnoDB: Failing assertion: templ->clust_rec_field_no != ULINT_UNDEFINED in a line that is wider than any phone\n```\n\n")
		default:
			b.WriteString("\n\n")
		}
	}
	return b.String()
}

// everyImpact is a page with groups, an open incident of each impact,
// maintenance running and planned, and a past.
func everyImpact(t testing.TB) (incident.Page, []incident.Public) {
	page := incident.Page{ID: "pq1rs2tv3wx4", Name: "Northwind Payments", URL: "https://status.example.com", TimeZone: "America/Chicago"}
	add := func(group, name, about string) incident.ComponentChange {
		c := incident.Component{ID: incident.Code("x", group+name, 0), Group: group, Name: name, Description: about, Since: "2020-07-14"}
		page.Components = append(page.Components, c)
		return incident.ComponentChange{ID: c.ID, Name: c.FullName(), Old: incident.Operational, New: incident.Operational}
	}
	web := add("", "Website", "")
	api := add("Backend", "API", "Requests made by your servers")
	hooks := add("Backend", "Webhooks", "")
	fraud := add("Backend", "Fraud detection", "")
	mail := add("", "Email", "Receipts and statements")
	cards := add("", "Card payments", "")
	base := at(t, "2020-09-20 11:00")
	n := uint64(0)
	one := func(title string, impact incident.Impact, c incident.ComponentChange, s incident.ComponentState, start time.Time, status ...incident.Status) incident.Public {
		n++
		p := incident.Public{
			Code: incident.Code("x", title, n), Serial: n, Title: title, Impact: impact, Created: start, Started: start, Changed: start,
			Maintenance: impact == incident.ImpactMaintenance,
		}
		if p.Maintenance {
			p.From, p.Until = start, start.Add(2*time.Hour)
		}
		for i, st := range status {
			shown := start.Add(time.Duration(i) * 17 * time.Minute)
			c.Old, c.New = c.New, s
			if st == incident.Resolved || st == incident.Completed {
				c.New, p.Resolved = incident.Operational, shown
			}
			p.Status, p.Changed, p.Components = st, shown, []incident.ComponentChange{c}
			p.Updates = append([]incident.PublicUpdate{{
				Code: incident.Code("x", title, n+uint64(i)*100), Number: i + 1, Status: st, Shown: shown, Recorded: shown, Edited: shown, Notify: true,
				Body:     fmt.Sprintf("We are telling you about **%s**, part %d. Requests may fail or take longer than usual. We know why and are working on it.", strings.ToLower(title), i+1),
				Affected: []incident.ComponentChange{c},
			}}, p.Updates...)
		}
		return p
	}
	inv, ide, mon, res := incident.Investigating, incident.Identified, incident.Monitoring, incident.Resolved
	ps := []incident.Public{
		one("Card payments are declined", incident.ImpactCritical, cards, incident.MajorOutage, base, inv, ide, ide),
		one("Webhooks arrive late", incident.ImpactMajor, hooks, incident.PartialOutage, base.Add(-time.Hour), inv, mon),
		one("Slow API answers", incident.ImpactMinor, api, incident.Degraded, base.Add(-2*time.Hour), inv),
		one("A wrong date on statements", incident.ImpactNone, mail, incident.Operational, base.Add(-3*time.Hour), inv),
		one("Move of the fraud database", incident.ImpactMaintenance, fraud, incident.UnderMaintenance, base.Add(-30*time.Minute), incident.Scheduled, incident.InProgress),
		one("New certificates", incident.ImpactMaintenance, web, incident.UnderMaintenance, base.Add(80*time.Hour), incident.Scheduled),
		one("Login was slow", incident.ImpactMinor, web, incident.Degraded, base.Add(-50*time.Hour), inv, ide, mon, res),
		one("Emails were not sent", incident.ImpactMajor, mail, incident.PartialOutage, base.Add(-52*time.Hour), inv, res),
		one("Payments were down", incident.ImpactCritical, cards, incident.MajorOutage, base.Add(-40*24*time.Hour), inv, ide, mon, res),
		one("Router replacement", incident.ImpactMaintenance, web, incident.UnderMaintenance, base.Add(-9*24*time.Hour), incident.InProgress, incident.Completed),
	}
	return page, ps
}

// TestExportScenes writes every scene to a folder, to be looked at.
func TestExportScenes(t *testing.T) {
	dir := os.Getenv("STATUS_SCENES")
	if dir == "" {
		dir = t.TempDir()
	}
	for name, s := range scenes(t) {
		to := newShelf()
		if err := s.Export(context.Background(), to); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for file, body := range to.files {
			at := filepath.Join(dir, name, filepath.FromSlash(file))
			if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(at, []byte(body), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if b, err := os.ReadFile(filepath.Join(dir, name, "index.html")); err != nil || string(b) != page200(t, s, "/") {
			t.Errorf("%s: the exported home page is not the served one (%v)", name, err)
		}
	}
}
