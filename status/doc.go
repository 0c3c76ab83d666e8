// Package status is the public page: HTML, history, the Statuspage v2 JSON, the
// Atom and RSS feeds, and the whole site as plain files. It is given what is
// public ([Content]) and nothing else, so text that nobody published cannot
// leak through it.
//
// # Invariants
//
// Readers never cost more than one rendering per change and representation:
// each is rendered on first request into bytes, plain and gzipped, with a
// strong ETag, and served from memory until the content changes. The page of an
// incident that did not change is not rendered again by a [Site.Set] of others.
//
// Every text that people wrote passes one of three doors: html/template or the
// safe Markdown subset for pages, [escapeBody] for JSON and feeds, and XML
// escaping around that. Pages run no script, load nothing, and say so in their
// Content-Security-Policy.
//
// Formats, orders and labels are those of a hosted Statuspage (API v2), so that
// its readers' tools work unchanged. Where this page does better, it does so
// without changing a key, an order or an address.
//
// # Concurrency
//
// A [Site] may be used by many goroutines at once. Set swaps the whole content
// atomically: a response is made of the content before or after it, never of
// both. The package starts no goroutine and reads no clock; New is given one.
package status
