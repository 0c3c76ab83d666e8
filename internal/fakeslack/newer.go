package fakeslack

import "math"

// newerShapes are the blocks of 2025 and 2026, made for agents. A message may
// have context_actions and data_table; the others are known by their limits.
func newerShapes() map[string]shape {
	status := oneOf("pending", "in_progress", "complete", "error")
	rich := typed("rich_text")
	task := map[string]rule{"task_id": str(1, 255), "title": str(1, math.MaxInt), "status": status, "output": rich, "details": rich, "sources": each(0, 100, typed("url"))}
	positive := func(v *checker, path string, x any) {
		if n, is := x.(float64); !is || n <= 0 {
			v.say(path, "must be more than 0")
		}
	}
	return map[string]shape{
		"alert": {needs: needs("text"), fields: map[string]rule{"text": anyText(200), "level": oneOf("default", "info", "warning", "error", "success")}},
		"card": {fields: map[string]rule{"title": anyText(150), "subtitle": anyText(150), "body": anyText(200), "subtext": anyText(200), "hero_image": typed("image"), "icon": typed("image"),
			"slack_icon": typed("icon"), "actions": each(0, 3, typed("button"))}},
		"icon":     {needs: needs("name"), fields: map[string]rule{"name": str(1, 255)}},
		"carousel": {needs: needs("elements"), fields: map[string]rule{"elements": each(1, 10, typed("card"))}},
		"container": {needs: needs("title", "child_blocks"), fields: map[string]rule{"title": anyText(150), "subtitle": anyText(150), "child_blocks": each(1, 10, typed(allowed(inMessage)...)),
			"width": oneOf("narrow", "standard", "wide", "full"), "is_collapsible": yesNo, "default_collapsed": yesNo, "has_header_divider": yesNo, "icon": anything}},
		"context_actions": {needs: needs("elements"), fields: map[string]rule{"elements": each(1, 5, typed("feedback_buttons", "icon_button"))}},
		"feedback_buttons": {needs: needs("positive_button", "negative_button"), fields: map[string]rule{"action_id": str(0, 255),
			"positive_button": shaped("feedback_button"), "negative_button": shaped("feedback_button")}},
		"feedback_button": {needs: needs("text"), fields: map[string]rule{"text": plainOf(75), "value": str(0, 2000), "accessibility_label": str(0, 75)}},
		"icon_button": {needs: needs("icon", "text"), fields: map[string]rule{"icon": str(1, 255), "text": plainOf(75), "action_id": str(0, 255), "value": str(0, 2000),
			"confirm": shaped("confirm"), "accessibility_label": str(0, 75), "visible_to_user_ids": each(0, 10, str(1, 255))}},
		"plan":      {needs: needs("title"), fields: map[string]rule{"title": str(1, math.MaxInt), "tasks": each(0, 100, shaped("task"))}},
		"task":      {needs: needs("task_id", "title"), fields: task},
		"task_card": {needs: needs("task_id", "title"), fields: task},
		"url":       {needs: needs("url"), fields: map[string]rule{"url": str(1, 3000), "text": str(0, math.MaxInt)}},
		"data_table": {needs: needs("rows"), fields: map[string]rule{"rows": each(2, 201, each(1, 20, typed("raw_text", "raw_number", "rich_text"))), "page_size": num(1, 100),
			"caption": str(0, math.MaxInt), "row_header_column_index": num(0, 19)},
			also: func(v *checker, path string, o obj) {
				if cells(o) > maxCells {
					v.say(path+"/rows", "must hold less than %d characters", maxCells+1)
				}
			}},
		"raw_number":         {needs: needs("value"), fields: map[string]rule{"value": num(-math.MaxFloat64, math.MaxFloat64), "text": str(1, math.MaxInt)}},
		"data_visualization": {needs: needs("title", "chart"), fields: map[string]rule{"title": str(1, 50), "chart": typed("pie", "bar", "line", "area")}},
		"pie":                {needs: needs("segments"), fields: map[string]rule{"segments": each(1, 12, shaped("segment"))}},
		"segment":            {needs: needs("label", "value"), fields: map[string]rule{"label": str(1, 20), "value": positive}},
		"bar":                axes(), "line": axes(), "area": axes(),
		"series": {needs: needs("name", "data"), fields: map[string]rule{"name": str(1, 20), "data": each(1, 20, shaped("point"))}},
		"point":  {needs: needs("label", "value"), fields: map[string]rule{"label": str(1, 20), "value": num(-math.MaxFloat64, math.MaxFloat64)}},
		"axis":   {needs: needs("categories"), fields: map[string]rule{"categories": each(1, 20, str(1, 20)), "x_label": str(0, 50), "y_label": str(0, 50)}},
	}
}

// maxCells is the text of all cells of a data table.
const maxCells = 20_000

func axes() shape {
	return shape{needs: needs("series", "axis_config"), fields: map[string]rule{"series": each(1, 12, shaped("series")), "axis_config": shaped("axis")}}
}
