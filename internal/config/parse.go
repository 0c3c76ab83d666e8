package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// maxSize is far more than a configuration needs: 1,000 components take a
// tenth of it.
const maxSize = 1 << 20

// maxProblems keeps a file that is something else entirely from filling the
// screen.
const maxProblems = 100

// Load reads and checks the file at path. The error is an *[Error] if the file
// could be read.
func Load(path string) (*Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	c, err := Parse(path, b)
	if err != nil {
		return nil, err
	}
	c.setDir(filepath.Dir(path))
	return c, nil
}

// Parse reads and checks a file's content; name is for messages. What the file
// leaves out is as in [Default] in UTC, but a file that describes its page has
// only the components that it lists. The error is an *[Error] with everything
// that is wrong.
func Parse(name string, b []byte) (*Config, error) {
	c := Default(nil)
	r := &reader{lines: map[string]int{}, spoiled: map[string]bool{}}
	if r.file(b, c) {
		c.lines = r.lines
		for _, p := range c.Check() {
			if !r.follows(p) {
				r.problems = append(r.problems, p)
			}
		}
	}
	if len(r.problems) > 0 {
		sort.SliceStable(r.problems, func(i, j int) bool { return r.problems[i].Line < r.problems[j].Line })
		if n := len(r.problems); n > maxProblems {
			r.problems = append(r.problems[:maxProblems], Problem{Text: fmt.Sprintf("and %d more", n-maxProblems)})
		}
		return nil, &Error{Name: name, Problems: r.problems}
	}
	return c, nil
}

func (c *Config) setDir(dir string) {
	c.dir = dir
	for _, s := range c.secrets() {
		s.dir = dir
	}
}

// A reader fills a struct from YAML and gathers what is wrong on the way.
type reader struct {
	problems []Problem
	lines    map[string]int  // by path: page.components[0].name
	spoiled  map[string]bool // paths whose values were not read
}

func (r *reader) problem(line int, format string, args ...any) {
	r.problems = append(r.problems, Problem{Line: line, Text: fmt.Sprintf(format, args...)})
}

// spoil reports why the value at path was not read.
func (r *reader) spoil(path string, line int, format string, args ...any) {
	r.spoiled[path] = true
	r.problem(line, format, args...)
}

// follows says whether a problem is only the consequence of one that was
// reported: of a value that was not read, or of a name that could not be.
func (r *reader) follows(p Problem) bool {
	for path := range r.spoiled {
		if within(p.path, path) || within(path, p.path) {
			return true
		}
		if within(p.path, "who") && (within(path, "people") || within(path, "roles")) {
			return true
		}
	}
	return false
}

