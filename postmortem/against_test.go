package postmortem

import (
	"strings"
	"testing"

	"sitrep/incident"
)

func kindsOf(fs []Finding) string {
	var kinds []string
	for _, f := range fs {
		kinds = append(kinds, f.Kind)
	}
	return strings.Join(kinds, " ")
}

// The seed: Sep 09, 2020, a Wednesday; sev1; first word 11:15, crash 11:09,
// all-clear 15:39 CDT, seven updates, a major outage of both components.
func TestLintAgainstTheRecord(t *testing.T) {
	b := seed(t).brief()
	tests := []struct{ text, want string }{
		{"On September 9, 2020 we first told customers at 11:15.", ""},
		{"On Wednesday, September 9, 2020 the alerts fired at 11:10.", ""},
		{"On Tuesday, September 9, 2020 the alerts fired at 11:10.", "date"},
		{"On September 9, 2019 at 11:10 our alerts fired.", "date"},
		{"On July 9, 2020 between 11:09 and 15:15 customers saw errors.", "date"},
		{"Between August 27, 2020, 15:52 CDT and September 9, 2020, 15:26 CDT the export was degraded.", ""},
		{"Between 11:15 and 15:39 it was slow. On average, requests took 4 minutes.", ""},
		{"In July 2020 we had moved to a new version.", ""},
		{"The version of July 9, 2020 was deployed between 10:00 and 11:00.", ""},
		{"The change was made on 2020-02-30 at 10:00.", "date"},
		{"It was restarted at 25:10.", "date"},
		{"It ran for 36:10 hours.", ""},
		{"We first posted to our status page at 11:40.", "page"},
		{"The impact began at 11:30.", "order"},
		{"The incident was resolved at 15:39.", ""},
		{"The incident was resolved at 15:01.", "page"},
		{"The incident will be resolved at 15:01.", ""},
		{"The issue with the disk was resolved at 12:01.", ""},
		{"Between 15:39 and 11:15 CDT some requests failed.", "order"},
		{"Between 23:10 and 01:20 CDT the night before, backups ran.", ""},
		{"It was detected at 11:20. The fault was introduced at 11:40.", "order order"},
		{"We repaired it: mitigated at 15:50, and the incident was closed at 15:39.", "order"},
		{"Service was back at 15:01 CDT (20:01 UTC).", ""},
		{"Service was back at 15:01 CDT (21:01 UTC).", "zone"},
		{"All times in CST.", "zone"},
		{"All times in CDT.", ""},
		{"No customers were affected.", "scope"},
		{"No customers of the other product were affected.", ""},
		{"The incident is still ongoing.", "state"},
		{"We made seven updates. We posted 7 updates to our page.", ""},
		{"We posted five updates to our page.", "number"},
		{"This was a SEV-1.", ""},
		{"This was a SEV-3.", "severity"},
		{"The outage lasted 45 minutes.", "length"},
		{"The outage lasted over 4 hours.", ""},
		{"About 12% of requests failed. In all, 21% of requests failed.", "number"},
		{"About 12% of requests failed. At the peak, 21% of requests failed.", ""},
		{"At worst 130% of requests failed.", "number"},
		{"Traffic grew by 130%.", ""},
		{"- First detected: 2020-09-09 11:12\n- Repaired: 2020-09-09 11:42\n- Time to repair: 30m", ""},
		{"- First detected: 2020-09-09 11:12\n- Repaired: 2020-09-09 11:42\n- **Time to repair**: 1h 5m", "length"},
		{"- 11:10 one\n- 11:20 two\n- 11:15 three\n- 11:30 four", "order"},
		{"- 11:30 four\n- 11:20 three\n- 11:15 two\n- 11:10 one", ""},
		{"- 23:10 one\n- 23:50 two\n- 00:15 three\n- 00:30 four", ""},
		{"From 11:15 to 15:39 it failed.\n\n```\n2020-09-09T15:55:16Z ERROR\n```", "clock"},
	}
	for _, tt := range tests {
		fs := Lint(tt.text, b)
		if got := kindsOf(fs); got != tt.want {
			t.Errorf("Lint(%q) found %q, want %q: %+v", tt.text, got, tt.want, fs)
		}
		for _, f := range fs {
			if f.Text == "" || f.Mend == "" {
				t.Errorf("Lint(%q): a finding without both sides: %+v", tt.text, f)
			}
		}
	}
}

