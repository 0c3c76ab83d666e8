package config

import (
	"net/mail"
	"net/netip"
	"reflect"
	"strings"
)

// The words of mail.security.
const (
	SecurityStartTLS = "starttls"
	SecurityTLS      = "tls"
	SecurityNone     = "none"
)

// Mail is the way to a mail server.
type Mail struct {
	// Where mail is handed in: host:port.
	Server string `yaml:"server" example:"smtp.example.com:587"`

	// How the connection is protected: starttls, tls (from the beginning, usually
	// on port 465), or none, for a server on this machine.
	Security string `yaml:"security"`

	// The account there. Left out, there is none.
	User string `yaml:"user" example:"status@example.com"`

	// Its password. Name where it is, never the password itself.
	Password Secret `yaml:"password" example:"{env: SITREP_MAIL_PASSWORD}"`

	// Who mails are from.
	From string `yaml:"from" example:"Example Status <status@example.com>"`

	// Where answers go. Left out, it is the same.
	ReplyTo string `yaml:"reply_to" example:"help@example.com"`

	// Where mail goes back to that cannot be delivered. Left out, it is the
	// sender's address.
	Bounces string `yaml:"bounces" example:"bounces@example.com"`
}

// Subscribers says who may subscribe to the page, and how.
type Subscribers struct {
	// Where people reach the forms and the links in mails. Left out, it is
	// page.url. Where copies of the page are served in its place, it is the
	// address of sitrep itself.
	URL string `yaml:"url" example:"https://subscribe.example.com"`

	// Whether addresses of programs may subscribe (webhooks).
	Webhooks bool `yaml:"webhooks" example:"yes"`

	// What links are signed with: at least 16 characters that nobody can guess.
	// Left out, it is made once and kept in a file beside the log. Who replaces
	// it makes every link in every mail useless.
	Key Secret `yaml:"key" example:"{file: links.key}"`

	// The networks of the proxies in front of the page, whose X-Forwarded-For is
	// believed. Without them everybody behind a proxy counts as one client, and
	// soon asks too much.
	Proxies []string `yaml:"proxies" example:"[10.0.0.0/8]"`
}

// On reports whether a mail server is configured at all.
func (m *Mail) On() bool { return m.Server != "" }

// On reports whether anybody may subscribe.
func (s *Subscribers) On(m *Mail) bool { return s.Webhooks || m.On() }

// Prefixes are the proxies' networks. What cannot be read was a problem of
// [Config.Check].
func (s *Subscribers) Prefixes() []netip.Prefix {
	var out []netip.Prefix
	for _, text := range s.Proxies {
		if p, ok := network(text); ok {
			out = append(out, p)
		}
	}
	return out
}

// network reads a network, or a single address.
func network(text string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(text)
	return p, err == nil
}

// mail holds that the server is configured whole or not at all.
func (k *checker) mail(m *Mail) {
	if !m.On() {
		rest := *m
		rest.Password.dir = ""
		if !reflect.DeepEqual(rest, Default(nil).Mail) {
			k.problem("mail", "is configured, but server is missing; say where mail is handed in, or remove the rest")
		}
		return
	}
	k.address("mail.server", m.Server)
	if strings.HasPrefix(m.Server, ":") {
		k.problem("mail.server", "is %q; write host:port, such as smtp.example.com:587", short(m.Server))
	}
	k.choice("mail.security", m.Security, SecurityStartTLS, SecurityTLS, SecurityNone)
	switch {
	case m.Password.IsSet() && m.User == "":
		k.problem("mail.user", "is missing; the password is of an account")
	case m.User != "" && !m.Password.IsSet():
		k.problem("mail.password", "is missing; the account %q has one", short(m.User))
	case m.User != "" && m.Security == SecurityNone:
		k.problem("mail.security", "is none, so the password could be read on its way; write starttls or tls")
	}
	if m.From == "" {
		k.problem("mail.from", "is missing; write who mails are from")
	}
	for _, a := range []struct{ key, value string }{{"from", m.From}, {"reply_to", m.ReplyTo}, {"bounces", m.Bounces}} {
		if _, err := mail.ParseAddress(a.value); a.value != "" && err != nil {
			k.problem("mail."+a.key, "is %q; write an address such as Example Status <status@example.com>", short(a.value))
		}
	}
}

func (k *checker) subscribers(c *Config) {
	s := &c.Subscribers
	k.url("subscribers.url", s.URL)
	for i, text := range s.Proxies {
		if _, ok := network(text); !ok {
			k.problem("subscribers.proxies", "has %q as its entry %d; write a network such as 10.0.0.0/8", short(text), i+1)
		}
	}
}
