package status

import "time"

// A followView says how to hear of what happens.
type followView struct {
	Root       string
	Subscribe  string     // the form to subscribe by mail
	Components []linkView // the feeds of single components
	Answers    []string   // addresses for programs
}

// writeFollow writes the page on the ways to be told.
func (r rendering) writeFollow(time.Time) ([]byte, time.Time, error) {
	v := followView{Root: r.root, Subscribe: r.forms(""), Answers: []string{
		"/api/v2/summary.json", "/api/v2/status.json", "/api/v2/components.json", "/api/v2/incidents.json", "/api/v2/incidents/unresolved.json",
		"/api/v2/scheduled-maintenances.json", "/api/v2/scheduled-maintenances/upcoming.json", "/api/v2/scheduled-maintenances/active.json",
		"/history.json", "/index.md", "/history.md",
	}}
	for _, c := range r.page.Components {
		v.Components = append(v.Components, linkView{clean(c.FullName()), "/updates.atom?component=" + c.ID})
	}
	f := frameView{Title: r.title() + " - " + r.tongue.Say("follow.title"), Summary: r.tongue.Say("follow.summary"), Path: "/follow", Here: "follow"}
	b, err := r.frame(f, "follow", v, r.updated)
	return b, time.Time{}, err
}

// A widgetView is the page in a few lines, for a frame on another page.
type widgetView struct {
	frameView
	Headline string
	Mark     mark
	Open     []entryView
	Home     string
}

// writeWidget writes the small page that others show in a frame.
func (r rendering) writeWidget(time.Time) ([]byte, time.Time, error) {
	headline, state := r.headline()
	v := widgetView{Headline: headline, Mark: r.stateMark(state), Home: r.root + r.tongue.path("/")}
	for i, it := range append(r.unresolved(), r.active()...) {
		if i == 3 {
			break
		}
		v.Open = append(v.Open, r.entryView(&it.Public, 2))
	}
	f := frameView{Title: r.title(), Summary: headline + ".", Body: "widget"}
	b, err := r.frame(f, "widget", v, r.updated)
	return b, time.Time{}, err
}
