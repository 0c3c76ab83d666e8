package postmortem

import (
	"embed"
	"fmt"
	"regexp"
	"strings"
	"text/template"
	"time"

	"sitrep/incident"
)

// A Form lays the internal report out: which sections it has, in which order and
// under which names. What stands in them is the same as ever: statements with
// their references, and questions where only people can write.
type Form struct {
	tmpl *template.Template
}

// action is what stands between double braces.
var action = regexp.MustCompile(`(?s)\{\{.*?\}\}`)

//go:embed forms/*.md
var forms embed.FS

// Forms lists the forms that come with the program. "ours" is the one without a
// configuration.
func Forms() []string { return []string{"ours", "google", "pagerduty"} }

// NamedForm returns a form that comes with the program: nil for ours, which is
// written without one. ok is false if there is none of that name.
func NamedForm(name string) (f *Form, ok bool, err error) {
	switch name {
	case "ours":
		return nil, true, nil
	case "google", "pagerduty":
		text, err := forms.ReadFile("forms/" + name + ".md")
		if err != nil {
			return nil, false, fmt.Errorf("read the form %s: %w", name, err)
		}
		f, err := ParseForm(name, string(text))
		return f, err == nil, err
	}
	return nil, false, nil
}

// ParseForm reads a form of one's own: Markdown in which the parts of a report
// stand between double braces, as text/template has them. The error says what is
// wrong with it: what cannot be read, a part that there is none of, or a
// sentence of its own that states something which no record will carry.
func ParseForm(name, text string) (*Form, error) {
	t, err := template.New(name).Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, fmt.Errorf("read the form: %w", err)
	}
	for _, own := range statements(action.ReplaceAllString(text, "")) {
		if !own.question() && len(strings.Fields(own.bare)) >= 3 {
			return nil, fmt.Errorf("the form states %q, for which no record will have evidence. Make it a heading, a question, or a remark *between asterisks*", own.text)
		}
	}
	f := &Form{tmpl: t}
	for _, b := range []Brief{NewBrief(Source{}), trial()} {
		out, err := f.write(&b, nil)
		if err != nil {
			return nil, fmt.Errorf("try the form: %w", err)
		}
		if found := Check(out, b); len(found) > 0 { // words of its own, put together with those of a part
			return nil, fmt.Errorf("the form states %q, for which the record has no evidence: keep its own words and the parts in paragraphs of their own", found[0].Quote)
		}
	}
	return f, nil
}

// trial is a small incident that every form is tried with.
func trial() Brief {
	at := incident.Meta{By: incident.Person{ID: "x", Name: "ana"}}
	in, t := incident.New("INC-1"), incident.NewTimeline()
	for i, ev := range []incident.Event{
		incident.Declared{Number: 1, Title: "down", Severity: "sev1"}, incident.TheoryAdded{Text: "it is the pool"}, incident.ActionAdded{Text: "watch it"},
		incident.RoleAssigned{Role: "commander", Who: at.By}, incident.StateChanged{Status: incident.Resolved},
	} {
		at.Seq++
		at.N = at.Seq
		at.When = time.Date(2020, time.January, 6, 9, 10*i, 0, 0, time.UTC)
		at.Recorded = at.When
		in.Apply(at, ev)
		t.Apply(at, ev)
	}
	return NewBrief(Source{Incident: in, Timeline: t, Now: at.When})
}

// write writes the report in this form.
func (f *Form) write(b *Brief, told map[Passage]Prose) (string, error) {
	var out strings.Builder
	if err := f.tmpl.Execute(&out, parts{b, told}); err != nil {
		return "", err
	}
	text := manyLines.ReplaceAllString(strings.TrimSpace(out.String()), "\n\n")
	if text != "" {
		text += "\n"
	}
	w := &writer{}
	b.writeDropped(w, told)
	return text + w.String(), nil
}

var manyLines = regexp.MustCompile(`\n{3,}`)

// parts are what a form can name. Each is Markdown without a heading, and "" if
// there is nothing of it.
type parts struct {
	b    *Brief
	told map[Passage]Prose
}

// of is what a section says, without its heading.
func (parts) of(write func(*writer)) string {
	w := &writer{}
	write(w)
	text := strings.TrimSpace(w.String())
	if strings.HasPrefix(text, "## ") {
		_, text, _ = strings.Cut(text, "\n")
	}
	return strings.TrimSpace(text)
}

// head is the report's head: its title, a remark on how it was made, and a list.
func (p parts) head() (title, about, facts string) {
	text := p.of(p.b.writeHead)
	title, rest, _ := strings.Cut(text, "\n")
	about, facts, _ = strings.Cut(strings.TrimSpace(rest), "\n\n")
	return strings.TrimPrefix(title, "# "), about, strings.TrimSpace(facts)
}

// Title is the incident's number and title, for the heading.
func (p parts) Title() string { t, _, _ := p.head(); return t }

