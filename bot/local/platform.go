package local

import (
	"context"
	"crypto/rand"
	"encoding/hex"
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
	Complete(r bot.Request, line string, most int) []bot.Suggestion
}

// A Previewer renders an incident as customers would see it.
type Previewer interface {
	Preview(p incident.Public) (template.HTML, error)
	CSS() string
}

// Options are the optional parts of a Platform. Nil and the zero value work.
type Options struct {
	Now      func() time.Time // time.Now if nil
	Command  string           // the command's name without the slash; "incident"
	Channels []string         // the ordinary channels; "ops" if none
	People   []string         // who one can be, beside any name one types
	Token    string           // asked for before anything is shown; "" asks for nothing
	Hosts    []string         // the host names that it answers to; any if none
	PageURL  string           // where the public page is
	Demo     func() error     // starts the demonstration; nil hides its button
	Log      *slog.Logger
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
	handlers  chan bot.Handler // holds the handler once Serve has it
	mux       http.Handler

	mu       sync.Mutex
	channels map[string]*channel
	order    []string // of channels, as opened
}

// A channel is one conversation and the queue of what is said in it.
type channel struct {
	bot.Channel
	turn sync.Mutex // held while a request is handled: they go one by one

	mu   sync.Mutex
	talk *conversation // read on first use
}

// New returns the room. It serves nothing before Open has read the channels.
func New(t Transcript, in Incidents, c Completer, p Previewer, o *Options) *Platform {
	l := &Platform{keep: t, incidents: in, complete: c, previews: p, handlers: make(chan bot.Handler, 1), channels: map[string]*channel{}}
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
		l.o.Channels = []string{"ops"}
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
				l.add(*it.Room)
			}
			n = it.N
		}
	}
	for _, name := range l.o.Channels {
		if _, err := l.open(ctx, bot.Channel{Platform: Name, ID: slug(name), Name: "#" + slug(name)}); err != nil {
			return err
		}
	}
	return nil
}

// open makes a channel, or finds the one that is there.
func (l *Platform) open(ctx context.Context, c bot.Channel) (*channel, error) {
	l.mu.Lock()
	ch := l.channels[c.ID]
	l.mu.Unlock()
	if ch != nil {
		return ch, nil
	}
	if _, _, err := l.keep.Append(ctx, Directory, Item{Kind: Opened, Key: "local/open/" + c.ID, Room: &c}); err != nil {
		return nil, fmt.Errorf("open the channel %s: %w", c.Name, err)
	}
	ch = l.add(c)
	l.hub.send(event{kind: "changed"})
	return ch, nil
}

func (l *Platform) add(c bot.Channel) *channel {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ch := l.channels[c.ID]; ch != nil {
		return ch
	}
	ch := &channel{Channel: c}
	l.channels[c.ID] = ch
	l.order = append(l.order, c.ID)
	return ch
}

func (l *Platform) channel(id string) *channel {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.channels[id]
}

// Name returns "local".
func (l *Platform) Name() string { return Name }

// Serve hands the handler to the web server until ctx is done.
func (l *Platform) Serve(ctx context.Context, h bot.Handler) error {
	l.handlers <- h
	<-ctx.Done()
	<-l.handlers
	return nil
}

