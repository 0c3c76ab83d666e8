package app_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"

	"sitrep/bot"
	"sitrep/commands"
	"sitrep/incident"
	"sitrep/internal/app"
	"sitrep/internal/config"
	"sitrep/internal/story"
	"sitrep/store"
	"sitrep/store/bolt"
)

// These benchmarks hold the whole chain against what the disk gives: figures
// are ratios within one run, docs/performance.md has the method.

func openBolt(b *testing.B, path string) *store.Log {
	b.Helper()
	d, err := bolt.Open(path, nil)
	if err != nil {
		b.Fatal(err)
	}
	return store.New(d, nil)
}

func startApp(b *testing.B, path string) *app.App {
	b.Helper()
	return startAppAt(b, path, time.Now)
}

func startAppAt(b *testing.B, path string, now func() time.Time) *app.App {
	b.Helper()
	l := openBolt(b, path)
	l.Now = now
	a := app.New(l, config.Default(time.UTC), nil)
	if err := a.Start(context.Background(), "bench", &story.Stage{}); err != nil {
		b.Fatal(err)
	}
	return a
}

var keys atomic.Int64

func send(b *testing.B, a *app.App, room bot.Channel, act bot.Act) bot.Message {
	req := bot.Request{Key: fmt.Sprintf("bench/%d", keys.Add(1)), In: room, By: incident.Person{ID: "bench/ana", Name: "ana"}, Do: act}
	if s, ok := act.(bot.Said); ok {
		s.Key = req.Key
		req.Do = s
	}
	msg, err := a.Runner.Handle(context.Background(), req)
	if err != nil {
		b.Error(err)
		return nil
	}
	if p, refused := msg.(bot.Problem); refused {
		b.Error(p.Text)
	}
	return msg
}

// declared opens an incident and returns its room.
func declared(b *testing.B, a *app.App) bot.Channel {
	b.Helper()
	rc, ok := send(b, a, bot.Channel{Platform: story.Platform, ID: "#ops"}, bot.Command{Text: "declare sev1 it is down"}).(bot.Receipt)
	if !ok {
		b.FailNow()
	}
	if err := a.Settle(context.Background()); err != nil {
		b.Fatal(err)
	}
	return a.Board.Get(rc.Incident).Rooms[0].Place
}

func percentile(ds []time.Duration, p float64) float64 {
	slices.Sort(ds)
	return float64(ds[int(float64(len(ds)-1)*p)].Microseconds())
}

// bareUpdate times one bbolt Update of the same bytes as a note.
func bareUpdate(b *testing.B, n int) []time.Duration {
	b.Helper()
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "bare.db"), 0o600, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	data := []byte(strings.Repeat("x", 400))
	out := make([]time.Duration, 0, n)
	for i := range n {
		start := time.Now()
		if err := db.Update(func(tx *bbolt.Tx) error {
			bk, err := tx.CreateBucketIfNotExists([]byte("log"))
			if err != nil {
				return err
			}
			return bk.Put(fmt.Appendf(nil, "%016x", i), data)
		}); err != nil {
			b.Fatal(err)
		}
		out = append(out, time.Since(start))
	}
	return out
}

func BenchmarkCommandOneAtATime(b *testing.B) {
	a := startApp(b, filepath.Join(b.TempDir(), "a.db"))
	defer a.Stop()
	room := declared(b, a)
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		send(b, a, room, bot.Command{Text: "note " + strings.Repeat("y", 200)})
		took = append(took, time.Since(start))
	}
	bare := bareUpdate(b, max(200, len(took)))
	b.ReportMetric(percentile(took, 0.5), "p50-µs")
	b.ReportMetric(percentile(took, 0.99), "p99-µs")
	b.ReportMetric(percentile(took, 0.5)/percentile(bare, 0.5), "x-bare-p50")
}

func BenchmarkCommandWhile64Others(b *testing.B) {
	a := startApp(b, filepath.Join(b.TempDir(), "a.db"))
	defer a.Stop()
	rooms := make([]bot.Channel, 65)
	for i := range rooms {
		rooms[i] = declared(b, a)
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for _, room := range rooms[1:] {
		wg.Go(func() {
			tick := time.NewTicker(20 * time.Millisecond) // 3,200 commands a second: far past a bad day
			defer tick.Stop()
			for {
				select {
				case <-stop:
					return
				case <-tick.C:
					send(b, a, room, bot.Command{Text: "note others are at work"})
				}
			}
		})
	}
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		send(b, a, rooms[0], bot.Command{Text: "note " + strings.Repeat("y", 200)})
		took = append(took, time.Since(start))
	}
	close(stop)
	wg.Wait()
	b.ReportMetric(percentile(took, 0.5), "p50-µs")
	b.ReportMetric(percentile(took, 0.99), "p99-µs")
}

