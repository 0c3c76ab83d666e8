package discord

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"sitrep/bot"
)

// A Verb is one command, as data: the adapter registers it and hands over what
// is typed, but does not know what it does.
type Verb struct {
	Name    string
	Summary string   // one line
	Subs    []string // its second words, where it has any
	Options []Option
	Text    string // what its free text is; "" if it takes none
	Alone   bool   // it needs no incident
	Rare    bool   // Discord has room for 25 verbs: the rare ones stand under "more"
}

// An Option is a key of a verb.
type Option struct {
	Name     string
	Help     string
	Choices  []string // everything that it can be, at most 25
	Complete bool     // what can be typed is offered while it is typed; not with Choices
}

// The names of what the adapter adds to the verbs.
const (
	moreGroup   = "more"     // the rare verbs
	lineVerb    = "line"     // a whole line, as it is typed elsewhere
	subOption   = "do"       // a verb's second word
	textOption  = "text"     // its free text
	whoOption   = "who"      // a person: those who were seen are offered
	forOption   = "incident" // which incident it is about
	menuAdd     = "Add to timeline"
	menuDeclare = "Declare from this"
)

// The limits of a command. Source: Discord's developer documentation,
// "Application Commands".
const (
	maxVerbs   = 25
	maxLetters = 8000
	maxHelp    = 100
)

// A command is one as it is registered: what is set, so that what Discord has
// can be compared with it.
type command struct {
	Type        int    `json:"type"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Options     []part `json:"options,omitempty"`
	Members     *bits  `json:"default_member_permissions"`
}

type part struct {
	Type        int      `json:"type"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Required    bool     `json:"required,omitempty"`
	Choices     []choice `json:"choices,omitempty"`
	Complete    bool     `json:"autocomplete,omitempty"`
	MaxLength   int      `json:"max_length,omitempty"`
	Options     []part   `json:"options,omitempty"`
}

type choice struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// The types of an option.
const (
	partVerb  = 1
	partGroup = 2
	partText  = 3
)

// commands builds what is registered, within Discord's limits: at most 25 verbs
// side by side, the rare ones in a group, and 8,000 characters in all.
func commands(name string, verbs []Verb, open bool) []command {
	var members *bits
	if !open {
		none := bits(0) // nobody but administrators, until they let others
		members = &none
	}
	var list []command
	for help, most := maxHelp, maxVerbs; ; {
		c := command{Type: 1, Name: name, Description: "Declare and run incidents, and tell customers", Options: parts(verbs, help, most), Members: members}
		if letters(c.Options)+units(c.Name)+units(c.Description) <= maxLetters || most == 0 {
			list = append(list, c)
			break
		}
		if help > 20 { // shorter descriptions first, then fewer options: a whole line takes them all
			help -= 10
		} else {
			most--
		}
	}
	return append(list,
		command{Type: menuCommand, Name: menuAdd, Members: members},
		command{Type: menuCommand, Name: menuDeclare, Members: members})
}

// parts lays the verbs out; help is how long a description may be, most how many
// options a verb has.
func parts(verbs []Verb, help, most int) []part {
	room := maxVerbs - 1 // one is for a whole line
	var top, more []part
	rare := 0
	for _, v := range verbs {
		if v.Rare {
			rare++
		}
	}
	if len(verbs) > room || rare > 0 {
		room-- // one is for the group
	}
	for _, v := range verbs {
		x := verb(v, help, most)
		if v.Rare || len(top) == room {
			more = append(more, x)
		} else {
			top = append(top, x)
		}
	}
	if len(more) > 0 {
		top = append(top, part{Type: partGroup, Name: moreGroup, Description: "Less common commands", Options: more[:min(len(more), maxVerbs)]})
	}
	return append(top, part{Type: partVerb, Name: lineVerb, Description: "A whole command in one line, as elsewhere", Options: []part{
		{Type: partText, Name: textOption, Description: clip("declare sev2 checkout is failing", help), Required: true, Complete: true},
	}})
}

