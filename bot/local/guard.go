package local

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sitrep/incident"
)

// maxBody is the largest request that is read: 1 MiB.
const maxBody = 1 << 20

// policy lets the room load what it serves itself, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-src 'none'; frame-ancestors 'none'"

// guard sets the headers that every answer has, and lets in only those who may
// come in.
func (l *Platform) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin") // never to other sites; our own forms need their origin
		h.Set("Cache-Control", "no-store")
		if !l.knownHost(r.Host) { // a name of somebody else's that leads here
			http.Error(w, "This room does not answer to that host name.", http.StatusMisdirectedRequest)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if l.o.Token != "" && !l.signedIn(r) && r.URL.Path != "/room.css" && r.URL.Path != "/icon.svg" {
			l.signIn(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// knownHost guards against a page elsewhere whose name was made to lead to this
// machine (DNS rebinding): it would come with its own name.
func (l *Platform) knownHost(host string) bool {
	if len(l.o.Hosts) == 0 {
		return true
	}
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	return slices.ContainsFunc(l.o.Hosts, func(k string) bool { return strings.EqualFold(k, host) })
}

const tokenCookie = "sitrep_token"

// tokenSum is what the cookie holds: it proves the token without being it.
func (l *Platform) tokenSum() string {
	sum := sha256.Sum256([]byte("sitrep room\x00" + l.o.Token))
	return hex.EncodeToString(sum[:])
}

// isToken compares in a time that says nothing about the token.
func (l *Platform) isToken(given string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(l.o.Token))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

func (l *Platform) signedIn(r *http.Request) bool {
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return l.isToken(strings.TrimSpace(bearer))
	}
	c, err := r.Cookie(tokenCookie)
	return err == nil && subtle.ConstantTimeCompare([]byte(c.Value), []byte(l.tokenSum())) == 1
}

// secure reports whether the browser came over TLS, to us or to a proxy.
func secure(r *http.Request) bool {
	return r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https"
}

// cookieAge is how long a browser remembers who it is: a year.
const cookieAge = 365 * 24 * time.Hour

func (l *Platform) signIn(w http.ResponseWriter, r *http.Request) {
	wrong := false
	if r.Method == http.MethodPost && r.URL.Path == "/token" {
		if l.isToken(strings.TrimSpace(r.FormValue("token"))) {
			http.SetCookie(w, &http.Cookie{Name: tokenCookie, Value: l.tokenSum(), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: secure(r), MaxAge: int(cookieAge.Seconds())})
			http.Redirect(w, r, "/", http.StatusSeeOther)
			return
		}
		wrong = true
		l.o.Log.Warn("a wrong token was given", "from", r.RemoteAddr)
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="sitrep"`)
	if wantsJSON(r) {
		l.refuse(w, http.StatusUnauthorized, "no-token", "Send the room's token with the request: Authorization: Bearer <token>.")
		return
	}
	l.render(w, http.StatusUnauthorized, "signin", wrong)
}

func wantsJSON(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/api/") || strings.Contains(r.Header.Get("Accept"), "application/json")
}

// A visitor is who a request comes from, and their own time zone if their
// browser says so.
type visitor struct {
	incident.Person
	zone *time.Location
}

func (l *Platform) visitor(r *http.Request) visitor {
	v := visitor{}
	if goodName(l.o.Self) {
		v.Person = PersonOf(l.o.Self)
	}
	if name := cookie(r, "sitrep_who"); goodName(name) {
		v.Person = PersonOf(name)
	}
	v.zone = zoneNamed(cookie(r, "sitrep_zone"))
	return v
}

func cookie(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	v, err := url.QueryUnescape(c.Value)
	if err != nil {
		return ""
	}
	return v
}

// zoneNamed returns nil for a name that says nothing here.
func zoneNamed(name string) *time.Location {
	if name == "" || name == "Local" {
		return nil
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	return z
}

// maxName is the longest name that one can have here, in characters.
const maxName = 64

// goodName reports whether one can be called so. sitrep is us.
func goodName(s string) bool {
	s = strings.TrimPrefix(strings.TrimSpace(s), "@")
	return s != "" && !strings.EqualFold(s, self.Name) && utf8.ValidString(s) && utf8.RuneCountInString(s) <= maxName &&
		!strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) })
}
