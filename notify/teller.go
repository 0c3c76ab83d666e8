package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sitrep/bot"
	"sitrep/follow"
	"sitrep/incident"
	"sitrep/store"
)

// keptCards is how many incidents' cards are kept editable: the newest ones.
const keptCards = 50

// Options are the optional parts of a Teller.
type Options struct {
	Now         func() time.Time         // time.Now if nil
	Undelivered func(id string) []string // what waits to be delivered, a sentence each, for an incident's card; nothing if nil
	// Precedent says in one line for the team which past incidents an incident is
	// like; "" if none. Nothing is said if nil.
	Precedent func(in *incident.Incident) string
	Quiet     bool // rooms hear only what is published, and the end; the card says the rest
}

// A Teller tells the rooms of one platform: it keeps the card of every incident
// current, says there in one short message what everybody has to know (a
// published update, a change of severity or commander, the end), and puts the
// rest as lines into the card's thread. What could not be said in time is said
// all at once, each thing with the time at which it happened.
type Teller struct {
	board    *incident.Board
	platform bot.Platform
	o        Options

	// What the last state said, so that it is not read again for every record.
	// Only Handle uses them.
	kept  []byte
	told  told
	first time.Time // when the first record was recorded that this process handled
}

// NewTeller returns the follower for a platform.
func NewTeller(b *incident.Board, p bot.Platform, o *Options) *Teller {
	t := &Teller{board: b, platform: p}
	if o != nil {
		t.o = *o
	}
	if t.o.Now == nil {
		t.o.Now = time.Now
	}
	return t
}

// Name is the name of its cursor.
func (t *Teller) Name() string { return "rooms-told:" + t.platform.Name() }

// Wants reports whether records of a kind are about an incident's state. What
// is said in rooms is there already.
func (t *Teller) Wants(kind string) bool { return tells(kind) }

// tells reports whether records of a kind are about an incident's state.
func tells(kind string) bool {
	switch kind {
	case "page.configured", "clock.stepped", "log.redacted", "name.learned", "person.joined", "platform.unread", "rooms.retired", "room.closed":
		return false
	}
	return !strings.HasPrefix(kind, "message.") && !strings.HasPrefix(kind, "reaction.") && !strings.HasPrefix(kind, "local.") && !strings.HasPrefix(kind, "maintenance.") && !strings.HasPrefix(kind, "subscriber")
}

// told is what the follower keeps: where the cards are, and what they show.
type told struct {
	Cards  map[string]card     `json:"cards"`
	Missed map[string][]missed `json:"missed,omitempty"` // by incident, what is yet to be said at once
}

type missed struct {
	Seq   uint64    `json:"seq"`
	Since time.Time `json:"since"` // when it was recorded
	bot.Missed
	Buttons []bot.Button `json:"buttons,omitempty"`
}

type card struct {
	Ref    bot.Ref `json:"ref"`
	N      uint64  `json:"n"` // the last record of the incident that it shows
	Number int     `json:"number"`
}

// Handle tells the room of the record's incident what it has to know of it.
func (t *Teller) Handle(ctx context.Context, r store.Record, state []byte) ([]byte, error) {
	if !strings.HasPrefix(r.Stream, "INC-") || strings.HasSuffix(r.Stream, "/room") {
		return state, nil
	}
	if err := t.board.Await(ctx, r.Seq); err != nil {
		return state, err
	}
	in := t.board.Get(r.Stream)
	if in == nil {
		return state, nil
	}
	room, ok := in.RoomOn(t.platform.Name())
	if !ok {
		return state, nil // it will be told all at once when its room is opened
	}
	s, err := t.read(state)
	if err != nil {
		return state, err
	}
	m, ev, err := incident.Decode(incident.Header{Seq: r.Seq, N: r.N, Recorded: r.At, Kind: r.Kind, Imported: r.Imported, Redacted: r.Redacted}, r.Data)
	if err != nil {
		return state, follow.Permanent(err)
	}
	if err := t.tell(ctx, s, in, room, m, ev); err != nil {
		t.kept = nil // what it got done before it failed is not kept
		if !temporary(err) && t.moving(r, room) {
			err = &bot.Temporary{After: time.Second, Err: errors.New(err.Error())}
		}
		return state, err
	}
	next, err := json.Marshal(s)
	t.kept = next
	return next, err
}

