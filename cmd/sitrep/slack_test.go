package main

import (
	"bytes"
	"context"
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"sitrep/bot/slack"
	"sitrep/internal/fakeslack"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const slackConfig = `chat:
  slack:
    bot_token: {env: BOT}
    app_token: {file: app-token}
    announce: C0123456789
    invite: [S0123456789]
    severities:
      - severity: sev1
        invite: [S0123456789, S0000000001]
command:
  name: inc
`

// files writes files into a new folder.
func files(t *testing.T, content map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range content {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Slack takes the manifest of every configuration.
func TestManifests(t *testing.T) {
	dir := files(t, map[string]string{"sitrep.yml": slackConfig, "public.yml": "chat:\n  slack:\n    bot_token: {env: BOT}\n    app_token: {env: APP}\n    audience: public\n    announce: C0123456789\n"})
	schema := slackSchema(t)
	for name, tt := range map[string]struct {
		args  []string
		has   string
		never string
	}{
		"by a configuration": {[]string{"--config", filepath.Join(dir, "sitrep.yml")}, "command: /inc\n", "request_url"},
		"by flags":           {[]string{"--command", "/major", "--url", "https://slack.example.com"}, "command: /major\n      url: https://slack.example.com/slack/commands\n", "socket_mode_enabled: true"},
		"flags win":          {[]string{"--config", filepath.Join(dir, "sitrep.yml"), "--command", "outage"}, "command: /outage\n", "/inc\n"},
		"public":             {[]string{"--config", filepath.Join(dir, "public.yml")}, "- chat:write\n", "slash_commands"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errs := run(t, append([]string{"manifest"}, tt.args...)...)
			if code != 0 {
				t.Fatal(errs)
			}
			if !strings.Contains(out, tt.has) || strings.Contains(out, tt.never) {
				t.Errorf("it is\n%s", out)
			}
			var doc any
			if err := yaml.Unmarshal([]byte(out), &doc); err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(doc); err != nil {
				t.Errorf("Slack would refuse it: %v", err)
			}
		})
	}
}

func TestManifestRefuses(t *testing.T) {
	dir := files(t, map[string]string{"http.yml": "chat:\n  slack:\n    bot_token: {env: BOT}\n    signing_secret: {env: SECRET}\n    mode: http\n"})
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--command", "Incident!"}, `command.name is "Incident!"; write at most 32 of a-z`},
		{[]string{"--url", "http://slack.example.com"}, "Slack calls only https"},
		{[]string{"--config", filepath.Join(dir, "http.yml")}, "chat.slack.url is missing. Say how Slack finds sitrep from outside"},
		{[]string{"--config", filepath.Join(dir, "none.yml")}, "none.yml"},
	} {
		for _, command := range [][]string{{"manifest"}, {"setup", "slack"}} {
			code, out, errs := run(t, append(command, tt.args...)...)
			if code != 1 || out != "" || !strings.Contains(errs, tt.want) {
				t.Errorf("%v %v: exit %d, %q, %q", command, tt.args, code, out, errs)
			}
		}
	}
}

func TestSetupSlack(t *testing.T) {
	dir := files(t, map[string]string{"sitrep.yml": slackConfig})
	for name, args := range map[string][]string{
		"setup-slack":      nil,
		"setup-slack-http": {"--url", "https://slack.example.com"},
		"setup-slack-own":  {"--config", filepath.Join(dir, "sitrep.yml")},
	} {
		code, out, errs := run(t, append([]string{"setup", "slack"}, args...)...)
		if code != 0 {
			t.Fatal(errs)
		}
		var link string
		for line := range strings.Lines(out) {
			if strings.HasPrefix(line, "https://") {
				link = strings.TrimSpace(line)
			}
		}
		u, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		code, text, errs := run(t, append([]string{"manifest"}, args...)...)
		if code != 0 {
			t.Fatal(errs)
		}
		var want, got any
		if err := yaml.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal([]byte(u.Query().Get("manifest_json")), &got); err != nil { // JSON is YAML
			t.Fatal(err)
		}
		if err := slackSchema(t).Validate(got); err != nil {
			t.Errorf("%s: Slack would refuse it: %v", name, err)
		}
		steps := strings.ReplaceAll(strings.ReplaceAll(out, link, "LINK"), dir+string(filepath.Separator), "")
		path := filepath.Join("testdata", name+".txt")
		if *update {
			if err := os.WriteFile(path, []byte(steps), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		golden, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if steps != string(golden) {
			t.Errorf("%s differs; got:\n%s", path, steps)
		}
	}
}

// checkSlackAt runs the command against a fake.
func checkSlackAt(t *testing.T, f *fakeslack.Fake, file string, env map[string]string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	p := &program{stdout: &stdout, stderr: &stderr, getenv: func(name string) string { return env[name] }, slack: slack.CheckOptions{API: f.URL()}}
	code = p.run(context.Background(), []string{"check", "slack", "--config", file})
	for _, s := range []string{stdout.String(), stderr.String()} {
		if strings.Contains(s, "hunter2") {
			t.Errorf("a token is printed: %s", s)
		}
	}
	return code, stdout.String(), stderr.String()
}

func TestCheckSlack(t *testing.T) {
	f := fakeslack.New(fakeslack.Workspace{
		BotToken: "xoxb-hunter2", AppToken: "xapp-hunter2", Scopes: slack.NewManifest(nil).OAuth.Scopes.Bot, Users: []fakeslack.User{{Name: "ada"}},
		Channels: []fakeslack.Channel{{ID: "C0123456789", Name: "incidents", Members: []string{"sitrep"}}},
		Groups:   []fakeslack.Group{{ID: "S0123456789", Handle: "oncall"}, {ID: "S0000000001", Handle: "leads"}},
	}, nil)
	defer f.Close()
	f.Listen()
	dir := files(t, map[string]string{"sitrep.yml": slackConfig, "app-token": "xapp-hunter2\n", "off.yml": "page:\n  name: A\n", "half.yml": "chat:\n  slack:\n    bot_token: {env: BOT}\n"})
	env := map[string]string{"BOT": "xoxb-hunter2"}
	code, out, errs := checkSlackAt(t, f, filepath.Join(dir, "sitrep.yml"), env)
	if code != 0 || errs != "" || strings.Count(out, "ok   ") != 6 || !strings.Contains(out, "ok   User groups to be brought in: @oncall, @leads.\n") {
		t.Errorf("all is well, and: exit %d, %s%s", code, out, errs)
	}
	f.Archive("incidents", "ada")
	code, out, errs = checkSlackAt(t, f, filepath.Join(dir, "sitrep.yml"), env)
	if code != 1 || errs != "sitrep: one thing is to be put right; it says FIX above\n" || !strings.Contains(out, "FIX  The announcement channel #incidents is archived") {
		t.Errorf("an archived channel: exit %d, %s%s", code, out, errs)
	}
	for _, tt := range []struct {
		file string
		env  map[string]string
		want string
	}{
		{"sitrep.yml", map[string]string{"BOT": "xoxp-hunter2"}, "FIX  The bot token is of another kind (xoxp-)"},
		{"sitrep.yml", map[string]string{"BOT": "xoxb-2-hunter2"}, "FIX  Slack does not know the bot token"},
		{"sitrep.yml", nil, "sitrep: chat.slack.bot_token: the environment variable BOT is empty or not set\n"},
		{"off.yml", env, "off.yml has no chat.slack.bot_token, so there is nothing to check. See sitrep setup slack\n"},
		{"half.yml", env, "chat.slack.app_token is missing"},
	} {
		code, out, errs := checkSlackAt(t, f, filepath.Join(dir, tt.file), tt.env)
		if code != 1 || !strings.Contains(out+errs, tt.want) {
			t.Errorf("%s: exit %d, %s%s", tt.file, code, out, errs)
		}
	}
}
