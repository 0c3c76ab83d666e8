package bolt_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"sitrep/store"
	"sitrep/store/bolt"
)

// What was acknowledged is there when the file is opened again.
func Example() {
	dir, err := os.MkdirTemp("", "sitrep")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	ctx := context.Background()
	for range 2 {
		d, err := bolt.Open(filepath.Join(dir, "sitrep.db"), nil)
		if errors.Is(err, store.ErrInUse) {
			fmt.Println(err) // says by which process
			return
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		log := store.New(d, nil)
		rs, err := log.Append(ctx, "INC-1/room", "", store.Record{Kind: "message.posted", Data: []byte("restarting")})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("kept as message", rs[0].N)
		if err := log.Close(); err != nil {
			fmt.Println(err)
			return
		}
	}
	// Output:
	// kept as message 1
	// kept as message 2
}
