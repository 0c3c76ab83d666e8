package precedent

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"sitrep/incident"
)

// A Match is an incident that is like what was asked for, and what they share.
type Match struct {
	Incident   *incident.Incident
	Score      float64  // higher is more alike; comparable within one answer only
	Components []string // names
	Errors     []string // as they were written in the one that was asked for
	Words      []string // as they were written in the one that was asked for, the most telling first
	rare       bool     // one of the components is rarely in an incident
}

// Why says what they share: “both on Checkout, both “connection refused””.
func (m Match) Why() string {
	var parts []string
	if len(m.Components) > 0 {
		parts = append(parts, "both on "+list(m.Components, 3))
	}
	if len(m.Errors) > 0 {
		parts = append(parts, "both “"+strings.Join(m.Errors[:min(len(m.Errors), 3)], "”, “")+"”")
	}
	if len(m.Words) > 0 {
		parts = append(parts, "words of both: "+list(m.Words, len(m.Words)))
	}
	return strings.Join(parts, "; ")
}

// list joins names, the first most of them.
func list(names []string, most int) string {
	if n := len(names) - most; n > 0 {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", n)
	}
	return strings.Join(names, ", ")
}

// telling reports whether few enough incidents have a term for it to tell them
// apart: one in so many, or a few.
func (x *Index) telling(t term, oneIn int) bool {
	return len(x.holders[t]) <= max(3, len(x.bags)/oneIn)
}

// The constants of BM25 as they are usually set (Robertson and Zaragoza, The
// Probabilistic Relevance Framework, 2009, section 3.3).
const (
	k1 = 1.2
	bb = 0.75
)

// background is how many more incidents that have none of the terms are
// reckoned with, so that where few are on record what two share counts as rare.
const background = 20

// alike is the part of what an incident says that another has to share before
// it is said to be like it, and tellingWords is how many words have to be shared
// where no component and no error is.
const (
	alike        = 0.2
	tellingWords = 3
	shownWords   = 4
)

// Like returns the past incidents that are like in, the most alike first, most
// at most. May says which of them may be named to whoever asks; nil is all.
// Drills, and what was canceled or merged, are like nothing.
func (x *Index) Like(in *incident.Incident, most int, may func(*incident.Incident) bool) []Match {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.refresh()
	b := x.bags[in.ID]
	if x.made[in.ID] != in || b == nil {
		b = x.bag(in, x.said[in.ID])
	}
	least := alike * x.score(b, b)
	return x.best(b, most, func(past *incident.Incident, score float64) bool {
		return past.ID != in.ID && score >= least && past.Number < in.Number && !past.Drill && past.Status != incident.Canceled && past.Status != incident.Merged && (may == nil || may(past))
	}, func(m Match) bool {
		return len(m.Errors) > 0 || len(m.Words) >= tellingWords || len(m.Components) > 0 && (len(m.Words) > 0 || m.rare)
	})
}

// Search returns the incidents that have words, the best first, most at most.
// An incident needs to have each of them, or another form of it.
func (x *Index) Search(words string, most int, may func(*incident.Incident) bool) []Match {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.refresh()
	b := &bag{weight: map[term]float64{}, as: map[term]string{}}
	fs := Errors(words)
	b.quotes(fs)
	words = strings.Join(strings.Fields(words), " ")
	for _, f := range fs { // it is looked for as a whole
		words = strings.Replace(words, f.As, " ", 1)
	}
	x.words(words, func(stem, as string) { b.add(term{word, stem}, 1, as) })
	return x.best(b, most, func(past *incident.Incident, _ float64) bool {
		return (may == nil || may(past)) && x.hasWords(past.ID, b)
	}, func(Match) bool { return true })
}

func (x *Index) hasWords(id string, b *bag) bool {
	for t := range b.weight {
		if t.kind != component && x.bags[id].weight[t] == 0 {
			return false
		}
	}
	return true
}

// best returns the incidents that are the most like b, of those that ok lets
// through by their score and enough by what they share.
func (x *Index) best(b *bag, most int, ok func(*incident.Incident, float64) bool, enough func(Match) bool) []Match {
	type candidate struct {
		past  *incident.Incident
		score float64
	}
	var cs []candidate
	for id, score := range x.scores(b) {
		if past := x.made[id]; ok(past, score) {
			cs = append(cs, candidate{past, score})
		}
	}
	slices.SortFunc(cs, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.past.Number, a.past.Number))
	})
	var out []Match
	for _, c := range cs {
		if len(out) == most {
			break
		}
		if m := x.match(c.past, c.score, b); enough(m) {
			out = append(out, m)
		}
	}
	return out
}

// scores is how alike every incident is that shares a term.
func (x *Index) scores(b *bag) map[string]float64 {
	out := map[string]float64{}
	for t := range b.weight {
		for _, id := range x.holders[t] {
			out[id] += x.part(t, b, x.bags[id])
		}
	}
	return out
}

// score is how alike a bag is to another one.
func (x *Index) score(b, to *bag) float64 {
	var sum float64
	for t := range b.weight {
		sum += x.part(t, b, to)
	}
	return sum
}

// part is what one term contributes. How often it is said in the incident that
// is asked for counts by its weight, once: a new one has said everything once.
func (x *Index) part(t term, b, to *bag) float64 {
	w := to.weight[t]
	if w == 0 {
		return 0
	}
	n, df := float64(len(x.bags)+background), float64(len(x.holders[t]))
	if b.kept { // it does not make its own terms more common
		n, df = n-1, df-1
	}
	idf := math.Log(1 + (n-min(df, n)+0.5)/(df+0.5))
	long := 1.0
	if t.kind == word && x.size > 0 {
		long = 1 - bb + bb*to.size*float64(len(x.bags))/x.size
	}
	return idf * min(b.weight[t], inTitle+1) * w * (k1 + 1) / (w + k1*long)
}

// match says what an incident shares with what was asked for.
func (x *Index) match(past *incident.Incident, score float64, b *bag) Match {
	m := Match{Incident: past, Score: score}
	to := x.bags[past.ID]
	type part struct {
		t     term
		score float64
	}
	var parts []part
	for t := range b.weight {
		if p := x.part(t, b, to); p > 0 {
			parts = append(parts, part{t, p})
		}
	}
	slices.SortFunc(parts, func(a, b part) int {
		return cmp.Or(cmp.Compare(b.score, a.score), strings.Compare(a.t.name, b.t.name))
	})
	named := map[string]bool{}
	var telling []term
	for _, p := range parts {
		switch as := b.as[p.t]; {
		case p.t.kind == component:
			m.Components = append(m.Components, as)
			m.rare = m.rare || x.telling(p.t, 10)
			x.words(as, func(stem, _ string) { named[stem] = true })
		case p.t.kind == failure:
			m.Errors = append(m.Errors, as)
		case x.telling(p.t, 5):
			telling = append(telling, p.t)
		}
	}
	for _, t := range telling {
		if !named[t.name] && len(m.Words) < shownWords { // the name of a shared component is no second reason
			m.Words = append(m.Words, b.as[t])
		}
	}
	return m
}
