package discord

import (
	"strings"

	"sitrep/bot"
	"sitrep/instant"
)

// receipt tells the author what was done, and who sees it.
func (r renderer) receipt(s *sheet, m bot.Receipt) {
	s.say(escape(m.Text))
	switch {
	case m.Public:
		s.say("📣 **Public: customers see this.**")
	case m.Seq > 0:
		s.say(small("Internal."))
	}
	for _, n := range m.Notes {
		s.say(small(escape(n)))
	}
	s.bs = m.Buttons
}

// preview shows words as customers will read them: the page's own title, label
// and stamp, in a frame of their own. The lint's findings stand outside it.
func (r renderer) preview(s *sheet, p bot.Preview) {
	zone := r.or(p.Zone)
	s.say("👁 Only you see this. Customers will read:")
	s.title = line(p.Public.Title, 200)
	s.color = color(string(p.Public.Status))
	switch {
	case p.Update >= 0 && p.Update < len(p.Public.Updates):
		u := p.Public.Updates[p.Update]
		s.text("**"+line(p.Public.Label(p.Update), 60)+"**", clean(u.Body), affected("Affected: ", u.Affected))
		s.foot = "Posted " + instant.Stamp(u.Shown, zone)
	case p.Public.Postmortem != nil:
		s.text("**Postmortem**", clean(p.Public.Postmortem.Body))
		s.foot = "Posted " + instant.Stamp(p.Public.Postmortem.Shown, zone)
	default:
		s.text(icon(string(p.Public.Status)) + bold(p.Public.Status.Label(), 60))
	}
	var below []string
	for _, f := range p.Findings {
		quoted := ""
		if q := strings.TrimSpace(f.Quote); q != "" {
			quoted = "“" + line(q, 120) + "” "
		}
		below = append(below, "⚠️ "+quoted+strings.TrimSpace(escape(f.Text)+" "+escape(f.Mend)))
	}
	for _, n := range p.Notes {
		below = add(below, []string{escape(n)})
	}
	if p.Drill {
		below = append(below, "🧪 This is a drill: it cannot be published.")
	}
	if whole := strings.Join(below, "\n"); whole != "" {
		short := clip(whole, 1000)
		s.cut = s.cut || short != whole
		s.second = &embed{Description: short}
	}
	s.bs = p.Buttons
}

// problem says why nothing was done, and what to do next.
func (r renderer) problem(s *sheet, p bot.Problem) {
	s.say("⚠️ " + escape(p.Text))
	s.bs = p.Buttons
	if p.Form != nil {
		s.typed(*p.Form)
	}
}

// form stands for a form that could not be opened by itself. What was typed
// already is shown, so that it can be copied and nothing is lost.
func (r renderer) form(s *sheet, f bot.Form) {
	s.say(bold(f.Title, 200))
	for _, n := range f.Notes {
		s.say(small(escape(n)))
	}
	s.typed(f)
}

func (s *sheet) typed(f bot.Form) {
	for _, x := range f.Fields {
		if x.Hidden {
			continue
		}
		if x.Error != "" {
			s.text("⚠️ " + bold(x.Label, 100) + ": " + escape(x.Error))
		}
		if strings.TrimSpace(x.Value) != "" && len(x.Options) == 0 {
			s.text(bold(x.Label, 100), quote(x.Value, 1500))
			s.cut = s.cut || units(x.Value) > 1500
		}
	}
}

// help explains verbs, each on its own line.
func (r renderer) help(s *sheet, h bot.Help) {
	s.say(escape(h.Intro))
	for _, v := range h.Verbs {
		first := code("/"+r.command+" "+strings.TrimSpace(v.Name+" "+v.Usage), 200)
		if len(h.Verbs) > 1 { // one line each: the whole list fits into one frame
			first = code(v.Name, 40)
		}
		s.text(strings.TrimSpace(first + " " + line(v.Summary, 200)))
		for _, d := range v.Details {
			s.text("- " + line(d, 300))
		}
		if v.Example != "" {
			s.text("For example: " + code(v.Example, 200))
		}
	}
}

// reading answers a question: headings and their lines.
func (r renderer) reading(s *sheet, m bot.Reading) {
	s.title = line(m.Title, 200)
	s.cut = units(m.Title) > 200
	for i, x := range m.Sections {
		if i > 0 {
			s.body = append(s.body, "")
		}
		s.text(bold(x.Heading, 200))
		for _, l := range x.Lines {
			s.text(escape(l))
		}
	}
	s.bs = m.Buttons
}
