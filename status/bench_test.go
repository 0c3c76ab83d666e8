package status

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"sitrep/incident"
)

// discard is a ResponseWriter that keeps nothing, so that the site is measured
// and not the recorder.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

func serve(b *testing.B, s http.Handler, r *http.Request) {
	b.Helper()
	b.ReportAllocs()
	w := &discard{make(http.Header, 16)}
	s.ServeHTTP(w, r) // the first renders
	for b.Loop() {
		clear(w.header)
		s.ServeHTTP(w, r)
	}
}

func request(address string, headers ...string) *http.Request {
	r := httptest.NewRequest("GET", address, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

// busy is the page of a thousand past incidents, twenty components, and one
// that is open.
func busy(tb testing.TB, n int) (incident.Page, []incident.Public) {
	page := seedPage()
	for i := range 18 {
		page.Components = append(page.Components, incident.Component{ID: incident.Code("busy", "c", uint64(i)), Name: "Service " + string(rune('A'+i)), Since: "2019-01-01"})
	}
	ps := many(tb, n)
	open := seed(tb, 2, false)
	open.Code, open.Serial = "0p3nbcdfghjk", uint64(n+1)
	return page, append(ps, open)
}

func BenchmarkServe(b *testing.B) {
	page, ps := busy(b, 1000)
	s := siteAt(at(b, "2020-09-10 08:32"), page, at(b, "2020-09-10 08:32"), ps...)
	tag := func(address string) string { return get(b, s, address, "Accept-Encoding", "gzip").Header().Get("Etag") }
	for _, address := range []string{"/", "/api/v2/summary.json", "/incidents/" + ps[0].Code} {
		b.Run("gzip"+address, func(b *testing.B) { serve(b, s, request(address, "Accept-Encoding", "gzip, deflate, br")) })
		b.Run("plain"+address, func(b *testing.B) { serve(b, s, request(address)) })
		b.Run("304"+address, func(b *testing.B) {
			serve(b, s, request(address, "Accept-Encoding", "gzip", "If-None-Match", tag(address)))
		})
	}
}

// BenchmarkPerRequest is what a page costs that is rendered and compressed for
// each reader: the other side of the ratio.
func BenchmarkPerRequest(b *testing.B) {
	page, ps := busy(b, 1000)
	now := at(b, "2020-09-10 08:32")
	s := siteAt(now, page, now, ps...)
	b.ReportAllocs()
	for b.Loop() {
		body, _, err := s.current.Load().main().writeHome(now)
		if err != nil {
			b.Fatal(err)
		}
		s.look.newRepresentation(htmlPage, body, time.Time{})
	}
}

// BenchmarkUpdate is an update until the new home page's bytes are served, with
// n past incidents; each edition is a new slice, as a follower makes it.
func BenchmarkUpdate(b *testing.B) {
	for _, c := range []struct {
		name                  string
		incidents, components int
	}{{"1000", 1000, 20}, {"5000", 5000, 20}, {"5000x200", 5000, 200}} {
		b.Run(c.name, func(b *testing.B) {
			page, ps := busy(b, c.incidents)
			for i := len(page.Components); i < c.components; i++ {
				page.Components = append(page.Components, incident.Component{ID: incident.Code("busy", "more", uint64(i)), Name: "Service", Since: "2019-01-01"})
			}
			now := at(b, "2020-09-10 08:32")
			s := siteAt(now, page, now, ps...)
			r := request("/", "Accept-Encoding", "gzip")
			var took []time.Duration
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				next := slices.Clone(ps)
				open := &next[len(next)-1]
				open.Updates = slices.Clone(open.Updates)
				open.Updates[0].Body = prosaic(i, 40)
				began := time.Now()
				s.Set(Content{Page: page, Incidents: next, Updated: now.Add(time.Duration(i) * time.Second)})
				s.ServeHTTP(&discard{make(http.Header)}, r)
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}

// BenchmarkFirstPage is a start: New, Set, and the first home page.
func BenchmarkFirstPage(b *testing.B) {
	page, ps := busy(b, 1000)
	now := at(b, "2020-09-10 08:32")
	b.ReportAllocs()
	for b.Loop() {
		s := siteAt(now, page, now, ps...)
		s.ServeHTTP(&discard{make(http.Header)}, request("/"))
	}
}

// TestUpdateDoesNotPayForThePast: an update costs about as much with a thousand
// past incidents as with ten. The cost is counted in allocations, which are the
// same on a busy machine.
func TestUpdateDoesNotPayForThePast(t *testing.T) {
	cost := func(n int) float64 {
		page, ps := busy(t, n)
		now := at(t, "2020-09-10 08:32")
		s := siteAt(now, page, now, ps...)
		i := 0
		return testing.AllocsPerRun(10, func() {
			next := slices.Clone(ps)
			open := &next[len(next)-1]
			open.Updates = slices.Clone(open.Updates)
			open.Updates[0].Body = prosaic(i, 40)
			i++
			s.Set(Content{Page: page, Incidents: next, Updated: now})
			get(t, s, "/")
		})
	}
	few, lot := cost(10), cost(1000)
	t.Logf("%.0f allocations with 10 past incidents, %.0f with 1,000", few, lot)
	if lot > 4*few {
		t.Errorf("an update takes %.0f allocations with 1,000 past incidents, %.0f with 10", lot, few)
	}
}

// TestServingDoesNotCopyThePage: what a request allocates does not grow with
// what it is answered.
func TestServingDoesNotCopyThePage(t *testing.T) {
	s := seedSite(t)
	for _, address := range []string{"/", "/api/v2/status.json", "/history.atom"} {
		r, w := request(address, "Accept-Encoding", "gzip"), &discard{make(http.Header, 16)}
		s.ServeHTTP(w, r)
		if n := testing.AllocsPerRun(100, func() { clear(w.header); s.ServeHTTP(w, r) }); n > 3 {
			t.Errorf("%s: %v allocations a request", address, n)
		}
	}
}
