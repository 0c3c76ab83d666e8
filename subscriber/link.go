package subscriber

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// A Purpose is the one thing that a link allows.
type Purpose byte

// The purposes of links.
const (
	ToConfirm Purpose = 1 // confirm what was asked
	ToManage  Purpose = 2 // see and change what is wanted, or leave
	ToLeave   Purpose = 3 // leave
)

// How long links work. One to leave always does: it stands in old mails, and
// who opens it has had enough (RFC 8058 names no end either).
const (
	ConfirmWithin = 24 * time.Hour
	ManageWithin  = 30 * 24 * time.Hour
)

// Errors of [Links.Read].
var (
	// ErrForged: the link was not made here, or was cut or changed on its way.
	ErrForged = errors.New("this link was not made here")
	// ErrExpired: it was, too long ago.
	ErrExpired = errors.New("this link has expired")
)

// A Link is what a signed link says.
type Link struct {
	Purpose Purpose
	ID      string    // the subscriber's
	Ask     uint64    // of a link to confirm: the number of the record that asked
	Expires time.Time // whole seconds; zero is never
}

// KeySize is how many bytes of a key count as strong enough.
const KeySize = 16

// Links signs links and reads them back.
type Links struct{ key []byte }

// NewLinks returns links under a key, which whoever has it can sign with. A key
// of less than [KeySize] bytes is refused.
func NewLinks(key []byte) (*Links, error) {
	if len(key) < KeySize {
		return nil, fmt.Errorf("a key of %d bytes can be guessed; use %d or more", len(key), KeySize)
	}
	return &Links{key: key}, nil
}

// macSize is how much of HMAC-SHA256 a link carries; 128 bits cannot be guessed.
const macSize = 16

// Sign returns the text of a link, of letters that every address line takes.
func (l *Links) Sign(k Link) string {
	b := []byte{byte(k.Purpose)}
	var at uint32
	if !k.Expires.IsZero() {
		at = uint32(max(1, min(k.Expires.Unix(), 1<<32-1))) //nolint:gosec // within 32 bits until 2106
	}
	b = binary.BigEndian.AppendUint32(b, at)
	b = binary.AppendUvarint(b, k.Ask)
	b = append(b, k.ID...)
	return base64.RawURLEncoding.EncodeToString(append(b, l.mac("link", b)...))
}

// Read returns what a link says, if it was signed here and works now.
func (l *Links) Read(text string, now time.Time) (Link, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) < 1+4+1+macSize {
		return Link{}, ErrForged
	}
	b, sum := raw[:len(raw)-macSize], raw[len(raw)-macSize:]
	if !hmac.Equal(sum, l.mac("link", b)) {
		return Link{}, ErrForged
	}
	k := Link{Purpose: Purpose(b[0])}
	if at := binary.BigEndian.Uint32(b[1:]); at > 0 {
		k.Expires = time.Unix(int64(at), 0).UTC()
	}
	ask, n := binary.Uvarint(b[5:])
	if n <= 0 {
		return Link{}, ErrForged
	}
	k.Ask, k.ID = ask, string(b[5+n:])
	if !k.Expires.IsZero() && !now.Before(k.Expires) {
		return k, ErrExpired
	}
	return k, nil
}

// Secret is what a webhook's deliveries are signed with: 32 bytes, known to its
// owner and to us, kept nowhere.
func (l *Links) Secret(id string) []byte {
	h := hmac.New(sha256.New, l.key)
	h.Write([]byte("sitrep/subscriber/secret/1\x00" + id))
	return h.Sum(nil)
}

func (l *Links) mac(use string, b []byte) []byte {
	h := hmac.New(sha256.New, l.key)
	h.Write([]byte("sitrep/subscriber/" + use + "/1\x00"))
	h.Write(b)
	return h.Sum(nil)[:macSize]
}
