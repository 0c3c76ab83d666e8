// Package archive reads what chat platforms and programs export: which rooms an
// export has, and what was said in them.
//
// [Open] takes a Slack export (a zip or its folder, Slack's own or slackdump's),
// a JSON file of DiscordChatExporter, or a log of a chat as plain text (IRC clients, bouncers,
// text copied out of a chat), tells which it is by looking at it, and gives its
// [Room]s. Nothing is fetched: names, times and texts are those of the export.
//
// # Invariants
//
// The messages of a room are in the order of time; those of the same instant
// keep the order of the export. A message that an export has twice is there
// once. The identities are those of the platform, so that what is read twice is
// the same twice. What an export holds besides what people said (joins, changes
// of topic, calls) is left out, and counted. A text is what its author wrote:
// escapes are undone, mentions have names where the export knows them.
//
// A file can be malformed or made to do harm: whatever it holds, the answer is
// messages or an error, in memory that is a small multiple of its size, and
// nothing outside it is read. Limits are constants beside what they limit.
//
// # Concurrency
//
// Everything here is a function of the file it is given. An [Archive] does not
// change and can be read by several goroutines.
package archive
