package app

import (
	"context"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"strings"

	"sitrep/bot"
	"sitrep/bot/local"
	"sitrep/commands"
	"sitrep/incident"
	"sitrep/postmortem"
	"sitrep/postmortem/view"
	"sitrep/store"
)

// reports is what the local room shows of postmortems.
type reports struct{ app *App }

// listedEntries is how many entries of a timeline stand beside a report, those
// that nothing refers to the first to go; all of them are one link away.
const listedEntries = 400

// Sheet sets a text of a version beside the timeline, with what the record says
// to it.
func (r reports) Sheet(ctx context.Context, in *incident.Incident, version, text string, all bool) (local.Sheet, error) {
	t, err := r.app.Runner.Timeline(ctx, in.ID, 0)
	if err != nil {
		return local.Sheet{}, err
	}
	b := r.app.BriefOf(in, t)
	found, bare := findings(b, version, text)
	set, err := view.Set(b, text, found)
	if err != nil {
		return local.Sheet{}, fmt.Errorf("set the report of %s: %w", in.ID, err)
	}
	s := local.Sheet{Title: set.Title, Strip: set.Strip, Body: set.Body, Rich: set.Rich, Found: len(found), Bare: bare}
	if version == "customer" {
		s.Strip = "" // it is no part of it
	}
	for _, f := range set.Loose {
		s.Loose = append(s.Loose, bot.Finding{Quote: f.Quote, Text: f.Text, Mend: f.Mend})
	}
	public := map[uint64]string{}
	for _, u := range in.Updates {
		public[u.Meta.Seq] = fmt.Sprintf("U%d", u.Number)
	}
	told := map[string]bool{} // entries that the report's own choice takes in
	for _, x := range b.Story {
		told[x.Ref] = true
	}
	for _, e := range t.Chronological() {
		x := local.SheetEntry{Ref: e.Ref(), Also: public[e.Seq], At: e.At, By: e.By.String(), Link: e.Link, Story: e.InStory(), Open: !e.Withdrawn && !e.Redacted}
		if x.Open {
			x.Text = e.Text
		}
		for _, ref := range []string{x.Ref, x.Also} {
			if n := set.Notes[ref]; n > 0 {
				x.Notes = append(x.Notes, n)
			}
		}
		if !all && len(x.Notes) == 0 && (e.Struck || !x.Open || !told[x.Ref] && !told[x.Also] && e.IsMessage() && !e.Marked() || len(s.Entries) >= listedEntries) {
			s.Left++
			continue
		}
		s.Entries = append(s.Entries, x)
	}
	for _, ref := range slices.Sorted(maps.Keys(set.Notes)) { // what it refers to of other incidents stands at the end
		if e, ok := b.Evidence(ref); ok && strings.HasPrefix(ref, "INC-") {
			s.Entries = append(s.Entries, local.SheetEntry{Ref: ref, At: e.At, By: e.By, Text: e.Text, Link: "/i/" + ref, Notes: []int{set.Notes[ref]}, Open: true})
		}
	}
	return s, nil
}

// findings are what the record says to a text, and how many of its sentences
// name no evidence: what people write is not made of references, so that is no
// finding each.
func findings(b postmortem.Brief, version, text string) (out []postmortem.Finding, bare int) {
	if version == "customer" {
		return postmortem.LintPublic(text, b), 0
	}
	seen := map[string]bool{}
	for _, f := range append(postmortem.Lint(text, b), postmortem.Check(text, b)...) {
		key := f.Kind + "\x00" + f.Quote + "\x00" + f.Text
		switch {
		case f.Kind == "unsourced":
			bare++
		case !seen[key]:
			seen[key] = true
			out = append(out, f)
		}
	}
	return out, bare
}

// Versions lists all that a version ever was, oldest first.
func (r reports) Versions(ctx context.Context, in *incident.Incident, version string) ([]incident.ReportVersion, error) {
	return incident.ReportVersions(version, func(do func(incident.Meta, incident.Event)) error {
		for after := uint64(0); ; {
			rs, err := r.app.Log.Read(ctx, in.ID, after, store.MaxRead)
			if err != nil {
				return fmt.Errorf("read the texts of %s: %w", in.ID, err)
			}
			if len(rs) == 0 {
				return nil
			}
			for _, rec := range rs {
				m, ev, err := commands.Decode(rec)
				if err != nil {
					return err
				}
				do(m, ev)
				after = rec.N
			}
		}
	})
}

// Changes sets what became of one text in another.
func (reports) Changes(was, is string) template.HTML { return view.Changes(was, is) }

// Formats lists what a report can be taken along as.
func (reports) Formats() []local.Format {
	return []local.Format{
		{Name: "md", Mime: "text/markdown; charset=utf-8", Says: "Markdown"},
		{Name: "html", Mime: "text/html; charset=utf-8", Says: "HTML"},
		{Name: "json", Mime: "application/json", Says: "JSON"},
		{Name: "zip", Mime: "application/zip", Says: "Everything, as a zip"},
	}
}

// Write writes the report in a format.
func (r reports) Write(ctx context.Context, w io.Writer, in *incident.Incident, version, format string) error {
	return r.app.WriteReport(ctx, w, in, version, format)
}

// Report writes the report of an incident, by its number, in a format, as
// WriteReport does.
func (a *App) Report(ctx context.Context, w io.Writer, id, version, format string) error {
	n, ok := incident.ParseRef(id)
	in := a.Board.Get(incident.Ref(n))
	if !ok || in == nil {
		return incident.Problemf("no-incident", "There is no %s.", id)
	}
	return a.WriteReport(ctx, w, in, version, format)
}

// WriteReport writes an incident's report, as it stands, in a format: md or html
// of a version, json with the facts, the
// evidence and the timeline, zip with everything: see Archive.
func (a *App) WriteReport(ctx context.Context, w io.Writer, in *incident.Incident, version, format string) error {
	if format == "zip" {
		return a.Archive(ctx, in, w)
	}
	b, err := a.brief(ctx, in)
	if err != nil {
		return err
	}
	text, err := a.standing(ctx, in, version)
	if err != nil {
		return err
	}
	var out []byte
	switch format {
	case "md":
		out = []byte(text)
	case "html":
		if version == "customer" { // nothing that only the team knows stands beside it
			b = postmortem.Brief{ID: b.ID, Zone: b.Zone}
		}
		out, err = view.Page(b, text)
	case "json":
		out, err = b.JSON(text)
	default:
		err = incident.Problemf("unknown-format", "There is no format %q. Write md, html, json or zip.", format)
	}
	if err != nil {
		return err
	}
	_, err = w.Write(out)
	return err
}

// standing is the text of a version that stands; where nothing was drafted yet,
// the internal one is made from the record as it is now.
func (a *App) standing(ctx context.Context, in *incident.Incident, version string) (string, error) {
	if text := in.Report.Text(version); text != "" {
		return text, nil
	}
	d, err := a.Draft(ctx, in)
	if err != nil {
		return "", err
	}
	if version == "customer" {
		if d.Customer == "" {
			return "", incident.Problemf("no-customer-version", "There is no customer version of the postmortem of %s.", in.ID)
		}
		return d.Customer, nil
	}
	return d.Markdown, nil
}
