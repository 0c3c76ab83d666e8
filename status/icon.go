package status

import "html/template"

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
