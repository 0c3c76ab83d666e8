package slack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	api "github.com/slack-go/slack"

	"sitrep/bot"
	"sitrep/incident"
)

// Name is the platform's name.
const Name = "slack"

// Incidents is what the adapter reads of incidents.
type Incidents interface {
	// InRoom returns the incident that is worked on in a channel; nil if none.
	InRoom(c bot.Channel) *incident.Incident
	// Visible lists the incidents that somebody may see, the open ones first.
	Visible(by incident.Person) []*incident.Incident
	// Worked lists the channels of a platform in which open incidents are worked
	// on, each with the instant from which what is said there belongs to one.
	Worked(platform string) map[bot.Channel]time.Time
	// Page is the public page's definition, for its zone.
	Page() incident.Page
	// Undelivered says what of an incident could not be delivered, a sentence
	// each.
	Undelivered(id string) []string
}

// Options are the optional parts of a Platform. Nil and the zero value work.
type Options struct {
	// AppToken opens sockets: the default way in, with no inbound port.
	AppToken string
	// SigningSecret proves that a request over HTTP is Slack's. Where it is set,
	// everything comes to [Platform.Handler] instead of over sockets.
	SigningSecret string
	// Sockets is how many are open at once, since Slack closes each of them every
	// few hours; 2 if zero, at most 10.
	Sockets int

	Command string              // the command's name without the slash; "incident"
	Mark    string              // the emoji that confirms a mark; "pushpin"
	BaseURL string              // where the web room is, for links to it
	PageURL string              // where the status page is
	Invite  map[string][]string // ids of user groups whose members are brought into a room, by severity; "" is every incident
	Public  bool                // a home for the public: nothing is read, no command taken

	// ThreadsIn is the channel in whose threads incidents are worked on whose
	// severity Thread says so of: the announcement channel. Private ones have a
	// channel all the same. Nil is none.
	ThreadsIn string
	Thread    func(severity string) bool

	// Unread keeps what Slack sent and nobody here can read, masked; it is then
	// acknowledged, so that Slack does not send it for ever.
	Unread func(ctx context.Context, raw string) error

	API    string            // where the Web API is; Slack's own if ""
	Client *http.Client      // http.DefaultClient with a timeout if nil
	Dialer *websocket.Dialer // of sockets; the library's if nil
	Now    func() time.Time
	Log    *slog.Logger
}

// A Platform is one workspace of Slack.
type Platform struct {
	token     string
	incidents Incidents
	o         Options
	web       *api.Client
	turns     bot.Turns
	people    roster
	posted    posted
	done      recent
	threads   roots
	reading   chan struct{} // full while rooms are read back

	mu      sync.Mutex
	h       bot.Handler // nil while Serve does not run
	serving context.Context
	me      identity
	heard   time.Time // when something last came from Slack
	gap     time.Time // since when something was missed that is yet to be read back
}

// identity is who the bot is.
type identity struct{ team, user, bot, url string }

// New returns the adapter of a workspace. token is the bot's (xoxb-). It does
// nothing before Serve, but can post.
func New(token string, in Incidents, o *Options) (*Platform, error) {
	p := &Platform{token: token, incidents: in, reading: make(chan struct{}, 1)}
	if o != nil {
		p.o = *o
	}
	switch {
	case !strings.HasPrefix(token, "xoxb-"):
		return nil, errors.New("slack: the bot token is missing or of another kind; it begins with xoxb- and stands on the app's page OAuth & Permissions")
	case p.o.AppToken == "" && p.o.SigningSecret == "":
		return nil, errors.New("slack: there is neither an app token (xapp-, on the app's page Basic Information) nor a signing secret, so Slack cannot reach sitrep")
	case p.o.AppToken != "" && !strings.HasPrefix(p.o.AppToken, "xapp-"):
		return nil, errors.New("slack: the app token is of another kind; it begins with xapp- and stands on the app's page Basic Information")
	}
	if p.o.Command == "" {
		p.o.Command = "incident"
	}
	if p.o.Mark == "" {
		p.o.Mark = "pushpin"
	}
	if p.o.Sockets == 0 {
		p.o.Sockets = 2
	}
	if p.o.Client == nil {
		p.o.Client = &http.Client{Timeout: callTimeout}
	}
	if p.o.Now == nil {
		p.o.Now = time.Now
	}
	if p.o.Log == nil {
		p.o.Log = slog.New(slog.DiscardHandler)
	}
	opts := []api.Option{api.OptionHTTPClient(p.o.Client), api.OptionAppLevelToken(p.o.AppToken)}
	if p.o.API != "" {
		opts = append(opts, api.OptionAPIURL(p.o.API))
	}
	p.web = api.New(token, opts...)
	p.people.ask = p.askPerson
	return p, nil
}

// callTimeout is how long one call of the Web API may take. Slack answers in
// well under a second; half a minute is a connection that died.
const callTimeout = 30 * time.Second

// Name returns "slack".
func (p *Platform) Name() string { return Name }

// Dedupes says that a key is one post for ever: each message carries its key in
// its metadata, and a channel is searched for it where that is not certain.
func (p *Platform) Dedupes() {}

// self returns who the bot is, asking once.
func (p *Platform) self(ctx context.Context) (identity, error) {
	p.mu.Lock()
	me := p.me
	p.mu.Unlock()
	if me.user != "" {
		return me, nil
	}
	a, err := p.web.AuthTestContext(ctx)
	if err != nil {
		return identity{}, p.failed("auth.test", err)
	}
	me = identity{team: a.TeamID, user: a.UserID, bot: a.BotID, url: strings.TrimSuffix(a.URL, "/")}
	p.mu.Lock()
	p.me = me
	p.mu.Unlock()
	return me, nil
}

