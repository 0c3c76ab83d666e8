package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"os"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"sitrep/notify/outbox"
	"sitrep/status"
	"sitrep/subscriber"
)

// How a connection is protected.
const (
	StartTLS = "starttls" // plain at first, then TLS, or not at all
	TLS      = "tls"      // from the beginning
	Plain    = "none"     // for a server on this machine
)

// A Server is where mail is handed in.
type Server struct {
	Host           string
	Port           int    // 587, or 465 for TLS, if zero
	Security       string // StartTLS if empty
	User, Password string // no authentication if empty
}

// ParseServer reads host:port.
func ParseServer(address string) (Server, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return Server{}, fmt.Errorf("mail server %q: %w", address, err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return Server{}, fmt.Errorf("mail server %q: %w", address, err)
	}
	return Server{Host: host, Port: n}, nil
}

// A Sender is who mails are from.
type Sender struct {
	From    string // "Example Status <status@example.com>"
	ReplyTo string // where answers go; From if empty
	Bounces string // where undeliverable mail goes back to; From's address if empty
}

// Options are the optional parts of a Carrier. Nil and the zero value are
// usable.
type Options struct {
	Timeout time.Duration // of one step of the conversation; 30 s if zero
	TLS     *tls.Config   // the machine's own authorities if nil
	Log     *slog.Logger
}

// batch is how many mails are sent before what was done is kept: so many may be
// sent again after a power cut, and so rarely is the place written.
const batch = 200

// inARow is after how many refusals of one after another it is the server that
// is looked at, and not the addresses.
const inARow = 10

// A Carrier sends mails.
type Carrier struct {
	client *gomail.Client
	site   *status.Site
	door   subscriber.Entrance
	now    func() time.Time
	sender Sender
	from   *mail.Address
	host   string // of Message-IDs
	slog   *slog.Logger

	open    bool            // the client has a connection
	written map[body]*sheet // stories as they were written lately
}

// New returns a carrier to a server. The error says what of the server or the
// sender cannot be used. now is the log's clock.
func New(s Server, from Sender, site *status.Site, door subscriber.Entrance, now func() time.Time, o *Options) (*Carrier, error) {
	if o == nil {
		o = &Options{}
	}
	c := &Carrier{site: site, door: door, now: now, sender: from, slog: o.Log, written: map[body]*sheet{}}
	if c.slog == nil {
		c.slog = slog.New(slog.DiscardHandler)
	}
	var err error
	if c.from, err = mail.ParseAddress(from.From); err != nil {
		return nil, fmt.Errorf("mail.from is %q, which is no address: %w", from.From, err)
	}
	c.host = c.from.Address[strings.LastIndexByte(c.from.Address, '@')+1:]
	for name, address := range map[string]string{"reply_to": from.ReplyTo, "bounces": from.Bounces} {
		if address != "" {
			if _, err := mail.ParseAddress(address); err != nil {
				return nil, fmt.Errorf("mail.%s is %q, which is no address: %w", name, address, err)
			}
		}
	}
	opts := []gomail.Option{
		gomail.WithTimeout(cmp.Or(o.Timeout, 30*time.Second)),
		gomail.WithoutNoop(), gomail.WithoutRset(), // two answers to wait for less, a mail
	}
	switch cmp.Or(s.Security, StartTLS) {
	case TLS:
		opts = append(opts, gomail.WithSSL(), gomail.WithPort(cmp.Or(s.Port, 465)))
	case StartTLS:
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSMandatory), gomail.WithPort(cmp.Or(s.Port, 587)))
	case Plain:
		opts = append(opts, gomail.WithTLSPolicy(gomail.NoTLS), gomail.WithPort(cmp.Or(s.Port, 25)))
	default:
		return nil, fmt.Errorf("mail.security is %q; write %s, %s or %s", s.Security, StartTLS, TLS, Plain)
	}
	if o.TLS != nil {
		opts = append(opts, gomail.WithTLSConfig(o.TLS))
	}
	if s.User != "" {
		opts = append(opts, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.User), gomail.WithPassword(s.Password))
	}
	if name, err := os.Hostname(); err != nil || !strings.Contains(name, ".") {
		opts = append(opts, gomail.WithHELO(c.host)) // servers refuse a name that is none
	}
	if c.client, err = gomail.NewClient(s.Host, opts...); err != nil {
		return nil, fmt.Errorf("mail server %s: %w", s.Host, err)
	}
	return c, nil
}

