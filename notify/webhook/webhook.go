// Package webhook carries what subscribers are told to programs: a signed POST of
// JSON in the shape of hosted pages.
//
// # Invariants
//
// Addresses come from strangers. No connection is made to a private, link-local
// or otherwise special address, whatever name led there: that is checked when it
// is dialed, after the name was looked up. Redirects are not followed, proxies of
// the environment are not used, and of an answer nothing but its status is read.
//
// Deliveries are signed as Standard Webhooks has it. Their ids say what they are
// about, so that one that is sent again can be known by its id. Any 2xx is yes;
// everything else, a redirect too, is tried again, but 410, which says that there
// will never be anybody there.
//
// # Concurrency
//
// A Carrier is used by one goroutine, that of its outbox; it posts to many
// addresses at once, but to each in order.
package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"sitrep/notify/outbox"
	"sitrep/status"
	"sitrep/subscriber"
)

// Options are the optional parts of a Carrier. Nil and the zero value are
// usable.
type Options struct {
	// Guard says whether an address that was looked up may be dialed, as
	// net.Dialer.Control; public addresses alone if nil.
	Guard   func(network, address string, c syscall.RawConn) error
	TLS     *tls.Config   // the machine's own authorities if nil
	Timeout time.Duration // of one delivery; 30 s, as hosted pages give, if zero
	Log     *slog.Logger
}

// batch is how many addresses are posted to at once: one that answers slowly
// holds up so few.
const batch = 64

// A Carrier posts to webhooks.
type Carrier struct {
	client *http.Client
	site   *status.Site
	door   subscriber.Entrance
	now    func() time.Time
	slog   *slog.Logger
}

// New returns a carrier. now is the log's clock.
func New(site *status.Site, door subscriber.Entrance, now func() time.Time, o *Options) *Carrier {
	if o == nil {
		o = &Options{}
	}
	c := &Carrier{site: site, door: door, now: now, slog: o.Log}
	if c.slog == nil {
		c.slog = slog.New(slog.DiscardHandler)
	}
	guard, timeout := o.Guard, o.Timeout
	if guard == nil {
		guard = ssrf.New(ssrf.WithAnyPort()).Safe
	}
	if timeout == 0 {
		timeout = 30 * time.Second
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second, Control: guard}
	c.client = &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSClientConfig: o.TLS, TLSHandshakeTimeout: 10 * time.Second, ForceAttemptHTTP2: true,
			DisableKeepAlives:      true, // strangers' servers are not kept waiting for us
			MaxResponseHeaderBytes: 64 << 10, ResponseHeaderTimeout: timeout,
		},
	}
	return c
}

// Channel is the channel of webhooks.
func (c *Carrier) Channel() subscriber.Channel { return subscriber.Webhook }

// Batch is how many addresses are posted to at once.
func (c *Carrier) Batch() int { return batch }

// Carry posts to all of a batch at once.
func (c *Carrier) Carry(ctx context.Context, parcels []outbox.Parcel, still func(*outbox.Parcel) bool) ([]outbox.Outcome, error) {
	out := make([]outbox.Outcome, len(parcels))
	var gate sync.Mutex // still is one goroutine's
	var all sync.WaitGroup
	for i := range parcels {
		all.Go(func() {
			gate.Lock()
			may := still(&parcels[i])
			gate.Unlock()
			if !may {
				out[i].Did = outbox.Dropped
				return
			}
			out[i] = c.deliver(ctx, &parcels[i])
		})
	}
	all.Wait()
	if err := ctx.Err(); err != nil {
		for i := range out {
			if out[i].Did == outbox.Later { // it was broken off here
				out[i].Did = outbox.Untried
			}
		}
		return out, err
	}
	return out, nil
}

// deliver posts everything that one address is told, in order.
func (c *Carrier) deliver(ctx context.Context, p *outbox.Parcel) outbox.Outcome {
	bodies, err := c.bodies(p)
	if err != nil {
		c.slog.Error("a webhook could not be written", "subscriber", p.To.ID, "key", p.Key, "error", err)
		return outbox.Outcome{Did: outbox.Later, Why: "it could not be written"}
	}
	for i, body := range bodies {
		id := p.Key
		if i < len(bodies)-1 { // the last is the incident itself
			id += "-" + strconv.Itoa(i+1)
		}
		if o := c.post(ctx, p.To, id, body); o.Did != outbox.Sent {
			return o
		}
	}
	return outbox.Outcome{Did: outbox.Sent}
}

// bodies writes what is posted.
func (c *Carrier) bodies(p *outbox.Parcel) ([][]byte, error) {
	now := c.now()
	if p.Letter != nil {
		until := p.Letter.At.Add(subscriber.ConfirmWithin)
		link := c.door.Address(p.To.Language, subscriber.Link{Purpose: subscriber.ToConfirm, ID: p.To.ID, Ask: p.Letter.Ask, Expires: until})
		b, err := c.site.ConfirmHook(link, until, now)
		return [][]byte{b}, err
	}
	return c.site.Hooks(status.Hook{
		Public: p.Story.Public, New: p.Story.New, Only: p.To.Choice.Components, At: now,
		Leave: c.door.Address(p.To.Language, subscriber.Link{Purpose: subscriber.ToLeave, ID: p.To.ID}),
	})
}

// post makes one delivery.
func (c *Carrier) post(ctx context.Context, to *subscriber.Subscriber, id string, body []byte) outbox.Outcome {
	at := c.now()
	key, err := standardwebhooks.NewWebhookRaw(c.door.Links.Secret(to.ID))
	if err != nil {
		return outbox.Outcome{Did: outbox.Later, Why: "it could not be signed"}
	}
	signature, err := key.Sign(id, at, body)
	if err != nil {
		return outbox.Outcome{Did: outbox.Later, Why: "it could not be signed"}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to.Address, bytes.NewReader(body))
	if err != nil {
		return outbox.Outcome{Did: outbox.Refused, Why: "it is no address"}
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("User-Agent", "sitrep")
	r.Header.Set(standardwebhooks.HeaderWebhookID, id)
	r.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	r.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	resp, err := c.client.Do(r)
	if err != nil {
		return unreached(err)
	}
	_ = resp.Body.Close() // its status is all that is wanted
	switch {
	case resp.StatusCode/100 == 2:
		return outbox.Outcome{Did: outbox.Sent}
	case resp.StatusCode == http.StatusGone:
		return outbox.Outcome{Did: outbox.Refused, Why: "answered 410"}
	}
	return outbox.Outcome{Did: outbox.Later, Why: fmt.Sprintf("answered %d", resp.StatusCode)}
}

// unreached says why there was no answer, without the address, which an error of
// the client repeats.
func unreached(err error) outbox.Outcome {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedPort), errors.Is(err, ssrf.ErrProhibitedNetwork):
		return outbox.Outcome{Did: outbox.Refused, Why: "leads to an address that is not on the internet"}
	case errors.As(err, &dns):
		return outbox.Outcome{Did: outbox.Later, Why: "its name cannot be looked up"}
	case errors.As(err, &certificate):
		return outbox.Outcome{Did: outbox.Later, Why: "its certificate is not valid"}
	case errors.Is(err, context.DeadlineExceeded) || isTimeout(err):
		return outbox.Outcome{Did: outbox.Later, Why: "did not answer in time"}
	}
	return outbox.Outcome{Did: outbox.Later, Why: "could not be reached"}
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}
