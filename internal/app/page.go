package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"time"

	"sitrep/commands"
	"sitrep/incident"
	"sitrep/store"
)

// pageStream is where the page's definition is kept.
const pageStream = "page"

// configurePage records the page's definition where the configuration says
// something else than the log. A component keeps the id that it was given once,
// also under a new name if the configuration says what it was called.
func (a *App) configurePage(ctx context.Context, instance string) error {
	if instance == "" {
		b := make([]byte, 16)
		if _, err := rand.Read(b); err != nil {
			return fmt.Errorf("make an id for this page: %w", err)
		}
		instance = hex.EncodeToString(b)
	}
	_, err := a.Log.Update(ctx, pageStream, "", func(past store.Past) ([]store.Record, error) {
		was := a.Board.Page()
		now := a.pageOf(was, instance, a.Log.Now())
		if reflect.DeepEqual(was, now) {
			return nil, nil
		}
		return commands.Records(incident.Meta{}, incident.PageConfigured{Page: now})
	})
	if err != nil {
		return fmt.Errorf("record the page's definition: %w", err)
	}
	head, err := a.Log.Head(ctx, "")
	if err != nil {
		return err
	}
	return a.board.Wait(ctx, head.Seq)
}

// pageOf is the page that the configuration defines, with the ids of was.
func (a *App) pageOf(was incident.Page, instance string, now time.Time) incident.Page {
	c := a.cfg.Page
	if a.keepPage && was.ID != "" {
		was.URL = c.URL
		return was
	}
	p := incident.Page{ID: was.ID, Name: c.Name, URL: c.URL, TimeZone: "UTC"}
	if c.TimeZone.Location != nil {
		p.TimeZone = c.TimeZone.String()
	}
	if p.ID == "" {
		p.ID = incident.Code(instance, pageStream, 0)
	}
	taken := map[string]bool{} // an id is one component's, whatever was renamed to what
	for _, x := range c.Components {
		taken[x.ID] = x.ID != ""
	}
	ids := make([]string, len(c.Components))
	give := func(i int, id string) {
		if ids[i] == "" && id != "" && !taken[id] {
			ids[i], taken[id] = id, true
		}
	}
	for i, x := range c.Components {
		ids[i] = x.ID
		for _, old := range was.Components {
			if old.Group == x.Group && old.Name == x.Name {
				give(i, old.ID)
			}
		}
	}
	for i, x := range c.Components { // a name that is still there keeps its id; a former one gives its id on
		for _, old := range was.Components {
			if x.Was != "" && old.Name == x.Was && (old.Group == x.Group || x.Group == "") {
				give(i, old.ID)
			}
		}
	}
	for i, x := range c.Components {
		comp := incident.Component{ID: ids[i], Name: x.Name, Group: x.Group, Description: x.Description, Since: now.UTC().Format(time.DateOnly)}
		for n := uint64(0); comp.ID == ""; n++ { // one that was here before may have been given the id of this name
			if id := incident.Code(p.ID, "component/"+comp.FullName(), n); !taken[id] {
				comp.ID, taken[id] = id, true
			}
		}
		for _, old := range was.Components {
			if old.ID == comp.ID {
				comp.Since, comp.Listing = old.Since, old.Listing // what a hosted page said of it stays, but for its place
				comp.Listing.Position, comp.Listing.Order, comp.Listing.GroupID = 0, 0, ""
			}
		}
		p.Components = append(p.Components, comp)
	}
	for _, g := range was.Groups {
		if slices.ContainsFunc(p.Components, func(c incident.Component) bool { return c.Group == g.Name }) {
			g.Members, g.Listing.Position, g.Listing.Order = nil, 0, 0
			p.Groups = append(p.Groups, g)
		}
	}
	p.Changed = was.Changed
	return p
}
