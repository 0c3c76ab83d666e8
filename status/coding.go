package status

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// coding is how the bytes of an answer are compressed.
type coding int

// The codings, in the order in which they are preferred: what is smallest for
// pages of this kind comes first. codings is how many there are.
const (
	brotliCoding coding = iota
	zstdCoding
	gzipCoding
	identity
	codings = identity
)

func (c coding) name() string {
	switch c {
	case brotliCoding:
		return "br"
	case zstdCoding:
		return "zstd"
	case gzipCoding:
		return "gzip"
	default:
		return ""
	}
}

// brotliLevel is where brotli still takes less than gzip's best level does, for
// some 10 % fewer bytes; above it a page of 300 kB takes tenths of a second.
const brotliLevel = 6

// largePage is where gzip's best level begins to take tens of milliseconds, and
// gives hardly fewer bytes than its usual one.
const largePage = 256 << 10

// compress returns b in a coding; nil if that cannot be had.
func (c coding) compress(b []byte) []byte {
	var out bytes.Buffer
	var w io.WriteCloser
	var err error
	switch c {
	case brotliCoding:
		w = brotli.NewWriterLevel(&out, brotliLevel)
	case zstdCoding:
		w, err = zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
	case gzipCoding:
		level := gzip.BestCompression
		if len(b) > largePage {
			level = gzip.DefaultCompression
		}
		w, err = gzip.NewWriterLevel(&out, level)
	default:
		return nil
	}
	if err != nil {
		return nil
	}
	if _, err = w.Write(b); err != nil {
		return nil
	}
	if err = w.Close(); err != nil {
		return nil
	}
	return out.Bytes()
}

// accepted is the coding that an Accept-Encoding likes best, and that is best
// for the page among equals (RFC 9110, 12.5.3).
func accepted(lines []string) coding {
	var like [codings]int
	var named [codings]bool
	others := 0
	for _, line := range lines {
		for part := range strings.SplitSeq(line, ",") {
			name, params, _ := strings.Cut(part, ";")
			name = strings.TrimSpace(name)
			q := quality(params)
			if name == "*" {
				others = q
			}
			for c := range codings {
				if strings.EqualFold(name, c.name()) || c == gzipCoding && strings.EqualFold(name, "x-gzip") {
					like[c], named[c] = q, true
				}
			}
		}
	}
	best, at := identity, 0
	for c := range codings {
		q := like[c]
		if !named[c] && c == gzipCoding { // only what every reader knows is meant by "*"
			q = others
		}
		if q > at {
			best, at = c, q
		}
	}
	return best
}
