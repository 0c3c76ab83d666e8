package secret

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

func masker(t testing.TB) *Masker {
	t.Helper()
	m, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The secrets are put together here so that no scanner of this repository, and
// no platform it is pushed to, takes them for real ones. All are made up.
var (
	awsKey    = "AKIA" + "QYLPMN5HHHFPZAM2"
	github    = "ghp_" + "x8Fq2LmZ0vKc7RtYw5NbJ3hGd1PsAe9UoI4T"
	slackBot  = "xoxb-" + "1234567890123-1234567890124-Ab1Cd2Ef3Gh4Ij5Kl6Mn7Op8"
	slackHook = "https://hooks.slack.com/" + "services/T01ABCDEF/B01GHIJKL/x8Fq2LmZ0vKc7RtYw5NbJ3hG"
	stripe    = "sk_" + "live_51H8xQ2LmZ0vKc7RtYw5NbJ3hG"
	gcp       = "AIza" + "SyD1x8Fq2LmZ0vKc7RtYw5NbJ3hGd1PsAe9"
	jwt       = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9" + ".eyJzdWIiOiIxMjM0NTY3ODkwIn0" + ".dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
	pemBody   = strings.Repeat("MIIEowIBAAKCAQEAx8Fq2LmZ0vKc7RtYw5NbJ3hGd1PsAe9UoI4Tzzzzzzzzzzzz\n", 6)
	pemBegin  = "-----BEGIN RSA " + "PRIVATE KEY-----\n"
	pemEnd    = "-----END RSA " + "PRIVATE KEY-----"
	discord   = "MTk4NjIyNDgzNDcxOTI1MjQ4" + ".Cl2FMQ" + ".ZnCjm1XVW7vRze4b7Cq4se7kKWs8xQ2L"
)

func TestMask(t *testing.T) {
	tests := []struct{ name, text, want, rules string }{
		{"AWS", "found " + awsKey + " in the log", "found [masked: AWS access token] in the log", "aws-access-token"},
		{"before a full stop", "it was " + github + ".", "it was [masked: GitHub PAT].", "github-pat"},
		{"before a comma", "rotate " + stripe + ", please", "rotate [masked: Stripe access token], please", "stripe-access-token"},
		{"in brackets", "(" + stripe + ")", "([masked: Stripe access token])", "stripe-access-token"},
		{"in code", "`" + slackBot + "`", "`[masked: Slack bot token]`", "slack-bot-token"},
		{"as a chat's link", "<" + slackHook + "|hook>", "<[masked: Slack webhook URL]|hook>", "slack-webhook-url"},
		{"GCP", "key=" + gcp + "&q=1", "key=[masked: GCP API key]&q=1", "gcp-api-key"},
		{"JWT", "curl said " + jwt, "curl said [masked: JSON web token]", "jwt"},
		{"JWT in a URL", "https://x.example/?t=" + jwt + "&x=1", "https://x.example/?t=[masked: JSON web token]&x=1", "jwt"},
		{"twice", awsKey + "\n" + awsKey, "[masked: AWS access token]\n[masked: AWS access token]", "aws-access-token aws-access-token"},
		{"once more without its context", "DB_PASSWORD=hunter-2222 tried hunter-2222 again", "DB_PASSWORD=[masked: password] tried [masked: password] again", "password-assignment password-assignment"},
		{"general", "service_token = x8Fq2LmZ0vKc7RtYw5NbJ3hG", "service_token = [masked: secret]", "generic-api-key"},
		{"private key", "see\n" + pemBegin + pemBody + pemEnd + "\nthere", "see\n[masked: private key]\nthere", "unfinished-private-key"},
		{"private key on one line", `{"private_key": "` + strings.ReplaceAll(pemBegin+pemBody+pemEnd, "\n", `\n`) + `"}`, `{"private_key": "[masked: private key]"}`, "unfinished-private-key"},
		{"private key cut off", "see\n" + pemBegin + pemBody[:100], "see\n[masked: private key]", "unfinished-private-key"},
		{"private key begun", "see " + pemBegin, "see [masked: private key]", "unfinished-private-key"},
		{"private key's end", pemBody + pemEnd + "\nthat was it", "[masked: private key]\nthat was it", "private-key-tail"},
		{"URL", "postgres://app:s3cr3t@db:5432/shop", "postgres://app:[masked: password in a URL]@db:5432/shop", "url-password"},
		{"URL, two", "redis://:abc@a amqp://u:def@b", "redis://:[masked: password in a URL]@a amqp://u:[masked: password in a URL]@b", "url-password url-password"},
		{"URL, at sign", "https://u:p@ss@h/x?mail=me@y.example", "https://u:[masked: password in a URL]@h/x?mail=me@y.example", "url-password"},
		{"URL, slash", "https://u:pa/ss@h", "https://u:[masked: password in a URL]@h", "url-password"},
		{"header", "-> Authorization: Basic dXNlcjpwYXNz", "-> Authorization: Basic [masked: authorization header]", "authorization-header"},
		{"header in JSON", `"authorization": "Bearer abcdef123456"`, `"authorization": "Bearer [masked: authorization header]"`, "authorization-header"},
		{"curl", "curl -u admin:Tr0ub4dor3 https://x.example", "curl -u [masked: credentials in a curl command] https://x.example", "curl-auth-user"},
		{"password, said", "the password: S3cr3t!x works", "the password: [masked: password] works", "password-said"},
		{"password, short", "pass: Xk29fQ2m!! for now", "pass: [masked: password] for now", "password-said"},
		{"password, quoted with blanks", `PGPASSWORD='a b c 9 d' psql`, `PGPASSWORD='[masked: password]' psql`, "password-quoted"},
		{"password, a word", "DB_PASSWORD=letmein ./run", "DB_PASSWORD=[masked: password] ./run", "password-variable"},
		{"password, an argument", "mysql -u root -phunter2 shop", "mysql -u root -p[masked: password] shop", "password-argument"},
		{"password of sshpass", "sshpass -p hunter2 ssh db1", "sshpass -p [masked: password] ssh db1", "password-argument"},
		{"Azure", "AccountName=x;AccountKey=" + strings.Repeat("Ab3+", 21) + "ab==;", "AccountName=x;AccountKey=[masked: Azure storage key];", "azure-account-key"},
		{"password in JSON", `{"password": "hunter2"}`, `{"password": "[masked: password]"}`, "password-assignment"},
		{"Discord bot", "the bot's is " + discord, "the bot's is [masked: Discord bot token]", "discord-bot-token"},
		{"Discord webhook", "https://discord.com/api/webhooks/123456789012345678/" + strings.Repeat("aB3_", 17), "https://discord.com/api/webhooks/123456789012345678/[masked: Discord webhook]", "discord-webhook"},
		{"Kubernetes", "kind: Secret\ndata:\n  user: YWRtaW4xMjM0\n  pass: aHVudGVyMjIy\n", "kind: Secret\ndata:\n  user: [masked: Kubernetes secret]\n  pass: [masked: Kubernetes secret]\n", "kubernetes-secret-data kubernetes-secret-data"},
		{"an excuse is no permit", awsKey + " # gitleaks:allow", "[masked: AWS access token] # gitleaks:allow", "aws-access-token"},
		{"other letters around", "ключ " + github + " здесь", "ключ [masked: GitHub PAT] здесь", "github-pat"},
		{"invalid text around", "\xff" + github + "\xff", "\xff[masked: GitHub PAT]\xff", "github-pat"},
	}
	m := masker(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, found := m.Mask(tt.text)
			if got != tt.want {
				t.Errorf("Mask(%q)\n got %q\nwant %q", tt.text, got, tt.want)
			}
			var rules []string
			for _, f := range found {
				rules = append(rules, f.Rule)
				if token := got[f.Start:f.End]; token != "[masked: "+f.Description+"]" {
					t.Errorf("%d:%d is %q, of %q", f.Start, f.End, token, f.Description)
				}
			}
			if r := strings.Join(rules, " "); r != tt.rules {
				t.Errorf("Mask(%q) by %q, want %q", tt.text, r, tt.rules)
			}
			if again, found := m.Mask(got); again != got {
				t.Errorf("masked twice: %q, %v", again, found)
			}
		})
	}
}

