// Package hosted keeps a status page in step that somebody else hosts, for those
// whose customers, tools and subscribers are there.
//
// # Invariants
//
// Nothing goes there that is not public here, as it is immediately before each
// request: a page asks for what it sends, and is told to send nothing where the
// answer has become no. What was brought over from another page is not sent, nor
// what was published before this follower began.
//
// One update is one request. What was sent and not answered is looked for there,
// by the metadata that each request leaves, before it is sent again: an update
// stands there once, whatever was lost on the way. What goes there is the
// incident as it is, so a page that was away is brought up to date, and its
// subscribers hear only the newest word.
//
// # Concurrency
//
// A [Follower] is run by its own follow.Runner, which calls it from one
// goroutine; the page that it keeps is its own.
package hosted
