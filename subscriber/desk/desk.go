// Package desk is where people subscribe to the public page and leave again:
// forms and signed links over HTTP, in the look of the page.
//
// # Invariants
//
// To ask for an address is answered in the same words and, to a reader's clock,
// in the same time, whether the address subscribes or not; what happens next is
// seen only by who reads what is sent there. A GET changes nothing. What changes
// something needs a signed link, which is its own authority: there is no session
// and no cookie. A POST of List-Unsubscribe=One-Click to a link to leave is what
// mail programs send (RFC 8058), and is enough.
//
// Requests to subscribe are limited by client and together; see limits.
//
// # Concurrency
//
// A Desk may be used from any goroutine.
package desk

import (
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"sitrep/status"
	"sitrep/subscriber"
)

// Options are the optional parts of a Desk. Nil and the zero value are usable.
type Options struct {
	Mail     bool           // mail addresses may be subscribed
	Webhooks bool           // addresses of programs may be
	Proxies  []netip.Prefix // whose X-Forwarded-For is believed
	Log      *slog.Logger
}

// evenly is how long an answer to a request to subscribe takes at least, so
// that it does not show whether something was recorded for it.
const evenly = 250 * time.Millisecond

// maxForm is what a form may have in bytes: some hundreds of components.
const maxForm = 64 << 10

// A Desk answers for everything below /subscribe and /subscriptions/.
type Desk struct {
	registry *subscriber.Registry
	site     *status.Site
	door     subscriber.Entrance
	now      func() time.Time
	o        Options
	limits   *limits
	origin   *http.CrossOriginProtection
}

// New returns a desk over a registry, with pages in the look of a site. now is
// the log's clock.
func New(r *subscriber.Registry, s *status.Site, door subscriber.Entrance, now func() time.Time, o *Options) *Desk {
	d := &Desk{registry: r, site: s, door: door, now: now, origin: http.NewCrossOriginProtection()}
	if o != nil {
		d.o = *o
	}
	if d.o.Log == nil {
		d.o.Log = slog.New(slog.DiscardHandler)
	}
	d.limits = newLimits(d.o.Proxies)
	return d
}

// Answers reports whether an address of the site is the desk's.
func (d *Desk) Answers(path string) bool {
	_, _, at := d.site.Language(path)
	return at == "/subscribe" || strings.HasPrefix(at, subscriber.Path)
}

// ServeHTTP answers for the desk's addresses.
func (d *Desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodPost {
		w.Header().Set("Allow", "GET, HEAD, POST")
		http.Error(w, "Use GET, HEAD or POST.", http.StatusMethodNotAllowed)
		return
	}
	if r.Method == http.MethodPost {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			http.Error(w, "This form cannot be read.", http.StatusBadRequest)
			return
		}
	}
	_, _, at := d.site.Language(r.URL.Path)
	text, link := strings.CutPrefix(at, subscriber.Path)
	switch {
	case link:
		d.link(w, r, text)
	case r.Method == http.MethodPost:
		d.ask(w, r)
	default:
		q := r.URL.Query()
		d.form(w, r, http.StatusOK, status.Subscription{Components: d.known(q["component"]), Incidents: d.public(q["incident"])})
	}
}

// form shows the form to subscribe.
func (d *Desk) form(w http.ResponseWriter, r *http.Request, code int, v status.Subscription) {
	v.Step, v.To, v.Mail, v.Webhook = status.StepAsk, d.to(r, "/subscribe"), d.o.Mail, d.o.Webhooks
	d.site.AnswerSubscription(w, r, code, v)
}

// to is an address of the desk in the language of a request.
func (d *Desk) to(r *http.Request, path string) string {
	_, prefix, _ := d.site.Language(r.URL.Path)
	return prefix + path
}

// known are the components that the page has, of those named.
func (d *Desk) known(ids []string) []string {
	all := d.site.Components()
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !slices.Contains(all, id) })
}

// public are the incidents that the page shows, of those named; the first few.
func (d *Desk) public(codes []string) []string {
	codes = slices.Clone(codes[:min(len(codes), 20)])
	return slices.DeleteFunc(codes, func(code string) bool {
		_, ok := d.site.Public(code)
		return !ok
	})
}

// ask takes a request to subscribe.
func (d *Desk) ask(w http.ResponseWriter, r *http.Request) {
	answer := time.NewTimer(evenly)
	defer answer.Stop()
	if err := d.origin.Check(r); err != nil {
		http.Error(w, "This form was sent from another site. Open the page itself, and try again.", http.StatusForbidden)
		return
	}
	v := status.Subscription{Components: d.known(r.PostForm["component"]), Incidents: d.public(r.PostForm["incident"])}
	a := subscriber.Asked{Channel: subscriber.Mail, Choice: subscriber.Choice{Components: v.Components, Incidents: v.Incidents}}
	a.Language, _, _ = d.site.Language(r.URL.Path)
	typed, clean, on := r.PostForm.Get("email"), subscriber.CleanMail, d.o.Mail
	if r.PostForm.Get("channel") == string(subscriber.Webhook) {
		a.Channel, v.Hooked = subscriber.Webhook, true
		typed, clean, on = r.PostForm.Get("endpoint"), subscriber.CleanWebhook, d.o.Webhooks
	}
	address, ok := clean(typed)
	if !ok || !on {
		v.Address, v.Wrong = typed, true
		d.form(w, r, http.StatusUnprocessableEntity, v)
		return
	}
	if !d.limits.allow(r, d.now()) {
		w.Header().Set("Retry-After", "3600")
		d.site.AnswerSubscription(w, r, http.StatusTooManyRequests, status.Subscription{Step: status.StepBusy})
		return
	}
	a.Address = address
	err := d.registry.Ask(r.Context(), a)
	select {
	case <-answer.C:
	case <-r.Context().Done():
		return
	}
	if err != nil {
		d.failed(w, r, err)
		return
	}
	v.Step, v.To, v.Address = status.StepSent, d.to(r, "/subscribe"), address
	d.site.AnswerSubscription(w, r, http.StatusOK, v)
}

