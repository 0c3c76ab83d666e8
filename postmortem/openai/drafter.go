package openai

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sitrep/incident"
	"sitrep/postmortem"
)

// An Endpoint is a server and one of its models.
type Endpoint struct {
	URL     string // "https://api.openai.com/v1", or that of a compatible server; with Azure the resource's
	Model   string // its name; with Azure the deployment's
	Key     string // none for servers that want none
	Azure   bool   // deployments in the path, the key in the header api-key
	Version string // Azure's api-version; [AzureVersion] if empty
}

// AzureVersion is the first stable version of Azure's API that takes schemas.
const AzureVersion = "2024-10-21"

// How strictly a server is told the shape of an answer.
const (
	Schema = "schema" // a strict JSON schema, which the server holds to
	Object = "object" // JSON of any shape; the shape is asked for in words
	Text   = "text"   // nothing but words
)

// Options are the optional parts of a Drafter. The zero value is what is written
// beside each.
type Options struct {
	Passages []postmortem.Passage // all of them
	Names    []string             // people to hide besides those of the record
	// Mask takes secrets out of what is sent; nothing is taken out if nil.
	Mask func(text string) (masked string, was []string)

	Shape       string        // Schema; where a server refuses it, the next one is tried
	Limit       string        // how an answer's length is limited: max_completion_tokens for OpenAI and Azure, max_tokens for others
	Temperature *float32      // not sent
	Effort      string        // reasoning_effort; not sent
	Window      int           // tokens of facts in one request: 12,000
	Answer      int           // tokens of an answer, a reasoning model's thoughts included: 6,000
	Silence     time.Duration // for which a server may say nothing: 60 s
	Whole       time.Duration // for one passage, with all that is tried again: 5 min
	Tries       int           // for what may pass: 4
	Unstreamed  bool          // ask for the answer in one piece

	Currency string // what the prices are in: USD
	In, Out  int64  // price of a million tokens, in millionths of the currency; 0 is not known

	Client *http.Client // one of its own
}

// A Drafter has a model put passages of reports into prose.
type Drafter struct {
	e Endpoint
	o Options
	h string // the host that is asked
}

// New makes a Drafter. It asks nobody anything yet. The error is an endpoint that
// cannot be one.
func New(e Endpoint, o *Options) (*Drafter, error) {
	d := &Drafter{e: e}
	if o != nil {
		d.o = *o
	}
	u, err := url.Parse(e.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("the model's URL must begin with https:// or http:// and name a host")
	}
	if u.User != nil || u.RawQuery != "" {
		return nil, errors.New("the model's URL must hold no user, password or query")
	}
	if e.Model == "" {
		return nil, errors.New("the model has no name")
	}
	d.h = u.Host
	d.e.URL = strings.TrimRight(e.URL, "/")
	d.e.Version = cmp.Or(e.Version, AzureVersion)
	if len(d.o.Passages) == 0 {
		d.o.Passages = postmortem.Passages()
	}
	if d.o.Limit == "" {
		d.o.Limit = "max_tokens"
		if e.Azure || d.h == "api.openai.com" || strings.HasSuffix(d.h, ".openai.azure.com") {
			d.o.Limit = "max_completion_tokens"
		}
	}
	d.o.Shape, d.o.Currency = cmp.Or(d.o.Shape, Schema), cmp.Or(d.o.Currency, "USD")
	d.o.Window, d.o.Answer, d.o.Tries = cmp.Or(d.o.Window, 12_000), cmp.Or(d.o.Answer, 6_000), cmp.Or(d.o.Tries, 4)
	d.o.Silence, d.o.Whole = cmp.Or(d.o.Silence, time.Minute), cmp.Or(d.o.Whole, 5*time.Minute)
	client := &http.Client{}
	if d.o.Client != nil {
		*client = *d.o.Client
	}
	client.Timeout = 0 // it would end streams that go on; contexts do it here
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	d.o.Client = client
	return d, nil
}

// Name says who writes: the model and where it is.
func (d *Drafter) Name() string { return d.e.Model + " at " + d.h }

// A Step is how far a draft is.
type Step struct {
	Passage postmortem.Passage
	N, Of   int    // the passage's number, and how many are asked for
	Done    bool   // it is written, or is known not to be
	Outcome string // once it is done: "written", or in a sentence why the facts stand
}

