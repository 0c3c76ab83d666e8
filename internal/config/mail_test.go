package config

import (
	"strings"
	"testing"
)

// What is wrong with the way to a mail server, or with who may subscribe, is said
// by its key.
func TestMail(t *testing.T) {
	const good = `mail: {server: "smtp.example.com:587", from: "Example <status@example.com>"}`
	c, err := Parse("sitrep.yml", []byte(good))
	if err != nil || !c.Mail.On() || !c.Subscribers.On(&c.Mail) || c.Mail.Security != SecurityStartTLS {
		t.Fatalf("%+v, %v", c, err)
	}
	for _, tt := range []struct{ text, want string }{
		{`mail: {from: "status@example.com"}`, "mail is configured, but server is missing"},
		{`mail: {server: smtp.example.com, from: "a@example.com"}`, `mail.server is "smtp.example.com"; write host:port`},
		{`mail: {server: ":25", from: "a@example.com"}`, `mail.server is ":25"; write host:port`},
		{`mail: {server: "x:25"}`, "mail.from is missing"},
		{`mail: {server: "x:25", from: nobody}`, `mail.from is "nobody"; write an address`},
		{`mail: {server: "x:25", from: "a@example.com", bounces: x}`, `mail.bounces is "x"`},
		{`mail: {server: "x:25", from: "a@example.com", security: ssl}`, `mail.security is "ssl"; write starttls, tls or none`},
		{`mail: {server: "x:25", from: "a@example.com", user: u}`, "mail.password is missing"},
		{`mail: {server: "x:25", from: "a@example.com", password: {env: X}}`, "mail.user is missing"},
		{`mail: {server: "x:25", from: "a@example.com", user: u, password: {env: X}, security: none}`, "mail.security is none, so the password could be read"},
		{`mail: {server: "x:25", from: "a@example.com", user: u, password: secret}`, "mail.password is written into the file"},
		{`subscribers: {url: status}`, `subscribers.url is "status"`},
		{`subscribers: {proxies: [10.0.0.0/8, here]}`, `subscribers.proxies has "here" as its entry 2`},
	} {
		if _, err := Parse("sitrep.yml", []byte(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.text, err, tt.want)
		}
	}
	c, err = Parse("sitrep.yml", []byte("subscribers: {webhooks: yes, proxies: [10.0.0.0/8, 192.0.2.1]}"))
	if err != nil || !c.Subscribers.On(&c.Mail) || len(c.Subscribers.Prefixes()) != 2 || c.Subscribers.Prefixes()[1].String() != "192.0.2.1/32" {
		t.Errorf("%+v, %v", c, err)
	}
}