func TestMaskLeaves(t *testing.T) {
	texts := []string{
		"",
		"InnoDB: Failing assertion: templ->clust_rec_field_no != ULINT_UNDEFINED",
		"fixed in 9fceb02d0ae598e95dc970b74767f19372d61af8, see commit 9fceb02",
		"request id 014df517-39d1-4453-b7b3-9930c563627d",
		"2020-09-09T11:09:40Z mysqld[1234]: /usr/sbin/mysqld: ready for connections. Version: '10.4.13-MariaDB-log'",
		"the token bucket is empty, the API key was rotated, and the password is wrong",
		"password: required",
		`{"password": "required field", "type": "string"}`,
		"the password is required for step2 and the pass: fails",
		"mysql -u root -p shop",
		"PASSWORD=$DB_PASSWORD and password=<your password> and password=********",
		"connect to postgres://app:${PASSWORD}@db or http://localhost:8080/path@v2, mail me@example.com",
		"dump: TWFuIGlzIGRpc3Rpbmd1aXNoZWQsIG5vdCBvbmx5IGJ5IGhpcyByZWFzb24sIGJ1dCBieSB0aGlz",
		"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7",
		"http://[::1]:8080/@x",
		"kind: Deployment\n  image: YWRtaW4xMjM0\n",
		"at 11:09 CST access was slow: p99 12.5s, 503s 4.2%, key metrics below",
		strings.Repeat("x", 40_000),
	}
	m := masker(t)
	for _, text := range texts {
		if got, found := m.Mask(text); got != text || found != nil {
			t.Errorf("Mask(%.80q) = %.120q, %v", text, got, found)
		}
	}
}

