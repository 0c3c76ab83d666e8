package fakeopenai

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// wire is a request's body, as far as the API has it and a drafter may use it. A
// field that is not here is refused, as OpenAI refuses those that it does not
// know.
type wire struct {
	Model    string `json:"model"`
	Messages []struct {
		Role    string `json:"role"`
		Content string `json:"content"`
		Name    string `json:"name"`
	} `json:"messages"`
	MaxTokens           *int     `json:"max_tokens"`
	MaxCompletionTokens *int     `json:"max_completion_tokens"`
	Temperature         *float64 `json:"temperature"`
	TopP                *float64 `json:"top_p"`
	N                   *int     `json:"n"`
	Stream              bool     `json:"stream"`
	StreamOptions       *struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
	ResponseFormat *struct {
		Type       string `json:"type"`
		JSONSchema *struct {
			Name        string          `json:"name"`
			Description string          `json:"description"`
			Strict      bool            `json:"strict"`
			Schema      json.RawMessage `json:"schema"`
		} `json:"json_schema"`
	} `json:"response_format"`
	ReasoningEffort  string            `json:"reasoning_effort"`
	Seed             *int              `json:"seed"`
	User             string            `json:"user"`
	Store            bool              `json:"store"`
	Metadata         map[string]string `json:"metadata"`
	SafetyIdentifier string            `json:"safety_identifier"`
}

func refuse(status int, code, param, format string, args ...any) *Answer {
	kind := "invalid_request_error"
	if status == http.StatusUnauthorized {
		kind = "authentication_error"
	}
	return &Answer{Status: status, Type: kind, Code: code, Param: param, Message: fmt.Sprintf(format, args...)}
}

var (
	azurePath  = regexp.MustCompile(`^/openai/deployments/([^/]+)/chat/completions$`)
	apiVersion = regexp.MustCompile(`^(20\d\d-\d\d-\d\d)(?:-preview)?$`)
	schemaName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
)

// firstWithSchemas is Azure's first version that takes schemas.
const firstWithSchemas = "2024-08-01"

// check reads a request, and says why it is refused, if it is.
func (s *Server) check(r *http.Request, body []byte) (Request, *Answer) {
	var req Request
	key := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if s.o.Azure {
		key = r.Header.Get("api-key")
	}
	deployment := ""
	switch m := azurePath.FindStringSubmatch(r.URL.Path); {
	case s.o.Azure && m != nil:
		deployment = m[1]
		if v := apiVersion.FindStringSubmatch(r.URL.Query().Get("api-version")); v == nil {
			return req, refuse(http.StatusNotFound, "404", "", "Resource not found")
		} else if v[1] < firstWithSchemas && bytes.Contains(body, []byte(`"json_schema"`)) {
			return req, refuse(http.StatusBadRequest, "BadRequest", "response_format", "response_format value as json_schema is enabled only for api versions 2024-08-01-preview and later")
		}
	case !s.o.Azure && r.URL.Path == "/v1/chat/completions":
	default:
		return req, refuse(http.StatusNotFound, "unknown_url", "", "Unknown request URL: %s %s.", r.Method, r.URL.Path)
	}
	switch {
	case r.Method != http.MethodPost:
		return req, refuse(http.StatusMethodNotAllowed, "method_not_supported", "", "Not allowed to %s on /v1/chat/completions.", r.Method)
	case s.o.Key != "" && key == "":
		return req, refuse(http.StatusUnauthorized, "", "", "You didn't provide an API key.")
	case s.o.Key != "" && key != s.o.Key:
		return req, refuse(http.StatusUnauthorized, "invalid_api_key", "", "Incorrect API key provided: %s.", key)
	case !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"):
		return req, refuse(http.StatusBadRequest, "unsupported_content_type", "", "Unsupported content type.")
	}
	var in wire
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		var wrong *json.UnmarshalTypeError
		if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
			name = strings.Trim(name, `"`)
			return req, refuse(http.StatusBadRequest, "unknown_parameter", name, "Unknown parameter: '%s'.", name)
		} else if errors.As(err, &wrong) {
			return req, refuse(http.StatusBadRequest, "invalid_type", wrong.Field, "Invalid type for '%s'.", wrong.Field)
		}
		return req, refuse(http.StatusBadRequest, "invalid_json", "", "We could not parse the JSON body of your request.")
	}
	if deployment != "" {
		in.Model = deployment
	}
	req = in.request()
	m, known := s.o.Models[in.Model]
	if !known {
		return req, refuse(http.StatusNotFound, "model_not_found", "model", "The model '%s' does not exist or you do not have access to it.", in.Model)
	}
	if no := in.refused(m, body); no != nil {
		return req, no
	}
	return req, nil
}

