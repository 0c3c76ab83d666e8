package discord

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"sync"

	"sitrep/bot"
)

// The first character of a component's name says what it is for.
const (
	pressRun   = "c" // a button that carries its command: c|0|note …
	pressLong  = "k" // a button whose command is kept: k|0|hash
	pressMenu  = "s" // a menu whose choices are commands: s|severity
	pressForm  = "o" // a button that opens a kept form: o|0|hash
	formShort  = "f" // a form that carries everything: f|verb|incident|values
	formLong   = "m" // a form whose values are kept: m|hash
	emptyValue = "-" // the value of a choice that stands for nothing; Discord has no empty ones
)

// rows lays buttons out, five in a row and at most so many rows. Commands that
// are too long for a button's name are returned beside them.
func rows(bs []bot.Button, links []component, most int) ([]component, map[string]string) {
	var all []component
	kept := map[string]string{}
	for i, b := range bs {
		if len(all) == maxParts*most-len(links) {
			break
		}
		c := component{Type: kindButton, Style: 2, Label: plain(b.Label, maxButtonLabel, "Do it")}
		switch b.Style {
		case bot.Primary:
			c.Style = 1
		case bot.Danger:
			c.Style = 4
		}
		command := clean(b.Command)
		c.CustomID = pressRun + "|" + strconv.Itoa(i) + "|" + command
		if units(c.CustomID) > maxCustomID {
			name := hash(command)
			kept[name] = command
			c.CustomID = pressLong + "|" + strconv.Itoa(i) + "|" + name
		}
		all = append(all, c)
	}
	all = append(all, links...)
	var out []component
	for len(all) > 0 {
		n := min(maxParts, len(all))
		out = append(out, component{Type: kindRow, Components: all[:n:n]})
		all = all[n:]
	}
	return out, kept
}

// hash names a text.
func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:12])
}

// keptThings is how many long commands and forms are remembered: those of a
// very busy day. They are on messages that one person sees for 15 minutes.
const keptThings = 4096

// A shelf remembers what component names are too short for, the newest things.
type shelf struct {
	mu    sync.Mutex
	byKey map[string]any
	order []string
}

func (s *shelf) put(key string, v any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byKey == nil {
		s.byKey = map[string]any{}
	}
	if _, there := s.byKey[key]; !there {
		s.order = append(s.order, key)
	}
	s.byKey[key] = v
	for len(s.order) > keptThings {
		delete(s.byKey, s.order[0])
		s.order = s.order[1:]
	}
}

func (s *shelf) get(key string) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byKey[key]
}

// picked is the command that was chosen from a menu of ours.
func picked(custom string, values []string) (bot.Command, bool) {
	if !strings.HasPrefix(custom, pressMenu+"|") || len(values) != 1 {
		return bot.Command{}, false
	}
	return bot.Command{Text: values[0]}, true
}

// pressed reads a button's name; ok is false if it is not ours, or what it
// stood for is forgotten.
func pressed(custom string, s *shelf) (act bot.Act, form *bot.Form, ok bool) {
	kind, rest, _ := strings.Cut(custom, "|")
	_, rest, cut := strings.Cut(rest, "|")
	if !cut {
		return nil, nil, false
	}
	switch kind {
	case pressRun:
		return bot.Command{Text: rest}, nil, true
	case pressLong:
		command, ok := s.get(rest).(string)
		return bot.Command{Text: command}, nil, ok
	case pressForm:
		f, ok := s.get(rest).(bot.Form)
		return nil, &f, ok
	}
	return nil, nil, false
}
