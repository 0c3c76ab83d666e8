package sitrep_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// A rule says what a package may import of ours, and why no more.
type rule struct {
	imports []string
	tests   []string // what its tests may import besides, and besides what every test may
	outside bool     // may use modules that are not ours
	why     string
}

// rules is the table of the house: imports point one way. A package that is not
// listed may import nothing of ours, and nothing may import it.
func rules() map[string]rule {
	return map[string]rule{
		"incident":   {why: "what an incident is must be readable, and testable, without anything that does"},
		"instant":    {why: "commands and the draft read the same times; neither may bend how"},
		"recurrence": {outside: true, why: "when something happens again; that it is maintenance which does is none of its business"},
		"secret":     {outside: true, why: "masking must be usable before anything is known of an incident; its rule set is kept by others"},

		"store":           {why: "keeps bytes; what they mean is none of its business, so a driver cannot depend on it"},
		"store/memory":    {imports: []string{"store"}, why: "a driver knows the interface that it fulfils, and nothing else"},
		"store/bolt":      {imports: []string{"store"}, outside: true, why: "a driver; the only package that knows bbolt"},
		"store/storetest": {imports: []string{"store", "store/memory"}, why: "what every driver promises; the memory driver is the model that others are held to"},

		"follow": {imports: []string{"store"}, why: "a cursor over records; that there are incidents in them is its followers' affair"},

		"bot":         {imports: []string{"incident", "instant"}, why: "messages speak of incidents and times, never of how they are stored or decided"},
		"bot/local":   {imports: []string{"bot", "incident", "instant"}, why: "an adapter: it hands requests in and shows messages; it never imports another, nor commands"},
		"bot/slack":   {imports: []string{"bot", "incident", "instant"}, outside: true, why: "an adapter; the only package that knows Slack and its library"},
		"bot/discord": {imports: []string{"bot", "incident", "instant"}, outside: true, why: "an adapter: it hands requests in and shows messages; it never imports another, nor commands"},
		"bot/bottest": {imports: []string{"bot", "incident"}, why: "what every adapter promises"},

		"subscriber":      {imports: []string{"follow", "store"}, outside: true, why: "who wants to be told, folded from the log; what there is to tell is its followers' affair"},
		"subscriber/desk": {imports: []string{"status", "subscriber"}, tests: []string{"follow", "incident", "store"}, outside: true, why: "forms and links; it sends nothing, so that it cannot send to whom it should not"},

		"commands":                 {imports: []string{"bot", "incident", "instant", "recurrence", "store"}, why: "reads, decides, appends once; whatever leaves the process follows the log"},
		"notify":                   {imports: []string{"bot", "follow", "incident", "instant", "store"}, why: "followers that tell people; they decide nothing, so they know no verb"},
		"notify/outbox":            {imports: []string{"follow", "incident", "store", "subscriber"}, why: "who has been told what; how it is brought to them is a carrier's"},
		"notify/mail":              {imports: []string{"notify/outbox", "status", "subscriber"}, tests: []string{"incident"}, outside: true, why: "a carrier; the only package that knows SMTP"},
		"notify/webhook":           {imports: []string{"notify/outbox", "status", "subscriber"}, tests: []string{"incident"}, outside: true, why: "a carrier; the only package that posts to strangers"},
		"notify/outbox/outboxtest": {imports: []string{"follow", "incident", "notify/outbox", "status", "store", "store/memory", "subscriber"}, why: "what a carrier's tests stand on"},

		"notify/hosted": {imports: []string{"follow", "incident", "store"}, why: "keeps somebody else's page in step; what it sends is what is public, so it needs no more to know"},

		"status/words":      {imports: []string{"instant"}, outside: true, why: "what the page says of itself, by language; how pages look is none of its business"},
		"status/export":     {imports: []string{"status"}, tests: []string{"incident"}, outside: true, why: "writes what the page is made of somewhere else; it makes nothing itself"},
		"status/statuspage": {imports: []string{"incident"}, outside: true, why: "the format of hosted pages, read and written; what is made of it is the page's affair"},
		"status":            {imports: []string{"incident", "instant", "recurrence", "status/statuspage", "status/words"}, outside: true, why: "pure: content in, bytes out. What it cannot reach it cannot publish"},
		"postmortem/view":   {imports: []string{"incident", "instant", "postmortem"}, outside: true, why: "sets a report to be read; Markdown is read by a library, which the report itself must not need"},
		"postmortem":        {imports: []string{"incident", "instant"}, why: "pure: a record in, a report out. Nothing but the record can get into it"},

		"postmortem/openai": {imports: []string{"incident", "postmortem"}, outside: true, why: "the only package that knows a model and its library; what it may say is the report's affair"},
		"precedent":         {imports: []string{"incident"}, outside: true, why: "what incidents have in common; who is told of it, and where, is its callers' affair"},

		"tally": {imports: []string{"incident", "instant", "postmortem"}, why: "pure: incidents in, a report out; it sets and draws with the standard library only"},

		"archive": {why: "reads files of strangers; it knows what they hold, and nothing of incidents"},

		"internal/config":         {outside: true, why: "one file, checked as a whole; it configures packages by being read, not by knowing them"},
		"internal/fakeslack":      {outside: true, why: "a Slack for tests; what is held against it must not be built from the same parts"},
		"internal/fakediscord":    {outside: true, why: "a Discord for tests; what is held against it must not be built from the same parts"},
		"internal/fakeopenai":     {why: "a model's server for tests; what is held against it must not be built from the same parts"},
		"internal/fakestatuspage": {why: "a hosted page for tests; what is held against it must not be built from the same parts"},
		"internal/fakesmtp":       {outside: true, why: "a mail server for tests; what is held against it must not be built from the same parts"},
		"internal/webtest":        {outside: true, why: "a browser for tests"},
		"internal/app": {outside: true, tests: []string{"internal/story", "store/bolt"}, why: "puts the house together; the driver comes from outside, as a value",
			imports: []string{"bot", "bot/discord", "bot/local", "bot/slack", "commands", "follow", "incident", "instant", "internal/config", "notify", "notify/hosted", "notify/mail", "notify/outbox", "notify/webhook", "postmortem", "postmortem/openai", "postmortem/view", "precedent", "recurrence", "secret", "status", "status/statuspage", "store", "subscriber", "subscriber/desk", "tally"}},
		"internal/story": {imports: []string{"bot", "incident", "internal/app"}, tests: []string{"internal/config", "store"}, why: "plays people at a keyboard; it goes in by the door, so what it shows is what a live chat does"},

		"internal/eval": {why: "measures what the whole app drafts; nothing that it measures may know of it",
			imports: []string{"incident", "instant", "internal/app", "internal/config", "internal/fakeopenai", "internal/story", "postmortem", "postmortem/openai", "store", "store/memory"}},

		"cmd/evaluate": {imports: []string{"internal/eval"}, why: "prints the measurement"},
		"cmd/sitrep": {outside: true, why: "the only package that knows all the others",
			imports: []string{"archive", "bot", "bot/discord", "bot/local", "bot/slack", "commands", "incident", "instant", "internal/app", "internal/config", "internal/story", "notify/hosted", "postmortem", "postmortem/openai", "postmortem/view", "secret", "status", "status/export", "status/statuspage", "store", "store/bolt", "store/memory", "subscriber"}},
	}
}

