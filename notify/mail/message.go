package mail

import (
	"errors"
	"fmt"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"sitrep/notify/outbox"
	"sitrep/status"
	"sitrep/subscriber"
)

// asSendError finds the library's own error, of the first message.
func asSendError(err error, e **gomail.SendError) bool { return errors.As(err, e) }

// codes says what a server answered, without its words: "550 5.1.1".
func codes(e *gomail.SendError) string {
	if e == nil || e.ErrorCode() == 0 {
		return "no answer"
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", e.ErrorCode(), e.EnhancedStatusCode()))
}

// A body is a story in a language: the same for all who are told the same, but
// for two addresses.
type body struct {
	story    *outbox.Story
	language string
}

// A sheet is a body as it was written, with marks where the addresses go.
type sheet struct{ status.Letter }

// The marks that stand in a sheet for the addresses. They are addresses
// themselves, so that the templates treat them as such.
const (
	markLeave  = "https://mark.invalid/leave"
	markManage = "https://mark.invalid/manage"
)

// keptSheets is how many sheets are remembered: a few stories in a few
// languages are told at a time.
const keptSheets = 64

func (c *Carrier) sheet(story *outbox.Story, language string) (*sheet, error) {
	b := body{story, language}
	if s := c.written[b]; s != nil {
		return s, nil
	}
	l, err := c.site.NoticeLetter(language, status.Notice{
		Public: story.Public, New: story.New, Correction: story.Kind == outbox.Correction, Leave: markLeave, Manage: markManage,
	})
	if err != nil {
		return nil, err
	}
	if len(c.written) >= keptSheets {
		clear(c.written)
	}
	s := &sheet{l}
	c.written[b] = s
	return s, nil
}

// message writes the mail of a parcel.
func (c *Carrier) message(p *outbox.Parcel) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(c.from)
	if err := msg.To(p.To.Address); err != nil {
		return nil, errors.New("the library does not take the address") // its words repeat it
	}
	if c.sender.ReplyTo != "" {
		if err := msg.ReplyTo(c.sender.ReplyTo); err != nil {
			return nil, err
		}
	}
	if c.sender.Bounces != "" {
		if err := msg.EnvelopeFrom(c.sender.Bounces); err != nil {
			return nil, err
		}
	}
	msg.SetDateWithValue(c.now())
	msg.SetMessageIDWithValue(p.Key + "@" + c.host)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	if p.Letter != nil {
		link := c.door.Address(p.To.Language, subscriber.Link{Purpose: subscriber.ToConfirm, ID: p.To.ID, Ask: p.Letter.Ask, Expires: p.Letter.At.Add(subscriber.ConfirmWithin)})
		want := p.To.Pending
		l, err := c.site.ConfirmLetter(p.To.Language, link, want.Components, want.Incidents)
		if err != nil {
			return nil, err
		}
		fill(msg, l.Subject, l.Text, l.HTML)
		return msg, nil
	}
	s, err := c.sheet(p.Story, p.To.Language)
	if err != nil {
		return nil, err
	}
	leave := c.door.Address(p.To.Language, subscriber.Link{Purpose: subscriber.ToLeave, ID: p.To.ID})
	manage := c.door.Address(p.To.Language, subscriber.Link{Purpose: subscriber.ToManage, ID: p.To.ID, Expires: c.now().Add(subscriber.ManageWithin)})
	r := strings.NewReplacer(markLeave, leave, markManage, manage)
	fill(msg, s.Subject, r.Replace(s.Text), r.Replace(s.HTML))
	code := p.Story.Public.Code
	msg.SetGenHeader("List-Id", "<status."+c.host+">")
	msg.SetGenHeader("List-Unsubscribe", "<"+leave+">")
	msg.SetGenHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	// What is told of one incident hangs together in a mail program.
	root := "<" + code + "-" + p.To.ID + "@" + c.host + ">"
	msg.SetGenHeader("References", root)
	msg.SetGenHeader("In-Reply-To", root)
	return msg, nil
}

func fill(msg *gomail.Msg, subject, text, html string) {
	msg.Subject(subject)
	msg.SetBodyString(gomail.TypeTextPlain, text)
	msg.AddAlternativeString(gomail.TypeTextHTML, html)
}
