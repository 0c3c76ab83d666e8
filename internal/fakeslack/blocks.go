package fakeslack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// What a message's blocks may be in all. The first is documented; the second is
// not (bolt-js issue 2509: a message of 13,172 characters was refused where one
// block was a divider, and of 13,297 where all were markdown). It is counted here
// over the blocks as JSON, the strictest reading.
const (
	maxBlocks    = 50
	maxBlockText = 13_200
)

// surface is where blocks are shown.
type surface string

const (
	inMessage surface = "message"
	inModal   surface = "modal"
	inHome    surface = "home"
)

// allowed are the blocks of a surface. The newest ones (alert, card, carousel,
// container, data_visualization, plan, task_card) are missing: several of them
// are refused by chat.postMessage, and which is not documented.
func allowed(s surface) []string {
	common := []string{"section", "divider", "image", "actions", "context", "header", "rich_text", "input", "video"}
	if s == inMessage {
		return append(common, "file", "markdown", "table", "data_table", "context_actions")
	}
	return common
}

// blocks reads and checks the blocks of a message, and gives ids to those that
// have none.
func (f *Fake) blocks(s string, where surface) ([]any, *refusal) {
	var list []any
	if json.Unmarshal([]byte(s), &list) != nil {
		return nil, refuse("invalid_blocks_format")
	}
	if bad := f.kit.checkBlocks(list, where); len(bad) > 0 {
		return nil, refuse("invalid_blocks", bad...)
	}
	f.complete(list)
	return list, nil
}

// attachments reads and checks the attachments of a message.
func (f *Fake) attachments(s string) ([]any, *refusal) {
	const most = 100
	var list []any
	if json.Unmarshal([]byte(s), &list) != nil {
		return nil, refuse("invalid_attachments")
	}
	if len(list) > most {
		return nil, refuse("too_many_attachments")
	}
	for _, x := range list {
		a, is := x.(obj)
		if !is {
			return nil, refuse("invalid_attachments")
		}
		if blocks, has := a["blocks"].([]any); has {
			if bad := f.kit.checkBlocks(blocks, inMessage); len(bad) > 0 {
				return nil, refuse("invalid_blocks", bad...)
			}
			f.complete(blocks)
		}
	}
	return list, nil
}