// movesIn is how long after a record its incident may still be on its way out of
// a room, because of it.
const movesIn = 10 * time.Second

// moving reports whether a room that takes nothing any more was left for another
// one meanwhile, or may have been: an incident that becomes private puts it away
// first, and that is recorded then.
func (t *Teller) moving(r store.Record, room incident.Place) bool {
	in := t.board.Get(r.Stream)
	if in == nil {
		return false
	}
	now, ok := in.RoomOn(t.platform.Name())
	return !ok || now.ID != room.ID || in.Private && t.o.Now().Sub(r.At) < movesIn
}

// read returns what a state says.
func (t *Teller) read(state []byte) (*told, error) {
	if t.kept != nil && bytes.Equal(state, t.kept) {
		return &t.told, nil
	}
	t.told = told{}
	if len(state) > 0 {
		if err := json.Unmarshal(state, &t.told); err != nil {
			return nil, fmt.Errorf("read the state of %s: %w", t.Name(), err)
		}
	}
	if t.told.Cards == nil {
		t.told.Cards = map[string]card{}
	}
	return &t.told, nil
}

func (t *Teller) tell(ctx context.Context, s *told, in *incident.Incident, room incident.Place, m incident.Meta, ev incident.Event) error {
	zone, err := time.LoadLocation(t.board.Page().TimeZone)
	if err != nil {
		zone = time.UTC
	}
	key := fmt.Sprintf("%s/%d", t.Name(), m.Seq)
	_, known := s.Cards[in.ID]
	if err := t.card(ctx, s, in, room, zone, key, m.Recorded); err != nil {
		return err
	}
	if !known && in.Open() && !t.o.Quiet && t.o.Precedent != nil {
		if line := t.o.Precedent(in); line != "" {
			l := bot.Line{Incident: in.ID, Text: line, At: in.Declared.When, Zone: zone}
			if err := t.post(ctx, bot.Post{To: room, Thread: s.Cards[in.ID].Ref, Message: l, Key: key + "/like", Since: m.Recorded}); err != nil {
				return err
			}
		}
	}
	if t.first.IsZero() {
		t.first = m.Recorded
	}
	more := m.N < in.LastN
	if more && t.o.Now().Sub(m.Recorded) > late && m.Recorded.Sub(t.first) > unsaved || len(s.Missed[in.ID]) > 0 {
		return t.catchUp(ctx, s, in, room, m, ev, zone, more)
	}
	if opened, ok := ev.(incident.RoomOpened); ok {
		if opened.Room.Platform != room.Platform || opened.Room.ID != room.ID {
			return nil
		}
		for _, u := range slices.Backward(in.Updates) { // what customers were told before there was a room; the rest comes
			if u.Meta.Seq < m.Seq && !u.Gone() {
				return t.post(ctx, bot.Post{To: room, Message: announceUpdate(in, u, zone), Key: key + "/said", Since: m.Recorded})
			}
		}
		return nil
	}
	switch x := t.words(in, m, ev, zone).(type) {
	case bot.Announcement, bot.Reminder:
		return t.post(ctx, bot.Post{To: room, Message: x, Key: key + "/said", Since: m.Recorded})
	case bot.Line:
		return t.post(ctx, bot.Post{To: room, Thread: s.Cards[in.ID].Ref, Message: x, Key: key + "/line", Since: m.Recorded})
	}
	return nil
}

