package incident

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"
)

// A Timeline is everything that was said and done in an incident, numbered T1,
// T2, … in the order in which it was recorded. It is the fold over the
// incident's own stream and its room's, merged by Seq. The numbers never
// change, whatever is edited, withdrawn or back-filled later.
type Timeline struct {
	entries []*Entry
	byKey   map[string]*Entry
	bySeq   map[uint64]*Entry
	updates []*Entry            // the public updates that were posted here, the first first
	brought int                 // how many were brought over before those
	orphans map[string][]*Entry // answers to messages that are not there yet, by their key
	early   map[string][]early  // by the key of the message that they are about
	names   map[string]string   // learned later, by platform id
}

// An Entry is one line of the timeline.
type Entry struct {
	Number    int // 12 for T12
	Seq       uint64
	Kind      string    // the kind of its event
	At        time.Time // when it happened
	Recorded  time.Time
	Claimed   bool // At was stated by a person
	By        Person
	In        Place
	Text      string // in words that can be read alone
	Key       string // of a message: what it is on its platform
	Thread    int    // the entry that it answers; 0 if none
	Link      string // the way back to it on its platform
	Files     []File
	Marks     []Mark // who lifted it into the story
	Reactions []Reaction
	Versions  []Version // the texts that stood there before, oldest first
	Withdrawn bool      // its author deleted it
	Struck    bool      // taken out of the story
	StruckWhy string
	Masked    []string
	Redacted  bool
	Imported  bool
	Event     Event // as recorded

	said   string    // a message's newest text on its platform, and the spans in it
	spans  []Span    // none if there are none, or Text is a correction
	edited time.Time // when said was edited last

	corrected bool // Text is what a person corrected it to
}

// A Mark is somebody's lifting an entry into the story, by one means: taking it
// back by another leaves this one.
type Mark struct {
	By  Person
	How string // the emoji, "pin" or "command"
}

// A Reaction is somebody's emoji on a message.
type Reaction struct {
	Emoji string
	By    Person
	At    time.Time
}

// A Version is what an entry said, and until when.
type Version struct {
	Text  string
	At    time.Time // the entry's instant as it was then
	Until time.Time
	By    Person // who changed it
}

// Ref is the entry's name: "T12".
func (e *Entry) Ref() string { return fmt.Sprintf("T%d", e.Number) }

// Marked reports whether somebody lifted it into the story.
func (e *Entry) Marked() bool { return len(e.Marks) > 0 }

// IsMessage reports whether it was said in a room, rather than done by a command.
func (e *Entry) IsMessage() bool { return e.Key != "" }

// InStory reports whether it belongs to the story: what was done, and what was
// said and marked, unless it was struck or withdrawn.
func (e *Entry) InStory() bool {
	if e.Struck || e.Redacted || e.Withdrawn {
		return false
	}
	return !e.IsMessage() || e.Marked()
}

// Enters reports whether an event makes an entry of its own. The others change
// an entry, or are no part of the story.
func Enters(ev Event) bool {
	switch ev.(type) {
	case Declared, StateChanged, UpdatePosted, UpdateWithdrawn, Reopened, CanceledBy, MergedInto, Absorbed, Unmerged,
		NoteAdded, LinkAdded, MilestoneRecorded, SeverityChanged, ComponentsChanged, Renamed, PrivacyChanged,
		RoleAssigned, HandoverOffered, HandoverAccepted, ActionAdded, ActionDone, ActionAssigned,
		TheoryAdded, TheoryEvidence, TheoryRuledOut, TheoryConfirmed,
		PostmortemPublished, PostmortemUnpublished, RoomOpened, MessageSaid, Joined, PublicImported:
		return true
	}
	return false
}

// NewTimeline returns an empty timeline.
func NewTimeline() *Timeline {
	return &Timeline{byKey: map[string]*Entry{}, bySeq: map[uint64]*Entry{}, orphans: map[string][]*Entry{}, early: map[string][]early{}, names: map[string]string{}}
}

