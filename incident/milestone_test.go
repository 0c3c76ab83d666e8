package incident

import (
	"testing"
	"time"
)

func TestMetrics(t *testing.T) {
	claimed := func(n MilestoneName, minutes int) Milestone {
		return Milestone{Name: n, State: Recorded, At: after(minutes), Source: "milestone", Seq: 5}
	}
	observed := func(n MilestoneName, minutes int, seq uint64) Milestone {
		return Milestone{Name: n, State: Recorded, At: after(minutes), Source: "update 1", Seq: seq}
	}
	between := func(m Milestone, minutes int) Milestone {
		m.Until = after(minutes)
		return m
	}
	minutes := func(n int) time.Duration { return time.Duration(n) * time.Minute }
	steps := []ClockStep{{Seq: 10}}
	for _, tt := range []struct {
		name     string
		from, to Milestone
		steps    []ClockStep
		state    MilestoneState
		low      time.Duration
		high     time.Duration
		why      string
	}{
		{"two instants", claimed(ImpactStarted, 0), claimed(IdentifiedAt, 7), nil, Recorded, minutes(7), minutes(7), ""},
		{"the same instant", claimed(ImpactStarted, 3), claimed(IdentifiedAt, 3), nil, Recorded, 0, 0, ""},
		{"no start", Milestone{}, claimed(IdentifiedAt, 7), nil, Pending, 0, 0, "impact-started not recorded"},
		{"no end", claimed(ImpactStarted, 0), Milestone{}, nil, Pending, 0, 0, "identified not recorded"},
		{"neither", Milestone{}, Milestone{}, nil, Pending, 0, 0, "impact-started and identified not recorded"},
		{"proposed is not recorded", claimed(ImpactStarted, 0), Milestone{Name: IdentifiedAt, State: Proposed, At: after(3)}, nil, Pending, 0, 0, "identified not recorded"},
		{"does not apply", claimed(ImpactStarted, 0), Milestone{Name: IdentifiedAt, State: NotApplicable}, nil, NotApplicable, 0, 0, ""},
		{"a start between two instants", between(claimed(ImpactStarted, 0), 5), claimed(IdentifiedAt, 7), nil, Recorded, minutes(2), minutes(7), ""},
		{"both between two instants", between(claimed(ImpactStarted, 0), 5), between(claimed(IdentifiedAt, 7), 9), nil, Recorded, minutes(2), minutes(9), ""},
		{"intervals that overlap", between(claimed(ImpactStarted, 0), 5), between(claimed(IdentifiedAt, 3), 4), nil, Recorded, 0, minutes(4), ""},
		{"the wrong order", claimed(ImpactStarted, 7), claimed(IdentifiedAt, 3), nil, Invalid, 0, 0, "identified is before impact-started"},
		{"an interval the wrong way round", between(claimed(ImpactStarted, 5), 1), claimed(IdentifiedAt, 7), nil, Invalid, 0, 0, "the interval of impact-started ends before it begins"},
		{"the clock was set back in between", observed(ImpactStarted, 0, 9), observed(IdentifiedAt, 7, 11), steps, Invalid, 0, 0, "the machine's clock was set back between the two"},
		{"before both", observed(ImpactStarted, 0, 11), observed(IdentifiedAt, 7, 12), steps, Recorded, minutes(7), minutes(7), ""},
		{"after both", observed(ImpactStarted, 0, 1), observed(IdentifiedAt, 7, 9), steps, Recorded, minutes(7), minutes(7), ""},
		{"what was claimed does not hang on the clock", claimed(ImpactStarted, 0), Milestone{Name: IdentifiedAt, State: Recorded, At: after(7), Source: "update 1 at:", Seq: 11}, steps, Recorded, minutes(7), minutes(7), ""},
		{"what was observed does", claimed(ImpactStarted, 0), observed(IdentifiedAt, 7, 11), steps, Invalid, 0, 0, "the machine's clock was set back between the two"},
	} {
		for _, m := range Metrics(map[MilestoneName]Milestone{ImpactStarted: tt.from, IdentifiedAt: tt.to}, tt.steps) {
			if m.To != IdentifiedAt {
				continue
			}
			if m.State != tt.state || m.Why != tt.why {
				t.Errorf("%s: %s %q, want %s %q", tt.name, m.State, m.Why, tt.state, tt.why)
			}
			if m.Low != tt.low || m.High != tt.high {
				t.Errorf("%s: %s to %s, want %s to %s", tt.name, m.Low, m.High, tt.low, tt.high)
			}
		}
	}
	names := map[string]bool{}
	for _, m := range New("INC-1").Metrics() {
		if m.State != Pending || m.Why == "" || names[m.Name] {
			t.Errorf("of nothing, %s is %s (%s)", m.Name, m.State, m.Why)
		}
		names[m.Name] = true
	}
	if len(names) != 8 {
		t.Errorf("%d metrics", len(names))
	}
}

func TestParseMilestone(t *testing.T) {
	for in, want := range map[string]MilestoneName{
		"started": ImpactStarted, "Impact Started": ImpactStarted, "impact_start": ImpactStarted, "ended": ImpactEnded, "restored": ImpactEnded,
		"acked": Acknowledged, " detected ": Detected, "first-public-word": FirstPublicWord, "nonsense": "", "": "",
	} {
		if got, ok := ParseMilestone(in); got != want || ok != (want != "") {
			t.Errorf("ParseMilestone(%q) = %q, %v", in, got, ok)
		}
	}
	for _, n := range []MilestoneName{ImpactStarted, Detected, Acknowledged, Mitigated, ImpactEnded} {
		if n.ByCommand() {
			t.Errorf("%s is recorded by a command of its own", n)
		}
	}
	for _, n := range []MilestoneName{DeclaredAt, FirstPublicWord, IdentifiedAt, ResolvedAt, PostmortemPublishedAt} {
		if !n.ByCommand() {
			t.Errorf("%s is recorded by the milestone command", n)
		}
	}
}
