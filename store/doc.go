// Package store keeps the one append-only log that everything else follows.
//
// A [Record] is a header and opaque bytes. It has two numbers: Seq, dense from 1
// over the whole log, and N, dense from 1 within its stream. A [Log] is the only
// way to write; a [Driver] is where the bytes live (bolt, memory, …). Everything
// a record is given on its way in — Seq, N, At, Salt, DataSum, Sum — is given by
// one function of this package, the [Seal], run inside the driver's commit, so
// that every driver has the same rules.
//
// # Invariants
//
//   - An append is one commit: all of its records or none, and when Append,
//     Update or Redact returns without an error they are durable.
//   - Order is Seq. A reader that saw Seq s has seen everything up to s: no
//     record ever appears behind a cursor.
//   - An idempotency key is written once. A later append under it writes nothing
//     and returns the records of the first.
//   - Records never change, but for redaction: it erases Data and Salt, sets
//     Redacted, and is itself recorded in the same commit.
//
// # Hash chain
//
// Every record carries two SHA-256 sums:
//
//	DataSum = SHA-256(Salt ‖ Data)                Salt is 16 random bytes
//	Sum     = SHA-256(previous Sum ‖ header ‖ DataSum)
//
// The first record's previous Sum is 32 zero bytes. The header's layout, all
// integers big-endian, is:
//
//	1 byte   0x01, the version of this layout
//	8 bytes  Seq
//	8 bytes  N
//	8 bytes  At, milliseconds since 1970-01-01T00:00:00Z, two's complement
//	4 bytes  Count
//	1 byte   flags: bit 0 is Imported
//	4 times  length in 4 bytes, then that many bytes: Stream, Actor, Kind, Key
//
// Redacted, Data and Salt are outside Sum, so the chain verifies after a
// redaction, and the salt keeps DataSum from telling what was there.
//
// # Time
//
// At is the store's own stamp, in UTC and whole milliseconds. A clock that goes
// back by less than [MaxClamp] is held at the last stamp; one that goes back
// further is believed, and a record of kind [ClockStepped] in the stream
// [ClockStream] is put before the append, in the same commit. At is for people:
// order is Seq, and durations across a step are not to be trusted.
//
// # Concurrency
//
// A Log may be used from any goroutine. Updates of one stream wait for each
// other in the process; other processes are met by the After check of the
// driver, and the decision is made again. Slices and bytes that were handed in
// or out belong to the caller.
package store
