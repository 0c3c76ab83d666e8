package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/websocket"
	api "github.com/slack-go/slack"
)

// A Finding is one thing that Check looked at.
type Finding struct {
	OK   bool
	Text string // what is so, or what to do: whole sentences
}

// CheckOptions are what there is to check, and where. Nil and the zero value
// work.
type CheckOptions struct {
	AppToken      string   // of sockets
	SigningSecret string   // of HTTP; where it is set, sockets are not looked at
	Announce      string   // the id of the announcement channel
	Groups        []string // the ids of user groups
	Public        bool     // a home for the public

	API    string            // where the Web API is; Slack's own if ""
	Client *http.Client      // one with a timeout if nil
	Dialer *websocket.Dialer // of sockets; websocket.DefaultDialer if nil
	Now    func() time.Time
}

// Check looks at the tokens, what they may do, the way in, the channel, the
// groups and the clock, and changes nothing: for sitrep check. No finding holds
// a token. token is the bot's.
func Check(ctx context.Context, token string, o *CheckOptions) []Finding {
	c := &checkup{token: token}
	if o != nil {
		c.o = *o
	}
	if c.o.Client == nil {
		c.o.Client = &http.Client{Timeout: checkTimeout}
	}
	if c.o.Dialer == nil {
		c.o.Dialer = websocket.DefaultDialer
	}
	if c.o.Now == nil {
		c.o.Now = time.Now
	}
	opts := []api.Option{api.OptionHTTPClient(c.o.Client), api.OptionAppLevelToken(c.o.AppToken)}
	if c.o.API != "" {
		opts = append(opts, api.OptionAPIURL(c.o.API))
	}
	c.web = api.New(token, opts...)
	c.run(ctx)
	return c.findings
}

// checkTimeout is how long one call may take, and the first word over a socket.
const checkTimeout = 10 * time.Second

// maxSkew is how far the clock may be from Slack's: a message and the command
// that follows it should stand in the timeline in their order. Beyond five
// minutes Slack's signatures do not hold.
const maxSkew = 5 * time.Second

// A checkup gathers findings.
type checkup struct {
	token    string
	o        CheckOptions
	web      *api.Client
	findings []Finding
}

func (c *checkup) good(format string, args ...any) {
	c.findings = append(c.findings, Finding{true, c.hide(fmt.Sprintf(format, args...))})
}

func (c *checkup) bad(format string, args ...any) {
	c.findings = append(c.findings, Finding{false, c.hide(fmt.Sprintf(format, args...))})
}

// hide takes the secrets out of a text, whoever put them there.
func (c *checkup) hide(s string) string {
	for _, secret := range []string{c.token, c.o.AppToken, c.o.SigningSecret} {
		if secret != "" {
			s = strings.ReplaceAll(s, secret, "[a token]")
		}
	}
	return s
}

func (c *checkup) run(ctx context.Context) {
	kinds := c.kind("bot token", c.token, "xoxb-", "OAuth & Permissions")
	switch {
	case c.o.SigningSecret != "":
		c.secret()
	default:
		kinds = c.kind("app token", c.o.AppToken, "xapp-", "Basic Information, App-Level Tokens") && kinds
	}
	if !kinds {
		return // Slack would only say that again
	}
	app, ok := c.bot(ctx)
	if !ok {
		return
	}
	if c.o.SigningSecret == "" {
		c.socket(ctx, app)
	}
	c.channel(ctx)
	c.groups(ctx)
}

// kind holds that a token is of its kind. What it is instead is said by its
// first letters, which are no secret.
func (c *checkup) kind(name, token, want, page string) bool {
	if strings.HasPrefix(token, want) {
		return true
	}
	const hint = "The %s %s; it begins with %s and stands on the app's page %s."
	kinds := []string{"xapp", "xoxa", "xoxb", "xoxc", "xoxe", "xoxe.xoxb", "xoxe.xoxp", "xoxp", "xoxs"}
	switch first, _, dashed := strings.Cut(token, "-"); {
	case token == "":
		c.bad(hint, name, "is missing", want, page)
	case dashed && slices.Contains(kinds, first):
		c.bad(hint, name, "is of another kind ("+first+"-)", want, page)
	default:
		c.bad(hint, name, "is no token of Slack's", want, page)
	}
	return false
}

func (c *checkup) secret() {
	s := c.o.SigningSecret
	if strings.HasPrefix(s, "xox") || strings.HasPrefix(s, "xapp-") || strings.ContainsAny(s, " \t\n") {
		c.bad("The signing secret is something else; it stands on the app's page Basic Information, App Credentials, beside Signing Secret.")
		return
	}
	c.good("There is a signing secret; that it is this app's shows when the first request of Slack's comes.")
}

