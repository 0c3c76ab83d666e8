package status

import (
	"bytes"
	"encoding/json"
	"time"

	"sitrep/incident"
)

// The types of this file are the Statuspage v2 format: their fields stand in
// the order in which hosted pages write them, and pointers are what is null.

type wirePage struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	URL       string `json:"url"`
	TimeZone  string `json:"time_zone"`
	UpdatedAt string `json:"updated_at"`
}

type wireStatus struct {
	Indicator   string `json:"indicator"`
	Description string `json:"description"`
}

type wireComponent struct {
	ID                 string   `json:"id"`
	Name               string   `json:"name"`
	Status             string   `json:"status"`
	CreatedAt          string   `json:"created_at"`
	UpdatedAt          string   `json:"updated_at"`
	Position           int      `json:"position"`
	Description        *string  `json:"description"`
	Showcase           bool     `json:"showcase"`
	StartDate          *string  `json:"start_date"`
	GroupID            *string  `json:"group_id"`
	PageID             string   `json:"page_id"`
	Group              bool     `json:"group"`
	OnlyShowIfDegraded bool     `json:"only_show_if_degraded"`
	Components         []string `json:"components,omitempty"` // of a group: its members
}

type wireIncident struct {
	ID                string          `json:"id"`
	Name              string          `json:"name"`
	Status            string          `json:"status"`
	CreatedAt         string          `json:"created_at"`
	UpdatedAt         string          `json:"updated_at"`
	MonitoringAt      *string         `json:"monitoring_at"`
	ResolvedAt        *string         `json:"resolved_at"`
	Impact            string          `json:"impact"`
	Shortlink         string          `json:"shortlink"`
	StartedAt         string          `json:"started_at"`
	PageID            string          `json:"page_id"`
	Updates           []wireUpdate    `json:"incident_updates"`
	Components        []wireComponent `json:"components"`
	ReminderIntervals *string         `json:"reminder_intervals"`      // null in all real payloads
	ScheduledFor      *string         `json:"scheduled_for,omitempty"` // of a maintenance alone
	ScheduledUntil    *string         `json:"scheduled_until,omitempty"`
}

type wireUpdate struct {
	ID                   string         `json:"id"`
	Status               string         `json:"status"`
	Body                 string         `json:"body"`
	IncidentID           string         `json:"incident_id"`
	CreatedAt            string         `json:"created_at"`
	UpdatedAt            string         `json:"updated_at"`
	DisplayAt            string         `json:"display_at"`
	AffectedComponents   []wireAffected `json:"affected_components"` // null when there are none
	DeliverNotifications bool           `json:"deliver_notifications"`
	CustomTweet          *string        `json:"custom_tweet"`
	TweetID              *string        `json:"tweet_id"`
}

type wireAffected struct {
	Code      string `json:"code"`
	Name      string `json:"name"`
	OldStatus string `json:"old_status"`
	NewStatus string `json:"new_status"`
}

type (
	wireSummaryFile struct {
		Page         wirePage        `json:"page"`
		Components   []wireComponent `json:"components"`
		Incidents    []wireIncident  `json:"incidents"`
		Maintenances []wireIncident  `json:"scheduled_maintenances"`
		Status       wireStatus      `json:"status"`
	}
	wireStatusFile struct {
		Page   wirePage   `json:"page"`
		Status wireStatus `json:"status"`
	}
	wireComponentsFile struct {
		Page       wirePage        `json:"page"`
		Components []wireComponent `json:"components"`
	}
	wireIncidentsFile struct {
		Page      wirePage       `json:"page"`
		Incidents []wireIncident `json:"incidents"`
	}
	wireMaintenancesFile struct {
		Page         wirePage       `json:"page"`
		Maintenances []wireIncident `json:"scheduled_maintenances"`
	}
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

// stamp writes an instant as the format does: RFC 3339 with milliseconds in the
// page's zone. "Z" stands for UTC itself and not for another zone that happens
// to agree with it (London in winter is +00:00).
func (e *edition) stamp(t time.Time) string {
	t = t.In(e.loc)
	if name, _ := t.Zone(); name == "UTC" || name == "UCT" {
		return t.UTC().Format("2006-01-02T15:04:05.000Z07:00")
	}
	return t.Format("2006-01-02T15:04:05.000-07:00")
}

func (e *edition) maybeStamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := e.stamp(t)
	return &s
}

