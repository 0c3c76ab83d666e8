package mail

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"regexp"
	"strings"
)

// A Bounce is what a mail server says of a mail that it could not deliver
// (RFC 3464).
type Bounce struct {
	Failed bool   // for good: it is not tried any more, and its status begins with 5
	Status string // "5.1.1"
	// Links are the texts of signed links that stand in what came back of the
	// mail: by them it is known that it was ours, and whose it was.
	Links []string
}

// ErrNoBounce: a mail that is no such report, from a person or a program.
var ErrNoBounce = errors.New("this mail is no report of a delivery")

// maxBounce is how much of a mail is read, in bytes: reports carry back at most
// the mail, and ours are a tenth of it.
const maxBounce = 1 << 20

var signed = regexp.MustCompile(`/subscriptions/([A-Za-z0-9_-]{20,200})`)

// ReadBounce reads a report as it arrives at the address for bounces. The error
// is ErrNoBounce, wrapped, if it is none.
func ReadBounce(r io.Reader) (Bounce, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxBounce))
	if err != nil {
		return Bounce{}, fmt.Errorf("read the mail: %w", err)
	}
	msg, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Bounce{}, fmt.Errorf("%w: %w", ErrNoBounce, err)
	}
	kind, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/report" || !strings.EqualFold(params["report-type"], "delivery-status") || params["boundary"] == "" {
		return Bounce{}, ErrNoBounce
	}
	var b Bounce
	told := false
	for parts := multipart.NewReader(msg.Body, params["boundary"]); ; {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Bounce{}, fmt.Errorf("%w: %w", ErrNoBounce, err)
		}
		var text io.Reader = p
		if strings.EqualFold(p.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
			text = quotedprintable.NewReader(p)
		}
		body, err := io.ReadAll(text)
		if err != nil {
			return Bounce{}, fmt.Errorf("%w: %w", ErrNoBounce, err)
		}
		switch kind, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type")); kind { // one that cannot be read is passed by
		case "message/delivery-status", "message/global-delivery-status":
			told = true
			b.status(body)
		case "message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers":
			for _, m := range signed.FindAllSubmatch(unfold(body), -1) {
				b.Links = append(b.Links, string(m[1]))
			}
		}
	}
	if !told {
		return Bounce{}, ErrNoBounce
	}
	return b, nil
}

// status reads the blocks of a report, a recipient each; ours have one.
func (b *Bounce) status(body []byte) {
	r := textproto.NewReader(bufio.NewReader(bytes.NewReader(body)))
	for {
		block, err := r.ReadMIMEHeader()
		if action := block.Get("Action"); action != "" {
			b.Status = strings.TrimSpace(block.Get("Status"))
			b.Failed = strings.EqualFold(strings.TrimSpace(action), "failed") && strings.HasPrefix(b.Status, "5.")
		}
		if err != nil {
			return
		}
	}
}

// unfold takes line breaks out of headers and quoted text, where links may have
// been broken.
func unfold(b []byte) []byte {
	return regexp.MustCompile(`=?\r?\n[ \t]?`).ReplaceAll(b, nil)
}
