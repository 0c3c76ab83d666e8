// Package fakesmtp is a mail server for tests. It speaks real SMTP, with
// STARTTLS and an account, over real sockets (github.com/emersion/go-smtp), keeps
// what it is given, and misbehaves as it is told: it refuses addresses, lets them
// wait, and breaks connections before it says that a mail has arrived.
//
// # Concurrency
//
// A Server may be used from any goroutine.
package fakesmtp

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// The account that a server lets in.
const (
	User     = "status"
	Password = "correct horse"
)

// An Error is what a server answers in place of yes.
type Error = smtp.SMTPError

// Refused is the answer for an address that does not exist, Waiting the one to
// come back later.
func Refused() *Error {
	return &Error{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user here: dead@example.com"}
}

// Waiting is the answer to come back later (RFC 6647).
func Waiting() *Error {
	return &Error{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 2, 0}, Message: "greylisted"}
}

// A Mail is one message as it arrived.
type Mail struct {
	From, To   string // of the envelope
	Header     mail.Header
	Text, HTML string
	Raw        []byte
}

// Options say how a server is to be. Nil and the zero value make one without
// TLS and account.
type Options struct {
	TLS    bool // STARTTLS, and nothing without
	Auth   bool // an account is needed
	Counts bool // mails are counted and not kept
}

// A Server is a mail server.
type Server struct {
	Addr string      // host:port
	TLS  *tls.Config // for a client that trusts it

	o   Options
	srv *smtp.Server

	mu       sync.Mutex
	mails    []Mail
	count    int
	sessions int
	rcpt     func(to string) *Error
	data     func(to string, nth int) *Error
	drop     int // the connection breaks once this mail from now has arrived; 0 is never
	arrived  chan struct{}
}

// New starts a server, which is closed when the test ends.
func New(t testing.TB, o *Options) *Server {
	t.Helper()
	s := &Server{arrived: make(chan struct{})}
	if o != nil {
		s.o = *o
	}
	s.srv = smtp.NewServer(smtp.BackendFunc(func(conn *smtp.Conn) (smtp.Session, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.sessions++
		return &session{s: s, conn: conn.Conn(), in: !s.o.Auth}, nil
	}))
	s.srv.Domain, s.srv.ReadTimeout, s.srv.WriteTimeout = "localhost", 10*time.Second, 10*time.Second
	s.srv.ErrorLog = quiet{}
	if s.o.TLS {
		s.srv.TLSConfig, s.TLS = certificate(t)
	} else {
		s.srv.AllowInsecureAuth = true
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Addr = l.Addr().String()
	done := make(chan error, 1)
	go func() { done <- s.srv.Serve(l) }()
	t.Cleanup(func() {
		if err := s.srv.Close(); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Error(err)
		}
		<-done
	})
	return s
}

// quiet keeps broken connections, which tests make, out of the output.
type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// Mails returns what arrived so far.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.mails...)
}

// Count is how many mails arrived, Sessions how many connections were made.
func (s *Server) Count() (mails, sessions int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count, s.sessions
}

// Await returns when n mails have arrived in all, and those that are kept.
func (s *Server) Await(t testing.TB, n int) []Mail {
	t.Helper()
	late := time.After(30 * time.Second)
	for {
		s.mu.Lock()
		count, mails, arrived := s.count, append([]Mail(nil), s.mails...), s.arrived
		s.mu.Unlock()
		if count >= n {
			return mails
		}
		select {
		case <-arrived:
		case <-late:
			t.Fatalf("%d mails arrived within 30 s, want %d", count, n)
		}
	}
}

// Answer has the server answer each recipient so; nil takes everybody.
func (s *Server) Answer(rcpt func(to string) *Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rcpt = rcpt
}

// AnswerMail has the server answer each whole mail so; nil takes all. nth counts
// the mails that were taken before.
func (s *Server) AnswerMail(data func(to string, nth int) *Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data = data
}

// DropAt breaks the connection when the nth mail from now has arrived, before its
// sender is told so.
func (s *Server) DropAt(nth int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop = nth
}

// A session is one connection.
type session struct {
	s        *Server
	conn     net.Conn
	in       bool
	from, to string
}

func (c *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (c *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != User || password != Password {
			return smtp.ErrAuthFailed
		}
		c.in = true
		return nil
	}), nil
}

func (c *session) Reset()        { c.from, c.to = "", "" }
func (c *session) Logout() error { return nil }

func (c *session) Mail(from string, _ *smtp.MailOptions) error {
	if !c.in {
		return smtp.ErrAuthRequired
	}
	c.from = from
	return nil
}

func (c *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.s.mu.Lock()
	answer := c.s.rcpt
	c.s.mu.Unlock()
	if answer != nil {
		if err := answer(to); err != nil {
			return err
		}
	}
	c.to = to
	return nil
}

func (c *session) Data(r io.Reader) error {
	s := c.s
	s.mu.Lock()
	answer, nth := s.data, s.count
	s.mu.Unlock()
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if answer != nil {
		if err := answer(c.to, nth); err != nil {
			return err
		}
	}
	m := Mail{From: c.from, To: c.to, Raw: raw}
	if !s.o.Counts {
		if err := m.read(); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count++; !s.o.Counts {
		s.mails = append(s.mails, m)
	}
	close(s.arrived)
	s.arrived = make(chan struct{})
	if s.drop > 0 {
		if s.drop--; s.drop == 0 {
			return c.conn.Close()
		}
	}
	return nil
}

// read takes a mail apart, as its reader's program does.
func (m *Mail) read() error {
	msg, err := mail.ReadMessage(bytes.NewReader(m.Raw))
	if err != nil {
		return err
	}
	m.Header = msg.Header
	kind, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	if kind != "multipart/alternative" {
		return errors.New("it is no multipart/alternative: " + kind)
	}
	parts := multipart.NewReader(msg.Body, params["boundary"])
	for {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var body io.Reader = p
		if strings.EqualFold(p.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
			body = quotedprintable.NewReader(p)
		}
		text, err := io.ReadAll(body)
		if err != nil {
			return err
		}
		if kind, _, err := mime.ParseMediaType(p.Header.Get("Content-Type")); err != nil {
			return err
		} else if kind == "text/html" {
			m.HTML = string(text)
		} else {
			m.Text = strings.ReplaceAll(string(text), "\r\n", "\n")
		}
	}
}

// certificate makes a server's certificate, and what trusts it.
func certificate(t testing.TB) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12},
		&tls.Config{RootCAs: pool, ServerName: "localhost", MinVersion: tls.VersionTLS12}
}
