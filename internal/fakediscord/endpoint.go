package fakediscord

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"
)

// SetEndpoint sends interactions over HTTP to a handler, signed, instead of
// over the gateway. As Discord does, it first asks whether the handler answers
// a ping and refuses a bad signature; ok says whether it does both.
func (s *Server) SetEndpoint(h http.Handler) (ok bool) {
	ping := []byte(`{"type":1,"id":"1","application_id":"` + s.bot.ID + `","token":"t","version":1}`)
	w := s.deliver(h, ping, true)
	var pong struct{ Type int }
	if w.Code != http.StatusOK || json.Unmarshal(w.Body.Bytes(), &pong) != nil || pong.Type != answerPong {
		return false
	}
	if kind, _, err := mime.ParseMediaType(w.Header().Get("Content-Type")); err != nil || kind != "application/json" {
		return false
	}
	if s.deliver(h, ping, false).Code != http.StatusUnauthorized {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endpoint = h
	return true
}

// KeepEndpoint says that an endpoint was entered before, by somebody else.
func (s *Server) KeepEndpoint() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endpoint = http.NotFoundHandler()
}

// Signed is the header of a request with a body that Discord sends at an instant.
func (s *Server) Signed(body []byte, at time.Time) http.Header {
	stamp := strconv.FormatInt(at.Unix(), 10)
	h := http.Header{}
	h.Set("Content-Type", "application/json")
	h.Set("X-Signature-Timestamp", stamp)
	h.Set("X-Signature-Ed25519", hex.EncodeToString(ed25519.Sign(s.keys, append([]byte(stamp), body...))))
	return h
}

// deliver posts a body to a handler, with a good or a bad signature.
func (s *Server) deliver(h http.Handler, body []byte, good bool) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/interactions", bytes.NewReader(body))
	r.Header = s.Signed(body, s.Now())
	if !good {
		r.Header.Set("X-Signature-Ed25519", strings.Repeat("0", 2*ed25519.SignatureSize))
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// post delivers an interaction and takes the answer from the response.
func (i *Interaction) post(h http.Handler) {
	s := i.s
	b, err := json.Marshal(i.payload)
	if err != nil {
		panic(err) // only values of this package come here
	}
	w := s.deliver(h, b, true)
	if w.Code != http.StatusOK && w.Code != http.StatusAccepted {
		return // "The application did not respond"
	}
	var cb callback
	files, err := answerOf(w, &cb)
	if err != nil || cb.Type == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now().Sub(i.made) <= answerIn {
		_ = s.first(i, cb, files) // refused answers are as none: the person sees that it failed
	}
}

func answerOf(w *httptest.ResponseRecorder, cb *callback) ([]Attachment, error) {
	kind, params, err := mime.ParseMediaType(w.Header().Get("Content-Type"))
	if err != nil {
		return nil, err
	}
	if kind != "multipart/form-data" {
		return nil, json.Unmarshal(w.Body.Bytes(), cb)
	}
	var files []Attachment
	for parts := multipart.NewReader(w.Body, params["boundary"]); ; {
		p, err := parts.NextPart()
		if err == io.EOF { //nolint:errorlint // multipart returns it as it is
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(p)
		if err != nil {
			return nil, err
		}
		if p.FormName() == "payload_json" {
			if err := json.Unmarshal(b, cb); err != nil {
				return nil, err
			}
			continue
		}
		files = append(files, Attachment{Filename: p.FileName(), Size: len(b), Body: b})
	}
}
