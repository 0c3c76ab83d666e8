package postmortem

import (
	"slices"
	"strings"
	"time"

	"sitrep/incident"
	"sitrep/instant"
)

// A Window is a stretch of time in which components were in one state.
type Window struct {
	Components []string
	State      incident.ComponentState
	From, To   time.Time // To is zero for the last state, which stands
	Refs       Refs
}

// Length is how long it lasted; zero for the state that stands.
func (w Window) Length() time.Duration {
	if w.To.IsZero() {
		return 0
	}
	return w.To.Sub(w.From)
}

// Impact is what customers were told of components that went through the same
// states at the same times.
type Impact struct {
	Components []string
	Windows    []Window // oldest first
	Worst      incident.ComponentState
}

// told says how customers were shown its components over time, with how long
// each state lasted if lengths is set. print prints an instant.
func (x Impact) told(print func(time.Time) string, lengths bool) (string, Refs) {
	var parts []string
	var refs Refs
	windows := x.Windows
	if len(windows) > 1 && windows[0].State == incident.Operational { // it was well until then, as ever
		windows = windows[1:]
	}
	if len(windows) == 1 && windows[0].State == incident.Operational {
		return and(x.Components) + " as operational throughout", windows[0].Refs
	}
	for i, w := range windows {
		part := shownAs(w.State)
		switch {
		case w.To.IsZero() && i > 0:
			part += " after that"
		case w.To.IsZero():
			part += " from " + print(w.From)
		default:
			part += " from " + print(w.From) + " to " + print(w.To)
			if lengths {
				part += " (" + instant.Short(w.Length()) + ")"
			}
		}
		parts, refs = append(parts, part), refs.and(w.Refs...)
	}
	if len(parts) > 1 {
		parts[len(parts)-1] = "and " + parts[len(parts)-1]
	}
	return and(x.Components) + " " + strings.Join(parts, ", "), refs
}

// impact reads what was published of each component over time. Resolving ends
// an incident's claim on its components.
func impact(in *incident.Incident, r *record) []Impact {
	var out []Impact
	var ids []string
	for _, u := range shownOrder(in) {
		for _, c := range u.Affects {
			i := slices.Index(ids, c.ID)
			if i < 0 {
				i = len(ids)
				ids = append(ids, c.ID)
				out = append(out, Impact{Components: []string{term(c.Name)}})
			}
			out[i].enter(c.New, u.Shown, r.ref(u.Meta.Seq))
		}
	}
	var grouped []Impact
next:
	for _, x := range out {
		for i := range grouped {
			if slices.EqualFunc(grouped[i].Windows, x.Windows, func(a, b Window) bool {
				return a.State == b.State && a.From.Equal(b.From) && a.To.Equal(b.To)
			}) {
				grouped[i].Components = append(grouped[i].Components, x.Components...)
				continue next
			}
		}
		grouped = append(grouped, x)
	}
	return grouped
}

func (x *Impact) enter(s incident.ComponentState, at time.Time, ref string) {
	if s == "" {
		return
	}
	if n := len(x.Windows); n > 0 {
		if x.Windows[n-1].State == s {
			return
		}
		x.Windows[n-1].To = at
	}
	x.Windows = append(x.Windows, Window{State: s, From: at, Refs: Refs{}.and(ref)})
	x.Worst = x.Worst.Worse(s)
}

// shownOrder lists the updates by when the page says they were posted. What was
// withdrawn before anybody was notified is no word of ours to customers.
func shownOrder(in *incident.Incident) []incident.Update {
	us := slices.DeleteFunc(slices.Clone(in.Updates), func(u incident.Update) bool { return !u.Withdrawn.IsZero() })
	slices.SortStableFunc(us, func(a, b incident.Update) int { return a.Shown.Compare(b.Shown) })
	return us
}

// believed is what the team recorded of components, which customers may not
// have been told.
func believed(in *incident.Incident, r *record) []Window {
	var out []Window
	for _, g := range byState(in.Affects) {
		out = append(out, Window{Components: g.names, State: g.state, Refs: r.affects})
	}
	return out
}

// named are the components that somebody named as affected without saying how,
// each with its name as the text.
func named(in *incident.Incident, r *record) []Event {
	var out []Event
	name := func(c incident.ComponentChange, refs Refs) {
		text := term(c.Name)
		if i := slices.IndexFunc(out, func(e Event) bool { return e.Text == text }); i < 0 && text != "" {
			out = append(out, Event{Text: text, Refs: refs})
		}
	}
	stated := map[string]bool{}
	state := func(cs []incident.ComponentChange) {
		for _, c := range cs {
			if c.New != "" {
				stated[term(c.Name)] = true
			}
		}
	}
	state(in.Affects)
	for _, c := range in.Affects {
		name(c, r.affects)
	}
	for _, u := range shownOrder(in) {
		state(u.Affects)
		for _, c := range u.Affects {
			name(c, Refs{}.and(r.ref(u.Meta.Seq)))
		}
	}
	return slices.DeleteFunc(out, func(e Event) bool { return stated[e.Text] })
}