func TestLintPublic(t *testing.T) {
	s := newScene(t, "UTC")
	s.at("2024-03-05 10:00:00").does("Ana Lopez", incident.Declared{Number: 1, Title: "slow", Affects: s.both(incident.Degraded)})
	s.updates("Ana Lopez", incident.Wording{Title: "Slow", Affects: s.both(incident.Degraded), Body: "We are looking into it."})
	s.says("bo", "the vendor says 45 minutes, back by 11:30")
	b := s.brief()
	tests := []struct{ text, want string }{
		{"Pages load slowly for some customers. We hear more from our provider by 10:30 and will post again then.", ""},
		{"The database on db-prod-3 is slow.", "host"},
		{"We restarted mysql.eu.internal and 10.1.2.3.", "host host"},
		{"See OPS-1234 and INC-1.", "ticket"},
		{"Responses are UTF-8 and follow ISO-8601.", ""},
		{"An engineer forgot to renew it.", "blame"},
		{"This was due to human error.", "blame"},
		{"We should have noticed.", "blame"},
		{"The pods were OOMKilled.", "jargon jargon"},
		{"We expect it to be resolved in 20 minutes.", "estimate"},
		{"We expect it to be resolved in 45 minutes.", ""},
		{"We expect service to be restored by 11:30.", ""},
		{"We expect service to be restored by 12:30.", "estimate"},
		{"There is an outage.", "scope"},
		{"Ana Lopez is working on it.", "name"},
	}
	for _, tt := range tests {
		fs := LintPublic(tt.text, b)
		if got := kindsOf(fs); got != tt.want {
			t.Errorf("LintPublic(%q) found %q, want %q: %+v", tt.text, got, tt.want, fs)
		}
	}
	if fs := Lint("The pods on db-prod-3 were OOMKilled, see OPS-1234. Ana Lopez knows.", b); len(fs) > 0 {
		t.Errorf("found in words for the team: %+v", fs)
	}
}

// A figure is held against what somebody said in the room.
func TestLintFigures(t *testing.T) {
	s := newScene(t, "UTC")
	s.at("2024-03-05 10:00:00").does("ana", incident.Declared{Number: 1, Title: "slow"})
	s.says("bo", "30% of requests fail on shard two")
	s.says("bo", "at the peak 80% of users failed to log in")
	b := s.brief()
	for text, want := range map[string]string{
		"2% of requests fail.":            "number",
		"About 32% of requests fail now.": "",
		"2% of requests time out.":        "",
		"10% of users failed.":            "",
	} {
		if got := kindsOf(Lint(text, b)); got != want {
			t.Errorf("Lint(%q) found %q, want %q", text, got, want)
		}
	}
}

// Whatever people write, the lint answers, and what it quotes was written.
func FuzzLint(f *testing.F) {
	for _, s := range []string{seedPostmortem, "- 11:10 one\n- 11:20 two\n- 11:15 three\n", "On Tuesday, September 9, 2020 from 15:00 CST (21:00 UTC) 130% of requests failed.", "```\n2020-09-09T15:55:16Z", "99999-99-99 Feb 31, 22025 at 25:99"} {
		f.Add(s)
	}
	b := seed(f).brief()
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 5000 {
			t.Skip()
		}
		for _, x := range LintPublic(s, b) {
			if x.Kind == "" || x.Text == "" {
				t.Errorf("%+v", x)
			}
		}
		means(s, readings())
	})
}
