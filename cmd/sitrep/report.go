package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"path/filepath"

	"sitrep/internal/app"
	"sitrep/store"
)

type reportCmd struct {
	Month   string `help:"The month: 2026-09." placeholder:"MONTH" xor:"period" required:""`
	Quarter string `help:"The quarter: 2026-Q3." placeholder:"QUARTER" xor:"period" required:""`
	DB      string `name:"db" help:"The file of data." default:"sitrep.db" placeholder:"FILE"`
	Config  string `help:"The configuration." placeholder:"FILE"`
	Out     string `help:"The folder to write the report into, as a page, as Markdown and as JSON. Without it, the Markdown is printed." placeholder:"DIR"`
	Private bool   `help:"Count private incidents too. Mind who reads it then."`
}

// Run writes the report, through the process that has the file open if one has.
func (c *reportCmd) Run(ctx context.Context, p *program) error {
	period := c.Month + c.Quarter
	if c.Out == "" {
		return c.write(ctx, p, p.stdout, period, "md")
	}
	for _, format := range []string{"html", "md", "json"} {
		path := filepath.Join(c.Out, "report-"+period+"."+format)
		var text bytes.Buffer
		if err := c.write(ctx, p, &text, period, format); err != nil {
			return err
		}
		if err := writeFile(path, text.Bytes()); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	_, err := fmt.Fprintf(p.stdout, "Read %s; the same as Markdown and JSON is beside it.\n", filepath.Join(c.Out, "report-"+period+".html"))
	return err
}

func (c *reportCmd) write(ctx context.Context, p *program, w io.Writer, period, format string) error {
	private := "no"
	if c.Private {
		private = "yes"
	}
	on := logCmd{DB: c.DB}
	return on.on(ctx, w, "/tally/"+url.PathEscape(period)+"/"+format+"?private="+private, nil, func(l *store.Log) error {
		cfg, err := loadConfig(c.Config)
		if err != nil {
			return err
		}
		a := app.New(l, cfg, &app.Options{Log: p.log})
		if err := a.Follow(ctx); err != nil {
			return err
		}
		err = a.WriteTally(ctx, w, period, format, c.Private)
		a.Unfollow()
		return err
	})
}
