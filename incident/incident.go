package incident

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An Incident is what its events have made of it. The zero value is an incident
// that nothing has happened to yet.
type Incident struct {
	ID          string // "INC-1"
	Number      int
	Title       string // internal
	PublicTitle string // "" until an update has set it
	Severity    string // "" is "not set"
	Status      Status // the team's state
	Private     bool
	// PrivacyErased says that it counts as private because what was stated of
	// that was erased; an update or a new statement settles it.
	PrivacyErased bool
	Drill         bool
	Declared      Meta
	LastN         uint64    // the number of the last record folded
	Changed       time.Time // when that was recorded

	Affects    []ComponentChange // what the team believes; New is the state
	Updates    []Update          // what customers were told, oldest first
	Roles      map[string]Person
	Handovers  map[string]Person // role -> to whom it is offered
	Actions    []Action
	Theories   []Theory
	Links      []Link
	Rooms      []Room
	Retired    bool // its rooms were put away, and none was opened since
	Previews   Previews
	Failures   []Failure // what could not be delivered for good, the last keptFailures
	Milestones map[MilestoneName]Milestone
	States     []StateSpan
	Severities []SeveritySpan

	// Imported is what another page had published of it, without the updates,
	// which are the first ImportedUpdates of Updates; nil if it began here.
	Imported        *PublicImported
	ImportedUpdates int

	// Brought is where it was brought over from; nil if it began here.
	Brought *Brought

	CanceledWhy string
	MergedInto  string
	Absorbed    []string
	Report      Report
	Steps       []ClockStep // set by the Board, which sees the whole log
}

// An Update is one published update with its history.
type Update struct {
	UpdatePosted
	Number int
	Meta   Meta
	Edited time.Time // when the text was last mended; zero if never
	// Withdrawn is when it was taken off the page again; zero if it was not.
	Withdrawn time.Time
	Prior     []string // the texts that stood there before
	HTML      string   // as PublicUpdate.HTML
}

// An Action is a follow-up.
type Action struct {
	Number int
	Text   string
	Owner  Person
	By     Person
	Added  time.Time
	Done   time.Time // zero while open
	Seq    uint64
}

// TheoryState is what became of a theory.
type TheoryState string

// The states of a theory.
const (
	TheoryOpen     TheoryState = "open"
	TheoryOut      TheoryState = "ruled out"
	TheoryAccepted TheoryState = "confirmed"
)

// A Theory is what somebody believed, and when and why it was held or dropped.
type Theory struct {
	Number   int
	Text     string
	State    TheoryState
	By       Person
	Added    time.Time
	Closed   time.Time
	Why      string
	Evidence []string
	Seq      uint64
	CloseSeq uint64
}

// A Link ties the incident to something else.
type Link struct {
	Target, How string
	Meta        Meta
}

// A Room is where the incident is worked on.
type Room struct {
	Place
	Ref     string
	Adopted bool
	Named   bool // a person has given it its name
	Aside   bool // it was brought along: see [RoomOpened]
	Closed  bool
}

// RoomOn is where the incident is worked on on a platform: its newest room that
// is still there and was not only brought along.
func (in *Incident) RoomOn(platform string) (room Place, ok bool) {
	for _, r := range slices.Backward(in.Rooms) {
		if r.Platform == platform && !r.Closed && !r.Aside {
			return r.Place, true
		}
	}
	return Place{}, false
}

// A Failure is something that nobody could be told of.
type Failure struct {
	DeliveryFailed
	Meta Meta
}

// keptFailures is how many failures an incident names; the log has them all.
const keptFailures = 20

// A StateSpan says since when the team's state is what it is.
type StateSpan struct {
	Status Status
	Since  time.Time
	Seq    uint64
}

// A SeveritySpan says since when the severity is what it is.
type SeveritySpan struct {
	Severity string
	Since    time.Time
	Seq      uint64
}

// New returns the incident with the given id ("INC-7"), before its first event.
func New(id string) *Incident {
	n, _ := ParseRef(id)
	return &Incident{ID: id, Number: n}
}

// Ref returns an incident's id for its number: "INC-7".
func Ref(number int) string { return "INC-" + strconv.Itoa(number) }

// ParseRef reads "INC-7", "inc7" or "7".
func ParseRef(s string) (number int, ok bool) {
	t, named := strings.CutPrefix(strings.ToUpper(strings.TrimSpace(s)), "INC")
	if named {
		t = strings.TrimPrefix(t, "-")
	}
	n, err := strconv.Atoi(t)
	return n, err == nil && n > 0
}

