package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sitrep/internal/fakesmtp"
)

// typed runs the program with something on its standard input.
func typed(t *testing.T, stdin string, args ...string) (code int, said string) {
	t.Helper()
	var out bytes.Buffer
	p := &program{stdin: strings.NewReader(stdin), stdout: &out, stderr: &out, getenv: func(string) string { return "" }}
	return p.run(context.Background(), args), out.String()
}

func post(t *testing.T, address string, form url.Values) {
	t.Helper()
	resp, err := http.PostForm(address, form)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %s, %v", address, resp.Status, err)
	}
}

// TestSubscribersCommand works on the subscribers of a page that runs in earnest,
// and then on the file itself.
func TestSubscribersCommand(t *testing.T) {
	dir := t.TempDir()
	db, file := filepath.Join(dir, "sitrep.db"), filepath.Join(dir, "sitrep.yml")
	server := fakesmtp.New(t, nil)
	if err := os.WriteFile(file, fmt.Appendf(nil, `page: {name: Example, hold: 0s, components: [{name: Website}]}
mail: {server: %q, security: none, from: "Example <status@example.com>"}
listen: {page: "127.0.0.1:0", room: "127.0.0.1:0"}
`, server.Addr), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, said := typed(t, "", "subscribers", "list", "--db", db); code != 1 || !strings.Contains(said, "there is no") {
		t.Errorf("of no file: %d %s", code, said)
	}
	s := start(t, "serve", "--config", file, "--db", db)
	link := regexp.MustCompile(`http://\S+/subscriptions/\S+`)
	for i, who := range []string{"jane@example.net", "eve@example.net"} {
		post(t, s.page+"/subscribe", url.Values{"email": {who}})
		confirm := link.FindString(server.Await(t, i+1)[i].Text)
		post(t, s.page+confirm[strings.Index(confirm, "/subscriptions/"):], nil)
	}
	expect := func(stdin string, want int, words string, args ...string) {
		t.Helper()
		if code, said := typed(t, stdin, append(append([]string{"subscribers"}, args...), "--db", db)...); code != want || !strings.Contains(said, words) {
			t.Errorf("%q: %d %s, want %q", args, code, said, words)
		}
	}
	expect("", 0, "2 by mail, 0 by webhook; 0 asked", "list")
	expect("", 1, "Nobody subscribes with that address", "release", "nobody@example.net")
	expect("", 1, "is not in quarantine", "release", "jane@example.net")
	expect("Subject: hello\n\nI am away.", 1, "no report of a delivery", "bounced")

	expect("", 0, "is erased from the file", "erase", "eve@example.net")
	expect("", 0, "1 by mail", "list")
	if code := s.stop(); code != 0 {
		t.Fatalf("it ended with %d", code)
	}
	expect("", 0, "1 by mail, 0 by webhook; 0 asked", "list")
	expect("", 1, "no report of a delivery", "bounced")
	expect("", 0, "is erased from the file", "erase", "Jane@Example.net")
	expect("", 0, "0 by mail", "list")
	if code, said := typed(t, "", "log", "verify", "--db", db); code != 0 {
		t.Errorf("the log does not verify: %s", said)
	}
	for _, name := range []string{db, db + ".mark"} {
		if b, err := os.ReadFile(name); err != nil || bytes.Contains(bytes.ToLower(b), []byte("@example.net")) {
			t.Errorf("%s has an address in it, %v", name, err)
		}
	}
}
