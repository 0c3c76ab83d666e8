package statuspage

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"sitrep/incident"
)

// when reads a time that was checked; zero where there is none.
func when(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

func maybe(s *string) time.Time {
	if s == nil {
		return time.Time{}
	}
	return when(*s)
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// Event returns all that was published of an incident as one event. from is the
// name of the page that it was read from.
func (s *Snapshot) Event(in *Incident, from string) incident.PublicImported {
	e := in.event(from)
	e.Serial = s.Serials[in.ID]
	return e
}

func (in *Incident) event(from string) incident.PublicImported {
	e := incident.PublicImported{
		From: from, Code: in.ID, Title: in.Name, Status: incident.Status(in.Status), Impact: incident.Impact(in.Impact),
		Created: when(in.CreatedAt), Started: when(in.StartedAt), Changed: when(in.UpdatedAt), Monitoring: maybe(in.MonitoringAt),
		Resolved: maybe(in.ResolvedAt), Link: webAddress(in.Shortlink), Starts: maybe(in.ScheduledFor), Ends: maybe(in.ScheduledUntil),
	}
	names := map[string]string{} // as updates name components, with their groups
	for _, u := range slices.Backward(in.Updates) {
		e.Updates = append(e.Updates, u.event())
		for _, c := range u.AffectedComponents {
			names[c.Code] = c.Name
		}
	}
	slices.SortStableFunc(e.Updates, func(a, b incident.ImportedUpdate) int { return a.Shown.Compare(b.Shown) })
	first, last := e.Updates[0], e.Updates[len(e.Updates)-1]
	if e.Started.IsZero() {
		e.Started = e.Created
	}
	if e.Changed.IsZero() {
		e.Changed = later(last.Edited, e.Created)
	}
	if e.Impact == "" { // older pages do not say
		e.Impact = incident.ImpactNone
	}
	if first.Shown.IsZero() {
		e.Updates[0].Shown = e.Created
	}
	for i, c := range in.Components {
		at := incident.ListedAs{Component: c.component(i), State: incident.ComponentState(c.Status)}
		at.Listing.State = ""
		if group, ok := strings.CutSuffix(names[c.ID], " - "+c.Name); ok {
			at.Group = group
		}
		e.Components = append(e.Components, at)
	}
	return e
}

func (u *Update) event() incident.ImportedUpdate {
	body, harmless := Text(u.Body)
	e := incident.ImportedUpdate{
		Code: u.ID, Status: incident.Status(u.Status), Body: body, Quiet: !u.DeliverNotifications,
		Created: when(u.CreatedAt), Edited: when(u.UpdatedAt), Shown: when(u.DisplayAt),
	}
	if e.Edited.IsZero() {
		e.Edited = e.Created
	}
	if e.Shown.IsZero() {
		e.Shown = e.Created
	}
	if harmless && Body(body) != u.Body {
		e.HTML = u.Body
	}
	for _, c := range u.AffectedComponents {
		e.Affects = append(e.Affects, incident.ComponentChange{
			ID: c.Code, Name: c.Name, Old: incident.ComponentState(c.OldStatus), New: incident.ComponentState(c.NewStatus),
		})
	}
	return e
}

// component returns what is listed as row i of a page.
func (c *Component) component(i int) incident.Component {
	return incident.Component{ID: c.ID, Name: c.Name, Description: text(c.Description), Listing: c.listing(i)}
}

func (c *Component) listing(i int) incident.Listing {
	l := incident.Listing{
		Created: when(c.CreatedAt), Changed: when(c.UpdatedAt), Position: c.Position, Order: i + 1, GroupID: text(c.GroupID),
		Start: text(c.StartDate), Plain: !c.Showcase, Quiet: c.OnlyShowIfDegraded,
	}
	if s := incident.ComponentState(c.Status); s != incident.Operational {
		l.State = s
	}
	return l
}

// Define returns the page's definition as the snapshot states it, over what is
// known of it already: a source that has no list of components adds those that
// its incidents name. The page that is not named keeps its name; zone stands
// where nothing says in which zone its clock is.
func (s *Snapshot) Define(was incident.Page, zone string) incident.Page {
	p := was
	p.Components, p.Groups = slices.Clone(was.Components), slices.Clone(was.Groups)
	switch {
	case s.Page != nil:
		p.ID, p.Changed = s.Page.ID, later(was.Changed, when(s.Page.UpdatedAt))
		p.Name = cmp.Or(s.Page.Name, was.Name)
		p.URL = cmp.Or(webAddress(s.Page.URL), was.URL)
		p.TimeZone = cmp.Or(s.Page.TimeZone, was.TimeZone)
	case s.PageID() != "":
		p.ID = s.PageID()
	}
	p.Name, p.TimeZone = cmp.Or(p.Name, "Status"), cmp.Or(p.TimeZone, zone)
	if s.Listed {
		s.define(&p)
		return p
	}
	for _, list := range [][]Incident{s.Incidents, s.Maintenances} {
		for i := range list {
			e := list[i].event("")
			for _, c := range e.Components {
				if _, known := p.Component(c.ID); !known {
					c.Component.Listing.Order = 0
					p.Components = append(p.Components, c.Component)
				}
			}
		}
	}
	slices.SortStableFunc(p.Components, func(a, b incident.Component) int { return cmp.Compare(a.Listing.Position, b.Listing.Position) })
	return p
}

// define makes the components those that the page lists.
func (s *Snapshot) define(p *incident.Page) {
	p.Components, p.Groups = nil, nil
	groups := map[string]string{}
	for i := range s.Components {
		if c := &s.Components[i]; c.Group {
			p.Groups = append(p.Groups, incident.Group{ID: c.ID, Name: c.Name, Description: text(c.Description), Members: c.Components, Listing: c.listing(i)})
			groups[c.ID] = c.Name
		}
	}
	for i := range s.Components {
		if c := &s.Components[i]; !c.Group {
			of := c.component(i)
			of.Group = groups[of.Listing.GroupID]
			p.Components = append(p.Components, of)
		}
	}
}

// PageID is the id of the page that the snapshot is of; empty where nothing in
// it says.
func (s *Snapshot) PageID() string {
	if s.Page != nil {
		return s.Page.ID
	}
	for _, list := range [][]Incident{s.Incidents, s.Maintenances} {
		for _, in := range list {
			if ValidID(in.PageID) {
				return in.PageID
			}
		}
	}
	for _, c := range s.Components {
		if ValidID(c.PageID) {
			return c.PageID
		}
	}
	return ""
}

// Zone is the zone that the page's times are written in where nothing names it:
// UTC if they all are. ok is false if they are in another, which an offset alone
// does not name.
func (s *Snapshot) Zone() (zone string, ok bool) {
	if s.Page != nil && s.Page.TimeZone != "" {
		return s.Page.TimeZone, true
	}
	for _, list := range [][]Incident{s.Incidents, s.Maintenances} {
		for _, in := range list {
			if !strings.HasSuffix(in.CreatedAt, "Z") {
				return "", false
			}
		}
	}
	return "Etc/UTC", true
}

// webAddress returns s if it is one of the web.
func webAddress(s string) string {
	if strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") {
		return s
	}
	return ""
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
