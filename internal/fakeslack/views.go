package fakeslack

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Limits of views (docs.slack.dev/surfaces/modals).
const (
	maxStack = 3
	maxView  = 250 << 10 // bytes
)

type view struct {
	id, hash, user string
	body           obj // as it was sent, blocks with their ids
	state          obj
	errors         map[string]string // by block, shown to the person; "" is of the whole
	root, previous string
	gone           bool
}

func (v *view) str(k string) string { s, _ := v.body[k].(string); return s }

func (v *view) is(k string) bool { b, _ := v.body[k].(bool); return b }

func (v *view) blocks() []any { return list(v.body, "blocks") }

func viewMethods() map[string]method {
	return map[string]method{
		"views.open":    {tier: tier4, handle: openView},
		"views.push":    {tier: tier4, handle: pushView},
		"views.update":  {tier: tier4, handle: updateView},
		"views.publish": {tier: tier4, handle: publishView},
	}
}

// parseView reads and checks a view of the wanted type, which may take the place
// of old.
func (f *Fake) parseView(text, want string, old *view) (obj, *refusal) {
	var body obj
	if json.Unmarshal([]byte(text), &body) != nil {
		return nil, refuse("invalid_arguments", "[ERROR] must be a valid view [json-pointer:/view]")
	}
	if len(text) > maxView {
		return nil, refuse("view_too_large")
	}
	if body["type"] != want {
		return nil, refuse("invalid_arguments", fmt.Sprintf("[ERROR] must be %q [json-pointer:/view/type]", want))
	}
	if bad := f.kit.checkView(body); len(bad) > 0 {
		return nil, refuse("invalid_arguments", bad...)
	}
	if id, _ := body["external_id"].(string); id != "" {
		for _, v := range f.views {
			if v != old && !v.gone && v.str("external_id") == id {
				return nil, refuse("duplicate_external_id")
			}
		}
	}
	f.complete(list(body, "blocks"))
	return body, nil
}

func (f *Fake) newView(user string, body obj) *view {
	v := &view{id: f.id("V"), hash: f.newHash(), user: user, body: body, state: initial(list(body, "blocks"))}
	v.root = v.id
	f.views[v.id] = v
	return v
}

func (f *Fake) newHash() string { return fmt.Sprintf("%s.%08x", f.ts(), f.dice.Uint32()) }

func openView(f *Fake, c call) (obj, *refusal) {
	body, no := f.parseView(c.str("view"), "modal", nil)
	if no != nil {
		return nil, no
	}
	user, no := f.exchange(c.str("trigger_id"))
	if no != nil {
		return nil, no
	}
	for _, old := range f.stacks[user] {
		old.gone = true
	}
	v := f.newView(user, body)
	f.stacks[user] = []*view{v}
	return obj{"view": f.shapeView(v)}, nil
}

func pushView(f *Fake, c call) (obj, *refusal) {
	body, no := f.parseView(c.str("view"), "modal", nil)
	if no != nil {
		return nil, no
	}
	user, no := f.exchange(c.str("trigger_id"))
	if no != nil {
		return nil, no
	}
	v, no := f.stack(user, body)
	if no != nil {
		return nil, no
	}
	return obj{"view": f.shapeView(v)}, nil
}

// stack puts a view on top of a person's modals.
func (f *Fake) stack(user string, body obj) (*view, *refusal) {
	open := f.stacks[user]
	switch {
	case len(open) == 0:
		return nil, refuse("not_found")
	case len(open) >= maxStack:
		return nil, refuse("push_limit_reached")
	}
	v := f.newView(user, body)
	v.root, v.previous = open[0].id, open[len(open)-1].id
	f.stacks[user] = append(open, v)
	return v, nil
}

func updateView(f *Fake, c call) (obj, *refusal) {
	v := f.views[c.str("view_id")]
	if ext := c.str("external_id"); v == nil && ext != "" {
		for _, x := range f.views {
			if !x.gone && x.str("external_id") == ext {
				v = x
			}
		}
	}
	if v == nil || v.gone {
		return nil, refuse("not_found")
	}
	if h := c.str("hash"); h != "" && h != v.hash {
		return nil, refuse("hash_conflict")
	}
	body, no := f.parseView(c.str("view"), v.str("type"), v)
	if no != nil {
		return nil, no
	}
	f.redraw(v, body)
	return obj{"view": f.shapeView(v)}, nil
}

