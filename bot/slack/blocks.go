package slack

import (
	"net/url"
	"time"

	api "github.com/slack-go/slack"

	"sitrep/bot"
)

// A Renderer shows messages the way Slack does. The zero Renderer works; its
// fields only say where things are.
type Renderer struct {
	// Zone is the page's; nil is UTC. Every reader sees times in their own zone;
	// this one is for where Slack cannot do that, and for what customers read.
	Zone *time.Location
	// Command is what people type before a verb, "/incident" if empty.
	Command string
	// Whole says where all of a message can be read, in a browser; "" if
	// nowhere. Nil is nowhere.
	Whole func(m bot.Message) string
	// Base is where the paths in messages (a draft's) begin, without a slash at
	// its end; "" if they can be opened nowhere.
	Base string
}

// A Rendered is a message as Slack takes it. Text stands for it in notifications
// and to screen readers.
type Rendered struct {
	Text   string
	Blocks []api.Block
	Cut    bool // something did not fit
}

// Render returns the blocks of a message. Whatever the message says, Slack takes
// them.
func (r *Renderer) Render(m bot.Message) Rendered {
	out := Rendered{Text: escaped(bot.Text(m, r.zone(nil)), maxText)}
	whole := ""
	if r.Whole != nil {
		whole = r.Whole(m)
	}
	incident, buttons, form := tail(m)
	end, way := foot(buttons, incident, form, "", ""), ""
	s := newSheet(maxMessageBlocks, maxTotal, end)
	r.write(s, m)
	if draft, ok := m.(bot.DraftReady); ok && r.Base != "" && draft.Path != "" {
		whole, way = r.Base+draft.Path, "Read the draft"
	} else if s.cut {
		way = "Read all of it"
	}
	// Written again where it does not fit, with room for the way to the whole.
	if way != "" && isWeb(whole) {
		end = foot(buttons, incident, form, way, whole)
		s = newSheet(maxMessageBlocks, maxTotal, end)
		r.write(s, m)
	} else if s.cut {
		end = append([]api.Block{api.NewContextBlock("", mrkdwn("It goes on. Ask for a part of it, or look in the incident's timeline."))}, end...)
		s = newSheet(maxMessageBlocks, maxTotal, end)
		r.write(s, m)
	}
	out.Blocks, out.Cut = s.end(end), s.cut
	if len(out.Blocks) == 0 {
		out.Blocks = []api.Block{section("There is nothing to say.")}
	}
	out.Text = orElse(out.Text, "There is nothing to say.")
	return out
}

// tail returns what a message's buttons are about, the buttons, and the form
// that it opens.
func tail(m bot.Message) (incident string, bs []bot.Button, form *bot.Form) {
	switch m := m.(type) {
	case bot.Receipt:
		return m.Incident, m.Buttons, nil
	case bot.Card:
		return m.Incident, m.Buttons, nil
	case bot.Announcement:
		return m.Incident, m.Buttons, nil
	case bot.Reminder:
		return m.Incident, m.Buttons, nil
	case bot.Preview:
		if m.Drill {
			return m.Incident, nil, nil
		}
		return m.Incident, m.Buttons, nil
	case bot.CatchUp:
		return m.Incident, m.Buttons, nil
	case bot.DraftReady:
		return m.Incident, m.Buttons, nil
	case bot.Problem:
		return "", m.Buttons, m.Form
	case bot.Reading:
		return "", m.Buttons, nil
	case bot.Form:
		return m.Incident, nil, &m
	}
	return "", nil, nil
}

func (r *Renderer) write(s *sheet, m bot.Message) {
	switch m := m.(type) {
	case bot.Receipt:
		r.receipt(s, m)
	case bot.Card:
		r.card(s, m)
	case bot.Announcement:
		r.announcement(s, m)
	case bot.Line:
		r.line(s, m)
	case bot.CatchUp:
		r.catchUp(s, m)
	case bot.Reminder:
		s.text(append([]piece{plain("⏰ "), bold(m.Incident), plain(" ")}, words(m.Text)...)...)
		s.small(plain("Due "), at(m.Due, r.zone(m.Zone)))
	case bot.Preview:
		r.preview(s, m)
	case bot.DraftReady:
		s.text(append([]piece{bold(m.Incident), plain(" ")}, words(m.Text)...)...)
		if m.Path != "" && r.Base == "" {
			s.small(plain("It is at %s in the web room.", m.Path))
		}
	case bot.Problem:
		r.problem(s, m)
	case bot.Help:
		r.help(s, m)
	case bot.Reading:
		r.reading(s, m)
	case bot.Form:
		r.form(s, m)
	}
}

func (r *Renderer) zone(own *time.Location) *time.Location {
	switch {
	case own != nil:
		return own
	case r.Zone != nil:
		return r.Zone
	}
	return time.UTC
}

func (r *Renderer) command() string { return orElse(r.Command, "/incident") }

// isWeb reports whether s is an address that a browser opens.
func isWeb(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
