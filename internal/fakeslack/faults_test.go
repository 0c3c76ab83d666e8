package fakeslack

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"
)

// Too many calls are refused until there is room again, and only theirs.
func TestRateLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := New(workspace(), &Options{Distributed: true})
		defer f.Close()
		c := api(f)
		wait := func(what string, err error) time.Duration {
			t.Helper()
			e, is := errors.AsType[*slack.RateLimitedError](err)
			if !is {
				t.Fatalf("%s is not limited: %v", what, err)
			}
			return e.RetryAfter
		}
		post := func(where string) error {
			_, _, err := c.PostMessage(where, slack.MsgOptionText("x", false))
			return err
		}
		f.Join("elsewhere", "sitrep", "ada")
		for i := range postsBurst {
			if err := post("C0GENERAL"); err != nil {
				t.Fatalf("post %d: %v", i, err)
			}
		}
		d := wait("the next post", post("C0GENERAL"))
		if err := post("C0ELSE"); err != nil {
			t.Errorf("another channel is limited too: %v", err)
		}
		time.Sleep(d)
		if err := post("C0GENERAL"); err != nil {
			t.Errorf("after waiting as told: %v", err)
		}
		history := func() error {
			h, err := c.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: "C0GENERAL", Limit: 1000})
			if err == nil && len(h.Messages) > distributedPage {
				t.Errorf("a page of %d", len(h.Messages))
			}
			return err
		}
		for range 30 {
			f.Say("general", "ada", "x")
		}
		if err := history(); err != nil {
			t.Fatal(err)
		}
		if d := wait("history", history()); d != time.Minute {
			t.Errorf("wait %v for the next page", d)
		}
		pins := func() error { _, _, err := c.ListPins("C0GENERAL"); return err }
		for range tier2 {
			if err := pins(); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(wait("the list of pins", pins()))
		if err := pins(); err != nil {
			t.Error(err)
		}
	})
}

// Faults are what they say, as often as they say.
func TestFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := New(workspace(), nil)
		defer f.Close()
		c := api(f)
		post := func() error { _, _, err := c.PostMessage("C0GENERAL", slack.MsgOptionText("x", false)); return err }
		f.Fail(Fault{Method: "chat.postMessage", Status: http.StatusBadGateway, Times: 2})
		f.Fail(Fault{Method: "chat.postMessage", RetryAfter: 7 * time.Second, Times: 1})
		f.Fail(Fault{Method: "chat.postMessage", LoseAnswer: true, Times: 1})
		for range 2 {
			if e, is := errors.AsType[slack.StatusCodeError](post()); !is || e.Code != http.StatusBadGateway {
				t.Errorf("a bad gateway is %v", e)
			}
		}
		if e, is := errors.AsType[*slack.RateLimitedError](post()); !is || e.RetryAfter != 7*time.Second {
			t.Errorf("limited is %v", e)
		}
		if len(f.Seen("general")) != 0 {
			t.Error("a refused post was posted")
		}
		if err := post(); err == nil {
			t.Error("the answer was not lost")
		}
		if len(f.Seen("general")) != 1 {
			t.Error("a post whose answer was lost was not posted")
		}
		if err := post(); err != nil {
			t.Errorf("faults are used up, and still %v", err)
		}
		f.Stall(true)
		hc := f.Client()
		hc.Timeout = 10 * time.Second
		slow := slack.New(f.BotToken(), slack.OptionAPIURL(f.URL()), slack.OptionHTTPClient(hc))
		start := time.Now()
		if _, err := slow.AuthTest(); err == nil || time.Since(start) != 10*time.Second {
			t.Errorf("a stalled call ended after %v: %v", time.Since(start), err)
		}
		time.AfterFunc(time.Hour, func() { f.Stall(false) })
		if _, err := c.AuthTest(); err != nil || time.Since(start) < time.Hour {
			t.Errorf("the stall is over after %v: %v", time.Since(start), err)
		}
		f.Outage(true)
		if _, err := c.AuthTest(); err == nil {
			t.Error("answered in an outage")
		}
		f.Outage(false)
		if _, err := c.AuthTest(); err != nil {
			t.Error(err)
		}
	})
}
