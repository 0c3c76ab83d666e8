package local

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"sitrep/bot"
	"sitrep/incident"
)

//go:embed web
var web embed.FS

// Handler returns the room as a web page, with its JSON.
func (l *Platform) Handler() http.Handler { return l.mux }

func (l *Platform) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", l.home)
	mux.HandleFunc("GET /c/{channel}", l.page)
	mux.HandleFunc("GET /i/{incident}", l.lead)
	mux.HandleFunc("GET /part/{part}/{channel}", l.part)
	mux.HandleFunc("GET /events/{channel}", l.events)
	mux.HandleFunc("GET /complete/{channel}", l.completion)
	l.reportRoutes(mux)
	mux.HandleFunc("POST /say/{channel}", l.say)
	mux.HandleFunc("POST /act/{channel}", l.press)
	mux.HandleFunc("POST /form/{channel}", l.submit)
	mux.HandleFunc("POST /message/{channel}", l.change)
	mux.HandleFunc("POST /channels", l.newChannel)
	mux.HandleFunc("POST /who", l.who)
	mux.HandleFunc("POST /demo", l.demo)
	l.apiRoutes(mux)
	mux.HandleFunc("GET /page.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		fmt.Fprint(w, l.previews.CSS())
	})
	for _, f := range []string{"room.css", "room.js", "report.css", "report.js", "frame.css", "icon.svg"} {
		mux.HandleFunc("GET /"+f, func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, web, path.Join("web", f)) })
	}
	return l.guard(http.NewCrossOriginProtection().Handler(mux))
}

func (l *Platform) who(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(strings.Join(strings.Fields(r.FormValue("name")), " "), "@")
	if !goodName(name) {
		l.sorry(w, http.StatusBadRequest, "Choose another name", "A name has one to 64 characters, and sitrep is taken. Go back and choose another.")
		return
	}
	http.SetCookie(w, &http.Cookie{Name: "sitrep_who", Value: url.QueryEscape(name), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: secure(r), MaxAge: int(cookieAge.Seconds())})
	http.Redirect(w, r, back(r, "/"), http.StatusSeeOther)
}

// back is the channel that a form came from; never an address of another site.
func back(r *http.Request, other string) string {
	if ch := r.FormValue("channel"); ch != "" {
		return "/c/" + url.PathEscape(ch)
	}
	return other
}

// home leads to the room of the newest open incident, else to the first channel.
func (l *Platform) home(w http.ResponseWriter, r *http.Request) {
	for _, in := range l.incidents.Visible(l.visitor(r).Person) {
		if room := roomOf(in); in.Open() && room != "" {
			http.Redirect(w, r, "/c/"+url.PathEscape(room), http.StatusSeeOther)
			return
		}
	}
	http.Redirect(w, r, "/c/"+url.PathEscape(slug(l.o.Channels[0])), http.StatusSeeOther)
}

// lead leads to the room of an incident. One that was declared a moment ago may
// not have one yet, so it waits for that for a while.
func (l *Platform) lead(w http.ResponseWriter, r *http.Request) {
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		moved := l.incidents.Moved()
		in := l.visible(l.visitor(r).Person, r.PathValue("incident"))
		if in == nil {
			l.sorry(w, http.StatusNotFound, "There is no such incident", "It may be called otherwise, or be private.")
			return
		}
		if room := roomOf(in); room != "" {
			http.Redirect(w, r, "/c/"+url.PathEscape(room), http.StatusSeeOther)
			return
		}
		select {
		case <-moved:
		case <-r.Context().Done():
			return
		case <-late.C:
			l.sorry(w, http.StatusNotFound, in.ID+" has no room yet", "It is opened as soon as that is possible. What is recorded of the incident is safe.")
			return
		}
	}
}

// roomOf is the channel in which an incident is worked on here: its newest.
func roomOf(in *incident.Incident) string {
	room, _ := in.RoomOn(Name)
	return room.ID
}

