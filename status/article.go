package status

import (
	"html/template"
	"time"

	"sitrep/incident"
	"sitrep/instant"
)

// An articleView is one incident or maintenance in full.
type articleView struct {
	Title      string
	Path       string
	Level      int // of the title's heading; what is below it is one deeper
	Mark       mark
	Open       bool
	Span       []piece // when it was: "Sep 9, 11:15 to 15:39 CDT, 4 h 24 min"
	Next       string  // "Next update by 12:08 CDT"
	NextTime   string
	Affected   string // "This incident affected: A and B."
	Postmortem *wordsView
	Updates    []wordsView
	More       string // says how many older updates are on its own page only
	Windows    []windowView
	Subscribe  string // to this incident, while it lasts
}

// A piece is a stretch of text, or a time if ISO is set.
type piece struct{ Text, ISO string }

// A wordsView is one thing that customers were told.
type wordsView struct {
	ID     string // of the element, so that feeds can lead to it
	Label  string
	Status string // the class of the label
	Body   template.HTML
	Posted whenView
	Edited *whenView
	Level  int
}

// article renders an incident as its page shows it.
func (r rendering) article(p *incident.Public, now time.Time) (template.HTML, error) {
	v, err := r.articleView(p, 1, 0, now)
	if err != nil {
		return "", err
	}
	return r.execute("article", v)
}

// articleView describes an incident under a heading of a level; most limits
// the updates, 0 is all.
func (r rendering) articleView(p *incident.Public, level, most int, now time.Time) (articleView, error) {
	v := articleView{
		Title: clean(p.Title), Path: "/incidents/" + p.Code, Level: level, Mark: r.impactMark(impactOf(p)), Open: p.Open(),
		Span: r.spanOf(p), Affected: r.affectedSentence(p),
	}
	if p.Open() && !p.Next.IsZero() {
		v.NextTime = r.stamp(p.Next)
		v.Next = r.tongue.Say("incident.next", "time", r.near(p.Next, p))
		if !now.Before(p.Next) {
			v.Next = r.tongue.Say("incident.due", "time", r.near(p.Next, p))
		}
	}
	if pm := p.Postmortem; pm != nil {
		w, err := r.words(r.status(incident.Postmortem), incident.Postmortem, pm.Body, level+1, pm.Shown, pm.Recorded, pm.Edited)
		if err != nil {
			return v, err
		}
		v.Postmortem = &w
	}
	for i := range p.Updates {
		if most > 0 && i == most {
			v.More = r.tongue.Count("incident.more", len(p.Updates)-most)
			break
		}
		u := &p.Updates[i]
		w, err := r.words(r.label(p, i), u.Status, u.Body, level+1, u.Shown, u.Recorded, u.Edited)
		if err != nil {
			return v, err
		}
		if level == 1 {
			w.ID = u.Code
		}
		v.Updates = append(v.Updates, w)
	}
	return v, nil
}

func (r rendering) words(label string, s incident.Status, body string, level int, shown, recorded, edited time.Time) (wordsView, error) {
	html, err := r.site.look.prose.html(body, level+1)
	w := wordsView{Label: label, Status: string(s), Body: html, Posted: r.when(shown), Level: level}
	// A slip mended within the minute is not worth a reader's time.
	if edited.Sub(recorded) >= time.Minute {
		at := r.when(edited)
		w.Edited = &at
	}
	return w, err
}

// near writes an instant as people need it who read the newest update: the time
// alone on the same day, else with its day.
func (r rendering) near(t time.Time, p *incident.Public) string {
	if u, ok := p.Latest(); ok && sameDay(t, u.Shown, r.loc) {
		return r.tongue.Time("clock", t, r.loc)
	}
	return r.brief(t).Text
}

// spanOf says when it was, or is planned, and for how long.
func (r rendering) spanOf(p *incident.Public) []piece {
	if p.Maintenance {
		if p.From.IsZero() {
			return nil
		}
		return r.interval(p.From, p.Until)
	}
	switch {
	case p.Open():
		at := r.brief(p.Created)
		return []piece{{Text: r.tongue.Say("incident.since") + " "}, {at.Text, at.ISO}}
	case p.Resolved.IsZero() || !p.Resolved.After(p.Created):
		at := r.brief(p.Created)
		return []piece{{at.Text, at.ISO}}
	}
	return append(r.interval(p.Created, p.Resolved), piece{Text: ", " + r.tongue.Length(p.Resolved.Sub(p.Created))})
}

// interval writes two instants, the day and the zone once where they agree.
func (r rendering) interval(from, to time.Time) []piece {
	a, b := r.brief(from), r.brief(to)
	if sameDay(from, to, r.loc) {
		b.Text = r.tongue.Time("clock", to, r.loc)
	}
	if instant.Zone(from, r.loc) == instant.Zone(to, r.loc) {
		a.Text = r.tongue.Time("short", from, r.loc)
	}
	return []piece{{a.Text, a.ISO}, {Text: " " + r.tongue.Say("incident.to") + " "}, {b.Text, b.ISO}}
}

func sameDay(a, b time.Time, loc *time.Location) bool {
	ay, am, ad := a.In(loc).Date()
	by, bm, bd := b.In(loc).Date()
	return ay == by && am == bm && ad == bd
}

// affectedSentence is the format's sentence on components, or empty: "This
// incident affected: A and B." While it lasts it "affects".
func (r rendering) affectedSentence(p *incident.Public) string {
	if len(p.Components) == 0 {
		return ""
	}
	key := "incident.affected"
	switch {
	case p.Maintenance && p.Open():
		key = "maintenance.affects"
	case p.Maintenance:
		key = "maintenance.affected"
	case p.Open():
		key = "incident.affects"
	}
	names := p.AffectedNames()
	for i := range names {
		names[i] = clean(names[i])
	}
	return r.tongue.Say(key, "names", r.tongue.List(names))
}

// until is when the clock alone will change what an incident's words say: when
// its promise of a next update passes. Zero is never.
func until(p *incident.Public, now time.Time) time.Time {
	if p.Open() && now.Before(p.Next) {
		return p.Next
	}
	return time.Time{}
}

// writeArticle writes an incident's own page.
func (r rendering) writeArticle(it *item, now time.Time) ([]byte, time.Time, error) {
	p := &it.Public
	v, err := r.articleView(p, 1, 0, now)
	if err != nil {
		return nil, time.Time{}, err
	}
	v.Windows = r.windows(p)
	if p.Open() {
		v.Subscribe = r.forms("?incident=" + p.Code)
	}
	summary := ""
	if u, ok := p.Latest(); ok {
		summary = r.label(p, 0) + ": " + r.site.look.prose.excerpt(u.Body, 200)
	}
	f := frameView{Title: r.title() + " - " + v.Title, Summary: summary, Path: v.Path, OpenGraph: "article", Favicon: favicon(v.Mark.Class)}
	b, err := r.frame(f, "incident", v, p.Changed)
	return b, until(p, now), err
}

// windows says which component was in what state for how long because of it.
func (r rendering) windows(p *incident.Public) []windowView {
	var out []windowView
	spans := spansOf(p)
	for _, c := range p.Components {
		for _, s := range spans[c.ID] {
			w := r.windowView(s)
			w.Title = clean(c.Name)
			out = append(out, w)
		}
	}
	return out
}
