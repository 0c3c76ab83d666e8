package status

import (
	"strings"

	"sitrep/incident"
)

// A rollUp is the state of the whole, for machines; see [rendering.headline] for
// people.
type rollUp struct {
	indicator   incident.Impact         // the v2 indicator
	description string                  // the v2 description, one of a fixed set
	state       incident.ComponentState // the worst of any component
	names       []string                // of the components in it
	total       int                     // how many components there are
}

// rollUp computes the state of the whole from the components (groups are
// ignored) by the table of Atlassian's "Top-level status and incident impact
// calculations". Without components it follows the worst open incident.
func (e *edition) rollUp() rollUp {
	count := make(map[incident.ComponentState][]string)
	total, worst := 0, incident.Operational
	for i := range e.rows {
		if r := &e.rows[i]; !r.group() {
			total++
			count[r.state] = append(count[r.state], clean(r.Name))
			worst = worst.Worse(r.state)
		}
	}
	for _, c := range e.unlisted() {
		total++
		count[c.New] = append(count[c.New], clean(c.Name))
		worst = worst.Worse(c.New)
	}
	all := len(count[worst]) == total
	r := rollUp{state: worst, names: count[worst], total: total}
	switch {
	case total == 0:
		r.indicator, r.description = withoutComponents(e.unresolved())
	case worst == incident.MajorOutage && all:
		r.indicator, r.description = incident.ImpactCritical, "Major System Outage"
	case worst == incident.MajorOutage, worst == incident.PartialOutage && all:
		r.indicator, r.description = incident.ImpactMajor, "Partial System Outage"
	case worst == incident.PartialOutage:
		r.indicator, r.description = incident.ImpactMinor, "Minor Service Outage"
	case worst == incident.Degraded && all && total > 1:
		r.indicator, r.description = incident.ImpactMinor, "Degraded System Service"
	case worst == incident.Degraded:
		r.indicator, r.description = incident.ImpactMinor, "Partially Degraded Service"
	case worst == incident.UnderMaintenance:
		r.indicator, r.description = incident.ImpactMaintenance, "Service Under Maintenance"
	default:
		r.indicator, r.description = incident.ImpactNone, "All Systems Operational"
	}
	return r
}

// unlisted lists what open incidents and running maintenances say of components
// that the page does not list: they were taken off it, or it was brought over
// from one that hides them. What is wrong with them is wrong all the same.
func (e *edition) unlisted() []incident.ComponentChange {
	var out []incident.ComponentChange
	seen := make(map[string]bool)
	e.all(func(it *item) bool {
		for _, c := range it.Components {
			if s := e.claimed[c.ID]; claims(&it.Public) && s != incident.Operational && e.byID[c.ID] == nil && !seen[c.ID] {
				seen[c.ID] = true
				out = append(out, incident.ComponentChange{ID: c.ID, Name: c.Name, New: s})
			}
		}
		return true
	})
	return out
}

// withoutComponents is the status of a page that has none.
func withoutComponents(open []*item) (incident.Impact, string) {
	worst := incident.ImpactNone
	for _, it := range open {
		worst = worst.Worse(impactOf(&it.Public))
	}
	switch worst {
	case incident.ImpactCritical:
		return worst, "Major System Outage"
	case incident.ImpactMajor:
		return worst, "Partial System Outage"
	case incident.ImpactMinor:
		return worst, "Minor Service Outage"
	}
	return incident.ImpactNone, "All Systems Operational"
}

// headline is the state of the whole in a sentence, and which icon and colour go
// with it. While every component is operational but something is open, it keeps
// honest: "all systems operational" above an open incident would contradict what
// stands below it.
func (r rendering) headline() (sentence string, state incident.ComponentState) {
	roll := r.rollUp()
	if roll.state != incident.Operational {
		return r.describe(roll), roll.state
	}
	open := r.unresolved()
	if len(open) == 0 {
		return r.tongue.Say("headline.operational"), roll.state
	}
	watching := true
	worst := incident.ImpactNone
	for _, it := range open {
		watching = watching && it.Status == incident.Monitoring
		worst = worst.Worse(impactOf(&it.Public))
	}
	switch {
	case watching && roll.total == 0:
		return r.tongue.Count("headline.fixed", len(open)), roll.state
	case watching:
		return r.tongue.Count("headline.watching", len(open)), roll.state
	case worst == incident.ImpactMajor, worst == incident.ImpactCritical:
		return r.tongue.Count("headline.working", len(open)), incident.MajorOutage
	}
	return r.tongue.Count("headline.working", len(open)), incident.Degraded
}

// describe says in a sentence what the worst state is and where.
func (r rendering) describe(roll rollUp) string {
	key := "headline." + string(roll.state)
	n := len(roll.names)
	switch {
	case n == 1 && !soundsPlural(roll.names[0]):
		return r.tongue.Say(key+".one", "names", roll.names[0])
	case n == roll.total && n > 2:
		return r.tongue.Say(key+".other", "names", r.tongue.Say("headline.all"))
	case n <= 3:
		return r.tongue.Say(key+".other", "names", r.tongue.List(roll.names))
	}
	return r.tongue.Say(key+".other", "names", r.tongue.Say("headline.some", "n", n, "total", roll.total))
}

// soundsPlural guesses whether a name asks for "are": "Card payments", unlike
// "DNS", "Status" and "Express".
func soundsPlural(name string) bool {
	for _, end := range []string{"ss", "us", "is"} {
		if strings.HasSuffix(name, end) {
			return false
		}
	}
	return strings.HasSuffix(name, "s")
}
