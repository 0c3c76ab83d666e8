package discord

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// maxRequest is the largest interaction that is read: a form with five full
// fields is a hundredth of it.
const maxRequest = 1 << 20

// fresh is how old a signed request may be.
const fresh = 5 * time.Minute

// Handler takes interactions over HTTP, where Options.PublicKey is set. The
// application's "Interactions Endpoint URL" is where it is reached. Messages
// still come over the gateway.
//
// A request that Discord did not sign, or that is not fresh, is answered 401;
// Discord tries that before it accepts the address. One that is sent again
// within that time is answered as it was the first time: it has the same key.
func (p *Platform) Handler() (http.Handler, error) {
	key, err := hex.DecodeString(p.o.PublicKey)
	if err != nil || len(key) != ed25519.PublicKeySize {
		return nil, errors.New("discord: the public key is 64 hexadecimal digits; copy it from the developer portal, page General Information")
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.endpoint(w, r, key) }), nil
}

func (p *Platform) endpoint(w http.ResponseWriter, r *http.Request, key ed25519.PublicKey) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "only Discord talks here", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		http.Error(w, "the request is larger than any of Discord's", http.StatusRequestEntityTooLarge)
		return
	case err != nil:
		http.Error(w, "the request could not be read", http.StatusBadRequest)
		return
	case !signed(r.Header, body, key, p.o.Now()):
		http.Error(w, "the signature is not Discord's, or not fresh", http.StatusUnauthorized)
		return
	}
	var i interactionIn
	if err := json.Unmarshal(body, &i); err != nil {
		http.Error(w, "the request is no interaction", http.StatusBadRequest)
		return
	}
	if i.Type == 1 {
		respond(w, answer{Type: answerPong}, nil)
		return
	}
	p.mu.Lock()
	ctx := p.serving
	p.mu.Unlock()
	if ctx == nil || i.Guild != p.guild || p.o.Public {
		http.Error(w, "not served here", http.StatusServiceUnavailable)
		return
	}
	p.overHTTP(ctx, w, &i)
}

// signed reports whether Discord has signed a body, not long ago. The library's
// own check knows neither age nor size.
func signed(h http.Header, body []byte, key ed25519.PublicKey, now time.Time) bool {
	stamp := h.Get("X-Signature-Timestamp")
	sec, err := strconv.ParseInt(stamp, 10, 64)
	if age := now.Sub(time.Unix(sec, 0)); err != nil || age > fresh || age < -fresh {
		return false
	}
	sig, err := hex.DecodeString(h.Get("X-Signature-Ed25519"))
	return err == nil && len(sig) == ed25519.SignatureSize && ed25519.Verify(key, append([]byte(stamp), body...), sig)
}

// overHTTP answers an interaction in the response. What comes later goes over
// the REST API, and does not end with the request.
func (p *Platform) overHTTP(ctx context.Context, w http.ResponseWriter, i *interactionIn) {
	first := make(chan func(), 1)
	var once sync.Once
	p.interact(ctx, i, func(_ context.Context, kind int, data any, files []file) error {
		once.Do(func() { first <- func() { respond(w, answer{kind, data}, files) } })
		return nil
	})
	late := time.NewTimer(p.ackIn + ackIn)
	defer late.Stop()
	select {
	case answer := <-first:
		answer()
	case <-late.C:
		once.Do(func() {}) // what comes now has nowhere to go
		http.Error(w, "no answer in time", http.StatusServiceUnavailable)
	case <-ctx.Done():
		http.Error(w, "sitrep is stopping", http.StatusServiceUnavailable)
	}
}

func respond(w http.ResponseWriter, a answer, files []file) {
	contentType, body, err := pack(a, files)
	if err != nil {
		http.Error(w, "the answer could not be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", contentType)
	_, _ = w.Write(body) // Discord shows that there was no answer
}
