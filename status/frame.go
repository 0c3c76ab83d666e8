package status

import (
	"bytes"
	"html/template"
	"strings"
	"time"

	"sitrep/incident"
	"sitrep/instant"
)

// A frameView is what stands around every page's own content.
type frameView struct {
	Title     string
	Summary   string // one sentence for link previews
	Path      string // from the site's root
	OpenGraph string // its type: website or article
	Page      incident.Page
	Root      string
	CSS       template.CSS
	Policy    string
	Favicon   template.URL
	Home      bool
	Main      template.HTML
	Zone      string // "America/Chicago (CDT)"
	Changed   whenView
}

// A whenView is an instant as pages show it.
type whenView struct {
	ISO  string // for <time datetime>
	Text string
}

func (e *edition) when(t time.Time) whenView {
	return whenView{e.stamp(t), instant.Stamp(t, e.loc)}
}

// brief is an instant in running text: "Sep 9, 15:39 CDT".
func (e *edition) brief(t time.Time) whenView {
	return whenView{e.stamp(t), t.In(e.loc).Format("Jan 2, ") + instant.Clock(t, e.loc)}
}

// frame wraps a page's main content.
func (e *edition) frame(f frameView, name string, view any, changed time.Time) ([]byte, error) {
	main, err := e.execute(name, view)
	if err != nil {
		return nil, err
	}
	f.Main, f.Page, f.Root = main, e.page, e.root
	if f.Page.Name = strings.TrimSpace(clean(f.Page.Name)); f.Page.Name == "" {
		f.Page.Name = "Status"
	}
	f.CSS, f.Policy = template.CSS(e.site.look.css), e.site.look.policy //nolint:gosec // our own file
	if f.OpenGraph == "" {
		f.OpenGraph = "website"
	}
	if f.Favicon == "" {
		f.Favicon = favicon("gray")
	}
	zone := "UTC"
	if !changed.IsZero() {
		f.Changed = e.when(changed)
		zone = instant.Zone(changed, e.loc)
	}
	f.Zone = zone
	if name := e.loc.String(); name != "UTC" && name != "Etc/UTC" {
		f.Zone = strings.ReplaceAll(name, "_", " ")
		if !changed.IsZero() {
			f.Zone += " (" + zone + ")"
		}
	}
	var b bytes.Buffer
	err = e.site.look.templates.ExecuteTemplate(&b, "frame", f)
	return b.Bytes(), err
}

func (e *edition) execute(name string, view any) (template.HTML, error) {
	var b bytes.Buffer
	if err := e.site.look.templates.ExecuteTemplate(&b, name, view); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil //nolint:gosec // made by html/template
}

// favicon is a disc in the colour of the state, for a tab among many.
func favicon(class string) template.URL {
	colour := map[string]string{"green": "00703C", "yellow": "9D6914", "orange": "B1440E", "red": "BD0812", "blue": "1D70B8"}[class]
	if colour == "" {
		colour = "505A5F"
	}
	return template.URL("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Ccircle cx='8' cy='8' r='7' fill='%23" + colour + "'/%3E%3C/svg%3E") //nolint:gosec // constants
}

// statusTitle is what the site is called: "ChargeOver Status", as hosted pages
// are titled; a page that is itself called Status is not called it twice.
func (e *edition) statusTitle() string {
	name := strings.TrimSpace(clean(e.page.Name))
	if name == "" || strings.EqualFold(name, "status") {
		return "Status"
	}
	return name + " Status"
}

// writeMissing writes the page that stands where nothing is.
func (e *edition) writeMissing(time.Time) ([]byte, time.Time, error) {
	b, err := e.frame(frameView{Title: "Not found - " + e.statusTitle(), Summary: "There is no page at this address."}, "missing", nil, e.updated)
	return b, time.Time{}, err
}
