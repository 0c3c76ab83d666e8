package local

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"sitrep/bot"
	"sitrep/incident"
	"sitrep/instant"
)

// A reply is an answer as JSON.
type reply struct {
	OK       bool            `json:"ok"`
	Text     string          `json:"text"`
	Public   bool            `json:"public,omitempty"`
	Seq      uint64          `json:"seq,omitempty"`
	Incident string          `json:"incident,omitempty"`
	Code     string          `json:"code,omitempty"`    // of a problem
	Message  json.RawMessage `json:"message,omitempty"` // as bot.Encode writes it
}

func (l *Platform) replyOf(msg bot.Message) reply {
	out := reply{OK: true, Text: bot.Text(msg, l.zone())}
	switch m := msg.(type) {
	case nil:
		return out
	case bot.Receipt:
		out.Public, out.Seq, out.Incident = m.Public, m.Seq, m.Incident
	case bot.Problem:
		out.OK, out.Code = false, m.Code
	}
	body, err := bot.Encode(msg)
	if err != nil {
		l.o.Log.Error("an answer could not be encoded", "error", err)
	}
	out.Message = body
	return out
}

// posted is what programs send.
type posted struct {
	Channel     string            `json:"channel"`
	By          string            `json:"by"`
	Zone        string            `json:"zone"`
	Key         string            `json:"key"`
	Text        string            `json:"text"`
	Thread      string            `json:"thread"`
	Verb        string            `json:"verb"`
	Incident    string            `json:"incident"`
	Values      map[string]string `json:"values"`
	Interactive bool              `json:"interactive"`
	Do          string            `json:"do"`
	Of          string            `json:"of"`
	Emoji       string            `json:"emoji"`
	Off         bool              `json:"off"`
}

func (l *Platform) apiRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/channels", l.apiChannels)
	mux.HandleFunc("GET /api/channel/{channel}", l.apiChannel)
	mux.HandleFunc("GET /api/incident/{incident}", l.apiIncident)
	mux.HandleFunc("GET /api/timeline/{incident}", l.apiTimeline)
	mux.HandleFunc("GET /api/complete/{channel}", l.completion)
	mux.HandleFunc("POST /api/say", l.api(func(r *http.Request, ch *channel, v visitor, p posted) (bot.Message, error) {
		if msg, done := l.unusual(p.Text); done {
			return msg, nil
		}
		return l.Say(r.Context(), Utterance{Channel: ch.ID, Key: messageKey(p.Key, ch, v.Person, p.Text, l.o.Command), By: v.Person, Zone: v.zone, Text: p.Text, Reply: p.Thread, Incident: p.Incident, Interactive: p.Interactive})
	}))
	mux.HandleFunc("POST /api/command", l.api(func(r *http.Request, ch *channel, v visitor, p posted) (bot.Message, error) {
		text := p.Text
		if rest, ok := isCommand(text, l.o.Command); ok {
			text = rest
		}
		do := bot.Command{Text: text, Incident: p.Incident}
		return l.ask(r.Context(), ch, bot.Request{Key: requestKey(p.Key, ch, v.Person, do), Thread: p.Thread, By: v.Person, Zone: v.zone, Interactive: p.Interactive, Do: do})
	}))
	mux.HandleFunc("POST /api/form", l.api(func(r *http.Request, ch *channel, v visitor, p posted) (bot.Message, error) {
		do := bot.Submission{Verb: p.Verb, Incident: p.Incident, Values: p.Values}
		return l.ask(r.Context(), ch, bot.Request{Key: requestKey(p.Key, ch, v.Person, do), By: v.Person, Zone: v.zone, Interactive: p.Interactive, Do: do})
	}))
	mux.HandleFunc("POST /api/act", l.api(func(r *http.Request, ch *channel, v visitor, p posted) (bot.Message, error) {
		d := deed{Do: p.Do, Of: p.Of, Text: p.Text, Emoji: p.Emoji, Off: p.Off}
		return l.act(r.Context(), ch, requestKey(p.Key, ch, v.Person, d), v, d)
	}))
}

// api reads a body, finds who sends it and where to, and answers.
func (l *Platform) api(do func(*http.Request, *channel, visitor, posted) (bot.Message, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var p posted
		d := json.NewDecoder(r.Body)
		d.DisallowUnknownFields()
		if err := d.Decode(&p); err != nil && !errors.Is(err, io.EOF) {
			var big *http.MaxBytesError
			if errors.As(err, &big) {
				l.refuse(w, http.StatusRequestEntityTooLarge, "too-much", "A request has at most 1 MiB.")
				return
			}
			l.refuse(w, http.StatusBadRequest, "bad-json", "The body is no JSON that is known here: "+err.Error()+".")
			return
		}
		v := l.visitor(r)
		if p.By != "" {
			if !goodName(p.By) {
				l.refuse(w, http.StatusBadRequest, "bad-name", "A name has one to 64 characters, and sitrep is taken.")
				return
			}
			v.Person = PersonOf(p.By)
		}
		if p.Zone != "" {
			if v.zone = zoneNamed(p.Zone); v.zone == nil {
				l.refuse(w, http.StatusBadRequest, "bad-zone", strconv.Quote(clip(p.Zone, 80))+" is no time zone. Write one as in Europe/Berlin.")
				return
			}
		}
		if v.IsZero() {
			l.refuse(w, http.StatusBadRequest, "nameless", `Say who it is from: "by".`)
			return
		}
		if p.Channel == "" {
			p.Channel = slug(l.o.Channels[0])
		}
		ch := l.channel(p.Channel)
		if ch == nil || !l.mayEnter(v.Person, ch) {
			l.refuse(w, http.StatusNotFound, "no-channel", "There is no channel "+strconv.Quote(clip(p.Channel, 80))+".")
			return
		}
		msg, err := do(r, ch, v, p)
		if err != nil && gone(r.Context(), err) {
			return
		}
		msg, code := l.outcome(ch, msg, err)
		l.json(w, code, l.replyOf(msg))
	}
}

