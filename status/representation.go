package status

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strconv"
	"sync"
	"time"
)

// kind is what a document is, as far as its headers go.
type kind int

const (
	htmlPage kind = iota
	framedPage
	jsonData
	jsonFeed
	atomFeed
	rssFeed
	calendarFile
	markdownText
	svgPicture
	pngPicture
	jpegPicture
	webpPicture
	javaScript
)

func (k kind) contentType() string {
	switch k {
	case jsonData:
		return "application/json; charset=utf-8"
	case jsonFeed:
		return "application/feed+json; charset=utf-8"
	case atomFeed:
		return "application/atom+xml; charset=utf-8"
	case rssFeed:
		return "application/rss+xml; charset=utf-8"
	case calendarFile:
		return "text/calendar; charset=utf-8"
	case markdownText:
		return "text/markdown; charset=utf-8"
	case svgPicture:
		return "image/svg+xml"
	case pngPicture:
		return "image/png"
	case jpegPicture:
		return "image/jpeg"
	case webpPicture:
		return "image/webp"
	case javaScript:
		return "text/javascript; charset=utf-8"
	default:
		return "text/html; charset=utf-8"
	}
}

// page reports whether browsers show it as a page.
func (k kind) page() bool { return k == htmlPage || k == framedPage }

// A representation is one document as bytes, ready to be sent in every coding:
// each is made when it is first asked for, and then kept. It never changes.
type representation struct {
	until time.Time // when the clock alone makes it wrong; zero for never
	plain variant
	tag   string // of the plain bytes, without quotes
	look  *Look
	kind  kind
	made  [codings]struct {
		once sync.Once
		variant
	}
}

// A variant is one coding of a representation: its bytes and its headers, whole
// and as a 304 carries them (RFC 9110, 15.4.5). All responses share them; the
// values are full slices, so that whoever appends to one gets a copy.
type variant struct {
	body       []byte
	etag       string
	full       []field
	unmodified []field
}

// A field is one header, its name in canonical form.
type field struct {
	name   string
	values []string
}

// cacheControl lets a cache answer for ten seconds on its own, and with what
// it has for a day while it asks again or while the origin is gone (RFC 5861).
// The long stale-while-revalidate is what keeps a page up when all want it at
// once: a cache answers at once instead of waiting for the origin.
const cacheControl = "public, max-age=10, stale-while-revalidate=86400, stale-if-error=86400"

// newRepresentation labels body.
func (l *Look) newRepresentation(k kind, body []byte, until time.Time) *representation {
	sum := sha256.Sum256(body)
	r := &representation{until: until, tag: base64.RawURLEncoding.EncodeToString(sum[:16]), look: l, kind: k}
	r.plain = l.newVariant(k, body, `"`+r.tag+`"`, "")
	return r
}

// in returns the representation in a coding; one that would be no smaller than
// the plain bytes is those.
func (r *representation) in(c coding) *variant {
	if c == identity {
		return &r.plain
	}
	m := &r.made[c]
	m.once.Do(func() {
		m.variant = r.plain
		if b := c.compress(r.plain.body); b != nil && len(b) < len(r.plain.body) {
			m.variant = r.look.newVariant(r.kind, b, `"`+r.tag+"-"+c.name()+`"`, c.name())
		}
	})
	return &m.variant
}

func (l *Look) newVariant(k kind, body []byte, etag, coding string) variant {
	v := variant{body: body, etag: etag, unmodified: []field{
		{"Cache-Control", []string{cacheControl}},
		{"Etag", []string{etag}},
		{"Vary", []string{"Accept-Encoding"}},
	}}
	if !k.page() {
		v.unmodified = append(v.unmodified, field{"Access-Control-Allow-Origin", []string{"*"}})
	}
	v.full = append(slices.Clone(v.unmodified),
		field{"Content-Type", []string{k.contentType()}},
		field{"Content-Length", []string{strconv.Itoa(len(body))}},
		field{"X-Content-Type-Options", []string{"nosniff"}},
		field{"Referrer-Policy", []string{"no-referrer"}},
	)
	switch k {
	case htmlPage:
		v.full = append(v.full, field{"Content-Security-Policy", []string{l.policy + "; frame-ancestors 'none'"}})
	case framedPage:
		v.full = append(v.full, field{"Content-Security-Policy", []string{l.policy + "; frame-ancestors *"}})
	case svgPicture: // opened by itself, a picture is a page too
		v.full = append(v.full, field{"Content-Security-Policy", []string{"default-src 'none'; style-src 'unsafe-inline'; sandbox"}})
	}
	if coding != "" {
		v.full = append(v.full, field{"Content-Encoding", []string{coding}})
	}
	return v
}
