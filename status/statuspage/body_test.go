package statuspage

import (
	"strings"
	"testing"

	"sitrep/incident"
)

func pageWithout() incident.Page { return incident.Page{} }

func TestText(t *testing.T) {
	for _, c := range []struct {
		body, text string
		harmless   bool
	}{
		{"plain", "plain", true},
		{"one<br />two<br/>three", "one\ntwo\nthree", true},
		{"< 1% in all cases.  <br />next", "< 1% in all cases.  \nnext", true},
		{"A &amp; B &lt;tag&gt;", "A & B <tag>", true},
		{`see <a href="https://example.com/x?a=1&amp;b=2" target="_blank" rel="noopener">the page</a>.`, "see [the page](https://example.com/x?a=1&b=2).", true},
		{"<p>one</p><p><strong>two</strong></p>", "one\n\n**two**", true},
		{"<ul><li>a</li><li>b</li></ul>", "- a\n- b", true},
		{`<a href="javascript:alert(1)">x</a>`, "[x](javascript:alert(1))", false},
		{"<script>alert(1)</script>x", "x", false},
		{`<img src=x onerror=alert(1)>y`, "y", false},
		{`<p onclick="x()">z</p>`, "z", false},
		{"<!-- comment -->w", "w", false},
		{"<style>p{}</style>v", "v", false},
	} {
		text, harmless := Text(c.body)
		if text != c.text || harmless != c.harmless {
			t.Errorf("%q: %q, harmless %v; want %q, %v", c.body, text, harmless, c.text, c.harmless)
		}
	}
}

// FuzzText: what people write comes back from the format as it was, and what is
// called harmless holds no tag that is not of prose.
func FuzzText(f *testing.F) {
	for _, s := range []string{"plain", "a\nb", "<script>", "a & b &amp; c", "x < y > z", "&lt;br /&gt;", "[a](b)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		body := Body(s)
		text, harmless := Text(body)
		if want := strings.TrimSpace(Clean(s)); text != want || !harmless {
			t.Fatalf("%q became %q and came back as %q, harmless %v", s, body, text, harmless)
		}
		if _, harmless := Text(s); harmless && strings.Contains(strings.ToLower(s), "<script") && !strings.Contains(s, "&") {
			t.Fatalf("%q is called harmless", s)
		}
	})
}
