package fakediscord

import (
	"fmt"
	"hash/fnv"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// limits is what the rate limits remember.
type limits struct {
	rates   map[string]Rate // by route, where a test set one
	used    map[string]window
	global  window
	invalid window
}

// A window counts what was done since its start.
type window struct {
	start time.Time
	n     int
}

// take counts one more; left is how many more are allowed, negative if this one
// is not, and wait is how long until the window ends.
func (w *window) take(now time.Time, r Rate) (left int, wait time.Duration) {
	if now.Sub(w.start) >= r.Per {
		w.start, w.n = now, 0
	}
	left = r.N - w.n - 1
	if left >= 0 {
		w.n++
	}
	return left, r.Per - now.Sub(w.start)
}

// SetRate limits a route ("POST /channels/{channel}/messages"), for each
// channel, guild or webhook by itself.
func (s *Server) SetRate(route string, r Rate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.limits.rates == nil {
		s.limits.rates = map[string]Rate{}
	}
	s.limits.rates[route] = r
}

// SetGlobal limits all requests together.
func (s *Server) SetGlobal(r Rate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.o.Global, s.limits.global = r, window{}
}

// A limited says how a request stands with the rate limits.
type limited struct {
	scope string // "" if it is allowed
	wait  time.Duration
	quiet bool // the headers do not show it
}

// meter counts a request and writes the headers of its bucket.
func (s *Server) meter(w http.ResponseWriter, r *http.Request, route string) limited {
	now := s.now()
	free := strings.Contains(route, "/interactions/") || strings.Contains(route, "/webhooks/")
	if !free {
		if left, wait := s.limits.global.take(now, s.o.Global); left < 0 {
			return limited{scope: "global", wait: wait}
		}
	}
	rate, ok := s.limits.rates[route]
	if !ok {
		rate = s.o.Bucket
	}
	major := r.PathValue("channel") + r.PathValue("guild") + r.PathValue("token")
	if s.limits.used == nil {
		s.limits.used = map[string]window{}
	}
	key := route + " " + major
	u := s.limits.used[key]
	left, wait := u.take(now, rate)
	s.limits.used[key] = u
	h := fnv.New64a()
	_, _ = h.Write([]byte(route)) // never fails
	w.Header().Set("X-RateLimit-Bucket", fmt.Sprintf("%016x", h.Sum64()))
	w.Header().Set("X-RateLimit-Limit", strconv.Itoa(rate.N))
	w.Header().Set("X-RateLimit-Remaining", strconv.Itoa(max(left, 0)))
	w.Header().Set("X-RateLimit-Reset", seconds(time.Duration(now.Add(wait).UnixMilli())*time.Millisecond))
	w.Header().Set("X-RateLimit-Reset-After", seconds(wait))
	if left < 0 {
		return limited{scope: "user", wait: wait}
	}
	return limited{}
}

// renames counts an edit of a channel's name or topic. Nothing in the headers
// of the answers before tells that the next one is too many.
func (s *Server) renames(c *Channel) limited {
	now := s.now()
	kept := c.renamed[:0]
	for _, t := range c.renamed {
		if now.Sub(t) < s.o.Rename.Per {
			kept = append(kept, t)
		}
	}
	c.renamed = kept
	if len(kept) >= s.o.Rename.N {
		return limited{scope: "user", wait: kept[0].Add(s.o.Rename.Per).Sub(now), quiet: true}
	}
	c.renamed = append(c.renamed, now)
	return limited{}
}

// refuse writes the answer 429.
func (l limited) refuse(w http.ResponseWriter) {
	wait := math.Ceil(l.wait.Seconds()*1000) / 1000
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait))))
	w.Header().Set("X-RateLimit-Scope", l.scope)
	if l.scope == "global" {
		w.Header().Set("X-RateLimit-Global", "true")
		w.Header().Set("X-RateLimit-Reset-After", seconds(l.wait))
	}
	send(w, http.StatusTooManyRequests, map[string]any{"message": "You are being rate limited.", "retry_after": wait, "global": l.scope == "global", "code": 0})
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) }

// banned reports whether the address has made too many invalid requests.
func (s *Server) banned() bool {
	i := &s.limits.invalid
	return i.n >= s.o.Invalid.N && s.now().Sub(i.start) < s.o.Invalid.Per
}

// answered counts an answer that makes an invalid request. Of the 429s those of
// a shared limit do not count; there are none here.
func (s *Server) answered(status int) {
	if status == 401 || status == 403 || status == 429 {
		s.limits.invalid.take(s.now(), s.o.Invalid)
	}
}
