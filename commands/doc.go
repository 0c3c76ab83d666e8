// Package commands is the table of verbs, and what each does: a line of text,
// a button or a filled-in form becomes a decision, one append to the log, and
// an answer for its author.
//
// # Invariants
//
// The table ([Table]) is the one definition of every verb: help, completion,
// the manifest and README's list are generated from it, and nothing is parsed
// that is not in it. A command reads, decides and appends once; that append is
// the commit point. It has no other effect: whatever else must happen is done
// by followers of the log. Every command answers: what was done, whether it
// was internal or public, or why nothing was done and what to do next.
//
// Who may do what is asked in one place ([Runner.may]), on every surface.
// Words for customers are recorded by [Runner] alone after a person confirmed
// them, or at once on surfaces that cannot show a preview.
//
// # Concurrency
//
// A Runner may be used from any goroutine. Commands on one incident are decided
// one after the other by the log.
package commands
