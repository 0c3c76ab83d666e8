package fakeslack

import (
	"encoding/json"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A method is one of the Web API's.
type method struct {
	tier   int    // requests a minute; 0 is a limit of its own, or none
	scope  string // "" needs none; of several, the one for the kind of channel
	app    bool   // wants the app-level token
	handle func(f *Fake, c call) (obj, *refusal)
}

// The tiers of Slack's rate limits, in requests a minute for each method.
const (
	tier1 = 1
	tier2 = 20
	tier3 = 50
	tier4 = 100
)

// A call is one request as its method reads it.
type call struct {
	method string
	args   map[string]string // JSON values stay as they are written
}

// A refusal is an error that Slack answers with HTTP 200.
type refusal struct {
	code     string
	messages []string // of response_metadata
	extra    obj
}

func refuse(code string, messages ...string) *refusal {
	return &refusal{code: code, messages: messages}
}

func (c call) str(name string) string { return c.args[name] }

func (c call) is(name string) bool { return c.args[name] == "true" || c.args[name] == "1" }

func (c call) int(name string, otherwise int) int {
	n, err := strconv.Atoi(c.args[name])
	if err != nil {
		return otherwise
	}
	return n
}

// list reads names that are separated by commas, or are a JSON array.
func (c call) list(name string) []string {
	s := c.args[name]
	var out []string
	if json.Unmarshal([]byte(s), &out) == nil {
		return out
	}
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// methods is everything that the Web API here can do. The tiers are those of
// the official Java SDK's metadata; it says tier 1 of apps.connections.open and
// its reference page tier 3, so that it has none here.
func methods() map[string]method {
	all := map[string]method{
		"api.test":              {tier: tier4, handle: func(*Fake, call) (obj, *refusal) { return obj{}, nil }},
		"auth.test":             {handle: authTest},
		"apps.connections.open": {app: true, handle: connectionsOpen},
		"team.info":             {tier: tier3, scope: "team:read", handle: teamInfo},
	}
	for _, more := range []map[string]method{peopleMethods(), messageMethods(), historyMethods(), channelMethods(), markMethods(), viewMethods(), fileMethods()} {
		maps.Copy(all, more)
	}
	return all
}

// serveAPI answers one call of a method.
func (f *Fake) serveAPI(w http.ResponseWriter, r *http.Request, name string) {
	now := time.Now()
	args, err := arguments(r)
	if err != nil {
		f.finish(w, Call{At: now, Method: name}, http.StatusOK, obj{"ok": false, "error": "invalid_json"})
		return
	}
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if token == "" {
		token = args["token"]
	}
	delete(args, "token")
	rec := Call{At: now, Method: name, Args: args}
	switch status, retry, code := f.meddle(r.Context(), name, args); {
	case status == http.StatusTooManyRequests:
		f.limited(w, rec, retry)
		return
	case status != 0:
		rec.Status = status
		f.record(rec)
		http.Error(w, http.StatusText(status), status)
		return
	case code != "":
		f.finish(w, rec, http.StatusOK, obj{"ok": false, "error": code})
		return
	}

	f.mu.Lock()
	m, known := f.table[name]
	if !known {
		f.mu.Unlock()
		f.finish(w, rec, http.StatusOK, obj{"ok": false, "error": "unknown_method", "req_method": name})
		return
	}
	no := f.admit(m, token, args)
	if no == nil {
		if wait := f.rate(name, m, args, now); wait > 0 {
			f.mu.Unlock()
			f.limited(w, rec, wait)
			return
		}
	}
	var out obj
	if no == nil {
		out, no = m.handle(f, call{method: name, args: args})
	}
	body := answer(out, no)
	text := raw(body) // while nothing that it is made of can change
	w.Header().Set("X-OAuth-Scopes", strings.Join(f.scopes(), ","))
	if m.scope != "" {
		w.Header().Set("X-Accepted-OAuth-Scopes", strings.ReplaceAll(m.scope, " ", ","))
	}
	lose := f.losing(name, args)
	rec.OK, rec.Status, rec.Answer = no == nil, http.StatusOK, text
	if no != nil {
		rec.Error = no.code
	}
	f.calls = append(f.calls, rec)
	f.mu.Unlock()
	if lose {
		panic(http.ErrAbortHandler)
	}
	reply(w, http.StatusOK, text)
}

// answer puts a method's outcome into the envelope of the Web API.
func answer(out obj, no *refusal) obj {
	if no == nil {
		if out == nil {
			out = obj{}
		}
		out["ok"] = true
		return out
	}
	body := obj{"ok": false, "error": no.code}
	maps.Copy(body, no.extra)
	if no.messages != nil {
		body["response_metadata"] = obj{"messages": no.messages}
	}
	return body
}

// finish records a call that was answered before its method was asked.
func (f *Fake) finish(w http.ResponseWriter, rec Call, status int, body obj) {
	rec.Status, rec.Answer = status, raw(body)
	if code, is := body["error"].(string); is {
		rec.Error = code
	}
	f.record(rec)
	reply(w, status, rec.Answer)
}

// limited answers that there were too many requests.
func (f *Fake) limited(w http.ResponseWriter, rec Call, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(max(1, int((wait+time.Second-1)/time.Second))))
	f.finish(w, rec, http.StatusTooManyRequests, obj{"ok": false, "error": "ratelimited"})
}

func reply(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body) // who asked may have gone; the journal has it
}

