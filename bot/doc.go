// Package bot says what a chat platform is to us: what it hands over (a
// [Request]), what it is given to show (a [Message]), and what it must be able
// to do (a [Platform], and some optional powers).
//
// # Invariants
//
// Messages are semantic: they say what is meant, never how a platform draws
// it. A platform renders each kind in its own shape; [Text] is the plain-text
// rendering that stands for all of them in notifications, on the command line
// and in receipts. A button carries the command that it stands for, so that
// pressing it and typing it are the same thing.
//
// Requests are keyed by what they are, not by how they were delivered: a
// redelivered request has the same Key, and is answered as the first was.
//
// # Concurrency
//
// A Platform calls its Handler in order for one channel, and concurrently for
// different ones. Post and Edit may be called from any goroutine.
package bot
