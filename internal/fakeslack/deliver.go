package fakeslack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// How long Slack waits to be acknowledged, and when it tries an event again:
// nearly at once, after one minute, and after five (docs.slack.dev/apis/events-api).
const ackWithin = 3 * time.Second

func retryAfter(attempt int) time.Duration {
	return [...]time.Duration{100 * time.Millisecond, time.Minute, 5 * time.Minute}[attempt]
}

const retries = 3

// ErrUnacknowledged says that the app did not acknowledge a delivery in time, and
// that Slack will not try again.
var ErrUnacknowledged = errors.New("the app did not acknowledge in time")

// A Delivery is one payload on its way to the app. Its fields do not change; what
// becomes of it is told by Wait.
type Delivery struct {
	Kind string // events_api, interactive or slash_commands
	Type string // of the event or interaction inside; the command of a slash command

	f        *Fake
	payload  json.RawMessage
	accepts  bool
	sentAt   time.Time
	envelope string
	attempt  int
	reason   string
	timer    *time.Timer
	done     chan struct{}
	over     bool
	ack      json.RawMessage
	ackedAt  time.Time
	err      error
	tries    int
	then     func(ack json.RawMessage, err error) // under the lock, once
}

// Wait waits until the app has acknowledged the delivery, and returns what it
// answered with. The error is ErrUnacknowledged if it did not, or the context's.
func (d *Delivery) Wait(ctx context.Context) (json.RawMessage, error) {
	select {
	case <-d.done:
		return d.ack, d.err
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for the app to acknowledge %s: %w", d.Type, ctx.Err())
	}
}

// Took is how long the app needed to acknowledge; call it after Wait.
func (d *Delivery) Took() time.Duration { return d.ackedAt.Sub(d.sentAt) }

// Tries is how often the delivery was sent until now.
func (d *Delivery) Tries() int {
	d.f.mu.Lock()
	defer d.f.mu.Unlock()
	return d.tries
}

// A Disturbance is how deliveries go wrong without being lost.
type Disturbance struct {
	Copies int           // how often each payload is sent, as different deliveries; at least once
	Delay  time.Duration // before each is sent
	Jitter time.Duration // besides, at most; what it draws differs for each, so that order is lost
	Lose   int           // one event in so many is never sent, as happens (bolt-js issue 1243)
	// Shuffle holds deliveries back until there are so many, and sends them in
	// another order. Release sends what is held.
	Shuffle int
}

// Disturb applies a disturbance to all that is delivered from now on; the zero
// value ends it and releases what is held.
func (f *Fake) Disturb(d Disturbance) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.disturb = d
	f.release()
}

// Release sends what a shuffle still holds.
func (f *Fake) Release() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.release()
}

func (f *Fake) release() {
	held := f.held
	f.held = nil
	f.dice.Shuffle(len(held), func(i, j int) { held[i], held[j] = held[j], held[i] })
	for _, d := range held {
		f.dispatch(d)
	}
}

// deliver takes a payload on its way. Copies are deliveries of their own, with
// other ids, as Slack's are; the first is returned.
func (f *Fake) deliver(d *Delivery, payload json.RawMessage) *Delivery {
	d.f, d.payload, d.done, d.sentAt = f, payload, make(chan struct{}), time.Now()
	if f.disturb.Lose > 0 && d.Kind == "events_api" && f.dice.IntN(f.disturb.Lose) == 0 {
		f.open++
		f.giveUp(d, "lost, as the test wanted")
		return d
	}
	f.schedule(d)
	for range f.disturb.Copies - 1 {
		again := &Delivery{Kind: d.Kind, Type: d.Type, accepts: d.accepts, f: f, payload: f.twin(d, payload), done: make(chan struct{}), sentAt: d.sentAt}
		f.schedule(again)
	}
	return d
}

// twin is a payload as its duplicate delivery has it: an event gets another id.
func (f *Fake) twin(d *Delivery, payload json.RawMessage) json.RawMessage {
	var o obj
	if d.Kind != "events_api" || json.Unmarshal(payload, &o) != nil {
		return payload
	}
	o["event_id"] = f.id("Ev")
	return raw(o)
}

func (f *Fake) schedule(d *Delivery) {
	f.open++
	f.log = append(f.log, d)
	wait := f.disturb.Delay
	if f.disturb.Jitter > 0 {
		wait += time.Duration(f.dice.Int64N(int64(f.disturb.Jitter)))
	}
	switch {
	case wait > 0:
		d.timer = time.AfterFunc(wait, func() {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.dispatch(d)
		})
	case f.disturb.Shuffle > 1:
		f.held = append(f.held, d)
		if len(f.held) >= f.disturb.Shuffle {
			f.release()
		}
	default:
		f.dispatch(d)
	}
}

// dispatch sends a delivery now, over a socket or to a request URL, and sees to
// it that silence is noticed.
func (f *Fake) dispatch(d *Delivery) {
	if d.over {
		return
	}
	if f.isClosed() {
		f.giveUp(d, "closed")
		return
	}
	d.tries++
	d.envelope = f.envelopeID()
	f.pending[d.envelope] = d
	d.timer = time.AfterFunc(ackWithin, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.missed(d, "timeout")
	})
	switch {
	case f.trouble.out:
		f.missed(d, "timeout")
	case f.opt.HTTP != nil:
		f.post(d)
	default:
		f.push(d)
	}
}

// missed is called when a delivery was not acknowledged. Events are tried again;
// a person who pressed a button or typed a command is told that it failed.
func (f *Fake) missed(d *Delivery, reason string) {
	if d.over || f.pending[d.envelope] != d {
		return
	}
	delete(f.pending, d.envelope)
	d.timer.Stop()
	if d.Kind != "events_api" || d.attempt >= retries || f.isClosed() {
		f.giveUp(d, reason)
		return
	}
	wait := retryAfter(d.attempt)
	d.attempt++
	d.reason = reason
	d.timer = time.AfterFunc(wait, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.dispatch(d)
	})
}

func (f *Fake) giveUp(d *Delivery, reason string) {
	f.settle(d, nil, fmt.Errorf("%s %s (%s): %w", d.Kind, d.Type, reason, ErrUnacknowledged))
}

// acknowledged is called when the app has answered an envelope.
func (f *Fake) acknowledged(envelope string, payload json.RawMessage) {
	d := f.pending[envelope]
	if d == nil {
		return // too late, or twice: Slack takes no notice
	}
	f.settle(d, payload, nil)
}

func (f *Fake) settle(d *Delivery, payload json.RawMessage, err error) {
	if d.over {
		return
	}
	d.over = true
	delete(f.pending, d.envelope)
	if d.timer != nil {
		d.timer.Stop()
	}
	d.ack, d.err, d.ackedAt = payload, err, time.Now()
	if d.then != nil {
		d.then(payload, err)
	}
	d.payload = nil
	close(d.done)
	f.open--
	close(f.settled)
	f.settled = make(chan struct{})
}

func (f *Fake) isClosed() bool {
	select {
	case <-f.closed:
		return true
	default:
		return false
	}
}

// envelopeID makes a UUID, as Slack's envelopes have.
func (f *Fake) envelopeID() string {
	a, b := f.dice.Uint64(), f.dice.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>48&0xfff, b&0xffffffffffff)
}
