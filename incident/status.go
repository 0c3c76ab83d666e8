package incident

import "strings"

// Status is how far an incident has come.
type Status string

// The states of an incident. The first four are what people set; Postmortem,
// Canceled and Merged follow from what was done. Their names are those of the
// Statuspage v2 format (research: incident.status).
const (
	Investigating Status = "investigating"
	Identified    Status = "identified"
	Monitoring    Status = "monitoring"
	Resolved      Status = "resolved"
	Postmortem    Status = "postmortem"
	Canceled      Status = "canceled"
	Merged        Status = "merged"
)

// The states of a maintenance, named as in the Statuspage v2 format.
const (
	Scheduled  Status = "scheduled"
	InProgress Status = "in_progress"
	Verifying  Status = "verifying"
	Completed  Status = "completed"
)

// Statuses lists the states that people can set, in their usual order.
func Statuses() []Status { return []Status{Investigating, Identified, Monitoring, Resolved} }

// ParseStatus reads one of the states that people can set, without case.
func ParseStatus(s string) (Status, bool) {
	for _, st := range Statuses() {
		if strings.EqualFold(s, string(st)) {
			return st, true
		}
	}
	return "", false
}

// Label returns the status as people read it: "Investigating", "In progress".
func (s Status) Label() string {
	t := strings.ReplaceAll(string(s), "_", " ")
	if t == "" {
		return ""
	}
	return strings.ToUpper(t[:1]) + t[1:]
}

// Open reports whether an incident in this state still needs somebody.
func (s Status) Open() bool { return s == Investigating || s == Identified || s == Monitoring }

// order tells how far along a status is, so that a step back can be named.
func (s Status) order() int {
	switch s {
	case Investigating:
		return 1
	case Identified:
		return 2
	case Monitoring:
		return 3
	case Resolved:
		return 4
	default:
		return 0
	}
}

// Before reports whether s comes before t in the usual course of an incident.
func (s Status) Before(t Status) bool {
	return s.order() != 0 && t.order() != 0 && s.order() < t.order()
}

// Impact is how bad customers were told it is, as in the Statuspage v2 format.
type Impact string

// The impacts, mildest first. ImpactMaintenance is that of planned work.
const (
	ImpactNone        Impact = "none"
	ImpactMinor       Impact = "minor"
	ImpactMajor       Impact = "major"
	ImpactCritical    Impact = "critical"
	ImpactMaintenance Impact = "maintenance"
)

// ParseImpact reads an impact that people can set, without case.
func ParseImpact(s string) (Impact, bool) {
	for _, i := range []Impact{ImpactNone, ImpactMinor, ImpactMajor, ImpactCritical} {
		if strings.EqualFold(s, string(i)) {
			return i, true
		}
	}
	return "", false
}

func (i Impact) order() int {
	switch i {
	case ImpactMinor:
		return 1
	case ImpactMajor:
		return 2
	case ImpactCritical:
		return 3
	default:
		return 0
	}
}

// Worse returns the worse of i and j.
func (i Impact) Worse(j Impact) Impact {
	if j.order() > i.order() {
		return j
	}
	if i == "" {
		return ImpactNone
	}
	return i
}
