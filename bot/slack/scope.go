package slack

// A Scope is one permission of the bot token, and what it is for.
type Scope struct {
	Name    string
	Methods []string // those of the Web API that the adapter calls and that need it
	Public  bool     // a home for the public needs it too
}

// Scopes are the permissions that the adapter needs, each for a reason: a
// method that it calls, or an event that it takes. docs/slack.md says in words
// what each is for.
func Scopes() []Scope {
	manage := []string{"conversations.create", "conversations.setPurpose", "conversations.setTopic", "conversations.invite", "conversations.rename", "conversations.archive", "conversations.unarchive"}
	history := []string{"conversations.history", "conversations.replies"}
	read := []string{"conversations.info", "conversations.list"}
	return []Scope{
		{Name: "app_mentions:read"},
		{Name: "bookmarks:read", Methods: []string{"bookmarks.list"}},
		{Name: "bookmarks:write", Methods: []string{"bookmarks.add"}},
		{Name: "channels:history", Methods: history, Public: true},
		{Name: "channels:join", Methods: []string{"conversations.join"}, Public: true},
		{Name: "channels:manage", Methods: manage},
		{Name: "channels:read", Methods: read, Public: true},
		{Name: "chat:write", Methods: []string{"chat.postMessage", "chat.postEphemeral", "chat.update"}, Public: true},
		{Name: "commands"},
		{Name: "groups:history", Methods: history},
		{Name: "groups:read", Methods: read},
		{Name: "groups:write", Methods: manage},
		{Name: "pins:read"},
		{Name: "pins:write", Methods: []string{"pins.add"}},
		{Name: "reactions:read"},
		{Name: "reactions:write", Methods: []string{"reactions.add"}},
		{Name: "usergroups:read", Methods: []string{"usergroups.list", "usergroups.users.list"}},
		{Name: "users:read", Methods: []string{"bots.info", "users.info"}},
	}
}

// free are the methods that the adapter calls and that need no scope of the bot
// token.
func free() []string {
	return []string{"apps.connections.open", "auth.test", "views.open", "views.publish", "views.update"}
}

// A subscription is an event that the app asks for, and the scope that it needs,
// by Slack's reference of events. "" needs none.
type subscription struct{ name, scope string }

func events() []subscription {
	return []subscription{
		{"app_home_opened", ""},
		{"app_mention", "app_mentions:read"},
		{"channel_archive", "channels:read"},
		{"channel_deleted", "channels:read"},
		{"channel_rename", "channels:read"},
		{"channel_unarchive", "channels:read"},
		{"group_archive", "groups:read"},
		{"group_deleted", "groups:read"},
		{"group_rename", "groups:read"},
		{"group_unarchive", "groups:read"},
		{"member_joined_channel", "channels:read"},
		{"message.channels", "channels:history"},
		{"message.groups", "groups:history"},
		{"pin_added", "pins:read"},
		{"pin_removed", "pins:read"},
		{"reaction_added", "reactions:read"},
		{"reaction_removed", "reactions:read"},
	}
}
