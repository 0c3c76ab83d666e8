// Package precedent finds past incidents that are like another one: that were
// on the same components, showed the same errors, or were spoken of in the same
// rare words. It is what `declare` and the postmortem say of the past, and what
// `search` ranks by.
//
// An incident is a bag of terms: the ids of its components, the errors that were
// quoted in it, the stems of the words that people used of it. Two are compared
// by BM25 over all incidents, so that a term counts for more the fewer have it.
// A [Match] says which terms the two share, in words; what cannot be said is
// not counted.
//
// # Invariants
//
// An [Index] is computed from the board and from what was said in rooms; it is
// no second truth. It keeps nothing of a room's messages but the errors in them,
// under the records that they came from, so that what is withdrawn or erased is
// gone here too. It knows private incidents as all others: who asks says which
// incidents may be named to whom, each time.
//
// # Concurrency
//
// The methods of an Index may be called from any goroutine. What it is given
// and what it returns is never changed.
package precedent
