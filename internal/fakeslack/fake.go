package fakeslack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// home is where the fake lives for those that reach it in process. The name is
// reserved by RFC 6761, so that a request can never leave the machine.
const home = "slack.test"

// slackbotID is the user as whom Slack itself speaks, in every workspace.
const slackbotID = "USLACKBOT"

// A Fake is one workspace of Slack and the app installed in it.
type Fake struct {
	mu    sync.Mutex
	ws    Workspace
	opt   Options
	dice  *rand.Rand
	host  string // of the URLs that it hands out
	table map[string]method
	kit   kit

	count    int   // of ids given
	lastTS   int64 // microseconds
	users    map[string]*User
	userIDs  []string // in order
	channels map[string]*channel
	chanIDs  []string
	groups   []Group
	files    map[string]*file
	uploads  map[string]*file // by path, until completed

	triggers  map[string]*trigger
	views     map[string]*view
	stacks    map[string][]*view // open modals by user, the top one last
	homes     map[string]*view
	responses map[string]*response // by path

	revoked bool
	trouble trouble
	rates   map[string][]time.Time
	calls   []Call

	tickets map[string]bool // one-use socket tickets
	conns   []*conn
	turn    int
	pending map[string]*Delivery // by envelope id
	open    int                  // deliveries not yet settled
	settled chan struct{}        // closed and replaced whenever one settles
	log     []*Delivery
	disturb Disturbance
	held    []*Delivery // waiting to be shuffled
	running sync.WaitGroup
	closed  chan struct{}
	server  *httptest.Server
}

// New builds a workspace. Call Close when done with it.
func New(w Workspace, o *Options) *Fake {
	f := &Fake{
		ws: w, users: map[string]*User{}, channels: map[string]*channel{}, files: map[string]*file{}, uploads: map[string]*file{},
		triggers: map[string]*trigger{}, views: map[string]*view{}, stacks: map[string][]*view{}, homes: map[string]*view{},
		responses: map[string]*response{}, rates: map[string][]time.Time{}, tickets: map[string]bool{},
		pending: map[string]*Delivery{}, settled: make(chan struct{}), closed: make(chan struct{}), host: home,
	}
	if o != nil {
		f.opt = *o
	}
	if f.opt.Ping == 0 {
		f.opt.Ping = time.Second
	}
	f.dice = rand.New(rand.NewPCG(f.opt.Seed, 1))
	f.table, f.kit = methods(), newKit()
	f.trouble.lifted = make(chan struct{})
	orElse(&f.ws.TeamID, "T0FAKE00001")
	orElse(&f.ws.Name, "Fake")
	orElse(&f.ws.Domain, "fake")
	orElse(&f.ws.BotToken, "xoxb-fake-bot-token")
	orElse(&f.ws.AppToken, "xapp-fake-app-token")
	orElse(&f.ws.SigningSecret, "8f742231b10e8888abcd99yyyzzz85a5")
	orElse(&f.ws.Bot.Name, "sitrep")
	f.ws.Bot.Bot = true
	f.ws.Bot.ID = f.addUser(f.ws.Bot)
	f.addUser(User{ID: slackbotID, Name: "slackbot", Real: "Slackbot"})
	for _, u := range w.Users {
		f.addUser(u)
	}
	for _, c := range w.Channels {
		f.addChannel(c)
	}
	for _, g := range w.Groups {
		f.groups = append(f.groups, Group{ID: f.idOr(g.ID, "S"), Handle: g.Handle, Name: g.Name, Members: f.ids(g.Members)})
	}
	return f
}

func orElse(s *string, other string) {
	if *s == "" {
		*s = other
	}
}

// BotID is the id of the app's bot user; BotToken and AppToken are its tokens.
func (f *Fake) BotID() string { return f.ws.Bot.ID }

// BotToken is the token of the Web API.
func (f *Fake) BotToken() string { return f.ws.BotToken }

// AppToken is the token that opens sockets.
func (f *Fake) AppToken() string { return f.ws.AppToken }

// SigningSecret is the secret that HTTP deliveries are signed with.
func (f *Fake) SigningSecret() string { return f.ws.SigningSecret }

// TeamID is the id of the workspace.
func (f *Fake) TeamID() string { return f.ws.TeamID }

// botID is the id of the bot as a sender of messages, apart from its user.
func (f *Fake) botID() string { return "B" + f.ws.Bot.ID[1:] }

