package postmortem

import (
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	b := seed(t).brief()
	tests := []struct {
		name, text, want string // want is the kind of the only finding; "" is none
	}{
		{"carried", "Service was back at 15:01. [T18]", ""},
		{"carried by the words of the entry", "The crash was at 11:09. [T3]", ""},
		{"two sentences, each with its own", "It was declared at 11:11. [T1] It was identified at 11:38. [U2]", ""},
		{"no reference", "The database crashed because the disk was full.", "unsourced"},
		{"one of two without a reference", "It was declared at 11:11. [T1] Then the disk was full.", "unsourced"},
		{"reference in the middle", "At 11:24 the estimate [T8] was an hour.", ""},
		{"no such entry", "It was declared at 11:11. [T99]", "reference"},
		{"no such update", "It was declared at 11:11. [T1] [U8]", "reference"},
		{"number zero", "It was declared at 11:11. [T1] [T0]", "reference"},
		{"escaped, so no reference", `It was declared \[T1\].`, "unsourced"},
		{"a link, so no reference", "It was declared [T1](https://example.com).", "unsourced"},
		{"wrong time", "Service was back at 15:03. [T18]", "unbacked"},
		{"right time on the wrong day", "Service was back on Sep 10, 15:01. [T18]", "unbacked"},
		{"time in a zone of its own", "Service was back at 20:01 UTC. [T18]", ""},
		{"wrong time in a zone of its own", "Service was back at 19:01 UTC. [T18]", "unbacked"},
		{"wrong length", "It took 3 h 50 min to mitigate. [T3] [T19]", "unbacked"},
		{"right length", "It took 3 h 52 min to mitigate. [T3] [T19]", ""},
		{"rounded length that says so", "It took about 4 hours to mitigate. [T3] [T19]", ""},
		{"what was said", "The estimate was “less than an hour”. [T8]", ""},
		{"what was not said", "The estimate was “less than a minute”. [T8]", "quote"},
		{"a part of what was said", "The estimate was “an hour”. [T8]", ""},
		{"a part that drops the denial", "We decided: “failover, we let the check complete”. [T9]", "quote"},
		{"said by another entry", "The estimate was “fully operational”. [T8]", "quote"},
		{"times within a quotation are the speaker's", "It was “MariaDB process crashed at 11:09 CST”. [T3]", ""},
		{"question", "Who knew at 12:00?", ""},
		{"question with a wrong reference", "Who knew? [T99]", "reference"},
		{"denial", "Nobody recorded when it was detected.", ""},
		{"denial with a figure", "Nobody was there at 12:00.", "unsourced"},
		{"heading", "## Detected at 12:00", ""},
		{"remark on the report", "*Drafted at 12:00.*", ""},
		{"bold is not a remark", "**It was down.**", "unsourced"},
		{"code", "```\nIt was down at 12:00.\n```", ""},
		{"table", "| When | What |\n| --- | --- |\n| 15:01 | back [T18] |", ""},
		{"table with a wrong time", "| When | What |\n| --- | --- |\n| 15:02 | back [T18] |", "unbacked"},
		{"list", "- 15:01 service is back [T18]\n- 15:15 fully operational [T20]", ""},
		{"list with a gap", "- 15:01 service is back [T18]\n- 15:15 fully operational", "unsourced"},
		{"lines of a paragraph", "Service was\nback at 15:01. [T18]", ""},
		{"quotation with two sentences", "They wrote “Services are being restored. We are continuing to monitor the situation”. [U4]", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fs := Check(tt.text, b)
			var kinds []string
			for _, f := range fs {
				kinds = append(kinds, f.Kind)
				if f.Text == "" || f.Mend == "" {
					t.Errorf("a finding without both sides: %+v", f)
				}
			}
			if got := strings.Join(kinds, " "); got != tt.want {
				t.Errorf("Check(%q) found %q, want %q: %+v", tt.text, got, tt.want, fs)
			}
		})
	}
}

// Every reference, time and quotation that is falsified in the draft is found.
func TestCheckFindsWhatIsFalsified(t *testing.T) {
	b := seed(t).brief()
	md := draft(t, b).Markdown
	falsify := [][2]string{
		{"[T19]", "[T91]"}, {"[U2]", "[U9]"}, {"declared as sev1 at 11:11", "declared as sev1 at 11:14"}, {"after 3 h 52 min:", "after 3 h 25 min:"},
		{"It was mitigated at 15:01", "It was mitigated at 15:04"}, {"“service restored in a degraded state”. [T19]", "“service fully restored”. [T19]"},
		{"lasted 2 h 5 min, from 11:38 to 13:43", "lasted 2 h 5 min, from 11:39 to 13:43"}, {"The all-clear came at 15:39, 4 h 30 min after", "The all-clear came at 15:39, 4 h 33 min after"},
		{"15:15 after that. [T21]", ""}, {"“no failover, we let", "“failover, we let"}, {"Median public silence: 18 min", "Median public silence: 17 min"},
	}
	n := 0
	for _, f := range falsify {
		if !strings.Contains(md, f[0]) {
			continue
		}
		n++
		if len(Check(strings.ReplaceAll(md, f[0], f[1]), b)) == 0 {
			t.Errorf("nothing was found after %q became %q", f[0], f[1])
		}
	}
	if n < 10 {
		t.Errorf("only %d of the falsifications apply to the draft", n)
	}
}
