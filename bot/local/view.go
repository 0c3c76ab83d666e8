package local

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"sitrep/bot"
	"sitrep/incident"
	"sitrep/instant"
)

// pageData is all that the page shows.
type pageData struct {
	Visitor   visitor
	People    []string
	Command   string
	PageURL   string
	PageName  string
	Demo      bool
	Channel   *channel
	Channels  []link
	Incidents []listed
	Messages  []*said
	Last      uint64
	Side      *side
	Answer    *answer
	Draft     string
}

type link struct {
	ID, Name string
	Here     bool
}

// A listed incident is a line of the list on the left.
type listed struct {
	*incident.Incident
	Room string // its channel's id; "" while there is none
	Here bool
}

// said is a message as it is shown.
type said struct {
	*message
	Day     string // set on the first message of a day
	Zone    *time.Location
	Channel string
	Mine    bool
	Replies []*said
	Shown   any // our own message
}

// side is the incident at a glance.
type side struct {
	In       *incident.Incident
	Card     bot.Card
	Entries  []*incident.Entry
	Zone     *time.Location
	Channel  string
	Internal template.HTML
	Customer template.HTML
	RawInt   string
	RawCust  string
}

// answer is what somebody alone is told.
type answer struct {
	Kind     string
	Message  bot.Message
	Zone     *time.Location
	Channel  string
	Document string // a preview: the document that its frame shows
}

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"clock":   instant.Clock,
	"stamp":   instant.Stamp,
	"short":   instant.Short,
	"rfc":     func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"links":   linked,
	"lower":   strings.ToLower,
	"icon":    icon,
	"anchor":  anchor,
	"primary": func(b bot.Button) bool { return b.Style == bot.Primary },
	"danger":  func(b bot.Button) bool { return b.Style == bot.Danger },
	"state":   stateIcon,
	"chosen": func(f bot.Field, value string) bool {
		return f.Value == value || f.Multi && slices.Contains(strings.Split(f.Value, ", "), value)
	},
	"buttons": func(bs []bot.Button, channel string) any { return map[string]any{"Buttons": bs, "Channel": channel} },
	"join":    strings.Join,
	"kindOf":  func(m any) string { return strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", m), "bot.")) },
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
	w.Write(b.Bytes())
}

func (l *Platform) page(w http.ResponseWriter, r *http.Request) {
	ch, _, ok := l.find(w, r)
	if !ok {
		return
	}
	d, err := l.data(r, ch)
	if err != nil {
		l.o.Log.Error("a channel could not be read", "channel", ch.ID, "error", err)
		http.Error(w, "This channel could not be read, and the fault is ours. Try again.", http.StatusInternalServerError)
		return
	}
	l.render(w, http.StatusOK, "page", d)
}

// part renders one part of the page anew: "nav", "talk", "side" or, with ?key=,
// one "message".
func (l *Platform) part(w http.ResponseWriter, r *http.Request) {
	ch, _, ok := l.find(w, r)
	if !ok {
		return
	}
	part := r.PathValue("part")
	if part != "nav" && part != "talk" && part != "side" {
		http.NotFound(w, r)
		return
	}
	d, err := l.data(r, ch)
	if err != nil {
		http.Error(w, "This channel could not be read, and the fault is ours. Try again.", http.StatusInternalServerError)
		return
	}
	l.render(w, http.StatusOK, part, d)
}

// shownMessages is how many messages of a channel a page begins with.
const shownMessages = 300

func (l *Platform) data(r *http.Request, ch *channel) (*pageData, error) {
	v := l.visitor(r)
	page := l.incidents.Page()
	d := &pageData{Visitor: v, People: l.o.People, Command: l.o.Command, PageURL: l.o.PageURL, PageName: page.Name, Demo: l.o.Demo != nil, Channel: ch, Draft: r.URL.Query().Get("draft")}
	here := l.incidents.InRoom(ch.Channel)
	rooms := map[string]bool{}
	for _, in := range l.incidents.Visible(v.Person) {
		x := listed{Incident: in, Here: here != nil && here.ID == in.ID}
		for _, room := range in.Rooms {
			if room.Platform == Name {
				rooms[room.ID] = true
				if !room.Closed {
					x.Room = room.ID
				}
			}
		}
		if in.Open() || len(d.Incidents) < 30 {
			d.Incidents = append(d.Incidents, x)
		}
	}
	l.mu.Lock()
	for _, id := range l.order {
		c := l.channels[id]
		if !rooms[id] && l.incidents.InRoom(c.Channel) == nil {
			d.Channels = append(d.Channels, link{ID: id, Name: c.Name, Here: c == ch})
		}
	}
	l.mu.Unlock()
	if err := l.messages(r.Context(), ch, v, d); err != nil {
		return nil, err
	}
	if here != nil {
		s, err := l.side(r.Context(), here, ch.ID)
		if err != nil {
			return nil, err
		}
		d.Side = s
	}
	return d, nil
}

