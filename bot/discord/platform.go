package discord

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"

	"sitrep/bot"
	"sitrep/incident"
)

// Name is the platform's name.
const Name = "discord"

// Incidents is what the adapter reads of incidents.
type Incidents interface {
	// InRoom returns the incident that is worked on in a channel; nil if none.
	InRoom(c bot.Channel) *incident.Incident
	// Visible lists the incidents that somebody may see, the open ones first.
	Visible(by incident.Person) []*incident.Incident
	// Worked lists the channels of a platform in which open incidents are worked
	// on, with the instant from which what is said there belongs to one.
	Worked(platform string) map[bot.Channel]time.Time
	// Page is the public page's definition, for its zone.
	Page() incident.Page
}

// A Completer says what can be typed next.
type Completer interface {
	// Complete returns at most most completions of a line, which comes without
	// the command's name.
	Complete(r bot.Request, line string, most int) []bot.Suggestion
}

// A RoomKind says what an incident's room is.
type RoomKind string

// The kinds of room.
const (
	Threads  RoomKind = "thread"  // in the channel of Rooms.Channel
	Posts    RoomKind = "forum"   // in the forum of Rooms.Channel
	Channels RoomKind = "channel" // in the category of Rooms.Channel, or in none
)

// Rooms says where rooms are opened.
type Rooms struct {
	Kind    RoomKind          // Threads if ""
	Channel string            // the id of the channel, forum or category
	Private string            // where private incidents get their threads, if Kind is Posts: a text channel
	Public  bool              // rooms that everybody on the server can read are meant
	Tags    map[string]string // of a forum: the tag's name by severity and by state, in lower case; else a tag of the same name is taken
	Archive time.Duration     // of threads without a word: 1 h, 24 h, 3 days or 7 days; 7 days if zero
}

// roomsOf says where the room of an incident is opened: as its severity has it.
func (p *Platform) roomsOf(in *incident.Incident) Rooms {
	r, ok := p.o.Severities[strings.ToLower(in.Severity)]
	if !ok {
		return p.o.Rooms
	}
	return r.or(p.o.Rooms)
}

// or fills in what a severity leaves to the others. A channel belongs to its
// kind: it is not taken over by another.
func (r Rooms) or(all Rooms) Rooms {
	if r.Kind == "" || r.Kind == all.Kind {
		r.Kind = all.Kind
		r.Channel, r.Private = orElse(r.Channel, all.Channel), orElse(r.Private, all.Private)
	}
	r.Private = orElse(r.Private, all.Private)
	r.Public, r.Tags, r.Archive = all.Public, all.Tags, all.Archive
	return r
}

// places are all that rooms may be opened in, each once.
func (p *Platform) places() []Rooms {
	out := []Rooms{p.o.Rooms}
	for _, severity := range slices.Sorted(maps.Keys(p.o.Severities)) {
		r := p.o.Severities[severity].or(p.o.Rooms)
		if !slices.ContainsFunc(out, func(x Rooms) bool { return x.Kind == r.Kind && x.Channel == r.Channel }) {
			out = append(out, r)
		}
	}
	return out
}

// Options are the optional parts of a Platform. Nil and the zero value work.
type Options struct {
	Command   string            // the command's name without the slash; "incident"
	Transport http.RoundTripper // http.DefaultTransport if nil
	Dialer    *websocket.Dialer // of the gateway; websocket.DefaultDialer if nil
	Rooms     Rooms
	// Severities says where the rooms of some severities are opened instead, by
	// the severity in lower case; what it leaves out is as in Rooms.
	Severities map[string]Rooms
	Roles      []string // the ids of the roles whose members may use the command; without any only those whom the server's administrators let
	Public     bool     // a home for the public: nothing is read, no command taken
	Mark       []string // the emoji that lift a message into the story; "pushpin"
	Announce   string   // the id of the channel that hears of every incident: looked at by Check
	BaseURL    string   // where the web room is, for links to it
	PublicKey  string   // the application's, in hexadecimal: interactions come to [Platform.Handler] instead of over the gateway
	Now        func() time.Time
	Log        *slog.Logger
}

// A Platform is one Discord server.
type Platform struct {
	token     string
	guild     string
	incidents Incidents
	complete  Completer
	verbs     []Verb
	o         Options
	rest      *discordgo.Session
	names     directory
	shelf     shelf
	queues    bot.Turns
	started   time.Time     // when this Platform was made
	ackIn     time.Duration // how long the handler may take before Discord is told to wait

	mu      sync.Mutex
	me      string      // the bot's user id
	app     string      // the application's id
	h       bot.Handler // nil while Serve does not run
	serving context.Context
	lost    []string               // what does not work for want of an intent
	rooms   map[string]bot.Channel // opened since the start, by incident
	opening map[string]*sync.Mutex
	posted  posted
	trails  map[string]*trail // what was seen in rooms
	heard   time.Time         // when the gateway last told something
}

