package local

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"sitrep/bot"
	"sitrep/incident"
	"sitrep/instant"
)

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"clock":    instant.Clock,
	"stamp":    instant.Stamp,
	"rfc":      func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"links":    linked,
	"lower":    strings.ToLower,
	"status":   statusMark,
	"standing": cardMark,
	"state":    stateMark,
	"icon":     icon,
	"anchor":   anchor,
	"id":       id,
	"kind":     kind,
	"primary":  func(b bot.Button) bool { return b.Style == bot.Primary },
	"danger":   func(b bot.Button) bool { return b.Style == bot.Danger },
	"take":     takeIt,
	"rest":     restOf,
	"emoji":    emoji,
	"people":   people,
	"markers":  markers,
	"chosen":   chosen,
	"buttons":  func(bs []bot.Button, channel string) any { return map[string]any{"Buttons": bs, "Channel": channel} },
	"carded":   func(c bot.Card, channel string) any { return map[string]any{"Card": c, "Channel": channel} },
	"pressed":  func(b any, channel string) any { return pressed(b, channel) },
	"act": func(channel, command, label, class string) any {
		return map[string]string{"Channel": channel, "Command": command, "Label": label, "Class": class}
	},
	"class": func(b bot.Button) string {
		return map[bot.Style]string{bot.Primary: "primary", bot.Danger: "danger"}[b.Style]
	},
	"plain": func(m bot.Message) string { return bot.Text(m, nil) },
}).ParseFS(web, "web/*.html"))

