package status

import (
	"context"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"sitrep/incident"
)

// Content is everything that the page may know.
type Content struct {
	// Page is its definition. An empty URL stands for http://localhost, an
	// unknown TimeZone for UTC. Component.Since is when its bars begin.
	Page incident.Page
	// Incidents holds incidents and maintenances, in any order. The slice and
	// what it points to must not be changed after it was given to Set.
	Incidents []incident.Public
	// Updated is when anything of this was last recorded: page.updated_at.
	Updated time.Time
}

// Options are what may be left out.
type Options struct {
	// StrictIndicator makes status.json say "none" instead of "maintenance"
	// for a page on which maintenance is the worst there is. The documented
	// values are none, minor, major and critical; maintenance exists in
	// practice, and a strict client may refuse it.
	StrictIndicator bool
	// Subscribe says that people can subscribe, and Forms where: the address before
	// /subscribe, empty if it is the page's own.
	Subscribe bool
	Forms     string
	// Look is whose page it is and in which languages; nil is the program's own.
	Look *Look
	// Log receives what goes wrong while rendering, which no reader can mend.
	// Nil discards it.
	Log *slog.Logger
}

// A Site serves the public page. Make one with [New].
type Site struct {
	now     func() time.Time
	options Options
	look    *Look
	setting sync.Mutex // one Set at a time: each builds on the last
	current atomic.Pointer[edition]
	changed atomic.Pointer[chan struct{}] // closed by the next Set
}

// New returns a site with no content yet: no components and nothing that ever
// happened. now tells the present, which decides what "today" is; it is called
// once per request.
func New(now func() time.Time, options *Options) *Site {
	s := &Site{now: now}
	if options != nil {
		s.options = *options
	}
	if s.look = s.options.Look; s.look == nil {
		own, err := NewLook(nil)
		if err != nil {
			panic(err) // a fault in files that are part of the program, which its tests read
		}
		s.look = own
	}
	if s.options.Log == nil {
		s.options.Log = slog.New(slog.DiscardHandler)
	}
	s.current.Store(newEdition(s, Content{}, nil))
	changed := make(chan struct{})
	s.changed.Store(&changed)
	return s
}

// Changed returns a channel that is closed when the site's content is set next.
func (s *Site) Changed() <-chan struct{} { return *s.changed.Load() }

// Set replaces all that the page shows, at once. It renders nothing: that
// happens on the first request for each representation.
func (s *Site) Set(c Content) {
	s.setting.Lock()
	defer s.setting.Unlock()
	s.current.Store(newEdition(s, c, s.current.Load()))
	next := make(chan struct{})
	close(*s.changed.Swap(&next))
}

// Handler returns the site as a handler; it is the site itself.
func (s *Site) Handler() http.Handler { return s }

// CSS returns the page's style sheet, for a frame that shows a [Site.Preview].
func (s *Site) CSS() string { return s.look.css }

// Preview returns one incident or maintenance as customers would see it: the
// very markup of its page, to be shown under [Site.CSS]. It changes nothing.
func (s *Site) Preview(p incident.Public) (template.HTML, error) {
	e := s.current.Load()
	h, err := e.main().article(&p, s.now())
	if err != nil {
		return "", fmt.Errorf("preview of %q: %w", p.Title, err)
	}
	return h, nil
}

// Prose renders the safe subset of Markdown that the page's texts are written
// in, for those who read a postmortem before it is published. The highest
// heading becomes <h{top}>.
func (s *Site) Prose(markdown string, top int) (template.HTML, error) {
	return s.look.prose.html(markdown, top)
}

// render makes one document of an edition, or returns what was made before.
func (s *Site) render(e *edition, d document, now time.Time) (*representation, error) {
	cells := &e.cells
	if d.of != nil && (d.kind == htmlPage || d.kind == markdownText) {
		cells = &d.of.cells // survives a Set that does not change this incident
	}
	return cells.get(d.key, now, func() (*representation, error) {
		body, until, err := d.write(e, now)
		if err != nil {
			err = fmt.Errorf("render %s: %w", d.key, err)
			s.options.Log.LogAttrs(context.Background(), slog.LevelError, "a page could not be rendered", slog.String("page", d.key), slog.Any("error", err))
			return nil, err
		}
		return s.look.newRepresentation(d.kind, body, until), nil
	})
}

// cells memoises representations by key. The zero value is ready for use.
type cells struct {
	mu sync.Mutex
	m  map[string]*cell
}

type cell struct {
	once sync.Once
	rep  *representation
	err  error
}

// get returns the representation under key, made by render at most once until
// it expires; others who want it meanwhile wait for the one.
func (c *cells) get(key string, now time.Time, render func() (*representation, error)) (*representation, error) {
	for {
		c.mu.Lock()
		e := c.m[key]
		if e == nil {
			if c.m == nil {
				c.m = make(map[string]*cell)
			}
			e = new(cell)
			c.m[key] = e
		}
		c.mu.Unlock()
		e.once.Do(func() {
			e.err = io.ErrUnexpectedEOF // stands if render panics
			e.rep, e.err = render()
		})
		if e.err != nil {
			return nil, e.err
		}
		if e.rep.until.IsZero() || now.Before(e.rep.until) {
			return e.rep, nil
		}
		c.mu.Lock()
		if c.m[key] == e {
			delete(c.m, key)
		}
		c.mu.Unlock()
	}
}
