package status

import (
	"bytes"
	"encoding/json"
	"time"

	"sitrep/incident"
	"sitrep/status/statuspage"
)

// The objects of the format are those of package statuspage. This file makes
// them of what is public.

// What follows is what the history's page answers to those who ask for JSON.
type (
	wireHistoryFile struct {
		Months []wireMonth `json:"months"`
	}
	wireMonth struct {
		Name      string      `json:"name"`
		Year      int         `json:"year"`
		StartsOn  int         `json:"starts_on"` // the weekday of the first, Sunday is 0
		Days      int         `json:"days"`
		Incidents []wireEntry `json:"incidents"`
	}
	wireEntry struct {
		Code      string `json:"code"`
		Name      string `json:"name"`
		Message   string `json:"message"` // the last update's body
		Impact    string `json:"impact"`
		Timestamp string `json:"timestamp"`
	}
)

// jsonOf adapts a value of the format to a document. Bodies hold HTML, so HTML
// is not escaped a second time.
func jsonOf(make func(e *edition) any) func(*edition, time.Time) ([]byte, time.Time, error) {
	return func(e *edition, _ time.Time) ([]byte, time.Time, error) {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		err := enc.Encode(make(e))
		return bytes.TrimSuffix(b.Bytes(), []byte("\n")), time.Time{}, err
	}
}

// stamp writes an instant as the format does, in the page's zone.
func (e *edition) stamp(t time.Time) string { return statuspage.Stamp(t, e.loc) }

func (e *edition) maybeStamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := e.stamp(t)
	return &s
}

func (e *edition) wirePage() statuspage.Page {
	zone := e.page.TimeZone
	if zone == "" {
		zone = "Etc/UTC"
	}
	return statuspage.Page{ID: e.page.ID, Name: e.page.Name, URL: e.root, TimeZone: zone, UpdatedAt: e.stamp(e.pageChanged())}
}

// pageChanged is when anything on the page changed last. What was brought over
// says itself when that was, until something is published here.
func (e *edition) pageChanged() time.Time {
	if e.page.Changed.IsZero() {
		return e.updated
	}
	at := e.page.Changed
	e.all(func(it *item) bool {
		if it.Origin == nil || !it.Origin.Changed.Equal(it.Changed) {
			at = latest(at, it.Changed)
		}
		return true
	})
	return at
}

func (e *edition) wireStatus() statuspage.Status {
	r := e.rollUp()
	if r.indicator == incident.ImpactMaintenance && e.site.options.StrictIndicator {
		r.indicator = incident.ImpactNone
	}
	return statuspage.Status{Indicator: string(r.indicator), Description: r.description}
}

func (e *edition) wireSummary() statuspage.Summary {
	return statuspage.Summary{
		Page: e.wirePage(), Components: e.wireComponents(nil), Incidents: e.wireIncidents(e.unresolved()),
		Maintenances: e.wireIncidents(e.openMaintenances()), Status: e.wireStatus(),
	}
}

// wireComponents lists the rows that only names, or all if it is nil, in the
// page's order. It is never nil.
func (e *edition) wireComponents(only []incident.ComponentChange) []statuspage.Component {
	out := make([]statuspage.Component, 0, len(e.rows))
	for i := range e.rows {
		if r := &e.rows[i]; only == nil || names(only, r.ID) {
			out = append(out, e.wireComponent(r))
		}
	}
	return out
}

func (e *edition) wireComponent(r *row) statuspage.Component {
	c := statuspage.Component{
		ID: r.ID, Name: r.Name, Status: string(r.state), CreatedAt: e.stamp(r.created), UpdatedAt: e.stamp(r.changed),
		Position: r.position, Showcase: !r.group() && !r.Listing.Plain, PageID: e.page.ID, Group: r.group(),
		OnlyShowIfDegraded: r.Listing.Quiet, Components: r.children,
	}
	if r.Description != "" {
		c.Description = &r.Description
	}
	if r.groupID != "" {
		c.GroupID = &r.groupID
	}
	if r.Listing.Start != "" {
		c.StartDate = &r.Listing.Start
	} else if since, ok := parseSince(r.Since, e.loc); ok {
		day := since.In(e.loc).Format(time.DateOnly)
		c.StartDate = &day
	}
	return c
}

