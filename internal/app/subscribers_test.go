package app_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sitrep/bot/local"
	"sitrep/internal/app"
	"sitrep/internal/config"
	"sitrep/internal/fakesmtp"
	"sitrep/internal/webtest"
	"sitrep/store"
	"sitrep/store/bolt"
	"sitrep/subscriber"
)

// A publisher is an app whose page can be subscribed to.
type publisher struct {
	*testing.T
	app  *app.App
	room *local.Platform
	page string // its address
	mail *fakesmtp.Server
	said int // how often something was said
}

// publish starts an app on a file, its page on a real address, and a mail server.
func publish(t *testing.T, path string, change func(*config.Config)) *publisher {
	t.Helper()
	p := &publisher{T: t, mail: fakesmtp.New(t, nil)}
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	p.page = server.URL
	cfg := config.Default(time.UTC)
	cfg.Page.Name, cfg.Page.URL, cfg.Page.Hold = "Example", server.URL, 0
	cfg.Mail = config.Mail{Server: p.mail.Addr, Security: "none", From: "Example <status@example.com>"}
	if change != nil {
		change(cfg)
	}
	d, err := bolt.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	p.app = app.New(store.New(d, nil), cfg, nil)
	key, err := app.LinksKey(path + ".links")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.app.Subscribe(app.SubscribeOptions{Key: key}); err != nil {
		t.Fatal(err)
	}
	handler = p.app.PageHandler()
	p.room = p.app.Room(&local.Options{Channels: []string{"ops"}})
	ctx, cancel := context.WithCancel(context.Background())
	if err := p.room.Open(ctx); err != nil {
		t.Fatal(err)
	}
	if err := p.app.Start(ctx, "test", p.room); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- p.app.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return p
}

// command gives a command in a channel and publishes what it previews.
func (p *publisher) command(channel, text string) {
	p.Helper()
	p.said++
	say(p.T, p.app, p.room, channel, fmt.Sprint(p.said), text)
	if strings.HasPrefix(text, "/incident update") || strings.HasPrefix(text, "/incident resolve") {
		in := p.app.Board.Get(strings.ToUpper(channel))
		say(p.T, p.app, p.room, channel, fmt.Sprint(p.said, "p"), fmt.Sprintf("/incident publish %d", len(in.Previews)))
	}
}

func (p *publisher) get(path string) string {
	p.Helper()
	resp, err := http.Get(p.page + path)
	if err != nil {
		p.Fatal(err)
	}
	return p.body(resp)
}

func (p *publisher) post(address string, form url.Values) string {
	p.Helper()
	resp, err := http.PostForm(address, form)
	if err != nil {
		p.Fatal(err)
	}
	return p.body(resp)
}

func (p *publisher) body(resp *http.Response) string {
	p.Helper()
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		p.Fatal(err)
	}
	return string(b)
}

var linkOf = regexp.MustCompile(`http://[\w.:]+(?:/fr)?/subscriptions/[\w-]+`)

// TestSubscribing: from the form to the mails and out again, through everything.
func TestSubscribing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sitrep.db")
	p := publish(t, path, nil)
	if home := p.get("/"); !strings.Contains(home, `href="/subscribe"`) || !strings.Contains(home, ">Subscribe<") {
		t.Error("the page does not say that one can subscribe")
	}
	p.post(p.page+"/subscribe", url.Values{"email": {"jane@example.net"}})
	confirm := p.mail.Await(t, 1)[0]
	p.post(linkOf.FindString(confirm.Text), nil)
	p.command("ops", "/incident declare sev1 db1 crashed")
	p.command("inc-1", `/incident update title:"Checkout fails" affects:website=down We look into it.`)
	first := p.mail.Await(t, 2)[1]
	if first.To != "jane@example.net" || !strings.Contains(first.Text, "Checkout fails") || !strings.Contains(first.Text, "We look into it.") || strings.Contains(first.Text, "db1") {
		t.Errorf("to %s:\n%s", first.To, first.Text)
	}
	if page := p.get(strings.TrimPrefix(regexp.MustCompile(`http://[\w.:]+/incidents/\w+`).FindString(first.Text), p.page)); !strings.Contains(page, "Subscribe to this") {
		t.Error("an open incident's page does not say that one can subscribe to it")
	}
	p.post(strings.Trim(first.Header.Get("List-Unsubscribe"), "<>"), url.Values{"List-Unsubscribe": {"One-Click"}})
	p.command("inc-1", "/incident resolve All is well.")
	if mails, _ := p.mail.Count(); mails != 2 {
		t.Errorf("%d mails, also to who left", mails)
	}
	s := p.app.Registry.Find(subscriber.Mail, "jane@example.net")
	if s == nil || s.Active() {
		t.Fatalf("after leaving: %+v", s)
	}
	if err := p.app.Registry.Erase(t.Context(), []string{s.ID}, "", "asked for"); err != nil {
		t.Fatal(err)
	}
	if _, err := p.app.Log.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	if err := p.app.Stop(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(file, []byte("jane@")) {
		t.Error("her address is still in the file")
	}
}

