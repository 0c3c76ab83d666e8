// Package discord is the adapter for Discord: it turns what people do there
// into requests, and the bot's messages into what Discord shows.
//
// # Invariants
//
// Nothing that is sent can be refused for its size or its shape: every message
// and form is built within Discord's limits, whatever people wrote, and what
// does not fit is attached whole as a text file. What people wrote is escaped,
// except where customers read it verbatim, and never pings anybody.
//
// What comes in is decoded by this package's own small structs, so that a kind
// of component that the library does not know costs nothing. Every handler
// recovers. What is done in one channel is handed over in order.
//
// A post is made once: a nonce holds for minutes, and a later try first looks
// for what an earlier run left in the channel.
//
// Names and topics of channels are never edited while something waits, and at
// most when Discord's hidden limit (two in ten minutes) allows it.
//
// # Concurrency
//
// A [Platform] may be used from any goroutine.
package discord
