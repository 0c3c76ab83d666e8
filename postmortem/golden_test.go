package postmortem

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the goldens anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s differs; look at it and run with -update\n%s", path, got)
	}
}

func draft(t testing.TB, b Brief) Draft {
	t.Helper()
	d, err := Template{}.Draft(context.Background(), b)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSeedGolden(t *testing.T) {
	d := draft(t, seed(t).brief())
	golden(t, "seed.md", []byte(d.Markdown))
	golden(t, "seed.customer.md", []byte(d.Customer))
	golden(t, "seed.json", d.Facts)
}

func TestSeedPassesItsOwnCheck(t *testing.T) {
	b := seed(t).brief()
	for _, f := range Check(draft(t, b).Markdown, b) {
		t.Errorf("%s: %s %v", f.Kind, f.Text, f.Refs)
	}
}
