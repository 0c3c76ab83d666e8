package sitrep_test

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// longest is where a file is about more than one thing.
const longest = 600

// A source is one Go file.
type source struct {
	name string // as it is said to the reader
	text []byte
}

func (s source) test() bool { return strings.HasSuffix(s.name, "_test.go") }

// TestHouseStyle holds every package to what can be seen from its text alone:
// what it is for is said, nothing is global, nothing happens before main,
// nothing is left unfinished, no test waits for the clock, and every file can be
// read in one sitting.
func TestHouseStyle(t *testing.T) {
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packages(t) {
		if p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
		names, err := filepath.Glob(filepath.Join(p.Dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		var files []source
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			short, err := filepath.Rel(root, name)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, source{short, text})
		}
		found, err := untidy(files)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range found {
			t.Error(v)
		}
	}
}

// untidy lists what the files of one package do against the house's style.
func untidy(files []source) ([]string, error) {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for _, f := range files {
		if n := bytes.Count(f.text, []byte("\n")); n > longest {
			say("%s has %d lines: it is about more than one thing", f.name, n)
		}
		for _, word := range []string{"TO" + "DO", "FIX" + "ME", "XX" + "X:", "not " + "implemented"} {
			if bytes.Contains(f.text, []byte(word)) {
				say("%s says %s: finish it, or say in docs what is not there", f.name, word)
			}
		}
		if f.test() && bytes.Contains(f.text, []byte("time.Sl"+"eep(")) && !bytes.Contains(f.text, []byte(`"testing/synctest"`)) {
			say("%s waits for the clock; use testing/synctest or a channel", f.name)
		}
	}
	globals, err := changing(files)
	return append(out, globals...), err
}

// changing lists init functions, and variables of the package that something
// changes, or whose value says that it is made to be changed. Variables that
// only stand for a fixed value (a compiled expression, an error to compare with,
// an embedded file, a table) are none.
func changing(files []source) ([]string, error) {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	fset := token.NewFileSet()
	var parsed []*ast.File
	for _, f := range files {
		if f.test() {
			continue // a test's flags are variables
		}
		tree, err := parser.ParseFile(fset, f.name, f.text, parser.SkipObjectResolution|parser.ParseComments)
		if err != nil {
			return nil, fmt.Errorf("parse %s: %w", f.name, err)
		}
		parsed = append(parsed, tree)
	}
	// Names are resolved without knowing what is imported: which variables are
	// the package's own needs no more.
	info := types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
	check := types.Config{Importer: nothing{}, Error: func(error) {}, FakeImportC: true}
	own, _ := check.Check("p", fset, parsed, &info) // errors are those of imports that are not looked at
	at := func(n ast.Node) string { p := fset.Position(n.Pos()); return fmt.Sprintf("%s:%d", p.Filename, p.Line) }
	global := func(e ast.Expr) (string, bool) {
		for {
			switch x := e.(type) {
			case *ast.IndexExpr:
				e = x.X
			case *ast.SelectorExpr:
				e = x.X
			case *ast.ParenExpr:
				e = x.X
			case *ast.StarExpr:
				e = x.X
			case *ast.Ident:
				v, ok := info.Uses[x].(*types.Var)
				return x.Name, ok && own != nil && v.Parent() == own.Scope()
			default:
				return "", false
			}
		}
	}
	for _, f := range parsed {
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.Name == "init" {
					say("%s: an init function; what a package needs, New makes", at(d))
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if v, ok := s.(*ast.ValueSpec); ok && d.Tok == token.VAR && !fixed(d, v) {
						say("%s: the package's variable %s may be changed; keep it in a value that New makes", at(v), v.Names[0].Name)
					}
				}
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			var changed []ast.Expr
			switch n := n.(type) {
			case *ast.AssignStmt:
				if n.Tok != token.DEFINE {
					changed = n.Lhs
				}
			case *ast.IncDecStmt:
				changed = []ast.Expr{n.X}
			case *ast.UnaryExpr:
				if n.Op == token.AND {
					changed = []ast.Expr{n.X}
				}
			}
			for _, e := range changed {
				if name, is := global(e); is {
					say("%s: changes the package's variable %s; keep it in a value that New makes", at(n), name)
				}
			}
			return true
		})
	}
	return out, nil
}

