package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	gomail "github.com/wneessen/go-mail"

	"sitrep/incident"
	"sitrep/internal/app"
	"sitrep/internal/config"
	"sitrep/internal/fakesmtp"
	"sitrep/status"
	"sitrep/store"
	"sitrep/store/bolt"
	"sitrep/subscriber"
)

// subscribed fills a log with subscribers, each asked and confirmed; every third
// wants everything, the others one component of two.
func subscribed(b *testing.B, l *store.Log, n int) {
	b.Helper()
	confirmed := func(kind string, event any) store.Record {
		data, err := json.Marshal(event)
		if err != nil {
			b.Fatal(err)
		}
		return store.Record{Kind: kind, Data: data}
	}
	var wg sync.WaitGroup
	const writers = 64
	for w := range writers {
		wg.Go(func() {
			for i := w; i < n; i += writers {
				var c subscriber.Choice
				if i%3 > 0 {
					c.Components = []string{[]string{"", "api", "web"}[i%3]}
				}
				stream := fmt.Sprintf("%sS%025d", subscriber.Prefix, i)
				if _, err := l.Append(context.Background(), stream, "",
					confirmed(subscriber.KindAsked, subscriber.Asked{Channel: subscriber.Mail, Address: fmt.Sprintf("customer.number.%06d@example.net", i), Choice: c, Language: "en"}),
					confirmed(subscriber.KindConfirmed, subscriber.Confirmed{Ask: 1, Choice: c})); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// holds is this process's resident memory in megabytes: its own, and what it has
// mapped of files, which the kernel takes back when it needs it.
func holds(b *testing.B) (own, mapped float64) {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("no /proc here")
	}
	read := func(key string) float64 {
		_, rest, _ := strings.Cut(string(status), key+":")
		kb, err := strconv.Atoi(strings.Fields(rest)[0])
		if err != nil {
			b.Fatal(err)
		}
		return float64(kb) / 1024
	}
	return read("RssAnon"), read("RssFile")
}

// BenchmarkMailSubscribers tells 100,000 mail subscribers of one update, over
// real sockets, with the log in a real file, and measures beside it what the SMTP
// library alone sends: the same texts to a server of the same kind over one
// connection, in the same run, right before and right after. The server is in this process and takes its
// share of the two cores from both.
//
// first-mail is from the update's append to the first mail at the server: what is
// to be done is noted, durably, and the first batch chosen, written and handed in.
func BenchmarkMailSubscribers(b *testing.B) {
	for _, people := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(people), func(b *testing.B) {
			for b.Loop() {
				tellMany(b, people)
			}
		})
	}
}

func tellMany(b *testing.B, people int) {
	server := fakesmtp.New(b, &fakesmtp.Options{Counts: true})
	path := filepath.Join(b.TempDir(), "sitrep.db")
	d, err := bolt.Open(path, nil)
	if err != nil {
		b.Fatal(err)
	}
	l := store.New(d, nil)
	subscribed(b, l, people)
	cfg := config.Default(time.UTC)
	cfg.Page.Name, cfg.Page.URL, cfg.Page.Hold = "Example", "https://status.example.com", 0
	cfg.Page.Components = []config.Component{{Name: "API", ID: "api000000000"}, {Name: "Website", ID: "web000000000"}}
	cfg.Mail = config.Mail{Server: server.Addr, Security: "none", From: "Example Status <status@example.com>"}
	var a *app.App
	var begun time.Time
	for range 2 { // the second start is an ordinary one, with snapshots
		if a != nil {
			if err := a.Stop(); err != nil {
				b.Fatal(err)
			}
			if d, err = bolt.Open(path, nil); err != nil {
				b.Fatal(err)
			}
			l = store.New(d, nil)
		}
		a = app.New(l, cfg, nil)
		if err := a.Subscribe(app.SubscribeOptions{Key: "0123456789abcdef"}); err != nil {
			b.Fatal(err)
		}
		begun = time.Now()
		if err := a.Start(b.Context(), "bench"); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(time.Since(begun).Seconds()*1e3, "start-ms")
	debug.FreeOSMemory() // what filling the log took is not what is measured
	text := strings.Repeat("We have found the cause and are putting it right; payments that failed are tried again by themselves. ", 6)
	happens := func(ev incident.Event) {
		data, err := incident.Encode(incident.Meta{}, ev)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := l.Append(b.Context(), "INC-1", "", store.Record{Kind: ev.Kind(), Data: data}); err != nil {
			b.Fatal(err)
		}
	}
	happens(incident.Declared{Number: 1, Title: "db1"})
	if err := a.Settle(b.Context()); err != nil {
		b.Fatal(err)
	}

	like := letterLike(b, a, text)
	before := libraryAlone(b, like, people/20+500)
	begun = time.Now()
	happens(incident.UpdatePosted{Code: "u1", Status: incident.Identified, Title: "Checkout fails", Body: text, Shown: begun})
	server.Await(b, 1)
	b.ReportMetric(time.Since(begun).Seconds()*1e3, "first-mail-ms")
	own, mapped := await(b, server, people)
	ours := float64(people) / time.Since(begun).Seconds()
	if err := a.Settle(b.Context()); err != nil {
		b.Fatal(err)
	}
	if mails, _ := server.Count(); mails != people {
		b.Errorf("%d mails, want %d", mails, people)
	}
	alone := (before + libraryAlone(b, like, people/20+500)) / 2
	b.ReportMetric(ours, "mails/s")
	b.ReportMetric(alone, "library-mails/s")
	b.ReportMetric(ours/alone, "of-library")
	b.ReportMetric(own, "own-MB")
	b.ReportMetric(mapped, "mapped-MB")
	b.ReportMetric(0, "ns/op")
	if err := a.Stop(); err != nil {
		b.Fatal(err)
	}
}

// letterLike is a mail as subscribers get it.
func letterLike(b *testing.B, a *app.App, text string) status.Letter {
	b.Helper()
	address := "https://status.example.com/subscriptions/" + strings.Repeat("x", 70)
	l, err := a.Site.NoticeLetter("en", status.Notice{New: []int{0}, Leave: address, Manage: address, Public: &incident.Public{
		Code: "x", Title: "Checkout fails", Status: incident.Identified, Created: time.Now(),
		Updates: []incident.PublicUpdate{{Status: incident.Identified, Body: text, Shown: time.Now()}},
	}})
	if err != nil {
		b.Fatal(err)
	}
	return l
}

// await waits until so many mails have arrived, however long it takes, and returns
// the most memory that was held meanwhile.
func await(b *testing.B, server *fakesmtp.Server, n int) (own, mapped float64) {
	b.Helper()
	for step := 1_000; ; step += 1_000 {
		server.Await(b, min(step, n))
		o, m := holds(b)
		own, mapped = max(own, o), max(mapped, m)
		if step >= n {
			return own, mapped
		}
	}
}

// libraryAlone is how many mails of the same text the library sends a second, as
// its documentation does it: one client, one connection, messages one by one.
func libraryAlone(b *testing.B, like status.Letter, n int) float64 {
	b.Helper()
	server := fakesmtp.New(b, &fakesmtp.Options{Counts: true})
	host, port, _ := strings.Cut(server.Addr, ":")
	number, err := strconv.Atoi(port)
	if err != nil {
		b.Fatal(err)
	}
	client, err := gomail.NewClient(host, gomail.WithPort(number), gomail.WithTLSPolicy(gomail.NoTLS))
	if err != nil {
		b.Fatal(err)
	}
	if err := client.DialWithContext(b.Context()); err != nil {
		b.Fatal(err)
	}
	begun := time.Now()
	for i := range n {
		m := gomail.NewMsg()
		if err := m.From("Example Status <status@example.com>"); err != nil {
			b.Fatal(err)
		}
		if err := m.To(fmt.Sprintf("customer.number.%06d@example.net", i)); err != nil {
			b.Fatal(err)
		}
		m.Subject("[Example] Identified: Checkout fails")
		m.SetMessageID()
		m.SetDate()
		m.SetBodyString(gomail.TypeTextPlain, like.Text)
		m.AddAlternativeString(gomail.TypeTextHTML, like.HTML)
		if err := client.Send(m); err != nil {
			b.Fatal(err)
		}
	}
	rate := float64(n) / time.Since(begun).Seconds()
	if err := client.Close(); err != nil {
		b.Fatal(err)
	}
	return rate
}
