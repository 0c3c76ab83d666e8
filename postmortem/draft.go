package postmortem

import (
	"context"

	"sitrep/incident"
)

// A Drafter writes a report from a brief. Where one asks somebody else (a
// language model) and gets no answer that can be used, what [Template] writes
// stands in its place, and the report says so; it is no error.
type Drafter interface {
	Draft(ctx context.Context, b Brief) (Draft, error)
}

// A Draft is a report. What people write later is kept apart from it by
// [incident.Report], so that a new draft replaces only the draft before it.
type Draft struct {
	Markdown string               // the internal version
	Customer string               // the customer version; "" if customers know nothing of the incident
	Facts    []byte               // postmortem/INC-1.json, see [Brief.JSON]
	Drafter  string               // who wrote it: "the template"
	Calls    []incident.ModelCall // what a model was asked, if one was
}

// Template writes the report from the brief alone. The same brief always gives
// the same report.
type Template struct{}

// Draft writes the report. The error is that of ctx, or one of encoding the facts.
func (Template) Draft(ctx context.Context, b Brief) (Draft, error) {
	if err := ctx.Err(); err != nil {
		return Draft{}, err
	}
	d := Draft{Markdown: b.markdown(nil), Customer: b.customer(), Drafter: "the template"}
	var err error
	d.Facts, err = b.JSON(d.Markdown)
	return d, err
}
