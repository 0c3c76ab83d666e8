package slack

import (
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	api "github.com/slack-go/slack"

	"sitrep/bot"
	"sitrep/internal/webtest"
)

// TestStorybook lays out every message, modal and App Home about as Slack does,
// in a page to look at: in the folder that SITREP_PICTURES names, with pictures
// of it on a wide and a narrow screen, light and dark. Without that folder it
// still writes the page, and holds that it can show every block that we use.
func TestStorybook(t *testing.T) {
	dir := os.Getenv("SITREP_PICTURES")
	pictures := dir != ""
	if !pictures {
		dir = t.TempDir()
	}
	pages := map[string]string{"messages": book(messagesShown()), "modals": book(modalsShown(t)), "extremes": book(extremesShown())}
	for name, page := range pages {
		path := filepath.Join(dir, "slack-"+name+".html")
		if err := os.WriteFile(path, []byte(page), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"<main>", "INC-7"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s has no %q", name, want)
			}
		}
		if strings.Contains(page, "unknown block") {
			t.Errorf("%s has a block that the storybook cannot show", name)
		}
		if !pictures {
			continue
		}
		for _, look := range []struct {
			suffix string
			width  int
			dark   bool
		}{{"", 760, false}, {"-dark", 760, true}, {"-phone", 380, false}} {
			b := webtest.Open(t, look.width, 900, look.dark)
			b.Goto("file://" + path)
			var shot []byte
			b.Do(chromedp.FullScreenshot(&shot, 100))
			if err := os.WriteFile(filepath.Join(dir, "slack-"+name+look.suffix+".png"), shot, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// A shown is one thing in the storybook.
type shown struct {
	name, title, text, submit, close string
	blocks                           []api.Block
	modal                            bool
}

func messagesShown() (out []shown) {
	for _, s := range samples() {
		if !strings.HasPrefix(s.name, "extreme") {
			r := renderer().Render(s.m)
			out = append(out, shown{name: s.name, text: r.Text, blocks: r.Blocks})
		}
	}
	return append(out, shown{name: "App Home", blocks: renderer().Home(home()).Blocks.BlockSet})
}

func extremesShown() (out []shown) {
	for _, s := range samples() {
		if strings.HasPrefix(s.name, "extreme") {
			r := renderer().Render(s.m)
			out = append(out, shown{name: s.name, text: clip(r.Text, 200), blocks: r.Blocks})
		}
	}
	return out
}

func modalsShown(t *testing.T) (out []shown) {
	for _, s := range forms() {
		if v, err := renderer().Modal(s.form, Origin{}); err == nil {
			out = append(out, modalShown(s.name, v))
		} else {
			t.Errorf("%s: %v", s.name, err)
		}
	}
	return append(out, modalShown("a preview", renderer().PreviewModal(aPreview(), Origin{})))
}

func modalShown(name string, v api.ModalViewRequest) shown {
	s := shown{name: name, title: v.Title.Text, close: v.Close.Text, blocks: v.Blocks.BlockSet, modal: true}
	if v.Submit != nil {
		s.submit = v.Submit.Text
	}
	return s
}

func book(all []shown) string {
	var b strings.Builder
	b.WriteString(`<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Slack storybook</title><style>` + sheetCSS + `</style><main>`)
	for _, s := range all {
		fmt.Fprintf(&b, `<h6>%s</h6>`, html.EscapeString(s.name))
		if s.modal {
			fmt.Fprintf(&b, `<div class="modal"><div class="title">%s<i>×</i></div>`, html.EscapeString(s.title))
		} else {
			b.WriteString(`<div class="message"><div class="face">s</div><div class="body"><b>sitrep</b> <small class="app">APP</small> <small>3:39 PM</small>`)
		}
		for _, x := range s.blocks {
			b.WriteString(drawn(x))
		}
		if s.modal {
			fmt.Fprintf(&b, `<div class="end"><button>%s</button>`, html.EscapeString(s.close))
			if s.submit != "" {
				fmt.Fprintf(&b, `<button class="primary">%s</button>`, html.EscapeString(s.submit))
			}
			b.WriteString(`</div></div>`)
		} else {
			b.WriteString(`</div></div>`)
			if s.text != "" {
				fmt.Fprintf(&b, `<p class="note">As a notification: %s</p>`, marks(s.text))
			}
		}
	}
	return b.String() + "</main>"
}

func drawn(b api.Block) string {
	switch b := b.(type) {
	case *api.HeaderBlock:
		return "<h3>" + html.EscapeString(b.Text.Text) + "</h3>"
	case *api.DividerBlock:
		return "<hr>"
	case *api.SectionBlock:
		side := ""
		if b.Accessory != nil {
			side = buttonDrawn(b.Accessory.ButtonElement)
		}
		return `<div class="section"><div>` + marks(b.Text.Text) + `</div>` + side + `</div>`
	case *api.ContextBlock:
		s := ""
		for _, e := range b.ContextElements.Elements {
			s += marks(e.(*api.TextBlockObject).Text) + " "
		}
		return `<div class="context">` + s + `</div>`
	case *api.ActionBlock:
		s := ""
		for _, e := range b.Elements.ElementSet {
			s += buttonDrawn(e.(*api.ButtonBlockElement))
		}
		return `<div class="actions">` + s + `</div>`
	case *api.RichTextBlock:
		s := ""
		for _, e := range b.Elements {
			for _, x := range e.(*api.RichTextQuote).Elements {
				s += html.EscapeString(x.(*api.RichTextSectionTextElement).Text)
			}
		}
		return `<blockquote>` + s + `</blockquote>`
	case *api.InputBlock:
		s := `<div class="input"><b>` + html.EscapeString(b.Label.Text) + `</b>`
		if b.Optional {
			s += ` <small>(optional)</small>`
		}
		switch e := b.Element.(type) {
		case *api.PlainTextInputBlockElement:
			class := "field"
			if e.Multiline {
				class += " long"
			}
			s += `<div class="` + class + `">` + html.EscapeString(clip(e.InitialValue, 700)) + `</div>`
		case *api.SelectBlockElement:
			chosen := e.Placeholder.Text
			if e.InitialOption != nil {
				chosen = e.InitialOption.Text.Text
			}
			s += `<div class="field">` + html.EscapeString(chosen) + `<i>⌄</i></div>`
		case *api.MultiSelectBlockElement:
			chosen := ""
			for _, o := range e.InitialOptions {
				chosen += "[" + o.Text.Text + "] "
			}
			s += `<div class="field">` + html.EscapeString(chosen) + `<i>⌄</i></div>`
		}
		if b.Hint != nil {
			s += `<small>` + html.EscapeString(b.Hint.Text) + `</small>`
		}
		return s + `</div>`
	}
	return "unknown block"
}

func buttonDrawn(e *api.ButtonBlockElement) string {
	out := ""
	if e.URL != "" {
		out = " ↗"
	}
	return fmt.Sprintf(`<button class="%s">%s%s</button>`, e.Style, html.EscapeString(e.Text.Text), out)
}

var (
	dateMark = regexp.MustCompile(`<!date\^([0-9]+)\^[^|]*\|[^>]*>`)
	linkMark = regexp.MustCompile(`<(https?://[^|>]*)(?:\|([^>]*))?>`)
	roomMark = regexp.MustCompile(`<#([A-Z0-9]+)>`)
	codeMark = regexp.MustCompile("`([^`\n]+)`")
	boldMark = regexp.MustCompile(`(^|[\s(“])\*([^*\n]+)\*`)
	italMark = regexp.MustCompile(`(^|[\s(])_([^_\n]+)_`)
)

// marks shows markup as somebody in Berlin sees it; the text is escaped already.
func marks(s string) string {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	s = dateMark.ReplaceAllStringFunc(s, func(m string) string {
		n, err := strconv.ParseInt(dateMark.FindStringSubmatch(m)[1], 10, 64)
		if err != nil {
			panic(err)
		}
		return `<time>` + time.Unix(n, 0).In(berlin).Format("Jan 2, 2006, 15:04") + `</time>`
	})
	s = linkMark.ReplaceAllStringFunc(s, func(m string) string {
		x := linkMark.FindStringSubmatch(m)
		return `<a href="` + x[1] + `">` + orElse(x[2], x[1]) + `</a>`
	})
	s = roomMark.ReplaceAllString(s, `<a>#inc-channel</a>`)
	s = codeMark.ReplaceAllString(s, `<code>$1</code>`)
	s = boldMark.ReplaceAllString(s, `$1<b>$2</b>`)
	s = italMark.ReplaceAllString(s, `$1<i>$2</i>`)
	return strings.ReplaceAll(s, "\n", "<br>")
}

const sheetCSS = `
:root{color-scheme:light dark;--bg:#fff;--fg:#1d1c1d;--dim:#616061;--line:#ddd;--link:#1264a3;--field:#fff}
@media (prefers-color-scheme:dark){:root{--bg:#1a1d21;--fg:#d1d2d3;--dim:#ababad;--line:#565856;--link:#1d9bd1;--field:#222529}}
body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.466 Lato,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif}
main{max-width:46rem;padding:1rem;margin:auto}
h6{font:12px monospace;color:var(--dim);margin:1.6rem 0 .3rem;border-top:1px dotted var(--line);padding-top:.4rem}
h3{font-size:18px;line-height:1.33;margin:8px 0}
.message{display:flex;gap:8px}.face{flex:none;width:36px;height:36px;border-radius:8px;background:#4a154b;color:#fff;display:grid;place-items:center;font-weight:700}
.body{min-width:0;flex:1;max-width:600px;overflow-wrap:anywhere}
.app{background:var(--line);border-radius:2px;padding:0 3px;font-size:10px}small,.note{color:var(--dim);font-size:12px}
.note{margin:.3rem 0 0 44px;white-space:pre-wrap}
.section{margin:8px 0;display:flex;gap:12px;justify-content:space-between;align-items:flex-start}.section>div{min-width:0}.section button{flex:none}
.context{margin:8px 0;font-size:13px;color:var(--dim)}
.actions{display:flex;flex-wrap:wrap;gap:8px;margin:8px 0}
button{font:700 13px/18px inherit;color:var(--fg);background:none;border:1px solid var(--line);border-radius:4px;padding:5px 11px;max-width:100%;text-align:left}
button.primary{background:#007a5a;border-color:#007a5a;color:#fff}button.danger{background:#e01e5a;border-color:#e01e5a;color:#fff}
blockquote{margin:4px 0;padding-left:12px;border-left:4px solid var(--line);white-space:pre-wrap}
code{font-size:12px;border:1px solid var(--line);border-radius:3px;padding:1px 3px;color:#c01343}
@media (prefers-color-scheme:dark){code{color:#e8912d}}
time{border-radius:3px;background:color-mix(in srgb,var(--line) 35%,transparent);padding:0 2px}
a{color:var(--link);text-decoration:none}hr{border:0;border-top:1px solid var(--line);margin:12px 0}
.modal{border:1px solid var(--line);border-radius:8px;padding:16px 20px;max-width:480px;overflow-wrap:anywhere}
.title{font-size:20px;font-weight:900;display:flex;justify-content:space-between;margin-bottom:8px}.title i{font-style:normal;color:var(--dim)}
.input{margin:14px 0}.field{border:1px solid var(--line);border-radius:4px;background:var(--field);padding:7px 10px;margin:6px 0 3px;min-height:22px;white-space:pre-wrap;position:relative}
.field.long{min-height:66px}.field i{position:absolute;right:10px;font-style:normal}
.end{display:flex;justify-content:flex-end;gap:8px;margin-top:16px}`

// aPreview is the first preview among the samples.
func aPreview() bot.Preview {
	for _, s := range samples() {
		if p, ok := s.m.(bot.Preview); ok {
			return p
		}
	}
	panic("there is no preview among the samples")
}
