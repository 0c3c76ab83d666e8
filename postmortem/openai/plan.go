package openai

import (
	"sitrep/postmortem"
)

// A job is one passage as it is asked for.
type job struct {
	a      postmortem.Assignment
	veil   *postmortem.Veil
	system string
	facts  []numbered
	input  string
	left   int // how many facts did not fit
}

// tokens estimates how many tokens a text is, never too few: models make one of
// four letters of English, of three signs of code, and of fewer in other scripts.
func tokens(s string) int { return (len(s) + 2) / 3 }

// plan lists what is asked for a brief: a job for each passage that has facts.
func (d *Drafter) plan(b postmortem.Brief) []job {
	var out []job
	veil := b.NewVeil(d.o.Names, d.o.Mask)
	for _, p := range d.o.Passages {
		a := b.Assignment(p)
		if len(a.Facts) == 0 {
			continue
		}
		j := job{a: a, veil: veil, system: instructions + "\n\n" + task(p)}
		if d.o.Shape != Schema {
			j.system += "\n\n" + shape
		}
		var all []numbered
		for i, f := range a.Facts {
			all = append(all, numbered{i + 1, veil.Hide(f.Text)})
		}
		j.facts = fit(all, a.Facts, d.o.Window)
		j.left = len(all) - len(j.facts)
		j.input = input(j.facts)
		out = append(out, j)
	}
	return out
}

// fit keeps the facts that a passage must have, and of the others the last ones
// for which there is room: how it ended matters more than how it went on.
func fit(all []numbered, facts []postmortem.Fact, window int) []numbered {
	cost := func(n numbered) int { return tokens(n.Text) + 8 } // its number and the signs around it
	keep := make([]bool, len(all))
	for i, f := range facts {
		if f.Must && cost(all[i]) <= window {
			keep[i] = true
			window -= cost(all[i])
		}
	}
	for i := len(all) - 1; i >= 0; i-- {
		if !keep[i] && cost(all[i]) <= window {
			keep[i] = true
			window -= cost(all[i])
		} else if !keep[i] && !facts[i].Must {
			break
		}
	}
	var out []numbered
	for i, k := range keep {
		if k {
			out = append(out, all[i])
		}
	}
	return out
}

// A Request is what would be sent for one passage.
type Request struct {
	Passage postmortem.Passage
	System  string // the instructions
	Input   string // the facts, hidden, as JSON
	Tokens  int    // about how many it is
	Left    int    // how many facts do not fit
}

// Requests returns exactly what a draft of a brief would send, and says what was
// hidden in it; "" if nothing was.
func (d *Drafter) Requests(b postmortem.Brief) (rs []Request, hidden string) {
	for _, j := range d.plan(b) {
		rs = append(rs, Request{Passage: j.a.Passage, System: j.system, Input: j.input, Tokens: tokens(j.system + j.input), Left: j.left})
		hidden = j.veil.Hidden()
	}
	return rs, hidden
}
