package slack

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	api "github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"sitrep/bot"
	"sitrep/incident"
)

// An asker is somebody who waits for an answer, and the ways to reach them.
type asker struct {
	user    string
	team    string // the organisation, where the delivery says it
	from    Origin
	trigger string // opens a modal, once, within three seconds
	url     string // answers five times, within half an hour
	view    api.View
}

// command takes a slash command.
func (p *Platform) command(c api.SlashCommand) *doing {
	key := Name + "/" + c.TeamID + "/command/" + c.TriggerID
	if c.TriggerID == "" || !p.done.first(key) {
		return nothing()
	}
	who := asker{user: c.UserID, team: c.TeamID, from: Origin{Channel: c.ChannelID, Name: realName(c.ChannelName), User: c.UserID}, trigger: c.TriggerID, url: c.ResponseURL}
	p.people.learn(c.ChannelID, realName(c.ChannelName))
	return p.ask(key, c.ChannelID, who, func(ctx context.Context, me identity) (bot.Act, error) {
		text, named := p.line(ctx, me, c.Text)
		return bot.Command{Text: text, Mentions: named}, nil
	})
}

// ask hands a request to the handler when it is its turn, and answers. The
// delivery is done when the handler has answered.
func (p *Platform) ask(key, turn string, who asker, what func(context.Context, identity) (bot.Act, error)) *doing {
	d := newDoing()
	inModal := who.view.ID != "" && who.trigger == "" // it is answered with its acknowledgement
	var late func()
	if inModal {
		d.wait = api.NewUpdateViewSubmissionResponse(p.patience())
		d.late = func() { late() }
	}
	ctx := p.background()
	taken := p.turns.Put(turn, func() {
		me, m, err := p.request(ctx, key, who, what)
		if err != nil {
			p.done.forget(key)
			m = p.ours(err)
		}
		if inModal {
			late = func() { p.inView(ctx, me, who, m) }
			if !d.over.Load() {
				d.answer = p.inModal(ctx, me, who, m)
			}
			close(d.done)
			return
		}
		close(d.done)
		p.turns.Aside(func() { p.answer(ctx, me, who, m) })
	})
	if !taken {
		p.done.forget(key)
		d.refuse()
	}
	return d
}

// patience is what a modal shows that is not answered yet.
func (p *Platform) patience() *api.ModalViewRequest {
	v := p.told(bot.Receipt{Text: "One moment."})
	return &v
}

// inView answers a modal that waits: what is wrong, or the next modal, or what
// came of it takes the place of what it shows.
func (p *Platform) inView(ctx context.Context, me identity, who asker, m bot.Message) {
	who.view.Type = api.VTModal
	if m == nil {
		m = bot.Receipt{Text: "It is done."}
	}
	p.answer(ctx, me, who, m)
}

func (p *Platform) request(ctx context.Context, key string, who asker, what func(context.Context, identity) (bot.Act, error)) (me identity, m bot.Message, err error) {
	if me, err = p.self(ctx); err != nil {
		return me, nil, err
	}
	by, known := p.person(ctx, me, who.user)
	if known.team == "" { // Slack does not tell of them now
		known.team = who.team
	}
	switch {
	case p.o.Public:
		return me, bot.Problem{Code: "public-home", Text: "Commands are not taken in this workspace: it only receives what is published."}, nil
	case known.team == "":
		return me, bot.Problem{Code: "unknown", Text: "Slack does not say who you are, so nothing was done. Send it again in a minute."}, nil
	case stranger(me, known):
		return me, bot.Problem{Code: "stranger", Text: "People of another organisation cannot command sitrep here. What you say in the channel is kept."}, nil
	}
	act, err := what(ctx, me)
	if err != nil {
		return me, nil, err
	}
	r := bot.Request{Key: key, In: p.asked(ctx, who.from), By: by, Zone: known.zone, Interactive: true, Do: act}
	if who.from.Thread != "" {
		r.Thread = me.key(who.from.Channel, who.from.Thread)
	}
	m, err = p.handle(ctx, r)
	return me, m, err
}

