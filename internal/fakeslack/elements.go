package fakeslack

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

func list(o obj, k string) []any { l, _ := o[k].([]any); return l }

func text(o obj, k string) string { s, _ := o[k].(string); return s }

// inner is the text of a text object.
func inner(o obj, k string) string { t, _ := o[k].(obj); return text(t, "text") }

// mustList reads a JSON array that a test wrote, or one that was checked before.
func mustList(s string) []any {
	var out []any
	if err := json.Unmarshal([]byte(s), &out); err != nil {
		panic(fmt.Sprintf("fakeslack: %q is no JSON array: %v", s, err))
	}
	return out
}

// elements gives each interactive element with its block, until yield says no.
func elements(blocks []any, yield func(block, el obj) bool) {
	for _, b := range blocks {
		block, _ := b.(obj)
		for _, k := range []string{"element", "accessory"} {
			if el, is := block[k].(obj); is && !yield(block, el) {
				return
			}
		}
		for _, e := range list(block, "elements") {
			if el, is := e.(obj); is && el["action_id"] != nil && !yield(block, el) {
				return
			}
		}
	}
}

// complete gives ids to blocks and elements that were sent without, as Slack does.
func (f *Fake) complete(blocks []any) {
	for _, b := range blocks {
		if block, is := b.(obj); is && text(block, "block_id") == "" {
			block["block_id"] = f.id("")[3:]
		}
	}
	interactive := func(kind string) bool {
		return kind != "image" && kind != "mrkdwn" && kind != "plain_text" && !strings.HasPrefix(kind, "rich_text_section")
	}
	for _, b := range blocks {
		block, _ := b.(obj)
		under := append(slices.Clone(list(block, "elements")), block["element"], block["accessory"])
		if text(block, "type") != "actions" && text(block, "type") != "input" && text(block, "type") != "section" {
			continue
		}
		for _, e := range under {
			if el, is := e.(obj); is && interactive(text(el, "type")) && text(el, "action_id") == "" {
				el["action_id"] = f.id("")[3:]
			}
		}
	}
}

// findElement finds an element by its action id, else by its label.
func findElement(blocks []any, action string) (blockID string, found obj) {
	elements(blocks, func(block, el obj) bool {
		if text(el, "action_id") == action {
			blockID, found = text(block, "block_id"), el
		}
		return found == nil
	})
	if found == nil {
		elements(blocks, func(block, el obj) bool {
			if inner(el, "text") == action {
				blockID, found = text(block, "block_id"), el
			}
			return found == nil
		})
	}
	return blockID, found
}

func actionIDs(blocks []any) []string {
	var out []string
	elements(blocks, func(_, el obj) bool {
		out = append(out, text(el, "action_id"))
		return true
	})
	return out
}

// inputBlocks are the ids of the input blocks.
func inputBlocks(blocks []any) []string {
	var out []string
	for _, b := range blocks {
		if block, _ := b.(obj); text(block, "type") == "input" {
			out = append(out, text(block, "block_id"))
		}
	}
	return out
}

// enter notes a value in a state: state[block][action].
func enter(state obj, block, action string, value obj) {
	actions, is := state[block].(obj)
	if !is {
		actions = obj{}
		state[block] = actions
	}
	actions[action] = value
}

// initial is the state of blocks that nobody has touched.
func initial(blocks []any) obj {
	state := obj{}
	elements(blocks, func(block, el obj) bool {
		kind := text(el, "type")
		if kind == "button" || kind == "overflow" || kind == "image" || kind == "workflow_button" || text(block, "type") == "context_actions" {
			return true // they have no state
		}
		value := obj{"type": kind}
		for _, k := range []string{"value", "option", "options", "user", "users", "channel", "channels", "conversation", "conversations", "date", "time", "date_time"} {
			if v, has := el["initial_"+k]; has {
				value[key(kind, k)] = v
			}
		}
		if _, any := value[holder(kind)]; !any {
			value[holder(kind)] = nothing(kind)
		}
		enter(state, text(block, "block_id"), text(el, "action_id"), value)
		return true
	})
	return state
}

// key is where the state keeps what initial_k set.
func key(kind, k string) string {
	switch {
	case k == "value" && kind == "rich_text_input":
		return "rich_text_value"
	case k == "value":
		return "value"
	}
	return "selected_" + k
}

// holder is the field of the state in which an element keeps its value.
func holder(kind string) string {
	switch kind {
	case "static_select", "external_select", "radio_buttons", "overflow":
		return "selected_option"
	case "multi_static_select", "multi_external_select", "checkboxes":
		return "selected_options"
	case "users_select":
		return "selected_user"
	case "multi_users_select":
		return "selected_users"
	case "channels_select":
		return "selected_channel"
	case "multi_channels_select":
		return "selected_channels"
	case "conversations_select":
		return "selected_conversation"
	case "multi_conversations_select":
		return "selected_conversations"
	case "datepicker":
		return "selected_date"
	case "timepicker":
		return "selected_time"
	case "datetimepicker":
		return "selected_date_time"
	case "rich_text_input":
		return "rich_text_value"
	case "file_input":
		return "files"
	}
	return "value"
}

// many says whether an element takes several values.
func many(kind string) bool { return kind == "checkboxes" || strings.HasPrefix(kind, "multi_") }

// nothing is the value of an element that has none.
func nothing(kind string) any {
	if many(kind) || kind == "file_input" {
		return []any{}
	}
	return nil
}

// chosen makes what the state holds once a person has entered values. An option
// that is not offered is the test's mistake.
func chosen(el obj, values []string) obj {
	kind := text(el, "type")
	at := holder(kind)
	var vals []any
	for _, v := range values {
		switch at {
		case "selected_option", "selected_options":
			vals = append(vals, option(el, v))
		case "selected_date_time":
			vals = append(vals, json.Number(v))
		case "rich_text_value":
			vals = append(vals, obj{"type": "rich_text", "elements": []any{obj{"type": "rich_text_section", "elements": []any{obj{"type": "text", "text": v}}}}})
		default:
			vals = append(vals, v)
		}
	}
	switch {
	case many(kind) && vals == nil:
		return obj{"type": kind, at: []any{}}
	case many(kind):
		return obj{"type": kind, at: vals}
	case len(vals) == 0 || values[0] == "":
		return obj{"type": kind, at: nil}
	}
	return obj{"type": kind, at: vals[0]}
}

// option finds an option by its value, else by its text.
func option(el obj, want string) obj {
	if strings.Contains(text(el, "type"), "external") {
		return obj{"text": obj{"type": "plain_text", "text": want}, "value": want}
	}
	opts := slices.Clone(list(el, "options"))
	for _, g := range list(el, "option_groups") {
		group, _ := g.(obj)
		opts = append(opts, list(group, "options")...)
	}
	var names []string
	for _, by := range []func(obj) string{func(o obj) string { return text(o, "value") }, func(o obj) string { return inner(o, "text") }} {
		for _, x := range opts {
			o, _ := x.(obj)
			if by(o) == want {
				return o
			}
			names = append(names, by(o))
		}
	}
	panic(fmt.Sprintf("fakeslack: %q offers no option %q, only %s", text(el, "action_id"), want, strings.Join(names, ", ")))
}
