package openai

import (
	"cmp"
	"slices"
	"strconv"

	"sitrep/postmortem"
)

// A job is one passage that is asked for.
type job struct {
	a     postmortem.Assignment
	veil  *postmortem.Veil
	items []item
	left  int // how many facts did not fit
}

// An item is what is sent as one numbered fact: a fact, or a sentence that an
// earlier pass made of several.
type item struct {
	text  string // hidden
	facts []int  // the facts that it rests on
	must  bool
}

// tokens estimates how many tokens a text is, never too few: models make one of
// four letters of English, of three signs of code, and of fewer in other scripts.
func tokens(s string) int { return (len(s) + 2) / 3 }

// cost is what an item takes of a window, with its number and the signs around it.
func (i item) cost() int { return tokens(i.text) + 8 }

func costs(items []item) int {
	n := 0
	for _, i := range items {
		n += i.cost()
	}
	return n
}

// plan lists what is asked for a brief: a job for each passage that has facts.
func (d *Drafter) plan(b postmortem.Brief) []job {
	var out []job
	veil := b.NewVeil(d.o.Names, d.o.Mask)
	for _, p := range d.o.Passages {
		j := job{a: b.Assignment(p), veil: veil}
		for i, f := range j.a.Facts {
			j.items = append(j.items, item{text: veil.Hide(f.Text), facts: []int{i + 1}, must: f.Must})
		}
		if len(j.items) > 0 {
			out = append(out, j)
		}
	}
	return out
}

// numbers are items as they are sent. A fact keeps its number as long as no pass
// has made something else of facts.
func numbers(items []item) []numbered {
	plain := !slices.ContainsFunc(items, func(i item) bool { return len(i.facts) != 1 })
	var out []numbered
	for k, i := range items {
		n := k + 1
		if plain {
			n = i.facts[0]
		}
		out = append(out, numbered{n, i.text})
	}
	return out
}

// behind returns the facts that numbers of items stand for. A number that was
// never given stands for a fact that there is not.
func behind(items []item, sent []numbered, ns []int) []int {
	out := []int{}
	for _, n := range ns {
		k := slices.IndexFunc(sent, func(x numbered) bool { return x.N == n })
		if k < 0 {
			out = append(out, -1)
			continue
		}
		for _, f := range items[k].facts {
			if !slices.Contains(out, f) {
				out = append(out, f)
			}
		}
	}
	slices.Sort(out)
	return out
}

// fit keeps the items that a passage must have, and of the others the last ones
// for which there is room: how it ended matters more than how it went on. It says
// how many facts are left out.
func fit(items []item, window int) (kept []item, left int) {
	keep := make([]bool, len(items))
	for k, i := range items {
		if i.must && i.cost() <= window {
			keep[k] = true
			window -= i.cost()
		}
	}
	for k := len(items) - 1; k >= 0; k-- {
		if i := items[k]; !keep[k] && i.cost() <= window {
			keep[k] = true
			window -= i.cost()
		} else if !keep[k] && !i.must {
			break
		}
	}
	for k, i := range items {
		if keep[k] {
			kept = append(kept, i)
		} else {
			left += len(i.facts)
		}
	}
	return kept, left
}

// The bounds of a long record: so many passes are made over it, of so many parts.
// What stands before the last parts is left out.
const (
	mostPasses = 3
	mostParts  = 12
)

// parts cuts the items that a pass makes shorter into pieces that fit: all but
// those which the passage must have. left is how many facts come before the parts
// that there may be.
func parts(items []item, window int) (out [][]item, left int) {
	var cur []item
	for _, i := range items {
		if i.must {
			continue
		}
		if len(cur) > 0 && costs(cur)+i.cost() > window {
			out = append(out, cur)
			cur = nil
		}
		cur = append(cur, i)
	}
	if len(cur) > 0 {
		out = append(out, cur)
	}
	for len(out) > mostParts {
		for _, i := range out[0] {
			left += len(i.facts)
		}
		out = out[1:]
	}
	return out, left
}

// ordered puts items into the order of the facts that they rest on.
func ordered(items []item) []item {
	slices.SortStableFunc(items, func(x, y item) int { return cmp.Compare(slices.Min(x.facts), slices.Min(y.facts)) })
	return items
}

// A Request is what would be sent for one passage, or for a part of one.
type Request struct {
	Passage postmortem.Passage
	Part    string // "part 2 of 5" of what is made shorter first; "" if it is the whole
	System  string // the instructions
	Input   string // the facts, hidden, as JSON
	Tokens  int    // about how many it is
	Left    int    // how many facts do not fit
}

// Requests returns exactly what a draft of a brief would send, and says what was
// hidden in it; "" if nothing was. Of a record that is longer than a request may
// be these are the parts of the first pass; what follows is made of the answers.
func (d *Drafter) Requests(b postmortem.Brief) (rs []Request, hidden string) {
	add := func(j job, part string, task string, items []item, left int) {
		system, in := d.system(task), input(numbers(items))
		rs = append(rs, Request{Passage: j.a.Passage, Part: part, System: system, Input: in, Tokens: tokens(system + in), Left: left})
	}
	for _, j := range d.plan(b) {
		if costs(j.items) <= d.o.Window {
			add(j, "", task(j.a.Passage), j.items, 0)
		} else {
			ps, left := parts(j.items, d.o.Window)
			for k, p := range ps {
				add(j, "part "+strconv.Itoa(k+1)+" of "+strconv.Itoa(len(ps)), shorter, p, left)
			}
		}
		hidden = j.veil.Hidden()
	}
	return rs, hidden
}
