package postmortem

import (
	"testing"
	"time"

	"sitrep/incident"
)

// A scene is an incident that a test plays, record by record, as the store
// would keep it.
type scene struct {
	t    testing.TB
	zone *time.Location
	in   *incident.Incident
	line *incident.Timeline
	page incident.Page
	seq  uint64
	n    uint64
	now  time.Time
}

func newScene(t testing.TB, zone string) *scene {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return &scene{
		t: t, zone: loc, in: incident.New("INC-1"), line: incident.NewTimeline(),
		page: incident.Page{ID: "0123456789ab", Name: "ChargeOver", TimeZone: zone, Components: []incident.Component{
			{ID: "main00000000", Name: "Main Application"}, {ID: "pay000000000", Name: "Payment Processing"},
		}},
	}
}

// at moves the clock to a time of day, "2006-01-02 15:04:05".
func (s *scene) at(clock string) *scene {
	s.t.Helper()
	s.now = s.time(clock)
	return s
}

func (s *scene) time(clock string) time.Time {
	s.t.Helper()
	layout := "2006-01-02 15:04:05"
	at, err := time.ParseInLocation(layout[:len(clock)], clock, s.zone)
	if err != nil {
		s.t.Fatal(err)
	}
	return at
}

func person(name string) incident.Person { return incident.Person{ID: "local/" + name, Name: name} }

func (s *scene) meta(by string) incident.Meta {
	s.seq++
	return incident.Meta{Seq: s.seq, Recorded: s.now.UTC(), When: s.now.UTC(), By: person(by), In: incident.Place{Platform: "local", ID: "incident"}}
}

// does records what a command decided.
func (s *scene) does(by string, evs ...incident.Event) *scene {
	for _, ev := range evs {
		s.record(s.meta(by), ev)
	}
	return s
}

func (s *scene) record(m incident.Meta, ev incident.Event) {
	s.n++
	m.N = s.n
	s.in.Apply(m, ev)
	s.line.Apply(m, ev)
}

// says records a message; its key is the record's number.
func (s *scene) says(by, text string) *scene {
	m := s.meta(by)
	s.line.Apply(m, incident.MessageSaid{Key: key(m.Seq), Text: text})
	return s
}

func key(seq uint64) string { return "local/incident/" + itoa(int(seq)) }

// room records something that happened to messages.
func (s *scene) room(by string, ev incident.Event) *scene {
	s.line.Apply(s.meta(by), ev)
	return s
}

// updates publishes as the command does.
func (s *scene) updates(by string, w incident.Wording) *scene {
	s.t.Helper()
	w.Shown = s.now
	evs, _, err := s.in.Update(w, s.page)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.does(by, evs...)
}

func (s *scene) resolves(by, text string) *scene {
	s.t.Helper()
	evs, _, err := s.in.Resolve(incident.Wording{Body: text, Shown: s.now}, s.page)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.does(by, evs...)
}

func (s *scene) brief() Brief {
	return NewBrief(Source{Incident: s.in, Timeline: s.line, Page: s.page, Now: s.now})
}

func (s *scene) both(state incident.ComponentState) []incident.ComponentChange {
	return []incident.ComponentChange{
		{ID: "main00000000", Name: "Main Application", New: state}, {ID: "pay000000000", Name: "Payment Processing", New: state},
	}
}

func (s *scene) milestone(by string, n incident.MilestoneName, at, evidence string) *scene {
	s.t.Helper()
	return s.does(by, incident.MilestoneRecorded{Name: n, At: s.time(at), Evidence: evidence})
}

// seed is the incident of the story, up to the draft.
func seed(t testing.TB) *scene {
	const day = "2020-09-09 "
	s := newScene(t, "America/Chicago")
	s.at(day+"11:11:05").does("oncall", incident.Declared{Number: 1, Severity: "sev1", Title: "MariaDB crashed on the primary database server", Affects: s.both(incident.MajorOutage)})
	s.at(day+"11:11:30").does("oncall", incident.RoleAssigned{Role: "commander", Who: person("oncall")})
	s.at(day+"11:11:50").milestone("oncall", incident.ImpactStarted, day+"11:09", "MariaDB process crashed at 11:09 CST")
	s.at(day+"11:12:40").says("dba", "InnoDB: Failing assertion: templ->clust_rec_field_no != ULINT_UNDEFINED")
	s.at(day+"11:13:10").says("dba", "the process was restarted automatically right away, it is running its data integrity checks before it takes connections")
	s.at(day+"11:15:00").updates("support", incident.Wording{Status: incident.Investigating, Title: "Service Outage", Affects: s.both(incident.MajorOutage),
		Body: "We are aware of an issue, and are investigating.\n\nFurther information to follow."})
	s.at(day+"11:21:00").says("oncall", "we could fail over to the secondary. how long do the checks take?")
	s.at(day+"11:24:00").says("dba", "estimate is less than an hour")
	s.at(day+"11:27:00").says("oncall", "decision: no failover, we let the check complete, the expected downtime is very short")
	s.at(day+"11:27:10").does("scribe", incident.TheoryAdded{Text: "The integrity check finishes within the hour"})
	s.at(day+"11:38:00").updates("support", incident.Wording{Status: incident.Identified, Body: "We have identified the issue, and are working to resolve the outage as quickly as possible."})
	s.at(day+"12:31:00").says("dba", "check still running, well past the estimate")
	s.at(day+"12:33:00").does("scribe", incident.TheoryRuledOut{Number: 1, Why: "it is 12:33 and the check is still running"})
	s.at(day+"13:43:00").updates("support", incident.Wording{Body: "We are continuing to work towards restoration of service. More updates to follow."})
	s.at(day+"14:49:00").says("dba", "data checks are complete, nothing lost, nothing corrupted")
	s.at(day+"14:52:00").says("oncall", "going through the recovery checklist, then starting the database server")
	s.at(day+"15:01:00").says("oncall", "service is back, degraded")
	s.at(day+"15:01:30").milestone("oncall", incident.Mitigated, day+"15:01", "service restored in a degraded state")
	s.at(day+"15:15:00").says("oncall", "fully operational")
	s.at(day+"15:15:30").milestone("oncall", incident.ImpactEnded, day+"15:15", "fully operational")
	s.at(day+"15:16:00").updates("support", incident.Wording{Affects: s.both(incident.Degraded),
		Body: "Services are being restored. We are continuing to monitor the situation and will provide further updates."})
	s.at(day+"15:17:00").updates("support", incident.Wording{Status: incident.Monitoring, Body: "We continue to monitor the situation as services are being restored."})
	s.at(day+"15:25:00").updates("support", incident.Wording{Affects: s.both(incident.Operational),
		Body: "All ChargeOver services are operational now. We continue to monitor the situation.\n\nA postmortem will follow."})
	s.at(day+"15:39:00").resolves("support", "This issue has been resolved and all services are operational. Root cause and postmortem will follow.")
	s.at(day+"15:45:00").does("oncall", incident.ActionAdded{Text: "Avoid the long check times after a database crash"})
	s.at(day+"15:46:00").does("oncall", incident.ActionAdded{Text: "Revise the failover process so that it accounts for long check times"})
	return s.at(day+"15:50:00").does("oncall", incident.PostmortemAsked{})
}
