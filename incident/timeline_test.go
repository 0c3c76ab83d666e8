package incident

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func timeline(events ...Event) *Timeline {
	t := NewTimeline()
	each(events, t.Apply)
	return t
}

// lines shows a timeline as one string a entry: number, instant, who, text, and
// whatever is unusual about it.
func lines(es []*Entry) []string {
	var out []string
	for _, e := range es {
		l := fmt.Sprintf("%s %s %s: %s", e.Ref(), e.At.Format("15:04"), e.By, e.Text)
		if e.Thread > 0 {
			l += fmt.Sprintf(" >T%d", e.Thread)
		}
		if e.Marked() {
			l += " marked by"
			for _, m := range e.Marks {
				l += fmt.Sprintf(" %s (%s)", m.By, m.How)
			}
		}
		for _, r := range e.Reactions {
			l += fmt.Sprintf(" :%s: %s", r.Emoji, r.By)
		}
		for _, v := range e.Versions {
			l += fmt.Sprintf(" was %q until %s", v.Text, v.Until.Format("15:04"))
		}
		if e.Withdrawn {
			l += " withdrawn"
		}
		if e.Struck {
			l += " struck"
		}
		if e.Claimed {
			l += " claimed"
		}
		if e.InStory() {
			l += " *"
		}
		out = append(out, l)
	}
	return out
}

func said(key, text string) MessageSaid { return MessageSaid{Key: key, Text: text} }

func TestTimeline(t *testing.T) {
	for _, tt := range []struct {
		name   string
		events []Event
		want   []string
	}{
		{"what is done is in the story, what is said is not",
			[]Event{Declared{Title: "down", Severity: "sev1"}, said("a", "hello"), NoteAdded{Text: "n"}},
			[]string{"T1 12:01 ana: declared (sev1): down *", "T2 12:02 ana: hello", "T3 12:03 ana: n *"}},
		{"an edit is no entry and keeps what stood there",
			[]Event{said("a", "one"), by(ben, MessageEdited{Key: "a", Text: "two"}), said("b", "x")},
			[]string{`T1 12:01 ana: two was "one" until 12:02`, "T2 12:03 ana: x"}},
		{"an edit that changes nothing",
			[]Event{said("a", "one"), MessageEdited{Key: "a", Text: "one"}},
			[]string{"T1 12:01 ana: one"}},
		{"an edit that arrives late stood before the newer one",
			[]Event{said("a", "one"), MessageEdited{Key: "a", Text: "three"}, is{MessageEdited{Key: "a", Text: "two"}, Meta{When: after(1).Add(30e9), By: ben}}},
			[]string{`T1 12:01 ana: three was "one" until 12:01 was "two" until 12:02`}},
		{"an edit of what nobody heard",
			[]Event{MessageEdited{Key: "a", Text: "two"}, MessageDeleted{Key: "a"}, Reacted{Key: "a", Mark: true}, Unreacted{Key: "a", Mark: true}, Pinned{Key: "a"}, Unpinned{Key: "a"}},
			nil},
		{"withdrawn, and still there",
			[]Event{said("a", "one"), Pinned{Key: "a"}, MessageDeleted{Key: "a"}},
			[]string{"T1 12:01 ana: one marked by ana (pin) withdrawn"}},
		{"marked by a reaction",
			[]Event{said("a", "one"), by(ben, Reacted{Key: "a", Emoji: "pushpin", Mark: true})},
			[]string{"T1 12:01 ana: one marked by ben (pushpin) :pushpin: ben *"}},
		{"another emoji marks nothing",
			[]Event{said("a", "one"), Reacted{Key: "a", Emoji: "eyes"}},
			[]string{"T1 12:01 ana: one :eyes: ana"}},
		{"the same reaction twice",
			[]Event{said("a", "one"), Reacted{Key: "a", Emoji: "eyes"}, Reacted{Key: "a", Emoji: "eyes"}, by(ben, Reacted{Key: "a", Emoji: "eyes"})},
			[]string{"T1 12:01 ana: one :eyes: ana :eyes: ben"}},
		{"taken back by one, still marked by the other",
			[]Event{said("a", "one"), Reacted{Key: "a", Emoji: "p", Mark: true}, by(ben, Reacted{Key: "a", Emoji: "p", Mark: true}), Unreacted{Key: "a", Emoji: "p", Mark: true}},
			[]string{"T1 12:01 ana: one marked by ben (p) :p: ben *"}},
		{"pinned and unpinned",
			[]Event{said("a", "one"), Pinned{Key: "a"}, Unpinned{Key: "a"}},
			[]string{"T1 12:01 ana: one"}},
		{"marked by a command, and let go",
			[]Event{said("a", "one"), said("b", "two"), EntryMarked{Entry: 1}, EntryMarked{Entry: 2}, EntryMarked{Entry: 2, Off: true}, EntryMarked{Entry: 9}, EntryMarked{}},
			[]string{"T1 12:01 ana: one marked by ana (command) *", "T2 12:02 ana: two"}},
		{"corrected: the text, the instant, both",
			[]Event{NoteAdded{Text: "a"}, NoteAdded{Text: "b"}, EntryCorrected{Entry: 1, Text: "A"}, EntryCorrected{Entry: 2, At: after(-30)}, EntryCorrected{Entry: 8, Text: "x"}},
			[]string{`T1 12:01 ana: A was "a" until 12:03 *`, `T2 11:30 ana: b was "b" until 12:04 claimed *`}},
		{"struck", []Event{NoteAdded{Text: "a"}, EntryStruck{Entry: 1, Why: "w"}, EntryStruck{Entry: 4}}, []string{"T1 12:01 ana: a struck"}},
		{"a thread",
			[]Event{said("a", "one"), MessageSaid{Key: "b", Text: "two", Thread: "a"}, MessageSaid{Key: "c", Text: "root of its own", Thread: "c"}},
			[]string{"T1 12:01 ana: one", "T2 12:02 ana: two >T1", "T3 12:03 ana: root of its own"}},
		{"an answer that is read back before its message",
			[]Event{MessageSaid{Key: "b", Text: "two", Thread: "a"}, MessageSaid{Key: "c", Text: "three", Thread: "a"}, said("x", "x"), is{said("a", "one"), Meta{When: after(-5)}}},
			[]string{"T1 12:01 ana: two >T4", "T2 12:02 ana: three >T4", "T3 12:03 ana: x", "T4 11:55 ana: one"}},
		{"an update is shown at its stamp, and mended",
			[]Event{told(Investigating, -3), told(Identified, 2), UpdateEdited{Number: 2, Body: "new"}, UpdateEdited{Number: 3, Body: "x"}},
			[]string{"T1 11:57 ana: told customers (investigating): words investigating *", `T2 12:02 ana: told customers (identified): new was "told customers (identified): words identified" until 12:03 *`}},
		{"a milestone stands at its instant",
			[]Event{MilestoneRecorded{Name: Detected, At: after(-7), Evidence: "the graph"}},
			[]string{"T1 11:53 ana: milestone detected: the graph claimed *"}},
		{"somebody came", []Event{by(ben, Joined{Who: ben})}, []string{"T1 12:01 ben: ben joined *"}},
		{"erased", []Event{erased(said("a", "secret")), MessageEdited{Key: "a", Text: "secret"}, erased(NoteAdded{}), erased(UpdatePosted{}), UpdateEdited{Number: 1, Body: "secret"}},
			[]string{"T1 12:01 : [erased]", "T2 12:03 : [erased]", "T3 12:04 : [erased]"}},
		{"a preview, a draft and a later kind are no entries",
			[]Event{PreviewOpened{Text: "x"}, PostmortemDrafted{Markdown: "x"}, PostmortemEdited{Text: "x"}, Unknown{Was: "mood.felt"}}, nil},
	} {
		if got := lines(timeline(tt.events...).Entries()); !slices.Equal(got, tt.want) {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, strings.Join(got, "\n     "), strings.Join(tt.want, "\n     "))
		}
	}
}