func verb(v Verb, help, most int) part {
	x := part{Type: partVerb, Name: v.Name, Description: plain(v.Summary, help, v.Name)}
	option := func(o part) {
		if len(x.Options) < most {
			x.Options = append(x.Options, o)
		}
	}
	if len(v.Subs) > 0 {
		option(part{Type: partText, Name: subOption, Description: "what to do", Choices: chosen(v.Subs)})
	}
	if v.Text != "" {
		option(part{Type: partText, Name: textOption, Description: plain(v.Text, help, v.Name)})
	}
	for _, o := range v.Options {
		if o.Name == textOption || o.Name == forOption || o.Name == subOption {
			continue
		}
		y := part{Type: partText, Name: o.Name, Description: plain(o.Help, help, o.Name)}
		if len(o.Choices) > 0 && len(o.Choices) <= maxChoices {
			y.Choices = chosen(o.Choices)
		} else {
			y.Complete = o.Complete || len(o.Choices) > 0
		}
		option(y)
	}
	if !v.Alone {
		option(part{Type: partText, Name: forOption, Description: "which incident", Complete: true})
	}
	return x
}

func chosen(values []string) []choice {
	var out []choice
	for _, v := range values {
		out = append(out, choice{plain(v, maxName, v), clip(v, maxName)})
	}
	return out
}

// letters is what the limit of a command's size counts.
func letters(list []part) int {
	n := 0
	for _, x := range list {
		n += units(x.Name) + units(x.Description) + letters(x.Options)
		for _, c := range x.Choices {
			n += units(c.Name) + units(c.Value)
		}
	}
	return n
}

// register brings the server's commands up to date, if they are not.
func (p *Platform) register(ctx context.Context) error {
	app, err := p.application(ctx)
	if err != nil {
		return err
	}
	path := "applications/" + app + "/guilds/" + p.guild + "/commands"
	var there []command
	if err := p.do(ctx, call{method: "GET", path: path}, &there); err != nil {
		return err
	}
	want := []command{}
	if !p.o.Public {
		want = commands(p.o.Command, p.verbs, len(p.o.Roles) > 0)
	}
	if sameCommands(there, want) {
		return nil
	}
	if err := p.do(ctx, call{method: "PUT", path: path, body: want}, nil); err != nil {
		return fmt.Errorf("register the commands: %w", err)
	}
	p.o.Log.Info("the commands were registered", "server", p.guild)
	return nil
}

// sameCommands compares by what is set, in any order.
func sameCommands(a, b []command) bool {
	if len(a) != len(b) {
		return false
	}
	index := func(list []command) map[string]command {
		out := map[string]command{}
		for _, c := range list {
			data, err := json.Marshal(c) // empty and missing lists become the same
			if err != nil || json.Unmarshal(data, &c) != nil {
				continue
			}
			out[fmt.Sprint(c.Type, c.Name)] = c
		}
		return out
	}
	return reflect.DeepEqual(index(a), index(b))
}

// typed reads a slash command: the verb, and its options as a form's fields,
// which need no quotes.
func (p *Platform) typed(ctx context.Context, in bot.Channel, options []optionIn) (bot.Act, bot.Message) {
	verb, given := p.chosenVerb(options)
	if verb == "" {
		return bot.Command{}, nil
	}
	s := bot.Submission{Verb: verb, Values: map[string]string{}}
	for _, o := range given {
		p.meet(ctx, o.text())
		value, spans := read(o.text(), nil, &p.names, p.zone())
		if o.Name == whoOption || verb == lineVerb {
			s.Mentions = append(s.Mentions, p.called(ctx, value, spans)...)
		}
		s.Mentions = append(s.Mentions, people(spans)...)
		switch o.Name {
		case forOption:
			s.Incident, _, _ = strings.Cut(strings.TrimSpace(value), " ")
		case subOption:
			s.Values["sub"] = value
		default:
			s.Values[o.Name] = value
		}
	}
	if verb == lineVerb {
		line := strings.TrimPrefix(strings.TrimSpace(s.Values[textOption]), "/"+p.o.Command)
		return bot.Command{Text: strings.TrimSpace(line), Mentions: s.Mentions}, nil
	}
	if s.Incident == "" && len(given) > 0 && !p.alone(verb) && p.incidents.InRoom(in) == nil {
		return bot.Command{Text: asLine(s), Mentions: s.Mentions}, nil // it will be asked which incident: the answers carry the line
	}
	return s, nil
}

