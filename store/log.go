package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// maxTries is how often Update decides before it gives up on a stream that
// other processes keep moving.
const maxTries = 5

// Options are the optional parts of a Log. Nil and the zero value are usable.
type Options struct {
	// Salts is where salts are read from; crypto/rand if nil. Only tests that
	// need the same bytes every time set it.
	Salts io.Reader
}

// A Log is the one way to write. It may be used from any goroutine.
type Log struct {
	// Now is the store's clock, and with it everyone's: whoever needs the
	// present asks it. It is time.Now unless set before the first use.
	Now func() time.Time

	driver  Driver
	salts   io.Reader
	cursors cursors

	mu      sync.Mutex
	changed chan struct{}     // closed at the next commit
	queues  map[string]*queue // one a stream or name with someone in it
}

// New returns a log over a driver, which it owns from now on: Close closes it.
func New(d Driver, o *Options) *Log {
	if o == nil {
		o = &Options{}
	}
	l := &Log{Now: time.Now, driver: d, salts: o.Salts, changed: make(chan struct{}), queues: make(map[string]*queue)}
	if l.salts == nil {
		l.salts = rand.Reader
	}
	l.cursors.init(d)
	if n, ok := d.(Notifier); ok {
		n.Notify(l.notify)
	}
	return l
}

// A Result is what an update came to.
type Result struct {
	Records []Record // what is in the log for it: none if nothing was to be said
	Repeat  bool     // the key was seen before; nothing was written now
}

// Update reads, decides and appends once. The decision looks at the stream's
// past and returns what happened; its error is returned as it is, and no record
// means that nothing is written.
//
// A key that was seen before answers with its records and the decision is not
// asked, so a command delivered twice is answered twice and done once. Updates
// of a stream wait for each other in this process; if another process was
// faster, the past is read again and decided again, at most five times, then
// the error is ErrConflict. See [Driver] for the other errors.
func (l *Log) Update(ctx context.Context, stream, key string, decide func(Past) ([]Record, error)) ([]Record, error) {
	res, err := l.Decide(ctx, stream, key, decide)
	return res.Records, err
}

// Decide is Update for a caller that wants to know whether it was a repeat.
func (l *Log) Decide(ctx context.Context, stream, key string, decide func(Past) ([]Record, error)) (Result, error) {
	if err := checkStream(stream); err != nil {
		return Result{}, err
	}
	leave, err := l.enter(ctx, stream)
	if err != nil {
		return Result{}, err
	}
	defer leave()
	for try := 1; ; try++ {
		if key != "" {
			seen, err := l.driver.Seen(ctx, key)
			if err != nil {
				return Result{}, fmt.Errorf("look for key %s: %w", key, err)
			}
			if len(seen) > 0 {
				return Result{Records: seen, Repeat: true}, nil
			}
		}
		head, err := l.Head(ctx, stream)
		if err != nil {
			return Result{}, err
		}
		rs, err := decide(Past{ctx: ctx, log: l, stream: stream, last: head.N})
		if err != nil || len(rs) == 0 {
			return Result{}, err
		}
		res, err := l.append(ctx, Batch{Stream: stream, After: head.N, Key: key, Records: rs})
		if errors.Is(err, ErrConflict) && try < maxTries {
			continue
		}
		return res, err
	}
}

// Append adds records to a stream wherever it is: for what happened regardless
// of the past, such as a message in a room. A key that was seen before answers
// with its records. See [Driver] for the errors.
func (l *Log) Append(ctx context.Context, stream, key string, rs ...Record) ([]Record, error) {
	if len(rs) == 0 {
		return nil, nil
	}
	res, err := l.append(ctx, Batch{Stream: stream, After: Any, Key: key, Records: rs})
	return res.Records, err
}

// append commits one batch, with the deferred cursors that are waiting.
func (l *Log) append(ctx context.Context, b Batch) (Result, error) {
	if err := b.check(); err != nil {
		return Result{}, err
	}
	sealed := false
	b.Seal = l.seal(b, &sealed)
	carried := l.cursors.take()
	b.Cursors = carried.cursors()
	rs, err := l.driver.Append(ctx, b)
	carried.done(err == nil && sealed)
	if err != nil {
		return Result{}, fmt.Errorf("append to %s: %w", b.Stream, err)
	}
	if sealed {
		l.notify()
	}
	return Result{Records: rs, Repeat: !sealed}, nil
}