func (e *edition) wirePage() wirePage {
	zone := e.page.TimeZone
	if zone == "" {
		zone = "Etc/UTC"
	}
	return wirePage{e.page.ID, e.page.Name, e.root, zone, e.stamp(e.updated)}
}

func (e *edition) wireStatus() wireStatus {
	r := e.rollUp()
	if r.indicator == incident.ImpactMaintenance && e.site.options.StrictIndicator {
		r.indicator = incident.ImpactNone
	}
	return wireStatus{string(r.indicator), r.description}
}

func (e *edition) wireSummary() wireSummaryFile {
	return wireSummaryFile{
		Page: e.wirePage(), Components: e.wireComponents(nil), Incidents: e.wireIncidents(e.unresolved()),
		Maintenances: e.wireIncidents(e.openMaintenances()), Status: e.wireStatus(),
	}
}

// wireComponents lists the rows that only names, or all if it is nil, in the
// page's order. It is never nil.
func (e *edition) wireComponents(only []incident.ComponentChange) []wireComponent {
	out := make([]wireComponent, 0, len(e.rows))
	for i := range e.rows {
		r := &e.rows[i]
		if only != nil && !names(only, r.ID) {
			continue
		}
		c := wireComponent{
			ID: r.ID, Name: r.Name, Status: string(r.state), CreatedAt: e.stamp(r.created), UpdatedAt: e.stamp(r.changed),
			Position: r.position, Showcase: !r.group(), PageID: e.page.ID, Group: r.group(), Components: r.children,
		}
		if r.Description != "" {
			c.Description = &r.Description
		}
		if r.groupID != "" {
			c.GroupID = &r.groupID
		}
		if since, ok := parseSince(r.Since, e.loc); ok {
			day := since.In(e.loc).Format(time.DateOnly)
			c.StartDate = &day
		}
		out = append(out, c)
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

func (e *edition) wireIncidents(items []*item) []wireIncident {
	out := make([]wireIncident, 0, len(items))
	for _, it := range items {
		out = append(out, e.wireIncident(it))
	}
	return out
}

func (e *edition) wireIncident(it *item) wireIncident {
	p := &it.Public
	w := wireIncident{
		ID: p.Code, Name: p.Title, Status: wireState(p), CreatedAt: e.stamp(p.Created), UpdatedAt: e.stamp(p.Changed),
		MonitoringAt: e.maybeStamp(p.Monitoring), ResolvedAt: e.maybeStamp(p.Resolved), Impact: string(impactOf(p)),
		Shortlink: e.address(p), StartedAt: e.stamp(p.Started), PageID: e.page.ID,
		Updates: make([]wireUpdate, 0, len(p.Updates)+1), Components: []wireComponent{},
	}
	if len(p.Components) > 0 {
		w.Components = e.wireComponents(p.Components)
	}
	if p.Maintenance {
		from, until := e.stamp(p.From), e.stamp(p.Until)
		w.ScheduledFor, w.ScheduledUntil = &from, &until
	}
	if pm := p.Postmortem; pm != nil {
		w.Updates = append(w.Updates, wireUpdate{
			ID: pm.Code, Status: string(incident.Postmortem), Body: escapeBody(pm.Body), IncidentID: p.Code,
			CreatedAt: e.stamp(pm.Recorded), UpdatedAt: e.stamp(pm.Edited), DisplayAt: e.stamp(pm.Shown),
		})
	}
	for i := range p.Updates {
		u := &p.Updates[i]
		wu := wireUpdate{
			ID: u.Code, Status: string(u.Status), Body: escapeBody(u.Body), IncidentID: p.Code, CreatedAt: e.stamp(u.Recorded),
			UpdatedAt: e.stamp(u.Edited), DisplayAt: e.stamp(u.Shown), DeliverNotifications: u.Notify,
		}
		for _, c := range u.Affected {
			wu.AffectedComponents = append(wu.AffectedComponents, wireAffected{c.ID, c.Name, wireComponentState(c.Old), wireComponentState(c.New)})
		}
		w.Updates = append(w.Updates, wu)
	}
	return w
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