// ours is what somebody is told of a fault of ours.
func (p *Platform) ours(err error) bot.Message {
	var said *incident.Problem
	if errors.As(err, &said) {
		return bot.Problem{Code: said.Code, Text: said.Text, Ours: true}
	}
	b := make([]byte, 3)
	_, _ = rand.Read(b) // it never fails: crypto/rand ends the program first
	ref := strings.ToUpper(hex.EncodeToString(b))
	p.o.Log.Error("a request failed", "ref", ref, "error", p.hide(err.Error()))
	return bot.Problem{Code: "ours", Ours: true, Text: "It is not certain that this was recorded, and the fault is ours (reference " + ref + "). Look at the incident's card, and send it again if it is not there."}
}

// line is what was typed after a command, with the people that it names: a name
// of several words is quoted, so that it stays one.
func (p *Platform) line(ctx context.Context, me identity, s string) (string, []incident.Person) {
	text, spans := p.reader(ctx, me).Text(s)
	var named []incident.Person
	var b strings.Builder
	last := 0
	for _, x := range spans {
		if x.Kind != "person" || x.Name == "" || x.Start < last {
			continue
		}
		id := x.ID[strings.LastIndexByte(x.ID, '/')+1:]
		named = append(named, incident.Person{ID: PersonID(id), Name: x.Name})
		if whole := text[x.Start:x.End]; strings.ContainsAny(whole, " \t\u00a0") {
			b.WriteString(text[last:x.Start] + `"` + whole + `"`)
			last = x.End
		}
	}
	b.WriteString(text[last:])
	return b.String(), named
}

// chosen is somebody whom a form's list of people was filled with.
var chosen = regexp.MustCompile(`^<@[UW][A-Z0-9]+>$`)

// named says who the people are that were chosen in a form.
func (p *Platform) named(ctx context.Context, me identity, s bot.Submission) bot.Submission {
	for name, value := range s.Values {
		if !chosen.MatchString(value) {
			continue
		}
		_, people := p.line(ctx, me, value)
		s.Values[name], _ = p.reader(ctx, me).Text(value)
		s.Mentions = append(s.Mentions, people...)
	}
	return s
}

// mention takes a message that names the bot first: where Slack has no slash
// commands, in threads, "@sitrep note …" is one.
func (p *Platform) mention(ctx context.Context, me identity, e *slackevents.AppMentionEvent, team string) error {
	rest, first := strings.CutPrefix(strings.TrimLeft(e.Text, " \t\n"), "<@"+me.user)
	if i := strings.IndexByte(rest, '>'); first && i >= 0 {
		rest = rest[i+1:]
	} else {
		return nil // it is only talked about
	}
	if e.BotID != "" {
		return nil
	}
	key := me.key(e.Channel, e.TimeStamp) + "/command"
	if !p.done.first(key) {
		return nil
	}
	who := asker{user: e.User, team: team, from: Origin{Channel: e.Channel, Thread: e.ThreadTimeStamp, User: e.User}}
	_, m, err := p.request(ctx, key, who, func(ctx context.Context, me identity) (bot.Act, error) {
		text, named := p.line(ctx, me, strings.TrimLeft(rest, ": "))
		c := bot.Command{Text: text, Mentions: named}
		if p.incidents.InRoom(p.asked(ctx, who.from)) != nil || namesIncident(text) {
			return c, nil
		}
		hung, err := p.hung(ctx, me, e.Channel, e.ThreadTimeStamp)
		c.Incident = hung
		return c, err
	})
	if err != nil {
		p.done.forget(key)
		m = p.ours(err)
	}
	p.turns.Aside(func() { p.answer(ctx, me, who, m) })
	return nil
}

// namesIncident reports whether a command says itself which incident it is about.
func namesIncident(text string) bool {
	for i, word := range strings.Fields(text) {
		if _, ok := incident.ParseRef(word); ok && i < 2 && strings.HasPrefix(strings.ToUpper(word), "INC") {
			return true
		}
	}
	return false
}

