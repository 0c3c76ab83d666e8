package postmortem

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"sitrep/incident"
)

// An Item is an entry that tells the story.
type Item struct {
	Ref     string
	At      time.Time
	Kind    string
	Text    string   // who did or said what, in words that can be read alone
	Link    string   // the way back to it on its platform
	Why     []string // why it was chosen
	Message bool
	score   int
	short   string // for the report, which has the whole of an update elsewhere; "" if Text is short
}

// A room with at most smallRoom messages of one voice is told nearly whole: it is
// a timeline already. Where people talk with each other they keep 10 to 13 rows
// of 53 messages, and as many of 228, and so the most telling are taken:
// smallTalk or two in five of a small room, mostChosen of a larger one.
const (
	smallRoom  = 60
	smallTalk  = 16
	mostChosen = 40
)

// story chooses the entries that tell the incident: what commands did, what
// people marked and decided, and the messages that tell most.
func (b *Brief) story(in *incident.Incident, t *incident.Timeline) {
	if t == nil {
		return
	}
	all := t.Chronological()
	signs := newSigns(all, b.sayings)
	var candidates []Item
	for i, e := range all {
		if !quotable(e) {
			continue
		}
		if !e.IsMessage() {
			if !tells(t, e) || b.Past != "" {
				continue
			}
			ref := b.record.ref(e.Seq)
			x := Item{Ref: ref, At: e.At, Kind: e.Kind, Link: e.Link, Why: []string{"a command did it"}}
			if u, ok := e.Event.(incident.UpdatePosted); ok {
				x.Text, x.short = b.told(e, u, ref)
			} else {
				x.Text = b.clock.did(e)
			}
			b.Story = append(b.Story, x)
			continue
		}
		b.Said++
		score, why := signs.weigh(i, e)
		if score <= 0 {
			continue
		}
		candidates = append(candidates, Item{
			Ref: b.record.ref(e.Seq), At: e.At, Kind: e.Kind, Link: e.Link, Why: why, Message: true, score: score,
		})
	}
	least, most := 1, mostChosen
	switch {
	case b.Said > smallRoom:
		least = 4
	case conversation(b.sayings):
		most = max(smallTalk, 2*b.Said/5)
	}
	slices.SortStableFunc(candidates, func(x, y Item) int { return cmp.Compare(y.score, x.score) })
	for n, c := range candidates {
		if c.score < certain && (c.score < least || n >= most) {
			b.passed = candidates[n:]
			break
		}
		c.Text = b.clock.did(t.Entry(numberOf(c.Ref)))
		b.Story = append(b.Story, c)
	}
	slices.SortStableFunc(b.Story, func(x, y Item) int {
		return cmp.Or(x.At.Compare(y.At), cmp.Compare(b.number(x.Ref), b.number(y.Ref)))
	})
}

// told says what customers were told, in the words that stand now: whole, and by
// the beginning.
func (b *Brief) told(e *incident.Entry, u incident.UpdatePosted, ref string) (whole, short string) {
	const enough = 90
	for _, c := range b.Words {
		if c.Ref == ref {
			u.Body = c.Body
		}
	}
	said := name(e.By) + " told customers (" + strings.ToLower(u.Status.Label()) + "): "
	return said + verbatim(u.Body), said + shorten(u.Body, enough)
}

// number orders references of entries that happened in the same instant as
// they were recorded; updates refer to their entries by another number.
func (b *Brief) number(ref string) int {
	if strings.HasPrefix(ref, "T") {
		return numberOf(ref)
	}
	return b.record.entryOf[ref]
}

// tells reports whether what a command did is part of the story. Who came in
// and which room was opened is not; nor is the change of state that only
// repeats what the update just before it told customers.
func tells(t *incident.Timeline, e *incident.Entry) bool {
	switch ev := e.Event.(type) {
	case incident.Joined, incident.RoomOpened:
		return false
	case incident.StateChanged:
		if before := t.Entry(e.Number - 1); before != nil && ev.Text == "" {
			u, ok := before.Event.(incident.UpdatePosted)
			return !ok || u.Status != ev.Status || before.By.ID != e.By.ID
		}
	}
	return true
}

// Why says in a sentence why an entry is in the report, or is not; ok is false
// if ref names no entry.
func (b Brief) Why(ref string) (text string, ok bool) {
	if !b.Resolves(ref) {
		return "", false
	}
	for _, x := range b.Story {
		if x.Ref == ref || b.entryRef(x.Ref) == ref {
			return ref + " is in the draft: " + and(x.Why) + ".", true
		}
	}
	for _, x := range b.passed {
		if x.Ref == ref {
			return ref + " is left out. It has something to tell (" + and(x.Why) + "), but other messages tell more. To have it told, mark it: timeline mark " + ref + ".", true
		}
	}
	return ref + " is left out: nothing in it tells of the course of the incident. To have it told, mark it: timeline mark " + ref + ".", true
}
