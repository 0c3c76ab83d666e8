package fakestatuspage

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// perMinute is how many requests a token has in any minute: one a second.
const perMinute = 60

// A Component is a part of the page.
type Component struct {
	ID     string  `json:"id"`
	Name   string  `json:"name"`
	Status string  `json:"status"`
	Group  bool    `json:"group"`
	In     *string `json:"group_id"`
}

// An Update is one thing that the page tells of an incident.
type Update struct {
	ID      string    `json:"id"`
	Status  string    `json:"status"`
	Body    string    `json:"body"`
	Created time.Time `json:"created_at"`
	Shown   time.Time `json:"display_at"`
	Deliver bool      `json:"deliver_notifications"`
}

// An Incident is what the page has of one, its updates the newest first.
type Incident struct {
	ID         string                     `json:"id"`
	Name       string                     `json:"name"`
	Status     string                     `json:"status"`
	Impact     string                     `json:"impact"`
	Components []Component                `json:"components"`
	Metadata   map[string]json.RawMessage `json:"metadata"`
	Updates    []Update                   `json:"incident_updates"`
	From       *time.Time                 `json:"scheduled_for"`
	Until      *time.Time                 `json:"scheduled_until"`
	Body       *string                    `json:"postmortem_body"`
	Published  *time.Time                 `json:"postmortem_published_at"`

	draft string
}

// A Fault disturbs one request.
type Fault int

// The faults.
const (
	Refuse Fault = iota // answers 503 and does nothing
	Slow                // answers 429 and does nothing
	Lose                // does it, and the answer is lost
	Break               // does it, and answers 502
	Drop                // the connection is gone before anything is done
	Alter               // does nothing but what Between says, then answers as usual
)

// A Server is the page. It is an [http.Handler], and an [http.RoundTripper] for
// clients in the same process.
type Server struct {
	page, token string

	mu         sync.Mutex
	components []*Component
	incidents  []*Incident // the oldest first
	ids        int
	asked      []time.Time
	faults     []Fault
	log        []string // requests that came, "PATCH /incidents/x"
	mails      []string // what subscribers were told
	most       int      // how many were asked within any one second
	between    func()
}

// New returns a page with an id, a token and components by their names; a name
// "Group - Name" is in a group.
func New(page, token string, components ...string) *Server {
	s := &Server{page: page, token: token}
	groups := map[string]string{}
	for _, name := range components {
		c := &Component{ID: s.id("c"), Name: name, Status: "operational"}
		if group, rest, in := strings.Cut(name, " - "); in {
			if groups[group] == "" {
				g := &Component{ID: s.id("g"), Name: group, Status: "operational", Group: true}
				groups[group] = g.ID
				s.components = append(s.components, g)
			}
			id := groups[group]
			c.Name, c.In = rest, &id
		}
		s.components = append(s.components, c)
	}
	return s
}

// id gives the next id of a kind; the caller holds the lock, or is the only one.
func (s *Server) id(kind string) string {
	s.ids++
	return fmt.Sprintf("%s%011d", kind, s.ids)
}

// Disturb makes the next requests that write fail, one fault each.
func (s *Server) Disturb(fs ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, fs...)
}

// Between is called after a request that an Alter waits for has come, and before
// the next.
func (s *Server) Between(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.between = f
}

// Add puts an incident there by hand, and returns what it is called.
func (s *Server) Add(id, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.incidents = append(s.incidents, &Incident{ID: id, Name: name, Status: "investigating", Impact: "none", Metadata: map[string]json.RawMessage{}})
}

// Delete deletes an incident by hand.
func (s *Server) Delete(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.incidents = slices.DeleteFunc(s.incidents, func(in *Incident) bool { return in.ID == id })
}

// Incidents is what the page has, the oldest first.
func (s *Server) Incidents() []Incident {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Incident
	for _, in := range s.incidents {
		c := *in
		c.Updates, c.Metadata = slices.Clone(in.Updates), maps.Clone(in.Metadata)
		out = append(out, c)
	}
	return out
}

// States is how each component is, by its name.
func (s *Server) States() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]string{}
	for _, c := range s.components {
		if !c.Group {
			out[c.Name] = c.Status
		}
	}
	return out
}

// Requests lists those that came, with their method: "PATCH /incidents/i1".
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}

// Mails lists what subscribers were told.
func (s *Server) Mails() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

// Fastest is how many requests came within one second at most.
func (s *Server) Fastest() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.most
}