// handler waits for the handler, so that a request that comes while sitrep
// starts is answered and not refused.
func (l *Platform) handler(ctx context.Context) (bot.Handler, error) {
	select {
	case h := <-l.handlers:
		l.handlers <- h
		return h, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Post shows a message in a channel; the same key shows it once.
func (l *Platform) Post(ctx context.Context, p bot.Post) (bot.Ref, error) {
	if err := l.faults.check("post"); err != nil {
		return bot.Ref{}, err
	}
	ch := l.channel(p.To.ID)
	if ch == nil {
		return bot.Ref{}, fmt.Errorf("there is no channel %s here", p.To.Name)
	}
	body, err := bot.Encode(p.Message)
	if err != nil {
		return bot.Ref{}, err
	}
	it := Item{Kind: Posted, Key: "local/post/" + p.Key, By: incident.Person{ID: "local/sitrep", Name: "sitrep"}, Text: bot.Text(p.Message, l.zone()), Reply: p.Thread.ID, Shown: body}
	kept, err := l.append(ctx, ch, it)
	if err != nil {
		return bot.Ref{}, err
	}
	return bot.Ref{Channel: ch.Channel, ID: kept.Key}, nil
}

// Edit replaces a message of ours.
func (l *Platform) Edit(ctx context.Context, ref bot.Ref, m bot.Message) error {
	if err := l.faults.check("edit"); err != nil {
		return err
	}
	ch := l.channel(ref.Channel.ID)
	if ch == nil {
		return fmt.Errorf("there is no channel %s here", ref.Channel.Name)
	}
	body, err := bot.Encode(m)
	if err != nil {
		return err
	}
	_, err = l.append(ctx, ch, Item{Kind: Changed, Key: "local/change/" + id(), Of: ref.ID, Shown: body})
	return err
}

// OpenRoom opens the channel of an incident: #inc-1-checkout-is-failing.
func (l *Platform) OpenRoom(ctx context.Context, in *incident.Incident, _ []incident.Person) (bot.Channel, string, error) {
	if err := l.faults.check("room"); err != nil {
		return bot.Channel{}, "", err
	}
	id := slug(in.ID)
	name := "#" + strings.TrimRight(clip(slug(in.ID+" "+in.Title), 60), "-")
	ch, err := l.open(ctx, bot.Channel{Platform: Name, ID: id, Name: name})
	if err != nil {
		return bot.Channel{}, "", err
	}
	return ch.Channel, "/c/" + id, nil
}

// History returns what was said and done in a channel after an instant.
func (l *Platform) History(ctx context.Context, in bot.Channel, after time.Time, limit int) ([]bot.Request, error) {
	if err := l.faults.check("history"); err != nil {
		return nil, err
	}
	var out []bot.Request
	for n := uint64(0); len(out) < limit; {
		items, err := l.keep.Read(ctx, in.ID, n, 256)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", in.Name, err)
		}
		if len(items) == 0 {
			break
		}
		for _, it := range items {
			n = it.N
			if r, ok := request(in, it); ok && it.At.After(after) && len(out) < limit {
				out = append(out, r)
			}
		}
	}
	return out, nil
}

// React puts our own reaction on a message.
func (l *Platform) React(ctx context.Context, in bot.Channel, key, emoji string) error {
	if err := l.faults.check("react"); err != nil {
		return err
	}
	ch := l.channel(in.ID)
	if ch == nil {
		return fmt.Errorf("there is no channel %s here", in.Name)
	}
	_, err := l.append(ctx, ch, Item{Kind: Reacted, Key: "local/react/" + key + "/" + emoji, Of: key, Emoji: emoji, By: incident.Person{ID: "local/sitrep", Name: "sitrep"}})
	return err
}

// request turns a kept item back into what it was; ok is false for our own.
func request(in bot.Channel, it Item) (bot.Request, bool) {
	r := bot.Request{Key: it.Key, In: in, By: it.By, When: it.At}
	switch it.Kind {
	case Said:
		r.Thread = it.Reply
		r.Do = bot.Said{Key: it.Key, Text: it.Text, Thread: it.Reply, Link: "/c/" + in.ID + "#" + it.Key}
	case Edited:
		r.Do = bot.Edited{Key: it.Of, Text: it.Text}
	case Deleted:
		r.Do = bot.Deleted{Key: it.Of}
	case Reacted:
		r.Do = bot.Reaction{Key: it.Of, Emoji: it.Emoji, Off: it.Off}
	case Pinned:
		r.Do = bot.Pin{Key: it.Of, Off: it.Off}
	case Joined:
		r.Do = bot.Join{}
	default:
		return r, false
	}
	return r, it.By.ID != "local/sitrep"
}

// append keeps an item and shows it to everybody who looks at the channel.
func (l *Platform) append(ctx context.Context, ch *channel, it Item) (Item, error) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	if err := l.load(ctx, ch); err != nil {
		return Item{}, err
	}
	kept, repeat, err := l.keep.Append(ctx, ch.ID, it)
	if err != nil {
		return Item{}, fmt.Errorf("keep it in %s: %w", ch.Name, err)
	}
	if repeat {
		return kept, nil
	}
	if m := ch.talk.apply(kept); m != nil {
		l.hub.send(event{kind: "item", channel: ch.ID, key: m.Key, n: kept.N})
	}
	return kept, nil
}

// load reads a channel's conversation, once. The caller holds ch.mu.
func (l *Platform) load(ctx context.Context, ch *channel) error {
	if ch.talk != nil {
		return nil
	}
	talk := newConversation()
	for {
		items, err := l.keep.Read(ctx, ch.ID, talk.last, 256)
		if err != nil {
			return fmt.Errorf("read %s: %w", ch.Name, err)
		}
		if len(items) == 0 {
			ch.talk = talk
			return nil
		}
		for _, it := range items {
			talk.apply(it)
		}
	}
}

// Perform does for somebody what their browser would do: says a text, or runs a
// command if it begins with the command's name. key is what it is, for ever.
// Demonstrations and tests speak through it.
func (l *Platform) Perform(ctx context.Context, channel, key string, by incident.Person, zone *time.Location, text, reply string) (bot.Message, error) {
	ch := l.channel(channel)
	if ch == nil {
		return nil, fmt.Errorf("there is no channel %s here", channel)
	}
	h, err := l.handler(ctx)
	if err != nil {
		return nil, err
	}
	ch.turn.Lock()
	defer ch.turn.Unlock()
	req := bot.Request{Key: key, In: ch.Channel, Thread: reply, By: by, Zone: zone, When: l.o.Now(), Interactive: true}
	if rest, ok := l.isCommand(text, l.o.Command); ok {
		req.Do = bot.Command{Text: rest}
		return h(ctx, req)
	}
	kept, err := l.append(ctx, ch, Item{Kind: Said, Key: key, By: by, Text: text, Reply: reply})
	if err != nil {
		return nil, err
	}
	r, _ := request(ch.Channel, kept)
	r.Zone = zone
	return h(ctx, r)
}

func (l *Platform) isCommand(text, name string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(strings.TrimLeft(text, " \t\n"), "/"+name)
	if !ok || rest != "" && !unicode.IsSpace(rune(rest[0])) {
		return "", false
	}
	return strings.TrimLeft(rest, " \t"), true
}

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

// slug makes a channel's name out of any text: letters and digits of any
// script, the rest hyphens.
func slug(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String(), "-")
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
	b := make([]byte, 9)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// Dedupes says that a key is one post for ever: the transcript knows it.
func (l *Platform) Dedupes() {}

// Command is the command's name, without its slash.
func (l *Platform) Command() string { return l.o.Command }
