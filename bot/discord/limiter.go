package discord

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"sitrep/bot"
)

// The limits that hold for all requests together. Source: Discord's developer
// documentation, "Rate Limits": 50 requests a second, and a ban of the address
// after 10,000 invalid requests (401, 403, 429) in ten minutes. Both are kept
// with a margin, since the address may be shared.
const (
	perSecond   = 45
	maxInvalid  = 8000
	invalidPer  = 10 * time.Minute
	keptBuckets = 4096
)

// A limiter keeps requests within Discord's rate limits, as the headers of the
// answers tell them. The library has one, but it sleeps without looking at the
// context, knows no limit for all requests together and takes every address
// for a bucket of its own; so the headers end here.
type limiter struct {
	next http.RoundTripper

	mu      sync.Mutex
	names   map[string]string    // the bucket of a route, once an answer has told it
	buckets map[string]bucket    // by bucket and major parameter
	pause   time.Time            // for all requests
	sent    [perSecond]time.Time // when the last requests were sent, in a ring
	oldest  int                  // the oldest of them
	window  time.Time
	invalid int // in that window
}

type bucket struct {
	left  int
	reset time.Time
}

// A trip is what the limiter knows of a request: it is carried in its context.
type trip struct {
	route string // with its method, without ids; "" is not limited
	major string // the channel or guild
	most  time.Duration
}

type tripKey struct{}

// RoundTrip waits until the request may be sent, or refuses it with what there
// is to wait if that is longer than its sender has time for.
func (l *limiter) RoundTrip(r *http.Request) (*http.Response, error) {
	t, limited := r.Context().Value(tripKey{}).(trip)
	if err := l.spent(); err != nil {
		return nil, err
	}
	limited = limited && t.route != ""
	if limited {
		if err := l.wait(r.Context(), t); err != nil {
			return nil, err
		}
	}
	resp, err := l.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	l.learn(t, limited, resp)
	for _, h := range []string{"X-RateLimit-Remaining", "X-RateLimit-Reset", "X-RateLimit-Reset-After", "X-RateLimit-Global"} {
		resp.Header.Del(h)
	}
	return resp, nil
}

// wait takes a place in the request's bucket.
func (l *limiter) wait(ctx context.Context, t trip) error {
	for {
		d := l.take(t)
		if d <= 0 {
			return nil
		}
		if d > t.most {
			return &bot.Temporary{After: d, Err: fmt.Errorf("discord allows no more of these requests for %s", d.Round(time.Millisecond))}
		}
		timer := time.NewTimer(d)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

// take takes a place if there is one, and returns how long to wait otherwise.
func (l *limiter) take(t trip) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if now.Before(l.pause) {
		return l.pause.Sub(now)
	}
	if first := l.sent[l.oldest]; now.Sub(first) < time.Second { // in any second, wherever Discord begins its own
		return first.Add(time.Second).Sub(now)
	}
	key := l.key(t)
	if b, ok := l.buckets[key]; ok && now.Before(b.reset) {
		if b.left <= 0 {
			return b.reset.Sub(now)
		}
		b.left--
		l.buckets[key] = b
	}
	l.sent[l.oldest] = now
	l.oldest = (l.oldest + 1) % perSecond
	return 0
}

// key is the bucket of a request; the lock is held.
func (l *limiter) key(t trip) string { return orElse(l.names[t.route], t.route) + "/" + t.major }

// learn reads the headers of an answer.
func (l *limiter) learn(t trip, limited bool, resp *http.Response) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, h := time.Now(), resp.Header
	scope := h.Get("X-RateLimit-Scope")
	switch resp.StatusCode {
	case http.StatusTooManyRequests:
		wait := time.Second
		if sec, err := strconv.ParseFloat(h.Get("Retry-After"), 64); err == nil && sec > 0 {
			wait = time.Duration(sec * float64(time.Second))
		}
		if scope == "global" || scope == "" || h.Get("X-RateLimit-Global") != "" { // without a scope it is what stands before Discord
			l.pause = now.Add(wait)
		} else if limited {
			l.set(t, h.Get("X-RateLimit-Bucket"), bucket{0, now.Add(wait)})
		}
		if scope != "shared" {
			l.bad(now)
		}
		return
	case http.StatusUnauthorized, http.StatusForbidden:
		l.bad(now)
	}
	left, err := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	after, err2 := strconv.ParseFloat(h.Get("X-RateLimit-Reset-After"), 64)
	if limited && err == nil && err2 == nil {
		l.set(t, h.Get("X-RateLimit-Bucket"), bucket{left, now.Add(time.Duration(after * float64(time.Second)))})
	}
}

// set notes how a bucket stands; the lock is held. An answer that overtook
// another one does not give places back that were taken since.
func (l *limiter) set(t trip, name string, b bucket) {
	if l.names == nil {
		l.names, l.buckets = map[string]string{}, map[string]bucket{}
	}
	if name != "" {
		l.names[t.route] = name
	}
	key := l.key(t)
	if old, ok := l.buckets[key]; ok && old.reset.After(time.Now()) && b.left > 0 && old.reset.Sub(b.reset).Abs() < 100*time.Millisecond {
		b.left = min(b.left, old.left)
	}
	l.buckets[key] = b
	if len(l.buckets) > keptBuckets {
		for k, x := range l.buckets {
			if x.reset.Before(time.Now()) {
				delete(l.buckets, k)
			}
		}
	}
}

func (l *limiter) bad(now time.Time) {
	if now.Sub(l.window) >= invalidPer {
		l.window, l.invalid = now, 0
	}
	l.invalid++
}

// errSpent says that too much was refused; going on would get the address
// banned.
var errSpent = errors.New("discord has refused so many requests that this address would be banned: look at the bot's token and permissions")

func (l *limiter) spent() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if left := invalidPer - time.Since(l.window); l.invalid >= maxInvalid && left > 0 {
		return &bot.Temporary{After: left, Err: errSpent}
	}
	return nil
}
