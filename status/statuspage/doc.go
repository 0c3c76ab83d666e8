// Package statuspage is the format of hosted status pages, Statuspage v2: its
// objects with their keys in the order in which hosted pages write them, its
// times and bodies, and the reading of what such a page serves.
//
// The page of this program is written in these types, and a hosted page is
// brought over by reading them, so the two cannot drift apart.
//
// # Invariants
//
// What [Read] accepts can be turned into events ([Snapshot.Page],
// [Snapshot.Event]) from which the page serves the same again, field by field:
// every id, instant, order and null. What it cannot keep faithfully it refuses,
// in a sentence that names the place.
//
// Nothing here writes anywhere. [Fetcher] alone talks to the network, and only
// to the page that it was given.
//
// # Concurrency
//
// Values are plain data; a Fetcher may be used by many goroutines.
package statuspage