// New returns the adapter of a server. token is the bot's; guild is the
// server's id. It does nothing before Serve, but can post.
func New(token, guild string, in Incidents, c Completer, verbs []Verb, o *Options) (*Platform, error) {
	p := &Platform{token: strings.TrimPrefix(token, "Bot "), guild: guild, incidents: in, complete: c, verbs: verbs, rooms: map[string]bot.Channel{}, opening: map[string]*sync.Mutex{}, trails: map[string]*trail{}}
	if o != nil {
		p.o = *o
	}
	switch {
	case p.token == "":
		return nil, errors.New("discord: there is no token; copy it from the developer portal, page Bot")
	case guild == "" || strings.Trim(guild, "0123456789") != "":
		return nil, errors.New("discord: the server is missing; write its id, a long number (right click on the server, Copy Server ID)")
	}
	if p.o.Command == "" {
		p.o.Command = "incident"
	}
	if p.o.Transport == nil {
		p.o.Transport = http.DefaultTransport
	}
	if p.o.Rooms.Kind == "" {
		p.o.Rooms.Kind = Threads
	}
	if len(p.o.Mark) == 0 {
		p.o.Mark = []string{"pushpin"}
	}
	if p.o.Now == nil {
		p.o.Now = time.Now
	}
	if p.o.Log == nil {
		p.o.Log = slog.New(slog.DiscardHandler)
	}
	p.started, p.ackIn = p.o.Now(), ackIn
	p.o.Transport = &limiter{next: p.o.Transport}
	var err error
	p.rest, err = p.library()
	return p, err
}

// library makes a session of the library that does nothing by itself: it does
// not come back, wait or ask again without being told to.
func (p *Platform) library() (*discordgo.Session, error) {
	s, err := discordgo.New("Bot " + p.token)
	if err != nil {
		return nil, err
	}
	s.Client = &http.Client{Transport: p.o.Transport}
	s.LogLevel = -1 // it writes to standard error; what matters is an error or an event
	s.ShouldReconnectOnError, s.ShouldRetryOnRateLimit, s.MaxRestRetries = false, false, 0
	s.StateEnabled, s.SyncEvents = false, true
	if p.o.Dialer != nil {
		s.Dialer = p.o.Dialer
	}
	return s, nil
}

// Name returns "discord".
func (p *Platform) Name() string { return Name }

// Dedupes says that a key is one post for ever: a nonce holds for minutes, and
// after a start a channel is first searched for what is there already.
func (p *Platform) Dedupes() {}

// self returns the bot's user id.
func (p *Platform) self(ctx context.Context) (string, error) {
	p.mu.Lock()
	me := p.me
	p.mu.Unlock()
	if me != "" {
		return me, nil
	}
	var u userIn
	if err := p.do(ctx, call{method: "GET", path: "users/@me"}, &u); err != nil {
		return "", err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.me = u.ID
	return u.ID, nil
}

// application returns the application's id.
func (p *Platform) application(ctx context.Context) (string, error) {
	p.mu.Lock()
	app := p.app
	p.mu.Unlock()
	if app != "" {
		return app, nil
	}
	var a namedIn
	if err := p.do(ctx, call{method: "GET", path: "applications/@me"}, &a); err != nil {
		return "", err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.app = a.ID
	return a.ID, nil
}

// zone is the page's.
func (p *Platform) zone() *time.Location {
	z, err := time.LoadLocation(p.incidents.Page().TimeZone)
	if err != nil {
		return time.UTC
	}
	return z
}

// severities are what the table of verbs knows.
func (p *Platform) severities() []string {
	for _, v := range p.verbs {
		for _, o := range v.Options {
			if o.Name == "severity" {
				return o.Choices
			}
		}
	}
	return nil
}

func (p *Platform) renderer() renderer {
	return renderer{zone: p.zone(), command: p.o.Command, base: strings.TrimSuffix(p.o.BaseURL, "/"), severities: p.severities()}
}

// letter renders a message and keeps what its buttons are too short for.
func (p *Platform) letter(m bot.Message) letter {
	l := p.renderer().render(m)
	for name, command := range l.commands {
		p.shelf.put(name, command)
	}
	return l
}

// find returns a channel or thread, from what is known or from Discord.
func (p *Platform) find(ctx context.Context, id string) (channelIn, error) {
	if c, ok := p.names.known(id); ok {
		return c, nil
	}
	var c channelIn
	if err := p.do(ctx, call{method: "GET", path: "channels/" + id, channel: id, needs: viewChannel}, &c); err != nil {
		return c, err
	}
	p.names.setChannel(c)
	return c, nil
}

// channelOf is how a channel is named outside.
func channelOf(c channelIn) bot.Channel {
	return bot.Channel{Platform: Name, ID: c.ID, Name: "#" + c.Name}
}

// key is what a message is, for ever.
func (p *Platform) key(channel, message string) string {
	return Name + "/" + p.guild + "/" + channel + "/" + message
}

// parts reads a key; ok is false if it is no message's of this server.
func (p *Platform) parts(key string) (channel, message string, ok bool) {
	rest, ok := strings.CutPrefix(key, Name+"/"+p.guild+"/")
	channel, message, cut := strings.Cut(rest, "/")
	return channel, message, ok && cut && !strings.Contains(message, "/")
}

// link is the address of a channel or of a message in it.
func (p *Platform) link(channel string, message ...string) string {
	return "https://discord.com/channels/" + strings.Join(append([]string{p.guild, channel}, message...), "/")
}
