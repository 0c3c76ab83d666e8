// Package local is the local room: a chat platform of our own, served as a web
// page, that needs no account anywhere. Newcomers meet sitrep in it, and teams
// work in it when their chat platform is down.
//
// # Invariants
//
// What is said here is kept before anybody sees it: an item goes into the
// [Transcript] first, then to the handler, then to the browsers. An item's key
// is made by the browser that sends it, so that a resubmitted form or a double
// click says a thing once. The page reads and posts without JavaScript; with
// it, it is live.
//
// The room shows what a platform would show its users and nothing of its own:
// everything that changes an incident goes through the handler as a request,
// and pressing a button is typing its command.
//
// Nothing that is private to an incident's people leaves here without asking
// [Incidents] whether its reader may see it: pages, fragments, events and the
// JSON alike.
//
// # HTTP
//
// The page posts form values to /say/{channel} (text; a command if it begins
// with the command's name), /act/{channel} (a button's command),
// /form/{channel} (a filled-in form) and /message/{channel} (edit, delete,
// react, pin). With the header X-Part the answer is a fragment of HTML; else
// the page with the answer on it, or a redirect back to it.
//
// The same as JSON, for programs:
//
//	GET  /api/channels                     the channels that one may see
//	GET  /api/channel/{channel}?after=N    items after number N, oldest first
//	GET  /api/incident/{id}                its card, and the card as text
//	GET  /api/timeline/{id}                its entries
//	GET  /api/complete/{channel}?line=     what can be typed next
//	POST /api/say                          {channel, text, thread}
//	POST /api/command                      {channel, text, incident, interactive}
//	POST /api/form                         {channel, verb, incident, values, interactive}
//	POST /api/act                          {channel, do, of, text, emoji, off}
//
// A POST also takes "by" (a name), "zone" and "key" (what the request is: the
// same key is done once), and is answered {ok, text, public, seq, incident,
// code, message}. Unless "interactive" is true, publishing happens at once, as
// on the command line.
//
// /events/{channel} is a stream of server-sent events: "message" (one is new
// or has changed: {"key", "n", "html"}), "shown" (all up to the item whose
// number is this event's id was sent), "elsewhere" (something was said in
// another channel) and "changed" (something was recorded). A page that was away
// sends the last id that it saw and gets what it missed. With ?as=json, "item"
// events carry the items.
//
// # Concurrency
//
// A Platform may be used from any goroutine. Requests in one channel are handled
// one after the other, those in different channels at the same time.
package local
