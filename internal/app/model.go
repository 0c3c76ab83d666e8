package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"sitrep/bot"
	"sitrep/commands"
	"sitrep/incident"
	"sitrep/internal/config"
	"sitrep/postmortem"
	"sitrep/postmortem/openai"
	"sitrep/secret"
	"sitrep/store"
)

// NewModel makes the configured language model, which puts drafts into prose
// where somebody asks for it; nil if none is configured. mask, which may be nil,
// takes secrets out of what is sent; client is nil for one of its own. The error
// is an endpoint that cannot be one.
func NewModel(cfg *config.Config, key string, mask *secret.Masker, client *http.Client) (*openai.Drafter, error) {
	m := cfg.Postmortem.Model
	if !m.On() {
		return nil, nil
	}
	o := &openai.Options{
		Shape: m.Shape, Limit: m.Limit, Effort: m.Effort, Window: m.Window, Answer: m.Answer, Silence: m.Silence, Whole: m.Wait, Unstreamed: !m.Stream,
		Currency: m.Price.Currency, In: config.Micros(m.Price.Input), Out: config.Micros(m.Price.Output), Mask: masking(mask), Client: client,
	}
	for _, p := range m.Passages {
		o.Passages = append(o.Passages, postmortem.Passage(p))
	}
	for _, p := range cfg.People {
		o.Names = append(o.Names, p.Name)
	}
	if t, err := strconv.ParseFloat(m.Temperature, 32); err == nil {
		as := float32(t)
		o.Temperature = &as
	}
	d, err := openai.New(openai.Endpoint{URL: m.URL, Model: m.Name, Key: key, Azure: m.Azure, Version: m.Version}, o)
	if err != nil {
		return nil, fmt.Errorf("postmortem.model: %w", err)
	}
	return d, nil
}

// prose has a language model put drafts into prose. It asks for as long as it
// takes, outside of any follower; what comes back is appended. What was asked for
// and not answered when the process ended is asked for again at the next start:
// the incident says so itself.
type prose struct {
	app     *App
	drafter *openai.Drafter
	more    chan struct{} // holds one while something may be waiting

	mu    sync.Mutex
	queue []request
	known map[uint64]bool // requests that wait here, or are being answered
}

// A request is the record that asked for a draft of an incident.
type request struct {
	id    string
	asked uint64
}

// writers is how many drafts are put into prose at once.
const writers = 2

func newProse(a *App, d *openai.Drafter) *prose {
	return &prose{app: a, drafter: d, more: make(chan struct{}, 1), known: map[uint64]bool{}}
}

var _ commands.Model = (*prose)(nil)

// May is nil, or the Problem that a private incident stays here.
func (p *prose) May(in *incident.Incident) error {
	if in.Private && !p.app.cfg.Postmortem.Model.Private {
		return incident.Problemf("model-private", "%s is private, and private incidents are sent to no language model. The draft from the record alone is complete: postmortem draft.", in.ID)
	}
	return nil
}

// Sends says what would be sent.
func (p *prose) Sends(ctx context.Context, in *incident.Incident) (about []string, full []bot.Section, err error) {
	b, err := p.app.brief(ctx, in)
	if err != nil {
		return nil, nil, err
	}
	rs, hidden := p.drafter.Requests(b)
	total, long := 0, false
	for _, r := range rs {
		total += r.Tokens
		of := upperFirst(r.Passage.Label())
		if r.Part != "" {
			of += ", " + r.Part
			long = true
		}
		s := bot.Section{Heading: fmt.Sprintf("%s, about %d tokens", of, r.Tokens)}
		if r.Left > 0 {
			s.Lines = append(s.Lines, fmt.Sprintf("%d facts from before the end do not fit and are left out.", r.Left))
		}
		s.Lines = append(append(s.Lines, strings.Split(r.System, "\n")...), strings.Split(r.Input, "\n")...)
		full = append(full, s)
	}
	about = []string{fmt.Sprintf("To %s: %d requests with about %d tokens.", p.drafter.Name(), len(rs), total)}
	if long {
		about = append(about, "The record is long: what comes back of its parts is sent again, as numbered facts, until it fits into one request.")
	}
	if hidden == "" {
		hidden = "nothing"
	}
	return append(about, "Hidden in it: "+hidden+"."), full, nil
}

// ask asks for a draft, unless that is being done already. It returns at once.
func (p *prose) ask(id string, asked uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.known[asked] {
		p.known[asked] = true
		p.queue = append(p.queue, request{id, asked})
		p.wake()
	}
}

func (p *prose) wake() {
	select {
	case p.more <- struct{}{}:
	default: // somebody is about to look
	}
}

// resume asks for what was asked for and not answered.
func (p *prose) resume() {
	for _, in := range p.app.Board.All() {
		if w := in.Report.Waiting; w.Seq != 0 {
			p.ask(in.ID, w.Seq)
		}
	}
}

