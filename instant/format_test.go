package instant

import (
	"math"
	"testing"
	"time"
)

func TestStamp(t *testing.T) {
	tests := []struct{ at, zone, stamp, clock string }{
		{"2020-09-09T20:39:00Z", "America/Chicago", "Sep 09, 2020 - 15:39 CDT", "15:39 CDT"},
		{"2020-12-09T20:39:00Z", "America/Chicago", "Dec 09, 2020 - 14:39 CST", "14:39 CST"},
		{"2020-11-01T06:30:00Z", "America/Chicago", "Nov 01, 2020 - 01:30 CDT", "01:30 CDT"},
		{"2020-11-01T07:30:00Z", "America/Chicago", "Nov 01, 2020 - 01:30 CST", "01:30 CST"},
		{"2020-09-09T20:39:00Z", "Asia/Kolkata", "Sep 10, 2020 - 02:09 IST", "02:09 IST"},
		{"2020-09-09T20:39:00Z", "Asia/Tehran", "Sep 10, 2020 - 01:09 UTC+04:30", "01:09 UTC+04:30"},
		{"2020-12-09T20:39:00Z", "Australia/Lord_Howe", "Dec 10, 2020 - 07:39 UTC+11:00", "07:39 UTC+11:00"},
		{"2020-09-09T20:39:00Z", "America/Sao_Paulo", "Sep 09, 2020 - 17:39 UTC-03:00", "17:39 UTC-03:00"},
		{"2020-09-09T20:39:00Z", "UTC", "Sep 09, 2020 - 20:39 UTC", "20:39 UTC"},
		{"2020-09-09T20:39:00Z", "", "Sep 09, 2020 - 20:39 UTC", "20:39 UTC"},
		{"2020-09-09T20:39:00Z", "Africa/Abidjan", "Sep 09, 2020 - 20:39 GMT", "20:39 GMT"},
	}
	for _, tt := range tests {
		loc := zone(t, tt.zone)
		if got := Stamp(when(t, tt.at), loc); got != tt.stamp {
			t.Errorf("Stamp(%s, %s) = %q, want %q", tt.at, tt.zone, got, tt.stamp)
		}
		if got := Clock(when(t, tt.at), loc); got != tt.clock {
			t.Errorf("Clock(%s, %s) = %q, want %q", tt.at, tt.zone, got, tt.clock)
		}
	}
}

// What a page prints, a person may paste into a command.
func TestStampIsRead(t *testing.T) {
	for _, name := range []string{"America/Chicago", "Europe/Berlin", "Asia/Kolkata", "Asia/Tehran", "Australia/Lord_Howe", "UTC"} {
		loc := zone(t, name)
		now := when(t, "2021-01-01T00:00:00Z")
		for at := when(t, "2020-01-01T00:00:00Z"); at.Before(now); at = at.Add(11*time.Hour + 30*time.Minute) {
			s := Stamp(at, loc)
			r, err := Parse(s, Context{Now: now, Page: loc})
			if err != nil || !r.From.Equal(at) || len(r.Notes) > 0 {
				t.Fatalf("%s: Parse(%q) = %v, %v, %v; want %v", name, s, r.From, r.Notes, err, at)
			}
			if m := Find("at "+s+".", now, loc); len(m) != 1 || m[0].Text != s || !m[0].Time.Equal(at) || m[0].NotInForce {
				t.Fatalf("%s: Find(%q) = %+v; want %v", name, s, m, at)
			}
		}
	}
}

func TestShort(t *testing.T) {
	tests := []struct {
		d    time.Duration
		want string
	}{
		{0, "0 s"},
		{-time.Millisecond, "0 s"},
		{40*time.Second + 900*time.Millisecond, "40 s"},
		{6*time.Minute + 59*time.Second, "6 min"},
		{time.Hour, "1 h"},
		{3*time.Hour + 52*time.Minute, "3 h 52 min"},
		{16*time.Hour + 53*time.Minute, "16 h 53 min"},
		{24 * time.Hour, "1 d"},
		{51*time.Hour + 59*time.Minute, "2 d 3 h"},
		{-6 * time.Minute, "-6 min"},
		{math.MaxInt64, "106751 d 23 h"},
		{math.MinInt64, "-106751 d 23 h"},
	}
	for _, tt := range tests {
		if got := Short(tt.d); got != tt.want {
			t.Errorf("Short(%v) = %q, want %q", tt.d, got, tt.want)
		}
	}
}
