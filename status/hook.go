package status

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"sitrep/incident"
	"sitrep/status/statuspage"
)

// A Hook is what a program is told by webhook of an incident or a maintenance.
type Hook struct {
	Public *incident.Public
	New    []int    // the places in Public.Updates of what is told, newest first
	Only   []string // ids of the components whose changes are told besides; all if empty
	Leave  string   // the address that unsubscribes
	At     time.Time
}

// Hooks writes what a webhook is posted, in this order: a payload for each change
// of a component's state, and one for the incident as it is now. Their shapes are
// those of hosted pages.
func (s *Site) Hooks(h Hook) ([][]byte, error) {
	e := s.current.Load()
	var out [][]byte
	add := func(v any) error {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false) // bodies hold HTML
		if err := enc.Encode(v); err != nil {
			return err
		}
		out = append(out, bytes.TrimSuffix(b.Bytes(), []byte("\n")))
		return nil
	}
	for _, i := range slices.Backward(h.New) {
		u := &h.Public.Updates[i]
		for _, c := range u.Affected {
			if c.Old == c.New || len(h.Only) > 0 && !slices.Contains(h.Only, c.ID) {
				continue
			}
			at := e.stamp(u.Shown)
			if err := add(statuspage.ComponentHook{
				Meta: e.hookMeta(h.Leave, h.At), Page: e.hookPage(),
				Update:    statuspage.HookComponentUpdate{CreatedAt: at, NewStatus: wireComponentState(c.New), OldStatus: wireComponentState(c.Old), ID: incident.Code(u.Code, c.ID, 0), ComponentID: c.ID},
				Component: statuspage.HookComponent{CreatedAt: at, ID: c.ID, Name: c.Name, Status: wireComponentState(c.New)},
			}); err != nil {
				return nil, err
			}
		}
	}
	err := add(statuspage.IncidentHook{Meta: e.hookMeta(h.Leave, h.At), Page: e.hookPage(), Incident: e.hookIncident(h.Public)})
	return out, err
}

// ConfirmHook writes the request to confirm a webhook: the address of the link,
// and until when it works.
func (s *Site) ConfirmHook(link string, until, at time.Time) ([]byte, error) {
	e := s.current.Load()
	return json.Marshal(statuspage.ConfirmHook{
		Meta: e.hookMeta("", at), Page: e.hookPage(), Confirmation: statuspage.Confirmation{URL: link, ExpiresAt: e.stamp(until)},
	})
}

func (e *edition) hookMeta(leave string, at time.Time) statuspage.HookMeta {
	return statuspage.HookMeta{Unsubscribe: leave, Documentation: e.root + "/follow", GeneratedAt: e.stamp(at)}
}

func (e *edition) hookPage() statuspage.HookPage {
	s := e.wireStatus()
	return statuspage.HookPage{ID: e.page.ID, Indicator: s.Indicator, Description: s.Description}
}

func (e *edition) hookIncident(p *incident.Public) statuspage.HookIncident {
	w := e.wireIncident(&item{Public: *p})
	h := statuspage.HookIncident{
		CreatedAt: w.CreatedAt, Impact: w.Impact, MonitoringAt: w.MonitoringAt, ResolvedAt: w.ResolvedAt, ScheduledFor: w.ScheduledFor,
		ScheduledUntil: w.ScheduledUntil, Shortlink: w.Shortlink, Status: w.Status, UpdatedAt: w.UpdatedAt, ID: w.ID, OrganizationID: e.page.ID,
		Updates: []statuspage.HookUpdate{}, Name: w.Name, StartedAt: w.StartedAt, PageID: w.PageID, Components: w.Components,
	}
	if pm := p.Postmortem; pm != nil {
		body, shown, edited := bodyOf(pm.Body, pm.HTML), e.stamp(pm.Shown), e.stamp(pm.Edited)
		h.PostmortemBody, h.PostmortemPublishedAt, h.PostmortemEditedAt, h.PostmortemNotified = &body, &shown, &edited, true
	}
	for _, u := range w.Updates {
		h.Updates = append(h.Updates, statuspage.HookUpdate{
			Body: u.Body, CreatedAt: u.CreatedAt, DisplayAt: u.DisplayAt, Status: u.Status, UpdatedAt: u.UpdatedAt, ID: u.ID, IncidentID: u.IncidentID,
			AffectedComponents: u.AffectedComponents, DeliverNotifications: u.DeliverNotifications,
		})
	}
	return h
}
