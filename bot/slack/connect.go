package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	api "github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"sitrep/bot"
)

// patience is how long a delivery waits for what it asks for to be recorded,
// before it is acknowledged all the same: Slack gives three seconds and shows an
// error then.
const patience = time.Second

// modalPatience is how long a modal waits for its answer, which can only be
// given with the acknowledgement.
const modalPatience = 2500 * time.Millisecond

// grace is how long what was begun may go on after Serve was told to end: a
// program that is stopped is given ten seconds in all.
const grace = 3 * time.Second

// Serve listens until ctx is done, over sockets or (where there is a signing
// secret) by way of [Platform.Handler]. It returns nil then, and an error only
// when going on is useless. What was begun is brought to its end first, with its
// answer and its acknowledgement, for as long as there is grace.
func (p *Platform) Serve(ctx context.Context, h bot.Handler) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx)) // of what was begun: it may finish, for a while
	defer stop()
	p.mu.Lock()
	if p.h != nil {
		p.mu.Unlock()
		return errors.New("slack is being served already")
	}
	p.h, p.serving, p.heard = h, work, p.o.Now()
	p.mu.Unlock()
	err := p.listen(ctx, stop)
	p.mu.Lock()
	p.h, p.serving = nil, nil
	p.mu.Unlock()
	return err
}

// listen listens until ctx is done, and returns when what was begun is done.
func (p *Platform) listen(ctx context.Context, abandon context.CancelFunc) error {
	wire, hangUp := context.WithCancel(context.WithoutCancel(ctx)) // sockets stay open for the last acknowledgements
	defer hangUp()
	ended := make(chan error, 1)
	if err := p.introduce(ctx); err != nil || ctx.Err() != nil {
		p.finishUp(abandon)
		return err
	}
	if p.o.SigningSecret == "" {
		go func() { ended <- p.sockets(wire) }()
	}
	select {
	case err := <-ended:
		p.finishUp(abandon)
		return err
	case <-ctx.Done():
	}
	p.finishUp(abandon)
	rest(context.WithoutCancel(ctx), flush)
	hangUp()
	if p.o.SigningSecret != "" {
		return nil
	}
	return <-ended
}

// flush is how long sockets stay open after the last acknowledgement: the library
// writes it by itself, and does not say when it has.
const flush = 50 * time.Millisecond

// finishUp takes nothing more, and waits for what was begun, which is abandoned
// when there is no more grace.
func (p *Platform) finishUp(abandon context.CancelFunc) {
	late := time.AfterFunc(grace, abandon)
	defer late.Stop()
	p.turns.Drain()
}

// introduce learns who the bot is, however long Slack is away.
func (p *Platform) introduce(ctx context.Context) error {
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		_, err := p.self(ctx)
		if err == nil || ctx.Err() != nil {
			return nil
		}
		if !errors.Is(err, bot.ErrTemporary) {
			return err
		}
		p.o.Log.Warn("slack does not answer; trying again", "in", wait, "error", err)
		if !rest(ctx, wait) {
			return nil
		}
	}
}

// rest waits; false if ctx was done first.
func rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// sockets keeps several sockets open: Slack sends each delivery over one of
// them, and closes each of them every few hours.
func (p *Platform) sockets(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, p.o.Sockets)
	var running sync.WaitGroup
	for range p.o.Sockets {
		running.Go(func() { ended <- p.socket(ctx) })
	}
	var err error
	for range p.o.Sockets {
		if e := <-ended; e != nil && err == nil {
			err = e
			cancel() // what one socket is refused for, all are
		}
	}
	running.Wait()
	return err
}

// socket keeps one socket open until ctx is done.
func (p *Platform) socket(ctx context.Context) error {
	opts := []socketmode.Option{}
	if p.o.Dialer != nil {
		opts = append(opts, socketmode.OptionDialer(p.o.Dialer))
	}
	for wait := time.Second; ; wait = min(2*wait, longestWait) {
		client := socketmode.New(p.web, opts...)
		run, stop := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() {
			defer close(done)
			p.read(run, client, stop)
		}()
		err := client.RunContext(run)
		stop()
		<-done
		if ctx.Err() != nil {
			return nil
		}
		err = p.failed("apps.connections.open", err)
		if refused(err, "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope", "not_allowed_token_type") {
			return fmt.Errorf("no socket can be opened: %w", err)
		}
		p.o.Log.Warn("the socket to slack ended; opening it again", "in", wait, "error", err)
		if !rest(ctx, wait) {
			return nil
		}
	}
}

