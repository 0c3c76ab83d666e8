package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/user"

	"sitrep/incident"
	"sitrep/internal/app"
	"sitrep/secret"
	"sitrep/store"
)

type logCmd struct {
	DB string `name:"db" help:"The file of data." default:"sitrep.db" placeholder:"FILE"`

	Verify logVerify `cmd:"" help:"Check every record, the hash chain and the file."`
	Backup logBackup `cmd:"" help:"Write a consistent copy of the file, also while it is in use."`
	Export logExport `cmd:"" help:"Write every record as lines of JSON."`
	Import logImport `cmd:"" help:"Read what export wrote into a new file."`
	Redact logRedact `cmd:"" help:"Erase a timeline entry for good."`
	Resume logResume `cmd:"" help:"Tell chat platforms again, after an older file was put in place; and try at once what waits."`
}

type (
	logVerify struct{}
	logResume struct{}
	logBackup struct {
		To string `arg:"" help:"The file to write; it must not exist."`
	}
	logExport struct {
		To string `arg:"" optional:"" help:"The file to write; standard output if none is named."`
	}
	logImport struct {
		From   string `arg:"" help:"The file that export wrote."`
		Config string `help:"Not needed to read the records; checked if it is named." placeholder:"FILE"`
	}
	logRedact struct {
		Incident string `arg:"" help:"INC-7"`
		Entry    string `arg:"" help:"T12"`
		Why      string `help:"Why it is erased; kept in the record." required:""`
		Config   string `help:"The configuration, which says who may." placeholder:"FILE"`
	}
)

// on runs a piece of work on the log: through the process that has it open, or
// on the file itself.
func (c *logCmd) on(ctx context.Context, w io.Writer, path string, form url.Values, direct func(*store.Log) error) error {
	if _, err := os.Stat(c.DB); err != nil {
		return fmt.Errorf("there is no %s here. Name the file with --db", c.DB)
	}
	l, err := openLog(c.DB)
	if err == nil {
		return errors.Join(direct(l), l.Close())
	}
	h, held := app.ReadHolder(c.DB)
	if !errors.Is(err, store.ErrInUse) || !held {
		return err
	}
	return h.Ask(ctx, path, form, w)
}

// Run checks the log.
func (*logVerify) Run(ctx context.Context, p *program, cl *commandLine) error {
	return cl.Log.on(ctx, p.stdout, "/verify", nil, func(l *store.Log) error { return app.Verify(ctx, l, p.stdout) })
}

// Run lets paused followers go on.
func (*logResume) Run(ctx context.Context, p *program, cl *commandLine) error {
	return cl.Log.on(ctx, p.stdout, "/resume", url.Values{}, func(l *store.Log) error {
		return app.ResumeLog(ctx, l, cl.Log.DB, p.stdout)
	})
}

// Run writes a copy of the file.
func (c *logBackup) Run(ctx context.Context, p *program, cl *commandLine) error {
	if err := into(c.To, func(w io.Writer) error {
		return cl.Log.on(ctx, w, "/backup", nil, func(l *store.Log) error { return l.Backup(ctx, w) })
	}); err != nil {
		return err
	}
	_, err := fmt.Fprintf(p.stdout, "%s is a whole copy of %s. Try it: sitrep log verify --db %s\n", c.To, cl.Log.DB, c.To)
	return err
}

// Run writes the records as JSON.
func (c *logExport) Run(ctx context.Context, p *program, cl *commandLine) error {
	export := func(w io.Writer) error {
		return cl.Log.on(ctx, w, "/export", nil, func(l *store.Log) error { return store.Export(ctx, l, w) })
	}
	if c.To == "" {
		return export(p.stdout)
	}
	return into(c.To, export)
}

// Run reads records into a new file.
func (c *logImport) Run(ctx context.Context, p *program, cl *commandLine) error {
	if _, err := os.Stat(cl.Log.DB); err == nil {
		return fmt.Errorf("%s is there already. An import makes a new file; name one with --db", cl.Log.DB)
	}
	if c.Config != "" {
		if _, err := loadConfig(c.Config); err != nil {
			return err
		}
	}
	f, err := os.Open(c.From)
	if err != nil {
		return fmt.Errorf("read the export: %w", err)
	}
	l, err := openLog(cl.Log.DB)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	if err := errors.Join(store.Import(ctx, l, f), f.Close(), l.Close()); err != nil {
		// What is there of it looks like a whole log; nobody may take it for one.
		return errors.Join(err, os.Remove(cl.Log.DB))
	}
	_, err = fmt.Fprintf(p.stdout, "%s is in %s.\n", c.From, cl.Log.DB)
	return err
}

// Run erases an entry.
func (c *logRedact) Run(ctx context.Context, p *program, cl *commandLine) error {
	by := "command line"
	if u, err := user.Current(); err == nil {
		by = u.Username
	}
	path := "/redact/" + url.PathEscape(c.Incident) + "/" + url.PathEscape(c.Entry)
	return cl.Log.on(ctx, p.stdout, path, url.Values{"why": {c.Why}, "by": {by}}, func(l *store.Log) error {
		cfg, err := loadConfig(c.Config)
		if err != nil {
			return err
		}
		a := app.New(l, cfg, &app.Options{Log: p.log})
		if err := a.Follow(ctx); err != nil {
			return err
		}
		err = a.Redact(ctx, c.Incident, c.Entry, c.Why, incident.Person{ID: "cli/" + by, Name: by}, p.stdout)
		a.Unfollow()
		return err
	})
}

// into writes a new file, and leaves none behind if that goes wrong.
func into(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write a new file: %w", err)
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// newMasker returns what takes secrets out of all that is kept.
func newMasker() (*secret.Masker, error) { return secret.New(nil) }