// check says what is wrong with a batch that a caller asked for.
func (b Batch) check() error {
	if err := checkStream(b.Stream); err != nil {
		return err
	}
	if err := checkText("key", b.Key, MaxKey); err != nil {
		return err
	}
	for _, r := range b.Records {
		if err := r.check(); err != nil {
			return fmt.Errorf("append to %s: %w", b.Stream, err)
		}
	}
	return nil
}

// Read returns up to limit records of a stream after the Nth, or of the whole
// log, for the stream "", after a Seq. At most MaxRead come at a time; none
// means the end.
func (l *Log) Read(ctx context.Context, stream string, after uint64, limit int) ([]Record, error) {
	rs, err := l.driver.Read(ctx, stream, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name(stream), err)
	}
	return rs, nil
}

// Seen returns the records appended under an idempotency key, or none.
func (l *Log) Seen(ctx context.Context, key string) ([]Record, error) {
	rs, err := l.driver.Seen(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("look for key %s: %w", key, err)
	}
	return rs, nil
}

// Head returns the head of a stream, or of the whole log for the stream "".
func (l *Log) Head(ctx context.Context, stream string) (Head, error) {
	if d, ok := l.driver.(Header); ok {
		head, err := d.Head(ctx, stream)
		if err != nil {
			return Head{}, fmt.Errorf("head of %s: %w", name(stream), err)
		}
		return head, nil
	}
	var head Head
	for {
		after := head.N
		if stream == "" {
			after = head.Seq
		}
		rs, err := l.Read(ctx, stream, after, MaxRead)
		if err != nil || len(rs) == 0 {
			return head, err
		}
		head = rs[len(rs)-1].Head()
	}
}

// Changed returns a channel that is closed at the next commit. Take it before
// reading, and nothing is missed.
func (l *Log) Changed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed
}

func (l *Log) notify() {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.changed)
	l.changed = make(chan struct{})
}

// Hold waits until the caller alone holds a name, over all processes that share
// the log. The context it returns ends when the hold is lost or released.
func (l *Log) Hold(ctx context.Context, name string) (held context.Context, release func(), err error) {
	if d, ok := l.driver.(Holder); ok {
		return d.Hold(ctx, name)
	}
	// Such a driver serves one process, so its own goroutines are all there are.
	leave, err := l.enter(ctx, "\x00hold\x00"+name)
	if err != nil {
		return nil, nil, err
	}
	held, cancel := context.WithCancel(ctx)
	return held, sync.OnceFunc(func() { cancel(); leave() }), nil
}

// Redact erases the data of the records numbered seqs and appends by, which says
// who did it and why, in the same commit; by.Stream, Actor, Kind, Key and Data
// are the caller's. The hash chain still verifies. An error after the commit
// means that the records are redacted, but that the file could not be rewritten
// and keeps the bytes until it is opened again. Copies made earlier keep them.
func (l *Log) Redact(ctx context.Context, seqs []uint64, by Record) error {
	d, ok := l.driver.(Redactor)
	if !ok {
		return fmt.Errorf("redact: %w", errors.ErrUnsupported)
	}
	b := Batch{Stream: by.Stream, After: Any, Key: by.Key, Records: []Record{by}}
	if err := b.check(); err != nil {
		return err
	}
	sealed := false
	b.Seal = l.seal(b, &sealed)
	_, err := d.Redact(ctx, seqs, b)
	if sealed {
		l.notify()
	}
	if err != nil {
		return fmt.Errorf("redact: %w", err)
	}
	return nil
}

// Compact rewrites the log's file, so that nothing erased or overwritten is left
// in it. Redact does so by itself; call it once followers have purged what they
// keep in their cursors.
func (l *Log) Compact(ctx context.Context) error {
	d, ok := l.driver.(Compacter)
	if !ok {
		return fmt.Errorf("compact: %w", errors.ErrUnsupported)
	}
	if err := l.cursors.flush(ctx); err != nil {
		return err
	}
	if err := d.Compact(ctx); err != nil {
		return fmt.Errorf("compact: %w", err)
	}
	return nil
}

// Backup writes a consistent copy that the same driver can open, while reading
// and writing go on.
func (l *Log) Backup(ctx context.Context, w io.Writer) error {
	d, ok := l.driver.(Backuper)
	if !ok {
		return fmt.Errorf("back up: %w", errors.ErrUnsupported)
	}
	if err := l.cursors.flush(ctx); err != nil {
		return err
	}
	if err := d.Backup(ctx, w); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return nil
}

// Close saves the deferred cursors and closes the driver.
func (l *Log) Close() error {
	err := l.cursors.close()
	return errors.Join(err, l.driver.Close())
}

// name is a stream's name for an error.
func name(stream string) string {
	if stream == "" {
		return "the log"
	}
	return stream
}
