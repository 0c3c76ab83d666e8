package sitrep_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// allowed says which packages of ours each package may import: imports point
// one way. A package that is not listed may import nothing of ours, and nothing
// may import it.
func allowed() map[string][]string {
	return map[string][]string{
		"incident":         {},                                      // what an incident is; the standard library only
		"instant":          {},                                      // times as people write them
		"secret":           {},                                      // what must not be kept
		"store":            {},                                      // keeps bytes
		"store/memory":     {"store"},                               // a driver
		"store/bolt":       {"store"},                               // a driver
		"store/storetest":  {"store", "store/memory"},               // what every driver promises
		"follow":           {"store"},                               // a cursor over the log
		"bot":              {"incident", "instant"},                 // what a platform is
		"bot/local":        {"bot", "incident", "instant"},          // an adapter; never another, never commands
		"bot/bottest":      {"bot", "incident"},                     // what every adapter promises
		"status":           {"incident", "instant"},                 // the page; pure
		"postmortem":       {"incident", "instant"},                 // the draft; pure
		"commands":         {"bot", "incident", "instant", "store"}, // the verbs
		"notify":           {"bot", "follow", "incident", "store"},  // followers that tell people
		"internal/config":  {},                                      // one file
		"internal/webtest": {},                                      // a browser for tests
		"internal/app":     {"bot", "bot/local", "commands", "follow", "incident", "instant", "internal/config", "notify", "postmortem", "secret", "status", "store"},
		"internal/story":   {"bot", "incident", "internal/app"},
		"cmd/sitrep":       {"bot", "bot/local", "commands", "incident", "internal/app", "internal/config", "internal/story", "secret", "store", "store/bolt", "store/memory"},
	}
}

// pure packages use the standard library only.
var pure = []string{"incident", "store", "store/memory", "follow", "bot", "bot/local", "commands", "notify", "instant"}

type pkg struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
	Doc        string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	var errs bytes.Buffer
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports,Doc", "./...")
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, errs.String())
	}
	var ps []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return ps
		} else if err != nil {
			t.Fatal(err)
		}
		ps = append(ps, p)
	}
}

// violations lists the imports that the table does not allow.
func violations(ps []pkg, table map[string][]string, std []string) []string {
	var out []string
	for _, p := range ps {
		name := strings.TrimPrefix(p.ImportPath, "sitrep/")
		if name == "sitrep" {
			continue // this test
		}
		may, known := table[name]
		if !known {
			out = append(out, fmt.Sprintf("%s is not in the table: say what it is for, and what it may import", name))
		}
		for _, i := range p.Imports {
			if ours, ok := strings.CutPrefix(i, "sitrep/"); ok && !slices.Contains(may, ours) {
				out = append(out, fmt.Sprintf("%s must not import %s", name, ours))
			}
			if first, _, _ := strings.Cut(i, "/"); slices.Contains(std, name) && strings.Contains(first, ".") {
				out = append(out, fmt.Sprintf("%s uses the standard library only, not %s", name, i))
			}
		}
	}
	return out
}

func TestImportsPointOneWay(t *testing.T) {
	for _, v := range violations(packages(t), allowed(), pure) {
		t.Error(v)
	}
}

func TestTheTableCanFail(t *testing.T) {
	ps := []pkg{{ImportPath: "sitrep/store", Imports: []string{"sitrep/incident", "github.com/x/y"}}, {ImportPath: "sitrep/util"}}
	if got := violations(ps, allowed(), pure); len(got) != 3 {
		t.Errorf("three violations were planted, and found: %q", got)
	}
}

// What every package holds to: a doc comment, no init functions, no variables
// of the package that are changed, no unfinished work, no sleeping tests, and
// files that can be read in one sitting.
func TestHouseStyle(t *testing.T) {
	for _, p := range packages(t) {
		if p.ImportPath == "sitrep" {
			continue
		}
		if p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
		files, err := filepath.Glob(filepath.Join(p.Dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			src, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			test := strings.HasSuffix(f, "_test.go")
			name, err := filepath.Rel(".", f)
			if err != nil {
				name = f
			}
			if wd, err := os.Getwd(); err == nil {
				name = strings.TrimPrefix(f, wd+"/")
			}
			if n := bytes.Count(src, []byte("\n")); !test && n > 600 {
				t.Errorf("%s has %d lines: it is about more than one thing", name, n)
			}
			for _, word := range []string{"TO" + "DO", "FIX" + "ME", "not " + "implemented"} {
				if bytes.Contains(src, []byte(word)) {
					t.Errorf("%s says %s", name, word)
				}
			}
			if test && bytes.Contains(src, []byte("time.Sl"+"eep(")) && !bytes.Contains(src, []byte("testing/synctest")) {
				t.Errorf("%s sleeps; use testing/synctest or a channel", name)
			}
			file, err := parser.ParseFile(token.NewFileSet(), f, src, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range file.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
					t.Errorf("%s has an init function", name)
				}
			}
		}
	}
}
