package slack

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// A judge holds JSON against Slack's rules for the blocks, elements and views
// that we use; it knows no other, and refuses them. The rules are those of
// Slack's reference; their numbers are written out here a second time, so that a
// mistake in the renderer's is seen.
type judge struct {
	faults []string
	ids    map[string]bool // of blocks
	acts   map[string]bool // of elements, within their block
	focus  int
}

type object = map[string]any

func (j *judge) fault(where, format string, args ...any) {
	j.faults = append(j.faults, where+": "+fmt.Sprintf(format, args...))
}

// judged returns what Slack would refuse in a value of ours.
func judged(t *testing.T, v any, what func(*judge, object)) []string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var o object
	if err := json.Unmarshal(data, &o); err != nil {
		t.Fatal(err)
	}
	j := &judge{ids: map[string]bool{}, acts: map[string]bool{}}
	what(j, o)
	return j.faults
}

// message judges the blocks of a message, and its text.
func (j *judge) message(o object) {
	if s, _ := o["text"].(string); strings.TrimSpace(s) == "" || utf8.RuneCountInString(s) > 4000 {
		j.fault("message", "a text of %d characters", utf8.RuneCountInString(s))
	} else {
		j.markup("message", s)
	}
	blocks, _ := o["blocks"].([]any)
	j.blocks(blocks, "message", 50)
	data, _ := json.Marshal(blocks)
	if n := utf8.RuneCount(data); n > 12000 {
		j.fault("message", "%d characters of blocks", n)
	}
}

// view judges a modal or App Home.
func (j *judge) view(o object) {
	kind, _ := o["type"].(string)
	blocks, _ := o["blocks"].([]any)
	j.blocks(blocks, kind, 100)
	j.known("view", o, "type", "blocks", "title", "submit", "close", "private_metadata", "callback_id", "clear_on_close", "notify_on_close", "external_id")
	j.length("view.private_metadata", o["private_metadata"], 3000)
	j.length("view.callback_id", o["callback_id"], 255)
	if data, _ := json.Marshal(o); len(data) > 250<<10 {
		j.fault("view", "%d bytes", len(data))
	}
	if kind == "home" {
		return
	}
	if kind != "modal" {
		j.fault("view", "type %q", kind)
	}
	j.plain("view.title", o["title"], 24)
	for _, k := range []string{"submit", "close"} {
		if o[k] != nil {
			j.plain("view."+k, o[k], 24)
		}
	}
	for _, b := range blocks {
		if b.(object)["type"] == "input" && o["submit"] == nil {
			j.fault("view.submit", "inputs and nothing to submit them with")
		}
	}
}

func (j *judge) blocks(bs []any, in string, most int) {
	if len(bs) < 1 || len(bs) > most {
		j.fault(in+".blocks", "%d blocks", len(bs))
	}
	for i, b := range bs {
		o, _ := b.(object)
		j.block(fmt.Sprintf("%s.blocks[%d]", in, i), o, in)
	}
}

