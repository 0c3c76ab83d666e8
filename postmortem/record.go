package postmortem

import (
	"strconv"
	"strings"
	"time"

	"sitrep/incident"
	"sitrep/instant"
)

// Refs are the entries that carry a statement: "T12" is entry 12 of the
// timeline, "U3" is public update 3.
type Refs []string

// String prints the references as a report does: "[T12] [U3]".
func (rs Refs) String() string {
	var b strings.Builder
	for i, r := range rs {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString("[" + r + "]")
	}
	return b.String()
}

// and returns the references of both, each once, in order.
func (rs Refs) and(more ...string) Refs {
	out := make(Refs, 0, len(rs)+len(more))
	for _, r := range append(rs[:len(rs):len(rs)], more...) {
		if r != "" && !out.has(r) {
			out = append(out, r)
		}
	}
	return out
}

func (rs Refs) has(ref string) bool {
	for _, r := range rs {
		if r == ref {
			return true
		}
	}
	return false
}

// A record is what references resolve to, copied from the timeline.
type record struct {
	zone    *time.Location
	entries []evidence // by number, from 1
	updates []evidence
	bySeq   map[uint64]string
	terms   map[string]bool     // names that may stand between quotation marks because of their own
	people  map[string]bool     // who is named anywhere in the record, as reports print them
	parts   map[string]bool     // components that it names
	past    map[string]evidence // the past incidents that this one is like, by their id
	entryOf map[string]int      // the entry that an update is, by its reference
	hidden  Refs                // what made it private
	affects Refs                // where the team recorded what is affected
}

// Evidence is what one entry can carry.
type evidence struct {
	times []time.Time
	text  string // "" if it must not be quoted
	by    string
	link  string // the way back to it on its platform; "" if there is none
}

func newRecord(in *incident.Incident, t *incident.Timeline, zone *time.Location) record {
	r := record{zone: zone, bySeq: map[uint64]string{}, entryOf: map[string]int{}, terms: map[string]bool{}, people: map[string]bool{}, parts: map[string]bool{}}
	for _, s := range []string{in.Title, in.PublicTitle, in.Severity, in.MergedInto} {
		r.terms[oneLine(s)] = true
	}
	for _, c := range append(in.Published(), in.Affects...) {
		r.part(c.Name)
	}
	for i, u := range in.Updates {
		e := evidence{times: []time.Time{u.Shown}, by: name(u.Meta.By)}
		if !u.Gone() {
			e.text = u.Title + "\n" + u.Body
		}
		for _, at := range []time.Time{u.Meta.Recorded, u.Meta.When, u.Next, u.Edited} {
			if !at.IsZero() {
				e.times = append(e.times, at)
			}
		}
		r.updates = append(r.updates, e)
		r.bySeq[u.Meta.Seq] = "U" + strconv.Itoa(i+1)
	}
	if t == nil {
		return r
	}
	for _, x := range t.Entries() {
		e := evidence{times: []time.Time{x.At}, by: name(x.By), link: x.Link}
		if !x.Recorded.IsZero() {
			e.times = append(e.times, x.Recorded)
		}
		for _, v := range x.Versions {
			if !v.At.Equal(x.At) {
				e.times = append(e.times, v.At)
			}
		}
		if quotable(x) {
			e.text = x.Text
			for _, f := range x.Files {
				e.text += "\n" + f.Name
			}
		}
		if m, ok := x.Event.(incident.MilestoneRecorded); ok && !m.Until.IsZero() {
			e.times = append(e.times, m.Until)
		}
		r.person(x.By)
		switch ev := x.Event.(type) {
		case incident.MessageSaid:
			for _, sp := range ev.Spans {
				if sp.Kind == "person" {
					r.person(incident.Person{ID: sp.ID, Name: sp.Name})
				}
			}
		case incident.Declared:
			r.terms[oneLine(ev.Severity)] = true
			for _, c := range ev.Affects {
				r.part(c.Name)
			}
			if len(ev.Affects) > 0 {
				r.affects = r.affects.and(x.Ref())
			}
			if ev.Private {
				r.hidden = Refs{x.Ref()}
			}
		case incident.SeverityChanged:
			r.terms[oneLine(ev.Severity)] = true
		case incident.RoleAssigned:
			r.terms[oneLine(ev.Role)] = true
			r.person(ev.Who)
		case incident.HandoverOffered:
			r.terms[oneLine(ev.Role)] = true
			r.person(ev.To)
		case incident.ActionAssigned:
			r.person(ev.Owner)
		case incident.ActionAdded:
			r.person(ev.Owner)
		case incident.UpdatePosted:
			for _, c := range ev.Affects {
				r.part(c.Name)
			}
		case incident.PrivacyChanged:
			r.hidden = Refs{x.Ref()}
		case incident.ComponentsChanged:
			for _, c := range ev.Affects {
				r.part(c.Name)
			}
			r.affects = r.affects.and(x.Ref())
		}
		r.entries = append(r.entries, e)
		if update, ok := r.bySeq[x.Seq]; ok {
			r.entryOf[update] = x.Number
		} else if before := t.Entry(x.Number - 1); before != nil && !tells(t, x) && x.Kind == (incident.StateChanged{}).Kind() {
			r.bySeq[x.Seq] = r.bySeq[before.Seq] // the update says it, and says more
		} else {
			r.bySeq[x.Seq] = x.Ref()
		}
	}
	return r
}

