// Package incident says what an incident is: the events that make it, the fold
// that turns them into its state, and the decisions that lead from a state to
// new events.
//
// It is the heart of sitrep and knows nothing of the rest: it imports only the
// standard library, does no I/O, and reads no clock. Whoever needs the present
// passes it in.
//
// # Invariants
//
// An event states what happened; it is never changed. [Incident.Apply] never
// fails, because what it is given has already happened: an event that makes no
// sense is kept and shown, never refused. Decisions ([Incident.Update],
// [Incident.Resolve], …) change nothing: they return the events to append, or a
// [Problem] that tells the author what to do next.
//
// Two streams belong to an incident: "INC-1" holds what was decided and stated,
// "INC-1/room" what was said in its rooms. A [Timeline] is the fold over both,
// in the order in which they were recorded; that order numbers the entries
// T1, T2, …, and the numbers never change.
//
// Nothing is public but what [Incident.Public] returns. Every page, feed, mail
// and export is built from that value alone, so text that nobody published
// cannot leak by mistake.
//
// # Concurrency
//
// Values of this package are plain data: the caller guards them. [Board] is the
// exception: it has its own lock, and the incidents that it hands out are
// snapshots which must not be changed.
package incident