// redraw gives a view another content. What was typed into an input that is still
// there, by block and action id, is kept.
func (f *Fake) redraw(v *view, body obj) {
	typed := v.state
	v.body, v.hash, v.errors, v.state = body, f.newHash(), nil, initial(list(body, "blocks"))
	for block, actions := range v.state {
		for action := range actions.(obj) {
			if old, is := typed[block].(obj); is && old[action] != nil {
				actions.(obj)[action] = old[action]
			}
		}
	}
}

func publishView(f *Fake, c call) (obj, *refusal) {
	u := f.users[c.str("user_id")]
	if u == nil {
		return nil, refuse("invalid_arguments", "[ERROR] invalid `user_id`")
	}
	old := f.homes[u.ID]
	if h := c.str("hash"); h != "" && old != nil && h != old.hash {
		return nil, refuse("hash_conflict")
	}
	body, no := f.parseView(c.str("view"), "home", old)
	if no != nil {
		return nil, no
	}
	if old != nil {
		f.redraw(old, body)
		return obj{"view": f.shapeView(old)}, nil
	}
	v := f.newView(u.ID, body)
	f.homes[u.ID] = v
	return obj{"view": f.shapeView(v)}, nil
}

// shapeView is a view as the Web API and interactions give it.
func (f *Fake) shapeView(v *view) obj {
	o := obj{"id": v.id, "team_id": f.ws.TeamID, "type": v.str("type"), "blocks": v.blocks(), "private_metadata": v.str("private_metadata"),
		"callback_id": v.str("callback_id"), "external_id": v.str("external_id"), "state": obj{"values": v.state}, "hash": v.hash, "clear_on_close": v.is("clear_on_close"),
		"notify_on_close": v.is("notify_on_close"), "root_view_id": v.root, "previous_view_id": nil, "app_id": f.appID(), "bot_id": f.botID(), "app_installed_team_id": f.ws.TeamID}
	if v.previous != "" {
		o["previous_view_id"] = v.previous
	}
	for _, k := range []string{"title", "close", "submit"} {
		o[k] = v.body[k]
	}
	return o
}

// submitted does what the app answered a submission with.
func (f *Fake) submitted(v *view, ack json.RawMessage, err error) {
	const trouble = "We had some trouble connecting. Try again?"
	if err != nil {
		v.errors = map[string]string{"": trouble}
		return
	}
	var in struct {
		Action string            `json:"response_action"`
		Errors map[string]string `json:"errors"`
		View   json.RawMessage   `json:"view"`
	}
	if len(ack) > 0 && json.Unmarshal(ack, &in) != nil {
		v.errors = map[string]string{"": trouble}
		return
	}
	v.errors = nil
	switch in.Action {
	case "":
		f.pop(v.user)
	case "clear":
		for _, x := range f.stacks[v.user] {
			x.gone = true
		}
		delete(f.stacks, v.user)
	case "errors":
		inputs := inputBlocks(v.blocks())
		for block := range in.Errors {
			if !slices.Contains(inputs, block) { // slack-go issues 1013 and 804
				v.errors = map[string]string{"": trouble}
				return
			}
		}
		if len(in.Errors) == 0 {
			v.errors = map[string]string{"": trouble}
			return
		}
		v.errors = in.Errors
	case "update", "push":
		body, no := f.parseView(string(in.View), "modal", v)
		if no == nil && in.Action == "push" {
			_, no = f.stack(v.user, body)
		} else if no == nil {
			f.redraw(v, body)
		}
		if no != nil {
			v.errors = map[string]string{"": trouble + " (" + no.code + ": " + fmt.Sprint(no.messages) + ")"}
		}
	default:
		v.errors = map[string]string{"": trouble}
	}
}

// pop closes a person's top modal.
func (f *Fake) pop(user string) {
	open := f.stacks[user]
	if len(open) == 0 {
		return
	}
	open[len(open)-1].gone = true
	f.stacks[user] = open[:len(open)-1]
}
