package hosted

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"sitrep/follow"
	"sitrep/incident"
)

// The limits of the management API v1 (Atlassian's OpenAPI 1.0.0): one request a
// second and token, over a minute; 255 characters of a name, 25,000 of a body.
const (
	statuspageEvery = time.Second
	statuspageTitle = 255
	statuspageBody  = 25_000
	statuspageLimit = 100 // incidents in one answer
)

// statuspageWait is how long to wait where the API says that it was asked too
// often and not for how long: the window over which it counts.
const statuspageWait = time.Minute

// maxAnswer is the most that is read of an answer: a hundred incidents with
// all their updates take a tenth of it.
const maxAnswer = 32 << 20

// findPages is how many times so many incidents are looked through for one that
// was put there before: those of years.
const findPages = 5

// namespace is where our marks are in an incident's metadata.
const namespace = "sitrep"

// A Statuspage is a page that Atlassian hosts, kept through its management API
// v1. Its methods wait until the API may be asked again.
type Statuspage struct {
	page, token string
	base        string
	client      *http.Client

	mu         sync.Mutex
	next       *time.Timer // when it may be asked again; nil at first
	components map[string]string
}

// StatuspageOptions are the optional parts of a Statuspage.
type StatuspageOptions struct {
	API    string       // where the API is; https://api.statuspage.io/v1 if empty
	Client *http.Client // one that gives up after 30 s if nil
}

// NewStatuspage returns the page with an id, which is spoken to with a token.
func NewStatuspage(page, token string, o *StatuspageOptions) *Statuspage {
	s := &Statuspage{page: page, token: token, base: "https://api.statuspage.io/v1", client: &http.Client{Timeout: 30 * time.Second}}
	if o != nil && o.API != "" {
		s.base = strings.TrimRight(o.API, "/")
	}
	if o != nil && o.Client != nil {
		s.client = o.Client
	}
	return s
}

// Can says what the API is able to do, which is all.
func (s *Statuspage) Can() Capabilities {
	return Capabilities{Name: "statuspage", Refind: true, Mend: true, Postmortem: true, Withdraw: true, Title: statuspageTitle, Body: statuspageBody}
}

// What goes over the wire, as the API names it.
type (
	spIncident struct {
		Name       string            `json:"name,omitempty"`
		Status     string            `json:"status,omitempty"`
		Body       string            `json:"body,omitempty"`
		Impact     string            `json:"impact_override,omitempty"`
		Components map[string]string `json:"components,omitempty"`
		IDs        []string          `json:"component_ids,omitempty"`
		Deliver    bool              `json:"deliver_notifications"`
		From       string            `json:"scheduled_for,omitempty"`
		Until      string            `json:"scheduled_until,omitempty"`
		Metadata   map[string]spMark `json:"metadata"`
	}
	spMark struct {
		Key    string `json:"incident"`
		Update string `json:"update"`
	}
	spAnswer struct {
		ID       string            `json:"id"`
		Metadata map[string]spMark `json:"metadata"`
		Updates  []spUpdate        `json:"incident_updates"`
	}
	spUpdate struct {
		ID      string    `json:"id"`
		Created time.Time `json:"created_at"`
	}
	spMending struct {
		Body  string `json:"body"`
		Shown string `json:"display_at,omitempty"`
	}
	spComponent struct {
		ID    string `json:"id"`
		Name  string `json:"name"`
		Group string `json:"group_id"`
		IsGrp bool   `json:"group"`
	}
	spReport struct {
		Draft     string     `json:"body_draft"`
		Body      string     `json:"body"`
		Published *time.Time `json:"published_at"`
	}
)

func (a spAnswer) remote() Remote {
	r := Remote{ID: a.ID, Update: a.Metadata[namespace].Update}
	us := slices.Clone(a.Updates) // they come by the time shown, which may have been corrected
	slices.SortStableFunc(us, func(x, y spUpdate) int { return y.Created.Compare(x.Created) })
	for _, u := range us {
		r.Updates = append(r.Updates, u.ID)
	}
	return r
}

