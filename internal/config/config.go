package config

import (
	"path/filepath"
	"time"
)

// Config is all that can be configured.
type Config struct {
	// The public status page.
	Page Page `yaml:"page"`

	// The severities, the worst first. An incident that has none is "not set".
	Severities []Severity `yaml:"severities"`

	// The roles that people take in an incident.
	Roles []Role `yaml:"roles"`

	// People with accounts on several platforms. Accounts that are not joined
	// here are different people.
	People []Person `yaml:"people"`

	// Who may do what: anyone, or a list of roles (whoever holds them in that
	// incident) and of people, who are known by their accounts. A line that is
	// left out leaves its permission unconfigured: anyone in the incident's room
	// may do it, and anyone who can give commands may declare. Whoever may give
	// commands may take a role; list people where that is too much. In the web
	// room everybody who has the token says who they are, and is taken at their
	// word.
	Who Who `yaml:"who"`

	// The chat command.
	Command Command `yaml:"command"`

	// The incident's timeline.
	Timeline Timeline `yaml:"timeline"`

	// The postmortem.
	Postmortem Postmortem `yaml:"postmortem"`

	// The chat platforms.
	Chat Chat `yaml:"chat"`

	// What becomes of the rooms that are opened for incidents, on every platform.
	Rooms Rooms `yaml:"rooms"`
	// The mail server that takes what subscribers of the page are sent. It is off
	// until it has a server; docs/subscribers.md leads there.
	Mail Mail `yaml:"mail"`

	// Who may subscribe to the page, and how.
	Subscribers Subscribers `yaml:"subscribers"`

	// Where sitrep listens.
	Listen Listen `yaml:"listen"`

	// The web room.
	Room Room `yaml:"room"`

	lines map[string]int // where each key stood in the file
	dir   string         // what relative secret files are relative to
}

// Page describes the public status page.
type Page struct {
	// What the page is called; usually the name of the product.
	Name string `yaml:"name"`

	// Where customers find the page. Links in feeds and announcements begin
	// with it. Left out, they begin with the address that sitrep listens on.
	URL string `yaml:"url" example:"https://status.example.com"`

	// The zone of the page's clock, by its name in the IANA database. Every
	// time on the page is shown in it. Left out, it is UTC.
	TimeZone Zone `yaml:"time_zone"`

	// What it is the page of: a sentence or two of Markdown on the home page.
	Description string `yaml:"description" example:"Status of everything that Example runs."`

	// The parts of the product that customers know by name, in the order of
	// the page.
	Components []Component `yaml:"components"`

	// How the page looks, and in which languages it is.
	Look Look `yaml:"look"`

	// What programs are told while maintenance is the worst there is:
	// maintenance, or none, for clients that know only none, minor, major and
	// critical. Left out, it is maintenance.
	Indicator string `yaml:"indicator" example:"none"`

	// How long after something is published people are notified of it: so long it
	// can be undone. The page itself changes at once. At most 10m; 0s notifies at
	// once.
	Hold time.Duration `yaml:"hold"`

	// Words to begin with when customers are told something.
	Templates []Template `yaml:"templates"`

	// Pages that others host and that are kept in step with this one, for those
	// whose customers and subscribers are there.
	Hosted Hosted `yaml:"hosted"`

	// Where copies of the page are kept as plain files, for a CDN or a file
	// server that stays up when sitrep does not: folders, or buckets such as
	// s3://name?region=eu-central-1, gs://name and azblob://name, with
	// &prefix=site/ for a part of one. A folder written as
	// file:///srv/status?compress=yes has each file in gzip and brotli beside it.
	Copies []string `yaml:"copies" example:"[/srv/status]"`
}

// Template is words for customers that are ready before they are needed.
// "Tell customers" begins with the one that fits best, and update template:NAME
// says it.
type Template struct {
	// What it is called in update template:NAME: lower-case letters, digits and
	// hyphens. Templates of one name are the same in several languages.
	Name string `yaml:"name" example:"website-down"`

	// The status that it is for: investigating, identified, monitoring or
	// resolved. Left out, it fits any.
	Status string `yaml:"status" example:"identified"`

	// The component that it is for. Left out, it fits any.
	Component string `yaml:"component" example:"Website"`

	// Its language, by its tag. Left out, it is taken for the page's own.
	Language string `yaml:"language" example:"fr"`

	// The title that customers read, if they hear of the incident for the first
	// time.
	Title string `yaml:"title" example:"Our website is down"`

	// What customers read. {components} stands for what is affected,
	// or the page's name.
	Text string `yaml:"text" example:"We know why {components} fails, and are putting it right."`
}

