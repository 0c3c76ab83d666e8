package fakeopenai

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The limits of strict schemas, as OpenAI's guide gives them for the models that
// are held to the least.
const (
	mostDepth      = 5
	mostProperties = 100
	mostEnum       = 500
)

// Strict says what strict structured output does not take in a schema; "" if it
// takes all of it.
func Strict(raw json.RawMessage) string {
	var root map[string]any
	if err := json.Unmarshal(raw, &root); err != nil || root == nil {
		return "it is no object."
	}
	if root["type"] != "object" || root["anyOf"] != nil {
		return "schema must be a JSON Schema of 'type: \"object\"', got 'type: \"" + fmt.Sprint(root["type"]) + "\"'."
	}
	s := &strictness{}
	return s.check(root, nil, 1)
}

type strictness struct{ properties, enums int }

// keywords are those that strict schemas may have.
func keywords() []string {
	return []string{
		"type", "description", "title", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf", "$ref", "$defs", "definitions",
		"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "pattern", "format", "minItems", "maxItems",
	}
}

func (s *strictness) check(n map[string]any, path []string, depth int) string {
	at := "In context=(" + strings.Join(path, ", ") + "), "
	for _, k := range slices.Sorted(maps.Keys(n)) {
		if !slices.Contains(keywords(), k) {
			return at + "'" + k + "' is not permitted."
		}
	}
	if depth > mostDepth {
		return at + fmt.Sprintf("%d levels of nesting exceeds limit of %d.", depth, mostDepth)
	}
	if es, ok := n["enum"].([]any); ok {
		if s.enums += len(es); s.enums > mostEnum {
			return at + "the schema has too many enum values."
		}
	}
	if n["type"] == nil && n["anyOf"] == nil && n["$ref"] == nil && n["enum"] == nil && n["const"] == nil {
		return at + "schema must have a 'type' key."
	}
	if why := s.object(n, path, depth, at); why != "" {
		return why
	}
	if isType(n, "array") {
		items, ok := n["items"].(map[string]any)
		if !ok {
			return at + "array schema missing items."
		}
		if why := s.check(items, append(path, "'items'"), depth+1); why != "" {
			return why
		}
	}
	all, _ := n["anyOf"].([]any)
	for i, x := range all {
		if m, ok := x.(map[string]any); ok {
			if why := s.check(m, append(path, "'anyOf'", fmt.Sprintf("'%d'", i)), depth); why != "" {
				return why
			}
		}
	}
	defs, _ := n["$defs"].(map[string]any)
	for _, k := range slices.Sorted(maps.Keys(defs)) {
		if m, ok := defs[k].(map[string]any); ok {
			if why := s.check(m, append(path, "'$defs'", "'"+k+"'"), depth); why != "" {
				return why
			}
		}
	}
	return ""
}

func (s *strictness) object(n map[string]any, path []string, depth int, at string) string {
	if !isType(n, "object") {
		return ""
	}
	if more, ok := n["additionalProperties"].(bool); !ok || more {
		return at + "'additionalProperties' is required to be supplied and to be false."
	}
	props, _ := n["properties"].(map[string]any)
	required, _ := n["required"].([]any)
	if s.properties += len(props); s.properties > mostProperties {
		return at + "the schema has too many properties."
	}
	for _, k := range slices.Sorted(maps.Keys(props)) {
		if !slices.Contains(required, any(k)) {
			return at + "'required' is required to be supplied and to be an array including every key in properties. Missing '" + k + "'."
		}
		m, ok := props[k].(map[string]any)
		if !ok {
			return at + "property '" + k + "' is no schema."
		}
		if why := s.check(m, append(path, "'properties'", "'"+k+"'"), depth+1); why != "" {
			return why
		}
	}
	if len(required) > len(props) {
		return at + "extra required key supplied."
	}
	return ""
}

// isType reports whether a schema is of a type, or of it or null.
func isType(n map[string]any, want string) bool {
	if ts, ok := n["type"].([]any); ok {
		return slices.Contains(ts, any(want))
	}
	return n["type"] == want
}