// find finds the channel of a request, if its sender may see it.
func (l *Platform) find(w http.ResponseWriter, r *http.Request) (*channel, visitor, bool) {
	v := l.visitor(r)
	ch := l.channel(r.PathValue("channel"))
	if ch == nil || !l.mayEnter(v.Person, ch) {
		if wantsJSON(r) {
			l.refuse(w, http.StatusNotFound, "no-channel", "There is no channel "+strconv.Quote(clip(r.PathValue("channel"), 80))+".")
			return nil, v, false
		}
		l.sorry(w, http.StatusNotFound, "There is no such channel", "It may be called otherwise, or be the room of a private incident.")
		return nil, v, false
	}
	return ch, v, true
}

// mayEnter reports whether somebody may see a channel: the room of a private
// incident is for the people in it.
func (l *Platform) mayEnter(by incident.Person, ch *channel) bool {
	if in := l.incidents.InRoom(ch.Channel); in != nil {
		return l.maySee(by, in)
	}
	// A room that was opened a moment ago, and is not on record yet.
	return ch.of == "" || l.visible(by, ch.of) != nil
}

func (l *Platform) maySee(by incident.Person, in *incident.Incident) bool {
	return !in.Private || slices.ContainsFunc(l.incidents.Visible(by), func(x *incident.Incident) bool { return x.ID == in.ID })
}

// visible finds an incident by its number, if somebody may see it.
func (l *Platform) visible(by incident.Person, id string) *incident.Incident {
	for _, in := range l.incidents.Visible(by) {
		if strings.EqualFold(in.ID, id) {
			return in
		}
	}
	return nil
}

// say takes what was typed into the command line.
func (l *Platform) say(w http.ResponseWriter, r *http.Request) {
	ch, v, ok := l.find(w, r)
	if !ok || !l.named(w, r, ch, v) {
		return
	}
	if err := r.ParseForm(); err != nil {
		l.answer(w, r, ch, tooMuch(), nil)
		return
	}
	text := newlines(r.FormValue("text"))
	msg, done := l.unusual(text)
	var err error
	if !done {
		msg, err = l.Say(r.Context(), Utterance{Channel: ch.ID, Key: messageKey(r.FormValue("id"), ch, v.Person, text, l.o.Command), By: v.Person, Zone: v.zone, Text: text, Reply: r.FormValue("reply"), Interactive: true})
	}
	l.answer(w, r, ch, msg, err)
}

// unusual answers what is neither a message nor a command.
func (l *Platform) unusual(text string) (bot.Message, bool) {
	if strings.TrimSpace(text) == "" {
		return bot.Problem{Code: "empty", Text: "There is nothing to send yet. Say something, or begin with /" + l.o.Command + "."}, true
	}
	if words, ok := isCommand(text, "fail"); ok && !l.o.NoFaults {
		return l.faults.set(words), true
	}
	if _, ok := isCommand(text, l.o.Command); ok || !strings.HasPrefix(text, "/") {
		return nil, false
	}
	word, rest, _ := strings.Cut(strings.TrimPrefix(text, "/"), " ")
	if strings.ContainsAny(word, "/.") || word == "" {
		return nil, false // a path, said
	}
	return bot.Problem{
		Code: "unknown-command", Text: fmt.Sprintf("/%s is no command here, so nothing was sent. Commands begin with /%s.", clip(word, 40), l.o.Command),
		Buttons: []bot.Button{{Label: clip("/"+l.o.Command+" "+word+" "+rest, 60), Command: strings.TrimSpace(word + " " + rest)}, {Label: "Help", Command: "help"}},
	}, true
}

