package fakeslack

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// corpus is where the collected facts about Slack lie; they are not part of the
// project.
func corpus(t *testing.T) string {
	t.Helper()
	dir := "../../../shared/data/slack"
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("no collection here: %v", err)
		}
		t.Skip("no collection of Slack's limits here")
	}
	return dir
}

func load(t *testing.T, file string) any {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var x any
	if err := json.Unmarshal(b, &x); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return x
}

// check checks one object as what it says it is, or as the shape given.
func check(x any, name string) []string {
	v := &checker{kit: newKit()}
	if name == "" {
		o, _ := x.(obj)
		name = text(o, "type")
	}
	v.object("", x, name)
	return v.bad
}

// What is valid is taken.
func TestValidBlockKit(t *testing.T) {
	dir := filepath.Join(corpus(t), "blockkit-fixtures", "fixtures", "valid")
	shape := map[string]string{"confirmation": "confirm", "conversation": "filter", "dispatch": "dispatch", "input": "parameter", "option": "option",
		"text": "", "trigger": "trigger", "workflow": "workflow"}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.json"))
	if err != nil || len(files) < 90 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		base := strings.TrimSuffix(filepath.Base(file), ".json")
		x := load(t, file)
		o, _ := x.(obj)
		t.Run(base, func(t *testing.T) {
			var bad []string
			switch filepath.Base(filepath.Dir(file)) {
			case "blocks", "elements", "rich_text":
				bad = check(x, "")
			case "objects":
				kind, _, _ := strings.Cut(base, "_")
				if strings.HasPrefix(base, "option_group") {
					kind, shape["option_group"] = "option_group", "option_group"
				}
				bad = check(x, shape[kind])
			case "views":
				bad = newKit().checkView(o)
			default: // messages and attachments; that they repeat block ids is their carelessness
				for _, b := range list(o, "blocks") {
					bad = append(bad, check(b, "")...)
				}
				for _, a := range list(o, "attachments") {
					att, _ := a.(obj)
					for _, b := range list(att, "blocks") {
						bad = append(bad, check(b, "")...)
					}
				}
			}
			if len(bad) > 0 {
				t.Errorf("refused: %v", bad)
			}
		})
	}
}

// A breach changes one place of something valid.
type breach struct {
	file string // of the valid fixtures, without ending
	path string // into it, dots between; "" is the whole
	to   any    // what stands there then; nil takes it away
}

func long(n int) string { return strings.Repeat("😀", n) } // outside the basic plane: one character, not two

func times(n int, x any) []any { return slices.Repeat([]any{x}, n) }

// set puts a value at a path.
func set(t *testing.T, x any, path []string, to any) any {
	t.Helper()
	if len(path) == 0 {
		return to
	}
	switch y := x.(type) {
	case obj:
		v := set(t, y[path[0]], path[1:], to)
		if v == nil {
			delete(y, path[0])
		} else {
			y[path[0]] = v
		}
		return y
	case []any:
		i, err := strconv.Atoi(path[0])
		if err != nil || i >= len(y) {
			t.Fatalf("no %q in an array of %d", path[0], len(y))
		}
		y[i] = set(t, y[i], path[1:], to)
		return y
	}
	if x == nil {
		return set(t, obj{}, path, to)
	}
	t.Fatalf("no %v in a %T", path, x)
	return nil
}

// What breaks a limit is refused: one case for each of the collection's, which
// names the constraint and leaves it to us to break it.
func TestInvalidBlockKit(t *testing.T) {
	dir := corpus(t)
	manifest, _ := load(t, filepath.Join(dir, "blockkit-fixtures", "fixtures", "invalid", "manifest.json")).(obj)
	known := breaches()
	cases := list(manifest, "cases")
	if len(cases) < 90 {
		t.Fatalf("only %d cases", len(cases))
	}
	for _, c := range cases {
		id := text(c.(obj), "id")
		t.Run(id, func(t *testing.T) {
			b, is := known[id]
			if !is {
				t.Fatalf("nobody breaks %s: %s", text(c.(obj), "constraint"), text(c.(obj), "description"))
			}
			file := filepath.Join(dir, "blockkit-fixtures", "fixtures", "valid", b.file+".json")
			x := load(t, file)
			validate := func(x any) []string {
				o, _ := x.(obj)
				switch strings.SplitN(b.file, "_", 2)[0] {
				case "views/modal", "views/hometab":
					return newKit().checkView(o)
				case "objects/confirmation":
					return check(x, "confirm")
				case "objects/option":
					if strings.Contains(b.file, "group") {
						return check(x, "option_group")
					}
					return check(x, "option")
				}
				return check(x, "")
			}
			if bad := validate(x); len(bad) > 0 {
				t.Fatalf("what is changed was not valid: %v", bad)
			}
			var path []string
			if b.path != "" {
				path = strings.Split(b.path, ".")
			}
			raw(b.to) // it must be JSON
			var to any
			if err := json.Unmarshal(raw(b.to), &to); err != nil {
				t.Fatal(err)
			}
			if bad := validate(set(t, x, path, to)); len(bad) == 0 {
				t.Errorf("taken, though: %s", text(c.(obj), "description"))
			} else if len(bad) > 1 && b.file != "elements/image_basic" && !strings.Contains(bad[0], "items") {
				t.Errorf("more is wrong than was broken: %v", bad)
			}
		})
	}
	for id := range known {
		if !slices.ContainsFunc(cases, func(c any) bool { return text(c.(obj), "id") == id }) {
			t.Errorf("%s is no case of the collection", id)
		}
	}
}

