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

// A sheet is a body as it was written, with gaps where the addresses go.
type sheet struct {
	subject    string
	text, html form
}

// The marks that stand in what is written for the addresses. They are addresses
// themselves, so that the templates treat them as such.
const (
	markLeave  = "https://mark.invalid/leave"
	markManage = "https://mark.invalid/manage"
)

// A form is a text in pieces, with an address between each two.
type form struct {
	pieces []string
	leave  []bool // which address follows a piece: the one to leave, or the one to manage
	size   int
}

func newForm(text string) form {
	f := form{size: len(text)}
	for {
		i, j := strings.Index(text, markLeave), strings.Index(text, markManage)
		switch {
		case i < 0 && j < 0:
			f.pieces = append(f.pieces, text)
			return f
		case j < 0 || i >= 0 && i < j:
			f.pieces, f.leave = append(f.pieces, text[:i]), append(f.leave, true)
			text = text[i+len(markLeave):]
		default:
			f.pieces, f.leave = append(f.pieces, text[:j]), append(f.leave, false)
			text = text[j+len(markManage):]
		}
	}
}

// fill writes the addresses in.
func (f form) fill(leave, manage string) string {
	var b strings.Builder
	b.Grow(f.size + len(f.leave)*max(len(leave), len(manage)))
	for i, piece := range f.pieces {
		b.WriteString(piece)
		if i < len(f.leave) {
			if f.leave[i] {
				b.WriteString(leave)
			} else {
				b.WriteString(manage)
			}
		}
	}
	return b.String()
}

// keptSheets is how many sheets are remembered: a few stories in a few
// languages are told at a time.
const keptSheets = 64

func (c *Carrier) sheet(story *outbox.Story, language string) (*sheet, error) {
	b := body{story, language}
	if s := c.written[b]; s != nil {
		return s, nil
	}
	l, err := c.site.NoticeLetter(language, status.Notice{
		Public: story.Public, New: story.New, Correction: story.Kind == outbox.Correction, Reminder: story.Kind == outbox.Reminder, Leave: markLeave, Manage: markManage,
	})
	if err != nil {
		return nil, err
	}
	if len(c.written) >= keptSheets {
		clear(c.written)
	}
	s := &sheet{l.Subject, newForm(l.Text), newForm(l.HTML)}
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
	fill(msg, s.subject, s.text.fill(leave, manage), s.html.fill(leave, manage))
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
