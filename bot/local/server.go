package local

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"sitrep/bot"
	"sitrep/incident"
)

//go:embed web
var web embed.FS

// maxBody is the largest request that is read.
const maxBody = 1 << 20

// policy lets the room load what it serves itself, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Handler returns the room as a web page.
func (l *Platform) Handler() http.Handler { return l.mux }

func (l *Platform) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", l.home)
	mux.HandleFunc("GET /c/{channel}", l.page)
	mux.HandleFunc("GET /part/{part}/{channel}", l.part)
	mux.HandleFunc("GET /events/{channel}", l.events)
	mux.HandleFunc("GET /complete/{channel}", l.completion)
	mux.HandleFunc("POST /say/{channel}", l.say)
	mux.HandleFunc("POST /act/{channel}", l.act)
	mux.HandleFunc("POST /form/{channel}", l.submit)
	mux.HandleFunc("POST /message/{channel}", l.change)
	mux.HandleFunc("POST /channels", l.newChannel)
	mux.HandleFunc("POST /who", l.who)
	mux.HandleFunc("POST /demo", l.demo)
	mux.HandleFunc("GET /page.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Write([]byte(l.previews.CSS()))
	})
	for _, f := range []string{"room.css", "room.js", "frame.css"} {
		mux.HandleFunc("GET /"+f, func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, web, path.Join("web", f)) })
	}
	csrf := http.NewCrossOriginProtection()
	return l.guard(csrf.Handler(mux))
}

