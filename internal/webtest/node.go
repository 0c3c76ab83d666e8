package webtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Modules returns the folder of what npm installs from node/package.json: tools
// and clients from elsewhere that the pages and the adapters are tried with. Where
// it is not installed, or lacks one of the packages that are needed, the test is skipped, with a sentence that says how to, and fails
// instead where CI is set.
func Modules(t *testing.T, needed ...string) string {
	t.Helper()
	_, here, _, ok := runtime.Caller(0)
	dir := filepath.Join(filepath.Dir(here), "node", "node_modules")
	var err error
	for _, name := range append(needed, "axe-core") {
		_, e := os.Stat(filepath.Join(dir, name))
		err = errors.Join(err, e)
	}
	if !ok || err != nil {
		const say = "no clients from elsewhere here, so the pages were not tried with them; run: npm ci --prefix internal/webtest/node"
		if os.Getenv("CI") != "" {
			t.Fatal(say)
		}
		t.Skip(say)
	}
	return dir
}

// Node runs a script in Node, where it can require what Modules has, and returns
// what it prints. A script that fails ends the test with what it said.
func Node(t *testing.T, script string, args ...string) string {
	t.Helper()
	dir := Modules(t)
	node, err := exec.LookPath("node")
	if err != nil {
		const say = "no Node here, so clients written for it were not tried; install Debian's package nodejs"
		if os.Getenv("CI") != "" {
			t.Fatal(say)
		}
		t.Skip(say)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, append([]string{"--input-type=commonjs", "-e", script}, args...)...)
	cmd.Dir = filepath.Dir(dir)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s%s", err, out, said.String())
	}
	return strings.TrimSpace(string(out))
}

// axeRules are WCAG 2.2 at levels A and AA, and what axe calls good practice.
const axeRules = `{runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}`

// Axe runs axe-core on the page that the window shows, and returns what it finds
// wrong, a line each.
func (b *Browser) Axe() []string {
	b.t.Helper()
	source, err := os.ReadFile(filepath.Join(Modules(b.t), "axe-core", "axe.min.js"))
	if err != nil {
		b.t.Fatal(err)
	}
	var raw string
	b.Do(chromedp.Evaluate(string(source)+"\n;0", nil),
		chromedp.Evaluate(`axe.run(document, `+axeRules+`).then((r) => JSON.stringify({
			wrong: r.violations.map((v) => v.id + ": " + v.help + ": " + v.nodes.map((n) => n.target.join(" ") + " " + n.failureSummary.split("\n").slice(1).join(" ")).join("; ")),
			passed: r.passes.length}))`, &raw, chromedp.EvalAsValue, awaitPromise))
	var found struct {
		Wrong  []string
		Passed int
	}
	if err := json.Unmarshal([]byte(raw), &found); err != nil {
		b.t.Fatal(err)
	}
	if found.Passed < 10 {
		found.Wrong = append(found.Wrong, fmt.Sprintf("axe passed only %d rules: it did not see the page", found.Passed))
	}
	return found.Wrong
}
