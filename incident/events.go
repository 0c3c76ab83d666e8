package incident

import "time"

// The incident's own stream.

// Declared opens an incident. Affects is what the team believes, not what customers were told.
type Declared struct {
	Number   int               `json:"number"`
	Title    string            `json:"title"`
	Severity string            `json:"severity,omitempty"`
	Affects  []ComponentChange `json:"affects,omitempty"`
	Private  bool              `json:"private,omitempty"`
	Drill    bool              `json:"drill,omitempty"`
}

// StateChanged sets the team's state. Nothing becomes public by it.
type StateChanged struct {
	Status Status `json:"status"`
	Text   string `json:"text,omitempty"`
	Verb   string `json:"verb,omitempty"` // the command that changed it, if that was not state
}

// UpdatePosted tells customers something: the only event, with UpdateEdited and the postmortem's, whose text is public.
// UpdateWithdrawn takes it back.
type UpdatePosted struct {
	Code     string            `json:"code"`
	Status   Status            `json:"status"`
	Body     string            `json:"body"`
	Title    string            `json:"title,omitempty"`    // the public title, where this update sets it
	Affects  []ComponentChange `json:"affects,omitempty"`  // every component attached from now on
	Impact   Impact            `json:"impact,omitempty"`   // what this update says of the impact
	Override bool              `json:"override,omitempty"` // Impact was stated, not computed
	Next     time.Time         `json:"next,omitzero"`      // when the next word was promised
	Quiet    bool              `json:"quiet,omitempty"`    // subscribers are not told
	Shown    time.Time         `json:"shown"`              // what the page prints
}

// UpdateEdited mends the text of update Number and keeps its stamp.
type UpdateEdited struct {
	Number int    `json:"number"`
	Body   string `json:"body"`
	Notify bool   `json:"notify,omitempty"`
}

// PreviewOpened holds words for customers that nobody has confirmed yet: the
// command as it will be run.
type PreviewOpened struct {
	Verb string            `json:"verb"`
	Sub  string            `json:"sub,omitempty"`
	Args map[string]string `json:"args,omitempty"`
	Text string            `json:"text,omitempty"`
	Over int               `json:"over"` // how many updates were public when it was shown
}

// PreviewClosed ends a preview: it was published, or discarded, or replaced by a newer one.
type PreviewClosed struct {
	Preview int    `json:"preview"`
	How     string `json:"how"`
}

// DeliveryFailed says that somebody could not be told of a record, and that
// trying again is useless until a person mends what is wrong.
type DeliveryFailed struct {
	Follower string `json:"follower"` // who gave up: "rooms-told:slack"
	Of       uint64 `json:"of"`       // the record
	Why      string `json:"why"`
}

// Reopened opens an incident again that was resolved, canceled or merged.
type Reopened struct {
	Why string `json:"why"`
}

// CanceledBy ends an incident that was none.
type CanceledBy struct {
	Why string `json:"why,omitempty"`
}

// MergedInto ends an incident as part of another.
type MergedInto struct {
	Into string `json:"into"`
	Why  string `json:"why,omitempty"`
}

// Absorbed tells an incident that another was merged into it.
type Absorbed struct {
	From string `json:"from"`
}

// Unmerged makes a merged incident its own again.
type Unmerged struct {
}

// Brought begins an incident whose records were brought over from another
// installation. Nothing of it is public here: what customers read of it stands
// where it came from.
type Brought struct {
	From string    `json:"from"`         // what the page there is called
	ID   string    `json:"id"`           // what the incident is called there
	At   time.Time `json:"at"`           // when it was taken along
	Last uint64    `json:"last"`         // the last record of it there
	Sum  string    `json:"sum,omitzero"` // the hash chain there, after that record
}

// NoteAdded keeps a remark of the team's.
type NoteAdded struct {
	Text string `json:"text"`
}

// LinkAdded ties an incident to another, or to something on the web.
type LinkAdded struct {
	Target string `json:"target"`
	How    string `json:"how,omitempty"`
}

// MilestoneRecorded says when a milestone was reached: an instant, or an interval if Until is set.
type MilestoneRecorded struct {
	Name          MilestoneName `json:"name"`
	At            time.Time     `json:"at"`
	Until         time.Time     `json:"until,omitzero"`
	Evidence      string        `json:"evidence,omitempty"`
	NotApplicable bool          `json:"not_applicable,omitempty"`
}