// bot asks who the bot is, what it may do, and what time it is. It returns the
// app's id, "" if Slack does not say it; ok is false if nothing more can be
// asked.
func (c *checkup) bot(ctx context.Context) (app string, ok bool) {
	before := c.o.Now()
	me, err := c.web.AuthTestContext(ctx)
	after := c.o.Now()
	if err != nil {
		c.bad("%s", c.explain(err, "the bot token"))
		return "", false
	}
	c.good("The bot token is good: %s in the workspace %s (%s).", me.User, me.Team, me.URL)
	c.scopes(me.Header.Get("X-OAuth-Scopes"))
	c.clock(me.Header.Get("Date"), before, after)
	if b, err := c.web.GetBotInfoContext(ctx, api.GetBotInfoParameters{Bot: me.BotID}); err == nil {
		app = b.AppID // without users:read, which is then among what is missing, it is not known
	}
	return app, true
}

// scopes holds what was granted against what the manifest asks for.
func (c *checkup) scopes(header string) {
	if header == "" {
		c.bad("Slack's answer does not say what the app may do: let no proxy take headers out of it.")
		return
	}
	var granted []string
	for s := range strings.SplitSeq(header, ",") {
		granted = append(granted, strings.TrimSpace(s))
	}
	wanted := NewManifest(&ManifestOptions{Public: c.o.Public}).OAuth.Scopes.Bot
	lacking := slices.DeleteFunc(slices.Clone(wanted), func(s string) bool { return slices.Contains(granted, s) })
	more := slices.DeleteFunc(granted, func(s string) bool { return s == "" || slices.Contains(wanted, s) })
	switch {
	case len(lacking) > 0:
		c.bad("The app lacks %s: put what sitrep manifest prints on its page App Manifest, and install it again.", strings.Join(lacking, ", "))
	case len(more) > 0:
		c.good("It may do all that is needed, and more than sitrep uses: %s.", strings.Join(more, ", "))
	default:
		c.good("It may do all that is needed, and nothing else.")
	}
}

// clock holds this machine's clock against Slack's, which says whole seconds.
func (c *checkup) clock(date string, before, after time.Time) {
	theirs, err := http.ParseTime(date)
	if err != nil {
		return // a proxy took it out
	}
	middle := before.Add(after.Sub(before) / 2)
	skew := middle.Sub(theirs.Add(500 * time.Millisecond))
	if skew.Abs() <= maxSkew+after.Sub(before) {
		c.good("The clock agrees with Slack's.")
		return
	}
	side := "ahead of"
	if skew < 0 {
		side = "behind"
	}
	more := ""
	if skew.Abs() > 5*time.Minute && c.o.SigningSecret != "" {
		more = " Until then every request of Slack's is refused as too old or too new."
	}
	c.bad("This machine's clock is %s %s Slack's: let it follow a time server (NTP).%s", skew.Abs().Round(time.Second), side, more)
}

// A hello is the first word over a socket.
type hello struct {
	Type        string `json:"type"`
	Reason      string `json:"reason"`
	Connections int    `json:"num_connections"`
	Info        struct {
		App string `json:"app_id"`
	} `json:"connection_info"`
}

// socket opens one as the adapter does, and waits for the first word. What Slack
// delivers over it in that moment is not acknowledged, so that Slack delivers it
// again, to whoever listens.
func (c *checkup) socket(ctx context.Context, app string) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	_, address, err := c.web.StartSocketModeContext(ctx)
	if err != nil {
		c.bad("%s", c.explain(err, "the app token"))
		return
	}
	first, err := c.first(ctx, address)
	switch {
	case err != nil:
		c.bad("Slack lets a socket be opened, and it does not come up: a firewall or proxy must let WebSockets to *.slack.com through.")
	case first.Type == "disconnect" && first.Reason == "link_disabled":
		c.bad("Socket Mode is switched off: turn it on on the app's page Socket Mode.")
	case first.Type != "hello":
		c.bad("Slack closes the socket at once (%s): stop other processes that use this app token.", orElse(first.Reason, "it gives no reason"))
	case app != "" && first.Info.App != "" && first.Info.App != app:
		c.bad("The app token is another app's (%s) than the bot token's (%s): take both from one app.", first.Info.App, app)
	case first.Connections > maxSockets-2:
		c.bad("%d sockets of this app are open, and Slack allows %d: stop the processes that do not belong.", first.Connections-1, maxSockets)
	case first.Connections == 2:
		c.good("Sockets open; one more of this app is open already, so sitrep runs elsewhere.")
	case first.Connections > 2:
		c.good("Sockets open; %d others of this app are open already, so sitrep runs elsewhere.", first.Connections-1)
	default:
		c.good("Sockets open, and nobody else uses this app.")
	}
}

// maxSockets is how many connections Slack allows an app (docs.slack.dev, Socket
// Mode); the adapter uses two of them.
const maxSockets = 10

func (c *checkup) first(ctx context.Context, address string) (h hello, err error) {
	ws, resp, err := c.o.Dialer.DialContext(ctx, address, nil)
	if err != nil {
		if resp != nil {
			err = errors.Join(err, resp.Body.Close())
		}
		return h, err
	}
	defer func() { err = errors.Join(err, ws.Close()) }()
	if err := ws.SetReadDeadline(time.Now().Add(checkTimeout)); err != nil {
		return h, err
	}
	_, text, err := ws.ReadMessage()
	if err != nil {
		return h, err
	}
	return h, json.Unmarshal(text, &h)
}