// longestWait is how long a socket that cannot be opened is left alone at most.
// The library goes on to wait up to five minutes, which is too long for whoever
// types a command when Slack is back.
const longestWait = 15 * time.Second

// read takes what comes over a socket, in its order. It never waits for what a
// delivery asks for: a reader that waits is taken for dead. It gives the socket
// up when the library would wait for longer than we do, unless Slack asks for it.
func (p *Platform) read(ctx context.Context, client *socketmode.Client, stop context.CancelFunc) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-client.Events:
			if bad, ok := e.Data.(*api.ConnectionErrorEvent); ok && bad.Backoff > longestWait {
				var limited *api.RateLimitedError
				if !errors.As(bad.ErrorObj, &limited) {
					stop()
				}
			}
			p.event(ctx, client, e)
		}
	}
}

func (p *Platform) event(ctx context.Context, client *socketmode.Client, e socketmode.Event) {
	ack := func(payload any) {
		if e.Request == nil {
			return
		}
		if err := client.AckCtx(ctx, e.Request.EnvelopeID, payload); err != nil && ctx.Err() == nil {
			p.o.Log.Warn("slack did not get an acknowledgement, and will send it again", "error", p.hide(err.Error()))
		}
	}
	switch e.Type {
	case socketmode.EventTypeHello:
		p.reconnected()
	case socketmode.EventTypeEventsAPI:
		if x, ok := e.Data.(slackevents.EventsAPIEvent); ok {
			p.after(patience, p.heed(x), ack)
		}
	case socketmode.EventTypeSlashCommand:
		if x, ok := e.Data.(api.SlashCommand); ok {
			p.after(patience, p.command(x), ack)
		}
	case socketmode.EventTypeInteractive:
		if x, ok := e.Data.(api.InteractionCallback); ok {
			p.after(waits(x), p.interaction(x), ack)
		}
	case socketmode.EventTypeErrorBadMessage:
		// The library does not acknowledge what it cannot parse, and Slack would
		// send it for ever.
		if bad, ok := e.Data.(*socketmode.ErrorBadMessage); ok {
			p.unread(ctx, client, bad.Message)
		}
	}
}

// unread keeps an envelope that nobody here can read, and acknowledges it.
func (p *Platform) unread(ctx context.Context, client *socketmode.Client, raw json.RawMessage) {
	var e struct {
		ID string `json:"envelope_id"`
	}
	if json.Unmarshal(raw, &e) != nil || e.ID == "" {
		return // no envelope: nothing that is sent again
	}
	p.turns.Aside(func() {
		if p.o.Unread != nil {
			if err := p.o.Unread(ctx, p.hide(string(raw))); err != nil {
				p.o.Log.Error("what slack sent could not be read, nor kept; it will come again", "error", err)
				return
			}
		}
		if err := client.AckCtx(ctx, e.ID, nil); err != nil && ctx.Err() == nil {
			p.o.Log.Warn("slack did not get an acknowledgement, and will send it again", "error", p.hide(err.Error()))
		}
	})
}

// A doing is what a delivery asks for, on its way: done is closed when it is
// recorded; answer is then what the acknowledgement says, nil for nothing.
type doing struct {
	done   chan struct{}
	answer any
	failed bool // it was not recorded: Slack should send it again

	wait any         // what the acknowledgement says when patience ends before
	over atomic.Bool // patience has ended
	late func()      // gives the answer otherwise then; nil if it finds its own way
}

func newDoing() *doing { return &doing{done: make(chan struct{})} }

// nothing is a delivery that asks for nothing.
func nothing() *doing {
	d := newDoing()
	close(d.done)
	return d
}

// refuse is a delivery that is not taken any more: Slack sends it again, to
// whoever listens then.
func (d *doing) refuse() {
	d.failed = true
	close(d.done)
}