// words are what a room is told of an event: an announcement, a line, or nil.
func (t *Teller) words(in *incident.Incident, m incident.Meta, ev incident.Event, zone *time.Location) bot.Message {
	if m.Redacted || t.o.Quiet && !loud(ev) { // nothing is left to tell, or nothing is to be told
		return nil
	}
	if e, ok := ev.(incident.PostmortemReminded); ok {
		if in.Report.Over() {
			return nil // it was done a moment ago
		}
		return reminder(in, e, zone)
	}
	if a, ok := announcement(in, m, ev, zone); ok {
		return a
	}
	if l, ok := t.line(in, m, ev, zone); ok {
		return l
	}
	return nil
}

// late is how long after it was recorded something is no longer said by itself,
// if more has happened since: the platform was away, or this process was.
const late = time.Minute

// unsaved is how much may have been said by itself whose place was not kept when
// the process before this one died: a place is kept after a second at the
// latest. It is said by itself again, which posts nothing twice.
const unsaved = 2 * time.Second

// catchUp keeps what is to be said of an event until nothing more has happened,
// and says it then in one message.
func (t *Teller) catchUp(ctx context.Context, s *told, in *incident.Incident, room incident.Place, m incident.Meta, ev incident.Event, zone *time.Location, more bool) error {
	waiting := s.Missed[in.ID]
	add := func(x bot.Missed, bs ...bot.Button) {
		waiting = append(slices.Clip(waiting), missed{Seq: m.Seq, Since: m.Recorded, Missed: x, Buttons: bs})
	}
	switch x := t.words(in, m, ev, zone).(type) {
	case bot.Announcement:
		add(bot.Missed{At: x.At, Text: x.Text, Quote: x.Quote, Public: x.Public}, x.Buttons...)
	case bot.Line:
		text := x.Text
		if x.By != "" {
			text = x.By + ": " + text
		}
		add(bot.Missed{At: x.At, Text: text})
	case bot.Reminder:
		add(bot.Missed{At: m.When, Text: x.Text}, x.Buttons...)
	}
	if !more && len(waiting) > 0 {
		c := bot.CatchUp{Incident: in.ID, Title: in.Title, Zone: zone}
		for _, w := range waiting {
			for _, u := range in.Updates {
				if u.Meta.Seq == w.Seq && u.Gone() { // its words are no longer anybody's to read
					w.Text, w.Quote = strings.TrimSuffix(w.Text, ":")+", and took it back.", ""
				}
			}
			c.Missed, c.Buttons = append(c.Missed, w.Missed), append(c.Buttons, w.Buttons...)
		}
		c.Buttons = c.Buttons[max(0, len(c.Buttons)-5):]
		slices.SortStableFunc(c.Missed, func(a, b bot.Missed) int { return a.At.Compare(b.At) })
		ref, err := t.platform.Post(ctx, bot.Post{To: room, Message: c, Key: fmt.Sprintf("%s/%d/missed", t.Name(), waiting[0].Seq), Since: waiting[0].Since})
		if err == nil { // it may have been there already, from before more had happened
			err = t.platform.Edit(ctx, ref, c)
		}
		if err != nil {
			return sent(fmt.Errorf("post to %s: %w", room.Name, err))
		}
		waiting = nil
	}
	if waiting == nil {
		delete(s.Missed, in.ID)
		return nil
	}
	if s.Missed == nil {
		s.Missed = map[string][]missed{}
	}
	s.Missed[in.ID] = waiting
	return nil
}

func (t *Teller) post(ctx context.Context, p bot.Post) error {
	if _, err := t.platform.Post(ctx, p); err != nil {
		return sent(fmt.Errorf("post to %s: %w", p.To.Name, err))
	}
	return nil
}

// sent tells follow what a platform's error means: one that is not Temporary
// would come again for ever, and one room that is gone must not keep the others
// from being told.
func sent(err error) error {
	if temporary(err) {
		return err
	}
	return follow.Permanent(err)
}