// Hosted names the pages that others host.
type Hosted struct {
	// A page that Atlassian hosts.
	Statuspage Statuspage `yaml:"statuspage"`
}

// Statuspage is a page that Atlassian hosts.
type Statuspage struct {
	// The page's id, which stands at the foot of API info in the account's menu.
	// Left out, none is kept in step.
	Page string `yaml:"page" example:"kctbh9vrtdwd"`

	// What may change the page: an API key. Name where it is, never the key
	// itself.
	Token Secret `yaml:"token" example:"{env: STATUSPAGE_TOKEN}"`

	// Where its API is, if that is not Atlassian's.
	API string `yaml:"api" example:"https://api.statuspage.io/v1"`
}

// Look is how the public page looks.
type Look struct {
	// The languages of the page, by their tags. The first is its own; the others
	// are at /fr and so on. Left out, they are English and French.
	Languages []string `yaml:"languages" example:"[en, fr]"`

	// A folder with more languages, a file each, such as de.json. The files
	// that come with sitrep show what is in one.
	Words string `yaml:"words" example:"words"`

	// A picture beside the page's name: SVG, PNG, JPEG or WebP, at most 100 kB.
	Logo string `yaml:"logo" example:"logo.svg"`

	// Markdown to stand above every page.
	Header string `yaml:"header" example:"\"[Example](https://example.com)\""`

	// Markdown to stand below every page.
	Footer string `yaml:"footer" example:"\"Write to us at help@example.com.\""`

	// Colours of the light theme.
	Light Palette `yaml:"light"`

	// Colours of the dark theme.
	Dark Palette `yaml:"dark"`
}

// Palette is a theme's colours. Those of states cannot be chosen, because they
// mean something; what nobody could read is refused.
type Palette struct {
	// What everything stands on.
	Paper string `yaml:"paper" example:"\"#ffffff\""`

	// Text.
	Ink string `yaml:"ink" example:"\"#16191c\""`

	// Text that matters less.
	Soft string `yaml:"soft" example:"\"#505a5f\""`

	// Links.
	Link string `yaml:"link" example:"\"#1a5a96\""`

	// Lines.
	Rule string `yaml:"rule" example:"\"#dfe3e6\""`

	// What a postmortem stands on.
	Tint string `yaml:"tint" example:"\"#f5f7f8\""`
}

// Path is what a file that the configuration names is called from here.
func (c *Config) Path(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.dir, name)
}

// Component is one part of the product.
type Component struct {
	// The name that customers see; unique within its group.
	Name string `yaml:"name" example:"Checkout"`

	// The group that it is listed under.
	Group string `yaml:"group" example:"Shop"`

	// What it is, for those who do not know the name.
	Description string `yaml:"description" example:"Cart and payment."`

	// The name before it was renamed, so that its history stays with it.
	Was string `yaml:"was" example:"Cart"`

	// Its id in links and in the API, 12 characters from a-z and 0-9. Needed
	// only to keep one that was given elsewhere; else it is given once and
	// kept.
	ID string `yaml:"id" example:"k3v9d0q2mx7a"`
}

// Severity is one step of how bad an incident is.
type Severity struct {
	// What is typed: lower-case letters, digits and hyphens.
	Name string `yaml:"name" example:"sev1"`

	// When to choose it.
	Description string `yaml:"description" example:"Most customers are affected."`

	// Whether a resolved incident needs a postmortem: required, optional or
	// none. Left out, it is optional.
	Postmortem string `yaml:"postmortem" example:"required"`

	// How long after the resolve its postmortem is to be reviewed: 36h, 3d. Its
	// room is reminded the day before, and when it is due. Left out, it has no
	// date unless somebody sets one.
	Due time.Duration `yaml:"due" example:"5d"`
}

