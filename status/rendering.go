package status

import (
	"bytes"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"sitrep/incident"
	"sitrep/status/words"
)

// A rendering is an edition in one language.
type rendering struct {
	*edition
	tongue *tongue
}

// A tongue is one language of the page with the templates that speak it.
type tongue struct {
	*words.Book
	prefix    string // of its addresses: "" for the page's own language, else "/fr"
	templates *template.Template
}

// in returns the edition in a language.
func (e *edition) in(t *tongue) rendering { return rendering{e, t} }

// main is the edition in the page's own language.
func (e *edition) main() rendering { return e.in(e.site.look.tongues[0]) }

// tongue splits an address into the language that it is in and the address
// within that language.
func (l *Look) tongue(path string) (*tongue, string) {
	for _, t := range l.tongues[1:] {
		if rest, ok := strings.CutPrefix(path, t.prefix); ok && (rest == "" || rest[0] == '/') {
			if rest == "" {
				rest = "/"
			}
			return t, rest
		}
	}
	return l.tongues[0], path
}

// execute fills a template.
func (r rendering) execute(name string, view any) (template.HTML, error) {
	var b bytes.Buffer
	if err := r.tongue.templates.ExecuteTemplate(&b, name, view); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil //nolint:gosec // made by html/template
}

// A frameView is what stands around every page's own content.
type frameView struct {
	Title     string
	Summary   string // one sentence for link previews
	Path      string // from the site's root, in the page's own language
	OpenGraph string // its type: website or article
	Name      string // of the page
	Root      string
	CSS       template.CSS
	Policy    string
	Favicon   template.URL
	Here      string // which of the navigation's pages it is
	Main      template.HTML
	Zone      string // "America/Chicago (CDT)"
	Changed   whenView
	Languages []languageView
	Logo      string // its address; empty if there is none
	Header    template.HTML
	Footer    template.HTML
	Body      string // a class for the whole
	Subscribe string // the address of the form; empty if nobody can subscribe
}

// A languageView leads to the same page in another language.
type languageView struct{ Tag, Name, Path string }

// A whenView is an instant as pages show it.
type whenView struct {
	ISO  string // for <time datetime>
	Text string
}

func (r rendering) when(t time.Time) whenView {
	return whenView{r.stamp(t), r.tongue.Time("stamp", t, r.loc)}
}

// brief is an instant in running text: "Sep 9, 15:39 CDT".
func (r rendering) brief(t time.Time) whenView {
	return whenView{r.stamp(t), r.tongue.Time("brief", t, r.loc)}
}

// frame wraps a page's main content.
func (r rendering) frame(f frameView, name string, view any, changed time.Time) ([]byte, error) {
	main, err := r.execute(name, view)
	if err != nil {
		return nil, err
	}
	l := r.site.look
	f.Main, f.Root, f.Header, f.Footer, f.Logo = main, r.root, l.header, l.footer, l.logoPath()
	if f.Name = strings.TrimSpace(clean(r.page.Name)); f.Name == "" {
		f.Name = r.tongue.Say("title.bare")
	}
	f.CSS, f.Policy = template.CSS(l.css), l.policy //nolint:gosec // our own file
	if f.Here == "now" {
		f.CSS = template.CSS(l.homeCSS) //nolint:gosec // our own file
	}
	if f.OpenGraph == "" {
		f.OpenGraph = "website"
	}
	if f.Favicon == "" {
		f.Favicon = favicon("gray")
	}
	f.Subscribe = r.forms("")
	f.Zone = r.zoneName(changed)
	if !changed.IsZero() {
		f.Changed = r.when(changed)
	}
	if f.Path != "" && len(l.tongues) > 1 {
		for _, t := range l.tongues {
			f.Languages = append(f.Languages, languageView{t.Tag, t.Name, t.path(f.Path)})
		}
	}
	var b bytes.Buffer
	err = r.tongue.templates.ExecuteTemplate(&b, "frame", f)
	return b.Bytes(), err
}

// forms is the address of the form to subscribe, with a query; empty if nobody
// can.
func (r rendering) forms(query string) string {
	if !r.site.options.Subscribe {
		return ""
	}
	return strings.TrimRight(r.site.options.Forms, "/") + r.tongue.path("/subscribe") + query
}

// zoneName names the page's zone, and what it is called at t.
func (r rendering) zoneName(t time.Time) string {
	short := "UTC"
	if !t.IsZero() {
		short = r.tongue.Time("zone", t, r.loc)
	}
	name := r.loc.String()
	if name == "UTC" || name == "Etc/UTC" {
		return short
	}
	name = strings.ReplaceAll(name, "_", " ")
	if t.IsZero() {
		return name
	}
	return name + " (" + short + ")"
}

