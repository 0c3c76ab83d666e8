// Package fakestatuspage is a Statuspage for tests: the part of Atlassian's
// management API v1 that keeps incidents, their updates, planned work and
// postmortems, as its OpenAPI 1.0.0 and real answers have it.
//
// # Invariants
//
// It refuses what the real one refuses: no token, another page, more than a
// request a second over a minute, names and bodies that are too long, components
// and statuses that there are not, metadata that is no object. It keeps what it
// has told subscribers, so that a test can see what they would have heard. A
// fault comes when it was asked for and where it hurts: before the write, or
// after it.
//
// # Concurrency
//
// A Server may be used by any goroutine.
package fakestatuspage
