package commands

import (
	"context"
	"slices"
	"strings"

	"sitrep/bot"
)

// A Power is a permission that is asked for before a verb runs.
type Power string

// The powers. Read is needed to look, Command for everything internal.
const (
	Read    Power = "read"
	Command Power = "command"
	Declare Power = "declare"
	Publish Power = "publish"
	Private Power = "private" // to see private incidents
	Redact  Power = "redact"
)

// Powers lists the powers that a configuration can give.
func Powers() []Power { return []Power{Command, Declare, Publish, Private, Redact} }

// Audience says who sees that a verb was used.
type Audience string

// The audiences.
const (
	Author    Audience = "author"    // nobody else
	Thread    Audience = "thread"    // a line in the card's thread
	Room      Audience = "room"      // one short message in the room
	Customers Audience = "customers" // the page
)

// A Verb is one command: its words, its help and what it does.
type Verb struct {
	Name    string
	Aliases []string // other tools' words for it, and short forms
	Subs    []Sub    // its second words, where it has any
	Usage   string   // after the name
	Summary string   // one line, without a full stop
	Example string   // a whole command, without the command's name
	Keys    []Key
	Bare    []string // what is unmistakable without its key: "severity", "status", "person", "component"
	Alone   bool     // it needs no incident
	Needs   Power
	Seen    Audience
	Text    string // what the free text is: "title", "text for customers"; "" if there is none
	Planned bool   // it may be about planned work instead of an incident
	Hidden  bool   // buttons use it; people need not know it
	Public  bool   // its text may reach customers
	Listed  bool   // its text is a list: options are found anywhere in it

	run func(context.Context, *Runner, *call) (bot.Message, error)
}

// A Sub is a second word of a verb: the add of "action add".
type Sub struct {
	Name    string
	Aliases []string
	Usage   string
	Summary string
}

// A Key is an option of a verb: key:value.
type Key struct {
	Name    string
	Aliases []string
	Hint    string // what its value looks like
	Help    string
}

func (v *Verb) key(name string) (string, bool) {
	for _, k := range v.Keys {
		if strings.EqualFold(k.Name, name) {
			return k.Name, true
		}
		for _, a := range k.Aliases {
			if strings.EqualFold(a, name) {
				return k.Name, true
			}
		}
	}
	return "", false
}

func (v *Verb) sub(word string) (string, bool) {
	for _, s := range v.Subs {
		if strings.EqualFold(s.Name, word) {
			return s.Name, true
		}
		for _, a := range s.Aliases {
			if strings.EqualFold(a, word) {
				return s.Name, true
			}
		}
	}
	return "", false
}

func (v *Verb) bare(kind string) bool {
	for _, b := range v.Bare {
		if b == kind {
			return true
		}
	}
	return false
}

// prose reports whether an incident's number right after the verb is part of its
// text, and not the incident that it is about: "note INC-2 looks like the same
// cause" in the room of INC-1. The number before the verb always is what it is
// about: "INC-2 note …".
func (v *Verb) prose(inRoom bool) bool {
	switch {
	case v.Hidden:
		return false
	case v.Alone:
		return v.Text != ""
	case v.Name == "link":
		return inRoom
	}
	return inRoom && v.Text != "" && len(v.Bare) == 0 && len(v.Subs) == 0
}

// Find returns the verb that a word means, by name or alias, without case. If
// there is none, near is the closest name, or "".
func Find(table []Verb, word string) (v *Verb, near string) {
	w := strings.ToLower(strings.TrimSpace(word))
	for i := range table {
		if table[i].Name == w || slices.Contains(table[i].Aliases, w) {
			return &table[i], ""
		}
	}
	best := len(w)/3 + 1 // a word of three letters may differ in one
	for i := range table {
		if table[i].Hidden {
			continue
		}
		for _, name := range append([]string{table[i].Name}, table[i].Aliases...) {
			if d := distance(w, name); d < best {
				best, near = d, name
			}
		}
	}
	return nil, near
}

// distance is the edit distance with swapped neighbours as one edit.
func distance(a, b string) int {
	ra, rb := []rune(a), []rune(b)
	if len(ra) > 64 || len(rb) > 64 {
		return 64
	}
	rows := make([][]int, len(ra)+1)
	for i := range rows {
		rows[i] = make([]int, len(rb)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(ra); i++ {
		for j := 1; j <= len(rb); j++ {
			cost := 1
			if ra[i-1] == rb[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && ra[i-1] == rb[j-2] && ra[i-2] == rb[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(ra)][len(rb)]
}
