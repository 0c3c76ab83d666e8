package tally

import (
	"encoding/json"
	"time"

	"sitrep/postmortem"
)

// The JSON of a report: lengths are seconds, times are RFC 3339.
type facts struct {
	Period    string         `json:"period"`
	From      time.Time      `json:"from"`
	Until     time.Time      `json:"until"`
	Made      time.Time      `json:"made"`
	Incidents map[string]int `json:"incidents"`
	Severity  []Count        `json:"severities"`
	Component []Count        `json:"components"`
	Weeks     []Week         `json:"weeks"`
	Took      []distributed  `json:"distributions"`
	Open      seconds        `json:"open_seconds"`
	Unled     seconds        `json:"without_commander_seconds"`
	Actions   survived       `json:"actions"`
	Left      []left         `json:"actions_open_now"`
	Promises  []promised     `json:"promises"`
	Kept      map[string]int `json:"promises_by_fate"`
}

type seconds float64

type distributed struct {
	Name          string             `json:"name"`
	N             int                `json:"n"`
	Missing       int                `json:"missing"`
	Invalid       int                `json:"invalid"`
	NotApplicable int                `json:"not_applicable"`
	Wrong         []string           `json:"why_invalid,omitempty"`
	Quantiles     map[string]between `json:"quantiles,omitempty"` // min, q1, median, q3, max; without the inner ones of too few values
	Values        []valued           `json:"values"`
}

type between struct {
	Low  seconds `json:"low"`
	High seconds `json:"high"`
}

type valued struct {
	Incident string `json:"incident"`
	between
}

type survived struct {
	Done     int       `json:"done"`
	Open     int       `json:"open"`
	HalfLife *seconds  `json:"half_life_seconds"` // null while fewer than half are done
	Curve    []fallen  `json:"still_open"`
	Censored []seconds `json:"censored_at_seconds"`
}

type fallen struct {
	After seconds `json:"after_seconds"`
	Share float64 `json:"share"`
}

type left struct {
	Incident string  `json:"incident"`
	Number   int     `json:"number"`
	Text     string  `json:"text"`
	Owner    string  `json:"owner,omitempty"`
	Age      seconds `json:"age_seconds"`
}

type promised struct {
	Incident   string          `json:"incident"`
	Update     string          `json:"update"`
	Words      string          `json:"words,omitempty"`
	Postmortem bool            `json:"postmortem,omitempty"`
	Made       time.Time       `json:"made"`
	Due        time.Time       `json:"due,omitzero"`
	Kept       time.Time       `json:"kept,omitzero"`
	Fate       postmortem.Fate `json:"fate"`
}

// JSON sets the report as JSON. The error is encoding/json's.
func (r Report) JSON() ([]byte, error) {
	secs := func(d time.Duration) seconds { return seconds(d.Seconds()) }
	span := func(s Span) between { return between{secs(s.Low), secs(s.High)} }
	f := facts{
		Period: r.Period.Key, From: r.Period.From, Until: r.Period.Until, Made: r.Made,
		Incidents: map[string]int{"declared": r.Incidents, "canceled": r.Canceled, "merged": r.Merged, "open": r.Open, "public": r.Public, "drills_left_out": r.Drills},
		Severity:  r.Severities, Component: r.Components, Weeks: r.Weeks, Open: secs(r.Whole), Unled: secs(r.Alone), Kept: map[string]int{},
		Actions: survived{Done: r.Actions.Done, Open: r.Actions.Open},
	}
	for _, d := range r.distributions() {
		x := distributed{Name: d.Name, N: len(d.Values), Missing: d.Missing, Invalid: d.Invalid, NotApplicable: d.NotApplicable, Wrong: d.Wrong, Values: []valued{}, Quantiles: map[string]between{}}
		for i, name := range []string{"min", "q1", "median", "q3", "max"} {
			if s, ok := d.Quantile(float64(i) / 4); ok && (d.Enough() || i == 0 || i == 4) {
				x.Quantiles[name] = span(s)
			}
		}
		for _, v := range d.Values {
			x.Values = append(x.Values, valued{v.Incident, span(v.Span)})
		}
		f.Took = append(f.Took, x)
	}
	if h := r.Actions.HalfLife; h > 0 {
		s := secs(h)
		f.Actions.HalfLife = &s
	}
	for _, s := range r.Actions.Steps {
		f.Actions.Curve = append(f.Actions.Curve, fallen{secs(s.After), s.Open})
	}
	for _, c := range r.Actions.Censored {
		f.Actions.Censored = append(f.Actions.Censored, secs(c))
	}
	for _, l := range r.Left {
		f.Left = append(f.Left, left{l.Incident, l.Number, l.Text, l.Owner, secs(l.Age)})
	}
	for _, p := range r.Promises {
		f.Kept[string(p.Fate)]++
		f.Promises = append(f.Promises, promised{p.Incident, p.Ref, p.Quote, p.Postmortem, p.Made, p.Due, p.Promise.Kept, p.Fate})
	}
	return json.MarshalIndent(f, "", "  ")
}