func breaches() map[string]breach {
	opt := obj{"text": obj{"type": "plain_text", "text": "A"}, "value": "A"}
	group := obj{"label": obj{"type": "plain_text", "text": "G"}, "options": []any{opt}}
	cell := obj{"type": "raw_text", "text": "x"}
	button := obj{"type": "button", "text": obj{"type": "plain_text", "text": "B"}}
	card := obj{"type": "card", "title": obj{"type": "mrkdwn", "text": "T"}}
	words := obj{"type": "mrkdwn", "text": "w"}
	segment := obj{"label": "s", "value": 1}
	point := obj{"label": "p", "value": 1}
	series := obj{"name": "s", "data": []any{point}}
	feedback := obj{"type": "icon_button", "icon": "trash", "text": obj{"type": "plain_text", "text": "D"}}
	return map[string]breach{
		"text-empty":                                   {"objects/text_plaintext_basic", "text", ""},
		"text-too-long":                                {"objects/text_plaintext_basic", "text", long(3001)},
		"button-action-id-too-long":                    {"elements/button_basic", "action_id", long(256)},
		"button-text-too-long":                         {"elements/button_basic", "text.text", long(76)},
		"button-url-too-long":                          {"elements/button_link", "url", long(3001)},
		"button-value-too-long":                        {"elements/button_basic", "value", long(2001)},
		"button-accessibility-label-too-long":          {"elements/button_basic", "accessibility_label", long(76)},
		"confirmation-title-too-long":                  {"objects/confirmation_dialogue_basic", "title.text", long(101)},
		"confirmation-text-too-long":                   {"objects/confirmation_dialogue_basic", "text.text", long(301)},
		"confirmation-confirm-too-long":                {"objects/confirmation_dialogue_basic", "confirm.text", long(31)},
		"confirmation-deny-too-long":                   {"objects/confirmation_dialogue_basic", "deny.text", long(31)},
		"option-text-too-long":                         {"objects/option_basic", "text.text", long(76)},
		"option-value-too-long":                        {"objects/option_basic", "value", long(151)},
		"option-url-too-long":                          {"objects/option_basic", "url", long(3001)},
		"option-description-too-long":                  {"objects/option_basic", "description", obj{"type": "plain_text", "text": long(76)}},
		"option-group-label-too-long":                  {"objects/option_group_basic", "label.text", long(76)},
		"option-group-empty":                           {"objects/option_group_basic", "options", []any{}},
		"option-group-too-many-options":                {"objects/option_group_basic", "options", times(101, opt)},
		"select-placeholder-too-long":                  {"elements/select_menu_static", "placeholder.text", long(151)},
		"select-too-many-options":                      {"elements/select_menu_static", "options", times(101, opt)},
		"select-too-many-option-groups":                {"elements/select_menu_static", "", obj{"type": "static_select", "option_groups": times(101, group)}},
		"overflow-empty":                               {"elements/overflow_menu_basic", "options", []any{}},
		"overflow-too-many-options":                    {"elements/overflow_menu_basic", "options", times(6, opt)},
		"checkboxes-empty":                             {"elements/checkbox_basic", "options", []any{}},
		"checkboxes-too-many-options":                  {"elements/checkbox_basic", "options", times(11, opt)},
		"radio-buttons-empty":                          {"elements/radio_button_group_basic", "options", []any{}},
		"radio-buttons-too-many-options":               {"elements/radio_button_group_basic", "options", times(11, opt)},
		"url-source-url-empty":                         {"elements/url_source_basic", "url", ""},
		"url-source-url-too-long":                      {"elements/url_source_basic", "url", long(3001)},
		"table-too-many-rows":                          {"blocks/table_block", "rows", times(101, []any{cell, cell})},
		"table-ragged-rows":                            {"blocks/table_block", "rows.0", []any{cell}},
		"table-column-settings-mismatch":               {"blocks/table_block", "column_settings", []any{obj{"is_wrapped": true}}},
		"file-input-max-files-too-small":               {"elements/file_input_basic", "max_files", 0},
		"file-input-max-files-too-large":               {"elements/file_input_basic", "max_files", 11},
		"plain-text-input-max-length-too-large":        {"elements/plaintext_input_basic", "max_length", 3001},
		"actions-too-many-elements":                    {"blocks/actions_block_checkboxes", "elements", times(26, button)},
		"context-too-many-elements":                    {"blocks/context_block_text_only", "elements", times(11, words)},
		"header-text-too-long":                         {"blocks/header_block_only", "text.text", long(151)},
		"image-url-too-long":                           {"elements/image_basic", "image_url", long(3001)},
		"image-alt-text-too-long":                      {"elements/image_basic", "alt_text", long(2001)},
		"input-label-too-long":                         {"blocks/input_block_only", "label.text", long(2001)},
		"input-hint-too-long":                          {"blocks/input_block_only", "hint.text", long(2001)},
		"markdown-empty":                               {"blocks/markdown_block_basic", "text", ""},
		"markdown-too-long":                            {"blocks/markdown_block_basic", "text", long(12_001)},
		"section-text-too-long":                        {"blocks/section_block_text_only", "text.text", long(3001)},
		"section-too-many-fields":                      {"blocks/section_block_fields", "fields", times(11, words)},
		"section-field-too-long":                       {"blocks/section_block_fields", "fields.0.text", long(2001)},
		"video-alt-text-empty":                         {"blocks/video_block_full", "alt_text", ""},
		"video-alt-text-too-long":                      {"blocks/video_block_full", "alt_text", long(201)},
		"video-title-too-long":                         {"blocks/video_block_full", "title.text", long(201)},
		"video-author-name-too-long":                   {"blocks/video_block_full", "author_name", long(51)},
		"video-description-too-long":                   {"blocks/video_block_full", "description.text", long(201)},
		"video-provider-name-too-long":                 {"blocks/video_block_full", "provider_name", long(51)},
		"view-missing-blocks":                          {"views/modal_with_blocks", "blocks", []any{}},
		"view-too-many-blocks":                         {"views/modal_with_blocks", "blocks", times(101, obj{"type": "divider"})},
		"view-private-metadata-too-long":               {"views/modal_with_blocks", "private_metadata", long(3001)},
		"view-callback-id-too-long":                    {"views/modal_with_blocks", "callback_id", long(256)},
		"view-title-too-long":                          {"views/modal_with_blocks", "title.text", long(25)},
		"view-close-too-long":                          {"views/modal_with_blocks", "close.text", long(25)},
		"view-submit-too-long":                         {"views/modal_with_blocks", "submit.text", long(25)},
		"section-missing-content":                      {"blocks/section_block_text_only", "text", nil},
		"static-select-options-and-groups":             {"elements/select_menu_static", "option_groups", []any{group}},
		"image-url-and-slack-file":                     {"elements/image_basic", "slack_file", obj{"id": "F1"}},
		"number-input-inverted-range":                  {"elements/number_input_basic", "", obj{"type": "number_input", "is_decimal_allowed": false, "min_value": "5", "max_value": "4"}},
		"context-invalid-element":                      {"blocks/context_block_text_only", "elements", []any{button}},
		"input-invalid-element":                        {"blocks/input_block_only", "element", button},
		"block-id-too-long":                            {"blocks/divider_block_only", "block_id", long(256)},
		"alert-text-too-long":                          {"blocks/alert_block", "text.text", long(201)},
		"card-title-too-long":                          {"blocks/card_block", "title.text", long(151)},
		"card-subtitle-too-long":                       {"blocks/card_block", "subtitle.text", long(151)},
		"card-body-too-long":                           {"blocks/card_block", "body.text", long(201)},
		"card-too-many-actions":                        {"blocks/card_block", "actions", times(4, button)},
		"card-subtext-too-long":                        {"blocks/card_block", "subtext.text", long(201)},
		"carousel-empty":                               {"blocks/carousel_block", "elements", []any{}},
		"carousel-too-many-cards":                      {"blocks/carousel_block", "elements", times(11, card)},
		"container-title-too-long":                     {"blocks/container_block", "title.text", long(151)},
		"container-subtitle-too-long":                  {"blocks/container_block", "subtitle.text", long(151)},
		"container-too-many-child-blocks":              {"blocks/container_block", "child_blocks", times(11, obj{"type": "divider"})},
		"context-actions-too-many-elements":            {"blocks/context_actions_icon_button", "elements", times(6, feedback)},
		"feedback-button-text-too-long":                {"blocks/context_actions_feedback_buttons", "elements.0.positive_button.text.text", long(76)},
		"feedback-button-value-too-long":               {"blocks/context_actions_feedback_buttons", "elements.0.positive_button.value", long(2001)},
		"feedback-button-accessibility-label-too-long": {"blocks/context_actions_feedback_buttons", "elements.0.positive_button.accessibility_label", long(76)},
		"icon-button-too-many-visible-users":           {"blocks/context_actions_icon_button", "elements.0.visible_to_user_ids", times(11, "U1")},
		"data-table-too-few-rows":                      {"blocks/data_table_block", "rows", times(1, []any{cell})},
		"data-table-too-many-rows":                     {"blocks/data_table_block", "rows", times(202, []any{cell})},
		"data-table-too-few-columns":                   {"blocks/data_table_block", "rows", times(2, []any{})},
		"data-table-too-many-columns":                  {"blocks/data_table_block", "rows", times(2, times(21, cell))},
		"data-table-page-size-too-small":               {"blocks/data_table_block", "page_size", 0},
		"data-table-page-size-too-large":               {"blocks/data_table_block", "page_size", 101},
		"data-table-cell-text-empty":                   {"blocks/data_table_block", "rows.0.0.text", ""},
		"data-table-content-too-long":                  {"blocks/data_table_block", "rows.0.0.text", long(20_001)},
		"data-visualization-title-too-long":            {"blocks/data_visualization_pie", "title", long(51)},
		"pie-chart-empty":                              {"blocks/data_visualization_pie", "chart.segments", []any{}},
		"pie-chart-too-many-segments":                  {"blocks/data_visualization_pie", "chart.segments", times(13, segment)},
		"chart-segment-label-too-long":                 {"blocks/data_visualization_pie", "chart.segments.0.label", long(21)},
		"chart-segment-value-not-positive":             {"blocks/data_visualization_pie", "chart.segments.0.value", 0},
		"chart-series-empty":                           {"blocks/data_visualization_bar", "chart.series", []any{}},
		"chart-too-many-series":                        {"blocks/data_visualization_bar", "chart.series", times(13, series)},
		"data-series-name-too-long":                    {"blocks/data_visualization_bar", "chart.series.0.name", long(21)},
		"data-series-empty":                            {"blocks/data_visualization_bar", "chart.series.0.data", []any{}},
		"data-series-too-many-points":                  {"blocks/data_visualization_bar", "chart.series.0.data", times(21, point)},
		"data-point-label-too-long":                    {"blocks/data_visualization_bar", "chart.series.0.data.0.label", long(21)},
		"axis-categories-empty":                        {"blocks/data_visualization_bar", "chart.axis_config.categories", []any{}},
		"axis-too-many-categories":                     {"blocks/data_visualization_bar", "chart.axis_config.categories", times(21, "c")},
		"axis-category-label-too-long":                 {"blocks/data_visualization_bar", "chart.axis_config.categories.0", long(21)},
		"axis-label-too-long":                          {"blocks/data_visualization_bar", "chart.axis_config.x_label", long(51)},
	}
}

// The tiers are those of the official SDK's metadata.
func TestTiersAreSlacks(t *testing.T) {
	tiers, _ := load(t, filepath.Join(corpus(t), "slack-rate-limit-tiers.json")).(obj)
	number := map[string]int{"Tier1": tier1, "Tier2": tier2, "Tier3": tier3, "Tier4": tier4}
	for name, m := range methods() {
		tier := text(tiers, name)
		if tier == "" {
			t.Errorf("Slack has no %s", name)
		}
		if m.tier != number[tier] && !(name == "apps.connections.open") { // see there
			t.Errorf("%s is %s, not %d a minute", name, tier, m.tier)
		}
	}
}
