package slack

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"sitrep/internal/fakeslack"
)

// calls are the methods of the Web API behind the library's functions.
func calls() map[string]string {
	return map[string]string{
		"AddBookmarkContext":                    "bookmarks.add",
		"AddPinContext":                         "pins.add",
		"AddReactionContext":                    "reactions.add",
		"ArchiveConversationContext":            "conversations.archive",
		"AuthTestContext":                       "auth.test",
		"CreateConversationContext":             "conversations.create",
		"EditBookmarkContext":                   "bookmarks.edit",
		"ForceInviteUsersToConversationContext": "conversations.invite",
		"GetBotInfoContext":                     "bots.info",
		"GetConversationHistoryContext":         "conversations.history",
		"GetConversationInfoContext":            "conversations.info",
		"GetConversationRepliesContext":         "conversations.replies",
		"GetConversationsContext":               "conversations.list",
		"GetFileInfoContext":                    "files.info",
		"GetReactionsContext":                   "reactions.get",
		"GetUserByEmailContext":                 "users.lookupByEmail",
		"GetUserGroupMembersContext":            "usergroups.users.list",
		"GetUserGroupsContext":                  "usergroups.list",
		"GetUserInfoContext":                    "users.info",
		"GetUsersInConversationContext":         "conversations.members",
		"InviteUsersToConversationContext":      "conversations.invite",
		"JoinConversationContext":               "conversations.join",
		"ListBookmarksContext":                  "bookmarks.list",
		"ListPinsContext":                       "pins.list",
		"OpenViewContext":                       "views.open",
		"PostEphemeralContext":                  "chat.postEphemeral",
		"PostMessageContext":                    "chat.postMessage",
		"PublishViewContext":                    "views.publish",
		"PushViewContext":                       "views.push",
		"RemovePinContext":                      "pins.remove",
		"RemoveReactionContext":                 "reactions.remove",
		"RenameConversationContext":             "conversations.rename",
		"SetPurposeOfConversationContext":       "conversations.setPurpose",
		"SetTopicOfConversationContext":         "conversations.setTopic",
		"StartSocketModeContext":                "apps.connections.open",
		"UnArchiveConversationContext":          "conversations.unarchive",
		"UpdateMessageContext":                  "chat.update",
		"UpdateViewContext":                     "views.update",
		"UploadFileContext":                     "files.getUploadURLExternal",
	}
}

// called are the methods that this package calls through its clients, which
// are all fields called web, by the functions that call them.
func called(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			f, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if on, ok := f.X.(*ast.SelectorExpr); !ok || on.Sel.Name != "web" {
				return true
			}
			method, known := calls()[f.Sel.Name]
			if !known {
				t.Errorf("%s calls %s: say in calls() which method that is", name, f.Sel.Name)
			}
			out[method] = true
			return true
		})
	}
	return out
}

// Every method that is called has its scope in the manifest, and no scope is
// there for a method that nobody calls.
func TestScopesAreWhatIsCalled(t *testing.T) {
	declared := map[string]bool{}
	for _, s := range Scopes() {
		for _, m := range s.Methods {
			declared[m] = true
		}
	}
	for _, m := range free() {
		declared[m] = true
	}
	did := called(t)
	for m := range did {
		if !declared[m] {
			t.Errorf("%s is called, and no scope of Scopes() is for it, nor is it free", m)
		}
	}
	for m := range declared {
		if !did[m] {
			t.Errorf("%s is in the tables, and nobody calls it", m)
		}
	}
}

// The fake knows which scope each method needs; the tables agree with it.
func TestScopesAreWhatSlackWants(t *testing.T) {
	f := fakeslack.New(fakeslack.Workspace{}, &fakeslack.Options{Unlimited: true})
	defer f.Close()
	wants := func(method string) []string {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://slack.test/api/"+method, nil)
		if err != nil {
			t.Fatal(err)
		}
		token := f.BotToken()
		if method == "apps.connections.open" {
			token = f.AppToken()
		}
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := f.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(body), "unknown_method") || strings.Contains(string(body), "not_allowed_token_type") {
			t.Errorf("%s: %s", method, body)
		}
		return strings.FieldsFunc(resp.Header.Get("X-Accepted-OAuth-Scopes"), func(r rune) bool { return r == ',' })
	}
	for _, m := range free() {
		if s := wants(m); len(s) > 0 {
			t.Errorf("%s is not free: it wants %v", m, s)
		}
	}
	given := map[string][]string{}
	for _, s := range Scopes() {
		for _, m := range s.Methods {
			given[m] = append(given[m], s.Name)
		}
	}
	for m, have := range given {
		// Direct messages are none of the adapter's business.
		want := slices.DeleteFunc(wants(m), func(s string) bool { return strings.HasPrefix(s, "im:") || strings.HasPrefix(s, "mpim:") })
		slices.Sort(want)
		slices.Sort(have)
		if !slices.Equal(have, want) {
			t.Errorf("%s has %v, and wants %v", m, have, want)
		}
	}
}

