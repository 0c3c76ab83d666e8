package store_test

import (
	"context"
	"fmt"

	"sitrep/store"
	"sitrep/store/memory"
)

// A command reads, decides and appends once; delivered again, it is answered
// with the same record.
func ExampleLog_Update() {
	ctx := context.Background()
	log := store.New(memory.New(), nil)
	defer log.Close()

	resolve := func(past store.Past) ([]store.Record, error) {
		fmt.Println("deciding after", past.Last())
		return []store.Record{{Kind: "incident.resolved", Actor: "U1"}}, nil
	}
	for range 2 {
		rs, err := log.Update(ctx, "INC-1", "slack/trigger/42", resolve)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(rs[0].Kind, "is record", rs[0].N, "of", rs[0].Stream)
	}
	// Output:
	// deciding after 0
	// incident.resolved is record 1 of INC-1
	// incident.resolved is record 1 of INC-1
}

// A follower takes the channel, reads until nothing comes, and waits on it.
func ExampleLog_Changed() {
	ctx := context.Background()
	log := store.New(memory.New(), nil)
	defer log.Close()

	changed := log.Changed()
	go log.Append(ctx, "INC-1/room", "", store.Record{Kind: "message.posted", Data: []byte("restarting")})
	<-changed
	rs, err := log.Read(ctx, "", 0, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range rs {
		fmt.Printf("%d %s %s: %s\n", r.Seq, r.Stream, r.Kind, r.Data)
	}
	// Output:
	// 1 INC-1/room message.posted: restarting
}
