// Package fakediscord is a Discord that runs in a test: one guild with people,
// roles, channels, threads and messages, the REST API, the gateway and
// interactions, as far as a chat-ops bot uses them.
//
// # Invariants
//
// It behaves; it holds no canned answers. What a bot sends is checked against
// the limits that Discord documents (and the few that it does not) and refused
// as Discord refuses it: with its status, its code and the field at fault. What
// is refused changes nothing. Permissions are computed from roles and
// overwrites for every request. Lengths are counted in UTF-16 units, the
// strictest reading of "characters".
//
// Sources: Discord's developer documentation and OpenAPI description for
// routes, limits and codes; the name and topic limit of two edits in ten
// minutes is not documented, and was measured by others (discord-api-docs issue
// 1900).
//
// # Use
//
// A test starts a [Server], gives its bot [Server.Transport] and
// [Server.Dialer] (pipes in memory, which work inside a testing/synctest bubble;
// a bubble begins before Discord's ids do, so sleep past 2015 first) and acts for
// the people: [Server.Say], [Server.Slash], [Server.Press], [Interaction.Fill].
// Faults are switches: [Server.Fail], [Server.Outage], [Server.LoseAnswers],
// [Server.Disturb], [Server.CloseGateway].
//
// # Concurrency
//
// A Server may be used from any goroutine; one mutex guards its state.
package fakediscord
