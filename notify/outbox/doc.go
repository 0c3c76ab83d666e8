// Package outbox sees to it that subscribers hear what is published: each once,
// nobody what they may not, and nothing lost. How they hear it is a [Carrier]'s:
// mail or webhook.
//
// # Invariants
//
// What an outbox keeps is what each subscriber has been told; what there is to
// do is the difference to what is public. So updates that pile up, because they
// came fast or the mail server was away, reach everybody as one message with all
// that they have not heard; and after a stop it goes on at the address at which
// it was.
//
// The gate is asked immediately before each send ([Carrier], still): what was
// made private, withdrawn or erased meanwhile is not sent, and who left is sent
// nothing. A message that was on its way when the process died is sent again,
// under the same [Parcel.Key].
//
// Who was told of the beginning is told of the end, also if they chose otherwise
// meanwhile, and who was not told of the beginning is not told of the end. Who
// subscribes while something goes on is told where it stands, which counts as
// the beginning.
//
// Updates are held for a while before they are sent, so that they can be undone.
// Requests to confirm a subscription are not held, and go first.
//
// An address that takes nothing is quarantined; one that cannot be reached is
// tried again with growing pauses, and quarantined when it has been away for too
// long. Neither holds up anybody else. A carrier that reaches nobody at all says
// so, and is tried again as a whole.
//
// # Concurrency
//
// An Outbox is run by one follow.Runner, which calls it from one goroutine.
package outbox
