package fakeopenai_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sitrep/internal/fakeopenai"
)

func say(text string) func(fakeopenai.Request) fakeopenai.Answer {
	return func(fakeopenai.Request) fakeopenai.Answer { return fakeopenai.Answer{Content: text} }
}

const asks = `"messages":[{"role":"system","content":"answer in json"},{"role":"user","content":"hello"}]`

func TestRefusals(t *testing.T) {
	schema := func(s string) string {
		return `{"model":"gpt-4o",` + asks + `,"response_format":{"type":"json_schema","json_schema":{"name":"x","strict":true,"schema":` + s + `}}}`
	}
	for _, tt := range []struct {
		name, path, key, body string
		status                int
		code, param           string
	}{
		{"taken", "/v1/chat/completions", "k", `{"model":"gpt-4o",` + asks + `}`, 200, "", ""},
		{"taken by a reasoning model", "/v1/chat/completions", "k", `{"model":"o4-mini",` + asks + `,"max_completion_tokens":9,"reasoning_effort":"low","temperature":1}`, 200, "", ""},
		{"no key", "/v1/chat/completions", "", `{"model":"gpt-4o",` + asks + `}`, 401, "", ""},
		{"another key", "/v1/chat/completions", "z", `{"model":"gpt-4o",` + asks + `}`, 401, "invalid_api_key", ""},
		{"another path", "/chat/completions", "k", `{}`, 404, "unknown_url", ""},
		{"no JSON", "/v1/chat/completions", "k", `{"model":`, 400, "invalid_json", ""},
		{"unknown field", "/v1/chat/completions", "k", `{"model":"gpt-4o",` + asks + `,"top_k":1}`, 400, "unknown_parameter", "top_k"},
		{"another type", "/v1/chat/completions", "k", `{"model":5}`, 400, "invalid_type", "model"},
		{"no model", "/v1/chat/completions", "k", `{` + asks + `}`, 404, "model_not_found", "model"},
		{"no messages", "/v1/chat/completions", "k", `{"model":"gpt-4o"}`, 400, "empty_array", "messages"},
		{"a role of nobody", "/v1/chat/completions", "k", `{"model":"gpt-4o","messages":[{"role":"boss","content":"x"}]}`, 400, "invalid_value", "messages[0].role"},
		{"max_tokens of a reasoning model", "/v1/chat/completions", "k", `{"model":"o4-mini",` + asks + `,"max_tokens":9}`, 400, "unsupported_parameter", "max_tokens"},
		{"temperature of a reasoning model", "/v1/chat/completions", "k", `{"model":"o4-mini",` + asks + `,"temperature":0}`, 400, "unsupported_value", "temperature"},
		{"effort of another model", "/v1/chat/completions", "k", `{"model":"gpt-4o",` + asks + `,"reasoning_effort":"low"}`, 400, "unsupported_parameter", "reasoning_effort"},
		{"both limits", "/v1/chat/completions", "k", `{"model":"gpt-4o",` + asks + `,"max_tokens":9,"max_completion_tokens":9}`, 400, "invalid_parameter_combination", "max_tokens"},
		{"temperature", "/v1/chat/completions", "k", `{"model":"gpt-4o",` + asks + `,"temperature":3}`, 400, "decimal_above_max_value", "temperature"},
		{"usage of no stream", "/v1/chat/completions", "k", `{"model":"gpt-4o",` + asks + `,"stream_options":{"include_usage":true}}`, 400, "invalid_parameter", "stream_options"},
		{"longer than it reads", "/v1/chat/completions", "k", `{"model":"gpt-4o",` + asks + `,"max_tokens":200000}`, 400, "context_length_exceeded", "messages"},
		{"JSON that is not asked for", "/v1/chat/completions", "k", `{"model":"gpt-4o","messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_object"}}`, 400, "", "messages"},
		{"JSON that is", "/v1/chat/completions", "k", `{"model":"gpt-4o",` + asks + `,"response_format":{"type":"json_object"}}`, 200, "", ""},
		{"no such format", "/v1/chat/completions", "k", `{"model":"gpt-4o",` + asks + `,"response_format":{"type":"xml"}}`, 400, "invalid_value", "response_format.type"},
		{"no schema", "/v1/chat/completions", "k", `{"model":"gpt-4o",` + asks + `,"response_format":{"type":"json_schema"}}`, 400, "missing_required_parameter", "response_format.json_schema"},
		{"no name", "/v1/chat/completions", "k", `{"model":"gpt-4o",` + asks + `,"response_format":{"type":"json_schema","json_schema":{"name":"a b","strict":true,"schema":{}}}}`, 400, "invalid_value", "response_format.json_schema.name"},
		{"a good schema", "/v1/chat/completions", "k", schema(`{"type":"object","properties":{"a":{"type":["string","null"]}},"required":["a"],"additionalProperties":false}`), 200, "", ""},
		{"a bad schema", "/v1/chat/completions", "k", schema(`{"type":"object","properties":{"a":{"type":"string"}},"required":[],"additionalProperties":false}`), 400, "", "response_format"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := fakeopenai.New(&fakeopenai.Options{Key: "k"}, say("hi"))
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://api.openai.com"+tt.path, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			if tt.key != "" {
				r.Header.Set("Authorization", "Bearer "+tt.key)
			}
			res, err := s.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			var out struct {
				Error struct{ Code, Param, Message string }
			}
			if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != tt.status || out.Error.Code != tt.code || out.Error.Param != tt.param {
				t.Errorf("answered %d %+v", res.StatusCode, out.Error)
			}
			seen := s.Requests()
			if len(seen) != 1 || (seen[0].Status != 0) != (tt.status != 200) {
				t.Errorf("seen %+v", seen)
			}
		})
	}
}

