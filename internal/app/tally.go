package app

import (
	"context"
	"io"
	"time"

	"sitrep/bot"
	"sitrep/commands"
	"sitrep/incident"
	"sitrep/store"
	"sitrep/tally"
)

// Tally is what the incidents of a month or a quarter came to: of "2026-09" or
// "2026-Q3", in the page's zone. Private incidents count only if asked for. An
// error about the period is an [incident.Problem].
func (a *App) Tally(ctx context.Context, period string, private bool) (tally.Report, error) {
	page := a.Board.Page()
	zone, err := time.LoadLocation(page.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	p, err := tally.ParsePeriod(period, zone)
	if err != nil {
		return tally.Report{}, incident.Problemf("bad-period", "%s.", upperFirst(err.Error()))
	}
	return tally.New(tally.Source{
		Period: p, Incidents: a.Board.All(), Page: page, Now: a.Log.Now(), Private: private,
		Each: func(id string, do func(incident.Meta, incident.Event)) error {
			for after := uint64(0); ; {
				rs, err := a.Log.Read(ctx, id, after, store.MaxRead)
				if err != nil {
					return err
				}
				if len(rs) == 0 {
					return nil
				}
				for _, r := range rs {
					after = r.N
					if m, ev, err := commands.Decode(r); err == nil { // what nobody can read says nothing of who leads
						do(m, ev)
					}
				}
			}
		},
	})
}

// WriteTally writes it in a format: md, html or json.
func (a *App) WriteTally(ctx context.Context, w io.Writer, period, format string, private bool) error {
	r, err := a.Tally(ctx, period, private)
	if err != nil {
		return err
	}
	var out []byte
	switch format {
	case "md":
		out = []byte(r.Markdown())
	case "html":
		out, err = r.Page()
	case "json":
		out, err = r.JSON()
	default:
		err = incident.Problemf("unknown-format", "There is no format %q. Write md, html or json.", format)
	}
	if err != nil {
		return err
	}
	_, err = w.Write(out)
	return err
}

// figures is the answer to the command of that name.
func (a *App) figures(ctx context.Context, period string) (bot.Reading, error) {
	r, err := a.Tally(ctx, period, false)
	if err != nil {
		return bot.Reading{}, err
	}
	out := bot.Reading{Title: r.Title()}
	for _, s := range r.Sections() {
		out.Sections = append(out.Sections, bot.Section{Heading: s.Heading, Lines: s.Lines})
	}
	return out, nil
}
