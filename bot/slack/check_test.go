package slack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	api "github.com/slack-go/slack"

	"sitrep/bot/slack"
	"sitrep/internal/fakeslack"
)

// changed is a transport that changes answers on their way.
type changed func(path string, h http.Header, body []byte) []byte

func (c changed) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if err := resp.Body.Close(); err != nil {
		return nil, err
	}
	body = c(r.URL.Path, resp.Header, body)
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return resp, nil
}

const (
	botToken = "xoxb-1-hunter2"
	appToken = "xapp-1-hunter2"
)

func checkedSpace() fakeslack.Workspace {
	return fakeslack.Workspace{
		BotToken: botToken, AppToken: appToken, Scopes: slack.NewManifest(nil).OAuth.Scopes.Bot,
		Users: []fakeslack.User{{Name: "ada"}},
		Channels: []fakeslack.Channel{
			{ID: "C0INCIDENTS", Name: "incidents", Members: []string{"ada", "sitrep"}}, {ID: "C0OPEN", Name: "open", Members: []string{"ada"}},
			{ID: "C0SECRET", Name: "secret", Private: true, Members: []string{"ada"}}, {ID: "C0SHARED", Name: "shared", Shared: true, Members: []string{"ada"}},
		},
		Groups: []fakeslack.Group{{ID: "S0ONCALL", Handle: "oncall", Members: []string{"ada"}}},
	}
}

// check runs the check against a fake; change, if not nil, makes it different.
func check(t *testing.T, w fakeslack.Workspace, opt *fakeslack.Options, token string, o slack.CheckOptions, change func(f *fakeslack.Fake)) []slack.Finding {
	t.Helper()
	f := fakeslack.New(w, opt)
	defer f.Close()
	f.Listen()
	if change != nil {
		change(f)
	}
	if o.API == "" {
		o.API = f.URL()
	}
	found := slack.Check(t.Context(), token, &o)
	for _, x := range found {
		if strings.Contains(x.Text, "hunter2") || strings.Contains(x.Text, "8f742231b10e8888abcd99yyyzzz85a5") {
			t.Errorf("a finding holds a secret: %q", x.Text)
		}
		if !strings.HasSuffix(x.Text, ".") || strings.Contains(x.Text, "!") {
			t.Errorf("%q is no sentence", x.Text)
		}
	}
	for _, c := range f.Calls("") {
		switch c.Method {
		case "auth.test", "bots.info", "apps.connections.open", "conversations.info", "usergroups.list":
		default:
			t.Errorf("the check called %s, which may change something", c.Method)
		}
	}
	return found
}

func all(found []slack.Finding) string {
	var b strings.Builder
	for _, x := range found {
		b.WriteString(map[bool]string{true: "ok: ", false: "fix: "}[x.OK] + x.Text + "\n")
	}
	return b.String()
}

func TestCheckFindsNothing(t *testing.T) {
	o := slack.CheckOptions{AppToken: appToken, Announce: "C0INCIDENTS", Groups: []string{"S0ONCALL"}}
	want := "ok: The bot token is good: sitrep in the workspace Fake (https://fake.slack.com/).\n" +
		"ok: It may do all that is needed, and nothing else.\nok: The clock agrees with Slack's.\nok: Sockets open, and nobody else uses this app.\n" +
		"ok: The bot is in the announcement channel #incidents.\nok: User groups to be brought in: @oncall.\n"
	if got := all(check(t, checkedSpace(), nil, botToken, o, nil)); got != want {
		t.Errorf("found\n%swant\n%s", got, want)
	}
}

func TestCheckPublic(t *testing.T) {
	w := checkedSpace()
	w.Scopes = slack.NewManifest(&slack.ManifestOptions{Public: true}).OAuth.Scopes.Bot
	o := slack.CheckOptions{AppToken: appToken, Announce: "C0SHARED", Public: true}
	got := all(check(t, w, nil, botToken, o, nil))
	if strings.Contains(got, "fix: ") || !strings.Contains(got, "announcement channel is #shared; the bot joins it") {
		t.Errorf("found\n%s", got)
	}
}

