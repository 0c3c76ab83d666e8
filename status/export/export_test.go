package export_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"gocloud.dev/blob/memblob"
	_ "gocloud.dev/blob/s3blob" // what the program is built with

	"sitrep/incident"
	"sitrep/status"
	"sitrep/status/export"
)

// site is a page with one incident, as it is at noon.
func site() *status.Site {
	s := status.New(func() time.Time { return time.Date(2020, 9, 9, 12, 0, 0, 0, time.UTC) }, nil)
	s.Set(content("s3rv1c30ttg5"))
	return s
}

func content(codes ...string) status.Content {
	at := time.Date(2020, 9, 9, 11, 0, 0, 0, time.UTC)
	c := status.Content{Page: incident.Page{ID: "pq1rs2tv3wx4", Name: "Example", URL: "https://status.example.com", TimeZone: "Etc/UTC"}, Updated: at}
	for _, code := range codes {
		c.Incidents = append(c.Incidents, incident.Public{
			Code: code, Title: "Outage", Status: incident.Investigating, Created: at, Started: at, Changed: at,
			Updates: []incident.PublicUpdate{{Code: "upd" + code[:9], Number: 1, Status: incident.Investigating, Body: "We look into it.", Shown: at, Recorded: at, Edited: at}},
		})
	}
	return c
}

// kept runs the tests that every target must pass.
func kept(t *testing.T, open func() export.Target, has func(name string) (body, contentType string, ok bool)) {
	t.Helper()
	s := site()
	write := func() {
		t.Helper()
		to := open()
		if err := errors.Join(s.Export(t.Context(), to), to.Close()); err != nil {
			t.Fatal(err)
		}
	}
	write()
	for name, want := range map[string][2]string{
		"index.html":                         {"Outage", "text/html; charset=utf-8"},
		"incidents/s3rv1c30ttg5/index.html":  {"We look into it.", "text/html; charset=utf-8"},
		"api/v2/incidents.json":              {`"id":"s3rv1c30ttg5"`, "application/json; charset=utf-8"},
		"history.atom":                       {"<feed", "application/atom+xml; charset=utf-8"},
		"badge.svg":                          {"<svg", "image/svg+xml"},
		"api/v2/incidents/s3rv1c30ttg5.json": {"Outage", "application/json; charset=utf-8"},
	} {
		body, kind, ok := has(name)
		if !ok || !strings.Contains(body, want[0]) || kind != "" && kind != want[1] {
			t.Errorf("%s: %v, %s, %.80q", name, ok, kind, body)
		}
	}
	s.Set(content("n0th3rc0d3xx"))
	write()
	if _, _, ok := has("incidents/s3rv1c30ttg5/index.html"); ok {
		t.Error("a withdrawn incident is still there")
	}
	if _, _, ok := has("incidents/n0th3rc0d3xx/index.html"); !ok {
		t.Error("the new incident is not there")
	}
}

func TestFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "site")
	open := func() export.Target {
		f, err := export.Open(t.Context(), "file://"+dir)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	kept(t, open, func(name string) (string, string, bool) {
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		return string(b), "", err == nil
	})
	if _, err := os.Stat(filepath.Join(dir, "incidents", "s3rv1c30ttg5")); err == nil {
		t.Error("the folder of a withdrawn incident is still there")
	}

	// What did not change is left alone.
	old := time.Unix(1e9, 0)
	page := filepath.Join(dir, "incidents", "n0th3rc0d3xx", "index.html")
	if err := os.Chtimes(page, old, old); err != nil {
		t.Fatal(err)
	}
	f := open()
	s := site()
	s.Set(content("n0th3rc0d3xx"))
	if err := errors.Join(s.Export(t.Context(), f), f.Close()); err != nil {
		t.Fatal(err)
	}
	if i, err := os.Stat(page); err != nil || !i.ModTime().Equal(old) {
		t.Errorf("a file that did not change was written: %v", err)
	}
}

// TestFolderStaysInside: neither a name nor a link in the folder leads out of it.
func TestFolderStaysInside(t *testing.T) {
	parent := t.TempDir()
	f, err := export.OpenFolder(filepath.Join(parent, "site"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(parent, filepath.Join(parent, "site", "out")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../x.html", "/etc/x.html", "out/x.html", "a/../../x.html"} {
		if err := f.Write(t.Context(), name, "text/html", []byte("x")); err == nil {
			t.Errorf("%s was written", name)
		}
	}
	if _, err := os.Stat(filepath.Join(parent, "x.html")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("something was written outside")
	}
}

// TestFolderFails: what is in the way is an error that names it, and nothing is
// left half done.
func TestFolderFails(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "api"), []byte("in the way"), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := export.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := site().Export(t.Context(), f); err == nil || !strings.Contains(err.Error(), "api/v2") {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "index.html")); err == nil {
		t.Error("the home page was written although a page that it names was not")
	}
	if _, err := export.OpenFolder(filepath.Join(dir, "api")); err == nil {
		t.Error("a file was opened as a folder")
	}
}

