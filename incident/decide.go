package incident

import (
	"strings"
	"time"
)

// A Wording is what somebody wants customers to be told.
type Wording struct {
	Status  Status // "" repeats what was last published
	Title   string // the public title, if it is to be set
	Body    string
	Affects []ComponentChange // New is the state; "" attaches the component as it is
	Impact  Impact            // stated; "" computes it
	Next    time.Time
	Quiet   bool
	Shown   time.Time // what the page will print
	Code    string
}

// Update decides a public update. It returns the update, and the change of the
// team's state that goes with a status. Notes are what its author should know:
// that it goes back to an earlier status. The error is a Problem.
func (in *Incident) Update(w Wording, page Page) (evs []Event, notes []string, err error) {
	if err := in.MayPublish(); err != nil {
		return nil, nil, err
	}
	if in.Status == Merged && !in.IsPublic() {
		return nil, nil, Problemf("merged", "%s is part of %s. Tell customers there.", in.ID, in.MergedInto)
	}
	if in.Status == Canceled && !in.IsPublic() {
		return nil, nil, Problemf("canceled", "%s was canceled, and customers never heard of it. Reopen it first: reopen <why>.", in.ID)
	}
	if !in.Open() && w.Status != Resolved {
		return nil, nil, Problemf("not-open", "%s is %s. Reopen it first (reopen <why>), or say that it is resolved (update resolved <text>).", in.ID, in.Status)
	}
	was := in.PublishedStatus()
	explicit := w.Status != ""
	if !explicit {
		if w.Status = was; was == "" || was == Resolved {
			w.Status = Investigating
		}
	}
	w.Body = strings.TrimSpace(w.Body)
	if !in.Told() && w.Title == "" && in.PublicTitle == "" {
		return nil, nil, Problemf("title-missing", "This would be the first that customers hear of it. Add the title that they read: title:\"…\".")
	}
	if w.Body == "" {
		return nil, nil, Problemf("text-missing", "Add the text that customers read, after the status.")
	}
	if explicit && w.Status.Before(was) {
		notes = append(notes, "It goes back from "+string(was)+" to "+string(w.Status)+".")
	}
	u := in.posted(w, page)
	evs = append(evs, u)
	last, told := in.LastWord()
	newest := !told || w.Shown.IsZero() || !w.Shown.Before(last.Shown)
	if !newest {
		notes = append(notes, "It stands on the page before the newest update, and changes nothing of how things are now.")
	}
	if explicit && newest && in.Open() && w.Status != in.Status {
		evs = append(evs, StateChanged{Status: w.Status, Verb: "update"})
	}
	return evs, notes, nil
}

// Resolve decides the end of the incident, or of what customers see of it where
// the team has ended it before. If customers were told of it, w.Body is the
// closing word. left names the components that stay in another state
// than operational on the page unless w says otherwise: resolving ends this
// incident's claim on them. The error is a Problem.
func (in *Incident) Resolve(w Wording, page Page) (evs []Event, left []string, err error) {
	stranded := in.IsPublic() && in.PublishedStatus() != Resolved // customers still see it open
	switch {
	case in.Open() || stranded:
	case in.IsPublic():
		return nil, nil, Problemf("already-over", "%s is %s already, for customers too. To add a last word: update resolved <text>.", in.ID, in.Status)
	default:
		return nil, nil, Problemf("already-over", "%s is %s already.", in.ID, in.Status)
	}
	w.Body = strings.TrimSpace(w.Body)
	if !in.IsPublic() {
		return []Event{StateChanged{Status: Resolved, Text: w.Body, Verb: "resolve"}}, nil, nil
	}
	if err := in.MayPublish(); err != nil {
		return nil, nil, err
	}
	if w.Body == "" {
		return nil, nil, Problemf("text-missing", "Customers were told of %s. Add what they read last: resolve <text>.", in.ID)
	}
	w.Status = Resolved
	w.Affects = overlay(nil, w.Affects)
	named := map[string]bool{}
	for _, c := range w.Affects {
		named[c.ID] = true
	}
	for _, c := range in.Published() {
		if !named[c.ID] {
			if c.New != Operational {
				left = append(left, c.Name)
			}
			w.Affects = append(w.Affects, ComponentChange{ID: c.ID, Name: c.Name, New: Operational})
		}
	}
	evs = []Event{in.posted(w, page)}
	if in.Open() {
		evs = append(evs, StateChanged{Status: Resolved, Verb: "resolve"})
	}
	return evs, left, nil
}

// Cancel decides that it was no incident; closing is what customers are told,
// needed where they were told anything. The error is a Problem.
func (in *Incident) Cancel(why string, closing Wording, page Page) ([]Event, error) {
	if in.Status == Canceled || in.Status == Merged {
		return nil, Problemf("already-over", "%s is %s already.", in.ID, in.Status)
	}
	evs, err := in.closing("cancel", closing, page)
	if err != nil {
		return nil, err
	}
	return append(evs, CanceledBy{Why: why}), nil
}

