package fakeslack

import (
	"fmt"
	"html"
	"maps"
	"regexp"
	"slices"
	"strings"
)

var markup = regexp.MustCompile(`<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>`)

// plainText resolves what Slack resolves in a text: names for ids, the fallback
// of a date, the words of a link.
func (f *Fake) plainText(s string) string {
	s = markup.ReplaceAllStringFunc(s, func(m string) string {
		p := markup.FindStringSubmatch(m)
		kind, what, label := p[1], p[2], p[3]
		switch {
		case kind == "@":
			if u := f.users[what]; u != nil {
				return "@" + u.Name
			}
		case kind == "#":
			if c := f.channels[what]; c != nil {
				return "#" + c.name
			}
		case kind == "!" && strings.HasPrefix(what, "subteam^"):
			for _, g := range f.groups {
				if g.ID == strings.TrimPrefix(what, "subteam^") {
					return "@" + g.Handle
				}
			}
		case kind == "!" && !strings.HasPrefix(what, "date^"):
			return "@" + what
		}
		if label != "" {
			return label
		}
		return what
	})
	return html.UnescapeString(s)
}

// pings are those whom a message notifies by name: in its blocks, if it has some.
func (f *Fake) pings(m *message) []string {
	where := m.text
	if len(m.blocks) > 0 {
		where = strings.Join(texts(m.blocks), " ")
	}
	var out []string
	for _, p := range markup.FindAllStringSubmatch(where, -1) {
		if p[1] == "@" || p[1] == "!" && !strings.HasPrefix(p[2], "date^") {
			out = append(out, strings.TrimPrefix(f.plainText(p[0]), "@"))
		}
	}
	return out
}

// texts are all mrkdwn texts in blocks, and what rich text has in their place.
func texts(x any) []string {
	var out []string
	switch v := x.(type) {
	case []any:
		for _, e := range v {
			out = append(out, texts(e)...)
		}
	case obj:
		if kind := text(v, "type"); kind == "mrkdwn" || kind == "markdown" {
			return []string{text(v, "text")}
		} else if kind == "rich_text" {
			s, _ := richText(v)
			return []string{s}
		}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			out = append(out, texts(v[k])...)
		}
	}
	return out
}

// render is what a person reads in a message, and what they can press.
func (f *Fake) render(m *message) (string, []Button) {
	var out []string
	var buttons []Button
	if len(m.blocks) > 0 {
		s, b := f.read(m.blocks)
		out, buttons = append(out, s), b
	} else if m.text != "" {
		out = append(out, f.plainText(m.text))
	}
	for _, a := range m.attachments {
		att, _ := a.(obj)
		for _, k := range []string{"pretext", "title", "text"} {
			if s := text(att, k); s != "" {
				out = append(out, f.plainText(s))
			}
		}
		for _, x := range list(att, "fields") {
			field, _ := x.(obj)
			out = append(out, f.plainText(text(field, "title"))+": "+f.plainText(text(field, "value")))
		}
		if blocks := list(att, "blocks"); blocks != nil {
			s, b := f.read(blocks)
			out, buttons = append(out, s), append(buttons, b...)
		}
	}
	return strings.Join(out, "\n"), buttons
}

// read is the text of blocks, one part a line, and the buttons in them. Buttons
// and menus are shown as [label].
func (f *Fake) read(blocks []any) (string, []Button) {
	var lines []string
	var buttons []Button
	put := func(s string) {
		if s != "" {
			lines = append(lines, s)
		}
	}
	words := func(x any) string {
		o, _ := x.(obj)
		if text(o, "type") == "mrkdwn" {
			return f.plainText(text(o, "text"))
		}
		return text(o, "text")
	}
	element := func(block obj, x any) string {
		el, _ := x.(obj)
		switch kind := text(el, "type"); kind {
		case "":
			return ""
		case "mrkdwn", "plain_text":
			return words(el)
		case "image":
			return "(" + text(el, "alt_text") + ")"
		case "button", "workflow_button":
			buttons = append(buttons, Button{text(block, "block_id"), text(el, "action_id"), inner(el, "text"), text(el, "value"), text(el, "url"), text(el, "style")})
			return "[" + inner(el, "text") + "]"
		case "overflow", "checkboxes", "radio_buttons":
			var opts []string
			for _, o := range offered(el) {
				opts = append(opts, inner(o, "text"))
			}
			return "[" + strings.Join(opts, " | ") + "]"
		default:
			return "[" + inner(el, "placeholder") + "]"
		}
	}
	for _, b := range blocks {
		block, _ := b.(obj)
		switch text(block, "type") {
		case "header", "section":
			put(words(block["text"]))
			for _, x := range list(block, "fields") {
				put(words(x))
			}
			put(element(block, block["accessory"]))
		case "context", "actions", "context_actions":
			var parts []string
			for _, x := range list(block, "elements") {
				parts = append(parts, element(block, x))
			}
			put(strings.Join(parts, " "))
		case "input":
			put(inner(block, "label"))
			put(element(block, block["element"]))
			put(inner(block, "hint"))
		case "divider":
			put("---")
		case "image":
			put(strings.TrimSpace(inner(block, "title") + " (" + text(block, "alt_text") + ")"))
		case "markdown":
			put(text(block, "text"))
		case "rich_text":
			s, _ := richText(block)
			put(f.plainText(s))
		case "table", "data_table":
			for _, r := range list(block, "rows") {
				cells, _ := r.([]any)
				var row []string
				for _, c := range cells {
					cell, _ := c.(obj)
					if s, rich := richText(cell); rich {
						row = append(row, s)
					} else {
						row = append(row, text(cell, "text"))
					}
				}
				put(strings.Join(row, " | "))
			}
		default:
			put(fmt.Sprintf("(%s)", text(block, "type")))
		}
	}
	return strings.Join(lines, "\n"), buttons
}

// richText is the text of a rich_text block, with mentions as mrkdwn has them.
func richText(o obj) (string, bool) {
	if text(o, "type") != "rich_text" {
		return "", false
	}
	var walk func(x any) string
	walk = func(x any) string {
		el, _ := x.(obj)
		switch text(el, "type") {
		case "text":
			return html.EscapeString(text(el, "text"))
		case "link":
			if label := text(el, "text"); label != "" {
				return "<" + text(el, "url") + "|" + html.EscapeString(label) + ">"
			}
			return "<" + text(el, "url") + ">"
		case "user":
			return "<@" + text(el, "user_id") + ">"
		case "channel":
			return "<#" + text(el, "channel_id") + ">"
		case "usergroup":
			return "<!subteam^" + text(el, "usergroup_id") + ">"
		case "broadcast":
			return "<!" + text(el, "range") + ">"
		case "emoji":
			return ":" + text(el, "name") + ":"
		}
		var parts []string
		for _, e := range list(el, "elements") {
			parts = append(parts, walk(e))
		}
		sep := ""
		if k := text(el, "type"); k == "rich_text" || k == "rich_text_list" {
			sep = "\n"
		}
		return strings.Join(parts, sep)
	}
	return walk(o), true
}
