package statuspage

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// bodyEscaper makes a text safe to stand in HTML as the format wants it. Quotes
// are left alone, as in real payloads: a body is text between tags.
var bodyEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\n", "<br />")

// Body writes a text as the format carries it: escaped, with each new line as
// "<br />". Markdown is left as it was written.
func Body(text string) string { return bodyEscaper.Replace(Clean(text)) }

// Clean normalises new lines and replaces what no format can carry.
func Clean(s string) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n"), "\uFFFD")
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r == 0xFFFE || r == 0xFFFF {
			return '\uFFFD'
		}
		return r
	}, s)
}

// Text reads a body as people would have written it: "<br />" is a new line, an
// address its Markdown, and what is not known is left out but for its text.
// harmless reports whether the body may be handed on as it is: it holds nothing
// but text, breaks and the tags of ordinary prose, so that no reader's program
// can be made to do anything by it.
func Text(body string) (text string, harmless bool) {
	var b strings.Builder
	harmless = true
	z := html.NewTokenizer(strings.NewReader(body))
	var skip atom.Atom // inside something whose text is no text
	var link string
	for {
		switch z.Next() {
		case html.ErrorToken: // the end: a reader of a string fails in no other way
			if rest := z.Raw(); len(rest) > 0 { // within a tag, which what follows could finish
				harmless = false
				b.Write(rest)
			}
			return strings.TrimSpace(Clean(b.String())), harmless
		case html.TextToken:
			if skip == 0 {
				b.WriteString(html.UnescapeString(string(z.Raw())))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			harmless = harmless && ordinary(t)
			switch t.DataAtom {
			case atom.Br:
				b.WriteByte('\n')
			case atom.Li:
				b.WriteString("\n- ")
			case atom.A:
				link = attribute(t, "href")
				if link != "" {
					b.WriteByte('[')
				}
			case atom.Strong, atom.B:
				b.WriteString("**")
			case atom.Script, atom.Style, atom.Iframe, atom.Noscript, atom.Template, atom.Title, atom.Textarea:
				if t.Type == html.StartTagToken {
					skip = t.DataAtom
				}
			}
		case html.EndTagToken:
			t := z.Token()
			switch t.DataAtom {
			case atom.P, atom.Div, atom.H1, atom.H2, atom.H3, atom.H4, atom.Ul, atom.Ol:
				b.WriteString("\n\n")
			case atom.A:
				if link != "" {
					b.WriteString("](" + link + ")")
				}
				link = ""
			case atom.Strong, atom.B:
				b.WriteString("**")
			}
			if t.DataAtom == skip {
				skip = 0
			}
		default: // a comment, a doctype
			harmless = false
		}
	}
}

// ordinary reports whether a tag is one of prose, with no attribute but the
// address of a link.
func ordinary(t html.Token) bool {
	prose := []atom.Atom{
		atom.Br, atom.P, atom.A, atom.B, atom.Strong, atom.I, atom.Em, atom.U, atom.Code, atom.Pre, atom.Ul, atom.Ol, atom.Li,
		atom.Blockquote, atom.H1, atom.H2, atom.H3, atom.H4, atom.Hr, atom.Small,
	}
	if !slices.Contains(prose, t.DataAtom) {
		return false
	}
	for _, a := range t.Attr {
		switch {
		case t.DataAtom == atom.A && a.Key == "href":
			u, err := url.Parse(a.Val)
			if err != nil || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "mailto" {
				return false
			}
		case t.DataAtom == atom.A && (a.Key == "target" || a.Key == "rel"):
		default:
			return false
		}
	}
	return true
}

// attribute returns an attribute's value; empty if it has none.
func attribute(t html.Token, key string) string {
	for _, a := range t.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
