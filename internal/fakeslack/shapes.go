package fakeslack

import (
	"maps"
	"math"
	"strconv"
	"unicode/utf8"
)

// maxTextObject is the longest text of any text object.
const maxTextObject = 3000

// newKit is Block Kit: each object's fields and limits, by type, as
// docs.slack.dev/reference/block-kit and the slackblocks limits list them.
func newKit() kit {
	all := kit{}
	for _, part := range []map[string]shape{objects(), blockShapes(), elementShapes(), richShapes(), newerShapes()} {
		maps.Copy(all, part)
	}
	return all
}

func needs(names ...string) []string { return names }

// objects are what blocks are composed of, and the views.
func objects() map[string]shape {
	option := map[string]rule{"text": anyText(75), "value": str(0, 150), "description": anyText(75), "url": str(0, 3000)}
	view := func(extra map[string]rule) map[string]rule {
		fields := map[string]rule{"blocks": anything, "private_metadata": str(0, 3000), "callback_id": str(0, 255), "external_id": str(0, 255)}
		maps.Copy(fields, extra)
		return fields
	}
	return map[string]shape{
		"plain_text":   {needs: needs("text"), fields: map[string]rule{"text": str(1, maxTextObject), "emoji": yesNo}},
		"mrkdwn":       {needs: needs("text"), fields: map[string]rule{"text": str(1, maxTextObject), "verbatim": yesNo}},
		"option":       {needs: needs("text", "value"), fields: option},
		"option_group": {needs: needs("label", "options"), fields: map[string]rule{"label": plainOf(75), "options": each(1, 100, shaped("option"))}},
		"confirm": {needs: needs("title", "text"), fields: map[string]rule{"title": plainOf(100), "text": anyText(300),
			"confirm": plainOf(30), "deny": plainOf(30), "style": oneOf("primary", "danger")}},
		"filter": {fields: map[string]rule{"include": each(1, 4, oneOf("im", "mpim", "private", "public")),
			"exclude_external_shared_channels": yesNo, "exclude_bot_users": yesNo}},
		"dispatch":   {fields: map[string]rule{"trigger_actions_on": each(1, 2, oneOf("on_enter_pressed", "on_character_entered"))}},
		"slack_file": {fields: map[string]rule{"id": str(1, 255), "url": str(1, 3000)}},
		"parameter":  {needs: needs("name", "value"), fields: map[string]rule{"name": str(1, 255), "value": anything}},
		"trigger": {needs: needs("url"), fields: map[string]rule{"url": str(1, 3000),
			"customizable_input_parameters": each(0, 100, shaped("parameter"))}},
		"workflow": {needs: needs("trigger"), fields: map[string]rule{"trigger": shaped("trigger")}},
		"view:modal": {needs: needs("title", "blocks"), fields: view(map[string]rule{"title": plainOf(24), "close": plainOf(24), "submit": plainOf(24),
			"clear_on_close": yesNo, "notify_on_close": yesNo, "submit_disabled": yesNo})},
		"view:home": {needs: needs("blocks"), fields: view(nil)},
	}
}

// blockShapes are the blocks that a bot of today sends.
func blockShapes() map[string]shape {
	inputs := []string{"plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input", "file_input", "checkboxes", "radio_buttons",
		"datepicker", "timepicker", "datetimepicker", "static_select", "external_select", "users_select", "conversations_select", "channels_select",
		"multi_static_select", "multi_external_select", "multi_users_select", "multi_conversations_select", "multi_channels_select"}
	acting := []string{"button", "workflow_button", "overflow", "checkboxes", "radio_buttons", "datepicker", "timepicker", "datetimepicker",
		"static_select", "external_select", "users_select", "conversations_select", "channels_select"}
	multi := []string{"multi_static_select", "multi_external_select", "multi_users_select", "multi_conversations_select", "multi_channels_select"}
	image := map[string]rule{"image_url": str(1, 3000), "slack_file": shaped("slack_file"), "alt_text": str(0, 2000), "title": plainOf(2000),
		"image_width": anything, "image_height": anything, "image_bytes": anything, "fallback": anything}
	return map[string]shape{
		"section": {fields: map[string]rule{"text": anyText(3000), "fields": each(1, 10, anyText(2000)), "accessory": typed(append(append(multi, acting...), "image")...), "expand": yesNo},
			also: func(v *checker, path string, o obj) {
				if o["text"] == nil && o["fields"] == nil {
					v.say(path, "missing required field: text or fields")
				}
			}},
		"divider": {},
		"header":  {needs: needs("text"), fields: map[string]rule{"text": plainOf(150), "level": num(1, 4)}},
		"image":   {needs: needs("alt_text"), fields: image, also: oneSource},
		"actions": {needs: needs("elements"), fields: map[string]rule{"elements": each(1, 25, typed(acting...))}, also: uniqueActions},
		"context": {needs: needs("elements"), fields: map[string]rule{"elements": each(1, 10, typed("image", "plain_text", "mrkdwn"))}},
		"input": {needs: needs("label", "element"), fields: map[string]rule{"label": plainOf(2000), "element": typed(inputs...), "hint": plainOf(2000),
			"optional": yesNo, "dispatch_action": yesNo}},
		"markdown":  {needs: needs("text"), fields: map[string]rule{"text": str(1, maxMarkdown)}},
		"rich_text": {needs: needs("elements"), fields: map[string]rule{"elements": each(0, math.MaxInt, typed("rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"))}},
		"file":      {needs: needs("external_id", "source"), fields: map[string]rule{"external_id": str(1, 255), "source": oneOf("remote")}},
		"video": {needs: needs("alt_text", "title", "thumbnail_url", "video_url"), fields: map[string]rule{"alt_text": str(1, 200), "title": plainOf(200),
			"author_name": str(0, 50), "description": plainOf(200), "provider_name": str(0, 50), "provider_icon_url": str(0, 3000),
			"title_url": str(0, 3000), "thumbnail_url": str(1, 3000), "video_url": str(1, 3000)}},
		"table": {needs: needs("rows"), fields: map[string]rule{"rows": each(1, 100, each(1, 20, typed("raw_text", "rich_text"))), "column_settings": each(1, 20, anything)}, also: evenRows},
	}
}