// Find asks for the incident by its id, or looks for its mark among the newest.
func (s *Statuspage) Find(ctx context.Context, key, id string) (Remote, bool, error) {
	if id != "" {
		var a spAnswer
		err := s.do(ctx, "GET", "/incidents/"+url.PathEscape(id), nil, &a)
		if err == nil {
			return a.remote(), true, nil
		}
		if !errors.Is(err, ErrGone) {
			return Remote{}, false, err
		}
	}
	for page := 1; page <= findPages; page++ {
		var all []spAnswer
		if err := s.do(ctx, "GET", fmt.Sprintf("/incidents?limit=%d&page=%d", statuspageLimit, page), nil, &all); err != nil {
			return Remote{}, false, err
		}
		for _, a := range all {
			if a.Metadata[namespace].Key == key {
				return a.remote(), true, nil
			}
		}
		if len(all) < statuspageLimit {
			break
		}
	}
	return Remote{}, false, nil
}

// Put is one POST or one PATCH, whatever it changes.
func (s *Statuspage) Put(ctx context.Context, id string, ask func() (Post, bool)) (Remote, error) {
	if err := s.know(ctx); err != nil {
		return Remote{}, err
	}
	method, path := "POST", "/incidents"
	if id != "" {
		method, path = "PATCH", "/incidents/"+url.PathEscape(id)
	}
	var a spAnswer
	err := s.do(ctx, method, path, func() (any, bool) {
		p, ok := ask()
		if !ok {
			return nil, false
		}
		in := spIncident{
			Name: p.Title, Status: string(p.Status), Body: p.Body, Impact: string(p.Impact), Deliver: p.Notify,
			Metadata: map[string]spMark{namespace: {p.Key, p.Update}},
		}
		if p.Planned {
			in.From, in.Until = p.From.UTC().Format(time.RFC3339), p.Until.UTC().Format(time.RFC3339)
		}
		for _, c := range p.Components {
			if there := s.component(c); there != "" {
				if in.Components == nil {
					in.Components = map[string]string{}
				}
				in.Components[there] = string(c.New)
				in.IDs = append(in.IDs, there)
			}
		}
		return map[string]any{"incident": in}, true
	}, &a)
	return a.remote(), err
}

// Mend is one PATCH of the update.
func (s *Statuspage) Mend(ctx context.Context, id, update string, ask func() (Mending, bool)) error {
	return s.do(ctx, "PATCH", "/incidents/"+url.PathEscape(id)+"/incident_updates/"+url.PathEscape(update), func() (any, bool) {
		m, ok := ask()
		u := spMending{Body: m.Body}
		if !m.Shown.IsZero() {
			u.Shown = m.Shown.UTC().Format(time.RFC3339)
		}
		return map[string]any{"incident_update": u}, ok
	}, nil)
}

// Report drafts the postmortem and publishes it, or takes it back. What is there
// already, as it is to be, is left alone: to publish it again would tell
// subscribers again.
func (s *Statuspage) Report(ctx context.Context, id string, ask func() (Report, bool)) error {
	path := "/incidents/" + url.PathEscape(id) + "/postmortem"
	var there spReport
	if err := s.do(ctx, "GET", path, nil, &there); err != nil && !errors.Is(err, ErrGone) { // an incident without one answers so
		return err
	}
	r, ok := ask()
	if !ok {
		return ErrNotPublic
	}
	published := there.Published != nil
	switch {
	case r.Body == "" && !published, r.Body != "" && published && there.Body == r.Body:
		return nil
	case r.Body == "":
		return s.do(ctx, "PUT", path+"/revert", func() (any, bool) { return map[string]any{}, true }, nil)
	}
	still := func(body func(Report) any) func() (any, bool) {
		return func() (any, bool) {
			now, ok := ask()
			if !ok || now.Body != r.Body {
				return nil, false
			}
			return map[string]any{"postmortem": body(now)}, true
		}
	}
	if there.Draft != r.Body || published {
		err := s.do(ctx, "PUT", path, still(func(r Report) any { return map[string]string{"body_draft": r.Body} }), nil)
		if err != nil {
			return err
		}
	}
	return s.do(ctx, "PUT", path+"/publish", still(func(r Report) any {
		return map[string]bool{"notify_subscribers": r.Notify, "notify_twitter": false}
	}), nil)
}

// Withdraw deletes the incident.
func (s *Statuspage) Withdraw(ctx context.Context, id string) error {
	err := s.do(ctx, "DELETE", "/incidents/"+url.PathEscape(id), nil, nil)
	if errors.Is(err, ErrGone) {
		return nil
	}
	return err
}

