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
	cells        cells
}

// An item is one incident or maintenance with the pages made of it.
type item struct {
	incident.Public
	cells cells
}

// A row is a component or a group of them, with its public state.
type row struct {
	incident.Component
	state    incident.ComponentState
	position int // from 1, within its group
	created  time.Time
	changed  time.Time
	groupID  string   // of a component in a group
	children []string // ids, of a group; nil for a component
}

func (r *row) group() bool { return r.children != nil }

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
			it = &item{Public: *p}
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
	e.rows = e.componentRows()
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

// claims reports whether p says, now, what state its components are in: open
// incidents and running maintenances do.
func claims(p *incident.Public) bool { return p.Open() && p.Status != incident.Scheduled }

// componentRows lists components and groups. A component is in the worst state
// that an open incident or running maintenance last published for it, a group
// in the worst of its members'. The order is by position, as in the format:
// members of groups stand among the rows of the same position.
func (e *edition) componentRows() []row {
	state := make(map[string]incident.ComponentState)
	changed := make(map[string]time.Time)
	first := e.updated // of all that was ever published, for components without a date
	e.all(func(it *item) bool {
		if first.IsZero() || it.Created.Before(first) {
			first = it.Created
		}
		for _, c := range it.Components {
			if claims(&it.Public) {
				state[c.ID] = state[c.ID].Worse(c.New)
			}
		}
		for i := range it.Updates {
			u := &it.Updates[i]
			for _, c := range u.Affected {
				if c.Old != c.New && u.Recorded.After(changed[c.ID]) {
					changed[c.ID] = u.Recorded
				}
			}
		}
		return true
	})
	var rows []row
	groups := make(map[string]int) // name -> index in rows
	top := 0
	for _, c := range e.page.Components {
		r := row{Component: c, state: state[c.ID].Worse(incident.Operational), created: first}
		if since, ok := parseSince(c.Since, e.loc); ok {
			r.created = since
		}
		r.changed = latest(r.created, changed[c.ID])
		if c.Group == "" {
			top++
			r.position = top
			rows = append(rows, r)
			continue
		}
		g, ok := groups[c.Group]
		if !ok {
			top++
			g = len(rows)
			groups[c.Group] = g
			rows = append(rows, row{
				Component: incident.Component{ID: incident.Code(e.page.ID, "group/"+c.Group, 0), Name: c.Group},
				state:     incident.Operational, position: top, created: r.created,
			})
		}
		rows[g].children = append(rows[g].children, c.ID)
		rows[g].state = rows[g].state.Worse(r.state)
		rows[g].changed = latest(rows[g].changed, r.changed)
		if r.created.Before(rows[g].created) {
			rows[g].created = r.created
		}
		r.groupID, r.position = rows[g].ID, len(rows[g].children)
		rows = append(rows, r)
	}
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(a.position, b.position) })
	return rows
}

// parseSince reads Component.Since, a day or an instant.
func parseSince(s string, loc *time.Location) (time.Time, bool) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, true
	}
	t, err := time.ParseInLocation(time.DateOnly, s, loc)
	return t, err == nil
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func samePage(a, b incident.Page) bool {
	return a.ID == b.ID && a.Name == b.Name && a.URL == b.URL && a.TimeZone == b.TimeZone && slices.Equal(a.Components, b.Components)
}

// samePublic reports whether nothing at all of a differs from b. It is written
// out because it runs over every incident at every Set, where reflection would
// take the time that an update has.
func samePublic(a, b *incident.Public) bool {
	return a.Code == b.Code && a.Serial == b.Serial && a.Title == b.Title && a.Status == b.Status && a.Impact == b.Impact &&
		a.Created.Equal(b.Created) && a.Started.Equal(b.Started) && a.Changed.Equal(b.Changed) &&
		a.Monitoring.Equal(b.Monitoring) && a.Resolved.Equal(b.Resolved) &&
		slices.EqualFunc(a.Updates, b.Updates, sameUpdate) && slices.Equal(a.Components, b.Components) &&
		samePostmortem(a.Postmortem, b.Postmortem) && a.Next.Equal(b.Next) && a.Maintenance == b.Maintenance &&
		a.From.Equal(b.From) && a.Until.Equal(b.Until)
}

func sameUpdate(a, b incident.PublicUpdate) bool {
	return a.Code == b.Code && a.Number == b.Number && a.Status == b.Status && a.Body == b.Body && a.Shown.Equal(b.Shown) &&
		a.Recorded.Equal(b.Recorded) && a.Edited.Equal(b.Edited) && slices.Equal(a.Affected, b.Affected) && a.Notify == b.Notify
}

func samePostmortem(a, b *incident.PublicPostmortem) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Code == b.Code && a.Body == b.Body && a.Shown.Equal(b.Shown) && a.Recorded.Equal(b.Recorded) && a.Edited.Equal(b.Edited)
}
