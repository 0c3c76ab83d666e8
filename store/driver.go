package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
)

// Errors that callers branch on. Drivers return them wrapped.
var (
	// ErrConflict: the stream is no longer at the batch's After. Nothing was
	// written; read again and decide again.
	ErrConflict = errors.New("the stream has moved on")
	// ErrClosed: the log was closed.
	ErrClosed = errors.New("the log is closed")
	// ErrFull: no room on the disk. Nothing was written, reading goes on, and
	// writing works again as soon as there is room.
	ErrFull = errors.New("the disk is full")
	// ErrUnknown: the disk failed in the middle of a commit, and whether the
	// records are there could not be read back. The same append under the same
	// key is safe to repeat.
	ErrUnknown = errors.New("it is not known whether the records were kept")
	// ErrInUse: another process has the log open. It is always an *[InUse].
	ErrInUse = errors.New("the log is in use")
	// ErrDamaged: what was read is not what was written.
	ErrDamaged = errors.New("the log is damaged")
	// ErrFormat: the log was written by a newer version of this program.
	ErrFormat = errors.New("the log has a newer format than this program reads")
	// ErrInvalid: a name, key or record that the log does not take.
	ErrInvalid = errors.New("not a valid record")
)

// InUse says who has the log open. errors.Is(err, ErrInUse) holds for it.
type InUse struct {
	Path string // the file
	PID  int    // the process that holds it; 0 if that could not be found out
}

// Error names the file and, where known, the process that holds it.
func (e *InUse) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("%s is in use by another process", e.Path)
	}
	return fmt.Sprintf("%s is in use by process %d", e.Path, e.PID)
}

// Is makes errors.Is(err, ErrInUse) true.
func (e *InUse) Is(target error) bool { return target == ErrInUse }

// Any, as a Batch's After, appends wherever the stream is.
const Any uint64 = math.MaxUint64

// MaxRead is how many records one Read returns at most.
const MaxRead = 256

// A Batch is one append: all of it or nothing.
type Batch struct {
	Stream  string   // the stream of all its records
	After   uint64   // the N that the stream must be at, or Any
	Key     string   // the idempotency key, or empty
	Records []Record // at least one
	Cursors []Cursor // saved in the same commit, if the batch is written
	Seal    Seal     // completes the records inside the commit
}

// A Cursor is how far a follower has come, and what it keeps.
type Cursor struct {
	Name  string
	Seq   uint64
	State []byte
}

// A Driver keeps records and cursors. It may be used from any goroutine. It
// keeps nothing that it was given and gives nothing that it keeps: bytes are
// copied both ways. After Close every method but Close returns ErrClosed.
type Driver interface {
	// Append commits a batch durably and returns its own records as stored. If
	// the key was seen before, nothing is written and the records of the first
	// append are returned, whatever After says; the Seal is not run. It returns
	// ErrConflict, ErrFull, ErrUnknown, or the Seal's error. A ctx that ends
	// before the commit has begun leaves nothing written.
	Append(ctx context.Context, b Batch) ([]Record, error)
	// Seen returns the records appended under key, or none.
	Seen(ctx context.Context, key string) ([]Record, error)
	// Read returns up to limit records of a stream with N > after, in order of
	// N; the stream "" is the whole log, with Seq > after. At most MaxRead come
	// at a time, also when limit is 0 or less. No record means the end.
	Read(ctx context.Context, stream string, after uint64, limit int) ([]Record, error)
	// Cursor returns a cursor; it is 0 and nil if never set.
	Cursor(ctx context.Context, name string) (seq uint64, state []byte, err error)
	// SetCursor saves a cursor durably. It may move back.
	SetCursor(ctx context.Context, name string, seq uint64, state []byte) error
	// Close ends the driver; what was acknowledged is kept.
	Close() error
}

// The optional powers of a driver, found by type assertion. What lacks the first
// two is only slower; what lacks another returns [errors.ErrUnsupported].
type (
	// A Header knows the last record of a stream, or of the whole log for "",
	// without reading up to it.
	Header interface {
		Head(ctx context.Context, stream string) (Head, error)
	}
	// A Notifier hears of commits made by other processes, and calls f after
	// each; f does not block. It is told once, before anything else.
	Notifier interface {
		Notify(f func())
	}
	// A Holder lets one process at a time hold a name. Hold waits until this
	// process has it. The context it returns ends when the hold is lost or
	// released.
	Holder interface {
		Hold(ctx context.Context, name string) (held context.Context, release func(), err error)
	}
	// A Redactor erases Data and Salt of the records numbered seqs, sets
	// Redacted, and appends the batch, all in one commit; then it sees to it
	// that the erased bytes leave the file. Records redacted before stay so. A
	// number that is not in the log is ErrInvalid, and nothing is done.
	Redactor interface {
		Redact(ctx context.Context, seqs []uint64, b Batch) ([]Record, error)
	}
	// A Loader appends records that are sealed already, as they are, in one
	// commit. They follow head, or the error is ErrConflict.
	Loader interface {
		Load(ctx context.Context, head Head, rs []Record) error
	}
	// A Lister lists the names of all cursors, sorted.
	Lister interface {
		Cursors(ctx context.Context) ([]string, error)
	}
	// A Backuper writes a consistent copy of itself that it can open, while
	// reading and writing go on.
	Backuper interface {
		Backup(ctx context.Context, w io.Writer) error
	}
	// A Compacter rewrites itself so that nothing erased or overwritten is left
	// in the file.
	Compacter interface {
		Compact(ctx context.Context) error
	}
	// A Checker examines its own structure and indexes.
	Checker interface {
		Check(ctx context.Context) error
	}
)