// blockText is how long blocks are, as JSON.
func blockText(blocks []any) int {
	if len(blocks) == 0 {
		return 0
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(blocks) != nil {
		return 0
	}
	return utf8.RuneCount(b.Bytes()) - 1 // the encoder ends with a newline
}

// checkBlocks says what is wrong with the blocks of a surface, in the words that
// Slack puts into response_metadata.messages.
func (k kit) checkBlocks(blocks []any, where surface) []string {
	v := &checker{kit: k}
	most := maxBlocks
	if where != inMessage {
		most = maxViewBlocks
	}
	if len(blocks) > most {
		v.say("/blocks", "no more than %d items allowed", most)
	}
	may := allowed(where)
	ids := map[string]bool{}
	markdown, tables := 0, 0
	for i, x := range blocks {
		path := fmt.Sprintf("/blocks/%d", i)
		b, _ := x.(obj)
		kind := text(b, "type")
		if _, known := k[kind]; kind == "" || !known || !slices.Contains(may, kind) {
			v.say(path+"/type", "unsupported type: %s", kind)
			continue
		}
		v.object(path, x, kind)
		if id := text(b, "block_id"); id != "" && ids[id] {
			v.say(path+"/block_id", "`block_id` already exists")
		} else {
			ids[id] = true
		}
		switch kind {
		case "markdown":
			markdown += utf8.RuneCountInString(text(b, "text"))
		case "table":
			tables++
		}
	}
	if markdown > maxMarkdown {
		v.say("/blocks", "markdown text must be less than %d characters in all", maxMarkdown+1)
	}
	if tables > 1 {
		v.say("/blocks", "only one table is allowed")
	}
	return v.bad
}

// The limits of a view (docs.slack.dev/reference/views).
const maxViewBlocks = 100

// checkView says what is wrong with a view.
func (k kit) checkView(body obj) []string {
	v := &checker{kit: k}
	kind := text(body, "type")
	v.object("/view", body, "view:"+kind)
	blocks := list(body, "blocks")
	if len(blocks) == 0 {
		v.say("/view/blocks", "must contain at least 1 items")
	}
	for _, bad := range k.checkBlocks(blocks, surface(kind)) {
		v.bad = append(v.bad, strings.Replace(bad, "[json-pointer:/", "[json-pointer:/view/", 1))
	}
	if kind == "modal" && len(inputBlocks(blocks)) > 0 && body["submit"] == nil {
		v.say("/view/submit", "must be included if blocks has input")
	}
	return v.bad
}

// CheckBlocks says what Slack would refuse in the blocks of a message, given as
// JSON; it is empty if nothing. The length of all together counts too.
func CheckBlocks(blocks []byte) []string {
	var list []any
	if err := json.Unmarshal(blocks, &list); err != nil {
		return []string{"invalid_blocks_format: " + err.Error()}
	}
	bad := newKit().checkBlocks(list, inMessage)
	if n := blockText(list); n > maxBlockText {
		bad = append(bad, fmt.Sprintf("msg_blocks_too_long: %d characters, at most %d", n, maxBlockText))
	}
	return bad
}

// CheckView says what Slack would refuse in a view, given as JSON; it is empty if
// nothing.
func CheckView(view []byte) []string {
	var body obj
	if err := json.Unmarshal(view, &body); err != nil {
		return []string{"invalid_arguments: " + err.Error()}
	}
	bad := newKit().checkView(body)
	if len(view) > maxView {
		bad = append(bad, fmt.Sprintf("view_too_large: %d bytes, at most %d", len(view), maxView))
	}
	return bad
}

// A checker gathers what is wrong.
type checker struct {
	kit kit
	bad []string
}

func (v *checker) say(path, format string, args ...any) {
	v.bad = append(v.bad, fmt.Sprintf("[ERROR] "+format, args...)+" [json-pointer:"+path+"]")
}

// A kit is Block Kit: every object's shape, by its type.
type kit map[string]shape

// A shape is an object of Block Kit: its fields, those that it needs, and what
// no single field can say.
type shape struct {
	needs  []string
	fields map[string]rule
	also   func(v *checker, path string, o obj)
}

// A rule checks one value.
type rule func(v *checker, path string, x any)

// object checks a value against the shape of a name.
func (v *checker) object(path string, x any, name string) {
	o, is := x.(obj)
	s, known := v.kit[name]
	switch {
	case !is:
		v.say(path, "must be an object")
		return
	case !known:
		v.say(path+"/type", "unsupported type: %s", name)
		return
	}
	for _, k := range s.needs {
		if o[k] == nil {
			v.say(path, "missing required field: %s", k)
		}
	}
	for k, x := range o {
		if k == "type" || k == "block_id" && s.fields["block_id"] == nil && isBlock(name) {
			if k == "block_id" {
				str(0, 255)(v, path+"/"+k, x)
			}
			continue
		}
		r := s.fields[k]
		if r == nil {
			v.say(path, "invalid additional property: %s", k)
			continue
		}
		r(v, path+"/"+k, x)
	}
	if s.also != nil {
		s.also(v, path, o)
	}
}

func isBlock(name string) bool {
	return slices.Contains(append(allowed(inMessage), "alert", "card", "carousel", "container", "data_visualization", "plan", "task_card"), name)
}

// str is a string of so many code points.
func str(least, most int) rule {
	return func(v *checker, path string, x any) {
		s, is := x.(string)
		n := utf8.RuneCountInString(s)
		switch {
		case !is:
			v.say(path, "must be a string")
		case n < least:
			v.say(path, "must be more than %d characters", least-1)
		case n > most:
			v.say(path, "must be less than %d characters", most+1)
		}
	}
}

// num is a number in a range.
func num(least, most float64) rule {
	return func(v *checker, path string, x any) {
		n, is := x.(float64)
		if !is || n < least || n > most {
			v.say(path, "must be a number from %v to %v", least, most)
		}
	}
}

func yesNo(v *checker, path string, x any) {
	if _, is := x.(bool); !is {
		v.say(path, "must be a boolean")
	}
}

// anything is not checked further.
func anything(*checker, string, any) {}

// oneOf is one of some words.
func oneOf(words ...string) rule {
	return func(v *checker, path string, x any) {
		if s, _ := x.(string); !slices.Contains(words, s) {
			v.say(path, "must be one of %v", words)
		}
	}
}

// textOf is a text object of one of some types, no longer than most.
func textOf(most int, types ...string) rule {
	return func(v *checker, path string, x any) {
		o, is := x.(obj)
		if !is || !slices.Contains(types, text(o, "type")) {
			v.say(path, "must be a text object of %v", types)
			return
		}
		v.object(path, x, text(o, "type"))
		if n := utf8.RuneCountInString(text(o, "text")); n > most && n <= maxTextObject {
			v.say(path+"/text", "must be less than %d characters", most+1)
		}
	}
}

func plainOf(most int) rule { return textOf(most, "plain_text") }

func anyText(most int) rule { return textOf(most, "plain_text", "mrkdwn") }

// shaped is an object of one shape.
func shaped(name string) rule {
	return func(v *checker, path string, x any) { v.object(path, x, name) }
}

// typed is an object that names its own shape, one of some.
func typed(names ...string) rule {
	return func(v *checker, path string, x any) {
		o, _ := x.(obj)
		if kind := text(o, "type"); !slices.Contains(names, kind) {
			v.say(path+"/type", "unsupported type: %s", kind)
			return
		}
		v.object(path, x, text(o, "type"))
	}
}

// each is an array of so many.
func each(least, most int, of rule) rule {
	return func(v *checker, path string, x any) {
		items, is := x.([]any)
		switch {
		case !is:
			v.say(path, "must be an array")
		case len(items) < least:
			v.say(path, "must contain at least %d items", least)
		case len(items) > most:
			v.say(path, "no more than %d items allowed", most)
		}
		for i, item := range items {
			of(v, fmt.Sprintf("%s/%d", path, i), item)
		}
	}
}
