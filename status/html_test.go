package status

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"sitrep/incident"
)

func parse(t testing.TB, doc string) *html.Node {
	t.Helper()
	n, err := html.Parse(strings.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// each calls f for every element of a document.
func each(n *html.Node, f func(*html.Node)) {
	if n.Type == html.ElementNode {
		f(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		each(c, f)
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// readable is what a reader without tags reads, as a test of the page's words does:
// tags dropped, references resolved.
func readable(t testing.TB, doc string) string {
	t.Helper()
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode && (n.Data == "style" || n.Data == "script") {
			return
		}
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(parse(t, doc))
	return b.String()
}

// addresses lists what a site serves as HTML.
func addresses(s *Site) []string {
	out := []string{"/", "/history", "/uptime", "/follow", "/widget", "/nothing"}
	other := s.look.tongues[1].prefix
	for _, address := range out {
		out = append(out, other+strings.TrimSuffix(address, "/"))
	}
	s.current.Load().all(func(it *item) bool {
		out = append(out, "/incidents/"+it.Code, other+"/incidents/"+it.Code)
		return true
	})
	return out
}

// TestStructure walks every page of every scene and holds it to what people
// with a screen reader, a keyboard or a strict browser need.
func TestStructure(t *testing.T) {
	for name, s := range scenes(t) {
		for _, address := range addresses(s) {
			t.Run(name+address, func(t *testing.T) {
				doc := get(t, s, address).Body.String()
				checkStructure(t, s, doc)
			})
		}
	}
}

func checkStructure(t *testing.T, s *Site, doc string) {
	t.Helper()
	ids := make(map[string]bool)
	var labelled []string
	h1, last, mains := 0, 0, 0
	root := s.current.Load().root
	each(parse(t, doc), func(n *html.Node) {
		switch n.Data {
		case "iframe", "object", "embed", "img", "form", "base":
			t.Errorf("there is a <%s>", n.Data)
		case "html":
			if attr(n, "lang") == "" {
				t.Error("no language")
			}
		case "main":
			mains++
		case "h1", "h2", "h3", "h4", "h5", "h6":
			level := int(n.Data[1] - '0')
			if level == 1 {
				h1++
			}
			if level > last+1 {
				t.Errorf("an <h%d> follows an <h%d>", level, last)
			}
			last = level
		case "time":
			if attr(n, "datetime") == "" {
				t.Error("a time without datetime")
			}
		case "svg":
			if attr(n, "aria-hidden") != "true" {
				t.Error("a picture is read out")
			}
		}
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on") || a.Key == "style":
				t.Errorf("<%s> has %s", n.Data, a.Key)
			case a.Key == "id" && ids[a.Val]:
				t.Errorf("id %q twice", a.Val)
			case a.Key == "id":
				ids[a.Val] = true
			case a.Key == "aria-labelledby":
				labelled = append(labelled, a.Val)
			case a.Key == "src" && (n.Data != "script" || a.Val != "/live.js"):
				t.Errorf("<%s> loads %s", n.Data, a.Val)
			case a.Key == "href" && n.Data == "link":
				if attr(n, "rel") != "canonical" && !strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "data:image/svg+xml,") || attr(n, "rel") == "canonical" && !strings.HasPrefix(a.Val, root) {
					t.Errorf("a link to %s", a.Val)
				}
			case a.Key == "href" && n.Data == "a" && attr(n, "rel") != "nofollow": // people's own links are marked
				if !strings.HasPrefix(a.Val, "/") && a.Val != "#main" && !strings.HasPrefix(a.Val, root+"/") {
					t.Errorf("a link to %s", a.Val)
				}
			}
		}
	})
	if h1 != 1 || mains != 1 {
		t.Errorf("%d h1, %d main", h1, mains)
	}
	for _, id := range labelled {
		if !ids[id] {
			t.Errorf("nothing has the id %q", id)
		}
	}
	if !ids["main"] {
		t.Error("the skip link leads nowhere")
	}
}

// TestPolicyFitsStyle: the browser computes the hash of what stands between the
// style tags; if it were another, the page would have no style at all.
func TestPolicyFitsStyle(t *testing.T) {
	for _, address := range []string{"/", "/uptime", "/incidents/s3rv1c30ttg5"} {
		t.Run(address, func(t *testing.T) { policyFitsStyle(t, seedSite(t), address) })
	}
}

func policyFitsStyle(t *testing.T, s *Site, address string) {
	w := get(t, s, address)
	_, rest, _ := strings.Cut(w.Body.String(), "<style>")
	css, _, found := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(css))
	hash := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	policy := w.Header().Get("Content-Security-Policy")
	if !found || !strings.Contains(policy, hash) || !strings.HasPrefix(policy, "default-src 'none'") {
		t.Errorf("policy %q does not fit the style, %s", policy, hash)
	}
	if !strings.HasPrefix(s.CSS(), css) || address != "/" && s.CSS() != css {
		t.Error("CSS is not what the page has")
	}
	var meta string
	each(parse(t, w.Body.String()), func(n *html.Node) {
		if attr(n, "http-equiv") == "Content-Security-Policy" {
			meta = attr(n, "content")
		}
	})
	if meta == "" || !strings.HasPrefix(policy, meta) {
		t.Errorf("the exported policy is %q, the header %q", meta, policy)
	}
}

// TestContrast computes WCAG contrast from the style sheet itself, in both
// themes: 4.5:1 for text, 3:1 for bars.
func TestContrast(t *testing.T) {
	css := New(nil, nil).CSS()
	light, rest, _ := strings.Cut(css, "@media")
	dark, _, _ := strings.Cut(rest, "*")
	variable := regexp.MustCompile(`--([a-z]+):(#[0-9a-f]{6})`)
	read := func(part string) map[string]string {
		out := make(map[string]string)
		for _, m := range variable.FindAllStringSubmatch(part, -1) {
			out[m[1]] = m[2]
		}
		return out
	}
	for name, theme := range map[string]map[string]string{"light": read(light), "dark": read(dark)} {
		for _, ink := range []string{"ink", "soft", "link", "green", "yellow", "orange", "red", "blue", "gray"} {
			if r := contrast(theme[ink], theme["paper"]); r < 4.5 {
				t.Errorf("%s: %s is %.2f:1", name, ink, r)
			}
		}
		for _, ink := range []string{"ink", "soft", "link"} { // states do not stand on the tint
			if r := contrast(theme[ink], theme["tint"]); r < 4.5 {
				t.Errorf("%s: %s on the tint is %.2f:1", name, ink, r)
			}
		}
		if r := contrast(theme["bar"], theme["paper"]); r < 3 {
			t.Errorf("%s: bars are %.2f:1", name, r)
		}
		if len(theme) < 12 {
			t.Errorf("%s: only %d colours were read", name, len(theme))
		}
	}
}

// TestHomeSize: the home page fits 15 kB compressed with 20 components and 50
// incidents in its past fifteen days, which is the most that it lists in full.
func TestHomeSize(t *testing.T) {
	page := seedPage()
	for i := range 18 {
		page.Components = append(page.Components, incident.Component{
			ID: incident.Code("size", "c", uint64(i)), Name: fmt.Sprintf("Service number %d", i), Group: []string{"", "Europe", "America"}[i%3],
			Description: "What it does for those who use it", Since: "2019-01-01",
		})
	}
	ps := many(t, 50)
	for i := range ps {
		shift := -ps[i].Created.Sub(at(t, "2020-09-09 11:15").AddDate(0, 0, -i%14))
		for j := range ps[i].Updates {
			ps[i].Updates[j].Shown = ps[i].Updates[j].Shown.Add(shift)
			ps[i].Updates[j].Body = prosaic(i*100+j, 60)
			ps[i].Updates[j].Affected = []incident.ComponentChange{{ID: page.Components[(i*7+j)%20].ID, New: incident.ComponentStates()[(i+j)%5]}}
		}
		ps[i].Title = prosaic(i+7777, 5)
		ps[i].Created, ps[i].Resolved = ps[i].Created.Add(shift), ps[i].Resolved.Add(shift)
	}
	s := siteAt(at(t, "2020-09-09 23:00"), page, at(t, "2020-09-09 15:39"), ps...)
	s.options.Subscribe, s.options.Forms = true, "https://subscribe.example.com"
	w := get(t, s, "/", "Accept-Encoding", "gzip")
	if n := w.Body.Len(); n > 15000 {
		t.Errorf("the home page has %d bytes compressed", n)
	} else {
		t.Logf("%d bytes compressed", n)
	}
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(z); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), `<article class="entry">`); n != 50 {
		t.Errorf("it lists %d incidents", n)
	}
	if n := strings.Count(b.String(), `<svg class="bars"`); n != 20 {
		t.Errorf("it has %d bars", n)
	}
}