// wireAttached lists the components of an incident. One that was brought over
// lists them as its page did, as long as nothing here says otherwise of them.
func (e *edition) wireAttached(p *incident.Public) []statuspage.Component {
	if p.Origin == nil {
		if len(p.Components) == 0 {
			return []statuspage.Component{}
		}
		return e.wireComponents(p.Components)
	}
	out := make([]statuspage.Component, 0, len(p.Components))
	listed := make(map[string]bool)
	for _, c := range p.Origin.Components {
		listed[c.ID] = true
		if e.touched[c.ID] {
			if r := e.row(c.ID); r != nil {
				out = append(out, e.wireComponent(r))
			}
			continue
		}
		of := row{Component: c.Component, state: c.State, position: c.Listing.Position, created: c.Listing.Created, changed: c.Listing.Changed, groupID: c.Listing.GroupID}
		out = append(out, e.wireComponent(&of))
	}
	for _, c := range p.Components { // attached here
		if r := e.row(c.ID); r != nil && !listed[c.ID] {
			out = append(out, e.wireComponent(r))
		}
	}
	return out
}

func names(cs []incident.ComponentChange, id string) bool {
	for _, c := range cs {
		if c.ID == id {
			return true
		}
	}
	return false
}

func (e *edition) wireIncidents(items []*item) []statuspage.Incident {
	out := make([]statuspage.Incident, 0, len(items))
	for _, it := range items {
		out = append(out, e.wireIncident(it))
	}
	return out
}

func (e *edition) wireIncident(it *item) statuspage.Incident {
	p := &it.Public
	w := statuspage.Incident{
		ID: p.Code, Name: p.Title, Status: wireState(p), CreatedAt: e.stamp(p.Created), UpdatedAt: e.stamp(p.Changed),
		MonitoringAt: e.maybeStamp(p.Monitoring), ResolvedAt: e.maybeStamp(p.Resolved), Impact: string(impactOf(p)),
		Shortlink: e.address(p), StartedAt: e.stamp(p.Started), PageID: e.page.ID,
		Updates: make([]statuspage.Update, 0, len(p.Updates)+1), Components: e.wireAttached(p),
	}
	if p.Link != "" {
		w.Shortlink = p.Link
	}
	if p.Maintenance {
		from, until := e.stamp(p.From), e.stamp(p.Until)
		w.ScheduledFor, w.ScheduledUntil = &from, &until
	}
	if pm := p.Postmortem; pm != nil {
		w.Updates = append(w.Updates, statuspage.Update{
			ID: pm.Code, Status: string(incident.Postmortem), Body: bodyOf(pm.Body, pm.HTML), IncidentID: p.Code,
			CreatedAt: e.stamp(pm.Recorded), UpdatedAt: e.stamp(pm.Edited), DisplayAt: e.stamp(pm.Shown), DeliverNotifications: pm.Notify,
		})
	}
	for i := range p.Updates {
		u := &p.Updates[i]
		wu := statuspage.Update{
			ID: u.Code, Status: string(u.Status), Body: bodyOf(u.Body, u.HTML), IncidentID: p.Code, CreatedAt: e.stamp(u.Recorded),
			UpdatedAt: e.stamp(u.Edited), DisplayAt: e.stamp(u.Shown), DeliverNotifications: u.Notify,
		}
		for _, c := range u.Affected {
			wu.AffectedComponents = append(wu.AffectedComponents, statuspage.Affected{Code: c.ID, Name: c.Name, OldStatus: wireComponentState(c.Old), NewStatus: wireComponentState(c.New)})
		}
		w.Updates = append(w.Updates, wu)
	}
	return w
}

// bodyOf is a text as the format carries it: as the page did that it comes from,
// or made from what people wrote.
func bodyOf(body, html string) string {
	if html != "" {
		return html
	}
	return escapeBody(body)
}

// wireState is the status in the format's words, which know neither canceled
// nor merged: both are over.
func wireState(p *incident.Public) string {
	if p.Status == incident.Canceled || p.Status == incident.Merged {
		if p.Maintenance {
			return string(incident.Completed)
		}
		return string(incident.Resolved)
	}
	return string(p.Status)
}

func wireComponentState(s incident.ComponentState) string {
	return string(s.Worse(incident.Operational))
}

// impactOf is the impact that is shown: planned work is always "maintenance".
func impactOf(p *incident.Public) incident.Impact {
	switch {
	case p.Maintenance:
		return incident.ImpactMaintenance
	case p.Impact == "":
		return incident.ImpactNone
	}
	return p.Impact
}

func (e *edition) address(p *incident.Public) string { return e.root + "/incidents/" + p.Code }

func (e *edition) unresolved() []*item {
	return filter(e.incidents, func(p *incident.Public) bool { return p.Open() })
}
func (e *edition) upcoming() []*item {
	return filter(e.maintenances, func(p *incident.Public) bool { return p.Status == incident.Scheduled })
}
func (e *edition) active() []*item { return filter(e.maintenances, claims) }
func (e *edition) openMaintenances() []*item {
	return filter(e.maintenances, func(p *incident.Public) bool { return p.Open() })
}

func filter(items []*item, keep func(*incident.Public) bool) []*item {
	var out []*item
	for _, it := range items {
		if keep(&it.Public) {
			out = append(out, it)
		}
	}
	return out
}
