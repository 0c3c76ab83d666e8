package discord_test

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"sitrep/internal/fakediscord"
)

// described are the shapes of requests as Discord itself describes them.
type described struct {
	t        *testing.T
	schemas  map[string]*jsonschema.Schema
	requests []string
}

func describe(t *testing.T) *described {
	t.Helper()
	b, err := os.ReadFile("testdata/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	const at = "https://discord.invalid/openapi.json"
	if err := c.AddResource(at, doc); err != nil {
		t.Fatal(err)
	}
	d := &described{t: t, schemas: map[string]*jsonschema.Schema{}}
	for route := range doc.(map[string]any)["requests"].(map[string]any) {
		escaped := strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D", " ", "%20").Replace(route)
		s, err := c.Compile(at + "#/requests/" + escaped)
		if err != nil {
			t.Fatalf("%s: %v", route, err)
		}
		d.schemas[route] = s
		d.requests = append(d.requests, route)
	}
	return d
}

// holds reports what a body does against the description of its route.
func (d *described) holds(route, body string) error {
	if body == "" {
		return nil
	}
	s := d.schemas[route]
	if s == nil {
		return errors.New("the description has no such request")
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

// jsonOf is the JSON of a request's body, which may have files beside it.
func jsonOf(t *testing.T, body string) string {
	t.Helper()
	if !strings.HasPrefix(body, "--") {
		return body
	}
	boundary, _, _ := strings.Cut(strings.TrimPrefix(body, "--"), "\r\n")
	_, params, err := mime.ParseMediaType("multipart/form-data; boundary=" + boundary)
	if err != nil {
		t.Fatal(err)
	}
	p, err := multipart.NewReader(strings.NewReader(body), params["boundary"]).NextPart()
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// fake starts a fake whose every request is held against the description when
// the test ends.
func fake(t *testing.T, o *fakediscord.Options) *fakediscord.Server {
	t.Helper()
	f := fakediscord.Start(o)
	t.Cleanup(f.Close)
	d := describe(t)
	t.Cleanup(func() {
		for _, c := range f.Calls() {
			if err := d.holds(c.Route, jsonOf(t, c.Body)); err != nil {
				t.Errorf("%s %s is not what Discord describes: %v\n%.300s", c.Method, c.Path, err, c.Body)
			}
		}
	})
	return f
}

// The description does refuse: without that, holding requests against it would
// say nothing.
func TestDescriptionRefuses(t *testing.T) {
	d := describe(t)
	if len(d.requests) != 11 {
		t.Errorf("described are %v", d.requests)
	}
	for _, tt := range []struct {
		route, body string
		good        bool
	}{
		{"POST /channels/{channel}/messages", `{"content":"x"}`, true},
		{"POST /channels/{channel}/messages", `{"content":7}`, false},
		{"POST /channels/{channel}/messages", `{"embeds":[{"title":"` + strings.Repeat("x", 257) + `"}]}`, false},
		{"POST /channels/{channel}/messages", `{"components":[{"type":1,"components":[{"type":2,"style":1}]}]}`, true},
		{"POST /channels/{channel}/messages", `{"components":[{"type":99}]}`, false},
		{"PATCH /channels/{channel}", `{"name":7}`, false},
		{"PUT /channels/{channel}/permissions/{overwrite}", `{"type":1,"allow":1024}`, true},
		{"PUT /channels/{channel}/permissions/{overwrite}", `{"type":"member"}`, false},
		{"POST /channels/{channel}/invites", `{}`, false}, // which nobody here sends
	} {
		if err := d.holds(tt.route, tt.body); (err == nil) != tt.good {
			t.Errorf("%s %.60s: %v", tt.route, tt.body, err)
		}
	}
	if !slices.Contains(d.requests, "PUT /applications/{app}/guilds/{guild}/commands") {
		t.Error("commands are not described")
	}
	var v any
	if json.Unmarshal([]byte(jsonOf(t, `{"a":1}`)), &v) != nil {
		t.Error("a plain body is not read")
	}
}
