package bot

import (
	"time"

	"sitrep/incident"
)

// A Message is what we show people. The set is closed; platforms switch over
// it: [Receipt], [Card], [Announcement], [Line], [CatchUp], [Reminder], [Preview],
// [DraftReady], [Problem], [Help], [Reading] and [Form].
type Message interface{ message() }

// A Button stands for a command. Pressing it is typing it.
type Button struct {
	Label   string
	Command string // without the command's name: "role commander @me"
	Style   Style
}

// Style says how much a button matters.
type Style int

// The styles of a button.
const (
	Plain   Style = iota
	Primary       // the one thing to do next
	Danger        // cannot be taken back
)

// A Receipt tells the author what was done, and who sees it.
type Receipt struct {
	Text     string   // one or two sentences: what was recorded, by its number
	Public   bool     // whether it reached customers; said in words by every rendering
	Notes    []string // how something was understood; warnings
	Buttons  []Button
	Incident string // "INC-7"; "" if none
	Seq      uint64 // the last record it made; 0 if none
	Repeat   bool   // the same request was answered before: nothing was done twice
}

// A Card is the state of an incident at a glance, kept current in its room.
type Card struct {
	Incident     string // "INC-7"
	Title        string
	Severity     string    // "" is "not set"
	State        string    // in words
	Started      time.Time // when the impact started, or when it was declared
	StartedKnown bool      // Started is the recorded start of the impact
	Ended        time.Time // zero while open
	Leader       string    // "" is "nobody leads"
	Affected     []incident.ComponentChange
	Public       bool
	LastWord     string // what customers were last told, verbatim
	LastLabel    string // "Identified"
	LastWordAt   time.Time
	NextWord     time.Time // when they were promised the next; zero if never
	Overdue      bool      // NextWord has passed
	Waiting      []int     // previews that nobody has confirmed
	Undelivered  []string  // what could not be delivered, a sentence each
	Private      bool
	Drill        bool
	Theories     []string       // those still open
	Buttons      []Button       // at most six
	Zone         *time.Location `json:"-"` // the page's zone, for every time on it
	Seq          uint64         // the record that it shows the state after
}

// An Announcement is a short message to a room or a channel: a published
// update, a change of severity or commander, resolve, reopen.
//
// One without an Incident is for customers: they know of no numbers. Its Title
// is theirs, and Link is where they read more.
type Announcement struct {
	Incident string
	Title    string
	Text     string // what happened, in one sentence
	Quote    string // what customers were told, verbatim; "" if nothing
	Link     string // the page that it is on, for customers; "" if there is none
	Public   bool
	At       time.Time
	Zone     *time.Location `json:"-"`
	Buttons  []Button
}

// A Line is one line in the thread of the card: a note, an action, a theory, a
// milestone.
type Line struct {
	Incident string
	Entry    int // the T number; 0 if none
	By       string
	Text     string
	At       time.Time
	Zone     *time.Location `json:"-"`
}

// A CatchUp says in one message what a room was not told while it could not be
// reached, each thing with the time at which it happened.
type CatchUp struct {
	Incident string
	Title    string
	Missed   []Missed       // oldest first
	Buttons  []Button       // at most five
	Zone     *time.Location `json:"-"`
}

// A Missed is one thing that a room was not told.
type Missed struct {
	At     time.Time
	Text   string
	Quote  string // what customers were told, verbatim; "" if nothing
	Public bool
}

// Since is when the first thing happened that was missed; zero if there is none.
func (m CatchUp) Since() time.Time {
	if len(m.Missed) == 0 {
		return time.Time{}
	}
	return m.Missed[0].At
}

// A Reminder says that something is due.
type Reminder struct {
	Incident string
	Text     string
	Due      time.Time
	Zone     *time.Location `json:"-"`
	Buttons  []Button
}

// A Preview shows its author words as customers will see them, before anybody
// else does.
type Preview struct {
	Incident string
	Number   int // of the preview, within the incident
	Verb     string
	Public   incident.Public // the incident as customers will see it
	Update   int             // which of Public.Updates is new: its index; -1 for the postmortem or a change of status alone
	Findings []Finding
	Notes    []string       // "It goes back from monitoring to identified."
	Drill    bool           // it can only be looked at
	Buttons  []Button       // publish, publish quietly, edit, cancel
	Zone     *time.Location `json:"-"`
}

// A Finding is something the lint saw: both sides, and how to mend it.
type Finding struct {
	Quote string // the words it is about
	Text  string // what contradicts what
	Mend  string // what to write instead
}

// DraftReady says that a postmortem draft can be read.
type DraftReady struct {
	Incident string
	Text     string
	Path     string // where the room shows it
	Buttons  []Button
}

// A Problem tells the author why nothing was done, and what to do next.
type Problem struct {
	Code    string
	Text    string
	Field   string // the form's field that it is about; "" for the whole
	Buttons []Button
	Form    *Form // the form to try again with, nothing typed lost; nil if none
	Ours    bool  // the fault is ours; Text has a reference
}

// Help explains verbs.
type Help struct {
	Intro string
	Verbs []VerbHelp
}

// A VerbHelp is one verb's line, or its whole page if Details is set.
type VerbHelp struct {
	Name    string
	Usage   string
	Summary string
	Details []string
	Example string
}

// A Reading answers a question: a list, a timeline, a catch-up, a search.
type Reading struct {
	Title    string
	Sections []Section
	Buttons  []Button
}

// A Section is a heading and its lines.
type Section struct {
	Heading string
	Lines   []string
}

// A Form asks for what a command needs. Submitting it runs Verb.
type Form struct {
	Verb     string
	Title    string
	Incident string
	Submit   string // the button's label
	Fields   []Field
	Notes    []string
}

// A Field is one field of a form.
type Field struct {
	Name     string // as in Submission.Values
	Label    string
	Hint     string
	Value    string   // what it is filled with
	Options  []Option // a choice; empty for text
	Multi    bool     // several of Options
	Person   bool     // somebody, as @name; where the platform knows its people they can be chosen
	Long     bool     // text of several lines
	Required bool
	Hidden   bool   // not shown: Value goes back as it is
	Error    string // what is wrong with Value
}

// An Option is one choice of a field.
type Option struct{ Value, Label string }

// A Suggestion completes what is being typed.
type Suggestion struct {
	Text string // the whole line with the completion in place
	Show string // what to show
	Help string
}

func (Receipt) message()      {}
func (Card) message()         {}
func (Announcement) message() {}
func (Line) message()         {}
func (CatchUp) message()      {}
func (Reminder) message()     {}
func (Preview) message()      {}
func (DraftReady) message()   {}
func (Problem) message()      {}
func (Help) message()         {}
func (Reading) message()      {}
func (Form) message()         {}
