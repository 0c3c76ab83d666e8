package status

import (
	"net/http"
	"strings"
)

// ServeHTTP answers GET and HEAD for every address of the site from rendered
// bytes. If-None-Match is honoured; ranges are not.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodOptions { // what browsers ask before they read across origins
		h := w.Header()
		h.Set("Allow", "GET, HEAD, OPTIONS")
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Allow-Methods", "GET, HEAD")
		h.Set("Access-Control-Allow-Headers", "*")
		h.Set("Access-Control-Max-Age", "86400")
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD, OPTIONS")
		http.Error(w, "This page can only be read. Use GET or HEAD.", http.StatusMethodNotAllowed)
		return
	}
	e, now := s.current.Load(), s.now()
	d, ok := e.find(r)
	code := http.StatusOK
	if !ok {
		if p := strings.TrimRight(r.URL.Path, "/"); p != r.URL.Path && p != "" {
			if _, ok := e.lookup(p, r.URL.RawQuery, htmlPage); ok {
				s.redirect(w, r, p)
				return
			}
		}
		d, code = e.missing(r.URL.Path), http.StatusNotFound
	}
	rep, err := s.render(e, d, now)
	if err != nil {
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, "This page could not be made. The others may still work; please try again in a minute.", http.StatusInternalServerError)
		return
	}
	v := rep.in(accepted(r.Header["Accept-Encoding"]))
	fields := v.full
	if code == http.StatusOK && matches(r.Header["If-None-Match"], v.etag) {
		fields, code = v.unmodified, http.StatusNotModified
	}
	h := w.Header()
	for _, f := range fields {
		h[f.name] = f.values
	}
	if d.negotiated {
		h["Vary"] = []string{"Accept, Accept-Encoding"}
	}
	w.WriteHeader(code)
	if r.Method == http.MethodGet && code != http.StatusNotModified {
		// A reader who went away is no concern of anybody's.
		_, _ = w.Write(v.body)
	}
}

// redirect sends "/history/" to "/history": one address for one page. p begins
// with one slash and names a document, so it cannot lead to another host.
func (s *Site) redirect(w http.ResponseWriter, r *http.Request, p string) {
	if r.URL.RawQuery != "" {
		p += "?" + r.URL.RawQuery
	}
	w.Header().Set("Cache-Control", cacheControl)
	http.Redirect(w, r, p, http.StatusMovedPermanently)
}

// wanted is what an Accept header likes best of what pages can be given as:
// HTML, JSON or Markdown. HTML wins where it is liked as well; "*/*" and nothing
// at all mean HTML.
func wanted(lines []string) kind {
	var like [markdownText + 1]int // in thousandths
	for _, line := range lines {
		for part := range strings.SplitSeq(line, ",") {
			name, params, _ := strings.Cut(part, ";")
			switch name = strings.TrimSpace(name); {
			case strings.EqualFold(name, "application/json"):
				like[jsonData] = quality(params)
			case strings.EqualFold(name, "text/markdown"):
				like[markdownText] = quality(params)
			case strings.EqualFold(name, "text/html"):
				like[htmlPage] = quality(params)
			}
		}
	}
	best := htmlPage
	for _, k := range [...]kind{markdownText, jsonData} {
		if like[k] > like[best] {
			best = k
		}
	}
	return best
}

// quality reads the q of an Accept header's parameters in thousandths; absent
// or not readable is 1,000.
func quality(params string) int {
	for p := range strings.SplitSeq(params, ";") {
		k, v, _ := strings.Cut(p, "=")
		if !strings.EqualFold(strings.TrimSpace(k), "q") {
			continue
		}
		whole, fraction, _ := strings.Cut(strings.TrimSpace(v), ".")
		if whole != "0" || len(fraction) > 3 {
			return 1000
		}
		n := 0
		for i := range 3 {
			n *= 10
			if i < len(fraction) && '0' <= fraction[i] && fraction[i] <= '9' {
				n += int(fraction[i] - '0')
			}
		}
		return n
	}
	return 1000
}

// matches reports whether an If-None-Match names etag. The comparison is weak
// (RFC 9110, 13.1.2): a cache that re-coded our bytes may have marked it W/.
func matches(lines []string, etag string) bool {
	for _, line := range lines {
		for tag := range strings.SplitSeq(line, ",") {
			tag = strings.TrimSpace(tag)
			if tag == "*" || strings.TrimPrefix(tag, "W/") == etag {
				return true
			}
		}
	}
	return false
}
