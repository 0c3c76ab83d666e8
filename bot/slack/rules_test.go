package slack

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// broken is one object for each of Slack's rules about what we use, that breaks
// that rule and no other. The names are those of the published fixtures.
func broken() map[string]string {
	a := func(n int) string { return strings.Repeat("a", n) }
	many := func(n int, s string) string {
		out := make([]string, n)
		for i := range out {
			out[i] = strings.ReplaceAll(s, "#", fmt.Sprint(i))
		}
		return strings.Join(out, ",")
	}
	plain := func(s string) string { return `{"type":"plain_text","text":"` + s + `"}` }
	md := func(s string) string { return `{"type":"mrkdwn","verbatim":true,"text":"` + s + `"}` }
	option := `{"text":` + plain("#") + `,"value":"v#"}`
	button := func(rest string) string {
		return `{"type":"actions","elements":[{"type":"button","action_id":"x","text":` + plain("b") + rest + `}]}`
	}
	in := func(element string) string {
		return `{"type":"input","block_id":"i","label":` + plain("l") + `,"element":` + element + `}`
	}
	sel := func(rest string) string {
		return in(`{"type":"static_select","action_id":"x",` + rest + `}`)
	}
	confirm := func(title, text, yes, no string) string {
		return button(`,"confirm":{"title":` + plain(title) + `,"text":` + plain(text) + `,"confirm":` + plain(yes) + `,"deny":` + plain(no) + `}`)
	}
	view := func(rest string) string {
		return `{"type":"modal","title":` + plain("t") + `,"submit":` + plain("s") + `,"blocks":[{"type":"divider"}],` + rest + `}`
	}
	sec := func(s string) string { return `{"type":"section","text":` + s + `}` }
	return map[string]string{
		"text-empty":                            sec(md("")),
		"text-too-long":                         sec(md(a(3001))),
		"section-text-too-long":                 sec(md(a(3001))),
		"section-too-many-fields":               `{"type":"section","fields":[` + many(11, md("f")) + `]}`,
		"section-field-too-long":                `{"type":"section","fields":[` + md(a(2001)) + `]}`,
		"section-missing-content":               `{"type":"section"}`,
		"header-text-too-long":                  `{"type":"header","text":` + plain(a(151)) + `}`,
		"block-id-too-long":                     `{"type":"divider","block_id":"` + a(256) + `"}`,
		"context-too-many-elements":             `{"type":"context","elements":[` + many(11, md("c")) + `]}`,
		"context-invalid-element":               `{"type":"context","elements":[{"type":"button","text":` + plain("b") + `}]}`,
		"actions-too-many-elements":             `{"type":"actions","elements":[` + many(26, `{"type":"button","action_id":"x#","text":`+plain("b")+`}`) + `]}`,
		"button-action-id-too-long":             `{"type":"actions","elements":[{"type":"button","action_id":"` + a(256) + `","text":` + plain("b") + `}]}`,
		"button-text-too-long":                  `{"type":"actions","elements":[{"type":"button","text":` + plain(a(76)) + `}]}`,
		"button-value-too-long":                 button(`,"value":"` + a(2001) + `"`),
		"button-url-too-long":                   button(`,"url":"https://` + a(3000) + `"`),
		"button-accessibility-label-too-long":   button(`,"accessibility_label":"` + a(76) + `"`),
		"confirmation-title-too-long":           confirm(a(101), "t", "y", "n"),
		"confirmation-text-too-long":            confirm("t", a(301), "y", "n"),
		"confirmation-confirm-too-long":         confirm("t", "t", a(31), "n"),
		"confirmation-deny-too-long":            confirm("t", "t", "y", a(31)),
		"option-text-too-long":                  sel(`"options":[{"text":` + plain(a(76)) + `,"value":"v"}]`),
		"option-value-too-long":                 sel(`"options":[{"text":` + plain("o") + `,"value":"` + a(151) + `"}]`),
		"option-url-too-long":                   sel(`"options":[{"text":` + plain("o") + `,"value":"v","url":"` + strings.Repeat("😀", 3001) + `"}]`),
		"option-description-too-long":           sel(`"options":[{"text":` + plain("o") + `,"value":"v","description":` + plain(a(76)) + `}]`),
		"option-group-label-too-long":           sel(`"option_groups":[{"label":` + plain(a(76)) + `,"options":[` + option + `]}]`),
		"option-group-empty":                    sel(`"option_groups":[{"label":` + plain("g") + `,"options":[]}]`),
		"option-group-too-many-options":         sel(`"option_groups":[{"label":` + plain("g") + `,"options":[` + many(101, option) + `]}]`),
		"select-placeholder-too-long":           sel(`"placeholder":` + plain(a(151)) + `,"options":[` + option + `]`),
		"select-too-many-options":               sel(`"options":[` + many(101, option) + `]`),
		"select-too-many-option-groups":         sel(`"option_groups":[` + many(101, `{"label":`+plain("g")+`,"options":[`+option+`]}`) + `]`),
		"static-select-options-and-groups":      sel(`"options":[` + option + `],"option_groups":[{"label":` + plain("g") + `,"options":[` + option + `]}]`),
		"overflow-empty":                        `{"type":"actions","elements":[{"type":"overflow","options":[]}]}`,
		"overflow-too-many-options":             `{"type":"actions","elements":[{"type":"overflow","options":[` + many(6, option) + `]}]}`,
		"checkboxes-empty":                      in(`{"type":"checkboxes","options":[]}`),
		"checkboxes-too-many-options":           in(`{"type":"checkboxes","options":[` + many(11, option) + `]}`),
		"radio-buttons-empty":                   in(`{"type":"radio_buttons","options":[]}`),
		"radio-buttons-too-many-options":        in(`{"type":"radio_buttons","options":[` + many(11, option) + `]}`),
		"plain-text-input-max-length-too-large": in(`{"type":"plain_text_input","max_length":3001}`),
		"input-label-too-long":                  `{"type":"input","block_id":"i","label":` + plain(a(2001)) + `,"element":{"type":"plain_text_input"}}`,
		"input-hint-too-long":                   `{"type":"input","block_id":"i","label":` + plain("l") + `,"hint":` + plain(a(2001)) + `,"element":{"type":"plain_text_input"}}`,
		"input-invalid-element":                 in(`{"type":"button","text":` + plain("b") + `}`),
		"view-missing-blocks":                   `{"type":"modal","title":` + plain("t") + `,"blocks":[]}`,
		"view-too-many-blocks":                  `{"type":"modal","title":` + plain("t") + `,"blocks":[` + many(101, `{"type":"divider","block_id":"b#"}`) + `]}`,
		"view-private-metadata-too-long":        view(`"private_metadata":"` + a(3001) + `"`),
		"view-callback-id-too-long":             view(`"callback_id":"` + a(256) + `"`),
		"view-title-too-long":                   `{"type":"modal","title":` + plain(a(25)) + `,"blocks":[{"type":"divider"}]}`,
		"view-close-too-long":                   view(`"close":` + plain(a(25))),
		"view-submit-too-long":                  `{"type":"modal","title":` + plain("t") + `,"submit":` + plain(a(25)) + `,"blocks":[{"type":"divider"}]}`,
		"ping-here":                             sec(md("<!here>")),
		"ping-a-person":                         sec(md("<@U1>")),
		"not-escaped":                           sec(md("a & b")),
		"not-verbatim":                          sec(`{"type":"mrkdwn","text":"@channel"}`),
		"two-actions-of-one-name":               `{"type":"actions","elements":[` + many(2, `{"type":"button","action_id":"x","text":`+plain("b")+`}`) + `]}`,
		"an-input-nobody-can-submit":            `{"type":"modal","title":` + plain("t") + `,"blocks":[` + in(`{"type":"plain_text_input"}`) + `]}`,
	}
}

