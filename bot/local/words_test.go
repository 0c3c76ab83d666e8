package local

import (
	"html"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestIsCommand(t *testing.T) {
	for _, x := range []struct {
		text, rest string
		ok         bool
	}{
		{"/incident", "", true},
		{"/incident declare it is down", "declare it is down", true},
		{"  \n/incident\tnote x", "note x", true},
		{"/incident\nnote two\nlines", "\nnote two\nlines", true},
		{"/incident\u00a0note", "note", true},
		{"/incidents", "", false},
		{"/incident-report is ready", "", false},
		{"see /incident", "", false},
		{"/inc note", "", false},
		{"", "", false},
	} {
		if rest, ok := isCommand(x.text, "incident"); ok != x.ok || rest != x.rest {
			t.Errorf("%q is read as %q, %v", x.text, rest, ok)
		}
	}
}

func TestSlug(t *testing.T) {
	for text, want := range map[string]string{
		"Data base!":                "data-base",
		"INC-7 Checkout: 50% down…": "inc-7-checkout-50-down",
		"決済 障害":                     "決済-障害",
		"-- ":                       "",
		"../../etc":                 "etc",
		"🔥":                         "",
	} {
		if got := slug(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestNamesOfRooms(t *testing.T) {
	long := "inc-1-" + strings.Repeat("word-", 20) + "end"
	for name, want := range map[string]string{
		"inc-1-short":                      "inc-1-short",
		long:                               "inc-1-word-word-word-word-word-word-word-word",
		"inc-2-" + strings.Repeat("x", 80): "inc-2-" + strings.Repeat("x", roomName-6),
	} {
		if got := shortened(name); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
}

func TestGoodName(t *testing.T) {
	for name, want := range map[string]bool{
		"ana": true, "@ana": true, "Ana Lee": true, "日本": true, "": false, "@": false, "sitrep": false, " @SitRep ": false,
		"a\nb": false, "ana\u202eeb": false, strings.Repeat("x", 64): true, strings.Repeat("x", 65): false, "a\xff": false,
	} {
		if goodName(name) != want {
			t.Errorf("%q: good is %v", name, !want)
		}
	}
}

// tag finds what a browser would take for markup.
var tag = regexp.MustCompile(`<[^>]*>`)

func FuzzLinked(f *testing.F) {
	for _, s := range []string{"see https://a.example/b?c=d&e=f.", `<script>x</script>`, `https://a.example/"onclick=x`, "https://x", "http://a'b", "a <b> & c", "https://a.example/(b)"} {
		f.Add(s)
	}
	allowed := regexp.MustCompile(`^(<a href="https?://[^"<>]*" rel="noreferrer noopener" target="_blank">|</a>)$`)
	f.Fuzz(func(t *testing.T, s string) {
		out := string(linked(s))
		for _, x := range tag.FindAllString(out, -1) {
			if !allowed.MatchString(x) {
				t.Fatalf("%q becomes %q, with %q", s, out, x)
			}
		}
		if back := html.UnescapeString(tag.ReplaceAllString(out, "")); utf8.ValidString(s) && !strings.ContainsAny(s, "\x00&") && back != s {
			t.Errorf("%q reads %q", s, back)
		}
	})
}