// Apply folds one event of either stream. Events must come in the order of Seq.
func (t *Timeline) Apply(m Meta, ev Event) {
	if Enters(ev) {
		t.enter(m, ev)
		return
	}
	if key := about(ev); key != "" && t.byKey[key] == nil { // it overtook its message
		t.early[key] = append(t.early[key], early{m, ev})
		return
	}
	switch e := ev.(type) {
	case MessageEdited:
		if x := t.byKey[e.Key]; x != nil && x.said != e.Text {
			t.edit(x, m, e)
		}
	case MessageDeleted:
		if x := t.byKey[e.Key]; x != nil {
			x.Withdrawn = true
		}
	case Reacted:
		if x := t.byKey[e.Key]; x != nil && !x.reacted(e.Emoji, m.By) {
			x.Reactions = append(x.Reactions, Reaction{Emoji: e.Emoji, By: m.By, At: m.When})
			if e.Mark {
				x.mark(m.By, e.Emoji, false)
			}
		}
	case Unreacted:
		if x := t.byKey[e.Key]; x != nil {
			x.Reactions = slices.DeleteFunc(x.Reactions, func(r Reaction) bool { return r.Emoji == e.Emoji && r.By.ID == m.By.ID })
			if e.Mark {
				x.mark(m.By, e.Emoji, true)
			}
		}
	case Pinned:
		t.byKey[e.Key].mark(m.By, "pin", false)
	case Unpinned:
		t.byKey[e.Key].mark(m.By, "pin", true)
	case EntryMarked:
		t.Entry(e.Entry).mark(m.By, "command", e.Off)
	case EntryCorrected:
		if x := t.Entry(e.Entry); x != nil {
			x.Versions = append(x.Versions, Version{Text: x.Text, At: x.At, Until: m.Recorded, By: m.By})
			if e.Text != "" {
				x.Text, x.spans, x.corrected = e.Text, nil, true
			}
			if !e.At.IsZero() {
				x.At, x.Claimed = e.At, true
			}
		}
	case EntryStruck:
		if x := t.Entry(e.Entry); x != nil {
			x.Struck, x.StruckWhy = true, e.Why
		}
	case UpdateEdited:
		if i := e.Number - 1 - t.brought; i >= 0 && i < len(t.updates) && !t.updates[i].Redacted {
			x := t.updates[i]
			u := x.Event.(UpdatePosted)
			u.Body = e.Body
			x.Versions = append(x.Versions, Version{Text: x.Text, At: x.At, Until: m.Recorded, By: m.By})
			x.Text = Words(u)
		}
	case NameLearned:
		t.names[e.ID] = e.Name
		for _, x := range t.entries {
			if len(x.spans) > 0 {
				x.Text = named(x.said, x.spans, t.names)
			}
		}
	}
}

// early is an event that came before the message that it is about.
type early struct {
	m  Meta
	ev Event
}

// about is the key of the message that an event changes; "" if it changes none.
func about(ev Event) string {
	switch e := ev.(type) {
	case MessageEdited:
		return e.Key
	case MessageDeleted:
		return e.Key
	case Reacted:
		return e.Key
	case Unreacted:
		return e.Key
	case Pinned:
		return e.Key
	case Unpinned:
		return e.Key
	}
	return ""
}

func (t *Timeline) enter(m Meta, ev Event) {
	x := &Entry{
		Number: len(t.entries) + 1, Seq: m.Seq, Kind: ev.Kind(), At: m.When, Recorded: m.Recorded, Claimed: m.Claimed,
		By: m.By, In: m.In, Redacted: m.Redacted, Imported: m.Imported, Event: ev,
	}
	switch e := ev.(type) {
	case MessageSaid:
		x.said, x.spans, x.Text = e.Text, e.Spans, named(e.Text, e.Spans, t.names)
		x.Key, x.Files, x.Link, x.Masked = e.Key, e.Files, e.Link, e.Masked
		switch parent := t.byKey[e.Thread]; {
		case e.Thread == "" || e.Thread == e.Key:
		case parent != nil:
			x.Thread = parent.Number
		default:
			t.orphans[e.Thread] = append(t.orphans[e.Thread], x)
		}
		if e.Key != "" {
			t.byKey[e.Key] = x
			for _, o := range t.orphans[e.Key] {
				o.Thread = x.Number
			}
			delete(t.orphans, e.Key)
		}
		defer func() { // what was recorded before it
			for _, w := range t.early[e.Key] {
				t.Apply(w.m, w.ev)
			}
			delete(t.early, e.Key)
		}()
	case MilestoneRecorded:
		x.Text = Words(e)
		if !e.At.IsZero() {
			x.At, x.Claimed = e.At, true
		}
	case UpdatePosted:
		x.Text = Words(e)
		if !e.Shown.IsZero() {
			x.At = e.Shown
		}
		t.updates = append(t.updates, x)
	case UpdateWithdrawn:
		x.Text = Words(e)
		if i := e.Number - 1 - t.brought; i >= 0 && i < len(t.updates) && !m.Redacted {
			t.updates[i].Withdrawn = true
		}
	case PublicImported:
		x.Text = Words(e)
		t.brought = e.count()
	default:
		x.Text = Words(ev)
	}
	if m.Redacted {
		x.Text = erasedText
	}
	t.entries = append(t.entries, x)
	t.bySeq[m.Seq] = x
}

