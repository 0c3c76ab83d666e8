package instant

import (
	"fmt"
	"time"
)

// Context is what a bare time depends on.
type Context struct {
	Now    time.Time      // the present; required
	Author *time.Location // the zone of who wrote it; nil if unknown
	Page   *time.Location // the zone of the page's clock; nil is UTC

	Planned bool // the time may lie ahead, however far: of planned work
}

func (c Context) homes() []*time.Location {
	page := orUTC(c.Page)
	if c.Author == nil || c.Author.String() == page.String() {
		return []*time.Location{page}
	}
	return []*time.Location{c.Author, page}
}

// Ahead is how far a time may lie in the future: two clocks that are both kept
// by NTP differ by less, and a person who looks at a watch by little more.
const Ahead = 2 * time.Minute

// A Reading is how a time was understood.
type Reading struct {
	Text  string         // as it was written
	From  time.Time      // the instant, or the interval's first
	Until time.Time      // the interval's last instant; zero if it is no interval
	Zone  *time.Location // the zone that From was read in
	Notes []Note         // what the author should know about the reading

	now     time.Time
	seconds bool // seconds were written, so they are shown
}

// IsInterval says whether two times were given.
func (r Reading) IsInterval() bool { return !r.Until.IsZero() }

// A NoteKind says what a [Note] is about.
type NoteKind string

// The kinds of notes.
const (
	NotInForce NoteKind = "not-in-force" // the abbreviation is not used on that day
	Yesterday  NoteKind = "yesterday"    // a bare clock time was put on the day before
	LastYear   NoteKind = "last-year"    // a date without a year was put in an earlier one
	Skipped    NoteKind = "skipped"      // the clock time was skipped as clocks went forward
	Repeated   NoteKind = "repeated"     // the clock time came twice as clocks went back
	OtherZone  NoteKind = "other-zone"   // the abbreviation means something else to the page
	AsOffset   NoteKind = "as-offset"    // what could be an interval was read as an offset
)

// A Note is a sentence about how a time was read.
type Note struct {
	Kind NoteKind
	Text string
}

// An ErrorKind says why a time was refused.
type ErrorKind string

// The kinds of errors.
const (
	Unreadable ErrorKind = "unreadable" // no time could be read
	BadZone    ErrorKind = "zone"       // the zone is unknown or ambiguous
	InFuture   ErrorKind = "future"     // it has not happened yet
	Backwards  ErrorKind = "backwards"  // the interval ends before it begins
)

// An Error is a time that was refused; Text is the sentence for its author,
// which says what to write instead.
type Error struct {
	Kind ErrorKind
	Text string
}

func (e *Error) Error() string { return e.Text }

func problem(kind ErrorKind, format string, args ...any) *Error {
	return &Error{Kind: kind, Text: fmt.Sprintf(format, args...)}
}

// Describe says how the time was understood, in the page's zone, and in
// brackets in the author's (nil if unknown) and in UTC where they differ:
// "11:09 CDT (18:09 CEST, 16:09 UTC)". The day is named if it is not the day
// of the reading.
func (r Reading) Describe(page, author *time.Location) string {
	page = orUTC(page)
	out := r.shownIn(page)
	seen := []*time.Location{page}
	also := ""
	for _, loc := range []*time.Location{author, time.UTC} {
		if loc == nil || r.sameAsAny(loc, seen) {
			continue
		}
		seen = append(seen, loc)
		if also != "" {
			also += ", "
		}
		also += r.shownIn(loc)
	}
	if also != "" {
		out += " (" + also + ")"
	}
	return out
}

// sameAsAny says whether clocks in loc show and call this reading as one in
// seen does.
func (r Reading) sameAsAny(loc *time.Location, seen []*time.Location) bool {
	for _, s := range seen {
		if r.shownIn(loc) == r.shownIn(s) {
			return true
		}
		_, a := r.From.In(loc).Zone()
		_, b := r.From.In(s).Zone()
		if a == b && Zone(r.From, loc) == Zone(r.From, s) && !r.IsInterval() {
			return true
		}
	}
	return false
}

func (r Reading) shownIn(loc *time.Location) string {
	layout := "15:04"
	if r.seconds {
		layout = "15:04:05"
	}
	day := func(t time.Time) string {
		if Date(t, loc) == Date(r.now, loc) {
			return ""
		}
		return Date(t, loc) + " - "
	}
	from := day(r.From) + r.From.In(loc).Format(layout)
	if !r.IsInterval() {
		return from + " " + Zone(r.From, loc)
	}
	if Zone(r.From, loc) != Zone(r.Until, loc) {
		from += " " + Zone(r.From, loc)
	}
	until := r.Until.In(loc).Format(layout) + " " + Zone(r.Until, loc)
	if Date(r.From, loc) != Date(r.Until, loc) {
		until = Date(r.Until, loc) + " - " + until
	}
	return from + " to " + until
}
