package openai

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	openai "github.com/sashabaranov/go-openai"
)

// What can be wrong with an answer that came.
var (
	errRefused  = errors.New("the model refused")
	errFiltered = errors.New("the server's filter withheld the answer")
	errEmpty    = errors.New("the answer is empty")
	errLength   = errors.New("the answer was longer than it may be")
	errCut      = errors.New("the answer ended in the middle")
	errNoJSON   = errors.New("the answer is no JSON")
	errShape    = errors.New("the answer has another shape than was asked for")
	errMoved    = errors.New("the server sends elsewhere")
	errSilent   = errors.New("the server said nothing for too long")
	errTooLong  = errors.New("it took too long")
)

// A failure is a request that got no answer. It never holds the key: what a
// server says of it is not repeated.
type failure struct {
	err   error
	after time.Duration
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// refusal reads what a server refused: its status, and what its error names. ok
// is false for everything that is no answer of a server.
func refusal(err error) (status int, code, param, message string, ok bool) {
	var api *openai.APIError
	var other *openai.RequestError
	switch {
	case errors.As(err, &api):
		if api.Param != nil {
			param = *api.Param
		}
		if api.Code != nil {
			code = fmt.Sprint(api.Code)
		}
		return api.HTTPStatusCode, code, param, api.Message, true
	case errors.As(err, &other):
		return other.HTTPStatusCode, "", "", string(other.Body), true
	}
	return 0, "", "", "", false
}

// passing reports whether the same request may succeed later.
func passing(err error) bool {
	if status, code, _, _, ok := refusal(err); ok && status != 0 {
		switch status {
		case http.StatusTooManyRequests:
			return code != "insufficient_quota"
		case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return true
		}
		return false
	}
	for _, lasting := range []error{errRefused, errFiltered, errLength, errMoved, errSilent, errTooLong, context.Canceled} {
		if errors.Is(err, lasting) {
			return false
		}
	}
	for _, ours := range []error{openai.ErrReasoningModelMaxTokensDeprecated, openai.ErrReasoningModelLimitationsOther, openai.ErrReasoningModelLimitationsLogprobs, openai.ErrReasoningEffortUnsupported, openai.ErrReasoningSamplingUnsupported} {
		if errors.Is(err, ours) {
			return false // the library would not send it
		}
	}
	return true // the connection broke, the stream was cut, the answer could not be read
}

// adapt takes out of the next requests what a server, or the library before it,
// does not take. It reports whether it found something.
func (a *asker) adapt(err error) bool {
	switch {
	case errors.Is(err, openai.ErrReasoningModelMaxTokensDeprecated):
		a.limit = "max_completion_tokens"
		return true
	case errors.Is(err, openai.ErrReasoningModelLimitationsOther), errors.Is(err, openai.ErrReasoningSamplingUnsupported):
		had := a.temperature != nil
		a.temperature = nil
		return had
	case errors.Is(err, openai.ErrReasoningEffortUnsupported):
		had := a.effort != ""
		a.effort = ""
		return had
	}
	status, code, param, message, ok := refusal(err)
	if !ok || status != http.StatusBadRequest && status != http.StatusUnprocessableEntity || code == "context_length_exceeded" {
		return false
	}
	names := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(param, w) || param == "" && strings.Contains(message, w) {
				return true
			}
		}
		return false
	}
	switch {
	case names("stream_options") && a.count:
		a.count = false
	case names("max_completion_tokens") && a.limit == "max_completion_tokens":
		a.limit = "max_tokens"
	case names("max_tokens") && a.limit == "max_tokens":
		a.limit = "max_completion_tokens"
	case names("temperature") && a.temperature != nil:
		a.temperature = nil
	case names("reasoning_effort") && a.effort != "":
		a.effort = ""
	case names("response_format", "json_schema", "schema", "grammar", "messages") && a.shape == Schema:
		a.shape = Object
	case names("response_format", "json_object", "messages") && a.shape == Object:
		a.shape = Text
	default:
		return false
	}
	return true
}

// plainCode is an error's code that can be repeated: a word, not a text.
var plainCode = regexp.MustCompile(`^[a-z][a-z_]{2,40}$`)

// why says in a sentence, for the people of the room, why there is no answer. It
// is made of our words and of an error's code, never of what a server wrote.
func (d *Drafter) why(err error) string {
	status, code, _, _, ok := refusal(err)
	if ok && status != 0 {
		by := fmt.Sprintf(" (%d)", status)
		if plainCode.MatchString(code) {
			by = fmt.Sprintf(" (%d, %s)", status, code)
		}
		switch {
		case status == http.StatusUnauthorized || status == http.StatusForbidden:
			return "The server does not accept the key" + by + "."
		case status == http.StatusNotFound:
			return "The server does not know the model, or its address" + by + "."
		case code == "context_length_exceeded":
			return "The request was longer than the model reads" + by + "."
		case code == "insufficient_quota":
			return "The account has used up what it may" + by + "."
		case code == "content_filter":
			return "The server's filter withheld the answer" + by + "."
		case status == http.StatusTooManyRequests:
			return "The server was asked too often" + by + "."
		case status >= 500:
			return "The server had a fault of its own" + by + "."
		}
		return "The server refused the request" + by + "."
	}
	for _, x := range []struct {
		err error
		say string
	}{
		{errRefused, "It refused."},
		{errFiltered, "The server's filter withheld the answer."},
		{errEmpty, "The answer was empty."},
		{errLength, "The answer was longer than it may be."},
		{errCut, "The answer ended in the middle."},
		{errNoJSON, "The answer was no JSON."},
		{errShape, "The answer had another shape than was asked for."},
		{errMoved, "The server sends elsewhere, which is not followed."},
		{errSilent, "The server said nothing for " + d.o.Silence.String() + "."},
		{errTooLong, "There was no answer within " + d.o.Whole.String() + "."},
	} {
		if errors.Is(err, x.err) {
			return x.say
		}
	}
	return "The server could not be reached, or the connection broke."
}
