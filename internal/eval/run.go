package eval

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"sitrep/postmortem"
)

// A Tally counts hits.
type Tally struct{ Hit, Of int }

// Rate is the share of hits; 1 of nothing.
func (t Tally) Rate() float64 {
	if t.Of == 0 {
		return 1
	}
	return float64(t.Hit) / float64(t.Of)
}

func (t *Tally) add(hit bool) {
	t.Of++
	if hit {
		t.Hit++
	}
}

// A Report is what all incidents came to.
type Report struct {
	Incidents int
	Drafts    int
	Took      time.Duration
	Sets      []*Set
	Known     Tally            // contradictions that people left in what they wrote
	Missed    []Known          // those that were not found
	Texts     Tally            // texts in which nothing is wrong; a hit is one in which something was found
	False     []string         // what was found there, in the half that is worked on
	Planted   map[string]Tally // by kind of what was planted
	Truths    Tally            // planted texts before anything was planted; a hit is a finding
	Broken    []string         // stories that could not be played
	Prose     *Prose           // what became of models' answers; nil if they were left out
}

// A Set is the drafts of one telling, of one half of the collection.
type Set struct {
	Telling  Telling
	Held     bool
	Drafts   int
	Facts    map[string]map[string]Tally // by kind, then by "yes", "partly", "no", for facts marked by hand
	Auto     map[string]map[string]Tally // the same, for those marked by a pattern
	Status   map[string]Tally            // read out of the words alone, against the status that was set beside them
	Recalled Tally                       // rows of people's timelines that the draft has too
	Rows     int                         // rows of the drafts' timelines, where people wrote one
	Theirs   int                         // rows of theirs
	Tokens   int                         // checkable tokens in the drafts
	Bad      []string                    // those that nothing supports
	Failed   []string                    // statements that the record does not carry
	Other    []string                    // where the words and the status differ
	Misses   []string                    // facts that can be known and were not found
}

// Options say what to run.
type Options struct {
	Known []Known
	// Unplanted leaves the planted contradictions out, which take most of the time.
	Unplanted bool
	Recorded  []Recorded                                          // answers of models to facts of these incidents
	Workers   int                                                 // 0 is one for each processor
	Visit     func(c *Case, how Telling, story string, d Drafted) // is called for each draft, one at a time; nil is nobody
}

// done is what one case came to.
type done struct {
	c       *Case
	how     Telling
	story   string
	d       Drafted
	err     error
	tokens  int
	bad     []string
	failed  []postmortem.Finding
	flagged []postmortem.Finding
	words   string
	told    *Prose
}

// Run tells, replays, drafts and scores every case, several at a time.
func Run(ctx context.Context, cases []Case, o Options) *Report {
	began := time.Now()
	type job struct {
		c   *Case
		how Telling
	}
	var jobs []job
	for i := range cases {
		for _, how := range []Telling{Page, Room, Channel} {
			jobs = append(jobs, job{&cases[i], how})
		}
	}
	results := make([]*done, len(jobs))
	workers := o.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var wg sync.WaitGroup
	next := make(chan int)
	for range workers {
		wg.Go(func() {
			for i := range next {
				results[i] = one(ctx, jobs[i].c, jobs[i].how, o)
			}
		})
	}
	for i := range jobs {
		next <- i
	}
	close(next)
	wg.Wait()
	r := &Report{Incidents: len(cases), Planted: map[string]Tally{}, Prose: newProse()}
	for _, x := range results {
		if x != nil {
			r.gather(x, o)
		}
	}
	if seed, err := HoldSeed(ctx, o.Recorded); err != nil {
		r.Broken = append(r.Broken, err.Error())
	} else {
		r.Prose.add(seed, "")
	}
	r.Took = time.Since(began)
	return r
}

// one tells one case; nil if it has nothing to tell in this way.
func one(ctx context.Context, c *Case, how Telling, o Options) *done {
	x := &done{c: c, how: how, story: c.Tell(how)}
	if x.story == "" {
		return nil
	}
	past := ""
	if how == Channel {
		past = "the channel"
	}
	if x.d, x.err = Replay(ctx, x.story, c.names(), c.Location(), past); x.err != nil {
		return x
	}
	x.tokens, x.bad = c.Unsupported(x.d.Markdown, c.Location(), []time.Time{x.d.Brief.Now})
	x.failed = postmortem.Check(x.d.Markdown, x.d.Brief)
	if !o.Unplanted {
		if x.told, x.err = x.prose(ctx, o); x.err != nil {
			return x
		}
	}
	if how == Page {
		if x.words = c.Words(); x.words != "" {
			x.flagged = Flagged(x.words, x.d.Brief)
		}
	}
	return x
}