func (j *judge) block(at string, o object, in string) {
	j.id(at, o)
	kind, _ := o["type"].(string)
	at += "(" + kind + ")"
	j.acts = map[string]bool{}
	switch kind {
	case "divider":
		j.known(at, o)
	case "header":
		j.known(at, o, "text")
		j.plain(at+".text", o["text"], 150)
	case "section":
		j.known(at, o, "text", "fields", "accessory", "expand")
		fields, _ := o["fields"].([]any)
		if o["text"] == nil && len(fields) == 0 {
			j.fault(at, "neither text nor fields")
		}
		if o["text"] != nil {
			j.text(at+".text", o["text"], 3000)
		}
		if len(fields) > 10 {
			j.fault(at+".fields", "%d", len(fields))
		}
		for _, f := range fields {
			j.text(at+".fields", f, 2000)
		}
		if a, ok := o["accessory"].(object); ok {
			j.element(at+".accessory", a, "button", "static_select", "multi_static_select", "overflow", "checkboxes", "radio_buttons")
		}
	case "context":
		j.known(at, o, "elements")
		es, _ := o["elements"].([]any)
		if len(es) < 1 || len(es) > 10 {
			j.fault(at+".elements", "%d", len(es))
		}
		for _, e := range es {
			j.text(at+".elements", e, 3000)
		}
	case "actions":
		j.known(at, o, "elements")
		es, _ := o["elements"].([]any)
		if len(es) < 1 || len(es) > 25 {
			j.fault(at+".elements", "%d", len(es))
		}
		for _, e := range es {
			x, _ := e.(object)
			j.element(at+".elements", x, "button", "static_select", "multi_static_select", "overflow", "checkboxes", "radio_buttons")
		}
	case "input":
		j.known(at, o, "label", "element", "hint", "optional", "dispatch_action")
		if in == "message" || in == "home" {
			j.fault(at, "an input in a %s", in)
		}
		if o["block_id"] == nil {
			j.fault(at, "an input whose error could not be placed")
		}
		j.plain(at+".label", o["label"], 2000)
		if o["hint"] != nil {
			j.plain(at+".hint", o["hint"], 2000)
		}
		e, _ := o["element"].(object)
		j.element(at+".element", e, "plain_text_input", "static_select", "multi_static_select", "checkboxes", "radio_buttons")
	case "rich_text":
		j.known(at, o, "elements")
		es, _ := o["elements"].([]any)
		for _, e := range es {
			x, _ := e.(object)
			if !slices.Contains([]any{"rich_text_section", "rich_text_quote", "rich_text_preformatted"}, x["type"]) {
				j.fault(at, "an element %v", x["type"])
			}
			inner, _ := x["elements"].([]any)
			if len(inner) == 0 {
				j.fault(at, "an empty element")
			}
			for _, i := range inner {
				s, _ := i.(object)
				if text, _ := s["text"].(string); s["type"] != "text" || text == "" || utf8.RuneCountInString(text) > 3000 {
					j.fault(at, "an element %v of %d characters", s["type"], utf8.RuneCountInString(text))
				}
			}
		}
	default:
		j.fault(at, "a block that we do not use")
	}
}

func (j *judge) element(at string, o object, allowed ...string) {
	kind, _ := o["type"].(string)
	at += "(" + kind + ")"
	if !slices.Contains(allowed, kind) {
		j.fault(at, "does not belong here")
		return
	}
	j.length(at+".action_id", o["action_id"], 255)
	id, _ := o["action_id"].(string)
	if id != "" && j.acts[id] {
		j.fault(at, "a second action %q in one block", id)
	}
	j.acts[id] = true
	if focus, _ := o["focus_on_load"].(bool); focus {
		if j.focus++; j.focus > 1 {
			j.fault(at, "a second focus")
		}
	}
	if c, ok := o["confirm"].(object); ok {
		j.known(at+".confirm", c, "title", "text", "confirm", "deny", "style")
		j.plain(at+".confirm.title", c["title"], 100)
		j.text(at+".confirm.text", c["text"], 300)
		j.plain(at+".confirm.confirm", c["confirm"], 30)
		j.plain(at+".confirm.deny", c["deny"], 30)
	}
	switch kind {
	case "button":
		j.known(at, o, "action_id", "text", "value", "url", "style", "confirm", "accessibility_label")
		j.plain(at+".text", o["text"], 75)
		j.length(at+".value", o["value"], 2000)
		j.length(at+".url", o["url"], 3000)
		j.length(at+".accessibility_label", o["accessibility_label"], 75)
		if s := o["style"]; s != nil && s != "primary" && s != "danger" {
			j.fault(at+".style", "%v", s)
		}
	case "plain_text_input":
		j.known(at, o, "action_id", "placeholder", "initial_value", "multiline", "min_length", "max_length", "focus_on_load")
		j.length(at+".initial_value", o["initial_value"], 3000)
		if n, _ := o["max_length"].(float64); n > 3000 {
			j.fault(at+".max_length", "%v", n)
		}
		j.placeholder(at, o)
	case "static_select", "multi_static_select":
		j.known(at, o, "action_id", "placeholder", "options", "option_groups", "initial_option", "initial_options", "confirm", "max_selected_items", "focus_on_load")
		if (o["options"] == nil) == (o["option_groups"] == nil) {
			j.fault(at, "options or groups, one of them")
		}
		j.options(at, o, 100)
		j.placeholder(at, o)
	case "overflow":
		j.options(at, o, 5)
	case "checkboxes", "radio_buttons":
		j.options(at, o, 10)
	}
}