// messages lists a channel's messages with their replies below them.
func (l *Platform) messages(ctx context.Context, ch *channel, v visitor, d *pageData) error {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	if err := l.load(ctx, ch); err != nil {
		return err
	}
	zone := l.zone()
	d.Last = ch.talk.last
	all := ch.talk.messages
	all = all[max(0, len(all)-shownMessages):]
	parents := map[string]*said{}
	day := ""
	for _, m := range all {
		c := *m
		s := &said{message: &c, Zone: zone, Channel: ch.ID, Mine: m.By.ID == v.ID && m.Bot == nil}
		if m.Bot != nil {
			s.Shown = m.Bot
			if card, ok := m.Bot.(bot.Card); ok { // its state is that of now, not of when it was last told
				for _, in := range l.incidents.Visible(v.Person) {
					if in.ID == card.Incident {
						s.Shown = l.incidents.Card(in)
					}
				}
			}
		}
		if p := parents[m.Reply]; p != nil && m.Reply != "" {
			p.Replies = append(p.Replies, s)
			continue
		}
		if on := instant.Date(m.At, zone); on != day {
			s.Day, day = on, on
		}
		parents[m.Key] = s
		d.Messages = append(d.Messages, s)
	}
	return nil
}

func (l *Platform) side(ctx context.Context, in *incident.Incident, channel string) (*side, error) {
	t, err := l.incidents.Timeline(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &side{
		In: in, Card: l.incidents.Card(in), Entries: t.Chronological(), Zone: l.zone(), Channel: channel,
		RawInt: in.Report.Text("internal"), RawCust: in.Report.Text("customer"),
	}, nil
}

// shownTo prepares an answer for the one it is for.
func (l *Platform) shownTo(ch *channel, _ visitor, msg bot.Message) *answer {
	a := &answer{Kind: strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", msg), "bot.")), Message: msg, Zone: l.zone(), Channel: ch.ID}
	if p, ok := msg.(bot.Problem); ok && p.Form != nil {
		a.Kind, a.Message = "form", *p.Form
	}
	if p, ok := msg.(bot.Preview); ok {
		body, err := l.previews.Preview(p.Public)
		if err != nil {
			l.o.Log.Error("a preview could not be rendered", "incident", p.Incident, "error", err)
			body = template.HTML("<p>The preview could not be drawn. Its words are above.</p>")
		}
		var b bytes.Buffer
		if err := templates.ExecuteTemplate(&b, "document", map[string]any{"Body": body, "Title": p.Public.Title}); err == nil {
			a.Document = b.String()
		}
	}
	return a
}

var address = regexp.MustCompile(`https?://[^\s<>"']+[^\s<>"'.,;:!?)\]]`)

// linked makes the addresses of a text clickable; everything else stays text.
func linked(s string) template.HTML {
	var b strings.Builder
	last := 0
	for _, m := range address.FindAllStringIndex(s, -1) {
		b.WriteString(template.HTMLEscapeString(s[last:m[0]]))
		a := template.HTMLEscapeString(s[m[0]:m[1]])
		b.WriteString(`<a href="` + a + `" rel="noreferrer noopener" target="_blank">` + a + `</a>`)
		last = m[1]
	}
	b.WriteString(template.HTMLEscapeString(s[last:]))
	return template.HTML(b.String())
}

// anchor makes an element's id of a message's key.
func anchor(key string) string { return "m-" + strings.NewReplacer("/", "-", " ", "-").Replace(key) }

// icon is the sign that stands beside a state's words.
func icon(s incident.Status) string {
	switch s {
	case incident.Investigating, incident.Identified:
		return "▲"
	case incident.Monitoring:
		return "◆"
	case incident.Resolved, incident.Postmortem:
		return "✓"
	}
	return "–"
}

// stateIcon is the sign beside a component's state.
func stateIcon(s incident.ComponentState) string {
	switch s {
	case incident.Operational:
		return "✓"
	case incident.Degraded:
		return "▽"
	case incident.PartialOutage:
		return "▲"
	case incident.MajorOutage:
		return "✕"
	case incident.UnderMaintenance:
		return "⚙"
	}
	return "·"
}
