package incident

import (
	"strings"
	"time"
)

// MilestoneName names one of the instants that an incident is measured by.
type MilestoneName string

// The milestones, in their usual order.
const (
	ImpactStarted         MilestoneName = "impact-started"
	Detected              MilestoneName = "detected"
	DeclaredAt            MilestoneName = "declared"
	Acknowledged          MilestoneName = "acknowledged"
	FirstPublicWord       MilestoneName = "first-public-word"
	IdentifiedAt          MilestoneName = "identified"
	Mitigated             MilestoneName = "mitigated"
	ImpactEnded           MilestoneName = "impact-ended"
	ResolvedAt            MilestoneName = "resolved"
	PostmortemPublishedAt MilestoneName = "postmortem-published"
)

// MilestoneNames lists the milestones in their usual order.
func MilestoneNames() []MilestoneName {
	return []MilestoneName{
		ImpactStarted, Detected, DeclaredAt, Acknowledged, FirstPublicWord,
		IdentifiedAt, Mitigated, ImpactEnded, ResolvedAt, PostmortemPublishedAt,
	}
}

// ParseMilestone reads a milestone's name, without case; "started" and
// "ended" stand for the impact's.
func ParseMilestone(s string) (MilestoneName, bool) {
	t := strings.NewReplacer(" ", "-", "_", "-").Replace(strings.ToLower(strings.TrimSpace(s)))
	switch t {
	case "started", "start", "impact-start":
		return ImpactStarted, true
	case "ended", "end", "impact-end", "restored":
		return ImpactEnded, true
	case "acked", "ack":
		return Acknowledged, true
	}
	for _, n := range MilestoneNames() {
		if t == string(n) {
			return n, true
		}
	}
	return "", false
}

// ByCommand reports whether the milestone is recorded by the command that
// makes it so, and by nothing else (design: "Milestones").
func (n MilestoneName) ByCommand() bool {
	switch n {
	case DeclaredAt, FirstPublicWord, IdentifiedAt, ResolvedAt, PostmortemPublishedAt:
		return true
	}
	return false
}

// Label returns the milestone as people read it: "Impact started".
func (n MilestoneName) Label() string {
	t := strings.ReplaceAll(string(n), "-", " ")
	if t == "" {
		return ""
	}
	return strings.ToUpper(t[:1]) + t[1:]
}

// MilestoneState says how far a milestone can be trusted.
type MilestoneState string

// The states of a milestone. None is ever filled silently.
const (
	Recorded      MilestoneState = "recorded"
	Pending       MilestoneState = "pending"
	NotApplicable MilestoneState = "not applicable"
	Invalid       MilestoneState = "invalid"
	Proposed      MilestoneState = "proposed" // read out of what was said, not confirmed
)

// A Milestone is one instant, or an interval if Until is set, with who set it
// and from what.
type Milestone struct {
	Name     MilestoneName
	State    MilestoneState
	At       time.Time
	Until    time.Time // zero unless it is known only to an interval
	By       Person
	Source   string // "declared", "update 1", "milestone command"
	Evidence string
	Seq      uint64 // the record that set it; zero while pending
	Why      string // what is wrong, if State is Invalid
}

// A Metric is a named pair of milestones, and the time between them.
type Metric struct {
	Name     string // "time to identify"
	From, To MilestoneName
	State    MilestoneState // Recorded, Pending, NotApplicable or Invalid
	Low      time.Duration  // the shortest it can have been
	High     time.Duration  // the longest; equal to Low unless a milestone is an interval
	Why      string         // what is missing or wrong
}

// metricPairs names what is measured, all from the start of the impact.
func metricPairs() []Metric {
	pair := func(name string, to MilestoneName) Metric { return Metric{Name: name, From: ImpactStarted, To: to} }
	return []Metric{
		pair("time to detect", Detected),
		pair("time to declare", DeclaredAt),
		pair("time to acknowledge", Acknowledged),
		pair("time to first public word", FirstPublicWord),
		pair("time to identify", IdentifiedAt),
		pair("time to mitigate", Mitigated),
		pair("time to restore", ImpactEnded),
		pair("time to all-clear", ResolvedAt),
	}
}

// Metrics computes every metric from milestones; steps are the steps back of
// the machine's clock, across which recorded times cannot be compared. A pair
// in the wrong order is Invalid and says so; it is never shown as a number.
func Metrics(ms map[MilestoneName]Milestone, steps []ClockStep) []Metric {
	out := metricPairs()
	for i := range out {
		out[i] = measure(out[i], ms, steps)
	}
	return out
}

func measure(m Metric, ms map[MilestoneName]Milestone, steps []ClockStep) Metric {
	from, to := ms[m.From], ms[m.To]
	for _, x := range []Milestone{from, to} {
		if x.State == NotApplicable {
			m.State = NotApplicable
			return m
		}
	}
	var missing []string
	if from.State != Recorded {
		missing = append(missing, string(m.From))
	}
	if to.State != Recorded {
		missing = append(missing, string(m.To))
	}
	if len(missing) > 0 {
		m.State, m.Why = Pending, list(missing, "and")+" not recorded"
		return m
	}
	for _, x := range []Milestone{from, to} {
		if x.end().Before(x.At) {
			m.State, m.Why = Invalid, "the interval of "+string(x.Name)+" ends before it begins"
			return m
		}
	}
	for _, s := range steps {
		if (from.Seq < s.Seq) != (to.Seq < s.Seq) && (!from.claimed() || !to.claimed()) {
			m.State, m.Why = Invalid, "the machine's clock was set back between the two"
			return m
		}
	}
	low, high := to.At.Sub(from.end()), to.end().Sub(from.At)
	if high < 0 {
		m.State, m.Why = Invalid, string(m.To)+" is before "+string(m.From)
		return m
	}
	m.State, m.Low, m.High = Recorded, max(low, 0), high
	return m
}

// claimed reports whether a person stated the instant, so that it does not
// depend on the machine's clock.
func (m Milestone) claimed() bool {
	return m.Source == "milestone" || strings.HasSuffix(m.Source, " at:")
}

func (m Milestone) end() time.Time {
	if m.Until.IsZero() {
		return m.At
	}
	return m.Until
}

// A ClockStep is a step back of the machine's clock by two seconds or more: the
// records before and after Seq cannot be compared.
type ClockStep struct {
	Seq      uint64
	From, To time.Time
}
