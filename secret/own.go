package secret

import (
	"regexp"
	"strings"
	"unicode"
)

// ownRules are for what people paste into a chat and gitleaks has no rule for,
// or one that needs the whole file. Each says why it is here.
func ownRules() []*rule {
	own := func(id, label, pattern string, keywords ...string) *rule {
		return &rule{id: id, label: label, own: true, multiline: spansLines(pattern), re: lazily(pattern), keywords: keywords}
	}
	plain := func(r *rule) *rule {
		r.accept = notPlaceholder
		return r
	}
	return []*rule{
		// gitleaks wants the END line. A message may end before it, or be the
		// second half of one that was too long.
		own("unfinished-private-key", "private key",
			`(?is)-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----|\z)`, "private key"),
		overLines(own("private-key-tail", "private key",
			`(?i)(?:[A-Z0-9+/=]{16,}(?:\s|\\n|>)*)+-----END[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----`, "private key")),

		// RFC 3986 user information. The first takes passwords with an "@" in
		// them, the second those with a "/" that should have been escaped.
		plain(own("url-password", "password in a URL",
			"(?i)\\b[a-z][a-z0-9+.-]{1,30}://[^\\s/?#:@\"'<>`]*:([^\\s/?#\"'<>`]+)@", "://")),
		urlPasswordWithSlash(own("url-password", "password in a URL",
			"(?i)\\b[a-z][a-z0-9+.-]{1,30}://[^\\s/?#:@\\[\"'<>`]*:([^\\s@\"'<>`]+)@", "://")),

		// An HTTP header outside a curl command.
		plain(own("authorization-header", "authorization header",
			"(?i)\\bauthorization[\"']?\\s*[:=]\\s*[\"']?(?:bearer|basic|token|bot|apikey)\\s+([\\w.~+/=:-]{8,})", "authorization")),

		// DB_PASSWORD=…, --password=…, "password": "…": short ones too, which
		// the general rule takes for words.
		assigned(own("password-assignment", "password",
			"(?i)(?:\\b|_|-)(?:password|passwd|pgpassword|mysql_pwd)[\"']?\\s*(?:=|:=|:\\s?[\"'])\\s*[\"']?([^\\s\"'`,;&<>|)]{6,})", "passw", "mysql_pwd")),

		// "password: S3cr3t!x", a quoted one with blanks, and one word of small
		// letters after NAME_PASSWORD=, which no sentence has.
		sentence(own("password-said", "password",
			"(?i)(?:\\b|_|-)(?:password|passwd|passphrase|passwort|pass|pwd)[\"']?\\s*(?:is\\s+|:\\s*|=\\s*)([^\\s\"'`,;<>|)]{6,})", "passw", "passphrase", "pass:", "pass=", "pwd")),
		assigned(own("password-quoted", "password",
			"(?i)(?:\\b|_|-)(?:password|passwd|pgpassword|mysql_pwd|pwd)[\"']?\\s*[:=]\\s*(?:\"([^\"\\n]{6,})\"|'([^'\\n]{6,})')", "passw", "pwd")),
		plain(own("password-variable", "password",
			`\b[A-Z][A-Z0-9_]*_?(?:PASSWORD|PASSWD|PWD)=([^\s"'`+"`"+`,;&<>|)]{4,})`, "password=", "passwd=", "pwd=")),
		plain(own("password-argument", "password",
			`(?i)\b(?:mysql|mysqldump|mariadb|mysqladmin)\b[^\n|;]*?\s-p([^\s"']{4,})|\bsshpass\s+-p\s*["']?([^\s"']{4,})`, "mysql", "mariadb", "sshpass")),
		own("azure-account-key", "Azure storage key", `(?i)\bAccountKey=([A-Za-z0-9+/]{40,}={0,2})`, "accountkey="),

		// Discord's own tokens: three parts, the first an id in base64.
		own("discord-bot-token", "Discord bot token", `\b([MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40})`, "."),
		own("discord-webhook", "Discord webhook", `(?i)\bdiscord(?:app)?\.com/api/(?:v\d+/)?webhooks/\d{15,22}/([\w-]{40,90})`, "/webhooks/"),

		// gitleaks' rule holds for files, and for the first value only.
		ofKubernetes(own("kubernetes-secret-data", "Kubernetes secret",
			`(?m)^[ \t]+[\w.-]+:[ \t]*["']?([A-Za-z0-9+/]{8,}={0,2})["']?[ \t]*\r?$`, "kind: secret")),
	}
}

// notPlaceholder refuses what stands where a secret would: $PASSWORD, <token>,
// ****, xxxx, {{ .Values.token }}, or an earlier mask.
func notPlaceholder(s string) bool {
	if strings.ContainsAny(s[:1], "$<{%[") {
		return false
	}
	return strings.Trim(s, "*xX.•…-_") != ""
}

func assigned(r *rule) *rule {
	r.accept = func(s string) bool {
		// A word in small letters is a sentence's ("password: required").
		return notPlaceholder(s) && strings.Trim(strings.ToLower(s), " abcdefghijklmnopqrstuvwxyz.!?()") != ""
	}
	return r
}

// sentence takes what no sentence has after "password:" or "password is": a word
// with letters and digits in it.
func sentence(r *rule) *rule {
	r.accept = func(s string) bool {
		return notPlaceholder(s) && strings.ContainsAny(s, "0123456789") && strings.IndexFunc(s, unicode.IsLetter) >= 0 && !strings.Contains(s, "://")
	}
	return r
}

func overLines(r *rule) *rule {
	r.multiline = true
	return r
}

// ofKubernetes looks at every line of a text that has a Secret in it somewhere,
// and takes what is whole base64.
func ofKubernetes(r *rule) *rule {
	r.accept = func(s string) bool { return len(s)%4 == 0 }
	return overLines(r)
}

var portAndPath = regexp.MustCompile(`^\d{1,5}[/?#]`)

func urlPasswordWithSlash(r *rule) *rule {
	r.accept = func(s string) bool { return notPlaceholder(s) && !portAndPath.MatchString(s) }
	return r
}
