package fakeslack

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Modal is a view as its reader sees it: a modal, or the Home tab. It is a
// picture of one moment; ask again after something has happened.
type Modal struct {
	ID, Callback, Metadata string
	User                   string // the reader's id
	Title, Submit, Close   string // what the title and the buttons say
	Read                   string // what is to be read
	Fields                 []Field
	Buttons                []Button
	Errors                 map[string]string // by block id; under "" what concerns the whole
	Hash                   string
	Body                   json.RawMessage // as it was sent
}

// A Field is an input of a view, or a menu in it.
type Field struct {
	Block, ActionID, Type, Label string
	Value                        []string // values of options, ids, or what was typed
	Options                      []string // values that are offered
	Optional                     bool
	Error                        string
}

// Field finds a field by its action id, its block id or its label; nil if there
// is none.
func (m *Modal) Field(name string) *Field {
	for i, x := range m.Fields {
		if x.ActionID == name || x.Block == name || x.Label == name {
			return &m.Fields[i]
		}
	}
	return nil
}

// Modal is the topmost open modal of a person; nil if there is none.
func (f *Fake) Modal(who string) *Modal {
	f.mu.Lock()
	defer f.mu.Unlock()
	open := f.stacks[f.user(who).ID]
	if len(open) == 0 {
		return nil
	}
	return f.picture(open[len(open)-1])
}

// Home is the Home tab that was published to a person; nil if none was.
func (f *Fake) Home(who string) *Modal {
	f.mu.Lock()
	defer f.mu.Unlock()
	if v := f.homes[f.user(who).ID]; v != nil {
		return f.picture(v)
	}
	return nil
}

func (f *Fake) picture(v *view) *Modal {
	m := &Modal{ID: v.id, Callback: v.str("callback_id"), Metadata: v.str("private_metadata"), User: v.user, Title: inner(v.body, "title"),
		Submit: inner(v.body, "submit"), Close: inner(v.body, "close"), Hash: v.hash, Errors: maps.Clone(v.errors), Body: raw(v.body)}
	m.Read, m.Buttons = f.read(v.blocks())
	elements(v.blocks(), func(block, el obj) bool {
		kind := text(el, "type")
		values, stateful := v.state[text(block, "block_id")].(obj)
		if !stateful || values[text(el, "action_id")] == nil {
			return true
		}
		value, _ := values[text(el, "action_id")].(obj)
		x := Field{Block: text(block, "block_id"), ActionID: text(el, "action_id"), Type: kind, Label: inner(block, "label"), Value: plain(value[holder(kind)]), Error: v.errors[text(block, "block_id")]}
		x.Optional, _ = block["optional"].(bool)
		x.Optional = x.Optional || text(block, "type") != "input"
		for _, o := range offered(el) {
			x.Options = append(x.Options, text(o, "value"))
		}
		m.Fields = append(m.Fields, x)
		return true
	})
	return m
}

// offered are all options of an element.
func offered(el obj) []obj {
	var out []obj
	take := func(l []any) {
		for _, x := range l {
			if o, is := x.(obj); is {
				out = append(out, o)
			}
		}
	}
	take(list(el, "options"))
	for _, g := range list(el, "option_groups") {
		group, _ := g.(obj)
		take(list(group, "options"))
	}
	return out
}

// plain is what an element holds, as text.
func plain(v any) []string {
	switch x := v.(type) {
	case nil:
		return nil
	case obj:
		if value := text(x, "value"); value != "" {
			return []string{value}
		}
		s, _ := richText(x)
		return []string{s}
	case []any:
		var out []string
		for _, e := range x {
			out = append(out, plain(e)...)
		}
		return out
	case []string:
		return x
	}
	return []string{fmt.Sprint(v)}
}

// open is the view behind a picture. That it was closed is the test's mistake.
func (f *Fake) openView(m *Modal) *view {
	v := f.views[m.ID]
	if v == nil || v.gone {
		panic(fmt.Sprintf("fakeslack: the view %q is not open", m.Title))
	}
	return v
}

