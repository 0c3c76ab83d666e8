package openai_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sitrep/internal/fakeopenai"
	"sitrep/internal/webtest"
	"sitrep/postmortem"
	"sitrep/postmortem/openai"
)

// The npm package @copilotkit/aimock is another's idea of the API: streams,
// errors and chaos over real connections. It checks next to nothing of what it is
// asked; fakeopenai does.
func TestAimock(t *testing.T) {
	b := outage(t, "checkout is broken, 3 of 4 nodes are down")
	shown, _ := drafter(t, fakeopenai.New(nil, echo), openai.Options{}).Requests(b)
	type fixture map[string]any
	var good, cut, late []fixture
	for _, r := range shown {
		content := answer(fakeopenai.Request{User: r.Input}, func(_ int, text string) string { return text })
		match := fixture{"systemMessage": r.System[len(r.System)-60:], "responseFormat": "json_schema"}
		good = append(good, fixture{"match": match, "response": fixture{"content": content}, "latency": 1})
		cut = append(cut, fixture{"match": match, "response": fixture{"content": content}, "latency": 5, "truncateAfterChunks": 3})
		limited := fixture{"error": fixture{"message": "Rate limit reached", "type": "rate_limit_error", "code": "rate_limit_exceeded"}, "status": 429}
		late = append(late,
			fixture{"match": fixture{"systemMessage": match["systemMessage"], "sequenceIndex": 0}, "response": limited},
			fixture{"match": fixture{"systemMessage": match["systemMessage"], "sequenceIndex": 1}, "response": fixture{"content": content}})
	}
	refused := func(code string, status int) []fixture {
		return []fixture{{"match": fixture{"systemMessage": "You put facts"}, "response": fixture{"error": fixture{"message": "no", "type": "invalid_request_error", "code": code}, "status": status}}}
	}
	for _, tt := range []struct {
		name     string
		fixtures []fixture
		args     []string
		tries    int
		whole    bool
		outcome  string
		requests int
	}{
		{"streams", good, nil, 1, false, "written", 1},
		{"in one piece", good, nil, 1, true, "written", 1},
		{"429, and then well", late, nil, 2, false, "written", 2},
		{"401", refused("invalid_api_key", 401), nil, 4, false, "The server does not accept the key (401, invalid_api_key).", 1},
		{"cut streams", cut, nil, 1, false, "The server could not be reached, or the connection broke.", 1},
		{"nothing it knows", []fixture{{"match": fixture{"userMessage": "something else"}, "response": fixture{"content": "{}"}}}, nil, 1, false, "The server had a fault of its own (503, no_fixture_match).", 1},
		{"drops", good, []string{"--chaos-drop", "1"}, 1, false, "The server had a fault of its own (500, chaos_drop).", 1},
		{"malformed", good, []string{"--chaos-malformed", "1"}, 1, true, "The server could not be reached, or the connection broke.", 1},
		{"disconnects", good, []string{"--chaos-disconnect", "1"}, 1, false, "The server could not be reached, or the connection broke.", 1},
		{"limits", good, []string{"--chaos-ratelimit", "1"}, 1, false, "The server was asked too often (429, chaos_ratelimit).", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			url := aimock(t, tt.fixtures, tt.args...)
			d, err := openai.New(openai.Endpoint{URL: url, Model: "gpt-4o", Key: "sk-test"}, &openai.Options{Tries: tt.tries, Unstreamed: tt.whole, Silence: 20 * time.Second, Limit: "max_completion_tokens"})
			if err != nil {
				t.Fatal(err)
			}
			got, err := d.Draft(t.Context(), b)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range got.Calls {
				if c.Outcome != tt.outcome || c.Requests != tt.requests {
					t.Errorf("%s: %q after %d requests, want %q after %d", c.Passage, c.Outcome, c.Requests, tt.outcome, tt.requests)
				}
			}
			if tt.outcome == "written" {
				if fs := postmortem.Check(got.Markdown, b); len(fs) > 0 || !strings.Contains(got.Markdown, "Put into prose by gpt-4o") {
					t.Errorf("%+v\n%s", fs, got.Markdown)
				}
			} else if got.Customer != template(t, b).Customer || got.Drafter != "the template" {
				t.Errorf("the deterministic text does not stand:\n%s", got.Markdown)
			}
		})
	}
}

// aimock starts the server on a free port and returns its base URL.
func aimock(t *testing.T, fixtures any, args ...string) string {
	t.Helper()
	dir := webtest.Modules(t, filepath.Join("@copilotkit", "aimock"))
	node, err := exec.LookPath("node")
	if err != nil {
		const say = "no Node here, so the server from elsewhere was not tried; install Debian's package nodejs"
		if os.Getenv("CI") != "" {
			t.Fatal(say)
		}
		t.Skip(say)
	}
	raw, err := json.Marshal(map[string]any{"fixtures": fixtures})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "fixtures.json")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, node, append([]string{filepath.Join(dir, "@copilotkit", "aimock", "dist", "cli.js"), "--strict", "-p", fmt.Sprint(port), "-f", file}, args...)...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		stop()
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	base := fmt.Sprintf("http://127.0.0.1:%d", port)
	for deadline := time.Now().Add(30 * time.Second); ; {
		if r, err := http.Get(base + "/__aimock/health"); err == nil {
			_, err = io.Copy(io.Discard, r.Body)
			r.Body.Close()
			if err == nil {
				return base + "/v1"
			}
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("aimock ended (%v): %s", err, said.String())
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatal("aimock does not answer")
		}
	}
}