// render writes a template whole or not at all.
func (l *Platform) render(w http.ResponseWriter, code int, name string, data any) {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, data); err != nil {
		l.o.Log.Error("a page could not be rendered", "page", name, "error", err)
		http.Error(w, "This page could not be shown, and the fault is ours. Go back and try again; nothing is lost.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write(b.Bytes()) // a browser that has gone asks again
}

// answer is what somebody alone is told.
type answer struct {
	Kind     string
	Message  bot.Message
	Wrong    string // what is wrong with a form as a whole
	Zone     *time.Location
	Channel  string
	Room     string // where the incident of a receipt is worked on, if that is not here
	Document string // a preview: the document that its frame shows
}

// shownTo prepares an answer for the one it is for.
func (l *Platform) shownTo(ch *channel, msg bot.Message) *answer {
	a := &answer{Kind: kind(msg), Message: msg, Zone: l.zone(), Channel: ch.ID}
	switch m := msg.(type) {
	case bot.Problem:
		if m.Form != nil {
			a.Kind, a.Message = "form", *m.Form
			if m.Field == "" {
				a.Wrong = m.Text
			}
		}
	case bot.Receipt:
		if here := l.incidents.InRoom(ch.Channel); m.Incident != "" && (here == nil || here.ID != m.Incident) {
			a.Room = "/i/" + url.PathEscape(m.Incident)
		}
	case bot.Card:
		m.Zone = l.zone()
		a.Message = m
	case bot.Preview:
		body, err := l.previews.Preview(m.Public)
		if err != nil {
			l.o.Log.Error("a preview could not be rendered", "incident", m.Incident, "error", err)
			body = template.HTML("<p>" + template.HTMLEscapeString(bot.Text(m, l.zone())) + "</p>") //nolint:gosec // escaped right here
		}
		var b bytes.Buffer
		if err := templates.ExecuteTemplate(&b, "document", map[string]any{"Body": body, "Title": m.Public.Title}); err != nil {
			l.o.Log.Error("a preview could not be framed", "incident", m.Incident, "error", err)
		}
		a.Document = b.String()
	}
	return a
}

// kind names a message's kind as the style sheet does.
func kind(m any) string { return strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", m), "bot.")) }

func chosen(f bot.Field, value string) bool {
	return f.Value == value || f.Multi && slices.Contains(strings.Split(f.Value, ", "), value)
}

// takeIt is the button that belongs beside "Nobody leads", if there is one;
// restOf are the others.
func takeIt(c bot.Card) *bot.Button {
	for i, b := range c.Buttons {
		if c.Leader == "" && strings.HasPrefix(b.Command, "role ") && strings.HasSuffix(b.Command, "@me") {
			return &c.Buttons[i]
		}
	}
	return nil
}

func restOf(c bot.Card) []bot.Button {
	t := takeIt(c)
	if t == nil {
		return c.Buttons
	}
	return slices.DeleteFunc(slices.Clone(c.Buttons), func(b bot.Button) bool { return b == *t })
}

// pressed is a button and the channel that it is pressed in.
func pressed(b any, channel string) any {
	p := struct {
		Button  bot.Button
		Channel string
	}{Channel: channel}
	switch b := b.(type) {
	case bot.Button:
		p.Button = b
	case *bot.Button:
		p.Button = *b
	}
	return p
}

func people(ps []incident.Person) string {
	var names []string
	for _, p := range ps {
		if name := p.String(); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// markers names who lifted an entry into the story.
func markers(marks []incident.Mark) string {
	ps := make([]incident.Person, len(marks))
	for i, m := range marks {
		ps[i] = m.By
	}
	return people(ps)
}

// emoji shows the names that the room itself gives; others are what they are.
func emoji(name string) string {
	switch name {
	case "pushpin":
		return "📌"
	case "+1", "thumbsup":
		return "👍"
	case "eyes":
		return "👀"
	case "white_check_mark":
		return "✅"
	}
	return name
}

var address = regexp.MustCompile(`https?://[^\s<>"']+[^\s<>"'.,;:!?)\]]`)

// linked makes the addresses of a text clickable; everything else stays text.
func linked(s string) template.HTML {
	var b strings.Builder
	last := 0
	for _, m := range address.FindAllStringIndex(s, -1) {
		if strings.Contains(s[m[0]:m[1]], "[masked") {
			continue // what is left of an address leads nowhere
		}
		b.WriteString(template.HTMLEscapeString(s[last:m[0]]))
		a := template.HTMLEscapeString(s[m[0]:m[1]])
		b.WriteString(`<a href="` + a + `" rel="noreferrer noopener" target="_blank">` + a + `</a>`)
		last = m[1]
	}
	b.WriteString(template.HTMLEscapeString(s[last:]))
	return template.HTML(b.String()) //nolint:gosec // every piece is escaped above
}

// anchor makes an element's id of a message's key.
func anchor(key string) string {
	return "m-" + strings.Map(func(r rune) rune {
		if r == '/' || r == ' ' {
			return '-'
		}
		return r
	}, key)
}

// A mark is how a state is shown: always with its words beside it.
type mark struct{ Class, Icon, Words string }

// statusMark is how an incident's state is shown.
func statusMark(in *incident.Incident) mark {
	switch {
	case in.MergedInto != "":
		return mark{"gray", "minus", "Merged into " + in.MergedInto}
	case in.Status == incident.Investigating:
		return mark{"red", "triangle", in.Status.Label()}
	case in.Status == incident.Identified:
		return mark{"orange", "triangle", in.Status.Label()}
	case in.Status == incident.Monitoring:
		return mark{"blue", "eye", in.Status.Label()}
	case in.Status == incident.Resolved || in.Status == incident.Postmortem:
		return mark{"green", "check", in.Status.Label()}
	}
	return mark{"gray", "minus", in.Status.Label()}
}

// cardMark is how the state on a card is shown, which says it in words.
func cardMark(c bot.Card) mark {
	if st, ok := incident.ParseStatus(c.State); ok {
		return statusMark(&incident.Incident{Status: st})
	}
	return mark{"gray", "minus", c.State}
}

// stateMark is how a component's state is shown.
func stateMark(s incident.ComponentState) mark {
	m := mark{"gray", "info", "state not said"}
	switch s {
	case incident.Operational:
		m = mark{"green", "check", ""}
	case incident.Degraded:
		m = mark{"yellow", "minus", ""}
	case incident.PartialOutage:
		m = mark{"orange", "triangle", ""}
	case incident.MajorOutage:
		m = mark{"red", "cross", ""}
	case incident.UnderMaintenance:
		m = mark{"blue", "wrench", ""}
	}
	if s != "" {
		m.Words = strings.ToLower(s.Label())
	}
	return m
}

// icon draws one of the room's icons. They are decoration: the words beside
// them say the same.
func icon(name string) template.HTML {
	const open = `<svg class="i" viewBox="0 0 16 16" aria-hidden="true">`
	disc := `<path fill="currentColor" d="M8 .5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15z"/>`
	cut := func(d string) string { return `<path class="l" d="` + d + `"/>` }
	line := func(d string) string { return `<path class="o" d="` + d + `"/>` }
	s := disc + cut("M8 7.5v3.7m0-6.4v.02")
	switch name {
	case "check":
		s = disc + cut("M4.7 8.3l2.2 2.2 4.4-4.7")
	case "minus":
		s = disc + cut("M4.8 8h6.4")
	case "cross":
		s = disc + cut("M5.4 5.4l5.2 5.2m0-5.2l-5.2 5.2")
	case "triangle":
		s = `<path fill="currentColor" d="M6.7 1.6a1.5 1.5 0 0 1 2.6 0l6 10.6a1.5 1.5 0 0 1-1.3 2.3H2a1.5 1.5 0 0 1-1.3-2.3z"/>` + cut("M8 5.5v3.6m0 2.6v.02")
	case "wrench":
		s = disc + cut("M10.9 4.7a2.4 2.4 0 0 0-3.1 3.1L4.9 10.7l.9.9 2.9-2.9a2.4 2.4 0 0 0 3.1-3.1l-1.4 1.3-.9-.9z")
	case "eye":
		s = disc + cut("M3.6 8s1.7-2.7 4.4-2.7S12.4 8 12.4 8 10.7 10.7 8 10.7 3.600 8 3.600 8zm4.400-.9v1.800")
	case "pin":
		s = line("M5.5 2h5m-4 0v4.500L4.500 9h7L9.500 6.500V2M8 9v5")
	case "lock":
		s = line("M4 7.500h8v6H4zm1.500 0V5.500a2.500 2.500 0 0 1 5 0v2")
	case "people":
		s = line("M1.500 13c0-2.500 2-4 4.500-4s4.500 1.500 4.500 4M6 7.200a2.200 2.200 0 1 0 0-4.400 2.200 2.200 0 0 0 0 4.400M11 9.200c2 0 3.500 1.300 3.500 3.500M10.500 3a2.100 2.100 0 0 1 0 4.100")
	case "clock":
		s = line("M8 1.500a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13zm0 3V8l2.500 1.500")
	}
	return template.HTML(open + s + `</svg>`) //nolint:gosec // constants
}
