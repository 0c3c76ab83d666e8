package fakeopenai

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Options say what server it is.
type Options struct {
	Key    string           // what callers must present; none if empty
	Azure  bool             // deployments in the path, the key in the header api-key
	Models map[string]Model // by name; gpt-4o and o4-mini if nil
}

// A Model is what the server knows of one model.
type Model struct {
	Reasoning bool     // takes max_completion_tokens alone, and no temperature
	Window    int      // tokens that it reads and writes together; 128,000 if 0
	Lacks     []string // parameters that it refuses, as other servers of the API do
}

// A Request is one that was accepted, or refused.
type Request struct {
	Model    string
	System   string // all messages of the system, one after the other
	User     string
	Format   string // "text", "json_object" or "json_schema"
	Stream   bool
	MaxToken int
	Body     []byte
	Status   int // with which it was refused; 0 if it was not
	Code     string
}

// An Answer is what the model says, and what goes wrong while it does. The zero
// Answer is an empty one.
type Answer struct {
	Content string
	Refusal string
	Finish  string // "stop" if empty

	Status     int    // an error instead of an answer
	Code, Type string // of the error
	Param      string
	Message    string
	RetryAfter string // a header's value

	Raw     string        // a body that is sent as it is, with Status or 200
	Wait    time.Duration // before the first byte
	Between time.Duration // before each piece of a stream
	Comment int           // how many keep-alive lines precede the stream
	Cut     int           // how many pieces of a stream are sent before it ends; 0 is all of them
	Abrupt  bool          // the connection breaks where the stream is cut, or at once if Cut is 0
	NoUsage bool          // it does not say how many tokens it was
	Empty   bool          // an answer with no choices
}

// A Server is a fake of the OpenAI chat API.
type Server struct {
	o Options

	mu       sync.Mutex
	answer   func(Request) Answer
	requests []Request
}

// New makes a Server that answers with answer, which may be called from several
// goroutines at once.
func New(o *Options, answer func(Request) Answer) *Server {
	s := &Server{answer: answer}
	if o != nil {
		s.o = *o
	}
	if s.o.Models == nil {
		s.o.Models = map[string]Model{"gpt-4o": {}, "o4-mini": {Reasoning: true}}
	}
	return s
}

// Requests lists what was asked so far, refused or not.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 16<<20))
	if err != nil {
		return // the caller went away
	}
	req, refused := s.check(r, body)
	req.Body = body
	if refused != nil {
		req.Status, req.Code = refused.Status, refused.Code
	}
	s.mu.Lock()
	s.requests = append(s.requests, req)
	s.mu.Unlock()
	if refused != nil {
		fail(w, *refused)
		return
	}
	a := s.answer(req)
	if !pause(r, a.Wait) {
		return
	}
	switch {
	case a.Abrupt && a.Cut == 0:
		panic(http.ErrAbortHandler)
	case a.Raw != "":
		if a.Status != 0 {
			w.WriteHeader(a.Status)
		}
		io.WriteString(w, a.Raw)
	case a.Status != 0:
		fail(w, a)
	case req.Stream:
		stream(w, r, req, a)
	default:
		whole(w, req, a)
	}
}

// pause waits; it is false if the caller went away meanwhile.
func pause(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

func fail(w http.ResponseWriter, a Answer) {
	w.Header().Set("Content-Type", "application/json")
	if a.RetryAfter != "" {
		w.Header().Set("Retry-After", a.RetryAfter)
	}
	w.WriteHeader(a.Status)
	null := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{
		"message": a.Message, "type": null(a.Type), "param": null(a.Param), "code": null(a.Code),
	}})
}

type usage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
	Total      int `json:"total_tokens"`
}

// Tokens is how many tokens the fake counts for a text: one for four bytes.
func Tokens(s string) int { return (len(s) + 3) / 4 }

// used cuts an answer at the most that it may be long.
func used(req Request, a *Answer) usage {
	if req.MaxToken > 0 && Tokens(a.Content) > req.MaxToken {
		a.Content, a.Finish = a.Content[:4*req.MaxToken], "length"
	}
	u := usage{Prompt: Tokens(req.System + req.User), Completion: Tokens(a.Content)}
	u.Total = u.Prompt + u.Completion
	return u
}

func finish(a Answer) string {
	if a.Finish == "" {
		return "stop"
	}
	return a.Finish
}

func whole(w http.ResponseWriter, req Request, a Answer) {
	u := used(req, &a)
	message := map[string]any{"role": "assistant", "content": a.Content, "refusal": nil}
	if a.Refusal != "" {
		message["content"], message["refusal"] = nil, a.Refusal
	}
	choices := []any{map[string]any{"index": 0, "message": message, "finish_reason": finish(a), "logprobs": nil}}
	if a.Empty {
		choices = []any{}
	}
	out := map[string]any{"id": "chatcmpl-fake", "object": "chat.completion", "created": 1700000000, "model": req.Model, "choices": choices, "usage": u}
	if a.NoUsage {
		delete(out, "usage")
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(out)
}

// pieceLength is how many bytes of an answer a piece of a stream has.
const pieceLength = 24

func stream(w http.ResponseWriter, r *http.Request, req Request, a Answer) {
	u := used(req, &a)
	w.Header().Set("Content-Type", "text/event-stream")
	flush := func() {
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
	}
	for range a.Comment {
		io.WriteString(w, ": keep-alive\n\n")
	}
	flush()
	piece := func(delta map[string]any, finish any) string {
		return encode(map[string]any{
			"id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": 1700000000, "model": req.Model,
			"choices": []any{map[string]any{"index": 0, "delta": delta, "finish_reason": finish}},
		})
	}
	pieces := []string{piece(map[string]any{"role": "assistant", "content": ""}, nil)}
	kind, text := "content", a.Content
	if a.Refusal != "" {
		kind, text = "refusal", a.Refusal
	}
	for text != "" {
		n := min(pieceLength, len(text))
		for n < len(text) && text[n]&0xC0 == 0x80 {
			n++
		}
		pieces = append(pieces, piece(map[string]any{kind: text[:n]}, nil))
		text = text[n:]
	}
	pieces = append(pieces, piece(map[string]any{}, finish(a)))
	if a.Empty {
		pieces = nil
	}
	if includesUsage(req.Body) && !a.NoUsage {
		pieces = append(pieces, encode(map[string]any{"id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": 1700000000, "model": req.Model, "choices": []any{}, "usage": u}))
	}
	for i, p := range pieces {
		if a.Cut > 0 && i == a.Cut {
			if a.Abrupt {
				panic(http.ErrAbortHandler)
			}
			return
		}
		if !pause(r, a.Between) {
			return
		}
		io.WriteString(w, "data: "+p+"\n\n")
		flush()
	}
	io.WriteString(w, "data: [DONE]\n\n")
}

func includesUsage(body []byte) bool {
	var o struct {
		StreamOptions struct {
			IncludeUsage bool `json:"include_usage"`
		} `json:"stream_options"`
	}
	return json.Unmarshal(body, &o) == nil && o.StreamOptions.IncludeUsage
}

func encode(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // values of our own making
	}
	return strings.TrimSpace(b.String())
}