// alone reports whether a verb needs no incident.
func (p *Platform) alone(verb string) bool {
	for _, v := range p.verbs {
		if v.Name == verb {
			return v.Alone
		}
	}
	return false
}

// asLine is a submission as one types it: verb do key:"value" -- text. Within a
// value a double quote has no escape, and becomes a single one.
func asLine(s bot.Submission) string {
	line := s.Verb
	if sub := s.Values["sub"]; sub != "" {
		line += " " + sub
	}
	for _, key := range slices.Sorted(maps.Keys(s.Values)) {
		if v := s.Values[key]; v != "" && key != "sub" && key != textOption {
			line += " " + key + `:"` + strings.ReplaceAll(v, `"`, "'") + `"`
		}
	}
	if text := s.Values[textOption]; text != "" {
		line += " -- " + text
	}
	return line
}

// chosenVerb finds the verb among nested options.
func (p *Platform) chosenVerb(options []optionIn) (string, []optionIn) {
	for len(options) == 1 && options[0].Type == partGroup {
		options = options[0].Options
	}
	if len(options) == 1 && options[0].Type == partVerb {
		return options[0].Name, options[0].Options
	}
	return "", nil
}

// suggest lists what can be typed in the option that is being typed.
func (p *Platform) suggest(ctx context.Context, r bot.Request, options []optionIn) []bot.Suggestion {
	verb, given := p.chosenVerb(options)
	for _, o := range given {
		if !o.Focused {
			continue
		}
		typed := o.text()
		switch {
		case verb == lineVerb:
			return p.complete.Complete(r, strings.TrimPrefix(typed, "/"+p.o.Command+" "), maxChoices)
		case o.Name == forOption:
			return p.suggestIncidents(r, typed)
		case o.Name == "number":
			return p.suggestNumbers(r, verb, typed)
		}
		if o.Name == whoOption && len(p.names.like(typed, fewPeople)) < fewPeople {
			p.seek(ctx, typed)
		}
		return p.suggestValues(r, verb, o.Name, typed)
	}
	return nil
}

func (p *Platform) suggestIncidents(r bot.Request, typed string) []bot.Suggestion {
	var out []bot.Suggestion
	for _, in := range p.incidents.Visible(r.By) {
		if has(in.ID+" "+in.Title, typed) {
			out = append(out, bot.Suggestion{Text: in.ID, Show: in.ID + " " + in.Title})
		}
	}
	return out
}

// suggestNumbers lists the follow-ups or theories of the room's incident, by
// their texts.
func (p *Platform) suggestNumbers(r bot.Request, verb, typed string) []bot.Suggestion {
	in := p.incidents.InRoom(r.In)
	if in == nil {
		return nil
	}
	var out []bot.Suggestion
	offer := func(n int, text string) {
		if s := fmt.Sprintf("%d %s", n, text); has(s, typed) {
			out = append(out, bot.Suggestion{Text: fmt.Sprint(n), Show: s})
		}
	}
	switch verb {
	case "action":
		for _, a := range in.Actions {
			if a.Done.IsZero() {
				offer(a.Number, a.Text)
			}
		}
	case "theory":
		for _, t := range in.Theories {
			offer(t.Number, t.Text)
		}
	case "update":
		for _, u := range in.Updates {
			offer(u.Number, u.Body)
		}
	}
	return out
}

// suggestValues asks what a key can be. A list is completed at its end.
func (p *Platform) suggestValues(r bot.Request, verb, key, typed string) []bot.Suggestion {
	head, last := "", typed
	if i := strings.LastIndexByte(typed, ','); i >= 0 {
		head, last = strings.TrimRight(typed[:i], " ")+", ", strings.TrimSpace(typed[i+1:])
	}
	var out []bot.Suggestion
	if key == whoOption {
		for _, x := range p.names.like(typed, maxChoices) {
			out = append(out, bot.Suggestion{Text: "<@" + x.ID + ">", Show: "@" + x.Name}) // read back as whom it names
		}
	}
	for _, s := range p.complete.Complete(r, verb+" "+key+":", 1000) {
		value := strings.Trim(strings.TrimSpace(s.Show), `"`)
		if value != "" && has(value, last) {
			out = append(out, bot.Suggestion{Text: head + value, Show: strings.TrimSpace(head + value)})
		}
	}
	return out
}

func has(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(strings.TrimSpace(part)))
}
