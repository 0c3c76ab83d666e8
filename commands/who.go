package commands

import (
	"strings"

	"sitrep/incident"
)

// may reports whether somebody may do a thing: nil, or the Problem that names
// who can. It is the one place that is asked, on every surface.
//
// A list gives a power to people of the configuration by name, to anybody by id, to whoever holds a role in the
// incident ("commander"), or to "anyone". A power that is not configured is
// anybody's.
func (r *Runner) may(p Power, by incident.Person, in *incident.Incident) error {
	if p == Read || p == "" {
		return nil
	}
	allowed, configured := r.o.Who[p]
	if !configured || r.among(allowed, by, in) {
		return nil
	}
	return incident.Problemf("not-allowed", "%s may not %s. %s can.", by, doing(p), upper(r.names(allowed, in)))
}

// Visible reports whether somebody may see an incident. A private one is seen
// by who declared it, by whoever holds or is offered a role in it, and by those
// whom the configuration lets see private incidents.
func (r *Runner) Visible(by incident.Person, in *incident.Incident) bool {
	if in == nil {
		return false
	}
	if !in.Private || same(in.Declared.By, by) {
		return true
	}
	for _, p := range in.Roles {
		if same(p, by) {
			return true
		}
	}
	for _, p := range in.Handovers {
		if same(p, by) {
			return true
		}
	}
	allowed, configured := r.o.Who[Private]
	return configured && r.among(allowed, by, in)
}

func (r *Runner) among(allowed []string, by incident.Person, in *incident.Incident) bool {
	for _, a := range allowed {
		name := strings.TrimPrefix(a, "@")
		if name == "anyone" || name == by.ID || r.is(name, by) {
			return true
		}
		if role, ok := r.role(name); ok && in != nil && same(in.Roles[role], by) {
			return true
		}
	}
	return false
}

// is reports whether somebody is the person of a name. A display name proves
// nothing, since anybody chooses theirs: the people of the configuration are
// known by their accounts.
func (r *Runner) is(name string, by incident.Person) bool {
	for _, p := range r.o.People {
		if strings.EqualFold(name, p.Name) && same(p.Person, by) {
			return true
		}
	}
	return false
}

// names says who has a power, with the holder of a role by name.
func (r *Runner) names(allowed []string, in *incident.Incident) string {
	if len(allowed) == 0 {
		return "nobody: the configuration lists no one"
	}
	out := make([]string, len(allowed))
	for i, a := range allowed {
		out[i] = a
		if role, ok := r.role(a); ok {
			out[i] = "the " + role
			if in != nil && !in.Roles[role].IsZero() {
				out[i] += " (" + in.Roles[role].String() + ")"
			}
		}
	}
	return joined(out, "and")
}

func same(a, b incident.Person) bool { return !a.IsZero() && a.ID == b.ID }

func doing(p Power) string {
	switch p {
	case Declare:
		return "declare incidents"
	case Publish:
		return "publish to customers"
	case Redact:
		return "erase records"
	case Private:
		return "see private incidents"
	}
	return "change incidents"
}

func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// MayRedact reports whether somebody may erase records: nil, or the Problem
// that names who can.
func (r *Runner) MayRedact(by incident.Person, in *incident.Incident) error {
	return r.may(Redact, by, in)
}
