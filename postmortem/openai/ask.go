package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	openai "github.com/sashabaranov/go-openai"

	"sitrep/postmortem"
)

// An asker asks one server during one draft. It learns what the server does not
// take, and asks without it from then on.
type asker struct {
	d           *Drafter
	shape       string
	limit       string
	temperature *float32
	effort      string
	stream      bool
	count       bool // ask a stream for its usage
}

func (d *Drafter) newAsker() *asker {
	return &asker{d: d, shape: d.o.Shape, limit: d.o.Limit, temperature: d.o.Temperature, effort: d.o.Effort, stream: !d.o.Unstreamed, count: true}
}

// usage is what was used so far for a passage.
type usage struct {
	requests, in, out int
	estimated         bool
}

func (u *usage) add(more usage) {
	u.requests, u.in, u.out, u.estimated = u.requests+more.requests, u.in+more.in, u.out+more.out, u.estimated || more.estimated
}

// params are what goes with a request besides the texts.
func (a *asker) params() map[string]string {
	out := map[string]string{"shape": a.shape, a.limit: strconv.Itoa(a.d.o.Answer), "stream": strconv.FormatBool(a.stream)}
	if a.temperature != nil {
		out["temperature"] = strconv.FormatFloat(float64(*a.temperature), 'g', -1, 32)
	}
	if a.effort != "" {
		out["reasoning_effort"] = a.effort
	}
	return out
}

// answer asks until there is an answer that can be read, or none is to be had.
func (a *asker) answer(ctx context.Context, system, input string, facts int) ([]postmortem.Sentence, usage, error) {
	var used usage
	adapted, unread := 0, 0
	for try := 1; ; {
		text, u, err := a.once(ctx, system, input)
		used.add(u)
		if err == nil {
			var ss []postmortem.Sentence
			if ss, err = read(text, facts); err == nil {
				return ss, used, nil
			}
			if unread++; unread > 1 { // a model that cannot write it once more will not
				return nil, used, err
			}
		}
		if cause := context.Cause(ctx); cause != nil {
			return nil, used, cause
		}
		if adapted < 5 && a.adapt(err) {
			adapted++
			continue
		}
		if try++; !passing(err) || try > a.d.o.Tries {
			return nil, used, err
		}
		if err := rest(ctx, pause(err, try)); err != nil {
			return nil, used, err
		}
	}
}

// once sends one request and returns the text of the answer.
func (a *asker) once(ctx context.Context, system, input string) (string, usage, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	idle := time.AfterFunc(a.d.o.Silence, func() { cancel(errSilent) })
	defer idle.Stop()
	w := &watch{client: a.d.o.Client, heard: func() { idle.Reset(a.d.o.Silence) }}
	client := openai.NewClientWithConfig(a.d.config(w))
	req := a.request(system, input)
	u := usage{requests: 1, in: tokens(system + input), estimated: true}
	var reply reply
	var err error
	if a.stream {
		reply, err = receive(ctx, client, req)
	} else {
		reply, err = whole(ctx, client, req)
	}
	if reply.counted {
		u.in, u.out, u.estimated = reply.in, reply.out, false
	} else if err == nil {
		u.out = tokens(reply.text)
	} else if reply.text == "" {
		u.in = 0 // it was refused, or never came there
	}
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return "", u, &failure{err: err, after: w.after}
	}
	text, err := reply.usable()
	return text, u, err
}

// request is what is sent. It has no more fields than every server knows.
func (a *asker) request(system, input string) openai.ChatCompletionRequest {
	if a.shape != Schema && a.d.o.Shape == Schema {
		system += "\n\n" + shape
	}
	r := openai.ChatCompletionRequest{
		Model: a.d.e.Model, Stream: a.stream, ReasoningEffort: a.effort,
		Messages: []openai.ChatCompletionMessage{
			{Role: openai.ChatMessageRoleSystem, Content: system},
			{Role: openai.ChatMessageRoleUser, Content: input},
		},
	}
	switch a.shape {
	case Schema:
		r.ResponseFormat = &openai.ChatCompletionResponseFormat{
			Type:       openai.ChatCompletionResponseFormatTypeJSONSchema,
			JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{Name: "passage", Strict: true, Schema: schema()},
		}
	case Object:
		r.ResponseFormat = &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONObject}
	}
	if a.limit == "max_tokens" {
		//lint:ignore SA1019 other servers know no other name for it
		r.MaxTokens = a.d.o.Answer
	} else {
		r.MaxCompletionTokens = a.d.o.Answer
	}
	if a.temperature != nil {
		r.Temperature = max(*a.temperature, math.SmallestNonzeroFloat32) // 0 would not be sent
	}
	if a.stream && a.count {
		r.StreamOptions = &openai.StreamOptions{IncludeUsage: true}
	}
	return r
}

// config is the library's client, with nothing in it that outlives the request.
func (d *Drafter) config(w *watch) openai.ClientConfig {
	c := openai.DefaultConfig(d.e.Key)
	if d.e.Azure {
		c = openai.DefaultAzureConfig(d.e.Key, d.e.URL)
		c.APIVersion = d.e.Version
		c.AzureModelMapperFunc = func(model string) string { return model }
	}
	c.BaseURL, c.HTTPClient = d.e.URL, w
	c.EmptyMessagesLimit = 10_000 // slow servers keep a stream alive with comments
	return c
}

