package tally

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"sitrep/incident"
	"sitrep/postmortem"
)

// A Source is what a report is made from.
type Source struct {
	Period    Period
	Incidents []*incident.Incident // all there are; the report takes those of its period
	Page      incident.Page
	Now       time.Time
	Private   bool // private incidents count too
	// Each calls its argument with every event of an incident's own stream, in
	// order.
	Each func(id string, do func(incident.Meta, incident.Event)) error
}

// A Report is what a period's incidents came to.
type Report struct {
	Period    Period
	Made      time.Time
	Zone      *time.Location
	Running   bool // the period is not over yet
	Incidents int  // declared in it, drills apart
	Canceled  int  // of them; they enter nothing else
	Merged    int
	Open      int
	Public    int // of them customers were told
	Private   int // left out
	Drills    int // left out

	Severities []Count // how many of which, in the order of their names
	Components []Count // on how many each was affected, the most first
	Weeks      []Week
	Metrics    []Distribution // time to detect and so on, in their usual order
	Silence    Distribution   // the longest public silence of each
	Unled      Distribution   // time without a commander
	Whole      time.Duration  // how long all were open together
	Alone      time.Duration  // how long of that nobody led
	Actions    Survival       // of the follow-ups that were added in the period
	Left       []Left         // follow-ups of any time that are open now, the oldest first
	Promises   []Promise
}

// A Count is how many incidents have something.
type Count struct {
	Name string `json:"name"`
	N    int    `json:"n"`
}

// A Week is how many incidents were declared in seven days of the period.
type Week struct {
	From time.Time `json:"from"`
	N    int       `json:"n"`
}

// Left is a follow-up that is open.
type Left struct {
	Incident string        `json:"incident"`
	Number   int           `json:"number"`
	Text     string        `json:"text"`
	Owner    string        `json:"owner,omitempty"`
	Age      time.Duration `json:"age"`
}

// A Promise is one to customers, and what became of it.
type Promise struct {
	Incident string
	postmortem.Promise
}

// New makes the report. The error is the Source's own.
func New(s Source) (Report, error) {
	zone, err := time.LoadLocation(s.Page.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	r := Report{Period: s.Period, Made: s.Now, Zone: zone, Running: s.Now.Before(s.Period.Until)}
	for from := s.Period.From; from.Before(s.Period.Until); from = from.AddDate(0, 0, 7) {
		r.Weeks = append(r.Weeks, Week{From: from})
	}
	r.Silence.Name, r.Unled.Name = "longest public silence", "time without a commander"
	for _, m := range (&incident.Incident{}).Metrics() {
		r.Metrics = append(r.Metrics, Distribution{Name: m.Name})
	}
	severities, components := map[string]int{}, map[string]int{}
	var lives []lifetime
	ins := slices.Clone(s.Incidents)
	slices.SortFunc(ins, func(a, b *incident.Incident) int { return cmp.Compare(a.Number, b.Number) })
	for _, in := range ins {
		if in.Drill {
			r.Drills += btoi(s.Period.Has(in.Declared.When))
			continue
		}
		if in.Private && !s.Private {
			r.Private += btoi(s.Period.Has(in.Declared.When))
			continue
		}
		for _, a := range in.Actions {
			if s.Period.Has(a.Added) && !a.Added.After(s.Now) {
				l := lifetime{length: max(s.Now.Sub(a.Added), 0)}
				if !a.Done.IsZero() {
					l = lifetime{length: max(a.Done.Sub(a.Added), 0), done: true}
				}
				lives = append(lives, l)
			}
			if a.Done.IsZero() {
				r.Left = append(r.Left, Left{Incident: in.ID, Number: a.Number, Text: a.Text, Owner: a.Owner.String(), Age: s.Now.Sub(a.Added)})
			}
		}
		if !s.Period.Has(in.Declared.When) {
			continue
		}
		if err := r.count(s, in, severities, components); err != nil {
			return Report{}, err
		}
	}
	r.Actions = survival(lives)
	slices.SortStableFunc(r.Left, func(a, b Left) int { return cmp.Compare(b.Age, a.Age) })
	for _, n := range slices.Sorted(maps.Keys(severities)) {
		r.Severities = append(r.Severities, Count{n, severities[n]})
	}
	for _, n := range slices.Sorted(maps.Keys(components)) {
		r.Components = append(r.Components, Count{n, components[n]})
	}
	slices.SortStableFunc(r.Components, func(a, b Count) int { return cmp.Compare(b.N, a.N) })
	return r, nil
}

// count takes an incident of the period in.
func (r *Report) count(s Source, in *incident.Incident, severities, components map[string]int) error {
	r.Incidents++
	for i := range slices.Backward(r.Weeks) {
		if !in.Declared.When.Before(r.Weeks[i].From) {
			r.Weeks[i].N++
			break
		}
	}
	switch in.Status {
	case incident.Canceled:
		r.Canceled++
		return nil
	case incident.Merged:
		r.Merged++
		return nil
	}
	r.Open += btoi(in.Open())
	r.Public += btoi(in.IsPublic())
	severities[cmp.Or(in.Severity, "not set")]++
	named := map[string]bool{}
	for _, c := range slices.Concat(in.Published(), in.Affects) {
		if !named[c.ID] {
			named[c.ID] = true
			components[c.Name]++
		}
	}
	for i, m := range in.Metrics() {
		r.Metrics[i].take(in, m)
	}
	if in.IsPublic() {
		r.silences(in)
		b := postmortem.NewBrief(postmortem.Source{Incident: in, Page: s.Page, Now: s.Now})
		for _, p := range b.Promises {
			r.Promises = append(r.Promises, Promise{in.ID, p})
		}
	}
	return r.unled(s, in)
}

// take takes a metric of an incident in.
func (d *Distribution) take(in *incident.Incident, m incident.Metric) {
	switch m.State {
	case incident.Recorded:
		d.add(Value{in.ID, Span{m.Low, m.High}})
	case incident.Invalid:
		d.Invalid++
		d.Wrong = append(d.Wrong, in.ID+": "+m.Why)
	case incident.NotApplicable:
		d.NotApplicable++
	default:
		d.Missing++
	}
}

func (r *Report) silences(in *incident.Incident) {
	ss := in.Silences()
	if len(ss) == 0 {
		r.Silence.NotApplicable++
		return
	}
	longest := slices.MaxFunc(ss, func(a, b incident.Silence) int { return cmp.Compare(a.Length(), b.Length()) })
	r.Silence.add(Value{in.ID, Span{longest.Length(), longest.Length()}})
}

func (r *Report) unled(s Source, in *incident.Incident) error {
	if in.Imported != nil { // nobody could lead it here
		r.Unled.NotApplicable++
		return nil
	}
	var w Watch
	if err := s.Each(in.ID, w.Apply); err != nil {
		return fmt.Errorf("read %s: %w", in.ID, err)
	}
	alone, open, ok := w.Unled(s.Now)
	if !ok {
		r.Unled.Invalid++
		r.Unled.Wrong = append(r.Unled.Wrong, in.ID+": the machine's clock was set back while it was open")
		return nil
	}
	r.Unled.add(Value{in.ID, Span{alone, alone}})
	r.Whole, r.Alone = r.Whole+open, r.Alone+alone
	return nil
}

// Fates counts the promises by what became of them; postmortem says which kind.
func (r Report) Fates(postmortems bool) map[postmortem.Fate]int {
	out := map[postmortem.Fate]int{}
	for _, p := range r.Promises {
		if p.Postmortem == postmortems {
			out[p.Fate]++
		}
	}
	return out
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