// fixed reports whether a declaration's value is one that stays.
func fixed(d *ast.GenDecl, v *ast.ValueSpec) bool {
	for _, doc := range []*ast.CommentGroup{d.Doc, v.Doc} {
		if doc == nil {
			continue
		}
		for _, c := range doc.List {
			if strings.HasPrefix(c.Text, "//go:embed ") {
				return true
			}
		}
	}
	if len(v.Names) == 1 && v.Names[0].Name == "_" {
		return true // a check of the compiler's
	}
	if len(v.Values) == 0 {
		return false
	}
	makers := []string{"errors.New", "regexp.MustCompile", "strings.NewReplacer", "template.Must"}
	for _, value := range v.Values {
		switch value := value.(type) {
		case *ast.CompositeLit, *ast.BasicLit:
		case *ast.CallExpr:
			if _, ok := value.Fun.(*ast.ArrayType); ok {
				continue // a conversion: a key as bytes
			}
			sel, ok := value.Fun.(*ast.SelectorExpr)
			if !ok {
				return false
			}
			of, ok := sel.X.(*ast.Ident)
			if !ok || !slices.Contains(makers, of.Name+"."+sel.Sel.Name) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// nothing is an importer that finds nothing.
type nothing struct{}

func (nothing) Import(string) (*types.Package, error) { return nil, errors.New("not looked at") }

func TestUntidyCodeIsFound(t *testing.T) {
	for _, c := range []struct {
		name, file, text string
		want             string // a part of the only thing found; none if empty
	}{
		{name: "a clean file", text: "var a = regexp.MustCompile(`x`)\nvar b, e = []byte(\"k\"), errors.New(\"x\")\nvar _ I = T{}\n//go:embed x\nvar f embed.FS\nvar t = map[string]int{}\nfunc g() { a := 1; a++; t := t[\"x\"]; t = 2 }"},
		{name: "init", text: "func init() {}", want: "an init function"},
		{name: "a method called init", text: "type T int\nfunc (T) init() {}"},
		{name: "no value", text: "var mu sync.Mutex", want: "variable mu may be changed"},
		{name: "made by a call", text: "var cache = newCache()", want: "variable cache may be changed"},
		{name: "a pointer", text: "type T int\nvar c = new(T)", want: "variable c may be changed"},
		{name: "assigned", text: "var n = 1\nfunc f() { n = 2 }", want: "changes the package's variable n"},
		{name: "counted", text: "var n = 1\nfunc f() { n++ }", want: "changes the package's variable n"},
		{name: "a table filled", text: "var t = map[string]int{}\nfunc f() { t[\"a\"] = 1 }", want: "changes the package's variable t"},
		{name: "a field", text: "var t = struct{ a []int }{}\nfunc f() { t.a[0] = 1 }", want: "changes the package's variable t"},
		{name: "handed out", text: "var n = 1\nfunc f() *int { return &n }", want: "changes the package's variable n"},
		{name: "unfinished", text: "// TO" + "DO", want: "finish it"},
		{name: "long", text: strings.Repeat("\n", longest), want: "more than one thing"},
		{name: "a test that waits", file: "x_test.go", text: "func f() { time.Sl" + "eep(1) }", want: "waits for the clock"},
		{name: "a test in a bubble", file: "x_test.go", text: "import _ \"testing/synctest\"\nfunc f() { time.Sl" + "eep(1) }"},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := "x.go"
			if c.file != "" {
				name = c.file
			}
			got, err := untidy([]source{{name, []byte("package p\n" + c.text)}})
			if err != nil {
				t.Fatal(err)
			}
			if c.want == "" && len(got) > 0 || c.want != "" && (len(got) != 1 || !strings.Contains(got[0], c.want)) {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
	twoFiles := []source{{"a.go", []byte("package p\nvar n = 1")}, {"b.go", []byte("package p\nfunc f() { n = 2 }")}}
	if got, err := untidy(twoFiles); err != nil || len(got) != 1 {
		t.Errorf("a variable changed from another file: %q, %v", got, err)
	}
}
