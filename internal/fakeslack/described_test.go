package fakeslack

import (
	"bytes"
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// What the fake answers has the shapes that Slack's own description of its Web
// API gives: a canary, since the description is of 2021 and no newer was
// published. What Slack has added since is allowed.
func TestAnswersAreDescribed(t *testing.T) {
	spec, _ := load(t, filepath.Join(corpus(t), "..", "specs", "slack-web-api-openapi-v2.json")).(obj)
	modern(spec)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw(spec)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft4)
	if err := c.AddResource("slack.json", doc); err != nil {
		t.Fatal(err)
	}
	checked := map[string]bool{}
	for _, call := range exercised(t) {
		verb := "post"
		paths, _ := spec["paths"].(obj)
		methods, _ := paths["/"+call.Method].(obj)
		if methods == nil {
			continue // newer than the description
		}
		if methods[verb] == nil {
			verb = "get"
		}
		at := "200"
		if !call.OK {
			at = "default"
		}
		s, err := c.Compile("slack.json#/paths/" + strings.ReplaceAll("/"+call.Method, "/", "~1") + "/" + verb + "/responses/" + at + "/schema")
		if err != nil {
			t.Fatalf("%s: %v", call.Method, err)
		}
		answer, err := jsonschema.UnmarshalJSON(bytes.NewReader(call.Answer))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(answer); err != nil {
			t.Errorf("%s: %v\n%s", call.Method, err, call.Answer)
		}
		checked[call.Method] = true
	}
	if len(checked) < 25 {
		t.Errorf("only %d methods are described: %v", len(checked), checked)
	}
}

// modern takes out of the description what only a younger Slack breaks: that
// there is nothing else, and unions written as a list of items.
func modern(x any) {
	switch v := x.(type) {
	case []any:
		for _, e := range v {
			modern(e)
		}
	case obj:
		if v["additionalProperties"] == false {
			delete(v, "additionalProperties")
		}
		if union, is := v["items"].([]any); is {
			if v["type"] == "array" {
				v["items"] = obj{"anyOf": union}
			} else {
				delete(v, "items")
				v["anyOf"] = union
			}
		}
		if blocks, is := v["blocks"].(obj); is && blocks["type"] == "object" {
			delete(blocks, "type") // chat.update has them as an array, as all others
		}
		for _, e := range v {
			modern(e)
		}
	}
}

// exercised calls every method once, and gives what was answered.
func exercised(t *testing.T) []Call {
	t.Helper()
	w := workspace()
	for i := range w.Users { // the description wants ids as long as real ones
		w.Users[i].ID = ""
	}
	w.Bot.ID, w.Channels[0].ID, w.Channels[1].ID, w.Groups[0].ID = "", "", "", ""
	f := New(w, &Options{Unlimited: true})
	t.Cleanup(f.Close)
	f.mu.Lock()
	ada, ben, general := f.user("ada").ID, f.user("ben").ID, f.channel("general").id
	f.mu.Unlock()
	hc := f.Client()
	last := obj{}
	call := func(method string, args obj) obj {
		t.Helper()
		req, err := newRequest(f.URL()+method, f.BotToken(), args)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := hc.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		last = obj{}
		if err := json.NewDecoder(resp.Body).Decode(&last); err != nil {
			t.Fatal(err)
		}
		if last["ok"] != true {
			t.Errorf("%s: %v", method, last)
		}
		return last
	}
	inside := func(o obj, keys ...string) string {
		for _, k := range keys[:len(keys)-1] {
			o, _ = o[k].(obj)
		}
		return text(o, keys[len(keys)-1])
	}
	call("api.test", nil)
	call("auth.test", nil)
	call("team.info", nil)
	call("users.info", obj{"user": ada})
	call("users.list", nil)
	call("users.lookupByEmail", obj{"email": "ada@example.com"})
	call("users.conversations", nil)
	call("usergroups.list", nil)
	call("usergroups.users.list", obj{"usergroup": f.groups[0].ID})
	room := inside(call("conversations.create", obj{"name": "inc-1"}), "channel", "id")
	in := func(o obj) obj { o["channel"] = room; return o }
	call("conversations.invite", in(obj{"users": ada + "," + ben}))
	call("conversations.setTopic", in(obj{"topic": "SEV 1"}))
	call("conversations.setPurpose", in(obj{"purpose": "INC-1"}))
	call("conversations.info", in(obj{}))
	call("conversations.list", nil)
	call("conversations.members", in(obj{}))
	call("conversations.join", obj{"channel": general})
	call("conversations.open", obj{"users": ada})
	ts := text(call("chat.postMessage", in(obj{"text": "hello", "blocks": []any{obj{"type": "divider"}}})), "ts")
	call("chat.postMessage", in(obj{"text": "reply", "thread_ts": ts}))
	call("chat.postEphemeral", in(obj{"text": "only you", "user": ada}))
	call("chat.update", in(obj{"ts": ts, "text": "hello again"}))
	call("chat.getPermalink", in(obj{"message_ts": ts}))
	call("reactions.add", in(obj{"timestamp": ts, "name": "eyes"}))
	call("reactions.get", in(obj{"timestamp": ts}))
	call("reactions.remove", in(obj{"timestamp": ts, "name": "eyes"}))
	call("pins.add", in(obj{"timestamp": ts}))
	call("pins.list", in(obj{}))
	call("pins.remove", in(obj{"timestamp": ts}))
	f.Share(room, "ada", "a file", File{Name: "a.log", Data: []byte("a")})
	call("conversations.history", in(obj{}))
	call("conversations.replies", in(obj{"ts": ts}))
	call("chat.delete", in(obj{"ts": ts}))
	f.Shortcut("ada", "x")
	trigger := func() string {
		f.Shortcut("ada", "x")
		f.mu.Lock()
		defer f.mu.Unlock()
		for id, tr := range f.triggers {
			if !tr.used {
				return id
			}
		}
		return ""
	}
	view := obj{"type": "modal", "title": obj{"type": "plain_text", "text": "T"}, "blocks": []any{obj{"type": "divider"}}}
	id := inside(call("views.open", obj{"trigger_id": trigger(), "view": view}), "view", "id")
	call("views.push", obj{"trigger_id": trigger(), "view": view})
	call("views.update", obj{"view_id": id, "view": view})
	call("views.publish", obj{"user_id": ada, "view": obj{"type": "home", "blocks": []any{obj{"type": "divider"}}}})
	call("conversations.kick", in(obj{"user": ben}))
	call("conversations.rename", in(obj{"name": "inc-1-done"}))
	call("conversations.archive", in(obj{}))
	return f.Calls("")
}

// newRequest is a call with its arguments as JSON.
func newRequest(url, token string, args obj) (*http.Request, error) {
	if args == nil {
		args = obj{}
	}
	req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(raw(args)))
	if err == nil {
		req.Header = http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}}
	}
	return req, err
}
