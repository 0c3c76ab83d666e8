package status

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strconv"
	"time"
)

// kind is what a document is, as far as its headers go.
type kind int

const (
	htmlPage kind = iota
	jsonData
	atomFeed
	rssFeed
)

func (k kind) contentType() string {
	switch k {
	case jsonData:
		return "application/json; charset=utf-8"
	case atomFeed:
		return "application/atom+xml; charset=utf-8"
	case rssFeed:
		return "application/rss+xml; charset=utf-8"
	default:
		return "text/html; charset=utf-8"
	}
}

// A representation is one document as bytes, ready to be sent. It never
// changes.
type representation struct {
	plain, zipped variant
	until         time.Time // when the clock alone makes it wrong; zero for never
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

// newRepresentation compresses and labels body.
func (l *look) newRepresentation(k kind, body []byte, until time.Time) *representation {
	sum := sha256.Sum256(body)
	tag := base64.RawURLEncoding.EncodeToString(sum[:16])
	r := &representation{until: until}
	r.plain = l.newVariant(k, body, `"`+tag+`"`, "")
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression) // once per change, so the slowest is cheap
	if err == nil {
		_, err = z.Write(body)
	}
	if err = cmp.Or(err, z.Close()); err == nil && b.Len() < len(body) {
		r.zipped = l.newVariant(k, b.Bytes(), `"`+tag+`-gz"`, "gzip")
	} else { // a buffer never fails; a short text may not shrink
		r.zipped = r.plain
	}
	return r
}

func (l *look) newVariant(k kind, body []byte, etag, coding string) variant {
	v := variant{body: body, etag: etag, unmodified: []field{
		{"Cache-Control", []string{cacheControl}},
		{"Etag", []string{etag}},
		{"Vary", []string{"Accept-Encoding"}},
	}}
	if k != htmlPage {
		v.unmodified = append(v.unmodified, field{"Access-Control-Allow-Origin", []string{"*"}})
	}
	v.full = append(slices.Clone(v.unmodified),
		field{"Content-Type", []string{k.contentType()}},
		field{"Content-Length", []string{strconv.Itoa(len(body))}},
		field{"X-Content-Type-Options", []string{"nosniff"}},
		field{"Referrer-Policy", []string{"no-referrer"}},
	)
	if k == htmlPage {
		v.full = append(v.full, field{"Content-Security-Policy", []string{l.policy + "; frame-ancestors 'none'"}})
	}
	if coding != "" {
		v.full = append(v.full, field{"Content-Encoding", []string{coding}})
	}
	return v
}
