package mail

import (
	"fmt"
	"mime"
	"regexp"
	"strings"
	"testing"
	"time"

	"sitrep/incident"
	"sitrep/internal/fakesmtp"
	"sitrep/notify/outbox"
	"sitrep/notify/outbox/outboxtest"
	"sitrep/status"
	"sitrep/subscriber"
)

// open opens a house that mails to a server.
func open(t *testing.T, server *fakesmtp.Server, o *Options, change ...func(*Server, *Sender)) *outboxtest.House {
	t.Helper()
	return outboxtest.New(t, func(h *outboxtest.House) (outbox.Carrier, error) {
		s, err := ParseServer(server.Addr)
		if err != nil {
			return nil, err
		}
		s.Security = Plain
		from := Sender{From: "Example Status <status@example.com>"}
		for _, f := range change {
			f(&s, &from)
		}
		if o == nil {
			o = &Options{}
		}
		o.Log = h.Slog
		return New(s, from, h.Site, h.Door, h.Log.Now, o)
	})
}

func joins(h *outboxtest.House, address, language string) *subscriber.Subscriber {
	h.Helper()
	return h.Joins(subscriber.Mail, address, language, subscriber.Choice{})
}

func subject(t *testing.T, m fakesmtp.Mail) string {
	t.Helper()
	s, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestMails reads, over a real socket with STARTTLS and an account, what
// subscribers read.
func TestMails(t *testing.T) {
	server := fakesmtp.New(t, &fakesmtp.Options{TLS: true, Auth: true})
	h := open(t, server, &Options{TLS: server.TLS}, func(s *Server, from *Sender) {
		s.Security, s.User, s.Password = StartTLS, fakesmtp.User, fakesmtp.Password
		from.Bounces, from.ReplyTo = "bounces@example.com", "help@example.com"
	})
	h.Asks(subscriber.Mail, "jane@example.net", "", subscriber.Choice{Components: []string{"api"}})
	confirm := server.Await(t, 1)[0]
	if confirm.To != "jane@example.net" || confirm.From != "bounces@example.com" || subject(t, confirm) != "Confirm: updates of Example" {
		t.Errorf("confirm: %s from %s: %s", confirm.To, confirm.From, subject(t, confirm))
	}
	for _, part := range []string{confirm.Text, confirm.HTML} {
		link := regexp.MustCompile(`https://status\.example\.com/subscriptions/([\w-]+)`).FindStringSubmatch(part)
		if link == nil {
			t.Fatalf("no link in\n%s", part)
		}
		k, err := h.Door.Links.Read(link[1], h.Log.Now())
		if err != nil || k.Purpose != subscriber.ToConfirm || h.Registry.Get(k.ID).Address != "jane@example.net" || !strings.Contains(part, "Only about API.") {
			t.Errorf("%+v, %v in\n%s", k, err, part)
		}
	}
	if _, is := confirm.Header["List-Unsubscribe"]; is {
		t.Error("who is asked to confirm can unsubscribe")
	}
	s := h.Registry.Find(subscriber.Mail, "jane@example.net")
	if _, err := h.Registry.Confirm(t.Context(), subscriber.Link{ID: s.ID, Ask: s.Ask}); err != nil {
		t.Fatal(err)
	}
	joins(h, "luc@example.net", "fr")
	server.Await(t, 2)
	h.Happens("INC-1", outboxtest.Declared(), outboxtest.Posted(1, incident.Investigating, "We look into *failing* checkouts.\n\n<script>alert(1)</script>"))
	var jane, luc fakesmtp.Mail
	for _, m := range server.Await(t, 4)[2:] {
		if m.To == "jane@example.net" {
			jane = m
		} else {
			luc = m
		}
	}
	if got := subject(t, jane); got != "[Example] Investigating: Checkout fails <often>" {
		t.Error(got)
	}
	if got := subject(t, luc); got != "[Example] En cours d’analyse : Checkout fails <often>" {
		t.Error(got)
	}
	if !strings.Contains(luc.Text, "/fr/subscriptions/") || !strings.Contains(luc.Text, "Se désabonner") || strings.Contains(luc.Text, "Unsubscribe") {
		t.Errorf("in French:\n%s", luc.Text)
	}
	for _, want := range []string{"Checkout fails <often>\nMajor incident, since ", "Investigating - Mar 01, 2026 - 12:01 CST\nWe look into *failing* checkouts.", "This incident affects: API.",
		"https://status.example.com/incidents/", "Unsubscribe: https://status.example.com/subscriptions/"} {
		if !strings.Contains(jane.Text, want) {
			t.Errorf("no %q in\n%s", want, jane.Text)
		}
	}
	for _, want := range []string{"Checkout fails &lt;often&gt;", "<em>failing</em>", "This incident affects: API."} {
		if !strings.Contains(jane.HTML, want) {
			t.Errorf("no %q in\n%s", want, jane.HTML)
		}
	}
	for _, never := range []string{"<script", "mark.invalid", "luc@", "<img", "src="} {
		if strings.Contains(jane.HTML, never) || strings.Contains(jane.Text, "mark.invalid") {
			t.Errorf("%q in\n%s", never, jane.HTML)
		}
	}
	head := jane.Header
	leave := strings.Trim(head.Get("List-Unsubscribe"), "<>")
	k, err := h.Door.Links.Read(leave[strings.LastIndexByte(leave, '/')+1:], h.Log.Now().AddDate(10, 0, 0))
	if err != nil || k.Purpose != subscriber.ToLeave || h.Registry.Get(k.ID).Address != "jane@example.net" {
		t.Errorf("List-Unsubscribe %s: %+v, %v", leave, k, err)
	}
	for name, want := range map[string]string{
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "Auto-Submitted": "auto-generated", "To": "<jane@example.net>", "From": `"Example Status" <status@example.com>`,
		"Reply-To": "<help@example.com>", "List-Id": "<status.example.com>", "Message-Id": "<u1-" + s.ID + "@example.com>",
	} {
		if got := head.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := head.Get("User-Agent") + head.Get("X-Mailer"); got != "" {
		t.Errorf("it says which program sent it: %q", got)
	}
}

// TestOneConnection: many mails go over one connection, and a server that closed
// it meanwhile is called again.
func TestOneConnection(t *testing.T) {
	server := fakesmtp.New(t, nil)
	h := open(t, server, nil)
	const people = batch + 50
	server.Answer(func(string) *fakesmtp.Error { return nil })
	for i := range people {
		joins(h, fmt.Sprintf("p%d@example.net", i), "")
	}
	server.Await(t, people)
	_, before := server.Count()
	h.Happens("INC-1", outboxtest.Declared(), outboxtest.Posted(1, incident.Investigating, "One."))
	server.Await(t, 2*people)
	h.Settles()
	if _, after := server.Count(); after != before+1 {
		t.Errorf("%d mails took %d connections", people, after-before)
	}
	server.DropAt(100) // mail 100 has arrived, and nobody here knows
	h.Happens("INC-1", outboxtest.Posted(2, incident.Resolved, "Two."))
	mails := server.Await(t, 3*people+1)
	got := map[string]int{}
	for _, m := range mails[2*people:] {
		got[m.Header.Get("Message-Id")]++
	}
	twice := 0
	for _, n := range got {
		twice += n - 1
	}
	if len(got) != people || twice != 1 {
		t.Errorf("%d different mails arrived, %d of them twice", len(got), twice)
	}
}

// TestRefusals: an address that does not exist is quarantined, one that is to
// wait is not, and a server that refuses everybody is not believed.
func TestRefusals(t *testing.T) {
	server := fakesmtp.New(t, nil)
	h := open(t, server, nil)
	var ids []string
	for i := range 30 {
		ids = append(ids, joins(h, fmt.Sprintf("p%d@example.net", i), "").ID)
	}
	server.Await(t, 30)
	stopped := func() (n int) {
		for _, id := range ids {
			if h.Registry.Get(id).Stopped != "" {
				n++
			}
		}
		return n
	}
	server.Answer(func(to string) *fakesmtp.Error {
		switch to {
		case "p3@example.net":
			return fakesmtp.Refused()
		case "p4@example.net":
			return fakesmtp.Waiting()
		}
		return nil
	})
	h.Happens("INC-1", outboxtest.Declared(), outboxtest.Posted(1, incident.Investigating, "One."))
	server.Await(t, 58)
	h.Settles()
	if s := h.Registry.Get(ids[3]); s.Stopped != "550 5.1.1" || stopped() != 1 {
		t.Errorf("quarantined: %+v, and %d in all", s, stopped())
	}
	refuse := func(string) *fakesmtp.Error { return &fakesmtp.Error{Code: 554, Message: "relaying denied"} }
	server.Answer(refuse)
	h.Happens("INC-1", outboxtest.Posted(2, incident.Identified, "Two."))
	for h.Runner.Status().Failing == "" {
		h.Settles()
	}
	if why := h.Runner.Status().Failing; !strings.Contains(why, "refuses one after another (554 5.0.0)") {
		t.Errorf("failing: %s", why)
	}
	if stopped() != 1 {
		t.Errorf("a server that refuses everybody had %d quarantined", stopped())
	}
}

// TestTroubledServer: one that takes no sender, breaks off, or is not there
// keeps everything waiting, and nothing is lost.
func TestTroubledServer(t *testing.T) {
	server := fakesmtp.New(t, &fakesmtp.Options{Auth: true})
	h := open(t, server, nil) // without the account
	jane := joins(h, "jane@example.net", "")
	h.Happens("INC-1", outboxtest.Declared(), outboxtest.Posted(1, incident.Investigating, "One."))
	for h.Runner.Status().Tries < 3 {
		h.Settles()
	}
	if why := h.Runner.Status().Failing; !strings.Contains(why, "takes nothing from status@example.com") {
		t.Error(why)
	}
	if h.Registry.Get(jane.ID).Stopped != "" {
		t.Error("she was blamed for it")
	}

	waiting := fakesmtp.New(t, nil)
	waiting.AnswerMail(func(_ string, nth int) *fakesmtp.Error {
		return &fakesmtp.Error{Code: 421, Message: "going down"}
	})
	h = open(t, waiting, nil)
	joins(h, "jane@example.net", "")
	h.Happens("INC-1", outboxtest.Declared(), outboxtest.Posted(1, incident.Investigating, "One."))
	for h.Runner.Status().Failing == "" {
		h.Settles()
	}
	if why := h.Runner.Status().Failing; !strings.Contains(why, "broke off (421 4.0.0)") {
		t.Error(why)
	}
	waiting.AnswerMail(nil)
	for _, m := range waiting.Await(t, 2) { // the request to confirm, and the story
		if m.To != "jane@example.net" {
			t.Errorf("to %s", m.To)
		}
	}
}

func TestWhatCannotBeUsed(t *testing.T) {
	site := status.New(time.Now, nil)
	for _, c := range []struct {
		server Server
		sender Sender
		want   string
	}{
		{Server{Host: "x"}, Sender{From: "nobody"}, `mail.from is "nobody", which is no address`},
		{Server{Host: "x", Security: "ssl"}, Sender{From: "a@example.com"}, `mail.security is "ssl"; write starttls, tls or none`},
		{Server{Host: "x"}, Sender{From: "a@example.com", Bounces: "x"}, `mail.bounces is "x"`},
		{Server{}, Sender{From: "a@example.com"}, "mail server"},
	} {
		if _, err := New(c.server, c.sender, site, subscriber.Entrance{}, time.Now, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.server, err, c.want)
		}
	}
	for _, address := range []string{"", "smtp.example.com", "smtp.example.com:smtp"} {
		if _, err := ParseServer(address); err == nil {
			t.Errorf("%q was taken", address)
		}
	}
}