// Role is a job that somebody holds during an incident.
type Role struct {
	// What is typed: lower-case letters, digits and hyphens.
	Name string `yaml:"name" example:"commander"`

	// Other words for it.
	Aliases []string `yaml:"aliases" example:"[lead, ic]"`

	// What its holder is told on taking it.
	Instructions string `yaml:"instructions" example:"You decide."`
}

// Person joins the accounts of one human being.
type Person struct {
	// The name that timelines and postmortems use.
	Name string `yaml:"name" example:"Jane Doe"`

	// The member id on Slack.
	Slack string `yaml:"slack" example:"U024BE7LH"`

	// The user id on Discord.
	Discord string `yaml:"discord" example:"\"80351110224678912\""`

	// The mail address.
	Email string `yaml:"email" example:"jane@example.com"`

	// The zone that this person's bare clock times are read in. Left out, it is
	// what the platform says, or the page's.
	Zone Zone `yaml:"zone" example:"Europe/Berlin"`
}

// Who says who may do what.
type Who struct {
	// Declare an incident.
	Declare Allowed `yaml:"declare" example:"anyone"`

	// Give commands that change an incident without telling customers.
	Command Allowed `yaml:"command" example:"anyone"`

	// Publish: update, resolve a public incident, confirm a preview, publish a
	// postmortem, schedule maintenance.
	Publish Allowed `yaml:"publish" example:"[communications, commander]"`

	// See private incidents.
	Private Allowed `yaml:"private" example:"[commander]"`

	// Erase what was recorded.
	Redact Allowed `yaml:"redact" example:"[Jane Doe]"`
}

// Command is how the bot is spoken to.
type Command struct {
	// The word after the slash: at most 32 of a-z, 0-9, hyphen and underscore.
	Name string `yaml:"name"`
}

// Timeline says how messages are lifted into the story.
type Timeline struct {
	// The reaction that marks a message for the timeline, by its short name.
	Emoji string `yaml:"emoji"`
}

// Postmortem is about reports.
type Postmortem struct {
	// How the internal report is laid out: ours, google or pagerduty (the sections
	// of their published templates), or a file with one of your own.
	// docs/postmortem.md says how to write one.
	Template string `yaml:"template" example:"postmortem.md"`

	// A language model that puts drafts into prose, where somebody asks for it.
	// It is off until it has a name; docs/postmortem-model.md says what is sent.
	Model Model `yaml:"model"`
}

// Model is a language model behind OpenAI's chat API.
type Model struct {
	// What the server calls the model; with azure the deployment.
	Name string `yaml:"name" example:"gpt-4o"`

	// The server: OpenAI's, an Azure resource's, or any other of the same API
	// (http://localhost:11434/v1 is Ollama's).
	URL string `yaml:"url"`

	// Where the key is. Name its place, never the key itself. Left out, none is
	// sent.
	Key Secret `yaml:"key" example:"{env: OPENAI_API_KEY}"`

	// Whether the address is that of an Azure resource, with deployments.
	Azure bool `yaml:"azure" example:"yes"`

	// Azure's version of the API. Left out, it is the first stable one that holds
	// answers to a schema.
	Version string `yaml:"version" example:"\"2024-10-21\""`

	// What is put into prose: summary, course (what happened) and customer (the
	// customer version, from what is public alone).
	Passages []string `yaml:"passages"`

	// Whether private incidents may be sent, too.
	Private bool `yaml:"private" example:"yes"`

	// How strictly the server is told the shape of an answer: schema, object (any
	// JSON) or text. What a server refuses, the next one is tried instead of.
	Shape string `yaml:"shape"`

	// The parameter that limits an answer: max_completion_tokens or max_tokens.
	// Left out, it is the first for OpenAI and Azure, the second for others.
	Limit string `yaml:"limit" example:"max_tokens"`

	// From 0 to 2. Left out, none is sent; reasoning models take none.
	Temperature string `yaml:"temperature" example:"\"0.2\""`

	// How much a reasoning model thinks: low, medium or high. Left out, none is
	// sent.
	Effort string `yaml:"effort" example:"low"`

	// How many tokens of facts go with one request. Keep it well below what the
	// model reads: local servers cut silently.
	Window int `yaml:"window"`

	// How many tokens an answer may have, a reasoning model's thoughts included.
	Answer int `yaml:"answer"`

	// For how long the server may say nothing.
	Silence time.Duration `yaml:"silence"`

	// How long a passage may take, with all that is tried again.
	Wait time.Duration `yaml:"wait"`

	// Whether answers come as they are written. A few servers cannot.
	Stream bool `yaml:"stream"`

	// What a million tokens cost, so that the record says what a draft did.
	Price Price `yaml:"price"`
}

