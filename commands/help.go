package commands

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"sitrep/bot"
	"sitrep/incident"
)

func help(_ context.Context, r *Runner, c *call) (bot.Message, error) {
	word, _ := cutVerb(c.text)
	if word == "" {
		return r.Help(), nil
	}
	v, near := Find(r.table, word)
	if v == nil {
		return r.unknown(word, near), nil
	}
	h := helpOf(*v)
	for _, s := range v.Subs {
		if s.Summary != "" {
			h.Details = append(h.Details, strings.TrimSpace(v.Name+" "+s.Name+" "+s.Usage)+": "+s.Summary)
		}
	}
	for _, k := range v.Keys {
		if k.Help != "" {
			h.Details = append(h.Details, k.Name+":"+k.Hint+" — "+k.Help)
		}
	}
	if len(v.Aliases) > 0 {
		h.Details = append(h.Details, "Also: "+strings.Join(v.Aliases, ", "))
	}
	h.Details = append(h.Details, "Seen by: "+seen(v.Seen))
	h.Example = "/" + r.o.Name + " " + v.Example
	return bot.Help{Verbs: []bot.VerbHelp{h}}, nil
}

// Help lists all verbs.
func (r *Runner) Help() bot.Help {
	h := bot.Help{Intro: fmt.Sprintf("Type /%s and one of these. Anything you leave out can be added later.", r.o.Name)}
	for _, v := range r.table {
		if !v.Hidden {
			h.Verbs = append(h.Verbs, helpOf(v))
		}
	}
	return h
}

func helpOf(v Verb) bot.VerbHelp {
	return bot.VerbHelp{Name: v.Name, Usage: v.Usage, Summary: v.Summary}
}

func seen(a Audience) string {
	switch a {
	case Author:
		return "you alone"
	case Thread:
		return "the card's thread"
	case Customers:
		return "customers, once it is confirmed"
	}
	return "the incident's room"
}

// bareCommand answers the command's name alone: in a room what can be done
// there, elsewhere the form that declares.
func (r *Runner) bareCommand(c *call, target string) (bot.Message, error) {
	in := r.board.ByRoom(c.req.In)
	if target != "" {
		in = r.board.Get(target)
	}
	if in != nil && r.Visible(c.req.By, in) {
		return r.card(in, c), nil
	}
	if !c.req.Interactive {
		return r.Help(), nil
	}
	v, _ := Find(r.table, "declare")
	if p := r.may(v.Needs, c.req.By, nil); p != nil {
		return nil, p
	}
	c.args = args{verb: v, vals: map[string]string{}}
	return *r.form(c), nil
}

// Complete says what can be typed next after line, which comes without the
// command's name. At most most suggestions.
func (r *Runner) Complete(req bot.Request, line string, most int) []bot.Suggestion {
	head := strings.TrimRightFunc(line, func(r rune) bool { return !unicode.IsSpace(r) })
	last := line[len(head):]
	word, _ := cutVerb(head)
	if word == "" {
		return r.completeVerb(last, most)
	}
	v, _ := Find(r.table, word)
	if v == nil {
		return nil
	}
	in := r.board.ByRoom(req.In)
	var out []bot.Suggestion
	add := func(text, help string) {
		if len(out) < most && text != "" && strings.HasPrefix(strings.ToLower(text), strings.ToLower(last)) && text != last {
			out = append(out, bot.Suggestion{Text: head + text, Show: text, Help: help})
		}
	}
	if key, value, ok := cut(last); ok { // a value is being typed
		if k, known := v.key(key); known {
			last = value
			head += key + separator(line, key)
			for _, x := range r.values(k, in) {
				add(x.Text, x.Help)
			}
			return out
		}
	}
	if strings.Count(strings.TrimSpace(head), " ") == 0 {
		for _, s := range v.Subs {
			add(s.Name+" ", s.Summary)
		}
	}
	for _, k := range v.Bare {
		for _, x := range r.values(bareKey(k), in) {
			add(x.Text+" ", x.Help)
		}
	}
	for _, k := range v.Keys {
		if !strings.Contains(line, k.Name+":") {
			add(k.Name+":", k.Help)
		}
	}
	if v.Name == "affects" {
		for _, x := range r.values("affects", in) {
			add(x.Text, x.Help)
		}
	}
	if v.Name == "help" {
		for _, x := range r.completeVerb(last, most) {
			add(x.Show, x.Help)
		}
	}
	return out
}

// bareKey is the key whose values a bare word of a kind can be; "" if it is no
// key's.
func bareKey(kind string) string {
	switch kind {
	case "person":
		return "who"
	case "milestone":
		return "name"
	case "severity", "status", "role", "version", "into", "target":
		return kind
	}
	return ""
}

// separator is what follows key in line: a colon or an equals sign.
func separator(line, key string) string {
	if i := strings.LastIndex(line, key); i >= 0 && i+len(key) < len(line) {
		return line[i+len(key) : i+len(key)+1]
	}
	return ":"
}

func (r *Runner) completeVerb(word string, most int) []bot.Suggestion {
	var out []bot.Suggestion
	for _, v := range r.table {
		if v.Hidden || len(out) == most {
			continue
		}
		if strings.HasPrefix(v.Name, strings.ToLower(word)) {
			out = append(out, bot.Suggestion{Text: v.Name + " ", Show: v.Name, Help: v.Summary})
		}
	}
	for _, v := range r.table {
		for _, a := range v.Aliases {
			if !v.Hidden && word != "" && len(out) < most && strings.HasPrefix(a, strings.ToLower(word)) && !strings.HasPrefix(v.Name, strings.ToLower(word)) {
				out = append(out, bot.Suggestion{Text: a + " ", Show: a, Help: v.Name + ": " + v.Summary})
				break
			}
		}
	}
	return out
}

// values lists what a key can be.
func (r *Runner) values(key string, in *incident.Incident) []bot.Suggestion {
	var out []bot.Suggestion
	add := func(text, help string) { out = append(out, bot.Suggestion{Text: text, Help: help}) }
	switch key {
	case "severity":
		for _, s := range r.severityNames() {
			add(s, "severity")
		}
	case "status":
		for _, s := range incident.Statuses() {
			add(string(s), "status")
		}
	case "role":
		for _, n := range r.roleNames() {
			add(n, "role")
		}
	case "who":
		add("@me", "you")
		for _, p := range r.o.People {
			add("@"+strings.TrimPrefix(p.Name, "@"), "")
		}
		if in != nil {
			for _, role := range slices.Sorted(maps.Keys(in.Roles)) {
				add("@"+strings.TrimPrefix(in.Roles[role].Name, "@"), role)
			}
		}
	case "name":
		for _, n := range incident.MilestoneNames() {
			if !n.ByCommand() {
				add(string(n), "milestone")
			}
		}
	case "affects":
		for _, c := range r.board.Page().Components {
			name := c.FullName()
			if strings.Contains(name, " ") {
				name = `"` + name + `"`
			}
			add(name, c.Description)
		}
	case "version":
		add("internal", "for the team")
		add("customer", "for the page")
	case "target", "into":
		for _, x := range r.board.All() {
			if x.Open() && !x.Private && (in == nil || x.ID != in.ID) {
				add(x.ID, x.Title)
			}
		}
	case "private", "drill", "notify", "applies", "confirm":
		add("yes", "")
		add("no", "")
	case "impact":
		for _, i := range []string{"none", "minor", "major", "critical"} {
			add(i, "")
		}
	}
	return out
}
