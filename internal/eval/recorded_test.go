package eval

import "testing"

// Every false sentence of the recorded answers to the seed is dropped, and most
// of the true ones are kept; none is about facts that are told otherwise by now.
func TestRecordedAnswers(t *testing.T) {
	rs, err := LoadRecorded()
	if err != nil {
		t.Fatal(err)
	}
	p, err := HoldSeed(t.Context(), rs)
	if err != nil {
		t.Fatal(err)
	}
	var all Verdict
	for _, v := range p.Recorded {
		all.add(*v, "")
	}
	for _, w := range all.Wrong {
		t.Log(w)
	}
	if all.Stale > 0 {
		t.Errorf("%d sentences are about facts that are told otherwise by now: the answers have to be recorded anew", all.Stale)
	}
	if all.False.Of < 25 || all.False.Hit < all.False.Of {
		t.Errorf("false sentences dropped: %s", all.False)
	}
	if all.True.Of < 25 || all.True.Rate() < 0.9 {
		t.Errorf("true sentences kept: %s", all.True)
	}
}

// A model's answers of every kind, to the facts of a real incident, come to
// reports that say nothing but what the record does.
func TestAnswers(t *testing.T) {
	var marked []Case
	for _, c := range collected(t) {
		if c.Marked() {
			marked = append(marked, c)
		}
	}
	r := Run(t.Context(), marked, Options{})
	for _, x := range r.Prose.Broken() {
		t.Error(x)
	}
	lies := 0
	for _, n := range r.Prose.Lies {
		lies += n.Of
	}
	if r.Prose.Truths.Of < 100 || r.Prose.Truths.Rate() < 0.98 || lies < 1000 || len(r.Prose.Answers) != 4 {
		t.Errorf("facts kept %s, %d lies told, %d kinds of answers", r.Prose.Truths, lies, len(r.Prose.Answers))
	}
}
