package postmortem

import (
	"testing"

	"sitrep/incident"
)

// What people say, and what it says of the course of an incident: must names a
// meaning that has to be read, never one that must not be.
func TestMeans(t *testing.T) {
	tests := []struct {
		says        string
		must, never meaning
	}{
		{"the primary crashed", saysBroken, saysOver},
		{"pods begin failing database connections", saysBroken, 0},
		{"alerts fired for the website being down", saysDetected, 0},
		{"ALERT: error rate of checkout above 5 %", saysDetected, 0},
		{"the queue of payments is high again", saysDetected, 0},
		{"Pages is down while we recover from this failure.", saysBroken, saysRecovers},
		{"the shards recovered", saysRecovers, 0},
		{"Users report all launches are failing", saysDetected, saysOver},
		{"We became aware of it during a call", saysDetected, 0},
		{"was it detected by the probes?", 0, saysDetected},
		{"Incident declared, rollback attempted", saysDeclared, saysFixed},
		{"We are aware of an issue, and are investigating.", saysAware, saysDetected},
		{"found the reason for the outage", saysCause, 0},
		{"We have identified the likely cause of the incident and are working on a fix.", saysCause, saysFixed},
		{"All hands are working hard to identify the root cause.", 0, saysCause},
		{"the issue has been identified", saysCause, 0},
		{"we have not identified the cause", 0, saysCause},
		{"This is attributed to the spawner", saysReason, 0},
		{"it looks like the pool", saysGuess, saysCause},
		{"we rolled back the worker", saysFixed, saysOver},
		{"we will roll back once the tests pass", 0, saysFixed},
		{"should we restart it?", 0, saysFixed},
		{"Rollback fails due to a configuration issue", saysStill, saysFixed},
		{"All pending pods are deleted, but the cluster is still full", saysStill, saysFixed},
		{"A mitigation is in place.", saysMitigated, 0},
		{"This should be fixed now, we keep monitoring", saysMitigated, saysOver},
		{"We are starting to see recovery", saysRecovers, saysOver},
		{"errors are gone", saysRecovers | saysWell, 0},
		{"All services are running as normal", saysWell, 0},
		{"an old job ended up running again", 0, saysWell},
		{"We are no longer seeing errors", saysWell, 0},
		{"once it is fully restored we will tell you", 0, saysWell},
		{"This incident has been resolved.", saysOver, 0},
		{"the incident is not resolved", 0, saysOver},
		{"We hope to be back online soon", 0, saysWell},
		{"the issue has resurfaced", saysStill, saysOver},
		{"as new information is available, we will update", 0, saysWell},
	}
	for _, tt := range tests {
		got := means(plainWords(tt.says), newLexicon(readings()).likely(tt.says, nil))
		if got&tt.must != tt.must || got&tt.never != 0 {
			t.Errorf("%q means %b, must %b, never %b", tt.says, got, tt.must, tt.never)
		}
	}
}

// From a conversation, the course is proposed with the words; what only follows
// is marked as loose, and what fails later is not when it began.
func TestCourse(t *testing.T) {
	const day = "2024-03-05 "
	s := newScene(t, "UTC")
	s.at(day+"09:00:00").does("ana", incident.Declared{Number: 1, Title: "t"})
	for _, x := range []struct{ at, who, text string }{
		{"09:00:10", "bo", "time for the release"}, {"09:10:00", "cy", "checkout fails to load, something is wrong"},
		{"09:15:00", "bo", "restarted the workers"}, {"09:18:00", "cy", "errors are still there, that did not help"},
		{"09:30:00", "bo", "found it: the new pool size is the problem"}, {"09:41:00", "bo", "reverted the pool size"},
		{"09:45:00", "cy", "errors are gone"}, {"10:30:00", "ana", "thanks all"},
	} {
		s.at(day+x.at).says(x.who, x.text)
	}
	b := s.brief()
	for n, want := range map[incident.MilestoneName]string{
		incident.Detected: "09:10", incident.IdentifiedAt: "09:30", incident.Mitigated: "09:41", incident.ResolvedAt: "09:45", incident.ImpactStarted: "",
	} {
		m := find(b.Milestones, n)
		got := ""
		if m.State == incident.Proposed && !m.Loose {
			got = m.At.Format("15:04")
		}
		if got != want {
			t.Errorf("%s is %q (%s: %q), want %q", n, got, m.State, m.Quote, want)
		}
	}
}
