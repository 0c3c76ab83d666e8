package status

import (
	"html/template"
	"strings"

	"sitrep/incident"
)

// noticeUpdates is how many updates a notice quotes; of the others it says that
// they are on the page.
const noticeUpdates = 5

// A Notice is what a subscriber is told by mail of an incident or a maintenance.
type Notice struct {
	Public *incident.Public
	// New are the places in Public.Updates of what is told, newest first. None is
	// the postmortem.
	New        []int
	Correction bool   // New has another text now than it had
	Reminder   bool   // planned work is about to begin; New is what was said of it last
	Leave      string // the address that unsubscribes
	Manage     string // the address that changes what is sent
}

// A Letter is a mail as it is read: its subject on one line, and its text plain
// and as HTML.
type Letter struct{ Subject, Text, HTML string }

// A letterView is what the template of a mail is filled with.
type letterView struct {
	Title    string
	Subject  string
	Preview  string
	Colour   string // of the state, in both themes at 4.5:1 on white
	Facts    string // "Major incident, since Sep 9, 11:15 CDT"
	Words    []letterWords
	More     string
	Affected string
	Next     string
	Link     string
	LinkText string
	Intro    string
	Button   string
	Why      string
	Leave    string
	Manage   string
	PageName string
}

// A letterWords is one update in a mail.
type letterWords struct {
	Label, When string
	Text        string
	HTML        template.HTML
}

// colours are the states' for mails, whose readers' themes nobody knows: these
// pass 3:1 on white and on black, and stand for nothing alone.
func colourOf(class string) string {
	switch class {
	case "red":
		return "#d4351c"
	case "orange":
		return "#c9560a"
	case "yellow":
		return "#a36f0f"
	case "blue":
		return "#2f7dc0"
	case "green":
		return "#23834f"
	default:
		return "#71797e"
	}
}

// NoticeLetter writes a notice in a language of the page; an unknown one is the
// page's own.
func (s *Site) NoticeLetter(language string, n Notice) (Letter, error) {
	r := s.current.Load().in(s.look.named(language))
	p := n.Public
	m := r.impactMark(impactOf(p))
	v := letterView{
		Title: clean(p.Title), Colour: colourOf(m.Class), Affected: r.affectedSentence(p), Link: r.root + r.tongue.path("/incidents/"+p.Code),
		LinkText: r.tongue.Say("mail.link"), Leave: n.Leave, Manage: n.Manage, PageName: r.bare(), Why: r.tongue.Say("mail.why", "page", r.bare()),
	}
	label := r.status(incident.Postmortem)
	var span strings.Builder
	for _, piece := range r.spanOf(p) {
		span.WriteString(piece.Text)
	}
	v.Facts = m.Words + ", " + span.String()
	if span.Len() == 0 {
		v.Facts = m.Words
	}
	if len(n.New) == 0 && p.Postmortem != nil {
		if err := r.quote(&v, label, p.Postmortem.Body, r.when(p.Postmortem.Shown).Text); err != nil {
			return Letter{}, err
		}
	}
	for k, i := range n.New {
		u := &p.Updates[i]
		if k == 0 {
			label = r.label(p, i)
			switch {
			case n.Correction:
				label = r.tongue.Say("mail.corrected", "label", label)
			case n.Reminder:
				label = r.tongue.Say("mail.reminder")
			}
		}
		if k == noticeUpdates {
			v.More = r.tongue.Count("mail.more", len(n.New)-k)
			break
		}
		said := r.label(p, i)
		if n.Correction || n.Reminder {
			said = label
		}
		if err := r.quote(&v, said, u.Body, r.when(u.Shown).Text); err != nil {
			return Letter{}, err
		}
	}
	if p.Open() && !p.Next.IsZero() && s.now().Before(p.Next) {
		v.Next = r.tongue.Say("incident.next", "time", r.near(p.Next, p)) + "."
	}
	v.Subject = oneLine(r.tongue.Say("mail.subject", "page", r.bare(), "label", label, "title", v.Title))
	if len(v.Words) > 0 {
		v.Preview = s.look.prose.excerpt(v.Words[0].Text, 120)
	}
	return r.letter(v)
}

// ConfirmLetter writes the request to confirm a subscription: the address of the
// link, and of the components that were chosen the ids.
func (s *Site) ConfirmLetter(language, link string, components, incidents []string) (Letter, error) {
	r := s.current.Load().in(s.look.named(language))
	v := letterView{
		Title: r.tongue.Say("mail.confirm.title"), Colour: colourOf("gray"), Link: link, Button: r.tongue.Say("mail.confirm.button"),
		LinkText: r.tongue.Say("mail.confirm.button"), PageName: r.bare(), Intro: r.tongue.Say("mail.confirm.text", "page", r.bare()), Why: r.tongue.Say("mail.confirm.why"),
	}
	var only []string
	for _, code := range incidents {
		if it := r.byCode[code]; it != nil {
			only = append(only, clean(it.Title))
		}
	}
	for _, id := range components {
		if c := r.row(id); c != nil {
			only = append(only, clean(c.FullName()))
		}
	}
	if len(only) > 0 {
		v.Affected = r.tongue.Say("mail.confirm.only", "names", r.tongue.List(only))
	}
	v.Subject = oneLine(r.tongue.Say("mail.confirm.subject", "page", r.bare()))
	v.Preview = v.Intro
	return r.letter(v)
}

func (r rendering) quote(v *letterView, label, body, when string) error {
	html, err := r.site.look.prose.html(body, 3)
	v.Words = append(v.Words, letterWords{Label: label, When: when, Text: strings.TrimSpace(body), HTML: html})
	return err
}

// letter renders both forms of a mail.
func (r rendering) letter(v letterView) (Letter, error) {
	html, err := r.execute("mail", v)
	if err != nil {
		return Letter{}, err
	}
	return Letter{Subject: v.Subject, Text: r.plain(v), HTML: string(html)}, nil
}

// plain is a mail as plain text.
func (r rendering) plain(v letterView) string {
	var b strings.Builder
	line := func(parts ...string) {
		for _, s := range parts {
			b.WriteString(s)
		}
		b.WriteByte('\n')
	}
	line(v.Title)
	if v.Facts != "" {
		line(v.Facts)
	}
	line()
	if v.Intro != "" {
		line(v.Intro)
		line()
	}
	for _, w := range v.Words {
		line(w.Label, " - ", w.When)
		line(w.Text)
		line()
	}
	for _, s := range []string{v.More, v.Affected, v.Next} {
		if s != "" {
			line(s)
		}
	}
	line()
	line(v.LinkText, ":")
	line(v.Link)
	line()
	line("-- ") // where mail programs cut a signature
	line(v.Why)
	if v.Manage != "" {
		line(r.tongue.Say("subscribe.manage.link"), ": ", v.Manage)
	}
	if v.Leave != "" {
		line(r.tongue.Say("subscribe.manage.leave"), ": ", v.Leave)
	}
	return b.String()
}

// bare is what the page is called, without the word for status.
func (r rendering) bare() string {
	if name := strings.TrimSpace(clean(r.page.Name)); name != "" {
		return name
	}
	return r.tongue.Say("title.bare")
}

// oneLine keeps a subject on one line, and short enough to be read in a list.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	const most = 200
	for i := range s {
		if i > most {
			return s[:i] + "…"
		}
	}
	return s
}

// named returns a language by its tag, or the page's own.
func (l *Look) named(tag string) *tongue {
	for _, t := range l.tongues {
		if t.Tag == tag {
			return t
		}
	}
	return l.tongues[0]
}