func (r *Report) gather(x *done, o Options) {
	name := x.c.ID + " (" + string(x.how) + ")"
	if x.err != nil {
		r.Broken = append(r.Broken, fmt.Sprintf("%s: %v", name, x.err))
		return
	}
	r.Drafts++
	if o.Visit != nil {
		o.Visit(x.c, x.how, x.story, x.d)
	}
	s := r.set(x.how, x.c.Held())
	s.Drafts++
	s.Tokens += x.tokens
	for _, b := range x.bad {
		s.Bad = append(s.Bad, name+": "+b)
	}
	for _, f := range x.failed {
		s.Failed = append(s.Failed, name+": "+f.Text)
	}
	if x.told != nil {
		r.Prose.add(x.told, name)
	}
	s.score(x, name)
	if x.how == Page {
		r.words(x, o)
		if !o.Unplanted {
			r.plant(x)
		}
	}
}

func (r *Report) set(how Telling, held bool) *Set {
	for _, s := range r.Sets {
		if s.Telling == how && s.Held == held {
			return s
		}
	}
	s := &Set{Telling: how, Held: held, Facts: map[string]map[string]Tally{}, Auto: map[string]map[string]Tally{}, Status: map[string]Tally{}}
	r.Sets = append(r.Sets, s)
	return s
}

func (s *Set) score(x *done, name string) {
	for _, res := range x.c.Score(x.d, true) {
		into, der := s.Facts, res.Fact.Derivable
		if res.Fact.Auto {
			into = s.Auto
		}
		if x.how == Channel {
			if der = res.Fact.FromChat; der == "" {
				continue
			}
		}
		if into[res.Fact.Kind] == nil {
			into[res.Fact.Kind] = map[string]Tally{}
		}
		t := into[res.Fact.Kind][der]
		t.add(res.Hit)
		into[res.Fact.Kind][der] = t
		if der == "yes" && !res.Hit {
			s.Misses = append(s.Misses, fmt.Sprintf("%s: %s is %s, drafted %q", name, res.Fact.Kind, res.Fact.Value, res.Got))
		}
	}
	if x.how == Room && x.c.Live() {
		for _, kind := range kinds() {
			res, ok := x.c.ByStatus(x.d)[kind]
			if !ok {
				continue
			}
			t := s.Status[kind]
			t.add(res.Hit)
			s.Status[kind] = t
			if !res.Hit {
				s.Other = append(s.Other, fmt.Sprintf("%s: %s by its status is %s, by its words %q", name, kind, res.Fact.Value, res.Got))
			}
		}
	}
	if x.how == Channel || x.how == Room && !x.c.Live() {
		hit, want, rows := x.c.Recalled(x.d, x.how)
		s.Recalled.Hit, s.Recalled.Of, s.Rows = s.Recalled.Hit+hit, s.Recalled.Of+want, s.Rows+rows
		s.Theirs += len(x.c.rows())
	}
}

// words holds what people wrote of a case against its record.
func (r *Report) words(x *done, o Options) {
	left := slices.Clone(x.flagged)
	for _, k := range o.Known {
		if k.ID != x.c.ID {
			continue
		}
		i := slices.IndexFunc(left, func(f postmortem.Finding) bool { return answers(f.Kind, k.Kind) })
		r.Known.add(i >= 0)
		if i < 0 {
			r.Missed = append(r.Missed, k)
		} else {
			left = slices.Delete(left, i, i+1)
		}
	}
	if x.words == "" || x.c.suspect(o.Known) {
		return
	}
	r.Texts.add(len(x.flagged) > 0)
	if x.c.Held() {
		return
	}
	for _, f := range x.flagged {
		r.False = append(r.False, x.c.ID+": "+f.Kind+": "+f.Text)
	}
}

// plant writes each kind of contradiction about a case, and looks for it.
func (r *Report) plant(x *done) {
	s, ok := see(&x.d.Brief)
	if !ok {
		return
	}
	truth := s.Truth()
	before := Flagged(truth, x.d.Brief)
	r.Truths.add(len(before) > 0)
	for _, f := range before {
		r.False = append(r.False, x.c.ID+": in a text that is right: "+f.Kind+": "+f.Text)
	}
	for _, p := range Plants() {
		words, ok := p.Write(s)
		if !ok {
			continue
		}
		t := r.Planted[p.Name]
		t.add(len(Flagged(truth+"\n"+words+"\n", x.d.Brief)) > len(before))
		r.Planted[p.Name] = t
	}
}

// Collection names the files of a collection in dir.
func Collection(dir string) (incidents, known string) {
	return filepath.Join(dir, "incidents"), filepath.Join(dir, "contradictions.json")
}