func (j *judge) placeholder(at string, o object) {
	if o["placeholder"] != nil {
		j.plain(at+".placeholder", o["placeholder"], 150)
	}
}

func (j *judge) options(at string, o object, most int) {
	groups, _ := o["option_groups"].([]any)
	if len(groups) > 100 {
		j.fault(at+".option_groups", "%d", len(groups))
	}
	for _, g := range groups {
		x, _ := g.(object)
		j.plain(at+".option_groups.label", x["label"], 75)
		j.options(at+".option_groups", object{"options": x["options"]}, 100)
	}
	os, _ := o["options"].([]any)
	if groups == nil && (len(os) < 1 || len(os) > most) {
		j.fault(at+".options", "%d", len(os))
	}
	var values []any
	for _, x := range os {
		opt, _ := x.(object)
		j.known(at+".options", opt, "text", "value", "description", "url")
		j.text(at+".options.text", opt["text"], 75)
		if opt["description"] != nil {
			j.text(at+".options.description", opt["description"], 75)
		}
		if v, _ := opt["value"].(string); v == "" || utf8.RuneCountInString(v) > 75 {
			j.fault(at+".options.value", "%d characters", utf8.RuneCountInString(v))
		}
		j.length(at+".options.url", opt["url"], 3000)
		if slices.Contains(values, opt["value"]) {
			j.fault(at+".options", "two with the value %v", opt["value"])
		}
		values = append(values, opt["value"])
	}
	initial, _ := o["initial_options"].([]any)
	if i := o["initial_option"]; i != nil {
		initial = append(initial, i)
	}
	for _, i := range initial {
		if x, _ := i.(object); !slices.Contains(values, x["value"]) {
			j.fault(at+".initial_option", "%v is not among the options", x["value"])
		}
	}
}

func (j *judge) id(at string, o object) {
	id, _ := o["block_id"].(string)
	j.length(at+".block_id", o["block_id"], 255)
	if id != "" && j.ids[id] {
		j.fault(at, "a second block %q", id)
	}
	j.ids[id] = true
}

// known refuses what an object of its kind does not have.
func (j *judge) known(at string, o object, keys ...string) {
	for k := range o {
		if k != "type" && k != "block_id" && !slices.Contains(keys, k) {
			j.fault(at, "has a %q", k)
		}
	}
}

func (j *judge) length(at string, v any, most int) {
	if s, _ := v.(string); utf8.RuneCountInString(s) > most {
		j.fault(at, "%d characters", utf8.RuneCountInString(s))
	}
}

func (j *judge) plain(at string, v any, most int) {
	if o, _ := v.(object); o["type"] != "plain_text" {
		j.fault(at, "is not plain text: %v", v)
	}
	j.text(at, v, most)
}

func (j *judge) text(at string, v any, most int) {
	o, _ := v.(object)
	s, _ := o["text"].(string)
	if n := utf8.RuneCountInString(s); strings.TrimSpace(s) == "" || n > most {
		j.fault(at, "%d characters", n)
	}
	switch o["type"] {
	case "plain_text":
		j.known(at, o, "text", "emoji")
	case "mrkdwn":
		j.known(at, o, "text", "verbatim")
		j.markup(at, s)
		if v, _ := o["verbatim"].(bool); !v {
			j.fault(at, "Slack would look for mentions in it")
		}
	default:
		j.fault(at, "is no text: %v", o["type"])
	}
}

// ours is the only markup that we write: dates, addresses and channels.
var ours = regexp.MustCompile(`^<(!date\^[1-9][0-9]*\^\{date_short\}, \{time\}\|[^<>|&]+|https?://[^<>| ]+(\|[^<>|]+)?|#[A-Z0-9]+)>`)

// markup refuses what is not escaped, and every mention that pings.
func (j *judge) markup(at, s string) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '<':
			m := ours.FindString(s[i:])
			if m == "" {
				j.fault(at, "markup that is not ours: %.60q", s[i:])
				return
			}
			i += len(m) - 1
		case '>':
			j.fault(at, "an unescaped >: %.60q", s[i:])
		case '&':
			if !slices.ContainsFunc([]string{"&amp;", "&lt;", "&gt;"}, func(e string) bool { return strings.HasPrefix(s[i:], e) }) {
				j.fault(at, "an unescaped &: %.60q", s[i:])
			}
		}
	}
}
