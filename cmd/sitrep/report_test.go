package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The report of a month whose incident is the seed's, in its three forms.
func TestReport(t *testing.T) {
	dir := t.TempDir()
	db, out := filepath.Join(dir, "sitrep.db"), filepath.Join(dir, "out")
	seed := filepath.Join("..", "..", "internal", "story", "seed", "chargeover.txt")
	config := filepath.Join("..", "..", "internal", "story", "seed", "chargeover.yml")
	if code, _, errs := run(t, "replay", seed, "--config", config, "--db", db, "--out", filepath.Join(dir, "story")); code != 0 {
		t.Fatal(errs)
	}
	code, said, errs := run(t, "report", "--quarter", "2020-Q3", "--db", db, "--out", out)
	if code != 0 || !strings.Contains(said, "report-2020-Q3.html") {
		t.Fatalf("%d %s %s", code, said, errs)
	}
	for name, want := range map[string]string{"report-2020-Q3.html": "<svg", "report-2020-Q3.md": "| Time to first public word | 1 | 6 min |", "report-2020-Q3.json": `"declared": 1`} {
		text, err := os.ReadFile(filepath.Join(out, name))
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s does not say %q: %v", name, want, err)
		}
	}
	if code, said, errs = run(t, "report", "--month", "2020-10", "--db", db); code != 0 || !strings.Contains(said, "No incident was declared.") {
		t.Errorf("an empty month: %d %s %s", code, said, errs)
	}
	for _, args := range [][]string{{"--month", "2020-13"}, {"--month", "2020-09", "--quarter", "2020-Q3"}, {}} {
		if code, _, errs := run(t, append([]string{"report", "--db", db}, args...)...); code == 0 || errs == "" {
			t.Errorf("%v is accepted", args)
		}
	}
}