// guard sets the headers that every answer has, and asks for the token.
func (l *Platform) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		if !l.knownHost(r.Host) { // a name of somebody else's that leads here
			http.Error(w, "This room does not answer to that host name.", http.StatusMisdirectedRequest)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if l.o.Token != "" && !l.signedIn(r) {
			if r.URL.Path == "/room.css" {
				next.ServeHTTP(w, r)
				return
			}
			l.signIn(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (l *Platform) knownHost(host string) bool {
	if len(l.o.Hosts) == 0 {
		return true
	}
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return slices.ContainsFunc(l.o.Hosts, func(k string) bool { return strings.EqualFold(k, strings.Trim(host, "[]")) })
}

const tokenCookie = "sitrep_token"

// tokenSum is what the cookie holds: it proves the token without being it.
func (l *Platform) tokenSum() string {
	sum := sha256.Sum256([]byte("sitrep room\x00" + l.o.Token))
	return hex.EncodeToString(sum[:])
}

func (l *Platform) signedIn(r *http.Request) bool {
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return subtle.ConstantTimeCompare([]byte(bearer), []byte(l.o.Token)) == 1
	}
	c, err := r.Cookie(tokenCookie)
	return err == nil && subtle.ConstantTimeCompare([]byte(c.Value), []byte(l.tokenSum())) == 1
}

func (l *Platform) signIn(w http.ResponseWriter, r *http.Request) {
	wrong := false
	if r.Method == http.MethodPost && r.URL.Path == "/token" {
		if subtle.ConstantTimeCompare([]byte(strings.TrimSpace(r.FormValue("token"))), []byte(l.o.Token)) == 1 {
			http.SetCookie(w, &http.Cookie{Name: tokenCookie, Value: l.tokenSum(), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https", MaxAge: 30 * 24 * 3600})
			http.Redirect(w, r, "/", http.StatusSeeOther)
			return
		}
		wrong = true
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="sitrep"`)
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		l.json(w, http.StatusUnauthorized, map[string]any{"ok": false, "text": "Send the room's token: Authorization: Bearer …"})
		return
	}
	l.render(w, http.StatusUnauthorized, "signin", wrong)
}

// visitor is who a request comes from.
type visitor struct {
	incident.Person
	zone *time.Location
}

func (l *Platform) visitor(r *http.Request) visitor {
	v := visitor{}
	if c, err := r.Cookie("sitrep_who"); err == nil {
		if name, err := url.QueryUnescape(c.Value); err == nil && goodName(name) {
			v.Person = PersonOf(name)
		}
	}
	if c, err := r.Cookie("sitrep_zone"); err == nil {
		if name, err := url.QueryUnescape(c.Value); err == nil {
			if z, err := time.LoadLocation(name); err == nil && name != "" && name != "Local" {
				v.zone = z
			}
		}
	}
	return v
}

// maxName is the longest name that one can have here, in characters.
const maxName = 64

func goodName(s string) bool {
	s = strings.TrimSpace(s)
	return s != "" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= maxName && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

func (l *Platform) who(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(strings.Join(strings.Fields(r.FormValue("name")), " "), "@")
	if !goodName(name) {
		http.Error(w, "A name has one to 64 characters. Go back and choose another.", http.StatusBadRequest)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: "sitrep_who", Value: url.QueryEscape(name), Path: "/", SameSite: http.SameSiteLaxMode, MaxAge: 365 * 24 * 3600})
	http.Redirect(w, r, back(r, "/"), http.StatusSeeOther)
}

// back is the channel that a form came from; never an address of another site.
func back(r *http.Request, other string) string {
	if ch := r.FormValue("channel"); ch != "" {
		return "/c/" + url.PathEscape(ch)
	}
	return other
}

func (l *Platform) home(w http.ResponseWriter, r *http.Request) {
	v := l.visitor(r)
	for _, in := range l.incidents.Visible(v.Person) {
		if in.Open() {
			for _, room := range in.Rooms {
				if room.Platform == Name && !room.Closed {
					http.Redirect(w, r, "/c/"+url.PathEscape(room.ID), http.StatusSeeOther)
					return
				}
			}
		}
	}
	http.Redirect(w, r, "/c/"+url.PathEscape(slug(l.o.Channels[0])), http.StatusSeeOther)
}

// find finds the channel of a request, if its sender may see it.
func (l *Platform) find(w http.ResponseWriter, r *http.Request) (*channel, visitor, bool) {
	v := l.visitor(r)
	ch := l.channel(r.PathValue("channel"))
	if ch == nil || !l.mayEnter(v.Person, ch) {
		l.render(w, http.StatusNotFound, "missing", nil)
		return nil, v, false
	}
	return ch, v, true
}

// mayEnter reports whether somebody may see a channel: the room of a private
// incident is for the people in it.
func (l *Platform) mayEnter(by incident.Person, ch *channel) bool {
	in := l.incidents.InRoom(ch.Channel)
	return in == nil || slices.ContainsFunc(l.incidents.Visible(by), func(x *incident.Incident) bool { return x.ID == in.ID })
}

// say takes what was typed into the command line.
func (l *Platform) say(w http.ResponseWriter, r *http.Request) {
	ch, v, ok := l.find(w, r)
	if !ok {
		return
	}
	text := strings.ReplaceAll(r.FormValue("text"), "\r\n", "\n")
	if strings.TrimSpace(text) == "" {
		l.answer(w, r, ch, bot.Problem{Code: "empty", Text: "There is nothing to send yet. Say something, or begin with /" + l.o.Command + "."}, nil)
		return
	}
	if !l.named(w, r, ch, v) {
		return
	}
	if words, ok := l.isCommand(text, "fail"); ok {
		l.answer(w, r, ch, l.faults.set(words), nil)
		return
	}
	if strings.HasPrefix(text, "/") {
		if _, ok := l.isCommand(text, l.o.Command); !ok {
			word, _, _ := strings.Cut(text, " ")
			l.answer(w, r, ch, bot.Problem{Code: "unknown-command", Text: fmt.Sprintf("%s is no command here. Commands begin with /%s; /fail makes this room fail on purpose.", word, l.o.Command)}, nil)
			return
		}
	}
	msg, err := l.Perform(r.Context(), ch.ID, requestKey(r, ch), v.Person, v.zone, text, r.FormValue("reply"))
	l.answer(w, r, ch, msg, err)
}

// act takes a button's command.
func (l *Platform) act(w http.ResponseWriter, r *http.Request) {
	l.request(w, r, bot.Command{Text: r.FormValue("command"), Incident: r.FormValue("incident")})
}

// submit takes a filled-in form.
func (l *Platform) submit(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "That was too much for one form: at most 1 MiB.", http.StatusRequestEntityTooLarge)
		return
	}
	values := map[string]string{}
	for name, vs := range r.PostForm {
		if field, ok := strings.CutPrefix(name, "field-"); ok {
			values[field] = strings.ReplaceAll(strings.Join(vs, ", "), "\r\n", "\n")
		}
	}
	l.request(w, r, bot.Submission{Verb: r.FormValue("verb"), Incident: r.FormValue("incident"), Values: values})
}

func (l *Platform) request(w http.ResponseWriter, r *http.Request, do bot.Act) {
	ch, v, ok := l.find(w, r)
	if !ok || !l.named(w, r, ch, v) {
		return
	}
	h, err := l.handler(r.Context())
	if err != nil {
		return // the browser has gone
	}
	ch.turn.Lock()
	msg, err := h(r.Context(), bot.Request{Key: requestKey(r, ch), In: ch.Channel, By: v.Person, Zone: v.zone, When: l.o.Now(), Interactive: true, Do: do})
	ch.turn.Unlock()
	l.answer(w, r, ch, msg, err)
}

// change edits, deletes, marks or pins a message.
func (l *Platform) change(w http.ResponseWriter, r *http.Request) {
	ch, v, ok := l.find(w, r)
	if !ok || !l.named(w, r, ch, v) {
		return
	}
	of, off := r.FormValue("of"), r.FormValue("off") == "1"
	it := Item{Key: requestKey(r, ch), Of: of, By: v.Person}
	m := l.message(r.Context(), ch, of)
	if m == nil || m.Deleted {
		l.answer(w, r, ch, bot.Problem{Code: "no-message", Text: "That message is not here any more."}, nil)
		return
	}
	mine := m.By.ID == v.ID && m.Bot == nil
	switch r.FormValue("do") {
	case "edit":
		it.Kind, it.Text = Edited, strings.TrimSpace(strings.ReplaceAll(r.FormValue("text"), "\r\n", "\n"))
		if !mine || it.Text == "" {
			l.answer(w, r, ch, bot.Problem{Code: "not-yours", Text: "Only its author can edit a message, and it needs a text."}, nil)
			return
		}
	case "delete":
		it.Kind = Deleted
		if !mine {
			l.answer(w, r, ch, bot.Problem{Code: "not-yours", Text: "Only its author can delete a message."}, nil)
			return
		}
	case "mark":
		it.Kind, it.Emoji, it.Off = Reacted, mark, off
	case "pin":
		it.Kind, it.Off = Pinned, off
	default:
		http.Error(w, "There is no such deed.", http.StatusBadRequest)
		return
	}
	h, err := l.handler(r.Context())
	if err != nil {
		return
	}
	ch.turn.Lock()
	defer ch.turn.Unlock()
	kept, err := l.append(r.Context(), ch, it)
	if err != nil {
		l.answer(w, r, ch, nil, err)
		return
	}
	req, _ := request(ch.Channel, kept)
	msg, err := h(r.Context(), req)
	l.answer(w, r, ch, msg, err)
}

func (l *Platform) message(ctx context.Context, ch *channel, key string) *message {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	if err := l.load(ctx, ch); err != nil {
		return nil
	}
	m := ch.talk.byKey[key]
	if m == nil {
		return nil
	}
	c := *m
	return &c
}

// named makes sure that somebody has said who they are.
func (l *Platform) named(w http.ResponseWriter, r *http.Request, ch *channel, v visitor) bool {
	if !v.IsZero() {
		return true
	}
	l.answer(w, r, ch, bot.Problem{Code: "nameless", Text: "Say who you are first, at the top: the record keeps who did what. What you typed is still here."}, nil)
	return false
}

// requestKey is what a request is: made by the page that sends it, so that a
// double click is one request.
func requestKey(r *http.Request, ch *channel) string {
	key := r.FormValue("id")
	if len(key) < 8 || len(key) > 64 {
		key = id()
	}
	return "local/" + ch.ID + "/" + key
}

// answer shows an answer to its author: as JSON, as a fragment, or on the page.
func (l *Platform) answer(w http.ResponseWriter, r *http.Request, ch *channel, msg bot.Message, err error) {
	code := http.StatusOK
	if err != nil {
		if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
			return // the browser has gone; what it sent may have been recorded, and is known by its key
		}
		ref := strings.ToUpper(id()[:6])
		l.o.Log.Error("a request failed", "ref", ref, "channel", ch.ID, "error", err)
		msg, code = bot.Problem{Code: "ours", Ours: true, Text: "This could not be recorded, and the fault is ours (reference " + ref + "). What you typed is still here: send it again."}, http.StatusInternalServerError
	}
	problem, refused := msg.(bot.Problem)
	if refused && code == http.StatusOK {
		code = http.StatusUnprocessableEntity
	}
	switch {
	case strings.Contains(r.Header.Get("Accept"), "application/json"):
		out := map[string]any{"ok": !refused, "text": bot.Text(msg, l.zone())}
		if rc, ok := msg.(bot.Receipt); ok {
			out["public"], out["seq"], out["incident"] = rc.Public, rc.Seq, rc.Incident
		}
		if refused {
			out["code"] = problem.Code
		}
		l.json(w, code, out)
	case r.Header.Get("X-Part") != "":
		if msg == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		l.render(w, code, "answer", l.shownTo(ch, l.visitor(r), msg))
	case msg == nil:
		http.Redirect(w, r, "/c/"+url.PathEscape(ch.ID)+"#end", http.StatusSeeOther)
	default:
		d, err := l.data(r, ch)
		if err != nil {
			http.Error(w, "The channel cannot be read: "+err.Error(), http.StatusInternalServerError)
			return
		}
		d.Answer = l.shownTo(ch, d.Visitor, msg)
		d.Draft = ""
		if refused {
			d.Draft = r.FormValue("text")
		}
		l.render(w, code, "page", d)
	}
}

func (l *Platform) json(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		l.o.Log.Debug("an answer was not read", "error", err)
	}
}

func (l *Platform) newChannel(w http.ResponseWriter, r *http.Request) {
	name := clip(slug(r.FormValue("name")), 80)
	if name == "" {
		http.Error(w, "A channel's name needs a letter or a digit. Go back and choose another.", http.StatusBadRequest)
		return
	}
	ch, err := l.open(r.Context(), bot.Channel{Platform: Name, ID: name, Name: "#" + name})
	if err != nil {
		http.Error(w, "The channel could not be opened: "+err.Error(), http.StatusInternalServerError)
		return
	}
	http.Redirect(w, r, "/c/"+url.PathEscape(ch.ID), http.StatusSeeOther)
}

func (l *Platform) demo(w http.ResponseWriter, r *http.Request) {
	if l.o.Demo == nil {
		http.NotFound(w, r)
		return
	}
	if err := l.o.Demo(); err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	http.Redirect(w, r, back(r, "/"), http.StatusSeeOther)
}

func (l *Platform) completion(w http.ResponseWriter, r *http.Request) {
	ch, v, ok := l.find(w, r)
	if !ok {
		return
	}
	const most = 8
	var out []bot.Suggestion
	line := r.FormValue("line")
	if rest, ok := l.isCommand(line, l.o.Command); ok && strings.TrimLeft(line, " \t") != "/"+l.o.Command {
		out = l.complete.Complete(bot.Request{In: ch.Channel, By: v.Person}, rest, most)
		for i := range out {
			out[i].Text = "/" + l.o.Command + " " + out[i].Text
		}
	} else if strings.HasPrefix(line, "/") && strings.HasPrefix("/"+l.o.Command, line) {
		out = []bot.Suggestion{{Text: "/" + l.o.Command + " ", Show: "/" + l.o.Command, Help: "a command"}}
	}
	type choice struct {
		Text string `json:"text"`
		Show string `json:"show"`
		Help string `json:"help"`
	}
	choices := make([]choice, 0, len(out))
	for _, s := range out {
		choices = append(choices, choice(s))
	}
	l.json(w, http.StatusOK, choices)
}

// events streams what changes. The id of an event is the item's number in its
// channel, so that a page that was away asks for what it missed.
func (l *Platform) events(w http.ResponseWriter, r *http.Request) {
	ch, v, ok := l.find(w, r)
	if !ok {
		return
	}
	rc := http.NewResponseController(w)
	if err := rc.SetWriteDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		l.o.Log.Debug("a stream keeps its deadline", "error", err)
	}
	w.Header().Set("Content-Type", "text/event-stream")
	events := l.hub.join()
	defer l.hub.leave(events)
	fmt.Fprint(w, "retry: 2000\n\n")
	beat := time.NewTicker(20 * time.Second)
	defer beat.Stop()
	for {
		moved := l.incidents.Moved()
		if err := rc.Flush(); err != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case e := <-events:
			switch {
			case e.kind == "item" && e.channel == ch.ID:
				fmt.Fprintf(w, "id: %d\nevent: item\ndata: %s\n\n", e.n, strconv.Quote(e.key))
			case e.kind == "item":
				if other := l.channel(e.channel); other == nil || !l.mayEnter(v.Person, other) {
					continue // that somebody talks in a private room is private too
				}
				fmt.Fprintf(w, "event: elsewhere\ndata: %s\n\n", strconv.Quote(e.channel))
			default:
				fmt.Fprint(w, "event: changed\ndata: \n\n")
			}
		case <-moved:
			fmt.Fprint(w, "event: changed\ndata: \n\n")
		case <-beat.C:
			fmt.Fprint(w, ": still here\n\n")
		}
	}
}
