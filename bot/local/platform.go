package local

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode"

	"sitrep/bot"
	"sitrep/incident"
)

// Name is the platform's name.
const Name = "local"

// Incidents is what the room reads of incidents.
type Incidents interface {
	// Visible lists the incidents that somebody may see, the open ones first.
	Visible(by incident.Person) []*incident.Incident
	// InRoom returns the incident that is worked on in a channel; nil if none.
	InRoom(c bot.Channel) *incident.Incident
	// Timeline reads the timeline of an incident.
	Timeline(ctx context.Context, id string) (*incident.Timeline, error)
	// Card builds the card of an incident as it is now.
	Card(in *incident.Incident) bot.Card
	// Page is the public page's definition.
	Page() incident.Page
	// Moved is closed when anything has been recorded.
	Moved() <-chan struct{}
}

// A Completer says what can be typed next.
type Completer interface {
	// Complete returns at most most completions of a line, which comes without
	// the command's name.
	Complete(r bot.Request, line string, most int) []bot.Suggestion
}

// A Previewer renders an incident as customers would see it.
type Previewer interface {
	// Preview returns the markup of an incident's own page.
	Preview(p incident.Public) (template.HTML, error)
	// CSS is the style sheet of that markup.
	CSS() string
}

// Options are the optional parts of a Platform. Nil and the zero value work.
type Options struct {
	Now      func() time.Time // time.Now if nil
	Command  string           // the command's name without the slash; "incident"
	Channels []string         // the ordinary channels; "ops" and "general" if none
	People   []string         // who one can be, beside any name one types
	Self     string           // who one is until one says otherwise; "" is nobody
	Mark     string           // the emoji that lifts a message into the story; "pushpin"
	Token    string           // asked for before anything is shown; "" asks for nothing
	Hosts    []string         // the host names that it answers to; any if none
	PageURL  string           // where the public page is
	NoFaults bool             // /fail is no command
	Log      *slog.Logger

	// Demo starts the demonstration; nil hides its button.
	Demo func() error
	// ImportURL is where an export of another tool can be drafted from; ""
	// hides its button.
	ImportURL string
	// Mask takes secrets out of a text before it is kept; nil keeps it as it is.
	Mask func(text string) (masked string, was []string)
	// Reports sets postmortems to be read; nil shows them as they were written.
	Reports Reports
}

// A Platform is the local room.
type Platform struct {
	keep      Transcript
	incidents Incidents
	complete  Completer
	previews  Previewer
	o         Options
	hub       hub
	faults    faults
	mux       http.Handler

	serving sync.Mutex
	h       bot.Handler   // nil while Serve does not run
	come    chan struct{} // closed while it does

	mu       sync.Mutex
	channels map[string]*channel
	order    []string // of channels, as opened
}

// A channel is one conversation and the queue of what is done in it.
type channel struct {
	bot.Channel
	of   string     // the incident whose room it was opened as; "" if none
	turn sync.Mutex // held while a request is handled: they go one by one

	mu   sync.Mutex
	talk *conversation // read on first use
}

// New returns the room. It serves nothing before Open has read the channels.
func New(t Transcript, in Incidents, c Completer, p Previewer, o *Options) *Platform {
	l := &Platform{keep: t, incidents: in, complete: c, previews: p, come: make(chan struct{}), channels: map[string]*channel{}}
	if o != nil {
		l.o = *o
	}
	if l.o.Now == nil {
		l.o.Now = time.Now
	}
	if l.o.Command == "" {
		l.o.Command = "incident"
	}
	if len(l.o.Channels) == 0 {
		l.o.Channels = []string{"ops", "general"}
	}
	if l.o.Mark == "" {
		l.o.Mark = "pushpin"
	}
	if l.o.Mask == nil {
		l.o.Mask = func(s string) (string, []string) { return s, nil }
	}
	if l.o.Log == nil {
		l.o.Log = slog.New(slog.DiscardHandler)
	}
	l.faults.now = l.o.Now
	l.mux = l.routes()
	return l
}

// Open reads which channels there are, and opens those of the configuration.
func (l *Platform) Open(ctx context.Context) error {
	for n := uint64(0); ; {
		items, err := l.keep.Read(ctx, Directory, n, 256)
		if err != nil {
			return fmt.Errorf("read the list of channels: %w", err)
		}
		if len(items) == 0 {
			break
		}
		for _, it := range items {
			if it.Kind == Opened && it.Room != nil {
				l.add(*it.Room, it.Of)
			}
			n = it.N
		}
	}
	for _, name := range l.o.Channels {
		if _, err := l.open(ctx, bot.Channel{Platform: Name, ID: slug(name), Name: "#" + slug(name)}, ""); err != nil {
			return err
		}
	}
	return nil
}

