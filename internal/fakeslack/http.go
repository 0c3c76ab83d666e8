package fakeslack

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// HTTPMode delivers to request URLs, each signed with the signing secret.
type HTTPMode struct {
	Events, Interactions, Commands string // addresses of the app
	// Client sends the requests; its transport may lead into the app in process.
	// http.DefaultClient if nil.
	Client *http.Client
}

// post sends a delivery to the app's request URL.
func (f *Fake) post(d *Delivery) {
	mode := f.opt.HTTP
	target, kind, body := mode.Events, "application/json", []byte(d.payload)
	switch d.Kind {
	case "interactive":
		target, kind = mode.Interactions, "application/x-www-form-urlencoded"
		body = []byte(url.Values{"payload": {string(d.payload)}}.Encode())
	case "slash_commands":
		target, kind = mode.Commands, "application/x-www-form-urlencoded"
		body = []byte(form(d.payload).Encode())
	}
	head := http.Header{"Content-Type": {kind}}
	if d.attempt > 0 {
		head.Set("X-Slack-Retry-Num", strconv.Itoa(d.attempt))
		head.Set("X-Slack-Retry-Reason", d.reason)
	}
	envelope := d.envelope
	f.running.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), ackWithin)
		defer cancel()
		resp, answered, err := f.sign(ctx, target, head, body)
		f.mu.Lock()
		defer f.mu.Unlock()
		switch {
		case f.pending[envelope] != d: // too late
		case ctx.Err() != nil:
			f.missed(d, "http_timeout")
		case err != nil:
			f.missed(d, "connection_failed")
		case resp.StatusCode/100 == 2:
			f.acknowledged(envelope, answered)
		default:
			if resp.Header.Get("X-Slack-No-Retry") == "1" {
				d.attempt = retries
			}
			f.missed(d, "http_error")
		}
	})
}

// form is a slash command's payload as HTTP has it.
func form(payload json.RawMessage) url.Values {
	var in map[string]any
	v := url.Values{}
	if json.Unmarshal(payload, &in) == nil {
		for k, x := range in {
			v.Set(k, fmt.Sprint(x))
		}
	}
	return v
}

// sign sends a request as Slack signs it, and reads the answer.
func (f *Fake) sign(ctx context.Context, target string, head http.Header, body []byte) (*http.Response, json.RawMessage, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	req.Header = head.Clone()
	maps.Copy(req.Header, f.Signature(time.Now(), body))
	client := f.opt.HTTP.Client
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return nil, nil, err
	}
	if !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") && len(text) > 0 {
		text = raw(obj{"text": string(text)}) // plain words are what the person is told
	}
	return resp, text, nil
}

// Signature is the two headers that sign a body sent at an instant: a test makes
// replayed requests with an old one, and forged ones with another body.
func (f *Fake) Signature(at time.Time, body []byte) http.Header {
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(f.ws.SigningSecret))
	mac.Write([]byte("v0:" + stamp + ":"))
	mac.Write(body)
	return http.Header{"X-Slack-Request-Timestamp": {stamp}, "X-Slack-Signature": {"v0=" + hex.EncodeToString(mac.Sum(nil))}}
}

// Verify makes Slack's url_verification request to the events address, and
// returns an error unless the app gave the challenge back.
func (f *Fake) Verify(ctx context.Context) error {
	body := raw(obj{"type": "url_verification", "token": "deprecated", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"})
	resp, text, err := f.sign(ctx, f.opt.HTTP.Events, http.Header{"Content-Type": {"application/json"}}, body)
	if err != nil {
		return fmt.Errorf("verify the events address: %w", err)
	}
	if resp.StatusCode != http.StatusOK || !bytes.Contains(text, []byte("3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P")) {
		return fmt.Errorf("verify the events address: answered %d %q", resp.StatusCode, text)
	}
	return nil
}

// CheckTLS makes the ssl_check request that Slack sends to the command address of
// a distributed app, and returns an error unless it is answered with 200.
func (f *Fake) CheckTLS(ctx context.Context) error {
	resp, _, err := f.sign(ctx, f.opt.HTTP.Commands, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, []byte("ssl_check=1&token=deprecated"))
	if err != nil {
		return fmt.Errorf("check the command address: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("check the command address: answered %d", resp.StatusCode)
	}
	return nil
}
