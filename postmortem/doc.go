// Package postmortem drafts the report of an incident from its record, and
// checks what a report says against that record.
//
// [NewBrief] gathers what the record holds into a [Brief]: the entries that
// tell the story, milestones and metrics with their state, what customers were
// told and when they were not, promises, decisions, theories, people, actions,
// what the record contradicts in itself, and the questions that its gaps raise.
// A [Drafter] writes a [Draft] from a Brief. [Template] is the drafter that
// needs nothing but the Brief; its report is complete and says nothing that the
// Brief does not. [Check] reads a report, whoever wrote it, and returns a
// [Finding] for each statement that the record does not carry.
//
// # Invariants
//
// A statement of fact ends in references: [T12] is entry 12 of the timeline,
// [U3] is public update 3 (which is also an entry, but counted as customers
// count), [INC-3] is a past incident that this one is like. A reference that a draft prints resolves. Words of other people stand
// between “ and ” and are escaped, so that they can make no heading, link,
// reference or HTML. Words that were withdrawn, struck or erased are not quoted.
// The customer version is made from [incident.Public] alone.
//
// All times are printed in the page's zone, which is named once.
//
// # Concurrency
//
// Everything here is a pure function of its arguments: no clock, no I/O. A
// Brief shares nothing that changes with the incident it was made from, so it
// can be handed to another goroutine and read by several.
package postmortem