// oneSource: an image has an address or a file, not both.
func oneSource(v *checker, path string, o obj) {
	if (o["image_url"] == nil) == (o["slack_file"] == nil) {
		v.say(path, "must have either image_url or slack_file")
	}
}

func uniqueActions(v *checker, path string, o obj) {
	seen := map[string]bool{}
	for _, x := range list(o, "elements") {
		el, _ := x.(obj)
		if id := text(el, "action_id"); id != "" && seen[id] {
			v.say(path, "`action_id` \"%s\" already exists", id)
		} else {
			seen[id] = true
		}
	}
}

// evenRows: every row of a table has as many cells, and at most one setting each.
func evenRows(v *checker, path string, o obj) {
	width := -1
	for _, x := range list(o, "rows") {
		cells, _ := x.([]any)
		if width >= 0 && len(cells) != width {
			v.say(path+"/rows", "all rows must have the same number of columns")
		}
		width = len(cells)
	}
	if settings := list(o, "column_settings"); settings != nil && len(settings) != width {
		v.say(path+"/column_settings", "must match the number of columns")
	}
}

// elementShapes are what can be pressed, chosen and typed into.
func elementShapes() map[string]shape {
	with := func(extra map[string]rule) map[string]rule {
		fields := map[string]rule{"action_id": str(0, 255), "confirm": shaped("confirm"), "focus_on_load": yesNo, "placeholder": plainOf(150)}
		maps.Copy(fields, extra)
		return fields
	}
	ids := each(0, math.MaxInt, str(1, 255))
	menu := func(extra map[string]rule) shape { return shape{fields: with(extra)} }
	most := map[string]rule{"max_selected_items": num(1, math.MaxInt32)}
	multi := func(extra map[string]rule) shape { s := menu(extra); maps.Copy(s.fields, most); return s }
	static := func(extra map[string]rule) shape {
		s := menu(map[string]rule{"options": each(1, 100, shaped("option")), "option_groups": each(1, 100, shaped("option_group"))})
		maps.Copy(s.fields, extra)
		s.also = func(v *checker, path string, o obj) {
			if (o["options"] == nil) == (o["option_groups"] == nil) {
				v.say(path, "must have either options or option_groups")
			}
		}
		return s
	}
	choices := func(kind int, initial string, of rule) shape {
		s := menu(map[string]rule{"options": each(1, kind, shaped("option")), initial: of})
		delete(s.fields, "placeholder")
		s.needs = needs("options")
		return s
	}
	button := shape{needs: needs("text"), fields: map[string]rule{"text": plainOf(75), "action_id": str(0, 255), "url": str(0, 3000), "value": str(0, 2000),
		"style": oneOf("primary", "danger"), "confirm": shaped("confirm"), "accessibility_label": str(0, 75)}}
	typing := func(extra map[string]rule) shape {
		s := menu(extra)
		s.fields["dispatch_action_config"] = shaped("dispatch")
		return s
	}
	number := typing(map[string]rule{"is_decimal_allowed": yesNo, "initial_value": anything, "min_value": anything, "max_value": anything})
	number.needs = needs("is_decimal_allowed")
	number.also = func(v *checker, path string, o obj) {
		if lo, hi := parse(o["min_value"]), parse(o["max_value"]); lo > hi {
			v.say(path, "min_value must not be more than max_value")
		}
	}
	return map[string]shape{
		"button": button,
		"workflow_button": {needs: needs("text", "workflow"), fields: map[string]rule{"text": plainOf(75), "action_id": str(0, 255), "workflow": shaped("workflow"),
			"style": oneOf("primary", "danger"), "accessibility_label": str(0, 75)}},
		"overflow":                   choices(5, "initial_option", shaped("option")),
		"checkboxes":                 choices(10, "initial_options", each(1, 10, shaped("option"))),
		"radio_buttons":              choices(10, "initial_option", shaped("option")),
		"static_select":              static(map[string]rule{"initial_option": shaped("option")}),
		"multi_static_select":        static(map[string]rule{"initial_options": each(0, 100, shaped("option")), "max_selected_items": num(1, math.MaxInt32)}),
		"external_select":            menu(map[string]rule{"min_query_length": num(0, math.MaxInt32), "initial_option": shaped("option")}),
		"multi_external_select":      multi(map[string]rule{"min_query_length": num(0, math.MaxInt32), "initial_options": each(0, 100, shaped("option"))}),
		"users_select":               menu(map[string]rule{"initial_user": str(1, 255)}),
		"multi_users_select":         multi(map[string]rule{"initial_users": ids}),
		"channels_select":            menu(map[string]rule{"initial_channel": str(1, 255), "response_url_enabled": yesNo}),
		"multi_channels_select":      multi(map[string]rule{"initial_channels": ids}),
		"conversations_select":       menu(map[string]rule{"initial_conversation": str(1, 255), "response_url_enabled": yesNo, "default_to_current_conversation": yesNo, "filter": shaped("filter")}),
		"multi_conversations_select": multi(map[string]rule{"initial_conversations": ids, "default_to_current_conversation": yesNo, "filter": shaped("filter")}),
		"datepicker":                 menu(map[string]rule{"initial_date": str(10, 10)}),
		"timepicker":                 menu(map[string]rule{"initial_time": str(5, 5), "timezone": str(1, 255)}),
		"datetimepicker":             menu(map[string]rule{"initial_date_time": num(0, math.MaxInt64)}),
		"plain_text_input":           typing(map[string]rule{"initial_value": str(0, 3000), "multiline": yesNo, "min_length": num(0, 3000), "max_length": num(1, 3000)}),
		"email_text_input":           typing(map[string]rule{"initial_value": str(0, 3000)}),
		"url_text_input":             typing(map[string]rule{"initial_value": str(0, 3000)}),
		"number_input":               number,
		"rich_text_input":            typing(map[string]rule{"initial_value": anything}),
		"file_input":                 {fields: map[string]rule{"action_id": str(0, 255), "filetypes": ids, "max_files": num(1, 10)}},
	}
}

