package discord

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sitrep/bot"
)

// open makes the modal of a form: at most five inputs. A hidden field
// and one with one choice are no questions and are carried along; of more than five the required ones come
// first, and the others keep the value that they have. A text that is longer
// than an input takes is laid over several.
//
// ok is false if what is typed already cannot be shown whole: a form that cut
// it would lose it.
func (r renderer) open(f bot.Form) (m modal, ok bool) {
	fixed := url.Values{}
	var asked []bot.Field
	for _, x := range f.Fields {
		if x.Hidden {
			fixed.Set(x.Name, x.Value)
			continue
		}
		if len(x.Options) == 1 {
			fixed.Set(x.Name, orElse(x.Value, x.Options[0].Value))
			continue
		}
		asked = append(asked, x)
	}
	asked, left := five(asked)
	for _, x := range left {
		if x.Value != "" {
			fixed.Set(x.Name, x.Value)
		}
	}
	room := maxParts - len(asked)
	for i, x := range asked {
		parts := []string{x.Value}
		if len(x.Options) == 0 || len(x.Options) > maxChoices {
			parts = split(clean(x.Value), maxInput)
		}
		if len(parts)-1 > room {
			return modal{}, false
		}
		room -= len(parts) - 1
		joint := ""
		for n, p := range parts {
			id := x.Name
			if n > 0 {
				id = fmt.Sprintf("%s#%d#%d", x.Name, n+1, len(joint))
			}
			joint = ""
			if n+1 < len(parts) {
				p, joint = strings.TrimRight(p, "\n"), p[len(strings.TrimRight(p, "\n")):]
			}
			m.Components = append(m.Components, field(x, i, n, id, p))
		}
	}
	m.Title = plain(f.Title, maxModalTitle, "Form")
	m.CustomID = formShort + "|" + f.Verb + "|" + f.Incident + "|" + fixed.Encode()
	if units(m.CustomID) > maxCustomID {
		whole := m.CustomID
		m.CustomID = formLong + "|" + hash(whole)
		m.carried = map[string]string{hash(whole): whole}
	}
	return m, len(m.Components) > 0
}

// five keeps at most five fields, those in error and the required ones first,
// in their order.
func five(fs []bot.Field) (kept, left []bot.Field) {
	drop := len(fs) - maxParts
	out := map[int]bool{}
	for pass := 0; pass < 3 && drop > 0; pass++ {
		for i := len(fs) - 1; i >= 0 && drop > 0; i-- {
			needed := fs[i].Required || fs[i].Error != ""
			if out[i] || pass < 2 && needed || pass < 1 && fs[i].Value != "" {
				continue
			}
			out[i] = true
			drop--
		}
	}
	for i, x := range fs {
		if out[i] {
			left = append(left, x)
		} else {
			kept = append(kept, x)
		}
	}
	return kept, left
}

// field is the label of one input; part n of a field goes on with its text.
func field(x bot.Field, i, n int, id, value string) component {
	hint := x.Hint
	if x.Error != "" {
		hint = "⚠️ " + x.Error
	}
	l := component{Type: kindLabel, Label: plain(x.Label, maxLabel, orElse(plain(x.Name, maxLabel, ""), "Field "+strconv.Itoa(i+1))), Description: plain(hint, maxHint, "")}
	if n > 0 {
		l.Label, l.Description = clip(fmt.Sprintf("%s (%d)", clip(l.Label, maxLabel-5), n+1), maxLabel), ""
	}
	required := x.Required && n == 0
	c := component{CustomID: clip(id, maxCustomID), Required: &required}
	if len(x.Options) > 1 && len(x.Options) <= maxChoices {
		c.Type = kindMenu
		least := 0
		if required {
			least = 1
		}
		c.MinValues = &least
		c.MaxValues = 1
		if x.Multi {
			c.MaxValues = len(x.Options)
		}
		chosen := strings.Split(x.Value, ",")
		if !x.Multi {
			chosen = []string{x.Value}
		}
		marked := 0
		for _, o := range x.Options {
			v := clip(orElse(o.Value, emptyValue), maxName)
			if slices.ContainsFunc(c.Options, func(p option) bool { return p.Value == v }) {
				continue
			}
			p := option{Label: plain(orElse(o.Label, o.Value), maxName, "none"), Value: v}
			if slices.ContainsFunc(chosen, func(s string) bool { return strings.TrimSpace(s) == o.Value }) && marked < c.MaxValues {
				p.Default = true
				marked++
			}
			c.Options = append(c.Options, p)
		}
		c.MaxValues = min(c.MaxValues, len(c.Options))
		if marked == 0 && !x.Multi { // as a browser's menu does: what is shown is what is sent
			c.Options[0].Default = true
		}
	} else {
		c.Type, c.Style, c.Value, c.MaxLength = kindInput, 1, value, maxInput
		if x.Long || n > 0 || strings.Contains(value, "\n") || units(value) > 200 {
			c.Style = 2
		}
	}
	l.Component = &c
	return l
}

// split cuts a text into parts of at most most units, where a line ends if one
// does. Put together they are the text.
func split(s string, most int) []string {
	var out []string
	for units(s) > most {
		end, n, nl := 0, 0, 0
		for i, r := range s {
			w := 1
			if r > 0xffff {
				w = 2
			}
			if n+w > most {
				break
			}
			n += w
			end = i + len(string(r))
			if r == '\n' {
				nl = end
			}
		}
		if nl > end/2 {
			end = nl
		}
		out = append(out, s[:end])
		s = s[end:]
	}
	return append(out, s)
}

// submitted reads what a filled-in form asks for. inputs are the values of its
// components by their names.
func submitted(custom string, inputs []input, s *shelf) (bot.Submission, bool) {
	if name, long := strings.CutPrefix(custom, formLong+"|"); long {
		whole, ok := s.get(name).(string)
		if !ok {
			return bot.Submission{}, false
		}
		custom = whole
	}
	parts := strings.SplitN(custom, "|", 4)
	if len(parts) != 4 || parts[0] != formShort {
		return bot.Submission{}, false
	}
	fixed, err := url.ParseQuery(parts[3])
	if err != nil {
		return bot.Submission{}, false
	}
	out := bot.Submission{Verb: parts[1], Incident: parts[2], Values: map[string]string{}}
	for name := range fixed {
		out.Values[name] = fixed.Get(name)
	}
	for _, in := range inputs {
		name, rest, more := strings.Cut(in.name, "#")
		if !more {
			out.Values[name] = in.value
			continue
		}
		_, joint, _ := strings.Cut(rest, "#")
		n, err := strconv.Atoi(joint)
		if before := out.Values[name]; err == nil && before != "" && in.value != "" {
			out.Values[name] = before + strings.Repeat("\n", min(n, 10)) + in.value
		} else {
			out.Values[name] = before + in.value
		}
	}
	return out, true
}

// An input is one that was filled in.
type input struct{ name, value string }

func orElse(s, other string) string {
	if s != "" {
		return s
	}
	return other
}
