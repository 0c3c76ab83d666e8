package fakediscord

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// The intents, as identify asks for them.
const (
	intentGuilds    = 1 << 0
	intentMembers   = 1 << 1 // privileged
	intentPresences = 1 << 8 // privileged
	intentMessages  = 1 << 9
	intentReactions = 1 << 10
	intentContent   = 1 << 15 // privileged
	privileged      = intentMembers | intentPresences | intentContent
	allIntents      = 1<<26 - 1
)

// The close codes that the gateway ends connections with.
const (
	CloseUnknown     = 4000
	CloseAuth        = 4004
	CloseSeq         = 4007
	CloseRate        = 4008
	CloseTimeout     = 4009
	CloseBadIntents  = 4013
	CloseNotAllowed  = 4014
	linger           = 2 * time.Second // after the bot's closing: its library holds a lock for a second, in which a bubble's clock would stand still
	closeDecode      = 4002
	closeEarly       = 4003
	closeTwice       = 4005
	maxSends         = 120 // gateway commands in 60 s
	maxIdentifies    = 1000
	kept             = 4096 // events that a session can resume over
	sessionKept      = 10 * time.Minute
	resumeGatewayURL = "wss://gateway-fake.discord.gg"
)

// gate is the gateway's sessions.
type gate struct {
	sessions   map[string]*session
	conns      map[*conn]bool
	identifies int
	changed    chan struct{} // closed when a session begins or ends; nil until somebody waits
}

// A session is what identify begins and resume goes on with.
type session struct {
	id      string
	intents int
	seq     int64
	events  []packet
	conn    *conn // nil while the bot is away
	left    time.Time
}

// A packet is what goes over the wire.
type packet struct {
	Op   int             `json:"op"`
	Data json.RawMessage `json:"d"`
	Seq  *int64          `json:"s"`
	Type *string         `json:"t"`
}

func packed(op int, data any) packet {
	b, err := json.Marshal(data)
	if err != nil {
		panic(err) // only values of this package come here
	}
	return packet{Op: op, Data: b}
}

// A conn is one websocket. Its writes are queued, so that nobody waits for it
// with the lock held.
type conn struct {
	ws      *websocket.Conn
	session *session // set under the server's lock

	mu    sync.Mutex
	wake  *sync.Cond
	queue []packet
	code  int // close with it once the queue is empty; 0 for not
}

func (s *Server) getGateway(*http.Request) (any, error) {
	return map[string]any{
		"url": "ws://" + address + "/gw/", "shards": 1,
		"session_start_limit": map[string]int{"total": maxIdentifies, "remaining": maxIdentifies - s.gate.identifies, "reset_after": 86400000, "max_concurrency": 1},
	}, nil
}

// accept serves one connection to the gateway.
func (s *Server) accept(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	out := s.faults.out
	s.mu.Unlock()
	if out {
		http.Error(w, "upstream connect error", http.StatusServiceUnavailable)
		return
	}
	if q := r.URL.Query(); q.Get("v") != "9" && q.Get("v") != "10" || q.Get("encoding") != "json" {
		http.Error(w, "bad version or encoding", http.StatusBadRequest)
		return
	}
	ws, err := (&websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}).Upgrade(w, r, nil)
	if err != nil {
		return // the client was told
	}
	ws.SetCloseHandler(func(int, string) error { return nil }) // see linger
	c := &conn{ws: ws}
	c.wake = sync.NewCond(&c.mu)
	s.mu.Lock()
	if s.gate.conns == nil {
		s.gate.conns, s.gate.sessions = map[*conn]bool{}, map[string]*session{}
	}
	s.gate.conns[c] = true
	beat := s.o.Heartbeat
	s.mu.Unlock()
	var done sync.WaitGroup
	done.Go(c.write)
	c.send(packed(10, map[string]any{"heartbeat_interval": beat.Milliseconds()}))
	s.read(c, beat)
	s.mu.Lock()
	delete(s.gate.conns, c)
	if c.session != nil && c.session.conn == c {
		c.session.conn, c.session.left = nil, s.now()
		s.gate.change()
	}
	s.mu.Unlock()
	c.end(CloseUnknown)
	done.Wait()
	_ = ws.Close() // it is over either way
}

