package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/user"
	"strings"

	"sitrep/internal/app"
	"sitrep/store"
	"sitrep/subscriber"
)

type subscribersCmd struct {
	DB string `name:"db" help:"The file of data." default:"sitrep.db" placeholder:"FILE"`

	List    subscribersList    `cmd:"" help:"Say how many there are, and who is in quarantine."`
	Erase   subscribersErase   `cmd:"" help:"Erase a subscriber for good."`
	Release subscribersRelease `cmd:"" help:"Try an address again that is in quarantine."`
	Bounced subscribersBounced `cmd:"" help:"Read, from standard input, the report of a mail that came back, and put its address into quarantine."`
}

type (
	subscribersList  struct{}
	subscribersErase struct {
		Who string `arg:"" help:"The address, or the id that list names."`
	}
	subscribersRelease struct {
		Who string `arg:"" help:"The address, or the id that list names."`
	}
	subscribersBounced struct{}
)

// on runs a piece of work on the subscribers: through the process that has the
// file open, or on the file itself.
func (c *subscribersCmd) on(ctx context.Context, w io.Writer, path string, form url.Values, direct func(context.Context, *app.Roll) error) error {
	through := logCmd{DB: c.DB}
	return through.on(ctx, w, path, form, func(l *store.Log) error {
		links, err := c.links()
		if err != nil {
			return err
		}
		return app.RollOf(ctx, l, links, direct)
	})
}

// links are signed with the key beside the file; nil if there is none.
func (c *subscribersCmd) links() (*subscriber.Links, error) {
	path := app.LinksPath(c.DB)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	key, err := app.LinksKey(path)
	if err != nil {
		return nil, err
	}
	return subscriber.NewLinks([]byte(key))
}

// Run says how many subscribers there are.
func (*subscribersList) Run(ctx context.Context, p *program, cl *commandLine) error {
	return cl.Subscribers.on(ctx, p.stdout, "/subscribers", nil, func(_ context.Context, r *app.Roll) error { return r.List(p.stdout) })
}

// Run erases one.
func (c *subscribersErase) Run(ctx context.Context, p *program, cl *commandLine) error {
	by := "command line"
	if u, err := user.Current(); err == nil {
		by = u.Username
	}
	return cl.Subscribers.on(ctx, p.stdout, "/subscribers/erase", url.Values{"who": {c.Who}, "by": {by}}, func(ctx context.Context, r *app.Roll) error {
		return r.Erase(ctx, c.Who, by, p.stdout)
	})
}

// Run releases one.
func (c *subscribersRelease) Run(ctx context.Context, p *program, cl *commandLine) error {
	return cl.Subscribers.on(ctx, p.stdout, "/subscribers/release", url.Values{"who": {c.Who}}, func(ctx context.Context, r *app.Roll) error {
		return r.Release(ctx, c.Who, p.stdout)
	})
}

// Run reads a report.
func (*subscribersBounced) Run(ctx context.Context, p *program, cl *commandLine) error {
	message, err := io.ReadAll(io.LimitReader(p.stdin, 1<<20))
	if err != nil {
		return fmt.Errorf("read the mail: %w", err)
	}
	return cl.Subscribers.on(ctx, p.stdout, "/subscribers/bounced", url.Values{"message": {string(message)}}, func(ctx context.Context, r *app.Roll) error {
		return r.Bounced(ctx, strings.NewReader(string(message)), p.stdout)
	})
}
