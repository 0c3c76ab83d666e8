package openai

import (
	"context"

	"sitrep/postmortem"
)

// compose asks for a passage. Of a record that is longer than a request may be,
// parts are made shorter first, in passes, until the whole fits: each sentence that
// an earlier pass wrote is held against its facts at once, stays tied to them, and
// is data for the next. The last pass is held against the facts themselves. What
// fits nowhere is left out from the beginning.
func (a *asker) compose(ctx context.Context, j *job) (ss []postmortem.Sentence, used usage, inputs string, err error) {
	window := a.d.o.Window
	check := j.a.Checker()
	for pass := 1; costs(j.items) > window && pass <= mostPasses; pass++ {
		before := costs(j.items)
		var next []item
		for _, i := range j.items {
			if i.must {
				next = append(next, i)
			}
		}
		ps, left := parts(j.items, window)
		j.left += left
		for _, part := range ps {
			sent := numbers(part)
			in := input(sent)
			inputs += in
			short, u, err := a.answer(ctx, a.d.system(shorter), in, len(part))
			used.add(u)
			if err != nil {
				return nil, used, inputs, err
			}
			next = append(next, shortened(check, j.veil, part, sent, short)...)
		}
		j.items = ordered(next)
		if costs(j.items) >= before {
			break // it is made no shorter
		}
	}
	items, left := fit(j.items, window)
	j.left += left
	sent := numbers(items)
	in := input(sent)
	inputs += in
	ss, u, err := a.answer(ctx, a.d.system(task(j.a.Passage)), in, len(items))
	used.add(u)
	for i := range ss {
		ss[i] = postmortem.Sentence{Text: j.veil.Reveal(ss[i].Text), Facts: behind(items, sent, ss[i].Facts)}
	}
	return ss, used, inputs, err
}

// shortened are the sentences of an earlier pass that their facts carry, as items
// of the next. A part of which none is left stays as it was.
func shortened(check *postmortem.Checker, veil *postmortem.Veil, part []item, sent []numbered, short []postmortem.Sentence) []item {
	var out []item
	for _, s := range short {
		s = postmortem.Sentence{Text: veil.Reveal(s.Text), Facts: behind(part, sent, s.Facts)}
		kept, _ := check.Check([]postmortem.Sentence{s})
		for _, k := range kept {
			out = append(out, item{text: veil.Hide(k.Text), facts: k.Facts})
		}
	}
	if len(out) == 0 {
		return part
	}
	return out
}