// path is an address of the page in this language.
func (t *tongue) path(p string) string {
	if t.prefix != "" && p == "/" {
		return t.prefix
	}
	return t.prefix + p
}

// title is what the site is called: "ChargeOver Status", as hosted pages are
// titled; a page that is itself called Status is not called it twice.
func (r rendering) title() string {
	name := strings.TrimSpace(clean(r.page.Name))
	if name == "" || strings.EqualFold(name, "status") {
		return r.tongue.Say("title.bare")
	}
	return r.tongue.Say("title", "page", name)
}

// label is what the page calls update i of p in this language.
func (r rendering) label(p *incident.Public, i int) string {
	if p.Label(i) == "Update" {
		return r.tongue.Say("status.update")
	}
	return r.status(p.Updates[i].Status)
}

func (r rendering) status(s incident.Status) string {
	key := "status." + string(s)
	if said := r.tongue.Say(key); said != key {
		return said
	}
	return s.Label()
}

// A mark is a state as it is shown: class (colour), icon and words go together,
// so that no colour stands alone.
type mark struct{ Class, Icon, Words string }

func (r rendering) stateMark(s incident.ComponentState) mark {
	s = s.Worse(incident.Operational)
	m := mark{Words: r.tongue.Say("state." + string(s))}
	m.Class, m.Icon = stateLook(s)
	return m
}

// stateLook is the colour and the icon of a state.
func stateLook(s incident.ComponentState) (class, icon string) {
	switch s {
	case incident.MajorOutage:
		return "red", "cross"
	case incident.PartialOutage:
		return "orange", "triangle"
	case incident.Degraded:
		return "yellow", "minus"
	case incident.UnderMaintenance:
		return "blue", "wrench"
	default:
		return "green", "check"
	}
}

func (r rendering) impactMark(i incident.Impact) mark {
	key := "impact." + string(i)
	switch i {
	case incident.ImpactCritical:
		return mark{"red", "cross", r.tongue.Say(key)}
	case incident.ImpactMajor:
		return mark{"orange", "triangle", r.tongue.Say(key)}
	case incident.ImpactMinor:
		return mark{"yellow", "minus", r.tongue.Say(key)}
	case incident.ImpactMaintenance:
		return mark{"blue", "wrench", r.tongue.Say(key)}
	default:
		return mark{"gray", "info", r.tongue.Say("impact.none")}
	}
}

// favicon is a disc in the colour of the state, for a tab among many.
func favicon(class string) template.URL {
	colour := map[string]string{"green": "00703C", "yellow": "9D6914", "orange": "B1440E", "red": "BD0812", "blue": "1D70B8"}[class]
	if colour == "" {
		colour = "505A5F"
	}
	return template.URL("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Ccircle cx='8' cy='8' r='7' fill='%23" + colour + "'/%3E%3C/svg%3E") //nolint:gosec // constants
}

// writeMissing writes the page that stands where nothing is.
func (r rendering) writeMissing(time.Time) ([]byte, time.Time, error) {
	f := frameView{Title: r.tongue.Say("missing.short") + " - " + r.title(), Summary: r.tongue.Say("missing.title")}
	b, err := r.frame(f, "missing", nil, r.updated)
	return b, time.Time{}, err
}

// newTongues gives each language its templates. The first is the page's own.
func newTongues(shelf *words.Shelf, tags []string) ([]*tongue, error) {
	base := template.New("").Funcs(template.FuncMap{
		"icon": icon, "lower": strings.ToLower, "t": func(string, ...any) string { return "" }, "to": func(string) string { return "" },
		"lang": func() string { return "" }, "dir": func() string { return "" },
	})
	if _, err := base.ParseFS(web, "web/*.tmpl"); err != nil {
		return nil, err
	}
	var out []*tongue
	for i, tag := range tags {
		book := shelf.Book(tag)
		if book == nil {
			return nil, fmt.Errorf("there is no language %q; there are %s", tag, strings.Join(shelf.Tags(), ", "))
		}
		if slices.ContainsFunc(out, func(t *tongue) bool { return t.Tag == tag }) {
			return nil, fmt.Errorf("the language %q is named twice", tag)
		}
		t := &tongue{Book: book}
		if i > 0 {
			t.prefix = "/" + tag
		}
		own, err := base.Clone()
		if err != nil {
			return nil, err
		}
		t.templates = own.Funcs(template.FuncMap{
			"t": t.Say, "to": t.path, "lang": func() string { return t.Tag }, "dir": func() string { return t.Dir },
		})
		out = append(out, t)
	}
	return out, nil
}
