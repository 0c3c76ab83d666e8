package postmortem

import (
	"strings"
	"testing"
)

// seedPostmortem is what the company published, as far as times and lengths go.
const seedPostmortem = `The MariaDB process crashed on our primary database server at 11:09 CST. The process crashed with the following error message which is still being investigated:

InnoDB: Failing assertion: templ->clust_rec_field_no != ULINT_UNDEFINED

Although we had the ability to fail-over to a secondary database server, a decision was made to let the process complete, as the estimated downtime was very short.

This automated data integrity check took much longer than originally expected. Our estimated time to recovery was less than an hour, and instead the database server took approximately 3 hours to do integrity checks and restart safely. The data integrity checks took from 11:09 CST to 14:49 CST.

Service was restored in a degraded state at 15:01 CST, and fully operational at 15:15 CST.`

// The company's own text is found out: its zone, its "approximately 3 hours",
// and "fully operational" while the page said otherwise.
func TestLintOfWhatWasPublished(t *testing.T) {
	fs := Lint(seedPostmortem, seed(t).brief())
	var got []string
	for _, f := range fs {
		got = append(got, f.Kind+" "+f.Quote)
		if f.Text == "" || f.Mend == "" {
			t.Errorf("a finding without both sides: %+v", f)
		}
	}
	want := []string{
		"zone 11:09 CST", "zone 14:49 CST", "zone 15:01 CST", "zone 15:15 CST",
		"length approximately 3 hours", "page 15:15 CST",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, w := range []string{"54 min after customers were first told", "which is 3 h 40 min", "with degraded performance until 15:25"} {
		found := false
		for _, f := range fs {
			found = found || strings.Contains(f.Text, w)
		}
		if !found {
			t.Errorf("no finding says %q: %+v", w, fs)
		}
	}
}

func TestLint(t *testing.T) {
	b := seed(t).brief()
	tests := []struct{ text, want string }{
		{"", ""},
		{"It crashed at 11:09 CDT.", ""},
		{"It crashed at 9 p.m. (CST).", "zone"},
		{"It was down from 11:00 to 12:00, so it took an hour.", ""},
		{"It was down from 11:00 to 12:00 and lasted about 45 minutes.", "length"},
		{"It lasted less than an hour, from 11:00 to 11:40.", ""},
		{"It lasted less than an hour, from 11:00 to 13:40.", "length"},
		{"We expected that it took an hour, from 11:00 to 13:00.", ""},
		{"It lasted more than two hours, from 11:00 to 13:10.", ""},
		{"Fully restored at 15:26.", ""},
		{"Fully restored at 15:20.", "page"},
	}
	for _, tt := range tests {
		var kinds []string
		for _, f := range Lint(tt.text, b) {
			kinds = append(kinds, f.Kind)
		}
		if got := strings.Join(kinds, " "); got != tt.want {
			t.Errorf("Lint(%q) found %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestDecides(t *testing.T) {
	for text, want := range map[string]bool{
		"decision: no failover":                    true,
		"Decision - we wait":                       true,
		"DECIDED: roll back":                       true,
		"decided to roll back":                     true,
		"we've decided to wait":                    true,
		"agreed to page the vendor":                true,
		"after some talk the team decided on B":    true,
		"what was the decision?":                   false,
		"have we decided to wait?":                 false,
		"we have not decided to wait":              false,
		"if we decided to wait it would be bad":    false,
		"an indecisive log line":                   false,
		"decisions are hard":                       false,
		"":                                         false,
		"can we fail over? we decided not to":      true,
		"the decider process crashed":              false,
		"I have agreed with nobody about anything": false,
	} {
		if got := decides(text); got != want {
			t.Errorf("decides(%q) = %t", text, got)
		}
	}
}

func TestPromises(t *testing.T) {
	for text, want := range map[string]string{
		"Further information to follow.":                                       "word",
		"More updates to follow.":                                              "word",
		"We are continuing to monitor and will provide further updates.":       "word",
		"A postmortem will follow.":                                            "report",
		"Root cause and postmortem will follow.":                               "report",
		"We will publish a full report next week.":                             "report",
		"We'll keep you posted.":                                               "word",
		"Next update by 12:30.":                                                "word",
		"We will update this page in 30 minutes.":                              "word",
		"The root cause was a full disk.":                                      "",
		"We have identified the issue, and are working to resolve it.":         "",
		"We continue to monitor the situation as services are being restored.": "",
		"More users are affected than we thought.":                             "",
		"We shared more details with the vendor.":                              "",
	} {
		got := ""
		switch {
		case promisesReport.MatchString(text):
			got = "report"
		case promisesWord.MatchString(text):
			got = "word"
		}
		if got != want {
			t.Errorf("%q promises %q, want %q", text, got, want)
		}
	}
}
