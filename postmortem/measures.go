package postmortem

import (
	"time"

	"sitrep/incident"
)

// A Milestone is a milestone with the entries that carry it.
type Milestone struct {
	incident.Milestone
	Refs  Refs
	Quote string // of a proposed one: the words that say so, plain
	Loose bool   // of a proposed one: the words do not say so, it follows from them at best
}

// A Metric is a metric with the entries that carry both ends.
type Metric struct {
	incident.Metric
	Refs Refs
}

// milestones lists all ten in their usual order; those that nobody recorded are
// pending.
func milestones(in *incident.Incident, t *incident.Timeline, r *record) []Milestone {
	var out []Milestone
	for _, n := range incident.MilestoneNames() {
		m := Milestone{Milestone: in.Milestones[n]}
		m.Name = n
		if m.State == "" {
			m.State = incident.Pending
		}
		m.Refs = r.refs(m.Seq)
		m.Evidence, _ = stands(t, m.Seq, m.Evidence)
		out = append(out, m)
	}
	return out
}

func metrics(in *incident.Incident, ms []Milestone) []Metric {
	var out []Metric
	for _, m := range in.Metrics() {
		x := Metric{Metric: m}
		for _, ref := range append(find(ms, m.From).Refs[:], find(ms, m.To).Refs...) {
			x.Refs = x.Refs.and(ref)
		}
		out = append(out, x)
	}
	return out
}

func find(ms []Milestone, n incident.MilestoneName) Milestone {
	for _, m := range ms {
		if m.Name == n {
			return m
		}
	}
	return Milestone{Milestone: incident.Milestone{Name: n, State: incident.Pending}}
}

// milestone returns a milestone and whether it is recorded.
func (b *Brief) milestone(n incident.MilestoneName) (Milestone, bool) {
	m := find(b.Milestones, n)
	return m, m.State == incident.Recorded
}

// since returns the metric from the start of the impact to a milestone, and
// whether it is a number.
func (b *Brief) since(to incident.MilestoneName) (Metric, bool) {
	for _, m := range b.Metrics {
		if m.To == to {
			return m, m.State == incident.Recorded
		}
	}
	return Metric{}, false
}

// end is the last instant that a milestone can have been.
func end(m Milestone) time.Time {
	if m.Until.IsZero() {
		return m.At
	}
	return m.Until
}
