package incident

import (
	"sort"
	"strings"
	"time"
)

// ComponentState is the state of one component of the page, named as in the
// Statuspage v2 format (component.status).
type ComponentState string

// The component states.
const (
	Operational      ComponentState = "operational"
	Degraded         ComponentState = "degraded_performance"
	PartialOutage    ComponentState = "partial_outage"
	MajorOutage      ComponentState = "major_outage"
	UnderMaintenance ComponentState = "under_maintenance"
)

// ComponentStates lists the states, best first.
func ComponentStates() []ComponentState {
	return []ComponentState{Operational, UnderMaintenance, Degraded, PartialOutage, MajorOutage}
}

// ParseComponentState reads a state, long or short (down, partial, degraded,
// ok, maintenance), without case; spaces and hyphens count as underscores.
func ParseComponentState(s string) (ComponentState, bool) {
	t := strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(s)))
	switch t {
	case "ok", "up", "working", "operational":
		return Operational, true
	case "degraded", "slow", "degraded_performance":
		return Degraded, true
	case "partial", "partial_outage":
		return PartialOutage, true
	case "down", "outage", "major", "major_outage":
		return MajorOutage, true
	case "maintenance", "under_maintenance":
		return UnderMaintenance, true
	}
	return "", false
}

// Label returns the state as people read it: "Degraded Performance".
func (s ComponentState) Label() string {
	words := strings.Split(string(s), "_")
	for i, w := range words {
		if w != "" {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, " ")
}

func (s ComponentState) order() int {
	for i, t := range ComponentStates() {
		if s == t {
			return i
		}
	}
	return 0
}

// Worse returns the worse of s and t; the zero state is the best.
func (s ComponentState) Worse(t ComponentState) ComponentState {
	if s == "" || t.order() > s.order() {
		return t
	}
	return s
}

// Impact is what one component in this state means for customers.
func (s ComponentState) Impact() Impact {
	switch s {
	case Degraded, PartialOutage:
		return ImpactMinor
	case MajorOutage:
		return ImpactMajor
	default:
		return ImpactNone
	}
}

// A Component is a part of the product that customers know by name. ID is 12
// characters, given once, and survives renaming.
type Component struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Group       string `json:"group,omitempty"`
	Description string `json:"description,omitempty"`
	Since       string `json:"since,omitempty"` // the day it was first configured, RFC 3339
	// Listing is what a hosted page said of it; zero if it was never on one.
	Listing Listing `json:"listing,omitzero"`
}

// FullName is the name with its group: "Backend - API".
func (c Component) FullName() string {
	if c.Group == "" {
		return c.Name
	}
	return c.Group + " - " + c.Name
}

// A Page is the public page's definition: what it is called, where it lives,
// the zone of its clock (an IANA name), and its components in order.
type Page struct {
	ID         string      `json:"id"` // 12 characters; also the instance from which other ids are derived
	Name       string      `json:"name"`
	URL        string      `json:"url,omitempty"`
	TimeZone   string      `json:"time_zone"`
	Components []Component `json:"components"`
	// Groups are those that a hosted page gave ids; others have none but their
	// name.
	Groups []Group `json:"groups,omitempty"`
	// Changed is when the hosted page last changed that this was read from.
	Changed time.Time `json:"changed,omitzero"`
}

// Component finds a component by id.
func (p Page) Component(id string) (Component, bool) {
	for _, c := range p.Components {
		if c.ID == id {
			return c, true
		}
	}
	return Component{}, false
}

// Find finds the component that name means: exactly (with or without its
// group), or as the only one that begins so, without case. The error is a
// Problem that lists what could have been meant.
func (p Page) Find(name string) (Component, error) {
	want := fold(name)
	var begins []Component
	for _, c := range p.Components {
		if fold(c.FullName()) == want {
			return c, nil
		}
		if strings.HasPrefix(fold(c.FullName()), want) || strings.HasPrefix(fold(c.Name), want) {
			begins = append(begins, c)
		}
	}
	var named []Component
	for _, c := range p.Components {
		if fold(c.Name) == want {
			named = append(named, c)
		}
	}
	switch {
	case len(named) == 1:
		return named[0], nil
	case len(named) > 1:
		return Component{}, Problemf("ambiguous-component", "%q could be %s. Write the group too.", name, list(fullNames(named), "or"))
	case len(begins) == 1 && want != "":
		return begins[0], nil
	case len(begins) > 1 && want != "":
		return Component{}, Problemf("ambiguous-component", "%q could be %s. Write a little more of the name.", name, list(fullNames(begins), "or"))
	case len(p.Components) == 0:
		return Component{}, Problemf("unknown-component", "This page has no components yet, so %q cannot be named. Add components to the configuration.", name)
	}
	return Component{}, Problemf("unknown-component", "There is no component %q. Known are %s.", name, list(fullNames(p.Components), "and"))
}

// A ComponentChange is one component as an update names it: its state before
// and after. Attaching a component without a change has Old equal to New.
type ComponentChange struct {
	ID   string         `json:"id"`
	Name string         `json:"name"` // the full name at that time
	Old  ComponentState `json:"old,omitempty"`
	New  ComponentState `json:"new"`
}

// Affected is the sentence's list of names: "A", "A and B", "A, B, and C".
func Affected(names []string) string {
	switch len(names) {
	case 0:
		return ""
	case 1:
		return names[0]
	case 2:
		return names[0] + " and " + names[1]
	}
	return strings.Join(names[:len(names)-1], ", ") + ", and " + names[len(names)-1]
}

func fullNames(cs []Component) []string {
	names := make([]string, len(cs))
	for i, c := range cs {
		names[i] = c.FullName()
	}
	return names
}

// list joins names for a sentence, at most eight of them.
func list(names []string, and string) string {
	const most = 8
	if len(names) > most {
		names = append(append([]string{}, names[:most]...), "others")
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " " + and + " " + names[len(names)-1]
}

func fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// sortByPage orders changes as the page lists their components; components that
// the page no longer has come last, by name.
func sortByPage(p Page, cs []ComponentChange) {
	pos := make(map[string]int, len(p.Components))
	for i, c := range p.Components {
		pos[c.ID] = i + 1
	}
	sort.SliceStable(cs, func(i, j int) bool {
		a, b := pos[cs[i].ID], pos[cs[j].ID]
		if (a == 0) != (b == 0) {
			return b == 0
		}
		if a != b {
			return a < b
		}
		return cs[i].Name < cs[j].Name
	})
}