// waits is how long an interaction may wait before it is acknowledged.
func waits(x api.InteractionCallback) time.Duration {
	if x.Type == api.InteractionTypeViewSubmission {
		return modalPatience
	}
	return patience
}

// interaction takes what somebody did with a button, a modal or a shortcut.
func (p *Platform) interaction(x api.InteractionCallback) *doing {
	who := asker{user: x.User.ID, team: x.User.TeamID, trigger: x.TriggerID, url: x.ResponseURL, from: Origin{Channel: x.Channel.ID, Name: realName(x.Channel.Name), User: x.User.ID}}
	p.people.learn(x.Channel.ID, realName(x.Channel.Name))
	key := Name + "/" + x.Team.ID + "/" + string(x.Type) + "/" + orElse(x.TriggerID, x.ActionTs)
	switch x.Type {
	case api.InteractionTypeViewSubmission:
		act, from, err := Submitted(x.View)
		if err != nil {
			return nothing() // not a modal of ours
		}
		who.view, who.from, who.trigger = x.View, from, ""
		if !p.done.first(key) {
			return nothing()
		}
		return p.ask(key, orElse(from.Channel, x.User.ID), who, func(ctx context.Context, me identity) (bot.Act, error) {
			if s, ok := act.(bot.Submission); ok {
				return p.named(ctx, me, s), nil
			}
			return act, nil
		})
	case api.InteractionTypeBlockActions:
		for _, a := range x.ActionCallback.BlockActions {
			press, ok := Pressed(*a)
			if !ok {
				continue
			}
			if !p.done.first(key) {
				return nothing()
			}
			if x.View.ID != "" {
				who.view = x.View
				if _, from, err := Submitted(x.View); err == nil {
					who.from = from
				}
			}
			if x.Message.ThreadTimestamp != "" {
				who.from.Thread = x.Message.ThreadTimestamp
			}
			return p.ask(key, orElse(who.from.Channel, x.User.ID), who, func(context.Context, identity) (bot.Act, error) { return press.Command, nil })
		}
		return nothing()
	case api.InteractionTypeShortcut:
		if x.CallbackID != "declare" || !p.done.first(key) {
			return nothing()
		}
		return p.ask(key, x.User.ID, who, command("form declare"))
	case api.InteractionTypeMessageAction:
		if !p.done.first(key) {
			return nothing()
		}
		return p.onMessage(key, x, who)
	}
	return nothing()
}

func command(text string) func(context.Context, identity) (bot.Act, error) {
	return func(context.Context, identity) (bot.Act, error) { return bot.Command{Text: text}, nil }
}

// onMessage takes a shortcut that was used on a message: it is lifted into the
// story, or an incident is declared from it.
func (p *Platform) onMessage(key string, x api.InteractionCallback, who asker) *doing {
	who.from.Message, who.from.Thread = x.Message.Timestamp, orElse(x.Message.ThreadTimestamp, x.Message.Timestamp)
	if x.CallbackID == "declare_from" {
		return p.ask(key, x.Channel.ID, who, func(ctx context.Context, me identity) (bot.Act, error) {
			text, _ := p.reader(ctx, me).Message(x.Message.Msg)
			return bot.Command{Text: "form declare " + clip(strings.Join(strings.Fields(text), " "), 200)}, nil
		})
	}
	return p.ask(key, x.Channel.ID, who, func(ctx context.Context, me identity) (bot.Act, error) {
		room := p.asked(ctx, who.from)
		// The message may be older than the room's record of it, or in a channel
		// that is none: it is kept first.
		if r, ok := p.said(ctx, me, room, x.Message.Msg); ok {
			if _, err := p.handle(ctx, r); err != nil {
				return nil, err
			}
		}
		return bot.Reaction{Key: me.key(x.Channel.ID, x.Message.Timestamp), Emoji: p.o.Mark}, nil
	})
}

