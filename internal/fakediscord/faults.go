package fakediscord

import (
	"context"
	"math/rand/v2"
	"net/http"
	"time"
)

// CloseGateway ends every connection to the gateway with a code. The sessions
// can be resumed.
func (s *Server) CloseGateway(code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.gate.conns {
		c.end(code)
	}
}

// Outage takes Discord away: every request is answered 503, connections to the
// gateway break off and no new one is made. People go on talking; sessions end
// as they do when a bot is away.
func (s *Server) Outage(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.out, s.faults.status = on, 0
	if on {
		s.faults.status = http.StatusServiceUnavailable
		for c := range s.gate.conns {
			c.end(CloseUnknown)
		}
	}
}

// A Disturbance is how events come otherwise than one by one in their order,
// which Discord does not promise.
type Disturbance struct {
	Copies int           // how often each event comes; at least once
	Jitter time.Duration // how much later at most; what is drawn differs for each, so that order is lost
}

// Disturb applies a disturbance to the events of people and their interactions
// from now on; the zero value ends it.
func (s *Server) Disturb(d Disturbance) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.upset = d
}

// pass sends an event to a session, disturbed as the test wants it.
func (s *Server) pass(ss *session, kind string, data any) {
	d := s.faults.upset
	p := packed(0, data) // as it is now
	for range max(1, d.Copies) {
		if d.Jitter <= 0 {
			ss.number(p, kind)
			continue
		}
		time.AfterFunc(rand.N(d.Jitter), func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			ss.number(p, kind)
		})
	}
}

// AskReconnect tells every connection to come back (op 7).
func (s *Server) AskReconnect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.gate.conns {
		c.send(packet{Op: 7, Data: []byte("null")})
	}
}

// ForgetSessions makes every session one that cannot be resumed.
func (s *Server) ForgetSessions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.gate.sessions)
}

// StopAcks leaves heartbeats without an answer, or answers them again.
func (s *Server) StopAcks(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.noAcks = on
}

// RefuseIdentify answers identify with a close code, or, with 0, as it should.
func (s *Server) RefuseIdentify(code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.refuse = code
}

// GrantIntents says which privileged intents the bot has from now on; negative
// is none.
func (s *Server) GrantIntents(bits int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.o.Intents = max(bits, 0)
}

// Raw sends an event as it stands to every session: what this fake does not
// know of, such as a new kind of component.
func (s *Server) Raw(kind string, data any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ss := range s.gate.sessions {
		ss.put(kind, data)
	}
}

// Identifies counts how often the bot has begun a session.
func (s *Server) Identifies() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gate.identifies
}

// connected reports whether the bot has a session with a connection.
func (s *Server) connected() bool {
	for _, ss := range s.gate.sessions {
		if ss.conn != nil {
			return true
		}
	}
	return false
}

// AwaitConnected waits until the bot's session has a connection (on), or none.
func (s *Server) AwaitConnected(ctx context.Context, on bool) error {
	return s.await(ctx, func() bool { return s.connected() == on })
}

// AwaitIdentified waits until the bot has begun more than n sessions.
func (s *Server) AwaitIdentified(ctx context.Context, n int) error {
	return s.await(ctx, func() bool { return s.gate.identifies > n && s.connected() })
}

// await waits until something is so of the gateway's sessions.
func (s *Server) await(ctx context.Context, so func() bool) error {
	for {
		s.mu.Lock()
		if so() {
			s.mu.Unlock()
			return nil
		}
		if s.gate.changed == nil {
			s.gate.changed = make(chan struct{})
		}
		wait := s.gate.changed
		s.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// patience is how long people wait for an answer at most.
const patience = 20 * time.Second
