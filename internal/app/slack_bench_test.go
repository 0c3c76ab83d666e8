package app_test

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"sitrep/bot/slack"
	"sitrep/internal/app"
	"sitrep/internal/config"
	"sitrep/internal/fakeslack"
)

// slackOffice runs sitrep over a log on disk in a fake workspace without limits,
// with n channels of their own incidents, and returns the ids of those.
func slackOffice(b *testing.B, n int) (*fakeslack.Fake, *app.App, []string) {
	b.Helper()
	w := fakeslack.Workspace{Users: []fakeslack.User{{ID: "U0ANA", Name: "ana"}}, Channels: []fakeslack.Channel{{ID: "C0OPS", Name: "ops", Members: []string{"ana", "sitrep"}}}}
	f := fakeslack.New(w, &fakeslack.Options{Unlimited: true})
	a := app.New(openBolt(b, filepath.Join(b.TempDir(), "log.db")), config.Default(time.UTC), nil)
	p, err := a.Slack(f.BotToken(), f.AppToken(), "", slack.Options{API: f.URL(), Client: f.Client(), Dialer: f.Dialer()})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	if err := a.Start(ctx, "bench", p); err != nil {
		b.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- a.Serve(ctx) }()
	b.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
		if err := a.Stop(); err != nil {
			b.Error(err)
		}
		f.Close()
	})
	for f.Sockets() < 2 {
		runtime.Gosched()
	}
	for i := range n {
		if _, err := f.Slash("ana", "ops", "/incident", fmt.Sprintf("declare sev2 number %d", i)).Wait(ctx); err != nil {
			b.Fatal(err)
		}
	}
	if err := a.Settle(ctx); err != nil {
		b.Fatal(err)
	}
	var rooms []string
	for _, in := range a.Board.All() {
		room, ok := in.RoomOn(slack.Name)
		if !ok {
			b.Fatalf("%s has no room: %v", in.ID, a.Undelivered(in.ID))
		}
		rooms = append(rooms, room.ID)
	}
	return f, a, rooms
}

// A thousand commands are given at once: how long after each Slack has its
// acknowledgement, which is after the record is on disk.
func BenchmarkSlackThousandCommands(b *testing.B) {
	for _, n := range []int{1, 20, 100} {
		b.Run(fmt.Sprintf("incidents=%d", n), func(b *testing.B) {
			f, a, rooms := slackOffice(b, n)
			ctx := context.Background()
			var took []time.Duration
			for b.Loop() {
				var all []*fakeslack.Delivery
				for i := range 1000 {
					all = append(all, f.Slash("ana", rooms[i%len(rooms)], "/incident", fmt.Sprintf("note number %d", i)))
				}
				for _, d := range all {
					if _, err := d.Wait(ctx); err != nil {
						b.Fatal(err)
					}
					took = append(took, d.Took())
				}
				b.StopTimer()
				if err := a.Settle(ctx); err != nil {
					b.Fatal(err)
				}
				f.Forget()
				b.StartTimer()
			}
			b.ReportMetric(percentile(took, 0.5)/1000, "ack-p50-ms")
			b.ReportMetric(percentile(took, 0.99)/1000, "ack-p99-ms")
		})
	}
}

// One second of a channel in which 500 messages a second are written, one after
// the other; run it with -benchtime 60x for a minute. Nothing may be lost.
func BenchmarkSlackBusyChannel(b *testing.B) {
	f, a, rooms := slackOffice(b, 1)
	const rate = 500
	heap := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / (1 << 20)
	}
	before, before1 := heap(), a.Board.Entries("INC-1")
	tick := time.NewTicker(time.Second / rate)
	defer tick.Stop()
	n := 0
	for b.Loop() {
		for range rate {
			<-tick.C
			f.Say(rooms[0], "ana", fmt.Sprintf("message %d: the pool is exhausted, see the graph of connections", n))
			n++
		}
		f.Forget()
	}
	start, late := time.Now(), time.After(10*time.Second)
	for moved, given := a.Board.Moved(), false; !given && a.Board.Entries("INC-1")-before1 < n; moved = a.Board.Moved() {
		select {
		case <-moved:
		case <-late:
			given = true // up: what is missing is lost
		}
	}
	if got := a.Board.Entries("INC-1") - before1; got != n {
		b.Errorf("%d of %d messages are kept", got, n)
	}
	b.ReportMetric(float64(time.Since(start).Milliseconds()), "behind-ms")
	b.ReportMetric((heap()-before)*1024/float64(n), "kept-kB/message") // with the fake's own copy of each
}