// forEveryTest is what any test may import: fakes that behave, and the suites.
func forEveryTest() []string {
	return []string{"store/memory", "store/storetest", "bot/bottest", "internal/webtest", "internal/fakediscord", "internal/fakeslack", "internal/fakesmtp", "internal/fakestatuspage", "internal/fakeopenai", "notify/outbox/outboxtest"}
}

type pkg struct {
	ImportPath                         string
	Dir                                string
	Imports, TestImports, XTestImports []string
	Doc                                string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	var errs bytes.Buffer
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,Imports,TestImports,XTestImports,Doc", "./...")
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
		if p.ImportPath != "sitrep" { // these tests
			ps = append(ps, p)
		}
	}
}

// misplaced lists the imports that the rules do not allow, and the rules that
// have gone stale: a permission that nobody uses is a door left open.
func misplaced(ps []pkg, table map[string]rule) []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	unused := maps.Clone(table)
	for _, p := range ps {
		name := strings.TrimPrefix(p.ImportPath, "sitrep/")
		r, known := table[name]
		if !known {
			say("%s is not in the table: say what it is for, and what it may import", name)
		}
		delete(unused, name)
		for _, i := range p.Imports {
			ours, is := strings.CutPrefix(i, "sitrep/")
			first, _, _ := strings.Cut(i, "/")
			switch {
			case is && !slices.Contains(r.imports, ours):
				say("%s must not import %s: %s", name, ours, r.why)
			case strings.Contains(first, ".") && !r.outside:
				say("%s uses the standard library only, not %s: %s", name, i, r.why)
			}
		}
		for _, may := range r.imports {
			if !slices.Contains(p.Imports, "sitrep/"+may) {
				say("%s may import %s, and does not: take it out of the table", name, may)
			}
		}
		for _, i := range slices.Concat(p.TestImports, p.XTestImports) {
			ours, is := strings.CutPrefix(i, "sitrep/")
			if is && ours != name && !slices.Contains(slices.Concat(r.imports, r.tests, forEveryTest()), ours) {
				say("tests of %s must not import %s: %s", name, ours, r.why)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(unused)) {
		say("%s is in the table, and is no package", name)
	}
	return out
}

func TestImportsPointOneWay(t *testing.T) {
	for _, v := range misplaced(packages(t), rules()) {
		t.Error(v)
	}
	for name, r := range rules() {
		if r.why == "" {
			t.Errorf("the rule of %s gives no reason", name)
		}
	}
}

// The rules themselves have no circle: each package can be given a floor above
// everything that it may import.
func TestTheTableHasNoCircle(t *testing.T) {
	if at := circle(rules()); at != "" {
		t.Errorf("%s may, by way of others, import itself", at)
	}
	if circle(map[string]rule{"a": {imports: []string{"b"}}, "b": {imports: []string{"a"}}}) == "" {
		t.Error("a circle was planted, and not found")
	}
}

// circle returns a package that lies on a circle of permissions, if there is
// one.
func circle(table map[string]rule) string {
	const open, done = 1, 2
	seen := map[string]int{}
	var visit func(name string) string
	visit = func(name string) string {
		switch seen[name] {
		case open:
			return name
		case done:
			return ""
		}
		seen[name] = open
		for _, next := range table[name].imports {
			if at := visit(next); at != "" {
				return at
			}
		}
		seen[name] = done
		return ""
	}
	for _, name := range slices.Sorted(maps.Keys(table)) {
		if at := visit(name); at != "" {
			return at
		}
	}
	return ""
}

func TestMisplacedImportsAreFound(t *testing.T) {
	table := map[string]rule{
		"store":    {why: "keeps bytes"},
		"commands": {imports: []string{"store"}, outside: true},
		"gone":     {},
	}
	right := []pkg{
		{ImportPath: "sitrep/store", Imports: []string{"fmt"}, XTestImports: []string{"sitrep/store", "sitrep/store/memory", "github.com/x/y"}},
		{ImportPath: "sitrep/commands", Imports: []string{"sitrep/store", "github.com/x/y"}},
	}
	for _, c := range []struct {
		name  string
		plant func(ps []pkg) []pkg
		want  string
	}{
		{"upwards", func(ps []pkg) []pkg { ps[0].Imports = []string{"sitrep/commands"}; return ps }, "store must not import commands: keeps bytes"},
		{"a module", func(ps []pkg) []pkg { ps[0].Imports = []string{"github.com/x/y"}; return ps }, "store uses the standard library only, not github.com/x/y: keeps bytes"},
		{"in a test", func(ps []pkg) []pkg { ps[0].TestImports = []string{"sitrep/commands"}; return ps }, "tests of store must not import commands: keeps bytes"},
		{"not used", func(ps []pkg) []pkg { ps[1].Imports = nil; return ps }, "commands may import store, and does not: take it out of the table"},
		{"not known", func(ps []pkg) []pkg { return append(ps, pkg{ImportPath: "sitrep/util"}) }, "util is not in the table: say what it is for, and what it may import"},
		{"no package", func(ps []pkg) []pkg { return ps }, "gone is in the table, and is no package"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := misplaced(c.plant(slices.Clone(right)), table); !slices.Contains(got, c.want) || len(got) > 2 {
				t.Errorf("found %q, want %q", got, cmp.Or(c.want, "nothing"))
			}
		})
	}
	delete(table, "gone")
	if got := misplaced(right, table); len(got) > 0 {
		t.Errorf("nothing was planted, and found: %q", got)
	}
}
