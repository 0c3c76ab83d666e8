package instant

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A standing is what an abbreviation means where neither the page's nor the
// author's zone knows it.
type standing struct {
	offset int    // seconds east of UTC
	home   string // the zone that it stands for; "" if it is kept all year
}

// known lists the abbreviations that mean one thing to nearly everyone who
// writes them. Offsets are those of the IANA time zone database. Where a rarer
// reading exists (EST in Sydney before 2014, PST in Manila) it is found first
// when the page or the author lives there.
func known(name string) (standing, bool) {
	const h = 3600
	switch name {
	case "UTC", "GMT", "Z", "WET", "UCT":
		return standing{}, true
	case "BST":
		return standing{1 * h, "Europe/London"}, true
	case "WEST":
		return standing{1 * h, "Europe/Lisbon"}, true
	case "CET":
		return standing{1 * h, "Europe/Berlin"}, true
	case "CEST":
		return standing{2 * h, "Europe/Berlin"}, true
	case "EET":
		return standing{2 * h, "Europe/Athens"}, true
	case "EEST":
		return standing{3 * h, "Europe/Athens"}, true
	case "MSK", "EAT", "TRT":
		return standing{3 * h, ""}, true
	case "SAST", "CAT":
		return standing{2 * h, ""}, true
	case "WAT":
		return standing{1 * h, ""}, true
	case "PKT":
		return standing{5 * h, ""}, true
	case "NPT":
		return standing{5*h + 45*60, ""}, true
	case "ICT", "WIB":
		return standing{7 * h, ""}, true
	case "SGT", "HKT", "AWST", "PHT", "MYT":
		return standing{8 * h, ""}, true
	case "JST", "KST":
		return standing{9 * h, ""}, true
	case "ACST":
		return standing{9*h + 30*60, "Australia/Adelaide"}, true
	case "ACDT":
		return standing{10*h + 30*60, "Australia/Adelaide"}, true
	case "AEST":
		return standing{10 * h, ""}, true // Brisbane keeps it all year
	case "AEDT":
		return standing{11 * h, "Australia/Sydney"}, true
	case "NZST":
		return standing{12 * h, "Pacific/Auckland"}, true
	case "NZDT":
		return standing{13 * h, "Pacific/Auckland"}, true
	case "BRT", "ART":
		return standing{-3 * h, ""}, true
	case "NST":
		return standing{-3*h - 30*60, "America/St_Johns"}, true
	case "NDT":
		return standing{-2*h - 30*60, "America/St_Johns"}, true
	case "ADT":
		return standing{-3 * h, "America/Halifax"}, true
	case "EST":
		return standing{-5 * h, "America/New_York"}, true
	case "EDT":
		return standing{-4 * h, "America/New_York"}, true
	case "CDT":
		return standing{-5 * h, "America/Chicago"}, true
	case "MST":
		return standing{-7 * h, ""}, true // Phoenix keeps it all year
	case "MDT":
		return standing{-6 * h, "America/Denver"}, true
	case "PST":
		return standing{-8 * h, "America/Los_Angeles"}, true
	case "PDT":
		return standing{-7 * h, "America/Los_Angeles"}, true
	case "AKST":
		return standing{-9 * h, "America/Anchorage"}, true
	case "AKDT":
		return standing{-8 * h, "America/Anchorage"}, true
	case "HST":
		return standing{-10 * h, ""}, true
	}
	return standing{}, false
}

// ambiguous lists the zones that share an abbreviation, the likeliest first,
// for those that nobody can resolve without knowing where the author is.
func ambiguous(name string) []string {
	switch name {
	case "CST":
		return []string{"America/Chicago", "Asia/Shanghai", "America/Havana"}
	case "IST":
		return []string{"Asia/Kolkata", "Asia/Jerusalem", "Europe/Dublin"}
	case "AST":
		return []string{"America/Halifax", "Asia/Riyadh"}
	case "GST":
		return []string{"Asia/Dubai", "Atlantic/South_Georgia"}
	case "SST":
		return []string{"Pacific/Pago_Pago", "Asia/Singapore"}
	}
	return nil
}

// colloquial is what people call a zone for which the database has a number
// only, where the same letters mean another zone elsewhere.
func colloquial(loc *time.Location) string {
	switch loc.String() {
	case "Asia/Dhaka":
		return "BST"
	case "Asia/Dubai":
		return "GST"
	case "Asia/Riyadh":
		return "AST"
	}
	return ""
}

// wallZone is the zone of the names without S or D, which follow the clock on
// the wall.
func wallZone(name string) string {
	switch name {
	case "ET":
		return "America/New_York"
	case "CT":
		return "America/Chicago"
	case "MT":
		return "America/Denver"
	case "PT":
		return "America/Los_Angeles"
	}
	return ""
}

// A placement is a wall clock that was given its place.
type placement struct {
	at      time.Time // in loc
	literal time.Time // what the abbreviation says by its own offset; at, where the two agree
	loc     *time.Location
	// notInForce is set if the abbreviation is not used in its own zone on
	// that day; inForce then names the one that is.
	notInForce bool
	inForce    string
	notes      []Note
}

