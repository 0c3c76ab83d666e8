package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"sitrep/commands"
	"sitrep/incident"
	"sitrep/status/statuspage"
	"sitrep/store"
)

// Imported says what an import came to, or would.
type Imported struct {
	Page                 string // what the page is called
	Components           int    // how many it lists now
	New, Changed, Same   int    // incidents and maintenances
	Erased               []string
	Altered              []string // codes of those with a text that could not be handed on as it was
	Open, NotOperational []string // what still goes on, and components that were not operational when read
}

// ImportPublic brings over what was read from a hosted page: its definition, and
// each incident and maintenance as one record, marked imported, so that nobody is
// told. What is there already in the same words is left alone, and what has
// changed since is recorded anew; so an import can be done again. dry does
// nothing but say what would be done. zone is that of the page's clock where the
// source does not name it.
//
// The board must be followed (see Follow). An error that is a Problem says what
// to do; nothing, or a part that the same import completes, was recorded then.
func (a *App) ImportPublic(ctx context.Context, s *statuspage.Snapshot, zone string, dry bool) (Imported, error) {
	page, err := a.importedPage(s, zone)
	if err != nil {
		return Imported{}, err
	}
	done := Imported{Page: page.Name, Components: len(page.Components)}
	if !dry {
		if err := a.recordPage(ctx, page); err != nil {
			return done, err
		}
	}
	type one struct {
		event   incident.PublicImported
		planned bool
	}
	var all []one
	for i := range s.Incidents {
		all = append(all, one{s.Event(&s.Incidents[i], page.Name), false})
	}
	for i := range s.Maintenances {
		all = append(all, one{s.Event(&s.Maintenances[i], page.Name), true})
	}
	// Oldest first, so that numbers count in the order in which things happened.
	slices.SortStableFunc(all, func(x, y one) int {
		return cmp.Or(x.event.Created.Compare(y.event.Created), strings.Compare(x.event.Code, y.event.Code))
	})
	for _, o := range all {
		if err := a.importOne(ctx, page.ID, o.event, o.planned, dry, &done); err != nil {
			return done, fmt.Errorf("bring over %s: %w", o.event.Code, err)
		}
		if p := (incident.Public{Status: o.event.Status, Maintenance: o.planned}); p.Open() {
			done.Open = append(done.Open, o.event.Title)
		}
	}
	for _, list := range [][]statuspage.Incident{s.Incidents, s.Maintenances} {
		for _, in := range list {
			for _, u := range in.Updates {
				if _, harmless := statuspage.Text(u.Body); !harmless {
					done.Altered = append(done.Altered, in.ID)
					break
				}
			}
		}
	}
	for _, c := range page.Components {
		if c.Listing.State != "" {
			done.NotOperational = append(done.NotOperational, c.FullName())
		}
	}
	return done, nil
}

// importedPage is the page's definition after the import.
func (a *App) importedPage(s *statuspage.Snapshot, zone string) (incident.Page, error) {
	was := a.Board.Page()
	if zone != "" {
		if _, err := time.LoadLocation(zone); err != nil {
			return was, incident.Problemf("unknown-zone", "There is no zone %q. Name one as in the IANA database, such as Europe/Berlin.", zone)
		}
	} else if of, ok := s.Zone(); ok {
		zone = of
	} else if was.TimeZone == "" {
		return was, incident.Problemf("zone-missing", "The times are not in UTC, and nothing says in which zone the page's clock is. Name it: --time-zone America/Chicago.")
	}
	page := s.Define(was, zone)
	if was.ID == "" || was.ID == page.ID {
		if page.ID == "" {
			page.ID = incident.Code("import", page.Name, 0)
		}
		return page, nil
	}
	if a.hasPublicHistory() {
		return was, incident.Problemf("another-page", "This file holds the history of %s already, and what is brought over is of another page (%s, not %s). Import into a file of its own: --db FILE.", was.Name, page.ID, was.ID)
	}
	return page, nil
}