// edit gives a message a new text. One that arrives after a newer edit never
// stands: it takes its place among the versions.
func (t *Timeline) edit(x *Entry, m Meta, e MessageEdited) {
	text := named(e.Text, e.Spans, t.names)
	if m.When.Before(x.edited) {
		i := slices.IndexFunc(x.Versions, func(v Version) bool { return v.Until.After(m.When) })
		late := x.Versions[i]
		late.Text = text
		x.Versions[i].Until, x.Versions[i].By = m.When, m.By
		x.Versions = slices.Insert(x.Versions, i+1, late)
		return
	}
	if x.corrected { // a person has said what is right; the edit stands among the versions
		x.Versions = append(x.Versions, Version{Text: text, At: x.At, Until: m.When, By: m.By})
		x.said, x.Masked, x.edited = e.Text, e.Masked, m.When
		return
	}
	x.Versions = append(x.Versions, Version{Text: x.Text, At: x.At, Until: m.When, By: m.By})
	x.said, x.spans, x.Text, x.Masked, x.edited = e.Text, e.Spans, text, e.Masked, m.When
}

// Len is how many entries there are.
func (t *Timeline) Len() int { return len(t.entries) }

// Entry returns entry n; nil if there is none.
func (t *Timeline) Entry(n int) *Entry {
	if n < 1 || n > len(t.entries) {
		return nil
	}
	return t.entries[n-1]
}

// ByKey returns the entry of the message with this key; nil if there is none.
func (t *Timeline) ByKey(key string) *Entry { return t.byKey[key] }

// BySeq returns the entry that record seq made; nil if it made none.
func (t *Timeline) BySeq(seq uint64) *Entry { return t.bySeq[seq] }

// Entries lists all entries by their numbers.
func (t *Timeline) Entries() []*Entry { return t.entries }

// Chronological lists all entries by when they happened; entries of one
// instant keep the order in which they were recorded.
func (t *Timeline) Chronological() []*Entry {
	out := slices.Clone(t.entries)
	sort.SliceStable(out, func(i, j int) bool { return out[i].At.Before(out[j].At) })
	return out
}

// mark lifts an entry into the story, or takes that back. The command's unmark
// takes every mark back: whoever types it sees the entry and means it.
func (e *Entry) mark(by Person, how string, off bool) {
	if e == nil {
		return
	}
	e.Marks = slices.DeleteFunc(e.Marks, func(m Mark) bool {
		return off && how == "command" || m.By.ID == by.ID && m.How == how
	})
	if !off {
		e.Marks = append(e.Marks, Mark{By: by, How: how})
	}
}

func (e *Entry) reacted(emoji string, by Person) bool {
	return slices.ContainsFunc(e.Reactions, func(r Reaction) bool { return r.Emoji == emoji && r.By.ID == by.ID })
}

// named writes learned names into the spans of a text that had none.
func named(text string, spans []Span, names map[string]string) string {
	var b strings.Builder
	last := 0
	for _, s := range spans {
		if s.Start < last || s.End > len(text) || s.Start > s.End || s.Name != "" || names[s.ID] == "" {
			continue
		}
		b.WriteString(text[last:s.Start])
		b.WriteString("@" + names[s.ID])
		last = s.End
	}
	b.WriteString(text[last:])
	return b.String()
}
