package postmortem

import (
	"fmt"
	"testing"
	"time"

	"sitrep/incident"
)

// crowd is an incident with n messages from 40 people over eight hours, with a
// decision, a mark or a log line here and there.
func crowd(t testing.TB, n int) *scene {
	s := newScene(t, "America/Chicago")
	s.at("2024-03-05 10:00:00").does("ana", incident.Declared{Number: 1, Severity: "sev1", Title: "everything is slow", Affects: s.both(incident.Degraded)})
	s.does("ana", incident.RoleAssigned{Role: "commander", Who: person("ana")}, incident.MilestoneRecorded{Name: incident.ImpactStarted, At: s.time("2024-03-05 09:41")})
	s.updates("bo", incident.Wording{Title: "Slow", Affects: s.both(incident.Degraded), Body: "We are looking into it."})
	step := 8 * time.Hour / time.Duration(n)
	talk := []string{
		"looking", "I see timeouts from the queue workers since 09:45, about 12% of requests", "can somebody check the replica lag on the second shard?",
		"no change on my side, cpu is at 40 % and the pool has 200 connections", "thanks", "the dashboard is https://graphs.example/d/abc?from=now-1h and it looks flat",
		"```\n2024-03-05T10:12:44Z ERROR pool exhausted after 30s (queue=payments, waiting=512)\n2024-03-05T10:12:45Z ERROR pool exhausted\n```", "same here", "let me try the other region",
		"I think that this is unrelated, but the nightly export ran 3 hours longer than usual from 01:00 to 04:10",
	}
	for i := range n {
		s.now = s.now.Add(step)
		who := fmt.Sprintf("person %d", i%40)
		switch {
		case i%997 == 500:
			s.says(who, fmt.Sprintf("decision: drain pool %d and restart it", i))
		case i%1500 == 700:
			s.says(who, fmt.Sprintf("shard %d fell behind because vacuum holds a lock", i))
			s.room(who, incident.Pinned{Key: key(s.seq)})
		default:
			s.says(who, talk[i%len(talk)])
		}
		if i%800 == 799 {
			s.updates("bo", incident.Wording{Body: "We continue to work on it. More updates to follow."})
		}
	}
	return s
}

func BenchmarkDraft(b *testing.B) {
	for _, n := range []int{100, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := crowd(b, n)
			b.ReportAllocs()
			for b.Loop() {
				draft(b, s.brief())
			}
		})
	}
}

// A page stays a page, however much was said, and what was marked and decided
// is in it.
func TestCrowd(t *testing.T) {
	s := crowd(t, 10_000)
	b := s.brief()
	d := draft(t, b)
	marked, decided := 0, 0
	for _, x := range b.Story {
		if len(x.Why) == 0 {
			t.Errorf("%s was chosen for no reason", x.Ref)
		}
		for _, w := range x.Why {
			if w == "somebody marked it" {
				marked++
			}
			if w == "it decides something" {
				decided++
			}
		}
	}
	if marked != 7 || decided != 10 {
		t.Errorf("%d of 7 marked and %d of 10 decisions are told", marked, decided)
	}
	if len(b.Story) > 80 || len(d.Markdown) > 60_000 {
		t.Errorf("%d entries, %d bytes", len(b.Story), len(d.Markdown))
	}
	for _, f := range Check(d.Markdown, b) {
		t.Errorf("%s: %s %v", f.Kind, f.Text, f.Refs)
	}
}
