package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/dlclark/regexp2"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// manifest.yml is exactly what the verbs say, and Slack's schema takes it.
func TestManifest(t *testing.T) {
	code, out, errs := run(t, "manifest")
	if code != 0 {
		t.Fatal(errs)
	}
	file, err := os.ReadFile("../../manifest.yml")
	if err != nil {
		t.Fatal(err)
	}
	if out != string(file) {
		t.Error("manifest.yml is not what the verbs say; write it anew: go run ./cmd/sitrep manifest > manifest.yml")
	}
	schema := slackSchema(t)
	var doc any
	if err := yaml.Unmarshal(file, &doc); err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(doc); err != nil {
		t.Errorf("Slack would refuse manifest.yml: %v", err)
	}
	bad := bytes.Replace(file, []byte("slash_commands"), []byte("slash_comands"), 1)
	if err := yaml.Unmarshal(bad, &doc); err != nil {
		t.Fatal(err)
	}
	if schema.Validate(doc) == nil {
		t.Error("the schema takes a manifest with a key that Slack does not know")
	}
}

// slackSchema is Slack's schema of manifests.
func slackSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.UseRegexpEngine(func(s string) (jsonschema.Regexp, error) { // the schema looks ahead, which Go's own does not
		re, err := regexp2.Compile(s, regexp2.ECMAScript)
		return expression{re}, err
	})
	schema, err := c.Compile("testdata/slack-manifest.schema.v1.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// expression is a regular expression as JavaScript has it.
type expression struct{ *regexp2.Regexp }

func (e expression) MatchString(s string) bool {
	ok, err := e.Regexp.MatchString(s)
	return ok && err == nil
}

// README's table of verbs is generated too.
func TestReadmeHasTheVerbs(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "<!-- verbs -->\n")
	table, _, ok := strings.Cut(rest, "<!-- /verbs -->")
	var want strings.Builder
	if err := writeVerbs(&want); err != nil {
		t.Fatal(err)
	}
	if !ok || table != want.String() {
		t.Error("README's table of verbs is out of date; put what go run ./cmd/sitrep verbs prints between its markers")
	}
}