// admit says whether a token may use a method, on the channel that it is about.
func (f *Fake) admit(m method, token string, args map[string]string) *refusal {
	switch {
	case token == "":
		return refuse("not_authed")
	case f.revoked:
		return refuse("token_revoked")
	case token != f.ws.BotToken && token != f.ws.AppToken:
		return refuse("invalid_auth")
	case m.app != (token == f.ws.AppToken):
		return refuse("not_allowed_token_type")
	case m.app || m.scope == "" || f.ws.Scopes == nil:
		return nil
	}
	scopes := strings.Fields(m.scope)
	if len(scopes) > 1 {
		scopes = slices.DeleteFunc(scopes, func(s string) bool { return !strings.HasPrefix(s, f.family(args)) })
	}
	needed := strings.Join(scopes, ",")
	if slices.ContainsFunc(scopes, func(s string) bool { return slices.Contains(f.ws.Scopes, s) }) {
		return nil
	}
	return &refusal{code: "missing_scope", extra: obj{"needed": needed, "provided": strings.Join(f.ws.Scopes, ",")}}
}

// family is how the scopes begin for the kind of channel that a call is about.
func (f *Fake) family(args map[string]string) string {
	ch := f.find(args["channel"])
	switch {
	case ch != nil && ch.im:
		return "im:"
	case ch != nil && ch.private, ch == nil && (args["is_private"] == "true" || strings.HasPrefix(args["types"], "private")):
		return "groups:"
	}
	return "channels:"
}

// scopes are those of the bot token.
func (f *Fake) scopes() []string {
	if f.ws.Scopes != nil {
		return f.ws.Scopes
	}
	set := map[string]bool{"commands": true}
	for _, m := range f.table {
		for s := range strings.FieldsSeq(m.scope) {
			set[s] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// arguments reads a request's, however they are sent: in the address, as a form,
// as parts, or as JSON, whose strings are taken out of their quotes.
func arguments(r *http.Request) (map[string]string, error) {
	args := map[string]string{}
	take := func(vs url.Values) {
		for k, v := range vs {
			args[k] = v[0]
		}
	}
	take(r.URL.Query())
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "application/json":
		body, err := io.ReadAll(io.LimitReader(r.Body, 4<<20))
		if err != nil {
			return nil, err
		}
		if len(body) == 0 || string(body) == "null\n" || string(body) == "null" {
			return args, nil
		}
		var in map[string]json.RawMessage
		if err := json.Unmarshal(body, &in); err != nil {
			return nil, err
		}
		for k, v := range in {
			var s string
			if json.Unmarshal(v, &s) == nil {
				args[k] = s
			} else {
				args[k] = string(v)
			}
		}
	case "multipart/form-data":
		if err := r.ParseMultipartForm(4 << 20); err != nil {
			return nil, err
		}
		take(r.MultipartForm.Value)
	default:
		if err := r.ParseForm(); err != nil {
			return nil, err
		}
		take(r.PostForm)
	}
	return args, nil
}
