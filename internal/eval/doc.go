// Package eval measures drafts against real incidents: each is told as a story,
// replayed through the code that serves a live chat, drafted, and scored
// against facts that people marked in what really happened.
//
// [Load] reads the collection, [Case.Tell] turns an incident into a story in
// one of three tellings, [Replay] plays it and drafts it, [Score] holds the
// draft against the facts as the collection's reference scorer does, and
// [Run] does all of it for every incident and gathers a [Report].
//
// # Invariants
//
// A telling has what was known while it happened, and nothing of what was
// written later: no status that somebody inferred afterwards, no fact, no
// postmortem. An incident belongs to one half of the collection by the hash of
// its name alone: what reads drafts is improved on one half, and both are
// reported.
//
// # Concurrency
//
// Run replays several incidents at a time; everything else is a pure function
// of its arguments.
package eval
