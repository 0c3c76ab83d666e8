package status

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mmcdole/gofeed"
	"golang.org/x/net/html"

	"sitrep/incident"
)

// attacks are texts that must stay texts wherever people's words go.
var attacks = []string{
	`<script>alert(1)</script>`,
	`</title><script>alert(1)</script>`,
	`</style><script>alert(1)</script>`,
	`<img src=x onerror=alert(1)>`,
	`<svg/onload=alert(1)>`,
	`"><svg onload=alert(1)>`,
	`' onmouseover='alert(1)`,
	`" onmouseover="alert(1)`,
	`[click](javascript:alert(1))`,
	`[click](javascript&colon;alert(1))`,
	`[click](JaVaScRiPt:alert(1))`,
	"[click](java\tscript:alert(1))",
	`[click](&#106;avascript:alert(1))`,
	`[click](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)`,
	`[click](vbscript:msgbox(1))`,
	`[click]( "onclick=alert(1)")`,
	`[click](//example.com/x)`,
	`![x](javascript:alert(1))`,
	`![x](https://example.com/a.png"onerror="alert(1))`,
	`![x](https://example.com/a.png)`,
	`<javascript:alert(1)>`,
	`<https://example.com/"onclick="alert(1)>`,
	"[a]: javascript:alert(1)\n\n[a]",
	"```\"><script>alert(1)</script>\nx\n```",
	"<details open ontoggle=alert(1)>",
	"<a href=\"javascript:alert(1)\">x</a>",
	"<style>*{display:none}</style>",
	"<!-- comment --> <![CDATA[ <script>alert(1)</script> ]]>",
	"]]><script>alert(1)</script>",
	"{{.Page}} {{define \"frame\"}}",
	"\u0000\u0008\ufffe\uffff \xff\xfe broken",
	"\u202egnp.exe \u2028 \u2029",
	"| a | b |\n|---|---|\n| <script>alert(1)</script> | [x](javascript:alert(1)) |",
	"&lt;script&gt;alert(1)&lt;/script&gt;",
}

// attacked is a site in which a text stands everywhere that people may write.
func attacked(t testing.TB, s string) (*Site, incident.Public) {
	page := seedPage()
	page.Name = s
	page.Components[0].Name, page.Components[0].Description = s, s
	page.Components[1].Group = s
	p := seed(t, 7, true)
	p.Title, p.Postmortem.Body = s, s
	p.Updates = slices.Clone(p.Updates)
	for i := range p.Updates {
		p.Updates[i].Body = s
		p.Updates[i].Affected = slices.Clone(p.Updates[i].Affected)
		for j := range p.Updates[i].Affected {
			p.Updates[i].Affected[j].Name = s
		}
	}
	p.Components = slices.Clone(p.Components)
	p.Components[0].Name = s
	open := p
	open.Code, open.Serial, open.Status, open.Postmortem = "0p3nbcdfghjk", 2, incident.Identified, nil
	return siteAt(at(t, "2020-09-10 08:32"), page, p.Changed, p, open), p
}

func TestNothingRuns(t *testing.T) {
	for _, attack := range attacks {
		s, p := attacked(t, attack)
		for _, address := range addresses(s) {
			doc := get(t, s, address).Body.String()
			checkHarmless(t, attack, doc)
			checkStructure(t, s, doc)
			if !utf8.ValidString(doc) || strings.ContainsRune(doc, 0) {
				t.Errorf("%q in %s: not text", attack, address)
			}
		}
		preview, err := s.Preview(p)
		if err != nil {
			t.Fatal(err)
		}
		checkHarmless(t, attack, string(preview))
		for _, address := range []string{"/api/v2/summary.json", "/api/v2/incidents.json", "/incidents/" + p.Code + ".json"} {
			var v any
			if err := json.Unmarshal([]byte(page200(t, s, address)), &v); err != nil {
				t.Errorf("%q in %s: %v", attack, address, err)
			}
			checkBodies(t, attack, v)
		}
		for _, address := range []string{"/history.atom", "/history.rss"} {
			body := page200(t, s, address)
			d := xml.NewDecoder(strings.NewReader(body))
			for {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Errorf("%q in %s: %v", attack, address, err)
					break
				}
			}
			feed, err := gofeed.NewParser().ParseString(body)
			if err != nil {
				t.Fatal(err)
			}
			for _, item := range feed.Items {
				checkHarmless(t, attack, item.Content+item.Description)
				if want := strings.TrimSpace(clean(attack)); strings.TrimSpace(item.Title) != want && !strings.ContainsAny(attack, "\n&") {
					t.Errorf("%s: the title is %q, want %q", address, item.Title, want)
				}
			}
		}
	}
}