// after acknowledges a delivery when it is done, or when patience ends. What
// fails after that is not sent again by itself: it is read back.
func (p *Platform) after(patience time.Duration, d *doing, ack func(payload any)) {
	came := p.o.Now()
	p.turns.Aside(func() {
		t := time.NewTimer(patience)
		defer t.Stop()
		select {
		case <-d.done:
			if !d.failed {
				ack(d.answer)
			}
			return
		case <-t.C:
			d.over.Store(true)
			ack(d.wait)
		}
		p.afterwards(d, came)
	})
}

// afterwards brings to its end what was acknowledged before it was done.
func (p *Platform) afterwards(d *doing, came time.Time) {
	<-d.done
	switch {
	case d.failed:
		p.missed(came, again, "something that slack was told of as taken could not be kept")
	case d.late != nil:
		d.late()
	}
}

// errPanicked is a fault of ours that would come again with the same request.
var errPanicked = errors.New("the handler panicked")

// handle hands a request to the handler. A handler that panics loses its own
// request at most.
func (p *Platform) handle(ctx context.Context, r bot.Request) (m bot.Message, err error) {
	p.mu.Lock()
	h := p.h
	p.mu.Unlock()
	if h == nil {
		return nil, errors.New("slack is not being served")
	}
	err = guarded(func() (err error) {
		m, err = h(ctx, r)
		return err
	})
	return m, err
}

// guarded makes an error of a panic.
func guarded(do func() error) (err error) {
	defer func() {
		if x := recover(); x != nil {
			err = fmt.Errorf("%w: %v\n%s", errPanicked, x, debug.Stack())
		}
	}()
	return do()
}

// background is the context of work that a delivery began: it outlives Serve's by
// grace at most.
func (p *Platform) background() context.Context {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.serving == nil {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		return ctx
	}
	return p.serving
}

// reconnected reads back what was said while nothing was heard: since the last
// that was, or since Serve began.
func (p *Platform) reconnected() {
	p.mu.Lock()
	since := p.heard
	p.heard = p.o.Now()
	p.mu.Unlock()
	p.readBack(p.background(), since)
}

// How long is waited before what was missed while Slack was connected is read
// back: again, if it is our fault, and calm, if Slack withholds events, of which
// it says so once a minute while that goes on.
const (
	again = 2 * time.Second
	calm  = 2 * time.Minute
)

// missed takes that what came since an instant is not all kept, and has it read
// back after a while.
func (p *Platform) missed(since time.Time, wait time.Duration, why string) {
	p.mu.Lock()
	waiting := !p.gap.IsZero()
	if !waiting || since.Before(p.gap) {
		p.gap = since
	}
	p.mu.Unlock()
	if waiting {
		return
	}
	p.o.Log.Warn(why+"; it is read back", "since", since, "in", wait)
	ctx := p.background()
	p.turns.Aside(func() {
		if !rest(ctx, wait) {
			return
		}
		p.mu.Lock()
		since := p.gap
		p.gap = time.Time{}
		p.mu.Unlock()
		p.readBack(ctx, since)
	})
}

// overlap is how much more is read back than was missed: what Slack has sent and
// we have not got was sent a moment before.
const overlap = 2 * time.Minute

// readBack hands what was said in the rooms since an instant to the handler;
// what is kept already is known by its key. It runs beside the turns of the
// rooms, since Slack may have it wait a minute a page, and one room after the
// other. A room that cannot be read now is tried again.
func (p *Platform) readBack(ctx context.Context, since time.Time) {
	if p.o.Public {
		return
	}
	p.turns.Aside(func() {
		select {
		case p.reading <- struct{}{}:
			defer func() { <-p.reading }()
		case <-ctx.Done():
			return
		}
		for room, from := range p.incidents.Worked(Name) {
			from = later(from, since).Add(-overlap)
			for wait := time.Second; ; wait = min(2*wait, time.Minute) {
				err := p.History(ctx, room, from, func(r bot.Request) error {
					_, err := p.handle(ctx, r)
					return err
				})
				if err == nil || ctx.Err() != nil {
					break
				}
				var no *refusal
				again := !errors.As(err, &no) && !errors.Is(err, errPanicked)
				p.o.Log.Error("what was said while slack was away could not be read back", "again", again, "in", wait, "channel", room.ID, "error", err)
				if !again || !rest(ctx, wait) {
					break
				}
			}
		}
	})
}