func TestCheckFinds(t *testing.T) {
	team := slack.CheckOptions{AppToken: appToken}
	with := func(change func(o *slack.CheckOptions)) slack.CheckOptions {
		o := team
		change(&o)
		return o
	}
	announce := func(id string) slack.CheckOptions { return with(func(o *slack.CheckOptions) { o.Announce = id }) }
	scopes := func(s ...string) func(w *fakeslack.Workspace) {
		return func(w *fakeslack.Workspace) { w.Scopes = s }
	}
	fail := func(method string, fault fakeslack.Fault) func(*fakeslack.Fake) {
		fault.Method = method
		return func(f *fakeslack.Fake) { f.Fail(fault) }
	}
	clock := func(by time.Duration) slack.CheckOptions {
		return with(func(o *slack.CheckOptions) {
			o.Now = func() time.Time { return time.Now().Add(by) }
		})
	}
	for name, tt := range map[string]struct {
		token  string
		o      slack.CheckOptions
		opt    *fakeslack.Options
		there  func(*fakeslack.Workspace)
		change func(*fakeslack.Fake)
		want   string
	}{
		"no bot token":       {token: "hunter2", o: team, want: "fix: The bot token is no token of Slack's; it begins with xoxb- and stands on the app's page OAuth & Permissions.\n"},
		"a person's token":   {token: "xoxp-hunter2", o: team, want: "fix: The bot token is of another kind (xoxp-); it begins with xoxb-"},
		"tokens exchanged":   {token: appToken, o: slack.CheckOptions{AppToken: botToken}, want: "fix: The bot token is of another kind (xapp-); it begins with xoxb- and stands on the app's page OAuth & Permissions.\nfix: The app token is of another kind (xoxb-); it begins with xapp- and stands on the app's page Basic Information, App-Level Tokens.\n"},
		"no app token":       {o: slack.CheckOptions{}, want: "fix: The app token is missing; it begins with xapp-"},
		"an unknown token":   {token: "xoxb-2-hunter2", o: team, want: "fix: Slack does not know the bot token: copy it anew from the app's page, whole.\n"},
		"a revoked token":    {o: team, change: func(f *fakeslack.Fake) { f.Revoke() }, want: "fix: Slack does not take the bot token any more (token_revoked): install the app again"},
		"an approval":        {o: team, change: fail("auth.test", fakeslack.Fault{Error: "access_denied"}), want: "fix: An administrator of the workspace has to approve the app (access_denied).\n"},
		"something new":      {o: team, change: fail("auth.test", fakeslack.Fault{Error: "mercury_retrograde"}), want: "fix: Slack refuses the bot token (mercury_retrograde).\n"},
		"Slack is down":      {o: team, change: func(f *fakeslack.Fake) { f.Outage(true) }, want: "fix: Slack does not answer (503): look at slack-status.com, and check again.\n"},
		"too many calls":     {o: team, change: fail("auth.test", fakeslack.Fault{RetryAfter: 7 * time.Second}), want: "fix: Slack asks to wait 7s; check again then.\n"},
		"no network":         {o: with(func(o *slack.CheckOptions) { o.API = "http://127.0.0.1:1/api/" }), want: "This machine must be able to call https://slack.com.\n"},
		"a scope less":       {o: team, there: scopes(slack.NewManifest(nil).OAuth.Scopes.Bot[2:]...), want: "fix: The app lacks app_mentions:read, bookmarks:read: put what sitrep manifest prints on its page App Manifest, and install it again.\n"},
		"a scope more":       {o: team, there: func(w *fakeslack.Workspace) { w.Scopes = append(w.Scopes, "files:write") }, want: "ok: It may do all that is needed, and more than sitrep uses: files:write.\n"},
		"ahead":              {o: clock(time.Minute), want: "fix: This machine's clock is 1m0s ahead of Slack's: let it follow a time server (NTP).\n"},
		"behind":             {o: clock(-2 * time.Hour), want: "fix: This machine's clock is 2h0m0s behind Slack's"},
		"an unknown way in":  {o: with(func(o *slack.CheckOptions) { o.AppToken = "xapp-2-hunter2" }), want: "fix: Slack does not know the app token: copy it anew"},
		"a way in too small": {o: team, change: fail("apps.connections.open", fakeslack.Fault{Error: "missing_scope"}), want: "fix: The app token may not open sockets: make one with the scope connections:write"},
		"no such channel":    {o: announce("C0NONE"), want: "fix: The announcement channel C0NONE is not there, or it is private and the bot is not in it: correct chat.slack.announce, or type /invite @sitrep in it.\n"},
		"a private channel":  {o: announce("C0SECRET"), want: "fix: The announcement channel C0SECRET is not there, or it is private"},
		"a shared channel":   {o: announce("C0SHARED"), want: "fix: The announcement channel #shared is shared with another organisation"},
		"an archived channel": {o: announce("C0OPEN"), change: func(f *fakeslack.Fake) { f.Archive("open", "ada") },
			want: "fix: The announcement channel #open is archived: unarchive it, or choose another (chat.slack.announce).\n"},
		"a channel to join": {o: announce("C0OPEN"), want: "ok: The announcement channel is #open; the bot joins it with its first message.\n"},
		"no channel":        {o: team, want: "ok: There is no announcement channel (chat.slack.announce).\n"},
		"no such group":     {o: with(func(o *slack.CheckOptions) { o.Groups = []string{"S0ONCALL", "S0NONE"} }), want: "fix: There is no user group S0NONE: correct chat.slack.invite or chat.slack.severities.\n"},
		"no groups at all": {o: with(func(o *slack.CheckOptions) { o.Groups = []string{"S0ONCALL"} }), opt: &fakeslack.Options{FreePlan: true},
			want: "fix: This workspace's plan has no user groups: take them out of chat.slack.invite and chat.slack.severities.\n"},
		"another secret": {o: slack.CheckOptions{SigningSecret: botToken}, want: "fix: The signing secret is something else; it stands on the app's page Basic Information"},
		"HTTP":           {o: slack.CheckOptions{SigningSecret: "8f742231b10e8888abcd99yyyzzz85a5"}, want: "ok: There is a signing secret; that it is this app's shows when the first request of Slack's comes.\n"},
		"HTTP and late": {o: slack.CheckOptions{SigningSecret: "8f742231b10e8888abcd99yyyzzz85a5", Now: func() time.Time { return time.Now().Add(-10 * time.Minute) }},
			want: "fix: This machine's clock is 10m0s behind Slack's: let it follow a time server (NTP). Until then every request of Slack's is refused"},
	} {
		t.Run(name, func(t *testing.T) {
			w := checkedSpace()
			if tt.there != nil {
				tt.there(&w)
			}
			if tt.token == "" {
				tt.token = botToken
			}
			if got := all(check(t, w, tt.opt, tt.token, tt.o, tt.change)); !strings.Contains(got, tt.want) {
				t.Errorf("found\n%swant\n%s", got, tt.want)
			}
		})
	}
}

