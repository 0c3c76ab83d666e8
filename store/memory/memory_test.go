package memory_test

import (
	"testing"

	"sitrep/store"
	"sitrep/store/memory"
	"sitrep/store/storetest"
)

func TestDriver(t *testing.T) {
	storetest.Run(t, func(testing.TB, string) store.Driver { return memory.New() }, &storetest.Options{Volatile: true})
}