func (l *Platform) refuse(w http.ResponseWriter, code int, what, text string) {
	l.json(w, code, reply{Code: what, Text: text})
}

// A jsonItem is an item with what the transcript knows of it.
type jsonItem struct {
	N  uint64    `json:"n"`
	At time.Time `json:"at"`
	Item
}

// asShown are items as the page shows them: of what was withdrawn, that it was
// said, and not what.
func (l *Platform) asShown(ctx context.Context, ch *channel, items []Item) ([]jsonItem, error) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	if err := l.load(ctx, ch); err != nil {
		return nil, err
	}
	out := make([]jsonItem, len(items))
	for i, it := range items {
		of := it.Key
		if it.Kind == Edited {
			of = it.Of
		}
		if m := ch.talk.byKey[of]; m != nil && m.Deleted() {
			it.Text = ""
		}
		out[i] = jsonItem{N: it.N, At: it.At, Item: it}
	}
	return out, nil
}

// pageSize is how many items are sent at once, at most.
const pageSize = 256

func (l *Platform) apiChannels(w http.ResponseWriter, r *http.Request) {
	type row struct {
		ID       string `json:"id"`
		Name     string `json:"name"`
		Incident string `json:"incident,omitempty"`
	}
	v := l.visitor(r)
	out := []row{}
	for _, ch := range l.all() {
		if !l.mayEnter(v.Person, ch) {
			continue
		}
		x := row{ID: ch.ID, Name: ch.Name}
		if in := l.incidents.InRoom(ch.Channel); in != nil {
			x.Incident = in.ID
		}
		out = append(out, x)
	}
	l.json(w, http.StatusOK, out)
}

func (l *Platform) apiChannel(w http.ResponseWriter, r *http.Request) {
	ch := l.channel(r.PathValue("channel"))
	if ch == nil || !l.mayEnter(l.visitor(r).Person, ch) {
		l.refuse(w, http.StatusNotFound, "no-channel", "There is no such channel.")
		return
	}
	after, err := strconv.ParseUint(r.FormValue("after"), 10, 64)
	if err != nil && r.FormValue("after") != "" {
		l.refuse(w, http.StatusBadRequest, "bad-after", "after is the number of an item.")
		return
	}
	limit, err := strconv.Atoi(r.FormValue("limit"))
	if err != nil || limit < 1 || limit > pageSize {
		limit = pageSize
	}
	items, err := l.keep.Read(r.Context(), ch.ID, after, limit)
	if err != nil {
		msg, code := l.outcome(ch, nil, err)
		l.json(w, code, l.replyOf(msg))
		return
	}
	out, err := l.asShown(r.Context(), ch, items)
	if err != nil {
		msg, code := l.outcome(ch, nil, err)
		l.json(w, code, l.replyOf(msg))
		return
	}
	l.json(w, http.StatusOK, map[string]any{"channel": ch.ID, "name": ch.Name, "items": out})
}

// asked finds the incident of a request for JSON.
func (l *Platform) asked(w http.ResponseWriter, r *http.Request) *incident.Incident {
	in := l.visible(l.visitor(r).Person, r.PathValue("incident"))
	if in == nil {
		l.refuse(w, http.StatusNotFound, "no-incident", "There is no such incident.")
	}
	return in
}

func (l *Platform) apiIncident(w http.ResponseWriter, r *http.Request) {
	in := l.asked(w, r)
	if in == nil {
		return
	}
	card := l.incidents.Card(in)
	l.json(w, http.StatusOK, map[string]any{"incident": in.ID, "open": in.Open(), "room": roomOf(in), "card": card, "text": bot.Text(card, l.zone())})
}

// A jsonEntry is an entry of the timeline, with the keys of the exported one.
type jsonEntry struct {
	Ref       string    `json:"ref"`
	At        time.Time `json:"at"`
	Recorded  time.Time `json:"recorded"`
	Shown     string    `json:"shown"` // At in the page's zone, as people read it
	Kind      string    `json:"kind"`
	Author    string    `json:"author"`
	Room      string    `json:"room,omitempty"`
	Text      string    `json:"text"`
	Marked    bool      `json:"marked"`
	Struck    bool      `json:"struck,omitempty"`
	Withdrawn bool      `json:"withdrawn"`
	Thread    string    `json:"thread,omitempty"`
}

func (l *Platform) apiTimeline(w http.ResponseWriter, r *http.Request) {
	in := l.asked(w, r)
	if in == nil {
		return
	}
	t, err := l.incidents.Timeline(r.Context(), in.ID)
	if err != nil {
		l.o.Log.Error("a timeline could not be read", "incident", in.ID, "error", err)
		l.refuse(w, http.StatusInternalServerError, "ours", "The timeline could not be read, and the fault is ours. Try again.")
		return
	}
	zone := l.zone()
	out := []jsonEntry{}
	for _, e := range t.Chronological() {
		x := jsonEntry{
			Ref: e.Ref(), At: e.At, Recorded: e.Recorded, Shown: instant.Stamp(e.At, zone), Kind: e.Kind, Author: e.By.String(), Room: e.In.Name,
			Text: e.Text, Marked: e.Marked(), Struck: e.Struck, Withdrawn: e.Withdrawn,
		}
		if e.Withdrawn {
			x.Text = ""
		}
		if p := t.Entry(e.Thread); p != nil {
			x.Thread = p.Ref()
		}
		out = append(out, x)
	}
	l.json(w, http.StatusOK, map[string]any{"incident": in.ID, "entries": out})
}
