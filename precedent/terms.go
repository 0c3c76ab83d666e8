package precedent

import (
	"strings"
	"unicode"

	"github.com/kljensen/snowball/english"

	"sitrep/incident"
)

// A kind says what a term is: the same letters as a component and as a word are
// two things.
type kind byte

const (
	word kind = iota
	component
	failure // an error that was quoted
)

// A term is one thing that two incidents can share.
type term struct {
	kind kind
	name string // a stem, the id of a component, an error as [Errors] gives it
}

// How much a term counts by where it stands. A title is chosen with care; what
// is said to customers is half phrases; a component and an error say more of
// what an incident was than any word.
const (
	inTitle     = 3
	inText      = 1
	asComponent = 2
	asError     = 4
)

// talk are words that people say of every incident. Where few incidents are on
// record, counting cannot find that out.
const talk = `incident issue issues problem problems outage update updates updated investigate investigating investigation identify identified
	monitor monitoring resolve resolved resolution fix fixed implement implemented mitigate mitigated mitigation cause root service services customer
	customers user users team report reports reported reporting experience experiencing affect affected affecting impact impacted apologize apologise
	apologies inconvenience continue continuing continued currently please working work aware status confirm confirmed information result results
	degraded performance partial major minor operational again back now normal normally started start begin began time times today yesterday
	fully complete completed possible soon further next look looking looks fail failing failed failure down up error errors unavailable disrupt
	disruption intermittent increase increased elevated restore restored recover recovered recovering apply applied number post seem seems see seen also may`

// maxWord is the longest word that is one, in bytes: what is longer is a hash
// or an address, and no two incidents share it.
const maxWord = 40

// words calls each with every word of a text that can tell incidents apart: its
// stem, and the word as it was written.
func (x *Index) words(text string, each func(stem, as string)) {
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' }) {
		w = strings.Trim(w, "_")
		if len(w) < 3 || len(w) > maxWord || !strings.ContainsFunc(w, unicode.IsLetter) {
			continue
		}
		if stem := x.stem(w); stem != "" {
			each(stem, w)
		}
	}
}

// stem is the stem of a word; "" if it says nothing. Stems are remembered: the
// same words come again and again.
func (x *Index) stem(w string) string {
	s, known := x.stemmed[w]
	if known {
		return s
	}
	low := strings.ToLower(w)
	if !english.IsStopWord(low) {
		if s = english.Stem(low, true); x.talk[s] {
			s = ""
		}
	}
	const most = 1 << 17 // words; far more than any language's in use
	if len(x.stemmed) >= most {
		clear(x.stemmed)
	}
	x.stemmed[w] = s
	return s
}

// A bag is how much of which terms an incident has, and how each was written.
type bag struct {
	weight map[term]float64
	as     map[term]string
	size   float64 // the sum of the weights of words
	kept   bool    // it is one of the index's own
}

func (b *bag) add(t term, weight float64, as string) {
	if b.weight[t] == 0 {
		b.as[t] = as
	}
	b.weight[t] += weight
	if t.kind == word {
		b.size += weight
	}
}

func (b *bag) quotes(fs []Failure) {
	for _, f := range fs {
		if t := (term{failure, f.Name}); b.weight[t] == 0 {
			b.add(t, asError, f.As)
		}
	}
}

// bag gathers the terms of an incident: what the board has of it, and the
// errors that were quoted in its rooms.
func (x *Index) bag(in *incident.Incident, said []remark) *bag {
	b := &bag{weight: map[term]float64{}, as: map[term]string{}}
	text := func(weight float64, texts ...string) {
		for _, t := range texts {
			x.words(t, func(stem, as string) { b.add(term{word, stem}, weight, as) })
			b.quotes(Errors(t))
		}
	}
	text(inTitle, in.Title, in.PublicTitle)
	text(inText, in.CanceledWhy)
	for _, u := range in.Updates {
		if !u.Gone() {
			text(inText, u.Body)
		}
	}
	for _, t := range in.Theories {
		text(inText, t.Text, t.Why)
		text(inText, t.Evidence...)
	}
	for _, a := range in.Actions {
		text(inText, a.Text)
	}
	for _, c := range append(in.Published(), in.Affects...) {
		if t := (term{component, c.ID}); b.weight[t] == 0 {
			b.add(t, asComponent, c.Name)
		}
	}
	for _, r := range said {
		b.quotes(r.Errors)
	}
	return b
}
