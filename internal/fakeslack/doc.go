// Package fakeslack is a Slack that runs in a test: one workspace with people,
// channels, threads and messages, the Web API, Socket Mode and HTTP delivery,
// modals, buttons, shortcuts and slash commands, as far as a chat-ops bot uses
// them.
//
// # Invariants
//
// It behaves; it holds no canned answers. What the bot sends is checked against
// the limits that Slack documents (and the few that it does not) and refused as
// Slack refuses it: HTTP 200, ok false, Slack's own error code and, where Slack
// gives them, messages with a pointer to the field. What is refused changes
// nothing. Timestamps only ever grow. Lengths are counted in code points.
//
// Sources: Slack's developer documentation for methods, payloads and errors;
// the official Java SDK for rate-limit tiers; slackblocks for Block Kit limits.
// Not documented by Slack, and measured by others: a message's blocks end at
// about 13,200 characters (bolt-js issue 2509). Not known, and chosen here: the
// redelivery schedule of Socket Mode, taken to be that of the Events API.
//
// # Use
//
// A test makes a [Fake] with [New] and points its bot at it: in process with
// [Fake.Client] and [Fake.Dialer] (which work inside a testing/synctest bubble:
// sockets are in-memory pipes), or over a real listener with [Fake.Listen]. It
// acts for the people with [Fake.Say], [Fake.Type], [Fake.Slash], [Fake.Press],
// [Fake.Fill] and their kin, naming people and channels by id or by name; a name
// that does not exist is the test's mistake and panics. What the bot did is read
// with [Fake.Seen], [Fake.Told], [Fake.Modal], [Fake.Home] and [Fake.Calls].
// Faults are switches: [Fake.Outage], [Fake.Stall], [Fake.Freeze], [Fake.Fail],
// [Fake.Disturb], [Fake.Disconnect], [Fake.Cut], [Fake.Revoke]. With
// [Options.HTTP] payloads go, signed, to request URLs instead of sockets.
//
// # Concurrency
//
// A Fake may be used from any goroutine; one mutex guards its state, and nothing
// waits for the bot while holding it. A method that acts for a person returns
// once Slack has taken the act in; [Delivery.Wait] waits for the bot.
package fakeslack