func TestTimelineNames(t *testing.T) {
	spans := []Span{{Start: 0, End: 2, Kind: "person", ID: "U1"}, {Start: 7, End: 9, Kind: "person", ID: "U2", Name: "ben"}}
	tl := timeline(
		MessageSaid{Key: "a", Text: "U1 and @ben look", Spans: spans},
		NameLearned{ID: "U1", Name: "Ana"},
		NameLearned{ID: "U2", Name: "Benjamin"},
		MessageSaid{Key: "b", Text: "U1 again", Spans: spans[:1]},
		MessageSaid{Key: "c", Text: "x", Spans: []Span{{Start: -1, End: 1, ID: "U1"}, {Start: 0, End: 9, ID: "U1"}, {Start: 1, End: 0, ID: "U1"}}},
		MessageEdited{Key: "b", Text: "U3!", Spans: []Span{{Start: 0, End: 2, ID: "U3"}}},
		NameLearned{ID: "U3", Name: "Cy"},
		NoteAdded{Text: "U1"},
		EntryCorrected{Entry: 1, Text: "U1 by hand"},
		NameLearned{ID: "U1", Name: "Anna"},
	)
	for i, want := range []string{"U1 by hand", "@Cy!", "x", "U1"} {
		if got := tl.Entry(i + 1).Text; got != want {
			t.Errorf("T%d says %q, want %q", i+1, got, want)
		}
	}
	if got := tl.Entry(1).Versions[0].Text; got != "@Ana and @ben look" {
		t.Errorf("T1 said %q", got)
	}
}

func TestTimelineIsFoundAgain(t *testing.T) {
	tl := timeline(NoteAdded{Text: "n"}, said("a", "late"), Pinned{Key: "a"}, is{said("b", "early"), Meta{When: after(-60)}}, is{NoteAdded{Text: "same"}, Meta{When: after(2)}})
	if tl.Len() != 4 || tl.Entry(0) != nil || tl.Entry(5) != nil || tl.Entry(-1) != nil {
		t.Errorf("%d entries", tl.Len())
	}
	if e := tl.ByKey("a"); e == nil || e != tl.Entry(2) || e != tl.BySeq(2) || !e.IsMessage() {
		t.Errorf("message a is %+v", e)
	}
	if tl.ByKey("") != nil || tl.ByKey("c") != nil || tl.BySeq(3) != nil {
		t.Error("found what is not there")
	}
	var order []int
	for _, e := range tl.Chronological() {
		order = append(order, e.Number)
	}
	if !slices.Equal(order, []int{3, 1, 2, 4}) {
		t.Errorf("in time: %v", order)
	}
	if tl.Entries()[0].Number != 1 {
		t.Error("Chronological changed the order of Entries")
	}
}

// Every kind that enters has words of its own, and none of them is its name.
func TestWords(t *testing.T) {
	for _, kind := range Kinds() {
		ev := filled(kind)
		if w := Words(ev); Enters(ev) && (w == kind || strings.TrimSpace(w) == "" || strings.Contains(w, "%!")) {
			t.Errorf("%s has the words %q", kind, w)
		}
	}
}
