package fakestatuspage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// wanted is what a POST or PATCH of an incident may say.
type wanted struct {
	Name       *string                    `json:"name"`
	Status     *string                    `json:"status"`
	Body       string                     `json:"body"`
	Impact     *string                    `json:"impact_override"`
	Components map[string]string          `json:"components"`
	IDs        []string                   `json:"component_ids"`
	Deliver    *bool                      `json:"deliver_notifications"`
	Metadata   map[string]json.RawMessage `json:"metadata"`
	From       *time.Time                 `json:"scheduled_for"`
	Until      *time.Time                 `json:"scheduled_until"`
}

// statuses are those of incidents and of planned work.
func statuses(planned bool) []string {
	if planned {
		return []string{"scheduled", "in_progress", "verifying", "completed"}
	}
	return []string{"investigating", "identified", "monitoring", "resolved"}
}

// check says what is wrong with it; "" if nothing is.
func (s *Server) check(w wanted, planned bool) string {
	switch {
	case w.Name != nil && (*w.Name == "" || tooLong(*w.Name, 255)):
		return "name is too long or empty"
	case tooLong(w.Body, 25_000):
		return "body is too long (maximum is 25000 characters)"
	case w.Status != nil && !slices.Contains(statuses(planned), *w.Status):
		return "status is not valid: " + *w.Status
	case w.Impact != nil && !slices.Contains([]string{"none", "minor", "major", "critical", "maintenance"}, *w.Impact):
		return "impact_override is not valid"
	}
	for ns, v := range w.Metadata {
		if !bytes.HasPrefix(bytes.TrimSpace(v), []byte("{")) {
			return "metadata." + ns + " must be an object"
		}
	}
	for id, state := range w.Components {
		if s.component(id) == nil {
			return "no component " + id
		}
		if !slices.Contains([]string{"operational", "under_maintenance", "degraded_performance", "partial_outage", "major_outage"}, state) {
			return "component status is not valid: " + state
		}
	}
	for _, id := range w.IDs {
		if s.component(id) == nil {
			return "no component " + id
		}
	}
	return ""
}

func (s *Server) component(id string) *Component {
	for _, c := range s.components {
		if c.ID == id && !c.Group {
			return c
		}
	}
	return nil
}

// change makes an incident, or adds to one. A body makes an update.
func (s *Server) change(in *Incident, body []byte, now time.Time) (int, any) {
	var req struct {
		Incident *wanted `json:"incident"`
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&req); err != nil || req.Incident == nil {
		return 400, fmt.Sprintf("the request is not understood: %v", err)
	}
	w := *req.Incident
	code := 200
	planned := w.From != nil
	if in != nil {
		planned = planned || in.From != nil
	} else if w.Name == nil {
		return 422, "name is missing"
	}
	if wrong := s.check(w, planned); wrong != "" {
		return 422, wrong
	}
	if in == nil {
		code = 201
		in = &Incident{ID: s.id("i"), Status: statuses(planned)[0], Impact: "none", Metadata: map[string]json.RawMessage{}}
		s.incidents = append(s.incidents, in)
	}
	if w.Name != nil {
		in.Name = *w.Name
	}
	if w.Status != nil {
		in.Status = *w.Status
	}
	if w.Impact != nil {
		in.Impact = *w.Impact
	}
	if w.Metadata != nil {
		in.Metadata = w.Metadata
	}
	if w.From != nil {
		in.From, in.Until = w.From, w.Until
	}
	for id, state := range w.Components {
		s.component(id).Status = state
	}
	in.Components = nil
	for _, id := range w.IDs {
		in.Components = append(in.Components, *s.component(id))
	}
	if w.Body != "" {
		deliver := w.Deliver == nil || *w.Deliver
		in.Updates = slices.Insert(in.Updates, 0, Update{ID: s.id("u"), Status: in.Status, Body: w.Body, Created: now, Shown: now, Deliver: deliver})
		if deliver {
			s.mails = append(s.mails, in.Name+": "+in.Status+": "+w.Body)
		}
	}
	return code, in
}

// mend changes an update.
func (in *Incident) mend(id string, body []byte) (int, any) {
	var req struct {
		Update struct {
			Body  *string    `json:"body"`
			Shown *time.Time `json:"display_at"`
		} `json:"incident_update"`
	}
	if err := json.Unmarshal(body, &req); err != nil {
		return 400, err.Error()
	}
	for i := range in.Updates {
		u := &in.Updates[i]
		if u.ID != id {
			continue
		}
		if b := req.Update.Body; b != nil {
			if tooLong(*b, 25_000) {
				return 422, "body is too long"
			}
			u.Body = *b
		}
		if t := req.Update.Shown; t != nil {
			u.Shown = *t
		}
		slices.SortStableFunc(in.Updates, func(a, b Update) int { return b.Shown.Compare(a.Shown) })
		return 200, u
	}
	return 404, "The requested resource could not be found."
}

// report is a postmortem as the API has it.
type report struct {
	Draft     string     `json:"body_draft"`
	Body      string     `json:"body"`
	Published *time.Time `json:"published_at"`
}

// postmortem drafts, publishes or takes back.
func (s *Server) postmortem(in *Incident, method string, path []string, body []byte, now time.Time) (int, any) {
	as := func() report {
		r := report{Draft: in.draft, Published: in.Published}
		if in.Body != nil {
			r.Body = *in.Body
		}
		return r
	}
	var req struct {
		Postmortem struct {
			Draft  string `json:"body_draft"`
			Notify bool   `json:"notify_subscribers"`
		} `json:"postmortem"`
	}
	if len(body) > 0 {
		if err := json.Unmarshal(body, &req); err != nil {
			return 400, err.Error()
		}
	}
	switch {
	case method == "GET" && len(path) == 0:
		if in.draft == "" && in.Published == nil {
			return 404, "The requested resource could not be found."
		}
		return 200, as()
	case method == "PUT" && len(path) == 0:
		if req.Postmortem.Draft == "" {
			return 422, "body_draft is missing"
		}
		in.draft = req.Postmortem.Draft
		return 200, as()
	case method == "PUT" && path[0] == "publish":
		if in.draft == "" {
			return 422, "there is no draft to publish"
		}
		published := in.draft
		in.Body, in.Published = &published, &now
		if req.Postmortem.Notify {
			s.mails = append(s.mails, in.Name+": postmortem: "+in.draft)
		}
		return 200, as()
	case method == "PUT" && path[0] == "revert":
		in.Body, in.Published = nil, nil
		return 200, as()
	}
	return 404, "Not found"
}
