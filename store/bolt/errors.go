package bolt

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"syscall"

	berrors "go.etcd.io/bbolt/errors"

	"sitrep/store"
)

// classify gives an error of bbolt or the system the store's meaning.
func classify(err error) error {
	switch {
	case err == nil:
		return nil
	case full(err):
		return fmt.Errorf("%w: %w", store.ErrFull, err)
	}
	return err
}

// full says whether an error means that there is no room. bbolt wraps some of
// them as text only.
func full(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) ||
		errors.Is(err, berrors.ErrMaxSizeReached) || strings.Contains(err.Error(), syscall.ENOSPC.Error())
}

// guard runs fn, and returns a panic or a fault in it, which is how bbolt meets
// a damaged page, as ErrDamaged.
func guard(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", store.ErrDamaged, p)
		}
	}()
	return fn()
}
