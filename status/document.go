package status

import (
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
	return e.lookup(r.URL.Path, r.URL.RawQuery, r.URL.Path == "/history" && wantsJSON(r.Header["Accept"]))
}

// lookup returns the document at an address of the site; json tells what a
// reader of /history prefers.
func (e *edition) lookup(path, query string, json bool) (document, bool) {
	switch path {
	case "/", "/index.html":
		return document{key: "/", write: (*edition).writeHome}, true
	case "/history":
		return e.historyDocument(page(query), json)
	case "/history.atom":
		return document{key: path, kind: atomFeed, write: untilChanged((*edition).writeAtom)}, true
	case "/history.rss":
		return document{key: path, kind: rssFeed, write: untilChanged((*edition).writeRSS)}, true
	}
	if rest, ok := strings.CutPrefix(path, "/api/v2/"); ok {
		return e.lookupAPI(path, rest, query)
	}
	if code, ok := strings.CutPrefix(path, "/incidents/"); ok {
		bare, asJSON := strings.CutSuffix(code, ".json")
		it := e.byCode[bare]
		switch {
		case it == nil:
			return document{}, false
		case asJSON:
			return it.json(path), true
		default:
			return document{key: path, of: it, write: func(e *edition, now time.Time) ([]byte, time.Time, error) {
				return e.writeArticle(it, now)
			}}, true
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
		return e.listDocument(path, page(query), rest == "incidents.json")
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

// listDocument is page n of all incidents or maintenances. Pages after the
// last are all the same empty list, because that is how scrapers find the end.
func (e *edition) listDocument(path string, n int, incidents bool) (document, bool) {
	list := e.maintenances
	if incidents {
		list = e.incidents
	}
	n = min(n, (len(list)+perPage-1)/perPage+1)
	lo := min((n-1)*perPage, len(list))
	part := list[lo:min(lo+perPage, len(list))]
	key := path
	if n > 1 {
		key += "?page=" + strconv.Itoa(n)
	}
	return document{key: key, kind: jsonData, write: jsonOf(func(e *edition) any {
		if incidents {
			return statuspage.Incidents{Page: e.wirePage(), Incidents: e.wireIncidents(part)}
		}
		return statuspage.Maintenances{Page: e.wirePage(), Maintenances: e.wireIncidents(part)}
	})}, true
}

// historyDocument is page n of the history. There is always a first page; in
// HTML there is none after the last, in JSON they have no months.
func (e *edition) historyDocument(n int, json bool) (document, bool) {
	pages := e.historyPages()
	if json {
		n = min(n, pages+1)
		return document{key: "/history?json&page=" + strconv.Itoa(n), kind: jsonData, negotiated: true, write: jsonOf(func(e *edition) any {
			return wireHistoryFile{e.wireMonths(n)}
		})}, true
	}
	if n > pages {
		return document{}, false
	}
	key := "/history"
	if n > 1 {
		key += "?page=" + strconv.Itoa(n)
	}
	return document{key: key, negotiated: true, write: func(e *edition, now time.Time) ([]byte, time.Time, error) {
		return e.writeHistory(n, now)
	}}, true
}

func (it *item) json(path string) document {
	return document{key: path, kind: jsonData, of: it, write: jsonOf(func(e *edition) any { return e.wireIncident(it) })}
}

// missing is what stands at an address where nothing is.
func missing(path string) document {
	if strings.HasPrefix(path, "/api/") || strings.HasSuffix(path, ".json") {
		return document{key: "404.json", kind: jsonData, write: jsonOf(func(*edition) any {
			return struct {
				Error string `json:"error"`
			}{"Not found"}
		})}
	}
	return document{key: "404", write: (*edition).writeMissing}
}

// untilChanged adapts a document on which the clock has no influence.
func untilChanged(write func(e *edition) []byte) func(*edition, time.Time) ([]byte, time.Time, error) {
	return func(e *edition, _ time.Time) ([]byte, time.Time, error) { return write(e), time.Time{}, nil }
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