// Channel is the channel of mail.
func (c *Carrier) Channel() subscriber.Channel { return subscriber.Mail }

// Batch is how many mails are sent before what was done is kept.
func (c *Carrier) Batch() int { return batch }

// Carry sends a batch over one connection, which is kept for the next if the
// batch was full.
func (c *Carrier) Carry(ctx context.Context, parcels []outbox.Parcel, still func(*outbox.Parcel) bool) ([]outbox.Outcome, error) {
	out := make([]outbox.Outcome, len(parcels))
	if len(parcels) < batch {
		defer c.hangUp()
	}
	var failing []int // of one after another that were not taken
	took := false
	for i := range parcels {
		p := &parcels[i]
		if err := ctx.Err(); err != nil {
			return c.judge(out, failing, took), err
		}
		if !still(p) {
			out[i].Did = outbox.Dropped
			continue
		}
		msg, err := c.message(p)
		if err != nil { // the others have nothing to do with it
			c.slog.Error("a mail could not be written", "subscriber", p.To.ID, "key", p.Key, "error", err)
			out[i] = outbox.Outcome{Did: outbox.Later, Why: "it could not be written"}
			continue
		}
		did, err := c.send(ctx, msg)
		if err != nil {
			c.hangUp()
			return c.judge(out, failing, took), err
		}
		if out[i] = did; did.Did == outbox.Sent {
			out, failing, took = c.judge(out, failing, true), nil, true
			continue
		}
		if failing = append(failing, i); len(failing) >= inARow {
			why := out[i].Why
			for _, k := range failing {
				out[k].Did = outbox.Later
			}
			return out, fmt.Errorf("the mail server refuses one after another (%s)", why)
		}
	}
	return c.judge(out, failing, took), nil
}

// judge says what is to be done with those that were refused for good: where the
// server took others' mail they are refused, else they are tried again.
func (c *Carrier) judge(out []outbox.Outcome, failing []int, took bool) []outbox.Outcome {
	for _, i := range failing {
		if out[i].Did == outbox.Refused && !took {
			out[i].Did = outbox.Later
		}
	}
	return out
}

// hangUp ends the connection, if there is one.
func (c *Carrier) hangUp() {
	if !c.open {
		return
	}
	c.open = false
	if err := c.client.Close(); err != nil { // the server was gone already, or is now
		c.slog.Debug("the mail server did not say goodbye", "error", err)
	}
}

// send hands one message in. An error is the server's or the connection's.
func (c *Carrier) send(ctx context.Context, msg *gomail.Msg) (outbox.Outcome, error) {
	fresh := false
	for {
		if !c.open {
			if err := c.client.DialWithContext(ctx); err != nil {
				return outbox.Outcome{}, fmt.Errorf("reach the mail server: %w", err)
			}
			c.open, fresh = true, true
		}
		did, lost := c.outcome(msg, c.client.Send(msg))
		switch {
		case lost == nil:
			return did, nil
		case fresh:
			return did, lost
		}
		c.hangUp() // a connection that was kept may have been closed meanwhile
	}
}

// outcome reads what became of a message; lost says that the connection, or the
// server as a whole, is of no use.
func (c *Carrier) outcome(msg *gomail.Msg, err error) (did outbox.Outcome, lost error) {
	if err == nil || msg.IsDelivered() {
		return outbox.Outcome{Did: outbox.Sent}, nil
	}
	var e *gomail.SendError
	if !asSendError(err, &e) || e.ErrorCode() == 0 || e.ErrorCode() == 421 {
		return did, fmt.Errorf("the mail server broke off (%s)", codes(e))
	}
	did.Why = codes(e)
	switch e.Reason {
	case gomail.ErrSMTPRcptTo:
		if did.Did = outbox.Later; e.ErrorCode() >= 500 {
			did.Did = outbox.Refused
		}
	case gomail.ErrSMTPData, gomail.ErrSMTPDataClose:
		did.Did = outbox.Later // of this message; nothing is said of the address
	default: // the sender is refused
		return did, fmt.Errorf("the mail server takes nothing from %s (%s)", c.from.Address, did.Why)
	}
	return did, nil
}