func temporary(err error) bool {
	return errors.Is(err, bot.ErrTemporary) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// card posts the card of an incident, or brings the one that is there up to
// date, unless it shows the newest state already.
func (t *Teller) card(ctx context.Context, s *told, in *incident.Incident, room incident.Place, zone *time.Location, key string, since time.Time) error {
	was, there := s.Cards[in.ID]
	if there && was.N >= in.LastN && was.Ref.Channel.ID == room.ID {
		return nil
	}
	var undelivered []string
	if t.o.Undelivered != nil {
		undelivered = t.o.Undelivered(in.ID)
	}
	c := bot.NewCard(in, t.o.Now(), zone, undelivered)
	ref, edited := was.Ref, false
	if there && was.Ref.Channel.ID == room.ID {
		switch err := t.platform.Edit(ctx, was.Ref, c); {
		case err == nil:
			edited = true
		case temporary(err):
			return fmt.Errorf("bring the card of %s up to date: %w", in.ID, err)
		}
	}
	if !edited { // there was none here, or it is gone
		var err error
		if ref, err = t.platform.Post(ctx, bot.Post{To: room, Message: c, Key: key + "/card", Since: since}); err != nil {
			return sent(fmt.Errorf("post the card of %s: %w", in.ID, err))
		}
	}
	s.Cards[in.ID] = card{Ref: ref, N: in.LastN, Number: in.Number}
	s.prune(in.ID)
	return nil
}

// prune forgets the cards of the oldest incidents, but not the one that was
// just posted, whose thread is about to be written to.
func (s *told) prune(current string) {
	if len(s.Cards) <= keptCards {
		return
	}
	var numbers []int
	for _, c := range s.Cards {
		numbers = append(numbers, c.Number)
	}
	slices.Sort(numbers)
	edge := numbers[len(numbers)-keptCards]
	for id, c := range s.Cards {
		if c.Number < edge && id != current {
			delete(s.Cards, id)
		}
	}
}

// loud reports whether a quiet room hears of an event.
func loud(ev incident.Event) bool {
	switch e := ev.(type) {
	case incident.UpdatePosted, incident.UpdateWithdrawn, incident.CanceledBy, incident.MergedInto, incident.Reopened:
		return true
	case incident.StateChanged:
		return e.Status == incident.Resolved
	}
	return false
}

// announcement is the short message for everybody that some events are; ok is
// false for the others.
func announcement(in *incident.Incident, m incident.Meta, ev incident.Event, zone *time.Location) (bot.Announcement, bool) {
	a := bot.Announcement{Incident: in.ID, Title: in.Title, At: m.When, Zone: zone}
	switch e := ev.(type) {
	case incident.UpdatePosted:
		for _, u := range in.Updates {
			if u.Meta.Seq == m.Seq {
				return announceUpdate(in, u, zone), true
			}
		}
		return a, false
	case incident.SeverityChanged, incident.UpdateWithdrawn, incident.Reopened, incident.CanceledBy, incident.MergedInto, incident.Unmerged, incident.HandoverAccepted, incident.PostmortemPublished:
		a.Text = sentence(m.By.String() + " " + incident.Words(ev))
	case incident.HandoverOffered:
		a.Text = sentence(m.By.String() + " " + incident.Words(ev))
		a.Buttons = []bot.Button{{Label: "Accept", Command: "handover " + in.ID + " accept " + e.Role, Style: bot.Primary}}
	case incident.PostmortemReviewAsked:
		a.Text = sentence(m.By.String() + " " + incident.Words(ev))
		a.Buttons = []bot.Button{{Label: "Show it", Command: "postmortem " + in.ID + " show"}, {Label: "Reviewed", Command: "postmortem " + in.ID + " reviewed", Style: bot.Primary}}
	case incident.RoleAssigned:
		if e.Role != "commander" {
			return a, false
		}
		a.Text = incident.Words(ev) + "."
	case incident.StateChanged:
		if e.Status != incident.Resolved {
			return a, false
		}
		if in.IsPublic() && in.PublishedStatus() == incident.Resolved {
			return a, false // the update that resolved it says so
		}
		a.Text = m.By.String() + " resolved " + in.ID + "."
		if e.Text != "" {
			a.Text = m.By.String() + " resolved " + in.ID + ": " + e.Text
		}
	default:
		return a, false
	}
	return a, true
}

// reminder says that a postmortem is due.
func reminder(in *incident.Incident, e incident.PostmortemReminded, zone *time.Location) bot.Reminder {
	const day = 24 * time.Hour
	text := "The postmortem is due, and is " + string(in.Report.Stage()) + "."
	if in.Report.Stage() == incident.StageNone {
		text = "The postmortem is due, and nobody has begun it."
	}
	switch late := e.At.Sub(e.Due); {
	case late < 0:
		text = strings.Replace(text, "is due", "is due in a day", 1)
	case late >= day:
		text = strings.Replace(text, "is due", fmt.Sprintf("is %d days overdue", int(late/day)), 1)
	}
	r := bot.Reminder{Incident: in.ID, Due: e.Due, Zone: zone}
	do := func(label, command string, style bot.Style) {
		r.Buttons = append(r.Buttons, bot.Button{Label: label, Command: "postmortem " + in.ID + " " + command, Style: style})
	}
	if in.Report.Owner.IsZero() {
		text += " Nobody owns it."
		do("I own it", "owner @me", bot.Primary)
	} else {
		text += " " + in.Report.Owner.String() + " owns it."
	}
	do("Show it", "show", bot.Plain)
	switch in.Report.Stage() {
	case incident.StageDraft:
		do("Ask for a review", "review", bot.Plain)
	case incident.StageInReview:
		do("Reviewed", "reviewed", bot.Plain)
	}
	r.Text = text
	return r
}

func announceUpdate(in *incident.Incident, u incident.Update, zone *time.Location) bot.Announcement {
	return bot.Announcement{
		Incident: in.ID, Title: in.Title, Public: true, Quote: u.Body, At: u.Shown, Zone: zone,
		Text: fmt.Sprintf("%s told customers (update %d, %s):", u.Meta.By, u.Number, strings.ToLower(u.Status.Label())),
	}
}

// line is the line in the card's thread that other events are; ok is false for
// those that nobody needs to read there.
func (t *Teller) line(in *incident.Incident, m incident.Meta, ev incident.Event, zone *time.Location) (bot.Line, bool) {
	switch e := ev.(type) {
	case incident.StateChanged:
		if e.Status == incident.Resolved {
			return bot.Line{}, false
		}
	case incident.PostmortemDrafted:
		if len(e.Calls) == 0 {
			return bot.Line{}, false // whoever asked for it was told, and it is there at once
		}
	case incident.PostmortemProgress, incident.NoteAdded, incident.LinkAdded, incident.MilestoneRecorded, incident.ComponentsChanged, incident.Renamed, incident.PrivacyChanged,
		incident.RoleAssigned, incident.ActionAdded, incident.ActionDone, incident.ActionAssigned,
		incident.TheoryAdded, incident.TheoryEvidence, incident.TheoryRuledOut, incident.TheoryConfirmed, incident.Absorbed,
		incident.PostmortemOwned, incident.PostmortemReviewed, incident.PostmortemReturned, incident.PostmortemClosed, incident.PostmortemReopened:
	default:
		return bot.Line{}, false
	}
	by := m.By.String()
	if by == "" {
		by = "Postmortem" // what nobody did is about that
	}
	return bot.Line{Incident: in.ID, Entry: t.board.Entry(in.ID, m.Seq), By: by, Text: incident.Words(ev), At: m.When, Zone: zone}, true
}

// sentence ends s with a full stop, unless it has an end already: it may end in
// what somebody wrote.
func sentence(s string) string {
	if strings.HasSuffix(s, ".") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}
