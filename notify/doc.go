// Package notify has the followers that tell people: they open an incident's
// room on a chat platform, keep its card current, and say in it what the team
// has to know.
//
// # Invariants
//
// A follower here reads the log and sends; the only thing it ever appends is a
// fact that it learned from the platform (a room was opened). What it sends is
// built from the incident as it is at that moment, so that a platform that was
// away for an hour is brought up to date and not led through the hour again:
// the card is edited to its newest state once. Every send carries a key made
// of the follower's name and the record's number, so that a send whose outcome
// is unknown can be tried again.
//
// # Concurrency
//
// Each follower is run by its own [follow.Runner]; they share nothing.
package notify
