package config

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; got:\n%s", path, got)
	}
}

func describe(t testing.TB) string {
	t.Helper()
	var b bytes.Buffer
	if err := Describe(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestDescribe(t *testing.T) {
	golden(t, "describe.yml", []byte(describe(t)))
}

// What is printed as the default is the default.
func TestDescribeIsDefault(t *testing.T) {
	c, err := Parse("describe.yml", []byte(describe(t)))
	if err != nil {
		t.Fatal(err)
	}
	c.lines = nil
	if want := Default(nil); !reflect.DeepEqual(c, want) {
		t.Errorf("the described default reads as\n%+v\nwant\n%+v", c, want)
	}
}

// With every example taken, every key is set: nothing lacks an example, and no
// example is wrong.
func TestDescribeExamples(t *testing.T) {
	text := strings.ReplaceAll(describe(t), "#:", "")
	c, err := Parse("describe.yml", []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var unset func(v reflect.Value, path string)
	unset = func(v reflect.Value, path string) {
		if v.Type().Name() == "Secret" || v.Type().Name() == "Allowed" || v.Kind() != reflect.Struct {
			if v.IsZero() {
				t.Errorf("%s has no example", path)
			}
			return
		}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.IsExported() && f.Name != "Location" {
				unset(v.Field(i), path+"."+f.Tag.Get("yaml"))
			}
		}
	}
	unset(reflect.ValueOf(c).Elem(), "")
}

// Every exported key is documented by a sentence.
func TestEveryKeyHasComment(t *testing.T) {
	lines := strings.Split(describe(t), "\n")
	key := regexp.MustCompile(`^(?:#:)?\s*[a-z_]+:`)
	for i, l := range lines {
		if !key.MatchString(l) || strings.HasPrefix(strings.TrimSpace(strings.TrimPrefix(l, "#:")), "-") {
			continue
		}
		if indented := strings.HasPrefix(strings.TrimPrefix(l, "#:"), "    ") && !strings.Contains(l, "channels"); indented {
			continue // a list's element, whose keys are described above it
		}
		if !strings.HasPrefix(strings.TrimSpace(lines[i-1]), "# ") || !strings.HasSuffix(lines[i-1], ".") {
			t.Errorf("line %d: %q has no sentence above it", i+1, l)
		}
	}
}

func TestBadFiles(t *testing.T) {
	for _, name := range []string{"bad.yml", "wrong.yml"} {
		c, err := Load(filepath.Join("testdata", name))
		var e *Error
		if !errors.As(err, &e) {
			t.Fatalf("%s: %v, %v; want an *Error", name, c, err)
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the message repeats a secret", name)
		}
		golden(t, strings.TrimSuffix(name, ".yml")+".txt", []byte(filepath.ToSlash(err.Error())+"\n"))
	}
}

func TestParse(t *testing.T) {
	const page = "page:\n  name: ChargeOver\n  url: https://status.chargeover.com\n  time_zone: America/Chicago\n  components:\n    - name: Main Application\n    - name: Payment Processing\n      group: Money\n"
	for name, text := range map[string]string{
		"plain":    page,
		"BOM":      "\ufeff" + page,
		"CRLF":     strings.ReplaceAll(page, "\n", "\r\n"),
		"document": "---\n" + page + "...\n",
		"JSON":     `{"page": {"name": "ChargeOver", "url": "https://status.chargeover.com", "time_zone": "America/Chicago", "components": [{"name": "Main Application"}, {"name": "Payment Processing", "group": "Money"}]}}`,
		"nulls":    page + "people:\nwho:\n",
	} {
		c, err := Parse(name, []byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := []Component{{Name: "Main Application"}, {Name: "Payment Processing", Group: "Money"}}
		if c.Page.Name != "ChargeOver" || c.Page.URL != "https://status.chargeover.com" || c.Page.TimeZone.String() != "America/Chicago" || !reflect.DeepEqual(c.Page.Components, want) {
			t.Errorf("%s: %+v", name, c.Page)
		}
		if len(c.Severities) != 4 || c.Command.Name != "incident" {
			t.Errorf("%s: the defaults are gone: %+v", name, c)
		}
	}
}

func TestParseEmpty(t *testing.T) {
	for _, text := range []string{"", "\n", "# nothing\n", "---\n", "\ufeff"} {
		c, err := Parse("empty.yml", []byte(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		c.lines = nil
		if !reflect.DeepEqual(c, Default(time.UTC)) {
			t.Errorf("%q is not the default: %+v", text, c)
		}
	}
}

func TestParseProblems(t *testing.T) {
	const slack = "chat:\n  slack:\n    bot_token: {env: A}\n    app_token: {env: B}\n"
	tests := []struct{ name, text, want string }{
		{"misspelled", "page:\n  name: A\n  tiem_zone: UTC", "line 3: page.tiem_zone is not a key; did you mean time_zone?"},
		{"unknown", "page:\n  name: A\n  colour: red", "line 3: page.colour is not a key; the keys here are name, url, time_zone, description, components, look, indicator, hold, templates, hosted, copies"},
		{"at the top", "pages:\n  name: A", "line 1: pages is not a key; did you mean page?"},
		{"no section", "just words", "line 1: the file must be a section with keys of its own"},
		{"a list", "page:\n  - name: A", "line 2: page must be a section with keys of its own (name, url, time_zone, description, components, look, indicator, hold, templates, hosted, copies), not a list"},
		{"no list", "page:\n  name: A\n  components: Website", `line 3: page.components must be a list, with a line that begins with "-" for each, not a text`},
		{"boolean", "page:\n  name: yes\n  description: true", "line 3: page.description must be a text, not yes or no"},
		{"no YAML", "page:\n  name: \"A\n", "this is not YAML"},
		{"tabs", "page:\n\tname: A\n", "line 2: this is not YAML"},
		{"two documents", "page:\n  name: A\n---\npage:\n  name: B\n", "a second document"},
		{"alias", "page: &p\n  name: A\ncommand: *p\n", "line 3: command is an alias (*p), which is not read here; write it out"},
		{"page without name", "page:\n  time_zone: UTC", "line 2: page.name is missing"},
		{"Local", "page:\n  name: A\n  time_zone: Local", `line 3: page.time_zone is "Local", which is no zone`},
		{"secret in the file", "room:\n  token: hunter2", "line 2: room.token is written into the file, where a secret does not belong; write {env: NAME} or {file: PATH}"},
		{"secret as a variable", "room:\n  token: {env: hunter-2}", "line 2: room.token.env is not the name of an environment variable"},
		{"secret in two places", "room:\n  token: {env: A, file: b}", "line 2: room.token must name one place"},
		{"beyond loopback", "listen:\n  room: :8081", `line 2: listen.room is ":8081", which other machines can reach; set room.token`},
		{"the same port", "listen:\n  page: 127.0.0.1:1\n  room: 127.0.0.1:1", "line 3: listen.room is \"127.0.0.1:1\", the same as listen.page"},
		{"no severities", "severities: []", "line 1: severities is empty"},
		{"half of Slack", "chat:\n  slack:\n    mode: http", "line 3: chat.slack is configured, but bot_token is missing"},
		{"a socket without its token", "chat:\n  slack:\n    bot_token: {env: A}", "line 3: chat.slack.app_token is missing; mode socket needs it"},
		{"requests that nobody can check", "chat:\n  slack:\n    bot_token: {env: A}\n    mode: http", "line 3: chat.slack.signing_secret is missing; mode http needs it"},
		{"a token in the file", "chat:\n  slack:\n    bot_token: xoxb-hunter2", "line 3: chat.slack.bot_token is written into the file, where a secret does not belong"},
		{"no mode", slack + "    mode: carrier-pigeon", `line 5: chat.slack.mode is "carrier-pigeon"; write socket or http`},
		{"no audience", slack + "    audience: all", `line 5: chat.slack.audience is "all"; write team or public`},
		{"public without a channel", slack + "    audience: public", "line 3: chat.slack.announce is missing; a public workspace hears"},
		{"a channel by name", slack + "    announce: \"#incidents\"", `line 5: chat.slack.announce is "#incidents"; write the channel's id, such as C0123456789`},
		{"a group by name", slack + "    invite: [S0123456789, \"@oncall\"]", `line 5: chat.slack.invite[1] is "@oncall"; write the user group's id`},
		{"no severity", slack + "    severities:\n      - severity: sve1", `line 6: chat.slack.severities[0].severity is "sve1", which is no severity; did you mean sev1?`},
		{"no severity at all", slack + "    severities:\n      - severity: urgent", `line 6: chat.slack.severities[0].severity is "urgent", which is no severity; write sev1, sev2, sev3 or sev4`},
		{"a severity without a name", slack + "    severities:\n      - room: none", "line 6: chat.slack.severities[0].severity is missing; write one of sev1"},
		{"a severity twice", slack + "    severities:\n      - severity: sev1\n      - severity: SEV1", `line 7: chat.slack.severities[1].severity is "SEV1", as chat.slack.severities[0].severity is already`},
		{"an unknown room", slack + "    severities:\n      - severity: sev1\n        room: forum", `line 7: chat.slack.severities[0].room is "forum"; write channel, thread or none`},
		{"perhaps", slack + "    quiet: perhaps", "line 5: chat.slack.quiet must be yes or no, not a text"},
		{"an emoji as it looks in Slack", slack + "    emoji: \":memo:\"", `line 5: chat.slack.emoji is ":memo:"; write the short name`},
		{"not encrypted", slack + "    url: http://slack.example.com", `line 5: chat.slack.url is "http://slack.example.com"; Slack calls only https`},
		{"a port that is taken", "chat:\n  slack:\n    bot_token: {env: A}\n    signing_secret: {env: B}\n    mode: http\n    listen: 127.0.0.1:8080", `line 6: chat.slack.listen is "127.0.0.1:8080", the same as listen.page`},
		{"no address", slack + "    listen: here", `line 5: chat.slack.listen is "here"; write host:port`},
		{"UTF-16", "\xff\xfep", "this is not YAML"},
		{"binary", "\x00\x01\x02", "this is not YAML"},
		{"huge", strings.Repeat("# x\n", maxSize), "larger than 1 MB"},
		{"endless", strings.Repeat("- ", 100_000), "this is not YAML"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("sitrep.yml", []byte(tt.text))
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v, want an *Error", err)
			}
			if !strings.Contains(e.Error(), tt.want) {
				t.Errorf("error\n%v\nwant\n%s", e, tt.want)
			}
			if strings.Contains(e.Error(), "hunter") {
				t.Errorf("the message repeats a secret: %v", e)
			}
		})
	}
}

func TestManyProblems(t *testing.T) {
	var b strings.Builder
	for range 150 {
		b.WriteString("x" + strings.Repeat("y", b.Len()%7) + ": 1\n")
	}
	_, err := Parse("sitrep.yml", []byte(b.String()))
	var e *Error
	if !errors.As(err, &e) || len(e.Problems) != maxProblems+1 || e.Problems[maxProblems].Text != "and 50 more" {
		t.Fatalf("error %v", err)
	}
}

func TestWho(t *testing.T) {
	c, err := Parse("sitrep.yml", []byte("people:\n  - name: Jane Doe\nwho:\n  declare: anyone\n  publish: [comms, Jane Doe]\n  redact: jane doe\n"))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name       string
		who        Allowed
		names      []string
		configured bool
		included   bool
	}{
		{"anyone", c.Who.Declare, []string{"Raj"}, true, true},
		{"by role", c.Who.Publish, []string{"Raj", "COMMS"}, true, true},
		{"by name", c.Who.Redact, []string{"Jane Doe"}, true, true},
		{"another", c.Who.Redact, []string{"Raj", "commander"}, true, false},
		{"not configured", c.Who.Private, []string{"Jane Doe"}, false, false},
	}
	for _, tt := range tests {
		if got := tt.who.Configured(); got != tt.configured {
			t.Errorf("%s: configured %v", tt.name, got)
		}
		if got := tt.who.Includes(tt.names...); got != tt.included {
			t.Errorf("%s: includes %v is %v", tt.name, tt.names, got)
		}
	}
}

func TestSecret(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"token": " s3cret\n", "empty": "\n", "sitrep.yml": "listen:\n  room: 0.0.0.0:8081\nroom:\n  token: {file: token}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Load(filepath.Join(dir, "sitrep.yml"))
	if err != nil {
		t.Fatal(err)
	}
	env := func(name string) string { return map[string]string{"TOKEN": "s3cret", "EMPTY": " "}[name] }
	tests := []struct {
		name   string
		secret Secret
		want   string
		err    string
	}{
		{"beside the configuration", c.Room.Token, "s3cret", ""},
		{"environment", Secret{Env: "TOKEN"}, "s3cret", ""},
		{"not set", Secret{}, "", ""},
		{"empty variable", Secret{Env: "EMPTY"}, "", "EMPTY is empty"},
		{"empty file", Secret{File: filepath.Join(dir, "empty")}, "", "is empty"},
		{"no file", Secret{File: filepath.Join(dir, "none")}, "", "none"},
	}
	for _, tt := range tests {
		got, err := tt.secret.Read(env)
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: %q, %v; want %q, %q", tt.name, got, err, tt.want, tt.err)
		}
	}
}

func TestSlack(t *testing.T) {
	dir := t.TempDir()
	const text = "chat:\n  slack:\n    bot_token: {file: bot}\n    app_token: {env: APP}\n    announce: C0123456789\n    room: none\n    invite: [S0000000001]\n" +
		"    quiet: yes\n    severities:\n      - severity: SEV1\n        room: channel\n        invite: [S0000000002]\n      - severity: sev2\n        invite: [S0000000003]\n"
	for name, s := range map[string]string{"bot": "xoxb-hunter2\n", "sitrep.yml": text} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Load(filepath.Join(dir, "sitrep.yml"))
	if err != nil {
		t.Fatal(err)
	}
	s := c.Chat.Slack
	if !s.On() || s.Mode != ModeSocket || s.Audience != AudienceTeam || !s.Quiet {
		t.Errorf("read as %+v", s)
	}
	for severity, want := range map[string]string{"sev1": RoomChannel, "sev2": RoomNone, "sev4": RoomNone, "": RoomNone} {
		if got := s.RoomFor(severity); got != want {
			t.Errorf("an incident of %q is worked on in %q, want %q", severity, got, want)
		}
	}
	want := map[string][]string{"": {"S0000000001"}, "sev1": {"S0000000002"}, "sev2": {"S0000000003"}}
	if got := s.Groups(); !reflect.DeepEqual(got, want) {
		t.Errorf("brought in are %v, want %v", got, want)
	}
	env := func(name string) string { return map[string]string{"APP": "xapp-hunter2"}[name] }
	if err := c.CheckSecrets(env); err != nil {
		t.Errorf("every secret is there, and: %v", err)
	}
	err = c.CheckSecrets(func(string) string { return "" })
	if err == nil || err.Error() != "chat.slack.app_token: the environment variable APP is empty or not set" {
		t.Errorf("error %v", err)
	}
	if d := Default(nil); d.Chat.Slack.On() || len(d.Chat.Slack.Groups()) > 0 || d.CheckSecrets(env) != nil {
		t.Error("the default has Slack")
	}
}

func TestLoadMissing(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "none.yml"))
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