// What a fake workspace does not have is changed on its way.
func TestCheckFindsWhatIsRare(t *testing.T) {
	for name, tt := range map[string]struct {
		o      slack.CheckOptions
		change changed
		want   string
	}{
		"two apps": {slack.CheckOptions{AppToken: appToken}, func(path string, _ http.Header, body []byte) []byte {
			if strings.HasSuffix(path, "/bots.info") {
				return []byte(`{"ok": true, "bot": {"app_id": "A0OTHER"}}`)
			}
			return body
		}, ") than the bot token's (A0OTHER): take both from one app.\n"},
		"read only": {slack.CheckOptions{AppToken: appToken, Announce: "C0INCIDENTS"}, func(_ string, _ http.Header, body []byte) []byte {
			return bytes.Replace(body, []byte(`"is_member":true`), []byte(`"is_member":true,"is_read_only":true`), 1)
		}, "fix: Only some people may post in the announcement channel #incidents: let sitrep post too, in the channel's settings.\n"},
		"a proxy": {slack.CheckOptions{AppToken: appToken}, func(_ string, h http.Header, body []byte) []byte {
			h.Del("X-OAuth-Scopes")
			return body
		}, "fix: Slack's answer does not say what the app may do: let no proxy take headers out of it.\n"},
	} {
		t.Run(name, func(t *testing.T) {
			tt.o.Client = &http.Client{Transport: tt.change}
			if got := all(check(t, checkedSpace(), nil, botToken, tt.o, nil)); !strings.Contains(got, tt.want) {
				t.Errorf("found\n%swant\n%s", got, tt.want)
			}
		})
	}
}

