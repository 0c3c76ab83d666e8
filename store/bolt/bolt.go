package bolt

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
	"golang.org/x/sync/errgroup"

	"sitrep/store"
)

// lockTimeout is how long Open waits for another process to let go of the file:
// long enough for one that is just stopping, short enough to be told at once.
const lockTimeout = time.Second

// mapSize is how much address space is mapped from the start. bbolt has to wait
// for every reader when it maps anew, so a slow backup could stall a growing
// log; up to this size it never maps anew. Address space costs no memory.
const mapSize = 1 << 30

// growBy is how much the file grows at a time, in bytes. Growing takes a sync.
const growBy = 1 << 20

// Options are the optional parts of a Driver. Nil and the zero value are usable.
type Options struct {
	// NoSync leaves it to the operating system when to write. A power cut then
	// loses acknowledged records and may damage the file: for scratch files.
	NoSync bool
	// IndexEvery is after how many records their index entries go to the file;
	// 8,192 if 0. Only tests have a reason to set it.
	IndexEvery int
}

// A Driver is a store.Driver over one file. It is made by [Open], and may be
// used from any goroutine.
type Driver struct {
	path    string
	noSync  bool
	queue   chan *request
	quit    chan struct{} // closed by Close
	stopped chan struct{} // closed when the committer has ended
	close   func() error

	// handle is the open file; nil while it is opened anew after a failure. Only
	// the committer changes it.
	handle atomic.Pointer[handle]

	// retired closes files that were rewritten, after their last reader.
	retired errgroup.Group

	// tail is the index of the records that the file's indexes do not lead to
	// yet. Only the committer changes it.
	tailLock   sync.RWMutex
	tail       *index
	indexEvery int

	// durable is the Seq up to which records are known to be on the disk.
	durable atomic.Uint64

	// unsure: a commit is in the file that may not be on the disk, and the next
	// must be made even if it changes nothing. The committer's own.
	unsure bool

	// unnamed: the file was rewritten, and its name in the folder may not be on
	// the disk: a power cut could bring the old file back, so nothing may be
	// committed to the new one before. The committer's own.
	unnamed bool
}

// A handle is one opening of the file.
type handle struct{ *bbolt.DB }

// Open opens the log at path, and creates it with mode 0600 if there is none. It
// returns an *store.InUse if another process has it open (after a second at
// most), ErrFormat if a newer version wrote it, and ErrDamaged if it is not a
// whole log. It takes the same time for any size.
func Open(path string, o *Options) (*Driver, error) {
	if o == nil {
		o = &Options{}
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open the log: %w", err)
	}
	d := &Driver{
		path:    path,
		noSync:  o.NoSync,
		tail:    newIndex(),
		queue:   make(chan *request),
		quit:    make(chan struct{}),
		stopped: make(chan struct{}),
	}
	if d.indexEvery = o.IndexEvery; d.indexEvery <= 0 {
		d.indexEvery = indexEvery
	}
	head, err := d.open()
	if err != nil {
		return nil, fmt.Errorf("open the log %s: %w", path, err)
	}
	d.durable.Store(head.Seq)
	if err := d.settleIn(); err != nil {
		return nil, fmt.Errorf("open the log %s: %w", path, errors.Join(err, d.shut()))
	}
	d.close = sync.OnceValue(func() error {
		close(d.quit)
		<-d.stopped
		return errors.Join(d.shut(), d.retired.Wait())
	})
	go d.commitAll()
	return d, nil
}

// Close waits for the commits under way and closes the file.
func (d *Driver) Close() error { return d.close() }

// settleIn does what the last process may not have come to: a commit of its may
// be in the file and not on the disk yet, and a redaction may wait for the file
// to be rewritten.
func (d *Driver) settleIn() error {
	if !d.noSync {
		if err := d.handle.Load().Sync(); err != nil {
			return classify(err)
		}
	}
	return d.finishRewrite()
}

// open opens the file, looks at what it can check in no time, reads its tail,
// and returns the head of what is in it.
func (d *Driver) open() (store.Head, error) {
	_, err := os.Stat(d.path)
	created := errors.Is(err, os.ErrNotExist)
	db, err := openFile(d.path, d.noSync)
	if err != nil {
		return store.Head{}, err
	}
	var head store.Head
	var tail *index
	err = guard(func() error {
		if err := begin(db); err != nil {
			return err
		}
		if created {
			if err := syncDir(d.path); err != nil {
				return err
			}
		}
		return db.View(func(tx *bbolt.Tx) (err error) {
			if err = d.inspect(tx); err == nil {
				tail, head, err = readTail(tx)
			}
			return err
		})
	})
	if err != nil {
		return store.Head{}, errors.Join(err, db.Close())
	}
	d.tailLock.Lock()
	d.tail = tail
	d.tailLock.Unlock()
	d.handle.Store(&handle{db})
	return head, nil
}

