package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"go.etcd.io/bbolt"

	"sitrep/store"
)

// How bbolt lays out a page (internal/common/page.go of bbolt, file version 2,
// unchanged since 2013; integers are in the machine's own order):
//
//	page:   8 bytes id, 2 flags, 2 count, 4 overflow; then count elements
//	branch element: 4 bytes position of the key, 4 its length, 8 child's id
const (
	pageHeader    = 16
	branchElement = 16
	branchPage    = 0x01
	leafPage      = 0x02
)

// maxDepth is far deeper than any tree of pages gets: each level multiplies the
// records by fifty or so.
const maxDepth = 32

// A walker follows the pages of a file from the top. bbolt's own Tx.Check does
// not end on some damaged pages, or takes all memory; a walker reads the file
// and not the map, believes nothing, and visits each page once.
type walker struct {
	tx    *bbolt.Tx
	file  io.ReaderAt
	size  int // of a page
	pages uint64
	seen  map[uint64]bool
}

// checkPages checks that the buckets are trees of whole pages, each in one place
// only and none of them free to be overwritten. It is called by the committer,
// in a transaction that has written nothing.
func checkPages(tx *bbolt.Tx, path string) (err error) {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	size := tx.DB().Info().PageSize
	w := walker{tx: tx, file: file, size: size, pages: uint64(tx.Size()) / uint64(size), seen: make(map[uint64]bool)}
	for _, name := range [][]byte{bucketMeta, bucketLog, bucketStream, bucketKey, bucketCursor, bucketState} {
		if tx.Bucket(name) == nil && bytes.Equal(name, bucketState) {
			continue // no state was ever large
		}
		root := uint64(tx.Bucket(name).Root())
		if root == 0 {
			continue // so small that it has no page of its own
		}
		if err := w.walk(root, 0); err != nil {
			return fmt.Errorf("%w: bucket %s: %w", store.ErrDamaged, name, err)
		}
	}
	return nil
}

func (w *walker) walk(id uint64, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("page %d: the tree is too deep", id)
	}
	if id < 2 || id >= w.pages {
		return fmt.Errorf("page %d is not in the file", id)
	}
	page := make([]byte, w.size)
	if _, err := w.file.ReadAt(page, int64(id)*int64(w.size)); err != nil {
		return fmt.Errorf("page %d: %w", id, err)
	}
	flags := binary.NativeEndian.Uint16(page[8:])
	count := int(binary.NativeEndian.Uint16(page[10:]))
	overflow := uint64(binary.NativeEndian.Uint32(page[12:]))
	if self := binary.NativeEndian.Uint64(page); self != id {
		return fmt.Errorf("page %d says that it is page %d", id, self)
	}
	if overflow >= w.pages-id {
		return fmt.Errorf("page %d goes on past the end of the file", id)
	}
	for p := id; p <= id+overflow; p++ {
		if w.seen[p] {
			return fmt.Errorf("page %d is used twice", p)
		}
		w.seen[p] = true
		info, err := w.tx.Page(int(p))
		if err != nil {
			return err
		}
		if info.Type == "free" {
			return fmt.Errorf("page %d is used, but listed as free", p)
		}
	}
	switch {
	case flags == leafPage:
		return nil
	case flags != branchPage:
		return fmt.Errorf("page %d is of no known kind", id)
	case overflow > 0:
		page = make([]byte, (overflow+1)*uint64(w.size))
		if _, err := w.file.ReadAt(page, int64(id)*int64(w.size)); err != nil {
			return fmt.Errorf("page %d: %w", id, err)
		}
	}
	if pageHeader+count*branchElement > len(page) {
		return fmt.Errorf("page %d has no room for its %d elements", id, count)
	}
	for i := range count {
		child := binary.NativeEndian.Uint64(page[pageHeader+i*branchElement+8:])
		if err := w.walk(child, depth+1); err != nil {
			return err
		}
	}
	return nil
}