// know learns once what components the page has.
func (s *Statuspage) know(ctx context.Context) error {
	s.mu.Lock()
	known := s.components != nil
	s.mu.Unlock()
	if known {
		return nil
	}
	var all []spComponent
	for page := 1; ; page++ {
		var some []spComponent
		if err := s.do(ctx, "GET", fmt.Sprintf("/components?per_page=%d&page=%d", statuspageLimit, page), nil, &some); err != nil {
			if errors.Is(err, ErrGone) {
				return fmt.Errorf("there is no page %s, or the token is not for it", s.page)
			}
			return err
		}
		if all = append(all, some...); len(some) < statuspageLimit {
			break
		}
	}
	names := map[string]string{}
	for _, c := range all {
		names[c.ID] = c.Name
	}
	ids := map[string]string{}
	for _, c := range all {
		if c.IsGrp {
			continue
		}
		ids["id "+c.ID] = c.ID
		full := c.Name
		if g := names[c.Group]; g != "" {
			full = g + " - " + c.Name
		}
		ids[strings.ToLower(full)] = c.ID
	}
	s.mu.Lock()
	s.components = ids
	s.mu.Unlock()
	return nil
}

// component is what one of ours is called there: by its id, where the page was
// brought over from there, or by its whole name; "" if the page has none such.
func (s *Statuspage) component(c incident.ComponentChange) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id := s.components["id "+c.ID]; id != "" {
		return id
	}
	return s.components[strings.ToLower(c.Name)]
}

// turn waits until the API may be asked again.
func (s *Statuspage) turn(ctx context.Context) error {
	s.mu.Lock()
	t := s.next
	s.mu.Unlock()
	if t != nil {
		select {
		case <-t.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	s.mu.Lock()
	s.next = time.NewTimer(statuspageEvery)
	s.mu.Unlock()
	return nil
}

// do makes one request in its turn. ask gives its content when the turn has come;
// nil sends none.
func (s *Statuspage) do(ctx context.Context, method, path string, ask func() (any, bool), answer any) error {
	if err := s.turn(ctx); err != nil {
		return err
	}
	var body io.Reader
	if ask != nil {
		content, ok := ask()
		if !ok {
			return ErrNotPublic
		}
		b, err := json.Marshal(content)
		if err != nil {
			return follow.Permanent(err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, s.base+"/pages/"+url.PathEscape(s.page)+path, body)
	if err != nil {
		return follow.Permanent(err)
	}
	req.Header.Set("Authorization", "OAuth "+s.token)
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := s.client.Do(req)
	if err != nil {
		return fmt.Errorf("ask the hosted page: %w", err)
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return fmt.Errorf("read what the hosted page answers: %w", err)
	}
	if res.StatusCode/100 != 2 {
		return refusal(res, b)
	}
	if answer == nil || len(b) == 0 {
		return nil
	}
	if err := json.Unmarshal(b, answer); err != nil {
		return fmt.Errorf("read what the hosted page answers: %w", err)
	}
	return nil
}

// refusal says what an answer means that is none of success.
func refusal(res *http.Response, body []byte) error {
	var said struct {
		Error any `json:"error"`
	}
	text := ""
	if json.Unmarshal(body, &said) == nil && said.Error != nil {
		text = ": " + clip(fmt.Sprint(said.Error), 200)
	}
	err := fmt.Errorf("the hosted page answers %d%s", res.StatusCode, text)
	switch code := res.StatusCode; {
	case code == 420 || code == http.StatusTooManyRequests: // 420 is what the API said before 429 was one
		wait := statuspageWait
		if n, aerr := strconv.Atoi(res.Header.Get("Retry-After")); aerr == nil && n > 0 {
			wait = time.Duration(min(n, 3600)) * time.Second
		}
		return &later{err, wait}
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return fmt.Errorf("%w. The token is not, or no more, for this page", err) // somebody mends it, and then all goes on
	case code == http.StatusNotFound:
		return fmt.Errorf("%w: %w", err, ErrGone)
	case code >= 500 || code == http.StatusRequestTimeout:
		return err
	}
	return follow.Permanent(err)
}

// later is an error that says when trying again makes sense.
type later struct {
	error
	after time.Duration
}

func (l *later) Unwrap() error { return l.error }

// RetryAfter is how long to wait.
func (l *later) RetryAfter() time.Duration { return l.after }

var _ Page = (*Statuspage)(nil)