// read handles what the bot sends until the connection ends.
func (s *Server) read(c *conn, beat time.Duration) {
	var sent window
	for {
		_ = c.ws.SetReadDeadline(time.Now().Add(beat + beat/2 + 2*time.Second))
		_, b, err := c.ws.ReadMessage()
		if err != nil {
			if ce, ok := err.(*websocket.CloseError); ok && (ce.Code == 1000 || ce.Code == 1001) { //nolint:errorlint // gorilla returns it as it is
				s.mu.Lock()
				if c.session != nil && !c.ended() {
					delete(s.gate.sessions, c.session.id) // the bot's own closing ends the session; an answer to ours does not
				}
				s.mu.Unlock()
				if !c.ended() {
					time.Sleep(linger)
				}
			} else if !ok {
				c.end(CloseTimeout)
			}
			return
		}
		if left, _ := sent.take(time.Now(), Rate{maxSends, time.Minute}); left < 0 {
			c.end(CloseRate)
			return
		}
		var p packet
		if json.Unmarshal(b, &p) != nil {
			c.end(closeDecode)
			return
		}
		if code := s.handle(c, p); code != 0 {
			c.end(code)
			return
		}
	}
}

// handle does what one packet asks; a code other than 0 ends the connection.
func (s *Server) handle(c *conn, p packet) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch p.Op {
	case 1:
		if !s.faults.noAcks {
			c.send(packet{Op: 11, Data: json.RawMessage("null")})
		}
	case 2:
		return s.identify(c, p.Data)
	case 6:
		return s.resume(c, p.Data)
	case 3, 4, 8:
		if c.session == nil {
			return closeEarly
		}
	default:
		return 4001
	}
	return 0
}

func (s *Server) identify(c *conn, data json.RawMessage) int {
	var d struct {
		Token      string
		Intents    *int
		Properties map[string]any
	}
	if c.session != nil {
		return closeTwice
	}
	if json.Unmarshal(data, &d) != nil || d.Properties == nil {
		return closeDecode
	}
	s.gate.identifies++
	switch {
	case s.faults.refuse != 0:
		return s.faults.refuse
	case strings.TrimPrefix(d.Token, "Bot ") != Token || s.gate.identifies > maxIdentifies:
		return CloseAuth
	case d.Intents == nil || *d.Intents&^allIntents != 0:
		return CloseBadIntents
	case *d.Intents&privileged&^s.o.Intents != 0:
		return CloseNotAllowed
	}
	ss := &session{id: s.id(), intents: *d.Intents, conn: c}
	s.gate.sessions[ss.id] = ss
	c.session = ss
	flags := 0
	ss.put("READY", map[string]any{
		"v": 9, "user": s.bot, "session_id": ss.id, "resume_gateway_url": resumeGatewayURL,
		"guilds": []any{map[string]any{"id": s.guild, "unavailable": true}}, "application": map[string]any{"id": s.bot.ID, "flags": flags},
	})
	if ss.intents&intentGuilds != 0 {
		g := s.guildObject()
		visible := []*Channel{}
		for _, ch := range s.channels {
			if !ch.gone && !ch.IsThread() && ch.Type != Direct && s.may(s.bot.ID, ch)&ViewChannel != 0 {
				visible = append(visible, ch)
			}
		}
		g["channels"] = visible
		g["threads"] = s.threads(func(ch *Channel) bool { return !ch.Thread.Archived && s.may(s.bot.ID, ch)&ViewChannel != 0 })
		g["members"] = []any{s.members[s.bot.ID]}
		ss.put("GUILD_CREATE", g)
	}
	s.gate.change()
	return 0
}

