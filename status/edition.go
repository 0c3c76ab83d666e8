package status

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"sitrep/incident"
)

// An edition is one content with all that follows from it at once: orders,
// indexes and states. It never changes; only its cells fill.
type edition struct {
	site         *Site
	page         incident.Page
	root         string // the page's own address, without a slash at the end
	loc          *time.Location
	updated      time.Time
	incidents    []*item // newest first, as the format orders them
	maintenances []*item
	byCode       map[string]*item
	rows         []row // the components and their groups, in the format's order
	byID         map[string]*row
	claimed      map[string]incident.ComponentState // by component, the worst that is claimed now
	touched      map[string]bool                    // components that an update published here has named
	cells        cells
}

// An item is one incident or maintenance with the pages made of it.
type item struct {
	incident.Public
	cells cells
	said  []said
}

// said is what the updates of an item say of one component: when it last changed
// by one that was published here, and that there was such an update at all.
type said struct {
	id      string
	changed time.Time // zero if it never did
	here    bool
}

// newItem derives what an item says of components, once.
func newItem(p *incident.Public) *item {
	it := &item{Public: *p}
	for i := range p.Updates {
		u := &p.Updates[i]
		for _, c := range u.Affected {
			at := slices.IndexFunc(it.said, func(s said) bool { return s.id == c.ID })
			if at < 0 {
				at = len(it.said)
				it.said = append(it.said, said{id: c.ID})
			}
			s := &it.said[at]
			s.here = s.here || !u.Imported
			if c.Old != c.New && !u.Imported {
				s.changed = latest(s.changed, u.Recorded)
			}
		}
	}
	return it
}

// newEdition derives an edition; items of before that did not change are taken
// over with their rendered pages.
func newEdition(s *Site, c Content, before *edition) *edition {
	e := &edition{
		site: s, page: c.Page, root: strings.TrimRight(c.Page.URL, "/"), loc: time.UTC, updated: c.Updated,
		byCode: make(map[string]*item, len(c.Incidents)),
	}
	if e.root == "" {
		e.root = "http://localhost"
	}
	if loc, err := time.LoadLocation(c.Page.TimeZone); err == nil && c.Page.TimeZone != "" && c.Page.TimeZone != "Local" {
		e.loc = loc
	}
	samePage := before != nil && samePage(before.page, c.Page)
	for i := range c.Incidents {
		p := &c.Incidents[i]
		var it *item
		if samePage {
			it = before.byCode[p.Code]
		}
		if it == nil || !samePublic(&it.Public, p) {
			it = newItem(p)
		}
		e.byCode[p.Code] = it
		if p.Maintenance {
			e.maintenances = append(e.maintenances, it)
		} else {
			e.incidents = append(e.incidents, it)
		}
	}
	for _, list := range [][]*item{e.incidents, e.maintenances} {
		slices.SortStableFunc(list, func(a, b *item) int {
			return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(b.Serial, a.Serial))
		})
	}
	e.updated = latest(e.updated, e.page.Changed)
	e.setRows()
	return e
}

// all yields incidents and maintenances.
func (e *edition) all(yield func(*item) bool) {
	for _, list := range [][]*item{e.incidents, e.maintenances} {
		for _, it := range list {
			if !yield(it) {
				return
			}
		}
	}
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func samePage(a, b incident.Page) bool {
	return a.ID == b.ID && a.Name == b.Name && a.URL == b.URL && a.TimeZone == b.TimeZone && slices.Equal(a.Components, b.Components) &&
		slices.EqualFunc(a.Groups, b.Groups, func(a, b incident.Group) bool {
			return a.ID == b.ID && a.Name == b.Name && a.Description == b.Description && slices.Equal(a.Members, b.Members) && a.Listing == b.Listing
		})
}

// samePublic reports whether nothing at all of a differs from b. It is written
// out because it runs over every incident at every Set, where reflection would
// take the time that an update has.
func samePublic(a, b *incident.Public) bool {
	return a.Code == b.Code && a.Serial == b.Serial && a.Title == b.Title && a.Status == b.Status && a.Impact == b.Impact &&
		a.Created.Equal(b.Created) && a.Started.Equal(b.Started) && a.Changed.Equal(b.Changed) &&
		a.Monitoring.Equal(b.Monitoring) && a.Resolved.Equal(b.Resolved) &&
		sameList(a.Updates, b.Updates, sameUpdate) && slices.Equal(a.Components, b.Components) &&
		samePostmortem(a.Postmortem, b.Postmortem) && a.Next.Equal(b.Next) && a.Maintenance == b.Maintenance &&
		a.From.Equal(b.From) && a.Until.Equal(b.Until) && a.Link == b.Link && a.Origin == b.Origin
}

// sameList reports whether two lists are equal. Those that are one and the same,
// as the lists of all but one incident are after an update, are not compared:
// what was given to Set is not changed any more.
func sameList[T any](a, b []T, same func(a, b T) bool) bool {
	if len(a) == len(b) && len(a) > 0 && &a[0] == &b[0] {
		return true
	}
	return slices.EqualFunc(a, b, same)
}

func sameUpdate(a, b incident.PublicUpdate) bool {
	return a.Code == b.Code && a.Number == b.Number && a.Status == b.Status && a.Body == b.Body && a.Shown.Equal(b.Shown) &&
		a.Recorded.Equal(b.Recorded) && a.Edited.Equal(b.Edited) && slices.Equal(a.Affected, b.Affected) && a.Notify == b.Notify && a.HTML == b.HTML
}

func samePostmortem(a, b *incident.PublicPostmortem) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Code == b.Code && a.Body == b.Body && a.Shown.Equal(b.Shown) && a.Recorded.Equal(b.Recorded) && a.Edited.Equal(b.Edited) && a.HTML == b.HTML && a.Notify == b.Notify
}
