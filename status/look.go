package status

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"strings"

	"sitrep/incident"
)

//go:embed web
var web embed.FS

// A look is what all pages share: templates, style sheet and prose. It never
// changes after newLook.
type look struct {
	templates *template.Template
	css       string
	policy    string // the Content-Security-Policy that fits the style sheet
	prose     prose
}

// newLook reads the embedded files. They are part of the program and its tests
// parse them, so a fault in them is a fault of the build.
func newLook() *look {
	raw, err := web.ReadFile("web/page.css")
	if err != nil {
		panic(err)
	}
	l := &look{prose: newProse(), css: squeeze(string(raw))}
	sum := sha256.Sum256([]byte(l.css))
	l.policy = "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; img-src data:; base-uri 'none'; form-action 'none'"
	l.templates = template.Must(template.New("").Funcs(template.FuncMap{
		"icon":  icon,
		"lower": strings.ToLower,
	}).ParseFS(web, "web/*.tmpl"))
	return l
}

// squeeze drops comments and indentation, which every page would carry.
func squeeze(css string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(css, "/*")
		for line := range strings.Lines(before) {
			b.WriteString(strings.TrimSpace(line))
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

// A mark is a state as it is shown: class (colour), icon and words go together,
// so that no colour stands alone.
type mark struct{ Class, Icon, Words string }

func stateMark(s incident.ComponentState) mark {
	m := mark{Words: stateWords(s)}
	switch s {
	case incident.MajorOutage:
		m.Class, m.Icon = "red", "cross"
	case incident.PartialOutage:
		m.Class, m.Icon = "orange", "triangle"
	case incident.Degraded:
		m.Class, m.Icon = "yellow", "minus"
	case incident.UnderMaintenance:
		m.Class, m.Icon = "blue", "wrench"
	default:
		m.Class, m.Icon = "green", "check"
	}
	return m
}

// stateWords is a state in a sentence's case: "Degraded performance".
func stateWords(s incident.ComponentState) string {
	w := s.Worse(incident.Operational).Label()
	return w[:1] + strings.ToLower(w[1:])
}

func impactMark(i incident.Impact) mark {
	switch i {
	case incident.ImpactCritical:
		return mark{"red", "cross", "Critical incident"}
	case incident.ImpactMajor:
		return mark{"orange", "triangle", "Major incident"}
	case incident.ImpactMinor:
		return mark{"yellow", "minus", "Minor incident"}
	case incident.ImpactMaintenance:
		return mark{"blue", "wrench", "Scheduled maintenance"}
	default:
		return mark{"gray", "info", "Incident without impact"}
	}
}

// icon draws one of the page's icons. They are decoration: the words beside
// them say the same.
func icon(name string) template.HTML {
	const open = `<svg class="i" viewBox="0 0 16 16" aria-hidden="true">`
	disc := `<path fill="currentColor" d="M8 .5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15z"/>`
	line := func(d string) string {
		return `<path class="l" d="` + d + `"/>`
	}
	var s string
	switch name {
	case "check":
		s = disc + line("M4.7 8.3l2.2 2.2 4.4-4.7")
	case "minus":
		s = disc + line("M4.8 8h6.4")
	case "cross":
		s = disc + line("M5.4 5.4l5.2 5.2m0-5.2l-5.2 5.2")
	case "triangle":
		s = `<path fill="currentColor" d="M6.7 1.6a1.5 1.5 0 0 1 2.6 0l6 10.6a1.5 1.5 0 0 1-1.3 2.3H2a1.5 1.5 0 0 1-1.3-2.3z"/>` + line("M8 5.5v3.6m0 2.6v.02")
	case "wrench":
		s = disc + line("M10.9 4.7a2.4 2.4 0 0 0-3.1 3.1L4.9 10.7l.9.9 2.9-2.9a2.4 2.4 0 0 0 3.1-3.1l-1.4 1.3-.9-.9z")
	default:
		s = disc + line("M8 7.5v3.7m0-6.4v.02")
	}
	return template.HTML(open + s + `</svg>`) //nolint:gosec // constants
}
