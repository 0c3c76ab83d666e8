package bolt_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"sitrep/store"
	"sitrep/store/bolt"
)

// payload is what one record of a busy room holds: 400 bytes.
var payload = strings.Repeat("0123456789abcdef ", 24)[:400]

// latencies are of single calls. Ratios between two of them from one run are
// what counts; the disk of the day is in both.
type latencies []time.Duration

func (l latencies) at(p float64) time.Duration {
	slices.Sort(l)
	return l[int(p*float64(len(l)-1))]
}

func timed(l *latencies, fn func() error) error {
	start := time.Now()
	err := fn()
	*l = append(*l, time.Since(start))
	return err
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// A bare is a bbolt file that a program without us would write the same bytes
// to, in the same buckets.
type bare struct {
	*bbolt.DB
	n uint64
}

func newBare(b *testing.B) *bare {
	b.Helper()
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "bare.db"), 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range []string{"log", "stream", "key"} {
			if _, err := tx.CreateBucket([]byte(name)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return &bare{DB: db}
}

// put writes what one record comes to: the record with its header and sums, and
// its two index entries, under the keys that we would use.
func (d *bare) put(tx *bbolt.Tx, stream, key string, n int) error {
	d.n++
	seq := binary.BigEndian.AppendUint64(nil, d.n)
	header := make([]byte, 92+len(stream)+len(key)) // as long as ours
	if err := tx.Bucket([]byte("log")).Put(seq, append(header, payload...)); err != nil {
		return err
	}
	if err := tx.Bucket([]byte("stream")).Put(binary.BigEndian.AppendUint64([]byte(stream+"\x00"), uint64(n)), seq); err != nil {
		return err
	}
	return tx.Bucket([]byte("key")).Put([]byte(key), seq)
}

func newLog(b *testing.B, path string) *store.Log {
	b.Helper()
	l := store.New(open(b, path), nil)
	b.Cleanup(func() {
		if err := l.Close(); err != nil {
			b.Error(err)
		}
	})
	return l
}

func update(b *testing.B, l *store.Log, stream, key string) error {
	_, err := l.Update(b.Context(), stream, key, func(store.Past) ([]store.Record, error) {
		return []store.Record{event("a", payload)}, nil
	})
	return err
}

// BenchmarkUpdate: one update at a time, against a bare bbolt Update of the same
// bytes, taken in turns.
func BenchmarkUpdate(b *testing.B) {
	l, raw := newLog(b, filepath.Join(b.TempDir(), "sitrep.db")), newBare(b)
	var ours, theirs latencies
	for i := 0; b.Loop(); i++ {
		key := fmt.Sprint("slack/T1/C1/", i)
		if err := timed(&ours, func() error { return update(b, l, "INC-1", key) }); err != nil {
			b.Fatal(err)
		}
		err := timed(&theirs, func() error {
			return raw.Update(func(tx *bbolt.Tx) error { return raw.put(tx, "INC-1", key, i) })
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(ms(ours.at(0.5)), "p50-ms")
	b.ReportMetric(ms(ours.at(0.99)), "p99-ms")
	b.ReportMetric(ms(theirs.at(0.5)), "bare-p50-ms")
	b.ReportMetric(ms(theirs.at(0.99)), "bare-p99-ms")
	b.ReportMetric(float64(ours.at(0.5))/float64(theirs.at(0.5)), "p50/bare")
}

// BenchmarkConcurrent: 64 writers to 64 streams, against a bare loop that makes
// one transaction of what waits; and one command at a time beside 64 writers.
func BenchmarkConcurrent(b *testing.B) {
	const writers, lap = 64, 2 * time.Second
	var ours, theirs float64
	var beside latencies
	for b.Loop() {
		l := newLog(b, filepath.Join(b.TempDir(), "sitrep.db"))
		ours += perSecond(b, writers, lap, func(w, i int) error {
			_, err := l.Append(b.Context(), fmt.Sprint("INC-", w, "/room"), fmt.Sprint("slack/T1/", w, "/", i), event("a", payload))
			return err
		})
		theirs += perSecond(b, writers, lap, groupCommit(b, newBare(b)))

		l = newLog(b, filepath.Join(b.TempDir(), "beside.db"))
		perSecond(b, writers+1, lap, func(w, i int) error {
			key := fmt.Sprint("slack/T1/", w, "/", i)
			if w == writers {
				return timed(&beside, func() error { return update(b, l, "INC-1", key) })
			}
			_, err := l.Append(b.Context(), fmt.Sprint("INC-", w, "/room"), key, event("a", payload))
			return err
		})
	}
	b.ReportMetric(ours/float64(b.N), "appends/s")
	b.ReportMetric(theirs/float64(b.N), "bare/s")
	b.ReportMetric(ours/theirs, "rate/bare")
	b.ReportMetric(ms(beside.at(0.5)), "command-p50-ms")
	b.ReportMetric(ms(beside.at(0.99)), "command-p99-ms")
	b.ReportMetric(0, "ns/op")
}

// perSecond has writers call fn for a while, and returns how often they could.
func perSecond(b *testing.B, writers int, lap time.Duration, fn func(w, i int) error) float64 {
	b.Helper()
	var count atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for w := range writers {
		wg.Go(func() {
			for i := 0; time.Since(start) < lap; i++ {
				if err := fn(w, i); err != nil {
					b.Error(err)
					return
				}
				count.Add(1)
			}
		})
	}
	wg.Wait()
	return float64(count.Load()) / time.Since(start).Seconds()
}

// groupCommit is the least that gathers what waits into one transaction.
func groupCommit(b *testing.B, d *bare) func(w, i int) error {
	type request struct {
		w, i int
		done chan error
	}
	queue := make(chan request, 1024)
	b.Cleanup(func() { close(queue) })
	go func() {
		for first := range queue {
			batch := []request{first}
			for more := true; more && len(batch) < 1024; {
				select {
				case r, ok := <-queue:
					if more = ok; ok {
						batch = append(batch, r)
					}
				default:
					more = false
				}
			}
			err := d.Update(func(tx *bbolt.Tx) error {
				for _, r := range batch {
					if err := d.put(tx, fmt.Sprint("INC-", r.w, "/room"), fmt.Sprint("slack/T1/", r.w, "/", r.i), r.i); err != nil {
						return err
					}
				}
				return nil
			})
			for _, r := range batch {
				r.done <- err
			}
		}
	}()
	return func(w, i int) error {
		done := make(chan error, 1)
		queue <- request{w, i, done}
		return <-done
	}
}

// BenchmarkGrowth: opening, one update, and reading one incident, with 1,000 and
// with 1,000,000 records in the file; verifying all of it; and the file's size.
func BenchmarkGrowth(b *testing.B) {
	sizes := []int{1_000, 1_000_000}
	if testing.Short() {
		sizes[1] = 50_000
	}
	var dirs []string
	for _, size := range sizes {
		dirs = append(dirs, filepath.Join(b.TempDir(), "sitrep.db"))
		fill(b, dirs[len(dirs)-1], size)
	}
	info, err := os.Stat(dirs[1])
	if err != nil {
		b.Fatal(err)
	}
	var opens, updates, reads [2]latencies
	round := 0
	for b.Loop() {
		for i, path := range dirs {
			var d *bolt.Driver
			if err := timed(&opens[i], func() (err error) { d, err = bolt.Open(path, nil); return err }); err != nil {
				b.Fatal(err)
			}
			l := store.New(d, nil)
			for range 200 {
				round++
				stream := fmt.Sprint("INC-", round*7919%(sizes[i]/50))
				if err := timed(&updates[i], func() error { return update(b, l, stream, fmt.Sprint("bench/", round)) }); err != nil {
					b.Fatal(err)
				}
				err := timed(&reads[i], func() error { _, err := l.Read(b.Context(), stream, 0, 50); return err })
				if err != nil {
					b.Fatal(err)
				}
			}
			if err := l.Close(); err != nil {
				b.Fatal(err)
			}
		}
	}
	var verify latencies
	l := newLog(b, dirs[1])
	if err := timed(&verify, func() error { _, err := l.Verify(b.Context()); return err }); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(verify.at(0.5).Seconds(), "verify-s")
	b.ReportMetric(ms(opens[1].at(0.5)), "open-ms")
	b.ReportMetric(ms(opens[0].at(0.5)), "open-small-ms")
	b.ReportMetric(float64(updates[1].at(0.5))/float64(updates[0].at(0.5)), "update/small")
	b.ReportMetric(ms(updates[1].at(0.5)), "update-p50-ms")
	b.ReportMetric(float64(reads[1].at(0.5))/float64(reads[0].at(0.5)), "read/small")
	b.ReportMetric(float64(info.Size())/float64(sizes[1]*len(payload)), "file/payload")
	b.ReportMetric(0, "ns/op")
}

// fill writes records as years of incidents would: fifty to a stream, a few
// streams at a time, each with a key.
func fill(b *testing.B, path string, size int) {
	b.Helper()
	d, err := bolt.Open(path, &bolt.Options{NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	l := store.New(d, nil)
	var wg sync.WaitGroup
	const writers = 20
	for w := range writers {
		wg.Go(func() {
			for i := w; i < size; i += writers {
				stream := fmt.Sprint("INC-", (i/1000)*writers+i%writers)
				key := fmt.Sprintf("slack/T1/C%d/%d.%06d", i%writers, 1_600_000_000+i, i)
				if _, err := l.Append(b.Context(), stream, key, event("message.posted", payload)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
}
