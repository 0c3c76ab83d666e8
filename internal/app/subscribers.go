package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"sitrep/follow"
	"sitrep/notify/mail"
	"sitrep/notify/outbox"
	"sitrep/notify/webhook"
	"sitrep/subscriber"
	"sitrep/subscriber/desk"
)

// SubscribeOptions are what subscriptions need besides the configuration.
type SubscribeOptions struct {
	Key      string      // what links are signed with
	Password string      // of the account at the mail server, if it has one
	TLS      *tls.Config // the machine's own authorities if nil
	// Guard says which addresses webhooks may lead to, as net.Dialer.Control;
	// public ones alone if nil.
	Guard func(network, address string, c syscall.RawConn) error
}

// Subscribe lets people subscribe to the page, as the configuration says. It is
// called before Start; without it, or where nothing is configured, nobody can.
func (a *App) Subscribe(o SubscribeOptions) error {
	c := a.cfg
	if !c.Subscribers.On(&c.Mail) {
		return nil
	}
	links, err := subscriber.NewLinks([]byte(o.Key))
	if err != nil {
		return fmt.Errorf("subscribers.key: %w", err)
	}
	a.links = links
	own, _, _ := a.Site.Language("/")
	door := subscriber.Entrance{Root: cmp.Or(c.Subscribers.URL, c.Page.URL), Own: own, Links: links}
	now := func() time.Time { return a.Log.Now() }
	a.Registry = subscriber.NewRegistry(a.Log)
	a.desk = desk.New(a.Registry, a.Site, door, now, &desk.Options{Mail: c.Mail.On(), Webhooks: c.Subscribers.Webhooks, Proxies: c.Subscribers.Prefixes(), Log: a.slog})
	if c.Mail.On() {
		server, err := mail.ParseServer(c.Mail.Server)
		if err != nil {
			return err
		}
		server.Security, server.User, server.Password = c.Mail.Security, c.Mail.User, o.Password
		carrier, err := mail.New(server, mail.Sender{From: c.Mail.From, ReplyTo: c.Mail.ReplyTo, Bounces: c.Mail.Bounces}, a.Site, door, now, &mail.Options{TLS: o.TLS, Log: a.slog})
		if err != nil {
			return err
		}
		a.outboxes = append(a.outboxes, outbox.New(a.Board, a.Registry, carrier, now, &outbox.Options{Hold: c.Page.Hold, Log: a.slog}))
	}
	if c.Subscribers.Webhooks {
		carrier := webhook.New(a.Site, door, now, &webhook.Options{Guard: o.Guard, TLS: o.TLS, Log: a.slog})
		a.outboxes = append(a.outboxes, outbox.New(a.Board, a.Registry, carrier, now, &outbox.Options{Hold: c.Page.Hold, Log: a.slog}))
	}
	return nil
}

// PageHandler answers for the public page: what is there to be read, and where
// subscriptions are configured, what people can do there.
func (a *App) PageHandler() http.Handler {
	if a.desk == nil {
		return a.Site.Handler()
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.desk.Answers(r.URL.Path) {
			a.desk.ServeHTTP(w, r)
			return
		}
		a.Site.ServeHTTP(w, r)
	})
}

// tellSubscribers starts what subscriptions need.
func (a *App) tellSubscribers(ctx, run context.Context) error {
	if a.Registry == nil {
		return nil
	}
	head, err := a.Log.Head(ctx, "")
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	// Its snapshot is large with many subscribers, and what comes in is mostly not
	// about them: so many records are passed by again after a crash, in a second.
	r := a.follow(run, a.Registry, &follow.Options{Projection: true, SaveEvery: 200_000, Log: a.slog})
	if err := r.Wait(ctx, head.Seq); err != nil {
		return fmt.Errorf("bring the subscribers up to date: %w", err)
	}
	for _, o := range a.outboxes {
		a.follow(run, o, &follow.Options{Paused: a.Older() != "", GaveUp: a.gaveUp(o.Name()), Log: a.slog})
	}
	a.done.Go(func() { a.forget(run) })
	return nil
}

// How often those who left are erased. It rewrites the file, which on a large
// one stops everybody else for seconds, so it is not done while something is
// going on, unless that goes on for days.
const (
	forgetEvery = 24 * time.Hour
	forgetLook  = time.Hour
	forgetLast  = 72 * time.Hour
)

// forget erases, once a day, those who left and those who never confirmed.
func (a *App) forget(ctx context.Context) {
	tick := time.NewTicker(forgetLook)
	defer tick.Stop()
	since := forgetEvery - forgetLook // so that one who starts it daily has it done too
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if since += forgetLook; since < forgetEvery || a.busy() && since < forgetLast {
			continue
		}
		ids := a.Registry.Forgettable(a.Log.Now())
		if err := a.Registry.Erase(ctx, ids, "", "left, or never confirmed"); err != nil && ctx.Err() == nil {
			a.slog.Error("subscribers who left could not be erased; it is tried again in an hour", "error", err)
			a.trouble("forget", "Subscribers who left could not be erased: "+strings.TrimRight(err.Error(), ".")+".")
			continue
		}
		a.trouble("forget", "")
		since = 0
	}
}

// busy reports whether an incident is open.
func (a *App) busy() bool {
	for _, in := range a.Board.All() {
		if in.Open() {
			return true
		}
	}
	return false
}

// LinksPath is where the key of links is kept, beside a log's file.
func LinksPath(db string) string { return db + ".links" }

// LinksKey returns the key that is kept in a file, which is made with a new one
// if it is not there. Only its owner can read the file.
func LinksKey(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err == nil {
		if key := strings.TrimSpace(string(b)); key != "" {
			return key, nil
		}
		return "", fmt.Errorf("%s is empty. Links in mails are signed with what was in it; put it back, or remove the file to make every link useless and begin anew", path)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the key of links: %w", err)
	}
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return "", fmt.Errorf("make the key of links: %w", err)
	}
	key := base64.RawURLEncoding.EncodeToString(raw)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", fmt.Errorf("keep the key of links: %w", err)
	}
	_, err = f.WriteString(key + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", fmt.Errorf("keep the key of links: %w", errors.Join(err, os.Remove(path)))
	}
	return key, nil
}
