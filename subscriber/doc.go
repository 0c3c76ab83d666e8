// Package subscriber is who wants to be told of what happens on the status page:
// people by mail, programs by webhook.
//
// Each subscriber is a stream of the log, "subscribers/" and an id that says
// nothing. What is needed at hand is folded from those streams into a [Registry].
//
// # Invariants
//
// Nobody is told anything but a request to confirm until whoever reads that
// address has confirmed it. An address stands in the records of being asked and
// nowhere else of the log, and in the registry's snapshot; [Registry.Erase] takes
// it out of both. Who asks for an address gets the same answer whether it
// subscribes or not.
//
// Links are signed ([Links]): each allows one thing for one subscriber, and those
// that confirm or change something expire. Opening a link changes nothing, since
// programs that look for harmful mail open them all.
//
// A subscriber's Number is given at its first confirmation, dense from 1 and
// never to another, so that what was sent to whom can be kept as a list of small
// numbers.
//
// # Concurrency
//
// A Registry and Links may be used from any goroutine. A [Subscriber] that was
// handed out never changes; the registry puts another in its place.
package subscriber
