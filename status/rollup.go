package status

import (
	"fmt"
	"strings"

	"sitrep/incident"
)

// A rollUp is the state of the whole, for machines and for people.
type rollUp struct {
	indicator   incident.Impact         // the v2 indicator
	description string                  // the v2 description, one of a fixed set
	sentence    string                  // what people read first
	state       incident.ComponentState // which icon and colour go with the sentence
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
	r := rollUp{state: worst, sentence: describe(worst, count[worst], total)}
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
	if worst == incident.Operational {
		e.qualify(&r, total)
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

// qualify keeps the sentence honest while every component is operational but
// something is open: "all systems operational" above an open incident would
// contradict what stands below it.
func (e *edition) qualify(r *rollUp, total int) {
	open := e.unresolved()
	if len(open) == 0 {
		return
	}
	watching := true
	worst := incident.ImpactNone
	for _, it := range open {
		watching = watching && it.Status == incident.Monitoring
		worst = worst.Worse(impactOf(&it.Public))
	}
	issue := "an issue"
	if len(open) > 1 {
		issue = fmt.Sprintf("%d issues", len(open))
	}
	if watching {
		r.sentence = "Systems are operational, and we are watching " + issue
		if total == 0 {
			r.sentence = "A fix is in place, and we are watching " + issue
		}
		return
	}
	r.sentence = "We are working on " + issue
	switch worst {
	case incident.ImpactMajor, incident.ImpactCritical:
		r.state = incident.MajorOutage
	default:
		r.state = incident.Degraded
	}
}

// describe says in a sentence what the worst state is and where: names of the
// components in it, of total.
func describe(s incident.ComponentState, names []string, total int) string {
	var one, many string
	switch s {
	case incident.MajorOutage:
		one, many = "is down", "are down"
	case incident.PartialOutage:
		one, many = "is partly down", "are partly down"
	case incident.Degraded:
		one, many = "is degraded", "are degraded"
	case incident.UnderMaintenance:
		one, many = "is under maintenance", "are under maintenance"
	default:
		return "All systems operational"
	}
	switch {
	case len(names) == 1 && !soundsPlural(names[0]):
		return names[0] + " " + one
	case len(names) == total && total > 2:
		return "All systems " + many
	case len(names) <= 3:
		return incident.Affected(names) + " " + many
	}
	return fmt.Sprintf("%d of %d systems %s", len(names), total, many)
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
