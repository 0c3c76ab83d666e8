// Package local is the local room: a chat platform of our own, served as a web
// page, that needs no account anywhere. Newcomers meet sitrep in it, and teams
// work in it when their chat platform is down.
//
// # Invariants
//
// What is said here is kept before anybody sees it: an item goes into the
// [Transcript] first, then to the handler, then to the browsers. An item's key
// is made by the browser that sends it, so that a resubmitted form or a double
// click says a thing once. The page reads without JavaScript; with it, it is
// live.
//
// The room shows what a platform would show its users and nothing of its own:
// everything that changes an incident goes through the handler as a request.
//
// # HTTP
//
// Every write is a POST of form values to /say (text; a command if it begins
// with the command's name), /act (a button's command), /form (a filled-in form)
// or /message (edit, delete, react, pin). With Accept: application/json the
// answer is {"ok", "public", "text", "seq"}; with X-Part: 1 it is a fragment of
// HTML; else the browser is sent back to the page. /events is a stream of
// server-sent events: "item" (a message that is new or has changed), "changed"
// (an incident has).
//
// # Concurrency
//
// A Platform may be used from any goroutine. Requests in one channel are handled
// one after the other, those in different channels at the same time.
package local
