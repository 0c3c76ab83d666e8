package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"sitrep/incident"
	"sitrep/internal/app"
	"sitrep/status/statuspage"
)

type importCmd struct {
	Statuspage importStatuspage `cmd:"" help:"Bring over a hosted status page: its components and its history. Nobody is told."`
	Incident   importIncident   `cmd:"" help:"Bring over an incident from a zip that sitrep export postmortem wrote. Nobody is told."`
}

type importStatuspage struct {
	From     string `arg:"" help:"The page's address, or a file with what its /api/v2/incidents.json or summary.json gives."`
	DB       string `name:"db" help:"The file of data; it may be new." default:"sitrep.db" placeholder:"FILE"`
	DryRun   bool   `help:"Only say what would be done."`
	TimeZone string `help:"The zone of the page's clock, where the source does not name it." placeholder:"ZONE"`
}

// patience is how long a hosted page may take for all that is read of it.
const patience = 5 * time.Minute

// Run brings the page over, or says what that would come to.
func (c *importStatuspage) Run(ctx context.Context, p *program) error {
	snap, err := c.read(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", c.From, err)
	}
	_, err = os.Stat(c.DB)
	fresh := errors.Is(err, os.ErrNotExist)
	l, err := openLog(c.DB)
	if err != nil {
		return err
	}
	cfg, err := loadConfig("")
	if err != nil {
		return errors.Join(err, l.Close())
	}
	a := app.New(l, cfg, &app.Options{Log: p.log})
	if err := a.Follow(ctx); err != nil {
		return errors.Join(err, a.Stop())
	}
	done, err := a.ImportPublic(ctx, snap, c.TimeZone, c.DryRun)
	if err = errors.Join(err, a.Stop()); err != nil {
		return err
	}
	if c.DryRun && fresh { // what was only opened to look leaves nothing behind
		if err := os.Remove(c.DB); err != nil {
			return err
		}
	}
	return c.report(p, done)
}

func (c *importStatuspage) read(ctx context.Context) (*statuspage.Snapshot, error) {
	if strings.Contains(c.From, "://") {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		f := statuspage.Fetcher{Client: &http.Client{Timeout: time.Minute}}
		return f.Fetch(ctx, c.From)
	}
	f, err := os.Open(c.From)
	if err != nil {
		return nil, errors.New("there is no such file. Name a file, or an address that begins with https://")
	}
	s, err := statuspage.Read(f)
	return s, errors.Join(err, f.Close())
}

// report says what was done, and what of it needs somebody's eye.
func (c *importStatuspage) report(p *program, done app.Imported) error {
	verb := "Brought over"
	if c.DryRun {
		verb = "Would bring over"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %s, %d new, %d changed, %d as they were. Nobody is told.\n", verb, done.Page, count(done.Components, "component"), done.New, done.Changed, done.Same)
	if n := len(done.Open); n > 0 {
		fmt.Fprintf(&b, "Still open: %s. An update or resolve goes on from there.\n", some(done.Open))
	}
	if len(done.NotOperational) > 0 {
		fmt.Fprintf(&b, "Not operational when it was read: %s. It stays so until an update says otherwise.\n", some(done.NotOperational))
	}
	if len(done.Altered) > 0 {
		fmt.Fprintf(&b, "Texts with HTML that is not handed on: %s. They are kept as plain text.\n", some(done.Altered))
	}
	if len(done.Erased) > 0 {
		fmt.Fprintf(&b, "Erased for good here, and left so: %s.\n", some(done.Erased))
	}
	_, err := fmt.Fprint(p.stdout, b.String())
	return err
}

func count(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// some names up to five.
func some(names []string) string {
	if more := len(names) - 5; more > 0 {
		return strings.Join(names[:5], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return incident.Affected(names)
}
