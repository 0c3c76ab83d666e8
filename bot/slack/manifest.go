package slack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"go.yaml.in/yaml/v3"
)

// ManifestOptions say what an app's manifest is for. Nil and the zero value
// work.
type ManifestOptions struct {
	Command string   // the command's name without the slash; "incident"
	Verbs   []string // what can follow the command; shown while it is typed, as many as fit
	URL     string   // where Slack reaches sitrep from outside; sockets are used instead if ""
	Public  bool     // a home for the public: the app posts, and nothing comes in
}

// A Manifest is a Slack app's manifest, schema version 1, as far as sitrep uses
// it. The limits in the comments are those of Slack's published schema.
type Manifest struct {
	DisplayInformation struct {
		Name            string `yaml:"name"`        // at most 35 characters
		Description     string `yaml:"description"` // at most 140
		BackgroundColor string `yaml:"background_color"`
	} `yaml:"display_information"`
	Features struct {
		AppHome struct {
			HomeTabEnabled      bool `yaml:"home_tab_enabled"`
			MessagesTabEnabled  bool `yaml:"messages_tab_enabled"` // without it the bot can send nobody a message of their own
			MessagesTabReadOnly bool `yaml:"messages_tab_read_only_enabled"`
		} `yaml:"app_home"`
		BotUser struct {
			DisplayName  string `yaml:"display_name"`
			AlwaysOnline bool   `yaml:"always_online"`
		} `yaml:"bot_user"`
		Shortcuts     []ManifestShortcut `yaml:"shortcuts,omitempty"`
		SlashCommands []ManifestCommand  `yaml:"slash_commands,omitempty"`
	} `yaml:"features"`
	OAuth struct {
		Scopes struct {
			Bot []string `yaml:"bot"`
		} `yaml:"scopes"`
	} `yaml:"oauth_config"`
	Settings struct {
		Events        ManifestEvents        `yaml:"event_subscriptions,omitempty"`
		Interactivity ManifestInteractivity `yaml:"interactivity,omitempty"`
		OrgDeploy     bool                  `yaml:"org_deploy_enabled"`
		SocketMode    bool                  `yaml:"socket_mode_enabled"`
		TokenRotation bool                  `yaml:"token_rotation_enabled"`
	} `yaml:"settings"`
}

// A ManifestShortcut is an entry in a menu of Slack's.
type ManifestShortcut struct {
	Name        string `yaml:"name"` // at most 24 characters
	Type        string `yaml:"type"`
	CallbackID  string `yaml:"callback_id"`
	Description string `yaml:"description"` // at most 150
}

// A ManifestCommand is a slash command.
type ManifestCommand struct {
	Command      string `yaml:"command"`
	URL          string `yaml:"url,omitempty"`
	Description  string `yaml:"description"`
	UsageHint    string `yaml:"usage_hint,omitempty"` // at most 1,000
	ShouldEscape bool   `yaml:"should_escape"`
}

// ManifestEvents are the events that come, and where to.
type ManifestEvents struct {
	URL string   `yaml:"request_url,omitempty"`
	Bot []string `yaml:"bot_events,omitempty"`
}

// ManifestInteractivity says where buttons and forms go.
type ManifestInteractivity struct {
	Enabled bool   `yaml:"is_enabled,omitempty"`
	URL     string `yaml:"request_url,omitempty"`
}

// maxUsageHint is the longest usage hint that Slack takes.
const maxUsageHint = 1000

// NewManifest is the manifest of an app that does all that the adapter does, and
// may do nothing else.
func NewManifest(o *ManifestOptions) Manifest {
	if o == nil {
		o = &ManifestOptions{}
	}
	var m Manifest
	m.DisplayInformation.Name = "sitrep"
	m.DisplayInformation.Description = "Declares incidents, keeps their timeline, tells customers, and drafts the postmortem."
	m.DisplayInformation.BackgroundColor = "#1f2933"
	m.Features.BotUser.DisplayName = "sitrep"
	m.Features.BotUser.AlwaysOnline = true
	for _, s := range Scopes() {
		if s.Public || !o.Public {
			m.OAuth.Scopes.Bot = append(m.OAuth.Scopes.Bot, s.Name)
		}
	}
	m.Settings.SocketMode = o.URL == ""
	if o.Public {
		m.DisplayInformation.Description = "Says what is published of incidents."
		return m
	}
	at := func(path string) string {
		if o.URL == "" {
			return ""
		}
		return strings.TrimSuffix(o.URL, "/") + path
	}
	m.Features.AppHome.HomeTabEnabled = true
	m.Features.AppHome.MessagesTabEnabled, m.Features.AppHome.MessagesTabReadOnly = true, true
	m.Features.Shortcuts = []ManifestShortcut{
		{"Declare an incident", "global", "declare", "Opens an incident; nothing becomes public"},
		{"Declare from message", "message", "declare_from", "Opens an incident and brings this message's thread along"},
		{"Add to timeline", "message", "mark", "Lifts this message into the incident's story"},
	}
	m.Features.SlashCommands = []ManifestCommand{{
		Command: "/" + orElse(o.Command, "incident"), URL: at("/slack/commands"), ShouldEscape: true,
		Description: "Declare an incident, update it, tell customers, resolve it", UsageHint: usageHint(o.Verbs),
	}}
	for _, e := range events() {
		m.Settings.Events.Bot = append(m.Settings.Events.Bot, e.name)
	}
	m.Settings.Events.URL = at("/slack/events")
	m.Settings.Interactivity = ManifestInteractivity{Enabled: true, URL: at("/slack/interactions")}
	return m
}

// usageHint names the verbs, as many as fit.
func usageHint(verbs []string) string {
	hint := ""
	for _, v := range verbs {
		longer := hint + "|" + v
		if len(longer)+1 > maxUsageHint {
			break
		}
		hint = longer
	}
	if hint == "" {
		return ""
	}
	return "[" + hint[1:] + "]"
}

// YAML is the manifest as a file.
func (m Manifest) YAML() ([]byte, error) {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(m); err != nil {
		return nil, fmt.Errorf("write the manifest: %w", err)
	}
	if err := enc.Close(); err != nil {
		return nil, fmt.Errorf("write the manifest: %w", err)
	}
	return b.Bytes(), nil
}

// Link opens Slack's form for a new app with the manifest filled in.
func (m Manifest) Link() (string, error) {
	text, err := m.YAML()
	if err != nil {
		return "", err
	}
	var tree any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		return "", fmt.Errorf("read the manifest: %w", err)
	}
	short, err := json.Marshal(tree)
	if err != nil {
		return "", fmt.Errorf("write the manifest: %w", err)
	}
	// A plus sign is a space only in forms; %20 is one everywhere.
	return "https://api.slack.com/apps?new_app=1&manifest_json=" + strings.ReplaceAll(url.QueryEscape(string(short)), "+", "%20"), nil
}