// errDropped is what a client sees when the connection is gone.
var errDropped = errors.New("read: connection reset by peer")

// RoundTrip answers a client in the same process.
func (s *Server) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	if lost := s.serve(w, r); lost {
		return nil, errDropped
	}
	return w.Result(), nil
}

// ServeHTTP answers over a network; a lost answer breaks the connection.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if lost := s.serve(w, r); lost {
		panic(http.ErrAbortHandler)
	}
}

// serve answers one request. lost says that the client hears nothing.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) (lost bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path, ok := strings.CutPrefix(r.URL.Path, "/v1/pages/"+s.page)
	if r.Header.Get("Authorization") != "OAuth "+s.token {
		return answer(w, 401, "Could not authenticate")
	}
	if !ok {
		return answer(w, 404, "Not found")
	}
	s.log = append(s.log, r.Method+" "+path)
	now := time.Now()
	s.asked = slices.DeleteFunc(append(s.asked, now), func(t time.Time) bool { return now.Sub(t) >= time.Minute })
	second := 0
	for _, t := range s.asked {
		if now.Sub(t) < time.Second {
			second++
		}
	}
	s.most = max(s.most, second)
	if len(s.asked) > perMinute {
		return answer(w, 420, "Enhance your calm")
	}
	fault := Fault(-1)
	if len(s.faults) > 0 && r.Method != "GET" {
		fault, s.faults = s.faults[0], s.faults[1:]
	}
	switch fault {
	case Refuse:
		return answer(w, 503, "Service unavailable")
	case Slow:
		w.Header().Set("Retry-After", "5")
		return answer(w, 429, "Too many requests")
	case Drop:
		return true
	case Alter:
		if s.between != nil {
			s.between()
		}
		return answer(w, 503, "Service unavailable")
	}
	var body []byte
	if r.Body != nil { // a client in the same process sends none
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return answer(w, 400, err.Error())
		}
	}
	code, content := s.route(r, strings.Split(strings.Trim(path, "/"), "/"), body, now)
	switch {
	case fault == Lose:
		return true
	case fault == Break:
		return answer(w, 502, "Bad gateway")
	case code >= 400:
		return answer(w, code, fmt.Sprint(content))
	case code == 204:
		w.WriteHeader(code)
		return false
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	if err := json.NewEncoder(w).Encode(content); err != nil {
		return true
	}
	return false
}

func answer(w http.ResponseWriter, code int, text string) bool {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": text}) // whoever is gone hears nothing
	return false
}

// route finds what is asked for.
func (s *Server) route(r *http.Request, path []string, body []byte, now time.Time) (int, any) {
	switch {
	case path[0] == "components" && len(path) == 1 && r.Method == "GET":
		return 200, paged(s.components, r, "per_page")
	case path[0] != "incidents":
		return 404, "Not found"
	case len(path) == 1 && r.Method == "GET":
		newest := slices.Clone(s.incidents)
		slices.Reverse(newest)
		return 200, paged(newest, r, "limit")
	case len(path) == 1 && r.Method == "POST":
		return s.change(nil, body, now)
	}
	i := slices.IndexFunc(s.incidents, func(in *Incident) bool { return len(path) > 1 && in.ID == path[1] })
	if i < 0 {
		return 404, "The requested resource could not be found."
	}
	in := s.incidents[i]
	switch {
	case len(path) == 2 && r.Method == "GET":
		return 200, in
	case len(path) == 2 && r.Method == "PATCH":
		return s.change(in, body, now)
	case len(path) == 2 && r.Method == "DELETE":
		s.incidents = slices.Delete(s.incidents, i, i+1)
		return 200, in
	case len(path) == 4 && path[2] == "incident_updates" && r.Method == "PATCH":
		return in.mend(path[3], body)
	case path[2] == "postmortem":
		return s.postmortem(in, r.Method, path[3:], body, now)
	}
	return 404, "Not found"
}

// paged is a part of a list, as ?page=2 and the size ask for.
func paged[T any](all []T, r *http.Request, size string) []T {
	n, err := strconv.Atoi(r.URL.Query().Get(size))
	if err != nil || n < 1 || n > 100 {
		n = 100
	}
	page, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil || page < 1 {
		page = 1
	}
	from := min((page-1)*n, len(all))
	return append([]T{}, all[from:min(from+n, len(all))]...)
}

// tooLong reports whether a text has more characters than are taken.
func tooLong(s string, most int) bool { return utf8.RuneCountInString(s) > most }