// SeverityChanged sets how bad the team thinks it is.
type SeverityChanged struct {
	Severity string `json:"severity"`
	Why      string `json:"why,omitempty"`
}

// ComponentsChanged states which components are affected, for the team; the page is untouched.
type ComponentsChanged struct {
	Affects []ComponentChange `json:"affects"`
}

// Renamed changes the internal title.
type Renamed struct {
	Title string `json:"title"`
}

// PrivacyChanged makes an incident private, or no longer so.
type PrivacyChanged struct {
	Private bool `json:"private"`
}

// RoleAssigned gives a role to somebody, or to nobody.
type RoleAssigned struct {
	Role string `json:"role"`
	Who  Person `json:"who,omitzero"`
}

// HandoverOffered offers a role to somebody; it moves when they accept.
type HandoverOffered struct {
	Role string `json:"role"`
	To   Person `json:"to"`
}

// HandoverAccepted takes the role that was offered.
type HandoverAccepted struct {
	Role string `json:"role"`
}

// ActionAdded adds a follow-up.
type ActionAdded struct {
	Text  string `json:"text"`
	Owner Person `json:"owner,omitzero"`
}

// ActionDone says that follow-up Number is done.
type ActionDone struct {
	Number int `json:"number"`
}

// ActionAssigned gives follow-up Number an owner.
type ActionAssigned struct {
	Number int    `json:"number"`
	Owner  Person `json:"owner"`
}

// TheoryAdded states what somebody believes is going on.
type TheoryAdded struct {
	Text string `json:"text"`
}

// TheoryEvidence adds what speaks for or against theory Number.
type TheoryEvidence struct {
	Number int    `json:"number"`
	Text   string `json:"text"`
}

// TheoryRuledOut drops theory Number.
type TheoryRuledOut struct {
	Number int    `json:"number"`
	Why    string `json:"why,omitempty"`
}

// TheoryConfirmed holds theory Number for true.
type TheoryConfirmed struct {
	Number int    `json:"number"`
	Why    string `json:"why,omitempty"`
}

// EntryCorrected corrects timeline entry Entry; what stood there stays on record.
type EntryCorrected struct {
	Entry int       `json:"entry"`
	Text  string    `json:"text,omitempty"`
	At    time.Time `json:"at,omitzero"`
	Of    uint64    `json:"of,omitempty"` // the record that made the entry: a milestone that it recorded moves with it
}

// EntryStruck takes timeline entry Entry out of the story; it stays on record.
type EntryStruck struct {
	Entry int    `json:"entry"`
	Why   string `json:"why,omitempty"`
}

// EntryMarked lifts timeline entry Entry into the story, or lets it go again.
type EntryMarked struct {
	Entry int  `json:"entry"`
	Off   bool `json:"off,omitempty"`
}

// RoomOpened says where the incident is worked on.
type RoomOpened struct {
	Room    Place  `json:"room"`
	Adopted bool   `json:"adopted,omitempty"`
	Aside   bool   `json:"aside,omitempty"` // it was brought along: what is said there is kept, and nothing is told there
	Ref     string `json:"ref,omitempty"`   // the platform's way back to it, a URL where it has one
}

// RoomClosed says that a room is no longer there.
type RoomClosed struct {
	Room Place  `json:"room"`
	Why  string `json:"why,omitempty"`
}

// RoomsRetired says that nobody works in the incident's rooms any more: those who
// keep them put them away.
type RoomsRetired struct {
	After time.Duration `json:"after,omitempty"` // for so long nothing had happened
}

// RoomChanged says what a person has done to a room: it is called otherwise now,
// or only those who are in it can read it.
type RoomChanged struct {
	Room    Place `json:"room"` // with its name as it is now
	Named   bool  `json:"named,omitempty"`
	Private bool  `json:"private,omitempty"`
}

// The room's stream, "INC-1/room". Key is what a message is on its platform.

// MessageSaid keeps a message of the room.
type MessageSaid struct {
	Key    string   `json:"key"`
	Text   string   `json:"text"`
	Spans  []Span   `json:"spans,omitempty"`
	Thread string   `json:"thread,omitempty"` // the key of the message that it answers
	Files  []File   `json:"files,omitempty"`
	Link   string   `json:"link,omitempty"`
	Masked []string `json:"masked,omitempty"` // what was masked, by rule
}

