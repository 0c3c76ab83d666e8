// Package export keeps a copy of the public page where other servers give it
// out: in a folder, or in a bucket of an object store. With a CDN or a dumb file
// server in front, the page stays up when this process does not.
//
// # Invariants
//
// A reader never sees half of a file: a folder's are written under another name,
// synced and renamed; an object store's are put whole. What did not change is
// not written again.
//
// # Concurrency
//
// A target is used by one goroutine at a time. [Keeper.Run] is one goroutine.
package export