// prosaic makes text that compresses about as badly as prose.
func prosaic(seed, n int) string {
	list := strings.Fields("the a of to requests database queue latency region customers errors payments we are seeing for some deploy fix rolled back investigating " +
		"primary replica traffic timeouts affected elevated service restored monitoring cache network provider between certain accounts webhooks delayed cause found team working")
	var b strings.Builder
	x := uint32(seed)*2654435761 + 12345
	for range n {
		x = x*1664525 + 1013904223
		b.WriteString(list[x>>16%uint32(len(list))%uint32(len(list))])
		b.WriteByte(' ')
	}
	return strings.TrimSpace(b.String())
}

// TestBarsSayWhatHappened reads the sentence that stands for the bars.
func TestBarsSayWhatHappened(t *testing.T) {
	s := seedSite(t)
	home := readable(t, page200(t, s, "/"))
	want := "Operational on 71 of the last 72 days. Major outage on Sep 09, 2020. No data before Jul 01, 2020."
	if strings.Count(home, want) != 2 {
		t.Errorf("no %q, twice, in %s", want, home)
	}
	for _, title := range []string{"Sep 9: major outage. Service Outage", "Sep 10: no incident", "Jun 30: no data"} {
		if strings.Count(home, title) != 2 {
			t.Errorf("no bar says %q, twice", title)
		}
	}
	// A claim ends with its incident, and a planned maintenance claims nothing.
	page, ps := everyImpact(t)
	e := siteAt(at(t, "2020-09-20 12:00"), page, at(t, "2020-09-20 12:00"), ps...).current.Load()
	views, err := e.main().componentViews(at(t, "2020-09-20 12:00"))
	if err != nil {
		t.Fatal(err)
	}
	if got := views[0].Sentence; got != "Operational on 67 of the last 69 days. Degraded performance on Sep 18, 2020. Under maintenance on Sep 11, 2020. No data before Jul 14, 2020." {
		t.Errorf("%s: %s", views[0].Name, got)
	}
}

// TestPast: a fortnight of nothing is said once, and an open incident is no
// part of the past.
func TestPast(t *testing.T) {
	now := at(t, "2020-09-10 09:00")
	if got := readable(t, page200(t, siteAt(now, seedPage(), now), "/")); !strings.Contains(got, "No incidents in the past 15 days.") {
		t.Error(got)
	}
	if got := readable(t, page200(t, siteAt(now, seedPage(), now, seed(t, 7, false)), "/")); !strings.Contains(got, "No incidents today.") ||
		!strings.Contains(got, "No incidents from Aug 27 to Sep 8.") || strings.Count(got, "Service Outage") != 3 { // two bars and an entry
		t.Error(got)
	}
	if got := readable(t, page200(t, siteAt(now, seedPage(), now, seed(t, 6, false)), "/")); !strings.Contains(got, "No other incidents in the past 15 days.") {
		t.Error(got)
	}
}