// Price is what a million tokens cost.
type Price struct {
	// What the prices are in.
	Currency string `yaml:"currency"`

	// Of what is sent.
	Input string `yaml:"input" example:"\"2.50\""`

	// Of what comes back.
	Output string `yaml:"output" example:"\"10.00\""`
}

// Chat holds a section for each platform.
type Chat struct {
	// The room that sitrep itself serves. It needs no account anywhere.
	Local Local `yaml:"local"`

	// A workspace of Slack. It is off until it has a bot token; sitrep setup
	// slack leads there.
	Slack Slack `yaml:"slack"`

	// A server of Discord. docs/discord.md leads there.
	Discord Discord `yaml:"discord"`
}

// Local is the room that sitrep serves.
type Local struct {
	// The ordinary channels beside those of incidents.
	Channels []string `yaml:"channels"`
}

// Slack is one workspace of Slack.
type Slack struct {
	// What the app acts with; it begins with xoxb- and stands on the app's page
	// OAuth & Permissions. Name where it is, never the token itself.
	BotToken Secret `yaml:"bot_token" example:"{env: SLACK_BOT_TOKEN}"`

	// What opens sockets; it begins with xapp- and is made on the app's page
	// Basic Information, with the scope connections:write. For mode socket.
	AppToken Secret `yaml:"app_token" example:"{env: SLACK_APP_TOKEN}"`

	// What proves that a request is Slack's, from the app's page Basic
	// Information. For mode http.
	SigningSecret Secret `yaml:"signing_secret" example:"{env: SLACK_SIGNING_SECRET}"`

	// How Slack reaches sitrep: socket, with no inbound port, or http, where
	// Slack calls the address below.
	Mode string `yaml:"mode"`

	// Where requests from Slack come in, for mode http: host:port. Put TLS before
	// it.
	Listen string `yaml:"listen"`

	// How Slack finds that address from outside, for mode http. The app's
	// manifest needs it.
	URL string `yaml:"url" example:"https://slack.example.com"`

	// Who reads this workspace: team, or public for one that customers read
	// too. In a public one nothing is recorded and no command is taken; it
	// only hears what is published.
	Audience string `yaml:"audience"`

	// The channel in which every incident has its announcement, by its id; it
	// stands at the end of the channel's details. Left out, there is none.
	Announce string `yaml:"announce" example:"C0123456789"`

	// Where an incident is worked on: channel for one of its own, thread for a
	// thread of the announcement channel, or none. Private ones have a channel
	// all the same.
	Room string `yaml:"room"`

	// The user groups whose members are brought into every incident's channel,
	// by their ids.
	Invite []string `yaml:"invite" example:"[S0123456789]"`

	// What is different for some severities.
	Severities []SlackSeverity `yaml:"severities"`

	// The reaction that marks a message for the timeline here, by its short
	// name. Left out, it is timeline.emoji.
	Emoji string `yaml:"emoji" example:"memo"`

	// Whether rooms hear only what is published, and the end.
	Quiet bool `yaml:"quiet" example:"yes"`
}

// SlackSeverity is what Slack does otherwise for a severity.
type SlackSeverity struct {
	// The severity, as it is called under severities.
	Severity string `yaml:"severity" example:"sev1"`

	// Where such an incident is worked on: channel, thread or none.
	Room string `yaml:"room" example:"channel"`

	// The user groups whose members are brought in besides, by their ids.
	Invite []string `yaml:"invite" example:"[S0123456789]"`
}