// channel looks at the announcement channel.
func (c *checkup) channel(ctx context.Context) {
	if c.o.Announce == "" {
		c.good("There is no announcement channel (chat.slack.announce).")
		return
	}
	ch, err := c.web.GetConversationInfoContext(ctx, &api.GetConversationInfoInput{ChannelID: c.o.Announce})
	switch name := nameOf(ch); {
	case refusedWith(err) == "channel_not_found":
		c.bad("The announcement channel %s is not there, or it is private and the bot is not in it: correct chat.slack.announce, or type /invite @sitrep in it.", c.o.Announce)
	case refusedWith(err) == "missing_scope":
		return // said among the scopes
	case err != nil:
		c.bad("%s", c.explain(err, "the bot token"))
	case ch.IsArchived:
		c.bad("The announcement channel %s is archived: unarchive it, or choose another (chat.slack.announce).", name)
	case (ch.IsExtShared || ch.IsPendingExtShared) && !c.o.Public:
		c.bad("The announcement channel %s is shared with another organisation, which would read what is internal: choose another (chat.slack.announce).", name)
	case ch.IsReadOnly:
		c.bad("Only some people may post in the announcement channel %s: let sitrep post too, in the channel's settings.", name)
	case ch.IsMember:
		c.good("The bot is in the announcement channel %s.", name)
	case ch.IsPrivate:
		c.bad("The bot is not in the announcement channel %s: type /invite @sitrep in it.", name)
	default:
		c.good("The announcement channel is %s; the bot joins it with its first message.", name)
	}
}

func nameOf(ch *api.Channel) string {
	if ch == nil || ch.Name == "" {
		return ""
	}
	return "#" + ch.Name
}

// groups looks at the user groups that are to be brought in.
func (c *checkup) groups(ctx context.Context) {
	if len(c.o.Groups) == 0 {
		return
	}
	have, err := c.web.GetUserGroupsContext(ctx)
	switch refusedWith(err) {
	case "missing_scope":
		return // said among the scopes
	case "plan_upgrade_required", "paid_teams_only":
		c.bad("This workspace's plan has no user groups: take them out of chat.slack.invite and chat.slack.severities.")
		return
	}
	if err != nil {
		c.bad("%s", c.explain(err, "the bot token"))
		return
	}
	var names []string
	lacking := false
	for _, id := range c.o.Groups {
		i := slices.IndexFunc(have, func(g api.UserGroup) bool { return g.ID == id })
		if i < 0 {
			lacking = true
			c.bad("There is no user group %s: correct chat.slack.invite or chat.slack.severities.", id)
			continue
		}
		names = append(names, "@"+have[i].Handle)
	}
	if !lacking {
		c.good("User groups to be brought in: %s.", strings.Join(names, ", "))
	}
}

// refusedWith is the code of Slack's no; "" if err is none.
func refusedWith(err error) string {
	var answer api.SlackErrorResponse
	if errors.As(err, &answer) {
		return answer.Err
	}
	return ""
}

// explain says what a failed call means. what is the token that it was made
// with.
func (c *checkup) explain(err error, what string) string {
	var limited *api.RateLimitedError
	var status api.StatusCodeError
	switch code := refusedWith(err); code {
	case "":
	case "invalid_auth", "not_authed":
		return "Slack does not know " + what + ": copy it anew from the app's page, whole."
	case "token_revoked", "token_expired", "account_inactive":
		return "Slack does not take " + what + " any more (" + code + "): install the app again, and give sitrep its new tokens."
	case "not_allowed_token_type":
		return "Slack takes another kind of token there: the two are exchanged, or " + what + " is a person's."
	case "missing_scope", "no_permission":
		if what == "the app token" {
			return "The app token may not open sockets: make one with the scope connections:write (Basic Information, App-Level Tokens)."
		}
		return "The app may not do that (" + code + "): install it again with what sitrep manifest prints."
	case "access_denied", "team_access_not_granted", "org_login_required", "ekm_access_denied":
		return "An administrator of the workspace has to approve the app (" + code + ")."
	default:
		return "Slack refuses " + what + " (" + code + ")."
	}
	switch {
	case errors.As(err, &limited):
		return fmt.Sprintf("Slack asks to wait %s; check again then.", limited.RetryAfter)
	case errors.As(err, &status):
		return fmt.Sprintf("Slack does not answer (%d): look at slack-status.com, and check again.", status.Code)
	case errors.Is(err, context.Canceled):
		return "The check was broken off."
	}
	var asked *url.Error
	if errors.As(err, &asked) {
		err = asked.Err // why, without where to
	}
	return "Slack cannot be reached: " + err.Error() + ". This machine must be able to call https://slack.com."
}
