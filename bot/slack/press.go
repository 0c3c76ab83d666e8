package slack

import (
	"encoding/json"
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
	Run string `json:"run"`
	In  string `json:"in,omitempty"` // the incident
}

// Pressed reads which command a button stands for; ok is false for one that
// only leads somewhere, or is not ours.
func Pressed(a api.BlockAction) (c bot.Command, ok bool) {
	var p pressed
	if !strings.HasPrefix(a.ActionID, runs) || json.Unmarshal([]byte(a.Value), &p) != nil || p.Run == "" {
		return bot.Command{}, false
	}
	return bot.Command{Text: p.Run, Incident: p.In}, true
}

// button returns the button of a command; nil if the command is too long to be
// carried by one. n makes its id unique in its message.
func button(b bot.Button, incident string, n int) *api.ButtonBlockElement {
	if b.Command == "" || len(b.Command) > 4*maxValue {
		return nil
	}
	value, err := json.Marshal(pressed{Run: b.Command, In: incident})
	if err != nil || width(string(value)) > maxValue {
		return nil
	}
	e := api.NewButtonBlockElement(runs+strconv.Itoa(n), string(value), label(b.Label, maxButton))
	switch b.Style {
	case bot.Primary:
		e.Style = api.StylePrimary
	case bot.Danger:
		e.Style = api.StyleDanger
		e.Confirm = api.NewConfirmationBlockObject(
			api.NewTextBlockObject(api.PlainTextType, clip(b.Label, maxConfirmTitle), false, false),
			api.NewTextBlockObject(api.PlainTextType, "This cannot be taken back.", false, false),
			api.NewTextBlockObject(api.PlainTextType, orElse(clip(b.Label, maxConfirmButton), "Do it"), false, false),
			api.NewTextBlockObject(api.PlainTextType, "Not now", false, false),
		)
	}
	return e
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
const roomForButtons = maxTotal / 3

// foot returns the buttons at the end of a message, and says of those that
// could not be made what to do instead. address, if there is one, leads to the
// whole.
func foot(bs []bot.Button, incident, label, address string) []api.Block {
	var elements []api.BlockElement
	var without []string
	used := 0
	for i, b := range bs {
		e := button(b, incident, i)
		if e != nil {
			used += size(api.NewActionBlock("", e))
		}
		if e == nil || used > roomForButtons || len(elements) == maxActions-1 {
			without = append(without, b.Label)
			continue
		}
		elements = append(elements, e)
	}
	if e := leading(label, address, len(bs)); e != nil {
		elements = append(elements, e)
	}
	var out []api.Block
	if len(without) > 0 {
		note, _ := compose([]piece{plain("No button can carry this much; type the command again instead: "), {words: clip(strings.Join(without, ", "), 300)}, plain(".")}, 600)
		out = append(out, api.NewContextBlock("", mrkdwn(note)))
	}
	if len(elements) > 0 {
		out = append(out, api.NewActionBlock("", elements...))
	}
	return out
}
