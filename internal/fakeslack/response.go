package fakeslack

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"time"
)

// A response URL serves so often, and so long
// (docs.slack.dev/interactivity/handling-user-interaction).
const (
	responseUses = 5
	responseFor  = 30 * time.Minute
)

type response struct {
	channel *channel
	user    string
	origin  *message // the message whose button was pressed
	at      time.Time
	uses    int
}

func (f *Fake) newResponse(kind string, r *response) string {
	r.at = time.Now()
	p := "/" + kind + "/" + f.ws.TeamID + "/" + f.id("")[3:] + "/" + f.envelopeID()
	f.responses[p] = r
	return "http://" + f.host + p
}

// flatten reads a JSON message as if it had been sent as a form.
func flatten(body []byte) (map[string]string, error) {
	var in map[string]json.RawMessage
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	args := map[string]string{}
	for k, v := range in {
		var s string
		switch {
		case string(v) == "null":
		case json.Unmarshal(v, &s) == nil:
			args[k] = s
		default:
			args[k] = string(v)
		}
	}
	return args, nil
}

// serveResponse answers a message sent to a response URL. It needs no token.
func (f *Fake) serveResponse(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	rec := Call{At: time.Now(), Method: "response_url"}
	status, retry, _ := f.meddle(r.Context(), rec.Method, nil)
	if status == http.StatusTooManyRequests {
		f.limited(w, rec, retry)
		return
	} else if status != 0 {
		rec.Status = status
		f.record(rec)
		http.Error(w, http.StatusText(status), status)
		return
	}
	f.mu.Lock()
	code := f.respond(r.URL.Path, body, &rec)
	rec.OK, rec.Error, rec.Status = code == "", code, http.StatusOK
	switch code {
	case "":
	case "used_url", "expired_url":
		rec.Status = http.StatusNotFound
	default:
		rec.Status = http.StatusBadRequest
	}
	f.calls = append(f.calls, rec)
	lose := f.losing(rec.Method, nil)
	f.mu.Unlock()
	if lose {
		panic(http.ErrAbortHandler)
	}
	if code == "" {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "ok")
		return
	}
	reply(w, rec.Status, raw(obj{"ok": false, "error": code}))
}

// respond does what a message to a response URL asks; it returns Slack's error.
func (f *Fake) respond(path string, body []byte, rec *Call) string {
	to := f.responses[path]
	switch {
	case to == nil:
		return "expired_url"
	case time.Since(to.at) > responseFor:
		return "expired_url"
	case to.uses >= responseUses:
		return "used_url"
	}
	args, err := flatten(body)
	rec.Args = args
	if err != nil {
		return "invalid_payload"
	}
	c := call{method: "response", args: args}
	if c.is("delete_original") {
		if to.origin == nil {
			return "message_not_found" // a command's own words cannot be deleted
		}
		to.uses++
		f.dismiss(to)
		return ""
	}
	m, no := f.compose(c)
	if no != nil {
		return no.code
	}
	m.thread = c.str("thread_ts")
	public := c.str("response_type") == "in_channel"
	if m.thread != "" && (!public || c.is("replace_original")) {
		return "invalid_thread"
	}
	to.uses++
	if c.is("replace_original") && to.origin != nil && !to.origin.deleted {
		f.replace(to, m)
		return ""
	}
	if !public {
		m.only = to.user
	}
	f.say(to.channel, m)
	return ""
}

// dismiss takes the message away whose button was pressed.
func (f *Fake) dismiss(to *response) {
	if to.origin.only != "" {
		to.origin.deleted = true
	} else if !to.origin.deleted {
		f.withdraw(to.channel, to.origin)
	}
}

// replace changes the message whose button was pressed.
func (f *Fake) replace(to *response, m *message) {
	o := to.origin
	if o.only != "" {
		o.text, o.blocks, o.attachments = m.text, m.blocks, m.attachments
		o.versions = append(slices.Clone(o.versions), m.text)
		return
	}
	before := f.shape(to.channel, o, true)
	o.text, o.blocks, o.attachments = m.text, m.blocks, m.attachments
	f.changed(to.channel, o, before, f.ws.Bot.ID)
}
