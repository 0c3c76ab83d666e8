package instant

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestFind(t *testing.T) {
	tests := []struct {
		name, text, page string // Chicago if empty
		want             string // one mention a line: text | RFC 3339 | zone | what else
	}{
		{name: "not in force", text: "The MariaDB process crashed at 11:09 CST.",
			want: "11:09 CST | 2020-09-09T11:09:00-05:00 | CST | not in force, CDT is; literally 2020-09-09T12:09:00-05:00"},
		{name: "two", text: "The checks took from 11:09 CST to 14:49 CST.",
			want: "11:09 CST | 2020-09-09T11:09:00-05:00 | CST | not in force, CDT is; literally 2020-09-09T12:09:00-05:00\n" +
				"14:49 CST | 2020-09-09T14:49:00-05:00 | CST | not in force, CDT is; literally 2020-09-09T15:49:00-05:00"},
		{name: "end of sentence", text: "Back at 15:01 CDT, and fully operational at 15:15.",
			want: "15:01 CDT | 2020-09-09T15:01:00-05:00 | CDT | \n15:15 | 2020-09-09T15:15:00-05:00 |  | "},
		{name: "range with one zone", text: "Between 14:00 and 15:30 UTC",
			want: "14:00 | 2020-09-09T14:00:00Z |  | \n15:30 UTC | 2020-09-09T15:30:00Z | UTC | "},
		{name: "range with the zone first", text: "from 14:00 UTC until about 15:30 we",
			want: "14:00 UTC | 2020-09-09T14:00:00Z | UTC | \n15:30 | 2020-09-09T15:30:00Z |  | "},
		{name: "range with a dash", text: "14:00–15:30 UTC",
			want: "14:00 | 2020-09-09T14:00:00Z |  | \n15:30 UTC | 2020-09-09T15:30:00Z | UTC | "},
		{name: "range with a hyphen", text: "(14:00-15:30)",
			want: "14:00 | 2020-09-09T14:00:00-05:00 |  | \n15:30 | 2020-09-09T15:30:00-05:00 |  | "},
		{name: "range across midnight", text: "from 23:50 to 00:10",
			want: "23:50 | 2020-09-09T23:50:00-05:00 |  | \n00:10 | 2020-09-10T00:10:00-05:00 |  | "},
		{name: "range with pm", text: "from 3:05 to 4:10 pm PDT",
			want: "3:05 | 2020-09-09T15:05:00-07:00 |  | \n4:10 pm PDT | 2020-09-09T16:10:00-07:00 | PDT | "},
		{name: "pm", text: "at 3:05 pm PDT we", want: "3:05 pm PDT | 2020-09-09T15:05:00-07:00 | PDT | "},
		{name: "hour only", text: "at 3 PM, then", want: "3 PM | 2020-09-09T15:00:00-05:00 |  | "},
		{name: "ISO", text: "see 2020-09-09 11:09:30Z in the log", want: "2020-09-09 11:09:30Z | 2020-09-09T11:09:30Z | Z | dated"},
		{name: "RFC 3339", text: `at="2020-09-09T11:09:30.250-05:00"`, want: "2020-09-09T11:09:30.250-05:00 | 2020-09-09T11:09:30.25-05:00 | -05:00 | dated"},
		{name: "twelve hours, UTC", text: "04:49 PM UTC", want: "04:49 PM UTC | 2020-09-09T16:49:00Z | UTC | "},
		{name: "h", text: "around 15h30 UTC", want: "15h30 UTC | 2020-09-09T15:30:00Z | UTC | "},
		{name: "h without zone", text: "at 15h30, after 3h40 of work", want: "15h30 | 2020-09-09T15:30:00-05:00 |  | "},
		{name: "stamp", text: "Posted Sep 09, 2020 - 15:39 CDT", want: "Sep 09, 2020 - 15:39 CDT | 2020-09-09T15:39:00-05:00 | CDT | dated"},
		{name: "markdown", text: "- **17:25 UTC** - Incident", want: "17:25 UTC | 2020-09-09T17:25:00Z | UTC | "},
		{name: "date before, with words", text: "On July 18th, 2025, from 08:15 UTC to 17:11 UTC",
			want: "08:15 UTC | 2025-07-18T08:15:00Z | UTC | dated\n17:11 UTC | 2025-07-18T17:11:00Z | UTC | dated"},
		{name: "date after", text: "At 15:33 UTC on August 9th, 2020, the", want: "15:33 UTC | 2020-08-09T15:33:00Z | UTC | dated"},
		{name: "dates on both", text: "between July 19, 2020, at 23:05 UTC and July 20, 2020, at 00:44 UTC",
			want: "July 19, 2020, at 23:05 UTC | 2020-07-19T23:05:00Z | UTC | dated\nJuly 20, 2020, at 00:44 UTC | 2020-07-20T00:44:00Z | UTC | dated"},
		{name: "date without year", text: "Sep 8 11:09", want: "Sep 8 11:09 | 2020-09-08T11:09:00-05:00 |  | dated"},
		{name: "date without year, nearest", text: "Jan 2 11:09", want: "Jan 2 11:09 | 2021-01-02T11:09:00-06:00 |  | dated"},
		{name: "yesterday", text: "since yesterday 23:50", want: "yesterday 23:50 | 2020-09-08T23:50:00-05:00 |  | "},
		{name: "another date meanwhile", text: "it failed at 01:00 UTC", want: "01:00 UTC | 2020-09-10T01:00:00Z | UTC | "},
		{name: "offset", text: "at 17:38 GMT+1 and 18:38 +02:00", want: "17:38 GMT+1 | 2020-09-09T17:38:00+01:00 | GMT+1 | \n18:38 +02:00 | 2020-09-09T18:38:00+02:00 | +02:00 | "},
		{name: "IANA", text: "at 17:38 Europe/Berlin.", want: "17:38 Europe/Berlin | 2020-09-09T17:38:00+02:00 | Europe/Berlin | "},
		{name: "ambiguous", text: "at 11:09 CST", page: "Europe/Berlin", want: "11:09 CST |  | CST | unresolved"},
		{name: "ambiguous, at home", text: "at 11:09 CST", page: "Asia/Shanghai", want: "11:09 CST | 2020-09-10T11:09:00+08:00 | CST | "},
		{name: "elsewhere, not in force", text: "at 9:09 PST", want: "9:09 PST | 2020-09-09T09:09:00-08:00 | PST | not in force, PDT is; literally 2020-09-09T09:09:00-08:00"},
		{name: "no zone but a word", text: "at 11:09 API errors", want: "11:09 | 2020-09-09T11:09:00-05:00 |  | "},
		{name: "no time", text: "v1.11:09 10.0.0.1:22 host:3000 aa:11:22:33 main.go:12:34 16:9 25:00 11:60 $3:10 id-11:09 12:34:56:78:90 3h40m 8pms 50% 10:00ms x11:09", want: ""},
		{name: "invalid text", text: "at 11:09\xff CST \xff15:00", want: "11:09 | 2020-09-09T11:09:00-05:00 |  | "},
		{name: "skipped", text: "2020-03-08 02:30", want: "2020-03-08 02:30 | 2020-03-08T03:30:00-05:00 |  | dated"},
		{name: "repeated", text: "2020-11-01 from 01:50 to 01:10", want: "01:50 | 2020-11-01T01:50:00-05:00 |  | dated\n01:10 | 2020-11-01T01:10:00-06:00 |  | dated"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			page := tt.page
			if page == "" {
				page = "America/Chicago"
			}
			var got []string
			for _, m := range Find(tt.text, when(t, noon), zone(t, page)) {
				if m.Text != tt.text[m.Start:m.End] {
					t.Errorf("offsets %d:%d do not hold %q", m.Start, m.End, m.Text)
				}
				got = append(got, show(m))
			}
			if g := strings.Join(got, "\n"); g != tt.want {
				t.Errorf("Find(%q)\n got %s\nwant %s", tt.text, g, tt.want)
			}
		})
	}
}