// A reply is what came back.
type reply struct {
	text, refusal, finish string
	in, out               int
	counted               bool
	choices               bool
}

// usable returns the reply's text, or why it cannot be used.
func (r reply) usable() (string, error) {
	switch {
	case r.refusal != "":
		return "", errRefused
	case r.finish == string(openai.FinishReasonContentFilter):
		return "", errFiltered
	case !r.choices:
		return "", errEmpty
	case r.finish == string(openai.FinishReasonLength):
		return "", errLength
	case r.finish == "":
		return "", errCut
	case strings.TrimSpace(r.text) == "":
		return "", errEmpty
	}
	return r.text, nil
}

func whole(ctx context.Context, c *openai.Client, req openai.ChatCompletionRequest) (reply, error) {
	res, err := c.CreateChatCompletion(ctx, req)
	if err != nil {
		return reply{}, err
	}
	r := reply{in: res.Usage.PromptTokens, out: res.Usage.CompletionTokens, counted: res.Usage.TotalTokens > 0}
	if len(res.Choices) > 0 {
		x := res.Choices[0]
		r.choices, r.text, r.refusal, r.finish = true, x.Message.Content, x.Message.Refusal, string(x.FinishReason)
	}
	return r, nil
}

// receive reads a stream to its end. One that ends without a reason to finish was
// cut, even if it ends in order.
func receive(ctx context.Context, c *openai.Client, req openai.ChatCompletionRequest) (reply, error) {
	var r reply
	s, err := c.CreateChatCompletionStream(ctx, req)
	if err != nil {
		return r, err
	}
	defer s.Close()
	var text, refusal strings.Builder
	for {
		piece, err := s.Recv()
		r.text, r.refusal = text.String(), refusal.String()
		if errors.Is(err, io.EOF) {
			return r, nil
		} else if err != nil {
			return r, err
		}
		if piece.Usage != nil && piece.Usage.TotalTokens > 0 {
			r.in, r.out, r.counted = piece.Usage.PromptTokens, piece.Usage.CompletionTokens, true
		}
		for _, x := range piece.Choices {
			r.choices = true
			text.WriteString(x.Delta.Content)
			refusal.WriteString(x.Delta.Refusal)
			if x.FinishReason != "" && x.FinishReason != openai.FinishReasonNull {
				r.finish = string(x.FinishReason)
			}
		}
	}
}

// read reads an answer: the sentences of a passage.
func read(text string, facts int) ([]postmortem.Sentence, error) {
	// Servers that take no schema let models wrap their answer into words or a fence.
	from, to := strings.IndexByte(text, '{'), strings.LastIndexByte(text, '}')
	if from < 0 || to < from {
		return nil, errNoJSON
	}
	var in struct {
		Sentences []struct {
			Text  *string `json:"text"`
			Facts []int   `json:"facts"`
		} `json:"sentences"`
	}
	if err := json.Unmarshal([]byte(text[from:to+1]), &in); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return nil, errShape
		}
		return nil, errNoJSON
	}
	if len(in.Sentences) == 0 || len(in.Sentences) > 3*facts+20 {
		return nil, errShape
	}
	var out []postmortem.Sentence
	for _, s := range in.Sentences {
		if s.Text == nil || s.Facts == nil {
			return nil, errShape
		}
		out = append(out, postmortem.Sentence{Text: *s.Text, Facts: s.Facts})
	}
	return out, nil
}

// watch is the way to the server: it notes when something is heard from it, and
// what it says of trying again.
type watch struct {
	client *http.Client
	heard  func()
	after  time.Duration // for which the server wants to be left alone
}

// mostRead is how many bytes of an answer are read. No passage is as long.
const mostRead = 8 << 20

func (w *watch) Do(r *http.Request) (*http.Response, error) {
	res, err := w.client.Do(r)
	if err != nil {
		return nil, err
	}
	w.heard()
	w.after = retryAfter(res.Header)
	if res.StatusCode >= 300 && res.StatusCode < 400 {
		res.Body.Close()
		return nil, errMoved
	}
	res.Body = struct {
		io.Reader
		io.Closer
	}{&listening{io.LimitReader(res.Body, mostRead), w.heard}, res.Body}
	return res, nil
}

type listening struct {
	io.Reader
	heard func()
}

func (l *listening) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p)
	if n > 0 {
		l.heard()
	}
	return n, err
}

// retryAfter reads the headers that servers use; 0 if there is none.
func retryAfter(h http.Header) time.Duration {
	if ms, err := strconv.Atoi(h.Get("Retry-After-Ms")); err == nil && ms > 0 {
		return time.Duration(ms) * time.Millisecond
	}
	v := h.Get("Retry-After")
	if s, err := strconv.ParseFloat(v, 64); err == nil && s > 0 && s < 1e6 {
		return time.Duration(s * float64(time.Second))
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}

// pause is how long to wait before the next try: as long as the server wants, or
// twice as long each time, and a random part more, so that several do not come
// at once.
func pause(err error, try int) time.Duration {
	d := time.Second << min(try-2, 5)
	var f *failure
	if errors.As(err, &f) && f.after > 0 {
		d = f.after
	}
	return d + rand.N(d/4+1)
}

// rest waits. It does not begin to if it could not end in time.
func rest(ctx context.Context, d time.Duration) error {
	if at, ok := ctx.Deadline(); ok && time.Until(at) < d {
		return fmt.Errorf("%w: it asks to be left alone for %s", errTooLong, d.Round(time.Second))
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
