package slack

import (
	"strings"

	"sitrep/bot"
	"sitrep/instant"
)

// receipt tells the author what was done, and who sees it.
func (r *Renderer) receipt(s *sheet, m bot.Receipt) {
	s.text(words(m.Text)...)
	switch {
	case m.Public:
		s.small(plain("📣 Public: customers see this."))
	case m.Seq > 0:
		s.small(plain("Internal."))
	}
	s.notes(m.Notes)
}

// notes writes remarks, as many as a receipt can have.
func (s *sheet) notes(notes []string) {
	for i, n := range notes {
		if i == maxRemarks {
			s.cut = true
			return
		}
		s.small(s.brief(n, 2*oneLine)...)
	}
}

const (
	maxRemarks       = 8
	maxFindings      = 8
	roomAfterPreview = 4500 // for what the lint found, and the notes
)

// preview shows words as customers will read them: the page's own title, label
// and stamp, between two rules.
func (r *Renderer) preview(s *sheet, p bot.Preview) {
	zone := r.zone(p.Zone)
	s.small(plain("👁 Only you see this. Customers will read:"))
	s.rule()
	s.head(p.Public.Title)
	switch {
	case p.Update >= 0 && p.Update < len(p.Public.Updates):
		u := p.Public.Updates[p.Update]
		s.text(bold(p.Public.Label(p.Update)))
		s.keep(roomAfterPreview, maxMessageBlocks/2)
		s.quote(u.Body)
		s.keep(0, 0)
		if len(u.Affected) > 0 {
			s.text(append([]piece{plain("Affected: ")}, affected(s, u.Affected)...)...)
		}
		s.small(plain("Posted %s", instant.Stamp(u.Shown, zone)))
	case p.Public.Postmortem != nil:
		s.text(bold("Postmortem"))
		s.keep(roomAfterPreview, maxMessageBlocks/2)
		s.quote(p.Public.Postmortem.Body)
		s.keep(0, 0)
		s.small(plain("Posted %s", instant.Stamp(p.Public.Postmortem.Shown, zone)))
	default:
		s.text(plain("%s", icon(string(p.Public.Status))), bold(p.Public.Status.Label()))
	}
	s.rule()
	for i, f := range p.Findings {
		if i == maxFindings {
			s.cut = true
			break
		}
		ps := []piece{plain("⚠️ ")}
		if f.Quote != "" {
			ps = append(ps, bold("“"+clip(f.Quote, oneLine)+"”"), plain(" "))
		}
		ps = append(ps, s.brief(f.Text, oneLine)...)
		if f.Mend != "" {
			ps = append(append(ps, plain(" ")), s.brief(f.Mend, oneLine)...)
		}
		s.text(ps...)
	}
	s.notes(p.Notes)
	if p.Drill {
		s.text(plain("🧪 This is a drill: it cannot be published."))
	}
}

// problem says why nothing was done, and what to do next.
func (r *Renderer) problem(s *sheet, p bot.Problem) {
	ps := s.brief(p.Text, longest-frame)
	if p.Ours {
		ps = append([]piece{plain("⚠️ ")}, ps...)
	}
	s.text(ps...)
	if p.Form != nil {
		r.typed(s, *p.Form, p.Field)
	}
}

// form stands for a form that could not be opened by itself. What was typed
// already is shown, so that it can be copied and nothing is lost.
func (r *Renderer) form(s *sheet, f bot.Form) {
	s.text(bold(f.Title))
	s.notes(f.Notes)
	r.typed(s, f, "")
}

// typed shows what was typed into a form, and what is wrong with it; what is
// wrong with the field said was said already.
func (r *Renderer) typed(s *sheet, f bot.Form, said string) {
	for _, x := range f.Fields {
		typed := strings.TrimSpace(x.Value) != "" && len(x.Options) == 0
		if x.Error != "" && x.Name != said {
			s.text(append([]piece{plain("⚠️ "), bold(x.Label), plain(": ")}, s.brief(x.Error, oneLine)...)...)
		} else if typed {
			s.small(bold(x.Label))
		}
		if typed {
			s.quote(x.Value)
		}
	}
}

// help explains verbs, each on its own line.
func (r *Renderer) help(s *sheet, h bot.Help) {
	s.text(words(h.Intro)...)
	var ps []piece
	for _, v := range h.Verbs {
		if len(ps) > 0 {
			ps = append(ps, plain("\n\n"))
		}
		ps = append(ps, code(strings.TrimSpace(r.command()+" "+v.Name+" "+v.Usage)), plain("\n"))
		ps = append(ps, words(v.Summary)...)
		for _, d := range v.Details {
			ps = append(append(ps, plain("\n• ")), words(d)...)
		}
		if v.Example != "" {
			ps = append(ps, plain("\nFor example: "), code(v.Example))
		}
	}
	s.text(ps...)
}

// reading answers a question: headings and lines.
func (r *Renderer) reading(s *sheet, m bot.Reading) {
	s.head(m.Title)
	for _, x := range m.Sections {
		if room, _ := s.left(); room < 2*frame {
			s.cut = true
			return
		}
		var ps []piece
		if x.Heading != "" {
			ps = append(ps, bold(x.Heading), plain("\n"))
		}
		for i, l := range x.Lines {
			if i > 0 {
				ps = append(ps, plain("\n"))
			}
			ps = append(ps, words(l)...)
		}
		s.text(ps...)
	}
}
