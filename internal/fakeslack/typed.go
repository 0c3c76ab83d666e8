package fakeslack

import (
	"html"
	"regexp"
	"strings"
)

var (
	named  = regexp.MustCompile(`(^|[\s(])([@#])([\p{L}\p{N}_.-]*[\p{L}\p{N}_-])`)
	linked = regexp.MustCompile(`https?://[^\s<>|]+[^\s<>|.,;:!?)]`)
)

// Type writes a message as a person types it: what Slack makes of it is what is
// stored. & < > are escaped, names of people, groups and channels become
// mentions, addresses become links; other names stay as they are.
func (f *Fake) Type(where, who, text string) Ref {
	f.mu.Lock()
	stored := f.stored(text)
	f.mu.Unlock()
	return f.Say(where, who, stored)
}

// stored is a text as Slack keeps it.
func (f *Fake) stored(text string) string {
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace
	var b strings.Builder
	at := 0
	for _, link := range linked.FindAllStringIndex(text, -1) {
		b.WriteString(f.mentions(escape(text[at:link[0]])))
		b.WriteString("<" + escape(text[link[0]:link[1]]) + ">")
		at = link[1]
	}
	b.WriteString(f.mentions(escape(text[at:])))
	return b.String()
}

// mentions puts ids in the place of names.
func (f *Fake) mentions(text string) string {
	return named.ReplaceAllStringFunc(text, func(s string) string {
		p := named.FindStringSubmatch(s)
		before, sign, name := p[1], p[2], p[3]
		if sign == "#" {
			for _, c := range f.channels {
				if c.name == name && !c.im && !c.gone {
					return before + "<#" + c.id + "|" + name + ">"
				}
			}
			return s
		}
		switch name {
		case "here", "channel", "everyone":
			return before + "<!" + name + ">"
		}
		for _, u := range f.users {
			if u.Name == name {
				return before + "<@" + u.ID + ">"
			}
		}
		for _, g := range f.groups {
			if g.Handle == name {
				return before + "<!subteam^" + g.ID + "|@" + name + ">"
			}
		}
		return s
	})
}

// rich is a text as the rich_text block that comes with every message that a
// person writes. Emphasis stays as it is written.
func (f *Fake) rich(text string) []any {
	if text == "" {
		return nil
	}
	var parts []any
	plain := func(s string) {
		if s != "" {
			parts = append(parts, obj{"type": "text", "text": html.UnescapeString(s)})
		}
	}
	at := 0
	for _, p := range markup.FindAllStringSubmatchIndex(text, -1) {
		plain(text[at:p[0]])
		at = p[1]
		kind, what, label := text[p[2]:p[3]], text[p[4]:p[5]], ""
		if p[6] >= 0 {
			label = html.UnescapeString(text[p[6]:p[7]])
		}
		group, isGroup := strings.CutPrefix(what, "subteam^")
		switch {
		case kind == "@":
			parts = append(parts, obj{"type": "user", "user_id": what})
		case kind == "#":
			parts = append(parts, obj{"type": "channel", "channel_id": what})
		case isGroup:
			parts = append(parts, obj{"type": "usergroup", "usergroup_id": group})
		case kind == "!" && strings.HasPrefix(what, "date^"):
			plain(label)
		case kind == "!":
			parts = append(parts, obj{"type": "broadcast", "range": what})
		default:
			link := obj{"type": "link", "url": html.UnescapeString(what)}
			if label != "" {
				link["text"] = label
			}
			parts = append(parts, link)
		}
	}
	plain(text[at:])
	return []any{obj{"type": "rich_text", "block_id": f.id("")[3:], "elements": []any{obj{"type": "rich_text_section", "elements": parts}}}}
}
