package slack

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	api "github.com/slack-go/slack"

	"sitrep/bot"
)

// What begins the action_id of our buttons: runs runs a command; leads opens an
// address, and its press, which Slack reports too, needs no answer.
const (
	runs  = "run/"
	leads = "open/"
)

// A pressed is what a button's value carries: all that is needed to run its
// command, whoever presses it, in whichever process.
type pressed struct {
	Run  string            `json:"run"`
	In   string            `json:"in,omitempty"`   // the incident
	Fill map[string]string `json:"fill,omitempty"` // what was typed into the form that it opens
}

// A Press is what somebody asks for by pressing a button.
type Press struct {
	Command bot.Command
	// Fill is what was typed already into the form that the command opens; see
	// [Filled]. Nil for every other command.
	Fill map[string]string
}

// Pressed reads what a button stands for; ok is false for one that only leads
// somewhere, or is not ours.
func Pressed(a api.BlockAction) (p Press, ok bool) {
	var v pressed
	if !strings.HasPrefix(a.ActionID, runs) || json.Unmarshal([]byte(a.Value), &v) != nil || v.Run == "" {
		return Press{}, false
	}
	return Press{Command: bot.Command{Text: v.Run, Incident: v.In}, Fill: v.Fill}, true
}

// Filled is a form with what was typed into it before.
func Filled(f bot.Form, typed map[string]string) bot.Form {
	f.Fields = slices.Clone(f.Fields)
	for i, x := range f.Fields {
		if v, ok := typed[x.Name]; ok {
			f.Fields[i].Value = v
		}
	}
	return f
}

// button returns the button of a command; nil if the command is too long to be
// carried by one. n makes its id unique in its message.
func button(b bot.Button, incident string, n int) *api.ButtonBlockElement {
	if b.Command == "" {
		return nil
	}
	value, ok := pressed{Run: b.Command, In: incident}.value()
	if !ok {
		return nil
	}
	e := api.NewButtonBlockElement(runs+strconv.Itoa(n), value, label(b.Label, maxButton))
	switch b.Style {
	case bot.Primary:
		e.Style = api.StylePrimary
	case bot.Danger:
		e.Style = api.StyleDanger
		e.Confirm = api.NewConfirmationBlockObject(
			label(b.Label, maxConfirmTitle), label("This cannot be taken back.", maxConfirmText),
			label(b.Label, maxConfirmButton), label("Not now", maxConfirmButton))
	}
	return e
}

// value is what a button carries; ok is false if none can.
func (p pressed) value() (v string, ok bool) {
	if len(p.Run) > maxValue {
		return "", false
	}
	data, err := json.Marshal(p)
	return string(data), err == nil && width(string(data)) <= maxValue
}

// reopening is the button that opens a form which could not be opened by itself:
// Slack allows that only within three seconds of what somebody did. It carries
// what was typed, the short values before the long ones, as far as a button can.
func reopening(f bot.Form, n int) *api.ButtonBlockElement {
	p := pressed{Run: strings.Join(strings.Fields("form "+f.Incident+" "+f.Verb), " "), In: f.Incident, Fill: map[string]string{}}
	value, ok := p.value()
	if !ok {
		return nil
	}
	fields := slices.Clone(f.Fields)
	slices.SortStableFunc(fields, func(a, b bot.Field) int { return len(a.Value) - len(b.Value) })
	for _, x := range fields {
		p.Fill[x.Name] = x.Value
		more, ok := p.value()
		if !ok {
			break
		}
		value = more
	}
	return api.NewButtonBlockElement(runs+strconv.Itoa(n), value, label("Open the form", maxButton)).WithStyle(api.StylePrimary)
}

// leading returns a button that opens an address; nil if Slack would not take
// the address.
func leading(text, address string, n int) *api.ButtonBlockElement {
	if !isWeb(address) || width(address) > maxAddress {
		return nil
	}
	return api.NewButtonBlockElement(leads+strconv.Itoa(n), "", label(text, maxButton)).WithURL(address)
}

// roomForButtons is how much of a message its buttons may take.
const roomForButtons = maxTotal / 4

// foot returns the buttons at the end of a message, and says of those that
// could not be made what to do instead. form, if there is one, can be opened;
// way is the label of a button to address, where the whole is, if that is one.
func foot(bs []bot.Button, incident string, form *bot.Form, way, address string) []api.Block {
	var elements []api.BlockElement
	var without []string
	used := 0
	if form != nil {
		if e := reopening(*form, len(bs)); e != nil {
			elements = append(elements, e)
		}
	}
	for i, b := range bs {
		e := button(b, incident, i)
		if e != nil {
			used += size(api.NewActionBlock("", e))
		}
		if e == nil || used > roomForButtons || len(elements) >= maxActions-1 {
			without = append(without, b.Label)
			continue
		}
		elements = append(elements, e)
	}
	if e := leading(way, address, len(bs)+1); e != nil {
		elements = append(elements, e)
	}
	var out []api.Block
	if len(without) > 0 {
		note, _ := compose([]piece{plain("There is no button for these; type the command instead: "), {words: clip(strings.Join(without, ", "), oneLine)}}, 600)
		out = append(out, api.NewContextBlock("", mrkdwn(note)))
	}
	if len(elements) > 0 {
		out = append(out, api.NewActionBlock("", elements...))
	}
	return out
}