// answerTimeout is how long an answer is tried to be given, where Slack asks to
// wait.
const answerTimeout = 5 * time.Minute

// answer tells somebody alone what came of what they asked for.
func (p *Platform) answer(ctx context.Context, me identity, who asker, m bot.Message) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	if problem, ok := m.(bot.Problem); ok && problem.Form != nil {
		m = *problem.Form
	}
	if m == nil && who.from.Message != "" {
		m = bot.Receipt{Text: "It is in the timeline."}
		room := p.asked(ctx, who.from)
		if p.incidents.InRoom(room) == nil {
			m = bot.Problem{Code: "no-room", Text: "This channel is no incident's room, so there is no timeline to add it to. Make it one with: adopt INC-n."}
		} else {
			p.confirm(room, me.key(who.from.Channel, who.from.Message))
		}
	}
	if m == nil {
		return
	}
	if view, ok := p.asModal(m, who.from); ok && (who.trigger != "" || who.view.Type == api.VTModal) {
		var err error
		switch {
		case who.view.ID != "" && who.view.Type == api.VTModal: // a button in a modal: the modal becomes the next
			_, err = p.web.UpdateViewContext(ctx, view, "", "", who.view.ID)
		default:
			_, err = p.web.OpenViewContext(ctx, who.trigger, view)
		}
		if err == nil {
			return
		}
		p.o.Log.Info("a modal could not be opened; it is shown as a message", "error", p.failed("views.open", err))
	} else if who.view.ID != "" && who.view.Type == api.VTModal {
		if _, err := p.web.UpdateViewContext(ctx, p.told(m), "", "", who.view.ID); err == nil {
			return
		}
	}
	p.tell(ctx, who, m)
}

// asModal is a form or a preview as a modal.
func (p *Platform) asModal(m bot.Message, from Origin) (api.ModalViewRequest, bool) {
	switch m := m.(type) {
	case bot.Form:
		v, err := p.renderer().Modal(m, from)
		return v, err == nil
	case bot.Preview:
		return p.renderer().PreviewModal(m, from), true
	}
	return api.ModalViewRequest{}, false
}

// told is an answer as the last page of a modal.
func (p *Platform) told(m bot.Message) api.ModalViewRequest {
	out := p.renderer().Render(m)
	return api.ModalViewRequest{Type: api.VTModal, CallbackID: "told", Title: label("sitrep", maxTitle), Close: label("Close", maxTitle), Blocks: api.Blocks{BlockSet: out.Blocks}}
}

// inModal answers a modal's submission, with its acknowledgement: what is wrong
// stands beneath the field and the modal stays open with all that was typed; a
// preview takes the form's place; a receipt closes it and is told in the
// channel.
func (p *Platform) inModal(ctx context.Context, me identity, who asker, m bot.Message) any {
	if problem, ok := m.(bot.Problem); ok {
		if wrong := Wrong(who.view, problem); wrong != nil {
			return wrong
		}
		if problem.Form != nil {
			m = *problem.Form
		}
	}
	if view, ok := p.asModal(m, who.from); ok {
		answer := api.NewUpdateViewSubmissionResponse(&view)
		if text, err := json.Marshal(answer); err == nil && len(text) <= maxAcknowledged {
			return answer
		}
		p.turns.Aside(func() { p.inView(ctx, me, who, m) })
		return api.NewUpdateViewSubmissionResponse(p.patience())
	}
	if m != nil {
		p.turns.Aside(func() { p.answer(ctx, me, asker{user: who.user, from: who.from}, m) })
	}
	return api.NewClearViewSubmissionResponse()
}

// maxAcknowledged is how long an acknowledgement over a socket can be, in bytes,
// with room for what the library puts around it. Source: slack-go refuses 20 kB
// and more, as Slack closes the socket then.
const maxAcknowledged = 18_000