// person takes the name of somebody, which may stand between quotation marks
// because of its own.
func (r *record) person(p incident.Person) {
	if n := strings.TrimLeft(oneLine(p.String()), "@"); n != "" {
		r.terms[n], r.people[n] = true, true
	}
}

func (r *record) part(n string) {
	if n = oneLine(n); n != "" {
		r.terms[n], r.parts[n] = true, true
	}
}

// quotable reports whether the words of an entry may be repeated.
func quotable(e *incident.Entry) bool { return !e.Withdrawn && !e.Struck && !e.Redacted }

// ref names the entry that record seq made; "" if it made none.
func (r *record) ref(seq uint64) string {
	if seq == 0 {
		return ""
	}
	return r.bySeq[seq]
}

// refs names the entries that records made.
func (r *record) refs(seqs ...uint64) Refs {
	var out Refs
	for _, s := range seqs {
		out = out.and(r.ref(s))
	}
	return out
}

// numberOf is the 12 of "T12"; 0 if ref is no reference.
func numberOf(ref string) int {
	if len(ref) < 2 {
		return 0
	}
	n, err := strconv.Atoi(ref[1:])
	if err != nil {
		return 0
	}
	return n
}

// find resolves a reference.
func (r *record) find(ref string) (evidence, bool) {
	if strings.HasPrefix(ref, "INC-") {
		e, ok := r.past[ref]
		return e, ok
	}
	n, list := numberOf(ref), r.entries
	if strings.HasPrefix(ref, "U") {
		list = r.updates
	}
	if n < 1 || n > len(list) {
		return evidence{}, false
	}
	return list[n-1], true
}

// instants lists when an entry happened, and the times that its words claim.
func (r *record) instants(e evidence) []time.Time {
	out := e.times
	if len(e.times) == 0 || e.text == "" {
		return out
	}
	for _, m := range instant.Find(e.text, e.times[0], r.zone) {
		if !m.Unresolved {
			out = append(out[:len(out):len(out)], m.Time, m.Literal)
		}
	}
	return out
}

// said is what an entry says; "" if it must not be quoted.
func (b *Brief) said(ref string) string {
	e, _ := b.record.find(ref)
	return e.text
}

// An Evidence is what a reference leads to.
type Evidence struct {
	Ref  string
	At   time.Time
	By   string
	Text string // what was said, plain; "" if it must not be repeated, or nothing was said
	Link string // the way back to it on its platform; "" if there is none
}

// Evidence returns what a reference such as "T12", "U3" or "INC-3" leads to; ok is false
// if it names no entry of the record.
func (b Brief) Evidence(ref string) (e Evidence, ok bool) {
	x, ok := b.record.find(ref)
	if !ok {
		return Evidence{}, false
	}
	return Evidence{Ref: ref, At: x.times[0], By: x.by, Text: strings.TrimSpace(x.text), Link: x.link}, true
}

// Lacks reports whether words that an older brief of the same incident had must
// not be repeated any more, or are others by now where its story told them.
func (b Brief) Lacks(old Brief) bool {
	for i, e := range old.record.entries {
		if e.text != "" && (i >= len(b.record.entries) || b.record.entries[i].text == "") {
			return true
		}
	}
	for i, e := range old.record.updates {
		if e.text != "" && (i >= len(b.record.updates) || b.record.updates[i].text != e.text) {
			return true
		}
	}
	for _, x := range old.Story {
		if b.said(x.Ref) != old.said(x.Ref) {
			return true
		}
	}
	return false
}

// Resolves reports whether a reference such as "T12" or "U3" names an entry of
// the record.
func (b Brief) Resolves(ref string) bool {
	_, ok := b.record.find(ref)
	return ok
}
