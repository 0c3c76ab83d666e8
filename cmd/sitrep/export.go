package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"sitrep/internal/app"
)

type exportCmd struct {
	Site exportSite `cmd:"" help:"Write the status page as plain files, which any file server can stand in with."`
}

type exportSite struct {
	To string `arg:"" help:"The folder to write into."`
	DB string `name:"db" help:"The file of data." default:"sitrep.db" placeholder:"FILE"`
}

// Run writes the page as the log has it: its definition is the one that was
// recorded last.
func (c *exportSite) Run(ctx context.Context, p *program) error {
	a, err := p.reading(ctx, c.DB)
	if err != nil {
		return err
	}
	err = a.Site.Export(ctx, c.To)
	if err = errors.Join(err, a.Stop()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "The page is in %s.\n", c.To)
	return err
}

// reading opens a log that is there already, with the page that it leads to,
// and tells nobody anything. The caller stops it.
func (p *program) reading(ctx context.Context, db string) (*app.App, error) {
	if _, err := os.Stat(db); err != nil {
		return nil, fmt.Errorf("there is no %s here. Name the file with --db", db)
	}
	l, err := openLog(db)
	if err != nil {
		return nil, err
	}
	cfg, err := loadConfig("")
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	a := app.New(l, cfg, &app.Options{Log: p.log})
	if err := a.Follow(ctx); err != nil {
		return nil, errors.Join(err, a.Stop())
	}
	return a, nil
}
