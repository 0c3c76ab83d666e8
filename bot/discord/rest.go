package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"sitrep/bot"
)

// patience is how long a request may wait for a place in its bucket before its
// sender is told to come back: longer than Discord's usual window of 5 s.
const patience = 6 * time.Second

// answerIn is how long Discord may take for one request.
const answerIn = 20 * time.Second

// A call is one request to the REST API.
type call struct {
	method, path string
	body         any // JSON; nil for none
	files        []file
	channel      string // where it acts, for the words of a refusal; "" for the guild
	needs        bits   // what the bot must be allowed to do there
	hurry        bool   // it does not wait for a place
}

// ids are the parts of a path that are not the route's.
var ids = regexp.MustCompile(`\d{15,}|/reactions/[^/]+`)

// trip is what the limiter has to know.
func (c call) trip() trip {
	path, _, _ := strings.Cut(c.path, "?")
	if strings.HasPrefix(path, "interactions/") || strings.HasPrefix(path, "webhooks/") {
		return trip{}
	}
	t := trip{most: patience}
	if c.hurry {
		t.most = 0
	}
	parts := strings.SplitN(path, "/", 3)
	if len(parts) > 1 && (parts[0] == "channels" || parts[0] == "guilds") {
		t.major = parts[1]
	}
	t.route = c.method + " " + ids.ReplaceAllString(path, "*")
	return t
}

// do makes a request and decodes its answer into out, if that is not nil.
// Errors are [bot.Temporary], a [refusal], or the context's.
func (p *Platform) do(ctx context.Context, c call, out any) error {
	var contentType string
	var body []byte
	if c.body != nil {
		var err error
		if contentType, body, err = pack(c.body, c.files); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, tripKey{}, c.trip()), answerIn)
	defer cancel()
	// The library's own buckets are of no use here: this one is for one request.
	b := &discordgo.Bucket{Key: c.path, Remaining: 1}
	b.Lock()
	answer, err := p.rest.RequestWithLockedBucket(c.method, discordgo.EndpointAPI+c.path, contentType, body, b, 0,
		discordgo.WithContext(ctx), discordgo.WithRetryOnRatelimit(false), discordgo.WithRestRetries(0))
	if err != nil {
		return p.failed(ctx, c, err)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return &bot.Temporary{Err: fmt.Errorf("read discord's answer: %w", err)}
	}
	return nil
}

// A refusal is an answer that will not change by asking again.
type refusal struct {
	code int // Discord's; 0 if there is none
	text string
}

// Error returns the sentence.
func (r *refusal) Error() string { return r.text }

// is reports whether an error is a refusal with one of the codes.
func is(err error, codes ...int) bool {
	var r *refusal
	if !errors.As(err, &r) {
		return false
	}
	for _, c := range codes {
		if r.code == c {
			return true
		}
	}
	return false
}

// failed says what an error of the library means.
func (p *Platform) failed(ctx context.Context, c call, err error) error {
	var late *discordgo.RateLimitError
	var rest *discordgo.RESTError
	var temp *bot.Temporary
	switch {
	case errors.As(err, &temp):
		return temp
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &late):
		after := time.Second
		if late.RateLimit != nil && late.TooManyRequests != nil {
			after = late.RetryAfter
		}
		return &bot.Temporary{After: after, Err: errors.New("discord asks for a pause")}
	case errors.As(err, &rest) && rest.Response != nil:
		return p.refused(ctx, c, rest)
	}
	return &bot.Temporary{Err: fmt.Errorf("discord does not answer: %w", err)}
}

func (p *Platform) refused(ctx context.Context, c call, e *discordgo.RESTError) error {
	status, code := e.Response.StatusCode, 0
	if e.Message != nil {
		code = e.Message.Code
	}
	switch {
	case status >= 500:
		return &bot.Temporary{Err: fmt.Errorf("discord answers %d", status)}
	case status == http.StatusUnauthorized && code != codeWebhookToken:
		return &refusal{code, "Discord does not accept the bot's token. Copy it again from the developer portal, page Bot, and restart sitrep."}
	case status == http.StatusForbidden && (e.Message == nil || code == 0): // a page, not an answer: the address is banned
		return &bot.Temporary{After: invalidPer, Err: errors.New("discord refuses every request from this address for now")}
	case code == discordgo.ErrCodeMissingPermissions || code == discordgo.ErrCodeMissingAccess:
		return &refusal{code, p.lacking(ctx, c)}
	case code == discordgo.ErrCodeUnknownChannel:
		return &refusal{code, "There is no channel " + p.label(c.channel) + " on Discord any more, or sitrep cannot see it."}
	}
	return &refusal{code, fmt.Sprintf("Discord refuses %s: %s", strings.ToLower(c.method), clip(strings.TrimSpace(string(e.ResponseBody)), 500))}
}

// Codes that the library has no name for.
const (
	codeWebhookToken  = 50027  // the 15 minutes of an interaction are over
	codeThreadThere   = 160004 // a message has its thread already
	codeThreadClosed  = 50083  // the thread is archived
	codeAnswered      = 40060
	codeNoInteraction = 10062
	codeNoChannel     = discordgo.ErrCodeUnknownChannel
	codeNoUser        = discordgo.ErrCodeUnknownUser
	codeNoMember      = discordgo.ErrCodeUnknownMember
)

// label is what people call a channel.
func (p *Platform) label(id string) string {
	if name := p.names.channel(id); name != "" {
		return "#" + name
	}
	return id
}
