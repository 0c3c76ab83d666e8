package bolt_test

import (
	"path/filepath"
	"testing"

	"sitrep/store"
	"sitrep/store/bolt"
	"sitrep/store/storetest"
)

func TestDriver(t *testing.T) {
	storetest.Run(t, func(t testing.TB, dir string) store.Driver { return open(t, filepath.Join(dir, "sitrep.db")) }, nil)
}

// TestDriverIndexing has the indexes go to the file every few records, so that
// everything is found partly there and partly in the tail.
func TestDriverIndexing(t *testing.T) {
	storetest.Run(t, func(t testing.TB, dir string) store.Driver {
		d, err := bolt.Open(filepath.Join(dir, "sitrep.db"), &bolt.Options{IndexEvery: 7})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}, nil)
}

// open opens a log or fails the test. Closing it is the caller's.
func open(t testing.TB, path string) *bolt.Driver {
	t.Helper()
	d, err := bolt.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
