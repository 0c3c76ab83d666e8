// Package slack is the adapter for Slack: it turns what people do there into
// requests, and the bot's messages into what Slack shows.
//
// # Invariants
//
// Nothing that is sent can be refused for its size or its shape: every block,
// modal and view is built within Slack's limits, whatever people wrote, and
// what does not fit ends in an ellipsis with a way to the whole. What people
// wrote is escaped and never pings anybody; no message of ours mentions a
// channel, everybody here, or everyone. State is said in words; an icon only
// repeats it. Buttons and modals carry what is needed to run their command, so
// that any process can answer them.
//
// What is read is text with spans: ids of people, groups and channels become
// names, and what Slack escapes is undone once.
//
// # Concurrency
//
// Rendering and reading are pure functions of their arguments, safe from any
// goroutine.
package slack