// Draft writes a report; see [Drafter.Write].
func (d *Drafter) Draft(ctx context.Context, b postmortem.Brief) (postmortem.Draft, error) {
	return d.Write(ctx, b, nil)
}

// Write writes a report of which the passages are put into prose, one after the
// other, and tells progress, which may be nil, before and after each. The error is
// that of ctx, of progress, which can end it so, or one of encoding the facts; what
// goes wrong with the model is in the draft and its calls.
func (d *Drafter) Write(ctx context.Context, b postmortem.Brief, progress func(Step) error) (postmortem.Draft, error) {
	if progress == nil {
		progress = func(Step) error { return nil }
	}
	work := d.plan(b)
	ask := d.newAsker()
	var ps []postmortem.Prose
	var calls []incident.ModelCall
	for i, job := range work {
		step := Step{Passage: job.a.Passage, N: i + 1, Of: len(work)}
		if err := progress(step); err != nil {
			return postmortem.Draft{}, err
		}
		p, call := d.passage(ctx, b, ask, job)
		if err := ctx.Err(); err != nil {
			return postmortem.Draft{}, fmt.Errorf("draft with %s: %w", d.Name(), err)
		}
		ps, calls = append(ps, p), append(calls, call)
		step.Done, step.Outcome = true, call.Outcome
		if err := progress(step); err != nil {
			return postmortem.Draft{}, err
		}
	}
	out, err := b.Compose(d.e.Model+", from the record", ps...)
	if err != nil {
		return postmortem.Draft{}, err
	}
	out.Calls = calls
	return out, nil
}

// written is the outcome of a passage that the model wrote.
const written = "written"

// passage asks for one passage.
func (d *Drafter) passage(ctx context.Context, b postmortem.Brief, ask *asker, job job) (postmortem.Prose, incident.ModelCall) {
	began := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, d.o.Whole, errTooLong)
	defer cancel()
	ss, use, inputs, err := ask.compose(ctx, &job)
	p := postmortem.Prose{Passage: job.a.Passage}
	call := incident.ModelCall{
		Passage: string(job.a.Passage), Model: d.e.Model, Host: d.h, Params: ask.params(), Prompt: digest(d.system(task(job.a.Passage)) + "\n" + string(schema())), Input: digest(inputs),
		Requests: use.requests, TokensIn: use.in, TokensOut: use.out, Estimated: use.estimated, Currency: d.currency(), Micros: d.cost(use),
		Millis: time.Since(began).Milliseconds(),
	}
	if err != nil {
		call.Outcome = d.why(err)
		p.Note = d.e.Model + " was asked for " + p.Passage.Label() + ". " + call.Outcome + " What stands here is made from the record alone."
		return p, call
	}
	p.Sentences = ss
	settled := b.Settle(p)
	call.Kept, call.Dropped, call.Outcome = len(settled.Sentences), len(settled.Dropped), written
	p.Note = d.note(job, settled)
	if len(settled.Sentences) == 0 {
		call.Outcome = "The record carries too little of what it wrote."
	}
	return p, call
}

// note says how a passage was made.
func (d *Drafter) note(job job, p postmortem.Prose) string {
	out := "Put into prose by " + d.e.Model + " from numbered facts of the record"
	if len(p.Sentences) == 0 {
		return d.e.Model + " was asked for " + p.Passage.Label() + ", and the record carries too little of what it wrote. What stands here is made from the record alone."
	}
	switch n := len(p.Dropped); {
	case n == 1:
		out += "; one sentence that they do not carry was dropped, and is named at the end"
	case n > 1:
		out += fmt.Sprintf("; %d sentences that they do not carry were dropped, and are named at the end", n)
	}
	if job.left > 0 {
		out += fmt.Sprintf("; %d of the %d facts, from before the end, did not fit", job.left, len(job.a.Facts))
	}
	return out + ". Nobody has read it over."
}

func (d *Drafter) currency() string {
	if d.o.In == 0 && d.o.Out == 0 {
		return ""
	}
	return d.o.Currency
}

// cost is in millionths of the currency, rounded up.
func (d *Drafter) cost(u usage) int64 {
	const million = 1_000_000
	return (int64(u.in)*d.o.In + int64(u.out)*d.o.Out + million - 1) / million
}