// TestNobodyCanSubscribe: where nothing is configured, no page says so, and
// nothing answers.
func TestNobodyCanSubscribe(t *testing.T) {
	p := publish(t, filepath.Join(t.TempDir(), "sitrep.db"), func(c *config.Config) { c.Mail = config.Mail{} })
	if home := p.get("/"); strings.Contains(home, "/subscribe") || !strings.Contains(home, "/follow") {
		t.Error("the page says that one can subscribe")
	}
	resp, err := http.Get(p.page + "/subscribe")
	if err != nil {
		t.Fatal(err)
	}
	if p.body(resp); resp.StatusCode != http.StatusNotFound {
		t.Errorf("/subscribe answers %s", resp.Status)
	}
}

// TestBounced: the report of a mail that came back puts its address into
// quarantine, if it carries back what was sent from here; a forged one does not.
func TestBounced(t *testing.T) {
	p := publish(t, filepath.Join(t.TempDir(), "sitrep.db"), nil)
	p.post(p.page+"/subscribe", url.Values{"email": {"jane@example.net"}})
	p.post(linkOf.FindString(p.mail.Await(t, 1)[0].Text), nil)
	p.command("ops", "/incident declare sev1 db1 crashed")
	p.command("inc-1", `/incident update title:"Checkout fails" affects:website=down We look into it.`)
	sent := p.mail.Await(t, 2)[1]
	roll, err := p.app.Roll()
	if err != nil {
		t.Fatal(err)
	}
	report := func(link string) string {
		return "Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n" +
			"Final-Recipient: rfc822; jane@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--x\r\nContent-Type: text/rfc822-headers\r\n\r\nList-Unsubscribe: " + link + "\r\n\r\n--x--\r\n"
	}
	var said bytes.Buffer
	forged := sent.Header.Get("List-Unsubscribe")
	if err := roll.Bounced(t.Context(), strings.NewReader(report(forged[:len(forged)-5]+"AAAA>")), &said); err == nil || !strings.Contains(err.Error(), "not carry back a mail of ours") {
		t.Errorf("forged: %v %s", err, &said)
	}
	who := func() *subscriber.Subscriber { return p.app.Registry.Find(subscriber.Mail, "jane@example.net") }
	if who().Stopped != "" {
		t.Error("a forged report was believed")
	}
	if err := roll.Bounced(t.Context(), strings.NewReader(report(forged)), &said); err != nil || who().Stopped != "came back: 5.1.1" {
		t.Errorf("%+v, %v", who(), err)
	}
	said.Reset()
	if err := roll.List(&said); err != nil || !strings.Contains(said.String(), "0 by mail, 0 by webhook; 0 asked and have not confirmed.") || !strings.Contains(said.String(), "j…@example.net  in quarantine: came back: 5.1.1") {
		t.Errorf("%s, %v", &said, err)
	}
	if err := roll.Release(t.Context(), "jane@example.net", &said); err != nil || !who().Active() {
		t.Errorf("released: %+v, %v", who(), err)
	}
}

// click presses what a selector finds, as a finger does.
func click(selector string) chromedp.Action { return chromedp.Click(selector, chromedp.ByQuery) }

