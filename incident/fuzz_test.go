package incident

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

// FuzzDecode reads arbitrary data as every kind: what is read can be written
// and is read back the same.
func FuzzDecode(f *testing.F) {
	for _, g := range readGolden(f) {
		f.Add(g.Kind, []byte(g.Data), false)
	}
	f.Add("mood.felt", []byte("\xff"), false)
	f.Add("note.added", []byte(nil), true)
	f.Fuzz(func(t *testing.T, kind string, data []byte, redacted bool) {
		h := Header{Seq: 1, N: 1, Recorded: noon, Kind: kind, Redacted: redacted}
		m, ev, err := Decode(h, data)
		if err != nil {
			return
		}
		if ev.Kind() != kind {
			t.Fatalf("%q was read as %q", kind, ev.Kind())
		}
		Words(ev)
		again, err := Encode(m, ev)
		if err != nil {
			return // a year past 9999 or invalid JSON in facts: refused when written
		}
		h.Redacted = false
		m2, ev2, err := Decode(h, again)
		if err != nil {
			t.Fatalf("%s is not read back: %v", again, err)
		}
		third, err := Encode(m2, ev2)
		if err != nil || !bytes.Equal(third, again) {
			t.Fatalf("%s came back as %s (%v)", again, third, err)
		}
	})
}

// FuzzFold folds arbitrary histories into everything that folds: nothing
// panics, and what the folds say agrees.
func FuzzFold(f *testing.F) {
	var all bytes.Buffer
	for i, g := range readGolden(f) {
		line, err := json.Marshal(record{Kind: g.Kind, Data: g.Data, When: i})
		if err != nil {
			f.Fatal(err)
		}
		all.Write(append(line, '\n'))
	}
	f.Add(all.Bytes())
	f.Add([]byte(`{"kind":"message.said","data":{"event":{"key":"a","text":"x","spans":[{"start":0,"end":1,"id":"U"}]}}}
{"kind":"message.edited","when":9,"data":{"event":{"key":"a","text":"y","spans":[{"start":1,"end":9,"id":"U"}]}}}
{"kind":"message.edited","when":3,"data":{"event":{"key":"a","text":"z"}}}
{"kind":"entry.corrected","data":{"event":{"entry":1,"text":"c"}}}
{"kind":"message.edited","when":2,"data":{"event":{"key":"a","text":"w"}}}
{"kind":"name.learned","data":{"event":{"id":"U","name":"N"}}}`))
	f.Add([]byte(`{"kind":"declared","redacted":true}
{"kind":"update.posted","data":{"event":{"status":"resolved","body":"b","affects":[{"id":"c1","new":"major_outage"}],"impact":"major"}}}
{"kind":"postmortem.published","data":{"event":{"body":"p"}}}
{"kind":"update.edited","data":{"event":{"number":1,"body":"e"}}}
{"kind":"merged","data":{"event":{"into":"INC-1"}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		in, tl, b, w := New("INC-1"), NewTimeline(), NewBoard(), NewMaintenance("MNT-1")
		b.Apply("page", Meta{}, PageConfigured{Page: page})
		seq := uint64(0)
		for _, line := range bytes.Split(data, []byte("\n")) {
			var r record
			if json.Unmarshal(line, &r) != nil {
				continue
			}
			m, ev, err := Decode(Header{Seq: seq + 1, N: seq + 1, Recorded: after(int(seq)), Kind: r.Kind, Redacted: r.Redacted}, r.Data)
			if err != nil {
				continue
			}
			seq++
			if r.When > 0 && r.When < 1000 {
				m.When = after(r.When)
			}
			entries := tl.Len()
			in.Apply(m, ev)
			tl.Apply(m, ev)
			b.Apply("INC-1", m, ev)
			w.Apply(m, ev)
			if (tl.Len() == entries+1) != Enters(ev) {
				t.Fatalf("%s: %d entries became %d", ev.Kind(), entries, tl.Len())
			}
		}
		consistent(t, in, tl)
		if seq > 0 && (b.Entries("INC-1") != tl.Len() || !reflect.DeepEqual(b.Get("INC-1").Public(page), in.Public(page))) {
			t.Fatal("the board says otherwise")
		}
		if _, kept, err := b.Snapshot(); err == nil {
			again := NewBoard()
			if !again.Restore(kept) {
				t.Fatalf("the board does not take its own snapshot back: %s", kept)
			}
		}
		if p := w.Public(page); p != nil && len(p.Updates) == 0 {
			t.Fatal("a maintenance is public without a word")
		}
	})
}

// A record is a line of FuzzFold's input.
type record struct {
	Kind     string          `json:"kind"`
	Data     json.RawMessage `json:"data,omitempty"`
	When     int             `json:"when,omitempty"`
	Redacted bool            `json:"redacted,omitempty"`
}

// consistent holds an incident and its timeline to what is always true.
func consistent(t *testing.T, in *Incident, tl *Timeline) {
	t.Helper()
	for i, e := range tl.Entries() {
		if e.Number != i+1 || tl.Entry(i+1) != e || tl.BySeq(e.Seq) != e || e.Thread < 0 || e.Thread > tl.Len() {
			t.Fatalf("entry %d is %+v", i+1, e)
		}
		if e.Redacted && e.InStory() {
			t.Fatalf("%s is erased and in the story", e.Ref())
		}
	}
	if len(tl.Chronological()) != tl.Len() {
		t.Fatal("entries are lost in time")
	}
	in.Metrics()
	in.Silences()
	in.NextWord()
	if len(in.Previews.Waiting()) > len(in.Previews) {
		t.Fatal("more previews wait than there are")
	}
	p := in.Public(page)
	if p == nil {
		return
	}
	if in.Private || in.Drill || len(p.Updates) == 0 || p.Status == "" && in.PublishedStatus() != "" {
		t.Fatalf("%+v is public", p)
	}
	for i, u := range p.Updates {
		if u.Edited.Before(u.Recorded) && !u.Edited.IsZero() || i > 0 && u.Shown.After(p.Updates[i-1].Shown) {
			t.Fatalf("updates are %+v", p.Updates)
		}
		if p.Label(i) == "" && u.Status != "" {
			t.Fatalf("update %d has no label", u.Number)
		}
	}
	for _, u := range in.Updates {
		if u.Meta.Redacted && strings.Contains(p.Title, u.Body) {
			t.Fatal("an erased word is shown")
		}
	}
	if _, _, err := in.Update(Wording{Status: Resolved, Title: "t", Body: "b", Shown: time.Time{}}, page); err != nil {
		t.Fatalf("a public incident does not take a last word: %v", err)
	}
}
