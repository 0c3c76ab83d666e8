package status

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

type uptimeView struct {
	Groups []uptimeGroupView
	Spans  []string // "90 days", "60 days", "30 days"
}

type uptimeGroupView struct {
	Name string // empty for components in no group
	Rows []uptimeRowView
}

// An uptimeRowView is one component with what happened to it.
type uptimeRowView struct {
	Name     string
	ID       string
	Mark     mark
	Percents []string
	Windows  []windowView
}

// A windowView is one stretch of time in which a component was in a state.
type windowView struct {
	When    []piece
	Words   string
	Mark    mark
	Title   string
	Path    string
	Minutes int
}

// uptimeSpans are the lengths for which uptime is given, in days.
func uptimeSpans() []int { return []int{90, 60, 30} }

// writeUptime writes the page of what each component was up, and why not.
func (r rendering) writeUptime(now time.Time) ([]byte, time.Time, error) {
	var v uptimeView
	for _, n := range uptimeSpans() {
		v.Spans = append(v.Spans, r.tongue.Say("uptime.days", "n", n))
	}
	starts := r.days(now)
	spans := r.spans(starts[0])
	groups := make(map[string]int)
	ongoing := false
	for _, c := range r.page.Components {
		of := r.row(c.ID)
		name := ""
		if g := r.row(of.groupID); g != nil {
			name = clean(g.Name)
		}
		at, known := groups[name]
		if !known {
			at = len(v.Groups)
			groups[name] = at
			v.Groups = append(v.Groups, uptimeGroupView{Name: name})
		}
		days := componentDays(starts, spans[c.ID], r.since(of, now), now)
		row := uptimeRowView{Name: clean(c.Name), ID: c.ID, Mark: r.stateMark(of.state)}
		for _, n := range uptimeSpans() {
			row.Percents = append(row.Percents, percentText(uptime(days, n))+"\u00a0%")
		}
		for i := len(spans[c.ID]) - 1; i >= 0; i-- {
			w := r.windowView(spans[c.ID][i])
			ongoing = ongoing || spans[c.ID][i].to.IsZero()
			row.Windows = append(row.Windows, w)
		}
		v.Groups[at].Rows = append(v.Groups[at].Rows, row)
	}
	f := frameView{Title: r.title() + " - " + r.tongue.Say("uptime.title"), Summary: r.tongue.Say("uptime.summary"), Path: "/uptime", Here: "uptime"}
	b, err := r.frame(f, "uptime", v, r.updated)
	return b, r.nextDay(now, ongoing), err
}

// nextDay is when the clock alone changes what is said of days: at midnight, or
// within five minutes while an outage goes on.
func (e *edition) nextDay(now time.Time, ongoing bool) time.Time {
	y, m, d := now.In(e.loc).Date()
	next := midnight(y, m, d+1, e.loc)
	if soon := now.Add(5 * time.Minute); ongoing && soon.Before(next) {
		return soon
	}
	return next
}

func (r rendering) windowView(s span) windowView {
	class, icon := stateLook(s.state)
	said := r.tongue.Say("state." + string(s.state))
	w := windowView{Mark: mark{class, icon, said}, Title: clean(s.title), Path: "/incidents/" + s.code}
	if s.to.IsZero() {
		at := r.brief(s.from)
		w.When = []piece{{Text: r.tongue.Say("incident.since") + " "}, {at.Text, at.ISO}}
		w.Words = r.tongue.Say("uptime.ongoing", "state", said)
		return w
	}
	w.When = r.interval(s.from, s.to)
	w.Words = r.tongue.Say("uptime.window", "state", said, "length", r.tongue.Length(s.to.Sub(s.from)))
	return w
}

