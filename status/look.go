package status

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io/fs"
	"math"
	"regexp"
	"strconv"
	"strings"

	"sitrep/status/words"
)

//go:embed web
var web embed.FS

// A Look is what all pages share: languages, templates, style sheet, script and
// whose page it is. It never changes after [NewLook], and may serve many sites.
type Look struct {
	tongues []*tongue // the page's own language first
	css     string    // of every page but the home page
	homeCSS string    // the part of it that the home page needs
	script  string
	policy  string // the Content-Security-Policy that fits the style sheet
	prose   prose
	logo    *logo
	about   template.HTML
	header  template.HTML
	footer  template.HTML
}

// LookOptions are what the page of one house differs in from another's.
type LookOptions struct {
	// Languages are the page's, by their tags; the first is its own, the others
	// are at /fr and so on. English and French if empty.
	Languages []string
	// More holds further languages, a file each: see [words.Open].
	More fs.FS
	// Logo is a picture to stand beside the page's name: SVG, PNG, JPEG or WebP,
	// at most 100 kB.
	Logo []byte
	// About is Markdown to stand below the headline of the home page: what it is
	// the page of.
	About string
	// Header and Footer are Markdown to stand above and below every page.
	Header, Footer string
	// Light and Dark are the colours of both themes; what is empty stays as it is.
	Light, Dark Palette
}

// A Palette is a theme's colours that may be chosen, as #rrggbb. The colours of
// states may not: they mean something.
type Palette struct{ Paper, Ink, Soft, Link, Rule, Tint string }

// NewLook checks and builds a look; nil means the program's own. The error says
// what is wrong with an option, and how to mend it.
func NewLook(o *LookOptions) (*Look, error) {
	if o == nil {
		o = &LookOptions{}
	}
	l := &Look{prose: newProse()}
	css, err := web.ReadFile("web/page.css")
	if err != nil {
		return nil, err
	}
	script, err := web.ReadFile("web/live.js")
	if err != nil {
		return nil, err
	}
	themed, err := dress(string(css), o.Light, o.Dark)
	if err != nil {
		return nil, err
	}
	more, err := web.ReadFile("web/more.css")
	if err != nil {
		return nil, err
	}
	l.homeCSS, l.script = squeeze(themed), squeezeScript(string(script))
	l.css = l.homeCSS + "\n" + squeeze(string(more))
	l.policy = "default-src 'none'; style-src " + hashOf(l.css) + " " + hashOf(l.homeCSS) +
		"; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'"
	shelf, err := words.Open(o.More)
	if err != nil {
		return nil, err
	}
	tags := o.Languages
	if len(tags) == 0 {
		tags = []string{"en", "fr"}
	}
	if l.tongues, err = newTongues(shelf, tags); err != nil {
		return nil, err
	}
	if len(o.Logo) > 0 {
		if l.logo, err = newLogo(o.Logo); err != nil {
			return nil, err
		}
	}
	if l.about, err = l.prose.html(o.About, 2); err != nil {
		return nil, err
	}
	if l.header, err = l.prose.html(o.Header, 2); err != nil {
		return nil, err
	}
	l.footer, err = l.prose.html(o.Footer, 2)
	return l, err
}

func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// A logo is a picture as it is served.
type logo struct {
	body []byte
	kind kind
	path string
}

// newLogo recognises a picture by its first bytes. SVG is shown as a picture
// alone, in which no script runs.
func newLogo(b []byte) (*logo, error) {
	if len(b) > 100<<10 {
		return nil, fmt.Errorf("the logo has %d kB; at most 100 kB load fast enough on a bad connection", len(b)>>10)
	}
	sum := sha256.Sum256(b)
	name := "/logo-" + base64.RawURLEncoding.EncodeToString(sum[:6])
	switch {
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n")):
		return &logo{b, pngPicture, name + ".png"}, nil
	case bytes.HasPrefix(b, []byte("\xff\xd8\xff")):
		return &logo{b, jpegPicture, name + ".jpg"}, nil
	case bytes.HasPrefix(b, []byte("RIFF")) && len(b) > 12 && string(b[8:12]) == "WEBP":
		return &logo{b, webpPicture, name + ".webp"}, nil
	case bytes.Contains(b[:min(len(b), 1024)], []byte("<svg")):
		return &logo{b, svgPicture, name + ".svg"}, nil
	}
	return nil, fmt.Errorf("the logo is no picture that browsers show; use SVG, PNG, JPEG or WebP")
}

