package fakediscord

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
)

// faults are the switches with which it can be made to fail.
type faults struct {
	status int // every request is answered with it; 0 for none
	lose   int // so many requests are done, but the connection breaks before the answer
	noAcks bool
	refuse int // identify is answered with this close code
	out    bool
	upset  Disturbance
}

// Fail answers every request of the REST API with a status, or, with 0, as it
// should.
func (s *Server) Fail(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.status = status
}

// LoseAnswers does the next n requests that change something, but breaks the
// connection before the answer: their outcome is unknown to the bot.
func (s *Server) LoseAnswers(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.lose = n
}

// maxBody is the largest request: 25 MiB.
const maxBody = 25 << 20

// A handler answers a request; the lock is held. A nil body is 204.
type handler func(r *http.Request) (body any, err error)

// routes names every route. Major parameters are channel, guild and token.
func (s *Server) routes() {
	for route, h := range map[string]handler{
		"GET /gateway":             s.getGateway,
		"GET /gateway/bot":         s.getGateway,
		"GET /users/@me":           func(*http.Request) (any, error) { return s.bot, nil },
		"POST /users/@me/channels": s.postDirect,
		"GET /applications/@me":    s.getApplication,

		"GET /guilds/{guild}":                s.getGuild,
		"GET /guilds/{guild}/channels":       s.getChannels,
		"POST /guilds/{guild}/channels":      s.postChannel,
		"GET /guilds/{guild}/roles":          s.getRoles,
		"GET /guilds/{guild}/members/{user}": s.getMember,
		"GET /guilds/{guild}/members/search": s.searchMembers,
		"GET /guilds/{guild}/threads/active": s.getActive,

		"GET /channels/{channel}":                             s.getChannel,
		"PATCH /channels/{channel}":                           s.patchChannel,
		"DELETE /channels/{channel}":                          s.deleteChannel,
		"PUT /channels/{channel}/permissions/{overwrite}":     s.putOverwrite,
		"POST /channels/{channel}/threads":                    s.postThread,
		"POST /channels/{channel}/messages/{message}/threads": s.postMessageThread,
		"GET /channels/{channel}/threads/archived/public":     s.getArchived,
		"GET /channels/{channel}/threads/archived/private":    s.getArchived,
		"PUT /channels/{channel}/thread-members/{user}":       s.putThreadMember,
		"DELETE /channels/{channel}/thread-members/{user}":    s.deleteThreadMember,

		"GET /channels/{channel}/messages":                                    s.getMessages,
		"POST /channels/{channel}/messages":                                   s.postMessage,
		"GET /channels/{channel}/messages/{message}":                          s.getMessage,
		"PATCH /channels/{channel}/messages/{message}":                        s.patchMessage,
		"DELETE /channels/{channel}/messages/{message}":                       s.deleteMessage,
		"POST /channels/{channel}/messages/bulk-delete":                       s.bulkDelete,
		"PUT /channels/{channel}/messages/{message}/reactions/{emoji}/@me":    s.putReaction,
		"DELETE /channels/{channel}/messages/{message}/reactions/{emoji}/@me": s.deleteReaction,
		"GET /channels/{channel}/messages/{message}/reactions/{emoji}":        s.getReactions,
		"GET /channels/{channel}/messages/pins":                               s.getPins,
		"PUT /channels/{channel}/messages/pins/{message}":                     s.putPin,
		"DELETE /channels/{channel}/messages/pins/{message}":                  s.deletePin,
		"GET /channels/{channel}/pins":                                        s.getOldPins,
		"PUT /channels/{channel}/pins/{message}":                              s.putPin,
		"DELETE /channels/{channel}/pins/{message}":                           s.deletePin,

		"GET /applications/{app}/commands":                s.getCommands,
		"PUT /applications/{app}/commands":                s.putCommands,
		"GET /applications/{app}/guilds/{guild}/commands": s.getCommands,
		"PUT /applications/{app}/guilds/{guild}/commands": s.putCommands,

		"POST /interactions/{interaction}/{token}/callback": s.postCallback,
		"POST /webhooks/{app}/{token}":                      s.postFollowup,
		"GET /webhooks/{app}/{token}/messages/{message}":    s.getFollowup,
		"PATCH /webhooks/{app}/{token}/messages/{message}":  s.patchFollowup,
		"DELETE /webhooks/{app}/{token}/messages/{message}": s.deleteFollowup,
	} {
		s.mux.HandleFunc(route, func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, route, h) })
	}
}

