package main

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"sitrep/status"
)

// incidents reads a list of incidents from a file.
func incidents(t *testing.T, file, key string) []any {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	if key != "" {
		v = v.(map[string]any)[key]
	}
	return v.([]any)
}

// TestImportAndExport brings forty real incidents over from the command line and
// writes the page: what is in the files is equal to what came in, also in the
// order of its keys' values.
func TestImportAndExport(t *testing.T) {
	const from = "../../status/testdata/statuspage/github-incidents-40.json"
	db, site := filepath.Join(t.TempDir(), "sitrep.db"), filepath.Join(t.TempDir(), "site")

	code, out, errs := run(t, "import", "statuspage", from, "--db", db, "--dry-run")
	if code != 0 || !strings.Contains(out, "Would bring over Status: 11 components, 40 new, 0 changed, 0 as they were. Nobody is told.") {
		t.Errorf("dry run: %d %s %s", code, out, errs)
	}
	if _, err := os.Stat(db); err == nil {
		t.Error("a dry run left a file behind")
	}
	for i, want := range []string{"40 new, 0 changed, 0 as they were", "0 new, 0 changed, 40 as they were"} {
		if code, out, errs = run(t, "import", "statuspage", from, "--db", db); code != 0 || !strings.Contains(out, want) {
			t.Fatalf("import %d: %d %s %s", i+1, code, out, errs)
		}
	}
	if code, out, errs = run(t, "log", "verify", "--db", db); code != 0 {
		t.Errorf("the log does not verify: %s %s", out, errs)
	}
	for range 2 { // the second export finds what the first has written
		if code, _, errs = run(t, "export", "site", site, "--db", db); code != 0 {
			t.Fatalf("export: %s", errs)
		}
	}
	want, got := incidents(t, from, ""), incidents(t, filepath.Join(site, "api", "v2", "incidents.json"), "incidents")
	if len(want) != 40 || len(got) != 40 {
		t.Fatalf("%d incidents came in, %d went out", len(want), len(got))
	}
	for i := range want {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("incident %d differs:\n got %.600v\nwant %.600v", i, got[i], want[i])
		}
		id := want[i].(map[string]any)["id"].(string)
		raw, err := os.ReadFile(filepath.Join(site, "api", "v2", "incidents", id+".json"))
		var one any
		if err == nil {
			err = json.Unmarshal(raw, &one)
		}
		if err != nil || !reflect.DeepEqual(one, want[i]) {
			t.Errorf("%s.json differs: %v", id, err)
		}
	}
	if _, err := os.Stat(filepath.Join(site, "incidents", "bhbcjn4n3jzp", "index.html")); err != nil {
		t.Error(err)
	}
}

// TestImportFromAnAddress brings a page over from where it is served.
func TestImportFromAnAddress(t *testing.T) {
	s := status.New(time.Now, nil)
	server := httptest.NewServer(s)
	defer server.Close()
	db := filepath.Join(t.TempDir(), "sitrep.db")
	code, out, errs := run(t, "import", "statuspage", server.URL, "--db", db)
	if code == 0 || !strings.Contains(errs, "page.id is missing") {
		t.Errorf("a page without an id: %d %s %s", code, out, errs)
	}
}

func TestImportSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	page := filepath.Join(dir, "page.html")
	if err := os.WriteFile(page, []byte("<!DOCTYPE html><title>Status</title>"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"import", "statuspage", filepath.Join(dir, "none.json"), "--db", filepath.Join(dir, "a.db")}, "there is no such file"},
		{[]string{"import", "statuspage", page, "--db", filepath.Join(dir, "a.db")}, "it is not JSON"},
		{[]string{"import", "statuspage", "../../status/testdata/statuspage/github-incidents-40.json", "--db", filepath.Join(dir, "b.db"), "--time-zone", "Mars"}, `There is no zone "Mars"`},
		{[]string{"export", "site", filepath.Join(dir, "site"), "--db", filepath.Join(dir, "none.db")}, "there is no"},
		{[]string{"export", "site", "s3://", "--db", filepath.Join(dir, "b.db")}, "names no bucket"},
	} {
		if code, _, errs := run(t, c.args...); code != 1 || !strings.Contains(errs, c.want) {
			t.Errorf("%v: %d %s, want %q", c.args[:2], code, errs, c.want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "a.db")); err == nil {
		t.Error("a source that cannot be read made a file of data")
	}
}
