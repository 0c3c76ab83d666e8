package status

import (
	"cmp"
	"slices"
	"time"

	"sitrep/incident"
)

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

// claims reports whether p says, now, what state its components are in: open
// incidents and running maintenances do.
func claims(p *incident.Public) bool { return p.Open() && p.Status != incident.Scheduled }

// setRows lists components and groups. A component is in the worst state that an
// open incident or running maintenance last published for it, a group in the
// worst of its members'. What was brought over from a hosted page is in the
// state that it was in there until an update here names it. The order is by
// position, as in the format: members of groups stand among the rows of the same
// position.
func (e *edition) setRows() {
	state := make(map[string]incident.ComponentState)
	changed := make(map[string]time.Time)
	e.touched = make(map[string]bool)
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
		for _, s := range it.said {
			if s.here {
				e.touched[s.id] = true
			}
			if s.changed.After(changed[s.id]) {
				changed[s.id] = s.changed
			}
		}
		return true
	})
	e.claimed = state
	groups := make(map[string]*row)
	var rows []*row
	for _, g := range e.page.Groups {
		r := &row{
			Component: incident.Component{ID: g.ID, Name: g.Name, Description: g.Description, Listing: g.Listing},
			state:     incident.Operational, position: g.Listing.Position, created: g.Listing.Created, changed: g.Listing.Changed,
			children: slices.Clone(g.Members),
		}
		groups[g.Name] = r
		rows = append(rows, r)
	}
	top := 0
	for _, g := range rows {
		top += min(g.position, 1)
	}
	for _, c := range e.page.Components {
		r := &row{Component: c, state: state[c.ID].Worse(incident.Operational), created: first, position: c.Listing.Position, groupID: c.Listing.GroupID}
		if !e.touched[c.ID] {
			r.state = r.state.Worse(c.Listing.State)
		}
		if since, ok := parseSince(c.Since, e.loc); ok {
			r.created = since
		} else if !c.Listing.Created.IsZero() {
			r.created = c.Listing.Created
		}
		r.changed = latest(latest(r.created, c.Listing.Changed), changed[c.ID])
		if c.Group == "" {
			top++
			r.position = cmp.Or(r.position, top)
			rows = append(rows, r)
			continue
		}
		g := groups[c.Group]
		if g == nil {
			top++
			g = &row{
				Component: incident.Component{ID: incident.Code(e.page.ID, "group/"+c.Group, 0), Name: c.Group},
				state:     incident.Operational, position: top, created: r.created,
			}
			groups[c.Group] = g
			rows = append(rows, g)
		} else if g.position == 0 { // a group that is known, in the place that the configuration gives it
			top++
			g.position = top
		}
		g.adopt(r)
		rows = append(rows, r)
	}
	for _, g := range groups {
		if slices.ContainsFunc(g.children, func(id string) bool { return e.touched[id] }) {
			continue
		}
		g.state = cmp.Or(g.Listing.State, g.state)
		if !g.Listing.Changed.IsZero() {
			g.changed = g.Listing.Changed
		}
	}
	slices.SortStableFunc(rows, func(a, b *row) int {
		return cmp.Or(cmp.Compare(a.position, b.position), cmp.Compare(a.Listing.Order, b.Listing.Order))
	})
	e.byID = make(map[string]*row, len(rows))
	e.rows = make([]row, len(rows))
	for i, r := range rows {
		e.rows[i] = *r
		e.byID[r.ID] = &e.rows[i]
	}
}

// adopt makes r a member of the group.
func (g *row) adopt(r *row) {
	at := slices.Index(g.children, r.ID)
	if at < 0 {
		at = len(g.children)
		g.children = append(g.children, r.ID)
	}
	g.state = g.state.Worse(r.state)
	g.changed = latest(g.changed, r.changed)
	if r.created.Before(g.created) {
		g.created = r.created
	}
	r.groupID, r.position = g.ID, cmp.Or(r.position, at+1)
}

// row returns the row of a component or a group; nil if the page has none.
func (e *edition) row(id string) *row { return e.byID[id] }

// parseSince reads Component.Since, a day or an instant.
func parseSince(s string, loc *time.Location) (time.Time, bool) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, true
	}
	t, err := time.ParseInLocation(time.DateOnly, s, loc)
	return t, err == nil
}