func TestTheJudgeKnowsTheRules(t *testing.T) {
	for name, data := range broken() {
		var o object
		if err := json.Unmarshal([]byte(data), &o); err != nil {
			t.Fatalf("%s: %v in %.200s", name, err, data)
		}
		j := &judge{ids: map[string]bool{}, acts: map[string]bool{}}
		if o["type"] == "modal" {
			j.view(o)
		} else {
			j.block("block", o, "modal")
		}
		if len(j.faults) == 0 {
			t.Errorf("%s is not noticed", name)
		}
	}
}

// elsewhere is what the published fixtures have rules for and we do not use: the
// judge refuses all of it.
func elsewhere(name string) bool {
	for _, kind := range []string{"alert", "card", "carousel", "container", "context-actions", "feedback", "icon", "data", "pie", "chart", "axis", "video", "table", "file-input", "number", "image", "markdown", "url-source"} {
		if strings.HasPrefix(name, kind) {
			return true
		}
	}
	return false
}

// TestPublishedFixtures holds the judge against the published Block Kit
// fixtures, where SITREP_SLACK_DATA says in which folder they are: it knows
// every rule about what we use, and takes every valid block that we use.
func TestPublishedFixtures(t *testing.T) {
	dir := os.Getenv("SITREP_SLACK_DATA")
	if dir == "" {
		t.Skip("set SITREP_SLACK_DATA to a folder with blockkit-fixtures")
	}
	root := filepath.Join(dir, "blockkit-fixtures", "fixtures")
	data, err := os.ReadFile(filepath.Join(root, "invalid", "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		Cases []struct{ ID, Description string }
	}
	if err := json.Unmarshal(data, &manifest); err != nil {
		t.Fatal(err)
	}
	have, ours := broken(), 0
	for _, c := range manifest.Cases {
		if elsewhere(c.ID) {
			continue
		}
		if ours++; have[c.ID] == "" {
			t.Errorf("no object breaks %s: %s", c.ID, c.Description)
		}
	}
	names, err := filepath.Glob(filepath.Join(root, "valid", "*", "*.json"))
	if err != nil || len(names) == 0 || ours == 0 {
		t.Fatalf("%d valid fixtures, %d rules: %v", len(names), ours, err)
	}
	taken := 0
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var o object
		if json.Unmarshal(data, &o) != nil {
			continue // a list
		}
		j := &judge{ids: map[string]bool{}, acts: map[string]bool{}}
		switch filepath.Base(filepath.Dir(name)) {
		case "blocks":
			j.block("block", o, "modal")
		case "views":
			j.view(o)
		default:
			continue
		}
		// Ours are stricter in this: no text may be searched for mentions, every
		// input has an id, no picture, no block that we do not use.
		var left []string
		for _, f := range j.faults {
			if !strings.Contains(f, "look for mentions") && !strings.Contains(f, "could not be placed") && !strings.Contains(f, "do not use") && !strings.Contains(f, "does not belong") && !strings.Contains(f, "is no text: image") {
				left = append(left, f)
			}
		}
		if taken++; len(left) > 0 {
			t.Errorf("%s is valid, and refused: %q", filepath.Base(name), left)
		}
	}
	t.Logf("%d rules about what we use, %d valid blocks and views", ours, taken)
}