// parse is a number that may be written as text; what is not there is neither
// too small nor too large.
func parse(x any) float64 {
	switch n := x.(type) {
	case float64:
		return n
	case string:
		if f, err := strconv.ParseFloat(n, 64); err == nil {
			return f
		}
	}
	return math.NaN()
}

// richShapes are the parts of rich text.
func richShapes() map[string]shape {
	parts := []string{"text", "link", "user", "channel", "usergroup", "emoji", "broadcast", "color", "date", "team"}
	section := func(of rule) shape {
		return shape{needs: needs("elements"), fields: map[string]rule{"elements": each(0, math.MaxInt, of), "style": anything, "border": num(0, 1), "indent": num(0, 8), "offset": num(0, math.MaxInt32), "language": str(0, 255)}}
	}
	leaf := func(need string, more ...string) shape {
		s := shape{fields: map[string]rule{"style": anything, need: str(1, math.MaxInt)}, needs: needs(need)}
		for _, m := range more {
			s.fields[m] = anything
		}
		return s
	}
	list := section(typed("rich_text_section"))
	list.fields["style"], list.fields["border"] = oneOf("bullet", "ordered"), num(0, math.MaxInt32)
	return map[string]shape{
		"rich_text_section": section(typed(parts...)), "rich_text_list": list,
		"rich_text_preformatted": section(typed("text", "link")), "rich_text_quote": section(typed(parts...)),
		"text": leaf("text"), "link": leaf("url", "text", "unsafe"), "user": leaf("user_id"), "channel": leaf("channel_id"), "usergroup": leaf("usergroup_id"),
		"emoji": leaf("name", "unicode", "skin_tone", "display_url"), "broadcast": leaf("range"), "color": leaf("value"), "team": leaf("team_id"),
		"date":     {needs: needs("timestamp", "format"), fields: map[string]rule{"timestamp": num(0, math.MaxInt64), "format": str(1, 255), "url": str(0, 3000), "fallback": str(0, 255), "style": anything}},
		"raw_text": {needs: needs("text"), fields: map[string]rule{"text": str(1, math.MaxInt)}},
	}
}

// cells is how much text the cells of a data table hold.
func cells(o obj) int {
	n := 0
	for _, r := range list(o, "rows") {
		row, _ := r.([]any)
		for _, c := range row {
			cell, _ := c.(obj)
			n += utf8.RuneCountInString(text(cell, "text"))
		}
	}
	return n
}