// MessageEdited keeps the new text of message Key; the old one stays on record.
type MessageEdited struct {
	Key    string   `json:"key"`
	Text   string   `json:"text"`
	Spans  []Span   `json:"spans,omitempty"`
	Masked []string `json:"masked,omitempty"`
}

// MessageDeleted says that message Key was withdrawn by its author. It is not erased.
type MessageDeleted struct {
	Key string `json:"key"`
}

// Reacted keeps a reaction to message Key.
type Reacted struct {
	Key   string `json:"key"`
	Emoji string `json:"emoji"`
	Mark  bool   `json:"mark,omitempty"` // the emoji lifts a message into the story
}

// Unreacted takes a reaction back.
type Unreacted struct {
	Key   string `json:"key"`
	Emoji string `json:"emoji"`
	Mark  bool   `json:"mark,omitempty"` // the emoji lifts a message into the story
}

// Pinned says that message Key was pinned.
type Pinned struct {
	Key string `json:"key"`
}

// Unpinned says that message Key was unpinned.
type Unpinned struct {
	Key string `json:"key"`
}

// Joined says that somebody came into the room.
type Joined struct {
	Who Person `json:"who"`
}

// NameLearned completes the name of an id that was not known when its text was kept.
type NameLearned struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Planned work, in streams "MNT-1".

// MaintenanceScheduled announces planned work.
type MaintenanceScheduled struct {
	Number  int               `json:"number"`
	Code    string            `json:"code"`
	Title   string            `json:"title"`
	Body    string            `json:"body"`
	From    time.Time         `json:"from"`
	Until   time.Time         `json:"until"`
	Affects []ComponentChange `json:"affects,omitempty"`
	Shown   time.Time         `json:"shown"`
	Quiet   bool              `json:"quiet,omitempty"`
	Repeats Recurrence        `json:"repeats,omitzero"`
	Remind  time.Time         `json:"remind,omitzero"`  // when people are to be reminded of it
	Manual  bool              `json:"manual,omitempty"` // people begin and end it, not the clock
}

// MaintenanceMoved takes planned work a step on, or says something in between,
// with words for customers.
type MaintenanceMoved struct {
	Code   string    `json:"code"`
	Status Status    `json:"status"` // in_progress, verifying, completed or canceled; as it is, for words in between
	Body   string    `json:"body"`
	Shown  time.Time `json:"shown"`
	Quiet  bool      `json:"quiet,omitempty"`
	Last   bool      `json:"last,omitempty"` // it does not happen again
}

// The page's stream, "page", and the log's own.

// PageConfigured states the page's definition whole.
type PageConfigured struct {
	Page Page `json:"page"`
}

// ClockStepped says that the machine's clock went back by two seconds or more.
type ClockStepped struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Erased says that the contents of records were erased, and why.
type Erased struct {
	Seqs []uint64 `json:"seqs"`
	Why  string   `json:"why,omitempty"`
}

// Unknown is an event of a kind that this version does not know: written by a
// later one, and passed over.
type Unknown struct {
	Was string `json:"-"`
}

// A Span is a part of a text that names something by the platform's id:
// a person, a group, a channel or an emoji. Text holds the name as it was
// known; the offsets are bytes of Text.
type Span struct {
	Start int    `json:"start"`
	End   int    `json:"end"`
	Kind  string `json:"kind"` // person, group, channel, emoji
	ID    string `json:"id"`
	Name  string `json:"name,omitempty"`
}

// A File is what is known of an attachment; its bytes are not kept.
type File struct {
	Name string `json:"name"`
	Type string `json:"type,omitempty"`
	Size int64  `json:"size,omitempty"`
	Link string `json:"link,omitempty"`
}

// Kind returns declared.
func (Declared) Kind() string { return "declared" }

// Kind returns state.changed.
func (StateChanged) Kind() string { return "state.changed" }

// Kind returns update.posted.
func (UpdatePosted) Kind() string { return "update.posted" }

// Kind returns update.edited.
func (UpdateEdited) Kind() string { return "update.edited" }

// Kind returns preview.opened.
func (PreviewOpened) Kind() string { return "preview.opened" }

// Kind returns preview.closed.
func (PreviewClosed) Kind() string { return "preview.closed" }

// Kind returns delivery.failed.
func (DeliveryFailed) Kind() string { return "delivery.failed" }

