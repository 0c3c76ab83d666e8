package status

import (
	"cmp"
	"html/template"
	"slices"
	"time"

	"sitrep/incident"
)

const (
	pastDays    = 15  // how many days back the home page lists, today included, as hosted pages do
	homeUpdates = 6   // how many updates of an open incident the home page shows
	excerptSize = 160 // characters of a past incident's last words
)

type homeView struct {
	Headline   string
	About      template.HTML
	Mark       mark
	Open       []articleView
	Scheduled  []articleView
	Components []componentView
	Bars       bool // there are components, so there is a legend
	Past       []dayView
}

// A dayView is one day of the past, or a run of days on which nothing happened.
type dayView struct {
	ISO, Text string
	Empty     string // a sentence, for a run
	Items     []entryView
	of        []*item
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
func (r rendering) writeHome(now time.Time) ([]byte, time.Time, error) {
	headline, state := r.headline()
	v := homeView{Headline: headline, About: r.site.look.about, Mark: r.stateMark(state)}
	y, m, d := now.In(r.loc).Date()
	expires := midnight(y, m, d+1, r.loc)
	var err error
	current := slices.Concat(r.unresolved(), r.active())
	for _, it := range current {
		a, aerr := r.articleView(&it.Public, 3, homeUpdates, now)
		err = cmp.Or(err, aerr)
		v.Open = append(v.Open, a)
		if t := until(&it.Public, now); !t.IsZero() && t.Before(expires) {
			expires = t
		}
	}
	scheduled := r.upcoming()
	slices.SortStableFunc(scheduled, func(a, b *item) int { return a.From.Compare(b.From) })
	for _, it := range scheduled {
		a, aerr := r.articleView(&it.Public, 3, 1, now)
		err = cmp.Or(err, aerr)
		a.Postmortem, a.More = nil, ""
		v.Scheduled = append(v.Scheduled, a)
	}
	if err != nil {
		return nil, time.Time{}, err
	}
	if v.Components, err = r.componentViews(now); err != nil {
		return nil, time.Time{}, err
	}
	v.Bars = len(v.Components) > 0
	v.Past = r.pastDays(now)
	f := frameView{Title: r.title(), Summary: headline + ".", Path: "/", Here: "now", Favicon: favicon(v.Mark.Class)}
	b, err := r.frame(f, "home", v, r.updated)
	return b, expires, err
}

// pastDays lists what is over under the day of its last update, newest day
// first; days on which nothing happened are said once for each run of them.
func (r rendering) pastDays(now time.Time) []dayView {
	y, m, d := now.In(r.loc).Date()
	first := midnight(y, m, d-pastDays+1, r.loc)
	byDay := make(map[string][]*item)
	r.all(func(it *item) bool {
		if u, ok := it.Latest(); ok && !it.Open() && !u.Shown.Before(first) {
			key := u.Shown.In(r.loc).Format(time.DateOnly)
			byDay[key] = append(byDay[key], it)
		}
		return true
	})
	var out []dayView
	var empty []time.Time // the current run, newest first
	flush := func() {
		if len(empty) > 0 {
			out = append(out, dayView{Empty: r.emptySentence(empty, now, len(r.unresolved()) > 0)})
			empty = nil
		}
	}
	for i := range pastDays {
		start := midnight(y, m, d-i, r.loc)
		items := byDay[start.Format(time.DateOnly)]
		if len(items) == 0 {
			empty = append(empty, start)
			continue
		}
		flush()
		slices.SortStableFunc(items, func(a, b *item) int { return b.Updates[0].Shown.Compare(a.Updates[0].Shown) })
		day := dayView{ISO: start.Format(time.DateOnly), Text: r.tongue.Time("date", start, r.loc)}
		for _, it := range items {
			day.Items, day.of = append(day.Items, r.entryView(&it.Public, 4)), append(day.of, it)
		}
		out = append(out, day)
	}
	flush()
	return out
}

// emptySentence says a run of days without past incidents once. While one is
// open, to say that there are none would be wrong.
func (r rendering) emptySentence(run []time.Time, now time.Time, open bool) string {
	last, first := run[0], run[len(run)-1]
	day := func(t time.Time) string { return r.tongue.Time("day", t, r.loc) }
	none := "home.none."
	if open {
		none = "home.noother."
	}
	switch {
	case len(run) == pastDays:
		return r.tongue.Say(none + "all")
	case len(run) == 1 && sameDay(last, now, r.loc):
		return r.tongue.Say(none + "today")
	case len(run) == 1:
		return r.tongue.Say(none+"on", "day", day(last))
	case sameDay(last, now, r.loc):
		return r.tongue.Say(none+"since", "day", day(first))
	}
	return r.tongue.Say(none+"between", "from", day(first), "to", day(last))
}

func (r rendering) entryView(p *incident.Public, level int) entryView {
	v := entryView{
		Title: clean(p.Title), Path: "/incidents/" + p.Code, Mark: r.impactMark(impactOf(p)), Level: level, Span: r.spanOf(p),
		Postmortem: p.Postmortem != nil,
	}
	if u, ok := p.Latest(); ok {
		v.Label, v.Excerpt = r.label(p, 0), r.site.look.prose.excerpt(u.Body, excerptSize)
	}
	return v
}
