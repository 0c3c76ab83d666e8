package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"

	"sitrep/incident"
	"sitrep/internal/app"
	"sitrep/store"
)

type exportPostmortem struct {
	Incident string `arg:"" help:"INC-7"`
	Format   string `help:"md, html, json, or zip with everything that belongs to it, which sitrep import incident reads." enum:"md,html,json,zip" default:"md"`
	Version  string `help:"internal, or customer." enum:"internal,customer" default:"internal"`
	To       string `help:"The file to write, which must not exist; standard output if none is named." placeholder:"FILE"`
	DB       string `name:"db" help:"The file of data." default:"sitrep.db" placeholder:"FILE"`
	Config   string `help:"The configuration, for how the report is made." placeholder:"FILE"`
}

// Run writes the report, through the process that has the file open if one has.
func (c *exportPostmortem) Run(ctx context.Context, p *program) error {
	if c.Format == "zip" && c.To == "" {
		return errors.New("a zip is no text to print. Name the file to write: --to " + c.Incident + ".zip")
	}
	write := func(w io.Writer) error {
		path := "/report/" + url.PathEscape(c.Incident) + "/" + c.Format + "?version=" + c.Version
		on := logCmd{DB: c.DB}
		return on.on(ctx, w, path, nil, func(l *store.Log) error {
			cfg, err := loadConfig(c.Config)
			if err != nil {
				return err
			}
			a, err := newApp(l, cfg, app.Options{Log: p.log})
			if err != nil {
				return err
			}
			if err := a.Follow(ctx); err != nil {
				return err
			}
			err = a.Report(ctx, w, c.Incident, c.Version, c.Format)
			a.Unfollow()
			return err
		})
	}
	if c.To == "" {
		return write(p.stdout)
	}
	if err := into(c.To, write); err != nil {
		return err
	}
	_, err := fmt.Fprintf(p.stdout, "The postmortem of %s is in %s.\n", c.Incident, c.To)
	return err
}

type importIncident struct {
	From   string `arg:"" help:"The zip that sitrep export postmortem --format zip wrote."`
	DB     string `name:"db" help:"The file of data; it may be new." default:"sitrep.db" placeholder:"FILE"`
	Config string `help:"The configuration." placeholder:"FILE"`
}

// Run brings the incident over.
func (c *importIncident) Run(ctx context.Context, p *program) error {
	f, err := os.Open(c.From)
	if err != nil {
		return fmt.Errorf("there is no %s. Name the zip that sitrep export postmortem --format zip wrote", c.From)
	}
	done, err := c.read(ctx, p, f)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	m := done.Manifest
	text := fmt.Sprintf("%s of %s (%s) is %s here: %s new, %d as they were. Nobody is told, and nothing of it is on this page.\n", m.Incident, m.Page, m.Title, done.ID, count(done.New, "record"), done.Known)
	if done.Left > 0 {
		text += fmt.Sprintf("Left out, since it means nothing here: %s of rooms, previews and reminders.\n", count(done.Left, "record"))
	}
	_, err = io.WriteString(p.stdout, text)
	return err
}

func (c *importIncident) read(ctx context.Context, p *program, f *os.File) (app.Unarchived, error) {
	info, err := f.Stat()
	if err != nil {
		return app.Unarchived{}, fmt.Errorf("read %s: %w", c.From, err)
	}
	cfg, err := loadConfig(c.Config)
	if err != nil {
		return app.Unarchived{}, err
	}
	_, err = os.Stat(c.DB)
	fresh := errors.Is(err, os.ErrNotExist)
	l, err := openLog(c.DB)
	if err != nil {
		return app.Unarchived{}, err
	}
	a := app.New(l, cfg, &app.Options{Log: p.log})
	if err := a.Follow(ctx); err != nil {
		return app.Unarchived{}, errors.Join(err, a.Stop())
	}
	done, err := a.Unarchive(ctx, f, info.Size())
	err = errors.Join(err, a.Stop())
	var refused *incident.Problem
	if fresh && errors.As(err, &refused) { // nothing was read into it
		err = errors.Join(err, os.Remove(c.DB))
	}
	return done, err
}