// press takes a button's command.
func (l *Platform) press(w http.ResponseWriter, r *http.Request) {
	ch, v, ok := l.find(w, r)
	if !ok || !l.named(w, r, ch, v) {
		return
	}
	do := bot.Command{Text: r.FormValue("command"), Incident: r.FormValue("incident")}
	msg, err := l.ask(r.Context(), ch, bot.Request{Key: requestKey(r.FormValue("id"), ch, v.Person, do), By: v.Person, Zone: v.zone, Interactive: true, Do: do})
	l.answer(w, r, ch, msg, err)
}

// submission reads a form.
func submission(r *http.Request) (bot.Submission, error) {
	if err := r.ParseForm(); err != nil {
		return bot.Submission{}, err
	}
	values := map[string]string{}
	for name, vs := range r.PostForm {
		if field, ok := strings.CutPrefix(name, "field-"); ok {
			values[field] = newlines(strings.Join(vs, ", "))
		}
	}
	return bot.Submission{Verb: r.FormValue("verb"), Incident: r.FormValue("incident"), Values: values}, nil
}

func tooMuch() bot.Problem {
	return bot.Problem{Code: "too-much", Text: "That was too much at once: at most 1 MiB is read. Nothing was recorded; make the text shorter."}
}

// submit takes a filled-in form.
func (l *Platform) submit(w http.ResponseWriter, r *http.Request) {
	ch, v, ok := l.find(w, r)
	if !ok || !l.named(w, r, ch, v) {
		return
	}
	s, err := submission(r)
	if err != nil {
		l.answer(w, r, ch, tooMuch(), nil)
		return
	}
	msg, err := l.ask(r.Context(), ch, bot.Request{Key: requestKey(r.FormValue("id"), ch, v.Person, s), By: v.Person, Zone: v.zone, Interactive: true, Do: s})
	l.answer(w, r, ch, msg, err)
}

// change edits, deletes, marks or pins a message.
func (l *Platform) change(w http.ResponseWriter, r *http.Request) {
	ch, v, ok := l.find(w, r)
	if !ok || !l.named(w, r, ch, v) {
		return
	}
	d := deed{Do: r.FormValue("do"), Of: r.FormValue("of"), Text: r.FormValue("text"), Emoji: r.FormValue("emoji"), Off: r.FormValue("off") == "1"}
	msg, err := l.act(r.Context(), ch, requestKey(r.FormValue("id"), ch, v.Person, d), v, d)
	l.answer(w, r, ch, msg, err)
}

// named makes sure that somebody has said who they are.
func (l *Platform) named(w http.ResponseWriter, r *http.Request, ch *channel, v visitor) bool {
	if !v.IsZero() {
		return true
	}
	l.answer(w, r, ch, bot.Problem{Code: "nameless", Text: "Say who you are first, at the top: the record keeps who did what. What you typed is still here."}, nil)
	return false
}

// madeByPage is what an id of a page's or a program's own making looks like.
var madeByPage = regexp.MustCompile(`^[A-Za-z0-9_.:-]{8,80}$`)

