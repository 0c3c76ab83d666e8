package subscriber

import (
	"net/mail"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/idna"
)

// A Channel is how a subscriber is told.
type Channel string

// The channels.
const (
	Mail    Channel = "mail"
	Webhook Channel = "webhook"
)

// A Subscriber is one address and what it wants. It never changes; the registry
// puts another in its place.
type Subscriber struct {
	ID       string    `json:"id"`
	Channel  Channel   `json:"channel"`
	Address  string    `json:"address"`
	Language string    `json:"language,omitempty"`
	Choice   Choice    `json:"choice,omitzero"`
	Number   int       `json:"number,omitempty"` // from its first confirmation on, dense from 1; 0 before
	Since    time.Time `json:"since,omitzero"`   // when it was last confirmed
	Ask      uint64    `json:"ask"`              // the number in its stream of the last request
	Pending  Choice    `json:"pending,omitzero"` // and what it asked for
	Asked    time.Time `json:"asked"`            // and when that was
	Recent   int       `json:"recent,omitempty"` // requests within a day before that one
	Left     time.Time `json:"left,omitzero"`    // when it left; it is told nothing since
	Stopped  string    `json:"stopped,omitempty"`
	Last     uint64    `json:"last"` // the last record of its stream
}

// Active reports whether it is told what happens.
func (s *Subscriber) Active() bool {
	return s != nil && s.Number > 0 && !s.Since.IsZero() && s.Left.IsZero() && s.Stopped == ""
}

// Masked is the address so that its owner knows it, and nobody else learns it:
// j…@example.com, or the host of a webhook.
func (s *Subscriber) Masked() string {
	if s.Channel == Webhook {
		if u, err := url.Parse(s.Address); err == nil {
			return u.Scheme + "://" + u.Host + "/…"
		}
		return "…"
	}
	local, domain, _ := strings.Cut(s.Address, "@")
	for i := range local {
		if i > 0 {
			local = local[:i]
			break
		}
	}
	return local + "…@" + domain
}

// key is what an address is found by: people write theirs in upper and lower
// case as it comes.
func key(c Channel, address string) string {
	if c == Mail {
		address = strings.ToLower(address)
	}
	return string(c) + " " + address
}

// Limits of addresses, in bytes: RFC 5321, 4.5.3.1.3, and what every server
// takes of an address line.
const (
	maxMail    = 254
	maxWebhook = 2000
)

// CleanMail reads a mail address as a person types it; ok is false if it is
// none. Its domain is put into the form that mail servers know (RFC 5891).
func CleanMail(typed string) (address string, ok bool) {
	typed = strings.TrimSpace(typed)
	if strings.ContainsAny(typed, "<>\"(), \t\r\n\\") {
		return "", false
	}
	at := strings.LastIndexByte(typed, '@')
	if at < 1 {
		return "", false
	}
	domain, err := idna.Lookup.ToASCII(strings.TrimSuffix(typed[at+1:], "."))
	if err != nil || !strings.Contains(domain, ".") {
		return "", false
	}
	if _, err := netip.ParseAddr(domain); err == nil {
		return "", false
	}
	address = typed[:at] + "@" + strings.ToLower(domain)
	a, err := mail.ParseAddress(address)
	if err != nil || a.Address != address || len(address) > maxMail || at > 64 {
		return "", false
	}
	for _, c := range address[:at] { // what a server without SMTPUTF8 takes
		if c > 126 || c < 33 {
			return "", false
		}
	}
	return address, true
}

// CleanWebhook reads the address of a webhook; ok is false if it is none that
// is called: https, a host with a dot, no user, no fragment. Where it leads to
// is checked when it is dialed.
func CleanWebhook(typed string) (address string, ok bool) {
	u, err := url.Parse(strings.TrimSpace(typed))
	if err != nil || u.Scheme != "https" || u.User != nil || u.Fragment != "" || !strings.Contains(u.Hostname(), ".") {
		return "", false
	}
	host, err := idna.Lookup.ToASCII(u.Hostname())
	if err != nil {
		return "", false
	}
	if host = strings.ToLower(host); u.Port() != "" && u.Port() != "443" {
		host += ":" + u.Port()
	}
	u.Host = host
	if address = u.String(); len(address) > maxWebhook {
		return "", false
	}
	return address, true
}