// TestBucket writes to a server that speaks S3, in this process, through the
// driver that the program has.
func TestBucket(t *testing.T) {
	store := s3mem.New()
	server := httptest.NewServer(gofakes3.New(store).Server())
	defer server.Close()
	if err := store.CreateBucket("status"); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	address := "s3://status?region=eu-central-1&use_path_style=true&disable_https=true&endpoint=" + server.URL + "&prefix=site/"
	open := func() export.Target {
		b, err := export.Open(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	kept(t, open, func(name string) (string, string, bool) {
		o, err := store.GetObject("status", "site/"+name, nil)
		if err != nil {
			return "", "", false
		}
		b := make([]byte, o.Size)
		if _, err := o.Contents.Read(b); err != nil && err.Error() != "EOF" {
			t.Fatal(err)
		}
		return string(b), o.Metadata["Content-Type"], true
	})
}

func TestOpenRefuses(t *testing.T) {
	for address, want := range map[string]string{
		"s3://":        "names no bucket",
		"file://":      "names no folder",
		"ftp://a/b":    "no driver registered",
		"file://x/y/z": "names no folder",
	} {
		if _, err := export.Open(t.Context(), address); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
}

// flaky is a bucket that is away for a while.
type flaky struct {
	export.Target
	away *atomic.Bool
}

func (f flaky) Write(ctx context.Context, name, kind string, body []byte) error {
	if f.away.Load() {
		return errors.New("503 Slow Down")
	}
	return f.Target.Write(ctx, name, kind, body)
}

// TestKeeper: a copy follows the page, says that it is still true, and is whole
// again soon after a store was away for an hour.
func TestKeeper(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := status.New(time.Now, nil)
		s.Set(content("s3rv1c30ttg5"))
		bucket := memblob.OpenBucket(nil)
		var away atomic.Bool
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		target, err := export.NewBucket(ctx, bucket)
		if err != nil {
			t.Fatal(err)
		}
		k := export.NewKeeper(s, "mem://", &export.KeeperOptions{Open: func(context.Context, string) (export.Target, error) { return lasting{flaky{target, &away}}, nil }})
		go func() { k.Run(ctx); close(done) }()
		read := func(name string) string {
			t.Helper()
			synctest.Wait()
			b, err := bucket.ReadAll(ctx, name)
			if err != nil {
				return ""
			}
			return string(b)
		}
		if !strings.Contains(read("index.html"), "Outage") {
			t.Error("the page was not written at the start")
		}
		if a, err := bucket.Attributes(ctx, "index.html"); err != nil || !strings.Contains(a.CacheControl, "stale-while-revalidate=86400") || a.ContentType != "text/html; charset=utf-8" {
			t.Errorf("%+v, %v", a, err)
		}
		before := read("alive.json")
		time.Sleep(2 * time.Minute)
		if read("alive.json") == before {
			t.Error("the copy does not say that it is still true")
		}
		away.Store(true)
		s.Set(content("n0th3rc0d3xx"))
		time.Sleep(time.Hour)
		if read("incidents/n0th3rc0d3xx/index.html") != "" {
			t.Error("a store that is away was written")
		}
		s.Set(content("th1rdc0d3xxx"))
		away.Store(false)
		time.Sleep(31 * time.Second)
		if read("incidents/th1rdc0d3xxx/index.html") == "" || read("incidents/s3rv1c30ttg5/index.html") != "" {
			t.Error("the copy is not whole half a minute after the store's return")
		}
		cancel()
		<-done
	})
}

// lasting is a target that outlives its keeper's attempts, as a store does.
type lasting struct{ flaky }

func (lasting) Close() error { return nil }

// With each file stands what it is compressed, and nothing that is older; what is
// too small, or gone, has none.
func TestCompressed(t *testing.T) {
	dir := t.TempDir()
	s := site()
	write := func() {
		t.Helper()
		to, err := export.Open(t.Context(), "file://"+dir+"?compress=yes")
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(s.Export(t.Context(), to), to.Close()); err != nil {
			t.Fatal(err)
		}
	}
	unpacked := func(name string) string {
		t.Helper()
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		var r io.Reader = brotli.NewReader(bytes.NewReader(b))
		if strings.HasSuffix(name, ".gz") {
			if r, err = gzip.NewReader(bytes.NewReader(b)); err != nil {
				t.Fatal(err)
			}
		}
		plain, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		return string(plain)
	}
	check := func() {
		t.Helper()
		n := 0
		if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			name, _ := filepath.Rel(dir, path)
			ending := filepath.Ext(name)
			if err != nil || d.IsDir() || ending != ".gz" && ending != ".br" {
				return err
			}
			n++
			plain, err := os.ReadFile(strings.TrimSuffix(path, ending))
			if err != nil || unpacked(name) != string(plain) || len(plain) < 1024 {
				t.Errorf("%s is not what it is of, which has %d bytes: %v", name, len(plain), err)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if n < 20 {
			t.Errorf("%d files are compressed", n)
		}
	}
	write()
	check()
	was, err := os.Stat(filepath.Join(dir, "index.html.br"))
	if err != nil {
		t.Fatal(err)
	}
	write()
	if is, err := os.Stat(filepath.Join(dir, "index.html.br")); err != nil || !os.SameFile(was, is) {
		t.Errorf("what did not change was written again: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "alive.json.gz")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a small file is compressed: %v", err)
	}
	s.Set(content("an0th3rc0d33"))
	write()
	check()
	if !strings.Contains(unpacked("index.html.br"), "an0th3rc0d33") {
		t.Error("what is beside the home page is older")
	}
	if _, err := os.Stat(filepath.Join(dir, "incidents/s3rv1c30ttg5/index.html.gz")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is withdrawn is there: %v", err)
	}
	to, err := export.Open(t.Context(), dir) // and not compressed any more
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Export(t.Context(), to), to.Close()); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.[gb][zr]")); err != nil || len(left) > 0 {
		t.Errorf("what is older is beside it: %q, %v", left, err)
	}
	if _, err := export.Open(t.Context(), "file://"+dir+"?compress=no"); err == nil {
		t.Error("compress=no was taken")
	}
}
