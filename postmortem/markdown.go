package postmortem

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A writer makes a report in Markdown from plain text, which it escapes. Only
// its own structure is Markdown: headings, lists, one table, references.
type writer struct {
	strings.Builder
	inList bool
}

// title begins the report.
func (w *writer) title(s string) { w.WriteString("# " + escape(s) + "\n") }

// section begins a section.
func (w *writer) section(s string) {
	w.inList = false
	w.WriteString("\n## " + escape(s) + "\n")
}

// about is a remark on the report itself, which states nothing of the incident.
func (w *writer) about(s string) { w.paragraph("*" + escape(s) + "*") }

// aside is a line of a list that is a remark on the report.
func (w *writer) aside(s string) { w.line("- *", escape(s)+"*") }

// paragraph writes sentences, each with its references, as one paragraph.
func (w *writer) paragraph(sentences ...string) {
	w.inList = false
	w.WriteString("\n" + strings.Join(sentences, " ") + "\n")
}

// item writes a line of a list.
func (w *writer) item(sentences ...string) { w.line("- ", sentences...) }

// ask writes a prompt for people, who put their words in its place.
func (w *writer) ask(sentences ...string) {
	w.inList = false
	w.WriteString("\n> " + strings.Join(sentences, " ") + "\n")
}

func (w *writer) line(mark string, sentences ...string) {
	if !w.inList {
		w.WriteByte('\n')
		w.inList = true
	}
	w.WriteString(mark + strings.Join(sentences, " ") + "\n")
}

// row writes a line of a table; the first is its head.
func (w *writer) row(head bool, cells ...string) {
	if head {
		w.inList = false
		w.WriteByte('\n')
	}
	w.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	if head {
		w.WriteString("|" + strings.Repeat(" --- |", len(cells)) + "\n")
	}
}

// cite escapes a plain sentence and puts its references after it.
func cite(sentence string, refs Refs) string {
	if len(refs) == 0 {
		return escape(sentence)
	}
	return escape(sentence) + " " + refs.String()
}

// escape makes plain text safe to stand within a line of Markdown: it can make
// no emphasis, code, link, image, reference, table cell or HTML, and no address
// in it becomes a link. Line breaks become spaces.
func escape(s string) string {
	if s == "" {
		return ""
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	if begin := blockMark.FindString(s); begin != "" { // it may stand at the beginning of a line
		last := len(begin) - 1
		b.WriteString(begin[:last] + `\` + begin[last:])
		s = s[len(begin):]
	}
	var prev rune
	for i, r := range s {
		next, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
		switch r {
		case '\n', '\r':
			r = ' '
		case '\\', '`', '*', '[', ']', '<', '|', '~':
			b.WriteByte('\\')
		case '_':
			if !word(prev) || !word(next) {
				b.WriteByte('\\')
			}
		case '&':
			if next == '#' || unicode.IsLetter(next) {
				b.WriteByte('\\')
			}
		case '@':
			if word(prev) {
				b.WriteByte('\\')
			}
		case ':':
			if next == '/' {
				b.WriteByte('\\')
			}
		case '.':
			if l := b.String(); len(l) >= 3 && strings.EqualFold(l[len(l)-3:], "www") {
				b.WriteByte('\\')
			}
		case '#':
			if next == utf8.RuneError {
				b.WriteByte('\\')
			}
		}
		b.WriteRune(r)
		prev = r
	}
	return b.String()
}

// blockMark is what begins a heading, a list, a quotation or a rule.
var blockMark = regexp.MustCompile(`^(?:[#>+=-]|[0-9]{1,9}[.)])`)

// word reports whether r is part of a word. Two underscores side by side are
// not: they could be emphasis.
func word(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
