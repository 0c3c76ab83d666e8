package eval

import (
	"fmt"
	"time"

	"sitrep/incident"
	"sitrep/postmortem"
)

// A Plant is a kind of contradiction, and how to write it about an incident.
type Plant struct {
	Name string
	// Write returns a sentence or two that contradict the record or themselves,
	// and true if the incident has what it takes.
	Write func(s *Seen) (string, bool)
}

// Seen is what a plant knows of an incident: what is on record, in the page's
// zone.
type Seen struct {
	Zone        *time.Location
	First, Last time.Time // the first public word and the all-clear
	Identified  time.Time // zero if nobody said so
	Component   string    // one that was published as affected; ""
	State       incident.ComponentState
	Down        [2]time.Time // from when to when the page showed it so
	Updates     int
	Brief       *postmortem.Brief
}

// see gathers what is on record; ok is false for an incident that is not over,
// or was not told to customers twice.
func see(b *postmortem.Brief) (s *Seen, ok bool) {
	s = &Seen{Zone: b.Zone, Brief: b, Updates: len(b.Words)}
	if len(b.Words) < 2 || b.Status != incident.Resolved {
		return nil, false
	}
	s.First = b.Words[0].At
	for _, m := range b.Milestones {
		if m.State != incident.Recorded {
			continue
		}
		switch m.Name {
		case incident.ResolvedAt:
			s.Last = m.At
		case incident.IdentifiedAt:
			s.Identified = m.At
		}
	}
	for _, x := range b.Impact {
		for _, w := range x.Windows {
			if w.State != incident.Operational && !w.To.IsZero() && w.To.Sub(w.From) > 10*time.Minute && s.Component == "" && len(x.Components) > 0 {
				s.Component, s.State, s.Down = x.Components[0], w.State, [2]time.Time{w.From, w.To}
			}
		}
	}
	length := s.Last.Sub(s.First)
	return s, length >= 20*time.Minute && length < 12*time.Hour && s.First.In(s.Zone).Day() == s.Last.In(s.Zone).Day()
}

func (s *Seen) clock(t time.Time) string { return t.In(s.Zone).Format("15:04") }
func (s *Seen) day(t time.Time) string   { return t.In(s.Zone).Format("January 2, 2006") }
func (s *Seen) minutes(d time.Duration) string {
	return fmt.Sprintf("%d minutes", int(d/time.Minute))
}

// Truth is a text about the incident that is right: what is planted is put
// into it, and without that nothing may be found in it.
func (s *Seen) Truth() string {
	return fmt.Sprintf("On %s we had an incident. We first told customers at %s. The incident was resolved at %s, %s after our first update.\n\nWe are sorry for the trouble. We are working to make this less likely.\n",
		s.day(s.First), s.clock(s.First), s.clock(s.Last), s.minutes(s.Last.Sub(s.First)))
}

