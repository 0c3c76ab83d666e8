package slack

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	api "github.com/slack-go/slack"

	"sitrep/bot"
)

// What a modal's callback_id says that it is.
const (
	formModal    = "form"    // submitting it is a bot.Submission
	confirmModal = "confirm" // submitting it runs a command: a preview
)

// ErrFormTooLarge says that what a form is filled with is more than a modal can
// hold. It is shown as a message, and can be edited in the web room.
var ErrFormTooLarge = errors.New("the text is longer than a form of Slack can hold")

// An Origin is where a form was asked for: its submission is a request from
// there. A modal remembers it, because Slack does not.
type Origin struct {
	Channel string `json:"c,omitempty"` // id of the channel
	Name    string `json:"n,omitempty"` // its name
	Thread  string `json:"t,omitempty"` // ts of the message whose thread it was; "" if none
	Message string `json:"m,omitempty"` // ts of the message that a shortcut was used on; "" if none
	User    string `json:"u,omitempty"` // id of who asked
}

// A carried is what a modal's private_metadata carries.
type carried struct {
	Verb     string              `json:"v,omitempty"`
	Incident string              `json:"i,omitempty"`
	Run      string              `json:"r,omitempty"` // the command of a preview's Publish
	From     Origin              `json:"o"`
	Fixed    map[string]string   `json:"f,omitempty"` // values that are given, not asked for
	Joins    map[string][]string `json:"j,omitempty"` // what stood between the parts of a long text
}

// Modal returns a form as a modal: filled, with what is wrong said above the
// field that it is about. Its submission is read by [Submitted]. The error is
// [ErrFormTooLarge] or nil.
func (r *Renderer) Modal(f bot.Form, from Origin) (api.ModalViewRequest, error) {
	keep := carried{Verb: f.Verb, Incident: f.Incident, From: from, Fixed: map[string]string{}, Joins: map[string][]string{}}
	var inputs []api.Block
	for i, x := range f.Fields {
		if x.Hidden || len(x.Options) == 1 && x.Value == x.Options[0].Value && x.Error == "" {
			keep.Fixed[x.Name] = x.Value
			continue
		}
		if x.Error != "" {
			inputs = append(inputs, wrong(x))
		}
		if x.Person {
			if e := picker(x, from); e != nil {
				inputs = append(inputs, input(x, i, 0, x.Label, "", e))
				continue
			}
		}
		bs, joins := field(x, i)
		if len(joins) > 0 {
			keep.Joins[x.Name] = joins
		}
		inputs = append(inputs, bs...)
	}
	metadata, err := json.Marshal(keep)
	if err != nil {
		return api.ModalViewRequest{}, fmt.Errorf("carry a form: %w", err)
	}
	used := 0
	for _, b := range inputs {
		used += size(b)
	}
	if width(string(metadata)) > maxMetadata || used > maxView || len(inputs) > maxViewBlocks-maxNotes-1 {
		return api.ModalViewRequest{}, ErrFormTooLarge
	}
	s := newSheet(maxViewBlocks, 2*maxView, inputs)
	title := clip(f.Title, maxTitle)
	if strings.HasSuffix(title, ellipsis) { // said whole beneath a short one
		title = f.Verb + " " + f.Incident
		title = strings.ToUpper(title[:1]) + title[1:]
		s.text(bold(f.Title))
	}
	for i, n := range f.Notes {
		if i == maxNotes {
			break
		}
		s.small(words(n)...)
	}
	v := api.ModalViewRequest{
		Type: api.VTModal, CallbackID: formModal, PrivateMetadata: string(metadata),
		Title: label(orElse(title, "Form"), maxTitle), Close: label("Cancel", maxTitle),
		Blocks: api.Blocks{BlockSet: s.end(inputs)},
	}
	if len(inputs) > 0 || f.Submit != "" {
		v.Submit = label(orElse(f.Submit, "Send"), maxTitle)
	}
	if len(v.Blocks.BlockSet) == 0 {
		v.Blocks.BlockSet = []api.Block{section("There is nothing to fill in.")}
	}
	return v, nil
}

// maxNotes is how many notes a form shows; the forms have two at most.
const maxNotes = 5

// wrong says what is wrong with a field, above it.
func wrong(x bot.Field) api.Block {
	t, _ := compose(append([]piece{plain("⚠️ "), bold(x.Label), plain(": ")}, words(clip(x.Error, maxError))...), longest)
	return section(t)
}

// A field's block_id begins with this, its number, a slash, the number of its
// part, a slash, and a hash of what it was filled with: Slack keeps what was
// typed into a block of the same id, and shows a new value only in a new one.
// The action_id is the field's name.
const fieldID = "field/"

func blockID(i, part int, value string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(value)) // a hash takes everything
	return fieldID + strconv.Itoa(i) + "/" + strconv.Itoa(part) + "/" + strconv.FormatUint(uint64(h.Sum32()), 36)
}

