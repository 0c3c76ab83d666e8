package tally

import (
	"bytes"
	_ "embed" // page.html
	"fmt"
	"html/template"

	"sitrep/instant"
)

//go:embed page.html
var page string

// sheet is what page.html shows.
type sheet struct {
	Title, Opening              string
	Lengths, When, Curve, Fates template.HTML
	Rows                        []row
	Fewest                      int
	Wrong                       []string
	Weeks, Severities, On       []Count
	Alone, Kept, Lasting        string
	Promised                    []promisedRow
	Broken                      []string
	Steps                       [][2]string
	Left                        []string
	LeftAll                     int
	Made                        string
}

type row struct {
	Name      string
	N         int
	Quantiles [5]string
	Gaps      string
}

type promisedRow struct {
	Fate           string
	Words, Reports int
}

// Page sets the report as one page of HTML that fetches nothing and needs no
// script. The error is the template's, and ours.
func (r Report) Page() ([]byte, error) {
	s := sheet{
		Title: r.Title(), Lengths: r.lengths(), When: r.weeks(), Curve: r.curve(), Fates: r.fates(), Fewest: fewest,
		Severities: r.Severities, On: r.Components, Alone: r.alone(), Kept: r.kept(), Lasting: r.lasting(), Broken: r.broken(), LeftAll: len(r.Left),
		Made: instant.Stamp(r.Made, r.Zone),
	}
	for i, sentence := range r.opening() {
		if i > 0 {
			s.Opening += " "
		}
		s.Opening += sentence
	}
	for _, d := range r.distributions() {
		s.Rows = append(s.Rows, row{upper(d.Name), len(d.Values), d.quantiles(), d.gaps()})
		for _, why := range d.Wrong {
			s.Wrong = append(s.Wrong, upper(d.Name)+", invalid: "+why)
		}
	}
	for _, w := range r.Weeks {
		s.Weeks = append(s.Weeks, Count{instant.Date(w.From, r.Zone), w.N})
	}
	words, reports := r.Fates(false), r.Fates(true)
	for _, f := range fates() {
		s.Promised = append(s.Promised, promisedRow{upper(string(f)), words[f], reports[f]})
	}
	s.Steps = r.Actions.ages()
	for _, l := range r.Left[:min(len(r.Left), mostLeft)] {
		s.Left = append(s.Left, l.described()+", for "+instant.Short(l.Age))
	}
	t, err := template.New("page").Parse(page)
	if err != nil {
		return nil, fmt.Errorf("read the report's page: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, s); err != nil {
		return nil, fmt.Errorf("set the report: %w", err)
	}
	return out.Bytes(), nil
}