// appID is the id of the app.
func (f *Fake) appID() string { return "A" + f.ws.Bot.ID[1:] }

// Listen serves the fake on a real port of this machine until Close. Call it
// before the bot connects: the URLs handed out are under the new address.
func (f *Fake) Listen() {
	s := httptest.NewServer(f)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.server, f.host = s, strings.TrimPrefix(s.URL, "http://")
}

// URL is the base of the Web API, as slack.OptionAPIURL wants it.
func (f *Fake) URL() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return "http://" + f.host + "/api/"
}

// Close ends every socket and waits for what the fake started. Deliveries that
// were not acknowledged are given up.
func (f *Fake) Close() {
	f.mu.Lock()
	select {
	case <-f.closed:
		f.mu.Unlock()
		return
	default:
	}
	close(f.closed)
	for _, c := range f.conns {
		c.drop()
	}
	for _, d := range slices.Collect(maps.Values(f.pending)) {
		f.giveUp(d, "closed")
	}
	s := f.server
	f.mu.Unlock()
	if s != nil {
		s.CloseClientConnections()
	}
	f.running.Wait()
	if s != nil {
		s.Close()
	}
}

// Client makes an HTTP client whose requests reach the fake in process, so that
// it can be used inside a testing/synctest bubble. Requests to any host are the
// fake's: nothing leaves the process.
func (f *Fake) Client() *http.Client { return &http.Client{Transport: transport{f}} }

type transport struct{ f *Fake }

// RoundTrip answers r. An answer that the fake was told to lose is an unexpected
// end of the connection, as it is over a real one.
func (t transport) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	if r.Body == nil {
		r.Body = http.NoBody
	}
	defer func() { err = errors.Join(err, r.Body.Close()) }()
	defer func() {
		if lost := recover(); lost == http.ErrAbortHandler { //nolint:errorlint // a panic's value is compared as it is
			resp, err = nil, io.ErrUnexpectedEOF
		} else if lost != nil {
			panic(lost)
		}
	}()
	w := httptest.NewRecorder()
	t.f.ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	resp = w.Result()
	resp.Request = r
	return resp, nil
}

// ServeHTTP answers everything that Slack answers over HTTP: the Web API, sockets,
// response URLs, uploads and downloads.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case strings.HasPrefix(path, "/api/"):
		f.serveAPI(w, r, strings.TrimPrefix(path, "/api/"))
	case path == "/link/":
		f.serveSocket(w, r)
	case strings.HasPrefix(path, "/commands/"), strings.HasPrefix(path, "/actions/"):
		f.serveResponse(w, r)
	case strings.HasPrefix(path, "/upload/"), strings.HasPrefix(path, "/files-pri/"):
		f.serveFile(w, r)
	default:
		http.NotFound(w, r)
	}
}

// id makes an identifier that looks as Slack's do.
func (f *Fake) id(prefix string) string {
	f.count++
	return prefix + "0FK" + strings.ToUpper(fmt.Sprintf("%07s", strconv.FormatInt(int64(f.count)*46_657+1_000_000, 36)))
}

func (f *Fake) idOr(id, prefix string) string {
	if id != "" {
		return id
	}
	return f.id(prefix)
}

// ts gives the next timestamp: the present in microseconds, and always later
// than the one before.
func (f *Fake) ts() string {
	f.lastTS = max(time.Now().UnixMicro(), f.lastTS+1)
	return fmt.Sprintf("%d.%06d", f.lastTS/1e6, f.lastTS%1e6)
}

// Time reads a Slack timestamp; the zero time if it is none.
func Time(ts string) time.Time {
	s, us, ok := strings.Cut(ts, ".")
	sec, err := strconv.ParseInt(s, 10, 64)
	micro, err2 := strconv.ParseInt(us, 10, 64)
	if !ok || err != nil || err2 != nil {
		return time.Time{}
	}
	return time.Unix(sec, micro*1000).UTC()
}

// Idle waits until every delivery has been acknowledged or given up.
func (f *Fake) Idle(ctx context.Context) error {
	for {
		f.mu.Lock()
		open, settled := f.open, f.settled
		f.mu.Unlock()
		if open == 0 {
			return nil
		}
		select {
		case <-settled:
		case <-ctx.Done():
			return fmt.Errorf("%d deliveries are not acknowledged: %w", open, ctx.Err())
		}
	}
}
