package mail

import (
	"errors"
	"strings"
	"testing"
)

// report is what a mail server sends back, as Postfix writes it.
func report(action, status, part string) string {
	return strings.ReplaceAll(`Return-Path: <>
From: MAILER-DAEMON@mx.example.com (Mail Delivery System)
To: bounces@example.com
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="4D3C2B1A.1/mx.example.com"

This is a MIME-encapsulated message.

--4D3C2B1A.1/mx.example.com
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.
See https://status.example.com/subscriptions/ThisIsTheTextOfSomebodyElse_forged-link

--4D3C2B1A.1/mx.example.com
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com
Arrival-Date: Mon, 23 Nov 2026 03:00:00 +0000 (UTC)

Final-Recipient: rfc822; jane@example.net
Original-Recipient: rfc822;jane@example.net
Action: `+action+`
Status: `+status+`
Remote-MTA: dns; mail.example.net
Diagnostic-Code: smtp; 550 5.1.1 <jane@example.net>: Recipient address
    rejected: User unknown

--4D3C2B1A.1/mx.example.com
`+part+`

--4D3C2B1A.1/mx.example.com--
`, "\n", "\r\n")
}

const headers = `Content-Type: text/rfc822-headers

From: "Example Status" <status@example.com>
To: <jane@example.net>
List-Unsubscribe:
 <https://status.example.com/subscriptions/AwAAAAAAU1VCU0NSSUJFUl9JRA_and-a-signature>
Subject: hello`

func TestReadBounce(t *testing.T) {
	for _, c := range []struct {
		name, action, status, part string
		failed                     bool
		links                      string
	}{
		{"no such user", "failed", "5.1.1", headers, true, "AwAAAAAAU1VCU0NSSUJFUl9JRA_and-a-signature"},
		{"late", "delayed", "4.4.1", headers, false, "AwAAAAAAU1VCU0NSSUJFUl9JRA_and-a-signature"},
		{"failed for now", "failed", "4.2.2", headers, false, "AwAAAAAAU1VCU0NSSUJFUl9JRA_and-a-signature"},
		{"without what was sent", "failed", "5.1.1", "Content-Type: text/plain\n\nnothing", true, ""},
		{"with all of it, its lines broken", "failed", "5.1.1", "Content-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n\nSubject: x\n\nhttps://status.example.com/subscriptions/AwAAAAAAU1VCU0NS=\nSUJFUl9JRA_and-a-signature", true, "AwAAAAAAU1VCU0NSSUJFUl9JRA_and-a-signature"},
	} {
		b, err := ReadBounce(strings.NewReader(report(c.action, c.status, c.part)))
		if err != nil || b.Failed != c.failed || b.Status != c.status || strings.Join(b.Links, " ") != c.links {
			t.Errorf("%s: %+v, %v", c.name, b, err)
		}
	}
	for _, text := range []string{
		"", "hello", "Subject: hello\r\n\r\nI am away.", "Content-Type: multipart/report\r\n\r\n",
		"Content-Type: multipart/report; report-type=disposition-notification; boundary=x\r\n\r\n--x--\r\n",
		"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\n\r\nhello\r\n--x--\r\n",
	} {
		if _, err := ReadBounce(strings.NewReader(text)); !errors.Is(err, ErrNoBounce) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// FuzzReadBounce: whatever comes in, nothing breaks, and what failed says so by
// its status.
func FuzzReadBounce(f *testing.F) {
	f.Add(report("failed", "5.1.1", headers))
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		b, err := ReadBounce(strings.NewReader(text))
		if err != nil && !errors.Is(err, ErrNoBounce) {
			t.Fatal(err)
		}
		if b.Failed && !strings.HasPrefix(b.Status, "5.") {
			t.Fatalf("%+v", b)
		}
	})
}