func TestStrict(t *testing.T) {
	deep := `{"type":"string"}`
	for range 6 {
		deep = `{"type":"object","properties":{"a":` + deep + `},"required":["a"],"additionalProperties":false}`
	}
	for _, tt := range []struct{ schema, want string }{
		{`{"type":"object","properties":{},"required":[],"additionalProperties":false}`, ""},
		{`{"type":"object","properties":{"a":{"type":"array","items":{"anyOf":[{"type":"integer"},{"type":"null"}]}}},"required":["a"],"additionalProperties":false}`, ""},
		{`{"type":"object","properties":{"a":{"$ref":"#/$defs/b"}},"required":["a"],"additionalProperties":false,"$defs":{"b":{"type":"string"}}}`, ""},
		{`[]`, "it is no object"},
		{`{"type":"array","items":{"type":"string"}}`, "got 'type: \"array\"'"},
		{`{"type":"object","anyOf":[]}`, "must be a JSON Schema"},
		{`{"type":"object","properties":{},"required":[]}`, "'additionalProperties' is required"},
		{`{"type":"object","properties":{},"required":[],"additionalProperties":true}`, "'additionalProperties' is required"},
		{`{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}`, "Missing 'a'"},
		{`{"type":"object","properties":{},"required":["a"],"additionalProperties":false}`, "extra required key"},
		{`{"type":"object","properties":{"a":{}},"required":["a"],"additionalProperties":false}`, "must have a 'type' key"},
		{`{"type":"object","properties":{"a":{"type":"array"}},"required":["a"],"additionalProperties":false}`, "missing items"},
		{`{"type":"object","properties":{"a":{"type":"string","minLength":1}},"required":["a"],"additionalProperties":false}`, "'minLength' is not permitted"},
		{`{"type":"object","properties":{"a":{"type":"string","nullable":true}},"required":["a"],"additionalProperties":false}`, "'nullable' is not permitted"},
		{`{"type":"object","properties":{"a":{"type":"array","items":{"type":"object","properties":{}}}},"required":["a"],"additionalProperties":false}`, "'items'), 'additionalProperties'"},
		{deep, "levels of nesting"},
	} {
		if got := fakeopenai.Strict(json.RawMessage(tt.schema)); tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.schema, got, tt.want)
		}
	}
}

