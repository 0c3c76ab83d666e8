package statuspage

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// maxBody is the longest answer that is read: a thousand times the longest real
// one.
const maxBody = 256 << 20

// A Snapshot is what was read from a hosted page: as much as its source has.
type Snapshot struct {
	Page         *Page       // nil where the source does not say
	Components   []Component // in the page's order
	Listed       bool        // Components is the page's whole list
	Incidents    []Incident
	Maintenances []Incident
	// Serials are the numbers of incidents in the page's feeds, by id: what its
	// readers know them by. The API does not tell them.
	Serials map[string]uint64
}

// Read reads what a hosted page serves: an answer of its API (summary.json,
// components.json, incidents.json, scheduled-maintenances.json, one incident), a
// bare list of incidents or components out of one, or its feed, /history.atom. The error says what is
// wrong and where; then nothing of it is to be used.
func Read(r io.Reader) (*Snapshot, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	if len(raw) > maxBody {
		return nil, fmt.Errorf("it is longer than %d MB, which no status page is", maxBody>>20)
	}
	raw = bytes.TrimSpace(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")))
	var s Snapshot
	switch {
	case len(raw) == 0:
		return nil, errors.New("it is empty")
	case raw[0] == '[':
		err = s.list(raw)
	case raw[0] == '{':
		err = s.object(raw)
	case raw[0] == '<' && !looksLikePage(raw):
		var feed *Snapshot
		if feed, err = readFeed(raw); err == nil {
			s = *feed
		}
	default:
		return nil, errors.New("it is not JSON. Name what /api/v2/incidents.json or summary.json of a status page gives")
	}
	if err != nil {
		return nil, err
	}
	return &s, s.check()
}

// looksLikePage reports whether it is a page for people.
func looksLikePage(raw []byte) bool {
	head := strings.ToLower(string(raw[:min(len(raw), 256)]))
	return strings.Contains(head, "<!doctype html") || strings.Contains(head, "<html")
}

// object reads an answer, or one incident.
func (s *Snapshot) object(raw []byte) error {
	var o struct {
		Page         *Page           `json:"page"`
		Components   json.RawMessage `json:"components"`
		Incidents    *[]Incident     `json:"incidents"`
		Maintenances *[]Incident     `json:"scheduled_maintenances"`
		Updates      json.RawMessage `json:"incident_updates"`
		Status       json.RawMessage `json:"status"`
	}
	if err := decode(raw, &o); err != nil {
		return err
	}
	if o.Updates != nil {
		var in Incident
		if err := decode(raw, &in); err != nil {
			return err
		}
		s.add([]Incident{in})
		return nil
	}
	if o.Page == nil && o.Components == nil && o.Incidents == nil && o.Maintenances == nil {
		return errors.New("it has neither a page nor components nor incidents. Name what /api/v2/incidents.json or summary.json of a status page gives")
	}
	s.Page = o.Page
	if o.Components != nil {
		s.Listed = true
		if err := decode(o.Components, &s.Components); err != nil {
			return fmt.Errorf("components: %w", err)
		}
	}
	if o.Incidents != nil {
		s.add(*o.Incidents)
	}
	if o.Maintenances != nil {
		s.Maintenances = append(s.Maintenances, *o.Maintenances...)
	}
	return nil
}

// list reads a bare list, of incidents if its members have updates.
func (s *Snapshot) list(raw []byte) error {
	var kind []struct {
		Updates json.RawMessage `json:"incident_updates"`
	}
	if err := decode(raw, &kind); err != nil {
		return err
	}
	if len(kind) == 0 || kind[0].Updates != nil {
		var list []Incident
		if err := decode(raw, &list); err != nil {
			return err
		}
		s.add(list)
		return nil
	}
	s.Listed = true
	return decode(raw, &s.Components)
}

// add sorts incidents from maintenances, which have a window.
func (s *Snapshot) add(list []Incident) {
	for _, in := range list {
		if in.planned() {
			s.Maintenances = append(s.Maintenances, in)
		} else {
			s.Incidents = append(s.Incidents, in)
		}
	}
}

func (in *Incident) planned() bool { return in.ScheduledFor != nil && *in.ScheduledFor != "" }

// decode reads JSON, and says where it cannot in its reader's words.
func decode(raw []byte, v any) error {
	err := json.Unmarshal(raw, v)
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("it is not JSON at byte %d: %w", syntax.Offset, syntax)
	case errors.As(err, &typ):
		return fmt.Errorf("%s is a %s here, not what a status page has there", typ.Field, typ.Value)
	}
	return err
}

