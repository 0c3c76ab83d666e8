package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	_ "gocloud.dev/blob/azureblob" // the object stores that are known
	_ "gocloud.dev/blob/gcsblob"
	_ "gocloud.dev/blob/s3blob"

	"sitrep/internal/app"
	"sitrep/status/export"
)

type exportCmd struct {
	Site       exportSite       `cmd:"" help:"Write the status page as plain files, which any file server can stand in with."`
	Postmortem exportPostmortem `cmd:"" help:"Write an incident's postmortem: Markdown, HTML, JSON, or a zip with everything that belongs to it."`
}

type exportSite struct {
	To     string `arg:"" help:"The folder to write into, or a bucket: s3://NAME?region=…, gs://NAME, azblob://NAME; &prefix=site/ for a part of it."`
	DB     string `name:"db" help:"The file of data." default:"sitrep.db" placeholder:"FILE"`
	Config string `help:"The configuration, for how the page looks. What it is called and lists is as the log has it." placeholder:"FILE"`
}

// Run writes the page as the log has it: its definition is the one that was
// recorded last.
func (c *exportSite) Run(ctx context.Context, p *program) error {
	a, err := p.reading(ctx, c.DB, c.Config)
	if err != nil {
		return err
	}
	err = writeSite(ctx, a, c.To)
	if err = errors.Join(err, a.Stop()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "The page is in %s.\n", c.To)
	return err
}

// writeSite writes a copy of the page where an address says.
func writeSite(ctx context.Context, a *app.App, address string) error {
	to, err := export.Open(ctx, address)
	if err != nil {
		return err
	}
	return errors.Join(a.Site.Export(ctx, to), to.Close())
}

// reading opens a log that is there already, with the page that it leads to,
// and tells nobody anything. The caller stops it.
func (p *program) reading(ctx context.Context, db, config string) (*app.App, error) {
	if _, err := os.Stat(db); err != nil {
		return nil, fmt.Errorf("there is no %s here. Name the file with --db", db)
	}
	l, err := openLog(db)
	if err != nil {
		return nil, err
	}
	cfg, err := loadConfig(config)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	look, err := pageLook(cfg)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	a := app.New(l, cfg, &app.Options{Look: look, Log: p.log})
	if err := a.Follow(ctx); err != nil {
		return nil, errors.Join(err, a.Stop())
	}
	return a, nil
}
