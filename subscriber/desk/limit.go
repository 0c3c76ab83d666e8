package desk

import (
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// What one client may ask for: twenty at once, since an office behind one
// address comes all together when something is broken, then one each three
// minutes.
const (
	burst  = 20
	refill = 3 * time.Minute
)

// What all clients together may ask for: 2,000 at once, then ten a second. More
// is nobody's subscribing, but somebody's pestering of others with our mail.
const (
	allBurst  = 2000
	allRefill = 100 * time.Millisecond
)

// mostClients bounds what is remembered of clients.
const mostClients = 10_000

// limits counts requests by client.
type limits struct {
	proxies []netip.Prefix

	mu      sync.Mutex
	all     *rate.Limiter
	clients map[netip.Prefix]*rate.Limiter
}

func newLimits(proxies []netip.Prefix) *limits {
	return &limits{proxies: proxies, all: rate.NewLimiter(rate.Every(allRefill), allBurst), clients: map[netip.Prefix]*rate.Limiter{}}
}

// allow takes one request of a client into account; false is one too many.
func (l *limits) allow(r *http.Request, now time.Time) bool {
	c := l.client(r)
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.clients[c]
	if one == nil {
		if len(l.clients) >= mostClients {
			l.forget(now)
		}
		one = rate.NewLimiter(rate.Every(refill), burst)
		l.clients[c] = one
	}
	return one.AllowN(now, 1) && l.all.AllowN(now, 1)
}

// forget drops the clients that may do everything again, and if none may, any
// quarter of them.
func (l *limits) forget(now time.Time) {
	for c, one := range l.clients {
		if one.TokensAt(now) >= burst {
			delete(l.clients, c)
		}
	}
	for c := range l.clients {
		if len(l.clients) <= mostClients*3/4 {
			return
		}
		delete(l.clients, c)
	}
}

// client is who asks: an address, or of IPv6 the network of 64 bits that one
// house has. What a trusted proxy says of it is believed, from the right, up to
// the first address that is no such proxy's.
func (l *limits) client(r *http.Request) netip.Prefix {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Prefix{}
	}
	who := at.Addr().Unmap().WithZone("")
	said := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(said) - 1; i >= 0 && l.trusted(who); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(said[i]))
		if err != nil {
			break
		}
		who = next.Unmap().WithZone("")
	}
	bits := who.BitLen()
	if who.Is6() {
		bits = 64
	}
	p, err := who.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

func (l *limits) trusted(a netip.Addr) bool {
	for _, p := range l.proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