// check refuses what could not be kept or served again as it is.
func (s *Snapshot) check() error {
	if p := s.Page; p != nil {
		if err := checkID("page.id", p.ID); err != nil {
			return err
		}
		if p.TimeZone != "" {
			if _, err := time.LoadLocation(p.TimeZone); err != nil || p.TimeZone == "Local" {
				return fmt.Errorf("page.time_zone %q is no zone that is known here", p.TimeZone)
			}
		}
	}
	seen := map[string]bool{}
	for i := range s.Components {
		if err := s.Components[i].check(fmt.Sprintf("components[%d]", i), seen); err != nil {
			return err
		}
	}
	clear(seen)
	for _, list := range []struct {
		name string
		of   []Incident
	}{{"incidents", s.Incidents}, {"scheduled_maintenances", s.Maintenances}} {
		for i := range list.of {
			in := &list.of[i]
			where := fmt.Sprintf("%s[%d]", list.name, i)
			if err := in.check(where); err != nil {
				return err
			}
			if seen[in.ID] {
				return fmt.Errorf("%s: %s is there twice", where, in.ID)
			}
			seen[in.ID] = true
		}
	}
	return nil
}

func (c *Component) check(where string, seen map[string]bool) error {
	if err := checkID(where+".id", c.ID); err != nil {
		return err
	}
	if strings.TrimSpace(c.Name) == "" {
		return fmt.Errorf("%s has no name", where)
	}
	if seen[c.ID] {
		return fmt.Errorf("%s: %s is there twice", where, c.ID)
	}
	seen[c.ID] = true
	return checkTimes(where, map[string]*string{"created_at": &c.CreatedAt, "updated_at": &c.UpdatedAt}, "")
}

func (in *Incident) check(where string) error {
	if err := checkID(where+".id", in.ID); err != nil {
		return err
	}
	where += " (" + in.ID + ")"
	if strings.TrimSpace(in.Name) == "" || in.Status == "" {
		return fmt.Errorf("%s has no name or no status", where)
	}
	if len(in.Updates) == 0 {
		return fmt.Errorf("%s has no updates, so it says nothing", where)
	}
	if err := checkTimes(where, map[string]*string{
		"created_at": &in.CreatedAt, "updated_at": &in.UpdatedAt, "started_at": &in.StartedAt, "monitoring_at": in.MonitoringAt,
		"resolved_at": in.ResolvedAt, "scheduled_for": in.ScheduledFor, "scheduled_until": in.ScheduledUntil,
	}, "created_at"); err != nil {
		return err
	}
	for i := range in.Updates {
		u := &in.Updates[i]
		at := fmt.Sprintf("%s.incident_updates[%d]", where, i)
		if err := checkID(at+".id", u.ID); err != nil {
			return err
		}
		if u.Status == "" {
			return fmt.Errorf("%s has no status", at)
		}
		if err := checkTimes(at, map[string]*string{"created_at": &u.CreatedAt, "updated_at": &u.UpdatedAt, "display_at": &u.DisplayAt}, "created_at"); err != nil {
			return err
		}
	}
	seen := map[string]bool{}
	for i := range in.Components {
		if err := in.Components[i].check(fmt.Sprintf("%s.components[%d]", where, i), seen); err != nil {
			return err
		}
	}
	return nil
}

// checkID holds an id to what can stand in an address and be a file's name.
func checkID(where, id string) error {
	if id == "" {
		return fmt.Errorf("%s is missing", where)
	}
	if !ValidID(id) {
		return fmt.Errorf("%s %q cannot stand in an address: 1 to 64 letters, digits, - and _ can", where, id)
	}
	return nil
}

// ValidID reports whether an id can stand in an address and be a file's name:
// 1 to 64 letters, digits, hyphens and underscores. Hosted pages' own have
// twelve letters and digits; other makers' are longer.
func ValidID(id string) bool {
	if len(id) == 0 || len(id) > 64 {
		return false
	}
	for _, r := range id {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' {
			return false
		}
	}
	return true
}

// checkTimes holds times to RFC 3339; needed names one that must be there.
func checkTimes(where string, times map[string]*string, needed string) error {
	for name, s := range times {
		if s == nil || *s == "" {
			if name == needed {
				return fmt.Errorf("%s.%s is missing", where, name)
			}
			continue
		}
		if _, err := time.Parse(time.RFC3339, *s); err != nil {
			return fmt.Errorf("%s.%s %q is not a time as the format writes it", where, name, *s)
		}
	}
	return nil
}