// What incident texts and chats hold is not taken for secrets: at most one in a
// thousand.
func TestRealTexts(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "shared", "data", "incidents", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("the incidents to try are missing")
		}
		t.Skip("the incidents to try are not here")
	}
	m := masker(t)
	texts, masked := 0, 0
	try := func(id, text string) {
		if text == "" {
			return
		}
		texts++
		if got, found := m.Mask(text); len(found) > 0 {
			masked++
			t.Logf("%s: %v in %.200q", id, found, got)
		}
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var in struct {
			ID         string
			Updates    []struct{ Body string }
			Chat       []map[string]any
			Postmortem struct{ Markdown string }
		}
		if err := json.Unmarshal(b, &in); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, u := range in.Updates {
			try(in.ID, u.Body)
		}
		for _, c := range in.Chat {
			for _, v := range c {
				if s, ok := v.(string); ok {
					try(in.ID, s)
				}
			}
		}
		try(in.ID, in.Postmortem.Markdown)
	}
	t.Logf("%d of %d texts masked", masked, texts)
	if masked*1000 > texts {
		t.Errorf("%d of %d texts were masked, more than 1 in 1,000", masked, texts)
	}
}

// Every rule of the version in go.mod can be used, and the assumptions made
// about them hold: a later version that breaks one is seen here.
func TestRules(t *testing.T) {
	m := masker(t)
	if len(m.rules) < 200 {
		t.Fatalf("only %d rules", len(m.rules))
	}
	var generic *rule
	for _, r := range m.rules {
		r.re() // panics if it does not compile
		for _, a := range append(r.allow, m.allow...) {
			a.res()
		}
		if r.label == "" || strings.ContainsAny(r.label, "[]\n") || len(r.keywords) == 0 {
			t.Errorf("%s: label %q, keywords %v", r.id, r.label, r.keywords)
		}
		for _, k := range r.keywords {
			if k != lowerASCII(k) || slices.ContainsFunc([]byte(k), func(c byte) bool { return c >= utf8.RuneSelf }) {
				t.Errorf("%s: keyword %q is not in small ASCII letters", r.id, k)
			}
		}
		if r.generic {
			generic = r
		}
	}
	if generic == nil {
		t.Fatal("there is no general rule")
	}
	// hasToken leaves out what the general rule's allowlist refuses anyway.
	for _, s := range []string{"abcdefghijkl", "AbCd-efgh.ijkl_mn"} {
		if !slices.ContainsFunc(generic.allow, func(a *allowlist) bool { return a.allows(s, "token: "+s, "token: "+s) }) {
			t.Errorf("the general rule takes %q for a secret", s)
		}
	}
}