func (s *Server) resume(c *conn, data json.RawMessage) int {
	var d struct {
		Token     string
		SessionID string `json:"session_id"`
		Seq       int64
	}
	if json.Unmarshal(data, &d) != nil {
		return closeDecode
	}
	if strings.TrimPrefix(d.Token, "Bot ") != Token {
		return CloseAuth
	}
	ss := s.gate.sessions[d.SessionID]
	if ss == nil || s.now().Sub(ss.left) > sessionKept && ss.conn == nil || d.Seq > ss.seq {
		delete(s.gate.sessions, d.SessionID)
		c.send(packed(9, false))
		return 0
	}
	if ss.conn != nil {
		ss.conn.end(CloseUnknown)
	}
	ss.conn, c.session = c, ss
	for _, e := range ss.events {
		if *e.Seq > d.Seq {
			c.send(e)
		}
	}
	ss.put("RESUMED", map[string]any{})
	s.gate.change()
	return 0
}

// put numbers an event, keeps it and sends it.
func (ss *session) put(kind string, data any) { ss.number(packed(0, data), kind) }

// number is put with data that is packed already.
func (ss *session) number(p packet, kind string) {
	ss.seq++
	seq := ss.seq
	p.Seq, p.Type = &seq, &kind
	ss.events = append(ss.events, p)
	if len(ss.events) > kept {
		ss.events = ss.events[len(ss.events)-kept:]
	}
	if ss.conn != nil {
		ss.conn.send(p)
	}
}

// tell sends an event to every session that asked for its kind, if the bot can
// see the channel that it happened in.
func (s *Server) tell(c *Channel, kind string, data any) {
	if c != nil && (c.Type == Direct || s.may(s.bot.ID, c)&ViewChannel == 0) {
		return // direct messages have an intent of their own
	}
	for _, ss := range s.gate.sessions {
		if want := intentOf(kind); want != 0 && ss.intents&want == 0 {
			continue
		}
		if m, ok := data.(*Message); ok && ss.intents&intentContent == 0 {
			s.pass(ss, kind, s.bare(m))
			continue
		}
		s.pass(ss, kind, data)
	}
}

func intentOf(kind string) int {
	switch {
	case strings.HasPrefix(kind, "MESSAGE_REACTION"):
		return intentReactions
	case strings.HasPrefix(kind, "MESSAGE_"):
		return intentMessages
	case strings.HasPrefix(kind, "GUILD_MEMBER"):
		return intentMembers
	case strings.HasPrefix(kind, "INTERACTION"):
		return 0
	}
	return intentGuilds
}

// bare is a message without its content, as a bot gets it that may not read
// content, unless the message is its own or names it.
func (s *Server) bare(m *Message) *Message {
	if m.Author.ID == s.bot.ID {
		return m
	}
	for _, x := range m.Mentions {
		if x.ID == s.bot.ID {
			return m
		}
	}
	out := *m
	out.Content, out.Embeds, out.Attachments, out.Components = "", []Embed{}, []Attachment{}, []Component{}
	return &out
}

// send queues a packet.
func (c *conn) send(p packet) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue = append(c.queue, p)
	c.wake.Signal()
}

// end closes the connection with a code, after what is queued.
func (c *conn) end(code int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.code == 0 {
		c.code = code
	}
	c.wake.Signal()
}

// ended reports whether it is closed from this side.
func (c *conn) ended() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.code != 0
}

// write sends what is queued until the connection ends.
func (c *conn) write() {
	for {
		c.mu.Lock()
		for len(c.queue) == 0 && c.code == 0 {
			c.wake.Wait()
		}
		queue, code := c.queue, c.code
		c.queue = nil
		c.mu.Unlock()
		for _, p := range queue {
			if c.ws.WriteJSON(p) != nil {
				return // the reader sees it too
			}
		}
		if len(queue) == 0 {
			_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(time.Second)) // it is over either way
			_ = c.ws.Close()
			return
		}
	}
}

// drop forgets every connection and returns them.
func (g *gate) drop() []*conn {
	var out []*conn
	for c := range g.conns {
		out = append(out, c)
	}
	return out
}

func (g *gate) change() {
	if g.changed != nil {
		close(g.changed)
		g.changed = nil
	}
}
