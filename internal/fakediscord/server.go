package fakediscord

import (
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Token is the bot's token; any other is refused.
const Token = "fake.token.of-the-bot"

// Options are the optional parts of a Server. Nil and the zero value give what
// Discord has.
type Options struct {
	Heartbeat time.Duration // 41.25 s if zero
	Bucket    Rate          // of every route and channel that SetRate does not name; 50 in 1 s if zero
	Global    Rate          // 50 in 1 s if zero
	Rename    Rate          // of a channel's name and topic; 2 in 10 min if zero
	Invalid   Rate          // requests answered 401, 403 or 429 before the address is banned; 10,000 in 10 min if zero
	Intents   int           // the privileged intents that the bot was granted; all if zero, none if negative
}

// A Rate allows N requests in a window of Per.
type Rate struct {
	N   int
	Per time.Duration
}

// A Server is a fake Discord with one guild, in which the bot is a member.
type Server struct {
	o    Options
	wire *wire
	http *http.Server
	mux  *http.ServeMux
	keys ed25519.PrivateKey

	mu       sync.Mutex
	ahead    time.Duration // of the machine's clock
	lastID   uint64
	guild    string
	bot      User
	users    map[string]*User
	members  map[string]*Member
	roles    []*Role
	emojis   []*Emoji
	channels []*Channel
	messages map[string][]*Message // by channel, oldest first
	commands map[string][]*Command // by guild; "" is global
	made     int                   // commands created, for the daily limit
	actions  map[string]*Interaction
	nonces   map[string]nonced
	limits   limits
	faults   faults
	gate     gate
	endpoint http.Handler // interactions go there, if set
	calls    []Call
}

// A Call is one request that the bot made.
type Call struct {
	Method, Route, Path string // the route has the names of its parameters
	Body                string
	Status              int
}

// Start starts a fake Discord.
func Start(o *Options) *Server {
	s := &Server{
		users: map[string]*User{}, members: map[string]*Member{}, messages: map[string][]*Message{}, commands: map[string][]*Command{},
		actions: map[string]*Interaction{}, nonces: map[string]nonced{},
	}
	if o != nil {
		s.o = *o
	}
	s.o.defaults()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		panic(err) // the machine has no randomness
	}
	s.keys = key
	s.guild = s.id()
	s.roles = []*Role{{ID: s.guild, Name: "@everyone", Permissions: Permission(everyone)}}
	s.bot = User{ID: s.id(), Username: "sitrep", Bot: true}
	s.users[s.bot.ID] = &s.bot
	s.members[s.bot.ID] = &Member{User: &s.bot, Roles: []string{}}
	s.roles = append(s.roles, &Role{ID: s.id(), Name: "sitrep", Permissions: Permission(ofBot)})
	s.members[s.bot.ID].Roles = []string{s.roles[1].ID}
	s.mux = http.NewServeMux()
	s.routes()
	s.wire = newWire()
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	go s.http.Serve(s.wire) //nolint:errcheck // it ends with Close
	return s
}

func (o *Options) defaults() {
	or := func(r *Rate, n int, per time.Duration) {
		if r.N == 0 {
			*r = Rate{n, per}
		}
	}
	or(&o.Bucket, 50, time.Second)
	or(&o.Global, 50, time.Second)
	or(&o.Rename, 2, 10*time.Minute)
	or(&o.Invalid, 10000, 10*time.Minute)
	if o.Heartbeat == 0 {
		o.Heartbeat = 41250 * time.Millisecond
	}
	switch {
	case o.Intents == 0:
		o.Intents = intentMembers | intentPresences | intentContent
	case o.Intents < 0:
		o.Intents = 0
	}
}

// Close ends it, and every connection to it.
func (s *Server) Close() {
	s.mu.Lock()
	conns := s.gate.drop()
	s.mu.Unlock()
	for _, c := range conns {
		c.end(1001)
	}
	_ = s.http.Close() // what is left are pipes
}

// GuildID is the id of the guild.
func (s *Server) GuildID() string { return s.guild }

// Bot is the bot's own user; its id is the application's too.
func (s *Server) Bot() User { return s.bot }

// PublicKey is the key, in hexadecimal, that signs interactions sent over HTTP.
func (s *Server) PublicKey() string {
	return hex.EncodeToString(s.keys.Public().(ed25519.PublicKey))
}

// Advance moves the fake's clock.
func (s *Server) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahead += d
}

// Now is the fake's time.
func (s *Server) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

func (s *Server) now() time.Time { return time.Now().Add(s.ahead).UTC() }

// epoch is the first instant that a snowflake can name.
const epoch = 1420070400000

// id returns a new snowflake: larger than all before it.
func (s *Server) id() string {
	n := uint64(s.now().UnixMilli()-epoch) << 22
	s.lastID = max(s.lastID+1, n)
	return fmt.Sprint(s.lastID)
}

// Calls lists the requests that were made, oldest first.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call(nil), s.calls...)
}

// A failure is an answer that refuses.
type failure struct {
	status int
	code   int
	text   string
	fields map[string]string // what is wrong, by the path of the field
}

// Error returns the sentence.
func (f *failure) Error() string { return f.text }

func fail(status, code int, format string, args ...any) *failure {
	return &failure{status: status, code: code, text: fmt.Sprintf(format, args...)}
}

func invalid(path, format string, args ...any) *failure {
	return &failure{status: 400, code: 50035, text: "Invalid Form Body", fields: map[string]string{path: fmt.Sprintf(format, args...)}}
}

// write sends an answer as Discord does.
func (f *failure) write(w http.ResponseWriter) {
	body := map[string]any{"code": f.code, "message": f.text}
	if len(f.fields) > 0 {
		errs := map[string]any{}
		for path, text := range f.fields {
			at := errs
			parts := strings.Split(path, ".")
			for _, p := range parts[:len(parts)-1] {
				next, ok := at[p].(map[string]any)
				if !ok {
					next = map[string]any{}
					at[p] = next
				}
				at = next
			}
			at[parts[len(parts)-1]] = map[string]any{"_errors": []any{map[string]string{"code": "INVALID", "message": text}}}
		}
		body["errors"] = errs
	}
	send(w, f.status, body)
}

func send(w http.ResponseWriter, status int, v any) {
	if v == nil {
		w.WriteHeader(status)
		return
	}
	b, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(b) // a client that is gone is not told
}