func clickLink(words string) chromedp.Action {
	return chromedp.Click(`//a[normalize-space()="`+words+`"]`, chromedp.BySearch)
}

// TestSubscribingInABrowser does it as people do: with a browser in which no
// script runs, and with what reads their mail.
func TestSubscribingInABrowser(t *testing.T) {
	p := publish(t, filepath.Join(t.TempDir(), "sitrep.db"), func(c *config.Config) { c.Subscribers.Webhooks = true })
	b := webtest.Open(t, 390, 900, true)
	b.Do(webtest.NoScripts())
	b.Goto(p.page)
	b.Do(clickLink("Subscribe"))
	b.Type("#email", "jane@example.net")
	b.Do(click(`form input[name="component"]`), click(`form button[type="submit"]`))
	b.See("main", "Look into your inbox")
	b.See("main", "jane@example.net")
	b.Goto(linkOf.FindString(p.mail.Await(t, 1)[0].Text))
	b.See("main", "Confirm your subscription")
	b.See("main", "Website")
	b.Do(click("form button"))
	b.See("main", "You are subscribed")
	p.command("ops", "/incident declare sev1 db1 crashed")
	p.command("inc-1", `/incident update title:"Checkout fails" affects:website=down We look into it.`)
	links := linkOf.FindAllString(p.mail.Await(t, 2)[1].Text, -1)
	if len(links) != 2 {
		t.Fatalf("links: %q", links)
	}
	b.Goto(links[0])
	b.See("main", "Your subscription")
	b.See("main", "j…@example.net")
	b.Do(click(`form button[value="save"]`))
	b.See("main", "Your changes are saved")
	b.Goto(links[1])
	b.Do(click("form button"))
	b.See("main", "You are unsubscribed")
	if s := p.app.Registry.Find(subscriber.Mail, "jane@example.net"); s.Active() {
		t.Errorf("still subscribed: %+v", s)
	}
}

// TestSubscriptionPagesAreAccessible holds every page on the way to a
// subscription to axe-core, in both themes, and takes pictures of them for people
// to look at where STATUS_PICTURES names a folder.
func TestSubscriptionPagesAreAccessible(t *testing.T) {
	webtest.Modules(t)
	p := publish(t, filepath.Join(t.TempDir(), "sitrep.db"), func(c *config.Config) { c.Subscribers.Webhooks = true })
	p.post(p.page+"/fr/subscribe", url.Values{"email": {"jane@example.net"}})
	confirm := linkOf.FindString(p.mail.Await(t, 1)[0].Text)
	p.post(confirm, nil)
	p.command("ops", "/incident declare sev1 db1 crashed")
	p.command("inc-1", `/incident update title:"Checkout fails" affects:website=down We look into it.`)
	mail := p.mail.Await(t, 2)[1]
	links := linkOf.FindAllString(mail.Text, -1)
	letter := filepath.Join(t.TempDir(), "mail.html")
	if err := os.WriteFile(letter, []byte(mail.HTML), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, theme := range []struct {
		name  string
		width int
		dark  bool
	}{{"wide", 900, false}, {"phone", 390, true}} {
		b := webtest.Open(t, theme.width, 900, theme.dark)
		for name, address := range map[string]string{
			"ask": p.page + "/subscribe", "confirm": confirm, "manage": links[0], "leave": links[1], "gone": p.page + "/subscriptions/x", "follow": p.page + "/follow", "mail": "file://" + letter,
		} {
			b.Goto(address)
			for _, wrong := range b.Axe() {
				t.Errorf("%s, %s: %s", name, theme.name, wrong)
			}
			if dir := os.Getenv("STATUS_PICTURES"); dir != "" {
				b.Whole(filepath.Join(dir, "subscribe-"+name+"-"+theme.name+".png"))
			}
		}
		b.Goto(p.page + "/subscribe")
		b.Type("#email", "jane@localhost")
		b.Do(click(`form button[type="submit"]`))
		b.See(".wrong", "no email address")
		for _, wrong := range b.Axe() {
			t.Errorf("wrong, %s: %s", theme.name, wrong)
		}
	}
}
