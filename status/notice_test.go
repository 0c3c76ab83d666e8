package status

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sitrep/incident"
)

// TestNoticeLetters: what a subscriber reads says what it is about in its subject,
// and all that is new to them.
func TestNoticeLetters(t *testing.T) {
	now := at(t, "2020-09-09 12:00")
	s := siteAt(now, seedPage(), now)
	p := incident.Public{Code: "x1", Title: "Checkout\nfails", Status: incident.Monitoring, Impact: incident.ImpactMinor, Created: now, Next: now.Add(30 * time.Minute)}
	for i := range 8 { // the newest first
		p.Updates = append(p.Updates, incident.PublicUpdate{Code: fmt.Sprint("u", i), Status: incident.Monitoring, Body: fmt.Sprintf("Words %d & *more*.", 8-i), Shown: now})
	}
	planned := incident.Public{Code: "m1", Title: "Upgrade", Status: incident.Scheduled, Maintenance: true, Created: now, From: now.Add(time.Hour), Until: now.Add(2 * time.Hour),
		Updates: []incident.PublicUpdate{{Code: "u", Status: incident.Scheduled, Body: "We upgrade.", Shown: now}}}
	after := p
	after.Status, after.Postmortem = incident.Postmortem, &incident.PublicPostmortem{Body: "# Why\n\nA disk.", Shown: now}
	for _, c := range []struct {
		name    string
		notice  Notice
		subject string
		text    []string
		html    []string
		not     string
	}{
		{"an update", Notice{Public: &p, New: []int{0}}, "[ChargeOver] Update: Checkout fails", []string{"Words 8 & *more*.", "Next update by 12:30 CDT.", "Unsubscribe: LEAVE"}, []string{"Words 8 &amp; <em>more</em>."}, "Words 7"},
		{"all of them", Notice{Public: &p, New: []int{0, 1, 2, 3, 4, 5, 6, 7}}, "[ChargeOver] Update: Checkout fails", []string{"Words 4", "3 more updates are on the page."}, []string{"Words 4"}, "Words 3"},
		{"a correction", Notice{Public: &p, New: []int{7}, Correction: true}, "[ChargeOver] Corrected: Monitoring: Checkout fails", []string{"Corrected: Monitoring - ", "Words 1"}, []string{"Words 1"}, "Words 8"},
		{"a reminder", Notice{Public: &planned, New: []int{0}, Reminder: true}, "[ChargeOver] Reminder: Upgrade", []string{"Scheduled maintenance, Sep 9, 13:00 to 14:00 CDT", "Reminder - "}, []string{"We upgrade."}, "Scheduled - "},
		{"a postmortem", Notice{Public: &after}, "[ChargeOver] Postmortem: Checkout fails", []string{"A disk."}, []string{"<p>A disk.</p>"}, "Words"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.notice.Leave, c.notice.Manage = "LEAVE", "MANAGE"
			l, err := s.NoticeLetter("en", c.notice)
			if err != nil {
				t.Fatal(err)
			}
			if l.Subject != c.subject {
				t.Errorf("subject %q, want %q", l.Subject, c.subject)
			}
			for _, want := range c.text {
				if !strings.Contains(l.Text, want) {
					t.Errorf("no %q in\n%s", want, l.Text)
				}
			}
			for _, want := range c.html {
				if !strings.Contains(l.HTML, want) {
					t.Errorf("no %q in\n%s", want, l.HTML)
				}
			}
			if strings.Contains(l.Text, c.not) || strings.Contains(l.HTML, c.not) {
				t.Errorf("%q in\n%s", c.not, l.Text)
			}
		})
	}
}
