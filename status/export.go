package status

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"sitrep/status/statuspage"
)

// A Target is where a copy of the site is written: a folder, or a bucket of an
// object store. Names are relative and have slashes. It is used by one export at
// a time.
type Target interface {
	// Read returns what stands under a name. One that is not there is
	// fs.ErrNotExist.
	Read(ctx context.Context, name string) ([]byte, error)
	// Write puts body under a name, at once or not at all. What stands there
	// already in the same bytes may be left alone.
	Write(ctx context.Context, name, contentType string, body []byte) error
	// Remove takes a name away; one that is not there is no error.
	Remove(ctx context.Context, name string) error
}

// manifest is the file that lists what an export has written, so that the next
// can remove what is no longer part of the site, and nothing else.
const manifest = "sitrep-files.json"

// Export writes the whole site to a target, each document at its address, so
// that any file server or object store can stand in for this process:
// "index.html", "history/index.html", "incidents/<code>/index.html",
// "history.atom", "api/v2/summary.json" and so on. Addresses with a query have no
// file; pages of lists after the first have one of their own, which a file server
// can be told: "api/v2/incidents/page/2.json", "history/2.json",
// "uptime/<component>/2.json".
//
// A reader never sees half of a file, and no page that names another that is not
// there yet: the home page comes last. Pages of incidents that are no longer
// public are removed before it, even where an export before was cut short. On an
// error some files may be new and others old; export again. ctx stops it between
// files.
func (s *Site) Export(ctx context.Context, to Target) error {
	e, now := s.current.Load(), s.now()
	files := e.files(now)
	var before []string
	switch raw, err := to.Read(ctx, manifest); {
	case err == nil:
		if err := json.Unmarshal(raw, &before); err != nil {
			return fmt.Errorf("%s is not what an export writes; remove it if the folder holds nothing else: %w", manifest, err)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("read %s: %w", manifest, err)
	}
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.path
	}
	// What is about to be written is listed first, so that an export that is cut
	// short leaves nothing behind that the next would not know of.
	if err := note(ctx, to, append(slices.Clone(names), before...)); err != nil {
		return err
	}
	for _, f := range files[:len(files)-1] {
		if err := s.exportFile(ctx, e, f, to, now); err != nil {
			return fmt.Errorf("export %s: %w", f.path, err)
		}
	}
	for _, name := range before {
		if !slices.Contains(names, name) {
			if err := to.Remove(ctx, name); err != nil {
				return fmt.Errorf("withdraw %s: %w", name, err)
			}
		}
	}
	home := files[len(files)-1]
	if err := s.exportFile(ctx, e, home, to, now); err != nil {
		return fmt.Errorf("export %s: %w", home.path, err)
	}
	return note(ctx, to, names)
}

// Alive writes only the file that says when the page was last known to be true,
// so that a copy of it does not look older than it is while nothing happens.
func (s *Site) Alive(ctx context.Context, to Target) error {
	return s.exportFile(ctx, s.current.Load(), file{"/alive.json", "alive.json"}, to, s.now())
}

func note(ctx context.Context, to Target, names []string) error {
	names = slices.Clone(names)
	slices.Sort(names)
	b, err := json.MarshalIndent(slices.Compact(names), "", "\t")
	if err == nil {
		err = to.Write(ctx, manifest, jsonData.contentType(), b)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", manifest, err)
	}
	return nil
}

// A file is a document of an export and where it goes.
type file struct{ address, path string }

// files lists every document that has an address of its own, the home page
// last.
func (e *edition) files(now time.Time) []file {
	l := e.site.look
	var out []file
	add := func(addresses ...string) {
		for _, a := range addresses {
			out = append(out, file{a, strings.TrimPrefix(a, "/")})
		}
	}
	pages := func(addresses ...string) {
		for _, t := range l.tongues {
			for _, a := range addresses {
				at := t.path(a)
				out = append(out, file{at, strings.TrimPrefix(at, "/") + "/index.html"})
			}
		}
	}
	add("/live.js")
	if p := l.logoPath(); p != "" {
		add(p)
	}
	e.all(func(it *item) bool {
		page := "/incidents/" + it.Code
		pages(page)
		add(page+".json", page+".md", "/api/v2/incidents/"+it.Code+".json")
		if it.Maintenance {
			add("/api/v2/scheduled-maintenances/" + it.Code + ".json")
		}
		return true
	})
	for i := range e.rows {
		r := &e.rows[i]
		if !statuspage.ValidID(r.ID) {
			continue // it has no address that could be a file's name
		}
		add("/badge/" + r.ID + ".svg")
		if !r.group() {
			for n := e.uptimePages(r, now); n > 1; n-- {
				add(fmt.Sprintf("/uptime/%s/%d.json", r.ID, n))
			}
			add("/uptime/" + r.ID + ".json")
		}
	}
	for n := e.historyPages(); n > 1; n-- {
		pages(historyPath(n))
		add(historyPath(n) + ".json")
	}
	for _, list := range []string{"incidents", "scheduled-maintenances"} {
		for n := e.listPages(list == "incidents"); n > 1; n-- {
			add(fmt.Sprintf("/api/v2/%s/page/%d.json", list, n))
		}
	}
	pages("/history", "/uptime", "/follow", "/widget")
	add("/api/v2/components.json", "/api/v2/incidents.json", "/api/v2/incidents/unresolved.json",
		"/api/v2/scheduled-maintenances.json", "/api/v2/scheduled-maintenances/upcoming.json", "/api/v2/scheduled-maintenances/active.json",
		"/api/v2/summary.json", "/api/v2/status.json", "/history.json", "/history.atom", "/history.rss", "/history.ics", "/updates.atom", "/feed.json",
		"/history.md", "/index.md", "/badge.svg", "/alive.json")
	for _, t := range l.tongues[1:] {
		out = append(out, file{t.path("/404"), strings.TrimPrefix(t.prefix, "/") + "/404.html"}, file{t.path("/"), strings.TrimPrefix(t.prefix, "/") + "/index.html"})
	}
	return append(out, file{"/404", "404.html"}, file{"/", "index.html"})
}

// historyPath is where page n of the history is.
func historyPath(n int) string {
	if n <= 1 {
		return "/history"
	}
	return "/history/" + strconv.Itoa(n)
}

func (s *Site) exportFile(ctx context.Context, e *edition, f file, to Target, now time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d, ok := e.lookup(f.address, "", htmlPage)
	if !ok {
		d = e.missing(f.address)
	}
	rep, err := s.render(e, d, now)
	if err != nil {
		return err
	}
	return to.Write(ctx, f.path, d.kind.contentType(), rep.plain.body)
}
