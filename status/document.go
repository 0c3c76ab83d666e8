package status

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"sitrep/status/statuspage"
)

// perPage is how many incidents one page of incidents.json holds.
const perPage = 50

// A document is one thing that can be asked for, and how it is written.
type document struct {
	key        string // unique within the edition; the address, in effect
	kind       kind
	of         *item // the incident that it is about, if it is about one
	negotiated bool  // Accept decides what is at this address
	write      func(e *edition, now time.Time) (body []byte, until time.Time, err error)
}

// find returns the document that a request asks for.
func (e *edition) find(r *http.Request) (document, bool) {
	return e.lookup(r.URL.Path, r.URL.RawQuery, wanted(r.Header["Accept"]))
}

// lookup returns the document at an address of the site; want is what its reader
// prefers where there is a choice.
func (e *edition) lookup(path, query string, want kind) (document, bool) {
	if rest, ok := strings.CutPrefix(path, "/api/v2/"); ok {
		return e.lookupAPI(path, rest, query)
	}
	if d, ok := e.lookupFeed(path, query); ok {
		return d, true
	}
	if d, ok := e.lookupPart(path, query); ok {
		return d, true
	}
	return e.lookupPage(path, query, want)
}

// lookupPage returns one of the pages that people read, in the language of its
// address, or what programs read in its place.
func (e *edition) lookupPage(path, query string, want kind) (document, bool) {
	t, at := e.site.look.tongue(path)
	if bare, ok := strings.CutSuffix(at, ".md"); ok {
		at, want = bare, markdownText
	}
	doc := func(write func(rendering, time.Time) ([]byte, time.Time, error)) document {
		return document{key: path, write: func(e *edition, now time.Time) ([]byte, time.Time, error) { return write(e.in(t), now) }}
	}
	switch at {
	case "/", "/index.html", "/index":
		if want == markdownText {
			return document{key: t.path("/") + "#md", kind: markdownText, negotiated: true, write: untilMidnight(t, rendering.markHome)}, true
		}
		d := doc(rendering.writeHome)
		d.key, d.negotiated = t.path("/"), true
		return d, true
	case "/history":
		return e.historyDocument(t, page(query), want)
	case "/uptime":
		return doc(rendering.writeUptime), want == htmlPage
	case "/follow":
		return doc(rendering.writeFollow), want == htmlPage
	case "/api":
		return doc(rendering.writeFollow), want == htmlPage
	case "/widget":
		return doc(rendering.writeWidget), want == htmlPage
	}
	if rest, ok := strings.CutPrefix(at, "/history/"); ok {
		if number, isJSON := strings.CutSuffix(rest, ".json"); isJSON {
			rest, want = number, jsonData
		}
		n := pageNumber(rest)
		if n == 0 || n > e.historyPages() {
			return document{}, false
		}
		return e.historyDocument(t, n, want)
	}
	code, ok := strings.CutPrefix(at, "/incidents/")
	it := e.byCode[code]
	switch {
	case !ok || it == nil:
		return document{}, false
	case want == markdownText:
		return document{key: t.path(at) + "#md", kind: markdownText, of: it, negotiated: true, write: func(e *edition, now time.Time) ([]byte, time.Time, error) {
			return e.in(t).markIncident(it), until(&it.Public, now), nil
		}}, true
	}
	d := doc(func(r rendering, now time.Time) ([]byte, time.Time, error) { return r.writeArticle(it, now) })
	d.of, d.negotiated = it, true
	return d, true
}