func show(m Mention) string {
	at, what := "", ""
	if !m.Time.IsZero() {
		at = m.Time.Format(time.RFC3339Nano)
	}
	switch {
	case m.Unresolved:
		what = "unresolved"
	case m.NotInForce:
		what = fmt.Sprintf("not in force, %s is; literally %s", m.InForce, m.Literal.Format(time.RFC3339Nano))
	case !m.Literal.Equal(m.Time):
		what = "the literal time differs"
	case m.Dated:
		what = "dated"
	}
	return fmt.Sprintf("%s | %s | %s | %s", m.Text, at, m.Zone, what)
}

func TestDurations(t *testing.T) {
	tests := []struct{ text, want string }{
		{"took approximately 3 hours to", "approximately 3 hours=3h0m0s"},
		{"was less than an hour, and", "less than an hour=1h0m0s"},
		{"for 90 minutes.", "90 minutes=1h30m0s"},
		{"a 90-minute outage", "90-minute=1h30m0s"},
		{"3h40m", "3h40m=3h40m0s"},
		{"3 h 52 min", "3 h 52 min=3h52m0s"},
		{"~20m", "~20m=20m0s"},
		{"about two and a half hours", "about two and a half hours=2h30m0s"},
		{"an hour and a half", "an hour and a half=1h30m0s"},
		{"half an hour", "half an hour=30m0s"},
		{"3 hours and 40 minutes", "3 hours and 40 minutes=3h40m0s"},
		{"1 day, 2 hours", "1 day, 2 hours=26h0m0s"},
		{"2 to 3 hours", "2 to 3 hours=2h0m0s..3h0m0s"},
		{"2-3 hours", "2-3 hours=2h0m0s..3h0m0s"},
		{"almost nine hours without", "almost nine hours=9h0m0s"},
		{"1.5 hours", "1.5 hours=1h30m0s"},
		{"1,5 hours", "1,5 hours=1h30m0s"},
		{"1,500 seconds", "1,500 seconds=25m0s"},
		{"999999 days", ""},
		{"over 5s", "over 5s=5s"},
		{"from 11:09 to 14:49", ""},
		{"5M users, 200ms, $5m, v1.5h, 3D, 10 hosts, a minor thing, 5 months", ""},
		{"the 2 days, then 3 minutes", "2 days=48h0m0s, 3 minutes=3m0s"},
	}
	for _, tt := range tests {
		var got []string
		for _, l := range Durations(tt.text) {
			if l.Text != tt.text[l.Start:l.End] || !strings.HasPrefix(strings.ToLower(l.Text), l.Hedge) {
				t.Errorf("Durations(%q): offsets %d:%d, hedge %q, text %q", tt.text, l.Start, l.End, l.Hedge, l.Text)
			}
			s := l.Text + "=" + l.Value.String()
			if l.Max != 0 {
				s += ".." + l.Max.String()
			}
			got = append(got, s)
		}
		if g := strings.Join(got, ", "); g != tt.want {
			t.Errorf("Durations(%q) = %q, want %q", tt.text, g, tt.want)
		}
	}
	if l := Durations("took approximately 3 hours"); len(l) != 1 || l[0].Hedge != "approximately" {
		t.Errorf("hedge: %+v", l)
	}
}