// serve takes the API's version off the path and finds the route.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/gw") {
		s.accept(w, r)
		return
	}
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), "/api/")
	version, path, cut := strings.Cut(rest, "/")
	if !ok || !cut || (version != "v9" && version != "v10") {
		fail(404, 0, "404: Not Found").write(w)
		return
	}
	c := r.Clone(r.Context())
	c.URL.RawPath, c.URL.Path = "", "/"+path
	if u, err := c.URL.Parse("/" + path); err == nil {
		c.URL.Path, c.URL.RawPath = u.Path, u.RawPath
	}
	c.URL.RawQuery = r.URL.RawQuery
	if _, pattern := s.mux.Handler(c); pattern == "" {
		fail(404, 0, "404: Not Found").write(w)
		return
	}
	s.mux.ServeHTTP(w, c)
}

// answer does what every route has in common: faults, the ban, who asks, rate
// limits, the record of what was asked.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, route string, h handler) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return // the client broke off
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.mu.Lock()
	defer s.mu.Unlock()
	note := func(status int) {
		s.calls = append(s.calls, Call{Method: r.Method, Route: route, Path: r.URL.Path, Body: string(body), Status: status})
		s.answered(status)
	}
	switch {
	case s.faults.status != 0:
		note(s.faults.status)
		http.Error(w, "upstream connect error", s.faults.status)
		return
	case s.banned():
		http.Error(w, "error code: 1015", http.StatusForbidden)
		return
	case len(body) > maxBody:
		fail(413, 40005, "Request entity too large").write(w)
		return
	}
	open := strings.Contains(route, "/interactions/") || strings.Contains(route, "/webhooks/") || route == "GET /gateway"
	if !open && r.Header.Get("Authorization") != "Bot "+Token {
		note(401)
		fail(401, 0, "401: Unauthorized").write(w)
		return
	}
	if l := s.meter(w, r, route); l.scope != "" {
		note(429)
		l.refuse(w)
		return
	}
	out, err := h(r)
	if s.faults.lose > 0 && r.Method != http.MethodGet {
		s.faults.lose--
		note(0)
		panic(http.ErrAbortHandler) // the server closes the connection and says nothing
	}
	var f *failure
	var l *slow
	switch {
	case errors.As(err, &l):
		note(429)
		l.refuse(w)
	case errors.As(err, &f):
		note(f.status)
		f.write(w)
	case err != nil:
		note(500)
		fail(500, 0, "%v", err).write(w)
	case out == nil:
		note(204)
		send(w, http.StatusNoContent, nil)
	default:
		note(200)
		send(w, http.StatusOK, out)
	}
}

// slow is a limit that a handler met.
type slow struct{ limited }

// Error says that it is one.
func (*slow) Error() string { return "You are being rate limited." }

// read decodes a request's body, with its files if it has any.
func read(r *http.Request, v any) ([]Attachment, error) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return nil, fail(400, 50109, "The request body contains invalid JSON.")
	}
	if kind != "multipart/form-data" {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if kind != "application/json" || json.Unmarshal(b, v) != nil {
			return nil, fail(400, 50109, "The request body contains invalid JSON.")
		}
		return nil, nil
	}
	var files []Attachment
	for parts := multipart.NewReader(r.Body, params["boundary"]); ; {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, fail(400, 50109, "The request body contains invalid JSON.")
		}
		b, err := io.ReadAll(p)
		if err != nil {
			return nil, err
		}
		if p.FormName() == "payload_json" {
			if json.Unmarshal(b, v) != nil {
				return nil, fail(400, 50109, "The request body contains invalid JSON.")
			}
			continue
		}
		files = append(files, Attachment{Filename: p.FileName(), Size: len(b), Body: b, Type: p.Header.Get("Content-Type")})
	}
}

// limitOf reads the query's limit.
func limitOf(r *http.Request, ordinary, most int) (int, error) {
	q := r.URL.Query().Get("limit")
	if q == "" {
		return ordinary, nil
	}
	n, err := strconv.Atoi(q)
	if err != nil || n < 1 || n > most {
		return 0, invalid("limit", "int value should be less than or equal to %d.", most)
	}
	return n, nil
}