// RoomStream returns the name of the stream that keeps what was said in the
// rooms of an incident.
func RoomStream(id string) string { return id + "/room" }

// Open reports whether somebody is still needed.
func (in *Incident) Open() bool { return in.Status.Open() }

// IsPublic reports whether customers know anything of it. A private
// incident is never public, whatever was said before.
func (in *Incident) IsPublic() bool {
	return in.Told() && !in.Private && !in.Drill && in.Brought == nil
}

// InOrder lists the updates that are not gone as customers read them: by the
// time shown, the oldest first. A back-dated one stands among the others, and
// those after it go on from what it says of components.
func (in *Incident) InOrder() []Update { return chain(in.ordered(), in.brought()) }

// ordered is InOrder with the states as they were written.
func (in *Incident) ordered() []Update {
	out := slices.DeleteFunc(slices.Clone(in.Updates), Update.Gone)
	slices.SortStableFunc(out, func(a, b Update) int { return a.Shown.Compare(b.Shown) })
	return out
}

// brought lists the components that another page had attached, as it listed them.
func (in *Incident) brought() []ComponentChange {
	if in.Imported == nil {
		return nil
	}
	return attached(in.Imported.Components)
}

// LastWord is the update that customers see as the newest; ok is false if there
// is none.
func (in *Incident) LastWord() (last Update, ok bool) {
	us := in.ordered()
	if len(us) == 0 {
		return Update{}, false
	}
	return us[len(us)-1], true
}

// PublishedStatus is what customers were last told; "" if nothing.
func (in *Incident) PublishedStatus() Status {
	u, _ := in.LastWord()
	return u.Status
}

// Published lists the components ever attached by an update, with the state
// that was last published for each, in the order of first mention.
func (in *Incident) Published() []ComponentChange {
	return in.published(in.InOrder())
}

func (in *Incident) published(us []Update) []ComponentChange {
	out := in.brought()
	for _, u := range us {
		out = overlay(out, u.Affects)
	}
	return out
}

// Commander is who leads; the zero Person if nobody does.
func (in *Incident) Commander() Person { return in.Roles["commander"] }

// NextWord is when customers were last promised the next word, while that
// promise is not kept yet; zero if there is none.
func (in *Incident) NextWord() time.Time {
	u, ok := in.LastWord()
	if !ok || !u.Status.Open() {
		return time.Time{}
	}
	return u.Next
}

// Metrics computes the incident's metrics.
func (in *Incident) Metrics() []Metric { return Metrics(in.Milestones, in.Steps) }

// Silences are the gaps between one public update and the next, oldest first,
// from the first to the last update.
func (in *Incident) Silences() []Silence {
	var out []Silence
	us := in.ordered()
	for i := 1; i < len(us); i++ {
		out = append(out, Silence{From: us[i-1].Shown, To: us[i].Shown, After: us[i-1].Number})
	}
	return out
}

// A Silence is a stretch without a public word, after update number After.
type Silence struct {
	From, To time.Time
	After    int
}

// Length is how long it lasted.
func (s Silence) Length() time.Duration { return s.To.Sub(s.From) }

// Clone returns a copy that shares nothing that Apply changes in place.
func (in *Incident) Clone() *Incident {
	c := *in
	c.Affects = slices.Clone(in.Affects)
	c.Updates = slices.Clone(in.Updates)
	c.Roles = maps.Clone(in.Roles)
	c.Handovers = maps.Clone(in.Handovers)
	c.Actions = slices.Clone(in.Actions)
	c.Theories = slices.Clone(in.Theories)
	c.Links = slices.Clone(in.Links)
	c.Rooms = slices.Clone(in.Rooms)
	c.Previews = slices.Clone(in.Previews)
	c.Failures = slices.Clone(in.Failures)
	c.Milestones = maps.Clone(in.Milestones)
	c.States = slices.Clone(in.States)
	c.Severities = slices.Clone(in.Severities)
	c.Absorbed = slices.Clone(in.Absorbed)
	c.Report.EditedBy, c.Report.EditedSeq = maps.Clone(in.Report.EditedBy), maps.Clone(in.Report.EditedSeq)
	c.Steps = slices.Clone(in.Steps)
	return &c
}

// overlay lays changes over what stood: the same component keeps its place.
func overlay(stood, changes []ComponentChange) []ComponentChange {
	out := slices.Clone(stood)
next:
	for _, c := range changes {
		for i := range out {
			if out[i].ID == c.ID {
				out[i] = c
				continue next
			}
		}
		out = append(out, c)
	}
	return out
}