func FuzzFind(f *testing.F) {
	for _, s := range []string{"crashed at 11:09 CST", "from 11:09 CST to 14:49 CST", "Between 14:00 and 15:30 UTC", "at 3:05 pm PDT",
		"2020-09-09 11:09:30Z", "15h30 UTC", "Sep 09, 2020 - 15:39 CDT", "approximately 3 hours", "3h40m", "Feb 29 23:50 to 00:10", "11:09\xff"} {
		f.Add(s, int64(1599670800))
	}
	chicago := zone(f, "America/Chicago")
	f.Fuzz(func(t *testing.T, s string, unix int64) {
		last := 0
		for _, m := range Find(s, time.Unix(unix%(1<<33), 0), chicago) {
			if m.Start < last || m.End <= m.Start || m.End > len(s) || s[m.Start:m.End] != m.Text {
				t.Fatalf("Find(%q): %d:%d after %d", s, m.Start, m.End, last)
			}
			if m.Unresolved != m.Time.IsZero() {
				t.Fatalf("Find(%q): %+v", s, m)
			}
			if utf8.ValidString(s) && !utf8.ValidString(m.Text) {
				t.Fatalf("Find(%q) cuts a character: %q", s, m.Text)
			}
			last = m.End
		}
		last = 0
		for _, l := range Durations(s) {
			if l.Start < last || l.End <= l.Start || l.End > len(s) || s[l.Start:l.End] != l.Text || l.Value < 0 {
				t.Fatalf("Durations(%q): %+v after %d", s, l, last)
			}
			last = l.End
		}
	})
}