// Commands on one incident are decided one after the other, each durable before
// the next; those on different ones share commits.
func Benchmark1000CommandsAtOnce(b *testing.B) {
	for _, incidents := range []int{1, 20} {
		b.Run(fmt.Sprintf("incidents=%d", incidents), func(b *testing.B) {
			a := startApp(b, filepath.Join(b.TempDir(), "a.db"))
			defer a.Stop()
			rooms := make([]bot.Channel, incidents)
			for i := range rooms {
				rooms[i] = declared(b, a)
			}
			var took []time.Duration
			for b.Loop() {
				var wg sync.WaitGroup
				start := time.Now()
				for i := range 1000 {
					wg.Go(func() { send(b, a, rooms[i%incidents], bot.Command{Text: "note at once"}) })
				}
				wg.Wait()
				took = append(took, time.Since(start))
			}
			b.ReportMetric(percentile(took, 0.5)/1000, "all-answered-ms")
			b.ReportMetric(percentile(took, 1)/1000, "worst-ms")
		})
	}
}

// Messages captured in 64 rooms at once, and in the same run the least that
// gathers as many writers' bytes into commits.
func BenchmarkMessagesIn64Rooms(b *testing.B) {
	a := startApp(b, filepath.Join(b.TempDir(), "a.db"))
	defer a.Stop()
	rooms := make([]bot.Channel, 64)
	for i := range rooms {
		rooms[i] = declared(b, a)
	}
	var n atomic.Int64
	start := time.Now()
	var wg sync.WaitGroup
	for _, room := range rooms {
		wg.Go(func() {
			for n.Add(1) <= int64(b.N) {
				send(b, a, room, bot.Said{Text: strings.Repeat("m", 120)})
			}
		})
	}
	wg.Wait()
	rate := float64(b.N) / time.Since(start).Seconds()
	b.StopTimer()
	b.ReportMetric(rate, "msgs/s")
	b.ReportMetric(rate/bareGroupCommit(b, 64, max(5000, b.N), true), "x-bare-keyed")
	b.ReportMetric(rate/bareGroupCommit(b, 64, max(5000, b.N), false), "x-bare-one-key")
}