// lookupPart returns a document that is neither a page nor a feed nor of the API.
func (e *edition) lookupPart(path, query string) (document, bool) {
	switch path {
	case "/history.json":
		return e.historyDocument(e.site.look.tongues[0], page(query), jsonData)
	case "/alive.json":
		return document{key: path, kind: jsonData, write: writeAlive}, true
	case "/live.js":
		return document{key: path, kind: javaScript, write: untilChanged(func(e *edition) []byte { return []byte(e.site.look.script) })}, true
	case "/badge.svg":
		return document{key: path, kind: svgPicture, write: untilChanged(func(e *edition) []byte { return e.badge(nil) })}, true
	case e.site.look.logoPath():
		if l := e.site.look.logo; l != nil {
			return document{key: path, kind: l.kind, write: untilChanged(func(*edition) []byte { return l.body })}, true
		}
	}
	if name, ok := strings.CutPrefix(path, "/uptime/"); ok {
		return e.uptimeDocument(name, page(query))
	}
	if name, ok := strings.CutPrefix(path, "/badge/"); ok {
		id, isSVG := strings.CutSuffix(name, ".svg")
		if e.row(id) == nil || !isSVG {
			return document{}, false
		}
		return document{key: path, kind: svgPicture, write: untilChanged(func(e *edition) []byte { return e.badge(e.row(id)) })}, true
	}
	if code, ok := strings.CutPrefix(path, "/incidents/"); ok {
		if bare, asJSON := strings.CutSuffix(code, ".json"); asJSON && e.byCode[bare] != nil {
			return e.byCode[bare].json(path), true
		}
	}
	return document{}, false
}

func (e *edition) lookupAPI(path, rest, query string) (document, bool) {
	doc := func(make func(e *edition) any) (document, bool) {
		return document{key: path, kind: jsonData, write: jsonOf(make)}, true
	}
	switch rest {
	case "summary.json":
		return doc(func(e *edition) any { return e.wireSummary() })
	case "status.json":
		return doc(func(e *edition) any { return statuspage.Statuses{Page: e.wirePage(), Status: e.wireStatus()} })
	case "components.json":
		return doc(func(e *edition) any {
			return statuspage.Components{Page: e.wirePage(), Components: e.wireComponents(nil)}
		})
	case "incidents.json", "scheduled-maintenances.json":
		return e.listDocument(path, page(query), size(query), rest == "incidents.json")
	case "incidents/unresolved.json":
		return doc(func(e *edition) any {
			return statuspage.Incidents{Page: e.wirePage(), Incidents: e.wireIncidents(e.unresolved())}
		})
	case "scheduled-maintenances/upcoming.json":
		return doc(func(e *edition) any {
			return statuspage.Maintenances{Page: e.wirePage(), Maintenances: e.wireIncidents(e.upcoming())}
		})
	case "scheduled-maintenances/active.json":
		return doc(func(e *edition) any {
			return statuspage.Maintenances{Page: e.wirePage(), Maintenances: e.wireIncidents(e.active())}
		})
	}
	for _, list := range []string{"incidents", "scheduled-maintenances"} { // as files are called, which have no query
		if name, ok := strings.CutPrefix(rest, list+"/page/"); ok {
			number, isJSON := strings.CutSuffix(name, ".json")
			n := pageNumber(number)
			if !isJSON || n == 0 || n > e.listPages(list == "incidents") {
				return document{}, false
			}
			return e.listDocument("/api/v2/"+list+".json", n, perPage, list == "incidents")
		}
	}
	code, ok := strings.CutPrefix(rest, "incidents/")
	if !ok {
		code, ok = strings.CutPrefix(rest, "scheduled-maintenances/")
	}
	if code, isJSON := strings.CutSuffix(code, ".json"); ok && isJSON {
		if it := e.byCode[code]; it != nil {
			return it.json(path), true
		}
	}
	return document{}, false
}

// listDocument is page n of all incidents or maintenances, of size incidents
// each. Pages after the last are all the same empty list, because that is how
// scrapers find the end.
func (e *edition) listDocument(path string, n, size int, incidents bool) (document, bool) {
	list := e.maintenances
	if incidents {
		list = e.incidents
	}
	n = min(n, (len(list)+size-1)/size+1)
	lo := min((n-1)*size, len(list))
	part := list[lo:min(lo+size, len(list))]
	key := path
	if n > 1 || size != perPage {
		key += fmt.Sprintf("?page=%d&per_page=%d", n, size)
	}
	return document{key: key, kind: jsonData, write: jsonOf(func(e *edition) any {
		if incidents {
			return statuspage.Incidents{Page: e.wirePage(), Incidents: e.wireIncidents(part)}
		}
		return statuspage.Maintenances{Page: e.wirePage(), Maintenances: e.wireIncidents(part)}
	})}, true
}