// serve writes one draft after the other until ctx is done. While the log is an
// older one that nobody has accepted, nothing is sent.
func (p *prose) serve(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.more:
		}
		for ctx.Err() == nil && p.app.Older() == "" {
			r, ok := p.next()
			if !ok {
				break
			}
			p.wake() // there may be more, for another
			err := p.write(ctx, r.id, r.asked)
			p.mu.Lock()
			delete(p.known, r.asked)
			p.mu.Unlock()
			if ctx.Err() != nil {
				return // it goes on at the next start
			}
			said := ""
			if err != nil {
				p.app.slog.Error("a draft could not be put into prose", "incident", r.id, "error", err)
				said = "The postmortem of " + r.id + " could not be put into prose: " + strings.TrimRight(err.Error(), ".") + ". It is tried again at the next start."
			}
			p.app.trouble("prose "+r.id, said)
		}
	}
}

func (p *prose) next() (request, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) == 0 {
		return request{}, false
	}
	r := p.queue[0]
	p.queue = p.queue[1:]
	return r, true
}

// write has one draft written and appends it. Before each passage it is asked
// anew whether anything may be sent. Where the incident was drafted again
// meanwhile, or words were taken back or erased, it is written once more from what
// is on record then; if that happens twice, the draft from the record stands.
func (p *prose) write(ctx context.Context, id string, asked uint64) error {
	a := p.app
	var calls []incident.ModelCall
	for try := 1; ; try++ {
		head, err := a.Log.Head(ctx, id) // first, so that it claims no record that it has not read
		if err != nil {
			return err
		}
		in, before, err := p.waiting(ctx, id, asked, head.Seq)
		if in == nil {
			return err
		}
		draft, err := p.draft(ctx, id, asked, before)
		if err != nil {
			return err
		}
		last, err := a.Log.Head(ctx, id)
		if err != nil {
			return err
		}
		now, after, err := p.waiting(ctx, id, asked, last.Seq)
		if now == nil {
			return err
		}
		calls = append(calls, draft.Calls...)
		if now.Report.DraftSeq != in.Report.DraftSeq || after.Lacks(before) {
			if try < 2 {
				continue
			}
			if draft, err = (postmortem.Template{}).Draft(ctx, after); err != nil {
				return err
			}
			for i := range calls {
				calls[i].Outcome = "The record was changed while it wrote."
			}
			head = last
		}
		return a.keep(ctx, id, fmt.Sprintf("prose/%d/drafted", asked), incident.PostmortemDrafted{
			Markdown: draft.Markdown, Customer: draft.Customer, Facts: draft.Facts, Drafter: draft.Drafter, Through: head.Seq, Answers: asked, Calls: calls,
		})
	}
}

// waiting returns an incident, and the brief of it, as it is after a record. The
// incident is nil if it does not wait for this draft any more.
func (p *prose) waiting(ctx context.Context, id string, asked, seq uint64) (*incident.Incident, postmortem.Brief, error) {
	if err := p.app.Board.Await(ctx, seq); err != nil {
		return nil, postmortem.Brief{}, err
	}
	in := p.app.Board.Get(id)
	if in == nil || in.Report.Waiting.Seq != asked {
		return nil, postmortem.Brief{}, nil
	}
	b, err := p.app.brief(ctx, in)
	if err != nil {
		return nil, postmortem.Brief{}, err
	}
	return in, b, nil
}

// draft asks for one draft. What must not be sent any more is not, and the draft
// says why.
func (p *prose) draft(ctx context.Context, id string, asked uint64, b postmortem.Brief) (postmortem.Draft, error) {
	d, err := p.drafter.Write(ctx, b, func(s openai.Step) error { return p.step(ctx, id, asked, s) })
	var no *incident.Problem
	if !errors.As(err, &no) {
		return d, err
	}
	if d, err = (postmortem.Template{}).Draft(ctx, b); err == nil {
		d.Calls = []incident.ModelCall{{Passage: string(postmortem.Summary), Model: p.app.cfg.Postmortem.Model.Name, Outcome: no.Text}}
	}
	return d, err
}

// step tells the room which passage is being asked for, and stops what may not be
// sent any more.
func (p *prose) step(ctx context.Context, id string, asked uint64, s openai.Step) error {
	if s.Done {
		return nil
	}
	in := p.app.Board.Get(id)
	if in == nil || in.Report.Waiting.Seq != asked {
		return incident.Problemf("model-late", "The postmortem of %s waits for no model any more.", id)
	}
	if err := p.May(in); err != nil {
		return err
	}
	return p.app.keep(ctx, id, fmt.Sprintf("prose/%d/%s", asked, s.Passage), incident.PostmortemProgress{
		Asked: asked, Passage: string(s.Passage), N: s.N, Of: s.Of, Model: p.app.cfg.Postmortem.Model.Name,
	})
}

// keep appends one event that nobody gave as a command, once.
func (a *App) keep(ctx context.Context, stream, key string, ev incident.Event) error {
	data, err := incident.Encode(incident.Meta{}, ev)
	if err != nil {
		return err
	}
	_, err = a.Log.Append(ctx, stream, key, store.Record{Kind: ev.Kind(), Data: data})
	return err
}