// failed says that something could not be recorded.
func (d *Desk) failed(w http.ResponseWriter, r *http.Request, err error) {
	d.o.Log.Error("a subscription could not be recorded", "error", err)
	d.site.AnswerSubscription(w, r, http.StatusServiceUnavailable, status.Subscription{Step: status.StepFailed})
}

// gone says that a link does not work.
func (d *Desk) gone(w http.ResponseWriter, r *http.Request) {
	d.site.AnswerSubscription(w, r, http.StatusGone, status.Subscription{Step: status.StepGone, To: d.to(r, "/subscribe")})
}

// link does what a signed link allows, or asks whether to.
func (d *Desk) link(w http.ResponseWriter, r *http.Request, text string) {
	k, err := d.door.Links.Read(text, d.now())
	if err != nil {
		d.gone(w, r)
		return
	}
	s := d.registry.Get(k.ID)
	if s == nil && k.Purpose != subscriber.ToLeave {
		d.gone(w, r)
		return
	}
	v := status.Subscription{To: d.to(r, subscriber.Path+url.PathEscape(text))}
	if s != nil {
		v.Address, v.Hooked = s.Masked(), s.Channel == subscriber.Webhook
	}
	post := r.Method == http.MethodPost
	switch k.Purpose {
	case subscriber.ToConfirm:
		d.confirm(w, r, k, v, post)
	case subscriber.ToManage:
		d.manage(w, r, s, v, post)
	case subscriber.ToLeave:
		d.leave(w, r, k, v, post || s == nil || !s.Left.IsZero())
	default:
		d.gone(w, r)
	}
}

func (d *Desk) confirm(w http.ResponseWriter, r *http.Request, k subscriber.Link, v status.Subscription, post bool) {
	if !post {
		want, err := d.registry.Wanted(r.Context(), k)
		if err != nil {
			d.end(w, r, err)
			return
		}
		v.Step, v.Components, v.Incidents = status.StepConfirm, want.Components, want.Incidents
		d.site.AnswerSubscription(w, r, http.StatusOK, v)
		return
	}
	s, err := d.registry.Confirm(r.Context(), k)
	if err != nil {
		d.end(w, r, err)
		return
	}
	v.Step, v.Components, v.Incidents, v.Secret = status.StepConfirmed, s.Choice.Components, s.Choice.Incidents, d.secret(s)
	v.To = d.to(r, subscriber.Path+d.door.Links.Sign(subscriber.Link{Purpose: subscriber.ToManage, ID: s.ID, Expires: d.now().Add(subscriber.ManageWithin)}))
	d.site.AnswerSubscription(w, r, http.StatusOK, v)
}

func (d *Desk) manage(w http.ResponseWriter, r *http.Request, s *subscriber.Subscriber, v status.Subscription, post bool) {
	switch {
	case s.Number == 0 || !s.Left.IsZero():
		d.gone(w, r)
		return
	case post && r.PostForm.Get("do") == "leave":
		if err := d.registry.Leave(r.Context(), s.ID, "page"); err != nil {
			d.end(w, r, err)
			return
		}
		d.site.AnswerSubscription(w, r, http.StatusOK, status.Subscription{Step: status.StepLeft, To: d.to(r, "/subscribe")})
		return
	case post:
		var err error
		// An incident that is not shown any more cannot be ticked, and needs no
		// untying: nothing of it is sent.
		s, err = d.registry.Change(r.Context(), s.ID, subscriber.Choice{Components: d.known(r.PostForm["component"]), Incidents: d.public(r.PostForm["incident"])})
		if err != nil {
			d.end(w, r, err)
			return
		}
		v.Saved = true
	}
	v.Step, v.Components, v.Incidents, v.Secret = status.StepManage, s.Choice.Components, s.Choice.Incidents, d.secret(s)
	d.site.AnswerSubscription(w, r, http.StatusOK, v)
}

func (d *Desk) leave(w http.ResponseWriter, r *http.Request, k subscriber.Link, v status.Subscription, done bool) {
	if !done {
		v.Step = status.StepLeave
		d.site.AnswerSubscription(w, r, http.StatusOK, v)
		return
	}
	how := "link"
	if r.PostForm.Get("List-Unsubscribe") == "One-Click" {
		how = "one-click"
	}
	if r.Method == http.MethodPost {
		if err := d.registry.Leave(r.Context(), k.ID, how); err != nil {
			d.end(w, r, err)
			return
		}
	}
	d.site.AnswerSubscription(w, r, http.StatusOK, status.Subscription{Step: status.StepLeft, To: d.to(r, "/subscribe")})
}

// end answers with what went wrong.
func (d *Desk) end(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, subscriber.ErrGone) {
		d.gone(w, r)
		return
	}
	d.failed(w, r, err)
}

// secret is what a webhook's deliveries are signed with, as Standard Webhooks
// writes it; "" for others.
func (d *Desk) secret(s *subscriber.Subscriber) string {
	if s.Channel != subscriber.Webhook {
		return ""
	}
	return "whsec_" + base64.StdEncoding.EncodeToString(d.door.Links.Secret(s.ID))
}