func (l *Look) logoPath() string {
	if l.logo == nil {
		return ""
	}
	return l.logo.path
}

// colour is one variable of the style sheet.
var colour = regexp.MustCompile(`--([a-z]+):(#[0-9a-f]{6})`)

// dress puts chosen colours into the style sheet, whose first block of variables
// is the light theme and whose second the dark one. Text must stay readable on
// them: 4.5:1, as WCAG 2.2 AA asks.
func dress(css string, light, dark Palette) (string, error) {
	first, rest, found := strings.Cut(css, "@media (prefers-color-scheme:dark)")
	second, rest, found2 := strings.Cut(rest, "}")
	if !found || !found2 {
		return "", fmt.Errorf("the style sheet has not the two themes that it should have")
	}
	first, err := paint("light", first, light)
	if err != nil {
		return "", err
	}
	second, err = paint("dark", second, dark)
	return first + "@media (prefers-color-scheme:dark)" + second + "}" + rest, err
}

func paint(theme, css string, p Palette) (string, error) {
	chosen := map[string]string{"paper": p.Paper, "ink": p.Ink, "soft": p.Soft, "link": p.Link, "rule": p.Rule, "tint": p.Tint}
	for name, value := range chosen {
		if value != "" && !colour.MatchString("--x:"+strings.ToLower(value)) || len(value) > 7 {
			return "", fmt.Errorf("the %s theme's %s is %q; write a colour as #1a5a96", theme, name, value)
		}
	}
	css = colour.ReplaceAllStringFunc(css, func(s string) string {
		if name := colour.FindStringSubmatch(s)[1]; chosen[name] != "" {
			return "--" + name + ":" + strings.ToLower(chosen[name])
		}
		return s
	})
	has := make(map[string]string)
	for _, m := range colour.FindAllStringSubmatch(css, -1) {
		has[m[1]] = m[2]
	}
	for _, ink := range []string{"ink", "soft", "link", "green", "yellow", "orange", "red", "blue", "gray"} {
		if r := contrast(has[ink], has["paper"]); r < 4.5 {
			return "", fmt.Errorf("the %s theme's %s on its paper has a contrast of %.1f:1, and people need 4.5:1 to read it; choose another paper or ink", theme, ink, r)
		}
	}
	for _, ink := range []string{"ink", "soft", "link"} {
		if r := contrast(has[ink], has["tint"]); r < 4.5 {
			return "", fmt.Errorf("the %s theme's %s on its tint has a contrast of %.1f:1, and people need 4.5:1 to read it; choose another tint", theme, ink, r)
		}
	}
	return css, nil
}

// contrast is the contrast ratio of two colours (WCAG 2.2, 1.4.3).
func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// luminance is a colour's relative luminance (WCAG 2.2); one that cannot be read
// is black.
func luminance(hex string) float64 {
	n, err := strconv.ParseUint(strings.TrimPrefix(hex, "#"), 16, 32)
	if err != nil {
		return 0
	}
	channel := func(shift uint) float64 {
		c := float64(n>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(16) + 0.7152*channel(8) + 0.0722*channel(0)
}

// squeeze drops comments, indentation and what else a browser does not read,
// which every page would carry.
func squeeze(css string) string {
	var b strings.Builder
	tight := strings.NewReplacer(" { ", "{", " {", "{", "; }", "}", " }", "}", ";}", "}")
	for {
		before, rest, found := strings.Cut(css, "/*")
		for line := range strings.Lines(before) {
			b.WriteString(tight.Replace(strings.TrimSpace(line)))
			if strings.HasSuffix(strings.TrimSpace(line), "}") {
				b.WriteByte('\n')
			}
		}
		if !found {
			return strings.TrimSpace(b.String())
		}
		_, css, _ = strings.Cut(rest, "*/")
	}
}

// squeezeScript drops lines that are comments, and indentation.
func squeezeScript(js string) string {
	var b strings.Builder
	for line := range strings.Lines(js) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			b.WriteString(line + "\n")
		}
	}
	return strings.TrimSpace(b.String())
}