// checkBodies holds what clients put into their pages to being harmless.
func checkBodies(t *testing.T, attack string, v any) {
	switch v := v.(type) {
	case map[string]any:
		if body, ok := v["body"].(string); ok {
			checkHarmless(t, attack, body)
		}
		for _, w := range v {
			checkBodies(t, attack, w)
		}
	case []any:
		for _, w := range v {
			checkBodies(t, attack, w)
		}
	}
}

// checkHarmless parses HTML as a browser does and looks for what acts.
func checkHarmless(t testing.TB, attack, doc string) {
	t.Helper()
	styles, scripts := 0, 0
	each(parse(t, doc), func(n *html.Node) {
		switch n.Data {
		case "script":
			if scripts++; attr(n, "src") != "/live.js" || n.FirstChild != nil {
				t.Errorf("%q made a <script> in %.2000s", attack, doc)
			}
		case "iframe", "object", "embed", "img", "form", "input", "base", "math", "template", "animate", "foreignObject":
			t.Errorf("%q made a <%s> in %.2000s", attack, n.Data, doc)
		case "details":
			if attr(n, "id") != "one" { // the page's own
				t.Errorf("%q made a <details>", attack)
			}
		case "style":
			styles++
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(strings.ToLower(a.Key), "on") {
				t.Errorf("%q made an attribute %s", attack, a.Key)
			}
			if a.Key != "href" && a.Key != "src" && a.Key != "action" && a.Key != "xlink:href" || n.Data == "link" || n.Data == "script" {
				continue
			}
			u, err := url.Parse(a.Val)
			if err != nil || u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "mailto" || u.Scheme == "" && u.Host != "" {
				t.Errorf("%q made a link to %q", attack, a.Val)
			}
		}
	})
	if styles > 1 || scripts > styles {
		t.Errorf("%q made a style", attack)
	}
}

// TestMarkdown is what people may write and what comes of it.
func TestMarkdown(t *testing.T) {
	p := newProse()
	for in, want := range map[string]string{
		"one\ntwo\n\nthree":             "<p>one<br>\ntwo</p>\n<p>three</p>\n",
		"**bold** _soft_ `code`":        "<p><strong>bold</strong> <em>soft</em> <code>code</code></p>\n",
		"- a\n- b":                      "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n",
		"3. a\n4. b":                    "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>\n",
		"# A\n\n### B\n\n# C":           "<h3>A</h3>\n<h4>B</h4>\n<h3>C</h3>\n",
		"see https://example.com/a_b.":  "<p>see <a href=\"https://example.com/a_b\" rel=\"nofollow\">https://example.com/a_b</a>.</p>\n",
		"<b>x</b> & y":                  "<p>&lt;b&gt;x&lt;/b&gt; &amp; y</p>\n",
		"a_b_c templ->x != Y_Z":         "<p>a_b_c templ-&gt;x != Y_Z</p>\n",
		"![chart](https://e.com/a.png)": "<p><a href=\"https://e.com/a.png\" rel=\"nofollow\">chart</a></p>\n",
		"a\r\nb":                        "<p>a<br>\nb</p>\n",
	} {
		got, err := p.html(in, 3)
		if err != nil || string(got) != want {
			t.Errorf("%q: %q %v, want %q", in, got, err, want)
		}
	}
	for in, want := range map[string]string{
		"**We** found [it](https://example.com).\n\nMore": "We found it. More",
		"- a\n- b": "a b",
		"one two three four five six seven eight nine ten": "one two three four…",
		"日本語日本語日本語日本語日本語日本語日本語日本語":                         "日本語日本語日本語日本語日本語日本語日本…",
	} {
		if got := p.excerpt(in, 20); got != want {
			t.Errorf("excerpt of %q: %q, want %q", in, got, want)
		}
	}
}

// FuzzBody puts a text through all three doors.
func FuzzBody(f *testing.F) {
	for _, a := range attacks {
		f.Add(a)
	}
	f.Add(longText())
	p := newProse()
	f.Fuzz(func(t *testing.T, s string) {
		h, err := p.html(s, 3)
		if err != nil {
			t.Fatal(err)
		}
		checkHarmless(t, s, string(h))
		if !utf8.ValidString(string(h)) {
			t.Errorf("%q became %q", s, h)
		}
		if n := utf8.RuneCountInString(p.excerpt(s, 40)); n > 41 {
			t.Errorf("an excerpt of %d characters", n)
		}
		body := escapeBody(s)
		if strings.ContainsAny(strings.ReplaceAll(body, "<br />", ""), "<>\n\x00") || !utf8.ValidString(body) {
			t.Errorf("%q became %q", s, body)
		}
		var back struct {
			Text string `xml:",chardata"`
		}
		if err := xml.Unmarshal([]byte(`<a b="`+xmlAttr(s)+`">`+xmlText(body)+`</a>`), &back); err != nil || back.Text != body {
			t.Errorf("%q became %q in XML (%v)", body, back.Text, err)
		}
	})
}
