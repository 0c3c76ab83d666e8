package incident

import (
	"fmt"
	"slices"
	"time"
)

// PublicImported states all that another page had published of an incident or
// of planned work, whole and as it was read there. It is the only event of an
// import; a later one of the same incident replaces what an earlier one said.
type PublicImported struct {
	From       string           `json:"from"` // the page that it was read from: its name
	Code       string           `json:"code"`
	Title      string           `json:"title"`
	Status     Status           `json:"status"`
	Impact     Impact           `json:"impact,omitempty"`
	Created    time.Time        `json:"created"`
	Started    time.Time        `json:"started,omitzero"`
	Changed    time.Time        `json:"changed,omitzero"`
	Monitoring time.Time        `json:"monitoring,omitzero"`
	Resolved   time.Time        `json:"resolved,omitzero"`
	Link       string           `json:"link,omitempty"`       // the short address that was given out there
	Serial     uint64           `json:"serial,omitempty"`     // its number in that page's feeds
	Updates    []ImportedUpdate `json:"updates"`              // oldest first
	Components []ListedAs       `json:"components,omitempty"` // those attached, as that page listed them
	Starts     time.Time        `json:"starts,omitzero"`      // the window of planned work
	Ends       time.Time        `json:"ends,omitzero"`
}

// ImportedUpdate is one thing that another page told its readers.
type ImportedUpdate struct {
	Code    string            `json:"code"`
	Status  Status            `json:"status"`
	Body    string            `json:"body"`           // as people write here
	HTML    string            `json:"html,omitempty"` // as the page carried it, where Body would give something else
	Created time.Time         `json:"created"`
	Edited  time.Time         `json:"edited"`
	Shown   time.Time         `json:"shown"`
	Affects []ComponentChange `json:"affects,omitempty"`
	Quiet   bool              `json:"quiet,omitempty"`
}

// ListedAs is a component as another page listed it when it was read.
type ListedAs struct {
	Component
	State ComponentState `json:"state"`
}

// A Listing is what a hosted page says of a component besides what it is. It
// is kept so that the same is said here.
type Listing struct {
	Created  time.Time `json:"created,omitzero"`
	Changed  time.Time `json:"changed,omitzero"`
	Position int       `json:"position,omitempty"` // from 1, within its group
	Order    int       `json:"order,omitempty"`    // among all rows that the page lists
	GroupID  string    `json:"group_id,omitempty"`
	Start    string    `json:"start,omitempty"` // the day on which its history begins: 2020-10-16
	// Plain says that its history of days is not shown.
	Plain bool `json:"plain,omitempty"`
	// Quiet says that it is listed only while it is not operational.
	Quiet bool `json:"quiet,omitempty"`
	// State is what it was in when it was read, if that was not operational. It
	// stands until an update here says otherwise.
	State ComponentState `json:"state,omitempty"`
}

// A Group is a group of components that has an id of its own.
type Group struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"`
	Members     []string `json:"members,omitempty"` // their ids
	Listing     Listing  `json:"listing,omitzero"`
}

// Kind returns public.imported.
func (PublicImported) Kind() string { return "public.imported" }

// words says in one line what was brought over.
func (e PublicImported) words() string {
	updates := "1 update"
	if n := len(e.Updates); n != 1 {
		updates = fmt.Sprintf("%d updates", n)
	}
	return fmt.Sprintf("brought over from %s: %s, %s, %s", e.From, e.Title, updates, e.Status)
}

// count is how many updates there are, apart from the postmortem.
func (e PublicImported) count() int {
	n := 0
	for _, u := range e.Updates {
		if u.Status != Postmortem {
			n++
		}
	}
	return n
}

// posted returns the updates in the form in which incidents keep their own, and
// the postmortem, which the format lists as an update.
func (e PublicImported) posted(m Meta) (us []Update, pm *PublicPostmortem) {
	for _, u := range e.Updates {
		if u.Status == Postmortem {
			pm = &PublicPostmortem{Code: u.Code, Body: u.Body, HTML: u.HTML, Shown: u.Shown, Recorded: u.Created, Edited: u.Edited, Notify: !u.Quiet}
			continue
		}
		at := m
		at.Recorded, at.When, at.Imported = u.Created, u.Shown, true
		us = append(us, Update{
			UpdatePosted: UpdatePosted{Code: u.Code, Status: u.Status, Body: u.Body, Affects: u.Affects, Quiet: u.Quiet, Shown: u.Shown},
			Number:       len(us) + 1, Meta: at, Edited: u.Edited, HTML: u.HTML,
		})
	}
	return us, pm
}

// attached lists the components as an update would name them.
func attached(cs []ListedAs) []ComponentChange {
	out := make([]ComponentChange, len(cs))
	for i, c := range cs {
		out[i] = ComponentChange{ID: c.ID, Name: c.FullName(), New: c.State}
	}
	return out
}