// requestKey is what a request is: made by the page that sends it, so that a
// double click is one request.
//
// What is asked and by whom belongs to it: a form that a browser brought back
// with its old fields, or a program that counts from 1 again, asks for another
// thing, which must not vanish as a repetition.
func requestKey(given string, ch *channel, by incident.Person, what any) string {
	if !madeByPage.MatchString(given) {
		given = id()
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%#v", by.ID, what))
	return "local/" + ch.ID + "/" + given + "-" + hex.EncodeToString(sum[:4])
}

// messageKey is what a message or a command that was typed is. A message keeps
// the id that its page made, since that is its name in the timeline.
func messageKey(given string, ch *channel, by incident.Person, text, command string) string {
	if _, ok := isCommand(text, command); ok || !madeByPage.MatchString(given) {
		return requestKey(given, ch, by, text)
	}
	return "local/" + ch.ID + "/" + given
}

// answer shows an answer to its author: as JSON, as a fragment, or on the page.
func (l *Platform) answer(w http.ResponseWriter, r *http.Request, ch *channel, msg bot.Message, err error) {
	if err != nil && gone(r.Context(), err) {
		return // what it sent may have been recorded, and is known by its key
	}
	msg, code := l.outcome(ch, msg, err)
	_, refused := msg.(bot.Problem)
	switch {
	case wantsJSON(r):
		l.json(w, code, l.replyOf(msg))
	case r.Header.Get("X-Part") != "":
		if msg == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		l.render(w, code, "answer", l.shownTo(ch, msg))
	case returnTo(r) != "" && done(msg):
		http.Redirect(w, r, returnTo(r), http.StatusSeeOther)
	case msg == nil:
		http.Redirect(w, r, "/c/"+url.PathEscape(ch.ID)+"#end", http.StatusSeeOther)
	default:
		d, err := l.data(r, ch)
		if err != nil {
			l.broken(w, ch, err)
			return
		}
		d.Answer = l.shownTo(ch, msg)
		if refused {
			d.Draft = r.FormValue("text")
		}
		l.render(w, code, "page", d)
	}
}

// outcome turns an error, which is ours, into what its author is told.
func (l *Platform) outcome(ch *channel, msg bot.Message, err error) (bot.Message, int) {
	var p *incident.Problem
	if errors.As(err, &p) { // why it could not be kept, in words
		return bot.Problem{Code: p.Code, Text: p.Text, Ours: true}, http.StatusServiceUnavailable
	}
	if err != nil {
		ref := strings.ToUpper(id()[:6])
		l.o.Log.Error("a request failed", "ref", ref, "channel", ch.ID, "error", err)
		if errors.Is(err, errNotServed) {
			return bot.Problem{Code: "not-served", Ours: true, Text: "The room is starting or stopping, so this was not recorded. What you typed is still here: send it again in a moment."}, http.StatusServiceUnavailable
		}
		return bot.Problem{Code: "ours", Ours: true, Text: "It is not certain that this was recorded, and the fault is ours (reference " + ref + "). What you typed is still here: send it again; it is recorded once."}, http.StatusInternalServerError
	}
	if p, refused := msg.(bot.Problem); refused {
		if p.Ours {
			return msg, http.StatusServiceUnavailable
		}
		return msg, http.StatusUnprocessableEntity
	}
	return msg, http.StatusOK
}

func (l *Platform) json(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		l.o.Log.Debug("an answer was not read", "error", err)
	}
}

// numbered is what the rooms of incidents are called; no other channel is.
var numbered = regexp.MustCompile(`^inc-\d+$`)

func (l *Platform) newChannel(w http.ResponseWriter, r *http.Request) {
	name := clip(slug(r.FormValue("name")), 80)
	if name == "" || numbered.MatchString(name) {
		l.sorry(w, http.StatusBadRequest, "Choose another name", "A channel's name needs a letter or a digit, and inc-1 and the like are for the rooms of incidents. Go back and choose another.")
		return
	}
	ch, err := l.open(r.Context(), bot.Channel{Platform: Name, ID: name, Name: "#" + name}, "")
	if err != nil {
		l.broken(w, nil, err)
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
		l.sorry(w, http.StatusConflict, "The demonstration did not start", err.Error())
		return
	}
	http.Redirect(w, r, back(r, "/"), http.StatusSeeOther)
}

// sorry is a page that says one thing.
func (l *Platform) sorry(w http.ResponseWriter, code int, title, text string) {
	l.render(w, code, "sorry", map[string]string{"Title": title, "Text": text})
}

// broken is the page for a fault of ours while reading.
func (l *Platform) broken(w http.ResponseWriter, ch *channel, err error) {
	ref := strings.ToUpper(id()[:6])
	where := ""
	if ch != nil {
		where = ch.ID
	}
	l.o.Log.Error("a page could not be made", "ref", ref, "channel", where, "error", err)
	l.sorry(w, http.StatusInternalServerError, "This could not be shown", "The fault is ours (reference "+ref+"), and nothing is lost. Try again in a moment.")
}