func TestCheckAfterFlag(t *testing.T) {
	c := Default(nil)
	if p := c.Check(); len(p) != 0 {
		t.Fatalf("the default has problems: %v", p)
	}
	c.Listen.Room = "192.0.2.1:80"
	if p := c.Check(); len(p) != 1 || !strings.Contains(p[0].String(), "set room.token") {
		t.Errorf("problems %v", p)
	}
}

func TestLoopback(t *testing.T) {
	for address, want := range map[string]bool{"127.0.0.1:80": true, "127.8.8.8:0": true, "[::1]:80": true, "localhost:80": true,
		":80": false, "0.0.0.0:80": false, "[::]:80": false, "example.com:80": false, "127.0.0.1": false, "": false} {
		if got := Loopback(address); got != want {
			t.Errorf("Loopback(%q) = %v", address, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(describe(f)))
	f.Add([]byte(strings.ReplaceAll(describe(f), "#:", "")))
	for _, name := range []string{"bad.yml", "wrong.yml"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Parse("fuzz.yml", b)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || len(e.Problems) == 0 {
				t.Fatalf("%v is not an *Error with problems", err)
			}
			return
		}
		if p := c.Check(); len(p) > 0 {
			t.Fatalf("accepted, but: %v", p)
		}
	})
}

// TestCheckAgain: a file that was right is right when it is checked again after a
// flag has changed something, wherever it lies.
func TestCheckAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sitrep.yml")
	if err := os.WriteFile(file, []byte("page:\n  name: Example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	c.Listen.Page = "127.0.0.1:8888"
	if problems := c.Check(); len(problems) > 0 {
		t.Errorf("%v", problems)
	}
}