// field returns the inputs of a field: one, or several where a text is longer
// than Slack's inputs can be; joins says what stood between them.
func field(x bot.Field, i int) (bs []api.Block, joins []string) {
	if len(x.Options) > 0 {
		if e := choice(x); e != nil {
			return []api.Block{input(x, i, 0, x.Label, x.Hint, e)}, nil
		}
	}
	parts, joins := split(clean(x.Value), partRoom(x))
	for n, p := range parts {
		e := api.NewPlainTextInputBlockElement(nil, actionID(x.Name))
		e.Multiline, e.InitialValue, e.MaxLength = x.Long || strings.Contains(x.Value, "\n") || len(parts) > 1, p, maxInput
		title, hint := x.Label, x.Hint
		if len(parts) > 1 {
			title, hint = fmt.Sprintf("%s (part %d of %d)", clip(x.Label, 200), n+1, len(parts)), ""
		}
		if len(x.Options) > 0 { // more than a list can hold
			hint = strings.TrimSpace(x.Hint + " One of: " + names(x.Options))
		}
		bs = append(bs, input(x, i, n, title, hint, e))
	}
	return bs, joins
}

// partRoom is how much of a long text goes into one input: less than fits, so
// that something can be added to each.
func partRoom(x bot.Field) int {
	if width(x.Value) <= maxInput {
		return maxInput
	}
	return maxInput * 5 / 6
}

// actionID names a field's input after it.
func actionID(name string) string { return orElse(clip(name, maxID), "value") }

func names(os []bot.Option) string {
	var out []string
	for _, o := range os {
		out = append(out, o.Label)
	}
	return clip(strings.Join(out, ", "), maxLabel/2)
}

func input(x bot.Field, i, part int, title, hint string, e api.BlockElement) api.Block {
	b := api.NewInputBlock(blockID(i, part, x.Value), label(title, maxLabel), nil, e)
	if hint = clip(hint, maxLabel); hint != "" {
		b.Hint = label(hint, maxLabel)
	}
	b.Optional = !x.Required || part > 0
	if s, list := e.(*api.SelectBlockElement); list && s.Type != api.OptTypeUser { // one choice is always made
		b.Optional = false
	}
	return b
}

// choice returns the element of a field with options; nil if Slack's lists
// cannot carry them.
func choice(x bot.Field) api.BlockElement {
	if len(x.Options) > maxOptions {
		return nil
	}
	os := make([]*api.OptionBlockObject, len(x.Options))
	seen := map[string]bool{}
	var chosen []*api.OptionBlockObject
	for i, o := range x.Options {
		// A value may be empty ("not set"), which Slack refuses; so all begin
		// with something.
		value := "=" + o.Value
		if width(value) > maxOption || clean(value) != value || seen[value] {
			return nil
		}
		seen[value] = true
		os[i] = api.NewOptionBlockObject(value, label(orElse(o.Label, o.Value), maxOption), nil)
		if o.Value == x.Value || x.Multi && has(x.Value, o.Value) {
			chosen = append(chosen, os[i])
		}
	}
	hint := api.NewTextBlockObject(api.PlainTextType, "Choose", false, false)
	if x.Multi {
		e := api.NewOptionsMultiSelectBlockElement(api.MultiOptTypeStatic, hint, actionID(x.Name), os...)
		e.InitialOptions = chosen
		return e
	}
	e := api.NewOptionsSelectBlockElement(api.OptTypeStatic, hint, actionID(x.Name), os...)
	if len(chosen) > 0 {
		e.InitialOption = chosen[0]
	} else if x.Value == "" {
		e.InitialOption = os[0] // what a browser's list would show
	}
	return e
}

// picker returns the element in which somebody is chosen; nil if the field says
// a name already that is not known as one of Slack's people.
func picker(x bot.Field, from Origin) api.BlockElement {
	e := api.NewOptionsSelectBlockElement(api.OptTypeUser, api.NewTextBlockObject(api.PlainTextType, "Choose", false, false), actionID(x.Name))
	switch {
	case x.Value == "":
	case x.Value == "@me" && from.User != "":
		e.InitialUser = from.User
	default:
		return nil
	}
	return e
}

// several stands between the values of a field that can have several.
const several = ", "

func has(values, value string) bool {
	for v := range strings.SplitSeq(values, several) {
		if v == value {
			return true
		}
	}
	return false
}

// split divides a text into parts of at most room wide, at paragraphs where it
// can, else at lines, at words, anywhere. The parts with the joins between them
// are the text.
func split(s string, room int) (parts, joins []string) {
	same := func(s string) string { return s }
	for width(s) > room {
		front, _ := cut(s, room, same)
		at, join := len(front), ""
		for _, j := range []string{"\n\n", "\n", " "} {
			if i := strings.LastIndex(front, j); i > len(front)/3 {
				at, join = i, j
				break
			}
		}
		parts, joins = append(parts, s[:at]), append(joins, join)
		s = s[at+len(join):]
	}
	return append(parts, s), joins
}