// Every event has its scope, and every scope is for a method, for an event, or
// for the commands.
func TestScopesHaveAReason(t *testing.T) {
	var names []string
	reason := map[string]bool{"commands": true}
	for _, s := range Scopes() {
		names = append(names, s.Name)
		if len(s.Methods) > 0 {
			reason[s.Name] = true
		}
	}
	for _, e := range events() {
		if e.scope != "" && !slices.Contains(names, e.scope) {
			t.Errorf("the event %s needs %s, which the manifest does not ask for", e.name, e.scope)
		}
		reason[e.scope] = true
	}
	for _, s := range names {
		if !reason[s] {
			t.Errorf("%s is for nothing", s)
		}
	}
	if !slices.IsSorted(names) {
		t.Errorf("the scopes are in no order: %v", names)
	}
}

// docs/slack.md explains each scope in a row of a table, and explains no other.
func TestScopesAreExplained(t *testing.T) {
	text, err := os.ReadFile("../../docs/slack.md")
	if err != nil {
		t.Fatal(err)
	}
	explained := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_:.]+)` \\| (.+) \\|$").FindAllStringSubmatch(string(text), -1) {
		if strings.Contains(m[1], ":") || m[1] == "commands" {
			explained[m[1]] = m[2]
		}
	}
	wanted := map[string]bool{"connections:write": true} // of the app token
	for _, s := range Scopes() {
		wanted[s.Name] = true
	}
	for name := range wanted {
		if len(explained[name]) < 20 {
			t.Errorf("docs/slack.md does not say what %s is for", name)
		}
	}
	for name := range maps.Keys(explained) {
		if !wanted[name] {
			t.Errorf("docs/slack.md explains %s, which the manifest does not ask for", name)
		}
	}
}

// The link holds the manifest, whole, in a form that browsers and Slack take.
func TestManifestLink(t *testing.T) {
	for name, o := range map[string]*ManifestOptions{
		"usual": nil, "over HTTP": {Command: "inc", URL: "https://slack.example.com/"}, "public": {Public: true},
		"wordy": {Verbs: strings.Fields(strings.Repeat("resolve ", 300))},
	} {
		t.Run(name, func(t *testing.T) {
			m := NewManifest(o)
			link, err := m.Link()
			if err != nil {
				t.Fatal(err)
			}
			u, err := url.Parse(link)
			if err != nil {
				t.Fatal(err)
			}
			if u.Host != "api.slack.com" || u.Path != "/apps" || u.Query().Get("new_app") != "1" || strings.ContainsAny(link, "+ \"'") {
				t.Errorf("the link is %s", link)
			}
			if len(link) > 8000 { // what servers commonly take
				t.Errorf("the link has %d characters", len(link))
			}
			var got, want any
			if err := json.Unmarshal([]byte(u.Query().Get("manifest_json")), &got); err != nil {
				t.Fatal(err)
			}
			text, err := m.YAML()
			if err != nil {
				t.Fatal(err)
			}
			if err := yaml.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("the link holds\n%v\nwant\n%v", got, want)
			}
			for _, c := range m.Features.SlashCommands {
				if len(c.UsageHint) > maxUsageHint || strings.Contains(c.UsageHint, "|]") {
					t.Errorf("the usage hint is %q", c.UsageHint)
				}
			}
		})
	}
}

func TestManifestOverHTTP(t *testing.T) {
	m := NewManifest(&ManifestOptions{Command: "inc", URL: "https://slack.example.com/"})
	const at = "https://slack.example.com/slack/"
	if m.Settings.SocketMode || m.Settings.Events.URL != at+"events" || m.Settings.Interactivity.URL != at+"interactions" ||
		m.Features.SlashCommands[0].URL != at+"commands" || m.Features.SlashCommands[0].Command != "/inc" {
		t.Errorf("the manifest is %+v", m)
	}
}

// A public workspace gives the app nothing that it could read people's words by,
// but in channels that it is in.
func TestManifestPublic(t *testing.T) {
	m := NewManifest(&ManifestOptions{Public: true})
	if len(m.Features.SlashCommands)+len(m.Features.Shortcuts)+len(m.Settings.Events.Bot) > 0 || m.Settings.Interactivity.Enabled || m.Features.AppHome.HomeTabEnabled {
		t.Errorf("something comes in: %+v", m)
	}
	if got, want := m.OAuth.Scopes.Bot, []string{"channels:history", "channels:join", "channels:read", "chat:write"}; !slices.Equal(got, want) {
		t.Errorf("it may %v", got)
	}
}