// applyImported makes the incident what another page had published of it.
// Updates that were posted here stay, after those.
func (in *Incident) applyImported(m Meta, e PublicImported) {
	brought := min(in.ImportedUpdates, len(in.Updates))
	before, own := in.Updates[:brought], in.Updates[brought:]
	was := in.Imported
	in.Imported, in.ImportedUpdates = nil, 0
	if m.Redacted {
		in.Title, in.PublicTitle = erasedText, erasedText
		in.setUpdates(nil, own)
		return
	}
	posted, pm := e.posted(m)
	for i := range posted { // a text that was mended here stays mended
		for _, u := range before {
			if p := &posted[i]; u.Code == p.Code && len(u.Prior) > 0 {
				p.Body, p.HTML, p.Edited, p.Prior = u.Body, "", u.Edited, u.Prior
			}
		}
	}
	in.setUpdates(posted, own)
	in.ImportedUpdates = len(posted)
	if was == nil || in.Title == was.Title {
		in.Title = e.Title
	}
	if was == nil || in.PublicTitle == was.Title {
		in.PublicTitle = e.Title
	}
	if pm != nil {
		in.Report.Published = pm
		in.setMilestone(Milestone{Name: PostmortemPublishedAt, At: pm.Shown, Source: "import", Seq: m.Seq})
	}
	e.Updates = nil // they are in in.Updates
	in.Imported = &e
	if was == nil {
		in.Declared = m
		in.Declared.When, in.Declared.Imported = e.Created, true
		in.setMilestone(Milestone{Name: DeclaredAt, At: e.Created, Source: "import", Seq: m.Seq})
	}
	if len(own) == 0 {
		in.replayImported(m, posted)
	}
}

// replayImported sets the team's state and the milestones that the updates say.
func (in *Incident) replayImported(m Meta, posted []Update) {
	in.States = nil
	for _, u := range posted {
		at := u.Meta
		at.Seq = m.Seq
		if u.Number == 1 {
			in.setMilestone(Milestone{Name: FirstPublicWord, At: u.Shown, Source: "import", Seq: m.Seq})
		}
		if u.Status != in.Status || len(in.States) == 0 {
			in.setStatus(at, u.Status, "import")
		}
	}
	if s := in.Imported.Status; s != Postmortem && s != in.Status {
		m.When = in.Imported.Changed
		in.setStatus(m, s, "import")
	}
}

// setUpdates puts updates that were brought over before those posted here.
func (in *Incident) setUpdates(brought, own []Update) {
	in.Updates = append(slices.Clip(brought), own...)
	for i := range in.Updates {
		in.Updates[i].Number = i + 1
	}
}

// asImported lets p say what the other page said, where nothing that was
// published here since says otherwise.
func (in *Incident) asImported(p *Public) {
	o := in.Imported
	own := slices.ContainsFunc(in.Updates[in.ImportedUpdates:], func(u Update) bool { return u.Withdrawn.IsZero() })
	p.Code, p.Link, p.Created, p.Started, p.Origin = o.Code, o.Link, o.Created, o.Started, o
	if o.Serial != 0 {
		p.Serial = o.Serial
	}
	p.Changed = laterOf(p.Changed, o.Changed)
	if !o.Monitoring.IsZero() {
		p.Monitoring = o.Monitoring
	}
	mended := slices.ContainsFunc(in.Updates, func(u Update) bool { return len(u.Prior) > 0 })
	if !own {
		if !mended {
			p.Changed = o.Changed
		}
		p.Monitoring, p.Resolved, p.Status = o.Monitoring, o.Resolved, o.Status
		if e := in.Report.Published; e != nil {
			p.Changed = laterOf(p.Changed, e.Edited)
		}
	}
	if !slices.ContainsFunc(in.Updates, func(u Update) bool { return u.Override }) {
		p.Impact = o.Impact.Worse(p.Impact)
		if !own {
			p.Impact = o.Impact
		}
	}
}

// applyImported makes the maintenance what another page had published of it.
func (w *Maintenance) applyImported(m Meta, e PublicImported) {
	own := w.Updates[min(w.ImportedUpdates, len(w.Updates)):]
	w.Imported, w.ImportedUpdates = nil, 0
	if m.Redacted {
		w.Title, w.Updates = erasedText, own
		return
	}
	posted, _ := e.posted(m)
	brought := make([]PublicUpdate, 0, len(posted)+len(own))
	for _, u := range posted {
		brought = append(brought, PublicUpdate{
			Code: u.Code, Status: u.Status, Body: u.Body, HTML: u.HTML, Shown: u.Shown, Recorded: u.Meta.Recorded,
			Edited: u.Edited, Affected: u.Affects, Notify: !u.Quiet, Imported: true,
		})
	}
	w.ImportedUpdates = len(brought)
	w.Updates = append(brought, own...)
	for i := range w.Updates {
		w.Updates[i].Number = i + 1
	}
	w.Title, w.From, w.Until, w.Changed = e.Title, e.Starts, e.Ends, m.Recorded
	w.Affects = attached(e.Components)
	if len(own) == 0 {
		w.Status = e.Status
	}
	e.Updates = nil
	w.Imported = &e
}

// asImported does for planned work what Incident.asImported does.
func (w *Maintenance) asImported(p *Public) {
	o := w.Imported
	p.Code, p.Link, p.Created, p.Started, p.Origin = o.Code, o.Link, o.Created, o.Started, o
	if o.Serial != 0 {
		p.Serial = o.Serial
	}
	if len(w.Updates) == w.ImportedUpdates {
		p.Changed, p.Monitoring, p.Resolved, p.Status, p.Impact = o.Changed, o.Monitoring, o.Resolved, o.Status, o.Impact
	}
}

func laterOf(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
