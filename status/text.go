package status

import (
	"html/template"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	gmhtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"sitrep/status/statuspage"
)

// escapeBody returns a text as JSON and feeds carry it.
func escapeBody(s string) string { return statuspage.Body(s) }

// clean normalises new lines and replaces what no format can carry.
func clean(s string) string { return statuspage.Clean(s) }

// A prose renders the safe subset of Markdown: paragraphs, lines, emphasis,
// lists, quotes, code, tables, headings, and links to web and mail addresses.
// HTML is not read at all, so it shows as the text that it is; a picture
// becomes a link, because the page loads nothing from elsewhere.
type prose struct {
	markdown goldmark.Markdown
	policy   *bluemonday.Policy
}

func newProse() prose {
	// The parsers are listed because the default ones read HTML.
	p := parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(parser.NewListParser(), 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewCodeBlockParser(), 500),
			util.Prioritized(parser.NewATXHeadingParser(), 600),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(parser.NewBlockquoteParser(), 800),
			util.Prioritized(parser.NewParagraphParser(), 1000),
		),
		parser.WithInlineParsers(
			util.Prioritized(parser.NewCodeSpanParser(), 100),
			util.Prioritized(parser.NewLinkParser(), 200),
			util.Prioritized(parser.NewAutoLinkParser(), 300),
			util.Prioritized(parser.NewEmphasisParser(), 500),
		),
		parser.WithParagraphTransformers(
			util.Prioritized(parser.LinkReferenceParagraphTransformer, 100),
		),
	)
	policy := bluemonday.NewPolicy()
	policy.AllowElements("p", "br", "hr", "em", "strong", "del", "code", "pre", "blockquote", "ul", "ol", "li",
		"h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td")
	policy.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	policy.AllowAttrs("align").Matching(bluemonday.CellAlign).OnElements("th", "td")
	policy.AllowAttrs("href").OnElements("a")
	policy.AllowURLSchemes("http", "https", "mailto")
	policy.AllowRelativeURLs(false)
	policy.RequireParseableURLs(true)
	policy.RequireNoFollowOnLinks(true)
	return prose{
		markdown: goldmark.New(
			goldmark.WithParser(p),
			goldmark.WithExtensions(extension.Linkify, extension.Table, extension.Strikethrough),
			goldmark.WithRendererOptions(gmhtml.WithHardWraps(),
				renderer.WithNodeRenderers(util.Prioritized(imagesAsLinks{}, 100))),
		),
		policy: policy,
	}
}

// html renders a text in which the highest heading becomes <h{top}> and none
// skips a level, so that the page's own headings stay in order.
func (p prose) html(s string, top int) (template.HTML, error) {
	src := []byte(clean(s))
	doc := p.markdown.Parser().Parse(text.NewReader(src))
	levelHeadings(doc, top)
	var b strings.Builder
	if err := p.markdown.Renderer().Render(&b, src, doc); err != nil {
		return "", err
	}
	return template.HTML(p.policy.Sanitize(b.String())), nil //nolint:gosec // sanitized right here
}

// levelHeadings renumbers headings by how deep they are nested.
func levelHeadings(doc ast.Node, top int) {
	var open []int // the written levels of the headings around the current one
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		levelHeading(n, top, &open)
	}
}

func levelHeading(n ast.Node, top int, open *[]int) {
	h, ok := n.(*ast.Heading)
	if !ok {
		if n.Type() == ast.TypeBlock {
			for c := n.FirstChild(); c != nil; c = c.NextSibling() {
				levelHeading(c, top, open)
			}
		}
		return
	}
	for len(*open) > 0 && (*open)[len(*open)-1] >= h.Level {
		*open = (*open)[:len(*open)-1]
	}
	h.Level, *open = min(top+len(*open), 6), append(*open, h.Level)
}

// imagesAsLinks renders ![text](address) as a link.
type imagesAsLinks struct{}

// RegisterFuncs implements renderer.NodeRenderer.
func (imagesAsLinks) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindImage, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			_, err := w.WriteString("</a>")
			return ast.WalkContinue, err
		}
		href := util.EscapeHTML(util.URLEscape(n.(*ast.Image).Destination, true))
		_, err := w.WriteString(`<a href="` + string(href) + `">`)
		return ast.WalkContinue, err
	})
}

// excerpt returns the first words of a text without its Markdown, at most n
// characters, ending in "…" if there was more.
func (p prose) excerpt(s string, n int) string {
	src := []byte(clean(s))
	doc := p.markdown.Parser().Parse(text.NewReader(src))
	var b strings.Builder
	_ = ast.Walk(doc, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if b.Len() > 4*n+64 { // enough bytes for n characters of any length
			return ast.WalkStop, nil
		}
		switch node := node.(type) {
		case *ast.Text:
			if entering {
				b.Write(util.UnescapePunctuations(node.Segment.Value(src)))
				if node.SoftLineBreak() || node.HardLineBreak() {
					b.WriteByte(' ')
				}
			}
		case *ast.AutoLink:
			if entering {
				b.Write(node.Label(src))
			}
		case *ast.CodeBlock, *ast.FencedCodeBlock:
			if entering {
				b.WriteString(" … ")
			}
		default:
			if !entering && node.Type() == ast.TypeBlock {
				b.WriteByte(' ')
			}
		}
		return ast.WalkContinue, nil
	}) // the walker above never fails
	words := strings.Join(strings.Fields(b.String()), " ")
	rs := []rune(words)
	if len(rs) <= n {
		return words
	}
	cut := string(rs[:n])
	if i := strings.LastIndexByte(cut, ' '); i > len(cut)/2 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, " ,;:.") + "…"
}