// Azure has the deployment in its path, the key in a header of its own, and
// schemas since a version.
func TestAzure(t *testing.T) {
	s := fakeopenai.New(&fakeopenai.Options{Azure: true, Key: "k", Models: map[string]fakeopenai.Model{"dep": {}}}, say("hi"))
	for _, tt := range []struct {
		url    string
		status int
	}{
		{"/openai/deployments/dep/chat/completions?api-version=2024-10-21", 200},
		{"/openai/deployments/other/chat/completions?api-version=2024-10-21", 404},
		{"/openai/deployments/dep/chat/completions", 404},
		{"/openai/deployments/dep/chat/completions?api-version=2023-05-15", 400},
		{"/v1/chat/completions", 404},
	} {
		body := `{"model":"",` + asks + `,"response_format":{"type":"json_schema","json_schema":{"name":"x","strict":true,"schema":{"type":"object","properties":{},"required":[],"additionalProperties":false}}}}`
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://x.openai.azure.com"+tt.url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("api-key", "k")
		res, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != tt.status {
			t.Errorf("%s answered %d, want %d", tt.url, res.StatusCode, tt.status)
		}
	}
}

// A stream comes in pieces, at its pace, and ends as it was told to.
func TestStream(t *testing.T) {
	words := strings.Repeat("Grüße aus Köln. ", 8)
	for _, tt := range []struct {
		name   string
		answer fakeopenai.Answer
		took   time.Duration
		text   string
		done   bool
		err    error
	}{
		{"whole", fakeopenai.Answer{Content: words}, 0, words, true, nil},
		{"slow", fakeopenai.Answer{Content: words, Wait: time.Minute, Between: time.Second, Comment: 3}, 70 * time.Second, words, true, nil},
		{"cut in order", fakeopenai.Answer{Content: words, Cut: 2}, 0, "Grüße aus Köln. Grüß", false, nil},
		{"cut", fakeopenai.Answer{Content: words, Cut: 2, Abrupt: true}, 0, "Grüße aus Köln. Grüß", false, errAny},
		{"longer than it may be", fakeopenai.Answer{Content: strings.Repeat("x", 500)}, 0, strings.Repeat("x", 400), true, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := fakeopenai.New(nil, func(fakeopenai.Request) fakeopenai.Answer { return tt.answer })
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://x/v1/chat/completions", strings.NewReader(`{"model":"gpt-4o","max_tokens":100,"stream":true,"stream_options":{"include_usage":true},`+asks+`}`))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Content-Type", "application/json")
				began := time.Now()
				res, err := s.Client().Do(r)
				if err != nil {
					t.Fatal(err)
				}
				defer res.Body.Close()
				b, err := io.ReadAll(res.Body)
				if (err != nil) != (tt.err != nil) {
					t.Errorf("read: %v", err)
				}
				text, done := "", false
				for line := range strings.Lines(string(b)) {
					data, ok := strings.CutPrefix(strings.TrimSpace(line), "data: ")
					done = done || data == "[DONE]"
					var p struct {
						Choices []struct{ Delta struct{ Content string } }
					}
					if ok && json.Unmarshal([]byte(data), &p) == nil && len(p.Choices) > 0 {
						text += p.Choices[0].Delta.Content
					}
				}
				if text != tt.text || done != tt.done || time.Since(began) != tt.took {
					t.Errorf("read %q, done %v, after %s", text, done, time.Since(began))
				}
				if tt.text != words && tt.done && !strings.Contains(string(b), `"finish_reason":"length"`) {
					t.Error("it does not say that it was cut at its length")
				}
			})
		})
	}
}

var errAny = errors.New("any")

// A caller that goes away is not waited for.
func TestGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := fakeopenai.New(nil, func(fakeopenai.Request) fakeopenai.Answer { return fakeopenai.Answer{Wait: time.Hour} })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://x/v1/chat/completions", strings.NewReader(`{"model":"gpt-4o",`+asks+`}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		if res, err := s.Client().Do(r); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("answered %v, %v", res, err)
		}
	})
}