// channelOf is how a channel is named outside.
func channelOf(id, name string) bot.Channel {
	if name != "" {
		name = "#" + strings.TrimPrefix(name, "#")
	}
	return bot.Channel{Platform: Name, ID: id, Name: name}
}

// realName is a channel's name as a delivery says it; "" where it says only what
// kind of channel it is.
func realName(name string) string {
	if name == "directmessage" || name == "privategroup" {
		return ""
	}
	return name
}

// key is what a message is, for ever: not what its delivery is.
func (me identity) key(channel, ts string) string {
	return Name + "/" + me.team + "/" + channel + "/" + ts
}

// parts reads a message's key; ok is false if it is none.
func parts(key string) (channel, ts string, ok bool) {
	w := strings.Split(key, "/")
	if len(w) != 4 || w[0] != Name {
		return "", "", false
	}
	return w[2], w[3], true
}

// link is the address of a message. Slack's own (chat.getPermalink) is the same
// and costs a call.
func (me identity) link(channel, ts, thread string) string {
	if me.url == "" {
		return ""
	}
	to := me.url + "/archives/" + channel + "/p" + strings.ReplaceAll(ts, ".", "")
	if thread != "" && thread != ts {
		to += "?thread_ts=" + thread + "&cid=" + channel
	}
	return to
}

// zone is the page's.
func (p *Platform) zone() *time.Location {
	z, err := time.LoadLocation(p.incidents.Page().TimeZone)
	if err != nil {
		return time.UTC
	}
	return z
}

func (p *Platform) renderer() *Renderer {
	base := strings.TrimSuffix(p.o.BaseURL, "/")
	return &Renderer{Zone: p.zone(), Command: "/" + p.o.Command, Base: base, Whole: func(m bot.Message) string {
		if id := about(m); base != "" && id != "" {
			return base + "/i/" + id
		}
		return ""
	}}
}

// about is the incident that a message is about; "" if it is about none.
func about(m bot.Message) string {
	switch m := m.(type) {
	case bot.Receipt:
		return m.Incident
	case bot.Card:
		return m.Incident
	case bot.Announcement:
		return m.Incident
	case bot.Line:
		return m.Incident
	case bot.CatchUp:
		return m.Incident
	case bot.Preview:
		return m.Incident
	case bot.DraftReady:
		return m.Incident
	case bot.Form:
		return m.Incident
	}
	return ""
}

// failed says what an error of a call means: [bot.Temporary] where trying again
// may help, and else a sentence that says what to do. No token is ever in it.
func (p *Platform) failed(method string, err error) error {
	if err == nil {
		return nil
	}
	clean := func(err error) error { return errors.New(p.hide(err.Error())) }
	var limited *api.RateLimitedError
	var status api.StatusCodeError
	var answer api.SlackErrorResponse
	switch {
	case errors.Is(err, context.Canceled): // by us; a deadline is Slack's not answering
		return fmt.Errorf("%s: %w", method, context.Canceled)
	case errors.As(err, &limited):
		return &bot.Temporary{After: limited.RetryAfter, Err: fmt.Errorf("%s: asked by Slack to wait %s", method, limited.RetryAfter)}
	case errors.As(err, &status) && status.Code >= 500:
		return &bot.Temporary{Err: fmt.Errorf("%s: no answer from Slack (%d)", method, status.Code)}
	case errors.As(err, &answer):
		switch answer.Err {
		case "fatal_error", "internal_error", "service_unavailable", "request_timeout", "team_added_to_org", "ratelimited", "message_limit_exceeded", "rate_limited":
			return &bot.Temporary{Err: fmt.Errorf("%s: %s, says Slack", method, answer.Err)}
		}
		return &refusal{Method: method, Code: answer.Err, Details: answer.ResponseMetadata.Messages}
	}
	return &bot.Temporary{Err: fmt.Errorf("%s: %w", method, clean(err))}
}

// hide takes our tokens out of a text.
func (p *Platform) hide(s string) string {
	for _, t := range []string{p.token, p.o.AppToken, p.o.SigningSecret} {
		if t != "" {
			s = strings.ReplaceAll(s, t, "[a token]")
		}
	}
	return s
}

// A refusal is Slack's no: trying again is useless until a person mends what is
// wrong.
type refusal struct {
	Method, Code string
	Details      []string
}

// Error says in a sentence what to do.
func (r *refusal) Error() string {
	switch r.Code {
	case "is_archived", "is_inactive":
		return "the channel is archived in Slack; unarchive it, or adopt another channel"
	case "channel_not_found":
		return "Slack has no such channel that sitrep can see; if it is private, invite the bot"
	case "not_in_channel":
		return "sitrep is not in the channel; type /invite and its name there"
	case "invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive":
		if r.Method == "apps.connections.open" {
			return "Slack does not accept the app token (" + r.Code + "); make a new one on the app's page Basic Information, and give it to sitrep"
		}
		return "Slack does not accept the bot's token any more (" + r.Code + "); install the app again, and give sitrep its new token"
	case "missing_scope", "no_permission":
		return "the Slack app may not do that (" + r.Method + "); install it again with the manifest of this version"
	case "restricted_action", "restricted_action_read_only_channel", "restricted_action_thread_only_channel":
		return "the workspace does not let sitrep do that there (" + r.Code + "); an administrator can"
	}
	s := "Slack refused " + r.Method + ": " + r.Code
	if len(r.Details) > 0 {
		s += " (" + strings.Join(r.Details, "; ") + ")"
	}
	return s
}

// refused reports whether Slack said no with one of these codes.
func refused(err error, codes ...string) bool {
	var r *refusal
	if !errors.As(err, &r) {
		return false
	}
	for _, c := range codes {
		if r.Code == c {
			return true
		}
	}
	return false
}
