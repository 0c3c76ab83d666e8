package bot_test

import (
	"slices"
	"sync"
	"testing"

	"sitrep/bot"
)

// What is put for one channel runs in its order, channels do not wait for each
// other, and Drain waits for all of it.
func TestTurns(t *testing.T) {
	var turns bot.Turns
	var mu sync.Mutex
	got := map[string][]int{}
	held := make(chan struct{})
	turns.Put("slow", func() { <-held })
	for i := range 100 {
		for _, c := range []string{"slow", "a", "b"} {
			turns.Put(c, func() {
				mu.Lock()
				defer mu.Unlock()
				got[c] = append(got[c], i)
				if c == "b" && i == 99 {
					close(held) // a and b do not wait for slow
				}
			})
		}
	}
	turns.Drain()
	for c, is := range got {
		if len(is) != 100 || !slices.IsSorted(is) {
			t.Errorf("%s ran %v", c, is)
		}
	}
	again := make(chan struct{})
	turns.Put("a", func() { close(again) })
	<-again
}
