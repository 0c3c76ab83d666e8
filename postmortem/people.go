package postmortem

import (
	"slices"
	"strings"
	"time"

	"sitrep/incident"
)

// A Tenure is one person's time in one role.
type Tenure struct {
	Role string
	Who  string
	From time.Time
	To   time.Time // zero while it lasts
	Refs Refs
	id   string
}

// A Participant is somebody who said or did something and held no role.
type Participant struct {
	Who     string
	Entries int // how many entries are theirs
	Refs    Refs
}

// people reads who held which role when, and who else took part.
func people(t *incident.Timeline, r *record) ([]Tenure, []Participant) {
	if t == nil {
		return nil, nil
	}
	var held []Tenure
	offered := map[string]incident.Person{}
	take := func(e *incident.Entry, role string, who incident.Person) {
		ref := r.ref(e.Seq)
		for i := range held {
			if held[i].Role == role && held[i].To.IsZero() {
				if held[i].id == who.ID && who.ID != "" {
					return
				}
				held[i].To, held[i].Refs = e.At, held[i].Refs.and(ref)
			}
		}
		delete(offered, role)
		if !who.IsZero() {
			held = append(held, Tenure{Role: role, Who: name(who), From: e.At, Refs: Refs{}.and(ref), id: who.ID})
		}
	}
	byID := map[string]*Participant{}
	var order []string
	for _, e := range t.Entries() {
		switch ev := e.Event.(type) {
		case incident.RoleAssigned:
			if !e.Redacted {
				take(e, ev.Role, ev.Who)
			}
		case incident.HandoverOffered:
			offered[ev.Role] = ev.To
		case incident.HandoverAccepted:
			if to, ok := offered[ev.Role]; ok {
				take(e, ev.Role, to)
			}
		}
		if e.By.IsZero() || !quotable(e) {
			continue
		}
		p := byID[e.By.ID+"\x00"+e.By.Name]
		if p == nil {
			p = &Participant{Who: name(e.By), Refs: Refs{r.ref(e.Seq)}}
			byID[e.By.ID+"\x00"+e.By.Name] = p
			order = append(order, e.By.ID+"\x00"+e.By.Name)
		}
		p.Entries++
	}
	var others []Participant
	for _, id := range order {
		if p := byID[id]; !slices.ContainsFunc(held, func(h Tenure) bool { return h.Who == p.Who }) {
			others = append(others, *p)
		}
	}
	return held, others
}

// as calls a person by the role that they held at an instant, so that prose
// tells what a role did and not whom to blame; without a role, by name.
func (b *Brief) as(p incident.Person, at time.Time) string {
	best := ""
	for _, h := range b.Tenures {
		if h.Who != name(p) || at.Before(h.From) || !h.To.IsZero() && !at.Before(h.To) {
			continue
		}
		role := strings.ToLower(h.Role)
		if best == "" || role == "commander" {
			best = role
		}
	}
	if best == "" {
		return name(p)
	}
	return "the " + term(best)
}

// leader is who commanded last; ok is false if nobody ever did.
func (b *Brief) leader() (Tenure, bool) {
	for i := len(b.Tenures) - 1; i >= 0; i-- {
		if b.Tenures[i].Role == "commander" {
			return b.Tenures[i], true
		}
	}
	return Tenure{}, false
}