// place resolves a wall clock by the zone that was written after it, or by the
// first of homes if none was. homes are the zones of the people concerned, the
// nearest first.
func place(w wall, zone string, homes []*time.Location, choose func([]time.Time) int) (placement, *Error) {
	if zone == "" {
		return in(w, homes[0], choose), nil
	}
	if offset, ok := readOffset(zone); ok {
		loc := time.FixedZone(offsetName(offset), offset)
		if offset == 0 {
			loc = time.UTC
		}
		return in(w, loc, choose), nil
	}
	if strings.Contains(zone, "/") {
		loc, ok := load(zone)
		if !ok {
			return placement{}, problem(BadZone, "%q is not a time zone that is known here; write it as in Europe/Berlin, or as an offset such as %s+02:00.", zone, w.clock())
		}
		return in(w, loc, choose), nil
	}
	name := strings.ToUpper(zone)
	if name == "UTC" || name == "Z" {
		return in(w, time.UTC, choose), nil
	}
	if p, ok := atHome(w, name, homes, choose); ok {
		return p, nil
	}
	if full := wallZone(name); full != "" {
		if loc, ok := load(full); ok {
			return in(w, loc, choose), nil
		}
	}
	if s, ok := known(name); ok {
		return abroad(w, name, s), nil
	}
	if zones := ambiguous(name); zones != nil {
		return placement{}, problem(BadZone, "%s can mean %s; write the zone, as in %s %s, or the offset, as in %s-06:00.",
			name, orList(zones), w.clock(), zones[0], w.clock())
	}
	return placement{}, problem(BadZone, "%q is not a zone that is known here; write the offset, as in %s+02:00, or a name such as Europe/Berlin.", zone, w.clock())
}

func in(w wall, loc *time.Location, choose func([]time.Time) int) placement {
	t, notes := w.local(loc, choose)
	return placement{at: t, literal: t, loc: loc, notes: notes}
}

// atHome looks for the abbreviation in the zones of the people concerned: in
// force on that day in one of them, or at least known to one of them.
func atHome(w wall, name string, homes []*time.Location, choose func([]time.Time) int) (placement, bool) {
	var found []placement
	for _, home := range homes {
		for _, t := range w.instants(home) {
			here, _ := t.Zone()
			if !isAbbreviation(here) {
				here = colloquial(home)
			}
			if strings.EqualFold(here, name) {
				found = append(found, placement{at: t, literal: t, loc: home})
			}
		}
	}
	if len(found) > 0 {
		p := found[0]
		for _, q := range found[1:] {
			if !q.at.Equal(p.at) {
				_, offset := q.at.Zone()
				p.notes = append(p.notes, Note{OtherZone, fmt.Sprintf("%s was read as the zone of %s; for that of %s write %s%s.",
					name, p.loc, q.loc, w.clock(), offsetText(offset))})
				break
			}
		}
		return p, true
	}
	// The last home is the page's, and the page's clock is the one that texts
	// are held against: it goes first.
	for i := len(homes) - 1; i >= 0; i-- {
		offset, ok := offsetOf(homes[i], w, name)
		if !ok {
			continue
		}
		p := in(w, homes[i], choose)
		p.literal, p.notInForce, p.inForce = w.at(offset).In(homes[i]), true, Zone(p.at, homes[i])
		p.notes = append(p.notes, Note{NotInForce, fmt.Sprintf("%s is not in force on %s in %s; %s was read as %s.",
			name, w.date(), homes[i], w.clock(), Clock(p.at, homes[i]))})
		return p, true
	}
	return placement{}, false
}

// abroad reads an abbreviation by its own offset.
func abroad(w wall, name string, s standing) placement {
	loc := time.FixedZone(name, s.offset)
	t := w.at(s.offset).In(loc)
	p := placement{at: t, literal: t, loc: loc}
	home, ok := load(s.home)
	if s.home == "" || !ok {
		return p
	}
	if here := Zone(t, home); here != name {
		p.notInForce, p.inForce = true, here
		p.notes = append(p.notes, Note{NotInForce, fmt.Sprintf("%s is not in force on %s in %s, which keeps %s; %s %s was read as %s UTC. Write %s %s if that was meant.",
			name, w.date(), home, here, w.clock(), name, t.UTC().Format("15:04"), w.clock(), here)})
	}
	return p
}

// offsetOf finds the offset that a zone gives an abbreviation within a year
// of w.
func offsetOf(loc *time.Location, w wall, name string) (int, bool) {
	const year = 366 * 24 * time.Hour
	t := w.at(0)
	for _, s := range spans(loc, t.Add(-year), t.Add(year)) {
		if strings.EqualFold(s.name, name) && isAbbreviation(s.name) {
			return s.offset, true
		}
	}
	return 0, false
}

var offsetPattern = regexp.MustCompile(`^(?i:utc|gmt)?\s*([+-])(\d{1,2})(?::?(\d{2}))?$`)

// readOffset reads "+02:00", "+2", "-0530", "UTC+2", "GMT-05:30"; the result
// is in seconds east of UTC. Offsets beyond 14 hours do not exist.
func readOffset(s string) (int, bool) {
	m := offsetPattern.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	h, _ := strconv.Atoi(m[2]) // two digits by the pattern
	min := 0
	if m[3] != "" {
		min, _ = strconv.Atoi(m[3])
	}
	offset := h*3600 + min*60
	if min > 59 || offset > 14*3600 {
		return 0, false
	}
	if m[1] == "-" {
		offset = -offset
	}
	return offset, true
}

// load finds a zone by its IANA name, without case. "Local" is no answer: it
// would mean another zone on every machine.
func load(name string) (*time.Location, bool) {
	if name == "" || strings.EqualFold(name, "local") || len(name) > 64 {
		return nil, false
	}
	if loc, err := time.LoadLocation(name); err == nil {
		return loc, true
	}
	loc, err := time.LoadLocation(titled(name))
	return loc, err == nil
}

// titled writes europe/berlin and AMERICA/NEW_YORK as the database does.
func titled(name string) string {
	b := []byte(strings.ToLower(name))
	for i, c := range b {
		if (i == 0 || b[i-1] == '/' || b[i-1] == '_' || b[i-1] == '-') && 'a' <= c && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
