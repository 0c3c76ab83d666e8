package postmortem

import (
	"time"

	"sitrep/incident"
)

// A Source is what a brief is made from. Timeline may be nil, where only what
// customers were told is of interest; then nothing can be referred to but
// public updates.
type Source struct {
	Incident *incident.Incident
	Timeline *incident.Timeline
	Page     incident.Page // its zone is the report's; one that is unknown counts as UTC
	Now      time.Time     // when the record is looked at
	// Past is the name of a channel that never saw the bot and was read in
	// afterwards; "" for an incident that was declared while it happened.
	Past string
	// Precedents are the past incidents that this one is like, the most alike
	// first, as far as its report may name them.
	Precedents []Precedent
	// Form is how the internal report is laid out; nil is ours.
	Form *Form
	// Named are other past incidents, which the report as it stands refers to.
	Named []Precedent
}

// A Brief is what the record says of an incident, gathered for whoever writes
// the report. All its texts are plain; words of other people stand between “ and ”.
type Brief struct {
	ID          string
	Title       string // internal
	PublicTitle string // "" if customers were never told of it
	Severity    string // "" is "not set"
	Status      incident.Status
	Private     bool
	Drill       bool
	Zone        *time.Location
	Now         time.Time
	Past        string // the channel that it was read from afterwards; "" for an incident that was declared

	Declared   Event            // zero if nothing was recorded
	Graded     Event            // what set the severity that stands
	Stood      Event            // what set the state that stands
	Ended      Event            // what ended it: the resolve, cancel or merge; zero while it is open
	Turns      []Event          // each resolve and reopening, oldest first, if there was a reopening
	Story      []Item           // the entries that tell it, in the order in which they happened
	Said       int              // how many messages the story was chosen from
	Milestones []Milestone      // all ten, in their usual order
	Metrics    []Metric         // all, in the order of their milestones
	Believed   []Window         // what the team recorded of components, before anything was public
	Named      []Event          // components that were named as affected, and of which no state was ever given
	Impact     []Impact         // what customers were told of components, over time
	Words      []Communication  // what customers were told, in the order in which it was shown
	Silences   []Silence        // the stretches between public updates while the incident was open
	Promises   []Promise        // what customers were promised
	Decisions  []Decision       // what was decided, and by whom
	Theories   []Theory         // what was believed
	Tenures    []Tenure         // who held which role, from when to when
	Others     []Participant    // who else took part
	Actions    []Action         // what is to be done
	Suggested  []Action         // what somebody said should be done and nobody recorded, with who said it as the owner
	Precedents []Precedent      // the past incidents that this one is like
	Related    []Event          // incidents and addresses that were tied to it
	Findings   []Finding        // where the record contradicts itself, or cannot be relied on
	Questions  []Question       // what the review should ask, by the gaps of this record
	Prompts    []Prompt         // where only people can write
	Public     *incident.Public // all that customers know; nil if nothing
	stepped    []time.Duration  // by how much the machine's clock was set back, each time
	passed     []Item           // messages that tell something, and less than those that were taken
	sayings    []saying         // what was said of the course, in the order of time
	heard      []Event          // what was said in a past channel
	counted    bool             // somebody said how many customers or requests were affected
	form       *Form            // how the internal report is laid out; nil is ours
	record     record           // what references resolve to
	clock      clock            // how instants are printed
}

// An Event is one entry that a section needs by itself.
type Event struct {
	At   time.Time
	By   string
	Text string // a reason or a target; "" if none was given
	Kind string // of the entry
	Refs Refs
}

// NewBrief gathers what the record says. A zero or nearly empty incident gives
// a brief that says so.
func NewBrief(s Source) Brief {
	in := s.Incident
	if in == nil {
		in = &incident.Incident{}
	}
	b := Brief{
		ID: in.ID, Title: in.Title, PublicTitle: in.PublicTitle, Severity: in.Severity, Status: in.Status,
		Private: in.Private, Drill: in.Drill, Zone: zoneOf(s.Page), Now: s.Now, Public: in.Public(s.Page),
		Past: s.Past, form: s.Form,
	}
	b.record = newRecord(in, s.Timeline, b.Zone)
	b.clock = newClock(b.Zone, in, s.Timeline)

	b.Milestones = milestones(in, s.Timeline, &b.record)
	b.Metrics = metrics(in, b.Milestones)
	b.Tenures, b.Others = people(s.Timeline, &b.record)
	b.turns(in, s.Timeline)
	if b.Past != "" {
		b.forget()
	}
	b.Believed, b.Impact = believed(in, &b.record), impact(in, &b.record)
	b.Named = named(in, &b.record)
	b.Words = communications(in)
	b.sayings = sayings(s.Timeline)
	b.story(in, s.Timeline)
	b.Silences = silences(b.Words, in.PublishedStatus(), s.Now)
	b.Promises = promises(in, b.Words, b.Zone, &b.record, s.Timeline)
	b.Decisions = b.decisions(s.Timeline)
	b.Theories, b.Actions = theories(in, s.Timeline, &b.record), actions(in, s.Timeline, &b.record)
	b.Suggested = b.suggested(s.Timeline)
	b.propose(s.Timeline)
	b.precede(s, in)
	b.Findings = b.contradictions(in, s.Timeline)
	b.Questions = b.questions(s.Timeline)
	b.Prompts = b.prompts()
	return b
}

func zoneOf(p incident.Page) *time.Location {
	loc, err := time.LoadLocation(p.TimeZone)
	if err != nil {
		return time.UTC // the configuration refuses unknown zones; an old record may still hold one
	}
	return loc
}

// turns finds what declared, graded, ended and reopened the incident.
func (b *Brief) turns(in *incident.Incident, t *incident.Timeline) {
	if t == nil {
		return
	}
	var turns []Event
	reopened := false
	for _, e := range t.Entries() {
		ev := Event{At: e.At, By: name(e.By), Kind: e.Kind, Refs: Refs{b.record.ref(e.Seq)}}
		reason := func(s string) string { return words(e, s) }
		if !b.counted && quotable(e) && namesMany(e.Text) && countsPeople.MatchString(e.Text) {
			b.counted = true
		}
		if b.Past != "" && heard(e) {
			b.heard = append(b.heard, ev)
		}
		switch x := e.Event.(type) {
		case incident.Declared:
			b.Declared = ev
			b.Graded, b.Stood = ev, ev
		case incident.SeverityChanged:
			ev.Text = reason(x.Why)
			b.Graded = ev
		case incident.StateChanged:
			b.Stood = ev
			if x.Status == incident.Resolved {
				ev.Text = reason(x.Text)
				turns = append(turns, ev)
				b.Ended = ev
			}
		case incident.CanceledBy:
			ev.Text = reason(x.Why)
			b.Ended, b.Stood = ev, ev
		case incident.MergedInto:
			ev.Text = x.Into
			b.Ended, b.Stood = ev, ev
		case incident.Reopened:
			ev.Text = reason(x.Why)
			turns, reopened = append(turns, ev), true
			b.Ended, b.Stood = Event{}, ev
		case incident.Unmerged:
			b.Ended, b.Stood = Event{}, ev
		case incident.LinkAdded:
			if ev.Text = reason(x.Target); ev.Text != "" {
				b.Related = append(b.Related, ev)
			}
		case incident.Absorbed:
			ev.Text = x.From
			b.Related = append(b.Related, ev)
		}
	}
	if reopened {
		b.Turns = turns
	}
	if in.Open() {
		b.Ended = Event{}
	}
}