// hasPublicHistory reports whether customers were told anything under the page
// that stands, so that its addresses are known to somebody.
func (a *App) hasPublicHistory() bool {
	return slices.ContainsFunc(a.Board.All(), func(in *incident.Incident) bool { return len(in.Updates) > 0 }) ||
		slices.ContainsFunc(a.Board.Maintenances(), func(w *incident.Maintenance) bool { return len(w.Updates) > 0 })
}

// recordPage records the page's definition if it is another than stands.
func (a *App) recordPage(ctx context.Context, page incident.Page) error {
	rs, err := a.Log.Update(ctx, pageStream, "", func(store.Past) ([]store.Record, error) {
		if reflect.DeepEqual(a.Board.Page(), page) {
			return nil, nil
		}
		return importedRecords(incident.Meta{}, incident.PageConfigured{Page: page})
	})
	if err != nil {
		return fmt.Errorf("record the page's definition: %w", err)
	}
	return a.awaitLast(ctx, rs)
}

func importedRecords(m incident.Meta, ev incident.Event) ([]store.Record, error) {
	rs, err := commands.Records(m, ev)
	for i := range rs {
		rs[i].Imported = true
	}
	return rs, err
}

func (a *App) awaitLast(ctx context.Context, rs []store.Record) error {
	if len(rs) == 0 {
		return nil
	}
	return a.Board.Await(ctx, rs[len(rs)-1].Seq)
}

// importOne records one incident or maintenance, in the stream that it has or
// in the next free one.
func (a *App) importOne(ctx context.Context, page string, e incident.PublicImported, planned, dry bool, done *Imported) error {
	key := "import/" + page + "/" + e.Code
	seen, err := a.Log.Seen(ctx, key)
	if err != nil {
		return err
	}
	if len(seen) > 0 {
		return a.importAgain(ctx, seen[0].Stream, e, dry, done)
	}
	done.New++
	if dry {
		return nil
	}
	taken := errors.New("the number is taken")
	for n := a.nextNumber(planned); ; n++ {
		stream := incident.Ref(n)
		if planned {
			stream = incident.MaintenanceRef(n)
		}
		rs, err := a.Log.Update(ctx, stream, key, func(past store.Past) ([]store.Record, error) {
			if past.Last() > 0 {
				return nil, taken
			}
			return importedRecords(incident.Meta{When: e.Created}, e)
		})
		if errors.Is(err, taken) {
			continue
		}
		if err != nil {
			return err
		}
		return a.awaitLast(ctx, rs)
	}
}

func (a *App) nextNumber(planned bool) int {
	if !planned {
		return a.Board.Last() + 1
	}
	n := 0
	for _, w := range a.Board.Maintenances() {
		n = max(n, w.Number)
	}
	return n + 1
}

// importAgain records what has changed since the import before.
func (a *App) importAgain(ctx context.Context, stream string, e incident.PublicImported, dry bool, done *Imported) error {
	same := errors.New("nothing has changed")
	erased := errors.New("it was erased")
	rs, err := a.Log.Update(ctx, stream, "", func(past store.Past) ([]store.Record, error) {
		records, err := past.Since(0)
		if err != nil {
			return nil, err
		}
		now, err := importedRecords(incident.Meta{When: e.Created}, e)
		if err != nil {
			return nil, err
		}
		for _, r := range slices.Backward(records) {
			if r.Kind != e.Kind() {
				continue
			}
			switch {
			case r.Redacted:
				return nil, erased
			case string(r.Data) == string(now[0].Data):
				return nil, same
			}
			break
		}
		if dry {
			return nil, nil
		}
		return now, nil
	})
	switch {
	case errors.Is(err, same):
		done.Same++
		return nil
	case errors.Is(err, erased):
		done.Erased = append(done.Erased, stream)
		return nil
	case err != nil:
		return err
	}
	done.Changed++
	return a.awaitLast(ctx, rs)
}