// Kind returns reopened.
func (Reopened) Kind() string { return "reopened" }

// Kind returns canceled.
func (CanceledBy) Kind() string { return "canceled" }

// Kind returns merged.
func (MergedInto) Kind() string { return "merged" }

// Kind returns absorbed.
func (Absorbed) Kind() string { return "absorbed" }

// Kind returns unmerged.
func (Unmerged) Kind() string { return "unmerged" }

// Kind returns incident.brought.
func (Brought) Kind() string { return "incident.brought" }

// Kind returns note.added.
func (NoteAdded) Kind() string { return "note.added" }

// Kind returns link.added.
func (LinkAdded) Kind() string { return "link.added" }

// Kind returns milestone.recorded.
func (MilestoneRecorded) Kind() string { return "milestone.recorded" }

// Kind returns severity.changed.
func (SeverityChanged) Kind() string { return "severity.changed" }

// Kind returns components.changed.
func (ComponentsChanged) Kind() string { return "components.changed" }

// Kind returns renamed.
func (Renamed) Kind() string { return "renamed" }

// Kind returns privacy.changed.
func (PrivacyChanged) Kind() string { return "privacy.changed" }

// Kind returns role.assigned.
func (RoleAssigned) Kind() string { return "role.assigned" }

// Kind returns handover.offered.
func (HandoverOffered) Kind() string { return "handover.offered" }

// Kind returns handover.accepted.
func (HandoverAccepted) Kind() string { return "handover.accepted" }

// Kind returns action.added.
func (ActionAdded) Kind() string { return "action.added" }

// Kind returns action.done.
func (ActionDone) Kind() string { return "action.done" }

// Kind returns action.assigned.
func (ActionAssigned) Kind() string { return "action.assigned" }

// Kind returns theory.added.
func (TheoryAdded) Kind() string { return "theory.added" }

// Kind returns theory.evidence.
func (TheoryEvidence) Kind() string { return "theory.evidence" }

// Kind returns theory.ruled_out.
func (TheoryRuledOut) Kind() string { return "theory.ruled_out" }

// Kind returns theory.confirmed.
func (TheoryConfirmed) Kind() string { return "theory.confirmed" }

// Kind returns entry.corrected.
func (EntryCorrected) Kind() string { return "entry.corrected" }

// Kind returns entry.struck.
func (EntryStruck) Kind() string { return "entry.struck" }

// Kind returns entry.marked.
func (EntryMarked) Kind() string { return "entry.marked" }

// Kind returns room.opened.
func (RoomOpened) Kind() string { return "room.opened" }

// Kind returns room.closed.
func (RoomClosed) Kind() string { return "room.closed" }

// Kind returns "room.changed".
func (RoomChanged) Kind() string { return "room.changed" }

// Kind returns rooms.retired.
func (RoomsRetired) Kind() string { return "rooms.retired" }

// Kind returns message.said.
func (MessageSaid) Kind() string { return "message.said" }

// Kind returns message.edited.
func (MessageEdited) Kind() string { return "message.edited" }

// Kind returns message.deleted.
func (MessageDeleted) Kind() string { return "message.deleted" }

// Kind returns reaction.added.
func (Reacted) Kind() string { return "reaction.added" }

// Kind returns reaction.removed.
func (Unreacted) Kind() string { return "reaction.removed" }

// Kind returns message.pinned.
func (Pinned) Kind() string { return "message.pinned" }

// Kind returns message.unpinned.
func (Unpinned) Kind() string { return "message.unpinned" }

// Kind returns person.joined.
func (Joined) Kind() string { return "person.joined" }

// Kind returns name.learned.
func (NameLearned) Kind() string { return "name.learned" }

// Kind returns maintenance.scheduled.
func (MaintenanceScheduled) Kind() string { return "maintenance.scheduled" }

// Kind returns maintenance.moved.
func (MaintenanceMoved) Kind() string { return "maintenance.moved" }

// Kind returns page.configured.
func (PageConfigured) Kind() string { return "page.configured" }

// Kind returns clock.stepped.
func (ClockStepped) Kind() string { return "clock.stepped" }

// Kind returns log.redacted.
func (Erased) Kind() string { return "log.redacted" }

// Kind returns the kind as it was recorded.
func (u Unknown) Kind() string { return u.Was }
