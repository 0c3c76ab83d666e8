package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const bouncer = `[09:57:10] <mon> ALERT: error rate of checkout above 5 %
[09:58:00] <ana> looking, can you see the pool?
[10:02:00] <ben> found it: the new worker takes all connections, token ghp_16C7e42F292c6912E7710c838347Ae178B4a
[10:03:00] *** carol joined
[10:06:00] <ana> decision: we roll the worker back
[10:11:30] <ben> rolled back the worker
[10:14:00] <ana> errors are gone, checkout is back to normal
`

func TestDraftOfALog(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "#checkout-20240305.log")
	if err := os.WriteFile(file, []byte(bouncer), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	code, stdout, stderr := run(t, "draft", file, "--zone", "Europe/Berlin", "--title", "Checkout failed", "--out", out)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	if !strings.Contains(stdout, "Drafted from 6 messages") {
		t.Errorf("it said %q", stdout)
	}
	markdown := read(t, out, "postmortem", "INC-1.md")
	for _, want := range []string{
		"# Checkout failed", "All times are CET (Europe/Berlin).", "In #checkout-20240305 six messages were said on Mar 05, 2024, from 09:57 to 10:14.",
		"it was noticed at 09:57", "the cause was found at 10:02 (after 4 min", "At 10:06 ana wrote: “we roll the worker back”.", "it was mitigated at 10:11",
	} {
		if !strings.Contains(markdown, want) {
			t.Errorf("the draft does not say %q", want)
		}
	}
	for _, never := range []string{"ghp_16C7e42F292c6912E7710c838347Ae178B4a", "declared", "sitrep draft", "Nothing was published", "still open"} {
		if strings.Contains(markdown, never) {
			t.Errorf("the draft says %q", never)
		}
	}
	if t.Failed() {
		t.Log(markdown)
	}
	var facts struct{ Facts, Evidence map[string]any }
	if err := json.Unmarshal([]byte(read(t, out, "postmortem", "INC-1.json")), &facts); err != nil {
		t.Fatal(err)
	}
	if facts.Facts["detected"] != "2024-03-05T09:57:10+01:00" || facts.Facts["start"] != nil {
		t.Errorf("facts: %v", facts.Facts)
	}
	if html := read(t, out, "postmortem", "INC-1.html"); !strings.Contains(html, "<h1>Checkout failed</h1>") {
		t.Error("the page has no title")
	}
	if n := strings.Count(read(t, out, "timeline", "INC-1.jsonl"), "\n"); n < 6 {
		t.Errorf("the timeline has %d entries", n)
	}
}

func TestDraftRefuses(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "chat.log")
	if err := os.WriteFile(file, []byte(bouncer), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{nil, "say the first day with --day"},
		{[]string{"--day", "5 March"}, "write 2024-03-05"},
		{[]string{"--day", "2024-03-05", "--channel", "nope"}, `no channel "nope"`},
		{[]string{"--day", "2024-03-05", "--zone", "Moon"}, "write one like Europe/Berlin"},
		{[]string{"--day", "2024-03-05", "--zone", "UTC", "--from", "10:20"}, "nothing was said in chat then"},
		{[]string{"--day", "2024-03-05", "--from", "teatime"}, "--from"},
	} {
		code, _, stderr := run(t, append([]string{"draft", file, "--out", filepath.Join(dir, "out")}, tt.args...)...)
		if code != 1 || !strings.Contains(stderr, tt.want) {
			t.Errorf("%q: exit %d, %s; want %q", tt.args, code, stderr, tt.want)
		}
	}
}