// within says whether a path is another or lies below it.
func within(path, above string) bool {
	rest, ok := strings.CutPrefix(path, above)
	return ok && (rest == "" || above == "" || rest[0] == '.' || rest[0] == '[')
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?(?s:(.*))$`)

// file reads the whole file; false means that it could not be read as YAML.
func (r *reader) file(b []byte, c *Config) bool {
	if len(b) > maxSize {
		r.problem(0, "the file is larger than 1 MB; this does not look like a configuration")
		return false
	}
	dec := yaml.NewDecoder(bytes.NewReader(b))
	var doc, second yaml.Node
	err := dec.Decode(&doc)
	if errors.Is(err, io.EOF) {
		return true // nothing but comments
	}
	if err != nil {
		m := yamlLine.FindStringSubmatch(err.Error())
		line, _ := strconv.Atoi(m[1]) // "" is line 0: unknown
		r.problem(line, "this is not YAML: %s", m[2])
		return false
	}
	if err := dec.Decode(&second); !errors.Is(err, io.EOF) {
		r.problem(second.Line, "the file has a second document after \"---\"; keep one")
	}
	if len(doc.Content) == 0 || isNull(doc.Content[0]) {
		return true
	}
	root := doc.Content[0]
	if root.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(root.Content); i += 2 {
			if root.Content[i].Value == "page" && !isNull(root.Content[i+1]) {
				c.Page = Page{TimeZone: Zone{time.UTC}, Hold: c.Page.Hold}
			}
		}
	}
	r.value(root, reflect.ValueOf(c).Elem(), "")
	return true
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// value reads one node into v; path names it in messages.
func (r *reader) value(n *yaml.Node, v reflect.Value, path string) {
	r.lines[path] = n.Line
	if n.Kind == yaml.AliasNode {
		r.spoil(path, n.Line, "%s is an alias (*%s), which is not read here; write it out", path, n.Value)
		return
	}
	if isNull(n) {
		return // a key without a value is as if it were left out
	}
	switch p := v.Addr().Interface().(type) {
	case *Zone:
		r.zone(n, p, path)
		return
	case *Secret:
		r.secret(n, p, path)
		return
	case *Allowed:
		r.allowed(n, p, path)
		return
	case *time.Duration:
		r.duration(n, p, path)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		r.mapping(n, v, path)
	case reflect.Slice:
		r.sequence(n, v, path)
	case reflect.String:
		if s, ok := r.text(n, path); ok {
			v.SetString(s)
		}
	case reflect.Bool:
		r.flag(n, v, path)
	case reflect.Int:
		if s, ok := r.text(n, path); ok {
			whole, err := strconv.Atoi(strings.ReplaceAll(s, "_", ""))
			if err != nil {
				r.spoil(path, n.Line, "%s is %q; write a whole number", path, short(s))
				return
			}
			v.SetInt(int64(whole))
		}
	default:
		// A field of a new kind needs a case here; the tests set every field.
		panic("config: no reader for " + v.Type().String())
	}
}

func (r *reader) mapping(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		r.spoil(path, n.Line, "%s must be a section with keys of its own (%s), not %s", orFile(path), strings.Join(keys(v.Type()), ", "), kindOf(n))
		return
	}
	seen := map[string]int{}
	var meant []string
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		at := join(path, k.Value)
		if first, ok := seen[k.Value]; ok {
			r.problem(k.Line, "%s is given twice, first on line %d", at, first)
			continue
		}
		seen[k.Value] = k.Line
		field, ok := fieldFor(v.Type(), k.Value)
		if !ok {
			hint := "the keys here are " + strings.Join(keys(v.Type()), ", ")
			if near := nearest(k.Value, keys(v.Type())); near != "" {
				hint = "did you mean " + near + "?"
				meant = append(meant, near)
			}
			r.problem(k.Line, "%s is not a key; %s", short(at), hint)
			continue
		}
		r.value(n.Content[i+1], v.FieldByIndex(field.Index), at)
	}
	for _, key := range meant {
		if seen[key] == 0 {
			r.spoiled[join(path, key)] = true // it is not missing, only misspelled
		}
	}
}

func (r *reader) sequence(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.SequenceNode {
		r.spoil(path, n.Line, "%s must be a list, with a line that begins with \"-\" for each, not %s", path, kindOf(n))
		return
	}
	list := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, e := range n.Content {
		at := fmt.Sprintf("%s[%d]", path, i)
		if isNull(e) {
			r.spoil(at, e.Line, "%s is empty", at)
			continue
		}
		r.value(e, list.Index(i), at)
	}
	v.Set(list)
}

// text reads a scalar. Numbers and the like are taken as they are written, so
// that an id needs no quotes.
func (r *reader) text(n *yaml.Node, path string) (string, bool) {
	if n.Kind != yaml.ScalarNode {
		r.spoil(path, n.Line, "%s must be a text, not %s", path, kindOf(n))
		return "", false
	}
	switch n.Tag {
	case "!!bool", "!!float", "!!timestamp", "!!binary":
		r.spoil(path, n.Line, "%s must be a text, not %s; put it in quotes if it is meant", path, kindOf(n))
		return "", false
	}
	return strings.TrimSpace(n.Value), true
}

// flag reads yes or no.
func (r *reader) flag(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind == yaml.ScalarNode {
		switch strings.ToLower(n.Value) {
		case "yes", "true", "on":
			v.SetBool(true)
			return
		case "no", "false", "off":
			v.SetBool(false)
			return
		}
	}
	r.spoil(path, n.Line, "%s must be yes or no, not %s", path, kindOf(n))
}

// duration reads how long something lasts, also in days.
func (r *reader) duration(n *yaml.Node, d *time.Duration, path string) {
	s, ok := r.text(n, path)
	if !ok {
		return
	}
	parsed, err := time.ParseDuration(s)
	if days, is := strings.CutSuffix(s, "d"); is {
		var whole uint64
		whole, err = strconv.ParseUint(days, 10, 16)   // more is no length of time that anybody means
		parsed = time.Duration(whole) * 24 * time.Hour //nolint:gosec // at most 65,535 days
	}
	if err != nil || parsed < 0 {
		r.spoil(path, n.Line, "%s is %q; write a length of time such as 30m, 12h or 7d", path, short(s))
		return
	}
	*d = parsed
}

func (r *reader) zone(n *yaml.Node, z *Zone, path string) {
	s, ok := r.text(n, path)
	if !ok {
		return
	}
	loc, err := loadZone(s)
	if err != nil {
		r.spoil(path, n.Line, "%s is %q, which is no zone of the IANA database; write one such as America/Chicago or UTC", path, short(s))
		return
	}
	z.Location = loc
}

func (r *reader) secret(n *yaml.Node, s *Secret, path string) {
	how := "write {env: NAME} or {file: PATH} to say where it is"
	if n.Kind == yaml.ScalarNode {
		r.spoil(path, n.Line, "%s is written into the file, where a secret does not belong; %s, and replace it by a new one if this file was shared", path, how)
		return
	}
	if n.Kind != yaml.MappingNode || len(n.Content) != 2 {
		r.spoil(path, n.Line, "%s must name one place; %s", path, how)
		return
	}
	value, ok := r.text(n.Content[1], join(path, n.Content[0].Value))
	switch key := n.Content[0].Value; {
	case !ok:
	case key == "env" && envName.MatchString(value):
		s.Env = value
	case key == "env":
		// The value is not repeated: it may be the secret itself.
		r.spoil(path, n.Content[1].Line, "%s.env is not the name of an environment variable, such as SITREP_ROOM_TOKEN", path)
	case key == "file" && value != "":
		s.File = value
	default:
		r.spoil(path, n.Content[0].Line, "%s names no place; %s", path, how)
	}
}

var envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (r *reader) allowed(n *yaml.Node, a *Allowed, path string) {
	nodes := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		nodes = n.Content
	}
	for i, e := range nodes {
		at := path
		if n.Kind == yaml.SequenceNode {
			at = fmt.Sprintf("%s[%d]", path, i)
			r.lines[at] = e.Line
		}
		s, ok := r.text(e, at)
		switch {
		case !ok:
		case strings.EqualFold(s, "anyone"):
			a.Anyone = true
		default:
			a.Names = append(a.Names, s)
		}
	}
	if n.Kind == yaml.SequenceNode && len(nodes) == 0 {
		r.spoil(path, n.Line, "%s is an empty list, so nobody could; name somebody, write anyone, or leave the line out", path)
	}
	if a.Anyone && len(a.Names) > 0 {
		r.spoil(path, n.Line, "%s names people and also anyone; keep one", path)
	}
}

// fieldFor finds the field that a key stands for.
func fieldFor(t reflect.Type, key string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() && f.Tag.Get("yaml") == key {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

func keys(t reflect.Type) []string {
	var out []string
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() {
			out = append(out, f.Tag.Get("yaml"))
		}
	}
	return out
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func orFile(path string) string {
	if path == "" {
		return "the file"
	}
	return path
}

func kindOf(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a section"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Tag == "!!bool":
		return "yes or no"
	case n.Tag == "!!int", n.Tag == "!!float":
		return "a number"
	case n.Tag == "!!timestamp":
		return "a date"
	default:
		return "a text"
	}
}

// short keeps a refused value from filling the line.
func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:59]) + "…"
	}
	return s
}