// shut closes the file, if it is open.
func (d *Driver) shut() error {
	h := d.handle.Swap(nil)
	if h == nil {
		return nil
	}
	if err := h.Close(); err != nil {
		return fmt.Errorf("close the log: %w", err)
	}
	return nil
}

// openTries is how often a file is opened that another process replaces.
const openTries = 5

// openFile opens a bbolt file with our settings. Who waits for the lock while
// the holder rewrites the file gets the lock of the old one, which has no name
// any more: what is written there would be lost. So it is opened again.
func openFile(path string, noSync bool) (*bbolt.DB, error) {
	for try := 1; ; try++ {
		db, file, err := openOnce(path, noSync)
		if err != nil {
			return nil, err
		}
		locked, err := file.Stat()
		if err != nil {
			return nil, errors.Join(err, db.Close())
		}
		named, err := os.Stat(path)
		if err == nil && os.SameFile(locked, named) {
			return db, nil
		}
		if e := db.Close(); e != nil || try == openTries {
			return nil, errors.Join(err, e, &store.InUse{Path: path, PID: holder(path)})
		}
	}
}

func openOnce(path string, noSync bool) (*bbolt.DB, *os.File, error) {
	o := &bbolt.Options{
		Timeout:      lockTimeout,
		FreelistType: bbolt.FreelistArrayType, // see the package comment
		NoSync:       noSync,
		NoStatistics: true,
	}
	if runtime.GOOS != "windows" && strconv.IntSize == 64 {
		o.InitialMmapSize = mapSize
	}
	// If bbolt panics on a damaged file it forgets the open file, and with it
	// the lock; so keep hold of it.
	var file *os.File
	o.OpenFile = func(name string, flag int, mode os.FileMode) (*os.File, error) {
		f, err := os.OpenFile(name, flag, mode)
		file = f
		return f, err
	}
	var db *bbolt.DB
	err := guard(func() (err error) {
		db, err = bbolt.Open(path, 0o600, o)
		return err
	})
	if err == nil {
		db.AllocSize = growBy
		return db, file, nil
	}
	if file != nil {
		_ = file.Close() // closed already unless bbolt panicked
	}
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, nil, &store.InUse{Path: path, PID: holder(path)}
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch),
		strings.Contains(err.Error(), "file size too small"): // it has no name in bbolt
		return nil, nil, fmt.Errorf("%w: %w", store.ErrDamaged, err)
	}
	return nil, nil, classify(err)
}

// begin creates the buckets of a new file, and refuses one that is not ours or
// newer than this program.
func begin(db *bbolt.DB) error {
	var format string
	empty := true
	err := db.View(func(tx *bbolt.Tx) error {
		if b := tx.Bucket(bucketMeta); b != nil {
			format = string(b.Get(keyFormat))
		}
		return tx.ForEach(func([]byte, *bbolt.Bucket) error { empty = false; return nil })
	})
	if err != nil {
		return err
	}
	switch n, err := strconv.Atoi(format); {
	case empty:
	case err != nil || n < 1:
		return fmt.Errorf("%w: it is a BoltDB file, but not a log", store.ErrDamaged)
	case n > fileFormat:
		return fmt.Errorf("%w: format %d, at most %d", store.ErrFormat, n, fileFormat)
	default:
		return nil
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{bucketMeta, bucketLog, bucketStream, bucketKey, bucketCursor} {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		meta := tx.Bucket(bucketMeta)
		return errors.Join(meta.Put(keyFormat, strconv.AppendInt(nil, fileFormat, 10)), meta.Put(keyIndexed, number(0)))
	})
	if err != nil {
		return classify(err)
	}
	return nil
}

// inspect checks that the file is as long as it says, and all buckets are there.
func (d *Driver) inspect(tx *bbolt.Tx) error {
	info, err := os.Stat(d.path)
	if err != nil {
		return err
	}
	if info.Size() < tx.Size() {
		return fmt.Errorf("%w: %d bytes are missing at the end of the file", store.ErrDamaged, tx.Size()-info.Size())
	}
	for _, name := range [][]byte{bucketLog, bucketStream, bucketKey, bucketCursor} {
		if tx.Bucket(name) == nil {
			return fmt.Errorf("%w: the bucket %s is missing", store.ErrDamaged, name)
		}
	}
	return nil
}

// syncDir makes a file's name in its folder durable.
func syncDir(path string) error {
	if runtime.GOOS == "windows" {
		return nil // folders cannot be synced there, and need not be
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

var _ interface {
	store.Driver
	store.Header
	store.Lister
	store.Redactor
	store.Loader
	store.Backuper
	store.Compacter
	store.Checker
} = (*Driver)(nil)