// Plants are the kinds of contradictions that are written into texts about real
// incidents.
func Plants() []Plant {
	always := func(f func(s *Seen) string) func(*Seen) (string, bool) {
		return func(s *Seen) (string, bool) { return f(s), true }
	}
	return []Plant{
		{"a zone that is not in force", func(s *Seen) (string, bool) {
			wrong := map[string]string{"CDT": "CST", "CST": "CDT", "EDT": "EST", "EST": "EDT", "PDT": "PST", "PST": "PDT", "BST": "GMT", "CEST": "CET", "CET": "CEST"}[s.First.In(s.Zone).Format("MST")]
			return "Errors rose at " + s.clock(s.First) + " " + wrong + ".", wrong != ""
		}},
		{"two zones of one moment that disagree", func(s *Seen) (string, bool) {
			zone := s.Last.In(s.Zone).Format("MST")
			return "Service came back at " + s.clock(s.Last) + " " + zone + " (" + s.Last.UTC().Add(2*time.Hour).Format("15:04") + " UTC).", zone != "UTC"
		}},
		{"another year", always(func(s *Seen) string {
			return "On " + s.day(s.First.AddDate(-1, 0, 0)) + " at " + s.clock(s.First) + " our alerts fired."
		})},
		{"another month", always(func(s *Seen) string {
			return "On " + s.First.In(s.Zone).AddDate(0, -2, 0).Format("January 2, 2006") + " between " + s.clock(s.First) + " and " + s.clock(s.Last) + " customers saw errors."
		})},
		{"a weekday that the date does not have", always(func(s *Seen) string {
			return "This happened on " + s.First.In(s.Zone).AddDate(0, 0, 1).Format("Monday") + ", " + s.day(s.First) + "."
		})},
		{"a range that ends before it begins", always(func(s *Seen) string {
			return "Between " + s.clock(s.Last) + " and " + s.clock(s.First) + " " + s.First.In(s.Zone).Format("MST") + " some requests failed."
		})},
		{"a length against its own range", always(func(s *Seen) string {
			return "The outage lasted " + s.minutes(2*s.Last.Sub(s.First)+37*time.Minute) + ", from " + s.clock(s.First) + " to " + s.clock(s.Last) + "."
		})},
		{"a length against the record", always(func(s *Seen) string {
			return "The incident lasted approximately " + s.minutes(s.Last.Sub(s.First)/4) + "."
		})},
		{"a beginning after the first public word", always(func(s *Seen) string {
			return "The impact began at " + s.clock(s.First.Add(12*time.Minute)) + "."
		})},
		{"another time of the all-clear", always(func(s *Seen) string {
			return "The incident was resolved at " + s.clock(s.Last.Add(-17*time.Minute)) + "."
		})},
		{"another time of the first word", always(func(s *Seen) string {
			return "We first posted to our status page at " + s.clock(s.First.Add(-25*time.Minute)) + "."
		})},
		{"resolved before mitigated", always(func(s *Seen) string {
			return "We mitigated the problem at " + s.clock(s.Last.Add(21*time.Minute)) + " and closed the incident at " + s.clock(s.Last) + "."
		})},
		{"detected before it began", always(func(s *Seen) string {
			return "The fault was introduced at " + s.clock(s.First.Add(-10*time.Minute)) + ". It was detected at " + s.clock(s.First.Add(-40*time.Minute)) + "."
		})},
		{"fully back while the page said otherwise", func(s *Seen) (string, bool) {
			if s.Component == "" {
				return "", false
			}
			return s.Component + " was fully operational at " + s.clock(s.Down[0].Add(s.Down[1].Sub(s.Down[0])/2)) + ".", true
		}},
		{"an outage of all where a part was degraded", func(s *Seen) (string, bool) {
			return "This was a complete outage of " + s.Component + ".", s.Component != "" && s.State == incident.Degraded
		}},
		{"nobody affected where the page said so", func(s *Seen) (string, bool) {
			return "No customers were affected at any time.", s.Component != ""
		}},
		{"one number said twice, differently", always(func(*Seen) string {
			return "About 12% of requests failed.\n\nIn all, 21% of requests failed."
		})},
		{"more than all", always(func(*Seen) string { return "At the peak 130% of requests failed." })},
		{"how many updates there were", always(func(s *Seen) string {
			return fmt.Sprintf("During the incident we posted %d updates to our status page.", s.Updates+3)
		})},
		{"a timeline out of order", always(func(s *Seen) string {
			return fmt.Sprintf("- %s Alerts fired\n- %s The pool was drained\n- %s The configuration was rolled back\n- %s Error rates were normal\n",
				s.clock(s.First), s.clock(s.First.Add(9*time.Minute)), s.clock(s.First.Add(4*time.Minute)), s.clock(s.First.Add(15*time.Minute)))
		})},
		{"times to repair that the events deny", always(func(s *Seen) string {
			at := func(t time.Time) string { return t.In(s.Zone).Format("2006-01-02 15:04") }
			return fmt.Sprintf("- First detected: %s\n- Repaired: %s\n- Resolved: %s\n\n- **Time to repair**: %s\n", at(s.First), at(s.First.Add(15*time.Minute)), at(s.Last), "2h 45m")
		})},
		{"a time that no clock shows", always(func(s *Seen) string { return "The database was restarted at 25:10." })},
		{"a date that no calendar has", always(func(s *Seen) string { return "The change was made on " + s.First.Format("2006") + "-02-30 at 10:00." })},
		{"still open in one place, over in another", always(func(*Seen) string { return "The incident is still ongoing, and we continue to work on it." })},
	}
}
