package status

import (
	"cmp"
	"html/template"
	"slices"
	"time"

	"sitrep/incident"
	"sitrep/instant"
)

const (
	pastDays    = 15  // how many days back the home page lists, today included, as hosted pages do
	homeUpdates = 6   // how many updates of an open incident the home page shows
	excerptSize = 220 // characters of a past incident's last words
)

type homeView struct {
	Headline   string
	Mark       mark
	Open       []articleView
	Scheduled  []articleView
	Components []componentView
	Bars       bool // there are components, so there is a legend
	Past       []dayView
}

// A componentView is one line of the components' list, or a group of lines.
type componentView struct {
	Name, Description string
	Mark              mark
	Bars              template.HTML
	Sentence          string
	Members           []componentView
	Group             bool
}

// A dayView is one day of the past, or a run of days on which nothing happened.
type dayView struct {
	ISO, Text string
	Empty     string // a sentence, for a run
	Items     []entryView
}

// An entryView is a past incident in a few quiet lines.
type entryView struct {
	Title, Path string
	Mark        mark
	Level       int
	Span        []piece
	Label       string // of the last words
	Excerpt     string
	Postmortem  bool
}

// writeHome writes the home page. The clock alone changes it at midnight, and
// when a promised update becomes due.
func (e *edition) writeHome(now time.Time) ([]byte, time.Time, error) {
	roll := e.rollUp()
	v := homeView{Headline: roll.sentence, Mark: stateMark(roll.state)}
	y, m, d := now.In(e.loc).Date()
	expires := midnight(y, m, d+1, e.loc)
	var err error
	current := slices.Concat(e.unresolved(), e.active())
	for _, it := range current {
		a, aerr := e.articleView(&it.Public, 3, homeUpdates, now)
		err = cmp.Or(err, aerr)
		v.Open = append(v.Open, a)
		if t := until(&it.Public, now); !t.IsZero() && t.Before(expires) {
			expires = t
		}
	}
	scheduled := e.upcoming()
	slices.SortStableFunc(scheduled, func(a, b *item) int { return a.From.Compare(b.From) })
	for _, it := range scheduled {
		a, aerr := e.articleView(&it.Public, 3, 1, now)
		err = cmp.Or(err, aerr)
		a.Postmortem, a.More = nil, 0
		v.Scheduled = append(v.Scheduled, a)
	}
	if err != nil {
		return nil, time.Time{}, err
	}
	v.Components = e.componentViews(now)
	v.Bars = len(v.Components) > 0
	v.Past = e.pastDays(now)
	f := frameView{Title: e.statusTitle(), Summary: roll.sentence + ".", Path: "/", Home: true, Favicon: favicon(v.Mark.Class)}
	b, err := e.frame(f, "home", v, e.updated)
	return b, expires, err
}

// componentViews lists components as the page's definition orders them, groups
// where their first member stands.
func (e *edition) componentViews(now time.Time) []componentView {
	if len(e.page.Components) == 0 {
		return nil
	}
	starts := e.days(now)
	spans := e.spans(starts[0])
	view := func(r *row) componentView {
		since := r.created
		if since.IsZero() {
			since = now
		}
		days := componentDays(starts, spans[r.ID], since)
		return componentView{
			Name: clean(r.Name), Description: clean(r.Description), Mark: stateMark(r.state),
			Bars: drawBars(days), Sentence: barSentence(days, e.loc),
		}
	}
	var out []componentView
	seen := make(map[string]bool)
	for _, c := range e.page.Components {
		r := e.byID[c.ID]
		if r.groupID == "" {
			out = append(out, view(r))
			continue
		}
		if seen[r.groupID] {
			continue
		}
		seen[r.groupID] = true
		g := e.byID[r.groupID]
		v := componentView{Name: clean(g.Name), Mark: stateMark(g.state), Group: true}
		for _, id := range g.children {
			v.Members = append(v.Members, view(e.byID[id]))
		}
		out = append(out, v)
	}
	return out
}

// pastDays lists what is over under the day of its last update, newest day
// first; days on which nothing happened are said once for each run of them.
func (e *edition) pastDays(now time.Time) []dayView {
	y, m, d := now.In(e.loc).Date()
	first := midnight(y, m, d-pastDays+1, e.loc)
	byDay := make(map[string][]*item)
	e.all(func(it *item) bool {
		if u, ok := it.Latest(); ok && !it.Open() && !u.Shown.Before(first) {
			key := u.Shown.In(e.loc).Format(time.DateOnly)
			byDay[key] = append(byDay[key], it)
		}
		return true
	})
	var out []dayView
	var empty []time.Time // the current run, newest first
	flush := func() {
		if len(empty) > 0 {
			out = append(out, dayView{Empty: e.emptySentence(empty, now, len(e.unresolved()) > 0)})
			empty = nil
		}
	}
	for i := range pastDays {
		start := midnight(y, m, d-i, e.loc)
		items := byDay[start.Format(time.DateOnly)]
		if len(items) == 0 {
			empty = append(empty, start)
			continue
		}
		flush()
		slices.SortStableFunc(items, func(a, b *item) int { return b.Updates[0].Shown.Compare(a.Updates[0].Shown) })
		day := dayView{ISO: start.Format(time.DateOnly), Text: instant.Date(start, e.loc)}
		for _, it := range items {
			day.Items = append(day.Items, e.entryView(&it.Public, 4))
		}
		out = append(out, day)
	}
	flush()
	return out
}

// emptySentence says a run of days without past incidents once. While one is
// open, to say that there are none would be wrong.
func (e *edition) emptySentence(run []time.Time, now time.Time, open bool) string {
	last, first := run[0], run[len(run)-1]
	day := func(t time.Time) string { return t.Format("Jan 2") }
	none := "No incidents "
	if open {
		none = "No other incidents "
	}
	switch {
	case len(run) == pastDays:
		return none + "in the past 15 days."
	case len(run) == 1 && sameDay(last, now, e.loc):
		return none + "today."
	case len(run) == 1:
		return none + "on " + day(last) + "."
	case sameDay(last, now, e.loc):
		return none + "since " + day(first) + "."
	}
	return none + "from " + day(first) + " to " + day(last) + "."
}

func (e *edition) entryView(p *incident.Public, level int) entryView {
	v := entryView{
		Title: clean(p.Title), Path: "/incidents/" + p.Code, Mark: impactMark(impactOf(p)), Level: level, Span: e.spanOf(p),
		Postmortem: p.Postmortem != nil,
	}
	if u, ok := p.Latest(); ok {
		v.Label, v.Excerpt = p.Label(0), e.site.look.prose.excerpt(u.Body, excerptSize)
	}
	return v
}
