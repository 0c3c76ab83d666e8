// Package instant reads and writes times the way people do.
//
// [Parse] reads the value of a command's at: key ("11:09", "yesterday 23:50",
// "-20m", "11:02..11:09 CDT"). [Find] and [Durations] find the times and the
// lengths of time that prose claims ("crashed at 11:09 CST", "took
// approximately 3 hours"). [Stamp], [Clock], [Date] and [Short] are the only
// places that decide how an instant or a length is printed.
//
// Three rules hold everywhere. A time without a zone is its author's where the
// author's zone is known, else the page's; inside prose it is the page's. A
// zone that is named wins. An abbreviation that the page's zone knows but does
// not use on that day (CST in a Chicago September) names the wall clock, not
// the literal offset, and the reader is told.
//
// Nothing here reads the clock: the present is passed in. Zones come from the
// time package's database; a program that must run without one imports
// time/tzdata. All functions are pure and safe for concurrent use.
package instant