func (in *wire) request() Request {
	req := Request{Model: in.Model, Stream: in.Stream, Format: "text"}
	for _, m := range in.Messages {
		if m.Role == "user" {
			req.User += m.Content
		} else {
			req.System += m.Content
		}
	}
	if in.ResponseFormat != nil {
		req.Format = in.ResponseFormat.Type
	}
	for _, n := range []*int{in.MaxTokens, in.MaxCompletionTokens} {
		if n != nil {
			req.MaxToken = *n
		}
	}
	return req
}

// refused says which of a request's parameters a model does not take.
func (in *wire) refused(m Model, body []byte) *Answer {
	for _, p := range m.Lacks {
		if name, value, ok := strings.Cut(p, "="); bytes.Contains(body, []byte(`"`+name+`":`)) && (!ok || bytes.Contains(body, []byte(`"`+value+`"`))) {
			return refuse(http.StatusBadRequest, "unsupported_parameter", name, "Unsupported parameter: '%s' is not supported with this model.", name)
		}
	}
	if len(in.Messages) == 0 {
		return refuse(http.StatusBadRequest, "empty_array", "messages", "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.")
	}
	for i, x := range in.Messages {
		if !slices.Contains([]string{"system", "developer", "user", "assistant"}, x.Role) {
			return refuse(http.StatusBadRequest, "invalid_value", fmt.Sprintf("messages[%d].role", i), "Invalid value: '%s'.", x.Role)
		}
	}
	switch {
	case in.MaxTokens != nil && in.MaxCompletionTokens != nil:
		return refuse(http.StatusBadRequest, "invalid_parameter_combination", "max_tokens", "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.")
	case m.Reasoning && in.MaxTokens != nil:
		return refuse(http.StatusBadRequest, "unsupported_parameter", "max_tokens", "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.")
	case m.Reasoning && in.Temperature != nil && *in.Temperature != 1:
		return refuse(http.StatusBadRequest, "unsupported_value", "temperature", "Unsupported value: 'temperature' does not support %v with this model. Only the default (1) value is supported.", *in.Temperature)
	case in.Temperature != nil && (*in.Temperature < 0 || *in.Temperature > 2):
		return refuse(http.StatusBadRequest, "decimal_above_max_value", "temperature", "Invalid 'temperature': expected a value between 0 and 2.")
	case !m.Reasoning && in.ReasoningEffort != "":
		return refuse(http.StatusBadRequest, "unsupported_parameter", "reasoning_effort", "Unrecognized request argument supplied: reasoning_effort")
	case in.StreamOptions != nil && !in.Stream:
		return refuse(http.StatusBadRequest, "invalid_parameter", "stream_options", "The 'stream_options' parameter is only allowed when 'stream' is enabled.")
	}
	if no := in.format(); no != nil {
		return no
	}
	window := m.Window
	if window == 0 {
		window = 128_000
	}
	req := in.request()
	if n := Tokens(req.System+req.User) + req.MaxToken; n > window {
		return refuse(http.StatusBadRequest, "context_length_exceeded", "messages", "This model's maximum context length is %d tokens. However, your request came to %d tokens.", window, n)
	}
	return nil
}

// format holds response_format to its rules.
func (in *wire) format() *Answer {
	f := in.ResponseFormat
	switch {
	case f == nil, f.Type == "text":
		return nil
	case f.Type == "json_object":
		for _, m := range in.Messages {
			if strings.Contains(strings.ToLower(m.Content), "json") {
				return nil
			}
		}
		return refuse(http.StatusBadRequest, "", "messages", "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.")
	case f.Type != "json_schema":
		return refuse(http.StatusBadRequest, "invalid_value", "response_format.type", "Invalid value: '%s'.", f.Type)
	case f.JSONSchema == nil:
		return refuse(http.StatusBadRequest, "missing_required_parameter", "response_format.json_schema", "Missing required parameter: 'response_format.json_schema'.")
	case !schemaName.MatchString(f.JSONSchema.Name):
		return refuse(http.StatusBadRequest, "invalid_value", "response_format.json_schema.name", "Invalid 'response_format.json_schema.name'.")
	case !f.JSONSchema.Strict:
		return nil
	}
	if why := Strict(f.JSONSchema.Schema); why != "" {
		return refuse(http.StatusBadRequest, "", "response_format", "Invalid schema for response_format '%s': %s", f.JSONSchema.Name, why)
	}
	return nil
}