// The uptime of a component as hosted pages give it at /uptime/<component>.json.
type (
	wireUptime struct {
		Component wireUptimeOf  `json:"component"`
		Ninety    float64       `json:"ninety"` // percent of the last ninety days
		Sixty     float64       `json:"sixty"`
		Thirty    float64       `json:"thirty"`
		Days      []wireUpDay   `json:"days"` // oldest first, the last is today
		Windows   []wireUpSpans `json:"windows"`
	}
	wireUptimeOf struct {
		Code      string `json:"code"`
		Name      string `json:"name"`
		StartDate string `json:"startDate,omitempty"`
		Group     string `json:"group,omitempty"`
	}
	wireUpDay struct {
		Date    string         `json:"date"`
		Outages map[string]int `json:"outages"` // seconds: "p" of partial, "m" of major outage
		Related []wireRelated  `json:"related_events"`
	}
	wireRelated struct {
		Name string `json:"name"`
		Code string `json:"code"`
	}
	// wireUpSpans are the stretches that each incident claimed: ours, beyond what
	// hosted pages give.
	wireUpSpans struct {
		Code   string  `json:"code"`
		Status string  `json:"status"`
		From   string  `json:"from"`
		To     *string `json:"to"` // null while it lasts
	}
)

// uptimePages is how many pages of ninety days there are of a component: back to
// where it was first listed, or to the first month of which anything is known.
func (e *edition) uptimePages(c *row, now time.Time) int {
	since := c.created
	if first, _ := e.monthRange(); since.IsZero() || first.first(e.loc).Before(since) {
		since = first.first(e.loc)
	}
	return max(int(now.Sub(since)/(24*time.Hour)), 0)/barDays + 1
}

// writeComponentUptime writes page n of /uptime/<component>.json: ninety days, the
// first page with today.
func (e *edition) writeComponentUptime(c *row, n int, now time.Time) ([]byte, time.Time, error) {
	y, m, d := now.In(e.loc).Date()
	starts := e.days(midnight(y, m, d-(n-1)*barDays, e.loc))
	end := midnight(y, m, d-(n-1)*barDays+1, e.loc)
	spans := slices.DeleteFunc(e.spans(starts[0])[c.ID], func(s span) bool { return !s.from.Before(end) })
	since := c.created
	if since.IsZero() {
		since = now
	}
	days := componentDays(starts, spans, since, now)
	of := wireUptimeOf{Code: c.ID, Name: c.Name, StartDate: c.Listing.Start, Group: c.groupID}
	w := wireUptime{Component: of, Ninety: percentOf(days, 90), Sixty: percentOf(days, 60), Thirty: percentOf(days, 30), Windows: []wireUpSpans{}}
	for _, d := range days {
		wd := wireUpDay{Date: d.start.Format(time.DateOnly), Outages: map[string]int{}, Related: []wireRelated{}}
		if d.partial > 0 {
			wd.Outages["p"] = int(d.partial / time.Second)
		}
		if d.major > 0 {
			wd.Outages["m"] = int(d.major / time.Second)
		}
		for _, s := range d.incidents() {
			wd.Related = append(wd.Related, wireRelated{s.title, s.code})
		}
		w.Days = append(w.Days, wd)
	}
	ongoing := false
	for _, s := range spans {
		ongoing = ongoing || s.to.IsZero()
		w.Windows = append(w.Windows, wireUpSpans{s.code, string(s.state), e.stamp(s.from), e.maybeStamp(s.to)})
	}
	b, err := json.Marshal(w)
	return b, e.nextDay(now, ongoing), err
}

func percentOf(days []day, n int) float64 { return float64(uptime(days, n)) / 100 }

// uptimeDocument is page n of the uptime of the component that a file is named
// after: <component>.json, or <component>/2.json.
func (e *edition) uptimeDocument(name string, n int) (document, bool) {
	id, ok := strings.CutSuffix(name, ".json")
	if of, number, paged := strings.Cut(id, "/"); paged {
		if id, n = of, pageNumber(number); n == 0 {
			return document{}, false
		}
	}
	c := e.row(id)
	if !ok || c == nil || c.group() || n > 1 && n > e.uptimePages(c, e.site.now()) {
		return document{}, false
	}
	key := "/uptime/" + id + ".json"
	if n > 1 {
		key = fmt.Sprintf("/uptime/%s/%d.json", id, n)
	}
	return document{key: key, kind: jsonData, write: func(e *edition, now time.Time) ([]byte, time.Time, error) {
		of := e.row(id)
		if of == nil {
			return nil, time.Time{}, fmt.Errorf("component %s is gone", id)
		}
		return e.writeComponentUptime(of, n, now)
	}}, true
}