// Sockets that say no, or nothing.
func TestCheckSocket(t *testing.T) {
	for name, tt := range map[string]struct {
		first string
		want  string
	}{
		"switched off": {`{"type":"disconnect","reason":"link_disabled"}`, "fix: Socket Mode is switched off: turn it on on the app's page Socket Mode.\n"},
		"too many":     {`{"type":"disconnect","reason":"too_many_websockets"}`, "fix: Slack closes the socket at once (too_many_websockets): stop other processes that use this app token.\n"},
		"crowded":      {`{"type":"hello","num_connections":10}`, "fix: 9 sockets of this app are open, and Slack allows 10: stop the processes that do not belong.\n"},
		"elsewhere":    {`{"type":"hello","num_connections":3}`, "ok: Sockets open; 2 others of this app are open already, so sitrep runs elsewhere.\n"},
		"nonsense":     {`<html>`, "fix: Slack lets a socket be opened, and it does not come up"},
		"cut":          {"", "fix: Slack lets a socket be opened, and it does not come up: a firewall or proxy must let WebSockets to *.slack.com through.\n"},
	} {
		t.Run(name, func(t *testing.T) {
			sockets := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				up := websocket.Upgrader{}
				ws, err := up.Upgrade(w, r, nil)
				if err != nil {
					t.Error(err)
					return
				}
				if tt.first != "" {
					if err := ws.WriteMessage(websocket.TextMessage, []byte(tt.first)); err != nil {
						t.Error(err)
					}
				}
				if err := ws.Close(); err != nil {
					t.Error(err)
				}
			}))
			defer sockets.Close()
			o := slack.CheckOptions{AppToken: appToken, Client: &http.Client{Transport: changed(func(path string, _ http.Header, body []byte) []byte {
				if !strings.HasSuffix(path, "/apps.connections.open") {
					return body
				}
				b, err := json.Marshal(map[string]any{"ok": true, "url": "ws" + strings.TrimPrefix(sockets.URL, "http") + "/?ticket=hunter2"})
				if err != nil {
					t.Error(err)
				}
				return b
			})}}
			if got := all(check(t, checkedSpace(), nil, botToken, o, nil)); !strings.Contains(got, tt.want) {
				t.Errorf("found\n%swant\n%s", got, tt.want)
			}
		})
	}
}

// A check that nobody waits for any more ends.
func TestCheckBrokenOff(t *testing.T) {
	f := fakeslack.New(checkedSpace(), nil)
	defer f.Close()
	f.Listen()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got := all(slack.Check(ctx, botToken, &slack.CheckOptions{AppToken: appToken, API: f.URL()}))
	if got != "fix: The check was broken off.\n" {
		t.Errorf("found\n%s", got)
	}
}

// The sockets of the fake say of one another.
func TestCheckCountsSockets(t *testing.T) {
	got := all(check(t, checkedSpace(), nil, botToken, slack.CheckOptions{AppToken: appToken}, func(f *fakeslack.Fake) {
		_, address, err := api.New("", api.OptionAppLevelToken(appToken), api.OptionAPIURL(f.URL())).StartSocketModeContext(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ws, resp, err := websocket.DefaultDialer.DialContext(t.Context(), address, nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close() // an upgraded connection has none
		if _, _, err := ws.ReadMessage(); err != nil {
			t.Fatal(err)
		}
	}))
	if !strings.Contains(got, "ok: Sockets open; one more of this app is open already, so sitrep runs elsewhere.") {
		t.Errorf("found\n%s", got)
	}
}
