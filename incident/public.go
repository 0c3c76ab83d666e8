package incident

import (
	"sort"
	"time"
)

// A Public is all that customers may know of an incident or a maintenance:
// what somebody published, and nothing else. The page, its JSON, its feeds and
// every mail are made from this value.
type Public struct {
	Code        string // 12 characters, stable; the address is /incidents/<code>
	Serial      uint64 // a number that never changes, for the feeds' tag URIs
	Title       string // the public title
	Status      Status
	Impact      Impact
	Created     time.Time // when the first update was shown
	Started     time.Time // the same, unless an import says otherwise
	Changed     time.Time // the last time anything of this was recorded or edited
	Monitoring  time.Time // shown time of the first monitoring update; zero if none
	Resolved    time.Time // shown time of the resolving update; zero while open
	Updates     []PublicUpdate
	Components  []ComponentChange // every component ever attached, in page order, with its last published state as New
	Postmortem  *PublicPostmortem
	Next        time.Time // when customers were promised the next word; zero if never
	Maintenance bool
	From, Until time.Time // the window of a maintenance
	// Repeats says that a maintenance happens again, Slot when it was to begin by
	// its rule, and Last that it does not happen again after all.
	Repeats Recurrence
	Slot    time.Time
	Last    bool
	// Link is the short address that another page gave out for it, and Origin
	// all that it was brought over with; empty and nil for what began here.
	Link   string
	Origin *PublicImported
}

// A PublicUpdate is one thing that customers were told.
type PublicUpdate struct {
	Code     string
	Number   int // 1 for the first
	Status   Status
	Body     string    // as written: plain text with a safe subset of Markdown
	Shown    time.Time // what the page prints; editing the text never moves it
	Recorded time.Time
	Edited   time.Time // the last edit of the text; equals Recorded if there was none
	Affected []ComponentChange
	Notify   bool
	// Imported says that another page told it, and HTML how that page carried
	// its text, where Body would give something else.
	Imported bool
	HTML     string
}

// A PublicPostmortem is the customer version of a postmortem, as published.
type PublicPostmortem struct {
	Code     string
	Body     string // Markdown
	Shown    time.Time
	Recorded time.Time
	Edited   time.Time
	Notify   bool   // subscribers were told of it by the page that it comes from
	HTML     string // as PublicUpdate.HTML
}

// Open reports whether the page shows it among what is going on now.
func (p *Public) Open() bool {
	if p.Maintenance {
		return p.Status == Scheduled || p.Status == InProgress || p.Status == Verifying
	}
	return p.Status.Open()
}

// Latest returns the newest update by shown time; ok is false if there is none.
func (p *Public) Latest() (u PublicUpdate, ok bool) {
	if len(p.Updates) == 0 {
		return PublicUpdate{}, false
	}
	return p.Updates[0], true
}

// Label is what the page calls update i of p.Updates (which are newest first):
// its status, or "Update" when the update before it had the same status. It is
// a label, not a status.
func (p *Public) Label(i int) string {
	if i+1 < len(p.Updates) && p.Updates[i+1].Status == p.Updates[i].Status {
		return "Update"
	}
	return p.Updates[i].Status.Label()
}

// AffectedNames lists the full names of the components ever attached.
func (p *Public) AffectedNames() []string {
	names := make([]string, len(p.Components))
	for i, c := range p.Components {
		names[i] = c.Name
	}
	return names
}

// sortUpdates puts updates newest first: by shown time, then by number, so that
// two updates within one second keep their order.
func sortUpdates(us []PublicUpdate) {
	sort.SliceStable(us, func(i, j int) bool {
		if !us[i].Shown.Equal(us[j].Shown) {
			return us[i].Shown.After(us[j].Shown)
		}
		return us[i].Number > us[j].Number
	})
}