// Merge decides that it is part of another incident; closing as for Cancel.
// The error is a Problem.
func (in *Incident) Merge(into *Incident, why string, closing Wording, page Page) ([]Event, error) {
	switch {
	case into.ID == in.ID:
		return nil, Problemf("merge-self", "%s cannot be merged into itself. Name the other incident: merge into INC-n.", in.ID)
	case in.Status == Merged:
		return nil, Problemf("already-over", "%s is merged into %s already. Take it out with: unmerge.", in.ID, in.MergedInto)
	case into.Status == Merged:
		return nil, Problemf("merge-merged", "%s is itself merged into %s. Merge into that one.", into.ID, into.MergedInto)
	}
	evs, err := in.closing("merge into "+into.ID, closing, page)
	if err != nil {
		return nil, err
	}
	return append(evs, MergedInto{Into: into.ID, Why: why}), nil
}

// closing is the last public update of an incident that ends otherwise than by
// being resolved. Customers must not be left with an open incident.
func (in *Incident) closing(verb string, w Wording, page Page) ([]Event, error) {
	if !in.IsPublic() || in.PublishedStatus() == Resolved {
		return nil, nil
	}
	if w.Body = strings.TrimSpace(w.Body); w.Body == "" {
		return nil, Problemf("public-missing", "Customers were told of %s. Add the closing words that they read: %s public:\"…\".", in.ID, verb)
	}
	w.Status = Resolved
	for _, c := range in.Published() {
		w.Affects = append(w.Affects, ComponentChange{ID: c.ID, Name: c.Name, New: Operational})
	}
	return []Event{in.posted(w, page)}, nil
}

// Reopen decides that it is not over. Nothing public changes. The error is a
// Problem.
func (in *Incident) Reopen(why string) ([]Event, error) {
	if in.Open() {
		return nil, Problemf("open", "%s is open already (%s).", in.ID, in.Status)
	}
	if strings.TrimSpace(why) == "" {
		return nil, Problemf("why-missing", "Say why: reopen <why>.")
	}
	if in.Status == Merged {
		return nil, Problemf("merged", "%s is merged into %s. Take it out with: unmerge.", in.ID, in.MergedInto)
	}
	return []Event{Reopened{Why: strings.TrimSpace(why)}}, nil
}

// EditUpdate decides a mended text for update number. The error is a Problem.
func (in *Incident) EditUpdate(number int, body string, notify bool) ([]Event, error) {
	if number < 1 || number > len(in.Updates) {
		return nil, Problemf("no-update", "%s has no update %d. It has %d.", in.ID, number, len(in.Updates))
	}
	if in.Updates[number-1].Meta.Redacted {
		return nil, Problemf("erased", "Update %d was erased for good. Post a new one: update <text>.", number)
	}
	if !in.Updates[number-1].Withdrawn.IsZero() {
		return nil, Problemf("withdrawn", "Update %d was withdrawn. Post a new one: update <text>.", number)
	}
	body = strings.TrimSpace(body)
	if body == "" {
		return nil, Problemf("text-missing", "Add the new text: update edit %d <text>.", number)
	}
	if in.Updates[number-1].Body == body {
		return nil, Problemf("same-text", "Update %d says that already.", number)
	}
	return []Event{UpdateEdited{Number: number, Body: body, Notify: notify}}, nil
}

// MayPublish is nil, or the Problem that says why nothing of the incident is
// ever shown to customers as it is.
func (in *Incident) MayPublish() error {
	switch {
	case in.Private:
		return Problemf("private", "%s is private, so nothing of it can be published. Make it visible first: private off.", in.ID)
	case in.Drill:
		return Problemf("drill", "%s is a drill: nothing of it is published.", in.ID)
	case in.Brought != nil:
		return Problemf("brought", "%s was brought over from %s, where it is %s: nothing of it is published here.", in.ID, in.Brought.From, in.Brought.ID)
	}
	return nil
}

// posted builds the update: every component attached so far, with its state
// before and after, and the impact.
func (in *Incident) posted(w Wording, page Page) UpdatePosted {
	stood := in.stood(w.Shown)
	affects := make([]ComponentChange, 0, len(stood)+len(w.Affects))
	for _, c := range stood {
		affects = append(affects, ComponentChange{ID: c.ID, Name: c.Name, Old: c.New, New: c.New})
	}
	for _, c := range overlay(nil, w.Affects) {
		old := Operational
		for _, s := range stood {
			if s.ID == c.ID {
				old = s.New
			}
		}
		if c.New == "" {
			c.New = old
		}
		affects = overlay(affects, []ComponentChange{{ID: c.ID, Name: c.Name, Old: old, New: c.New}})
	}
	sortByPage(page, affects)
	u := UpdatePosted{
		Code: w.Code, Status: w.Status, Body: w.Body, Affects: affects, Next: w.Next, Quiet: w.Quiet, Shown: w.Shown,
		Impact: ImpactOf(affects, len(page.Components)),
	}
	if w.Title != in.PublicTitle {
		u.Title = w.Title
	}
	if w.Impact != "" {
		u.Impact, u.Override = w.Impact, true
	}
	return u
}

// ImpactOf computes the impact of an update from the states that it publishes;
// total is how many components the page has: all of them in a major outage are
// critical.
func ImpactOf(cs []ComponentChange, total int) Impact {
	worst, down := ImpactNone, 0
	for _, c := range cs {
		worst = worst.Worse(c.New.Impact())
		if c.New == MajorOutage {
			down++
		}
	}
	if down > 0 && down == total {
		return ImpactCritical
	}
	return worst
}