// About says when it was drafted, in which zone times are, and what references are.
func (p parts) About() string { _, a, _ := p.head(); return a }

// Facts lists severity, status, when it was, who led.
func (p parts) Facts() string { _, _, f := p.head(); return f }

// Summary is what happened, in a paragraph.
func (p parts) Summary() string {
	return p.of(func(w *writer) { p.b.writePassage(w, Summary, p.told) })
}

// Course is the account of what happened, where somebody put it into prose.
func (p parts) Course() string {
	return p.of(func(w *writer) { p.b.writePassage(w, Course, p.told) })
}

// Impact says who was affected, and how badly.
func (p parts) Impact() string { return p.of(p.b.writeImpact) }

// Actions lists what will change.
func (p parts) Actions() string { return p.of(p.b.writeActions) }

// ActionTable is what will change, as a table.
func (p parts) ActionTable() string {
	if len(p.b.Actions) == 0 {
		return p.Actions()
	}
	return p.of(func(w *writer) {
		w.row(true, "What", "Owner", "State")
		for _, a := range p.b.Actions {
			fate, owner := "open", "nobody yet"
			if !a.Done.IsZero() {
				fate = "done " + p.b.clock.on(a.Done)
			}
			if a.Owner != "" {
				owner = a.Owner
			}
			w.row(false, cite(quote(a.Text), a.Refs), escape(owner), escape(fate))
		}
	})
}

// Milestones is the table of milestones.
func (p parts) Milestones() string { return p.of(p.b.writeMilestones) }

// Metrics lists how long things took.
func (p parts) Metrics() string { return p.of(p.b.writeMetrics) }

// Timeline lists the entries that tell it.
func (p parts) Timeline() string { return p.of(p.b.writeStory) }

// TimelineTable is the timeline as a table.
func (p parts) TimelineTable() string {
	if len(p.b.Story) == 0 {
		return p.Timeline()
	}
	return p.of(func(w *writer) {
		w.row(true, "Time", "Event")
		for _, x := range p.b.Story {
			text := x.Text
			if x.short != "" {
				text = x.short
			}
			w.row(false, escape(p.b.clock.at(x.At)), cite(text, Refs{x.Ref}))
		}
	})
}

// Told lists what customers were told, and when.
func (p parts) Told() string { return p.of(p.b.writeCommunications) }

// Decisions lists what was decided.
func (p parts) Decisions() string { return p.of(p.b.writeDecisions) }

// Theories lists what was believed.
func (p parts) Theories() string { return p.of(p.b.writeTheories) }

// Precedents lists past incidents that this one is like.
func (p parts) Precedents() string { return p.of(p.b.writePrecedents) }

// People lists who did what.
func (p parts) People() string { return p.of(p.b.writePeople) }

// Findings lists where the record contradicts itself.
func (p parts) Findings() string { return p.of(p.b.writeFindings) }

// Questions lists what the review should ask.
func (p parts) Questions() string { return p.of(p.b.writeQuestions) }

// Factors asks which conditions let it happen.
func (p parts) Factors() string { return p.prompt("Contributing factors") }

// Helped asks what kept it from being worse.
func (p parts) Helped() string { return p.prompt("What helped") }

// Surprises asks what was learned of how the system works.
func (p parts) Surprises() string { return p.prompt("What surprised us") }

// Luck asks what went well by chance.
func (p parts) Luck() string { return p.prompt("Where we were lucky") }

// Lessons asks what the next person should know.
func (p parts) Lessons() string { return p.prompt("Lessons") }

func (p parts) prompt(section string) string {
	return p.of(func(w *writer) {
		for _, x := range p.b.Prompts {
			if x.Section != section {
				continue
			}
			for _, q := range x.Questions {
				w.ask(q.text()...)
			}
		}
	})
}

// Detection says when it was noticed, and by what.
func (p parts) Detection() string {
	return p.steps("Nobody recorded when it was noticed.", incident.Detected)
}

// Resolution says when it got better and when it was over.
func (p parts) Resolution() string {
	return p.steps("Nobody recorded how it ended.", incident.IdentifiedAt, incident.Mitigated, incident.ImpactEnded, incident.ResolvedAt)
}

// steps tells of some milestones, a line each; none says that none is known.
func (p parts) steps(none string, names ...incident.MilestoneName) string {
	b := p.b
	if b.Status == "" {
		return ""
	}
	return p.of(func(w *writer) {
		said := false
		for _, n := range names {
			m := find(b.Milestones, n)
			switch m.State {
			case incident.Recorded, incident.Proposed:
				w.item(cite(upper(milestoneWords(n))+": "+b.clock.span(m.At, m.Until)+", "+b.source(m)+".", m.Refs))
				said = true
			}
		}
		if !said {
			w.paragraph(none)
		}
	})
}
