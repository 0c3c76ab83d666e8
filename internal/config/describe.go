package config

import (
	"bytes"
	"embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// sources are the files with the struct tree, whose comments are the manual.
//
//go:embed config.go mail.go
var sources embed.FS

// Describe writes the default configuration as YAML, each key under the
// comment that its field has in the code. What has no default stands as an
// example, commented out. The result can be saved and edited.
func Describe(w io.Writer) error {
	d := &describer{docs: map[string]string{}}
	for _, name := range []string{"config.go", "mail.go"} {
		if err := d.read(name); err != nil {
			return fmt.Errorf("read the comments: %w", err)
		}
	}
	d.out.WriteString("# sitrep's configuration. Every key may be left out; what stands here is what\n# then holds. Lines that begin with \"#:\" are examples: remove the two characters.\n")
	d.fields(reflect.ValueOf(Default(nil)).Elem(), "", false)
	if d.err != nil {
		return d.err
	}
	_, err := w.Write(d.out.Bytes())
	return err
}

type describer struct {
	docs map[string]string // by Type.Field
	out  bytes.Buffer
	err  error
}

// read reads the comments of one file.
func (d *describer) read(name string) error {
	source, err := sources.ReadFile(name)
	if err != nil {
		return err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ParseComments)
	if err != nil {
		return err
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if t, ok := n.(*ast.TypeSpec); ok {
			if s, ok := t.Type.(*ast.StructType); ok {
				for _, f := range s.Fields.List {
					for _, name := range f.Names {
						d.docs[t.Name.Name+"."+name.Name] = f.Doc.Text()
					}
				}
			}
		}
		return true
	})
	return nil
}

// fields writes a struct's keys. example says that it is commented out as a
// whole.
func (d *describer) fields(v reflect.Value, indent string, example bool) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() {
			continue
		}
		if indent == "" {
			d.out.WriteString("\n")
		}
		for line := range strings.Lines(d.docs[v.Type().Name()+"."+f.Name]) {
			d.out.WriteString(strings.TrimRight(indent+"# "+line, " \n") + "\n")
		}
		d.field(f, v.Field(i), indent, example)
	}
}

func (d *describer) field(f reflect.StructField, v reflect.Value, indent string, example bool) {
	key := f.Tag.Get("yaml")
	switch p := v.Addr().Interface().(type) {
	case *Zone:
		if p.Location != nil && !example {
			d.line(indent, false, key+": "+p.String())
		} else {
			d.line(indent, true, key+": "+f.Tag.Get("example"))
		}
		return
	case *Secret, *Allowed: // they have no defaults
		d.line(indent, true, key+": "+f.Tag.Get("example"))
		return
	}
	switch {
	case v.Kind() == reflect.Struct:
		// A section in which everything is an example has nothing to hold, and
		// is one itself; its key would otherwise stand without a value, which
		// is as good as left out.
		d.line(indent, false, key+":")
		d.fields(v, indent+"  ", example)
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		d.list(key, v, indent)
	case v.IsZero() || example:
		d.line(indent, true, key+": "+f.Tag.Get("example"))
	default:
		d.line(indent, false, key+": "+d.inline(v.Interface()))
	}
}

// list writes the elements that are the default, and how one is described: the
// first with every key's comment, as an example if there is no default.
func (d *describer) list(key string, v reflect.Value, indent string) {
	if v.Len() == 0 {
		d.line(indent, true, key+":")
		d.element(reflect.New(v.Type().Elem()).Elem(), indent, true)
		return
	}
	d.line(indent, false, key+":")
	d.manual(v.Type().Elem(), indent+"  ")
	for i := range v.Len() {
		d.element(v.Index(i), indent, false)
	}
}

// manual writes what each key of a list's elements means.
func (d *describer) manual(t reflect.Type, indent string) {
	for i := range t.NumField() {
		f := t.Field(i)
		text := strings.Join(strings.Fields(d.docs[t.Name()+"."+f.Name]), " ")
		d.out.WriteString(wrapped(indent, f.Tag.Get("yaml")+": ", text))
	}
}

// wrapped sets a key's meaning in lines of 78 characters.
func wrapped(indent, key, text string) string {
	var b strings.Builder
	line := indent + "# " + key
	rest := indent + "#   "
	empty := true
	for word := range strings.FieldsSeq(text) {
		if !empty && len(line)+1+len(word) > 78 {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line, empty = rest, true
		}
		if !empty {
			line += " "
		}
		line += word
		empty = false
	}
	b.WriteString(strings.TrimRight(line, " ") + "\n")
	return b.String()
}

// element writes one element of a list.
func (d *describer) element(v reflect.Value, indent string, example bool) {
	if example {
		d.manual(v.Type(), indent+"  ")
	}
	dash := "- "
	for i := range v.NumField() {
		f := v.Type().Field(i)
		text := f.Tag.Get("example")
		if !example {
			if v.Field(i).IsZero() {
				continue
			}
			text = d.inline(v.Field(i).Interface())
		}
		d.line(indent+"  ", example, dash+f.Tag.Get("yaml")+": "+text)
		dash = "  "
	}
}

func (d *describer) line(indent string, example bool, text string) {
	if example {
		d.out.WriteString("#:")
	}
	d.out.WriteString(indent + text + "\n")
}

// inline writes a value as YAML on one line.
func (d *describer) inline(value any) string {
	if length, ok := value.(time.Duration); ok {
		return lengthOf(length)
	}
	var n yaml.Node
	if err := n.Encode(value); err != nil {
		d.err = fmt.Errorf("write %v: %w", value, err)
		return ""
	}
	n.Style |= yaml.FlowStyle
	if n.Kind == yaml.ScalarNode {
		n.Style &^= yaml.FlowStyle
	}
	b, err := yaml.Marshal(&n)
	if err != nil {
		d.err = fmt.Errorf("write %v: %w", value, err)
		return ""
	}
	return strings.TrimSuffix(string(b), "\n")
}

// lengthOf writes a length of time as it can be read: whole days as days.
func lengthOf(d time.Duration) string {
	const day = 24 * time.Hour
	if d > 0 && d%day == 0 {
		return strconv.Itoa(int(d/day)) + "d"
	}
	return d.String()
}
