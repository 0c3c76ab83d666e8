package status

import (
	"fmt"
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
	More       int // how many older updates are on its own page only
}

// A piece is a stretch of text, or a time if ISO is set.
type piece struct{ Text, ISO string }

// A wordsView is one thing that customers were told.
type wordsView struct {
	Label  string
	Status string // the class of the label
	Body   template.HTML
	Posted whenView
	Edited *whenView
	Level  int
}

// article renders an incident as its page shows it.
func (e *edition) article(p *incident.Public, now time.Time) (template.HTML, error) {
	v, err := e.articleView(p, 1, 0, now)
	if err != nil {
		return "", err
	}
	return e.execute("article", v)
}

// articleView describes an incident under a heading of a level; most limits
// the updates, 0 is all.
func (e *edition) articleView(p *incident.Public, level, most int, now time.Time) (articleView, error) {
	v := articleView{
		Title: clean(p.Title), Path: "/incidents/" + p.Code, Level: level, Mark: impactMark(impactOf(p)), Open: p.Open(),
		Span: e.spanOf(p), Affected: affectedSentence(p),
	}
	if p.Open() && !p.Next.IsZero() {
		v.NextTime = e.stamp(p.Next)
		v.Next = "Next update by " + e.near(p.Next, p)
		if !now.Before(p.Next) {
			v.Next = "The next update was due by " + e.near(p.Next, p)
		}
	}
	if pm := p.Postmortem; pm != nil {
		w, err := e.words(incident.Postmortem.Label(), incident.Postmortem, pm.Body, level+1, pm.Shown, pm.Recorded, pm.Edited)
		if err != nil {
			return v, err
		}
		v.Postmortem = &w
	}
	for i := range p.Updates {
		if most > 0 && i == most {
			v.More = len(p.Updates) - most
			break
		}
		u := &p.Updates[i]
		w, err := e.words(p.Label(i), u.Status, u.Body, level+1, u.Shown, u.Recorded, u.Edited)
		if err != nil {
			return v, err
		}
		v.Updates = append(v.Updates, w)
	}
	return v, nil
}

func (e *edition) words(label string, s incident.Status, body string, level int, shown, recorded, edited time.Time) (wordsView, error) {
	html, err := e.site.look.prose.html(body, level+1)
	w := wordsView{Label: label, Status: string(s), Body: html, Posted: e.when(shown), Level: level}
	// A slip mended within the minute is not worth a reader's time.
	if edited.Sub(recorded) >= time.Minute {
		at := e.when(edited)
		w.Edited = &at
	}
	return w, err
}

// near writes an instant as people need it who read the newest update: the time
// alone on the same day, else with its day.
func (e *edition) near(t time.Time, p *incident.Public) string {
	if u, ok := p.Latest(); ok && sameDay(t, u.Shown, e.loc) {
		return instant.Clock(t, e.loc)
	}
	return e.brief(t).Text
}

// spanOf says when it was, or is planned, and for how long.
func (e *edition) spanOf(p *incident.Public) []piece {
	if p.Maintenance {
		if p.From.IsZero() {
			return nil
		}
		return e.interval(p.From, p.Until)
	}
	switch {
	case p.Open():
		at := e.brief(p.Created)
		return []piece{{Text: "since "}, {at.Text, at.ISO}}
	case p.Resolved.IsZero() || !p.Resolved.After(p.Created):
		at := e.brief(p.Created)
		return []piece{{at.Text, at.ISO}}
	}
	return append(e.interval(p.Created, p.Resolved), piece{Text: ", " + instant.Short(p.Resolved.Sub(p.Created))})
}

// interval writes two instants, the day and the zone once where they agree.
func (e *edition) interval(from, to time.Time) []piece {
	a, b := e.brief(from), e.brief(to)
	if sameDay(from, to, e.loc) {
		b.Text = instant.Clock(to, e.loc)
	}
	if instant.Zone(from, e.loc) == instant.Zone(to, e.loc) {
		a.Text = from.In(e.loc).Format("Jan 2, 15:04")
	}
	return []piece{{a.Text, a.ISO}, {Text: " to "}, {b.Text, b.ISO}}
}

func sameDay(a, b time.Time, loc *time.Location) bool {
	ay, am, ad := a.In(loc).Date()
	by, bm, bd := b.In(loc).Date()
	return ay == by && am == bm && ad == bd
}

// affectedSentence is the format's sentence on components, or empty: "This
// incident affected: A and B." While it lasts it "affects".
func affectedSentence(p *incident.Public) string {
	if len(p.Components) == 0 {
		return ""
	}
	what, verb := "incident", "affected"
	if p.Maintenance {
		what = "scheduled maintenance"
	}
	if p.Open() {
		verb = "affects"
	}
	return fmt.Sprintf("This %s %s: %s.", what, verb, clean(incident.Affected(p.AffectedNames())))
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
func (e *edition) writeArticle(it *item, now time.Time) ([]byte, time.Time, error) {
	p := &it.Public
	v, err := e.articleView(p, 1, 0, now)
	if err != nil {
		return nil, time.Time{}, err
	}
	summary := ""
	if u, ok := p.Latest(); ok {
		summary = p.Label(0) + ": " + e.site.look.prose.excerpt(u.Body, 200)
	}
	f := frameView{Title: e.statusTitle() + " - " + v.Title, Summary: summary, Path: v.Path, OpenGraph: "article", Favicon: favicon(v.Mark.Class)}
	b, err := e.frame(f, "incident", v, p.Changed)
	return b, until(p, now), err
}
