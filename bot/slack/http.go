package slack

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	api "github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
)

// maxBody is how much of a request is read. Slack's largest payloads, a message
// of 40,000 characters in blocks and text, stay well below it.
const maxBody = 1 << 20

// Handler answers what Slack sends over HTTP, at three addresses under the one
// that it is mounted at: events, interactions and commands. Every request must
// carry Slack's signature and be younger than five minutes; others are refused
// with 401 and nothing of them is done.
func (p *Platform) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /slack/events", p.signed(p.overEvents))
	mux.HandleFunc("POST /slack/interactions", p.signed(p.overInteractions))
	mux.HandleFunc("POST /slack/commands", p.signed(p.overCommands))
	return mux
}

// signed lets through what Slack has signed.
func (p *Platform) signed(next func(w http.ResponseWriter, r *http.Request, body []byte)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			http.Error(w, "The request is too large.", http.StatusRequestEntityTooLarge)
			return
		}
		v, err := api.NewSecretsVerifier(r.Header, p.o.SigningSecret)
		if err == nil {
			_, err = v.Write(body)
			err = errors.Join(err, v.Ensure())
		}
		if err != nil {
			http.Error(w, "The request does not carry a signature of Slack's that is valid now.", http.StatusUnauthorized)
			return
		}
		next(w, r, body)
	}
}

// finish acknowledges a request when it is done, or when patience ends.
func (p *Platform) finish(w http.ResponseWriter, r *http.Request, patience time.Duration, d *doing) {
	t := time.NewTimer(patience)
	defer t.Stop()
	came, answer := p.o.Now(), any(nil)
	select {
	case <-d.done:
		if d.failed { // Slack sends it again
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		answer = d.answer
	case <-t.C:
		d.over.Store(true)
		answer = d.wait
		p.turns.Aside(func() { p.afterwards(d, came) })
	case <-r.Context().Done():
		p.turns.Aside(func() { p.afterwards(d, came) })
		return
	}
	if answer == nil {
		w.WriteHeader(http.StatusOK)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		p.o.Log.Debug("slack did not read an answer", "error", err)
	}
}

func (p *Platform) overEvents(w http.ResponseWriter, r *http.Request, body []byte) {
	var hello struct{ Type, Challenge string }
	if json.Unmarshal(body, &hello) == nil && hello.Type == slackevents.URLVerification {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, hello.Challenge) // Slack asks again if it is not read
		return
	}
	e, err := slackevents.ParseEvent(body, slackevents.OptionNoVerifyToken())
	if err != nil {
		if p.o.Unread != nil {
			if err := p.o.Unread(p.background(), p.hide(string(body))); err != nil {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
		}
		w.WriteHeader(http.StatusOK) // it would come again for ever
		return
	}
	if x, ok := e.Data.(*slackevents.EventsAPIAppRateLimited); ok {
		p.missed(time.Unix(int64(x.MinuteRateLimited), 0), calm, "slack withholds events, since there are over 30,000 an hour")
		w.WriteHeader(http.StatusOK)
		return
	}
	if r.Header.Get("X-Slack-Retry-Num") != "" { // there may be others, of which Slack has stopped trying
		if c, ok := e.Data.(*slackevents.EventsAPICallbackEvent); ok && c.EventTime > 0 {
			p.missed(time.Unix(int64(c.EventTime), 0), again, "slack could not deliver an event at first")
		}
	}
	p.finish(w, r, patience, p.heed(e))
}

func (p *Platform) overInteractions(w http.ResponseWriter, r *http.Request, body []byte) {
	form, err := url.ParseQuery(string(body))
	var x api.InteractionCallback
	if err != nil || json.Unmarshal([]byte(form.Get("payload")), &x) != nil {
		http.Error(w, "There is no payload that can be read.", http.StatusBadRequest)
		return
	}
	p.finish(w, r, waits(x), p.interaction(x))
}

func (p *Platform) overCommands(w http.ResponseWriter, r *http.Request, body []byte) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		http.Error(w, "The command cannot be read.", http.StatusBadRequest)
		return
	}
	if form.Get("ssl_check") == "1" {
		w.WriteHeader(http.StatusOK)
		return
	}
	c := api.SlashCommand{
		TeamID: form.Get("team_id"), ChannelID: form.Get("channel_id"), ChannelName: form.Get("channel_name"), UserID: form.Get("user_id"), UserName: form.Get("user_name"),
		Command: form.Get("command"), Text: form.Get("text"), ResponseURL: form.Get("response_url"), TriggerID: form.Get("trigger_id"),
	}
	p.finish(w, r, patience, p.command(c))
}
