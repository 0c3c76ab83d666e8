package tally_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"sitrep/internal/webtest"
)

// In a real browser, wide and on a phone, light and dark: nothing is wider than
// the screen, no words lie over others, and axe finds nothing.
func TestInABrowser(t *testing.T) {
	page, err := quarter(t).Page()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, page, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		width int
		dark  bool
	}{{"wide", 1280, false}, {"phone", 360, true}, {"phone-light", 390, false}, {"wide-dark", 1280, true}} {
		t.Run(c.name, func(t *testing.T) {
			b := webtest.Open(t, c.width, 900, c.dark)
			b.Goto("file://" + path)
			var wide bool
			b.Do(chromedp.Evaluate(`document.documentElement.scrollWidth > innerWidth`, &wide))
			if wide {
				t.Error("the page is wider than the screen")
			}
			var over []string
			b.Do(chromedp.Evaluate(`[...document.querySelectorAll('svg')].flatMap(s => {
				const ts = [...s.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
				return ts.flatMap(([a, x], i) => ts.slice(i + 1).filter(([b, y]) => x.left < y.right - 1 && y.left < x.right - 1 && x.top < y.bottom - 2 && y.top < x.bottom - 2).map(([b]) => a + ' over ' + b))})`, &over))
			if len(over) > 0 {
				t.Errorf("words lie over each other: %s", strings.Join(over, "; "))
			}
			if dir := os.Getenv("SITREP_PICTURES"); dir != "" {
				b.Whole(filepath.Join(dir, "tally-"+c.name+".png"))
			}
			for _, v := range b.Axe() {
				t.Error(v)
			}
		})
	}
}
