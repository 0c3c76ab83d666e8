package discord

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

	"sitrep/bot"
	"sitrep/internal/webtest"
)

// TestStorybook draws every message and form about as Discord does, in a page
// to look at: in the folder that SITREP_PICTURES names, with pictures of it on a
// desk and on a phone.
func TestStorybook(t *testing.T) {
	dir := os.Getenv("SITREP_PICTURES")
	if dir == "" {
		t.Skip("SITREP_PICTURES names no folder for the pictures")
	}
	r := forGolden(t)
	var chat []string
	for _, s := range samples(t) {
		chat = append(chat, `<h2>`+s.name+`</h2>`+drawn(r.render(s.m)))
		if f, ok := s.m.(bot.Form); ok {
			if m, ok := r.open(f); ok {
				chat = append(chat, `<h2>its form</h2>`+drawnModal(m))
			}
		}
	}
	for part := 0; part*5 < len(chat); part++ {
		page := filepath.Join(dir, fmt.Sprintf("discord-%d.html", part+1))
		body := strings.Join(chat[part*5:min(len(chat), part*5+5)], "\n")
		if err := os.WriteFile(page, []byte(`<!doctype html><meta charset=utf-8><meta name=viewport content="width=device-width"><style>`+style+`</style>`+body), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, w := range []struct {
			name          string
			width, height int
		}{{"desk", 760, 1800}, {"phone", 390, 2200}} {
			b := webtest.Open(t, w.width, w.height, true)
			b.Goto("file://" + page)
			b.See("h2", "")
			b.Picture(filepath.Join(dir, fmt.Sprintf("discord-%d-%s.png", part+1, w.name)))
		}
	}
}

const style = `body{background:#313338;color:#dbdee1;font:16px/1.375 "gg sans","Noto Sans",Helvetica,Arial,sans-serif;margin:16px;max-width:720px}
h2{font-size:11px;color:#80848e;margin:22px 0 4px;text-transform:uppercase}h3{margin:4px 0;font-size:18px;color:#f2f3f5}.who{color:#f2f3f5;font-weight:500}.bot{background:#5865f2;color:#fff;font-size:10px;border-radius:3px;padding:1px 4px;margin-left:4px}
.embed{background:#2b2d31;border-left:4px solid #1e1f22;border-radius:4px;padding:10px 14px;margin:4px 0;max-width:516px;font-size:14px}.title{font-weight:600;color:#f2f3f5;margin-bottom:6px}
.foot{font-size:12px;margin-top:8px;color:#b5bac1}blockquote{margin:2px 0;padding-left:10px;border-left:4px solid #4e5058}.small{font-size:12.5px;color:#949ba4}
code{background:#1e1f22;border-radius:3px;padding:1px 4px;font-size:85%}.t{background:#3c3e44;border-radius:3px;padding:0 2px}
.row{display:flex;flex-wrap:wrap;gap:8px;margin:6px 0}.b{border-radius:4px;padding:6px 14px;font-size:14px;color:#fff;background:#4e5058}.b1{background:#5865f2}.b4{background:#da373c}
.menu{display:flex;justify-content:space-between;box-sizing:border-box;width:100%;max-width:400px;background:#1e1f22;border-radius:4px;padding:8px 12px;font-size:14px}a{color:#00a8fc}
.modal{background:#2b2d31;border-radius:8px;padding:16px;max-width:440px}.modal label{display:block;font-weight:600;margin-top:12px}.modal .hint{font-size:13px;color:#b5bac1;font-weight:400}.in{background:#1e1f22;border-radius:4px;padding:8px;margin-top:4px;min-height:20px}`

// drawn is a letter in HTML.
func drawn(l letter) string {
	var b strings.Builder
	b.WriteString(`<div><span class=who>sitrep</span><span class=bot>APP</span>`)
	if l.Content != "" {
		b.WriteString("<div>" + marked(l.Content) + "</div>")
	}
	for _, e := range l.Embeds {
		fmt.Fprintf(&b, `<div class=embed style="border-color:#%06x">`, e.Color)
		if e.Title != "" {
			b.WriteString("<div class=title>" + marked(e.Title) + "</div>")
		}
		b.WriteString(marked(e.Description))
		if e.Footer != nil {
			b.WriteString("<div class=foot>" + html.EscapeString(e.Footer.Text) + "</div>")
		}
		b.WriteString("</div>")
	}
	for _, row := range l.Components {
		b.WriteString("<div class=row>")
		for _, c := range row.Components {
			if c.Type == kindMenu {
				shown := c.Placeholder
				for _, o := range c.Options {
					if o.Default {
						shown = o.Label
					}
				}
				fmt.Fprintf(&b, `<span class=menu>%s<span>▾</span></span>`, html.EscapeString(shown))
				continue
			}
			fmt.Fprintf(&b, `<span class="b b%d">%s</span>`, c.Style, html.EscapeString(c.Label))
		}
		b.WriteString("</div>")
	}
	return b.String() + "</div>"
}

func drawnModal(m modal) string {
	var b strings.Builder
	b.WriteString("<div class=modal><h3>" + html.EscapeString(m.Title) + "</h3>")
	for _, c := range m.Components {
		b.WriteString("<label>" + html.EscapeString(c.Label) + "<div class=hint>" + html.EscapeString(c.Description) + "</div></label>")
		value := c.Component.Value
		for _, o := range c.Component.Options {
			if o.Default {
				value = o.Label + " ▾"
			}
		}
		if value == "" && c.Component.Type == kindMenu {
			value = "Select ▾"
		}
		b.WriteString("<div class=in>" + html.EscapeString(value) + "</div>")
	}
	return b.String() + "</div>"
}

// marked is Discord's Markdown in HTML, as far as the messages use it.
func marked(s string) string {
	var out []string
	for _, l := range strings.Split(s, "\n") {
		quoted, isQuote := strings.CutPrefix(l, "> ")
		tiny, isSmall := strings.CutPrefix(l, "-# ")
		head, isHead := strings.CutPrefix(l, "### ")
		switch {
		case isQuote:
			out = append(out, "<blockquote>"+inline(quoted)+"</blockquote>")
		case isSmall:
			out = append(out, "<div class=small>"+inline(tiny)+"</div>")
		case isHead:
			out = append(out, "<h3>"+inline(head)+"</h3>")
		default:
			out = append(out, "<div>"+inline(l)+"&#8203;</div>")
		}
	}
	return strings.Join(out, "")
}

var (
	boldMark  = regexp.MustCompile(`\*\*(.+?)\*\*`)
	codeMark  = regexp.MustCompile("`([^`]+)`")
	timeMark  = regexp.MustCompile(`&lt;t:(\d+):([ft])&gt;`)
	linkMark  = regexp.MustCompile(`&lt;(https?://[^ ]+?)&gt;`)
	slashMark = regexp.MustCompile(`\\([^A-Za-z0-9\s&])`)
)

func inline(s string) string {
	s = html.EscapeString(s)
	s = regexp.MustCompile(`\\(&lt;|&gt;)`).ReplaceAllString(s, "$1")
	var kept []string
	s = slashMark.ReplaceAllStringFunc(s, func(x string) string {
		kept = append(kept, x[1:])
		return fmt.Sprintf("\x00%d\x00", len(kept)-1)
	})
	s = timeMark.ReplaceAllStringFunc(s, func(x string) string {
		parts := timeMark.FindStringSubmatch(x)
		sec, err := strconv.ParseInt(parts[1], 10, 64)
		if err != nil {
			return x
		}
		layout := map[string]string{"f": "2 January 2006 15:04", "t": "15:04"}[parts[2]]
		return `<span class=t>` + time.Unix(sec, 0).UTC().Add(2*time.Hour).Format(layout) + `</span>`
	})
	s = linkMark.ReplaceAllString(s, `<a>$1</a>`)
	s = boldMark.ReplaceAllString(s, "<b>$1</b>")
	s = codeMark.ReplaceAllString(s, "<code>$1</code>")
	for i, k := range kept {
		s = strings.Replace(s, fmt.Sprintf("\x00%d\x00", i), k, 1)
	}
	return s
}
