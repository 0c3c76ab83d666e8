package status

import (
	"context"
	"log/slog"
	"net/http"
	"slices"

	"sitrep/incident"
)

// A Step is one of the pages on the way to a subscription and out of it.
type Step string

// The steps, in the order in which people meet them.
const (
	StepAsk       Step = "ask"       // the form
	StepSent      Step = "sent"      // look into your inbox
	StepConfirm   Step = "confirm"   // a link was opened; a button confirms
	StepConfirmed Step = "confirmed" // it is done
	StepManage    Step = "manage"    // what is wanted, to be changed
	StepLeave     Step = "leave"     // a link was opened; a button unsubscribes
	StepLeft      Step = "left"      // it is done
	StepGone      Step = "gone"      // the link does not work (any more)
	StepBusy      Step = "busy"      // too many requests from there
	StepFailed    Step = "failed"    // it could not be recorded
)

// A Subscription is one page on the way to a subscription. It is for one reader:
// nothing of it is kept, cached or exported.
type Subscription struct {
	Step          Step
	To            string // where its form goes
	Mail, Webhook bool   // what can be subscribed to
	Hooked        bool   // it is a webhook's, not a mail address's
	Address       string // as it was typed, or masked
	Wrong         bool   // what was typed is no address
	Components    []string
	Incidents     []string // codes
	Saved         bool     // what was changed is kept now
	Secret        string   // of a webhook: what its deliveries are signed with
}

// A subscriptionView is a Subscription with the words of the page.
type subscriptionView struct {
	Subscription
	All       []choiceView // every component
	Only      []choiceView // the single incidents that are chosen or offered
	Has       bool         // something is chosen, so not everything is sent
	PageName  string
	WrongMail bool
	WrongHook bool
}

// A choiceView is something to tick.
type choiceView struct {
	ID, Name string
	Ticked   bool
}

// Language splits an address of the site into the language's tag, what its
// addresses begin with ("" for the page's own, else "/fr"), and the address
// within it.
func (s *Site) Language(path string) (tag, prefix, bare string) {
	t, at := s.look.tongue(path)
	return t.Tag, t.prefix, at
}

// Components lists the ids of the components that the page has now.
func (s *Site) Components() []string {
	var ids []string
	for _, c := range s.current.Load().page.Components {
		ids = append(ids, c.ID)
	}
	return ids
}

// Public returns what the page shows under the code of an incident or a
// maintenance; ok is false if it shows none.
func (s *Site) Public(code string) (p incident.Public, ok bool) {
	if it := s.current.Load().byCode[code]; it != nil {
		return it.Public, true
	}
	return p, false
}

// AnswerSubscription answers a request with a page on the way to a subscription,
// in the language of the request's address.
func (s *Site) AnswerSubscription(w http.ResponseWriter, r *http.Request, code int, v Subscription) {
	t, _ := s.look.tongue(r.URL.Path)
	body, err := s.current.Load().in(t).subscription(v)
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if err != nil {
		s.options.Log.LogAttrs(context.Background(), slog.LevelError, "a page could not be rendered", slog.String("page", "subscribe"), slog.Any("error", err))
		http.Error(w, "This page could not be made. Please try again in a minute.", http.StatusInternalServerError)
		return
	}
	h.Set("Content-Type", htmlPage.contentType())
	h.Set("Content-Security-Policy", s.look.policy+"; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer") // its address allows something
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Robots-Tag", "noindex")
	w.WriteHeader(code)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a reader who went away is no concern of anybody's
	}
}

// subscription renders the page.
func (r rendering) subscription(v Subscription) ([]byte, error) {
	view := subscriptionView{
		Subscription: v, PageName: r.bare(), Has: len(v.Components)+len(v.Incidents) > 0,
		WrongMail: v.Wrong && !v.Hooked, WrongHook: v.Wrong && v.Hooked,
	}
	for _, c := range r.page.Components {
		view.All = append(view.All, choiceView{c.ID, clean(c.FullName()), slices.Contains(v.Components, c.ID)})
	}
	for _, code := range v.Incidents {
		if it := r.byCode[code]; it != nil {
			view.Only = append(view.Only, choiceView{code, clean(it.Title), true})
		}
	}
	f := frameView{Title: r.tongue.Say("subscribe."+string(v.Step)+".title", "page", r.bare()) + " - " + r.title(), Summary: r.tongue.Say("subscribe.summary", "page", r.bare()), Body: "form"}
	if v.Step == StepAsk {
		f.Path, f.Here = "/subscribe", "subscribe"
	}
	return r.frame(f, "subscription", view, r.updated)
}
