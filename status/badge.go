package status

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"sitrep/incident"
)

// badge draws the state of the page, or of a component, as a picture for other
// pages: /badge.svg. The words are the state; the colour goes with them.
func (e *edition) badge(of *row) []byte {
	r := e.main()
	label, state := r.title(), incident.Operational
	var says string
	if of != nil {
		label, state = clean(of.Name), of.state
		says = r.stateMark(state).Words
	} else {
		says, state = r.badgeWords()
	}
	class, _ := stateLook(state)
	fill := map[string]string{"green": "#00703c", "yellow": "#85570f", "orange": "#b1440e", "red": "#bd0812", "blue": "#1d70b8"}[class]
	label, says = shorten(label, 40), shorten(says, 60)
	left, right := textWidth(label)+16, textWidth(says)+16
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="22" role="img" aria-label="%s: %s">`, left+right, xmlAttr(label), xmlAttr(says))
	fmt.Fprintf(&b, `<title>%s: %s</title>`, xmlText(label), xmlText(says))
	fmt.Fprintf(&b, `<clipPath id="r"><rect width="%d" height="22" rx="4"/></clipPath><g clip-path="url(#r)"><rect width="%d" height="22" fill="#33393e"/><rect x="%d" width="%d" height="22" fill="%s"/></g>`,
		left+right, left, left, right, fill)
	b.WriteString(`<g fill="#fff" font-family="system-ui,Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">`)
	fmt.Fprintf(&b, `<text x="8" y="15" textLength="%d" lengthAdjust="spacingAndGlyphs">%s</text><text x="%d" y="15" textLength="%d" lengthAdjust="spacingAndGlyphs">%s</text></g></svg>`,
		left-16, xmlText(label), left+8, right-16, xmlText(says))
	return []byte(b.String())
}

// badgeWords is the state of the whole in few words.
func (r rendering) badgeWords() (string, incident.ComponentState) {
	sentence, state := r.headline()
	if state == incident.Operational {
		return sentence, state
	}
	if roll := r.rollUp(); roll.state != incident.Operational {
		return r.stateMark(state).Words, state
	}
	return sentence, state
}

// textWidth is about how wide a text is in a font of 11 pixels; the picture
// stretches the text to exactly that, whatever font it is shown in.
func textWidth(s string) int {
	w := 0
	for _, c := range s {
		switch {
		case strings.ContainsRune("iljtfI.,:;'|! ", c):
			w += 36
		case strings.ContainsRune("mwMW%", c):
			w += 98
		case c >= 'A' && c <= 'Z':
			w += 75
		case c > 0x2e80: // wide scripts
			w += 110
		default:
			w += 64
		}
	}
	return max(w/10, 1)
}

func shorten(s string, n int) string {
	s = strings.Join(strings.Fields(clean(s)), " ")
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}