// bareGroupCommit has writers put records of 400 bytes through one goroutine that
// commits what is waiting, and returns how many a second were durable. keyed
// ones stand where they can be read by their room and found by their key, as
// messages must; the others under one ascending key, the least that bbolt does.
func bareGroupCommit(b *testing.B, writers, n int, keyed bool) float64 {
	b.Helper()
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "bare.db"), 0o600, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	waiting := make(chan chan error, writers)
	data, seq := []byte(strings.Repeat("x", 400)), 0
	go func() {
		for first := range waiting {
			batch := []chan error{first}
			for len(waiting) > 0 {
				batch = append(batch, <-waiting)
			}
			err := db.Update(func(tx *bbolt.Tx) error {
				bk, err := tx.CreateBucketIfNotExists([]byte("log"))
				for range batch {
					seq++
					at := fmt.Appendf(nil, "%016x", seq)
					if err == nil && keyed {
						at = fmt.Appendf(nil, "INC-%d/room/%016x", seq%writers, seq)
						err = bk.Put(fmt.Appendf(nil, "key/slack/T1/C%d/%d", seq%writers, seq), at)
					}
					if err == nil {
						err = bk.Put(at, data)
					}
				}
				return err
			})
			for _, done := range batch {
				done <- err
			}
		}
	}()
	var count atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for range writers {
		wg.Go(func() {
			done := make(chan error, 1)
			for count.Add(1) <= int64(n) {
				waiting <- done
				if err := <-done; err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	close(waiting)
	return float64(n) / time.Since(start).Seconds()
}

// published fills a log with past public incidents.
func published(b *testing.B, a *app.App, n int) {
	b.Helper()
	for range n {
		rc := send(b, a, bot.Channel{Platform: story.Platform, ID: "#ops"}, bot.Command{Text: "declare sev2 past"}).(bot.Receipt)
		send(b, a, bot.Channel{Platform: story.Platform, ID: "#ops"}, bot.Command{Text: `update ` + rc.Incident + ` title:"Past trouble" affects:API=down We are looking into it.`})
		send(b, a, bot.Channel{Platform: story.Platform, ID: "#ops"}, bot.Command{Text: `resolve ` + rc.Incident + ` It is over.`})
	}
	if err := a.Settle(context.Background()); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkUpdateToPage1000Past(b *testing.B) {
	var clock story.Clock
	a := startAppAt(b, filepath.Join(b.TempDir(), "a.db"), clock.Now)
	defer a.Stop()
	for i := range 1000 { // three years of an incident a day
		clock.Set(time.Now().AddDate(0, 0, i-1000))
		published(b, a, 1)
	}
	clock.Set(time.Now())
	room := declared(b, a)
	send(b, a, room, bot.Command{Text: `update title:"Now" Text 0`})
	var took []time.Duration
	i := 0
	for b.Loop() {
		i++
		want := fmt.Sprintf("Text number %d of now", i)
		start := time.Now()
		send(b, a, room, bot.Command{Text: "update " + want})
		for {
			w := httptest.NewRecorder()
			a.Site.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
			if strings.Contains(w.Body.String(), want) {
				break
			}
			runtime.Gosched()
		}
		took = append(took, time.Since(start))
	}
	b.ReportMetric(percentile(took, 0.5), "p50-µs")
	b.ReportMetric(percentile(took, 0.99), "p99-µs")
}

// BenchmarkStartWith1000000Records measures from opening the file to the first
// page, and then one command, on a log of a million records.
func BenchmarkStartWith1000000Records(b *testing.B) {
	if testing.Short() {
		b.Skip("writes a million records")
	}
	path := filepath.Join(b.TempDir(), "big.db")
	a := startApp(b, path)
	published(b, a, 200)
	var small []time.Duration
	room := declared(b, a)
	for range 300 {
		start := time.Now()
		send(b, a, room, bot.Command{Text: "note small"})
		small = append(small, time.Since(start))
	}
	ev := incident.MessageSaid{Key: "k", Text: strings.Repeat("m", 120)}
	for i := 0; i < 1_000_000; i += 1000 {
		rs := make([]incident.Event, 1000)
		for j := range rs {
			rs[j] = ev
		}
		recs, err := commands.Records(incident.Meta{By: incident.Person{ID: "bench/ana", Name: "ana"}}, rs...)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := a.Log.Append(context.Background(), incident.RoomStream(incident.Ref(1+i/1000%200)), "", recs...); err != nil {
			b.Fatal(err)
		}
	}
	if err := a.Settle(context.Background()); err != nil {
		b.Fatal(err)
	}
	if err := a.Stop(); err != nil {
		b.Fatal(err)
	}
	var first, big []time.Duration
	var rss uint64
	for b.Loop() {
		runtime.GC()
		start := time.Now()
		a := startApp(b, path)
		w := httptest.NewRecorder()
		a.Site.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		first = append(first, time.Since(start))
		if w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
		var ms runtime.MemStats
		runtime.ReadMemStats(&ms)
		rss = max(rss, ms.HeapAlloc)
		room := a.Board.Get(incident.Ref(a.Board.Last())).Rooms[0].Place
		for range 100 {
			start := time.Now()
			send(b, a, room, bot.Command{Text: "note big"})
			big = append(big, time.Since(start))
		}
		if err := a.Stop(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(percentile(first, 1)/1000, "first-page-ms")
	b.ReportMetric(percentile(big, 0.5)/percentile(small, 0.5), "x-small-p50")
	b.ReportMetric(float64(rss)/(1<<20), "heap-MB")
	own, mapped := resident(b, path)
	b.ReportMetric(own, "resident-MB")
	b.ReportMetric(mapped, "of-the-file-MB")
}

// residentFile names the environment variable that turns this test's program
// into one that starts on a log, gives its first page, and says what memory it
// has.
const residentFile = "SITREP_TEST_RESIDENT"

// resident starts a fresh process on a log and returns its resident memory after
// the first page: its own, and pages of the mapped file, which the kernel takes
// back when it needs them. In MB.
func resident(b *testing.B, path string) (own, mapped float64) {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(b.Context(), self)
	cmd.Env = append(os.Environ(), residentFile+"="+path)
	out, err := cmd.Output()
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		var kb float64
		if _, err := fmt.Sscanf(line, "RssAnon: %f kB", &kb); err == nil {
			own = kb / 1024
		}
		if _, err := fmt.Sscanf(line, "RssFile: %f kB", &kb); err == nil {
			mapped = kb / 1024
		}
	}
	return own, mapped
}

// sayResident is that process.
func sayResident(path string) error {
	d, err := bolt.Open(path, nil)
	if err != nil {
		return err
	}
	a := app.New(store.New(d, nil), config.Default(time.UTC), nil)
	if err := a.Start(context.Background(), "bench", &story.Stage{}); err != nil {
		return err
	}
	w := httptest.NewRecorder()
	a.Site.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	fmt.Print(string(status))
	return a.Stop()
}