// Fill enters values into the fields of a view, found as [Modal.Field] finds
// them; each is a string, or a slice of strings where several can be chosen. It
// tells the app nothing, except of fields that dispatch their changes.
func (f *Fake) Fill(m *Modal, values map[string]any) []*Delivery {
	f.mu.Lock()
	defer f.mu.Unlock()
	v := f.openView(m)
	var told []*Delivery
	for _, name := range slices.Sorted(maps.Keys(values)) {
		field := f.picture(v).Field(name)
		if field == nil {
			panic(fmt.Sprintf("fakeslack: the view %q has no field %q", m.Title, name))
		}
		var in []string
		switch x := values[name].(type) {
		case string:
			in = []string{x}
		case []string:
			in = x
		default:
			panic(fmt.Sprintf("fakeslack: %q takes a string or strings, not %T", name, x))
		}
		elements(v.blocks(), func(block, el obj) bool {
			if text(block, "block_id") != field.Block || text(el, "action_id") != field.ActionID {
				return true
			}
			enter(v.state, field.Block, field.ActionID, chosen(el, in))
			if block["dispatch_action"] == true || text(block, "type") != "input" {
				told = append(told, f.actIn(v, field.ActionID, in))
			}
			return false
		})
	}
	return told
}

// actIn uses an element of a view, and tells the app.
func (f *Fake) actIn(v *view, action string, values []string) *Delivery {
	u := f.users[v.user]
	done := f.use(v.blocks(), v.state, action, values)
	p := f.interaction("block_actions", u)
	p["container"] = obj{"type": "view", "view_id": v.id}
	p["trigger_id"], p["view"], p["actions"] = f.newTrigger(u.ID), f.shapeView(v), []obj{done}
	return f.interact("block_actions", p, nil)
}

// PressIn presses a button in a view, or uses a menu in it with values, found by
// action id or label.
func (f *Fake) PressIn(m *Modal, action string, values ...string) *Delivery {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.actIn(f.openView(m), action, values)
}

// Suggest types into a menu whose options the app gives, and asks it for them;
// they are what the delivery is acknowledged with.
func (f *Fake) Suggest(m *Modal, action, typed string) *Delivery {
	f.mu.Lock()
	defer f.mu.Unlock()
	v := f.openView(m)
	block, el := findElement(v.blocks(), action)
	if el == nil {
		panic(fmt.Sprintf("fakeslack: the view %q has no %q", m.Title, action))
	}
	p := f.interaction("block_suggestion", f.users[v.user])
	p["container"], p["view"] = obj{"type": "view", "view_id": v.id}, f.shapeView(v)
	p["action_id"], p["block_id"], p["value"] = text(el, "action_id"), block, typed
	return f.interact("block_suggestion", p, nil)
}

// Submit submits a modal as its reader. What Slack itself refuses, an input left
// empty or a text too long for it, is the error; nothing is then sent.
func (f *Fake) Submit(m *Modal) (*Delivery, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	v := f.openView(m)
	var wrong []string
	shown := f.picture(v)
	if shown.Submit == "" {
		panic(fmt.Sprintf("fakeslack: the view %q has no button to submit it", m.Title))
	}
	elements(v.blocks(), func(block, el obj) bool {
		if text(block, "type") != "input" {
			return true
		}
		x := shown.Field(text(block, "block_id"))
		value := strings.Join(x.Value, "")
		longest, limited := el["max_length"].(float64)
		shortest, _ := el["min_length"].(float64)
		switch n := utf8.RuneCountInString(value); {
		case value == "" && !x.Optional:
			wrong = append(wrong, x.Label+": please complete this required field")
		case limited && n > int(longest):
			wrong = append(wrong, fmt.Sprintf("%s: %d characters, at most %d", x.Label, n, int(longest)))
		case value != "" && n < int(shortest):
			wrong = append(wrong, fmt.Sprintf("%s: %d characters, at least %d", x.Label, n, int(shortest)))
		}
		return true
	})
	if wrong != nil {
		return nil, fmt.Errorf("slack does not submit %q: %s", m.Title, strings.Join(wrong, "; "))
	}
	p := f.interaction("view_submission", f.users[v.user])
	p["trigger_id"], p["view"], p["response_urls"] = f.newTrigger(v.user), f.shapeView(v), []any{}
	return f.interact("view_submission", p, func(ack json.RawMessage, err error) { f.submitted(v, ack, err) }), nil
}

// CloseModal closes a modal with its close button. The app is told if it asked
// to be; else the delivery is nil.
func (f *Fake) CloseModal(m *Modal) *Delivery {
	f.mu.Lock()
	defer f.mu.Unlock()
	v := f.openView(m)
	if v.is("clear_on_close") {
		for _, x := range f.stacks[v.user] {
			x.gone = true
		}
		delete(f.stacks, v.user)
	} else {
		f.pop(v.user)
	}
	if !v.is("notify_on_close") {
		return nil
	}
	p := f.interaction("view_closed", f.users[v.user])
	p["view"], p["is_cleared"] = f.shapeView(v), v.is("clear_on_close")
	return f.interact("view_closed", p, nil)
}