func TestSkip(t *testing.T) {
	m, err := New(&Options{Skip: []string{"github-pat"}})
	if err != nil {
		t.Fatal(err)
	}
	if got, found := m.Mask(github); got != github {
		t.Errorf("masked %v", found)
	}
	if _, err := New(&Options{Skip: []string{"no-such-rule"}}); err == nil || !strings.Contains(err.Error(), "no-such-rule") {
		t.Errorf("error %v", err)
	}
}

func TestConcurrent(t *testing.T) {
	m := masker(t)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for j := range 20 {
				text := fmt.Sprintf("%d %d %s %s postgres://u:p%d@h", i, j, awsKey, jwt, i)
				if got, found := m.Mask(text); len(found) != 3 || strings.Contains(got, awsKey) {
					t.Errorf("Mask(%q) = %q, %v", text, got, found)
				}
			}
		})
	}
	wg.Wait()
}

func TestWindows(t *testing.T) {
	text := "a\nb key\nc\nd\ne\nf\ng key\nh\n"
	r := &rule{keywords: []string{"key"}}
	var got []string
	for _, w := range r.windows(map[string][]int{"key": indexes(text, "key")}, lineStarts(text), len(text)) {
		got = append(got, text[w.start:w.end])
	}
	if want := []string{"a\nb key\nc\nd\n", "f\ng key\nh\n"}; !slices.Equal(got, want) {
		t.Errorf("windows %q, want %q", got, want)
	}
}

func TestLabel(t *testing.T) {
	for id, want := range map[string]string{"aws-access-token": "AWS access token", "slack-bot-token": "Slack bot token", "private-key": "private key",
		"github-oauth": "GitHub OAuth", "generic-api-key": "secret", "openai-api-key": "OpenAI API key"} {
		if got := label(id); got != want {
			t.Errorf("label(%q) = %q, want %q", id, got, want)
		}
	}
}

func FuzzMask(f *testing.F) {
	for _, s := range []string{"", "token: ", "-----BEGIN ", "curl -u a:b ", "https://u:", "\xff", "kind: Secret\n  a: ", "(((", "[masked: x] "} {
		f.Add(s, s)
	}
	m := masker(f)
	planted := []string{awsKey, github, slackBot, stripe, jwt, gcp, discord}
	f.Fuzz(func(t *testing.T, before, after string) {
		for i, secret := range planted {
			text := before + "\n" + secret + "\n" + after
			if i == len(before)%len(planted) {
				text += "\npostgres://app:" + "pl4nted-p4ss" + "@db"
			}
			got, found := m.Mask(text)
			if strings.Contains(got, secret) || strings.Contains(got, "pl4nted-p4ss") {
				t.Fatalf("Mask(%q) = %q, %v", text, got, found)
			}
			last := 0
			for _, f := range found {
				if f.Start < last || f.End > len(got) || got[f.Start:f.End] != "[masked: "+f.Description+"]" {
					t.Fatalf("Mask(%q) = %q, %+v", text, got, f)
				}
				last = f.End
			}
			if utf8.ValidString(text) && !utf8.ValidString(got) {
				t.Fatalf("Mask(%q) = %q is cut inside a character", text, got)
			}
		}
	})
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := New(nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMask(b *testing.B) {
	m := masker(b)
	for name, text := range map[string]string{
		"message":      "data checks are complete, nothing lost, nothing corrupted",
		"with-keyword": "we rotated the API key, access is back: see https://x.example/runbook",
		"with-secret":  "it was " + awsKey + ", rotate it",
		"40k-log":      strings.Repeat("2020-09-09 11:09:40 [ERROR] mysqld: InnoDB: page 4711 checksum failed\n", 570),
		"40k-keywords": strings.Repeat("the api key and token for auth password secret access -- ", 705),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				m.Mask(text)
			}
		})
	}
}