// whisper tells an author something about what they said.
func (p *Platform) whisper(_ context.Context, me identity, channel, user, thread string, m bot.Message) {
	if m == nil || user == "" {
		return
	}
	ctx := p.background()
	p.turns.Aside(func() {
		p.answer(ctx, me, asker{user: user, from: Origin{Channel: channel, Thread: thread, User: user}}, m)
	})
}

// tell shows somebody a message that nobody else sees, by the first way that
// works: the answer to what they did, in the channel, from us directly.
func (p *Platform) tell(ctx context.Context, who asker, m bot.Message) {
	out := p.renderer().Render(m)
	if who.url != "" {
		blocks := api.Blocks{BlockSet: out.Blocks}
		err := p.patiently(ctx, "response_url", func() error {
			return api.PostWebhookCustomHTTPContext(ctx, who.url, p.o.Client, &api.WebhookMessage{Text: out.Text, Blocks: &blocks, ResponseType: api.ResponseTypeEphemeral})
		})
		if err == nil {
			return
		}
	}
	opts := []api.MsgOption{api.MsgOptionText(out.Text, false), api.MsgOptionBlocks(out.Blocks...), api.MsgOptionDisableLinkUnfurl(), api.MsgOptionDisableMediaUnfurl()}
	if who.from.Channel != "" && !strings.HasPrefix(who.from.Channel, "D") {
		here := opts
		if who.from.Thread != "" && who.from.Thread != who.from.Message { // a thread that somebody looks at
			here = append(here, api.MsgOptionTS(who.from.Thread))
		}
		err := p.patiently(ctx, "chat.postEphemeral", func() error {
			_, err := p.web.PostEphemeralContext(ctx, who.from.Channel, who.user, here...)
			return err
		})
		if err == nil {
			return
		}
	}
	err := p.patiently(ctx, "chat.postMessage", func() error {
		_, _, err := p.web.PostMessageContext(ctx, who.user, opts...)
		return err
	})
	if err != nil { // what it says may be nobody else's business
		p.o.Log.Error("an answer could not be given", "user", who.user, "kind", fmt.Sprintf("%T", m), "incident", about(m), "error", err)
	}
}

// home shows somebody App Home: what is open, what they have promised, what
// waits, what could not be delivered.
func (p *Platform) home(ctx context.Context, me identity, user string) error {
	by, known := p.person(ctx, me, user)
	h := Home{Quiet: known.team == "" || stranger(me, known) || p.o.Public}
	if !h.Quiet {
		now := p.o.Now()
		for _, in := range p.incidents.Visible(by) {
			for _, a := range in.Actions {
				if a.Owner.ID == by.ID && a.Done.IsZero() {
					h.Actions = append(h.Actions, HomeAction{Incident: in.ID, Number: a.Number, Text: a.Text})
				}
			}
			for _, w := range in.Previews.Waiting() {
				h.Previews = append(h.Previews, HomePreview{Incident: in.ID, Number: w.Number, By: w.Meta.By.String(), At: w.Meta.When, Text: w.Text})
			}
			if !in.Open() {
				continue
			}
			next := in.NextWord()
			x := HomeIncident{
				ID: in.ID, Title: in.Title, Severity: in.Severity, State: in.Status.Label(), Leader: in.Commander().String(), Since: in.Declared.When,
				Public: in.IsPublic(), NextWord: next, Overdue: !next.IsZero() && now.After(next), Private: in.Private, Drill: in.Drill,
			}
			if room, ok := in.RoomOn(Name); ok {
				x.Channel, _ = spot(room)
			}
			h.Open = append(h.Open, x)
			h.Undelivered = append(h.Undelivered, p.incidents.Undelivered(in.ID)...)
		}
	}
	_, err := p.web.PublishViewContext(ctx, api.PublishViewContextRequest{UserID: user, View: p.renderer().Home(h)})
	if err := p.failed("views.publish", err); err != nil && !errors.Is(err, bot.ErrTemporary) {
		return err
	}
	return nil // it is shown when they look again
}