// open makes a channel, or finds the one that is there. of is the incident whose
// room it is, or "".
func (l *Platform) open(ctx context.Context, c bot.Channel, of string) (*channel, error) {
	if ch := l.channel(c.ID); ch != nil {
		return ch, nil
	}
	kept, _, err := l.keep.Append(ctx, Directory, Item{Kind: Opened, Key: "local/open/" + c.ID, Room: &c, Of: of})
	if err != nil {
		return nil, fmt.Errorf("open the channel %s: %w", c.Name, err)
	}
	if kept.Room != nil { // opened before under this id: that name stands
		c = *kept.Room
	}
	ch := l.add(c, of)
	l.hub.opened()
	return ch, nil
}

func (l *Platform) add(c bot.Channel, of string) *channel {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ch := l.channels[c.ID]; ch != nil {
		return ch
	}
	ch := &channel{Channel: c, of: of}
	l.channels[c.ID] = ch
	l.order = append(l.order, c.ID)
	return ch
}

func (l *Platform) channel(id string) *channel {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.channels[id]
}

// all lists the channels in the order in which they were opened.
func (l *Platform) all() []*channel {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]*channel, len(l.order))
	for i, id := range l.order {
		out[i] = l.channels[id]
	}
	return out
}

// Name returns "local".
func (l *Platform) Name() string { return Name }

// Serve hands the handler to the web server until ctx is done. Then the open
// pages' streams end, so that the server can stop.
func (l *Platform) Serve(ctx context.Context, h bot.Handler) error {
	l.serving.Lock()
	if l.h != nil {
		l.serving.Unlock()
		return errors.New("the local room is being served already")
	}
	l.h = h
	close(l.come)
	l.hub.begin()
	l.serving.Unlock()
	<-ctx.Done()
	l.serving.Lock()
	l.h, l.come = nil, make(chan struct{})
	l.serving.Unlock()
	l.hub.end()
	return nil
}

// patience is how long a request waits for Serve: about as long as somebody
// does who has just started sitrep.
const patience = 5 * time.Second

var errNotServed = errors.New("the room is starting or stopping")

// handler waits for the handler, so that a request that comes while sitrep
// starts is answered and not refused.
func (l *Platform) handler(ctx context.Context) (bot.Handler, error) {
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		l.serving.Lock()
		h, come := l.h, l.come
		l.serving.Unlock()
		if h != nil {
			return h, nil
		}
		select {
		case <-come:
		case <-late.C:
			return nil, errNotServed
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// zone is the page's.
func (l *Platform) zone() *time.Location {
	z, err := time.LoadLocation(l.incidents.Page().TimeZone)
	if err != nil {
		return time.UTC
	}
	return z
}

// PersonOf is who somebody is that gives this name.
func PersonOf(name string) incident.Person {
	name = strings.TrimPrefix(strings.Join(strings.Fields(name), " "), "@")
	return incident.Person{ID: "local/" + strings.ToLower(name), Name: name}
}

// self is who we are in the room.
var self = incident.Person{ID: "local/sitrep", Name: "sitrep"}

// slug makes a channel's name out of any text: letters and digits of any
// script, the rest hyphens.
func slug(s string) string {
	var b strings.Builder
	hyphen := false
	for _, r := range strings.ToLower(s) {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
			hyphen = b.Len() > 0
			continue
		}
		if hyphen {
			b.WriteByte('-')
			hyphen = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

func clip(s string, most int) string {
	rs := []rune(s)
	if len(rs) <= most {
		return s
	}
	return string(rs[:most])
}

// id returns a new random name.
func id() string {
	b := make([]byte, 12)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// Dedupes says that a key is one post for ever: the transcript knows it.
func (l *Platform) Dedupes() {}

// Command is the command's name, without its slash.
func (l *Platform) Command() string { return l.o.Command }

// Forget drops what the room remembers of its conversations, so that what was
// erased from the transcript is not shown any more.
func (l *Platform) Forget() {
	for _, ch := range l.all() {
		ch.mu.Lock()
		ch.talk = nil
		ch.mu.Unlock()
	}
	l.hub.opened()
}
