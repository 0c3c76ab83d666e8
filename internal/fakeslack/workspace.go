package fakeslack

import "time"

// A Workspace is what exists before the bot arrives. Ids may be left empty; they
// are then given in order.
type Workspace struct {
	TeamID string // "T0FAKE00001" by default
	Name   string // "Fake" by default
	Domain string // "fake" by default; permalinks are under it

	Users    []User
	Channels []Channel
	Groups   []Group

	// Bot is the bot user of the app under test; its name is "sitrep" by default.
	Bot User
	// BotToken and AppToken are the app's tokens; "xoxb-fake-bot-token" and
	// "xapp-fake-app-token" by default. SigningSecret signs HTTP deliveries.
	BotToken, AppToken, SigningSecret string
	// Scopes are the bot token's; nil is every scope that a method here needs.
	Scopes []string
	// Events are the bot events that the app subscribes to, as a manifest names
	// them ("message.channels", "reaction_added"); nil is all of them.
	Events []string
}

// A User is a person, or a bot.
type User struct {
	ID    string
	Name  string // the handle, without @
	Real  string // the full name; Name by default
	Email string
	TZ    string // an IANA zone; "Etc/UTC" by default

	Bot     bool
	Guest   bool   // a restricted user of this workspace
	Deleted bool   // deactivated
	TeamID  string // another organisation's, for a Slack Connect stranger
}

// A Channel is a public or private channel as a test sets it up.
type Channel struct {
	ID      string
	Name    string
	Private bool
	Shared  bool // with another organisation, by Slack Connect
	Topic   string
	Members []string // ids or names of users; the bot is one only if named
}

// A Group is a user group, mentioned as <!subteam^ID>.
type Group struct {
	ID      string
	Handle  string
	Name    string
	Members []string
}

// A Ref names one message: a channel's id and Slack's timestamp in it.
type Ref struct{ Channel, TS string }

// Options change how the fake behaves.
type Options struct {
	// Unlimited switches the rate limits off.
	Unlimited bool
	// Distributed applies the limits of a commercially distributed app outside
	// the Marketplace to history and replies: one request a minute, 15 messages.
	Distributed bool
	// Ping is how often a socket is pinged; a second by default.
	Ping time.Duration
	// HTTP delivers to request URLs instead of sockets.
	HTTP *HTTPMode
	// Seed chooses among the orders and connections that chance could choose.
	Seed uint64
	// FreePlan refuses what a free workspace cannot have (user groups).
	FreePlan bool
}
