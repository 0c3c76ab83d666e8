package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sitrep/internal/app"
	"sitrep/internal/story"
)

// A postmortem is written in each format, also while another process has the
// file; the zip is read into a new file, and again.
func TestPostmortemIsTakenAlong(t *testing.T) {
	dir := t.TempDir()
	text, yml := story.Seed()
	in := func(name string) string { return filepath.Join(dir, name) }
	for name, b := range map[string][]byte{"seed.txt": []byte(text), "seed.yml": yml} {
		if err := os.WriteFile(in(name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db := in("sitrep.db")
	ok := func(args ...string) string {
		t.Helper()
		code, out, errs := run(t, args...)
		if code != 0 {
			t.Fatalf("sitrep %s: %s", strings.Join(args, " "), errs)
		}
		return out
	}
	ok("replay", in("seed.txt"), "--config", in("seed.yml"), "--db", db, "--out", in("out"))
	formats := func() {
		t.Helper()
		if md := ok("export", "postmortem", "INC-1", "--db", db); !strings.HasPrefix(md, "# INC-1: MariaDB crashed") {
			t.Errorf("Markdown: %.60q", md)
		}
		if md := ok("export", "postmortem", "inc1", "--version", "customer", "--db", db); !strings.HasPrefix(md, "ChargeOver primarily uses") {
			t.Errorf("for customers: %.60q", md)
		}
		if page := ok("export", "postmortem", "INC-1", "--format", "html", "--db", db); !strings.Contains(page, `<svg class="strip"`) {
			t.Errorf("HTML: %.60q", page)
		}
		if page := ok("export", "postmortem", "INC-1", "--format", "html", "--version", "customer", "--db", db); strings.Contains(page, "<svg") || strings.Contains(page, "Impact started") {
			t.Error("what only the team knows is in the customers' HTML")
		}
		var facts struct{ Facts map[string]string }
		if err := json.Unmarshal([]byte(ok("export", "postmortem", "INC-1", "--format", "json", "--db", db)), &facts); err != nil || facts.Facts["duration"] == "" {
			t.Errorf("JSON: %v %v", facts, err)
		}
	}
	formats()
	zip := in("INC-1.zip")
	if said := ok("export", "postmortem", "INC-1", "--format", "zip", "--to", zip, "--db", db); !strings.Contains(said, zip) {
		t.Errorf("said %q", said)
	}
	other := in("other.db")
	if said := ok("import", "incident", zip, "--db", other); !strings.Contains(said, "INC-1 of ChargeOver (MariaDB crashed on the primary database server) is INC-1 here") || !strings.Contains(said, "Nobody is told") {
		t.Errorf("said %q", said)
	}
	if said := ok("import", "incident", zip, "--db", other); !strings.Contains(said, "0 records new") {
		t.Errorf("again: %q", said)
	}
	if md := ok("export", "postmortem", "INC-1", "--version", "customer", "--db", other); !strings.HasPrefix(md, "ChargeOver primarily uses") {
		t.Errorf("brought over: %.60q", md)
	}
	ok("log", "verify", "--db", other)

	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"export", "postmortem", "INC-9", "--db", db}, "There is no INC-9"},
		{[]string{"export", "postmortem", "INC-1", "--db", in("none.db")}, "there is no"},
		{[]string{"export", "postmortem", "INC-1", "--format", "zip", "--db", db}, "Name the file to write"},
		{[]string{"export", "postmortem", "INC-1", "--to", zip, "--db", db}, "exists"},
		{[]string{"export", "postmortem", "INC-1", "--format", "pdf", "--db", db}, "--format must be one of"},
		{[]string{"import", "incident", in("seed.txt"), "--db", in("new.db")}, "it is no zip file"},
		{[]string{"import", "incident", in("none.zip"), "--db", in("new.db")}, "there is no"},
	} {
		code, _, errs := run(t, c.args...)
		if code == 0 || !strings.Contains(errs, c.want) {
			t.Errorf("sitrep %s: %d %q, want %q", strings.Join(c.args, " "), code, errs, c.want)
		}
	}
	if _, err := os.Stat(in("new.db")); err == nil {
		t.Error("an archive that cannot be read left a file of data")
	}

	// While somebody has the file open.
	l, err := openLog(db)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := loadConfig(in("seed.yml"))
	if err != nil {
		t.Fatal(err)
	}
	a := app.New(l, cfg, nil)
	if err := a.Follow(t.Context()); err != nil {
		t.Fatal(err)
	}
	release, err := a.Control(db, app.Holder{PID: os.Getpid(), Command: "sitrep serve"})
	if err != nil {
		t.Fatal(err)
	}
	formats()
	if code, _, errs := run(t, "export", "postmortem", "INC-9", "--db", db); code == 0 || !strings.Contains(errs, "There is no INC-9") {
		t.Errorf("answered %d %q", code, errs)
	}
	if err := release(); err != nil {
		t.Error(err)
	}
	if err := a.Stop(); err != nil {
		t.Error(err)
	}
}

// A report is laid out as the configuration says, and a form that cannot be used
// is refused before anything starts.
func TestPostmortemTemplate(t *testing.T) {
	dir := t.TempDir()
	text, yml := story.Seed()
	in := func(name string) string { return filepath.Join(dir, name) }
	put := func(name, body string) {
		t.Helper()
		if err := os.WriteFile(in(name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("seed.txt", text)
	put("own.md", "# {{.Title}}\n\n*What the whole company reads.*\n\n## In short\n\n{{.Summary}}\n\n## What did we learn?\n\n{{.Lessons}}\n")
	put("bad.md", "## In short\n\n{{.Sumary}}\n")
	put("claims.md", "## In short\n\nNobody lost any data at ten past four.\n")
	for template, want := range map[string]string{
		"google": "## Root causes and trigger\n", "pagerduty": "| Time | Event |\n", "own.md": "*What the whole company reads.*\n\n## In short\n\n“MariaDB crashed", "ours": "## What will change\n",
		"bad.md": "!postmortem.template: bad.md: try the form", "claims.md": "!for which no record will have evidence", "none.md": "!no such file", "gogle": "!did you mean google?",
	} {
		t.Run(template, func(t *testing.T) {
			put("c.yml", string(yml)+"\npostmortem:\n  template: "+template+"\n")
			want, refused := strings.CutPrefix(want, "!")
			code, _, errs := run(t, "replay", in("seed.txt"), "--config", in("c.yml"), "--out", in("out"))
			if refused {
				_, _, checked := run(t, "config", "check", in("c.yml"))
				if code == 0 || !strings.Contains(errs, want) || !strings.Contains(checked, want) {
					t.Errorf("%d %q, checked %q, want %q", code, errs, checked, want)
				}
				return
			}
			if code != 0 {
				t.Fatal(errs)
			}
			if md := read(t, in("out"), "postmortem/INC-1.md"); !strings.Contains(md, want) {
				t.Errorf("it has no %q:\n%s", want, md)
			}
			if page := read(t, in("out"), "postmortem/INC-1.html"); strings.Index(page, "<section>") > strings.Index(page, "<details>") && strings.Contains(page, "<details>") || !strings.Contains(page, "<section>") {
				t.Error("nothing of the page is open")
			}
		})
	}
}