// listPages is how many pages of all incidents or maintenances there are.
func (e *edition) listPages(incidents bool) int {
	if incidents {
		return (len(e.incidents) + perPage - 1) / perPage
	}
	return (len(e.maintenances) + perPage - 1) / perPage
}

// pageNumber reads the number of a page after the first; 0 if it is none.
func pageNumber(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 2 || strconv.Itoa(n) != s {
		return 0
	}
	return n
}

// historyDocument is page n of the history. There is always a first page; for
// people there is none after the last, in JSON they have no months.
func (e *edition) historyDocument(t *tongue, n int, want kind) (document, bool) {
	pages := e.historyPages()
	suffix := ""
	if n > 1 {
		suffix = "?page=" + strconv.Itoa(min(n, pages+1))
	}
	switch {
	case want == jsonData:
		n = min(n, pages+1)
		return document{key: "/history.json" + suffix, kind: jsonData, negotiated: true, write: jsonOf(func(e *edition) any {
			return wireHistoryFile{e.wireMonths(n)}
		})}, true
	case n > pages:
		return document{}, false
	case want == markdownText:
		return document{key: t.path("/history.md") + suffix, kind: markdownText, negotiated: true, write: func(e *edition, _ time.Time) ([]byte, time.Time, error) {
			return e.in(t).markHistory(n), time.Time{}, nil
		}}, true
	}
	return document{key: t.path("/history") + suffix, negotiated: true, write: func(e *edition, now time.Time) ([]byte, time.Time, error) {
		return e.in(t).writeHistory(n, now)
	}}, true
}

func (it *item) json(path string) document {
	return document{key: path, kind: jsonData, of: it, write: jsonOf(func(e *edition) any { return e.wireIncident(it) })}
}

// missing is what stands at an address where nothing is.
func (e *edition) missing(path string) document {
	if strings.HasPrefix(path, "/api/") || strings.HasSuffix(path, ".json") {
		return document{key: "404.json", kind: jsonData, write: jsonOf(func(*edition) any {
			return struct {
				Error string `json:"error"`
			}{"Not found"}
		})}
	}
	t, _ := e.site.look.tongue(path)
	return document{key: t.path("/404"), write: func(e *edition, now time.Time) ([]byte, time.Time, error) { return e.in(t).writeMissing(now) }}
}

// untilChanged adapts a document on which the clock has no influence.
func untilChanged(write func(e *edition) []byte) func(*edition, time.Time) ([]byte, time.Time, error) {
	return func(e *edition, _ time.Time) ([]byte, time.Time, error) { return write(e), time.Time{}, nil }
}

// untilMidnight adapts a document that says what day it is.
func untilMidnight(t *tongue, write func(rendering, time.Time) []byte) func(*edition, time.Time) ([]byte, time.Time, error) {
	return func(e *edition, now time.Time) ([]byte, time.Time, error) {
		return write(e.in(t), now), e.nextDay(now, false), nil
	}
}

// writeAlive says when the page was last known to be true. It changes with the
// clock, so that a copy of the page tells how old it is: see web/live.js.
func writeAlive(e *edition, now time.Time) ([]byte, time.Time, error) {
	return fmt.Appendf(nil, `{"at":%q,"changed":%q}`, e.stamp(now), e.stamp(e.updated)), now.Add(10 * time.Second), nil
}

// page reads ?page=N; anything else is the first page.
func page(query string) int {
	if query == "" {
		return 1
	}
	q, _ := url.ParseQuery(query) // what could be read of it is enough
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n > 1 {
		return n
	}
	return 1
}

// size reads how many incidents an answer is to hold: per_page or limit, which
// some clients send. It is rounded down to 10, 25, 50 or 100, since every size is
// kept in memory; anything else is 50.
func size(query string) int {
	if query == "" {
		return perPage
	}
	q, _ := url.ParseQuery(query) // what could be read of it is enough
	for _, name := range []string{"per_page", "limit"} {
		if n, err := strconv.Atoi(q.Get(name)); err == nil && n > 0 {
			for _, size := range []int{100, 50, 25} {
				if n >= size {
					return size
				}
			}
			return 10
		}
	}
	return perPage
}
