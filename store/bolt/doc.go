// Package bolt keeps the log in one BoltDB file: the default driver.
//
// # The file
//
// Five flat buckets, and a sixth for what is large; numbers in keys are 8 bytes, big-endian:
//
//	meta    "format" → "1"; "indexed" → the Seq up to which stream and key go;
//	        "rewrite" → "1" while erased bytes may still be in the file
//	log     Seq → record (see codec.go)
//	stream  name 0x00 N → Seq
//	key     idempotency key → Seq of the append's first record
//	cursor  name → Seq, then the state
//	state   name → Seq, then the state, where it is over 16 KiB; then the cursor's
//	        own is empty
//
// The log is what counts. The two indexes follow it: the entries of the newest
// records, the tail, are kept in memory and go to the file some thousands at a
// time. A commit so changes the end of the log and little else, however many
// streams it is about and however large the file is. Open makes the tail from
// the records after "indexed".
//
// The keys are flat because a nested bucket costs a page of its own, and the
// freelist is kept in the file because rebuilding it takes 300 ms for a million
// records, where reading it takes none to speak of. It is of bbolt's array kind,
// which hands out the lowest pages first: the map kind, made for very many free
// pages, scatters a commit over the file, and cost a fifth more per commit here.
// A log frees few pages.
//
// # Commits
//
// One goroutine commits. It takes all requests that are waiting and makes one
// transaction of them, so the cost of a sync is shared by everyone who waits for
// it; each request sees those before it in the same transaction, and one that is
// refused fails alone. Nothing of a transaction is seen by readers until it is
// on the disk: bbolt shows a commit to readers before its last sync is done, so
// reads stop at the last Seq that is known to be durable.
//
// # When a commit fails
//
// A bbolt commit that returned an error may be there all the same. So after an
// error the file is opened anew and asked. If the transaction is there, it is
// confirmed by committing once more on top (a sync that failed must not be
// trusted to have written anything, and the transaction after it writes and
// syncs the meta page again) and everyone is told that it worked. If it is not
// there, everyone is told what went wrong (ErrFull where the disk is full), after
// each request of a shared transaction had one try of its own. If neither can be
// said, the answer is ErrUnknown.
//
// # Redaction
//
// bbolt leaves the old bytes in free pages. So a redaction sets "rewrite" in its
// own commit, and then the live content is copied to a new file that takes the
// old one's place. After a crash between the two, Open does it. Writers wait
// meanwhile, readers do not.
//
// # Reading
//
// Reads return copies and never keep a transaction open, so a reader may write.
// A page that is damaged on disk makes bbolt panic or the process fault; both
// are caught and returned as ErrDamaged.
//
// One process at a time has the file. It must not be on a network file system.
package bolt
