package local

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
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
	ImportURL string
	Channel   *channel
	Incident  *incident.Incident // worked on in this channel; nil if none
	Channels  []link
	Open      []listed
	Past      []listed
	Messages  []*said
	Earlier   uint64 // the first message shown, if there are earlier ones
	Last      uint64
	Side      *side
	Answer    *answer
	Draft     string
	Hints     []bot.Suggestion
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

// said is a message as one visitor sees it.
type said struct {
	*message
	Day     string // of At, in the page's zone
	NewDay  bool   // the first shown of its day
	Follows bool   // said by the same person as the one before it
	Zone    *time.Location
	Channel string
	Mine    bool
	Mark    string            // the emoji that lifts it into the story
	Markers []incident.Person // who lifted it
	IMarked bool
	Entry   string // its name in the timeline, "T12"; "" if not known
	Feeling []feeling
	Replies []*said
	Shown   bot.Message // our own message
}

// A feeling is a reaction as one visitor sees it.
type feeling struct {
	Emoji string
	Names string
	Count int
	Mine  bool
}

// shownMessages is how many messages of a channel a page begins with, threads
// not counted.
const shownMessages = 200

func (l *Platform) page(w http.ResponseWriter, r *http.Request) {
	ch, _, ok := l.find(w, r)
	if !ok {
		return
	}
	d, err := l.data(r, ch)
	if err != nil {
		l.broken(w, ch, err)
		return
	}
	if n, err := strconv.Atoi(r.FormValue("correct")); err == nil && d.Side != nil {
		if f := d.Side.correction(n); f != nil {
			d.Answer = l.shownTo(ch, *f)
		}
	}
	l.render(w, http.StatusOK, "page", d)
}

