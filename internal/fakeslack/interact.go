package fakeslack

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// triggerFor is how long a trigger opens a modal, once.
const triggerFor = 3 * time.Second

type trigger struct {
	user string
	at   time.Time
	used bool
}

// newTrigger makes a trigger id in the form that Slack's have.
func (f *Fake) newTrigger(user string) string {
	id := fmt.Sprintf("%d.%d.%08x%08x", 100_000_000_000+f.dice.Int64N(1e11), 100_000_000_000+f.dice.Int64N(1e11), f.dice.Uint32(), f.dice.Uint32())
	f.triggers[id] = &trigger{user: user, at: time.Now()}
	return id
}

// exchange uses a trigger up.
func (f *Fake) exchange(id string) (user string, no *refusal) {
	t := f.triggers[id]
	switch {
	case t == nil:
		return "", refuse("invalid_trigger_id")
	case time.Since(t.at) > triggerFor:
		return "", refuse("expired_trigger_id")
	case t.used:
		return "", refuse("exchanged_trigger_id")
	}
	t.used = true
	return t.user, nil
}

// who is a person as interactions name them.
func (f *Fake) who(u *User) obj {
	return obj{"id": u.ID, "username": u.Name, "name": u.Name, "team_id": u.TeamID}
}

// interaction is what all interactive payloads have.
func (f *Fake) interaction(kind string, u *User) obj {
	return obj{"type": kind, "token": "deprecated", "api_app_id": f.appID(), "team": obj{"id": f.ws.TeamID, "domain": f.ws.Domain},
		"enterprise": nil, "is_enterprise_install": false, "user": f.who(u)}
}

// interact delivers an interactive payload.
func (f *Fake) interact(kind string, payload obj, then func(json.RawMessage, error)) *Delivery {
	accepts := kind == "view_submission" || kind == "block_suggestion"
	return f.deliver(&Delivery{Kind: "interactive", Type: kind, accepts: accepts, then: then}, raw(payload))
}

// slackbot tells one person something, as Slack itself does.
func (f *Fake) slackbot(ch *channel, user, text string) {
	f.say(ch, &message{user: slackbotID, name: "Slackbot", text: text, only: user})
}

// Slash types a slash command. Slack has no slash commands in threads.
func (f *Fake) Slash(who, where, command, text string) *Delivery {
	f.mu.Lock()
	defer f.mu.Unlock()
	ch, u := f.channel(where), f.user(who)
	name := ch.name
	switch {
	case ch.im:
		name = "directmessage"
	case ch.private:
		name = "privategroup"
	}
	payload := obj{"token": "deprecated", "team_id": u.TeamID, "team_domain": f.ws.Domain, "channel_id": ch.id, "channel_name": name,
		"user_id": u.ID, "user_name": u.Name, "command": command, "text": text, "api_app_id": f.appID(), "is_enterprise_install": "false",
		"response_url": f.newResponse("commands", &response{channel: ch, user: u.ID}), "trigger_id": f.newTrigger(u.ID)}
	return f.deliver(&Delivery{Kind: "slash_commands", Type: command, accepts: true, then: func(ack json.RawMessage, err error) {
		if err != nil {
			f.slackbot(ch, u.ID, command+" failed with the error \"operation_timeout\"")
			return
		}
		f.answered(ch, u.ID, ack)
	}}, raw(payload))
}

// answered shows the message that acknowledged a command, if there was one.
func (f *Fake) answered(ch *channel, user string, ack json.RawMessage) {
	if len(ack) == 0 || string(ack) == "null" || string(ack) == "{}" {
		return
	}
	args, err := flatten(ack)
	if err != nil {
		f.slackbot(ch, user, "The app answered with something that is no message.")
		return
	}
	m, no := f.compose(call{method: "response", args: args})
	if no != nil {
		f.slackbot(ch, user, "The app's answer was refused: "+no.code)
		return
	}
	if args["response_type"] != "in_channel" {
		m.only = user
	}
	f.say(ch, m)
}

// Press presses a button of a message, found by its action id or its label.
func (f *Fake) Press(who string, ref Ref, button string) *Delivery { return f.Choose(who, ref, button) }

