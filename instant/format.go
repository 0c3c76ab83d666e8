package instant

import (
	"fmt"
	"strings"
	"time"
)

// Stamp prints t as the page does, in loc: "Sep 09, 2020 - 15:39 CDT". The
// zone is the one in force at t; see [Zone].
func Stamp(t time.Time, loc *time.Location) string {
	return Date(t, loc) + " - " + Clock(t, loc)
}

// Date prints the day of t in loc: "Sep 09, 2020".
func Date(t time.Time, loc *time.Location) string {
	return t.In(orUTC(loc)).Format("Jan 02, 2006")
}

// Clock prints the time of day of t in loc with its zone: "15:39 CDT".
func Clock(t time.Time, loc *time.Location) string {
	return t.In(orUTC(loc)).Format("15:04 ") + Zone(t, loc)
}

// Zone names the zone in force in loc at t: "CDT", or "UTC+03:00" where the
// zone has no abbreviation of letters (Asia/Tehran, Australia/Lord_Howe).
func Zone(t time.Time, loc *time.Location) string {
	name, offset := t.In(orUTC(loc)).Zone()
	if isAbbreviation(name) {
		return name
	}
	return offsetName(offset)
}

// Short prints a length of time in at most two units, rounded down: "40 s",
// "6 min", "3 h 52 min", "4 h", "2 d 3 h". Seconds are shown only below one
// minute, minutes only below one day. A negative length begins with "-".
func Short(d time.Duration) string {
	if d < 0 {
		if d == -1<<63 { // its absolute value does not fit
			d++
		}
		if s := Short(-d); s != "0 s" {
			return "-" + s
		}
		return "0 s"
	}
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 24*time.Hour:
		return twoUnits(int64(d/time.Hour), "h", int64(d%time.Hour/time.Minute), "min")
	default:
		return twoUnits(int64(d/(24*time.Hour)), "d", int64(d%(24*time.Hour)/time.Hour), "h")
	}
}

func twoUnits(big int64, bigUnit string, small int64, smallUnit string) string {
	if small == 0 {
		return fmt.Sprintf("%d %s", big, bigUnit)
	}
	return fmt.Sprintf("%d %s %d %s", big, bigUnit, small, smallUnit)
}

// offsetName prints an offset in seconds east of UTC: "UTC+05:30", "UTC".
func offsetName(offset int) string {
	if offset == 0 {
		return "UTC"
	}
	return "UTC" + offsetText(offset)
}

// offsetText prints an offset as it follows a clock time: "+05:30".
func offsetText(offset int) string {
	sign := '+'
	if offset < 0 {
		sign, offset = '-', -offset
	}
	return fmt.Sprintf("%c%02d:%02d", sign, offset/3600, offset%3600/60)
}

// isAbbreviation says whether a zone's name is one that people write: letters
// only, unlike the "+0330" that the database gives some zones.
func isAbbreviation(name string) bool {
	if len(name) < 2 {
		return false
	}
	return strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == ""
}

func orUTC(loc *time.Location) *time.Location {
	if loc == nil {
		return time.UTC
	}
	return loc
}
