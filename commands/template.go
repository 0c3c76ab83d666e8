package commands

import (
	"slices"
	"strings"

	"sitrep/incident"
)

// A Template is words for customers that are ready before they are needed.
type Template struct {
	Name string
	// Status and Component say what it is for; "" is any. Component is a name as
	// people type it.
	Status    incident.Status
	Component string
	Language  string // its tag; "" fits any
	Title     string // of an incident that begins with it; "" proposes none
	Text      string // {components} stands for the names of what is affected, or the page's
}

// fits says how well a template fits an update: the higher the better, and below
// zero not at all.
func (t Template) fits(status incident.Status, language string, affected []incident.ComponentChange, page incident.Page) int {
	score := 0
	if t.Language != "" {
		if !strings.EqualFold(t.Language, language) {
			return -1
		}
		score++
	}
	if t.Status != "" {
		if t.Status != status {
			return -1
		}
		score += 2
	}
	if t.Component != "" {
		c, err := page.Find(t.Component)
		if err != nil || !slices.ContainsFunc(affected, func(a incident.ComponentChange) bool { return a.ID == c.ID }) {
			return -1
		}
		score += 4 // what it says of one component is nearer than what it says of a status
	}
	return score
}

// words are the template's title and text with their placeholders filled.
func (t Template) words(affected []incident.ComponentChange, page incident.Page) (title, text string) {
	names := make([]string, len(affected))
	for i, c := range affected {
		names[i] = c.Name
	}
	what := incident.Affected(names)
	if what == "" {
		what = page.Name
	}
	fill := strings.NewReplacer("{components}", what)
	return fill.Replace(t.Title), fill.Replace(t.Text)
}

// affected is what an update would be about: what it names, else what the team
// and customers know.
func (c *call) affected() []incident.ComponentChange {
	if cs, err := components(c.page, c.vals["affects"]); err == nil && len(cs) > 0 {
		return cs
	}
	out := slices.Clone(c.in.Affects)
	for _, p := range c.in.Published() {
		if !slices.ContainsFunc(out, func(a incident.ComponentChange) bool { return a.ID == p.ID }) {
			out = append(out, p)
		}
	}
	return out
}

// template is what customers are told of a status when nobody says it better: the
// nearest configured template in the page's language, or a plain sentence. title
// is "" where it proposes none.
func (r *Runner) template(c *call, status incident.Status) (title, text string) {
	best, score := Template{Text: plain(status)}, -1
	for _, t := range r.o.Templates {
		if t.Status == "" && t.Component == "" {
			continue // it is for whoever names it
		}
		if s := t.fits(status, r.o.Language, c.affected(), c.page); s > score {
			best, score = t, s
		}
	}
	return best.words(c.affected(), c.page)
}

// plain is what customers are told when no template is configured for it.
func plain(s incident.Status) string {
	switch s {
	case incident.Identified:
		return "We have identified the cause and are working on a fix."
	case incident.Monitoring:
		return "A fix is in place and we are monitoring the results."
	case incident.Resolved:
		return "This incident has been resolved."
	}
	return "We are aware of a problem and are investigating it."
}

// fill puts the template that an update names into it: its text, and its status
// and title where the command says none. The error is a Problem.
func (r *Runner) fill(c *call) error {
	name := c.vals["template"]
	if name == "" {
		return nil
	}
	if c.text != "" {
		return incident.Problemf("text-and-template", "Write a text, or name a template: the template says all that customers read.")
	}
	language := orElse(c.vals["language"], r.o.Language)
	var of []Template
	var names []string
	for _, t := range r.o.Templates {
		if !slices.Contains(names, t.Name) {
			names = append(names, t.Name)
		}
		if strings.EqualFold(t.Name, name) {
			of = append(of, t)
		}
	}
	if len(of) == 0 {
		if len(names) == 0 {
			return incident.Problemf("bad-template", "There are no templates. The configuration can have some, under page.templates.")
		}
		return incident.Problemf("bad-template", "There is no template %q. There are %s.", clip(name, 40), joined(names, "and"))
	}
	i := slices.IndexFunc(of, func(t Template) bool { return strings.EqualFold(t.Language, language) })
	if i < 0 {
		i = slices.IndexFunc(of, func(t Template) bool { return t.Language == "" })
	}
	if i < 0 && c.vals["language"] == "" {
		i = 0 // there is it in one language only
	}
	if i < 0 {
		return incident.Problemf("bad-language", "Template %q is not there in %q.", clip(name, 40), clip(language, 20))
	}
	t := of[i]
	if c.vals["status"] == "" && t.Status != "" {
		c.vals["status"] = string(t.Status)
	}
	title, text := t.words(c.affected(), c.page)
	if !c.in.Told() && c.vals["title"] == "" {
		c.vals["title"] = title
	}
	c.text = text
	delete(c.vals, "template") // what is confirmed is the words, whatever becomes of the template
	delete(c.vals, "language")
	return nil
}
