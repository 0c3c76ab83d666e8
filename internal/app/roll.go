package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"sitrep/follow"
	"sitrep/incident"
	"sitrep/notify/mail"
	"sitrep/store"
	"sitrep/subscriber"
)

// A Roll is what is done to subscribers from the command line.
type Roll struct {
	registry *subscriber.Registry
	links    *subscriber.Links // nil where the key is not known
}

// Roll returns the subscribers of a running app. The error says that it has none.
func (a *App) Roll() (*Roll, error) {
	if a.Registry == nil {
		return nil, incident.Problemf("no-subscribers", "Nobody can subscribe to this page: neither mail nor webhooks are configured for the process that has the file. Stop it to work on the file itself.")
	}
	return &Roll{a.Registry, a.links}, nil
}

// RollOf runs a piece of work on the subscribers of a log that nobody has open.
// links may be nil.
func RollOf(ctx context.Context, l *store.Log, links *subscriber.Links, work func(context.Context, *Roll) error) error {
	head, err := l.Head(ctx, "")
	if err != nil {
		return err
	}
	r := &Roll{subscriber.NewRegistry(l), links}
	run, cancel := context.WithCancel(ctx)
	f := follow.New(l, r.registry, &follow.Options{Projection: true})
	done := make(chan error, 1)
	go func() { done <- f.Run(run) }()
	err = f.Wait(ctx, head.Seq)
	if s := f.Status(); err == nil && s.Failing != "" {
		err = errors.New(s.Failing)
	}
	if err == nil {
		err = work(ctx, r)
	}
	cancel()
	return errors.Join(err, <-done)
}

// List says how many there are, and names those in quarantine.
func (r *Roll) List(w io.Writer) error {
	var stopped []*subscriber.Subscriber
	waiting := 0
	r.registry.All(func(s *subscriber.Subscriber) {
		switch {
		case s.Stopped != "" && s.Left.IsZero():
			stopped = append(stopped, s)
		case s.Number == 0:
			waiting++
		}
	})
	slices.SortFunc(stopped, func(a, b *subscriber.Subscriber) int { return cmp.Compare(a.Number, b.Number) })
	if _, err := fmt.Fprintf(w, "%d by mail, %d by webhook; %d asked and have not confirmed.\n", r.registry.Count(subscriber.Mail), r.registry.Count(subscriber.Webhook), waiting); err != nil {
		return err
	}
	for _, s := range stopped {
		if _, err := fmt.Fprintf(w, "%s  %s  in quarantine: %s\n", s.ID, s.Masked(), s.Stopped); err != nil {
			return err
		}
	}
	return nil
}

// find finds a subscriber by its address or its id.
func (r *Roll) find(who string) (*subscriber.Subscriber, error) {
	if s := r.registry.Get(who); s != nil {
		return s, nil
	}
	if address, ok := subscriber.CleanMail(who); ok {
		if s := r.registry.Find(subscriber.Mail, address); s != nil {
			return s, nil
		}
	}
	if address, ok := subscriber.CleanWebhook(who); ok {
		if s := r.registry.Find(subscriber.Webhook, address); s != nil {
			return s, nil
		}
	}
	return nil, incident.Problemf("no-subscriber", "Nobody subscribes with that address or id.")
}

// Release has an address tried again that was in quarantine.
func (r *Roll) Release(ctx context.Context, who string, w io.Writer) error {
	s, err := r.find(who)
	if err != nil {
		return err
	}
	if s.Stopped == "" {
		return incident.Problemf("not-quarantined", "%s is not in quarantine.", s.Masked())
	}
	if s, err = r.registry.Release(ctx, s.ID); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s is tried again.\n", s.Masked())
	return err
}

// Erase takes a subscriber out of the file for good. by is who did it.
func (r *Roll) Erase(ctx context.Context, who, by string, w io.Writer) error {
	s, err := r.find(who)
	if err != nil {
		return err
	}
	if err := r.registry.Erase(ctx, []string{s.ID}, "cli/"+by, "asked for"); err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, "It is erased from the file. Backups and exports made before still have it, and so does the mail server: erase it there too.")
	return err
}

// Bounced reads the report of a mail that could not be delivered. Only what was
// sent from here counts: the signed link in what came back says whose it was.
func (r *Roll) Bounced(ctx context.Context, message io.Reader, w io.Writer) error {
	if r.links == nil {
		return incident.Problemf("no-key", "The key of links is not known here, so nobody could tell a report of our mail from a forged one. Run this while sitrep serve runs.")
	}
	b, err := mail.ReadBounce(message)
	if errors.Is(err, mail.ErrNoBounce) {
		return incident.Problemf("no-bounce", "This mail is no report of a delivery, so nothing was done.")
	}
	if err != nil {
		return err
	}
	if !b.Failed {
		_, err := fmt.Fprintln(w, "The mail may still arrive, so nothing was done.")
		return err
	}
	for _, text := range b.Links {
		k, err := r.links.Read(text, r.registry.Now())
		if err != nil || k.Purpose != subscriber.ToLeave {
			continue
		}
		s := r.registry.Get(k.ID)
		if s == nil {
			_, err := fmt.Fprintln(w, "Its reader has left since, so nothing was done.")
			return err
		}
		if err := r.registry.Quarantine(ctx, s.ID, "came back: "+strings.TrimSpace(b.Status)); err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "%s is in quarantine: its mail came back (%s).\n", s.Masked(), b.Status)
		return err
	}
	return incident.Problemf("not-ours", "The report does not carry back a mail of ours, so nothing was done. The mail server must return the headers at least.")
}