// Discord is a server of Discord.
type Discord struct {
	// What the bot acts with; it stands in the developer portal, page Bot. Name
	// where it is, never the token itself.
	Token Secret `yaml:"token" example:"{env: DISCORD_TOKEN}"`

	// The server's id, a long number: right click on the server, Copy Server ID.
	// Ids stand in quotes, since they are longer than numbers are.
	Server string `yaml:"server" example:"\"1085312345678901234\""`

	// The application's public key, 64 hexadecimal digits from the developer
	// portal, page General Information. With it commands come to the address
	// below instead of over the gateway; messages still come over the gateway.
	PublicKey string `yaml:"public_key" example:"8c2f0d4be1a7c6d3f5908172a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6"`

	// Where commands from Discord come in, if there is a public key: host:port.
	// Put TLS before it, and enter the address as Interactions Endpoint URL.
	Listen string `yaml:"listen"`

	// Who reads this server: team, or public for a community's. In a public one
	// nothing is recorded and no command is taken; it only hears what is
	// published.
	Audience string `yaml:"audience"`

	// The channel in which every incident has its announcement, by its id. Left
	// out, there is none.
	Announce string `yaml:"announce" example:"\"1085312345678901235\""`

	// The roles whose members may use the command, by their ids. Left out, only
	// those may whom the server's administrators let.
	Roles []string `yaml:"roles" example:"[\"1085312345678901236\"]"`

	// Where incidents are worked on.
	Rooms DiscordRooms `yaml:"rooms"`

	// What is different for some severities.
	Severities []DiscordSeverity `yaml:"severities"`

	// Whether rooms hear only what is published, and the end.
	Quiet bool `yaml:"quiet" example:"yes"`
}

// DiscordRooms says where incidents are worked on in Discord.
type DiscordRooms struct {
	// What a room is: thread, a forum post, or a channel of its own.
	Kind string `yaml:"kind"`

	// The id of the text channel for threads, of the forum for posts, or of the
	// category for channels (which may be left out).
	Channel string `yaml:"channel" example:"\"1085312345678901237\""`

	// Where private incidents get their threads, if rooms are forum posts: the id
	// of a text channel.
	Private string `yaml:"private" example:"\"1085312345678901238\""`

	// That rooms which everybody on the server can read are meant; else they are
	// refused.
	Public bool `yaml:"public" example:"yes"`

	// The tags that posts in a forum have. A tag that is called like a severity or
	// a state is put on without standing here.
	Tags []DiscordTag `yaml:"tags"`
}

// DiscordTag is the tag of a forum that the posts of some incidents have.
type DiscordTag struct {
	// A severity, or a state of incidents.
	Of string `yaml:"of" example:"sev1"`

	// What the tag is called in the forum.
	Tag string `yaml:"tag" example:"Critical"`
}

// DiscordSeverity is what Discord does otherwise for a severity.
type DiscordSeverity struct {
	// The severity, as it is called under severities.
	Severity string `yaml:"severity" example:"sev1"`

	// Where such an incident is worked on: thread, forum, channel or none.
	Room string `yaml:"room" example:"channel"`

	// The id of the text channel, the forum or the category for it. Left out, it
	// is that of rooms, if that is of the same kind.
	Channel string `yaml:"channel" example:"\"1085312345678901239\""`
}

// Rooms says what becomes of the rooms that are opened for incidents.
type Rooms struct {
	// How long after an incident has ended, and after the last word in its room,
	// the room is put away: archived, or closed for writing where there is no
	// archive. It can be read as before, and is opened again with the incident.
	// Channels that were adopted are left alone. 0s leaves all of them.
	ArchiveAfter time.Duration `yaml:"archive_after"`
}

// Listen holds the addresses, each host:port.
type Listen struct {
	// The public page.
	Page string `yaml:"page"`

	// The team's room and its API. Anything but a loopback address needs
	// room.token too.
	Room string `yaml:"room"`

	// Where the team reaches the room, for links in chat. Left out, it is the
	// address above.
	RoomURL string `yaml:"room_url" example:"https://room.example.com"`
}

// Room guards the team's room.
type Room struct {
	// What the room and its API ask for before they show anything. Name where
	// it is, never the token itself: {env: NAME} or {file: PATH}.
	Token Secret `yaml:"token" example:"{env: SITREP_ROOM_TOKEN}"`
}
