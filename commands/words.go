package commands

import (
	"slices"
	"strconv"
	"strings"

	"sitrep/bot"
	"sitrep/incident"
)

// severity returns the configured severity that a word means; none unsets it.
func (r *Runner) severity(word string) (string, bool) {
	if word == "none" || word == "unset" {
		return "none", true
	}
	for _, s := range r.o.Severities {
		if strings.EqualFold(s.Name, word) {
			return s.Name, true
		}
	}
	return "", false
}

func (r *Runner) severityNames() []string {
	out := make([]string, len(r.o.Severities))
	for i, s := range r.o.Severities {
		out[i] = s.Name
	}
	return out
}

// role returns the configured role that a word means.
func (r *Runner) role(word string) (string, bool) {
	for _, x := range r.o.Roles {
		for _, n := range append([]string{x.Name}, x.Aliases...) {
			if strings.EqualFold(n, word) {
				return x.Name, true
			}
		}
	}
	return "", false
}

func (r *Runner) roleNames() []string {
	out := make([]string, len(r.o.Roles))
	for i, x := range r.o.Roles {
		out[i] = x.Name
	}
	return out
}

// bareStatus reads a status that opens a text: in lower case, or followed by a
// colon. "Monitoring the fix" stays text.
func bareStatus(word string) (string, bool) {
	w, colon := strings.CutSuffix(word, ":")
	s, ok := incident.ParseStatus(w)
	if !ok || !colon && w != strings.ToLower(w) {
		return "", false
	}
	return string(s), true
}

// isNumber reports whether a word numbers something: 3, #3, T3, P3.
func isNumber(word string) bool { _, ok := number(word); return ok }

func number(word string) (int, bool) {
	w := strings.TrimLeft(strings.TrimSuffix(strings.ToUpper(word), ":"), "#TPU")
	n, err := strconv.Atoi(w)
	return n, err == nil && n > 0
}

func isTarget(word string) bool {
	if n, ok := incident.ParseRef(word); ok && n > 0 && strings.HasPrefix(strings.ToUpper(word), "INC") {
		return true
	}
	return strings.HasPrefix(word, "https://") || strings.HasPrefix(word, "http://")
}

// yes reads an answer: yes, on, true, 1 and no, off, false, 0.
func yes(v string) (answer, ok bool) {
	switch strings.ToLower(strings.TrimSpace(v)) {
	case "yes", "on", "true", "1", "y":
		return true, true
	case "no", "off", "false", "0", "n":
		return false, true
	}
	return false, false
}

// answer reads a yes-or-no key of a command; def where it is absent.
func (c *call) answer(key string, def bool) (bool, error) {
	v, given := c.vals[key]
	if !given {
		return def, nil
	}
	a, ok := yes(v)
	if !ok {
		return false, incident.Problemf("bad-"+key, "%s is yes or no, not %q.", key, v)
	}
	return a, nil
}

// person finds whom a word means: @me, somebody known, or anybody by name.
func (r *Runner) person(c *call, word string) incident.Person {
	name := strings.TrimPrefix(strings.TrimSpace(word), "@")
	if strings.EqualFold(name, "me") {
		return c.req.By
	}
	var named []incident.Person // the platform knows whom the text names
	switch act := c.req.Do.(type) {
	case bot.Command:
		named = act.Mentions
	case bot.Submission:
		named = act.Mentions
	}
	for _, p := range named {
		if strings.EqualFold(name, strings.TrimPrefix(p.Name, "@")) || name == p.ID {
			return r.known(p)
		}
	}
	if strings.EqualFold(name, strings.TrimPrefix(c.req.By.Name, "@")) || name == c.req.By.ID {
		return c.req.By
	}
	for _, p := range r.o.People {
		if strings.EqualFold(name, p.Name) || name == p.ID || slices.Contains(p.Accounts, name) {
			return p.Person
		}
	}
	if c.in != nil {
		for _, p := range c.in.Roles {
			if strings.EqualFold(name, p.Name) || name == p.ID {
				return p
			}
		}
	}
	return incident.Person{ID: c.req.In.Platform + "/" + strings.ToLower(name), Name: name}
}

// components reads "Checkout=major_outage, API" and "checkout down, api": every
// part is a component, with a state or without.
func components(page incident.Page, text string) ([]incident.ComponentChange, error) {
	var out []incident.ComponentChange
	for rest := strings.TrimSpace(text); rest != ""; {
		c, state, more, err := component(page, rest)
		if err != nil {
			return nil, err
		}
		out = append(out, incident.ComponentChange{ID: c.ID, Name: c.FullName(), New: state})
		rest = more
	}
	return out, nil
}

// component reads the first component of a list. The longest known name goes
// first, since names may have commas and blanks in them.
func component(page incident.Page, text string) (c incident.Component, state incident.ComponentState, rest string, err error) {
	best := -1
	for _, k := range page.Components {
		for _, name := range []string{k.FullName(), k.Name} {
			if n := len(name); n > best && len(text) >= n && strings.EqualFold(text[:n], name) && (len(text) == n || strings.ContainsRune("=:, \t\n", rune(text[n]))) {
				if found, err := page.Find(name); err == nil {
					best, c = n, found
				}
			}
		}
	}
	var after string
	if best >= 0 {
		after = text[best:]
		part, more, _ := strings.Cut(after, ",")
		if part = strings.Trim(part, "=: \t\n"); part == "" {
			return c, "", strings.TrimSpace(more), nil
		}
		if s, ok := incident.ParseComponentState(part); ok {
			return c, s, strings.TrimSpace(more), nil
		}
		return c, "", "", badState(c.FullName(), part)
	}
	part, more, _ := strings.Cut(text, ",")
	part = strings.TrimSpace(part)
	name, word := part, ""
	if i := strings.LastIndexAny(part, "=:"); i > 0 {
		name, word = strings.TrimSpace(part[:i]), strings.TrimSpace(part[i+1:])
	} else {
		for i := strings.IndexByte(part, ' '); i > 0 && i < len(part); { // the longest state at the end
			if _, ok := incident.ParseComponentState(part[i+1:]); ok {
				name, word = strings.TrimSpace(part[:i]), part[i+1:]
				break
			}
			j := strings.IndexByte(part[i+1:], ' ')
			if j < 0 {
				break
			}
			i += j + 1
		}
	}
	if c, err = page.Find(name); err != nil {
		return c, "", "", err
	}
	if word != "" {
		var ok bool
		if state, ok = incident.ParseComponentState(word); !ok {
			return c, "", "", badState(c.FullName(), word)
		}
	}
	return c, state, strings.TrimSpace(more), nil
}

func badState(name, word string) error {
	return incident.Problemf("bad-state", "%q is no state of %s. Write ok, degraded, partial, down or maintenance.", clip(word, 40), name)
}

// joined lists names with "and" or "or".
func joined(names []string, last string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " " + last + " " + names[len(names)-1]
}