// part renders one part of the page anew: "nav", "talk" or "side"; or, as
// "correct", the form that corrects an entry of the timeline.
func (l *Platform) part(w http.ResponseWriter, r *http.Request) {
	ch, _, ok := l.find(w, r)
	if !ok {
		return
	}
	d, err := l.data(r, ch)
	if err != nil {
		l.broken(w, ch, err)
		return
	}
	switch part := r.PathValue("part"); part {
	case "nav", "talk", "side":
		l.render(w, http.StatusOK, part, d)
	case "correct":
		if n, err := strconv.Atoi(r.FormValue("entry")); err == nil && d.Side != nil {
			if f := d.Side.correction(n); f != nil {
				l.render(w, http.StatusOK, "answer", l.shownTo(ch, *f))
				return
			}
		}
		http.NotFound(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (l *Platform) data(r *http.Request, ch *channel) (*pageData, error) {
	v := l.visitor(r)
	d := &pageData{
		Visitor: v, People: l.o.People, Command: l.o.Command, PageURL: l.o.PageURL, PageName: l.incidents.Page().Name, Demo: l.o.Demo != nil,
		ImportURL: l.o.ImportURL, Channel: ch, Draft: r.URL.Query().Get("draft"), Incident: l.incidents.InRoom(ch.Channel),
	}
	l.list(v, d)
	before, err := strconv.ParseUint(r.URL.Query().Get("before"), 10, 64)
	if err != nil {
		before = 0
	}
	if err := l.talk(r.Context(), v, d, before); err != nil {
		return nil, err
	}
	d.Hints = l.hints(v, d)
	if d.Incident != nil {
		t, err := l.incidents.Timeline(r.Context(), d.Incident.ID)
		if err != nil {
			return nil, err
		}
		d.Side = l.side(d.Incident, t, ch.ID, r.URL.Query().Get("all") != "")
		for _, s := range d.Messages {
			s.named(t)
		}
	}
	return d, nil
}

// listedPast is how many past incidents stand on the left.
const listedPast = 20

// list fills in what stands on the left.
func (l *Platform) list(v visitor, d *pageData) {
	rooms := map[string]bool{}
	for _, in := range l.incidents.Visible(v.Person) {
		x := listed{Incident: in, Here: d.Incident != nil && d.Incident.ID == in.ID, Room: roomOf(in)}
		for _, room := range in.Rooms {
			if room.Platform == Name {
				rooms[room.ID] = true
			}
		}
		switch {
		case in.Open():
			d.Open = append(d.Open, x)
		case len(d.Past) < listedPast:
			d.Past = append(d.Past, x)
		}
	}
	for _, c := range l.all() {
		if !rooms[c.ID] && l.incidents.InRoom(c.Channel) == nil {
			d.Channels = append(d.Channels, link{ID: c.ID, Name: c.Name, Here: c == d.Channel})
		}
	}
}

// talk fills in the conversation: the last messages before number before, each
// with its thread; 0 is the end.
func (l *Platform) talk(ctx context.Context, v visitor, d *pageData, before uint64) error {
	ch := d.Channel
	ch.mu.Lock()
	if err := l.load(ctx, ch); err != nil {
		ch.mu.Unlock()
		return err
	}
	d.Last = ch.talk.last
	roots := ch.talk.roots
	if before > 0 {
		i, _ := slices.BinarySearchFunc(roots, before, func(m *message, n uint64) int { return int(int64(m.N) - int64(n)) })
		roots = roots[:i]
	}
	from := max(0, len(roots)-shownMessages)
	shown := make([]*message, 0, len(roots)-from)
	for _, m := range roots[from:] {
		shown = append(shown, m.copied())
	}
	ch.mu.Unlock()
	if from > 0 {
		d.Earlier = shown[0].N
	}
	day, by := "", ""
	for _, m := range shown {
		s := l.said(ch, v, m)
		s.NewDay = s.Day != day
		s.Follows = s.Shown == nil && s.By.ID == by && !s.NewDay
		day, by = s.Day, s.By.ID
		if s.Shown != nil || len(s.Replies) > 0 {
			by = ""
		}
		d.Messages = append(d.Messages, s)
	}
	return nil
}

// said prepares a message, which nobody else holds, for one visitor.
func (l *Platform) said(ch *channel, v visitor, m *message) *said {
	zone := l.zone()
	s := &said{
		message: m, Zone: zone, Channel: ch.ID, Mine: m.By.ID == v.ID && m.Bot == nil, Day: instant.Date(m.At, zone),
		Mark: l.o.Mark, Markers: m.marked(l.o.Mark), Shown: m.Bot,
	}
	if c, ok := s.Shown.(bot.Card); ok { // zones are not kept
		c.Zone = zone
		s.Shown = c
	}
	for _, f := range m.Reactions {
		mine := slices.ContainsFunc(f.By, func(p incident.Person) bool { return p.ID == v.ID })
		if f.Emoji == l.o.Mark {
			s.IMarked = mine
			continue
		}
		names := make([]string, len(f.By))
		for i, p := range f.By {
			names[i] = p.String()
		}
		s.Feeling = append(s.Feeling, feeling{Emoji: f.Emoji, Names: strings.Join(names, ", "), Count: len(f.By), Mine: mine})
	}
	for _, r := range m.replies {
		s.Replies = append(s.Replies, l.said(ch, v, r))
	}
	return s
}

// InStory reports whether somebody lifted it into the story.
func (s *said) InStory() bool { return len(s.Markers) > 0 || s.Pinned }

// Folded reports whether its thread is shown closed: a long one, or that of a
// card, which is the place for what few need to read.
func (s *said) Folded() bool {
	_, card := s.Shown.(bot.Card)
	return card || len(s.Replies) > 3
}

// Offered are the reactions that one click gives: agreed, seen, done.
func (s *said) Offered() []string { return []string{"+1", "eyes", "white_check_mark"} }

// named writes the names of timeline entries beside the messages that they are.
func (s *said) named(t *incident.Timeline) {
	if e := t.ByKey(s.Key); e != nil {
		s.Entry = e.Ref()
	}
	for _, r := range s.Replies {
		r.named(t)
	}
}

// side is the incident at a glance.
type side struct {
	In      *incident.Incident
	Card    bot.Card
	Entries []*incident.Entry
	Left    int // how many older entries are not shown
	Zone    *time.Location
	Channel string
	Command string
}

// shownEntries is how many entries of a timeline stand on the right, the newest
// ones; the rest is one link away.
const shownEntries = 150

func (l *Platform) side(in *incident.Incident, t *incident.Timeline, channel string, all bool) *side {
	s := &side{In: in, Card: l.incidents.Card(in), Entries: t.Chronological(), Zone: l.zone(), Channel: channel, Command: l.o.Command}
	if !all && len(s.Entries) > shownEntries {
		s.Left = len(s.Entries) - shownEntries
		s.Entries = s.Entries[s.Left:]
	}
	return s
}

// Drafted reports whether there is a postmortem to read.
func (s *side) Drafted() bool { return s.In.Report.Text("internal") != "" }

// Open counts the actions that nobody has done yet.
func (s *side) Open() int {
	n := 0
	for _, a := range s.In.Actions {
		if a.Done.IsZero() {
			n++
		}
	}
	return n
}

// correction is the form that corrects entry n, filled with what stands there.
func (s *side) correction(n int) *bot.Form {
	for _, e := range s.Entries {
		if e.Number != n || e.Withdrawn || e.Redacted {
			continue
		}
		return &bot.Form{
			Verb: "timeline", Title: fmt.Sprintf("Correct %s", e.Ref()), Incident: s.In.ID, Submit: "Correct it",
			Notes: []string{"What stands there now stays on record, with who changed it."},
			Fields: []bot.Field{
				{Name: "at", Label: "When it happened", Hint: "as it is: " + instant.Stamp(e.At, s.Zone)},
				{Name: "text", Label: "What it says", Long: true, Required: true, Value: e.Text},
				{Name: "sub", Value: "correct", Hidden: true}, {Name: "number", Value: e.Ref(), Hidden: true},
			},
		}
	}
	return nil
}

// hinted are the verbs that stand below the command line, where the commands
// know them: what people need first.
var hinted = map[bool][]string{
	true:  {"update", "note", "state", "role", "action", "sitrep", "resolve", "help"},
	false: {"declare", "list", "search", "maintenance", "help"},
}

func (l *Platform) hints(v visitor, d *pageData) []bot.Suggestion {
	all := l.complete.Complete(bot.Request{In: d.Channel.Channel, By: v.Person}, "", 100)
	var out []bot.Suggestion
	for _, name := range hinted[d.Incident != nil && d.Incident.Open()] {
		for _, s := range all {
			if s.Show == name {
				out = append(out, s)
			}
		}
	}
	return out
}

// completion says what can be typed next.
func (l *Platform) completion(w http.ResponseWriter, r *http.Request) {
	ch, v, ok := l.find(w, r)
	if !ok {
		return
	}
	type choice struct {
		Text string `json:"text"`
		Show string `json:"show"`
		Help string `json:"help"`
	}
	choices := []choice{}
	for _, s := range l.suggest(bot.Request{In: ch.Channel, By: v.Person, Zone: v.zone, Interactive: true}, r.FormValue("line")) {
		choices = append(choices, choice(s))
	}
	l.json(w, http.StatusOK, choices)
}

// suggested is how many completions are offered at once.
const suggested = 40

func (l *Platform) suggest(r bot.Request, line string) []bot.Suggestion {
	if rest, ok := isCommand(line, l.o.Command); ok && strings.TrimSpace(line) != "/"+l.o.Command || strings.HasPrefix(line, "/"+l.o.Command+" ") {
		out := l.complete.Complete(r, rest, suggested)
		for i := range out {
			out[i].Text = "/" + l.o.Command + " " + out[i].Text
		}
		return out
	}
	var out []bot.Suggestion
	add := func(command, help string) {
		if strings.HasPrefix(command, line) && strings.HasPrefix(line, "/") {
			out = append(out, bot.Suggestion{Text: command + " ", Show: command, Help: help})
		}
	}
	add("/"+l.o.Command, "a command; alone it shows what can be done here")
	if !l.o.NoFaults {
		add("/fail", "makes this room fail on purpose, to see what happens")
	}
	if i := strings.LastIndexAny(line, " \n\t"); strings.HasPrefix(line[i+1:], "@") && !strings.HasPrefix(line, "/") {
		for _, name := range l.o.People {
			if word := "@" + name; strings.HasPrefix(strings.ToLower(word), strings.ToLower(line[i+1:])) {
				out = append(out, bot.Suggestion{Text: line[:i+1] + word + " ", Show: word})
			}
		}
	}
	return out
}