// Choose uses a menu of a message, found by its action id: values are those of
// the options, or ids of users or channels, a date, a time. A button has none.
func (f *Fake) Choose(who string, ref Ref, action string, values ...string) *Delivery {
	f.mu.Lock()
	defer f.mu.Unlock()
	ch, u := f.channel(ref.Channel), f.user(who)
	m := f.visible(ch, u, ref.TS)
	state := initial(m.blocks)
	done := f.use(m.blocks, state, action, values)
	p := f.interaction("block_actions", u)
	box := obj{"type": "message", "message_ts": m.ts, "channel_id": ch.id, "is_ephemeral": m.only != ""}
	if m.thread != "" {
		box["thread_ts"] = m.thread
	}
	p["container"], p["channel"] = box, obj{"id": ch.id, "name": ch.name}
	if m.only == "" {
		p["message"] = f.shape(ch, m, true)
	}
	p["trigger_id"] = f.newTrigger(u.ID)
	p["response_url"] = f.newResponse("actions", &response{channel: ch, user: u.ID, origin: m})
	p["state"], p["actions"] = obj{"values": state}, []obj{done}
	return f.interact("block_actions", p, f.orSlackbot(ch, u.ID))
}

// visible is the message that a person sees at a timestamp, an ephemeral of
// theirs too.
func (f *Fake) visible(ch *channel, u *User, ts string) *message {
	for _, m := range ch.messages {
		if m.ts == ts && !m.deleted && (m.only == "" || m.only == u.ID) {
			return m
		}
	}
	panic(fmt.Sprintf("fakeslack: %s sees no message %s in %s", u.Name, ts, ch.name))
}

// orSlackbot tells a person that the app did not answer.
func (f *Fake) orSlackbot(ch *channel, user string) func(json.RawMessage, error) {
	return func(_ json.RawMessage, err error) {
		if err != nil {
			f.slackbot(ch, user, "This app is not responding. Try again, or reach out to the app's owner.")
		}
	}
}

// use makes the action of using one element, and notes it in the state.
func (f *Fake) use(blocks []any, state obj, action string, values []string) obj {
	block, el := findElement(blocks, action)
	if el == nil {
		panic(fmt.Sprintf("fakeslack: there is no %q to use; there are %s", action, strings.Join(actionIDs(blocks), ", ")))
	}
	id, _ := el["action_id"].(string)
	kind, _ := el["type"].(string)
	done := obj{"type": kind, "action_id": id, "block_id": block, "action_ts": f.ts()}
	for _, k := range []string{"text", "value"} {
		if v, has := el[k]; has && kind == "button" {
			done[k] = v
		}
	}
	if kind != "button" {
		set := chosen(el, values)
		maps.Copy(done, set)
		enter(state, block, id, set)
	}
	return done
}

// Shortcut uses a global shortcut.
func (f *Fake) Shortcut(who, callback string) *Delivery {
	f.mu.Lock()
	defer f.mu.Unlock()
	u := f.user(who)
	p := f.interaction("shortcut", u)
	p["callback_id"], p["trigger_id"], p["action_ts"] = callback, f.newTrigger(u.ID), f.ts()
	return f.interact("shortcut", p, nil)
}

// MessageShortcut uses a shortcut on a message. There are none on ephemerals.
func (f *Fake) MessageShortcut(who string, ref Ref, callback string) *Delivery {
	f.mu.Lock()
	defer f.mu.Unlock()
	ch, u, m := f.channel(ref.Channel), f.user(who), f.at(ref)
	p := f.interaction("message_action", u)
	p["callback_id"], p["trigger_id"], p["action_ts"] = callback, f.newTrigger(u.ID), f.ts()
	p["message_ts"], p["message"], p["channel"] = m.ts, f.shape(ch, m, true), obj{"id": ch.id, "name": ch.name}
	p["response_url"] = f.newResponse("actions", &response{channel: ch, user: u.ID})
	return f.interact("message_action", p, f.orSlackbot(ch, u.ID))
}

// OpenHome opens the app's Home tab.
func (f *Fake) OpenHome(who string) *Delivery {
	f.mu.Lock()
	defer f.mu.Unlock()
	u := f.user(who)
	ev := obj{"type": "app_home_opened", "user": u.ID, "channel": f.direct(u.ID).id, "tab": "home", "event_ts": f.ts()}
	if v := f.homes[u.ID]; v != nil {
		ev["view"] = f.shapeView(v)
	}
	if f.ws.Events != nil && !slices.Contains(f.ws.Events, "app_home_opened") {
		panic("fakeslack: the app does not subscribe to app_home_opened")
	}
	return f.sendEvent(nil, ev)
}
